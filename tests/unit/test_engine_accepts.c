/* What an engine accepts of an event, at its edges; what readers see between two steps. */
#include "../support/engine_bench.h"

#include <stdio.h>

static ohm_code accepts(const bench *b, ohm_event event)
{
    event.mono = b->mono;
    event.utc_ms = b->utc_ms;
    return ohm_engine_accepts(b->engine, &event);
}

static void signals_at_their_edges(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_signal_kind kind;
        int32_t level;
        ohm_interval one, two;
        ohm_code code;
    } rows[] = {
        { "Ecowatt, as it comes", OHM_SIGNAL_ECOWATT, 77, { 1, 2 }, { 2, 3 }, OHM_OK },
        { "of no kind", OHM_SIGNAL_KINDS_COUNT, 1, { 1, 2 }, { 2, 3 }, OHM_RANGE },
        { "a colour", OHM_SIGNAL_DAYS, OHM_DAY_CODES_COUNT - 1, { 1, 2 }, { 2, 3 }, OHM_OK },
        { "no colour", OHM_SIGNAL_DAYS, OHM_DAY_CODES_COUNT, { 1, 2 }, { 2, 3 }, OHM_RANGE },
        { "less than none", OHM_SIGNAL_DAYS, -1, { 1, 2 }, { 2, 3 }, OHM_RANGE },
        { "the dearest", OHM_SIGNAL_SPOT, OHM_SPOT_UEUR_MAX, { 1, 2 }, { 2, 3 }, OHM_OK },
        { "dearer", OHM_SIGNAL_SPOT, OHM_SPOT_UEUR_MAX + 1, { 1, 2 }, { 2, 3 }, OHM_RANGE },
        { "the cheapest", OHM_SIGNAL_SPOT, -OHM_SPOT_UEUR_MAX, { 1, 2 }, { 2, 3 }, OHM_OK },
        { "cheaper", OHM_SIGNAL_SPOT, -OHM_SPOT_UEUR_MAX - 1, { 1, 2 }, { 2, 3 }, OHM_RANGE },
        { "they overlap", OHM_SIGNAL_ECOWATT, 1, { 1, 3 }, { 2, 4 }, OHM_BAD_FORMAT },
        { "one ends as it begins", OHM_SIGNAL_ECOWATT, 1, { 1, 1 }, { 2, 3 }, OHM_BAD_FORMAT },
        { "before all time", OHM_SIGNAL_ECOWATT, 1, { INT64_MIN, 1 }, { 2, 3 }, OHM_RANGE },
        { "after it", OHM_SIGNAL_ECOWATT, 1, { 1, 2 }, { 2, INT64_MAX }, OHM_RANGE },
    };
    bench_ready(b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_signal_set set = { .kind = rows[i].kind, .count = 2, .made_ms = OHM_NO_MS };
        set.intervals[0] = (ohm_signal_interval){ rows[i].one, rows[i].level };
        set.intervals[1] = (ohm_signal_interval){ rows[i].two, rows[i].level };
        ohm_code code = accepts(b, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &set });
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
    ohm_signal_set set = { .count = OHM_SIGNAL_INTERVALS_MAX + 1 };
    const ohm_event event = { .kind = OHM_EVENT_SIGNAL, .signal = &set };
    assert_int_equal(accepts(b, event), OHM_RANGE);
    set = (ohm_signal_set){ .fetched_ms = INT64_MAX };
    assert_int_equal(accepts(b, event), OHM_RANGE);
    set = (ohm_signal_set){ .made_ms = INT64_MIN + 1 };
    assert_int_equal(accepts(b, event), OHM_RANGE);
}

static void starts_at_their_edges(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        uint64_t boot_id;
        uint16_t count;
        ohm_boot_output first;
        int64_t mono_ms; /* after the last event */
        ohm_code code;
    } rows[] = {
        { "as it was", 1, 2, { true, true, H, 0 }, 0, OHM_OK },
        { "nothing can be read", 1, 0, { false, false, 0, 0 }, 0, OHM_OK },
        { "another number of outputs", 1, 1, { true, true, H, 0 }, 0, OHM_RANGE },
        { "settled before it was", 1, 2, { true, true, -1, 0 }, 0, OHM_RANGE },
        { "settled for all time", 1, 2, { true, true, INT64_MAX, 0 }, 0, OHM_RANGE },
        { "a setting of a plain contact", 1, 2, { true, true, H, 3 }, 0, OHM_RANGE },
        { "which nobody read", 1, 2, { false, true, H, 3 }, 0, OHM_OK },
        { "earlier, in the same boot", 1, 2, { true, true, H, 0 }, -1, OHM_CONFLICT },
        { "earlier, in another one", 2, 2, { true, true, H, 0 }, -1, OHM_OK },
    };
    bench_ready(b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->boot = (ohm_boot){ .boot_id = rows[i].boot_id, .outputs_count = rows[i].count };
        b->boot.outputs[0] = rows[i].first;
        const ohm_event event = { .kind = OHM_EVENT_START,
                                  .boot = &b->boot,
                                  .mono = { b->mono.v + rows[i].mono_ms },
                                  .utc_ms = b->utc_ms };
        ohm_code code = ohm_engine_accepts(b->engine, &event);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
    }
}

static void other_events_at_their_edges(void **state)
{
    bench *b = *state;
    ohm_note note = { .notice = OHM_NOTICE_STARTED };
    ohm_contract_change change = { .has_contract = true, .power_w_max = 9000 };
    const ohm_event noted = { .kind = OHM_EVENT_NOTE, .note = &note };
    const ohm_event contract = { .kind = OHM_EVENT_CONTRACT, .contract = &change };
    const ohm_event tick = { .kind = OHM_EVENT_TICK };
    assert_int_equal(accepts(b, tick), OHM_CONFLICT); /* before its START */
    bench_ready(b);
    assert_int_equal(accepts(b, tick), OHM_OK);
    assert_int_equal(accepts(b, (ohm_event){ .kind = OHM_EVENT_KINDS_COUNT }), OHM_RANGE);
    assert_int_equal(accepts(b, noted), OHM_RANGE);
    static const ohm_notice good[] = { OHM_NOTICE_REGISTER_ROLLED, OHM_NOTICE_REGISTER_JUMPED,
                                       OHM_NOTICE_ALARM,           OHM_NOTICE_ALARM_ENDED,
                                       OHM_NOTICE_ABORTED,         OHM_NOTICE_SAFE_MODE,
                                       OHM_NOTICE_OPTION_IGNORED };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        note.notice = good[i];
        assert_int_equal(accepts(b, noted), OHM_OK);
    }
    change.contract = b->config.contract;
    assert_int_equal(accepts(b, contract), OHM_OK);
    change.power_w_max = 0;
    assert_int_equal(accepts(b, contract), OHM_RANGE);
    change.power_w_max = OHM_ENGINE_POWER_W_MAX + 1;
    assert_int_equal(accepts(b, contract), OHM_RANGE);
    change.power_w_max = OHM_ENGINE_POWER_W_MAX;
    memset(change.actor, 'x', sizeof change.actor);
    assert_int_equal(accepts(b, contract), OHM_RANGE);
    change.actor[0] = '\0';
    change.actor[sizeof change.actor - 1] = '\0';
    change.contract.rows_count = 0;
    assert_int_not_equal(accepts(b, contract), OHM_OK);
    change.has_contract = false; /* then it is not looked at */
    assert_int_equal(accepts(b, contract), OHM_OK);
    ohm_event odd = { .kind = OHM_EVENT_TICK, .mono = b->mono, .utc_ms = INT64_MAX };
    assert_int_equal(ohm_engine_accepts(b->engine, &odd), OHM_RANGE);
    odd = (ohm_event){ .kind = OHM_EVENT_TICK, .mono = { INT64_MAX }, .utc_ms = b->utc_ms };
    assert_int_equal(ohm_engine_accepts(b->engine, &odd), OHM_RANGE);
    odd = (ohm_event){ .kind = OHM_EVENT_TICK, .mono = { b->mono.v - 1 }, .utc_ms = b->utc_ms };
    assert_int_equal(ohm_engine_accepts(b->engine, &odd), OHM_CONFLICT);
}

/* Of which day limits go: none where none asks, none without a clock, by the civil day without a
 * contract. */
static void the_day_of_limits(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_day_code wanted;
        bool clock, contract;
        int64_t later_ms; /* than 17:00 on the 22nd, which is blue; the 23rd is red */
        ohm_day_code want;
    } rows[] = {
        { "nobody asks", OHM_DAY_UNKNOWN, true, true, 0, OHM_DAY_UNKNOWN },
        { "without a clock", OHM_DAY_RED, false, true, 0, OHM_DAY_UNKNOWN },
        { "by day", OHM_DAY_RED, true, true, 0, OHM_DAY_BLUE },
        { "in the night it is the day before", OHM_DAY_RED, true, true, 8 * H, OHM_DAY_BLUE },
        { "which a site without a contract does not know", OHM_DAY_RED, true, false, 8 * H,
          OHM_DAY_RED },
        { "in the morning", OHM_DAY_RED, true, true, 13 * H, OHM_DAY_RED },
    };
    b->config.contract.day_start_minute = 6 * 60;
    b->config.limits_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.has_contract = rows[i].contract;
        b->config.limits[0] = (ohm_power_limit){
            .id = "cap", .kind = OHM_LIMIT_CAP, .va = 3000, .day = rows[i].wanted
        };
        ohm_engine_init(b->engine, &b->config);
        b->utc_ms = BENCH_UTC;
        bench_start(b);
        ohm_signal_set days;
        ohm_signal_init(&days, OHM_SIGNAL_DAYS);
        days.fetched_ms = b->utc_ms;
        days.count = 2;
        for (int d = 0; d < 2; d++)
            days.intervals[d] =
                (ohm_signal_interval){ ohm_date_interval(&b->config.tz,
                                                         (ohm_date){ 2026, 11, (uint8_t)(22 + d) }),
                                       d ? OHM_DAY_RED : OHM_DAY_BLUE };
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &days });
        bench_tick(b, rows[i].later_ms);
        if (!rows[i].clock)
            bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { .set = false } });
        if (ohm_engine_day_of(b->engine) != rows[i].want)
            fail_msg("%s: %d", rows[i].why, (int)ohm_engine_day_of(b->engine));
    }
}

/* Every load is where its contact leaves it only once its setting is that, too. */
static void who_is_let_go(void **state)
{
    bench *b = *state;
    b->config.loads_count = 1;
    b->config.loads[0] = (ohm_load){ .id = "car",
                                     .tier = 1,
                                     .kind = OHM_LOAD_MODULATED,
                                     .nominal_w = 3680,
                                     .min_w = 1380,
                                     .step_w = 230,
                                     .safe_setting = 1380,
                                     .failsafe_fed = true };
    ohm_engine_init(b->engine, &b->config);
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    for (int m = 0; m < 3; m++)
        bench_tick(b, M);
    assert_int_equal(bench_load(b, 0)->setting, 3680);
    assert_false(ohm_engine_is_let_go(b->engine)); /* fed, and with more than it is left at */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
    bench_tick(b, 2 * S);
    assert_true(ohm_engine_is_let_go(b->engine));
    assert_int_equal(bench_load(b, 0)->setting, 1380);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(signals_at_their_edges),
        TEST(starts_at_their_edges),
        TEST(other_events_at_their_edges),
        TEST(the_day_of_limits),
        TEST(who_is_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
