/* Which loads to shed for an overrun: the fewest switchings, the more important tiers first
 * spared, then the least power in excess, then the load whose turn it is.
 *
 * Exactly: of all subsets that cover the need, those with the fewest loads of the highest tier
 * (the one shed last), then the fewest of the next lower one, and so on; of these the one with
 * the least power beyond the need, in steps of OHM_SELECT_STEP_VA; of these the one that was
 * kept off the least so far. The counts are exact for any number of candidates. The last two are
 * exact up to OHM_SELECT_TRIES combinations (any ten loads, say); beyond, they are improved
 * one load at a time. */
#ifndef OHM_CONTROL_SELECT_H
#define OHM_CONTROL_SELECT_H

#include <stdbool.h>
#include <stdint.h>

#include "control/load.h"

enum { OHM_SELECT_STEP_VA = 100, OHM_SELECT_TRIES = 512 };

typedef struct ohm_candidate {
    uint16_t load;
    uint8_t tier;
    int32_t relief_va; /* what goes if it is shed, > 0 */
    int64_t served_ms; /* how long it has been kept off so far, by its weight */
    bool chosen;       /* the answer */
} ohm_candidate;

/* Marks what to shed to cover `need_va` > 0. False: all together are not enough, and all of them
 * are marked. Sorts the candidates. */
bool ohm_select(ohm_candidate *candidates, uint16_t count, int64_t need_va);

#endif
