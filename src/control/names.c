#include <assert.h>
#include <stddef.h>

#include "control/load.h"

const char *ohm_cause_name(ohm_cause cause)
{
    static const char *const names[OHM_CAUSES_COUNT] = {
        [OHM_CAUSE_NORMAL] = "normal",
        [OHM_CAUSE_ECOWATT] = "ecowatt",
        [OHM_CAUSE_MANUAL] = "manual",
        [OHM_CAUSE_FAILSAFE] = "failsafe",
        [OHM_CAUSE_BREAKER] = "breaker",
        [OHM_CAUSE_GRID] = "grid",
        [OHM_CAUSE_CAP] = "cap",
        [OHM_CAUSE_INTERLOCK] = "interlock",
        [OHM_CAUSE_PLAN] = "plan",
        [OHM_CAUSE_RULE] = "rule",
        [OHM_CAUSE_THERMOSTAT] = "thermostat",
        [OHM_CAUSE_FROST] = "frost",
        [OHM_CAUSE_OWN] = "own",
    };
    assert(cause < OHM_CAUSES_COUNT);
    return names[cause];
}

const char *ohm_hold_name(ohm_hold hold)
{
    static const char *const names[OHM_HOLDS_COUNT] = {
        [OHM_HOLD_NONE] = NULL,         [OHM_HOLD_ON_MIN] = "min_on",
        [OHM_HOLD_OFF_MIN] = "min_off", [OHM_HOLD_SHED_MAX] = "shed_max",
        [OHM_HOLD_STAGGER] = "stagger", [OHM_HOLD_START] = "start",
        [OHM_HOLD_OUTPUT] = "output",   [OHM_HOLD_INTERLOCK] = "interlock",
        [OHM_HOLD_BUDGET] = "budget",   [OHM_HOLD_COMFORT] = "comfort",
    };
    assert(hold < OHM_HOLDS_COUNT);
    return names[hold];
}

const char *ohm_plan_why_name(ohm_plan_why why)
{
    static const char *const names[OHM_PLAN_WHYS_COUNT] = {
        [OHM_PLAN_WHY_NONE] = NULL,       [OHM_PLAN_WHY_CHEAP] = "cheap",
        [OHM_PLAN_WHY_SUN] = "sun",       [OHM_PLAN_WHY_NEED] = "need",
        [OHM_PLAN_WHY_LATER] = "later",   [OHM_PLAN_WHY_ENOUGH] = "enough",
        [OHM_PLAN_WHY_ROOM] = "room",     [OHM_PLAN_WHY_RED] = "red",
        [OHM_PLAN_WHY_AHEAD] = "ahead",   [OHM_PLAN_WHY_HELD] = "held",
        [OHM_PLAN_WHY_WEIGHT] = "weight", [OHM_PLAN_WHY_HYGIENE] = "hygiene",
        [OHM_PLAN_WHY_DEAR] = "dear",     [OHM_PLAN_WHY_SAVE] = "save",
        [OHM_PLAN_WHY_UNDER] = "under",   [OHM_PLAN_WHY_RESERVE] = "reserve",
        [OHM_PLAN_WHY_MARGIN] = "margin", [OHM_PLAN_WHY_INTERLOCK] = "interlock",
        [OHM_PLAN_WHY_HAND] = "hand",     [OHM_PLAN_WHY_RULE] = "rule",
    };
    assert(why < OHM_PLAN_WHYS_COUNT);
    return names[why];
}

const char *ohm_output_name(ohm_output_state state)
{
    static const char *const names[OHM_OUTPUTS_COUNT] = {
        [OHM_OUTPUT_UNKNOWN] = "unknown",
        [OHM_OUTPUT_OK] = "ok",
        [OHM_OUTPUT_FAILED] = "failed",
    };
    assert(state < OHM_OUTPUTS_COUNT);
    return names[state];
}
