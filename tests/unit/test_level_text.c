#include "relay/level_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/setting.h"

static const ohm_level_form car = { .amperes = true, .phases = 3, .voltage = 230, .step_w = 690 };
static const ohm_level_form tank = { .phases = 1, .voltage = 230, .step_w = 100 };
static const ohm_level_form wire = { .order = true };
static const ohm_level_form battery = { .step_w = 50, .gives = true };

static void templates_are_filled(void **state)
{
    (void)state;
    static const struct {
        const char *why, *from, *want;
        const ohm_level_form *form;
        ohm_level_words words;
        int32_t level;
    } rows[] = {
        { "amperes of each phase", "{\"current\":{a}}", "{\"current\":16}", &car, OHM_LEVEL_FRENCH,
          11040 },
        { "with a decimal", "{a}", "6.5", &car, OHM_LEVEL_FRENCH, 4485 },
        { "off", "{a} {w}", "0 0", &car, OHM_LEVEL_FRENCH, 0 },
        { "watts", "set?w={w}&t={deadman_s}", "set?w=2300&t=60", &tank, OHM_LEVEL_FRENCH, 2300 },
        { "an order", "{\"pilot_wire_mode\":\"{order}\"}",
          "{\"pilot_wire_mode\":\"frost_protection\"}", &wire, OHM_LEVEL_ZIGBEE2MQTT,
          OHM_ORDER_HORS_GEL },
        { "in plain words", "{device}/{order}", "salon/confort_1", &wire, OHM_LEVEL_FRENCH,
          OHM_ORDER_CONFORT_1 },
        { "a battery that gives", "{w}", "-1500", &battery, OHM_LEVEL_FRENCH, -1500 },
        { "one that rests", "{w}", "0", &battery, OHM_LEVEL_FRENCH, OHM_SETTING_REST },
        { "other braces stay", "{{x}{w", "{{x}{w", &tank, OHM_LEVEL_FRENCH, 1 },
        { "a setpoint is no order", "{order}", "", &tank, OHM_LEVEL_FRENCH, 3 },
    };
    char out[OHM_LEVEL_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_level_call call = { *rows[i].form, rows[i].words, "salon", 60 };
        assert_int_equal(ohm_level_fill(&call, rows[i].from, rows[i].level, out), OHM_OK);
        if (strcmp(out, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, out);
    }
    for (int o = 0; o < (int)OHM_ORDERS_COUNT; o++) { /* as everywhere else */
        const ohm_level_call plain = { wire, OHM_LEVEL_FRENCH, "d", 0 };
        assert_int_equal(ohm_level_fill(&plain, "{order}", o, out), OHM_OK);
        assert_string_equal(out, ohm_order_name((ohm_order)o));
    }
    char large[OHM_LEVEL_TEXT_MAX + 1];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    const ohm_level_call call = { tank, OHM_LEVEL_FRENCH, "salon", 0 };
    assert_int_equal(ohm_level_fill(&call, large, 1, out), OHM_TOO_BIG);
}

static void what_a_module_says_is_read(void **state)
{
    (void)state;
    enum { NOTHING = -1 };
    static const struct {
        const char *why, *pointer, *body;
        const ohm_level_form *form;
        int32_t told, want;
    } rows[] = {
        { "amperes, bare", "", "16", &car, 0, 11040 },
        { "at a pointer", "/evse/current", "{\"evse\":{\"current\":8}}", &car, 0, 5520 },
        { "a little off what it was told", "", "15.9", &car, 11040, 11040 },
        { "off by a step", "", "15", &car, 11040, 10350 },
        { "watts", "/w", "{\"w\":2304}", &tank, 2300, 2300 },
        { "below zero", "", "-1", &tank, 0, NOTHING },
        { "what a battery gives", "", "-1490.4", &battery, -1500, -1500 },
        { "not what it was told", "", "-1400", &battery, -1500, -1400 },
        { "beyond all that is", "", "1e300", &tank, 0, NOTHING },
        { "no number", "/w", "{\"w\":\"2300\"}", &tank, 0, NOTHING },
        { "nothing there", "/x", "{\"w\":1}", &tank, 0, NOTHING },
        { "an order in a payload", "/pilot_wire_mode", "{\"pilot_wire_mode\":\"comfort_-2\"}",
          &wire, 0, OHM_ORDER_CONFORT_2 },
        { "a bare word", "", "eco", &wire, 0, OHM_ORDER_ECO },
        { "another word", "", "economy", &wire, 0, NOTHING },
        { "a number is no order", "", "3", &wire, 0, NOTHING },
        { "an order is no number", "", "eco", &tank, 0, NOTHING },
        { "not JSON", "/w", "{\"w\":", &tank, 0, NOTHING },
        { "nothing", "", "", &tank, 0, NOTHING },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_level_call call = { *rows[i].form, OHM_LEVEL_ZIGBEE2MQTT, "d", 0 };
        int32_t level = NOTHING;
        bool said = ohm_level_read(&call, rows[i].pointer, ohm_span_text(rows[i].body),
                                   rows[i].told, &level);
        if (said != (rows[i].want != NOTHING) || level != rows[i].want)
            fail_msg("%s: %d %d", rows[i].why, said, level);
    }
}

static void registers_and_back(void **state)
{
    (void)state;
    static const struct {
        const ohm_level_form *form;
        ohm_level_unit unit;
        int32_t level;
        uint16_t value;
    } rows[] = {
        { &tank, OHM_LEVEL_W, 2300, 2300 },
        { &car, OHM_LEVEL_A, 11040, 16 },
        { &car, OHM_LEVEL_DECI_A, 11040, 160 },
        { &car, OHM_LEVEL_DECI_A, 4485, 65 },
        { &car, OHM_LEVEL_A, 0, 0 },
        { &battery, OHM_LEVEL_W, 1500, 1500 },
        { &battery, OHM_LEVEL_W, -1500, 65536 - 1500 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_level_register(rows[i].form, rows[i].unit, rows[i].level),
                         rows[i].value);
        assert_int_equal(ohm_level_of_register(rows[i].form, rows[i].unit, rows[i].value, -9999),
                         rows[i].level);
    }
    assert_int_equal(ohm_level_register(&tank, OHM_LEVEL_W, 100000), UINT16_MAX);
    assert_int_equal(ohm_level_of_register(&tank, OHM_LEVEL_W, 2310, 2300), 2300);
    assert_int_equal(ohm_level_of_register(&tank, OHM_LEVEL_W, 2350, 2300), 2350);
    /* 0 W is what a battery says that rests, if it was told to. */
    assert_int_equal(ohm_level_register(&battery, OHM_LEVEL_W, OHM_SETTING_REST), 0);
    assert_int_equal(ohm_level_of_register(&battery, OHM_LEVEL_W, 0, OHM_SETTING_REST),
                     OHM_SETTING_REST);
    assert_int_equal(ohm_level_of_register(&battery, OHM_LEVEL_W, 0, 1500), OHM_SETTING_OWN);
    assert_int_equal(ohm_level_register(&battery, OHM_LEVEL_W, -40000), 0x8000);
    assert_true(ohm_level_is_own(&battery, 0) && !ohm_level_is_own(&battery, OHM_SETTING_REST) &&
                !ohm_level_is_own(&tank, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_filled),
        cmocka_unit_test(what_a_module_says_is_read),
        cmocka_unit_test(registers_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
