/* Kinds of days, contracts with calendars, and the shipped files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"

static ohm_tz paris;
static ohm_tariff tariff;
static char said[4096];

static void collect(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s\n", text);
}

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ? -1 : 0;
}

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    ohm_err err = ohm_rfc3339_parse(ohm_span_text(text), &ms);
    if (ohm_failed(err))
        fail_msg("%s: %s", text, err.what);
    return ms;
}

static ohm_code read_text(const char *yaml)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { collect, NULL, 0 };
    said[0] = '\0';
    return ohm_tariff_read(ohm_span_text(yaml), "own.yaml", &wish, &tariff, &report);
}

static void shipped(const char *name)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { collect, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    said[0] = '\0';
    if (!asset || ohm_tariff_read(asset->bytes, name, &wish, &tariff, &report) != OHM_OK)
        fail_msg("%s: %s", name, said);
}

/* Dates of Easter and of French holidays as almanacs give them. */
static void holidays_are_computed(void **state)
{
    (void)state;
    static const ohm_date easters[] = { { 1961, 4, 2 },  { 2000, 4, 23 }, { 2008, 3, 23 },
                                        { 2024, 3, 31 }, { 2025, 4, 20 }, { 2026, 4, 5 },
                                        { 2038, 4, 25 } };
    for (size_t i = 0; i < sizeof easters / sizeof *easters; i++)
        assert_int_equal(ohm_days_from_date(ohm_easter(easters[i].year)),
                         ohm_days_from_date(easters[i]));
    static const struct {
        const char *why;
        ohm_date date;
        bool fr, alsace;
    } rows[] = {
        { "Easter Monday", { 2025, 4, 21 }, true, true },
        { "Good Friday", { 2025, 4, 18 }, false, true },
        { "Ascension", { 2025, 5, 29 }, true, true },
        { "Whit Monday", { 2025, 6, 9 }, true, true },
        { "Whit Monday at its latest", { 2038, 6, 14 }, true, true },
        { "Easter Sunday is no holiday of the law", { 2025, 4, 20 }, false, false },
        { "26 December", { 2025, 12, 26 }, false, true },
        { "11 November", { 2025, 11, 11 }, true, true },
        { "an ordinary day", { 2025, 11, 12 }, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (ohm_is_holiday(OHM_HOLIDAYS_FR, rows[i].date) != rows[i].fr ||
            ohm_is_holiday(OHM_HOLIDAYS_FR_ALSACE_MOSELLE, rows[i].date) != rows[i].alsace)
            fail_msg("%s", rows[i].why);
        assert_false(ohm_is_holiday(OHM_HOLIDAYS_NONE, rows[i].date));
    }
}

static void every_shipped_contract_is_whole(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int va, rows_min;
    } rows[] = {
        { "bleu-base-3kva", 3000, 22 },  { "bleu-base-6", 6000, 22 },
        { "edf-hchp-6kva", 6000, 22 },   { "edf-hphc-36kva", 36000, 22 },
        { "bleu-tempo-9kva", 9000, 18 }, { "tempo-36kva", 36000, 18 },
        { "bleu-ejp-12kva", 12000, 6 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        shipped(rows[i].name);
        assert_int_equal(tariff.contract.subscribed_va, rows[i].va);
        if (tariff.contract.rows_count < rows[i].rows_min)
            fail_msg("%s has %u rows", rows[i].name, tariff.contract.rows_count);
        for (int r = 0; r < tariff.contract.rows_count; r++)
            assert_true(tariff.sources[r][0]);
    }
    int64_t va;
    assert_null(ohm_tariff_find("bleu-nothing-6kva", &va));
    assert_null(ohm_tariff_find("", &va));
}

/* The night before a red day is of the colour of its eve; the price holds until it changes. */
static void tempo_changes_colour_at_six(void **state)
{
    (void)state;
    enum { DAYS = 400 };
    static uint8_t bytes[DAYS];
    shipped("bleu-tempo-9kva");
    ohm_day_codes codes = { ohm_days_from_date((ohm_date){ 2024, 11, 1 }), DAYS, bytes, NULL,
                            OHM_DAY_UNKNOWN };
    assert_int_equal(ohm_calendar_shipped(&tariff.contract, codes.first_day, bytes, DAYS), OHM_OK);
    /* 2025-01-12, a Sunday, was blue; 2025-01-13 was red, as RTE published. */
    static const struct {
        const char *why, *time, *period;
        int64_t ueur;
        const char *until;
    } rows[] = {
        { "the eve's colour until 06:00", "2025-01-13T04:59:59Z", "blue_hc", 129600,
          "2025-01-13T05:00:00Z" },
        { "the red day begins at 06:00", "2025-01-13T05:00:00Z", "red_hp", 756200,
          "2025-01-13T21:00:00Z" },
        { "its night is red", "2025-01-13T22:30:00Z", "red_hc", 156800, "2025-01-14T05:00:00Z" },
    };
    const char *date = "2025-01-13";
    if (ohm_day_code_at(&codes, tariff.contract.codes,
                        ohm_days_from_date((ohm_date){ 2025, 1, 13 })) != OHM_DAY_RED ||
        ohm_day_code_at(&codes, tariff.contract.codes,
                        ohm_days_from_date((ohm_date){ 2025, 1, 12 })) != OHM_DAY_BLUE)
        fail_msg("%s is not the first red day of its week", date);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_price price;
        assert_int_equal(
            ohm_contract_price(&tariff.contract, &paris, &codes, at(rows[i].time), &price), OHM_OK);
        bool same = !strcmp(tariff.contract.periods[price.period].id, rows[i].period);
        if (!same || price.ueur_per_kwh != rows[i].ueur || price.until_ms != at(rows[i].until))
            fail_msg("%s: %s %lld until %lld", rows[i].why,
                     tariff.contract.periods[price.period].id, (long long)price.ueur_per_kwh,
                     (long long)price.until_ms);
    }
    ohm_price price;
    assert_int_equal(ohm_contract_price(&tariff.contract, &paris, NULL, at(rows[0].time), &price),
                     OHM_GAP);
    codes.otherwise = OHM_DAY_WHITE;
    codes.count = 0;
    assert_int_equal(ohm_contract_price(&tariff.contract, &paris, &codes, at(rows[1].time), &price),
                     OHM_OK);
    assert_int_equal(price.ueur_per_kwh, 189400);
}

#define HEAD "name: own\nperiods: [day, night]\n"
#define ROWS                                                                                       \
    "rows:\n  - {from: 2025-01-01, prices: {day: 0.2, night: 0.1}, subscription: 120, source: "    \
    "mine}\n"

static void own_contracts_are_checked_with_their_lines(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "whole",
          HEAD "slots:\n  - {period: day, hours: [06:00-22:00]}\n"
               "  - {period: night, hours: [22:00-06:00]}\n" ROWS,
          "" },
        { "a gap",
          HEAD "slots:\n  - {period: day, hours: [06:00-22:00]}\n"
               "  - {period: night, hours: [22:30-06:00]}\n" ROWS,
          "own.yaml:4: slots: no slot covers a part of the day: at 22:00 of a day like 01-01" },
        { "an overlap",
          HEAD "slots:\n  - {period: day, hours: [05:00-22:00]}\n"
               "  - {period: night, hours: [22:00-06:00]}\n" ROWS,
          "own.yaml:5: slots: two slots overlap: at 05:00 of a day like 01-01 (the other is on "
          "line 4)" },
        { "a gap on summer Sundays only",
          HEAD "slots:\n  - {period: day, hours: [06:00-22:00], days: mon-sat}\n"
               "  - {period: night, hours: [22:00-06:00]}\n"
               "  - {period: night, hours: [06:00-22:00], days: sun, season: 10-01/04-30}\n" ROWS,
          "no slot covers a part of the day: at 06:00 of a day like 05-01" },
        { "a price is missing",
          HEAD "rest: day\nrows:\n  - {from: 2025-01-01, prices: {day: 0.2}, "
               "subscription: 1, source: mine}\n",
          "own.yaml:5: rows: a price row lacks a price" },
        { "a price of no period",
          HEAD "rest: day\nrows:\n  - {from: 2025-01-01, prices: {day: "
               "0.2, nigth: 0.1}, subscription: 1, source: mine}\n",
          "own.yaml:5: prices: 'nigth' is none of the periods" },
        { "rows out of order",
          HEAD "rest: day\n" ROWS "  - {from: 2024-01-01, prices: {day: 0.2, night: 0.1}, "
               "subscription: 1, source: mine}\n",
          "own.yaml:6: rows: price rows must follow each other by date" },
        { "a holiday without holidays",
          HEAD "rest: day\nslots:\n  - {period: night, holiday: only}\n" ROWS,
          "own.yaml:5: slots: 'holiday' needs 'holidays: fr'" },
        { "no source",
          HEAD "rest: day\nrows:\n  - {from: 2025-01-01, prices: {day: 0.2, night: "
               "0.1}}\n",
          "'source' is missing" },
        { "a weekday that is none",
          HEAD "rest: day\nslots:\n  - {period: night, days: mon-fry}\n" ROWS,
          "'mon-fry' is not accepted (days such as mon-fri or sat,sun)" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = read_text(rows[i].yaml);
        if ((code == OHM_OK) != !rows[i].says[0] || !strstr(said, rows[i].says))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

/* Seasons, weekdays, holidays and dates of validity, as an off-peak reform makes them. */
static void slots_hold_on_their_days_only(void **state)
{
    (void)state;
    const char *yaml =
        "name: reform\nperiods: [hp, hc]\nrest: hp\nholidays: fr\nslots:\n"
        "  - {period: hc, hours: [22:00-06:00], to: 2025-11-01}\n"
        "  - {period: hc, hours: [23:00-05:00], from: 2025-11-01}\n"
        "  - {period: hc, hours: [12:00-14:00], from: 2025-11-01, season: 04-01/10-31}\n"
        "  - {period: hc, hours: [05:00-07:00], from: 2025-11-01, holiday: only}\n"
        "  - {period: hc, hours: [06:00-08:00], from: 2025-11-01, days: \"sat,sun\", holiday: "
        "never}\nrows:\n"
        "  - {from: 2025-01-01, prices: {hp: 0.2, hc: 0.1}, subscription: 120, source: mine}\n";
    if (read_text(yaml) != OHM_OK)
        fail_msg("%s", said);
    static const struct {
        const char *why, *time;
        int64_t ueur;
    } rows[] = {
        { "before the reform", "2025-10-31T21:30:00Z", 100000 },
        { "after it, 22:30", "2025-11-01T21:30:00Z", 200000 },
        { "after it, 23:30", "2025-11-01T22:30:00Z", 100000 },
        { "noon in winter", "2026-03-31T10:30:00Z", 200000 },
        { "noon in summer", "2026-04-01T10:30:00Z", 100000 },
        { "06:30 of a Tuesday", "2026-03-10T05:30:00Z", 200000 },
        { "06:30 of a holiday on a Monday", "2026-04-06T04:30:00Z", 100000 },
        { "06:30 of a Sunday", "2026-03-15T05:30:00Z", 100000 },
        { "07:30 of a Saturday that is a holiday", "2026-08-15T05:30:00Z", 200000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_price price;
        assert_int_equal(
            ohm_contract_price(&tariff.contract, &paris, NULL, at(rows[i].time), &price), OHM_OK);
        if (price.ueur_per_kwh != rows[i].ueur)
            fail_msg("%s: %lld", rows[i].why, (long long)price.ueur_per_kwh);
    }
}

static void a_superseded_price_is_told(void **state)
{
    (void)state;
    const char *yaml = "name: old\nrows:\n  - {from: 2025-01-01, to: 2026-02-01, prices: {base: "
                       "0.2}, subscription: 1, source: mine}\n";
    assert_int_equal(read_text(yaml), OHM_OK);
    assert_int_equal(tariff.contract.superseded.year, 2026);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holidays_are_computed),
        cmocka_unit_test(every_shipped_contract_is_whole),
        cmocka_unit_test(tempo_changes_colour_at_six),
        cmocka_unit_test(own_contracts_are_checked_with_their_lines),
        cmocka_unit_test(slots_hold_on_their_days_only),
        cmocka_unit_test(a_superseded_price_is_told),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
