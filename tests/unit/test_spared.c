/* What a signal must not shed is as it would be without the signal: not fed for having been spared.
 */
#include "control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS, MOST_W = 3000 };

#define UTC INT64_C(1795348800000) /* 2026-11-22T12:00:00Z */

static ohm_load load;
static ohm_control control;
static ohm_control_now now;
static ohm_control_rules rules;

static void set_level(int level)
{
    now.level = level;
    for (int k = 0; k <= OHM_LEVEL_MAX; k++)
        now.until_ms[k] = k <= level ? now.utc_ms + 24 * H : OHM_NO_MS;
}

static void begin(bool fed)
{
    memset(&control, 0, sizeof control);
    now = (ohm_control_now){ .mono = { 1000000000 }, .utc_ms = UTC, .calendar = true };
    load = (ohm_load){ .id = "load",
                       .tier = 1,
                       .nominal_w = MOST_W,
                       .shed_max_ms = H,
                       .rest_min_ms = 30 * M,
                       .shed_day_ms = 2 * H,
                       .comfort_device = 1,
                       .comfort_quantity = OHM_Q_TEMPERATURE,
                       .failsafe_fed = true };
    rules = (ohm_control_rules){
        .loads = &load, .count = 1, .ecowatt_threshold = 2, .restore_gap_ms = 10 * S
    };
    ohm_control_init(&control.loads[0]);
    ohm_control_boot(&control.loads[0], fed, H, &now);
    set_level(2);
}

static void step(void)
{
    ohm_decisions decisions;
    ohm_control_step(&rules, &control, &now, &decisions);
}

static void pass(int64_t ms)
{
    now.mono.v += ms;
    now.utc_ms += ms;
}

static void spare(ohm_load_state *state, ohm_hold by)
{
    if (by == OHM_HOLD_COMFORT) {
        state->chilly = state->felt = true;
        state->felt_mono = now.mono;
    } else if (by == OHM_HOLD_BUDGET) {
        state->spent = true;
        state->day_ms = 2 * H;
        state->day_mono = now.mono;
    } else {
        state->resting = true;
        state->rest_end_mono = ohm_mono_after(now.mono, H);
    }
}

/* Every way of being spared, with every wish that Ecowatt stands above. */
static void spared_is_as_without_the_signal(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_warmth warmth;
        int rule, plan; /* 1 fed, -1 off */
        bool battery;
        ohm_cause cause; /* that keeps it off, NORMAL where it is fed */
        int32_t setting; /* of a battery */
    } rows[] = {
        { "nobody asks", OHM_WARMTH_NONE, 0, 0, false, OHM_CAUSE_NORMAL, 0 },
        { "a cold room", OHM_WARMTH_HEAT, 0, 0, false, OHM_CAUSE_NORMAL, 0 },
        { "a warm room", OHM_WARMTH_REST, 0, 0, false, OHM_CAUSE_THERMOSTAT, 0 },
        { "too warm for a rule", OHM_WARMTH_HOT, 1, 0, false, OHM_CAUSE_THERMOSTAT, 0 },
        { "a rule's off", OHM_WARMTH_HEAT, -1, 1, false, OHM_CAUSE_RULE, 0 },
        { "a rule's on", OHM_WARMTH_REST, 1, -1, false, OHM_CAUSE_NORMAL, 0 },
        { "a plan's later", OHM_WARMTH_HEAT, 0, -1, false, OHM_CAUSE_PLAN, 0 },
        { "a plan's now", OHM_WARMTH_REST, 0, 1, false, OHM_CAUSE_NORMAL, 0 },
        { "a battery alone", OHM_WARMTH_NONE, 0, 0, true, OHM_CAUSE_OWN, 0 },
        { "a battery planned at 1400 W", OHM_WARMTH_NONE, 0, 1, true, OHM_CAUSE_NORMAL, 1400 },
    };
    static const ohm_hold ways[] = { OHM_HOLD_COMFORT, OHM_HOLD_BUDGET, OHM_HOLD_SHED_MAX };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int k = 0; k < 6; k++) {
            bool was_fed = k % 2;
            begin(was_fed);
            ohm_load_state *it = &control.loads[0];
            if (rows[i].battery) {
                load.kind = OHM_LOAD_MODULATED;
                load.min_w = load.step_w = 100;
                load.gives_w = 2000;
                load.failsafe_fed = false;
                it->setting = was_fed ? 500 : 0;
            }
            it->warmth = rows[i].warmth;
            it->rule = rows[i].rule ? 0 : OHM_RULE_NONE;
            it->rule_fed = rows[i].rule > 0;
            const ohm_plan_reason later = { .why = OHM_PLAN_WHY_LATER };
            if (rows[i].plan)
                ohm_control_plan(it, rows[i].plan > 0, ohm_mono_after(now.mono, H), later);
            it->plan_exact = rows[i].battery;
            it->plan_setting = rows[i].setting;
            spare(it, ways[k / 2]);
            step();
            bool want_fed = rows[i].cause == OHM_CAUSE_NORMAL;
            ohm_cause cause = want_fed ? OHM_CAUSE_ECOWATT : rows[i].cause;
            ohm_hold hold = want_fed ? ways[k / 2] : OHM_HOLD_NONE;
            if (it->fed != want_fed || it->cause != cause || it->hold != hold ||
                it->setting != rows[i].setting)
                fail_msg("%s: fed %d, cause %s, hold %d, told %d", rows[i].why, it->fed,
                         ohm_cause_name(it->cause), it->hold, it->setting);
        }
}

/* The signal ends while the thermostat rests: so did that shed. The next signal finds it with its
 * rest behind it, not with a longest shed that is over. */
static void a_shed_ends_with_its_signal(void **state)
{
    (void)state;
    begin(true);
    ohm_load_state *it = &control.loads[0];
    it->warmth = OHM_WARMTH_HEAT;
    step();
    assert_int_equal(it->cause, OHM_CAUSE_ECOWATT);
    pass(30 * M);
    it->warmth = OHM_WARMTH_REST;
    set_level(1);
    step();
    assert_int_equal(it->cause, OHM_CAUSE_THERMOSTAT);
    assert_false(it->fed);
    pass(14 * M); /* a rest in proportion: a quarter of an hour */
    set_level(2);
    step();
    assert_int_equal(it->cause, OHM_CAUSE_THERMOSTAT);
    pass(2 * M);
    it->warmth = OHM_WARMTH_HEAT;
    step();
    assert_false(it->fed);
    assert_int_equal(it->cause, OHM_CAUSE_ECOWATT);
    pass(H); /* and has its own end */
    step();
    assert_true(it->fed);
    assert_int_equal(it->hold, OHM_HOLD_SHED_MAX);
}

/* While the signal goes on, a room that was warm at the latest end is heated once it wants it. */
static void a_longest_shed_ends_for_who_wants_it(void **state)
{
    (void)state;
    begin(true);
    ohm_load_state *it = &control.loads[0];
    it->warmth = OHM_WARMTH_REST;
    step();
    assert_false(it->fed);
    pass(2 * H);
    step();
    assert_false(it->fed);
    assert_int_equal(it->cause, OHM_CAUSE_THERMOSTAT);
    it->warmth = OHM_WARMTH_HEAT;
    step();
    assert_true(it->fed);
    assert_int_equal(it->hold, OHM_HOLD_SHED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spared_is_as_without_the_signal),
        cmocka_unit_test(a_shed_ends_with_its_signal),
        cmocka_unit_test(a_longest_shed_ends_for_who_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
