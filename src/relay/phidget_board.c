/* Relay boards of Phidgets (InterfaceKit 0/0/8, 1017) by the vendor's library: on this machine's
 * USB, or behind a Phidget network server.
 *
 * The library's calls may block, so a thread of ours makes them: questions go to it and its answers
 * come back over queues. The library's own thread, which tells of attaching, detaching and errors,
 * only puts a word into the same queue.
 *
 * The board can't say where its contacts are: that a state was taken is all there is to know, and
 * after it was away each coil is ordered anew. Rated for twenty operations a minute.
 *
 * Dead-man: a 1017_2 lets all its coils go when it heard nothing for deadman_ms (half a minute at
 * most); the loop tells it that it is alive three times as often, so a loop that hangs counts as
 * dead. Older boards have none, and keep their state when the process dies; a clean end lets go. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/number.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "host/queue.h"
#include "link/link.h"
#include "relay/board.h"
#include "relay/phidget22.h"

enum {
    CHANNELS = 8,
    QUEUE_BYTES = 16384,
    FAILSAFE_MS_MIN = 500,
    FAILSAFE_MS_MAX = 30000,
    RENEWALS = 3,
};

typedef enum kind {
    /* To our thread. */
    SET,
    ARM, /* the failsafe timer of a channel that attached */
    REOPEN,
    FEED,
    QUIT,
    /* From it, or from the library's. */
    ATTACHED,
    DETACHED,
    TRIPPED,
    TAKEN,      /* or refused, by `code` */
    NOT_OPENED, /* likewise */
} kind;

typedef struct word {
    uint8_t kind, channel, coil;
    int32_t code;
} word;

struct phidget;

typedef struct phidget_channel {
    struct phidget *owner;
    void *handle;  /* our thread's */
    bool armed;    /* likewise */
    bool attached; /* the loop's */
    bool closed;   /* likewise: it could not be opened */
} phidget_channel;

typedef struct phidget {
    ohm_board *board;
    ohm_phidget22 lib;
    pthread_t thread;
    ohm_queue *asks, *says;
    uv_poll_t poll;
    uv_timer_t timer;
    uint32_t failsafe_ms; /* 0: none */
    int server_port;      /* 0: this machine */
    bool has_server;      /* our thread's: the library knows it */
    char server[OHM_RELAY_TEXT_MAX];
    phidget_channel channels[CHANNELS];
} phidget;

/* A full queue drops it, and the board asks again. */
static void put(ohm_queue *queue, const word *w)
{
    ohm_code code = ohm_queue_push(queue, ohm_span_of(w, sizeof *w));
    (void)code;
}

static uint8_t number_of(const phidget_channel *c)
{
    return (uint8_t)(c - c->owner->channels);
}

/* --- on the library's thread ---------------------------------------------------------------------
 */

static void say(phidget_channel *c, kind what)
{
    put(c->owner->says, &(word){ .kind = (uint8_t)what, .channel = number_of(c) });
}

static void on_attach(void *channel, void *ctx)
{
    (void)channel;
    say(ctx, ATTACHED);
}

static void on_detach(void *channel, void *ctx)
{
    (void)channel;
    say(ctx, DETACHED);
}

static void on_error(void *channel, void *ctx, int code, const char *what)
{
    (void)channel;
    (void)what;
    if (code == OHM_PHIDGET_EVENT_FAILSAFE)
        say(ctx, TRIPPED);
}

/* --- on our thread -------------------------------------------------------------------------------
 */

/* Where it is, and who is told of it; the library goes on looking for it by itself. */
static int address(phidget *p, phidget_channel *c)
{
    const ohm_phidget22 *lib = &p->lib;
    int code = lib->set_serial(c->handle, (int32_t)p->board->config.serial);
    code = code ? code : lib->set_channel(c->handle, number_of(c));
    code = code ? code : lib->on_attach(c->handle, on_attach, c);
    code = code ? code : lib->on_detach(c->handle, on_detach, c);
    code = code ? code : lib->on_error(c->handle, on_error, c);
    if (code || p->server_port == 0)
        return code ? code : lib->set_local(c->handle, 1);
    code = lib->set_remote(c->handle, 1);
    return code ? code : lib->set_server(c->handle, p->board->config.id);
}

static void shut(phidget *p, phidget_channel *c)
{
    if (!c->handle)
        return;
    (void)p->lib.close(c->handle);
    (void)p->lib.delete_(&c->handle);
    c->handle = NULL;
    c->armed = false;
}

static int add_server(phidget *p)
{
    const ohm_board_config *config = &p->board->config;
    if (p->server_port == 0 || p->has_server)
        return 0;
    int code = p->lib.add_server(config->id, p->server, p->server_port, config->password, 0);
    p->has_server = code == 0;
    return code;
}

static void open_channel(phidget *p, phidget_channel *c)
{
    int code = add_server(p);
    code = code ? code : p->lib.create(&c->handle);
    if (code) {
        c->handle = NULL;
    } else {
        code = address(p, c);
        code = code ? code : p->lib.open(c->handle);
    }
    if (code == 0)
        return;
    shut(p, c);
    put(p->says, &(word){ .kind = NOT_OPENED, .channel = number_of(c), .code = code });
}

static void reopen(phidget *p, phidget_channel *c)
{
    shut(p, c);
    open_channel(p, c);
}

static void set_state(phidget *p, const word *w)
{
    phidget_channel *c = &p->channels[w->channel];
    word answer = *w;
    answer.kind = TAKEN;
    answer.code = c->handle ? p->lib.set_state(c->handle, w->coil) : OHM_PHIDGET_NOT_ATTACHED;
    if (!c->handle || answer.code == OHM_PHIDGET_FAILSAFE)
        reopen(p, c);
    put(p->says, &answer);
}

/* A board that has no such timer says so, and does without. */
static void arm(phidget *p, phidget_channel *c)
{
    if (c->handle && p->failsafe_ms > 0)
        c->armed = p->lib.enable_failsafe(c->handle, p->failsafe_ms) == 0;
}

static void feed(phidget *p)
{
    for (int i = 0; i < CHANNELS; i++)
        if (p->channels[i].handle && p->channels[i].armed)
            (void)p->lib.reset_failsafe(p->channels[i].handle);
}

static void obey(phidget *p, const word *w)
{
    if (w->kind == SET)
        set_state(p, w);
    else if (w->kind == ARM)
        arm(p, &p->channels[w->channel]);
    else if (w->kind == REOPEN)
        reopen(p, &p->channels[w->channel]);
    else if (w->kind == FEED)
        feed(p);
}

static void *run(void *ctx)
{
    phidget *p = ctx;
    const ohm_board_config *config = &p->board->config;
    word w = { .kind = FEED };
    size_t len = 0;
    ohm_fault_stack();
    for (int i = 0; i < config->channels_count; i++)
        if (config->channels[i].load >= 0) /* the others may be somebody else's */
            open_channel(p, &p->channels[i]);
    while (w.kind != QUIT) {
        if (ohm_queue_pop(p->asks, &w, sizeof w, &len) == OHM_OK)
            obey(p, &w);
        else
            (void)ohm_queue_wait(p->asks, -1);
    }
    for (int i = 0; i < CHANNELS; i++)
        shut(p, &p->channels[i]);
    if (p->has_server)
        (void)p->lib.remove_server(config->id);
    return NULL;
}

/* --- on the loop ---------------------------------------------------------------------------------
 */

/* An order that waits for the board goes to it; one that was given up does not. */
static void order_anew(phidget *p, uint8_t channel)
{
    const ohm_board_channel *c = &p->board->channels[channel];
    if (c->waits && c->ordered)
        put(p->asks, &(word){ .kind = SET, .channel = channel, .coil = c->order_coil != 0 });
}

static void came_or_went(phidget *p, uint8_t channel, bool attached)
{
    p->channels[channel].attached = attached;
    p->channels[channel].closed = false;
    ohm_log(attached ? OHM_LOG_NOTICE : OHM_LOG_WARNING, "phidget board=%s channel=%u attached=%d",
            p->board->config.id, channel, attached);
    if (!attached) {
        ohm_board_lost(p->board, channel);
        return;
    }
    put(p->asks, &(word){ .kind = ARM, .channel = channel });
    ohm_board_found(p->board, channel, ohm_clock_mono());
    order_anew(p, channel);
}

static void hear(phidget *p, const word *w)
{
    switch (w->kind) {
    case ATTACHED:
    case DETACHED:
        came_or_went(p, w->channel, w->kind == ATTACHED);
        break;
    case TRIPPED:
        ohm_log(OHM_LOG_ERROR, "phidget board=%s channel=%u failsafe=1", p->board->config.id,
                w->channel);
        p->channels[w->channel].attached = false;
        ohm_board_lost(p->board, w->channel);
        put(p->asks, &(word){ .kind = REOPEN, .channel = w->channel });
        break;
    case TAKEN:
        if (w->code == 0)
            ohm_board_echo(p->board, w->channel, w->coil, ohm_clock_mono());
        else
            ohm_board_refused(p->board, w->channel, ohm_clock_mono());
        break;
    case NOT_OPENED:
        p->channels[w->channel].attached = false;
        p->channels[w->channel].closed = true;
        ohm_log(OHM_LOG_ERROR, "phidget board=%s channel=%u not_opened=%d", p->board->config.id,
                w->channel, (int)w->code);
        break;
    default:
        break;
    }
}

static void readable(uv_poll_t *poll, int status, int events)
{
    phidget *p = poll->data;
    word w;
    size_t len = 0;
    (void)status;
    (void)events;
    while (ohm_queue_pop(p->says, &w, sizeof w, &len) == OHM_OK)
        hear(p, &w);
}

static void on_timer(uv_timer_t *timer)
{
    const phidget *p = timer->data;
    put(p->asks, &(word){ .kind = FEED });
}

/* --- the driver ----------------------------------------------------------------------------------
 */

static ohm_err phidget_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)board;
    (void)channel;
    (void)ret_coil;
    return ohm_fail(OHM_UNSUPPORTED, 0, "the board can't say where its contacts are");
}

/* A board that attaches in a moment (at the start none has yet) gets its order then; one that does
 * not in time is given up. What could not be opened is opened anew for each order. */
static ohm_err phidget_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    phidget *p = board->state;
    phidget_channel *c = &p->channels[channel];
    if (c->closed)
        put(p->asks, &(word){ .kind = REOPEN, .channel = channel });
    c->closed = false;
    if (!c->attached)
        return ohm_fail(OHM_MORE, 0, "the board is not attached yet");
    put(p->asks, &(word){ .kind = SET, .channel = channel, .coil = coil != 0 });
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static void free_all(phidget *p)
{
    ohm_queue_free(p->asks);
    ohm_queue_free(p->says);
    free(p);
}

static void timer_gone(uv_handle_t *timer)
{
    free_all(timer->data);
}

static void poll_gone(uv_handle_t *poll)
{
    phidget *p = poll->data;
    uv_close((uv_handle_t *)&p->timer, timer_gone);
}

static void phidget_close(ohm_board *board)
{
    phidget *p = board->state;
    if (!p)
        return;
    while (ohm_queue_push(p->asks, ohm_span_of(&(word){ .kind = QUIT }, sizeof(word))) != OHM_OK)
        (void)sched_yield(); /* full: it is being emptied */
    (void)pthread_join(p->thread, NULL);
    (void)uv_timer_stop(&p->timer);
    uv_close((uv_handle_t *)&p->poll, poll_gone);
    board->state = NULL;
}

/* "": this machine's USB. */
static ohm_err read_port(phidget *p)
{
    ohm_link_address to;
    int64_t port = 0;
    if (!p->board->config.port[0])
        return ohm_ok();
    OHM_TRY(ohm_link_address_parse(p->board->config.port, &to));
    if (to.kind != OHM_LINK_TCP || ohm_number_int(ohm_span_text(to.port), &port) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a Phidget network server is at tcp:host:5661");
    p->server_port = (int)port;
    memcpy(p->server, to.host, strlen(to.host) + 1);
    return ohm_ok();
}

static ohm_err start_thread(phidget *p)
{
    sigset_t all, before;
    (void)sigfillset(&all); /* signals are the loop's */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&p->thread, NULL, run, p);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? ohm_fail(OHM_NO_MEMORY, 0, "no thread for the board") : ohm_ok();
}

static ohm_err start(phidget *p)
{
    int64_t ms = p->board->config.deadman_ms;
    ms = ms > FAILSAFE_MS_MAX ? FAILSAFE_MS_MAX : ms;
    p->failsafe_ms = (uint32_t)(ms > 0 && ms < FAILSAFE_MS_MIN ? FAILSAFE_MS_MIN : ms);
    for (int i = 0; i < CHANNELS; i++)
        p->channels[i].owner = p;
    OHM_TRY(read_port(p));
    OHM_TRY(ohm_phidget22_load(&p->lib));
    OHM_TRY(ohm_queue_new(QUEUE_BYTES, &p->asks));
    OHM_TRY(ohm_queue_new(QUEUE_BYTES, &p->says));
    return start_thread(p);
}

static ohm_err phidget_open(ohm_board *board)
{
    phidget *p = calloc(1, sizeof *p);
    if (!p)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    p->board = board;
    ohm_err err = start(p);
    if (ohm_failed(err)) {
        free_all(p);
        return err;
    }
    int result = uv_poll_init(board->config.loop, &p->poll, ohm_queue_fd(p->says));
    assert(result == 0); /* an eventfd is always good for it */
    (void)result;
    (void)uv_timer_init(board->config.loop, &p->timer);
    p->poll.data = p->timer.data = p;
    (void)uv_poll_start(&p->poll, UV_READABLE, readable);
    if (p->failsafe_ms > 0)
        (void)uv_timer_start(&p->timer, on_timer, p->failsafe_ms / RENEWALS,
                             p->failsafe_ms / RENEWALS);
    board->state = p;
    return ohm_ok();
}

const ohm_board_driver ohm_board_phidget = {
    .name = "phidget",
    .channels = CHANNELS,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 20,
    .echo_ms = 2000,
    .open = phidget_open,
    .read = phidget_read,
    .set = phidget_set,
    .close = phidget_close,
};
