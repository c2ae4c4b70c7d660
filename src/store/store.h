/* The store: what must not be forgotten, in one SQLite file.
 *
 * Four kinds of things go in:
 *   frames    what the meters said, kept for queries (group commit, 60 s by default);
 *   events    everything the engine was fed, in order, for replay (group commit with frames);
 *   journal   decisions and notices: committed at once;
 *   state     small named values (engine snapshot, last Ecowatt body, replay counters, users).
 *
 * Threads: ohm_store is owned by its own writer thread. The calls below may come from the loop
 * thread (one producer); they copy into a bounded queue and never block on the disk. A full
 * queue is a counted drop for frames and events, and an error (OHM_BUSY) for journal and state.
 * ohm_store_commit asks for a commit now; its callback runs on the writer thread after it.
 * Readers (the web thread, verbs) use their own read-only ohm_reader.
 *
 * Acknowledged means committed: what a callback confirmed survives kill -9 and a power cut. */
#ifndef OHM_STORE_STORE_H
#define OHM_STORE_STORE_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_STORE_KEY_MAX = 64,
    OHM_STORE_STATE_MAX = 8 << 20, /* bytes of one state value */
    OHM_SERIES_KEY_MAX = 160,
};

typedef struct ohm_store ohm_store;

typedef struct ohm_store_options {
    const char *path;
    int64_t group_commit_ms;   /* 60 000 */
    int64_t events_keep_ms;    /* how long events stay for replay; 7 days */
    /* Called on the writer thread when the disk refuses (full, I/O) and when it works again. */
    void (*on_health)(void *ctx, ohm_err state);
    void *ctx;
} ohm_store_options;

/* Opens or creates; migrates an older format; refuses a newer one (OHM_UNSUPPORTED). On failure
 * *ret_detail (static or thread-local text, may be NULL) says what the system said. */
OHM_MUST_CHECK ohm_err ohm_store_open(const ohm_store_options *options, ohm_store **ret_store);
/* Commits what is queued and closes. NULL is allowed. */
void ohm_store_close(ohm_store *store);

/* Names the devices: index → "site/zone/device". Call before the first frame. */
OHM_MUST_CHECK ohm_err ohm_store_set_device(ohm_store *store, uint16_t device,
                                            const char *site_zone_device);

OHM_MUST_CHECK ohm_code ohm_store_frame(ohm_store *store, const ohm_frame *frame);
OHM_MUST_CHECK ohm_code ohm_store_event(ohm_store *store, uint64_t seq, ohm_ms utc_ms,
                                        ohm_span encoded);
/* kind 'd' decision, 'n' notice; `json` is the journal line as served. Committed at once. */
OHM_MUST_CHECK ohm_code ohm_store_journal(ohm_store *store, uint64_t seq, ohm_ms utc_ms,
                                          char kind, ohm_span encoded, ohm_span json);
OHM_MUST_CHECK ohm_code ohm_store_put(ohm_store *store, const char *key, ohm_span value);

/* Commits everything queued before this call; `done` runs on the writer thread with the result. */
OHM_MUST_CHECK ohm_code ohm_store_commit(ohm_store *store,
                                         void (*done)(void *ctx, ohm_err result), void *ctx);

typedef struct ohm_store_counters {
    uint64_t frames, events, journal, commits;
    uint64_t dropped_frames, dropped_events;
    uint64_t failed_commits;
} ohm_store_counters;
ohm_store_counters ohm_store_counters_of(ohm_store *store);

/* --- reading ------------------------------------------------------------------------------ */

typedef struct ohm_reader ohm_reader; /* one thread's read-only connection */

OHM_MUST_CHECK ohm_err ohm_reader_open(const char *path, ohm_reader **ret_reader);
void ohm_reader_close(ohm_reader *reader);

/* A state value, copied into a malloc'ed buffer that the caller frees. OHM_UNKNOWN if absent. */
OHM_MUST_CHECK ohm_err ohm_reader_get(ohm_reader *reader, const char *key, uint8_t **ret_bytes,
                                      size_t *ret_len);

typedef struct ohm_series_info {
    char key[OHM_SERIES_KEY_MAX]; /* "home/ground/main/power_import" */
    ohm_quantity_id quantity;
} ohm_series_info;
/* Calls `row` for each series that has a reading, by key; stops when it returns false. */
OHM_MUST_CHECK ohm_err ohm_reader_series(ohm_reader *reader,
                                         bool (*row)(void *ctx, const ohm_series_info *info),
                                         void *ctx);

/* One step of an aggregated range. count == 0 is a gap. For counters `mean` is the last register
 * of the step; gauges are means of the samples, quantised with half away from zero. */
typedef struct ohm_bucket {
    ohm_ms from_ms;
    uint32_t count;
    int64_t mean, min, max;
    int64_t last;
} ohm_bucket;
enum { OHM_BUCKETS_MAX = 10000 };
/* Buckets [from + k·step, from + (k+1)·step) of a series. step_ms == 0: raw readings, at most
 * OHM_BUCKETS_MAX (else OHM_TOO_BIG). OHM_UNKNOWN: no such series. */
OHM_MUST_CHECK ohm_err ohm_reader_range(ohm_reader *reader, const char *series_key,
                                        ohm_interval range, int64_t step_ms,
                                        bool (*row)(void *ctx, const ohm_bucket *bucket),
                                        void *ctx);

/* Journal lines, newest first, those with seq < before (0 = from the newest). */
OHM_MUST_CHECK ohm_err ohm_reader_journal(ohm_reader *reader, uint64_t before, int limit,
                                          bool (*row)(void *ctx, uint64_t seq, ohm_ms utc_ms,
                                                      char kind, ohm_span encoded, ohm_span json),
                                          void *ctx);
/* The same, oldest first from seq >= from: for replay. */
OHM_MUST_CHECK ohm_err ohm_reader_journal_from(ohm_reader *reader, uint64_t from,
                                               bool (*row)(void *ctx, uint64_t seq, ohm_ms utc_ms,
                                                           char kind, ohm_span encoded,
                                                           ohm_span json),
                                               void *ctx);
/* Engine events in order, those with seq >= from. */
OHM_MUST_CHECK ohm_err ohm_reader_events(ohm_reader *reader, uint64_t from,
                                         bool (*row)(void *ctx, uint64_t seq, ohm_ms utc_ms,
                                                     ohm_span encoded),
                                         void *ctx);

#endif
