/* One stage of the exact program of heating; only heating_exact.c includes this. */
#ifndef OHM_PLAN_HEATING_WALK_H
#define OHM_PLAN_HEATING_WALK_H

#include "plan/heating_exact.h"

enum { COMFORT_LINES = 3 };

typedef ohm_heating_piece piece;
typedef ohm_heating_lines lines;

/* Where an argument of the cost stands: in a line, or at the corner where line `at` begins. */
typedef struct stand {
    int at;
    bool corner;
} stand;

/* Following the best power along the state of one stage. As the state rises, the best power never
 * does: all coefficients are above 0. */
typedef struct walk {
    double a, b, c, d, low_u, high_u;
    double corners[3][COMFORT_LINES];
    lines comfort;
    double cost, drift, offset; /* of this stage */
    lines next;                 /* of the stage after */
    lines out;                  /* of this one, as they come */
    piece *pieces;
    int lines_max, pieces_count, pieces_max;
    double x, u;
    stand y, z; /* comfort temperature, and the state that follows */
} walk;

/* Follows the best power between the states `low` and `high`: fills w->out and w->pieces. false
 * when there is no room for them, or it comes to no end. */
OHM_MUST_CHECK bool ohm_heating_walk(walk *w, double low, double high);

#endif
