#include "store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/file.h"
#include "host/log.h"
#include "host/syserr.h"
#include "store/inbox.h"
#include "store/names.h"
#include "store/pending.h"
#include "store/postgres.h"
#include "store/reader.h"
#include "store/said_own.h"
#include "store/writer.h"

enum {
    GROUP_COMMIT_MS = 60 * OHM_SECOND_MS,
    TIDY_MS = 10 * OHM_MINUTE_MS,
    FIRST_MS = OHM_MINUTE_MS,         /* the first look for housekeeping after a start */
    FAR_MS = 2 * OHM_SECOND_MS,       /* between two looks for a server that is away, or refuses */
    FAR_WELL_MS = 30 * OHM_SECOND_MS, /* and for one that was there */
    TIDY_PAUSE = 4,                   /* times as long as a bite took */
    QUEUE_BYTES = 256 << 10,
    QUEUE_BYTES_MIN = OHM_STORE_EVENT_MAX + (4 << 10), /* the biggest message fits */
};

static const ohm_events_limits events_limits = {
    .keep_ms = INT64_C(7) * 24 * OHM_HOUR_MS,
    .max_bytes = 256 << 20,
};

/* Queued messages: one of these, then its bytes. */
typedef struct message {
    char kind; /* 'f' frame, 'e' event, 'c' code of a day, 's' spot price; else of the journal */
    uint16_t device, count;
    uint32_t encoded_len;
    uint64_t seq;
    ohm_ms time_ms;
} message;

enum { MESSAGE_MAX = sizeof(message) + OHM_STORE_EVENT_MAX };

_Static_assert(OHM_STORE_JOURNAL_MAX <= OHM_STORE_EVENT_MAX, "one buffer holds either");
_Static_assert(OHM_FRAME_VALUES_MAX * sizeof(ohm_value) <= OHM_STORE_EVENT_MAX, "or a frame");

struct ohm_store {
    ohm_store_options options;
    int lock_fd; /* -1 = not exclusive */
    pthread_t thread;
    ohm_store_inbox inbox;

    pthread_mutex_t shared; /* those below: read and written by any thread */
    char *devices[OHM_DEVICES_MAX];
    bool has_plan; /* another plan than tidy's waits to be taken */
    ohm_energy_plan plan;
    ohm_store_counters counters; /* the writer's share */
    ohm_store_far far;

    /* The writer thread's own. */
    ohm_writer *writer;
    ohm_postgres *pg; /* NULL: the history is in the file */
    ohm_err health;
    bool away;        /* the history's server, as was said last */
    ohm_mono_ms gone; /* since then */
    ohm_tidy tidy;
    ohm_batch batch;
    uint8_t message[MESSAGE_MAX];
};

/* --- the writer thread -------------------------------------------------------------------- */

static const char *device_key(ohm_store *store, uint16_t device)
{
    pthread_mutex_lock(&store->shared);
    const char *key = store->devices[device]; /* never changes once it is there */
    pthread_mutex_unlock(&store->shared);
    return key;
}

static ohm_err write_frame(ohm_store *store, const message *m, const uint8_t *values)
{
    ohm_frame frame = { .device = m->device, .count = m->count, .time_ms = m->time_ms };
    memcpy(frame.values, values, m->count * sizeof *frame.values);
    return ohm_writer_frame(store->writer, device_key(store, m->device), &frame);
}

static ohm_err write_message(ohm_store *store, size_t len)
{
    message m;
    memcpy(&m, store->message, sizeof m);
    const uint8_t *body = store->message + sizeof m;
    size_t body_len = len - sizeof m;
    ohm_span encoded = ohm_span_of(body, m.encoded_len);
    ohm_span json = ohm_span_of(body + m.encoded_len, body_len - m.encoded_len);
    ohm_day_said day;
    ohm_spot_said spot;
    switch (m.kind) {
    case 'c':
        memcpy(&day, body, sizeof day);
        return ohm_said_put_day(ohm_writer_db(store->writer), &day);
    case 's':
        memcpy(&spot, body, sizeof spot);
        return ohm_said_put_spot(ohm_writer_db(store->writer), &spot);
    case 'f':
        return write_frame(store, &m, body);
    case 'e':
        return ohm_writer_event(store->writer, m.seq, m.time_ms, encoded);
    default:
        return ohm_writer_journal(store->writer, m.seq, m.time_ms, m.kind, encoded, json);
    }
}

/* What lies before the batch's end does not change under us: see host/ring.h. */
static ohm_err write_ring(ohm_store *store, const ohm_ring *ring, uint64_t end)
{
    uint64_t cursor = ring->head;
    while (cursor < end) {
        size_t len;
        ohm_code code = ohm_ring_peek(ring, &cursor, store->message, sizeof store->message, &len);
        assert(code == OHM_OK);
        OHM_TRY(write_message(store, len));
    }
    return ohm_ok();
}

/* An empty batch is only written to see whether a disk that refused works again. */
static bool is_empty(const ohm_store *store)
{
    const ohm_batch *batch = &store->batch;
    return batch->bulk_end == store->inbox.bulk.head &&
           batch->journal_end == store->inbox.journal.head && !batch->states;
}

static ohm_ms now(const ohm_store *store)
{
    return store->options.now ? store->options.now() : ohm_clock_utc();
}

static ohm_err write_batch(ohm_store *store)
{
    ohm_batch *batch = &store->batch;
    OHM_TRY(ohm_writer_begin(store->writer, now(store)));
    OHM_TRY(write_ring(store, &store->inbox.bulk, batch->bulk_end));
    OHM_TRY(write_ring(store, &store->inbox.journal, batch->journal_end));
    for (const ohm_state_value *v = batch->states; v; v = v->next) {
        if (v->remove)
            OHM_TRY(ohm_writer_remove(store->writer, v->key));
        else
            OHM_TRY(ohm_writer_put(store->writer, v->key, ohm_span_of(v->bytes, v->len)));
    }
    if (is_empty(store))
        OHM_TRY(ohm_writer_touch(store->writer));
    return ohm_writer_commit(store->writer);
}

static void report_health(ohm_store *store, ohm_err now)
{
    bool same = now.code == store->health.code && now.at == store->health.at;
    store->health = now;
    if (!same && store->options.on_health)
        store->options.on_health(store->options.ctx, now);
}

static ohm_err commit_batch(ohm_store *store)
{
    if (is_empty(store) && !ohm_failed(store->health))
        return ohm_ok();
    /* A file that was found damaged is not written to any more. */
    ohm_err err = store->health.code == OHM_BAD_FORMAT ? store->health : write_batch(store);
    if (ohm_failed(err))
        ohm_writer_rollback(store->writer);

    pthread_mutex_lock(&store->shared);
    uint64_t failed = store->counters.failed_commits + (ohm_failed(err) ? 1 : 0);
    store->counters = *ohm_writer_counters_of(store->writer);
    store->counters.failed_commits = failed;
    store->counters.damaged = store->tidy.damaged;
    pthread_mutex_unlock(&store->shared);
    report_health(store, err);
    return err;
}

/* Says it when the server of the history goes away, or refuses, and when it is back. */
static void note_server(ohm_store *store, ohm_err err)
{
    bool away = ohm_err_is_away(err);
    /* The first connection takes a moment: that is no news. */
    const char *why = ohm_postgres_why(store->pg);
    if (away == store->away || (away && !why[0]))
        return;
    store->away = away;
    pthread_mutex_lock(&store->shared);
    store->far.away = away;
    store->far.since_ms = away ? now(store) : OHM_NO_MS;
    (void)snprintf(store->far.why, sizeof store->far.why, "%s", away ? why : "");
    pthread_mutex_unlock(&store->shared);
    if (away) {
        store->gone = ohm_clock_mono();
        ohm_log(OHM_LOG_WARNING, "postgresql away why=\"%s\"", why);
    } else {
        ohm_log(OHM_LOG_NOTICE, "postgresql back after_s=%lld",
                (long long)(ohm_mono_since(ohm_clock_mono(), store->gone) / OHM_SECOND_MS));
    }
}

static void take_plan(ohm_store *store)
{
    pthread_mutex_lock(&store->shared);
    if (store->has_plan) {
        store->tidy.energy = store->plan;
        store->tidy.energy_place = (ohm_energy_place){ 0 };
    }
    store->has_plan = false;
    pthread_mutex_unlock(&store->shared);
}

static ohm_err ask_server(ohm_store *store)
{
    if (!store->pg)
        return ohm_ok();
    return ohm_postgres_ready(store->pg) ? ohm_postgres_ping(store->pg)
                                         : ohm_fail(OHM_IO, ENOTCONN, ohm_db_away_words);
}

/* What is found by looking for it, or where a part is put aside. */
static void note_damage(ohm_store *store)
{
    pthread_mutex_lock(&store->shared);
    bool more = store->tidy.damaged > store->counters.damaged;
    store->counters.damaged = store->tidy.damaged;
    pthread_mutex_unlock(&store->shared);
    if (more)
        ohm_log(OHM_LOG_WARNING, "history damaged parts=%llu",
                (unsigned long long)store->tidy.damaged);
}

static int64_t pause_ms(const ohm_store *store, bool away)
{
    int64_t well_ms = store->options.tidy_ms;
    if (store->pg && well_ms > FAR_WELL_MS)
        well_ms = FAR_WELL_MS;
    return away ? FAR_MS : well_ms;
}

/* A bite of housekeeping; the next one comes when this one's time has passed a few times over, so
 * that it never takes more than a part of the disk and of a core. */
static void tidy(ohm_store *store)
{
    bool more = false;
    ohm_mono_ms start = ohm_clock_mono();
    ohm_err err = ohm_fail(OHM_BAD_FORMAT, 0, "the file is damaged");
    take_plan(store);
    if (store->health.code != OHM_BAD_FORMAT) {
        err = ask_server(store);
        if (!ohm_failed(err))
            err = ohm_writer_tidy(store->writer, &store->tidy, now(store), &more);
    }
    if (err.code == OHM_BAD_FORMAT)
        report_health(store, err); /* as when a batch finds it */
    int64_t took_ms = ohm_mono_since(ohm_clock_mono(), start);
    more = more && !ohm_failed(err);
    if (store->pg)
        note_server(store, err);
    note_damage(store);
    int64_t rest_ms = pause_ms(store, ohm_err_is_away(err));
    ohm_store_inbox_tidy_in(&store->inbox, more ? TIDY_PAUSE * took_ms + 1 : rest_ms);
}

static void commit_and_tell(ohm_store *store)
{
    ohm_err err = commit_batch(store);
    if (ohm_failed(err))
        ohm_store_inbox_failed(&store->inbox, &store->batch);
    else
        ohm_store_inbox_committed(&store->inbox, &store->batch);
    for (uint16_t i = 0; i < store->batch.waiters_count; i++)
        store->batch.waiters[i].done(store->batch.waiters[i].ctx, err);
}

static void *run(void *arg)
{
    ohm_store *store = arg;
    ohm_fault_stack();
    bool far = store->pg != NULL; /* what waited for its server waits no longer */
    int64_t tidy_ms = store->options.tidy_ms;
    ohm_store_inbox_tidy_in(&store->inbox, far ? 1 : tidy_ms < FIRST_MS ? tidy_ms : FIRST_MS);
    do {
        if (ohm_store_inbox_take(&store->inbox, &store->batch))
            commit_and_tell(store);
        else
            tidy(store);
    } while (!store->batch.last);
    return NULL;
}

/* --- opening and closing ------------------------------------------------------------------ */

static ohm_err take_lock(const char *path, int *ret_fd)
{
    char lock_path[OHM_PATH_MAX];
    int n = snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    if (n < 0 || (size_t)n >= sizeof lock_path)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    ohm_err err = ohm_file_lock(lock_path, ret_fd);
    if (err.code == OHM_BUSY)
        err.what = "another ohmstead uses this state folder";
    return err;
}

/* The signals of the process are the loop's. */
static ohm_err start_thread(ohm_store *store)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&store->thread, NULL, run, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? ohm_err_errno(error) : ohm_ok();
}

static void release(ohm_store *store)
{
    ohm_writer_close(store->writer);
    for (int i = 0; i < OHM_DEVICES_MAX; i++)
        free(store->devices[i]);
    if (store->inbox.bytes)
        ohm_store_inbox_release(&store->inbox);
    pthread_mutex_destroy(&store->shared);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd);
    free(store);
}

static ohm_err start(ohm_store *store, const ohm_store_options *options)
{
    int64_t group_ms = options->group_commit_ms ? options->group_commit_ms : GROUP_COMMIT_MS;
    ohm_events_limits limits = events_limits;
    if (options->events_keep_ms)
        limits.keep_ms = options->events_keep_ms;
    if (options->events_max_bytes)
        limits.max_bytes = options->events_max_bytes;
    size_t queue = options->queue_bytes ? options->queue_bytes : QUEUE_BYTES;
    assert(queue >= QUEUE_BYTES_MIN);
    if (options->exclusive)
        OHM_TRY(take_lock(options->path, &store->lock_fd));
    OHM_TRY(ohm_writer_open(options->path, limits, options->postgres, &store->pg, &store->writer));
    store->tidy.far = store->far.is = store->pg != NULL;
    store->far.since_ms = OHM_NO_MS;
    if (options->exclusive && !options->postgres && store->pg)
        return ohm_fail(OHM_CONFLICT, 0,
                        "its history is in PostgreSQL: say where, in store.postgresql");
    OHM_TRY(ohm_store_inbox_init(&store->inbox, queue, group_ms));
    return start_thread(store);
}

ohm_err ohm_store_open(const ohm_store_options *options, ohm_store **ret_store)
{
    ohm_store *store = calloc(1, sizeof *store);
    if (!store)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    store->options = *options;
    store->options.path = NULL; /* borrowed for this call only */
    store->options.tidy_ms = options->tidy_ms ? options->tidy_ms : TIDY_MS;
    assert(options->keep_count >= 0 && options->keep_count <= OHM_STORE_KEEP_MAX);
    memcpy(store->tidy.keep, options->keep, sizeof store->tidy.keep);
    store->tidy.keep_count = options->keep_count;
    store->tidy.energy = options->energy;
    store->lock_fd = -1;
    store->health = ohm_ok();
    int failed = pthread_mutex_init(&store->shared, NULL);
    assert(!failed);
    ohm_err err = start(store, options);
    if (ohm_failed(err)) {
        release(store);
        return err;
    }
    *ret_store = store;
    return ohm_ok();
}

void ohm_store_close(ohm_store *store)
{
    if (!store)
        return;
    ohm_store_inbox_stop(&store->inbox);
    pthread_join(store->thread, NULL);
    release(store);
}

/* --- producers ---------------------------------------------------------------------------- */

ohm_err ohm_store_set_device(ohm_store *store, uint16_t device, const char *site_zone_device)
{
    if (device >= OHM_DEVICES_MAX)
        return ohm_fail(OHM_RANGE, 0, "too many devices");
    if (!ohm_names_is_device(ohm_span_text(site_zone_device)))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a device is named site/zone/device");

    ohm_err err = ohm_ok();
    pthread_mutex_lock(&store->shared);
    char **name = &store->devices[device];
    if (*name && strcmp(*name, site_zone_device) != 0)
        err = ohm_fail(OHM_CONFLICT, 0, "this device has another name already");
    else if (!*name && !(*name = strdup(site_zone_device)))
        err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    pthread_mutex_unlock(&store->shared);
    return err;
}

void ohm_store_plan(ohm_store *store, const ohm_energy_plan *plan)
{
    pthread_mutex_lock(&store->shared);
    store->plan = *plan;
    store->has_plan = true;
    pthread_mutex_unlock(&store->shared);
    ohm_store_inbox_tidy_in(&store->inbox, 1);
}

static bool is_time(ohm_ms time_ms)
{
    return time_ms >= OHM_STORE_TIME_MIN && time_ms < OHM_STORE_TIME_MAX;
}

static bool is_seq(uint64_t seq)
{
    return seq >= 1 && seq <= INT64_MAX;
}

ohm_code ohm_store_frame(ohm_store *store, const ohm_frame *frame)
{
    if (frame->device >= OHM_DEVICES_MAX || !device_key(store, frame->device))
        return OHM_UNKNOWN;
    if (!is_time(frame->time_ms) || frame->count > OHM_FRAME_VALUES_MAX)
        return OHM_RANGE;
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        if (v->quantity >= OHM_QUANTITIES_COUNT || v->quality > OHM_QUALITY_ESTIMATED ||
            ohm_quantity_get((ohm_quantity_id)v->quantity)->kind == OHM_TEXT)
            return OHM_RANGE;
    }
    if (frame->count == 0)
        return OHM_OK; /* nothing was said */
    message m = { 'f', frame->device, frame->count, 0, 0, frame->time_ms };
    return ohm_store_inbox_bulk(&store->inbox, ohm_span_of(&m, sizeof m),
                                ohm_span_of(frame->values, frame->count * sizeof *frame->values),
                                true);
}

ohm_code ohm_store_event(ohm_store *store, uint64_t seq, ohm_ms utc_ms, ohm_span encoded)
{
    if (!is_seq(seq))
        return OHM_RANGE;
    if (encoded.len > OHM_STORE_EVENT_MAX)
        return OHM_TOO_BIG;
    message m = { 'e', 0, 0, (uint32_t)encoded.len, seq, utc_ms };
    return ohm_store_inbox_bulk(&store->inbox, ohm_span_of(&m, sizeof m), encoded, false);
}

ohm_code ohm_store_journal(ohm_store *store, uint64_t seq, ohm_ms utc_ms, char kind,
                           ohm_span encoded, ohm_span json)
{
    assert(kind == 'd' || kind == 'n');
    if (!is_seq(seq))
        return OHM_RANGE;
    if (encoded.len > OHM_STORE_JOURNAL_MAX || json.len > OHM_STORE_JOURNAL_MAX - encoded.len)
        return OHM_TOO_BIG;
    uint8_t bytes[sizeof(message) + OHM_STORE_JOURNAL_MAX];
    message m = { kind, 0, 0, (uint32_t)encoded.len, seq, utc_ms };
    memcpy(bytes, &m, sizeof m);
    if (encoded.len > 0)
        memcpy(bytes + sizeof m, encoded.ptr, encoded.len);
    return ohm_store_inbox_journal(&store->inbox, ohm_span_of(bytes, sizeof m + encoded.len), json);
}

ohm_code ohm_store_day(ohm_store *store, const ohm_day_said *said)
{
    message m = { .kind = 'c' };
    return ohm_store_inbox_bulk(&store->inbox, ohm_span_of(&m, sizeof m),
                                ohm_span_of(said, sizeof *said), false);
}

ohm_code ohm_store_spot(ohm_store *store, const ohm_spot_said *said)
{
    message m = { .kind = 's' };
    if (said->when.from_ms >= said->when.to_ms)
        return OHM_RANGE;
    return ohm_store_inbox_bulk(&store->inbox, ohm_span_of(&m, sizeof m),
                                ohm_span_of(said, sizeof *said), false);
}

static bool is_state_key(const char *key)
{
    size_t len = strlen(key);
    return len > 0 && len < OHM_STORE_KEY_MAX;
}

ohm_code ohm_store_put(ohm_store *store, const char *key, ohm_span value)
{
    assert(is_state_key(key));
    return ohm_store_inbox_state(&store->inbox, key, value, NULL);
}

ohm_code ohm_store_commit(ohm_store *store, void (*done)(void *ctx, ohm_err result), void *ctx)
{
    return ohm_store_inbox_wait_for_commit(&store->inbox, &(ohm_waiter){ done, ctx });
}

/* --- waiting ------------------------------------------------------------------------------ */

ohm_err ohm_store_put_wait(ohm_store *store, const char *key, ohm_span value)
{
    assert(is_state_key(key));
    ohm_pending *p = ohm_pending_new();
    if (!p)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_code code =
        ohm_store_inbox_state(&store->inbox, key, value, &(ohm_waiter){ ohm_pending_done, p });
    if (code != OHM_OK) {
        ohm_pending_drop(p, 2);
        return ohm_fail(code, 0, ohm_code_text(code));
    }
    return ohm_pending_wait(p);
}

ohm_err ohm_store_commit_wait(ohm_store *store)
{
    ohm_pending *p = ohm_pending_new();
    if (!p)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_code code = ohm_store_commit(store, ohm_pending_done, p);
    if (code != OHM_OK) {
        ohm_pending_drop(p, 2);
        return ohm_fail(code, 0, ohm_code_text(code));
    }
    return ohm_pending_wait(p);
}

void ohm_store_far_of(ohm_store *store, ohm_store_far *out)
{
    pthread_mutex_lock(&store->shared);
    *out = store->far;
    pthread_mutex_unlock(&store->shared);
}

ohm_store_counters ohm_store_counters_of(ohm_store *store)
{
    pthread_mutex_lock(&store->shared);
    ohm_store_counters counters = store->counters;
    pthread_mutex_unlock(&store->shared);

    pthread_mutex_lock(&store->inbox.lock);
    counters.dropped_frames = store->inbox.dropped_frames;
    counters.dropped_events = store->inbox.dropped_events;
    counters.queued_bytes = ohm_ring_used(&store->inbox.bulk) +
                            ohm_ring_used(&store->inbox.journal) + store->inbox.states_bytes;
    pthread_mutex_unlock(&store->inbox.lock);
    return counters;
}
