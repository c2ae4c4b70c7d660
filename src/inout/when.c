#include "inout/when.h"

#include "inout/name.h"

enum { DAY_S = 86400, TEXT_MAX = 48 };

static ohm_err no_time(void)
{
    return ohm_fail(OHM_BAD_FORMAT, 0, "not a date and time");
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits from *at on, at most `most` of them; their number, 0 = none. */
static int take_int(ohm_span text, size_t *at, int most, int *ret_value)
{
    int n = 0, value = 0;
    for (; *at < text.len && n < most && is_digit(text.ptr[*at]); n++)
        value = value * 10 + (text.ptr[(*at)++] - '0');
    *ret_value = value;
    return n;
}

static bool take_char(ohm_span text, size_t *at, const char *any)
{
    if (*at >= text.len || !text.ptr[*at] || !strchr(any, text.ptr[*at]))
        return false;
    ++*at;
    return true;
}

/* --- counted times --------------------------------------------------------------------------- */

/* Digits alone, with a fraction perhaps: "1700000000.25". */
static bool is_count(ohm_span text)
{
    size_t points = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.')
            points++;
        else if (!is_digit(text.ptr[i]))
            return false;
    }
    return points <= 1 && text.len >= 1 && is_digit(text.ptr[0]);
}

/* How many of the count make a second, as a power of ten. */
static int digits_of_form(ohm_when_form form, size_t digits)
{
    if (form == OHM_WHEN_S)
        return 0;
    if (form == OHM_WHEN_MS)
        return 3;
    if (form == OHM_WHEN_US)
        return 6;
    if (form == OHM_WHEN_NS)
        return 9;
    return digits <= 11 ? 0 : digits <= 14 ? 3 : digits <= 17 ? 6 : 9;
}

static ohm_err read_count(ohm_span text, ohm_when_form form, ohm_ms *out)
{
    const uint8_t *point = memchr(text.ptr, '.', text.len);
    size_t digits = point ? (size_t)(point - text.ptr) : text.len;
    int64_t value = 0;
    if (digits > 19)
        return ohm_fail(OHM_RANGE, 0, "too large for a time");
    for (size_t i = 0; i < digits; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text.ptr[i] - '0', &value))
            return ohm_fail(OHM_RANGE, 0, "too large for a time");
    int power = digits_of_form(form, digits);
    for (; power > 3; power--)
        value /= 10;
    size_t next = digits + 1;
    for (; power < 3; power++) {
        int digit = next < text.len ? text.ptr[next++] - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return ohm_fail(OHM_RANGE, 0, "too large for a time");
    }
    *out = value;
    return ohm_ok();
}

/* --- written times --------------------------------------------------------------------------- */

typedef struct written {
    int year, month, day, hour, minute, second, ms;
    bool has_offset;
    int offset_s;
} written;

static ohm_err read_date(ohm_span text, size_t *at, ohm_when_form form, written *w)
{
    int a, b, c;
    int n = take_int(text, at, 4, &a);
    char sign = *at < text.len ? (char)text.ptr[*at] : 0;
    if (n == 0 || n == 3 || !take_char(text, at, "-/.") || !take_int(text, at, 2, &b) ||
        *at >= text.len || (char)text.ptr[*at] != sign)
        return no_time();
    ++*at;
    int last = take_int(text, at, 4, &c);
    if (n == 4 ? last == 0 || last > 2 : last != 4 && last != 2)
        return no_time();
    bool mdy = form == OHM_WHEN_MDY;
    w->year = n == 4 ? a : last == 2 ? 2000 + c : c;
    w->month = n == 4 || !mdy ? b : a;
    w->day = n == 4 ? c : mdy ? b : a;
    if (n != 4 && w->month > 12)
        return ohm_fail(OHM_RANGE, 0, "no such month: is the day before it, or behind?");
    if (!ohm_date_valid(w->year, w->month, w->day))
        return ohm_fail(OHM_RANGE, 0, "no such date");
    return ohm_ok();
}

/* "02:30", "02:30:15", "02:30:15.250"; 24:00 is the midnight at the end of the day. */
static ohm_err read_clock(ohm_span text, size_t *at, written *w)
{
    int digit;
    if (!take_int(text, at, 2, &w->hour) || !take_char(text, at, ":hH") ||
        take_int(text, at, 2, &w->minute) != 2)
        return no_time();
    if (take_char(text, at, ":") && take_int(text, at, 2, &w->second) != 2)
        return no_time();
    if (take_char(text, at, ".,")) {
        if (*at >= text.len || !is_digit(text.ptr[*at]))
            return no_time();
        for (int weight = 100; take_int(text, at, 1, &digit); weight /= 10)
            w->ms += digit * weight;
    }
    bool end_of_day = w->hour == 24 && w->minute == 0 && w->second == 0 && w->ms == 0;
    if ((w->hour > 23 && !end_of_day) || w->minute > 59 || w->second > 59)
        return ohm_fail(OHM_RANGE, 0, "no such time of day");
    return ohm_ok();
}

/* "Z", "UTC", "+02:00", "+0200", "+02"; then nothing. */
static ohm_err read_zone(ohm_span text, size_t at, written *w)
{
    ohm_span rest = ohm_trim(ohm_span_part(text, at, text.len - at));
    if (rest.len == 0)
        return ohm_ok();
    w->has_offset = true;
    if (ohm_name_is(rest, "z") || ohm_name_is(rest, "utc") || ohm_name_is(rest, "gmt"))
        return ohm_ok();
    size_t i = 1;
    int hours, minutes = 0;
    bool west = rest.ptr[0] == '-';
    if ((rest.ptr[0] != '+' && !west) || take_int(rest, &i, 2, &hours) != 2)
        return no_time();
    (void)take_char(rest, &i, ":");
    int n = take_int(rest, &i, 2, &minutes);
    if ((n != 0 && n != 2) || i != rest.len)
        return no_time();
    if (hours > 23 || minutes > 59)
        return ohm_fail(OHM_RANGE, 0, "no such offset from UTC");
    w->offset_s = (hours * 60 + minutes) * (west ? -60 : 60);
    return ohm_ok();
}

static ohm_err read_written(ohm_span text, ohm_when_form form, written *w)
{
    size_t at = 0;
    OHM_TRY(read_date(text, &at, form, w));
    if (at == text.len)
        return ohm_ok();
    if (!take_char(text, &at, "Tt "))
        return no_time();
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    OHM_TRY(read_clock(text, &at, w));
    return read_zone(text, at, w);
}

/* Which of two instants a local time means. */
static ohm_ms choose(const ohm_when_memory *m, ohm_ms first_ms, ohm_ms last_ms)
{
    if (!m || !m->known)
        return first_ms;
    if (m->falling)
        return last_ms < m->last_ms ? last_ms : first_ms;
    return first_ms > m->last_ms ? first_ms : last_ms;
}

static ohm_err to_utc(const written *w, const ohm_tz *tz, const ohm_when_memory *memory,
                      ohm_ms *out)
{
    ohm_date date = { (int16_t)w->year, (uint8_t)w->month, (uint8_t)w->day };
    int hour = w->hour;
    if (hour == 24) {
        date = ohm_date_from_days(ohm_days_from_date(date) + 1);
        hour = 0;
    }
    if (w->has_offset) {
        int64_t s = ohm_days_from_date(date) * DAY_S + hour * 3600 + w->minute * 60 + w->second;
        *out = (s - w->offset_s) * OHM_SECOND_MS + w->ms;
        return ohm_ok();
    }
    ohm_civil local = { date, (uint8_t)hour, (uint8_t)w->minute, (uint8_t)w->second,
                        (uint16_t)w->ms };
    ohm_ms first_ms, last_ms;
    ohm_civil_kind kind = ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    bool midnight = hour == 0 && w->minute == 0 && w->second == 0 && w->ms == 0;
    if (kind == OHM_CIVIL_NEVER && !midnight) /* a day may begin inside a jump */
        return ohm_fail(OHM_RANGE, 0, "clocks skipped this hour: is the zone right?");
    *out = kind == OHM_CIVIL_TWICE ? choose(memory, first_ms, last_ms) : first_ms;
    return ohm_ok();
}

ohm_err ohm_when_parse(ohm_span text, ohm_when_form form, const ohm_tz *tz, ohm_when_memory *memory,
                       ohm_ms *out)
{
    written w = { 0 };
    ohm_ms at_ms;
    text = ohm_trim(text);
    if (text.len == 0 || text.len > TEXT_MAX)
        return no_time();
    if (is_count(text) && (text.len >= 9 || form >= OHM_WHEN_S)) {
        OHM_TRY(read_count(text, form, &at_ms));
    } else {
        OHM_TRY(read_written(text, form, &w));
        OHM_TRY(to_utc(&w, tz, memory, &at_ms));
    }
    if (memory) {
        if (memory->known && at_ms != memory->last_ms)
            memory->falling = at_ms < memory->last_ms;
        memory->known = true;
        memory->last_ms = at_ms;
    }
    *out = at_ms;
    return ohm_ok();
}
