#include "control/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS };

static ohm_load heater(void)
{
    return (ohm_load){
        .id = "water_heater",
        .name = "Chauffe-eau",
        .tier = 1,
        .nominal_w = 2400,
        .on_min_ms = 5 * M,
        .off_min_ms = 10 * M,
        .failsafe_fed = true,
    };
}

static void check_refuses_contradictions(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_load change; /* fields that are not zero replace the heater's */
        ohm_code code;
    } rows[] = {
        { "as it is", { .tier = 1 }, OHM_OK },
        { "threshold 1 would shed on a normal day", { .ecowatt_threshold = 1 }, OHM_RANGE },
        { "threshold 4 does not exist", { .ecowatt_threshold = 4 }, OHM_RANGE },
        { "a negative threshold", { .ecowatt_threshold = -1 }, OHM_RANGE },
        { "not concerned", { .ecowatt_threshold = OHM_LEVEL_NEVER }, OHM_OK },
        { "a fourth phase", { .phase = 4 }, OHM_RANGE },
        { "a budget of more than a day", { .shed_day_ms = 25 * (int64_t)H }, OHM_RANGE },
        { "its minutes off count eleven times", { .weight = 11 }, OHM_RANGE },
        { "ten times", { .weight = 10 }, OHM_OK },
        { "a budget", { .shed_day_ms = H }, OHM_OK },
        { "an interlock of nobody's", { .interlock = 201 }, OHM_RANGE },
        { "a comfort of nothing", { .comfort_quantity = 60000 }, OHM_RANGE },
        { "a negative power", { .nominal_w = -1 }, OHM_RANGE },
        { "a power station", { .nominal_w = 2000000 }, OHM_RANGE },
        { "a negative time", { .on_min_ms = -1 }, OHM_RANGE },
        { "a month off", { .off_min_ms = 720 * (int64_t)H }, OHM_RANGE },
        { "a longest shed without a rest", { .shed_max_ms = H }, OHM_CONFLICT },
        { "a longest shed", { .shed_max_ms = H, .rest_min_ms = H }, OHM_OK },
        { "shorter than loads take to return",
          { .shed_max_ms = 29 * S, .rest_min_ms = H },
          OHM_CONFLICT },
        { "shorter than the minimum off time",
          { .shed_max_ms = 10 * M, .rest_min_ms = H },
          OHM_CONFLICT },
        { "never shed", { .never_shed = true }, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_load load = heater();
        const ohm_load *c = &rows[i].change;
        load.ecowatt_threshold = c->ecowatt_threshold;
        load.phase = c->phase;
        load.weight = c->weight;
        load.nominal_w = c->nominal_w ? c->nominal_w : load.nominal_w;
        load.on_min_ms = c->on_min_ms ? c->on_min_ms : load.on_min_ms;
        load.off_min_ms = c->off_min_ms ? c->off_min_ms : load.off_min_ms;
        load.shed_max_ms = c->shed_max_ms;
        load.rest_min_ms = c->rest_min_ms;
        load.never_shed = c->never_shed;
        load.shed_day_ms = c->shed_day_ms;
        load.interlock = c->interlock;
        load.comfort_quantity = c->comfort_quantity;
        ohm_err err = ohm_loads_check(&load, 1, 10 * S);
        if (err.code != rows[i].code)
            fail_msg("%s: code %d: %s", rows[i].why, err.code, err.what);
    }
}

static void check_refuses_lists_that_contradict(void **state)
{
    (void)state;
    ohm_load loads[2] = { heater(), heater() };
    ohm_err err = ohm_loads_check(loads, 2, 10 * S);
    assert_int_equal(err.code, OHM_CONFLICT);
    assert_int_equal(err.at, 1);
    loads[1].id[0] = '\0';
    assert_int_equal(ohm_loads_check(loads, 2, 10 * S).code, OHM_BAD_FORMAT);
    memset(loads[1].id, 'x', sizeof loads[1].id);
    assert_int_equal(ohm_loads_check(loads, 2, 10 * S).code, OHM_TOO_BIG);
    loads[1] = heater();
    loads[1].id[0] = 'x';
    assert_int_equal(ohm_loads_check(loads, 2, 10 * S).code, OHM_OK);
    memset(loads[1].name, 'x', sizeof loads[1].name);
    assert_int_equal(ohm_loads_check(loads, 2, 10 * S).code, OHM_TOO_BIG);
    assert_int_equal(ohm_loads_check(loads, OHM_LOADS_MAX + 1, 10 * S).code, OHM_TOO_BIG);
    assert_int_equal(ohm_loads_check(loads, 1, -1).code, OHM_RANGE);
    assert_int_equal(ohm_loads_check(loads, 1, 2 * H).code, OHM_RANGE);
    loads[0].failsafe_fed = false;
    assert_int_equal(ohm_loads_check(loads, 1, 10 * S).code, OHM_OK);
    loads[0].never_shed = true;
    assert_int_equal(ohm_loads_check(loads, 1, 10 * S).code, OHM_CONFLICT);
}

/* Of two loads: what contradicts is told of the second. */
static void pairs_that_contradict(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t interlock[2];
        bool never[2], fed[2];
        ohm_code code;
    } rows[] = {
        { "strangers", { 0, 0 }, { true, true }, { true, true }, OHM_OK },
        { "of two interlocks", { 1, 2 }, { true, true }, { true, true }, OHM_OK },
        { "one has none", { 1, 0 }, { false, false }, { true, true }, OHM_OK },
        { "one may be shed", { 1, 1 }, { true, false }, { true, false }, OHM_OK },
        { "the other may", { 1, 1 }, { false, true }, { false, true }, OHM_OK },
        { "both released", { 1, 1 }, { false, false }, { false, false }, OHM_OK },
        { "neither may be shed", { 1, 1 }, { true, true }, { true, true }, OHM_CONFLICT },
        { "both fed by released relays", { 1, 1 }, { false, false }, { true, true }, OHM_CONFLICT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_load loads[2] = { heater(), heater() };
        loads[1].id[0] = 'x';
        for (int k = 0; k < 2; k++) {
            loads[k].interlock = rows[i].interlock[k];
            loads[k].never_shed = rows[i].never[k];
            loads[k].failsafe_fed = rows[i].fed[k];
        }
        ohm_err err = ohm_loads_check(loads, 2, 10 * S);
        if (err.code != rows[i].code || (ohm_failed(err) && err.at != 1))
            fail_msg("%s: code %d: %s", rows[i].why, err.code, err.what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_that_contradict),
        cmocka_unit_test(check_refuses_contradictions),
        cmocka_unit_test(check_refuses_lists_that_contradict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
