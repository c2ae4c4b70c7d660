#include "cmd/abort_record.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/engine.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "store/chunk.h"

enum {
    COUNTS_MS = 10 * OHM_MINUTE_MS, /* aborts within so long are one story */
    SAFE_AFTER = 3,
    /* A fault on a stack that is used up may look like a kill from outside, and nobody kills by
     * hand so often. */
    SAFE_AFTER_ANY = 5,
    SLOW_MS = 6 * OHM_HOUR_MS, /* a fault in each plan, or in each hour's work */
    SAFE_AFTER_SLOW = 5,
    BARE_AFTER = 2,                /* of those in safe mode */
    TRIAL_MS = 60 * OHM_MINUTE_MS, /* after the safe mode ended by itself */
    PATIENCE_MS = 3000,            /* who has the file locks it for a moment */
    PATIENCE_APPEND_MS = 60000,    /* an abort is not lost to one who was stopped meanwhile */
    ASK_MS = 50,
    SAME_START_MS = 2000, /* both are rounded to seconds */
    VERSION = 1,
};

_Static_assert((int)SAFE_AFTER_SLOW <= (int)OHM_ABORTS_KEPT, "they are still known");
_Static_assert((int)SAFE_AFTER_ANY <= (int)OHM_ABORTS_KEPT, "they are still known");

static const char magic[8] = "OHMABORT";

/* --- what follows from an abort --------------------------------------------------------------- */

void ohm_aborts_init(ohm_abort_record *record)
{
    *record = (ohm_abort_record){ .quiet_h = OHM_ABORT_QUIET_H };
}

static bool is_within(const ohm_abort *a, const ohm_abort *now, int64_t window_ms)
{
    int64_t ago_ms = ohm_mono_since(now->mono, a->mono);
    return a->boot_id == now->boot_id && ago_ms >= 0 && ago_ms <= window_ms;
}

/* Causes, as bits. */
enum {
    FAULTS =
        1 << OHM_ABORT_FAULT | 1 << OHM_ABORT_MEMORY | 1 << OHM_ABORT_HUNG | 1 << OHM_ABORT_ENDED,
    NOT_KILLED = FAULTS | 1 << OHM_ABORT_UNSEEN,
    ANY = NOT_KILLED | 1 << OHM_ABORT_KILLED,
};

/* How many of the last so long there were, in that mode, of those causes. */
static int count_of(const ohm_abort_record *r, const ohm_abort *now, ohm_run_mode mode,
                    int64_t window_ms, unsigned causes)
{
    int count = 0;
    for (int i = 0; i < r->count; i++) {
        const ohm_abort *a = &r->items[i];
        bool before = r->since_boot == a->boot_id && ohm_mono_since(r->since_mono, a->mono) >= 0;
        bool counts = causes & 1U << a->cause;
        count += !before && a->mode == mode && counts && is_within(a, now, window_ms);
    }
    return count;
}

static bool is_loop(const ohm_abort_record *r, const ohm_abort *now)
{
    return count_of(r, now, OHM_RUN_NORMAL, COUNTS_MS, FAULTS) >= SAFE_AFTER ||
           count_of(r, now, OHM_RUN_NORMAL, COUNTS_MS, ANY) >= SAFE_AFTER_ANY ||
           count_of(r, now, OHM_RUN_NORMAL, SLOW_MS, NOT_KILLED) >= SAFE_AFTER_SLOW;
}

static bool is_on_trial(const ohm_abort_record *r, const ohm_abort *now)
{
    return r->left_boot == now->boot_id && now->cause != OHM_ABORT_KILLED &&
           ohm_mono_since(now->mono, r->left_mono) <= TRIAL_MS;
}

/* The end of one run, told by its supervisor and by the next start that came before that. Whoever
 * saw nothing of it has no build id. */
static bool is_told_twice(const ohm_abort *a, const ohm_abort *b)
{
    int64_t apart_ms =
        ohm_mono_since(a->mono, b->mono) - ((int64_t)a->ran_s - (int64_t)b->ran_s) * OHM_SECOND_MS;
    return a->boot_id == b->boot_id && (!a->build[0] || !b->build[0]) &&
           apart_ms > -SAME_START_MS && apart_ms < SAME_START_MS;
}

void ohm_aborts_add(ohm_abort_record *r, const ohm_abort *abort)
{
    bool twice = r->count > 0 && is_told_twice(&r->items[0], abort);
    if (twice && !abort->build[0])
        return;
    if (!twice) {
        memmove(r->items + 1, r->items, (OHM_ABORTS_KEPT - 1) * sizeof *r->items);
        r->count = r->count < OHM_ABORTS_KEPT ? r->count + 1 : OHM_ABORTS_KEPT;
        r->total++;
    }
    ohm_abort_outputs before = r->items[0].outputs;
    r->items[0] = *abort;
    if (twice && abort->outputs == OHM_ABORT_OUTPUTS_LEFT)
        r->items[0].outputs = before; /* by who had taken them over */
    if (r->mode == OHM_RUN_NORMAL) {
        bool again = is_on_trial(r, abort);
        if (again)
            r->quiet_h = r->quiet_h * 2 < OHM_ABORT_QUIET_H_MAX ? (uint8_t)(r->quiet_h * 2)
                                                                : OHM_ABORT_QUIET_H_MAX;
        if (again || is_loop(r, abort))
            r->mode = OHM_RUN_SAFE;
    } else if (r->mode == OHM_RUN_SAFE &&
               count_of(r, abort, OHM_RUN_SAFE, COUNTS_MS, NOT_KILLED) >= BARE_AFTER) {
        r->mode = OHM_RUN_BARE;
    }
}

void ohm_aborts_leave(ohm_abort_record *r, uint64_t boot_id, ohm_mono_ms now)
{
    r->mode = OHM_RUN_NORMAL;
    r->quiet_h = OHM_ABORT_QUIET_H;
    r->left_boot = 0;
    r->since_boot = boot_id;
    r->since_mono = now;
}

void ohm_aborts_calm(ohm_abort_record *r, uint64_t boot_id, ohm_mono_ms now)
{
    r->mode = OHM_RUN_NORMAL;
    r->left_boot = r->since_boot = boot_id;
    r->left_mono = r->since_mono = now;
}

/* --- words ------------------------------------------------------------------------------------ */

const char *ohm_abort_cause_name(ohm_abort_cause cause)
{
    static const char *const names[] = { "fault", "killed", "memory", "hung", "ended", "unseen" };
    assert(cause < OHM_ABORT_CAUSES_COUNT);
    return names[cause];
}

const char *ohm_run_mode_name(ohm_run_mode mode)
{
    static const char *const names[] = { "normal", "safe", "bare" };
    assert(mode < OHM_RUN_MODES_COUNT);
    return names[mode];
}

const char *ohm_abort_outputs_name(ohm_abort_outputs outputs)
{
    static const char *const names[] = { "none", "restored", "partly", "left" };
    assert(outputs < OHM_ABORT_OUTPUTS_COUNT);
    return names[outputs];
}

void ohm_abort_signal_name(uint8_t number, char out[static 16])
{
    const char *name = number ? sigabbrev_np(number) : NULL;
    out[0] = '\0';
    if (name)
        (void)snprintf(out, 16, "SIG%.12s", name);
    else if (number)
        (void)snprintf(out, 16, "%u", number);
}

const char *ohm_abort_event_name(const ohm_abort_event *event)
{
    static const char *const names[OHM_EVENT_KINDS_COUNT] = {
        [OHM_EVENT_START] = "start",     [OHM_EVENT_TICK] = "tick",
        [OHM_EVENT_FRAME] = "frame",     [OHM_EVENT_SIGNAL] = "signal",
        [OHM_EVENT_COMMAND] = "command", [OHM_EVENT_OUTPUT] = "output",
        [OHM_EVENT_CLOCK] = "clock",     [OHM_EVENT_STOP] = "stop",
        [OHM_EVENT_NOTE] = "note",       [OHM_EVENT_CONTRACT] = "contract",
        [OHM_EVENT_RULES] = "rules",
    };
    const char *name = event->kind < OHM_EVENT_KINDS_COUNT ? names[event->kind] : NULL;
    return name ? name : "unknown";
}

static void write_events(ohm_json *json, const ohm_abort *a)
{
    ohm_json_key(json, "events");
    ohm_json_array(json);
    for (int i = 0; i < a->events_count; i++) {
        ohm_json_object(json);
        ohm_json_key_str(json, "kind", ohm_abort_event_name(&a->events[i]));
        ohm_json_key_int(json, "before_ms", a->events[i].before_ms);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_aborts_write(ohm_json *json, const ohm_abort_record *r)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "mode", ohm_run_mode_name(r->mode));
    ohm_json_key_int(json, "total", r->total);
    ohm_json_key_int(json, "quiet_hours", r->quiet_h);
    ohm_json_key(json, "aborts");
    ohm_json_array(json);
    for (int i = 0; i < r->count; i++) {
        const ohm_abort *a = &r->items[i];
        char name[16];
        ohm_abort_signal_name(a->signal, name);
        ohm_json_object(json);
        ohm_json_key_time(json, "time", a->utc_ms);
        ohm_json_key_str(json, "cause", ohm_abort_cause_name(a->cause));
        ohm_json_key_str(json, "signal", name[0] ? name : NULL);
        ohm_json_key_int(json, "ran_s", a->ran_s);
        ohm_json_key_str(json, "mode", ohm_run_mode_name(a->mode));
        ohm_json_key_str(json, "outputs", ohm_abort_outputs_name(a->outputs));
        ohm_json_key_str(json, "build_id", a->build[0] ? a->build : NULL);
        write_events(json, a);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* Big-endian, one after the other; the copy is far larger than what it can hold. */
typedef struct cursor {
    uint8_t *out;
    const uint8_t *in;
    size_t at;
    bool bad; /* read: a value that can't be */
} cursor;

static void put(cursor *c, uint64_t value, size_t bytes)
{
    assert(c->at + bytes <= OHM_ABORTS_BYTES);
    for (size_t i = 0; i < bytes; i++)
        c->out[c->at++] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t get(cursor *c, size_t bytes)
{
    uint64_t value = 0;
    assert(c->at + bytes <= OHM_ABORTS_BYTES);
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | c->in[c->at++];
    return value;
}

static uint8_t get_below(cursor *c, unsigned limit)
{
    uint8_t value = (uint8_t)get(c, 1);
    c->bad |= value >= limit;
    return value < limit ? value : 0;
}

/* So far from the ends that differences can't overflow. */
static ohm_mono_ms get_mono(cursor *c)
{
    ohm_mono_ms mono = { (int64_t)get(c, 8) };
    c->bad |= mono.v < 0 || mono.v > INT64_MAX / 4;
    return mono;
}

static void put_abort(cursor *c, const ohm_abort *a)
{
    put(c, (uint64_t)a->utc_ms, 8);
    put(c, (uint64_t)a->mono.v, 8);
    put(c, a->boot_id, 8);
    put(c, a->ran_s, 4);
    put(c, a->cause, 1);
    put(c, a->signal, 1);
    put(c, a->mode, 1);
    put(c, a->outputs, 1);
    put(c, a->events_count, 1);
    for (int i = 0; i < OHM_ABORT_EVENTS; i++) {
        put(c, a->events[i].kind, 1);
        put(c, a->events[i].device, 2);
        put(c, a->events[i].before_ms, 4);
    }
    for (int i = 0; i < OHM_ABORT_BUILD_MAX; i++)
        put(c, (uint8_t)a->build[i], 1);
}

static void get_abort(cursor *c, ohm_abort *a)
{
    a->utc_ms = (ohm_ms)get(c, 8);
    a->mono = get_mono(c);
    a->boot_id = get(c, 8);
    a->ran_s = (uint32_t)get(c, 4);
    a->cause = (ohm_abort_cause)get_below(c, OHM_ABORT_CAUSES_COUNT);
    a->signal = (uint8_t)get(c, 1);
    a->mode = (ohm_run_mode)get_below(c, OHM_RUN_MODES_COUNT);
    a->outputs = (ohm_abort_outputs)get_below(c, OHM_ABORT_OUTPUTS_COUNT);
    a->events_count = get_below(c, OHM_ABORT_EVENTS + 1);
    for (int i = 0; i < OHM_ABORT_EVENTS; i++) {
        a->events[i].kind = (uint8_t)get(c, 1);
        a->events[i].device = (uint16_t)get(c, 2);
        a->events[i].before_ms = (uint32_t)get(c, 4);
    }
    for (int i = 0; i < OHM_ABORT_BUILD_MAX; i++)
        a->build[i] = (char)get(c, 1);
    c->bad |= a->build[OHM_ABORT_BUILD_MAX - 1] != '\0';
}

enum { CHECKED = OHM_ABORTS_BYTES - 4 };

void ohm_aborts_encode(const ohm_abort_record *r, uint8_t out[static OHM_ABORTS_BYTES])
{
    cursor c = { .out = out, .at = sizeof magic };
    memset(out, 0, OHM_ABORTS_BYTES);
    memcpy(out, magic, sizeof magic);
    put(&c, VERSION, 1);
    put(&c, r->seq, 8);
    put(&c, r->mode, 1);
    put(&c, r->quiet_h, 1);
    put(&c, r->total, 4);
    put(&c, r->told, 4);
    put(&c, r->left_boot, 8);
    put(&c, (uint64_t)r->left_mono.v, 8);
    put(&c, r->since_boot, 8);
    put(&c, (uint64_t)r->since_mono.v, 8);
    put(&c, r->count, 1);
    for (int i = 0; i < OHM_ABORTS_KEPT; i++)
        put_abort(&c, &r->items[i]);
    assert(c.at <= CHECKED);
    ohm_put_be32(out + CHECKED, ohm_crc32c(0, ohm_span_of(out, CHECKED)));
}

ohm_code ohm_aborts_decode(ohm_span copy, ohm_abort_record *out)
{
    if (copy.len != OHM_ABORTS_BYTES || memcmp(copy.ptr, magic, sizeof magic) != 0)
        return OHM_BAD_FORMAT;
    if (ohm_be32(copy.ptr + CHECKED) != ohm_crc32c(0, ohm_span_of(copy.ptr, CHECKED)))
        return OHM_BAD_CHECKSUM;
    cursor c = { .in = copy.ptr, .at = sizeof magic };
    ohm_abort_record r = { 0 };
    if (get(&c, 1) != VERSION)
        return OHM_BAD_FORMAT;
    r.seq = get(&c, 8);
    r.mode = (ohm_run_mode)get_below(&c, OHM_RUN_MODES_COUNT);
    r.quiet_h = get_below(&c, OHM_ABORT_QUIET_H_MAX + 1);
    r.total = (uint32_t)get(&c, 4);
    r.told = (uint32_t)get(&c, 4);
    r.left_boot = get(&c, 8);
    r.left_mono = get_mono(&c);
    r.since_boot = get(&c, 8);
    r.since_mono = get_mono(&c);
    r.count = get_below(&c, OHM_ABORTS_KEPT + 1);
    for (int i = 0; i < OHM_ABORTS_KEPT; i++)
        get_abort(&c, &r.items[i]);
    if (c.bad || r.quiet_h < OHM_ABORT_QUIET_H)
        return OHM_BAD_FORMAT;
    *out = r;
    return OHM_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

/* OHM_OK: *out holds what is there, which may be nothing yet. OHM_BAD_FORMAT: neither copy is one
 * that we know. */
static ohm_err read_copies(int fd, ohm_abort_record *out)
{
    uint8_t bytes[OHM_ABORTS_BYTES];
    bool any = false, good = false;
    for (int i = 0; i < 2; i++) {
        ohm_abort_record found;
        ssize_t n = pread(fd, bytes, sizeof bytes, (off_t)i * OHM_ABORTS_BYTES);
        if (n < 0)
            return ohm_err_errno(errno);
        any = any || n > 0;
        if (n != (ssize_t)sizeof bytes ||
            ohm_aborts_decode(ohm_span_of(bytes, sizeof bytes), &found) != OHM_OK ||
            (good && found.seq < out->seq))
            continue;
        good = true;
        *out = found;
    }
    return any && !good ? ohm_fail(OHM_BAD_FORMAT, 0, "the record of aborts is not readable")
                        : ohm_ok();
}

static ohm_err write_copy(int fd, uint64_t seq, const ohm_abort_record *record)
{
    uint8_t bytes[OHM_ABORTS_BYTES];
    ohm_abort_record r = *record;
    r.seq = seq;
    ohm_aborts_encode(&r, bytes);
    errno = EIO; /* of a write that was cut short */
    if (pwrite(fd, bytes, sizeof bytes, (off_t)(seq % 2) * OHM_ABORTS_BYTES) !=
            (ssize_t)sizeof bytes ||
        fdatasync(fd))
        return ohm_err_errno(errno);
    return ohm_ok();
}

static int open_record(const char *folder, int flags)
{
    char path[OHM_PATH_MAX];
    if (ohm_failed(ohm_path_join(folder, OHM_ABORTS_FILE, path))) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

ohm_err ohm_aborts_read(const char *folder, ohm_abort_record *out)
{
    int fd = open_record(folder, O_RDONLY);
    ohm_aborts_init(out);
    if (fd < 0)
        return errno == ENOENT ? ohm_ok() : ohm_err_errno(errno);
    ohm_err err = read_copies(fd, out);
    (void)close(fd);
    return err;
}

/* OHM_BUSY: somebody else changes it, for longer than that. A file system that knows no locks has
 * but one who writes at a time all the same: one daemon, and its supervisor after it. */
static ohm_err lock_record(int fd, int64_t patience_ms)
{
    int64_t waited_ms = 0;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return ohm_ok();
        if (waited_ms >= patience_ms)
            return ohm_fail(OHM_BUSY, 0, "another process changes the record of aborts");
        (void)poll(NULL, 0, ASK_MS);
        waited_ms += ASK_MS;
    }
    return ohm_ok();
}

static ohm_err write_record(int fd, ohm_abort_record *r)
{
    if (r->seq == 0) /* the first one: both copies get their room now, while there is some */
        OHM_TRY(write_copy(fd, ++r->seq, r));
    return write_copy(fd, r->seq + 1, r);
}

/* What can't be read is not written over. */
static ohm_err change_at(const char *folder, int flags, int64_t patience_ms,
                         void (*change)(ohm_abort_record *record, void *ctx), void *ctx,
                         ohm_abort_record *out)
{
    ohm_abort_record r;
    int fd = open_record(folder, flags);
    ohm_err err = fd < 0 ? ohm_err_errno(errno) : lock_record(fd, patience_ms);
    ohm_aborts_init(&r);
    if (fd < 0 || ohm_failed(err)) {
        ohm_err unread = ohm_aborts_read(folder, &r);
        err = ohm_failed(unread) ? unread : err;
    } else {
        err = read_copies(fd, &r);
    }
    change(&r, ctx);
    if (fd >= 0 && !ohm_failed(err))
        err = write_record(fd, &r);
    if (out)
        *out = r;
    if (fd >= 0)
        (void)close(fd);
    return err;
}

ohm_err ohm_aborts_change(const char *folder, void (*change)(ohm_abort_record *record, void *ctx),
                          void *ctx, ohm_abort_record *out)
{
    return change_at(folder, O_RDWR | O_CREAT, PATIENCE_MS, change, ctx, out);
}

ohm_err ohm_aborts_change_now(const char *folder,
                              void (*change)(ohm_abort_record *record, void *ctx), void *ctx,
                              ohm_abort_record *out)
{
    return change_at(folder, O_RDWR | O_CREAT, 0, change, ctx, out);
}

static void add(ohm_abort_record *record, void *ctx)
{
    ohm_aborts_add(record, ctx);
}

ohm_err ohm_aborts_append(const char *folder, ohm_abort *abort, ohm_abort_record *out)
{
    return change_at(folder, O_RDWR, PATIENCE_APPEND_MS, add, abort, out);
}

ohm_err ohm_aborts_put_aside(const char *folder)
{
    char path[OHM_PATH_MAX], aside[OHM_PATH_MAX];
    ohm_abort_record r;
    ohm_err err = ohm_aborts_read(folder, &r);
    bool no_file = err.code == OHM_IO && (err.at == EISDIR || err.at == ELOOP);
    if (err.code != OHM_BAD_FORMAT && err.code != OHM_DENIED && !no_file)
        return ohm_ok(); /* one that can't be read now is not one that is spoilt */
    OHM_TRY(ohm_path_join(folder, OHM_ABORTS_FILE, path));
    OHM_TRY(ohm_path_join(folder, OHM_ABORTS_ASIDE, aside));
    return rename(path, aside) ? ohm_err_errno(errno) : err;
}
