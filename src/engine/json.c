#include "base/json.h"

#include "control/setting.h"
#include "engine/codec.h"

static void put_load(ohm_json *json, const ohm_action *action, const ohm_engine_config *config)
{
    uint16_t load = action->decision.load;
    ohm_json_key_str(json, "load", load < config->loads_count ? config->loads[load].id : NULL);
}

/* "main", or the configured limit's id. */
static const char *limit_id(uint16_t limit, const ohm_engine_config *config)
{
    if (limit == OHM_LIMIT_MAIN)
        return "main";
    return limit < config->limits_count ? config->limits[limit].id : NULL;
}

static void put_pressure(ohm_json *json, const ohm_pressure *p, const ohm_engine_config *config)
{
    ohm_json_key(json, "limit");
    if (p->limit == OHM_LIMIT_NONE) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "id", limit_id(p->limit, config));
    if (p->phase > 0 && p->phase < OHM_SCOPES)
        ohm_json_key_int(json, "phase", p->phase);
    else
        ohm_json_key_null(json, "phase");
    ohm_json_key_int(json, "va", p->va);
    if (p->measured_va >= 0)
        ohm_json_key_int(json, "measured_va", p->measured_va);
    else
        ohm_json_key_null(json, "measured_va");
    if (p->trip_s >= 0)
        ohm_json_key_int(json, "trip_s", p->trip_s);
    else
        ohm_json_key_null(json, "trip_s");
    ohm_json_key_bool(json, "blind", p->blind);
    ohm_json_end(json);
}

static void put_plan(ohm_json *json, const ohm_plan_reason *plan)
{
    if (plan->why == OHM_PLAN_WHY_NONE)
        return;
    ohm_json_key(json, "plan");
    ohm_json_object(json);
    ohm_json_key_str(json, "why", ohm_plan_why_name(plan->why));
    ohm_json_key_decimal(json, "price_eur_per_kwh", plan->ueur_per_kwh, -6);
    ohm_json_key_decimal(json, "instead_eur_per_kwh", plan->instead_ueur_per_kwh, -6);
    ohm_json_end(json);
}

/* What its output is told beyond fed or shed; a journal may name loads that are gone. */
static void put_setting(ohm_json *json, const ohm_decision *decision,
                        const ohm_engine_config *config)
{
    if (decision->load >= config->loads_count)
        return;
    const ohm_load *load = &config->loads[decision->load];
    if (load->kind == OHM_LOAD_SWITCHED || !ohm_setting_ok(load, decision->setting))
        return;
    if (load->kind == OHM_LOAD_PILOT)
        ohm_json_key_str(json, "order", ohm_order_name((ohm_order)decision->setting));
    else
        ohm_setpoint_write(json, load, decision->setting);
    ohm_json_key_bool(json, "adjusts", decision->adjusts);
}

static void put_decision(ohm_json *json, const ohm_decision *decision,
                         const ohm_engine_config *config)
{
    ohm_json_key_str(json, "state", decision->fed ? "fed" : "shed");
    ohm_json_key_str(json, "cause", ohm_cause_name(decision->cause));
    ohm_json_key_str(json, "held_by", ohm_hold_name(decision->hold));
    if (decision->level == OHM_LEVEL_NONE)
        ohm_json_key_null(json, "level");
    else
        ohm_json_key_int(json, "level", decision->level);
    put_pressure(json, &decision->pressure, config);
    put_plan(json, &decision->plan);
    if (decision->rule < config->rules.count)
        ohm_json_key_str(json, "rule", config->rules.rules[decision->rule].id);
    ohm_json_key_int(json, "expected_w", decision->expected_w);
    ohm_json_key_time(json, "until", decision->until_ms);
    ohm_json_key_bool(json, "switches", decision->switches);
    put_setting(json, decision, config);
}

static void put_notice(ohm_json *json, const ohm_action *action, const ohm_engine_config *config)
{
    bool main = action->device != OHM_DEVICE_NONE && action->device == config->main_device;
    bool noted = ohm_notice_is_noted(action->notice); /* it names its device itself */
    ohm_json_key_str(json, "device", noted ? action->actor : main ? config->main_id : NULL);
    ohm_json_key_str(json, "quantity",
                     action->quantity == OHM_Q_NONE ? NULL
                                                    : ohm_quantity_get(action->quantity)->name);
    ohm_json_key_int(json, "detail", action->detail);
    if (action->notice == OHM_NOTICE_EFFECT) {
        ohm_json_key_int(json, "expected_va", action->decision.expected_w);
        ohm_json_key_int(json, "measured_va", action->detail);
    }
    if (action->notice == OHM_NOTICE_LIMIT_ENDED)
        ohm_json_key_str(json, "limit", limit_id((uint16_t)action->detail, config));
    if (action->notice == OHM_NOTICE_COMMAND_REFUSED)
        ohm_json_key_str(json, "why", ohm_code_text((ohm_code)action->detail));
    if (action->rule[0])
        ohm_json_key_str(json, "rule", action->rule);
    bool answers =
        action->notice == OHM_NOTICE_COMMAND_DONE || action->notice == OHM_NOTICE_COMMAND_REFUSED;
    if (answers)
        ohm_json_key_int(json, "command", (int64_t)action->command_id);
    else
        ohm_json_key_null(json, "command");
    bool of_run = ohm_notice_is_of_run(action->notice);
    if (of_run)
        ohm_json_key_str(json, "reason", action->actor);
    ohm_json_key_str(json, "actor", action->actor[0] && !noted && !of_run ? action->actor : NULL);
}

ohm_code ohm_action_json(const ohm_action *action, const ohm_engine_config *config, char *out,
                         size_t cap, size_t *ret_len)
{
    ohm_json json;
    ohm_json_init(&json, out, cap);
    ohm_json_object(&json);
    ohm_json_key_int(&json, "seq", (int64_t)action->seq);
    ohm_json_key_time(&json, "time",
                      action->time_ms >= OHM_CLOCK_MS_MIN ? action->time_ms : OHM_NO_MS);
    if (action->notice != OHM_NOTICE_NONE)
        ohm_json_key_str(&json, "notice", ohm_notice_name(action->notice));
    put_load(&json, action, config);
    if (action->notice == OHM_NOTICE_NONE)
        put_decision(&json, &action->decision, config);
    else
        put_notice(&json, action, config);
    ohm_json_end(&json);
    return ohm_json_finish(&json, ret_len);
}
