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

static const ohm_watch_options hourly = { { .slots = HOURS }, HOURS };

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

static ohm_watch *live(value_of *of, int64_t days, int *ret_alarms)
{
    ohm_watch *w = ohm_watch_create(&hourly, malloc(ohm_watch_size(&hourly)));
    ohm_detect_news news;
    for (int64_t h = 0; h <= days * HOURS; h++) {
        const ohm_detect_reading r = { h * OHM_HOUR_MS, h / HOURS, (int)(h % HOURS),
                                       of(h / HOURS, (int)(h % HOURS)) };
        bool begins = ohm_watch_step(w, &r, &news);
        assert_true(begins == (h % HOURS == 0));
        *ret_alarms += news.count;
        const ohm_forecast_day ahead[] = { { .day = r.day }, { .day = r.day + 1 } };
        if (begins)
            ohm_watch_ahead(w, ahead, 2);
    }
    return w;
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
    assert_false(ohm_watch_step(w, &late, &news)); /* that day is over */
    assert_int_equal(news.count, 0);
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
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_its_forecast_says),
        cmocka_unit_test(learns_nothing_wrong),
        cmocka_unit_test(says_on_when_nothing_is_measured),
        cmocka_unit_test(goes_on_from_bytes),
        cmocka_unit_test(refuses_other_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
