/* Light on a plane by geometry: a clear sky, and a global irradiance taken apart. */
#include "building/clear_sky.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const ohm_place equator = { 0, 0 }, paris = { 48.85, 2.35 };
static const ohm_ms equinox_ms = INT64_C(1774008000000);  /* 2026-03-20 12:00 UTC */
static const ohm_ms solstice_ms = INT64_C(1781956800000); /* 2026-06-20 12:00 UTC */
static const ohm_ms winter_ms = INT64_C(1797854400000);   /* 2026-12-21 12:00 UTC */
static const ohm_ms half_day_ms = INT64_C(43200000);

static double clear(ohm_place place, ohm_ms at_ms, double tilt, double azimuth)
{
    const ohm_plane plane = {
        .tilt_deg = tilt, .azimuth_deg = azimuth, .height_m = 1, .width_m = 1
    };
    ohm_facing facing = ohm_facing_of(&plane);
    ohm_sun sun = ohm_sun_at(place, at_ms);
    return ohm_clear_sky_on(&facing, &sun);
}

static void a_clear_sky(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_place place;
        int64_t at_ms;
        double tilt, azimuth, least, most;
    } rows[] = {
        { "the sun overhead: the air takes a third, the sky gives a tenth back",
          { 0, 0 },
          INT64_C(1774008000000),
          0,
          0,
          950,
          1100 },
        { "night", { 0, 0 }, INT64_C(1774008000000) - 43200000, 0, 0, 0, 0 },
        { "Paris in summer, flat", { 48.85, 2.35 }, INT64_C(1781956800000), 0, 0, 850, 1000 },
        { "Paris in winter, flat", { 48.85, 2.35 }, INT64_C(1797854400000), 0, 0, 150, 300 },
        { "Paris in winter, to the south",
          { 48.85, 2.35 },
          INT64_C(1797854400000),
          60,
          180,
          550,
          900 },
        { "and to the north: the sky alone",
          { 48.85, 2.35 },
          INT64_C(1797854400000),
          60,
          0,
          10,
          120 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = clear(rows[i].place, rows[i].at_ms, rows[i].tilt, rows[i].azimuth);
        if (!(got >= rows[i].least && got <= rows[i].most))
            fail_msg("%s: %g", rows[i].why, got);
    }
    assert_true(clear(paris, solstice_ms, 30, 180) > clear(paris, winter_ms, 30, 180));
    assert_true(clear(equator, equinox_ms + half_day_ms, 0, 0) == 0);
}

/* On the ground itself the light is what it was, whatever part of it is diffuse. */
static void global_light_on_a_plane(void **state)
{
    (void)state;
    const ohm_plane flat = { .height_m = 1, .width_m = 1 },
                    south = { .tilt_deg = 60, .azimuth_deg = 180, .height_m = 1, .width_m = 1 };
    ohm_facing ground = ohm_facing_of(&flat), roof = ohm_facing_of(&south);
    ohm_sun sun = ohm_sun_at(paris, winter_ms), night = ohm_sun_at(paris, winter_ms + half_day_ms);
    for (double global = 50; global <= 250; global += 50)
        assert_true(fabs(ohm_global_on(&ground, &sun, global) / global - 1) < 0.02);
    assert_true(ohm_global_on(&roof, &sun, 250) > 1.8 * 250);
    assert_true(ohm_global_on(&roof, &sun, 30) < 1.2 * 30); /* clouds: no direct light */
    assert_true(ohm_global_on(&roof, &night, 5) == 0);
    assert_true(isnan(ohm_global_on(&roof, &sun, NAN)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_sky),
        cmocka_unit_test(global_light_on_a_plane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
