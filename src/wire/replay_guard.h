/* Replay protection: the counter of a meter's ciphered messages must rise strictly, for each
 * pair of system title and key. The guard is plain data that its owner may copy, persist and
 * restore; `changes` rises with each accepted counter, so that the owner can write it at its
 * own pace. A restored guard accepts only counters above the stored ones.
 *
 * After a meter swap or a change of key an operator resets it (ohm_replay_init). */
#ifndef OHM_WIRE_REPLAY_GUARD_H
#define OHM_WIRE_REPLAY_GUARD_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_SYSTEM_TITLE_LEN = 8,
    OHM_REPLAY_SLOTS = 16,
};

typedef struct ohm_replay_slot {
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint32_t key_id;  /* tells keys apart, says nothing about them */
    uint32_t counter; /* the highest accepted */
} ohm_replay_slot;

typedef struct ohm_replay_guard {
    uint32_t count;
    uint64_t changes;
    ohm_replay_slot slots[OHM_REPLAY_SLOTS];
} ohm_replay_guard;

void ohm_replay_init(ohm_replay_guard *guard);

/* OHM_OK, OHM_REPLAYED, or OHM_TOO_BIG when a new title finds no free slot. Changes nothing. */
OHM_MUST_CHECK ohm_code ohm_replay_check(const ohm_replay_guard *guard,
                                         const uint8_t title[static OHM_SYSTEM_TITLE_LEN],
                                         uint32_t key_id, uint32_t counter);

/* Was the key proven before, and never by this title? So that the first sender that proves a key
 * is the only one that may (trust on first use). */
bool ohm_replay_is_stranger(const ohm_replay_guard *guard,
                            const uint8_t title[static OHM_SYSTEM_TITLE_LEN], uint32_t key_id);

/* Remembers a counter that ohm_replay_check allowed; call it once the message is proven. */
void ohm_replay_accept(ohm_replay_guard *guard, const uint8_t title[static OHM_SYSTEM_TITLE_LEN],
                       uint32_t key_id, uint32_t counter);

#endif
