#include "relay/http_dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const ohm_http_switch own = {
    .name = "pump",
    .on = "http://10.0.0.9/api/{device}?to=1&for={deadman_s}",
    .off = "http://10.0.0.9/api/{device}?to=0",
    .state = "http://10.0.0.9/api/{device}/state",
    .pointer = "/relays/1/a~1b",
};

static void urls(void **state)
{
    (void)state;
    static const struct {
        const char *dialect, *name;
        int64_t deadman_s;
        const char *on, *off, *ask, *prepare;
    } rows[] = {
        { "shelly-http", "192.168.1.40", 300,
          "http://192.168.1.40/rpc/Switch.Set?id=0&on=true&toggle_after=300",
          "http://192.168.1.40/rpc/Switch.Set?id=0&on=false",
          "http://192.168.1.40/rpc/Switch.GetStatus?id=0", NULL },
        { "shelly-http", "pro4:8080/2", 0, "http://pro4:8080/rpc/Switch.Set?id=2&on=true",
          "http://pro4:8080/rpc/Switch.Set?id=2&on=false",
          "http://pro4:8080/rpc/Switch.GetStatus?id=2", NULL },
        { "shelly1-http", "[fe80::1]/1", 60, "http://[fe80::1]/relay/1?turn=on&timer=60",
          "http://[fe80::1]/relay/1?turn=off", "http://[fe80::1]/relay/1", NULL },
        { "tasmota-http", "plug", 300, "http://plug/cm?cmnd=POWER1%20ON",
          "http://plug/cm?cmnd=POWER1%20OFF", "http://plug/cm?cmnd=POWER1",
          "http://plug/cm?cmnd=PulseTime1%20400" },
        { "tasmota-http", "strip/3", 0, "http://strip/cm?cmnd=POWER3%20ON",
          "http://strip/cm?cmnd=POWER3%20OFF", "http://strip/cm?cmnd=POWER3",
          "http://strip/cm?cmnd=PulseTime3%200" },
        { "http", "pump", 90, "http://10.0.0.9/api/pump?to=1&for=90",
          "http://10.0.0.9/api/pump?to=0", "http://10.0.0.9/api/pump/state", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char url[OHM_HTTP_SWITCH_URL_MAX];
        const ohm_http_dialect *dialect = ohm_http_dialect_find(rows[i].dialect);
        ohm_http_switch s = own;
        s.name = rows[i].name;
        s.deadman_s = rows[i].deadman_s;
        assert_true(dialect->lets_go); /* so it is told again in time */
        assert_true(ohm_http_name_good(dialect, s.name));
        assert_int_equal(dialect->set(&s, true, url), OHM_OK);
        assert_string_equal(url, rows[i].on);
        assert_int_equal(dialect->set(&s, false, url), OHM_OK);
        assert_string_equal(url, rows[i].off);
        assert_int_equal(dialect->ask(&s, url), OHM_OK);
        assert_string_equal(url, rows[i].ask);
        assert_int_equal(dialect->prepare != NULL, rows[i].prepare != NULL);
        if (dialect->prepare) {
            assert_int_equal(dialect->prepare(&s, url), OHM_OK);
            assert_string_equal(url, rows[i].prepare);
        }
    }
    assert_null(ohm_http_dialect_find("shelly"));
}

static void names_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    "/1",  "a/",    "a/b", "a/10000", "a b",
                                       "a?x", "u@a", "a/1/2", "a#",  "a%41" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ohm_http_name_good(&ohm_http_shelly, bad[i]))
            fail_msg("%s", bad[i]);
    assert_true(ohm_http_name_good(&ohm_http_own, "cellar/pump_2"));
    assert_false(ohm_http_name_good(&ohm_http_own, "a&b"));
    assert_false(ohm_http_name_good(&ohm_http_own, ""));
}

static void a_url_that_is_too_long(void **state)
{
    (void)state;
    char url[OHM_HTTP_SWITCH_URL_MAX], template[OHM_HTTP_SWITCH_URL_MAX];
    memset(template, 'a', sizeof template);
    template[sizeof template - 1] = '\0';
    ohm_http_switch s = own;
    s.state = template;
    assert_int_equal(ohm_http_own.ask(&s, url), OHM_OK);
    memcpy(template, "{device}", 8);
    s.name = "nine char";
    assert_int_equal(ohm_http_own.ask(&s, url), OHM_TOO_BIG);
}

/* 1: on; 0: off; -1: it does not say. */
static void states(void **state)
{
    (void)state;
    static const struct {
        const char *why, *dialect, *name, *pointer, *body;
        int on;
    } rows[] = {
        { "Gen2 on", "shelly-http", "a", "", "{\"id\":0,\"output\":true,\"apower\":3.1}", 1 },
        { "Gen2 off", "shelly-http", "a", "", "{\"id\":0,\"output\":false}", 0 },
        { "Gen2, the answer to an order", "shelly-http", "a", "", "{\"was_on\":true}", -1 },
        { "Gen2, a word is none", "shelly-http", "a", "", "{\"output\":\"on\"}", -1 },
        { "Gen1 on", "shelly1-http", "a", "", "{\"ison\":true,\"has_timer\":false}", 1 },
        { "Gen1 of something else", "shelly1-http", "a", "", "[{\"ison\":true}]", -1 },
        { "Tasmota, one relay", "tasmota-http", "a", "", "{\"POWER\":\"ON\"}", 1 },
        { "Tasmota, with its number", "tasmota-http", "a", "", "{\"POWER1\":\"OFF\"}", 0 },
        { "Tasmota, the third", "tasmota-http", "a/3", "", "{\"POWER3\":\"ON\"}", 1 },
        { "Tasmota, another", "tasmota-http", "a/3", "", "{\"POWER\":\"ON\"}", -1 },
        { "Tasmota, a warning", "tasmota-http", "a", "", "{\"WARNING\":\"Need user\"}", -1 },
        { "a pointer", "http", "a", "/relays/1/a~1b", "{\"relays\":[0,{\"a/b\":\"On\"}]}", 1 },
        { "a number", "http", "a", "/v", "{\"v\":0}", 0 },
        { "a number that is no state", "http", "a", "/v", "{\"v\":2}", -1 },
        { "nowhere", "http", "a", "/v/0", "{\"v\":0}", -1 },
        { "no pointer is one without /", "http", "a", "v", "{\"v\":0}", -1 },
        { "a bare word", "http", "a", "", "ON\r\n", 1 },
        { "bare JSON", "http", "a", "", "false", 0 },
        { "a bare word where a pointer is", "http", "a", "/v", "ON", -1 },
        { "prose", "http", "a", "", "on and off", -1 },
        { "nothing", "http", "a", "", "", -1 },
        { "broken", "http", "a", "/v", "{\"v\":", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool on = false;
        ohm_http_switch s = own;
        s.name = rows[i].name;
        s.pointer = rows[i].pointer;
        bool said =
            ohm_http_dialect_find(rows[i].dialect)->read(&s, ohm_span_text(rows[i].body), &on);
        if ((said ? (int)on : -1) != rows[i].on)
            fail_msg("%s: %d %d", rows[i].why, said, on);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(names_that_are_none),
        cmocka_unit_test(a_url_that_is_too_long),
        cmocka_unit_test(states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
