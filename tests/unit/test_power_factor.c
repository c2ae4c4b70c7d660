#include "analysis/power_factor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool same(double got, double want)
{
    return isnan(want) ? isnan(got) : fabs(got - want) < 1e-9;
}

static void factors_by_quadrant(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double p, q, s;
        int quadrant;
        double factor, displacement;
    } rows[] = {
        { "draws, lagging", 300, 400, 500, 1, 0.6, 0.6 },
        { "draws, leading", 300, -400, 500, 4, 0.6, 0.6 },
        { "distorted: S above what P and Q make", 300, 400, 600, 1, 0.5, 0.6 },
        { "no S measured: of P and Q", 300, 400, NAN, 1, 0.6, 0.6 },
        { "no Q measured: no quadrant, no cosine", 300, NAN, 500, 0, 0.6, NAN },
        { "gives, lagging: not defined", -300, 400, 500, 2, NAN, NAN },
        { "gives, leading", -300, -400, 500, 3, NAN, NAN },
        { "hardly anything flows", 3, 4, 5, 1, NAN, NAN },
        { "nothing flows", 0, 0, 0, 0, NAN, NAN },
        { "no power at all, but reactive", 0, 400, 400, 1, NAN, NAN },
        { "nothing measured", NAN, 400, 500, 0, NAN, NAN },
        { "P above S by rounding", 500.4, 0, 500, 1, 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_power_factor got = ohm_power_factor_of(rows[i].p, rows[i].q, rows[i].s, 20);
        if (got.quadrant != rows[i].quadrant || !same(got.factor, rows[i].factor) ||
            !same(got.displacement, rows[i].displacement) ||
            got.defined != !isnan(rows[i].factor) ||
            got.displacement_defined != !isnan(rows[i].displacement))
            fail_msg("%s: quadrant %d, %.9f, %.9f", rows[i].why, got.quadrant, got.factor,
                     got.displacement);
    }
    assert_false(ohm_power_factor_of(600, 0, 500, 20).defined); /* P well above S: one is wrong */
}

static void reactive_energy_counts_in_winter_days(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int weekday, hour, month;
        bool counts;
    } rows[] = {
        { "a Monday in January", 0, 6, 1, true }, { "before 6 h", 0, 5, 1, false },
        { "the last hour", 5, 21, 3, true },      { "from 22 h on", 4, 22, 11, false },
        { "Sunday", 6, 12, 12, false },           { "April", 1, 12, 4, false },
        { "October", 1, 12, 10, false },          { "November", 1, 12, 11, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_civil local = { .date = { 2026, (uint8_t)rows[i].month, 1 },
                                  .hour = (uint8_t)rows[i].hour };
        if ((ohm_reactive_hour(&local, rows[i].weekday) && ohm_reactive_month(rows[i].month)) !=
            rows[i].counts)
            fail_msg("%s", rows[i].why);
    }
    assert_true(same(ohm_reactive_billed(1000, 500, 0.4), 100));
    assert_true(same(ohm_reactive_billed(1000, 500, 0.31), 190));
    assert_true(same(ohm_reactive_billed(1000, 300, 0.4), 0));
}

/* 167 kW from 1.20 to 0.48 take 120 kvar; a bank of 12.5 kvar steps on 630 kVA at 4 %. */
static void a_bank_in_whole_steps(void **state)
{
    (void)state;
    double kvar = ohm_capacitor_kvar(167, 1.20, 0.48);
    assert_true(fabs(kvar - 120.24) < 1e-9);
    assert_true(same(ohm_capacitor_kvar(167, 0.3, 0.4), 0));
    ohm_capacitor_ask ask = { .kvar = 120,
                              .step_kvar = 12.5,
                              .short_circuit_kva = 15750,
                              .thd_current_pct = 5,
                              .eur_per_kvar = 50,
                              .saved_eur_per_year = 1250 };
    ohm_capacitor got;
    assert_true(ohm_capacitor_of(&ask, &got));
    assert_int_equal(got.steps, 10);
    assert_true(same(got.kvar, 125) && same(got.payback_years, 5));
    assert_true(fabs(got.resonance - 11.224972160) < 1e-6);
    assert_int_equal(got.near_order, 11);
    assert_true(got.detuned);

    ask.short_circuit_kva = NAN;
    ask.saved_eur_per_year = 0;
    assert_true(ohm_capacitor_of(&ask, &got));
    assert_true(isnan(got.resonance) && isnan(got.payback_years) && !got.detuned);
    ask.thd_current_pct = 20;
    assert_true(ohm_capacitor_of(&ask, &got) && got.detuned);
    ask.kvar = 25; /* two whole steps, no third by rounding */
    assert_true(ohm_capacitor_of(&ask, &got) && got.steps == 2);
    ask.kvar = 0;
    assert_false(ohm_capacitor_of(&ask, &got));
    ask.kvar = NAN;
    assert_false(ohm_capacitor_of(&ask, &got));
    ask = (ohm_capacitor_ask){ .kvar = 1e9, .step_kvar = 1 };
    assert_false(ohm_capacitor_of(&ask, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_by_quadrant),
        cmocka_unit_test(reactive_energy_counts_in_winter_days),
        cmocka_unit_test(a_bank_in_whole_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
