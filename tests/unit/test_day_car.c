/* What is asked of a car, and what it got: kept over a restart. */
#include "cmd/daemon_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static ohm_tz tz;

static void what_is_asked_of_a_car_is_kept(void **state)
{
    (void)state;
    const ohm_ms now_ms = INT64_C(1767225600000), seven_ms = now_ms + 7 * OHM_HOUR_MS;
    const ohm_day_wish once = { true, false, 20000, seven_ms, now_ms };
    ohm_site_plan plan;
    ohm_day_wish back;
    char text[96];
    ohm_tz_utc(&tz);
    size_t len = ohm_day_wish_write(&once, text, sizeof text);
    assert_true(ohm_day_wish_read(ohm_span_of(text, len), &back));
    assert_memory_equal(&back.need_wh, &once.need_wh, sizeof back.need_wh);
    assert_true(back.ready_ms == seven_ms && back.asked_ms == now_ms && back.there && !back.daily);
    static const char *const bad[] = { "",
                                       "1",
                                       "1 2 3",
                                       "1 2 3 4 5",
                                       "2 1 1 1",
                                       "1 -1 1 1",
                                       "1 x 1 1",
                                       "1 200001 1 1",
                                       "0 1 9223372036854775807 1",
                                       "0  1 1",
                                       "0 1 1 1 " };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ohm_day_wish_read(ohm_span_of(bad[i], strlen(bad[i])), &back))
            fail_msg("\"%s\" was taken", bad[i]);

    ohm_site_plan_defaults(&plan);
    assert_true(ohm_day_wish_use(&once, &tz, now_ms, &plan));
    assert_int_equal(plan.need_wh, 20000);
    assert_false(ohm_day_wish_use(&once, &tz, seven_ms, &plan)); /* it has left */
    const ohm_day_wish daily = { true, true, 5000, now_ms + 8 * OHM_HOUR_MS, now_ms };
    /* Ready when it comes home: a stay without an end, of each day; once it is one like any. */
    plan.home_minute = 8 * 60;
    assert_false(ohm_day_wish_fits(&daily, &tz, &plan));
    plan.home_minute = 7 * 60;
    assert_true(ohm_day_wish_fits(&daily, &tz, &plan) && ohm_day_wish_fits(&once, &tz, &plan));
    assert_true(ohm_day_wish_use(&daily, &tz, now_ms + 5 * (ohm_ms)24 * OHM_HOUR_MS, &plan));
    assert_true(plan.need_wh == 5000 && plan.ready_minute == 8 * 60);
}

/* What a stay got is kept until its end: seven in the morning, or what was wished for once. */
static void what_a_car_got_is_kept(void **state)
{
    (void)state;
    const ohm_ms midnight_ms = INT64_C(1767225600000);
    const ohm_day_stay stay = { 7350, midnight_ms + 7 * OHM_HOUR_MS };
    ohm_day_stay back;
    ohm_site_plan plan;
    char text[96];
    ohm_tz_utc(&tz);
    size_t len = ohm_day_stay_write(&stay, text, sizeof text);
    assert_true(ohm_day_stay_read(ohm_span_of(text, len), &back));
    assert_true(back.got_wh == stay.got_wh && back.end_ms == stay.end_ms);
    static const char *const bad[] = {
        "", "1", "1 2 3", "-1 1", "1 -1", "1000001 1", "x 1", "1 1 "
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ohm_day_stay_read(ohm_span_of(bad[i], strlen(bad[i])), &back))
            fail_msg("\"%s\" was taken", bad[i]);
    ohm_site_plan_defaults(&plan);
    plan.ready_minute = 7 * 60;
    static const struct {
        int now_h, end_h;
    } rows[] = { { 2, 7 }, { 7, 31 }, { 19, 31 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(
            ohm_day_stay_end(&plan, &tz, OHM_NO_MS, midnight_ms + rows[i].now_h * OHM_HOUR_MS) ==
            midnight_ms + rows[i].end_h * OHM_HOUR_MS);
    assert_true(ohm_day_stay_end(&plan, &tz, midnight_ms + 1, midnight_ms) == midnight_ms + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_of_a_car_is_kept),
        cmocka_unit_test(what_a_car_got_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
