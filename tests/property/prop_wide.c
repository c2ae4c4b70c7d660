/* Numbers of 128 bits against arithmetic as a child learns it: bytes as digits, and division one
 * bit at a time. Fixed seed: a failure repeats. */
#include "base/wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DIGITS = 16, ROUNDS = 4000, ROUNDS_SANITIZED = 600 };

typedef struct digits {
    uint8_t at[DIGITS]; /* the lowest first, two's complement */
} digits;

static uint64_t seed;

static uint64_t dice64(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* All widths are as likely, and bits that are all alike: that is where carries go wrong. */
static uint64_t any_half(void)
{
    static const uint64_t edges[] = { 0,
                                      UINT32_MAX,
                                      UINT64_C(1) << 32,
                                      UINT64_C(1) << 63,
                                      UINT64_C(0x7fffffff00000001),
                                      UINT64_C(0xffffffff00000000) };
    uint64_t style = dice64() % 8, bits = dice64() >> dice64() % 64;
    if (style < 3)
        return edges[dice64() % (sizeof edges / sizeof *edges)] + dice64() % 5 - 2;
    return style < 5 ? ~bits : bits;
}

static int64_t any_divisor(void)
{
    int64_t by = (int64_t)(any_half() & INT64_MAX);
    return by ? by : 1;
}

static ohm_wide any_wide(void)
{
    return (ohm_wide){ any_half(), any_half() };
}

static digits digits_of(ohm_wide a)
{
    digits d;
    for (int i = 0; i < DIGITS; i++)
        d.at[i] = (uint8_t)((i < 8 ? a.low : a.high) >> i % 8 * 8);
    return d;
}

static void check(ohm_wide got, digits want)
{
    digits d = digits_of(got);
    assert_memory_equal(d.at, want.at, DIGITS);
}

static digits add(digits a, digits b)
{
    unsigned carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        carry += (unsigned)a.at[i] + b.at[i];
        a.at[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return a;
}

static digits negate(digits a)
{
    for (int i = 0; i < DIGITS; i++)
        a.at[i] = (uint8_t)~a.at[i];
    return add(a, (digits){ { 1 } });
}

static digits multiply(digits a, digits b)
{
    digits product = { { 0 } };
    for (int i = 0; i < DIGITS; i++) {
        unsigned carry = 0;
        for (int k = 0; i + k < DIGITS; k++) {
            carry += product.at[i + k] + (unsigned)a.at[i] * b.at[k];
            product.at[i + k] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    return product;
}

static bool is_negative(digits a)
{
    return a.at[DIGITS - 1] >= 0x80;
}

static bool reaches(digits a, digits b) /* a >= b, neither negative */
{
    int i = DIGITS - 1;
    while (i > 0 && a.at[i] == b.at[i])
        i--;
    return a.at[i] >= b.at[i];
}

/* |a| / by and its rest, 0 < by < 2^126. */
static digits divide(digits a, digits by, digits *ret_rest)
{
    digits quotient = { { 0 } }, rest = { { 0 } };
    if (is_negative(a))
        a = negate(a);
    for (int bit = DIGITS * 8 - 1; bit >= 0; bit--) {
        rest = add(rest, rest);
        rest.at[0] |= (uint8_t)(a.at[bit / 8] >> bit % 8 & 1);
        if (!reaches(rest, by))
            continue;
        rest = add(rest, negate(by));
        quotient.at[bit / 8] |= (uint8_t)(1 << bit % 8);
    }
    *ret_rest = rest;
    return quotient;
}

static void check_sums(ohm_wide a, ohm_wide b)
{
    digits x = digits_of(a), y = digits_of(b);
    check(ohm_wide_add(a, b), add(x, y));
    check(ohm_wide_subtract(a, b), add(x, negate(y)));
    assert_int_equal(ohm_wide_is_negative(a), is_negative(x));
    x.at[DIGITS - 1] ^= 0x80; /* moves the least of all to zero */
    y.at[DIGITS - 1] ^= 0x80;
    assert_int_equal(ohm_wide_compare(a, b) >= 0, reaches(x, y));
    assert_int_equal(ohm_wide_compare(a, b) <= 0, reaches(y, x));
}

static void check_products(ohm_wide a, int64_t by)
{
    ohm_wide factor = ohm_wide_of(by), narrow = ohm_wide_of((int64_t)a.low);
    check(ohm_wide_multiply(a, by), multiply(digits_of(a), digits_of(factor)));
    check(ohm_wide_product((int64_t)a.low, by), multiply(digits_of(narrow), digits_of(factor)));
    check(ohm_wide_of(by), digits_of((ohm_wide){ (uint64_t)by, by < 0 ? UINT64_MAX : 0 }));
}

static void check_quotients(ohm_wide a, int64_t by, int64_t and_by)
{
    bool negative = ohm_wide_is_negative(a);
    int64_t rest;
    digits left, want = divide(digits_of(a), digits_of(ohm_wide_of(by)), &left);
    check(ohm_wide_divide(a, by, &rest), negative ? negate(want) : want);
    check(ohm_wide_of(rest), negative ? negate(left) : left);

    digits whole = multiply(digits_of(ohm_wide_of(by)), digits_of(ohm_wide_of(and_by)));
    want = divide(digits_of(a), whole, &left);
    if (reaches(add(left, left), whole))
        want = add(want, (digits){ { 1 } });
    ohm_wide ratio = ohm_wide_ratio(a, by, and_by);
    check(ratio, negative ? negate(want) : want);
    if (and_by == 1)
        assert_true(ohm_wide_mean(a, by) == ohm_wide_clamp(ratio));
}

static void as_by_hand(void **state)
{
    (void)state;
    const int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    seed = 0x51de;
    for (int i = 0; i < rounds; i++) {
        ohm_wide a = any_wide(), b = dice64() % 4 ? any_wide() : a;
        int64_t by = any_divisor();
        check_sums(a, b);
        check_products(a, (int64_t)b.low);
        check_quotients(a, by, dice64() % 4 ? any_divisor() : 1);
        check_quotients(ohm_wide_product((int64_t)a.low, by), by, 1); /* none is left over */
        check_quotients(ohm_wide_of((int64_t)b.low), by, 1);
    }
}

/* What fits is kept, what does not is the nearest that does. */
static void clamping(void **state)
{
    (void)state;
    seed = 0xc1a3;
    for (int i = 0; i < ROUNDS_SANITIZED; i++) {
        ohm_wide a = dice64() % 2 ? any_wide() : ohm_wide_of((int64_t)any_half());
        int64_t got = ohm_wide_clamp(a);
        int side = ohm_wide_compare(a, ohm_wide_of(got));
        assert_int_equal(ohm_wide_fits(a), side == 0);
        assert_true(side == 0 || got == (side < 0 ? INT64_MIN : INT64_MAX));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_by_hand),
        cmocka_unit_test(clamping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
