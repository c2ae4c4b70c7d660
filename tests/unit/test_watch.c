/* A watched series: what it is made of, what it leaves out, and its state as bytes. */
#include "analysis/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../watched.h"

enum { FAULT_DAY = 30, AFTER = 36, HOURS = 24 };

typedef double value_of(int64_t day, int slot);

static const ohm_watch_options hourly = { .forecast = { .slots = HOURS }, .detect_slots = HOURS };
static const ohm_watch_options quarterly = { .forecast = { .slots = HOURS },
                                             .detect_slots = HOURS,
                                             .fine_slots = 4 * HOURS };

static double plain(int64_t day, int slot)
{
    double noise = (double)((uint32_t)(day * HOURS + slot) * 2654435761u >> 8) / (1 << 24);
    return slot >= 8 && slot < 18 && day % 7 < 5 ? 5 + noise : 1 + 0.1 * noise;
}

static bool is_faulty(int64_t day, int slot)
{
    return (day == FAULT_DAY && slot >= 10) || day == FAULT_DAY + 1;
}

static double reversed(int64_t day, int slot)
{
    return is_faulty(day, slot) ? -plain(day, slot) : plain(day, slot);
}

static double missing(int64_t day, int slot)
{
    return is_faulty(day, slot) ? NAN : plain(day, slot);
}

static ohm_watch *live_by(value_of *of, const ohm_watch_judge *judge, int64_t days, int *ret_alarms)
{
    ohm_watch *w = ohm_watch_create(&hourly, malloc(ohm_watch_size(&hourly)));
    ohm_detect_news news;
    for (int64_t h = 0; h <= days * HOURS; h++) {
        const ohm_detect_reading r = { h * OHM_HOUR_MS, h / HOURS, (int)(h % HOURS),
                                       of(h / HOURS, (int)(h % HOURS)) };
        bool begins = ohm_watch_step(w, &r, judge, &news);
        assert_true(begins == (h % HOURS == 0));
        *ret_alarms += news.count;
        const ohm_forecast_day ahead[] = { { .day = r.day }, { .day = r.day + 1 } };
        if (begins)
            ohm_watch_ahead(w, ahead, 2);
    }
    return w;
}

static ohm_watch *live(value_of *of, int64_t days, int *ret_alarms)
{
    return live_by(of, NULL, days, ret_alarms);
}

static void says_what_its_forecast_says(void **state)
{
    (void)state;
    int alarms = 0;
    ohm_watch *w = live(plain, AFTER, &alarms);
    ohm_forecast *f =
        ohm_forecast_create(&hourly.forecast, malloc(ohm_forecast_size(&hourly.forecast)));
    ohm_forecast_value said[2 * HOURS];
    for (int64_t day = 0; day <= AFTER; day++) {
        const ohm_forecast_day ahead[] = { { .day = day }, { .day = day + 1 } };
        double values[HOURS];
        ohm_forecast_make(f, ahead, 2, said);
        for (int s = 0; s < HOURS; s++)
            values[s] = (double)(float)plain(day, s);
        const ohm_forecast_day was = { .day = day, .values = values };
        if (day < AFTER)
            assert_true(ohm_forecast_learn(f, &was));
    }
    for (int s = 0; s < 2 * HOURS; s++)
        assert_memory_equal(ohm_watch_said(w, AFTER + s / HOURS, s % HOURS), &said[s],
                            sizeof *said);
    assert_null(ohm_watch_said(w, AFTER - 1, 0));
    assert_null(ohm_watch_said(w, AFTER + 2, 0));
    assert_null(ohm_watch_said(w, AFTER, HOURS));
    assert_int_equal(ohm_forecast_days(ohm_watch_forecast(w)), AFTER);
    free(f);
    free(w);
}

/* What was flagged might as well not have been measured. */
static void learns_nothing_wrong(void **state)
{
    (void)state;
    int faults = 0, gaps = 0;
    ohm_watch *w = live(reversed, AFTER, &faults), *without = live(missing, AFTER, &gaps);
    assert_true(faults >= 2);
    for (int s = 0; s < 2 * HOURS; s++)
        assert_memory_equal(ohm_watch_said(w, AFTER + s / HOURS, s % HOURS),
                            ohm_watch_said(without, AFTER + s / HOURS, s % HOURS),
                            sizeof(ohm_forecast_value));
    free(without);
    free(w);
}

enum { LEVEL_DAY = 112, LEVEL_DAYS = 5, LEFT_DAYS = 8 };

/* Days that differ, and are like those before. */
static double lively(int64_t day, int slot)
{
    double off = 0;
    for (int64_t back = 0; back < 8; back++)
        off += (plain((day - back) * 31, 0) - 1.05) * pow(0.6, (double)back);
    return plain(day, slot) * (1 + 2 * off);
}

static bool is_moved(int64_t day)
{
    return day >= LEVEL_DAY && day < LEVEL_DAY + LEVEL_DAYS;
}

static double doubled(int64_t day, int slot)
{
    return lively(day, slot) * (is_moved(day) ? 2 : 1); /* a transformer was taken for another */
}

static double risen(int64_t day, int slot)
{
    return lively(day, slot) + (is_moved(day) ? 1.6 : 0);
}

static double lit(int64_t day, int slot)
{
    bool night = (slot >= 22 && is_moved(day)) || (slot < 6 && is_moved(day - 1));
    return lively(day, slot) + (night ? 5 : 0);
}

static double held(int64_t day, int slot)
{
    return day == LEVEL_DAY && slot < 18 ? 3 : plain(day, slot);
}

/* How far off it is on the days after, hour by hour. */
static double off_after(value_of *of, const ohm_watch_judge *judge)
{
    const int64_t from = LEVEL_DAY + LEVEL_DAYS + 2, to = from + LEFT_DAYS;
    ohm_watch *w = ohm_watch_create(&hourly, malloc(ohm_watch_size(&hourly)));
    ohm_detect_news news;
    double off = 0;
    for (int64_t h = 0; h < to * HOURS; h++) {
        const ohm_detect_reading r = { h * OHM_HOUR_MS, h / HOURS, (int)(h % HOURS),
                                       of(h / HOURS, (int)(h % HOURS)) };
        const ohm_forecast_day ahead[] = { { .day = r.day } };
        if (ohm_watch_step(w, &r, judge, &news))
            ohm_watch_ahead(w, ahead, 1);
        if (r.day >= from)
            off += fabs(ohm_watch_said(w, r.day, r.slot)->decile[4] - lively(r.day, r.slot));
    }
    free(w);
    return off / (HOURS * LEFT_DAYS);
}

/* Nor is a level that moved, or a night left on, from when it began. */
static void learns_no_level(void **state)
{
    (void)state;
    static value_of *const faults[] = { doubled, risen, lit };
    const ohm_watch_judge all = { .ignored = OHM_DETECT_OF_LOADS };
    double usual = off_after(lively, NULL);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        assert_true(off_after(faults[i], NULL) < 1.15 * usual);
        assert_true(off_after(faults[i], &all) > 1.5 * usual);
    }
}

static bool is_all_normal(const void *ctx, const ohm_detect_alarm *began)
{
    unsigned *types = (unsigned *)(uintptr_t)ctx;
    assert_int_equal(began->end_ms, OHM_NO_MS);
    *types |= 1u << began->type;
    return true;
}

/* What people call normal is learnt from its first hour on, as if no alarm had been. */
static void learns_what_is_normal(void **state)
{
    (void)state;
    unsigned types = 0;
    const ohm_watch_judge normal = { 0, is_all_normal, &types };
    const ohm_watch_judge ignoring = { .ignored = (1u << OHM_DETECT_ONE_COLUMN) - 1 };
    int alarms = 0;
    ohm_watch *w = live_by(held, &normal, LEVEL_DAY + 1, &alarms);
    ohm_watch *ignores = live_by(held, &ignoring, LEVEL_DAY + 1, &alarms);
    ohm_watch *leaves = live_by(held, NULL, LEVEL_DAY + 1, &alarms);
    bool differs = false;
    for (int s = 0; s < 2 * HOURS; s++) {
        int64_t day = LEVEL_DAY + 1 + s / HOURS;
        const ohm_forecast_value *said = ohm_watch_said(w, day, s % HOURS);
        assert_memory_equal(said, ohm_watch_said(ignores, day, s % HOURS), sizeof *said);
        differs = differs || memcmp(said, ohm_watch_said(leaves, day, s % HOURS), sizeof *said);
    }
    assert_true(types & 1u << OHM_DETECT_STUCK);
    assert_true(differs);
    free(leaves);
    free(ignores);
    free(w);
}

/* Nights a little below days, with a tenth of noise. */
static double night_from(int64_t day, int slot, double times)
{
    bool night = slot >= 22 || slot < 6;
    uint32_t noise = (uint32_t)(day * HOURS + slot) * 0x9e3779b9u;
    noise = (noise ^ noise >> 15) * 0x846ca68bu;
    double value = slot >= 8 && slot < 18 && day % 7 < 5 ? 5 : 3.5;
    return value * (0.95 + 0.1 * (noise >> 8) / (1 << 24)) *
           (night && day >= LEVEL_DAY ? times : 1);
}

static double warmer_nights(int64_t day, int slot)
{
    return night_from(day, slot, 1.25);
}

static double lit_nights(int64_t day, int slot)
{
    return night_from(day, slot, 1.6);
}

/* What is said of an hour of the night after so many of them. */
static double said_of_night(value_of *of, int64_t nights, const ohm_watch_judge *judge,
                            int *ret_alarms)
{
    ohm_watch *w = live_by(of, judge, LEVEL_DAY + nights, ret_alarms);
    double said = ohm_watch_said(w, LEVEL_DAY + nights, 2)->decile[4];
    free(w);
    return said;
}

/* Nights a quarter above are a season's as well as lamps: told, and learnt at once. Nights far
 * above are left out for a week; what goes on after is how it is. */
static void learns_nights_of_a_season(void **state)
{
    (void)state;
    const ohm_watch_judge ignoring = { .ignored = 1u << OHM_DETECT_LEFT_ON };
    int before = 0, warmer = 0, more = 0;
    double usual = said_of_night(lit_nights, 0, NULL, &before);
    assert_true(said_of_night(warmer_nights, 5, NULL, &warmer) ==
                said_of_night(warmer_nights, 5, &ignoring, &more));
    assert_int_equal(warmer, before + 1);
    assert_true(said_of_night(lit_nights, 7, NULL, &more) < 1.1 * usual);
    assert_true(said_of_night(lit_nights, 7, &ignoring, &more) > 1.4 * usual);
    assert_true(said_of_night(lit_nights, 12, NULL, &more) > 1.4 * usual);
}

static void says_on_when_nothing_is_measured(void **state)
{
    (void)state;
    int alarms = 0;
    ohm_watch *w = live(plain, 20, &alarms);
    const ohm_forecast_day ahead[] = { { .day = 22 }, { .day = 23 } };
    ohm_watch_ahead(w, ahead, 2);
    assert_true(ohm_watch_said(w, 22, 12)->mean > 3);
    ohm_detect_news news;
    const ohm_detect_reading late = { 21 * HOURS * OHM_HOUR_MS, 21, 0, 4 };
    assert_false(ohm_watch_step(w, &late, NULL, &news)); /* that day is over */
    assert_int_equal(news.count, 0);
    free(w);
}

/* Half of an hour's load comes in its third quarter. */
static const double share_of_quarter[] = { 0.5, 0.5, 2, 1 };

static ohm_watch *live_by_quarters(value_of *of, int64_t days)
{
    ohm_watch *w = ohm_watch_create(&quarterly, malloc(ohm_watch_size(&quarterly)));
    for (int64_t h = 0; h <= days * HOURS; h++) {
        const ohm_detect_reading r = { h * OHM_HOUR_MS, h / HOURS, (int)(h % HOURS),
                                       of(h / HOURS, (int)(h % HOURS)) };
        const ohm_forecast_day ahead[] = { { .day = r.day }, { .day = r.day + 1 } };
        double quarters[4];
        ohm_detect_news news;
        for (int i = 0; i < 4; i++)
            quarters[i] = share_of_quarter[i] * fabs(r.value);
        if (ohm_watch_step(w, &r, NULL, &news))
            ohm_watch_ahead(w, ahead, 2);
        ohm_watch_fine(w, &r, quarters);
    }
    return w;
}

static void says_quarters_beside_hours(void **state)
{
    (void)state;
    int alarms = 0;
    ohm_watch *hours = live(reversed, AFTER, &alarms), *w = live_by_quarters(reversed, AFTER);
    ohm_watch *without = live_by_quarters(missing, AFTER);
    assert_null(ohm_watch_said_fine(hours, AFTER, 0));
    assert_null(ohm_watch_fine_forecast(hours));
    assert_null(ohm_watch_said_fine(w, AFTER, 4 * HOURS));
    assert_int_equal(ohm_forecast_days(ohm_watch_fine_forecast(w)), AFTER - 1);
    for (int s = 0; s < 4 * HOURS; s++) {
        const ohm_forecast_value *fine = ohm_watch_said_fine(w, AFTER, s);
        double expected = share_of_quarter[s % 4] * plain(AFTER, s / 4);
        assert_true(fabs(fine->decile[4] - expected) < 0.2 * expected + 0.05);
        /* what was flagged of the hour is of its quarters, too: they were there, and right */
        assert_memory_equal(fine, ohm_watch_said_fine(without, AFTER, s), sizeof *fine);
        assert_memory_equal(ohm_watch_said(w, AFTER, s / 4), ohm_watch_said(hours, AFTER, s / 4),
                            sizeof *fine);
    }
    free(without);
    free(hours);
    free(w);
}

static void goes_on_from_bytes(void **state)
{
    (void)state;
    static uint8_t bytes[WATCHED_BYTES], again[WATCHED_BYTES];
    size_t len = 0, same = 0, room = ohm_watch_size(&watched_options);
    ohm_watch *a = ohm_watch_create(&watched_options, malloc(room)), *b = malloc(room);
    watched_days(a, 0, WATCHED_DAYS);
    assert_int_equal(ohm_watch_save(a, bytes, 1000, &len), OHM_TOO_BIG);
    assert_int_equal(ohm_watch_save(a, bytes, len, &same), OHM_OK);
    assert_int_equal(same, len);
    assert_false(ohm_failed(ohm_watch_load(&watched_options, b, ohm_span_of(bytes, len))));
    assert_int_equal(ohm_watch_save(b, again, sizeof again, &same), OHM_OK);
    assert_memory_equal(bytes, again, len);
    watched_days(a, WATCHED_DAYS, WATCHED_DAYS + 9);
    watched_days(b, WATCHED_DAYS, WATCHED_DAYS + 9);
    assert_int_equal(ohm_watch_save(a, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_watch_save(b, again, sizeof again, &same), OHM_OK);
    assert_int_equal(same, len);
    assert_memory_equal(bytes, again, len);
    free(b);
    free(a);
}

static void refuses_other_bytes(void **state)
{
    (void)state;
    static uint8_t bytes[WATCHED_BYTES];
    void *memory = malloc(2 * ohm_watch_size(&watched_options)); /* more: four times the slots */
    size_t len = watched_state(memory, bytes);
    ohm_watch_options other = watched_options;
    other.forecast.solar = true;
    assert_true(len > 0);
    ohm_span whole = ohm_span_of(bytes, len), less = ohm_span_of(bytes, len - 1);
    assert_int_equal(ohm_watch_load(&watched_options, memory, less).code, OHM_MORE);
    assert_int_equal(ohm_watch_load(&other, memory, whole).code, OHM_CONFLICT);
    assert_int_equal(ohm_watch_load(&watched_options, memory, ohm_span_of(bytes, len + 1)).code,
                     OHM_BAD_FORMAT);
    assert_int_equal(ohm_watch_load(&watched_options, memory, whole).code, OHM_OK);
    bytes[7]++; /* the version */
    assert_int_equal(ohm_watch_load(&watched_options, memory, whole).code, OHM_CONFLICT);
    assert_int_equal(ohm_forecast_days(ohm_watch_forecast(memory)), 0);
    free(memory);
    other.detect_slots = WATCHED_SLOTS + 24 / 2;
    assert_int_equal(ohm_watch_size(&other), 0);
    other = quarterly;
    other.fine_slots = 5 * HOURS / 2;
    assert_int_equal(ohm_watch_size(&other), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_its_forecast_says),
        cmocka_unit_test(learns_nothing_wrong),
        cmocka_unit_test(learns_no_level),
        cmocka_unit_test(learns_what_is_normal),
        cmocka_unit_test(learns_nights_of_a_season),
        cmocka_unit_test(says_on_when_nothing_is_measured),
        cmocka_unit_test(says_quarters_beside_hours),
        cmocka_unit_test(goes_on_from_bytes),
        cmocka_unit_test(refuses_other_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
