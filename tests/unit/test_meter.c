/* The push driver from end to end: a simulated E450 pushes real bytes through the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../meter_world.h"

/* The two lists of the minute become two frames, each with what it said and nothing else. */
static void reads(world *w, ohm_sim_line line, ohm_quality quality)
{
    open_line(w, line);
    start_meter(w);
    assert_int_equal(state_of(w), OHM_METER_STARTING);
    wait_until_read(w);
    send_bytes(w, push(w));
    bool pairs = w->e450.layout == OHM_E450_PAIRS;
    wait_frames(w, pairs ? 1 : 2);
    check_frame(w, pairs ? OHM_E450_AUSTRIAN : OHM_E450_REGISTERS, quality);
    const ohm_meter_status *status = ohm_meter_status_of(w->meter);
    assert_int_equal(status->state, OHM_METER_OK);
    assert_int_equal(status->counters.messages, pairs ? 1 : 2);
    assert_string_equal(status->profile, "lg-e450");
    assert_int_equal(status->authenticated, quality == OHM_QUALITY_GOOD);
    if (!pairs)
        assert_string_equal(status->meter_id, "LGZ0000000000450");
    assert_true(w->statuses > 0);
    end(w);
}

static void plain_by_pty(void **state)
{
    (void)state;
    reads(begin(), OHM_SIM_PTY, OHM_QUALITY_UNAUTHENTICATED);
}

static void plain_by_tcp(void **state)
{
    (void)state;
    world *w = begin();
    reads(w, OHM_SIM_TCP, OHM_QUALITY_UNAUTHENTICATED);
}

static void ciphered_by_pty(void **state)
{
    (void)state;
    world *w = begin();
    set_keys(w);
    reads(w, OHM_SIM_PTY, OHM_QUALITY_GOOD);
}

static void ciphered_austrian(void **state)
{
    (void)state;
    world *w = begin();
    set_keys(w);
    w->e450.layout = OHM_E450_PAIRS;
    reads(w, OHM_SIM_PTY, OHM_QUALITY_GOOD);
}

static void keys_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool no_key, wrong_key, wrong_auth;
        ohm_meter_state want;
    } rows[] = {
        { "no key", true, false, false, OHM_METER_NO_KEY },
        { "a wrong key", false, true, false, OHM_METER_WRONG_KEY },
        { "a wrong authentication key", false, false, true, OHM_METER_WRONG_KEY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world *w = begin();
        set_keys(w);
        if (rows[i].no_key)
            w->config.key_len = w->config.auth_key_len = 0;
        w->config.key[0] ^= (uint8_t)rows[i].wrong_key;
        w->config.auth_key[0] ^= (uint8_t)rows[i].wrong_auth;
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        send_bytes(w, push(w));
        while (w->rejects < 2)
            turn(w);
        if (state_of(w) != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_meter_state_code(state_of(w)));
        assert_int_equal(w->frames, 0);
        end(w);
    }
}

/* With a key set, a plain push is a downgrade and gives nothing. */
static void plain_where_keys_are_set(void **state)
{
    (void)state;
    for (int auth = 0; auth < 2; auth++) {
        world *w = begin();
        set_keys(w);
        w->e450.aead = NULL;
        if (!auth)
            w->config.auth_key_len = 0;
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        send_bytes(w, push(w));
        while (w->rejects < 2)
            turn(w);
        assert_int_equal(w->frames, 0);
        assert_int_equal(state_of(w), OHM_METER_UNPROTECTED);
        end(w);
    }
}

/* Austria's list in the clear names no maker: without a profile its numbers mean nothing. */
static void numbers_without_a_profile(void **state)
{
    (void)state;
    world *w = begin();
    w->e450.layout = OHM_E450_PAIRS;
    open_line(w, OHM_SIM_PTY);
    start_meter(w);
    wait_until_read(w);
    send_bytes(w, push(w));
    while (state_of(w) == OHM_METER_STARTING)
        turn(w);
    assert_int_equal(state_of(w), OHM_METER_UNKNOWN_LAYOUT);
    assert_int_equal(w->frames, 0);
    ohm_meter_stop(w->meter);
    (void)snprintf(w->config.profile, sizeof w->config.profile, "lg-e450");
    w->saved_len = 0;
    for (int i = 0; i < 20; i++)
        turn(w); /* the port is let go of */
    start_meter(w);
    wait_until_read(w);
    send_bytes(w, push(w));
    wait_frames(w, 1);
    check_frame(w, OHM_E450_AUSTRIAN, OHM_QUALITY_UNAUTHENTICATED);
    end(w);
}

static void half_frames_and_flipped_bits(void **state)
{
    (void)state;
    world *w = begin();
    w->house.time_ms += OHM_E450_PERIOD_MS; /* one list */
    open_line(w, OHM_SIM_PTY);
    start_meter(w);
    wait_until_read(w);
    ohm_span good = push(w);
    uint8_t flipped[OHM_E450_PUSH_MAX];
    memcpy(flipped, good.ptr, good.len);
    flipped[good.len / 2] ^= 0x10;
    send_bytes(w, ohm_span_part(good, 0, good.len / 3)); /* the line came up in the middle */
    send_bytes(w, ohm_span_of(flipped, good.len));
    send_bytes(w, good);
    wait_frames(w, 1);
    const ohm_meter_counters *c = &ohm_meter_status_of(w->meter)->counters;
    assert_int_equal(c->messages, 1);
    assert_true(c->bad_fcs > 0);
    assert_int_equal(w->frames, 1);
    assert_int_equal(state_of(w), OHM_METER_OK);
    end(w);
}

static void a_push_in_single_bytes(void **state)
{
    (void)state;
    world *w = begin();
    open_line(w, OHM_SIM_PTY);
    start_meter(w);
    wait_until_read(w);
    ohm_span bytes = push(w);
    for (size_t i = 0; i < bytes.len; i++) {
        send_bytes(w, ohm_span_part(bytes, i, 1));
        (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    }
    wait_frames(w, 2);
    assert_int_equal(w->rejects, 0);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_by_pty),
        cmocka_unit_test(plain_by_tcp),
        cmocka_unit_test(ciphered_by_pty),
        cmocka_unit_test(ciphered_austrian),
        cmocka_unit_test(keys_that_do_not_fit),
        cmocka_unit_test(plain_where_keys_are_set),
        cmocka_unit_test(numbers_without_a_profile),
        cmocka_unit_test(half_frames_and_flipped_bits),
        cmocka_unit_test(a_push_in_single_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
