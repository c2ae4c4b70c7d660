#include "store/mirror_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/syserr.h"

enum { HEADER_MAX = 640, LOOK_MS = 200 };

typedef struct wait {
    bool over, no_memory;
    ohm_mirror_answer answer;
} wait_for;

static void on_done(void *ctx, const ohm_http_response *response)
{
    wait_for *w = ctx;
    w->over = true;
    w->answer = (ohm_mirror_answer){ .result = response->result,
                                     .what = response->what,
                                     .status = response->status,
                                     .retry_after_s = response->retry_after_s };
    w->answer.body = malloc(response->body.len + 1);
    if (!w->answer.body) {
        w->no_memory = true;
        return;
    }
    if (response->body.len > 0)
        memcpy(w->answer.body, response->body.ptr, response->body.len);
    w->answer.body[response->body.len] = '\0';
    w->answer.body_len = response->body.len;
}

/* Until the answer is there. OHM_END: somebody wants us to stop. */
static ohm_err wait_answer(const ohm_mirror_ask *ask, wait_for *w)
{
    struct pollfd fds[2] = { { .fd = ohm_http_fd(ask->http), .events = POLLIN },
                             { .fd = ask->wake_fd, .events = POLLIN } };
    while (!w->over) {
        if (poll(fds, 2, ask->given_up ? LOOK_MS : -1) < 0 && errno != EINTR)
            return ohm_err_errno(errno);
        if (fds[0].revents)
            ohm_http_dispatch(ask->http);
        if (!w->over && (fds[1].revents || (ask->given_up && ask->given_up(ask->given_up_ctx))))
            return ohm_fail(OHM_END, 0, "given up");
    }
    return ohm_ok();
}

ohm_err ohm_mirror_ask_wait(const ohm_mirror_ask *ask, const char *url, ohm_span body,
                            ohm_mirror_answer *out)
{
    char headers[3][HEADER_MAX];
    wait_for w = { 0 };
    uint64_t id;
    ohm_http_request request = { .url = url,
                                 .post = body.ptr != NULL,
                                 .body = body,
                                 .timeout_ms = ask->timeout_ms,
                                 .done = on_done,
                                 .ctx = &w };
    const struct {
        const char *name, *value;
    } rows[] = { { "Content-Type", ask->content ? ask->content : "text/plain; charset=utf-8" },
                 { "Accept", ask->accept },
                 { "Authorization", ask->authorization[0] ? ask->authorization : NULL } };
    for (int i = 0, n = 0; i < 3; i++) {
        if (!rows[i].value)
            continue;
        int len = snprintf(headers[n], HEADER_MAX, "%s: %s", rows[i].name, rows[i].value);
        if (len < 0 || len >= HEADER_MAX)
            return ohm_fail(OHM_TOO_BIG, 0, "the authorization is too long");
        request.headers[n] = headers[n];
        n++;
    }
    ohm_code code = ohm_http_send(ask->http, &request, &id);
    if (code != OHM_OK)
        return ohm_fail(code, 0, "the request can't be made");
    ohm_err err = wait_answer(ask, &w);
    if (ohm_failed(err))
        ohm_http_cancel(ask->http, id);
    else if (w.no_memory)
        err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ohm_failed(err)) {
        free(w.answer.body);
        return err;
    }
    *out = w.answer;
    return ohm_ok();
}

bool ohm_mirror_url_add(char *out, size_t cap, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char hex[] = "0123456789ABCDEF";
    size_t len = strlen(out);
    for (; *text; text++) {
        bool as_is = strchr(plain, *text) != NULL;
        if (cap - len <= (as_is ? 1u : 3u))
            return false;
        if (as_is) {
            out[len++] = *text;
        } else {
            unsigned c = (unsigned char)*text;
            out[len++] = '%';
            out[len++] = hex[c >> 4];
            out[len++] = hex[c & 15];
        }
        out[len] = '\0';
    }
    return true;
}
