/* From MHD's callbacks to a handler: what every request goes through, in order.
 *
 * The target is read from the request line itself (MHD would decode escapes that we refuse);
 * then the fields, the host, the route, who asks and whether they may, and the body. Each step
 * may answer with a fault, which ends the request. */
#include <stdlib.h>

#include "web/api.h"
#include "web/command.h"
#include "web/guard.h"
#include "web/inner.h"
#include "web/stream.h"

void *ohm_http_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    ohm_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->web = cls;
    x->connection = connection;
    x->result = MHD_NO;
    x->target_code = ohm_target_parse(ohm_span_text(uri), &x->target);
    return x;
}

void ohm_http_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)connection;
    (void)why;
    ohm_exchange *x = *con_cls;
    if (!x)
        return;
    ohm_command_forget(x);
    ohm_ws_forget(x);
    free(x->answer);
    free(x->body);
    free(x);
    *con_cls = NULL;
}

/* --- fields --------------------------------------------------------------------------- */

typedef struct field_reader {
    ohm_exchange *x;
    bool twice;
} field_reader;

static enum MHD_Result read_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    static const struct {
        const char *name;
        bool once;
    } known[OHM_FIELDS_COUNT] = {
#define OHM_FIELD_ROW(id, text, only_once) [id] = { text, only_once },
        OHM_FIELDS(OHM_FIELD_ROW)
#undef OHM_FIELD_ROW
    };
    field_reader *reader = cls;
    (void)kind;
    for (int i = 0; i < OHM_FIELDS_COUNT; i++) {
        if (!ohm_text_same(ohm_span_text(name), ohm_span_text(known[i].name)))
            continue;
        ohm_span *field = &reader->x->fields[i];
        reader->twice |= field->ptr && known[i].once;
        if (!field->ptr || i == OHM_FIELD_FORWARDED_FOR) /* the nearest proxy's is the last */
            *field = ohm_span_text(value ? value : "");
        break;
    }
    return MHD_YES;
}

/* Fields that decide must be there at most once: two readers could otherwise see two requests. */
static bool read_fields(ohm_exchange *x)
{
    field_reader reader = { x, false };
    (void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, read_field, &reader);
    x->french = ohm_prefers_french(x->fields[OHM_FIELD_ACCEPT_LANGUAGE]);
    return !reader.twice;
}

/* --- methods and routes --------------------------------------------------------------- */

static bool read_method(ohm_exchange *x, const char *method)
{
    static const struct {
        const char *name;
        ohm_method method;
    } methods[] = {
        { "GET", OHM_GET }, { "HEAD", OHM_GET },      { "POST", OHM_POST },
        { "PUT", OHM_PUT }, { "DELETE", OHM_DELETE }, { "OPTIONS", OHM_OPTIONS },
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(method, methods[i].name)) {
            x->method = methods[i].method;
            x->is_head = !strcmp(method, "HEAD");
            return true;
        }
    return false;
}

/* What an OPTIONS request is told; to a page of a configured origin also what it may send. */
static void reply_options(ohm_exchange *x)
{
    static char nothing[1];
    char allow[OHM_ALLOW_MAX];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    ohm_route_allow(x->allowed_methods, allow);
    if (response)
        (void)MHD_add_response_header(response, "Allow", allow);
    if (response && x->cors && x->fields[OHM_FIELD_REQUEST_METHOD].ptr) {
        (void)MHD_add_response_header(response, "Access-Control-Allow-Methods", allow);
        (void)MHD_add_response_header(response, "Access-Control-Allow-Headers",
                                      "Authorization, Content-Type, Last-Event-ID");
        (void)MHD_add_response_header(response, "Access-Control-Max-Age", "600");
    }
    ohm_reply(x, MHD_HTTP_NO_CONTENT, response, OHM_NO_STORE);
}

/* Files of the page have no row of their own each. */
static const ohm_route page_route = { .method = OHM_GET, .handle = ohm_page_file };

/* Finds the route, or answers itself: OPTIONS, 404 and 405. */
static bool find_route(ohm_exchange *x, const char *method)
{
    bool known = read_method(x, method);
    ohm_route_match match = ohm_route_find(known ? x->method : 0, &x->target);
    bool is_page = !match.methods && ohm_page_has(x);
    x->allowed_methods = is_page ? OHM_GET : match.methods;
    if (!x->allowed_methods) {
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
    } else if (known && x->method == OHM_OPTIONS) {
        reply_options(x);
    } else if (!known || !(x->allowed_methods & (unsigned)x->method)) {
        ohm_reply_fault(x, OHM_FAULT_METHOD, NULL);
    } else if (is_page) {
        x->route = &page_route;
    } else {
        x->route = match.route;
        memcpy(x->params, match.params, sizeof x->params);
    }
    return !x->replied;
}

/* --- the body ------------------------------------------------------------------------- */

static bool has_body(const ohm_exchange *x)
{
    ohm_span length = x->fields[OHM_FIELD_CONTENT_LENGTH];
    return x->fields[OHM_FIELD_TRANSFER_ENCODING].ptr || (length.ptr && !ohm_span_is(length, "0"));
}

static bool prepare_body(ohm_exchange *x)
{
    ohm_span field = x->fields[OHM_FIELD_CONTENT_LENGTH];
    char text[21];
    uint64_t length = 0;
    if (x->fields[OHM_FIELD_TRANSFER_ENCODING].ptr) {
        ohm_reply_fault(x, OHM_FAULT_LENGTH, NULL);
        return false;
    }
    if (field.len >= sizeof text) {
        ohm_reply_fault(x, OHM_FAULT_BODY_BIG, NULL);
        return false;
    }
    memcpy(text, field.len ? (const char *)field.ptr : "0", field.len ? field.len : 1);
    text[field.len ? field.len : 1] = '\0';
    ohm_code code = ohm_text_uint(text, x->route->body_max, &length);
    if (code != OHM_OK) {
        ohm_reply_fault(x, code == OHM_RANGE ? OHM_FAULT_BODY_BIG : OHM_FAULT_FIELDS, NULL);
        return false;
    }
    if (x->route->body_max && !ohm_is_json_type(x->fields[OHM_FIELD_CONTENT_TYPE])) {
        ohm_reply_fault(x, OHM_FAULT_BODY_TYPE, NULL);
        return false;
    }
    x->body_cap = (size_t)length;
    x->body = length ? malloc(x->body_cap + 1) : NULL;
    if (length && !x->body)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    return !x->replied;
}

static enum MHD_Result take_body(ohm_exchange *x, const char *data, size_t *size)
{
    if (!x->replied) {
        if (*size > x->body_cap - x->body_len)
            return MHD_NO; /* more than it said: close */
        memcpy(x->body + x->body_len, data, *size);
        x->body_len += *size;
        x->body[x->body_len] = '\0';
    }
    *size = 0;
    return MHD_YES;
}

/* --- the order of things -------------------------------------------------------------- */

static void begin(ohm_exchange *x, const char *method)
{
    if (x->target_code != OHM_OK) {
        bool is_long = x->target_code == OHM_TOO_BIG;
        ohm_reply_fault(x, is_long ? OHM_FAULT_TARGET_LONG : OHM_FAULT_TARGET, NULL);
        return;
    }
    if (!x->fields_good) {
        ohm_reply_fault(x, OHM_FAULT_FIELDS, NULL);
        return;
    }
    if (ohm_guard_host(x) && find_route(x, method) && ohm_guard_request(x))
        (void)prepare_body(x);
}

enum MHD_Result ohm_http_request(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload_data,
                                 size_t *upload_data_size, void **con_cls)
{
    ohm_exchange *x = *con_cls;
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO; /* no memory for it */
    /* A request with a body is judged before the body is taken; an answer then closes the
     * connection. One without is judged at its end, so that the connection can go on. */
    if (!x->begun) {
        x->begun = true;
        ohm_web_refresh(x->web);
        x->fields_good = read_fields(x);
        if (has_body(x))
            begin(x, method);
        return x->replied ? x->result : MHD_YES;
    }
    if (*upload_data_size)
        return take_body(x, upload_data, upload_data_size);
    if (!x->handled && !has_body(x))
        begin(x, method);
    if (x->replied)
        return x->result;
    if (!x->handled) {
        x->handled = true;
        x->route->handle(x);
    } else if (x->resume && !x->command_id) {
        x->resume(x, x->outcome);
    }
    return x->replied ? x->result : MHD_YES; /* not yet: it is suspended */
}
