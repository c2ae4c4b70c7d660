#include "host/random.h"
#include "meter/cosem_reader.h"

enum {
    VERSION = 3,
    VERSION_UNHEARD = 2, /* nothing of the meter's counters */
    VERSION_UNSEEN = 1,  /* nor of rows: of a profile its code and the last time only */
    HEAD = 1 + 4,        /* of what is saved */
    LENT = 128,          /* counters at once: what a run does not use is lost */
    ENOUGH = 32,         /* for what is said until the next look */
    EPOCH_S = 946684800, /* 2000-01-01 */
    TITLE_MAKER = 3,     /* the letters of a manufacturer */
};

bool ohm_cosem_counter_used(const ohm_cosem_settings *s)
{
    return (s->control & 0x30) != 0 || s->auth == OHM_COSEM_GMAC;
}

/* A nonce is our title and a counter (IEC 62056-5-3, §5.3.3). Where nobody keeps the counters, any
 * may have been used already under a title that is used again. */
ohm_err ohm_cosem_counter_title(ohm_cosem_reader *r)
{
    ohm_cosem_settings *s = &r->settings;
    const ohm_counter_lender *lender = &r->config.counters;
    if (!ohm_cosem_counter_used(s))
        return ohm_ok();
    if (lender->lend)
        return s->has_title ? ohm_ok() : lender->title(lender->ctx, s->title);
    if (s->has_title && !s->has_counter)
        return ohm_fail(OHM_CONFLICT, 0, "title= needs counter= where no counters are kept");
    if (!s->has_title)
        ohm_random(s->title + TITLE_MAKER, sizeof s->title - TITLE_MAKER);
    return ohm_ok();
}

static void restore_profile(ohm_cosem_profile *p, const uint8_t *saved, bool seen)
{
    p->last_ms = (ohm_ms)ohm_be64(saved + OHM_OBIS_LEN);
    if (!seen)
        return;
    saved += OHM_OBIS_LEN + 8;
    p->seen_count = saved[0] < OHM_COSEM_SEEN_MAX ? saved[0] : OHM_COSEM_SEEN_MAX;
    for (int i = 0; i < p->seen_count; i++)
        p->seen[i] = ohm_be64(saved + 1 + 8 * i);
}

/* --- the meter's -------------------------------------------------------------------------------
 */

/* Where a challenge is answered, what follows it is of now anyway: its counters are above those of
 * the proof. A meter that lost count is believed then. And what no tag proves, proves no counter.
 */
static bool watches(const ohm_cosem_settings *s)
{
    return (s->control & 0x10) != 0 && s->auth < OHM_COSEM_HIGH;
}

void ohm_cosem_heard_give(const ohm_cosem_reader *r, ohm_cosem_security *security)
{
    if (!watches(&r->settings) || !r->heard.known || r->heard.key_id != r->config.key_id)
        return;
    security->has_peer = security->heard = true;
    memcpy(security->peer, r->heard.title, sizeof security->peer);
    security->last = r->heard.last;
}

void ohm_cosem_heard_note(ohm_cosem_reader *r)
{
    const ohm_cosem_security *s = &r->session.config.security;
    ohm_cosem_heard *h = &r->heard;
    if (!watches(&r->settings) || r->recovering || !s->has_peer || !s->heard)
        return;
    bool same = h->known && h->key_id == r->config.key_id && h->last == s->last &&
                !memcmp(h->title, s->peer, sizeof h->title);
    h->known = true;
    h->fresh |= !same;
    memcpy(h->title, s->peer, sizeof h->title);
    h->key_id = r->config.key_id;
    h->last = s->last;
}

/* --- what is kept -------------------------------------------------------------------------------
 */

static void restore_heard(ohm_cosem_heard *h, const uint8_t saved[static OHM_COSEM_SAVED_PEER])
{
    h->known = saved[0] != 0;
    memcpy(h->title, saved + 1, sizeof h->title);
    h->key_id = ohm_be32(saved + 1 + sizeof h->title);
    h->last = ohm_be32(saved + 1 + sizeof h->title + 4);
}

static void write_heard(const ohm_cosem_heard *h, uint8_t out[static OHM_COSEM_SAVED_PEER])
{
    out[0] = h->known;
    memcpy(out + 1, h->title, sizeof h->title);
    ohm_put_be32(out + 1 + sizeof h->title, h->key_id);
    ohm_put_be32(out + 1 + sizeof h->title + 4, h->last);
}

ohm_err ohm_cosem_counter_restore(ohm_cosem_reader *r, ohm_span saved)
{
    for (int i = 0; i < r->settings.profiles_count; i++)
        r->profiles[i].last_ms = OHM_NO_MS;
    if (saved.len == 0)
        return ohm_ok();
    const uint8_t version = saved.ptr[0];
    bool seen = version != VERSION_UNSEEN;
    size_t head = version == VERSION ? HEAD + OHM_COSEM_SAVED_PEER : HEAD;
    size_t each = seen ? OHM_COSEM_SAVED_EACH : OHM_OBIS_LEN + 8;
    if (version < VERSION_UNSEEN || version > VERSION || saved.len < head ||
        (saved.len - head) % each != 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the saved counters are damaged");
    if (version == VERSION)
        restore_heard(&r->heard, saved.ptr + HEAD);
    r->counter = ohm_be32(saved.ptr + 1);
    r->counter_end = r->counter;
    r->counter_known = r->counter > 0;
    for (size_t at = head; at < saved.len; at += each)
        for (int i = 0; i < r->settings.profiles_count; i++)
            if (!memcmp(saved.ptr + at, r->settings.profiles[i], OHM_OBIS_LEN))
                restore_profile(&r->profiles[i], saved.ptr + at, seen);
    return ohm_ok();
}

/* The first of a new stretch. Without a number the seconds since 2000 begin above every one that
 * the meter heard before, as long as there was less than a message a second. */
static ohm_err next_stretch(const ohm_cosem_reader *r, uint32_t *ret_first)
{
    const ohm_counter_lender *lender = &r->config.counters;
    uint32_t at_least = r->counter_end;
    if (!r->counter_known && r->now.utc_ms != OHM_NO_MS)
        at_least = (uint32_t)(r->now.utc_ms / OHM_SECOND_MS - EPOCH_S);
    if (lender->lend)
        return lender->lend(lender->ctx, r->settings.title, r->config.key_id, at_least, LENT,
                            ret_first);
    *ret_first = at_least;
    return at_least > 0 ? ohm_ok() : ohm_fail(OHM_UNKNOWN, 0, "none is known");
}

ohm_err ohm_cosem_counter_lend(ohm_cosem_reader *r)
{
    uint32_t first = 0;
    if (r->counter_known && r->counter_end - r->counter >= ENOUGH)
        return ohm_ok();
    ohm_err err = next_stretch(r, &first);
    if (err.code == OHM_UNKNOWN)
        return ohm_fail(OHM_UNKNOWN, 0, "no invocation counter is known, and the clock is not set");
    if (ohm_failed(err))
        return err;
    if (first > UINT32_MAX - LENT)
        return ohm_fail(OHM_RANGE, 0, "all counters of this key are used: it must be changed");
    if (!r->counter_known || first != r->counter_end)
        r->counter = first; /* others took what lies between */
    r->counter_end = first + LENT;
    r->counter_known = true;
    r->unsaved = true;
    return ohm_ok();
}

void ohm_cosem_counter_top_up(ohm_cosem_reader *r)
{
    ohm_cosem_security *s = &r->session.config.security;
    bool open = r->phase >= OHM_COSEM_OPENING && r->phase < OHM_COSEM_CLOSING;
    if (!open || !ohm_cosem_counter_used(&r->settings))
        return;
    if (s->counter > r->counter)
        r->counter = s->counter;
    if (ohm_failed(ohm_cosem_counter_lend(r)))
        return; /* the next question says that they are used up */
    s->counter = r->counter;
    s->counter_end = r->counter_end;
}

bool ohm_cosem_counter_raise(ohm_cosem_reader *r, uint32_t wanted)
{
    if (wanted > UINT32_MAX - LENT)
        return false; /* nobody gets so far: the meter is broken, or somebody wants our key's end */
    if (!r->counter_known || wanted > r->counter) {
        r->counter = wanted;
        r->counter_end = wanted;
        r->counter_known = true;
    }
    return true;
}

size_t ohm_cosem_counter_save(void *state, uint8_t *out, size_t cap)
{
    ohm_cosem_reader *r = state;
    size_t len = HEAD + OHM_COSEM_SAVED_PEER;
    bool due = r->unsaved || (r->heard.fresh && r->finished);
    if (!due || cap < OHM_COSEM_SAVED_MAX)
        return 0;
    r->unsaved = r->heard.fresh = false;
    out[0] = VERSION;
    write_heard(&r->heard, out + HEAD);
    ohm_put_be32(out + 1, r->counter_end);
    for (int i = 0; i < r->settings.profiles_count; i++) {
        const ohm_cosem_profile *p = &r->profiles[i];
        if (p->last_ms == OHM_NO_MS)
            continue;
        memset(out + len, 0, OHM_COSEM_SAVED_EACH);
        memcpy(out + len, r->settings.profiles[i], OHM_OBIS_LEN);
        ohm_put_be64(out + len + OHM_OBIS_LEN, (uint64_t)p->last_ms);
        out[len + OHM_OBIS_LEN + 8] = p->seen_count;
        for (int k = 0; k < p->seen_count; k++)
            ohm_put_be64(out + len + OHM_OBIS_LEN + 9 + 8 * k, p->seen[k]);
        len += OHM_COSEM_SAVED_EACH;
    }
    return len;
}
