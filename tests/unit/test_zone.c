/* The zone of ISO 13790: figures refused, heat that adds up, set points held, steps of any length.
 */
#include "building/zone.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const ohm_zone house = {
    86.8, 29.9, 2730, 1863, 60, 19.8e6, 300, 540, OHM_ZONE_SURFACE, OHM_ZONE_AIR, 6000, 3000
};

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.15g for %.15g", got, want);
}

static void figures_of_no_building_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ohm_zone_check(&house).code, OHM_OK);
    static const struct {
        const char *why;
        size_t at;
        double value;
    } rows[] = {
        { "no conductance below 0", offsetof(ohm_zone, h_tr_em_w_per_k), -1 },
        { "no number", offsetof(ohm_zone, h_tr_w_w_per_k), NAN },
        { "the mass is joined to nothing", offsetof(ohm_zone, h_tr_ms_w_per_k), 0 },
        { "air without walls", offsetof(ohm_zone, h_tr_is_w_per_k), 0 },
        { "infinite ventilation", offsetof(ohm_zone, h_ve_w_per_k), INFINITY },
        { "a mass that stores nothing", offsetof(ohm_zone, c_m_j_per_k), 0 },
        { "more mass than surfaces: gains above 100 %", offsetof(ohm_zone, mass_area_m2), 541 },
        { "windows lose more than all surfaces can", offsetof(ohm_zone, h_tr_w_w_per_k), 5000 },
        { "a heater that cools", offsetof(ohm_zone, heating_w_max), -1 },
        { "no limit is infinity, not NAN", offsetof(ohm_zone, cooling_w_max), NAN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_zone zone = house;
        *(double *)((char *)&zone + rows[i].at) = rows[i].value;
        if (ohm_zone_check(&zone).code != OHM_RANGE)
            fail_msg("%s", rows[i].why);
    }
}

static double draw(uint64_t *seed, double least, double most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return least + (most - least) * (double)(*seed >> 11) * 0x1p-53;
}

static ohm_zone any_zone(uint64_t *seed)
{
    ohm_zone zone = house;
    zone.h_tr_em_w_per_k = draw(seed, 0, 400);
    zone.h_tr_w_w_per_k = draw(seed, 0, 200);
    zone.h_ve_w_per_k = draw(seed, 0, 1) < 0.2 ? 0 : draw(seed, 0, 300);
    zone.c_m_j_per_k = draw(seed, 1e5, 1e8);
    zone.heat_node = (ohm_zone_node)(draw(seed, 0, 3));
    zone.cool_node = (ohm_zone_node)(draw(seed, 0, 3));
    zone.heating_w_max = zone.cooling_w_max = INFINITY;
    return zone;
}

static ohm_zone_input any_input(uint64_t *seed)
{
    return (ohm_zone_input){ draw(seed, -20, 40), draw(seed, -20, 40), draw(seed, 0, 5000),
                             draw(seed, 0, 2000) };
}

/* What comes in and does not go out is in the mass, on every step and of any length. */
static void heat_adds_up(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 5000; round++) {
        ohm_zone zone = any_zone(&seed);
        ohm_zone_input in = any_input(&seed);
        double step_s = pow(10, draw(&seed, 0, 6)), mass_c = draw(&seed, 0, 40);
        double hvac_w = draw(&seed, -8000, 8000);
        ohm_zone_model m = ohm_zone_prepare(&zone, step_s);
        ohm_zone_output out = ohm_zone_step(&m, mass_c, &in, hvac_w);
        double rest_w = 0.5 * in.internal_w + in.solar_w;
        double gains_w = 0.5 * in.internal_w + (m.mass_share + m.surface_share) * rest_w + hvac_w;
        double losses_w = zone.h_tr_em_w_per_k * (out.mass_c - in.outdoor_c) +
                          zone.h_tr_w_w_per_k * (out.surface_c - in.outdoor_c) +
                          zone.h_ve_w_per_k * (out.air_c - in.supply_c);
        double stored_w = zone.c_m_j_per_k / step_s * (out.mass_end_c - mass_c);
        double scale = fabs(gains_w) + fabs(losses_w) + zone.c_m_j_per_k / step_s * 40 + 1;
        assert_near((gains_w - losses_w - stored_w) / scale, 0, 1e-9);
    }
}

static void set_points_are_held_within_the_limits(void **state)
{
    (void)state;
    uint64_t seed = 2;
    int held = 0, limited = 0, idle = 0;
    for (int round = 0; round < 5000; round++) {
        ohm_zone zone = any_zone(&seed);
        zone.heating_w_max = zone.cooling_w_max = draw(&seed, 500, 20000);
        ohm_zone_input in = any_input(&seed);
        ohm_zone_model m = ohm_zone_prepare(&zone, 900);
        double mass_c = draw(&seed, 10, 35);
        ohm_zone_output out = ohm_zone_ideal(&m, mass_c, &in, (ohm_zone_setpoints){ 20, 26 });
        assert_true(out.hvac_w <= zone.heating_w_max && out.hvac_w >= -zone.cooling_w_max);
        if (out.hvac_w == zone.heating_w_max || out.hvac_w == -zone.cooling_w_max) {
            assert_true(out.hvac_w > 0 ? out.air_c < 20 + 1e-9 : out.air_c > 26 - 1e-9);
            limited++;
        } else if (out.hvac_w != 0) {
            assert_near(out.air_c, out.hvac_w > 0 ? 20 : 26, 1e-9);
            held++;
        } else {
            assert_true(out.air_c >= 20 && out.air_c <= 26);
            idle++;
        }
        ohm_zone_output same = ohm_zone_step(&m, mass_c, &in, out.hvac_w);
        assert_true(same.air_c == out.air_c && same.mass_end_c == out.mass_end_c);
    }
    assert_true(held > 500 && limited > 50 && idle > 50);
}

static void a_side_without_a_set_point_is_never_asked_for(void **state)
{
    (void)state;
    ohm_zone_model m = ohm_zone_prepare(&house, 3600);
    const ohm_zone_input cold = { -10, -10, 0, 0 }, hot = { 45, 45, 5000, 0 };
    assert_true(ohm_zone_ideal(&m, 10, &cold, (ohm_zone_setpoints){ NAN, 26 }).hvac_w == 0);
    assert_true(ohm_zone_ideal(&m, 40, &hot, (ohm_zone_setpoints){ 20, NAN }).hvac_w == 0);
    assert_true(ohm_zone_ideal(&m, 10, &cold, (ohm_zone_setpoints){ 20, NAN }).hvac_w > 0);
    assert_true(ohm_zone_ideal(&m, 40, &hot, (ohm_zone_setpoints){ NAN, 26 }).hvac_w < 0);
}

/* A day in one step, in 24, in 8640: all near what the mass would do without steps. A light zone's
 * day in one step neither swings nor overshoots. */
static void steps_of_any_length_agree(void **state)
{
    (void)state;
    const ohm_zone_input in = { 5, 5, 300, 200 };
    ohm_zone_model fine = ohm_zone_prepare(&house, 10);
    double true_c = 18;
    for (int i = 0; i < 8640; i++)
        true_c = ohm_zone_step(&fine, true_c, &in, 2000).mass_end_c;
    static const struct {
        int steps;
        double within_k;
    } rows[] = { { 24, 1e-3 }, { 4, 0.01 }, { 1, 0.3 } };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_zone_model m = ohm_zone_prepare(&house, 86400.0 / rows[r].steps);
        double mass_c = 18;
        for (int i = 0; i < rows[r].steps; i++)
            mass_c = ohm_zone_step(&m, mass_c, &in, 2000).mass_end_c;
        assert_near(mass_c, true_c, rows[r].within_k);
    }
    ohm_zone tent = house;
    tent.c_m_j_per_k = 1e5;
    ohm_zone_model m = ohm_zone_prepare(&tent, 86400);
    ohm_zone_output first = ohm_zone_step(&m, 18, &in, 2000);
    ohm_zone_output second = ohm_zone_step(&m, first.mass_end_c, &in, 2000);
    assert_near(first.mass_end_c, second.mass_end_c, 1e-6); /* settled within the day */
    assert_near(second.mass_c, second.mass_end_c, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_no_building_are_refused),
        cmocka_unit_test(heat_adds_up),
        cmocka_unit_test(set_points_are_held_within_the_limits),
        cmocka_unit_test(a_side_without_a_set_point_is_never_asked_for),
        cmocka_unit_test(steps_of_any_length_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
