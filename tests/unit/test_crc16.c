#include "wire/crc16.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The definition, a bit at a time. */
static uint16_t slow(uint16_t crc, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1);
    }
    return crc;
}

static void matches_the_check_value(void **state)
{
    (void)state;
    assert_int_equal(ohm_crc16((const uint8_t *)"123456789", 9), 0x906e);
    assert_int_equal(ohm_crc16(NULL, 0), 0);
}

static void fast_is_the_definition_at_every_length_and_cut(void **state)
{
    (void)state;
    uint8_t bytes[100];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint16_t want = slow(OHM_CRC16_INIT, bytes, len);
        for (size_t cut = 0; cut <= len; cut++) {
            uint16_t got = ohm_crc16_update(OHM_CRC16_INIT, bytes, cut);
            assert_int_equal(ohm_crc16_update(got, bytes + cut, len - cut), want);
        }
    }
}

static void every_table_entry_is_right(void **state)
{
    (void)state;
    for (size_t place = 0; place < 16; place++) {
        for (int v = 0; v < 256; v++) {
            uint8_t bytes[16] = { 0 };
            bytes[place] = (uint8_t)v;
            assert_int_equal(ohm_crc16_update(0, bytes, 16), slow(0, bytes, 16));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_check_value),
        cmocka_unit_test(fast_is_the_definition_at_every_length_and_cut),
        cmocka_unit_test(every_table_entry_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
