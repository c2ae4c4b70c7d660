#include "inout/unit.h"

#include "base/wide.h"
#include "inout/name.h"

/* value in `base` = (value × num + add) / den. */
typedef struct unit_row {
    const char *text, *base;
    int64_t num, den, add;
    bool prefixes; /* may stand behind m, k, M… */
} unit_row;

/* Factors are definitions: cal 4.184 J, foot 0.3048 m, US gallon 231 cubic inches of 0.0254 m,
 * Btu (IT) 1055.05585262 J, mmHg 133.322387415 Pa, inHg 3386.389 Pa (32 °F), inH2O 249.08891 Pa
 * (4 °C), psi = 4.4482216152605 N / 0.00064516 m² (NIST SP 811, appendix B). */
static const unit_row rows[] = {
    { "W", "W", 1, 1, 0, true },
    { "BTU/h", "W", 105505585262, INT64_C(360000000000), 0, false },
    { "Wh", "Wh", 1, 1, 0, true },
    { "J", "Wh", 1, 3600, 0, true },
    { "cal", "Wh", 4184, 3600000, 0, true },
    { "VA", "VA", 1, 1, 0, true },
    { "VAh", "VAh", 1, 1, 0, true },
    { "var", "var", 1, 1, 0, true },
    { "VAr", "var", 1, 1, 0, true },
    { "VAR", "var", 1, 1, 0, true },
    { "varh", "varh", 1, 1, 0, true },
    { "VArh", "varh", 1, 1, 0, true },
    { "VARh", "varh", 1, 1, 0, true },
    { "V", "V", 1, 1, 0, true },
    { "A", "A", 1, 1, 0, true },
    { "Hz", "Hz", 1, 1, 0, true },
    { "\xc2\xb0"
      "C",
      "C", 1, 1, 0, false },
    { "\xb0"
      "C",
      "C", 1, 1, 0, false },
    { "C", "C", 1, 1, 0, false },
    { "degC", "C", 1, 1, 0, false },
    { "K", "C", 100, 100, -27315, false },
    { "\xc2\xb0"
      "F",
      "C", 5, 9, -160, false },
    { "degF", "C", 5, 9, -160, false },
    { "K", "K", 1, 1, 0, false },
    { "\xc2\xb0"
      "C",
      "K", 1, 1, 0, false },
    { "C", "K", 1, 1, 0, false },
    { "\xc2\xb0"
      "F",
      "K", 5, 9, 0, false },
    { "m^3", "m^3", 1, 1, 0, false },
    { "m3", "m^3", 1, 1, 0, false },
    { "m\xc2\xb3", "m^3", 1, 1, 0, false },
    { "L", "m^3", 1, 1000, 0, false },
    { "l", "m^3", 1, 1000, 0, false },
    { "dm3", "m^3", 1, 1000, 0, false },
    { "mL", "m^3", 1, 1000000, 0, false },
    { "ft\xc2\xb3", "m^3", 28316846592, INT64_C(1000000000000), 0, false },
    { "ft3", "m^3", 28316846592, INT64_C(1000000000000), 0, false },
    { "CCF", "m^3", 28316846592, 10000000000, 0, false },
    { "MCF", "m^3", 28316846592, 1000000000, 0, false },
    { "gal", "m^3", 3785411784, INT64_C(1000000000000), 0, false },
    { "fl. oz.", "m^3", 295735295625, INT64_C(10000000000000000), 0, false },
    { "m^3/h", "m^3/h", 1, 1, 0, false },
    { "m3/h", "m^3/h", 1, 1, 0, false },
    { "m\xc2\xb3/h", "m^3/h", 1, 1, 0, false },
    { "m\xc2\xb3/min", "m^3/h", 60, 1, 0, false },
    { "m\xc2\xb3/s", "m^3/h", 3600, 1, 0, false },
    { "L/h", "m^3/h", 1, 1000, 0, false },
    { "l/h", "m^3/h", 1, 1000, 0, false },
    { "L/min", "m^3/h", 60, 1000, 0, false },
    { "l/min", "m^3/h", 60, 1000, 0, false },
    { "L/s", "m^3/h", 3600, 1000, 0, false },
    { "mL/s", "m^3/h", 3600, 1000000, 0, false },
    { "ft\xc2\xb3/min", "m^3/h", INT64_C(60) * 28316846592, INT64_C(1000000000000), 0, false },
    { "gal/h", "m^3/h", 3785411784, INT64_C(1000000000000), 0, false },
    { "gal/min", "m^3/h", INT64_C(60) * 3785411784, INT64_C(1000000000000), 0, false },
    { "gal/d", "m^3/h", 3785411784, INT64_C(24000000000000), 0, false },
    { "%", "%", 1, 1, 0, false },
    { "1", "%", 100, 1, 0, false },
    { "1", "1", 1, 1, 0, false },
    { "%", "1", 1, 100, 0, false },
    { "bar", "bar", 1, 1, 0, false },
    { "mbar", "bar", 1, 1000, 0, false },
    { "cbar", "bar", 1, 100, 0, false },
    { "Pa", "bar", 1, 100000, 0, false },
    { "mPa", "bar", 1, 100000000, 0, false },
    { "hPa", "bar", 1, 1000, 0, false },
    { "kPa", "bar", 1, 100, 0, false },
    { "MPa", "bar", 10, 1, 0, false },
    { "psi", "bar", INT64_C(44482216152605), INT64_C(645160000000000), 0, false },
    { "mmHG", "bar", 133322387415, INT64_C(100000000000000), 0, false },
    { "mmHg", "bar", 133322387415, INT64_C(100000000000000), 0, false },
    { "inHg", "bar", 3386389, 100000000, 0, false },
    { "inH\xe2\x82\x82O", "bar", 24908891, INT64_C(10000000000), 0, false },
    { "HCA", "HCA", 1, 1, 0, false },
    { "ppm", "ppm", 1, 1, 0, false },
    { "lx", "lx", 1, 1, 0, false },
};

enum { ROWS_COUNT = sizeof rows / sizeof *rows, EXPONENT_MIN = -18, SCALE_MAX = 18 };

/* A prefix of the SI at the front, as a power of ten; 0 bytes: none. */
static size_t take_prefix(ohm_span unit, int *ret_exponent)
{
    static const struct {
        const char *text;
        int exponent;
    } prefixes[] = {
        { "n", -9 }, { "\xc2\xb5", -6 }, { "\xce\xbc", -6 }, { "u", -6 }, { "m", -3 },
        { "k", 3 },  { "K", 3 },         { "M", 6 },         { "G", 9 },  { "T", 12 }
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t len = strlen(prefixes[i].text);
        if (unit.len > len && !memcmp(unit.ptr, prefixes[i].text, len)) {
            *ret_exponent = prefixes[i].exponent;
            return len;
        }
    }
    return 0;
}

/* `base` NULL: any. */
static const unit_row *find_row(ohm_span text, const char *base, bool prefixed)
{
    for (int i = 0; i < ROWS_COUNT; i++)
        if (ohm_span_is(text, rows[i].text) && (rows[i].prefixes || !prefixed) &&
            (!base || !strcmp(rows[i].base, base)))
            return &rows[i];
    return NULL;
}

/* Spellings in the wrong case that can mean one thing only: "kwh", "KWH". "mw" cannot. */
static ohm_span spelling(ohm_span unit)
{
    static const char *const right[] = { "W",   "kW",   "Wh",  "kWh",  "V",    "A",     "Hz",
                                         "kVA", "kvar", "VAh", "kVAh", "varh", "kvarh", "m3" };
    char name[16];
    if (unit.len >= sizeof name)
        return unit;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        (void)ohm_name_fold(ohm_span_text(right[i]), name, sizeof name);
        if (strlen(right[i]) == unit.len && ohm_name_is(unit, name))
            return ohm_span_text(right[i]);
    }
    return unit;
}

static const unit_row *find_exact(ohm_span unit, const char *base, int *ret_exponent)
{
    const unit_row *row = find_row(unit, base, false);
    *ret_exponent = 0;
    if (row)
        return row;
    size_t prefix = take_prefix(unit, ret_exponent);
    return prefix ? find_row(ohm_span_part(unit, prefix, unit.len - prefix), base, true) : NULL;
}

static const unit_row *find(ohm_span unit, const char *base, int *ret_exponent)
{
    const unit_row *row = find_exact(unit, base, ret_exponent);
    return row ? row : find_exact(spelling(unit), base, ret_exponent);
}

const char *ohm_unit_base(ohm_span unit)
{
    int exponent;
    const unit_row *row = find(ohm_trim(unit), NULL, &exponent);
    return row ? row->base : NULL;
}

bool ohm_unit_fits(ohm_span unit, ohm_quantity_id id)
{
    int exponent;
    unit = ohm_trim(unit);
    return unit.len == 0 || find(unit, ohm_quantity_get(id)->unit, &exponent) != NULL;
}

/* Within -18..0, where a fraction of more digits leaves a trace that rounds as it would. */
static ohm_code bring_in(int64_t *mantissa, int *exponent)
{
    for (; *exponent > 0 && *mantissa != 0; --*exponent)
        if (__builtin_mul_overflow(*mantissa, 10, mantissa))
            return OHM_RANGE;
    for (; *exponent < EXPONENT_MIN && *mantissa != 0; ++*exponent) {
        int64_t rest = *mantissa % 10;
        *mantissa /= 10;
        if (rest != 0 && (*mantissa % 10 == 0 || *mantissa % 5 == 0))
            *mantissa += rest > 0 ? 1 : -1;
    }
    if (*mantissa == 0)
        *exponent = 0;
    return OHM_OK;
}

static int64_t power_of_ten(int n)
{
    int64_t p = 1;
    for (int i = 0; i < n; i++)
        p *= 10;
    return p;
}

/* Every step below stays far within 127 bits: 10^19 × 10^15 × 10^4 above, 10^17 × 10^18 below. */
static ohm_code convert(const unit_row *row, int decimals, int64_t mantissa, int exponent,
                        int64_t *out)
{
    ohm_code code = bring_in(&mantissa, &exponent);
    if (code != OHM_OK)
        return code;
    int64_t one = power_of_ten(-exponent);
    ohm_wide above =
        ohm_wide_add(ohm_wide_product(mantissa, row->num), ohm_wide_product(row->add, one));
    above = ohm_wide_multiply(above, power_of_ten(decimals));
    ohm_wide quotient = ohm_wide_ratio(above, row->den, one);
    if (!ohm_wide_fits(quotient))
        return OHM_RANGE;
    *out = ohm_wide_clamp(quotient);
    return OHM_OK;
}

ohm_code ohm_unit_quantise(ohm_span unit, ohm_quantity_id id, int64_t mantissa, int exponent,
                           int64_t *out)
{
    static const unit_row same = { "", "", 1, 1, 0, false };
    const ohm_quantity *q = ohm_quantity_get(id);
    int more = 0;
    unit = ohm_trim(unit);
    const unit_row *row = unit.len == 0 ? &same : find(unit, q->unit, &more);
    if (!row)
        return OHM_UNKNOWN;
    return convert(row, q->decimals, mantissa, exponent + more, out);
}
