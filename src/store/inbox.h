/* What waits for the next commit, between any number of threads and the writer.
 *
 * Frames and events lie in one ring, journal records in another, state values in a list by name,
 * and those who wait for the commit in a third place. A batch is everything that was there at
 * one moment; it stays here until the writer says that it is committed, so that a disk that
 * refuses costs nothing but room. One lock, held for copies only. */
#ifndef OHM_STORE_INBOX_H
#define OHM_STORE_INBOX_H

#include <pthread.h>

#include "base/err.h"
#include "base/span.h"
#include "host/ring.h"
#include "store/store.h"

enum {
    OHM_INBOX_JOURNAL_BYTES = 64 << 10,
    OHM_INBOX_STATE_BYTES = 2 * OHM_STORE_STATE_MAX, /* of all values together */
};

typedef struct ohm_state_value {
    struct ohm_state_value *next;
    char key[OHM_STORE_KEY_MAX];
    bool remove;
    bool withdraw; /* a failed commit drops it: somebody was told that it failed */
    size_t len;
    uint8_t bytes[];
} ohm_state_value;

typedef struct ohm_waiter {
    void (*done)(void *ctx, ohm_err result);
    void *ctx;
} ohm_waiter;

typedef struct ohm_store_inbox {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* on CLOCK_MONOTONIC */
    int64_t group_commit_ms;
    ohm_ring bulk, journal;
    ohm_state_value *states;           /* newest first; each name once */
    size_t states_count, states_bytes; /* those of the batch in hand included */
    uint16_t waiters_count;
    ohm_waiter waiters[OHM_STORE_WAITERS_MAX];
    bool stop, urgent;
    int64_t due_ms;   /* when the next commit is due at the latest; INT64_MAX: nothing waits */
    int64_t retry_ms; /* the step of the present back-off, 0 = the last commit went well */
    int64_t tidy_ms;  /* when the writer wants to be woken without a batch */
    uint64_t dropped_frames, dropped_events;
    uint8_t *bytes; /* of both rings */
} ohm_store_inbox;

typedef struct ohm_batch {
    uint64_t bulk_end, journal_end;
    ohm_state_value *states;
    uint16_t waiters_count;
    ohm_waiter waiters[OHM_STORE_WAITERS_MAX];
    bool last; /* the inbox was stopped */
} ohm_batch;

OHM_MUST_CHECK ohm_err ohm_store_inbox_init(ohm_store_inbox *inbox, size_t bulk_bytes,
                                            int64_t group_commit_ms);
void ohm_store_inbox_release(ohm_store_inbox *inbox);

/* Producers. Messages are two parts, whose meaning is the store's. */
OHM_MUST_CHECK ohm_code ohm_store_inbox_bulk(ohm_store_inbox *inbox, ohm_span head, ohm_span body,
                                             bool is_frame);
OHM_MUST_CHECK ohm_code ohm_store_inbox_journal(ohm_store_inbox *inbox, ohm_span head,
                                                ohm_span body);
/* `waiter` may be NULL; with one the commit is asked for at once and the value is withdrawn if
 * it fails. */
OHM_MUST_CHECK ohm_code ohm_store_inbox_state(ohm_store_inbox *inbox, const char *key,
                                              ohm_span value, const ohm_waiter *waiter);
OHM_MUST_CHECK ohm_code ohm_store_inbox_wait_for_commit(ohm_store_inbox *inbox,
                                                        const ohm_waiter *waiter);
void ohm_store_inbox_stop(ohm_store_inbox *inbox);

/* The writer: waits until a commit is due, and takes the batch. False: none is, and the time for
 * housekeeping has come. */
bool ohm_store_inbox_take(ohm_store_inbox *inbox, ohm_batch *ret_batch);
/* Sets that time: `in_ms` from now. */
void ohm_store_inbox_tidy_in(ohm_store_inbox *inbox, int64_t in_ms);
/* Ends it: frees what was committed, or keeps it for a later try. */
void ohm_store_inbox_committed(ohm_store_inbox *inbox, ohm_batch *batch);
void ohm_store_inbox_failed(ohm_store_inbox *inbox, ohm_batch *batch);

#endif
