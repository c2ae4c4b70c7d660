/* One pass over the readings. The walk keeps the last reading that counted, and the register's
 * value at the last boundary, so that what lies between two readings is shared by the steps that
 * it touches. */
#include "store/steps.h"

#include <stdlib.h>

#include "store/stray.h"

enum { CANCEL_EVERY = 1024 };        /* pieces between two questions */
#define PLAIN_MAX (INT64_C(1) << 49) /* a chunk of such values sums up in 64 bits */

typedef struct walk {
    const ohm_steps_query *query;
    ohm_kind kind;
    ohm_tz utc;
    const ohm_tz *tz;
    int64_t gap_ms;
    uint32_t rows, rows_max, pieces;
    bool stopped, entered; /* `entered`: a reading at or after the start was seen */
    bool (*row)(void *ctx, const ohm_slice *slice, ohm_wide sum);
    void *ctx;

    ohm_slice slice;
    ohm_wide sum, integral; /* of value × ms */
    ohm_wide energy;

    bool any; /* there is a last reading */
    ohm_ms last_ms;
    int64_t last_value;
    int64_t at_start; /* counters: the register where the part that is not counted yet begins */
    ohm_strays strays;
} walk;

/* --- boundaries --------------------------------------------------------------------------- */

static ohm_date month_after(ohm_date date, int months)
{
    int month = date.month - 1 + months;
    return (ohm_date){ (int16_t)(date.year + month / 12), (uint8_t)(month % 12 + 1), 1 };
}

static ohm_ms civil_end(const walk *w, ohm_ms from_ms)
{
    ohm_date today = ohm_civil_from_utc(w->tz, from_ms).date;
    ohm_date next = today;
    switch (w->query->step.unit) {
    case OHM_STEP_MONTH:
        next = month_after(today, 1);
        break;
    case OHM_STEP_YEAR:
        next = (ohm_date){ (int16_t)(today.year + 1), 1, 1 };
        break;
    case OHM_STEP_WEEK:
        next = ohm_date_from_days(ohm_days_from_date(today) + 8 - ohm_date_weekday(today));
        break;
    case OHM_STEP_DAY:
    case OHM_STEP_MS:
    case OHM_STEP_ENDS:
        next = ohm_date_from_days(ohm_days_from_date(today) + 1);
        break;
    }
    return ohm_date_interval(w->tz, next).from_ms;
}

/* Where the step that begins there ends. */
static ohm_ms end_of(const walk *w, ohm_ms from_ms)
{
    ohm_ms to_ms = w->query->range.to_ms;
    if (w->query->step.unit == OHM_STEP_MS)
        return w->query->step.ms < to_ms - from_ms ? from_ms + w->query->step.ms : to_ms;
    bool asked = w->query->step.unit == OHM_STEP_ENDS;
    ohm_ms end = asked ? w->query->ends(w->query->ends_ctx, from_ms) : civil_end(w, from_ms);
    return end > from_ms && end < to_ms ? end : to_ms;
}

static void begin_slice(walk *w, ohm_ms from_ms)
{
    w->slice = (ohm_slice){ .from_ms = from_ms, .to_ms = end_of(w, from_ms) };
    w->sum = w->integral = w->energy = ohm_wide_of(0);
}

/* --- what lies between two readings ------------------------------------------------------- */

static ohm_ms later(ohm_ms a, ohm_ms b)
{
    return a > b ? a : b;
}

/* The register at an instant between the last reading and the next one. */
static int64_t interpolate(const walk *w, ohm_ms at_ms, ohm_ms next_ms, int64_t next_value)
{
    if (next_value <= w->last_value || next_ms <= w->last_ms)
        return w->last_value; /* after a reset nobody knows what was gained */
    ohm_wide last = ohm_wide_of(w->last_value);
    ohm_wide gained = ohm_wide_subtract(ohm_wide_of(next_value), last);
    gained = ohm_wide_multiply(gained, at_ms - w->last_ms);
    return ohm_wide_clamp(ohm_wide_add(last, ohm_wide_divide(gained, next_ms - w->last_ms, NULL)));
}

/* Counts the time from the last reading, or the start of the step, up to to_ms. `next_ms` is
 * when the next reading comes. */
static void hold(walk *w, ohm_ms to_ms, ohm_ms next_ms)
{
    ohm_ms from_ms = later(w->last_ms, w->slice.from_ms);
    if (!w->any || next_ms - w->last_ms > w->gap_ms || to_ms <= from_ms)
        return;
    w->integral = ohm_wide_add(w->integral, ohm_wide_product(w->last_value, to_ms - from_ms));
    w->slice.held_ms += to_ms - from_ms;
}

/* The register reaches `value` at the boundary or reading at hand. */
static void gain(walk *w, int64_t value)
{
    if (value < w->at_start)
        w->slice.flags |= OHM_SLICE_RESET;
    else
        w->energy = ohm_wide_add(w->energy,
                                 ohm_wide_subtract(ohm_wide_of(value), ohm_wide_of(w->at_start)));
    w->at_start = value;
    w->slice.flags |= OHM_SLICE_ENERGY;
}

static void finish_gauge(walk *w)
{
    ohm_slice *s = &w->slice;
    if (s->held_ms > 0) {
        s->flags |= OHM_SLICE_MEAN | OHM_SLICE_ENERGY;
        s->mean = ohm_wide_mean(w->integral, s->held_ms);
        s->energy = ohm_wide_clamp(ohm_wide_divide(w->integral, OHM_HOUR_MS, NULL));
    } else if (s->count > 0) {
        s->flags |= OHM_SLICE_MEAN;
        s->mean = ohm_wide_mean(w->sum, s->count);
    }
    if (s->held_ms < s->to_ms - s->from_ms)
        s->flags |= OHM_SLICE_PARTIAL;
}

/* Ends the step and begins the next one; after the last one the walk is stopped. */
static void emit(walk *w)
{
    ohm_slice *s = &w->slice;
    s->sum = ohm_wide_clamp(w->sum);
    if (w->kind == OHM_GAUGE) {
        finish_gauge(w);
    } else if (s->count > 0) {
        s->flags |= OHM_SLICE_MEAN;
        s->mean = s->last;
    }
    if (w->kind == OHM_COUNTER)
        s->energy = ohm_wide_clamp(w->energy);
    if (s->flags & OHM_SLICE_ENERGY &&
        ohm_strays_any(&w->strays, (ohm_interval){ s->from_ms, s->to_ms }))
        s->flags |= OHM_SLICE_STRAY;
    w->stopped =
        ++w->rows > w->rows_max || !w->row(w->ctx, s, w->sum) || s->to_ms >= w->query->range.to_ms;
    if (!w->stopped)
        begin_slice(w, s->to_ms);
}

/* What a boundary without a reading on it means for the steps on its two sides. */
static uint8_t between(const walk *w, ohm_ms boundary_ms, ohm_ms next_ms)
{
    if (next_ms == boundary_ms)
        return 0;
    return next_ms - w->last_ms > w->gap_ms ? OHM_SLICE_ESTIMATED : OHM_SLICE_INTERPOLATED;
}

/* The step ends before the next reading, which may be none (next_ms == INT64_MAX). */
static void close_step(walk *w, ohm_ms next_ms, int64_t next_value)
{
    ohm_ms end_ms = w->slice.to_ms;
    uint8_t flags = 0; /* of this step and the next one */
    bool bridged = w->any && next_ms != INT64_MAX;
    if (w->kind == OHM_GAUGE) {
        hold(w, end_ms, next_ms);
    } else if (w->kind == OHM_COUNTER && bridged) {
        gain(w, interpolate(w, end_ms, next_ms, next_value));
        flags = between(w, end_ms, next_ms);
    } else if (w->kind == OHM_COUNTER) {
        w->slice.flags |= OHM_SLICE_PARTIAL;
    }
    w->slice.flags |= flags;
    emit(w);
    w->slice.flags |= flags;
}

/* --- readings ----------------------------------------------------------------------------- */

static void enter(walk *w, ohm_ms time_ms, int64_t value)
{
    ohm_ms from_ms = w->slice.from_ms;
    w->entered = true;
    if (w->kind != OHM_COUNTER || !w->any)
        return;
    w->at_start = interpolate(w, from_ms, time_ms, value);
    w->slice.flags |= between(w, from_ms, time_ms);
}

static void arrive_counter(walk *w, ohm_ms time_ms, int64_t value, uint8_t quality)
{
    if (quality == OHM_QUALITY_ESTIMATED)
        w->slice.flags |= OHM_SLICE_ESTIMATED;
    if (w->any) {
        gain(w, value);
        return;
    }
    w->at_start = value;
    if (time_ms > w->slice.from_ms)
        w->slice.flags |= OHM_SLICE_PARTIAL;
}

/* Everything up to a reading that counts, which may end steps, and the reading itself, save its
 * part in the statistics. */
static void arrive(walk *w, ohm_ms time_ms, int64_t value, uint8_t quality)
{
    bool inside = time_ms >= w->query->range.from_ms;
    if (inside && !w->entered)
        enter(w, time_ms, value);
    while (!w->stopped && time_ms >= w->slice.to_ms)
        close_step(w, time_ms, value);
    if (w->stopped)
        return;
    if (inside && w->kind == OHM_GAUGE)
        hold(w, time_ms, time_ms);
    else if (inside && w->kind == OHM_COUNTER)
        arrive_counter(w, time_ms, value, quality);
    w->any = true;
    w->last_ms = time_ms;
    w->last_value = value;
}

static void count(walk *w, int64_t value, uint8_t quality)
{
    ohm_slice *s = &w->slice;
    bool first = s->count == 0;
    s->first = first ? value : s->first;
    s->min = first || value < s->min ? value : s->min;
    s->max = first || value > s->max ? value : s->max;
    s->quality = quality > s->quality ? quality : s->quality;
    s->last = value;
    s->count++;
    w->sum = ohm_wide_add(w->sum, ohm_wide_of(value));
}

/* A reading in time order; suspect ones, and strays, count in nothing. */
static void feed(walk *w, ohm_ms time_ms, int64_t value, uint8_t quality)
{
    if (quality == OHM_QUALITY_SUSPECT || (w->any && time_ms <= w->last_ms) ||
        ohm_strays_any(&w->strays, (ohm_interval){ time_ms, time_ms + 1 }))
        return;
    arrive(w, time_ms, value, quality);
    if (!w->stopped && w->entered)
        count(w, value, quality);
}

static bool has_stray(const walk *w, const ohm_chunk_summary *s)
{
    return ohm_strays_any(&w->strays, (ohm_interval){ s->first_ms, s->last_ms + 1 });
}

/* A summary will do for what lies inside of one step, if it knows what the step wants. */
static bool may_be_whole(void *ctx, const ohm_chunk_summary *s)
{
    const walk *w = ctx;
    if (s->suspect > 0 || !(s->flags & OHM_CHUNK_SUM) || has_stray(w, s))
        return false;
    if (w->kind == OHM_GAUGE)
        return s->count == 1 || (s->step_ms > 0 && s->step_ms <= w->gap_ms);
    return w->kind != OHM_COUNTER || s->flags & OHM_CHUNK_RISES;
}

static uint8_t worst_of(const ohm_chunk_summary *s)
{
    uint32_t qualities = s->flags / OHM_CHUNK_QUALITY;
    return qualities ? (uint8_t)(31 - __builtin_clz(qualities)) : 0;
}

static void feed_whole(walk *w, const ohm_chunk_summary *s)
{
    if (w->any && s->first_ms <= w->last_ms)
        return; /* a damaged table: chunks don't overlap */
    uint8_t quality = worst_of(s);
    arrive(w, s->first_ms, s->first, quality);
    if (w->stopped || !w->entered) {
        w->last_ms = s->last_ms;
        w->last_value = s->last;
        return;
    }
    ohm_slice before = w->slice;
    count(w, s->min, quality);
    count(w, s->max, quality);
    w->slice.first = before.count == 0 ? s->first : before.first;
    w->slice.count = before.count + s->count;
    w->slice.last = s->last;
    ohm_wide counted = ohm_wide_add(ohm_wide_of(s->min), ohm_wide_of(s->max));
    w->sum = ohm_wide_add(w->sum, ohm_wide_subtract(ohm_wide_of(s->sum), counted));
    if (w->kind == OHM_COUNTER)
        gain(w, s->last);
    if (w->kind == OHM_GAUGE) {
        ohm_wide held = ohm_wide_subtract(ohm_wide_of(s->sum), ohm_wide_of(s->last));
        w->integral = ohm_wide_add(w->integral, ohm_wide_multiply(held, s->step_ms));
        w->slice.held_ms += s->last_ms - s->first_ms;
    }
    w->last_ms = s->last_ms;
    w->last_value = s->last;
}

/* Are the columns so plain that their sums need no look at each time and quality? */
static bool is_plain(const walk *w, const ohm_chunk_summary *s)
{
    if (!s || s->suspect > 0 || s->min < -PLAIN_MAX || s->max > PLAIN_MAX || has_stray(w, s))
        return false;
    uint32_t qualities = s->flags / OHM_CHUNK_QUALITY;
    return (qualities & (qualities - 1)) == 0 && s->step_ms > 0 && s->step_ms <= w->gap_ms &&
           (w->kind != OHM_COUNTER || s->flags & OHM_CHUNK_RISES);
}

/* Readings at a fixed step, all inside of the present step, after one that was fed. */
static void feed_plain(walk *w, const int64_t *value, uint32_t n, int64_t step_ms)
{
    int64_t low = w->slice.min, high = w->slice.max, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        low = value[i] < low ? value[i] : low;
        high = value[i] > high ? value[i] : high;
        sum += value[i];
    }
    int64_t last = value[n - 1];
    w->slice.min = low;
    w->slice.max = high;
    w->slice.last = last;
    w->slice.count += n;
    w->sum = ohm_wide_add(w->sum, ohm_wide_of(sum));
    if (w->kind == OHM_COUNTER)
        gain(w, last);
    if (w->kind == OHM_GAUGE) {
        ohm_wide held = ohm_wide_subtract(ohm_wide_of(sum), ohm_wide_of(last));
        held = ohm_wide_add(held, ohm_wide_of(w->last_value));
        w->integral = ohm_wide_add(w->integral, ohm_wide_multiply(held, step_ms));
        w->slice.held_ms += step_ms * n;
    }
    w->last_ms += step_ms * n;
    w->last_value = last;
}

static void feed_all(walk *w, const ohm_readings *r)
{
    uint32_t from = 0;
    if (r->whole) {
        feed_whole(w, r->whole);
        return;
    }
    if (r->count > 1 && is_plain(w, r->of)) {
        feed(w, r->time_ms[0], r->value[0], r->quality[0]);
        bool inside = !w->stopped && w->entered && r->time_ms[r->count - 1] < w->slice.to_ms &&
                      w->last_ms == r->time_ms[0];
        if (inside)
            feed_plain(w, r->value + 1, r->count - 1, r->of->step_ms);
        from = inside ? r->count : 1;
    }
    for (uint32_t i = from; i < r->count && !w->stopped; i++)
        feed(w, r->time_ms[i], r->value[i], r->quality[i]);
}

/* --- the pass ----------------------------------------------------------------------------- */

static bool is_cancelled(walk *w)
{
    const ohm_steps_query *q = w->query;
    return w->pieces++ % CANCEL_EVERY == 0 && q->cancelled && q->cancelled(q->cancelled_ctx);
}

/* What comes before the range: from the newest frame there that counts, and the last chunk. The
 * frames after that one are suspect, but may stand in the place of a chunk's reading. */
static ohm_err start(walk *w, ohm_cursor *c)
{
    ohm_ms from_ms = w->query->range.from_ms;
    ohm_interval frames = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    if (w->kind == OHM_COUNTER) {
        OHM_TRY(ohm_strays_seek(c, from_ms));
    } else {
        OHM_TRY(ohm_cursor_frames_before(c, from_ms, 1, &frames.from_ms));
        OHM_TRY(ohm_cursor_seek(c, from_ms, true, frames));
    }
    ohm_readings some;
    ohm_err err;
    while (!ohm_failed(err = ohm_cursor_next(c, from_ms, may_be_whole, w, &some)))
        feed_all(w, &some);
    return err.code == OHM_END || err.code == OHM_MORE ? ohm_ok() : err;
}

static ohm_err pass(walk *w, ohm_cursor *c)
{
    OHM_TRY(start(w, c));
    while (!w->stopped) {
        ohm_readings some;
        if (is_cancelled(w))
            return ohm_fail(OHM_BUSY, 0, "cancelled");
        ohm_err err = ohm_cursor_next(c, w->slice.to_ms, may_be_whole, w, &some);
        if (err.code == OHM_MORE) /* it ends this step: we must know what it is */
            err = ohm_cursor_next(c, c->next_ms + 1, NULL, NULL, &some);
        if (err.code == OHM_END)
            close_step(w, INT64_MAX, 0);
        else if (!ohm_failed(err))
            feed_all(w, &some);
        else if (err.code != OHM_MORE) /* what was to come was damaged */
            return err;
    }
    if (w->rows > w->rows_max)
        return ohm_fail(OHM_TOO_BIG, 0, "too many steps: ask for longer ones");
    return ohm_ok();
}

ohm_err ohm_steps_check(const ohm_steps_query *q)
{
    int64_t span;
    uint32_t rows_max = q->rows_max ? q->rows_max : OHM_BUCKETS_MAX;
    bool fixed = q->step.unit == OHM_STEP_MS;
    if (q->range.to_ms <= q->range.from_ms || (fixed && q->step.ms <= 0) || q->gap_ms < 0 ||
        __builtin_sub_overflow(q->range.to_ms, q->range.from_ms, &span) || span > INT64_MAX / 2)
        return ohm_fail(OHM_RANGE, 0, "the range or the step is not a time");
    if (!fixed && (q->range.from_ms < OHM_STORE_TIME_MIN || q->range.to_ms > OHM_STORE_TIME_MAX))
        return ohm_fail(OHM_RANGE, 0, "calendars are known from 2000 to 2100");
    if (fixed && (span - 1) / q->step.ms >= rows_max)
        return ohm_fail(OHM_TOO_BIG, 0, "too many steps: ask for longer ones");
    return ohm_ok();
}

ohm_err ohm_steps_run(ohm_reader *reader, const ohm_steps_query *query,
                      bool (*row)(void *ctx, const ohm_slice *slice, ohm_wide sum), void *ctx)
{
    OHM_TRY(ohm_steps_check(query));
    ohm_cursor *c = malloc(sizeof *c);
    walk *w = calloc(1, sizeof *w);
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (c && w) {
        w->query = query;
        w->gap_ms = query->gap_ms ? query->gap_ms : OHM_QUERY_GAP_MS;
        w->rows_max = query->rows_max ? query->rows_max : OHM_BUCKETS_MAX;
        w->row = row;
        w->ctx = ctx;
        ohm_tz_utc(&w->utc);
        w->tz = query->tz ? query->tz : &w->utc;
        begin_slice(w, query->range.from_ms);
        err = ohm_cursor_find(reader, query->series_key, c);
    }
    if (!ohm_failed(err)) {
        w->kind = c->kind;
        if (w->kind == OHM_COUNTER)
            err = ohm_strays_find(c, query->range, query->cancelled, query->cancelled_ctx,
                                  &w->strays);
        if (!ohm_failed(err))
            err = pass(w, c);
        ohm_cursor_end(c);
        ohm_strays_free(&w->strays);
    }
    free(c);
    free(w);
    return err;
}
