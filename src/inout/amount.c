#include "inout/amount.h"

#include "inout/name.h"

enum {
    DIGITS_MAX = 18, /* kept of a number: they fit an int64_t with room for a sign */
    TEXT_MAX = 64,
    EXPONENT_MAX = 400,
};

typedef struct number {
    bool negative;
    int64_t mantissa;
    int digits;      /* of the mantissa, without zeros at its front */
    bool dropped;    /* something else than zeros was */
    int exponent;    /* of what was kept */
    bool any;        /* a digit was seen */
    bool fraction;   /* the decimal sign was seen */
    int since_group; /* digits since the last sign between groups; -1: there was none */
} number;

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void take_digit(number *n, uint8_t c)
{
    n->any = true;
    if (n->since_group >= 0 && !n->fraction)
        n->since_group++;
    if (n->digits < DIGITS_MAX) {
        n->mantissa = n->mantissa * 10 + (c - '0');
        n->digits += n->mantissa != 0;
        n->exponent -= n->fraction;
        return;
    }
    n->dropped = n->dropped || c != '0';
    n->exponent += !n->fraction;
}

/* The bytes of a sign that may stand between groups, 0: none. */
static size_t group_sign(ohm_span text, size_t at, char other)
{
    static const uint8_t no_break[] = { 0xc2, 0xa0 }, narrow[] = { 0xe2, 0x80, 0xaf };
    uint8_t c = text.ptr[at];
    size_t left = text.len - at;
    if (left >= 3 && !memcmp(text.ptr + at, narrow, 3))
        return 3;
    if (left >= 2 && !memcmp(text.ptr + at, no_break, 2))
        return 2;
    return c == ' ' || c == 0xa0 || c == '\'' || (other && c == (uint8_t)other) ? 1 : 0;
}

/* A group before a sign, or the last one, has three digits; before the first sign up to three. */
static bool group_fits(const number *n)
{
    return n->since_group < 0 ? n->digits <= 3 : n->since_group == 3;
}

static ohm_code take_exponent(ohm_span text, size_t at, number *n)
{
    bool negative = at < text.len && text.ptr[at] == '-';
    at += at < text.len && (negative || text.ptr[at] == '+');
    int value = 0;
    if (at == text.len)
        return OHM_BAD_FORMAT;
    for (; at < text.len; at++) {
        if (!is_digit(text.ptr[at]))
            return OHM_BAD_FORMAT;
        value = value > EXPONENT_MAX ? value : value * 10 + (text.ptr[at] - '0');
    }
    n->exponent += negative ? -value : value;
    return OHM_OK;
}

/* Which sign is the decimal one where nothing says so. */
static char find_decimal(ohm_span text)
{
    size_t commas = 0, points = 0, last_comma = 0, last_point = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ',') {
            commas++;
            last_comma = i;
        } else if (text.ptr[i] == '.') {
            points++;
            last_point = i;
        }
    }
    if (commas && points)
        return last_comma > last_point ? ',' : '.';
    if (commas)
        return commas == 1 ? ',' : '.';
    return points > 1 ? ',' : '.';
}

static ohm_code read_number(ohm_span text, char decimal, number *n)
{
    char other = decimal == ',' ? '.' : ',';
    size_t at = text.ptr[0] == '-' || text.ptr[0] == '+';
    n->negative = text.ptr[0] == '-';
    for (size_t sign; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (is_digit(c)) {
            take_digit(n, c);
        } else if (c == (uint8_t)decimal && !n->fraction) {
            if (n->since_group >= 0 && !group_fits(n))
                return OHM_BAD_FORMAT;
            n->fraction = true;
        } else if ((c == 'e' || c == 'E') && n->any) {
            return take_exponent(text, at + 1, n);
        } else if (!n->fraction && n->any && (sign = group_sign(text, at, other)) > 0 &&
                   group_fits(n)) {
            at += sign - 1;
            n->since_group = 0;
        } else {
            return OHM_BAD_FORMAT;
        }
    }
    bool whole = n->since_group < 0 || n->since_group == 3;
    return n->any && whole && is_digit(text.ptr[text.len - 1]) ? OHM_OK : OHM_BAD_FORMAT;
}

static bool says_nothing(ohm_span text)
{
    static const char *const words[] = { "",   "null", "nan",         "none",   "nil",
                                         "na", "n_a",  "unavailable", "unknown" };
    char name[16];
    if (text.len > 12)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.ptr[i]))
            return false;
    (void)ohm_name_fold(text, name, sizeof name);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(name, words[i]))
            return true;
    return false;
}

ohm_code ohm_amount_parse(ohm_span text, char decimal, int64_t *ret_mantissa, int *ret_exponent)
{
    number n = { .since_group = -1 };
    text = ohm_trim(text);
    if (says_nothing(text))
        return OHM_END;
    if (text.len > TEXT_MAX)
        return OHM_BAD_FORMAT;
    ohm_code code = read_number(text, decimal ? decimal : find_decimal(text), &n);
    if (code != OHM_OK)
        return code;
    /* What was dropped lies below the last digit kept: it only matters where that digit alone
     * would look like exactly a half, or like nothing at all. */
    if (n.dropped && (n.mantissa % 10 == 0 || n.mantissa % 10 == 5))
        n.mantissa++;
    if (n.mantissa == 0)
        n.exponent = 0;
    while (n.mantissa != 0 && n.mantissa % 10 == 0 && n.exponent < 0) {
        n.mantissa /= 10;
        n.exponent++;
    }
    if (n.exponent > EXPONENT_MAX || n.exponent < -EXPONENT_MAX)
        return OHM_RANGE;
    *ret_mantissa = n.negative ? -n.mantissa : n.mantissa;
    *ret_exponent = n.exponent;
    return OHM_OK;
}
