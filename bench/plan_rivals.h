/* For bench_plan: GLPK and Clp on the same linear programs, by their libraries as Debian has them
 * (glpk-utils, coinor-clp), opened at run time: no header of theirs, no link. */
#ifndef OHM_BENCH_PLAN_RIVALS_H
#define OHM_BENCH_PLAN_RIVALS_H

#include <stdbool.h>

#include "plan/heating.h"

/* The heating of a zone as rows and columns; the matrix stays, the rest is of one start. */
typedef struct rival_lp {
    int cols, rows, count;
    int *start, *index; /* by columns */
    double *value, *low, *high, *cost, *row_low, *row_high;
} rival_lp;

void rival_lp_make(rival_lp *lp, const ohm_heating *problem);
/* Another start of the same zone: costs and right sides. */
void rival_lp_update(rival_lp *lp, const ohm_heating *problem);
void rival_lp_free(rival_lp *lp);

typedef enum rival_kind { GLPK_SIMPLEX, GLPK_INTERIOR, CLP_DUAL, CLP_PRESOLVE, RIVALS } rival_kind;
extern const char *const rival_names[RIVALS];

/* Opens what there is; false: neither. */
bool rivals_open(void);
bool rival_is_there(rival_kind kind);
/* Loads a program anew. */
void rival_load(rival_kind kind, const rival_lp *lp);
/* Takes its costs and right sides over, keeping the basis. */
void rival_change(rival_kind kind, const rival_lp *lp);
/* Solves from what is there; the objective. */
double rival_solve(rival_kind kind);

#endif
