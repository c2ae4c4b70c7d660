#include "grid/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "grid/ecowatt.h"
#include "host/tzdata.h"

/* A set as text: "0-2:1 2-3:3", in hours from 0. */
static const char *text_of(const ohm_signal_set *set)
{
    static char text[1024];
    size_t at = 0;
    text[0] = '\0';
    for (uint16_t i = 0; i < set->count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld-%lld:%d", i ? " " : "",
                               (long long)(set->intervals[i].when.from_ms / OHM_HOUR_MS),
                               (long long)(set->intervals[i].when.to_ms / OHM_HOUR_MS),
                               set->intervals[i].level);
    return text;
}

static ohm_signal_interval item(int from_h, int to_h, int32_t level)
{
    return (ohm_signal_interval){ { (ohm_ms)from_h * OHM_HOUR_MS, (ohm_ms)to_h * OHM_HOUR_MS },
                                  level };
}

static void normalise_sorts_and_keeps_the_worst(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int count;
        int items[4][3];
        const char *want;
    } rows[] = {
        { "nothing", 0, { { 0 } }, "" },
        { "any order", 2, { { 2, 3, 1 }, { 0, 1, 2 } }, "0-1:2 2-3:1" },
        { "the same hour twice", 2, { { 0, 1, 3 }, { 0, 1, 1 } }, "0-1:3" },
        { "overlap", 2, { { 0, 3, 1 }, { 1, 2, 3 } }, "0-1:1 1-2:3 2-3:1" },
        { "unknown counts as tense: worse than normal", 2, { { 0, 1, 9 }, { 0, 1, 1 } }, "0-1:9" },
        { "and better than very tense", 2, { { 0, 1, 9 }, { 0, 1, 3 } }, "0-1:3" },
        { "of equals the higher", 2, { { 0, 1, 2 }, { 0, 1, -5 } }, "0-1:2" },
        { "empty and inverted are left out",
          3,
          { { 1, 1, 3 }, { 5, 2, 3 }, { 0, 1, 1 } },
          "0-1:1" },
        { "neighbours stay apart", 2, { { 1, 2, 1 }, { 0, 1, 1 } }, "0-1:1 1-2:1" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_signal_interval items[4];
        for (int i = 0; i < rows[r].count; i++)
            items[i] = item(rows[r].items[i][0], rows[r].items[i][1], rows[r].items[i][2]);
        ohm_signal_set set;
        ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
        assert_int_equal(ohm_signal_normalise(items, (size_t)rows[r].count, &set), OHM_OK);
        if (strcmp(text_of(&set), rows[r].want) != 0)
            fail_msg("%s: %s", rows[r].why, text_of(&set));
    }
}

static void normalise_says_when_it_is_too_much(void **state)
{
    (void)state;
    static ohm_signal_interval items[OHM_SIGNAL_INTERVALS_MAX + 1];
    for (int i = 0; i <= OHM_SIGNAL_INTERVALS_MAX; i++)
        items[i] = item(i, i + 1, 1);
    ohm_signal_set set;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    assert_int_equal(ohm_signal_normalise(items, OHM_SIGNAL_INTERVALS_MAX + 1, &set), OHM_TOO_BIG);
    assert_int_equal(ohm_signal_normalise(items, OHM_SIGNAL_INTERVALS_MAX, &set), OHM_OK);
    items[0] = item(0, OHM_SIGNAL_INTERVALS_MAX, 0);
    for (int i = 1; i < OHM_SIGNAL_INTERVALS_MAX; i++)
        items[i].when.to_ms -= OHM_MINUTE_MS; /* twice as many stretches */
    assert_int_equal(ohm_signal_normalise(items, OHM_SIGNAL_INTERVALS_MAX, &set), OHM_TOO_BIG);
    assert_int_equal(set.count, OHM_SIGNAL_INTERVALS_MAX);
}

static void by_hand_wins(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int put[3];
        ohm_code code;
        const char *want;
    } rows[] = {
        { "exactly one hour", { 1, 2, 3 }, OHM_OK, "0-1:1 1-2:3 2-6:2" },
        { "down as well as up", { 2, 6, 0 }, OHM_OK, "0-1:1 1-2:1 2-6:0" },
        { "inside one: cut in two", { 3, 4, 3 }, OHM_OK, "0-1:1 1-2:1 2-3:2 3-4:3 4-6:2" },
        { "over several", { 0, 3, 3 }, OHM_OK, "0-3:3 3-6:2" },
        { "over all", { -2, 9, 3 }, OHM_OK, "-2-9:3" },
        { "before", { -3, -2, 3 }, OHM_OK, "-3--2:3 0-1:1 1-2:1 2-6:2" },
        { "after", { 8, 9, 3 }, OHM_OK, "0-1:1 1-2:1 2-6:2 8-9:3" },
        { "across an edge", { 1, 4, 3 }, OHM_OK, "0-1:1 1-4:3 4-6:2" },
        { "empty", { 1, 1, 3 }, OHM_RANGE, "0-1:1 1-2:1 2-6:2" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const ohm_signal_interval items[] = { item(0, 1, 1), item(1, 2, 1), item(2, 6, 2) };
        ohm_signal_set set;
        ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
        assert_int_equal(ohm_signal_normalise(items, 3, &set), OHM_OK);
        const int *put = rows[r].put;
        ohm_code code = ohm_signal_put(&set, item(put[0], put[1], put[2]));
        if (code != rows[r].code || strcmp(text_of(&set), rows[r].want) != 0)
            fail_msg("%s: %s", rows[r].why, text_of(&set));
    }
}

static void layers_and_full_sets(void **state)
{
    (void)state;
    ohm_signal_set published, hand, out;
    ohm_signal_init(&published, OHM_SIGNAL_ECOWATT);
    ohm_signal_init(&hand, OHM_SIGNAL_ECOWATT);
    published.made_ms = 7;
    for (int i = 0; i < OHM_SIGNAL_INTERVALS_MAX; i++)
        assert_int_equal(ohm_signal_put(&published, item(2 * i, 2 * i + 1, 1)), OHM_OK);
    assert_int_equal(ohm_signal_put(&published, item(-2, -1, 1)), OHM_TOO_BIG);
    assert_int_equal(published.count, OHM_SIGNAL_INTERVALS_MAX);
    assert_int_equal(ohm_signal_put(&hand, item(0, 1, 3)), OHM_OK);
    assert_int_equal(ohm_signal_put(&hand, item(2, 3, 0)), OHM_OK);
    assert_int_equal(ohm_signal_layer(&published, &hand, &out), OHM_OK);
    assert_int_equal(ohm_ecowatt_level_at(&out, 0), 3);
    assert_int_equal(ohm_ecowatt_level_at(&out, 2 * (ohm_ms)OHM_HOUR_MS), 0);
    assert_int_equal(ohm_ecowatt_level_at(&out, 4 * (ohm_ms)OHM_HOUR_MS), 1);
    assert_true(out.made_ms == 7);

    ohm_signal_forget(&out, 5 * (ohm_ms)OHM_HOUR_MS);
    assert_int_equal(out.count, OHM_SIGNAL_INTERVALS_MAX - 3);
    assert_int_equal(ohm_ecowatt_level_at(&out, 0), -1);
    ohm_signal_forget(&out, INT64_MAX);
    assert_int_equal(out.count, 0);
    assert_true(ohm_signal_end(&out) == OHM_NO_MS);
}

static void state_and_age(void **state)
{
    (void)state;
    enum { H = OHM_HOUR_MS };
    static const struct {
        const char *why;
        ohm_ms made_ms, fetched_ms, now_ms;
        ohm_signal_state want;
    } rows[] = {
        { "just made", 0, 0, 5 * (ohm_ms)H, OHM_SIGNAL_FRESH },
        { "36 hours old", 0, 0, 36 * (ohm_ms)H, OHM_SIGNAL_FRESH },
        { "and a bit", 0, 0, 36 * (ohm_ms)H + 1, OHM_SIGNAL_STALE },
        { "fetching old news does not make it new", 0, 40 * (ohm_ms)H, 40 * (ohm_ms)H,
          OHM_SIGNAL_STALE },
        { "it does not say when it was made", OHM_NO_MS, 40 * (ohm_ms)H, 41 * (ohm_ms)H,
          OHM_SIGNAL_FRESH },
        { "nothing is known of its age", OHM_NO_MS, OHM_NO_MS, 5 * (ohm_ms)H, OHM_SIGNAL_STALE },
        { "made tomorrow", 30 * (ohm_ms)H, 0, 5 * (ohm_ms)H, OHM_SIGNAL_STALE },
        { "the last hour in hand has ended", 60 * (ohm_ms)H, 0, 72 * (ohm_ms)H, OHM_SIGNAL_NONE },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ohm_signal_set set;
        ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
        assert_int_equal(ohm_signal_put(&set, item(0, 72, 1)), OHM_OK);
        set.made_ms = rows[r].made_ms;
        set.fetched_ms = rows[r].fetched_ms;
        if (ohm_signal_state_of(&set, rows[r].now_ms) != rows[r].want)
            fail_msg("%s", rows[r].why);
    }
    ohm_signal_set empty;
    ohm_signal_init(&empty, OHM_SIGNAL_ECOWATT);
    assert_int_equal(ohm_signal_state_of(&empty, 0), OHM_SIGNAL_NONE);
}

static void critical_hours_and_until(void **state)
{
    (void)state;
    ohm_signal_set set, critical;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    for (int h = 0; h < 10; h++)
        assert_int_equal(ohm_signal_put(&set, item(h, h + 1,
                                                   h == 2 || h == 3 ? 2
                                                   : h == 4         ? 3
                                                   : h == 7         ? 4
                                                                    : 1)),
                         OHM_OK);
    ohm_ecowatt_critical(&set, 2, 0, &critical);
    assert_string_equal(text_of(&critical), "2-3:2 3-4:2 4-5:3 7-8:4");
    ohm_ecowatt_critical(&set, 3, 0, &critical);
    assert_string_equal(text_of(&critical), "4-5:3");
    ohm_ecowatt_critical(&set, 2, 4 * (ohm_ms)OHM_HOUR_MS, &critical);
    assert_string_equal(text_of(&critical), "4-5:3 7-8:4");

    assert_true(ohm_ecowatt_until(&set, 2, 2 * (ohm_ms)OHM_HOUR_MS + 5) == 5 * (ohm_ms)OHM_HOUR_MS);
    assert_true(ohm_ecowatt_until(&set, 2, 5) == 5);
    assert_true(ohm_ecowatt_until(&set, 0, 5) == 10 * (ohm_ms)OHM_HOUR_MS);
    assert_true(ohm_ecowatt_until(&set, 0, 11 * (ohm_ms)OHM_HOUR_MS) == 11 * (ohm_ms)OHM_HOUR_MS);
    assert_int_equal(ohm_ecowatt_level_at(&set, 7 * (ohm_ms)OHM_HOUR_MS), 2);
    assert_int_equal(ohm_signal_at(&set, 7 * (ohm_ms)OHM_HOUR_MS)->level, 4);
    assert_null(ohm_signal_at(&set, 10 * (ohm_ms)OHM_HOUR_MS));
}

static void days_for_showing(void **state)
{
    (void)state;
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    ohm_signal_set set;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    for (int h = 0; h < 30; h++) /* 1 January 1970, 01:00 local on */
        assert_int_equal(ohm_signal_put(&set, item(h, h + 1, h == 25 ? 3 : 1)), OHM_OK);
    ohm_signal_day days[OHM_SIGNAL_DAYS_MAX];
    assert_int_equal(ohm_signal_days(&set, &tz, days), 2);
    assert_int_equal(days[0].count, 23);
    assert_int_equal(days[0].level, 1);
    assert_int_equal(days[1].date.day, 2);
    assert_int_equal(days[1].first, 23);
    assert_int_equal(days[1].count, 7);
    assert_int_equal(days[1].level, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalise_sorts_and_keeps_the_worst),
        cmocka_unit_test(normalise_says_when_it_is_too_much),
        cmocka_unit_test(by_hand_wins),
        cmocka_unit_test(layers_and_full_sets),
        cmocka_unit_test(state_and_age),
        cmocka_unit_test(critical_hours_and_until),
        cmocka_unit_test(days_for_showing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
