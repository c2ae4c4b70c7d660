/* What a Modbus device said, as JSON, as readings, and whether it can be true. */
#include "meter/modbus_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/modbus_profiles.h"

static ohm_modbus_profiles *profiles;

static const ohm_modbus_profile *profile(const char *name)
{
    const ohm_modbus_profile *p = ohm_modbus_profiles_find(profiles, name);
    assert_non_null(p);
    return p;
}

/* A poll in which quantity by quantity has a value of `number`, the others nothing. */
typedef struct said {
    ohm_quantity_id quantity;
    int64_t mantissa;
    int exponent;
} said;

static ohm_modbus_plan plan;

static ohm_modbus_report poll_of(const ohm_modbus_profile *p, const said *values, size_t count)
{
    assert_int_equal(ohm_modbus_plan_make(p, &plan), OHM_OK);
    for (size_t i = 0; i < plan.parts_count; i++) {
        ohm_modbus_part *part = &plan.parts[i];
        const ohm_modbus_point *point = &p->points[part->point];
        for (size_t k = 0; k < count; k++) {
            if (values[k].quantity != point->quantity)
                continue;
            ohm_modbus_decimal v = { values[k].mantissa,
                                     values[k].exponent - point->scale_exponent };
            assert_true(point->scale == 1);
            assert_int_equal(ohm_modbus_registers_of((ohm_modbus_type)point->type,
                                                     (ohm_modbus_order)point->order, v,
                                                     plan.pool + part->pool),
                             OHM_OK);
            part->have = true;
        }
    }
    return (ohm_modbus_report){ .plan = &plan, .profile = p, .unit = 5 };
}

static const char *json_of(const ohm_modbus_report *report)
{
    static char text[32768];
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_modbus_report_json(&json, report);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = 0;
    return text;
}

static void a_transaction_is_shown_whole(void **state)
{
    (void)state;
    static const uint8_t data[] = { 0x43, 0x66, 0x19, 0x9a };
    ohm_modbus_message m = {
        .has_request = true,
        .has_reply = true,
        .request = { .unit = 9, .function = 4, .address = 0, .count = 2 },
        .reply = { .reply = true,
                   .unit = 9,
                   .function = 4,
                   .address = 0,
                   .count = 2,
                   .data = { data, 4 } },
    };
    ohm_modbus_report report = { .captured = &m, .profile = profile("sdm120"), .unit = 9 };
    assert_string_equal(
        json_of(&report),
        "{\"protocol\":\"modbus\",\"meter\":{\"system_title\":null,\"id\":null,"
        "\"profile\":\"sdm120\",\"unit\":9},\"time\":null,\"security\":null,\"unit\":9,"
        "\"function\":4,\"address\":0,\"count\":2,\"registers\":[17254,6554],\"bits\":null,"
        "\"exception\":null,\"answered\":true,\"identification\":null,\"values\":["
        "{\"name\":\"voltage\",\"quantity\":\"voltage\",\"value\":230.1,\"unit\":\"V\","
        "\"function\":4,\"address\":0}]}");
    m.has_request = false; /* then nobody knows the address */
    assert_non_null(
        strstr(json_of(&report), "\"address\":null,\"count\":null,\"registers\":[17254"));
    assert_non_null(strstr(json_of(&report), "\"values\":[]"));
}

static const struct {
    const char *why;
    ohm_modbus_message m;
    const char *want;
} transactions[] = {
    { "an exception",
      { .has_request = true,
        .has_reply = true,
        .request = { .function = 3, .address = 5, .count = 1 },
        .reply = { .reply = true, .function = 3, .address = 5, .count = 1, .exception = 2 } },
      "\"registers\":null,\"bits\":null,\"exception\":{\"code\":2,\"text\":\"illegal data "
      "address\"}" },
    { "no answer",
      { .has_request = true, .request = { .function = 3, .address = 5, .count = 1 } },
      "\"address\":5,\"count\":1,\"registers\":null,\"bits\":null,\"exception\":null,"
      "\"answered\":false" },
    { "bits",
      { .has_request = true,
        .has_reply = true,
        .request = { .function = 1, .address = 5, .count = 3 },
        .reply = { .reply = true,
                   .function = 1,
                   .address = 5,
                   .count = 3,
                   .data = { (const uint8_t *)"\x05", 1 } } },
      "\"registers\":null,\"bits\":[1,0,1]" },
    { "a coil is switched",
      { .has_request = true,
        .has_reply = true,
        .request = { .function = 5,
                     .address = 7,
                     .count = 1,
                     .data = { (const uint8_t *)"\xff", 2 } },
        .reply = { .reply = true,
                   .function = 5,
                   .address = 7,
                   .count = 1,
                   .data = { (const uint8_t *)"\xff", 2 } } },
      "\"address\":7,\"count\":1,\"registers\":null,\"bits\":[1]" },
    { "registers are written",
      { .has_request = true,
        .has_reply = true,
        .request = { .function = 16,
                     .address = 7,
                     .count = 1,
                     .data = { (const uint8_t *)"\x01\x02", 2 } },
        .reply = { .reply = true, .function = 16, .address = 7, .count = 1 } },
      "\"address\":7,\"count\":1,\"registers\":[258]" },
    { "an identification",
      { .has_reply = true,
        .reply = { .reply = true,
                   .function = 43,
                   .data = { (const uint8_t *)"\x01\x01\x00\x00\x01\x00\x02OK", 9 } } },
      "\"identification\":{\"vendor\":\"OK\"}" },
};

static void every_kind_of_transaction(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof transactions / sizeof *transactions; i++) {
        ohm_modbus_report report = { .captured = &transactions[i].m, .unit = 1 };
        const char *json = json_of(&report);
        if (!strstr(json, transactions[i].want))
            fail_msg("%s: %s", transactions[i].why, json);
    }
}

static void a_poll_becomes_readings(void **state)
{
    (void)state;
    static const said values[] = { { OHM_Q_POWER, -12345, -1 },
                                   { OHM_Q_ENERGY_IMPORT, 123456, 0 },
                                   { OHM_Q_VOLTAGE_L1, 2301, -1 } };
    ohm_modbus_report report = poll_of(profile("umg"), values, 3);
    ohm_frame frame;
    ohm_modbus_report_readings(&report, 3, 1000, &frame);
    assert_int_equal(frame.count, 3);
    assert_int_equal(frame.device, 3);
    for (int i = 0; i < frame.count; i++) {
        int64_t want = frame.values[i].quantity == OHM_Q_POWER           ? -12345
                       : frame.values[i].quantity == OHM_Q_ENERGY_IMPORT ? 123456
                                                                         : 23010;
        assert_int_equal(frame.values[i].value, want);
        assert_int_equal(frame.values[i].quality, OHM_QUALITY_UNAUTHENTICATED);
    }
    /* A gap is a gap. */
    assert_non_null(strstr(json_of(&report), "\"name\":\"frequency\",\"quantity\":\"frequency\","
                                             "\"value\":null"));
}

static const struct {
    const char *why;
    bool wrong;
    said values[6];
} judged[] = {
    { "a usual house",
      false,
      { { OHM_Q_VOLTAGE_L1, 230, 0 }, { OHM_Q_POWER, 500, 0 }, { OHM_Q_FREQUENCY, 50, 0 } } },
    { "a voltage of 3 V", true, { { OHM_Q_VOLTAGE_L1, 3, 0 }, { OHM_Q_POWER, 500, 0 } } },
    { "a phase that is not wired",
      false,
      { { OHM_Q_VOLTAGE_L1, 230, 0 }, { OHM_Q_VOLTAGE_L2, 3, 0 }, { OHM_Q_POWER, 500, 0 } } },
    { "everything is off", false, { { OHM_Q_VOLTAGE_L1, 0, 0 }, { OHM_Q_POWER, 0, 0 } } },
    { "a gigawatt", true, { { OHM_Q_POWER, 1, 9 } } },
    { "two impossible numbers among many",
      true,
      { { OHM_Q_VOLTAGE_L1, 230, 0 },
        { OHM_Q_VOLTAGE_L2, 231, 0 },
        { OHM_Q_VOLTAGE_L3, 229, 0 },
        { OHM_Q_FREQUENCY, 5, 0 },
        { OHM_Q_CURRENT_L1, 1, 9 } } },
    { "one among many is an oddity",
      false,
      { { OHM_Q_VOLTAGE_L1, 230, 0 },
        { OHM_Q_VOLTAGE_L2, 231, 0 },
        { OHM_Q_VOLTAGE_L3, 229, 0 },
        { OHM_Q_POWER, 229, 0 },
        { OHM_Q_FREQUENCY, 500, 0 } } },
    { "nothing was read", false, { { OHM_Q_NONE, 0, 0 } } },
};

static void a_wrong_profile_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        ohm_modbus_report report = poll_of(profile("umg"), judged[i].values, 6);
        size_t point = 999;
        bool wrong = ohm_modbus_report_wrong(&report, &point);
        if (wrong != judged[i].wrong || (wrong && point == 999))
            fail_msg("%s", judged[i].why);
    }
}

static int load(void **state)
{
    ohm_profile_fault fault;
    (void)state;
    return ohm_modbus_profiles_load(NULL, &profiles, &fault) == OHM_OK ? 0 : 1;
}

static int unload(void **state)
{
    (void)state;
    ohm_modbus_profiles_free(profiles);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_is_shown_whole),
        cmocka_unit_test(every_kind_of_transaction),
        cmocka_unit_test(a_poll_becomes_readings),
        cmocka_unit_test(a_wrong_profile_is_noticed),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
