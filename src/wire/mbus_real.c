#include "wire/mbus_internal.h"

/* float32 (type H, IEEE 754) to decimal without doubles: frac × 2^shift, of which the first 17
 * digits are kept, rounded half to even. 17 digits are enough to read the same double back. */

enum {
    DIGITS = 17,
    LIMBS = 9, /* 2^149 × 10^17 and a carry fit */
    STEP = 9,  /* digits a multiplication yields while the remainder has 34 bits */
    FAST_BITS = 34,
};

static const uint64_t tens[] = { 1,
                                 10,
                                 100,
                                 1000,
                                 10000,
                                 100000,
                                 1000000,
                                 10000000,
                                 100000000,
                                 1000000000,
                                 10000000000,
                                 100000000000,
                                 1000000000000,
                                 10000000000000,
                                 100000000000000,
                                 1000000000000000,
                                 10000000000000000,
                                 100000000000000000 };

static int digits_of(uint64_t value)
{
    int n = 1;
    while (n <= DIGITS && value >= tens[n])
        n++;
    return n;
}

/* frac / 2^bits with 0 < bits <= FAST_BITS: digit by digit, nine at a time. */
static void fraction(uint64_t frac, unsigned bits, int64_t *mantissa, int *exponent)
{
    uint64_t value = frac >> bits, mask = (UINT64_C(1) << bits) - 1, rest = frac & mask;
    int places = 0, known = value != 0 ? digits_of(value) : 0;
    while (rest != 0 && known < DIGITS) {
        int step = DIGITS - known < STEP ? DIGITS - known : STEP;
        rest *= tens[step];
        value = value * tens[step] + (rest >> bits);
        rest &= mask;
        places += step;
        known = value != 0 ? digits_of(value) : 0;
    }
    uint64_t half = UINT64_C(1) << (bits - 1);
    if (rest > half || (rest == half && (value & 1) != 0))
        value++;
    *mantissa = (int64_t)value;
    *exponent = -places;
}

/* --- the rare rest: very small and very large, in 32-bit limbs -------------------------------- */

typedef struct wide {
    uint32_t limb[LIMBS]; /* least significant first */
} wide;

static void wide_times(wide *w, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)w->limb[i] * factor;
        w->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static uint32_t wide_over_ten(wide *w)
{
    uint64_t rest = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
        rest = rest << 32 | w->limb[i];
        w->limb[i] = (uint32_t)(rest / 10);
        rest %= 10;
    }
    return (uint32_t)rest;
}

static wide wide_of(uint32_t value, unsigned shift)
{
    wide w = { { 0 } };
    uint64_t placed = (uint64_t)value << (shift % 32);
    w.limb[shift / 32] = (uint32_t)placed;
    w.limb[shift / 32 + 1] = (uint32_t)(placed >> 32);
    return w;
}

/* Floor of w / 2^bits where it has at most 64 bits; *rest is 0, 1, 2, 3 for nothing, below half,
 * half, above half of a unit. */
static uint64_t wide_shifted(const wide *w, unsigned bits, int *rest)
{
    uint64_t value = 0;
    bool below = false, half = false;
    for (unsigned i = 0; i < LIMBS * 32; i++) {
        uint64_t bit = w->limb[i / 32] >> (i % 32) & 1;
        if (i + 1 < bits)
            below |= bit != 0;
        else if (i + 1 == bits)
            half = bit != 0;
        else if (i - bits < 64)
            value |= bit << (i - bits);
    }
    *rest = (half ? 2 : 0) + (below ? 1 : 0);
    return value;
}

static void small(uint32_t frac, unsigned bits, int64_t *mantissa, int *exponent)
{
    wide w = wide_of(frac, 0);
    int places = 0, rest = 0;
    uint64_t value = wide_shifted(&w, bits, &rest);
    while (rest != 0 && value < tens[DIGITS - 1]) {
        wide_times(&w, 10);
        value = wide_shifted(&w, bits, &rest);
        places++;
    }
    if (rest == 3 || (rest == 2 && (value & 1) != 0))
        value++;
    *mantissa = (int64_t)value;
    *exponent = -places;
}

static bool wide_fits(const wide *w)
{
    for (int i = 2; i < LIMBS; i++)
        if (w->limb[i] != 0)
            return false;
    return ((uint64_t)w->limb[1] << 32 | w->limb[0]) < tens[DIGITS];
}

static void large(uint32_t frac, unsigned shift, int64_t *mantissa, int *exponent)
{
    wide w = wide_of(frac, shift);
    int places = 0;
    uint32_t digit = 0;
    bool below = false;
    while (!wide_fits(&w)) {
        below |= digit != 0;
        digit = wide_over_ten(&w);
        places++;
    }
    uint64_t value = (uint64_t)w.limb[1] << 32 | w.limb[0];
    if (digit > 5 || (digit == 5 && (below || (value & 1) != 0)))
        value++;
    *mantissa = (int64_t)value;
    *exponent = places;
}

void ohm_mbus_real(uint32_t bits, int64_t *mantissa, int *exponent)
{
    enum { BIAS = 150 };
    uint32_t frac = bits & 0x7fffff;
    int power = (int)(bits >> 23 & 0xff);
    if (power != 0)
        frac |= 0x800000;
    else
        power = 1;
    int shift = power - BIAS;
    *mantissa = 0;
    *exponent = 0;
    if (frac != 0) {
        for (; shift < 0 && (frac & 1) == 0; shift++)
            frac >>= 1;
        if (shift == 0)
            *mantissa = frac;
        else if (shift > 0)
            large(frac, (unsigned)shift, mantissa, exponent);
        else if (shift >= -FAST_BITS)
            fraction(frac, (unsigned)-shift, mantissa, exponent);
        else
            small(frac, (unsigned)-shift, mantissa, exponent);
    }
    if (bits >> 31 != 0)
        *mantissa = -*mantissa;
}
