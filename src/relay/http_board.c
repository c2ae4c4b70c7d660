/* Switches that answer URLs, each at an address of its own.
 *
 * An order is confirmed by asking where the coil is afterwards: what the answer to the order itself
 * says is what was understood, not what was done. One question at a time is on its way to a
 * channel; a newer one takes its place, so that no order of old comes behind it.
 *
 * Dead-man: an energised relay lets go by itself when nobody has said "on" for deadman_ms; we say
 * it again three times as often. No password goes along: these devices have no TLS. */
#include <stdlib.h>
#include <uv.h>

#include "host/clock.h"
#include "link/http.h"
#include "relay/board.h"
#include "relay/http_dialect.h"

enum {
    TIMEOUT_MS = 1800, /* less than until the board asks again */
    BODY_MAX = 4096,
    RENEWALS = 3,
};

typedef enum purpose { ASK, ORDER, PREPARE } purpose;

typedef struct http_board http_board;

typedef struct http_switch {
    http_board *owner;
    uint64_t request; /* 0: none is on its way */
    purpose purpose;
    bool prepared;
    bool coil;
} http_switch;

struct http_board {
    ohm_board *board;
    const ohm_http_dialect *dialect;
    ohm_http *http;
    uv_poll_t poll;
    uv_timer_t timer;
    http_switch switches[OHM_RELAY_NAMES_MAX];
};

static ohm_http_switch call_of(const http_board *h, uint8_t channel)
{
    const ohm_board_config *c = &h->board->config;
    return (ohm_http_switch){
        .name = c->names[channel],
        .deadman_s = c->deadman_ms / OHM_SECOND_MS,
        .on = c->on_url,
        .off = c->off_url,
        .state = c->state_url,
        .pointer = c->pointer,
    };
}

static void done(void *ctx, const ohm_http_response *response);

/* What can't be sent now is asked again by the board. */
static void get(http_board *h, uint8_t channel, purpose why, const char *url)
{
    http_switch *s = &h->switches[channel];
    const ohm_http_request request = {
        .url = url,
        .timeout_ms = TIMEOUT_MS,
        .body_max = BODY_MAX,
        .done = done,
        .ctx = s,
    };
    if (s->request)
        ohm_http_cancel(h->http, s->request);
    s->purpose = why;
    if (ohm_http_send(h->http, &request, &s->request) != OHM_OK)
        s->request = 0;
}

static void ask(http_board *h, uint8_t channel)
{
    char url[OHM_HTTP_SWITCH_URL_MAX];
    const ohm_http_switch call = call_of(h, channel);
    if (h->dialect->ask(&call, url) == OHM_OK)
        get(h, channel, ASK, url);
}

static void order(http_board *h, uint8_t channel, bool coil)
{
    char url[OHM_HTTP_SWITCH_URL_MAX];
    http_switch *s = &h->switches[channel];
    const ohm_http_switch call = call_of(h, channel);
    s->coil = coil;
    if (h->dialect->prepare && !s->prepared && h->dialect->prepare(&call, url) == OHM_OK)
        get(h, channel, PREPARE, url);
    else if (h->dialect->set(&call, coil, url) == OHM_OK)
        get(h, channel, ORDER, url);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void answered(http_board *h, uint8_t channel, const ohm_http_response *response)
{
    http_switch *s = &h->switches[channel];
    const ohm_http_switch call = call_of(h, channel);
    bool on = false;
    switch (s->purpose) {
    case PREPARE:
        s->prepared = true;
        order(h, channel, s->coil);
        break;
    case ORDER:
        ask(h, channel);
        break;
    case ASK:
        if (h->dialect->read(&call, response->body, &on))
            ohm_board_echo(h->board, channel, on, ohm_clock_mono());
        break;
    }
}

/* Silence is the board's to judge: it asks again, and gives up in the end. */
static void done(void *ctx, const ohm_http_response *response)
{
    http_switch *s = ctx;
    http_board *h = s->owner;
    uint8_t channel = (uint8_t)(s - h->switches);
    s->request = 0;
    if (response->result != OHM_HTTP_ANSWERED) {
        s->prepared = false; /* it may have lost its settings with its power */
        return;
    }
    if (response->status == 200)
        answered(h, channel, response);
    else if (s->purpose != ASK)
        ohm_board_refused(h->board, channel, ohm_clock_mono());
}

static void readable(uv_poll_t *poll, int status, int events)
{
    http_board *h = poll->data;
    (void)status;
    (void)events;
    ohm_http_dispatch(h->http);
}

/* What is on, as it says and as it should be, is told so again, lest the switch lets go. */
static void on_timer(uv_timer_t *timer)
{
    http_board *h = timer->data;
    for (uint8_t i = 0; i < h->board->config.channels_count; i++) {
        const ohm_board_channel *c = &h->board->channels[i];
        if (c->known && c->coil && !c->pending && !c->waits)
            order(h, i, true);
    }
}

/* --- the driver ---------------------------------------------------------------------------------
 */

static ohm_err http_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)ret_coil;
    ask(board->state, channel);
    return ohm_fail(OHM_MORE, 0, "it is asked");
}

static ohm_err http_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    order(board->state, channel, coil);
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static void timer_gone(uv_handle_t *timer)
{
    http_board *h = timer->data;
    ohm_http_free(h->http);
    free(h);
}

static void poll_gone(uv_handle_t *poll)
{
    http_board *h = poll->data;
    uv_close((uv_handle_t *)&h->timer, timer_gone);
}

static void http_close(ohm_board *board)
{
    http_board *h = board->state;
    if (!h)
        return;
    for (uint8_t i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        if (h->switches[i].request)
            ohm_http_cancel(h->http, h->switches[i].request);
    (void)uv_timer_stop(&h->timer);
    uv_close((uv_handle_t *)&h->poll, poll_gone);
    board->state = NULL;
}

static ohm_err http_open(ohm_board *board)
{
    http_board *h = calloc(1, sizeof *h);
    if (!h)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    h->board = board;
    h->dialect = ohm_http_dialect_find(board->config.driver->name);
    assert(h->dialect);
    const char *ca_file = board->config.ca_file[0] ? board->config.ca_file : NULL;
    ohm_err err = ohm_http_new(ca_file, &h->http);
    if (ohm_failed(err)) {
        free(h);
        return err;
    }
    for (uint8_t i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        h->switches[i].owner = h;
    int result = uv_poll_init(board->config.loop, &h->poll, ohm_http_fd(h->http));
    assert(result == 0); /* an eventfd is always good for it */
    (void)result;
    (void)uv_timer_init(board->config.loop, &h->timer);
    h->poll.data = h->timer.data = h;
    (void)uv_poll_start(&h->poll, UV_READABLE, readable);
    if (board->config.deadman_ms > 0 && h->dialect->lets_go) {
        uint64_t every_ms = (uint64_t)board->config.deadman_ms / RENEWALS;
        (void)uv_timer_start(&h->timer, on_timer, every_ms, every_ms);
    }
    board->state = h;
    return ohm_ok();
}

#define SWITCHES(text)                                                                             \
    {                                                                                              \
        .name = text, .channels = OHM_RELAY_NAMES_MAX, .operation_min_ms = 3000,                   \
        .operations_per_minute_max = 20, .echo_ms = 2000, .stale_ms = 30000, .open = http_open,    \
        .read = http_read, .set = http_set, .close = http_close                                    \
    }

const ohm_board_driver ohm_board_shelly_http = SWITCHES("shelly-http");
const ohm_board_driver ohm_board_shelly1_http = SWITCHES("shelly1-http");
const ohm_board_driver ohm_board_tasmota_http = SWITCHES("tasmota-http");
const ohm_board_driver ohm_board_http = SWITCHES("http");
