/* Modbus as two rows of the table: "modbus" (RTU on a serial line, Modbus TCP on a network) and
 * "modbus-rtu" (RTU on either, for gateways that carry it inside TCP). */
#include <stdio.h>

#include "meter/modbus_profiles.h"
#include "meter/modbus_report.h"
#include "meter/poll_modbus.h"

typedef struct listener {
    ohm_modbus_report report;
    ohm_modbus stream;
} listener;

static ohm_err init_as(listener *l, const ohm_protocol_config *c, unsigned framings)
{
    if (c->aead || c->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "Modbus is not ciphered: it takes no key");
    if (c->profile && *c->profile) {
        l->report.profile = c->modbus ? ohm_modbus_profiles_find(c->modbus, c->profile) : NULL;
        if (!l->report.profile)
            return ohm_fail(OHM_UNKNOWN, 0, "no Modbus profile has this name");
    }
    const ohm_modbus_config config = { .framings = c->line ? OHM_MODBUS_BELIEVE_RTU : framings };
    ohm_modbus_init(&l->stream, &config);
    return ohm_ok();
}

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    return init_as(state, c, OHM_MODBUS_BELIEVE_ANY);
}

static ohm_err init_rtu(void *state, const ohm_protocol_config *c)
{
    return init_as(state, c, OHM_MODBUS_BELIEVE_RTU);
}

static void line(const ohm_protocol_config *c, uint32_t *baud, char framing[static 4])
{
    const ohm_modbus_profile *p =
        c->modbus && c->profile ? ohm_modbus_profiles_find(c->modbus, c->profile) : NULL;
    if (!p)
        return;
    *baud = p->baud;
    memcpy(framing, p->framing, sizeof p->framing);
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    listener *l = state;
    const ohm_modbus_message *got = NULL;
    ohm_modbus_reject r = { 0 };
    ohm_code code = ohm_modbus_next(&l->stream, in, &got, &r);
    if (code == OHM_OK) {
        l->report.captured = got;
        l->report.unit = got->has_reply ? got->reply.unit : got->request.unit;
    }
    const ohm_protocol_reject why = { r.offset, r.code, "frame", r.what, OHM_METER_OK, "" };
    return ohm_protocol_answer(code, &l->report, &why, message, reject);
}

static void finish(void *state)
{
    ohm_modbus_finish(&((listener *)state)->stream);
}

static void reset(void *state)
{
    ohm_modbus_reset(&((listener *)state)->stream);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_modbus_counters *c = &((const listener *)state)->stream.counters;
    *out = (ohm_meter_counters){
        .bytes = c->bytes,
        .frames = c->frames,
        .messages = c->messages,
        .bad_fcs = c->bad_frames,
        .gaps = c->unanswered,
        .refused = c->exceptions,
        .bytes_skipped = c->bytes_skipped,
    };
}

/* --- messages -----------------------------------------------------------------------------------
 */

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    (void)clock;
    ohm_modbus_report_json(json, message);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_modbus_report *r = message;
    *out = (ohm_protocol_sender){
        .id = r->id ? ohm_span_text(r->id) : ohm_span_of(NULL, 0),
        .profile = r->profile ? r->profile->name : NULL,
    };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    (void)message; /* Modbus says no time */
    return ohm_meter_clock_accept(clock, OHM_NO_MS, now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    ohm_modbus_report_readings(message, device, time_ms, out);
}

static bool wanted(const void *message)
{
    const ohm_modbus_report *r = message;
    return r->plan || (r->captured->has_reply && r->captured->reply.data.len > 0);
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_modbus_report *r = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "unit %u%s%s: %s, %s", r->unit, r->id ? ", " : "", r->id ? r->id : "",
                   r->profile ? r->profile->label : "a device without a profile", time);
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_modbus_report *r = message;
    ohm_modbus_value v;
    (void)clock;
    if (index >= ohm_modbus_report_points(r))
        return false;
    const ohm_modbus_point *p = &r->profile->points[index];
    ohm_modbus_report_value(r, index, &v);
    (void)snprintf(out->code, sizeof out->code, "%u:%u", p->function, p->address);
    out->quantity = p->name;
    out->unit = p->unit;
    if (v.kind == OHM_MODBUS_NUMBER)
        ohm_json_decimal(value, v.number.mantissa, v.number.exponent);
    else if (v.kind == OHM_MODBUS_TEXT)
        ohm_json_str(value, v.text);
    else
        ohm_json_null(value);
    return true;
}

const ohm_protocol ohm_protocol_modbus = {
    .name = "modbus",
    .label = "Modbus",
    .baud = 9600,
    .framing = "8N1",
    .has_profiles = true,
    .loose = true,
    .poller = &ohm_poller_modbus,
    .asked = true,
    .line = line,
    .state_size = sizeof(listener),
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
    .heading = heading,
    .item = item,
};

const ohm_protocol ohm_protocol_modbus_rtu = {
    .name = "modbus-rtu",
    .label = "Modbus RTU",
    .baud = 9600,
    .framing = "8N1",
    .has_profiles = true,
    .loose = true,
    .poller = &ohm_poller_modbus_rtu,
    .asked = true,
    .line = line,
    .state_size = sizeof(listener),
    .init = init_rtu,
    .next = next,
    .finish = finish,
    .reset = reset,
    .count = count,
    .json = json,
    .sender = sender,
    .time_of = time_of,
    .readings = readings,
    .wanted = wanted,
    .heading = heading,
    .item = item,
};
