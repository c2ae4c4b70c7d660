#include "wire/mbus_internal.h"

const char *ohm_mbus_stage_name(ohm_mbus_stage stage)
{
    static const char *const names[OHM_MBUS_STAGES_COUNT] = { "frame", "cipher", "header",
                                                              "record" };
    assert((unsigned)stage < OHM_MBUS_STAGES_COUNT);
    return names[stage];
}

const char *ohm_mbus_function_name(ohm_mbus_function function)
{
    static const char *const names[OHM_MBUS_FUNCTIONS_COUNT] = {
        [OHM_MBUS_INSTANTANEOUS] = "Instantaneous value",
        [OHM_MBUS_MAXIMUM] = "Maximum value",
        [OHM_MBUS_MINIMUM] = "Minimum value",
        [OHM_MBUS_IN_ERROR] = "Value during error state",
        [OHM_MBUS_MAKER_BLOCK] = "Manufacturer specific",
        [OHM_MBUS_MORE_BLOCK] = "More records follow",
        [OHM_MBUS_ACTUAL] = "Actual value",
        [OHM_MBUS_STORED] = "Stored value",
    };
    assert((unsigned)function < OHM_MBUS_FUNCTIONS_COUNT);
    return names[function];
}

/* EN 13757-3 table 13 (device types). */
const char *ohm_mbus_medium_name(uint8_t medium)
{
    static const char *const names[] = {
        [0x00] = "Other",
        [0x01] = "Oil",
        [0x02] = "Electricity",
        [0x03] = "Gas",
        [0x04] = "Heat: Outlet",
        [0x05] = "Steam",
        [0x06] = "Hot water",
        [0x07] = "Water",
        [0x08] = "Heat Cost Allocator",
        [0x09] = "Compressed Air",
        [0x0a] = "Cooling load meter: Outlet",
        [0x0b] = "Cooling load meter: Inlet",
        [0x0c] = "Heat: Inlet",
        [0x0d] = "Heat / Cooling load meter",
        [0x0e] = "Bus/System",
        [0x0f] = "Unknown medium",
        [0x10] = "Irrigation water",
        [0x11] = "Water data logger",
        [0x12] = "Gas data logger",
        [0x13] = "Gas converter",
        [0x14] = "Calorific value",
        [0x15] = "Hot water (>= 90 C)",
        [0x16] = "Cold water",
        [0x17] = "Dual water",
        [0x18] = "Pressure",
        [0x19] = "A/D Converter",
        [0x1a] = "Smoke detector",
        [0x1b] = "Room sensor",
        [0x1c] = "Gas detector",
        [0x1d] = "Carbon monoxide alarm",
        [0x1e] = "Heat alarm",
        [0x1f] = "Sensor device",
        [0x20] = "Breaker: Electricity",
        [0x21] = "Valve: Gas or Water",
        [0x25] = "Customer unit: Display device",
        [0x28] = "Waste water",
        [0x29] = "Garbage",
        [0x2a] = "Carbon dioxide",
        [0x2b] = "Environmental meter",
        [0x30] = "Service unit",
        [0x31] = "Radio/System component",
        [0x32] = "Unidirectional repeater",
        [0x33] = "Bidirectional repeater",
        [0x36] = "Radio converter: System side",
        [0x37] = "Radio converter: Meter side",
        [0x38] = "Bus converter: Meter side",
    };
    const char *name = medium < sizeof names / sizeof *names ? names[medium] : NULL;
    return name ? name : "Reserved";
}

/* EN 13757-3 §10, table 21. */
const char *ohm_mbus_error_text(uint8_t code)
{
    static const char *const texts[] = {
        "unspecified error",
        "CI field not implemented",
        "buffer too long, truncated",
        "too many records",
        "premature end of record",
        "more than 10 DIFEs",
        "more than 10 VIFEs",
        "reserved",
        "application too busy for handling the request",
        "too many readouts",
        "access denied: too low",
        "application unknown or decryption failed",
    };
    if (code < sizeof texts / sizeof *texts)
        return texts[code];
    return code >= 0xf0 ? "manufacturer specific" : "reserved";
}

/* One ISO 8859-1 character as UTF-8. */
static size_t put_latin(uint8_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3f));
    return 2;
}

/* Text goes last character first, in the usual byte order. */
static size_t put_text(ohm_span bytes, bool in_order, char out[static OHM_MBUS_TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++)
        len += put_latin(bytes.ptr[in_order ? i : bytes.len - 1 - i], out + len);
    return len;
}

static size_t put_bytes(ohm_span bytes, char out[static OHM_MBUS_TEXT_MAX])
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (i > 0)
            out[len++] = ' ';
        out[len++] = digits[bytes.ptr[i] >> 4];
        out[len++] = digits[bytes.ptr[i] & 0xf];
    }
    return len;
}

/* `value`'s last digits into a shape: "0000-00-00T00:00". */
static size_t put_shape(int64_t value, const char *shape, char *out)
{
    size_t len = strlen(shape);
    for (size_t i = len; i-- > 0;) {
        out[i] = shape[i];
        if (shape[i] == '0') {
            out[i] = (char)('0' + value % 10);
            value /= 10;
        }
    }
    return len;
}

size_t ohm_mbus_unit(const ohm_mbus_message *m, const ohm_mbus_record *r,
                     char out[static OHM_MBUS_TEXT_MAX])
{
    enum { BEFORE_TEXT = 2 }; /* VIF, length */
    if (r->unit_len > 0) {
        ohm_span vib = ohm_mbus_vib(m, r);
        return put_text(ohm_span_part(vib, BEFORE_TEXT, r->unit_len), m->msb_first, out);
    }
    size_t len = strlen(r->vif->unit);
    memcpy(out, r->vif->unit, len);
    return len;
}

size_t ohm_mbus_text(const ohm_mbus_message *m, const ohm_mbus_record *r,
                     char out[static OHM_MBUS_TEXT_MAX])
{
    static_assert(OHM_MBUS_TEXT_MAX >= 3 * OHM_MBUS_DATA_MAX, "every block fits");
    switch ((ohm_mbus_kind)r->kind) {
    case OHM_MBUS_TEXT:
        return put_text(ohm_mbus_raw(m, r), m->msb_first, out);
    case OHM_MBUS_HEX:
        return put_bytes(ohm_mbus_raw(m, r), out);
    case OHM_MBUS_DAY:
        return put_shape(r->mantissa, "0000-00-00", out);
    case OHM_MBUS_MINUTE:
        return put_shape(r->mantissa, "0000-00-00T00:00", out);
    case OHM_MBUS_SECOND:
        return put_shape(r->mantissa, "0000-00-00T00:00:00", out);
    case OHM_MBUS_CLOCK:
        return put_shape(r->mantissa, "00:00:00", out);
    case OHM_MBUS_NO_DATA:
    case OHM_MBUS_INTEGER:
    case OHM_MBUS_BCD:
    case OHM_MBUS_REAL:
    case OHM_MBUS_COUNTER:
    case OHM_MBUS_KINDS_COUNT:
        break;
    }
    return 0;
}

/* `value` in decimal; returns how many digits. */
static size_t put_digits(uint64_t value, char *out)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

size_t ohm_mbus_number(int64_t mantissa, int exponent, char out[static OHM_MBUS_NUMBER_MAX])
{
    enum { ZEROS_MAX = 6 }; /* "0.000012", but 1e-9; "12000", but 12e12 */
    size_t len = 0;
    uint64_t rest = mantissa < 0 ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
    for (; rest != 0 && rest % 10 == 0 && exponent < 0; exponent++)
        rest /= 10;
    if (rest == 0)
        exponent = 0;
    if (mantissa < 0)
        out[len++] = '-';
    char digits[20];
    int n = (int)put_digits(rest, digits);
    int whole = n + exponent; /* digits before the point */
    if (exponent > 2 * ZEROS_MAX || whole < -ZEROS_MAX) {
        memcpy(out + len, digits, (size_t)n);
        len += (size_t)n;
        out[len++] = 'e';
        if (exponent < 0)
            out[len++] = '-';
        return len + put_digits((uint64_t)(exponent < 0 ? -exponent : exponent), out + len);
    }
    if (whole <= 0) {
        out[len++] = '0';
        out[len++] = '.';
        for (; whole < 0; whole++)
            out[len++] = '0';
    }
    for (int i = 0; i < n || i < whole; i++) {
        if (i == whole && i > 0)
            out[len++] = '.';
        out[len++] = i < n ? digits[i] : '0';
    }
    return len;
}
