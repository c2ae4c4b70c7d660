/* Asking a meter for its readout (IEC 62056-21 modes A to C) against the simulated one: in
 * simulated time, with what heads and lines do; then through the kernel. */
#include "meter/poll_d0.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <cmocka.h>

#include "meter/meter.h"
#include "sim/d0_meter.h"
#include "sim/ends.h"
#include "sim/registers.h"
#include "wire/d0.h"

/* 2026-11-20T12:00:00Z */
static const ohm_ms noon_ms = 1795176000000;
static ohm_tz utc;
static ohm_house house;

/* --- the conversation alone ---------------------------------------------------------------------
 */

typedef struct talk {
    ohm_d0_meter meter;
    void *state;
    int requests, messages, drop; /* `drop`: the request that gets lost */
    uint32_t baud;                /* as the poller last asked for */
    ohm_poll_step last;
    int64_t import_wh;
} talk;

static void take(talk *t, const ohm_poll_step *step)
{
    static const uint8_t import[] = { 1, 0, 1, 8, 0, 255 };
    t->last = *step;
    if (!step->message)
        return;
    const ohm_d0_message *m = step->message;
    const ohm_readout_set *set = ohm_readout_find(&m->readout, import);
    assert_true(m->checked && set);
    assert_int_equal(ohm_readout_quantise(set, &t->import_wh), OHM_OK);
    t->messages++;
}

/* Until the conversation is over; the meter's bytes come in pieces. */
static void converse(talk *t, bool probe, size_t piece)
{
    static uint8_t heard[8192];
    const ohm_poll_time now = { { 0 }, noon_ms };
    ohm_writer out = ohm_writer_over(heard, sizeof heard);
    size_t from = 0;
    ohm_poll_step step = ohm_poller_d0.begin(t->state, probe, now);
    for (int turn = 0; turn < 100000; turn++) {
        take(t, &step);
        if (step.verdict == OHM_POLL_DONE || step.verdict == OHM_POLL_FAILED)
            return;
        t->baud = step.baud ? step.baud : t->baud;
        if (step.verdict == OHM_POLL_SEND) {
            assert_true(step.wait_ms > 0);
            /* What is no call follows on words of the meter, which must turn round. */
            assert_true(step.send.ptr[0] == '/' || step.silence_ms >= 200);
            out.len = from = 0;
            if (t->requests++ != t->drop)
                assert_int_equal(ohm_d0_meter_hear(&t->meter, &house, &utc, step.send, &out),
                                 OHM_OK);
        }
        if (from == out.len) {
            step = ohm_poller_d0.on_timeout(t->state, now);
            continue;
        }
        size_t n = out.len - from < piece ? out.len - from : piece;
        ohm_span in = { heard + from, n };
        step = ohm_poller_d0.on_bytes(t->state, &in, now);
        from += n - in.len;
    }
    fail_msg("it never ends");
}

static talk *begin(const char *address)
{
    talk *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->state = calloc(1, ohm_poller_d0.state_size);
    assert_non_null(t->state);
    t->drop = -1;
    ohm_d0_meter_init(&t->meter);
    const ohm_protocol_config config = { .line = true, .baud = 300, .address = address };
    assert_int_equal(ohm_poller_d0.init(t->state, &config).code, OHM_OK);
    return t;
}

static void end(talk *t)
{
    free(t->state);
    free(t);
}

static void meters_and_heads(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        char z;
        unsigned ways;
        int drop, requests; /* how many are needed */
        uint32_t baud;
        bool good;
    } rows[] = {
        { "mode C", '5', 0, -1, 2, 9600, true },
        { "mode C at 300 baud", '0', 0, -1, 2, 300, true },
        { "mode B changes over by itself", 'C', 0, -1, 1, 2400, true },
        { "mode A", '-', 0, -1, 1, 0, true },
        { "a head that echoes", '5', OHM_D0_METER_ECHOES, -1, 2, 9600, true },
        { "a port that leaves the parity in", '5', OHM_D0_METER_PARITY, -1, 2, 9600, true },
        { "both", '4', OHM_D0_METER_PARITY | OHM_D0_METER_ECHOES, -1, 2, 4800, true },
        { "the first readout is damaged", '5', OHM_D0_METER_BAD_FIRST, -1, 3, 9600, true },
        { "so is its echo heard", '5', OHM_D0_METER_BAD_FIRST | OHM_D0_METER_ECHOES, -1, 3, 9600,
          true },
        { "the call gets lost", '5', 0, 0, 3, 9600, true },
        { "the acknowledgement gets lost", '5', 0, 1, 3, 9600, true },
        { "every readout is damaged", '5', OHM_D0_METER_BAD_CHECK, -1, 4, 9600, false },
        { "no block check", '5', OHM_D0_METER_NO_CHECK, -1, 4, 9600, false },
        { "it stops in the middle", '5', OHM_D0_METER_STOPS_SHORT, -1, 4, 9600, false },
    };
    static const size_t pieces[] = { 1, 7, 10000 };
    for (size_t i = 0; i < 3 * sizeof rows / sizeof *rows; i++) {
        talk *t = begin(NULL);
        size_t row = i / 3;
        t->meter.z = rows[row].z;
        t->meter.ways = rows[row].ways;
        t->drop = rows[row].drop;
        converse(t, false, pieces[i % 3]);
        bool good = t->last.verdict == OHM_POLL_DONE && t->messages == 1;
        if (good != rows[row].good || t->requests != rows[row].requests ||
            t->baud != rows[row].baud)
            fail_msg("%s by %zu: %d messages, %d requests, %u baud", rows[row].why, pieces[i % 3],
                     t->messages, t->requests, t->baud);
        if (good)
            assert_int_equal(t->import_wh, ohm_sim_registers_of(&house).import_wh);
        else
            assert_int_equal(t->last.state, OHM_METER_NO_FRAME);
        end(t);
    }
}

static void addresses(void **state)
{
    (void)state;
    talk *t = begin("12345678");
    (void)snprintf(t->meter.address, sizeof t->meter.address, "12345678");
    converse(t, false, 100);
    assert_int_equal(t->messages, 1);
    (void)snprintf(t->meter.address, sizeof t->meter.address, "87654321");
    t->requests = 0;
    converse(t, false, 100);
    assert_int_equal(t->messages, 1);
    assert_int_equal(t->last.verdict, OHM_POLL_FAILED);
    assert_int_equal(t->last.state, OHM_METER_NO_ANSWER);
    assert_int_equal(t->requests, 3);
    t->requests = 0;
    converse(t, true, 100); /* a dead device costs one time-out */
    assert_int_equal(t->requests, 1);
    end(t);
    static const char *const bad[] = { "12 34", "12!", "12/", "123456789012345678901234567890123" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        void *poller = calloc(1, ohm_poller_d0.state_size);
        assert_non_null(poller);
        const ohm_protocol_config config = { .address = bad[i] };
        assert_int_not_equal(ohm_poller_d0.init(poller, &config).code, OHM_OK);
        free(poller);
    }
}

/* Any byte of the whole exchange changed: the same value, or none. */
static void damage(void **state)
{
    (void)state;
    static uint8_t heard[4096];
    const ohm_poll_time now = { { 0 }, noon_ms };
    for (size_t at = 0; at < 330; at++) {
        talk *t = begin(NULL);
        size_t passed = 0;
        ohm_poll_step step = ohm_poller_d0.begin(t->state, false, now);
        for (int turn = 0; turn < 50; turn++) {
            take(t, &step);
            if (step.verdict == OHM_POLL_DONE || step.verdict == OHM_POLL_FAILED)
                break;
            ohm_writer out = ohm_writer_over(heard, sizeof heard);
            if (step.verdict == OHM_POLL_SEND)
                assert_int_equal(ohm_d0_meter_hear(&t->meter, &house, &utc, step.send, &out),
                                 OHM_OK);
            if (at >= passed && at - passed < out.len)
                heard[at - passed] ^= 0x11;
            passed += out.len;
            ohm_span in = ohm_writer_span(&out);
            step = in.len > 0 ? ohm_poller_d0.on_bytes(t->state, &in, now)
                              : ohm_poller_d0.on_timeout(t->state, now);
        }
        assert_true(t->last.verdict == OHM_POLL_DONE || t->last.verdict == OHM_POLL_FAILED);
        if (t->messages > 0)
            assert_int_equal(t->import_wh, ohm_sim_registers_of(&house).import_wh);
        end(t);
    }
}

/* --- through the kernel --------------------------------------------------------------------------
 */

typedef struct world {
    uv_loop_t loop;
    ohm_d0_meter meter;
    ohm_sim_end *line;
    ohm_meter *reader;
    int frames;
    ohm_frame frame;
} world;

static void on_heard(void *ctx, ohm_span bytes)
{
    static uint8_t said[OHM_D0_METER_BYTES_MAX];
    world *w = ctx;
    ohm_writer out = ohm_writer_over(said, sizeof said);
    assert_int_equal(ohm_d0_meter_hear(&w->meter, &house, &utc, bytes, &out), OHM_OK);
    if (out.len > 0)
        assert_int_equal(ohm_sim_end_send(w->line, ohm_writer_span(&out)), OHM_OK);
}

static void on_frame(void *ctx, const ohm_frame *frame)
{
    world *w = ctx;
    w->frames++;
    w->frame = *frame;
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return noon_ms + 700;
}

static void asked_over(ohm_sim_line line)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    ohm_d0_meter_init(&w->meter);
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->line).code, OHM_OK);
    assert_int_equal(ohm_sim_end_listen(w->line, on_heard, w).code, OHM_OK);
    ohm_meter_config config = { .device = 3,
                                .baud = 300,
                                .framing = "7E1",
                                .protocol = "d0",
                                .timezone = "UTC",
                                .every_ms = 1000,
                                .retry_ms_min = 2 };
    (void)snprintf(config.address, sizeof config.address, "%s", ohm_sim_end_address(w->line));
    const ohm_meter_hooks hooks = { .on_frame = on_frame, .utc_now = utc_now, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &w->reader);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    while (w->frames < 2)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(w->frame.time_ms, noon_ms);
    bool seen = false;
    for (int i = 0; i < w->frame.count; i++)
        if (w->frame.values[i].quantity == OHM_Q_ENERGY_IMPORT) {
            seen = true;
            assert_int_equal(w->frame.values[i].value, ohm_sim_registers_of(&house).import_wh);
        }
    assert_true(seen);
    assert_int_equal(ohm_meter_status_of(w->reader)->state, OHM_METER_OK);
    assert_string_equal(ohm_meter_status_of(w->reader)->meter_id, "40012345");
    ohm_meter_stop(w->reader);
    ohm_sim_end_close(w->line);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

static void asked_over_a_pty(void **state)
{
    (void)state;
    asked_over(OHM_SIM_PTY);
}

static void asked_over_tcp(void **state)
{
    (void)state;
    asked_over(OHM_SIM_TCP);
}

int main(void)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meters_and_heads), cmocka_unit_test(addresses),
        cmocka_unit_test(damage),           cmocka_unit_test(asked_over_a_pty),
        cmocka_unit_test(asked_over_tcp),
    };
    ohm_tz_utc(&utc);
    ohm_house_init(&house, 7, noon_ms - OHM_HOUR_MS);
    ohm_house_step(&house, &utc, noon_ms, fed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
