/* Lists of holidays as people write them; the French ones. */
#include "analysis/holidays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t days(int year, int month, int day)
{
    return ohm_days_from_date((ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)day });
}

static void lists_as_they_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code code;
        int count;
    } rows[] = {
        { "a line each", "2026-05-01\n2026-05-08\n", OHM_OK, 2 },
        { "a head and names", "date,name\n2026-05-01,Fête du travail\n2026-12-25,Noël\n", OHM_OK,
          2 },
        { "the JSON of a calendar", "{\"2026-05-01\":\"1er mai\",\"2026-05-08\":\"8 mai\"}", OHM_OK,
          2 },
        { "as the French write", "01/05/2026;Fête du travail", OHM_OK, 1 },
        { "times of days", "2026-05-01T00:00:00Z\n", OHM_OK, 1 },
        { "a closure", "2026-08-03,2026-08-14", OHM_OK, 12 },
        { "a closure with dots", "2026-08-03..2026-08-04", OHM_OK, 2 },
        { "a closure and its name", "2026-08-03,2026-08-04,été", OHM_OK, 2 },
        { "three dates on a line", "2026-01-01, 2026-04-06, 2026-05-01", OHM_OK, 3 },
        { "two days by their names", "2026-01-01 An, 2026-04-06 Pâques", OHM_OK, 2 },
        { "two lines are no closure", "2026-01-01,\n2026-04-06", OHM_OK, 2 },
        { "a comment", "# made 2026-02-03\n2026-05-01 # not 2026-05-02\n", OHM_OK, 1 },
        { "a number sign in a name", "{\"2026-05-01\":\"n#1\",\"2026-05-08\":\"\"}", OHM_OK, 2 },
        { "twice the same", "2026-05-01\n2026-05-01\n", OHM_OK, 1 },
        { "out of order", "2026-05-08\n2026-05-01\n", OHM_OK, 2 },
        { "no such day", "2026-02-30", OHM_END, 0 },
        { "part of a number", "12026-05-01 2026-05-011", OHM_END, 0 },
        { "nothing", "", OHM_END, 0 },
        { "ends before it begins", "2026-08-14,2026-08-03", OHM_RANGE, 0 },
        { "longer than a year", "2024-01-01,2026-01-01", OHM_RANGE, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_closed_days got;
        ohm_err err = ohm_holidays_parse(ohm_span_text(rows[i].text), &got);
        if (err.code != rows[i].code || got.count != rows[i].count)
            fail_msg("%s: %s, %d days", rows[i].why, ohm_code_name(err.code), got.count);
    }
}

static void the_french_ones(void **state)
{
    (void)state;
    ohm_closed_days got = { .count = 0 };
    assert_int_equal(ohm_holidays_french(2026, &got).code, OHM_OK);
    assert_int_equal(got.count, OHM_HOLIDAYS_FRENCH);
    static const uint8_t wanted[][2] = { { 1, 1 },  { 4, 6 },   { 5, 1 },  { 5, 8 },
                                         { 5, 14 }, { 5, 25 },  { 7, 14 }, { 8, 15 },
                                         { 11, 1 }, { 11, 11 }, { 12, 25 } };
    for (int i = 0; i < OHM_HOLIDAYS_FRENCH; i++)
        assert_int_equal(got.days[i], days(2026, wanted[i][0], wanted[i][1]));
    assert_true(ohm_holidays_has(&got, days(2026, 4, 6)));
    assert_false(ohm_holidays_has(&got, days(2026, 4, 7)));
    for (int year = 2027; year < 2700; year++)
        if (ohm_failed(ohm_holidays_french(year, &got)))
            break;
    assert_int_equal(got.count, OHM_HOLIDAYS_MAX); /* and no further */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_as_they_are_found),
        cmocka_unit_test(the_french_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
