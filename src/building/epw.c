#include "building/epw.h"

#include "base/civil.h"
#include "base/number.h"

enum { FIELDS = 16, LINE_MAX_BYTES = 4096 };
enum { YEAR = 0, MONTH = 1, DAY = 2, HOUR = 3, DRY_BULB = 6, DIRECT = 14, DIFFUSE = 15 };
enum { LATITUDE = 6, LONGITUDE = 7, ZONE = 8 };

void ohm_epw_init(ohm_epw *epw)
{
    *epw = (ohm_epw){ .lines = 0 };
}

static ohm_span trim(ohm_span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = ohm_span_part(s, 1, s.len - 1);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s = ohm_span_part(s, 0, s.len - 1);
    return s;
}

/* The first fields of a line; false: it has fewer. */
static bool split(ohm_span line, ohm_span out[static FIELDS], int wanted)
{
    for (int i = 0; i < wanted; i++) {
        if (!line.ptr)
            return false;
        const uint8_t *comma = line.len ? memchr(line.ptr, ',', line.len) : NULL;
        size_t len = comma ? (size_t)(comma - line.ptr) : line.len;
        out[i] = trim(ohm_span_part(line, 0, len));
        line = comma ? ohm_span_part(line, len + 1, line.len - len - 1) : ohm_span_of(NULL, 0);
    }
    return true;
}

static bool number(ohm_span text, double least, double most, double *out)
{
    int64_t mantissa;
    int exponent;
    if (ohm_number_decimal(text, &mantissa, &exponent) != OHM_OK)
        return false;
    double value = (double)mantissa;
    for (; exponent > 0 && value < 1e12 && value > -1e12; exponent--)
        value *= 10;
    double scale = 1;
    for (; exponent < 0 && scale < 1e30; exponent++)
        scale *= 10;
    value /= scale;
    if (exponent != 0 || !(value >= least && value <= most))
        return false;
    *out = value;
    return true;
}

static ohm_err place_of(ohm_epw *epw, ohm_span line)
{
    ohm_span fields[FIELDS];
    if (!split(line, fields, ZONE + 1) || !ohm_span_is(fields[0], "LOCATION"))
        return ohm_fail(OHM_BAD_FORMAT, epw->lines, "an EPW file begins with LOCATION");
    if (!number(fields[LATITUDE], -90, 90, &epw->place.latitude_deg) ||
        !number(fields[LONGITUDE], -180, 180, &epw->place.longitude_deg) ||
        !number(fields[ZONE], -14, 14, &epw->zone_h))
        return ohm_fail(OHM_RANGE, epw->lines, "LOCATION holds no latitude, longitude and time");
    return ohm_fail(OHM_MORE, epw->lines, "head");
}

static bool begin_of(const ohm_epw *epw, const ohm_span *fields, ohm_ms *out)
{
    int64_t year, month, day, hour;
    if (ohm_number_int(fields[YEAR], &year) != OHM_OK || year < 1900 || year > 2200 ||
        ohm_number_int(fields[MONTH], &month) != OHM_OK || month < 1 || month > 12 ||
        ohm_number_int(fields[DAY], &day) != OHM_OK || day < 1 || day > 31 ||
        ohm_number_int(fields[HOUR], &hour) != OHM_OK || hour < 1 || hour > 24)
        return false;
    if (!ohm_date_valid((int)year, (int)month, (int)day))
        return false;
    int64_t days = ohm_days_from_date(
        (ohm_date){ .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day });
    *out = (days * 24 + hour - 1) * OHM_HOUR_MS - (int64_t)(epw->zone_h * OHM_HOUR_MS);
    return true;
}

ohm_err ohm_epw_line(ohm_epw *epw, ohm_span line, ohm_epw_hour *hour)
{
    epw->lines++;
    if (line.len > LINE_MAX_BYTES)
        return ohm_fail(OHM_TOO_BIG, epw->lines, "a line is too long");
    if (epw->lines == 1)
        return place_of(epw, line);
    if (epw->lines <= OHM_EPW_HEAD_LINES || trim(line).len == 0)
        return ohm_fail(OHM_MORE, epw->lines, "head");
    ohm_span fields[FIELDS];
    ohm_epw_hour row;
    if (!split(line, fields, FIELDS) || !begin_of(epw, fields, &row.begin_ms))
        return ohm_fail(OHM_BAD_FORMAT, epw->lines, "a row begins with year, month, day, hour");
    if (!number(fields[DRY_BULB], -90, 70, &row.outdoor_c))
        return ohm_fail(OHM_RANGE, epw->lines, "the dry bulb is missing, or no temperature");
    if (!number(fields[DIRECT], 0, 2000, &row.direct_wm2) ||
        !number(fields[DIFFUSE], 0, 2000, &row.diffuse_wm2))
        return ohm_fail(OHM_RANGE, epw->lines, "direct or diffuse light is missing");
    *hour = row;
    return ohm_ok();
}
