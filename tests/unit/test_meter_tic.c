/* The driver on a simulated Linky: both modes and speeds, a bad line, an overrun at once. */
#include "meter/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <cmocka.h>

#include "meter/tic_readings.h"
#include "sim/ends.h"
#include "sim/linky.h"

/* 2026-11-20T12:00:00Z */
static const ohm_ms noon_ms = 1795176000000;
static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
enum { STEP_MS = 10000, HUNT_MS = 20, FRAME_MAX = OHM_LINKY_FRAME_MAX };

typedef struct world {
    uv_loop_t loop;
    uv_timer_t pulse;
    ohm_tz utc;
    ohm_house house;
    ohm_linky linky;
    ohm_sim_end *end;
    ohm_meter *meter;
    ohm_meter_config config;
    int frames;
    ohm_frame frame;
    uint8_t bytes[FRAME_MAX + 1];
    size_t len;
} world;

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

static world *begin(ohm_sim_line line, const char *protocol, ohm_tic_mode mode)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->pulse), 0);
    assert_int_equal(uv_timer_start(&w->pulse, pulse, 1, 1), 0);
    uv_unref((uv_handle_t *)&w->pulse);
    ohm_tz_utc(&w->utc);
    ohm_house_init(&w->house, 7, noon_ms - OHM_HOUR_MS);
    ohm_house_step(&w->house, &w->utc, noon_ms, fed);
    ohm_linky_init(&w->linky);
    w->linky.mode = mode;
    w->linky.power_kva = 36;
    w->config = (ohm_meter_config){ .device = 3, .retry_ms_min = 2, .hunt_ms = HUNT_MS };
    (void)snprintf(w->config.protocol, sizeof w->config.protocol, "%s", protocol);
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    (void)snprintf(w->config.address, sizeof w->config.address, "%s", ohm_sim_end_address(w->end));
    return w;
}

static void open_meter(world *w)
{
    const ohm_meter_hooks hooks = { .on_frame = on_frame, .utc_now = utc_now, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &w->config, &hooks, NULL, 0, &w->meter);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
}

static void turn(world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void end(world *w)
{
    ohm_meter_stop(w->meter);
    ohm_sim_end_close(w->end);
    uv_close((uv_handle_t *)&w->pulse, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

static uint64_t bytes_read(const world *w)
{
    return ohm_meter_status_of(w->meter)->counters.bytes;
}

static void send_bytes(world *w, const uint8_t *bytes, size_t len)
{
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of(bytes, len)), OHM_OK);
}

/* Junk first: proves that the line is through. */
static void wait_until_read(world *w)
{
    while (bytes_read(w) == 0) {
        send_bytes(w, (const uint8_t *)"\x55", 1);
        turn(w);
    }
}

/* What the meter says now. */
static void speak(world *w)
{
    ohm_writer out = ohm_writer_over(w->bytes, FRAME_MAX);
    assert_int_equal(ohm_linky_push(&w->linky, &w->house, &w->utc, &out), OHM_OK);
    w->len = out.len;
}

static void live_on(world *w)
{
    ohm_house_step(&w->house, &w->utc, w->house.time_ms + STEP_MS, fed);
    speak(w);
}

static void send_and_wait(world *w, const uint8_t *bytes, size_t len)
{
    uint64_t before = bytes_read(w);
    send_bytes(w, bytes, len);
    while (bytes_read(w) < before + len)
        turn(w);
}

static bool find(const ohm_frame *frame, ohm_quantity_id id, int64_t *out)
{
    for (int i = 0; i < frame->count; i++) {
        if (frame->values[i].quantity != id)
            continue;
        *out = frame->values[i].value;
        return true;
    }
    return false;
}

static int64_t value_of(const ohm_frame *frame, ohm_quantity_id id)
{
    int64_t value = 0;
    if (!find(frame, id, &value))
        fail_msg("%s is missing", ohm_quantity_get(id)->name);
    return value;
}

static void a_clean_line(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        ohm_tic_mode mode = i & 4 ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC;
        world *w = begin(i & 1 ? OHM_SIM_TCP : OHM_SIM_PTY, i & 2 ? "auto" : "tic", mode);
        w->linky.three_phase = i & 1;
        open_meter(w);
        wait_until_read(w);
        for (int n = 1; n <= 3; n++) {
            live_on(w);
            send_and_wait(w, w->bytes, w->len);
            assert_int_equal(w->frames, n);
            assert_int_equal(w->frame.device, 3);
            int64_t import_wh = ohm_house_wh(w->house.import_mj);
            assert_in_range(value_of(&w->frame, OHM_Q_ENERGY_IMPORT), import_wh - 2, import_wh);
        }
        const ohm_meter_status *s = ohm_meter_status_of(w->meter);
        assert_string_equal(s->protocol, "tic");
        assert_string_equal(s->meter_id, w->linky.id);
        assert_int_equal(s->state, OHM_METER_OK);
        assert_int_equal(s->counters.frames, 3);
        end(w);
    }
}

/* The readings of the present frame, without a line between. */
static void read_here(const world *w, ohm_frame *out)
{
    static ohm_tic decoder;
    const ohm_tic_config config = { .events = false };
    const ohm_tic_message *m = NULL;
    ohm_tic_reject reject;
    ohm_span in = ohm_span_of(w->bytes, w->len);
    ohm_tic_init(&decoder, &config);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    ohm_tic_readings(m, 3, 0, out);
}

/* A flipped bit, a lost byte, a byte too many: whatever comes of a damaged frame is what the
 * meter said, and the next frame is read whole. */
static void a_bad_line(void **state)
{
    (void)state;
    enum { TRIES = 90 };
    for (int standard = 0; standard < 2; standard++) {
        world *w = begin(OHM_SIM_PTY, "tic", standard ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC);
        open_meter(w);
        wait_until_read(w);
        for (int n = 0; n < TRIES; n++) {
            ohm_frame good;
            uint8_t bad[FRAME_MAX + 1];
            live_on(w);
            read_here(w, &good);
            size_t at = 1 + (size_t)n * (w->len - 3) / TRIES, len = w->len;
            memcpy(bad, w->bytes, len);
            if (n % 3 == 0) {
                bad[at] ^= 0x14;
            } else if (n % 3 == 1) {
                memmove(bad + at, bad + at + 1, len - at - 1);
                len--;
            } else {
                memmove(bad + at + 1, bad + at, len - at);
                bad[at] = 0x44;
                len++;
            }
            send_and_wait(w, bad, len);
            for (int i = 0; i < w->frame.count; i++) {
                const ohm_value *v = &w->frame.values[i];
                if (v->value != value_of(&good, (ohm_quantity_id)v->quantity))
                    fail_msg("damage at %zu: %s", at,
                             ohm_quantity_get((ohm_quantity_id)v->quantity)->name);
            }
            send_and_wait(w, w->bytes, w->len);
            assert_int_equal(w->frame.count, good.count);
        }
        end(w);
    }
}

/* A pseudo-terminal that makes noise for who has set another speed: the driver finds the mode's
 * own, and finds it again when the supplier changes the mode. */
static void the_speed_is_found(void **state)
{
    (void)state;
    static const char *const protocols[] = { "tic", "auto" };
    for (size_t p = 0; p < 2; p++) {
        world *w = begin(OHM_SIM_PTY, protocols[p], OHM_TIC_STANDARD);
        ohm_sim_end_speak_at(w->end, 9600);
        open_meter(w);
        for (int mode = 0; mode < 2; mode++) {
            w->frames = 0;
            while (w->frames < 3) {
                live_on(w);
                (void)!ohm_sim_end_send(w->end, ohm_span_of(w->bytes, w->len));
                turn(w);
            }
            assert_int_equal(ohm_meter_status_of(w->meter)->state, OHM_METER_OK);
            w->linky.mode = OHM_TIC_HISTORIC;
            ohm_sim_end_speak_at(w->end, 1200);
        }
        end(w);
    }
}

/* What is configured is not tried anew. */
static void a_configured_speed_stays(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY, "tic", OHM_TIC_STANDARD);
    ohm_sim_end_speak_at(w->end, 9600);
    w->config.baud = 1200;
    memcpy(w->config.framing, "7E1", 4);
    open_meter(w);
    speak(w);
    uint64_t start_ms = uv_now(&w->loop);
    while (bytes_read(w) < 20 * w->len || uv_now(&w->loop) - start_ms < 10 * HUNT_MS) {
        (void)!ohm_sim_end_send(w->end, ohm_span_of(w->bytes, w->len));
        turn(w);
    }
    assert_int_equal(w->frames, 0);
    end(w);
}

/* Before the frame is over. */
static void an_overrun_comes_at_once(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY, "tic", OHM_TIC_HISTORIC);
    w->linky.power_kva = 3;
    open_meter(w);
    wait_until_read(w);
    w->house.phase_w[0] = w->house.phase_w[1] = 3000;
    speak(w);
    const uint8_t *adps = memmem(w->bytes, w->len, "ADPS", 4);
    assert_non_null(adps);
    size_t len = (size_t)(adps - w->bytes) + sizeof "ADPS 027 C\r" - 1;
    send_and_wait(w, w->bytes, len);
    assert_int_equal(w->frames, 1);
    assert_int_equal(w->frame.count, 1);
    assert_int_equal(value_of(&w->frame, OHM_Q_OVERRUN), 1);
    send_and_wait(w, w->bytes + len, w->len - len);
    assert_int_equal(w->frames, 2);
    assert_int_equal(value_of(&w->frame, OHM_Q_OVERRUN), 1);
    w->house.phase_w[0] = w->house.phase_w[1] = 300;
    speak(w);
    send_and_wait(w, w->bytes, w->len);
    assert_int_equal(value_of(&w->frame, OHM_Q_OVERRUN), 0);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_line),
        cmocka_unit_test(a_bad_line),
        cmocka_unit_test(the_speed_is_found),
        cmocka_unit_test(a_configured_speed_stays),
        cmocka_unit_test(an_overrun_comes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
