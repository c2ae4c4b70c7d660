#include "base/wide.h"

#include <assert.h>
#include <stddef.h>

static ohm_wide negate(ohm_wide a)
{
    return ohm_wide_subtract(ohm_wide_of(0), a);
}

/* Four products of halves, as by hand with two digits of 32 bits each. */
static ohm_wide multiply_unsigned(uint64_t a, uint64_t b)
{
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32;
    uint64_t b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32); /* (2^32 - 1)^2 + 2^32 - 1 < 2^64 */
    uint64_t other = a_low * b_high + (middle & UINT32_MAX);
    return (ohm_wide){ other << 32 | (low & UINT32_MAX),
                       a_high * b_high + (middle >> 32) + (other >> 32) };
}

ohm_wide ohm_wide_multiply(ohm_wide a, int64_t by)
{
    uint64_t factor = (uint64_t)by;
    ohm_wide product = multiply_unsigned(a.low, factor);
    product.high += a.high * factor;
    if (by < 0)
        product.high -= a.low; /* `factor` is 2^64 too much */
    return product;
}

/* One digit of the quotient, and the rest on to the next one. The divisor's highest bit is set
 * and *rest < by, so that the guess from the divisor's upper half is at most 2 too high (Knuth,
 * The Art of Computer Programming 2, 4.3.1, theorem B), and at most 2^32 + 1: no product wraps. */
static uint64_t next_digit(uint64_t *rest, uint64_t digit, uint64_t by)
{
    uint64_t by_high = by >> 32, by_low = by & UINT32_MAX;
    uint64_t guess = *rest / by_high, over = *rest % by_high;
    while (over <= UINT32_MAX && guess * by_low > (over << 32 | digit)) {
        guess--;
        over += by_high;
    }
    *rest = (*rest << 32 | digit) - guess * by; /* what wraps cancels out: the rest is < by */
    return guess;
}

/* high × 2^64 + low, where high < by: the quotient has 64 bits. */
static uint64_t divide_unsigned(uint64_t high, uint64_t low, uint64_t by, uint64_t *ret_rest)
{
    if (high == 0) {
        *ret_rest = low % by;
        return low / by;
    }
    int shift = __builtin_clzll(by);
    uint64_t rest = shift ? high << shift | low >> (64 - shift) : high;
    by <<= shift;
    low <<= shift;
    uint64_t upper = next_digit(&rest, low >> 32, by);
    uint64_t quotient = upper << 32 | next_digit(&rest, low & UINT32_MAX, by);
    *ret_rest = rest >> shift;
    return quotient;
}

ohm_wide ohm_wide_divide(ohm_wide a, int64_t by, int64_t *ret_rest)
{
    assert(by > 0);
    bool negative = ohm_wide_is_negative(a);
    ohm_wide size = negative ? negate(a) : a, quotient;
    uint64_t rest = size.high % (uint64_t)by;
    quotient.high = size.high / (uint64_t)by;
    quotient.low = divide_unsigned(rest, size.low, (uint64_t)by, &rest);
    if (ret_rest)
        *ret_rest = negative ? -(int64_t)rest : (int64_t)rest;
    return negative ? negate(quotient) : quotient;
}

ohm_wide ohm_wide_ratio(ohm_wide a, int64_t by, int64_t and_by)
{
    int64_t rest, more;
    ohm_wide quotient = ohm_wide_divide(ohm_wide_divide(a, by, &rest), and_by, &more);
    ohm_wide left = ohm_wide_add(ohm_wide_product(more, by), ohm_wide_of(rest));
    ohm_wide size = ohm_wide_is_negative(a) ? negate(left) : left;
    ohm_wide whole = ohm_wide_product(by, and_by);
    if (ohm_wide_compare(size, ohm_wide_subtract(whole, size)) < 0)
        return quotient;
    return ohm_wide_add(quotient, ohm_wide_of(ohm_wide_is_negative(a) ? -1 : 1));
}
