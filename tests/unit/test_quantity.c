#include "base/plausible.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void quantises_exact_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_quantity_id id;
        int64_t mantissa;
        int exponent;
        ohm_code code;
        int64_t want;
    } rows[] = {
        { "energy is Wh as the meter counts", OHM_Q_ENERGY_IMPORT, 12048950, 0, OHM_OK, 12048950 },
        { "kWh become Wh", OHM_Q_ENERGY_IMPORT, 5, 3, OHM_OK, 5000 },
        { "one decimal of W is kept", OHM_Q_POWER_IMPORT, 28, 0, OHM_OK, 280 },
        { "milliwatts round", OHM_Q_POWER_IMPORT, 1249, -3, OHM_OK, 12 },
        { "half rounds away from zero", OHM_Q_POWER_IMPORT, 125, -2, OHM_OK, 13 },
        { "below zero too", OHM_Q_POWER_IMPORT, -125, -2, OHM_OK, -13 },
        { "no double rounding", OHM_Q_POWER_IMPORT, 449, -3, OHM_OK, 4 },
        { "far below one is zero", OHM_Q_POWER_IMPORT, INT64_MAX, -40, OHM_OK, 0 },
        { "too large is said", OHM_Q_POWER_IMPORT, INT64_MAX, 0, OHM_RANGE, -1 },
        { "zero scales for ever", OHM_Q_POWER_IMPORT, 0, 1000000, OHM_OK, 0 },
        { "power factor in thousandths", OHM_Q_POWER_FACTOR, 941, -3, OHM_OK, 9410 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = -1;
        ohm_code code = ohm_quantity_quantise(rows[i].id, rows[i].mantissa, rows[i].exponent, &got);
        if (code != rows[i].code || got != rows[i].want)
            fail_msg("%s: code %d value %lld", rows[i].why, code, (long long)got);
    }
}

static void absurd_values_are_told_from_large_ones(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_quantity_id id;
        int64_t value;
        bool want;
    } rows[] = {
        { "a factory, 40 MW", OHM_Q_POWER_IMPORT, 400000000, true },
        { "production is negative", OHM_Q_POWER, -36000, true },
        { "digits that run together", OHM_Q_POWER_IMPORT, INT64_C(999999999999999990), false },
        { "medium voltage", OHM_Q_VOLTAGE_L1, 2000000, true },
        { "a register of mWh taken for Wh", OHM_Q_ENERGY_IMPORT, INT64_C(123456789012345678),
          false },
        { "a register below zero", OHM_Q_ENERGY_IMPORT, -1, false },
        { "colder than anything", OHM_Q_TEMPERATURE, -30000, false },
        { "an oven", OHM_Q_TEMPERATURE, 25000, true },
        { "a factor in percent", OHM_Q_POWER_FACTOR, 980000, false },
        { "codes have no limits", OHM_Q_DISCONNECTOR, INT64_MAX, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_quantity_plausible(rows[i].id, rows[i].value) != rows[i].want)
            fail_msg("%s", rows[i].why);
    for (int i = 1; i < OHM_QUANTITIES_COUNT; i++)
        assert_true(ohm_quantity_plausible((ohm_quantity_id)i, 0));
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (int i = 1; i < OHM_QUANTITIES_COUNT; i++) {
        const ohm_quantity *q = ohm_quantity_get((ohm_quantity_id)i);
        assert_int_equal(ohm_quantity_find(ohm_span_text(q->name)), i);
    }
    assert_int_equal(ohm_quantity_find(ohm_span_text("nonsense")), OHM_Q_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantises_exact_decimals),
        cmocka_unit_test(absurd_values_are_told_from_large_ones),
        cmocka_unit_test(names_are_unique_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
