#include "store/pack.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void integers_survive(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t value;
        size_t bytes;
    } rows[] = {
        { "zero", 0, 1 },
        { "minus one", -1, 1 },
        { "the last of one byte", 63, 1 },
        { "two bytes", 64, 2 },
        { "below zero", -65, 2 },
        { "a register", 12048950, 4 },
        { "all bits", -1 - INT64_MAX, 10 },
        { "the highest", INT64_MAX, 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[OHM_VARINT_MAX];
        uint64_t back = 0;
        size_t n = ohm_varint_put(bytes, ohm_zigzag(rows[i].value));
        ohm_span in = ohm_span_of(bytes, n);
        if (n != rows[i].bytes || !ohm_varint_get(&in, &back) || in.len != 0 ||
            ohm_unzigzag(back) != rows[i].value)
            fail_msg("%s: %zu bytes", rows[i].why, n);
        in = ohm_span_of(bytes, n - 1);
        assert_false(ohm_varint_get(&in, &back));
        assert_int_equal(in.len, n - 1);
    }
    static const uint8_t too_big[] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 };
    static const uint8_t endless[] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 };
    uint64_t back = 0;
    ohm_span in = ohm_span_of(too_big, sizeof too_big);
    assert_false(ohm_varint_get(&in, &back));
    in = ohm_span_of(endless, sizeof endless);
    assert_false(ohm_varint_get(&in, &back));
}

static ohm_row row_of(uint16_t count, uint32_t first, uint32_t step, bool mixed)
{
    ohm_row row = { .columns = { .count = count } };
    for (uint16_t i = 0; i < count; i++) {
        row.columns.series[i] = first + i * step;
        row.quality[i] = mixed ? i % 4 : OHM_QUALITY_UNAUTHENTICATED;
        row.value[i] = (i % 2 ? -1 : 1) * (int64_t)i * 1000003;
    }
    return row;
}

static void assert_rows_equal(const char *why, const ohm_row *a, const ohm_row *b)
{
    bool same = a->columns.count == b->columns.count;
    for (uint16_t i = 0; same && i < a->columns.count; i++)
        same = a->columns.series[i] == b->columns.series[i] && a->quality[i] == b->quality[i] &&
               a->value[i] == b->value[i];
    if (!same)
        fail_msg("%s", why);
}

static void rows_survive_and_every_cut_is_noticed(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint16_t count;
        uint32_t layout;
        bool mixed;
    } rows[] = {
        { "one value", 1, 7, false },
        { "its columns within", 5, 0, false },
        { "a quality each", 6, 0, true },
        { "the most there can be", OHM_ROW_VALUES_MAX, 0, true },
        { "a full row by layout", OHM_ROW_VALUES_MAX, UINT32_MAX, true },
        { "none", 0, 0, false },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        uint8_t bytes[OHM_ROW_BYTES_MAX];
        ohm_row row = row_of(rows[r].count, 3, 5000, rows[r].mixed), back = row;
        size_t n = ohm_row_encode(rows[r].layout, &row, bytes);
        uint32_t layout = 1;
        memset(back.value, 0xff, sizeof back.value);
        ohm_span in = ohm_span_of(bytes, n);
        assert_int_equal(ohm_row_layout(&in, &layout), OHM_OK);
        assert_int_equal(layout, rows[r].layout);
        if (layout == 0)
            assert_int_equal(ohm_columns_decode(&in, &back.columns), OHM_OK);
        assert_int_equal(ohm_row_values(in, &back), OHM_OK);
        assert_rows_equal(rows[r].why, &row, &back);

        for (uint16_t i = 0; i < row.columns.count; i++) {
            uint8_t quality = 9;
            int64_t value = 9;
            assert_int_equal(ohm_row_pick(in, row.columns.count, i, &quality, &value), OHM_OK);
            assert_true(quality == row.quality[i] && value == row.value[i]);
        }
        for (size_t cut = 0; cut < in.len; cut++)
            assert_int_equal(ohm_row_values(ohm_span_part(in, 0, cut), &back), OHM_BAD_FORMAT);
    }
}

static void hostile_rows_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[8];
        size_t len;
    } columns[] = {
        { "nothing", { 0 }, 0 },
        { "too many", { 129, 1 }, 2 },
        { "fewer than said", { 2, 1 }, 2 },
        { "twice the same", { 2, 1, 0 }, 3 },
        { "beyond 32 bits", { 2, 255, 255, 255, 255, 15, 1 }, 7 },
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ohm_columns out;
        ohm_span in = ohm_span_of(columns[i].bytes, columns[i].len);
        if (ohm_columns_decode(&in, &out) != OHM_BAD_FORMAT || in.len != columns[i].len)
            fail_msg("%s", columns[i].why);
    }
    ohm_row row = row_of(2, 1, 1, false);
    static const uint8_t quality_5[] = { 5, 0, 0 }, junk_after[] = { 0, 0, 0, 0 };
    assert_int_equal(ohm_row_values(ohm_span_of(quality_5, 3), &row), OHM_BAD_FORMAT);
    assert_int_equal(ohm_row_values(ohm_span_of(junk_after, 4), &row), OHM_BAD_FORMAT);
}

static void merging_keeps_order_and_the_newer_wins(void **state)
{
    (void)state;
    ohm_row a = row_of(3, 10, 10, false); /* 10 20 30 */
    ohm_row b = row_of(3, 5, 15, true);   /* 5 20 35 */
    b.value[1] = 77;
    assert_true(ohm_row_merge(&a, &b));
    static const uint32_t want[] = { 5, 10, 20, 30, 35 };
    assert_int_equal(a.columns.count, 5);
    assert_memory_equal(a.columns.series, want, sizeof want);
    assert_int_equal(a.value[2], 77);
    assert_int_equal(a.quality[2], 1);

    ohm_row full = row_of(OHM_ROW_VALUES_MAX, 1000, 1, false), kept = full;
    assert_false(ohm_row_merge(&full, &b));
    assert_rows_equal("too many: as it was", &full, &kept);
    assert_true(ohm_row_merge(&full, &kept));
    assert_rows_equal("with itself", &full, &kept);
}

static void packs_of_events_survive(void **state)
{
    (void)state;
    static ohm_pack pack;
    static uint8_t big[OHM_STORE_EVENT_MAX];
    assert_true(ohm_pack_add(&pack, 5, OHM_NO_MS, ohm_span_text("five")));
    assert_true(ohm_pack_add(&pack, 6, INT64_MAX, ohm_span_of(NULL, 0)));
    assert_true(ohm_pack_add(&pack, UINT64_MAX, 0, ohm_span_text("last")));
    assert_false(ohm_pack_add(&pack, UINT64_MAX, 0, ohm_span_of(big, sizeof big)));
    assert_false(ohm_pack_add(&pack, UINT64_MAX, 0, ohm_span_of(big, OHM_PACK_BYTES)));

    uint64_t seq = pack.first_seq;
    ohm_ms at = pack.first_ms;
    ohm_span in = ohm_span_of(pack.bytes, pack.len), one;
    assert_int_equal(ohm_pack_take(&in, true, &seq, &at, &one), OHM_OK);
    assert_true(seq == 5 && at == OHM_NO_MS && ohm_span_is(one, "five"));
    assert_int_equal(ohm_pack_take(&in, false, &seq, &at, &one), OHM_OK);
    assert_true(seq == 6 && at == INT64_MAX && one.len == 0);
    assert_int_equal(ohm_pack_take(&in, false, &seq, &at, &one), OHM_OK);
    assert_true(seq == UINT64_MAX && at == 0 && ohm_span_is(one, "last"));
    assert_int_equal(in.len, 0);
    assert_int_equal(ohm_pack_take(&in, false, &seq, &at, &one), OHM_BAD_FORMAT);

    static const uint8_t short_one[] = { 0, 0, 5, 'x' }, leap[] = { 1, 0, 0 };
    in = ohm_span_of(short_one, sizeof short_one);
    assert_int_equal(ohm_pack_take(&in, true, &seq, &at, &one), OHM_BAD_FORMAT);
    in = ohm_span_of(leap, sizeof leap);
    assert_int_equal(ohm_pack_take(&in, false, &seq, &at, &one), OHM_BAD_FORMAT); /* past 2^64 */

    pack.len = 0;
    assert_true(ohm_pack_add(&pack, 1, 0, ohm_span_of(big, sizeof big)));
    assert_false(ohm_pack_add(&pack, 2, 0, ohm_span_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_survive),
        cmocka_unit_test(rows_survive_and_every_cut_is_noticed),
        cmocka_unit_test(hostile_rows_are_refused),
        cmocka_unit_test(merging_keeps_order_and_the_newer_wins),
        cmocka_unit_test(packs_of_events_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
