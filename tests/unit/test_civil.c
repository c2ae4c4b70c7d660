/* Civil time against the C library, which sets TZ in this process only. */
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "host/tzdata.h"

static ohm_tz zone(const char *name)
{
    ohm_tz tz;
    ohm_err err = ohm_tzdata_load(name, &tz);
    if (ohm_failed(err))
        fail_msg("%s: %s", name, err.what);
    return tz;
}

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    ohm_err err = ohm_rfc3339_parse(ohm_span_text(text), &ms);
    if (ohm_failed(err))
        fail_msg("%s: %s", text, err.what);
    return ms;
}

static ohm_civil civil(int year, int month, int day, int hour, int minute)
{
    return (ohm_civil){ .date = { (int16_t)year, (uint8_t)month, (uint8_t)day },
                        .hour = (uint8_t)hour,
                        .minute = (uint8_t)minute };
}

static void compare_with_libc(const ohm_tz *tz, time_t t)
{
    struct tm want;
    assert_non_null(localtime_r(&t, &want));
    ohm_civil got = ohm_civil_from_utc(tz, (ohm_ms)t * 1000);
    bool same = got.date.year == want.tm_year + 1900 && got.date.month == want.tm_mon + 1 &&
                got.date.day == want.tm_mday && got.hour == want.tm_hour &&
                got.minute == want.tm_min && got.second == want.tm_sec &&
                ohm_tz_offset_s(tz, (ohm_ms)t * 1000) == want.tm_gmtoff &&
                ohm_tz_is_dst(tz, (ohm_ms)t * 1000) == (want.tm_isdst > 0);
    if (!same)
        fail_msg("%s at %lld: %d-%d-%d %d:%d:%d dst %d", tz->name, (long long)t, got.date.year,
                 got.date.month, got.date.day, got.hour, got.minute, got.second,
                 ohm_tz_is_dst(tz, (ohm_ms)t * 1000));
}

static void agrees_with_the_c_library(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "Europe/Paris",        "Europe/Dublin",       "Africa/Casablanca",
        "Australia/Lord_Howe", "America/New_York",    "America/St_Johns",
        "Asia/Kolkata",        "Pacific/Apia",        "America/Nuuk",
        "Antarctica/Troll",    "Europe/London",       "Asia/Gaza",
        "America/Sao_Paulo",   "Europe/Zurich",       "UTC",
        "Etc/GMT-14",          "Australia/Melbourne", "America/Los_Angeles",
        "Europe/Vienna",       "Asia/Tehran",
    };
    const time_t hours = getenv("OHM_SANITIZED") ? 67 : 6; /* each change of clocks comes below */
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        ohm_tz tz = zone(zones[i]);
        setenv("TZ", zones[i], 1);
        tzset();
        for (time_t t = -631152000; t < 4102444800; t += hours * 3600 - 61)
            compare_with_libc(&tz, t);
        for (unsigned n = 0; n < tz.transitions_count; n++)
            for (int d = -1; d <= 1; d++)
                if (tz.transition_s[n] > -5000000000)
                    compare_with_libc(&tz, tz.transition_s[n] + d);
    }
}

static void local_times_say_what_they_mean(void **state)
{
    (void)state;
    static const struct {
        const char *why, *zone;
        int year, month, day, hour, minute;
        ohm_civil_kind kind;
        const char *first, *last;
    } rows[] = {
        { "winter", "Europe/Paris", 2026, 1, 15, 12, 0, OHM_CIVIL_ONCE, "2026-01-15T11:00:00Z",
          "2026-01-15T11:00:00Z" },
        { "spring gap", "Europe/Paris", 2026, 3, 29, 2, 30, OHM_CIVIL_NEVER, "2026-03-29T01:00:00Z",
          "2026-03-29T01:00:00Z" },
        { "the gap's first minute", "Europe/Paris", 2026, 3, 29, 2, 0, OHM_CIVIL_NEVER,
          "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z" },
        { "just after the gap", "Europe/Paris", 2026, 3, 29, 3, 0, OHM_CIVIL_ONCE,
          "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z" },
        { "autumn twice", "Europe/Paris", 2026, 10, 25, 2, 0, OHM_CIVIL_TWICE,
          "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z" },
        { "the hour before", "Europe/Paris", 2026, 10, 25, 1, 59, OHM_CIVIL_ONCE,
          "2026-10-24T23:59:00Z", "2026-10-24T23:59:00Z" },
        { "by the rule, after the table", "Europe/Paris", 2060, 10, 31, 2, 30, OHM_CIVIL_TWICE,
          "2060-10-31T00:30:00Z", "2060-10-31T01:30:00Z" },
        { "half an hour only", "Australia/Lord_Howe", 2026, 4, 5, 1, 45, OHM_CIVIL_TWICE,
          "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z" },
        { "Dublin's winter is its daylight saving", "Europe/Dublin", 2026, 10, 25, 1, 30,
          OHM_CIVIL_TWICE, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z" },
        { "Ramadan", "Africa/Casablanca", 2026, 2, 15, 2, 30, OHM_CIVIL_TWICE,
          "2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z" },
        { "Samoa never had this day", "Pacific/Apia", 2011, 12, 30, 12, 0, OHM_CIVIL_NEVER,
          "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_tz tz = zone(rows[i].zone);
        ohm_civil local =
            civil(rows[i].year, rows[i].month, rows[i].day, rows[i].hour, rows[i].minute);
        ohm_ms first = 0, last = 0;
        ohm_civil_kind kind = ohm_civil_to_utc(&tz, local, &first, &last);
        if (kind != rows[i].kind || first != at(rows[i].first) || last != at(rows[i].last))
            fail_msg("%s: kind %d first %lld last %lld", rows[i].why, kind, (long long)first,
                     (long long)last);
    }
}

static void days_have_their_length(void **state)
{
    (void)state;
    static const struct {
        const char *why, *zone, *instant, *from;
        int minutes;
    } rows[] = {
        { "ordinary", "Europe/Paris", "2026-01-15T10:00:00Z", "2026-01-14T23:00:00Z", 24 * 60 },
        { "spring", "Europe/Paris", "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", 23 * 60 },
        { "autumn", "Europe/Paris", "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", 25 * 60 },
        { "Lord Howe", "Australia/Lord_Howe", "2026-04-05T10:00:00Z", "2026-04-04T13:00:00Z",
          24 * 60 + 30 },
        { "starts inside a jump", "America/Sao_Paulo", "2018-11-04T12:00:00Z",
          "2018-11-04T03:00:00Z", 23 * 60 },
        { "last instant", "Europe/Paris", "2026-01-15T22:59:59.999Z", "2026-01-14T23:00:00Z",
          24 * 60 },
        { "midnight belongs to the new day", "Europe/Paris", "2026-01-15T23:00:00Z",
          "2026-01-15T23:00:00Z", 24 * 60 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_tz tz = zone(rows[i].zone);
        ohm_interval day = ohm_civil_day(&tz, at(rows[i].instant));
        if (day.from_ms != at(rows[i].from) ||
            day.to_ms - day.from_ms != (int64_t)rows[i].minutes * OHM_MINUTE_MS)
            fail_msg("%s: from %lld, %lld min", rows[i].why, (long long)day.from_ms,
                     (long long)(day.to_ms - day.from_ms) / OHM_MINUTE_MS);
    }
}

static void every_instant_lies_in_its_day(void **state)
{
    (void)state;
    /* St John's put its clocks back at one minute past midnight until 2011. */
    static const char *const zones[] = { "America/St_Johns", "America/Havana", "Europe/Paris" };
    const ohm_ms stride_ms = (getenv("OHM_SANITIZED") ? 600 : 20) * OHM_SECOND_MS;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        ohm_tz tz = zone(zones[i]);
        ohm_ms end = 0;
        for (ohm_ms t = at("2009-10-01T00:00:00Z"); t < at("2010-12-31T00:00:00Z");
             t += stride_ms) {
            if (t < end)
                continue;
            ohm_interval day = ohm_civil_day(&tz, t);
            assert_true(day.from_ms <= t && t < day.to_ms);
            if (end)
                assert_true(day.from_ms == end);
            end = day.to_ms;
            t -= t % stride_ms;
        }
        for (ohm_ms t = at("2010-11-06T22:00:00Z"); t < at("2010-11-07T08:00:00Z"); t += 30000) {
            ohm_interval day = ohm_civil_day(&tz, t);
            assert_true(day.from_ms <= t && t < day.to_ms);
        }
    }
}

static void the_ends_of_time_are_total(void **state)
{
    (void)state;
    ohm_tz tz = zone("Europe/Paris");
    const ohm_ms instants[] = { INT64_MIN + 1, INT64_MAX, INT64_MIN / 2, -62167219200000,
                                253402300799999 };
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        ohm_civil c = ohm_civil_from_utc(&tz, instants[i]);
        assert_true(ohm_date_valid(c.date.year, c.date.month, c.date.day));
        char text[OHM_RFC3339_MAX];
        assert_true(ohm_rfc3339_write(instants[i], text) < sizeof text);
        (void)ohm_civil_day(&tz, instants[i]);
    }
    assert_int_equal(ohm_date_from_days(INT64_MAX).year, 9999);
    assert_int_equal(ohm_date_from_days(INT64_MIN).year, 0);
}

static void weekdays(void **state)
{
    (void)state;
    assert_int_equal(ohm_date_weekday((ohm_date){ 1970, 1, 1 }), 4);
    assert_int_equal(ohm_date_weekday((ohm_date){ 2026, 11, 22 }), 7);
    assert_int_equal(ohm_date_weekday((ohm_date){ 2000, 2, 29 }), 2);
    assert_int_equal(ohm_date_weekday((ohm_date){ 1969, 12, 28 }), 7);
    assert_true(ohm_date_valid(2024, 2, 29));
    assert_false(ohm_date_valid(1900, 2, 29));
    assert_false(ohm_date_valid(2026, 13, 1));
    assert_false(ohm_date_valid(2026, 4, 31));
}

static void rfc3339_reads_and_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code code;
        const char *written;
    } rows[] = {
        { "as written", "2023-11-10T09:58:50Z", OHM_OK, "2023-11-10T09:58:50Z" },
        { "offset", "2023-11-10T10:58:50+01:00", OHM_OK, "2023-11-10T09:58:50Z" },
        { "negative offset over midnight", "2023-11-10T22:00:00-03:30", OHM_OK,
          "2023-11-11T01:30:00Z" },
        { "milliseconds", "2023-11-10T09:58:50.25Z", OHM_OK, "2023-11-10T09:58:50.250Z" },
        { "nanoseconds are cut", "2023-11-10T09:58:50.123999999Z", OHM_OK,
          "2023-11-10T09:58:50.123Z" },
        { "before 1970", "1969-12-31T23:59:59.5Z", OHM_OK, "1969-12-31T23:59:59.500Z" },
        { "leap second", "2016-12-31T23:59:60Z", OHM_OK, "2017-01-01T00:00:00Z" },
        { "small letters", "2023-11-10t09:58:50z", OHM_OK, "2023-11-10T09:58:50Z" },
        { "no zone", "2023-11-10T09:58:50", OHM_BAD_FORMAT, NULL },
        { "date alone", "2023-11-10", OHM_BAD_FORMAT, NULL },
        { "space", "2023-11-10 09:58:50Z", OHM_BAD_FORMAT, NULL },
        { "junk after", "2023-11-10T09:58:50Zx", OHM_BAD_FORMAT, NULL },
        { "junk after the offset", "2023-11-10T09:58:50+01:000", OHM_BAD_FORMAT, NULL },
        { "offset without colon", "2023-11-10T09:58:50+0100", OHM_BAD_FORMAT, NULL },
        { "empty fraction", "2023-11-10T09:58:50.Z", OHM_BAD_FORMAT, NULL },
        { "month 13", "2023-13-10T09:58:50Z", OHM_RANGE, NULL },
        { "29 February", "2023-02-29T09:58:50Z", OHM_RANGE, NULL },
        { "hour 24", "2023-02-28T24:00:00Z", OHM_RANGE, NULL },
        { "second 60 elsewhere", "2023-02-28T20:12:60Z", OHM_RANGE, NULL },
        { "offset 24", "2023-02-28T20:12:00+24:00", OHM_RANGE, NULL },
        { "year 0 minus", "0000-01-01T00:00:00+01:00", OHM_RANGE, NULL },
        { "empty", "", OHM_BAD_FORMAT, NULL },
        { "endless fraction",
          "2023-11-10T09:58:50.1111111111111111111111111111111111111111111111111111111111111111Z",
          OHM_TOO_BIG, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_ms ms = 0;
        ohm_err err = ohm_rfc3339_parse(ohm_span_text(rows[i].text), &ms);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
        if (!rows[i].written)
            continue;
        char text[OHM_RFC3339_MAX];
        assert_int_equal(ohm_rfc3339_write(ms, text), strlen(rows[i].written));
        assert_string_equal(text, rows[i].written);
    }
}

static void zone_names_stay_in_their_folder(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ohm_code code;
    } rows[] = {
        { "../../etc/passwd", OHM_BAD_FORMAT },
        { "/etc/passwd", OHM_BAD_FORMAT },
        { "Europe/../Europe/Paris", OHM_BAD_FORMAT },
        { "", OHM_BAD_FORMAT },
        { "Europe/Pariss", OHM_UNKNOWN },
        { "Europe", OHM_UNKNOWN },
        { "Europe/Paris/x", OHM_UNKNOWN },
        { "zone1970.tab", OHM_BAD_FORMAT },
        { "Europe/Paris\n", OHM_BAD_FORMAT },
        { "leapseconds", OHM_BAD_FORMAT },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", OHM_TOO_BIG },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_tz tz;
        ohm_err err = ohm_tzdata_load(rows[i].name, &tz);
        if (err.code != rows[i].code)
            fail_msg("'%s': %s (%s)", rows[i].name, ohm_code_name(err.code), err.what);
    }
    setenv("TZDIR", "/nonexistent", 1);
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_IO);
    assert_int_equal(ohm_tzdata_load("UTC", &tz).code, OHM_OK);
    unsetenv("TZDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(local_times_say_what_they_mean),
        cmocka_unit_test(days_have_their_length),
        cmocka_unit_test(every_instant_lies_in_its_day),
        cmocka_unit_test(the_ends_of_time_are_total),
        cmocka_unit_test(weekdays),
        cmocka_unit_test(rfc3339_reads_and_refuses),
        cmocka_unit_test(zone_names_stay_in_their_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
