/* The web thread: one epoll loop around MHD, the inbox and the timers. */
#include "web/web.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "host/syserr.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/options.h"
#include "web/view_json.h"

enum {
    EVENTS_MAX = 16,
    STATE_FIRST_GUESS = 8 << 10,
    STATE_KEPT_MS = 2 * OHM_SECOND_MS, /* for others who ask: a large site's is large */
};

/* --- the state as JSON ---------------------------------------------------------------- */

ohm_blob *ohm_web_state(ohm_web *web)
{
    const ohm_view *view = ohm_web_view(web);
    size_t cap = STATE_FIRST_GUESS;
    while (view && !web->state) {
        ohm_blob *blob = ohm_blob_room(cap);
        if (!blob)
            return NULL;
        ohm_json json;
        ohm_json_init(&json, (char *)blob->bytes, cap);
        ohm_view_write_state(&json, view);
        if (ohm_json_finish(&json, &blob->len) == OHM_OK) {
            web->state = blob;
            web->state_made = web->now;
            ohm_web_due(web, ohm_mono_after(web->now, STATE_KEPT_MS));
        } else {
            cap = blob->len;
            ohm_blob_unref(blob);
        }
    }
    return web->state;
}

/* --- the store ------------------------------------------------------------------------ */

ohm_reader *ohm_web_reader(ohm_web *web)
{
    if (!web->reader) {
        ohm_err err = ohm_reader_open(web->options.store_path, &web->reader);
        if (ohm_failed(err)) {
            ohm_log(OHM_LOG_ERROR, "web_store_unreadable why=\"%s\"", err.what);
            web->reader = NULL;
        }
    }
    return web->reader;
}

/* --- live events ---------------------------------------------------------------------- */

static void show_state(ohm_web *web)
{
    ohm_blob *state = ohm_web_state(web);
    if (!state)
        return;
    ohm_live_set_state(&web->live, state);
    web->state_shown = web->now;
    web->state_due = false;
}

void ohm_web_live_state(ohm_web *web)
{
    bool stale = web->state_due && !web->sse_count && !web->ws_count; /* nobody looked */
    if (stale || ohm_live_state_is_old(&web->live))
        show_state(web);
}

/* Shows the newest view to those who follow, at most once a second; the next time to look. */
static ohm_mono_ms tick_state(ohm_web *web)
{
    ohm_mono_ms due = ohm_mono_after(web->state_shown, OHM_LIVE_STATE_EVERY_MS);
    if (!web->state_due || (!web->sse_count && !web->ws_count))
        return (ohm_mono_ms){ INT64_MAX };
    if (due.v > web->now.v)
        return due;
    show_state(web);
    ohm_sse_wake(web);
    ohm_ws_wake(web);
    return (ohm_mono_ms){ INT64_MAX };
}

/* What nobody asks for any more is made anew for who does. */
static ohm_mono_ms tick_kept(ohm_web *web)
{
    bool followed = web->sse_count || web->ws_count;
    if (!web->state && (followed || !web->live.state.data))
        return (ohm_mono_ms){ INT64_MAX };
    ohm_mono_ms due = ohm_mono_after(web->state_made, STATE_KEPT_MS);
    if (due.v > web->now.v)
        return due;
    ohm_blob_unref(web->state);
    web->state = NULL;
    if (!followed)
        ohm_live_forget_state(&web->live);
    return (ohm_mono_ms){ INT64_MAX };
}

static void take_actions(ohm_web *web)
{
    for (int i = 0; i < web->batch.actions_count; i++) {
        const ohm_inbox_action *action = &web->batch.actions[i];
        if (ohm_live_add(&web->live, action->decision, ohm_span_of(action->json, action->len)) !=
            OHM_OK)
            web->batch.dropped++;
    }
    if (web->batch.dropped)
        ohm_log(OHM_LOG_WARNING, "web_events_dropped count=%llu",
                (unsigned long long)web->batch.dropped);
    if (web->batch.actions_count) {
        ohm_sse_wake(web);
        ohm_ws_wake(web);
    }
}

/* --- the loop ------------------------------------------------------------------------- */

static void view_is_new(ohm_web *web)
{
    ohm_blob_unref(web->state);
    web->state = NULL;
    web->has_view = web->state_due = true;
    if (!web->has_tz) {
        web->tz = web->inbox.read->tz;
        web->has_tz = true; /* before the first question to the store, which reads it */
    }
    web->view_came = web->now;
}

/* The inbox still wakes the next turn, which shows the view to those who follow. */
void ohm_web_refresh(ohm_web *web)
{
    if (ohm_inbox_take_view(&web->inbox))
        view_is_new(web);
}

static void take_inbox(ohm_web *web)
{
    ohm_inbox_take(&web->inbox, &web->batch);
    if (web->batch.fresh)
        view_is_new(web);
    take_actions(web);
    for (int i = 0; i < web->batch.answers_count; i++)
        ohm_command_answered(web, &web->batch.answers[i]);
}

/* How long to wait: until MHD's or our own next time. */
static int timeout_ms(ohm_web *web, ohm_mono_ms next)
{
    MHD_UNSIGNED_LONG_LONG mhd_ms;
    int64_t wait_ms = next.v == INT64_MAX ? INT_MAX : ohm_mono_since(next, ohm_clock_mono());
    if (wait_ms < 0)
        wait_ms = 0;
    if (MHD_get_timeout(web->daemon, &mhd_ms) == MHD_YES && mhd_ms < (uint64_t)wait_ms)
        wait_ms = (int64_t)mhd_ms;
    return wait_ms >= INT_MAX ? -1 : (int)wait_ms;
}

static ohm_mono_ms tick_tls(ohm_web *web)
{
    if (!web->tls.identity)
        return (ohm_mono_ms){ INT64_MAX };
    if (web->tls_due.v <= web->now.v)
        web->tls_due = ohm_mono_after(web->now, ohm_tls_renew(&web->tls, ohm_clock_utc()));
    return web->tls_due;
}

/* Everything that is due; when the next is. */
static ohm_mono_ms tick(ohm_web *web)
{
    ohm_mono_ms (*const ticks[])(ohm_web *) = { tick_state, ohm_command_tick, ohm_sse_tick,
                                                tick_kept,  ohm_ws_tick,      ohm_auth_tick,
                                                tick_tls };
    ohm_mono_ms next = { INT64_MAX };
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        ohm_mono_ms due = ticks[i](web);
        if (due.v < next.v)
            next = due;
    }
    return next;
}

void ohm_web_due(ohm_web *web, ohm_mono_ms when)
{
    if (when.v < web->due.v)
        web->due = when;
}

/* One turn: wait, take what came, let MHD work. MHD comes last, since it alone carries on with
 * connections that were resumed before. A WebSocket may end in its own event, never in another's:
 * no later event of the same wait can then name a freed one. */
static void turn(ohm_web *web)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(web->epoll_fd, events, EVENTS_MAX, timeout_ms(web, web->due));
    web->now = ohm_clock_mono();
    for (int i = 0; i < n; i++)
        if (events[i].data.ptr)
            ohm_ws_ready(events[i].data.ptr, events[i].events);
    take_inbox(web);
    web->due = tick(web);
    (void)MHD_run(web->daemon);
}

static void *run(void *arg)
{
    ohm_web *web = arg;
    ohm_fault_stack();
    while (!atomic_load(&web->stopping))
        turn(web);
    ohm_command_release(web);
    ohm_sse_end(web);
    ohm_ws_end(web);
    ohm_auth_end(web);
    (void)MHD_run(web->daemon); /* sends the last words */
    return NULL;
}

/* --- start and stop ------------------------------------------------------------------- */

static ohm_err watch(ohm_web *web, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    return epoll_ctl(web->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? ohm_err_errno(errno) : ohm_ok();
}

/* Signals belong to the loop thread. */
static ohm_err start_thread(ohm_web *web)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, OHM_WEB_STACK_BYTES);
    int error = pthread_create(&web->thread, &attributes, run, web);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return ohm_err_errno(error);
    (void)pthread_setname_np(web->thread, "ohm-web");
    return ohm_ok();
}

static void release(ohm_web *web)
{
    ohm_server_close(web);
    ohm_history_free(web->history); /* before the inbox that it answers to */
    ohm_history_free(web->years);
    ohm_history_free(web->remote);
    ohm_backup_job_free(web->backup);
    if (web->epoll_fd >= 0)
        (void)close(web->epoll_fd);
    ohm_inbox_release(&web->inbox);
    ohm_inbox_batch_release(&web->batch);
    ohm_live_release(&web->live);
    free(web->options_memory);
    ohm_blob_unref(web->state);
    ohm_reader_close(web->reader);
    free(web);
}

static ohm_err start(ohm_web *web)
{
    OHM_TRY(ohm_inbox_init(&web->inbox));
    OHM_TRY(ohm_inbox_batch_init(&web->batch));
    web->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (web->epoll_fd < 0)
        return ohm_err_errno(errno);
    OHM_TRY(watch(web, web->inbox.wake_fd));
    OHM_TRY(ohm_auth_start(web));
    OHM_TRY(ohm_server_open(web));
    return start_thread(web);
}

ohm_err ohm_web_start(const ohm_web_options *options, ohm_web **ret_web)
{
    ohm_web *web = calloc(1, sizeof *web);
    if (!web)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    web->epoll_fd = web->listen_fd = web->inbox.wake_fd = -1;
    web->next_command_id = 1;
    web->now = ohm_clock_mono();
    ohm_live_init(&web->live, ohm_clock_utc());
    ohm_err err = ohm_options_copy(options, &web->options, &web->options_memory);
    if (!web->options.command_patience_ms)
        web->options.command_patience_ms = OHM_COMMAND_PATIENCE_MS;
    if (!ohm_failed(err))
        err = start(web);
    if (ohm_failed(err))
        release(web);
    else
        *ret_web = web;
    return err;
}

void ohm_web_stop(ohm_web *web)
{
    if (!web)
        return;
    atomic_store(&web->stopping, true);
    ohm_inbox_wake(&web->inbox);
    (void)pthread_join(web->thread, NULL);
    release(web);
}

/* --- from other threads --------------------------------------------------------------- */

void ohm_web_publish(ohm_web *web, const ohm_view *view)
{
    ohm_inbox_put_view(&web->inbox, view);
}

ohm_view *ohm_web_begin_view(ohm_web *web)
{
    return ohm_inbox_begin_view(&web->inbox);
}

void ohm_web_end_view(ohm_web *web)
{
    ohm_inbox_end_view(&web->inbox);
}

void ohm_web_action(ohm_web *web, bool decision, ohm_span json)
{
    ohm_inbox_put_action(&web->inbox, decision, json);
}

void ohm_web_answer(ohm_web *web, uint64_t command_id, ohm_code result)
{
    ohm_inbox_put_answer(&web->inbox, command_id, result, NULL, 0);
}

void ohm_web_answer_json(ohm_web *web, uint64_t question_id, ohm_span json)
{
    char *copy = malloc(json.len + 1);
    if (copy && json.len > 0)
        memcpy(copy, json.ptr, json.len);
    ohm_inbox_put_answer(&web->inbox, question_id, copy ? OHM_OK : OHM_NO_MEMORY, copy, json.len);
}

uint16_t ohm_web_port(const ohm_web *web)
{
    return web->port;
}

const char *ohm_web_url(const ohm_web *web)
{
    return web->url;
}

const char *ohm_web_reach(const ohm_web *web)
{
    return web->reach;
}

const char *ohm_web_ca_fingerprint(const ohm_web *web)
{
    return web->fingerprint;
}

const char *ohm_web_claim_code(const ohm_web *web)
{
    return web->auth.claim_shown;
}
