#include "control/setting.h"
#include "engine/state.h"
#include "grid/ecowatt.h"

/* Who asks for a load, and whether that can be asked of it. */
static ohm_code check_asked(const ohm_engine *engine, const ohm_command *command)
{
    if (command->load >= engine->config.loads_count)
        return OHM_UNKNOWN;
    const ohm_load *load = &engine->config.loads[command->load];
    if (command->exact && load->kind == OHM_LOAD_SWITCHED)
        return OHM_UNSUPPORTED;
    if (command->exact && !ohm_setting_ok(load, command->setting))
        return OHM_UNSUPPORTED;
    bool fed = command->exact ? ohm_setting_feeds(load, command->setting) : command->fed;
    if (!fed && load->never_shed)
        return OHM_DENIED;
    return ohm_time_ok(command->until_ms) ? OHM_OK : OHM_RANGE;
}

static ohm_code take_override(ohm_engine *engine, const ohm_command *command)
{
    ohm_code code = check_asked(engine, command);
    if (code != OHM_OK)
        return code;
    /* What was asked on the calendar becomes a duration here, once. */
    int64_t duration_ms = command->until_ms - engine->utc_ms;
    if (duration_ms <= 0 || duration_ms > OHM_OVERRIDE_MS_MAX)
        return OHM_RANGE;
    ohm_load_state *state = &engine->control.loads[command->load];
    ohm_mono_ms end = ohm_mono_after(engine->mono, duration_ms);
    ohm_ms end_ms = engine->clock_set ? command->until_ms : OHM_NO_MS;
    if (command->exact)
        ohm_control_override_set(state, &engine->config.loads[command->load], command->setting, end,
                                 end_ms);
    else
        ohm_control_override(state, command->fed, end, end_ms);
    return OHM_OK;
}

static ohm_code clear_override(ohm_engine *engine, const ohm_command *command)
{
    if (command->load >= engine->config.loads_count)
        return OHM_UNKNOWN;
    ohm_control_override_clear(&engine->control.loads[command->load]);
    return OHM_OK;
}

static ohm_code take_level(ohm_engine *engine, const ohm_command *command)
{
    ohm_interval when = command->interval;
    if (!engine->clock_set)
        return OHM_CONFLICT; /* hours mean nothing without a clock */
    if (command->level < 0 || command->level > OHM_LEVEL_MAX)
        return OHM_RANGE;
    if (!ohm_time_ok(when.from_ms) || !ohm_time_ok(when.to_ms))
        return OHM_RANGE;
    if (when.from_ms >= when.to_ms || when.to_ms <= engine->utc_ms ||
        when.to_ms - engine->utc_ms > OHM_LEVEL_BY_HAND_MS_MAX)
        return OHM_RANGE;

    ohm_ecowatt_watch *watch = &engine->ecowatt;
    const ohm_signal_set before = watch->by_hand;
    ohm_signal_forget(&watch->by_hand, engine->utc_ms);
    ohm_code code = ohm_signal_put(&watch->by_hand, (ohm_signal_interval){ when, command->level });
    if (code == OHM_OK)
        code = ohm_engine_layer(engine);
    if (code != OHM_OK)
        watch->by_hand = before;
    return code;
}

static ohm_code clear_levels(ohm_engine *engine)
{
    ohm_signal_init(&engine->ecowatt.by_hand, OHM_SIGNAL_ECOWATT);
    return ohm_engine_layer(engine);
}

static ohm_code take_limit(ohm_engine *engine, const ohm_command *command)
{
    if (command->limit >= engine->config.limits_count)
        return OHM_UNKNOWN;
    if (engine->config.limits[command->limit].kind == OHM_LIMIT_FUSE)
        return OHM_DENIED; /* what is in the wall is not talked into more */
    if (!ohm_time_ok(command->until_ms) || command->va < 0 || command->va > OHM_LIMIT_VA_MAX)
        return OHM_RANGE;
    int64_t duration_ms = command->until_ms - engine->utc_ms;
    if (duration_ms <= 0 || duration_ms > OHM_OVERRIDE_MS_MAX)
        return OHM_RANGE;
    engine->control.limits[command->limit] = (ohm_limit_state){
        .set = true,
        .va = command->va,
        .end_mono = ohm_mono_after(engine->mono, duration_ms),
        .end_ms = engine->clock_set ? command->until_ms : OHM_NO_MS,
    };
    return OHM_OK;
}

static ohm_code clear_limit(ohm_engine *engine, const ohm_command *command)
{
    if (command->limit >= engine->config.limits_count)
        return OHM_UNKNOWN;
    engine->control.limits[command->limit] = (ohm_limit_state){ .end_ms = OHM_NO_MS };
    return OHM_OK;
}

/* A plan asks for less than a person: only what may be shed, and its own end brings the load's
 * thermostat back. */
static ohm_code take_plan(ohm_engine *engine, const ohm_command *command)
{
    ohm_code code = check_asked(engine, command);
    if (code != OHM_OK)
        return code;
    if (command->plan.why == OHM_PLAN_WHY_NONE)
        return OHM_RANGE;
    int64_t duration_ms = command->until_ms - engine->utc_ms;
    if (duration_ms <= 0 || duration_ms > OHM_OVERRIDE_MS_MAX)
        return OHM_RANGE;
    ohm_load_state *state = &engine->control.loads[command->load];
    ohm_mono_ms end = ohm_mono_after(engine->mono, duration_ms);
    if (command->exact)
        ohm_control_plan_set(state, &engine->config.loads[command->load], command->setting, end,
                             command->plan);
    else
        ohm_control_plan(state, command->fed, end, command->plan);
    return OHM_OK;
}

static ohm_code clear_plan(ohm_engine *engine, const ohm_command *command)
{
    if (command->load >= engine->config.loads_count)
        return OHM_UNKNOWN;
    ohm_control_plan_clear(&engine->control.loads[command->load]);
    return OHM_OK;
}

static ohm_code take_zone(ohm_engine *engine, const ohm_command *command)
{
    if (command->zone >= engine->config.zones_count)
        return OHM_UNKNOWN;
    if (!ohm_time_ok(command->until_ms) || command->set_cc < OHM_HEAT_SET_CC_MIN ||
        command->set_cc > OHM_HEAT_SET_CC_MAX)
        return OHM_RANGE;
    int64_t duration_ms = command->until_ms - engine->utc_ms;
    if (duration_ms <= 0 || duration_ms > OHM_ZONE_MS_MAX)
        return OHM_RANGE;
    ohm_heat_override(&engine->zones[command->zone], command->set_cc,
                      ohm_mono_after(engine->mono, duration_ms),
                      engine->clock_set ? command->until_ms : OHM_NO_MS);
    return OHM_OK;
}

static ohm_code clear_zone(ohm_engine *engine, const ohm_command *command)
{
    if (command->zone >= engine->config.zones_count)
        return OHM_UNKNOWN;
    ohm_heat_override_clear(&engine->zones[command->zone]);
    return OHM_OK;
}

static ohm_code obey(ohm_engine *engine, const ohm_command *command)
{
    switch (command->kind) {
    case OHM_COMMAND_OVERRIDE:
        return take_override(engine, command);
    case OHM_COMMAND_OVERRIDE_CLEAR:
        return clear_override(engine, command);
    case OHM_COMMAND_LEVEL:
        return take_level(engine, command);
    case OHM_COMMAND_LEVEL_CLEAR:
        return clear_levels(engine);
    case OHM_COMMAND_LIMIT:
        return take_limit(engine, command);
    case OHM_COMMAND_LIMIT_CLEAR:
        return clear_limit(engine, command);
    case OHM_COMMAND_PLAN:
        return take_plan(engine, command);
    case OHM_COMMAND_PLAN_CLEAR:
        return clear_plan(engine, command);
    case OHM_COMMAND_ZONE:
        return take_zone(engine, command);
    case OHM_COMMAND_PRESENCE:
        engine->presence = command->fed ? 2 : 1;
        return OHM_OK;
    case OHM_COMMAND_PRESENCE_CLEAR:
        engine->presence = 0;
        return OHM_OK;
    case OHM_COMMAND_ZONE_CLEAR:
        return clear_zone(engine, command);
    case OHM_COMMANDS_COUNT:
        break;
    }
    return OHM_UNSUPPORTED;
}

void ohm_engine_command(ohm_engine *engine, const ohm_command *command, ohm_actions *actions)
{
    ohm_code code = engine->stopping ? OHM_CONFLICT : obey(engine, command);
    bool plans = command->kind == OHM_COMMAND_PLAN || command->kind == OHM_COMMAND_PLAN_CLEAR;
    bool concerns_load = plans || command->kind == OHM_COMMAND_OVERRIDE ||
                         command->kind == OHM_COMMAND_OVERRIDE_CLEAR;
    if (plans && code == OHM_OK)
        return; /* what the load does about it is told, with the reason */

    ohm_action *action = ohm_engine_add(engine, actions);
    action->notice = code == OHM_OK ? OHM_NOTICE_COMMAND_DONE : OHM_NOTICE_COMMAND_REFUSED;
    action->detail = code == OHM_OK ? 0 : (int64_t)code;
    action->command_id = command->id;
    if (concerns_load && command->load < engine->config.loads_count)
        action->decision.load = command->load;
    memcpy(action->actor, command->actor, sizeof action->actor);
    action->actor[sizeof action->actor - 1] = '\0';
}
