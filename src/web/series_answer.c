/* Rows of a series, on the store's thread. */
#include <stdio.h>
#include <stdlib.h>

#include "web/grow.h"
#include "web/series_query.h"
#include "web/series_row.h"

enum {
    POINT_BYTES_MAX = 64, /* of a raw reading: a time, a number and a word */
    FIELD_BYTES_MAX = 24, /* of a number */
    STEP_BYTES_MAX = 64,  /* of the rest of a step: a time and a word */
    HEAD_BYTES_MAX = 1024,
    LINE_BYTES_MAX = 1024, /* of a row with its series' name */
};

typedef struct work {
    const ohm_series_query *q;
    const atomic_bool *stop;
    const char *unit;
    ohm_grow out;
    ohm_ms end_ms;
    size_t rows;
    bool too_many;
    bool open; /* the last step may still change */
} work;

static bool stopped(void *ctx)
{
    const work *w = ctx;
    return atomic_load_explicit(w->stop, memory_order_relaxed);
}

static int decimals_of(const work *w)
{
    return ohm_quantity_get(w->q->quantity)->decimals;
}

/* Writes one JSON value, of at most `most` bytes, with a comma before it if it is not the first. */
static void add_json(work *w, size_t most, void (*write)(ohm_json *json, work *w, const void *row),
                     const void *row)
{
    char *room = ohm_grow_room(&w->out, most + 1);
    ohm_json json;
    size_t len;
    if (!room)
        return;
    if (w->rows)
        *room++ = ',';
    ohm_json_init(&json, room, most);
    write(&json, w, row);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    w->out.len += len + (w->rows ? 1 : 0);
}

/* False: no further. */
static bool count_row(work *w, size_t max)
{
    w->rows++;
    w->too_many = w->rows > max;
    return !w->too_many && !w->out.failed && !w->out.too_big && !stopped(w);
}

/* --- steps ---------------------------------------------------------------------------------- */

static bool has_field(const work *w, ohm_series_field field)
{
    for (uint8_t i = 0; i < w->q->fields_count; i++)
        if (w->q->fields[i] == field)
            return true;
    return false;
}

static bool is_there(const ohm_slice *s, uint8_t field)
{
    if (field == OHM_FIELD_ENERGY)
        return (s->flags & OHM_SLICE_ENERGY) != 0;
    if (field == OHM_FIELD_MEAN)
        return (s->flags & OHM_SLICE_MEAN) != 0;
    return s->count > 0 || field == OHM_FIELD_READINGS;
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

/* How far the numbers of a step can be trusted. */
static const char *word_of(const work *w, const ohm_slice *s)
{
    bool any = false;
    for (uint8_t i = 0; i < w->q->fields_count; i++)
        any |= w->q->fields[i] != OHM_FIELD_READINGS && is_there(s, w->q->fields[i]);
    if (!any && (s->count == 0 || !has_field(w, OHM_FIELD_READINGS)))
        return "gap";
    if (has_field(w, OHM_FIELD_ENERGY) && s->flags & OHM_SLICE_RESET)
        return "meter_change";
    if (has_field(w, OHM_FIELD_ENERGY) && s->flags & OHM_SLICE_UNSURE)
        return "estimated";
    return s->flags & OHM_SLICE_PARTIAL ? "partial" : "measured";
}

static void write_step(ohm_json *json, work *w, const void *row)
{
    const ohm_slice *s = row;
    ohm_json_array(json);
    ohm_json_time(json, s->from_ms);
    for (uint8_t i = 0; i < w->q->fields_count; i++) {
        uint8_t field = w->q->fields[i];
        if (is_there(s, field))
            ohm_json_decimal(json, value_of(s, field),
                             field == OHM_FIELD_READINGS ? 0 : -decimals_of(w));
        else
            ohm_json_null(json);
    }
    ohm_json_str(json, word_of(w, s));
    ohm_json_end(json);
}

static bool add_step(void *ctx, const ohm_slice *s)
{
    work *w = ctx;
    add_json(w, STEP_BYTES_MAX + (size_t)w->q->fields_count * FIELD_BYTES_MAX, write_step, s);
    w->open = s->flags & OHM_SLICE_PARTIAL || s->count == 0;
    return count_row(w, OHM_BUCKETS_MAX);
}

static unsigned columns_of(const ohm_series_query *q)
{
    static const unsigned columns[OHM_SERIES_FIELDS_COUNT] = {
        [OHM_FIELD_ENERGY] = OHM_ROWS_ENERGY,     [OHM_FIELD_MEAN] = OHM_ROWS_MEAN,
        [OHM_FIELD_MIN] = OHM_ROWS_MIN,           [OHM_FIELD_MAX] = OHM_ROWS_MAX,
        [OHM_FIELD_FIRST] = OHM_ROWS_FIRST,       [OHM_FIELD_LAST] = OHM_ROWS_LAST,
        [OHM_FIELD_READINGS] = OHM_ROWS_READINGS,
    };
    unsigned all = 0;
    for (uint8_t i = 0; i < q->fields_count; i++)
        all |= columns[q->fields[i]];
    return all;
}

static bool add_step_line(void *ctx, const ohm_slice *s)
{
    work *w = ctx;
    const ohm_series_query *q = w->q;
    ohm_rows_step step = ohm_series_row(q->key, q->quantity, s);
    step.unit = w->unit;
    step.columns = columns_of(q);
    char *room = ohm_grow_room(&w->out, LINE_BYTES_MAX);
    size_t len =
        room ? ohm_rows_step_write(ohm_series_rows(q->form), q->tz, &step, room, LINE_BYTES_MAX)
             : 0;
    assert(!room || len > 0);
    w->out.len += len;
    w->open = s->flags & OHM_SLICE_PARTIAL || s->count == 0;
    return count_row(w, OHM_SERIES_ROWS_MAX);
}

static ohm_code run_steps(ohm_reader *reader, work *w, ohm_interval range,
                          bool (*row)(void *ctx, const ohm_slice *slice))
{
    const ohm_series_query *q = w->q;
    const ohm_steps_query asked = { .series_key = q->key,
                                    .range = range,
                                    .step = q->step,
                                    .tz = q->tz,
                                    .rows_max = OHM_SERIES_ROWS_MAX + 1,
                                    .cancelled = stopped,
                                    .cancelled_ctx = w };
    w->rows = 0;
    ohm_err err = ohm_query_steps(reader, &asked, row, w);
    return err.code == OHM_BUSY ? OHM_MORE : err.code;
}

/* --- readings ------------------------------------------------------------------------------- */

static void write_point(ohm_json *json, work *w, const void *row)
{
    const ohm_point *p = row;
    ohm_json_array(json);
    ohm_json_time(json, p->time_ms);
    ohm_json_decimal(json, p->value, -decimals_of(w));
    ohm_json_str(json, ohm_quality_text(p->quality));
    ohm_json_end(json);
}

static bool add_point(void *ctx, const ohm_point *p)
{
    work *w = ctx;
    if (w->rows < OHM_BUCKETS_MAX)
        add_json(w, POINT_BYTES_MAX, write_point, p);
    return count_row(w, OHM_BUCKETS_MAX);
}

static bool add_point_line(void *ctx, const ohm_point *p)
{
    work *w = ctx;
    const ohm_rows_reading r = { .key = w->q->key,
                                 .quantity = w->q->quantity,
                                 .quality = p->quality,
                                 .time_ms = p->time_ms,
                                 .value = p->value };
    char *room = ohm_grow_room(&w->out, LINE_BYTES_MAX);
    size_t len = room ? ohm_rows_reading_write(ohm_series_rows(w->q->form), w->q->tz, &r, room,
                                               LINE_BYTES_MAX)
                      : 0;
    assert(!room || len > 0);
    w->out.len += len;
    return count_row(w, OHM_SERIES_ROWS_MAX);
}

/* --- whole answers -------------------------------------------------------------------------- */

/* Of a power the integral: W become Wh. */
static void energy_unit(const ohm_series_query *q, char out[static 16])
{
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    (void)snprintf(out, 16, "%s%s", quantity->unit, quantity->kind == OHM_GAUGE ? "h" : "");
}

static void write_head(ohm_json *json, const work *w)
{
    const ohm_series_query *q = w->q;
    ohm_json_object(json);
    ohm_json_key_str(json, "key", q->key);
    ohm_json_key_str(json, "unit", w->unit);
    if (q->raw)
        ohm_json_key_str(json, "agg", "raw");
    else if (q->one)
        ohm_json_key_str(json, "agg", ohm_series_fields[q->fields[0]]);
    if (!q->one) {
        ohm_json_key(json, "fields");
        ohm_json_array(json);
        for (uint8_t i = 0; i < q->fields_count; i++)
            ohm_json_str(json, ohm_series_fields[q->fields[i]]);
        ohm_json_end(json);
    }
    if (!q->one && has_field(w, OHM_FIELD_ENERGY)) {
        char unit[16];
        energy_unit(q, unit);
        ohm_json_key_str(json, "energy_unit", unit);
    }
    if (!q->raw)
        ohm_json_key_str(json, "step", q->step_name);
    ohm_json_key_str(json, "timezone", q->tz->name);
    ohm_json_key_time(json, "from", q->range.from_ms);
    ohm_json_key_time(json, "to", q->range.to_ms);
}

static ohm_code run_json(ohm_reader *reader, work *w)
{
    char head[HEAD_BYTES_MAX];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, head, sizeof head);
    write_head(&json, w);
    ohm_json_end(&json);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return OHM_RANGE; /* a name as long as none that is kept */
    ohm_grow_add(&w->out, head, len - 1);
    ohm_grow_add(&w->out, ",\"points\":[", 11);
    ohm_code code = w->q->raw ? ohm_query_points(reader, w->q->key, w->q->range, add_point, w).code
                              : run_steps(reader, w, w->q->range, add_step);
    ohm_grow_add(&w->out, "]", 1);
    bool open = w->open;
    if (code == OHM_OK && !w->too_many && w->q->other.from_ms < w->q->other.to_ms) {
        char text[2 * OHM_RFC3339_MAX + 64], from[OHM_RFC3339_MAX], to[OHM_RFC3339_MAX];
        (void)ohm_rfc3339_write(w->q->other.from_ms, from);
        (void)ohm_rfc3339_write(w->q->other.to_ms, to);
        int n = snprintf(text, sizeof text,
                         ",\"compared\":{\"from\":\"%s\",\"to\":\"%s\",\"points\":[", from, to);
        ohm_grow_add(&w->out, text, (size_t)n);
        code = run_steps(reader, w, w->q->other, add_step);
        ohm_grow_add(&w->out, "]}", 2);
    }
    w->open |= open;
    ohm_grow_add(&w->out, "}\n", 1);
    return code;
}

static ohm_code run_lines(ohm_reader *reader, work *w)
{
    const ohm_series_query *q = w->q;
    char head[HEAD_BYTES_MAX];
    size_t len =
        q->raw ? ohm_rows_readings_head(ohm_series_rows(q->form), head, sizeof head)
               : ohm_rows_steps_head(ohm_series_rows(q->form), columns_of(q), head, sizeof head);
    ohm_grow_add(&w->out, head, len);
    if (q->raw)
        return ohm_query_points(reader, q->key, q->range, add_point_line, w).code;
    return run_steps(reader, w, q->range, add_step_line);
}

ohm_code ohm_series_answer(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_bytes, size_t *ret_len)
{
    const ohm_series_query *q = query;
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    bool energy = q->fields_count == 1 && q->fields[0] == OHM_FIELD_ENERGY;
    char unit[16];
    (void)snprintf(unit, sizeof unit, "%s", quantity->unit);
    if (energy)
        energy_unit(q, unit);
    work w = { .q = q, .stop = stop, .unit = unit, .out = { .max = OHM_SERIES_BYTES_MAX } };
    ohm_code code = q->form == OHM_FORM_JSON ? run_json(reader, &w) : run_lines(reader, &w);
    if (code == OHM_OK && w.too_many)
        code = OHM_TOO_BIG;
    if (code == OHM_OK && atomic_load(stop))
        code = OHM_MORE;
    code = ohm_grow_give(&w.out, code, ret_bytes, ret_len);
    return code == OHM_OK && w.open ? OHM_GAP : code;
}
