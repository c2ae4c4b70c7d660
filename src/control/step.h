/* One step of control at work, for the files that make it: control.c, interlock.c, until.c. */
#ifndef OHM_CONTROL_STEP_H
#define OHM_CONTROL_STEP_H

#include "control/control.h"
#include "control/invariant.h"

/* What a step makes of one load before anything moves. */
typedef struct ohm_step_plan {
    ohm_cause cause;
    ohm_cause asks;  /* the same, or what wins without the signal that it is spared */
    bool fed;        /* wanted */
    ohm_hold spared; /* a signal asks for a shed, and this forbids it; NONE */
    ohm_hold hold;   /* why it can't be so now */
} ohm_step_plan;

/* What it is told, what it changes, and its plans. */
typedef struct ohm_step {
    const ohm_control_rules *rules;
    ohm_control *control;
    const ohm_control_now *now;
    ohm_mono_ms all_back; /* when the last load that waits its turn will be back */
    ohm_step_plan plans[OHM_LOADS_MAX];
} ohm_step;

static inline bool ohm_cause_is_limit(ohm_cause cause)
{
    return cause == OHM_CAUSE_BREAKER || cause == OHM_CAUSE_GRID || cause == OHM_CAUSE_CAP;
}

static inline int32_t ohm_step_threshold(const ohm_step *s, uint16_t i)
{
    int32_t own = s->rules->loads[i].ecowatt_threshold;
    int32_t threshold = own ? own : s->rules->ecowatt_threshold;
    OHM_INVARIANT("levels 0 and 1 never shed", threshold >= OHM_LEVEL_SHED_MIN);
    return threshold;
}

/* It refused, and its next attempt is not due. */
static inline bool ohm_step_output_failed(const ohm_load_state *state, ohm_mono_ms now)
{
    return state->output_failures > 0 && ohm_mono_since(state->output_retry_mono, now) > 0;
}

/* So long ago it was switched. */
static inline bool ohm_step_lasted(const ohm_load_state *state, int64_t min_ms, ohm_mono_ms now)
{
    return ohm_mono_since(now, state->changed_mono) >= min_ms;
}

/* Off for as long as it has to be, before it may come on. */
static inline bool ohm_step_has_been_off(const ohm_load *load, const ohm_load_state *state,
                                         ohm_mono_ms now)
{
    return ohm_step_lasted(state, ohm_load_least_ms(load, false), now);
}

/* until.c: OHM_NO_MS if that is not known. */
ohm_ms ohm_step_until(const ohm_step *s, uint16_t load);

#endif
