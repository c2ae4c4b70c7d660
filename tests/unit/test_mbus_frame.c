#include "wire/mbus_frame.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { FRAME_MAX = 600 };

/* A frame with `length` bytes between head and checksum, counted modulo 256. */
static size_t frame_of(uint8_t *out, size_t length)
{
    const uint8_t head[] = { 0x68, (uint8_t)length, (uint8_t)length, 0x68, 0x53, 0xff, 0x10 };
    uint8_t sum = 0;
    memset(out, 0x42, FRAME_MAX);
    memcpy(out, head, sizeof head);
    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + out[4 + i]);
    out[4 + length] = sum;
    out[5 + length] = 0x16;
    return length + 6;
}

static void every_length_is_read(void **state)
{
    (void)state;
    for (size_t length = 6; length <= 300; length++) {
        uint8_t bytes[FRAME_MAX];
        size_t len = frame_of(bytes, length);
        ohm_mbus_frame f;
        size_t claimed;
        ohm_code code = ohm_mbus_frame_parse((ohm_span){ bytes, len }, &f, &claimed);
        if (code != OHM_OK || f.size != len || f.data.len != length - 3)
            fail_msg("%zu: %s", length, ohm_code_name(code));
        assert_int_equal(f.control, 0x53);
        assert_int_equal(f.ci, 0x10);
    }
}

static void it_waits_for_all_of_it(void **state)
{
    (void)state;
    static const size_t lengths[] = { 6, 100, 255, 257, 261 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t bytes[FRAME_MAX];
        size_t len = frame_of(bytes, lengths[i]);
        ohm_mbus_frame f;
        size_t claimed;
        for (size_t part = 0; part < len; part++)
            assert_int_equal(ohm_mbus_frame_parse((ohm_span){ bytes, part }, &f, &claimed),
                             OHM_MORE);
    }
}

static void any_flipped_bit_is_found(void **state)
{
    (void)state;
    static const size_t lengths[] = { 20, 255, 257 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t good[FRAME_MAX], bytes[FRAME_MAX];
        size_t len = frame_of(good, lengths[i]);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            memcpy(bytes, good, len);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ohm_mbus_frame f;
            size_t claimed;
            assert_int_not_equal(ohm_mbus_frame_parse((ohm_span){ bytes, len }, &f, &claimed),
                                 OHM_OK);
        }
    }
}

static void damage_does_not_wait(void **state)
{
    (void)state;
    uint8_t bytes[FRAME_MAX];
    size_t len = frame_of(bytes, 50);
    ohm_mbus_frame f;
    size_t claimed;
    bytes[20] ^= 1; /* the stop is where it should be: no reason to wait for 256 bytes more */
    assert_int_equal(ohm_mbus_frame_parse((ohm_span){ bytes, len }, &f, &claimed),
                     OHM_BAD_CHECKSUM);
    assert_int_equal(claimed, len);
    bytes[2]++;
    assert_int_equal(ohm_mbus_frame_parse((ohm_span){ bytes, len }, &f, &claimed), OHM_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_read),
        cmocka_unit_test(it_waits_for_all_of_it),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(damage_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
