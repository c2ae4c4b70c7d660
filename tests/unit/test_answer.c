/* What a meter answers by short codes, whatever it speaks. */
#include "meter/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "../telegrams.h"
#include "wire/mbus.h"

static ohm_reading_text answer;
static char text[OHM_ANSWER_JSON_MAX + 1];

/* The answers to the one message of these bytes, as JSON from the first of them on. */
static const char *answers_of(const ohm_protocol *row, ohm_span in)
{
    const ohm_protocol_config config = { .line = true };
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    const void *message = NULL;
    ohm_protocol_reject reject;
    void *state = calloc(1, row->state_size);
    assert_non_null(state);
    assert_int_equal(row->init(state, &config).code, OHM_OK);
    assert_int_equal(row->next(state, &in, &message, &reject), OHM_OK);
    answer = (ohm_reading_text){ 0 };
    assert_true(ohm_reading_add(&answer, row, message, &clock));
    size_t len = ohm_reading_finish(&answer, true);
    memcpy(text, answer.text, len);
    text[len] = 0;
    free(state);
    const char *at = strstr(text, "}],\"");
    return at ? at + 3 : "";
}

static void p1(void **state)
{
    (void)state;
    static const struct {
        const char *why, *lines, *want;
    } rows[] = {
        { "registers in kWh, levels in base units",
          "1-0:1.8.0(004426.123*kWh)\r\n1-0:32.7.0(231.10*V)\r\n",
          "\"1.8.0\":4426.123,\"32.7.0\":231.1,\"units\":{\"1.8.0\":\"kWh\",\"32.7.0\":\"V\"}}" },
        { "what is drawn less what is given", "1-0:1.7.0(00.000*kW)\r\n1-0:2.7.0(00.820*kW)\r\n",
          "\"1.7.0\":0,\"2.7.0\":820,\"16.7.0\":-820,"
          "\"units\":{\"1.7.0\":\"W\",\"2.7.0\":\"W\",\"16.7.0\":\"W\"}}" },
        { "what the meter says itself is not made again",
          "1-0:16.7.0(00.100*kW)\r\n1-0:1.7.0(00.200*kW)\r\n1-0:2.7.0(00.100*kW)\r\n",
          "\"16.7.0\":100,\"1.7.0\":200,\"2.7.0\":100,"
          "\"units\":{\"16.7.0\":\"W\",\"1.7.0\":\"W\",\"2.7.0\":\"W\"}}" },
        { "no difference with one side unknown", "1-0:1.7.0(00.200*kW)\r\n",
          "\"1.7.0\":200,\"units\":{\"1.7.0\":\"W\"}}" },
        { "reactive and apparent registers",
          "1-0:3.8.0(000012.345*kvarh)\r\n1-0:2.8.2(000001.001*kWh)\r\n",
          "\"3.8.0\":12.345,\"2.8.2\":1.001,\"2.8.0\":1.001,"
          "\"units\":{\"3.8.0\":\"kvarh\",\"2.8.2\":\"kWh\",\"2.8.0\":\"kWh\"}}" },
        { "registers of tariffs alone have a sum",
          "1-0:1.8.1(000001.001*kWh)\r\n1-0:1.8.2(000002.002*kWh)\r\n",
          "\"1.8.1\":1.001,\"1.8.2\":2.002,\"1.8.0\":3.003,"
          "\"units\":{\"1.8.1\":\"kWh\",\"1.8.2\":\"kWh\",\"1.8.0\":\"kWh\"}}" },
        { "an earlier period is no answer", "1-0:1.8.0*12(000001.001*kWh)\r\n", "" },
        { "what can't be is none", "1-0:14.7.0(5.0*Hz)\r\n", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const telegram t = telegram_of(rows[i].lines);
        const char *got = answers_of(&ohm_protocol_p1, telegram_span(&t));
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s:\n%s\nin %s", rows[i].why, got, text);
    }
}

/* The registers of Tempo's six periods have codes, and a sum where nothing else says it. */
static void tempo(void **state)
{
    (void)state;
    static const ohm_quantity_id quantities[] = { OHM_Q_ENERGY_IMPORT_T1, OHM_Q_ENERGY_IMPORT_T4,
                                                  OHM_Q_ENERGY_IMPORT_T5, OHM_Q_ENERGY_IMPORT_T6,
                                                  OHM_Q_ENERGY_IMPORT_T10 };
    static const char *const codes[] = { "1.8.1", "1.8.4", "1.8.5", "1.8.6", "1.8.10", "1.8.0" };
    static const int64_t wh[] = { 1000, 200, 30, 4, 50000, 51234 };
    enum { COUNT = sizeof quantities / sizeof *quantities };
    ohm_answer answers[OHM_ANSWER_MAX];
    ohm_frame frame = { .count = COUNT };
    for (size_t i = 0; i < COUNT; i++)
        frame.values[i] = (ohm_value){ .quantity = (uint16_t)quantities[i], .value = wh[i] };
    assert_int_equal(ohm_frame_answers(&frame, false, answers), COUNT);
    assert_int_equal(ohm_frame_answers(&frame, true, answers), COUNT + 1);
    for (size_t i = 0; i <= COUNT; i++) {
        assert_string_equal(answers[i].code, codes[i]);
        assert_int_equal(answers[i].mantissa, wh[i]);
        assert_int_equal(answers[i].exponent, -3);
        assert_string_equal(answers[i].unit, "kWh");
    }
}

/* A protocol without OBIS codes: by what its values mean. */
static void mbus(void **state)
{
    (void)state;
    const mbus_bytes b = mbus_frame(0x08, 1, 0x72, "78563412 2410 01 02 55 00 0000 0403 21430000");
    assert_string_equal(answers_of(&ohm_protocol_mbus, mbus_span(&b)),
                        "\"1.8.0\":17.185,\"units\":{\"1.8.0\":\"kWh\"}}");
}

/* The telegrams of one readout: what the first says, and the values of all. */
static void joined(void **state)
{
    (void)state;
    static const struct {
        const char *why, *first, *second, *want;
        bool whole;
    } rows[] = {
        { "two telegrams", "0403 21430000 1F", "0413 05000000", "04,1F,04", true },
        { "the second never came", "0403 21430000 1F", NULL, "04,1F", false },
        { "nothing in the first", "", "0413 05000000", "04", true },
        { "nothing in the second", "0413 05000000", "", "04", true },
        { "the same code twice: the first", "0403 21430000", "0403 22430000", "04,04", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *bodies[] = { rows[i].first, rows[i].second };
        char dibs[64] = "", *at = text;
        answer = (ohm_reading_text){ 0 };
        for (size_t j = 0; j < 2 && bodies[j]; j++) {
            static ohm_mbus_message m;
            ohm_mbus_reject reject;
            char hex[96] = "78563412 2410 01 02 55 00 0000 ";
            (void)strcat(hex, bodies[j]);
            const mbus_bytes b = mbus_hex(hex);
            const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
            assert_int_equal(ohm_mbus_parse(0x08, 1, 0x72, mbus_span(&b), &m, &reject), OHM_OK);
            assert_true(ohm_reading_add(&answer, &ohm_protocol_mbus, &m, &clock));
        }
        size_t len = ohm_reading_finish(&answer, rows[i].whole);
        memcpy(text, answer.text, len);
        text[len] = 0;
        while ((at = strstr(at, "\"dib\":\"")) != NULL) {
            (void)snprintf(dibs + strlen(dibs), sizeof dibs - strlen(dibs), "%s%.2s",
                           dibs[0] ? "," : "", at + 7);
            at += 7;
        }
        bool cut = strstr(text, "\"more_follows\":true") != NULL;
        if (strcmp(dibs, rows[i].want) != 0 || cut == rows[i].whole)
            fail_msg("%s: %s in %s", rows[i].why, dibs, text);
        const char *energy = strstr(text, ",\"1.8.0\":17.185,\"units\"");
        bool wanted = strstr(rows[i].first, "0403 21") != NULL;
        assert_int_equal(energy != NULL, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p1),
        cmocka_unit_test(tempo),
        cmocka_unit_test(mbus),
        cmocka_unit_test(joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
