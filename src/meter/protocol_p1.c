/* P1 as a row of the table. */
#include <stdio.h>

#include "meter/protocol.h"
#include "meter/readout_json.h"
#include "wire/p1.h"

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    ohm_p1_config p1 = {
        .aead = c->aead,
        .key_id = c->key_id,
        .auth_key_len = c->auth_key_len,
        .pin_title = c->has_system_title && c->pin_system_title,
        .pin_first = c->pin_first_title,
        .guard = c->guard,
    };
    if (c->profile && *c->profile)
        return ohm_fail(OHM_UNKNOWN, 0, "P1 says all by itself: it has no meter profiles");
    if (c->auth_key_len > 0 && !c->aead)
        return ohm_fail(OHM_NO_KEY, 0, "an authentication key needs the encryption key too");
    memcpy(p1.auth_key, c->auth_key, c->auth_key_len);
    memcpy(p1.title, c->system_title, sizeof p1.title);
    ohm_p1_init(state, &p1);
    return ohm_ok();
}

static ohm_meter_state trouble_of(const ohm_p1_reject *r)
{
    if (r->code == OHM_NO_KEY)
        return OHM_METER_NO_KEY;
    if (r->code == OHM_REPLAYED)
        return OHM_METER_REPLAYED;
    if (r->code == OHM_DENIED && !r->has_title)
        return OHM_METER_UNPROTECTED;
    return r->code == OHM_DENIED || r->code == OHM_BAD_TAG ? OHM_METER_WRONG_KEY : OHM_METER_OK;
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    const ohm_p1 *p = state;
    uint64_t strangers = p->counters.strangers;
    const ohm_p1_message *got = NULL;
    ohm_p1_reject r = { 0 };
    ohm_code code = ohm_p1_next(state, in, &got, &r);
    ohm_protocol_reject why = {
        .offset = r.offset,
        .code = r.code,
        .stage = r.stage,
        .what = r.what,
        .trouble = p->counters.strangers > strangers ? OHM_METER_OTHER_METER : trouble_of(&r),
    };
    int len = 0;
    for (size_t i = 0; r.has_title && i < sizeof r.title; i++)
        len += snprintf(why.detail + len, sizeof why.detail - (size_t)len, "%s%02x",
                        i ? "" : "meter ", r.title[i]);
    if (r.has_title)
        (void)snprintf(why.detail + len, sizeof why.detail - (size_t)len, ", counter %u",
                       r.counter);
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_p1_finish(state);
}

static void reset(void *state)
{
    ohm_p1_reset(state);
}

static bool rest(void *state)
{
    const ohm_p1 *p = state;
    return p->head == p->tail;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_p1_counters *c = &((const ohm_p1 *)state)->counters;
    *out = (ohm_meter_counters){
        .bytes = c->bytes,
        .frames = c->frames,
        .messages = c->messages,
        .bad_fcs = c->bad_crc + c->bad_format,
        .gaps = c->gaps,
        .tag_failures = c->tag_failures,
        .replays = c->replays,
        .no_key = c->no_key,
        .bytes_skipped = c->bytes_skipped,
    };
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    const ohm_p1_message *m = message;
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "p1");
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key(json, "system_title");
    if (m->ciphered)
        ohm_json_hex(json, ohm_span_of(m->title, sizeof m->title));
    else
        ohm_json_null(json);
    ohm_json_key_str(json, "id", m->id[0] ? m->id : NULL);
    ohm_json_key_null(json, "profile");
    ohm_readout_ident_json(json, &m->ident);
    ohm_json_end(json);
    ohm_json_key_time(json, "time", ohm_readout_instant(&m->time, clock, OHM_NO_MS));
    ohm_json_key(json, "security");
    if (m->ciphered) {
        ohm_json_object(json);
        ohm_json_key_int(json, "control", m->control);
        ohm_json_key_int(json, "counter", m->counter);
        ohm_json_key_bool(json, "authenticated", true); /* or it is no message */
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_key_bool(json, "checksum", m->checked);
    ohm_readout_values_json(json, &m->readout, clock);
    ohm_json_end(json);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_p1_message *m = message;
    *out = (ohm_protocol_sender){
        .id = m->id[0] ? ohm_span_text(m->id) : m->ident.id,
        .authenticated = m->ciphered,
    };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_p1_message *m = message;
    return ohm_meter_clock_accept(clock, ohm_readout_instant(&m->time, clock, now_ms), now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    const ohm_p1_message *m = message;
    ohm_readout_readings(&m->readout, m->ciphered ? OHM_QUALITY_GOOD : OHM_QUALITY_UNAUTHENTICATED,
                         device, time_ms, out);
}

static bool wanted(const void *message)
{
    return ohm_readout_wanted(&((const ohm_p1_message *)message)->readout);
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_p1_message *m = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "%s%s%.*s %.*s, %s, %s", m->id, m->id[0] ? ": " : "",
                   (int)m->ident.manufacturer.len, (const char *)m->ident.manufacturer.ptr,
                   (int)m->ident.id.len, (const char *)m->ident.id.ptr, time,
                   m->ciphered ? "authenticated" : "plain, origin not proven");
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_p1_message *m = message;
    return ohm_readout_item(&m->readout, index, clock, value, out);
}

const ohm_protocol ohm_protocol_p1 = {
    .name = "p1",
    .label = "P1 (DSMR)",
    .baud = 115200,
    .framing = "8N1",
    .state_size = sizeof(ohm_p1),
    .kept_size = offsetof(ohm_p1, message),
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
    .heading = heading,
    .item = item,
};
