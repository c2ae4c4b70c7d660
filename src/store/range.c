/* Readings over time: raw, in steps, and the last one. One pass over the rows of the range; of
 * each row only the one value that is wanted is decoded. */
#include "base/quantity.h"
#include "store/layout.h"
#include "store/pack.h"
#include "store/reader_own.h"
#include "store/store.h"

enum {
    DEVICES = OHM_STORE_DEVICES_MAX + 1, /* a row's key is time × this + device */
    NOT_LOADED = -2,
    NOT_IN_IT = -1,
};

__extension__ typedef __int128 wide; /* a sum of 2^32 values of 64 bits */

/* A series in the file, and where its value is in rows of each layout. */
typedef struct series {
    ohm_reader *reader;
    uint32_t id;
    int64_t device;
    bool is_gauge;
    struct {
        int16_t place; /* or one of the above */
        uint16_t count;
    } layouts[OHM_LAYOUTS_MAX + 1];
} series;

typedef struct sample {
    ohm_ms time_ms;
    uint8_t quality;
    int64_t value;
} sample;

static int place_in(const ohm_columns *columns, uint32_t id)
{
    for (uint16_t i = 0; i < columns->count && columns->series[i] <= id; i++)
        if (columns->series[i] == id)
            return i;
    return NOT_IN_IT;
}

static ohm_err find_series(ohm_reader *reader, const char *key, series *s)
{
    const char *slash = strrchr(key, '/');
    ohm_span quantity = ohm_span_text(slash ? slash + 1 : "");
    ohm_quantity_id q = ohm_quantity_find(quantity);
    if (!slash || q == OHM_Q_NONE)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such series");

    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_SERIES_FIND];
    int bound = sqlite3_bind_text(stmt, 1, key, (int)(slash - key), SQLITE_STATIC);
    bound |= sqlite3_bind_text(stmt, 2, slash + 1, -1, SQLITE_STATIC);
    assert(bound == SQLITE_OK); /* static text: nothing is copied */
    int result = sqlite3_step(stmt);
    s->reader = reader;
    s->is_gauge = ohm_quantity_get(q)->kind == OHM_GAUGE;
    s->id = (uint32_t)sqlite3_column_int64(stmt, 0);
    s->device = sqlite3_column_int64(stmt, 1);
    for (size_t i = 0; i <= OHM_LAYOUTS_MAX; i++)
        s->layouts[i].place = NOT_LOADED;
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such series");
    return ohm_reader_step_error(reader, result);
}

/* Where the value is in this row, whose layout *in loses; a place of NOT_IN_IT is no error. */
static ohm_err locate(series *s, ohm_span *in, int *place, uint16_t *count)
{
    ohm_columns columns;
    ohm_span whole = *in;
    uint32_t layout;
    if (ohm_row_layout(in, &layout) != OHM_OK || layout > OHM_LAYOUTS_MAX)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    if (layout != 0 && s->layouts[layout].place != NOT_LOADED) {
        *place = s->layouts[layout].place;
        *count = s->layouts[layout].count;
        return ohm_ok();
    }
    *in = whole;
    OHM_TRY(ohm_layout_of_row(s->reader->db, s->reader->stmts[OHM_QUERY_LAYOUT], in, &columns));
    *place = place_in(&columns, s->id);
    *count = columns.count;
    if (layout != 0) {
        s->layouts[layout].place = (int16_t)*place;
        s->layouts[layout].count = columns.count;
    }
    return ohm_ok();
}

/* The series' value in the row at hand. OHM_END: it has none; OHM_BAD_FORMAT: damaged. */
static ohm_err sample_of(series *s, sqlite3_stmt *stmt, sample *out)
{
    int64_t k = sqlite3_column_int64(stmt, 0);
    if (k % DEVICES != s->device)
        return ohm_fail(OHM_END, 0, "another device");
    ohm_span in = ohm_db_blob(stmt, 1);
    int place;
    uint16_t count;
    OHM_TRY(locate(s, &in, &place, &count));
    if (place == NOT_IN_IT)
        return ohm_fail(OHM_END, 0, "not in this row");
    out->time_ms = k / DEVICES;
    if (ohm_row_pick(in, count, (uint16_t)place, &out->quality, &out->value) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    return ohm_ok();
}

static void bind_range(sqlite3_stmt *stmt, ohm_interval range)
{
    ohm_ms from = range.from_ms < OHM_STORE_TIME_MIN ? OHM_STORE_TIME_MIN : range.from_ms;
    ohm_ms to = range.to_ms > OHM_STORE_TIME_MAX ? OHM_STORE_TIME_MAX : range.to_ms;
    (void)sqlite3_bind_int64(stmt, 1, from > to ? INT64_MAX : from * DEVICES);
    (void)sqlite3_bind_int64(stmt, 2, to < 0 ? 0 : to * DEVICES);
}

/* Goes to the next row that has a value. OHM_END after the last. */
static ohm_err next_sample(series *s, sqlite3_stmt *stmt, sample *out)
{
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_err err = sample_of(s, stmt, out);
        if (err.code == OHM_BAD_FORMAT)
            s->reader->damaged++;
        else if (err.code != OHM_END)
            return err;
    }
    OHM_TRY(ohm_reader_step_error(s->reader, result));
    return ohm_fail(OHM_END, 0, "no more readings");
}

static ohm_bucket raw_bucket(const sample *one)
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

typedef bool bucket_row(void *ctx, const ohm_bucket *bucket);

static ohm_err raw(series *s, sqlite3_stmt *stmt, bucket_row *row, void *ctx)
{
    sample one;
    for (uint32_t n = 0;; n++) {
        ohm_err err = next_sample(s, stmt, &one);
        if (err.code == OHM_END)
            return ohm_ok();
        OHM_TRY(err);
        if (n == OHM_BUCKETS_MAX)
            return ohm_fail(OHM_TOO_BIG, 0, "too many readings: ask for steps or a shorter range");
        ohm_bucket bucket = raw_bucket(&one);
        if (!row(ctx, &bucket))
            return ohm_ok();
    }
}

/* Adds a reading; suspect ones count in no step, but are seen in the raw rows. */
static void add(ohm_bucket *bucket, wide *sum, const sample *one)
{
    if (one->quality == OHM_QUALITY_SUSPECT)
        return;
    bool first = bucket->count == 0;
    bucket->count++;
    bucket->last = one->value;
    bucket->min = first || one->value < bucket->min ? one->value : bucket->min;
    bucket->max = first || one->value > bucket->max ? one->value : bucket->max;
    bucket->quality = one->quality > bucket->quality ? one->quality : bucket->quality;
    *sum = (first ? 0 : *sum) + one->value;
}

static int64_t mean_of(wide sum, uint32_t count)
{
    wide quotient = sum / count, rest = sum % count;
    if (2 * rest >= count)
        quotient++;
    else if (2 * rest <= -(wide)count)
        quotient--;
    return (int64_t)quotient;
}

static bool finish(const series *s, ohm_bucket *bucket, wide sum, bucket_row *row, void *ctx)
{
    if (bucket->count > 0)
        bucket->mean = s->is_gauge ? mean_of(sum, bucket->count) : bucket->last;
    return row(ctx, bucket);
}

static ohm_err steps(series *s, sqlite3_stmt *stmt, ohm_interval range, int64_t step_ms,
                     bucket_row *row, void *ctx)
{
    ohm_bucket bucket = { .from_ms = range.from_ms };
    wide sum = 0;
    sample one;
    ohm_err err;
    while (!ohm_failed(err = next_sample(s, stmt, &one))) {
        while (one.time_ms - bucket.from_ms >= step_ms) {
            if (!finish(s, &bucket, sum, row, ctx))
                return ohm_ok();
            bucket = (ohm_bucket){ .from_ms = bucket.from_ms + step_ms };
        }
        add(&bucket, &sum, &one);
    }
    if (err.code != OHM_END)
        return err;
    for (;;) {
        if (!finish(s, &bucket, sum, row, ctx) || range.to_ms - bucket.from_ms <= step_ms)
            return ohm_ok();
        bucket = (ohm_bucket){ .from_ms = bucket.from_ms + step_ms };
    }
}

static ohm_err check_range(ohm_interval range, int64_t step_ms)
{
    int64_t span;
    if (range.to_ms <= range.from_ms || step_ms < 0 ||
        __builtin_sub_overflow(range.to_ms, range.from_ms, &span) || span > INT64_MAX / 2)
        return ohm_fail(OHM_RANGE, 0, "the range or the step is not a time");
    if (step_ms > 0 && (span - 1) / step_ms >= OHM_BUCKETS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many steps: ask for longer ones");
    return ohm_ok();
}

static ohm_err range_of(ohm_reader *reader, const char *key, ohm_interval range, int64_t step_ms,
                        bucket_row *row, void *ctx)
{
    series s;
    OHM_TRY(find_series(reader, key, &s));
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_FRAMES];
    bind_range(stmt, range);
    ohm_err err = step_ms > 0 ? steps(&s, stmt, range, step_ms, row, ctx) : raw(&s, stmt, row, ctx);
    (void)sqlite3_reset(stmt);
    return err;
}

ohm_err ohm_reader_range(ohm_reader *reader, const char *series_key, ohm_interval range,
                         int64_t step_ms, bucket_row *row, void *ctx)
{
    OHM_TRY(check_range(range, step_ms));
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = range_of(reader, series_key, range, step_ms, row, ctx);
    ohm_reader_end(reader);
    return err;
}

static ohm_err last_of(ohm_reader *reader, const char *key, ohm_ms since_ms, ohm_bucket *out)
{
    series s;
    sample one;
    OHM_TRY(find_series(reader, key, &s));
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_FRAMES_BACK];
    bind_range(stmt, (ohm_interval){ since_ms, OHM_STORE_TIME_MAX });
    ohm_err err = next_sample(&s, stmt, &one);
    if (!ohm_failed(err))
        *out = raw_bucket(&one);
    (void)sqlite3_reset(stmt);
    return err;
}

ohm_err ohm_reader_last(ohm_reader *reader, const char *series_key, ohm_ms since_ms,
                        ohm_bucket *out)
{
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = last_of(reader, series_key, since_ms, out);
    ohm_reader_end(reader);
    return err;
}
