/* Until when a load is expected to be as it is: the end of what holds it, else of its cause. */
#include "control/shed.h"
#include "control/step.h"

static ohm_ms calendar_of(const ohm_control_now *now, ohm_mono_ms mono)
{
    return now->calendar ? now->utc_ms + ohm_mono_since(mono, now->mono) : OHM_NO_MS;
}

static ohm_ms earlier(ohm_ms a, ohm_ms b)
{
    if (a == OHM_NO_MS || b == OHM_NO_MS)
        return a == OHM_NO_MS ? b : a;
    return a < b ? a : b;
}

static ohm_ms until_of_cause(const ohm_step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    if (state->cause == OHM_CAUSE_MANUAL)
        return s->now->calendar ? calendar_of(s->now, state->override_end_mono)
                                : state->override_end_ms;
    if (state->cause == OHM_CAUSE_PLAN)
        return calendar_of(s->now, state->plan_end_mono);
    if (ohm_cause_is_limit(state->cause) && !state->fed)
        return calendar_of(s->now, ohm_shed_latest(&s->rules->loads[i], state));
    if (state->cause != OHM_CAUSE_ECOWATT)
        return OHM_NO_MS;
    ohm_ms until_ms = s->now->calendar ? s->now->until_ms[ohm_step_threshold(s, i)] : OHM_NO_MS;
    int64_t shed_max_ms = s->rules->loads[i].shed_max_ms;
    if (state->fed || shed_max_ms == 0)
        return until_ms;
    return earlier(until_ms,
                   calendar_of(s->now, ohm_mono_after(state->shed_start_mono, shed_max_ms)));
}

ohm_ms ohm_step_until(const ohm_step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    const ohm_load *load = &s->rules->loads[i];
    switch (state->hold) {
    case OHM_HOLD_ON_MIN:
        return calendar_of(s->now,
                           ohm_mono_after(state->changed_mono, ohm_load_least_ms(load, true)));
    case OHM_HOLD_OFF_MIN:
        return calendar_of(s->now,
                           ohm_mono_after(state->changed_mono, ohm_load_least_ms(load, false)));
    case OHM_HOLD_STAGGER:
        return calendar_of(s->now, s->all_back); /* at the latest */
    case OHM_HOLD_START:
        return calendar_of(s->now, s->now->start_end_mono);
    case OHM_HOLD_OUTPUT:
        return calendar_of(s->now, state->output_retry_mono);
    case OHM_HOLD_BUDGET:
        return earlier(until_of_cause(s, i),
                       calendar_of(s->now, ohm_mono_after(state->day_mono, OHM_LOAD_DAY_MS)));
    case OHM_HOLD_SHED_MAX:
        return earlier(until_of_cause(s, i), calendar_of(s->now, state->rest_end_mono));
    case OHM_HOLD_NONE:
    case OHM_HOLD_COMFORT:
    case OHM_HOLD_INTERLOCK:
    case OHM_HOLDS_COUNT:
        break;
    }
    return until_of_cause(s, i);
}
