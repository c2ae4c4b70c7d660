#include "wire/dlms_time.h"

enum {
    FREE = 0xff, /* a byte that says nothing */
    FREE_YEAR = 0xffff,
    FREE_DEVIATION = -32768,
    DEVIATION_MAX = 720,
};

/* 0xFD and 0xFE are the last and second last day, or the ends of summer time: wildcards too. */
static bool is_number(uint8_t v)
{
    return v < 0xfd;
}

static bool within(uint8_t v, uint8_t low, uint8_t high)
{
    return !is_number(v) || (v >= low && v <= high);
}

static bool well_formed(const uint8_t *p)
{
    uint16_t year = ohm_be16(p);
    int16_t deviation = (int16_t)ohm_be16(p + 9);
    bool date = (year == FREE_YEAR || (year >= 1970 && year <= 2199)) && within(p[2], 1, 12) &&
                within(p[3], 1, 31) && (p[4] <= 7 || p[4] == FREE);
    bool time = (p[5] <= 23 || p[5] == FREE) && (p[6] <= 59 || p[6] == FREE) &&
                (p[7] <= 59 || p[7] == FREE) && (p[8] <= 99 || p[8] == FREE);
    bool zone =
        deviation == FREE_DEVIATION || (deviation >= -DEVIATION_MAX && deviation <= DEVIATION_MAX);
    return date && time && zone;
}

/* Days of a month, so that 31 February is no time. */
static bool is_day(uint16_t year, uint8_t month, uint8_t day)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

ohm_code ohm_dlms_time_parse(const uint8_t bytes[static OHM_DLMS_TIME_LEN], ohm_dlms_time *out)
{
    if (!well_formed(bytes))
        return OHM_BAD_FORMAT;
    uint16_t year = ohm_be16(bytes);
    bool whole = year != FREE_YEAR && is_number(bytes[2]) && is_number(bytes[3]) &&
                 bytes[5] != FREE && bytes[6] != FREE;
    if (whole && !is_day(year, bytes[2], bytes[3]))
        return OHM_BAD_FORMAT;

    ohm_dlms_time time = { .present = whole, .weekday = bytes[4], .status = bytes[11] };
    if (whole) {
        time.local.date = (ohm_date){ (int16_t)year, bytes[2], bytes[3] };
        time.local.hour = bytes[5];
        time.local.minute = bytes[6];
        time.local.second = bytes[7] == FREE ? 0 : bytes[7];
        time.has_hundredths = bytes[8] != FREE;
        time.local.ms = time.has_hundredths ? (uint16_t)(bytes[8] * 10) : 0;
    }
    int16_t deviation = (int16_t)ohm_be16(bytes + 9);
    time.has_deviation = deviation != FREE_DEVIATION;
    time.deviation_min = time.has_deviation ? deviation : 0;
    *out = time;
    return OHM_OK;
}

void ohm_dlms_time_write(const ohm_dlms_time *time, uint8_t out[static OHM_DLMS_TIME_LEN])
{
    memset(out, FREE, OHM_DLMS_TIME_LEN);
    if (time->present) {
        ohm_put_be16(out, (uint16_t)time->local.date.year);
        out[2] = time->local.date.month;
        out[3] = time->local.date.day;
        out[4] = time->weekday;
        out[5] = time->local.hour;
        out[6] = time->local.minute;
        out[7] = time->local.second;
        if (time->has_hundredths)
            out[8] = (uint8_t)(time->local.ms / 10);
    }
    ohm_put_be16(out + 9, (uint16_t)(time->has_deviation ? time->deviation_min : FREE_DEVIATION));
    out[11] = time->status;
}

ohm_dlms_time ohm_dlms_time_from_utc(const ohm_tz *tz, ohm_ms utc_ms)
{
    ohm_dlms_time time = {
        .present = true,
        .has_hundredths = true,
        .has_deviation = true,
        .status = ohm_tz_is_dst(tz, utc_ms) ? OHM_DLMS_TIME_SUMMER : 0,
        .deviation_min = (int16_t)(-ohm_tz_offset_s(tz, utc_ms) / 60),
        .local = ohm_civil_from_utc(tz, utc_ms),
    };
    time.weekday = (uint8_t)ohm_date_weekday(time.local.date);
    return time;
}
