/* Who is asked next on a line that many share: fair, paced, and patient with the dead. Pure.
 *
 * Each device is due every so often. Of those that are due the longest overdue is asked; one that
 * did not answer last time lets a living one go first, once. Without an answer a device is asked
 * half as often each time, down to once in OHM_POLL_REST_MS_MAX (or its own pace, if slower). */
#ifndef OHM_METER_POLL_QUEUE_H
#define OHM_METER_POLL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum {
    OHM_POLL_REST_MS_MAX = 300000,
    OHM_POLL_PACE_MS_MIN = 100, /* no device is asked more often */
};

typedef struct ohm_poll_slot {
    int64_t every_ms;
    int64_t due_ms;    /* of the monotonic clock */
    uint32_t failures; /* in a row */
} ohm_poll_slot;

/* Due at once. */
void ohm_poll_slot_init(ohm_poll_slot *slot, int64_t every_ms, ohm_mono_ms now);

/* Which of them is asked now; -1: none yet, *ret_wait_ms says for how long (-1: there is none).
 * `after_dead`: the last conversation was with a device that does not answer. */
int ohm_poll_pick(const ohm_poll_slot *const *slots, size_t count, bool after_dead, ohm_mono_ms now,
                  int64_t *ret_wait_ms);

/* A conversation is over. */
void ohm_poll_ended(ohm_poll_slot *slot, bool good, ohm_mono_ms now);

#endif
