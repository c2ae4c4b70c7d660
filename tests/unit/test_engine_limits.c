#include "../support/engine_bench.h"

/* A frame of a meter that draws so much, of 6 kVA. */
static void bench_power(bench *b, int64_t va)
{
    ohm_frame frame = { .device = 0, .count = 2, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, va * 10 };
    frame.values[1] = (ohm_value){ OHM_Q_SUBSCRIBED_POWER, OHM_QUALITY_GOOD, 6000 };
    bench_pass(b, S);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

static int up_with_limits(void **state)
{
    (void)bench_up(state);
    bench *b = *state;
    b->config.has_ecowatt = false;
    b->config.limits_count = 2;
    b->config.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    b->config.limits[1] = (ohm_power_limit){ .id = "fuse", .kind = OHM_LIMIT_FUSE, .va = 9000 };
    ohm_engine_init(b->engine, &b->config);
    bench_start(b);
    bench_power(b, 3000);
    return 0;
}

static const ohm_action *moved(const bench *b, uint16_t load)
{
    for (uint16_t i = 0; i < b->actions.count; i++)
        if (b->actions.items[i].notice == OHM_NOTICE_NONE &&
            b->actions.items[i].decision.switches && b->actions.items[i].decision.load == load)
            return &b->actions.items[i];
    return NULL;
}

static void the_frame_that_shows_it_sheds(void **state)
{
    bench *b = *state;
    const ohm_action *action = NULL;
    for (int i = 0; i < 30 && !action; i++) {
        bench_power(b, 14000);
        action = moved(b, 0);
    }
    assert_non_null(action);
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    assert_int_equal(ohm_action_json(action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"cause\":\"breaker\""));
    assert_non_null(strstr(json, "\"limit\":{\"id\":\"main\",\"phase\":null,\"va\":6000,"
                                 "\"measured_va\":14000,\"trip_s\":"));
    assert_non_null(strstr(json, "\"expected_w\":-2400"));

    for (int i = 0; i < 3; i++)
        bench_power(b, 8100);
    const ohm_action *effect = bench_notice(b, OHM_NOTICE_EFFECT);
    assert_non_null(effect);
    assert_int_equal(ohm_action_json(effect, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"expected_va\":-6100,\"measured_va\":-5900"));
}

static void what_is_said_of_limits(void **state)
{
    bench *b = *state;
    ohm_ms t = b->utc_ms;
    const struct {
        const char *why;
        ohm_command command;
        ohm_code code;
    } rows[] = {
        { "no such limit",
          { .kind = OHM_COMMAND_LIMIT, .limit = 2, .va = 1, .until_ms = t + H },
          OHM_UNKNOWN },
        { "a fuse takes no orders",
          { .kind = OHM_COMMAND_LIMIT, .limit = 1, .va = 1, .until_ms = t + H },
          OHM_DENIED },
        { "less than nothing",
          { .kind = OHM_COMMAND_LIMIT, .va = -1, .until_ms = t + H },
          OHM_RANGE },
        { "more than any site",
          { .kind = OHM_COMMAND_LIMIT, .va = OHM_LIMIT_VA_MAX + 1, .until_ms = t + H },
          OHM_RANGE },
        { "an end that is over", { .kind = OHM_COMMAND_LIMIT, .until_ms = t }, OHM_RANGE },
        { "an end beyond time", { .kind = OHM_COMMAND_LIMIT, .until_ms = INT64_MAX }, OHM_RANGE },
        { "more than a week",
          { .kind = OHM_COMMAND_LIMIT, .until_ms = t + 169 * (ohm_ms)H },
          OHM_RANGE },
        { "an order", { .kind = OHM_COMMAND_LIMIT, .va = 4200, .until_ms = t + H }, OHM_OK },
        { "taking back nothing", { .kind = OHM_COMMAND_LIMIT_CLEAR, .limit = 1 }, OHM_OK },
        { "no such limit to take back",
          { .kind = OHM_COMMAND_LIMIT_CLEAR, .limit = 2 },
          OHM_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_command(b, rows[i].command);
        const ohm_action *no = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED);
        ohm_code code = no ? (ohm_code)no->detail : OHM_OK;
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
    ohm_bounds bounds;
    ohm_engine_bounds(b->engine, &bounds);
    assert_int_equal(bounds.at[OHM_FORCE_GRID][0].va, 4200);
    assert_int_equal(bounds.at[OHM_FORCE_SAFETY][0].va, 6000);
    assert_int_equal(ohm_engine_left_s(b->engine, 0, &bounds.at[OHM_FORCE_SAFETY][0]),
                     OHM_THERMAL_NEVER);
}

/* An order lives through a restart by its limit's id, and ends when it was to end. */
static void an_order_outlives_a_restart(void **state)
{
    bench *b = *state;
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    size_t len = 0;
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .va = 1000, .until_ms = b->utc_ms + 20 * M });
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_START, bytes, sizeof bytes, &len),
                     OHM_OK);
    assert_false(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(bytes, len))));
    ohm_power_limit dso = b->config.limits[0];
    b->config.limits[0] = b->config.limits[1];
    b->config.limits[1] = dso;
    ohm_engine_reconfigure(b->engine, &b->config);
    bench_pass(b, 10 * M);
    bench_start(b);
    ohm_bounds bounds;
    ohm_engine_bounds(b->engine, &bounds);
    assert_int_equal(bounds.at[OHM_FORCE_GRID][0].va, 1000);
    assert_int_equal(bounds.at[OHM_FORCE_GRID][0].limit, 1);
    for (int i = 0; i < 10 * 60; i++)
        bench_power(b, 500);
    ohm_engine_bounds(b->engine, &bounds);
    assert_false(bounds.at[OHM_FORCE_GRID][0].given);
}

static bool is_told_overdue(const bench *b, uint16_t load)
{
    bool told = false;
    for (uint16_t i = 0; i < b->actions.count; i++)
        told = told || (b->actions.items[i].notice == OHM_NOTICE_SHED_MAX_BROKEN &&
                        b->actions.items[i].decision.load == load);
    return told;
}

/* What was saved may be older than the journal, which has the load back since: a start says again
 * that a longest shed is over. (Farm 3947846252, a full disk: a car was kept off in silence.) */
static void a_start_says_again_what_is_overdue(void **state)
{
    bench *b = *state;
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    size_t len = 0;
    int said = 0;
    for (int64_t ms = 0; ms < 6 * H && said == 0; ms += 10 * S) {
        bench_pass(b, 9 * S);
        bench_power(b, 8100);
        said += is_told_overdue(b, 0);
    }
    assert_int_equal(said, 1);
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_START, bytes, sizeof bytes, &len),
                     OHM_OK);
    static const struct {
        const char *why;
        bool restarts;
        bool says;
    } rows[] = {
        { "it goes on, and was said", false, false },
        { "a start", true, true },
        { "once", false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].restarts) {
            assert_false(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(bytes, len))));
            ohm_engine_reconfigure(b->engine, &b->config);
            b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true, .outputs_count = 2 };
            b->boot.outputs[0].known = b->boot.outputs[1].known = true; /* kept off */
            bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
        }
        said = rows[i].restarts && is_told_overdue(b, 0);
        for (int k = 0; k < 60; k++) {
            bench_pass(b, 9 * S);
            bench_power(b, 8100);
            said += is_told_overdue(b, 0);
        }
        if (said != rows[i].says)
            fail_msg("%s: said %d times", rows[i].why, said);
    }
}

static void limits_that_make_no_sense_are_refused(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_power_limit limit;
        ohm_code code;
    } rows
        [] = {
            { "no id", { .kind = OHM_LIMIT_CAP }, OHM_BAD_FORMAT },
            { "the id of another", { .id = "dso", .kind = OHM_LIMIT_CAP }, OHM_CONFLICT },
            { "phase 4", { .id = "x", .kind = OHM_LIMIT_CAP, .phase = 4 }, OHM_RANGE },
            { "below nothing", { .id = "x", .kind = OHM_LIMIT_CAP, .va = -1 }, OHM_RANGE },
            { "a fuse of nothing", { .id = "x", .kind = OHM_LIMIT_FUSE }, OHM_CONFLICT },
            { "a fuse in red only",
              { .id = "x", .kind = OHM_LIMIT_FUSE, .va = 9, .ecowatt_level = 3 },
              OHM_CONFLICT },
            { "a level that never limits",
              { .id = "x", .kind = OHM_LIMIT_CAP, .ecowatt_level = 1 },
              OHM_RANGE },
            { "a phase of a branch",
              { .id = "x", .kind = OHM_LIMIT_CAP, .phase = 1, .branch = 1 },
              OHM_RANGE },
            { "the ninth branch", { .id = "x", .kind = OHM_LIMIT_CAP, .branch = 9 }, OHM_RANGE },
            { "a branch that nobody counts",
              { .id = "x", .kind = OHM_LIMIT_CAP, .branch = 1 },
              OHM_UNKNOWN },
            { "a cap of blue days",
              { .id = "x", .kind = OHM_LIMIT_CAP, .day = OHM_DAY_BLUE },
              OHM_RANGE },
            { "a fuse of red days",
              { .id = "x", .kind = OHM_LIMIT_FUSE, .va = 9, .day = OHM_DAY_RED },
              OHM_CONFLICT },
            { "a level above all",
              { .id = "x", .kind = OHM_LIMIT_CAP, .ecowatt_level = 4 },
              OHM_RANGE },
            { "more than any site",
              { .id = "x", .kind = OHM_LIMIT_CAP, .va = OHM_LIMIT_VA_MAX + 1 },
              OHM_RANGE },
            { "an id without an end",
              { .id = { 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x',
                        'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x',
                        'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' },
                .kind = OHM_LIMIT_CAP },
              OHM_TOO_BIG },
            { "no such kind", { .id = "x", .kind = OHM_LIMIT_KINDS_COUNT }, OHM_RANGE },
            { "a cap",
              { .id = "x", .kind = OHM_LIMIT_CAP, .va = 3000, .ecowatt_level = 2 },
              OHM_OK },
        };
    b->config.limits_count = 3;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.limits[2] = rows[i].limit;
        ohm_err err = ohm_engine_config_check(&b->config);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
    b->config.limits_count = OHM_LIMITS_MAX + 1;
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_TOO_BIG);
    b->config.limits_count = 2;
    b->config.branches_count = OHM_BRANCHES_MAX + 1;
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_TOO_BIG);
    b->config.branches_count = 0;
    b->config.loads[1].branch = 1;
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_UNKNOWN);
    b->config.loads[1].branch = 0;
    b->config.restore_jitter_ms = -1;
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_RANGE);
    b->config.restore_jitter_ms = 0;
    b->config.base_va = -1;
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_RANGE);
}

static void restart(bench *b, uint64_t boot_id, bool clock_set)
{
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    size_t len = 0;
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_START, bytes, sizeof bytes, &len),
                     OHM_OK);
    assert_false(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(bytes, len))));
    ohm_engine_reconfigure(b->engine, &b->config);
    b->boot = (ohm_boot){ .boot_id = boot_id, .clock_set = clock_set, .outputs_count = 2 };
    b->boot.outputs[0] = b->boot.outputs[1] = (ohm_boot_output){ true, true, H, 0 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
}

/* An hour's order, a cut of five hours in its middle, on a machine that wakes up in 1970. */
static void an_order_does_not_outlive_its_end(void **state)
{
    bench *b = *state;
    ohm_ms end_ms = b->utc_ms + H;
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .limit = 0, .va = 4000, .until_ms = end_ms });
    bench_pass(b, H / 2);
    bench_power(b, 3000);
    ohm_ms utc_ms = b->utc_ms + 5 * (int64_t)H;
    b->mono.v = 0;
    b->utc_ms = 0;
    restart(b, 2, false);
    assert_true(ohm_engine_control_of(b->engine)->limits[0].set);
    bench_pass(b, 10 * S);
    b->utc_ms = utc_ms;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { .set = true } });
    bench_tick(b, S);
    assert_false(ohm_engine_control_of(b->engine)->limits[0].set);
}

/* The register alone comes first: that says nothing about the power, and sheds nobody. */
static void a_start_waits_for_a_power(void **state)
{
    bench *b = *state;
    restart(b, 1, true);
    bench_pass(b, S);
    bench_frame(b, 0);
    assert_true(ohm_engine_is_starting(b->engine));
    for (int i = 0; i < 30; i++)
        bench_tick(b, S);
    assert_true(bench_load(b, 0)->fed && bench_load(b, 1)->fed);
    bench_power(b, 3000);
    assert_false(ohm_engine_is_starting(b->engine));
    assert_true(bench_load(b, 0)->fed && bench_load(b, 1)->fed);
}

/* The operator may order that nothing is drawn: that is not the same as no order. */
static void an_order_of_nothing_is_one(void **state)
{
    bench *b = *state;
    bench_pass(b, 5 * M);
    bench_power(b, 3000);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .limit = 0, .until_ms = b->utc_ms + H });
    ohm_bounds bounds;
    ohm_engine_bounds(b->engine, &bounds);
    assert_true(bounds.at[OHM_FORCE_GRID][0].given);
    for (int i = 0; i < 3; i++)
        bench_power(b, 3000);
    assert_false(bench_load(b, 0)->fed || bench_load(b, 1)->fed);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LIMIT_CLEAR, .limit = 0 });
    ohm_engine_bounds(b->engine, &bounds);
    assert_false(bounds.at[OHM_FORCE_GRID][0].given);
}

/* What was ordered of a cap is not meant for a fuse of the same name. */
static void an_order_is_for_its_kind(void **state)
{
    bench *b = *state;
    bench_command(
        b, (ohm_command){
               .kind = OHM_COMMAND_LIMIT, .limit = 0, .va = 4000, .until_ms = b->utc_ms + H });
    b->config.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_FUSE, .va = 4600 };
    restart(b, 1, true);
    assert_false(ohm_engine_control_of(b->engine)->limits[0].set);
}

/* What the meter says is subscribed holds for a day without being said again. */
static void a_rating_that_is_not_said_ends(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int32_t contract_va, breaking_va; /* the latter said each hour */
        int32_t va;
    } rows[] = {
        { "the contract takes its place", 8000, 0, 8000 },
        { "so does the breaker's own power", 0, 7000, 7000 },
        { "without either it stands", 0, 0, 6000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.contract.subscribed_va = rows[i].contract_va;
        ohm_engine_init(b->engine, &b->config);
        bench_start(b);
        bench_power(b, 3000);
        unsigned told = 0;
        for (int h = 0; h < 30; h++) {
            bench_pass(b, H);
            ohm_frame frame = { .device = 0, .count = 1, .time_ms = b->utc_ms };
            frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, 9000 };
            if (rows[i].breaking_va > 0)
                frame.values[frame.count++] =
                    (ohm_value){ OHM_Q_BREAKING_POWER, OHM_QUALITY_GOOD, rows[i].breaking_va };
            bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
            told += bench_notice(b, OHM_NOTICE_RATING_ENDED) != NULL;
            ohm_bounds bounds;
            ohm_engine_bounds(b->engine, &bounds);
            if (bounds.at[OHM_FORCE_SAFETY][0].va != (h < 23 ? 6000 : rows[i].va))
                fail_msg("%s: %d VA after %d h", rows[i].why, bounds.at[OHM_FORCE_SAFETY][0].va,
                         h + 1);
        }
        assert_int_equal(told, rows[i].va != 6000);
    }
}

/* The workshop hangs on a fuse of 16 A with a meter of its own. */
static int up_with_a_branch(void **state)
{
    (void)bench_up(state);
    bench *b = *state;
    b->config.has_ecowatt = false;
    b->config.contract.subscribed_va = 12000;
    b->config.branches_count = 1;
    b->config.branches[0] = 5;
    b->config.limits_count = 1;
    b->config.limits[0] =
        (ohm_power_limit){ .id = "workshop", .kind = OHM_LIMIT_FUSE, .va = 3600, .branch = 1 };
    b->config.loads[1].branch = 1;
    ohm_engine_init(b->engine, &b->config);
    bench_start(b);
    return 0;
}

static void bench_branch(bench *b, uint16_t device, int64_t va)
{
    ohm_frame frame = { .device = device, .count = 1, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, va * 10 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

static void a_branch_is_watched_by_its_own_meter(void **state)
{
    bench *b = *state;
    const ohm_action *action = NULL;
    for (int i = 0; i < 20; i++) {
        bench_power(b, 3000);
        bench_branch(b, 4, 9000); /* somebody else's */
        bench_branch(b, 5, 3000);
    }
    assert_true(bench_load(b, 0)->fed && bench_load(b, 1)->fed);
    for (int i = 0; i < 40 && !action; i++) {
        bench_power(b, 5000); /* the site has room */
        bench_branch(b, 5, 5500);
        action = moved(b, 1);
    }
    assert_non_null(action); /* what hangs on it, and not the tier below */
    assert_true(bench_load(b, 0)->fed);
    assert_int_equal(action->decision.cause, OHM_CAUSE_BREAKER);
    assert_int_equal(action->decision.pressure.limit, 0);
    assert_int_equal(action->decision.pressure.measured_va, 5500);
    assert_true(action->decision.pressure.trip_s > 0);
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    assert_int_equal(ohm_action_json(action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"limit\":{\"id\":\"workshop\",\"phase\":null,\"va\":3600"));
    ohm_bounds bounds;
    ohm_engine_bounds(b->engine, &bounds);
    assert_int_equal(bounds.at[OHM_FORCE_SAFETY][OHM_SCOPES].va, 3600);
    assert_false(bounds.at[OHM_FORCE_SAFETY][0].limit == 0);
}

/* Its meter falls silent: the plates of what hangs on it count, and 3.7 kW are more than it holds;
 * what the site's meter says has nothing to do with it. */
static void a_silent_branch_goes_by_its_plates(void **state)
{
    bench *b = *state;
    for (int i = 0; i < 5; i++) {
        bench_power(b, 3000);
        bench_branch(b, 5, 100);
    }
    for (int i = 0; i < 60; i++)
        bench_power(b, 3000);
    assert_true(bench_load(b, 0)->fed);
    assert_false(bench_load(b, 1)->fed);
    assert_true(bench_load(b, 1)->pressure.blind);
}

/* What the engine looks at is recorded for replay, and nothing else. */
static void devices_that_decide(void **state)
{
    bench *b = *state;
    b->config.loads[0].comfort_device = 8;
    static const struct {
        uint16_t device;
        bool looks;
    } rows[] = { { 0, true }, { 1, false }, { 4, false }, { 5, true }, { 7, true }, { 8, false } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ohm_engine_looks_at(&b->config, rows[i].device), rows[i].looks);
}

/* Of a branch's limit nothing goes over to one of the site that has its name. */
static void a_branch_that_becomes_the_site_begins_anew(void **state)
{
    bench *b = *state;
    b->config.limits[0].kind = OHM_LIMIT_CAP;
    ohm_engine_init(b->engine, &b->config);
    bench_start(b);
    bench_power(b, 500);
    bench_command(b,
                  (ohm_command){ .kind = OHM_COMMAND_LIMIT, .va = 9, .until_ms = b->utc_ms + H });
    assert_true(ohm_engine_control_of(b->engine)->limits[0].set);
    b->config.limits[0].branch = 0;
    restart(b, 1, true);
    assert_false(ohm_engine_control_of(b->engine)->limits[0].set);
}

static void a_branch_lives_through_a_snapshot(void **state)
{
    bench *b = *state;
    static uint8_t bytes[OHM_SNAPSHOT_MAX], again[OHM_SNAPSHOT_MAX];
    size_t len = 0, len_again = 0;
    for (int i = 0; i < 25; i++) {
        bench_power(b, 3000);
        bench_branch(b, 5, 5500);
    }
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, bytes, sizeof bytes, &len), OHM_OK);
    assert_false(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(bytes, len))));
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, again, sizeof again, &len_again),
        OHM_OK);
    assert_int_equal(len, len_again);
    assert_memory_equal(bytes, again, len);
    assert_int_equal(ohm_engine_control_of(b->engine)->branches[0].supply.va[0], 5500);
    b->config.branches_count = 0; /* what it names must be there */
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_UNKNOWN);
}

/* A cap on red days: from 06:00 to 06:00, and never on a day that nobody told. */
static void a_cap_of_red_days(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_day_code wanted, codes[2]; /* of the 22nd and the 23rd of November */
        int64_t later_ms;              /* than 17:00 in Paris on the 22nd */
        bool holds;
    } rows[] = {
        { "red today", OHM_DAY_RED, { OHM_DAY_RED, OHM_DAY_BLUE }, 0, true },
        { "until six", OHM_DAY_RED, { OHM_DAY_RED, OHM_DAY_BLUE }, 13 * H - 2 * S, true },
        { "and no longer", OHM_DAY_RED, { OHM_DAY_RED, OHM_DAY_BLUE }, 13 * H, false },
        { "red tomorrow", OHM_DAY_RED, { OHM_DAY_BLUE, OHM_DAY_RED }, 13 * H, true },
        { "white is not red", OHM_DAY_RED, { OHM_DAY_WHITE, OHM_DAY_RED }, 0, false },
        { "red is white, too", OHM_DAY_WHITE, { OHM_DAY_RED, OHM_DAY_BLUE }, 0, true },
        { "nobody told", OHM_DAY_WHITE, { OHM_DAY_UNKNOWN, OHM_DAY_UNKNOWN }, 0, false },
        { "a peak day", OHM_DAY_PEAK, { OHM_DAY_PEAK, OHM_DAY_NORMAL }, 0, true },
    };
    b->config.contract.day_start_minute = 6 * 60;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.limits[0] = (ohm_power_limit){
            .id = "red", .kind = OHM_LIMIT_CAP, .va = 3000, .day = rows[i].wanted
        };
        ohm_engine_init(b->engine, &b->config);
        b->utc_ms = BENCH_UTC;
        bench_start(b);
        ohm_signal_set days;
        ohm_signal_init(&days, OHM_SIGNAL_DAYS);
        days.fetched_ms = b->utc_ms;
        days.count = 2;
        for (int d = 0; d < 2; d++) {
            ohm_date date = { 2026, 11, (uint8_t)(22 + d) };
            days.intervals[d] = (ohm_signal_interval){ ohm_date_interval(&b->config.tz, date),
                                                       (int32_t)rows[i].codes[d] };
        }
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &days });
        bench_pass(b, rows[i].later_ms);
        bench_power(b, 500);
        ohm_bounds bounds;
        ohm_engine_bounds(b->engine, &bounds);
        if (bounds.at[OHM_FORCE_CAP][0].given != rows[i].holds)
            fail_msg("%s", rows[i].why);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up_with_limits, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(the_frame_that_shows_it_sheds),
        TEST(what_is_said_of_limits),
        TEST(an_order_outlives_a_restart),
        TEST(an_order_does_not_outlive_its_end),
        TEST(a_start_says_again_what_is_overdue),
        TEST(a_start_waits_for_a_power),
        TEST(an_order_is_for_its_kind),
        TEST(an_order_of_nothing_is_one),
        TEST(limits_that_make_no_sense_are_refused),
        TEST(a_rating_that_is_not_said_ends),
#define BRANCH(f) cmocka_unit_test_setup_teardown(f, up_with_a_branch, bench_down)
        BRANCH(a_branch_is_watched_by_its_own_meter),
        BRANCH(a_silent_branch_goes_by_its_plates),
        BRANCH(devices_that_decide),
        BRANCH(a_branch_that_becomes_the_site_begins_anew),
        BRANCH(a_branch_lives_through_a_snapshot),
        BRANCH(a_cap_of_red_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
