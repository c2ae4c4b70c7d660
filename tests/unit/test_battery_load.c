/* A battery among the loads: its charging is one, and what it gives is told below 0. */
#include "control/setting.h"
#include "shed_house.h"

enum { LEAST_W = 200, MOST_W = 3000, GIVES_W = 2500, STEP_W = 50 };

static ohm_load_state *battery(void)
{
    return &h.control.loads[0];
}

/* A battery left to itself, and a heater of 2000 W that is shed after it. */
static void begin_battery(void)
{
    begin(2);
    h.loads[0].kind = OHM_LOAD_MODULATED;
    h.loads[0].nominal_w = MOST_W;
    h.loads[0].min_w = LEAST_W;
    h.loads[0].step_w = STEP_W;
    h.loads[0].gives_w = GIVES_W;
    h.loads[0].failsafe_fed = false;
    h.draws_w[0] = MOST_W;
    h.loads[1].tier = 2;
    ohm_control_boot(battery(), false, H, &h.now);
}

static void plan(int32_t setting, int64_t ms)
{
    const ohm_plan_reason reason = { .why = OHM_PLAN_WHY_CHEAP };
    ohm_control_plan_set(battery(), &h.loads[0], setting, ohm_mono_after(h.now.mono, ms), reason);
}

static void settings_below_nothing_are_of_batteries(void **state)
{
    (void)state;
    begin_battery();
    const ohm_load *load = &h.loads[0];
    static const struct {
        int32_t setting;
        bool ok, feeds;
        const char *name;
    } rows[] = {
        { OHM_SETTING_OWN, true, false, "own" }, { OHM_SETTING_REST, true, false, "rest" },
        { -GIVES_W, true, false, "give" },       { -GIVES_W - 1, false, false, "give" },
        { LEAST_W, true, true, "charge" },       { LEAST_W - 1, false, true, "charge" },
        { MOST_W, true, true, "charge" },        { MOST_W + 1, false, true, "charge" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_setting_ok(load, rows[i].setting), rows[i].ok);
        assert_int_equal(ohm_setting_feeds(load, rows[i].setting), rows[i].feeds);
        assert_string_equal(ohm_setting_battery_name(rows[i].setting), rows[i].name);
    }
    ohm_load car = *load;
    car.gives_w = 0;
    assert_false(ohm_setting_ok(&car, OHM_SETTING_REST)); /* nobody else takes them */
    assert_int_equal(ohm_setting_battery_w(OHM_SETTING_REST), 0);
    assert_int_equal(ohm_setting_battery_w(-700), -700);
}

static void what_no_battery_is_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t gives_w, safe_w;
        ohm_load_kind kind;
        bool failsafe_fed, good;
    } rows[] = {
        { "a battery", GIVES_W, 0, OHM_LOAD_MODULATED, false, true },
        { "it would charge when nobody says anything", GIVES_W, LEAST_W, OHM_LOAD_MODULATED, true,
          false },
        { "it would rest then", GIVES_W, OHM_SETTING_REST, OHM_LOAD_MODULATED, false, false },
        { "no setpoint", GIVES_W, 0, OHM_LOAD_SWITCHED, false, false },
        { "it gives less than nothing", -1, 0, OHM_LOAD_MODULATED, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_battery();
        ohm_load one = h.loads[0];
        one.gives_w = rows[i].gives_w;
        one.safe_setting = rows[i].safe_w;
        one.failsafe_fed = rows[i].failsafe_fed;
        one.kind = rows[i].kind;
        if (ohm_failed(ohm_loads_check(&one, 1, 0)) == rows[i].good)
            fail_msg("%s", rows[i].why);
    }
}

/* Any other load that nobody asks anything of is fed: a battery would charge from the grid. */
static void left_alone_it_goes_by_its_own_mode(void **state)
{
    (void)state;
    begin_battery();
    live(10 * M);
    assert_false(battery()->fed);
    assert_int_equal(battery()->cause, OHM_CAUSE_OWN);
    assert_int_equal(battery()->setting, OHM_SETTING_OWN);
    plan(1500, 10 * M);
    live(M);
    assert_true(battery()->fed);
    assert_int_equal(battery()->cause, OHM_CAUSE_PLAN);
    assert_int_equal(battery()->setting, 1500);
    live(10 * M); /* the plan has ended, and nobody made another one */
    assert_false(battery()->fed);
    assert_int_equal(battery()->cause, OHM_CAUSE_OWN);
    assert_int_equal(battery()->setting, OHM_SETTING_OWN);
}

static void a_plan_has_it_give_and_rest(void **state)
{
    (void)state;
    begin_battery();
    static const int32_t settings[] = { -800, OHM_SETTING_REST, -GIVES_W, OHM_SETTING_OWN };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        plan(settings[i], H);
        live(5 * S);
        assert_false(battery()->fed);
        assert_int_equal(battery()->setting, settings[i]);
        assert_int_equal(battery()->cause, OHM_CAUSE_PLAN);
    }
    assert_int_equal(h.switchings, 0); /* all of that without a switching */
    plan(-800, H);
    h.now.stopping = true;
    live(5 * S);
    assert_int_equal(battery()->setting, OHM_SETTING_OWN);
}

/* 2000 W of the heater and 500 of the rest leave 3500 VA. */
static void its_charging_yields_first(void **state)
{
    (void)state;
    begin_battery();
    plan(MOST_W, 2 * H);
    live(M);
    assert_int_equal(battery()->setting, MOST_W);
    h.rest_w[0] = 2000;
    live(2 * M);
    assert_int_equal(battery()->cause, OHM_CAUSE_BREAKER);
    assert_true(battery()->fed && battery()->setting <= 2000);
    assert_int_equal(fed(), 3);
    h.rest_w[0] = 3950; /* no room for its least */
    live(2 * M);
    assert_int_equal(fed(), 2); /* it gave way, the heater did not */
    assert_int_equal(battery()->cause, OHM_CAUSE_BREAKER);
    assert_int_equal(battery()->setting, OHM_SETTING_OWN); /* in which it helps the house */
}

/* What a limit shed was left to itself for hours: what keeps it off after that is a shed of its
 * own, whose latest end is not over at once, to the heater's cost. */
static void left_alone_it_waits_for_no_limit(void **state)
{
    (void)state;
    begin_battery();
    plan(MOST_W, 2 * H);
    live(M);
    h.rest_w[0] = 3900;
    live(2 * M);
    assert_int_equal(battery()->cause, OHM_CAUSE_BREAKER);
    assert_false(battery()->fed);
    h.rest_w[0] = 500;
    ohm_control_plan_clear(battery());
    live(2 * H);
    assert_int_equal(battery()->cause, OHM_CAUSE_OWN);
    h.rest_w[0] = 3900;
    live(M);
    plan(MOST_W, 2 * H);
    live(20 * M);
    assert_int_equal(battery()->cause, OHM_CAUSE_BREAKER);
    assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 0);
    assert_int_equal(fed(), 2);
}

/* A limit that presses takes nothing from a battery that gives. */
static void a_limit_does_not_stop_it_giving(void **state)
{
    (void)state;
    begin_battery();
    plan(-1500, 2 * H);
    live(M);
    h.rest_w[0] = 7000;
    live(5 * M);
    assert_int_equal(battery()->setting, -1500);
    assert_int_equal(battery()->cause, OHM_CAUSE_PLAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_below_nothing_are_of_batteries),
        cmocka_unit_test(what_no_battery_is_is_refused),
        cmocka_unit_test(left_alone_it_goes_by_its_own_mode),
        cmocka_unit_test(a_plan_has_it_give_and_rest),
        cmocka_unit_test(its_charging_yields_first),
        cmocka_unit_test(left_alone_it_waits_for_no_limit),
        cmocka_unit_test(a_limit_does_not_stop_it_giving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
