/* The parts of the home's planner; only its own files include this. */
#ifndef OHM_PLAN_HOME_OWN_H
#define OHM_PLAN_HOME_OWN_H

#include "plan/home.h"

/* Not in the problem's file, but of it. */
#define SHED_EUR_PER_KWH     5.0
#define WATER_EUR_PER_KWH    4.0
#define TANK_END_EUR_PER_KWH 0.15
#define SHED_KW_MAX          1e4
#define CAR_OVER_KWH         2.0
/* What must not be: dearer than all that may give way. */
#define FORBIDDEN_EUR_PER_KWH 50.0

static inline double home_min(double a, double b)
{
    return a < b ? a : b;
}

static inline double home_max(double a, double b)
{
    return a > b ? a : b;
}

enum { PIECES_MAX = 12 };

/* A convex function of the power drawn from the grid's side, by pieces in the order of their
 * slopes; it starts at `from` and goes on for ever. */
typedef struct pieces {
    int count;
    double from, start_eur; /* where it starts, and what it is there */
    double width[PIECES_MAX], slope[PIECES_MAX];
} pieces;

void pieces_add(pieces *to, double low, double high, double slope);
double pieces_at(const pieces *of, double power);

/* What a step's import, export, curtailment and shedding cost; and a convex bound of that where
 * import and export exclude each other. */
void home_grid(const ohm_home *problem, int k, pieces *out);
void home_grid_bound(const ohm_home *problem, int k, pieces *out);
/* The cheapest split of net power `net_kw`, and what it costs. */
typedef struct split {
    double import_kw, export_kw, curtail_kw, shed_kw, over_kw, cost_eur;
} split;
split home_split(const ohm_home *problem, int k, double net_kw);
bool home_excludes(const ohm_home *problem);

/* The whole decisions of a plan, by steps. */
typedef struct pattern {
    unsigned char *car, *tank, *pump;
} pattern;

/* The linear programs: relaxed, all whole decisions are free between off and on; else they are as
 * the pattern says. */
typedef struct home_lp {
    ohm_stage stage;
    bool relaxed, bounds;                                      /* bounds: by home_grid_bound */
    int battery, car, tank, pump;                              /* the state of each; -1: none */
    int charge, discharge, car_kw, tank_kw, water_kw, pump_kw; /* the inputs */
    int row_battery, row_car, row_tank, row_comfort, row_grid;
    int limit_battery, limit_car, limit_tank, limit_comfort, limit_grid; /* the first of each */
} home_lp;

size_t home_lp_size(const ohm_home *problem, bool relaxed);
void home_lp_init(home_lp *lp, const ohm_home *problem, bool relaxed, void *memory);
/* Returns the result; the inputs are in lp->stage.u. */
ohm_stage_result home_lp_solve(home_lp *lp, const ohm_home_plan *plan, const pattern *at,
                               double *ret_constant);

enum { CONTROLS = 10 };

struct ohm_home_plan {
    const ohm_home *problem;
    home_lp relaxed, polish;
    pattern now, best;
    double *u[CONTROLS]; /* the controls of the best plan, in the order of ohm_home_controls */
    double *values;      /* of a dynamic program */
    double *window_need; /* by stages: what the car needs when the window ends there; 0: none */
    double *worth[3];    /* of a kWh in the battery, in the car, and of a kW of the pump */
    pieces *around;      /* by steps: what a device's power costs, the others answering to it */
    unsigned char *no_charge, *no_discharge; /* by steps: the battery never does both */
    double best_eur, bound_eur;
    int solved;
    const ohm_home_clock *clock;
};

/* Which device a dynamic program is for. */
typedef enum device { DEVICE_PUMP, DEVICE_TANK, DEVICE_CAR, DEVICES } device;

/* Fills plan->around: the grid, and the other devices' answers at what their energy is worth. */
void home_around(ohm_home_plan *plan, const home_lp *lp, const pattern *at, device of);

/* The dynamic programs: the best whole decisions of one device against `around`. */
enum { TANK_LEVELS = 160, CAR_LEVELS = 240, PUMP_LEVELS = 160, PUMP_STATES = 16, POWER_LEVELS = 7 };

void home_tank_dp(ohm_home_plan *plan, unsigned char *on);
void home_car_dp(ohm_home_plan *plan, unsigned char *on);
void home_pump_dp(ohm_home_plan *plan, unsigned char *on);
/* What the tank's decisions cost by themselves, unserved and short. */
double home_tank_cost(const ohm_home *problem, const unsigned char *on, ohm_home_gave *gave);

#endif
