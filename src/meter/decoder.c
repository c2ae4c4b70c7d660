#include "meter/decoder.h"

#include <stdlib.h>

#include "host/random.h"
#include "host/sleeper.h"

typedef enum verdict {
    UNDECIDED,
    TROUBLED, /* refused a whole frame of its own for want of a key or a profile */
    ACCEPTED,
} verdict;

/* What one refused that is not alone. */
typedef struct refusals {
    ohm_protocol_reject trouble; /* TROUBLED */
    ohm_protocol_reject held[OHM_DECODER_HELD_MAX];
} refusals;

typedef struct candidate {
    const ohm_protocol *protocol;
    ohm_sleeper state;
    verdict verdict;
    ohm_span rest; /* of the present bytes, behind what decided */
    const void *message;
    size_t held_count; /* may be above what is kept */
    refusals *refused; /* NULL for one that is alone */
} candidate;

/* To find out again what a line speaks. */
typedef struct choice {
    ohm_protocol_config config;
    ohm_meter_counters before; /* of what was forgotten */
    const ohm_protocol *given[OHM_DECODER_CANDIDATES_MAX];
    size_t given_count;
} choice;

struct ohm_decoder {
    choice *choice;        /* NULL: there is but one */
    candidate *candidates; /* of which the first stays when it is decided */
    size_t count;
    bool finished;
    bool decided;
    size_t told; /* held refusals of the decided one, told so far */
};

/* --- starting -----------------------------------------------------------------------------------
 */

static void drop_state(candidate *c)
{
    ohm_sleeper_release(&c->state);
    free(c->refused);
    c->refused = NULL;
}

static ohm_err begin(candidate *c, const ohm_protocol *protocol, const ohm_protocol_config *config,
                     bool alone)
{
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_protocol_config own = *config;
    own.among_others = !alone;
    *c = (candidate){ .protocol = protocol };
    bool got = ohm_sleeper_init(&c->state, protocol->state_size, protocol->kept_size);
    c->refused = alone ? NULL : calloc(1, sizeof *c->refused);
    if (got && (alone || c->refused))
        err = protocol->init(c->state.memory, &own);
    if (ohm_failed(err))
        drop_state(c);
    return err;
}

/* All that the configuration fits, as new candidates. */
static ohm_err begin_all(const ohm_protocol *const *given, size_t given_count,
                         const ohm_protocol_config *config, candidate **ret_candidates,
                         size_t *ret_count)
{
    candidate *all = calloc(given_count, sizeof *all);
    ohm_err err = all ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err why = ohm_fail(OHM_UNKNOWN, 0, "no meter profile has this name");
    bool profile = config->profile && config->profile[0] && given_count > 1;
    size_t count = 0;
    for (size_t i = 0; i < given_count && !ohm_failed(err); i++) {
        if (profile && !given[i]->has_profiles)
            continue;
        err = begin(&all[count], given[i], config, given_count == 1);
        if (!ohm_failed(err))
            count++;
        else
            why = err;
        if (err.code != OHM_NO_MEMORY)
            err = ohm_ok(); /* another may fit */
    }
    if (!ohm_failed(err) && count == 0)
        err = why;
    if (ohm_failed(err)) {
        for (size_t i = 0; i < count; i++)
            drop_state(&all[i]);
        free(all);
        return err;
    }
    *ret_candidates = all;
    *ret_count = count;
    return ohm_ok();
}

static void drop_candidates(ohm_decoder *d)
{
    for (size_t i = 0; i < d->count; i++)
        drop_state(&d->candidates[i]);
    free(d->candidates);
}

ohm_err ohm_decoder_new(const ohm_protocol *const *protocols, size_t count,
                        const ohm_protocol_config *config, ohm_decoder **ret_decoder)
{
    assert(count > 0 && count <= OHM_DECODER_CANDIDATES_MAX);
    ohm_decoder *d = calloc(1, sizeof *d);
    if (d && count > 1)
        d->choice = calloc(1, sizeof *d->choice);
    if (!d || (count > 1 && !d->choice)) {
        free(d);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    if (d->choice) {
        d->choice->config = *config;
        d->choice->given_count = count;
        memcpy(d->choice->given, protocols, count * sizeof *protocols);
    }
    ohm_err err = begin_all(protocols, count, config, &d->candidates, &d->count);
    if (ohm_failed(err)) {
        ohm_decoder_free(d);
        return err;
    }
    d->decided = d->count == 1;
    *ret_decoder = d;
    return ohm_ok();
}

ohm_err ohm_decoder_open(const char *name, const ohm_protocol_config *config,
                         ohm_decoder **ret_decoder)
{
    if (!*name || !strcmp(name, "auto")) {
        const ohm_protocol *all[OHM_DECODER_CANDIDATES_MAX];
        size_t count = ohm_protocol_streams(all, OHM_DECODER_CANDIDATES_MAX);
        return ohm_decoder_new(all, count, config, ret_decoder);
    }
    const ohm_protocol *protocol = ohm_protocol_find(name);
    if (!protocol)
        return ohm_fail(OHM_UNSUPPORTED, 0, "no such protocol");
    if (!protocol->next)
        return ohm_fail(OHM_UNSUPPORTED, 0,
                        protocol->poller ? "devices of this protocol say nothing by themselves: "
                                           "they must be asked"
                                         : "this protocol has no stream of bytes to decode");
    return ohm_decoder_new(&protocol, 1, config, ret_decoder);
}

void ohm_decoder_free(ohm_decoder *d)
{
    if (!d)
        return;
    drop_candidates(d);
    if (d->choice)
        ohm_wipe(d->choice, sizeof *d->choice); /* keys are in it */
    free(d->choice);
    free(d);
}

/* --- finding out --------------------------------------------------------------------------------
 */

static void hold(candidate *c, const ohm_protocol_reject *reject)
{
    assert(c->refused);
    if (c->held_count < OHM_DECODER_HELD_MAX)
        c->refused->held[c->held_count] = *reject;
    c->held_count++;
}

/* Lets one candidate look, until it is through with the bytes or decides. */
static void look(candidate *c, ohm_span in)
{
    ohm_protocol_reject reject;
    ohm_sleeper_wake(&c->state);
    for (;;) {
        ohm_code code = c->protocol->next(c->state.memory, &in, &c->message, &reject);
        c->rest = in;
        if (code == OHM_MORE || code == OHM_END)
            return;
        if (code == OHM_OK) {
            c->verdict = ACCEPTED;
            return;
        }
        if (reject.trouble != OHM_METER_OK) {
            c->verdict = TROUBLED;
            c->refused->trouble = reject;
            return;
        }
        hold(c, &reject);
    }
}

/* Is `a` better than `b`, which comes before it in the table? */
static bool decides_before(const candidate *a, const candidate *b)
{
    if (a->verdict != b->verdict)
        return a->verdict > b->verdict;
    return a->verdict == ACCEPTED && a->rest.len > b->rest.len;
}

/* How much of its own a candidate has seen: whole frames, then damaged ones. */
static void hints_of(const candidate *c, uint64_t *ret_frames, uint64_t *ret_damaged)
{
    ohm_meter_counters seen = { 0 };
    c->protocol->count(ohm_sleeper_look(&c->state), &seen);
    *ret_frames = seen.frames;
    *ret_damaged = c->protocol->loose ? 0 : seen.bad_fcs;
}

static bool more_plausible(const candidate *a, const candidate *b)
{
    uint64_t frames_a, damaged_a, frames_b, damaged_b;
    hints_of(a, &frames_a, &damaged_a);
    hints_of(b, &frames_b, &damaged_b);
    return frames_a != frames_b ? frames_a > frames_b : damaged_a > damaged_b;
}

static size_t most_plausible(const ohm_decoder *d)
{
    size_t best = 0;
    for (size_t i = 1; i < d->count; i++)
        if (more_plausible(&d->candidates[i], &d->candidates[best]))
            best = i;
    return best;
}

/* That one stays; the others are forgotten. */
static void decide(ohm_decoder *d, size_t winner)
{
    for (size_t i = 0; i < d->count; i++)
        if (i != winner)
            drop_state(&d->candidates[i]);
    d->candidates[0] = d->candidates[winner];
    d->count = 1;
    d->told = 0;
    d->decided = true;
}

/* The end, and nobody was believed: whose word is the best. */
static void give_up(ohm_decoder *d)
{
    decide(d, most_plausible(d));
    candidate *c = &d->candidates[0];
    uint64_t frames, damaged;
    hints_of(c, &frames, &damaged);
    if (frames > 0 || damaged > 0 || c->held_count == 0)
        return;
    c->held_count = 1;
    c->refused->held[0] = (ohm_protocol_reject){
        .code = OHM_BAD_FORMAT,
        .stage = "stream",
        .what = "no frame of any known protocol in it",
        .trouble = OHM_METER_OK,
    };
}

static void find_out(ohm_decoder *d, ohm_span *in)
{
    size_t best = 0;
    for (size_t i = 0; i < d->count; i++) {
        look(&d->candidates[i], *in);
        if (decides_before(&d->candidates[i], &d->candidates[best]))
            best = i;
    }
    ohm_span rest = d->candidates[best].rest;
    if (d->candidates[best].verdict != UNDECIDED)
        decide(d, best);
    else if (d->finished)
        give_up(d);
    *in = rest;
}

/* What the decided one has still to say of the time before. OHM_MORE: nothing. */
static ohm_code tell(ohm_decoder *d, const void **message, ohm_protocol_reject *reject)
{
    candidate *c = &d->candidates[0];
    if (d->told < c->held_count && d->told < OHM_DECODER_HELD_MAX) {
        *reject = c->refused->held[d->told++];
        return reject->code;
    }
    if (c->held_count > OHM_DECODER_HELD_MAX) {
        *reject = c->refused->held[OHM_DECODER_HELD_MAX - 1];
        reject->what = "more was refused behind this, before the first good frame";
        c->held_count = d->told;
        return reject->code;
    }
    verdict reached = c->verdict;
    c->verdict = UNDECIDED;
    if (reached == TROUBLED) {
        *reject = c->refused->trouble;
        return reject->code;
    }
    *message = c->message;
    return reached == ACCEPTED ? OHM_OK : OHM_MORE;
}

/* --- the stream ---------------------------------------------------------------------------------
 */

ohm_code ohm_decoder_next(ohm_decoder *d, ohm_span *in, const void **message,
                          ohm_protocol_reject *reject)
{
    if (!d->decided) {
        find_out(d, in);
        if (!d->decided)
            return OHM_MORE;
    }
    candidate *c = &d->candidates[0];
    if (c->held_count > d->told || c->verdict != UNDECIDED) {
        ohm_code code = tell(d, message, reject);
        if (code != OHM_MORE)
            return code;
    }
    ohm_sleeper_wake(&c->state);
    return c->protocol->next(c->state.memory, in, message, reject);
}

void ohm_decoder_finish(ohm_decoder *d)
{
    d->finished = true;
    for (size_t i = 0; i < d->count; i++) {
        ohm_sleeper_wake(&d->candidates[i].state);
        d->candidates[i].protocol->finish(d->candidates[i].state.memory);
    }
}

void ohm_decoder_quiet(ohm_decoder *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const ohm_protocol *protocol = d->candidates[i].protocol;
        ohm_sleeper_wake(&d->candidates[i].state);
        if (protocol->quiet)
            protocol->quiet(d->candidates[i].state.memory);
    }
}

void ohm_decoder_rest(ohm_decoder *d)
{
    for (size_t i = 0; i < d->count; i++) {
        candidate *c = &d->candidates[i];
        bool told = c->verdict == UNDECIDED && c->held_count <= d->told;
        if (told && d->decided) {
            free(c->refused); /* whoever stays alone says what it refuses at once */
            c->refused = NULL;
        }
        if (told && !c->state.asleep && c->protocol->rest && c->protocol->rest(c->state.memory))
            ohm_sleeper_sleep(&c->state);
    }
}

void ohm_decoder_reset(ohm_decoder *d)
{
    for (size_t i = 0; i < d->count; i++) {
        candidate *c = &d->candidates[i];
        ohm_sleeper_wake(&c->state);
        c->protocol->reset(c->state.memory);
        c->verdict = UNDECIDED;
        c->held_count = 0;
    }
    d->told = 0;
}

void ohm_decoder_forget(ohm_decoder *d)
{
    candidate *fresh = NULL;
    size_t count = 0;
    /* Without memory for it all stays as it is. */
    choice *c = d->choice;
    if (!c || ohm_failed(begin_all(c->given, c->given_count, &c->config, &fresh, &count)))
        return;
    ohm_decoder_count(d, &c->before);
    drop_candidates(d);
    d->candidates = fresh;
    d->count = count;
    d->decided = count == 1;
    d->told = 0;
}

const ohm_protocol *ohm_decoder_protocol(const ohm_decoder *d)
{
    return d->decided ? d->candidates[0].protocol : NULL;
}

void ohm_decoder_count(const ohm_decoder *d, ohm_meter_counters *out)
{
    const candidate *c = &d->candidates[d->decided ? 0 : most_plausible(d)];
    ohm_meter_counters now = { 0 };
    c->protocol->count(ohm_sleeper_look(&c->state), &now);
    *out = d->choice ? ohm_meter_counters_sum(&d->choice->before, &now) : now;
}
