#include "analysis/balance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_is_used_at_once(void **state)
{
    (void)state;
    ohm_solar_balance sum = { 0 };
    assert_true(isnan(ohm_solar_self_consumption(&sum)) && isnan(ohm_solar_self_sufficiency(&sum)));
    static const double steps[][2] = { { 2, 0 },   { 2, 1 },   { 2, 5 },    { 1, 2 },
                                       { NAN, 9 }, { 9, NAN }, { 3, -0.01 } };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        ohm_solar_add(&sum, steps[i][0], steps[i][1]);
    assert_int_equal(sum.steps, 5);
    assert_true(fabs(ohm_solar_self_consumption(&sum) - 4.0 / 8) < 1e-12);
    assert_true(fabs(ohm_solar_self_sufficiency(&sum) - 4.0 / 10) < 1e-12);
}

/* Two halves of a day say what the day says. */
static void sums_are_the_same_in_any_parts(void **state)
{
    (void)state;
    ohm_solar_balance all = { 0 }, parts[2] = { { 0 } };
    for (int i = 0; i < 96; i++) {
        double load = 1 + i % 7, solar = fmax(0, 10 - (i - 48) * (i - 48) / 20.0);
        ohm_solar_add(&all, load, solar);
        ohm_solar_add(&parts[i % 3 == 0], load, solar);
    }
    assert_true(fabs(all.both - parts[0].both - parts[1].both) < 1e-9);
    assert_true(fabs(all.solar - parts[0].solar - parts[1].solar) < 1e-9);
    assert_int_equal(all.steps, parts[0].steps + parts[1].steps);
}

static void what_parts_leave_over(void **state)
{
    (void)state;
    ohm_remainder sum = { 0 };
    ohm_remainder_add(&sum, 100, 60);
    ohm_remainder_add(&sum, 100, 100.9); /* within what meters err */
    ohm_remainder_add(&sum, 100, 102);
    ohm_remainder_add(&sum, NAN, 5);
    ohm_remainder_add(&sum, 100, NAN);
    assert_int_equal(sum.steps, 3);
    assert_int_equal(sum.negative, 1);
    assert_true(fabs(sum.rest - 37.1) < 1e-9 && sum.whole == 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_used_at_once),
        cmocka_unit_test(sums_are_the_same_in_any_parts),
        cmocka_unit_test(what_parts_leave_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
