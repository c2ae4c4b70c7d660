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
#include "host/syserr.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum { EVENTS_MAX = 16, STATE_FIRST_GUESS = 8 << 10 };

/* --- the state as JSON ----------------------------------------------------------------------- */

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
        } else {
            cap = blob->len;
            ohm_blob_unref(blob);
        }
    }
    return web->state;
}

/* --- the loop ------------------------------------------------------------------------------- */

static void take_inbox(ohm_web *web)
{
    ohm_inbox_take(&web->inbox, &web->batch);
    if (web->batch.fresh) {
        ohm_blob_unref(web->state);
        web->state = NULL;
        web->has_view = true;
        web->view_came = web->now;
    }
    for (int i = 0; i < web->batch.answers_count; i++)
        ohm_command_answered(web, web->batch.answers[i].command_id, web->batch.answers[i].result);
}

/* How long to wait: until MHD's or our own next time. */
static int timeout_ms(ohm_web *web, ohm_mono_ms next)
{
    MHD_UNSIGNED_LONG_LONG mhd_ms;
    int64_t wait_ms = next.v == INT64_MAX ? INT_MAX : ohm_mono_since(next, web->now);
    if (wait_ms < 0)
        wait_ms = 0;
    if (MHD_get_timeout(web->daemon, &mhd_ms) == MHD_YES && mhd_ms < (uint64_t)wait_ms)
        wait_ms = (int64_t)mhd_ms;
    return wait_ms >= INT_MAX ? -1 : (int)wait_ms;
}

static void *run(void *arg)
{
    ohm_web *web = arg;
    while (!atomic_load(&web->stopping)) {
        struct epoll_event events[EVENTS_MAX];
        web->now = ohm_clock_mono();
        ohm_mono_ms next = ohm_command_tick(web);
        (void)epoll_wait(web->epoll_fd, events, EVENTS_MAX, timeout_ms(web, next));
        web->now = ohm_clock_mono();
        take_inbox(web);
        (void)MHD_run(web->daemon);
    }
    ohm_command_release(web);
    (void)MHD_run(web->daemon);
    return NULL;
}

/* --- start and stop --------------------------------------------------------------------------- */

static ohm_err watch(ohm_web *web, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
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
    if (web->epoll_fd >= 0)
        (void)close(web->epoll_fd);
    ohm_inbox_release(&web->inbox);
    ohm_inbox_batch_release(&web->batch);
    ohm_blob_unref(web->state);
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
    OHM_TRY(ohm_server_open(web));
    return start_thread(web);
}

ohm_err ohm_web_start(const ohm_web_options *options, ohm_web **ret_web)
{
    ohm_web *web = calloc(1, sizeof *web);
    if (!web)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    web->options = *options;
    web->epoll_fd = web->listen_fd = web->inbox.wake_fd = -1;
    web->next_command_id = 1;
    web->now = ohm_clock_mono();
    ohm_err err = start(web);
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

/* --- from other threads --------------------------------------------------------------------------
 */

void ohm_web_publish(ohm_web *web, const ohm_view *view)
{
    ohm_inbox_put_view(&web->inbox, view);
}

void ohm_web_action(ohm_web *web, bool decision, ohm_span json)
{
    ohm_inbox_put_action(&web->inbox, decision, json);
}

void ohm_web_answer(ohm_web *web, uint64_t command_id, ohm_code result)
{
    ohm_inbox_put_answer(&web->inbox, command_id, result);
}

uint16_t ohm_web_port(const ohm_web *web)
{
    return web->port;
}

const char *ohm_web_url(const ohm_web *web)
{
    return web->url;
}

const char *ohm_web_ca_fingerprint(const ohm_web *web)
{
    (void)web;
    return "";
}

const char *ohm_web_claim_code(const ohm_web *web)
{
    (void)web;
    return "";
}
