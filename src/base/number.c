#include "base/number.h"

enum { EXPONENT_MAX = 400 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* One decimal digit more; the sign is applied to each digit so that INT64_MIN reads too. */
static bool append_digit(int64_t *value, uint8_t digit, bool negative)
{
    int64_t signed_digit = negative ? -(digit - '0') : digit - '0';
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, signed_digit, value);
}

/* The length of a sign, if there is one. */
static size_t read_sign(ohm_span text, size_t at, bool *negative)
{
    bool has_sign = at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-');
    *negative = has_sign && text.ptr[at] == '-';
    return has_sign ? 1 : 0;
}

ohm_code ohm_number_int(ohm_span text, int64_t *out)
{
    bool negative;
    size_t at = read_sign(text, 0, &negative);
    if (at == text.len)
        return OHM_BAD_FORMAT;

    int64_t value = 0;
    bool fits = true;
    for (; at < text.len; at++) {
        if (!is_digit(text.ptr[at]))
            return OHM_BAD_FORMAT;
        fits = fits && append_digit(&value, text.ptr[at], negative);
    }
    if (!fits)
        return OHM_RANGE;
    *out = value;
    return OHM_OK;
}

/* The digits of a number as they are written: "12.500e3". */
typedef struct parts {
    bool negative;
    ohm_span whole, fraction, exponent; /* exponent with its sign; empty if there is none */
} parts;

static ohm_span take_digits(ohm_span text, size_t *at)
{
    size_t from = *at;
    while (*at < text.len && is_digit(text.ptr[*at]))
        ++*at;
    return ohm_span_part(text, from, *at - from);
}

static ohm_code split(ohm_span text, parts *out)
{
    size_t at = read_sign(text, 0, &out->negative);
    out->whole = take_digits(text, &at);
    out->fraction = out->exponent = ohm_span_part(text, at, 0);
    if (out->whole.len == 0)
        return OHM_BAD_FORMAT;
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        out->fraction = take_digits(text, &at);
        if (out->fraction.len == 0)
            return OHM_BAD_FORMAT;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        out->exponent = ohm_span_part(text, at, text.len - at);
        return out->exponent.len ? OHM_OK : OHM_BAD_FORMAT;
    }
    return at == text.len ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_number_decimal(ohm_span text, int64_t *ret_mantissa, int *ret_exponent)
{
    parts p;
    ohm_code code = split(text, &p);
    if (code != OHM_OK)
        return code;
    int64_t exponent = 0;
    if (p.exponent.len) {
        code = ohm_number_int(p.exponent, &exponent);
        if (code != OHM_OK)
            return code;
    }
    while (p.fraction.len && p.fraction.ptr[p.fraction.len - 1] == '0')
        p.fraction.len--;

    int64_t mantissa = 0;
    bool fits = true;
    for (size_t i = 0; i < p.whole.len; i++)
        fits = fits && append_digit(&mantissa, p.whole.ptr[i], p.negative);
    for (size_t i = 0; i < p.fraction.len; i++)
        fits = fits && append_digit(&mantissa, p.fraction.ptr[i], p.negative);
    if (!fits)
        return OHM_RANGE;
    if (mantissa == 0) {
        *ret_mantissa = 0;
        *ret_exponent = 0;
        return OHM_OK;
    }
    /* A fraction this long is all leading zeros, or the mantissa would not have fitted. */
    if (p.fraction.len > EXPONENT_MAX || exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
        return OHM_RANGE;
    exponent -= (int64_t)p.fraction.len;
    if (exponent < -EXPONENT_MAX)
        return OHM_RANGE;
    *ret_mantissa = mantissa;
    *ret_exponent = (int)exponent;
    return OHM_OK;
}

ohm_code ohm_number_scaled(ohm_span text, int decimals, int64_t *out)
{
    assert(decimals >= 0 && decimals <= 18);
    int64_t mantissa;
    int exponent;
    ohm_code code = ohm_number_decimal(text, &mantissa, &exponent);
    if (code != OHM_OK)
        return code;
    for (exponent += decimals; exponent > 0 && mantissa != 0; exponent--)
        if (__builtin_mul_overflow(mantissa, 10, &mantissa))
            return OHM_RANGE;
    for (; exponent < 0 && mantissa != 0; exponent++) {
        if (mantissa % 10 != 0)
            return OHM_RANGE;
        mantissa /= 10;
    }
    *out = mantissa;
    return OHM_OK;
}
