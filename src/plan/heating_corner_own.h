/* The parts of heating_corner.h; only its own files include this. */
#ifndef OHM_PLAN_HEATING_CORNER_OWN_H
#define OHM_PLAN_HEATING_CORNER_OWN_H

#include "plan/heating_corner.h"

typedef ohm_corner_step step;
typedef ohm_heating_corner corner;

enum {
    LOW = OHM_CORNER_LOW,
    HIGH = OHM_CORNER_HIGH,
    FREE = OHM_CORNER_FREE,
    UNDER = OHM_CORNER_UNDER,
    AT_LOW = OHM_CORNER_AT_LOW,
    INSIDE = OHM_CORNER_INSIDE,
    AT_HIGH = OHM_CORNER_AT_HIGH,
    OVER = OHM_CORNER_OVER,
    OWN = 2, /* the place of a step's own equation */
    NONE = -1
};

static inline bool is_at(unsigned comfort)
{
    return comfort == AT_LOW || comfort == AT_HIGH;
}

/* One limit let go, up or down. */
typedef struct edge {
    int what;           /* a power k, a comfort steps + k, or an end 2·steps + i; NONE: the best */
    double sense, rate; /* up or down, and what it costs a unit: below 0 */
    double score;
    int count; /* how many edges save something */
} edge;

/* The edge that saves most; `least`: what none is worth. */
edge ohm_corner_choose(const corner *c, const ohm_heating *of, double least);

/* Along it as long as it gets cheaper, from the point that ends in `end`: the places are those of
 * the next corner then. false: there is no end to it. */
OHM_MUST_CHECK bool ohm_corner_follow(corner *c, const ohm_heating *of, const edge *along,
                                      const double end[2]);

#endif
