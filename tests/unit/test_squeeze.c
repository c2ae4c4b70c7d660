#include "base/squeeze.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXT_MAX = 20000 };

static uint8_t text[TEXT_MAX], small[OHM_SQUEEZE_MAX(TEXT_MAX)], back[TEXT_MAX];

/* Squeezes so many bytes of `text`, and checks that they come back; returns the small length. */
static size_t there_and_back(size_t len)
{
    size_t got = 0, n = ohm_squeeze(ohm_span_of(text, len), small, sizeof small);
    assert_true(n <= OHM_SQUEEZE_MAX(len));
    assert_int_equal(ohm_unsqueeze(ohm_span_of(small, n), back, len, &got), OHM_OK);
    assert_int_equal(got, len);
    assert_memory_equal(back, text, len);
    if (len > 0)
        assert_int_equal(ohm_unsqueeze(ohm_span_of(small, n), back, len - 1, &got), OHM_TOO_BIG);
    return n;
}

static void any_text_comes_back(void **state)
{
    (void)state;
    uint64_t seed = 20261122;
    for (size_t len = 0; len < 300; len++) {
        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = (uint8_t)((seed >> 33) % (len % 7 == 0 ? 256 : 3));
        }
        (void)there_and_back(len);
    }
    memset(text, 'x', sizeof text);
    assert_true(there_and_back(sizeof text) < sizeof text / 30);
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        text[i] = (uint8_t)(seed >> 33);
    }
    (void)there_and_back(sizeof text);
}

/* What it is for. */
static void json_becomes_small(void **state)
{
    (void)state;
    static const char *const names[] = { "voltage_l1",    "current_l1",    "power_l1",
                                         "energy_import", "energy_export", "frequency" };
    size_t len = 0;
    for (int i = 0; i < 24; i++)
        len += (size_t)snprintf((char *)text + len, sizeof text - len,
                                "{\"register\":%d,\"quantity\":\"%s\",\"unit\":\"V\",\"value\":%d."
                                "%d,\"raw\":\"%08x\"},",
                                2 * i, names[i % 6], 200 + 7 * i, i % 10, 0x43660000 + 977 * i);
    assert_true(there_and_back(len) < len / 2);
}

static void streams_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[8];
        size_t len;
        ohm_code code;
    } rows[] = {
        { "nothing", { 0 }, 0, OHM_OK },
        { "plain bytes", { 2, 'a', 'b', 'c' }, 4, OHM_OK },
        { "plain bytes cut short", { 2, 'a', 'b' }, 3, OHM_BAD_FORMAT },
        { "a head alone", { 0 }, 1, OHM_BAD_FORMAT },
        { "a copy of itself", { 0, 'a', 0x80, 1, 0 }, 5, OHM_OK },
        { "a copy of what is not there", { 0, 'a', 0x80, 2, 0 }, 5, OHM_BAD_FORMAT },
        { "a copy from here", { 0, 'a', 0x80, 0, 0 }, 5, OHM_BAD_FORMAT },
        { "a copy cut short", { 0, 'a', 0x80, 1 }, 4, OHM_BAD_FORMAT },
        { "more than there is room for", { 0, 'a', 0xff, 1, 0 }, 5, OHM_TOO_BIG },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = 77;
        ohm_code code = ohm_unsqueeze(ohm_span_of(rows[i].bytes, rows[i].len), back, 10, &len);
        if (code != rows[i].code || (code != OHM_OK && len != 77))
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_comes_back),
        cmocka_unit_test(json_becomes_small),
        cmocka_unit_test(streams_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
