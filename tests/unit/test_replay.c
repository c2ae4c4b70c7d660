/* ohmstead replay on stores made here: a day as `serve` records it, and days that were tampered
 * with. */
#include "../support/engine_bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "host/file.h"
#include "store_fixture.h"

typedef struct recorder {
    fixture *files;
    bench *house;
    uint64_t seq;       /* of events */
    uint64_t lie_about; /* the action whose record is falsified, 0 = none */
    uint64_t hide;      /* the action that is not recorded */
    uint64_t lose;      /* the event that is not recorded */
} recorder;

static int set_up(void **state)
{
    recorder *r = calloc(1, sizeof *r);
    void *part = NULL;
    assert_non_null(r);
    assert_int_equal(fixture_setup(&part), 0);
    r->files = part;
    assert_int_equal(bench_up(&part), 0);
    r->house = part;
    r->seq = 1;
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    recorder *r = *state;
    void *house = r->house, *files = r->files;
    free(r);
    return bench_down(&house) | fixture_teardown(&files);
}

static void put_event(recorder *r, const uint8_t *bytes, size_t len)
{
    if (r->seq != r->lose)
        assert_int_equal(
            ohm_store_event(r->files->store, r->seq, r->house->utc_ms, ohm_span_of(bytes, len)),
            OHM_OK);
    r->seq++;
}

static void put_snapshot(recorder *r, ohm_snapshot_kind kind)
{
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    size_t len = 0;
    assert_int_equal(ohm_engine_snapshot(r->house->engine, kind, bytes, sizeof bytes, &len),
                     OHM_OK);
    put_event(r, bytes, len);
}

static void put_action(recorder *r, ohm_action action)
{
    uint8_t bytes[OHM_ACTION_BYTES_MAX];
    size_t len = 0;
    if (action.seq == r->hide)
        return;
    if (action.seq == r->lie_about)
        action.decision.expected_w += 1;
    assert_int_equal(ohm_action_encode(&action, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_store_journal(r->files->store, action.seq, action.time_ms, 'd',
                                       ohm_span_of(bytes, len), ohm_span_text("{}")),
                     OHM_OK);
}

static void live(recorder *r, ohm_event event)
{
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    size_t len = 0;
    event.mono = r->house->mono;
    event.utc_ms = r->house->utc_ms;
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    put_event(r, bytes, len);
    bench_step(r->house, event);
    for (uint16_t i = 0; i < r->house->actions.count; i++)
        put_action(r, r->house->actions.items[i]);
}

/* From 17:00 to 01:00 local: a start, an orange hour, midnight with its checkpoint. */
static void record_an_evening(recorder *r)
{
    bench *b = r->house;
    const ohm_boot boot = { .boot_id = 1, .clock_set = true };
    ohm_signal_set set = { .count = 2,
                           .made_ms = b->utc_ms,
                           .fetched_ms = b->utc_ms,
                           .intervals = { { { b->utc_ms, b->utc_ms + H }, 1 },
                                          { { b->utc_ms + H, b->utc_ms + 2 * H }, 2 } } };
    put_snapshot(r, OHM_SNAPSHOT_START);
    live(r, (ohm_event){ .kind = OHM_EVENT_START, .boot = &boot });
    live(r, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &set });
    for (int m = 0; m < 8 * 60; m++) {
        ohm_frame frame = { .count = 1, .time_ms = b->utc_ms };
        frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, 0, 1000000 + 20 * m };
        live(r, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
        if (m == 7 * 60)
            put_snapshot(r, OHM_SNAPSHOT_CHECKPOINT);
        bench_pass(b, M);
    }
    fixture_commit(r->files);
}

/* Runs the verb; what it printed is in `out`. */
static int run(recorder *r, const char *option, const char *value, char out[static 512])
{
    char path[OHM_PATH_MAX];
    char *argv[] = { (char *)(uintptr_t) "ohmstead",
                     (char *)(uintptr_t) "replay",
                     (char *)(uintptr_t) "--state",
                     r->files->dir,
                     (char *)(uintptr_t)option,
                     (char *)(uintptr_t)value,
                     NULL };
    (void)snprintf(path, sizeof path, "%s/output", r->files->dir);
    (void)fflush(NULL);
    int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
    int saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
    assert_true(fd >= 0 && saved_out >= 0 && saved_err >= 0);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    int status = ohm_cmd_main(!option ? 4 : value ? 6 : 5, argv);
    (void)fflush(NULL);
    (void)dup2(saved_out, STDOUT_FILENO);
    (void)dup2(saved_err, STDERR_FILENO);
    (void)close(saved_out);
    (void)close(saved_err);
    ssize_t n = pread(fd, out, 511, 0);
    out[n > 0 ? n : 0] = '\0';
    (void)close(fd);
    (void)unlink(path);
    return status;
}

static void is(recorder *r, const char *option, const char *value, int status, const char *text)
{
    char out[512];
    int got = run(r, option, value, out);
    if (got != status || !strstr(out, text))
        fail_msg("status %d: %s", got, out);
}

static void an_evening_is_identical(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    is(r, NULL, NULL, OHM_EXIT_OK, "482 events, 7 actions: identical\n");
    is(r, "--day", "2026-11-22", OHM_EXIT_OK, "422 events, 7 actions: identical\n");
    is(r, "--day", "2026-11-23", OHM_EXIT_OK, "60 events, 0 actions: identical\n");
    is(r, "--from", "63", OHM_EXIT_OK, "421 events, 3 actions: identical\n");
    is(r, "--print", NULL, OHM_EXIT_OK, "\"notice\":\"started\"");
}

static void what_is_not_there_is_said(void **state)
{
    recorder *r = *state;
    is(r, NULL, NULL, OHM_EXIT_FAILED, "nothing is recorded there");
    record_an_evening(r);
    is(r, "--day", "2026-11-20", OHM_EXIT_FAILED, "nothing is recorded for that time");
    is(r, "--from", "100000", OHM_EXIT_FAILED, "nothing is recorded for that time");
    is(r, "--day", "2026-13-01", OHM_EXIT_USAGE, "a day is YYYY-MM-DD");
    is(r, "--day", "today", OHM_EXIT_USAGE, "a day is YYYY-MM-DD");
    is(r, "--from", "-1", OHM_EXIT_USAGE, "a sequence number is 0 or more");
    is(r, "--from", "x", OHM_EXIT_USAGE, "a sequence number is 0 or more");
    is(r, "--help", NULL, OHM_EXIT_OK, "usage: ohmstead replay");
    is(r, "--state", "/nonexistent", OHM_EXIT_FAILED, "/nonexistent");
}

static void a_falsified_record_is_found(void **state)
{
    recorder *r = *state;
    r->lie_about = 5;
    record_an_evening(r);
    is(r, NULL, NULL, OHM_EXIT_FAILED,
       "action 5: decision.expected_w: recorded -2399, replayed "
       "-2400 (at event 64 of 2026-11-22T17:00:00Z)");
    is(r, "--from", "200", OHM_EXIT_FAILED, "action 5"); /* on the way there */
}

static void a_missing_record_is_found(void **state)
{
    recorder *r = *state;
    r->hide = 5;
    record_an_evening(r);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "action 5: was replayed but is not in the journal");
}

static void a_record_without_an_event_is_found(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    put_action(r, (ohm_action){ .seq = 8, .time_ms = r->house->utc_ms });
    fixture_commit(r->files);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "action 8: is in the journal but was not replayed");
}

static void a_lost_event_is_said(void **state)
{
    recorder *r = *state;
    r->lose = 30;
    record_an_evening(r);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "identical as far as it goes, but 1 holes");
}

static void a_state_that_differs_is_found(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    bench_tick(r->house, S); /* a step that was not recorded */
    put_snapshot(r, OHM_SNAPSHOT_CHECKPOINT);
    fixture_commit(r->files);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "the replayed state is another");
}

static void a_restart_goes_on(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    const ohm_boot boot = { .boot_id = 1, .clock_set = true };
    put_snapshot(r, OHM_SNAPSHOT_START);
    live(r, (ohm_event){ .kind = OHM_EVENT_START, .boot = &boot });
    fixture_commit(r->files);
    is(r, NULL, NULL, OHM_EXIT_OK, "483 events, 10 actions: identical\n");
}

static void garbage_is_said(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    put_event(r, (const uint8_t *)"\x03\x01", 2);
    fixture_commit(r->files);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "event 485: the bytes end too early");
    r->lose = 0;
    put_event(r, (const uint8_t *)"\x04\x64", 2);
    fixture_commit(r->files);
    is(r, "--from", "486", OHM_EXIT_FAILED, "snapshot 486: the bytes end too early");
}

static void time_that_goes_back_is_said(void **state)
{
    recorder *r = *state;
    record_an_evening(r);
    ohm_event tick = { .kind = OHM_EVENT_TICK, .utc_ms = r->house->utc_ms };
    uint8_t bytes[64];
    size_t len = 0;
    assert_int_equal(ohm_event_encode(&tick, bytes, sizeof bytes, &len), OHM_OK);
    put_event(r, bytes, len);
    fixture_commit(r->files);
    is(r, NULL, NULL, OHM_EXIT_FAILED, "event 485: in conflict with the present state");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_evening_is_identical),
        TEST(what_is_not_there_is_said),
        TEST(a_falsified_record_is_found),
        TEST(a_missing_record_is_found),
        TEST(a_record_without_an_event_is_found),
        TEST(a_lost_event_is_said),
        TEST(a_state_that_differs_is_found),
        TEST(a_restart_goes_on),
        TEST(garbage_is_said),
        TEST(time_that_goes_back_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
