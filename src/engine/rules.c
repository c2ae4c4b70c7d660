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

/* --- what rules see -------------------------------------------------------------------- */

/* Of how many hours of today the price is below this hour's, those before it at its price counted
 * in; -1: not all of them are known. An hour that the clocks repeat is two. */
static int cheaper_hours(const ohm_engine *engine, ohm_date date)
{
    ohm_interval day = ohm_date_interval(&engine->config.tz, date);
    int64_t price, other;
    int cheaper = 0;
    ohm_ms hour_ms = engine->utc_ms - (engine->utc_ms - day.from_ms) % OHM_HOUR_MS;
    if (!ohm_ledger_price(&engine->ledger, &engine->config, hour_ms, &price))
        return -1;
    for (ohm_ms at_ms = day.from_ms; at_ms < day.to_ms; at_ms += OHM_HOUR_MS) {
        if (!ohm_ledger_price(&engine->ledger, &engine->config, at_ms, &other))
            return -1;
        cheaper += other < price || (other == price && at_ms < hour_ms);
    }
    return cheaper;
}

static void see_levels(const ohm_engine *engine, ohm_rules_now *now)
{
    const ohm_signal_set *hours = &engine->ecowatt.layered;
    now->level = ohm_ecowatt_level_at(hours, engine->utc_ms);
    for (int level = 0; level <= OHM_LEVEL_MAX; level++)
        for (uint16_t i = 0; i < hours->count; i++) {
            const ohm_signal_interval *hour = &hours->intervals[i];
            if (hour->when.from_ms <= engine->utc_ms || ohm_ecowatt_level(hour->level) < level)
                continue;
            now->next_level_ms[level] = hour->when.from_ms;
            break;
        }
}

/* The contract's day, which may begin at six in the morning, and the next one. */
static void see_days(const ohm_engine *engine, ohm_date date, ohm_rules_now *now)
{
    int begins = engine->config.has_contract ? engine->config.contract.day_start_minute : 0;
    int64_t day = ohm_days_from_date(date) - (now->minute < begins);
    ohm_civil next = { .date = ohm_date_from_days(day + 1),
                       .hour = (uint8_t)(begins / 60),
                       .minute = (uint8_t)(begins % 60) };
    ohm_ms last_ms;
    now->day = (uint8_t)ohm_ledger_code_of(&engine->ledger, day);
    now->next_day = (uint8_t)ohm_ledger_code_of(&engine->ledger, day + 1);
    /* Where clocks jump over that hour it begins as they do. */
    (void)ohm_civil_to_utc(&engine->config.tz, next, &now->next_day_ms, &last_ms);
}

/* Prices are not cheap to know: only where a rule asks for them. */
static void see_time(const ohm_engine *engine, ohm_rules_now *now)
{
    if (!now->calendar)
        return;
    ohm_civil civil = ohm_civil_from_utc(&engine->config.tz, engine->utc_ms);
    now->weekday = (uint8_t)(ohm_date_weekday(civil.date) - 1);
    now->minute = (uint16_t)(civil.hour * 60 + civil.minute);
    see_levels(engine, now);
    see_days(engine, civil.date, now);
    for (int i = 0; i < OHM_OUTLOOKS_COUNT; i++)
        now->outlooks[i] = &engine->outlooks[i];
    if (ohm_rules_look_at(&engine->config.rules, OHM_WHEN_OUTDOOR))
        now->tomorrow = ohm_date_interval(&engine->config.tz,
                                          ohm_date_from_days(ohm_days_from_date(civil.date) + 1));
    int64_t price_ueur;
    if (ohm_rules_look_at(&engine->config.rules, OHM_WHEN_CHEAP))
        now->cheaper_hours = cheaper_hours(engine, civil.date);
    if (ohm_rules_look_at(&engine->config.rules, OHM_WHEN_PRICE) &&
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
    state->follows = state->rule != OHM_RULE_NONE && state->rule_fed && !state->rule_exact &&
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
        .next_level_ms = { OHM_NO_MS, OHM_NO_MS, OHM_NO_MS, OHM_NO_MS },
        .next_day_ms = OHM_NO_MS,
        .cheaper_hours = -1,
        .presence = (int8_t)(engine->presence - 1),
        .limits = engine->control.limits,
        .limits_count = engine->config.limits_count,
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
