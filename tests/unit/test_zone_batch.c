/* Zones side by side are as they are one by one. */
#include "building/zone_batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOURS = 400 };

static double draw(uint64_t *seed, double least, double most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return least + (most - least) * (double)(*seed >> 11) * 0x1p-53;
}

static ohm_zone any_zone(uint64_t *seed)
{
    bool limited = draw(seed, 0, 1) < 0.5;
    return (ohm_zone){
        .h_tr_em_w_per_k = draw(seed, 0, 400),
        .h_tr_w_w_per_k = draw(seed, 0, 200),
        .h_tr_ms_w_per_k = 2730,
        .h_tr_is_w_per_k = 1863,
        .h_ve_w_per_k = draw(seed, 0, 200),
        .c_m_j_per_k = draw(seed, 1e6, 1e8),
        .total_area_m2 = 540,
        .mass_area_m2 = 300,
        .heat_node = (ohm_zone_node)draw(seed, 0, 3),
        .cool_node = (ohm_zone_node)draw(seed, 0, 3),
        .heating_w_max = limited ? draw(seed, 0, 9000) : INFINITY,
        .cooling_w_max = limited ? draw(seed, 0, 9000) : INFINITY,
    };
}

static ohm_zone_setpoints any_set(uint64_t *seed)
{
    return (ohm_zone_setpoints){ draw(seed, 0, 1) < 0.2 ? NAN : draw(seed, 15, 21),
                                 draw(seed, 0, 1) < 0.2 ? NAN : draw(seed, 22, 27) };
}

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.15g for %.15g", got, want);
}

typedef struct alone {
    ohm_zone_model model;
    ohm_zone_setpoints set;
    double mass_c, heating_wh, cooling_wh;
} alone;

static void live(alone *z, const ohm_zone_input *in, double step_h)
{
    ohm_zone_output out = ohm_zone_ideal(&z->model, z->mass_c, in, z->set);
    z->mass_c = out.mass_end_c;
    *(out.hvac_w > 0 ? &z->heating_wh : &z->cooling_wh) += fabs(out.hvac_w) * step_h;
}

static void as_one_by_one(void **state)
{
    (void)state;
    uint64_t seed = 11;
    static ohm_zone_input in[HOURS];
    for (int k = 0; k < HOURS; k++)
        in[k] = (ohm_zone_input){ draw(&seed, -15, 38), draw(&seed, -10, 35), draw(&seed, 0, 4000),
                                  draw(&seed, 0, 1500) };
    for (int round = 0; round < 12; round++) {
        double step_s = draw(&seed, 0, 1) < 0.5 ? 3600 : 900;
        int zones = 1 + round % OHM_ZONE_LANES;
        alone z[OHM_ZONE_LANES];
        ohm_zone_batch batch;
        ohm_zone_batch_init(&batch, step_s);
        for (int i = 0; i < zones; i++) {
            ohm_zone zone = any_zone(&seed);
            assert_int_equal(ohm_zone_check(&zone).code, OHM_OK);
            z[i] = (alone){ ohm_zone_prepare(&zone, step_s), any_set(&seed), 19 + i, 0, 0 };
            ohm_zone_batch_add(&batch, &z[i].model, z[i].mass_c, z[i].set);
        }
        for (int k = 0; k < HOURS; k++)
            for (int i = 0; i < zones; i++)
                live(&z[i], &in[k], step_s / 3600);
        ohm_zone_batch_run(&batch, in, HOURS / 3); /* in two goes */
        ohm_zone_batch_run(&batch, in + HOURS / 3, HOURS - HOURS / 3);
        for (int i = 0; i < zones; i++) {
            assert_near(batch.mass_c[i], z[i].mass_c, 1e-9);
            assert_near(batch.heating_wh[i], z[i].heating_wh, 1e-9 * (1 + z[i].heating_wh) * HOURS);
            assert_near(batch.cooling_wh[i], z[i].cooling_wh, 1e-9 * (1 + z[i].cooling_wh) * HOURS);
        }
        for (int i = zones; i < OHM_ZONE_LANES; i++)
            assert_true(batch.heating_wh[i] == 0 && batch.cooling_wh[i] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
