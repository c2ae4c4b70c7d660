/* Users' rules at their edges: what they believe, what is not known, who wins, which meet. */
#include "control/rule.h"
#include "control/setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { S = 1000, M = 60 * S, H = 60 * M, EXPORT = 0, IMPORT = 1, TEMP = 2, NET = 3 };

static const ohm_load loads[] = {
    { .id = "tank", .nominal_w = 2000, .tier = 1 },
    { .id = "car", .nominal_w = 3000, .tier = 1 },
};

typedef struct bench {
    ohm_rule_set set;
    ohm_rules rules;
    ohm_load_state states[2];
    ohm_rules_now now;
} bench;

static ohm_rule rule_of(const char *id, ohm_when when)
{
    ohm_rule rule = {
        .fed = true, .otherwise = true, .priority = 5, .whens_count = 1, .whens = { when }
    };
    memcpy(rule.id, id, strlen(id));
    return rule;
}

static void begin(bench *b, const ohm_rule *rule)
{
    memset(b, 0, sizeof *b);
    ohm_rule_set_init(&b->set);
    b->set.inputs_count = 4;
    b->set.inputs[EXPORT] = (ohm_rule_input){ 0, OHM_Q_POWER_EXPORT, 30 * S };
    b->set.inputs[IMPORT] = (ohm_rule_input){ 0, OHM_Q_POWER_IMPORT, 30 * S };
    b->set.inputs[TEMP] = (ohm_rule_input){ 1, OHM_Q_TEMPERATURE, 10 * M };
    b->set.inputs[NET] = (ohm_rule_input){ 0, OHM_Q_POWER, 30 * S };
    b->set.surplus_export = EXPORT;
    b->set.surplus_import = IMPORT;
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

static void say_as(bench *b, int input, int64_t value, ohm_quality quality)
{
    const ohm_frame frame = {
        .device = b->set.inputs[input].device,
        .count = 1,
        .values = { { b->set.inputs[input].quantity, (uint8_t)quality, value } },
    };
    ohm_rules_frame(&b->set, &b->rules, &frame, b->now.mono);
}

static void say(bench *b, int input, int64_t value)
{
    say_as(b, input, value, OHM_QUALITY_GOOD);
}

static char asks(bench *b)
{
    bool fed = false;
    ohm_rules_step(&b->set, &b->rules, &b->now);
    if (ohm_rules_ask(&b->set, &b->rules, 0, &fed) == OHM_RULE_NONE)
        return '.';
    return fed ? '+' : '-';
}

/* --- what is believed ------------------------------------------------------------------------- */

static const ohm_when warm = { .kind = OHM_WHEN_VALUE, .input = TEMP, .threshold = 2000 };

static void what_is_believed_of_a_series(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t value, age_ms;
        ohm_quality quality;
        int input;
        char want;
    } rows[] = {
        { "warm", 2001, 0, OHM_QUALITY_GOOD, TEMP, '+' },
        { "just not", 2000, 0, OHM_QUALITY_GOOD, TEMP, '-' },
        { "nobody vouches for it", 2001, 0, OHM_QUALITY_SUSPECT, TEMP, '.' },
        { "as old as may be", 2001, 10 * M, OHM_QUALITY_GOOD, TEMP, '+' },
        { "older", 2001, 10 * M + 1, OHM_QUALITY_GOOD, TEMP, '.' },
        { "more than any value", OHM_RULE_VALUE_MAX + 1, 0, OHM_QUALITY_GOOD, TEMP, '.' },
        { "the greatest", OHM_RULE_VALUE_MAX, 0, OHM_QUALITY_GOOD, TEMP, '+' },
        { "less than any value", -OHM_RULE_VALUE_MAX - 1, 0, OHM_QUALITY_GOOD, TEMP, '.' },
        { "the least", -OHM_RULE_VALUE_MAX, 0, OHM_QUALITY_GOOD, TEMP, '-' },
        { "another device's", 2001, 0, OHM_QUALITY_GOOD, EXPORT, '.' },
    };
    const ohm_rule rule = rule_of("a", warm);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b, &rule);
        say_as(&b, rows[i].input, rows[i].value, rows[i].quality);
        b.now.mono.v += rows[i].age_ms;
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
    bench b;
    begin(&b, &rule);
    assert_true(ohm_rules_read(&b.set, 1) && !ohm_rules_read(&b.set, 2));
    assert_true(ohm_rules_look_at(&b.set, OHM_WHEN_VALUE));
    assert_false(ohm_rules_look_at(&b.set, OHM_WHEN_PRICE));
    /* Another quantity of the same device is no temperature. */
    ohm_frame frame = { .device = 1, .count = 1, .values = { { OHM_Q_POWER, 0, 9999 } } };
    ohm_rules_frame(&b.set, &b.rules, &frame, b.now.mono);
    assert_int_equal(asks(&b), '.');
}

/* What is fed back, with what this rule has its load take; -1: nobody says. */
static void what_is_a_surplus(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t out_w, in_w, net_w;
        bool by_net, active, fed;
        char want; /* of more than 1500 W */
    } rows[] = {
        { "nobody says", -1, -1, -1, false, false, false, '.' },
        { "what is drawn alone is no surplus", -1, 100, -1, false, false, false, '.' },
        { "fed back", 1600, -1, -1, false, false, false, '+' },
        { "less", 1500, -1, -1, false, false, false, '-' },
        { "and drawn at once, on another phase", 1600, 200, -1, false, false, false, '-' },
        { "by the sum", -1, -1, -1600, true, false, false, '+' },
        { "the sum goes before the parts", 9000, 0, -100, true, false, false, '-' },
        { "the tank takes it, because of the rule", 0, 100, -1, false, true, true, '+' },
        { "it is off: nothing of it is its own", 0, 100, -1, false, true, false, '-' },
        { "it is fed by something else", 0, 100, -1, false, false, true, '-' },
    };
    const ohm_rule rule = rule_of("sun", (ohm_when){ .kind = OHM_WHEN_SURPLUS, .threshold = 1500 });
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b, &rule);
        b.set.surplus_net = rows[i].by_net ? NET : OHM_INPUT_NONE;
        if (rows[i].out_w >= 0)
            say(&b, EXPORT, 10 * rows[i].out_w);
        if (rows[i].in_w >= 0)
            say(&b, IMPORT, 10 * rows[i].in_w);
        if (rows[i].by_net)
            say(&b, NET, 10 * rows[i].net_w);
        b.rules.rules[0].active = rows[i].active;
        b.states[0].fed = rows[i].fed;
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
    assert_true(ohm_rule_follows(&rule));
    const ohm_rule lack =
        rule_of("a", (ohm_when){ .kind = OHM_WHEN_SURPLUS, .below = true, .threshold = 1 });
    const ohm_rule other = rule_of("a", warm);
    assert_false(ohm_rule_follows(&lack) || ohm_rule_follows(&other));
}

/* Hours of a day, over midnight and not; what follows midnight belongs to the evening before. */
static void hours_of_days(void **state)
{
    (void)state;
    enum { MONDAY = 1, SUNDAY = 64, ALL = 127 };
    static const struct {
        const char *why;
        uint16_t from, to;
        uint8_t days, weekday;
        uint16_t minute;
        char want;
    } rows[] = {
        { "as it begins", 480, 720, ALL, 2, 480, '+' },
        { "before", 480, 720, ALL, 2, 479, '-' },
        { "its last minute", 480, 720, ALL, 2, 719, '+' },
        { "its end", 480, 720, ALL, 2, 720, '-' },
        { "another day", 480, 720, MONDAY, 2, 500, '-' },
        { "the whole day", 480, 480, MONDAY, 0, 3, '+' },
        { "the evening", 1320, 360, MONDAY, 0, 1320, '+' },
        { "after midnight it is Monday's", 1320, 360, MONDAY, 1, 100, '+' },
        { "Monday's morning is Sunday's", 1320, 360, MONDAY, 0, 100, '-' },
        { "the week goes round", 1320, 360, SUNDAY, 0, 100, '+' },
        { "neither evening nor morning", 1320, 360, ALL, 3, 720, '-' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_rule rule = rule_of("a", (ohm_when){ .kind = OHM_WHEN_TIME,
                                                       .from_minute = rows[i].from,
                                                       .to_minute = rows[i].to,
                                                       .weekdays = rows[i].days });
        bench b;
        begin(&b, &rule);
        b.now.weekday = rows[i].weekday;
        b.now.minute = rows[i].minute;
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

/* Without a clock, each kind that goes by one says nothing. */
static void without_a_clock(void **state)
{
    (void)state;
    static const ohm_when whens[] = {
        { .kind = OHM_WHEN_TIME, .weekdays = 127 }, { .kind = OHM_WHEN_LEVEL, .threshold = 1 },
        { .kind = OHM_WHEN_DAY, .threshold = 3 },   { .kind = OHM_WHEN_CHEAP, .threshold = 4 },
        { .kind = OHM_WHEN_PRICE, .threshold = 1 },
    };
    for (size_t i = 0; i < sizeof whens / sizeof *whens; i++) {
        const ohm_rule rule = rule_of("a", whens[i]);
        bench b;
        begin(&b, &rule);
        b.now.level = 3;
        b.now.day = 3;
        b.now.price_ueur = 10;
        assert_int_equal(asks(&b), '+');
        assert_true(b.rules.rules[0].since_ms == b.now.utc_ms);
        begin(&b, &rule);
        b.now.level = 3;
        b.now.day = 3;
        b.now.price_ueur = 10;
        b.now.calendar = false;
        assert_int_equal(asks(&b), '.');
    }
    /* And what goes by none is since nobody knows when. */
    const ohm_rule rule = rule_of("a", warm);
    bench b;
    begin(&b, &rule);
    b.now.calendar = false;
    say(&b, TEMP, 2100);
    assert_int_equal(asks(&b), '+');
    assert_true(b.rules.rules[0].since_ms == OHM_NO_MS);
}

/* --- all of them, and how long ------------------------------------------------------------------
 */

/* Two conditions: T true, F false, ? not known. */
static void of_two_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *both;
        char want;
    } rows[] = {
        { "TT", '+' }, { "TF", '-' }, { "FT", '-' }, { "FF", '-' }, { "T?", '.' },
        { "?T", '.' }, { "F?", '-' }, { "?F", '-' }, { "??", '.' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule rule = rule_of("a", warm);
        rule.whens_count = 2;
        rule.whens[1] = (ohm_when){ .kind = OHM_WHEN_PRESENCE };
        bench b;
        begin(&b, &rule);
        if (rows[i].both[0] != '?')
            say(&b, TEMP, rows[i].both[0] == 'T' ? 2100 : 1900);
        b.now.presence = rows[i].both[1] == '?' ? -1 : rows[i].both[1] == 'T';
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].both, got, rows[i].want);
    }
}

/* For as long as it says at the least, and at the most; then its conditions have to fail once. */
static void how_long_it_asks(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t after_ms;
        int64_t value; /* -1: silent, and what was said is too old */
        char want;
    } rows[] = {
        { "it begins", 0, 2100, '+' },
        { "cold again: not before its least", 9 * M, 1900, '+' },
        { "and no longer", M, 1900, '-' },
        { "warm again", M, 2100, '+' },
        { "still", 9 * M, 2100, '+' },
        { "half an hour: its most", 21 * M, 2100, '-' },
        { "its conditions have not failed", M, 2100, '-' },
        { "a sensor that is silent does not begin it anew", 11 * M, -1, '.' },
        { "nor does it when it is back", M, 2100, '-' },
        { "they failed", M, 1900, '-' },
        { "and hold", M, 2100, '+' },
        { "silent for longer than its least", 11 * M, -1, '.' },
    };
    ohm_rule rule = rule_of("a", warm);
    rule.least_ms = 10 * M;
    rule.most_ms = 30 * M;
    bench b;
    begin(&b, &rule);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.now.mono.v += rows[i].after_ms;
        if (rows[i].value >= 0)
            say(&b, TEMP, rows[i].value);
        char got = asks(&b);
        if (got != rows[i].want)
            fail_msg("%s: %c instead of %c", rows[i].why, got, rows[i].want);
    }
}

/* Of all that ask something of one load: what holds before what is asked otherwise, then the
 * priority, then the first. */
static void who_wins(void **state)
{
    (void)state;
    enum { NOBODY = OHM_RULE_NONE };
    static const struct {
        const char *why;
        struct {
            uint8_t priority;
            char holds; /* T, F, ? */
            bool otherwise;
            uint16_t load;
        } rules[2];
        uint16_t want;
        bool fed;
    } rows[] = {
        { "both hold: the higher", { { 3, 'T', false, 0 }, { 4, 'T', false, 0 } }, 1, true },
        { "both hold: the higher is first",
          { { 4, 'T', false, 0 }, { 3, 'T', false, 0 } },
          0,
          true },
        { "one of the same", { { 4, 'T', false, 0 }, { 4, 'T', false, 0 } }, 0, true },
        { "what holds goes before a higher otherwise",
          { { 9, 'F', true, 0 }, { 1, 'T', false, 0 } },
          1,
          true },
        { "otherwise alone", { { 9, 'F', false, 0 }, { 1, 'F', true, 0 } }, 1, false },
        { "nobody knows of either", { { 9, '?', true, 0 }, { 1, '?', true, 0 } }, NOBODY, false },
        { "they fail, and ask nothing then",
          { { 9, 'F', false, 0 }, { 1, 'F', false, 0 } },
          NOBODY,
          false },
        { "about another load", { { 9, 'T', false, 1 }, { 1, 'F', true, 0 } }, 1, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_rule none = rule_of("a", warm);
        bench b;
        begin(&b, &none);
        b.set.count = 2;
        for (int k = 0; k < 2; k++) {
            const ohm_when when = k ? (ohm_when){ .kind = OHM_WHEN_PRESENCE } : warm;
            b.set.rules[k] = rule_of(k ? "b" : "a", when);
            b.set.rules[k].priority = rows[i].rules[k].priority;
            b.set.rules[k].otherwise = rows[i].rules[k].otherwise;
            b.set.rules[k].load = rows[i].rules[k].load;
        }
        if (rows[i].rules[0].holds != '?')
            say(&b, TEMP, rows[i].rules[0].holds == 'T' ? 2100 : 1900);
        b.now.presence = rows[i].rules[1].holds == '?' ? -1 : rows[i].rules[1].holds == 'T';
        ohm_rules_step(&b.set, &b.rules, &b.now);
        bool fed = false;
        if (ohm_rules_ask(&b.set, &b.rules, 0, &fed) != rows[i].want || fed != rows[i].fed)
            fail_msg("%s", rows[i].why);
    }
}

/* --- which meet ----------------------------------------------------------------------------------
 */

static void which_meet(void **state)
{
    (void)state;
#define V(...)                                                                                     \
    {                                                                                              \
        .kind = OHM_WHEN_VALUE, .input = TEMP, __VA_ARGS__                                         \
    }
#define T(...)                                                                                     \
    {                                                                                              \
        .kind = OHM_WHEN_TIME, __VA_ARGS__                                                         \
    }
    static const struct {
        const char *why;
        ohm_when a, b;
        bool want;
    } rows[] = {
        { "warm and cold", V(.threshold = 2000), V(.threshold = 1900, .below = true), false },
        { "where their hysteresis overlaps", V(.threshold = 2000, .hysteresis = 100),
          V(.threshold = 1950, .below = true), true },
        { "of two sensors",
          V(.threshold = 2000),
          { .kind = OHM_WHEN_VALUE, .input = EXPORT, .threshold = 1900, .below = true },
          true },
        { "dear and cheap",
          { .kind = OHM_WHEN_PRICE, .threshold = 200000 },
          { .kind = OHM_WHEN_PRICE, .threshold = 150000, .below = true },
          false },
        { "dear, and no surplus",
          { .kind = OHM_WHEN_PRICE, .threshold = 200000 },
          { .kind = OHM_WHEN_SURPLUS, .threshold = 1, .below = true },
          true },
        { "tense and very tense",
          { .kind = OHM_WHEN_LEVEL, .threshold = 2 },
          { .kind = OHM_WHEN_LEVEL, .threshold = 3 },
          true },
        { "very tense first",
          { .kind = OHM_WHEN_LEVEL, .threshold = 3 },
          { .kind = OHM_WHEN_LEVEL, .threshold = 2 },
          true },
        { "tense now and tense soon",
          { .kind = OHM_WHEN_LEVEL, .threshold = 2 },
          { .kind = OHM_WHEN_LEVEL, .threshold = 2, .ahead_ms = H },
          true },
        { "red today, blue tomorrow",
          { .kind = OHM_WHEN_DAY, .threshold = 3 },
          { .kind = OHM_WHEN_DAY, .threshold = 1, .tomorrow = true },
          true },
        { "not red for an hour, and red",
          { .kind = OHM_WHEN_DAY, .threshold = 3, .unless = true, .for_ms = H },
          { .kind = OHM_WHEN_DAY, .threshold = 3 },
          true },
        { "an order below 3 kVA, and none below 4",
          { .kind = OHM_WHEN_ORDER, .threshold = 3000 },
          { .kind = OHM_WHEN_ORDER, .threshold = 4000, .unless = true },
          false },
        { "an order below 4 kVA, and none below 3",
          { .kind = OHM_WHEN_ORDER, .threshold = 4000 },
          { .kind = OHM_WHEN_ORDER, .threshold = 3000, .unless = true },
          true },
        { "an exception that has to last is no bound",
          { .kind = OHM_WHEN_ORDER, .threshold = 3000 },
          { .kind = OHM_WHEN_ORDER, .threshold = 4000, .unless = true, .for_ms = M },
          true },
        { "morning and evening", T(.from_minute = 400, .to_minute = 600, .weekdays = 127),
          T(.from_minute = 600, .to_minute = 700, .weekdays = 127), false },
        { "Sunday's night and Monday's morning",
          T(.from_minute = 1320, .to_minute = 360, .weekdays = 64),
          T(.from_minute = 300, .to_minute = 400, .weekdays = 1), true },
        { "Sunday's night and Tuesday's morning",
          T(.from_minute = 1320, .to_minute = 360, .weekdays = 64),
          T(.from_minute = 300, .to_minute = 400, .weekdays = 2), false },
        { "never in the morning, and then",
          T(.from_minute = 400, .to_minute = 600, .weekdays = 127, .unless = true),
          T(.from_minute = 400, .to_minute = 600, .weekdays = 127), false },
        { "once it was morning for an hour it is not",
          T(.from_minute = 400, .to_minute = 600, .weekdays = 127, .unless = true, .for_ms = H),
          T(.from_minute = 400, .to_minute = 600, .weekdays = 127), true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule a = rule_of("a", rows[i].a), b = rule_of("b", rows[i].b);
        a.otherwise = b.otherwise = b.fed = false;
        ohm_rule_example e;
        if (ohm_rules_contradict(&a, &b, &e) != rows[i].want ||
            ohm_rules_contradict(&b, &a, &e) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

static void a_rule_that_never_holds_is_known(void **state)
{
    (void)state;
    const ohm_when dear = { .kind = OHM_WHEN_PRICE, .threshold = 200000 };
    const ohm_when cheap = { .kind = OHM_WHEN_PRICE, .threshold = 100000, .below = true };
    const ohm_when home = { .kind = OHM_WHEN_PRESENCE };
    const ohm_when night = T(.from_minute = 1320, .to_minute = 360, .weekdays = 127);
    const struct {
        const char *why;
        ohm_when a, b;
        bool can;
    } rows[] = {
        { "dear and cheap at once", dear, cheap, false },
        { "dear while somebody is at home", dear, home, true },
        { "by night at noon", night, T(.from_minute = 700, .to_minute = 800, .weekdays = 127),
          false },
        { "by night, but not at noon", night,
          T(.from_minute = 700, .to_minute = 800, .weekdays = 127, .unless = true), true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule rule = rule_of("a", rows[i].a);
        rule.whens[rule.whens_count++] = rows[i].b;
        if (ohm_rule_can_hold(&rule) != rows[i].can)
            fail_msg("%s", rows[i].why);
    }
}

/* Who can't contradict each other, whatever they look at; and where the first two of a set do. */
static void who_can_contradict(void **state)
{
    (void)state;
    const ohm_when home = { .kind = OHM_WHEN_PRESENCE };
    const ohm_when away = { .kind = OHM_WHEN_PRESENCE, .below = true };
    static const struct {
        const char *why;
        uint16_t load;
        uint8_t priority;
        bool fed, otherwise_a, otherwise_b, meets;
        bool want, neither;
    } rows[] = {
        { "opposite, at once", 0, 5, false, false, false, true, true, false },
        { "of another load", 1, 5, false, false, false, true, false, false },
        { "of another priority", 0, 6, false, false, false, true, false, false },
        { "the same", 0, 5, true, false, false, true, false, false },
        { "never at once", 0, 5, false, false, false, false, false, false },
        { "never at once, and one otherwise", 0, 5, false, true, false, false, false, false },
        { "both otherwise", 0, 5, false, true, true, false, true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule a = rule_of("a", home), b = rule_of("b", rows[i].meets ? home : away);
        a.otherwise = rows[i].otherwise_a;
        b.otherwise = rows[i].otherwise_b;
        b.load = rows[i].load;
        b.priority = rows[i].priority;
        b.fed = rows[i].fed;
        ohm_rule_example e;
        if (ohm_rules_contradict(&a, &b, &e) != rows[i].want)
            fail_msg("%s", rows[i].why);
        if (rows[i].want)
            assert_int_equal(e.neither, rows[i].neither);
    }
    bench b;
    const ohm_rule first = rule_of("a", home);
    begin(&b, &first);
    uint16_t one = 9, two = 9;
    ohm_rule_example e;
    assert_false(ohm_rules_conflict(&b.set, &one, &two, &e));
    b.set.count = 3;
    b.set.rules[1] = rule_of("b", home);
    b.set.rules[2] = rule_of("c", home);
    assert_false(ohm_rules_conflict(&b.set, &one, &two, &e));
    b.set.rules[2].fed = false;
    assert_true(ohm_rules_conflict(&b.set, &one, &two, &e));
    assert_int_equal(one, 0);
    assert_int_equal(two, 2);
}

/* An order for a heater, watts for a charger: of that kind, and such that it takes. */
static void orders_for_heaters(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_load_kind kind;
        bool fed;
        int32_t setting;
        ohm_code code;
    } rows[] = {
        { "Eco feeds it", OHM_LOAD_PILOT, true, OHM_ORDER_ECO, OHM_OK },
        { "Arret sheds it", OHM_LOAD_PILOT, false, OHM_ORDER_ARRET, OHM_OK },
        { "Eco does not shed it", OHM_LOAD_PILOT, false, OHM_ORDER_ECO, OHM_UNSUPPORTED },
        { "its relays can't make that", OHM_LOAD_PILOT, true, OHM_ORDER_CONFORT_1,
          OHM_UNSUPPORTED },
        { "a contact takes none", OHM_LOAD_SWITCHED, true, 0, OHM_UNSUPPORTED },
        { "a charger takes watts", OHM_LOAD_MODULATED, true, 2000, OHM_OK },
        { "not more than it can", OHM_LOAD_MODULATED, true, 3001, OHM_UNSUPPORTED },
        { "nor less than its least", OHM_LOAD_MODULATED, true, 999, OHM_UNSUPPORTED },
        { "none is not fed", OHM_LOAD_MODULATED, true, 0, OHM_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_load load = { .id = "tank",
                                .kind = rows[i].kind,
                                .nominal_w = 3000,
                                .min_w = 1000,
                                .step_w = 10,
                                .shed_setting = OHM_ORDER_HORS_GEL,
                                .orders = 1 << OHM_ORDER_CONFORT | 1 << OHM_ORDER_ECO |
                                          1 << OHM_ORDER_HORS_GEL | 1 << OHM_ORDER_ARRET };
        const ohm_rule rule = rule_of("a", warm);
        bench b;
        begin(&b, &rule);
        b.set.rules[0].exact = true;
        b.set.rules[0].otherwise = false;
        b.set.rules[0].fed = rows[i].fed;
        b.set.rules[0].setting = rows[i].setting;
        ohm_err err = ohm_rules_check(&b.set, &load, 1);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_believed_of_a_series),
        cmocka_unit_test(what_is_a_surplus),
        cmocka_unit_test(hours_of_days),
        cmocka_unit_test(without_a_clock),
        cmocka_unit_test(of_two_conditions),
        cmocka_unit_test(how_long_it_asks),
        cmocka_unit_test(who_wins),
        cmocka_unit_test(which_meet),
        cmocka_unit_test(a_rule_that_never_holds_is_known),
        cmocka_unit_test(who_can_contradict),
        cmocka_unit_test(orders_for_heaters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
