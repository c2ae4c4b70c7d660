/* What happens to loads between steps: starts, people, outputs, clocks. */
#include "control/control.h"
#include "control/setting.h"
#include "control/shed.h"

enum {
    OUTPUT_RETRY_MS = OHM_MINUTE_MS,
    OUTPUT_RETRY_DOUBLINGS_MAX = 6, /* one minute to about an hour */
};

static bool output_failed(const ohm_load_state *state, ohm_mono_ms now)
{
    return state->output_failures > 0 && ohm_mono_since(state->output_retry_mono, now) > 0;
}

static ohm_ms calendar_of(const ohm_control_now *now, ohm_mono_ms mono)
{
    return now->calendar ? now->utc_ms + ohm_mono_since(mono, now->mono) : OHM_NO_MS;
}

void ohm_control_init(ohm_load_state *state)
{
    *state = (ohm_load_state){
        .level = OHM_LEVEL_NONE,
        .since_ms = OHM_NO_MS,
        .until_ms = OHM_NO_MS,
        .override_end_ms = OHM_NO_MS,
        .pressure = { .limit = OHM_LIMIT_NONE },
        .said = { .limit = OHM_LIMIT_NONE },
        .rule = OHM_RULE_NONE,
        .said_rule = OHM_RULE_NONE,
    };
}

void ohm_control_boot(ohm_load_state *state, bool fed, int64_t settled_ms,
                      const ohm_control_now *now)
{
    assert(settled_ms >= 0);
    if (fed != state->fed) { /* it moved while nobody looked: no shed went on */
        state->shedding = false;
        state->exhausted = false;
        state->limited = false;
    }
    state->fed = fed;
    state->changed_mono = (ohm_mono_ms){ now->mono.v - settled_ms };
    state->since_ms = now->calendar ? now->utc_ms - settled_ms : OHM_NO_MS;
    state->restate = true;
}

void ohm_control_override(ohm_load_state *state, bool fed, ohm_mono_ms end_mono, ohm_ms end_ms)
{
    /* Who asks anew for what refused to come on has it tried once more. */
    bool anew = fed && !(state->overridden && state->override_fed);
    if (anew && !state->fed && state->output_failures >= OHM_LOAD_BROKEN)
        state->output_failures = OHM_LOAD_BROKEN - 1;
    state->overridden = true;
    state->override_fed = fed;
    state->override_end_mono = end_mono;
    state->override_end_ms = end_ms;
    state->override_exact = false;
    state->override_setting = 0;
}

void ohm_control_override_set(ohm_load_state *state, const ohm_load *load, int32_t setting,
                              ohm_mono_ms end_mono, ohm_ms end_ms)
{
    ohm_control_override(state, ohm_setting_feeds(load, setting), end_mono, end_ms);
    state->override_exact = true;
    state->override_setting = setting;
}

void ohm_control_override_clear(ohm_load_state *state)
{
    state->overridden = false;
    state->override_fed = state->override_exact = false;
    state->override_setting = 0;
    state->override_end_mono = (ohm_mono_ms){ 0 };
    state->override_end_ms = OHM_NO_MS;
}

void ohm_control_plan(ohm_load_state *state, bool fed, ohm_mono_ms end_mono, ohm_plan_reason reason)
{
    state->planned = true;
    state->plan_fed = fed;
    state->plan_end_mono = end_mono;
    state->plan = reason;
    state->plan_exact = false;
    state->plan_setting = 0;
}

void ohm_control_plan_set(ohm_load_state *state, const ohm_load *load, int32_t setting,
                          ohm_mono_ms end_mono, ohm_plan_reason reason)
{
    ohm_control_plan(state, ohm_setting_feeds(load, setting), end_mono, reason);
    state->plan_exact = true;
    state->plan_setting = setting;
}

void ohm_control_plan_clear(ohm_load_state *state)
{
    state->planned = state->plan_fed = state->plan_exact = false;
    state->plan_setting = 0;
    state->plan_end_mono = (ohm_mono_ms){ 0 };
    state->plan = (ohm_plan_reason){ .why = OHM_PLAN_WHY_NONE };
}

void ohm_control_clock(ohm_load_state *state, ohm_mono_ms run_start, const ohm_control_now *now)
{
    if (!now->calendar)
        return;
    if (state->overridden)
        state->override_end_ms = calendar_of(now, state->override_end_mono);
    /* How long ago an earlier run's switching is, its own clock knew better. */
    if (ohm_mono_since(state->changed_mono, run_start) >= 0)
        state->since_ms = calendar_of(now, state->changed_mono);
}

bool ohm_control_override_expire(ohm_load_state *state, ohm_mono_ms now)
{
    if (!state->overridden || ohm_mono_since(state->override_end_mono, now) > 0)
        return false;
    ohm_control_override_clear(state);
    return true;
}

bool ohm_control_may_be_fed(const ohm_load_state *state, const ohm_control_now *now)
{
    bool off = state->output == OHM_OUTPUT_FAILED && state->failed_fed; /* it refused to come on */
    bool ordered = ohm_mono_since(state->changed_mono, now->start_mono) > 0 &&
                   ohm_mono_since(now->mono, state->changed_mono) < OHM_INTERLOCK_CONFIRM_MS;
    return state->fed || (ordered && state->output != OHM_OUTPUT_OK && !off);
}

static void fail_output(ohm_load_state *state, bool fed, int32_t setting,
                        const ohm_control_now *now)
{
    /* A board that says so every second does not push its next attempt away for ever. */
    if (!output_failed(state, now->mono)) {
        int doublings = state->output_failures;
        if (doublings > OUTPUT_RETRY_DOUBLINGS_MAX)
            doublings = OUTPUT_RETRY_DOUBLINGS_MAX;
        state->output_retry_mono = ohm_mono_after(now->mono, (int64_t)OUTPUT_RETRY_MS << doublings);
        if (state->output_failures < UINT16_MAX)
            state->output_failures++;
    }
    if (state->output != OHM_OUTPUT_FAILED || state->fed != fed)
        state->failed_fed = state->fed;
    state->restate = state->restate || state->setting != setting;
    state->setting = setting;
    if (state->fed != fed) {
        state->shedding = false;
        state->exhausted = false;
        /* What a limit kept off, and does not come on, has been off since it went off, and that its
         * longest is over is said again: the journal has it fed since. It may have moved and come
         * back: minimum times count from now. */
        state->overdue = false;
        state->fed = fed;
        state->changed_mono = now->mono;
        state->since_ms = now->calendar ? now->utc_ms : OHM_NO_MS;
        state->restate = true;
    }
}

bool ohm_control_output(ohm_load_state *state, ohm_output_state output, bool fed,
                        const ohm_control_now *now)
{
    return ohm_control_output_at(state, output, fed, state->setting, now);
}

bool ohm_control_output_at(ohm_load_state *state, ohm_output_state output, bool fed,
                           int32_t setting, const ohm_control_now *now)
{
    ohm_output_state before = state->output;
    if (output == OHM_OUTPUT_FAILED) {
        fail_output(state, fed, setting, now);
        state->output = OHM_OUTPUT_FAILED;
        return before != OHM_OUTPUT_FAILED;
    }
    /* Confirming an older order proves nothing about the last one. */
    if (output != OHM_OUTPUT_OK || fed != state->fed || setting != state->setting) {
        if (before != OHM_OUTPUT_FAILED)
            state->output = OHM_OUTPUT_UNKNOWN;
        return false;
    }
    /* That it is where nobody doubted it would be proves nothing about what it refused. */
    if (before == OHM_OUTPUT_FAILED && state->failed_fed != fed)
        return false;
    state->output = OHM_OUTPUT_OK;
    state->output_failures = 0;
    return before == OHM_OUTPUT_FAILED;
}

void ohm_control_rebase(ohm_control *control, uint16_t count, int64_t shift_ms)
{
    control->restored_mono.v += shift_ms;
    if (control->counted_mono.v != 0)
        control->counted_mono.v += shift_ms;
    ohm_shed_rebase(control, shift_ms);
    for (uint16_t i = 0; i < count; i++) {
        ohm_load_state *state = &control->loads[i];
        state->changed_mono.v += shift_ms;
        state->override_end_mono.v += shift_ms;
        state->plan_end_mono.v += shift_ms;
        state->output_retry_mono.v += shift_ms;
        state->shed_start_mono.v += shift_ms;
        state->shed_end_mono.v += shift_ms;
        state->rest_end_mono.v += shift_ms;
        state->limited_mono.v += shift_ms;
        state->room_mono.v += shift_ms;
        state->reason_mono.v += shift_ms;
        state->day_mono.v += shift_ms;
        state->felt_mono.v += shift_ms;
        state->moved_mono.v += shift_ms;
        state->rise_mono.v += shift_ms;
        state->raised_mono.v += shift_ms;
        state->sun_mono.v += shift_ms;
    }
}
