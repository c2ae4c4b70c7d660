#include "meter/answer.h"

#include <stdio.h>

#include "wire/obis.h"

/* Quantities whose registers people read in thousands. */
static const struct {
    const char *unit, *thousands;
} registers[] = { { "Wh", "kWh" }, { "varh", "kvarh" }, { "VAh", "kVAh" } };

static bool answer_of(ohm_quantity_id id, int64_t value, ohm_answer *out)
{
    uint8_t obis[OHM_OBIS_LEN];
    const ohm_quantity *quantity = ohm_quantity_get(id);
    if (!ohm_obis_of(id, obis))
        return false;
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

/* The registers of tariffs `first` to its fourth, of which a P1 meter says all and not their sum
 * (DSMR P1 companion standard 5.0 §6.10). */
static bool total_of(const ohm_frame *frame, ohm_quantity_id total, ohm_quantity_id first,
                     int64_t *ret_value)
{
    int64_t sum = 0;
    int found = 0;
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        bool tariff = v->quantity >= first && v->quantity < first + 4;
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

size_t ohm_answers(const ohm_protocol *protocol, const void *message,
                   ohm_answer out[static OHM_ANSWER_MAX])
{
    ohm_frame frame;
    size_t count = 0;
    int64_t net;
    if (protocol->recorded && protocol->recorded(message))
        return 0;
    protocol->readings(message, 0, 0, &frame);
    for (uint16_t i = 0; i < frame.count; i++) {
        const ohm_value *v = &frame.values[i];
        if (v->quality != OHM_QUALITY_SUSPECT)
            count += answer_of((ohm_quantity_id)v->quantity, v->value, &out[count]);
    }
    if (net_power(&frame, &net))
        count += answer_of(OHM_Q_POWER, net, &out[count]);
    if (protocol == &ohm_protocol_p1)
        count += add_totals(&frame, &out[count]);
    return count;
}

size_t ohm_answer_json(const ohm_protocol *protocol, const void *message,
                       const ohm_meter_clock *clock, char out[static OHM_ANSWER_JSON_MAX])
{
    ohm_answer answers[OHM_ANSWER_MAX];
    ohm_json json;
    size_t len = 0, more = 0;
    ohm_json_init(&json, out, OHM_PROTOCOL_JSON_MAX);
    protocol->json(&json, message, clock);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK && len > 2 && out[len - 1] == '}');
    size_t count = ohm_answers(protocol, message, answers);
    if (count == 0)
        return len;

    /* A second object behind the first; the braces between them become a comma. */
    ohm_json_init(&json, out + len - 1, OHM_ANSWER_JSON_MAX - len);
    ohm_json_object(&json);
    for (size_t i = 0; i < count; i++)
        ohm_json_key_decimal(&json, answers[i].code, answers[i].mantissa, answers[i].exponent);
    ohm_json_key(&json, "units");
    ohm_json_object(&json);
    for (size_t i = 0; i < count; i++)
        ohm_json_key_str(&json, answers[i].code, answers[i].unit);
    ohm_json_end(&json);
    ohm_json_end(&json);
    code = ohm_json_finish(&json, &more);
    assert(code == OHM_OK);
    (void)code;
    out[len - 1] = ',';
    return len - 1 + more;
}
