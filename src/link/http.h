/* The HTTP client: requests out, whole answers back, on a thread of its own (the net thread),
 * because names and peers may block for as long as they like.
 *
 *     ohm_http_new                       starts the thread; curl is not touched before this
 *     ohm_http_send ... ohm_http_send    at most OHM_HTTP_PENDING_MAX at a time
 *     (ohm_http_fd becomes readable)
 *     ohm_http_dispatch                  calls `done` of what is finished, on this thread
 *     ohm_http_free                      gives up what is under way; no `done` after it
 *
 * One thread owns the client and calls all of the above; `done` runs inside ohm_http_dispatch, so
 * an owner never shares anything. A request is copied by ohm_http_send. Every request is ended
 * by exactly one `done`, unless it is cancelled or the client is freed.
 *
 * TLS certificates are verified, always. Only http: and https: are spoken. Redirects are not
 * followed: an answer that redirects is given back as it is, so no secret goes anywhere else.
 * Nothing here logs. */
#ifndef OHM_LINK_HTTP_H
#define OHM_LINK_HTTP_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_HTTP_PENDING_MAX = 16,
    OHM_HTTP_HEADERS_MAX = 8,
    OHM_HTTP_URL_MAX = 2048,
    OHM_HTTP_BODY_MAX = 7 << 20, /* of an answer, unless the request says less */
    OHM_HTTP_TIMEOUT_MS = 30000,
};

/* What became of a request, below HTTP. */
typedef enum ohm_http_result {
    OHM_HTTP_ANSWERED, /* there is a status; it may be 500 */
    OHM_HTTP_OFFLINE,  /* no such name, no route, no connection: nobody saw the request */
    OHM_HTTP_TLS,      /* the peer could not prove who it is */
    OHM_HTTP_TIMEOUT,
    OHM_HTTP_TOO_BIG, /* the body is longer than the request allows */
    OHM_HTTP_BROKEN,  /* closed, cut short, or not HTTP */
} ohm_http_result;

/* Lives as long as the call of `done`. */
typedef struct ohm_http_response {
    uint64_t id;
    ohm_http_result result;
    const char *what;      /* static words for a result that is not ANSWERED */
    int status;            /* 200; 0 without an answer */
    int64_t retry_after_s; /* of the header, a date counted from now; -1 without one */
    ohm_span body;
} ohm_http_response;

typedef void ohm_http_done(void *ctx, const ohm_http_response *response);

typedef struct ohm_http_request {
    const char *url;                           /* http: or https: */
    const char *headers[OHM_HTTP_HEADERS_MAX]; /* "Name: value", NULL at the end unless full */
    bool post;                                 /* POST with `body` (which may be empty), else GET */
    ohm_span body;
    int64_t timeout_ms; /* all of it, from name to last byte; 0: OHM_HTTP_TIMEOUT_MS */
    size_t body_max;    /* 0: OHM_HTTP_BODY_MAX */
    ohm_http_done *done;
    void *ctx;
} ohm_http_request;

typedef struct ohm_http ohm_http;

/* `ca_file`: certificates to trust instead of the machine's; NULL for those. */
OHM_MUST_CHECK ohm_err ohm_http_new(const char *ca_file, ohm_http **ret_http);
/* Cancels everything, waits for the thread (at most for one name lookup), frees. NULL is
 * allowed. */
void ohm_http_free(ohm_http *http);

/* OHM_BUSY: too many under way. OHM_BAD_FORMAT: not an http: or https: URL, or a header with a
 * line break. OHM_TOO_BIG: the URL. */
OHM_MUST_CHECK ohm_code ohm_http_send(ohm_http *http, const ohm_http_request *request,
                                      uint64_t *ret_id);
/* Gives a request up: its `done` is not called. Unknown ids are ignored. */
void ohm_http_cancel(ohm_http *http, uint64_t id);

/* Readable while an answer waits for ohm_http_dispatch. */
int ohm_http_fd(const ohm_http *http);
void ohm_http_dispatch(ohm_http *http);

/* May credentials go to this URL? https:, or http: to this very machine (tests, a local proxy). */
bool ohm_http_is_private(const char *url);

#endif
