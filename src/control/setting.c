#include "control/setting.h"

#include <assert.h>
#include <string.h>

static const char *const names[OHM_ORDERS_COUNT] = {
    [OHM_ORDER_CONFORT] = "confort",     [OHM_ORDER_CONFORT_1] = "confort_1",
    [OHM_ORDER_CONFORT_2] = "confort_2", [OHM_ORDER_ECO] = "eco",
    [OHM_ORDER_HORS_GEL] = "hors_gel",   [OHM_ORDER_ARRET] = "arret",
};

const char *ohm_order_name(ohm_order order)
{
    assert(order < OHM_ORDERS_COUNT);
    return names[order];
}

bool ohm_order_find(const char *name, ohm_order *ret_order)
{
    for (int i = 0; i < (int)OHM_ORDERS_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_order = (ohm_order)i;
            return true;
        }
    return false;
}

const char *ohm_setting_battery_name(int32_t setting)
{
    return setting == OHM_SETTING_OWN    ? "own"
           : setting == OHM_SETTING_REST ? "rest"
           : setting > 0                 ? "charge"
                                         : "give";
}

bool ohm_setting_ok(const ohm_load *load, int32_t setting)
{
    if (load->kind == OHM_LOAD_MODULATED)
        return (setting <= 0 && setting >= -load->gives_w) ||
               (setting >= load->min_w && setting <= load->nominal_w);
    if (load->kind != OHM_LOAD_PILOT)
        return setting == 0;
    return setting >= 0 && setting < (int32_t)OHM_ORDERS_COUNT && (load->orders >> setting) & 1;
}

bool ohm_setting_feeds(const ohm_load *load, int32_t setting)
{
    assert(load->kind != OHM_LOAD_SWITCHED);
    return load->kind == OHM_LOAD_PILOT ? setting < load->shed_setting : setting > 0;
}

bool ohm_setting_agrees(const ohm_load *load, bool fed, int32_t setting)
{
    return ohm_setting_ok(load, setting) &&
           (load->kind == OHM_LOAD_SWITCHED || ohm_setting_feeds(load, setting) == fed);
}

/* An 11 kW charger is one of 16 A: what is above its power by less than an ampere is its most. */
void ohm_setting_amperes(const ohm_load *load, int64_t *ret_least, int64_t *ret_most)
{
    int64_t per = load->w_per_a;
    assert(per > 0);
    *ret_least = ((int64_t)load->min_w * 10 + per - 1) / per;
    *ret_most = ((int64_t)load->nominal_w + per - 1) / per * 10;
}

int32_t ohm_setting_snap(const ohm_load *load, int64_t watts)
{
    if (watts >= load->nominal_w)
        return load->nominal_w;
    if (watts < load->min_w)
        return load->min_w;
    return (int32_t)(watts - (watts - load->min_w) % load->step_w);
}

int32_t ohm_setting_usual(const ohm_load *load, bool fed)
{
    if (load->kind == OHM_LOAD_MODULATED)
        return fed ? load->nominal_w : 0;
    if (load->kind != OHM_LOAD_PILOT)
        return 0;
    return fed ? (int32_t)OHM_ORDER_CONFORT : load->shed_setting;
}

static int32_t less(int32_t a, int32_t b)
{
    return a > b ? a : b; /* orders go down in heat as they go up */
}

/* What sheds it, and no more heat than who asks for it to be off wants. */
static int32_t shed_by(const ohm_load *load, const ohm_load_state *state, ohm_cause cause)
{
    bool by_hand = state->overridden && state->override_exact && !state->override_fed;
    bool by_plan = state->planned && state->plan_exact && !state->plan_fed;
    bool by_rule = state->rule != OHM_RULE_NONE && state->rule_exact && !state->rule_fed;
    if (by_hand && cause == OHM_CAUSE_MANUAL)
        return state->override_setting;
    if (by_rule && cause == OHM_CAUSE_RULE)
        return state->rule_setting;
    int32_t setting = load->shed_setting;
    if (by_hand)
        setting = less(setting, state->override_setting);
    if (by_rule)
        setting = less(setting, state->rule_setting);
    if (by_plan)
        setting = less(setting, state->plan_setting);
    return setting;
}

int32_t ohm_setting_asked(const ohm_load *load, const ohm_load_state *state, ohm_cause cause,
                          bool fed)
{
    bool limit = cause == OHM_CAUSE_BREAKER || cause == OHM_CAUSE_GRID || cause == OHM_CAUSE_CAP;
    if (load->kind == OHM_LOAD_SWITCHED)
        return 0;
    if (cause == OHM_CAUSE_FAILSAFE)
        return load->safe_setting;
    bool by_plan = cause == OHM_CAUSE_PLAN && state->plan_exact && state->plan_fed == fed;
    if (!fed && load->kind == OHM_LOAD_PILOT)
        return shed_by(load, state, cause);
    if (!fed)
        return by_plan ? state->plan_setting : 0;
    bool glides = load->kind == OHM_LOAD_MODULATED;
    if (glides && limit && state->most_w > 0)
        return state->most_w;
    if (glides && cause == OHM_CAUSE_RULE && state->follows)
        return state->sun_w > 0 ? state->sun_w : load->min_w;
    if (cause == OHM_CAUSE_MANUAL && state->override_exact && state->override_fed)
        return state->override_setting;
    if (cause == OHM_CAUSE_RULE && state->rule_exact && state->rule_fed)
        return state->rule_setting;
    if (by_plan)
        return state->plan_setting;
    return ohm_setting_usual(load, true);
}

void ohm_setpoint_write(ohm_json *json, const ohm_load *load, int32_t setting)
{
    ohm_json_key_int(json, "setpoint_w", ohm_setting_battery_w(setting));
    if (load->gives_w > 0)
        ohm_json_key_str(json, "battery", ohm_setting_battery_name(setting));
    if (load->w_per_a > 0)
        ohm_json_key_decimal(json, "setpoint_a",
                             ((int64_t)setting * 10 + load->w_per_a / 2) / load->w_per_a, -1);
}
