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
 * hour. Feed-in that pays more than import costs is taken to pay as much. Memory is the caller's.
 * Deterministic: + - * / only. */
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
    double line_kw;        /* import above costs OHM_BATTERY_OVER_EUR more; 0: no limit */
    const double *need_kw; /* by steps; < 0: surplus */
    const double *import_eur_per_kwh, *export_eur_per_kwh;
} ohm_battery;

/* What a kWh above the line costs besides: as much as shedding does. */
#define OHM_BATTERY_OVER_EUR 5.0

/* The doubles that a plan of so many steps works in. */
size_t ohm_battery_room(int steps);

/* Says what is impossible in a problem: `at` is the step. */
OHM_MUST_CHECK ohm_err ohm_battery_check(const ohm_battery *problem);

/* The power of the first step, kW, of a problem that passed the check. `room`: ohm_battery_room
 * doubles. */
double ohm_battery_plan(const ohm_battery *problem, double *room);

#endif
