/* Modules that take a level by HTTP: a setpoint, or the order of a pilot wire. An order is a GET of
 * a URL that has it, or a POST with it in the body; it is confirmed by asking where the module is,
 * if the configuration says how, else by its answer 200.
 *
 * Dead-man: with `deadman_ms` the level is said again three times as often. No password goes along.
 */
#include <stdlib.h>
#include <uv.h>

#include "host/clock.h"
#include "link/http.h"
#include "relay/board.h"
#include "relay/level_text.h"

enum { TIMEOUT_MS = 1800, BODY_MAX = 4096, RENEWALS = 3 };

typedef struct levels levels;

typedef struct level {
    levels *owner;
    uint64_t request; /* 0: none is on its way */
    bool ordered;     /* what is on its way is an order, else a question */
    int32_t told;
} level;

struct levels {
    ohm_board *board;
    ohm_http *http;
    uv_poll_t poll;
    uv_timer_t timer;
    level all[OHM_RELAY_NAMES_MAX];
};

static void done(void *ctx, const ohm_http_response *response);

/* A newer question takes the place of an older one. What can't be sent now is asked again by the
 * board. */
static void call(levels *l, uint8_t channel, bool ordered, const char *url, const char *body)
{
    level *one = &l->all[channel];
    const ohm_http_request request = {
        .url = url,
        .headers = { body ? "Content-Type: application/json" : NULL },
        .post = body != NULL,
        .body = body ? ohm_span_text(body) : ohm_span_of(NULL, 0),
        .timeout_ms = TIMEOUT_MS,
        .body_max = BODY_MAX,
        .done = done,
        .ctx = one,
    };
    if (one->request)
        ohm_http_cancel(l->http, one->request);
    one->ordered = ordered;
    if (ohm_http_send(l->http, &request, &one->request) != OHM_OK)
        one->request = 0;
}

static void ask(levels *l, uint8_t channel)
{
    char url[OHM_LEVEL_TEXT_MAX];
    const ohm_level_call form = ohm_board_level_call(l->board, channel);
    if (ohm_level_fill(&form, l->board->config.state_url, 0, url) == OHM_OK)
        call(l, channel, false, url, NULL);
}

static void order(levels *l, uint8_t channel, int32_t to)
{
    const ohm_board_config *c = &l->board->config;
    const ohm_level_call form = ohm_board_level_call(l->board, channel);
    char url[OHM_LEVEL_TEXT_MAX], body[OHM_LEVEL_TEXT_MAX];
    bool own = ohm_level_is_own(&form.form, to);
    l->all[channel].told = to;
    if (ohm_level_fill(&form, c->set, to, url) == OHM_OK &&
        ohm_level_fill(&form, own ? c->own_payload : c->payload, to, body) == OHM_OK)
        call(l, channel, true, url, c->payload[0] ? body : NULL);
}

static void answered(levels *l, uint8_t channel, const ohm_http_response *response)
{
    const ohm_board_config *c = &l->board->config;
    level *one = &l->all[channel];
    const ohm_level_form *what = &c->channels[channel].form;
    bool own = one->ordered && ohm_level_is_own(what, one->told);
    if (one->ordered && c->state_url[0] && !own) {
        ask(l, channel);
    } else if (one->ordered) {
        ohm_board_echo(l->board, channel, one->told, ohm_clock_mono());
    } else {
        const ohm_board_channel *is = &l->board->channels[channel];
        const ohm_level_call form = ohm_board_level_call(l->board, channel);
        int32_t told = is->waits ? is->order_coil : is->coil, said = 0;
        if (ohm_level_read(&form, c->pointer, response->body, told, &said))
            ohm_board_echo(l->board, channel, ohm_level_is_own(what, told) ? told : said,
                           ohm_clock_mono());
    }
}

/* Silence is the board's to judge: it asks again, and gives up in the end. */
static void done(void *ctx, const ohm_http_response *response)
{
    level *one = ctx;
    levels *l = one->owner;
    uint8_t channel = (uint8_t)(one - l->all);
    one->request = 0;
    if (response->result != OHM_HTTP_ANSWERED)
        return;
    if (response->status >= 200 && response->status < 300)
        answered(l, channel, response);
    else if (one->ordered)
        ohm_board_refused(l->board, channel, ohm_clock_mono());
}

static void readable(uv_poll_t *poll, int status, int events)
{
    levels *l = poll->data;
    (void)status;
    (void)events;
    ohm_http_dispatch(l->http);
}

static void on_timer(uv_timer_t *timer)
{
    levels *l = timer->data;
    for (uint8_t i = 0; i < l->board->config.channels_count; i++) {
        const ohm_board_channel *c = &l->board->channels[i];
        const ohm_relay_channel *wired = &l->board->config.channels[i];
        if (wired->load >= 0 && c->known && !c->pending && !c->waits &&
            !ohm_level_is_own(&wired->form, c->coil))
            order(l, i, c->coil);
    }
}

/* --- the driver --------------------------------------------------------------------------------
 */

static ohm_err level_read(ohm_board *board, uint8_t channel, int32_t *ret_level)
{
    (void)ret_level;
    if (!board->config.state_url[0])
        return ohm_fail(OHM_UNSUPPORTED, 0, "it can't be asked");
    ask(board->state, channel);
    return ohm_fail(OHM_MORE, 0, "it is asked");
}

static ohm_err level_set(ohm_board *board, uint8_t channel, int32_t to)
{
    levels *l = board->state;
    bool own = ohm_level_is_own(&board->config.channels[channel].form, to);
    if (own && !board->config.own_payload[0]) { /* its dead-man lets it go */
        if (l->all[channel].request)
            ohm_http_cancel(l->http, l->all[channel].request);
        l->all[channel].request = 0;
        return ohm_ok();
    }
    order(l, channel, to);
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static void timer_gone(uv_handle_t *timer)
{
    levels *l = timer->data;
    ohm_http_free(l->http);
    free(l);
}

static void poll_gone(uv_handle_t *poll)
{
    levels *l = poll->data;
    uv_close((uv_handle_t *)&l->timer, timer_gone);
}

static void level_close(ohm_board *board)
{
    levels *l = board->state;
    if (!l)
        return;
    for (uint8_t i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        if (l->all[i].request)
            ohm_http_cancel(l->http, l->all[i].request);
    (void)uv_timer_stop(&l->timer);
    uv_close((uv_handle_t *)&l->poll, poll_gone);
    board->state = NULL;
}

static ohm_err level_open(ohm_board *board)
{
    levels *l = calloc(1, sizeof *l);
    if (!l)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    l->board = board;
    ohm_err err = ohm_http_new(board->config.ca_file[0] ? board->config.ca_file : NULL, &l->http);
    if (ohm_failed(err)) {
        free(l);
        return err;
    }
    for (uint8_t i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        l->all[i].owner = l;
    int result = uv_poll_init(board->config.loop, &l->poll, ohm_http_fd(l->http));
    assert(result == 0); /* an eventfd is always good for it */
    (void)result;
    (void)uv_timer_init(board->config.loop, &l->timer);
    l->poll.data = l->timer.data = l;
    (void)uv_poll_start(&l->poll, UV_READABLE, readable);
    if (board->config.deadman_ms > 0) {
        uint64_t every_ms = (uint64_t)board->config.deadman_ms / RENEWALS;
        (void)uv_timer_start(&l->timer, on_timer, every_ms, every_ms);
    }
    board->state = l;
    return ohm_ok();
}

const ohm_board_driver ohm_board_http_level = {
    .name = "http-level",
    .channels = OHM_RELAY_NAMES_MAX,
    .operation_min_ms = 1000,
    .operations_per_minute_max = 30,
    .echo_ms = 2000,
    .stale_ms = 30000,
    .levels = true,
    .open = level_open,
    .read = level_read,
    .set = level_set,
    .close = level_close,
};
