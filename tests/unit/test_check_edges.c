/* Each field of what the engine is configured with and told, at its edges: the last value that is
 * good and the first that is not; and each field of a rule, which is another rule without it. */
#include "control/heat.h"
#include "control/rule.h"
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A whole number at a place of a struct. */
typedef struct field {
    size_t at, size;
    int64_t value;
} field;

#define F(type, member, to)                                                                        \
    {                                                                                              \
        offsetof(type, member), sizeof(((type *)0)->member), to                                    \
    }

/* Little-endian, as all machines that this runs on. */
static void spoil(void *whole, const field *f)
{
    memcpy((char *)whole + f->at, &f->value, f->size);
}

typedef struct row {
    const char *why;
    field change;
    ohm_code code;
} row;

static void differs(const row *r, ohm_err err)
{
    if (err.code != r->code)
        fail_msg("%s: %s: %s", r->why, ohm_code_name(err.code), err.what ? err.what : "");
}

/* --- rules ------------------------------------------------------------------------------------ */

static ohm_rule rule_of(const char *id)
{
    ohm_rule rule = {
        .load = 0,
        .fed = true,
        .priority = 5,
        .least_ms = 60000,
        .most_ms = 120000,
        .whens_count = 1,
        .whens = { { .kind = OHM_WHEN_VALUE, .threshold = 10, .hysteresis = 1, .for_ms = 1000 } },
    };
    memcpy(rule.id, id, strlen(id));
    return rule;
}

static ohm_rule_set *set_of(void)
{
    ohm_rule_set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    ohm_rule_set_init(set);
    set->inputs_count = 2;
    set->inputs[0] = (ohm_rule_input){ .device = 1, .quantity = OHM_Q_POWER, .stale_ms = 60000 };
    set->inputs[1] = (ohm_rule_input){ .device = 2, .quantity = OHM_Q_POWER, .stale_ms = 60000 };
    set->count = 2;
    set->rules[0] = rule_of("one");
    set->rules[1] = rule_of("two");
    return set;
}

#define R(member, to) F(ohm_rule_set, member, to)

static void rules_at_their_edges(void **state)
{
    (void)state;
    static const int64_t week = OHM_RULE_TIME_MAX, far = OHM_RULE_VALUE_MAX;
    const row rows[] = {
        { "as it is", R(count, 2), OHM_OK },
        { "no rules", R(count, 0), OHM_OK },
        { "too many", R(count, OHM_RULES_MAX + 1), OHM_TOO_BIG },
        { "too many series", R(inputs_count, OHM_RULE_INPUTS_MAX + 1), OHM_TOO_BIG },
        { "a device that can't be", R(inputs[1].device, OHM_DEVICES_MAX), OHM_RANGE },
        { "a quantity that can't be", R(inputs[1].quantity, OHM_QUANTITIES_COUNT), OHM_RANGE },
        { "never fresh", R(inputs[0].stale_ms, 0), OHM_RANGE },
        { "fresh for a week", R(inputs[0].stale_ms, week), OHM_OK },
        { "fresh for ever", R(inputs[0].stale_ms, week + 1), OHM_RANGE },
        { "a surplus of a series", R(surplus_export, 1), OHM_OK },
        { "fed back by nobody", R(surplus_export, 2), OHM_UNKNOWN },
        { "drawn by nobody", R(surplus_import, 2), OHM_UNKNOWN },
        { "a sum of nobody", R(surplus_net, 2), OHM_UNKNOWN },
        { "no id", R(rules[1].id[0], 0), OHM_BAD_FORMAT },
        { "a load that is not there", R(rules[1].load, 2), OHM_UNKNOWN },
        { "feeds what is never shed", R(rules[1].load, 1), OHM_OK },
        { "no priority", R(rules[1].priority, 0), OHM_RANGE },
        { "the last priority", R(rules[1].priority, 9), OHM_OK },
        { "one more", R(rules[1].priority, 10), OHM_RANGE },
        { "at least less than nothing", R(rules[0].least_ms, -1), OHM_RANGE },
        { "at least more than a week", R(rules[0].least_ms, week + 1), OHM_RANGE },
        { "at most less than nothing", R(rules[0].most_ms, -1), OHM_RANGE },
        { "at most more than a week", R(rules[0].most_ms, week + 1), OHM_RANGE },
        { "as long as it holds", R(rules[0].most_ms, 0), OHM_OK },
        { "its least is its most", R(rules[0].most_ms, 60000), OHM_OK },
        { "its most is less", R(rules[0].most_ms, 59999), OHM_CONFLICT },
        { "without a condition", R(rules[0].whens_count, 0), OHM_RANGE },
        { "too many conditions", R(rules[0].whens_count, OHM_RULE_WHENS_MAX + 1), OHM_RANGE },
        { "of no kind", R(rules[0].whens[0].kind, OHM_WHENS_COUNT), OHM_RANGE },
        { "of no series", R(rules[0].whens[0].input, 2), OHM_UNKNOWN },
        { "of a surplus that nobody says", R(rules[0].whens[0].kind, OHM_WHEN_SURPLUS),
          OHM_UNKNOWN },
        { "far below", R(rules[0].whens[0].threshold, -far), OHM_OK },
        { "too far below", R(rules[0].whens[0].threshold, -far - 1), OHM_RANGE },
        { "too far above", R(rules[0].whens[0].threshold, far + 1), OHM_RANGE },
        { "a hysteresis below nothing", R(rules[0].whens[0].hysteresis, -1), OHM_RANGE },
        { "a hysteresis too wide", R(rules[0].whens[0].hysteresis, far + 1), OHM_RANGE },
        { "for less than nothing", R(rules[0].whens[0].for_ms, -1), OHM_RANGE },
        { "for a week", R(rules[0].whens[0].for_ms, week), OHM_OK },
        { "for more", R(rules[0].whens[0].for_ms, week + 1), OHM_RANGE },
    };
    ohm_load loads[2] = { { .id = "boiler" }, { .id = "fridge", .never_shed = true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule_set *set = set_of();
        spoil(set, &rows[i].change);
        differs(&rows[i], ohm_rules_check(set, loads, 2));
        free(set);
    }
}

/* Conditions of the other kinds have edges of their own. */
static void conditions_at_their_edges(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_when when;
        uint16_t export, net;
        ohm_code code;
    } rows[] = {
        { "surplus by what is fed back", { .kind = OHM_WHEN_SURPLUS }, 0, OHM_INPUT_NONE, OHM_OK },
        { "surplus by the sum", { .kind = OHM_WHEN_SURPLUS }, OHM_INPUT_NONE, 1, OHM_OK },
        { "level 0", { .kind = OHM_WHEN_LEVEL, .threshold = 0 }, 0, 0, OHM_RANGE },
        { "level 1", { .kind = OHM_WHEN_LEVEL, .threshold = 1 }, 0, 0, OHM_OK },
        { "level 3", { .kind = OHM_WHEN_LEVEL, .threshold = 3 }, 0, 0, OHM_OK },
        { "level 4", { .kind = OHM_WHEN_LEVEL, .threshold = 4 }, 0, 0, OHM_RANGE },
        { "to midnight",
          { .kind = OHM_WHEN_TIME, .from_minute = 1439, .to_minute = 1440, .weekdays = 127 },
          0,
          0,
          OHM_OK },
        { "from the next day on",
          { .kind = OHM_WHEN_TIME, .from_minute = 1440, .weekdays = 1 },
          0,
          0,
          OHM_RANGE },
        { "into the next day",
          { .kind = OHM_WHEN_TIME, .to_minute = 1441, .weekdays = 1 },
          0,
          0,
          OHM_RANGE },
        { "on no day", { .kind = OHM_WHEN_TIME, .weekdays = 0 }, 0, 0, OHM_RANGE },
        { "on an eighth day", { .kind = OHM_WHEN_TIME, .weekdays = 128 }, 0, 0, OHM_RANGE },
    };
    const ohm_load load = { .id = "boiler" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule_set *set = set_of();
        set->surplus_export = rows[i].export;
        set->surplus_net = rows[i].net;
        set->rules[0].whens[0] = rows[i].when;
        ohm_err err = ohm_rules_check(set, &load, 1);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
        free(set);
    }
}

static void ids_and_loads_that_are_never_shed(void **state)
{
    (void)state;
    const ohm_load fridge = { .id = "fridge", .never_shed = true };
    ohm_rule_set *set = set_of();
    assert_int_equal(ohm_rules_check(set, &fridge, 1).code, OHM_OK);
    set->rules[1].otherwise = true; /* sheds it while it does not hold */
    assert_int_equal(ohm_rules_check(set, &fridge, 1).code, OHM_DENIED);
    set->rules[1].otherwise = false;
    set->rules[1].fed = false;
    assert_int_equal(ohm_rules_check(set, &fridge, 1).code, OHM_DENIED);
    set->rules[1] = set->rules[0];
    assert_int_equal(ohm_rules_check(set, &fridge, 1).code, OHM_CONFLICT);
    memset(set->rules[0].id, 'x', sizeof set->rules[0].id);
    assert_int_equal(ohm_rules_check(set, &fridge, 1).code, OHM_BAD_FORMAT);
    free(set);
}

/* What is remembered of a rule goes on where the other set has the same one, in each of its
 * fields, wherever its series stands in the list. */
static void another_rule_remembers_nothing(void **state)
{
    (void)state;
    const struct {
        const char *why;
        field change;
        bool same;
    } rows[] = {
        { "the same", R(count, 2), true },
        { "another id", R(rules[0].id[0], 'O'), false },
        { "another load", R(rules[0].load, 1), false },
        { "the opposite", R(rules[0].fed, false), false },
        { "and otherwise", R(rules[0].otherwise, true), false },
        { "another priority", R(rules[0].priority, 6), false },
        { "another least", R(rules[0].least_ms, 1), false },
        { "another most", R(rules[0].most_ms, 0), false },
        { "one condition more", R(rules[0].whens_count, 2), false },
        { "of another kind", R(rules[0].whens[0].kind, OHM_WHEN_PRICE), false },
        { "below", R(rules[0].whens[0].below, true), false },
        { "unless", R(rules[0].whens[0].unless, true), false },
        { "another threshold", R(rules[0].whens[0].threshold, 11), false },
        { "another hysteresis", R(rules[0].whens[0].hysteresis, 2), false },
        { "for another time", R(rules[0].whens[0].for_ms, 2), false },
        { "from another minute", R(rules[0].whens[0].from_minute, 2), false },
        { "to another minute", R(rules[0].whens[0].to_minute, 2), false },
        { "on other days", R(rules[0].whens[0].weekdays, 2), false },
        { "of another series", R(rules[0].whens[0].input, 1), false },
        { "of a series that is another one now", R(inputs[0].device, 3), false },
        { "of another quantity of it", R(inputs[0].quantity, OHM_Q_TEMPERATURE), false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule_set *from = set_of(), *to = set_of();
        ohm_rules *before = calloc(1, sizeof *before), *after = calloc(1, sizeof *after);
        assert_true(before && after);
        before->rules[0] = (ohm_rule_state){ .active = true, .since_mono = { 77 } };
        spoil(to, &rows[i].change);
        ohm_rules_carry(from, before, to, after);
        if (after->rules[0].active != rows[i].same)
            fail_msg("%s: %d", rows[i].why, after->rules[0].active);
        free(from);
        free(to);
        free(before);
        free(after);
    }
}

/* --- zones ------------------------------------------------------------------------------------ */

static void zones_of(ohm_heat_zone zones[static 2])
{
    for (uint16_t i = 0; i < 2; i++)
        zones[i] = (ohm_heat_zone){
            .id = { (char)('a' + i) },
            .device = 1,
            .stale_ms = 60000,
            .hysteresis_cc = 30,
            .frost_cc = 700,
            .below_cc = 100,
            .above_cc = 100,
            .loads_count = 1,
            .times_count = 2,
            .loads = { i },
            .times = { { 360, 0x1f, 2000 }, { 360, 0x60, 1900 } },
        };
}

typedef struct two_zones {
    ohm_heat_zone zones[2];
} two_zones;
#define Z(member, to) F(two_zones, zones[1].member, to)

static void zones_at_their_edges(void **state)
{
    (void)state;
    static const row rows[] = {
        { "as it is", Z(device, 1), OHM_OK },
        { "no id", Z(id[0], 0), OHM_BAD_FORMAT },
        { "the other's id", Z(id[0], 'a'), OHM_CONFLICT },
        { "no device", Z(device, OHM_DEVICES_MAX), OHM_UNKNOWN },
        { "silent at once", Z(stale_ms, 0), OHM_RANGE },
        { "silent after a day", Z(stale_ms, 86400000), OHM_OK },
        { "silent later", Z(stale_ms, 86400001), OHM_RANGE },
        { "hardly any hysteresis", Z(hysteresis_cc, 9), OHM_RANGE },
        { "a tenth of a kelvin", Z(hysteresis_cc, 10), OHM_OK },
        { "hysteresis beyond the slack", Z(hysteresis_cc, 1001), OHM_RANGE },
        { "frost below 0", Z(frost_cc, -1), OHM_RANGE },
        { "no frost", Z(frost_cc, 0), OHM_OK },
        { "a warm frost", Z(frost_cc, 1501), OHM_RANGE },
        { "a plan less far below than the thermostat", Z(below_cc, 29), OHM_RANGE },
        { "a plan too far below", Z(below_cc, 1001), OHM_RANGE },
        { "a plan less far above", Z(above_cc, 29), OHM_RANGE },
        { "a plan too far above", Z(above_cc, 1001), OHM_RANGE },
        { "no set point", Z(times_count, 0), OHM_RANGE },
        { "too many set points", Z(times_count, 17), OHM_RANGE },
        { "a minute of tomorrow", Z(times[1].minute, 1440), OHM_RANGE },
        { "the last minute", Z(times[1].minute, 1439), OHM_OK },
        { "on no day", Z(times[1].weekdays, 0), OHM_RANGE },
        { "on an eighth day", Z(times[1].weekdays, 0x80), OHM_RANGE },
        { "two begin at once", Z(times[1].weekdays, 0x10), OHM_CONFLICT },
        { "too cold", Z(times[1].set_cc, 499), OHM_RANGE },
        { "as cold as may be", Z(times[1].set_cc, 500), OHM_OK },
        { "too warm", Z(times[1].set_cc, 3501), OHM_RANGE },
        { "heated by nothing", Z(loads_count, 0), OHM_RANGE },
        { "heated by too much", Z(loads_count, 9), OHM_RANGE },
        { "heated by nobody", Z(loads[0], 3), OHM_UNKNOWN },
        { "by what is never shed", Z(loads[0], 2), OHM_CONFLICT },
        { "by what heats the other", Z(loads[0], 0), OHM_CONFLICT },
        { "by one twice", Z(loads_count, 2), OHM_CONFLICT },
    };
    const ohm_load loads[3] = { { .id = "a" }, { .id = "b" }, { .id = "c", .never_shed = true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        two_zones two;
        zones_of(two.zones);
        two.zones[1].loads[1] = rows[i].change.at == offsetof(two_zones, zones[1].loads_count);
        spoil(&two, &rows[i].change);
        differs(&rows[i], ohm_heat_check(two.zones, 2, loads, 3));
    }
    two_zones two;
    zones_of(two.zones);
    assert_int_equal(ohm_heat_check(two.zones, OHM_HEAT_ZONES_MAX + 1, loads, 3).code, OHM_TOO_BIG);
    memset(two.zones[0].name, 'x', sizeof two.zones[0].name);
    assert_int_equal(ohm_heat_check(two.zones, 2, loads, 3).code, OHM_BAD_FORMAT);
    memset(two.zones[0].id, 'x', sizeof two.zones[0].id);
    assert_int_equal(ohm_heat_check(two.zones, 2, loads, 3).code, OHM_BAD_FORMAT);
}

static void what_is_remembered_of_a_zone_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_heat_state state;
        bool ok;
    } rows[] = {
        { "nothing", { .air_cc = 99999 }, true },
        { "a cold room", { .known = true, .air_cc = -4000 }, true },
        { "a colder one", { .known = true, .air_cc = -4001 }, false },
        { "a fire", { .known = true, .air_cc = 6001 }, false },
        { "a set point", { .has_set = true, .set_cc = 3500 }, true },
        { "beyond", { .has_set = true, .set_cc = 3501 }, false },
        { "below", { .has_set = true, .set_cc = 499 }, false },
        { "by hand", { .overridden = true, .override_cc = 500 }, true },
        { "by hand, below", { .overridden = true, .override_cc = 499 }, false },
        { "by hand, beyond", { .overridden = true, .override_cc = 3501 }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_heat_state_ok(&rows[i].state) != rows[i].ok)
            fail_msg("%s", rows[i].why);
}

/* --- the engine ------------------------------------------------------------------------------- */

#define C(member, to) F(ohm_engine_config, member, to)

static void configurations_at_their_edges(void **state)
{
    (void)state;
    const int64_t hour = OHM_HOUR_MS;
    const row rows[] = {
        { "as it is", C(base_va, 0), OHM_OK },
        { "jitter below nothing", C(restore_jitter_ms, -1), OHM_RANGE },
        { "jitter of half an hour", C(restore_jitter_ms, hour / 2), OHM_OK },
        { "of more than an hour", C(restore_jitter_ms, hour + 1), OHM_RANGE },
        { "a base below nothing", C(base_va, -1), OHM_RANGE },
        { "a base of a power station", C(base_va, OHM_LIMIT_VA_MAX + 1), OHM_RANGE },
        { "too many branches", C(branches_count, OHM_BRANCHES_MAX + 1), OHM_TOO_BIG },
        { "a limit of a branch", C(limits[0].branch, 1), OHM_OK },
        { "of one that is not there", C(limits[0].branch, 2), OHM_UNKNOWN },
        { "a load on a branch", C(loads[0].branch, 1), OHM_OK },
        { "on one that is not there", C(loads[0].branch, 2), OHM_UNKNOWN },
        { "too many zones", C(zones_count, OHM_HEAT_ZONES_MAX + 1), OHM_TOO_BIG },
    };
    ohm_engine_config *c = malloc(sizeof *c);
    assert_non_null(c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_engine_config_defaults(c);
        c->branches_count = 1;
        c->limits_count = 1;
        c->limits[0] = (ohm_power_limit){ .id = "branch", .kind = OHM_LIMIT_CAP, .va = 3000 };
        c->loads_count = 1;
        c->loads[0] = (ohm_load){ .id = "boiler", .tier = 1, .nominal_w = 2000 };
        spoil(c, &rows[i].change);
        differs(&rows[i], ohm_engine_config_check(c));
    }
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_at_their_edges),
        cmocka_unit_test(conditions_at_their_edges),
        cmocka_unit_test(ids_and_loads_that_are_never_shed),
        cmocka_unit_test(another_rule_remembers_nothing),
        cmocka_unit_test(zones_at_their_edges),
        cmocka_unit_test(what_is_remembered_of_a_zone_can_be),
        cmocka_unit_test(configurations_at_their_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
