#include "control/invariant.h"
#include "engine/state.h"

/* The engine's times of mono_ms, moved to where the clock of this boot counts from. What the
 * reboot took is known only if the wall clock was right before and is now; else it counts as
 * nothing, which makes every end later and no minimum time shorter. */
static void rebase(ohm_engine *engine, const ohm_event *event, bool clock_set)
{
    bool known = engine->clock_set && clock_set && event->utc_ms >= engine->utc_ms;
    int64_t elapsed_ms = known ? event->utc_ms - engine->utc_ms : 0;
    int64_t shift_ms = event->mono.v - elapsed_ms - engine->mono.v;
    ohm_control_rebase(&engine->control, OHM_LOADS_MAX, shift_ms);
    ohm_rules_rebase(&engine->rules, shift_ms);
    ohm_heat_rebase(engine->zones, OHM_HEAT_ZONES_MAX, shift_ms);
    ohm_ledger_rebase(&engine->ledger, shift_ms);
    engine->clock_blind = !known;
}

/* What a load begins in: what its output says, else what is remembered, else its fail-safe
 * state. Unless it is known to have gone on as it was, it counts as switched just now. */
static void boot_load(ohm_engine *engine, uint16_t i, const ohm_boot *boot, bool same_boot)
{
    ohm_load_state *state = &engine->control.loads[i];
    const ohm_load *load = &engine->config.loads[i];
    bool fed = engine->ran ? state->fed : load->failsafe_fed;
    int32_t setting = engine->ran ? state->setting : load->safe_setting;
    int64_t settled_ms = 0;
    if (i < boot->outputs_count && boot->outputs[i].known) {
        fed = boot->outputs[i].fed;
        setting = boot->outputs[i].setting;
        settled_ms = boot->outputs[i].settled_ms;
    }
    state->setting = setting;
    state->output = OHM_OUTPUT_UNKNOWN;
    state->output_failures = 0;
    state->restate = true;
    state->overdue = false; /* is said again, too: what was saved may be older than the journal */
    if (same_boot && fed == state->fed)
        return; /* it went on while the process did not */
    ohm_control_now now = ohm_engine_now(engine);
    ohm_control_boot(state, fed, settled_ms, &now);
}

void ohm_engine_start(ohm_engine *engine, const ohm_event *event, ohm_actions *actions)
{
    const ohm_boot *boot = event->boot;
    bool clock_set = boot->clock_set && event->utc_ms >= OHM_CLOCK_MS_MIN;
    bool same_boot = engine->ran && boot->boot_id == engine->boot_id;
    if (engine->ran && !same_boot)
        rebase(engine, event, clock_set);
    ohm_control_start(&engine->control, event->mono, engine->ran && !same_boot);

    engine->boot_id = boot->boot_id;
    engine->mono = event->mono;
    engine->utc_ms = event->utc_ms;
    engine->start_mono = event->mono;
    engine->clock_set = clock_set;
    engine->starting = true;
    engine->stopping = false;
    engine->running = true;
    engine->meter = (ohm_meter_watch){ .seen = false };
    for (uint16_t i = 0; i < engine->config.loads_count; i++)
        boot_load(engine, i, boot, same_boot);
    ohm_heat_start(engine->config.zones, engine->config.zones_count, engine->zones, engine->mono);
    engine->ran = true;

    ohm_engine_notice(engine, actions, OHM_NOTICE_STARTED, 0);
    if (!clock_set)
        ohm_engine_notice(engine, actions, OHM_NOTICE_CLOCK_UNSET, 0);
}

void ohm_engine_see_clock(ohm_engine *engine)
{
    if (!engine->clock_blind)
        return;
    engine->clock_blind = false;
    for (uint16_t i = 0; i < engine->config.loads_count; i++) {
        ohm_load_state *state = &engine->control.loads[i];
        if (!state->overridden || state->override_end_ms == OHM_NO_MS)
            continue;
        ohm_mono_ms asked = ohm_mono_after(engine->mono, state->override_end_ms - engine->utc_ms);
        if (asked.v < state->override_end_mono.v)
            state->override_end_mono = asked;
    }
    for (uint16_t i = 0; i < engine->config.zones_count; i++) {
        ohm_heat_state *zone = &engine->zones[i];
        if (!zone->overridden || zone->override_end_ms == OHM_NO_MS)
            continue;
        ohm_mono_ms asked = ohm_mono_after(engine->mono, zone->override_end_ms - engine->utc_ms);
        if (asked.v < zone->override_end_mono.v)
            zone->override_end_mono = asked;
    }
    for (uint16_t i = 0; i < engine->config.limits_count; i++) {
        ohm_limit_state *limit = &engine->control.limits[i];
        if (!limit->set || limit->end_ms == OHM_NO_MS)
            continue;
        ohm_mono_ms asked = ohm_mono_after(engine->mono, limit->end_ms - engine->utc_ms);
        if (asked.v < limit->end_mono.v)
            limit->end_mono = asked;
    }
}
