/* What another subscribed power would have meant, over powers that were drawn: how often and how
 * long it would have been passed, how often the breaker would have opened by its thermal model
 * (thermal.h), and which loads shedding would have kept off for how long instead.
 *
 *     ohm_smaller_init(s, loads, count, powers, powers_count)
 *     ohm_smaller_add(s, va, {from, to})       in order of time; between two is a gap
 *     ohm_smaller_end(s)
 *     s->powers[i]                             the answer
 *
 * What was drawn is all that is known, not by whom: a load counts as drawing its plate whenever
 * what was drawn is as much, so what shedding could have done is the most that it could. What is
 * shed is taken to be drawn by nobody later. After a gap nothing is warm, over, or shed.
 *
 * Shedding as shed.h has it: after its patience or before the breaker opens; the loads that
 * ohm_select chooses; each back when its plate and the margin fit again for long enough, the last
 * first, no sooner than its minimum off time. */
#ifndef OHM_CONTROL_SMALLER_H
#define OHM_CONTROL_SMALLER_H

#include "control/load.h"

enum { OHM_SMALLER_POWERS_MAX = 16 };

typedef struct ohm_smaller_load {
    uint32_t times;
    int64_t shed_ms, longest_ms;
    /* Now: */
    bool is_shed;
    int64_t since_ms;
} ohm_smaller_load;

typedef struct ohm_smaller_power {
    int32_t va;
    /* As it was drawn. */
    uint32_t overruns, trips;
    int64_t over_ms, longest_ms;
    ohm_ms last_ms; /* when it was passed last; OHM_NO_MS */
    /* With shedding. */
    uint32_t switchings, trips_left;
    int64_t uncovered_ms; /* over it although all that may be is shed */
    ohm_smaller_load loads[OHM_LOADS_MAX];
    /* Now: */
    bool is_over, is_tripped, is_tripped_left;
    bool waits; /* over it with what is shed, since: */
    int64_t over_since_ms, waits_since_ms, fits_since_ms;
    bool fits; /* there is room for the last one, since fits_since_ms */
    int64_t heat, heat_left;
    int64_t covered_va;
} ohm_smaller_power;

typedef struct ohm_smaller {
    const ohm_load *loads; /* borrowed */
    uint16_t loads_count;
    uint16_t powers_count;
    int64_t measured_ms;
    uint64_t count;
    ohm_ms end_ms;   /* of the last interval; OHM_NO_MS */
    int64_t rest_ms; /* that are no whole second yet */
    ohm_smaller_power powers[OHM_SMALLER_POWERS_MAX];
} ohm_smaller;

/* `powers` are > 0 and at most OHM_SMALLER_POWERS_MAX. */
void ohm_smaller_init(ohm_smaller *s, const ohm_load *loads, uint16_t loads_count,
                      const int32_t *powers, uint16_t powers_count);

/* So much was drawn from `when.from_ms` on, up to its end. */
void ohm_smaller_add(ohm_smaller *s, int64_t va, ohm_interval when);
/* That was all: what is shed counts up to here. */
void ohm_smaller_end(ohm_smaller *s);

#endif
