/* Which readings of a register an import may take: those that go on from one another, and from
 * what the store holds around them. Pure. */
#ifndef OHM_CMD_SIEVE_H
#define OHM_CMD_SIEVE_H

#include "base/quantity.h"
#include "store/query.h"

typedef enum ohm_sieve_verdict {
    OHM_SIEVE_GOOD,
    OHM_SIEVE_FALLS, /* below one before it, of these or stored */
    OHM_SIEVE_JUMPS, /* above one after it, stored or more than one of these; or too far away */
} ohm_sieve_verdict;

/* So many readings after one say whether it is astray. A caller who has more to come keeps as many
 * back at both ends. */
enum { OHM_SIEVE_AHEAD = 8 };

/* `points` in order of time, suspect ones among them, which are always good; `around` says what is
 * stored there, of each point, and `earlier` what ohm_query_neighbours says. Returns the time of
 * the last reading that is stored where it is astray (store/stray.h) against these, several of
 * which go on from the one before it: they are good. Else OHM_NO_MS. */
ohm_ms ohm_sieve(ohm_quantity_id quantity, const ohm_point *points, const ohm_neighbours *around,
                 const ohm_point earlier[2], size_t n, uint8_t *out);

#endif
