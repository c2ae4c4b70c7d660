#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "host/clock.h"
#include "host/random.h"
#include "library/own.h"
#include "meter/poller.h"

enum { TIMEOUT_MS = 60000 };

typedef struct reader {
    uv_loop_t loop;
    uv_timer_t timer;
    ohm_library_common common;
    ohm_meter_config config;
    ohm_meter *meter;
    ohm_meter_clock clock;
    ohmstead_message *first;
    ohm_reading_text *parts; /* of a reading whose messages are parts of one; NULL: none yet */
    bool proven;             /* all of them */
    ohm_ms time_ms;          /* of the first */
    const char *refused;     /* why the last message was not accepted; static */
    bool done;
    int result;
    ohmstead_error *error;
} reader;

/* --- what happens -------------------------------------------------------------------------------
 */

static void finish(reader *r, int result, const char *what, const char *detail)
{
    if (r->done)
        return;
    r->done = true;
    r->result = result;
    if (result != OHMSTEAD_OK)
        (void)ohm_library_fail(r->error, result, what, detail);
    ohm_meter_stop(r->meter);
    uv_close((uv_handle_t *)&r->timer, NULL);
}

/* One more part; the message that it completes, or NULL. */
static ohmstead_message *join(reader *r, const ohm_protocol *protocol, const void *message,
                              ohm_ms time_ms, bool more, bool *ret_failed)
{
    ohm_protocol_sender sender;
    protocol->sender(message, &sender);
    if (!r->parts && (r->parts = malloc(sizeof *r->parts)) != NULL) {
        r->parts->len = r->parts->count = 0;
        r->proven = true;
        r->time_ms = time_ms;
    }
    *ret_failed = !r->parts || !ohm_reading_add(r->parts, protocol, message, &r->clock);
    r->proven &= sender.authenticated;
    if (*ret_failed || more)
        return NULL;
    ohmstead_message *m = ohm_library_message_new(r->parts, true, r->proven, r->time_ms);
    *ret_failed = !m;
    return m;
}

static void on_message(void *ctx, const ohm_protocol *protocol, const void *message, ohm_ms time_ms)
{
    reader *r = ctx;
    if (r->done || (protocol->partial && protocol->partial(message)))
        return;
    bool more = protocol->continues && protocol->continues(message), failed = false;
    ohmstead_message *m;
    if (protocol->joined) {
        m = join(r, protocol, message, time_ms, more, &failed);
    } else {
        m = ohm_library_message_of(protocol, message, &r->clock, time_ms);
        failed = !m;
    }
    if (failed) {
        finish(r, OHMSTEAD_NO_MEMORY, "no memory for a reading of this size", NULL);
        return;
    }
    if (m)
        r->first = ohm_library_message_append(r->first, m);
    if (!more)
        finish(r, OHMSTEAD_OK, NULL, NULL);
}

static void on_end(void *ctx, const char *why)
{
    reader *r = ctx;
    if (!why && !r->first)
        why = "the meter has nothing to say to this";
    finish(r, why ? OHMSTEAD_METER : OHMSTEAD_OK, why, NULL);
}

static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    reader *r = ctx;
    (void)device;
    if (ohm_meter_state_hopeless(status->state))
        finish(r, OHMSTEAD_METER, ohm_meter_state_text_for(status->protocol, status->state, false),
               r->refused);
}

static void on_down(void *ctx, ohm_err why)
{
    reader *r = ctx;
    bool end = why.code == OHM_END;
    if (end && r->first)
        finish(r, OHMSTEAD_OK, NULL, NULL);
    else if (end)
        finish(r, OHMSTEAD_END, r->refused ? r->refused : "no message in it", NULL);
    else
        finish(r, ohm_library_code(why.code), why.what, NULL);
}

/* A line may be joined in the middle of a message; one that was begun must come whole. */
static void on_reject(void *ctx, const ohm_protocol_reject *reject)
{
    reader *r = ctx;
    r->refused = reject->what;
    if (r->first || r->parts)
        finish(r, ohm_library_code(reject->code), reject->what, reject->detail);
}

static void on_timeout(uv_timer_t *timer)
{
    reader *r = timer->data;
    const ohm_meter_status *status = ohm_meter_status_of(r->meter);
    ohm_meter_state s = status->state;
    if (s == OHM_METER_STARTING && status->counters.bytes == 0)
        s = OHM_METER_NO_BYTES;
    else if (s == OHM_METER_STARTING && status->counters.frames == 0)
        s = OHM_METER_NO_FRAME;
    const char *what = s == OHM_METER_STARTING || s == OHM_METER_OK
                           ? "frames came, but no whole message in time"
                           : ohm_meter_state_text_for(status->protocol, s, false);
    finish(r, OHMSTEAD_TIMEOUT, what, r->refused);
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    ohm_ms now_ms = ohm_clock_utc();
    return ohm_clock_plausible(now_ms) ? now_ms : OHM_NO_MS;
}

/* --- what to read -------------------------------------------------------------------------------
 */

static bool copy_texts(ohm_meter_config *c, const ohmstead_options *o)
{
    return ohm_library_copy(c->address, sizeof c->address, o->port) &&
           ohm_library_copy(c->framing, sizeof c->framing, o->framing) &&
           ohm_library_copy(c->device_address, sizeof c->device_address, o->address) &&
           ohm_library_copy(c->password, sizeof c->password, o->password) &&
           ohm_library_copy(c->settings, sizeof c->settings, o->settings);
}

static int configure(reader *r, const ohmstead_options *o)
{
    const ohm_library_common *common = &r->common;
    ohm_meter_config *c = &r->config;
    if (!o->port || !o->port[0])
        return ohm_library_fail(r->error, OHMSTEAD_WRONG_USE, "no port to read from", NULL);
    if (!copy_texts(c, o))
        return ohm_library_fail(r->error, OHMSTEAD_TOO_BIG, "a text of the options is too long",
                                NULL);
    static_assert(sizeof c->protocol == sizeof common->protocol, "one length of names");
    memcpy(c->protocol, common->protocol, sizeof c->protocol);
    memcpy(c->profile, common->profile, sizeof c->profile);
    memcpy(c->key, common->key, sizeof c->key);
    memcpy(c->auth_key, common->auth_key, sizeof c->auth_key);
    memcpy(c->system_title, common->system_title, sizeof c->system_title);
    c->key_len = common->key_len;
    c->auth_key_len = common->auth_key_len;
    c->has_system_title = common->has_system_title;
    c->baud = o->baud;
    c->drop_echo = o->drop_echo != 0;
    c->profiles = common->profiles;
    c->modbus_profiles = common->modbus;
    c->tz = common->has_tz ? &common->tz : NULL;
    c->state_dir = o->size >= sizeof *o ? o->state : NULL; /* older callers have none */
    /* With an address it is asked, even where others of its protocol speak by themselves. */
    const ohm_protocol *protocol = ohm_protocol_find(c->protocol);
    if (protocol && protocol->poller && c->device_address[0])
        c->every_ms = (int64_t)protocol->poller->every_s * OHM_SECOND_MS;
    r->clock = (ohm_meter_clock){ .tz = c->tz, .live = true, .last_ms = OHM_NO_MS };
    ohm_err err = ohm_meter_config_check(c);
    return ohm_failed(err) ? ohm_library_fail_err(r->error, err, c->address) : OHMSTEAD_OK;
}

/* --- one conversation ---------------------------------------------------------------------------
 */

static void run(reader *r, int64_t timeout_ms)
{
    const ohm_meter_hooks hooks = { .on_status = on_status, .utc_now = utc_now, .ctx = r };
    const ohm_meter_watch watch = { on_message, on_reject, on_down, on_end, r };
    (void)uv_timer_init(&r->loop, &r->timer);
    r->timer.data = r;
    ohm_err err = ohm_meter_start(&r->loop, &r->config, &hooks, NULL, 0, &r->meter);
    if (ohm_failed(err)) {
        uv_close((uv_handle_t *)&r->timer, NULL);
        r->result = ohm_library_fail_err(r->error, err, r->config.address);
    } else {
        ohm_meter_set_watch(r->meter, &watch);
        (void)uv_timer_start(&r->timer, on_timeout, (uint64_t)timeout_ms, 0);
    }
    (void)uv_run(&r->loop, UV_RUN_DEFAULT);
}

/* A peer that goes away while we write raises SIGPIPE: it is held back, and taken away if it was
 * not there before, so that the caller never sees it. */
static void run_quietly(reader *r, int64_t timeout_ms)
{
    sigset_t pipe, before, pending;
    const struct timespec now = { 0, 0 };
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)sigpending(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
    run(r, timeout_ms);
    if (!sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe, NULL, &now) > 0)
            ;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int read_meter(reader *r, const ohmstead_options *o)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", NULL);
    if (!c || uv_loop_init(&r->loop) != 0) {
        if (c)
            freelocale(c);
        return ohm_library_fail(r->error, OHMSTEAD_NO_MEMORY, "out of memory", NULL);
    }
    locale_t before = uselocale(c);
    run_quietly(r, o->timeout_ms > 0 ? o->timeout_ms : TIMEOUT_MS);
    (void)uselocale(before);
    freelocale(c);
    (void)uv_loop_close(&r->loop);
    return r->result;
}

int ohmstead_read(const ohmstead_options *options, ohmstead_message **ret_message,
                  ohmstead_error *error)
{
    reader *r = ret_message ? calloc(1, sizeof *r) : NULL;
    if (!r)
        return ohm_library_fail(error, ret_message ? OHMSTEAD_NO_MEMORY : OHMSTEAD_WRONG_USE,
                                ret_message ? "out of memory" : "nowhere to put the message", NULL);
    r->error = error;
    r->result = OHMSTEAD_TIMEOUT;
    int code = ohm_library_common_init(&r->common, options, error);
    if (code == OHMSTEAD_OK)
        code = configure(r, options);
    if (code == OHMSTEAD_OK)
        code = read_meter(r, options);
    if (code == OHMSTEAD_OK)
        *ret_message = r->first;
    else
        ohmstead_message_free(r->first);
    free(r->parts);
    ohm_library_common_release(&r->common);
    ohm_wipe(&r->config, sizeof r->config);
    free(r);
    return code;
}
