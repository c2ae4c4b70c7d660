/* Calendars of days' colours, from YAML. */
#include "config/tariff_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DAYS = 60 };

typedef struct told {
    char text[512];
} told;

static void keep(void *ctx, const char *text)
{
    told *t = ctx;
    size_t len = strlen(t->text);
    (void)snprintf(t->text + len, sizeof t->text - len, "%s\n", text);
}

static int64_t day(int year, int month, int date)
{
    return ohm_days_from_date((ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)date });
}

static ohm_code read_days(const char *yaml, int64_t first_day, uint8_t codes[static DAYS], told *t)
{
    *t = (told){ "" };
    ohm_schema_report report = { keep, t, 0 };
    memset(codes, OHM_DAY_UNKNOWN, DAYS);
    return ohm_calendar_read(ohm_span_text(yaml), "mine.yaml", first_day, codes, DAYS, &report);
}

/* What is known has a colour, blue where none is said; what lies outside has none. */
static void a_calendar_fills_what_it_knows(void **state)
{
    (void)state;
    uint8_t codes[DAYS];
    told t;
    const int64_t first = day(2024, 12, 1);
    assert_int_equal(
        read_days("kind: tempo\nsource: test\nfrom: 2024-12-10\nto: 2025-01-10\n"
                  "seasons:\n  - season: 2024-2025\n    red: [2025-01-02, 2025-01-03]\n"
                  "    white: [2024-12-28, 2030-01-01]\n",
                  first, codes, &t),
        OHM_OK);
    assert_string_equal(t.text, "");
    static const struct {
        int month, date;
        ohm_day_code want;
    } rows[] = { { 12, 9, OHM_DAY_UNKNOWN }, { 12, 10, OHM_DAY_BLUE },  { 12, 28, OHM_DAY_WHITE },
                 { 1, 1, OHM_DAY_BLUE },     { 1, 2, OHM_DAY_RED },     { 1, 3, OHM_DAY_RED },
                 { 1, 9, OHM_DAY_BLUE },     { 1, 10, OHM_DAY_UNKNOWN } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at = day(rows[i].month == 12 ? 2024 : 2025, rows[i].month, rows[i].date) - first;
        if (codes[at] != rows[i].want)
            fail_msg("%d-%d: %d", rows[i].month, rows[i].date, codes[at]);
    }
}

/* Out of its season an EJP day can't be: normal in any year, known or not. */
static void a_season_tells_the_rest_of_the_year(void **state)
{
    (void)state;
    uint8_t codes[DAYS];
    told t;
    static const char yaml[] = "kind: ejp\nsource: test\nfrom: 2024-11-01\nto: 2024-11-15\n"
                               "peak_season: 11-01/03-31\nseasons:\n"
                               "  - {season: 2024-2025, peak: [2024-11-12]}\n";
    const int64_t first = day(2024, 10, 20);
    assert_int_equal(read_days(yaml, first, codes, &t), OHM_OK);
    assert_int_equal(codes[0], OHM_DAY_NORMAL); /* October */
    assert_int_equal(codes[day(2024, 11, 11) - first], OHM_DAY_NORMAL);
    assert_int_equal(codes[day(2024, 11, 12) - first], OHM_DAY_PEAK);
    assert_int_equal(codes[day(2024, 11, 15) - first], OHM_DAY_UNKNOWN);
    assert_int_equal(read_days(yaml, day(2031, 4, 1), codes, &t), OHM_OK);
    assert_int_equal(codes[0], OHM_DAY_NORMAL);
    assert_int_equal(read_days(yaml, day(2031, 3, 31), codes, &t), OHM_OK);
    assert_int_equal(codes[0], OHM_DAY_UNKNOWN);
}

static void a_wrong_calendar_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "empty", "", "mine.yaml" },
        { "another kind", "kind: zen\nsource: t\nfrom: 2024-01-01\nto: 2025-01-01\nseasons: []\n",
          "mine.yaml:1" },
        { "no such date", "kind: tempo\nsource: t\nfrom: 2024-02-30\nto: 2025-01-01\nseasons: []\n",
          "mine.yaml:3" },
        { "no source", "kind: tempo\nfrom: 2024-01-01\nto: 2025-01-01\nseasons: []\n", "source" },
        { "a colour that none is",
          "kind: tempo\nsource: t\nfrom: 2024-01-01\nto: 2025-01-01\nseasons:\n"
          "  - {season: s, green: [2024-01-02]}\n",
          "mine.yaml:6" },
        { "not YAML", "kind: [", "mine.yaml" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t codes[DAYS];
        told t;
        ohm_code code = read_days(rows[i].yaml, day(2024, 1, 1), codes, &t);
        if (code == OHM_OK || !strstr(t.text, rows[i].says))
            fail_msg("%s: %d, %s", rows[i].why, code, t.text);
        for (int k = 0; k < DAYS; k++)
            assert_int_equal(codes[k], OHM_DAY_UNKNOWN); /* nothing of it is taken */
    }
}

/* 22 red days a season, on weekdays from November to March; 2019 had 18. */
static void the_shipped_tempo_has_its_seasons(void **state)
{
    (void)state;
    static uint8_t codes[366 * 13];
    ohm_contract contract;
    ohm_contract_init(&contract);
    assert_int_equal(ohm_calendar_shipped(&contract, day(2014, 9, 1), codes, sizeof codes),
                     OHM_UNKNOWN);
    contract.codes = 1 << OHM_DAY_RED;
    assert_int_equal(ohm_calendar_shipped(&contract, day(2014, 9, 1), codes, sizeof codes), OHM_OK);
    for (int year = 2014; year < 2025; year++) {
        int red = 0;
        for (int64_t d = day(year, 9, 1); d < day(year + 1, 9, 1); d++) {
            uint8_t code = codes[d - day(2014, 9, 1)];
            assert_int_not_equal(code, OHM_DAY_UNKNOWN);
            ohm_date date = ohm_date_from_days(d);
            red += code == OHM_DAY_RED;
            if (code == OHM_DAY_RED)
                assert_true((date.month >= 11 || date.month <= 3) && ohm_date_weekday(date) <= 5);
        }
        assert_int_equal(red, year == 2019 ? 18 : 22);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calendar_fills_what_it_knows),
        cmocka_unit_test(a_season_tells_the_rest_of_the_year),
        cmocka_unit_test(a_wrong_calendar_says_where),
        cmocka_unit_test(the_shipped_tempo_has_its_seasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
