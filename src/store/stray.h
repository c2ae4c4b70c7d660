/* Readings of a register that are wrong in themselves, though they are stored as good: the
 * register goes on from where it was before them. One, or two in a row, between two readings that
 * can follow one another. They are no energy, and no change of meter either. */
#ifndef OHM_STORE_STRAY_H
#define OHM_STORE_STRAY_H

#include "store/cursor.h"

enum {
    OHM_STRAY_NEAR = 4, /* so many readings on each side say what one is */
    /* So many before an instant hold one that is no stray, and its neighbours. */
    OHM_STRAY_REACH = 24,
};

/* Whether `at` is a stray, of `n` readings that count, in order of time. Those further away than
 * OHM_STRAY_NEAR change nothing. */
bool ohm_stray_is(const ohm_point *points, size_t n, size_t at);

typedef struct ohm_strays {
    ohm_ms *at_ms; /* in order of time */
    size_t count, cap;
} ohm_strays;

/* To the readings before from_ms, as many as OHM_STRAY_REACH if there are. */
OHM_MUST_CHECK ohm_err ohm_strays_seek(ohm_cursor *c, ohm_ms from_ms);

/* Those of a register in the range and around it. `cancelled` (NULL: never) ends with OHM_BUSY. */
OHM_MUST_CHECK ohm_err ohm_strays_find(ohm_cursor *c, ohm_interval range,
                                       bool (*cancelled)(void *ctx), void *ctx, ohm_strays *out);
/* Whether any is in the range. */
bool ohm_strays_any(const ohm_strays *strays, ohm_interval range);
void ohm_strays_free(ohm_strays *strays);

#endif
