#include "engine/engine.h"

#include "control/invariant.h"
#include "control/setting.h"
#include "control/shed.h"
#include "engine/state.h"
#include "grid/ecowatt.h"

size_t ohm_engine_size(void)
{
    return sizeof(ohm_engine);
}

void ohm_engine_init(ohm_engine *engine, const ohm_engine_config *config)
{
    assert(!ohm_failed(ohm_engine_config_check(config)));
    memset(engine, 0, sizeof *engine);
    engine->config = *config;
    engine->next_seq = 1;
    ohm_signal_init(&engine->ecowatt.published, OHM_SIGNAL_ECOWATT);
    ohm_signal_init(&engine->ecowatt.by_hand, OHM_SIGNAL_ECOWATT);
    ohm_signal_init(&engine->ecowatt.layered, OHM_SIGNAL_ECOWATT);
    ohm_ledger_init(&engine->ledger);
    for (int i = 0; i < OHM_LOADS_MAX; i++)
        ohm_control_init(&engine->control.loads[i]);
    for (uint16_t i = 0; i < config->loads_count; i++)
        engine->control.loads[i].setting = ohm_setting_usual(&config->loads[i], false);
    ohm_engine_rules_clear(engine);
    ohm_engine_heat_clear(engine);
    engine->control.random = config->seed ? config->seed : 1;
    ohm_supply_start(&engine->control.supply);
}

/* What was ordered of another kind of limit, or elsewhere, was not meant for this one. */
static bool is_same_limit(const ohm_power_limit *a, const ohm_power_limit *b)
{
    return strcmp(a->id, b->id) == 0 && a->kind == b->kind && a->phase == b->phase &&
           (a->branch > 0) == (b->branch > 0);
}

/* What a limit's source said stays, if the limit does. */
static void reconfigure_limits(ohm_engine *engine, const ohm_engine_config *config)
{
    const ohm_engine_config *old = &engine->config;
    ohm_limit_state states[OHM_LIMITS_MAX];
    int64_t heat[OHM_LIMITS_MAX] = { 0 };
    for (uint16_t i = 0; i < OHM_LIMITS_MAX; i++) {
        states[i] = (ohm_limit_state){ .end_ms = OHM_NO_MS };
        for (uint16_t j = 0; j < old->limits_count && i < config->limits_count; j++)
            if (is_same_limit(&config->limits[i], &old->limits[j])) {
                states[i] = engine->control.limits[j];
                heat[i] = engine->control.fuse_heat[j];
            }
    }
    memcpy(engine->control.limits, states, sizeof states);
    memcpy(engine->control.fuse_heat, heat, sizeof heat);
}

/* A load that takes other settings than it did: what was asked of it in those means nothing. */
static void reconfigure_setting(ohm_load_state *state, const ohm_load *load)
{
    if (!ohm_setting_agrees(load, state->fed, state->setting))
        state->setting = ohm_setting_usual(load, state->fed);
    if (!ohm_setting_ok(load, state->most_w))
        state->most_w = 0;
    state->sun_w = state->moved_w = 0;
    if (state->override_exact &&
        !ohm_setting_agrees(load, state->override_fed, state->override_setting))
        ohm_control_override_clear(state);
    if (state->plan_exact && !ohm_setting_agrees(load, state->plan_fed, state->plan_setting))
        ohm_control_plan_clear(state);
}

/* One that is new has been kept off for as long as the least of its tier: else it paid first for
 * all the years of the others. */
static void begin_turns(const ohm_engine_config *config, ohm_load_state *states, const bool *known)
{
    for (uint16_t i = 0; i < config->loads_count; i++) {
        const ohm_load *load = &config->loads[i];
        int64_t least_ms = INT64_MAX;
        for (uint16_t j = 0; j < config->loads_count && !known[i]; j++) {
            int64_t ms = ohm_load_weighed_ms(&config->loads[j], &states[j]);
            if (known[j] && config->loads[j].tier == load->tier && ms < least_ms)
                least_ms = ms;
        }
        if (least_ms < INT64_MAX)
            states[i].limited_ms = least_ms / (load->weight > 0 ? load->weight : 1);
    }
}

void ohm_engine_reconfigure(ohm_engine *engine, const ohm_engine_config *config)
{
    assert(!ohm_failed(ohm_engine_config_check(config)));
    const ohm_engine_config *old = &engine->config;
    ohm_load_state states[OHM_LOADS_MAX];
    bool known[OHM_LOADS_MAX] = { false };
    for (int i = 0; i < OHM_LOADS_MAX; i++)
        ohm_control_init(&states[i]);
    for (uint16_t i = 0; i < config->loads_count; i++) {
        states[i].fed = config->loads[i].failsafe_fed;
        states[i].setting = config->loads[i].safe_setting;
        states[i].changed_mono = engine->mono;
        for (uint16_t j = 0; j < old->loads_count; j++)
            if (strcmp(config->loads[i].id, old->loads[j].id) == 0) {
                states[i] = engine->control.loads[j];
                known[i] = true;
            }
        states[i].warmth = OHM_WARMTH_NONE;    /* its zone says it anew */
        if (config->loads[i].shed_max_ms == 0) /* there is no longest any more that is over */
            states[i].exhausted = false;
        reconfigure_setting(&states[i], &config->loads[i]);
        bool asks_never = states[i].overridden && !states[i].override_fed;
        if (config->loads[i].never_shed && asks_never)
            ohm_control_override_clear(&states[i]);
        if (config->loads[i].never_shed)
            ohm_control_plan_clear(&states[i]);
    }
    begin_turns(config, states, known);
    reconfigure_limits(engine, config);
    if (strcmp(config->main_id, old->main_id) != 0) {
        ohm_ledger_init(&engine->ledger);
        engine->control.supply = (ohm_supply){ .import_w = -1, .export_w = -1 };
        memset(engine->control.heat, 0, sizeof engine->control.heat);
    }
    memcpy(engine->control.loads, states, sizeof states);
    ohm_engine_heat_reconfigure(engine, config);
    bool same_rules = memcmp(&config->rules, &old->rules, sizeof old->rules) == 0;
    ohm_rules_carry(&old->rules, &engine->rules, &config->rules, &engine->rules);
    if (!same_rules) /* the devices may be others */
        memset(engine->rules.inputs, 0, sizeof engine->rules.inputs);
    engine->config = *config;
    engine->ledger.day = (ohm_interval){ 0 }; /* of the old zone */
    engine->running = false;
}

/* --- actions ------------------------------------------------------------------------------ */

ohm_action *ohm_engine_add(ohm_engine *engine, ohm_actions *actions)
{
    assert(actions->count < OHM_ACTIONS_MAX);
    ohm_action *action = &actions->items[actions->count++];
    memset(action, 0, sizeof *action);
    action->seq = engine->next_seq++;
    action->time_ms = engine->utc_ms;
    action->decision.load = OHM_LOAD_NONE;
    action->decision.level = OHM_LEVEL_NONE;
    action->decision.until_ms = OHM_NO_MS;
    action->decision.pressure.limit = OHM_LIMIT_NONE;
    action->decision.rule = OHM_RULE_NONE;
    action->device = OHM_DEVICE_NONE;
    return action;
}

void ohm_engine_notice(ohm_engine *engine, ohm_actions *actions, ohm_notice notice, int64_t detail)
{
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = notice;
    action->detail = detail;
}

void ohm_engine_load_notice(ohm_engine *engine, ohm_actions *actions, ohm_notice notice,
                            uint16_t load)
{
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = notice;
    action->decision.load = load;
}

static void meter_notice(ohm_engine *engine, ohm_actions *actions, ohm_notice notice)
{
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = notice;
    action->device = engine->config.main_device;
}

ohm_control_rules ohm_engine_rules(const ohm_engine *engine)
{
    int64_t gap_ms = engine->config.restore_gap_ms;
    if (engine->stopping && gap_ms > OHM_STOP_GAP_MS)
        gap_ms = OHM_STOP_GAP_MS;
    ohm_control_rules rules = {
        .loads = engine->config.loads,
        .count = engine->config.loads_count,
        .ecowatt_threshold = engine->config.ecowatt_threshold,
        .restore_gap_ms = gap_ms,
        .restore_jitter_ms = engine->stopping ? 0 : engine->config.restore_jitter_ms,
        .limits = engine->config.limits,
        .limits_count = engine->config.limits_count,
        .branches_count = (uint8_t)engine->config.branches_count,
        .contract_va = engine->config.has_contract ? engine->config.contract.subscribed_va : 0,
        .base_va = engine->config.base_va,
    };
    memcpy(rules.silence_ms, engine->config.silence_ms, sizeof rules.silence_ms);
    return rules;
}

/* --- Ecowatt ------------------------------------------------------------------------------ */

ohm_code ohm_engine_layer(ohm_engine *engine)
{
    ohm_ecowatt_watch *watch = &engine->ecowatt;
    return ohm_signal_layer(&watch->published, &watch->by_hand, &watch->layered);
}

static bool same_hours(const ohm_signal_set *a, const ohm_signal_set *b)
{
    if (a->count != b->count)
        return false;
    for (uint16_t i = 0; i < a->count; i++) {
        const ohm_signal_interval *x = &a->intervals[i], *y = &b->intervals[i];
        if (x->when.from_ms != y->when.from_ms || x->when.to_ms != y->when.to_ms ||
            x->level != y->level)
            return false;
    }
    return true;
}

static void take_signal(ohm_engine *engine, const ohm_signal_set *set, ohm_actions *actions)
{
    ohm_ecowatt_watch *watch = &engine->ecowatt;
    bool news = !same_hours(set, &watch->published);
    watch->published = *set;
    if (engine->clock_set)
        ohm_signal_forget(&watch->by_hand, engine->utc_ms);
    /* Hours by hand may cut the published ones in more pieces than a set holds: the last hours,
     * days ahead, then wait for the next answer. */
    while (ohm_engine_layer(engine) != OHM_OK)
        watch->published.count--;
    if (!news)
        return;
    ohm_engine_notice(engine, actions, OHM_NOTICE_SIGNAL_NEW, set->count);
    for (uint16_t i = 0; i < set->count; i++) {
        int32_t level = set->intervals[i].level;
        if (ohm_ecowatt_level(level) != level) { /* one notice an answer: they come hourly */
            ohm_engine_notice(engine, actions, OHM_NOTICE_LEVEL_UNKNOWN, level);
            return;
        }
    }
}

/* What rules go by of the hours that come: no answer of its own in the journal. */
static void take_outlook(ohm_engine *engine, const ohm_signal_set *set)
{
    static const ohm_outlook places[OHM_SIGNAL_KINDS_COUNT] = {
        [OHM_SIGNAL_CO2] = OHM_OUTLOOK_CO2,
        [OHM_SIGNAL_OUTDOOR] = OHM_OUTLOOK_OUTDOOR,
        [OHM_SIGNAL_OVERRUN] = OHM_OUTLOOK_OVERRUN,
    };
    engine->outlooks[places[set->kind]] = *set;
}

static void watch_signal(ohm_engine *engine, ohm_actions *actions)
{
    ohm_ecowatt_watch *watch = &engine->ecowatt;
    if (!engine->clock_set || watch->published.fetched_ms == OHM_NO_MS)
        return;
    bool stale = ohm_engine_ecowatt_state_of(engine) != OHM_SIGNAL_FRESH;
    if (stale && !watch->stale)
        ohm_engine_notice(engine, actions, OHM_NOTICE_SIGNAL_STALE, 0);
    watch->stale = stale;
}

/* --- the meter ---------------------------------------------------------------------------- */

bool ohm_engine_looks_at(const ohm_engine_config *config, uint16_t device)
{
    bool looks = device == config->main_device;
    for (uint16_t b = 0; b < config->branches_count; b++)
        looks = looks || device == config->branches[b];
    for (uint16_t i = 0; i < config->loads_count; i++)
        looks = looks || config->loads[i].comfort_device == device + 1;
    looks = looks || ohm_heat_reads(config->zones, config->zones_count, device);
    return looks || ohm_rules_read(&config->rules, device);
}

static void take_branches(ohm_engine *engine, const ohm_event *event)
{
    for (uint16_t b = 0; b < engine->config.branches_count; b++) {
        if (engine->config.branches[b] != event->frame->device)
            continue;
        const ohm_control_rules rules = ohm_engine_rules(engine);
        (void)ohm_control_branch_frame(&engine->control, &rules, (uint8_t)(b + 1), event->frame,
                                       event->mono, engine->config.power_w_max);
    }
}

static void take_frame(ohm_engine *engine, const ohm_event *event, ohm_actions *actions)
{
    take_branches(engine, event);
    const ohm_control_rules all = ohm_engine_rules(engine);
    ohm_control_feel(&engine->control, &all, event->frame, event->mono);
    ohm_heat_frame(engine->config.zones, engine->config.zones_count, engine->zones, event->frame,
                   event->mono);
    ohm_rules_frame(&engine->config.rules, &engine->rules, event->frame, event->mono);
    if (event->frame->device != engine->config.main_device)
        return;
    if (engine->meter.lost)
        meter_notice(engine, actions, OHM_NOTICE_METER_BACK);
    engine->meter = (ohm_meter_watch){ .seen = true, .last_mono = event->mono };
    const ohm_control_rules rules = ohm_engine_rules(engine);
    (void)ohm_control_frame(&engine->control, &rules, event->frame, event->mono,
                            engine->config.power_w_max);
    if (!engine->clock_set)
        return;
    ohm_ledger_notices notices;
    ohm_ledger_frame(&engine->ledger, &engine->config, event, &notices);
    for (uint8_t i = 0; i < notices.count; i++) {
        ohm_action *action = ohm_engine_add(engine, actions);
        action->notice = notices.items[i].notice;
        action->device = engine->config.main_device;
        action->quantity = notices.items[i].quantity;
        action->detail = notices.items[i].detail;
    }
}

static void take_note(ohm_engine *engine, const ohm_note *note, ohm_actions *actions)
{
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = note->notice;
    action->device = note->device;
    action->quantity = (ohm_quantity_id)note->quantity;
    action->detail = note->detail;
    memcpy(action->actor, note->device_id, sizeof action->actor);
}

/* Prices, the subscribed power and what today cost so far, from this step on. */
static void take_contract(ohm_engine *engine, const ohm_contract_change *change,
                          ohm_actions *actions)
{
    ohm_engine_config *config = &engine->config;
    const ohm_ledger_worth before = ohm_ledger_worth_of(&engine->ledger, config);
    config->has_contract = change->has_contract;
    config->contract = change->contract;
    config->power_w_max = change->power_w_max;
    ohm_ledger_reprice(&engine->ledger, config, &before);
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = OHM_NOTICE_CONTRACT;
    action->detail = change->has_contract ? change->contract.subscribed_va : 0;
    memcpy(action->actor, change->actor, sizeof action->actor);
}

static void watch_meter(ohm_engine *engine, ohm_actions *actions)
{
    if (engine->config.main_device == OHM_DEVICE_NONE || engine->meter.lost ||
        ohm_engine_meter_fresh_of(engine))
        return;
    int64_t running_ms = ohm_mono_since(engine->mono, engine->start_mono);
    if (!engine->meter.seen && running_ms < engine->config.start_wait_ms)
        return; /* it has not had time to speak */
    engine->meter.lost = true;
    meter_notice(engine, actions, OHM_NOTICE_METER_LOST);
}

/* --- clocks, outputs ---------------------------------------------------------------------- */

static void set_clock(ohm_engine *engine, bool set, ohm_actions *actions)
{
    set = set && engine->utc_ms >= OHM_CLOCK_MS_MIN;
    if (set == engine->clock_set)
        return;
    engine->clock_set = set;
    ohm_engine_notice(engine, actions, set ? OHM_NOTICE_CLOCK_SET : OHM_NOTICE_CLOCK_UNSET, 0);
    if (set)
        ohm_engine_see_clock(engine);
}

static void take_clock(ohm_engine *engine, const ohm_event *event, ohm_actions *actions)
{
    if (event->clock.jump_ms != 0)
        ohm_engine_notice(engine, actions, OHM_NOTICE_CLOCK_JUMP, event->clock.jump_ms);
    set_clock(engine, event->clock.set, actions);
    ohm_control_now now = ohm_engine_now(engine);
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        ohm_control_clock(&engine->control.loads[i], engine->start_mono, &now);
    ohm_engine_heat_clock(engine);
    for (uint16_t i = 0; i < engine->config.limits_count && engine->clock_set; i++) {
        ohm_limit_state *limit = &engine->control.limits[i];
        if (limit->set)
            limit->end_ms = engine->utc_ms + ohm_mono_since(limit->end_mono, engine->mono);
    }
}

static void take_output(ohm_engine *engine, const ohm_event *event, ohm_actions *actions)
{
    uint16_t load = event->output.load;
    ohm_load_state *state = &engine->control.loads[load];
    ohm_control_now now = ohm_engine_now(engine);
    if (ohm_control_output_at(state, event->output.state, event->output.fed, event->output.setting,
                              &now))
        ohm_engine_load_notice(engine, actions,
                               state->output == OHM_OUTPUT_FAILED ? OHM_NOTICE_OUTPUT_FAILED
                                                                  : OHM_NOTICE_OUTPUT_BACK,
                               load);
}

/* --- the step ----------------------------------------------------------------------------- */

ohm_control_now ohm_engine_now(const ohm_engine *engine)
{
    const ohm_signal_set *layered = &engine->ecowatt.layered;
    ohm_control_now now = {
        .mono = engine->mono,
        .utc_ms = engine->utc_ms,
        .calendar = engine->clock_set,
        .starting = engine->starting,
        .start_mono = engine->start_mono,
        .start_end_mono = ohm_mono_after(engine->start_mono, engine->config.start_wait_ms),
        .stopping = engine->stopping,
        .level = ohm_ecowatt_level_at(layered, engine->utc_ms),
        .day = ohm_engine_day_of(engine),
    };
    for (int32_t k = 0; k <= OHM_LEVEL_MAX; k++)
        now.until_ms[k] = OHM_NO_MS;
    for (int32_t k = OHM_LEVEL_SHED_MIN; k <= now.level; k++)
        now.until_ms[k] = ohm_ecowatt_until(layered, k, engine->utc_ms);
    return now;
}

/* Nothing switches after START until what decides is there, or has had its time. */
static void watch_start(ohm_engine *engine)
{
    if (!engine->starting)
        return;
    /* One that says a power has to say it, and be believed: else all would be taken to run. */
    const ohm_supply *supply = &engine->control.supply;
    bool meter = engine->config.main_device == OHM_DEVICE_NONE ||
                 (ohm_engine_meter_fresh_of(engine) && (supply->seen || !supply->ever));
    bool signals = !engine->config.has_ecowatt ||
                   (engine->clock_set && ohm_engine_ecowatt_state_of(engine) == OHM_SIGNAL_FRESH);
    int64_t running_ms = ohm_mono_since(engine->mono, engine->start_mono);
    if ((meter && signals) || running_ms >= engine->config.start_wait_ms)
        engine->starting = false;
}

static void expire_overrides(ohm_engine *engine, ohm_actions *actions)
{
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        if (ohm_control_override_expire(&engine->control.loads[i], engine->mono))
            ohm_engine_load_notice(engine, actions, OHM_NOTICE_OVERRIDE_ENDED, i);
}

static void add_news(ohm_engine *engine, const ohm_news *news, ohm_actions *actions)
{
    static const ohm_notice notices[OHM_NEWS_KINDS_COUNT] = {
        [OHM_NEWS_UNCOVERED] = OHM_NOTICE_LIMIT_UNCOVERED,
        [OHM_NEWS_ON_MIN] = OHM_NOTICE_ON_MIN_BROKEN,
        [OHM_NEWS_SHED_MAX] = OHM_NOTICE_SHED_MAX_BROKEN,
        [OHM_NEWS_EFFECT] = OHM_NOTICE_EFFECT,
        [OHM_NEWS_LIMIT_ENDED] = OHM_NOTICE_LIMIT_ENDED,
        [OHM_NEWS_RATING_ENDED] = OHM_NOTICE_RATING_ENDED,
        [OHM_NEWS_NO_EFFECT] = OHM_NOTICE_NO_EFFECT,
        [OHM_NEWS_BUDGET] = OHM_NOTICE_SHED_DAY_SPENT,
    };
    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = notices[news->kind];
    if (news->load < engine->config.loads_count)
        action->decision.load = news->load;
    action->decision.expected_w = news->expected_va;
    action->detail = news->detail;
}

static void add_decisions(ohm_engine *engine, const ohm_decisions *decisions, ohm_actions *actions)
{
    for (uint16_t i = 0; i < decisions->news_count; i++)
        add_news(engine, &decisions->news[i], actions);
    for (uint16_t i = 0; i < decisions->count; i++)
        ohm_engine_add(engine, actions)->decision = decisions->items[i];
}

/* The first time the loads go back as their times allow; each further time one of them does. */
static void stop(ohm_engine *engine, ohm_actions *actions)
{
    if (!engine->stopping) {
        engine->stopping = true;
        ohm_engine_notice(engine, actions, OHM_NOTICE_STOPPED, 0);
        return;
    }
    const ohm_control_now now = ohm_engine_now(engine);
    const ohm_control_rules rules = ohm_engine_rules(engine);
    ohm_decisions decisions;
    ohm_control_let_go(&rules, &engine->control, &now, &decisions);
    add_decisions(engine, &decisions, actions);
}

static void decide(ohm_engine *engine, ohm_actions *actions)
{
    const ohm_control_now now = ohm_engine_now(engine);
    const ohm_control_rules rules = ohm_engine_rules(engine);
    ohm_decisions decisions;
    ohm_engine_rules_step(engine);
    ohm_engine_heat_step(engine, actions);
    ohm_control_step(&rules, &engine->control, &now, &decisions);
    add_decisions(engine, &decisions, actions);
}

static void dispatch(ohm_engine *engine, const ohm_event *event, ohm_actions *actions)
{
    switch (event->kind) {
    case OHM_EVENT_START:
        ohm_engine_start(engine, event, actions);
        break;
    case OHM_EVENT_FRAME:
        take_frame(engine, event, actions);
        break;
    case OHM_EVENT_SIGNAL:
        if (event->signal->kind == OHM_SIGNAL_DAYS)
            ohm_ledger_codes(&engine->ledger, &engine->config, event->signal);
        else if (event->signal->kind == OHM_SIGNAL_SPOT)
            ohm_ledger_spot(&engine->ledger, &engine->config, event->signal);
        else if (event->signal->kind == OHM_SIGNAL_ECOWATT)
            take_signal(engine, event->signal, actions);
        else
            take_outlook(engine, event->signal);
        break;
    case OHM_EVENT_COMMAND:
        ohm_engine_command(engine, event->command, actions);
        break;
    case OHM_EVENT_OUTPUT:
        take_output(engine, event, actions);
        break;
    case OHM_EVENT_CLOCK:
        take_clock(engine, event, actions);
        break;
    case OHM_EVENT_STOP:
        stop(engine, actions);
        break;
    case OHM_EVENT_NOTE:
        take_note(engine, event->note, actions);
        break;
    case OHM_EVENT_CONTRACT:
        take_contract(engine, event->contract, actions);
        break;
    case OHM_EVENT_RULES:
        ohm_engine_rules_take(engine, event->rules, actions);
        break;
    case OHM_EVENT_TICK:
    case OHM_EVENT_KINDS_COUNT:
        break;
    }
}

void ohm_engine_step(ohm_engine *engine, const ohm_event *event, ohm_actions *ret_actions)
{
    assert(ohm_engine_accepts(engine, event) == OHM_OK);
    ret_actions->count = 0;
    if (event->kind != OHM_EVENT_START) { /* START sees the times of the last run */
        engine->mono = event->mono;
        engine->utc_ms = event->utc_ms;
        if (engine->clock_set && engine->utc_ms < OHM_CLOCK_MS_MIN)
            set_clock(engine, false, ret_actions);
    }
    dispatch(engine, event, ret_actions);
    expire_overrides(engine, ret_actions);
    watch_meter(engine, ret_actions);
    watch_signal(engine, ret_actions);
    watch_start(engine);
    if (engine->clock_set)
        ohm_ledger_day(&engine->ledger, &engine->config, engine->utc_ms);
    decide(engine, ret_actions);
}
