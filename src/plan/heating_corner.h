/* The heating of a zone with two states, from corner to corner: a simplex whose basis is factored
 * along the steps.
 *
 * At a corner of the problem each step's power is at one of its limits, or it is free and keeps a
 * temperature (or what the horizon ends with) at one. Such a limit, led backwards through the steps
 * until a free power answers for it, is at any time at most as many equations as there are states:
 * two short sweeps give the powers, two more all prices, and one the way along an edge. From a
 * corner that was good a step before, few edges lead to the best one.
 *
 * Only where all costs are lines: overheating that costs by a curve may be priced, but not
 * taken. Memory is the caller's. Deterministic: + - * / only. */
#ifndef OHM_PLAN_HEATING_CORNER_H
#define OHM_PLAN_HEATING_CORNER_H

#include <stddef.h>

#include "plan/heating.h"

enum { OHM_HEATING_CORNER_STEPS_MAX = 1024 };

typedef enum ohm_corner_power { OHM_CORNER_LOW, OHM_CORNER_HIGH, OHM_CORNER_FREE } ohm_corner_power;

typedef enum ohm_corner_comfort {
    OHM_CORNER_UNDER,
    OHM_CORNER_AT_LOW,
    OHM_CORNER_INSIDE,
    OHM_CORNER_AT_HIGH,
    OHM_CORNER_OVER
} ohm_corner_comfort;

/* One step of the factored basis. The equations that later steps left are in two places. */
typedef struct ohm_corner_step {
    double x[2], u, y;
    double slope, reduced;           /* what a kelvin of comfort, a kW of power cost more */
    double beta[2];                  /* what the power does to the equations of x_{k+1} */
    double gain[2], feed, inverse;   /* a free power: feed - gain·x */
    double ratio[3], pivot_rows[2];  /* the others' share of the eliminated one, and its row */
    double base, alpha;              /* of the prices */
    double dx[2], du, dy, feed_move; /* along an edge */
    int8_t pending, pivot, place;    /* bits; which one was eliminated; where its own row went */
    int16_t origin;                  /* of the eliminated equation */
    uint8_t power, comfort;
} ohm_corner_step;

typedef struct ohm_corner_meet {
    double at, jump;
    int what;
    bool hard;
} ohm_corner_meet;

typedef struct ohm_heating_corner {
    ohm_corner_step *step;
    ohm_corner_meet *meets;
    uint8_t end[2]; /* ohm_corner_comfort of what the last states lack */
    double end_slope[2];
    bool known; /* the places are those of a corner, or close to one */
    int edges;  /* gone along by the last solve */
} ohm_heating_corner;

/* Whether it is of that kind: two states, and nothing that crosses. */
bool ohm_heating_corner_fits(const ohm_heating *problem);

size_t ohm_heating_corner_size(int steps);
void ohm_heating_corner_init(ohm_heating_corner *work, int steps, void *memory);

/* The corner of before for the problem a step later. */
void ohm_heating_corner_shift(ohm_heating_corner *work, int steps);

/* The corner next to an answer of the interior point. */
void ohm_heating_corner_from(ohm_heating_corner *work, const ohm_heating *problem,
                             const ohm_stage *stage);

/* When to give up: after so many edges, or where so many would save something. */
typedef struct ohm_corner_patience {
    int edges, choices;
} ohm_corner_patience;

/* Goes from the corner that is known to the best one: powers to `u`, *ret_bound: none cost less.
 * false: it gave up, and `u` holds nothing of use. */
OHM_MUST_CHECK bool ohm_heating_corner_solve(ohm_heating_corner *work, const ohm_heating *problem,
                                             const ohm_corner_patience *patience, double *u,
                                             double *ret_bound);

#endif
