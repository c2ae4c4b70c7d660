#include "web/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "web/inner.h"

enum { JSON_FIRST_GUESS = 1024 };

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

/* The origin of another page that may read: named, never "*", never with cookies. */
static void add_cors(const ohm_exchange *x, struct MHD_Response *response)
{
    char origin[300];
    ohm_span field = x->fields[OHM_FIELD_ORIGIN];
    if (!x->cors || field.len >= sizeof origin)
        return;
    memcpy(origin, field.ptr, field.len);
    origin[field.len] = '\0';
    add(response, "Access-Control-Allow-Origin", origin);
    add(response, "Access-Control-Expose-Headers", "ETag, Retry-After");
    add(response, "Cross-Origin-Resource-Policy", "cross-origin");
}

void ohm_response_protect(struct MHD_Response *response, bool is_https)
{
    add(response, "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'");
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Referrer-Policy", "no-referrer");
    add(response, "Cross-Origin-Opener-Policy", "same-origin");
    add(response, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    if (is_https)
        add(response, "Strict-Transport-Security", "max-age=31536000");
}

static void add_common(const ohm_exchange *x, struct MHD_Response *response, ohm_caching caching)
{
    static const char *const cache_controls[] = {
        [OHM_NO_STORE] = "no-store",
        [OHM_REVALIDATE] = "no-cache",
        [OHM_PRIVATE] = "private, no-cache",
        [OHM_IMMUTABLE] = "public, max-age=31536000, immutable",
        [OHM_PRIVATE_IMMUTABLE] = "private, max-age=31536000, immutable",
    };
    add(response, "Cache-Control", cache_controls[caching]);
    ohm_response_protect(response, x->web->is_https);
    if (x->cors)
        add_cors(x, response);
    else
        add(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (x->web->options.cors_origins)
        add(response, "Vary", "Origin");
}

void ohm_reply(ohm_exchange *x, unsigned status, struct MHD_Response *response, ohm_caching caching)
{
    assert(!x->replied);
    x->replied = true;
    x->result = MHD_NO;
    if (!response)
        return;
    add_common(x, response, caching);
    x->result = MHD_queue_response(x->connection, status, response);
    MHD_destroy_response(response);
}

struct MHD_Response *ohm_response_json(void (*write)(ohm_json *json, const void *ctx),
                                       const void *ctx)
{
    size_t cap = JSON_FIRST_GUESS, len = 0;
    char *bytes = malloc(cap);
    for (int i = 0; bytes && i < 2; i++) {
        ohm_json json;
        ohm_json_init(&json, bytes, cap);
        write(&json, ctx);
        if (ohm_json_finish(&json, &len) == OHM_OK)
            break;
        assert(i == 0); /* the second time it fits */
        free(bytes);
        cap = len;
        bytes = malloc(cap);
    }
    if (!bytes)
        return NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(bytes);
    else
        add(response, "Content-Type", "application/json");
    return response;
}

void ohm_reply_json(ohm_exchange *x, unsigned status,
                    void (*write)(ohm_json *json, const void *ctx), const void *ctx)
{
    ohm_reply(x, status, ohm_response_json(write, ctx), OHM_NO_STORE);
}

void ohm_reply_empty(ohm_exchange *x, unsigned status)
{
    static char nothing[1];
    ohm_reply(x, status, MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT),
              OHM_NO_STORE);
}

/* --- faults --------------------------------------------------------------------------- */

typedef struct problem {
    const ohm_exchange *x;
    ohm_fault fault;
    const char *pointer;
    const char *lines; /* of more words about it; NULL: none */
} problem;

static void write_errors(ohm_json *json, const problem *p)
{
    const char *key = p->pointer[0] == '/' ? "pointer" : "parameter", *line = p->lines;
    do {
        size_t len = line ? strcspn(line, "\n") : 0;
        ohm_json_object(json);
        ohm_json_key_str(json, key, p->pointer);
        if (len)
            ohm_json_key_span(json, "detail", ohm_span_of(line, len));
        ohm_json_end(json);
        line = line && line[len] ? line + len + 1 : NULL;
    } while (line);
}

static void write_problem(ohm_json *json, const void *ctx)
{
    const problem *p = ctx;
    const ohm_fault_row *row = ohm_fault_get(p->fault);
    const char *sentence = p->x->french ? row->french : row->english;
    char type[64];
    (void)snprintf(type, sizeof type, "urn:ohmstead:fault:%s", row->word);
    ohm_json_object(json);
    ohm_json_key_str(json, "type", type);
    ohm_json_key_str(json, "title", MHD_get_reason_phrase_for(row->status));
    ohm_json_key_int(json, "status", row->status);
    ohm_json_key_str(json, "detail", sentence);
    if (p->x->target_code == OHM_OK)
        ohm_json_key_str(json, "instance", p->x->target.path);
    if (p->pointer) {
        ohm_json_key(json, "errors");
        ohm_json_array(json);
        write_errors(json, p);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void reply_problem(ohm_exchange *x, problem p, int64_t retry_s)
{
    ohm_fault fault = p.fault;
    unsigned status = ohm_fault_get(fault)->status;
    struct MHD_Response *response = ohm_response_json(write_problem, &p);
    if (response) {
        (void)MHD_del_response_header(response, "Content-Type", "application/json");
        add(response, "Content-Type", "application/problem+json");
        add(response, "Content-Language", x->french ? "fr" : "en");
    }
    if (response && status == MHD_HTTP_UNAUTHORIZED)
        add(response, "WWW-Authenticate", "Bearer realm=\"ohmstead\"");
    if (response && retry_s > 0) {
        char text[24];
        (void)snprintf(text, sizeof text, "%lld", (long long)retry_s);
        add(response, "Retry-After", text);
    }
    if (response && fault == OHM_FAULT_METHOD) {
        char allow[OHM_ALLOW_MAX];
        ohm_route_allow(x->allowed_methods, allow);
        add(response, "Allow", allow);
    }
    if (response && fault == OHM_FAULT_UPGRADE) {
        add(response, "Upgrade", "websocket");
        add(response, "Sec-WebSocket-Version", "13");
    }
    ohm_reply(x, status, response, OHM_NO_STORE);
}

static void reply_fault(ohm_exchange *x, ohm_fault fault, const char *pointer, int64_t retry_s)
{
    reply_problem(x, (problem){ x, fault, pointer, NULL }, retry_s);
}

void ohm_reply_fault_lines(ohm_exchange *x, ohm_fault fault, const char *pointer, const char *lines)
{
    reply_problem(x, (problem){ x, fault, pointer, lines }, 0);
}

void ohm_reply_fault(ohm_exchange *x, ohm_fault fault, const char *pointer)
{
    reply_fault(x, fault, pointer, ohm_fault_get(fault)->status == 503 ? 2 : 0);
}

void ohm_reply_fault_retry(ohm_exchange *x, ohm_fault fault, int64_t retry_s)
{
    reply_fault(x, fault, NULL, retry_s > 0 ? retry_s : 1);
}

void ohm_reply_outcome(ohm_exchange *x, ohm_code outcome)
{
    static const struct {
        ohm_code code;
        ohm_fault fault;
    } faults[] = {
        { OHM_UNKNOWN, OHM_FAULT_LOAD },     { OHM_RANGE, OHM_FAULT_UNTIL },
        { OHM_CONFLICT, OHM_FAULT_REFUSED }, { OHM_DENIED, OHM_FAULT_REFUSED },
        { OHM_BUSY, OHM_FAULT_BUSY },        { OHM_MORE, OHM_FAULT_NO_ANSWER },
        { OHM_IO, OHM_FAULT_NOT_KEPT },      { OHM_NO_MEMORY, OHM_FAULT_MEMORY },
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].code == outcome) {
            ohm_reply_fault(x, faults[i].fault, NULL);
            return;
        }
    ohm_reply_fault(x, OHM_FAULT_REFUSED, NULL);
}
