#include "inout/guess.h"

#include "inout/name.h"
#include "inout/unit.h"

/* Folded names; a quantity's own name needs no row. */
static const struct {
    const char *name;
    ohm_quantity_id quantity;
} usual[] = {
    { "1_8_0", OHM_Q_ENERGY_IMPORT },
    { "1_8_1", OHM_Q_ENERGY_IMPORT_T1 },
    { "1_8_2", OHM_Q_ENERGY_IMPORT_T2 },
    { "2_8_0", OHM_Q_ENERGY_EXPORT },
    { "1_7_0", OHM_Q_POWER_IMPORT },
    { "2_7_0", OHM_Q_POWER_EXPORT },
    { "16_7_0", OHM_Q_POWER },
    { "32_7_0", OHM_Q_VOLTAGE_L1 },
    { "52_7_0", OHM_Q_VOLTAGE_L2 },
    { "72_7_0", OHM_Q_VOLTAGE_L3 },
    { "31_7_0", OHM_Q_CURRENT_L1 },
    { "51_7_0", OHM_Q_CURRENT_L2 },
    { "71_7_0", OHM_Q_CURRENT_L3 },
    { "consommation", OHM_Q_POWER_IMPORT },
    { "consumption", OHM_Q_POWER_IMPORT },
    { "consommation_w", OHM_Q_POWER_IMPORT },
    { "production", OHM_Q_POWER_EXPORT },
    { "production_w", OHM_Q_POWER_EXPORT },
    { "puissance", OHM_Q_POWER },
    { "puissance_active", OHM_Q_POWER },
    { "puissance_active_totale", OHM_Q_POWER },
    { "puissance_instantanee", OHM_Q_POWER },
    { "puissance_soutiree", OHM_Q_POWER_IMPORT },
    { "puissance_injectee", OHM_Q_POWER_EXPORT },
    { "puissance_reactive", OHM_Q_REACTIVE_POWER },
    { "puissance_reactive_totale", OHM_Q_REACTIVE_POWER },
    { "puissance_apparente", OHM_Q_APPARENT_POWER },
    { "facteur_puissance", OHM_Q_POWER_FACTOR },
    { "facteur_de_puissance", OHM_Q_POWER_FACTOR },
    { "cos_phi", OHM_Q_POWER_FACTOR },
    { "tension", OHM_Q_VOLTAGE },
    { "tension_l1", OHM_Q_VOLTAGE_L1 },
    { "tension_l2", OHM_Q_VOLTAGE_L2 },
    { "tension_l3", OHM_Q_VOLTAGE_L3 },
    { "courant", OHM_Q_CURRENT },
    { "courant_l1", OHM_Q_CURRENT_L1 },
    { "courant_l2", OHM_Q_CURRENT_L2 },
    { "courant_l3", OHM_Q_CURRENT_L3 },
    { "courant_n", OHM_Q_CURRENT_N },
    { "courant_neutre", OHM_Q_CURRENT_N },
    { "frequence", OHM_Q_FREQUENCY },
    { "energie", OHM_Q_ENERGY_IMPORT },
    { "energie_active", OHM_Q_ENERGY_IMPORT },
    { "energie_active_totale", OHM_Q_ENERGY_IMPORT },
    { "energie_active_import", OHM_Q_ENERGY_IMPORT },
    { "energie_active_importee", OHM_Q_ENERGY_IMPORT },
    { "energie_importee", OHM_Q_ENERGY_IMPORT },
    { "energie_active_export", OHM_Q_ENERGY_EXPORT },
    { "energie_active_exportee", OHM_Q_ENERGY_EXPORT },
    { "energie_exportee", OHM_Q_ENERGY_EXPORT },
    { "index", OHM_Q_ENERGY_IMPORT },
    { "humidite", OHM_Q_HUMIDITY },
    { "temp", OHM_Q_TEMPERATURE },
    { "temperature_interieure", OHM_Q_TEMPERATURE },
    { "indoor_temperature", OHM_Q_TEMPERATURE },
};

/* What a base unit is of, when nothing else says. */
static const struct {
    const char *unit;
    ohm_quantity_id gauge, counter; /* OHM_Q_NONE: no guess */
} by_unit[] = {
    { "W", OHM_Q_POWER, OHM_Q_NONE },
    { "Wh", OHM_Q_ENERGY_IMPORT, OHM_Q_ENERGY_IMPORT },
    { "V", OHM_Q_VOLTAGE, OHM_Q_NONE },
    { "A", OHM_Q_CURRENT, OHM_Q_NONE },
    { "VA", OHM_Q_APPARENT_POWER, OHM_Q_NONE },
    { "var", OHM_Q_REACTIVE_POWER, OHM_Q_NONE },
    { "varh", OHM_Q_REACTIVE_ENERGY_IMPORT, OHM_Q_REACTIVE_ENERGY_IMPORT },
    { "VAh", OHM_Q_APPARENT_ENERGY_IMPORT, OHM_Q_APPARENT_ENERGY_IMPORT },
    { "Hz", OHM_Q_FREQUENCY, OHM_Q_NONE },
    { "C", OHM_Q_TEMPERATURE, OHM_Q_NONE },
    { "m^3", OHM_Q_VOLUME, OHM_Q_VOLUME },
    { "m^3/h", OHM_Q_VOLUME_FLOW, OHM_Q_NONE },
    { "bar", OHM_Q_PRESSURE, OHM_Q_NONE },
    { "ppm", OHM_Q_CO2, OHM_Q_NONE },
    { "lx", OHM_Q_ILLUMINANCE, OHM_Q_NONE },
};

static ohm_quantity_id by_name(ohm_span name)
{
    char folded[OHM_NAME_MAX];
    size_t len = ohm_name_fold(name, folded, sizeof folded);
    ohm_quantity_id id = ohm_quantity_find(ohm_span_of(folded, len));
    for (size_t i = 0; id == OHM_Q_NONE && i < sizeof usual / sizeof *usual; i++)
        if (!strcmp(folded, usual[i].name))
            id = usual[i].quantity;
    return id != OHM_Q_NONE && ohm_quantity_get(id)->kind == OHM_TEXT ? OHM_Q_NONE : id;
}

ohm_quantity_id ohm_guess_quantity(ohm_span name, ohm_span unit, bool counter)
{
    ohm_quantity_id id = by_name(name);
    if (id != OHM_Q_NONE && ohm_unit_fits(unit, id))
        return id;
    const char *base = unit.len ? ohm_unit_base(unit) : NULL;
    if (!base)
        return OHM_Q_NONE;
    for (size_t i = 0; i < sizeof by_unit / sizeof *by_unit; i++)
        if (!strcmp(base, by_unit[i].unit))
            return counter ? by_unit[i].counter : by_unit[i].gauge;
    return OHM_Q_NONE;
}

/* Where the brackets at the end open; head.len: there are none. */
static size_t bracket(ohm_span head)
{
    if (head.len == 0 || (head.ptr[head.len - 1] != ')' && head.ptr[head.len - 1] != ']'))
        return head.len;
    uint8_t open = head.ptr[head.len - 1] == ')' ? '(' : '[';
    for (size_t at = head.len - 1; at > 0; at--)
        if (head.ptr[at - 1] == open)
            return at - 1;
    return head.len;
}

ohm_span ohm_guess_unit(ohm_span head)
{
    head = ohm_trim(head);
    size_t open = bracket(head);
    if (open == head.len)
        return ohm_span_of(NULL, 0);
    ohm_span unit = ohm_trim(ohm_span_part(head, open + 1, head.len - open - 2));
    if (unit.len > 3 && !memcmp(unit.ptr, "en ", 3))
        unit = ohm_span_part(unit, 3, unit.len - 3);
    return unit;
}

ohm_span ohm_guess_name(ohm_span head)
{
    head = ohm_trim(head);
    size_t open = bracket(head);
    return open > 0 ? ohm_trim(ohm_span_part(head, 0, open)) : head;
}
