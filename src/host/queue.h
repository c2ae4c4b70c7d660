/* A bounded queue of messages between threads, with an eventfd to wait on.
 *
 * Messages are byte strings of any length, copied in and out, first in first out. Any number of
 * producers; one consumer. The lock is held around a memcpy, never across I/O. The eventfd is
 * readable exactly while the queue holds something: poll it, or give it to libuv; the queue
 * itself resets it.
 *
 * A full queue refuses (OHM_BUSY) and counts: what to do about it is the producer's policy. */
#ifndef OHM_HOST_QUEUE_H
#define OHM_HOST_QUEUE_H

#include "base/err.h"
#include "base/span.h"

typedef struct ohm_queue ohm_queue;

/* `capacity` in bytes; each message takes its length plus 4. */
OHM_MUST_CHECK ohm_err ohm_queue_new(size_t capacity, ohm_queue **ret_queue);
/* No thread may use the queue any more. NULL is allowed. */
void ohm_queue_free(ohm_queue *queue);

/* One message made of two parts; the second may be empty. OHM_BUSY: no room now (counted);
 * OHM_TOO_BIG: it would never fit. */
OHM_MUST_CHECK ohm_code ohm_queue_push2(ohm_queue *queue, ohm_span head, ohm_span body);
OHM_MUST_CHECK ohm_code ohm_queue_push(ohm_queue *queue, ohm_span message);

/* Takes the oldest message. OHM_END: empty. OHM_TOO_BIG: it is longer than `cap`; *ret_len says
 * how long, and it stays in the queue. */
OHM_MUST_CHECK ohm_code ohm_queue_pop(ohm_queue *queue, void *out, size_t cap, size_t *ret_len);

/* Waits for a message, at most `timeout_ms` (-1: for ever). True when there is one. */
bool ohm_queue_wait(ohm_queue *queue, int timeout_ms);

int ohm_queue_fd(const ohm_queue *queue);
uint64_t ohm_queue_drops(ohm_queue *queue); /* messages refused so far */

#endif
