/* One HTTP request and its answer, waited for, on a mirror's thread. */
#ifndef OHM_STORE_MIRROR_ASK_H
#define OHM_STORE_MIRROR_ASK_H

#include "base/err.h"
#include "base/span.h"
#include "link/http.h"

typedef struct ohm_mirror_ask {
    ohm_http *http;
    int wake_fd; /* readable: give up; -1: nobody wakes */
    const char *authorization;
    const char *content, *accept; /* types; NULL: lines of text, anything */
    int64_t timeout_ms;           /* as of ohm_http_request; 0 */
    /* Asked now and then: true gives up. May be NULL. */
    bool (*given_up)(void *ctx);
    void *given_up_ctx;
} ohm_mirror_ask;

typedef struct ohm_mirror_answer {
    ohm_http_result result;
    const char *what; /* static words for a result that is not ANSWERED */
    int status;
    int64_t retry_after_s;
    uint8_t *body; /* malloc'ed, the caller frees; with a NUL after its end */
    size_t body_len;
} ohm_mirror_answer;

/* `body.ptr` NULL: a GET. OHM_END: it was given up. */
OHM_MUST_CHECK ohm_err ohm_mirror_ask_wait(const ohm_mirror_ask *ask, const char *url,
                                           ohm_span body, ohm_mirror_answer *out);

/* Appends `text` to the query of a URL in `out`, percent-encoded (RFC 3986 §2.1); false: no room.
 */
bool ohm_mirror_url_add(char *out, size_t cap, const char *text);

#endif
