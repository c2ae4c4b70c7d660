/* Payloads as rows of the table: what is said of a message. They come by meter_mqtt, meter_http. */
#include <stdio.h>

#include "meter/payload.h"
#include "meter/readings.h"

/* A quantised value in its quantity's base unit. */
static void put_number(ohm_json *json, uint16_t quantity, int64_t value)
{
    ohm_json_decimal(json, value, -(int)ohm_quantity_get((ohm_quantity_id)quantity)->decimals);
}

static void put_item(ohm_json *json, const ohm_payload_message *m, int i)
{
    const __typeof__(m->picked.values[0]) *v = &m->picked.values[i];
    const ohm_pick_rule *rule = &m->rules[v->rule];
    const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)rule->quantity);
    ohm_json_object(json);
    ohm_json_key_str(json, "quantity", quantity->name);
    ohm_json_key(json, "value");
    if (v->there && v->code == OHM_OK)
        put_number(json, rule->quantity, v->value);
    else
        ohm_json_null(json);
    ohm_json_key_str(json, "unit", quantity->unit);
    ohm_json_key_str(json, "pointer", rule->pointer);
    ohm_json_key_str(json, "text", v->there ? v->text : NULL);
    if (v->there && v->code != OHM_OK)
        ohm_json_key_str(json, "fault", ohm_code_text(v->code));
    ohm_json_end(json);
}

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    const ohm_payload_message *m = message;
    (void)clock;      /* a payload says an instant or nothing */
    bool any = false; /* then the others of a preset, which are for other devices, say nothing */
    for (int i = 0; i < m->picked.count; i++)
        any = any || m->picked.values[i].there;
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", m->protocol);
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    ohm_json_key_str(json, "id", m->topic);
    ohm_json_key_null(json, "profile");
    ohm_json_end(json);
    ohm_json_key_time(json, "time", m->picked.time_ms);
    ohm_json_key_null(json, "security");
    ohm_json_key_bool(json, "retained", m->retained);
    ohm_json_key_span(json, "payload", m->bytes);
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < m->picked.count; i++)
        if (m->picked.values[i].there || !any)
            put_item(json, m, i);
    ohm_json_end(json);
    ohm_json_end(json);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    const ohm_payload_message *m = message;
    *out = (ohm_protocol_sender){ .id = ohm_span_text(m->source) };
}

/* Of a retained payload only its own word is worth anything: it may be of last year. */
static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_payload_message *m = message;
    ohm_ms said_ms = m->picked.time_ms;
    if (!m->retained)
        return ohm_meter_clock_accept(clock, said_ms, now_ms);
    bool past = said_ms != OHM_NO_MS && now_ms != OHM_NO_MS && said_ms <= now_ms;
    return past ? said_ms : OHM_NO_MS;
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    const ohm_payload_message *m = message;
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    for (int i = 0; i < m->picked.count; i++) {
        const __typeof__(m->picked.values[0]) *v = &m->picked.values[i];
        if (v->there && v->code == OHM_OK)
            ohm_readings_put(out, (ohm_quantity_id)m->rules[v->rule].quantity, v->value,
                             OHM_QUALITY_UNAUTHENTICATED);
    }
}

static bool wanted(const void *message)
{
    const ohm_payload_message *m = message;
    return m->picked.count > 0;
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    const ohm_payload_message *m = message;
    (void)time_ms;
    (void)snprintf(out, cap, "%s%s: %.*s", m->topic, m->retained ? " (retained)" : "",
                   (int)(m->bytes.len < 120 ? m->bytes.len : 120), (const char *)m->bytes.ptr);
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    const ohm_payload_message *m = message;
    (void)clock;
    if (index >= m->picked.count)
        return false;
    const __typeof__(m->picked.values[0]) *v = &m->picked.values[index];
    const ohm_pick_rule *rule = &m->rules[v->rule];
    const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)rule->quantity);
    (void)snprintf(out->code, sizeof out->code, "%.*s", (int)sizeof out->code - 1, rule->pointer);
    out->quantity = quantity->name;
    out->unit = quantity->unit;
    if (v->there && v->code == OHM_OK)
        put_number(value, rule->quantity, v->value);
    else
        ohm_json_null(value);
    return true;
}

const ohm_protocol ohm_protocol_mqtt = {
    .name = "mqtt",
    .label = "MQTT",
    .json = json,
    .sender = sender,
    .time_of = time_of,
    .readings = readings,
    .wanted = wanted,
    .heading = heading,
    .item = item,
};

const ohm_protocol ohm_protocol_http = {
    .name = "http",
    .label = "HTTP",
    .json = json,
    .sender = sender,
    .time_of = time_of,
    .readings = readings,
    .wanted = wanted,
    .heading = heading,
    .item = item,
};

bool ohm_payload_is(const ohm_protocol *protocol)
{
    return protocol == &ohm_protocol_mqtt || protocol == &ohm_protocol_http;
}
