#include "analysis/phases.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool near(double got, double want, double within)
{
    return fabs(got - want) <= within;
}

/* Worked by hand from the definitions: one phase low by a tenth: V1 = (2 + 0.9)/3, V2 = V0 = 0.1/3
 * of 230 V. */
static void factors_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double rms[3], angle[3];
        double negative, zero, pvur;
    } rows[] = {
        { "equal phases", { 230, 230, 230 }, { 0, -120, 120 }, 0, 0, 0 },
        { "one low by a tenth",
          { 230, 230, 207 },
          { 0, -120, 120 },
          100 * 0.1 / 2.9,
          100 * 0.1 / 2.9,
          100 * (0.2 / 3) / (2.9 / 3) },
        { "one phase alone", { 230, 0, 0 }, { 0, 0, 0 }, 100, 100, 200 },
        { "two phases, the third gone", { 230, 230, 0 }, { 0, -120, 120 }, 50, 50, 100 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_phasor v[3];
        double negative, zero, pvur;
        for (int p = 0; p < 3; p++)
            v[p] = ohm_phasor_polar(rows[i].rms[p], rows[i].angle[p]);
        if (!ohm_unbalance(v, &negative, &zero) || !near(negative, rows[i].negative, 1e-9) ||
            !near(zero, rows[i].zero, 1e-9))
            fail_msg("%s: %.9f %.9f", rows[i].why, negative, zero);
        assert_true(ohm_deviation(rows[i].rms, 1, &pvur) && near(pvur, rows[i].pvur, 1e-9));
    }
}

static void lines_of(const ohm_phasor v[3], double line[3])
{
    for (int p = 0; p < 3; p++)
        line[p] = hypot(v[p].re - v[(p + 1) % 3].re, v[p].im - v[(p + 1) % 3].im);
}

/* CIGRE's formula is the true factor, whatever the phases are; and no factor knows which phase is
 * called the first. */
static void lines_tell_the_same_and_phases_may_turn(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        ohm_phasor v[3], turned[3];
        double line[3], from_lines, negative, zero, negative_too, zero_too;
        for (int p = 0; p < 3; p++) {
            seed = seed * 1664525u + 1013904223u;
            double rms = 180 + (seed >> 24) / 3.0;
            seed = seed * 1664525u + 1013904223u;
            v[p] = ohm_phasor_polar(rms, -120.0 * p + (seed >> 24) / 16.0);
        }
        for (int p = 0; p < 3; p++)
            turned[p] = v[(p + 1) % 3];
        lines_of(v, line);
        assert_true(ohm_unbalance(v, &negative, &zero));
        assert_true(ohm_unbalance(turned, &negative_too, &zero_too));
        assert_true(near(negative, negative_too, 1e-9) && near(zero, zero_too, 1e-9));
        assert_true(ohm_unbalance_lines(line, &from_lines));
        if (!near(from_lines, negative, 1e-5)) /* the root of a small difference */
            fail_msg("round %d: %.9f of lines, %.9f of phasors", round, from_lines, negative);
    }
}

static void what_is_not_defined_is_not_answered(void **state)
{
    (void)state;
    double got = -1, other = -1;
    const ohm_phasor none[3] = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
    const ohm_phasor swapped[3] = { ohm_phasor_polar(230, 0), ohm_phasor_polar(230, 120),
                                    ohm_phasor_polar(230, -120) };
    assert_false(ohm_unbalance(none, &got, &other));
    assert_false(ohm_unbalance(swapped, &got, &other)); /* no positive sequence at all */
    static const double rows[][3] = {
        { NAN, 400, 400 }, { 0, 400, 400 },        { -1, 400, 400 },
        { 100, 100, 400 }, { INFINITY, 400, 400 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_false(ohm_unbalance_lines(rows[i], &got));
    assert_false(ohm_deviation((const double[]){ NAN, 1, 1 }, 0, &got));
    assert_false(ohm_deviation((const double[]){ 1, 2, 3 }, 5, &got)); /* below the least mean */
    assert_false(ohm_deviation((const double[]){ 0, 0, 0 }, 0, &got));
    assert_false(ohm_neutral_of_rms((const double[]){ 1, NAN, 3 }, &got));
    assert_true(got == -1 && other == -1);
}

static void the_neutral_carries_what_does_not_cancel(void **state)
{
    (void)state;
    double amps;
    assert_true(ohm_neutral_of_rms((const double[]){ 10, 10, 10 }, &amps) && near(amps, 0, 1e-9));
    assert_true(ohm_neutral_of_rms((const double[]){ 10, 0, 0 }, &amps) && near(amps, 10, 1e-9));
    assert_true(ohm_neutral_of_rms((const double[]){ 10, 10, 0 }, &amps) && near(amps, 10, 1e-9));
    const ohm_phasor of[3] = { ohm_phasor_polar(10, 0), ohm_phasor_polar(10, -120),
                               ohm_phasor_polar(4, 120) };
    assert_true(near(ohm_neutral(of), 6, 1e-9));
}

static void the_load_that_evens_out_is_named(void **state)
{
    (void)state;
    ohm_phase_move move;
    const double mean[3] = { 30, 12, 18 };
    assert_true(ohm_phase_move_of(mean, 1, &move));
    assert_int_equal(move.from, 0);
    assert_int_equal(move.to, 1);
    assert_true(near(move.amps, 9, 1e-9));
    assert_false(ohm_phase_move_of((const double[]){ 5, 5, 5 }, 1, &move));
    assert_false(ohm_phase_move_of((const double[]){ .3, .1, .2 }, 1, &move));

    /* 25 A would only change places; 8 A is best; what sits elsewhere does not help. */
    const double amps[] = { 25, 2, 8, 8 };
    const int phase[] = { 0, 0, 0, 2 };
    size_t load = 99;
    int to = 9;
    assert_true(ohm_phase_load(mean, amps, phase, 4, &load, &to));
    assert_int_equal(load, 2);
    assert_int_equal(to, 1);
    assert_false(ohm_phase_load(mean, amps, phase, 1, &load, &to));
    assert_false(ohm_phase_load(mean, (const double[]){ NAN }, phase, 1, &load, &to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_by_hand),
        cmocka_unit_test(lines_tell_the_same_and_phases_may_turn),
        cmocka_unit_test(what_is_not_defined_is_not_answered),
        cmocka_unit_test(the_neutral_carries_what_does_not_cancel),
        cmocka_unit_test(the_load_that_evens_out_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
