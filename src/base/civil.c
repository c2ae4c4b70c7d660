#include "base/civil.h"

enum {
    DAY_S = 86400,
    DAYS_MAX = 4000000,      /* beyond every year that is kept; times DAY_S it still fits */
    SHIFT_S_MAX = 26 * 3600, /* no local time is further than this from UTC */
};

/* Years 0000 to 9999: what RFC 3339 can write. Instants outside are taken as the nearest inside,
 * so that every function here is total. */
static const int64_t instant_s_min = -62167219200; /* 0000-01-01T00:00:00Z */
static const int64_t instant_s_max = 253402300799; /* 9999-12-31T23:59:59Z */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t clamp_s(int64_t s)
{
    return s < instant_s_min ? instant_s_min : s > instant_s_max ? instant_s_max : s;
}

/* --- the calendar --------------------------------------------------------------------------- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

bool ohm_date_valid(int year, int month, int day)
{
    return year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

/* Counts in years that start in March, so that the leap day is the last of its year. */
int64_t ohm_days_from_date(ohm_date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9; /* March = 0 */
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

ohm_date ohm_date_from_days(int64_t days)
{
    days = floor_div(clamp_s(days < -DAYS_MAX  ? instant_s_min
                             : days > DAYS_MAX ? instant_s_max
                                               : days * DAY_S),
                     DAY_S);
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* March = 0 */
    int64_t day = day_of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    return (ohm_date){ .year = (int16_t)(year_of_era + era * 400 + (month <= 2)),
                       .month = (uint8_t)month,
                       .day = (uint8_t)day };
}

static int weekday_of_days(int64_t days)
{
    int64_t from_thursday = days - floor_div(days, 7) * 7; /* 1970-01-01 was one */
    return (int)((from_thursday + 3) % 7) + 1;
}

int ohm_date_weekday(ohm_date date)
{
    return weekday_of_days(ohm_days_from_date(date));
}

/* --- zones ---------------------------------------------------------------------------------- */

/* The day of a rule in a year, in days since 1970. */
static int64_t rule_day(const ohm_tz_rule *rule, int year)
{
    int64_t new_year = ohm_days_from_date((ohm_date){ (int16_t)year, 1, 1 });
    if (rule->kind == 'N')
        return new_year + rule->day;
    if (rule->kind == 'J') /* 29 February is never counted */
        return new_year + rule->day - 1 + (is_leap(year) && rule->day >= 60);
    ohm_date first = { (int16_t)year, rule->month, 1 };
    int64_t days = ohm_days_from_date(first);
    int weekday = weekday_of_days(days) % 7; /* 0 = Sunday, as POSIX counts */
    int day = (rule->weekday - weekday + 7) % 7 + 7 * (rule->week - 1);
    if (day >= month_days(year, rule->month))
        day -= 7;
    return days + day;
}

/* The UTC second at which the rule starts (to_dst) or ends summer time in a year. */
static int64_t rule_change_s(const ohm_tz *tz, int year, bool to_dst)
{
    const ohm_tz_rule *rule = to_dst ? &tz->rule_to_dst : &tz->rule_to_std;
    int32_t before_s = to_dst ? tz->rule_std_s : tz->rule_dst_s;
    return rule_day(rule, year) * DAY_S + rule->time_s - before_s;
}

static int year_of_s(int64_t s)
{
    return ohm_date_from_days(floor_div(s, DAY_S)).year;
}

/* The rule's times may reach a week into a neighbouring year, so three years are looked at; the
 * latest change not after `s` is in force. On a tie summer time wins: a zone in it all year long
 * writes an end and a start at the same instant. */
static bool rule_is_dst(const ohm_tz *tz, int64_t s)
{
    int64_t latest = INT64_MIN;
    bool is_dst = false;
    int year = year_of_s(s);
    for (int y = year - 1; y <= year + 1; y++)
        for (int to_dst = 0; to_dst <= 1; to_dst++) {
            int64_t change = rule_change_s(tz, y, to_dst);
            if (change > s || change < latest || (change == latest && is_dst))
                continue;
            latest = change;
            is_dst = to_dst;
        }
    return is_dst;
}

/* How many transitions of the table are at or before `s`. */
static unsigned transitions_until(const ohm_tz *tz, int64_t s)
{
    unsigned low = 0, high = tz->transitions_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (tz->transition_s[middle] <= s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct local_type {
    int32_t offset_s;
    bool is_dst;
} local_type;

static local_type type_at(const ohm_tz *tz, int64_t s)
{
    unsigned n = transitions_until(tz, s);
    if (tz->has_rule && n == tz->transitions_count) {
        bool is_dst = tz->rule_has_dst && rule_is_dst(tz, s);
        return (local_type){ is_dst ? tz->rule_dst_s : tz->rule_std_s, is_dst };
    }
    unsigned type = n ? tz->transition_type[n - 1] : tz->first_type;
    return (local_type){ tz->type_offset_s[type], tz->type_is_dst[type] };
}

/* The first instant after `s` at which the local time may change; INT64_MAX if never again. */
static int64_t next_change(const ohm_tz *tz, int64_t s)
{
    unsigned n = transitions_until(tz, s);
    if (n < tz->transitions_count)
        return tz->transition_s[n];
    int64_t next = INT64_MAX;
    if (!tz->has_rule || !tz->rule_has_dst)
        return next;
    int year = year_of_s(s);
    for (int y = year - 1; y <= year + 2; y++)
        for (int to_dst = 0; to_dst <= 1; to_dst++) {
            int64_t change = rule_change_s(tz, y, to_dst);
            if (change > s && change < next)
                next = change;
        }
    return next;
}

int32_t ohm_tz_offset_s(const ohm_tz *tz, ohm_ms utc_ms)
{
    return type_at(tz, clamp_s(floor_div(utc_ms, 1000))).offset_s;
}

bool ohm_tz_is_dst(const ohm_tz *tz, ohm_ms utc_ms)
{
    return type_at(tz, clamp_s(floor_div(utc_ms, 1000))).is_dst;
}

/* --- conversions ---------------------------------------------------------------------------- */

static ohm_civil civil_of_local(int64_t local_s, int ms)
{
    local_s = clamp_s(local_s);
    int64_t days = floor_div(local_s, DAY_S);
    int second = (int)(local_s - days * DAY_S);
    return (ohm_civil){ .date = ohm_date_from_days(days),
                        .hour = (uint8_t)(second / 3600),
                        .minute = (uint8_t)(second / 60 % 60),
                        .second = (uint8_t)(second % 60),
                        .ms = (uint16_t)ms };
}

ohm_civil ohm_civil_from_utc(const ohm_tz *tz, ohm_ms utc_ms)
{
    int64_t s = floor_div(utc_ms, 1000);
    int64_t inside_s = clamp_s(s);
    int ms = s == inside_s ? (int)(utc_ms - s * 1000) : 0;
    return civil_of_local(inside_s + type_at(tz, inside_s).offset_s, ms);
}

ohm_civil_kind ohm_civil_to_utc(const ohm_tz *tz, ohm_civil local, ohm_ms *first_ms,
                                ohm_ms *last_ms)
{
    int64_t local_s = ohm_days_from_date(local.date) * DAY_S + local.hour * 3600 +
                      local.minute * 60 + local.second;
    /* Walk the stretches of constant offset around the local time; the wanted instants are
     * those that the stretch's own offset maps onto it. */
    int64_t end_s = local_s + SHIFT_S_MAX;
    int64_t first_s = 0, last_s = 0, jump_s = local_s;
    int found = 0;
    for (int64_t from_s = local_s - SHIFT_S_MAX; from_s <= end_s;) {
        int64_t offset_s = type_at(tz, from_s).offset_s;
        int64_t to_s = next_change(tz, from_s);
        int64_t instant_s = local_s - offset_s;
        if (instant_s >= from_s && instant_s < to_s) {
            first_s = found ? first_s : instant_s;
            last_s = instant_s;
            found++;
        } else if (instant_s >= to_s && local_s < to_s + type_at(tz, to_s).offset_s) {
            jump_s = to_s;
        }
        from_s = to_s;
    }
    *first_ms = (found ? first_s : jump_s) * 1000 + (found ? local.ms : 0);
    *last_ms = (found ? last_s : jump_s) * 1000 + (found ? local.ms : 0);
    return found == 0 ? OHM_CIVIL_NEVER : found == 1 ? OHM_CIVIL_ONCE : OHM_CIVIL_TWICE;
}

static ohm_ms midnight(const ohm_tz *tz, int64_t days)
{
    ohm_ms first_ms, last_ms;
    (void)ohm_civil_to_utc(tz, civil_of_local(days * DAY_S, 0), &first_ms, &last_ms);
    return first_ms;
}

static ohm_interval days_interval(const ohm_tz *tz, int64_t days)
{
    return (ohm_interval){ midnight(tz, days), midnight(tz, days + 1) };
}

ohm_interval ohm_date_interval(const ohm_tz *tz, ohm_date date)
{
    return days_interval(tz, ohm_days_from_date(date));
}

ohm_interval ohm_civil_day(const ohm_tz *tz, ohm_ms utc_ms)
{
    int64_t days = ohm_days_from_date(ohm_civil_from_utc(tz, utc_ms).date);
    ohm_interval day = days_interval(tz, days);
    /* Where clocks went back over midnight the evening comes twice; the second one is already
     * in the next day, so that days never overlap. */
    if (utc_ms >= day.to_ms)
        return days_interval(tz, days + 1);
    return day;
}

/* --- RFC 3339 ------------------------------------------------------------------------------- */

/* `n` digits at `at`, or -1. */
static int digits_at(ohm_span text, size_t at, size_t n)
{
    if (at > text.len || text.len - at < n)
        return -1;
    int value = 0;
    for (size_t i = at; i < at + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

/* "2023-11-10T09:58:50" at the start: 19 bytes, every position fixed. */
static ohm_err parse_local(ohm_span text, int64_t *ret_s)
{
    static const char shape[] = "0000-00-00T00:00:00";
    if (text.len < sizeof shape - 1)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)text.len, "not an RFC 3339 time");
    for (uint32_t i = 0; i < sizeof shape - 1; i++) {
        uint8_t c = text.ptr[i];
        bool fits = shape[i] == '0' ? c >= '0' && c <= '9'
                                    : c == (uint8_t)shape[i] || (shape[i] == 'T' && c == 't');
        if (!fits)
            return ohm_fail(OHM_BAD_FORMAT, i, "not an RFC 3339 time");
    }
    int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
    int hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2);
    int second = digits_at(text, 17, 2);
    if (!ohm_date_valid(year, month, day))
        return ohm_fail(OHM_RANGE, 0, "no such date");
    bool leap_second = second == 60 && minute == 59; /* counts as the second after */
    if (hour > 23 || minute > 59 || (second > 59 && !leap_second))
        return ohm_fail(OHM_RANGE, 11, "no such time of day");
    ohm_date date = { (int16_t)year, (uint8_t)month, (uint8_t)day };
    *ret_s = ohm_days_from_date(date) * DAY_S + hour * 3600 + minute * 60 + second;
    return ohm_ok();
}

/* "Z" or "+01:00", and then nothing. */
static ohm_err parse_offset(ohm_span text, size_t at, int *ret_s)
{
    uint8_t sign = at < text.len ? text.ptr[at] : 0;
    if ((sign == 'Z' || sign == 'z') && at + 1 == text.len) {
        *ret_s = 0;
        return ohm_ok();
    }
    int hours = digits_at(text, at + 1, 2), minutes = digits_at(text, at + 4, 2);
    if ((sign != '+' && sign != '-') || text.len - at != 6 || text.ptr[at + 3] != ':' ||
        hours < 0 || minutes < 0)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "the time has no zone (Z or +hh:mm)");
    if (hours > 23 || minutes > 59)
        return ohm_fail(OHM_RANGE, (uint32_t)at, "no such offset from UTC");
    int s = hours * 3600 + minutes * 60;
    *ret_s = sign == '-' ? -s : s;
    return ohm_ok();
}

ohm_err ohm_rfc3339_parse(ohm_span text, ohm_ms *out)
{
    enum { TEXT_MAX = 64 }; /* more digits in a fraction than anyone means */
    if (text.len > TEXT_MAX)
        return ohm_fail(OHM_TOO_BIG, TEXT_MAX, "too long for a time");
    int64_t s;
    OHM_TRY(parse_local(text, &s));

    size_t at = 19;
    int ms = 0;
    if (at < text.len && text.ptr[at] == '.') {
        int weight = 100;
        for (at++; digits_at(text, at, 1) >= 0; at++, weight /= 10)
            ms += weight * digits_at(text, at, 1);
        if (at == 20)
            return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "the fraction has no digits");
    }
    int offset_s;
    OHM_TRY(parse_offset(text, at, &offset_s));
    s -= offset_s;
    if (s != clamp_s(s))
        return ohm_fail(OHM_RANGE, 0, "before year 0 or after year 9999");
    *out = s * 1000 + ms;
    return ohm_ok();
}

static char *write_digits(char *p, unsigned value, unsigned n)
{
    for (unsigned i = n; i > 0; i--, value /= 10)
        p[i - 1] = (char)('0' + value % 10);
    return p + n;
}

size_t ohm_rfc3339_write(ohm_ms utc_ms, char out[static OHM_RFC3339_MAX])
{
    assert(utc_ms != OHM_NO_MS);
    int64_t s = floor_div(utc_ms, 1000);
    int ms = s == clamp_s(s) ? (int)(utc_ms - s * 1000) : 0;
    ohm_civil t = civil_of_local(s, ms);
    char *p = write_digits(out, (unsigned)t.date.year, 4);
    *p++ = '-';
    p = write_digits(p, t.date.month, 2);
    *p++ = '-';
    p = write_digits(p, t.date.day, 2);
    *p++ = 'T';
    p = write_digits(p, t.hour, 2);
    *p++ = ':';
    p = write_digits(p, t.minute, 2);
    *p++ = ':';
    p = write_digits(p, t.second, 2);
    if (t.ms) {
        *p++ = '.';
        p = write_digits(p, t.ms, 3);
    }
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - out);
}
