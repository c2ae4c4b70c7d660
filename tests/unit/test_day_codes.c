/* What was said of days and prices: kept by source, the best believed, laid over what is shipped;
 * two calendars at once; and a file from before it was kept. */
#include "store/db.h"
#include "store_fixture.h"
#include "web/day_codes.h"

static ohm_date day(int month, int date)
{
    return (ohm_date){ 2026, (uint8_t)month, (uint8_t)date };
}

static void say(const fixture *f, const char *calendar, ohm_date date, const char *code,
                const char *source, int32_t rank)
{
    ohm_ms from_ms = ohm_days_from_date(date) * 24 * OHM_HOUR_MS;
    ohm_day_said said = {
        .rank = rank, .date = date, .when = { from_ms, from_ms + 36 * OHM_HOUR_MS }, .said_ms = T0
    };
    snprintf(said.calendar, sizeof said.calendar, "%s", calendar);
    snprintf(said.code, sizeof said.code, "%s", code);
    snprintf(said.source, sizeof said.source, "%s", source);
    assert_int_equal(ohm_store_day(f->store, &said), OHM_OK);
}

static uint8_t *at(uint8_t *codes, ohm_date date)
{
    return &codes[ohm_days_from_date(date) - ohm_codes_first_day()];
}

static void the_best_source_counts(void **state)
{
    fixture *f = *state;
    static uint8_t tempo[OHM_CODES_DAYS], ejp[OHM_CODES_DAYS];
    memset(tempo, 0, sizeof tempo);
    memset(ejp, 0, sizeof ejp);
    *at(tempo, day(11, 20)) = OHM_DAY_BLUE; /* shipped */
    *at(tempo, day(11, 21)) = OHM_DAY_BLUE;
    say(f, "tempo", day(11, 20), "RED", "couleur", 3); /* does not beat the calendar */
    say(f, "tempo", day(11, 21), "WHITE", "rte", 1);   /* does */
    say(f, "tempo", day(11, 22), "WHITE", "couleur", 3);
    say(f, "tempo", day(11, 22), "RED", "main", 0); /* the meter on the wall */
    say(f, "tempo", day(11, 23), "BLUE", "couleur", 3);
    say(f, "tempo", day(11, 23), "WHITE", "couleur", 3); /* corrected */
    say(f, "tempo", day(11, 24), "PEAK", "wrong", 1);    /* no colour of this calendar */
    say(f, "ejp", day(11, 22), "PEAK", "ejp", 2);
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_codes_lay(reader, OHM_CALENDAR_TEMPO, tempo).code, OHM_OK);
    assert_int_equal(ohm_codes_lay(reader, OHM_CALENDAR_EJP, ejp).code, OHM_OK);
    ohm_reader_close(reader);
    const ohm_day_code want[] = { OHM_DAY_BLUE, OHM_DAY_WHITE, OHM_DAY_RED, OHM_DAY_WHITE,
                                  OHM_DAY_UNKNOWN };
    for (int i = 0; i < 5; i++)
        assert_int_equal(*at(tempo, day(11, 20 + i)), want[i]);

    /* One day, two calendars: each contract sees its own. */
    const ohm_day_codes both = {
        .first_day = ohm_codes_first_day(), .count = OHM_CODES_DAYS, .codes = tempo, .also = ejp
    };
    int64_t today = ohm_days_from_date(day(11, 22));
    assert_int_equal(ohm_day_code_at(&both, ohm_calendar_bits(OHM_CALENDAR_TEMPO), today),
                     OHM_DAY_RED);
    assert_int_equal(ohm_day_code_at(&both, ohm_calendar_bits(OHM_CALENDAR_EJP), today),
                     OHM_DAY_PEAK);
}

static void sell(const fixture *f, const char *source, int32_t rank, int from, int to, int64_t neur)
{
    ohm_spot_said said = { .rank = rank,
                           .when = { T0 + from * OHM_MINUTE_MS, T0 + to * OHM_MINUTE_MS },
                           .neur_per_kwh = neur };
    snprintf(said.source, sizeof said.source, "%s", source);
    assert_int_equal(ohm_store_spot(f->store, &said), OHM_OK);
}

static void prices_are_kept_by_source(void **state)
{
    fixture *f = *state;
    sell(f, "other", 3, 0, 60, 1);
    sell(f, "other", 3, 60, 120, 2);
    sell(f, "entsoe", 1, 0, 60, 100);
    sell(f, "entsoe", 1, 60, 120, -200);
    fixture_commit(f);
    for (int q = 0; q < 4; q++) /* the first hour again, in quarters */
        sell(f, "entsoe", 1, q * 15, q * 15 + 15, 101 + q);
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    ohm_spots spots;
    ohm_interval range = { T0 + 20 * OHM_MINUTE_MS, T0 + 70 * OHM_MINUTE_MS };
    assert_int_equal(ohm_spots_read(reader, range, &spots).code, OHM_OK);
    assert_string_equal(spots.sources, "entsoe");
    assert_int_equal(spots.list.count, 4);
    const int64_t want[] = { 102, 103, 104, -200 };
    for (int i = 0; i < 4; i++)
        assert_int_equal(spots.list.items[i].neur_per_kwh, want[i]);
    assert_int_equal(spots.list.items[0].when.from_ms, T0 + 15 * OHM_MINUTE_MS);
    ohm_spots_free(&spots);
    range = (ohm_interval){ T0 + OHM_HOUR_MS * 48, T0 + OHM_HOUR_MS * 49 };
    assert_int_equal(ohm_spots_read(reader, range, &spots).code, OHM_OK);
    assert_int_equal(spots.list.count, 0);
    ohm_reader_close(reader);
    ohm_spot_said empty = { .when = { T0, T0 } };
    assert_int_equal(ohm_store_spot(f->store, &empty), OHM_RANGE);
}

/* One day of a better source takes nothing away of what another one knew. */
static void each_instant_has_its_best_source(void **state)
{
    fixture *f = *state;
    for (int h = 0; h < 6; h++)
        sell(f, "other", 3, 60 * h, 60 * h + 60, h + 1);
    sell(f, "entsoe", 1, 75, 120, 100); /* leaves the first quarter of the second hour */
    sell(f, "entsoe", 1, 180, 240, 101);
    sell(f, "third", 3, 300, 480, 50); /* told less than the other of its rank */
    fixture_commit(f);
    ohm_reader *reader = fixture_read(f);
    ohm_spots spots;
    ohm_interval range = { T0, T0 + 8 * OHM_HOUR_MS };
    assert_int_equal(ohm_spots_read(reader, range, &spots).code, OHM_OK);
    assert_string_equal(spots.sources, "entsoe, other, third");
    static const struct {
        int from, to;
        int64_t neur;
    } want[] = { { 0, 60, 1 },      { 60, 75, 2 },   { 75, 120, 100 }, { 120, 180, 3 },
                 { 180, 240, 101 }, { 240, 300, 5 }, { 300, 360, 6 },  { 360, 480, 50 } };
    assert_int_equal(spots.list.count, sizeof want / sizeof *want);
    for (size_t i = 0; i < spots.list.count; i++) {
        const ohm_spot_price *price = &spots.list.items[i];
        if (price->when.from_ms != T0 + want[i].from * OHM_MINUTE_MS ||
            price->when.to_ms != T0 + want[i].to * OHM_MINUTE_MS ||
            price->neur_per_kwh != want[i].neur)
            fail_msg("price %zu: %lld from minute %lld", i, (long long)price->neur_per_kwh,
                     (long long)((price->when.from_ms - T0) / OHM_MINUTE_MS));
    }
    ohm_spots_free(&spots);
    ohm_reader_close(reader);
}

/* A code that comes late makes the days anew that the ledger has cut without it. */
static void a_late_code_is_for_the_ledger(void **state)
{
    fixture *f = *state;
    sqlite3 *db;
    int64_t rows = 0;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "INSERT INTO energy_through VALUES(7,1795305600000,0)", NULL, NULL, NULL),
        SQLITE_OK);
    say(f, "tempo", day(11, 21), "RED", "rte", 1);
    say(f, "tempo", day(11, 21), "RED", "rte", 1); /* again: nothing new */
    say(f, "tempo", day(11, 25), "RED", "rte", 1); /* that day is not made yet */
    fixture_commit(f);
    assert_int_equal(ohm_db_number(db, "SELECT count(*) FROM energy_changed", &rows).code, OHM_OK);
    assert_int_equal(rows, 1);
    sqlite3_close(db);
}

static void an_older_file_says_nothing(void **state)
{
    fixture *f = *state;
    sqlite3 *db;
    static uint8_t codes[OHM_CODES_DAYS];
    ohm_spots spots;
    ohm_store_close(f->store);
    f->store = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE day_code; DROP TABLE spot_price;"
                                  "PRAGMA user_version=4",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_codes_lay(reader, OHM_CALENDAR_TEMPO, codes).code, OHM_OK);
    assert_int_equal(ohm_spots_read(reader, (ohm_interval){ 0, T0 }, &spots).code, OHM_OK);
    assert_int_equal(spots.list.count, 0);
    ohm_reader_close(reader);
    f->store = fixture_open(f); /* comes forward */
    say(f, "tempo", day(11, 21), "RED", "rte", 1);
    fixture_commit(f);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(the_best_source_counts),           WITH_STORE(prices_are_kept_by_source),
        WITH_STORE(each_instant_has_its_best_source), WITH_STORE(a_late_code_is_for_the_ledger),
        WITH_STORE(an_older_file_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
