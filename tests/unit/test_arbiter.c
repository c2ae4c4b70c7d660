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
};

/* The whole decision table. A row stands for every combination of the facts in `any` with the
 * fact that decides: whatever is below it in the order can't change the outcome. Together the
 * rows are all 2048 combinations, each exactly once. */
static void the_first_rank_wins(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned fact, any;
        ohm_cause cause;
    } rows[] = {
        { "the end of the process", STOP,
          TRIP | FAIL | LOCK | GRID | HAND | CAP | WATT | RULE | PLAN, OHM_CAUSE_FAILSAFE },
        { "a breaker", TRIP, FAIL | LOCK | GRID | HAND | CAP | WATT | RULE | PLAN,
          OHM_CAUSE_BREAKER },
        { "a failed output", FAIL, LOCK | GRID | HAND | CAP | WATT | RULE | PLAN,
          OHM_CAUSE_FAILSAFE },
        { "an interlock", LOCK, GRID | HAND | CAP | WATT | RULE | PLAN, OHM_CAUSE_INTERLOCK },
        { "an order of the grid's operator", GRID, HAND | CAP | WATT | RULE | PLAN,
          OHM_CAUSE_GRID },
        { "a person", HAND, CAP | WATT | RULE | PLAN, OHM_CAUSE_MANUAL },
        { "the household's own limit", CAP, WATT | RULE | PLAN, OHM_CAUSE_CAP },
        { "Ecowatt", WATT, RULE | PLAN, OHM_CAUSE_ECOWATT },
        { "a rule, off", OFF, ON | PLAN, OHM_CAUSE_RULE },
        { "a rule, on", ON, PLAN, OHM_CAUSE_RULE },
        { "the plan", PLAN, 0, OHM_CAUSE_PLAN },
        { "nothing asks", 0, 0, OHM_CAUSE_NORMAL },
    };
    bool seen[OHM_FACTS_ALL + 1] = { false };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* Every subset of `any`, the empty one last. */
        for (unsigned more = rows[i].any;; more = (more - 1) & rows[i].any) {
            unsigned facts = rows[i].fact | more;
            assert_false(seen[facts]);
            seen[facts] = true;
            for (unsigned asks = 0; asks < 8; asks++) {
                bool failsafe_fed = asks & 1, override_fed = asks & 2, plan_fed = asks & 4;
                const bool fed[OHM_CAUSES_COUNT] = {
                    [OHM_CAUSE_NORMAL] = true,           [OHM_CAUSE_MANUAL] = override_fed,
                    [OHM_CAUSE_FAILSAFE] = failsafe_fed, [OHM_CAUSE_PLAN] = plan_fed,
                    [OHM_CAUSE_RULE] = !(facts & OFF),
                };
                ohm_wish got =
                    ohm_arbitrate(facts, (ohm_asked){ failsafe_fed, override_fed, plan_fed });
                if (got.cause != rows[i].cause || got.fed != fed[rows[i].cause])
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
