/* How things end: sheds with the process, and with the rest that a load has earned; contracts with
 * another one. */
#include "../support/engine_bench.h"

/* The process ends within a minimum off time: nobody would bring the load back. */
static void the_end_leaves_every_load_in_its_fail_safe_state(void **state)
{
    bench *b = *state;
    static const int32_t orange[] = { 2, 2 };
    b->config.loads[1].failsafe_fed = false;
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    bench_tick(b, M);
    bench_levels(b, 2, orange);
    assert_false(bench_load(b, 0)->fed);
    assert_true(bench_load(b, 1)->fed);
    bench_tick(b, S);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_int_equal(bench_count(b, OHM_NOTICE_STOPPED), 1);
    for (int i = 0; i < 5; i++)
        bench_tick(b, S);
    assert_false(bench_load(b, 0)->fed); /* off for six seconds of ten minutes */
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_OFF_MIN);
    assert_false(ohm_engine_is_settled(b->engine));

    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_int_equal(bench_count(b, OHM_NOTICE_STOPPED), 0);
    assert_int_equal(b->actions.count, 1);
    const ohm_decision *d = &b->actions.items[0].decision;
    assert_true(d->load == 0 && d->fed && d->switches);
    assert_int_equal(d->cause, OHM_CAUSE_FAILSAFE);
    assert_int_equal(d->hold, OHM_HOLD_NONE);
    assert_int_equal(d->expected_w, 2400);
    assert_true(ohm_engine_is_settled(b->engine));
    assert_true(bench_load(b, 0)->fed);
    assert_false(bench_load(b, 1)->fed);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_int_equal(b->actions.count, 0); /* nobody is left */
}

/* Eight loads at once would bring back what they were shed for: each further STOP lets go of one,
 * those first that have nearly been off for long enough. */
static void who_is_let_go_of_comes_back_one_by_one(void **state)
{
    bench *b = *state;
    static const int32_t red[] = { 3, 3 };
    for (uint16_t i = 0; i < 2; i++)
        b->config.loads[i].off_min_ms = 10 * M;
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + H });
    assert_false(bench_load(b, 1)->fed);
    bench_tick(b, M);
    bench_levels(b, 2, red);
    assert_false(bench_load(b, 0)->fed);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    bench_tick(b, M);
    assert_false(bench_load(b, 0)->fed || bench_load(b, 1)->fed);

    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_false(bench_load(b, 0)->fed);
    assert_true(bench_load(b, 1)->fed); /* off for longer */
    assert_false(ohm_engine_is_let_go(b->engine));
    assert_false(ohm_engine_is_settled(b->engine));
    bench_tick(b, S);
    assert_false(bench_load(b, 0)->fed); /* only STOP breaks a minimum time */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_true(ohm_engine_is_let_go(b->engine));
    assert_true(ohm_engine_is_settled(b->engine));
}

/* It may be an hour until it is tried again: who leaves tries once more, and is gone. */
static void the_end_does_not_wait_for_a_failed_output(void **state)
{
    bench *b = *state;
    b->config.loads[0].off_min_ms = 0;
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    bench_step(
        b, (ohm_event){ .kind = OHM_EVENT_OUTPUT, .output = { 0, OHM_OUTPUT_FAILED, false, 0 } });
    bench_tick(b, S);
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_OUTPUT);
    assert_false(ohm_engine_is_settled(b->engine));
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_true(ohm_engine_is_settled(b->engine));
    assert_false(ohm_engine_is_let_go(b->engine));
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_true(ohm_engine_is_let_go(b->engine));
}

/* Duty: however a shed is interrupted, what follows is no new longest one. */
static void a_minute_on_does_not_stretch_the_longest_shed(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int64_t shed_ms, on_ms, rest_ms; /* rest: after the forced minute */
    } rows[] = {
        { "shortly before its end", 2 * H - 2 * M, M, 58 * M },
        { "half way", H, M, 29 * M },
        { "a minute of shed earns half of one", M, 10 * S, 20 * S },
        { "the person kept it on for as long as it rests", 2 * H - 2 * M, H, 0 },
    };
    static const int32_t orange[] = { 2, 2, 2, 2, 2, 2, 2, 2 };
    b->config.loads[0].shed_max_ms = 2 * H;
    b->config.loads[0].rest_min_ms = H;
    b->config.loads[0].off_min_ms = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_engine_init(b->engine, &b->config);
        bench_ready(b);
        bench_levels(b, 8, orange);
        assert_false(bench_load(b, 0)->fed);
        bench_tick(b, rows[i].shed_ms);
        assert_false(bench_load(b, 0)->fed);
        bench_command(b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE,
                                        .load = 0,
                                        .fed = true,
                                        .until_ms = b->utc_ms + rows[i].on_ms });
        assert_true(bench_load(b, 0)->fed);
        bench_tick(b, rows[i].on_ms);
        assert_int_equal(bench_count(b, OHM_NOTICE_OVERRIDE_ENDED), 1);
        int64_t rested_ms = 0;
        for (; bench_load(b, 0)->fed; rested_ms += S, bench_tick(b, S))
            if (bench_load(b, 0)->hold != OHM_HOLD_SHED_MAX)
                fail_msg("%s: fed, and nothing says why", rows[i].why);
        if (rested_ms != rows[i].rest_ms)
            fail_msg("%s: rests %lld s", rows[i].why, (long long)rested_ms / 1000);
    }
}

/* 200 kW with a push each quarter of an hour, of a site that subscribed to as much. */
static void a_large_site_counts_its_day(void **state)
{
    bench *b = *state;
    for (int wide = 0; wide < 2; wide++) {
        b->config.power_w_max = wide ? 500000 : 100000;
        ohm_engine_init(b->engine, &b->config);
        b->import_wh = 1000000;
        bench_ready(b);
        bench_pass(b, 15 * M);
        bench_frame(b, 50000);
        assert_int_equal(ohm_engine_register_doubted_of(b->engine), !wide);
        assert_int_equal(bench_count(b, OHM_NOTICE_REGISTER_JUMP), !wide);
        assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, wide ? 50000 : 0);
    }
}

/* From the step on it is the engine's: its prices, its power, and today so far. */
static void another_contract_holds_at_once(void **state)
{
    bench *b = *state;
    static ohm_contract_change change;
    bench_ready(b);
    bench_pass(b, 10 * S);
    bench_frame(b, 100);
    const ohm_engine_today *today = ohm_engine_today_of(b->engine);
    int64_t wh = today->import_wh, cost_ueur = today->cost_ueur;
    assert_true(wh > 0 && cost_ueur > 0);
    change = (ohm_contract_change){ .has_contract = true,
                                    .contract = b->config.contract,
                                    .power_w_max = 100000,
                                    .actor = "user:marie" };
    for (uint8_t p = 0; p < change.contract.periods_count; p++)
        change.contract.rows[0].ueur_per_kwh[p] *= 2;
    change.contract.subscribed_va = 3000;
    ohm_event event = { .kind = OHM_EVENT_CONTRACT, .contract = &change };
    bench_step(b, event);
    const ohm_action *told = bench_notice(b, OHM_NOTICE_CONTRACT);
    assert_non_null(told);
    assert_int_equal(told->detail, 3000);
    assert_string_equal(told->actor, "user:marie");
    assert_int_equal(today->import_wh, wh);
    assert_int_equal(today->cost_ueur, 2 * cost_ueur);
    assert_int_equal(ohm_engine_config_of(b->engine)->contract.subscribed_va, 3000);
    event.mono = b->mono;
    event.utc_ms = b->utc_ms;
    change.power_w_max = 0;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    change.power_w_max = 100000;
    change.contract.rows_count = 0;
    assert_int_not_equal(ohm_engine_accepts(b->engine, &event), OHM_OK);
    change.has_contract = false;
    bench_step(b, event);
    assert_false(today->has_cost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_contract_holds_at_once, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(the_end_leaves_every_load_in_its_fail_safe_state, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(who_is_let_go_of_comes_back_one_by_one, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(the_end_does_not_wait_for_a_failed_output, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(a_minute_on_does_not_stretch_the_longest_shed, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(a_large_site_counts_its_day, bench_up, bench_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
