/* Modules behind an MQTT broker that take a level: a setpoint, or the order of a pilot wire.
 *
 * As with switches (mqtt_board.c) orders are published at most once and never retained; where the
 * configuration says on which topic the module tells what it is at, that is the echo, else an order
 * is believed once it is published. A state that the broker retained says nothing about now.
 *
 * A battery that is left to its inverter's own mode is told `own_payload` once, or nothing: what it
 * says of itself then is its own affair.
 *
 * Dead-man: with `deadman_ms` the level is said again three times as often, for modules that go to
 * a safe one when nobody does. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "host/clock.h"
#include "link/mqtt.h"
#include "relay/board.h"
#include "relay/level_text.h"

enum { RENEWALS = 3 };

typedef struct levels {
    ohm_board *board;
    ohm_mqtt *mqtt;
    uv_timer_t timer;
    bool up;
    char states[OHM_RELAY_NAMES_MAX][OHM_LEVEL_TEXT_MAX]; /* topics of the echoes, "" = none */
} levels;

static ohm_err tell(levels *l, uint8_t channel, int32_t level)
{
    const ohm_board_config *c = &l->board->config;
    const ohm_level_call call = ohm_board_level_call(l->board, channel);
    char topic[OHM_LEVEL_TEXT_MAX], payload[OHM_LEVEL_TEXT_MAX];
    bool own = ohm_level_is_own(&call.form, level);
    if (own && !c->own_payload[0])
        return ohm_ok(); /* its dead-man lets it go */
    if (ohm_level_fill(&call, c->set, level, topic) != OHM_OK ||
        ohm_level_fill(&call, own ? c->own_payload : c->payload, level, payload) != OHM_OK)
        return ohm_fail(OHM_TOO_BIG, channel, "the topic or payload is too long");
    if (!l->up || ohm_mqtt_publish(l->mqtt, topic, ohm_span_text(payload), false) != OHM_OK)
        return ohm_fail(OHM_IO, channel, "the broker is away");
    return ohm_ok();
}

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    levels *l = ctx;
    const ohm_board_config *c = &l->board->config;
    for (uint8_t i = 0; i < c->channels_count && !message->retained; i++) {
        const ohm_board_channel *channel = &l->board->channels[i];
        const ohm_level_call call = ohm_board_level_call(l->board, i);
        int32_t told = channel->waits ? channel->order_coil : channel->coil, level = 0;
        if (l->states[i][0] && strcmp(message->topic, l->states[i]) == 0 &&
            ohm_level_read(&call, c->pointer, message->payload, told, &level))
            ohm_board_echo(l->board, i, ohm_level_is_own(&call.form, told) ? told : level,
                           ohm_clock_mono());
    }
}

static void on_up(void *ctx)
{
    levels *l = ctx;
    l->up = true;
    for (uint8_t i = 0; i < l->board->config.channels_count; i++)
        ohm_board_found(l->board, i, ohm_clock_mono());
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    levels *l = ctx;
    (void)was_up;
    (void)why;
    l->up = false;
    for (uint8_t i = 0; i < l->board->config.channels_count; i++)
        ohm_board_lost(l->board, i);
}

static void on_timer(uv_timer_t *timer)
{
    levels *l = timer->data;
    for (uint8_t i = 0; i < l->board->config.channels_count; i++) {
        const ohm_board_channel *c = &l->board->channels[i];
        const ohm_relay_channel *wired = &l->board->config.channels[i];
        if (wired->load >= 0 && c->known && !c->pending && !c->waits &&
            !ohm_level_is_own(&wired->form, c->coil))
            (void)tell(l, i, c->coil); /* what can't be said now is said at the next turn */
    }
}

/* --- the driver --------------------------------------------------------------------------------
 */

/* Nobody asks such a module: it says by itself what it is at. */
static ohm_err level_read(ohm_board *board, uint8_t channel, int32_t *ret_level)
{
    (void)board;
    (void)channel;
    (void)ret_level;
    return ohm_fail(OHM_UNSUPPORTED, 0, "it is not asked");
}

static ohm_err level_set(ohm_board *board, uint8_t channel, int32_t level)
{
    levels *l = board->state;
    OHM_TRY(tell(l, channel, level));
    bool own = ohm_level_is_own(&board->config.channels[channel].form, level);
    return l->states[channel][0] && !own ? ohm_fail(OHM_MORE, 0, "it is on its way") : ohm_ok();
}

static void free_later(uv_handle_t *timer)
{
    free(timer->data);
}

static void level_close(ohm_board *board)
{
    levels *l = board->state;
    if (!l)
        return;
    ohm_mqtt_close(l->mqtt);
    uv_close((uv_handle_t *)&l->timer, free_later);
    board->state = NULL;
}

static ohm_err subscribe(levels *l)
{
    const ohm_board_config *c = &l->board->config;
    for (uint8_t i = 0; i < c->channels_count && c->state_url[0]; i++) {
        const ohm_level_call call = ohm_board_level_call(l->board, i);
        if (ohm_level_fill(&call, c->state_url, 0, l->states[i]) != OHM_OK ||
            ohm_mqtt_subscribe(l->mqtt, l->states[i]) != OHM_OK)
            return ohm_fail(OHM_BAD_FORMAT, i, "state makes no topic");
    }
    return ohm_ok();
}

static ohm_err start(levels *l)
{
    const ohm_board_config *c = &l->board->config;
    const char *rest;
    ohm_mqtt_config config = { .user = c->user[0] ? c->user : NULL,
                               .password = c->password[0] ? c->password : NULL,
                               .ca_file = c->ca_file[0] ? c->ca_file : NULL };
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, l };
    OHM_TRY(ohm_mqtt_address_parse(c->port, &config.address, &rest));
    OHM_TRY(ohm_mqtt_open(c->loop, &config, &hooks, &l->mqtt));
    ohm_err err = subscribe(l);
    if (ohm_failed(err))
        ohm_mqtt_close(l->mqtt);
    return err;
}

static ohm_err level_open(ohm_board *board)
{
    levels *l = calloc(1, sizeof *l);
    if (!l)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    l->board = board;
    ohm_err err = start(l);
    if (ohm_failed(err)) {
        free(l);
        return err;
    }
    (void)uv_timer_init(board->config.loop, &l->timer);
    l->timer.data = l;
    if (board->config.deadman_ms > 0) {
        uint64_t every_ms = (uint64_t)board->config.deadman_ms / RENEWALS;
        (void)uv_timer_start(&l->timer, on_timer, every_ms, every_ms);
    }
    board->state = l;
    return ohm_ok();
}

const ohm_board_driver ohm_board_mqtt_level = {
    .name = "mqtt-level",
    .channels = OHM_RELAY_NAMES_MAX,
    .operation_min_ms = 1000,
    .operations_per_minute_max = 30,
    .echo_ms = 2000,
    .levels = true,
    .open = level_open,
    .read = level_read,
    .set = level_set,
    .close = level_close,
};
