/* What a meter answers by short codes, whatever it speaks. */
#include "meter/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "../telegrams.h"

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
    text[ohm_answer_json(row, message, &clock, text)] = 0;
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

/* A protocol without OBIS codes: by what its values mean. */
static void mbus(void **state)
{
    (void)state;
    const mbus_bytes b = mbus_frame(0x08, 1, 0x72, "78563412 2410 01 02 55 00 0000 0403 21430000");
    assert_string_equal(answers_of(&ohm_protocol_mbus, mbus_span(&b)),
                        "\"1.8.0\":17.185,\"units\":{\"1.8.0\":\"kWh\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p1),
        cmocka_unit_test(mbus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
