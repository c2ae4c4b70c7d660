/* GET /api/v1/query?expr=…: one number a step out of several series, all of one moment of the
 * store, on the calendar of the site. A step that lacks one of them has none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "web/api.h"
#include "web/command.h"
#include "web/expr.h"
#include "web/grow.h"
#include "web/inner.h"
#include "web/series_query.h"

enum {
    DECIMALS = 6,
    POINT_BYTES_MAX = 72,
    HEAD_BYTES_MAX = 8 << 10,
    BYTES_MAX = 4 << 20,
};

typedef struct query {
    ohm_series_query of; /* without a key: agg, range and step */
    char text[OHM_EXPR_TEXT_MAX];
} query;
_Static_assert(sizeof(query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

typedef struct columns {
    const query *q;
    const atomic_bool *stop;
    ohm_expr expr;
    size_t rows; /* of the column in hand */
    uint8_t column;
    double scale;
    ohm_ms from_ms[OHM_BUCKETS_MAX + 1];
    double value[OHM_EXPR_SERIES_MAX][OHM_BUCKETS_MAX + 1];
} columns;

static bool is_there(const ohm_slice *s, uint8_t field)
{
    if (field == OHM_FIELD_ENERGY)
        return (s->flags & OHM_SLICE_ENERGY) != 0;
    if (field == OHM_FIELD_MEAN)
        return (s->flags & OHM_SLICE_MEAN) != 0;
    return s->count > 0;
}

static int64_t value_of(const ohm_slice *s, uint8_t field)
{
    const int64_t values[OHM_SERIES_FIELDS_COUNT] = {
        [OHM_FIELD_ENERGY] = s->energy,  [OHM_FIELD_MEAN] = s->mean,   [OHM_FIELD_MIN] = s->min,
        [OHM_FIELD_MAX] = s->max,        [OHM_FIELD_FIRST] = s->first, [OHM_FIELD_LAST] = s->last,
        [OHM_FIELD_READINGS] = s->count,
    };
    return values[field];
}

static bool add_step(void *ctx, const ohm_slice *s)
{
    columns *c = ctx;
    uint8_t field = c->q->of.fields[0];
    assert(c->rows <= OHM_BUCKETS_MAX);
    c->from_ms[c->rows] = s->from_ms;
    c->value[c->column][c->rows] =
        is_there(s, field) ? (double)value_of(s, field) / c->scale : (double)NAN;
    c->rows++;
    return true;
}

static bool stopped(void *ctx)
{
    const columns *c = ctx;
    return atomic_load_explicit(c->stop, memory_order_relaxed);
}

static ohm_code read_columns(ohm_reader *reader, columns *c)
{
    for (uint8_t i = 0; i < c->expr.series_count; i++) {
        const char *key = c->expr.series[i], *slash = strrchr(key, '/');
        ohm_quantity_id id = slash ? ohm_quantity_find(ohm_span_text(slash + 1)) : OHM_Q_NONE;
        const ohm_steps_query asked = { .series_key = key,
                                        .range = c->q->of.range,
                                        .step = c->q->of.step,
                                        .tz = c->q->of.tz,
                                        .rows_max = OHM_BUCKETS_MAX,
                                        .cancelled = stopped,
                                        .cancelled_ctx = c };
        if (id == OHM_Q_NONE)
            return OHM_UNKNOWN;
        bool counts = c->q->of.fields[0] == OHM_FIELD_READINGS;
        c->scale = counts ? 1 : pow(10, ohm_quantity_get(id)->decimals);
        c->column = i;
        c->rows = 0;
        ohm_err err = ohm_query_steps(reader, &asked, add_step, c);
        if (ohm_failed(err))
            return err.code == OHM_BUSY ? OHM_MORE : err.code;
    }
    return OHM_OK;
}

/* Six decimals, as long as they fit. */
static void write_number(ohm_json *json, double value)
{
    double scaled = round(value * 1e6);
    if (!isfinite(value) || fabs(value) > 9e18)
        ohm_json_null(json);
    else if (fabs(scaled) < 9e18)
        ohm_json_decimal(json, (int64_t)scaled, -DECIMALS);
    else
        ohm_json_int(json, (int64_t)value);
}

static void add_head(const columns *c, ohm_grow *out)
{
    const query *q = c->q;
    char *room = ohm_grow_room(out, HEAD_BYTES_MAX);
    ohm_json json;
    size_t len;
    if (!room)
        return;
    ohm_json_init(&json, room, HEAD_BYTES_MAX);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "expr", q->text);
    ohm_json_key_str(&json, "agg", ohm_series_fields[q->of.fields[0]]);
    ohm_json_key_str(&json, "step", q->of.step_name);
    ohm_json_key_str(&json, "timezone", q->of.tz->name);
    ohm_json_key_time(&json, "from", q->of.range.from_ms);
    ohm_json_key_time(&json, "to", q->of.range.to_ms);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    out->len += len - 1;
    ohm_grow_add(out, ",\"points\":[", 11);
}

static void add_point(const columns *c, size_t at, ohm_grow *out)
{
    double values[OHM_EXPR_SERIES_MAX];
    char *room = ohm_grow_room(out, POINT_BYTES_MAX + 1);
    ohm_json json;
    size_t len;
    if (!room)
        return;
    if (at)
        *room++ = ',';
    for (uint8_t i = 0; i < c->expr.series_count; i++)
        values[i] = c->value[i][at];
    ohm_json_init(&json, room, POINT_BYTES_MAX);
    ohm_json_array(&json);
    ohm_json_time(&json, c->from_ms[at]);
    write_number(&json, ohm_expr_value(&c->expr, values));
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    out->len += len + (at ? 1 : 0);
}

static ohm_code run_query(ohm_reader *reader, const void *asked, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    ohm_grow out = { .max = BYTES_MAX };
    columns *c = calloc(1, sizeof *c);
    if (!c)
        return OHM_NO_MEMORY;
    c->q = asked;
    c->stop = stop;
    ohm_code code = ohm_expr_read(ohm_span_text(c->q->text), &c->expr).code;
    if (code == OHM_OK)
        code = ohm_reader_begin(reader).code;
    if (code == OHM_OK) {
        code = read_columns(reader, c);
        ohm_reader_end(reader);
    }
    if (code == OHM_OK)
        add_head(c, &out);
    for (size_t i = 0; code == OHM_OK && i < c->rows; i++)
        add_point(c, i, &out);
    ohm_grow_add(&out, "]}\n", 3);
    free(c);
    return ohm_grow_give(&out, code, ret_json, ret_len);
}

static void query_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_PRIVATE);
}

void ohm_api_query(ohm_exchange *x)
{
    const char *text = ohm_target_query(&x->target, "expr");
    query q = { .of = { .is_expr = true, .quantity = OHM_Q_POWER } };
    ohm_expr expr;
    if (!text || ohm_failed(ohm_expr_read(ohm_span_text(text), &expr))) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "expr");
        return;
    }
    (void)snprintf(q.text, sizeof q.text, "%s", text);
    if (ohm_series_query_read(x, &q.of))
        ohm_history_send(x, run_query, &q, sizeof q, query_done);
}
