/* What a zone went through, kept for finding its figures. */
#include "cmd/twin_past.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEP = OHM_TWIN_STEP_MS };
#define T0 INT64_C(1767225600000) /* 2026-01-01 */

static ohm_twin_past past;

static void add(int64_t step, double indoor_c, double outdoor_c, double heat_w)
{
    const ohm_twin_now now = { indoor_c, outdoor_c, heat_w, 0 };
    ohm_twin_add(&past, T0 + step * STEP, STEP / 2, &now);
    ohm_twin_add(&past, T0 + step * STEP + STEP / 2, STEP / 2, &now);
}

static int up(void **state)
{
    (void)state;
    memset(&past, 0, sizeof past);
    return 0;
}

static void a_step_is_the_mean_of_what_was_known(void **state)
{
    (void)state;
    const ohm_twin_now first = { 19, 5, 1000, 100 }, second = { (double)NAN, 6, 0, 0 };
    ohm_twin_add(&past, T0, STEP / 4, &first);
    ohm_twin_add(&past, T0 + STEP / 4, 3 * STEP / 4, &second);
    add(1, 19, 5, 0);
    assert_int_equal(past.count, 1);
    assert_int_equal(past.steps[0].indoor_cc, 1900); /* what was not measured is no 0 */
    assert_int_equal(past.steps[0].outdoor_cc, 575);
    assert_int_equal(past.steps[0].heat_w, 250);
    assert_int_equal(past.steps[0].sun_w, 25);
    /* Sun that should be said and is not is no darkness: it is that of before. */
    const ohm_twin_now silent = { 19, 5, 0, (double)NAN };
    for (int k = 2; k < 6; k++)
        ohm_twin_add(&past, T0 + k * STEP, STEP, k == 3 ? &silent : &first);
    assert_int_equal(past.steps[2].sun_w, 100);
    assert_int_equal(past.steps[3].sun_w, 100);
    assert_int_equal(past.steps[3].indoor_cc, 1900);
}

static void short_gaps_are_bridged_and_long_ones_begin_anew(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t step;
        double outdoor_c;
        int count; /* after the step that follows */
    } rows[] = {
        { "the next one", 1, 5, 2 },
        { "three quarters were missed", 4, 5, 5 },
        { "two hours and more were", 10, 5, 1 },
        { "the clock went back", -3, 5, 1 },
        { "no weather: that of before", 1, (double)NAN, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(&past, 0, sizeof past);
        add(100, 19, 5, 0);
        add(100 + rows[i].step, 19, rows[i].outdoor_c, 0);
        add(100 + rows[i].step + 1, 19, 5, 0);
        if (past.count != rows[i].count)
            fail_msg("%s: %d", rows[i].why, past.count);
    }
    assert_int_equal(past.steps[1].outdoor_cc, 500);
    memset(&past, 0, sizeof past);
    for (int k = 0; k < 20; k++) /* the weather was never known for more than two hours */
        add(k, 19, k < 5 ? 5 : (double)NAN, 0);
    assert_int_equal(past.count, 0);
}

static void four_weeks_are_kept(void **state)
{
    (void)state;
    for (int k = 0; k < OHM_TWIN_STEPS_MAX + 50; k++)
        add(k, 19, 5 + k % 10, 0);
    assert_int_equal(past.count, OHM_TWIN_STEPS_MAX);
    assert_int_equal(past.first, T0 / STEP + 49);
    assert_int_equal(past.steps[0].outdoor_cc, 1400);
}

static void bytes_are_the_past_and_hostile_ones_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[OHM_TWIN_BYTES_MAX];
    static ohm_twin_past again;
    for (int k = 0; k < 50; k++)
        add(k, k % 7 ? 19 : (double)NAN, 5, 100 * k);
    size_t len = ohm_twin_write(&past, bytes);
    assert_int_equal(ohm_twin_read(&again, ohm_span_of(bytes, len)).code, OHM_OK);
    assert_int_equal(again.count, past.count);
    assert_int_equal(again.first, past.first);
    assert_memory_equal(again.steps, past.steps, (size_t)past.count * sizeof *past.steps);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_not_equal(ohm_twin_read(&again, ohm_span_of(bytes, cut)).code, OHM_OK);
    const struct {
        size_t at;
        uint8_t byte;
    } rows[] = { { 0, 9 }, { 2, 51 }, { 3, 0xff }, { 15, 0xff }, { 16 + 3, 0x7f } };
    for (size_t i = 0; i < 5; i++) {
        uint8_t before = bytes[rows[i].at];
        bytes[rows[i].at] = rows[i].byte;
        if (ohm_twin_read(&again, ohm_span_of(bytes, len)).code == OHM_OK)
            fail_msg("row %zu is taken", i);
        bytes[rows[i].at] = before;
    }
}

/* Two weeks of a room of 110 W/K and 1500 Wh/K with a thermostat: its past says so. */
static void two_weeks_tell_the_figures_of_a_room(void **state)
{
    (void)state;
    double indoor_c = 19, *columns = malloc((size_t)5 * OHM_TWIN_STEPS_MAX * sizeof *columns);
    bool heats = false;
    uint32_t noise = 1;
    assert_non_null(columns);
    for (int k = 0; k < 14 * 96 + 1; k++) {
        noise = noise * 1664525u + 1013904223u;
        double outdoor_c = 4 + 5 * sin(k * 0.0654) + 3 * sin(k * 0.011) + (noise >> 24) / 256.0;
        double set_c = k / 4 % 24 < 6 ? 17 : 20;
        heats = indoor_c < set_c - 0.3 || (heats && indoor_c < set_c + 0.3);
        add(k, indoor_c, outdoor_c, heats ? 4500 : 0);
        double keep = exp(-110 * 0.25 / 1500);
        double rest_c = outdoor_c + (heats ? 4500 : 0) / 110.0;
        indoor_c = rest_c + (indoor_c - rest_c) * keep;
    }
    ohm_identify_series series;
    static ohm_identify_result result;
    assert_true(ohm_twin_series(&past, columns, &series));
    assert_int_equal(ohm_identify_check(&series).code, OHM_OK);
    ohm_identify(&series, &result);
    if (result.lacks)
        fail_msg("%s", result.lacks);
    double loss = result.figure[OHM_IDENTIFY_LOSS].value;
    double store = loss * result.figure[OHM_IDENTIFY_CONSTANT].value;
    if (fabs(loss - 110) > 12 || fabs(store - 1500) > 300)
        fail_msg("loss %g store %g", loss, store);
    assert_true(result.predict_k < 0.5);
    free(columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_step_is_the_mean_of_what_was_known, up),
        cmocka_unit_test_setup(short_gaps_are_bridged_and_long_ones_begin_anew, up),
        cmocka_unit_test_setup(four_weeks_are_kept, up),
        cmocka_unit_test_setup(bytes_are_the_past_and_hostile_ones_are_refused, up),
        cmocka_unit_test_setup(two_weeks_tell_the_figures_of_a_room, up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
