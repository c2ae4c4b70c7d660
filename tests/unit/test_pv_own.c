/* The panels' own forecast: the sun's place, the plane, and what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fetch/pv_own.h"

/* 2025-06-21 and 2025-12-21, 00:00 UTC. */
#define SUMMER INT64_C(1750464000000)
#define WINTER INT64_C(1766275200000)

static int64_t power_of(const ohm_pv_plant *plant, ohm_ms from_ms, int64_t step_ms, int64_t direct,
                        int64_t diffuse, const int64_t *temperature)
{
    ohm_segment beam = { { from_ms, from_ms + step_ms }, direct, 0 };
    ohm_segment sky = { { from_ms, from_ms + step_ms }, diffuse, 0 };
    ohm_segment warm = { { from_ms, from_ms + step_ms }, temperature ? *temperature : 0, 0 };
    ohm_answer out;
    assert_int_equal(ohm_pv_forecast(plant, (ohm_segments){ &beam, 1 }, (ohm_segments){ &sky, 1 },
                                     (ohm_segments){ &warm, temperature ? 1 : 0 }, &out),
                     OHM_OK);
    assert_int_equal(out.count, 1);
    int64_t w = out.segments[0].mantissa;
    assert_int_equal(out.segments[0].exponent, 0);
    ohm_answer_release(&out);
    return w;
}

static void near(const char *why, int64_t got, int64_t want, int64_t off)
{
    if (got < want - off || got > want + off)
        fail_msg("%s: %lld W, not %lld", why, (long long)got, (long long)want);
}

/* At solar noon the sun stands 90° - latitude + declination high: worked by hand. */
static void the_sun_is_where_it_should_be(void **state)
{
    (void)state;
    ohm_pv_plant flat = { 48.85, 2.35, 0, 0, 1000 };
    ohm_ms noon = 11 * OHM_HOUR_MS + 52 * OHM_MINUTE_MS; /* 12:00 - 2.35°/15° h + 1.8 min */
    /* 1000 W × sin 64.59° × 0.86 */
    near("a summer noon, flat", power_of(&flat, SUMMER + noon, OHM_MINUTE_MS, 1000, 0, NULL), 777,
         3);
    /* 1000 W × sin 17.71° × 0.86 */
    near("a winter noon, flat", power_of(&flat, WINTER + noon, OHM_MINUTE_MS, 1000, 0, NULL), 262,
         3);
    /* Facing the sun: 1000 W × 0.86, and a fifth of 304 W/m² × (1 - cos 72.29°) / 2 from the
     * ground. */
    ohm_pv_plant facing = { 48.85, 2.35, 72.29, 0, 1000 };
    near("facing a winter noon", power_of(&facing, WINTER + noon, OHM_MINUTE_MS, 1000, 0, NULL),
         860 + 18, 4);
    /* Diffuse light alone, on a wall: (1 + cos 90°) / 2 and a fifth of that from the ground. */
    ohm_pv_plant wall = { 48.85, 2.35, 90, 0, 1000 };
    near("a wall in grey light", power_of(&wall, SUMMER + noon, OHM_MINUTE_MS, 0, 200, NULL), 103,
         2);
    near("night", power_of(&flat, SUMMER, OHM_HOUR_MS, 0, 0, NULL), 0, 0);
    near("a model's night", power_of(&flat, SUMMER, OHM_HOUR_MS, -3, -1, NULL), 0, 0);
}

static void east_is_morning_and_warm_is_less(void **state)
{
    (void)state;
    ohm_pv_plant east = { 48.85, 2.35, 35, -90, 3000 }, west = { 48.85, 2.35, 35, 90, 3000 };
    ohm_ms morning = SUMMER + 6 * OHM_HOUR_MS, evening = SUMMER + 17 * OHM_HOUR_MS;
    assert_true(power_of(&east, morning, OHM_HOUR_MS, 600, 60, NULL) >
                2 * power_of(&west, morning, OHM_HOUR_MS, 600, 60, NULL));
    assert_true(power_of(&west, evening, OHM_HOUR_MS, 600, 60, NULL) >
                2 * power_of(&east, evening, OHM_HOUR_MS, 600, 60, NULL));
    /* 1000 W/m² of grey light on a flat panel: 30 K above the air; 25 K more air cost 10 %. */
    ohm_pv_plant flat = { 48.85, 2.35, 0, 0, 1000 };
    static const int64_t cold = -5, hot = 20;
    near("cells at 25 °C", power_of(&flat, SUMMER, OHM_HOUR_MS, 0, 1000, &cold), 860, 0);
    near("cells at 50 °C", power_of(&flat, SUMMER, OHM_HOUR_MS, 0, 1000, &hot), 774, 0);
}

/* The nearest temperature of three hours will do; further off nobody knows. */
static void a_temperature_that_is_near(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t off_h;
        bool known;
    } rows[] = { { "an hour later", 1, true },
                 { "three hours before", -3, true },
                 { "four hours before", -4, false },
                 { "a day later", 24, false } };
    const ohm_pv_plant plant = { 48.85, 2.35, 0, 0, 1000 };
    const ohm_ms at_ms = SUMMER + 12 * OHM_HOUR_MS;
    ohm_segment sun = { { at_ms, at_ms + OHM_HOUR_MS }, 800, 0 }, sky = { sun.when, 100, 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_ms warm_ms = at_ms + rows[i].off_h * OHM_HOUR_MS;
        ohm_segment warm = { { warm_ms, warm_ms + OHM_HOUR_MS }, 5, 0 };
        ohm_answer out = { .made_ms = OHM_NO_MS };
        ohm_code code =
            ohm_pv_forecast(&plant, (ohm_segments){ &sun, 1 }, (ohm_segments){ &sky, 1 },
                            (ohm_segments){ &warm, 1 }, &out);
        if ((code == OHM_OK) != rows[i].known)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        ohm_answer_release(&out);
    }
}

static void from_a_body(void **state)
{
    (void)state;
    static const char body[] =
        "{\"utc_offset_seconds\":0,\"hourly\":{\"time\":[1750503600,1750507200,1750510800],"
        "\"temperature_2m\":[20,21,22],\"direct_normal_irradiance\":[800,null,800],"
        "\"diffuse_radiation\":[100,100,100]}}";
    ohm_pv_plant plant = { 48.85, 2.35, 35, 0, 3000 };
    ohm_tz utc;
    ohm_answer out;
    ohm_refusal why;
    ohm_tz_utc(&utc);
    assert_int_equal(ohm_pv_from_body(&plant, ohm_span_text(body), &utc, &out, &why), OHM_OK);
    assert_int_equal(out.count, 2); /* what is not known stays so */
    assert_int_equal(out.unit, OHM_UNIT_W);
    assert_int_equal(out.segments[1].when.to_ms, INT64_C(1750510800000));
    assert_true(out.segments[0].mantissa > 1800 && out.segments[0].mantissa < 2500);
    ohm_answer_release(&out);
    assert_int_not_equal(ohm_pv_from_body(&plant, ohm_span_text("{}"), &utc, &out, &why), OHM_OK);
    assert_int_not_equal(ohm_pv_from_body(&plant,
                                          ohm_span_text("{\"hourly\":{\"time\":[],"
                                                        "\"temperature_2m\":[]}}"),
                                          &utc, &out, &why),
                         OHM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sun_is_where_it_should_be),
        cmocka_unit_test(east_is_morning_and_warm_is_less),
        cmocka_unit_test(a_temperature_that_is_near),
        cmocka_unit_test(from_a_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
