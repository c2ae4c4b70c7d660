#include "analysis/rank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void missing_values_are_left_out_and_the_rest_is_in_order(void **state)
{
    (void)state;
    double of[] = { 3, NAN, -1, 7, 7, NAN, 0, 2.5 };
    assert_int_equal(ohm_rank_sort(of, 8), 6);
    const double want[] = { -1, 0, 2.5, 3, 7, 7 };
    for (int i = 0; i < 6; i++)
        assert_true(of[i] == want[i]);
    assert_int_equal(ohm_rank_sort(of, 0), 0);
}

static void any_order_becomes_one(void **state)
{
    (void)state;
    double of[101];
    for (unsigned round = 1; round < 40; round++) {
        unsigned seed = round;
        for (int i = 0; i < 101; i++) {
            seed = seed * 1664525u + 1013904223u;
            of[i] = (double)(seed >> 24) - 100;
        }
        assert_int_equal(ohm_rank_sort(of, 101), 101);
        for (int i = 1; i < 101; i++)
            assert_true(of[i - 1] <= of[i]);
    }
}

static void quantiles_lie_between_neighbours(void **state)
{
    (void)state;
    static const double of[] = { 1, 2, 4, 8 };
    static const struct {
        const char *why;
        double share, want;
    } rows[] = {
        { "the least", 0, 1 },
        { "the greatest", 1, 8 },
        { "the median of four", 0.5, 3 },
        { "between by straight line", 0.25, 1.75 },
        { "95 %", 0.95, 7.4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(fabs(ohm_rank_quantile(of, 4, rows[i].share) - rows[i].want) < 1e-12);
    assert_true(isnan(ohm_rank_quantile(of, 0, 0.5)));
    assert_true(isnan(ohm_rank_quantile(of, 4, 1.5)));
    assert_true(isnan(ohm_rank_quantile(of, 4, NAN)));
    assert_true(ohm_rank_quantile(of, 1, 0.7) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_values_are_left_out_and_the_rest_is_in_order),
        cmocka_unit_test(any_order_becomes_one),
        cmocka_unit_test(quantiles_lie_between_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
