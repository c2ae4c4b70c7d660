/* Users' rules: conditions, their durations, who wins, and what contradicts what. */
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

/* The plate says 2000 W, the meter showed 1000 W: at night the house buys them. */
static void surplus_by_what_is_learnt(void **state)
{
    (void)state;
    static const ohm_rule rule = {
        .id = "sun",
        .fed = true,
        .otherwise = true,
        .priority = 5,
        .whens_count = 1,
        .whens = { { .kind = OHM_WHEN_SURPLUS, .threshold = 800, .hysteresis = 200 } },
    };
    static const struct {
        const char *why;
        bool sure;
        int64_t net_w;
        char want;
    } rows[] = {
        { "sun enough", true, -1000, '+' },
        { "it takes 1000 of it", true, 0, '+' },
        { "it buys 200 of its 1000", true, 200, '+' },
        { "night: all is bought", true, 1200, '-' },
        { "sun again", false, -1000, '+' },
        { "by its plate nothing of it is bought", false, 1200, '+' },
    };
    bench b;
    begin(&b, &rule);
    b.set.surplus_export = OHM_INPUT_NONE;
    b.set.surplus_net = EXPORT;
    b.set.inputs[EXPORT].quantity = OHM_Q_POWER;
    b.states[0].learnt_va = 1000;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.now.mono.v += S;
        b.states[0].sure = rows[i].sure;
        say(&b, EXPORT, rows[i].net_w * 10);
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

static void surplus(void **state)
{
    (void)state;
    static const ohm_rule rule = {
        .id = "sun",
        .fed = true,
        .otherwise = true,
        .priority = 5,
        .least_ms = 20 * M,
        .whens_count = 1,
        .whens = { { .kind = OHM_WHEN_SURPLUS,
                     .threshold = 1500,
                     .hysteresis = 200,
                     .for_ms = 5 * M } },
    };
    static const struct {
        const char *why;
        int64_t after_ms, export_w; /* -1: the meter is silent */
        char want;
    } rows[] = {
        { "nothing is known yet", 0, -1, '.' },
        { "too little", S, 1400, '-' },
        { "enough, but not for long", S, 1600, '-' },
        { "nearly five minutes", 299 * S, 1600, '-' },
        { "five minutes", S, 1600, '+' },
        { "the load takes 2000 of it, and that is no end", 10 * M, 0, '+' },
        { "a cloud: its minimum time", S, 0, '+' },
        { "it is over only below the hysteresis", 15 * M, 0, '+' },
        { "the load takes more than there is", 30 * M, 0, '+' },
        { "silent: nobody knows, and nothing is asked", M, -1, '.' },
    };
    bench b;
    begin(&b, &rule);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.now.mono.v += rows[i].after_ms;
        if (rows[i].export_w >= 0)
            say(&b, EXPORT, rows[i].export_w * 10);
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

static void thermostat(void **state)
{
    (void)state;
    static const ohm_rule rule = {
        .id = "warm",
        .fed = true,
        .otherwise = true,
        .priority = 5,
        .whens_count = 1,
        .whens = { { .kind = OHM_WHEN_VALUE,
                     .input = TEMP,
                     .below = true,
                     .threshold = 1900,
                     .hysteresis = 30 } },
    };
    static const struct {
        int64_t temp;
        char want;
    } rows[] = { { 2000, '-' }, { 1900, '-' }, { 1899, '+' }, { 1929, '+' },
                 { 1930, '-' }, { 1910, '-' }, { 1899, '+' } };
    bench b;
    begin(&b, &rule);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.now.mono.v += S;
        say(&b, TEMP, rows[i].temp);
        assert_int_equal(asks(&b), rows[i].want);
    }
    b.now.mono.v += 11 * M; /* a dead sensor leaves nobody cold */
    assert_int_equal(asks(&b), '.');
}

static void times_levels_prices(void **state)
{
    (void)state;
    enum { MON = 0, SAT = 5, SUN = 6 };
    static const struct {
        const char *why;
        ohm_when when;
        bool calendar;
        uint8_t weekday;
        uint16_t minute;
        int32_t level;
        int64_t price;
        char want;
    } rows[] = {
        { "within",
          { .kind = OHM_WHEN_TIME, .from_minute = 480, .to_minute = 1080, .weekdays = 127 },
          true,
          MON,
          480,
          0,
          0,
          '+' },
        { "its end is not",
          { .kind = OHM_WHEN_TIME, .from_minute = 480, .to_minute = 1080, .weekdays = 127 },
          true,
          MON,
          1080,
          0,
          0,
          '.' },
        { "past midnight, of the evening before",
          { .kind = OHM_WHEN_TIME, .from_minute = 1320, .to_minute = 360, .weekdays = 1 << SAT },
          true,
          SUN,
          100,
          0,
          0,
          '+' },
        { "not of its own day",
          { .kind = OHM_WHEN_TIME, .from_minute = 1320, .to_minute = 360, .weekdays = 1 << SAT },
          true,
          SAT,
          100,
          0,
          0,
          '.' },
        { "all day", { .kind = OHM_WHEN_TIME, .weekdays = 1 << SUN }, true, SUN, 0, 0, 0, '+' },
        { "without a clock", { .kind = OHM_WHEN_TIME, .weekdays = 127 }, false, SUN, 0, 0, 0, '.' },
        { "a level", { .kind = OHM_WHEN_LEVEL, .threshold = 2 }, true, 0, 0, 2, 0, '+' },
        { "below it", { .kind = OHM_WHEN_LEVEL, .threshold = 2 }, true, 0, 0, 1, 0, '.' },
        { "nobody says it",
          { .kind = OHM_WHEN_LEVEL, .threshold = 1 },
          true,
          0,
          0,
          OHM_LEVEL_NONE,
          0,
          '.' },
        { "cheap",
          { .kind = OHM_WHEN_PRICE, .below = true, .threshold = 150000 },
          true,
          0,
          0,
          0,
          149999,
          '+' },
        { "not cheap",
          { .kind = OHM_WHEN_PRICE, .below = true, .threshold = 150000 },
          true,
          0,
          0,
          0,
          150000,
          '.' },
        { "not known",
          { .kind = OHM_WHEN_PRICE, .below = true, .threshold = 150000 },
          true,
          0,
          0,
          0,
          OHM_RULE_NO_PRICE,
          '.' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule rule = { .id = "r", .fed = true, .priority = 5, .whens_count = 1 };
        bench b;
        rule.whens[0] = rows[i].when;
        begin(&b, &rule);
        b.now.calendar = rows[i].calendar;
        b.now.weekday = rows[i].weekday;
        b.now.minute = rows[i].minute;
        b.now.level = rows[i].level;
        b.now.price_ueur = rows[i].price;
        if (asks(&b) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

static void longest_and_priority(void **state)
{
    (void)state;
    ohm_rule rule = { .id = "a", .fed = false, .priority = 5, .most_ms = 10 * M, .whens_count = 1 };
    rule.whens[0] = (ohm_when){ .kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 2000 };
    bench b;
    begin(&b, &rule);
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '-');
    b.now.mono.v += 10 * M;
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '.'); /* its longest is over, and it goes on being hot */
    b.now.mono.v += M;
    say(&b, TEMP, 1900);
    assert_int_equal(asks(&b), '.');
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '-'); /* anew */
    b.set.count = 2;
    b.set.rules[1] = rule;
    b.set.rules[1].fed = true;
    b.set.rules[1].id[0] = 'b';
    b.set.rules[1].priority = 6;
    assert_int_equal(asks(&b), '+'); /* the higher priority */
    b.set.rules[0].whens[0].below = true;
    b.set.rules[0].otherwise = true;
    b.set.rules[1].priority = 1;
    b.now.mono.v += 11 * M;
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '+'); /* what holds goes before what another asks otherwise */
}

static void contradictions(void **state)
{
    (void)state;
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
    static const struct {
        const char *why;
        ohm_when a[2], b[2];
        uint8_t a_count, b_count, priority_b;
        bool otherwise, want;
        uint16_t minute; /* of the example */
    } rows[] = {
        { "hot and cold never meet",
          { HOT(2100, 30) },
          { COLD(1900, 30) },
          1,
          1,
          5,
          false,
          false,
          0 },
        { "but by their hysteresis",
          { HOT(2100, 150) },
          { COLD(1900, 100) },
          1,
          1,
          5,
          false,
          true,
          0 },
        { "different things can be so at once",
          { HOT(2100, 0) },
          { AT(480, 600, 1) },
          1,
          1,
          5,
          false,
          true,
          480 },
        { "times that do not meet",
          { AT(0, 480, 127) },
          { AT(480, 600, 127) },
          1,
          1,
          5,
          false,
          false,
          0 },
        { "on different days", { AT(0, 0, 31) }, { AT(0, 0, 96) }, 1, 1, 5, false, false, 0 },
        { "a night reaches into Saturday",
          { AT(1320, 360, 16) },
          { AT(0, 60, 32) },
          1,
          1,
          5,
          false,
          true,
          5 * 1440 },
        { "another priority decides",
          { AT(0, 0, 127) },
          { AT(0, 0, 127) },
          1,
          1,
          6,
          false,
          false,
          0 },
        { "what both ask otherwise is opposite",
          { HOT(2100, 0) },
          { COLD(1900, 0) },
          1,
          1,
          5,
          true,
          true,
          0 },
        { "all conditions have to meet",
          { HOT(2000, 0), AT(0, 480, 127) },
          { COLD(1900, 0), AT(0, 480, 127) },
          2,
          2,
          5,
          false,
          false,
          0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule a = { .id = "a",
                       .fed = true,
                       .priority = 5,
                       .otherwise = rows[i].otherwise,
                       .whens_count = rows[i].a_count };
        ohm_rule b = { .id = "b",
                       .priority = rows[i].priority_b,
                       .otherwise = rows[i].otherwise,
                       .whens_count = rows[i].b_count };
        ohm_rule_example e = { .minute = 0 };
        memcpy(a.whens, rows[i].a, sizeof rows[i].a);
        memcpy(b.whens, rows[i].b, sizeof rows[i].b);
        bool got = ohm_rules_contradict(&a, &b, &e);
        if (got != rows[i].want || (got && e.minute != rows[i].minute))
            fail_msg("%s: %d at %u", rows[i].why, got, e.minute);
        b.fed = true;
        assert_false(ohm_rules_contradict(&a, &b, &e)); /* the same is no contradiction */
    }
}

static void what_a_set_cannot_have(void **state)
{
    (void)state;
    static const ohm_rule good = {
        .id = "a", .fed = true, .priority = 5, .whens_count = 1, .whens = { AT(0, 60, 1) }
    };
    bench b;
    begin(&b, &good);
    b.set.rules[0].priority = 0;
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_RANGE);
    b.set.rules[0] = good;
    b.set.rules[0].load = 2;
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_UNKNOWN);
    b.set.rules[0] = good;
    b.set.rules[0].load = 1;
    b.set.rules[0].otherwise = true; /* a fridge that is never shed */
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_DENIED);
    b.set.rules[0] = good;
    b.set.rules[0].whens[0].weekdays = 0;
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_RANGE);
    b.set.rules[0] = good;
    b.set.rules[0].whens[0] = (ohm_when){ .kind = OHM_WHEN_VALUE, .input = 2 };
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_UNKNOWN);
    b.set.rules[0] = good;
    b.set.rules[1] = good;
    b.set.count = 2;
    assert_int_equal(ohm_rules_check(&b.set, loads, 2).code, OHM_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surplus),
        cmocka_unit_test(surplus_by_what_is_learnt),
        cmocka_unit_test(thermostat),
        cmocka_unit_test(times_levels_prices),
        cmocka_unit_test(longest_and_priority),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(what_a_set_cannot_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
