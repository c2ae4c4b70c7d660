/* A home's day or two: battery, car, water tank and heat pump behind one meter, planned together.
 *
 * Each step of dt_h hours: import - export - curtailed + shed = load - pv + what the devices draw.
 * docs/plan.md has the whole problem. Some decisions are whole: the tank and the heat pump are on
 * or off (the heat pump for a while at least), the car charges at its least power or not at all.
 *
 * How: see docs/plan.md. There is a plan from the first moment on, and a better one as time goes
 * by; `bound` says what no plan can beat. Constraints that can't all be kept give way, each at its
 * price; the result tells which did and what that cost. Prices alone decide: who wants an order
 * sets them so that each outweighs those below it, and over_eur_per_kwh above all of them; then the
 * search begins with that order, too.
 *
 * Call order: ohm_home_check, ohm_home_size, ohm_home_init, ohm_home_solve. Memory is the
 * caller's; nothing is allocated while solving. The clock is the caller's too: it is asked between
 * pieces of work of a millisecond or two. */
#ifndef OHM_PLAN_HOME_H
#define OHM_PLAN_HOME_H

#include "base/err.h"
#include "plan/stage.h"

enum {
    OHM_HOME_STEPS_MAX = 3072, /* ten days of five minutes, and some */
    OHM_HOME_STAY_STEPS = 52,  /* of the car, where stay_h is 0 */
};

/* What the format of docs/plan.md has no name for. */
#define OHM_HOME_WATER_EUR_PER_KWH 4.0
#define OHM_HOME_OVER_EUR_PER_KWH  5.0

typedef struct ohm_home_battery {
    double least_kwh, most_kwh, start_kwh;
    double charge_kw, discharge_kw, charge_ratio, discharge_ratio;
    double wear_eur_per_kwh;
    double end_eur_per_kwh; /* what a kWh above start_kwh is worth at the end */
    bool free_end;          /* it may end below start_kwh, each kWh at that price; else never */
} ohm_home_battery;

typedef struct ohm_home_car {
    double least_kw, most_kw, ratio, need_kwh, short_eur_per_kwh;
    /* How long a stay is: one that the horizon cuts needs its part. 0: OHM_HOME_STAY_STEPS. */
    double stay_h;
    double got_kwh; /* what it got already, of the stay that is on at the start */
} ohm_home_car;

typedef struct ohm_home_tank {
    double power_kw, loss_ratio, start_kwh, least_kwh, most_kwh;
    double short_eur_per_kwh; /* an hour below least_kwh */
    double water_eur_per_kwh; /* hot water that is not there; 0: OHM_HOME_WATER_EUR_PER_KWH */
} ohm_home_tank;

typedef struct ohm_home_pump {
    double least_kw, most_kw, start_eur;
    int hold_on, hold_off; /* steps */
    bool running;          /* before the first step */
    double a, b, c, d;     /* x = a·x + b·cop·p + drift, y = c·x + d·cop·p + offset */
    double start_c, end_c; /* the model's state: now, and what it should be at the end */
    double low_c, high_c, low_eur, high_eur, end_eur;
} ohm_home_pump;

typedef struct ohm_home {
    int steps;
    double dt_h, subscribed_kw;
    bool has_battery, has_car, has_tank, has_pump;
    double over_eur_per_kwh; /* load that is not served; 0: OHM_HOME_OVER_EUR_PER_KWH */
    bool brief;              /* where many are solved: without other starts of the search */
    ohm_home_battery battery;
    ohm_home_car car;
    ohm_home_tank tank;
    ohm_home_pump pump;
    /* By steps. */
    const double *import_eur, *export_eur, *load_kw, *pv_kw, *draw_kw;
    const double *car_here; /* 0 or 1 */
    const double *cop, *drift, *offset;
    /* What may be drawn from the grid in each step. NULL: subscribed_kw in all of them. Feeding in
     * knows that one only. */
    const double *import_kw;
    /* The least in the tank at the end of each step. NULL: tank.least_kwh in all of them. */
    const double *tank_least_kwh;
    /* Steps (1; else 0) in which the tank may not heat, or the car charge, whatever room there is.
     * NULL: none. */
    const double *tank_held, *car_held;
    /* What of import_eur is a weight that nobody is paid. NULL: nothing. */
    const double *weight_eur;
} ohm_home;

static inline double ohm_home_tank_least_kwh(const ohm_home *problem, int step)
{
    return problem->tank_least_kwh ? problem->tank_least_kwh[step] : problem->tank.least_kwh;
}

static inline bool ohm_home_tank_may(const ohm_home *problem, int step)
{
    return !problem->tank_held || problem->tank_held[step] <= 0.5;
}

/* It is there, and nothing holds it off. */
static inline bool ohm_home_car_may(const ohm_home *problem, int step)
{
    return problem->car_here[step] > 0.5 && (!problem->car_held || problem->car_held[step] <= 0.5);
}

static inline double ohm_home_import_kw_max(const ohm_home *problem, int step)
{
    return problem->import_kw ? problem->import_kw[step] : problem->subscribed_kw;
}

/* What may give way. */
typedef enum ohm_home_limit {
    OHM_HOME_TANK_END, /* as much hot water at the end as at the start */
    OHM_HOME_TEMP_END,
    OHM_HOME_TEMP_HIGH,
    OHM_HOME_TEMP_LOW,
    OHM_HOME_TANK_LEAST,
    OHM_HOME_BATTERY, /* a start outside of its range: until it is back */
    OHM_HOME_CAR_NEED,
    OHM_HOME_WATER,   /* hot water that is not there */
    OHM_HOME_POWER,   /* load that is not served: the subscribed power is hard */
    OHM_HOME_FEED_IN, /* more comes back than may be fed in or curtailed */
    OHM_HOME_LIMITS
} ohm_home_limit;

typedef struct ohm_home_gave {
    int steps;
    double most; /* kWh, K or kW */
    double cost_eur;
} ohm_home_gave;

/* By steps, in kW. */
typedef struct ohm_home_controls {
    const double *import_kw, *export_kw, *curtail_kw, *shed_kw;
    const double *charge_kw, *discharge_kw, *car_kw, *pump_kw;
    const double *tank_on, *pump_on; /* 0 or 1 */
} ohm_home_controls;

typedef struct ohm_home_result {
    double objective_eur, bound_eur;
    double weight_eur; /* what of the objective is weights */
    int iterations;    /* linear programs solved */
    bool time_over;    /* the clock ended the search */
    /* What the same day costs by rules alone (charge at once, heat when it gets cold), and what
     * gives way then. */
    double rules_eur, rules_weight_eur;
    const double
        *rules_kw; /* what the home draws then, less what it feeds in; in the plan's memory */
    ohm_home_gave rules_gave[OHM_HOME_LIMITS];
    /* In the objective, but paid to nobody: starts of the pump and the battery's wear, and what the
     * battery holds more at the end than at the start (which is taken off). */
    double wear_eur, stored_eur, rules_wear_eur, rules_stored_eur;
    ohm_home_gave gave[OHM_HOME_LIMITS];
} ohm_home_result;

typedef ohm_stage_clock ohm_home_clock;

typedef struct ohm_home_plan ohm_home_plan;

/* Says what is impossible in a problem: `at` is the step. */
OHM_MUST_CHECK ohm_err ohm_home_check(const ohm_home *problem);

size_t ohm_home_size(const ohm_home *problem);

/* `memory` has ohm_home_size bytes, aligned as double, and holds the plan. */
ohm_home_plan *ohm_home_init(const ohm_home *problem, void *memory);

/* Solves; `controls` borrows from the plan's memory until the next call. */
void ohm_home_solve(ohm_home_plan *plan, const ohm_home *problem, const ohm_home_clock *clock,
                    ohm_home_controls *controls, ohm_home_result *result);

#endif
