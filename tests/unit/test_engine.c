#include "../support/engine_bench.h"

/* --- starting ----------------------------------------------------------------------------- */

static void nothing_switches_before_meter_and_signals(void **state)
{
    bench *b = *state;
    static const int32_t orange[] = { 2, 2 };
    bench_start(b);
    assert_non_null(bench_notice(b, OHM_NOTICE_STARTED));
    assert_true(ohm_engine_is_starting(b->engine));
    bench_levels(b, 2, orange);
    assert_true(bench_load(b, 0)->fed);
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_START);
    assert_true(bench_load(b, 0)->until_ms == BENCH_UTC + M);
    bench_pass(b, 3 * S);
    bench_frame(b, 0);
    assert_false(ohm_engine_is_starting(b->engine));
    assert_false(bench_load(b, 0)->fed);
}

static void a_start_waits_a_minute_at_most(void **state)
{
    bench *b = *state;
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true, .outputs_count = 2 };
    b->boot.outputs[0] = (ohm_boot_output){ true, false, H, 0 };
    b->boot.outputs[1] = (ohm_boot_output){ true, true, H, 0 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    assert_false(bench_load(b, 0)->fed); /* as it was found */
    bench_tick(b, M - 1);
    assert_false(bench_load(b, 0)->fed);
    assert_null(bench_notice(b, OHM_NOTICE_METER_LOST));
    bench_tick(b, 1);
    assert_true(bench_load(b, 0)->fed);
    const ohm_action *lost = bench_notice(b, OHM_NOTICE_METER_LOST);
    assert_non_null(lost);
    assert_int_equal(lost->device, 0);
}

static void what_a_load_begins_in(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        bool read, known, fed;
        bool failsafe, want;
    } rows[] = {
        { "read back fed", true, true, true, false, true },
        { "read back shed", true, true, false, true, false },
        { "can't be read: fail-safe fed", true, false, false, true, true },
        { "can't be read: fail-safe shed", true, false, true, false, false },
        { "no output can be read", false, false, false, true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.loads[0].failsafe_fed = rows[i].failsafe;
        ohm_engine_init(b->engine, &b->config);
        b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true };
        b->boot.outputs_count = rows[i].read ? 2 : 0;
        b->boot.outputs[0] = (ohm_boot_output){ rows[i].known, rows[i].fed, 0, 0 };
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
        if (bench_load(b, 0)->fed != rows[i].want)
            fail_msg("%s: fed %d", rows[i].why, bench_load(b, 0)->fed);
    }
}

/* A load found shed has been so for nobody knows how long: the minimum counts from the start. */
static void minimum_times_count_from_the_start(void **state)
{
    bench *b = *state;
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true, .outputs_count = 2 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    b->boot.outputs[0] = (ohm_boot_output){ true, false, 0, 0 };
    ohm_engine_init(b->engine, &b->config);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    bench_tick(b, 2 * M);
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_OFF_MIN);
    bench_tick(b, 8 * M - 1);
    assert_false(bench_load(b, 0)->fed);
    bench_tick(b, 1);
    assert_true(bench_load(b, 0)->fed);
}

/* --- Ecowatt ------------------------------------------------------------------------------ */

static void orange_sheds_the_heater_and_green_feeds_it(void **state)
{
    bench *b = *state;
    static const int32_t evening[] = { 1, 2, 3, 1 };
    bench_ready(b);
    bench_levels(b, 4, evening);
    assert_true(bench_load(b, 0)->fed);
    bench_pass(b, H);
    bench_frame(b, 300);
    assert_false(bench_load(b, 0)->fed);
    assert_true(bench_load(b, 1)->fed);
    assert_true(bench_load(b, 0)->until_ms == BENCH_UTC + 3 * H);
    const ohm_decision *d = &b->actions.items[0].decision;
    assert_int_equal(b->actions.items[0].notice, OHM_NOTICE_NONE);
    assert_int_equal(d->load, 0);
    assert_int_equal(d->level, 2);
    assert_int_equal(d->expected_w, -2400);
    bench_tick(b, H);
    assert_false(bench_load(b, 1)->fed); /* red: the car too */
    bench_tick(b, H);
    assert_true(bench_load(b, 1)->fed); /* what is shed last comes back first */
    assert_false(bench_load(b, 0)->fed);
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_STAGGER);
    bench_tick(b, 10 * S);
    assert_true(bench_load(b, 0)->fed);
}

static void an_unknown_level_counts_as_tense(void **state)
{
    bench *b = *state;
    static const int32_t odd[] = { 7, 9 };
    bench_ready(b);
    bench_levels(b, 2, odd);
    assert_int_equal(bench_count(b, OHM_NOTICE_LEVEL_UNKNOWN), 1);
    assert_int_equal(bench_notice(b, OHM_NOTICE_LEVEL_UNKNOWN)->detail, 7);
    assert_false(bench_load(b, 0)->fed);
    assert_true(bench_load(b, 1)->fed);
    assert_int_equal(bench_load(b, 0)->level, 2);
    assert_int_equal(ohm_engine_ecowatt_level_of(b->engine, b->utc_ms), 2);
    assert_int_equal(ohm_engine_ecowatt_of(b->engine)->intervals[0].level, 7); /* as published */
}

static void the_same_answer_again_is_no_news(void **state)
{
    bench *b = *state;
    static const int32_t levels[] = { 1, 2 };
    bench_ready(b);
    bench_levels(b, 2, levels);
    assert_int_equal(bench_count(b, OHM_NOTICE_SIGNAL_NEW), 1);
    bench_levels(b, 2, levels);
    assert_int_equal(b->actions.count, 0);
}

static void after_the_last_hour_the_house_is_free(void **state)
{
    bench *b = *state;
    static const int32_t red[] = { 3 };
    bench_ready(b);
    bench_levels(b, 1, red);
    assert_false(bench_load(b, 0)->fed);
    bench_tick(b, H - 1);
    assert_int_equal(ohm_engine_ecowatt_state_of(b->engine), OHM_SIGNAL_FRESH);
    bench_tick(b, 1); /* nothing is known of this hour: neutral, not red */
    assert_int_equal(bench_count(b, OHM_NOTICE_SIGNAL_STALE), 1);
    assert_int_equal(ohm_engine_ecowatt_state_of(b->engine), OHM_SIGNAL_NONE);
    assert_int_equal(ohm_engine_ecowatt_level_of(b->engine, b->utc_ms), OHM_LEVEL_NONE);
    assert_true(bench_load(b, 1)->fed);
    bench_tick(b, 10 * S);
    assert_int_equal(bench_count(b, OHM_NOTICE_SIGNAL_STALE), 0);
    assert_true(bench_load(b, 0)->fed);
}

static void hours_by_hand_lie_over_the_published(void **state)
{
    bench *b = *state;
    bench_ready(b);
    ohm_command command = { .kind = OHM_COMMAND_LEVEL,
                            .interval = { b->utc_ms, b->utc_ms + 30 * M },
                            .level = 2 };
    bench_command(b, command);
    assert_int_equal(bench_notice(b, OHM_NOTICE_COMMAND_DONE)->command_id, 77);
    assert_false(bench_load(b, 0)->fed); /* at once */
    assert_true(ohm_engine_level_is_manual(b->engine, b->utc_ms));
    assert_false(ohm_engine_level_is_manual(b->engine, b->utc_ms + 30 * M));
    assert_true(bench_load(b, 0)->until_ms == BENCH_UTC + 30 * M);
    static const int32_t red[] = { 3, 3 };
    bench_pass(b, M);
    bench_levels(b, 2, red); /* a new answer does not undo what a person set */
    assert_true(bench_load(b, 1)->fed);
    bench_pass(b, 10 * M);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LEVEL_CLEAR });
    assert_false(bench_load(b, 1)->fed);
    assert_false(ohm_engine_level_is_manual(b->engine, b->utc_ms));

    bench_command(b, command);
    bench_pass(b, H);
    bench_levels(b, 2, red); /* hours that are over are forgotten */
    assert_false(ohm_engine_level_is_manual(b->engine, command.interval.from_ms));
}

static void many_hours_by_hand_still_fit(void **state)
{
    bench *b = *state;
    int32_t levels[OHM_SIGNAL_INTERVALS_MAX];
    for (int i = 0; i < OHM_SIGNAL_INTERVALS_MAX; i++)
        levels[i] = 1 + i % 2;
    bench_ready(b);
    for (int i = 0; i < 20; i++) { /* ten minutes of each hour */
        ohm_ms from_ms = b->utc_ms + i * (int64_t)H + 20 * M;
        bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LEVEL,
                                        .interval = { from_ms, from_ms + 10 * M },
                                        .level = 3 });
        assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    }
    bench_levels(b, OHM_SIGNAL_INTERVALS_MAX, levels); /* as much as a set holds already */
    const ohm_signal_set *set = ohm_engine_ecowatt_of(b->engine);
    assert_in_range(set->count, OHM_SIGNAL_INTERVALS_MAX - 1, OHM_SIGNAL_INTERVALS_MAX);
    assert_int_equal(ohm_engine_ecowatt_level_of(b->engine, b->utc_ms + 25 * M), 3);
    bool refused = false;
    ohm_ms refused_ms = 0;
    for (int i = 0; i < 3 && !refused; i++) {
        ohm_ms from_ms = b->utc_ms + 20 * H + i * (int64_t)H + 20 * M;
        bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LEVEL,
                                        .interval = { from_ms, from_ms + 10 * M },
                                        .level = 3 });
        const ohm_action *no = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED);
        refused = no != NULL && no->detail == OHM_TOO_BIG;
        refused_ms = from_ms;
    }
    assert_true(refused);
    assert_false(ohm_engine_level_is_manual(b->engine, refused_ms)); /* nothing half done */
}

/* --- commands ----------------------------------------------------------------------------- */

static void an_override_ends_by_the_clock_that_never_jumps(void **state)
{
    bench *b = *state;
    bench_ready(b);
    bench_command(b, (ohm_command){
                         .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + 30 * M });
    const ohm_action *done = bench_notice(b, OHM_NOTICE_COMMAND_DONE);
    assert_non_null(done);
    assert_int_equal(done->decision.load, 1);
    assert_string_equal(done->actor, "user:marie");
    assert_false(bench_load(b, 1)->fed);
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_MANUAL);

    bench_pass(b, 5 * M);
    b->utc_ms -= H; /* the wall clock is put back */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, -H } });
    assert_int_equal(bench_notice(b, OHM_NOTICE_CLOCK_JUMP)->detail, -H);
    assert_true(bench_load(b, 1)->until_ms == b->utc_ms + 25 * M);
    bench_tick(b, 25 * M - 1);
    assert_false(bench_load(b, 1)->fed);
    bench_tick(b, 1);
    assert_int_equal(bench_notice(b, OHM_NOTICE_OVERRIDE_ENDED)->decision.load, 1);
    assert_true(bench_load(b, 1)->fed);
}

static void an_override_can_be_cleared(void **state)
{
    bench *b = *state;
    bench_ready(b);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + H });
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE_CLEAR, .load = 1 });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    assert_true(bench_load(b, 1)->override_end_ms == OHM_NO_MS);
    bench_tick(b, OHM_LOAD_REST_MS - 1); /* its relay moved this instant */
    assert_false(bench_load(b, 1)->fed);
    bench_tick(b, 1);
    assert_true(bench_load(b, 1)->fed);
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_NORMAL);
}

static void commands_that_make_no_sense_are_refused(void **state)
{
    bench *b = *state;
    static const ohm_ms t = BENCH_UTC;
    static const struct {
        const char *why;
        ohm_command command;
        ohm_code code;
    } rows[] = {
        { "no such load",
          { .kind = OHM_COMMAND_OVERRIDE, .load = 2, .until_ms = t + H },
          OHM_UNKNOWN },
        { "no such load to clear", { .kind = OHM_COMMAND_OVERRIDE_CLEAR, .load = 2 }, OHM_UNKNOWN },
        { "an end that is over", { .kind = OHM_COMMAND_OVERRIDE, .until_ms = t }, OHM_RANGE },
        { "no end", { .kind = OHM_COMMAND_OVERRIDE, .until_ms = OHM_NO_MS }, OHM_RANGE },
        { "an end beyond time",
          { .kind = OHM_COMMAND_OVERRIDE, .until_ms = INT64_MAX },
          OHM_RANGE },
        { "more than a week",
          { .kind = OHM_COMMAND_OVERRIDE, .until_ms = t + 169 * (ohm_ms)H },
          OHM_RANGE },
        { "a week",
          { .kind = OHM_COMMAND_OVERRIDE, .fed = true, .until_ms = t + 168 * (ohm_ms)H },
          OHM_OK },
        { "level 4",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t, t + H }, .level = 4 },
          OHM_RANGE },
        { "level -1",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t, t + H }, .level = -1 },
          OHM_RANGE },
        { "hours that are over",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t - H, t } },
          OHM_RANGE },
        { "hours the wrong way round",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t + H, t } },
          OHM_RANGE },
        { "hours from before time",
          { .kind = OHM_COMMAND_LEVEL, .interval = { INT64_MIN, t + H } },
          OHM_RANGE },
        { "hours beyond time",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t, INT64_MAX } },
          OHM_RANGE },
        { "hours in a month",
          { .kind = OHM_COMMAND_LEVEL, .interval = { t, t + 720 * (ohm_ms)H } },
          OHM_RANGE },
        { "no such command", { .kind = OHM_COMMANDS_COUNT }, OHM_UNSUPPORTED },
    };
    bench_ready(b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_command(b, rows[i].command);
        const ohm_action *no = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED);
        ohm_code code = no ? (ohm_code)no->detail : OHM_OK;
        if (code != rows[i].code || (!no) != (bench_count(b, OHM_NOTICE_COMMAND_DONE) == 1))
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

static void a_load_never_shed_is_not_shed_by_hand(void **state)
{
    bench *b = *state;
    b->config.loads[1].never_shed = true;
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    ohm_command command = { .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + H };
    bench_command(b, command);
    assert_int_equal(bench_notice(b, OHM_NOTICE_COMMAND_REFUSED)->detail, OHM_DENIED);
    assert_true(bench_load(b, 1)->fed);
    command.fed = true;
    bench_command(b, command);
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
}

/* --- the meter ---------------------------------------------------------------------------- */

static void a_silent_meter_is_missed_and_welcomed(void **state)
{
    bench *b = *state;
    bench_ready(b);
    assert_true(ohm_engine_meter_fresh_of(b->engine));
    bench_tick(b, 30 * S);
    assert_true(ohm_engine_meter_fresh_of(b->engine));
    bench_tick(b, 1);
    assert_false(ohm_engine_meter_fresh_of(b->engine));
    assert_int_equal(bench_count(b, OHM_NOTICE_METER_LOST), 1);
    bench_tick(b, S);
    assert_int_equal(bench_count(b, OHM_NOTICE_METER_LOST), 0);
    ohm_frame other = { .device = 1, .time_ms = b->utc_ms };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &other });
    assert_false(ohm_engine_meter_fresh_of(b->engine));
    const ohm_note note = { .notice = OHM_NOTICE_REGISTER_ROLLED,
                            .device = 1,
                            .quantity = OHM_Q_ENERGY_EXPORT,
                            .detail = 99,
                            .device_id = "shed" };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
    const ohm_action *told = bench_notice(b, OHM_NOTICE_REGISTER_ROLLED);
    assert_non_null(told);
    assert_true(told->device == 1 && told->quantity == OHM_Q_ENERGY_EXPORT && told->detail == 99);
    assert_string_equal(told->actor, "shed");
    bench_frame(b, 10);
    assert_int_equal(bench_count(b, OHM_NOTICE_METER_BACK), 1);
    assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, 10);
    bench_tick(b, M);
    assert_int_equal(bench_count(b, OHM_NOTICE_METER_LOST), 1); /* and missed again */
}

static void a_doubted_register_is_told(void **state)
{
    bench *b = *state;
    bench_ready(b);
    bench_pass(b, 10 * S);
    bench_frame(b, -500);
    const ohm_action *notice = bench_notice(b, OHM_NOTICE_REGISTER_BACKWARDS);
    assert_non_null(notice);
    assert_int_equal(notice->detail, 500);
    assert_int_equal(notice->device, 0);
    assert_int_equal(notice->quantity, OHM_Q_ENERGY_IMPORT);
}

/* --- the clock ---------------------------------------------------------------------------- */

static void without_a_clock_no_calendar_decision(void **state)
{
    bench *b = *state;
    static const int32_t red[] = { 3, 3 };
    b->utc_ms = 5000; /* 1970, whatever START says */
    bench_start(b);
    assert_non_null(bench_notice(b, OHM_NOTICE_CLOCK_UNSET));
    assert_false(ohm_engine_clock_set_of(b->engine));
    bench_levels(b, 2, red);
    bench_frame(b, 0);
    bench_tick(b, 2 * M);
    assert_true(bench_load(b, 0)->fed); /* it would be red */
    assert_false(ohm_engine_today_of(b->engine)->known);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LEVEL,
                                    .interval = { b->utc_ms, b->utc_ms + H },
                                    .level = 3 });
    assert_int_equal(bench_notice(b, OHM_NOTICE_COMMAND_REFUSED)->detail, OHM_CONFLICT);
    bench_command(b, (ohm_command){
                         .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + 10 * M });
    assert_false(bench_load(b, 1)->fed); /* a person is heard all the same */
    bench_tick(b, 10 * M);
    assert_true(bench_load(b, 1)->fed);

    b->utc_ms = BENCH_UTC;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 0 } });
    assert_int_equal(bench_count(b, OHM_NOTICE_CLOCK_SET), 1);
    bench_levels(b, 2, red);
    assert_false(bench_load(b, 0)->fed);
}

static void a_clock_that_falls_to_1970_is_noticed(void **state)
{
    bench *b = *state;
    bench_ready(b);
    b->utc_ms = 1000;
    bench_tick(b, S);
    assert_int_equal(bench_count(b, OHM_NOTICE_CLOCK_UNSET), 1);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 0 } });
    assert_false(ohm_engine_clock_set_of(b->engine)); /* nobody set it to 1970 */
}

static void a_jump_forward_changes_the_hour_at_once(void **state)
{
    bench *b = *state;
    static const int32_t levels[] = { 1, 2, 1 };
    bench_ready(b);
    bench_levels(b, 3, levels);
    b->utc_ms += H;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, H } });
    assert_false(bench_load(b, 0)->fed);
    b->utc_ms -= H; /* and back: the minimum off time holds */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, -H } });
    assert_false(bench_load(b, 0)->fed);
    assert_int_equal(bench_load(b, 0)->hold, OHM_HOLD_OFF_MIN);
}

/* --- outputs and stopping ------------------------------------------------------------------ */

static void a_failed_output_is_told_and_planned_around(void **state)
{
    bench *b = *state;
    static const int32_t red[] = { 3, 3 };
    bench_ready(b);
    bench_levels(b, 2, red);
    bench_step(
        b, (ohm_event){ .kind = OHM_EVENT_OUTPUT, .output = { 1, OHM_OUTPUT_FAILED, true, 0 } });
    assert_int_equal(bench_notice(b, OHM_NOTICE_OUTPUT_FAILED)->decision.load, 1);
    assert_true(bench_load(b, 1)->fed);
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_FAILSAFE);
    bench_tick(b, M);
    assert_false(bench_load(b, 1)->fed); /* tried again */
    bench_step(b,
               (ohm_event){ .kind = OHM_EVENT_OUTPUT, .output = { 1, OHM_OUTPUT_OK, false, 0 } });
    assert_int_equal(bench_count(b, OHM_NOTICE_OUTPUT_BACK), 1);
}

static void stopping_brings_the_loads_back(void **state)
{
    bench *b = *state;
    static const int32_t red[] = { 3, 3 };
    bench_ready(b);
    bench_levels(b, 2, red);
    bench_tick(b, 20 * M);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    assert_int_equal(bench_count(b, OHM_NOTICE_STOPPED), 1);
    assert_true(bench_load(b, 1)->fed);
    assert_false(ohm_engine_is_settled(b->engine));
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .until_ms = b->utc_ms + H });
    assert_int_equal(bench_notice(b, OHM_NOTICE_COMMAND_REFUSED)->detail, OHM_CONFLICT);
    bench_tick(b, S); /* a second apart is enough when stopping */
    assert_true(bench_load(b, 0)->fed);
    assert_true(ohm_engine_is_settled(b->engine));
    assert_int_equal(bench_load(b, 0)->cause, OHM_CAUSE_FAILSAFE);
}

/* --- what the engine refuses, and what it never does ----------------------------------------- */

static void events_that_do_not_fit_are_refused(void **state)
{
    bench *b = *state;
    ohm_event tick = { .kind = OHM_EVENT_TICK, .mono = b->mono, .utc_ms = b->utc_ms };
    assert_int_equal(ohm_engine_accepts(b->engine, &tick), OHM_CONFLICT); /* not started */
    bench_ready(b);
    assert_int_equal(ohm_engine_accepts(b->engine, &tick), OHM_OK);

    ohm_event event = tick;
    event.mono.v--;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_CONFLICT);
    event = tick;
    event.utc_ms = INT64_MAX;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    event = tick;
    const ohm_note odd = { .notice = OHM_NOTICE_METER_LOST };
    event.kind = OHM_EVENT_NOTE;
    event.note = &odd;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    event.kind = OHM_EVENT_KINDS_COUNT;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    event = (ohm_event){ .kind = OHM_EVENT_OUTPUT, .mono = b->mono, .output = { 2, 0, false, 0 } };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_UNKNOWN);

    ohm_frame frame = { .count = OHM_FRAME_VALUES_MAX + 1 };
    event = (ohm_event){ .kind = OHM_EVENT_FRAME, .mono = b->mono, .frame = &frame };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);

    ohm_boot boot = { .boot_id = 1, .outputs_count = 1 };
    event = (ohm_event){ .kind = OHM_EVENT_START, .mono = b->mono, .boot = &boot };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    boot.outputs_count = 2;
    boot.outputs[1].settled_ms = -1;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    boot.outputs[1].settled_ms = 0;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_OK);
    event.mono.v = 0; /* the same boot can't go back */
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_CONFLICT);
    boot.boot_id = 2;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_OK);
}

static void signals_out_of_order_are_refused(void **state)
{
    bench *b = *state;
    bench_ready(b);
    ohm_signal_set set;
    ohm_event event = { .kind = OHM_EVENT_SIGNAL, .mono = b->mono, .signal = &set };
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE); /* fetched when? */
    set.fetched_ms = b->utc_ms;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_OK);
    set.made_ms = INT64_MAX;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    set.made_ms = OHM_NO_MS;
    set.count = 2;
    set.intervals[0] = (ohm_signal_interval){ { 0, H }, 1 };
    set.intervals[1] = (ohm_signal_interval){ { H - 1, 2 * H }, 1 };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_BAD_FORMAT);
    set.intervals[1].when = (ohm_interval){ H, H };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_BAD_FORMAT);
    set.intervals[1].when = (ohm_interval){ H, INT64_MAX };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
    set.count = OHM_SIGNAL_INTERVALS_MAX + 1;
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_RANGE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_switches_before_meter_and_signals),
        TEST(a_start_waits_a_minute_at_most),
        TEST(what_a_load_begins_in),
        TEST(minimum_times_count_from_the_start),
        TEST(orange_sheds_the_heater_and_green_feeds_it),
        TEST(an_unknown_level_counts_as_tense),
        TEST(the_same_answer_again_is_no_news),
        TEST(after_the_last_hour_the_house_is_free),
        TEST(hours_by_hand_lie_over_the_published),
        TEST(many_hours_by_hand_still_fit),
        TEST(an_override_ends_by_the_clock_that_never_jumps),
        TEST(an_override_can_be_cleared),
        TEST(commands_that_make_no_sense_are_refused),
        TEST(a_load_never_shed_is_not_shed_by_hand),
        TEST(a_silent_meter_is_missed_and_welcomed),
        TEST(a_doubted_register_is_told),
        TEST(without_a_clock_no_calendar_decision),
        TEST(a_clock_that_falls_to_1970_is_noticed),
        TEST(a_jump_forward_changes_the_hour_at_once),
        TEST(a_failed_output_is_told_and_planned_around),
        TEST(stopping_brings_the_loads_back),
        TEST(events_that_do_not_fit_are_refused),
        TEST(signals_out_of_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
