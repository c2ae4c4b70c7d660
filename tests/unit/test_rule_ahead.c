/* Users' rules on hours that come: CO2, the weather, an overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/rule.h"

enum { H = OHM_HOUR_MS };

static const ohm_load loads[] = { { .id = "tank", .nominal_w = 2000, .tier = 1 } };

/* Hours of values from noon on; GAP: nobody says. */
#define NOON INT64_C(1795348800000) /* 2026-11-22T12:00:00Z */
#define GAP  INT32_MIN

static ohm_signal_set told_of(ohm_signal_kind kind, const int32_t *hours, int count)
{
    ohm_signal_set set = { .kind = kind, .made_ms = OHM_NO_MS, .fetched_ms = NOON };
    for (int h = 0; h < count; h++)
        if (hours[h] != GAP)
            set.intervals[set.count++] =
                (ohm_signal_interval){ { NOON + h * (ohm_ms)H, NOON + (h + 1) * (ohm_ms)H },
                                       hours[h] };
    return set;
}

static ohm_rules_now now_of(const ohm_signal_set *set, int outlook)
{
    ohm_rules_now now = { .mono = { 1000000 },
                          .utc_ms = NOON + H / 2,
                          .calendar = true,
                          .tomorrow = { NOON + 3 * (ohm_ms)H, NOON + 6 * (ohm_ms)H } };
    now.outlooks[outlook] = set;
    return now;
}

#define COLD(t) .kind = OHM_WHEN_OUTDOOR, .below = true, .threshold = (t)
#define WARM(t) .kind = OHM_WHEN_OUTDOOR, .threshold = (t)

static void what_is_so_when(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t hours[6];
        ohm_when when;
        bool was_on;
        int want;
    } rows[] = {
        { "now it is colder", { 100, 900, 900 }, { COLD(200) }, false, 1 },
        { "now it is not, later does not count", { 300, 100, 100 }, { COLD(200) }, false, 0 },
        { "nobody says now", { GAP, 100, 100 }, { COLD(200) }, false, -1 },
        { "at the threshold it is not below", { 200 }, { COLD(200) }, false, 0 },
        { "nor above", { 200 }, { WARM(200) }, false, 0 },
        { "above", { 201 }, { WARM(200) }, false, 1 },
        { "within two hours", { 300, 300, 100 }, { COLD(200), .ahead_ms = 2 * H }, false, 1 },
        { "not within one", { 300, 300, 100 }, { COLD(200), .ahead_ms = H }, false, 0 },
        { "one hour is enough, though another is not told",
          { GAP, 100, GAP },
          { COLD(200), .ahead_ms = 3 * H },
          false,
          1 },
        { "nor does it reach that far, but half of it",
          { 300, 300, 300 },
          { COLD(200), .ahead_ms = 4 * H },
          false,
          0 },
        { "that none is takes half of them, from now on",
          { 300, GAP, 300, 300 },
          { COLD(200), .ahead_ms = 3 * H },
          false,
          -1 },
        { "it does not reach that far", { 300, 300 }, { COLD(200), .ahead_ms = 4 * H }, false, -1 },
        { "of tomorrow", { 0, 0, 0, 300, 100, 300 }, { COLD(200), .tomorrow = true }, false, 1 },
        { "today is not tomorrow",
          { 0, 0, 0, 300, 300, 300 },
          { COLD(200), .tomorrow = true },
          false,
          0 },
        { "tomorrow is told in part",
          { 0, 0, 0, 300, 300, GAP },
          { COLD(200), .tomorrow = true },
          false,
          -1 },
        { "once on, by its hysteresis", { 210 }, { COLD(200), .hysteresis = 20 }, true, 1 },
        { "not before", { 210 }, { COLD(200), .hysteresis = 20 }, false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_signal_set set = told_of(OHM_SIGNAL_OUTDOOR, rows[i].hours, 6);
        while (set.count > 0 && set.intervals[set.count - 1].level == 0)
            set.count--; /* rows that are shorter say nothing of what follows */
        const ohm_rules_now now = now_of(&set, OHM_OUTLOOK_OUTDOOR);
        int got = ohm_rule_ahead(&rows[i].when, rows[i].was_on, &now);
        if (got != rows[i].want)
            fail_msg("%s: %d", rows[i].why, got);
    }
}

static void who_says_nothing_is_not_known(void **state)
{
    (void)state;
    static const int32_t hours[] = { 30, 30 };
    const ohm_signal_set set = told_of(OHM_SIGNAL_CO2, hours, 2);
    const ohm_when clean = { .kind = OHM_WHEN_CO2, .below = true, .threshold = 50 };
    const ohm_when over = { .kind = OHM_WHEN_OVERRUN, .ahead_ms = H };
    ohm_rules_now now = now_of(&set, OHM_OUTLOOK_CO2);
    assert_int_equal(ohm_rule_ahead(&clean, false, &now), 1);
    assert_int_equal(ohm_rule_ahead(&over, false, &now), -1);
    now.calendar = false;
    assert_int_equal(ohm_rule_ahead(&clean, false, &now), -1);
    now.calendar = true;
    now.utc_ms = NOON + 3 * (ohm_ms)H; /* what was told is over */
    assert_int_equal(ohm_rule_ahead(&clean, false, &now), -1);
}

static ohm_rule rule_of(const char *id, bool fed, ohm_when when)
{
    ohm_rule rule = { .fed = fed, .priority = 5, .whens_count = 1, .whens = { when } };
    (void)strcpy(rule.id, id);
    return rule;
}

/* A rule asks, is told which condition nobody answers, and asks nothing then: `otherwise` neither.
 */
static void a_rule_that_looks_ahead(void **state)
{
    (void)state;
    static const int32_t over[] = { -500, 800, -500 };
    ohm_signal_set set = told_of(OHM_SIGNAL_OVERRUN, over, 3);
    ohm_rules_now now = now_of(&set, OHM_OUTLOOK_OVERRUN);
    ohm_rule_set rules;
    ohm_rules memory;
    bool fed = true;
    memset(&memory, 0, sizeof memory);
    ohm_rule_set_init(&rules);
    rules.count = 1;
    rules.rules[0] = rule_of("early", false, (ohm_when){ .kind = OHM_WHEN_OVERRUN, .ahead_ms = H });
    rules.rules[0].otherwise = true;
    assert_false(ohm_failed(ohm_rules_check(&rules, loads, 1)));
    ohm_rules_step(&rules, &memory, &now);
    assert_int_equal(ohm_rules_ask(&rules, &memory, 0, &fed), 0);
    assert_false(fed);
    now.utc_ms += 2 * (ohm_ms)H; /* it is over, and no more of it is told */
    ohm_rules_step(&rules, &memory, &now);
    assert_int_equal(ohm_rules_ask(&rules, &memory, 0, &fed), OHM_RULE_NONE);
    assert_false(memory.rules[0].whens[0].known);
    set = told_of(OHM_SIGNAL_OVERRUN, (const int32_t[]){ -1, -1, -1, -1, -1 }, 5);
    ohm_rules_step(&rules, &memory, &now);
    assert_int_equal(ohm_rules_ask(&rules, &memory, 0, &fed), 0);
    assert_true(fed);
    assert_true(memory.rules[0].whens[0].known);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_when when;
        bool good;
    } rows[] = {
        { "cold tomorrow", { COLD(0), .tomorrow = true }, true },
        { "cold within six hours", { COLD(0), .ahead_ms = 6 * H }, true },
        { "both", { COLD(0), .ahead_ms = 6 * H, .tomorrow = true }, false },
        { "CO2 of tomorrow", { .kind = OHM_WHEN_CO2, .tomorrow = true }, false },
        { "CO2 now", { .kind = OHM_WHEN_CO2, .threshold = 50 }, true },
        { "an overrun within no time", { .kind = OHM_WHEN_OVERRUN }, false },
        { "no overrun", { .kind = OHM_WHEN_OVERRUN, .ahead_ms = H, .below = true }, false },
        { "a price ahead", { .kind = OHM_WHEN_PRICE, .ahead_ms = H }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule_set set;
        ohm_rule_set_init(&set);
        set.count = 1;
        set.rules[0] = rule_of("r", true, rows[i].when);
        if (ohm_failed(ohm_rules_check(&set, loads, 1)) == rows[i].good)
            fail_msg("%s", rows[i].why);
    }
}

static void contradictions(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_when a, b;
        bool meet;
    } rows[] = {
        { "colder now, and warmer", { COLD(0) }, { WARM(10) }, false },
        { "two that overlap", { COLD(500) }, { WARM(0) }, true },
        { "cold at one hour and warm at another",
          { COLD(0), .ahead_ms = 6 * H },
          { WARM(1000), .ahead_ms = 6 * H },
          true },
        { "the coldest hour is below, and is not",
          { COLD(0), .tomorrow = true },
          { .unless = true, COLD(0), .tomorrow = true },
          false },
        { "now and tomorrow are two", { COLD(0) }, { WARM(1000), .tomorrow = true }, true },
        { "an overrun, and none",
          { .kind = OHM_WHEN_OVERRUN, .ahead_ms = H },
          { .unless = true, .kind = OHM_WHEN_OVERRUN, .ahead_ms = H },
          false },
        { "clean power, and dirty",
          { .kind = OHM_WHEN_CO2, .below = true, .threshold = 40 },
          { .kind = OHM_WHEN_CO2, .threshold = 60 },
          false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule_example example;
        const ohm_rule a = rule_of("a", true, rows[i].a), b = rule_of("b", false, rows[i].b);
        if (ohm_rules_contradict(&a, &b, &example) != rows[i].meet)
            fail_msg("%s", rows[i].why);
        if (rows[i].meet)
            assert_true(example.others_count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_so_when),         cmocka_unit_test(who_says_nothing_is_not_known),
        cmocka_unit_test(a_rule_that_looks_ahead), cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(contradictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
