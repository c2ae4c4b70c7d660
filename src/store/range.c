/* The older questions over time, told in buckets: see reader.h. */
#include "base/quantity.h"
#include "store/cursor.h"
#include "store/steps.h"

typedef bool bucket_row(void *ctx, const ohm_bucket *bucket);

typedef struct telling {
    bucket_row *row;
    void *ctx;
    bool is_gauge;
} telling;

static ohm_bucket raw_bucket(const ohm_point *one)
{
    return (ohm_bucket){
        .from_ms = one->time_ms,
        .count = 1,
        .quality = one->quality,
        .mean = one->value,
        .min = one->value,
        .max = one->value,
        .last = one->value,
    };
}

static bool tell(void *ctx, const ohm_slice *s, ohm_wide sum)
{
    const telling *t = ctx;
    ohm_bucket bucket = {
        .from_ms = s->from_ms,
        .count = s->count,
        .quality = s->quality,
        .min = s->min,
        .max = s->max,
        .last = s->last,
    };
    if (s->count > 0)
        bucket.mean = t->is_gauge ? ohm_wide_mean(sum, s->count) : s->last;
    return t->row(t->ctx, &bucket);
}

typedef struct counted {
    bucket_row *row;
    void *ctx;
    uint32_t n;
    bool too_many;
} counted;

static bool tell_raw(void *ctx, const ohm_point *point)
{
    counted *c = ctx;
    c->too_many = c->n == OHM_BUCKETS_MAX;
    if (c->too_many)
        return false;
    c->n++;
    ohm_bucket bucket = raw_bucket(point);
    return c->row(c->ctx, &bucket);
}

static ohm_err raw(ohm_reader *reader, const char *key, ohm_interval range, bucket_row *row,
                   void *ctx)
{
    int64_t span;
    counted c = { .row = row, .ctx = ctx };
    if (__builtin_sub_overflow(range.to_ms, range.from_ms, &span))
        return ohm_fail(OHM_RANGE, 0, "the range or the step is not a time");
    OHM_TRY(ohm_query_points(reader, key, range, tell_raw, &c));
    return c.too_many
               ? ohm_fail(OHM_TOO_BIG, 0, "too many readings: ask for steps or a shorter range")
               : ohm_ok();
}

static bool is_gauge(const char *key)
{
    const char *slash = strrchr(key, '/');
    ohm_quantity_id q = ohm_quantity_find(ohm_span_text(slash ? slash + 1 : ""));
    return ohm_quantity_get(q)->kind == OHM_GAUGE;
}

ohm_err ohm_reader_range(ohm_reader *reader, const char *series_key, ohm_interval range,
                         int64_t step_ms, bucket_row *row, void *ctx)
{
    if (step_ms == 0)
        return raw(reader, series_key, range, row, ctx);
    telling t = { row, ctx, is_gauge(series_key) };
    ohm_steps_query query = { .series_key = series_key,
                              .range = range,
                              .step = { OHM_STEP_MS, step_ms } };
    OHM_TRY(ohm_steps_check(&query));
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = ohm_steps_run(reader, &query, tell, &t);
    ohm_reader_end(reader);
    return err;
}

static ohm_err last_of(ohm_reader *reader, const char *key, ohm_ms since_ms, ohm_bucket *out)
{
    ohm_point point;
    ohm_cursor c;
    OHM_TRY(ohm_cursor_find(reader, key, &c));
    OHM_TRY(ohm_cursor_newest(&c, (ohm_interval){ since_ms, OHM_STORE_TIME_MAX }, &point));
    *out = raw_bucket(&point);
    return ohm_ok();
}

ohm_err ohm_reader_last(ohm_reader *reader, const char *series_key, ohm_ms since_ms,
                        ohm_bucket *out)
{
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = last_of(reader, series_key, since_ms, out);
    ohm_reader_end(reader);
    return err;
}
