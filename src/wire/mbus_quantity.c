#include "wire/mbus_quantity.h"

typedef enum domain {
    ANY,
    ELECTRIC,
    HEAT,
    COOLING,
    ROOM,
} domain;

static domain domain_of(const ohm_mbus_message *m)
{
    if (!m->has_medium)
        return ANY;
    switch (m->medium) {
    case 0x02:
        return m->body == OHM_MBUS_RECORDS || m->body == OHM_MBUS_FIXED ? ELECTRIC : ANY;
    case 0x04:
    case 0x0c:
    case 0x0d:
        return HEAT;
    case 0x05: /* steam, but nothing with energy in the fixed data structure's table */
        return HEAT;
    case 0x0a:
    case 0x0b:
        return m->body == OHM_MBUS_FIXED ? ANY : COOLING;
    case 0x1b:
        return ROOM;
    default:
        return ANY;
    }
}

/* What a measure is for an electricity meter: as a whole, and by phase. */
static ohm_quantity_id electric(const ohm_mbus_record *r)
{
    static const uint16_t rows[OHM_MBUS_MEASURES_COUNT][4] = {
        [OHM_MBUS_POWER] = { OHM_Q_POWER, OHM_Q_POWER_L1, OHM_Q_POWER_L2, OHM_Q_POWER_L3 },
        [OHM_MBUS_REACTIVE_POWER] = { OHM_Q_REACTIVE_POWER, OHM_Q_REACTIVE_POWER_L1,
                                      OHM_Q_REACTIVE_POWER_L2, OHM_Q_REACTIVE_POWER_L3 },
        [OHM_MBUS_APPARENT_POWER] = { OHM_Q_APPARENT_POWER, OHM_Q_APPARENT_POWER_L1,
                                      OHM_Q_APPARENT_POWER_L2, OHM_Q_APPARENT_POWER_L3 },
        [OHM_MBUS_VOLTAGE] = { OHM_Q_VOLTAGE, OHM_Q_VOLTAGE_L1, OHM_Q_VOLTAGE_L2,
                               OHM_Q_VOLTAGE_L3 },
        [OHM_MBUS_CURRENT] = { OHM_Q_CURRENT, OHM_Q_CURRENT_L1, OHM_Q_CURRENT_L2,
                               OHM_Q_CURRENT_L3 },
        [OHM_MBUS_FACTOR] = { OHM_Q_POWER_FACTOR, OHM_Q_POWER_FACTOR_L1, OHM_Q_POWER_FACTOR_L2,
                              OHM_Q_POWER_FACTOR_L3 },
        [OHM_MBUS_FREQUENCY] = { OHM_Q_FREQUENCY, OHM_Q_NONE, OHM_Q_NONE, OHM_Q_NONE },
    };
    return (ohm_quantity_id)rows[r->vif->measure][r->phase];
}

/* Registers of an electricity meter: in all, of tariffs 1 to 4, of a phase; import, export. */
static ohm_quantity_id electric_register(const ohm_mbus_record *r)
{
    enum { TARIFFS = 4, WHOLE = 0, T1, L1 };
    static const uint16_t rows[OHM_MBUS_MEASURES_COUNT][2][3] = {
        [OHM_MBUS_ENERGY_WH] = { { OHM_Q_ENERGY_IMPORT, OHM_Q_ENERGY_IMPORT_T1,
                                   OHM_Q_ENERGY_IMPORT_L1 },
                                 { OHM_Q_ENERGY_EXPORT, OHM_Q_ENERGY_EXPORT_T1,
                                   OHM_Q_ENERGY_EXPORT_L1 } },
        [OHM_MBUS_ENERGY_J] = { { OHM_Q_ENERGY_IMPORT, OHM_Q_ENERGY_IMPORT_T1,
                                  OHM_Q_ENERGY_IMPORT_L1 },
                                { OHM_Q_ENERGY_EXPORT, OHM_Q_ENERGY_EXPORT_T1,
                                  OHM_Q_ENERGY_EXPORT_L1 } },
        [OHM_MBUS_REACTIVE_ENERGY] = { { OHM_Q_REACTIVE_ENERGY_IMPORT,
                                         OHM_Q_REACTIVE_ENERGY_IMPORT_T1, OHM_Q_NONE },
                                       { OHM_Q_REACTIVE_ENERGY_EXPORT,
                                         OHM_Q_REACTIVE_ENERGY_EXPORT_T1, OHM_Q_NONE } },
        [OHM_MBUS_APPARENT_ENERGY] = { { OHM_Q_APPARENT_ENERGY_IMPORT, OHM_Q_NONE, OHM_Q_NONE },
                                       { OHM_Q_APPARENT_ENERGY_EXPORT, OHM_Q_NONE, OHM_Q_NONE } },
    };
    const uint16_t *row = rows[r->vif->measure][(r->flags & OHM_MBUS_EXPORT) != 0];
    if (r->tariff == 0 && r->phase == 0)
        return (ohm_quantity_id)row[WHOLE];
    bool both = r->tariff > 0 && r->phase > 0;
    uint16_t first = r->phase > 0 ? row[L1] : row[T1];
    uint32_t step = r->phase > 0 ? r->phase : r->tariff;
    bool known = first != OHM_Q_NONE && !both && step <= TARIFFS;
    return known ? (ohm_quantity_id)(first + step - 1) : OHM_Q_NONE;
}

/* What means the same whatever the medium. */
static ohm_quantity_id common(uint8_t measure)
{
    static const uint16_t rows[OHM_MBUS_MEASURES_COUNT] = {
        [OHM_MBUS_VOLUME] = OHM_Q_VOLUME,
        [OHM_MBUS_VOLUME_FLOW] = OHM_Q_VOLUME_FLOW,
        [OHM_MBUS_FLOW_TEMPERATURE] = OHM_Q_FLOW_TEMPERATURE,
        [OHM_MBUS_RETURN_TEMPERATURE] = OHM_Q_RETURN_TEMPERATURE,
        [OHM_MBUS_TEMPERATURE_DIFFERENCE] = OHM_Q_TEMPERATURE_DIFFERENCE,
        [OHM_MBUS_EXTERNAL_TEMPERATURE] = OHM_Q_TEMPERATURE,
        [OHM_MBUS_HUMIDITY] = OHM_Q_HUMIDITY,
        [OHM_MBUS_PRESSURE] = OHM_Q_PRESSURE,
        [OHM_MBUS_HCA] = OHM_Q_HEAT_COST_UNITS,
    };
    return (ohm_quantity_id)rows[measure];
}

static ohm_quantity_id by_rule(const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    bool present = r->function == OHM_MBUS_INSTANTANEOUS || r->function == OHM_MBUS_ACTUAL;
    bool plain = (r->flags & OHM_MBUS_QUALIFIED) == 0 && r->storage == 0 && r->subunit == 0;
    if (!present || !plain || r->vif->measure == OHM_MBUS_OTHER)
        return OHM_Q_NONE;
    domain d = domain_of(m);
    if (d == ELECTRIC) {
        ohm_quantity_id id = electric_register(r);
        if (id != OHM_Q_NONE)
            return id;
    }
    bool directed = (r->flags & (OHM_MBUS_IMPORT | OHM_MBUS_EXPORT)) != 0;
    if (r->tariff != 0 || directed)
        return OHM_Q_NONE;
    if (d == ELECTRIC)
        return electric(r);
    bool energy = r->vif->measure == OHM_MBUS_ENERGY_WH || r->vif->measure == OHM_MBUS_ENERGY_J;
    if (energy)
        return d == HEAT ? OHM_Q_HEAT_ENERGY : d == COOLING ? OHM_Q_COOLING_ENERGY : OHM_Q_NONE;
    if (r->vif->measure == OHM_MBUS_POWER)
        return d == HEAT ? OHM_Q_HEAT_POWER : OHM_Q_NONE;
    if (d == ROOM && r->vif->measure == OHM_MBUS_FLOW_TEMPERATURE)
        return OHM_Q_TEMPERATURE; /* the only temperature that some of them know */
    return common(r->vif->measure);
}

bool ohm_mbus_profile_fits(const ohm_mbus_profile *p, const ohm_mbus_message *m)
{
    if (p->manufacturer[0] != 0 &&
        (!m->has_maker || memcmp(p->manufacturer, m->manufacturer, sizeof p->manufacturer) != 0))
        return false;
    if (p->version >= 0 && (!m->has_maker || p->version != m->version))
        return false;
    return p->medium < 0 || (m->has_medium && p->medium == m->medium);
}

ohm_quantity_id ohm_mbus_quantity(const ohm_mbus_message *m, const ohm_mbus_record *r,
                                  const ohm_mbus_profile *profile)
{
    for (size_t i = 0; profile && i < profile->mappings_count; i++) {
        const ohm_mbus_mapping *row = &profile->mappings[i];
        if (ohm_span_equal(row->vib, ohm_mbus_vib(m, r)) &&
            (row->dib.len == 0 || ohm_span_equal(row->dib, ohm_mbus_dib(m, r))) &&
            (row->subunit < 0 || row->subunit == r->subunit))
            return (ohm_quantity_id)row->quantity;
    }
    return by_rule(m, r);
}

/* Joules to whole watt-hours, rounded: registers stay monotone. */
static ohm_code quantise_joules(const ohm_mbus_record *r, ohm_quantity_id id, int64_t *out)
{
    enum { J_PER_WH = 3600, SPARE = 6 };
    int64_t joules = 0;
    int64_t scaled = r->mantissa;
    int exponent = r->exponent;
    for (; exponent > 0; exponent--)
        if (__builtin_mul_overflow(scaled, 10, &scaled))
            return OHM_RANGE;
    /* At most six decimals of a joule matter to nobody: drop them. */
    for (; exponent < 0; exponent++)
        scaled /= 10;
    joules = scaled;
    int64_t half = joules < 0 ? -J_PER_WH / 2 : J_PER_WH / 2;
    if (__builtin_add_overflow(joules, half, &joules))
        return OHM_RANGE;
    return ohm_quantity_quantise(id, joules / J_PER_WH, 0, out);
}

ohm_code ohm_mbus_quantise(const ohm_mbus_record *r, ohm_quantity_id id, int64_t *out)
{
    bool number = r->kind == OHM_MBUS_INTEGER || r->kind == OHM_MBUS_BCD ||
                  r->kind == OHM_MBUS_REAL || r->kind == OHM_MBUS_COUNTER;
    ohm_kind kind = ohm_quantity_get(id)->kind;
    if (id == OHM_Q_NONE || kind == OHM_TEXT || !number || (r->flags & OHM_MBUS_INVALID) != 0)
        return OHM_UNKNOWN;
    if (r->vif->measure == OHM_MBUS_ENERGY_J)
        return quantise_joules(r, id, out);
    return ohm_quantity_quantise(id, r->mantissa, r->exponent, out);
}
