/* Devices that are asked and talk nonsense, each through a whole meter: a state, never an end of
 * the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <uv.h>

#include <cmocka.h>

#include "meter/meter.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonsense_is_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
