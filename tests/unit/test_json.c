/* The writer, read back by another reader. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/time.h"

static char text[4096];

static const char *finished(ohm_json *json)
{
    size_t len = 0;
    assert_int_equal(ohm_json_finish(json, &len), OHM_OK);
    assert_true(len < sizeof text);
    text[len] = '\0';
    return text;
}

static void unsigned_numbers_are_whole(void **state)
{
    (void)state;
    char out[64];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, out, sizeof out);
    ohm_json_array(&json);
    ohm_json_unsigned(&json, UINT64_MAX, 0);
    ohm_json_unsigned(&json, UINT64_MAX, -2);
    ohm_json_unsigned(&json, 5, 3);
    ohm_json_end(&json);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    assert_memory_equal(out, "[18446744073709551615,184467440737095516.15,5000]", len);
}

static void decimals_are_exact(void **state)
{
    (void)state;
    static const struct {
        int64_t mantissa;
        int exponent;
        const char *want;
    } rows[] = {
        { 23010, -2, "230.1" },
        { 5, 3, "5000" },
        { 0, -2, "0" },
        { 0, 5, "0" },
        { -5, -3, "-0.005" },
        { 100, -2, "1" },
        { 1234, -4, "0.1234" },
        { 12345, -4, "1.2345" },
        { INT64_MIN, 0, "-9223372036854775808" },
        { INT64_MIN, -18, "-9.223372036854775808" },
        { INT64_MAX, 2, "922337203685477580700" },
        { 1, -18, "0.000000000000000001" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_json json;
        ohm_json_init(&json, text, sizeof text);
        ohm_json_decimal(&json, rows[i].mantissa, rows[i].exponent);
        assert_string_equal(finished(&json), rows[i].want);
    }
}

static void strings_are_escaped_and_mended(void **state)
{
    (void)state;
    static const struct {
        const char *why, *in, *want;
    } rows[] = {
        { "plain", "Chauffe-eau", "\"Chauffe-eau\"" },
        { "empty", "", "\"\"" },
        { "quotes", "a\"b\\c", "\"a\\\"b\\\\c\"" },
        { "named", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "control", "\x01\x1f", "\"\\u0001\\u001f\"" },
        { "accents stay", "\xc3\xa9t\xc3\xa9 \xe2\x80\x99 \xf0\x9f\x92\xa1",
          "\"\xc3\xa9t\xc3\xa9 \xe2\x80\x99 \xf0\x9f\x92\xa1\"" },
        { "latin-1", "\xe9t\xe9", "\"\xef\xbf\xbdt\xef\xbf\xbd\"" },
        { "overlong", "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "above Unicode", "\xf4\x90\x80\x80",
          "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "a lead that never was", "\xf5\x80\x80\x80",
          "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "cut short", "a\xe2\x80", "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_json json;
        ohm_json_init(&json, text, sizeof text);
        ohm_json_str(&json, rows[i].in);
        assert_string_equal(finished(&json), rows[i].want);
        json_error_t error;
        json_t *back = json_loads(text, JSON_DECODE_ANY, &error);
        if (!back)
            fail_msg("%s: %s", rows[i].why, error.text);
        json_decref(back);
    }
}

/* Every byte sequence of length two comes out as text that another reader takes. */
static void any_bytes_become_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        uint8_t bytes[4] = { (uint8_t)(i >> 8), (uint8_t)i, 'x', (uint8_t)(i >> 4) };
        ohm_json json;
        ohm_json_init(&json, text, sizeof text);
        ohm_json_span(&json, ohm_span_of(bytes, sizeof bytes));
        size_t len = 0;
        assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
        json_t *back = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(back);
        json_decref(back);
    }
}

static void write_document(ohm_json *json)
{
    ohm_json_object(json);
    ohm_json_key_int(json, "count", -3);
    ohm_json_key_bool(json, "on", true);
    ohm_json_key_str(json, "name", NULL);
    ohm_json_key_time(json, "at", 1699610330000);
    ohm_json_key_time(json, "never", OHM_NO_MS);
    ohm_json_key_decimal(json, "v", 23010, -2);
    ohm_json_key_span(json, "s", ohm_span_of(NULL, 0));
    ohm_json_key_null(json, "nothing");
    ohm_json_key(json, "list");
    ohm_json_array(json);
    ohm_json_int(json, 1);
    ohm_json_object(json);
    ohm_json_end(json);
    ohm_json_array(json);
    ohm_json_end(json);
    ohm_json_hex(json, ohm_span_of("\x00\xff\x1a", 3));
    ohm_json_raw(json, ohm_span_text("{\"a\":[]}"));
    ohm_json_bool(json, false);
    ohm_json_null(json);
    ohm_json_end(json);
    ohm_json_end(json);
}

static const char document[] =
    "{\"count\":-3,\"on\":true,\"name\":null,\"at\":\"2023-11-10T09:58:50Z\",\"never\":null,"
    "\"v\":230.1,\"s\":\"\",\"nothing\":null,\"list\":[1,{},[],\"00ff1a\",{\"a\":[]},false,null]}";

static void documents_are_well_formed(void **state)
{
    (void)state;
    ohm_json json;
    ohm_json_init(&json, text, sizeof text);
    write_document(&json);
    assert_string_equal(finished(&json), document);
    json_t *back = json_loads(text, 0, NULL);
    assert_non_null(back);
    json_decref(back);
}

static void a_small_buffer_is_said_and_never_passed(void **state)
{
    (void)state;
    for (size_t cap = 0; cap <= sizeof document - 1; cap++) {
        char small[sizeof document];
        memset(small, '#', sizeof small);
        ohm_json json;
        ohm_json_init(&json, small, cap);
        write_document(&json);
        size_t len = 0;
        bool fits = cap == sizeof document - 1;
        assert_int_equal(ohm_json_finish(&json, &len), fits ? OHM_OK : OHM_TOO_BIG);
        assert_int_equal(len, sizeof document - 1);
        size_t written = 0; /* a clean prefix, and then nothing, in the buffer or after it */
        while (written < cap && small[written] == document[written])
            written++;
        assert_true(!fits || written == cap);
        for (size_t i = written; i < sizeof small; i++)
            assert_int_equal(small[i], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_numbers_are_whole),
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(strings_are_escaped_and_mended),
        cmocka_unit_test(any_bytes_become_text),
        cmocka_unit_test(documents_are_well_formed),
        cmocka_unit_test(a_small_buffer_is_said_and_never_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
