/* The state of a large site: brief enough to be sent every second, and whole where one asks. */
#include "web/view_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

enum { VALUES = 12, MAIN = 7, TEXT_MAX = 1 << 20 };

static char text[TEXT_MAX];
static char names[OHM_VIEW_METERS_MAX][8];

static ohm_view *site_of(uint16_t meters)
{
    ohm_view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    view->time_ms = 1795176000000;
    view->main_meter = MAIN;
    view->meters_count = meters;
    for (int i = 0; i < meters; i++) {
        ohm_view_meter *m = &view->meters[i];
        (void)snprintf(names[i], sizeof names[i], "m%d", i);
        m->device = names[i];
        m->last_ms = view->time_ms - 1000;
        for (int v = 0; v < VALUES; v++) {
            const ohm_view_value value = {
                .quantity = (uint16_t)(OHM_Q_POWER_IMPORT + v),
                .age_ms = 1000,
                .value = i,
                .time_ms = view->time_ms - 1000,
            };
            ohm_view_add(view, m, &value);
        }
    }
    return view;
}

static json_t *state_of(const ohm_view *view, size_t *ret_len)
{
    ohm_json json;
    ohm_json_init(&json, text, sizeof text);
    ohm_view_write_state(&json, view);
    assert_int_equal(ohm_json_finish(&json, ret_len), OHM_OK);
    json_t *state = json_loadb(text, *ret_len, 0, NULL);
    assert_non_null(state);
    return state;
}

static void check_meter(const json_t *meter, bool whole)
{
    assert_int_equal(json_is_true(json_object_get(meter, "whole")), whole);
    assert_int_equal(json_array_size(json_object_get(meter, "values")),
                     whole ? VALUES : OHM_VIEW_BRIEF_VALUES);
    assert_int_equal(json_object_size(json_object_get(meter, "counters")) > 0, whole);
    assert_string_equal(json_string_value(json_object_get(meter, "state")), "starting");
}

static void small_sites_are_told_whole(void **state)
{
    (void)state;
    ohm_view *view = site_of(OHM_VIEW_WHOLE_METERS);
    size_t len = 0;
    json_t *got = state_of(view, &len);
    const json_t *meters = json_object_get(got, "meters");
    assert_int_equal(json_array_size(meters), OHM_VIEW_WHOLE_METERS);
    for (size_t i = 0; i < OHM_VIEW_WHOLE_METERS; i++)
        check_meter(json_array_get(meters, i), true);
    json_decref(got);
    free(view);
}

static void large_sites_briefly(void **state)
{
    (void)state;
    ohm_view *view = site_of(OHM_VIEW_METERS_MAX);
    size_t len = 0;
    json_t *got = state_of(view, &len);
    const json_t *meters = json_object_get(got, "meters");
    assert_int_equal(json_array_size(meters), OHM_VIEW_METERS_MAX);
    for (size_t i = 0; i < OHM_VIEW_METERS_MAX; i++)
        check_meter(json_array_get(meters, i), i == MAIN);
    assert_true(len < 450000);
    json_decref(got);

    ohm_json json;
    int index = ohm_view_find_meter(view, "m499");
    assert_int_equal(index, 499);
    assert_int_equal(ohm_view_find_meter(view, "m500"), -1);
    ohm_json_init(&json, text, sizeof text);
    ohm_view_write_meter(&json, view, (uint16_t)index, true);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    json_t *meter = json_loadb(text, len, 0, NULL);
    check_meter(meter, true);
    json_decref(meter);
    free(view);
}

/* A meter's clock says when it measured, not how old what it said is. */
static void now_is_what_came_lately(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t said_s, seen_s; /* ago */
        bool shown;
    } rows[] = {
        { "both lately", 1, 1, true },
        { "a slow clock", 540, 1, true },
        { "a fast clock", -540, 1, true },
        { "a fast clock that is silent", -540, 31, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_view *view = site_of(MAIN + 1);
        ohm_view_meter *m = &view->meters[MAIN];
        size_t len = 0;
        view->meter_fresh = true;
        m->stale_after_ms = 30000;
        m->status.clock_off_s = rows[i].said_s > 0 ? -3600 : 0;
        for (int v = 0; v < VALUES; v++) {
            view->values[m->values_first + (uint32_t)v].time_ms =
                view->time_ms - rows[i].said_s * 1000;
            view->values[m->values_first + (uint32_t)v].age_ms = (uint32_t)rows[i].seen_s * 1000;
        }
        json_t *got = state_of(view, &len);
        const json_t *power = json_object_get(json_object_get(got, "now"), "import_w");
        if (json_is_number(power) != rows[i].shown)
            fail_msg("%s", rows[i].why);
        const json_t *off =
            json_object_get(json_array_get(json_object_get(got, "meters"), MAIN), "clock_off_s");
        if (m->status.clock_off_s)
            assert_int_equal(json_integer_value(off), -3600);
        else
            assert_true(json_is_null(off));
        json_decref(got);
        free(view);
    }
}

/* A Linky says volt-amperes, its contract and its tariff; of other meters nothing is said. */
static void what_a_linky_says_of_its_contract(void **state)
{
    (void)state;
    static const ohm_value said[] = {
        { OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_UNAUTHENTICATED, 21600 },
        { OHM_Q_SUBSCRIBED_POWER, OHM_QUALITY_ESTIMATED, 9000 },
        { OHM_Q_OVERRUN, OHM_QUALITY_UNAUTHENTICATED, 0 },
        { OHM_Q_TARIFF_INDEX, OHM_QUALITY_UNAUTHENTICATED, 5 },
        { OHM_Q_TEMPO_TODAY, OHM_QUALITY_UNAUTHENTICATED, 3 },
        { OHM_Q_TEMPO_TOMORROW, OHM_QUALITY_UNAUTHENTICATED, 0 },
    };
    ohm_view *view = site_of(MAIN + 1);
    ohm_view_meter *m = &view->meters[MAIN];
    size_t len = 0;
    view->meter_fresh = true;
    m->stale_after_ms = 30000;
    json_t *got = state_of(view, &len), *now = json_object_get(got, "now");
    assert_null(json_object_get(now, "import_va"));
    assert_null(json_object_get(now, "meter_tariff"));
    json_decref(got);

    view->values_count = m->values_first; /* the last meter: its values are the last */
    m->values_count = 0;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        ohm_view_add(view, m,
                     &(ohm_view_value){ .quantity = said[i].quantity,
                                        .quality = said[i].quality,
                                        .age_ms = 1000,
                                        .value = said[i].value,
                                        .time_ms = view->time_ms - 1000 });
    (void)snprintf(m->status.contract, sizeof m->status.contract, "BBR(");
    (void)snprintf(m->status.period, sizeof m->status.period, "HCJR");
    got = state_of(view, &len);
    char *text_of_now = json_dumps(json_object_get(got, "now"), JSON_SORT_KEYS | JSON_COMPACT);
    assert_string_equal(text_of_now,
                        "{\"export_w\":null,\"fresh\":true,\"import_va\":2160,\"import_w\":null,"
                        "\"meter_tariff\":{\"contract\":\"BBR(\",\"index\":5,\"period\":\"HCJR\","
                        "\"tempo\":{\"today\":\"red\",\"tomorrow\":null}},\"overrun\":false,"
                        "\"phases\":[],\"subscribed_va\":9000}");
    free(text_of_now);
    json_decref(got);

    view->meter_fresh = false; /* what is stale is not "now" */
    got = state_of(view, &len);
    now = json_object_get(got, "now");
    assert_null(json_object_get(now, "import_va"));
    assert_null(json_object_get(now, "meter_tariff"));
    json_decref(got);
    free(view);
}

static void where_levels_come_from(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool configured, demo, stale;
        uint16_t hours;
        const char *state, *source;
    } rows[] = {
        { "asked, no answer yet", true, false, true, 0, "none", "rte" },
        { "asked, and fresh", true, false, false, 1, "fresh", "rte" },
        { "asked, too long ago", true, false, true, 1, "stale", "rte" },
        { "nobody is asked", false, false, true, 0, "off", "manual" },
        { "nobody is asked, an hour by hand", false, false, true, 1, "fresh", "manual" },
        { "the demo", true, true, false, 1, "fresh", "demo" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_view *view = site_of(1);
        size_t len = 0;
        view->ecowatt_configured = rows[i].configured;
        view->ecowatt_demo = rows[i].demo;
        view->ecowatt_stale = rows[i].stale;
        ohm_tz_utc(&view->tz);
        view->ecowatt.count = rows[i].hours;
        view->ecowatt.intervals[0].when =
            (ohm_interval){ view->time_ms, view->time_ms + OHM_HOUR_MS };
        json_t *got = state_of(view, &len);
        const json_t *ecowatt = json_object_get(got, "ecowatt");
        const char *is = json_string_value(json_object_get(ecowatt, "state"));
        const char *source = json_string_value(json_object_get(ecowatt, "source"));
        if (strcmp(is, rows[i].state) != 0 || strcmp(source, rows[i].source) != 0)
            fail_msg("%s: %s, %s", rows[i].why, is, source);
        json_decref(got);
        free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_sites_are_told_whole),
        cmocka_unit_test(large_sites_briefly),
        cmocka_unit_test(now_is_what_came_lately),
        cmocka_unit_test(what_a_linky_says_of_its_contract),
        cmocka_unit_test(where_levels_come_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
