/* The push driver with every simulated meter that pushes without being asked, over a pty and
 * over TCP: a clean line, junk, and bytes that a bad line changes, drops or doubles. */
#include "meter/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <cmocka.h>

#include "host/crypto_aead.h"
#include "host/tzdata.h"
#include "sim/d0_meter.h"
#include "sim/ends.h"
#include "sim/p1_meter.h"
#include "sim/registers.h"
#include "sim/sml_meter.h"
#include "wire/axdr.h"
#include "wire/dlms_encode.h"
#include "wire/dlms_unit.h"

/* 2026-11-20T12:00:00Z */
static const ohm_ms noon_ms = 1795176000000;
enum { PUSH_MAX = 4096, STEP_MS = 10000 };

typedef struct world {
    uv_loop_t loop;
    uv_timer_t pulse;
    ohm_tz utc, paris;
    ohm_house house;
    ohm_sml_meter sml;
    ohm_p1_meter p1;
    ohm_d0_meter d0;
    ohm_crypto_aead *cipher;
    ohm_sim_end *end;
    ohm_meter *meter;
    ohm_meter_config config;
    int frames;
    ohm_frame frame;
} world;

/* --- the simulated meters ----------------------------------------------------------------------
 */

static ohm_code push_sml(world *w, ohm_writer *out)
{
    return ohm_sml_meter_push(&w->sml, &w->house, out);
}

static ohm_code push_p1(world *w, ohm_writer *out)
{
    w->p1.aead = NULL;
    return ohm_p1_meter_push(&w->p1, &w->house, &w->paris, out);
}

static ohm_code push_ciphered(world *w, ohm_writer *out)
{
    w->p1.aead = ohm_crypto_aead_table(w->cipher);
    return ohm_p1_meter_push(&w->p1, &w->house, &w->paris, out);
}

static ohm_code push_d0(world *w, ohm_writer *out)
{
    return ohm_d0_meter_push(&w->d0, &w->house, &w->paris, out);
}

static const struct sender {
    const char *protocol, *id;
    ohm_code (*push)(world *w, ohm_writer *out);
    bool ciphered;
    bool whole; /* its last bytes are behind its checksum: line ends */
} senders[] = {
    { "sml", "1OHM0012345678", push_sml, false, true },
    { "p1", "E0047000012345678", push_p1, false, false },
    { "p1", "E0047000012345678", push_ciphered, true, true },
    { "d0", "40012345", push_d0, false, false }, /* mode D: last, nothing tells its damage */
};
enum { SENDERS = sizeof senders / sizeof *senders };

/* --- the reader ---------------------------------------------------------------------------------
 */

static void on_frame(void *ctx, const ohm_frame *frame)
{
    world *w = ctx;
    w->frames++;
    w->frame = *frame;
}

static ohm_ms utc_now(void *ctx)
{
    return ((const world *)ctx)->house.time_ms + 700;
}

static void pulse(uv_timer_t *timer)
{
    (void)timer;
}

static const uint8_t key[] = "encryption key 1";

static world *begin(ohm_sim_line line, const struct sender *s, const char *protocol)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->pulse), 0);
    assert_int_equal(uv_timer_start(&w->pulse, pulse, 1, 1), 0);
    uv_unref((uv_handle_t *)&w->pulse);
    ohm_tz_utc(&w->utc);
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &w->paris).code, OHM_OK);
    assert_int_equal(ohm_crypto_aead_new(ohm_span_of(key, 16), &w->cipher), OHM_OK);
    ohm_house_init(&w->house, 7, noon_ms - OHM_HOUR_MS);
    ohm_house_step(&w->house, &w->utc, noon_ms, fed);
    ohm_sml_meter_init(&w->sml, noon_ms - OHM_HOUR_MS);
    ohm_p1_meter_init(&w->p1);
    ohm_d0_meter_init(&w->d0);
    w->config = (ohm_meter_config){
        .device = 3, .baud = 9600, .framing = "8N1", .timezone = "Europe/Paris", .retry_ms_min = 2
    };
    w->config.key_len = s->ciphered ? 16 : 0;
    memcpy(w->config.key, key, w->config.key_len);
    (void)snprintf(w->config.protocol, sizeof w->config.protocol, "%s", protocol);
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    (void)snprintf(w->config.address, sizeof w->config.address, "%s", ohm_sim_end_address(w->end));
    const ohm_meter_hooks hooks = { .on_frame = on_frame, .utc_now = utc_now, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &w->config, &hooks, NULL, 0, &w->meter);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    return w;
}

static void turn(world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void send_bytes(world *w, ohm_span bytes)
{
    assert_int_equal(ohm_sim_end_send(w->end, bytes), OHM_OK);
}

static uint64_t bytes_read(const world *w)
{
    return ohm_meter_status_of(w->meter)->counters.bytes;
}

/* Junk first: proves that the line is through. */
static void wait_until_read(world *w)
{
    while (bytes_read(w) == 0) {
        send_bytes(w, ohm_span_of("\x55", 1));
        turn(w);
    }
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

/* --- what is sent and what must come ------------------------------------------------------------
 */

typedef struct bytes {
    uint8_t bytes[PUSH_MAX + 1];
    size_t len;
} bytes;

/* What the meter says now. */
static bytes push(world *w, const struct sender *s)
{
    bytes b;
    ohm_writer out = ohm_writer_over(b.bytes, PUSH_MAX);
    assert_int_equal(s->push(w, &out), OHM_OK);
    b.len = out.len;
    return b;
}

static void send_and_wait(world *w, const bytes *b)
{
    uint64_t before = bytes_read(w);
    send_bytes(w, ohm_span_of(b->bytes, b->len));
    while (bytes_read(w) < before + b->len)
        turn(w);
}

static int64_t value_of(const ohm_frame *frame, ohm_quantity_id quantity)
{
    for (int i = 0; i < frame->count; i++)
        if (frame->values[i].quantity == quantity)
            return frame->values[i].value;
    fail_msg("%s is missing", ohm_quantity_get(quantity)->name);
    return 0;
}

static void live_on(world *w)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    ohm_house_step(&w->house, &w->utc, w->house.time_ms + STEP_MS, fed);
}

static void check_frame(const world *w, const struct sender *s)
{
    const ohm_sim_registers r = ohm_sim_registers_of(&w->house);
    assert_int_equal(w->frame.device, 3);
    assert_in_range(w->frame.time_ms, w->house.time_ms, w->house.time_ms + 700);
    assert_int_equal(value_of(&w->frame, OHM_Q_ENERGY_IMPORT_T1), r.import_t1_wh);
    assert_int_equal(value_of(&w->frame, OHM_Q_ENERGY_IMPORT_T2), r.import_t2_wh);
    assert_int_equal(value_of(&w->frame, OHM_Q_VOLTAGE_L2), 10 * r.phase_dv[1]);
    for (int i = 0; i < w->frame.count; i++)
        assert_int_equal(w->frame.values[i].quality,
                         s->ciphered ? OHM_QUALITY_GOOD : OHM_QUALITY_UNAUTHENTICATED);
}

static void a_clean_line(void **state)
{
    (void)state;
    for (int i = 0; i < 4 * SENDERS; i++) {
        const struct sender *s = &senders[i / 4];
        world *w = begin(i & 1 ? OHM_SIM_TCP : OHM_SIM_PTY, s, i & 2 ? "auto" : s->protocol);
        wait_until_read(w);
        for (int n = 1; n <= 3; n++) {
            live_on(w);
            const bytes b = push(w, s);
            send_and_wait(w, &b);
            assert_int_equal(w->frames, n);
            check_frame(w, s);
        }
        assert_string_equal(ohm_meter_status_of(w->meter)->protocol, s->protocol);
        assert_string_equal(ohm_meter_status_of(w->meter)->meter_id, s->id);
        assert_int_equal(ohm_meter_status_of(w->meter)->state, OHM_METER_OK);
        end(w);
    }
}

/* Nothing comes of a damaged push, and the next one is read again. */
static void a_bad_line(void **state)
{
    (void)state;
    enum { TRIES = 60 };
    for (int i = 0; i < SENDERS - 1; i++) {
        const struct sender *s = &senders[i];
        world *w = begin(OHM_SIM_PTY, s, s->protocol);
        wait_until_read(w);
        for (int n = 0; n < TRIES; n++) {
            live_on(w);
            const bytes good = push(w, s);
            bytes bad = good;
            size_t len = good.len - (s->whole ? 0 : 2);
            size_t at = (size_t)n * (len - 1) / TRIES, behind = good.len - at - 1;
            if (n % 3 == 0) {
                bad.bytes[at] ^= 0x04;
            } else if (n % 3 == 1) {
                memmove(bad.bytes + at, bad.bytes + at + 1, behind);
                bad.len--;
            } else {
                memmove(bad.bytes + at + 1, bad.bytes + at, behind + 1);
                bad.bytes[at] = (uint8_t)(good.bytes[at] ^ 0x11);
                bad.len++;
            }
            int before = w->frames;
            send_and_wait(w, &bad);
            if (w->frames != before && at > 0)
                fail_msg("%s: damage at %zu was believed", s->protocol, at);
            before = w->frames;
            send_and_wait(w, &good);
            if (w->frames != before + 1)
                fail_msg("%s: lost behind damage at %zu", s->protocol, at);
            check_frame(w, s);
        }
        end(w);
    }
}

/* A DLMS push in a wrapper of TCP, which has no checksum. */
static bytes wrapped(uint32_t power_w)
{
    static const uint8_t obis[] = { 1, 0, 1, 7, 0, 255 };
    uint8_t apdu[64];
    bytes b;
    ohm_writer inner = ohm_writer_over(apdu, sizeof apdu);
    ohm_writer out = ohm_writer_over(b.bytes, PUSH_MAX);
    ohm_put_notification(&inner, 1, OHM_TIME_ABSENT, NULL);
    ohm_axdr_put_array(&inner, 1);
    ohm_axdr_put_structure(&inner, 3);
    ohm_axdr_put_obis(&inner, obis);
    ohm_axdr_put_u32(&inner, power_w);
    ohm_axdr_put_scaler_unit(&inner, 0, OHM_UNIT_W);
    ohm_put_wrapper(&out, 1, 103, ohm_writer_span(&inner));
    b.len = out.len;
    return b;
}

/* It counts when the line falls silent behind it, or the peer leaves. */
static void a_wrapper_over_tcp(void **state)
{
    (void)state;
    static const struct sender dlms = { .protocol = "dlms" };
    const bytes unit = wrapped(948);
    world *w = begin(OHM_SIM_TCP, &dlms, dlms.protocol);
    while (bytes_read(w) == 0) { /* the other side has yet to accept */
        send_bytes(w, ohm_span_of(unit.bytes, unit.len));
        turn(w);
    }
    while ((uint64_t)w->frames * unit.len < bytes_read(w))
        turn(w);
    for (int i = 0; i < 2; i++) {
        int before = w->frames;
        send_and_wait(w, &unit);
        assert_int_equal(w->frames, before);
        if (i == 1)
            ohm_sim_end_drop(w->end);
        while (w->frames == before)
            turn(w);
        assert_int_equal(value_of(&w->frame, OHM_Q_POWER_IMPORT), 9480);
    }
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_line),
        cmocka_unit_test(a_bad_line),
        cmocka_unit_test(a_wrapper_over_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
