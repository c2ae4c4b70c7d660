/* What was taken, to the store in parts: sorted, and of registers what goes on from what is around
 * it. */
#include <stdlib.h>

#include "cmd/intake_own.h"
#include "cmd/sieve.h"

enum {
    SERIES_ROWS_MAX = 8192, /* in memory, of one series */
    ROWS_MAX = 300000,      /* and of all */
    AT_ENDS = OHM_SIEVE_AHEAD,
};

/* A part of one series on its way: parallel arrays in one block. */
typedef struct part {
    size_t n;
    ohm_point *points;
    ohm_ms *at_ms;
    ohm_neighbours *around;
    uint8_t *verdicts;
    ohm_point earlier[2]; /* than the last one that is stored */
} part;

static ohm_err no_memory(void)
{
    return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

void ohm_intake_fail(ohm_intake_series *s, ohm_intake_fault fault, uint64_t line)
{
    if (s->faults[fault]++ == 0 || line < s->fault_line[fault])
        s->fault_line[fault] = line;
}

static void count(ohm_intake_series *s, ohm_point p)
{
    bool first = s->count++ == 0;
    s->first_ms = first || p.time_ms < s->first_ms ? p.time_ms : s->first_ms;
    s->last_ms = first || p.time_ms > s->last_ms ? p.time_ms : s->last_ms;
    s->min = first || p.value < s->min ? p.value : s->min;
    s->max = first || p.value > s->max ? p.value : s->max;
}

/* Those of one instant as the file has them. */
static int by_time(const void *a, const void *b)
{
    const ohm_intake_row *x = a, *y = b;
    if (x->point.time_ms != y->point.time_ms)
        return x->point.time_ms < y->point.time_ms ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* --- registers ---------------------------------------------------------------------------------
 */

static bool is_sieved(const ohm_intake *in, const ohm_intake_series *s)
{
    return ohm_quantity_get(s->quantity)->kind == OHM_COUNTER && !in->options->meter_change;
}

static ohm_err look_around(ohm_intake *in, const ohm_intake_series *s, part *p)
{
    const ohm_point none = { .time_ms = OHM_NO_MS };
    for (size_t i = 0; i < p->n; i++)
        p->around[i] = (ohm_neighbours){ none, none, false };
    p->earlier[0] = p->earlier[1] = none;
    if (!in->reader)
        return ohm_ok();
    ohm_err err = ohm_query_neighbours(in->reader, s->key, p->at_ms, p->n, in->options->replace,
                                       p->around, p->earlier);
    return err.code == OHM_UNKNOWN ? ohm_ok() : err;
}

static ohm_intake_fault fault_of(ohm_sieve_verdict verdict)
{
    static const ohm_intake_fault faults[] = {
        [OHM_SIEVE_GOOD] = OHM_INTAKE_FAULTS,
        [OHM_SIEVE_FALLS] = OHM_INTAKE_FALL,
        [OHM_SIEVE_JUMPS] = OHM_INTAKE_JUMP,
    };
    return faults[verdict];
}

/* Those in the middle are decided: the good ones go to the front of `points`, the others are
 * counted. Those at the ends stay, and what was refused among them is judged again. */
static size_t decide(ohm_intake_series *s, part *p, size_t from, size_t to)
{
    size_t good = 0, left = 0;
    for (size_t i = 0; i < p->n; i++) {
        ohm_intake_fault fault = fault_of((ohm_sieve_verdict)p->verdicts[i]);
        if (i < from || i >= to)
            s->rows[left++] = s->rows[i];
        else if (fault != OHM_INTAKE_FAULTS)
            ohm_intake_fail(s, fault, s->rows[i].line);
        else
            p->points[good++] = p->points[i];
    }
    s->rows_count = left;
    return good;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static bool make_part(const ohm_intake_series *s, part *p)
{
    p->n = s->rows_count;
    p->points = malloc(p->n * sizeof *p->points);
    p->at_ms = malloc(p->n * sizeof *p->at_ms);
    p->around = malloc(p->n * sizeof *p->around);
    p->verdicts = calloc(p->n, 1);
    if (!p->points || !p->at_ms || !p->around || !p->verdicts)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        p->points[i] = s->rows[i].point;
        p->at_ms[i] = s->rows[i].point.time_ms;
    }
    return true;
}

static void free_part(part *p)
{
    free(p->points);
    free(p->at_ms);
    free(p->around);
    free(p->verdicts);
}

static ohm_err write_part(ohm_intake *in, ohm_intake_series *s, part *p, bool last)
{
    size_t from = 0, to = p->n;
    if (is_sieved(in, s)) {
        OHM_TRY(look_around(in, s, p));
        ohm_ms astray = ohm_sieve(s->quantity, p->points, p->around, p->earlier, p->n, p->verdicts);
        s->astray_ms = astray == OHM_NO_MS ? s->astray_ms : astray;
        from = last ? 0 : AT_ENDS;
        to = last ? p->n : p->n - AT_ENDS;
    }
    size_t n = decide(s, p, from, to);
    const ohm_history_run run = { s->key, p->points, n };
    for (size_t i = 0; i < n; i++)
        count(s, p->points[i]);
    in->taken += n;
    if (in->history && n > 0)
        return ohm_history_add(in->history, &run, 1, NULL, NULL, &s->counts);
    s->counts.added += n;
    return ohm_ok();
}

static void flush(ohm_intake *in, ohm_intake_series *s, bool last)
{
    part p = { 0 };
    size_t had = s->rows_count;
    if (ohm_failed(in->err) || had == 0 || (!last && is_sieved(in, s) && had <= 4 * AT_ENDS))
        return;
    qsort(s->rows, s->rows_count, sizeof *s->rows, by_time);
    in->err = make_part(s, &p) ? write_part(in, s, &p, last) : no_memory();
    free_part(&p);
    in->rows_count -= had - s->rows_count;
}

void ohm_intake_flush(ohm_intake *in, bool last)
{
    for (uint32_t i = 0; i < in->series_count; i++)
        flush(in, &in->series[i], last);
}

void ohm_intake_append(ohm_intake *in, ohm_intake_series *s, ohm_point point, uint64_t line)
{
    if (s->rows_count == s->rows_cap) {
        size_t cap = s->rows_cap ? 2 * s->rows_cap : 64;
        ohm_intake_row *more = realloc(s->rows, cap * sizeof *more);
        if (!more) {
            in->err = no_memory();
            return;
        }
        s->rows = more;
        s->rows_cap = cap;
    }
    s->rows[s->rows_count++] = (ohm_intake_row){ point, line, in->arrived++ };
    in->rows_count++;
    if (s->rows_count >= SERIES_ROWS_MAX)
        flush(in, s, false);
    if (in->rows_count >= ROWS_MAX)
        ohm_intake_flush(in, false);
}
