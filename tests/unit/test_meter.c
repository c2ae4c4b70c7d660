/* The push driver from end to end: a simulated E450 pushes real bytes through the kernel.
 *
 * It is longer than 600 lines because each way a line or a sender can go wrong has its case. */
#include "meter/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "host/crypto_aead.h"
#include "meter/protocol.h"
#include "sim/e450.h"
#include "sim/ends.h"
#include "wire/dlms.h"

/* 2026-11-20T12:00:00Z: both lists are due. */
static const ohm_ms noon_ms = 1795176000000;
enum { KEY_LEN = 16 };
static const uint8_t key[KEY_LEN] = "encryption key 1", auth_key[KEY_LEN] = "authentication 1";

typedef struct world {
    uv_loop_t loop;
    uv_timer_t pulse;
    ohm_tz utc;
    ohm_house house;
    ohm_e450 e450;
    ohm_crypto_aead *cipher;
    ohm_sim_end *end;
    ohm_meter *meter;
    ohm_meter_config config;
    int frames, rejects, downs, ends;
    ohm_frame frame;
    uint8_t saved[512];
    size_t saved_len;
    int saves, statuses, trusted;
    bool stop_on_frame;
} world;

static void on_frame(void *ctx, const ohm_frame *frame)
{
    world *w = ctx;
    w->frames++;
    w->frame = *frame;
    if (w->stop_on_frame) {
        ohm_meter_stop(w->meter);
        w->meter = NULL;
    }
}

static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    world *w = ctx;
    assert_int_equal(device, 3);
    assert_non_null(status);
    w->statuses++;
}

static void on_trusted(void *ctx, uint16_t device, const uint8_t title[static 8])
{
    world *w = ctx;
    (void)device;
    assert_memory_equal(title, "LGZ", 3); /* the maker's letters */
    w->trusted++;
}

static void on_save(void *ctx, uint16_t device, const uint8_t *bytes, size_t len)
{
    world *w = ctx;
    assert_int_equal(device, 3);
    assert_true(len <= sizeof w->saved);
    memcpy(w->saved, bytes, len);
    w->saved_len = len;
    w->saves++;
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return noon_ms + 1500;
}

static void on_reject(void *ctx, const ohm_protocol_reject *reject)
{
    (void)reject;
    ((world *)ctx)->rejects++;
}

static void on_down(void *ctx, ohm_err why)
{
    world *w = ctx;
    w->downs++;
    w->ends += why.code == OHM_END;
}

static void pulse(uv_timer_t *timer)
{
    (void)timer;
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->pulse), 0);
    assert_int_equal(uv_timer_start(&w->pulse, pulse, 1, 1), 0);
    uv_unref((uv_handle_t *)&w->pulse);
    ohm_tz_utc(&w->utc);
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    ohm_house_init(&w->house, 7, noon_ms - OHM_HOUR_MS);
    ohm_house_step(&w->house, &w->utc, noon_ms, fed);
    ohm_e450_init(&w->e450);
    memcpy(w->e450.auth_key, auth_key, KEY_LEN);
    assert_int_equal(ohm_crypto_aead_new(ohm_span_of(key, KEY_LEN), &w->cipher), OHM_OK);
    w->config = (ohm_meter_config){ .device = 3,
                                    .baud = 2400,
                                    .framing = "8E1",
                                    .protocol = "dlms",
                                    .timezone = "UTC",
                                    .retry_ms_min = 2 };
    return w;
}

static void set_keys(world *w)
{
    w->e450.aead = ohm_crypto_aead_table(w->cipher);
    memcpy(w->config.key, key, KEY_LEN);
    memcpy(w->config.auth_key, auth_key, KEY_LEN);
    w->config.key_len = w->config.auth_key_len = KEY_LEN;
}

static void start_meter(world *w)
{
    const ohm_meter_hooks hooks = { .on_frame = on_frame,
                                    .on_status = on_status,
                                    .save = on_save,
                                    .on_trusted = on_trusted,
                                    .utc_now = utc_now,
                                    .ctx = w };
    const ohm_meter_watch watch = { .on_reject = on_reject, .on_down = on_down, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &w->config, &hooks, w->saved_len ? w->saved : NULL,
                                  w->saved_len, &w->meter);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    ohm_meter_set_watch(w->meter, &watch);
}

static void open_line(world *w, ohm_sim_line line)
{
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    (void)snprintf(w->config.address, sizeof w->config.address, "%s", ohm_sim_end_address(w->end));
}

static ohm_meter_state state_of(const world *w)
{
    return ohm_meter_status_of(w->meter)->state;
}

static void turn(world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void send_bytes(world *w, ohm_span bytes)
{
    assert_int_equal(ohm_sim_end_send(w->end, bytes), OHM_OK);
}

/* The bytes of one push at the house's time. */
static ohm_span push(world *w)
{
    static uint8_t bytes[OHM_E450_PUSH_MAX];
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&w->e450, &w->house, &w->utc, &out), OHM_OK);
    return ohm_writer_span(&out);
}

/* Junk first: proves that the line is through, and costs nothing but skipped bytes. */
static void wait_until_read(world *w)
{
    while (ohm_meter_status_of(w->meter)->counters.bytes == 0) {
        send_bytes(w, ohm_span_of("\x55", 1));
        turn(w);
    }
}

static void wait_frames(world *w, int count)
{
    while (w->frames < count)
        turn(w);
}

static void end(world *w)
{
    ohm_meter_stop(w->meter);
    ohm_sim_end_close(w->end);
    uv_close((uv_handle_t *)&w->pulse, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    ohm_crypto_aead_free(w->cipher);
    free(w);
}

static void check_frame(const world *w, unsigned lists, ohm_quality quality)
{
    ohm_frame want;
    ohm_e450_frame(lists, &w->house, 3, &want);
    assert_int_equal(w->frame.device, 3);
    assert_int_equal(w->frame.time_ms, noon_ms);
    assert_int_equal(w->frame.count, want.count);
    for (int i = 0; i < want.count; i++) {
        assert_int_equal(w->frame.values[i].quantity, want.values[i].quantity);
        assert_int_equal(w->frame.values[i].value, want.values[i].value);
        assert_int_equal(w->frame.values[i].quality, quality);
    }
}

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

/* What an earlier run accepted is refused by the next one, even if the first one crashed. */
static void replays_across_a_restart(void **state)
{
    (void)state;
    uint8_t old[OHM_E450_PUSH_MAX], saved[512];
    size_t old_len = 0, saved_len = 0;
    for (int run = 0; run < 2; run++) {
        world *w = begin();
        set_keys(w);
        w->house.time_ms += OHM_E450_PERIOD_MS;
        if (run == 1) {
            memcpy(w->saved, saved, saved_len);
            w->saved_len = saved_len;
        }
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        if (run == 0) {
            ohm_span bytes = push(w);
            memcpy(old, bytes.ptr, bytes.len);
            old_len = bytes.len;
            send_bytes(w, bytes);
            wait_frames(w, 1);
            for (int i = 2; i <= 5; i++) {
                send_bytes(w, push(w));
                wait_frames(w, i);
            }
            assert_int_equal(w->saves, 1); /* ahead of them all */
            assert_int_equal(w->trusted, 1);
            memcpy(saved, w->saved, w->saved_len); /* as the crash leaves it */
            saved_len = w->saved_len;
            send_bytes(w, bytes);
            while (w->rejects < 1)
                turn(w);
            assert_int_equal(w->frames, 5);
        } else {
            send_bytes(w, ohm_span_of(old, old_len));
            while (w->rejects < 1)
                turn(w);
            assert_int_equal(w->frames, 0);
            assert_int_equal(ohm_meter_status_of(w->meter)->counters.replays, 1);
            w->e450.counter += 100;
            send_bytes(w, push(w));
            wait_frames(w, 1);
        }
        end(w);
    }
}

/* Who proves the key first is the meter; the same key from another is not enough, over restarts. */
static void another_meter_with_the_same_key(void **state)
{
    (void)state;
    uint8_t saved[512];
    size_t saved_len = 0;
    for (int run = 0; run < 2; run++) {
        world *w = begin();
        set_keys(w);
        w->config.pin_first_title = true;
        memcpy(w->saved, saved, saved_len);
        w->saved_len = saved_len;
        w->house.time_ms += OHM_E450_PERIOD_MS;
        w->e450.counter += 1000 * (uint32_t)run;
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        if (run == 0) {
            send_bytes(w, push(w));
            wait_frames(w, 1);
        }
        w->e450.title[7]++;
        send_bytes(w, push(w));
        while (w->rejects < 1)
            turn(w);
        assert_int_equal(w->frames, 1 - run);
        if (run == 1) {
            while (state_of(w) != OHM_METER_OTHER_METER)
                turn(w);
            w->e450.title[7]--;
            send_bytes(w, push(w));
            wait_frames(w, 1);
            assert_int_equal(state_of(w), OHM_METER_OK);
        }
        memcpy(saved, w->saved, w->saved_len);
        saved_len = w->saved_len;
        end(w);
    }
}

static void damaged_counters_are_not_ignored(void **state)
{
    (void)state;
    world *w = begin();
    const ohm_meter_hooks hooks = {
        .on_frame = on_frame, .on_status = on_status, .save = on_save, .utc_now = utc_now, .ctx = w
    };
    open_line(w, OHM_SIM_PTY);
    ohm_err err =
        ohm_meter_start(&w->loop, &w->config, &hooks, (const uint8_t *)"junk", 4, &w->meter);
    assert_int_equal(err.code, OHM_BAD_FORMAT);
    end(w);
}

/* The adapter is pulled out, comes back as another pseudo-terminal under the same name. */
static void a_port_that_vanishes(void **state)
{
    (void)state;
    world *w = begin();
    char folder[] = "/tmp/ohm-meter-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(name, sizeof name, "%s/meter", folder);
    for (int round = 1; round <= 2; round++) {
        open_line(w, OHM_SIM_PTY);
        assert_int_equal(symlink(strchr(ohm_sim_end_address(w->end), '/'), name), 0);
        if (round == 1) {
            (void)snprintf(w->config.address, sizeof w->config.address, "serial:%s", name);
            start_meter(w);
        }
        int before = w->frames;
        while (w->frames == before) { /* until it is open again */
            send_bytes(w, push(w));
            turn(w);
        }
        assert_int_equal(state_of(w), OHM_METER_OK);
        assert_int_equal(unlink(name), 0);
        ohm_sim_end_close(w->end);
        w->end = NULL;
        while (state_of(w) != OHM_METER_UNREACHABLE)
            turn(w);
    }
    assert_int_equal(ohm_meter_status_of(w->meter)->counters.reconnects, 2);
    end(w);
    assert_int_equal(rmdir(folder), 0);
}

/* What a broken connection cut off is no part of what comes by the next one. */
static void a_push_cut_by_the_line(void **state)
{
    (void)state;
    world *w = begin();
    w->house.time_ms += OHM_E450_PERIOD_MS;
    open_line(w, OHM_SIM_TCP);
    start_meter(w);
    wait_until_read(w);
    uint64_t before = ohm_meter_status_of(w->meter)->counters.bytes;
    send_bytes(w, ohm_span_part(push(w), 0, 100));
    while (ohm_meter_status_of(w->meter)->counters.bytes < before + 100)
        turn(w);
    ohm_sim_end_drop(w->end);
    while (w->downs < 1)
        turn(w);
    while (w->frames == 0) { /* until it is connected again */
        send_bytes(w, push(w));
        turn(w);
    }
    assert_int_equal(ohm_meter_status_of(w->meter)->counters.bad_fcs, 0);
    assert_int_equal(w->rejects, 0);
    end(w);
}

static void a_file_to_its_end(void **state)
{
    (void)state;
    world *w = begin();
    char path[] = "/tmp/ohm-meter-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (int i = 0; i < 3; i++) {
        ohm_span bytes = push(w);
        assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    }
    ohm_span cut = push(w);
    assert_int_equal(write(fd, cut.ptr, 100), 100);
    assert_int_equal(close(fd), 0);
    (void)snprintf(w->config.address, sizeof w->config.address, "file:%s", path);
    start_meter(w);
    while (w->ends < 1)
        turn(w);
    assert_int_equal(w->frames, 6);
    assert_int_equal(w->rejects, 1); /* what the end cut off */
    end(w);
    assert_int_equal(unlink(path), 0);
}

static void stopping_from_a_frame(void **state)
{
    (void)state;
    world *w = begin();
    w->stop_on_frame = true;
    open_line(w, OHM_SIM_PTY);
    start_meter(w);
    wait_until_read(w);
    send_bytes(w, push(w));
    wait_frames(w, 1);
    for (int i = 0; i < 5; i++)
        turn(w);
    assert_int_equal(w->frames, 1);
    end(w);
}

static void wrong_configurations(void **state)
{
    (void)state;
    static const struct {
        const char *why, *address, *framing, *protocol, *profile, *zone;
        uint8_t key_len;
    } rows[] = {
        { "address", "ttyUSB0", "8E1", "dlms", "", NULL, 0 },
        { "framing", "/dev/ttyUSB0", "8X1", "dlms", "", NULL, 0 },
        { "protocol", "/dev/ttyUSB0", "8E1", "morse", "", NULL, 0 },
        { "profile", "/dev/ttyUSB0", "8E1", "dlms", "no-such", NULL, 0 },
        { "SML has no profiles", "/dev/ttyUSB0", "8N1", "sml", "lg-e450", NULL, 0 },
        { "SML has no keys", "/dev/ttyUSB0", "8N1", "sml", "", NULL, 16 },
        { "zone", "/dev/ttyUSB0", "8E1", "dlms", "", "Europe/Nowhere", 0 },
        { "key", "/dev/ttyUSB0", "8E1", "dlms", "", NULL, 8 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world *w = begin();
        const ohm_meter_hooks hooks = { .on_frame = on_frame,
                                        .on_status = on_status,
                                        .save = on_save,
                                        .utc_now = utc_now,
                                        .ctx = w };
        (void)snprintf(w->config.address, sizeof w->config.address, "%s", rows[i].address);
        (void)snprintf(w->config.framing, sizeof w->config.framing, "%s", rows[i].framing);
        (void)snprintf(w->config.protocol, sizeof w->config.protocol, "%s", rows[i].protocol);
        (void)snprintf(w->config.profile, sizeof w->config.profile, "%s", rows[i].profile);
        w->config.timezone = rows[i].zone;
        w->config.key_len = rows[i].key_len;
        ohm_err err = ohm_meter_start(&w->loop, &w->config, &hooks, NULL, 0, &w->meter);
        if (!ohm_failed(err))
            fail_msg("%s is accepted", rows[i].why);
        end(w);
    }
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
        cmocka_unit_test(replays_across_a_restart),
        cmocka_unit_test(another_meter_with_the_same_key),
        cmocka_unit_test(damaged_counters_are_not_ignored),
        cmocka_unit_test(a_port_that_vanishes),
        cmocka_unit_test(a_push_cut_by_the_line),
        cmocka_unit_test(a_file_to_its_end),
        cmocka_unit_test(stopping_from_a_frame),
        cmocka_unit_test(wrong_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
