/* A ring of messages in the caller's memory: byte strings of any length, first in first out.
 *
 * No lock and no allocation: one owner, or a lock of the caller's (host/queue.h, store/inbox.h).
 * Positions count bytes from the beginning of time, so a cursor stays valid while what it points
 * to is in the ring. The bytes between `head` and a `tail` seen earlier don't change until they
 * are discarded: a consumer that knows that tail may read them beside a producer. */
#ifndef OHM_HOST_RING_H
#define OHM_HOST_RING_H

#include "base/err.h"
#include "base/span.h"

enum { OHM_RING_LENGTH_BYTES = 4 }; /* each message takes these besides its own */

typedef struct ohm_ring {
    uint8_t *bytes;
    size_t capacity;
    uint64_t head, tail;
} ohm_ring;

void ohm_ring_init(ohm_ring *ring, uint8_t *bytes, size_t capacity);

static inline size_t ohm_ring_used(const ohm_ring *ring)
{
    return (size_t)(ring->tail - ring->head);
}

/* Adds one message made of two parts. OHM_BUSY: no room now; OHM_TOO_BIG: it would never fit. */
OHM_MUST_CHECK ohm_code ohm_ring_push(ohm_ring *ring, ohm_span head, ohm_span body);

/* Copies the message at *cursor, which must be before the tail, and moves *cursor behind it.
 * OHM_TOO_BIG: longer than `cap`; *ret_len says how long, and *cursor stays. */
OHM_MUST_CHECK ohm_code ohm_ring_peek(const ohm_ring *ring, uint64_t *cursor, void *out, size_t cap,
                                      size_t *ret_len);

/* Forgets everything before `cursor`. */
void ohm_ring_discard(ohm_ring *ring, uint64_t cursor);

#endif
