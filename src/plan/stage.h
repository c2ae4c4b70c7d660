/* The solver under every plan: a convex problem in stages, by a primal-dual interior point.
 *
 *   minimise    sum over k of r_k'u_k + what is paid at the limits
 *   where       x_{k+1} = A_k x_k + B_k u_k + d_k,  x_0 given
 *               row_k = C_k x_k + D_k u_k + e_k
 *
 * A limit holds a row, or an input, below (upper) or above (lower) a bound: hard, or soft at
 * weight·s + curve·s² where s is by how much it is passed. Every input has a hard lower and a hard
 * upper limit; that is what makes the bound of an answer one that holds for sure.
 *
 * Each iteration eliminates slacks and multipliers limit by limit and solves the rest by a Riccati
 * recursion (Rao, Wright and Rawlings, JOTA 99 (1998)), twice with one factorisation (Mehrotra's
 * predictor and corrector, SIAM J. Optim. 2 (1992)). docs/plan.md tells the details.
 *
 * Memory is the caller's: ohm_stage_size, then ohm_stage_init; nothing is allocated later. After
 * ohm_stage_init no stage has dynamics, every row is zero, every limit is out of the way (of
 * inputs: -1 and 1): the caller fills in what there is, and solves as often as it likes. Arrays
 * are indexed by the stage and have stage->len entries, the count of stages rounded up.
 * Deterministic: + - * / and sqrt in one order. */
#ifndef OHM_PLAN_STAGE_H
#define OHM_PLAN_STAGE_H

#include <stddef.h>

#include "base/err.h"

enum {
    OHM_STAGE_STATES_MAX = 4,
    OHM_STAGE_INPUTS_MAX = 6,
    OHM_STAGE_VARS_MAX = OHM_STAGE_STATES_MAX + OHM_STAGE_INPUTS_MAX,
    OHM_STAGE_ROWS_MAX = 6,
    OHM_STAGE_LIMITS_MAX = 32,
    OHM_STAGE_STAGES_MAX = 16384,
    OHM_STAGE_ITERATIONS_MAX = 60,
};

/* Where a limit that does not exist is put. */
#define OHM_STAGE_FAR 1e6

typedef struct ohm_stage_limit_shape {
    int row; /* below `inputs`: that input; else row - inputs of the rows */
    bool upper, hard;
} ohm_stage_limit_shape;

typedef struct ohm_stage_shape {
    int stages, states, inputs, rows, limits;
    /* Bit v: the row uses variable v (states first, then inputs). */
    uint32_t row_uses[OHM_STAGE_ROWS_MAX];
    ohm_stage_limit_shape limit[OHM_STAGE_LIMITS_MAX];
} ohm_stage_shape;

typedef struct ohm_stage_limit {
    ohm_stage_limit_shape shape;
    double sign;                    /* 1 upper, -1 lower */
    double *bound, *weight, *curve; /* filled in by the caller; the last two of soft limits */
    double *slack, *slack_price;    /* t = sign·(bound - row) + s, and its multiplier */
    double *over, *over_price;      /* s of a soft limit, and its multiplier */
    double *it, *is, *id, *a, *c;   /* of one iteration: see stage_limit.c */
    double *pt, *ps;
    double *dt, *ds, *dl, *dv;
} ohm_stage_limit;

typedef struct ohm_stage_row {
    double *coef[OHM_STAGE_VARS_MAX]; /* NULL: not used */
    double *offset;
    double *value, *change, *bend, *slope; /* the solver's */
} ohm_stage_row;

typedef struct ohm_stage {
    ohm_stage_shape shape;
    int len;
    double x0[OHM_STAGE_STATES_MAX];
    double *a[OHM_STAGE_STATES_MAX][OHM_STAGE_STATES_MAX];
    double *b[OHM_STAGE_STATES_MAX][OHM_STAGE_INPUTS_MAX];
    double *d[OHM_STAGE_STATES_MAX];
    double *cost[OHM_STAGE_INPUTS_MAX];
    ohm_stage_row row[OHM_STAGE_INPUTS_MAX + OHM_STAGE_ROWS_MAX]; /* inputs first */
    ohm_stage_limit limit[OHM_STAGE_LIMITS_MAX];
    double *x[OHM_STAGE_STATES_MAX], *u[OHM_STAGE_INPUTS_MAX]; /* the answer */
    /* The linear algebra of one iteration. */
    double *h[OHM_STAGE_VARS_MAX][OHM_STAGE_VARS_MAX]; /* the lower half of the Hessian */
    double *g[OHM_STAGE_VARS_MAX];
    double *dx[OHM_STAGE_STATES_MAX], *du[OHM_STAGE_INPUTS_MAX];
    double *p[OHM_STAGE_STATES_MAX]; /* gradient of the cost to go */
    double *gain[OHM_STAGE_INPUTS_MAX][OHM_STAGE_STATES_MAX];
    double *pivot[OHM_STAGE_INPUTS_MAX][OHM_STAGE_INPUTS_MAX];
    double *closed[OHM_STAGE_STATES_MAX][OHM_STAGE_STATES_MAX];
    double *feed[OHM_STAGE_INPUTS_MAX];
    double *price[OHM_STAGE_STATES_MAX]; /* of the certificate: d cost / d x */
    double *ratio_p, *ratio_d, *sum[4];
    double dual_left, hard_left; /* what is left of the residuals at the start, 0..1 */
} ohm_stage;

/* The caller's clock, asked between pieces of work. */
typedef struct ohm_stage_clock {
    bool (*is_over)(void *ctx); /* NULL: there is time for all */
    void *ctx;
} ohm_stage_clock;

typedef struct ohm_stage_options {
    double scale;       /* what a step costs about, in EUR; 0: from the costs of the inputs */
    bool warm;          /* start from what the arrays hold: after ohm_stage_shift, or as they are */
    bool rough;         /* only near, and no certificate: the tolerance is of all inputs' cost */
    bool go_on;         /* with the iterations that the last solve ended, to a finer tolerance */
    double tolerance;   /* of the gap, relative to 1 + |objective| */
    int iterations_max; /* 0: OHM_STAGE_ITERATIONS_MAX */
    const ohm_stage_clock *clock; /* NULL: none. When it is over the answer is what there is */
} ohm_stage_options;

typedef struct ohm_stage_result {
    double objective; /* of the inputs that are returned, simulated: no slack, no multiplier */
    double bound;     /* no inputs cost less: from multipliers that are feasible for sure */
    double violation; /* by how much a hard limit is passed at most: where none can be kept, too */
    int iterations;
    bool converged; /* the gap and the violation are within the tolerance */
} ohm_stage_result;

/* The bytes that ohm_stage_init needs; 0 when the shape is beyond the limits above. */
size_t ohm_stage_size(const ohm_stage_shape *shape);

/* `memory` has ohm_stage_size bytes, aligned as double, and lives as long as the stage. */
void ohm_stage_init(ohm_stage *stage, const ohm_stage_shape *shape, void *memory);

/* Solves; the answer is in stage->u and stage->x, as good as the result says. The inputs are
 * within their limits always. */
ohm_stage_result ohm_stage_solve(ohm_stage *stage, const ohm_stage_options *options);

/* Takes the answer one step on, for a warm start: each of the first `count` stages gets that of the
 * stage after it. */
void ohm_stage_shift(ohm_stage *stage, int count);

/* The objective and the bound of what the arrays hold (solve ends with it). */
void ohm_stage_certify(ohm_stage *stage, ohm_stage_result *result);

#endif
