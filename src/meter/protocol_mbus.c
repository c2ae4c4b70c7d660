/* Wired M-Bus as a row of the table: the telegrams of a line that is only listened to, or of a
 * capture. The master that asks is poll_mbus. */
#include <stdio.h>

#include "host/crypto_digest.h"
#include "meter/mbus_json.h"
#include "meter/mbus_profiles.h"
#include "meter/poll_mbus.h"
#include "meter/profiles.h"
#include "meter/protocol.h"
#include "meter/readings.h"

typedef struct listener {
    const ohm_mbus_profiles *profiles; /* to choose from; NULL: none */
    const ohm_mbus_profile *named;     /* NULL: as it fits */
    ohm_mbus line;                     /* last: its buffers are untouched while nothing comes */
} listener;

ohm_err ohm_mbus_profile_of(const ohm_protocol_config *config, const ohm_mbus_profile **ret_named)
{
    const ohm_mbus_profiles *all = config->profiles ? config->profiles->mbus : NULL;
    *ret_named = NULL;
    if (!config->profile || !*config->profile)
        return ohm_ok();
    *ret_named = all ? ohm_mbus_profiles_find(all, config->profile) : NULL;
    return *ret_named ? ohm_ok() : ohm_fail(OHM_UNKNOWN, 0, "no M-Bus profile has this name");
}

ohm_err ohm_mbus_cipher_of(const ohm_protocol_config *config, ohm_mbus_cipher *ret_cipher)
{
    *ret_cipher = (ohm_mbus_cipher){ 0 };
    if (config->key_len == 0)
        return ohm_ok();
    if (config->key_len != sizeof ret_cipher->key)
        return ohm_fail(OHM_RANGE, 0, "the key of an M-Bus meter has 16 bytes");
    ret_cipher->digests = &ohm_crypto_digests;
    memcpy(ret_cipher->key, config->key, sizeof ret_cipher->key);
    return ohm_ok();
}

ohm_meter_state ohm_mbus_trouble(const ohm_mbus_reject *reject)
{
    if (reject->code == OHM_NO_KEY)
        return OHM_METER_NO_KEY;
    if (reject->code == OHM_BAD_TAG)
        return OHM_METER_WRONG_KEY;
    if (reject->code == OHM_DENIED)
        return OHM_METER_UNPROTECTED;
    bool strange = reject->stage == OHM_MBUS_AT_CIPHER && reject->code == OHM_UNSUPPORTED;
    return strange ? OHM_METER_UNKNOWN_LAYOUT : OHM_METER_OK;
}

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    listener *l = state;
    ohm_mbus_cipher cipher;
    /* Beside others the key may be another protocol's. */
    ohm_err err = ohm_mbus_cipher_of(c, &cipher);
    if (ohm_failed(err) && !c->among_others)
        return err;
    OHM_TRY(ohm_mbus_profile_of(c, &l->named));
    l->profiles = c->profiles ? c->profiles->mbus : NULL;
    ohm_mbus_init(&l->line);
    l->line.cipher = cipher;
    return ohm_ok();
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    listener *l = state;
    const ohm_mbus_message *got = NULL;
    ohm_mbus_reject r = { 0 };
    ohm_code code = ohm_mbus_next(&l->line, in, &got, &r);
    if (code == OHM_OK)
        l->line.message.profile = l->named ? l->named : ohm_mbus_profiles_choose(l->profiles, got);
    const ohm_protocol_reject why = {
        .offset = r.offset,
        .code = r.code,
        .stage = ohm_mbus_stage_name(r.stage),
        .what = r.what,
        .trouble = ohm_mbus_trouble(&r),
    };
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_mbus_finish(&((listener *)state)->line);
}

static void reset(void *state)
{
    ohm_mbus_reset(&((listener *)state)->line);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_mbus_counters *c = &((const listener *)state)->line.counters;
    out->bytes = c->bytes;
    out->frames = c->messages + c->refused + c->no_key + c->tag_failures;
    out->messages = c->messages;
    out->bad_fcs = c->bad_frames;
    out->gaps = 0;
    out->tag_failures = c->tag_failures;
    out->replays = 0;
    out->unknown_layout = c->refused;
    out->no_key = c->no_key;
    out->bytes_skipped = c->bytes_skipped;
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    ohm_mbus_json(json, message, clock);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_mbus_message *m = message;
    *out = (ohm_protocol_sender){
        .id = m->has_id ? ohm_span_text(m->id) : ohm_span_of(NULL, 0),
        .profile = m->profile ? m->profile->name : NULL,
        .authenticated = m->security.authenticated,
    };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    return ohm_meter_clock_accept(clock, ohm_mbus_instant(message, clock, now_ms), now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    const ohm_mbus_message *m = message;
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    ohm_quality proven = m->security.authenticated ? OHM_QUALITY_GOOD : OHM_QUALITY_UNAUTHENTICATED;
    for (size_t i = 0; i < m->records_count; i++) {
        ohm_quantity_id id = ohm_mbus_quantity(m, &m->records[i], m->profile);
        int64_t quantised = 0;
        if (id != OHM_Q_NONE && ohm_mbus_quantise(&m->records[i], id, &quantised) == OHM_OK)
            ohm_readings_put(out, id, quantised, proven);
    }
}

static bool continues(const void *message)
{
    return ((const ohm_mbus_message *)message)->more_follows;
}

static bool is_number(const ohm_mbus_record *r)
{
    return r->kind == OHM_MBUS_INTEGER || r->kind == OHM_MBUS_BCD || r->kind == OHM_MBUS_REAL ||
           r->kind == OHM_MBUS_COUNTER;
}

static bool wanted(const void *message)
{
    const ohm_mbus_message *m = message;
    for (size_t i = 0; i < m->records_count; i++)
        if (is_number(&m->records[i]))
            return true;
    return false;
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_mbus_message *m = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(
        out, cap, "%s%s%s, address %u, %s, %s, %s, origin %sproven", m->has_id ? m->id : "",
        m->has_maker ? ": " : "", m->has_maker ? m->manufacturer : "", m->address,
        m->has_medium ? ohm_mbus_medium_name(m->medium) : "no header", time,
        m->security.mode != 0 ? "ciphered" : "plain", m->security.authenticated ? "" : "not ");
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    (void)clock;
    const ohm_mbus_message *m = message;
    if (index >= m->records_count)
        return false;
    const ohm_mbus_record *r = &m->records[index];
    const ohm_quantity *quantity = ohm_quantity_get(ohm_mbus_quantity(m, r, m->profile));
    (void)snprintf(out->code, sizeof out->code, "%s", r->vif->text);
    if (r->storage > 0 || r->tariff > 0 || r->subunit > 0)
        (void)snprintf(out->code, sizeof out->code, "%.24s [%llu/%u/%u]", r->vif->text,
                       (unsigned long long)r->storage, r->tariff, r->subunit);
    out->quantity = quantity->name;
    out->unit = r->vif->unit;
    ohm_mbus_value_json(value, m, r);
    return true;
}

const ohm_protocol ohm_protocol_mbus = {
    .name = "mbus",
    .label = "M-Bus",
    .baud = 2400,
    .framing = "8E1",
    .poller = &ohm_poller_mbus,
    .asked = true,
    .found_out = true,
    .has_profiles = true,
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
    .continues = continues,
    .joined = true,
    .wanted = wanted,
    .heading = heading,
    .item = item,
};
