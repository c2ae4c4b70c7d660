/* The store: what must not be forgotten, in one SQLite file (docs/store.md has its format).
 *
 * Four kinds of things go in:
 *   frames    what the meters said, kept for queries (group commit, 60 s by default);
 *   events    everything the engine was fed, in order, for replay (group commit with frames);
 *   journal   decisions and notices: committed at once;
 *   state     small named values (engine snapshot, last Ecowatt body, replay counters, users).
 *
 * Threads: the file belongs to the store's own writer thread. The calls below may come from any
 * thread; they copy into bounded memory and never wait for the disk, save the *_wait ones. Full:
 * frames and events are refused and counted as dropped (the older ones stay), journal and state
 * are refused with OHM_BUSY. Readers (the web thread, verbs) use their own read-only ohm_reader
 * (store/reader.h).
 *
 * Acknowledged means committed: what a callback or a *_wait call confirmed survives kill -9 and
 * a power cut. When the disk refuses (full, I/O), what is queued stays queued and is tried again;
 * on_health says so, and again when it works. Several processes may have the file open: a verb
 * can add a user while `serve` runs. */
#ifndef OHM_STORE_STORE_H
#define OHM_STORE_STORE_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"
#include "base/time.h"
#include "store/energy.h"
#include "store/said.h"

enum {
    OHM_STORE_KEY_MAX = 64,             /* of a state's name, with its end */
    OHM_STORE_STATE_MAX = 8 << 20,      /* bytes of one state value */
    OHM_STORE_STATES_PENDING_MAX = 256, /* names written since the last commit */
    OHM_STORE_EVENT_MAX = 128 << 10,  /* bytes of one event: a snapshot of the engine is one, too */
    OHM_STORE_JOURNAL_MAX = 16 << 10, /* bytes of one record, both forms together */
    OHM_STORE_WAITERS_MAX = 256,
    OHM_STORE_DEVICES_MAX = 4095, /* ever seen by one file */
    OHM_STORE_KEEP_MAX = 4,
    OHM_STORE_WHY_MAX = 160,
};

/* Frames outside of [2000, 2100) are refused: a clock at 1970 is not a time. */
#define OHM_STORE_TIME_MIN INT64_C(946684800000)
#define OHM_STORE_TIME_MAX INT64_C(4102444800000)

typedef struct ohm_store ohm_store;

/* Readings older than age_ms: one is left in every_ms (0: none). */
typedef struct ohm_store_keep {
    int64_t age_ms, every_ms;
} ohm_store_keep;

struct ohm_postgres_config;

typedef struct ohm_store_options {
    const char *path;
    /* Where the history lies, if not in the file (store/postgres.h); NULL: where it was. The first
     * time waits for the server, claims or adopts what is there, and moves what the file has.
     * OHM_CONFLICT: what is there is another store's, or `exclusive` opens a store without that
     * has its history there. Later nothing waits for it. */
    const struct ohm_postgres_config *postgres;
    int64_t group_commit_ms;  /* 0 = 60 000 */
    int64_t events_keep_ms;   /* how long events stay for replay; 0 = 7 days */
    int64_t events_max_bytes; /* and how much of them at most; 0 = 256 MiB */
    size_t queue_bytes;       /* for frames and events not yet committed; 0 = 256 KiB */
    ohm_store_keep keep[OHM_STORE_KEEP_MAX]; /* of readings; none: all stay as they came */
    int keep_count;
    ohm_energy_plan energy; /* its zone and its ctx stay until the store is closed */
    int64_t tidy_ms;        /* between two looks for housekeeping; 0 = 10 minutes */
    ohm_ms (*now)(void);    /* the wall clock; NULL = the machine's */
    bool exclusive;         /* `serve`: no second process may open it so (OHM_BUSY) */
    /* Called on the writer thread when the disk begins to refuse (ohm_err_is_full tells a full
     * disk from a failing one) and, with OHM_OK, when it works again. May be NULL. */
    void (*on_health)(void *ctx, ohm_err state);
    void *ctx;
} ohm_store_options;

/* Opens or creates (mode 0600, the directory must exist); migrates an older format. A newer
 * format is OHM_UNSUPPORTED, another or damaged file OHM_BAD_FORMAT: both stay untouched. Else
 * `at` is an errno or 0, and `what` the system's sentence. */
OHM_MUST_CHECK ohm_err ohm_store_open(const ohm_store_options *options, ohm_store **ret_store);
/* Commits what is queued, as far as the disk lets it, and closes; no other thread may use the
 * store any more. NULL is allowed. */
void ohm_store_close(ohm_store *store);

/* Names a device: index → "site/zone/device". Before its first frame, once; OHM_CONFLICT if the
 * index already has another name. */
OHM_MUST_CHECK ohm_err ohm_store_set_device(ohm_store *store, uint16_t device,
                                            const char *site_zone_device);

/* OHM_BUSY: dropped and counted. OHM_UNKNOWN: the device has no name. OHM_RANGE: a time outside
 * of the limits, a text quantity, or a count above OHM_FRAME_VALUES_MAX. Frames may come late;
 * two of the same device and millisecond become one, where the later value of a quantity wins. */
OHM_MUST_CHECK ohm_code ohm_store_frame(ohm_store *store, const ohm_frame *frame);
/* `seq` grows from event to event, also from run to run (ohm_reader_seqs): an event that does
 * not follow is dropped and counted as a conflict. */
OHM_MUST_CHECK ohm_code ohm_store_event(ohm_store *store, uint64_t seq, ohm_ms utc_ms,
                                        ohm_span encoded);
/* kind 'd' decision, 'n' notice; `json` is the journal line as served. Committed at once. A
 * record is never overwritten: one whose `seq` is taken is dropped and counted as a conflict. */
OHM_MUST_CHECK ohm_code ohm_store_journal(ohm_store *store, uint64_t seq, ohm_ms utc_ms, char kind,
                                          ohm_span encoded, ohm_span json);
/* What a source says of a day, or of the price of some time (store/said.h); committed with the
 * frames. OHM_BUSY: dropped, and counted with the events. */
OHM_MUST_CHECK ohm_code ohm_store_day(ohm_store *store, const ohm_day_said *said);
OHM_MUST_CHECK ohm_code ohm_store_spot(ohm_store *store, const ohm_spot_said *said);
/* Sets a state value with the next commit; a span whose ptr is NULL removes it. Between two
 * commits the last value wins. */
OHM_MUST_CHECK ohm_code ohm_store_put(ohm_store *store, const char *key, ohm_span value);

/* The same, and waits for the commit (10 s at most, then OHM_BUSY). After any other failure the
 * value is withdrawn. Never from the loop thread. */
OHM_MUST_CHECK ohm_err ohm_store_put_wait(ohm_store *store, const char *key, ohm_span value);

/* Commits now everything queued before this call; `done` runs on the writer thread with the
 * result. After a failure what was queued stays queued. OHM_BUSY: too many are waiting. */
OHM_MUST_CHECK ohm_code ohm_store_commit(ohm_store *store, void (*done)(void *ctx, ohm_err result),
                                         void *ctx);
/* The same, and waits (10 s at most). Never from the loop thread. */
OHM_MUST_CHECK ohm_err ohm_store_commit_wait(ohm_store *store);

/* Days are cut in another way from now on: those that were made are made anew, by and by. What the
 * plan borrows stays until the store is closed. On any thread. */
void ohm_store_plan(ohm_store *store, const ohm_energy_plan *plan);

/* The history's place where it is not in the file, as it answered last: it is asked every half
 * minute, and every few seconds while it is away or refuses. */
typedef struct ohm_store_far {
    bool is;         /* there is one */
    bool away;       /* since then, and why, as people read it */
    ohm_ms since_ms; /* OHM_NO_MS: it is not away */
    char why[OHM_STORE_WHY_MAX];
} ohm_store_far;
void ohm_store_far_of(ohm_store *store, ohm_store_far *out);

typedef struct ohm_store_counters {
    uint64_t frames, events, journal, states, commits; /* committed */
    uint64_t merged_frames;                            /* met one of the same device and time */
    uint64_t dropped_frames, dropped_events;           /* no room */
    uint64_t conflicts; /* events and journal records with a used seq */
    uint64_t failed_commits;
    uint64_t queued_bytes; /* not committed yet */
    uint64_t damaged;      /* parts of the history that can't be read any more, as far as known */
} ohm_store_counters;
ohm_store_counters ohm_store_counters_of(ohm_store *store);

#endif
