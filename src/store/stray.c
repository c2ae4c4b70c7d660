/* Where a register never falls there is no stray: the summaries of the chunks say that at once.
 * Else each reading is looked at between its neighbours. */
#include "store/stray.h"

#include <stdlib.h>

enum {
    WINDOW = 2 * OHM_STRAY_NEAR + 1,
    STEEP = 2, /* a stray is left, or reached, so many times faster than the register goes */
    CANCEL_EVERY = 64,
};

/* --- the rule ----------------------------------------------------------------------------- */

typedef struct view {
    const ohm_point *points;
    int n;
} view;

/* How fast the register rises from one reading to another; 0: one is not there, or it falls. */
static double pace(const view *v, int from, int to)
{
    if (from < 0 || to >= v->n)
        return 0;
    const ohm_point *a = &v->points[from], *b = &v->points[to];
    if (b->value <= a->value || b->time_ms <= a->time_ms)
        return 0;
    return ((double)b->value - (double)a->value) / (double)(b->time_ms - a->time_ms);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The step to a reading, and the one from it. A way back from another stray tells nothing. */
static double pace_before(const view *v, int at)
{
    bool back = at > 1 && v->points[at - 2].value > v->points[at - 1].value;
    return back ? 0 : pace(v, at - 1, at);
}

static double pace_after(const view *v, int at)
{
    bool back = at + 2 < v->n && v->points[at + 2].value < v->points[at + 1].value;
    return back ? 0 : pace(v, at, at + 1);
}

/* Are the readings from `first` to `last` off the way of those around them? A new meter that
 * begins below is not: it goes on as fast as a meter does there. */
static bool are_astray(const view *v, int first, int last)
{
    int before = first - 1, after = last + 1;
    if (before < 0 || after >= v->n)
        return false;
    int64_t low = v->points[before].value, high = v->points[after].value;
    for (int i = first; i <= last; i++)
        if (low > high || (v->points[i].value >= low && v->points[i].value <= high))
            return false;
    double usual = larger(pace_before(v, before), pace_after(v, after));
    usual = larger(usual, pace(v, before, after));
    double there = larger(pace(v, before, first), pace(v, last, after));
    if (last > first)
        there = larger(there, pace(v, first, last));
    return there > STEEP * usual;
}

static bool is_above(const view *v, int at)
{
    return at > 0 && v->points[at].value > v->points[at - 1].value && are_astray(v, at, at);
}

bool ohm_stray_is(const ohm_point *points, size_t n, size_t at)
{
    size_t from = at > OHM_STRAY_NEAR ? at - OHM_STRAY_NEAR : 0;
    size_t to = n - at > OHM_STRAY_NEAR ? at + OHM_STRAY_NEAR + 1 : n;
    const view v = { points + from, (int)(to - from) };
    int i = (int)(at - from);
    if (are_astray(&v, i, i))
        return is_above(&v, i) || !is_above(&v, i - 1); /* of a pair that could be either, one */
    return are_astray(&v, i, i + 1) || are_astray(&v, i - 1, i);
}

/* --- looking for them --------------------------------------------------------------------- */

typedef struct look {
    ohm_cursor *cursor;
    ohm_interval range;
    ohm_strays *strays; /* NULL: only whether it falls */
    ohm_err err;
    ohm_point points[WINDOW];
    size_t count;
    uint64_t after; /* readings behind the range */
    bool falls;
} look;

static void decide(look *l, size_t at)
{
    ohm_strays *s = l->strays;
    if (!s || !ohm_stray_is(l->points, l->count, at))
        return;
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 16;
        ohm_ms *more = realloc(s->at_ms, cap * sizeof *more);
        if (!more) {
            l->err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
            return;
        }
        s->at_ms = more;
        s->cap = cap;
    }
    s->at_ms[s->count++] = l->points[at].time_ms;
}

static void see(look *l, ohm_point p)
{
    bool any = l->count > 0;
    if (p.quality == OHM_QUALITY_SUSPECT || (any && p.time_ms <= l->points[l->count - 1].time_ms))
        return;
    l->falls = l->falls || (any && p.value < l->points[l->count - 1].value);
    if (l->count == WINDOW)
        memmove(l->points, l->points + 1, sizeof *l->points * --l->count);
    l->points[l->count++] = p;
    l->after += p.time_ms >= l->range.to_ms;
    if (l->count > OHM_STRAY_NEAR)
        decide(l, l->count - 1 - OHM_STRAY_NEAR);
}

static void see_all(look *l, const ohm_readings *some)
{
    if (some->whole) {
        see(l, (ohm_point){ some->whole->first_ms, some->whole->first, OHM_QUALITY_GOOD });
        see(l, (ohm_point){ some->whole->last_ms, some->whole->last, OHM_QUALITY_GOOD });
        return;
    }
    for (uint32_t i = 0; i < some->count && l->after < OHM_STRAY_REACH; i++)
        see(l, (ohm_point){ some->time_ms[i], some->value[i], some->quality[i] });
}

static bool rises(void *ctx, const ohm_chunk_summary *s)
{
    (void)ctx;
    return s->suspect == 0 && s->flags & OHM_CHUNK_RISES;
}

/* A chunk that only rises is known by its ends where nothing but falls is looked for. */
static ohm_err run(look *l, bool (*cancelled)(void *ctx), void *ctx)
{
    ohm_readings some;
    ohm_err err = ohm_strays_seek(l->cursor, l->range.from_ms);
    for (unsigned i = 1; !ohm_failed(err) && l->after < OHM_STRAY_REACH; i++) {
        if (i % CANCEL_EVERY == 0 && cancelled && cancelled(ctx))
            return ohm_fail(OHM_BUSY, 0, "cancelled");
        err = ohm_cursor_next(l->cursor, INT64_MAX, l->strays ? NULL : rises, NULL, &some);
        if (!ohm_failed(err))
            see_all(l, &some);
        if (ohm_failed(l->err) || (!l->strays && l->falls))
            return l->err;
    }
    for (size_t i = l->count > OHM_STRAY_NEAR ? l->count - OHM_STRAY_NEAR : 0;
         err.code == OHM_END && i < l->count; i++)
        decide(l, i);
    return ohm_failed(err) && err.code != OHM_END ? err : l->err;
}

ohm_err ohm_strays_seek(ohm_cursor *c, ohm_ms from_ms)
{
    ohm_interval frames = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    OHM_TRY(ohm_cursor_frames_before(c, from_ms, OHM_STRAY_REACH, &frames.from_ms));
    ohm_cursor_end(c);
    OHM_TRY(ohm_cursor_seek(c, from_ms, true, frames));
    uint64_t before = 0;
    while (c->chunk_any && c->row.sound && before < OHM_STRAY_REACH) {
        const ohm_chunk_summary s = c->row.summary;
        before += s.last_ms < from_ms ? s.count - s.suspect : 0;
        if (before >= OHM_STRAY_REACH || s.first_ms <= OHM_STORE_TIME_MIN)
            break;
        ohm_cursor_end(c);
        OHM_TRY(ohm_cursor_seek(c, s.first_ms - 1, true, frames));
        if (!c->chunk_any || c->row.summary.first_ms >= s.first_ms)
            break; /* it was the first */
    }
    return ohm_ok();
}

ohm_err ohm_strays_find(ohm_cursor *c, ohm_interval range, bool (*cancelled)(void *ctx), void *ctx,
                        ohm_strays *out)
{
    look first = { .cursor = c, .range = range, .err = ohm_ok() };
    look second = { .cursor = c, .range = range, .strays = out, .err = ohm_ok() };
    ohm_err err = run(&first, cancelled, ctx);
    if (!ohm_failed(err) && first.falls)
        err = run(&second, cancelled, ctx);
    ohm_cursor_end(c);
    return err;
}

bool ohm_strays_any(const ohm_strays *strays, ohm_interval range)
{
    size_t low = 0, high = strays->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strays->at_ms[middle] < range.from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low < strays->count && strays->at_ms[low] < range.to_ms;
}

void ohm_strays_free(ohm_strays *strays)
{
    free(strays->at_ms);
    *strays = (ohm_strays){ .count = 0 };
}
