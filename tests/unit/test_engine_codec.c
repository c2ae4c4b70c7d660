#include "../support/engine_bench.h"

#include <stdio.h>

/* --- events ------------------------------------------------------------------------------- */

static ohm_boot boot = { .boot_id = UINT64_MAX,
                         .clock_set = true,
                         .outputs_count = 2,
                         .outputs = { { true, true, H, 0 }, { true, false, 0, 0 } } };
static ohm_frame frame = { .device = 511,
                           .count = 2,
                           .time_ms = INT64_MIN,
                           .values = { { OHM_Q_ENERGY_IMPORT, OHM_QUALITY_SUSPECT, INT64_MIN },
                                       { OHM_Q_MESSAGE, OHM_QUALITY_GOOD, INT64_MAX } } };
static ohm_signal_set set = { .count = 1,
                              .made_ms = OHM_NO_MS,
                              .fetched_ms = BENCH_UTC,
                              .intervals = { { { BENCH_UTC, BENCH_UTC + H }, -7 } } };
static ohm_command command = { .id = 12,
                               .kind = OHM_COMMAND_LEVEL,
                               .load = 3,
                               .fed = true,
                               .until_ms = INT64_MAX,
                               .interval = { 1, 2 },
                               .level = INT32_MIN,
                               .actor = "token:ha" };

static const ohm_note note = {
    .notice = OHM_NOTICE_REGISTER_ROLLED,
    .device = 499,
    .quantity = OHM_Q_ENERGY_IMPORT,
    .detail = INT64_MIN,
    .device_id = "workshop",
};

/* With all that one can hold: the longest event. */
static const ohm_contract_change *largest_contract(void)
{
    static ohm_contract_change change = { .has_contract = true, .power_w_max = 18000 };
    ohm_contract *c = &change.contract;
    memset(c->name, 'n', sizeof c->name - 1);
    memset(change.actor, 'a', sizeof change.actor - 1);
    c->periods_count = OHM_PERIODS_MAX;
    for (int i = 0; i < OHM_PERIODS_MAX; i++)
        memset(c->periods[i].id, 'p', sizeof c->periods[i].id - 1);
    c->slots_count = OHM_CONTRACT_SLOTS_MAX;
    c->rows_count = OHM_CONTRACT_ROWS_MAX;
    for (int i = 0; i < OHM_CONTRACT_ROWS_MAX; i++)
        c->rows[i] = (ohm_price_row){ .from = { 2026, 8, 1 }, .ueur_per_kwh = { -1, 1 } };
    c->vats_count = OHM_CONTRACT_VATS_MAX;
    c->charges_count = OHM_CONTRACT_CHARGES_MAX;
    for (int i = 0; i < OHM_CONTRACT_CHARGES_MAX; i++)
        memset(c->charges[i].id, 'c', sizeof c->charges[i].id - 1);
    return &change;
}

/* As many as there can be, each with all its conditions. */
static const ohm_rules_change *largest_rules(void)
{
    static ohm_rules_change change;
    ohm_rule_set *all = &change.set;
    memset(change.actor, 'a', sizeof change.actor - 1);
    all->inputs_count = OHM_RULE_INPUTS_MAX;
    all->count = OHM_RULES_MAX;
    for (int i = 0; i < OHM_RULES_MAX; i++) {
        memset(all->rules[i].id, 'r', sizeof all->rules[i].id - 1);
        all->rules[i].whens_count = OHM_RULE_WHENS_MAX;
        all->rules[i].whens[1] = (ohm_when){ .kind = OHM_WHEN_TIME, .threshold = -5 };
    }
    return &change;
}

static ohm_event every_kind(ohm_event_kind kind)
{
    ohm_event event = { .kind = kind, .mono = { 123456789 }, .utc_ms = BENCH_UTC };
    if (kind == OHM_EVENT_START)
        event.boot = &boot;
    if (kind == OHM_EVENT_FRAME)
        event.frame = &frame;
    if (kind == OHM_EVENT_SIGNAL)
        event.signal = &set;
    if (kind == OHM_EVENT_COMMAND)
        event.command = &command;
    if (kind == OHM_EVENT_OUTPUT) {
        event.output.load = 7;
        event.output.state = OHM_OUTPUT_FAILED;
        event.output.fed = true;
    }
    if (kind == OHM_EVENT_NOTE)
        event.note = &note;
    if (kind == OHM_EVENT_CONTRACT)
        event.contract = largest_contract();
    if (kind == OHM_EVENT_RULES)
        event.rules = largest_rules();
    if (kind == OHM_EVENT_CLOCK) {
        event.clock.set = true;
        event.clock.jump_ms = -H;
    }
    return event;
}

static void events_come_back_as_they_were(void **state)
{
    (void)state;
    static ohm_event_box box;
    uint8_t bytes[OHM_EVENT_BYTES_MAX], again[OHM_EVENT_BYTES_MAX];
    for (int kind = 0; kind < OHM_EVENT_KINDS_COUNT; kind++) {
        ohm_event event = every_kind((ohm_event_kind)kind);
        size_t len = 0, len_again = 0;
        assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
        ohm_err err = ohm_event_decode(ohm_span_of(bytes, len), &box);
        if (ohm_failed(err))
            fail_msg("kind %d: %s at %u", kind, err.what, err.at);
        assert_int_equal(box.event.kind, kind);
        assert_true(box.event.mono.v == event.mono.v && box.event.utc_ms == event.utc_ms);
        assert_int_equal(ohm_event_encode(&box.event, again, sizeof again, &len_again), OHM_OK);
        assert_int_equal(len, len_again);
        assert_memory_equal(bytes, again, len);
        ohm_snapshot_kind snapshot;
        assert_false(ohm_snapshot_is(ohm_span_of(bytes, len), &snapshot));

        for (size_t cut = 0; cut < len; cut++) { /* neither less, nor more, nor in less room */
            assert_true(ohm_failed(ohm_event_decode(ohm_span_of(bytes, cut), &box)));
            assert_int_equal(ohm_event_encode(&event, again, cut, &len_again), OHM_TOO_BIG);
        }
        bytes[len] = 0;
        assert_int_equal(ohm_event_decode(ohm_span_of(bytes, len + 1), &box).code, OHM_BAD_FORMAT);
        bytes[0]++;
        assert_int_equal(ohm_event_decode(ohm_span_of(bytes, len), &box).code, OHM_UNSUPPORTED);
        bytes[0] = 2;
        assert_int_equal(ohm_event_decode(ohm_span_of(bytes, len), &box).code, OHM_UNSUPPORTED);
    }
}

static void an_event_holds_what_it_held(void **state)
{
    (void)state;
    static ohm_event_box box;
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    size_t len = 0;
    ohm_event event = every_kind(OHM_EVENT_COMMAND);
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    assert_false(ohm_failed(ohm_event_decode(ohm_span_of(bytes, len), &box)));
    assert_memory_equal(box.event.command, &command, sizeof command);
    event = every_kind(OHM_EVENT_FRAME);
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    assert_false(ohm_failed(ohm_event_decode(ohm_span_of(bytes, len), &box)));
    assert_true(box.event.frame->values[0].value == INT64_MIN);
    assert_true(box.event.frame->values[1].value == INT64_MAX);
    assert_int_equal(box.event.frame->values[1].quantity, OHM_Q_MESSAGE);
    event = every_kind(OHM_EVENT_OUTPUT);
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    assert_false(ohm_failed(ohm_event_decode(ohm_span_of(bytes, len), &box)));
    assert_int_equal(box.event.output.load, 7);
    assert_int_equal(box.event.output.state, OHM_OUTPUT_FAILED);
}

/* The form is documented by its bytes: these are on disks. */
static void the_form_of_a_tick(void **state)
{
    (void)state;
    ohm_event event = { .kind = OHM_EVENT_TICK, .mono = { 0x0102030405 }, .utc_ms = -2 };
    static const uint8_t want[] = { 10, 1,    5,    4,    3,    2,    1,    0,    0,
                                    0,  0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint8_t bytes[64];
    size_t len = 0;
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(len, sizeof want);
    assert_memory_equal(bytes, want, len);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_event_kind kind;
        size_t at; /* of the byte that is damaged */
        uint8_t byte;
        ohm_code code;
    } rows[] = {
        { "no such kind", OHM_EVENT_TICK, 1, OHM_EVENT_KINDS_COUNT, OHM_RANGE },
        { "a time beyond time", OHM_EVENT_TICK, 9, 0x7f, OHM_RANGE },
        { "neither true nor false", OHM_EVENT_START, 18 + 8, 2, OHM_RANGE },
        { "more outputs than loads may be", OHM_EVENT_START, 18 + 9, 0xff, OHM_TOO_BIG },
        { "more values than a frame holds", OHM_EVENT_FRAME, 18 + 10, 97, OHM_TOO_BIG },
        { "no such quantity", OHM_EVENT_FRAME, 18 + 12 + 1, 0xff, OHM_RANGE },
        { "no such quality", OHM_EVENT_FRAME, 18 + 12 + 2, 9, OHM_RANGE },
        { "made beyond time", OHM_EVENT_SIGNAL, 18 + 8, 0x7f, OHM_RANGE },
        { "no such signal", OHM_EVENT_SIGNAL, 18, OHM_SIGNAL_KINDS_COUNT, OHM_RANGE },
        { "no such command", OHM_EVENT_COMMAND, 18 + 8, OHM_COMMANDS_COUNT, OHM_RANGE },
        { "a name longer than names are", OHM_EVENT_COMMAND, 18 + 46, 40, OHM_TOO_BIG },
        { "a zero inside a name", OHM_EVENT_COMMAND, 18 + 48, 0, OHM_BAD_FORMAT },
        { "no such output state", OHM_EVENT_OUTPUT, 18 + 2, 3, OHM_RANGE },
    };
    static ohm_event_box box;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[OHM_EVENT_BYTES_MAX];
        size_t len = 0;
        ohm_event event = every_kind(rows[i].kind);
        assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
        bytes[rows[i].at] = rows[i].byte;
        ohm_err err = ohm_event_decode(ohm_span_of(bytes, len), &box);
        if (err.code != rows[i].code)
            fail_msg("%s: %s at %u: %s", rows[i].why, ohm_code_name(err.code), err.at, err.what);
    }
}

/* --- actions ------------------------------------------------------------------------------ */

static ohm_action a_decision(void)
{
    return (ohm_action){
        .seq = 7,
        .time_ms = BENCH_UTC,
        .decision = { .load = 0,
                      .switches = true,
                      .cause = OHM_CAUSE_ECOWATT,
                      .level = 2,
                      .expected_w = -2400,
                      .pressure = { .limit = OHM_LIMIT_NONE },
                      .until_ms = BENCH_UTC + H },
        .device = OHM_DEVICE_NONE,
    };
}

static void a_note_names_its_device(void **state)
{
    (void)state;
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    ohm_engine_config config;
    ohm_engine_config_defaults(&config);
    const ohm_action action = {
        .seq = 9,
        .time_ms = BENCH_UTC,
        .notice = OHM_NOTICE_REGISTER_REPLACED,
        .decision = { .load = OHM_LOAD_NONE },
        .device = 499,
        .quantity = OHM_Q_ENERGY_IMPORT,
        .detail = 12345,
        .actor = "workshop",
    };
    assert_int_equal(ohm_action_json(&action, &config, json, sizeof json, &len), OHM_OK);
    json[len] = 0;
    assert_string_equal(json, "{\"seq\":9,\"time\":\"2026-11-22T16:00:00Z\",\"notice\":"
                              "\"register_replaced\",\"load\":null,\"device\":\"workshop\","
                              "\"quantity\":\"energy_import\",\"detail\":12345,"
                              "\"command\":null,\"actor\":null}");
}

static ohm_action a_notice(void)
{
    return (ohm_action){
        .seq = 8,
        .time_ms = BENCH_UTC,
        .notice = OHM_NOTICE_COMMAND_REFUSED,
        .decision = { .load = 0, .level = OHM_LEVEL_NONE, .until_ms = OHM_NO_MS },
        .command_id = 12,
        .device = OHM_DEVICE_NONE,
        .detail = OHM_DENIED,
        .actor = "user:\"marie\"",
    };
}

static void actions_come_back_as_they_were(void **state)
{
    (void)state;
    const ohm_action actions[] = { a_decision(), a_notice() };
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[OHM_ACTION_BYTES_MAX];
        size_t len = 0;
        ohm_action got;
        int64_t a, b;
        assert_int_equal(ohm_action_encode(&actions[i], bytes, sizeof bytes, &len), OHM_OK);
        assert_false(ohm_failed(ohm_action_decode(ohm_span_of(bytes, len), &got)));
        assert_null(ohm_action_difference(&actions[i], &got, &a, &b));
        for (size_t cut = 0; cut < len; cut++) {
            assert_true(ohm_failed(ohm_action_decode(ohm_span_of(bytes, cut), &got)));
            size_t no_len;
            uint8_t no_room[OHM_ACTION_BYTES_MAX];
            assert_int_equal(ohm_action_encode(&actions[i], no_room, cut, &no_len), OHM_TOO_BIG);
        }
        assert_true(ohm_failed(ohm_action_decode(ohm_span_of(bytes, len + 1), &got)));
    }
}

static void a_difference_has_a_name(void **state)
{
    (void)state;
    ohm_action a = a_decision(), b = a_decision();
    int64_t va = 0, vb = 0;
    b.decision.expected_w = -1000;
    assert_string_equal(ohm_action_difference(&a, &b, &va, &vb), "decision.expected_w");
    assert_int_equal(va, -2400);
    assert_int_equal(vb, -1000);
    b = a_decision();
    b.decision.level = OHM_LEVEL_NONE;
    assert_string_equal(ohm_action_difference(&a, &b, &va, &vb), "decision.level");
    assert_int_equal(vb, -1);
    b = a_decision();
    b.actor[0] = 'x';
    assert_string_equal(ohm_action_difference(&a, &b, &va, &vb), "actor");
}

static void the_journal_reads_well(void **state)
{
    bench *b = *state;
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    ohm_action action = a_decision();
    assert_int_equal(ohm_action_json(&action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_string_equal(
        json,
        "{\"seq\":7,\"time\":\"2026-11-22T16:00:00Z\",\"load\":\"water_heater\","
        "\"state\":\"shed\",\"cause\":\"ecowatt\",\"held_by\":null,\"level\":2,\"limit\":null,"
        "\"expected_w\":-2400,\"until\":\"2026-11-22T17:00:00Z\",\"switches\":true}");
    action.decision.level = OHM_LEVEL_NONE;
    action.decision.fed = true;
    action.decision.hold = OHM_HOLD_ON_MIN;
    action.decision.until_ms = OHM_NO_MS;
    assert_int_equal(ohm_action_json(&action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"state\":\"fed\",\"cause\":\"ecowatt\",\"held_by\":\"min_on\","
                                 "\"level\":null"));
    assert_non_null(strstr(json, "\"until\":null"));

    action = a_notice();
    assert_int_equal(ohm_action_json(&action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_string_equal(
        json, "{\"seq\":8,\"time\":\"2026-11-22T16:00:00Z\",\"notice\":\"command_refused\","
              "\"load\":\"water_heater\",\"device\":null,\"quantity\":null,\"detail\":13,"
              "\"why\":\"not permitted\",\"command\":12,\"actor\":\"user:\\\"marie\\\"\"}");
    action = (ohm_action){ .seq = 9,
                           .notice = OHM_NOTICE_REGISTER_JUMP,
                           .decision = { .load = OHM_LOAD_NONE },
                           .quantity = OHM_Q_ENERGY_IMPORT,
                           .device = 0,
                           .detail = 5 };
    assert_int_equal(ohm_action_json(&action, &b->config, json, sizeof json, &len), OHM_OK);
    json[len] = '\0';
    assert_non_null(strstr(json, "\"load\":null,\"device\":\"main\",\"quantity\":\"energy_import\","
                                 "\"detail\":5,\"command\":null,\"actor\":null"));
    assert_int_equal(ohm_action_json(&action, &b->config, json, 20, &len), OHM_TOO_BIG);
    for (int n = OHM_NOTICE_NONE + 1; n < OHM_NOTICES_COUNT; n++)
        assert_non_null(ohm_notice_name((ohm_notice)n));
    assert_null(ohm_notice_name(OHM_NOTICE_NONE));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_back_as_they_were),
        cmocka_unit_test(an_event_holds_what_it_held),
        cmocka_unit_test(the_form_of_a_tick),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(actions_come_back_as_they_were),
        cmocka_unit_test(a_note_names_its_device),
        cmocka_unit_test(a_difference_has_a_name),
        TEST(the_journal_reads_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
