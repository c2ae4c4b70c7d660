#include "store/chunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define T0 INT64_C(1795305600000)

static uint64_t seed = 8420;

static uint64_t noise(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A column that has the trait of row `kind` at place i. */
static int64_t column_at(int kind, size_t i, int64_t before)
{
    switch (kind) {
    case 0:
        return 42; /* constant */
    case 1:
        return (int64_t)i * -1000; /* a line */
    case 2:
        return before + (int64_t)(noise() % 15) - 7; /* a walk */
    case 3:
        return 2300000 + (int64_t)(noise() % 64); /* noise about a level */
    case 4:
        return before + (noise() % 20 == 0); /* a register at rest */
    case 5:
        return before + (int64_t)(noise() % 3) + 20; /* a register under load */
    case 6:
        return (int64_t)(noise() % 40 == 0 ? noise() % 90000 : noise() % 8); /* peaks */
    case 7:
        return (int64_t)noise(); /* anything */
    case 8:
        return i % 2 ? INT64_MAX : INT64_MIN;
    default:
        return before + 50 * (int64_t)(noise() % 8); /* a common divisor */
    }
}

enum { KINDS = 10 };

static void columns_come_back(void **state)
{
    (void)state;
    /* Bits a value at most, where there is a claim. */
    static const double bits_max[KINDS] = { 0.1, 0.1, 4.6, 6.6, 1.5, 2.4, 6, 68, 68, 3.8 };
    static const size_t sizes[] = { 1, 2, 3, 63, 64, 65, 66, 129, 8192 };
    static int64_t values[OHM_STREAM_VALUES_MAX], scratch[OHM_STREAM_VALUES_MAX];
    static int64_t back[OHM_STREAM_VALUES_MAX];
    uint8_t *bytes = malloc(ohm_stream_bytes_max(OHM_STREAM_VALUES_MAX));
    assert_non_null(bytes);
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            size_t n = sizes[k];
            for (size_t i = 0; i < n; i++)
                values[i] = column_at(kind, i, i ? values[i - 1] : 1000000);
            size_t len = ohm_stream_encode(values, n, scratch, bytes);
            assert_true(len <= ohm_stream_bytes_max(n));
            ohm_span in = ohm_span_of(bytes, len);
            assert_int_equal(ohm_stream_decode(&in, n, 0, back), OHM_OK);
            assert_int_equal(in.len, 0);
            assert_memory_equal(back, values, n * sizeof *values);
            if (n == OHM_STREAM_VALUES_MAX && (double)len * 8 > bits_max[kind] * (double)n)
                fail_msg("kind %d: %.2f bits a value", kind, (double)len * 8 / (double)n);
            for (size_t cut = 0; cut < len && len < 100; cut++) { /* no shorter one is good */
                in = ohm_span_of(bytes, cut);
                assert_int_not_equal(ohm_stream_decode(&in, n, 0, back), OHM_OK);
            }
        }
    }
    free(bytes);
}

static ohm_points points, back;
static ohm_chunk_work work;

static void fill(uint32_t n, int kind, bool regular, bool mixed)
{
    points.count = n;
    for (uint32_t i = 0; i < n; i++) {
        int64_t step = regular ? 10000 : 9950 + (int64_t)(noise() % 100);
        points.time_ms[i] = i ? points.time_ms[i - 1] + step : T0;
        points.value[i] = column_at(kind, i, i ? points.value[i - 1] : 1000);
        points.quality[i] = mixed && noise() % 8 == 0 ? (uint8_t)(noise() % 4) : 0;
    }
}

static void chunks_come_back(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 1, 2, 100, OHM_CHUNK_POINTS_MAX };
    for (int turn = 0; turn < KINDS * 4 * 4; turn++) {
        uint32_t n = sizes[turn % 4];
        fill(n, turn / 16, turn & 4, turn & 8);
        size_t len = ohm_chunk_encode(7, &points, 0, n, &work);
        assert_true(len <= sizeof work.bytes);
        ohm_span in = ohm_span_of(work.bytes, len);
        assert_int_equal(ohm_chunk_decode(ohm_chunk_key(7, T0), n, in, &back), OHM_OK);
        assert_int_equal(back.count, n);
        assert_memory_equal(back.time_ms, points.time_ms, n * sizeof *back.time_ms);
        assert_memory_equal(back.value, points.value, n * sizeof *back.value);
        assert_memory_equal(back.quality, points.quality, n);
        assert_int_equal(ohm_chunk_decode(ohm_chunk_key(7, T0), n + 1, in, &back), OHM_BAD_FORMAT);
        assert_int_equal(ohm_chunk_decode(ohm_chunk_key(8, T0), n, in, &back), OHM_BAD_CHECKSUM);
        assert_int_equal(ohm_chunk_decode(ohm_chunk_key(7, T0 + 1), n, in, &back),
                         OHM_BAD_CHECKSUM);
    }
}

static void times_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *why;
        ohm_ms first_ms;
        uint64_t step;
        uint32_t n;
        ohm_code want;
    } rows[] = {
        { "one after another", T0, 10000, 3, OHM_OK },
        { "the last instant there is", OHM_STORE_TIME_MAX - 20001, 10000, 3, OHM_OK },
        { "past it", OHM_STORE_TIME_MAX - 20000, 10000, 3, OHM_BAD_FORMAT },
        { "one past it", OHM_STORE_TIME_MAX, 1, 1, OHM_BAD_FORMAT },
        { "twice the same", T0, 0, 2, OHM_BAD_FORMAT },
        { "back", T0, (uint64_t)-10000, 3, OHM_BAD_FORMAT },
        { "around 64 bits", T0, UINT64_C(1) << 62, 5, OHM_BAD_FORMAT },
        { "around them to a later one", T0, (UINT64_C(1) << 62) + 1, 5, OHM_BAD_FORMAT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fill(rows[i].n, 6, true, false);
        for (uint32_t k = 0; k < rows[i].n; k++)
            points.time_ms[k] = (int64_t)((uint64_t)rows[i].first_ms + k * rows[i].step);
        size_t len = ohm_chunk_encode(7, &points, 0, rows[i].n, &work);
        ohm_code code = ohm_chunk_decode(ohm_chunk_key(7, rows[i].first_ms), rows[i].n,
                                         ohm_span_of(work.bytes, len), &back);
        if (code != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

static void every_flipped_bit_is_found(void **state)
{
    (void)state;
    fill(60, 6, false, true);
    size_t len = ohm_chunk_encode(7, &points, 0, 60, &work);
    for (size_t bit = 0; bit < len * 8; bit++) {
        work.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(
            ohm_chunk_decode(ohm_chunk_key(7, T0), 60, ohm_span_of(work.bytes, len), &back),
            OHM_BAD_CHECKSUM);
        work.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_not_equal(
            ohm_chunk_decode(ohm_chunk_key(7, T0), 60, ohm_span_of(work.bytes, cut), &back),
            OHM_OK);
}

static void a_summary_tells(void **state)
{
    (void)state;
    points = (ohm_points){ .count = 4,
                           .time_ms = { T0, T0 + 10, T0 + 20, T0 + 30 },
                           .value = { 5, 900, 7, 6 },
                           .quality = { 0, OHM_QUALITY_SUSPECT, 0, 1 } };
    ohm_chunk_summary s = ohm_chunk_summarise(&points, 0, 4);
    assert_int_equal(s.count, 4);
    assert_int_equal(s.suspect, 1);
    assert_int_equal(s.step_ms, 10);
    assert_int_equal(s.min, 5);
    assert_int_equal(s.max, 7);
    assert_int_equal(s.sum, 18);
    assert_int_equal(s.first, 5);
    assert_int_equal(s.last, 6);
    assert_int_equal(s.flags, OHM_CHUNK_SUM | 7 * OHM_CHUNK_QUALITY);
    s = ohm_chunk_summarise(&points, 0, 3);
    assert_true(s.flags & OHM_CHUNK_RISES);
    points.value[0] = INT64_MAX;
    s = ohm_chunk_summarise(&points, 0, 3);
    assert_false(s.flags & OHM_CHUNK_SUM);
}

/* RFC 3720, appendix B.4. */
static void checksums_are_those_of_the_standard(void **state)
{
    (void)state;
    uint8_t bytes[32] = { 0 };
    assert_int_equal(ohm_crc32c(0, ohm_span_of(bytes, 32)), 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(ohm_crc32c(0, ohm_span_of(bytes, 32)), 0x62a8ab43u);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(ohm_crc32c(0, ohm_span_of(bytes, 32)), 0x46dd794eu);
    uint32_t parts = ohm_crc32c(ohm_crc32c(0, ohm_span_of(bytes, 5)), ohm_span_of(bytes + 5, 27));
    assert_int_equal(parts, 0x46dd794eu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_back),
        cmocka_unit_test(chunks_come_back),
        cmocka_unit_test(times_that_are_none_are_refused),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(a_summary_tells),
        cmocka_unit_test(checksums_are_those_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
