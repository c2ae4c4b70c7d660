/* What is stored around instants: one way through the readings beside them, where the summary of
 * a chunk will do that holds none of them. */
#include <stdlib.h>

#include "store/query.h"
#include "store/stray.h"

typedef struct search {
    const ohm_ms *at_ms;
    size_t n, i; /* those before i are known */
    bool instead;
    ohm_point last, earlier[2];
    ohm_strays strays;
    ohm_neighbours *out;
} search;

static const ohm_point none = { .time_ms = OHM_NO_MS };

/* The first of the instants that is not before ms. */
static size_t first_from(const search *s, ohm_ms ms)
{
    size_t low = s->i, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->at_ms[middle] < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void see(search *s, ohm_point p)
{
    bool stray = ohm_strays_any(&s->strays, (ohm_interval){ p.time_ms, p.time_ms + 1 });
    size_t to = first_from(s, p.time_ms);
    bool there = to < s->n && s->at_ms[to] == p.time_ms;
    if (p.quality == OHM_QUALITY_SUSPECT || stray || (there && s->instead))
        return;
    for (; s->i < s->n && s->at_ms[s->i] <= p.time_ms; s->i++)
        s->out[s->i] = (ohm_neighbours){ s->last, p, s->at_ms[s->i] == p.time_ms };
    s->earlier[1] = s->earlier[0];
    s->earlier[0] = s->last;
    s->last = p;
}

static void see_all(search *s, const ohm_readings *some)
{
    const ohm_chunk_summary *w = some->whole;
    if (w) {
        see(s, (ohm_point){ w->first_ms, w->first, OHM_QUALITY_GOOD });
        see(s, (ohm_point){ w->last_ms, w->last, OHM_QUALITY_GOOD });
        s->earlier[0] = s->earlier[1] = none; /* they are in there */
    }
    for (uint32_t i = 0; !w && i < some->count; i++)
        see(s, (ohm_point){ some->time_ms[i], some->value[i], some->quality[i] });
}

/* That before the first instant is read: the last one that is stored may be in it. */
static bool holds_none(void *ctx, const ohm_chunk_summary *c)
{
    const search *s = ctx;
    size_t first = first_from(s, c->first_ms);
    return c->suspect == 0 && c->last_ms >= s->at_ms[0] &&
           (first == s->n || s->at_ms[first] > c->last_ms) &&
           !ohm_strays_any(&s->strays, (ohm_interval){ c->first_ms, c->last_ms + 1 });
}

static ohm_err run(search *s, ohm_cursor *c)
{
    ohm_readings some;
    const ohm_interval range = { s->at_ms[0], s->at_ms[s->n - 1] + 1 };
    OHM_TRY(ohm_strays_find(c, range, NULL, NULL, &s->strays));
    ohm_err err = ohm_strays_seek(c, range.from_ms);
    while (!ohm_failed(err) && s->i < s->n) {
        err = ohm_cursor_next(c, INT64_MAX, holds_none, s, &some);
        if (!ohm_failed(err))
            see_all(s, &some);
    }
    ohm_cursor_end(c);
    for (; err.code == OHM_END && s->i < s->n; s->i++)
        s->out[s->i] = (ohm_neighbours){ s->last, none, false };
    return err.code == OHM_END ? ohm_ok() : err;
}

ohm_err ohm_query_neighbours(ohm_reader *reader, const char *series_key, const ohm_ms *at_ms,
                             size_t n, bool instead, ohm_neighbours *out, ohm_point earlier[2])
{
    search s = { .at_ms = at_ms,
                 .n = n,
                 .instead = instead,
                 .last = none,
                 .earlier = { none, none },
                 .out = out };
    earlier[0] = earlier[1] = none;
    if (n == 0)
        return ohm_ok();
    ohm_cursor *c = malloc(sizeof *c);
    if (!c)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_reader_begin(reader);
    if (!ohm_failed(err)) {
        err = ohm_cursor_find(reader, series_key, c);
        if (!ohm_failed(err))
            err = run(&s, c);
        ohm_reader_end(reader);
    }
    earlier[0] = s.earlier[0];
    earlier[1] = s.earlier[1];
    ohm_strays_free(&s.strays);
    free(c);
    return err;
}
