/* The heating of one zone: when to heat, so that comfort and money cost least together.
 *
 *   minimise  sum over k of cost_k·u_k + low_price·below_k + high_price·above_k +
 * high_curve·above_k²
 *             + sum over i of end_price_i·short_i
 *   where     x_{k+1} = A x_k + B u_k + d_k, y_k = C x_k + D u_k + e_k, u_min ≤ u_k ≤ u_max,
 *             below and above are by how much y_k leaves [y_min, y_max], and
 *             short_i is what x_N,i lacks to end_i (what heat is worth after the horizon).
 *
 * Every limit but the power's gives way at its price, so there is always a plan. One state is
 * solved exactly (heating_exact.h), two by the interior point (stage.h) and from corner to corner
 * (heating_corner.h): objective and bound say how good the answer is.
 *
 * Call order: ohm_heating_check, ohm_heating_size, ohm_heating_init once, then ohm_heating_solve
 * as often as facts change. */
#ifndef OHM_PLAN_HEATING_H
#define OHM_PLAN_HEATING_H

#include "plan/stage.h"

enum {
    OHM_HEATING_STATES_MAX = 2,
    OHM_HEATING_STEPS_MAX = 10080, /* five weeks of five minutes */
};

/* kW, °C, EUR per kW of one step, EUR per K of one step. */
typedef struct ohm_heating {
    int steps, states;
    double a[OHM_HEATING_STATES_MAX][OHM_HEATING_STATES_MAX];
    double b[OHM_HEATING_STATES_MAX], c[OHM_HEATING_STATES_MAX], d;
    double x0[OHM_HEATING_STATES_MAX];
    double u_min, u_max, y_min, y_max;
    double low_price, high_price, high_curve;
    double end_price[OHM_HEATING_STATES_MAX], end[OHM_HEATING_STATES_MAX];
    const double *cost;                          /* steps of each */
    const double *drift[OHM_HEATING_STATES_MAX]; /* d_k: weather and gains, on the states */
    const double *offset;                        /* e_k: the same, on y */
} ohm_heating;

/* What gave way, in the order in which it was meant to. */
typedef enum ohm_heating_limit {
    OHM_HEATING_END,
    OHM_HEATING_HIGH,
    OHM_HEATING_LOW,
    OHM_HEATING_LIMITS
} ohm_heating_limit;

typedef struct ohm_heating_gave {
    int steps;       /* in which the limit was passed */
    double most;     /* by how much at most, in K */
    double cost_eur; /* what that costs in all */
} ohm_heating_gave;

typedef struct ohm_heating_result {
    double objective_eur, bound_eur;
    int iterations;
    ohm_heating_gave gave[OHM_HEATING_LIMITS];
} ohm_heating_result;

struct ohm_heating_exact;
struct ohm_heating_corner;

typedef struct ohm_heating_plan {
    ohm_stage stage;
    struct ohm_heating_exact *exact;   /* NULL: too many steps or states for it */
    struct ohm_heating_corner *corner; /* likewise */
    bool solved; /* by the interior point, so that there is something to start from */
    double unit; /* of its currency */
    double *u;   /* the answer: `steps` powers in kW */
    double *tried, *near;
    bool exact_known; /* the answer is the exact program's */
} ohm_heating_plan;

/* Says what is impossible in a problem: `at` is the step. */
OHM_MUST_CHECK ohm_err ohm_heating_check(const ohm_heating *problem);

size_t ohm_heating_size(int steps, int states);

/* `memory` has ohm_heating_size bytes, aligned as double, and lives as long as the plan. */
void ohm_heating_init(ohm_heating_plan *plan, int steps, int states, void *memory);

typedef struct ohm_heating_options {
    bool warm;                    /* it is the last problem a step later */
    const ohm_stage_clock *clock; /* NULL: there is time for all */
} ohm_heating_options;

/* Solves a problem of that size that passed the check. */
void ohm_heating_solve(ohm_heating_plan *plan, const ohm_heating *problem,
                       const ohm_heating_options *options, ohm_heating_result *result);

#endif
