#include "meter/readings.h"

/* What can't be, in whole base units: wide enough for a transformer station, too narrow for a
 * register that was misread. */
static const struct {
    const char *unit;
    int64_t low, high;
} possible[] = {
    { "W", -100000000, 100000000 },
    { "var", -100000000, 100000000 },
    { "VA", 0, 100000000 },
    { "V", 0, 500000 },
    { "A", -100000, 100000 },
    { "Hz", 10, 100 },
    { "1", -1, 1 },
    { "%", 0, 100 },
    { "C", -90, 200 },
    { "Wh", 0, INT64_C(1000000000000000) },
    { "varh", 0, INT64_C(1000000000000000) },
    { "VAh", 0, INT64_C(1000000000000000) },
    { "m^3", 0, 100000000000 },
    { "m^3/h", -100000, 100000 },
    { "K", -200, 200 },
    { "bar", -1, 1000 },
    { "ppm", 0, 100000 },
    { "lx", 0, 500000 },
};

static bool is_possible(const ohm_quantity *quantity, int64_t quantised)
{
    int64_t scale = 1;
    for (int i = 0; i < quantity->decimals; i++)
        scale *= 10;
    for (size_t i = 0; i < sizeof possible / sizeof *possible; i++)
        if (!strcmp(possible[i].unit, quantity->unit))
            return quantised >= possible[i].low * scale && quantised <= possible[i].high * scale;
    return true; /* a state has no unit and any code */
}

static bool has(const ohm_frame *frame, uint16_t quantity)
{
    for (int i = 0; i < frame->count; i++)
        if (frame->values[i].quantity == quantity)
            return true;
    return false;
}

void ohm_readings_put(ohm_frame *out, ohm_quantity_id id, int64_t quantised, ohm_quality proven)
{
    if (has(out, (uint16_t)id) || out->count == OHM_FRAME_VALUES_MAX)
        return;
    bool good = is_possible(ohm_quantity_get(id), quantised);
    out->values[out->count++] = (ohm_value){
        .quantity = (uint16_t)id,
        .quality = (uint8_t)(good ? proven : OHM_QUALITY_SUSPECT),
        .value = quantised,
    };
}

void ohm_readings_of(const ohm_dlms_message *message, uint16_t device, ohm_ms time_ms,
                     ohm_frame *out)
{
    ohm_quality proven =
        message->security.authenticated ? OHM_QUALITY_GOOD : OHM_QUALITY_UNAUTHENTICATED;
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    for (int i = 0; i < message->count; i++) {
        const ohm_dlms_value *v = &message->values[i];
        int64_t quantised = 0;
        if (v->quantity == OHM_Q_NONE)
            continue;
        const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)v->quantity);
        if (quantity->kind == OHM_TEXT || ohm_dlms_value_quantise(v, &quantised) != OHM_OK)
            continue;
        ohm_readings_put(out, (ohm_quantity_id)v->quantity, quantised, proven);
    }
}

bool ohm_readings_wanted(const ohm_dlms_message *message)
{
    for (int i = 0; i < message->count; i++) {
        uint8_t kind = message->values[i].kind;
        if (kind == OHM_DLMS_INTEGER || kind == OHM_DLMS_UNSIGNED || kind == OHM_DLMS_FLOAT)
            return true;
    }
    return false;
}
