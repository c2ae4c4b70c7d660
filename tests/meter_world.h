/* A simulated E450 that pushes real bytes through the kernel, and the driver that reads it: for the
 * unit tests of the push driver. To be included behind cmocka. */
#ifndef OHM_TESTS_METER_WORLD_H
#define OHM_TESTS_METER_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "host/crypto_aead.h"
#include "meter/meter.h"
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

static inline void on_frame(void *ctx, const ohm_frame *frame)
{
    world *w = ctx;
    w->frames++;
    w->frame = *frame;
    if (w->stop_on_frame) {
        ohm_meter_stop(w->meter);
        w->meter = NULL;
    }
}

static inline void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    world *w = ctx;
    assert_int_equal(device, 3);
    assert_non_null(status);
    w->statuses++;
}

static inline void on_trusted(void *ctx, uint16_t device, const uint8_t title[static 8])
{
    world *w = ctx;
    (void)device;
    assert_memory_equal(title, "LGZ", 3); /* the maker's letters */
    w->trusted++;
}

static inline void on_save(void *ctx, uint16_t device, const uint8_t *bytes, size_t len)
{
    world *w = ctx;
    assert_int_equal(device, 3);
    assert_true(len <= sizeof w->saved);
    memcpy(w->saved, bytes, len);
    w->saved_len = len;
    w->saves++;
}

static inline ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return noon_ms + 1500;
}

static inline void on_reject(void *ctx, const ohm_protocol_reject *reject)
{
    (void)reject;
    ((world *)ctx)->rejects++;
}

static inline void on_down(void *ctx, ohm_err why)
{
    world *w = ctx;
    w->downs++;
    w->ends += why.code == OHM_END;
}

static inline void pulse(uv_timer_t *timer)
{
    (void)timer;
}

static inline world *begin(void)
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

static inline void set_keys(world *w)
{
    w->e450.aead = ohm_crypto_aead_table(w->cipher);
    memcpy(w->config.key, key, KEY_LEN);
    memcpy(w->config.auth_key, auth_key, KEY_LEN);
    w->config.key_len = w->config.auth_key_len = KEY_LEN;
}

static inline void start_meter(world *w)
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

static inline void open_line(world *w, ohm_sim_line line)
{
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    (void)snprintf(w->config.address, sizeof w->config.address, "%s", ohm_sim_end_address(w->end));
}

static inline ohm_meter_state state_of(const world *w)
{
    return ohm_meter_status_of(w->meter)->state;
}

static inline void turn(world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static inline void send_bytes(world *w, ohm_span bytes)
{
    assert_int_equal(ohm_sim_end_send(w->end, bytes), OHM_OK);
}

/* The bytes of one push at the house's time. */
static inline ohm_span push(world *w)
{
    static uint8_t bytes[OHM_E450_PUSH_MAX];
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&w->e450, &w->house, &w->utc, &out), OHM_OK);
    return ohm_writer_span(&out);
}

/* Junk first: proves that the line is through, and costs nothing but skipped bytes. */
static inline void wait_until_read(world *w)
{
    while (ohm_meter_status_of(w->meter)->counters.bytes == 0) {
        send_bytes(w, ohm_span_of("\x55", 1));
        turn(w);
    }
}

static inline void wait_frames(world *w, int count)
{
    while (w->frames < count)
        turn(w);
}

static inline void end(world *w)
{
    ohm_meter_stop(w->meter);
    ohm_sim_end_close(w->end);
    uv_close((uv_handle_t *)&w->pulse, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    ohm_crypto_aead_free(w->cipher);
    free(w);
}

static inline void check_frame(const world *w, unsigned lists, ohm_quality quality)
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

#endif
