#include "meter/message_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NUMBER_TEXT_MAX = 64,
    SCALER_MAX = 18, /* no register needs more; a push may say anything */
};

static void key_hex(ohm_json *json, const char *key, ohm_span bytes)
{
    ohm_json_key(json, key);
    ohm_json_hex(json, bytes);
}

/* An instant with Z; without one the local time as it was said. */
static void local_text(const ohm_dlms_time *said, char out[static OHM_RFC3339_MAX])
{
    const ohm_civil *l = &said->local;
    (void)snprintf(out, OHM_RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", l->date.year,
                   l->date.month, l->date.day, l->hour, l->minute, l->second);
}

/* The shortest decimal that reads back as the same number. */
static void put_real(ohm_json *json, double real)
{
    char text[NUMBER_TEXT_MAX];
    if (!isfinite(real)) {
        ohm_json_null(json);
        return;
    }
    bool single = (double)(float)real == real;            /* most meters send 32 bits */
    bool usual = fabs(real) < 1e15 && fabs(real) >= 1e-4; /* written without an exponent */
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, real);
        double back = strtod(text, NULL);
        bool same = single ? (float)back == (float)real : back == real;
        if (same && !(usual && strchr(text, 'e')))
            break;
    }
    ohm_json_raw(json, ohm_span_text(text));
}

/* A number above INT64_MAX times 10^scaler, exactly. */
static void put_unsigned(ohm_json *json, uint64_t number, int scaler)
{
    static const char zeros[] = "000000000000000000"; /* SCALER_MAX of them */
    char digits[NUMBER_TEXT_MAX], text[2 * NUMBER_TEXT_MAX];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    assert(scaler >= -SCALER_MAX && scaler <= SCALER_MAX && len > SCALER_MAX);
    if (scaler >= 0)
        (void)snprintf(text, sizeof text, "%s%.*s", digits, scaler, zeros);
    else
        (void)snprintf(text, sizeof text, "%.*s.%s", len + scaler, digits, digits + len + scaler);
    ohm_json_raw(json, ohm_span_text(text));
}

/* What came, as it came. */
static void put_raw(ohm_json *json, const ohm_dlms_value *v)
{
    switch ((ohm_dlms_kind)v->kind) {
    case OHM_DLMS_NULL:
        ohm_json_null(json);
        return;
    case OHM_DLMS_INTEGER:
    case OHM_DLMS_ENUM:
        ohm_json_int(json, v->raw);
        return;
    case OHM_DLMS_UNSIGNED:
        put_unsigned(json, (uint64_t)v->raw, 0);
        return;
    case OHM_DLMS_BOOL:
        ohm_json_bool(json, v->raw != 0);
        return;
    case OHM_DLMS_FLOAT:
        put_real(json, v->real);
        return;
    case OHM_DLMS_TEXT:
        ohm_json_span(json, v->bytes);
        return;
    case OHM_DLMS_OCTETS:
    case OHM_DLMS_BITS:
    case OHM_DLMS_DATETIME:
    case OHM_DLMS_COMPLEX:
        ohm_json_hex(json, v->bytes);
        return;
    }
    assert(!"every kind is above");
}

/* Half of a clock, which some positional lists send apart. */
static void put_half(ohm_json *json, const ohm_dlms_value *v)
{
    const uint8_t *p = v->bytes.ptr;
    char text[OHM_RFC3339_MAX];
    if (v->part == OHM_PART_TIME && v->bytes.len == 4)
        (void)snprintf(text, sizeof text, "%02u:%02u:%02u", p[0], p[1], p[2]);
    else if (v->part == OHM_PART_DATE && v->bytes.len == 5)
        (void)snprintf(text, sizeof text, "%04u-%02u-%02u", ohm_be16(p), p[2], p[3]);
    else
        text[0] = 0;
    if (text[0])
        ohm_json_str(json, text);
    else
        ohm_json_hex(json, v->bytes);
}

static void put_datetime(ohm_json *json, const ohm_dlms_value *v, const ohm_dlms_message *message,
                         const ohm_meter_clock *clock)
{
    ohm_dlms_time said;
    char text[OHM_RFC3339_MAX];
    if (v->bytes.len != OHM_DLMS_TIME_LEN || ohm_dlms_time_parse(v->bytes.ptr, &said) != OHM_OK ||
        !said.present) {
        ohm_json_null(json);
        return;
    }
    ohm_ms time_ms = ohm_meter_time_resolve(clock, message, &said, OHM_NO_MS);
    if (time_ms != OHM_NO_MS) {
        ohm_json_time(json, time_ms);
        return;
    }
    local_text(&said, text);
    ohm_json_str(json, text);
}

static bool has_scaler(const ohm_dlms_value *v)
{
    return v->scaler_source != OHM_SCALER_NONE && v->scaler >= -SCALER_MAX &&
           v->scaler <= SCALER_MAX;
}

/* What it means: a number only where its scaler is known. */
static void put_value(ohm_json *json, const ohm_dlms_value *v, const ohm_dlms_message *message,
                      const ohm_meter_clock *clock)
{
    bool scaled = has_scaler(v);
    bool state = ohm_quantity_get((ohm_quantity_id)v->quantity)->kind == OHM_STATE;
    if (v->kind == OHM_DLMS_INTEGER && scaled)
        ohm_json_decimal(json, v->raw, v->scaler);
    else if (v->kind == OHM_DLMS_UNSIGNED && scaled)
        put_unsigned(json, (uint64_t)v->raw, v->scaler);
    else if (v->kind == OHM_DLMS_FLOAT && scaled)
        put_real(json, v->real * pow(10, v->scaler));
    else if (v->kind == OHM_DLMS_DATETIME)
        put_datetime(json, v, message, clock);
    else if (v->kind == OHM_DLMS_OCTETS && v->part != OHM_PART_WHOLE)
        put_half(json, v);
    else if (v->kind == OHM_DLMS_COMPLEX ||
             (!state && (v->kind == OHM_DLMS_INTEGER || v->kind == OHM_DLMS_UNSIGNED ||
                         v->kind == OHM_DLMS_FLOAT)))
        ohm_json_null(json);
    else
        put_raw(json, v);
}

static bool is_number(const ohm_dlms_value *v)
{
    return v->kind == OHM_DLMS_INTEGER || v->kind == OHM_DLMS_UNSIGNED || v->kind == OHM_DLMS_FLOAT;
}

static void put_item(ohm_json *json, const ohm_dlms_value *v, const ohm_dlms_message *message,
                     const ohm_meter_clock *clock)
{
    /* The halves of a clock have one code: a suffix tells them apart. */
    static const char *const halves[] = {
        [OHM_PART_WHOLE] = "",
        [OHM_PART_TIME] = "#time",
        [OHM_PART_DATE] = "#date",
    };
    char obis[OHM_OBIS_TEXT_MAX], code[OHM_OBIS_TEXT_MAX + 8] = "";
    const char *unit = is_number(v) ? ohm_dlms_unit_text(v->unit) : NULL;
    ohm_json_object(json);
    if (v->has_obis) {
        (void)ohm_obis_write(v->obis, obis);
        (void)snprintf(code, sizeof code, "%s%s", obis, halves[v->part]);
    }
    ohm_json_key_str(json, "obis", v->has_obis ? code : NULL);
    bool known = v->quantity != OHM_Q_NONE;
    ohm_json_key_str(json, "quantity",
                     known ? ohm_quantity_get((ohm_quantity_id)v->quantity)->name : NULL);
    ohm_json_key(json, "value");
    put_value(json, v, message, clock);
    ohm_json_key_str(json, "unit", unit && !*unit ? "1" : unit);
    ohm_json_key(json, "raw");
    put_raw(json, v);
    if (is_number(v) && v->scaler_source != OHM_SCALER_NONE)
        ohm_json_key_int(json, "scaler", v->scaler);
    else
        ohm_json_key_null(json, "scaler");
    ohm_json_end(json);
}

static void put_meter(ohm_json *json, const ohm_dlms_message *message)
{
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    if (message->has_title)
        key_hex(json, "system_title", ohm_span_of(message->title, sizeof message->title));
    else
        ohm_json_key_null(json, "system_title");
    if (message->id.len > 0)
        ohm_json_key_span(json, "id", message->id);
    else
        ohm_json_key_null(json, "id");
    ohm_json_key_str(json, "profile", message->profile ? message->profile->name : NULL);
    ohm_json_end(json);
}

static void put_time(ohm_json *json, const ohm_dlms_message *message, const ohm_meter_clock *clock)
{
    ohm_dlms_time said;
    bool is_said = ohm_meter_time_said(message, &said);
    ohm_ms time_ms = is_said ? ohm_meter_time_resolve(clock, message, &said, OHM_NO_MS) : OHM_NO_MS;
    ohm_json_key_time(json, "time", time_ms);
    if (is_said && time_ms == OHM_NO_MS) {
        char text[OHM_RFC3339_MAX];
        local_text(&said, text);
        ohm_json_key_str(json, "local", text);
    }
}

void ohm_message_value_json(ohm_json *json, const ohm_dlms_message *message,
                            const ohm_dlms_value *value, const ohm_meter_clock *clock)
{
    put_value(json, value, message, clock);
}

void ohm_message_json(ohm_json *json, const ohm_dlms_message *message, const ohm_meter_clock *clock)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "dlms");
    put_meter(json, message);
    put_time(json, message, clock);
    ohm_json_key(json, "security");
    if (message->security.present) {
        ohm_json_object(json);
        ohm_json_key_int(json, "control", message->security.control);
        ohm_json_key_int(json, "counter", message->security.counter);
        ohm_json_key_bool(json, "authenticated", message->security.authenticated);
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < message->count; i++)
        put_item(json, &message->values[i], message, clock);
    ohm_json_end(json);
    ohm_json_end(json);
}
