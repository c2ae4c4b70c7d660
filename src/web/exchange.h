/* One request and its answer.
 *
 * An exchange is made when a request's first line is in, and lives until MHD is done with it.
 * http.c fills it, decides whether it may go on (guard.h) and calls the route's handler; the
 * handler answers with one of the ohm_reply_* functions, at once or after it was suspended.
 * Everything here runs on the web thread. */
#ifndef OHM_WEB_EXCHANGE_H
#define OHM_WEB_EXCHANGE_H

#include <microhttpd.h>

#include "base/json.h"
#include "web/fault.h"
#include "web/principal.h"
#include "web/router.h"
#include "web/web.h"

/*     id                          name of the field                 may be there once only */
#define OHM_FIELDS(X)                                                                              \
    X(OHM_FIELD_HOST, "Host", true)                                                                \
    X(OHM_FIELD_ORIGIN, "Origin", true)                                                            \
    X(OHM_FIELD_FETCH_SITE, "Sec-Fetch-Site", true)                                                \
    X(OHM_FIELD_AUTHORIZATION, "Authorization", true)                                              \
    X(OHM_FIELD_COOKIE, "Cookie", true)                                                            \
    X(OHM_FIELD_CSRF, "X-CSRF-Token", true)                                                        \
    X(OHM_FIELD_CONTENT_TYPE, "Content-Type", true)                                                \
    X(OHM_FIELD_CONTENT_LENGTH, "Content-Length", true)                                            \
    X(OHM_FIELD_TRANSFER_ENCODING, "Transfer-Encoding", true)                                      \
    X(OHM_FIELD_FORWARDED_FOR, "X-Forwarded-For", false)                                           \
    X(OHM_FIELD_ACCEPT, "Accept", false)                                                           \
    X(OHM_FIELD_ACCEPT_LANGUAGE, "Accept-Language", false)                                         \
    X(OHM_FIELD_ACCEPT_ENCODING, "Accept-Encoding", false)                                         \
    X(OHM_FIELD_IF_NONE_MATCH, "If-None-Match", false)                                             \
    X(OHM_FIELD_LAST_EVENT_ID, "Last-Event-ID", true)                                              \
    X(OHM_FIELD_REQUEST_METHOD, "Access-Control-Request-Method", true)                             \
    X(OHM_FIELD_UPGRADE, "Upgrade", false)                                                         \
    X(OHM_FIELD_CONNECTION, "Connection", false)                                                   \
    X(OHM_FIELD_WS_KEY, "Sec-WebSocket-Key", true)                                                 \
    X(OHM_FIELD_WS_VERSION, "Sec-WebSocket-Version", true)

typedef enum ohm_field {
#define OHM_FIELD_ID(id, name, once) id,
    OHM_FIELDS(OHM_FIELD_ID)
#undef OHM_FIELD_ID
        OHM_FIELDS_COUNT
} ohm_field;

typedef struct ohm_ws ohm_ws;

struct ohm_exchange {
    ohm_web *web;
    struct MHD_Connection *connection;
    ohm_code target_code; /* of reading the target */
    ohm_target target;
    ohm_span fields[OHM_FIELDS_COUNT]; /* absent: ptr == NULL; borrowed from MHD */
    const ohm_route *route;
    unsigned allowed_methods; /* of the path */
    const char *params[OHM_ROUTE_PARAMS_MAX];
    ohm_method method;
    bool is_head;
    bool french; /* the language of faults */
    bool cors;   /* the Origin is one of the configured others */
    ohm_principal who;
    uint8_t *body; /* with a NUL after its end */
    size_t body_len, body_cap;
    bool begun, handled, replied;
    bool fields_good;
    enum MHD_Result result; /* of queueing the answer */
    ohm_ws *ws;             /* a WebSocket's handshake */
    /* Waiting for the loop (command.h); called when it is over. */
    void (*resume)(ohm_exchange *x, ohm_code outcome);
    uint64_t command_id;       /* 0 = not waiting */
    struct ohm_history *asked; /* and for whom, of the threads of long questions; NULL */
    ohm_code outcome;
    char *answer; /* of a question, malloc'ed; NULL: none */
    size_t answer_len;
    ohm_mono_ms deadline;
    ohm_exchange *next; /* in the list of those that wait */
    int64_t user;       /* the handler's own note across the wait */
};

/* A field's text as a C string would be; an absent one is empty. */
static inline ohm_span ohm_exchange_field(const ohm_exchange *x, ohm_field field)
{
    return x->fields[field];
}

/* --- answers: each exchange gets exactly one ------------------------------------------ */

/* How long others may keep an answer. */
typedef enum ohm_caching {
    OHM_NO_STORE,   /* live or private */
    OHM_REVALIDATE, /* may be kept, with its entity tag */
    OHM_PRIVATE,    /* likewise, by who asked alone */
    OHM_IMMUTABLE,  /* its name changes when it does */
    OHM_PRIVATE_IMMUTABLE,
} ohm_caching;

/* Adds the headers that every answer has, queues the response and lets go of it. NULL: out of
 * memory, the connection is closed. */
void ohm_reply(ohm_exchange *x, unsigned status, struct MHD_Response *response,
               ohm_caching caching);
/* The headers that protect whoever shows an answer: every answer has them, MHD's own too. */
void ohm_response_protect(struct MHD_Response *response, bool is_https);
/* A response of JSON made by `write`, which is called once or twice and must write the same.
 * NULL when out of memory. */
struct MHD_Response *ohm_response_json(void (*write)(ohm_json *json, const void *ctx),
                                       const void *ctx);
void ohm_reply_json(ohm_exchange *x, unsigned status,
                    void (*write)(ohm_json *json, const void *ctx), const void *ctx);
/* A fault as problem+json; `pointer` is the JSON pointer (or the parameter) at fault, or NULL. */
void ohm_reply_fault(ohm_exchange *x, ohm_fault fault, const char *pointer);
/* The same, with more to say of the member: each line of `lines` is an error of its own. */
void ohm_reply_fault_lines(ohm_exchange *x, ohm_fault fault, const char *pointer,
                           const char *lines);
/* The same, and when to try again. */
void ohm_reply_fault_retry(ohm_exchange *x, ohm_fault fault, int64_t retry_s);
void ohm_reply_empty(ohm_exchange *x, unsigned status);

/* The outcome of a command, when it is not OHM_OK. */
void ohm_reply_outcome(ohm_exchange *x, ohm_code outcome);

#endif
