#include "store/mirror.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "host/random.h"
#include "host/syserr.h"
#include "store/changes.h"
#include "store/mirror_own.h"

enum {
    FLIGHT_PIECES = 64,           /* sent before the record is written */
    RETRY_MS = 5 * OHM_SECOND_MS, /* doubled with each failure */
    RETRY_MAX_MS = 5 * OHM_MINUTE_MS,
    SETTLE_MS = 5 * OHM_SECOND_MS,     /* until VictoriaMetrics shows what it has taken */
    LOOK_BACK_MS = 10 * OHM_MINUTE_MS, /* what an engine that crashes may lose */
    AHEAD_MS = 24 * OHM_HOUR_MS,       /* engines drop what is further in the future, silently */
};

const char *ohm_mirror_kind_name(ohm_mirror_kind kind)
{
    static const char *const names[OHM_MIRROR_KINDS_COUNT] = { "victoriametrics", "influxdb1",
                                                               "influxdb2" };
    return names[kind];
}

const char *ohm_mirror_state_name(ohm_mirror_state state)
{
    static const char *const names[OHM_MIRROR_STATES_COUNT] = { "starting", "ok",      "offline",
                                                                "denied",   "refused", "store" };
    return names[state];
}

/* --- what there is to send ---------------------------------------------------------------- */

/* The place of a device; one that only the store knows gets the next. -1: there are too many. */
static int device_of(ohm_mirror *m, const char *key, size_t len)
{
    for (uint16_t i = 0; i < m->todo.count; i++)
        if (ohm_span_is(ohm_span_of(key, len), m->todo.places[i].key))
            return i;
    if (m->todo.count >= OHM_DEVICES_MAX || len >= OHM_MIRROR_KEY_MAX)
        return -1;
    char name[OHM_MIRROR_KEY_MAX];
    (void)snprintf(name, sizeof name, "%.*s", (int)len, key);
    uint16_t device = m->todo.count;
    ohm_mirror_todo_device(&m->todo, device, name);
    return device;
}

static bool on_series(void *ctx, const ohm_series_info *info)
{
    ohm_mirror *m = ctx;
    const char *slash = strrchr(info->key, '/');
    pthread_mutex_lock(&m->lock);
    int device = slash ? device_of(m, info->key, (size_t)(slash - info->key)) : -1;
    if (device >= 0 && !m->known[device][info->quantity] &&
        m->series_count < OHM_MIRROR_SERIES_MAX) {
        m->known[device][info->quantity] = true;
        m->series[m->series_count++] =
            (ohm_mirrored){ (uint16_t)device, (uint16_t)info->quantity, 0 };
    }
    pthread_mutex_unlock(&m->lock);
    return true;
}

static void series_key(const ohm_mirror *m, const ohm_mirrored *series,
                       char out[static OHM_SERIES_KEY_MAX])
{
    (void)snprintf(out, OHM_SERIES_KEY_MAX, "%s/%s", m->todo.places[series->device].key,
                   ohm_quantity_get((ohm_quantity_id)series->quantity)->name);
}

static bool first_row(void *ctx, const ohm_bucket *bucket)
{
    *(ohm_ms *)ctx = bucket->from_ms;
    return false;
}

/* What the store holds of a series grows its device's extent. */
static ohm_err add_extent(ohm_mirror *m, const ohm_mirrored *series, ohm_interval *extent)
{
    char key[OHM_SERIES_KEY_MAX];
    series_key(m, series, key);
    ohm_bucket last;
    ohm_ms first = OHM_NO_MS;
    ohm_err err = ohm_reader_last(m->reader, key, OHM_STORE_TIME_MIN, &last);
    if (err.code == OHM_END || err.code == OHM_UNKNOWN) /* erased since */
        return ohm_ok();
    OHM_TRY(err);
    OHM_TRY(ohm_reader_range(m->reader, key,
                             (ohm_interval){ OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX }, 0, first_row,
                             &first));
    if (first < extent->from_ms)
        extent->from_ms = first;
    if (last.from_ms >= extent->to_ms)
        extent->to_ms = last.from_ms + 1;
    return ohm_ok();
}

/* What an earlier run left: some of it may have been sent without our knowing. */
static ohm_err find_extents(ohm_mirror *m)
{
    for (uint16_t device = 0; device < m->todo.count; device++) {
        ohm_interval held = { OHM_STORE_TIME_MAX, OHM_STORE_TIME_MIN };
        for (uint16_t i = 0; i < m->series_count; i++)
            if (m->series[i].device == device)
                OHM_TRY(add_extent(m, &m->series[i], &held));
        if (held.to_ms <= held.from_ms)
            continue;
        pthread_mutex_lock(&m->lock);
        m->compare_before_ms[device] = held.to_ms;
        ohm_mirror_todo_extent(&m->todo, device, held);
        pthread_mutex_unlock(&m->lock);
    }
    return ohm_ok();
}

/* VictoriaMetrics shows a point about a second after it took it. What is compared too early looks
 * as if it were not there, and would be there twice. */
static int64_t settle_ms(const ohm_mirror *m)
{
    return m->config.kind == OHM_MIRROR_VICTORIAMETRICS ? SETTLE_MS : 0;
}

/* --- a flight: some pieces, sent together ------------------------------------------------- */

/* The rows of one series in one piece, on their way into the lines. */
typedef struct filling {
    ohm_mirror *m;
    ohm_mirror_series line;
    ohm_mirror_there *there; /* NULL: nothing of it is there */
    ohm_ms next_ms;          /* the first row not looked at */
    uint64_t already;
    bool full;
} filling;

static bool on_row(void *ctx, const ohm_bucket *row)
{
    filling *f = ctx;
    ohm_mirror *m = f->m;
    if (m->lines_count >= OHM_MIRROR_BATCH_LINES ||
        m->lines_len > OHM_MIRROR_BATCH_BYTES - OHM_MIRROR_LINE_MAX) {
        f->full = true;
        return false;
    }
    f->next_ms = row->from_ms + 1;
    if (row->quality == OHM_QUALITY_SUSPECT)
        return true;
    if (f->there && ohm_mirror_there_has(f->there, row->from_ms, row->last)) {
        f->already++;
        return true;
    }
    m->lines_len += ohm_mirror_line(&f->line, row->from_ms, row->last, m->lines + m->lines_len);
    m->lines_count++;
    return true;
}

/* The engine has values that we no longer have: what it keeps of this series is dropped and all of
 * it is sent again under a new revision. The record comes first. */
static ohm_mirror_end correct(ohm_mirror *m, ohm_mirrored *series)
{
    ohm_log(OHM_LOG_NOTICE, "mirror %s corrected=%s/%s", m->config.id,
            m->todo.places[series->device].key,
            ohm_quantity_get((ohm_quantity_id)series->quantity)->name);
    pthread_mutex_lock(&m->lock);
    series->revision++;
    m->status.corrections++;
    ohm_mirror_todo_late(&m->todo, series->device,
                         (ohm_interval){ m->todo.places[series->device].first_ms,
                                         m->todo.places[series->device].tail_to_ms });
    ohm_mirror_save(m);
    pthread_mutex_unlock(&m->lock);
    if (ohm_failed(ohm_store_commit_wait(m->store))) {
        ohm_mirror_say(m, OHM_MIRROR_STORE, "the store does not commit");
        return OHM_MIRROR_UNSEEN;
    }
    return ohm_mirror_there_delete(m, series);
}

/* Sends the rows of a series in [from, to) that are not there yet. */
static ohm_mirror_end send_rows(ohm_mirror *m, const ohm_mirrored *series, ohm_interval range,
                                ohm_mirror_there *there)
{
    char key[OHM_SERIES_KEY_MAX];
    filling f = { .m = m, .there = there, .next_ms = range.from_ms };
    if (ohm_mirror_series_init(&f.line, m->todo.places[series->device].key,
                               (ohm_quantity_id)series->quantity, series->revision,
                               m->config.single_field) != OHM_OK)
        return OHM_MIRROR_TAKEN; /* no engine has room for such a name */
    series_key(m, series, key);
    ohm_mirror_end end = OHM_MIRROR_TAKEN;
    do {
        f.full = false;
        ohm_interval rest = { f.next_ms, range.to_ms };
        ohm_err err = rest.to_ms > rest.from_ms
                          ? ohm_reader_range(m->reader, key, rest, 0, on_row, &f)
                          : ohm_ok();
        f.full = f.full || err.code == OHM_TOO_BIG; /* so many rows were handed out */
        if (ohm_failed(err) && err.code != OHM_TOO_BIG && err.code != OHM_UNKNOWN) {
            ohm_mirror_say(m, OHM_MIRROR_STORE, err.what);
            return OHM_MIRROR_UNSEEN;
        }
        if (f.full)
            end = ohm_mirror_send_lines(m);
    } while (f.full && end == OHM_MIRROR_TAKEN);
    pthread_mutex_lock(&m->lock);
    m->status.already += f.already;
    pthread_mutex_unlock(&m->lock);
    return end;
}

static ohm_mirror_end send_series(ohm_mirror *m, ohm_mirrored *series, ohm_mirror_piece piece,
                                  bool compare)
{
    if (!compare)
        return send_rows(m, series, piece.range, NULL);
    size_t len = m->lines_len;
    uint32_t lines = m->lines_count, posts = m->posts;
    ohm_mirror_there there = { 0 };
    ohm_mirror_end end = ohm_mirror_there_get(m, series, piece.range, &there);
    if (end == OHM_MIRROR_TAKEN)
        end = send_rows(m, series, piece.range, &there);
    bool wrong = there.differs || ohm_mirror_there_more(&there);
    ohm_mirror_there_free(&there);
    if (end != OHM_MIRROR_TAKEN || !wrong)
        return end;
    /* Its lines of the old revision don't go out after that is deleted. */
    m->lines_len = m->posts == posts ? len : 0;
    m->lines_count = m->posts == posts ? lines : 0;
    return correct(m, series);
}

static ohm_mirror_end send_piece(ohm_mirror *m, ohm_mirror_piece piece)
{
    bool compare = m->config.kind == OHM_MIRROR_VICTORIAMETRICS &&
                   (piece.late || piece.range.from_ms < m->compare_before_ms[piece.device]);
    for (uint16_t i = 0; i < m->series_count; i++) {
        if (m->series[i].device != piece.device)
            continue;
        ohm_mirror_end end = send_series(m, &m->series[i], piece, compare);
        if (end != OHM_MIRROR_TAKEN)
            return end;
    }
    return OHM_MIRROR_TAKEN;
}

/* Takes pieces and sends them. OHM_MIRROR_TAKEN and false in *more: nothing is owed. */
static ohm_mirror_end fly(ohm_mirror *m, ohm_ms limit_ms, bool *more)
{
    ohm_mirror_piece pieces[FLIGHT_PIECES];
    int count = 0;
    pthread_mutex_lock(&m->lock);
    while (count < FLIGHT_PIECES &&
           ohm_mirror_todo_take(&m->todo, limit_ms, ohm_clock_mono(), &pieces[count]))
        count++;
    pthread_mutex_unlock(&m->lock);
    *more = count > 0;
    m->posts = 0;
    ohm_mirror_end end = OHM_MIRROR_TAKEN;
    for (int i = 0; i < count && end == OHM_MIRROR_TAKEN; i++)
        end = send_piece(m, pieces[i]);
    if (end == OHM_MIRROR_TAKEN)
        end = ohm_mirror_send_lines(m);
    m->lines_len = 0;
    m->lines_count = 0;

    pthread_mutex_lock(&m->lock);
    if (end == OHM_MIRROR_TAKEN) {
        ohm_mirror_todo_done(&m->todo, ohm_mono_after(ohm_clock_mono(), settle_ms(m)));
        ohm_mirror_save(m);
    } else {
        ohm_mirror_todo_fail(&m->todo);
    }
    pthread_mutex_unlock(&m->lock);
    for (int i = 0; i < count && end != OHM_MIRROR_TAKEN; i++) {
        ohm_ms *before = &m->compare_before_ms[pieces[i].device];
        if ((m->posts > 0 || end == OHM_MIRROR_UNSURE) && *before < pieces[i].range.to_ms)
            *before = pieces[i].range.to_ms;
    }
    return end;
}

/* VictoriaMetrics answers before what it took is on its disk: after an absence the last minutes
 * are owed once more, and compared with what is there. */
static void look_back(ohm_mirror *m)
{
    if (m->config.kind != OHM_MIRROR_VICTORIAMETRICS)
        return;
    for (uint16_t i = 0; i < m->todo.count; i++) {
        const ohm_mirror_place *place = &m->todo.places[i];
        if (place->key[0] != '\0' && place->through_ms > place->first_ms)
            ohm_mirror_todo_late(
                &m->todo, i, (ohm_interval){ place->through_ms - LOOK_BACK_MS, place->through_ms });
    }
}

/* A change of everything is one of what there is, or was sent. */
static void owe_late(ohm_mirror *m, uint16_t device, ohm_interval range)
{
    const ohm_mirror_place *place = &m->todo.places[device];
    if (range.from_ms < place->first_ms)
        range.from_ms = place->first_ms;
    if (range.to_ms > place->tail_to_ms)
        range.to_ms = place->tail_to_ms;
    ohm_mirror_todo_late(&m->todo, device, range);
}

/* What an import or an erasure, in whatever process, did to the past is owed again. What can't be
 * read now is read with the next cycle. */
static void note_changes(ohm_mirror *m)
{
    uint8_t *bytes;
    size_t len;
    if (ohm_failed(ohm_reader_get(m->reader, OHM_CHANGES_KEY, &bytes, &len)))
        return;
    ohm_span text = ohm_span_of(bytes, len);
    ohm_change change;
    bool news = false;
    while (!news && ohm_changes_next(&text, &change))
        news = change.number > m->changes_seen;
    if (!news || ohm_failed(ohm_reader_series(m->reader, on_series, m)) ||
        ohm_failed(find_extents(m))) {
        free(bytes);
        return;
    }
    text = ohm_span_of(bytes, len);
    pthread_mutex_lock(&m->lock);
    int64_t seen = m->changes_seen;
    while (ohm_changes_next(&text, &change)) {
        if (change.number <= m->changes_seen)
            continue;
        int device = device_of(m, (const char *)change.device_key.ptr, change.device_key.len);
        if (device >= 0)
            owe_late(m, (uint16_t)device, change.range);
        seen = change.number > seen ? change.number : seen;
    }
    if (seen > m->changes_seen) {
        m->changes_seen = seen;
        ohm_mirror_save(m);
    }
    pthread_mutex_unlock(&m->lock);
    free(bytes);
}

/* Sends all that is owed. */
static ohm_mirror_end cycle(ohm_mirror *m)
{
    ohm_ms limit_ms = ohm_clock_utc() + AHEAD_MS;
    bool more = true;
    pthread_mutex_lock(&m->lock);
    if (m->was_away)
        look_back(m);
    m->was_away = false;
    ohm_mirror_todo_settle(&m->todo, settle_ms(m), ohm_clock_mono());
    pthread_mutex_unlock(&m->lock);
    note_changes(m);
    pthread_mutex_lock(&m->lock);
    bool owed = ohm_mirror_todo_oldest(&m->todo, limit_ms) != OHM_NO_MS;
    pthread_mutex_unlock(&m->lock);
    if (!owed)
        return OHM_MIRROR_TAKEN;
    ohm_err err = ohm_store_commit_wait(m->store); /* what was noted can be read now */
    if (!ohm_failed(err))
        err = ohm_reader_series(m->reader, on_series, m);
    if (ohm_failed(err)) {
        ohm_mirror_say(m, OHM_MIRROR_STORE, err.what);
        return OHM_MIRROR_UNSEEN;
    }
    ohm_mirror_end end = OHM_MIRROR_TAKEN;
    while (more && end == OHM_MIRROR_TAKEN) {
        end = fly(m, limit_ms, &more);
        pthread_mutex_lock(&m->lock);
        if (more && end == OHM_MIRROR_TAKEN)
            m->status.sent_ms = ohm_clock_utc();
        more = more && !m->stop;
        pthread_mutex_unlock(&m->lock);
    }
    if (end == OHM_MIRROR_TAKEN)
        ohm_mirror_say(m, OHM_MIRROR_OK, "");
    return end;
}

/* --- the thread --------------------------------------------------------------------------- */

/* Until the time has come, or somebody asks; false: to stop. */
static bool wait_ms(ohm_mirror *m, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&m->lock);
    int result = 0;
    while (!m->stop && !m->hurry && result == 0)
        result = pthread_cond_timedwait(&m->changed, &m->lock, &until);
    m->hurry = false;
    bool go = !m->stop;
    pthread_mutex_unlock(&m->lock);
    return go;
}

static int64_t pause_ms(ohm_mirror *m, ohm_mirror_end end, unsigned failures)
{
    int64_t every_ms = m->config.every_ms;
    if (end == OHM_MIRROR_TAKEN)
        return every_ms;
    int64_t ms = RETRY_MS;
    for (unsigned i = 1; i < failures && ms < RETRY_MAX_MS; i++)
        ms *= 2;
    ms = ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
    uint32_t jitter;
    ohm_random(&jitter, sizeof jitter);
    ms += ms / 4 * (int64_t)(jitter % 1000) / 1000;
    if (m->retry_after_s * 1000 > ms)
        ms = m->retry_after_s < 3600 ? m->retry_after_s * 1000 : OHM_HOUR_MS;
    return ms < settle_ms(m) ? settle_ms(m) : ms;
}

static ohm_err prepare(ohm_mirror *m)
{
    if (!m->reader)
        OHM_TRY(ohm_reader_open(m->store_path, &m->reader));
    if (!m->ask.http)
        OHM_TRY(ohm_http_new(NULL, &m->ask.http));
    OHM_TRY(ohm_reader_series(m->reader, on_series, m));
    OHM_TRY(ohm_mirror_restore(m));
    return find_extents(m);
}

/* Deletes what a run that was cut short left of old revisions. */
static ohm_mirror_end clear_old(ohm_mirror *m)
{
    ohm_mirror_end end = OHM_MIRROR_TAKEN;
    for (uint16_t i = 0; i < m->series_count && end == OHM_MIRROR_TAKEN; i++)
        if (m->series[i].revision > 0)
            end = ohm_mirror_there_delete(m, &m->series[i]);
    return end;
}

static void *run(void *arg)
{
    ohm_mirror *m = arg;
    bool prepared = false, cleared = false;
    unsigned failures = 0;
    int64_t ms = settle_ms(m);
    ohm_fault_stack();
    while (wait_ms(m, ms)) {
        ohm_mirror_end end = OHM_MIRROR_TAKEN;
        m->retry_after_s = -1;
        if (!prepared) {
            ohm_err err = prepare(m);
            prepared = !ohm_failed(err);
            if (!prepared) {
                ohm_mirror_say(m, OHM_MIRROR_STORE, err.what);
                end = OHM_MIRROR_UNSEEN;
            }
        }
        if (prepared && !cleared)
            cleared = (end = clear_old(m)) == OHM_MIRROR_TAKEN;
        if (cleared)
            end = cycle(m);
        m->was_away |= end == OHM_MIRROR_UNSURE || end == OHM_MIRROR_UNSEEN;
        failures = end == OHM_MIRROR_TAKEN ? 0 : failures + 1;
        ms = pause_ms(m, end, failures);
    }
    return NULL;
}

ohm_err ohm_mirror_new(const ohm_mirror_config *config, ohm_store *store, const char *store_path,
                       const char *const *keys, uint16_t keys_count, ohm_mirror **ret_mirror)
{
    assert(keys_count <= OHM_DEVICES_MAX);
    ohm_mirror *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->config = *config;
    m->config.every_ms = config->every_ms ? config->every_ms : OHM_MIRROR_EVERY_MS;
    m->store = store;
    m->status.sent_ms = OHM_NO_MS;
    int len = snprintf(m->store_path, sizeof m->store_path, "%s", store_path);
    assert(len >= 0 && (size_t)len < sizeof m->store_path);
    for (uint16_t i = 0; i < keys_count; i++)
        if (keys[i] && strlen(keys[i]) < OHM_MIRROR_KEY_MAX)
            ohm_mirror_todo_device(&m->todo, i, keys[i]);
    m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->wake_fd < 0) {
        ohm_err err = ohm_err_errno(errno);
        free(m);
        return err;
    }
    m->ask.wake_fd = m->wake_fd;
    m->ask.authorization = m->config.authorization;

    pthread_condattr_t clock;
    (void)pthread_mutex_init(&m->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&m->changed, &clock);
    (void)pthread_condattr_destroy(&clock);
    sigset_t all, had; /* signals are the loop's */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &had);
    int result = pthread_create(&m->thread, NULL, run, m);
    (void)pthread_sigmask(SIG_SETMASK, &had, NULL);
    if (result != 0) {
        (void)close(m->wake_fd);
        free(m);
        return ohm_err_errno(result);
    }
    *ret_mirror = m;
    return ohm_ok();
}

void ohm_mirror_free(ohm_mirror *m)
{
    if (!m)
        return;
    uint64_t one = 1;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
    (void)!write(m->wake_fd, &one, sizeof one);
    (void)pthread_join(m->thread, NULL);
    ohm_reader_close(m->reader);
    ohm_http_free(m->ask.http);
    (void)close(m->wake_fd);
    (void)pthread_cond_destroy(&m->changed);
    (void)pthread_mutex_destroy(&m->lock);
    ohm_wipe(m->config.authorization, sizeof m->config.authorization);
    free(m);
}

ohm_code ohm_mirrors_frame(ohm_mirror *const *mirrors, uint16_t count, ohm_store *store,
                           const ohm_frame *frame)
{
    for (uint16_t i = 0; i < count; i++) {
        ohm_mirror *m = mirrors[i];
        pthread_mutex_lock(&m->lock);
        if (frame->device < m->todo.count && m->todo.places[frame->device].key[0])
            ohm_mirror_todo_note(&m->todo, frame->device, frame->time_ms);
        if (m->todo.changed)
            ohm_mirror_save(m);
    }
    ohm_code code = ohm_store_frame(store, frame);
    for (uint16_t i = count; i-- > 0;)
        pthread_mutex_unlock(&mirrors[i]->lock);
    return code;
}

void ohm_mirror_status_of(ohm_mirror *m, ohm_mirror_status *out)
{
    pthread_mutex_lock(&m->lock);
    *out = m->status;
    out->owed_ms = ohm_mirror_todo_oldest(&m->todo, OHM_STORE_TIME_MAX);
    pthread_mutex_unlock(&m->lock);
}

void ohm_mirror_wake(ohm_mirror *m)
{
    pthread_mutex_lock(&m->lock);
    m->hurry = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
}
