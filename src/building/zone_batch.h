/* Many zones under the same weather at once: what `ohm_zone_ideal` does, eight zones a time, for
 * sweeps and comparisons. What it adds up agrees with step after step to rounding.
 *
 * The zones go through the steps side by side, in the lanes of the processor's vectors and two
 * vectors in turn: a step of one zone waits for the one before, and in that time others are
 * computed. ohm_zone_batch_init, ohm_zone_batch_add for each zone, then ohm_zone_batch_run over
 * the steps. Values only. */
#ifndef OHM_BUILDING_ZONE_BATCH_H
#define OHM_BUILDING_ZONE_BATCH_H

#include "building/zone.h"

enum { OHM_ZONE_LANES = 8 };

typedef double ohm_zone_lane[OHM_ZONE_LANES];

/* The model as lines of the mass at the start, outdoor and supply air, sun and gains: the air
 * without heating, and the mass at the end; the power that a set point asks for, of the air; what
 * a watt does to the mass. */
typedef struct ohm_zone_batch {
    int count;
    ohm_zone_lane air_mass, air_outdoor, air_supply, air_solar, air_internal;
    ohm_zone_lane mass_mass, mass_outdoor, mass_supply, mass_solar, mass_internal;
    ohm_zone_lane heat_w_per_k, heat_w, heat_w_max, heat_mass; /* heat_w: of air at 0 °C */
    ohm_zone_lane cool_w_per_k, cool_w, cool_w_max, cool_mass;
    ohm_zone_lane mass_c; /* the state */
    double step_h;
    ohm_zone_lane heating_wh, cooling_wh; /* what comes out, with the state */
} ohm_zone_batch;

void ohm_zone_batch_init(ohm_zone_batch *batch, double step_s);

/* One more zone, prepared for the same length of step; up to OHM_ZONE_LANES. */
void ohm_zone_batch_add(ohm_zone_batch *batch, const ohm_zone_model *model, double mass_c,
                        ohm_zone_setpoints set);

/* All of them over `steps` steps; call it again to go on. */
void ohm_zone_batch_run(ohm_zone_batch *batch, const ohm_zone_input *in, int steps);

#endif
