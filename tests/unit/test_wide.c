#include "base/wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MIN   INT64_MIN
#define MAX   INT64_MAX
#define TOP   (UINT64_C(1) << 63)
#define MINUS UINT64_MAX /* the upper half of small negative numbers */

static void check(ohm_wide got, ohm_wide want, const char *why)
{
    if (got.high != want.high || got.low != want.low)
        fail_msg("%s: %016llx%016llx, not %016llx%016llx", why, (unsigned long long)got.high,
                 (unsigned long long)got.low, (unsigned long long)want.high,
                 (unsigned long long)want.low);
}

static void sums(void **state)
{
    (void)state;
    static const struct {
        ohm_wide a, b, sum;
        const char *why;
    } rows[] = {
        { { 0, 0 }, { 0, 0 }, { 0, 0 }, "nothing" },
        { { 1, 0 }, { MINUS, MINUS }, { 0, 0 }, "1 - 1: the carry goes through both halves" },
        { { UINT64_MAX, 0 }, { 1, 0 }, { 0, 1 }, "a carry" },
        { { UINT64_MAX, 5 }, { UINT64_MAX, 6 }, { UINT64_MAX - 1, 12 }, "a carry and a rest" },
        { { 0, 1 }, { MINUS, MINUS }, { UINT64_MAX, 0 }, "2^64 - 1: a borrow" },
        { { TOP, MINUS }, { TOP, MINUS }, { 0, MINUS }, "twice the least of 64 bits" },
        { { UINT64_MAX, TOP - 1 }, { 1, 0 }, { 0, TOP }, "beyond 128 bits it wraps around" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(ohm_wide_add(rows[i].a, rows[i].b), rows[i].sum, rows[i].why);
        check(ohm_wide_add(rows[i].b, rows[i].a), rows[i].sum, rows[i].why);
        check(ohm_wide_subtract(rows[i].sum, rows[i].b), rows[i].a, rows[i].why);
        check(ohm_wide_subtract(rows[i].sum, rows[i].a), rows[i].b, rows[i].why);
    }
}

static void order(void **state)
{
    (void)state;
    static const ohm_wide rising[] = {
        { 0, TOP },       { 1, TOP },        { 0, MINUS }, { TOP, MINUS },
        { MINUS, MINUS }, { 0, 0 },          { 1, 0 },     { TOP - 1, 0 },
        { TOP, 0 },       { UINT64_MAX, 0 }, { 0, 1 },     { UINT64_MAX, TOP - 1 },
    };
    enum { COUNT = sizeof rising / sizeof *rising, LEAST = 3, MOST = 7 };
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++) {
            int got = ohm_wide_compare(rising[i], rising[k]);
            assert_int_equal((got > 0) - (got < 0), (i > k) - (i < k));
        }
        assert_int_equal(ohm_wide_is_negative(rising[i]), i < 5);
        assert_int_equal(ohm_wide_fits(rising[i]), i >= LEAST && i <= MOST);
        int64_t want = i < LEAST ? MIN : i > MOST ? MAX : (int64_t)rising[i].low;
        assert_true(ohm_wide_clamp(rising[i]) == want);
    }
}

static void products(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b;
        ohm_wide product;
        const char *why;
    } rows[] = {
        { 0, MIN, { 0, 0 }, "nothing" },
        { 3, -7, { UINT64_MAX - 20, MINUS }, "signs" },
        { MIN, 1, { TOP, MINUS }, "the least" },
        { MIN, -1, { TOP, 0 }, "the least of 64 bits has its opposite here" },
        { MIN, MIN, { 0, TOP >> 1 }, "2^126" },
        { MIN, MAX, { TOP, TOP | TOP >> 1 }, "-(2^126 - 2^63)" },
        { MAX, MAX, { 1, (TOP >> 1) - 1 }, "2^126 - 2^64 + 1" },
        { UINT32_MAX, UINT32_MAX, { UINT64_C(0xfffffffe00000001), 0 }, "above 63 bits" },
        { INT64_C(1) << 32, INT64_C(1) << 32, { 0, 1 }, "2^64" },
        { -(INT64_C(1) << 32), INT64_C(1) << 32, { 0, MINUS }, "-2^64" },
        { INT64_C(1000000000000000000), 1000, { UINT64_C(0x35c9adc5dea00000), 54 }, "10^21" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(ohm_wide_product(rows[i].a, rows[i].b), rows[i].product, rows[i].why);
        check(ohm_wide_product(rows[i].b, rows[i].a), rows[i].product, rows[i].why);
        check(ohm_wide_multiply(ohm_wide_of(rows[i].a), rows[i].b), rows[i].product, rows[i].why);
    }
    check(ohm_wide_multiply((ohm_wide){ MINUS, 0 }, 3), (ohm_wide){ MINUS - 2, 2 },
          "3 × (2^64 - 1)");
    check(ohm_wide_multiply((ohm_wide){ 0, MINUS }, -3), (ohm_wide){ 0, 3 }, "-3 × -2^64");
    check(ohm_wide_multiply((ohm_wide){ 5, TOP }, 2), (ohm_wide){ 10, 0 }, "it wraps around");
}

static void quotients(void **state)
{
    (void)state;
    static const struct {
        ohm_wide a;
        int64_t by;
        ohm_wide quotient;
        int64_t rest;
        const char *why;
    } rows[] = {
        { { 0, 0 }, MAX, { 0, 0 }, 0, "nothing" },
        { { 7, 0 }, 2, { 3, 0 }, 1, "towards zero" },
        { { UINT64_MAX - 6, MINUS }, 2, { UINT64_MAX - 2, MINUS }, -1, "-7 / 2: towards zero" },
        { { UINT64_MAX, 0 }, 1, { UINT64_MAX, 0 }, 0, "by one" },
        { { 0, TOP }, 1, { 0, TOP }, 0, "the least of all has no opposite" },
        { { 0, TOP }, 2, { 0, TOP | TOP >> 1 }, 0, "half of it" },
        { { 0, 1 }, 3, { UINT64_C(0x5555555555555555), 0 }, 1, "2^64 / 3" },
        { { 0, 1 }, MAX, { 2, 0 }, 2, "2^64 / (2^63 - 1)" },
        { { 1, (TOP >> 1) - 1 }, MAX, { TOP - 1, 0 }, 0, "the square of the greatest" },
        { { 0, (TOP >> 1) - 1 }, MAX, { TOP - 2, 0 }, MAX - 1, "one less than it" },
        { { UINT64_MAX, TOP - 1 }, MAX, { 2, 1 }, 1, "the greatest of all" },
        { { 0, UINT64_C(0x3fffffff80000000) },
          INT64_C(0x7fffffff00000001),
          { UINT64_C(0x7ffffffffffffffe), 0 },
          INT64_C(0x7ffffffe00000002),
          "the guess of a digit is too high" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t rest = -12345;
        check(ohm_wide_divide(rows[i].a, rows[i].by, &rest), rows[i].quotient, rows[i].why);
        if (rest != rows[i].rest)
            fail_msg("%s: rest %lld", rows[i].why, (long long)rest);
        check(ohm_wide_divide(rows[i].a, rows[i].by, NULL), rows[i].quotient, rows[i].why);
    }
}

static void rounding(void **state)
{
    (void)state;
    static const struct {
        int64_t a, times, by, and_by, want;
        const char *why;
    } rows[] = {
        { 0, 1, 5, 1, 0, "nothing" },
        { 5, 1, 2, 1, 3, "half goes away from zero" },
        { -5, 1, 2, 1, -3, "below zero too" },
        { 7, 1, 5, 1, 1, "1.4" },
        { -7, 1, 5, 1, -1, "-1.4" },
        { 8, 1, 5, 1, 2, "1.6" },
        { -8, 1, 5, 1, -2, "-1.6" },
        { 1, 1, 2, 1, 1, "0.5" },
        { -1, 1, 3, 1, 0, "-0.33" },
        { 15, 1, 2, 5, 2, "1.5 of two divisors" },
        { 14, 1, 5, 2, 1, "1.4 of two divisors" },
        { -25, 1, 10, 5, -1, "-0.5 of two divisors" },
        { 26, 1, 5, 10, 1, "0.52: the rest of the first division counts" },
        { 1, 1, MAX, MAX, 0, "next to nothing" },
        { MAX, MAX, MAX, MAX, 1, "one" },
        { MIN, MAX, 2, MAX, MIN / 2, "half of the least" },
        { MAX, 3, 6, 1, MAX / 2 + 1, "half of the greatest, which is odd" },
        { MIN, 1, MAX, 1, -1, "just above one" },
        { MAX, MAX, 1, 1, MAX, "too great: the nearest" },
        { MIN, MAX, 1, 1, MIN, "too small: the nearest" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_wide a = ohm_wide_product(rows[i].a, rows[i].times);
        int64_t got = ohm_wide_clamp(ohm_wide_ratio(a, rows[i].by, rows[i].and_by));
        if (got != rows[i].want)
            fail_msg("%s: %lld", rows[i].why, (long long)got);
        if (rows[i].and_by == 1)
            assert_true(ohm_wide_mean(a, rows[i].by) == rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),      cmocka_unit_test(order),    cmocka_unit_test(products),
        cmocka_unit_test(quotients), cmocka_unit_test(rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
