#include "meter/answer.h"

#include <stdio.h>

#include "wire/obis.h"

/* Quantities whose registers people read in thousands. */
static const struct {
    const char *unit, *thousands;
} registers[] = { { "Wh", "kWh" }, { "varh", "kvarh" }, { "VAh", "kVAh" } };

/* T5 to T10 are counted by a Linky (EASF05 to EASF10), in whose own language no code is sent; they
 * go on where those that others send as 1.8.1 to 1.8.4 end. */
static bool is_high_tariff(uint16_t quantity)
{
    return quantity >= OHM_Q_ENERGY_IMPORT_T5 && quantity <= OHM_Q_ENERGY_IMPORT_T10;
}

static bool answer_of(ohm_quantity_id id, int64_t value, ohm_answer *out)
{
    uint8_t obis[OHM_OBIS_LEN];
    const ohm_quantity *quantity = ohm_quantity_get(id);
    bool high = is_high_tariff((uint16_t)id);
    if (!ohm_obis_of(high ? OHM_Q_ENERGY_IMPORT_T4 : id, obis))
        return false;
    if (high)
        obis[4] = (uint8_t)(5 + id - OHM_Q_ENERGY_IMPORT_T5);
    *out = (ohm_answer){ .unit = quantity->unit,
                         .mantissa = value,
                         .exponent = (int8_t)-quantity->decimals };
    (void)snprintf(out->code, sizeof out->code, "%u.%u.%u", obis[2], obis[3], obis[4]);
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        if (!strcmp(quantity->unit, registers[i].unit)) {
            out->unit = registers[i].thousands;
            out->exponent = (int8_t)(out->exponent - 3);
        }
    return true;
}

/* What is drawn less what is given, of a meter that says both and not their sum. */
static bool net_power(const ohm_frame *frame, int64_t *ret_value)
{
    const ohm_value *drawn = NULL, *given = NULL;
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        if (v->quantity == OHM_Q_POWER)
            return false;
        if (v->quality == OHM_QUALITY_SUSPECT)
            continue;
        if (v->quantity == OHM_Q_POWER_IMPORT)
            drawn = v;
        if (v->quantity == OHM_Q_POWER_EXPORT)
            given = v;
    }
    return drawn && given && !__builtin_sub_overflow(drawn->value, given->value, ret_value);
}

static bool is_tariff_of(ohm_quantity_id first, uint16_t quantity)
{
    return (quantity >= first && quantity < first + 4) ||
           (first == OHM_Q_ENERGY_IMPORT_T1 && is_high_tariff(quantity));
}

/* The registers of the tariffs from `first` on, of which a P1 meter says all and not their sum
 * (DSMR P1 companion standard 5.0 §6.10). */
static bool total_of(const ohm_frame *frame, ohm_quantity_id total, ohm_quantity_id first,
                     int64_t *ret_value)
{
    int64_t sum = 0;
    int found = 0;
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        bool tariff = is_tariff_of(first, v->quantity);
        if (v->quantity == total || (tariff && v->quality == OHM_QUALITY_SUSPECT))
            return false;
        found += tariff;
        if (tariff && __builtin_add_overflow(sum, v->value, &sum))
            return false;
    }
    *ret_value = sum;
    return found > 0;
}

static size_t add_totals(const ohm_frame *frame, ohm_answer *out)
{
    static const struct {
        ohm_quantity_id total, first;
    } rows[] = {
        { OHM_Q_ENERGY_IMPORT, OHM_Q_ENERGY_IMPORT_T1 },
        { OHM_Q_ENERGY_EXPORT, OHM_Q_ENERGY_EXPORT_T1 },
    };
    size_t count = 0;
    int64_t value;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (total_of(frame, rows[i].total, rows[i].first, &value))
            count += answer_of(rows[i].total, value, &out[count]);
    return count;
}

size_t ohm_frame_answers(const ohm_frame *frame, bool tariffs_are_all,
                         ohm_answer out[static OHM_ANSWER_MAX])
{
    size_t count = 0;
    int64_t net;
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        if (v->quality != OHM_QUALITY_SUSPECT)
            count += answer_of((ohm_quantity_id)v->quantity, v->value, &out[count]);
    }
    if (net_power(frame, &net))
        count += answer_of(OHM_Q_POWER, net, &out[count]);
    if (tariffs_are_all)
        count += add_totals(frame, &out[count]);
    return count;
}

size_t ohm_answers(const ohm_protocol *protocol, const void *message,
                   ohm_answer out[static OHM_ANSWER_MAX])
{
    ohm_frame frame;
    if (protocol->recorded && protocol->recorded(message))
        return 0;
    protocol->readings(message, 0, 0, &frame);
    return ohm_frame_answers(&frame, protocol == &ohm_protocol_p1, out);
}

/* --- a reading ----------------------------------------------------------------------------------
 */

static void gather(ohm_reading_text *a, const ohm_protocol *protocol, const void *message)
{
    ohm_answer more[OHM_ANSWER_MAX];
    size_t count = ohm_answers(protocol, message, more);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < a->count && strcmp(a->answers[at].code, more[i].code) != 0)
            at++;
        if (at == a->count && a->count < OHM_ANSWER_MAX)
            a->answers[a->count++] = more[i];
    }
}

/* Where this stands outside of strings: nothing in them has bare quotes. NULL: nowhere. */
static char *find(char *text, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (char *p = text; (p = memchr(p, what[0], len - (size_t)(p - text))) != NULL; p++) {
        if (n > len - (size_t)(p - text))
            return NULL;
        if (memcmp(p, what, n) == 0)
            return p;
    }
    return NULL;
}

/* {…,"values":[A]} and {…,"values":[B]} behind it become {…,"values":[A,B]}. */
static void join(ohm_reading_text *a, size_t more)
{
    static const char values[] = "\"values\":[", end[] = "]}";
    enum { END = sizeof end - 1 };
    char *second = a->text + a->len, *from = find(second, more, values);
    assert(from && a->len > END && memcmp(second - END, end, END) == 0);
    from += sizeof values - 1;
    size_t n = more - (size_t)(from - second); /* with its end */
    bool first = a->text[a->len - END - 1] == '[';
    char *to = second - END;
    if (!first && n > END)
        *to++ = ',';
    memmove(to, from, n);
    a->len = (size_t)(to - a->text) + n;
}

bool ohm_reading_add(ohm_reading_text *a, const ohm_protocol *protocol, const void *message,
                     const ohm_meter_clock *clock)
{
    ohm_json json;
    size_t len = 0, room = OHM_PROTOCOL_JSON_MAX - a->len;
    assert(a->len == 0 || protocol->joined);
    ohm_json_init(&json, a->text + a->len, room);
    protocol->json(&json, message, clock);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return false; /* a text that begins with it has room for any message */
    if (a->len == 0)
        a->len = len;
    else
        join(a, len);
    gather(a, protocol, message);
    return true;
}

/* What the first message of several says is true of it alone. */
static void set_whole(ohm_reading_text *a)
{
    static const char more[] = "\"more_follows\":true", none[] = "\"more_follows\":false";
    char *at = find(a->text, a->len, more);
    if (!at)
        return;
    size_t behind = a->len - (size_t)(at - a->text) - (sizeof more - 1);
    memmove(at + sizeof none - 1, at + sizeof more - 1, behind);
    memcpy(at, none, sizeof none - 1);
    a->len++;
}

size_t ohm_reading_finish(ohm_reading_text *a, bool whole)
{
    ohm_json json;
    size_t more = 0;
    if (whole)
        set_whole(a);
    if (a->count == 0)
        return a->len;

    /* A second object behind the first; the braces between them become a comma. */
    ohm_json_init(&json, a->text + a->len - 1, OHM_ANSWER_JSON_MAX - a->len);
    ohm_json_object(&json);
    for (size_t i = 0; i < a->count; i++)
        ohm_json_key_decimal(&json, a->answers[i].code, a->answers[i].mantissa,
                             a->answers[i].exponent);
    ohm_json_key(&json, "units");
    ohm_json_object(&json);
    for (size_t i = 0; i < a->count; i++)
        ohm_json_key_str(&json, a->answers[i].code, a->answers[i].unit);
    ohm_json_end(&json);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &more);
    assert(code == OHM_OK);
    (void)code;
    a->text[a->len - 1] = ',';
    a->len += more - 1;
    return a->len;
}
