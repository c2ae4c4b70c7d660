#include "shed_house.h"

/* --- shedding ----------------------------------------------------------------------------------
 */

static void an_overrun_is_shed_for_in_its_time(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t rest_w;
        int64_t least_ms, most_ms; /* until something is shed; -1 = never */
    } rows[] = {
        { "at the limit", 2000, -1, -1 },
        { "a little over: patience", 2200, 20 * S, 22 * S },
        { "a quarter over: patience", 3500, 20 * S, 22 * S },
        { "twice: the breaker, still cool, has a minute", 8000, 8 * S, 16 * S },
        { "three times: at once", 14000, 0, 2 * S },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(2);
        h.loads[1].never_shed = true;
        live(2 * M);
        h.rest_w[0] = rows[i].rest_w;
        int64_t ms = wait_for(2);
        if (rows[i].least_ms < 0 ? ms >= 0 : ms < rows[i].least_ms || ms > rows[i].most_ms)
            fail_msg("%s: after %lld ms", rows[i].why, (long long)ms);
        if (ms < 0)
            continue;
        const ohm_load_state *load = &h.control.loads[0];
        assert_int_equal(load->cause, OHM_CAUSE_BREAKER);
        assert_int_equal(load->pressure.limit, OHM_LIMIT_MAIN);
        assert_int_equal(load->pressure.va, SITE_VA);
        assert_int_equal(load->pressure.measured_va, rows[i].rest_w + 4000);
        assert_int_equal(load->until_ms, h.now.utc_ms + H);
    }
}

/* A power that dips below the limit now and then is over it all the same. */
static void a_dip_does_not_start_patience_anew(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int over_s, under_s;
        bool sheds;
    } rows[] = {
        { "a frame below in twenty", 19, 1, true },
        { "one in six", 5, 1, true },
        { "half the time: an oven", 10, 10, false },
        { "five seconds take back all", 19, 5, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(2);
        h.rules.limits_count = 1;
        h.limits[0] = (ohm_power_limit){ .id = "cap", .kind = OHM_LIMIT_CAP, .va = 5000 };
        live(M);
        for (int k = 0; k < 20 && fed() == 3; k++) {
            h.rest_w[0] = 1900; /* 5900 VA */
            live(rows[i].over_s * S);
            h.rest_w[0] = 500;
            live(rows[i].under_s * S);
        }
        if ((fed() != 3) != rows[i].sheds)
            fail_msg("%s: %s", rows[i].why, rows[i].sheds ? "never acted" : "acted");
    }
}

/* What was over before does not make a mad frame believable. */
static void a_dip_does_not_let_one_mad_frame_decide(void **state)
{
    (void)state;
    begin(3);
    h.rest_w[0] = -600;
    live(M);
    h.rest_w[0] = 600; /* 6600 VA, for a while, and below */
    live(19 * S);
    h.rest_w[0] = -600;
    live(S);
    h.rest_w[0] = 12000; /* 18 kVA, once */
    live(S);
    assert_int_equal(fed(), 7);
    h.rest_w[0] = -600;
    live(M);
    assert_int_equal(fed(), 7);
}

static void one_overrun_sheds_once(void **state)
{
    (void)state;
    begin(3);
    live(M);
    h.rest_w[0] = 1500; /* 7500 VA: one of three is enough */
    live(5 * M);
    assert_int_equal(h.switchings, 1);
    assert_int_equal(h.news[OHM_NEWS_EFFECT], 1);
    assert_int_equal(h.last[OHM_NEWS_EFFECT].expected_va, -2000);
    assert_int_equal(h.last[OHM_NEWS_EFFECT].detail, -2000);
}

static void what_does_not_draw_relieves_nothing(void **state)
{
    (void)state;
    begin(3);
    h.draws_w[0] = 0; /* its thermostat is off */
    h.rest_w[0] = 500;
    live(M);
    h.rest_w[0] = 2500; /* 6500 VA */
    live(5 * M);
    assert_int_equal(fed(), 4); /* the first in vain, then another one */
    assert_int_equal(h.switchings, 2);
}

static void nothing_left_to_shed_is_said_once(void **state)
{
    (void)state;
    begin(1);
    live(M);
    h.rest_w[0] = 7000; /* the limit is lower than the base load */
    live(5 * M);
    assert_int_equal(fed(), 0);
    assert_int_equal(h.news[OHM_NEWS_UNCOVERED], 1);
    assert_int_equal(h.last[OHM_NEWS_UNCOVERED].detail, 3000);
}

static void a_minimum_on_time_yields_to_a_breaker_alone(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t rest_w;
        bool breaks;
    } rows[] = { { "it only lasts", 5000, false }, { "it trips", 9000, true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1);
        h.loads[0].on_min_ms = 10 * M;
        live(2 * S);
        h.control.loads[0].changed_mono = h.now.mono;
        h.rest_w[0] = rows[i].rest_w;
        live(90 * S);
        if ((fed() == 0) != rows[i].breaks || h.news[OHM_NEWS_ON_MIN] != rows[i].breaks)
            fail_msg("%s", rows[i].why);
    }
}

static void the_overloaded_phase_is_relieved(void **state)
{
    (void)state;
    begin(3);
    h.three_phase = true;
    h.rules.contract_va = 18000; /* 6 kVA a phase */
    for (uint8_t i = 0; i < 3; i++)
        h.loads[i].phase = (uint8_t)(i + 1);
    h.rest_w[0] = h.rest_w[2] = 3000;
    live(M);
    h.rest_w[1] = 4500;
    live(M);
    assert_int_equal(fed(), 5);
    assert_int_equal(h.control.loads[1].pressure.phase, 2);
}

static void a_failed_output_is_planned_around(void **state)
{
    (void)state;
    begin(2);
    live(M);
    assert_true(ohm_control_output(&h.control.loads[0], OHM_OUTPUT_FAILED, true, &h.now));
    h.rest_w[0] = 2500;
    live(25 * S);
    assert_int_equal(fed(), 1);
}

/* --- forces ------------------------------------------------------------------------------------
 */

static void limits_press_as_hard_as_they_may(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_limit_kind kind;
        bool by_hand; /* a person wants it fed */
        int64_t least_ms, most_ms;
    } rows[] = {
        { "an order of the grid: at once", OHM_LIMIT_GRID, false, 0, 2 * S },
        { "and against a person", OHM_LIMIT_GRID, true, 0, 2 * S },
        { "the household's: patience", OHM_LIMIT_CAP, false, 20 * S, 22 * S },
        { "a person is above it", OHM_LIMIT_CAP, true, -1, -1 },
        { "a fuse: patience", OHM_LIMIT_FUSE, false, 20 * S, 22 * S },
        { "against a person", OHM_LIMIT_FUSE, true, 20 * S, 22 * S },
    };
    static const ohm_cause causes[] = { OHM_CAUSE_BREAKER, OHM_CAUSE_GRID, OHM_CAUSE_CAP };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1);
        h.limits[0] = (ohm_power_limit){ .id = "own", .kind = rows[i].kind, .va = 2400 };
        h.rules.limits_count = 1;
        h.rest_w[0] = 100;
        live(M);
        if (rows[i].by_hand)
            ohm_control_override(&h.control.loads[0], true, ohm_mono_after(h.now.mono, 4 * H),
                                 h.now.utc_ms + 4 * H);
        h.rest_w[0] = 500;
        int64_t ms = wait_for(0);
        if (rows[i].least_ms < 0 ? ms >= 0 : ms < rows[i].least_ms || ms > rows[i].most_ms)
            fail_msg("%s: after %lld ms", rows[i].why, (long long)ms);
        if (ms >= 0)
            assert_int_equal(h.control.loads[0].cause, causes[rows[i].kind]);
    }
}

static void what_a_source_said_ends_by_itself(void **state)
{
    (void)state;
    begin(1);
    h.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    h.rules.limits_count = 1;
    live(M);
    assert_int_equal(fed(), 1);
    h.control.limits[0] = (ohm_limit_state){ .set = true,
                                             .va = 1000,
                                             .end_mono = ohm_mono_after(h.now.mono, 10 * M) };
    live(2 * S);
    assert_int_equal(fed(), 0);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_GRID);
    live(10 * M);
    assert_int_equal(h.news[OHM_NEWS_LIMIT_ENDED], 1);
    assert_true(wait_for(1) >= 0);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_NORMAL);
}

static void a_cap_may_wait_for_a_level(void **state)
{
    (void)state;
    begin(1);
    h.loads[0].ecowatt_threshold = OHM_LEVEL_NEVER;
    h.limits[0] =
        (ohm_power_limit){ .id = "eco", .kind = OHM_LIMIT_CAP, .va = 1000, .ecowatt_level = 2 };
    h.rules.limits_count = 1;
    live(M);
    assert_int_equal(fed(), 1);
    h.now.level = 2;
    live(25 * S);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_CAP);
    h.now.level = 1;
    assert_true(wait_for(1) >= 0);
}

/* --- release ------------------------------------------------------------------------------------
 */

static void it_comes_back_when_there_is_room(void **state)
{
    (void)state;
    begin(1);
    live(M);
    h.rest_w[0] = 4500;
    live(30 * S);
    assert_int_equal(fed(), 0);
    /* 2000 W, a tenth and 100 VA fit below 6000 VA at 3700 W, not at 3701. */
    h.rest_w[0] = 3701;
    live(10 * M);
    assert_int_equal(fed(), 0);
    h.rest_w[0] = 3700;
    int64_t ms = wait_for(1);
    assert_true(ms >= 30 * S && ms <= 32 * S);
}

static void a_spike_starts_the_wait_again(void **state)
{
    (void)state;
    begin(1);
    live(M);
    h.rest_w[0] = 4500;
    live(30 * S);
    h.rest_w[0] = 1000;
    live(25 * S);
    h.rest_w[0] = 4500;
    live(S);
    h.rest_w[0] = 1000;
    live(29 * S);
    assert_int_equal(fed(), 0);
    assert_true(wait_for(1) <= 3 * S);
}

/* A meter that speaks seldom, and steps of the clock and of other sensors between. */
static void an_old_frame_is_no_room_that_lasted(void **state)
{
    (void)state;
    begin(1);
    live_slowly(60);
    h.rest_w[0] = 4500;
    live_slowly(2);
    assert_int_equal(fed(), 0);
    h.rest_w[0] = 1000;
    live_slowly(1); /* a frame with room */
    h.silent = true;
    live(39 * S);
    assert_int_equal(fed(), 0);
    h.silent = false;
    h.rest_w[0] = 4500; /* and the next one without */
    live(S);
    assert_int_equal(fed(), 0);
    h.rest_w[0] = 1000;
    live_slowly(2); /* two that show it */
    assert_int_equal(fed(), 1);
}

static void they_come_back_one_at_a_time(void **state)
{
    (void)state;
    begin(2);
    live(M);
    h.rest_w[0] = 6500;
    live(M);
    assert_int_equal(fed(), 0);
    h.rest_w[0] = 500;
    while (fed() == 0)
        live(S);
    ohm_mono_ms first = h.now.mono;
    assert_true(wait_for(3) >= 0);
    assert_true(ohm_mono_since(h.now.mono, first) >= 10 * S);
}

static void jitter_is_drawn_from_the_state(void **state)
{
    (void)state;
    int64_t gaps[2];
    for (uint64_t seed = 1; seed <= 2; seed++) {
        begin(2);
        h.rules.restore_jitter_ms = M;
        h.control.random = seed * 1000003;
        live(M);
        h.rest_w[0] = 6500;
        live(M);
        h.rest_w[0] = 500;
        while (fed() == 0)
            live(S);
        gaps[seed - 1] = wait_for(3);
        assert_true(gaps[seed - 1] <= 10 * S + M + S);
    }
    assert_true(gaps[0] != gaps[1]);
}

static void each_failure_doubles_the_wait(void **state)
{
    (void)state;
    begin(1);
    h.rest_w[0] = 1000;
    live(M);
    h.draws_w[0] = 7000; /* far more than its plate, and too much for it to be learnt */
    h.rest_w[0] = 3500;
    int64_t last = 0;
    for (int round = 0; round < 4; round++) {
        assert_true(wait_for(0) >= 0);
        assert_int_equal(h.control.loads[0].restore_failures, round);
        int64_t ms = wait_for(1);
        assert_true(round == 0 || ms >= 2 * last - 35 * S);
        last = ms;
    }
    assert_true(last >= 230 * S);
    h.draws_w[0] = 2000;
    h.rest_w[0] = 500;
    live(31 * M);
    assert_int_equal(h.control.loads[0].restore_failures, 0);
}

static void after_a_power_cut_it_goes_slower(void **state)
{
    (void)state;
    begin(2);
    live(M);
    h.rest_w[0] = 6500;
    live(M);
    ohm_control_start(&h.control, h.now.mono, true);
    h.rest_w[0] = 500;
    live(58 * S);
    assert_int_equal(fed(), 0);
    while (fed() == 0)
        live(S);
    assert_true(wait_for(3) >= 29 * S);
}

static void at_its_latest_end_others_give_way(void **state)
{
    (void)state;
    begin(3);
    live(M);
    h.rest_w[0] = 1500; /* room for two of three */
    live(M);
    assert_int_equal(fed(), 6);
    int64_t off_ms[3] = { 0 };
    for (int64_t t = 0; t < 9 * (int64_t)H; t += S) {
        live(S);
        for (int i = 0; i < 3; i++)
            off_ms[i] += h.control.loads[i].fed ? 0 : S;
        for (int i = 0; i < 3; i++)
            if (!h.control.loads[i].fed)
                assert_true(ohm_mono_since(h.now.mono, h.control.loads[i].changed_mono) <=
                            H + 30 * S);
    }
    for (int i = 0; i < 3; i++)
        assert_true(off_ms[i] > 2 * (int64_t)H && off_ms[i] < 4 * (int64_t)H);
    assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 0);
}

static void never_at_the_cost_of_a_higher_tier(void **state)
{
    (void)state;
    begin(3);
    h.loads[1].tier = h.loads[2].tier = 2;
    live(M);
    h.rest_w[0] = 1500;
    live(90 * M);
    assert_int_equal(fed(), 6);
    assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 1);
    assert_int_equal(h.last[OHM_NEWS_SHED_MAX].load, 0);
    h.rest_w[0] = -500;
    assert_true(wait_for(7) >= 0);
}

/* A load that nobody can make room for is said to be overdue, and keeps none from its turn. */
static void an_overdue_load_blocks_nobody(void **state)
{
    (void)state;
    begin(3);
    h.loads[0].nominal_w = h.draws_w[0] = 3000;
    h.loads[2].tier = 2;
    live(M);
    h.rest_w[0] = 3500; /* 10.5 kVA: the two of the lower tier go, and there is no room for them */
    live(90 * M);
    assert_int_equal(fed(), 4);
    assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 2);
    h.rest_w[0] = 1500; /* now for the smaller one */
    assert_true(wait_for(6) >= 0);
}

/* What a signal keeps off waits for no room: nobody gives way to it. */
static void a_signal_takes_no_turns(void **state)
{
    (void)state;
    begin(3);
    h.loads[1].ecowatt_threshold = h.loads[2].ecowatt_threshold = OHM_LEVEL_NEVER;
    h.rest_w[0] = 0;
    live(M);
    h.now.level = 2;
    for (int k = 0; k <= 2; k++)
        h.now.until_ms[k] = h.now.utc_ms + 12 * (int64_t)H;
    h.rest_w[0] = 1500;
    live(3 * (int64_t)H);
    assert_int_equal(fed(), 6);
    assert_int_equal(h.switchings, 1);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_ECOWATT);
    assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 0);
}

/* --- blind ---------------------------------------------------------------------------------------
 */

static void a_silent_meter_means_the_static_plan(void **state)
{
    (void)state;
    begin(3); /* 30 % of 6000 VA and three times 2000 W: one too many */
    h.draws_w[0] = h.draws_w[1] = h.draws_w[2] = 100;
    live(M);
    assert_int_equal(fed(), 7);
    h.silent = true;
    live(10 * S);
    assert_int_equal(fed(), 7);
    live(20 * S); /* as patient as with an overrun that is seen */
    assert_int_equal(fed(), 7);
    live(2 * S);
    assert_int_equal(fed(), 6);
    assert_true(h.control.loads[0].pressure.blind);
    assert_int_equal(h.control.loads[0].pressure.measured_va, -1);
    live(30 * M);
    assert_int_equal(fed(), 6);
    live(60 * M); /* turns go on by the plates */
    assert_int_not_equal(fed(), 6);
    assert_int_not_equal(fed(), 7);
    h.silent = false;
    assert_true(wait_for(7) >= 0);
}

static void a_start_waits_for_the_meter(void **state)
{
    (void)state;
    begin(3);
    h.rest_w[0] = 0;
    live(M);
    ohm_control_start(&h.control, h.now.mono, false);
    h.silent = h.now.starting = true;
    live(M);
    assert_int_equal(fed(), 7);
    h.silent = false;
    h.rest_w[0] = 9000; /* a breaker does not wait for the start to be over */
    live(15 * S);
    assert_int_equal(fed(), 0);
}

/* A limit sheds, then a rule or a plan wants the load off for hours, then the limit has no room for
 * it: that is a shed of its own, not one that has lasted since the first. */
static void what_follows_a_limits_shed_is_not_the_limits(void **state)
{
    (void)state;
    for (int by_plan = 0; by_plan < 2; by_plan++) {
        begin(1);
        h.rest_w[0] = 5000;
        assert_in_range(wait_for(0), 0, M);
        live(5 * M);
        ohm_load_state *load = &h.control.loads[0];
        assert_true(load->limited);
        assert_int_equal(load->cause, OHM_CAUSE_BREAKER);
        if (by_plan) {
            load->planned = true;
            load->plan_end_mono = ohm_mono_after(h.now.mono, 6 * H);
        } else {
            load->rule = 0;
        }
        h.rest_w[0] = 500; /* so that it is that which keeps it off */
        live(6 * H - M);
        assert_int_equal(load->cause, by_plan ? OHM_CAUSE_PLAN : OHM_CAUSE_RULE);
        assert_in_range(load->limited_ms, 1, 6 * M);
        h.rest_w[0] = 5000;
        live(M);
        load->rule = OHM_RULE_NONE;
        live(30 * M);
        assert_int_equal(load->cause, OHM_CAUSE_BREAKER);
        assert_false(load->overdue);
        assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 0);
    }
}

static void a_meter_without_power_limits_nothing(void **state)
{
    (void)state;
    begin(3);
    h.silent = true;
    live(M);
    assert_int_equal(fed(), 7);
}

/* In the seconds after a cut the meter shows what was cut: that is no word on a stronger limit. */
static void the_limit_that_cut_is_named(void **state)
{
    (void)state;
    begin(2);
    h.limits[0] = (ohm_power_limit){ .id = "own", .kind = OHM_LIMIT_CAP, .va = 4000 };
    h.rules.limits_count = 1;
    h.rest_w[0] = 500;
    for (int s = 0; s < 300; s++) {
        h.silent = s % 4 != 0;
        live(S);
        for (uint16_t i = 0; i < 2; i++) {
            const ohm_load_state *is = &h.control.loads[i];
            if (is->fed)
                continue;
            assert_int_equal(is->cause, OHM_CAUSE_CAP);
            assert_int_equal(is->pressure.limit, 0);
        }
    }
    assert_true(fed() == 1 || fed() == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overrun_is_shed_for_in_its_time),
        cmocka_unit_test(a_dip_does_not_start_patience_anew),
        cmocka_unit_test(a_dip_does_not_let_one_mad_frame_decide),
        cmocka_unit_test(one_overrun_sheds_once),
        cmocka_unit_test(what_does_not_draw_relieves_nothing),
        cmocka_unit_test(nothing_left_to_shed_is_said_once),
        cmocka_unit_test(a_minimum_on_time_yields_to_a_breaker_alone),
        cmocka_unit_test(the_overloaded_phase_is_relieved),
        cmocka_unit_test(a_failed_output_is_planned_around),
        cmocka_unit_test(limits_press_as_hard_as_they_may),
        cmocka_unit_test(what_a_source_said_ends_by_itself),
        cmocka_unit_test(a_cap_may_wait_for_a_level),
        cmocka_unit_test(it_comes_back_when_there_is_room),
        cmocka_unit_test(a_spike_starts_the_wait_again),
        cmocka_unit_test(an_old_frame_is_no_room_that_lasted),
        cmocka_unit_test(they_come_back_one_at_a_time),
        cmocka_unit_test(jitter_is_drawn_from_the_state),
        cmocka_unit_test(each_failure_doubles_the_wait),
        cmocka_unit_test(after_a_power_cut_it_goes_slower),
        cmocka_unit_test(at_its_latest_end_others_give_way),
        cmocka_unit_test(never_at_the_cost_of_a_higher_tier),
        cmocka_unit_test(an_overdue_load_blocks_nobody),
        cmocka_unit_test(a_signal_takes_no_turns),
        cmocka_unit_test(a_silent_meter_means_the_static_plan),
        cmocka_unit_test(a_start_waits_for_the_meter),
        cmocka_unit_test(what_follows_a_limits_shed_is_not_the_limits),
        cmocka_unit_test(a_meter_without_power_limits_nothing),
        cmocka_unit_test(the_limit_that_cut_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
