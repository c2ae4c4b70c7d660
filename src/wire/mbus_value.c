#include "wire/mbus_internal.h"

/* Data fields to exact decimals and times (EN 13757-3 annex A, types A to J). */

enum {
    WIDEST = 64, /* LVAR F6h */
    FIELD_REAL = 5,
    FIELD_BCD_FIRST = 9,
};

bool ohm_mbus_bcd(const uint8_t *p, size_t n, int64_t *out)
{
    int64_t value = 0;
    bool negative = n > 0 && p[n - 1] >> 4 == 0xf;
    for (size_t i = n; i-- > 0;) {
        unsigned high = p[i] >> 4, low = p[i] & 0xf;
        if (i == n - 1 && negative)
            high = 0;
        if (high > 9 || low > 9)
            return false;
        value = value * 100 + high * 10 + low; /* at most 18 digits */
    }
    *out = negative ? -value : value;
    return true;
}

uint64_t ohm_mbus_unsigned(const uint8_t *p, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | p[i];
    return value;
}

int64_t ohm_mbus_signed(const uint8_t *p, size_t n)
{
    unsigned unused = 64 - 8 * (unsigned)n;
    /* Right shifts of negative numbers keep the sign on every compiler that builds this. */
    return (int64_t)(ohm_mbus_unsigned(p, n) << unused) >> unused;
}

/* mantissa ×= factor; false: it does not fit. */
static bool multiply(int64_t *mantissa, uint64_t factor)
{
    return !__builtin_mul_overflow(*mantissa, (int64_t)factor, mantissa);
}

static bool shift_up(int64_t *mantissa, int digits)
{
    for (; digits > 0 && *mantissa != 0; digits--)
        if (!multiply(mantissa, 10))
            return false;
    return true;
}

/* *mantissa × 10^*exponent + add × 10^-3. */
static bool add_milli(int64_t *mantissa, int *exponent, int64_t add)
{
    enum { MILLI = -3 };
    if (add == 0)
        return true;
    if (*exponent >= MILLI) {
        if (!shift_up(mantissa, *exponent - MILLI))
            return false;
        *exponent = MILLI;
    } else if (!shift_up(&add, MILLI - *exponent)) {
        return false;
    }
    return !__builtin_add_overflow(*mantissa, add, mantissa);
}

/* The value in the base unit. */
static void scale(const ohm_mbus_scaling *scaling, ohm_mbus_record *r, int exponent)
{
    enum { EXPONENT_MAX = 120 }; /* ten VIFEs of 10^-6 on the smallest float are no value */
    exponent += scaling->exponent;
    bool sane = exponent >= -EXPONENT_MAX && exponent <= EXPONENT_MAX;
    if (!sane || !multiply(&r->mantissa, r->vif->factor) ||
        !add_milli(&r->mantissa, &exponent, scaling->add_milli)) {
        r->flags |= OHM_MBUS_INVALID;
        return;
    }
    r->exponent = (int8_t)exponent;
}

/* Type B marks an invalid value by its lowest, type C by all ones (annex A). A manufacturer's
 * own number is what it is. */
static bool number(const uint8_t *p, size_t n, uint8_t coding, bool own, int64_t *out)
{
    if (coding != OHM_MBUS_SIGNED) {
        uint64_t value = ohm_mbus_unsigned(p, n);
        *out = (int64_t)value;
        bool ones = value == UINT64_MAX >> (64 - 8 * n);
        return value <= INT64_MAX && (coding == OHM_MBUS_BITS || !ones);
    }
    *out = ohm_mbus_signed(p, n);
    return own || *out != INT64_MIN >> (64 - 8 * n);
}

static void take_integer(const uint8_t *p, const ohm_mbus_scaling *scaling, ohm_mbus_record *r)
{
    size_t n = r->raw_len;
    if (scaling->coding == OHM_MBUS_BYTES) {
        r->kind = OHM_MBUS_HEX;
        return;
    }
    if (scaling->coding == OHM_MBUS_DATE && (n == 2 || n == 3 || n == 4 || n == 6)) {
        ohm_mbus_time(p, n, r);
        return;
    }
    r->kind = OHM_MBUS_INTEGER;
    uint8_t coding = scaling->coding == OHM_MBUS_DATE ? OHM_MBUS_SIGNED : scaling->coding;
    if (!number(p, n, coding, r->vif->measure == OHM_MBUS_MAKER, &r->mantissa))
        r->flags |= OHM_MBUS_INVALID;
    else
        scale(scaling, r, 0);
}

static void take_bcd(const uint8_t *p, const ohm_mbus_scaling *scaling, ohm_mbus_record *r)
{
    r->kind = OHM_MBUS_BCD;
    if (!ohm_mbus_bcd(p, r->raw_len, &r->mantissa)) {
        r->flags |= OHM_MBUS_INVALID;
        return;
    }
    /* With LVAR the sign is in the length (table 5), and not in the digits. */
    if (r->lvar != 0 && r->mantissa < 0) {
        r->flags |= OHM_MBUS_INVALID;
        return;
    }
    if ((r->flags & OHM_MBUS_NEGATED) != 0)
        r->mantissa = -r->mantissa;
    scale(scaling, r, 0);
}

static void take_real(const uint8_t *p, const ohm_mbus_scaling *scaling, ohm_mbus_record *r)
{
    enum { SPECIAL = 0xff };
    uint32_t bits = (uint32_t)ohm_mbus_unsigned(p, 4);
    int exponent = 0;
    r->kind = OHM_MBUS_REAL;
    if ((bits >> 23 & 0xff) == SPECIAL) {
        r->flags |= OHM_MBUS_INVALID;
        return;
    }
    ohm_mbus_real(bits, &r->mantissa, &exponent);
    scale(scaling, r, exponent);
}

static void take_variable(const uint8_t *p, const ohm_mbus_scaling *scaling, ohm_mbus_record *r)
{
    if (r->lvar < OHM_MBUS_LVAR_POSITIVE) {
        r->kind = OHM_MBUS_TEXT;
    } else if (r->lvar < OHM_MBUS_LVAR_BINARY) {
        take_bcd(p, scaling, r);
    } else if (r->raw_len > 8 || scaling->coding == OHM_MBUS_DATE ||
               scaling->coding == OHM_MBUS_BYTES) {
        r->kind = OHM_MBUS_HEX;
    } else {
        r->kind = OHM_MBUS_INTEGER;
        uint8_t coding = scaling->coding == OHM_MBUS_BITS ? OHM_MBUS_BITS : OHM_MBUS_UNSIGNED;
        if (r->raw_len == 0 || !number(p, r->raw_len, coding, false, &r->mantissa))
            r->flags |= OHM_MBUS_INVALID;
        else
            scale(scaling, r, 0);
    }
}

void ohm_mbus_value(uint8_t field, const uint8_t *raw, bool msb_first,
                    const ohm_mbus_scaling *scaling, ohm_mbus_record *r)
{
    uint8_t turned[WIDEST];
    const uint8_t *p = raw;
    bool text = field == OHM_MBUS_LVAR_FIELD && r->lvar < OHM_MBUS_LVAR_POSITIVE;
    if (msb_first && !text) {
        assert(r->raw_len <= WIDEST);
        for (size_t i = 0; i < r->raw_len; i++)
            turned[i] = raw[r->raw_len - 1u - i];
        p = turned;
    }
    if (field == OHM_MBUS_LVAR_FIELD)
        take_variable(p, scaling, r);
    else if (r->raw_len == 0)
        r->kind = OHM_MBUS_NO_DATA;
    else if (field == FIELD_REAL)
        take_real(p, scaling, r);
    else if (field >= FIELD_BCD_FIRST)
        take_bcd(p, scaling, r);
    else
        take_integer(p, scaling, r);
}
