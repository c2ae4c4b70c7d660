/* The same use under other contracts: figures, peaks, hours, moved loads, projections. */
#include "tariff/whatif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"

enum { USES_MAX = 60 * 144 };

static ohm_tz paris;
static ohm_tariff base, hphc;
static ohm_bill bill;
static ohm_use uses[USES_MAX];

static void quiet(void *ctx, const char *text)
{
    (void)ctx;
    fail_msg("%s", text);
}

static void take(const char *name, ohm_tariff *out)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { quiet, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    assert_non_null(asset);
    assert_int_equal(ohm_tariff_read(asset->bytes, name, &wish, out, &report), OHM_OK);
}

static int set_up(void **state)
{
    (void)state;
    if (ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)))
        return -1;
    take("bleu-base-6kva", &base);
    take("bleu-hphc-6kva", &hphc);
    return 0;
}

/* 100 Wh a step of ten minutes by day, 600 from 22:00 to 06:00. */
static ohm_bill_request nights(ohm_date from, size_t days)
{
    ohm_ms from_ms = ohm_date_interval(&paris, from).from_ms;
    size_t count = days * 144;
    assert_true(count <= USES_MAX);
    for (size_t i = 0; i < count; i++) {
        ohm_ms t = from_ms + (ohm_ms)i * 10 * OHM_MINUTE_MS;
        unsigned hour = ohm_civil_from_utc(&paris, t).hour;
        bool night = hour >= 22 || hour < 6;
        uses[i] = (ohm_use){ t,
                             t + 10 * OHM_MINUTE_MS,
                             night ? 600000 : 100000,
                             OHM_NO_USE,
                             OHM_NO_USE,
                             OHM_NO_USE,
                             0,
                             0 };
    }
    return (ohm_bill_request){ .contract = &base.contract,
                               .tz = &paris,
                               .period = { from_ms, from_ms + (ohm_ms)count * 10 * OHM_MINUTE_MS },
                               .uses = uses,
                               .uses_count = count };
}

static void outcomes_are_bills(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 10);
    ohm_outcome out;
    ohm_outcome_make(&request, &hphc.contract, &bill, &out);
    assert_false(ohm_failed(out.err));
    /* Nights: 10 × 48 × 0.6 = 288 kWh × 0.1635 = 47.088; days: 96 kWh × 0.2081 = 19.9776. */
    assert_int_equal(out.period_mwh[1], 288000000);
    assert_int_equal(out.period_mwh[0], 96000000);
    assert_int_equal(out.energy_cents, 4709 + 1998);
    assert_int_equal(out.subscription_cents, 521); /* 10/365 × 189.99 */
    assert_int_equal(out.total_cents, out.energy_cents + out.subscription_cents);
    assert_int_equal(out.steps_over, 0);

    request.period.from_ms = 0;
    ohm_outcome_make(&request, &hphc.contract, &bill, &out);
    assert_int_equal(out.err.code, OHM_RANGE);
    assert_int_equal(out.fault_ms, 0);
}

static void hours_say_why(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 10);
    int64_t hours[24], night = 0;
    ohm_outcome_hours(&request, &base.contract, &hphc.contract, hours);
    /* By night 3.6 kWh an hour at 0.1635 for 0.1952, by day 0.6 at 0.2081. */
    assert_int_equal(hours[3], INT64_C(36000000) * (163500 - 195200));
    assert_int_equal(hours[12], INT64_C(6000000) * (208100 - 195200));
    for (int h = 0; h < 24; h++)
        night += hours[h] < 0;
    assert_int_equal(night, 8);
}

static void peaks_are_of_short_steps(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 2);
    ohm_peak peak;
    uses[100].import_mwh = 1200000; /* 7.2 kW over ten minutes */
    ohm_peak_of(uses, request.uses_count, request.period, &peak);
    assert_int_equal(peak.power, 7200);
    assert_int_equal(peak.from_ms, uses[100].from_ms);
    assert_false(peak.is_va);
    ohm_outcome out;
    ohm_outcome_make(&request, &base.contract, &bill, &out);
    assert_int_equal(out.steps_over, 1);
    uses[7].va = 9100;
    ohm_peak_of(uses, request.uses_count, request.period, &peak);
    assert_int_equal(peak.power, 9100);
    assert_true(peak.is_va);
    ohm_use day = { 0, 24 * OHM_HOUR_MS, 24000000, OHM_NO_USE, OHM_NO_USE, OHM_NO_USE, 0, 0 };
    ohm_peak_of(&day, 1, (ohm_interval){ 0, 24 * OHM_HOUR_MS }, &peak);
    assert_int_equal(peak.from_ms, OHM_NO_MS);
}

/* A water heater of 2 kW, 2 kWh a day from the evening to the night. */
static void loads_move_to_other_hours(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 3);
    for (size_t i = 0; i < request.uses_count; i++)
        uses[i].import_mwh = 400000;
    ohm_shift shift = { 18 * 60, 20 * 60, 2 * 60, 4 * 60, 2000, 2000 };
    assert_int_equal(ohm_uses_shift(uses, request.uses_count, &paris, &shift), 3 * 2000000);
    assert_int_equal(uses[18 * 6].import_mwh, 400000 - 333333);
    assert_int_equal(uses[2 * 6].import_mwh, 400000 + 333333);
    assert_int_equal(uses[12 * 6].import_mwh, 400000);
}

static void loads_are_written_short(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
        const char *load;
        ohm_shift want;
    } rows[] = {
        { "boiler:2200@22:00-06:00/6.5", OHM_OK, "boiler", { 360, 1320, 1320, 360, 2200, 6500 } },
        { "car@00:00-06:00", OHM_OK, "car", { 360, 1440, 0, 360, 0, 0 } },
        { "a:1@18:30-24:00", OHM_OK, "a", { 0, 1110, 1110, 1440, 1, 0 } },
        { "a:1@00:00-24:00", OHM_RANGE, NULL, { 0 } },
        { "a:1@06:00-06:00", OHM_RANGE, NULL, { 0 } },
        { "a:0@06:00-07:00", OHM_RANGE, NULL, { 0 } },
        { "a:-5@06:00-07:00", OHM_RANGE, NULL, { 0 } },
        { "a:9999999@06:00-07:00", OHM_RANGE, NULL, { 0 } },
        { "a:1@06:00-07:00/", OHM_BAD_FORMAT, NULL, { 0 } },
        { "a:1@06:60-07:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { "a:1@24:01-07:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { "a:1@6:00-7:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { ":1@06:00-07:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { "a:@06:00-07:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { "a b@06:00-07:00", OHM_BAD_FORMAT, NULL, { 0 } },
        { "", OHM_BAD_FORMAT, NULL, { 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_named_shift got;
        ohm_code code = ohm_shift_read(ohm_span_text(rows[i].text), &got);
        if (code != rows[i].code)
            fail_msg("'%s': %d", rows[i].text, code);
        if (code != OHM_OK)
            continue;
        assert_string_equal(got.load, rows[i].load);
        assert_memory_equal(&got.shift, &rows[i].want, sizeof got.shift);
    }
    ohm_named_shift several[OHM_SHIFTS_MAX];
    unsigned count;
    assert_int_equal(
        ohm_shifts_read(ohm_span_text("a@01:00-02:00,b:7@03:00-04:00"), several, &count), OHM_OK);
    assert_int_equal(count, 2);
    assert_string_equal(several[1].load, "b");
    assert_int_equal(ohm_shifts_read(ohm_span_text("a@01:00-02:00,"), several, &count),
                     OHM_BAD_FORMAT);
    assert_int_equal(ohm_shifts_read(ohm_span_text("a@01:00-02:00,a@01:00-02:00,a@01:00-02:00,"
                                                   "a@01:00-02:00,a@01:00-02:00"),
                                     several, &count),
                     OHM_TOO_BIG);
}

/* Which hours a weaker subscription would have to do without. */
static void powers_say_when_they_are_too_weak(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 2);
    for (size_t i = 0; i < request.uses_count; i++)
        uses[i].import_mwh = 100000;
    uses[19 * 6].import_mwh = uses[19 * 6 + 1].import_mwh = uses[144 + 7 * 6].import_mwh = 1200000;
    ohm_power_use use;
    ohm_power_use_of(&request, 6000, &use);
    assert_int_equal(use.steps_over, 3);
    assert_int_equal(use.over_ms, 30 * OHM_MINUTE_MS);
    assert_int_equal(use.hours[19], 2);
    assert_int_equal(use.hours[7], 1);
    ohm_power_use_of(&request, 7200, &use); /* as much as it carries */
    assert_int_equal(use.steps_over, 0);
}

static void months_are_projected(void **state)
{
    (void)state;
    /* A steady house: 38.4 kWh a day at 0.1952, known for 20 days. */
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 20);
    ohm_projection p;
    ohm_ms now_ms = request.period.to_ms;
    request.period.to_ms = ohm_date_interval(&paris, (ohm_date){ 2025, 10, 1 }).from_ms;
    assert_int_equal(ohm_project(&request, NULL, 0, now_ms, &bill, &p).code, OHM_OK);
    assert_int_equal(p.days_known, 20);
    assert_int_equal(p.days_left, 10);
    assert_int_equal(p.so_far_cents, 14991 + 1019); /* 768 kWh; 20/365 × 185.94 */
    assert_int_equal(p.expected_cents, p.so_far_cents + 10 * 750 + 509);
    assert_int_equal(p.low_cents, p.expected_cents); /* every day was alike */
    assert_int_equal(p.high_cents, p.expected_cents);

    for (size_t i = 0; i < request.uses_count; i++)
        uses[i].import_mwh += (i / 144) % 2 ? 200000 : 0;
    assert_int_equal(ohm_project(&request, NULL, 0, now_ms, &bill, &p).code, OHM_OK);
    assert_true(p.low_cents < p.expected_cents && p.expected_cents < p.high_cents);
    assert_true(p.low_cents > p.so_far_cents);
    /* Days of a gap, or with another meter, are no sample, as long as there are others. */
    for (size_t i = 0; i < request.uses_count; i++)
        uses[i].flags = i / 144 < 10 ? OHM_USE_ESTIMATED : i / 144 == 10 ? OHM_USE_CHANGED : 0;
    assert_int_equal(ohm_project(&request, NULL, 0, now_ms, &bill, &p).code, OHM_OK);
    assert_int_equal(p.days_known, 9);
    assert_int_equal(p.days_estimated, 0);
    for (size_t i = 0; i < request.uses_count; i++)
        uses[i].flags = OHM_USE_ESTIMATED;
    assert_int_equal(ohm_project(&request, NULL, 0, now_ms, &bill, &p).code, OHM_OK);
    assert_int_equal(p.days_known, 20);
    assert_int_equal(p.days_estimated, 20);
    ohm_peak peak;
    ohm_peak_of(uses, request.uses_count, request.period, &peak);
    assert_int_equal(peak.from_ms, OHM_NO_MS);
    assert_int_equal(
        ohm_project(&request, NULL, 0, uses[0].from_ms + 2 * 24 * OHM_HOUR_MS, &bill, &p).code,
        OHM_MORE);
}

/* Two days at twice the mean are forecast, and half of a third. */
static void days_that_are_forecast_are_no_mean(void **state)
{
    (void)state;
    ohm_bill_request request = nights((ohm_date){ 2025, 9, 1 }, 20);
    ohm_projection mean, said;
    ohm_use ahead[60];
    ohm_ms now_ms = request.period.to_ms;
    request.period.to_ms = ohm_date_interval(&paris, (ohm_date){ 2025, 10, 1 }).from_ms;
    for (int i = 0; i < 60; i++)
        ahead[i] = (ohm_use){ .from_ms = now_ms + i * OHM_HOUR_MS,
                              .to_ms = now_ms + (i + 1) * OHM_HOUR_MS,
                              .import_mwh = 3200000,
                              .export_mwh = OHM_NO_USE,
                              .reactive_mvarh = OHM_NO_USE,
                              .va = OHM_NO_USE,
                              .flags = OHM_USE_ESTIMATED };
    assert_int_equal(ohm_project(&request, NULL, 0, now_ms, &bill, &mean).code, OHM_OK);
    assert_int_equal(ohm_project(&request, ahead, 60, now_ms, &bill, &said).code, OHM_OK);
    assert_int_equal(mean.days_forecast, 0);
    assert_int_equal(said.days_forecast, 2);
    assert_int_equal(said.days_left, 10);
    assert_int_equal(said.so_far_cents, mean.so_far_cents);
    assert_in_range(said.expected_cents - mean.expected_cents, 2 * 749, 2 * 751);
    /* What begins after the midnight covers no whole day. */
    assert_int_equal(ohm_project(&request, ahead + 1, 20, now_ms, &bill, &said).code, OHM_OK);
    assert_int_equal(said.days_forecast, 0);
    assert_int_equal(said.expected_cents, mean.expected_cents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_bills),
        cmocka_unit_test(hours_say_why),
        cmocka_unit_test(peaks_are_of_short_steps),
        cmocka_unit_test(loads_move_to_other_hours),
        cmocka_unit_test(loads_are_written_short),
        cmocka_unit_test(powers_say_when_they_are_too_weak),
        cmocka_unit_test(days_that_are_forecast_are_no_mean),
        cmocka_unit_test(months_are_projected),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
