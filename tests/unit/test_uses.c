/* What bills read from the store: steps cut at the contract's borders, the ledger's totals where
 * readings were thinned out, load curves and days where no register is. */
#include <stdatomic.h>

#include <sqlite3.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "store_fixture.h"
#include "web/uses.h"

#define DAY0 INT64_C(1792706400000) /* 2026-10-23 00:00 in Paris */

static ohm_tz paris;

static void add(const fixture *f, const char *quantity, const ohm_point *points, size_t count)
{
    char key[64];
    ohm_history *h = NULL;
    const ohm_history_options options = { .path = f->path };
    ohm_history_counts counts = { 0 };
    snprintf(key, sizeof key, "home/ground/main/%s", quantity);
    const ohm_history_run run = { key, points, count };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_int_equal(ohm_history_add(h, &run, 1, NULL, NULL, &counts).code, OHM_OK);
    ohm_history_close(h);
}

static ohm_uses uses_of(const fixture *f, ohm_interval range, const ohm_contract *contract)
{
    ohm_uses uses;
    ohm_reader *reader = fixture_read(f);
    const ohm_uses_query query = {
        .device = "home/ground/main", .range = range, .contract = contract, .tz = &paris
    };
    assert_int_equal(ohm_uses_read(reader, &query, &uses), OHM_OK);
    ohm_reader_close(reader);
    return uses;
}

static int64_t sum_of(const ohm_uses *uses)
{
    int64_t sum = 0;
    for (size_t i = 0; i < uses->count; i++)
        sum += uses->items[i].import_mwh;
    return sum;
}

/* Off-peak from 22:27 on: what was counted until then is known to ten seconds. */
static void steps_end_where_periods_do(void **state)
{
    fixture *f = *state;
    static ohm_point points[8641];
    int64_t wh = 1000;
    for (int i = 0; i <= 8640; i++) {
        ohm_ms at_ms = DAY0 + i * INT64_C(10000);
        points[i] = (ohm_point){ at_ms, wh, OHM_QUALITY_GOOD };
        wh += at_ms >= DAY0 + (22 * 60 + 27) * OHM_MINUTE_MS ? 20 : 1;
    }
    add(f, "energy_import", points, 8641);
    ohm_contract contract;
    ohm_contract_init(&contract);
    contract.periods_count = 2;
    contract.rest_period = 0;
    contract.slots_count = 1;
    contract.slots[0] = (ohm_contract_slot){
        .from_minute = 22 * 60 + 27, .to_minute = 6 * 60, .period = 1, .weekdays = 127
    };
    ohm_interval evening = { DAY0 + 22 * OHM_HOUR_MS, DAY0 + 23 * OHM_HOUR_MS };
    ohm_uses whole = uses_of(f, evening, NULL), cut = uses_of(f, evening, &contract);
    assert_int_equal(whole.basis, OHM_BASIS_REGISTER);
    assert_int_equal(whole.count, 6);
    assert_int_equal(cut.count, 7);
    assert_int_equal(cut.items[2].to_ms, DAY0 + (22 * 60 + 27) * OHM_MINUTE_MS);
    assert_int_equal(cut.items[2].import_mwh, 42000);      /* 7 minutes at 1 Wh a reading */
    assert_int_equal(cut.items[3].import_mwh, 18 * 20000); /* 3 minutes at 20 */
    assert_int_equal(sum_of(&whole), sum_of(&cut));
    ohm_uses_free(&whole);
    ohm_uses_free(&cut);
}

static void a_load_curve_or_days_will_do(void **state)
{
    fixture *f = *state;
    ohm_interval day = { DAY0, DAY0 + 24 * OHM_HOUR_MS };
    ohm_uses none;
    ohm_reader *reader = fixture_read(f);
    const ohm_uses_query query = { .device = "home/ground/main", .range = day };
    assert_int_equal(ohm_uses_read(reader, &query, &none), OHM_UNKNOWN);
    ohm_reader_close(reader);

    const ohm_point days[] = { { DAY0, 12345, OHM_QUALITY_GOOD },
                               { DAY0 + 2 * 24 * OHM_HOUR_MS, 20000, OHM_QUALITY_ESTIMATED } };
    add(f, "energy_import_day", days, 2);
    ohm_uses uses = uses_of(f, (ohm_interval){ DAY0, DAY0 + 73 * OHM_HOUR_MS }, NULL);
    assert_int_equal(uses.basis, OHM_BASIS_DAYS);
    assert_int_equal(uses.count, 2);
    assert_int_equal(uses.items[0].import_mwh, 12345000);
    assert_int_equal(uses.items[1].to_ms - uses.items[1].from_ms, 25 * OHM_HOUR_MS); /* October */
    assert_int_equal(uses.items[1].flags, OHM_USE_ESTIMATED);
    ohm_uses_free(&uses);

    ohm_point curve[48];
    int64_t mwh = 0;
    for (int i = 0; i < 48; i++) {
        curve[i] = (ohm_point){ DAY0 + i * 30 * OHM_MINUTE_MS, 333 + i, OHM_QUALITY_GOOD };
        mwh += i < 47 ? (333 + i) * INT64_C(500) : 0; /* nobody says how long the last one held */
    }
    add(f, "power_import_mean", curve, 48);
    uses = uses_of(f, day, NULL);
    assert_int_equal(uses.basis, OHM_BASIS_LOAD_CURVE);
    assert_int_equal(uses.count, 47 * 3);
    assert_int_equal(sum_of(&uses), mwh);
    ohm_uses_free(&uses);
}

/* --- registers of periods --------------------------------------------------------------------- */

/* A meter whose off-peak hours are 23:00 to 07:00, ten times a minute; `lost` Wh of the second day
 * are in none of its two registers. */
static void count_periods(const fixture *f, const char *off, const char *peak, int64_t lost)
{
    static ohm_point all[289], t[2][289];
    int64_t wh[2] = { 700, 900 };
    for (int i = 0; i <= 288; i++) {
        ohm_ms at_ms = DAY0 + i * 10 * OHM_MINUTE_MS;
        int hour = i / 6 % 24;
        int64_t gone = i > 200 ? lost : 0;
        all[i] = (ohm_point){ at_ms, wh[0] + wh[1], OHM_QUALITY_GOOD };
        t[0][i] = (ohm_point){ at_ms, wh[0], OHM_QUALITY_GOOD };
        t[1][i] = (ohm_point){ at_ms, wh[1] - gone, OHM_QUALITY_GOOD };
        wh[hour >= 23 || hour < 7 ? 0 : 1] += hour == 6 ? 400 : 101;
    }
    add(f, "energy_import", all, 289);
    add(f, off, t[0], 289);
    add(f, peak, t[1], 289);
}

/* Off-peak from 22:00 to 06:00, as somebody thought; what the meter counted counts. */
static ohm_uses counted(const fixture *f)
{
    ohm_contract contract;
    ohm_uses uses;
    ohm_contract_init(&contract);
    contract.periods_count = 2;
    snprintf(contract.periods[0].id, OHM_PERIOD_ID_MAX, "hp");
    snprintf(contract.periods[1].id, OHM_PERIOD_ID_MAX, "hc");
    contract.rest_period = 0;
    contract.slots_count = 1;
    contract.slots[0] = (ohm_contract_slot){
        .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1, .weekdays = 127
    };
    ohm_reader *reader = fixture_read(f);
    const ohm_uses_query query = { .device = "home/ground/main",
                                   .range = { DAY0, DAY0 + 48 * OHM_HOUR_MS },
                                   .contract = &contract,
                                   .tz = &paris };
    assert_int_equal(ohm_uses_read(reader, &query, &uses), OHM_OK);
    assert_int_equal(ohm_uses_by_period(reader, &query, &uses), OHM_OK);
    ohm_reader_close(reader);
    return uses;
}

static void a_meters_own_periods_count(void **state)
{
    fixture *f = *state;
    count_periods(f, "energy_import_t1", "energy_import_t2", 0);
    ohm_uses uses = counted(f);
    assert_int_equal(uses.basis, OHM_BASIS_PERIODS);
    assert_int_equal(uses.count, 4);
    int64_t off = 42 * 101000 + 6 * 400000, peak = 96 * 101000; /* a day */
    for (int d = 0; d < 2; d++) {
        assert_int_equal(uses.items[2 * d].of_period, 2); /* hc */
        assert_int_equal(uses.items[2 * d].import_mwh, off);
        assert_int_equal(uses.items[2 * d + 1].import_mwh, peak);
        assert_int_equal(uses.items[2 * d].to_ms - uses.items[2 * d].from_ms, 24 * OHM_HOUR_MS);
    }
    assert_int_equal(sum_of(&uses), 2 * (off + peak));
    ohm_uses_free(&uses);
}

/* The day that does not add up goes by the clock, the others as they would alone. */
static void registers_that_do_not_add_up_are_not_believed(void **state)
{
    fixture *f = *state;
    count_periods(f, "energy_import_t1", "energy_import_t2", 50);
    ohm_uses uses = counted(f);
    assert_int_equal(uses.basis, OHM_BASIS_MIXED);
    assert_int_equal(uses.count, 2 + 144);
    assert_int_equal(uses.items[0].of_period, 2);
    assert_int_equal(uses.items[2].of_period, 0);
    assert_true(uses.items[2].from_ms == DAY0 + 24 * OHM_HOUR_MS);
    assert_int_equal(sum_of(&uses), 2 * (138 * INT64_C(101000) + 6 * 400000));
    ohm_uses_free(&uses);
}

/* A register that begins at noon leaves the morning to the load curve, and the day before to its
 * own energy; nothing is counted twice. */
static void what_no_register_tells_the_curve_and_the_days_do(void **state)
{
    fixture *f = *state;
    static ohm_point all[73], curve[49];
    const ohm_point day = { DAY0, 7000, OHM_QUALITY_GOOD };
    const ohm_ms second = DAY0 + 24 * OHM_HOUR_MS, noon = second + 12 * OHM_HOUR_MS;
    for (int i = 0; i < 73; i++)
        all[i] = (ohm_point){ noon + i * 10 * OHM_MINUTE_MS, 5000 + 100 * i, OHM_QUALITY_GOOD };
    for (int i = 0; i < 49; i++)
        curve[i] = (ohm_point){ second + i * 30 * OHM_MINUTE_MS, 400, OHM_QUALITY_GOOD };
    add(f, "energy_import", all, 73);
    add(f, "power_import_mean", curve, 49);
    add(f, "energy_import_day", &day, 1);
    ohm_interval both = { DAY0, DAY0 + 48 * OHM_HOUR_MS };
    ohm_uses uses = uses_of(f, both, NULL);
    assert_int_equal(uses.basis, OHM_BASIS_MIXED);
    assert_int_equal(sum_of(&uses), 7000000 + 12 * 400000 + 7200000);
    for (size_t i = 0; i < uses.count; i++)
        assert_true(uses.items[i].from_ms == (i ? uses.items[i - 1].to_ms : DAY0));
    ohm_uses_free(&uses);
    ohm_interval first = { DAY0, second };
    uses = uses_of(f, first, NULL);
    assert_int_equal(uses.basis, OHM_BASIS_DAYS);
    assert_int_equal(sum_of(&uses), 7000000);
    ohm_uses_free(&uses);
}

/* Elsewhere the first register is that of peak hours. */
static void registers_in_another_order_are_not_believed(void **state)
{
    fixture *f = *state;
    count_periods(f, "energy_import_t2", "energy_import_t1", 0);
    ohm_uses uses = counted(f);
    assert_int_equal(uses.basis, OHM_BASIS_REGISTER);
    ohm_uses_free(&uses);
}

/* EJP: what the meter counted at normal hours comes first, and is the most. Of a winter whose
 * calendar nobody knows the registers alone tell which was which. */
static void registers_of_ejp_need_no_calendar(void **state)
{
    fixture *f = *state;
    static ohm_tariff tariff;
    ohm_uses uses;
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { NULL, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find("bleu-ejp-9kva", &wish.power_va);
    assert_non_null(asset);
    assert_int_equal(ohm_tariff_read(asset->bytes, "ejp", &wish, &tariff, &report), OHM_OK);
    count_periods(f, "energy_import_t2", "energy_import_t1", 0);
    ohm_reader *reader = fixture_read(f);
    const ohm_uses_query query = { .device = "home/ground/main",
                                   .range = { DAY0, DAY0 + 48 * OHM_HOUR_MS },
                                   .contract = &tariff.contract,
                                   .tz = &paris };
    assert_int_equal(ohm_uses_read(reader, &query, &uses), OHM_OK);
    int64_t all_mwh = sum_of(&uses), of_mwh[3] = { 0 };
    assert_int_equal(ohm_uses_by_period(reader, &query, &uses), OHM_OK);
    ohm_reader_close(reader);
    assert_int_equal(uses.basis, OHM_BASIS_PERIODS);
    for (size_t i = 0; i < uses.count; i++)
        of_mwh[uses.items[i].of_period] += uses.items[i].import_mwh;
    uint8_t normal = ohm_contract_period(&tariff.contract, ohm_span_text("normal"));
    assert_true(of_mwh[normal + 1] > all_mwh / 2);
    assert_int_equal(of_mwh[1] + of_mwh[2], all_mwh);
    ohm_uses_free(&uses);
}

/* --- thinned out ------------------------------------------------------------------------------ */

static ohm_ms a_year_later(void)
{
    return DAY0 + INT64_C(365) * 24 * OHM_HOUR_MS;
}

static int64_t number(const fixture *f, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 60000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    int64_t value = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static void thin(fixture *f, int64_t every_ms, const char *sql, int64_t want)
{
    const ohm_store_options options = { .path = f->path,
                                        .group_commit_ms = 3600000,
                                        .tidy_ms = 1,
                                        .now = a_year_later,
                                        .keep = { { 24 * OHM_HOUR_MS, every_ms } },
                                        .keep_count = 1,
                                        .energy = { .tz = &paris, .mark = "test" } };
    ohm_store_close(f->store);
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    while (number(f, sql) != want)
        usleep(1000);
}

static void the_ledger_says_what_readings_no_longer_do(void **state)
{
    fixture *f = *state;
    ohm_point points[145];
    int64_t wh = 0;
    for (int i = 0; i <= 144; i++) {
        points[i] = (ohm_point){ DAY0 + i * 10 * OHM_MINUTE_MS, wh, OHM_QUALITY_GOOD };
        wh += i % 12 == 0 ? 600 : 10; /* it all happens at the beginning of each other hour */
    }
    add(f, "energy_import", points, 145);
    ohm_interval day = { DAY0, DAY0 + 24 * OHM_HOUR_MS };
    int64_t hours[24];
    ohm_uses uses = uses_of(f, day, NULL);
    assert_int_equal(uses.count, 144);
    for (int h = 0; h < 24; h++) {
        hours[h] = 0;
        for (int i = 0; i < 6; i++)
            hours[h] += uses.items[h * 6 + i].import_mwh;
    }
    ohm_uses_free(&uses);

    thin(f, 4 * OHM_HOUR_MS, "SELECT count(*) FROM chunk WHERE thin<>14400000", 0);
    uses = uses_of(f, day, NULL);
    assert_int_equal(uses.count, 144);
    for (int h = 0; h < 24; h++) {
        int64_t sum = 0;
        for (int i = 0; i < 6; i++)
            sum += uses.items[h * 6 + i].import_mwh;
        assert_int_equal(sum, hours[h]);
    }
    ohm_uses_free(&uses);

    thin(f, 0, "SELECT count(*) FROM chunk", 0);
    uses = uses_of(f, day, NULL);
    assert_int_equal(uses.count, 24);
    for (int h = 0; h < 24; h++)
        assert_int_equal(uses.items[h].import_mwh, hours[h]);
    ohm_uses_free(&uses);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(steps_end_where_periods_do),
        WITH_STORE(a_load_curve_or_days_will_do),
        WITH_STORE(a_meters_own_periods_count),
        WITH_STORE(registers_that_do_not_add_up_are_not_believed),
        WITH_STORE(what_no_register_tells_the_curve_and_the_days_do),
        WITH_STORE(registers_in_another_order_are_not_believed),
        WITH_STORE(registers_of_ejp_need_no_calendar),
        WITH_STORE(the_ledger_says_what_readings_no_longer_do),
    };
    if (ohm_tzdata_load("Europe/Paris", &paris).code != OHM_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
