#include "tariff/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "host/tzdata.h"

static ohm_tz paris;

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ? -1 : 0;
}

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    ohm_err err = ohm_rfc3339_parse(ohm_span_text(text), &ms);
    if (ohm_failed(err))
        fail_msg("%s: %s", text, err.what);
    return ms;
}

#define HC(from, to)                                                                               \
    {                                                                                              \
        .from_minute = (from), .to_minute = (to), .period = 1                                      \
    }

static ohm_contract base_contract(void)
{
    return (ohm_contract){
        .name = "Base",
        .periods_count = 1,
        .periods = { { "base" } },
        .spot_period = OHM_NO_PERIOD,
        .rows_count = 2,
        .rows = { { .from = { 2025, 8, 1 }, .ueur_per_kwh = { 195200 } },
                  { .from = { 2026, 2, 1 }, .ueur_per_kwh = { 194000 } } },
    };
}

/* 22:30 to 06:30 over midnight, and an hour after lunch. */
static ohm_contract off_peak_contract(void)
{
    return (ohm_contract){
        .name = "HP/HC",
        .subscribed_va = 9000,
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 2,
        .slots = { HC(22 * 60 + 30, 6 * 60 + 30), HC(13 * 60, 14 * 60) },
        .rows_count = 2,
        .rows = { { .from = { 2025, 8, 1 }, .ueur_per_kwh = { 208100, 163500 } },
                  { .from = { 2026, 2, 1 }, .ueur_per_kwh = { 206500, 157900 } } },
    };
}

/* Off-peak from 02:30 to 06:30: the night the clocks change falls inside. */
static ohm_contract small_hours_contract(void)
{
    ohm_contract contract = off_peak_contract();
    contract.slots_count = 1;
    contract.slots[0] = (ohm_contract_slot)HC(2 * 60 + 30, 6 * 60 + 30);
    return contract;
}

static void says_the_price_and_until_when(void **state)
{
    (void)state;
    const ohm_contract base = base_contract(), hphc = off_peak_contract(),
                       small = small_hours_contract();
    const struct {
        const char *why;
        const ohm_contract *contract;
        const char *time;
        uint8_t period;
        int64_t ueur;
        const char *until;
    } rows[] = {
        { "one price, until the next row", &base, "2026-01-10T12:00:00Z", 0, 195200,
          "2026-01-31T23:00:00Z" },
        { "the last millisecond of the old row", &base, "2026-01-31T22:59:59.999Z", 0, 195200,
          "2026-01-31T23:00:00Z" },
        { "the new row at local midnight, for good", &base, "2026-01-31T23:00:00Z", 0, 194000,
          NULL },
        { "peak by day", &hphc, "2026-11-22T08:00:00Z", 0, 206500, "2026-11-22T12:00:00Z" },
        { "a slot starts on its minute", &hphc, "2026-11-22T12:00:00Z", 1, 157900,
          "2026-11-22T13:00:00Z" },
        { "a slot ends before its last minute", &hphc, "2026-11-22T13:00:00Z", 0, 206500,
          "2026-11-22T21:30:00Z" },
        { "evening: the slot goes on over midnight", &hphc, "2026-11-22T21:30:00Z", 1, 157900,
          "2026-11-23T05:30:00Z" },
        { "night: the same slot", &hphc, "2026-11-23T02:00:00Z", 1, 157900,
          "2026-11-23T05:30:00Z" },
        { "a new price at midnight inside the slot", &hphc, "2026-01-31T22:00:00Z", 1, 163500,
          "2026-01-31T23:00:00Z" },
        { "summer: the same wall clock, one hour earlier in UTC", &hphc, "2026-07-01T20:30:00Z", 1,
          157900, "2026-07-02T04:30:00Z" },
        { "spring night is an hour shorter", &hphc, "2026-03-28T21:30:00Z", 1, 157900,
          "2026-03-29T04:30:00Z" },
        { "autumn night is an hour longer", &hphc, "2026-10-24T20:30:00Z", 1, 157900,
          "2026-10-25T05:30:00Z" },
        { "spring: 02:30 does not exist, 03:00 is in the slot", &small, "2026-03-29T00:59:00Z", 0,
          206500, "2026-03-29T01:00:00Z" },
        { "autumn: the first 02:30 starts the slot", &small, "2026-10-25T00:30:00Z", 1, 157900,
          "2026-10-25T01:00:00Z" },
        { "autumn: back at 02:00 the slot has not started", &small, "2026-10-25T01:00:00Z", 0,
          206500, "2026-10-25T01:30:00Z" },
        { "autumn: the second 02:30 starts it again", &small, "2026-10-25T01:30:00Z", 1, 157900,
          "2026-10-25T05:30:00Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_price got;
        ohm_code code = ohm_contract_price(rows[i].contract, &paris, NULL, at(rows[i].time), &got);
        ohm_ms until = rows[i].until ? at(rows[i].until) : OHM_NO_MS;
        if (code != OHM_OK || got.period != rows[i].period || got.ueur_per_kwh != rows[i].ueur ||
            got.until_ms != until)
            fail_msg("%s: code %d period %d price %lld until %lld", rows[i].why, code, got.period,
                     (long long)got.ueur_per_kwh, (long long)got.until_ms);
    }
}

static void before_the_first_row_there_is_no_price(void **state)
{
    (void)state;
    const ohm_contract contract = base_contract();
    ohm_price got = { .ueur_per_kwh = -1 };
    assert_int_equal(ohm_contract_price(&contract, &paris, NULL, at("2025-07-31T21:59:59Z"), &got),
                     OHM_RANGE);
    assert_int_equal(got.ueur_per_kwh, -1);
    assert_int_equal(ohm_contract_price(&contract, &paris, NULL, at("2025-07-31T22:00:00Z"), &got),
                     OHM_OK);
}

/* `until` is the first minute at which anything changes, found here by walking the minutes. */
static void until_is_the_next_change(void **state)
{
    (void)state;
    const ohm_contract contracts[] = { off_peak_contract(), small_hours_contract() };
    const char *const days[] = { "2026-01-31T00:00:00Z", "2026-03-28T12:00:00Z",
                                 "2026-10-24T12:00:00Z" };
    for (size_t c = 0; c < 2; c++)
        for (size_t d = 0; d < 3; d++) {
            ohm_price now, then;
            ohm_ms t = at(days[d]), end = t + 30 * OHM_HOUR_MS;
            assert_int_equal(ohm_contract_price(&contracts[c], &paris, NULL, t, &now), OHM_OK);
            for (; t < end; t += OHM_MINUTE_MS) {
                assert_int_equal(ohm_contract_price(&contracts[c], &paris, NULL, t, &then), OHM_OK);
                bool same = then.period == now.period && then.ueur_per_kwh == now.ueur_per_kwh;
                if (same != (t < now.until_ms))
                    fail_msg("contract %zu day %zu: a change at %lld, until %lld", c, d,
                             (long long)t, (long long)now.until_ms);
                now = then;
            }
        }
}

static void a_slot_of_many_changes_nothing_with_equal_prices(void **state)
{
    (void)state;
    ohm_contract contract = off_peak_contract();
    contract.rows_count = 1;
    contract.slots[0] = (ohm_contract_slot)HC(0, 12 * 60);
    contract.slots[1] = (ohm_contract_slot)HC(12 * 60, 24 * 60);
    assert_int_equal(ohm_contract_check(&contract, NULL).code, OHM_OK);
    ohm_price got;
    assert_int_equal(ohm_contract_price(&contract, &paris, NULL, at("2026-01-10T11:00:00Z"), &got),
                     OHM_OK);
    assert_int_equal(got.period, 1);
    assert_true(got.until_ms == OHM_NO_MS);
}

static void accept(ohm_contract *c)
{
    (void)c;
}
static void no_row(ohm_contract *c)
{
    c->rows_count = 0;
}
static void many_rows(ohm_contract *c)
{
    c->rows_count = OHM_CONTRACT_ROWS_MAX + 1;
}
static void many_slots(ohm_contract *c)
{
    c->slots_count = OHM_CONTRACT_SLOTS_MAX + 1;
}
static void rows_swapped(ohm_contract *c)
{
    c->rows[1].from = (ohm_date){ 2025, 7, 1 };
}
static void rows_equal(ohm_contract *c)
{
    c->rows[1].from = c->rows[0].from;
}
static void no_such_date(ohm_contract *c)
{
    c->rows[1].from = (ohm_date){ 2026, 2, 30 };
}
static void price_missing(ohm_contract *c)
{
    c->rows[1].ueur_per_kwh[1] = OHM_NO_PRICE;
}
static void price_absurd(ohm_contract *c)
{
    c->rows[0].ueur_per_kwh[0] = 206500000;
}
static void subscription_negative(ohm_contract *c)
{
    c->rows[0].subscription_ueur_per_year = -1;
}
static void slot_late(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(1440, 60);
}
static void slot_end_late(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(60, 1441);
}
static void slot_empty(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(600, 600);
}
static void slot_whole_day(ohm_contract *c)
{
    c->slots[0] = (ohm_contract_slot)HC(0, 1440);
}
static void slots_overlap(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(6 * 60, 7 * 60);
}
static void slot_around(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(22 * 60, 7 * 60);
}
static void slots_touch(ohm_contract *c)
{
    c->slots[1] = (ohm_contract_slot)HC(6 * 60 + 30, 7 * 60);
}
static void period_unknown(ohm_contract *c)
{
    c->slots[1].period = 2;
}
static void period_twice(ohm_contract *c)
{
    c->periods[1] = c->periods[0];
}
static void no_rest(ohm_contract *c)
{
    c->rest_period = OHM_NO_PERIOD;
}
static void price_free(ohm_contract *c)
{
    c->rows[1].ueur_per_kwh[1] = 0;
}
static void season_odd(ohm_contract *c)
{
    c->slots[0].season_from = 1101;
    c->slots[0].season_to = 231;
}
static void power_negative(ohm_contract *c)
{
    c->subscribed_va = -1;
}
static void name_unended(ohm_contract *c)
{
    memset(c->name, 'x', sizeof c->name);
}

static void check_refuses_contradictions(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        void (*damage)(ohm_contract *contract);
        ohm_code code;
        uint32_t at;
    } rows[] = {
        { "as it is", accept, OHM_OK, 0 },
        { "no row", no_row, OHM_RANGE, 0 },
        { "too many rows", many_rows, OHM_TOO_BIG, 0 },
        { "too many slots", many_slots, OHM_TOO_BIG, 0 },
        { "rows out of order", rows_swapped, OHM_CONFLICT, 1 },
        { "two rows on one date", rows_equal, OHM_CONFLICT, 1 },
        { "30 February", no_such_date, OHM_RANGE, 1 },
        { "a price forgotten", price_missing, OHM_RANGE, 1 },
        { "EUR/MWh taken for EUR/kWh", price_absurd, OHM_RANGE, 0 },
        { "a negative subscription", subscription_negative, OHM_RANGE, 0 },
        { "a slot from 24:00", slot_late, OHM_RANGE, 1 },
        { "a slot to 24:01", slot_end_late, OHM_RANGE, 1 },
        { "an empty slot", slot_empty, OHM_RANGE, 1 },
        { "a slot of a whole day, and another", slot_whole_day, OHM_CONFLICT, 1 },
        { "slots that overlap", slots_overlap, OHM_CONFLICT, 1 },
        { "a slot around another", slot_around, OHM_CONFLICT, 1 },
        { "slots that touch", slots_touch, OHM_OK, 0 },
        { "a period that does not exist", period_unknown, OHM_UNKNOWN, 1 },
        { "two periods of one name", period_twice, OHM_CONFLICT, 1 },
        { "a minute in no slot, and no rest", no_rest, OHM_GAP, 0 },
        { "a price of nothing is a price", price_free, OHM_OK, 0 },
        { "a season that ends on 31 February", season_odd, OHM_RANGE, 0 },
        { "a negative power", power_negative, OHM_RANGE, 0 },
        { "a name without an end", name_unended, OHM_TOO_BIG, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_contract contract = off_peak_contract();
        rows[i].damage(&contract);
        ohm_err err = ohm_contract_check(&contract, NULL);
        if (err.code != rows[i].code || err.at != rows[i].at)
            fail_msg("%s: code %d at %u: %s", rows[i].why, err.code, err.at, err.what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_the_price_and_until_when),
        cmocka_unit_test(before_the_first_row_there_is_no_price),
        cmocka_unit_test(until_is_the_next_change),
        cmocka_unit_test(a_slot_of_many_changes_nothing_with_equal_prices),
        cmocka_unit_test(check_refuses_contradictions),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
