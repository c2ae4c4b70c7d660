#include "control/arbiter.h"

#include <assert.h>

typedef enum want {
    WANT_FED,
    WANT_SHED,
    WANT_FAILSAFE, /* as the load's configuration says */
    WANT_ASKED,    /* as the person says */
    WANT_PLANNED,  /* as the plan says */
} want;

/* The order of the causes, a row for each fact in its order. The last row is for none. */
static const struct rank {
    unsigned fact;
    ohm_cause cause;
    want want;
} ranks[] = {
    { OHM_FACT_STOPPING, OHM_CAUSE_FAILSAFE, WANT_FAILSAFE },
    { OHM_FACT_BREAKER, OHM_CAUSE_BREAKER, WANT_SHED },
    { OHM_FACT_OUTPUT_FAILED, OHM_CAUSE_FAILSAFE, WANT_FAILSAFE },
    { OHM_FACT_INTERLOCK, OHM_CAUSE_INTERLOCK, WANT_SHED },
    { OHM_FACT_GRID, OHM_CAUSE_GRID, WANT_SHED },
    { OHM_FACT_OVERRIDDEN, OHM_CAUSE_MANUAL, WANT_ASKED },
    { OHM_FACT_FROST, OHM_CAUSE_FROST, WANT_FED },
    { OHM_FACT_CAP, OHM_CAUSE_CAP, WANT_SHED },
    { OHM_FACT_LIMITED, OHM_CAUSE_ECOWATT, WANT_SHED },
    { OHM_FACT_HOT, OHM_CAUSE_THERMOSTAT, WANT_SHED },
    { OHM_FACT_RULE_SHED, OHM_CAUSE_RULE, WANT_SHED },
    { OHM_FACT_RULE_FED, OHM_CAUSE_RULE, WANT_FED },
    { OHM_FACT_COLD, OHM_CAUSE_THERMOSTAT, WANT_FED },
    { OHM_FACT_PLANNED, OHM_CAUSE_PLAN, WANT_PLANNED },
    { OHM_FACT_REST, OHM_CAUSE_THERMOSTAT, WANT_SHED },
    { OHM_FACT_HEAT, OHM_CAUSE_THERMOSTAT, WANT_FED },
    { OHM_FACT_OWN, OHM_CAUSE_OWN, WANT_SHED },
    { 0, OHM_CAUSE_NORMAL, WANT_FED },
};

unsigned ohm_fact_of_warmth(ohm_warmth warmth)
{
    static const unsigned facts[OHM_WARMTHS_COUNT] = {
        [OHM_WARMTH_REST] = OHM_FACT_REST,   [OHM_WARMTH_HEAT] = OHM_FACT_HEAT,
        [OHM_WARMTH_COLD] = OHM_FACT_COLD,   [OHM_WARMTH_HOT] = OHM_FACT_HOT,
        [OHM_WARMTH_FROST] = OHM_FACT_FROST,
    };
    return facts[warmth];
}

ohm_wish ohm_arbitrate(unsigned facts, ohm_asked asked)
{
    assert((facts & ~(unsigned)OHM_FACTS_ALL) == 0);
    const struct rank *rank = &ranks[__builtin_ctz(facts | (OHM_FACTS_ALL + 1U))];
    assert((facts & rank->fact) == rank->fact);

    bool fed = rank->want == WANT_FED || (rank->want == WANT_FAILSAFE && asked.failsafe_fed) ||
               (rank->want == WANT_ASKED && asked.override_fed) ||
               (rank->want == WANT_PLANNED && asked.plan_fed);
    return (ohm_wish){ rank->cause, fed };
}
