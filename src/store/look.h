/* Chunks that can't be read any more, looked for before somebody needs them: each one decoded as a
 * reader would, a few at a time, once after a start and then once a week. What is found stays where
 * it is, for its summary and for who can mend it, and gets a row in `damaged` whose place is
 * "found"; a row whose chunk reads again, or is gone, goes. */
#ifndef OHM_STORE_LOOK_H
#define OHM_STORE_LOOK_H

#include "base/time.h"
#include "store/db.h"

typedef struct ohm_look {
    int64_t key;     /* chunks up to this one are looked at in this round */
    bool through;    /* the round is */
    ohm_ms round_ms; /* when it was */
} ohm_look;          /* zero: the first round */

bool ohm_look_is_due(const ohm_look *look, ohm_ms now_ms);

/* Some chunks. Writes only where the rows of `damaged` change, in a transaction of its own. */
OHM_MUST_CHECK ohm_err ohm_look_bite(sqlite3 *db, ohm_look *look, ohm_ms now_ms, bool *ret_more);

#endif
