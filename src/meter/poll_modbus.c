#include "meter/poll_modbus.h"

#include <stdlib.h>

#include "base/number.h"
#include "meter/modbus_profiles.h"

enum {
    TRIES_MAX = 3,
    EVERY_S = 10,
    BUSY_PAUSE_MS = 200, /* before a device that is busy is asked again */
    LATEST_MS = 10000,   /* no answer comes later than this */
};

static const char hint_rtu[] = "no answer; a gateway that carries serial frames inside TCP wants "
                               "the protocol modbus-rtu";
static const char hint_tcp[] = "what answers is not Modbus TCP; a gateway that carries serial "
                               "frames inside TCP wants the protocol modbus-rtu";

/* --- starting -----------------------------------------------------------------------------------
 */

static ohm_err parse_unit(const char *text, uint8_t *out)
{
    int64_t unit = 0;
    if (!text)
        return ohm_ok();
    if (ohm_number_int(ohm_span_text(text), &unit) != OHM_OK || unit < 0 || unit > UINT8_MAX)
        return ohm_fail(OHM_RANGE, 0, "the address of a Modbus device is its unit id, 0 to 255");
    *out = (uint8_t)unit;
    return ohm_ok();
}

/* A profile has to fit a plan. That of a device that describes itself is made as it is walked. */
static ohm_err check_plan(const ohm_modbus_profile *profile)
{
    ohm_modbus_plan *plan = malloc(sizeof *plan);
    if (!plan)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_code code = ohm_modbus_plan_make(profile, plan);
    free(plan);
    return code == OHM_OK ? ohm_ok()
                          : ohm_fail(OHM_TOO_BIG, 0, "the profile has too many registers");
}

static ohm_err init_as(ohm_modbus_poll *p, const ohm_protocol_config *c, ohm_modbus_framing framing)
{
    if (c->aead || c->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "Modbus is not ciphered: it takes no key");
    if (!c->profile || !*c->profile)
        return ohm_fail(OHM_UNKNOWN, 0,
                        "a Modbus device needs a profile that says what its registers mean");
    p->profile = c->modbus ? ohm_modbus_profiles_find(c->modbus, c->profile) : NULL;
    if (!p->profile)
        return ohm_fail(OHM_UNKNOWN, 0, "no Modbus profile has this name");
    p->unit = p->profile->unit;
    OHM_TRY(parse_unit(c->address, &p->unit));
    if (framing == OHM_MODBUS_RTU && p->unit == 0)
        return ohm_fail(OHM_RANGE, 0, "unit 0 is a broadcast: nobody answers it");
    p->given = p->profile;
    p->walking = p->given->sunspec;
    OHM_TRY(check_plan(p->given));
    p->framing = framing;
    p->baud = c->baud ? c->baud : p->profile->baud;
    int64_t silence_ms =
        framing == OHM_MODBUS_RTU ? (ohm_modbus_silence_us(c->baud) + 999) / 1000 : 0;
    p->silence_ms =
        (uint16_t)(silence_ms > p->profile->pause_ms ? silence_ms : p->profile->pause_ms);
    p->report = (ohm_modbus_report){ .profile = p->profile, .unit = p->unit };
    return ohm_ok();
}

static void release(void *state)
{
    ohm_modbus_poll *p = state;
    free(p->own);
    free(p->refusals);
    free(p->own_work);
}

static void lend(void *state, void *work)
{
    ((ohm_modbus_poll *)state)->work = work;
}

/* The plan of the present profile, less what the device refused before. */
static void make_plan(ohm_modbus_poll *p)
{
    ohm_code code = ohm_modbus_plan_make(p->profile, &p->work->plan);
    assert(code == OHM_OK); /* it was when the poll was made, and a walk keeps to what fits */
    (void)code;
    if (p->refusals)
        ohm_modbus_plan_recall(&p->work->plan, p->refusals);
}

/* Work begins anew with each conversation. What goes on is the number of the line's transactions,
 * so that a late answer is never taken for one of these. */
static bool take_work(ohm_modbus_poll *p)
{
    if (!p->work)
        p->work = p->own_work = calloc(1, sizeof *p->own_work);
    if (!p->work)
        return false;
    ohm_modbus_ask_init(&p->work->ask);
    p->work->ask.transaction = p->work->transaction;
    p->work->ask.counters = p->counters;
    make_plan(p);
    p->report.plan = &p->work->plan;
    return true;
}

/* Without memory what is refused is found out anew each time. */
static void note_refusal(ohm_modbus_poll *p)
{
    if (!p->refusals)
        p->refusals = malloc(p->work->plan.parts_count);
    if (p->refusals)
        ohm_modbus_plan_note(&p->work->plan, p->refusals);
}

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    return init_as(state, config, config->baud ? OHM_MODBUS_RTU : OHM_MODBUS_TCP);
}

static ohm_err init_rtu(void *state, const ohm_protocol_config *config)
{
    return init_as(state, config, OHM_MODBUS_RTU);
}

/* --- a conversation -----------------------------------------------------------------------------
 */

/* How long the answer takes on the wire, which it may also have behind a gateway. */
static uint32_t air_ms(const ohm_modbus_poll *p, unsigned count)
{
    enum { AROUND = 5, BITS = 11 };
    return p->framing == OHM_MODBUS_RTU ? (AROUND + 2 * count) * BITS * 1000 / p->baud + 1 : 0;
}

static ohm_poll_step send(ohm_modbus_poll *p, uint32_t pause_ms, ohm_poll_time now)
{
    ohm_modbus_frame request = { .unit = p->unit, .function = OHM_MODBUS_READ_HOLDING };
    if (p->walking) {
        bool more = ohm_sunspec_next(&p->work->walk, &request.address, &request.count);
        assert(more);
        (void)more;
    } else {
        const ohm_modbus_read *r = &p->work->plan.reads[p->at];
        request.function = r->function;
        request.address = r->address;
        request.count = r->count;
    }
    size_t len = ohm_modbus_ask_begin(&p->work->ask, p->framing, &request);
    p->work->transaction = p->work->ask.transaction;
    ohm_poll_step step = ohm_poll_send(ohm_span_of(p->work->ask.sent, len),
                                       p->profile->reply_ms + air_ms(p, request.count));
    step.silence_ms = pause_ms > p->silence_ms ? pause_ms : p->silence_ms;
    p->asked_ms = p->sent_ms = now.mono.v + step.silence_ms;
    return step;
}

/* How long the line must be quiet before another read. After a repeated request more answers may
 * come, to whichever of them: each takes at most as long as the one that came did since the first
 * request, one after the other if the device does one thing at a time. */
static uint32_t pause_ms(ohm_modbus_poll *p, ohm_poll_time now)
{
    int64_t since_ms = now.mono.v - p->open_since_ms;
    unsigned open = p->framing == OHM_MODBUS_RTU ? p->open : 0;
    p->open = 0;
    if (open == 0)
        return 0;
    since_ms = since_ms < 0 ? 0 : since_ms > LATEST_MS ? LATEST_MS : since_ms;
    return (uint32_t)since_ms * open + p->profile->reply_ms;
}

static ohm_poll_step send_next(ohm_modbus_poll *p, ohm_poll_time now)
{
    p->tries = 1;
    return send(p, pause_ms(p, now), now);
}

static ohm_poll_step again(ohm_modbus_poll *p, uint32_t pause, ohm_poll_time now)
{
    p->tries++;
    return send(p, pause, now);
}

/* The first read of a conversation: nobody knows how late the answers are that the last one left
 * open, but that they come within LATEST_MS. */
static ohm_poll_step send_first(ohm_modbus_poll *p, ohm_poll_time now)
{
    int64_t left_ms = p->sent_ms + LATEST_MS - now.mono.v;
    bool open = p->open > 0 && p->framing == OHM_MODBUS_RTU && left_ms > 0;
    p->open = 0;
    p->tries = 1;
    ohm_poll_step step = send(p, open ? (uint32_t)left_ms : 0, now);
    p->asked_ms = now.mono.v; /* the line may be quiet already */
    return step;
}

/* All that the device refused may be there after its next start, and another map. */
static void plan_anew(ohm_modbus_poll *p)
{
    p->profile = p->report.profile = p->given;
    p->walking = p->given->sunspec;
    free(p->own);
    free(p->refusals);
    p->own = NULL;
    p->refusals = NULL;
}

/* What the walk found, as large as it is. */
static bool describe(ohm_modbus_poll *p)
{
    ohm_modbus_profile *found = malloc(sizeof *found);
    if (!found)
        return false;
    *found = *p->given;
    ohm_sunspec_profile(&p->work->walk, found);
    ohm_modbus_profile *own =
        realloc(found, offsetof(ohm_modbus_profile, points) +
                           (found->points_count + 1u) * sizeof *found->points);
    p->own = own ? own : found;
    p->profile = p->report.profile = p->own;
    p->walking = false;
    make_plan(p);
    return true;
}

/* Its serial number, if it says one. */
static void note_id(ohm_modbus_poll *p)
{
    for (size_t i = 0; i < p->profile->points_count; i++) {
        ohm_modbus_value v;
        if (p->profile->points[i].quantity != OHM_Q_METER_ID)
            continue;
        ohm_modbus_plan_value(&p->work->plan, i, &v);
        if (v.kind == OHM_MODBUS_TEXT)
            memcpy(p->id, v.text, sizeof p->id);
    }
    p->report.id = p->id[0] ? p->id : NULL;
}

static ohm_poll_step done(ohm_modbus_poll *p)
{
    size_t point = 0;
    note_id(p);
    if (ohm_modbus_report_wrong(&p->report, &point))
        return ohm_poll_failed(OHM_RANGE, OHM_METER_WRONG_PROFILE,
                               "its values can't be: the profile is probably another device's");
    p->messages++;
    return ohm_poll_done(&p->report);
}

static ohm_poll_step go_on(ohm_modbus_poll *p, ohm_poll_time now)
{
    if (p->at < p->work->plan.reads_count)
        return send_next(p, now);
    if (p->work->plan.reads_count > 0)
        return done(p);
    plan_anew(p);
    return ohm_poll_failed(OHM_DENIED, OHM_METER_REFUSED,
                           "the device has none of the registers of its profile");
}

/* The walk through a SunSpec map, then the reads of what was found. */
static ohm_poll_step walk_on(ohm_modbus_poll *p, ohm_span data, ohm_poll_time now)
{
    uint16_t address, count;
    ohm_sunspec_take(&p->work->walk, data);
    if (ohm_sunspec_next(&p->work->walk, &address, &count))
        return send_next(p, now);
    if (!p->work->walk.found)
        return ohm_poll_failed(OHM_UNKNOWN, OHM_METER_REFUSED,
                               "no SunSpec map at 40000, 50000 or 0");
    if (!describe(p))
        return ohm_poll_failed(OHM_NO_MEMORY, OHM_METER_NO_ANSWER, "out of memory");
    if (p->work->plan.reads_count > 0)
        return send_next(p, now);
    plan_anew(p);
    return ohm_poll_failed(OHM_UNKNOWN, OHM_METER_UNKNOWN_LAYOUT,
                           "its SunSpec map has no model that is known");
}

static ohm_poll_step refused(ohm_modbus_poll *p, uint8_t exception, ohm_poll_time now)
{
    p->refused++;
    switch (exception) {
    case OHM_MODBUS_ILLEGAL_FUNCTION:
    case OHM_MODBUS_ILLEGAL_ADDRESS:
    case OHM_MODBUS_ILLEGAL_VALUE:
        if (p->walking)
            return walk_on(p, ohm_span_of(NULL, 0), now);
        (void)ohm_modbus_plan_refused(&p->work->plan, p->at);
        note_refusal(p);
        return go_on(p, now);
    case OHM_MODBUS_ACKNOWLEDGE:
    case OHM_MODBUS_DEVICE_BUSY:
        if (p->tries < TRIES_MAX && !p->probe)
            return again(p, BUSY_PAUSE_MS, now);
        return ohm_poll_failed(OHM_BUSY, OHM_METER_REFUSED, "the device is busy");
    case OHM_MODBUS_GATEWAY_PATH:
    case OHM_MODBUS_GATEWAY_SILENT:
        return ohm_poll_failed(OHM_IO, OHM_METER_NO_ANSWER, ohm_modbus_exception_text(exception));
    default:
        return ohm_poll_failed(OHM_DENIED, OHM_METER_REFUSED, ohm_modbus_exception_text(exception));
    }
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    ohm_modbus_poll *p = state;
    if (!take_work(p))
        return ohm_poll_failed(OHM_NO_MEMORY, OHM_METER_NO_ANSWER, "out of memory");
    p->probe = probe;
    p->at = 0;
    if (p->walking)
        ohm_sunspec_begin(&p->work->walk);
    else if (p->work->plan.reads_count == 0)
        return go_on(p, now);
    return send_first(p, now);
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    ohm_modbus_poll *p = state;
    ohm_modbus_frame reply;
    ohm_code code = ohm_modbus_ask_take(&p->work->ask, *in, &reply);
    p->counters = p->work->ask.counters;
    *in = ohm_span_part(*in, in->len, 0);
    if (code == OHM_MORE)
        return ohm_poll_wait(0);
    if (code != OHM_OK)
        return ohm_poll_failed(OHM_BAD_FORMAT, OHM_METER_NO_FRAME, hint_tcp);
    p->frames++;
    p->spoke = true;
    if (reply.exception)
        return refused(p, reply.exception, now);
    if (p->walking)
        return walk_on(p, reply.data, now);
    ohm_modbus_plan_keep(&p->work->plan, p->at, reply.data);
    p->at++;
    return go_on(p, now);
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    ohm_modbus_poll *p = state;
    const char *why = ohm_modbus_ask_timeout(&p->work->ask);
    p->counters = p->work->ask.counters;
    p->open_since_ms = p->open == 0 ? p->asked_ms : p->open_since_ms;
    p->open++;
    if (p->tries < TRIES_MAX && !p->probe)
        return again(p, 0, now);
    if (p->framing == OHM_MODBUS_TCP && !p->spoke)
        why = hint_rtu;
    return ohm_poll_failed(OHM_IO, OHM_METER_NO_ANSWER, why);
}

static void reset(void *state)
{
    ohm_modbus_poll *p = state;
    if (p->work)
        p->work->ask.waiting = false;
    plan_anew(p);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_modbus_poll *p = state;
    const ohm_modbus_ask_counters *c = &p->counters;
    out->frames = p->frames + c->foreign + c->late;
    out->messages = p->messages;
    out->bad_fcs = c->bad_frames;
    out->late = c->foreign + c->late;
    out->refused = p->refused;
    out->bytes_skipped = c->noise_bytes;
}

const ohm_poller ohm_poller_modbus = {
    .state_size = sizeof(ohm_modbus_poll),
    .work_size = sizeof(ohm_modbus_work),
    .work_kept_size = offsetof(ohm_modbus_work, ask),
    .lend = lend,
    .every_s = EVERY_S,
    .init = init,
    .release = release,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};

const ohm_poller ohm_poller_modbus_rtu = {
    .state_size = sizeof(ohm_modbus_poll),
    .work_size = sizeof(ohm_modbus_work),
    .work_kept_size = offsetof(ohm_modbus_work, ask),
    .lend = lend,
    .every_s = EVERY_S,
    .init = init_rtu,
    .release = release,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};
