#include "wire/hdlc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "wire/dlms_encode.h"

enum { FRAME_MAX = 2100 };

static const uint8_t one[] = { 0x03 }, two[] = { 0xce, 0xff }, four[] = { 0x00, 0x02, 0x00, 0x23 },
                     three[] = { 0x02, 0x04, 0x07 };

static size_t frame_of(uint8_t *out, ohm_span destination, ohm_span source, bool segment,
                       size_t info_len)
{
    uint8_t info[2048];
    memset(info, 0x7e, sizeof info); /* flags inside mean nothing */
    ohm_writer w = ohm_writer_over(out, FRAME_MAX);
    const ohm_hdlc_addresses to = { destination, source, 0x13 };
    ohm_put_hdlc(&w, &to, segment, (ohm_span){ info, info_len });
    assert_false(w.full);
    return w.len;
}

static void addresses_of_every_length(void **state)
{
    (void)state;
    const ohm_span addresses[] = { { one, 1 }, { two, 2 }, { four, 4 } };
    for (int i = 0; i < 9; i++) {
        uint8_t bytes[FRAME_MAX];
        ohm_span destination = addresses[i / 3], source = addresses[i % 3];
        size_t len = frame_of(bytes, destination, source, i % 2 == 0, 10);
        ohm_hdlc_frame f;
        size_t claimed;
        assert_int_equal(ohm_hdlc_parse((ohm_span){ bytes, len }, &f, &claimed), OHM_OK);
        assert_true(ohm_span_equal(f.destination, destination));
        assert_true(ohm_span_equal(f.source, source));
        assert_int_equal(f.segment, i % 2 == 0);
        assert_int_equal(f.control, 0x13);
        assert_int_equal(f.info.len, 10);
        assert_int_equal(f.size, len - 1);
        assert_int_equal(claimed, len);
    }
}

static void every_length_of_information(void **state)
{
    (void)state;
    for (size_t info = 0; info <= OHM_HDLC_LENGTH_MAX - 10; info += info < 20 ? 1 : 101) {
        uint8_t bytes[FRAME_MAX];
        size_t len = frame_of(bytes, (ohm_span){ two, 2 }, (ohm_span){ one, 1 }, false, info);
        ohm_hdlc_frame f;
        size_t claimed;
        for (size_t part = 0; part < len; part++)
            assert_int_equal(ohm_hdlc_parse((ohm_span){ bytes, part }, &f, &claimed), OHM_MORE);
        assert_int_equal(ohm_hdlc_parse((ohm_span){ bytes, len }, &f, &claimed), OHM_OK);
        assert_int_equal(f.info.len, info);
    }
}

static void damage_is_found(void **state)
{
    (void)state;
    uint8_t good[FRAME_MAX], bytes[FRAME_MAX];
    size_t len = frame_of(good, (ohm_span){ two, 2 }, (ohm_span){ one, 1 }, false, 20);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        memcpy(bytes, good, len);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ohm_hdlc_frame f;
        size_t claimed;
        assert_int_not_equal(ohm_hdlc_parse((ohm_span){ bytes, len }, &f, &claimed), OHM_OK);
    }
}

static void a_wrong_header_is_found_early(void **state)
{
    (void)state;
    uint8_t bytes[FRAME_MAX];
    (void)frame_of(bytes, (ohm_span){ two, 2 }, (ohm_span){ one, 1 }, false, 2000);
    bytes[6] ^= 1;
    ohm_hdlc_frame f;
    size_t claimed;
    assert_int_equal(ohm_hdlc_parse((ohm_span){ bytes, 9 }, &f, &claimed), OHM_BAD_CHECKSUM);
}

static void what_opens_no_frame(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[12];
        size_t len;
        ohm_code code;
    } rows[] = {
        { "no flag", { 0x7f, 0xa0, 0x08 }, 3, OHM_BAD_FORMAT },
        { "another flag", { 0x7e, 0x7e }, 2, OHM_BAD_FORMAT },
        { "another format type", { 0x7e, 0x90, 0x08 }, 3, OHM_BAD_FORMAT },
        { "shorter than its header", { 0x7e, 0xa0, 0x04, 0x03, 0x03, 0x13 }, 6, OHM_BAD_FORMAT },
        { "an HCS without information behind it",
          { 0x7e, 0xa0, 0x08, 0x03, 0x03, 0x13 },
          6,
          OHM_BAD_FORMAT },
        { "an address that never ends",
          { 0x7e, 0xa0, 0x20, 0x02, 0x02, 0x02, 0x02, 0x02 },
          8,
          OHM_BAD_FORMAT },
        { "nothing yet", { 0 }, 0, OHM_MORE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_hdlc_frame f;
        size_t claimed;
        ohm_code code = ohm_hdlc_parse((ohm_span){ rows[i].bytes, rows[i].len }, &f, &claimed);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
    uint8_t bytes[FRAME_MAX];
    size_t len = frame_of(bytes, (ohm_span){ three, 3 }, (ohm_span){ one, 1 }, false, 5);
    ohm_hdlc_frame f;
    size_t claimed;
    assert_int_equal(ohm_hdlc_parse((ohm_span){ bytes, len }, &f, &claimed), OHM_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_every_length),
        cmocka_unit_test(every_length_of_information),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(a_wrong_header_is_found_early),
        cmocka_unit_test(what_opens_no_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
