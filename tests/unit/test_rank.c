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

enum { MANY = 2000 };

static double rising(int i)
{
    return i;
}

static double falling(int i)
{
    return MANY - i;
}

static double all_equal(int i)
{
    (void)i;
    return 4;
}

static double few_kinds(int i)
{
    return i * 7 % 3;
}

static double organ_pipe(int i)
{
    return i < MANY / 2 ? i : MANY - i;
}

static double without_bounds(int i)
{
    const double bound = (double)INFINITY;
    return i % 5 == 0 ? bound : i % 5 == 1 ? -bound : (double)((i * 37) % 101);
}

/* The orders in which a quick sort splits badly, and those in which its scans could run out. */
static void no_order_is_a_bad_case(void **state)
{
    (void)state;
    double (*const orders[])(int) = { rising,    falling,    all_equal,
                                      few_kinds, organ_pipe, without_bounds };
    static double of[MANY];
    for (size_t order = 0; order < sizeof orders / sizeof *orders; order++)
        for (int count = 1; count <= MANY; count += count < 70 ? 1 : 193) {
            int before = 0, after = 0;
            for (int i = 0; i < count; i++) {
                of[i] = orders[order](i);
                before += of[i] == orders[order](0);
            }
            double first = of[0];
            assert_int_equal(ohm_rank_sort(of, (size_t)count), count);
            for (int i = 0; i < count; i++) {
                assert_true(i == 0 || of[i - 1] <= of[i]);
                after += of[i] == first;
            }
            assert_int_equal(before, after); /* as often as before */
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
        cmocka_unit_test(no_order_is_a_bad_case),
        cmocka_unit_test(quantiles_lie_between_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
