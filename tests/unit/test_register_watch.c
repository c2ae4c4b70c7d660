#include "meter/register_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOON = 1000000 };

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t last, value;
        int64_t later_ms;
        bool other_meter, none;
        ohm_register_verdict want;
    } rows[] = {
        { "the first of all", 0, 12345678, 0, false, true, OHM_REGISTER_FIRST },
        { "it counts", 12345678, 12345679, 900, false, false, OHM_REGISTER_NEXT },
        { "nothing was drawn", 12345678, 12345678, 900, false, false, OHM_REGISTER_NEXT },
        { "after a gap of a year", 12345678, 22345678, 31536000000, false, false,
          OHM_REGISTER_NEXT },
        { "a value of before", 12345678, 12345670, -900, false, false, OHM_REGISTER_OLD },
        { "in whole kWh from another list", 12345678, 12345000, 900, false, false,
          OHM_REGISTER_COARSER },
        { "a whole kWh more is less", 12345678, 12344000, 900, false, false,
          OHM_REGISTER_CORRECTED },
        { "a Wh less", 12345678, 12345677, 900, false, false, OHM_REGISTER_CORRECTED },
        { "six digits of kWh", 999999800, 300, 60000, false, false, OHM_REGISTER_ROLLED },
        { "five digits of kWh, over a week end", 99990000, 40000, 200000000, false, false,
          OHM_REGISTER_ROLLED },
        { "to zero itself", 99999999, 0, 900, false, false, OHM_REGISTER_ROLLED },
        { "32 bits of Wh", 4294967000, 200, 900, false, false, OHM_REGISTER_ROLLED },
        { "31 bits of 10 Wh", 21474836000, 500, 900, false, false, OHM_REGISTER_ROLLED },
        { "a new meter", 52345678, 12, 86400000, false, false, OHM_REGISTER_REPLACED },
        { "a new meter that stood on a shelf", 52345678, 1234567, 900, false, false,
          OHM_REGISTER_REPLACED },
        { "another number of the meter, though it shows more", 12345678, 22345678, 900, true, false,
          OHM_REGISTER_REPLACED },
        { "half of what it was", 52345678, 26345679, 900, false, false, OHM_REGISTER_CORRECTED },
        { "below zero", 12345678, -5, 900, false, false, OHM_REGISTER_CORRECTED },
        { "close to its end, and back", 99990000, 99980001, 900, false, false,
          OHM_REGISTER_CORRECTED },
        { "the largest there is", INT64_MAX, 1, 900, false, false, OHM_REGISTER_REPLACED },
        { "the smallest there is", INT64_MIN, INT64_MAX, 900, false, false, OHM_REGISTER_NEXT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_register_memory last = { rows[i].last, rows[i].none ? OHM_NO_MS : NOON };
        ohm_register_verdict got = ohm_register_judge(&last, OHM_Q_ENERGY_IMPORT, rows[i].value,
                                                      NOON + rows[i].later_ms, rows[i].other_meter);
        if (got != rows[i].want)
            fail_msg("%s: %d", rows[i].why, got);
    }
}

/* Wherever a register stands and wherever it goes, a step down is never called a step on. */
static void never_down_silently(void **state)
{
    (void)state;
    for (int64_t from = 1; from < INT64_MAX / 7; from *= 7)
        for (int64_t to = from - 1; to > 0; to /= 3) {
            const ohm_register_memory last = { from, NOON };
            ohm_register_verdict got =
                ohm_register_judge(&last, OHM_Q_ENERGY_EXPORT, to, NOON + 1, false);
            assert_true(got == OHM_REGISTER_COARSER || got == OHM_REGISTER_ROLLED ||
                        got == OHM_REGISTER_REPLACED || got == OHM_REGISTER_CORRECTED);
            if (got == OHM_REGISTER_COARSER)
                assert_true(from - to < 1000 && to % 1000 == 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(never_down_silently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
