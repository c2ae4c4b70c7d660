/* The household's rules within the engine: what they see, and whom they ask. */
#include "engine/state.h"
#include "grid/ecowatt.h"

void ohm_engine_rules_clear(ohm_engine *engine)
{
    memset(&engine->rules, 0, sizeof engine->rules);
    for (int i = 0; i < OHM_RULES_MAX; i++)
        engine->rules.rules[i].since_ms = OHM_NO_MS;
}

void ohm_engine_rules_take(ohm_engine *engine, const ohm_rules_change *change, ohm_actions *actions)
{
    static const ohm_notice notices[OHM_RULES_DEEDS_COUNT] = {
        OHM_NOTICE_RULES,
        OHM_NOTICE_RULE_ARMED,
        OHM_NOTICE_RULE_DISARMED,
        OHM_NOTICE_RULE_REMOVED,
    };
    ohm_rules_carry(&engine->config.rules, &engine->rules, &change->set, &engine->rules);
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        engine->control.loads[i].said_rule = OHM_RULE_NONE; /* its place may be another one */
    engine->config.rules = change->set;
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = notices[change->deed];
    action->detail = change->deed == OHM_RULES_CHANGED ? change->set.count : change->untried;
    memcpy(action->actor, change->actor, sizeof action->actor);
    memcpy(action->rule, change->rule, sizeof action->rule);
}

/* The price is not cheap to know: only where a rule asks for it. */
static bool asks_price(const ohm_rule_set *set)
{
    for (uint16_t i = 0; i < set->count; i++)
        for (uint8_t w = 0; w < set->rules[i].whens_count; w++)
            if (set->rules[i].whens[w].kind == OHM_WHEN_PRICE)
                return true;
    return false;
}

static void see_time(const ohm_engine *engine, ohm_rules_now *now)
{
    if (!now->calendar)
        return;
    ohm_civil civil = ohm_civil_from_utc(&engine->config.tz, engine->utc_ms);
    now->weekday = (uint8_t)(ohm_date_weekday(civil.date) - 1);
    now->minute = (uint16_t)(civil.hour * 60 + civil.minute);
    now->level = ohm_ecowatt_level_at(&engine->ecowatt.layered, engine->utc_ms);
    int64_t price_ueur;
    if (asks_price(&engine->config.rules) &&
        ohm_ledger_price(&engine->ledger, &engine->config, engine->utc_ms, &price_ueur))
        now->price_ueur = price_ueur;
}

/* The order that a rule asks for while it holds; its opposite is the usual one. */
static void see_order(const ohm_rule_set *set, ohm_load_state *state)
{
    const ohm_rule *rule = state->rule != OHM_RULE_NONE ? &set->rules[state->rule] : NULL;
    state->rule_exact = rule && rule->exact && rule->fed == state->rule_fed;
    state->rule_setting = state->rule_exact ? rule->setting : 0;
}

/* Whether a setpoint follows the surplus, which its rule goes by. */
static void see_sun(const ohm_engine *engine, uint16_t i, ohm_load_state *state)
{
    const ohm_rule_set *set = &engine->config.rules;
    int64_t spare_w = 0;
    state->follows = state->rule != OHM_RULE_NONE && state->rule_fed &&
                     ohm_rule_follows(&set->rules[state->rule]) &&
                     engine->config.loads[i].kind == OHM_LOAD_MODULATED;
    if (!state->follows)
        return;
    if (!ohm_rules_spare(set, &engine->rules, engine->mono, &spare_w, &state->spare_mono)) {
        state->spare_mono = state->moved_mono; /* nothing new */
        return;
    }
    if (spare_w > OHM_ENGINE_POWER_W_MAX || spare_w < -OHM_ENGINE_POWER_W_MAX)
        spare_w = spare_w > 0 ? OHM_ENGINE_POWER_W_MAX : -OHM_ENGINE_POWER_W_MAX;
    state->spare_w = (int32_t)spare_w;
}

void ohm_engine_rules_step(ohm_engine *engine)
{
    const ohm_rule_set *set = &engine->config.rules;
    ohm_rules_now now = {
        .mono = engine->mono,
        .utc_ms = engine->utc_ms,
        .calendar = engine->clock_set,
        .level = OHM_LEVEL_NONE,
        .price_ueur = OHM_RULE_NO_PRICE,
        .loads = engine->config.loads,
        .states = engine->control.loads,
        .loads_count = engine->config.loads_count,
    };
    if (set->count) {
        see_time(engine, &now);
        ohm_rules_step(set, &engine->rules, &now);
    }
    for (uint16_t i = 0; i < engine->config.loads_count; i++) {
        ohm_load_state *state = &engine->control.loads[i];
        state->rule = OHM_RULE_NONE;
        if (set->count)
            state->rule = ohm_rules_ask(set, &engine->rules, i, &state->rule_fed);
        see_order(set, state);
        see_sun(engine, i, state);
    }
}
