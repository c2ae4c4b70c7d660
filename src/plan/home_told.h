/* What to tell of a home's plan: how full its stores get, what a kWh more would have cost in each
 * step, and why a device runs then or does not. All of it follows from the problem and the
 * controls. */
#ifndef OHM_PLAN_HOME_TOLD_H
#define OHM_PLAN_HOME_TOLD_H

#include "plan/home.h"
#include "plan/why.h"

typedef enum ohm_home_device {
    OHM_HOME_TANK,
    OHM_HOME_CAR,
    OHM_HOME_PUMP,
    OHM_HOME_DEVICES
} ohm_home_device;

/* At the end of each step: kWh in the tank, kWh that the car got in its stay (0 while it is away),
 * and the comfort temperature within the step. `out` has a number for each step. */
void ohm_home_levels(const ohm_home *problem, const ohm_home_controls *controls,
                     ohm_home_device device, double *out);

bool ohm_home_runs(const ohm_home_controls *controls, ohm_home_device device, int step);

/* What a kWh more in that step costs, EUR: the price of import, what its export brought where
 * there is some, nothing where panels are curtailed. */
double ohm_home_marginal(const ohm_home *problem, const ohm_home_controls *controls, int step);

/* Why the device runs in that step, or does not: against the best other step in which it could
 * have done so (of the car: of that stay). */
ohm_plan_reason ohm_home_why(const ohm_home *problem, const ohm_home_controls *controls,
                             ohm_home_device device, int step);

#endif
