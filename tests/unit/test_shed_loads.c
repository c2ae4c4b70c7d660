/* What loads are beside a plate: what they really draw, how long a day may cut them, what their
 * sensors guard, and which of them never run together. */
#include "shed_house.h"

static const ohm_mono_ms later = { INT64_C(1) << 40 };

static void by_hand(uint16_t i, bool on)
{
    ohm_control_override(&h.control.loads[i], on, later, OHM_NO_MS);
}

/* Off and on again, so many times, with time to see it in the meter. */
static void cycle(uint16_t i, int times)
{
    for (int k = 0; k < times; k++) {
        by_hand(i, false);
        live(2 * M);
        by_hand(i, true);
        live(2 * M);
    }
    ohm_control_override_clear(&h.control.loads[i]);
}

/* --- learnt ------------------------------------------------------------------------------------
 */

static void a_load_is_learnt_by_its_steps(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t draws_w;
        bool sure;
    } rows[] = {
        { "less than its plate", 1200, true },
        { "more than its plate", 2600, true },
        { "nothing", 0, false },
        { "what no meter can tell", 20, false },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        begin(2);
        h.draws_w[0] = rows[r].draws_w;
        live(M);
        cycle(0, 3);
        const ohm_load_state *load = &h.control.loads[0];
        if (load->sure != rows[r].sure)
            fail_msg("%s: %s", rows[r].why, load->sure ? "sure" : "not sure");
        assert_int_equal(ohm_load_drawn_va(&h.loads[0], load),
                         rows[r].sure ? rows[r].draws_w : 2000);
    }
}

/* An oven goes on in the same seconds, twice in five: the median does not mind. */
static void somebody_elses_oven_is_not_learnt(void **state)
{
    (void)state;
    begin(2);
    live(M);
    for (int k = 0; k < 5; k++) {
        by_hand(0, false);
        live(2 * M);
        by_hand(0, true);
        live(S);
        h.rest_w[0] = k % 3 == 0 ? 1900 : 500;
        live(2 * M);
        h.rest_w[0] = 500;
        live(M);
    }
    assert_true(h.control.loads[0].sure);
    assert_int_equal(h.control.loads[0].learnt_va, 2000);
}

/* 2000 W by the plate, 900 in truth: what it relieves is known, and it fits where 2000 do not. */
static void what_was_learnt_decides(void **state)
{
    (void)state;
    begin(2);
    h.draws_w[0] = 900;
    live(M);
    cycle(0, 3);
    assert_int_equal(fed(), 3);
    h.rest_w[0] = 4600; /* 900 + 2000 + 4600: 1500 too much, the first alone covers 900 of it */
    live(40 * S);
    assert_int_equal(fed(), 1);
    h.rest_w[0] = 4700;
    by_hand(1, false);
    by_hand(0, false);
    live(2 * M);
    ohm_control_override_clear(&h.control.loads[0]);
    assert_in_range(wait_for(1), 0, M); /* 4700 + 990 + 100 */
}

static void a_phase_is_learnt_too(void **state)
{
    (void)state;
    begin(2);
    h.three_phase = true;
    h.rules.contract_va = 18000;
    h.loads[1].phase = 3;
    h.rest_w[0] = h.rest_w[1] = h.rest_w[2] = 300;
    h.draws_w[0] = 1800; /* by its phases, a third each */
    live(M);
    cycle(0, 3);
    cycle(1, 3);
    const ohm_load_state *load = h.control.loads;
    assert_true(load[0].sure && load[1].sure);
    for (int p = 0; p < 3; p++)
        assert_int_equal(load[0].phase_va[p], 600);
    assert_int_equal(load[1].phase_va[2], 2000);
    assert_int_equal(load[1].phase_va[0], 0);
}

/* A contact that is stuck though its board says otherwise: told once, others go first, and a step
 * that shows ends it. */
static void a_stuck_contact_is_told_and_planned_around(void **state)
{
    (void)state;
    begin(2);
    live(M);
    cycle(0, 3);
    assert_true(h.control.loads[0].sure);
    h.draws_w[0] = 0;
    h.rest_w[0] = 1500; /* it goes on drawing, whatever it is told */
    live(2 * M);
    cycle(0, OHM_LOAD_EMPTY);
    assert_true(h.control.loads[0].suspect);
    assert_int_equal(h.news[OHM_NEWS_NO_EFFECT], 1);
    assert_int_equal(h.last[OHM_NEWS_NO_EFFECT].load, 0);
    h.loads[1].tier = 2; /* the other one would be spared */
    h.rest_w[0] = 4500;
    live(M);
    assert_int_equal(fed(), 1);
    h.rest_w[0] = 500;
    h.draws_w[0] = 2000;
    live(5 * M);
    cycle(0, 1);
    assert_false(h.control.loads[0].suspect);
}

/* What draws nothing is no help: known by its last switching, or by a site that draws less. */
static void what_draws_nothing_is_not_shed(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t rest_w;
        bool cycled, fed_back, idle;
    } rows[] = {
        { "its last switching showed nothing", 1500, true, false, true },
        { "the site drew less than it would", 0, false, false, true },
        { "nothing is known", 1500, false, false, false },
        { "what feeds there hides it", 0, false, true, false },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        begin(2);
        h.loads[1].tier = 2;
        h.draws_w[0] = 0;
        h.draws_w[1] = 1200;
        h.rest_w[0] = rows[r].fed_back ? -1200 : rows[r].rest_w;
        live(M);
        h.rest_w[0] = rows[r].rest_w;
        live(M);
        if (rows[r].cycled)
            cycle(0, 1);
        h.control.loads[1].idle = false;
        uint32_t before = h.switchings;
        if (h.control.loads[0].idle != rows[r].idle)
            fail_msg("%s: idle %d", rows[r].why, h.control.loads[0].idle);
        for (int i = 0; i < 8; i++) { /* slowly: none of it is a load that begins */
            h.rest_w[0] = 5000 * (i + 1) / 8;
            live(S);
        }
        live(M);
        assert_int_equal(fed(), rows[r].idle ? 1 : 0);
        assert_int_equal(h.switchings - before, rows[r].idle ? 1 : 2);
    }
    /* It begins: then it is the one to shed, by its tier. */
    h.rest_w[0] = 500;
    live(10 * M);
    assert_int_equal(fed(), 3);
    cycle(0, 1);
    assert_true(h.control.loads[0].idle);
    h.draws_w[0] = 2000;
    live(M);
    assert_false(h.control.loads[0].idle);
    h.rest_w[0] = 3500;
    live(M);
    assert_int_equal(fed(), 2);
}

/* --- budgets -----------------------------------------------------------------------------------
 */

/* Half an hour a day: an hour of Ecowatt leaves it alone after that, a breaker does not. */
static void a_budget_of_the_day_spares(void **state)
{
    (void)state;
    begin(1);
    h.loads[0].shed_day_ms = H / 2;
    h.now.level = 3;
    for (int k = 0; k <= OHM_LEVEL_MAX; k++)
        h.now.until_ms[k] = UTC + 50 * (int64_t)H;
    live(M);
    assert_int_equal(fed(), 0);
    assert_in_range(wait_for(1), 28 * M, 32 * M);
    assert_int_equal(h.control.loads[0].hold, OHM_HOLD_BUDGET);
    assert_int_equal(h.news[OHM_NEWS_BUDGET], 1);
    live(3 * (int64_t)H);
    assert_int_equal(fed(), 1);
    h.rest_w[0] = 7000;
    live(2 * M);
    assert_int_equal(fed(), 0);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_BREAKER);
    h.rest_w[0] = 500;
    live(M);
    h.now.mono.v += 24 * (int64_t)H; /* another day, another half an hour */
    live(5 * M);
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_ECOWATT);
    assert_int_equal(h.control.loads[0].hold, OHM_HOLD_NONE);
}

/* --- comfort -----------------------------------------------------------------------------------
 */

static void feels(int64_t value)
{
    ohm_frame frame = { .device = 4, .count = 1 };
    frame.values[0] = (ohm_value){ OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, value };
    ohm_control_feel(&h.control, &h.rules, &frame, h.now.mono);
}

static void comfort_yields_to_hard_limits_alone(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t feels;
        ohm_limit_kind kind;
        bool ecowatt, sheds;
    } rows[] = {
        { "warm enough: Ecowatt", 1900, OHM_LIMIT_CAP, true, true },
        { "too cold: Ecowatt", 1700, OHM_LIMIT_CAP, true, false },
        { "warm enough: a cap", 1900, OHM_LIMIT_CAP, false, true },
        { "too cold: a cap", 1700, OHM_LIMIT_CAP, false, false },
        { "too cold: the grid's operator", 1700, OHM_LIMIT_GRID, false, true },
        { "too cold: a fuse", 1700, OHM_LIMIT_FUSE, false, true },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        begin(1);
        h.loads[0].comfort_device = 5;
        h.loads[0].comfort_quantity = OHM_Q_TEMPERATURE;
        h.loads[0].comfort_min = 1800;
        h.limits[0] = (ohm_power_limit){ .id = "it", .kind = rows[r].kind, .va = 1000 };
        h.rules.limits_count = rows[r].ecowatt ? 0 : 1;
        h.now.level = rows[r].ecowatt ? 3 : OHM_LEVEL_NONE;
        for (int k = 0; k <= OHM_LEVEL_MAX; k++)
            h.now.until_ms[k] = UTC + 50 * (int64_t)H;
        feels(rows[r].feels);
        live(2 * M);
        if ((fed() == 0) != rows[r].sheds)
            fail_msg("%s", rows[r].why);
        if (rows[r].ecowatt && !rows[r].sheds)
            assert_int_equal(h.control.loads[0].hold, OHM_HOLD_COMFORT);
    }
}

/* Cut while it was warm enough; it comes back when it is not, and a silent sensor guards nothing.
 */
static void what_gets_cold_comes_back(void **state)
{
    (void)state;
    begin(1);
    h.loads[0].comfort_device = 5;
    h.loads[0].comfort_quantity = OHM_Q_TEMPERATURE;
    h.loads[0].comfort_min = 1800;
    h.now.level = 3;
    for (int k = 0; k <= OHM_LEVEL_MAX; k++)
        h.now.until_ms[k] = UTC + 50 * (int64_t)H;
    feels(1900);
    live(5 * M);
    assert_int_equal(fed(), 0);
    feels(1799);
    assert_in_range(wait_for(1), 0, M);
    feels(1849); /* not half a kelvin above its floor: a flicker moves nothing */
    live(5 * M);
    assert_int_equal(fed(), 1);
    feels(1850);
    live(5 * M);
    assert_int_equal(fed(), 0);
    feels(1801); /* from above the floor alone counts */
    live(5 * M);
    assert_int_equal(fed(), 0);
    feels(1799);
    assert_in_range(wait_for(1), 0, M);
    live(2 * (int64_t)H); /* an hour of silence is taken, no more */
    assert_false(h.control.loads[0].chilly);
    assert_int_equal(fed(), 0);
}

/* --- interlocks --------------------------------------------------------------------------------
 */

static void interlocked(void)
{
    begin(3);
    h.loads[0].interlock = h.loads[1].interlock = 1;
    h.loads[1].failsafe_fed = false;
    h.loads[1].tier = 2;
    h.rest_w[0] = 0;
    h.rules.contract_va = 9000;
}

static void never_two_of_an_interlock(void **state)
{
    (void)state;
    interlocked(); /* both found fed */
    live(M);
    assert_int_equal(fed(), 6); /* the higher tier stays, what is not of it too */
    assert_int_equal(h.control.loads[0].cause, OHM_CAUSE_INTERLOCK);
    by_hand(0, true);
    for (int i = 0; i < 120; i++) {
        live(S);
        assert_true((fed() & 3) != 3);
    }
    assert_int_equal(fed(), 5); /* a person's goes first */
    assert_int_equal(h.control.loads[1].cause, OHM_CAUSE_INTERLOCK);
    ohm_control_override_clear(&h.control.loads[0]);
    by_hand(1, false);
    live(2 * M);
    assert_int_equal(fed(), 5);
    ohm_control_override_clear(&h.control.loads[1]);
    live(2 * M);
    assert_int_equal(fed(), 6);
}

/* Nobody makes room for one that its interlock keeps off, however long. */
static void no_turn_for_what_is_locked(void **state)
{
    (void)state;
    interlocked(); /* 4000 of 9000 */
    live(M);
    assert_int_equal(fed(), 6);
    h.control.loads[0].limited = true; /* a limit had it off before */
    h.control.loads[0].limited_mono = h.now.mono;
    h.rest_w[0] = 4500; /* no room for it; what is fed fits */
    uint32_t before = h.switchings;
    live(90 * M);
    assert_int_equal(fed(), 6);
    assert_int_equal(h.switchings, before);
}

/* An order is no proof: the other one is fed until its relay says that it is not. */
/* Its turn or not: what it would leave for is cut when too much is drawn. A farm's breaker opened.
 */
static void what_yields_to_a_turn_is_shed_all_the_same(void **state)
{
    (void)state;
    interlocked();
    live(M);
    by_hand(1, false);
    live(2 * M);
    ohm_control_override_clear(&h.control.loads[1]);
    h.rest_w[0] = 5000; /* no room for the plate of the one that is off, even without the other */
    h.loads[1].nominal_w = 6000;
    h.control.loads[0].idle = true;
    live(80 * M);
    assert_int_equal(fed(), 5);
    assert_true(h.control.loads[1].overdue);
    h.rest_w[0] = 7500; /* 11500 of 9000 */
    live(30 * S);
    assert_int_equal(fed() & 1, 0);
}

static void an_interlock_goes_by_the_relays_word(void **state)
{
    (void)state;
    interlocked();
    live(2 * M);
    assert_int_equal(fed(), 6);
    assert_int_equal(h.control.loads[1].output, OHM_OUTPUT_UNKNOWN); /* never switched: it counts */
    (void)ohm_control_output(&h.control.loads[1], OHM_OUTPUT_OK, true, &h.now);
    h.unheard = 2;
    by_hand(0, true);
    live(3 * M);
    assert_int_equal(fed(), 4); /* ordered off, and nobody knows */
    assert_int_equal(h.control.loads[0].hold, OHM_HOLD_INTERLOCK);
    assert_true(ohm_control_output(&h.control.loads[1], OHM_OUTPUT_FAILED, true, &h.now));
    live(S);
    assert_int_equal(fed(), 6); /* it is fed still */
    live(2 * M);
    assert_int_equal(fed(), 4); /* told again */
    assert_int_equal(h.control.loads[1].output, OHM_OUTPUT_FAILED);
    assert_true(ohm_control_output(&h.control.loads[1], OHM_OUTPUT_OK, false, &h.now));
    live(M);
    assert_int_equal(fed(), 5);
    /* One that could not come on is no reason to keep the other one off. */
    ohm_control_override_clear(&h.control.loads[0]);
    by_hand(1, true);
    live(2 * M);
    assert_int_equal(fed(), 6);
    (void)ohm_control_output(&h.control.loads[1], OHM_OUTPUT_FAILED, false, &h.now);
    live(30 * S);
    assert_int_equal(fed(), 5);
}

/* A board that is lost when its load was off for long keeps no other load off. */
static void a_lost_board_takes_no_place(void **state)
{
    (void)state;
    interlocked();
    live(2 * M);
    assert_int_equal(fed(), 6);
    by_hand(1, false);
    by_hand(0, false);
    live(10 * M);
    assert_int_equal(fed(), 4); /* both are off, and said so */
    (void)ohm_control_output(&h.control.loads[1], OHM_OUTPUT_FAILED, false, &h.now);
    by_hand(0, true);
    assert_in_range(wait_for(5), 0, M);
}

/* Who has to wait for the other's minimum time on says so. */
static void the_other_has_to_stop_first(void **state)
{
    (void)state;
    interlocked();
    h.loads[1].on_min_ms = 10 * M;
    live(2 * M);
    h.control.loads[1].changed_mono = h.now.mono;
    by_hand(0, true);
    live(5 * M);
    assert_int_equal(fed(), 6);
    assert_int_equal(h.control.loads[0].hold, OHM_HOLD_INTERLOCK);
    assert_int_equal(h.control.loads[1].hold, OHM_HOLD_ON_MIN);
    live(6 * M);
    assert_int_equal(fed(), 5);
}

/* A stop, and letting go: the one that goes off goes first. */
static void the_end_keeps_the_interlock(void **state)
{
    (void)state;
    for (int forced = 0; forced < 2; forced++) {
        interlocked();
        live(2 * M);
        assert_int_equal(fed(), 6);
        h.now.stopping = true;
        for (int i = 0; i < 60 && fed() != 5; i++) {
            if (forced)
                ohm_control_let_go(&h.rules, &h.control, &h.now, &h.decisions);
            else
                live(S);
            assert_true((fed() & 3) != 3);
        }
        assert_int_equal(fed(), 5); /* as released relays leave them */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_is_learnt_by_its_steps),
        cmocka_unit_test(somebody_elses_oven_is_not_learnt),
        cmocka_unit_test(what_was_learnt_decides),
        cmocka_unit_test(a_phase_is_learnt_too),
        cmocka_unit_test(a_stuck_contact_is_told_and_planned_around),
        cmocka_unit_test(what_draws_nothing_is_not_shed),
        cmocka_unit_test(a_budget_of_the_day_spares),
        cmocka_unit_test(comfort_yields_to_hard_limits_alone),
        cmocka_unit_test(what_gets_cold_comes_back),
        cmocka_unit_test(never_two_of_an_interlock),
        cmocka_unit_test(no_turn_for_what_is_locked),
        cmocka_unit_test(the_other_has_to_stop_first),
        cmocka_unit_test(what_yields_to_a_turn_is_shed_all_the_same),
        cmocka_unit_test(an_interlock_goes_by_the_relays_word),
        cmocka_unit_test(a_lost_board_takes_no_place),
        cmocka_unit_test(the_end_keeps_the_interlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
