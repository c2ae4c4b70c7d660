/* Devices that are asked and talk nonsense, each through a whole meter: a state, never an end of
 * the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <uv.h>

#include <cmocka.h>

#include "meter/meter.h"
#include "sim/cosem_server.h"
#include "sim/ends.h"

typedef struct world {
    uv_loop_t loop;
    ohm_sim_end *end;
    const char *const *says; /* what follows each request; the last for ever */
    int frames;
} world;

static void on_request(void *ctx, ohm_span bytes)
{
    world *w = ctx;
    (void)bytes;
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_text(*w->says)), OHM_OK);
    if (w->says[1])
        w->says++;
}

static void on_frame(void *ctx, const ohm_frame *frame)
{
    (void)frame;
    ((world *)ctx)->frames++;
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return 1795176000000;
}

static ohm_meter_state listen_to(world *w, const char *protocol, const char *profile)
{
    ohm_meter *meter = NULL;
    ohm_meter_config config = { .every_ms = 60000, .retry_ms_min = 2 };
    const ohm_meter_hooks hooks = { .on_frame = on_frame, .utc_now = utc_now, .ctx = w };
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_TCP, 0, &w->end).code, OHM_OK);
    assert_int_equal(ohm_sim_end_listen(w->end, on_request, w).code, OHM_OK);
    (void)snprintf(config.protocol, sizeof config.protocol, "%s", protocol);
    (void)snprintf(config.profile, sizeof config.profile, "%s", profile);
    (void)snprintf(config.address, sizeof config.address, "%s", ohm_sim_end_address(w->end));
    ohm_err err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &meter);
    if (ohm_failed(err))
        fail_msg("%s: %s", protocol, err.what);
    while (ohm_meter_status_of(meter)->state == OHM_METER_STARTING)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    ohm_meter_state state = ohm_meter_status_of(meter)->state;
    ohm_meter_stop(meter);
    ohm_sim_end_close(w->end);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    return state;
}

static void nonsense_is_a_state(void **state)
{
    (void)state;
    static const char *const http[] = { "HTTP/1.0 400 Bad Request\r\n\r\n", NULL };
    static const char *const damaged[] = {
        "/LGZ5ZMD1\r\n",
        "\x02"
        "1.8.0(1*kWh)\r\n!\r\n\x03\x7f",
        NULL,
    };
    static const struct {
        const char *why, *protocol, *profile;
        const char *const *says;
    } rows[] = {
        { "the port of a web server", "modbus", "sdm630", http },
        { "three readouts with a wrong block check", "d0", "", damaged },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world w = { .says = rows[i].says };
        ohm_meter_state got = listen_to(&w, rows[i].protocol, rows[i].profile);
        if (got != OHM_METER_NO_FRAME || w.frames > 0)
            fail_msg("%s: %s", rows[i].why, ohm_meter_state_code(got));
    }
}

/* --- a meter that is read, but not all of it ---------------------------------------------------
 */

static ohm_cosem_server cosem;

static void on_question(void *ctx, ohm_span bytes)
{
    static uint8_t answer[4 * OHM_COSEM_SERVER_APDU_MAX];
    ohm_writer out = ohm_writer_over(answer, sizeof answer);
    const world *w = ctx;
    ohm_cosem_server_input(&cosem, bytes, &out);
    if (out.len > 0)
        assert_int_equal(ohm_sim_end_send(w->end, ohm_writer_span(&out)), OHM_OK);
}

static const char *lacked;

static void on_lack(void *ctx, uint16_t device, const char *why)
{
    (void)ctx;
    (void)device;
    lacked = why;
}

static void parts_that_do_not_come(void **state)
{
    (void)state;
    static const struct {
        unsigned ways;
        ohm_meter_state want;
    } rows[] = {
        { OHM_SERVER_DENIES, OHM_METER_NO_PROFILE },
        { OHM_SERVER_HANGS, OHM_METER_PARTLY },
        { 0, OHM_METER_OK },
    };
    world w = { .frames = 0 };
    ohm_meter *meter = NULL;
    ohm_meter_config config = {
        .every_ms = 50,
        .retry_ms_min = 2,
        .protocol = "cosem",
        .settings = "client=1 timeout-ms=300 read=1-0:1.8.0 profile=1-0:99.1.0",
    };
    const ohm_meter_hooks hooks = {
        .on_frame = on_frame, .on_lack = on_lack, .utc_now = utc_now, .ctx = &w
    };
    ohm_cosem_server_init(&cosem);
    cosem.line = OHM_SERVER_WRAPPER;
    cosem.time_ms = utc_now(NULL);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    assert_int_equal(ohm_sim_end_open(&w.loop, OHM_SIM_TCP, 0, &w.end).code, OHM_OK);
    assert_int_equal(ohm_sim_end_listen(w.end, on_question, &w).code, OHM_OK);
    (void)snprintf(config.address, sizeof config.address, "%s", ohm_sim_end_address(w.end));
    assert_false(ohm_failed(ohm_meter_start(&w.loop, &config, &hooks, NULL, 0, &meter)));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cosem.ways = rows[i].ways;
        lacked = NULL;
        while (ohm_meter_status_of(meter)->state != rows[i].want)
            (void)uv_run(&w.loop, UV_RUN_ONCE);
        assert_true(w.frames > 0); /* what it is now, comes */
        assert_true(rows[i].want == OHM_METER_OK || lacked);
    }
    ohm_meter_stop(meter);
    ohm_sim_end_close(w.end);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w.loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonsense_is_a_state),
        cmocka_unit_test(parts_that_do_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
