#include "meter/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "host/sleeper.h"

enum {
    LIMIT_MS = 60000, /* of a conversation that has no limit of its own */
    BABBLE_MS = 2000, /* a line that is never quiet is not waited for longer than this */
    DEAF_MS = 120000, /* requests for so long, and not a byte: the line is opened anew */
    CHARACTER_BITS = 11,
    NAME_MAX_LEN = OHM_LINK_ADDRESS_MAX + 16,
};

typedef enum phase {
    IDLE,    /* nobody is due, or the line is down */
    QUIET,   /* a conversation waits for silence on the line */
    HOLDING, /* a request waits for silence on the line */
    AIRING,  /* the request is on its way, then the line's speed changes */
    ASKED,
} phase;

static_assert((int)OHM_POLL_SEND_MAX <= (int)OHM_LINK_SEND_MAX, "a link takes every request");

struct ohm_ports {
    ohm_port *first;
    ohm_brokers brokers;
    ohm_caller *caller;
    ohm_pickers pickers;
};

/* What conversations work in, lent to all members that fit; it sleeps while nobody is due. */
typedef struct work {
    struct work *next;
    size_t size;
    ohm_sleeper sleeper;
} work;

struct ohm_port {
    uv_loop_t *loop;
    work *works;
    ohm_ports *ports; /* NULL: alone */
    ohm_port *next;
    ohm_link *link;
    char *address; /* kind, path or host, and port, as name_of says it */
    bool serial, up, closing;
    uv_timer_t timer;
    uint32_t baud; /* as the line is now */
    char framing[4];

    ohm_port_member **members;
    const ohm_poll_slot **slots; /* of the same members */
    size_t count, room;
    ohm_port_member *current, *last;
    bool stray; /* bytes came since the last conversation */
    phase phase;
    ohm_poll_step step;                  /* HOLDING, AIRING: what goes on afterwards */
    int64_t heard_ms, sent_ms, began_ms; /* last byte, last request, present conversation */
    int64_t wanted_ms;                   /* QUIET: since when */
    int64_t deaf_since_ms;               /* up, or last byte */
    size_t echo_at, echo_len;            /* of sent[] */
    uint8_t *sent;                       /* where an echo is looked for; else NULL */
};

static ohm_mono_ms mono_now(const ohm_port *port)
{
    return (ohm_mono_ms){ (int64_t)uv_now(port->loop) };
}

static ohm_poll_time time_now(const ohm_port *port, const ohm_port_member *m)
{
    return (ohm_poll_time){ mono_now(port), m->hooks.utc_now(m->hooks.ctx) };
}

static void tick(uv_timer_t *timer);

static void wait_for(ohm_port *port, phase next, int64_t wait_ms)
{
    port->phase = next;
    (void)uv_timer_start(&port->timer, tick, (uint64_t)(wait_ms > 0 ? wait_ms : 0), 0);
}

/* For how much longer the line must be quiet. */
static int64_t silence_left_ms(const ohm_port *port, uint32_t silence_ms)
{
    int64_t last_ms = port->heard_ms > port->sent_ms ? port->heard_ms : port->sent_ms;
    return last_ms + silence_ms - mono_now(port).v;
}

/* --- one conversation ---------------------------------------------------------------------------
 */

static void end(ohm_port *port, const ohm_poll_step *step)
{
    ohm_port_member *m = port->current;
    port->current = NULL;
    port->last = m;
    port->stray = false;
    port->echo_len = 0;
    ohm_poll_ended(&m->slot, step->verdict == OHM_POLL_DONE, mono_now(port));
    m->hooks.on_end(m->hooks.ctx, step);
    if (!port->closing)
        wait_for(port, IDLE, 0); /* from the loop, so that calls don't pile up */
}

static void fail(ohm_port *port, ohm_code code, const char *why)
{
    ohm_poll_step step = ohm_poll_failed(code, OHM_METER_NO_ANSWER, why);
    port->current->poller->reset(port->current->state);
    end(port, &step);
}

/* How long the bytes of the request take on the wire. */
static int64_t air_ms(const ohm_port *port, size_t len)
{
    return port->serial ? (int64_t)len * CHARACTER_BITS * 1000 / port->baud + 1 : 0;
}

static void put_out(ohm_port *port)
{
    ohm_port_member *m = port->current;
    ohm_span send = port->step.send;
    assert(send.len > 0 && send.len <= OHM_POLL_SEND_MAX);
    if (m->hooks.before_send)
        m->hooks.before_send(m->hooks.ctx);
    ohm_code code = ohm_link_send(port->link, send);
    if (code != OHM_OK) {
        fail(port, code, "the request could not be sent");
        return;
    }
    m->requests++;
    port->echo_at = 0;
    bool echo = m->drop_echo || m->poller->drops_echo;
    if (echo && !port->sent)
        port->sent = malloc(OHM_POLL_SEND_MAX); /* without memory the poller sees the echo */
    port->echo_len = echo && port->sent ? send.len : 0;
    if (port->echo_len > 0)
        memcpy(port->sent, send.ptr, send.len);
    int64_t air = air_ms(port, send.len);
    port->sent_ms = mono_now(port).v + air;
    if (port->step.baud != 0)
        wait_for(port, AIRING, air);
    else
        wait_for(port, ASKED, air + port->step.wait_ms);
}

static void send_when_quiet(ohm_port *port)
{
    int64_t left_ms = silence_left_ms(port, port->step.silence_ms);
    int64_t patience_ms = (int64_t)BABBLE_MS + 2 * (int64_t)port->step.silence_ms;
    bool babble = mono_now(port).v - port->wanted_ms > patience_ms;
    if (left_ms > 0 && !babble)
        wait_for(port, HOLDING, left_ms);
    else
        put_out(port);
}

static void change_speed(ohm_port *port);

/* Does what a poller wants. */
static void follow(ohm_port *port, const ohm_poll_step *step)
{
    ohm_port_member *m = port->current;
    if (step->message)
        m->hooks.on_message(m->hooks.ctx, step->message);
    if (port->current != m) /* it left */
        return;
    switch (step->verdict) {
    case OHM_POLL_WAIT:
        if (step->baud != 0 && port->serial) {
            port->step = *step;
            change_speed(port);
            return;
        }
        if (step->wait_ms > 0 && port->phase != AIRING)
            wait_for(port, ASKED, step->wait_ms);
        return;
    case OHM_POLL_SEND:
        port->step = *step;
        port->wanted_ms = mono_now(port).v;
        send_when_quiet(port);
        return;
    case OHM_POLL_DONE:
    case OHM_POLL_FAILED:
        end(port, step);
        return;
    }
    assert(!"every verdict is above");
}

static void begin(ohm_port *port, ohm_port_member *m)
{
    port->current = m;
    for (work *w = port->works; w; w = w->next)
        ohm_sleeper_wake(&w->sleeper);
    port->began_ms = mono_now(port).v;
    if (m->hooks.on_begin)
        m->hooks.on_begin(m->hooks.ctx);
    bool other_line = port->baud != m->baud || memcmp(port->framing, m->framing, 4) != 0;
    if (port->serial && other_line) {
        ohm_err err = ohm_link_set_line(port->link, m->baud, m->framing);
        if (ohm_failed(err)) {
            fail(port, err.code, err.what);
            return;
        }
        port->baud = m->baud;
        memcpy(port->framing, m->framing, 4);
    }
    ohm_poll_step step = m->poller->begin(m->state, m->slot.failures > 0, time_now(port, m));
    assert(step.verdict != OHM_POLL_WAIT || step.wait_ms > 0);
    follow(port, &step);
}

/* --- who is next --------------------------------------------------------------------------------
 */

static void schedule(ohm_port *port)
{
    int64_t wait_ms = -1;
    ohm_mono_ms now = mono_now(port);
    if (port->closing || !port->up || port->current)
        return;
    if (now.v - port->deaf_since_ms > DEAF_MS && port->sent_ms > port->deaf_since_ms) {
        port->deaf_since_ms = now.v; /* some adapters go deaf until they are opened anew */
        port->up = false;
        ohm_link_reopen(port->link);
        return;
    }
    bool after_dead = port->last && port->last->slot.failures > 0;
    int next = ohm_poll_pick(port->slots, port->count, after_dead, now, &wait_ms);
    if (next < 0) {
        (void)uv_timer_stop(&port->timer);
        port->phase = IDLE;
        for (work *w = port->works; w; w = w->next)
            ohm_sleeper_sleep(&w->sleeper);
        if (wait_ms >= 0)
            wait_for(port, IDLE, wait_ms);
        return;
    }
    ohm_port_member *m = port->members[next];
    if (port->phase != QUIET)
        port->wanted_ms = now.v;
    int64_t left_ms = silence_left_ms(port, m->poller->pause_ms);
    if (left_ms > 0 && now.v - port->wanted_ms <= BABBLE_MS) {
        wait_for(port, QUIET, left_ms);
        return;
    }
    port->phase = IDLE;
    begin(port, m);
}

static void change_speed(ohm_port *port)
{
    ohm_err err = ohm_link_set_line(port->link, port->step.baud, port->step.framing);
    if (ohm_failed(err)) {
        fail(port, err.code, err.what);
        return;
    }
    port->baud = port->step.baud;
    memcpy(port->framing, port->step.framing, 4);
    wait_for(port, ASKED, port->step.wait_ms);
}

static void feed(ohm_port *port, ohm_port_member *m, ohm_span bytes);

/* The time of the present wait is over. */
static void time_out(ohm_port *port)
{
    ohm_port_member *m = port->current;
    if (port->echo_at > 0 && port->echo_at < port->echo_len) { /* it was no echo after all */
        ohm_span held = ohm_span_of(port->sent, port->echo_at);
        port->echo_at = port->echo_len = 0;
        feed(port, m, held);
        if (port->current != m || port->phase != ASKED ||
            uv_is_active((const uv_handle_t *)&port->timer))
            return;
    }
    uint32_t limit_ms = m->poller->limit_ms ? m->poller->limit_ms : LIMIT_MS;
    m->timeouts++;
    if (mono_now(port).v - port->began_ms > limit_ms) {
        fail(port, OHM_TOO_BIG, "the device talks without an end");
        return;
    }
    ohm_poll_step step = m->poller->on_timeout(m->state, time_now(port, m));
    assert(step.verdict != OHM_POLL_WAIT || step.wait_ms > 0);
    follow(port, &step);
}

static void tick(uv_timer_t *timer)
{
    ohm_port *port = timer->data;
    switch (port->phase) {
    case IDLE:
    case QUIET:
        schedule(port);
        return;
    case HOLDING:
        send_when_quiet(port);
        return;
    case AIRING:
        change_speed(port);
        return;
    case ASKED:
        time_out(port);
        return;
    }
    assert(!"every phase is above");
}

/* --- what comes ---------------------------------------------------------------------------------
 */

static void feed(ohm_port *port, ohm_port_member *m, ohm_span bytes)
{
    if (port->current == m && m->hooks.on_bytes)
        m->hooks.on_bytes(m->hooks.ctx, bytes);
    while (bytes.len > 0 && port->current == m && (port->phase == ASKED || port->phase == AIRING)) {
        size_t before = bytes.len;
        ohm_poll_step step = m->poller->on_bytes(m->state, &bytes, time_now(port, m));
        assert(step.verdict != OHM_POLL_WAIT || bytes.len < before);
        if (step.verdict == OHM_POLL_SEND)
            bytes.len = 0; /* what came before the request is no answer to it */
        follow(port, &step);
    }
}

/* Takes the echo of the request from the front; what only looked like one is given on. */
static ohm_span drop_echo(ohm_port *port, ohm_port_member *m, ohm_span bytes)
{
    size_t same = 0;
    while (port->echo_at + same < port->echo_len && same < bytes.len &&
           port->sent[port->echo_at + same] == bytes.ptr[same])
        same++;
    if (same == bytes.len || port->echo_at + same == port->echo_len) {
        port->echo_at += same;
        return ohm_span_part(bytes, same, bytes.len - same);
    }
    ohm_span held = ohm_span_of(port->sent, port->echo_at);
    port->echo_at = port->echo_len = 0;
    feed(port, m, held);
    return bytes;
}

static void note_stray(ohm_port *port)
{
    ohm_port_member *m = port->current ? port->current : port->last;
    if (!port->stray && m)
        m->late++;
    port->stray = true;
}

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_port *port = ctx;
    ohm_port_member *m = port->current;
    port->heard_ms = mono_now(port).v;
    port->deaf_since_ms = port->heard_ms;
    if (!m || port->phase == HOLDING) {
        note_stray(port);
        return;
    }
    m->bytes += bytes.len;
    if (port->echo_at < port->echo_len)
        bytes = drop_echo(port, m, bytes);
    feed(port, m, bytes);
    uint32_t limit_ms = m->poller->limit_ms ? m->poller->limit_ms : LIMIT_MS;
    if (port->current == m && mono_now(port).v - port->began_ms > limit_ms)
        fail(port, OHM_TOO_BIG, "the device talks without an end");
}

/* A hook may make members leave: the list is walked from its end. */
static void on_up(void *ctx)
{
    ohm_port *port = ctx;
    port->up = true;
    port->deaf_since_ms = mono_now(port).v;
    port->phase = IDLE;
    for (size_t i = port->count; i-- > 0;)
        if (i < port->count)
            port->members[i]->hooks.on_up(port->members[i]->hooks.ctx);
    schedule(port);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_port *port = ctx;
    port->up = false;
    if (port->current)
        port->current->poller->reset(port->current->state);
    port->current = NULL;
    port->phase = IDLE;
    (void)uv_timer_stop(&port->timer);
    for (size_t i = port->count; i-- > 0;)
        if (i < port->count)
            port->members[i]->hooks.on_down(port->members[i]->hooks.ctx, was_up, why);
}

/* --- joining and leaving ------------------------------------------------------------------------
 */

ohm_err ohm_ports_new(ohm_ports **ret_ports)
{
    ohm_ports *ports = calloc(1, sizeof *ports);
    if (!ports)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    *ret_ports = ports;
    return ohm_ok();
}

ohm_brokers *ohm_ports_brokers(ohm_ports *ports)
{
    return ports ? &ports->brokers : NULL;
}

ohm_caller **ohm_ports_caller(ohm_ports *ports)
{
    return ports ? &ports->caller : NULL;
}

ohm_pickers *ohm_ports_pickers(ohm_ports *ports)
{
    return ports ? &ports->pickers : NULL;
}

void ohm_ports_free(ohm_ports *ports)
{
    assert(!ports ||
           (!ports->first && !ports->brokers.first && !ports->caller && !ports->pickers.first));
    free(ports);
}

/* Two addresses are one line if their names are the same. */
static void name_of(const ohm_link_address *a, char out[static NAME_MAX_LEN])
{
    bool network = a->kind == OHM_LINK_TCP || a->kind == OHM_LINK_UDP;
    (void)snprintf(out, NAME_MAX_LEN, "%d %s %s", (int)a->kind, network ? a->host : a->path,
                   network ? a->port : "");
}

static void forget(ohm_port *port)
{
    if (!port->ports)
        return;
    ohm_port **at = &port->ports->first;
    while (*at != port)
        at = &(*at)->next;
    *at = port->next;
}

static void gone(uv_handle_t *timer)
{
    ohm_port *port = timer->data;
    free(port->members);
    free(port->slots);
    for (work *w = port->works, *next; w; w = next) {
        next = w->next;
        ohm_sleeper_release(&w->sleeper);
        free(w);
    }
    free(port->address);
    free(port->sent);
    free(port);
}

static void close_port(ohm_port *port)
{
    port->closing = true;
    forget(port);
    ohm_link_close(port->link);
    uv_close((uv_handle_t *)&port->timer, gone);
}

static ohm_err open_port(uv_loop_t *loop, ohm_ports *ports, const ohm_link_config *config,
                         const char *name, ohm_port **ret_port)
{
    ohm_port *port = calloc(1, sizeof *port);
    if (!port)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    port->loop = loop;
    port->serial = config->address.kind == OHM_LINK_SERIAL;
    port->baud = config->baud;
    memcpy(port->framing, config->framing, sizeof port->framing);
    port->address = strdup(name);
    const ohm_link_hooks hooks = { on_bytes, on_up, on_down, NULL, port };
    ohm_err err = port->address ? ohm_link_open(loop, config, &hooks, &port->link)
                                : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ohm_failed(err)) {
        free(port->address);
        free(port);
        return err;
    }
    (void)uv_timer_init(loop, &port->timer);
    port->timer.data = port;
    port->ports = ports;
    if (ports) {
        port->next = ports->first;
        ports->first = port;
    }
    *ret_port = port;
    return ohm_ok();
}

static bool make_room(ohm_port *port)
{
    if (port->count < port->room)
        return true;
    size_t room = port->room ? 2 * port->room : 1;
    ohm_port_member **members = realloc(port->members, room * sizeof *members);
    if (members)
        port->members = members;
    const ohm_poll_slot **slots = realloc(port->slots, room * sizeof *slots);
    if (slots)
        port->slots = slots;
    if (!members || !slots)
        return false;
    port->room = room;
    return true;
}

/* Memory for the conversations of this poller; it stays where it is as long as the port. */
static bool lend_work(ohm_port *port, const ohm_port_member *m)
{
    if (!m->poller->lend)
        return true;
    work *w = port->works;
    size_t kept = m->poller->work_kept_size;
    while (w && w->size != m->poller->work_size)
        w = w->next;
    if (!w) {
        w = calloc(1, sizeof *w);
        if (!w || !ohm_sleeper_init(&w->sleeper, m->poller->work_size, kept ? kept : 1)) {
            free(w);
            return false;
        }
        w->size = m->poller->work_size;
        w->next = port->works;
        port->works = w;
    }
    m->poller->lend(m->state, w->sleeper.memory);
    return true;
}

ohm_err ohm_port_join(uv_loop_t *loop, ohm_ports *ports, const ohm_link_config *config,
                      ohm_port_member *m)
{
    char name[NAME_MAX_LEN];
    ohm_port *port = ports ? ports->first : NULL;
    if (config->address.kind == OHM_LINK_FILE)
        return ohm_fail(OHM_UNSUPPORTED, 0, "a file can't be asked");
    name_of(&config->address, name);
    while (port && strcmp(port->address, name) != 0)
        port = port->next;
    if (!port)
        OHM_TRY(open_port(loop, ports, config, name, &port));
    if (!make_room(port) || !lend_work(port, m)) {
        if (port->count == 0)
            close_port(port);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    m->port = port;
    m->baud = config->baud;
    memcpy(m->framing, config->framing, sizeof m->framing);
    ohm_poll_slot_init(&m->slot, m->every_ms, mono_now(port));
    port->members[port->count] = m;
    port->slots[port->count] = &m->slot;
    port->count++;
    if (port->up && !port->current)
        wait_for(port, IDLE, 0);
    return ohm_ok();
}

void ohm_port_leave(ohm_port_member *m)
{
    ohm_port *port = m->port;
    size_t at = 0;
    if (!port)
        return;
    while (port->members[at] != m)
        at++;
    port->count--;
    memmove(port->members + at, port->members + at + 1, (port->count - at) * sizeof *port->members);
    memmove(port->slots + at, port->slots + at + 1, (port->count - at) * sizeof *port->slots);
    m->port = NULL;
    if (port->last == m)
        port->last = NULL;
    bool present = port->current == m;
    if (present) {
        m->poller->reset(m->state);
        port->current = NULL;
        port->phase = IDLE;
    }
    if (port->count == 0)
        close_port(port);
    else if (present)
        wait_for(port, IDLE, 0);
}
