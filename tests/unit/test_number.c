#include "base/number.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
        int64_t want;
    } rows[] = {
        { "0", OHM_OK, 0 },
        { "-0", OHM_OK, 0 },
        { "+42", OHM_OK, 42 },
        { "007", OHM_OK, 7 },
        { "9223372036854775807", OHM_OK, INT64_MAX },
        { "-9223372036854775808", OHM_OK, INT64_MIN },
        { "9223372036854775808", OHM_RANGE, -1 },
        { "-9223372036854775809", OHM_RANGE, -1 },
        { "99999999999999999999999x", OHM_BAD_FORMAT, -1 },
        { "", OHM_BAD_FORMAT, -1 },
        { "-", OHM_BAD_FORMAT, -1 },
        { "9600x", OHM_BAD_FORMAT, -1 },
        { " 1", OHM_BAD_FORMAT, -1 },
        { "1 ", OHM_BAD_FORMAT, -1 },
        { "1.0", OHM_BAD_FORMAT, -1 },
        { "0x10", OHM_BAD_FORMAT, -1 },
        { "--1", OHM_BAD_FORMAT, -1 },
        { "\xd9\xa1", OHM_BAD_FORMAT, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = -1;
        ohm_code code = ohm_number_int(ohm_span_text(rows[i].text), &got);
        if (code != rows[i].code || got != rows[i].want)
            fail_msg("'%s': %s %lld", rows[i].text, ohm_code_name(code), (long long)got);
    }
}

static void decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
        int64_t mantissa;
        int exponent;
    } rows[] = {
        { "230.10", OHM_OK, 2301, -1 },
        { "230", OHM_OK, 230, 0 },
        { "-0.2065", OHM_OK, -2065, -4 },
        { "1e3", OHM_OK, 1, 3 },
        { "1.5E-2", OHM_OK, 15, -3 },
        { "1.000", OHM_OK, 1, 0 },
        { "0.000", OHM_OK, 0, 0 },
        { "0e999", OHM_OK, 0, 0 },
        { "-9223372036854775808", OHM_OK, INT64_MIN, 0 },
        { "9223372036854775808", OHM_RANGE, -1, -1 },
        { "1e401", OHM_RANGE, -1, -1 },
        { "1e-401", OHM_RANGE, -1, -1 },
        { "1e99999999999999999999", OHM_RANGE, -1, -1 },
        { "0,2065", OHM_BAD_FORMAT, -1, -1 },
        { ".5", OHM_BAD_FORMAT, -1, -1 },
        { "5.", OHM_BAD_FORMAT, -1, -1 },
        { "1e", OHM_BAD_FORMAT, -1, -1 },
        { "1e+", OHM_BAD_FORMAT, -1, -1 },
        { "1e2.5", OHM_BAD_FORMAT, -1, -1 },
        { "nan", OHM_BAD_FORMAT, -1, -1 },
        { "inf", OHM_BAD_FORMAT, -1, -1 },
        { "1.2.3", OHM_BAD_FORMAT, -1, -1 },
        { "", OHM_BAD_FORMAT, -1, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t mantissa = -1;
        int exponent = -1;
        ohm_code code = ohm_number_decimal(ohm_span_text(rows[i].text), &mantissa, &exponent);
        if (code != rows[i].code || mantissa != rows[i].mantissa || exponent != rows[i].exponent)
            fail_msg("'%s': %s %lld e%d", rows[i].text, ohm_code_name(code), (long long)mantissa,
                     exponent);
    }
}

static void scaled(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int decimals;
        ohm_code code;
        int64_t want;
    } rows[] = {
        { "0.2065", 6, OHM_OK, 206500 },
        { "9", 3, OHM_OK, 9000 },
        { "-1.5", 1, OHM_OK, -15 },
        { "1.25", 1, OHM_RANGE, -1 },
        { "1e-3", 3, OHM_OK, 1 },
        { "9223372036854775807", 1, OHM_RANGE, -1 },
        { "0.0000000001", 9, OHM_RANGE, -1 },
        { "x", 0, OHM_BAD_FORMAT, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = -1;
        ohm_code code = ohm_number_scaled(ohm_span_text(rows[i].text), rows[i].decimals, &got);
        if (code != rows[i].code || got != rows[i].want)
            fail_msg("'%s': %s %lld", rows[i].text, ohm_code_name(code), (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(decimals),
        cmocka_unit_test(scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
