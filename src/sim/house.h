/* The demo house: a three-phase house with its appliances, its E450, and a grid that gets tense.
 *
 * Pure and deterministic: one seed, one history. Given the time and which loads are fed it says
 * the power by phase and advances the registers; sim/e450.h turns that into the meter's bytes. */
#ifndef OHM_SIM_HOUSE_H
#define OHM_SIM_HOUSE_H

#include "base/civil.h"
#include "base/signal.h"
#include "base/time.h"

enum { OHM_HOUSE_LOADS = 4, OHM_HOUSE_PHASES = 3 };

/* The four loads the house lets be shed, in this order. */
typedef enum ohm_house_load {
    OHM_HOUSE_WATER_HEATER,
    OHM_HOUSE_HEATING,
    OHM_HOUSE_CAR,
    OHM_HOUSE_LAUNDRY,
} ohm_house_load;

typedef struct ohm_house {
    uint64_t seed, random;
    ohm_ms time_ms;
    double tank_c, indoor_c, outdoor_c, car_wh_left, laundry_wh_left;
    double load_w[OHM_HOUSE_LOADS];
    double phase_w[OHM_HOUSE_PHASES], phase_var[OHM_HOUSE_PHASES], phase_v[OHM_HOUSE_PHASES];
    double import_wh, export_wh, import_varh, export_varh; /* exact; registers are the floor */
    double solar_w;
} ohm_house;

void ohm_house_init(ohm_house *house, uint64_t seed, ohm_ms start_ms);
/* Advances to `to_ms` (any step up to an hour) with these loads fed. */
void ohm_house_step(ohm_house *house, const ohm_tz *tz, ohm_ms to_ms,
                    const bool fed[static OHM_HOUSE_LOADS]);
/* The demo's Ecowatt: four days from the local midnight before `now_ms`, with an orange and a red
 * spell that the demo reaches within minutes of its start (`start_ms`). */
void ohm_house_ecowatt(uint64_t seed, const ohm_tz *tz, ohm_ms start_ms, ohm_ms now_ms,
                       ohm_signal_set *out);

#endif
