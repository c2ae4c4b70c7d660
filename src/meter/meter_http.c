/* A source that answers a URL: a plug, an inverter, another system. Asked at its pace; an answer
 * that does not come holds up no other. */
#include <sodium.h>
#include <stdio.h>

#include "host/random.h"
#include "meter/meter_payload.h"

enum {
    TIMEOUT_MS = 5000,
    BUSY_MS = 500, /* all places of the client are taken: soon again */
};

static const char *fault_of(const ohm_http_response *r, ohm_meter_state *state)
{
    *state = OHM_METER_NO_ANSWER;
    if (r->result == OHM_HTTP_TOO_BIG)
        *state = OHM_METER_UNKNOWN_LAYOUT;
    if (r->result != OHM_HTTP_ANSWERED)
        return r->what;
    *state = OHM_METER_REFUSED;
    if (r->status == 401 || r->status == 403)
        return "the address wants a user and a password";
    if (r->status == 404)
        return "the address does not exist there";
    return "the answer is an error";
}

static void done(void *ctx, const ohm_http_response *response)
{
    ohm_meter *m = ctx;
    ohm_meter_payload *p = m->payload;
    p->request = 0;
    if (response->result == OHM_HTTP_ANSWERED && response->status == 200) {
        ohm_meter_payload_take(m, &p->parts[0], p->source, response->body, false);
        return;
    }
    ohm_meter_status before = m->status;
    ohm_meter_state state;
    const char *why = fault_of(response, &state);
    p->timeouts += response->result == OHM_HTTP_TIMEOUT;
    p->refused += response->result == OHM_HTTP_ANSWERED;
    ohm_meter_payload_refuse(m, OHM_IO, state, why);
    ohm_meter_update(m, &before);
}

/* Once a second. A source that is slower than its pace is asked again when it has answered. */
static void look(ohm_meter *m)
{
    ohm_meter_payload *p = m->payload;
    int64_t now_ms = ohm_meter_now(m).v;
    if (p->request || now_ms < p->due_ms)
        return;
    const ohm_http_request request = {
        .url = p->source,
        .headers = { p->authorization },
        .timeout_ms = p->every_ms > TIMEOUT_MS ? TIMEOUT_MS : p->every_ms,
        .body_max = OHM_PICK_PAYLOAD_MAX,
        .done = done,
        .ctx = m,
    };
    ohm_code code = ohm_http_send(ohm_caller_http(*p->caller), &request, &p->request);
    if (code == OHM_BUSY) {
        p->due_ms = now_ms + BUSY_MS;
        return;
    }
    p->due_ms = now_ms + p->every_ms;
    p->requests++;
    if (code != OHM_OK)
        ohm_meter_payload_refuse(m, code, OHM_METER_NO_ANSWER, ohm_code_text(code));
}

/* RFC 7617. */
static ohm_err authorize(ohm_meter_payload *p, const char *url, const char *user,
                         const char *password)
{
    char pair[160], text[224];
    if (!user)
        return ohm_ok();
    if (!ohm_http_is_private(url))
        return ohm_fail(OHM_DENIED, 0, "a password may only go to https://, or to this machine");
    int len = snprintf(pair, sizeof pair, "%s:%s", user, password ? password : "");
    bool fits = len < (int)sizeof pair && strchr(user, ':') == NULL;
    if (fits) {
        (void)sodium_bin2base64(text, sizeof text, (const unsigned char *)pair, (size_t)len,
                                sodium_base64_VARIANT_ORIGINAL);
        if (asprintf(&p->authorization, "Authorization: Basic %s", text) < 0)
            p->authorization = NULL;
    }
    ohm_wipe(pair, sizeof pair);
    ohm_wipe(text, sizeof text);
    if (fits && !p->authorization)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    return fits ? ohm_ok()
                : ohm_fail(OHM_TOO_BIG, 0, "user and password are too long, or the user has a ':'");
}

static ohm_err start(ohm_meter *m, const ohm_meter_config *config, const ohm_link_config *link,
                     const ohm_protocol_config *protocol)
{
    (void)link;
    OHM_TRY(ohm_meter_payload_new(m, config, ohm_meter_row(config), ""));
    ohm_meter_payload *p = m->payload;
    if (p->parts_count != 1 || p->parts[0].topic[0])
        return ohm_fail(OHM_UNSUPPORTED, 0, "the values of a URL have no topics");
    const char *user = config->payload ? config->payload->user : NULL;
    OHM_TRY(authorize(p, p->source, user, protocol->password));
    p->every_ms = config->every_ms ? config->every_ms : OHM_PAYLOAD_EVERY_MS;
    p->due_ms = ohm_meter_now(m).v;
    p->caller = ohm_ports_caller(config->ports);
    if (!p->caller)
        p->caller = &p->own_caller;
    OHM_TRY(ohm_caller_hold(m->loop, p->caller));
    ohm_meter_health_up(&m->health, ohm_meter_now(m)); /* there is no line to wait for */
    look(m);
    return ohm_ok();
}

static void stop(ohm_meter *m)
{
    if (m->payload->request)
        ohm_http_cancel(ohm_caller_http(*m->payload->caller), m->payload->request);
    ohm_caller_release(m->payload->caller);
}

const ohm_meter_way ohm_meter_http = { start, stop, ohm_meter_payload_free, ohm_meter_payload_count,
                                       look };
