/* Retention: readings of a certain age are thinned out to one in a certain time, or removed. */
#ifndef OHM_STORE_THIN_H
#define OHM_STORE_THIN_H

#include "store/blocks.h"
#include "store/tidy.h"

/* Once a day, until the round is through. */
bool ohm_thin_is_due(const ohm_tidy *tidy, ohm_ms now_ms);

/* Looks at the next chunks, and thins out some of them; inside a transaction. */
OHM_MUST_CHECK ohm_err ohm_thin_bite(sqlite3 *db, ohm_blocks *blocks, ohm_tidy *tidy, ohm_ms now_ms,
                                     bool *ret_more);

#endif
