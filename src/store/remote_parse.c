#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/time.h"
#include "store/mirror_line.h"
#include "store/remote_own.h"
#include "store/text.h"

enum { COLUMNS_MAX = 4096 };

static ohm_err not_that(const char *what)
{
    return ohm_fail(OHM_BAD_FORMAT, 0, what);
}

/* --- rows --------------------------------------------------------------------------------- */

typedef enum field { MEAN, MIN, MAX, FIRST, LAST, COUNT, FIELDS_COUNT, NO_FIELD = -1 } field;

/* InfluxQL's column, and the word that we give a table of Flux. */
static const char *const field_names[FIELDS_COUNT] = { "mean",  "min",  "max",
                                                       "first", "last", "count" };
/* MetricsQL's rollups. */
static const char *const rollup_names[FIELDS_COUNT] = { "avg_over_time",  "min_over_time",
                                                        "max_over_time",  "first_over_time",
                                                        "last_over_time", "count_over_time" };

static field field_of(const char *const names[static FIELDS_COUNT], ohm_span name)
{
    for (int i = 0; i < FIELDS_COUNT; i++)
        if (ohm_span_is(name, names[i]))
            return (field)i;
    return NO_FIELD;
}

ohm_err ohm_remote_rows_init(ohm_remote_rows *rows, const char *series_key, ohm_interval range,
                             int64_t step_ms, uint32_t max)
{
    const char *slash = strrchr(series_key, '/');
    int64_t span, steps = 0;
    ohm_remote_rows r = { .quantity = ohm_quantity_find(ohm_span_text(slash ? slash + 1 : "")),
                          .range = range,
                          .step_ms = step_ms,
                          .max = max ? max : OHM_BUCKETS_MAX };
    if (r.quantity == OHM_Q_NONE || ohm_quantity_get(r.quantity)->kind == OHM_TEXT)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such series");
    if (step_ms < 0 || range.to_ms <= range.from_ms || range.from_ms < 0 ||
        range.to_ms > INT64_MAX / 4 || step_ms > INT64_MAX / 4)
        return ohm_fail(OHM_RANGE, 0, "the range or the step is not a time");
    span = range.to_ms - range.from_ms;
    if (step_ms > 0)
        steps = (span - 1) / step_ms + 1;
    if (steps > r.max)
        return ohm_fail(OHM_TOO_BIG, 0, "too many steps: ask for longer ones");
    if (steps > 0)
        r.range.to_ms = range.from_ms + steps * step_ms;
    r.rows = calloc(steps > 0 ? (size_t)steps : r.max, sizeof *r.rows);
    if (!r.rows)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    r.count = (uint32_t)steps;
    for (uint32_t i = 0; i < r.count; i++) {
        r.rows[i].from_ms = range.from_ms + i * step_ms;
        r.rows[i].to_ms = r.rows[i].from_ms + step_ms;
    }
    *rows = r;
    return ohm_ok();
}

void ohm_remote_rows_release(ohm_remote_rows *rows)
{
    free(rows->rows);
    *rows = (ohm_remote_rows){ 0 };
}

static int by_time(const void *a, const void *b)
{
    ohm_ms x = ((const ohm_slice *)a)->from_ms, y = ((const ohm_slice *)b)->from_ms;
    return (x > y) - (x < y);
}

void ohm_remote_rows_finish(ohm_remote_rows *r)
{
    bool is_gauge = ohm_quantity_get(r->quantity)->kind == OHM_GAUGE;
    uint32_t n = 0;
    if (r->step_ms > 0) {
        for (uint32_t i = 0; i < r->count; i++) {
            ohm_slice *b = &r->rows[i];
            if (b->count == 0)
                *b = (ohm_slice){ .from_ms = b->from_ms, .to_ms = b->to_ms };
            else if (!is_gauge)
                b->mean = b->last;
            b->flags = b->count ? OHM_SLICE_MEAN : 0;
        }
        return;
    }
    if (r->count > 0)
        qsort(r->rows, r->count, sizeof *r->rows, by_time);
    for (uint32_t i = 0; i < r->count; i++) /* an engine may have an instant twice */
        if (n == 0 || r->rows[n - 1].from_ms != r->rows[i].from_ms)
            r->rows[n++] = r->rows[i];
    r->count = n;
}

/* One number of a step, or a reading. */
static ohm_err put(ohm_remote_rows *r, ohm_ms time_ms, field which, int64_t value)
{
    if (time_ms < r->range.from_ms || time_ms >= r->range.to_ms)
        return not_that("the engine answers for another time");
    if (r->step_ms == 0) {
        if (r->count == r->max)
            return ohm_fail(OHM_TOO_BIG, 0, "too many readings: ask for steps or a shorter range");
        r->rows[r->count++] = (ohm_slice){ .from_ms = time_ms,
                                           .to_ms = time_ms + 1,
                                           .count = 1,
                                           .flags = OHM_SLICE_MEAN,
                                           .first = value,
                                           .last = value,
                                           .min = value,
                                           .max = value,
                                           .mean = value };
        return ohm_ok();
    }
    if ((time_ms - r->range.from_ms) % r->step_ms != 0)
        return not_that("the engine answers for other steps");
    ohm_slice *b = &r->rows[(time_ms - r->range.from_ms) / r->step_ms];
    int64_t *const fields[FIELDS_COUNT] = {
        [MEAN] = &b->mean, [MIN] = &b->min, [MAX] = &b->max, [FIRST] = &b->first, [LAST] = &b->last
    };
    if (which != COUNT)
        *fields[which] = value;
    else if (value < 1 || value > UINT32_MAX)
        return not_that("the engine counts wrongly");
    else
        b->count = (uint32_t)value;
    return ohm_ok();
}

/* A number as the engine writes it; *ret_none: it stands for none. */
static bool read_value(const ohm_remote_rows *r, field which, ohm_span text, bool *ret_none,
                       int64_t *out)
{
    *ret_none = ohm_span_is(text, "NaN") || ohm_span_is(text, "+Inf") || ohm_span_is(text, "-Inf");
    if (*ret_none)
        return true;
    if (which == COUNT) {
        int64_t value;
        int exponent;
        if (ohm_number_decimal(text, &value, &exponent) != OHM_OK || exponent < 0 || exponent > 9)
            return false;
        for (; exponent > 0; exponent--)
            if (__builtin_mul_overflow(value, 10, &value))
                return false;
        *out = value;
        return true;
    }
    return ohm_mirror_quantise(text, r->quantity, out);
}

static ohm_err put_text(ohm_remote_rows *r, ohm_ms time_ms, field which, ohm_span text)
{
    int64_t value;
    bool none;
    if (!read_value(r, which, text, &none, &value))
        return not_that("a number of the engine does not read");
    return none ? ohm_ok() : put(r, time_ms, which, value);
}

/* jansson's numbers are doubles: 53 bits, as the engine's own. */
static ohm_err put_real(ohm_remote_rows *r, ohm_ms time_ms, field which, double number)
{
    int decimals = which == COUNT ? 0 : ohm_quantity_get(r->quantity)->decimals;
    for (int i = 0; i < decimals; i++)
        number *= 10;
    if (!(fabs(number) < 9e18))
        return not_that("a number of the engine is out of range");
    return put(r, time_ms, which, (int64_t)llround(number));
}

/* --- keys --------------------------------------------------------------------------------- */

typedef struct labels {
    ohm_span site, zone, device, quantity;
} labels;

static bool is_part(ohm_span part)
{
    for (size_t i = 0; i < part.len; i++)
        if (part.ptr[i] == '/' || part.ptr[i] < ' ')
            return false;
    return part.len > 0;
}

/* True: go on. */
static bool tell_key(const labels *l, ohm_remote_key_row *row, void *ctx)
{
    ohm_series_info info = { .quantity = ohm_quantity_find(l->quantity) };
    if (info.quantity == OHM_Q_NONE || !is_part(l->site) || !is_part(l->zone) ||
        !is_part(l->device))
        return true;
    int len = snprintf(info.key, sizeof info.key, "%.*s/%.*s/%.*s/%.*s", (int)l->site.len,
                       (const char *)l->site.ptr, (int)l->zone.len, (const char *)l->zone.ptr,
                       (int)l->device.len, (const char *)l->device.ptr, (int)l->quantity.len,
                       (const char *)l->quantity.ptr);
    return len < 0 || (size_t)len >= sizeof info.key || row(ctx, &info);
}

/* --- JSON --------------------------------------------------------------------------------- */

static ohm_err load(ohm_span body, json_t **ret_root)
{
    json_error_t error;
    json_t *root = body.len ? json_loadb((const char *)body.ptr, body.len,
                                         JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error)
                            : NULL;
    if (!root)
        return not_that("the engine's answer is not JSON");
    *ret_root = root;
    return ohm_ok();
}

static ohm_span text_of(const json_t *value)
{
    return json_is_string(value) ? ohm_span_of(json_string_value(value), json_string_length(value))
                                 : ohm_span_of(NULL, 0);
}

static bool time_of(const json_t *value, double per_ms, ohm_ms *out)
{
    double ms = json_is_real(value) ? json_real_value(value) * per_ms : NAN;
    if (!(fabs(ms) < 1e15))
        return false;
    *out = (ohm_ms)llround(ms);
    return true;
}

/* The points of one rollup. An engine evaluates (t - d, t]: t is the last millisecond of a step.
 */
static ohm_err put_points(ohm_remote_rows *r, field which, const json_t *points)
{
    size_t i;
    const json_t *point;
    json_array_foreach(points, i, point)
    {
        ohm_ms at;
        const json_t *value = json_array_get(point, 1);
        if (!time_of(json_array_get(point, 0), 1000, &at) || !json_is_string(value))
            return not_that("a point of the engine does not read");
        OHM_TRY(put_text(r, at + 1 - r->step_ms, which, text_of(value)));
    }
    return ohm_ok();
}

static ohm_err matrix(const json_t *root, ohm_remote_rows *r)
{
    const json_t *data = json_object_get(root, "data"), *result = json_object_get(data, "result");
    if (!ohm_span_is(text_of(json_object_get(root, "status")), "success") ||
        !ohm_span_is(text_of(json_object_get(data, "resultType")), "matrix") ||
        !json_is_array(result))
        return not_that("the engine does not answer with a matrix");
    size_t i;
    const json_t *one;
    json_array_foreach(result, i, one)
    {
        const json_t *metric = json_object_get(one, "metric");
        field which = field_of(rollup_names, text_of(json_object_get(metric, "rollup")));
        const json_t *points = json_object_get(one, "values");
        if (which == NO_FIELD || !json_is_array(points))
            return not_that("the engine answers something else");
        OHM_TRY(put_points(r, which, points));
    }
    return ohm_ok();
}

ohm_err ohm_remote_matrix(ohm_span body, ohm_remote_rows *r)
{
    json_t *root;
    assert(r->step_ms > 0);
    OHM_TRY(load(body, &root));
    ohm_err err = matrix(root, r);
    json_decref(root);
    return err;
}

ohm_err ohm_remote_list_matrix(ohm_span body, ohm_remote_key_row *row, void *ctx)
{
    static const char prefix[] = "ohmstead_";
    json_t *root;
    OHM_TRY(load(body, &root));
    const json_t *data = json_object_get(root, "data"), *one;
    ohm_err err = json_is_array(data) ? ohm_ok() : not_that("the engine does not list its series");
    size_t i, skip = sizeof prefix - 1;
    json_array_foreach(data, i, one)
    {
        ohm_span name = text_of(json_object_get(one, "__name__"));
        labels l = { text_of(json_object_get(one, "site")), text_of(json_object_get(one, "zone")),
                     text_of(json_object_get(one, "device")), name };
        if (name.len <= skip || memcmp(name.ptr, prefix, skip) != 0)
            continue;
        l.quantity = ohm_span_part(name, skip, name.len - skip);
        if (!tell_key(&l, row, ctx))
            break;
    }
    json_decref(root);
    return err;
}

/* The first result's series; NULL with OHM_OK: there is none. */
static ohm_err influx_series(const json_t *root, const json_t **ret_series)
{
    const json_t *result = json_array_get(json_object_get(root, "results"), 0);
    if (!json_is_object(result) || json_object_get(result, "error"))
        return not_that("the engine refuses the question");
    *ret_series = json_object_get(result, "series");
    if (*ret_series && !json_is_array(*ret_series))
        return not_that("the engine's answer is not rows");
    return ohm_ok();
}

static ohm_err put_influx_row(ohm_remote_rows *r, const field *fields, size_t width,
                              const json_t *row)
{
    ohm_ms at;
    if (json_array_size(row) != width || !time_of(json_array_get(row, 0), 1, &at))
        return not_that("a row of the engine does not read");
    for (size_t i = 1; i < width; i++) {
        const json_t *value = json_array_get(row, i);
        if (json_is_null(value))
            continue;
        if (!json_is_real(value))
            return not_that("a row of the engine does not read");
        OHM_TRY(put_real(r, at, fields[i], json_real_value(value)));
    }
    return ohm_ok();
}

/* Columns: time, then the rollups; of raw readings the value alone. */
static ohm_err put_influx_series(ohm_remote_rows *r, const json_t *series)
{
    const json_t *columns = json_object_get(series, "columns");
    const json_t *values = json_object_get(series, "values"), *row;
    size_t width = json_array_size(columns), i;
    field fields[FIELDS_COUNT + 1];
    if (width < 2 || width > FIELDS_COUNT + 1 || !json_is_array(values))
        return not_that("the engine's answer is not rows");
    for (i = 1; i < width; i++) {
        fields[i] = field_of(field_names, text_of(json_array_get(columns, i)));
        if (r->step_ms > 0 && fields[i] == NO_FIELD)
            return not_that("the engine answers something else");
    }
    if (r->step_ms == 0 && width != 2)
        return not_that("the engine answers something else");
    json_array_foreach(values, i, row) OHM_TRY(put_influx_row(r, fields, width, row));
    return ohm_ok();
}

ohm_err ohm_remote_influxql(ohm_span body, ohm_remote_rows *r)
{
    json_t *root;
    const json_t *series = NULL, *one;
    size_t i;
    OHM_TRY(load(body, &root));
    ohm_err err = influx_series(root, &series);
    json_array_foreach(series, i, one)
    {
        if (!ohm_failed(err))
            err = put_influx_series(r, one);
    }
    json_decref(root);
    return err;
}

/* One device: the columns with a last value are its quantities. */
static bool list_influx(const json_t *series, ohm_remote_key_row *row, void *ctx)
{
    static const char prefix[] = "last_";
    const json_t *tags = json_object_get(series, "tags");
    const json_t *columns = json_object_get(series, "columns"), *column;
    const json_t *values = json_array_get(json_object_get(series, "values"), 0);
    labels l = { text_of(json_object_get(tags, "site")), text_of(json_object_get(tags, "zone")),
                 text_of(json_object_get(tags, "device")), ohm_span_of(NULL, 0) };
    size_t i, skip = sizeof prefix - 1;
    json_array_foreach(columns, i, column)
    {
        ohm_span name = text_of(column);
        if (i >= COLUMNS_MAX || name.len <= skip || memcmp(name.ptr, prefix, skip) != 0 ||
            !json_is_real(json_array_get(values, i)))
            continue;
        l.quantity = ohm_span_part(name, skip, name.len - skip);
        if (!tell_key(&l, row, ctx))
            return false;
    }
    return true;
}

ohm_err ohm_remote_list_influxql(ohm_span body, ohm_remote_key_row *row, void *ctx)
{
    json_t *root;
    const json_t *series = NULL, *one;
    size_t i;
    OHM_TRY(load(body, &root));
    ohm_err err = influx_series(root, &series);
    json_array_foreach(series, i, one)
    {
        if (ohm_failed(err) || !list_influx(one, row, ctx))
            break;
    }
    json_decref(root);
    return err;
}

/* --- CSV ---------------------------------------------------------------------------------- */

ohm_err ohm_remote_export(ohm_span body, ohm_remote_rows *r)
{
    ohm_span line, stamp;
    assert(r->step_ms == 0);
    while (ohm_text_cut(&body, '\n', &line)) {
        ohm_ms at;
        if (line.len == 0)
            continue;
        if (!ohm_text_cut(&line, ',', &stamp) || ohm_number_int(stamp, &at) != OHM_OK)
            return not_that("a line of the engine's export does not read");
        OHM_TRY(put_text(r, at, MEAN, line));
    }
    return ohm_ok();
}

typedef enum column { TIME, VALUE, ROLLUP, SITE, ZONE, DEVICE, FIELD, NAMED } column;
static const char *const column_names[NAMED] = { "_time", "_value", "rollup", "site",
                                                 "zone",  "device", "_field" };

/* A table of annotated CSV: where its columns are. */
typedef struct table {
    bool head; /* the next line names the columns */
    int places[NAMED];
    ohm_span cells[NAMED];
} table;

/* The next cell: what quotes hold may have commas in it, and no quote. */
static bool cut_cell(ohm_span *rest, ohm_span *out)
{
    if (rest->len == 0 || rest->ptr[0] != '"')
        return ohm_text_cut(rest, ',', out);
    *rest = ohm_span_part(*rest, 1, rest->len - 1);
    ohm_span after;
    return ohm_text_cut(rest, '"', out) && (rest->len == 0 || ohm_text_cut(rest, ',', &after));
}

/* One line. OHM_OK: it is a row, in t->cells; OHM_MORE: it is none. OHM_BAD_FORMAT: a table without
 * one of the columns `wants` (NAMED at their end). */
static ohm_code read_line(table *t, ohm_span line, const column *wants)
{
    ohm_span cell;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line = ohm_span_part(line, 0, line.len - 1);
    if (line.len == 0)
        t->head = true; /* what follows is another table */
    if (line.len == 0 || line.ptr[0] == '#')
        return OHM_MORE;
    bool head = t->head;
    for (int i = 0; i < NAMED; i++) {
        t->cells[i] = ohm_span_of(NULL, 0);
        t->places[i] = head ? -1 : t->places[i];
    }
    t->head = false;
    for (int n = 0; n < COLUMNS_MAX && cut_cell(&line, &cell); n++) {
        for (int i = 0; i < NAMED; i++) {
            if (head && ohm_span_is(cell, column_names[i]))
                t->places[i] = n;
            if (!head && t->places[i] == n)
                t->cells[i] = cell;
        }
    }
    for (; head && *wants != NAMED; wants++)
        if (t->places[*wants] < 0)
            return OHM_BAD_FORMAT;
    return head ? OHM_MORE : OHM_OK;
}

static ohm_err put_flux_row(ohm_remote_rows *r, const table *t)
{
    ohm_ms at;
    field which = r->step_ms > 0 ? field_of(field_names, t->cells[ROLLUP]) : MEAN;
    if (which == NO_FIELD || ohm_failed(ohm_rfc3339_parse(t->cells[TIME], &at)))
        return not_that("a row of the engine does not read");
    return t->cells[VALUE].len > 0 ? put_text(r, at, which, t->cells[VALUE]) : ohm_ok();
}

ohm_err ohm_remote_flux(ohm_span body, ohm_remote_rows *r)
{
    static const column wants[] = { TIME, VALUE, NAMED };
    table t = { .head = true };
    ohm_span line;
    while (ohm_text_cut(&body, '\n', &line)) {
        ohm_code code = read_line(&t, line, wants);
        if (code == OHM_BAD_FORMAT)
            return not_that("the engine's answer is not rows");
        if (code == OHM_OK)
            OHM_TRY(put_flux_row(r, &t));
    }
    return ohm_ok();
}

ohm_err ohm_remote_list_flux(ohm_span body, ohm_remote_key_row *row, void *ctx)
{
    static const column wants[] = { SITE, ZONE, DEVICE, FIELD, NAMED };
    table t = { .head = true };
    ohm_span line;
    while (ohm_text_cut(&body, '\n', &line)) {
        ohm_code code = read_line(&t, line, wants);
        if (code == OHM_BAD_FORMAT)
            return not_that("the engine does not list its series");
        if (code != OHM_OK)
            continue;
        labels l = { t.cells[SITE], t.cells[ZONE], t.cells[DEVICE], t.cells[FIELD] };
        if (!tell_key(&l, row, ctx))
            return ohm_ok();
    }
    return ohm_ok();
}
