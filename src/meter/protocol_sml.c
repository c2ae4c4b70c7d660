/* SML as a row of the table. */
#include <stdio.h>

#include "meter/protocol.h"
#include "meter/readings.h"
#include "wire/sml.h"

enum { SCALER_MAX = 18 };

static ohm_err init(void *state, const ohm_protocol_config *c)
{
    /* Where a key is set, plain text is a forgery: SML on a meter's own port has no cipher. */
    if (c->aead || c->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "SML is not ciphered: it takes no key");
    if (c->profile && *c->profile)
        return ohm_fail(OHM_UNKNOWN, 0, "SML says all by itself: it has no meter profiles");
    ohm_sml_init(state);
    return ohm_ok();
}

static ohm_code next(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject)
{
    const ohm_sml_message *got = NULL;
    ohm_sml_reject r = { 0 };
    ohm_code code = ohm_sml_next(state, in, &got, &r);
    const ohm_protocol_reject why = { r.offset, r.code, r.stage, r.what, OHM_METER_OK, "" };
    return ohm_protocol_answer(code, got, &why, message, reject);
}

static void finish(void *state)
{
    ohm_sml_finish(state);
}

static void reset(void *state)
{
    ohm_sml_reset(state);
}

static bool rest(void *state)
{
    const ohm_sml *p = state;
    return p->head == p->tail && p->file_len == 0;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_sml_counters *c = &((const ohm_sml *)state)->counters;
    *out = (ohm_meter_counters){
        .bytes = c->bytes,
        .frames = c->frames,
        .messages = c->messages,
        .bad_fcs = c->bad_crc + c->bad_format,
        .gaps = c->gaps,
        .bytes_skipped = c->bytes_skipped,
    };
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static bool is_number(const ohm_sml_value *v)
{
    return v->kind == OHM_SML_INTEGER || v->kind == OHM_SML_UNSIGNED;
}

/* A number times ten to the scaler: null where a meter says a scaler that no register has. */
static void put_number(ohm_json *json, const ohm_sml_value *v, int scaler)
{
    if (scaler < -SCALER_MAX || scaler > SCALER_MAX)
        ohm_json_null(json);
    else if (v->huge)
        ohm_json_unsigned(json, (uint64_t)v->raw, scaler);
    else
        ohm_json_decimal(json, v->raw, scaler);
}

static void put_value(ohm_json *json, const ohm_sml_value *v, int scaler)
{
    switch ((ohm_sml_kind)v->kind) {
    case OHM_SML_NULL:
        ohm_json_null(json);
        return;
    case OHM_SML_INTEGER:
    case OHM_SML_UNSIGNED:
        put_number(json, v, scaler);
        return;
    case OHM_SML_BOOL:
        ohm_json_bool(json, v->raw != 0);
        return;
    case OHM_SML_OCTETS:
    case OHM_SML_LIST:
        ohm_json_hex(json, v->bytes);
        return;
    }
    assert(!"every kind is above");
}

/* Octets that are text, as names are. */
static void put_text(ohm_json *json, const ohm_sml_value *v)
{
    bool text = v->kind == OHM_SML_OCTETS && v->bytes.len > 0;
    for (size_t i = 0; i < v->bytes.len; i++)
        text = text && v->bytes.ptr[i] >= ' ' && v->bytes.ptr[i] < 0x7f;
    if (text)
        ohm_json_key_span(json, "text", v->bytes);
    else
        ohm_json_key_null(json, "text");
}

static ohm_ms instant(const ohm_sml_time *time)
{
    return time->clock == OHM_SML_UTC ? time->seconds * (int64_t)OHM_SECOND_MS : OHM_NO_MS;
}

static void put_item(ohm_json *json, const ohm_sml_value *v)
{
    static const char *const types[] = {
        [OHM_SML_NULL] = "null", [OHM_SML_INTEGER] = "int",   [OHM_SML_UNSIGNED] = "uint",
        [OHM_SML_BOOL] = "bool", [OHM_SML_OCTETS] = "octets", [OHM_SML_LIST] = "list",
    };
    char obis[OHM_OBIS_TEXT_MAX];
    const char *unit = is_number(v) ? ohm_dlms_unit_text(v->unit) : NULL;
    bool known = v->quantity != OHM_Q_NONE;
    (void)ohm_obis_write(v->obis, obis);
    ohm_json_object(json);
    ohm_json_key_str(json, "obis", obis);
    ohm_json_key_str(json, "quantity",
                     known ? ohm_quantity_get((ohm_quantity_id)v->quantity)->name : NULL);
    ohm_json_key(json, "value");
    put_value(json, v, v->scaler);
    ohm_json_key_str(json, "unit", unit && !*unit ? "1" : unit);
    ohm_json_key(json, "raw");
    put_value(json, v, 0);
    if (v->has_scaler)
        ohm_json_key_int(json, "scaler", v->scaler);
    else
        ohm_json_key_null(json, "scaler");
    ohm_json_key_str(json, "type", types[v->kind]);
    put_text(json, v);
    ohm_json_key(json, "status");
    if (v->has_status)
        ohm_json_unsigned(json, v->status, 0);
    else
        ohm_json_null(json);
    ohm_json_key_time(json, "time", instant(&v->time));
    if (v->time.clock == OHM_SML_INDEX)
        ohm_json_key_int(json, "val_time", v->time.seconds);
    ohm_json_end(json);
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    const ohm_sml_message *m = message;
    (void)clock; /* SML says UTC, or seconds since the meter started to count */
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "sml");
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    ohm_json_key_str(json, "id", m->id[0] ? m->id : NULL);
    ohm_json_key_null(json, "profile");
    ohm_json_key(json, "server_id");
    ohm_json_hex(json, m->server_id);
    ohm_json_end(json);
    ohm_json_key_time(json, "time", instant(&m->sensor_time));
    if (m->sensor_time.clock == OHM_SML_INDEX)
        ohm_json_key_int(json, "seconds_index", m->sensor_time.seconds);
    ohm_json_key_null(json, "security");
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < m->count; i++)
        put_item(json, &m->values[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

/* --- the house ---------------------------------------------------------------------------------
 */

static void sender(const void *message, ohm_protocol_sender *out)
{
    *out = (ohm_protocol_sender){ .id = ohm_span_text(((const ohm_sml_message *)message)->id) };
}

static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_sml_message *m = message;
    return ohm_meter_clock_accept(clock, instant(&m->sensor_time), now_ms);
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    const ohm_sml_message *m = message;
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    for (int i = 0; i < m->count; i++) {
        int64_t quantised = 0;
        if (ohm_sml_value_quantise(&m->values[i], &quantised) == OHM_OK)
            ohm_readings_put(out, (ohm_quantity_id)m->values[i].quantity, quantised,
                             OHM_QUALITY_UNAUTHENTICATED);
    }
}

static bool wanted(const void *message)
{
    const ohm_sml_message *m = message;
    for (int i = 0; i < m->count; i++)
        if (is_number(&m->values[i]))
            return true;
    return false;
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_sml_message *m = message;
    char time[OHM_RFC3339_MAX] = "at an unknown time";
    if (time_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(time_ms, time);
    (void)snprintf(out, cap, "%s%sSML, %s, plain, origin not proven", m->id, m->id[0] ? ": " : "",
                   time);
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_sml_message *m = message;
    (void)clock;
    if (index >= m->count)
        return false;
    const ohm_sml_value *v = &m->values[index];
    const char *unit = is_number(v) ? ohm_dlms_unit_text(v->unit) : NULL;
    (void)ohm_obis_write(v->obis, out->code);
    out->quantity = ohm_quantity_get((ohm_quantity_id)v->quantity)->name;
    out->unit = unit ? unit : "";
    put_value(value, v, v->scaler);
    return true;
}

const ohm_protocol ohm_protocol_sml = {
    .name = "sml",
    .label = "SML",
    .baud = 9600,
    .framing = "8N1",
    .state_size = sizeof(ohm_sml),
    .kept_size = offsetof(ohm_sml, message),
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
