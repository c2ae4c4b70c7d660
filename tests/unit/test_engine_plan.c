/* What a plan asks of the engine, and what goes before it. */
#include "../support/engine_bench.h"

static const ohm_plan_reason later = { OHM_PLAN_WHY_LATER, 206500, 157900 };

static int up(void **state)
{
    (void)bench_up(state);
    bench_ready(*state);
    return 0;
}

static void plan(bench *b, bool fed, int64_t ms)
{
    bench_command(
        b, (ohm_command){
               .kind = OHM_COMMAND_PLAN, .fed = fed, .until_ms = b->utc_ms + ms, .plan = later });
}

static const ohm_load_state *load(const bench *b)
{
    return &ohm_engine_loads_of(b->engine)[0];
}

static void a_request_is_kept_and_told_until_its_end(void **state)
{
    bench *b = *state;
    plan(b, false, 2 * H);
    assert_false(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_PLAN);
    assert_int_equal(b->actions.count, 1); /* the decision, and no answer besides */
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    assert_int_equal(ohm_action_json(&b->actions.items[0], &b->config, json, sizeof json, &len),
                     OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"cause\":\"plan\""));
    assert_non_null(strstr(json, "\"plan\":{\"why\":\"later\",\"price_eur_per_kwh\":0.2065,"
                                 "\"instead_eur_per_kwh\":0.1579}"));
    bench_tick(b, 2 * H - S);
    assert_false(load(b)->fed);
    bench_tick(b, S);
    for (int i = 0; i < 120 && !load(b)->fed; i++)
        bench_tick(b, S);
    assert_true(load(b)->fed); /* its own thermostat goes on */
    assert_int_equal(load(b)->cause, OHM_CAUSE_NORMAL);
}

static void a_request_is_taken_back(void **state)
{
    bench *b = *state;
    plan(b, false, 2 * H);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_PLAN_CLEAR });
    assert_int_equal(load(b)->cause, OHM_CAUSE_NORMAL);
    assert_false(load(b)->planned);
}

static void a_hand_and_the_grid_go_before_it(void **state)
{
    static const int32_t red[] = { 3, 3, 3 };
    bench *b = *state;
    plan(b, false, 3 * H);
    bench_tick(b, 10 * 60 * S);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .fed = true, .until_ms = b->utc_ms + H });
    for (int i = 0; i < 120 && !load(b)->fed; i++)
        bench_tick(b, S);
    assert_true(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_MANUAL);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE_CLEAR });
    plan(b, true, 3 * H);
    bench_levels(b, 3, red);
    for (int i = 0; i < 120 && load(b)->fed; i++)
        bench_tick(b, S);
    assert_false(load(b)->fed); /* a plan to feed it feeds nothing that Ecowatt keeps off */
    assert_int_equal(load(b)->cause, OHM_CAUSE_ECOWATT);
}

static void what_makes_no_sense_is_refused(void **state)
{
    bench *b = *state;
    const ohm_ms t = b->utc_ms;
    const struct {
        const char *why;
        ohm_command command;
        ohm_code code;
    } rows[] = {
        { "no such load",
          { .kind = OHM_COMMAND_PLAN, .load = 9, .until_ms = t + H, .plan = later },
          OHM_UNKNOWN },
        { "over already",
          { .kind = OHM_COMMAND_PLAN, .until_ms = t - S, .plan = later },
          OHM_RANGE },
        { "for months",
          { .kind = OHM_COMMAND_PLAN, .until_ms = t + INT64_C(60) * 24 * H, .plan = later },
          OHM_RANGE },
        { "without a reason", { .kind = OHM_COMMAND_PLAN, .until_ms = t + H }, OHM_RANGE },
        { "no such load to take back", { .kind = OHM_COMMAND_PLAN_CLEAR, .load = 9 }, OHM_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_command(b, rows[i].command);
        const ohm_action *refused = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED);
        if (!refused || refused->detail != (int64_t)rows[i].code)
            fail_msg("%s", rows[i].why);
        assert_false(load(b)->planned);
    }
}

static void a_snapshot_keeps_it(void **state)
{
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    bench *b = *state;
    size_t len = 0;
    plan(b, false, 2 * H);
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_START, bytes, sizeof bytes, &len),
                     OHM_OK);
    ohm_engine_init(b->engine, &b->config);
    assert_false(load(b)->planned);
    assert_int_equal(ohm_engine_restore(b->engine, ohm_span_of(bytes, len)).code, OHM_OK);
    assert_true(load(b)->planned);
    assert_int_equal(load(b)->plan.why, OHM_PLAN_WHY_LATER);
    assert_int_equal(load(b)->plan.instead_ueur_per_kwh, 157900);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_kept_and_told_until_its_end),
        TEST(a_request_is_taken_back),
        TEST(a_hand_and_the_grid_go_before_it),
        TEST(what_makes_no_sense_is_refused),
        TEST(a_snapshot_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
