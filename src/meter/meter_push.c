/* A meter that speaks by itself: a link, and a decoder of what comes. */
#include <stdio.h>

#include "meter/meter_internal.h"

enum {
    REOPEN_MS_MIN = 60000, /* a line that says nothing useful for so long is opened anew */
};

static void refuse(ohm_meter *m, const ohm_protocol_reject *reject)
{
    if (reject->trouble != OHM_METER_OK)
        ohm_meter_health_trouble(&m->health, reject->trouble, ohm_meter_now(m));
    if (m->watch.on_reject)
        m->watch.on_reject(m->watch.ctx, reject);
}

/* A good frame is a sign of life, whatever becomes of it. */
static void note_frames(ohm_meter *m)
{
    ohm_meter_counters counters;
    ohm_decoder_count(m->push.decoder, &counters);
    if (counters.frames == m->push.frames_seen)
        return;
    m->push.frames_seen = counters.frames;
    ohm_line_hunt_frame(&m->push.hunt);
    ohm_meter_health_frame(&m->health, ohm_meter_now(m));
}

/* A speed and framing that no frame comes of is left for the next one that the protocol has. */
static void hunt(ohm_meter *m)
{
    if (m->stopped || !ohm_line_hunt_next(&m->push.hunt, ohm_meter_now(m)))
        return;
    const ohm_protocol_line *line = ohm_line_hunt_now(&m->push.hunt);
    ohm_err err = ohm_link_set_line(m->push.link, line->baud, line->framing);
    if (!ohm_failed(err)) /* else it goes on as it was, until the next one's turn */
        ohm_decoder_reset(m->push.decoder);
}

static void note_protocol(ohm_meter *m)
{
    const ohm_protocol *protocol = ohm_decoder_protocol(m->push.decoder);
    (void)snprintf(m->status.protocol, sizeof m->status.protocol, "%s",
                   protocol ? protocol->name : "auto");
}

/* Everything that the decoder makes of `in`. */
static void decode(ohm_meter *m, ohm_span in)
{
    ohm_meter_status before = m->status;
    const void *message = NULL;
    ohm_protocol_reject reject;
    while (!m->stopped) {
        ohm_code code = ohm_decoder_next(m->push.decoder, &in, &message, &reject);
        note_frames(m);
        if (code == OHM_MORE || code == OHM_END)
            break;
        note_protocol(m);
        if (code == OHM_OK) {
            ohm_line_hunt_frame(&m->push.hunt);
            ohm_meter_take(m, ohm_decoder_protocol(m->push.decoder), message);
        } else {
            refuse(m, &reject);
        }
    }
    ohm_decoder_rest(m->push.decoder);
    ohm_meter_update(m, &before);
}

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_meter *m = ctx;
    ohm_meter_health_bytes(&m->health, bytes.len, ohm_meter_now(m));
    ohm_line_hunt_bytes(&m->push.hunt, bytes.len, ohm_meter_now(m));
    ohm_recent_bytes(&m->recent, bytes);
    decode(m, bytes);
    hunt(m);
}

/* What waited only for what might stand behind it is whole. */
static void on_quiet(void *ctx)
{
    ohm_meter *m = ctx;
    ohm_decoder_quiet(m->push.decoder);
    decode(m, ohm_span_of(NULL, 0));
}

static void on_up(void *ctx)
{
    ohm_meter *m = ctx;
    m->push.reopened_ms = ohm_meter_now(m).v;
    ohm_meter_line_up(m);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_meter *m = ctx;
    if (why.code == OHM_END) {
        ohm_decoder_finish(m->push.decoder);
        decode(m, ohm_span_of(NULL, 0));
    } else {
        on_quiet(m);
        ohm_decoder_reset(m->push.decoder);
    }
    ohm_meter_line_down(m, was_up, why);
}

/* Some adapters go deaf until they are opened anew; it costs nothing to try. */
static void reopen_if_deaf(ohm_meter *m)
{
    ohm_meter_state state = m->status.state;
    int64_t now_ms = ohm_meter_now(m).v;
    bool deaf =
        state == OHM_METER_NO_BYTES || state == OHM_METER_NO_FRAME || state == OHM_METER_STALE;
    int64_t pause_ms = 2 * m->health.stale_after_ms;
    if (pause_ms < REOPEN_MS_MIN)
        pause_ms = REOPEN_MS_MIN;
    if (!m->clock.live || !m->health.up || !deaf || now_ms - m->push.reopened_ms < pause_ms)
        return;
    m->push.reopened_ms = now_ms;
    ohm_decoder_reset(m->push.decoder);
    ohm_decoder_forget(m->push.decoder); /* another meter may be there now */
    ohm_meter_health_down(&m->health, true);
    ohm_link_reopen(m->push.link);
}

static void count(const ohm_meter *m, ohm_meter_counters *out)
{
    ohm_decoder_count(m->push.decoder, out);
}

static ohm_err start(ohm_meter *m, const ohm_meter_config *config, const ohm_link_config *link,
                     const ohm_protocol_config *protocol)
{
    OHM_TRY(config->row ? ohm_decoder_new(&config->row, 1, protocol, &m->push.decoder)
                        : ohm_decoder_open(config->protocol, protocol, &m->push.decoder));
    ohm_decoder_rest(m->push.decoder);
    note_protocol(m);
    m->push.reopened_ms = ohm_meter_now(m).v;
    ohm_line_hunt_init(&m->push.hunt, ohm_meter_row(config), config->baud, config->framing,
                       config->hunt_ms);
    if (link->address.kind != OHM_LINK_SERIAL)
        m->push.hunt.count = 1; /* a network or a file has no speed */
    ohm_link_config first = *link;
    first.baud = ohm_line_hunt_now(&m->push.hunt)->baud;
    memcpy(first.framing, ohm_line_hunt_now(&m->push.hunt)->framing, sizeof first.framing);
    const ohm_link_hooks hooks = { on_bytes, on_up, on_down, on_quiet, m };
    return ohm_link_open(m->loop, &first, &hooks, &m->push.link);
}

static void stop(ohm_meter *m)
{
    ohm_link_close(m->push.link);
}

static void release(ohm_meter *m)
{
    ohm_decoder_free(m->push.decoder);
}

const ohm_meter_way ohm_meter_push = { start, stop, release, count, reopen_if_deaf };
