#include "building/zone_batch.h"

#include <assert.h>
#include <string.h>

void ohm_zone_batch_init(ohm_zone_batch *batch, double step_s)
{
    assert(step_s > 0);
    memset(batch, 0, sizeof *batch);
    batch->step_h = step_s / 3600;
}

/* The model is linear, without a constant: one unit of each shows its lines. */
void ohm_zone_batch_add(ohm_zone_batch *batch, const ohm_zone_model *m, double mass_c,
                        ohm_zone_setpoints set)
{
    assert(batch->count < OHM_ZONE_LANES);
    int i = batch->count++;
    const ohm_zone_input none = { 0, 0, 0, 0 };
    const struct {
        ohm_zone_input in;
        double mass_c, hvac_w;
        double *air, *mass; /* air: NULL where it is not asked for */
    } units[] = {
        { none, 1, 0, batch->air_mass, batch->mass_mass },
        { { 1, 0, 0, 0 }, 0, 0, batch->air_outdoor, batch->mass_outdoor },
        { { 0, 1, 0, 0 }, 0, 0, batch->air_supply, batch->mass_supply },
        { { 0, 0, 1, 0 }, 0, 0, batch->air_solar, batch->mass_solar },
        { { 0, 0, 0, 1 }, 0, 0, batch->air_internal, batch->mass_internal },
        { none, 0, 1, NULL, batch->heat_mass },
        { none, 0, -1, NULL, batch->cool_mass },
    };
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        ohm_zone_output out = ohm_zone_step(m, units[u].mass_c, &units[u].in, units[u].hvac_w);
        if (units[u].air)
            units[u].air[i] = out.air_c;
        units[u].mass[i] = out.mass_end_c;
    }
    batch->heat_w_per_k[i] = m->node_w_per_k[m->zone.heat_node];
    batch->cool_w_per_k[i] = m->node_w_per_k[m->zone.cool_node];
    batch->heat_w[i] = batch->heat_w_per_k[i] * set.heating_c; /* NAN: never more than 0 */
    batch->cool_w[i] = -batch->cool_w_per_k[i] * set.cooling_c;
    batch->heat_w_max[i] = m->zone.heating_w_max;
    batch->cool_w_max[i] = m->zone.cooling_w_max;
    batch->mass_c[i] = mass_c;
}

/* Four lanes: GCC's and clang's vectors, which every processor computes the same to the bit. */
enum { AT_ONCE = 4 };
typedef double quad __attribute__((vector_size(AT_ONCE * sizeof(double)), aligned(8)));
typedef long long mask __attribute__((vector_size(AT_ONCE * sizeof(long long)), aligned(8)));

#define FOUR(lanes) (*(const quad *)((lanes) + from))
#define EACH_STEP   static inline __attribute__((always_inline))

/* Within 0 and `most`, without a branch: a zone heats, its neighbour doesn't. 0 of NAN. */
#define LIMITED(w, most)                                                                           \
    ((quad)((((mask)(w) & ((w) < (most))) | ((mask)(most) & ~((w) < (most)))) & ((w) > 0)))

/* One step of four lanes. What waits for the mass is kept short: the power asked for is a line of
 * it, whose rest is known before. */
EACH_STEP void step(const ohm_zone_batch *b, int from, const ohm_zone_input *in, quad *mass,
                    quad *heated, quad *cooled)
{
    double to = in->outdoor_c, ts = in->supply_c, sun = in->solar_w, w = in->internal_w;
    quad air = FOUR(b->air_outdoor) * to + FOUR(b->air_supply) * ts + FOUR(b->air_solar) * sun +
               FOUR(b->air_internal) * w;
    quad rest = FOUR(b->mass_outdoor) * to + FOUR(b->mass_supply) * ts + FOUR(b->mass_solar) * sun +
                FOUR(b->mass_internal) * w;
    quad of_mass = FOUR(b->air_mass) * *mass;
    quad heat = (FOUR(b->heat_w) - FOUR(b->heat_w_per_k) * air) - FOUR(b->heat_w_per_k) * of_mass;
    quad cool = (FOUR(b->cool_w) + FOUR(b->cool_w_per_k) * air) + FOUR(b->cool_w_per_k) * of_mass;
    heat = LIMITED(heat, FOUR(b->heat_w_max));
    cool = LIMITED(cool, FOUR(b->cool_w_max));
    *mass = (FOUR(b->mass_mass) * *mass + rest) +
            (FOUR(b->heat_mass) * heat + FOUR(b->cool_mass) * cool);
    *heated += heat;
    *cooled += cool;
}

/* All lanes over all steps. Lanes that hold no zone compute zeros. */
EACH_STEP void run_lanes(ohm_zone_batch *b, const ohm_zone_input *in, int steps)
{
    enum { from = 0 };
    const ohm_zone_batch lines = *b; /* that nothing here changes */
    quad mass = FOUR(b->mass_c), next = *(const quad *)(b->mass_c + AT_ONCE);
    quad heated = mass - mass, cooled = heated, next_heated = heated, next_cooled = heated;
    for (int k = 0; k < steps; k++) {
        step(&lines, 0, &in[k], &mass, &heated, &cooled);
        step(&lines, AT_ONCE, &in[k], &next, &next_heated, &next_cooled);
    }
    for (int l = 0; l < AT_ONCE; l++) {
        b->mass_c[l] = mass[l];
        b->heating_wh[l] += b->step_h * heated[l];
        b->cooling_wh[l] += b->step_h * cooled[l];
        b->mass_c[AT_ONCE + l] = next[l];
        b->heating_wh[AT_ONCE + l] += b->step_h * next_heated[l];
        b->cooling_wh[AT_ONCE + l] += b->step_h * next_cooled[l];
    }
}

#ifdef __x86_64__
/* Where the processor has registers of four lanes. */
__attribute__((target("avx2"))) static void run_wide(ohm_zone_batch *batch,
                                                     const ohm_zone_input *in, int steps)
{
    run_lanes(batch, in, steps);
}
#endif

void ohm_zone_batch_run(ohm_zone_batch *batch, const ohm_zone_input *in, int steps)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        run_wide(batch, in, steps);
        return;
    }
#endif
    run_lanes(batch, in, steps);
}
