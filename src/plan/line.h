/* Functions of one number, by pieces: points from the left, straight between them. Only the joint
 * planner (joint.h) includes this. */
#ifndef OHM_PLAN_LINE_H
#define OHM_PLAN_LINE_H

#include <stdbool.h>

enum {
    LINE_KEPT = 320,            /* points that line_lower leaves */
    LINE_LED = LINE_KEPT + 4,   /* that line_lead makes of them */
    LINE_POINTS = 4 * LINE_LED, /* that line_least makes of two such */
    LINE_TURNS = 96,            /* where the lesser of two becomes the other, as are kept */
};

typedef struct line {
    int count;
    double *x, *y;
} line;

/* What a step costs by its x: a base, and what a x + c costs outside of two limits. */
typedef struct line_step {
    double gain, shift; /* where it leads: gain·x + shift; gain > 0 */
    double base, scale, offset;
    double low, high, low_price, high_price; /* of scale·x + offset; scale > 0 */
} line_step;

/* Where the lesser of two functions becomes the other. */
typedef struct line_turns {
    int count;
    bool second; /* at the left end */
    float at[LINE_TURNS];
} line_turns;

double line_at(const line *of, double x);

/* *to = the step's cost and what follows it, on [from, till]. */
void line_lead(const line *then, const line_step *step, double from, double till, line *to);

/* *to = the lesser of both, of which the second costs `more` besides. Both on the same stretch. */
void line_least(const line *a, const line *b, double more, line *to, line_turns *turns);

/* A function with less points that is nowhere above, and nowhere more than `by` below; by more,
 * where that leaves too many. */
void line_lower(const line *of, double by, line *to);

#endif
