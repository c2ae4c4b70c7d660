/* The sun on planes, weather files, and a building's areas made a zone. */
#include "building/envelope.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/civil.h"
#include "building/epw.h"

static const double DEG = 57.29577951308232;

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.12g for %.12g", got, want);
}

static ohm_ms at(const char *rfc3339)
{
    ohm_ms ms = 0;
    assert_int_equal(ohm_rfc3339_parse(ohm_span_text(rfc3339), &ms).code, OHM_OK);
    return ms;
}

static void the_sun_stands_where_others_see_it(void **state)
{
    (void)state;
    static const struct {
        const char *why, *when;
        ohm_place place;
        double altitude_deg, azimuth_deg, within_deg;
    } rows[] = {
        /* Reda and Andreas, NREL/TP-560-34302 (2008), appendix A.5, less their refraction. */
        { "the example of NREL's algorithm",
          "2003-10-17T19:30:30Z",
          { 39.742476, -105.1786 },
          39.87,
          194.34,
          0.02 },
        { "noon of June in the south stands in the north",
          "2021-06-21T10:47:00Z",
          { -33.9, 18.4 },
          32.65,
          0,
          0.4 },
        { "noon at the equinox on the equator: overhead",
          "2023-03-20T12:07:25Z",
          { 0, 0 },
          89.8,
          NAN,
          0.3 },
        { "midnight: as far below", "2023-03-20T00:07:30Z", { 0, 0 }, -89.8, NAN, 0.3 },
        { "morning at Paris, from the hour angle",
          "2024-03-20T07:00:00Z",
          { 48.85, 2.35 },
          10.13,
          101.8,
          0.1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_direction d = ohm_sun_at(rows[i].place, at(rows[i].when)).towards;
        double azimuth = atan2(d.east, d.north) * DEG, off = azimuth - rows[i].azimuth_deg;
        assert_near(d.east * d.east + d.north * d.north + d.up * d.up, 1, 1e-12);
        if (fabs(asin(d.up) * DEG - rows[i].altitude_deg) > rows[i].within_deg ||
            fabs(off - 360 * round(off / 360)) > rows[i].within_deg)
            fail_msg("%s: %.3f high at %.3f", rows[i].why, asin(d.up) * DEG, azimuth);
    }
    ohm_place boulder = { 40, -105 };
    double near = ohm_sun_at(boulder, at("2024-01-03T12:00:00Z")).extraterrestrial_wm2;
    double far = ohm_sun_at(boulder, at("2024-07-05T12:00:00Z")).extraterrestrial_wm2;
    assert_near(near / far, 1.0340 * 1.0340, 2e-3); /* aphelion over perihelion */
}

static ohm_sun sun_at(double altitude_deg, double azimuth_deg)
{
    double h = altitude_deg / DEG, a = azimuth_deg / DEG;
    return (ohm_sun){ { cos(h) * sin(a), cos(h) * cos(a), sin(h) }, 1361 };
}

static void light_on_planes(void **state)
{
    (void)state;
    const ohm_plane flat = { .tilt_deg = 0 }, south = { .azimuth_deg = 180, .tilt_deg = 90 };
    const ohm_plane north = { .azimuth_deg = 0, .tilt_deg = 90 };
    ohm_facing roof = ohm_facing_of(&flat), wall = ohm_facing_of(&south);
    ohm_facing back = ohm_facing_of(&north);
    ohm_sun noon = sun_at(30, 180);

    ohm_light on = ohm_light_on(&roof, &noon, 600, 100, 0.2);
    assert_near(on.direct_wm2 + on.diffuse_wm2, 600 * 0.5 + 100, 1e-9); /* all the sky it sees */
    on = ohm_light_on(&wall, &noon, 600, 0, 0.2);
    assert_near(on.direct_wm2, 600 * cos(30 / DEG), 1e-9);
    assert_near(on.diffuse_wm2, 0.2 * 300 / 2, 1e-9); /* half of what the ground reflects */
    assert_near(on.incidence_cos, cos(30 / DEG), 1e-12);
    on = ohm_light_on(&back, &noon, 600, 0, 0);
    assert_true(on.direct_wm2 == 0 && on.diffuse_wm2 == 0 && on.incidence_cos == 0);

    ohm_sun night = sun_at(-5, 180);
    on = ohm_light_on(&wall, &night, 600, 10, 0.2); /* dusk: diffuse only, isotropic */
    assert_true(on.direct_wm2 == 0);
    assert_near(on.diffuse_wm2, 10 * 0.5 + 0.2 * 10 / 2, 1e-9);

    /* A clear sky is brighter around the sun, an overcast one is nearly even. */
    ohm_light clear = ohm_light_on(&wall, &noon, 800, 80, 0);
    assert_true(clear.direct_wm2 > 800 * cos(30 / DEG) + 20);
    ohm_light grey = ohm_light_on(&wall, &noon, 0, 150, 0);
    assert_near(grey.direct_wm2 + grey.diffuse_wm2, 75, 12);
}

static void screens_shade(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double overhang_m, overhang_gap_m, fin_m, altitude_deg, azimuth_deg, sunlit;
    } rows[] = {
        { "no screen", 0, 0, 0, 45, 180, 1 },
        { "1 m over 2 m at 45°: half", 1, 0, 0, 45, 180, 0.5 },
        { "half a metre above the window: a quarter", 1, 0.5, 0, 45, 180, 0.75 },
        { "high sun: all of it", 1, 0, 0, 80, 180, 0 },
        { "low sun looks under it", 1, 0.5, 0, 20, 180, 1 },
        { "from the side a shadow falls steeper", 1, 0, 0, 45, 225, 1 - 0.5 * 1.4142135623731 },
        { "fins don't shade what is in front", 0, 0, 1, 45, 180, 1 },
        { "a fin of 1 m at 3 m, 45° aside: a third", 0, 0, 1, 0.001, 135, 1 - 1.0 / 3 },
        { "the same from the other side", 0, 0, 1, 0.001, 225, 1 - 1.0 / 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_plane plane = {
            180, 90, 2, 3, rows[i].overhang_m, rows[i].overhang_gap_m, rows[i].fin_m, 0
        };
        ohm_facing f = ohm_facing_of(&plane);
        ohm_sun sun = sun_at(rows[i].altitude_deg, rows[i].azimuth_deg);
        ohm_light on = ohm_light_on(&f, &sun, 1000, 0, 0);
        if (fabs(on.direct_wm2 / (1000 * on.incidence_cos) - rows[i].sunlit) > 1e-6)
            fail_msg("%s: %g", rows[i].why, on.direct_wm2 / (1000 * on.incidence_cos));
    }
    const ohm_plane deep = { 180, 90, 2, 3, 1, 0, 0, 0 }, open = { 180, 90, 2, 3, 0, 0, 0, 0 };
    assert_near(ohm_facing_of(&deep).sky_share / ohm_facing_of(&open).sky_share, sqrt(0.5), 1e-12);
}

static void areas_make_a_zone(void **state)
{
    (void)state;
    ohm_envelope e;
    ohm_envelope_init(&e, 100, OHM_MASS_HEAVY);
    e.infiltration_per_h = 0.1;
    e.recovery_ratio = 0.8;
    e.part[e.parts++] = ohm_part_of(200, 0.2);
    e.part[e.parts] = ohm_part_of(100, 0.3);
    e.part[e.parts].hidden = true;
    e.part[e.parts++].b_ratio = 0.5;
    e.part[e.parts] = ohm_part_of(20, 1.1);
    e.part[e.parts].glazed = true;
    e.part[e.parts++].g_ratio = 0.6;
    assert_int_equal(ohm_envelope_check(&e).code, OHM_OK);
    ohm_zone z;
    assert_int_equal(ohm_envelope_zone(&e, 0.5, &z).code, OHM_OK);
    assert_near(z.h_tr_w_w_per_k, 22, 1e-12);
    assert_near(z.h_tr_ms_w_per_k, 9.1 * 300, 1e-9);
    /* In series with the film at the mass: the opaque parts' own 55 W/K. */
    assert_near(1 / (1 / z.h_tr_em_w_per_k + 1 / z.h_tr_ms_w_per_k), 55, 1e-9);
    assert_near(z.h_ve_w_per_k, 1200 * 250 * (0.1 + 0.2 * 0.5) / 3600, 1e-9);
    assert_near(z.h_tr_is_w_per_k, 3.45 * 450, 1e-9);
    assert_near(z.c_m_j_per_k, 260e3 * 100, 1e-3);

    /* At night all that sees the sky loses to it; what is hidden doesn't. */
    ohm_sun night = sun_at(-20, 0), noon = sun_at(30, 0);
    double walls_w = 200 * 0.2 * 0.04 * 24.75, windows_w = 20 * 1.1 * 0.04 * 24.75;
    assert_near(ohm_envelope_gains(&e, &night, 0, 0), -walls_w - windows_w, 1e-9);
    /* A window to the north, the sun in the north (on the southern half of the world). */
    double straight = 1000 * cos(30 / DEG), sun_w = 20 * 0.6 * 0.9 * straight;
    double wall_sun_w = 200 * 0.2 * 0.04 * 0.6 * straight;
    e.ground_ratio = 0;
    assert_near(ohm_envelope_gains(&e, &noon, 1000, 0) + walls_w + windows_w, sun_w + wall_sun_w,
                1e-6);
    e.part[2].angle_terms[0] = -0.5; /* g (1 - θ/2) at 30° */
    assert_near(ohm_envelope_gains(&e, &noon, 1000, 0) + walls_w + windows_w,
                20 * 0.6 * (1 - 30 / DEG / 2) * straight + wall_sun_w, 1e-6);
}

static void buildings_that_can_not_be(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t at;
        double value;
    } rows[] = {
        { "a wall of minus 3 m2", offsetof(ohm_part, area_m2), -3 },
        { "no U-value", offsetof(ohm_part, u_w_per_m2k), NAN },
        { "more light than there is", offsetof(ohm_part, g_ratio), 1.2 },
        { "a tilt beyond face down", offsetof(ohm_part, plane.tilt_deg), 200 },
        { "an overhang over a window of no height", offsetof(ohm_part, plane.overhang_m), 1 },
        { "loses more than the mass passes on", offsetof(ohm_part, u_w_per_m2k), 90 },
        { "diffuse light twice", offsetof(ohm_part, diffuse_ratio), 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_envelope e;
        ohm_envelope_init(&e, 20, OHM_MASS_LIGHT);
        e.part[e.parts++] = ohm_part_of(60, 0.4);
        *(double *)((char *)&e.part[0] + rows[i].at) = rows[i].value;
        if (ohm_envelope_check(&e).code != OHM_RANGE)
            fail_msg("%s", rows[i].why);
    }
}

static void weather_files(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line;
        ohm_code code;
    } rows[] = {
        { "a row", "2001,3,1,1,0,?,5.5,1,80,96000,0,0,300,0,250,40,0", OHM_OK },
        { "spaces", " 2001, 3, 1, 24, 60, ?, -5.5,1,80,96000,0,0,300,0, 0, 0 ", OHM_OK },
        { "an empty line", "", OHM_MORE },
        { "too few columns", "2001,3,1,1,0,?,5.5", OHM_BAD_FORMAT },
        { "hour 25", "2001,3,1,25,0,?,5.5,1,80,96000,0,0,300,0,250,40", OHM_BAD_FORMAT },
        { "the 30th of February", "2001,2,30,1,0,?,5,1,80,1,0,0,3,0,250,40", OHM_BAD_FORMAT },
        { "no temperature (99.9)", "2001,3,1,1,0,?,99.9,1,80,96000,0,0,300,0,250,40", OHM_RANGE },
        { "no light (9999)", "2001,3,1,1,0,?,9.9,1,80,96000,0,0,300,0,9999,40", OHM_RANGE },
        { "words", "2001,3,1,1,0,?,warm,1,80,96000,0,0,300,0,9,40", OHM_RANGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_epw epw;
        ohm_epw_hour hour = { .outdoor_c = NAN };
        ohm_epw_init(&epw);
        ohm_span head = ohm_span_text("LOCATION,X,Y,Z,TMY3,1,45.5,-3.25,1.0,12.0");
        assert_int_equal(ohm_epw_line(&epw, head, &hour).code, OHM_MORE);
        for (int k = 1; k < OHM_EPW_HEAD_LINES; k++)
            assert_int_equal(ohm_epw_line(&epw, ohm_span_text("ANY"), &hour).code, OHM_MORE);
        ohm_err err = ohm_epw_line(&epw, ohm_span_text(rows[i].line), &hour);
        if (err.code != rows[i].code || err.at != (err.code == OHM_OK ? 0u : 9u))
            fail_msg("%s: %s at %u", rows[i].why, ohm_code_name(err.code), err.at);
        assert_true(isnan(hour.outdoor_c) == (rows[i].code != OHM_OK));
        assert_near(epw.place.longitude_deg, -3.25, 0);
    }
    ohm_epw epw;
    ohm_epw_hour hour;
    ohm_epw_init(&epw);
    assert_int_equal(ohm_epw_line(&epw, ohm_span_text("LOCATION,X"), &hour).code, OHM_BAD_FORMAT);
    /* Hour 1 of 1 March at UTC+1 begins at 23:00 of the day before. */
    epw = (ohm_epw){ .zone_h = 1, .lines = 8 };
    assert_int_equal(ohm_epw_line(&epw, ohm_span_text(rows[0].line), &hour).code, OHM_OK);
    assert_int_equal(hour.begin_ms, at("2001-02-28T23:00:00Z"));
    assert_near(hour.direct_wm2, 250, 0);
    assert_near(hour.diffuse_wm2, 40, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sun_stands_where_others_see_it),
        cmocka_unit_test(light_on_planes),
        cmocka_unit_test(screens_shade),
        cmocka_unit_test(areas_make_a_zone),
        cmocka_unit_test(buildings_that_can_not_be),
        cmocka_unit_test(weather_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
