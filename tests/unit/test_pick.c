/* Values out of other people's payloads. */
#include "meter/pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static ohm_picked picked;

static ohm_pick_rule rule(ohm_quantity_id quantity, const char *pointer, const char *pattern,
                          int exponent)
{
    ohm_pick_rule out = { .quantity = (uint16_t)quantity, .factor = 1, .exponent = exponent };
    (void)snprintf(out.pointer, sizeof out.pointer, "%s", pointer);
    (void)snprintf(out.pattern, sizeof out.pattern, "%s", pattern);
    return out;
}

static ohm_code look(const ohm_pick_rule *one, const char *time, const char *payload)
{
    ohm_picker *picker = NULL;
    ohm_err err = ohm_picker_new(one, 1, time, &picker);
    assert_int_equal(err.code, OHM_OK);
    ohm_code code = ohm_pick(picker, ohm_span_text(payload), &picked);
    ohm_picker_free(picker);
    return code;
}

#define T OHM_Q_TEMPERATURE
#define E OHM_Q_ENERGY_IMPORT
#define W OHM_Q_POWER
#define S OHM_Q_DISCONNECTOR

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_quantity_id quantity;
        const char *pointer, *pattern;
        int exponent;
        const char *payload;
        bool there;
        ohm_code code;
        int64_t value;
    } rows[] = {
        { "a Zigbee thermometer", T, "/temperature", "", 0, "{\"temperature\":21.48}", true, OHM_OK,
          2148 },
        { "Tasmota, kWh", E, "/ENERGY/Total", "", 3, "{\"ENERGY\":{\"Total\":12345.678}}", true,
          OHM_OK, 12345678 },
        { "0.285 has no exact double", E, "/e", "", 3, "{\"e\":0.285}", true, OHM_OK, 285 },
        { "a big register as an integer", E, "/e", "", 0, "{\"e\":9007199254740993}", true, OHM_OK,
          INT64_C(9007199254740993) },
        { "a number as text", E, "/e", "", 3, "{\"e\":\"9007199254740.993\"}", true, OHM_OK,
          INT64_C(9007199254740993) },
        { "an element of a list", W, "/emeters/1/power", "", 0,
          "{\"emeters\":[{\"power\":1},{\"power\":-230.5}]}", true, OHM_OK, -2305 },
        { "past the list", W, "/emeters/2/power", "", 0, "{\"emeters\":[1,2]}", false, OHM_OK, 0 },
        { "an index has no zero in front", W, "/a/01", "", 0, "{\"a\":[1,2]}", false, OHM_OK, 0 },
        { "an index has no sign", W, "/a/+1", "", 0, "{\"a\":[1,2]}", false, OHM_OK, 0 },
        { "escapes", W, "/a~1b/~0c", "", 0, "{\"a/b\":{\"~c\":5}}", true, OHM_OK, 50 },
        { "null is nothing", W, "/p", "", 0, "{\"p\":null}", false, OHM_OK, 0 },
        { "missing is nothing", W, "/p", "", 0, "{\"q\":1}", false, OHM_OK, 0 },
        { "an object is no value", W, "/p", "", 0, "{\"p\":{}}", true, OHM_BAD_FORMAT, 0 },
        { "a word is no number", W, "/p", "", 0, "{\"p\":\"unavailable\"}", true, OHM_BAD_FORMAT,
          0 },
        { "true is no power", W, "/p", "", 0, "{\"p\":true}", true, OHM_BAD_FORMAT, 0 },
        { "too large", E, "/p", "", 0, "{\"p\":1e300}", true, OHM_RANGE, 0 },
        { "a state by a word", S, "/state", "", 0, "{\"state\":\"ON\"}", true, OHM_OK, 1 },
        { "a state by a boolean", S, "/state", "", 0, "{\"state\":false}", true, OHM_OK, 0 },
        { "plain text", T, "", "", 0, " 19.5\n", true, OHM_OK, 1950 },
        { "a pattern's group", T, "", "T=([-0-9.]+)", 0, "H=40 T=-3.5 C", true, OHM_OK, -350 },
        { "a pattern without a group", T, "", "[0-9]+", 0, "x17y", true, OHM_OK, 1700 },
        { "a pattern that finds nothing", T, "", "T=([0-9]+)", 0, "H=40", false, OHM_OK, 0 },
        { "a pattern on a member", T, "/m", "([0-9.]+) ?C", 0, "{\"m\":\"21.5 C\"}", true, OHM_OK,
          2150 },
        { "JSON alone at the top", T, "", "", 0, "21", true, OHM_OK, 2100 },
        { "nothing", T, "", "", 0, "", true, OHM_BAD_FORMAT, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_pick_rule r =
            rule(rows[i].quantity, rows[i].pointer, rows[i].pattern, rows[i].exponent);
        assert_int_equal(look(&r, "", rows[i].payload), OHM_OK);
        assert_int_equal(picked.count, 1);
        bool same = picked.values[0].there == rows[i].there &&
                    picked.values[0].code == rows[i].code &&
                    (rows[i].code != OHM_OK || picked.values[0].value == rows[i].value);
        if (!same)
            fail_msg("%s: there %d code %s value %lld", rows[i].why, picked.values[0].there,
                     ohm_code_name(picked.values[0].code), (long long)picked.values[0].value);
    }
}

static void factors(void **state)
{
    (void)state;
    ohm_pick_rule r = rule(OHM_Q_POWER, "/p", "", -1);
    r.factor = -25;
    assert_int_equal(look(&r, "", "{\"p\":4}"), OHM_OK);
    assert_int_equal(picked.values[0].value, -100); /* -10.0 W */
    assert_int_equal(look(&r, "", "{\"p\":4.0}"), OHM_OK);
    assert_int_equal(picked.values[0].value, -100);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        ohm_ms want;
    } rows[] = {
        { "{\"t\":\"2026-11-22T05:00:00Z\",\"p\":1}", INT64_C(1795323600000) },
        { "{\"t\":1795323600,\"p\":1}", INT64_C(1795323600000) },
        { "{\"t\":1795323600.25,\"p\":1}", INT64_C(1795323600250) },
        { "{\"t\":1795323600123,\"p\":1}", INT64_C(1795323600123) },
        { "{\"t\":\"yesterday\",\"p\":1}", OHM_NO_MS },
        { "{\"t\":-5,\"p\":1}", OHM_NO_MS },
        { "{\"p\":1}", OHM_NO_MS },
    };
    ohm_pick_rule r = rule(OHM_Q_POWER, "/p", "", 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(look(&r, "/t", rows[i].payload), OHM_OK);
        if (picked.time_ms != rows[i].want)
            fail_msg("%s: %lld", rows[i].payload, (long long)picked.time_ms);
    }
}

static void refusals(void **state)
{
    (void)state;
    static const char *const broken[] = { "{", "{\"p\":1}x", "", "{\"p\":1,\"p\":2}", "\xff" };
    ohm_pick_rule r = rule(OHM_Q_POWER, "/p", "", 0);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(look(&r, "", broken[i]), OHM_BAD_FORMAT);

    ohm_picker *picker = NULL;
    static uint8_t big[OHM_PICK_PAYLOAD_MAX + 1];
    assert_int_equal(ohm_picker_new(&r, 1, "", &picker).code, OHM_OK);
    assert_int_equal(ohm_pick(picker, ohm_span_of(big, sizeof big), &picked), OHM_TOO_BIG);
    ohm_picker_free(picker);

    ohm_pick_rule bad[] = { rule(OHM_Q_POWER, "p", "", 0), rule(OHM_Q_POWER, "/~2", "", 0),
                            rule(OHM_Q_POWER, "", "(", 0), rule(OHM_Q_METER_ID, "/a", "", 0) };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ohm_pick_rule two[] = { r, bad[i] };
        ohm_err err = ohm_picker_new(two, 2, "", &picker);
        assert_int_not_equal(err.code, OHM_OK);
        assert_int_equal(err.at, 1);
    }
    assert_int_equal(ohm_picker_new(&r, 1, "t", &picker).code, OHM_BAD_FORMAT);
    assert_int_equal(ohm_picker_new(&r, 0, "", &picker).code, OHM_RANGE);
}

static void units(void **state)
{
    (void)state;
    static const struct {
        const char *text, *base;
        int exponent;
    } rows[] = { { "W", "W", 0 },  { "kW", "W", 3 }, { "mA", "A", -3 },     { "MWh", "Wh", 6 },
                 { "°C", "C", 0 }, { "%", "1", -2 }, { "kvarh", "varh", 3 } };
    const char *base = NULL;
    int exponent = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_pick_unit(rows[i].text, &base, &exponent), OHM_OK);
        assert_string_equal(base, rows[i].base);
        assert_int_equal(exponent, rows[i].exponent);
    }
    static const char *const unknown[] = { "", "k", "kg", "F", "kkW", "watt" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_int_equal(ohm_pick_unit(unknown[i], &base, &exponent), OHM_UNKNOWN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),   cmocka_unit_test(factors), cmocka_unit_test(times),
        cmocka_unit_test(refusals), cmocka_unit_test(units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
