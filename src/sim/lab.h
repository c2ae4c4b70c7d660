/* The laboratory: one house, its weather, its prices and a controller, closed into a loop.
 *
 * A step is as long as the caller says; what acts on the house in it are means over it. The
 * controllers keep the operative temperature at or above the comfort's low edge: a thermostat with
 * a band (baseline and fallback of a site), an ideal one that gives exactly the heat of the moment,
 * and the planner (src/plan/heating.h), which is asked again at every step with what is known then.
 * A plan may also come from a file. Battery: planned, too (src/plan/battery.h); without a plan it
 * takes surplus, discharges where energy is dear, and charges from the grid where a dearer hour of
 * the next day pays for it.
 *
 * The plan's model is the twin's own: what is measured are prices, forecasts and control, not the
 * model's faults. Nothing here knows files, clocks or names. */
#ifndef OHM_SIM_LAB_H
#define OHM_SIM_LAB_H

#include "base/err.h"
#include "building/heater.h"
#include "building/zone.h"

enum {
    OHM_LAB_HOURS = 24,
    OHM_LAB_PERIODS_MAX = 12,
    OHM_LAB_HORIZON_MAX = 384,
    OHM_LAB_STEPS_MAX = 1 << 20
};

typedef enum ohm_lab_mode {
    OHM_LAB_MANUAL, /* the thermostat */
    OHM_LAB_IDEAL,
    OHM_LAB_MPC,
    OHM_LAB_PLAN, /* heat as the caller says */
    OHM_LAB_MODES
} ohm_lab_mode;

extern const char *const ohm_lab_mode_names[OHM_LAB_MODES];

typedef struct ohm_lab_house {
    bool has_zone; /* else only its load, PV and battery */
    ohm_zone zone; /* its own limits of power are not used */
    /* Where the air is changed by the hour, what it takes along in each; else the zone's own. */
    bool airs_by_hour;
    double h_ve_w_per_k[OHM_LAB_HOURS];
    ohm_heater heater;
    double comfort_width_k; /* from the low edge to the high one */
    double band_k;          /* of the thermostat, above the low edge */
    double mass_start_c;    /* NAN: as the low edge at the start */
    double battery_kwh, battery_kw;
    double battery_ratio;            /* one way */
    double battery_wear_eur_per_kwh; /* of what goes in and out */
    double subscribed_kw;            /* 0: none */
    /* A car that needs so much by the end of each stay, and charges at car_kw or between it and
     * car_least_kw; 0: none. */
    double car_need_kwh, car_least_kw, car_kw, car_ratio, car_stay_h;
    /* A tank of hot water, heated by tank_kw or not at all; 0: none. */
    double tank_kw, tank_kwh, tank_loss_per_h;
} ohm_lab_house;

/* `steps` of each; what of the future a forecast would need ends with them. */
typedef struct ohm_lab_series {
    int steps;
    double step_h;
    const double *outdoor_c, *solar_w, *internal_w;
    const double *load_w, *pv_w;        /* of the rest of the house; of its panels */
    const double *price, *export_price; /* EUR/kWh */
    const double *low_c;                /* the comfort's low edge */
    const uint8_t *period;              /* below OHM_LAB_PERIODS_MAX */
    const int *known;                   /* at step k prices are known up to before step known[k] */
    const double *heat_w;               /* of OHM_LAB_PLAN; else NULL */
    const double *co2_g_per_kwh;        /* of the grid; NULL: not known */
    const uint8_t *hour;                /* of the local day; NULL where airs_by_hour is false */
    const uint8_t *car_here;            /* 0 or 1; NULL where there is no car */
    const double *draw_kw;              /* of hot water; NULL where there is no tank */
} ohm_lab_series;

typedef struct ohm_lab_control {
    ohm_lab_mode mode;
    bool
        perfect; /* the planner knows weather and prices; else as of a day ago, and what is known */
    int horizon; /* steps of a plan, up to OHM_LAB_HORIZON_MAX */
    double low_price, high_price; /* EUR per K and hour outside of comfort */
} ohm_lab_control;

typedef struct ohm_lab_step {
    double mass_c, air_c, operative_c; /* mass: at its end */
    double heat_w, heating_w;          /* given to the room; drawn for it */
    double battery_w;                  /* > 0 charges */
    double grid_w;                     /* > 0 imports */
    double stored_kwh;
    double car_w, tank_w;
} ohm_lab_step;

typedef struct ohm_lab_sums {
    double energy_eur, feed_in_eur, wear_eur;
    double import_kwh, export_kwh, heat_kwh, heating_kwh, load_kwh, pv_kwh;
    double period_kwh[OHM_LAB_PERIODS_MAX], period_eur[OHM_LAB_PERIODS_MAX];
    double cold_kh, hot_kh; /* degree-hours outside of comfort */
    double operative_mean_c, operative_least_c, operative_most_c;
    double import_peak_kw;
    double over_h; /* above the subscribed power */
    double co2_kg; /* NAN: not known */
    double battery_in_kwh;
    double battery_gap_eur; /* of the plan of the battery that is surest the least: docs/plan.md */
    double mass_gain_kwh, stored_gain_kwh; /* at the end over the start: heat; battery */
    int switchings, plans;
    double car_kwh, car_short_kwh; /* drawn; what stays ended without */
    double tank_kwh, water_short_kwh, water_gain_kwh;
    double plans_late_eur; /* what of the plans' objectives their bounds don't prove, summed */
} ohm_lab_sums;

/* Whether a run is possible. */
OHM_MUST_CHECK ohm_err ohm_lab_check(const ohm_lab_house *house, const ohm_lab_series *series,
                                     const ohm_lab_control *control);

/* Runs it. `out`: `steps` of them, or NULL. OHM_NO_MEMORY: the planner got none. */
OHM_MUST_CHECK ohm_err ohm_lab_run(const ohm_lab_house *house, const ohm_lab_series *series,
                                   const ohm_lab_control *control, ohm_lab_step *out,
                                   ohm_lab_sums *ret_sums);

#endif
