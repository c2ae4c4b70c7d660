/* Users' rules: exceptions, days, cheap hours, people, orders, what is ahead; another set. */
#include "control/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { S = 1000, M = 60 * S, EXPORT = 0, TEMP = 1 };

static const ohm_load loads[] = {
    { .id = "tank", .nominal_w = 2000, .tier = 1 },
    { .id = "fridge", .nominal_w = 100, .tier = 1, .never_shed = true },
};

typedef struct bench {
    ohm_rule_set set;
    ohm_rules rules;
    ohm_load_state states[2];
    ohm_rules_now now;
} bench;

static void begin(bench *b, const ohm_rule *rule)
{
    memset(b, 0, sizeof *b);
    ohm_rule_set_init(&b->set);
    b->set.inputs_count = 2;
    b->set.inputs[EXPORT] = (ohm_rule_input){ 0, OHM_Q_POWER_EXPORT, 30 * S };
    b->set.inputs[TEMP] = (ohm_rule_input){ 1, OHM_Q_TEMPERATURE, 10 * M };
    b->set.surplus_export = EXPORT;
    b->set.count = 1;
    b->set.rules[0] = *rule;
    b->now = (ohm_rules_now){ .mono = { 1000000 },
                              .utc_ms = 1000000,
                              .calendar = true,
                              .level = OHM_LEVEL_NONE,
                              .price_ueur = OHM_RULE_NO_PRICE,
                              .loads = loads,
                              .states = b->states,
                              .loads_count = 2 };
    assert_false(ohm_failed(ohm_rules_check(&b->set, loads, 2)));
}

static void say(bench *b, int input, int64_t value)
{
    const ohm_frame frame = {
        .device = b->set.inputs[input].device,
        .count = 1,
        .values = { { .quantity = b->set.inputs[input].quantity, .value = value } },
    };
    ohm_rules_frame(&b->set, &b->rules, &frame, b->now.mono);
}

/* '+' fed, '-' shed, '.' nothing; and gives a fed load its state. */
static char asks(bench *b)
{
    bool fed = false;
    ohm_rules_step(&b->set, &b->rules, &b->now);
    if (ohm_rules_ask(&b->set, &b->rules, 0, &fed) == OHM_RULE_NONE)
        return '.';
    b->states[0].fed = fed;
    return fed ? '+' : '-';
}

#define HOT(t, h)                                                                                  \
    {                                                                                              \
        .kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = (t), .hysteresis = (h)                 \
    }
#define COLD(t, h)                                                                                 \
    {                                                                                              \
        .kind = OHM_WHEN_VALUE, .input = TEMP, .below = true, .threshold = (t), .hysteresis = (h)  \
    }
#define AT(f, t, d)                                                                                \
    {                                                                                              \
        .kind = OHM_WHEN_TIME, .from_minute = (f), .to_minute = (t), .weekdays = (d)               \
    }

#define UNLESS(...)                                                                                \
    {                                                                                              \
        .unless = true, __VA_ARGS__                                                                \
    }

/* What is excepted is neither asked nor a meeting; what is not known excepts nothing and holds
 * nothing. */
static void exceptions(void **state)
{
    (void)state;
    static const ohm_rule rule = {
        .id = "night",
        .fed = true,
        .otherwise = true,
        .priority = 5,
        .whens_count = 2,
        .whens = { AT(0, 480, 127), UNLESS(.kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 2000,
                                           .for_ms = 5 * M) },
    };
    static const struct {
        const char *why;
        uint16_t minute;
        int64_t after_ms, value; /* -1: silent */
        char want;
    } rows[] = {
        { "nobody says how warm it is", 60, 0, -1, '.' },
        { "cold: no exception", 60, S, 1900, '+' },
        { "warm, but not for long yet", 60, S, 2100, '+' },
        { "warm for five minutes: excepted", 60, 5 * M, 2100, '-' },
        { "cold again", 60, S, 1900, '+' },
        { "by day it is not so, whatever the exception", 500, S, 1900, '-' },
    };
    bench b;
    begin(&b, &rule);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.now.mono.v += rows[i].after_ms;
        b.now.minute = rows[i].minute;
        if (rows[i].value >= 0)
            say(&b, TEMP, rows[i].value);
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

static void exceptions_meet_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_when a, but; /* of one rule; `b` of the other */
        ohm_when b;
        bool want;
    } rows[] = {
        { "warm unless warmer, and warmer", HOT(1900, 0),
          UNLESS(.kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 2000), HOT(2000, 0), false },
        { "an exception that has to last bounds nothing", HOT(1900, 0),
          UNLESS(.kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 2000, .for_ms = M),
          HOT(2000, 0), true },
        { "cold unless colder, and colder", COLD(2000, 0),
          UNLESS(.kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 1900, .below = true),
          COLD(1900, 0), false },
        { "unless Ecowatt is red, and red",
          AT(0, 0, 127),
          UNLESS(.kind = OHM_WHEN_LEVEL, .threshold = 3),
          { .kind = OHM_WHEN_LEVEL, .threshold = 3 },
          false },
        { "unless it is red, and orange",
          AT(0, 0, 127),
          UNLESS(.kind = OHM_WHEN_LEVEL, .threshold = 3),
          { .kind = OHM_WHEN_LEVEL, .threshold = 2 },
          true },
        { "by day unless in the morning, and in the morning", AT(480, 1200, 127),
          UNLESS(.kind = OHM_WHEN_TIME, .from_minute = 480, .to_minute = 720, .weekdays = 127),
          AT(480, 720, 127), false },
        { "unless on Sunday, and all days", AT(0, 0, 127),
          UNLESS(.kind = OHM_WHEN_TIME, .weekdays = 64), AT(0, 0, 127), true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_rule a = { .id = "a",
                             .fed = true,
                             .priority = 5,
                             .whens_count = 2,
                             .whens = { rows[i].a, rows[i].but } };
        const ohm_rule b = { .id = "b", .priority = 5, .whens_count = 1, .whens = { rows[i].b } };
        ohm_rule_example e;
        if (ohm_rules_contradict(&a, &b, &e) != rows[i].want ||
            ohm_rules_contradict(&b, &a, &e) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

/* Another set: what both have goes on, at its new place; what was changed begins anew. */
static void what_both_sets_have_goes_on(void **state)
{
    (void)state;
    static const ohm_rule warm = { .id = "warm",
                                   .fed = true,
                                   .priority = 5,
                                   .least_ms = 60 * M,
                                   .whens_count = 1,
                                   .whens = { HOT(2000, 0) } };
    bench b;
    begin(&b, &warm);
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '+');
    ohm_rule_set other = b.set;
    other.inputs[EXPORT] = b.set.inputs[TEMP];
    other.inputs[TEMP] = b.set.inputs[EXPORT];
    other.surplus_export = TEMP;
    other.count = 2;
    other.rules[1] = warm;
    other.rules[1].whens[0].input = EXPORT;
    other.rules[0] = other.rules[1];
    memcpy(other.rules[0].id, "new", 4);
    ohm_rules after;
    ohm_rules_carry(&b.set, &b.rules, &other, &after);
    assert_false(after.rules[0].active);
    assert_true(after.rules[0].since_ms == OHM_NO_MS);
    assert_true(after.rules[1].active);
    assert_true(after.inputs[EXPORT].known && after.inputs[EXPORT].value == 2100);
    assert_false(after.inputs[TEMP].known);
    other.rules[1].whens[0].threshold = 2001;
    ohm_rules_carry(&b.set, &b.rules, &other, &after);
    assert_false(after.rules[1].active);
}

/* What is known of days, prices, people and orders: each condition, as it is, is not, and is not
 * known. */
static void what_else_is_known(void **state)
{
    (void)state;
    static const ohm_limit_state ordered[] = { { .set = false }, { .set = true, .va = 4000 } };
    enum { H = 60 * M };
    static const struct {
        const char *why;
        ohm_when when;
        ohm_rules_now now; /* beside the clock */
        char want;
    } rows[] = {
#define DAY(...) { .kind = OHM_WHEN_DAY, .threshold = 3, __VA_ARGS__ }
#define NONE     .level = OHM_LEVEL_NONE, .cheaper_hours = -1, .presence = -1
        { "red, and it is", DAY(0), { NONE, .day = 3 }, '+' },
        { "red, and it is white", DAY(0), { NONE, .day = 2, .next_day = 3 }, '-' },
        { "red, and nobody told", DAY(0), { NONE }, '.' },
        { "red tomorrow", DAY(.tomorrow = true), { NONE, .day = 2, .next_day = 3 }, '+' },
        { "blue tomorrow", DAY(.tomorrow = true), { NONE, .day = 3, .next_day = 1 }, '-' },
        { "not told before the evening", DAY(.tomorrow = true), { NONE, .day = 3 }, '.' },
        { "red begins in two hours: within three",
          DAY(.ahead_ms = 3 * H),
          { NONE, .day = 1, .next_day = 3, .next_day_ms = 1000000 + 2 * H },
          '+' },
        { "red begins in four hours",
          DAY(.ahead_ms = 3 * H),
          { NONE, .day = 1, .next_day = 3, .next_day_ms = 1000000 + 4 * H },
          '-' },
        { "a red day, a blue one next",
          DAY(.ahead_ms = 3 * H),
          { NONE, .day = 3, .next_day = 1, .next_day_ms = 1000000 + H },
          '-' },
#define LEVEL(...) { .kind = OHM_WHEN_LEVEL, .threshold = 3, __VA_ARGS__ }
#define AHEAD(ms)  .next_level_ms = { 0, 0, 0, (ms) }
        { "a red hour in one hour",
          LEVEL(.ahead_ms = 2 * H),
          { .level = 1, AHEAD(1000000 + H) },
          '+' },
        { "a red hour in three",
          LEVEL(.ahead_ms = 2 * H),
          { .level = 1, AHEAD(1000000 + 3 * H) },
          '-' },
        { "no red hour in sight", LEVEL(.ahead_ms = 2 * H), { .level = 1, AHEAD(OHM_NO_MS) }, '-' },
        { "it is red: no more before",
          LEVEL(.ahead_ms = 2 * H),
          { .level = 3, AHEAD(1000000 + H) },
          '-' },
        { "nobody says",
          LEVEL(.ahead_ms = 2 * H),
          { .level = OHM_LEVEL_NONE, AHEAD(1000000) },
          '.' },
#define CHEAP { .kind = OHM_WHEN_CHEAP, .threshold = 4 }
        { "the cheapest", CHEAP, { .cheaper_hours = 0 }, '+' },
        { "the fourth", CHEAP, { .cheaper_hours = 3 }, '+' },
        { "the fifth", CHEAP, { .cheaper_hours = 4 }, '-' },
        { "no prices", CHEAP, { .cheaper_hours = -1 }, '.' },
        { "away, and they are",
          { .kind = OHM_WHEN_PRESENCE, .below = true },
          { .presence = 0 },
          '+' },
        { "away, and somebody is home",
          { .kind = OHM_WHEN_PRESENCE, .below = true },
          { .presence = 1 },
          '-' },
        { "home", { .kind = OHM_WHEN_PRESENCE }, { .presence = 1 }, '+' },
        { "nobody said", { .kind = OHM_WHEN_PRESENCE }, { .presence = -1 }, '.' },
#define ORDER(i, va) { .kind = OHM_WHEN_ORDER, .input = (i), .threshold = (va) }
        { "ordered below", ORDER(1, 4001), { .limits = ordered, .limits_count = 2 }, '+' },
        { "ordered, but not that low",
          ORDER(1, 4000),
          { .limits = ordered, .limits_count = 2 },
          '-' },
        { "not ordered", ORDER(0, 99999), { .limits = ordered, .limits_count = 2 }, '-' },
        { "a limit that is gone", ORDER(2, 99999), { .limits = ordered, .limits_count = 2 }, '.' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_rule rule = { .id = "a",
                                .fed = true,
                                .otherwise = true,
                                .priority = 5,
                                .whens_count = 1,
                                .whens = { rows[i].when } };
        bench b;
        begin(&b, &rule);
        ohm_rules_now now = rows[i].now;
        now.mono = b.now.mono;
        now.utc_ms = b.now.utc_ms;
        now.calendar = true;
        now.price_ueur = OHM_RULE_NO_PRICE;
        now.loads = loads;
        now.states = b.states;
        now.loads_count = 2;
        b.now = now;
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

/* Where they contradict each other, and where they can't. */
static void they_meet_or_not(void **state)
{
    (void)state;
    static const ohm_when red = DAY(0), next_red = DAY(.tomorrow = true),
                          ahead = DAY(.ahead_ms = 1),
                          blue = { .kind = OHM_WHEN_DAY, .threshold = 1 },
                          not_red = DAY(.unless = true), home = { .kind = OHM_WHEN_PRESENCE },
                          away = { .kind = OHM_WHEN_PRESENCE, .below = true },
                          not_home = { .kind = OHM_WHEN_PRESENCE, .unless = true }, cheap = CHEAP,
                          dear = { .kind = OHM_WHEN_CHEAP, .threshold = 4, .unless = true },
                          cheaper = { .kind = OHM_WHEN_CHEAP, .threshold = 2 },
                          low = ORDER(1, 3000), other = ORDER(0, 3000),
                          not_low = {
                              .kind = OHM_WHEN_ORDER, .input = 1, .threshold = 3000, .unless = true
                          };
    static const struct {
        const ohm_when *a, *b;
        bool want;
    } rows[] = {
        { &red, &blue, false },    { &red, &red, true },        { &red, &next_red, true },
        { &red, &not_red, false }, { &blue, &not_red, true },   { &red, &ahead, true },
        { &home, &away, false },   { &home, &not_home, false }, { &away, &not_home, true },
        { &cheap, &dear, false },  { &cheap, &cheaper, true },  { &cheaper, &dear, false },
        { &low, &not_low, false }, { &low, &other, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_rule a = {
            .id = "a", .fed = true, .priority = 5, .whens_count = 1, .whens = { *rows[i].a }
        };
        const ohm_rule b = { .id = "b", .priority = 5, .whens_count = 1, .whens = { *rows[i].b } };
        ohm_rule_example e;
        if (ohm_rules_contradict(&a, &b, &e) != rows[i].want)
            fail_msg("row %zu", i);
        assert_true(!rows[i].want || e.others_count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions),
        cmocka_unit_test(exceptions_meet_nothing),
        cmocka_unit_test(what_both_sets_have_goes_on),
        cmocka_unit_test(what_else_is_known),
        cmocka_unit_test(they_meet_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
