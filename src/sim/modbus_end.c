#include "sim/modbus_end.h"

#include <stdlib.h>
#include <uv.h>

struct ohm_sim_modbus_end {
    ohm_sim_end *line;
    ohm_sim_modbus *bus;
    uv_timer_t timer; /* until `answer` begins */
    ohm_sim_modbus_answer answer;
};

static void say(uv_timer_t *timer)
{
    ohm_sim_modbus_end *end = timer->data;
    if (ohm_sim_end_send(end->line, ohm_span_of(end->answer.bytes, end->answer.len)) != OHM_OK)
        return; /* a line that is busy with older answers loses this one, as a real one would */
}

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_sim_modbus_end *end = ctx;
    while (bytes.len > 0)
        if (ohm_sim_modbus_take(end->bus, &bytes, &end->answer))
            (void)uv_timer_start(&end->timer, say, end->answer.delay_ms, 0);
}

ohm_err ohm_sim_modbus_end_open(uv_loop_t *loop, ohm_sim_line line, uint32_t baud,
                                ohm_sim_modbus *bus, ohm_sim_modbus_end **ret_end)
{
    ohm_sim_modbus_end *end = calloc(1, sizeof *end);
    if (!end)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    end->bus = bus;
    ohm_err err = ohm_sim_end_open(loop, line, baud, &end->line);
    if (!ohm_failed(err))
        err = ohm_sim_end_listen(end->line, on_bytes, end);
    if (ohm_failed(err)) {
        ohm_sim_end_close(end->line);
        free(end);
        return err;
    }
    (void)uv_timer_init(loop, &end->timer);
    end->timer.data = end;
    *ret_end = end;
    return ohm_ok();
}

const char *ohm_sim_modbus_end_address(const ohm_sim_modbus_end *end)
{
    return ohm_sim_end_address(end->line);
}

static void gone(uv_handle_t *timer)
{
    free(timer->data);
}

void ohm_sim_modbus_end_close(ohm_sim_modbus_end *end)
{
    if (!end)
        return;
    ohm_sim_end_close(end->line);
    uv_close((uv_handle_t *)&end->timer, gone);
}
