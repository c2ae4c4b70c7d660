/* Live events: one ring that every stream reads at its own pace.
 *
 * Decisions and notices go into the ring as they come; the state is not queued, only the newest
 * counts, at most one a second. A stream keeps the id of the last event it gave out and asks for
 * the next: so a slow one costs nothing, and when the ring has overtaken it, it misses the
 * overwritten events and goes on with the newest state.
 *
 * Ids grow, also from one run to the next: they start at the wall clock's milliseconds. */
#ifndef OHM_WEB_LIVE_H
#define OHM_WEB_LIVE_H

#include "base/err.h"
#include "base/time.h"
#include "web/blob.h"

enum {
    OHM_LIVE_RING_MAX = 256,
    OHM_LIVE_STATE_EVERY_MS = OHM_SECOND_MS,
    OHM_LIVE_HEARTBEAT_MS = 15 * OHM_SECOND_MS,
};

typedef struct ohm_live_event {
    uint64_t id;
    const char *name; /* "state", "decision", "notice" */
    ohm_blob *data;   /* JSON */
} ohm_live_event;

typedef struct ohm_live {
    uint64_t next_id;
    unsigned first, count; /* of the ring, oldest first */
    ohm_live_event ring[OHM_LIVE_RING_MAX];
    ohm_live_event state; /* data == NULL: none yet */
} ohm_live;

void ohm_live_init(ohm_live *live, ohm_ms utc_ms);
void ohm_live_release(ohm_live *live);

/* An action's line of the journal. OHM_NO_MEMORY: it is not in the ring. */
OHM_MUST_CHECK ohm_code ohm_live_add(ohm_live *live, bool decision, ohm_span json);
/* A newer state; takes a reference of its own. */
void ohm_live_set_state(ohm_live *live, ohm_blob *state);
/* Nobody follows, so nobody wants it: the next stream begins with a newer one. */
void ohm_live_forget_state(ohm_live *live);
/* Is there an action that the state in hand does not come after? */
bool ohm_live_state_is_old(const ohm_live *live);

/* Where a stream starts: after `last_event_id` if this run gave it out, else with the state. */
uint64_t ohm_live_start(const ohm_live *live, uint64_t last_event_id);
/* The first event after `seen`; borrowed until the next call that changes `live`. */
bool ohm_live_next(const ohm_live *live, uint64_t seen, ohm_live_event *ret_event);

#endif
