#include "web_house.h"

#include <stdio.h>

#include "host/tzdata.h"

static void put_text(char *to, size_t cap, const char *text)
{
    (void)snprintf(to, cap, "%s", text);
}

static void put_value(ohm_view *view, ohm_view_meter *meter, ohm_quantity_id quantity,
                      int64_t value)
{
    const ohm_view_value shown = {
        .quantity = (uint16_t)quantity,
        .quality = OHM_QUALITY_GOOD,
        .age_ms = 2000,
        .value = value,
        .time_ms = WEB_HOUSE_NOW - 2000,
    };
    ohm_view_add(view, meter, &shown);
}

bool web_house_value(ohm_view *view, const char *quantity, int64_t value)
{
    ohm_quantity_id id = ohm_quantity_find(ohm_span_text(quantity));
    ohm_view_meter *meter = &view->meters[view->main_meter];
    if (id == OHM_Q_NONE)
        return false;
    for (int i = 0; i < meter->values_count; i++) {
        ohm_view_value *shown = &view->values[meter->values_first + (uint32_t)i];
        if (shown->quantity == id) {
            shown->value = value;
            return true;
        }
    }
    put_value(view, meter, id, value);
    return true;
}

static void init_meter(ohm_view *view, ohm_view_meter *meter)
{
    meter->device = "main";
    meter->zone = "ground";
    meter->name = "Compteur \"général\"";
    meter->status.state = OHM_METER_OK;
    meter->status.authenticated = true;
    put_text(meter->status.protocol, sizeof meter->status.protocol, "dlms");
    put_text(meter->status.meter_id, sizeof meter->status.meter_id, "SIM0001");
    meter->status.counters.frames = 12;
    meter->last_ms = WEB_HOUSE_NOW - 2000;
    meter->stale_after_ms = 30000;
    put_value(view, meter, OHM_Q_POWER_IMPORT, 12345);
    put_value(view, meter, OHM_Q_POWER_EXPORT, 0);
    put_value(view, meter, OHM_Q_POWER_IMPORT_L1, 4115);
    put_value(view, meter, OHM_Q_VOLTAGE_L1, 23010);
    put_value(view, meter, OHM_Q_CURRENT_L1, 1789);
    put_value(view, meter, OHM_Q_ENERGY_IMPORT, 12048950);
}

static void init_load(ohm_view *view, const char *id, const char *name, int32_t nominal_w)
{
    ohm_load *load = &view->loads[view->loads_count];
    ohm_load_state *state = &view->load_states[view->loads_count];
    put_text(load->id, sizeof load->id, id);
    put_text(load->name, sizeof load->name, name);
    load->nominal_w = nominal_w;
    load->tier = (uint8_t)(view->loads_count + 1);
    load->phase = 1;
    state->fed = true;
    state->level = OHM_LEVEL_NONE;
    state->since_ms = state->until_ms = OHM_NO_MS;
    state->said.limit = OHM_LIMIT_NONE;
    state->output = OHM_OUTPUT_OK;
    view->loads_count++;
}

/* What is subscribed, and a limit that the operator may order. */
static void init_limits(ohm_view *view)
{
    view->limits_count = 2;
    view->limits[0] = (ohm_view_limit){ .id = "main",
                                        .main = true,
                                        .va = 9000,
                                        .in_force = true,
                                        .until_ms = OHM_NO_MS,
                                        .measured_va = 11000,
                                        .trip_s = 280 };
    view->limits[1] = (ohm_view_limit){
        .id = "dso",
        .kind = OHM_LIMIT_GRID,
        .va = OHM_LIMIT_VA_NONE,
        .until_ms = OHM_NO_MS,
        .measured_va = -1,
        .trip_s = -1,
    };
}

static void init_ecowatt(ohm_view *view)
{
    ohm_ms midnight = ohm_civil_day(&view->tz, WEB_HOUSE_NOW).from_ms;
    view->ecowatt.kind = OHM_SIGNAL_ECOWATT;
    view->ecowatt.made_ms = midnight - OHM_HOUR_MS;
    view->ecowatt.fetched_ms = midnight;
    view->ecowatt.count = 96;
    for (int i = 0; i < view->ecowatt.count; i++) {
        ohm_ms from_ms = midnight + (ohm_ms)i * OHM_HOUR_MS;
        int hour = i % 24;
        view->ecowatt.intervals[i] = (ohm_signal_interval){ { from_ms, from_ms + OHM_HOUR_MS },
                                                            hour == 18   ? 3
                                                            : hour == 19 ? 2
                                                                         : 1 };
    }
    view->ecowatt_now = 1;
    view->ecowatt_demo = true;
}

void web_house_init(ohm_view *view, bool demo)
{
    ohm_view_clear(view, 1);
    view->time_ms = WEB_HOUSE_NOW;
    view->demo = demo;
    view->meter_fresh = true;
    assert(!ohm_failed(ohm_tzdata_load("Europe/Paris", &view->tz)));
    put_text(view->site_id, sizeof view->site_id, "home");
    put_text(view->site_name, sizeof view->site_name, "Maison");
    init_meter(view, &view->meters[0]);
    view->today = (ohm_engine_today){ .known = true,
                                      .date = { 2026, 11, 22 },
                                      .complete = true,
                                      .has_cost = true,
                                      .import_wh = 8700,
                                      .cost_ueur = 1930000 };
    view->has_contract = view->has_price = view->has_next_price = true;
    put_text(view->contract_name, sizeof view->contract_name, "Tarif");
    view->contract_va = 9000;
    view->ecowatt_configured = true;
    view->price = (ohm_price){ 0, 206500, WEB_HOUSE_NOW + 10 * OHM_HOUR_MS };
    view->period = (ohm_period){ "hp" };
    view->next_period = (ohm_period){ "hc" };
    view->next_price = (ohm_price){ 1, 157900, WEB_HOUSE_NOW + 18 * OHM_HOUR_MS };
    init_limits(view);
    init_ecowatt(view);
    init_load(view, "water_heater", "Chauffe-eau", 2400);
    init_load(view, "radiator", "Radiateur", 1500);
    view->loads[0].interlock = view->loads[1].interlock = 1;
    view->load_states[1].said.limit = 0; /* the first of the configuration: dso */
    view->relays_count = 8;
    for (int i = 0; i < view->relays_count; i++) {
        ohm_view_relay *relay = &view->relays[i];
        put_text(relay->board, sizeof relay->board, "sim");
        relay->channel = (uint8_t)i;
        relay->load = (int16_t)(i < view->loads_count ? i : -1);
        relay->contact_nc = true;
        relay->led = i < view->loads_count;
        relay->state = OHM_OUTPUT_OK;
        relay->echo_age_ms = i > 0 ? 900 : -1;
        relay->operations = 10u + (unsigned)i;
    }
}

static void feed(ohm_view *view, uint16_t load, bool fed)
{
    view->load_states[load].fed = fed;
    view->load_states[load].since_ms = view->time_ms;
    view->relays[load].coil = !fed;
    view->relays[load].led = fed;
}

static void set_level(ohm_view *view, const ohm_command *command)
{
    for (int i = 0; i < view->ecowatt.count; i++) {
        ohm_signal_interval *hour = &view->ecowatt.intervals[i];
        if (hour->when.from_ms < command->interval.from_ms ||
            hour->when.to_ms > command->interval.to_ms)
            continue;
        hour->level = command->level;
        view->ecowatt_manual[i] = true;
    }
}

ohm_code web_house_command(ohm_view *view, const ohm_command *command)
{
    ohm_load_state *state = &view->load_states[command->load];
    switch (command->kind) {
    case OHM_COMMAND_OVERRIDE:
        state->overridden = true;
        state->override_fed = command->fed;
        state->override_end_ms = state->until_ms = command->until_ms;
        state->cause = OHM_CAUSE_MANUAL;
        feed(view, command->load, command->fed);
        return OHM_OK;
    case OHM_COMMAND_OVERRIDE_CLEAR:
        state->overridden = false;
        state->until_ms = OHM_NO_MS;
        state->cause = OHM_CAUSE_NORMAL;
        feed(view, command->load, true);
        return OHM_OK;
    case OHM_COMMAND_LEVEL:
        set_level(view, command);
        return OHM_OK;
    case OHM_COMMAND_LEVEL_CLEAR:
        init_ecowatt(view);
        memset(view->ecowatt_manual, 0, sizeof view->ecowatt_manual);
        return OHM_OK;
    case OHM_COMMAND_LIMIT:
        view->limits[1 + command->limit].ordered = true;
        view->limits[1 + command->limit].va = command->va;
        view->limits[1 + command->limit].until_ms = command->until_ms;
        return OHM_OK;
    case OHM_COMMAND_LIMIT_CLEAR:
        init_limits(view);
        return OHM_OK;
    case OHM_COMMAND_ZONE: /* it has none */
    case OHM_COMMAND_PRESENCE:
    case OHM_COMMAND_PRESENCE_CLEAR:
    case OHM_COMMAND_ZONE_CLEAR:
    case OHM_COMMAND_PLAN: /* the daemon's own */
    case OHM_COMMAND_PLAN_CLEAR:
    case OHM_COMMANDS_COUNT:
        break;
    }
    return OHM_UNSUPPORTED;
}
