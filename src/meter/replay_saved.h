/* Replay counters on disk. They are written ahead of the meter by a margin, and again when few of
 * it are left: so they are written seldom, and whatever was accepted before a crash is refused
 * after it. The price is that up to the margin of new messages is refused too: most of a minute
 * of a meter that pushes every five seconds. A smaller margin would wear an SD card for it; what
 * is left when they are written anew is for the time that the commit may take. Pure. */
#ifndef OHM_METER_REPLAY_SAVED_H
#define OHM_METER_REPLAY_SAVED_H

#include "wire/replay_guard.h"

enum {
    OHM_REPLAY_MARGIN = 8,
    OHM_REPLAY_LEFT = 3, /* as few, and it is written anew */
    OHM_REPLAY_SAVED_MAX = 4 + 16 * OHM_REPLAY_SLOTS,
};

/* Does a counter come near to what is written, or is it not written at all? */
bool ohm_replay_due(const ohm_replay_guard *guard, const ohm_replay_guard *written);

/* Puts `ahead` on top of each counter; what comes out is what ohm_replay_read gives back. */
void ohm_replay_ahead(const ohm_replay_guard *guard, uint32_t ahead, ohm_replay_guard *out);

/* Returns the number of bytes. */
size_t ohm_replay_write(const ohm_replay_guard *guard, uint8_t out[static OHM_REPLAY_SAVED_MAX]);
/* OHM_BAD_FORMAT: not what ohm_replay_write writes. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_replay_read(ohm_span bytes, ohm_replay_guard *out);

#endif
