#include "control/setting.h"
#include "engine/engine.h"
#include "engine/state.h"

enum {
    OFFSET_S_MAX = 26 * 3600,
};

void ohm_engine_config_defaults(ohm_engine_config *out)
{
    memset(out, 0, sizeof *out);
    ohm_tz_utc(&out->tz);
    out->main_device = OHM_DEVICE_NONE;
    out->meter_stale_ms = 30 * OHM_SECOND_MS;
    out->power_w_max = 100000;
    out->ecowatt_threshold = OHM_LEVEL_SHED_MIN;
    out->start_wait_ms = OHM_MINUTE_MS;
    out->restore_gap_ms = OHM_RESTORE_GAP_MS;
    ohm_rule_set_init(&out->rules);
}

static bool rule_ok(const ohm_tz_rule *rule)
{
    if (rule->time_s < -168 * 3600 || rule->time_s > 168 * 3600)
        return false;
    switch (rule->kind) {
    case 'M':
        return rule->month >= 1 && rule->month <= 12 && rule->week >= 1 && rule->week <= 5 &&
               rule->weekday <= 6;
    case 'J':
        return rule->day >= 1 && rule->day <= 365;
    case 'N':
        return rule->day >= 0 && rule->day <= 365;
    default:
        return false;
    }
}

static bool offset_ok(int32_t offset_s)
{
    return offset_s > -OFFSET_S_MAX && offset_s < OFFSET_S_MAX;
}

/* What ohm_tz_parse promises; a zone from a snapshot was not parsed by it. */
static bool tz_ok(const ohm_tz *tz)
{
    bool sized = tz->types_count >= 1 && tz->types_count <= OHM_TZ_TYPES_MAX &&
                 tz->transitions_count <= OHM_TZ_TRANSITIONS_MAX &&
                 tz->first_type < tz->types_count && memchr(tz->name, '\0', sizeof tz->name);
    if (!sized)
        return false;
    for (unsigned i = 0; i < tz->types_count; i++)
        if (!offset_ok(tz->type_offset_s[i]))
            return false;
    for (unsigned i = 0; i < tz->transitions_count; i++)
        if (tz->transition_type[i] >= tz->types_count ||
            (i > 0 && tz->transition_s[i] <= tz->transition_s[i - 1]))
            return false;
    if (!tz->has_rule)
        return true;
    return offset_ok(tz->rule_std_s) && offset_ok(tz->rule_dst_s) &&
           (!tz->rule_has_dst || (rule_ok(&tz->rule_to_dst) && rule_ok(&tz->rule_to_std)));
}

static ohm_err check_rules(const ohm_rule_set *set, const ohm_engine_config *config)
{
    uint16_t a, b;
    ohm_rule_example example;
    OHM_TRY(ohm_rules_check(set, config->loads, config->loads_count));
    if (ohm_rules_conflict(set, &a, &b, &example))
        return ohm_fail(OHM_CONFLICT, b, "two rules contradict each other");
    return ohm_ok();
}

ohm_err ohm_engine_config_check(const ohm_engine_config *config)
{
    if (!tz_ok(&config->tz))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the time zone is malformed");
    if (config->main_device != OHM_DEVICE_NONE && config->main_device >= OHM_DEVICES_MAX)
        return ohm_fail(OHM_RANGE, 0, "the main meter is not a device");
    if (!memchr(config->main_id, '\0', sizeof config->main_id))
        return ohm_fail(OHM_TOO_BIG, 0, "the main meter's id is too long");
    if (config->meter_stale_ms <= 0 || config->meter_stale_ms > 24 * OHM_HOUR_MS)
        return ohm_fail(OHM_RANGE, 0, "a meter is lost after one second to one day");
    if (config->power_w_max <= 0 || config->power_w_max > OHM_ENGINE_POWER_W_MAX)
        return ohm_fail(OHM_RANGE, 0, "the site's greatest power is out of range");
    if (config->start_wait_ms < 0 || config->start_wait_ms > OHM_HOUR_MS)
        return ohm_fail(OHM_RANGE, 0, "the wait at start is negative or above an hour");
    if (config->ecowatt_threshold < OHM_LEVEL_SHED_MIN || config->ecowatt_threshold > OHM_LEVEL_MAX)
        return ohm_fail(OHM_RANGE, 0, "the Ecowatt threshold is 2 or 3: lower levels never shed");
    if (config->has_contract)
        OHM_TRY(ohm_contract_check(&config->contract, NULL));
    if (config->restore_jitter_ms < 0 || config->restore_jitter_ms > OHM_HOUR_MS)
        return ohm_fail(OHM_RANGE, 0, "the jitter of restores is negative or above an hour");
    if (config->base_va < 0 || config->base_va > OHM_LIMIT_VA_MAX)
        return ohm_fail(OHM_RANGE, 0, "the power beside the loads is out of range");
    for (int i = 0; i <= OHM_BRANCHES_MAX; i++)
        if (config->silence_ms[i] < 0 || config->silence_ms[i] > OHM_SUPPLY_SILENCE_MS_MAX)
            return ohm_fail(OHM_RANGE, 0, "a meter's silence is negative or above three minutes");
    OHM_TRY(ohm_limits_check(config->limits, config->limits_count));
    if (config->branches_count > OHM_BRANCHES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many meters with limits of their own");
    for (uint16_t i = 0; i < config->limits_count; i++)
        if (config->limits[i].branch > config->branches_count)
            return ohm_fail(OHM_UNKNOWN, i, "a limit is of a branch that is not there");
    for (uint16_t i = 0; i < config->loads_count && i < OHM_LOADS_MAX; i++)
        if (config->loads[i].branch > config->branches_count)
            return ohm_fail(OHM_UNKNOWN, i, "a load hangs on a branch that is not there");
    OHM_TRY(ohm_loads_check(config->loads, config->loads_count,
                            config->restore_gap_ms + config->restore_jitter_ms));
    OHM_TRY(ohm_heat_check(config->zones, config->zones_count, config->loads, config->loads_count));
    return check_rules(&config->rules, config);
}

/* Ecowatt's are taken as they come: one that nobody knows is journalled. */
static bool level_ok(ohm_signal_kind kind, int32_t level)
{
    static const int32_t bounds[OHM_SIGNAL_KINDS_COUNT][2] = {
        [OHM_SIGNAL_ECOWATT] = { INT32_MIN, INT32_MAX },
        [OHM_SIGNAL_DAYS] = { 0, (int)OHM_DAY_CODES_COUNT - 1 },
        [OHM_SIGNAL_SPOT] = { -OHM_SPOT_UEUR_MAX, OHM_SPOT_UEUR_MAX },
        [OHM_SIGNAL_CO2] = { 0, OHM_CO2_G_MAX },
        [OHM_SIGNAL_OUTDOOR] = { -OHM_OUTDOOR_CC_MAX, OHM_OUTDOOR_CC_MAX },
        [OHM_SIGNAL_OVERRUN] = { -OHM_ENGINE_POWER_W_MAX, OHM_ENGINE_POWER_W_MAX },
    };
    return level >= bounds[kind][0] && level <= bounds[kind][1];
}

static ohm_code accepts_signal(const ohm_signal_set *set)
{
    if (set->kind >= OHM_SIGNAL_KINDS_COUNT || set->count > OHM_SIGNAL_INTERVALS_MAX)
        return OHM_RANGE;
    for (uint16_t i = 0; i < set->count; i++)
        if (!level_ok(set->kind, set->intervals[i].level))
            return OHM_RANGE;
    if (!ohm_time_ok(set->fetched_ms) || (set->made_ms != OHM_NO_MS && !ohm_time_ok(set->made_ms)))
        return OHM_RANGE;
    for (uint16_t i = 0; i < set->count; i++) {
        ohm_interval when = set->intervals[i].when;
        if (!ohm_time_ok(when.from_ms) || !ohm_time_ok(when.to_ms))
            return OHM_RANGE;
        if (when.from_ms >= when.to_ms ||
            (i > 0 && when.from_ms < set->intervals[i - 1].when.to_ms))
            return OHM_BAD_FORMAT;
    }
    return OHM_OK;
}

static ohm_code accepts_boot(const ohm_engine *engine, const ohm_event *event)
{
    const ohm_boot *boot = event->boot;
    if (boot->outputs_count != 0 && boot->outputs_count != engine->config.loads_count)
        return OHM_RANGE;
    for (uint16_t i = 0; i < boot->outputs_count; i++)
        if (boot->outputs[i].settled_ms < 0 || !ohm_time_ok(boot->outputs[i].settled_ms))
            return OHM_RANGE;
    for (uint16_t i = 0; i < boot->outputs_count; i++)
        if (boot->outputs[i].known &&
            !ohm_setting_agrees(&engine->config.loads[i], boot->outputs[i].fed,
                                boot->outputs[i].setting))
            return OHM_RANGE;
    bool same_boot = engine->ran && boot->boot_id == engine->boot_id;
    if (same_boot && event->mono.v < engine->mono.v)
        return OHM_CONFLICT;
    return OHM_OK;
}

static ohm_code accepts_output(const ohm_engine_config *config, const ohm_event *event)
{
    if (event->output.load >= config->loads_count)
        return OHM_UNKNOWN;
    const ohm_load *load = &config->loads[event->output.load];
    return ohm_setting_agrees(load, event->output.fed, event->output.setting) ? OHM_OK : OHM_RANGE;
}

static ohm_code accepts_contract(const ohm_contract_change *change)
{
    if (change->power_w_max <= 0 || change->power_w_max > OHM_ENGINE_POWER_W_MAX ||
        !memchr(change->actor, '\0', sizeof change->actor))
        return OHM_RANGE;
    return change->has_contract ? ohm_contract_check(&change->contract, NULL).code : OHM_OK;
}

static ohm_code accepts_rules(const ohm_rules_change *change, const ohm_engine_config *config)
{
    bool ended = memchr(change->actor, '\0', sizeof change->actor) &&
                 memchr(change->rule, '\0', sizeof change->rule);
    if (!ended || change->deed >= OHM_RULES_DEEDS_COUNT)
        return OHM_RANGE;
    return check_rules(&change->set, config).code;
}

ohm_code ohm_engine_accepts(const ohm_engine *engine, const ohm_event *event)
{
    if (!ohm_time_ok(event->utc_ms) || !ohm_time_ok(event->mono.v) ||
        event->kind >= OHM_EVENT_KINDS_COUNT)
        return OHM_RANGE;
    if (event->kind == OHM_EVENT_START)
        return accepts_boot(engine, event);
    if (!engine->running || event->mono.v < engine->mono.v)
        return OHM_CONFLICT;
    if (event->kind == OHM_EVENT_SIGNAL)
        return accepts_signal(event->signal);
    if (event->kind == OHM_EVENT_OUTPUT)
        return accepts_output(&engine->config, event);
    if (event->kind == OHM_EVENT_FRAME && event->frame->count > OHM_FRAME_VALUES_MAX)
        return OHM_RANGE;
    if (event->kind == OHM_EVENT_NOTE && !ohm_notice_is_noted(event->note->notice) &&
        !ohm_notice_is_of_run(event->note->notice))
        return OHM_RANGE;
    if (event->kind == OHM_EVENT_RULES)
        return accepts_rules(event->rules, &engine->config);
    if (event->kind == OHM_EVENT_CONTRACT)
        return accepts_contract(event->contract);
    return OHM_OK;
}
