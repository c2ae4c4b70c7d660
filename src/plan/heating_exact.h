/* The heating of a zone with one state, exactly: a dynamic program over convex functions.
 *
 * What the rest of the horizon costs is a convex function of the state, so that its derivative,
 * pieces of lines that never fall, tells all. Stage by stage backwards, the best power is followed
 * along the state from one end of what can be reached to the other: it stays at a limit, keeps the
 * comfort temperature at a limit, or leads to a corner of what follows; each piece of the way makes
 * a piece of the stage's own derivative. Exact for a linear program, and for a quadratic price of
 * overheating.
 *
 * Memory is the caller's. Deterministic: + - * / only. */
#ifndef OHM_PLAN_HEATING_EXACT_H
#define OHM_PLAN_HEATING_EXACT_H

#include <stddef.h>

#include "plan/heating.h"

enum { OHM_HEATING_EXACT_STEPS_MAX = 512 };

/* A derivative that never falls: from each x on a line; the first goes as far below as can be. */
typedef struct ohm_heating_lines {
    double *x, *value, *rate;
    int count;
} ohm_heating_lines;

/* From `x` on the best power is this line of the state, and what comfort costs more per kelvin this
 * one. The state's own worth at both ends. */
typedef struct ohm_heating_piece {
    double x, u, u_rate, comfort, comfort_rate;
    double worth, worth_end;
} ohm_heating_piece;

/* Of all stages, the last one first: `piece` and `line` say where those of each begin. */
typedef struct ohm_heating_exact {
    ohm_heating_piece *pieces;
    ohm_heating_lines lines;
    size_t pieces_max, lines_max;
    size_t piece[OHM_HEATING_EXACT_STEPS_MAX + 2], line[OHM_HEATING_EXACT_STEPS_MAX + 2];
    double low[OHM_HEATING_EXACT_STEPS_MAX + 1], high[OHM_HEATING_EXACT_STEPS_MAX + 1];
} ohm_heating_exact;

/* Whether it is of that kind: one state, and heat that warms. */
bool ohm_heating_exact_fits(const ohm_heating *problem);

/* The bytes that `steps` steps need, 0 when they are too many; and taking them into use. Where they
 * don't suffice, solve gives up. */
size_t ohm_heating_exact_size(int steps);
void ohm_heating_exact_init(ohm_heating_exact *work, int steps, void *memory);

/* Solves into `u`; *ret_bound: no powers cost less, whatever rounding did. false: it gave up, and
 * `u` holds nothing of use.
 *
 * near: NULL, or powers within their limits that may be good: only what lies close to where they
 * lead is gone through. The problem is convex: an answer inside is the answer, and meets its bound;
 * where it does not, solve again without. */
OHM_MUST_CHECK bool ohm_heating_exact_solve(ohm_heating_exact *work, const ohm_heating *problem,
                                            const double *near, double *u, double *ret_bound);

#endif
