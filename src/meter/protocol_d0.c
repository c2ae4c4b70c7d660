/* IEC 62056-21 readouts as a row of the table: pushed (mode D), captured, or asked for
 * (meter/poll_d0.h). */
#include <stdio.h>

#include "meter/poll_d0.h"
#include "meter/protocol.h"
#include "meter/readout_json.h"
#include "wire/d0.h"

enum { SCALER_MAX = 18 };

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    const ohm_d0_config d0 = { .recorded = !c->live, .among_others = c->among_others };
    if (c->aead || c->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "IEC 62056-21 is not ciphered: it takes no key");
    if (c->profile && *c->profile)
        return ohm_fail(OHM_UNKNOWN, 0, "IEC 62056-21 has no meter profiles");
    ohm_d0_init(state, &d0);
    return ohm_ok();
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    const ohm_d0_message *got = NULL;
    ohm_d0_reject r = { 0 };
    ohm_code code = ohm_d0_next(state, in, &got, &r);
    const ohm_protocol_reject why = { r.offset, r.code, r.stage, r.what, OHM_METER_OK, "" };
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_d0_finish(state);
}

static void reset(void *state)
{
    ohm_d0_reset(state);
}

static bool rest(void *state)
{
    const ohm_d0 *p = state;
    return p->head == p->tail && !p->damaged;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_d0_counters *c = &((const ohm_d0 *)state)->counters;
    *out = (ohm_meter_counters){
        .bytes = c->bytes,
        .frames = c->frames,
        .messages = c->messages,
        .bad_fcs = c->bad_check + c->bad_format,
        .gaps = c->gaps,
        .bytes_skipped = c->bytes_skipped,
    };
}

/* --- load profiles ------------------------------------------------------------------------------
 */

/* A channel's unit: its base unit and the power of ten to it, or as it was sent. */
static int put_unit(ohm_json *json, ohm_span unit)
{
    uint8_t code = OHM_UNIT_UNKNOWN;
    int scaler = 0;
    bool known = ohm_readout_unit(unit, &code, &scaler);
    if (known)
        ohm_json_key_str(json, "unit", ohm_dlms_unit_text(code));
    else if (unit.len > 0)
        ohm_json_key_span(json, "unit", unit);
    else
        ohm_json_key_null(json, "unit");
    return known ? scaler : 0;
}

static void put_row(ohm_json *json, const ohm_readout *r, const ohm_d0_profile *p, int row,
                    const int *scalers)
{
    ohm_json_array(json);
    for (int i = 0; i < p->channels; i++) {
        ohm_span value, unit;
        int64_t raw = 0;
        int scaler = 0;
        ohm_readout_split(r->values[p->first + row * p->channels + i], &value, &unit);
        bool number = ohm_readout_number(value, &raw, &scaler) == OHM_OK &&
                      scaler + scalers[i] >= -SCALER_MAX;
        if (number)
            ohm_json_decimal(json, raw, scaler + scalers[i]);
        else
            ohm_json_null(json);
    }
    ohm_json_end(json);
}

static void put_profile(ohm_json *json, const ohm_readout *r, const ohm_readout_set *set,
                        const ohm_d0_profile *p, const ohm_meter_clock *clock)
{
    int scalers[OHM_D0_CHANNELS_MAX];
    ohm_json_object(json);
    ohm_json_key_span(json, "address", set->address);
    ohm_json_key_time(json, "time", ohm_readout_instant(&p->time, clock, OHM_NO_MS));
    ohm_json_key_span(json, "status", p->status);
    ohm_json_key_int(json, "period_min", p->period_min);
    ohm_json_key(json, "channels");
    ohm_json_array(json);
    for (int i = 0; i < p->channels; i++) {
        ohm_json_object(json);
        ohm_json_key_span(json, "code", p->channel[i].code);
        scalers[i] = put_unit(json, p->channel[i].unit);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_key(json, "rows");
    ohm_json_array(json);
    for (int row = 0; row < p->rows; row++)
        put_row(json, r, p, row, scalers);
    ohm_json_end(json);
    ohm_json_end(json);
}

static void put_profiles(ohm_json *json, const ohm_readout *r, const ohm_meter_clock *clock)
{
    ohm_d0_profile p;
    bool any = false;
    for (int i = 0; i < r->count; i++) {
        if (ohm_d0_profile_parse(r, &r->sets[i], &p) != OHM_OK)
            continue;
        if (!any) {
            ohm_json_key(json, "profiles");
            ohm_json_array(json);
        }
        any = true;
        put_profile(json, r, &r->sets[i], &p, clock);
    }
    if (any)
        ohm_json_end(json);
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    const ohm_d0_message *m = message;
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "d0");
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    ohm_json_key_str(json, "id", m->id[0] ? m->id : NULL);
    ohm_json_key_null(json, "profile");
    ohm_readout_ident_json(json, &m->ident);
    ohm_json_end(json);
    ohm_json_key_time(json, "time", ohm_readout_instant(&m->time, clock, OHM_NO_MS));
    ohm_json_key_null(json, "security");
    ohm_json_key_bool(json, "checksum", m->checked);
    ohm_readout_values_json(json, &m->readout, clock);
    put_profiles(json, &m->readout, clock);
    ohm_json_end(json);
}

/* --- the house ---------------------------------------------------------------------------------
 */

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_d0_message *m = message;
    *out = (ohm_protocol_sender){ .id = m->id[0] ? ohm_span_text(m->id) : m->ident.id };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_d0_message *m = message;
    return ohm_meter_clock_accept(clock, ohm_readout_instant(&m->time, clock, now_ms), now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    const ohm_d0_message *m = message;
    ohm_readout_readings(&m->readout,
                         m->damaged ? OHM_QUALITY_SUSPECT : OHM_QUALITY_UNAUTHENTICATED, device,
                         time_ms, out);
}

static bool wanted(const void *message)
{
    return ohm_readout_wanted(&((const ohm_d0_message *)message)->readout);
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_d0_message *m = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "%s%s%.*s %.*s, %s, %s", m->id, m->id[0] ? ": " : "",
                   (int)m->ident.manufacturer.len, (const char *)m->ident.manufacturer.ptr,
                   (int)m->ident.id.len, (const char *)m->ident.id.ptr, time,
                   m->checked   ? "plain, origin not proven"
                   : m->damaged ? "DAMAGED: its block check is wrong"
                                : "plain, not even checked");
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_d0_message *m = message;
    return ohm_readout_item(&m->readout, index, clock, value, out);
}

const ohm_protocol ohm_protocol_d0 = {
    .name = "d0",
    .label = "IEC 62056-21",
    .baud = 300,
    .framing = "7E1",
    .poller = &ohm_poller_d0,
    .state_size = sizeof(ohm_d0),
    .kept_size = offsetof(ohm_d0, message),
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
