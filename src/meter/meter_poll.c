/* A meter that is asked: a member of the port of its line. */
#include <stdio.h>
#include <stdlib.h>

#include "host/random.h"
#include "meter/meter_internal.h"

enum { SAVED_MAX = 512 };

static void on_up(void *ctx)
{
    ohm_meter_line_up(ctx);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_meter_line_down(ctx, was_up, why);
}

static void on_begin(void *ctx)
{
    ohm_sleeper_wake(&((ohm_meter *)ctx)->poll.state);
}

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_recent_bytes(&((ohm_meter *)ctx)->recent, bytes);
}

static void on_message(void *ctx, const void *message)
{
    ohm_meter *m = ctx;
    ohm_meter_status before = m->status;
    m->poll.answered = true;
    ohm_meter_take(m, m->poll.protocol, message);
    ohm_meter_update(m, &before);
}

/* A failure is a state; where something good came before it, that of a meter that is read partly.
 * And a refusal for those who look closer. */
static void fail(ohm_meter *m, const ohm_poll_step *step)
{
    if (!m->poll.answered)
        ohm_meter_health_trouble(&m->health, step->state, ohm_meter_now(m));
    else
        ohm_meter_health_read(&m->health, OHM_METER_PARTLY);
    const ohm_protocol_reject reject = {
        .code = step->code,
        .stage = "answer",
        .what = step->why,
        .trouble = step->state,
    };
    if (m->watch.on_reject)
        m->watch.on_reject(m->watch.ctx, &reject);
}

static void keep(ohm_meter *m)
{
    uint8_t bytes[SAVED_MAX];
    const ohm_poller *poller = m->poll.protocol->poller;
    size_t len = poller->save ? poller->save(m->poll.state.memory, bytes, sizeof bytes) : 0;
    if (len > 0 && m->hooks.save)
        m->hooks.save(m->hooks.ctx, m->device, bytes, len);
    ohm_wipe(bytes, sizeof bytes);
}

static void on_end(void *ctx, const ohm_poll_step *step)
{
    ohm_meter *m = ctx;
    ohm_meter_status before = m->status;
    if (step->verdict == OHM_POLL_FAILED)
        fail(m, step);
    else
        ohm_meter_health_read(&m->health, step->why ? step->state : OHM_METER_OK);
    if (step->why && !m->stopped && m->hooks.on_lack)
        m->hooks.on_lack(m->hooks.ctx, m->device, step->why);
    m->poll.answered = false;
    keep(m); /* what the conversation left behind */
    ohm_meter_update(m, &before);
    ohm_sleeper_sleep(&m->poll.state);
    if (!m->stopped && m->watch.on_end)
        m->watch.on_end(m->watch.ctx, step->why);
}

static void before_send(void *ctx)
{
    keep(ctx);
}

static ohm_ms utc_now(void *ctx)
{
    const ohm_meter *m = ctx;
    return m->hooks.utc_now(m->hooks.ctx);
}

static void count(const ohm_meter *m, ohm_meter_counters *out)
{
    const ohm_port_member *member = &m->poll.member;
    *out = (ohm_meter_counters){ 0 };
    m->poll.protocol->poller->count(ohm_sleeper_look(&m->poll.state), out);
    out->bytes = member->bytes;
    out->requests = member->requests;
    out->timeouts = member->timeouts;
    out->late += member->late;
}

static ohm_err start(ohm_meter *m, const ohm_meter_config *config, const ohm_link_config *link,
                     const ohm_protocol_config *protocol)
{
    const ohm_protocol *row = ohm_meter_row(config);
    m->poll.protocol = row;
    (void)snprintf(m->status.protocol, sizeof m->status.protocol, "%s", row->name);
    if (!ohm_sleeper_init(&m->poll.state, row->poller->state_size, row->poller->kept_size))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = row->poller->init(m->poll.state.memory, protocol);
    if (ohm_failed(err)) {
        ohm_sleeper_release(&m->poll.state);
        return err;
    }
    ohm_sleeper_sleep(&m->poll.state);
    ohm_port_member *member = &m->poll.member;
    member->poller = row->poller;
    member->state = m->poll.state.memory;
    member->hooks.on_begin = on_begin;
    member->every_ms =
        config->every_ms ? config->every_ms : row->poller->every_s * (int64_t)OHM_SECOND_MS;
    member->drop_echo = config->drop_echo;
    member->hooks.on_up = on_up;
    member->hooks.on_down = on_down;
    member->hooks.on_bytes = on_bytes;
    member->hooks.on_message = on_message;
    member->hooks.on_end = on_end;
    member->hooks.before_send = before_send;
    member->hooks.utc_now = utc_now;
    member->hooks.ctx = m;
    return ohm_port_join(m->loop, config->ports, link, member);
}

static void stop(ohm_meter *m)
{
    ohm_port_leave(&m->poll.member);
}

static void release(ohm_meter *m)
{
    if (!m->poll.state.memory)
        return;
    const ohm_poller *poller = m->poll.protocol->poller;
    ohm_sleeper_wake(&m->poll.state);
    if (poller->release)
        poller->release(m->poll.state.memory);
    ohm_sleeper_release(&m->poll.state);
}

const ohm_meter_way ohm_meter_poll = { start, stop, release, count, NULL };
