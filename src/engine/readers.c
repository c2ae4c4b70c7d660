/* What readers may see of an engine. */
#include "control/shed.h"
#include "engine/state.h"
#include "grid/ecowatt.h"

const ohm_engine_config *ohm_engine_config_of(const ohm_engine *engine)
{
    return &engine->config;
}

const ohm_engine_today *ohm_engine_today_of(const ohm_engine *engine)
{
    return &engine->ledger.today;
}

bool ohm_engine_register_doubted_of(const ohm_engine *engine)
{
    return engine->ledger.import.doubted || engine->ledger.export.doubted;
}

const ohm_load_state *ohm_engine_loads_of(const ohm_engine *engine)
{
    return engine->control.loads;
}

int ohm_engine_presence_of(const ohm_engine *engine)
{
    return engine->presence - 1;
}

const ohm_rules *ohm_engine_rules_of(const ohm_engine *engine)
{
    return &engine->rules;
}

const ohm_heat_state *ohm_engine_zones_of(const ohm_engine *engine)
{
    return engine->zones;
}

const ohm_signal_set *ohm_engine_ecowatt_of(const ohm_engine *engine)
{
    return &engine->ecowatt.layered;
}

int ohm_engine_ecowatt_level_of(const ohm_engine *engine, ohm_ms utc_ms)
{
    return ohm_ecowatt_level_at(&engine->ecowatt.layered, utc_ms);
}

bool ohm_engine_level_is_manual(const ohm_engine *engine, ohm_ms utc_ms)
{
    return ohm_signal_at(&engine->ecowatt.by_hand, utc_ms) != NULL;
}

ohm_signal_state ohm_engine_ecowatt_state_of(const ohm_engine *engine)
{
    return ohm_signal_state_of(&engine->ecowatt.published, engine->utc_ms);
}

const ohm_control *ohm_engine_control_of(const ohm_engine *engine)
{
    return &engine->control;
}

void ohm_engine_bounds(const ohm_engine *engine, ohm_bounds *out)
{
    const ohm_control_rules rules = ohm_engine_rules(engine);
    const ohm_control_now now = ohm_engine_now(engine);
    ohm_shed_bounds(&rules, &engine->control, now.calendar ? now.level : OHM_LEVEL_NONE, now.day,
                    out);
}

/* The code of today, if a limit asks for it: a day of theirs may begin at 06:00. */
ohm_day_code ohm_engine_day_of(const ohm_engine *engine)
{
    bool asked = false;
    for (uint16_t i = 0; i < engine->config.limits_count; i++)
        asked = asked || engine->config.limits[i].day != OHM_DAY_UNKNOWN;
    if (!asked || !engine->clock_set)
        return OHM_DAY_UNKNOWN;
    ohm_civil local = ohm_civil_from_utc(&engine->config.tz, engine->utc_ms);
    int minute = local.hour * 60 + local.minute;
    int64_t day = ohm_days_from_date(local.date);
    if (engine->config.has_contract && minute < engine->config.contract.day_start_minute)
        day--;
    return ohm_ledger_code_of(&engine->ledger, day);
}

int32_t ohm_engine_left_s(const ohm_engine *engine, uint8_t scope, const ohm_bound *bound)
{
    const ohm_control_rules rules = ohm_engine_rules(engine);
    return ohm_shed_left_s(&rules, &engine->control, scope, bound);
}

bool ohm_engine_meter_fresh_of(const ohm_engine *engine)
{
    return engine->meter.seen &&
           ohm_mono_since(engine->mono, engine->meter.last_mono) <= engine->config.meter_stale_ms;
}

bool ohm_engine_clock_set_of(const ohm_engine *engine)
{
    return engine->clock_set;
}

bool ohm_engine_is_starting(const ohm_engine *engine)
{
    return engine->starting;
}

bool ohm_engine_is_settled(const ohm_engine *engine)
{
    for (uint16_t i = 0; i < engine->config.loads_count; i++) {
        ohm_hold hold = engine->control.loads[i].hold;
        bool waits = hold != OHM_HOLD_NONE && !ohm_hold_is_kept(hold);
        /* Who leaves does not wait for the next attempt of an output that failed. */
        if (waits && !(engine->stopping && hold == OHM_HOLD_OUTPUT))
            return false;
    }
    return true;
}

bool ohm_engine_is_let_go(const ohm_engine *engine)
{
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        if (engine->control.loads[i].fed != engine->config.loads[i].failsafe_fed ||
            engine->control.loads[i].setting != engine->config.loads[i].safe_setting)
            return false;
    return true;
}

void ohm_engine_number_from(ohm_engine *engine, uint64_t seq)
{
    if (engine->next_seq < seq)
        engine->next_seq = seq;
}

uint64_t ohm_engine_next_seq(const ohm_engine *engine)
{
    return engine->next_seq;
}
