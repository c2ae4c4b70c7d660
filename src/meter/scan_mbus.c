/* Who is on an M-Bus: every primary address, or the wildcard search of secondary ones.
 *
 * Whoever answers is asked for a telegram: only a good one makes a meter of it, with nothing but
 * silence behind it. Nothing at all behind an answer was noise; damaged telegrams, three times, are
 * several meters at once, and so is more than one acknowledgement of a selection: some level
 * converters keep answers apart, and the first good telegram would hide the others. */
#include <stdio.h>

#include "meter/mbus_json.h"
#include "meter/scan.h"
#include "wire/mbus_search.h"

enum {
    PAUSE_MS = 20,
    LIMIT_MS = 2000000000, /* a large bus at 300 baud takes days */
    TRIES_PROBE = 2,
    TRIES_DATA = 3,
    GLITCH_MAX = 2, /* bytes that the line makes of being let go, behind a telegram */
};

typedef enum phase {
    AT_PROBE, /* SND_NKE, or a selection */
    AT_DATA,
    AT_END, /* the last deselection */
} phase;

typedef struct search {
    ohm_scan_note note;
    ohm_mbus line;
    ohm_mbus_search walk;
    ohm_mbus_target target; /* that is tried now */
    bool secondary;
    uint8_t first, last; /* primary */
    uint32_t answer_ms, gap_ms, idle_ms;
    uint8_t phase; /* of the enumeration */
    uint8_t tries;
    bool acked;      /* exactly one E5, and nothing else */
    bool damaged;    /* something came in answer to the request for data */
    bool good;       /* the line's message is the meter's; its window stays as it is */
    uint64_t behind; /* bytes that came after it */
    uint64_t acks_before, bytes_before, bad_before;
    uint8_t request[OHM_MBUS_REQUEST_MAX];
} search;

/* --- where to look -----------------------------------------------------------------------------
 */

/* "primary", "secondary", "1-60", "12FFFFFF": everything else is wrong. */
static ohm_err take_where(search *s, const char *where)
{
    unsigned first = 0, last = 0;
    int len = 0;
    s->first = 1;
    s->last = OHM_MBUS_PRIMARY_MAX;
    memset(s->target.mask, 0xff, sizeof s->target.mask);
    if (!where || !strcmp(where, "primary"))
        return ohm_ok();
    s->secondary = true;
    if (!strcmp(where, "secondary"))
        return ohm_ok();
    if (sscanf(where, "%3u-%3u%n", &first, &last, &len) == 2 && !where[len] && first <= last &&
        last <= OHM_MBUS_PRIMARY_MAX) {
        s->secondary = false;
        s->first = (uint8_t)first;
        s->last = (uint8_t)last;
        return ohm_ok();
    }
    OHM_TRY(ohm_mbus_target_parse(ohm_span_text(where), &s->target));
    if (!s->target.secondary) {
        s->secondary = false;
        s->first = s->last = s->target.primary;
    }
    return ohm_ok();
}

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    search *s = state;
    OHM_TRY(take_where(s, config->address));
    bool remote = !config->line;
    s->answer_ms = ohm_mbus_answer_ms(config->baud, remote);
    s->gap_ms = ohm_mbus_gap_ms(config->baud, remote);
    s->idle_ms = ohm_mbus_idle_ms(config->baud);
    s->target.secondary = s->secondary;
    s->target.primary = s->secondary ? OHM_MBUS_SELECTED : s->first;
    ohm_mbus_init(&s->line);
    return ohm_ok();
}

/* --- requests ----------------------------------------------------------------------------------
 */

static ohm_poll_step ask(search *s)
{
    size_t len = OHM_MBUS_SHORT_LEN;
    ohm_mbus_reset(&s->line);
    s->acks_before = s->line.counters.acks;
    s->bytes_before = s->line.counters.bytes;
    s->bad_before = s->line.counters.bad_frames;
    s->good = false;
    s->behind = 0;
    if (s->phase == AT_PROBE && s->secondary)
        len = ohm_mbus_put_select(&s->target, s->request);
    else if (s->phase == AT_DATA)
        ohm_mbus_put_short(OHM_MBUS_REQ_UD2 | OHM_MBUS_FCB, s->target.primary, s->request);
    else
        ohm_mbus_put_short(OHM_MBUS_SND_NKE, s->target.primary, s->request);
    ohm_poll_step step = ohm_poll_send(ohm_span_of(s->request, len), s->answer_ms);
    step.silence_ms = s->tries > 0 ? s->idle_ms : 0;
    return step;
}

static ohm_poll_step go_to(search *s, phase next)
{
    s->phase = (uint8_t)next;
    s->tries = 0;
    s->damaged = false;
    return ask(s);
}

/* A note of where the search is. */
static void set_note(search *s, ohm_scan_kind kind)
{
    size_t len = ohm_mbus_target_write(&s->target, s->note.where);
    s->note.where[len] = 0;
    s->note.kind = kind;
    s->note.message = NULL;
    s->note.why = NULL;
    s->note.total = s->secondary ? 1000 : (uint32_t)(s->last - s->first + 1);
    s->note.done = s->secondary ? ohm_mbus_search_permille(&s->walk)
                                : (uint32_t)(s->target.primary - s->first);
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    search *s = state;
    (void)probe;
    (void)now;
    if (s->secondary)
        ohm_mbus_search_init(&s->walk, s->target.mask);
    else
        s->target.primary = s->first;
    set_note(s, OHM_SCAN_PROGRESS);
    ohm_poll_step step = go_to(s, AT_PROBE);
    step.message = &s->note;
    return step;
}

/* The next address; the step carries a note where there is one. */
static ohm_poll_step next_address(search *s, ohm_mbus_search_answer answer, bool *ret_stuck)
{
    *ret_stuck = false;
    if (!s->secondary) {
        if (s->target.primary == s->last)
            return ohm_poll_done(NULL);
        s->target.primary++;
        return go_to(s, AT_PROBE);
    }
    if (!ohm_mbus_search_next(&s->walk, answer, ret_stuck))
        return go_to(s, AT_END);
    ohm_mbus_search_mask(&s->walk, s->target.mask);
    return go_to(s, AT_PROBE);
}

static ohm_poll_step nobody(search *s)
{
    bool stuck;
    ohm_poll_step step = next_address(s, OHM_MBUS_SEARCH_NOBODY, &stuck);
    set_note(s, OHM_SCAN_PROGRESS);
    step.message = &s->note;
    return step;
}

static ohm_poll_step found(search *s, const ohm_mbus_message *m)
{
    bool stuck;
    set_note(s, OHM_SCAN_FOUND);
    if (s->secondary && m->has_maker) { /* what was asked for may have been a mask */
        ohm_mbus_target own = { .secondary = true };
        memcpy(own.mask, m->secondary, sizeof own.mask);
        s->note.where[ohm_mbus_target_write(&own, s->note.where)] = 0;
    }
    ohm_poll_step step = next_address(s, OHM_MBUS_SEARCH_ONE, &stuck);
    s->note.message = m;
    step.message = &s->note;
    return step;
}

/* Somebody is there: several of them, or one that says nothing useful. */
static ohm_poll_step unclear(search *s, const char *why)
{
    bool stuck;
    ohm_scan_note note;
    set_note(s, OHM_SCAN_UNCLEAR);
    s->note.why = why;
    note = s->note;
    ohm_poll_step step = next_address(s, OHM_MBUS_SEARCH_SEVERAL, &stuck);
    if (s->secondary && !stuck)
        set_note(s, OHM_SCAN_PROGRESS); /* deeper it becomes clear */
    else
        s->note = note;
    step.message = &s->note;
    return step;
}

/* --- answers -----------------------------------------------------------------------------------
 */

/* Behind a good telegram bytes are only counted: the codec must not touch it any more. */
static ohm_poll_step listen_on(search *s, ohm_span *in)
{
    s->behind += in->len;
    *in = ohm_span_part(*in, in->len, 0);
    return ohm_poll_wait(s->gap_ms);
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    search *s = state;
    (void)now;
    while (!s->good) {
        const ohm_mbus_message *m = NULL;
        ohm_mbus_reject reject;
        ohm_code code = ohm_mbus_next(&s->line, in, &m, &reject);
        if (code == OHM_MORE)
            return ohm_poll_wait(s->gap_ms); /* until the line is quiet again */
        s->good = code == OHM_OK && s->phase == AT_DATA && ohm_mbus_target_fits(&s->target, m);
    }
    if (s->behind == 0)
        s->behind = (uint64_t)(s->line.tail - s->line.head);
    return listen_on(s, in);
}

static const char several[] = "several meters at once, or answers that can't be read";

/* Certain to be several, and something is left to tell them apart by. */
static bool splits(const search *s)
{
    return s->secondary && ohm_mbus_search_splits(&s->walk);
}

static ohm_poll_step probed(search *s, uint64_t heard)
{
    if (heard == 0)
        return ++s->tries < TRIES_PROBE ? ask(s) : nobody(s);
    uint64_t acks = s->line.counters.acks - s->acks_before;
    if (acks > 1 && acks == heard && splits(s))
        return unclear(s, several);
    s->acked = heard == 1 && acks == 1;
    return go_to(s, AT_DATA);
}

static ohm_poll_step asked(search *s, uint64_t heard)
{
    bool two = s->line.counters.bad_frames > s->bad_before; /* a damaged one before the good one */
    if (s->good && (two || s->behind > 0) && splits(s))
        return unclear(s, several);
    if (s->good && !two && s->behind <= GLITCH_MAX)
        return found(s, &s->line.message);
    s->damaged |= heard > 0;
    if (++s->tries < TRIES_DATA)
        return ask(s);
    if (s->damaged)
        return unclear(s, several);
    if (s->acked)
        return unclear(s, "acknowledges, but has no data");
    return nobody(s); /* noise, before */
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    search *s = state;
    (void)now;
    uint64_t heard = s->line.counters.bytes - s->bytes_before;
    switch ((phase)s->phase) {
    case AT_PROBE:
        return probed(s, heard);
    case AT_DATA:
        return asked(s, heard);
    case AT_END:
        break;
    }
    return ohm_poll_done(NULL);
}

static void reset(void *state)
{
    ohm_mbus_reset(&((search *)state)->line);
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_mbus_counters *n = &((const search *)state)->line.counters;
    out->frames = n->messages;
    out->messages = n->messages;
    out->bad_fcs = n->bad_frames;
    out->bytes_skipped = n->bytes_skipped;
}

static const ohm_poller poller = {
    .state_size = sizeof(search),
    .every_s = 1,
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

/* --- what is said of it ------------------------------------------------------------------------
 */

static void json(ohm_json *json, const ohm_scan_note *note)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "mbus");
    ohm_json_key_str(json, "found", note->where);
    ohm_json_key_bool(json, "clear", note->kind == OHM_SCAN_FOUND);
    if (note->kind == OHM_SCAN_FOUND)
        ohm_mbus_meter_json(json, note->message);
    else
        ohm_json_key_str(json, "why", note->why);
    ohm_json_end(json);
}

static void text(const ohm_scan_note *note, char *out, size_t cap)
{
    const ohm_mbus_message *m = note->message;
    if (note->kind != OHM_SCAN_FOUND)
        (void)snprintf(out, cap, "%-16s  %s", note->where, note->why);
    else if (!m->has_maker)
        (void)snprintf(out, cap, "%-16s  address %3u  %s", note->where, m->address,
                       m->has_id ? m->id : "says no name");
    else
        (void)snprintf(out, cap, "%-16s  address %3u  %s  %s  version %3u  %s", note->where,
                       m->address, m->id, m->manufacturer, m->version,
                       ohm_mbus_medium_name(m->medium));
}

const ohm_scanner ohm_scanner_mbus = {
    .protocol = &ohm_protocol_mbus,
    .poller = &poller,
    .where = "primary (default), secondary, 1-60, or a secondary address with F for any: 12FFFFFF",
    .json = json,
    .text = text,
};
