/* Names, numbers, units and times as other people's files write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/number.h"
#include "host/tzdata.h"
#include "inout/amount.h"
#include "inout/guess.h"
#include "inout/name.h"
#include "inout/unit.h"
#include "inout/when.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        { "UTF-8", "Unit\xc3\xa9 (kW)", "unite_kw" },
        { "Latin-1", "Unit\xe9 (kW)", "unite_kw" },
        { "decomposed", "Unite\xcc\x81 (kW)", "unite_kw" },
        { "signs at both ends", "  _Valeur--(en Wh) ", "valeur_en_wh" },
        { "capital with an accent", "\xc3\x89nergie", "energie" },
        { "another script", "\xce\xa3 1", "1" },
        { "a half of a character at the end", "abc\xc3", "abca" },
        { "nothing", "", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[OHM_NAME_MAX];
        (void)ohm_name_fold(ohm_span_text(rows[i].text), got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: '%s'", rows[i].why, got);
    }
    char cut[4];
    assert_int_equal(ohm_name_fold(ohm_span_text("abcdef"), cut, sizeof cut), 3);
    assert_string_equal(cut, "abc");
}

static void amounts(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        char decimal;
        ohm_code code;
        int64_t mantissa;
        int exponent;
    } rows[] = {
        { "plain", "230.10", 0, OHM_OK, 2301, -1 },
        { "comma", "230,1", 0, OHM_OK, 2301, -1 },
        { "a lone comma is a decimal one", "1,234", 0, OHM_OK, 1234, -3 },
        { "unless it is said", "1,234", '.', OHM_OK, 1234, 0 },
        { "groups by points", "1.234.567,8", 0, OHM_OK, 12345678, -1 },
        { "groups by commas", "1,234,567.8", 0, OHM_OK, 12345678, -1 },
        { "groups by several points alone", "1.234.567", 0, OHM_OK, 1234567, 0 },
        { "groups by spaces", "1 234 567", 0, OHM_OK, 1234567, 0 },
        { "groups by no-break spaces",
          "12\xc2\xa0"
          "345,5",
          0, OHM_OK, 123455, -1 },
        { "narrow ones",
          "12\xe2\x80\xaf"
          "345",
          0, OHM_OK, 12345, 0 },
        { "Latin-1 ones",
          "12\xa0"
          "345",
          0, OHM_OK, 12345, 0 },
        { "Swiss", "12'345.5", 0, OHM_OK, 123455, -1 },
        { "negative", "-0,5", 0, OHM_OK, -5, -1 },
        { "plus", "+7", 0, OHM_OK, 7, 0 },
        { "exponent", "1.5e3", 0, OHM_OK, 15, 2 },
        { "negative exponent", "15E-4", 0, OHM_OK, 15, -4 },
        { "a double's digits", "0.30000000000000004", 0, OHM_OK, 30000000000000004, -17 },
        { "more digits than are kept", "1.0000000000000000001", 0, OHM_OK, 100000000000000001,
          -17 },
        { "zeros are no digits", "0.0000000000000000000012", 0, OHM_OK, 12, -22 },
        { "a long whole number", "123456789012345678901", 0, OHM_OK, 123456789012345678, 3 },
        { "nothing", "  ", 0, OHM_END, 0, 0 },
        { "a word for nothing", "unavailable", 0, OHM_END, 0, 0 },
        { "another", "N/A", 0, OHM_END, 0, 0 },
        { "a dash", "-", 0, OHM_END, 0, 0 },
        { "text", "12 kW", 0, OHM_BAD_FORMAT, 0, 0 },
        { "a group of two", "1.23.456,7", ',', OHM_BAD_FORMAT, 0, 0 },
        { "a group of four", "1234 567", 0, OHM_BAD_FORMAT, 0, 0 },
        { "the last group too short", "1 23", 0, OHM_BAD_FORMAT, 0, 0 },
        { "two decimal signs", "1,2,3", ',', OHM_BAD_FORMAT, 0, 0 },
        { "a sign at the end", "1.", 0, OHM_BAD_FORMAT, 0, 0 },
        { "an exponent without digits", "1e", 0, OHM_BAD_FORMAT, 0, 0 },
        { "infinity", "inf", 0, OHM_BAD_FORMAT, 0, 0 },
        { "too large", "1e999", 0, OHM_RANGE, 0, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t mantissa = 0;
        int exponent = 0;
        ohm_code code =
            ohm_amount_parse(ohm_span_text(rows[i].text), rows[i].decimal, &mantissa, &exponent);
        if (code != rows[i].code || mantissa != rows[i].mantissa || exponent != rows[i].exponent)
            fail_msg("%s: %s %lld e%d", rows[i].why, ohm_code_name(code), (long long)mantissa,
                     exponent);
    }
}

static void units(void **state)
{
    (void)state;
    static const struct {
        const char *why, *unit;
        ohm_quantity_id id;
        const char *amount;
        ohm_code code;
        int64_t want;
    } rows[] = {
        { "its own", "", OHM_Q_POWER, "230.14", OHM_OK, 2301 },
        { "kilo", "kW", OHM_Q_POWER, "1.23456", OHM_OK, 12346 },
        { "half away from zero", "kW", OHM_Q_POWER, "-0.00005", OHM_OK, -1 },
        { "milli and mega are not one", "mW", OHM_Q_POWER, "1500", OHM_OK, 15 },
        { "mega", "MW", OHM_Q_POWER, "1", OHM_OK, 10000000 },
        { "in the wrong case, but clear", "KWH", OHM_Q_ENERGY_IMPORT, "1.5", OHM_OK, 1500 },
        { "in the wrong case, and not", "mwh ", OHM_Q_ENERGY_IMPORT, "1", OHM_UNKNOWN, 0 },
        { "joules, a third", "J", OHM_Q_ENERGY_IMPORT, "3600", OHM_OK, 1 },
        { "joules that round", "kJ", OHM_Q_ENERGY_IMPORT, "10", OHM_OK, 3 },
        { "calories", "Gcal", OHM_Q_HEAT_ENERGY, "1", OHM_OK, 1162222 },
        { "kelvin", "K", OHM_Q_TEMPERATURE, "293.15", OHM_OK, 2000 },
        { "kelvin of a difference", "K", OHM_Q_TEMPERATURE_DIFFERENCE, "5", OHM_OK, 500 },
        { "fahrenheit",
          "\xc2\xb0"
          "F",
          OHM_Q_TEMPERATURE, "68", OHM_OK, 2000 },
        { "fahrenheit below",
          "\xc2\xb0"
          "F",
          OHM_Q_TEMPERATURE, "-40", OHM_OK, -4000 },
        { "fahrenheit of a difference",
          "\xc2\xb0"
          "F",
          OHM_Q_TEMPERATURE_DIFFERENCE, "9", OHM_OK, 500 },
        { "celsius in Latin-1",
          "\xb0"
          "C",
          OHM_Q_TEMPERATURE, "20.5", OHM_OK, 2050 },
        { "litres", "L", OHM_Q_WATER_VOLUME, "1500", OHM_OK, 1500 },
        { "cubic feet", "ft\xc2\xb3", OHM_Q_GAS_VOLUME, "100", OHM_OK, 2832 },
        { "a ratio in percent", "%", OHM_Q_POWER_FACTOR, "95", OHM_OK, 9500 },
        { "psi", "psi", OHM_Q_PRESSURE, "14.5", OHM_OK, 1000 },
        { "micro, both letters", "\xce\xbcV", OHM_Q_VOLTAGE, "230000000", OHM_OK, 23000 },
        { "another thing", "kWh", OHM_Q_POWER, "1", OHM_UNKNOWN, 0 },
        { "no unit at all", "foo", OHM_Q_POWER, "1", OHM_UNKNOWN, 0 },
        { "too large", "TW", OHM_Q_POWER, "1000000000000000", OHM_RANGE, 0 },
        { "tiny", "W", OHM_Q_POWER, "1e-300", OHM_OK, 0 },
        { "a hair above a half", "W", OHM_Q_POWER, "0.0500000000000000000001", OHM_OK, 1 },
        { "a hair below", "W", OHM_Q_POWER, "0.0499999999999999999999", OHM_OK, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t mantissa, got = 0;
        int exponent;
        assert_int_equal(ohm_amount_parse(ohm_span_text(rows[i].amount), 0, &mantissa, &exponent),
                         OHM_OK);
        ohm_code code =
            ohm_unit_quantise(ohm_span_text(rows[i].unit), rows[i].id, mantissa, exponent, &got);
        if (code != rows[i].code || got != rows[i].want)
            fail_msg("%s: %s %lld", rows[i].why, ohm_code_name(code), (long long)got);
    }
    assert_string_equal(ohm_unit_base(ohm_span_text("GJ")), "Wh");
    assert_null(ohm_unit_base(ohm_span_text("dBm")));
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_when_form form;
        ohm_code code;
        const char *want;
    } rows[] = {
        { "RFC 3339", "2026-01-05T00:30:00+01:00", 0, OHM_OK, "2026-01-04T23:30:00Z" },
        { "local, winter", "2026-01-05 00:30", 0, OHM_OK, "2026-01-04T23:30:00Z" },
        { "local, summer", "2026-07-05 00:30:15.25", 0, OHM_OK, "2026-07-04T22:30:15.250Z" },
        { "French", "05/07/2026 12:00", 0, OHM_OK, "2026-07-05T10:00:00Z" },
        { "German", "26.01.2024 12:00", 0, OHM_OK, "2024-01-26T11:00:00Z" },
        { "American, when asked", "07/05/2026 12:00", OHM_WHEN_MDY, OHM_OK,
          "2026-07-05T10:00:00Z" },
        { "American, unasked", "07/13/2026", 0, OHM_RANGE, NULL },
        { "a date alone", "2026-03-29", 0, OHM_OK, "2026-03-28T23:00:00Z" },
        { "two digits of a year", "29/03/26", 0, OHM_OK, "2026-03-28T23:00:00Z" },
        { "24:00", "28/03/2026 24:00", 0, OHM_OK, "2026-03-28T23:00:00Z" },
        { "an h between", "28/03/2026 7h05", 0, OHM_OK, "2026-03-28T06:05:00Z" },
        { "offset without a colon", "2026-01-05 00:30:00+0100", 0, OHM_OK, "2026-01-04T23:30:00Z" },
        { "UTC in words", "2026-01-05 00:30:00 UTC", 0, OHM_OK, "2026-01-05T00:30:00Z" },
        { "a skipped hour", "2026-03-29 02:30", 0, OHM_RANGE, NULL },
        { "seconds", "1767571200", 0, OHM_OK, "2026-01-05T00:00:00Z" },
        { "seconds and a fraction", "1767571200.5", 0, OHM_OK, "2026-01-05T00:00:00.500Z" },
        { "milliseconds", "1767571200123", 0, OHM_OK, "2026-01-05T00:00:00.123Z" },
        { "microseconds", "1767571200123456", 0, OHM_OK, "2026-01-05T00:00:00.123Z" },
        { "nanoseconds", "1767571200123456789", 0, OHM_OK, "2026-01-05T00:00:00.123Z" },
        { "few seconds, when asked", "60", OHM_WHEN_S, OHM_OK, "1970-01-01T00:01:00Z" },
        { "few digits, unasked", "20260105", 0, OHM_BAD_FORMAT, NULL },
        { "no such day", "2026-02-30", 0, OHM_RANGE, NULL },
        { "no such hour", "2026-01-05 25:00", 0, OHM_RANGE, NULL },
        { "junk behind", "2026-01-05 10:00 x", 0, OHM_BAD_FORMAT, NULL },
        { "two signs", "2026-01/05", 0, OHM_BAD_FORMAT, NULL },
        { "a time of day", "10:00", 0, OHM_BAD_FORMAT, NULL },
        { "nothing", "", 0, OHM_BAD_FORMAT, NULL },
    };
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_ms got = -1;
        char text[OHM_RFC3339_MAX] = "";
        ohm_err err = ohm_when_parse(ohm_span_text(rows[i].text), rows[i].form, &tz, NULL, &got);
        if (err.code == OHM_OK)
            (void)ohm_rfc3339_write(got, text);
        if (err.code != rows[i].code || (rows[i].want && strcmp(text, rows[i].want) != 0))
            fail_msg("%s: %s %s", rows[i].why, ohm_code_name(err.code), text);
    }
}

/* 25 October 2026 in Paris: 02:00 to 03:00 comes twice. */
static void an_hour_that_comes_twice(void **state)
{
    (void)state;
    static const char *const rising[] = { "25/10/2026 01:30", "25/10/2026 02:00",
                                          "25/10/2026 02:30", "25/10/2026 02:00",
                                          "25/10/2026 02:30", "25/10/2026 03:00" };
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    ohm_when_memory up = { 0 }, down = { 0 };
    ohm_ms first, ms;
    assert_int_equal(ohm_when_parse(ohm_span_text(rising[0]), 0, &tz, &up, &first).code, OHM_OK);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(ohm_when_parse(ohm_span_text(rising[i]), 0, &tz, &up, &ms).code, OHM_OK);
        assert_true(ms == first + i * INT64_C(1800000));
    }
    ohm_ms end = ms;
    for (int i = 5; i >= 0; i--) {
        assert_int_equal(ohm_when_parse(ohm_span_text(rising[i]), 0, &tz, &down, &ms).code, OHM_OK);
        if (i <= 2) /* the way it goes is known from the second row on */
            assert_true(ms == end - (5 - i) * INT64_C(1800000));
    }
}

static void guesses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *name, *unit;
        bool counter;
        ohm_quantity_id want;
    } rows[] = {
        { "our own", "power_import", "", false, OHM_Q_POWER_IMPORT },
        { "French", "Tension L1", "V", false, OHM_Q_VOLTAGE_L1 },
        { "a short code", "1.8.0", "kWh", true, OHM_Q_ENERGY_IMPORT },
        { "by the unit", "oven", "kW", false, OHM_Q_POWER },
        { "by the unit, a counter", "oven", "kWh", true, OHM_Q_ENERGY_IMPORT },
        { "the unit contradicts", "power_import", "kWh", true, OHM_Q_ENERGY_IMPORT },
        { "a watt that only goes up", "oven", "W", true, OHM_Q_NONE },
        { "percent may be anything", "oven", "%", false, OHM_Q_NONE },
        { "but not with a name", "humidity", "%", false, OHM_Q_HUMIDITY },
        { "text is no series", "meter_id", "", false, OHM_Q_NONE },
        { "nothing", "oven", "", false, OHM_Q_NONE },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_quantity_id got = ohm_guess_quantity(ohm_span_text(rows[i].name),
                                                 ohm_span_text(rows[i].unit), rows[i].counter);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_quantity_get(got)->name);
    }
    assert_true(ohm_span_is(ohm_guess_unit(ohm_span_text("Puissance (kW) ")), "kW"));
    assert_true(ohm_span_is(ohm_guess_unit(ohm_span_text("Valeur (en Wh)")), "Wh"));
    assert_true(ohm_span_is(ohm_guess_name(ohm_span_text("power [W]")), "power"));
    assert_int_equal(ohm_guess_unit(ohm_span_text("power")).len, 0);
    assert_true(ohm_span_is(ohm_guess_name(ohm_span_text("(W)")), "(W)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),   cmocka_unit_test(amounts),
        cmocka_unit_test(units),   cmocka_unit_test(times),
        cmocka_unit_test(guesses), cmocka_unit_test(an_hour_that_comes_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
