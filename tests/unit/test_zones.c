/* Zones that touch: heat that passes between them is lost by none, one alone is the zone of zone.h,
 * and set points are held together. */
#include "building/zones.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static double draw(uint64_t *seed, double least, double most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return least + (most - least) * (double)(*seed >> 11) * 0x1p-53;
}

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.15g for %.15g", got, want);
}

static ohm_zones any_zones(uint64_t *seed, int count)
{
    ohm_zones z = { .count = count };
    for (int i = 0; i < count; i++)
        z.zone[i] = (ohm_zone){
            .h_tr_em_w_per_k = draw(seed, 0, 200),
            .h_tr_w_w_per_k = draw(seed, 0, 60),
            .h_tr_ms_w_per_k = draw(seed, 500, 3000),
            .h_tr_is_w_per_k = draw(seed, 300, 2000),
            .h_ve_w_per_k = draw(seed, 0, 80),
            .c_m_j_per_k = draw(seed, 1e6, 4e7),
            .mass_area_m2 = 100,
            .total_area_m2 = 200,
            .heat_node = (ohm_zone_node)draw(seed, 0, 3),
            .cool_node = (ohm_zone_node)draw(seed, 0, 3),
            .heating_w_max = draw(seed, 0, 1) < 0.3 ? draw(seed, 0, 3000) : INFINITY,
            .cooling_w_max = draw(seed, 0, 1) < 0.3 ? draw(seed, 0, 3000) : INFINITY,
        };
    for (int i = 1; i < count; i++)
        z.link[z.links++] = (ohm_zones_link){ i - 1, i, draw(seed, 0, 150), draw(seed, 0, 60) };
    return z;
}

static ohm_zone_input any_input(uint64_t *seed)
{
    return (ohm_zone_input){ draw(seed, -20, 38), draw(seed, -20, 38), draw(seed, 0, 3000),
                             draw(seed, 0, 800) };
}

static void one_alone_is_a_zone(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 300; round++) {
        ohm_zones z = any_zones(&seed, 1);
        ohm_zones_model m;
        assert_int_equal(ohm_zones_check(&z).code, OHM_OK);
        assert_int_equal(ohm_zones_prepare(&z, 900, &m).code, OHM_OK);
        ohm_zone_model alone = ohm_zone_prepare(&z.zone[0], 900);
        ohm_zone_input in = any_input(&seed);
        ohm_zone_setpoints set = { 20, 25 };
        double mass_c = draw(&seed, 10, 30);
        ohm_zone_output want = ohm_zone_ideal(&alone, mass_c, &in, set), got;
        ohm_zones_ideal(&m, &mass_c, &in, &set, &got);
        assert_int_equal(m.parts, 1);
        assert_near(got.hvac_w, want.hvac_w, 1e-6);
        assert_near(got.air_c, want.air_c, 1e-9);
        assert_near(got.mass_end_c, want.mass_end_c, 1e-9);
        assert_near(mass_c, want.mass_end_c, 1e-9);
        assert_near(got.operative_c, want.operative_c, 1e-9);
    }
}

/* What comes in and does not go out is in the masses: of all zones, in steps of any length. */
static void heat_adds_up(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < 300; round++) {
        int count = 2 + round % (OHM_ZONES_MAX - 1);
        ohm_zones z = any_zones(&seed, count);
        ohm_zones_model m;
        double step_s = pow(10, draw(&seed, 1, 3.9));
        assert_int_equal(ohm_zones_prepare(&z, step_s, &m).code, OHM_OK);
        ohm_zone_input in[OHM_ZONES_MAX];
        ohm_zone_setpoints set[OHM_ZONES_MAX];
        ohm_zone_output out[OHM_ZONES_MAX];
        double mass_c[OHM_ZONES_MAX], start_c[OHM_ZONES_MAX], rest_w = 0, scale = 1;
        for (int i = 0; i < count; i++) {
            in[i] = any_input(&seed);
            start_c[i] = mass_c[i] = draw(&seed, 5, 35);
            set[i] = (ohm_zone_setpoints){ draw(&seed, 0, 1) < 0.2 ? NAN : 19, 26 };
        }
        ohm_zones_ideal(&m, mass_c, in, set, out);
        for (int i = 0; i < count; i++) {
            const ohm_zone *q = &z.zone[i];
            double window = q->h_tr_w_w_per_k / (9.1 * q->total_area_m2);
            double gains_w = in[i].internal_w / 2 +
                             (1 - window) * (in[i].internal_w / 2 + in[i].solar_w) + out[i].hvac_w;
            double losses_w = q->h_tr_em_w_per_k * (out[i].mass_c - in[i].outdoor_c) +
                              q->h_tr_w_w_per_k * (out[i].surface_c - in[i].outdoor_c) +
                              q->h_ve_w_per_k * (out[i].air_c - in[i].supply_c);
            double stored_w = q->c_m_j_per_k / step_s * (mass_c[i] - start_c[i]);
            rest_w += gains_w - losses_w - stored_w;
            scale += fabs(gains_w) + fabs(losses_w) + fabs(stored_w);
            assert_true(out[i].hvac_w <= q->heating_w_max + 1e-6);
            assert_true(out[i].hvac_w >= -q->cooling_w_max - 1e-6);
        }
        assert_near(rest_w / scale, 0, 1e-9);
    }
}

/* Each zone heats or cools as much as holds its set point, what its limit lets, or not at all. */
static void set_points_are_held_together(void **state)
{
    (void)state;
    uint64_t seed = 5;
    int held = 0, limited = 0, idle = 0;
    for (int round = 0; round < 400; round++) {
        int count = 2 + round % 7;
        ohm_zones z = any_zones(&seed, count);
        ohm_zones_model m;
        assert_int_equal(ohm_zones_prepare(&z, 600, &m).code, OHM_OK);
        if (m.parts > 1)
            continue; /* then it is their mean that is told */
        ohm_zone_input in[OHM_ZONES_MAX];
        ohm_zone_setpoints set[OHM_ZONES_MAX];
        ohm_zone_output out[OHM_ZONES_MAX];
        double mass_c[OHM_ZONES_MAX];
        for (int i = 0; i < count; i++) {
            in[i] = any_input(&seed);
            in[i].outdoor_c = in[i].supply_c = in[0].outdoor_c;
            mass_c[i] = draw(&seed, 14, 30);
            set[i] = (ohm_zone_setpoints){ draw(&seed, 17, 21), draw(&seed, 23, 26) };
        }
        ohm_zones_ideal(&m, mass_c, in, set, out);
        for (int i = 0; i < count; i++) {
            double w = out[i].hvac_w, air_c = out[i].air_c;
            bool most = w == z.zone[i].heating_w_max || w == -z.zone[i].cooling_w_max;
            if (w == 0 && !most) {
                assert_true(air_c >= set[i].heating_c - 1e-6 && air_c <= set[i].cooling_c + 1e-6);
                idle++;
            } else if (most) {
                assert_true(w > 0 ? air_c <= set[i].heating_c + 1e-6
                                  : air_c >= set[i].cooling_c - 1e-6 || w == 0);
                limited++;
            } else {
                assert_near(air_c, w > 0 ? set[i].heating_c : set[i].cooling_c, 1e-6);
                held++;
            }
        }
    }
    assert_true(held > 200 && limited > 30 && idle > 50);
}

static void a_door_between_evens_out(void **state)
{
    (void)state;
    uint64_t seed = 6;
    ohm_zones z = any_zones(&seed, 2);
    ohm_zone_input in[2] = { { 0, 0, 0, 0 }, { 0, 0, 0, 0 } };
    const double hvac_w[2] = { 2000, 0 };
    double apart_k = INFINITY;
    for (double door = 0; door <= 1e6; door = door * 10 + 10) {
        ohm_zones_model m;
        ohm_zone_output out[2];
        double mass_c[2] = { 18, 18 };
        z.link[0] = (ohm_zones_link){ 0, 1, door, 0 };
        assert_int_equal(ohm_zones_prepare(&z, 900, &m).code, OHM_OK);
        for (int k = 0; k < 500; k++)
            ohm_zones_step(&m, mass_c, in, hvac_w, out);
        assert_true(out[0].air_c - out[1].air_c < apart_k);
        apart_k = out[0].air_c - out[1].air_c;
    }
    assert_near(apart_k, 0, 0.01);
}

static void what_does_not_join_is_refused(void **state)
{
    (void)state;
    uint64_t seed = 7;
    static const ohm_zones_link bad[] = {
        { 0, 0, 1, 1 }, { 0, 5, 1, 1 }, { -1, 0, 1, 1 }, { 0, 1, -1, 0 }, { 0, 1, 0, NAN },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ohm_zones z = any_zones(&seed, 2);
        z.link[0] = bad[i];
        assert_int_equal(ohm_zones_check(&z).code, OHM_RANGE);
    }
    ohm_zones z = any_zones(&seed, 2);
    z.zone[1].c_m_j_per_k = 0;
    ohm_err err = ohm_zones_check(&z);
    assert_true(err.code == OHM_RANGE && err.at == 1);
    ohm_zones_model m;
    z = any_zones(&seed, 2);
    z.zone[0].c_m_j_per_k = 10;
    assert_int_equal(ohm_zones_prepare(&z, 3600, &m).code, OHM_RANGE);
    z.count = OHM_ZONES_MAX + 1;
    assert_int_equal(ohm_zones_check(&z).code, OHM_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_alone_is_a_zone),           cmocka_unit_test(heat_adds_up),
        cmocka_unit_test(set_points_are_held_together),  cmocka_unit_test(a_door_between_evens_out),
        cmocka_unit_test(what_does_not_join_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
