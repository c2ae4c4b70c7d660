#include "wire/obis.h"

#include "wire/dlms_unit.h"

static size_t put_number(char *out, unsigned v)
{
    size_t n = 0;
    if (v >= 100)
        out[n++] = (char)('0' + v / 100);
    if (v >= 10)
        out[n++] = (char)('0' + v / 10 % 10);
    out[n++] = (char)('0' + v % 10);
    return n;
}

size_t ohm_obis_write(const uint8_t obis[static OHM_OBIS_LEN], char out[static OHM_OBIS_TEXT_MAX])
{
    static const char after[OHM_OBIS_LEN] = { '-', ':', '.', '.', '*', '\0' };
    size_t n = 0;
    for (int i = 0; i < OHM_OBIS_LEN; i++) {
        n += put_number(out + n, obis[i]);
        out[n++] = after[i];
    }
    return n - 1;
}

/* One group at *pos: a number up to 255, or "*" where `free` may be. */
static bool read_group(ohm_span text, size_t *pos, uint8_t *value, bool *is_free)
{
    unsigned v = 0;
    size_t from = *pos;
    *is_free = from < text.len && text.ptr[from] == '*';
    if (*is_free) {
        *value = 0;
        (*pos)++;
        return true;
    }
    while (*pos < text.len && *pos - from < 3 && text.ptr[*pos] >= '0' && text.ptr[*pos] <= '9')
        v = v * 10 + (unsigned)(text.ptr[(*pos)++] - '0');
    if (*pos == from || v > 255)
        return false;
    *value = (uint8_t)v;
    return true;
}

ohm_code ohm_obis_pattern_parse(ohm_span text, ohm_obis_pattern *out)
{
    static const char before[OHM_OBIS_LEN] = { '\0', '-', ':', '.', '.', '*' };
    ohm_obis_pattern pattern = { .fixed = 0 };
    size_t pos = 0;
    for (int i = 0; i < OHM_OBIS_LEN; i++) {
        if (i == OHM_OBIS_LEN - 1 && pos == text.len) {
            pattern.value[i] = 255; /* F is left out */
            pattern.fixed = (uint8_t)(pattern.fixed | 1u << i);
            break;
        }
        if (i > 0 && (pos >= text.len || text.ptr[pos++] != (uint8_t)before[i]))
            return OHM_BAD_FORMAT;
        bool is_free;
        if (!read_group(text, &pos, &pattern.value[i], &is_free))
            return OHM_BAD_FORMAT;
        if (!is_free)
            pattern.fixed = (uint8_t)(pattern.fixed | 1u << i);
    }
    if (pos != text.len)
        return OHM_BAD_FORMAT;
    *out = pattern;
    return OHM_OK;
}

ohm_code ohm_obis_parse(ohm_span text, uint8_t out[static OHM_OBIS_LEN])
{
    ohm_obis_pattern pattern;
    ohm_code code = ohm_obis_pattern_parse(text, &pattern);
    if (code != OHM_OK)
        return code;
    if (pattern.fixed != 0x3f)
        return OHM_BAD_FORMAT;
    memcpy(out, pattern.value, OHM_OBIS_LEN);
    return OHM_OK;
}

/* What group C means for electricity (Blue Book, table of group C): the instantaneous value
 * (D = 7) and the time integral (D = 8) with its tariff registers E = 1..4. */
typedef struct measured {
    uint16_t level, energy;
    uint16_t tariff[4];
    uint8_t level_unit, energy_unit;
} measured;

#define LEVEL(id, unit)                                                                            \
    {                                                                                              \
        .level = OHM_Q_##id, .level_unit = OHM_UNIT_##unit                                         \
    }
#define POWER(p, e, unit, energy_unit_)                                                            \
    {                                                                                              \
        .level = OHM_Q_##p, .level_unit = OHM_UNIT_##unit, .energy = OHM_Q_##e,                    \
        .energy_unit = OHM_UNIT_##energy_unit_                                                     \
    }
#define TARIFFS(p, e, unit, energy_unit_)                                                          \
    {                                                                                              \
        .level = OHM_Q_##p, .level_unit = OHM_UNIT_##unit, .energy = OHM_Q_##e,                    \
        .energy_unit = OHM_UNIT_##energy_unit_, .tariff = {                                        \
            OHM_Q_##e##_T1,                                                                        \
            OHM_Q_##e##_T2,                                                                        \
            OHM_Q_##e##_T3,                                                                        \
            OHM_Q_##e##_T4                                                                         \
        }                                                                                          \
    }

static const measured electricity[] = {
    [1] = TARIFFS(POWER_IMPORT, ENERGY_IMPORT, W, WH),
    [2] = TARIFFS(POWER_EXPORT, ENERGY_EXPORT, W, WH),
    [3] = TARIFFS(REACTIVE_POWER_IMPORT, REACTIVE_ENERGY_IMPORT, VAR, VARH),
    [4] = TARIFFS(REACTIVE_POWER_EXPORT, REACTIVE_ENERGY_EXPORT, VAR, VARH),
    [5] = TARIFFS(NONE, REACTIVE_ENERGY_Q1, VAR, VARH),
    [6] = TARIFFS(NONE, REACTIVE_ENERGY_Q2, VAR, VARH),
    [7] = TARIFFS(NONE, REACTIVE_ENERGY_Q3, VAR, VARH),
    [8] = TARIFFS(NONE, REACTIVE_ENERGY_Q4, VAR, VARH),
    [9] = POWER(APPARENT_POWER_IMPORT, APPARENT_ENERGY_IMPORT, VA, VAH),
    [10] = POWER(APPARENT_POWER_EXPORT, APPARENT_ENERGY_EXPORT, VA, VAH),
    [11] = LEVEL(CURRENT, A),
    [12] = LEVEL(VOLTAGE, V),
    [13] = LEVEL(POWER_FACTOR, RATIO),
    [14] = LEVEL(FREQUENCY, HZ),
    [16] = LEVEL(POWER, W),
    [21] = POWER(POWER_IMPORT_L1, ENERGY_IMPORT_L1, W, WH),
    [22] = POWER(POWER_EXPORT_L1, ENERGY_EXPORT_L1, W, WH),
    [23] = LEVEL(REACTIVE_POWER_IMPORT_L1, VAR),
    [24] = LEVEL(REACTIVE_POWER_EXPORT_L1, VAR),
    [31] = LEVEL(CURRENT_L1, A),
    [32] = LEVEL(VOLTAGE_L1, V),
    [33] = LEVEL(POWER_FACTOR_L1, RATIO),
    [36] = LEVEL(POWER_L1, W),
    [41] = POWER(POWER_IMPORT_L2, ENERGY_IMPORT_L2, W, WH),
    [42] = POWER(POWER_EXPORT_L2, ENERGY_EXPORT_L2, W, WH),
    [43] = LEVEL(REACTIVE_POWER_IMPORT_L2, VAR),
    [44] = LEVEL(REACTIVE_POWER_EXPORT_L2, VAR),
    [51] = LEVEL(CURRENT_L2, A),
    [52] = LEVEL(VOLTAGE_L2, V),
    [53] = LEVEL(POWER_FACTOR_L2, RATIO),
    [56] = LEVEL(POWER_L2, W),
    [61] = POWER(POWER_IMPORT_L3, ENERGY_IMPORT_L3, W, WH),
    [62] = POWER(POWER_EXPORT_L3, ENERGY_EXPORT_L3, W, WH),
    [63] = LEVEL(REACTIVE_POWER_IMPORT_L3, VAR),
    [64] = LEVEL(REACTIVE_POWER_EXPORT_L3, VAR),
    [71] = LEVEL(CURRENT_L3, A),
    [72] = LEVEL(VOLTAGE_L3, V),
    [73] = LEVEL(POWER_FACTOR_L3, RATIO),
    [76] = LEVEL(POWER_L3, W),
    [91] = LEVEL(CURRENT_N, A),
};

enum {
    ELECTRICITY = 1,
    D_LEVEL = 7,
    D_ENERGY = 8,
};

/* The row of an electricity register of this meter (channel 0 or 1), or NULL. */
static const measured *measured_of(const uint8_t *obis)
{
    if (obis[0] != ELECTRICITY || obis[1] > 1 ||
        obis[2] >= sizeof electricity / sizeof *electricity)
        return NULL;
    return &electricity[obis[2]];
}

/* Objects that are not measured: group A = 0, and Kamstrup's identifiers under A = 1. */
static const struct {
    uint8_t a, c, d, e;
    uint16_t quantity;
} objects[] = {
    { 0, 1, 0, 0, OHM_Q_METER_CLOCK },     { 0, 42, 0, 0, OHM_Q_METER_ID },
    { 0, 96, 1, 0, OHM_Q_METER_ID },       { 0, 96, 1, 1, OHM_Q_METER_ID },
    { 0, 96, 3, 10, OHM_Q_DISCONNECTOR },  { 0, 96, 9, 0, OHM_Q_TEMPERATURE },
    { 0, 96, 13, 0, OHM_Q_MESSAGE },       { 0, 96, 13, 1, OHM_Q_MESSAGE },
    { 0, 96, 14, 0, OHM_Q_TARIFF_PERIOD }, { 1, 0, 0, 5, OHM_Q_METER_ID },
};

static ohm_quantity_id object_quantity(const uint8_t *obis)
{
    /* Under A = 0, channels 1 and up are other meters on this one's bus, though Kamstrup keeps
     * its own clock there. Under A = 1 they are this meter's. */
    bool own = obis[1] == 0 || (obis[1] == 1 && (obis[0] == ELECTRICITY || obis[2] == 1));
    if (!own)
        return OHM_Q_NONE;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (objects[i].a == obis[0] && objects[i].c == obis[2] && objects[i].d == obis[3] &&
            objects[i].e == obis[4])
            return (ohm_quantity_id)objects[i].quantity;
    return OHM_Q_NONE;
}

ohm_quantity_id ohm_obis_quantity(const uint8_t obis[static OHM_OBIS_LEN])
{
    if (obis[5] != 255)
        return OHM_Q_NONE; /* a value of an earlier billing period */
    const measured *row = measured_of(obis);
    if (row && obis[3] == D_LEVEL)
        return obis[4] == 0 ? (ohm_quantity_id)row->level : OHM_Q_NONE;
    if (row && obis[3] == D_ENERGY && obis[4] <= 4)
        return (ohm_quantity_id)(obis[4] == 0 ? row->energy : row->tariff[obis[4] - 1]);
    return object_quantity(obis);
}

/* D and E of the register of this row that holds the quantity. */
static bool register_of(const measured *row, ohm_quantity_id quantity, uint8_t *d, uint8_t *e)
{
    *d = row->level == quantity ? D_LEVEL : D_ENERGY;
    *e = 0;
    if (row->level == quantity || row->energy == quantity)
        return true;
    for (uint8_t i = 0; i < sizeof row->tariff / sizeof *row->tariff; i++)
        if (row->tariff[i] == quantity) {
            *e = (uint8_t)(i + 1);
            return true;
        }
    return false;
}

bool ohm_obis_of(ohm_quantity_id quantity, uint8_t out[static OHM_OBIS_LEN])
{
    uint8_t d, e;
    if (quantity == OHM_Q_NONE)
        return false;
    for (uint8_t c = 0; c < sizeof electricity / sizeof *electricity; c++)
        if (register_of(&electricity[c], quantity, &d, &e)) {
            const uint8_t code[OHM_OBIS_LEN] = { ELECTRICITY, 0, c, d, e, 255 };
            memcpy(out, code, OHM_OBIS_LEN);
            return true;
        }
    return false;
}

uint8_t ohm_obis_unit(const uint8_t obis[static OHM_OBIS_LEN])
{
    const measured *row = measured_of(obis);
    if (row && obis[3] == D_LEVEL)
        return row->level_unit;
    if (row && obis[3] == D_ENERGY)
        return row->energy_unit;
    return object_quantity(obis) == OHM_Q_TEMPERATURE ? OHM_UNIT_CELSIUS : OHM_UNIT_UNKNOWN;
}
