#include "wire/modbus_value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *why;
    ohm_modbus_type type;
    ohm_modbus_order order;
    uint8_t registers[8];
    ohm_code code;
    int64_t mantissa;
    int exponent;
} rows[] = {
    { "unsigned", OHM_MODBUS_UINT16, 0, { 0xff, 0xfe }, OHM_OK, 65534, 0 },
    { "signed", OHM_MODBUS_INT16, 0, { 0xff, 0xfe }, OHM_OK, -2, 0 },
    { "high word first", OHM_MODBUS_UINT32, OHM_MODBUS_ABCD, { 0, 1, 0, 2 }, OHM_OK, 65538, 0 },
    { "low word first", OHM_MODBUS_UINT32, OHM_MODBUS_CDAB, { 0, 2, 0, 1 }, OHM_OK, 65538, 0 },
    { "bytes turned", OHM_MODBUS_UINT32, OHM_MODBUS_BADC, { 1, 0, 2, 0 }, OHM_OK, 65538, 0 },
    { "all turned", OHM_MODBUS_UINT32, OHM_MODBUS_DCBA, { 2, 0, 1, 0 }, OHM_OK, 65538, 0 },
    { "negative", OHM_MODBUS_INT32, 0, { 0xff, 0xff, 0xff, 0xf6 }, OHM_OK, -10, 0 },
    { "64 bits, low word first",
      OHM_MODBUS_INT64,
      OHM_MODBUS_CDAB,
      { 0xff, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
      OHM_OK,
      -3,
      0 },
    { "more than 63 bits", OHM_MODBUS_UINT64, 0, { 0x80 }, OHM_RANGE, 0, 0 },
    { "230.1 V", OHM_MODBUS_FLOAT32, 0, { 0x43, 0x66, 0x19, 0x9a }, OHM_OK, 2301, -1 },
    { "a whole float", OHM_MODBUS_FLOAT32, 0, { 0x43, 0x66, 0x00, 0x00 }, OHM_OK, 230, 0 },
    { "-0.5", OHM_MODBUS_FLOAT32, 0, { 0xbf, 0, 0, 0 }, OHM_OK, -5, -1 },
    { "0", OHM_MODBUS_FLOAT32, 0, { 0 }, OHM_OK, 0, 0 },
    { "-0", OHM_MODBUS_FLOAT32, 0, { 0x80 }, OHM_OK, 0, 0 },
    { "16777216", OHM_MODBUS_FLOAT32, 0, { 0x4b, 0x80, 0, 0 }, OHM_OK, 16777216, 0 },
    { "NaN", OHM_MODBUS_FLOAT32, 0, { 0x7f, 0xc0, 0, 0 }, OHM_UNKNOWN, 0, 0 },
    { "infinite", OHM_MODBUS_FLOAT32, 0, { 0xff, 0x80, 0, 0 }, OHM_UNKNOWN, 0, 0 },
    { "3.4e38", OHM_MODBUS_FLOAT32, 0, { 0x7f, 0x7f, 0xff, 0xff }, OHM_RANGE, 0, 0 },
    { "smaller than anything measured", OHM_MODBUS_FLOAT32, 0, { 0, 0, 0, 1 }, OHM_OK, 0, 0 },
    { "low word first float",
      OHM_MODBUS_FLOAT32,
      OHM_MODBUS_CDAB,
      { 0x19, 0x9a, 0x43, 0x66 },
      OHM_OK,
      2301,
      -1 },
    { "0.1 of 64 bits",
      OHM_MODBUS_FLOAT64,
      0,
      { 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a },
      OHM_OK,
      1,
      -1 },
    { "NaN of 64 bits", OHM_MODBUS_FLOAT64, 0, { 0x7f, 0xf8 }, OHM_UNKNOWN, 0, 0 },
    { "BCD", OHM_MODBUS_BCD16, 0, { 0x12, 0x34 }, OHM_OK, 1234, 0 },
    { "BCD of 8 digits", OHM_MODBUS_BCD32, 0, { 0x12, 0x34, 0x56, 0x78 }, OHM_OK, 12345678, 0 },
    { "BCD with a letter", OHM_MODBUS_BCD16, 0, { 0x12, 0x3a }, OHM_BAD_FORMAT, 0, 0 },
};

static void registers_become_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_modbus_decimal v = { 77, 7 };
        uint64_t raw = ohm_modbus_raw(rows[i].type, rows[i].order, rows[i].registers);
        ohm_code code = ohm_modbus_decimal_of(rows[i].type, raw, &v);
        bool same = code == rows[i].code && (code == OHM_OK ? v.mantissa == rows[i].mantissa &&
                                                                  v.exponent == rows[i].exponent
                                                            : v.mantissa == 77);
        if (!same)
            fail_msg("%s: %s %lld e%d", rows[i].why, ohm_code_name(code), (long long)v.mantissa,
                     v.exponent);
    }
}

/* What comes out must read back as the same float, and no shorter decimal may. */
static void floats_are_shortest(void **state)
{
    (void)state;
    uint32_t seed = 12345;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525u + 1013904223u;
        float real;
        uint32_t bits = (seed >> 9) | (100u + seed % 70) << 23; /* 1e-8 to 1e12 */
        memcpy(&real, &bits, sizeof real);
        ohm_modbus_decimal v;
        char text[64], shorter[64];
        assert_int_equal(ohm_modbus_decimal_of(OHM_MODBUS_FLOAT32, bits, &v), OHM_OK);
        (void)snprintf(text, sizeof text, "%llde%d", (long long)v.mantissa, v.exponent);
        if (strtof(text, NULL) != real)
            fail_msg("%s is not %.9g", text, (double)real);
        if (v.exponent >= 0)
            continue;
        (void)snprintf(shorter, sizeof shorter, "%.*f", -v.exponent - 1, (double)real);
        if (strtof(shorter, NULL) == real)
            fail_msg("%s is longer than %s", text, shorter);
    }
}

static void doubles_read_back(void **state)
{
    (void)state;
    static const double reals[] = {
        0.1, 1e15 + 0.3, 123456.789, 2.5e-7, 1.0 / 3, 9007199254740994
    };
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        uint64_t bits;
        char text[64];
        ohm_modbus_decimal v;
        memcpy(&bits, &reals[i], sizeof bits);
        assert_int_equal(ohm_modbus_decimal_of(OHM_MODBUS_FLOAT64, bits, &v), OHM_OK);
        (void)snprintf(text, sizeof text, "%llde%d", (long long)v.mantissa, v.exponent);
        if (strtod(text, NULL) != reals[i])
            fail_msg("%s is not %.17g", text, reals[i]);
    }
}

static void the_way_back_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t registers[8] = { 0 };
        if (rows[i].code != OHM_OK || rows[i].registers[0] == 0x80)
            continue; /* -0 comes back as 0 */
        size_t len = 2u * ohm_modbus_type_words(rows[i].type);
        ohm_modbus_decimal v = { rows[i].mantissa, rows[i].exponent };
        if (!strcmp(rows[i].why, "smaller than anything measured"))
            continue;
        assert_int_equal(ohm_modbus_registers_of(rows[i].type, rows[i].order, v, registers),
                         OHM_OK);
        if (memcmp(registers, rows[i].registers, len) != 0)
            fail_msg("%s", rows[i].why);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint8_t r[8];
    assert_int_equal(
        ohm_modbus_registers_of(OHM_MODBUS_UINT16, 0, (ohm_modbus_decimal){ -1, 0 }, r), OHM_RANGE);
    assert_int_equal(
        ohm_modbus_registers_of(OHM_MODBUS_INT16, 0, (ohm_modbus_decimal){ 32768, 0 }, r),
        OHM_RANGE);
    assert_int_equal(ohm_modbus_registers_of(OHM_MODBUS_BCD16, 0, (ohm_modbus_decimal){ 1, 4 }, r),
                     OHM_RANGE);
    assert_int_equal(
        ohm_modbus_registers_of(OHM_MODBUS_FLOAT32, 0, (ohm_modbus_decimal){ 1, 39 }, r),
        OHM_RANGE);
    assert_int_equal(
        ohm_modbus_registers_of(OHM_MODBUS_INT16, 0, (ohm_modbus_decimal){ -25, -1 }, r), OHM_OK);
    assert_int_equal(ohm_be16(r), 0xfffd); /* half away from zero */
}

static void text_ends_where_it_ends(void **state)
{
    (void)state;
    char text[16];
    const uint8_t bytes[] = { 'S', 'M', 'A', ' ', 0, 'x' }, turned[] = { 'M', 'S', 0, 'A' };
    assert_int_equal(ohm_modbus_text(OHM_MODBUS_ABCD, ohm_span_of(bytes, 6), text, sizeof text), 3);
    assert_string_equal(text, "SMA");
    assert_int_equal(ohm_modbus_text(OHM_MODBUS_BADC, ohm_span_of(turned, 4), text, sizeof text),
                     3);
    assert_string_equal(text, "SMA");
    const uint8_t odd[] = { 'a', 7, 0xe9, 'b' };
    assert_int_equal(ohm_modbus_text(OHM_MODBUS_ABCD, ohm_span_of(odd, 4), text, 4), 3);
    assert_string_equal(text, "a??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_become_decimals),
        cmocka_unit_test(floats_are_shortest),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(the_way_back_is_the_same),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(text_ends_where_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
