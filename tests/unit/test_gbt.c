#include "wire/gbt.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static ohm_gbt_block block_of(uint16_t number, bool last, const char *data)
{
    return (ohm_gbt_block){
        .control = last ? OHM_GBT_LAST : 0,
        .number = number,
        .data = ohm_span_text(data),
    };
}

static void blocks_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[12];
        size_t len;
        ohm_code code;
        size_t data, size;
    } rows[] = {
        { "a block", { 0xe0, 0xc0, 0, 4, 0, 0, 2, 7, 8, 9 }, 10, OHM_OK, 2, 9 },
        { "an empty one", { 0xe0, 0x80, 0, 4, 0, 0, 0 }, 7, OHM_OK, 0, 7 },
        { "a long length", { 0xe0, 0, 0, 1, 0, 0, 0x82, 0, 1, 5 }, 10, OHM_OK, 1, 10 },
        { "data are cut", { 0xe0, 0, 0, 1, 0, 0, 3, 5 }, 8, OHM_MORE, 0, 0 },
        { "the head is cut", { 0xe0, 0, 0 }, 3, OHM_MORE, 0, 0 },
        { "another APDU", { 0x0f, 0, 0, 1, 0, 0, 1, 5 }, 8, OHM_BAD_FORMAT, 0, 0 },
        { "no such length", { 0xe0, 0, 0, 1, 0, 0, 0x80, 5 }, 8, OHM_BAD_FORMAT, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_gbt_block b = { .size = 0 };
        ohm_code code = ohm_gbt_parse((ohm_span){ rows[i].bytes, rows[i].len }, &b);
        if (code != rows[i].code || b.data.len != rows[i].data || b.size != rows[i].size)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

static void steps_of_transfers(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint16_t number;
        bool last;
        const char *data;
        ohm_gbt_step step;
    } rows[] = {
        { "joined in the middle", 3, false, "ee", OHM_GBT_ORPHAN },
        { "its rest", 4, true, "gg", OHM_GBT_PASSING },
        { "a first block", 1, false, "ab", OHM_GBT_TAKEN },
        { "the same once more", 1, false, "ab", OHM_GBT_REPEATED },
        { "another first block", 1, false, "AB", OHM_GBT_RESTARTED },
        { "the second", 2, false, "cd", OHM_GBT_TAKEN },
        { "the same number, other data", 2, false, "CD", OHM_GBT_MISSING },
        { "the rest of what was given up", 3, true, "ef", OHM_GBT_PASSING },
        { "a push of one block", 1, true, "x", OHM_GBT_COMPLETE },
        { "the next push may look the same", 1, true, "x", OHM_GBT_COMPLETE },
        { "a push of two", 1, false, "p", OHM_GBT_TAKEN },
        { "its end", 2, true, "q", OHM_GBT_COMPLETE },
        { "its end repeated", 2, true, "q", OHM_GBT_REPEATED },
        { "an end of another push", 2, true, "r", OHM_GBT_ORPHAN },
        { "a first block again", 1, false, "p", OHM_GBT_TAKEN },
        { "more than the buffer holds", 2, false, "01234567", OHM_GBT_OVERFLOW },
        { "a gap", 3, false, "z", OHM_GBT_PASSING },
    };
    uint8_t buffer[8];
    ohm_gbt_transfer t = { 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_gbt_block b = block_of(rows[i].number, rows[i].last, rows[i].data);
        ohm_gbt_step step = ohm_gbt_take(&t, &b, buffer, sizeof buffer);
        if (step != rows[i].step)
            fail_msg("%s: step %d", rows[i].why, step);
        assert_true(t.len <= sizeof buffer);
    }
}

static void a_repeat_is_known_after_deciphering_in_place(void **state)
{
    (void)state;
    uint8_t buffer[16];
    ohm_gbt_transfer t = { 0 };
    const ohm_gbt_block first = block_of(1, false, "secret "), last = block_of(2, true, "words");
    assert_int_equal(ohm_gbt_take(&t, &first, buffer, sizeof buffer), OHM_GBT_TAKEN);
    assert_int_equal(ohm_gbt_take(&t, &last, buffer, sizeof buffer), OHM_GBT_COMPLETE);
    assert_int_equal(t.len, 12);
    assert_memory_equal(buffer, "secret words", 12);
    memset(buffer, 0, sizeof buffer);
    assert_int_equal(ohm_gbt_take(&t, &last, buffer, sizeof buffer), OHM_GBT_REPEATED);
}

static void numbers_do_not_wrap(void **state)
{
    (void)state;
    uint8_t buffer[4];
    ohm_gbt_transfer t = { .open = true, .number = UINT16_MAX };
    const ohm_gbt_block zero = block_of(0, false, "a");
    assert_int_equal(ohm_gbt_take(&t, &zero, buffer, sizeof buffer), OHM_GBT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_read),
        cmocka_unit_test(steps_of_transfers),
        cmocka_unit_test(a_repeat_is_known_after_deciphering_in_place),
        cmocka_unit_test(numbers_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
