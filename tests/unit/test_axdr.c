#include "wire/axdr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BYTES(...)                                                                                 \
    {                                                                                              \
        (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })                 \
    }

static void walks_whole_values(void **state)
{
    (void)state;
    const struct {
        const char *why;
        ohm_span bytes;
        ohm_code code;
        size_t end;
    } rows[] = {
        { "null", BYTES(0), OHM_OK, 1 },
        { "a u32, and junk behind it", BYTES(6, 0, 0, 0, 1, 0xaa), OHM_OK, 5 },
        { "a u32 that is cut", BYTES(6, 0, 0, 0), OHM_MORE, 0 },
        { "a structure of two", BYTES(2, 2, 0x11, 5, 0x12, 1, 2), OHM_OK, 7 },
        { "a structure that lacks one", BYTES(2, 2, 0x11, 5), OHM_MORE, 0 },
        { "an empty array", BYTES(1, 0), OHM_OK, 2 },
        { "an empty array among others", BYTES(2, 2, 1, 0, 0), OHM_OK, 5 },
        { "more elements than bytes", BYTES(1, 0x82, 0xff, 0xff, 0), OHM_MORE, 0 },
        { "a length of four bytes", BYTES(9, 0x84, 0, 0, 0, 2, 1, 2), OHM_OK, 8 },
        { "a length beyond the limit", BYTES(9, 0x84, 1, 0, 0, 0), OHM_TOO_BIG, 0 },
        { "a length of five bytes", BYTES(9, 0x85, 0, 0, 0, 0, 1, 1), OHM_BAD_FORMAT, 0 },
        { "an indefinite length", BYTES(9, 0x80, 1, 0, 0), OHM_BAD_FORMAT, 0 },
        { "no such type", BYTES(0x20, 0), OHM_BAD_FORMAT, 0 },
        { "no such type inside", BYTES(2, 1, 7), OHM_BAD_FORMAT, 0 },
        { "nine bits take two bytes", BYTES(4, 9, 0xff, 0x80), OHM_OK, 4 },
        { "a compact array of u16", BYTES(0x13, 0x12, 4, 0, 1, 0, 2), OHM_OK, 7 },
        { "a compact array whose type is cut", BYTES(0x13, 2, 3, 6), OHM_MORE, 0 },
        { "a compact array inside its own type", BYTES(0x13, 0x13, 0, 0), OHM_BAD_FORMAT, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_axdr c = ohm_axdr_over(rows[i].bytes);
        ohm_code code = ohm_axdr_skip(&c);
        if (code != rows[i].code || c.pos != rows[i].end)
            fail_msg("%s: %s at %zu", rows[i].why, ohm_code_name(code), c.pos);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = 1; depth <= 2 * OHM_AXDR_DEPTH_MAX; depth++) {
        uint8_t bytes[4 * OHM_AXDR_DEPTH_MAX + 1] = { 0 };
        for (size_t i = 0; i < depth; i++) {
            bytes[2 * i] = OHM_AXDR_STRUCTURE;
            bytes[2 * i + 1] = 1;
        }
        ohm_axdr c = { bytes, 2 * depth + 1, 0 };
        assert_int_equal(ohm_axdr_skip(&c), depth < OHM_AXDR_DEPTH_MAX ? OHM_OK : OHM_TOO_BIG);
    }
}

static void a_walk_resumes_at_any_byte(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 2, 3, 1, 2, 0x11, 1, 0x11, 2, 9, 3, 'a', 'b', 'c', 0x16, 4 };
    ohm_axdr_walk walk = { 0 };
    for (size_t len = 0; len < sizeof bytes; len++)
        assert_int_equal(ohm_axdr_walk_on(&walk, (ohm_span){ bytes, len }), OHM_MORE);
    assert_int_equal(ohm_axdr_walk_on(&walk, (ohm_span){ bytes, sizeof bytes }), OHM_OK);
    assert_int_equal(walk.pos, sizeof bytes);
    assert_false(walk.compact);
}

static void integers_of_every_width(void **state)
{
    (void)state;
    const struct {
        const char *why;
        ohm_span bytes;
        bool is;
        int64_t want;
        bool big;
    } rows[] = {
        { "u8", BYTES(0x11, 255), true, 255, false },
        { "i8", BYTES(0x0f, 0xfe), true, -2, false },
        { "u16", BYTES(0x12, 0xff, 0xfe), true, 65534, false },
        { "i16", BYTES(0x10, 0xff, 0xfe), true, -2, false },
        { "u32 above 2^24 keeps its last digit", BYTES(6, 1, 0x7f, 0xbf, 0xeb), true, 25149419,
          false },
        { "i32", BYTES(5, 0xff, 0xff, 0xff, 0xff), true, -1, false },
        { "i64", BYTES(0x14, 0x80, 0, 0, 0, 0, 0, 0, 0), true, INT64_MIN, false },
        { "u64", BYTES(0x15, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), true, INT64_MAX,
          false },
        { "u64 above", BYTES(0x15, 0x80, 0, 0, 0, 0, 0, 0, 0), true, INT64_MIN, true },
        { "bool", BYTES(3, 7), true, 1, false },
        { "enum", BYTES(0x16, 27), true, 27, false },
        { "bcd: two digits", BYTES(0x0d, 0x45), true, 45, false },
        { "bcd without digits is none", BYTES(0x0d, 0x4a), false, 0, false },
        { "octets are none", BYTES(9, 1, 5), false, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_axdr c = ohm_axdr_over(rows[i].bytes);
        ohm_axdr_item item;
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        int64_t got = 0;
        bool big = false;
        if (ohm_axdr_integer(&item, &got, &big) != rows[i].is || got != rows[i].want ||
            big != rows[i].big)
            fail_msg("%s: %lld", rows[i].why, (long long)got);
    }
}

static void floats_are_read(void **state)
{
    (void)state;
    static const uint8_t f32[] = { 0x17, 0x43, 0x6a, 0x40, 0x00 };
    static const uint8_t f64[] = { 0x18, 0x40, 0x6d, 0x48, 0, 0, 0, 0, 0 };
    ohm_axdr_item item;
    double v = 0;
    ohm_axdr c = { f32, sizeof f32, 0 };
    assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
    assert_true(ohm_axdr_float(&item, &v));
    assert_true(v == 234.25);
    c = (ohm_axdr){ f64, sizeof f64, 0 };
    assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
    assert_true(ohm_axdr_float(&item, &v));
    assert_true(v == 234.25);
}

static void compact_arrays_are_written_out(void **state)
{
    (void)state;
    const struct {
        const char *why;
        ohm_span bytes;
        ohm_code code;
        ohm_span want;
    } rows[] = {
        { "scalars", BYTES(0x13, 0x12, 4, 0, 1, 0, 2), OHM_OK,
          BYTES(1, 0x82, 0, 2, 0x12, 0, 1, 0x12, 0, 2) },
        { "structures with a string", BYTES(0x13, 2, 2, 9, 0x11, 7, 2, 'a', 'b', 5, 1, 'c', 6),
          OHM_OK, BYTES(1, 0x82, 0, 2, 2, 2, 9, 2, 'a', 'b', 0x11, 5, 2, 2, 9, 1, 'c', 0x11, 6) },
        { "an array in each element", BYTES(0x13, 1, 0, 2, 0x11, 4, 1, 2, 3, 4), OHM_OK,
          BYTES(1, 0x82, 0, 2, 1, 2, 0x11, 1, 0x11, 2, 1, 2, 0x11, 3, 0x11, 4) },
        { "others stay as they are", BYTES(2, 2, 0x11, 9, 0x13, 0x11, 1, 5), OHM_OK,
          BYTES(2, 2, 0x11, 9, 1, 0x82, 0, 1, 0x11, 5) },
        { "nothing inside", BYTES(0x13, 0x12, 0), OHM_OK, BYTES(1, 0x82, 0, 0) },
        { "half an element", BYTES(0x13, 0x12, 3, 0, 1, 0), OHM_BAD_FORMAT, { NULL, 0 } },
        { "elements of nothing never end", BYTES(0x13, 0, 1, 0), OHM_BAD_FORMAT, { NULL, 0 } },
        { "a string beyond the contents", BYTES(0x13, 9, 2, 5, 'a'), OHM_BAD_FORMAT, { NULL, 0 } },
        { "a structure of nothing", BYTES(0x13, 2, 0, 1, 0), OHM_UNSUPPORTED, { NULL, 0 } },
        { "more written than there is room",
          BYTES(0x13, 1, 0xff, 0xff, 0, 1, 0),
          OHM_TOO_BIG,
          { NULL, 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[64];
        size_t len = 0;
        ohm_code code = ohm_axdr_expand(rows[i].bytes, out, sizeof out, &len);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        if (code == OHM_OK && !ohm_span_equal((ohm_span){ out, len }, rows[i].want))
            fail_msg("%s: other bytes", rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_whole_values),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_walk_resumes_at_any_byte),
        cmocka_unit_test(integers_of_every_width),
        cmocka_unit_test(floats_are_read),
        cmocka_unit_test(compact_arrays_are_written_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
