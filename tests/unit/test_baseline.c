#include "analysis/baseline.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MONTHS = 24 };

static void fill(ohm_baseline_month of[MONTHS], double noise_kwh)
{
    for (int i = 0; i < MONTHS; i++) {
        double degrees = 8 + 7 * cos(i * 3.14159265358979 / 6);
        of[i] =
            (ohm_baseline_month){ 10 + 2 * degrees + (i % 2 ? noise_kwh : -noise_kwh), degrees };
    }
}

static void a_line_is_found_and_extended(void **state)
{
    (void)state;
    ohm_baseline_month of[MONTHS];
    ohm_baseline got;
    fill(of, 0);
    ohm_baseline_fit(of, MONTHS, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_GOOD);
    assert_true(fabs(got.kwh_per_day - 10) < 1e-9 && fabs(got.kwh_per_degree_day - 2) < 1e-9);
    assert_true(fabs(got.r2 - 1) < 1e-12 && got.cv_rmse_pct < 1e-6);
    assert_true(fabs(ohm_baseline_expected(&got, 20) - 50) < 1e-9);
}

static void what_explains_too_little_normalises_nothing(void **state)
{
    (void)state;
    ohm_baseline_month of[MONTHS];
    ohm_baseline got;
    fill(of, 8);
    ohm_baseline_fit(of, MONTHS, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_LOOSE);
    assert_true(got.r2 > 0.3 && got.r2 < 0.75);
    assert_true(isnan(ohm_baseline_expected(&got, 10)));
}

static void too_little_is_named(void **state)
{
    (void)state;
    ohm_baseline_month of[MONTHS];
    ohm_baseline got;
    fill(of, 0);
    ohm_baseline_fit(of, 11, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_TOO_SHORT);
    assert_true(isfinite(got.r2) && isnan(ohm_baseline_expected(&got, 10)));
    ohm_baseline_fit(of, 2, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_TOO_SHORT);
    assert_true(isnan(got.r2) && isnan(got.kwh_per_day));
    for (int i = 0; i < MONTHS; i++)
        of[i].degree_days_per_day = 0;
    ohm_baseline_fit(of, MONTHS, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_NO_SPREAD);
    fill(of, 0);
    for (int i = 0; i < MONTHS; i++)
        of[i].kwh_per_day = 12;
    ohm_baseline_fit(of, MONTHS, &got);
    assert_int_equal(got.verdict, OHM_BASELINE_NO_SPREAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_found_and_extended),
        cmocka_unit_test(what_explains_too_little_normalises_nothing),
        cmocka_unit_test(too_little_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
