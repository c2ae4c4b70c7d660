/* Golden bills worked by hand, what is said of bad input, and the forms of CSV. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"
#include "tariff/use_csv.h"

enum { USES_MAX = 3200, DAYS = 366 * 3 };

static ohm_tz paris;
static ohm_tariff tariff;
static ohm_bill bill;
static ohm_use uses[USES_MAX];
static uint8_t codes_bytes[DAYS];
static ohm_day_codes codes;
static char said[2048];

static void collect(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s\n", text);
}

static int load_zone(void **state)
{
    (void)state;
    codes = (ohm_day_codes){ ohm_days_from_date((ohm_date){ 2024, 1, 1 }), DAYS, codes_bytes, NULL,
                             OHM_DAY_UNKNOWN };
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ? -1 : 0;
}

/* Local midnight of "2025-08-01". */
static ohm_ms midnight(const char *date)
{
    char text[32];
    ohm_ms ms = 0;
    (void)snprintf(text, sizeof text, "%sT12:00:00Z", date);
    assert_false(ohm_failed(ohm_rfc3339_parse(ohm_span_text(text), &ms)));
    return ohm_civil_day(&paris, ms).from_ms;
}

static void take_contract(const char *name_or_yaml)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { collect, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name_or_yaml, &wish.power_va);
    ohm_span yaml = asset ? asset->bytes : ohm_span_text(name_or_yaml);
    said[0] = '\0';
    if (ohm_tariff_read(yaml, "contract", &wish, &tariff, &report) != OHM_OK)
        fail_msg("%s", said);
    memset(codes_bytes, 0, sizeof codes_bytes);
    ohm_code code = ohm_calendar_shipped(&tariff.contract, codes.first_day, codes_bytes, DAYS);
    assert_true(code == OHM_OK || code == OHM_UNKNOWN);
}

/* The same energy every step. */
static size_t steady(ohm_interval period, int64_t step_ms, int64_t wh)
{
    size_t count = 0;
    for (ohm_ms t = period.from_ms; t < period.to_ms; t += step_ms)
        uses[count++] =
            (ohm_use){ t, t + step_ms, wh * 1000, OHM_NO_USE, OHM_NO_USE, OHM_NO_USE, 0, 0 };
    return count;
}

static ohm_err make(ohm_interval period, size_t count)
{
    ohm_bill_request request = {
        .contract = &tariff.contract,
        .tz = &paris,
        .codes = &codes,
        .period = period,
        .uses = uses,
        .uses_count = count,
    };
    return ohm_bill_make(&request, &bill);
}

/* "subscription 17 day 7.69 5.5;…;total 44.39" */
static void render(char *out, size_t cap)
{
    size_t len = 0;
    char quantity[OHM_DECIMAL_MAX], amount[OHM_DECIMAL_MAX], vat[OHM_DECIMAL_MAX];
    for (uint16_t i = 0; i < bill.count; i++) {
        const ohm_bill_line *line = &bill.lines[i];
        (void)ohm_bill_decimal(line->quantity_micro, 6, 0, quantity);
        (void)ohm_bill_decimal(line->amount_cents, 2, 2, amount);
        (void)ohm_bill_decimal(line->vat, 2, 0, vat);
        len += (size_t)snprintf(out + len, cap - len, "%s %s %s %s;", line->id, quantity, amount,
                                line->vat < 0 ? "-" : vat);
    }
    (void)ohm_bill_decimal(bill.total_cents, 2, 2, amount);
    (void)snprintf(out + len, cap - len, "total %s", amount);
}

#define OWN                                                                                        \
    "name: own\nperiods: [day, night]\nrest: day\nslots:\n  - {period: night, hours: "             \
    "[22:00-06:00]}\n"

static void bills_worked_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *why, *contract, *from, *to;
        int step_min, wh;
        const char *want;
    } rows[] = {
        /* 17/365 × 165.17; 14/365 × 185.94; 81.6 × 0.2016 = 16.45056; 67.2 × 0.1952 = 13.11744 */
        { "a price change and the VAT of 2025-08-01 mid-period", "bleu-base-6kva", "2025-07-15",
          "2025-08-15", 30, 100,
          "subscription 17 7.69 5.5;subscription 14 7.13 20;energy_base 81.6 16.45 20;"
          "energy_base 67.2 13.12 20;total 44.39" },
        /* 23 hours: the night has 7; 169.81/365; 16 × 0.2146 = 3.4336; 7 × 0.1696 = 1.1872 */
        { "the day that clocks go forward", "bleu-hphc-6kva", "2025-03-30", "2025-03-31", 60, 1000,
          "subscription 1 0.47 5.5;energy_hp 16 3.43 20;energy_hc 7 1.19 20;total 5.09" },
        /* 25 hours: 9 of night; 189.99/365; 16 × 0.2081 = 3.3296; 9 × 0.1635 = 1.4715 */
        { "the day that clocks go back", "bleu-hphc-6kva", "2025-10-26", "2025-10-27", 60, 1000,
          "subscription 1 0.52 20;energy_hp 16 3.33 20;energy_hc 9 1.47 20;total 5.32" },
        /* 196.32/365; 6 × 0.1296 = 0.7776; 2 × 0.1568 = 0.3136; 16 × 0.7562 = 12.0992 */
        { "a red day, its first hours of the blue eve", "bleu-tempo-9kva", "2025-01-13",
          "2025-01-14", 60, 1000,
          "subscription 1 0.54 5.5;energy_blue_hc 6 0.78 20;energy_red_hc 2 0.31 20;"
          "energy_red_hp 16 12.10 20;total 13.73" },
        /* 60/366 of 2024 and 28/365 of 2025 would differ: 366 days of 2024 are the whole price. */
        { "a leap year costs its year", "bleu-base-3kva", "2024-02-01", "2024-03-01", 60, 0,
          "subscription 29 9.19 5.5;total 9.19" },
        /* 15/365 × 365 and 16/365 × 730; 360 × 0.2; 384 × 0.21 */
        { "another subscribed power from the 16th on",
          "name: own\nrows:\n"
          "  - {from: 2026-01-01, kva: 6, prices: {base: 0.2}, subscription: 365, source: mine}\n"
          "  - {from: 2026-01-16, kva: 9, prices: {base: 0.21}, subscription: 730, source: mine}\n",
          "2026-01-01", "2026-02-01", 60, 1000,
          "subscription 15 15.00 -;subscription 16 32.00 -;energy_base 360 72.00 -;"
          "energy_base 384 80.64 -;total 199.64" },
        /* 10 a month; 14 of 28 days are 5.00; nights are free */
        { "by months, and free nights",
          OWN "prorata: month\nrows:\n  - {from: 2025-01-01, prices: {day: 0.2, night: 0}, "
              "subscription_per_month: 10, source: mine}\n",
          "2025-02-01", "2025-02-15", 60, 1000,
          "subscription 14 5.00 -;energy_day 224 44.80 -;energy_night 112 0.00 -;total 49.80" },
        /* 31/365 × 120 = 10.1918; 496 × 0.1 = 49.6; accise 744 × 0.02 = 14.88; CTA 31/365 × 36.5 =
         * 3.10; VAT 5.5 % of 13.29 = 0.73095, 20 % of 24.8 + 49.6 + 14.88 = 89.28: 17.856 */
        { "taxes on lines of their own, VAT at two rates",
          OWN "tax: excluded\nvat:\n  - {from: 2025-01-01, subscription: 5.5, energy: 20}\n"
              "charges:\n  - {id: accise, per_kwh: 0.02}\n"
              "  - {id: cta, per_year: 36.5, vat: subscription}\nrows:\n"
              "  - {from: 2025-01-01, prices: {day: 0.05, night: 0.2}, subscription: 120, source: "
              "mine}\n",
          "2025-01-01", "2025-02-01", 60, 1000,
          "subscription 31 10.19 5.5;energy_day 496 24.80 20;energy_night 248 49.60 20;"
          "accise 744 14.88 20;cta 31 3.10 5.5;vat_5.5 13.29 0.73 5.5;vat_20 89.28 17.86 20;"
          "total 121.16" },
    };
    char got[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        take_contract(rows[i].contract);
        ohm_interval period = { midnight(rows[i].from), midnight(rows[i].to) };
        size_t count = steady(period, rows[i].step_min * OHM_MINUTE_MS, rows[i].wh);
        ohm_err err = make(period, count);
        if (ohm_failed(err))
            fail_msg("%s: %s", rows[i].why, err.what);
        render(got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s:\n got %s\nwant %s", rows[i].why, got, rows[i].want);
        assert_int_equal(bill.missing_ms, 0);
    }
}

#define KVA(from, kva)                                                                             \
    "  - {from: " from ", kva: " kva ", prices: {base: 0.2}, subscription: 1, source: mine}\n"

/* Prices of several powers are no customer's whose power changed. */
static void powers_that_nobody_said(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *want;
    } rows[] = {
        { "two powers from one date",
          "name: own\nrows:\n" KVA("2026-01-01", "6") KVA("2026-01-01", "9"),
          "say which subscribed power is meant" },
        { "a power comes back",
          "name: own\nrows:\n" KVA("2026-01-01", "6") KVA("2026-02-01", "9") KVA("2026-03-01", "6"),
          "say which subscribed power is meant" },
        { "overruns of two powers",
          "name: own\nprofessional: {overrun_per_hour: 10}\nrows:\n" KVA("2026-01-01", "6")
              KVA("2026-02-01", "9"),
          "overruns are of one subscribed power" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_tariff_wish wish = { 0, NULL, 0 };
        ohm_schema_report report = { collect, NULL, 0 };
        said[0] = '\0';
        ohm_code code =
            ohm_tariff_read(ohm_span_text(rows[i].yaml), "contract", &wish, &tariff, &report);
        if (code == OHM_OK || !strstr(said, rows[i].want))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

static void spot_prices_hour_by_hour(void **state)
{
    (void)state;
    take_contract("name: spot\nspot: {period: base, factor: 1.05, fee: 0.01, tax: 0.02}\n"
                  "rows:\n  - {from: 2025-01-01, prices: {}, source: mine}\n");
    ohm_interval period = { midnight("2025-02-01"), midnight("2025-02-02") };
    ohm_spot_price spots[24];
    for (int h = 0; h < 24; h++) /* 100 EUR/MWh by day, -20 in the first four hours */
        spots[h] = (ohm_spot_price){ { period.from_ms + h * OHM_HOUR_MS,
                                       period.from_ms + (h + 1) * OHM_HOUR_MS },
                                     h < 4 ? -20000000 : 100000000 };
    size_t count = steady(period, 30 * OHM_MINUTE_MS, 500);
    ohm_bill_request request = { .contract = &tariff.contract,
                                 .tz = &paris,
                                 .spots = spots,
                                 .spots_count = 24,
                                 .period = period,
                                 .uses = uses,
                                 .uses_count = count };
    assert_int_equal(ohm_bill_make(&request, &bill).code, OHM_OK);
    /* 4 × (-0.021 + 0.03) + 20 × (0.105 + 0.03) = 0.036 + 2.7 */
    assert_int_equal(bill.lines[0].amount_peur, INT64_C(2736000000000));
    assert_int_equal(bill.total_cents, 274);
    /* Terms of six decimals count to the last: 0.1 × 1.020099 is 0.1020099 */
    tariff.contract.spot = (ohm_spot_terms){ .factor_ppm = 1020099 };
    assert_int_equal(ohm_bill_make(&request, &bill).code, OHM_OK);
    /* 20 × 0.1020099 - 4 × 0.02040198 */
    assert_int_equal(bill.lines[0].amount_peur, INT64_C(1958590080000));
    request.spots_count = 23;
    assert_int_equal(ohm_bill_make(&request, &bill).code, OHM_GAP);
    assert_int_equal(bill.fault_ms, spots[23].when.from_ms);
}

/* tan φ above 0.4 in winter hours, hours above the subscribed power, what is injected. */
static void professional_terms_and_feed_in(void **state)
{
    (void)state;
    take_contract("name: pro\npower_kva: 12\nprofessional: {reactive: 0.02, overrun_per_hour: "
                  "10}\nrows:\n  - {from: 2025-01-01, prices: {base: 0.1}, feed_in: 0.04, source: "
                  "mine}\n");
    ohm_interval period = { midnight("2025-01-06"), midnight("2025-01-07") }; /* a Monday */
    size_t count = steady(period, 10 * OHM_MINUTE_MS, 1000);
    for (size_t i = 0; i < count; i++) {
        uses[i].reactive_mvarh = 500000;
        uses[i].export_mwh = 10000;
        uses[i].va = i == 60 || i == 61 || i == 80 ? 12500 : 9000;
    }
    char got[512];
    assert_int_equal(make(period, count).code, OHM_OK);
    render(got, sizeof got);
    /* 16 h × 6 × (0.5 - 0.4) = 9.6 kvarh; two clock hours above; 1.44 kWh injected */
    assert_string_equal(got, "energy_base 144 14.40 -;reactive 9.6 0.19 -;overrun 2 20.00 -;"
                             "feed_in 1.44 -0.06 0;total 34.53");
    uses[70].reactive_mvarh = OHM_NO_USE;
    assert_int_equal(make(period, count).code, OHM_GAP);
}

/* Days that start at 23:30, over the end of a month: what counts by hours and by months is shared
 * by time, as the energy is, and the months add up to the whole. */
static void professional_steps_over_borders(void **state)
{
    (void)state;
    take_contract("name: pro\npower_kva: 36\nprofessional: {reactive: 0.02, reactive_days: mon-sun,"
                  " overrun_per_kva: 10, overrun_per_hour: 1}\nrows:\n  - {from: 2025-01-01, "
                  "prices: {base: 0.1}, feed_in: 0.04, source: mine}\n");
    ohm_interval all = { midnight("2025-01-30"), midnight("2025-02-03") };
    size_t count = 0;
    for (ohm_ms t = all.from_ms - OHM_HOUR_MS / 2; t < all.to_ms; t += 24 * OHM_HOUR_MS)
        uses[count++] =
            (ohm_use){ t, t + 24 * OHM_HOUR_MS, 96000000, 24000000, 96000000, 30000, 0, 0 };
    uses[2].va = 37000; /* from 31 January 23:30: one clock hour in January, 24 in February */
    char got[512];
    assert_int_equal(make(all, count).code, OHM_OK);
    render(got, sizeof got);
    /* 16 of 24 hours, 2 + 2 days: 64 kvarh a day, of which 0.4 × 64 are free */
    assert_string_equal(got, "energy_base 384 38.40 -;reactive 76.8 1.54 -;overrun 1 1.00 -;"
                             "overrun 1 10.00 -;reactive 76.8 1.54 -;overrun 24 24.00 -;"
                             "overrun 1 10.00 -;feed_in 96 -3.84 0;total 82.64");
    assert_int_equal(bill.shared_uses, 5);
    int64_t whole_mvarh = 0, parts_mvarh = 0;
    for (uint16_t i = 0; i < bill.count; i++)
        whole_mvarh += bill.lines[i].unit == OHM_UNIT_KVARH ? bill.lines[i].quantity_micro : 0;
    ohm_ms border_ms = midnight("2025-02-01");
    ohm_interval months[] = { { all.from_ms, border_ms }, { border_ms, all.to_ms } };
    for (int m = 0; m < 2; m++) {
        assert_int_equal(make(months[m], count).code, OHM_OK);
        for (uint16_t i = 0; i < bill.count; i++)
            parts_mvarh += bill.lines[i].unit == OHM_UNIT_KVARH ? bill.lines[i].quantity_micro : 0;
    }
    assert_int_equal(parts_mvarh, whole_mvarh);
}

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    take_contract("bleu-base-6kva");
    ohm_interval period = { midnight("2012-07-01"), midnight("2012-08-01") };
    assert_int_equal(make(period, steady(period, OHM_HOUR_MS, 1)).code, OHM_RANGE);
    assert_int_equal(bill.fault_ms, period.from_ms);
    assert_int_equal(make((ohm_interval){ 5, 5 }, 0).code, OHM_RANGE);

    take_contract("bleu-tempo-9kva");
    period = (ohm_interval){ midnight("2026-05-01"), midnight("2026-06-01") };
    size_t count = steady(period, OHM_HOUR_MS, 1);
    assert_int_equal(make(period, count).code, OHM_GAP);
    assert_int_equal(bill.fault_ms, midnight("2026-05-09") + 6 * OHM_HOUR_MS);
    codes.otherwise = OHM_DAY_WHITE;
    assert_int_equal(make(period, count).code, OHM_OK);
    codes.otherwise = OHM_DAY_UNKNOWN;
    assert_int_equal(bill.assumed_days, 23);
    assert_int_equal(bill.unverified_days, 31);

    take_contract("bleu-base-6kva");
    uses[5].import_mwh = OHM_NO_USE;
    assert_int_equal(make(period, count).code, OHM_OK);
    assert_int_equal(bill.gaps_count, 1);
    assert_int_equal(bill.missing_ms, OHM_HOUR_MS);
    assert_int_equal(bill.gap_ms, period.from_ms + 5 * OHM_HOUR_MS);
}

/* A register read at noon each day: its differences are shared by time, to the last mWh. */
static void registers_are_shared_and_reconciled(void **state)
{
    (void)state;
    take_contract("bleu-hphc-6kva");
    ohm_interval period = { midnight("2025-09-01"), midnight("2025-10-01") };
    int64_t sum = 0;
    size_t count = 30;
    for (size_t i = 0; i < count; i++) {
        ohm_ms from = period.from_ms + (ohm_ms)i * 24 * OHM_HOUR_MS;
        uses[i] = (ohm_use){ from,
                             from + 24 * OHM_HOUR_MS,
                             7777777 + (int64_t)i * 13,
                             OHM_NO_USE,
                             OHM_NO_USE,
                             OHM_NO_USE,
                             0,
                             0 };
        sum += uses[i].import_mwh;
    }
    assert_int_equal(make(period, count).code, OHM_OK);
    assert_int_equal(bill.lines[1].quantity_micro + bill.lines[2].quantity_micro, sum);
    assert_int_equal(bill.import_mwh, sum);
    assert_int_equal(bill.shared_uses, 30);
    assert_int_equal(bill.estimated_ms, 0);
    assert_int_equal(bill.meter_changes, 0);

    /* Two of the days are estimated, and another meter came: the same lines, and it is said. */
    uses[3].flags = OHM_USE_ESTIMATED;
    uses[4].flags = OHM_USE_ESTIMATED | OHM_USE_CHANGED;
    uses[5].flags = uses[6].flags = OHM_USE_STRAY; /* and wrong readings were left out */
    int64_t total_cents = bill.total_cents, estimated = uses[3].import_mwh + uses[4].import_mwh;
    char how[OHM_HOW_MAX];
    assert_int_equal(make(period, count).code, OHM_OK);
    assert_int_equal(bill.total_cents, total_cents);
    assert_int_equal(bill.estimated_ms, 48 * OHM_HOUR_MS);
    assert_int_equal(bill.estimated_mwh, estimated);
    assert_int_equal(bill.estimated_from_ms, uses[3].from_ms);
    assert_int_equal(bill.meter_changes, 1);
    assert_int_equal(bill.change_ms, uses[4].from_ms);
    assert_int_equal(bill.strays, 2);
    assert_int_equal(bill.stray_ms, uses[5].from_ms);
    assert_int_equal(bill.lines[1].estimated_mwh + bill.lines[2].estimated_mwh, estimated);
    ohm_bill_how(&tariff.contract, &bill.lines[1], how);
    assert_non_null(strstr(how, " kWh of it estimated over gaps"));
}

/* The meter's own register of each period: their differences need no clock, prices split them. */
static void registers_of_periods_need_no_clock(void **state)
{
    (void)state;
    take_contract("bleu-hphc-6kva");
    ohm_interval period = { midnight("2025-07-15"), midnight("2025-08-15") };
    for (uint8_t p = 0; p < 2; p++)
        uses[p] = (ohm_use){ .from_ms = period.from_ms,
                             .to_ms = period.to_ms,
                             .import_mwh = p ? 62000000 : 124000000,
                             .export_mwh = OHM_NO_USE,
                             .reactive_mvarh = OHM_NO_USE,
                             .va = OHM_NO_USE,
                             .of_period = (uint8_t)(p + 1) };
    char got[512];
    assert_int_equal(make(period, 2).code, OHM_OK);
    render(got, sizeof got);
    /* 17 and 14 of 31 days: 68 and 56 kWh of peak hours, 34 and 28 of off-peak ones. */
    assert_string_equal(got, "subscription 17 7.91 5.5;subscription 14 7.29 20;"
                             "energy_hp 68 14.59 20;energy_hc 34 5.77 20;energy_hp 56 11.65 20;"
                             "energy_hc 28 4.58 20;total 51.79");
    uses[1].of_period = 3;
    assert_int_equal(make(period, 2).code, OHM_UNKNOWN);

    assert_true(ohm_use_csv_is_about(ohm_span_text("index_HC (kWh)"), "hc"));
    assert_true(ohm_use_csv_is_about(ohm_span_text("Bleu HP"), "blue_hp"));
    assert_false(ohm_use_csv_is_about(ohm_span_text("Bleu HC"), "blue_hp"));
    assert_false(ohm_use_csv_is_about(ohm_span_text("energy_wh"), "hc"));
}

static void cents_round_half_away_from_zero(void **state)
{
    (void)state;
    static const int64_t rows[][2] = { { 5000000000, 1 },  { 4999999999, 0 },  { -5000000000, -1 },
                                       { -4999999999, 0 }, { 25000000000, 3 }, { 0, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ohm_cents_of_peur(rows[i][0]), rows[i][1]);
    char text[OHM_DECIMAL_MAX];
    (void)ohm_bill_decimal(-5, 2, 2, text);
    assert_string_equal(text, "-0.05");
    (void)ohm_bill_decimal(INT64_MIN, 2, 0, text);
    assert_string_equal(text, "-92233720368547758.08");
}

/* --- CSV ------------------------------------------------------------------------------------ */

static void csv_forms(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code code;
        uint32_t line; /* of a fault; else how many uses */
        int64_t first_mwh, sum_mwh;
        int64_t last_min; /* length of the last use */
    } rows[] = {
        { "energy of each step, Wh",
          "utc,energy_wh\n2025-01-01T00:00:00Z,100\n2025-01-01T00:30:00Z,"
          "50\n",
          OHM_OK, 2, 100000, 150000, 30 },
        { "kWh, semicolons, decimal commas, a byte order mark",
          "\xef\xbb\xbfutc;kWh\r\n2025-01-01 00:00;0,1234565\r\n2025-01-01 00:30;1\r\n", OHM_OK, 2,
          123457, 1123457, 30 },
        { "mean power, W: nothing is lost to rounding",
          "utc,power_w\n2025-01-01T00:00:00Z,100\n2025-01-01T00:10:00Z,100\n2025-01-01T00:20:00Z,"
          "100\n",
          OHM_OK, 3, 16666, 50000, 10 },
        { "kW", "time,puissance (kW)\n2025-01-01T00:00:00Z,1.5\n2025-01-01T01:00:00Z,1.5\n", OHM_OK,
          2, 1500000, 3000000, 60 },
        { "a register: differences",
          "utc,index_kwh\n2025-01-01T00:00:00Z,1000\n2025-01-01T12:00:"
          "00Z,1004.5\n2025-01-02T00:00:00Z,1010\n",
          OHM_OK, 2, 4500000, 10000000, 720 },
        { "our own register, or rising steps: too few to tell",
          "utc,energy_import\n2025-01-01T00:00:00Z,1000\n2025-01-01T00:10:00Z,"
          "1010\n2025-01-01T00:20:00Z,1010\n",
          OHM_BAD_FORMAT, 4, 0, 0, 0 },
        { "our own name, but steps",
          "utc,energy_import\n2025-01-01T00:00:00Z,100\n2025-01-01T00:10"
          ":00Z,90\n",
          OHM_OK, 2, 100000, 190000, 10 },
        { "a steady load, or a register that stands",
          "utc,energy_import\n2025-01-01T00:00:00Z,100\n2025-01-01T"
          "00:10:00Z,100\n",
          OHM_BAD_FORMAT, 3, 0, 0, 0 },
        { "nothing, whatever it is",
          "utc,energy_import\n2025-01-01T00:00:00Z,0\n2025-01-01T00:10:00Z,0\n", OHM_OK, 1, 0, 0,
          10 },
        { "whole days: the last one ends at midnight too",
          "date,kwh\n2025-10-24,1\n2025-10-25,1\n2025-10-26,1\n", OHM_OK, 3, 1000000, 3000000,
          1500 },
        { "a day of 25 hours is no rule for the next", "date,kwh\n2025-10-26,1\n2025-10-27,1\n",
          OHM_OK, 2, 1000000, 2000000, 1440 },
        { "a register goes on over an empty cell",
          "utc,index_wh\n2025-01-01T00:00:00Z,0\n2025-01-01T00:10:00Z,\n2025-01-01T00:20:00Z,60\n",
          OHM_OK, 1, 60000, 60000, 20 },
        { "Enedis: the mean power of the step that ends there",
          "Horodate;Valeur\n2025-01-01T00:30:00+01:00;1000\n2025-01-01T01:00:00+01:00;500\n",
          OHM_OK, 2, 500000, 750000, 30 },
        { "Enedis says first whose it is",
          "Identifiant PRM;Grandeur physique;Unite;Pas en minutes\n09;Energie active;W;30\n"
          "Horodate;Valeur\n2025-01-01T00:30:00+01:00;1000\n2025-01-01T01:00:00+01:00;500\n",
          OHM_OK, 2, 500000, 750000, 30 },
        { "and is told apart by the line", "PRM;Unite\n09;W\nHorodate;Valeur\n2025-01-01;x\n",
          OHM_BAD_FORMAT, 4, 0, 0, 0 },
        { "intervals", "utc_start,utc_end,value\n2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n",
          OHM_OK, 1, 7000, 7000, 60 },
        { "local time, the hour that comes twice",
          "time,wh\n2025-10-26 02:00,1\n2025-10-26 02:30,1\n2025-10-26 02:00,1\n2025-10-26 02:30,1"
          "\n2025-10-26 03:00,1\n",
          OHM_OK, 5, 1000, 5000, 30 },
        { "dates alone are local days", "date,kwh\n2025-03-29,1\n2025-03-30,1\n2025-03-31,1\n",
          OHM_OK, 3, 1000000, 3000000, 1440 },
        { "a gap stays one",
          "utc,wh\n2025-01-01T00:00:00Z,1\n2025-01-01T00:10:00Z,1\n2025-01-01T00"
          ":20:00Z,1\n2025-01-01T05:00:00Z,1\n",
          OHM_OK, 4, 1000, 4000, 10 },
        { "seconds since 1970", "ts,wh\n1735689600,1\n1735693200,1\n", OHM_OK, 2, 1000, 2000, 60 },
        { "the same row twice",
          "utc,wh\n2025-01-01T00:00:00Z,1\n2025-01-01T00:00:00Z,1\n2025-01-01"
          "T00:10:00Z,1\n",
          OHM_OK, 2, 1000, 2000, 10 },
        { "a local hour that never was", "time,wh\n2025-03-30 01:30,1\n2025-03-30 02:30,1\n",
          OHM_RANGE, 3, 0, 0, 0 },
        { "a time twice with other values",
          "utc,wh\n2025-01-01T00:00:00Z,1\n2025-01-01T00:00:00Z,2"
          "\n",
          OHM_CONFLICT, 3, 0, 0, 0 },
        { "out of order", "utc,wh\n2025-01-02T00:00:00Z,1\n2025-01-01T00:00:00Z,2\n", OHM_CONFLICT,
          3, 0, 0, 0 },
        { "a register that goes down",
          "utc,index_wh\n2025-01-01T00:00:00Z,9\n2025-01-01T01:00:00Z,"
          "8\n",
          OHM_CONFLICT, 3, 0, 0, 0 },
        { "a word for a number", "utc,wh\n2025-01-01T00:00:00Z,12x\n", OHM_BAD_FORMAT, 2, 0, 0, 0 },
        { "a negative energy", "utc,wh\n2025-01-01T00:00:00Z,-1\n", OHM_RANGE, 2, 0, 0, 0 },
        { "no time", "kwh\n1\n", OHM_BAD_FORMAT, 1, 0, 0, 0 },
        { "no energy", "utc,colour\n2025-01-01T00:00:00Z,red\n", OHM_BAD_FORMAT, 1, 0, 0, 0 },
        { "a short row", "utc,wh\n2025-01-01T00:00:00Z\n", OHM_BAD_FORMAT, 2, 0, 0, 0 },
        { "a power for decades", "utc,power_w\n1,9999999999\n4000000000,9999999999\n", OHM_RANGE, 3,
          0, 0, 0 },
        { "nothing", "", OHM_MORE, 0, 0, 0, 0 },
        { "one row", "utc,wh\n2025-01-01T00:00:00Z,1\n", OHM_MORE, 2, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_use_csv csv = { .tz = &paris, .uses = uses, .cap = USES_MAX };
        ohm_err err = ohm_use_csv_read(ohm_span_text(rows[i].text), &csv);
        if (err.code != rows[i].code)
            fail_msg("%s: %d %s, line %u", rows[i].why, err.code, err.what, err.at);
        if (ohm_failed(err)) {
            if (err.at != rows[i].line)
                fail_msg("%s: line %u", rows[i].why, err.at);
            continue;
        }
        int64_t sum = 0, last_ms = 0;
        for (size_t u = 0; u < csv.count; u++) {
            sum += uses[u].import_mwh;
            last_ms = uses[u].to_ms - uses[u].from_ms;
        }
        if (csv.count != rows[i].line || uses[0].import_mwh != rows[i].first_mwh ||
            sum != rows[i].sum_mwh || last_ms != rows[i].last_min * OHM_MINUTE_MS)
            fail_msg("%s: %zu uses, first %lld, sum %lld, last %lld ms", rows[i].why, csv.count,
                     (long long)uses[0].import_mwh, (long long)sum, (long long)last_ms);
    }
}

/* One file, read three ways: as it stands it is refused. */
static void registers_roll_over_and_meters_change(void **state)
{
    (void)state;
    static const char text[] = "utc,index_kwh\n2025-01-01T00:00:00Z,99990\n2025-01-02T00:00:00Z,"
                               "99998\n2025-01-03T00:00:00Z,5.5\n2025-01-04T00:00:00Z,15.5\n";
    static const struct {
        const char *why;
        uint8_t digits;
        bool meter_change;
        ohm_code code;
        size_t count, rolled, exchanged;
        int64_t sum_mwh;
    } rows[] = {
        { "a fall needs a reason", 0, false, OHM_CONFLICT, 0, 0, 0, 0 },
        { "five digits: 7.5 kWh over the end", 5, false, OHM_OK, 3, 1, 0, 25500000 },
        { "six digits: too far to have rolled over", 6, false, OHM_CONFLICT, 0, 0, 0, 0 },
        { "another meter: the day between is not known", 0, true, OHM_OK, 2, 0, 1, 18000000 },
        { "rolled over is likelier", 5, true, OHM_OK, 3, 1, 0, 25500000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_use_csv csv = { .tz = &paris,
                            .uses = uses,
                            .cap = USES_MAX,
                            .digits = rows[i].digits,
                            .meter_change = rows[i].meter_change };
        ohm_err err = ohm_use_csv_read(ohm_span_text(text), &csv);
        if (err.code != rows[i].code)
            fail_msg("%s: %d %s", rows[i].why, err.code, err.what);
        if (ohm_failed(err))
            continue;
        int64_t sum = 0;
        for (size_t u = 0; u < csv.count; u++)
            sum += uses[u].import_mwh;
        if (csv.count != rows[i].count || csv.rolled != rows[i].rolled ||
            csv.exchanged != rows[i].exchanged || sum != rows[i].sum_mwh)
            fail_msg("%s: %zu uses, %zu, %zu, %lld", rows[i].why, csv.count, csv.rolled,
                     csv.exchanged, (long long)sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bills_worked_by_hand),
        cmocka_unit_test(powers_that_nobody_said),
        cmocka_unit_test(spot_prices_hour_by_hour),
        cmocka_unit_test(professional_terms_and_feed_in),
        cmocka_unit_test(professional_steps_over_borders),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(registers_are_shared_and_reconciled),
        cmocka_unit_test(registers_of_periods_need_no_clock),
        cmocka_unit_test(cents_round_half_away_from_zero),
        cmocka_unit_test(csv_forms),
        cmocka_unit_test(registers_roll_over_and_meters_change),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
