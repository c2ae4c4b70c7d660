/* A battery beside a known need, exactly: what it does in the next step.
 *
 *   minimise  sum over k of what the meter costs at need_k + p_k, and wear·|p_k|
 *             - end_eur_per_kwh · what is stored at the end
 *   where     stored energy stays between 0 and most_kwh; p > 0 charges at charge_ratio, p < 0
 *             discharges at discharge_ratio
 *
 * What the rest of the horizon costs is a convex function of the energy stored, a chain of lines;
 * a step back merges the chain of its own costs into it, in the order of the slopes (the infimal
 * convolution of both), and cuts off what can't be stored. Some 10 µs for a day of quarters of an
 * hour. Memory is the caller's. Deterministic: + - * / only.
 *
 * Two things bend a step's costs the other way, so that no chain is exact: a price so far below
 * nothing that losses pay, and, where a step can go from the one to the other, feed-in that pays
 * more than import costs. There the plan is made with costs that are nowhere below the true ones
 * (what the detour would bring is not counted on), and the bound with their convex hull, which is
 * nowhere above. Else both are the true ones, and objective and bound meet. */
#ifndef OHM_PLAN_BATTERY_H
#define OHM_PLAN_BATTERY_H

#include <stddef.h>

#include "base/err.h"

enum { OHM_BATTERY_STEPS_MAX = 1024 };

typedef struct ohm_battery {
    int steps;
    double step_h, most_kwh, stored_kwh; /* stored now */
    double charge_kw, discharge_kw, charge_ratio, discharge_ratio;
    double wear_eur_per_kwh, end_eur_per_kwh;
    double line_kw;         /* import above costs OHM_BATTERY_OVER_EUR more; 0: no limit */
    const double *lines_kw; /* the same by steps, instead; NULL: line_kw in all of them */
    const double *need_kw;  /* by steps; < 0: surplus */
    const double *import_eur_per_kwh, *export_eur_per_kwh;
} ohm_battery;

/* What a kWh above the line costs besides: as much as shedding does. */
#define OHM_BATTERY_OVER_EUR 5.0

/* The doubles that a plan of so many steps works in. */
size_t ohm_battery_room(int steps);

/* Says what is impossible in a problem: `at` is the step. */
OHM_MUST_CHECK ohm_err ohm_battery_check(const ohm_battery *problem);

/* With the need's own cost at the meter: whoever goes on planning step by step pays
 * `objective_eur` at most, and nobody less than `bound_eur`. */
typedef struct ohm_battery_result {
    double objective_eur, bound_eur;
} ohm_battery_result;

/* The power of the first step, kW, of a problem that passed the check. `room`: ohm_battery_room
 * doubles. */
double ohm_battery_plan(const ohm_battery *problem, double *room, ohm_battery_result *ret_result);

#endif
