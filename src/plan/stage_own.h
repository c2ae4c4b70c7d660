/* The parts of the stage solver; only its own files include this. */
#ifndef OHM_PLAN_STAGE_OWN_H
#define OHM_PLAN_STAGE_OWN_H

#include "plan/stage.h"

typedef struct ohm_stage_sums {
    double gap;                /* sum of slack × multiplier */
    double primal, dual, both; /* of Δslack·λ, slack·Δλ, Δslack·Δλ */
    double ratio_primal, ratio_dual;
} ohm_stage_sums;

/* stage_limit.c: element by element over the stages, so that the compiler can take several. */
void ohm_stage_limits_start(ohm_stage *stage, double mu);
void ohm_stage_limits_restart(ohm_stage *stage, double mu);
void ohm_stage_limits_prepare(ohm_stage *stage);
void ohm_stage_limits_affine(ohm_stage *stage, ohm_stage_sums *sums);
void ohm_stage_limits_correct(ohm_stage *stage, double target);
void ohm_stage_limits_step(ohm_stage *stage, ohm_stage_sums *sums);
void ohm_stage_limits_move(ohm_stage *stage, double primal, double dual);

/* stage_riccati.c: from the rows' bends and slopes to the step of states and inputs. */
void ohm_stage_assemble(ohm_stage *stage, bool slopes_only);
void ohm_stage_factor(ohm_stage *stage);
void ohm_stage_back_solve(ohm_stage *stage);
/* The same where there is one input and one or two states. */
void ohm_stage_factor_small(ohm_stage *stage);
void ohm_stage_back_solve_small(ohm_stage *stage);

/* stage.c */
void ohm_stage_simulate(ohm_stage *stage); /* x from u */
void ohm_stage_rows(ohm_stage *stage);     /* the rows' values from x and u */

#endif
