/* The parts of the joint planner; only its own files include this. */
#ifndef OHM_PLAN_JOINT_OWN_H
#define OHM_PLAN_JOINT_OWN_H

#include "plan/home_own.h"
#include "plan/joint.h"
#include "plan/line.h"

/* What one zone's program works in: lines of this step and of the next by ages, and two more. */
typedef struct zone_work {
    line now[PUMP_STATES], then[PUMP_STATES];
    line led[2], least;
    double *low, *high; /* by steps: what the state can come to */
    line_turns *turns;  /* by steps, two each: what to do where on and off are free */
} zone_work;

/* A zone alone, where a step on costs eur[k] besides: on or off by steps, and what no other way is
 * cheaper than. */
double joint_zone_solve(const ohm_joint *problem, int z, const double *eur, zone_work *work,
                        unsigned char *on);
/* What the zone's steps cost by themselves, its starts among it; *ret_starts_eur: those. */
double joint_zone_eur(const ohm_joint *problem, int z, const unsigned char *on, ohm_home_gave *gave,
                      double *ret_starts_eur);
/* As its thermostat does it. */
void joint_zone_rules(const ohm_joint *problem, int z, unsigned char *on);

static inline double joint_zone_kw(const ohm_joint *problem, int z)
{
    return problem->zone[z].pump.most_kw;
}

#endif
