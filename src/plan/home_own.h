/* The parts of the home's planner; only its own files include this. */
#ifndef OHM_PLAN_HOME_OWN_H
#define OHM_PLAN_HOME_OWN_H

#include "plan/home.h"

/* Not in the problem's file, but of it. */
#define TANK_END_EUR_PER_KWH 0.15
/* An hour of a kWh that the battery is outside of its range, where it starts outside. */
#define RANGE_EUR_PER_KWH 1.0
#define SHED_KW_MAX       1e4
#define CAR_OVER_KWH      2.0
/* No stay of the car ends there. */
#define NO_WINDOW (-1.0)
/* What must not be: dearer than all that may give way. */
#define FORBIDDEN_EUR_PER_KWH 50.0

static inline double home_over_eur(const ohm_home *of)
{
    return of->over_eur_per_kwh > 0 ? of->over_eur_per_kwh : OHM_HOME_OVER_EUR_PER_KWH;
}

/* Prices keep an order: what is beyond the limits costs more than all else. */
static inline bool home_in_order(const ohm_home *of)
{
    return of->over_eur_per_kwh > OHM_HOME_OVER_EUR_PER_KWH;
}

static inline double home_water_eur(const ohm_home_tank *of)
{
    return of->water_eur_per_kwh > 0 ? of->water_eur_per_kwh : OHM_HOME_WATER_EUR_PER_KWH;
}

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

/* Import and export may not be at once in step k, and it would pay: a plan chooses. */
bool home_chooses(const ohm_home *problem, int k);
/* What a step's import, export, curtailment and shedding cost; sell: export was chosen. And a
 * convex bound of both choices. */
void home_grid(const ohm_home *problem, int k, bool sell, pieces *out);
void home_grid_bound(const ohm_home *problem, int k, pieces *out);
/* The cheapest split of net power `net_kw`, and what it costs. */
typedef struct split {
    double import_kw, export_kw, curtail_kw, shed_kw, over_kw, cost_eur;
} split;
split home_split(const ohm_home *problem, int k, bool sell, double net_kw);
bool home_excludes(const ohm_home *problem);

/* The whole decisions of a plan, by steps. */
typedef struct pattern {
    unsigned char *car, *tank, *pump;
    unsigned char *sell; /* export where home_chooses */
    unsigned char *way;  /* of the battery, where that was chosen */
} pattern;

enum { WAY_ANY, WAY_IN, WAY_OUT };

/* The linear programs: relaxed, all whole decisions are free between off and on; else they are as
 * the pattern says. */
typedef struct home_lp {
    ohm_stage stage;
    bool relaxed, ready, bounds;                               /* bounds: by home_grid_bound */
    int battery, car, tank, pump;                              /* the state of each; -1: none */
    int charge, discharge, car_kw, tank_kw, water_kw, pump_kw; /* the inputs */
    int row_battery, row_car, row_tank, row_comfort, row_grid;
    int limit_battery, limit_car, limit_tank, limit_comfort, limit_grid; /* the first of each */
    int limit_range; /* of a battery that starts outside, or is worth something at the end; or -1 */
} home_lp;

size_t home_lp_size(const ohm_home *problem, bool relaxed);
void home_lp_init(home_lp *lp, const ohm_home *problem, bool relaxed, void *memory);
/* Returns the result; the inputs are in lp->stage.u. */
ohm_stage_result home_lp_solve(home_lp *lp, const ohm_home_plan *plan, const pattern *at,
                               double *ret_constant);

/* Lower bounds of patterns, see home_cuts.c: by steps, then choices of what is on (a bit for each
 * device), then cuts. `base` is what does not depend on the choices, tank and starts left out. */
enum { CUTS = 8, CHOICES = 16 };
typedef struct home_cuts {
    int count;
    double *eur, base[CUTS];
    double *worth[4]; /* of the program that was solved last */
} home_cuts;

/* In the order of ohm_home_controls. */
enum { IMPORT, EXPORT, CURTAIL, SHED, CHARGE, DISCHARGE, CAR, PUMP, TANK_ON, PUMP_ON, CONTROLS };

/* The tank as it goes where no water is bought, up to a step. */
typedef struct tank_walk {
    double kwh, filled_kwh;                    /* filled: never below nothing */
    double short_kwh, deepest_kwh, lowest_kwh; /* below the least: the sum over steps, the most */
    int short_steps;
    bool wrong; /* it was on where it may not */
} tank_walk;

struct ohm_home_plan {
    const ohm_home *problem;
    home_lp relaxed, polish;
    pattern now, best;
    double *u[CONTROLS]; /* the controls of the best plan, in the order of ohm_home_controls */
    pattern kept;        /* while another start is followed: the best of before, as best and u */
    double *rules_kw;    /* at the meter by the rules */
    double *kept_u[CONTROLS], *kept_worth[4];
    double *values;      /* of a dynamic program */
    double *window_need; /* by stages: what the car needs when a stay ends there, or NO_WINDOW */
    double *worth[4];    /* of a kWh in the battery, car, tank; of a kW of the pump */
    pieces *around;      /* by steps: what a device's power costs, the others answering to it */
    pieces *around_sell; /* the same where it is exported */
    unsigned char *may_buy, *may_sell;       /* by steps: which of both there is */
    unsigned char *no_charge, *no_discharge; /* by steps: the battery never does both */
    home_cuts cuts;
    tank_walk *walks; /* of the best plan, before each step: the search's */
    double best_eur, bound_eur;
    ohm_home_result rules; /* of the plan by rules alone */
    int solved, decided;   /* linear programs, dynamic programs */
    const ohm_home_clock *clock;
};

/* Which device a dynamic program is for. */
typedef enum device { DEVICE_PUMP, DEVICE_TANK, DEVICE_CAR, DEVICE_BATTERY, DEVICES } device;
enum { ALL_DEVICES = (1 << DEVICES) - 1 };

/* How the others answer: all of them freely, all but the battery, none. */
typedef enum answers { ANSWERS_ALL, ANSWERS_NO_BATTERY, ANSWERS_NONE, ANSWERS_KINDS } answers;

/* Reads what energy is worth from the certificate of a linear program. */
void home_read_worth(const ohm_home *problem, const home_lp *lp, double *const worth[4]);
void home_add_battery(const ohm_home *problem, double worth, pieces *to);
/* Fills plan->around for a device: the grid, and the others' answers at what their energy is worth.
 * `relaxed`: those of these bits may do anything; else their pattern stands, and what does not
 * answer does as in the best plan. */
void home_around(ohm_home_plan *plan, unsigned relaxed, const pattern *at, device of, answers how);
/* The same; both: where a step chooses between import and export, with either. */
void home_around_grids(ohm_home_plan *plan, unsigned relaxed, const pattern *at, device of,
                       answers how, bool both);
/* What a power of that device costs in step k, up to a constant of the step: importing or
 * exporting, what is cheaper. And which that is. */
double home_around_at(const ohm_home_plan *plan, int k, double power_kw);
bool home_around_sells(const ohm_home_plan *plan, int k, double power_kw);

/* home_cuts.c: what is on in step k of a pattern; one more cut, of a program at `worth` whose
 * objective was `eur` for a pattern; and what the cuts say of these choices, by steps. */
unsigned home_choice(const pattern *at, int k);
void home_cuts_set(home_cuts *cuts, int at_place, const ohm_home *of, double *const worth[4],
                   const pattern *at, double eur);
void home_cuts_at(const home_cuts *cuts, int steps, const unsigned char *choices,
                  double ret_eur[CUTS]);

/* home_again.c: other starts, each followed as the first was, for the work of so many linear
 * programs; the best plan is kept. */
void home_search_again(ohm_home_plan *plan, int tries);
/* home.c: one device after the other, as long as that helps, with the first `kinds` of answers; of
 * one, its decisions into plan->now,
 * true if they are others than the best plan's. */
void home_descend(ohm_home_plan *plan, int kinds);
bool home_improve(ohm_home_plan *plan, unsigned relaxed, device of, answers how);
bool home_has(const ohm_home *problem, device of);

/* home_local.c: small changes of the best plan's decisions, as long as one helps. */
void home_local_search(ohm_home_plan *plan, int tries);
/* Puts a device of plan->now on or off for some steps; false where nothing changes, or it may not.
 */
bool home_change(ohm_home_plan *plan, device of, int from, int to, bool on);
/* How many linear programs that may take. */
int home_local_tries(int steps);
/* home.c: solves for the powers of a pattern, keeps the plan if it is the best; what it costs. */
double home_try(ohm_home_plan *plan, const pattern *at);
bool home_is_over(const ohm_home_plan *plan);
/* That, or there is nothing better. */
bool home_is_done(const ohm_home_plan *plan);
void home_copy_pattern(const ohm_home *problem, pattern *to, const pattern *from);

/* home_bound.c: no plan costs less; -INFINITY where it can't say. To be asked when the relaxation
 * was solved and its worth read; plan->values has `room` numbers. */
double home_whole_bound(ohm_home_plan *plan, size_t room);

/* home_rules.c: a plan by rules alone, at once. */
void home_rules(ohm_home_plan *plan);
/* home.c: what a pattern costs besides its linear program: the tank by itself, the pump's starts.
 */
double home_fixed_eur(const ohm_home *problem, const pattern *at);
double home_starts_eur(const ohm_home *problem, const unsigned char *on);
/* home.c: what the plan in plan->u and plan->best costs. */
void home_account(ohm_home_plan *plan, ohm_home_result *result);

/* The dynamic programs: the best whole decisions of one device against `around`. false: the time
 * was over before they ended, and nothing was decided. */
enum {
    BATTERY_LEVELS = 121,
    TANK_LEVELS = 160,
    CAR_LEVELS = 240,
    PUMP_LEVELS = 160,
    PUMP_HOLD_MAX = 24, /* steps that the program follows; where it is longer, runs are prolonged */
    PUMP_STATES = 2 * PUMP_HOLD_MAX,
    POWER_LEVELS = 7, /* of the car, from its least to its most */
    PUMP_POWERS = 5
};

bool home_tank_dp(ohm_home_plan *plan, unsigned char *on);
bool home_car_dp(ohm_home_plan *plan, unsigned char *on);
/* How long it has been on or off: so many cases. */
int home_pump_ages(const ohm_home *problem);
bool home_pump_dp(ohm_home_plan *plan, unsigned char *on);
/* Runs that are longer at least than the program could follow. */
void home_prolong(const ohm_home_pump *pump, int steps, unsigned char *on);
/* A soft constraint gave way by so much (its unit, times the length of its step or not, is the
 * price's): counted at its price in EUR, and told where it is more than rounding. */
void home_gave_way(ohm_home_gave *gave, double amount, double price);
/* Where to export, of the steps that choose, and the battery's way (in plan->now). */
bool home_battery_dp(ohm_home_plan *plan, bool tank_answers, unsigned char *sell);
/* What the tank's decisions cost by themselves, unserved and short. */
double home_tank_cost(const ohm_home *problem, const unsigned char *on, ohm_home_gave *gave);
tank_walk home_tank_start(const ohm_home *problem);
void home_tank_walk(const ohm_home *problem, const unsigned char *on, int from, int to,
                    tank_walk *walk);
/* What a walk to the end costs; not exact: at least. */
double home_tank_least_eur(const ohm_home *problem, const tank_walk *of, bool *ret_exact);

#endif
