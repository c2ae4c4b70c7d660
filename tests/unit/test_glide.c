/* Loads with a setpoint: lowered, cut, raised, and following the sun. */
#include "control/setting.h"
#include "shed_car.h"

static void what_it_can_be_told(void **state)
{
    (void)state;
    begin_car(2);
    const ohm_load *load = &h.loads[0];
    static const struct {
        int64_t asked;
        int32_t told;
    } rows[] = { { 0, LEAST_W },
                 { LEAST_W + 1, LEAST_W },
                 { LEAST_W + AMPERE_W, LEAST_W + AMPERE_W },
                 { MOST_W - 1, MOST_W - AMPERE_W },
                 { MOST_W + 1, MOST_W },
                 { INT64_MAX, MOST_W },
                 { INT64_MIN, LEAST_W } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ohm_setting_snap(load, rows[i].asked), rows[i].told);
    assert_true(ohm_setting_ok(load, 0) && ohm_setting_ok(load, MOST_W));
    assert_true(!ohm_setting_ok(load, LEAST_W - 1) && !ohm_setting_ok(load, MOST_W + 1));
    assert_true(ohm_setting_agrees(load, true, LEAST_W) && !ohm_setting_agrees(load, true, 0));

    static const struct {
        const char *why;
        int32_t min_w, step_w, safe_w, shed_w;
        bool failsafe_fed, good;
    } checks[] = {
        { "as usual", LEAST_W, AMPERE_W, LEAST_W, 0, true, true },
        { "off when nobody says anything", LEAST_W, AMPERE_W, 0, 0, false, true },
        { "no least", 0, AMPERE_W, 0, 0, false, false },
        { "a least beyond the most", MOST_W + 1, AMPERE_W, 0, 0, false, false },
        { "no step", LEAST_W, 0, 0, 0, false, false },
        { "safe below the least", LEAST_W, AMPERE_W, 1, 0, true, false },
        { "safe is not what it says", LEAST_W, AMPERE_W, 0, 0, true, false },
        { "shed and drawing", LEAST_W, AMPERE_W, LEAST_W, LEAST_W, true, false },
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        ohm_load one = h.loads[0];
        one.min_w = checks[i].min_w;
        one.step_w = checks[i].step_w;
        one.safe_setting = checks[i].safe_w;
        one.shed_setting = checks[i].shed_w;
        one.failsafe_fed = checks[i].failsafe_fed;
        if (ohm_failed(ohm_loads_check(&one, 1, 0)) == checks[i].good)
            fail_msg("%s", checks[i].why);
    }
}

static void an_overrun_lowers_it_as_far_as_it_needs(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 700; /* 6380 VA: 380 beyond, two steps */
    live(21 * S);
    assert_int_equal(car()->setting, MOST_W - 2 * AMPERE_W);
    assert_int_equal(fed(), 3);
    assert_int_equal(h.switchings, 0);
    assert_int_equal(car()->cause, OHM_CAUSE_BREAKER);
    assert_int_equal(car()->said.limit, OHM_LIMIT_MAIN);
    live(5 * M);
    assert_int_equal(car()->setting, MOST_W - 2 * AMPERE_W);
}

/* The breaker wants two steps, a cap a little more: the second to ask gives nothing back. */
static void two_limits_do_not_undo_each_other(void **state)
{
    (void)state;
    begin_car(2);
    h.limits[0] = (ohm_power_limit){ .id = "cap", .kind = OHM_LIMIT_CAP, .va = 5900 };
    h.rules.limits_count = 1;
    h.rest_w[0] = 700; /* 6380 VA: 380 beyond the one, 480 beyond the other */
    live(21 * S);
    assert_true(car()->setting <= MOST_W - 2 * AMPERE_W);
    live(60 * S);
    assert_int_equal(car()->setting, MOST_W - 3 * AMPERE_W);
    assert_int_equal(fed(), 3);
    assert_int_equal(h.switchings, 0);
}

static void it_rises_when_there_is_room(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 2100;
    live(21 * S);
    assert_int_equal(car()->setting, MOST_W - 8 * AMPERE_W);
    h.rest_w[0] = 1700; /* 460 of room, of which 100 stay: one step */
    live(29 * S);
    assert_int_equal(car()->setting, MOST_W - 8 * AMPERE_W);
    live(5 * S);
    assert_int_equal(car()->setting, MOST_W - 7 * AMPERE_W);
    h.rest_w[0] = 0;
    live(40 * S);
    assert_int_equal(car()->setting, MOST_W);
    live(S);
    assert_int_equal(car()->cause, OHM_CAUSE_NORMAL);
    assert_int_equal(h.switchings, 0);
}

/* Room that comes and goes raises nothing. */
static void room_that_flickers_is_none(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 2100;
    live(21 * S);
    uint64_t before = h.decided;
    for (int i = 0; i < 20; i++) {
        h.rest_w[0] = i % 2 ? 2100 : 0;
        live(15 * S);
    }
    assert_int_equal(car()->setting, MOST_W - 8 * AMPERE_W);
    assert_int_equal(h.decided, before);
}

/* As for a load that comes back: steps between two frames are no word of the meter. */
static void an_old_frame_raises_nothing(void **state)
{
    (void)state;
    begin_car(2);
    live_slowly(60);
    h.rest_w[0] = 2100;
    live_slowly(2);
    int32_t lowered_w = car()->setting;
    assert_true(lowered_w < MOST_W);
    h.rest_w[0] = 0;
    live_slowly(1); /* a frame with room */
    h.silent = true;
    live(39 * S);
    assert_int_equal(car()->setting, lowered_w);
    h.silent = false;
    live_slowly(1); /* another one */
    assert_true(car()->setting > lowered_w);
}

/* A charger that draws less than it may gives less than is expected: three orders and no more. */
static void what_gives_nothing_is_cut(void **state)
{
    (void)state;
    begin_car(2);
    h.draws_w[0] = LEAST_W;
    h.rest_w[0] = 2800; /* 6180 VA */
    live(21 * S);
    assert_int_equal(car()->setting, MOST_W - AMPERE_W);
    live(4 * S);
    assert_int_equal(car()->setting, LEAST_W);
    live(4 * S);
    assert_int_equal(fed(), 2);
    assert_int_equal(car()->setting, 0);
    assert_int_equal(h.switchings, 1);
}

static void tiers_come_first(void **state)
{
    (void)state;
    begin_car(2);
    h.loads[0].tier = 3;
    h.rest_w[0] = 700;
    live(21 * S);
    assert_int_equal(fed(), 1); /* the heater */
    assert_int_equal(car()->setting, MOST_W);
}

/* More than it can be lowered by: it is cut, unless what is cut beside it leaves it its least. */
static void below_its_least_it_is_cut(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 3000; /* 8680: 2680 too much, it could give 2300 */
    live(21 * S);
    assert_int_equal(fed(), 2);
    assert_int_equal(h.switchings, 1);
    h.rest_w[0] = 2000;
    assert_true(wait_for(3) >= 30 * S);
    /* It begins with what fits: 6000 - 4000, without the margin. */
    assert_int_equal(car()->setting, LEAST_W + 2 * AMPERE_W);
}

static void what_goes_beside_it_leaves_it_some(void **state)
{
    (void)state;
    begin_car(1);
    h.rest_w[0] = 5000; /* 10680: all that both of them draw would be 1000 too much */
    live(21 * S);
    assert_int_equal(fed(), 0);
    begin_car(1);
    h.rest_w[0] = 4000; /* 9680: 3680 too much: the car alone, and nothing to spare */
    live(21 * S);
    assert_int_equal(fed(), 2);
    begin_car(1);
    h.rest_w[0] = 4400; /* 10080: 4080 too much: both, of whose 5680 the car keeps 1600 */
    live(21 * S);
    assert_int_equal(fed(), 1);
    assert_int_equal(car()->setting, LEAST_W);
}

static void an_order_of_the_grid_is_obeyed_at_once(void **state)
{
    (void)state;
    begin_car(2);
    h.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    h.rules.limits_count = 1;
    h.control.limits[0] = (ohm_limit_state){
        .set = true, .va = 4200, .end_mono = ohm_mono_after(h.now.mono, H), .end_ms = OHM_NO_MS
    };
    live(2 * S);
    assert_int_equal(car()->setting, MOST_W - 7 * AMPERE_W); /* 1480 are 6.4 A */
    assert_int_equal(car()->cause, OHM_CAUSE_GRID);
    assert_int_equal(fed(), 3);
    live(2 * H);
    assert_int_equal(car()->setting, MOST_W);
}

static void a_person_sets_it(void **state)
{
    (void)state;
    begin_car(2);
    const ohm_mono_ms end = ohm_mono_after(h.now.mono, H);
    ohm_control_override_set(car(), &h.loads[0], 10 * AMPERE_W, end, OHM_NO_MS);
    live(S);
    const ohm_decision *d = &h.decisions.items[0];
    assert_true(d->adjusts && !d->switches && d->setting == 10 * AMPERE_W);
    assert_int_equal(d->expected_w, -6 * AMPERE_W);
    assert_int_equal(d->cause, OHM_CAUSE_MANUAL);
    h.rest_w[0] = 3000; /* 7300 */
    live(22 * S);
    assert_int_equal(car()->cause, OHM_CAUSE_BREAKER);
    assert_true(car()->setting < 10 * AMPERE_W || !car()->fed);
}

/* A silent meter: it counts as what it was told, and is not raised. */
static void a_silent_meter(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 2100;
    live(21 * S);
    int32_t before = car()->setting;
    h.silent = true;
    h.rest_w[0] = 0;
    live(5 * M);
    assert_true(car()->setting <= before);
}

/* --- the sun --------------------------------------------------------------------------------- */

static void it_follows_the_sun(void **state)
{
    (void)state;
    begin_car(2);
    h.draws_w[1] = 0;
    h.rest_w[0] = 300;
    shine(2 * S, 3000);
    assert_int_equal(car()->setting, LEAST_W); /* begins with its least */
    shine(40 * S, 3000);
    assert_int_equal(car()->setting, 11 * AMPERE_W); /* 2700 */
    uint64_t decided = h.decided;
    shine(5 * M, 2900);
    assert_int_equal(h.decided, decided);
    shine(9 * S, 2000);
    assert_int_equal(car()->setting, 11 * AMPERE_W);
    shine(5 * S, 2000);
    assert_int_equal(car()->setting, 7 * AMPERE_W); /* 1700 */
    shine(M, 0);
    assert_int_equal(car()->setting, LEAST_W); /* below it is the rule's to say */
    assert_true(car()->fed);
}

/* A rule that names its watts has them, whatever the sun does. */
static void a_rule_asks_for_watts(void **state)
{
    (void)state;
    begin_car(2);
    ohm_load_state is = *car();
    is.rule = 0;
    is.rule_fed = is.rule_exact = true;
    is.rule_setting = 8 * AMPERE_W;
    assert_int_equal(ohm_setting_asked(&h.loads[0], &is, OHM_CAUSE_RULE, true), 8 * AMPERE_W);
    assert_int_equal(ohm_setting_asked(&h.loads[0], &is, OHM_CAUSE_NORMAL, true),
                     h.loads[0].nominal_w);
}

/* A car that is away rises step by step, each of which takes room for some seconds: what waits out
 * its hold keeps its own. (Flat 70005 at 7aac50b: a tank was kept off for as long as the car rose.)
 */
static void nothing_rises_into_the_room_of_what_waits(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t rest_w;
        uint8_t failures;
        int64_t most_ms;
    } rows[] = {
        { "room for all: at once", 1000, 0, 35 * S },
        { "room for it, and for a step or two", 3100, 0, 35 * S },
        { "the same, and it waits for four minutes", 3100, 3, 4 * M + 5 * S },
        { "room for it, and for no step", 3600, 2, 2 * M + 5 * S },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_car(2);
        h.draws_w[0] = 0; /* away */
        h.rest_w[0] = 6500;
        assert_true(wait_for(0) >= 0);
        live(M);
        car()->fed = true; /* as if it had come a moment ago, with its least */
        car()->setting = car()->most_w = LEAST_W;
        car()->most_force = OHM_FORCE_SAFETY;
        h.control.loads[1].restore_failures = rows[i].failures;
        h.rest_w[0] = rows[i].rest_w;
        int64_t took_ms = wait_for(3);
        if (took_ms < 0 || took_ms > rows[i].most_ms)
            fail_msg("%s: back after %lld ms", rows[i].why, (long long)took_ms);
        h.draws_w[1] = h.rest_w[0] = 0;
        live(3 * M);
        assert_int_equal(car()->setting, MOST_W);
    }
}

/* Whatever the house does, it is told what it can be told, and the breaker is kept in. */
static void anything_may_happen(void **state)
{
    (void)state;
    uint32_t random = 1;
    begin_car(2);
    int over_s = 0;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525 + 1013904223;
        if (i % 25 == 0)
            h.rest_w[0] = (int32_t)(random >> 16) % 4000;
        if (i % 70 == 0)
            h.draws_w[0] = (int32_t)(random >> 8) % MOST_W;
        live(S);
        assert_true(ohm_setting_agrees(&h.loads[0], car()->fed, car()->setting));
        over_s = drawn_w(0) > SITE_VA ? over_s + 1 : 0;
        assert_true(over_s < 45);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_can_be_told),
        cmocka_unit_test(an_overrun_lowers_it_as_far_as_it_needs),
        cmocka_unit_test(two_limits_do_not_undo_each_other),
        cmocka_unit_test(it_rises_when_there_is_room),
        cmocka_unit_test(room_that_flickers_is_none),
        cmocka_unit_test(an_old_frame_raises_nothing),
        cmocka_unit_test(what_gives_nothing_is_cut),
        cmocka_unit_test(tiers_come_first),
        cmocka_unit_test(below_its_least_it_is_cut),
        cmocka_unit_test(what_goes_beside_it_leaves_it_some),
        cmocka_unit_test(an_order_of_the_grid_is_obeyed_at_once),
        cmocka_unit_test(a_person_sets_it),
        cmocka_unit_test(a_silent_meter),
        cmocka_unit_test(it_follows_the_sun),
        cmocka_unit_test(a_rule_asks_for_watts),
        cmocka_unit_test(nothing_rises_into_the_room_of_what_waits),
        cmocka_unit_test(anything_may_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
