#include "cmd/hex_input.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *why, *in;
        ohm_input_form form;
        const char *out;
        size_t len;
        ohm_code code;
        uint64_t at;
    } rows[] = {
        { "hex as it looks", "7e a0 08 ce ff 03 13", OHM_INPUT_AUTO, "\x7e\xa0\x08\xce\xff\x03\x13",
          7, OHM_OK, 0 },
        { "short hex", "7E", OHM_INPUT_AUTO, "\x7e", 1, OHM_OK, 0 },
        { "no blanks", "7ea008ceff03137ea008ceff0313", OHM_INPUT_AUTO,
          "\x7e\xa0\x08\xce\xff\x03\x13\x7e\xa0\x08\xce\xff\x03\x13", 14, OHM_OK, 0 },
        { "bytes as they look", "~\xa0\x08", OHM_INPUT_AUTO, "~\xa0\x08", 3, OHM_OK, 0 },
        { "bytes that begin like hex", "12 34\n~\xa0", OHM_INPUT_AUTO, "12 34\n~\xa0", 8, OHM_OK,
          0 },
        { "hex digits that are bytes", "7e", OHM_INPUT_RAW, "7e", 2, OHM_OK, 0 },
        { "nothing", "", OHM_INPUT_AUTO, "", 0, OHM_OK, 0 },
        { "blanks alone", " \n", OHM_INPUT_AUTO, "", 0, OHM_OK, 0 },
        { "odd at the end", "7ea", OHM_INPUT_AUTO, "\x7e", 1, OHM_BAD_FORMAT, 3 },
        { "odd in the middle", "7e a 08", OHM_INPUT_HEX, "\x7e", 1, OHM_BAD_FORMAT, 4 },
        { "not hex", "7e zz", OHM_INPUT_HEX, "\x7e", 1, OHM_BAD_FORMAT, 3 },
        { "not hex, late", "7ea008ceff03137ea008ceff0313 ~", OHM_INPUT_AUTO,
          "\x7e\xa0\x08\xce\xff\x03\x13\x7e\xa0\x08\xce\xff\x03\x13", 14, OHM_BAD_FORMAT, 29 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[128];
        size_t len = 0, more = 0;
        ohm_hex_input input;
        ohm_hex_input_init(&input, rows[i].form);
        ohm_err err = ohm_hex_input_take(&input, ohm_span_text(rows[i].in), out, &len);
        if (!ohm_failed(err))
            err = ohm_hex_input_finish(&input, out + len, &more);
        len += more;
        if (err.code != rows[i].code || len != rows[i].len || memcmp(out, rows[i].out, len) != 0 ||
            (ohm_failed(err) && input.at != rows[i].at))
            fail_msg("%s: code %d, %zu bytes, at %llu", rows[i].why, err.code, len,
                     (unsigned long long)input.at);
    }
}

static void keys(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t len = 9;
    assert_int_equal(ohm_hex_parse(ohm_span_text("00fFA0"), out, 4, &len), OHM_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(out, "\x00\xff\xa0", 3);
    assert_int_equal(ohm_hex_parse(ohm_span_text("00ff0"), out, 4, &len), OHM_BAD_FORMAT);
    assert_int_equal(ohm_hex_parse(ohm_span_text("0 ff"), out, 4, &len), OHM_BAD_FORMAT);
    assert_int_equal(ohm_hex_parse(ohm_span_text("0011223344"), out, 4, &len), OHM_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
