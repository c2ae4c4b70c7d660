/* The line of text that says how a DLMS meter is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/cosem_settings.h"

static void everything_as_usual(void **state)
{
    (void)state;
    ohm_cosem_settings s;
    assert_false(ohm_failed(ohm_cosem_settings_parse(NULL, &s)));
    assert_int_equal(s.line, OHM_COSEM_LINE_USUAL);
    assert_int_equal(s.client, 16);
    assert_int_equal(s.server, 1);
    assert_int_equal(s.auth, OHM_COSEM_NONE);
    assert_int_equal(s.control, 0);
    assert_int_equal(s.days, 1);
    assert_true(s.from_ms == OHM_NO_MS);
}

static void everything_said(void **state)
{
    (void)state;
    ohm_cosem_settings s;
    ohm_err err = ohm_cosem_settings_parse(
        "line=mode-e client=1 server=1  physical=17 address-bytes=4 frame=512 window=3 "
        "timeout-ms=700 auth=gmac secret=hex security=both suite=1 dedicated-key=yes "
        "title=4f484d0000000042 counter=0-0:43.1.1 call=12345 baud-max=9600 "
        "read=1-0:1.8.0,4/1-0:1.6.0/5 profile=1-0:99.1.0,0-0:98.1.0 "
        "from=2026-01-15T00:00:00Z to=2026-01-16T00:00:00Z entries=3- days=7",
        &s);
    assert_false(ohm_failed(err));
    assert_int_equal(s.line, OHM_COSEM_LINE_MODE_E);
    assert_int_equal(s.physical, 17);
    assert_int_equal(s.address_len, 4);
    assert_int_equal(s.info_max, 512);
    assert_int_equal(s.control, 0x31);
    assert_int_equal(s.title[7], 0x42);
    assert_true(s.has_counter);
    assert_int_equal(s.counter[4], 1);
    assert_string_equal(s.call, "12345");
    assert_int_equal(s.registers_count, 2);
    assert_int_equal(s.registers[0].class_id, 0);
    assert_int_equal(s.registers[1].class_id, 4);
    assert_int_equal(s.registers[1].index, 5);
    assert_int_equal(s.profiles_count, 2);
    assert_int_equal(s.to_ms - s.from_ms, 86400000);
    assert_int_equal(s.first, 3);
    assert_int_equal(s.last, 0);
}

static void wrong(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        uint32_t at;
    } rows[] = {
        { "no value", "client=1 server", 9 },
        { "an unknown key", "client=1 colour=red", 9 },
        { "client 0", "client=0", 0 },
        { "client 128", "client=128", 0 },
        { "an address of three bytes", "address-bytes=3", 0 },
        { "a window of eight", "window=8", 0 },
        { "frames too small", "frame=31", 0 },
        { "an unknown authentication", "auth=hls5", 0 },
        { "half a title", "title=4f48", 0 },
        { "a title that is no hex", "title=4f484d000000004g", 0 },
        { "no code", "read=", 0 },
        { "half a code", "read=1-0", 0 },
        { "an empty code", "read=1-0:1.8.0,,1-0:2.8.0", 0 },
        { "class 0", "read=0/1-0:1.8.0", 0 },
        { "five profiles", "profile=1-0:99.1.0,1-0:99.2.0,1-0:99.3.0,1-0:99.4.0,1-0:99.5.0", 0 },
        { "a date alone", "from=2026-01-15", 0 },
        { "entries backwards", "entries=9-3", 0 },
        { "entry 0", "entries=0-3", 0 },
        { "maybe", "browse=maybe", 0 },
        { "a deed is no setting: the clock", "client=1 set-clock=yes", 9 },
        { "nor a permission", "allow-disconnect=yes", 0 },
        { "nor the relay, whatever else is said", "relay=disconnect", 0 },
        { "ciphered, but nobody is known", "security=both", 0 },
        { "a dedicated key for nothing", "auth=gmac dedicated-key=yes", 0 },
        { "a speed that no head has", "baud-max=115200", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_cosem_settings s = { .client = 99 };
        ohm_err err = ohm_cosem_settings_parse(rows[i].text, &s);
        if (!ohm_failed(err) || err.at != rows[i].at || s.client != 99)
            fail_msg("%s: %s at %u", rows[i].why, err.what, err.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_as_usual),
        cmocka_unit_test(everything_said),
        cmocka_unit_test(wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
