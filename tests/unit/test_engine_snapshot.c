#include "../support/engine_bench.h"

#include <stdio.h>

#include "engine/state.h"
#include "snapshot_v4.h"

static uint8_t bytes[OHM_SNAPSHOT_MAX], again[OHM_SNAPSHOT_MAX];
static size_t len;

static void put_away(const bench *b, ohm_snapshot_kind kind)
{
    assert_int_equal(ohm_engine_snapshot(b->engine, kind, bytes, sizeof bytes, &len), OHM_OK);
    ohm_snapshot_kind got;
    assert_true(ohm_snapshot_is(ohm_span_of(bytes, len), &got));
    assert_int_equal(got, kind);
}

static void take_out(bench *b)
{
    memset(b->engine, 0xa5, ohm_engine_size()); /* nothing of it is needed */
    ohm_err err = ohm_engine_restore(b->engine, ohm_span_of(bytes, len));
    if (ohm_failed(err))
        fail_msg("%s at %u", err.what, err.at);
}

static void start_again(bench *b, uint64_t boot_id, bool known, bool fed)
{
    b->boot = (ohm_boot){ .boot_id = boot_id, .clock_set = true, .outputs_count = 2 };
    b->boot.outputs[0] = (ohm_boot_output){ known, fed, 0, 0 };
    b->boot.outputs[1] = (ohm_boot_output){ true, true, H, 0 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
}

/* A house with a bit of everything in its state. */
static void live_a_little(bench *b)
{
    static const int32_t levels[] = { 2, 2, 7, 1 };
    bench_ready(b);
    bench_levels(b, 4, levels);
    bench_tick(b, 5 * M);
    bench_frame(b, 100);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + H });
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LEVEL,
                                    .interval = { b->utc_ms + H, b->utc_ms + 2 * H },
                                    .level = 3 });
}

static void a_snapshot_is_the_whole_state(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_CHECKPOINT);
    take_out(b);
    size_t len_again = 0;
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, again, sizeof again, &len_again),
        OHM_OK);
    assert_int_equal(len, len_again);
    assert_memory_equal(bytes, again, len);
    bench_tick(b, S); /* it goes on where it was */
    assert_int_equal(b->actions.count, 0);
    assert_false(bench_load(b, 1)->fed);
    assert_int_equal(ohm_engine_ecowatt_level_of(b->engine, b->utc_ms + H), 3);
}

static void a_start_snapshot_waits_for_its_start(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    ohm_event tick = { .kind = OHM_EVENT_TICK, .mono = b->mono, .utc_ms = b->utc_ms };
    assert_int_equal(ohm_engine_accepts(b->engine, &tick), OHM_CONFLICT);
}

/* The process went away for two minutes; the machine and the relays did not. */
static void a_restart_goes_on(void **state)
{
    bench *b = *state;
    live_a_little(b);
    uint64_t seq = ohm_engine_next_seq(b->engine);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    bench_pass(b, 2 * M);
    start_again(b, 1, true, false);
    assert_true(b->actions.items[0].seq == seq);
    assert_false(bench_load(b, 0)->fed);
    bench_frame(b, 20);
    assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, 120); /* not a Wh is lost */
    assert_false(ohm_engine_is_starting(b->engine)); /* the hours in hand are still good */
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_MANUAL);
    bench_command(
        b, (ohm_command){
               .kind = OHM_COMMAND_OVERRIDE, .load = 0, .fed = true, .until_ms = b->utc_ms + H });
    bench_tick(b, 3 * M - 1); /* shed for ten minutes, the restart included */
    assert_false(bench_load(b, 0)->fed);
    bench_tick(b, 1);
    assert_true(bench_load(b, 0)->fed);
}

static void an_output_that_moved_meanwhile_counts_from_now(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    bench_pass(b, 2 * M);
    start_again(b, 1, true, true); /* remembered shed, found fed */
    assert_true(bench_load(b, 0)->fed);
    assert_true(bench_load(b, 0)->changed_mono.v == b->mono.v);
    bench_tick(b, OHM_LOAD_REST_MS);
    bench_frame(b, 0);
    assert_false(bench_load(b, 0)->fed); /* it is still orange */
}

static void what_can_not_be_read_is_remembered(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    start_again(b, 1, false, false);
    assert_false(bench_load(b, 0)->fed);
}

/* After a reboot mono counts from elsewhere. */
static void a_reboot_moves_every_end(void **state)
{
    bench *b = *state;
    live_a_little(b); /* the car is shed by hand for an hour from here */
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    b->utc_ms += 20 * M;
    b->mono.v = 15 * S;
    start_again(b, 2, true, false);
    assert_true(bench_load(b, 0)->changed_mono.v == b->mono.v); /* off for nobody knows how long */
    assert_true(bench_load(b, 1)->override_end_mono.v == b->mono.v + 40 * M);
    bench_frame(b, 300);
    assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, 400);
    bench_tick(b, 40 * M - 1);
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_MANUAL);
    bench_tick(b, 1);
    assert_int_equal(bench_load(b, 1)->cause, OHM_CAUSE_ECOWATT); /* the red hour by hand */
}

/* A reboot without a clock: nobody knows how long it took, until the clock is set. */
static void a_blind_reboot_makes_up_for_it_later(void **state)
{
    bench *b = *state;
    live_a_little(b);
    ohm_ms end_ms = bench_load(b, 1)->override_end_ms;
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    b->mono.v = 15 * S;
    b->utc_ms = 15 * S; /* 1970 */
    start_again(b, 2, true, true);
    assert_true(bench_load(b, 1)->override_end_mono.v == b->mono.v + H);
    bench_tick(b, M);
    b->utc_ms = end_ms - 5 * M; /* it took most of the hour */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 0 } });
    assert_true(bench_load(b, 1)->override_end_mono.v == b->mono.v + 5 * M);
    b->utc_ms -= H; /* later jumps change nothing, but for what the calendar shows */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, -H } });
    assert_true(bench_load(b, 1)->override_end_mono.v == b->mono.v + 5 * M);
    assert_true(bench_load(b, 1)->override_end_ms == b->utc_ms + 5 * M);
}

/* What a person asks while nobody knows the hour lasts as long as was asked. */
static void an_override_asked_without_a_clock_keeps_its_length(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    b->mono.v = 15 * S;
    b->utc_ms = 15 * S;
    start_again(b, 2, true, true); /* blind: the clock was set once */
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .load = 0, .until_ms = b->utc_ms + H });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    assert_true(bench_load(b, 0)->override_end_ms == OHM_NO_MS);
    assert_true(bench_load(b, 0)->since_ms == OHM_NO_MS);
    bench_tick(b, M);
    b->utc_ms = BENCH_UTC + 3 * H;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, BENCH_UTC } });
    assert_true(bench_load(b, 0)->overridden);
    assert_true(bench_load(b, 0)->override_end_mono.v == b->mono.v + H - M);
    assert_true(bench_load(b, 0)->override_end_ms == b->utc_ms + H - M);
    assert_true(bench_load(b, 0)->since_ms ==
                b->utc_ms - (b->mono.v - bench_load(b, 0)->changed_mono.v));
}

/* A switching of an earlier run happened when its own clock said, not this one's. */
static void a_jump_moves_what_this_run_did_alone(void **state)
{
    bench *b = *state;
    bench_ready(b); /* fed for an hour before the start */
    ohm_ms before_ms = bench_load(b, 0)->since_ms;
    assert_true(before_ms == BENCH_UTC - H);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .load = 1, .until_ms = b->utc_ms + H });
    ohm_ms switched_ms = b->utc_ms;
    assert_true(bench_load(b, 1)->since_ms == switched_ms);
    bench_pass(b, 5 * M);
    b->utc_ms += 2 * H;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 2 * H } });
    assert_true(bench_load(b, 0)->since_ms == before_ms);
    assert_true(bench_load(b, 1)->since_ms == switched_ms + 2 * H);
    assert_true(bench_load(b, 1)->override_end_ms == switched_ms + 3 * H);
}

/* A clock that comes back wrong can't make an override longer. */
static void a_blind_reboot_makes_no_override_longer(void **state)
{
    bench *b = *state;
    live_a_little(b);
    ohm_ms end_ms = bench_load(b, 1)->override_end_ms;
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    b->mono.v = 15 * S;
    b->utc_ms = 15 * S;
    start_again(b, 2, true, true);
    b->utc_ms = end_ms - 5 * H;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 0 } });
    assert_true(bench_load(b, 1)->override_end_mono.v == b->mono.v + H);
}

/* A mono_ms that starts higher than the last one ended is not a time that passed. */
static void a_reboot_makes_no_register_plausible(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_START);
    take_out(b);
    b->mono.v = 500 * (int64_t)H;
    start_again(b, 2, true, true);
    bench_frame(b, 50000);
    assert_non_null(bench_notice(b, OHM_NOTICE_REGISTER_JUMP));
}

static void another_configuration_keeps_what_it_knows(void **state)
{
    bench *b = *state;
    live_a_little(b);
    ohm_engine_config other = b->config;
    other.loads[0] = b->config.loads[1]; /* the car comes first now */
    other.loads[1] = b->config.loads[0];
    strcpy(other.loads[1].id, "pump"); /* and the heater is gone */
    other.loads[1].failsafe_fed = false;
    ohm_engine_reconfigure(b->engine, &other);
    assert_int_equal(bench_load(b, 0)->cause, OHM_CAUSE_MANUAL);
    assert_true(bench_load(b, 0)->overridden);
    assert_false(bench_load(b, 1)->fed); /* its fail-safe state, until read back */
    assert_false(bench_load(b, 1)->overridden);
    assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, 100);

    other.loads[0].never_shed = true;
    strcpy(other.main_id, "other");
    ohm_engine_reconfigure(b->engine, &other);
    assert_false(bench_load(b, 0)->overridden); /* nobody sheds it any more */
    assert_int_equal(ohm_engine_today_of(b->engine)->import_wh, 0);
    assert_false(ohm_engine_today_of(b->engine)->known);
    start_again(b, 1, false, false);
    bench_tick(b, OHM_LOAD_REST_MS);
    bench_frame(b, 0);
    assert_true(bench_load(b, 0)->fed);
}

static void a_new_load_counts_from_now(void **state)
{
    bench *b = *state;
    live_a_little(b);
    ohm_engine_config other = b->config;
    strcpy(other.loads[1].id, "pump");
    other.loads[1].off_min_ms = 10 * M;
    other.loads[1].failsafe_fed = false;
    ohm_engine_reconfigure(b->engine, &other);
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true }; /* nothing can be read */
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    bench_frame(b, 0);
    assert_false(bench_load(b, 1)->fed);
    assert_int_equal(bench_load(b, 1)->hold, OHM_HOLD_OFF_MIN);
}

/* It does not pay first for what the others of its tier were kept off before it was there. */
static void a_new_load_takes_its_turns_as_the_others(void **state)
{
    bench *b = *state;
    live_a_little(b);
    ohm_load_state *was = b->engine->control.loads;
    was[0].limited_ms = 30 * (int64_t)H;
    was[1].limited_ms = 20 * (int64_t)H;
    ohm_engine_config other = b->config;
    other.loads[0].tier = other.loads[1].tier = 2;
    other.loads[1].weight = 3;
    for (uint16_t i = 2; i < 4; i++) {
        other.loads[i] = other.loads[0];
        (void)snprintf(other.loads[i].id, sizeof other.loads[i].id, "new_%d", i);
    }
    other.loads[2].weight = 2;
    other.loads[3].tier = 1; /* alone in it */
    other.loads_count = 4;
    ohm_engine_reconfigure(b->engine, &other);
    assert_true(bench_load(b, 0)->limited_ms == 30 * (int64_t)H);
    assert_true(bench_load(b, 1)->limited_ms == 20 * (int64_t)H);
    assert_true(bench_load(b, 2)->limited_ms == 15 * (int64_t)H); /* 30 hours weigh as much */
    assert_true(bench_load(b, 3)->limited_ms == 0);
}

/* Two digits a byte, a line after the other. */
static size_t from_hex(const char *const *lines, size_t count, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        for (const char *text = lines[i]; *text; text += 2)
            out[n++] = (uint8_t)strtoul((char[]){ text[0], text[1], '\0' }, NULL, 16);
    return n;
}

/* An update of the program forgets nothing: what an earlier version wrote is read. */
static void an_older_version_is_read(void **state)
{
    bench *b = *state;
    len = from_hex(snapshot_v4, sizeof snapshot_v4 / sizeof *snapshot_v4, bytes);
    bytes[1] = OHM_SNAPSHOT_CHECKPOINT; /* which goes on without a start */
    take_out(b);
    assert_true(ohm_engine_is_as(b->engine, ohm_span_of(bytes, len), again, sizeof again));
    const ohm_control *control = ohm_engine_control_of(b->engine);
    assert_true(bench_load(b, 1)->overridden);
    assert_false(bench_load(b, 0)->fed);
    assert_true(control->limits[0].set);
    assert_int_equal(control->limits[0].va, 4200);
    assert_true(ohm_engine_next_seq(b->engine) > 1);
    size_t now_len = 0; /* and written as this version does */
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, again, sizeof again, &now_len),
        OHM_OK);
    assert_true(now_len > len);
    uint8_t *room = malloc(OHM_SNAPSHOT_MAX);
    assert_non_null(room);
    assert_true(ohm_engine_is_as(b->engine, ohm_span_of(again, now_len), room, OHM_SNAPSHOT_MAX));
    again[now_len - 1]++;
    assert_false(ohm_engine_is_as(b->engine, ohm_span_of(again, now_len), room, OHM_SNAPSHOT_MAX));
    assert_false(ohm_engine_is_as(b->engine, ohm_span_of(again, 1), room, OHM_SNAPSHOT_MAX));
    free(room);
    b->mono.v += 6 * M;
    b->utc_ms += 6 * M;
    b->config = *ohm_engine_config_of(b->engine);
    ohm_engine_reconfigure(b->engine, &b->config);
    start_again(b, 1, true, false);
    assert_int_equal(bench_load(b, 1)->override_end_ms, BENCH_UTC + 5 * M + H);
    assert_int_equal(control->limits[0].end_ms, BENCH_UTC + 5 * M + H);
}

static void a_snapshot_that_sheds_what_is_never_shed_is_refused(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_CHECKPOINT);
    size_t len_other, at = 0;
    b->config.loads[1].never_shed = true;
    ohm_engine *other = malloc(ohm_engine_size());
    assert_non_null(other);
    ohm_engine_init(other, &b->config);
    assert_int_equal(
        ohm_engine_snapshot(other, OHM_SNAPSHOT_CHECKPOINT, again, sizeof again, &len_other),
        OHM_OK);
    free(other);
    while (bytes[at] == again[at])
        at++;
    bytes[at] = again[at]; /* the first difference is that of the configuration */
    assert_int_equal(ohm_engine_restore(b->engine, ohm_span_of(bytes, len)).code, OHM_CONFLICT);
}

/* --- hostile bytes ------------------------------------------------------------------------- */

static void damaged_snapshots_are_refused_whole(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_CHECKPOINT);
    size_t len_again;
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, again, 1, &len_again),
                     OHM_TOO_BIG);
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, again, len - 1, &len_again),
        OHM_TOO_BIG);
    memcpy(again, bytes, len);
    for (size_t cut = 0; cut < len; cut++)
        assert_true(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(again, cut))));
    again[len] = 0;
    assert_true(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(again, len + 1))));
    again[0]++;
    assert_true(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(again, len))));
    again[0] = bytes[0];
    again[1] = 99;
    assert_true(ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(again, len))));
    /* and through all of that the engine was left alone */
    bench_tick(b, S);
    assert_false(bench_load(b, 0)->fed);
}

/* Whatever bit flips: refused, or an engine that steps without breaking an invariant. */
static void no_flipped_bit_breaks_an_engine(void **state)
{
    bench *b = *state;
    live_a_little(b);
    put_away(b, OHM_SNAPSHOT_CHECKPOINT);
    unsigned refused = 0, taken = 0;
    for (size_t at = 0; at < len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(again, bytes, len);
            again[at] ^= (uint8_t)(1U << bit);
            if (ohm_failed(ohm_engine_restore(b->engine, ohm_span_of(again, len)))) {
                refused++;
                continue;
            }
            taken++;
            ohm_event tick = { .kind = OHM_EVENT_TICK,
                               .mono = { b->mono.v + S },
                               .utc_ms = b->utc_ms + S };
            if (ohm_engine_accepts(b->engine, &tick) == OHM_OK)
                ohm_engine_step(b->engine, &tick, &b->actions);
        }
    }
    assert_true(refused > 100);
    assert_true(taken > 100);
}

/* --- sizes --------------------------------------------------------------------------------- */

static void the_largest_house_fits(void **state)
{
    bench *b = *state;
    b->config.loads_count = OHM_LOADS_MAX;
    for (int i = 0; i < OHM_LOADS_MAX; i++) {
        b->config.loads[i] = b->config.loads[0];
        char id[OHM_LOAD_ID_MAX];
        (void)snprintf(id, sizeof id, "load_%026d", i);
        memcpy(b->config.loads[i].id, id, sizeof id);
        memset(b->config.loads[i].name, 'x', OHM_LOAD_NAME_MAX - 1);
    }
    ohm_err err = ohm_engine_config_check(&b->config);
    if (ohm_failed(err))
        fail_msg("%s at %u", err.what, err.at);
    ohm_engine_init(b->engine, &b->config);
    put_away(b, OHM_SNAPSHOT_START);
    assert_true(len < OHM_SNAPSHOT_MAX * 3 / 4);

    bench_config(&b->config); /* and a house takes a few thousand bytes */
    ohm_engine_init(b->engine, &b->config);
    put_away(b, OHM_SNAPSHOT_START);
    assert_true(len < 6000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_is_the_whole_state),
        TEST(a_start_snapshot_waits_for_its_start),
        TEST(a_restart_goes_on),
        TEST(an_output_that_moved_meanwhile_counts_from_now),
        TEST(what_can_not_be_read_is_remembered),
        TEST(a_reboot_moves_every_end),
        TEST(a_blind_reboot_makes_up_for_it_later),
        TEST(a_blind_reboot_makes_no_override_longer),
        TEST(an_override_asked_without_a_clock_keeps_its_length),
        TEST(a_jump_moves_what_this_run_did_alone),
        TEST(a_reboot_makes_no_register_plausible),
        TEST(a_new_load_counts_from_now),
        TEST(a_new_load_takes_its_turns_as_the_others),
        TEST(an_older_version_is_read),
        TEST(a_snapshot_that_sheds_what_is_never_shed_is_refused),
        TEST(another_configuration_keeps_what_it_knows),
        TEST(damaged_snapshots_are_refused_whole),
        TEST(no_flipped_bit_breaks_an_engine),
        TEST(the_largest_house_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
