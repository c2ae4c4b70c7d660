#include "control/arbiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    STOP = OHM_FACT_STOPPING,
    FAIL = OHM_FACT_OUTPUT_FAILED,
    HAND = OHM_FACT_OVERRIDDEN,
    GRID = OHM_FACT_LIMITED,
};

/* The whole decision table: every combination of facts, with what must win. */
static void the_first_rank_wins(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned facts;
        ohm_cause cause;
    } rows[] = {
        { "nothing asks", 0, OHM_CAUSE_NORMAL },
        { "the grid asks", GRID, OHM_CAUSE_ECOWATT },
        { "a person asks", HAND, OHM_CAUSE_MANUAL },
        { "a person before the grid", HAND | GRID, OHM_CAUSE_MANUAL },
        { "a failed output", FAIL, OHM_CAUSE_FAILSAFE },
        { "a failed output before the grid", FAIL | GRID, OHM_CAUSE_FAILSAFE },
        { "a failed output before a person", FAIL | HAND, OHM_CAUSE_FAILSAFE },
        { "a failed output before both", FAIL | HAND | GRID, OHM_CAUSE_FAILSAFE },
        { "stopping", STOP, OHM_CAUSE_FAILSAFE },
        { "stopping before the grid", STOP | GRID, OHM_CAUSE_FAILSAFE },
        { "stopping before a person", STOP | HAND, OHM_CAUSE_FAILSAFE },
        { "stopping before both", STOP | HAND | GRID, OHM_CAUSE_FAILSAFE },
        { "stopping with a failed output", STOP | FAIL, OHM_CAUSE_FAILSAFE },
        { "and the grid", STOP | FAIL | GRID, OHM_CAUSE_FAILSAFE },
        { "and a person", STOP | FAIL | HAND, OHM_CAUSE_FAILSAFE },
        { "everything at once", STOP | FAIL | HAND | GRID, OHM_CAUSE_FAILSAFE },
    };
    assert_int_equal(sizeof rows / sizeof *rows, OHM_FACTS_ALL + 1);
    unsigned seen = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        seen |= 1U << rows[i].facts;
        for (unsigned asks = 0; asks < 4; asks++) {
            bool failsafe_fed = asks & 1, override_fed = asks & 2;
            const bool fed[OHM_CAUSES_COUNT] = {
                [OHM_CAUSE_NORMAL] = true,
                [OHM_CAUSE_ECOWATT] = false,
                [OHM_CAUSE_MANUAL] = override_fed,
                [OHM_CAUSE_FAILSAFE] = failsafe_fed,
            };
            ohm_wish got = ohm_arbitrate(rows[i].facts, failsafe_fed, override_fed);
            if (got.cause != rows[i].cause || got.fed != fed[rows[i].cause])
                fail_msg("%s: cause %d fed %d", rows[i].why, got.cause, got.fed);
        }
    }
    assert_int_equal(seen, 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rank_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
