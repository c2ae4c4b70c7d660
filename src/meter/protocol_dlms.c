/* DLMS/COSEM pushes as a row of the table. */
#include <stdio.h>

#include "meter/message_json.h"
#include "meter/profiles.h"
#include "meter/protocol.h"
#include "meter/readings.h"

/* A serial line has framings with checksums. Of a network, an APDU without any frame is believed
 * only with the proof of its tag: bytes lost inside it may leave another that is well-formed. */
static unsigned framings_of(const ohm_protocol_config *c)
{
    if (c->line)
        return OHM_DLMS_LINE;
    bool proven = c->auth_key_len > 0;
    return c->live && !proven ? OHM_DLMS_ANY & ~(unsigned)OHM_DLMS_APDU : OHM_DLMS_ANY;
}

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    ohm_dlms_config dlms = {
        .framings = framings_of(c),
        .aead = c->aead,
        .key_id = c->key_id,
        .auth_key_len = c->auth_key_len,
        .has_title = c->has_system_title,
        .pin_title = c->pin_system_title,
        .pin_first = c->pin_first_title,
        .guard = c->guard,
        .profiles = c->profiles ? c->profiles->items : NULL,
        .profiles_count = c->profiles ? c->profiles->count : 0,
    };
    memcpy(dlms.auth_key, c->auth_key, c->auth_key_len);
    memcpy(dlms.title, c->system_title, sizeof dlms.title);
    if (c->profile && *c->profile) {
        dlms.profile = c->profiles ? ohm_profiles_find(c->profiles, c->profile) : NULL;
        if (!dlms.profile)
            return ohm_fail(OHM_UNKNOWN, 0, "no meter profile has this name");
    }
    ohm_dlms_init(state, &dlms);
    return ohm_ok();
}

/* "meter 4c475a6773781fd0, counter 430140" */
static void describe(const ohm_dlms_reject *r, char out[static OHM_PROTOCOL_DETAIL_MAX])
{
    int len = 0;
    if (r->has_title) {
        len = snprintf(out, OHM_PROTOCOL_DETAIL_MAX, "meter ");
        for (size_t i = 0; i < sizeof r->title; i++)
            len += snprintf(out + len, OHM_PROTOCOL_DETAIL_MAX - (size_t)len, "%02x", r->title[i]);
    }
    if (r->has_counter)
        (void)snprintf(out + len, OHM_PROTOCOL_DETAIL_MAX - (size_t)len, "%scounter %u",
                       len ? ", " : "", r->counter);
}

static ohm_meter_state trouble_of(const ohm_dlms_counters *before, const ohm_dlms_counters *now)
{
    if (now->strangers > before->strangers)
        return OHM_METER_OTHER_METER;
    if (now->no_key > before->no_key)
        return OHM_METER_NO_KEY;
    if (now->replays > before->replays)
        return OHM_METER_REPLAYED;
    if (now->unprotected > before->unprotected)
        return OHM_METER_UNPROTECTED;
    if (now->tag_failures > before->tag_failures || now->refused > before->refused)
        return OHM_METER_WRONG_KEY;
    return now->unknown_layout > before->unknown_layout ? OHM_METER_UNKNOWN_LAYOUT : OHM_METER_OK;
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    ohm_dlms *d = state;
    ohm_dlms_counters before = d->counters;
    const ohm_dlms_message *got = NULL;
    ohm_dlms_reject r = { 0 };
    ohm_code code = ohm_dlms_next(d, in, &got, &r);
    ohm_protocol_reject why = {
        .offset = r.offset,
        .code = r.code,
        .stage = ohm_dlms_stage_name(r.stage),
        .what = r.what,
        .trouble = trouble_of(&before, &d->counters),
    };
    describe(&r, why.detail);
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_dlms_finish(state);
}

static void quiet(void *state)
{
    ohm_dlms_quiet(state);
}

static void reset(void *state)
{
    ohm_dlms_reset(state);
}

static bool rest(void *state)
{
    return ohm_dlms_nap(state);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_dlms_counters *c = &((const ohm_dlms *)state)->counters;
    out->bytes = c->bytes;
    out->frames = c->frames;
    out->messages = c->messages;
    out->bad_fcs = c->bad_fcs;
    out->gaps = c->gaps;
    out->tag_failures = c->tag_failures;
    out->replays = c->replays;
    out->unknown_layout = c->unknown_layout;
    out->no_key = c->no_key;
    out->bytes_skipped = c->bytes_skipped;
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    ohm_message_json(json, message, clock);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_dlms_message *m = message;
    *out = (ohm_protocol_sender){
        .id = m->id,
        .profile = m->profile ? m->profile->name : NULL,
        .authenticated = m->security.authenticated,
    };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    return ohm_meter_time_of(clock, message, now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    ohm_readings_of(message, device, time_ms, out);
}

static bool wanted(const void *message)
{
    return ohm_readings_wanted(message);
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_dlms_message *m = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "%.*s%s%s, %s, %s", (int)m->id.len,
                   m->id.len ? (const char *)m->id.ptr : "", m->id.len ? ": " : "",
                   m->profile ? m->profile->label : "a meter without a profile", time,
                   m->security.authenticated ? "authenticated"
                   : m->security.present     ? "ciphered, origin not proven"
                                             : "plain, origin not proven");
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_dlms_message *m = message;
    if (index >= m->count)
        return false;
    const ohm_dlms_value *v = &m->values[index];
    const char *unit = ohm_dlms_unit_text(v->unit);
    static_assert((int)OHM_OBIS_TEXT_MAX <= (int)sizeof out->code, "a code fits");
    out->code[0] = 0;
    if (v->has_obis)
        (void)ohm_obis_write(v->obis, out->code);
    out->quantity = ohm_quantity_get((ohm_quantity_id)v->quantity)->name;
    out->unit = unit ? unit : "";
    ohm_message_value_json(value, m, v, clock);
    return true;
}

const ohm_protocol ohm_protocol_dlms = {
    .name = "dlms",
    .label = "DLMS/COSEM",
    .baud = 2400,
    .framing = "8E1",
    .has_profiles = true,
    .state_size = sizeof(ohm_dlms),
    .kept_size = offsetof(ohm_dlms, memo),
    .rest = rest,
    .init = init,
    .next = next,
    .finish = finish,
    .quiet = quiet,
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
