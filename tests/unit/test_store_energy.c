/* The ledger of energy: days of 25 hours, gaps, another meter, what comes late, what is thinned
 * out, and a file from before there was one. */
#include <stdatomic.h>
#include <string.h>

#include <sqlite3.h>

#include "host/tzdata.h"
#include "store/db.h"
#include "store/history.h"
#include "store_fixture.h"

#define ENERGY "home/ground/main/energy_import"
#define OFF    "home/ground/main/energy_import_t1"
#define DAY0   INT64_C(1792706400000) /* 2026-10-23 00:00 in Paris */

static ohm_tz paris;
static const ohm_energy_plan plain = { .tz = &paris, .mark = "plain" };

/* --- asking as any SQLite tool does ---------------------------------------------------------- */

static bool ask(const fixture *f, const char *sql, char *out, size_t cap)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 60000); /* the store's own thread may be at it */
    ohm_postgres *pg;
    assert_int_equal(ohm_postgres_attach(db, true, &pg).code, OHM_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    bool row = sqlite3_step(stmt) == SQLITE_ROW;
    if (row)
        snprintf(out, cap, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return row;
}

static int64_t number(const fixture *f, const char *sql)
{
    char text[64];
    return ask(f, sql, text, sizeof text) ? strtoll(text, NULL, 10) : -1;
}

static void says(const fixture *f, const char *sql, const char *want)
{
    char text[200] = "";
    assert_true(ask(f, sql, text, sizeof text));
    assert_string_equal(text, want);
}

/* --- making ---------------------------------------------------------------------------------- */

static ohm_history *history(const fixture *f, ohm_conflict conflict)
{
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path, .conflict = conflict };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    return h;
}

static void add(ohm_history *h, const char *key, ohm_ms at_ms, int64_t value)
{
    ohm_history_counts counts = { 0 };
    const ohm_point point = { at_ms, value, OHM_QUALITY_GOOD };
    const ohm_history_run run = { key, &point, 1 };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
}

/* A reading every ten minutes from DAY0 on, 10 Wh each. */
static void fill(ohm_history *h, const char *key, int from, int to)
{
    static ohm_point points[3000];
    ohm_history_counts counts = { 0 };
    for (int i = from; i < to; i++)
        points[i - from] = (ohm_point){ DAY0 + i * 10 * OHM_MINUTE_MS, i * INT64_C(10), 0 };
    const ohm_history_run run = { key, points, (size_t)(to - from) };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
}

static void make(ohm_history *h, const ohm_energy_plan *plan)
{
    assert_int_equal(ohm_history_energy(h, plan, false).code, OHM_OK);
}

static void hours_and_days_are_local(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 4 * 144 + 20);
    fill(h, OFF, 0, 4 * 144 + 20);
    make(h, &plain);
    ohm_history_close(h);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour WHERE local LIKE '2026-10-25%'"),
                     25);
    says(f, "SELECT group_concat(local,' ') FROM energy_hour WHERE local LIKE '2026-10-25T02%'",
         "2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00");
    assert_int_equal(number(f, "SELECT wh FROM energy_day WHERE date='2026-10-25' AND period=''"
                               " AND series=1"),
                     25 * 60);
    says(f, "SELECT how FROM energy_by_day WHERE date='2026-10-25' AND quantity='energy_import'",
         "measured");
    says(f, "SELECT how FROM energy_by_day WHERE date='2026-10-27' AND quantity='energy_import'",
         "partial"); /* so far */
    /* A period's own register has days, no hours, and only whole ones. */
    says(f,
         "SELECT group_concat(date||'='||wh,' ') FROM energy_by_day"
         " WHERE quantity='energy_import_t1'",
         "2026-10-23=1440 2026-10-24=1440 2026-10-25=1500 2026-10-26=1440");
    assert_int_equal(number(f, "SELECT count(DISTINCT series) FROM energy_hour"), 1);
}

static void what_is_not_measured_is_flagged(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 13);
    fill(h, ENERGY, 13 + 24, 80);                  /* four hours are not known */
    add(h, ENERGY, DAY0 + 805 * OHM_MINUTE_MS, 5); /* another meter, from 13:25 on */
    add(h, ENERGY, DAY0 + 815 * OHM_MINUTE_MS, 25);
    add(h, ENERGY, DAY0 + 845 * OHM_MINUTE_MS, 85);
    make(h, &plain);
    ohm_history_close(h);
    says(f, "SELECT group_concat(how||'='||wh,' ') FROM energy_by_hour",
         "measured=60 measured=60 estimated=60 gap=60 gap=60 gap=60 estimated=60 measured=60"
         " measured=60 measured=60 measured=60 measured=60 measured=60 meter change=80");
}

/* Off-peak until 06:30. */
static uint16_t cut(void *ctx, ohm_date date, ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX])
{
    (void)ctx;
    ohm_ms from_ms = ohm_date_interval(&paris, date).from_ms;
    out[0] = (ohm_energy_piece){ from_ms, "hc" };
    out[1] = (ohm_energy_piece){ from_ms + 390 * OHM_MINUTE_MS, "hp" };
    return 2;
}

static void days_are_cut_by_the_plan(void **state)
{
    fixture *f = *state;
    const ohm_energy_plan cuts = { .tz = &paris, .mark = "cut", .day = cut };
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 2 * 144 + 1);
    make(h, &plain);
    says(f, "SELECT group_concat(date||period||'='||wh,' ') FROM energy_day",
         "2026-10-23=1440 2026-10-24=1440");
    make(h, &cuts); /* another contract: all days anew */
    ohm_history_close(h);
    says(f, "SELECT group_concat(date||period||'='||wh,' ') FROM energy_day",
         "2026-10-23hc=390 2026-10-23hp=1050 2026-10-24hc=390 2026-10-24hp=1050");
}

/* The energy of a hole is known, where it falls is not: the day counts it, as the bill does. */
static void a_day_with_a_hole_counts_all_of_it(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 13);
    fill(h, ENERGY, 13 + 24, 144);
    fill(h, ENERGY, 2 * 144 + 6, 3 * 144 + 1); /* and the second day, nearly whole */
    make(h, &plain);
    ohm_history_close(h);
    says(f, "SELECT group_concat(date||'='||how||'='||wh,' ') FROM energy_by_day",
         "2026-10-23=estimated=1440 2026-10-24=gap=1440 2026-10-25=estimated=1440");
}

/* Where the clock is moved by half an hour a day has 23.5 of them: its last row is the half one. */
static void a_half_hour_is_a_row(void **state)
{
    fixture *f = *state;
    ohm_tz howe;
    assert_int_equal(ohm_tzdata_load("Australia/Lord_Howe", &howe).code, OHM_OK);
    const ohm_energy_plan plan = { .tz = &howe, .mark = "howe" };
    const ohm_interval day =
        ohm_date_interval(&howe, (ohm_date){ .year = 2026, .month = 10, .day = 4 });
    assert_int_equal(day.to_ms - day.from_ms, 47 * 30 * OHM_MINUTE_MS);
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    static ohm_point points[3 * 144];
    ohm_history_counts counts = { 0 };
    for (int i = 0; i < 3 * 144; i++)
        points[i] = (ohm_point){ day.from_ms + (i - 144) * 10 * OHM_MINUTE_MS, i * INT64_C(10), 0 };
    const ohm_history_run run = { ENERGY, points, 3 * 144 };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    make(h, &plan);
    ohm_history_close(h);
    assert_int_equal(number(f, "SELECT wh FROM energy_day WHERE date='2026-10-04'"), 1410);
    says(f,
         "SELECT count(*)||' '||sum(wh)||' '||min(wh) FROM energy_hour"
         " WHERE local LIKE '2026-10-04%'",
         "24 1410 30");
    says(f, "SELECT local FROM energy_hour WHERE wh=30", "2026-10-04T23:30:00+11:00");
    says(f, "SELECT wh FROM energy_hour WHERE local LIKE '2026-10-05T00%'", "60");
}

static bool last_flags(void *ctx, const ohm_energy_row *row)
{
    *(uint8_t *)ctx = row->flags;
    return true;
}

static uint8_t flags_of_day(const fixture *f, int day)
{
    uint8_t flags = 0xff;
    const ohm_date date = { .year = 2026, .month = 10, .day = (uint8_t)day };
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_energy_days(reader, ENERGY, date, date, last_flags, &flags).code, OHM_OK);
    ohm_reader_close(reader);
    return flags;
}

static void a_day_that_is_to_be_made_anew_says_so(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_REPLACE);
    fill(h, ENERGY, 0, 5 * 144 + 1);
    make(h, &plain);
    assert_int_equal(flags_of_day(f, 23), 0);
    add(h, ENERGY, DAY0 + 5 * OHM_HOUR_MS, 295);
    assert_int_equal(flags_of_day(f, 23), OHM_ENERGY_PENDING);
    assert_int_equal(flags_of_day(f, 26), 0);
    make(h, &plain);
    assert_int_equal(flags_of_day(f, 23), 0);
    ohm_history_close(h);
}

static void what_changes_is_made_anew(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_REPLACE);
    uint64_t erased;
    fill(h, ENERGY, 0, 290);
    make(h, &plain);
    add(h, ENERGY, DAY0 + 5 * OHM_HOUR_MS, 295); /* was 300 */
    assert_int_equal(number(f, "SELECT count(*) FROM energy_changed"), 1);
    make(h, &plain);
    says(f,
         "SELECT group_concat(wh,' ') FROM energy_hour WHERE utc_ms-1792706400000"
         " BETWEEN 3*3600000 AND 6*3600000",
         "60 55 65 60");
    assert_int_equal(number(f, "SELECT wh FROM energy_day WHERE date='2026-10-23'"), 1440);

    /* Erased: at once, also where no daemon runs; then what the rest says. */
    ohm_interval range = { DAY0 + 10 * OHM_HOUR_MS, DAY0 + 14 * OHM_HOUR_MS };
    assert_int_equal(ohm_history_erase(h, ENERGY, range, &erased).code, OHM_OK);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour WHERE utc_ms-1792706400000"
                               " BETWEEN 10*3600000 AND 13*3600000"),
                     0);
    make(h, &plain);
    says(f, "SELECT group_concat(how,' ') FROM energy_by_hour WHERE local LIKE '2026-10-23T1%'",
         "gap gap gap gap measured measured measured measured measured measured");
    assert_int_equal(number(f, "SELECT sum(wh) FROM energy_day"), number(f, "SELECT sum(wh)"
                                                                            " FROM energy_hour"));
    range.to_ms = OHM_STORE_TIME_MAX;
    assert_int_equal(ohm_history_erase(h, ENERGY, range, &erased).code, OHM_OK);
    make(h, &plain);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour"), 9); /* up to 09:50 */
    assert_int_equal(ohm_history_delete(h, ENERGY, &erased).code, OHM_OK);
    ohm_history_close(h);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_day"), 0);
}

/* --- the store's own thread ------------------------------------------------------------------ */

static _Atomic int64_t clock_ms;

static ohm_ms now(void)
{
    return atomic_load(&clock_ms);
}

static void open_tidy(fixture *f, ohm_store_keep keep)
{
    const ohm_store_options options = { .path = f->path,
                                        .group_commit_ms = 3600000,
                                        .tidy_ms = 1,
                                        .now = now,
                                        .keep = { keep },
                                        .keep_count = keep.age_ms ? 1 : 0,
                                        .energy = plain };
    ohm_store_close(f->store);
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    assert_int_equal(ohm_store_set_device(f->store, 0, "home/ground/main").code, OHM_OK);
}

/* Waits for the store's own thread; the test's deadline is that of its runner. */
static void wait_for(const fixture *f, const char *sql, int64_t want)
{
    while (number(f, sql) != want)
        usleep(1000);
}

static void the_store_makes_it_by_itself(void **state)
{
    fixture *f = *state;
    for (int i = 0; i <= 24; i++)
        fixture_frame(f, DAY0 + i * 30 * OHM_MINUTE_MS, OHM_Q_ENERGY_IMPORT, i * 100);
    fixture_commit(f);
    atomic_store(&clock_ms, DAY0 + 24 * OHM_HOUR_MS);
    open_tidy(f, (ohm_store_keep){ 0 });
    wait_for(f, "SELECT count(*) FROM energy_hour", 12);
    fixture_frame(f, DAY0 + 3 * OHM_HOUR_MS + 1, OHM_Q_ENERGY_IMPORT, 650); /* late */
    fixture_commit(f);
    wait_for(f, "SELECT wh FROM energy_hour WHERE utc_ms=1792706400000+3*3600000", 200);
    wait_for(f, "SELECT sum(wh) FROM energy_hour", 2400);
    for (int i = 25; i <= 48; i++)
        fixture_frame(f, DAY0 + i * 30 * OHM_MINUTE_MS, OHM_Q_ENERGY_IMPORT, i * 100);
    fixture_commit(f);
    atomic_store(&clock_ms, DAY0 + 48 * OHM_HOUR_MS);
    wait_for(f, "SELECT count(*) FROM energy_hour", 24);
    wait_for(f, "SELECT count(*) FROM energy_changed", 0);
}

typedef struct kept {
    int count;
    int64_t wh;
} kept;

static bool add_kept(void *ctx, const ohm_energy_row *row)
{
    kept *k = ctx;
    k->count++;
    k->wh += row->wh;
    return true;
}

/* The last reading of all is wrong: what follows says so, and the day before is made anew. */
static void a_stray_at_the_end_is_known_later(void **state)
{
    const fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    const ohm_ms midnight = DAY0 + 24 * OHM_HOUR_MS;
    fill(h, ENERGY, 0, 144);
    int64_t want = number(f, "SELECT vlast FROM chunk");
    add(h, ENERGY, midnight + 5 * OHM_MINUTE_MS, 99000000);
    make(h, &plain);
    assert_true(number(f, "SELECT sum(wh) FROM energy_hour") > 60000000);
    for (int i = 1; i < 12; i++)
        add(h, ENERGY, midnight + (i * 10) * OHM_MINUTE_MS, want);
    make(h, &plain);
    assert_int_equal(number(f, "SELECT sum(wh) FROM energy_hour"), want);
    assert_int_equal(number(f, "SELECT sum(wh) FROM energy_day"), want);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour"), 25);
    assert_int_equal(number(f, "SELECT sum(utc_ms) FROM energy_hour WHERE flags&1"), midnight);
    ohm_history_close(h);
}

/* Thinned out to one in three hours, with another meter in between: the rows stay. */
static void thinning_changes_no_row(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 200);
    static const int64_t values[] = { 3, 40, 160, 190 }; /* the new one is fast */
    for (int i = 0; i < 4; i++)
        add(h, ENERGY, DAY0 + (200 + i) * 10 * OHM_MINUTE_MS, values[i]);
    make(h, &plain);
    char before[200], after[200];
    static const char rows[] = "SELECT group_concat(wh||'/'||(flags&7),' ') FROM"
                               " (SELECT * FROM energy_hour ORDER BY utc_ms DESC LIMIT 20)";
    assert_true(ask(f, rows, before, sizeof before));
    int64_t sum = number(f, "SELECT sum(wh) FROM energy_hour");
    atomic_store(&clock_ms, DAY0 + INT64_C(400) * 24 * OHM_HOUR_MS);
    ohm_store_keep keep = { INT64_C(30) * 24 * OHM_HOUR_MS, 3 * OHM_HOUR_MS };
    open_tidy(f, keep);
    wait_for(f, "SELECT count(*) FROM chunk WHERE thin=10800000", 1);
    assert_in_range(number(f, "SELECT n FROM chunk"), 12, 18);
    assert_int_equal(ohm_history_energy(h, &plain, true).code, OHM_OK); /* recomputed */
    assert_true(ask(f, rows, after, sizeof after));
    assert_string_equal(after, before);
    assert_int_equal(number(f, "SELECT sum(wh) FROM energy_day"), sum);

    /* The register's own difference stays too: the sides of the fall and the ends are there. */
    ohm_reader *reader = fixture_read(f);
    kept k = { 0 };
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_energy_hours(reader, ENERGY, all, true, add_kept, &k).code, OHM_OK);
    ohm_reader_close(reader);
    assert_int_equal(k.count, 33);
    assert_int_equal(k.wh, sum);
    assert_int_equal(number(f, "SELECT vlast FROM chunk"), 190);

    keep.every_ms = 0; /* none is left: the ledger is */
    open_tidy(f, keep);
    wait_for(f, "SELECT count(*) FROM chunk", 0);
    assert_int_equal(ohm_history_energy(h, &plain, true).code, OHM_OK);
    assert_true(ask(f, rows, after, sizeof after));
    assert_string_equal(after, before);
    ohm_history_close(h);
}

/* A file of version 3 comes forward, and its past is made into rows. */
static void an_older_file_gets_its_ledger(void **state)
{
    fixture *f = *state;
    ohm_history *h = history(f, OHM_CONFLICT_KEEP);
    fill(h, ENERGY, 0, 150);
    ohm_history_close(h);
    ohm_store_close(f->store);
    f->store = NULL;
    static const char *const steps[] = {
        "DROP VIEW energy_by_hour", "DROP VIEW energy_by_day",   "DROP TABLE energy_hour",
        "DROP TABLE energy_day",    "DROP TABLE energy_through", "DROP TABLE energy_changed",
        "DROP TABLE day_code",      "DROP TABLE spot_price",     "PRAGMA user_version=3",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        (void)number(f, steps[i]);
    kept k = { 0 };
    ohm_reader *reader = fixture_read(f);
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_energy_hours(reader, ENERGY, all, false, add_kept, &k).code, OHM_OK);
    assert_int_equal(k.count, 0); /* a reader takes the old file as it is */
    ohm_reader_close(reader);
    h = history(f, OHM_CONFLICT_KEEP);
    make(h, &plain);
    ohm_history_close(h);
    assert_int_equal(number(f, "PRAGMA user_version"), OHM_DB_VERSION);
    assert_int_equal(number(f, "SELECT count(*) FROM energy_hour"), 24);
}

static void shares_add_up(void **state)
{
    (void)state;
    int64_t by_parts[] = { 1, 2, 0, 4 }, by_time[] = { 0, 0, 0 };
    const int64_t lengths[] = { 1000, 3000, 2000, 1 };
    ohm_energy_share(by_parts, lengths, 4, 10);
    const int64_t want[] = { 1, 3, 0, 6 };
    assert_memory_equal(by_parts, want, sizeof want);
    ohm_energy_share(by_time, lengths, 3, 9);
    const int64_t even[] = { 1, 5, 3 };
    assert_memory_equal(by_time, even, sizeof even);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(hours_and_days_are_local),
        WITH_STORE(what_is_not_measured_is_flagged),
        WITH_STORE(days_are_cut_by_the_plan),
        WITH_STORE(a_day_with_a_hole_counts_all_of_it),
        WITH_STORE(a_half_hour_is_a_row),
        WITH_STORE(a_day_that_is_to_be_made_anew_says_so),
        WITH_STORE(what_changes_is_made_anew),
        WITH_STORE(the_store_makes_it_by_itself),
        WITH_STORE(a_stray_at_the_end_is_known_later),
        WITH_STORE(thinning_changes_no_row),
        WITH_STORE(an_older_file_gets_its_ledger),
        cmocka_unit_test(shares_add_up),
    };
    if (ohm_tzdata_load("Europe/Paris", &paris).code != OHM_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
