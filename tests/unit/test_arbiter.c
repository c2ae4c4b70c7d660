#include "control/arbiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    STOP = OHM_FACT_STOPPING,
    TRIP = OHM_FACT_BREAKER,
    FAIL = OHM_FACT_OUTPUT_FAILED,
    LOCK = OHM_FACT_INTERLOCK,
    GRID = OHM_FACT_GRID,
    HAND = OHM_FACT_OVERRIDDEN,
    CAP = OHM_FACT_CAP,
    WATT = OHM_FACT_LIMITED,
    PLAN = OHM_FACT_PLANNED,
    ON = OHM_FACT_RULE_FED,
    OFF = OHM_FACT_RULE_SHED,
    RULE = ON | OFF,
    FROST = OHM_FACT_FROST,
    HOT = OHM_FACT_HOT,
    COLD = OHM_FACT_COLD,
    REST = OHM_FACT_REST,
    HEAT = OHM_FACT_HEAT,
    OWN = OHM_FACT_OWN,
    ROOM = REST | HEAT | OWN,              /* what the thermostat asks, or a battery alone */
    ASKS = COLD | PLAN | ROOM,             /* below the rules */
    HOME = CAP | WATT | HOT | RULE | ASKS, /* below a person and the frost floor */
};

/* The whole decision table. A row stands for every combination of the facts in `any` with the
 * fact that decides: whatever is below it in the order can't change the outcome. Together the
 * rows are all 131072 combinations, each exactly once. */
static void the_first_rank_wins(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned fact, any;
        ohm_cause cause;
        bool fed; /* where nobody else says which */
    } rows[] = {
        { "the end of the process", STOP, TRIP | FAIL | LOCK | GRID | HAND | FROST | HOME,
          OHM_CAUSE_FAILSAFE, false },
        { "a breaker", TRIP, FAIL | LOCK | GRID | HAND | FROST | HOME, OHM_CAUSE_BREAKER, false },
        { "a failed output", FAIL, LOCK | GRID | HAND | FROST | HOME, OHM_CAUSE_FAILSAFE, false },
        { "an interlock", LOCK, GRID | HAND | FROST | HOME, OHM_CAUSE_INTERLOCK, false },
        { "an order of the grid's operator", GRID, HAND | FROST | HOME, OHM_CAUSE_GRID, false },
        { "a person", HAND, FROST | HOME, OHM_CAUSE_MANUAL, false },
        { "a zone's frost floor", FROST, HOME, OHM_CAUSE_FROST, true },
        { "the household's own limit", CAP, WATT | HOT | RULE | ASKS, OHM_CAUSE_CAP, false },
        { "Ecowatt", WATT, HOT | RULE | ASKS, OHM_CAUSE_ECOWATT, false },
        { "a zone too warm for rules and plans", HOT, RULE | ASKS, OHM_CAUSE_THERMOSTAT, false },
        { "a rule, off", OFF, ON | ASKS, OHM_CAUSE_RULE, false },
        { "a rule, on", ON, ASKS, OHM_CAUSE_RULE, true },
        { "a zone too cold for a plan", COLD, PLAN | ROOM, OHM_CAUSE_THERMOSTAT, true },
        { "the plan", PLAN, ROOM, OHM_CAUSE_PLAN, false },
        { "the thermostat, warm enough", REST, HEAT | OWN, OHM_CAUSE_THERMOSTAT, false },
        { "the thermostat, to be heated", HEAT, OWN, OHM_CAUSE_THERMOSTAT, true },
        { "a battery that nobody asks anything of", OWN, 0, OHM_CAUSE_OWN, false },
        { "nothing asks", 0, 0, OHM_CAUSE_NORMAL, true },
    };
    static bool seen[OHM_FACTS_ALL + 1];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* Every subset of `any`, the empty one last. */
        for (unsigned more = rows[i].any;; more = (more - 1) & rows[i].any) {
            unsigned facts = rows[i].fact | more;
            assert_false(seen[facts]);
            seen[facts] = true;
            for (unsigned asks = 0; asks < 8; asks++) {
                bool failsafe_fed = asks & 1, override_fed = asks & 2, plan_fed = asks & 4;
                const bool said[OHM_CAUSES_COUNT] = {
                    [OHM_CAUSE_MANUAL] = override_fed,
                    [OHM_CAUSE_FAILSAFE] = failsafe_fed,
                    [OHM_CAUSE_PLAN] = plan_fed,
                };
                ohm_wish got =
                    ohm_arbitrate(facts, (ohm_asked){ failsafe_fed, override_fed, plan_fed });
                if (got.cause != rows[i].cause || got.fed != (rows[i].fed || said[rows[i].cause]))
                    fail_msg("%s, facts %x: cause %d fed %d", rows[i].why, facts, got.cause,
                             got.fed);
            }
            if (more == 0)
                break;
        }
    }
    for (unsigned facts = 0; facts <= OHM_FACTS_ALL; facts++)
        assert_true(seen[facts]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rank_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
