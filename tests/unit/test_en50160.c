#include "analysis/en50160.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A week of 1000 values, so many of them off. */
static void limits_and_shares(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_en50160_kind kind;
        double good, off;
        int offs;
        ohm_en50160_verdict want;
    } rows[] = {
        { "all well", OHM_EN50160_U1, 230, 230, 0, OHM_EN50160_KEPT },
        { "a twentieth low is allowed", OHM_EN50160_U1, 230, 206, 50, OHM_EN50160_KEPT },
        { "more is not", OHM_EN50160_U2, 230, 206, 51, OHM_EN50160_BROKEN },
        { "no value below -15 %", OHM_EN50160_U3, 230, 195, 1, OHM_EN50160_BROKEN },
        { "no value above +10 %", OHM_EN50160_U3, 230, 253.1, 1, OHM_EN50160_BROKEN },
        { "the limit itself is within", OHM_EN50160_U3, 253, 207, 500, OHM_EN50160_KEPT },
        { "frequency: 0.5 % may be off", OHM_EN50160_FREQUENCY, 50, 50.6, 5, OHM_EN50160_KEPT },
        { "frequency: more may not", OHM_EN50160_FREQUENCY, 50, 49.4, 6, OHM_EN50160_BROKEN },
        { "frequency: never below 47", OHM_EN50160_FREQUENCY, 50, 46.9, 1, OHM_EN50160_BROKEN },
        { "unbalance", OHM_EN50160_UNBALANCE, 1.9, 2.1, 51, OHM_EN50160_BROKEN },
        { "THD up to 8 %", OHM_EN50160_THD, 8, 30, 50, OHM_EN50160_KEPT },
        { "harmonic 9 has little room", OHM_EN50160_H9, 1.4, 1.6, 60, OHM_EN50160_BROKEN },
        { "flicker", OHM_EN50160_PLT, 0.8, 1.2, 50, OHM_EN50160_KEPT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_en50160 week;
        ohm_en50160_init(&week, 230);
        for (int n = 0; n < 1000; n++)
            ohm_en50160_add(&week, rows[i].kind, n < rows[i].offs ? rows[i].off : rows[i].good);
        ohm_en50160_add(&week, rows[i].kind, NAN);
        const ohm_en50160_count *count = &week.of[rows[i].kind];
        assert_int_equal(count->values, 1000);
        if (ohm_en50160_judge(count, rows[i].kind) != rows[i].want ||
            ohm_en50160_judge_all(&week) != rows[i].want)
            fail_msg("%s: %u within", rows[i].why, count->within);
    }
}

static void nothing_measured_is_no_verdict(void **state)
{
    (void)state;
    ohm_en50160 week;
    ohm_en50160_init(&week, 230);
    assert_int_equal(ohm_en50160_judge_all(&week), OHM_EN50160_NOTHING);
    assert_true(isnan(ohm_en50160_share(&week.of[OHM_EN50160_U1])));
    ohm_en50160_add(&week, OHM_EN50160_U1, 229);
    assert_int_equal(ohm_en50160_judge_all(&week), OHM_EN50160_KEPT);
    assert_int_equal(ohm_en50160_judge(&week.of[OHM_EN50160_U2], OHM_EN50160_U2),
                     OHM_EN50160_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_and_shares),
        cmocka_unit_test(nothing_measured_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
