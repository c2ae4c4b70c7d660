/* Housekeeping: frames become chunks, old readings are thinned out, damage is put aside; and
 * every write, sync and allocation of it fails once, which changes nothing that is read. */
#include "fault_vfs.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "store/query.h"
#include "store/tidy.h"
#include "store_fixture.h"

#define POWER  "home/ground/main/power_import"
#define ENERGY "home/ground/main/energy_import"

enum { FRAMES = 3000 };

/* What a series reads as: how many, and a sum that every one of them changes. */
typedef struct digest {
    uint64_t count, sum;
} digest;

static bool add_point(void *ctx, const ohm_point *p)
{
    digest *d = ctx;
    d->count++;
    d->sum = d->sum * 31 + (uint64_t)p->time_ms * 7 + (uint64_t)p->value * 3 + p->quality;
    return true;
}

static digest digest_of(const fixture *f, const char *key)
{
    digest d = { 0 };
    ohm_reader *reader = fixture_read(f);
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_query_points(reader, key, all, add_point, &d).code, OHM_OK);
    ohm_reader_close(reader);
    return d;
}

static uint64_t frames_in(const fixture *f)
{
    ohm_store_size size;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_size(reader, &size).code, OHM_OK);
    ohm_reader_close(reader);
    return size.frames_count;
}

static int64_t number(const fixture *f, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 60000); /* the store's own thread may be at it */
    ohm_postgres *pg;
    assert_int_equal(ohm_postgres_attach(db, true, &pg).code, OHM_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    int result = sqlite3_step(stmt);
    int64_t value = result == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static void say(const fixture *f, int from, int to)
{
    for (int i = from; i < to; i++) {
        ohm_frame frame = { .device = 0, .count = 2, .time_ms = T0 + i * INT64_C(10000) };
        uint8_t quality = i % 500 == 0 ? OHM_QUALITY_SUSPECT : OHM_QUALITY_GOOD;
        frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, quality, 1000 + i * 37 % 91 };
        frame.values[1] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, i };
        assert_int_equal(ohm_store_frame(f->store, &frame), OHM_OK);
        if (i % 1000 == 999)
            fixture_commit(f);
    }
    fixture_commit(f);
}

static ohm_ms ten_hours_later(void)
{
    return T0 + 10 * OHM_HOUR_MS;
}

static void open_tidy(fixture *f, ohm_store_keep keep, ohm_ms (*now)(void))
{
    ohm_store_options options = { .path = f->path,
                                  .group_commit_ms = 3600000,
                                  .tidy_ms = 1,
                                  .now = now,
                                  .keep = { keep },
                                  .keep_count = keep.age_ms ? 1 : 0 };
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

static void frames_fold_by_themselves(void **state)
{
    fixture *f = *state;
    say(f, 0, FRAMES);
    digest power = digest_of(f, POWER), energy = digest_of(f, ENERGY);
    assert_int_equal(power.count, FRAMES);
    open_tidy(f, (ohm_store_keep){ 0 }, ten_hours_later);
    wait_for(f, "SELECT count(*) FROM frame", FRAMES - 8 * 360); /* the last hours stay */
    digest after = digest_of(f, POWER);
    assert_memory_equal(&after, &power, sizeof after);
    after = digest_of(f, ENERGY);
    assert_memory_equal(&after, &energy, sizeof after);
    assert_true(number(f, "SELECT max(n) FROM chunk") > 1000);

    /* Late, and a correction: they go the same way. */
    fixture_frame(f, T0 + 5, OHM_Q_POWER_IMPORT, 7);
    fixture_frame(f, T0 + 10000, OHM_Q_POWER_IMPORT, 8);
    fixture_commit(f);
    digest merged = digest_of(f, POWER);
    assert_int_equal(merged.count, FRAMES + 1);
    wait_for(f, "SELECT count(*) FROM frame", FRAMES - 8 * 360);
    after = digest_of(f, POWER);
    assert_memory_equal(&after, &merged, sizeof after);
}

static ohm_ms a_year_later(void)
{
    return T0 + INT64_C(365) * 24 * OHM_HOUR_MS;
}

typedef struct sums {
    uint32_t count;
    int64_t last_mean, energy;
} sums;

static bool add_slice(void *ctx, const ohm_slice *slice)
{
    sums *s = ctx;
    s->count += slice->count;
    s->last_mean = slice->mean;
    s->energy += slice->energy;
    return true;
}

static sums quarters_of(const fixture *f, const char *key)
{
    sums s = { 0 };
    ohm_reader *reader = fixture_read(f);
    ohm_steps_query q = { .series_key = key,
                          .range = { T0, T0 + 8 * OHM_HOUR_MS },
                          .step = { OHM_STEP_MS, 15 * OHM_MINUTE_MS } };
    assert_int_equal(ohm_query_steps(reader, &q, add_slice, &s).code, OHM_OK);
    ohm_reader_close(reader);
    return s;
}

static void old_readings_are_thinned_out(void **state)
{
    fixture *f = *state;
    ohm_store_keep keep = { INT64_C(30) * 24 * OHM_HOUR_MS, 15 * OHM_MINUTE_MS };
    say(f, 0, FRAMES);
    sums before = quarters_of(f, ENERGY);
    open_tidy(f, keep, a_year_later);
    wait_for(f, "SELECT count(*) FROM frame", 0);
    wait_for(f, "SELECT count(*) FROM chunk WHERE thin<>900000", 0);
    sums after = quarters_of(f, ENERGY);
    assert_true(before.count > 2800);
    assert_in_range(after.count, 32, 36); /* one a quarter, and one where two chunks met */
    assert_int_equal(after.energy, before.energy);
    assert_in_range(quarters_of(f, POWER).last_mean, 1000, 1091);

    keep.every_ms = 0; /* and now none at all */
    open_tidy(f, keep, a_year_later);
    wait_for(f, "SELECT count(*) FROM chunk", 0);
}

static int64_t revision(const fixture *f)
{
    int64_t number;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_revision(reader, &number).code, OHM_OK);
    ohm_reader_close(reader);
    return number;
}

static _Atomic ohm_ms now_ms; /* of the test; the store's threads look */

static ohm_ms that_now(void)
{
    return now_ms;
}

static void the_past_has_a_number(void **state)
{
    fixture *f = *state;
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path, .conflict = OHM_CONFLICT_REPLACE };
    ohm_history_counts counts = { 0 };
    ohm_point point = { T0 - OHM_HOUR_MS, 5, 0 };
    ohm_history_run run = { POWER, &point, 1 };
    uint64_t erased;
    now_ms = T0 + OHM_HOUR_MS;
    ohm_store_keep keep = { INT64_C(30) * 24 * OHM_HOUR_MS, 0 };
    open_tidy(f, keep, that_now);
    assert_int_equal(revision(f), 0);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 7); /* an hour late is in time */
    fixture_commit(f);
    assert_int_equal(revision(f), 0);
    fixture_frame(f, T0 - 1, OHM_Q_POWER_IMPORT, 7);
    fixture_frame(f, T0 - 2, OHM_Q_POWER_IMPORT, 7);
    fixture_commit(f);
    assert_int_equal(revision(f), 1);
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    int64_t added = revision(f);
    assert_true(added > 1);
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_history_erase(h, POWER, all, &erased).code, OHM_OK);
    int64_t gone = revision(f);
    assert_true(gone > added);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    ohm_history_close(h);
    int64_t before = revision(f);
    assert_true(before > gone);
    now_ms = a_year_later(); /* all of it is thinned out */
    open_tidy(f, keep, that_now);
    wait_for(f, "SELECT count(*) FROM chunk", 0);
    assert_true(revision(f) > before);
}

static void free_pages_are_given_back(void **state)
{
    fixture *f = *state;
    enum { BYTES = 7 << 20 };
    uint8_t *big = calloc(1, BYTES);
    assert_non_null(big);
    assert_int_equal(ohm_store_put_wait(f->store, "big", ohm_span_of(big, BYTES)).code, OHM_OK);
    free(big);
    assert_int_equal(ohm_store_put_wait(f->store, "big", ohm_span_of(NULL, 0)).code, OHM_OK);
    assert_true(number(f, "PRAGMA freelist_count") > 1024);
    open_tidy(f, (ohm_store_keep){ 0 }, ten_hours_later);
    while (number(f, "PRAGMA freelist_count") > 1024)
        usleep(1000);
    assert_true(number(f, "PRAGMA page_count") < 1200);
}

static void damage_is_found_and_hides_no_other(void **state)
{
    fixture *f = *state;
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path };
    enum { N = 40000 };
    ohm_point *points = calloc(N, sizeof *points);
    assert_non_null(points);
    for (int i = 0; i < N; i++)
        points[i] = (ohm_point){ T0 + i * INT64_C(1000), i * 7919 % 1009, 0 };
    ohm_history_run run = { POWER, points, N };
    ohm_history_counts counts = { 0 };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    int64_t lost = number(f, "SELECT n FROM chunk ORDER BY k LIMIT 1 OFFSET 2");
    int64_t kept = number(f, "SELECT n FROM chunk ORDER BY k LIMIT 1 OFFSET 3");
    assert_true(lost > 0 && kept > 0);
    (void)number(f, "UPDATE chunk SET data=substr(data,1,100)||x'00ff00ff'||substr(data,105)"
                    " WHERE k=(SELECT k FROM chunk ORDER BY k LIMIT 1 OFFSET 2)");
    (void)number(f, "UPDATE chunk SET vmax=vmax+1000000"
                    " WHERE k=(SELECT k FROM chunk ORDER BY k LIMIT 1 OFFSET 3)");
    sums s = quarters_of(f, POWER);
    assert_in_range(s.count, 1, 8 * 3600 - 1);
    assert_int_equal(digest_of(f, POWER).count, N - lost); /* the other's readings are sound */
    ohm_reader *reader = fixture_read(f);
    digest d = { 0 };
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_query_points(reader, POWER, all, add_point, &d).code, OHM_OK);
    assert_int_equal(ohm_reader_damaged_of(reader), 1);
    ohm_reader_close(reader);

    /* The same import again fills the hole; what was there is put aside. */
    counts = (ohm_history_counts){ 0 };
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    assert_int_equal(counts.added, lost);
    assert_int_equal(counts.same, N - lost);
    assert_int_equal(digest_of(f, POWER).count, N);
    assert_int_equal(number(f, "SELECT count(*) FROM damaged WHERE place='chunk'"), 1);
    ohm_history_close(h);
    free(points);
}

/* --- failures ----------------------------------------------------------------------------- */

typedef struct trial {
    const char *why;
    fault_kind kind;
    bool lasting;
    int stride;
} trial;

/* One run, whose nth call fails: it adds two late readings to the `want` that are there, and folds
 * what was said from frame `first` on. False: there was no nth call. */
static bool run_with_fault(const fixture *f, const trial *t, int nth, int first, uint64_t want)
{
    ohm_history *h = NULL;
    ohm_history_options options = { .path = f->path };
    ohm_history_counts counts = { 0 };
    const ohm_ms from_ms = T0 + first * INT64_C(10000);
    const ohm_point late[] = { { from_ms + 3, 5, 0 }, { from_ms + 20003, 6, 0 } };
    ohm_history_run run = { POWER, late, 2 };
    fault_set(t->kind, nth, t->lasting);
    ohm_err err = ohm_history_open(&options, &h);
    if (!ohm_failed(err))
        err = ohm_history_add(h, &run, 1, "import/late", "done", &counts);
    if (!ohm_failed(err))
        err = ohm_history_fold(h, from_ms + OHM_HOUR_MS);
    bool struck = fault.calls >= nth;
    fault_clear();
    ohm_history_close(h);
    digest d = digest_of(f, POWER);
    if (d.count != want && d.count != want + 2)
        fail_msg("%s, call %d: %llu readings", t->why, nth, (unsigned long long)d.count);
    if (!ohm_failed(err) && d.count != want + 2)
        fail_msg("%s, call %d: acknowledged, and not there", t->why, nth);
    if (counts.added != 0 && d.count == want)
        fail_msg("%s, call %d: counted, and not there", t->why, nth);

    /* Well again: the same once more. */
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    assert_int_equal(ohm_history_fold(h, from_ms + OHM_HOUR_MS).code, OHM_OK);
    ohm_history_close(h);
    assert_int_equal(digest_of(f, POWER).count, want + 2);
    assert_int_equal(frames_in(f), 0);
    return struck;
}

/* One store for all rounds: each goes on where the one before ended, well again. */
static void each_call_fails(const trial *t)
{
    enum { FRAMES_EACH = 40, ROUNDS_MAX = 100000 };
    void *state = NULL;
    assert_int_equal(fixture_setup(&state), 0);
    fixture *f = state;
    bool struck = true;
    int round = 0;
    for (; struck; round++) {
        say(f, round * FRAMES_EACH, (round + 1) * FRAMES_EACH);
        uint64_t want = (uint64_t)(round * (FRAMES_EACH + 2) + FRAMES_EACH);
        struck = run_with_fault(f, t, 1 + round * t->stride, round * FRAMES_EACH, want);
        assert_true(round < ROUNDS_MAX);
    }
    assert_int_equal(fixture_teardown(&state), 0);
}

static void every_failure_changes_nothing(void **state)
{
    (void)state;
    const char *all = getenv("OHM_FAULTS"); /* "all": each one, for minutes */
    bool each = all && strcmp(all, "all") == 0;
    /* On a server each round is a dozen connections; that each write of the file may fail between
     * the two commits is tested below. */
    bool far = getenv("OHM_TEST_POSTGRES") != NULL;
    int some = each ? 1 : far ? 389 : 97, few = each ? 1 : far ? 11 : 3;
    const trial trials[] = {
        { "full once", FAULT_FULL, false, few },         { "full", FAULT_FULL, true, few },
        { "fails once", FAULT_IO, false, few },          { "fails", FAULT_IO, true, few },
        { "no memory once", FAULT_MEMORY, false, some }, { "no memory", FAULT_MEMORY, true, some },
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        each_call_fails(&trials[i]);
}

/* --- two commits ---------------------------------------------------------------------------- */

/* Where the chunks are elsewhere, they are committed before the file is. Cut between the two, what
 * comes again is no news over there: the ledger and the number of the past get to know it all the
 * same. Here the file fails at each of its writes in turn, and the rest of the work is lost. */

static ohm_tz utc;

/* What the hour from T0 + `hour` on says, in Wh. */
static int64_t wh_of(const fixture *f, int hour)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT wh FROM energy_hour WHERE utc_ms=%lld",
                   (long long)(T0 + hour * OHM_HOUR_MS));
    return number(f, sql);
}

/* The reading at one o'clock is that now; the ledger knows. */
static ohm_err correct(const fixture *f, const ohm_energy_plan *plan, int64_t value)
{
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path, .conflict = OHM_CONFLICT_REPLACE };
    const ohm_point right = { T0 + OHM_HOUR_MS, value, 0 };
    const ohm_history_run run = { ENERGY, &right, 1 };
    ohm_history_counts counts = { 0 };
    ohm_err err = ohm_history_open(&options, &h);
    if (!ohm_failed(err))
        err = ohm_history_add(h, &run, 1, NULL, NULL, &counts);
    if (!ohm_failed(err))
        err = ohm_history_energy(h, plan, false);
    ohm_history_close(h);
    return err;
}

static void a_cut_correction_reaches_the_ledger(void **state)
{
    fixture *f = *state;
    const ohm_energy_plan plan = { .tz = &utc, .mark = "plain" };
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path };
    bool struck = true;
    say(f, 0, 1000); /* a Wh every ten seconds */
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_fold(h, a_year_later()).code, OHM_OK);
    assert_int_equal(ohm_history_energy(h, &plan, false).code, OHM_OK);
    ohm_history_close(h);
    assert_int_equal(wh_of(f, 0), 360);
    for (int nth = 1; struck; nth++) {
        const int64_t value = 360 - nth % 2;
        fault_set(FAULT_FULL, nth, true);
        ohm_err err = correct(f, &plan, value);
        struck = fault.calls >= nth;
        fault_clear();
        if (ohm_failed(err))
            assert_int_equal(correct(f, &plan, value).code, OHM_OK);
        if (wh_of(f, 0) != value || wh_of(f, 1) != 720 - value)
            fail_msg("write %d: %d Wh and %d Wh", nth, (int)wh_of(f, 0), (int)wh_of(f, 1));
    }
}

static ohm_err add_one(const fixture *f, const char *key, int64_t value)
{
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path };
    const ohm_point point = { T0, value, 0 };
    const ohm_history_run run = { key, &point, 1 };
    ohm_history_counts counts = { 0 };
    ohm_err err = ohm_history_open(&options, &h);
    if (!ohm_failed(err))
        err = ohm_history_add(h, &run, 1, NULL, NULL, &counts);
    ohm_history_close(h);
    return err;
}

static bool same_value(void *ctx, const ohm_point *p)
{
    assert_int_equal(p->value, *(const int64_t *)ctx);
    *(int64_t *)ctx = -1;
    return true;
}

/* It has that one reading. */
static void has_one(const fixture *f, const char *key, int64_t value)
{
    ohm_reader *reader = fixture_read(f);
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(ohm_query_points(reader, key, all, same_value, &value).code, OHM_OK);
    assert_int_equal(value, -1);
    ohm_reader_close(reader);
}

/* A new series that is cut gives its number to no other. */
static void a_cut_import_leaves_no_other_its_readings(void **state)
{
    const fixture *f = *state;
    bool struck = true;
    for (int nth = 1; struck; nth++) {
        char first[64], second[64];
        (void)snprintf(first, sizeof first, "home/r%d/a/voltage_l1", nth);
        (void)snprintf(second, sizeof second, "home/r%d/b/frequency", nth);
        fault_set(FAULT_FULL, nth, true);
        ohm_err err = add_one(f, first, 2300);
        struck = fault.calls >= nth;
        fault_clear();
        assert_int_equal(add_one(f, second, 50000).code, OHM_OK);
        has_one(f, second, 50000);
        if (ohm_failed(err))
            assert_int_equal(add_one(f, first, 2300).code, OHM_OK);
        has_one(f, first, 2300);
    }
}

/* A process that thins out until it is through or something fails, and ends. */
static ohm_err thin_out(const fixture *f)
{
    sqlite3 *db;
    ohm_postgres *pg = NULL;
    bool more = true;
    ohm_tidy tidy = { .keep = { { INT64_C(30) * 24 * OHM_HOUR_MS, 15 * OHM_MINUTE_MS } },
                      .keep_count = 1,
                      .energy = { .tz = &utc, .mark = "plain" } };
    ohm_err err = ohm_db_open_writer(f->path, &db);
    if (ohm_failed(err))
        return err;
    err = ohm_postgres_attach(db, true, &pg);
    tidy.far = pg != NULL;
    while (more && !ohm_failed(err))
        err = ohm_tidy_bite(db, &tidy, a_year_later(), &more);
    (void)sqlite3_close(db);
    return err;
}

static void a_cut_thinning_has_its_number(void **state)
{
    fixture *f = *state;
    bool struck = true;
    for (int nth = 1, said = 0; struck; nth++, said += 500) {
        say(f, said, said + 500);
        uint64_t before = digest_of(f, POWER).count;
        int64_t was = revision(f);
        fault_set(FAULT_FULL, nth, true);
        ohm_err err = thin_out(f);
        struck = fault.calls >= nth;
        fault_clear();
        if (ohm_failed(err))
            assert_int_equal(thin_out(f).code, OHM_OK);
        assert_true(digest_of(f, POWER).count < before);
        if (revision(f) <= was)
            fail_msg("write %d: the past has its old number", nth);
        /* The hours of these readings say that they were thinned out. */
        char sql[128];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM energy_hour WHERE flags&16=0 AND utc_ms>=%lld",
                       (long long)(T0 + said * INT64_C(10000)));
        assert_int_equal(number(f, sql), 0);
        assert_int_equal(number(f, "SELECT count(*) FROM state WHERE key='history/thinning'"), 0);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(frames_fold_by_themselves),
        WITH_STORE(old_readings_are_thinned_out),
        WITH_STORE(the_past_has_a_number),
        WITH_STORE(free_pages_are_given_back),
        WITH_STORE(damage_is_found_and_hides_no_other),
        WITH_STORE(a_cut_correction_reaches_the_ledger),
        WITH_STORE(a_cut_import_leaves_no_other_its_readings),
        WITH_STORE(a_cut_thinning_has_its_number),
        cmocka_unit_test(every_failure_changes_nothing),
    };
    if (!fault_install() || ohm_tzdata_load("UTC", &utc).code != OHM_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
