#include "meter/mbus_json.h"

static const char upper[] = "0123456789ABCDEF";

static void key_upper(ohm_json *json, const char *key, ohm_span bytes)
{
    char text[2 * OHM_MBUS_DATA_MAX];
    assert(bytes.len <= OHM_MBUS_DATA_MAX);
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = upper[bytes.ptr[i] >> 4];
        text[2 * i + 1] = upper[bytes.ptr[i] & 0xf];
    }
    ohm_json_key_span(json, key, ohm_span_of(text, 2 * bytes.len));
}

void ohm_mbus_value_json(ohm_json *json, const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    char text[OHM_MBUS_TEXT_MAX];
    if ((r->flags & OHM_MBUS_INVALID) != 0 || r->kind == OHM_MBUS_NO_DATA) {
        ohm_json_null(json);
        return;
    }
    bool number = r->kind == OHM_MBUS_INTEGER || r->kind == OHM_MBUS_BCD ||
                  r->kind == OHM_MBUS_REAL || r->kind == OHM_MBUS_COUNTER;
    if (number)
        ohm_json_raw(json, ohm_span_of(text, ohm_mbus_number(r->mantissa, r->exponent, text)));
    else
        ohm_json_span(json, ohm_span_of(text, ohm_mbus_text(m, r, text)));
}

/* What the VIFEs say: their codes as the corpus of captures lists them, and their words. */
static void put_qualifiers(ohm_json *json, const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    size_t at = 0;
    ohm_mbus_vife vife;
    uint8_t code;
    bool any = false;
    while (ohm_mbus_vifes(m, r, &at, &vife, &code)) {
        bool counts = vife.kind != OHM_MBUS_VIFE_SCALE && vife.kind != OHM_MBUS_VIFE_ADD &&
                      vife.kind != OHM_MBUS_VIFE_FUTURE;
        if (!counts)
            continue;
        if (!any) {
            ohm_json_key(json, "combinable");
            ohm_json_array(json);
        }
        any = true;
        const char hex[] = { upper[code >> 4], upper[code & 0xf], 0 };
        ohm_json_str(json, vife.kind == OHM_MBUS_VIFE_MAKER ? "mfct" : hex);
    }
    if (!any)
        return;
    ohm_json_end(json);
    ohm_json_key(json, "qualifiers");
    ohm_json_array(json);
    for (at = 0; ohm_mbus_vifes(m, r, &at, &vife, &code);)
        if (vife.text[0])
            ohm_json_str(json, vife.text);
    ohm_json_end(json);
}

static void put_moment(ohm_json *json, const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    ohm_mbus_record moment;
    if (!ohm_mbus_moment(m, r, &moment))
        return;
    ohm_json_key(json, "moment");
    ohm_mbus_value_json(json, m, &moment);
}

static void put_record(ohm_json *json, const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    char unit[OHM_MBUS_TEXT_MAX];
    const ohm_quantity *quantity = ohm_quantity_get(ohm_mbus_quantity(m, r, m->profile));
    bool extended = (r->flags & OHM_MBUS_EXTENDED) != 0;
    ohm_json_object(json);
    ohm_json_key_str(json, "function", ohm_mbus_function_name((ohm_mbus_function)r->function));
    ohm_json_key_int(json, "storage", (int64_t)r->storage);
    ohm_json_key(json, "tariff");
    if (extended)
        ohm_json_int(json, r->tariff);
    else
        ohm_json_null(json);
    ohm_json_key(json, "subunit");
    if (extended)
        ohm_json_int(json, r->subunit);
    else
        ohm_json_null(json);
    ohm_json_key_str(json, "quantity", quantity->name[0] ? quantity->name : NULL);
    ohm_json_key_str(json, "description", r->vif->text);
    ohm_json_key_span(json, "unit", ohm_span_of(unit, ohm_mbus_unit(m, r, unit)));
    ohm_json_key(json, "value");
    ohm_mbus_value_json(json, m, r);
    if (r->kind == OHM_MBUS_COUNTER || m->body == OHM_MBUS_FIXED) {
        ohm_json_key_null(json, "dib");
        ohm_json_key_null(json, "vib");
    } else {
        key_upper(json, "dib", ohm_mbus_dib(m, r));
        key_upper(json, "vib", ohm_mbus_vib(m, r));
    }
    ohm_json_key(json, "raw");
    ohm_json_hex(json, ohm_mbus_raw(m, r));
    if ((r->flags & OHM_MBUS_SUMMER) != 0)
        ohm_json_key_bool(json, "summer", true);
    put_qualifiers(json, m, r);
    put_moment(json, m, r);
    ohm_json_end(json);
}

/* The status byte in words (EN 13757-3 §5.6.3); bits 5 to 7 are the manufacturer's. */
static void put_condition(ohm_json *json, uint8_t status)
{
    static const char *const application[] = { NULL, "application busy", "application error",
                                               "abnormal condition or alarm" };
    ohm_json_key(json, "condition");
    ohm_json_array(json);
    if (application[status & 3])
        ohm_json_str(json, application[status & 3]);
    if ((status & 0x04) != 0)
        ohm_json_str(json, "power low");
    if ((status & 0x08) != 0)
        ohm_json_str(json, "permanent error");
    if ((status & 0x10) != 0)
        ohm_json_str(json, "temporary error");
    if ((status & 0xe0) != 0)
        ohm_json_str(json, "manufacturer specific");
    ohm_json_end(json);
}

/* In the fixed data structure the two lowest bits say how it counts. */
static void put_fixed_condition(ohm_json *json, uint8_t status)
{
    put_condition(json, status & 0xfc);
}

/* The media of the fixed data structure that are other ones there (EN 1434-3 §5.3.3). */
static const char *medium_of(const ohm_mbus_message *m)
{
    static const char *const fixed[16] = {
        [0x9] = "Reserved",       [0xa] = "Gas (mode 2)",
        [0xb] = "Heat (mode 2)",  [0xc] = "Hot water (mode 2)",
        [0xd] = "Water (mode 2)", [0xe] = "Heat Cost Allocator (mode 2)",
        [0xf] = "Reserved",
    };
    if (!m->has_medium)
        return NULL;
    if (m->body == OHM_MBUS_FIXED && m->medium < 16 && fixed[m->medium])
        return fixed[m->medium];
    if (m->body == OHM_MBUS_FIXED && m->medium == 4)
        return "Heat";
    return ohm_mbus_medium_name(m->medium);
}

static void key_maybe(ohm_json *json, const char *key, bool said, int64_t value)
{
    if (said)
        ohm_json_key_int(json, key, value);
    else
        ohm_json_key_null(json, key);
}

/* The identification as it is written, the rest as bytes. */
static void put_secondary(ohm_json *json, const ohm_mbus_message *m)
{
    enum { ID = 8, REST = 4 };
    char text[ID + 2 * REST];
    memcpy(text, m->id, ID);
    for (size_t i = 0; i < REST; i++) {
        text[ID + 2 * i] = upper[m->secondary[REST + i] >> 4];
        text[ID + 2 * i + 1] = upper[m->secondary[REST + i] & 0xf];
    }
    ohm_json_key_span(json, "secondary_address", ohm_span_of(text, sizeof text));
}

void ohm_mbus_meter_json(ohm_json *json, const ohm_mbus_message *m)
{
    ohm_json_key_str(json, "id", m->has_id ? m->id : NULL);
    ohm_json_key_str(json, "manufacturer", m->has_maker ? m->manufacturer : NULL);
    key_maybe(json, "version", m->has_maker, m->version);
    ohm_json_key_str(json, "medium", medium_of(m));
    key_maybe(json, "medium_code", m->has_medium, m->medium);
    ohm_json_key_int(json, "address", m->address);
    if (m->has_maker)
        put_secondary(json, m);
    else
        ohm_json_key_null(json, "secondary_address");
}

/* Mode 5 proves nothing; a counter is of mode 7. */
static void put_security(ohm_json *json, const ohm_mbus_security *s)
{
    ohm_json_key(json, "security");
    if (s->mode == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "mode", s->mode);
    if (s->has_counter)
        ohm_json_key_int(json, "counter", s->counter);
    ohm_json_key_bool(json, "authenticated", s->authenticated);
    ohm_json_end(json);
}

static void put_meter(ohm_json *json, const ohm_mbus_message *m)
{
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    ohm_mbus_meter_json(json, m);
    ohm_json_key_str(json, "profile", m->profile ? m->profile->name : NULL);
    ohm_json_end(json);
}

bool ohm_mbus_said(const ohm_mbus_message *m, ohm_civil *ret_local, bool *ret_summer)
{
    const ohm_mbus_vif *time_point = ohm_mbus_vif_of(OHM_MBUS_PRIMARY, 0x6d);
    for (size_t i = 0; i < m->records_count; i++) {
        const ohm_mbus_record *r = &m->records[i];
        bool now = r->vif == time_point && r->vib_len == 1 && r->storage == 0 &&
                   r->function == OHM_MBUS_INSTANTANEOUS && (r->flags & OHM_MBUS_INVALID) == 0;
        if (!now || (r->kind != OHM_MBUS_MINUTE && r->kind != OHM_MBUS_SECOND))
            continue;
        int64_t t = r->kind == OHM_MBUS_MINUTE ? r->mantissa * 100 : r->mantissa;
        *ret_local = (ohm_civil){
            .date = { (int16_t)(t / 10000000000), (uint8_t)(t / 100000000 % 100),
                      (uint8_t)(t / 1000000 % 100) },
            .hour = (uint8_t)(t / 10000 % 100),
            .minute = (uint8_t)(t / 100 % 100),
            .second = (uint8_t)(t % 100),
        };
        *ret_summer = (r->flags & OHM_MBUS_SUMMER) != 0;
        return true;
    }
    return false;
}

ohm_ms ohm_mbus_instant(const ohm_mbus_message *m, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    ohm_civil local;
    bool summer = false;
    if (!ohm_mbus_said(m, &local, &summer))
        return OHM_NO_MS;
    return summer ? ohm_meter_clock_civil(clock, &local, OHM_SEASON_SUMMER, now_ms)
                  : ohm_meter_clock_either(clock, &local, now_ms);
}

void ohm_mbus_json(ohm_json *json, const ohm_mbus_message *m, const ohm_meter_clock *clock)
{
    ohm_ms time_ms = ohm_mbus_instant(m, clock, OHM_NO_MS);
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "mbus");
    put_meter(json, m);
    ohm_json_key_time(json, "time", time_ms);
    put_security(json, &m->security);
    key_maybe(json, "status", m->has_access, m->status);
    if (m->has_access && m->body == OHM_MBUS_FIXED)
        put_fixed_condition(json, m->status);
    else if (m->has_access)
        put_condition(json, m->status);
    key_maybe(json, "access", m->has_access, m->access);
    key_maybe(json, "signature", m->has_maker, m->signature);
    ohm_json_key_bool(json, "more_follows", m->more_follows);
    if (m->body == OHM_MBUS_ERROR) {
        ohm_json_key(json, "error");
        ohm_json_object(json);
        ohm_json_key_int(json, "code", m->code); /* without a code it is unspecified, as 0 */
        ohm_json_key_str(json, "text", ohm_mbus_error_text(m->code));
        ohm_json_end(json);
    }
    if (m->body == OHM_MBUS_ALARM)
        key_maybe(json, "alarm", m->has_code, m->code);
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (size_t i = 0; i < m->records_count; i++)
        put_record(json, m, &m->records[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}
