/* Forecasts: patterns learnt, gaps and holidays, series that say nothing, a state that moves. */
#include "analysis/forecast.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/forecast_own.h"

enum { SLOTS = 24, MONDAY = 4 /* 1970-01-05 */, STATE_MAX = 256 << 10 };

static ohm_forecast *fresh(const ohm_forecast_options *options)
{
    void *memory = malloc(ohm_forecast_size(options));
    assert_non_null(memory);
    return ohm_forecast_create(options, memory);
}

/* Offices: 10 at night, 50 from 8 to 18 h, half of that on Sundays. */
static double office(int64_t day, int hour)
{
    double base = hour >= 8 && hour < 18 ? 50 : 10;
    return (day - MONDAY) % 7 == 6 ? base / 2 : base;
}

static void live(ohm_forecast *f, int64_t from, int64_t to, double (*of)(int64_t, int))
{
    ohm_forecast_value out[2 * SLOTS];
    for (int64_t day = from; day < to; day++) {
        double values[SLOTS];
        ohm_forecast_day ahead[2] = { { .day = day }, { .day = day + 1 } };
        ohm_forecast_make(f, ahead, 2, out);
        for (int s = 0; s < SLOTS; s++)
            values[s] = of(day, s);
        const ohm_forecast_day was = { .day = day, .values = values };
        assert_true(ohm_forecast_learn(f, &was));
    }
}

static void make(ohm_forecast *f, int64_t day, bool holiday, ohm_forecast_value *out)
{
    const ohm_forecast_day ahead[2] = { { .day = day, .holiday = holiday }, { .day = day + 1 } };
    ohm_forecast_make(f, ahead, 2, out);
}

static void a_week_that_repeats_is_said(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS };
    ohm_forecast *f = fresh(&options);
    ohm_forecast_value out[2 * SLOTS];
    assert_true(ohm_forecast_size(&options) <= STATE_MAX);
    live(f, MONDAY, MONDAY + 62, office); /* tomorrow is a Sunday */
    make(f, MONDAY + 62, false, out);
    for (int s = 0; s < SLOTS; s++) {
        double sunday = office(MONDAY + 62, s), monday = office(MONDAY + 63, s);
        assert_true(fabs(out[s].decile[4] - sunday) < 0.02 * sunday);
        assert_true(fabs(out[SLOTS + s].decile[4] - monday) < 0.02 * monday);
    }
    double simple, own = ohm_forecast_error(f, &simple);
    assert_true(own >= 0 && simple >= 0);
    free(f);
}

/* 1000 or 3000, by chance: any forecast is off by 1000 or so. */
static double unsure(int64_t day, int hour)
{
    uint32_t r = (uint32_t)(day * 24 + hour) * 2654435761u;
    for (int i = 0; i < 3; i++) {
        r ^= r << 13;
        r ^= r >> 17;
        r ^= r << 5;
    }
    return (r >> 16) % 2 ? 3000 : 1000;
}

static void an_error_is_as_measured(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS };
    ohm_forecast *f = fresh(&options);
    double simple, own;
    live(f, MONDAY, MONDAY + 63, unsure);
    own = ohm_forecast_error(f, &simple);
    if (!(own > 500 && own < 1200 && simple > 500 && simple < 1500))
        fail_msg("%g, the simple rule %g", own, simple);
    free(f);
}

/* Weather is not paid for with memory: fewer old days are looked through. */
static void a_state_stays_small(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_forecast_options options;
    } rows[] = {
        { "hours", { .slots = 24 } },
        { "hours with a temperature", { .slots = 24, .others = 1, .warmth = 1 } },
        { "hours with the daemon's weather", { .slots = 24, .others = 2, .warmth = 1 } },
        { "hours with all that can be", { .slots = 24, .others = 3, .warmth = 1 } },
        { "half hours", { .slots = 48 } },
        { "half hours with weather", { .slots = 48, .others = 2, .warmth = 1 } },
        { "quarters", { .slots = 96 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_forecast_size(&rows[i].options) > STATE_MAX)
            fail_msg("%s: %zu bytes", rows[i].why, ohm_forecast_size(&rows[i].options));
}

static void a_holiday_is_a_sunday(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS };
    ohm_forecast *f = fresh(&options);
    ohm_forecast_value out[2 * SLOTS];
    live(f, MONDAY, MONDAY + 63, office);
    make(f, MONDAY + 63, true, out); /* a Monday */
    for (int s = 0; s < SLOTS; s++)
        assert_true(fabs(out[s].decile[4] - office(MONDAY + 62, s)) < 5);
    free(f);
}

static double nothing(int64_t day, int hour)
{
    (void)day;
    (void)hour;
    return NAN;
}

static double zero(int64_t day, int hour)
{
    (void)day;
    (void)hour;
    return 0;
}

static double seven(int64_t day, int hour)
{
    (void)day;
    (void)hour;
    return 7;
}

static double export_at_noon(int64_t day, int hour)
{
    (void)day;
    return hour >= 11 && hour < 15 ? -3 : 1;
}

static double with_gaps(int64_t day, int hour)
{
    return (day * 5 + hour) % 4 == 0 ? NAN : office(day, hour);
}

static void series_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double (*of)(int64_t, int);
        int days;
        double noon, within; /* NAN: nothing is known */
    } rows[] = {
        { "no day", seven, 0, NAN, 0 },
        { "days without a value", nothing, 40, NAN, 0 },
        { "one day is said again", seven, 1, 7, 1e-3 },
        { "two weeks", seven, 14, 7, 1e-3 },
        { "always the same", seven, 60, 7, 1e-3 },
        { "always nothing", zero, 60, 0, 1e-6 },
        { "power that goes back stays negative", export_at_noon, 60, -3, 0.05 },
        { "a quarter is missing", with_gaps, 63, 50, 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_forecast_options options = { .slots = SLOTS };
        ohm_forecast *f = fresh(&options);
        ohm_forecast_value out[2 * SLOTS];
        live(f, MONDAY, MONDAY + rows[i].days, rows[i].of);
        make(f, MONDAY + rows[i].days, false, out);
        double got = out[12].decile[4];
        if (isnan(rows[i].noon) ? !isnan(got) : !(fabs(got - rows[i].noon) <= rows[i].within))
            fail_msg("%s: %g", rows[i].why, got);
        free(f);
    }
}

static double only_at_work(int64_t day, int hour)
{
    return hour >= 8 && hour < 18 ? office(day, hour) : NAN;
}

static double from_noon_on(int64_t day, int hour)
{
    return day == MONDAY && hour < 12 ? NAN : 7;
}

/* What was never measured stays unknown, of a load as of a plant: a missing value is never 0. */
static void what_was_never_measured_is_not_said(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double (*of)(int64_t, int);
        int days, later; /* the forecast begins so long after the last day */
        int slot;
        bool known;
    } rows[] = {
        { "a site that is logged by day: the night", only_at_work, 63, 0, 3, false },
        { "a site that is logged by day: the day", only_at_work, 63, 0, 9, true },
        { "one day that began at noon: its morning", from_noon_on, 1, 0, 5, false },
        { "one day that began at noon: its evening", from_noon_on, 1, 0, 20, true },
        { "six days without a meter", seven, 120, 6, 12, true },
        { "seven weeks without a meter", seven, 120, 49, 12, false },
        { "three years without a meter", seven, 120, 1100, 12, false },
    };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const ohm_forecast_options options = { .slots = SLOTS, .solar = i % 2 };
        ohm_forecast *f = fresh(&options);
        ohm_forecast_value out[2 * SLOTS];
        live(f, MONDAY, MONDAY + rows[i / 2].days, rows[i / 2].of);
        make(f, MONDAY + rows[i / 2].days + rows[i / 2].later, false, out);
        const ohm_forecast_value *got = &out[rows[i / 2].slot];
        bool known = !isnan(got->mean);
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            assert_int_equal(!isnan(got->decile[k]), known);
        if (known != rows[i / 2].known)
            fail_msg("%s: %g", rows[i / 2].why, got->mean);
        free(f);
    }
}

static double nonsense_once(int64_t day, int hour)
{
    return day == MONDAY + 40 && hour == 9 ? 1e12 : office(day, hour);
}

static double below_once(int64_t day, int hour)
{
    return day == MONDAY + 40 && hour == 9 ? -1e12 : office(day, hour);
}

static double grown(int64_t day, int hour)
{
    return (day < MONDAY + 28 ? 1 : 40) * office(day, hour);
}

/* A value that is none does not last; a site that grew forty times is believed. */
static void nonsense_is_not_learnt(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double (*of)(int64_t, int);
        double times;
    } rows[] = { { "one value far above all", nonsense_once, 1 },
                 { "one value far below all", below_once, 1 },
                 { "a site that grew", grown, 40 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_forecast_options options = { .slots = SLOTS };
        ohm_forecast *f = fresh(&options);
        ohm_forecast_value out[2 * SLOTS];
        live(f, MONDAY, MONDAY + 63, rows[i].of);
        make(f, MONDAY + 63, false, out);
        for (int s = 0; s < SLOTS; s++) {
            double wanted = rows[i].times * office(MONDAY + 63, s);
            if (!(fabs(out[s].mean - wanted) < 0.1 * wanted))
                fail_msg("%s: hour %d: %g, not %g", rows[i].why, s, out[s].mean, wanted);
        }
        free(f);
    }
}

/* A day without a meter is like no day, nor is any like it: what its place held before is of
 * another day, or of none. Weeks that repeat are like the usual day alone. */
static void a_gap_is_like_no_day(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int first, gap, days, later;
    } rows[] = {
        { "no gap", MONDAY, 0, 70, 0 },
        { "a Monday and a Tuesday, weeks ago", MONDAY, 2, 35, 28 + 7 },
        { "the last days", MONDAY, 7, 63, 0 },
        { "a whole round of the places, then some weeks", MONDAY, 770, 63, 35 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_forecast_options options = { .slots = SLOTS };
        ohm_forecast *f = fresh(&options);
        ohm_forecast_value out[2 * SLOTS];
        outlook o;
        int64_t back = rows[i].first + rows[i].days + rows[i].gap;
        int64_t origin = back + rows[i].later + (7 - (back + rows[i].later - MONDAY) % 7) % 7;
        live(f, rows[i].first, rows[i].first + rows[i].days, office);
        if (rows[i].later > 0)
            live(f, back, origin, office);
        make(f, origin, false, out);
        const ohm_forecast_day day = { .day = origin };
        own_outlook(f, origin, &day, &o);
        own_alike(f, 0, &o);
        for (int s = 0; s < SLOTS; s++)
            if (!(fabs(o.alike[s] - o.base[s]) < 1e-5))
                fail_msg("%s: hour %d: %g, not %g", rows[i].why, s, o.alike[s], o.base[s]);
        free(f);
    }
}

static double sunny(int64_t day, int hour)
{
    double clear = fmax(0, sin((hour - 6) * 3.14159265 / 12));
    return day % 3 == 0 ? 0.3 * clear : clear;
}

static void the_sun_is_never_negative(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS, .solar = true };
    ohm_forecast *f = fresh(&options);
    ohm_forecast_value out[2 * SLOTS];
    live(f, 0, 90, sunny);
    make(f, 90, false, out);
    for (int s = 0; s < 2 * SLOTS; s++)
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            assert_true(out[s].decile[k] >= 0);
    assert_true(out[0].decile[8] < 0.01);
    free(f);
}

/* A load that follows the weather is known as well as the weather is. */
static void weather_that_is_known_helps(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS, .others = 1, .warmth = 1 };
    ohm_forecast *f = fresh(&options);
    ohm_forecast_value out[2 * SLOTS];
    double values[SLOTS], warmth[3][SLOTS], miss = 0;
    uint32_t seed = 1;
    for (int day = 0; day < 120; day++) {
        for (int i = 0; i < 3; i++) /* the weather of a day, whenever it is asked for */
            for (int s = 0; s < SLOTS; s++) {
                seed = (uint32_t)(day + i) * 2654435761u;
                warmth[i][s] = (double)(seed >> 16) / 65536 * 15;
            }
        ohm_forecast_day ahead[2] = { { .day = day, .others = { warmth[0] } },
                                      { .day = day + 1, .others = { warmth[1] } } };
        ohm_forecast_make(f, ahead, 2, out);
        for (int s = 0; s < SLOTS; s++) {
            values[s] = 2 + 0.5 * (18 - warmth[0][s]);
            miss += day >= 90 ? fabs(values[s] - out[s].decile[4]) / (30 * SLOTS) : 0;
        }
        const ohm_forecast_day was = { .day = day, .values = values, .others = { warmth[0] } };
        assert_true(ohm_forecast_learn(f, &was));
    }
    if (miss > 0.5) /* the four-week mean is off by 1.9 */
        fail_msg("off by %g", miss);
    free(f);
}

static void days_only_ascend(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS };
    ohm_forecast *f = fresh(&options);
    double values[SLOTS] = { 1 };
    const ohm_forecast_day was = { .day = 10, .values = values };
    assert_true(ohm_forecast_learn(f, &was));
    assert_false(ohm_forecast_learn(f, &was));
    assert_int_equal(ohm_forecast_days(f), 1);
    free(f);
    static const ohm_forecast_options bad[] = { { .slots = 0 },
                                                { .slots = 25 },
                                                { .slots = 24, .others = 4 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ohm_forecast_size(&bad[i]), 0);
}

static void a_state_that_is_moved_says_the_same(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = SLOTS };
    ohm_forecast *f = fresh(&options);
    ohm_forecast_value here[2 * SLOTS], there[2 * SLOTS];
    live(f, MONDAY, MONDAY + 40, with_gaps);
    ohm_forecast *moved = fresh(&options);
    memcpy(moved, f, ohm_forecast_size(&options));
    make(f, MONDAY + 40, false, here);
    memset(f, 0xa5, ohm_forecast_size(&options));
    make(moved, MONDAY + 40, false, there);
    assert_memory_equal(here, there, sizeof here);
    free(f);
    free(moved);
}

enum { QUARTERS = 96, SHIFT_DAY = 21, SHIFT_DAYS = 12 };

/* A sun without weather, counted in whole Wh: each day but for a rounding as the one before, until
 * clocks are put back an hour. */
static void sun_of(int64_t day, double *count_wh, double *values)
{
    for (int s = 0; s < QUARTERS; s++) {
        double hour = (s - (day < SHIFT_DAY ? 8 : 7) * 4) / 4.0 + 0.125, before = round(*count_wh);
        *count_wh += fmax(0, 375 * sin(hour * 3.14159265358979 / 12));
        values[s] = day == 0 && s < 8 ? NAN : 4 * (round(*count_wh) - before);
    }
}

/* Nothing like it was ever seen, so regressions say anything: it is bounded, and soon over. */
static void a_shift_of_what_only_repeats_is_not_absurd(void **state)
{
    (void)state;
    const ohm_forecast_options options = { .slots = QUARTERS, .solar = true };
    static ohm_forecast_value out[2 * QUARTERS];
    ohm_forecast *f = fresh(&options);
    double values[QUARTERS], off = 0, count_wh = 0;
    for (int64_t day = 0; day < SHIFT_DAY + SHIFT_DAYS; day++) {
        make(f, day, false, out);
        sun_of(day, &count_wh, values);
        for (int s = 0; s < QUARTERS && day > 0; s++) {
            assert_false(out[s].mean >= 2400); /* NAN: never measured */
            off += day == SHIFT_DAY + SHIFT_DAYS - 1 ? fabs(out[s].decile[4] - values[s]) : 0;
        }
        const ohm_forecast_day was = { .day = day, .values = values };
        assert_true(ohm_forecast_learn(f, &was));
    }
    assert_true(off < 5 * QUARTERS);
    free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_that_repeats_is_said),
        cmocka_unit_test(a_state_stays_small),
        cmocka_unit_test(an_error_is_as_measured),
        cmocka_unit_test(a_holiday_is_a_sunday),
        cmocka_unit_test(series_of_all_kinds),
        cmocka_unit_test(what_was_never_measured_is_not_said),
        cmocka_unit_test(nonsense_is_not_learnt),
        cmocka_unit_test(a_gap_is_like_no_day),
        cmocka_unit_test(the_sun_is_never_negative),
        cmocka_unit_test(weather_that_is_known_helps),
        cmocka_unit_test(a_shift_of_what_only_repeats_is_not_absurd),
        cmocka_unit_test(days_only_ascend),
        cmocka_unit_test(a_state_that_is_moved_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
