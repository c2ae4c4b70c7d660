#include "engine/ledger.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "host/tzdata.h"

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS };

static ohm_engine_config config;
static ohm_ledger ledger;
static ohm_ledger_notices notices;
static int64_t mono_lag_ms; /* mono = utc - lag: changes when the wall clock jumps */

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    ohm_err err = ohm_rfc3339_parse(ohm_span_text(text), &ms);
    if (ohm_failed(err))
        fail_msg("%s: %s", text, err.what);
    return ms;
}

static int set_up(void **state)
{
    (void)state;
    ohm_engine_config_defaults(&config);
    config.main_device = 0;
    config.has_contract = true;
    config.contract = (ohm_contract){
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .rest_period = 0,
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 1,
        .slots = { { .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1 } },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { 200000, 150000 } } },
    };
    mono_lag_ms = at("2026-01-01T00:00:00Z");
    ohm_ledger_init(&ledger);
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &config.tz)) ? -1 : 0;
}

static void read_as(const char *received, ohm_ms meter_ms, int64_t import_wh, int64_t export_wh,
                    ohm_quality quality)
{
    static ohm_frame frame;
    frame = (ohm_frame){ .count = 2, .time_ms = meter_ms };
    frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, (uint8_t)quality, import_wh };
    frame.values[1] = (ohm_value){ OHM_Q_ENERGY_EXPORT, OHM_QUALITY_UNAUTHENTICATED, export_wh };
    ohm_event event = { .kind = OHM_EVENT_FRAME, .utc_ms = at(received), .frame = &frame };
    event.mono.v = event.utc_ms - mono_lag_ms;
    ohm_ledger_frame(&ledger, &config, &event, &notices);
}

static void read_at(const char *time, int64_t import_wh)
{
    read_as(time, at(time), import_wh, 0, OHM_QUALITY_GOOD);
}

static void is_today(const char *why, const char *from, bool complete, int64_t import_wh,
                     int64_t cost_ueur)
{
    const ohm_engine_today *t = &ledger.today;
    if (!t->known || t->from_ms != at(from) || t->complete != complete ||
        t->import_wh != import_wh || t->cost_ueur != cost_ueur)
        fail_msg("%s: known %d from %lld complete %d, %lld Wh, %lld uEUR", why, t->known,
                 (long long)(t->from_ms - at(from)), t->complete, (long long)t->import_wh,
                 (long long)t->cost_ueur);
}

static void a_day_from_midnight_to_midnight(void **state)
{
    (void)state;
    read_at("2026-11-21T22:59:50Z", 1000000);
    read_at("2026-11-21T23:00:00Z", 1000010);
    assert_int_equal(ledger.today.date.day, 22);
    is_today("midnight's reading starts the day", "2026-11-21T23:00:00Z", true, 10, 1500);
    read_at("2026-11-22T05:00:00Z", 1001000);
    is_today("off-peak until 06:00", "2026-11-21T23:00:00Z", true, 1000, 150000);
    read_at("2026-11-22T12:00:00Z", 1003000);
    is_today("peak after", "2026-11-21T23:00:00Z", true, 3000, 550000);
    assert_false(ledger.today.estimated);
    ohm_ledger_day(&ledger, &config, at("2026-11-22T22:59:59.999Z"));
    assert_int_equal(ledger.today.date.day, 22);
    ohm_ledger_day(&ledger, &config, at("2026-11-22T23:00:00Z"));
    assert_int_equal(ledger.today.date.day, 23);
    assert_false(ledger.today.known); /* until a register is read */
    assert_int_equal(ledger.today.import_wh, 0);
}

static void where_a_day_is_counted_from(void **state)
{
    static const struct {
        const char *why, *last, *first, *from;
        bool complete;
        int64_t wh;
    } rows[] = {
        { "both readings near midnight", "2026-11-21T22:59:00Z", "2026-11-21T23:01:00Z",
          "2026-11-21T23:00:00Z", true, 1000 },
        { "silent until noon, but read just before midnight", "2026-11-21T22:56:00Z",
          "2026-11-22T11:00:00Z", "2026-11-21T23:00:00Z", true, 1000 },
        { "silent since the evening, read just after midnight", "2026-11-21T19:00:00Z",
          "2026-11-21T23:04:00Z", "2026-11-21T23:00:00Z", true, 0 },
        { "silent over midnight and long", "2026-11-21T19:00:00Z", "2026-11-22T11:00:00Z",
          "2026-11-22T11:00:00Z", false, 0 },
        { "never read before, at noon", NULL, "2026-11-22T11:00:00Z", "2026-11-22T11:00:00Z", false,
          0 },
        { "never read before, at midnight", NULL, "2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z",
          true, 0 },
        { "the night of 25 hours starts at its own midnight", "2026-10-24T21:59:00Z",
          "2026-10-24T22:01:00Z", "2026-10-24T22:00:00Z", true, 1000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(set_up(state), 0);
        if (rows[i].last)
            read_at(rows[i].last, 1000000);
        read_at(rows[i].first, rows[i].last ? 1001000 : 1000000);
        const ohm_engine_today *t = &ledger.today;
        if (t->complete != rows[i].complete || t->import_wh != rows[i].wh ||
            t->from_ms != at(rows[i].from))
            fail_msg("%s: complete %d, %lld Wh", rows[i].why, t->complete, (long long)t->import_wh);
    }
}

/* A silent meter across 06:00: the Wh are shared by time, and that is said. */
static void a_change_of_price_while_silent_is_shared(void **state)
{
    (void)state;
    read_at("2026-11-21T23:00:00Z", 1000000);
    read_at("2026-11-22T03:00:00Z", 1000000);
    read_at("2026-11-22T07:00:00Z", 1004000); /* two hours each side: 2000 Wh at each price */
    is_today("half and half", "2026-11-21T23:00:00Z", true, 4000, 300000 + 400000);
    assert_true(ledger.today.estimated);

    read_at("2026-11-22T20:58:00Z", 1004000);
    bool estimated_before = ledger.today.estimated;
    ledger.today.estimated = false;
    read_at("2026-11-22T21:02:00Z", 1004101); /* within minutes: no estimate worth a word */
    assert_false(ledger.today.estimated);
    ledger.today.estimated = estimated_before;
    is_today("50 Wh peak, 51 off-peak", "2026-11-21T23:00:00Z", true, 4101,
             700000 + 50 * 200 + 51 * 150);
}

static void money_rounds_once(void **state)
{
    (void)state;
    config.contract.rows[0].ueur_per_kwh[0] = 206501;
    read_at("2026-11-22T08:00:00Z", 0);
    for (int wh = 1; wh <= 1000; wh++) {
        static char time[OHM_RFC3339_MAX + 1];
        time[ohm_rfc3339_write(at("2026-11-22T08:00:00Z") + wh * 10 * S, time)] = '\0';
        read_at(time, wh);
        if (wh == 1)
            assert_int_equal(ledger.today.cost_ueur, 207); /* 206.501 */
    }
    assert_int_equal(ledger.today.import_wh, 1000);
    assert_int_equal(ledger.today.cost_ueur, 206501);
}

static void without_a_price_there_is_no_cost(void **state)
{
    (void)state;
    config.contract.rows[0].from = (ohm_date){ 2026, 12, 1 };
    read_at("2026-11-22T08:00:00Z", 0);
    read_at("2026-11-22T09:00:00Z", 1000);
    assert_false(ledger.today.has_cost); /* before the contract */
    assert_int_equal(ledger.today.import_wh, 1000);
    config.has_contract = false;
    read_at("2026-12-22T08:00:00Z", 2000);
    assert_false(ledger.today.has_cost);
}

static void export_is_counted_apart(void **state)
{
    (void)state;
    read_as("2026-11-22T08:00:00Z", at("2026-11-22T08:00:00Z"), 0, 500, OHM_QUALITY_GOOD);
    read_as("2026-11-22T09:00:00Z", at("2026-11-22T09:00:00Z"), 100, 1700, OHM_QUALITY_GOOD);
    assert_int_equal(ledger.today.import_wh, 100);
    assert_int_equal(ledger.today.export_wh, 1200);
}

/* --- doubt -------------------------------------------------------------------------------- */

static void a_bad_reading_changes_nothing(void **state)
{
    static const struct {
        const char *why;
        int64_t wh;
        ohm_notice notice;
        int64_t detail;
    } rows[] = {
        { "down by one", 1000999, OHM_NOTICE_REGISTER_BACKWARDS, 1 },
        { "down to zero", 0, OHM_NOTICE_REGISTER_BACKWARDS, 1001000 },
        { "a thousand times more", 1001000000, OHM_NOTICE_REGISTER_JUMP, 999999000 },
        { "one more than 100 kW give in the minutes passed", 1001000 + 1000 + 3334,
          OHM_NOTICE_REGISTER_JUMP, 4334 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(set_up(state), 0);
        read_at("2026-11-22T08:00:00Z", 1000000);
        read_at("2026-11-22T09:00:00Z", 1001000);
        read_at("2026-11-22T09:01:00Z", rows[i].wh);
        if (notices.count != 1 || notices.items[0].notice != rows[i].notice ||
            notices.items[0].detail != rows[i].detail)
            fail_msg("%s: %d notices, detail %lld", rows[i].why, notices.count,
                     (long long)notices.items[0].detail);
        assert_int_equal(notices.items[0].quantity, OHM_Q_ENERGY_IMPORT);
        assert_int_equal(ledger.today.import_wh, 1000);
        read_at("2026-11-22T09:02:00Z", 1001020); /* and the meter is itself again */
        assert_int_equal(notices.count, 0);
        assert_int_equal(ledger.today.import_wh, 1020);
        assert_false(ledger.import.doubted);
    }
}

static void the_most_a_site_draws_is_believed(void **state)
{
    (void)state;
    read_at("2026-11-22T09:00:00Z", 1000000);
    read_at("2026-11-22T09:01:00Z", 1000000 + 1000 + 3333);
    assert_int_equal(notices.count, 0);
    read_at("2026-11-22T09:01:05Z", 1000000 + 4333 + 1000); /* a meter that counts in kWh */
    assert_int_equal(notices.count, 0);
}

static void another_meter_is_believed_in_the_end(void **state)
{
    (void)state;
    read_at("2026-11-21T23:00:00Z", 1000000);
    read_at("2026-11-22T09:00:00Z", 1005000);
    int64_t cost_ueur = ledger.today.cost_ueur;
    read_at("2026-11-22T10:00:00Z", 12);
    assert_int_equal(notices.items[0].notice, OHM_NOTICE_REGISTER_BACKWARDS);
    read_at("2026-11-22T10:01:00Z", 15);
    read_at("2026-11-22T10:02:00Z", 20);
    read_at("2026-11-22T10:03:00Z", 25);
    assert_int_equal(notices.count, 0);
    assert_int_equal(ledger.today.import_wh, 5000);
    read_at("2026-11-22T10:04:00Z", 30);
    assert_int_equal(notices.count, 1);
    assert_int_equal(notices.items[0].notice, OHM_NOTICE_REGISTER_ACCEPTED);
    assert_int_equal(notices.items[0].detail, 30);
    assert_int_equal(ledger.today.import_wh, 5018); /* what the new one counted since its first */
    assert_int_equal(ledger.today.cost_ueur, cost_ueur + 18 * 200);
    assert_false(ledger.today.complete); /* what went on in between is not known */
    read_at("2026-11-22T10:05:00Z", 40);
    assert_int_equal(ledger.today.import_wh, 5028);
}

static void nonsense_is_never_believed(void **state)
{
    (void)state;
    read_at("2026-11-22T09:00:00Z", 1000000);
    int told = 0;
    for (int i = 0; i < 40; i++) { /* every reading contests the one before */
        read_at("2026-11-22T10:00:00Z", 900000 - 1000 * i);
        told += notices.count;
    }
    assert_int_equal(told, 1); /* once for all of them */
    assert_int_equal(ledger.import.wh, 1000000);
    assert_int_equal(ledger.today.import_wh, 0);
}

static void what_cannot_be_decided_upon_is_not(void **state)
{
    (void)state;
    read_at("2026-11-22T09:00:00Z", 1000000);
    static const struct {
        int64_t wh;
        ohm_quality quality;
    } rows[] = {
        { 1000100, OHM_QUALITY_SUSPECT }, { 1000100, OHM_QUALITY_ESTIMATED },
        { -5, OHM_QUALITY_GOOD },         { INT64_MAX, OHM_QUALITY_GOOD },
        { INT64_MIN, OHM_QUALITY_GOOD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_ms t = at("2026-11-22T09:10:00Z");
        read_as("2026-11-22T09:10:00Z", t, rows[i].wh, 0, rows[i].quality);
        assert_int_equal(ledger.import.wh, 1000000);
        assert_int_equal(notices.count, 0);
    }
    read_as("2026-11-22T09:11:00Z", at("2026-11-22T09:11:00Z"), 1000100, 0,
            OHM_QUALITY_UNAUTHENTICATED);
    assert_int_equal(ledger.today.import_wh, 100);
}

/* --- clocks ------------------------------------------------------------------------------- */

static void whose_time_a_reading_has(void **state)
{
    (void)state;
    static const struct {
        const char *why, *received, *meter, *want;
    } rows[] = {
        { "the meter's, when it is sure", "2026-11-22T09:00:10Z", "2026-11-22T09:00:00Z",
          "2026-11-22T09:00:00Z" },
        { "ours, when the meter is an hour off", "2026-11-22T09:00:10Z", "2026-11-22T10:00:00Z",
          "2026-11-22T09:00:10Z" },
        { "ours, when the meter is an hour late", "2026-11-22T09:00:10Z", "2026-11-22T08:00:00Z",
          "2026-11-22T09:00:10Z" },
        { "ours, when midnight lies between", "2026-11-22T23:00:02Z", "2026-11-22T22:59:58Z",
          "2026-11-22T23:00:02Z" },
        { "ours, when the meter is already past midnight", "2026-11-22T22:59:58Z",
          "2026-11-22T23:00:02Z", "2026-11-22T22:59:58Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_ledger_init(&ledger);
        read_as(rows[i].received, at(rows[i].meter), 1000, 0, OHM_QUALITY_GOOD);
        if (ledger.import.time_ms != at(rows[i].want))
            fail_msg("%s: %lld", rows[i].why, (long long)(ledger.import.time_ms));
    }
}

static void a_clock_put_back_loses_no_energy(void **state)
{
    (void)state;
    read_at("2026-11-22T09:00:00Z", 1000000);
    read_at("2026-11-22T10:00:00Z", 1001000);
    mono_lag_ms -= H;                         /* 10:00 becomes 09:00 */
    read_at("2026-11-22T09:30:00Z", 1021000); /* 20 kWh in an hour and a half that did pass */
    assert_int_equal(notices.count, 0);
    assert_int_equal(ledger.today.import_wh, 21000);
    assert_int_equal(ledger.today.cost_ueur, 4200000);
}

/* Prices by the colour of the day: nothing costs anything until it is told. */
static void a_colour_makes_the_cost(void **state)
{
    (void)state;
    config.contract.codes = 1 << OHM_DAY_BLUE | 1 << OHM_DAY_RED;
    config.contract.slots[0] =
        (ohm_contract_slot){ .to_minute = 24 * 60, .period = 1, .codes = 1 << OHM_DAY_RED };
    config.contract.rows[0].ueur_per_kwh[1] = 700000;
    ohm_signal_set days = { .kind = OHM_SIGNAL_DAYS, .made_ms = OHM_NO_MS, .count = 2 };
    days.intervals[0] =
        (ohm_signal_interval){ { at("2026-11-21T23:00:00Z"), at("2026-11-22T23:00:00Z") },
                               OHM_DAY_RED };
    days.intervals[1] =
        (ohm_signal_interval){ { at("2026-11-22T23:00:00Z"), at("2026-11-23T23:00:00Z") },
                               OHM_DAY_BLUE };
    ohm_ledger_codes(&ledger, &config, &days);
    read_at("2026-11-22T07:00:00Z", 1000000);
    read_at("2026-11-22T08:00:00Z", 1001000);
    assert_true(ledger.today.has_cost);
    assert_int_equal(ledger.today.cost_ueur, 700000);
    read_at("2026-11-23T07:00:00Z", 1002000); /* blue, as far as it counts for this day */
    read_at("2026-11-23T08:00:00Z", 1003000);
    assert_int_equal(ledger.today.cost_ueur, 200000);
    days.count = 0; /* and now nobody knows */
    ohm_ledger_codes(&ledger, &config, &days);
    read_at("2026-11-23T09:00:00Z", 1004000);
    assert_false(ledger.today.has_cost);
}

/* A colour that is told late is that of what was used already. */
static void a_colour_told_late_prices_the_day(void **state)
{
    (void)state;
    config.contract.codes = 1 << OHM_DAY_BLUE | 1 << OHM_DAY_RED;
    config.contract.slots[0] =
        (ohm_contract_slot){ .to_minute = 24 * 60, .period = 1, .codes = 1 << OHM_DAY_RED };
    config.contract.rows[0].ueur_per_kwh[1] = 700000;
    read_at("2026-11-22T07:00:00Z", 1000000);
    read_at("2026-11-22T08:00:00Z", 1001000);
    assert_int_equal(ledger.today.unpriced_wh, 1000);
    assert_false(ledger.today.has_cost);
    ohm_signal_set days = { .kind = OHM_SIGNAL_DAYS, .made_ms = OHM_NO_MS, .count = 1 };
    days.intervals[0] =
        (ohm_signal_interval){ { at("2026-11-21T23:00:00Z"), at("2026-11-22T23:00:00Z") },
                               OHM_DAY_RED };
    ohm_ledger_codes(&ledger, &config, &days);
    assert_int_equal(ledger.today.unpriced_wh, 0);
    assert_int_equal(ledger.today.cost_ueur, 700000);
    assert_true(ledger.today.has_cost && !ledger.today.estimated);
}

/* --- market prices ------------------------------------------------------------------------ */

static void spot_contract(void)
{
    config.contract = (ohm_contract){
        .periods_count = 1,
        .periods = { { "base" } },
        .spot_period = 0,
        .spot = { .factor_ppm = 1000000, .fee_ueur_per_kwh = 10000 },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { OHM_NO_PRICE } } },
    };
}

static void tell_prices(const ohm_signal_interval *items, uint16_t count)
{
    ohm_signal_set set = { .kind = OHM_SIGNAL_SPOT, .made_ms = OHM_NO_MS, .count = count };
    memcpy(set.intervals, items, count * sizeof *items);
    ohm_ledger_spot(&ledger, &config, &set);
}

static void a_market_price_costs_by_its_quarter(void **state)
{
    (void)state;
    const ohm_signal_interval prices[] = {
        { { at("2026-11-22T08:00:00Z"), at("2026-11-22T08:15:00Z") }, 90000 },
        { { at("2026-11-22T08:15:00Z"), at("2026-11-22T08:30:00Z") }, -60000 },
        /* and from 08:30 nobody says */
    };
    spot_contract();
    tell_prices(prices, 2);
    for (int minute = 0; minute <= 45; minute++) { /* 60 Wh a minute */
        char time[OHM_RFC3339_MAX + 1];
        time[ohm_rfc3339_write(at("2026-11-22T08:00:00Z") + minute * M, time)] = '\0';
        read_at(time, 60 * minute);
    }
    const ohm_engine_today *t = &ledger.today;
    assert_int_equal(t->import_wh, 2700);
    assert_int_equal(t->unpriced_wh, 900);            /* named, and not free */
    assert_int_equal(t->cost_ueur, 900 * (100 - 50)); /* (0.09 + 0.01), (-0.06 + 0.01) EUR */
    assert_true(t->has_cost && !t->estimated);

    const ohm_signal_interval later[] = {
        prices[0], prices[1], { { at("2026-11-22T08:30:00Z"), at("2026-11-22T09:30:00Z") }, 0 }
    };
    tell_prices(later, 3);
    assert_int_equal(t->unpriced_wh, 0);
    assert_int_equal(t->cost_ueur, 900 * (100 - 50 + 10));
    tell_prices(later, 3); /* told again, nothing changes */
    assert_int_equal(t->cost_ueur, 900 * (100 - 50 + 10));
}

static void a_market_without_prices_costs_nothing_known(void **state)
{
    (void)state;
    spot_contract();
    read_at("2026-11-22T08:00:00Z", 0);
    read_at("2026-11-22T08:01:00Z", 100);
    assert_int_equal(ledger.today.unpriced_wh, 100);
    assert_int_equal(ledger.today.cost_ueur, 0);
    assert_false(ledger.today.has_cost); /* no 0 EUR for what nobody knows */
    const ohm_signal_interval below[] = {
        { { at("2026-11-22T08:00:00Z"), at("2026-11-22T09:00:00Z") }, -30000 },
    };
    tell_prices(below, 1);
    assert_true(ledger.today.has_cost);
    assert_int_equal(ledger.today.cost_ueur, -2000); /* less than nothing */
}

static void another_contract_prices_the_day_anew(void **state)
{
    (void)state;
    read_at("2026-11-22T04:50:00Z", 0);
    read_at("2026-11-22T04:55:00Z", 1000); /* off-peak */
    read_at("2026-11-22T05:00:00Z", 1500);
    read_at("2026-11-22T05:04:00Z", 2500); /* peak */
    assert_int_equal(ledger.today.cost_ueur, 1500 * 150 + 1000 * 200);
    ohm_ledger_worth before = ohm_ledger_worth_of(&ledger, &config);
    assert_int_equal(before.neur, INT64_C(1000) * ledger.today.cost_ueur);
    config.contract.rows[0].ueur_per_kwh[0] = 500000; /* half an euro at peak hours */
    ohm_ledger_reprice(&ledger, &config, &before);
    assert_int_equal(ledger.today.cost_ueur, 1500 * 150 + 1000 * 500);
    assert_false(ledger.today.estimated); /* no quarter lies across a change of price */
    before = ohm_ledger_worth_of(&ledger, &config);
    config.contract.slots[0].to_minute = 5 * 60 + 57; /* inside a quarter of an hour */
    ohm_ledger_reprice(&ledger, &config, &before);
    assert_true(ledger.today.estimated);
    before = ohm_ledger_worth_of(&ledger, &config);
    config.has_contract = false;
    ohm_ledger_reprice(&ledger, &config, &before);
    assert_false(ledger.today.has_cost);
    before = ohm_ledger_worth_of(&ledger, &config);
    config.has_contract = true;
    config.contract.slots[0].to_minute = 6 * 60;
    ohm_ledger_reprice(&ledger, &config, &before);
    assert_true(ledger.today.has_cost);
    assert_int_equal(ledger.today.cost_ueur, 1500 * 150 + 1000 * 500);
}

static void a_clock_put_back_over_a_price_pays_the_price_of_now(void **state)
{
    (void)state;
    read_at("2026-11-22T05:10:00Z", 1000000); /* 06:10, peak */
    mono_lag_ms -= H;
    read_at("2026-11-22T04:40:00Z", 1001000); /* 05:40, off-peak */
    assert_int_equal(ledger.today.cost_ueur, 150000);
}

static void a_clock_put_back_over_midnight_says_so(void **state)
{
    (void)state;
    read_at("2026-11-22T22:59:55Z", 1000000);
    read_at("2026-11-22T23:30:00Z", 1000500);
    assert_true(ledger.today.complete);
    mono_lag_ms -= H;
    read_at("2026-11-22T22:30:05Z", 1000510);
    assert_int_equal(ledger.today.date.day, 22);
    assert_false(ledger.today.complete);
    assert_int_equal(ledger.today.import_wh, 10);
}

static void a_new_boot_shifts_what_is_on_mono(void **state)
{
    (void)state;
    read_at("2026-11-22T09:00:00Z", 1000000);
    ohm_mono_ms before = ledger.import.mono;
    ohm_ledger_rebase(&ledger, -1000);
    assert_true(ledger.import.mono.v == before.v - 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_day_from_midnight_to_midnight, set_up),
        cmocka_unit_test_setup(where_a_day_is_counted_from, set_up),
        cmocka_unit_test_setup(a_change_of_price_while_silent_is_shared, set_up),
        cmocka_unit_test_setup(money_rounds_once, set_up),
        cmocka_unit_test_setup(without_a_price_there_is_no_cost, set_up),
        cmocka_unit_test_setup(export_is_counted_apart, set_up),
        cmocka_unit_test_setup(a_bad_reading_changes_nothing, set_up),
        cmocka_unit_test_setup(the_most_a_site_draws_is_believed, set_up),
        cmocka_unit_test_setup(another_meter_is_believed_in_the_end, set_up),
        cmocka_unit_test_setup(nonsense_is_never_believed, set_up),
        cmocka_unit_test_setup(what_cannot_be_decided_upon_is_not, set_up),
        cmocka_unit_test_setup(whose_time_a_reading_has, set_up),
        cmocka_unit_test_setup(a_clock_put_back_loses_no_energy, set_up),
        cmocka_unit_test_setup(a_colour_makes_the_cost, set_up),
        cmocka_unit_test_setup(a_colour_told_late_prices_the_day, set_up),
        cmocka_unit_test_setup(a_market_price_costs_by_its_quarter, set_up),
        cmocka_unit_test_setup(a_market_without_prices_costs_nothing_known, set_up),
        cmocka_unit_test_setup(another_contract_prices_the_day_anew, set_up),
        cmocka_unit_test_setup(a_clock_put_back_over_a_price_pays_the_price_of_now, set_up),
        cmocka_unit_test_setup(a_clock_put_back_over_midnight_says_so, set_up),
        cmocka_unit_test_setup(a_new_boot_shifts_what_is_on_mono, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
