#include "tariff/csv.h"

#include <string.h>

#include "base/number.h"

enum { CELL_MAX = 64 };

/* Seconds up to the year 5138; above, they are milliseconds, up to the year 2200. */
#define EPOCH_S_MAX  INT64_C(100000000000)
#define EPOCH_MS_MAX INT64_C(7258118400000)

/* --- text ------------------------------------------------------------------------------------- */

ohm_span ohm_csv_trim(ohm_span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '"' || s.ptr[0] == '\t'))
        s = ohm_span_part(s, 1, s.len - 1);
    while (s.len && strchr(" \"\r\t", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
        s.len--;
    return s;
}

bool ohm_csv_line(ohm_span *rest, ohm_span *line)
{
    if (!rest->len)
        return false;
    const uint8_t *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    *line = ohm_span_part(*rest, 0, len);
    size_t taken = len + (end != NULL);
    *rest = ohm_span_part(*rest, taken, rest->len - taken);
    return true;
}

unsigned ohm_csv_split(ohm_span line, char separator, ohm_span cells[static OHM_CSV_COLUMNS_MAX])
{
    unsigned count = 0;
    for (;;) {
        const uint8_t *end = line.len ? memchr(line.ptr, separator, line.len) : NULL;
        size_t len = end ? (size_t)(end - line.ptr) : line.len;
        cells[count++] = ohm_csv_trim(ohm_span_part(line, 0, len));
        if (!end || count == OHM_CSV_COLUMNS_MAX)
            return count;
        line = ohm_span_part(line, len + 1, line.len - len - 1);
    }
}

/* A number in units of 10^-decimals, rounded half away from zero where it says more. */
ohm_code ohm_csv_number(ohm_span cell, char separator, int decimals, int64_t *out)
{
    char plain[CELL_MAX];
    if (cell.len >= sizeof plain)
        return OHM_BAD_FORMAT;
    size_t len = 0;
    for (size_t i = 0; i < cell.len; i++) {
        char c = (char)cell.ptr[i];
        plain[len++] = c == ',' && separator != ',' ? '.' : c;
    }
    int64_t mantissa;
    int exponent;
    if (ohm_number_decimal(ohm_span_of(plain, len), &mantissa, &exponent) != OHM_OK)
        return OHM_BAD_FORMAT;
    int shift = exponent + decimals;
    for (; shift > 0 && mantissa; shift--)
        if (__builtin_mul_overflow(mantissa, INT64_C(10), &mantissa))
            return OHM_RANGE;
    int64_t last = 0; /* the digit dropped last decides the rounding */
    for (; shift < 0 && (mantissa || last); shift++) {
        last = mantissa % 10;
        mantissa /= 10;
    }
    *out = mantissa + (last >= 5) - (last <= -5);
    return OHM_OK;
}

/* --- times ------------------------------------------------------------------------------------ */

static int digits_at(ohm_span text, size_t at, size_t count)
{
    int value = 0;
    if (at > text.len || count > text.len - at)
        return -1;
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

/* "2025-08-01", "2025-08-01 00:30", "2025-08-01T00:30:00", "01/08/2025 00:30". */
static bool read_civil(ohm_span text, ohm_civil *out)
{
    bool french = text.len >= 10 && text.ptr[2] == '/' && text.ptr[5] == '/';
    int year = digits_at(text, french ? 6 : 0, 4), month = digits_at(text, french ? 3 : 5, 2);
    int day = digits_at(text, french ? 0 : 8, 2);
    bool dashed = text.len >= 10 && text.ptr[4] == '-' && text.ptr[7] == '-';
    if (!(french || dashed) || year < 0 || month < 0 || day < 0 ||
        !ohm_date_valid(year, month, day))
        return false;
    int hour = 0, minute = 0, second = 0;
    if (text.len > 10) {
        hour = digits_at(text, 11, 2);
        minute = digits_at(text, 14, 2);
        bool shaped =
            (text.ptr[10] == ' ' || text.ptr[10] == 'T') && text.len >= 16 && text.ptr[13] == ':';
        bool with_seconds = text.len >= 19 && text.ptr[16] == ':';
        second = with_seconds ? digits_at(text, 17, 2) : 0;
        if (!shaped || !(text.len == 16 || (with_seconds && text.len == 19)) || hour < 0 ||
            hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
            return false;
    }
    *out = (ohm_civil){ .date = { (int16_t)year, (uint8_t)month, (uint8_t)day },
                        .hour = (uint8_t)hour,
                        .minute = (uint8_t)minute,
                        .second = (uint8_t)second };
    return true;
}

/* "2025-08-01 00:30+02:00" and "…Z" with a blank are RFC 3339 but for the T. */
static bool read_rfc3339(ohm_span text, ohm_ms *out)
{
    char with_t[CELL_MAX];
    if (text.len < 11 || text.len >= sizeof with_t)
        return false;
    memcpy(with_t, text.ptr, text.len);
    if (with_t[10] == ' ')
        with_t[10] = 'T';
    return !ohm_failed(ohm_rfc3339_parse(ohm_span_of(with_t, text.len), out));
}

ohm_code ohm_csv_time(ohm_span cell, const ohm_tz *tz, ohm_ms after_ms, ohm_ms *out)
{
    int64_t epoch;
    ohm_civil local;
    ohm_ms first_ms, last_ms;
    if (!read_rfc3339(cell, &first_ms)) {
        if (ohm_number_int(cell, &epoch) == OHM_OK && epoch > 0 && epoch < EPOCH_MS_MAX) {
            first_ms = epoch > EPOCH_S_MAX ? epoch : epoch * 1000;
        } else if (!read_civil(cell, &local)) {
            return OHM_BAD_FORMAT;
        } else {
            ohm_civil_kind kind = ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
            if (kind == OHM_CIVIL_NEVER)
                return OHM_GAP;
            if (kind == OHM_CIVIL_TWICE && after_ms != OHM_NO_MS && first_ms <= after_ms)
                first_ms = last_ms;
        }
    }
    if (first_ms < 0 || first_ms >= EPOCH_MS_MAX)
        return OHM_RANGE;
    *out = first_ms;
    return OHM_OK;
}
