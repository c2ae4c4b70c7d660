#include "fetch/ecowatt_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/tzdata.h"

static ohm_tz paris;

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris));
}

static ohm_err parse(const char *body, ohm_signal_set *out)
{
    return ohm_ecowatt_body_to_set(ohm_span_text(body), &paris, 5, out);
}

#define DAY(made, date, values)                                                                    \
    "{\"GenerationFichier\":\"" made "\",\"jour\":\"" date "\",\"dvalue\":1,"                      \
    "\"message\":\"Pas d\xe2\x80\x99"                                                              \
    "alerte.\",\"values\":[" values "]}"
#define MADE     "2026-01-14T23:00:00+01:00"
#define LATER    "2026-01-15T15:36:43+01:00"
#define THURSDAY "2026-01-15T00:00:00+01:00"

static void bodies_say_their_hours(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body;
        const char *want; /* "hh:level" in UTC, from the first */
    } rows[] = {
        { "no signals", "{\"signals\":[]}", "" },
        { "byte order mark", "\xef\xbb\xbf {\"signals\":[]}\n", "" },
        { "one hour", "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":2}") "]}",
          "07:2" },
        { "any order",
          "{\"signals\":[" DAY(MADE, THURSDAY,
                               "{\"pas\":9,\"hvalue\":3},{\"pas\":8,\"hvalue\":0}") "]}",
          "07:0 08:3" },
        { "unknown levels are kept",
          "{\"signals\":[" DAY(MADE, THURSDAY,
                               "{\"pas\":8,\"hvalue\":4},{\"pas\":9,\"hvalue\":-1}") "]}",
          "07:4 08:-1" },
        { "null and missing levels are not known",
          "{\"signals\":[" DAY(MADE, THURSDAY,
                               "{\"pas\":8,\"hvalue\":null},{\"pas\":9},{\"pas\":10,"
                               "\"hvalue\":1}") "]}",
          "09:1" },
        { "the worst of two",
          "{\"signals\":[" DAY(MADE, THURSDAY,
                               "{\"pas\":8,\"hvalue\":3},{\"pas\":8,\"hvalue\":1}") "]}",
          "07:3" },
        { "the newest of one day wins, all of it",
          "{\"signals\":[" DAY(LATER, THURSDAY, "{\"pas\":8,\"hvalue\":1}") "," DAY(
              MADE, THURSDAY, "{\"pas\":8,\"hvalue\":3},{\"pas\":9,\"hvalue\":3}") "]}",
          "07:1" },
        { "of equals the worst",
          "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":1}") "," DAY(
              MADE, THURSDAY, "{\"pas\":8,\"hvalue\":3},{\"pas\":9,\"hvalue\":1}") "]}",
          "07:3 08:1" },
        { "a date in UTC",
          "{\"signals\":[" DAY(MADE, "2026-01-14T23:00:00Z", "{\"pas\":8,\"hvalue\":2}") "]}",
          "07:2" },
        { "the offset of the wrong season",
          "{\"signals\":[" DAY(MADE, "2026-01-15T00:00:00+02:00", "{\"pas\":8,\"hvalue\":2}") "]}",
          "07:2" },
        { "spring: step 2 does not exist",
          "{\"signals\":[" DAY(MADE, "2026-03-29T00:00:00+01:00",
                               "{\"pas\":1,\"hvalue\":1},{\"pas\":2,\"hvalue\":3},{\"pas\":3,"
                               "\"hvalue\":2}") "]}",
          "00:1 01:2" },
        { "autumn: step 2 lasts two hours",
          "{\"signals\":[" DAY(MADE, "2026-10-25T00:00:00+02:00",
                               "{\"pas\":1,\"hvalue\":1},{\"pas\":2,\"hvalue\":3},{\"pas\":3,"
                               "\"hvalue\":2}") "]}",
          "23:1 00:3 01:3 02:2" },
        { "no time of making",
          "{\"signals\":[{\"jour\":\"" THURSDAY "\",\"values\":[{\"pas\":0,"
          "\"hvalue\":1}]}]}",
          "23:1" },
        { "no values at all", "{\"signals\":[{\"jour\":\"" THURSDAY "\",\"values\":null}]}", "" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_signal_set set;
        ohm_err err = parse(rows[r].body, &set);
        if (ohm_failed(err))
            fail_msg("%s: %s", rows[r].why, err.what);
        char got[1024] = "";
        size_t at = 0;
        for (uint16_t i = 0; i < set.count; i++) {
            char from[OHM_RFC3339_MAX];
            (void)ohm_rfc3339_write(set.intervals[i].when.from_ms, from);
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%.2s:%d", i ? " " : "", from + 11,
                                   set.intervals[i].level);
        }
        if (strcmp(got, rows[r].want) != 0)
            fail_msg("%s: %s", rows[r].why, got);
    }
}

static void days_have_their_date(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body, *want;
    } rows[] = {
        { "as written", "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":0,\"hvalue\":2}") "]}",
          "2026-01-14T23:00:00Z" },
        { "midnight with the offset of the wrong season",
          "{\"signals\":[" DAY(MADE, "2026-01-15T00:00:00+02:00", "{\"pas\":0,\"hvalue\":2}") "]}",
          "2026-01-14T23:00:00Z" },
        { "the same midnight in UTC",
          "{\"signals\":[" DAY(MADE, "2026-01-14T23:00:00Z", "{\"pas\":0,\"hvalue\":2}") "]}",
          "2026-01-14T23:00:00Z" },
        { "at noon",
          "{\"signals\":[" DAY(MADE, "2026-01-15T12:00:00+01:00", "{\"pas\":0,\"hvalue\":2}") "]}",
          "2026-01-14T23:00:00Z" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_signal_set set;
        assert_int_equal(parse(rows[r].body, &set).code, OHM_OK);
        assert_int_equal(set.count, 1);
        char from[OHM_RFC3339_MAX];
        (void)ohm_rfc3339_write(set.intervals[0].when.from_ms, from);
        if (strcmp(from, rows[r].want) != 0)
            fail_msg("%s: %s", rows[r].why, from);
    }
}

static void refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        ohm_code code;
        const char *what;
    } rows[] = {
        { "", OHM_BAD_FORMAT, "the body is empty" },
        { " \r\n", OHM_BAD_FORMAT, "the body is empty" },
        { "\xef\xbb\xbf", OHM_BAD_FORMAT, "the body is empty" },
        { "<!DOCTYPE HTML><html></html>", OHM_BAD_FORMAT, "the body is a web page, not JSON" },
        { "{\"signals\":[{\"jou", OHM_BAD_FORMAT, "the body is cut short" },
        { "{\"signals\":[]}x", OHM_BAD_FORMAT, "there is text after the end of the body" },
        { "{\"signals\":[],\"signals\":[]}", OHM_BAD_FORMAT, "the body says the same thing twice" },
        { "{\"signals\":\"\xe9\"}", OHM_BAD_FORMAT, "the body is not UTF-8" },
        { "Service Unavailable", OHM_BAD_FORMAT, "the body is not JSON" },
        { "[]", OHM_BAD_FORMAT, "the body is not a JSON object" },
        { "null", OHM_BAD_FORMAT, "the body is not a JSON object" },
        { "{\"error\":\"ECOWATT_COMMON_T05\"}", OHM_BAD_FORMAT,
          "the service answered with an error, not with signals" },
        { "{}", OHM_BAD_FORMAT, "the body has no list of signals" },
        { "{\"signals\":null}", OHM_BAD_FORMAT, "the body has no list of signals" },
        { "{\"signals\":[1]}", OHM_BAD_FORMAT, "a day is not an object" },
        { "{\"signals\":[{\"values\":[]}]}", OHM_BAD_FORMAT, "a day has no date (jour)" },
        { "{\"signals\":[{\"jour\":\"15/01/2026\"}]}", OHM_BAD_FORMAT,
          "a day's date (jour) is not a time" },
        { "{\"signals\":[{\"jour\":\"" THURSDAY "\",\"GenerationFichier\":\"x\"}]}", OHM_BAD_FORMAT,
          "a day's GenerationFichier is not a time" },
        { "{\"signals\":[{\"jour\":\"" THURSDAY "\",\"values\":{}}]}", OHM_BAD_FORMAT,
          "a day's values are not a list" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":24,\"hvalue\":1}") "]}", OHM_RANGE,
          "an hour's pas is not within 0 and 23" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":-1,\"hvalue\":1}") "]}", OHM_RANGE,
          "an hour's pas is not within 0 and 23" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":\"8\",\"hvalue\":1}") "]}", OHM_BAD_FORMAT,
          "an hour's pas is not a whole number" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8.0,\"hvalue\":1}") "]}", OHM_BAD_FORMAT,
          "an hour's pas is not a whole number" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"hvalue\":1}") "]}", OHM_BAD_FORMAT,
          "an hour's pas is not a whole number" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":\"1\"}") "]}", OHM_BAD_FORMAT,
          "an hour's hvalue is not a level" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":1.5}") "]}", OHM_BAD_FORMAT,
          "an hour's hvalue is not a level" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":true}") "]}", OHM_BAD_FORMAT,
          "an hour's hvalue is not a level" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":4294967296}") "]}", OHM_RANGE,
          "an hour's hvalue is not a level" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "{\"pas\":8,\"hvalue\":99999999999999999999}") "]}",
          OHM_RANGE, "a number in the body is too big" },
        { "{\"signals\":[" DAY(MADE, THURSDAY, "8") "]}", OHM_BAD_FORMAT,
          "an hour is not an object" },
        { "{\"signals\":[{},{},{},{},{},{},{},{},{}]}", OHM_TOO_BIG, "the body has too many days" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_signal_set set = { .count = 77 };
        ohm_err err = parse(rows[r].body, &set);
        if (err.code != rows[r].code || strcmp(err.what, rows[r].what) != 0)
            fail_msg("%s: %s (%s)", rows[r].body, err.what, ohm_code_name(err.code));
        assert_int_equal(set.count, 77);
    }
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    ohm_signal_set set;
    char *big = malloc(OHM_ECOWATT_BODY_MAX + 2);
    assert_non_null(big);
    memset(big, '[', OHM_ECOWATT_BODY_MAX + 1);
    big[OHM_ECOWATT_BODY_MAX + 1] = '\0';
    assert_int_equal(parse(big, &set).code, OHM_TOO_BIG);
    big[OHM_ECOWATT_BODY_MAX] = '\0';
    assert_int_equal(parse(big, &set).code, OHM_TOO_BIG); /* nested too deeply */
    size_t at = (size_t)sprintf(big, "{\"signals\":[{\"jour\":\"" THURSDAY "\",\"values\":[");
    for (int i = 0; i <= OHM_ECOWATT_VALUES_MAX; i++)
        at += (size_t)sprintf(big + at, "%s{\"pas\":1,\"hvalue\":1}", i ? "," : "");
    (void)sprintf(big + at, "]}]}");
    assert_int_equal(parse(big, &set).code, OHM_TOO_BIG);
    free(big);
}

static void says_when_it_was_made(void **state)
{
    (void)state;
    ohm_signal_set set;
    assert_int_equal(parse("{\"signals\":[" DAY(LATER, THURSDAY, "") "," DAY(
                               MADE, "2026-01-16T00:00:00+01:00", "") "]}",
                           &set)
                         .code,
                     OHM_OK);
    assert_true(set.made_ms == INT64_C(1768487803000));
    assert_true(set.fetched_ms == 5);
    assert_int_equal(parse("{\"signals\":[]}", &set).code, OHM_OK);
    assert_true(set.made_ms == OHM_NO_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_say_their_hours), cmocka_unit_test(days_have_their_date),
        cmocka_unit_test(refused_with_a_reason),  cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(says_when_it_was_made),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
