/* Segments: their order, their values as text, the days of Tempo and EJP; the table of sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "grid/schedule.h"
#include "grid/segments.h"
#include "grid/source.h"
#include "grid/tempo.h"
#include "host/tzdata.h"

static void asking(void **state)
{
    (void)state;
    static const ohm_segment items[] = { { { 10, 20 }, 1, 0 },
                                         { { 20, 30 }, 2, 0 },
                                         { { 50, 60 }, 3, 0 } };
    const ohm_segments segments = { items, 3 };
    static const struct {
        const char *why;
        ohm_ms at_ms;
        int want; /* mantissa; 0 = nothing is said */
    } rows[] = { { "before all", 9, 0 }, { "a start is in", 10, 1 }, { "an end is out", 20, 2 },
                 { "in a gap", 30, 0 },  { "the last", 59, 3 },      { "after all", 60, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_segment *segment = ohm_segments_at(segments, rows[i].at_ms);
        if ((segment ? (int)segment->mantissa : 0) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
    assert_true(ohm_segments_end(segments) == 60);
    assert_true(ohm_segments_end((ohm_segments){ NULL, 0 }) == OHM_NO_MS);
    assert_null(ohm_segments_at((ohm_segments){ NULL, 0 }, 1));
    static const struct {
        ohm_ms at_ms;
        bool near;
    } places[] = { { 4, false },  { 5, true },  { 15, true }, { 30, true },
                   { 36, false }, { 45, true }, { 65, true }, { 66, false } };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_int_equal(ohm_segments_near(segments, places[i].at_ms, 5), places[i].near);
    assert_false(ohm_segments_near((ohm_segments){ NULL, 0 }, 10, 5));
}

static void order(void **state)
{
    (void)state;
    ohm_segment items[] = { { { 10, 20 }, 1, 0 }, { { 20, 30 }, 2, 0 } };
    size_t at = 9;
    assert_true(ohm_segments_in_order((ohm_segments){ items, 2 }, &at));
    assert_int_equal(at, 9);
    items[1].when.from_ms = 19;
    assert_false(ohm_segments_in_order((ohm_segments){ items, 2 }, &at));
    assert_int_equal(at, 1);
    items[0].when.to_ms = 10;
    assert_false(ohm_segments_in_order((ohm_segments){ items, 2 }, NULL));
}

static void values(void **state)
{
    (void)state;
    static const struct {
        int64_t mantissa;
        int exponent;
        ohm_segment_unit unit;
        const char *want;
    } rows[] = { { 612, -1, OHM_UNIT_EUR_PER_MWH, "61.2" },
                 { -45, -1, OHM_UNIT_EUR_PER_MWH, "-4.5" },
                 { 2688, -1, OHM_UNIT_EUR_PER_MWH, "268.8" },
                 { 17, 1, OHM_UNIT_EUR_PER_MWH, "170" },
                 { -1, -2, OHM_UNIT_EUR_PER_MWH, "-0.01" },
                 { 0, 0, OHM_UNIT_CELSIUS, "0" },
                 { 3, 0, OHM_UNIT_COLOUR, "RED" },
                 { 2, 0, OHM_UNIT_COLOUR, "WHITE" },
                 { 1, 0, OHM_UNIT_COLOUR, "BLUE" },
                 { 7, 0, OHM_UNIT_COLOUR, "7" },
                 { 999999999999999, -15, OHM_UNIT_W, "0.999999999999999" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[OHM_SEGMENT_VALUE_MAX];
        const ohm_segment segment = { { 0, 1 }, rows[i].mantissa, rows[i].exponent };
        assert_int_equal(ohm_segment_write(&segment, rows[i].unit, text), strlen(rows[i].want));
        assert_string_equal(text, rows[i].want);
    }
    const ohm_segment a = { { 0, 1 }, 50, -1 }, b = { { 5, 9 }, 5, 0 }, c = { { 0, 1 }, 5, -1 };
    assert_true(ohm_segment_same_value(&a, &b));
    assert_false(ohm_segment_same_value(&a, &c));
}

static void colours(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        ohm_colour want;
    } rows[] = { { "BLUE", OHM_COLOUR_BLUE },         { "Bleu", OHM_COLOUR_BLUE },
                 { "TEMPO_BLANC", OHM_COLOUR_WHITE }, { "white", OHM_COLOUR_WHITE },
                 { "TEMPO_ROUGE", OHM_COLOUR_RED },   { "RED", OHM_COLOUR_RED },
                 { "", OHM_COLOUR_UNKNOWN },          { "TEMPO_", OHM_COLOUR_UNKNOWN },
                 { "REDS", OHM_COLOUR_UNKNOWN } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ohm_colour_of(ohm_span_text(rows[i].word)), rows[i].want);
    assert_null(ohm_colour_name(0));
    assert_null(ohm_colour_name(4));
    assert_null(ohm_colour_name(-1));
}

/* Every instant of ten years belongs to exactly one Tempo day, and the day knows its date. */
static void tempo_days(void **state)
{
    (void)state;
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    int64_t first = ohm_days_from_date((ohm_date){ 2014, 9, 1 });
    int lengths[3] = { 0 };
    for (int64_t day = first; day < first + 3653; day++) {
        ohm_interval when = ohm_tempo_day(&tz, ohm_date_from_days(day));
        int hours = (int)((when.to_ms - when.from_ms) / OHM_HOUR_MS);
        assert_in_range(hours, 23, 25);
        lengths[hours - 23]++;
        assert_true(ohm_tempo_day(&tz, ohm_date_from_days(day + 1)).from_ms == when.to_ms);
        assert_true(ohm_days_from_date(ohm_tempo_date(&tz, when.from_ms)) == day);
        assert_true(ohm_days_from_date(ohm_tempo_date(&tz, when.to_ms - 1)) == day);
        ohm_interval peak, rest;
        ohm_ejp_day(&tz, ohm_date_from_days(day), &peak, &rest);
        assert_true(peak.from_ms == when.from_ms + OHM_HOUR_MS);
        assert_true(peak.to_ms == rest.from_ms && rest.to_ms == when.to_ms + OHM_HOUR_MS);
    }
    assert_int_equal(lengths[0], 10);
    assert_int_equal(lengths[2], 10);
}

static ohm_ms at(const char *text)
{
    ohm_ms ms = 0;
    assert_int_equal(ohm_rfc3339_parse(ohm_span_text(text), &ms).code, OHM_OK);
    return ms;
}

static void states(void **state)
{
    (void)state;
    static const ohm_segment items[] = { { { 0, 100 * OHM_HOUR_MS }, 1, 0 } };
    const ohm_segments known = { items, 1 };
    const ohm_ms hour = OHM_HOUR_MS;
    static const struct {
        const char *why;
        int fetched_h, now_h;
        ohm_signal_state want;
    } rows[] = { { "just come", 10, 10, OHM_SIGNAL_FRESH },
                 { "within its time", 10, 16, OHM_SIGNAL_FRESH },
                 { "older, and still in force", 10, 17, OHM_SIGNAL_STALE },
                 { "from a clock that was ahead", 20, 10, OHM_SIGNAL_STALE },
                 { "over", 99, 100, OHM_SIGNAL_NONE } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_segments_state(known, rows[i].fetched_h * hour, 6 * hour, rows[i].now_h * hour) !=
            rows[i].want)
            fail_msg("%s", rows[i].why);
    assert_int_equal(ohm_segments_state((ohm_segments){ NULL, 0 }, 0, hour, 0), OHM_SIGNAL_NONE);
    assert_int_equal(ohm_segments_state(known, OHM_NO_MS, hour, hour), OHM_SIGNAL_STALE);
    for (int i = 0; i < OHM_SOURCES_COUNT; i++)
        assert_in_range(ohm_pace_stale_ms((ohm_source)i), OHM_HOUR_MS, 36 * hour);
}

/* A season counts from 1 September 06:00; a meter's words; what is assumed. */
static void tempo_season(void **state)
{
    (void)state;
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    ohm_segment days[6], told[2];
    static const ohm_date dates[] = { { 2025, 8, 31 }, { 2025, 9, 1 },  { 2025, 12, 1 },
                                      { 2025, 12, 2 }, { 2026, 1, 15 }, { 2026, 1, 16 } };
    static const int colours[] = { 1, 1, 2, 3, 3, 3 };
    for (int i = 0; i < 6; i++)
        days[i] = (ohm_segment){ ohm_tempo_day(&tz, dates[i]), colours[i], 0 };
    uint16_t used[OHM_COLOUR_RED + 1];
    ohm_tempo_used((ohm_segments){ days, 6 }, &tz, at("2026-01-16T04:59:00Z"), used);
    assert_int_equal(used[OHM_COLOUR_BLUE], 1);
    assert_int_equal(used[OHM_COLOUR_WHITE], 1);
    assert_int_equal(used[OHM_COLOUR_RED], 2);

    assert_int_equal(ohm_tempo_told(&tz, dates[4], OHM_COLOUR_RED, OHM_COLOUR_UNKNOWN, told), 1);
    assert_true(told[0].when.from_ms == days[4].when.from_ms);
    assert_int_equal(ohm_tempo_told(&tz, dates[4], OHM_COLOUR_UNKNOWN, OHM_COLOUR_BLUE, told), 1);
    assert_true(told[0].when.from_ms == days[5].when.from_ms);

    assert_int_equal(ohm_tempo_assumed(&tz, at("2026-01-15T12:00:00Z")), OHM_COLOUR_WHITE);
    assert_int_equal(ohm_tempo_assumed(&tz, at("2026-01-15T21:00:00Z")), OHM_COLOUR_BLUE);
    assert_int_equal(ohm_tempo_assumed(&tz, at("2026-06-15T12:00:00Z")), OHM_COLOUR_BLUE);
    assert_int_equal(ohm_tempo_assumed(&tz, at("2026-11-01T05:00:00Z")), OHM_COLOUR_WHITE);
}

static void sources(void **state)
{
    (void)state;
    for (int i = 0; i < OHM_SOURCES_COUNT; i++) {
        ohm_source found;
        const ohm_source_row *row = ohm_source_of((ohm_source)i);
        assert_int_equal(ohm_source_find(ohm_span_text(row->name), &found), OHM_OK);
        assert_int_equal(found, i);
    }
    ohm_source none;
    assert_int_equal(ohm_source_find(ohm_span_text("tempos"), &none), OHM_UNKNOWN);
    for (int i = 0; i < OHM_UNITS_COUNT; i++)
        assert_non_null(ohm_segment_unit_name((ohm_segment_unit)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asking),  cmocka_unit_test(order),        cmocka_unit_test(values),
        cmocka_unit_test(colours), cmocka_unit_test(tempo_days),   cmocka_unit_test(sources),
        cmocka_unit_test(states),  cmocka_unit_test(tempo_season),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
