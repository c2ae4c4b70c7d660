/* Setpoints that were lowered before: again, in vain, after a blackout, without a meter, for whom;
 * two of them, and the sun between limits. */
#include "shed_car.h"

/* Within a minute a second overrun takes all that it may give; later as much as it needs. */
static void a_second_overrun(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t between_ms;
        int32_t want_w;
    } rows[] = {
        { "at once: to its least", 10 * S, LEAST_W },
        { "after two minutes: as far as it needs", 2 * M, MOST_W - 4 * AMPERE_W },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_car(2);
        h.rest_w[0] = 700; /* two steps */
        live(21 * S);
        assert_int_equal(car()->setting, MOST_W - 2 * AMPERE_W);
        live(rows[i].between_ms);
        h.rest_w[0] += 480; /* two more, of which 80 were left */
        live(21 * S);
        if (car()->setting != rows[i].want_w)
            fail_msg("%s: %d", rows[i].why, car()->setting);
        assert_int_equal(fed(), 3);
    }
}

/* It came on a moment ago: no more than to its least before its minimum time is over. */
static void its_minimum_time_keeps_its_least(void **state)
{
    (void)state;
    begin_car(2);
    h.loads[0].on_min_ms = 10 * M;
    h.loads[1].never_shed = true;
    car()->changed_mono = h.now.mono;
    h.rest_w[0] = 2900; /* 8580: 2580 too much, it may give 2300 */
    live(21 * S);
    assert_int_equal(fed(), 3);
    assert_int_equal(car()->setting, LEAST_W);
    live(30 * S); /* 280 beyond: the breaker holds that for ever */
    assert_int_equal(fed(), 3);
    live(10 * M);
    assert_int_equal(fed(), 2);
    assert_int_equal(h.news[OHM_NEWS_ON_MIN], 0);
}

/* Cut again and again, and the meter shows nothing of it: told once, and others go first. One that
 * draws less than its setpoint is no such charger: lowering it shows nothing, cutting it does. */
static void a_charger_that_does_not_obey_is_told(void **state)
{
    (void)state;
    for (int obeys = 0; obeys < 2; obeys++) {
        begin_car(2);
        h.draws_w[0] = obeys ? LEAST_W : 0;
        h.rest_w[0] = obeys ? 500 : 2000;
        live(2 * M);
        for (int i = 0; i < OHM_LOAD_EMPTY; i++) {
            ohm_control_override(car(), false, ohm_mono_after(h.now.mono, H), UTC);
            live(2 * M);
            ohm_control_override_clear(car());
            live(5 * M);
        }
        assert_int_equal(h.news[OHM_NEWS_NO_EFFECT], !obeys);
        assert_int_equal(car()->suspect, !obeys);
        h.loads[1].tier = 9;
        h.rest_w[0] += 3000;
        live(M);
        assert_int_equal(fed(), obeys ? 2 : 1);
    }
}

/* What rose and was too much waits twice as long the next time, up to a quarter of an hour; half
 * an hour on forgives it. */
static void what_rose_in_vain_waits_longer(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 1160; /* 6840 with all of it: four steps */
    live(21 * S);
    assert_int_equal(car()->setting, MOST_W - 4 * AMPERE_W);
    int64_t hold_s = 30;
    for (int failures = 1; failures <= OHM_SHED_DOUBLINGS_MAX + 2; failures++) {
        const int32_t before = car()->setting;
        h.rest_w[0] = 500; /* room for two steps and more */
        live((hold_s - 2) * S);
        assert_int_equal(car()->setting, before);
        live(5 * S);
        assert_true(car()->setting > before);
        h.rest_w[0] = SITE_VA - 2000 - before; /* and for none of it */
        live(30 * S);
        assert_true(car()->setting <= before);
        const int doublings = failures < OHM_SHED_DOUBLINGS_MAX ? failures : OHM_SHED_DOUBLINGS_MAX;
        assert_int_equal(car()->restore_failures, doublings);
        hold_s = INT64_C(30) << doublings;
    }
    live(31 * M);
    assert_int_equal(car()->restore_failures, 0);
}

/* After a power cut it waits twice as long, as all do. */
static void it_rises_later_after_a_blackout(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 2100;
    live(21 * S);
    const int32_t before = car()->setting;
    h.control.cold = true;
    h.control.cold_end_mono = ohm_mono_after(h.now.mono, H);
    h.rest_w[0] = 0;
    live(58 * S);
    assert_int_equal(car()->setting, before);
    live(5 * S);
    assert_int_equal(car()->setting, MOST_W);
}

/* The household's cap, and who may go beyond it. */
static void who_rises_beyond_a_cap(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool by_hand, hand_fed, chilly, spent, fuse;
        bool rises;
    } rows[] = {
        { "nobody asks", .rises = false },
        { "a person does", .by_hand = true, .hand_fed = true, .rises = true },
        { "a person does, and it is a fuse", .by_hand = true, .hand_fed = true, .fuse = true },
        { "its comfort is at stake", .chilly = true, .rises = true },
        { "it gave all that it may in a day", .spent = true, .rises = true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_car(2);
        h.limits[0] = (ohm_power_limit){ .id = "cap",
                                         .kind = rows[i].fuse ? OHM_LIMIT_FUSE : OHM_LIMIT_CAP,
                                         .va = 4600 };
        h.rules.limits_count = 1;
        live(30 * S);
        assert_true(car()->fed && car()->setting < MOST_W);
        const int32_t before = car()->setting;
        if (rows[i].by_hand)
            ohm_control_override(car(), rows[i].hand_fed, ohm_mono_after(h.now.mono, H), OHM_NO_MS);
        for (int s = 0; s < 60; s++) {
            car()->chilly = rows[i].chilly;
            car()->felt = rows[i].chilly;
            car()->felt_mono = h.now.mono;
            h.loads[0].comfort_device = rows[i].chilly;
            h.loads[0].shed_day_ms = rows[i].spent;
            car()->day_ms = rows[i].spent;
            car()->day_mono = h.now.mono;
            live(S);
        }
        if ((car()->setting > before) != rows[i].rises)
            fail_msg("%s: %d after %d", rows[i].why, car()->setting, before);
    }
}

/* A person wants less than the limit leaves: room beyond it is remembered, and used when the
 * person's order ends. */
static void a_person_wants_less_than_there_is(void **state)
{
    (void)state;
    begin_car(2);
    h.rest_w[0] = 1160; /* four steps too much */
    live(21 * S);
    const int32_t left_w = car()->setting;
    ohm_control_override_set(car(), &h.loads[0], LEAST_W, ohm_mono_after(h.now.mono, 5 * M),
                             OHM_NO_MS);
    live(S);
    assert_int_equal(car()->setting, LEAST_W);
    assert_int_equal(car()->cause, OHM_CAUSE_MANUAL);
    h.rest_w[0] = SITE_VA - 2000 - LEAST_W - 340; /* a step of room */
    live(4 * M);
    assert_int_equal(car()->setting, LEAST_W);
    assert_int_equal(car()->most_w, left_w);
    h.rest_w[0] = 1160;
    ohm_control_override_clear(car());
    live(5 * S);
    assert_int_equal(car()->setting, left_w);
}

/* Off without a meter: it comes back with its least, and rises once somebody says what is drawn. */
static void it_comes_back_blindly_with_its_least(void **state)
{
    (void)state;
    begin_car(2);
    ohm_control_override(car(), false, ohm_mono_after(h.now.mono, H), OHM_NO_MS);
    live(M);
    assert_int_equal(fed(), 2);
    h.silent = true;
    live(2 * M);
    ohm_control_override_clear(car());
    assert_true(wait_for(3) >= 0);
    assert_int_equal(car()->setting, LEAST_W);
    assert_int_equal(car()->cause, OHM_CAUSE_BREAKER);
    live(5 * M);
    assert_int_equal(car()->setting, LEAST_W);
    h.silent = false;
    live(45 * S);
    assert_int_equal(car()->setting, MOST_W);
}

/* No limit is known: it comes back with all of it. */
static void without_a_limit_it_comes_back_with_all(void **state)
{
    (void)state;
    begin_car(2);
    h.rules.contract_va = 0;
    ohm_control_override(car(), false, ohm_mono_after(h.now.mono, H), OHM_NO_MS);
    live(M);
    assert_int_equal(car()->setting, 0);
    ohm_control_override_clear(car());
    assert_true(wait_for(3) >= 0);
    assert_int_equal(car()->setting, MOST_W);
}

/* What can't come in any case keeps no room from it; of those that can the greatest does. */
static void for_whom_it_does_not_rise(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t others_w[2];
        uint8_t failures; /* of theirs: they wait for so long */
        bool rises;
    } rows[] = {
        { "a heater that does not fit", { 5000, 5000 }, 5, true },
        { "one that does, and waits", { 2000, 5000 }, 5, false },
        { "the smaller of two that wait", { 2000, 500 }, 5, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(3);
        h.loads[0] = (ohm_load){ .tier = 1,
                                 .kind = OHM_LOAD_MODULATED,
                                 .nominal_w = MOST_W,
                                 .min_w = LEAST_W,
                                 .safe_setting = LEAST_W,
                                 .step_w = AMPERE_W,
                                 .failsafe_fed = true };
        h.draws_w[0] = MOST_W;
        car()->setting = car()->most_w = LEAST_W;
        car()->most_force = OHM_FORCE_SAFETY;
        for (uint16_t k = 1; k < 3; k++) {
            h.loads[k].nominal_w = h.draws_w[k] = rows[i].others_w[k - 1];
            h.loads[k].tier = 1;
            h.control.loads[k].fed = false;
            h.control.loads[k].force = OHM_FORCE_SAFETY;
            h.control.loads[k].cause = OHM_CAUSE_BREAKER;
            h.control.loads[k].restore_failures = rows[i].failures;
        }
        h.rest_w[0] = 1500; /* 3120 of room */
        live(2 * M);
        if ((car()->setting > LEAST_W + 3 * AMPERE_W) != rows[i].rises)
            fail_msg("%s: %d", rows[i].why, car()->setting);
    }
}

/* Two of them: lowered together, raised together, and the breaker is kept in. */
static void two_cars(void **state)
{
    (void)state;
    begin_car(1);
    h.loads[1] = h.loads[0];
    h.draws_w[1] = MOST_W;
    h.control.loads[1].setting = LEAST_W;
    h.control.loads[1].most_w = LEAST_W;
    h.control.loads[1].most_force = OHM_FORCE_SAFETY;
    h.rest_w[0] = 1000;
    live(3 * M);
    assert_int_equal(fed(), 3);
    assert_true(drawn_w(0) <= SITE_VA);
    assert_true(car()->setting < MOST_W || h.control.loads[1].setting < MOST_W);
    h.draws_w[1] = 0; /* the other one leaves */
    live(5 * M);
    assert_int_equal(car()->setting, MOST_W);
}

/* A limit lowers what follows the sun: when it ends, it is where the sun had it. */
static void a_limit_interrupts_the_sun(void **state)
{
    (void)state;
    begin_car(2);
    h.draws_w[1] = 0;
    h.rest_w[0] = 300;
    shine(45 * S, 3000);
    const int32_t sunny_w = car()->setting;
    assert_true(sunny_w > LEAST_W);
    h.limits[0] = (ohm_power_limit){ .id = "cap", .kind = OHM_LIMIT_CAP, .va = LEAST_W + 400 };
    h.rules.limits_count = 1;
    shine(45 * S, 3000);
    assert_int_equal(car()->cause, OHM_CAUSE_CAP);
    assert_int_equal(car()->setting, LEAST_W);
    h.rules.limits_count = 0;
    shine(50 * S, 3000);
    assert_int_equal(car()->cause, OHM_CAUSE_RULE);
    assert_int_equal(car()->setting, sunny_w);
    /* The rule's surplus ends, and it is fed by something else: all of it. */
    car()->follows = car()->rule_fed = false;
    car()->rule = OHM_RULE_NONE;
    live(40 * S);
    assert_int_equal(car()->setting, MOST_W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_overrun),
        cmocka_unit_test(its_minimum_time_keeps_its_least),
        cmocka_unit_test(a_charger_that_does_not_obey_is_told),
        cmocka_unit_test(what_rose_in_vain_waits_longer),
        cmocka_unit_test(it_rises_later_after_a_blackout),
        cmocka_unit_test(who_rises_beyond_a_cap),
        cmocka_unit_test(a_person_wants_less_than_there_is),
        cmocka_unit_test(it_comes_back_blindly_with_its_least),
        cmocka_unit_test(without_a_limit_it_comes_back_with_all),
        cmocka_unit_test(for_whom_it_does_not_rise),
        cmocka_unit_test(two_cars),
        cmocka_unit_test(a_limit_interrupts_the_sun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
