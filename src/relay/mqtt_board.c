/* Switches behind an MQTT broker: a channel is one relay of one device, named in the configuration.
 *
 * Orders are published at most once and never retained: a broker that kept one, or delivered it
 * after an outage, would switch a load long after the reason was gone. What makes them sure is the
 * echo: without it the board asks for the same state again, three times, and then says that the
 * relay failed. A state that the broker retained says nothing about now.
 *
 * Dead-man: an energised relay lets go by itself when nobody has said "on" for deadman_ms; we say
 * it again three times as often. The process may die, the broker too: the load is then fed. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "host/clock.h"
#include "link/mqtt.h"
#include "relay/board.h"
#include "relay/switch_dialect.h"

enum { RENEWALS = 3 };

typedef struct mqtt_switch {
    ohm_switch_name name;
    uint32_t id; /* of its last call */
} mqtt_switch;

typedef struct mqtt_board {
    ohm_board *board;
    const ohm_switch_dialect *dialect;
    ohm_mqtt *mqtt;
    uv_timer_t timer;
    char base[OHM_RELAY_TEXT_MAX];
    uint32_t calls;
    mqtt_switch switches[OHM_RELAY_NAMES_MAX];
} mqtt_board;

static ohm_switch_call call_of(const mqtt_board *m, uint8_t channel)
{
    return (ohm_switch_call){
        .name = &m->switches[channel].name,
        .base = m->base,
        .id = m->switches[channel].id,
        .deadman_s = m->board->config.deadman_ms / OHM_SECOND_MS,
    };
}

static ohm_switch_call next_call(mqtt_board *m, uint8_t channel)
{
    m->switches[channel].id = ++m->calls;
    return call_of(m, channel);
}

/* What can't be published now is asked again by the board. */
static void publish(mqtt_board *m, const ohm_switch_message *message)
{
    ohm_code code =
        ohm_mqtt_publish(m->mqtt, message->topic, ohm_span_text(message->payload), false);
    (void)code;
}

static void ask(mqtt_board *m, uint8_t channel)
{
    ohm_switch_message message;
    const ohm_switch_call call = next_call(m, channel);
    m->dialect->ask(&call, &message);
    publish(m, &message);
}

static void order(mqtt_board *m, uint8_t channel, bool on)
{
    ohm_switch_message message;
    const ohm_switch_call call = next_call(m, channel);
    m->dialect->set(&call, on, &message);
    publish(m, &message);
}

static void prepare(mqtt_board *m, uint8_t channel)
{
    ohm_switch_message message;
    if (!m->dialect->prepare)
        return;
    const ohm_switch_call call = next_call(m, channel);
    m->dialect->prepare(&call, &message);
    publish(m, &message);
}

/* --- what comes --------------------------------------------------------------------------------
 */

static void here(mqtt_board *m, uint8_t channel)
{
    prepare(m, channel);
    ohm_board_found(m->board, channel, ohm_clock_mono());
}

static void take(mqtt_board *m, uint8_t channel, const ohm_mqtt_message *message)
{
    const ohm_switch_call call = call_of(m, channel);
    ohm_switch_said said = m->dialect->read(&call, message->topic, message->payload);
    bool presence = said.kind == OHM_SWITCH_AWAY || said.kind == OHM_SWITCH_HERE;
    if (message->retained && !presence)
        return; /* nobody knows how old it is */
    switch (said.kind) {
    case OHM_SWITCH_STATE:
        ohm_board_echo(m->board, channel, said.on, ohm_clock_mono());
        break;
    case OHM_SWITCH_DONE:
        ask(m, channel);
        break;
    case OHM_SWITCH_REFUSED:
        ohm_board_refused(m->board, channel, ohm_clock_mono());
        break;
    case OHM_SWITCH_AWAY:
        ohm_board_lost(m->board, channel);
        break;
    case OHM_SWITCH_HERE:
        here(m, channel);
        break;
    case OHM_SWITCH_NOTHING:
        break;
    }
}

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    mqtt_board *m = ctx;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++)
        if (m->switches[i].name.device[0])
            take(m, i, message);
}

static void on_up(void *ctx)
{
    mqtt_board *m = ctx;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++)
        if (m->switches[i].name.device[0]) {
            prepare(m, i);
            ohm_board_found(m->board, i, ohm_clock_mono());
        }
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    mqtt_board *m = ctx;
    (void)was_up;
    (void)why;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++)
        ohm_board_lost(m->board, i);
}

/* What is on, as it says and as it should be, is told so again, lest the switch lets go. */
static void on_timer(uv_timer_t *timer)
{
    mqtt_board *m = timer->data;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++) {
        const ohm_board_channel *c = &m->board->channels[i];
        if (c->known && c->coil && !c->pending && !c->waits)
            order(m, i, true);
    }
}

/* --- the driver --------------------------------------------------------------------------------
 */

static ohm_err mqtt_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)ret_coil;
    ask(board->state, channel);
    return ohm_fail(OHM_MORE, 0, "it is asked");
}

static ohm_err mqtt_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    mqtt_board *m = board->state;
    order(m, channel, coil);
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static void free_later(uv_handle_t *timer)
{
    free(timer->data);
}

static void mqtt_close(ohm_board *board)
{
    mqtt_board *m = board->state;
    if (!m)
        return;
    ohm_mqtt_close(m->mqtt);
    uv_close((uv_handle_t *)&m->timer, free_later);
    board->state = NULL;
}

static ohm_err subscribe(mqtt_board *m)
{
    for (uint8_t i = 0; i < m->board->config.channels_count; i++) {
        char filter[OHM_SWITCH_TOPIC_MAX];
        const ohm_switch_call call = call_of(m, i);
        if (!m->switches[i].name.device[0])
            continue;
        for (int n = 0; n < OHM_SWITCH_FILTERS && m->dialect->filter(&call, n, filter); n++)
            if (ohm_mqtt_subscribe(m->mqtt, filter) != OHM_OK)
                return ohm_fail(OHM_BAD_FORMAT, i, "a channel's name makes no topic");
    }
    return ohm_ok();
}

static ohm_err read_names(mqtt_board *m)
{
    const ohm_board_config *c = &m->board->config;
    for (uint8_t i = 0; i < c->channels_count; i++)
        if (c->names[i][0] && ohm_switch_name_parse(c->names[i], &m->switches[i].name) != OHM_OK)
            return ohm_fail(OHM_BAD_FORMAT, i, "a channel's name is a device, or device:part");
    return ohm_ok();
}

/* The base topic is Zigbee2MQTT's own; with others it is where their answers come. */
static ohm_err read_port(mqtt_board *m, ohm_mqtt_config *out)
{
    const ohm_board_config *c = &m->board->config;
    const char *rest;
    OHM_TRY(ohm_mqtt_address_parse(c->port, &out->address, &rest));
    if (*rest == '/' && rest[1])
        (void)snprintf(m->base, sizeof m->base, "%s", rest + 1);
    else if (m->dialect == &ohm_switch_zigbee2mqtt)
        (void)snprintf(m->base, sizeof m->base, "zigbee2mqtt");
    else
        (void)snprintf(m->base, sizeof m->base, "ohmstead/%s", c->id);
    out->user = c->user[0] ? c->user : NULL;
    out->password = c->password[0] ? c->password : NULL;
    out->ca_file = c->ca_file[0] ? c->ca_file : NULL;
    return ohm_ok();
}

static ohm_err start(mqtt_board *m)
{
    ohm_mqtt_config config = { .user = NULL };
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, m };
    OHM_TRY(read_names(m));
    OHM_TRY(read_port(m, &config));
    OHM_TRY(ohm_mqtt_open(m->board->config.loop, &config, &hooks, &m->mqtt));
    ohm_err err = subscribe(m);
    if (ohm_failed(err))
        ohm_mqtt_close(m->mqtt);
    return err;
}

static ohm_err open_as(ohm_board *board, const ohm_switch_dialect *dialect)
{
    mqtt_board *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->board = board;
    m->dialect = dialect;
    ohm_err err = start(m);
    if (ohm_failed(err)) {
        free(m);
        return err;
    }
    (void)uv_timer_init(board->config.loop, &m->timer);
    m->timer.data = m;
    if (board->config.deadman_ms > 0) {
        uint64_t every_ms = (uint64_t)board->config.deadman_ms / RENEWALS;
        (void)uv_timer_start(&m->timer, on_timer, every_ms, every_ms);
    }
    board->state = m;
    return ohm_ok();
}

static ohm_err open_shelly(ohm_board *board)
{
    return open_as(board, &ohm_switch_shelly);
}

static ohm_err open_tasmota(ohm_board *board)
{
    return open_as(board, &ohm_switch_tasmota);
}

static ohm_err open_zigbee2mqtt(ohm_board *board)
{
    return open_as(board, &ohm_switch_zigbee2mqtt);
}

#define SWITCHES(text, opener)                                                                     \
    {                                                                                              \
        .name = text, .channels = OHM_RELAY_NAMES_MAX, .operation_min_ms = 3000,                   \
        .operations_per_minute_max = 20, .echo_ms = 2000, .stale_ms = 60000, .open = opener,       \
        .read = mqtt_read, .set = mqtt_set, .close = mqtt_close                                    \
    }

const ohm_board_driver ohm_board_shelly = SWITCHES("shelly", open_shelly);
const ohm_board_driver ohm_board_tasmota = SWITCHES("tasmota", open_tasmota);
const ohm_board_driver ohm_board_zigbee2mqtt = SWITCHES("zigbee2mqtt", open_zigbee2mqtt);
