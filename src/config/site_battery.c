/* `plan.battery` of the site's configuration: its keys, and what must agree. */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"

const ohm_field ohm_site_battery_fields[] = {
    TEXT("load", ohm_site, plan.battery_load, true,
         "id of the load whose setpoint it is: nominal_w is the most that it charges with"),
    TEXT("sensor", ohm_site, plan.battery_sensor, true,
         "meter that says its battery_charge, and better its battery_power too"),
    { .key = "capacity_kwh",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site, plan.battery_wh),
      .min = 100,
      .max = 1000000,
      .decimals = 3,
      .required = true,
      .help = "what it holds, full" },
    INT("discharge_w", ohm_site, plan.discharge_w, 1, 1000000, false,
        "the most that it gives, default nominal_w of the load"),
    INT("charge_percent", ohm_site, plan.charge_percent, 50, 100, false,
        "of what goes in is stored, default 95"),
    INT("discharge_percent", ohm_site, plan.discharge_percent, 50, 100, false,
        "of what is stored comes out, default 95"),
    INT("reserve_percent", ohm_site, plan.reserve_percent, 0, 95, false,
        "kept for a power cut, default 10"),
    { .key = "cycle_eur_per_kwh",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site, plan.cycle_eur),
      .max = 10000,
      .decimals = 4,
      .help = "wear: what a kWh that goes in or out costs the battery, default 0.02" },
    { 0 },
};

static ohm_site_load *load_of(ohm_site *site)
{
    for (int i = 0; i < site->loads_count && site->plan.battery_line; i++)
        if (!strcmp(site->loads[i].id, site->plan.battery_load))
            return &site->loads[i];
    return NULL;
}

void ohm_site_mark_battery(ohm_site *site)
{
    ohm_site_load *load = load_of(site);
    if (!load || load->setpoint_line == 0 || load->unit != 0)
        return; /* which the check says */
    if (load->safe < 0)
        load->safe = 0;
    if (site->plan.discharge_w == 0)
        site->plan.discharge_w = load->nominal_w;
    load->gives_w = site->plan.discharge_w;
}

static const ohm_site_board *board_of(const ohm_site *site, const ohm_site_load *load)
{
    for (int i = 0; i < site->boards_count; i++)
        if (!strcmp(site->boards[i].id, load->board))
            return &site->boards[i];
    return NULL;
}

bool ohm_site_may_say(const ohm_site *site, const ohm_site_meter *meter, int quantity)
{
    for (int i = 0; i < meter->values_count; i++)
        if (site->values[meter->values_first + i].quantity == quantity)
            return true;
    return meter->values_count == 0 || meter->preset[0];
}

/* Why a meter can't say how full a battery is; NULL: it may. */
static const char *never_says(const ohm_site *site, const ohm_site_meter *meter)
{
    static const char *const counters[] = {
        "dlms", "cosem", "mbus", "sml", "p1", "d0", "tic", NULL
    };
    for (size_t i = 0; counters[i]; i++)
        if (!strcmp(ohm_site_protocols[meter->protocol], counters[i]))
            return "is a meter of what passes: no such one says how full a battery is";
    return ohm_site_may_say(site, meter, OHM_Q_BATTERY_CHARGE)
               ? NULL
               : "has no battery_charge among its values";
}

void ohm_site_check_battery(const ohm_site *site, const char *file, ohm_schema_report *report)
{
    const ohm_site_plan *p = &site->plan;
    const ohm_site_load *load = NULL;
    const ohm_site_meter *sensor = NULL;
    for (int i = 0; i < site->loads_count; i++)
        if (p->battery_line && !strcmp(site->loads[i].id, p->battery_load))
            load = &site->loads[i];
    for (int i = 0; i < site->meters_count; i++)
        if (!strcmp(site->meters[i].id, p->battery_sensor))
            sensor = &site->meters[i];
    const char *why = p->battery_line && sensor ? never_says(site, sensor) : NULL;
    if (why)
        ohm_schema_error(report, file, p->battery_line, "plan.battery.sensor", "'%s' %s",
                         p->battery_sensor, why);
    if (p->battery_line && !sensor)
        ohm_schema_error(report, file, p->battery_line, "plan.battery.sensor",
                         "'%s' is not the id of a meter", p->battery_sensor);
    if (!load)
        return; /* which plan.battery.load said */
    if (load->setpoint_line == 0 || load->unit != 0)
        ohm_schema_error(report, file, load->line, "plan.battery.load",
                         "'%s' is told no watts: a battery's load has a setpoint in W", load->id);
    if (load->safe > 0)
        ohm_schema_error(
            report, file, load->line, "loads.setpoint.safe",
            "'%s' is a battery: when nobody tells it anything its inverter goes by its "
            "own mode (leave safe out)",
            load->id);
    if (load->tier != 1)
        ohm_schema_error(report, file, load->line, "loads.tier",
                         "'%s' is a battery: its charging yields first (leave tier out)", load->id);
    const ohm_site_board *board = board_of(site, load);
    if (board && strcmp(board->driver, "sim") != 0 && board->deadman_s <= 0)
        ohm_schema_error(report, file, board->line, "boards.deadman_s",
                         "is missing: '%s' tells a battery watts, and its inverter has to go back "
                         "to its own mode when ohmstead is silent (set the same time there)",
                         board->id);
    if (board && !strcmp(board->driver, "modbus-level") &&
        (board->reg != 0 || load->nominal_w > INT16_MAX || load->gives_w > INT16_MAX))
        ohm_schema_error(report, file, board->line, "boards.register",
                         "a battery's register counts W with a sign, 32767 at the most");
}
