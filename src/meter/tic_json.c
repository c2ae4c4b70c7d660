#include "meter/tic_json.h"

#include "base/number.h"
#include "meter/tic_readings.h"

static void put_value(ohm_json *json, const ohm_tic_value *v)
{
    ohm_quantity_id id = v->known ? (ohm_quantity_id)v->known->quantity : OHM_Q_NONE;
    const char *unit = v->known && v->known->unit[0] ? v->known->unit : NULL;
    ohm_json_object(json);
    ohm_json_key_span(json, "label", v->label);
    ohm_json_key_span(json, "value", v->text);
    ohm_json_key_time(json, "time", v->time_ms);
    if (v->date.len > 0)
        ohm_json_key_span(json, "date", v->date);
    ohm_json_key_str(json, "quantity", id == OHM_Q_NONE ? NULL : ohm_quantity_get(id)->name);
    ohm_json_key_str(json, "unit", unit);
    if (v->has_number)
        ohm_json_key_int(json, "number", v->number);
    else
        ohm_json_key_null(json, "number");
    ohm_json_end(json);
}

static void put_meter(ohm_json *json, const ohm_tic_message *m)
{
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    if (m->id.len > 0)
        ohm_json_key_span(json, "id", m->id);
    else
        ohm_json_key_null(json, "id");
    ohm_json_key_null(json, "profile");
    ohm_json_end(json);
}

static void put_tempo(ohm_json *json, const ohm_tic_message *m)
{
    ohm_tempo today, tomorrow;
    ohm_json_key(json, "tempo");
    if (!ohm_tic_tempo(m, &today, &tomorrow)) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "today", ohm_tempo_name(today));
    ohm_json_key_str(json, "tomorrow", ohm_tempo_name(tomorrow));
    ohm_json_end(json);
}

/* True is closed; the first is the meter's own contact, the others are for a bus behind it. */
static void put_relays(ohm_json *json, const ohm_tic_message *m)
{
    ohm_tic_value v;
    int64_t bits = 0;
    ohm_json_key(json, "relays");
    if (!ohm_tic_find(m, "RELAIS", &v) || ohm_number_int(v.text, &bits) != OHM_OK || bits < 0 ||
        bits > 255) {
        ohm_json_null(json);
        return;
    }
    ohm_json_array(json);
    for (int i = 0; i < 8; i++)
        ohm_json_bool(json, bits >> i & 1);
    ohm_json_end(json);
}

static void put_flag(ohm_json *json, const char *key, const ohm_tic_stge *stge,
                     ohm_stge_field field)
{
    ohm_json_key_bool(json, key, ohm_tic_stge_get(stge, field) != 0);
}

static void put_stge(ohm_json *json, const ohm_tic_message *m)
{
    const ohm_tic_stge *s = &m->stge;
    ohm_json_key(json, "stge");
    if (!m->has_stge) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "contact", ohm_tic_stge_get(s, OHM_STGE_CONTACT) ? "open" : "closed");
    ohm_json_key_str(json, "breaker", ohm_tic_breaker_name(ohm_tic_stge_get(s, OHM_STGE_BREAKER)));
    put_flag(json, "cover_open", s, OHM_STGE_COVER);
    put_flag(json, "overvoltage", s, OHM_STGE_OVERVOLTAGE);
    put_flag(json, "overrun", s, OHM_STGE_OVERRUN);
    put_flag(json, "producer", s, OHM_STGE_PRODUCER);
    put_flag(json, "injecting", s, OHM_STGE_INJECTING);
    ohm_json_key_int(json, "tariff_index", ohm_tic_stge_get(s, OHM_STGE_TARIFF) + 1);
    ohm_json_key_int(json, "distributor_index",
                     ohm_tic_stge_get(s, OHM_STGE_DISTRIBUTOR_TARIFF) + 1);
    put_flag(json, "clock_degraded", s, OHM_STGE_CLOCK_DEGRADED);
    put_flag(json, "standard_mode", s, OHM_STGE_STANDARD_MODE);
    ohm_json_key_str(json, "euridis", ohm_tic_euridis_name(ohm_tic_stge_get(s, OHM_STGE_EURIDIS)));
    ohm_json_key_str(json, "plc", ohm_tic_plc_name(ohm_tic_stge_get(s, OHM_STGE_PLC)));
    put_flag(json, "plc_synchronised", s, OHM_STGE_PLC_SYNCHRONISED);
    ohm_json_key_str(json, "tempo_today",
                     ohm_tempo_name((ohm_tempo)ohm_tic_stge_get(s, OHM_STGE_TEMPO_TODAY)));
    ohm_json_key_str(json, "tempo_tomorrow",
                     ohm_tempo_name((ohm_tempo)ohm_tic_stge_get(s, OHM_STGE_TEMPO_TOMORROW)));
    ohm_json_key_int(json, "peak_notice", ohm_tic_stge_get(s, OHM_STGE_PEAK_NOTICE));
    ohm_json_key_int(json, "peak", ohm_tic_stge_get(s, OHM_STGE_PEAK));
    ohm_json_end(json);
}

static void put_day(ohm_json *json, const ohm_tic_message *m, const char *label, const char *key)
{
    ohm_tic_value v;
    ohm_tic_day day;
    ohm_json_key(json, key);
    if (!ohm_tic_find(m, label, &v) || ohm_tic_day_parse(v.text, &day) != OHM_OK) {
        ohm_json_null(json);
        return;
    }
    ohm_json_array(json);
    for (int i = 0; i < day.count; i++) {
        unsigned hour = day.periods[i].hour, minute = day.periods[i].minute;
        const char from[] = { (char)('0' + hour / 10),   (char)('0' + hour % 10),   ':',
                              (char)('0' + minute / 10), (char)('0' + minute % 10), 0 };
        ohm_json_object(json);
        ohm_json_key_str(json, "from", from);
        ohm_json_key_int(json, "index", day.periods[i].index);
        ohm_json_key_str(json, "contact",
                         ohm_tic_contact_name((ohm_tic_contact)day.periods[i].contact));
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void put_nature(ohm_json *json, const ohm_tic_message *m)
{
    unsigned index = ohm_tic_tariff_index(m);
    if (m->kind == OHM_TIC_OVERRUN)
        ohm_json_key_str(json, "event", "overrun");
    ohm_json_key_str(json, "mode", ohm_tic_mode_name(m->mode));
    if (m->phases > 0)
        ohm_json_key_int(json, "phases", m->phases);
    else
        ohm_json_key_null(json, "phases");
    ohm_json_key_bool(json, "producer", m->producer);
    if (m->contract.len > 0)
        ohm_json_key_span(json, "contract", m->contract);
    else
        ohm_json_key_null(json, "contract");
    ohm_json_key_bool(json, "complete", m->complete);
    ohm_json_key_bool(json, "interrupted", m->interrupted);
    ohm_json_key_bool(json, "clock_degraded", m->degraded);
    ohm_json_key_int(json, "rejected", m->rejected);
    ohm_json_key_bool(json, "overrun", m->overrun);
    if (index > 0)
        ohm_json_key_int(json, "tariff_index", index);
    else
        ohm_json_key_null(json, "tariff_index");
}

void ohm_tic_json(ohm_json *json, const ohm_tic_message *message)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "tic");
    put_meter(json, message);
    ohm_json_key_time(json, "time", message->time_ms);
    ohm_json_key_null(json, "security");
    put_nature(json, message);
    put_tempo(json, message);
    put_relays(json, message);
    put_stge(json, message);
    put_day(json, message, "PJOURF+1", "next_day");
    put_day(json, message, "PPOINTE", "next_peak_day");
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (unsigned i = 0; i < message->count; i++) {
        ohm_tic_value v = ohm_tic_at(message, i);
        put_value(json, &v);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}
