/* The télé-information of a Linky and its predecessors as a row of the table. */
#include <stdio.h>

#include "meter/protocol.h"
#include "meter/tic_json.h"
#include "meter/tic_readings.h"

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    const ohm_tic_config tic = { .events = c->live };
    /* Where a key is set, plain text is a forgery. */
    if (c->aead || c->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "a TIC is not ciphered: it takes no key");
    if (c->profile && *c->profile)
        return ohm_fail(OHM_UNKNOWN, 0, "a TIC says all by itself: it has no meter profiles");
    ohm_tic_init(state, &tic);
    return ohm_ok();
}

/* "PAPP: its checksum would be 'A'" */
static void describe(const ohm_tic_reject *r, char out[static OHM_PROTOCOL_DETAIL_MAX])
{
    if (r->label[0] && r->expected)
        (void)snprintf(out, OHM_PROTOCOL_DETAIL_MAX, "group %s, which would need '%c'", r->label,
                       r->expected);
    else if (r->label[0])
        (void)snprintf(out, OHM_PROTOCOL_DETAIL_MAX, "group %s", r->label);
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    const ohm_tic_message *got = NULL;
    ohm_tic_reject r = { 0 };
    ohm_code code = ohm_tic_next(state, in, &got, &r);
    ohm_protocol_reject why = { r.offset, r.code, "group", r.what, OHM_METER_OK, "" };
    describe(&r, why.detail);
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_tic_finish(state);
}

static void reset(void *state)
{
    ohm_tic_reset(state);
}

static bool rest(void *state)
{
    return ohm_tic_rest(state);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_tic_counters *c = &((const ohm_tic *)state)->counters;
    out->bytes = c->bytes;
    out->frames = c->frames;
    out->messages = c->messages;
    out->bad_fcs = c->bad_checksum + c->bad_format;
    out->gaps = c->interrupted;
    out->bytes_skipped = c->bytes_skipped;
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    (void)clock; /* the season of each date gives its offset */
    ohm_tic_json(json, message);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_tic_message *m = message;
    *out = (ohm_protocol_sender){
        .id = m->id,
        .contract = m->contract,
        .period = ohm_tic_period_name(m),
    };
}

/* A meter that is not sure of its clock is not asked. */
static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_tic_message *m = message;
    return ohm_meter_clock_accept(clock, m->degraded ? OHM_NO_MS : m->time_ms, now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    ohm_tic_readings(message, device, time_ms, out);
}

static bool wanted(const void *message)
{
    return ohm_tic_wanted(message);
}

static bool partial(const void *message)
{
    const ohm_tic_message *m = message;
    return m->joined || m->kind == OHM_TIC_OVERRUN;
}

/* "021861348497: télé-information, mode historique, single-phase, contract HC.., …" */
static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_tic_message *m = message;
    const char *phases = m->phases == 3 ? ", three-phase" : m->phases == 1 ? ", single-phase" : "";
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "%.*s%sTIC, mode %s%s%s%s%.*s, %s%s", (int)m->id.len,
                   m->id.len ? (const char *)m->id.ptr : "", m->id.len ? ": " : "",
                   ohm_tic_mode_name(m->mode), phases, m->producer ? ", producer" : "",
                   m->contract.len ? ", contract " : "", (int)m->contract.len,
                   m->contract.len ? (const char *)m->contract.ptr : "", time,
                   m->kind == OHM_TIC_OVERRUN ? ": above its contract" : "");
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_tic_message *m = message;
    (void)clock;
    if (index >= m->count)
        return false;
    ohm_tic_value v = ohm_tic_at(m, (unsigned)index);
    static_assert(OHM_TIC_LABEL_MAX < sizeof out->code, "a label fits");
    memcpy(out->code, v.label.ptr, v.label.len);
    out->code[v.label.len] = 0;
    out->quantity = v.known ? ohm_quantity_get((ohm_quantity_id)v.known->quantity)->name : "";
    out->unit = v.known ? v.known->unit : "";
    if (v.has_number)
        ohm_json_int(value, v.number);
    else if (v.text.len == 0 && v.time_ms != OHM_NO_MS)
        ohm_json_time(value, v.time_ms);
    else
        ohm_json_span(value, v.text);
    return true;
}

const ohm_protocol ohm_protocol_tic = {
    .name = "tic",
    .label = "Linky TIC",
    .baud = 1200,
    .framing = "7E1",
    .loose = true,                 /* a line of any text looks like a bad group */
    .others = { { 9600, "7E1" } }, /* standard mode */
    .state_size = sizeof(ohm_tic),
    .kept_size = offsetof(ohm_tic, message),
    .rest = rest,
    .init = init,
    .next = next,
    .finish = finish,
    .reset = reset,
    .count = count,
    .json = json,
    .sender = sender,
    .time_of = time_of,
    .readings = readings,
    .wanted = wanted,
    .partial = partial,
    .heading = heading,
    .item = item,
};
