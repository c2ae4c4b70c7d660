/* The readings that are stored are believed, but the last where many tell it wrong: they part what
 * comes into stretches, in which everything must lie between the two at the ends. Within a stretch
 * each reading is compared with the last one that was believed, and with some that follow. */
#include "cmd/sieve.h"

#include <string.h>

#include "meter/register_watch.h"
#include "store/stray.h"

enum {
    CONFIRMED = 2, /* readings that go on from one that jumped */
    FAST = 2,      /* jumps that were confirmed: so this register goes */
};

typedef struct stretch {
    ohm_quantity_id quantity;
    const ohm_point *points;
    uint8_t *out;
    size_t n, jumps;         /* believed so far */
    ohm_point before, after; /* OHM_NO_MS: there is none */
    const ohm_point *earlier;
} stretch;

static bool is(const ohm_point *p)
{
    return p->time_ms != OHM_NO_MS;
}

static bool counts(const stretch *s, size_t i)
{
    return s->out[i] == OHM_SIEVE_GOOD && s->points[i].quality != OHM_QUALITY_SUSPECT;
}

static bool may_follow(const stretch *s, const ohm_point *from, const ohm_point *to)
{
    return ohm_register_may_follow(s->quantity, from->value, from->time_ms, to->value, to->time_ms);
}

/* --- against those that follow --------------------------------------------------------------- */

typedef struct ahead {
    ohm_point points[OHM_SIEVE_AHEAD];
    size_t count;
} ahead;

static ahead look_ahead(const stretch *s, size_t at)
{
    ahead a = { .count = 0 };
    for (size_t i = at + 1; i < s->n && a.count < OHM_SIEVE_AHEAD; i++)
        if (counts(s, i) && s->points[i].time_ms > s->points[at].time_ms)
            a.points[a.count++] = s->points[i];
    if (is(&s->after) && a.count < OHM_SIEVE_AHEAD)
        a.points[a.count++] = s->after;
    return a;
}

/* Up, while most of what follows goes on from where the register was; or up by more than can have
 * gone through, and hardly anything confirms it. */
static bool is_above(const stretch *s, const ohm_point *last, const ohm_point *p, const ahead *a)
{
    size_t below = 0, on = 0;
    bool jumps = s->jumps < FAST && is(last) && !may_follow(s, last, p);
    for (size_t i = 0; i < a->count; i++) {
        on += a->points[i].value >= p->value;
        below += a->points[i].value < p->value && (!is(last) || a->points[i].value >= last->value);
    }
    if (jumps)
        return on < CONFIRMED || below > on;
    return a->count > CONFIRMED && 2 * below > a->count && (is(last) || on < CONFIRMED);
}

/* The first of all, and those after it are elsewhere. */
static bool is_below(const stretch *s, const ohm_point *last, const ohm_point *p, const ahead *a)
{
    return !is(last) && a->count >= CONFIRMED && a->points[0].value > p->value &&
           !may_follow(s, p, &a->points[0]) && may_follow(s, &a->points[0], &a->points[1]);
}

static ohm_sieve_verdict judge(const stretch *s, const ohm_point *last, size_t at)
{
    const ohm_point *p = &s->points[at];
    if (is(last) && p->value < last->value)
        return OHM_SIEVE_FALLS;
    const ahead a = look_ahead(s, at);
    return is_above(s, last, p, &a) || is_below(s, last, p, &a) ? OHM_SIEVE_JUMPS : OHM_SIEVE_GOOD;
}

/* Of two for one instant neither follows the other: the store counts them. */
static void walk(stretch *s)
{
    ohm_point last = s->before, newest = s->before;
    for (size_t i = 0; i < s->n; i++) {
        if (!counts(s, i))
            continue;
        if (is(&newest) && s->points[i].time_ms > newest.time_ms)
            last = newest;
        s->out[i] = (uint8_t)judge(s, &last, i);
        if (s->out[i] != OHM_SIEVE_GOOD)
            continue;
        s->jumps += is(&last) && !may_follow(s, &last, &s->points[i]);
        if (!is(&newest) || s->points[i].time_ms > newest.time_ms ||
            s->points[i].value > newest.value)
            newest = s->points[i];
    }
}

/* --- against what is stored ------------------------------------------------------------------ */

static void bound(const stretch *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const int64_t value = s->points[i].value;
        bool low = is(&s->before) && value < s->before.value;
        bool high = is(&s->after) && value > s->after.value;
        if (counts(s, i) && (low || high))
            s->out[i] = low ? OHM_SIEVE_FALLS : OHM_SIEVE_JUMPS;
    }
}

/* The last one that is stored is astray where several that come go on from the one before it, as
 * the store itself will tell once these are there. A live register comes to believe as many. */
static bool is_overruled(const stretch *s)
{
    ohm_point way[3 + OHM_SIEVE_AHEAD];
    size_t n = 0, seen = 0, on = 0, stored;
    if (!is(&s->before) || is(&s->after) || !is(&s->earlier[0]))
        return false;
    if (is(&s->earlier[1]))
        way[n++] = s->earlier[1];
    way[n++] = s->earlier[0];
    ohm_point last = s->earlier[0];
    stored = n;
    way[n++] = s->before;
    for (size_t i = 0; i < s->n && seen < OHM_SIEVE_AHEAD; i++) {
        const ohm_point *p = &s->points[i];
        if (!counts(s, i) || p->time_ms <= s->before.time_ms)
            continue;
        seen++;
        if (p->value < last.value || p->value >= s->before.value || p->time_ms <= last.time_ms)
            continue;
        on++;
        last = way[n++] = *p;
    }
    return on > CONFIRMED && on > 2 * (seen - on) && ohm_stray_is(way, n, stored);
}

/* Between two meters: where the first one ends, so that the fewest are on the wrong side. */
static size_t change_of_meter(const stretch *s)
{
    size_t best = 0;
    int64_t wrong = 0, least = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!counts(s, i))
            continue;
        wrong += s->points[i].value <= s->after.value;
        wrong -= s->points[i].value >= s->before.value;
        if (wrong >= least)
            continue;
        least = wrong;
        best = i + 1;
    }
    return best;
}

static ohm_ms sieve(stretch s)
{
    const ohm_point none = { .time_ms = OHM_NO_MS };
    ohm_ms astray = OHM_NO_MS;
    if (is_overruled(&s)) {
        astray = s.before.time_ms;
        s.before = s.earlier[0];
    }
    if (!is(&s.before) || !is(&s.after) || s.before.value <= s.after.value) {
        bound(&s);
        walk(&s);
        return astray;
    }
    stretch old = s, next = s;
    old.n = change_of_meter(&s);
    next.points += old.n;
    next.out += old.n;
    next.n -= old.n;
    old.after = next.before = none;
    bound(&old);
    bound(&next);
    walk(&old);
    walk(&next);
    return astray;
}

ohm_ms ohm_sieve(ohm_quantity_id quantity, const ohm_point *points, const ohm_neighbours *around,
                 const ohm_point earlier[2], size_t n, uint8_t *out)
{
    ohm_ms astray = OHM_NO_MS;
    memset(out, OHM_SIEVE_GOOD, n);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && around[to].before.time_ms == around[from].before.time_ms &&
                            around[to].there == around[from].there;)
            to++;
        if (!around[from].there) /* behind all that is stored there is one stretch, the last */
            astray = sieve((stretch){ .quantity = quantity,
                                      .points = points + from,
                                      .out = out + from,
                                      .n = to - from,
                                      .before = around[from].before,
                                      .after = around[from].after,
                                      .earlier = earlier });
    }
    return astray;
}
