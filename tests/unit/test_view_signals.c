/* The signals of a view as JSON: values, ages, and who of several is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "grid/segments.h"
#include "host/tzdata.h"
#include "web/view_signals.h"

#define NOW_MS INT64_C(1768478400000) /* 2026-01-15T12:00:00Z */

enum { TEXT_MAX = 16384 };

static ohm_view *view;

static int make(void **state)
{
    (void)state;
    view = calloc(1, sizeof *view);
    if (!view || ohm_failed(ohm_tzdata_load("Europe/Paris", &view->tz)))
        return -1;
    view->time_ms = NOW_MS;
    return 0;
}

static int drop(void **state)
{
    (void)state;
    free(view);
    return 0;
}

static ohm_view_signal *add(ohm_source source, ohm_segment_unit unit, ohm_signal_state health)
{
    ohm_view_signal *s = &view->signals[view->signals_count++];
    *s = (ohm_view_signal){ .source = source,
                            .topic = ohm_source_of(source)->topic,
                            .rank = ohm_source_of(source)->rank,
                            .unit = unit,
                            .state = health,
                            .made_ms = OHM_NO_MS,
                            .fetched_ms = NOW_MS - 90 * OHM_SECOND_MS,
                            .asked_ms = OHM_NO_MS,
                            .next_ms = OHM_NO_MS,
                            .first = view->segments_count };
    (void)snprintf(s->id, sizeof s->id, "%s", ohm_source_of(source)->name);
    return s;
}

static void put(ohm_view_signal *s, ohm_interval when, int64_t mantissa, int exponent)
{
    view->segments[view->segments_count++] = (ohm_segment){ when, mantissa, exponent };
    s->count++;
}

/* The colour of the days from today on. */
static void colours(ohm_view_signal *s, int count, const int *which)
{
    int64_t today = ohm_days_from_date(ohm_tempo_date(&view->tz, NOW_MS));
    for (int i = 0; i < count; i++)
        put(s, ohm_tempo_day(&view->tz, ohm_date_from_days(today + i)), which[i], 0);
}

static json_t *written(void)
{
    static char text[TEXT_MAX];
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, text, sizeof text);
    ohm_view_write_signals(&json, view);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    return root;
}

static const char *colour_of(const json_t *root, const char *day, const char *key)
{
    const json_t *told = json_object_get(json_object_get(root, "tempo"), day);
    assert_non_null(json_object_get(told, key));
    return json_string_value(json_object_get(told, key));
}

static void nothing(void **state)
{
    (void)state;
    json_t *root = written();
    assert_true(json_is_null(json_object_get(root, "tempo")));
    assert_int_equal(json_array_size(json_object_get(root, "signals")), 0);
    json_decref(root);
}

static void a_price(void **state)
{
    (void)state;
    ohm_view_signal *s = add(OHM_SOURCE_ENTSOE, OHM_UNIT_EUR_PER_MWH, OHM_SIGNAL_STALE);
    (void)snprintf(s->error, sizeof s->error, "http_503");
    put(s, (ohm_interval){ NOW_MS, NOW_MS + OHM_HOUR_MS }, -45, -1);
    json_t *root = written();
    const json_t *one = json_array_get(json_object_get(root, "signals"), 0);
    assert_string_equal(json_string_value(json_object_get(one, "unit")), "EUR/MWh");
    assert_string_equal(json_string_value(json_object_get(one, "state")), "stale");
    assert_string_equal(json_string_value(json_object_get(one, "rank")), "operator");
    assert_string_equal(json_string_value(json_object_get(one, "error")), "http_503");
    assert_int_equal(json_integer_value(json_object_get(one, "age_s")), 90);
    assert_true(json_real_value(json_object_get(one, "now")) == -4.5);
    assert_true(json_is_null(json_object_get(one, "series")));
    json_decref(root);
}

static void the_meter_is_believed_first(void **state)
{
    (void)state;
    colours(add(OHM_SOURCE_TEMPO_COULEUR, OHM_UNIT_COLOUR, OHM_SIGNAL_FRESH), 2,
            (const int[]){ 1, 2 });
    ohm_view_signal *rte = add(OHM_SOURCE_TEMPO, OHM_UNIT_COLOUR, OHM_SIGNAL_FRESH);
    colours(rte, 2, (const int[]){ 2, 3 });
    rte->used[OHM_COLOUR_BLUE] = 120;
    rte->used[OHM_COLOUR_RED] = 4;
    ohm_view_signal *meter = add(OHM_SOURCE_TEMPO, OHM_UNIT_COLOUR, OHM_SIGNAL_FRESH);
    meter->from_meter = true;
    meter->rank = OHM_RANK_METER;
    colours(meter, 1, (const int[]){ 3 });
    json_t *root = written();
    assert_string_equal(colour_of(root, "today", "colour"), "RED");
    assert_string_equal(colour_of(root, "today", "source"), "meter");
    assert_string_equal(colour_of(root, "tomorrow", "colour"), "RED"); /* of RTE's calendar */
    assert_string_equal(colour_of(root, "tomorrow", "source"), "tempo");
    const json_t *season = json_object_get(json_object_get(root, "tempo"), "season");
    assert_int_equal(json_integer_value(json_object_get(season, "blue_days")), 120);
    assert_int_equal(json_integer_value(json_object_get(season, "red_days")), 4);
    json_decref(root);
}

static void what_is_fresh_is_believed_before_what_is_stale(void **state)
{
    (void)state;
    colours(add(OHM_SOURCE_TEMPO, OHM_UNIT_COLOUR, OHM_SIGNAL_STALE), 1, (const int[]){ 1 });
    colours(add(OHM_SOURCE_TEMPO_COULEUR, OHM_UNIT_COLOUR, OHM_SIGNAL_FRESH), 1,
            (const int[]){ 3 });
    json_t *root = written();
    assert_string_equal(colour_of(root, "today", "source"), "tempo-couleur");
    json_decref(root);
}

static void nobody_knows(void **state)
{
    (void)state;
    (void)add(OHM_SOURCE_TEMPO, OHM_UNIT_COLOUR, OHM_SIGNAL_NONE);
    json_t *root = written();
    assert_string_equal(colour_of(root, "today", "colour"), "WHITE"); /* a winter's noon */
    assert_null(colour_of(root, "today", "source"));
    assert_null(colour_of(root, "tomorrow", "colour"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing, make, drop),
        cmocka_unit_test_setup_teardown(a_price, make, drop),
        cmocka_unit_test_setup_teardown(the_meter_is_believed_first, make, drop),
        cmocka_unit_test_setup_teardown(what_is_fresh_is_believed_before_what_is_stale, make, drop),
        cmocka_unit_test_setup_teardown(nobody_knows, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
