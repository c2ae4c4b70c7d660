/* What a turn of the daemon's watching hands to the book of alarms. */
#include "cmd/daemon_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(24) * OHM_HOUR_MS)
static const ohm_ms now_ms = INT64_C(1795392000000); /* 2026-11-23T00:00:00Z */

typedef struct bench {
    ohm_tz tz;
    ohm_watched series;
    ohm_watch_job job;
} bench;

static int begin(void **state)
{
    static bench b;
    ohm_watch_options options;
    memset(&b, 0, sizeof b);
    ohm_tz_utc(&b.tz);
    assert_true(ohm_watch_make_room(&b.series, &options));
    (void)ohm_watch_create(&options, b.series.state);
    b.job.series = &b.series;
    b.job.tz = &b.tz;
    b.job.now_ms = now_ms;
    *state = &b;
    return 0;
}

static int end(void **state)
{
    bench *b = *state;
    free(b->series.state);
    return 0;
}

static void tell(bench *b, ohm_detect_type type, ohm_ms at_ms, bool over)
{
    const ohm_detect_news news = { .count = 1,
                                   .alarm = { { .type = type,
                                                .start_ms = at_ms,
                                                .onset_ms = at_ms,
                                                .end_ms = over ? at_ms : OHM_NO_MS } } };
    ohm_watch_news_take(&b->job, &news, at_ms);
}

static bool is_told(const bench *b, ohm_detect_type type, ohm_ms at_ms)
{
    for (int i = 0; i < b->job.news_count; i++)
        if (b->job.news[i].alarm.type == type && b->job.news[i].told_ms == at_ms)
            return true;
    return false;
}

/* Two news a night for four months; what began before them goes on. */
static void the_newest_and_what_goes_on_stay(void **state)
{
    bench *b = *state;
    ohm_ms first_ms = now_ms - 50 * DAY_MS, at_ms = first_ms;
    tell(b, OHM_DETECT_DRIFT, first_ms, false);
    for (int i = 0; i < OHM_WATCH_NEWS_MAX; i++) {
        at_ms = first_ms + (i + 1) * 6 * OHM_HOUR_MS;
        tell(b, OHM_DETECT_ZERO, at_ms, false);
        tell(b, OHM_DETECT_ZERO, at_ms + OHM_HOUR_MS, true);
    }
    tell(b, OHM_DETECT_STUCK, at_ms + 2 * OHM_HOUR_MS, false);
    assert_int_equal(b->job.news_count, OHM_WATCH_NEWS_MAX);
    assert_true(is_told(b, OHM_DETECT_DRIFT, first_ms));
    assert_true(is_told(b, OHM_DETECT_ZERO, at_ms));
    assert_true(is_told(b, OHM_DETECT_STUCK, at_ms + 2 * OHM_HOUR_MS));
    assert_false(is_told(b, OHM_DETECT_ZERO, first_ms + 6 * OHM_HOUR_MS));
    assert_int_equal(b->series.open, 1u << OHM_DETECT_DRIFT | 1u << OHM_DETECT_STUCK);
}

/* A night at the day's level is no fault of panels, nor of a fridge; zero is. */
static void panels_and_machines_are_judged_otherwise(void **state)
{
    bench *b = *state;
    static const struct {
        bool solar, weather;
        ohm_site_machine machine;
        int told;
    } rows[] = {
        { false, true, OHM_MACHINE_NONE, 2 },       { true, false, OHM_MACHINE_NONE, 1 },
        { false, false, OHM_MACHINE_FRIDGE, 1 },    { false, true, OHM_MACHINE_HEAT_PUMP, 1 },
        { false, false, OHM_MACHINE_HEAT_PUMP, 2 }, /* its cycles are not judged without */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->job.news_count = 0;
        b->job.with_weather = rows[i].weather;
        b->series.solar = rows[i].solar;
        b->series.machine = rows[i].machine;
        tell(b, OHM_DETECT_LEFT_ON, now_ms - DAY_MS, false);
        tell(b, OHM_DETECT_ZERO, now_ms - DAY_MS, false);
        assert_int_equal(b->job.news_count, rows[i].told);
    }
}

static void of_what_is_old_only_what_goes_on_counts(void **state)
{
    bench *b = *state;
    ohm_ms old_ms = now_ms - 300 * DAY_MS;
    tell(b, OHM_DETECT_ZERO, old_ms, false);
    tell(b, OHM_DETECT_STEP, old_ms, false);
    tell(b, OHM_DETECT_ZERO, old_ms + OHM_HOUR_MS, true);
    assert_int_equal(b->job.news_count, 1);
    assert_true(is_told(b, OHM_DETECT_STEP, old_ms));
    tell(b, OHM_DETECT_SPIKE, old_ms + DAY_MS, true); /* it began in a turn before */
    assert_true(is_told(b, OHM_DETECT_SPIKE, old_ms + DAY_MS));
}

static void what_others_tell_takes_no_room(void **state)
{
    bench *b = *state;
    tell(b, OHM_DETECT_GAP, now_ms - DAY_MS, false);
    tell(b, OHM_DETECT_ROLLBACK, now_ms - DAY_MS, false);
    assert_int_equal(b->job.news_count, 0);
    assert_int_equal(b->series.open, 1u << OHM_DETECT_GAP | 1u << OHM_DETECT_ROLLBACK);
}

/* The weeks that prime a state end alarms of theirs: not those of the book. */
static void of_what_is_told_again_only_what_goes_on_counts(void **state)
{
    bench *b = *state;
    tell(b, OHM_DETECT_PV_YIELD, now_ms - 20 * DAY_MS, false);
    tell(b, OHM_DETECT_PV_YIELD, now_ms - 15 * DAY_MS, true);
    tell(b, OHM_DETECT_PV_YIELD, now_ms - 5 * DAY_MS, false);
    tell(b, OHM_DETECT_DRIFT, now_ms - 9 * DAY_MS, false);
    tell(b, OHM_DETECT_DRIFT, now_ms - 7 * DAY_MS, true); /* over: its end comes last of its type */
    ohm_watch_news_again(&b->job);
    assert_int_equal(b->job.news_count, 1);
    assert_true(is_told(b, OHM_DETECT_PV_YIELD, now_ms - 5 * DAY_MS));
    assert_false(is_told(b, OHM_DETECT_DRIFT, now_ms - 9 * DAY_MS));
    assert_true(b->job.news[0].again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(panels_and_machines_are_judged_otherwise, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_and_what_goes_on_stay, begin, end),
        cmocka_unit_test_setup_teardown(of_what_is_old_only_what_goes_on_counts, begin, end),
        cmocka_unit_test_setup_teardown(what_others_tell_takes_no_room, begin, end),
        cmocka_unit_test_setup_teardown(of_what_is_told_again_only_what_goes_on_counts, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
