/* What shedding must not do to a house: keep a load off for ever, believe one mad frame, flap with
 * its meter, wear out a relay that refuses, fill the journal. */
#include "shed_house.h"

/* --- it comes back ------------------------------------------------------------------------------
 */

static void what_fitted_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t nominal_w, rest_w;
        bool by_hand;
        int64_t most_ms;
    } rows[] = {
        { "with the margin: soon", 5000, 100, false, 40 * S },
        { "without: at its latest end", 5500, 0, false, H },
        { "a little beyond what the breaker holds for ever", 6000, 500, false, H + M },
        { "a person does not wait for it", 5500, 0, true, 40 * S },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1);
        h.loads[0].nominal_w = rows[i].nominal_w;
        h.draws_w[0] = 3000;
        h.rest_w[0] = rows[i].rest_w;
        live(M);
        ohm_control_override(&h.control.loads[0], false, ohm_mono_after(h.now.mono, H), UTC);
        live(10 * M);
        assert_int_equal(fed(), 0);
        ohm_control_override_clear(&h.control.loads[0]);
        if (rows[i].by_hand)
            ohm_control_override(&h.control.loads[0], true, ohm_mono_after(h.now.mono, H), UTC);
        int64_t took_ms = wait_for(1);
        if (took_ms < 0 || took_ms > rows[i].most_ms)
            fail_msg("%s: back after %lld ms", rows[i].why, (long long)took_ms);
        live(30 * M); /* and stays: it draws less than its plate */
        assert_int_equal(fed(), 1);
    }
}

/* Two heaters, room for one: turns, and hardly a moment without either. */
static void turns_leave_no_gap(void **state)
{
    (void)state;
    begin(2);
    h.rest_w[0] = 3500;
    int64_t both_off_ms = 0;
    for (int64_t t = 0; t < 3 * H; t += S) {
        live(S);
        both_off_ms += fed() == 0 ? S : 0;
    }
    assert_in_range(h.switchings, 3, 14);
    assert_in_range(both_off_ms, 0, 10 * M);
}

/* Two heaters of one tier, room for one of them half of the time: the minutes off of the second
 * count three times, so the first has three times as many. */
static void turns_go_by_weight(void **state)
{
    (void)state;
    for (uint8_t weight = 1; weight <= 3; weight += 2) {
        begin(2);
        h.loads[1].weight = weight;
        for (int i = 0; i < 60; i++) {
            h.rest_w[0] = 3500;
            live(10 * M);
            h.rest_w[0] = 500;
            live(10 * M);
        }
        int64_t first_ms = h.control.loads[0].limited_ms;
        int64_t second_ms = h.control.loads[1].limited_ms;
        assert_true(second_ms > 0);
        int64_t tenths = 10 * first_ms / second_ms;
        assert_in_range(tenths, 9 * weight, 11 * weight);
    }
}

/* --- a relay that refuses ------------------------------------------------------------------------
 */

/* It can't be shed, says so, and says that it is fed when asked. The other load goes instead, and
 * it is tried again after one minute, two, four. */
static void a_relay_that_refuses_is_planned_around(void **state)
{
    (void)state;
    begin(2);
    h.loads[1].tier = 2;
    h.rest_w[0] = 3500;
    int orders = 0;
    for (int64_t t = 0; t < H; t += S) {
        uint64_t before = h.control.loads[0].switchings;
        live(S);
        if (h.control.loads[0].switchings == before)
            continue;
        orders++;
        (void)ohm_control_output(&h.control.loads[0], OHM_OUTPUT_FAILED, true, &h.now);
        (void)ohm_control_output(&h.control.loads[0], OHM_OUTPUT_OK, true, &h.now);
        assert_int_equal(h.control.loads[0].output, OHM_OUTPUT_FAILED);
    }
    assert_in_range(orders, 2, 8);
    assert_int_equal(fed(), 1);
}

/* The journal has a load fed whose output then fails: that its longest shed is over is said anew.
 * (House 70007 at 7aac50b: an overdue car came, failed, and was kept off in silence.) */
static void what_failed_to_come_is_overdue_anew(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool fails;
        uint32_t said;
    } rows[] = {
        { "it stays off, and that was said", false, 1 },
        { "it was ordered on, and did not come", true, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1);
        h.rest_w[0] = 5500;
        live(H + 5 * M);
        assert_int_equal(fed(), 0);
        assert_int_equal(h.news[OHM_NEWS_SHED_MAX], 1);
        if (rows[i].fails) {
            h.rest_w[0] = 500;
            assert_true(wait_for(1) >= 0);
            (void)ohm_control_output(&h.control.loads[0], OHM_OUTPUT_FAILED, false, &h.now);
            h.rest_w[0] = 5500;
        }
        live(2 * H);
        assert_int_equal(fed(), 0);
        if (h.news[OHM_NEWS_SHED_MAX] != rows[i].said)
            fail_msg("%s: said %u times", rows[i].why, h.news[OHM_NEWS_SHED_MAX]);
    }
}

/* --- meters -------------------------------------------------------------------------------------
 */

static void one_mad_frame_sheds_nobody(void **state)
{
    (void)state;
    static const int32_t mad_w[] = { 17000, 25000, 150000 };
    for (size_t i = 0; i < sizeof mad_w / sizeof *mad_w; i++) {
        begin(3);
        h.draws_w[0] = h.draws_w[1] = h.draws_w[2] = 100;
        live(M);
        h.rest_w[0] = mad_w[i];
        ohm_frame frame = { .count = 1 };
        h.now.mono.v += S;
        frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, 0, 10 * (int64_t)mad_w[i] };
        bool believed = ohm_control_frame(&h.control, &h.rules, &frame, h.now.mono, 100000);
        assert_int_equal(believed, mad_w[i] <= 5 * SITE_VA);
        take();
        h.rest_w[0] = 500;
        live(M);
        assert_int_equal(fed(), 7);
        assert_int_equal(h.switchings, 0);
    }
}

/* An order far below what is drawn is no mad frame: it acts before the meter speaks again. */
static void a_small_order_acts_at_once(void **state)
{
    (void)state;
    begin(2);
    h.rules.contract_va = 0; /* nobody knows what the breaker holds */
    h.rules.limits_count = 1;
    h.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    h.draws_w[0] = h.draws_w[1] = 0;
    live(M);
    h.now.mono.v += 500;
    h.control.limits[0] = (ohm_limit_state){
        .set = true, .va = 100, .end_mono = { h.now.mono.v + H }, .end_ms = OHM_NO_MS
    };
    take();
    assert_true(fed() != 3);
}

/* Totals each second, phases now and then: as HAN ports and registers in two reads have it. */
static void a_phase_that_is_said_seldom_is_watched(void **state)
{
    (void)state;
    begin(1);
    h.loads[0].phase = 2;
    h.three_phase = true;
    h.phases_every = 4;
    h.limits[0] = (ohm_power_limit){ .id = "oven", .kind = OHM_LIMIT_FUSE, .phase = 2, .va = 4600 };
    h.rules.limits_count = 1;
    h.rules.contract_va = 36000;
    live(M);
    h.rest_w[1] = 3500;
    int64_t took_ms = wait_for(0);
    assert_in_range(took_ms, 15 * S, 26 * S);
}

static void two_free_clamps_are_no_phases(void **state)
{
    (void)state;
    begin(1);
    h.three_phase = true; /* the meter; the house has one phase */
    h.loads[0].phase = 1;
    h.rest_w[0] = 1500;
    live(10 * M);
    assert_int_equal(fed(), 1);
    assert_false(h.control.supply.three_phase);
    h.rest_w[1] = 100;
    live(S);
    assert_true(h.control.supply.three_phase);
}

static void a_meter_that_falters_moves_nothing(void **state)
{
    (void)state;
    begin(3);
    h.draws_w[0] = h.draws_w[1] = h.draws_w[2] = 100;
    for (int i = 0; i < 60; i++) {
        h.silent = false;
        live(3 * M);
        h.silent = true;
        live(12 * S);
    }
    assert_int_equal(h.switchings, 0);
}

/* One late frame does not make a meter of seconds one of minutes. */
static void a_late_frame_is_no_pace(void **state)
{
    (void)state;
    begin(1);
    live(M);
    h.silent = true;
    live(M);
    h.silent = false;
    live(2 * S);
    assert_false(ohm_supply_is_blind(&h.control.supply, 0, h.now.mono));
    h.silent = true;
    live(16 * S);
    assert_true(ohm_supply_is_blind(&h.control.supply, 0, h.now.mono));
}

/* One that speaks on change alone, frames by the second and then none for a minute: what it may
 * keep silent about is declared, and is all that it is believed for. */
static void a_meter_of_changes_is_believed_as_declared(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t silence_ms;
        bool moves; /* something, in its usual silences */
        int64_t lost_ms;
    } rows[] = {
        { "nothing declared: lost in each of them", 0, true, 10 * S },
        { "less than its silences", 30 * S, true, 30 * S },
        { "more", 90 * S, false, 90 * S },
        { "the most that is heard", OHM_SUPPLY_SILENCE_MS_MAX, false, 3 * M },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(3); /* by their plates they are too much */
        h.rules.silence_ms[0] = rows[i].silence_ms;
        h.draws_w[0] = h.draws_w[1] = h.draws_w[2] = 100;
        for (int k = 0; k < 10; k++) {
            h.silent = false;
            live(20 * S);
            h.silent = true;
            live(M);
        }
        if ((h.switchings > 0) != rows[i].moves)
            fail_msg("%s: %u switchings", rows[i].why, h.switchings);
        h.silent = false;
        live(10 * M);
        assert_int_equal(fed(), 7);
        h.silent = true;
        live(rows[i].lost_ms);
        assert_int_equal(fed(), 7);
        live(OHM_SHED_PATIENCE_MS + 5 * S); /* the static plan, with its usual patience */
        if (fed() == 7)
            fail_msg("%s: not lost", rows[i].why);
    }
}

/* --- the journal ---------------------------------------------------------------------------------
 */

/* Power that wanders between two limits: the load stays off, and why is not told each second. */
static void reasons_do_not_change_by_the_second(void **state)
{
    (void)state;
    begin(1);
    h.limits[0] = (ohm_power_limit){ .id = "mine", .kind = OHM_LIMIT_CAP, .va = 3000 };
    h.rules.limits_count = 1;
    h.loads[0].shed_max_ms = 7 * 24 * (int64_t)H;
    h.rest_w[0] = 3650;
    live(2 * M);
    assert_int_equal(fed(), 0);
    uint64_t before = h.decided;
    for (int64_t t = 0; t < H; t += S) {
        h.rest_w[0] = t % (2 * S) ? 3650 : 3750; /* 2300 VA fit below 6000, or just not */
        live(S);
    }
    assert_in_range(h.decided - before, 0, 4);
}

/* 1 or 2 VA of three phases are no VA of each, in a state of an older version: nothing to reckon a
 * breaker by, and no reason to end. */
static void next_to_nothing_subscribed_is_survived(void **state)
{
    (void)state;
    for (int32_t va = 1; va <= 2; va++) {
        begin(2);
        h.three_phase = true;
        h.rules.contract_va = 0;
        live(S);
        h.control.supply.subscribed_va = va;
        h.control.supply.subscribed_mono = h.now.mono;
        h.silent = true; /* its powers would not be believed beside that */
        live(5 * S);
        ohm_bounds bounds;
        ohm_shed_bounds(&h.rules, &h.control, OHM_LEVEL_NONE, OHM_DAY_UNKNOWN, &bounds);
        for (uint8_t s = 1; s < OHM_SCOPES; s++) {
            const ohm_bound *third = &bounds.at[OHM_FORCE_SAFETY][s];
            assert_int_equal(ohm_shed_left_s(&h.rules, &h.control, s, third), OHM_THERMAL_NEVER);
        }
        ohm_control_start(&h.control, h.now.mono, false);
        assert_int_equal(h.control.supply.subscribed_va, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_to_nothing_subscribed_is_survived),
        cmocka_unit_test(what_fitted_comes_back),
        cmocka_unit_test(turns_leave_no_gap),
        cmocka_unit_test(turns_go_by_weight),
        cmocka_unit_test(a_relay_that_refuses_is_planned_around),
        cmocka_unit_test(what_failed_to_come_is_overdue_anew),
        cmocka_unit_test(one_mad_frame_sheds_nobody),
        cmocka_unit_test(a_small_order_acts_at_once),
        cmocka_unit_test(a_phase_that_is_said_seldom_is_watched),
        cmocka_unit_test(two_free_clamps_are_no_phases),
        cmocka_unit_test(a_meter_that_falters_moves_nothing),
        cmocka_unit_test(a_late_frame_is_no_pace),
        cmocka_unit_test(a_meter_of_changes_is_believed_as_declared),
        cmocka_unit_test(reasons_do_not_change_by_the_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
