/* A home's day or two with several zones that are heated on or off, behind one meter.
 *
 * What they share is the meter: its prices, its subscribed power, the panels. Prices on the shared
 * power (Lagrange's) part the problem: each zone by itself is solved to a certified tolerance
 * (joint_zone.c), car, tank and battery by plan/home.h, and the sum is a bound that no plan of all
 * of them together goes below. The plan itself is made against the meter's true costs, one zone
 * after the other, begun anew from what the prices suggest; it is there from the first moment.
 *
 * Call order: ohm_joint_check, ohm_joint_size, ohm_joint_init, ohm_joint_solve. Memory is the
 * caller's. The clock is asked between pieces of work of some milliseconds. */
#ifndef OHM_PLAN_JOINT_H
#define OHM_PLAN_JOINT_H

#include "plan/home.h"

enum { OHM_JOINT_ZONES_MAX = 16 };

/* As the pump of a home; least_kw is most_kw. */
typedef struct ohm_joint_zone {
    ohm_home_pump pump;
    const double *cop, *drift, *offset; /* by steps */
} ohm_joint_zone;

typedef struct ohm_joint {
    ohm_home home; /* without a pump; load_kw is what nobody plans */
    int zones;
    const ohm_joint_zone *zone;
} ohm_joint;

typedef struct ohm_joint_result {
    /* Of all: the zones' temperatures and starts are in it. */
    ohm_home_result home;
    int rounds; /* of prices on the shared power */
} ohm_joint_result;

typedef struct ohm_joint_plan ohm_joint_plan;

/* Says what is impossible in a problem: `at` is the step. */
OHM_MUST_CHECK ohm_err ohm_joint_check(const ohm_joint *problem);

size_t ohm_joint_size(const ohm_joint *problem);

/* `memory` has ohm_joint_size bytes, aligned to 64, and holds the plan. */
ohm_joint_plan *ohm_joint_init(const ohm_joint *problem, void *memory);

/* `controls` borrows from the plan's memory until the next call; its pump is none. */
void ohm_joint_solve(ohm_joint_plan *plan, const ohm_home_clock *clock, ohm_home_controls *controls,
                     ohm_joint_result *result);

/* By steps: 1 where the zone is heated. */
const double *ohm_joint_on(const ohm_joint_plan *plan, int zone);

#endif
