#include "meter/poll_mbus.h"

#include <stdlib.h>

#include "meter/mbus_profiles.h"
#include "meter/profiles.h"
#include "wire/mbus_master.h"

enum {
    EVERY_S = 900, /* battery meters are not to be asked more often unless somebody wants it */
    PAUSE_MS = 20,
    LIMIT_MS = 600000, /* 32 long telegrams at 300 baud */
    TRIES = 3,
    TRIES_RESET = 2,
};

typedef enum phase {
    AT_RESET,
    AT_SELECT,
    AT_DATA,
    AT_ALARM,
    AT_DESELECT,
} phase;

typedef struct conversation {
    ohm_mbus *line; /* lent by the port, or own_line */
    ohm_mbus *own_line;
    ohm_mbus_counters counters; /* of this meter's conversations */
    ohm_mbus_cipher cipher;
    ohm_mbus_target target;
    const ohm_mbus_profiles *profiles; /* to choose from; NULL: none */
    const ohm_mbus_profile *named;     /* NULL: as it fits */
    uint32_t answer_ms, gap_ms, idle_ms;
    uint8_t phase; /* of the enumeration */
    uint8_t tries, telegrams;
    bool probe, fcb, damaged, idle_first;
    bool acked; /* the last request was acknowledged, and no data came */
    uint64_t late, refused;
    uint8_t request[OHM_MBUS_REQUEST_MAX];
} conversation;

static_assert(sizeof(conversation) <= 512, "an idle device is small");

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    conversation *c = state;
    ohm_mbus_target target = { .primary = OHM_MBUS_ONLY };
    if (config->address)
        OHM_TRY(ohm_mbus_target_parse(ohm_span_text(config->address), &target));
    OHM_TRY(ohm_mbus_profile_of(config, &c->named));
    OHM_TRY(ohm_mbus_cipher_of(config, &c->cipher));
    c->profiles = config->profiles ? config->profiles->mbus : NULL;
    bool remote = !config->line;
    c->target = target;
    c->answer_ms = ohm_mbus_answer_ms(config->baud, remote);
    c->gap_ms = ohm_mbus_gap_ms(config->baud, remote);
    c->idle_ms = ohm_mbus_idle_ms(config->baud);
    return ohm_ok();
}

static void lend(void *state, void *work)
{
    ((conversation *)state)->line = work;
}

static void release(void *state)
{
    free(((conversation *)state)->own_line);
}

/* The line's codec begins anew with each conversation, but counts on. */
static bool take_line(conversation *c)
{
    if (!c->line)
        c->line = c->own_line = malloc(sizeof *c->own_line);
    if (!c->line)
        return false;
    ohm_mbus_init(c->line);
    c->line->counters = c->counters;
    c->line->cipher = c->cipher;
    return true;
}

static uint8_t address_of(const conversation *c)
{
    return c->target.secondary ? OHM_MBUS_SELECTED : c->target.primary;
}

/* The request of the present phase. */
static ohm_poll_step ask(conversation *c)
{
    size_t len = OHM_MBUS_SHORT_LEN;
    uint8_t fcb = c->fcb ? OHM_MBUS_FCB : 0;
    ohm_mbus_reset(c->line);
    c->acked = false;
    switch ((phase)c->phase) {
    case AT_RESET:
    case AT_DESELECT:
        ohm_mbus_put_short(OHM_MBUS_SND_NKE, address_of(c), c->request);
        break;
    case AT_SELECT:
        len = ohm_mbus_put_select(&c->target, c->request);
        break;
    case AT_DATA:
        ohm_mbus_put_short((uint8_t)(OHM_MBUS_REQ_UD2 | fcb), address_of(c), c->request);
        break;
    case AT_ALARM:
        ohm_mbus_put_short((uint8_t)(OHM_MBUS_REQ_UD1 | fcb), address_of(c), c->request);
        break;
    }
    ohm_poll_step step = ohm_poll_send(ohm_span_of(c->request, len), c->answer_ms);
    step.silence_ms = c->idle_first ? c->idle_ms : 0;
    c->idle_first = false;
    return step;
}

static ohm_poll_step go_to(conversation *c, phase next)
{
    c->phase = (uint8_t)next;
    c->tries = 0;
    c->damaged = false;
    return ask(c);
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    if (!take_line(c))
        return ohm_poll_failed(OHM_NO_MEMORY, OHM_METER_NO_ANSWER, "out of memory");
    c->probe = probe;
    c->telegrams = 0;
    c->fcb = true; /* the first request behind a reset and behind a selection */
    c->idle_first = false;
    return go_to(c, c->target.secondary ? AT_SELECT : AT_RESET);
}

/* Everything is read: leave the bus as it was found. */
static ohm_poll_step finish(conversation *c, const ohm_mbus_message *message)
{
    if (!c->target.secondary)
        return ohm_poll_done(message);
    ohm_poll_step step = go_to(c, AT_DESELECT);
    step.message = message;
    return step;
}

static ohm_poll_step on_telegram(conversation *c, const ohm_mbus_message *m)
{
    if (m->body == OHM_MBUS_ERROR) {
        c->refused++;
        return ohm_poll_failed(OHM_DENIED, OHM_METER_REFUSED, ohm_mbus_error_text(m->code));
    }
    c->line->message.profile = c->named ? c->named : ohm_mbus_profiles_choose(c->profiles, m);
    c->fcb = !c->fcb;
    c->telegrams++;
    c->probe = false;
    ohm_poll_step step;
    if (c->phase == AT_DATA && m->more_follows && c->telegrams < OHM_MBUS_TELEGRAMS_MAX)
        step = go_to(c, AT_DATA);
    else if (c->phase == AT_DATA && (m->control & OHM_MBUS_ACD) != 0)
        step = go_to(c, AT_ALARM);
    else
        return finish(c, m);
    step.message = m;
    return step;
}

static ohm_poll_step on_ack(conversation *c)
{
    c->probe = false; /* it lives: now it is worth the patience */
    switch ((phase)c->phase) {
    case AT_RESET:
    case AT_SELECT:
        return go_to(c, AT_DATA);
    case AT_DATA: /* an echo of the acknowledgement before, or a meter that has no data */
        c->acked = true;
        return ohm_poll_wait(0);
    case AT_ALARM: /* there is none any more */
        return finish(c, NULL);
    case AT_DESELECT:
        break;
    }
    return ohm_poll_done(NULL);
}

/* A whole frame that says nothing usable ends the conversation; noise does not. */
static bool hopeless(const ohm_mbus_reject *r, ohm_poll_step *step)
{
    ohm_meter_state trouble = ohm_mbus_trouble(r);
    if (trouble != OHM_METER_OK) {
        *step = ohm_poll_failed(r->code, trouble, r->what);
        return true;
    }
    if (r->stage == OHM_MBUS_AT_FRAME || r->code == OHM_UNSUPPORTED)
        return false;
    *step = ohm_poll_failed(r->code, OHM_METER_UNKNOWN_LAYOUT, r->what);
    return true;
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    for (;;) {
        const ohm_mbus_message *m = NULL;
        ohm_mbus_reject reject;
        ohm_poll_step step;
        uint64_t acks = c->line->counters.acks;
        ohm_code code = ohm_mbus_next(c->line, in, &m, &reject);
        c->counters = c->line->counters;
        bool data = c->phase == AT_DATA || c->phase == AT_ALARM;
        if (code == OHM_OK && data && ohm_mbus_target_fits(&c->target, m))
            return on_telegram(c, m);
        if (code == OHM_OK) {
            c->late++;
            continue;
        }
        if (code == OHM_MORE && c->line->counters.acks > acks)
            return on_ack(c);
        if (code == OHM_MORE)
            return ohm_poll_wait(c->line->head < c->line->tail ? c->gap_ms : 0);
        if (hopeless(&reject, &step))
            return step;
        c->damaged |= reject.stage == OHM_MBUS_AT_FRAME;
    }
}

static ohm_poll_step give_up(conversation *c)
{
    switch ((phase)c->phase) {
    case AT_RESET:
        if (!c->probe)
            return go_to(c, AT_DATA); /* some meters don't acknowledge a reset */
        break;
    case AT_SELECT:
        if (!c->damaged)
            return ohm_poll_failed(OHM_END, OHM_METER_NO_ANSWER,
                                   "no meter of this secondary address answers");
        break;
    case AT_DATA:
        if (c->telegrams > 0)
            return ohm_poll_failed(OHM_GAP, OHM_METER_NO_ANSWER,
                                   "the meter fell silent between two telegrams");
        if (c->acked && !c->damaged)
            return ohm_poll_failed(OHM_DENIED, OHM_METER_REFUSED,
                                   "the meter acknowledges what it is asked for, but has no data");
        break;
    case AT_ALARM:
        return finish(c, NULL);
    case AT_DESELECT:
        return ohm_poll_done(NULL);
    }
    if (c->damaged)
        return ohm_poll_failed(OHM_BAD_CHECKSUM, OHM_METER_NO_ANSWER,
                               "the answers are damaged: several meters at once, or a bad line");
    return ohm_poll_failed(OHM_END, OHM_METER_NO_ANSWER, "no meter of this address answers");
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    c->damaged |= c->line->head < c->line->tail; /* a frame that broke off */
    c->idle_first = c->damaged;
    unsigned tries = c->probe ? 1 : c->phase == AT_RESET ? TRIES_RESET : TRIES;
    return ++c->tries < tries ? ask(c) : give_up(c);
}

static void reset(void *state)
{
    conversation *c = state;
    if (c->line)
        ohm_mbus_reset(c->line);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const conversation *c = state;
    const ohm_mbus_counters *n = &c->counters;
    out->frames = n->messages + n->refused + n->no_key + n->tag_failures;
    out->messages = n->messages - c->late;
    out->bad_fcs = n->bad_frames;
    out->unknown_layout = n->refused;
    out->no_key = n->no_key;
    out->tag_failures = n->tag_failures;
    out->bytes_skipped = n->bytes_skipped;
    out->late = c->late;
    out->refused = c->refused;
}

const ohm_poller ohm_poller_mbus = {
    .state_size = sizeof(conversation),
    .work_size = sizeof(ohm_mbus),
    .lend = lend,
    .release = release,
    .every_s = EVERY_S,
    .pause_ms = PAUSE_MS,
    .limit_ms = LIMIT_MS,
    .drops_echo = true,
    .init = init,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};
