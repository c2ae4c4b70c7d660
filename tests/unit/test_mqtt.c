/* Addresses of brokers, and which topics a filter covers. Talking to one is tests/peer's. */
#include "link/mqtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *host, *rest;
        uint16_t port;
        bool tls;
        ohm_code code;
        uint32_t at;
    } rows[] = {
        { "a name", "mqtt://maison", "maison", "", 1883, false, OHM_OK, 0 },
        { "with a topic", "mqtt://h:1884/a/+/b", "h", "/a/+/b", 1884, false, OHM_OK, 0 },
        { "TLS has its port", "mqtts://h", "h", "", 8883, true, OHM_OK, 0 },
        { "IPv6", "mqtt://[::1]:7/x", "::1", "/x", 7, false, OHM_OK, 0 },
        { "another scheme", "http://h", NULL, NULL, 0, false, OHM_BAD_FORMAT, 0 },
        { "no host", "mqtt://:1883", NULL, NULL, 0, false, OHM_BAD_FORMAT, 7 },
        { "a secret in the address", "mqtt://u:p@h", NULL, NULL, 0, false, OHM_RANGE, 9 },
        { "a user in the address", "mqtt://u@h", NULL, NULL, 0, false, OHM_BAD_FORMAT, 7 },
        { "port 0", "mqtt://h:0", NULL, NULL, 0, false, OHM_RANGE, 9 },
        { "port too high", "mqtt://h:65536", NULL, NULL, 0, false, OHM_RANGE, 9 },
        { "no port", "mqtt://h:/a", NULL, NULL, 0, false, OHM_RANGE, 9 },
        { "an open bracket", "mqtt://[::1", NULL, NULL, 0, false, OHM_BAD_FORMAT, 8 },
        { "junk after a bracket", "mqtt://[::1]x", NULL, NULL, 0, false, OHM_BAD_FORMAT, 12 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mqtt_address out = { .port = 1 };
        const char *rest = NULL;
        ohm_err err = ohm_mqtt_address_parse(rows[i].text, &out, &rest);
        if (err.code != rows[i].code || err.at != rows[i].at)
            fail_msg("%s: %s at %u", rows[i].why, ohm_code_name(err.code), err.at);
        if (err.code != OHM_OK)
            continue;
        assert_string_equal(out.host, rows[i].host);
        assert_string_equal(rest, rows[i].rest);
        assert_int_equal(out.port, rows[i].port);
        assert_int_equal(out.tls, rows[i].tls);
    }
    char text[400] = "mqtt://";
    memset(text + 7, 'a', 300);
    ohm_mqtt_address out;
    const char *rest;
    assert_int_equal(ohm_mqtt_address_parse(text, &out, &rest).code, OHM_BAD_FORMAT);
}

static void filters(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *topic;
        bool covers;
    } rows[] = {
        { "a/b", "a/b", true },    { "a/b", "a/b/c", false }, { "a/+", "a/b", true },
        { "a/+", "a/b/c", false }, { "a/#", "a/b/c", true },  { "a/#", "a", true },
        { "#", "a", true },        { "#", "$SYS/x", false },  { "+/b", "a/b", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_mqtt_covers(rows[i].filter, rows[i].topic) != rows[i].covers)
            fail_msg("%s %s", rows[i].filter, rows[i].topic);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
