#include "meter/message_json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "meter/readings.h"

static ohm_dlms_message message;
static const uint8_t energy[OHM_OBIS_LEN] = { 1, 0, 1, 8, 0, 255 };

/* A message with one value of an energy register. */
static ohm_dlms_value *one_value(ohm_dlms_kind kind)
{
    message = (ohm_dlms_message){ .count = 1 };
    ohm_dlms_value *v = &message.values[0];
    v->kind = (uint8_t)kind;
    v->has_obis = true;
    memcpy(v->obis, energy, sizeof energy);
    v->quantity = OHM_Q_ENERGY_IMPORT;
    v->unit = OHM_UNIT_WH;
    v->scaler_source = OHM_SCALER_PROFILE;
    return v;
}

static const char *value_json(const ohm_dlms_value *v)
{
    static char text[512];
    ohm_json json;
    size_t len = 0;
    ohm_meter_clock clock = { NULL, false, OHM_NO_MS, NULL };
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_message_value_json(&json, &message, v, &clock);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = 0;
    return text;
}

static void integers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_dlms_kind kind;
        int64_t raw;
        int scaler;
        const char *want;
    } rows[] = {
        { "as it is", OHM_DLMS_INTEGER, 12048950, 0, "12048950" },
        { "above 2^53", OHM_DLMS_INTEGER, 9007199254740993, 0, "9007199254740993" },
        { "hundredths", OHM_DLMS_INTEGER, 23010, -2, "230.1" },
        { "below zero", OHM_DLMS_INTEGER, -5, -3, "-0.005" },
        { "kilo", OHM_DLMS_INTEGER, 5, 3, "5000" },
        { "64 bits", OHM_DLMS_UNSIGNED, -1, 0, "18446744073709551615" },
        { "64 bits in thousandths", OHM_DLMS_UNSIGNED, -1, -3, "18446744073709551.615" },
        { "64 bits in tens", OHM_DLMS_UNSIGNED, -1, 1, "184467440737095516150" },
        { "64 bits, far down", OHM_DLMS_UNSIGNED, -1, -18, "18.446744073709551615" },
        { "a scaler nobody means", OHM_DLMS_INTEGER, 5, 127, "null" },
        { "nor that one", OHM_DLMS_UNSIGNED, -1, -128, "null" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_dlms_value *v = one_value(rows[i].kind);
        v->raw = rows[i].raw;
        v->scaler = (int8_t)rows[i].scaler;
        if (strcmp(value_json(v), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, value_json(v));
    }
}

static void floats_are_the_shortest(void **state)
{
    (void)state;
    static const struct {
        double real;
        int scaler;
        const char *want;
    } rows[] = {
        { (double)230.1f, 0, "230.1" },  { 230.1, 0, "230.1" },       { 0.1, 0, "0.1" },
        { 1e300, 0, "1e+300" },          { (double)1.5f, 3, "1500" }, { (double)NAN, 0, "null" },
        { (double)INFINITY, 0, "null" }, { -0.5, 0, "-0.5" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_dlms_value *v = one_value(OHM_DLMS_FLOAT);
        v->real = rows[i].real;
        v->scaler = (int8_t)rows[i].scaler;
        assert_string_equal(value_json(v), rows[i].want);
    }
}

static void nothing_is_guessed(void **state)
{
    (void)state;
    ohm_dlms_value *v = one_value(OHM_DLMS_INTEGER);
    v->raw = 1234;
    v->scaler_source = OHM_SCALER_NONE;
    assert_string_equal(value_json(v), "null");
    v->quantity = OHM_Q_DISCONNECTOR; /* a state is its code */
    assert_string_equal(value_json(v), "1234");
    v = one_value(OHM_DLMS_NULL);
    assert_string_equal(value_json(v), "null");
    v = one_value(OHM_DLMS_BOOL);
    v->raw = 1;
    assert_string_equal(value_json(v), "true");
    v = one_value(OHM_DLMS_TEXT);
    v->bytes = ohm_span_text("RATE\"2");
    assert_string_equal(value_json(v), "\"RATE\\\"2\"");
    v = one_value(OHM_DLMS_OCTETS);
    v->bytes = ohm_span_of("\x0e\x37\x21\x00", 4);
    assert_string_equal(value_json(v), "\"0e372100\"");
    v->part = OHM_PART_TIME;
    assert_string_equal(value_json(v), "\"14:55:33\"");
    v->bytes = ohm_span_of("\x07\xe5\x03\x07\x07", 5);
    v->part = OHM_PART_DATE;
    assert_string_equal(value_json(v), "\"2021-03-07\"");
}

static void dates_are_text(void **state)
{
    (void)state;
    ohm_dlms_value *v = one_value(OHM_DLMS_DATETIME);
    v->bytes = ohm_span_of("\x07\xe7\x0b\x0a\x05\x0a\x3a\x32\xff\x80\x00\x00", 12);
    assert_string_equal(value_json(v), "\"2023-11-10T10:58:50\"");
    v->bytes = ohm_span_of("\x07\xe7\x0b\x0a\x05\x0a\x3a\x32\xff\xff\xc4\x00", 12);
    assert_string_equal(value_json(v), "\"2023-11-10T09:58:50Z\"");
    v->bytes = ohm_span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x00\xff", 12);
    assert_string_equal(value_json(v), "null");
}

static void the_whole_object(void **state)
{
    (void)state;
    static char text[1024];
    ohm_dlms_value *v = one_value(OHM_DLMS_INTEGER);
    v->raw = 12048950;
    message.has_title = true;
    memcpy(message.title, "LGZ\x67\x73\x5d\xd3\xa9", 8);
    message.security = (ohm_dlms_security){ true, true, 48, 707715 };
    message.id = ohm_span_text("LGZ1");
    static const ohm_meter_profile profile = { .name = "lg-e450" };
    message.profile = &profile;
    message.time = (ohm_dlms_time){ .present = true,
                                    .has_deviation = true,
                                    .deviation_min = -60,
                                    .local = { { 2023, 11, 10 }, 10, 58, 50, 0 } };
    ohm_json json;
    size_t len = 0;
    ohm_meter_clock clock = { NULL, false, OHM_NO_MS, NULL };
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_message_json(&json, &message, &clock);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = 0;
    assert_string_equal(
        text, "{\"protocol\":\"dlms\",\"meter\":{\"system_title\":\"4c475a67735dd3a9\","
              "\"id\":\"LGZ1\",\"profile\":\"lg-e450\"},\"time\":\"2023-11-10T09:58:50Z\","
              "\"security\":{\"control\":48,\"counter\":707715,\"authenticated\":true},"
              "\"values\":[{\"obis\":\"1-0:1.8.0*255\",\"quantity\":\"energy_import\","
              "\"value\":12048950,\"unit\":\"Wh\",\"raw\":12048950,\"scaler\":0}]}");

    v->part = OHM_PART_DATE; /* of two halves with one code, each says which it is */
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_message_json(&json, &message, &clock);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = 0;
    assert_non_null(strstr(text, "\"obis\":\"1-0:1.8.0*255#date\""));
}

static void readings_are_once_and_possible(void **state)
{
    (void)state;
    static ohm_frame frame;
    ohm_dlms_value *v = one_value(OHM_DLMS_INTEGER);
    v[0].raw = 5;
    v[1] = v[0];
    v[1].raw = 6; /* the same register a second time: the first one stands */
    v[2] = v[0];
    v[2].quantity = OHM_Q_NONE;
    message.count = 3;
    ohm_readings_of(&message, 2, 77, &frame);
    assert_int_equal(frame.count, 1);
    assert_int_equal(frame.values[0].value, 5);
    assert_int_equal(frame.values[0].quality, OHM_QUALITY_UNAUTHENTICATED);
    assert_int_equal(frame.device, 2);
    assert_int_equal(frame.time_ms, 77);
    v[0].raw = -5; /* a register below zero */
    message.security.authenticated = true;
    ohm_readings_of(&message, 2, 77, &frame);
    assert_int_equal(frame.values[0].quality, OHM_QUALITY_SUSPECT);
    v[0].raw = 5;
    ohm_readings_of(&message, 2, 77, &frame);
    assert_int_equal(frame.values[0].quality, OHM_QUALITY_GOOD);
    v[0].scaler_source = v[1].scaler_source = OHM_SCALER_NONE;
    ohm_readings_of(&message, 2, 77, &frame);
    assert_int_equal(frame.count, 0);
    assert_true(ohm_readings_wanted(&message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_exact), cmocka_unit_test(floats_are_the_shortest),
        cmocka_unit_test(nothing_is_guessed), cmocka_unit_test(dates_are_text),
        cmocka_unit_test(the_whole_object),   cmocka_unit_test(readings_are_once_and_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
