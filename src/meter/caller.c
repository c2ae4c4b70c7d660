#include "meter/caller.h"

#include <stdlib.h>
#include <uv.h>

struct ohm_caller {
    unsigned users;
    ohm_http *http;
    uv_poll_t poll;
};

static void readable(uv_poll_t *poll, int status, int events)
{
    ohm_caller *caller = poll->data;
    (void)status;
    (void)events;
    ohm_http_dispatch(caller->http);
}

ohm_err ohm_caller_hold(struct uv_loop_s *loop, ohm_caller **at)
{
    if (*at) {
        (*at)->users++;
        return ohm_ok();
    }
    ohm_caller *caller = calloc(1, sizeof *caller);
    if (!caller)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_http_new(NULL, &caller->http);
    if (ohm_failed(err)) {
        free(caller);
        return err;
    }
    int result = uv_poll_init(loop, &caller->poll, ohm_http_fd(caller->http));
    assert(result == 0); /* an eventfd is always good for it */
    (void)result;
    caller->poll.data = caller;
    (void)uv_poll_start(&caller->poll, UV_READABLE, readable);
    caller->users = 1;
    *at = caller;
    return ohm_ok();
}

/* Not earlier: an answer may be the reason for the release. */
static void gone(uv_handle_t *poll)
{
    ohm_caller *caller = poll->data;
    ohm_http_free(caller->http);
    free(caller);
}

void ohm_caller_release(ohm_caller **at)
{
    ohm_caller *caller = *at;
    if (!caller || --caller->users > 0)
        return;
    *at = NULL;
    (void)uv_poll_stop(&caller->poll);
    uv_close((uv_handle_t *)&caller->poll, gone);
}

ohm_http *ohm_caller_http(ohm_caller *caller)
{
    return caller->http;
}
