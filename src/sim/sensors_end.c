#include "sim/sensors_end.h"

#include <stdlib.h>
#include <uv.h>

struct ohm_sim_sensors_end {
    ohm_sim_sensors_options options;
    ohm_sim_sensors sensors;
    ohm_mqtt *mqtt;
    uv_timer_t timer;
    bool up, closed;
    uint64_t published, rounds;
};

/* A message that finds no room is lost, as a sensor's is. */
static void publish_round(uv_timer_t *timer)
{
    ohm_sim_sensors_end *end = timer->data;
    ohm_sim_message message;
    ohm_ms now_ms = end->options.utc_now(end->options.ctx);
    if (!end->up)
        return;
    if (now_ms > end->sensors.house.time_ms)
        ohm_sim_sensors_step(&end->sensors, end->options.tz, now_ms);
    for (size_t i = 0; ohm_sim_sensors_say(&end->sensors, i, &message); i++)
        if (ohm_mqtt_publish(end->mqtt, message.topic, ohm_span_of(message.payload, message.len),
                             false) == OHM_OK)
            end->published++;
    end->rounds++;
    if (end->rounds != end->options.rounds)
        return;
    (void)uv_timer_stop(&end->timer);
    if (end->options.on_done)
        end->options.on_done(end->options.ctx);
}

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    (void)ctx;
    (void)message;
}

static void on_up(void *ctx)
{
    ohm_sim_sensors_end *end = ctx;
    end->up = true;
    end->options.on_up(end->options.ctx);
    (void)uv_timer_start(&end->timer, publish_round, 0, (uint64_t)end->options.every_ms);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_sim_sensors_end *end = ctx;
    end->up = false;
    (void)uv_timer_stop(&end->timer);
    end->options.on_down(end->options.ctx, was_up, why);
}

static void timer_gone(uv_handle_t *timer)
{
    free(timer->data);
}

ohm_err ohm_sim_sensors_open(struct uv_loop_s *loop, const ohm_sim_sensors_options *options,
                             ohm_sim_sensors_end **ret_end)
{
    ohm_sim_sensors_end *end = calloc(1, sizeof *end);
    if (!end)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    end->options = *options;
    end->options.broker = NULL; /* the client has its own copy */
    ohm_ms start_ms = options->utc_now(options->ctx);
    ohm_sim_sensors_init(&end->sensors, options->seed, start_ms);
    ohm_sim_sensors_step(&end->sensors, options->tz, start_ms);
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, end };
    ohm_err err = ohm_mqtt_open(loop, options->broker, &hooks, &end->mqtt);
    if (ohm_failed(err)) {
        free(end);
        return err;
    }
    (void)uv_timer_init(loop, &end->timer);
    end->timer.data = end;
    *ret_end = end;
    return ohm_ok();
}

void ohm_sim_sensors_close(ohm_sim_sensors_end *end)
{
    if (!end || end->closed)
        return;
    end->closed = true;
    ohm_mqtt_close(end->mqtt);
    uv_close((uv_handle_t *)&end->timer, timer_gone);
}

uint64_t ohm_sim_sensors_published(const ohm_sim_sensors_end *end)
{
    return end->published;
}
