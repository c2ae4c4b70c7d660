#include "meter/readout_json.h"

#include "meter/readings.h"

enum {
    TEXT_MAX = 2048, /* of a message on the display, in letters */
    SCALER_MAX = 18,
    WINTER_H = 1, /* central Europe's offsets */
    SUMMER_H = 2,
};

ohm_ms ohm_readout_instant(const ohm_readout_time *time, const ohm_meter_clock *clock,
                           ohm_ms now_ms)
{
    static const ohm_meter_season seasons[] = {
        [OHM_READOUT_UNSAID] = OHM_SEASON_UNSAID,
        [OHM_READOUT_SUMMER] = OHM_SEASON_SUMMER,
        [OHM_READOUT_WINTER] = OHM_SEASON_WINTER,
        [OHM_READOUT_UTC] = OHM_SEASON_UNSAID,
    };
    if (!time->present)
        return OHM_NO_MS;
    if (time->season == OHM_READOUT_UTC)
        return ohm_meter_clock_as_utc(&time->local);
    if (clock->tz)
        return ohm_meter_clock_civil(clock, &time->local, seasons[time->season], now_ms);
    if (time->season == OHM_READOUT_UNSAID)
        return OHM_NO_MS;
    int hours = time->season == OHM_READOUT_SUMMER ? SUMMER_H : WINTER_H;
    return ohm_meter_clock_as_utc(&time->local) - hours * (int64_t)OHM_HOUR_MS;
}

/* --- a set -------------------------------------------------------------------------------------
 */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* P1 sends names and messages as hex of their letters; false if that is not what it is. */
static bool text_of_hex(ohm_span hex, char *out, size_t *len)
{
    *len = hex.len / 2;
    if (hex.len % 2 != 0 || hex.len == 0 || *len > TEXT_MAX)
        return false;
    for (size_t i = 0; i < *len; i++) {
        int high = hex_digit(hex.ptr[2 * i]), low = hex_digit(hex.ptr[2 * i + 1]);
        int c = high * 16 + low;
        if (high < 0 || low < 0 || c < ' ' || c == 0x7f)
            return false;
        out[i] = (char)c;
    }
    return true;
}

static bool is_text(const ohm_readout_set *set)
{
    return set->count == 1 && !set->has_number;
}

static void put_text(ohm_json *json, const ohm_readout *r, const ohm_readout_set *set)
{
    char text[TEXT_MAX];
    size_t len = 0;
    ohm_span bracket = r->values[set->first];
    const uint8_t *o = set->obis;
    bool name = set->has_obis && o[0] == 0 && o[2] == 96 && (o[3] == 1 || o[3] == 13);
    if (name && text_of_hex(bracket, text, &len))
        bracket = ohm_span_of(text, len);
    ohm_json_span(json, bracket);
}

/* A time alone is its instant, where that can be known. */
static ohm_ms time_alone(const ohm_readout_set *set, const ohm_meter_clock *clock)
{
    return is_text(set) ? ohm_readout_instant(&set->time, clock, OHM_NO_MS) : OHM_NO_MS;
}

static void put_number(ohm_json *json, int64_t raw, int scaler)
{
    if (scaler >= -SCALER_MAX && scaler <= SCALER_MAX)
        ohm_json_decimal(json, raw, scaler);
    else
        ohm_json_null(json);
}

void ohm_readout_value_json(ohm_json *json, const ohm_readout *r, const ohm_readout_set *set,
                            const ohm_meter_clock *clock)
{
    ohm_ms time_ms = time_alone(set, clock);
    if (set->has_number)
        put_number(json, set->raw, set->scaler);
    else if (time_ms != OHM_NO_MS)
        ohm_json_time(json, time_ms);
    else if (is_text(set) && r->values[set->first].len > 0)
        put_text(json, r, set);
    else
        ohm_json_null(json);
}

const char *ohm_readout_unit_text(const ohm_readout_set *set)
{
    const char *unit = set->unit != OHM_UNIT_UNKNOWN ? ohm_dlms_unit_text(set->unit) : NULL;
    return unit ? unit : "";
}

/* The base unit; one that we don't know as it was sent. */
static void put_unit(ohm_json *json, const ohm_readout *r, const ohm_readout_set *set)
{
    ohm_span value, unit = { NULL, 0 };
    ohm_json_key(json, "unit");
    if (set->has_number && set->unit != OHM_UNIT_UNKNOWN) {
        ohm_json_str(json, ohm_readout_unit_text(set));
        return;
    }
    for (int i = 0; set->has_number && i < set->count && unit.len == 0; i++)
        ohm_readout_split(r->values[set->first + i], &value, &unit);
    if (unit.len > 0)
        ohm_json_span(json, unit);
    else
        ohm_json_null(json);
}

static void put_bracket(ohm_json *json, ohm_span bracket)
{
    ohm_span value, unit;
    int64_t raw = 0;
    int scaler = 0;
    ohm_readout_split(bracket, &value, &unit);
    ohm_json_object(json);
    ohm_json_key_span(json, "raw", bracket);
    ohm_json_key_span(json, "value", value);
    if (unit.len > 0)
        ohm_json_key_span(json, "unit", unit);
    else
        ohm_json_key_null(json, "unit");
    if (value.len <= 15 && ohm_readout_number(value, &raw, &scaler) == OHM_OK)
        ohm_json_key_decimal(json, "number", raw, scaler);
    ohm_json_end(json);
}

static void put_set(ohm_json *json, const ohm_readout *r, const ohm_readout_set *set,
                    const ohm_meter_clock *clock)
{
    char obis[OHM_OBIS_TEXT_MAX];
    bool known = set->quantity != OHM_Q_NONE;
    ohm_json_object(json);
    ohm_json_key_span(json, "address", set->address);
    (void)ohm_obis_write(set->obis, obis);
    ohm_json_key_str(json, "obis", set->has_obis ? obis : NULL);
    ohm_json_key_str(json, "quantity",
                     known ? ohm_quantity_get((ohm_quantity_id)set->quantity)->name : NULL);
    ohm_json_key(json, "value");
    ohm_readout_value_json(json, r, set, clock);
    put_unit(json, r, set);
    ohm_json_key(json, "raw");
    if (set->has_number)
        ohm_json_int(json, set->raw);
    else if (is_text(set))
        ohm_json_span(json, r->values[set->first]);
    else
        ohm_json_null(json);
    if (set->has_number)
        ohm_json_key_int(json, "scaler", set->scaler);
    else
        ohm_json_key_null(json, "scaler");
    ohm_json_key(json, "text");
    if (is_text(set) && r->values[set->first].len > 0)
        put_text(json, r, set);
    else
        ohm_json_null(json);
    ohm_json_key_time(json, "time", ohm_readout_instant(&set->time, clock, OHM_NO_MS));
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < set->count; i++)
        put_bracket(json, r->values[set->first + i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_readout_values_json(ohm_json *json, const ohm_readout *r, const ohm_meter_clock *clock)
{
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < r->count; i++)
        put_set(json, r, &r->sets[i], clock);
    ohm_json_end(json);
}

void ohm_readout_ident_json(ohm_json *json, const ohm_readout_ident *ident)
{
    ohm_json_key(json, "ident");
    ohm_json_object(json);
    ohm_json_key_span(json, "manufacturer", ident->manufacturer);
    ohm_json_key_span(json, "baud_char", ohm_span_of(&ident->baud, 1));
    ohm_json_key_span(json, "id", ident->id);
    ohm_json_end(json);
}

/* --- the house ---------------------------------------------------------------------------------
 */

void ohm_readout_readings(const ohm_readout *r, ohm_quality proven, uint16_t device, ohm_ms time_ms,
                          ohm_frame *out)
{
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    for (int i = 0; i < r->count; i++) {
        int64_t quantised = 0;
        if (ohm_readout_quantise(&r->sets[i], &quantised) == OHM_OK)
            ohm_readings_put(out, (ohm_quantity_id)r->sets[i].quantity, quantised, proven);
    }
}

bool ohm_readout_wanted(const ohm_readout *r)
{
    for (int i = 0; i < r->count; i++)
        if (r->sets[i].has_number)
            return true;
    return false;
}

bool ohm_readout_item(const ohm_readout *r, size_t index, const ohm_meter_clock *clock,
                      ohm_json *value, ohm_protocol_item *out)
{
    static_assert((int)OHM_READOUT_ADDRESS_MAX < (int)sizeof out->code, "an address fits");
    if (index >= r->count)
        return false;
    const ohm_readout_set *set = &r->sets[index];
    memcpy(out->code, set->address.ptr, set->address.len);
    out->code[set->address.len] = '\0';
    out->quantity = ohm_quantity_get((ohm_quantity_id)set->quantity)->name;
    out->unit = ohm_readout_unit_text(set);
    ohm_readout_value_json(value, r, set, clock);
    return true;
}
