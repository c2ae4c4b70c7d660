/* Whole numbers of 128 bits with a sign: sums of many values of 64 bits, and products of two.
 *
 * Two halves in two's complement, on every platform alike: a compiler's own type of that width
 * exists on some processors only. What leaves the 128 bits wraps around; nothing here fails. */
#ifndef OHM_BASE_WIDE_H
#define OHM_BASE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

/* (int64_t)high × 2^64 + low */
typedef struct ohm_wide {
    uint64_t low, high;
} ohm_wide;

static inline ohm_wide ohm_wide_of(int64_t value)
{
    return (ohm_wide){ (uint64_t)value, value < 0 ? UINT64_MAX : 0 };
}

static inline ohm_wide ohm_wide_add(ohm_wide a, ohm_wide b)
{
    ohm_wide sum;
    bool carry = __builtin_add_overflow(a.low, b.low, &sum.low);
    sum.high = a.high + b.high + carry;
    return sum;
}

static inline ohm_wide ohm_wide_subtract(ohm_wide a, ohm_wide b)
{
    ohm_wide difference;
    bool borrow = __builtin_sub_overflow(a.low, b.low, &difference.low);
    difference.high = a.high - b.high - borrow;
    return difference;
}

static inline bool ohm_wide_is_negative(ohm_wide a)
{
    return a.high >> 63;
}

/* < 0: a is less than b; 0: they are equal; > 0: a is greater. */
static inline int ohm_wide_compare(ohm_wide a, ohm_wide b)
{
    int64_t a_high = (int64_t)a.high, b_high = (int64_t)b.high;
    if (a_high != b_high)
        return a_high < b_high ? -1 : 1;
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

/* Does it fit into 64 bits with a sign? */
static inline bool ohm_wide_fits(ohm_wide a)
{
    return a.high == (a.low >> 63 ? UINT64_MAX : 0);
}

/* The nearest value of 64 bits. */
static inline int64_t ohm_wide_clamp(ohm_wide a)
{
    if (ohm_wide_fits(a))
        return (int64_t)a.low;
    return ohm_wide_is_negative(a) ? INT64_MIN : INT64_MAX;
}

ohm_wide ohm_wide_multiply(ohm_wide a, int64_t by);

/* Exact, whatever the two are. */
static inline ohm_wide ohm_wide_product(int64_t a, int64_t b)
{
    int64_t narrow;
    if (!__builtin_mul_overflow(a, b, &narrow))
        return ohm_wide_of(narrow);
    return ohm_wide_multiply(ohm_wide_of(a), b);
}

/* As C divides: towards zero, and a rest, which may be NULL, with the sign of `a`. by > 0. */
ohm_wide ohm_wide_divide(ohm_wide a, int64_t by, int64_t *ret_rest);

/* a / (by × and_by), rounded half away from zero. Both > 0. */
ohm_wide ohm_wide_ratio(ohm_wide a, int64_t by, int64_t and_by);

/* sum / by, rounded half away from zero, and clamped. by > 0. */
static inline int64_t ohm_wide_mean(ohm_wide sum, int64_t by)
{
    return ohm_wide_clamp(ohm_wide_ratio(sum, by, 1));
}

#endif
