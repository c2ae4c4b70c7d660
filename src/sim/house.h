/* The demo house: a three-phase house with its appliances, its registers, and a grid that gets
 * tense.
 *
 * Pure and deterministic: one seed, one history, and the same whatever the steps it is advanced
 * by, because the house lives in ticks of five seconds. Given the time and which loads are fed
 * it says the power by phase and advances the registers; sim/e450.h turns that into the meter's
 * bytes. Only + - * / and sqrt, so the history is the same on every machine.
 *
 * The house is built for three fuses of 25 A (17.25 kVA). */
#ifndef OHM_SIM_HOUSE_H
#define OHM_SIM_HOUSE_H

#include "base/civil.h"
#include "base/signal.h"
#include "base/time.h"

enum { OHM_HOUSE_LOADS = 4, OHM_HOUSE_PHASES = 3, OHM_HOUSE_TICK_MS = 5000 };

/* The four loads the house lets be shed, in this order, with the phase that feeds them. */
typedef enum ohm_house_load {
    OHM_HOUSE_WATER_HEATER, /* 2400 W on phase 1 */
    OHM_HOUSE_HEATING,      /* 4500 W on three phases */
    OHM_HOUSE_CAR,          /* 3700 W on phase 2 */
    OHM_HOUSE_LAUNDRY,      /* 2100 W on phase 3 */
} ohm_house_load;

typedef struct ohm_house {
    uint64_t seed;
    double solar_wp; /* peak power of the panels; 3000 unless set after ohm_house_init, 0 = none */

    ohm_ms time_ms;
    bool off_peak; /* 22:00 to 06:00 local: the meter counts in its second rate */
    double tank_c, indoor_c, outdoor_c, car_wh_left, laundry_wh_left;
    double solar_w;

    /* What each load takes now, and what the meter sees: whole watts and vars. A phase that
     * feeds the grid is negative. */
    double load_w[OHM_HOUSE_LOADS];
    double phase_w[OHM_HOUSE_PHASES], phase_var[OHM_HOUSE_PHASES], phase_v[OHM_HOUSE_PHASES];

    /* Registers, exact: millijoules (W x ms); ohm_house_wh makes Wh of them. The sum over the
     * phases is metered, as an E450 does. Reactive energy by quadrant, 1 to 4. */
    int64_t import_mj, export_mj, import_t1_mj, import_t2_mj;
    int64_t reactive_mj[4];

    /* Private to house.c: the tick under way. */
    int64_t tick;
    bool started, tank_heats, radiators_heat;
    double wants_w[OHM_HOUSE_LOADS];
    double rest_w[OHM_HOUSE_PHASES], rest_var[OHM_HOUSE_PHASES];
    int64_t heated_mj[OHM_HOUSE_LOADS];
} ohm_house;

void ohm_house_init(ohm_house *house, uint64_t seed, ohm_ms start_ms);
/* Advances to `to_ms` (not before house->time_ms) with these loads fed. */
void ohm_house_step(ohm_house *house, const ohm_tz *tz, ohm_ms to_ms,
                    const bool fed[static OHM_HOUSE_LOADS]);

/* Takes hot water from the tank (0 to 200 litres): a bath makes the heater start. */
void ohm_house_draw_water(ohm_house *house, double litres);

/* A register in Wh (or varh), as the meter counts: the floor. */
static inline int64_t ohm_house_wh(int64_t mj)
{
    return mj / 3600000;
}

/* Lives from house->time_ms to `to_ms` with every load fed, and calls `sample` at each multiple
 * of `every_ms` on the way: the demo's curve before its first live frame. */
void ohm_house_live(ohm_house *house, const ohm_tz *tz, ohm_ms to_ms, int64_t every_ms,
                    void (*sample)(void *ctx, const ohm_house *house), void *ctx);

/* The demo's Ecowatt: four days of hours from the local midnight before `now_ms`. So that a
 * visitor sees it happen, an orange spell of ten minutes starts two minutes after the minute of
 * `start_ms`, and a red one twenty minutes after it; more follow every two hours, and whole hours
 * on the days after. Intervals are in order, adjoining, and cut at the hours and at the spells. */
void ohm_house_ecowatt(uint64_t seed, const ohm_tz *tz, ohm_ms start_ms, ohm_ms now_ms,
                       ohm_signal_set *out);

#endif
