#include "analysis/holidays.h"

enum { DATE_LEN = 10, SEPARATORS_MAX = 8 };

/* Where a day is, or should be. */
static int place_of(const ohm_closed_days *of, int64_t day)
{
    int low = 0, high = of->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (of->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ohm_holidays_has(const ohm_closed_days *of, int64_t day)
{
    int at = place_of(of, day);
    return at < of->count && of->days[at] == day;
}

static bool add(ohm_closed_days *io, int64_t day)
{
    int at = place_of(io, day);
    if (at < io->count && io->days[at] == day)
        return true;
    if (io->count == OHM_HOLIDAYS_MAX)
        return false;
    memmove(io->days + at + 1, io->days + at, (size_t)(io->count - at) * sizeof *io->days);
    io->days[at] = day;
    io->count++;
    return true;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int number(const uint8_t *p, int digits)
{
    int n = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(p[i]))
            return -1;
        n = 10 * n + (p[i] - '0');
    }
    return n;
}

/* A date that begins here and is not a part of a longer number. */
static bool date_at(ohm_span text, size_t at, int64_t *ret_day)
{
    if (text.len - at < DATE_LEN || (at > 0 && is_digit(text.ptr[at - 1])) ||
        (text.len - at > DATE_LEN && is_digit(text.ptr[at + DATE_LEN])))
        return false;
    const uint8_t *p = text.ptr + at;
    int year, month, day;
    if (p[4] == '-' && p[7] == '-') {
        year = number(p, 4);
        month = number(p + 5, 2);
        day = number(p + 8, 2);
    } else if (p[2] == p[5] && (p[2] == '/' || p[2] == '.')) {
        day = number(p, 2);
        month = number(p + 3, 2);
        year = number(p + 6, 4);
    } else {
        return false;
    }
    if (year < 1900 || year > 2199 || month < 0 || day < 0 || !ohm_date_valid(year, month, day))
        return false;
    *ret_day = ohm_days_from_date(
        (ohm_date){ .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day });
    return true;
}

/* Is the second date the end of a closure that the first began? */
static bool is_range(ohm_span between)
{
    if (between.len == 0 || between.len > SEPARATORS_MAX)
        return false;
    for (size_t i = 0; i < between.len; i++)
        if (!memchr(",;/. \t", between.ptr[i], 6))
            return false;
    return true;
}

static ohm_err add_days(ohm_closed_days *io, int64_t first, int64_t last, size_t at)
{
    if (last < first || last - first >= OHM_CLOSURE_DAYS_MAX)
        return ohm_fail(OHM_RANGE, (uint32_t)at,
                        "a closure ends before it begins, or lasts more than a year");
    for (int64_t day = first; day <= last; day++)
        if (!add(io, day))
            return ohm_fail(OHM_TOO_BIG, (uint32_t)at, "more days than can be taken");
    return ohm_ok();
}

/* A line ends at its end, or where a comment begins: # at its front or after a blank. */
static size_t line_len(ohm_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t before = i > 0 ? text.ptr[i - 1] : ' ';
        if (text.ptr[i] == '\n' || (text.ptr[i] == '#' && (before == ' ' || before == '\t')))
            return i;
    }
    return text.len;
}

/* The next date from `at` on, and where it is; false: there is none. */
static bool next_date(ohm_span line, size_t *at, int64_t *ret_day)
{
    while (*at < line.len && !date_at(line, *at, ret_day))
        ++*at;
    return *at < line.len;
}

/* Two dates that are all the dates of a line may be a closure; three are three days. */
static ohm_err add_line(ohm_closed_days *io, ohm_span line, size_t offset)
{
    int64_t day = 0, last = 0, more;
    size_t at = 0;
    if (!next_date(line, &at, &day))
        return ohm_ok();
    size_t first = at + DATE_LEN, second = first;
    if (next_date(line, &second, &last) && is_range(ohm_span_part(line, first, second - first))) {
        size_t third = second + DATE_LEN;
        if (!next_date(line, &third, &more))
            return add_days(io, day, last, offset + at);
    }
    for (; next_date(line, &at, &day); at += DATE_LEN)
        OHM_TRY(add_days(io, day, day, offset + at));
    return ohm_ok();
}

ohm_err ohm_holidays_parse(ohm_span text, ohm_closed_days *out)
{
    out->count = 0;
    for (size_t at = 0; at < text.len;) {
        size_t rest = text.len - at, len = line_len(ohm_span_part(text, at, rest));
        OHM_TRY(add_line(out, ohm_span_part(text, at, len), at));
        at += len;
        while (at < text.len && text.ptr[at] != '\n') /* the comment */
            at++;
        at++;
    }
    return out->count ? ohm_ok() : ohm_fail(OHM_END, 0, "there is no date in it");
}

/* Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8). */
static int64_t easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
    return ohm_days_from_date((ohm_date){
        .year = (int16_t)year, .month = (uint8_t)(n / 31), .day = (uint8_t)(n % 31 + 1) });
}

ohm_err ohm_holidays_french(int year, ohm_closed_days *io)
{
    static const uint8_t fixed[][2] = { { 1, 1 },  { 5, 1 },  { 5, 8 },   { 7, 14 },
                                        { 8, 15 }, { 11, 1 }, { 11, 11 }, { 12, 25 } };
    static const int after_easter[] = { 1, 39, 50 }; /* Monday, Ascension, Whit Monday */
    bool fits = true;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        fits =
            fits && add(io, ohm_days_from_date((ohm_date){
                                .year = (int16_t)year, .month = fixed[i][0], .day = fixed[i][1] }));
    for (size_t i = 0; i < sizeof after_easter / sizeof *after_easter; i++)
        fits = fits && add(io, easter(year) + after_easter[i]);
    return fits ? ohm_ok() : ohm_fail(OHM_TOO_BIG, 0, "more days than can be taken");
}
