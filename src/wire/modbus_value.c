#include "wire/modbus_value.h"

#include <float.h>

enum {
    BYTES_MAX = 8,
    DECIMALS_MAX = 20, /* of a float: below 10^-20 nothing is measured */
};

const char *const ohm_modbus_type_names[] = {
    [OHM_MODBUS_UINT16] = "uint16",   [OHM_MODBUS_INT16] = "int16",
    [OHM_MODBUS_UINT32] = "uint32",   [OHM_MODBUS_INT32] = "int32",
    [OHM_MODBUS_UINT64] = "uint64",   [OHM_MODBUS_INT64] = "int64",
    [OHM_MODBUS_FLOAT32] = "float32", [OHM_MODBUS_FLOAT64] = "float64",
    [OHM_MODBUS_BCD16] = "bcd16",     [OHM_MODBUS_BCD32] = "bcd32",
    [OHM_MODBUS_STRING] = "string",   [OHM_MODBUS_BIT] = "bit",
    [OHM_MODBUS_TYPES_COUNT] = NULL,
};

const char *const ohm_modbus_order_names[] = {
    [OHM_MODBUS_ABCD] = "abcd", [OHM_MODBUS_CDAB] = "cdab",       [OHM_MODBUS_BADC] = "badc",
    [OHM_MODBUS_DCBA] = "dcba", [OHM_MODBUS_ORDERS_COUNT] = NULL,
};

unsigned ohm_modbus_type_words(ohm_modbus_type type)
{
    static const uint8_t words[OHM_MODBUS_TYPES_COUNT] = {
        [OHM_MODBUS_UINT16] = 1,  [OHM_MODBUS_INT16] = 1,   [OHM_MODBUS_UINT32] = 2,
        [OHM_MODBUS_INT32] = 2,   [OHM_MODBUS_UINT64] = 4,  [OHM_MODBUS_INT64] = 4,
        [OHM_MODBUS_FLOAT32] = 2, [OHM_MODBUS_FLOAT64] = 4, [OHM_MODBUS_BCD16] = 1,
        [OHM_MODBUS_BCD32] = 2,
    };
    return words[type];
}

/* Where byte `i` of the number (0: highest) lies among the `len` bytes of its registers. */
static size_t place(ohm_modbus_order order, size_t len, size_t i)
{
    bool low_first = order == OHM_MODBUS_CDAB || order == OHM_MODBUS_DCBA;
    bool turned = order == OHM_MODBUS_BADC || order == OHM_MODBUS_DCBA;
    size_t word = low_first ? len / 2 - 1 - i / 2 : i / 2;
    return 2 * word + (turned ? 1 - i % 2 : i % 2);
}

uint64_t ohm_modbus_raw(ohm_modbus_type type, ohm_modbus_order order, const uint8_t *registers)
{
    size_t len = 2u * ohm_modbus_type_words(type);
    uint64_t raw = 0;
    assert(len > 0 && len <= BYTES_MAX);
    for (size_t i = 0; i < len; i++)
        raw = raw << 8 | registers[place(order, len, i)];
    return raw;
}

/* --- floats -------------------------------------------------------------------------------------
 */

/* 128 bits, for machines that have none. */
typedef struct wide {
    uint64_t high, low;
} wide;

static wide times_ten(wide w)
{
    uint64_t low = (w.low & 0xffffffff) * 10;
    uint64_t mid = (w.low >> 32) * 10 + (low >> 32);
    return (wide){ w.high * 10 + (mid >> 32), mid << 32 | (low & 0xffffffff) };
}

static wide shift_right(wide w, unsigned by)
{
    if (by == 0)
        return w;
    if (by >= 64)
        return (wide){ 0, by == 64 ? w.high : w.high >> (by - 64) };
    return (wide){ w.high >> by, w.low >> by | w.high << (64 - by) };
}

static wide shift_left(wide w, unsigned by)
{
    if (by == 0)
        return w;
    if (by >= 64)
        return (wide){ by == 64 ? w.low : w.low << (by - 64), 0 };
    return (wide){ w.high << by | w.low >> (64 - by), w.low << by };
}

static wide minus(wide a, wide b)
{
    return (wide){ a.high - b.high - (a.low < b.low), a.low - b.low };
}

static bool below(wide a, wide b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

/* significand × 2^-shift as the shortest decimal that is nearer to it than to its neighbours. */
static ohm_modbus_decimal shortest(uint64_t significand, unsigned shift)
{
    wide scaled = { 0, significand }, unit = { 0, 1 }; /* both × 10^decimals */
    ohm_modbus_decimal best = { 0, 0 };
    /* Below a power of two the neighbour is only half as far. */
    unsigned nearness = (significand & (significand - 1)) == 0 ? 2 : 1;
    for (int decimals = 0; decimals <= DECIMALS_MAX; decimals++) {
        wide half = shift_left((wide){ 0, 1 }, shift - 1);
        wide floor = shift_right(scaled, shift);
        wide rest = minus(scaled, shift_left(floor, shift));
        bool up = !below(rest, half);
        wide off = up ? minus(shift_left((wide){ 0, 1 }, shift), rest) : rest;
        if (floor.high != 0 || floor.low >= INT64_MAX)
            break; /* more digits than 63 bits hold: what was found before is exact enough */
        best = (ohm_modbus_decimal){ (int64_t)(floor.low + up), -decimals };
        if (below(shift_left(off, nearness), unit))
            break;
        scaled = times_ten(scaled);
        unit = times_ten(unit);
    }
    return best;
}

/* `bits` of significand (with the hidden one), value = significand × 2^exponent. */
static ohm_code float_decimal(bool negative, uint64_t significand, int exponent,
                              ohm_modbus_decimal *out)
{
    enum { SHIFT_MAX = 120 }; /* 2^53 × 2^-120 is below 10^-20 */
    ohm_modbus_decimal value = { 0, 0 };
    if (significand == 0 || exponent < -SHIFT_MAX) {
        *out = value;
        return OHM_OK;
    }
    if (exponent >= 0) {
        if (exponent > 62 || significand > (uint64_t)INT64_MAX >> exponent)
            return OHM_RANGE;
        value.mantissa = (int64_t)(significand << exponent);
    } else {
        value = shortest(significand, (unsigned)-exponent);
    }
    while (value.exponent < 0 && value.mantissa % 10 == 0) {
        value.mantissa /= 10;
        value.exponent++;
    }
    if (negative)
        value.mantissa = -value.mantissa;
    *out = value;
    return OHM_OK;
}

/* IEEE 754 with `fraction` bits of fraction and `width` of exponent. */
static ohm_code ieee(uint64_t raw, unsigned fraction, unsigned width, ohm_modbus_decimal *out)
{
    uint64_t significand = raw & ((UINT64_C(1) << fraction) - 1);
    int biased = (int)(raw >> fraction & ((1u << width) - 1));
    int bias = (1 << (width - 1)) - 1;
    if (biased == (1 << width) - 1)
        return OHM_UNKNOWN; /* infinite, or not a number */
    if (biased == 0)
        biased = 1;
    else
        significand |= UINT64_C(1) << fraction;
    return float_decimal(raw >> (fraction + width) & 1, significand, biased - bias - (int)fraction,
                         out);
}

/* --- numbers ------------------------------------------------------------------------------------
 */

static ohm_code bcd(uint64_t raw, unsigned digits, ohm_modbus_decimal *out)
{
    int64_t value = 0;
    for (unsigned i = digits; i-- > 0;) {
        unsigned digit = raw >> (4 * i) & 15;
        if (digit > 9)
            return OHM_BAD_FORMAT;
        value = 10 * value + digit;
    }
    *out = (ohm_modbus_decimal){ value, 0 };
    return OHM_OK;
}

ohm_code ohm_modbus_decimal_of(ohm_modbus_type type, uint64_t raw, ohm_modbus_decimal *out)
{
    int64_t value = 0;
    switch (type) {
    case OHM_MODBUS_FLOAT32:
        return ieee(raw, 23, 8, out);
    case OHM_MODBUS_FLOAT64:
        return ieee(raw, 52, 11, out);
    case OHM_MODBUS_BCD16:
        return bcd(raw, 4, out);
    case OHM_MODBUS_BCD32:
        return bcd(raw, 8, out);
    case OHM_MODBUS_INT16:
        value = (int16_t)raw;
        break;
    case OHM_MODBUS_INT32:
        value = (int32_t)raw;
        break;
    case OHM_MODBUS_UINT64:
        if (raw > INT64_MAX)
            return OHM_RANGE;
        value = (int64_t)raw;
        break;
    case OHM_MODBUS_UINT16:
    case OHM_MODBUS_UINT32:
    case OHM_MODBUS_INT64:
    case OHM_MODBUS_BIT:
        value = (int64_t)raw;
        break;
    case OHM_MODBUS_STRING:
    case OHM_MODBUS_TYPES_COUNT:
        return OHM_BAD_FORMAT;
    }
    *out = (ohm_modbus_decimal){ value, 0 };
    return OHM_OK;
}

size_t ohm_modbus_text(ohm_modbus_order order, ohm_span registers, char *out, size_t cap)
{
    bool turned = order == OHM_MODBUS_BADC || order == OHM_MODBUS_DCBA;
    size_t len = 0;
    for (size_t i = 0; i < registers.len && len + 1 < cap; i++) {
        size_t at = turned ? i ^ 1 : i;
        uint8_t c = at < registers.len ? registers.ptr[at] : 0;
        if (c == 0)
            break;
        out[len++] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = 0;
    return len;
}

/* --- the way back -------------------------------------------------------------------------------
 */

/* mantissa × 10^exponent as a whole number, rounded half away from zero. */
static ohm_code whole(ohm_modbus_decimal v, int64_t *out)
{
    int64_t m = v.mantissa;
    for (; v.exponent > 0 && m != 0; v.exponent--)
        if (__builtin_mul_overflow(m, 10, &m))
            return OHM_RANGE;
    int64_t rest = 0;
    for (; v.exponent < 0 && (m != 0 || rest != 0); v.exponent++) {
        rest = m % 10;
        m /= 10;
    }
    *out = m + (rest >= 5) - (rest <= -5);
    return OHM_OK;
}

static double real_of(ohm_modbus_decimal v)
{
    double value = (double)v.mantissa, power = 1;
    for (int i = v.exponent < 0 ? -v.exponent : v.exponent; i > 0; i--)
        power *= 10;
    return v.exponent < 0 ? value / power : value * power;
}

static ohm_code to_bcd(int64_t value, unsigned digits, uint64_t *out)
{
    *out = 0;
    if (value < 0)
        return OHM_RANGE;
    for (unsigned i = 0; i < digits; i++, value /= 10)
        *out |= (uint64_t)(value % 10) << (4 * i);
    return value == 0 ? OHM_OK : OHM_RANGE;
}

static ohm_code raw_of(ohm_modbus_type type, ohm_modbus_decimal v, uint64_t *out)
{
    int64_t value = 0;
    if (type == OHM_MODBUS_FLOAT32) {
        double wide_real = real_of(v);
        if (wide_real > FLT_MAX || wide_real < -FLT_MAX)
            return OHM_RANGE;
        float real = (float)wide_real;
        uint32_t bits;
        memcpy(&bits, &real, sizeof bits);
        *out = bits;
        return OHM_OK;
    }
    if (type == OHM_MODBUS_FLOAT64) {
        double real = real_of(v);
        memcpy(out, &real, sizeof real);
        return OHM_OK;
    }
    if (whole(v, &value) != OHM_OK)
        return OHM_RANGE;
    if (type == OHM_MODBUS_BCD16 || type == OHM_MODBUS_BCD32)
        return to_bcd(value, type == OHM_MODBUS_BCD16 ? 4 : 8, out);
    bool is_signed =
        type == OHM_MODBUS_INT16 || type == OHM_MODBUS_INT32 || type == OHM_MODBUS_INT64;
    unsigned bits = 16 * ohm_modbus_type_words(type);
    int64_t most = bits == 64 ? INT64_MAX : (INT64_C(1) << (is_signed ? bits - 1 : bits)) - 1;
    int64_t least = is_signed ? -most - 1 : 0;
    *out = (uint64_t)value;
    return value >= least && value <= most ? OHM_OK : OHM_RANGE;
}

ohm_code ohm_modbus_registers_of(ohm_modbus_type type, ohm_modbus_order order,
                                 ohm_modbus_decimal value, uint8_t *registers)
{
    uint64_t raw = 0;
    size_t len = 2u * ohm_modbus_type_words(type);
    assert(len > 0);
    ohm_code code = raw_of(type, value, &raw);
    if (code != OHM_OK)
        return code;
    for (size_t i = 0; i < len; i++)
        registers[place(order, len, i)] = (uint8_t)(raw >> (8 * (len - 1 - i)));
    return OHM_OK;
}
