/* What `decode` prints of SML, P1 and IEC 62056-21, to the letter; and that the largest message
 * fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../sml_files.h"
#include "../telegrams.h"
#include "host/tzdata.h"
#include "meter/protocol.h"
#include "wire/d0.h"

static char text[OHM_PROTOCOL_JSON_MAX + 1];

/* The one message of these bytes as JSON; "" if there is none. */
static const char *json_of(const ohm_protocol *row, ohm_span in, const ohm_tz *tz)
{
    const ohm_protocol_config config = { .line = true };
    const ohm_meter_clock clock = { .tz = tz, .last_ms = OHM_NO_MS };
    void *state = calloc(1, row->state_size);
    assert_non_null(state);
    assert_int_equal(row->init(state, &config).code, OHM_OK);
    text[0] = 0;
    for (int ended = 0; ended < 2; ended++) {
        const void *message = NULL;
        ohm_protocol_reject reject;
        ohm_code code;
        while ((code = row->next(state, &in, &message, &reject)) != OHM_MORE && code != OHM_END) {
            ohm_json json;
            size_t len = 0;
            if (code != OHM_OK)
                continue;
            ohm_json_init(&json, text, OHM_PROTOCOL_JSON_MAX);
            row->json(&json, message, &clock);
            assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
            text[len] = 0;
        }
        row->finish(state);
    }
    free(state);
    return text;
}

static void has(const char *json, const char *part)
{
    if (!strstr(json, part))
        fail_msg("%s\nis not in\n%.4000s", part, text);
}

static void sml(void **state)
{
    (void)state;
    const sml_bytes b = sml_household(54301577, -29912);
    const char *json = json_of(&ohm_protocol_sml, sml_span(&b), NULL);
    has(json, "{\"protocol\":\"sml\",\"meter\":{\"system_title\":null,\"id\":\"1OHM0012345678\","
              "\"profile\":null,\"server_id\":\"0a014f484d0000bc614e\"},\"time\":null,"
              "\"seconds_index\":4711,\"security\":null,\"values\":[");
    has(json, "{\"obis\":\"1-0:96.50.1*1\",\"quantity\":null,\"value\":\"4f484d\",\"unit\":null,"
              "\"raw\":\"4f484d\",\"scaler\":0,\"type\":\"octets\",\"text\":\"OHM\","
              "\"status\":null,\"time\":null}");
    has(json, "{\"obis\":\"1-0:1.8.0*255\",\"quantity\":\"energy_import\",\"value\":5430157.7,"
              "\"unit\":\"Wh\",\"raw\":54301577,\"scaler\":-1,\"type\":\"uint\",\"text\":null,"
              "\"status\":null,\"time\":null}");
    has(json, "\"quantity\":\"power\",\"value\":-29912,\"unit\":\"W\"");
}

static void p1(void **state)
{
    (void)state;
    const telegram t = telegram_household(4426, 244);
    const char *json = json_of(&ohm_protocol_p1, telegram_span(&t), NULL);
    has(json, "{\"protocol\":\"p1\",\"meter\":{\"system_title\":null,\"id\":\"OHM0001\","
              "\"profile\":null,\"ident\":{\"manufacturer\":\"OHM\",\"baud_char\":\"5\","
              "\"id\":\"\\\\2TEST\"}},\"time\":\"2026-11-20T12:00:00Z\",\"security\":null,"
              "\"checksum\":true,\"values\":[");
    has(json, "{\"address\":\"1-0:1.8.1\",\"obis\":\"1-0:1.8.1*255\","
              "\"quantity\":\"energy_import_t1\",\"value\":4426,\"unit\":\"Wh\",\"raw\":4426,"
              "\"scaler\":0,\"text\":null,\"time\":null,\"values\":[{\"raw\":\"000004.426*kWh\","
              "\"value\":\"000004.426\",\"unit\":\"kWh\",\"number\":4.426}]}");
    has(json, "{\"address\":\"0-0:1.0.0\",\"obis\":\"0-0:1.0.0*255\","
              "\"quantity\":\"meter_clock\",\"value\":\"2026-11-20T12:00:00Z\",\"unit\":null,"
              "\"raw\":\"261120130000W\",\"scaler\":null,\"text\":\"261120130000W\","
              "\"time\":\"2026-11-20T12:00:00Z\"");
    has(json, "\"quantity\":\"meter_id\",\"value\":\"OHM0001\",\"unit\":null,"
              "\"raw\":\"4F484D30303031\",\"scaler\":null,\"text\":\"OHM0001\"");
    has(json, "\"address\":\"1-0:99.97.0\",\"obis\":\"1-0:99.97.0*255\",\"quantity\":null,"
              "\"value\":null,\"unit\":null,\"raw\":null,\"scaler\":null,\"text\":null,"
              "\"time\":null,\"values\":[{\"raw\":\"2\"");
    has(json, "\"quantity\":\"gas_volume\",\"value\":4711.082,\"unit\":\"m3\",\"raw\":4711082,"
              "\"scaler\":-3,\"text\":null,\"time\":\"2026-11-20T11:55:00Z\"");
}

/* Ireland's meters say S and W too, and mean other hours. */
static void p1_in_another_zone(void **state)
{
    (void)state;
    ohm_tz dublin;
    assert_int_equal(ohm_tzdata_load("Europe/Dublin", &dublin).code, OHM_OK);
    const telegram t = telegram_household(4426, 244);
    has(json_of(&ohm_protocol_p1, telegram_span(&t), &dublin), "\"time\":\"2026-11-20T13:00:00Z\"");
}

static void d0(void **state)
{
    (void)state;
    ohm_tz berlin;
    assert_int_equal(ohm_tzdata_load("Europe/Berlin", &berlin).code, OHM_OK);
    const char *json =
        json_of(&ohm_protocol_d0,
                ohm_span_text("/OHM3x\r\n\r\nC.1.0(40012345)\r\n0.9.1(130000)0.9.2(261120)\r\n"
                              "1.8.0(5*furlong)\r\n"
                              "P.01(1260720001500)(08)(15)(2)(1.5)(kW)(x)()\r\n(0.1)(?)\r\n!\r\n"),
                &berlin);
    has(json, "\"id\":\"40012345\",\"profile\":null,\"ident\":{\"manufacturer\":\"OHM\","
              "\"baud_char\":\"3\",\"id\":\"x\"}},\"time\":\"2026-11-20T12:00:00Z\","
              "\"security\":null,\"checksum\":false");
    has(json, "\"value\":5,\"unit\":\"furlong\",\"raw\":5,\"scaler\":0");
    has(json, "\"profiles\":[{\"address\":\"P.01\",\"time\":\"2026-07-19T22:15:00Z\","
              "\"status\":\"08\",\"period_min\":15,\"channels\":[{\"code\":\"1.5\","
              "\"unit\":\"W\"},{\"code\":\"x\",\"unit\":null}],\"rows\":[[100,null]]}]}");
}

/* As many brackets and as many bytes as a readout may have, each of them dear to write. */
static void the_largest_readout(void **state)
{
    (void)state;
    static char lines[OHM_D0_BLOCK_MAX];
    static const char head[] = "/OHM3x\r\n\r\n0-0:96.1.1(", tail[] = ")\r\n!\r\n";
    size_t n = sizeof head - 1, profile = 0, end = sizeof lines - 1 - sizeof tail;
    memset(lines, '"', sizeof lines);
    memcpy(lines, head, n);
    memcpy(lines + end, tail, sizeof tail);
    const char *json = json_of(&ohm_protocol_d0, ohm_span_of(lines, end + sizeof tail - 1), NULL);
    assert_true(strlen(json) > 6 * end);

    memset(lines, 0, sizeof lines);
    n = (size_t)snprintf(lines, sizeof lines,
                         "/OHM3x\r\n\r\nP.01(1260720001500)(08)(15)(1)(1.5)(kW)\r\n");
    for (profile = 0; profile + 6 < OHM_READOUT_VALUES_MAX; profile++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "(%zu)", profile);
    n += (size_t)snprintf(lines + n, sizeof lines - n, "\r\n!\r\n");
    assert_true(n < sizeof lines);
    json = json_of(&ohm_protocol_d0, ohm_span_of(lines, n), NULL);
    has(json, "[3993000]]}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sml),
        cmocka_unit_test(p1),
        cmocka_unit_test(p1_in_another_zone),
        cmocka_unit_test(d0),
        cmocka_unit_test(the_largest_readout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
