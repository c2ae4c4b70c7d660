/* A source that publishes on a broker: "mqtt://host[:port]/topic". */
#include <stdio.h>

#include "meter/meter_payload.h"

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    ohm_meter *m = ctx;
    for (int i = 0; i < m->payload->parts_count && !m->stopped; i++) {
        const ohm_payload_part *part = &m->payload->parts[i];
        if (ohm_mqtt_covers(part->topic, message->topic))
            ohm_meter_payload_take(m, part, message->topic, message->payload, message->retained);
    }
}

static void on_up(void *ctx)
{
    ohm_meter_line_up(ctx);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_meter_line_down(ctx, was_up, why);
}

/* The broker may have been there before. */
static void look(ohm_meter *m)
{
    if (!m->health.up && ohm_broker_is_up(&m->payload->member))
        ohm_meter_line_up(m);
}

static ohm_err start(ohm_meter *m, const ohm_meter_config *config, const ohm_link_config *link,
                     const ohm_protocol_config *protocol)
{
    ohm_mqtt_config broker = { .password = protocol->password };
    const char *topic = "";
    (void)link;
    OHM_TRY(ohm_mqtt_address_parse(config->address, &broker.address, &topic));
    broker.user = config->payload ? config->payload->user : NULL;
    OHM_TRY(ohm_meter_payload_new(m, config, ohm_meter_row(config), topic + 1));
    ohm_broker_member *member = &m->payload->member;
    for (int i = 0; i < m->payload->parts_count; i++)
        member->filters[i] = m->payload->parts[i].topic;
    member->on_message = on_message;
    member->on_up = on_up;
    member->on_down = on_down;
    member->ctx = m;
    return ohm_broker_join(m->loop, ohm_ports_brokers(config->ports), &broker, member);
}

static void stop(ohm_meter *m)
{
    ohm_broker_leave(&m->payload->member);
}

const ohm_meter_way ohm_meter_mqtt = { start, stop, ohm_meter_payload_free, ohm_meter_payload_count,
                                       look };
