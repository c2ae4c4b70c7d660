/* As the prototype's: the meter by the short codes of OBIS, now and over the last hours or days.
 *
 * GET /api/data: {"timestamp":…,"1.8.0":12048.95,"16.7.0":-820,…,"units":{…}}; with ?period=24h a
 * row a step, at most 1440 of them: registers as they stood at its end, all else its mean. A step
 * without a reading has no row. */
#include <stdio.h>
#include <stdlib.h>

#include "meter/answer.h"
#include "store/query.h"
#include "web/api.h"
#include "web/command.h"
#include "web/grow.h"
#include "web/inner.h"

enum {
    ROWS_MAX = 1440,
    ROW_BYTES_MAX = OHM_ANSWER_MAX * 40 + 64,
    BYTES_MAX = 2 << 20,
};

/* --- now -------------------------------------------------------------------------------------- */

static void write_answers(ohm_json *json, const ohm_answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ohm_json_key_decimal(json, answers[i].code, answers[i].mantissa, answers[i].exponent);
}

static void write_units(ohm_json *json, const ohm_answer *answers, size_t count)
{
    ohm_json_key(json, "units");
    ohm_json_object(json);
    for (size_t i = 0; i < count; i++)
        ohm_json_key_str(json, answers[i].code, answers[i].unit);
    ohm_json_end(json);
}

/* Does the meter say tariffs' registers and no total? */
static bool lacks_total(const ohm_frame *frame)
{
    for (uint16_t i = 0; i < frame->count; i++)
        if (frame->values[i].quantity == OHM_Q_ENERGY_IMPORT)
            return false;
    return true;
}

static void write_now(ohm_json *json, const void *ctx)
{
    const ohm_view *view = ctx;
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    const ohm_view_value *values = ohm_view_values(view, meter);
    ohm_frame frame = { .count = 0 };
    ohm_answer answers[OHM_ANSWER_MAX];
    for (uint16_t i = 0; i < meter->values_count && frame.count < OHM_FRAME_VALUES_MAX; i++)
        frame.values[frame.count++] =
            (ohm_value){ values[i].quantity, values[i].quality, values[i].value };
    size_t count = ohm_frame_answers(&frame, lacks_total(&frame), answers);
    ohm_json_object(json);
    ohm_json_key_time(json, "timestamp", meter->last_ms);
    write_answers(json, answers, count);
    write_units(json, answers, count);
    ohm_json_end(json);
}

/* --- a period --------------------------------------------------------------------------------- */

/* What a row holds, of what the meter says. */
static const ohm_quantity_id quantities[] = {
    OHM_Q_ENERGY_IMPORT,    OHM_Q_ENERGY_EXPORT,    OHM_Q_ENERGY_IMPORT_T1,
    OHM_Q_ENERGY_IMPORT_T2, OHM_Q_ENERGY_IMPORT_T3, OHM_Q_ENERGY_IMPORT_T4,
    OHM_Q_ENERGY_IMPORT_T5, OHM_Q_ENERGY_IMPORT_T6, OHM_Q_ENERGY_IMPORT_T7,
    OHM_Q_ENERGY_IMPORT_T8, OHM_Q_ENERGY_IMPORT_T9, OHM_Q_ENERGY_IMPORT_T10,
    OHM_Q_POWER_IMPORT,     OHM_Q_POWER_EXPORT,     OHM_Q_POWER,
    OHM_Q_VOLTAGE_L1,       OHM_Q_VOLTAGE_L2,       OHM_Q_VOLTAGE_L3,
    OHM_Q_CURRENT_L1,       OHM_Q_CURRENT_L2,       OHM_Q_CURRENT_L3,
    OHM_Q_POWER_FACTOR,     OHM_Q_FREQUENCY,
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

typedef struct data_query {
    char device[OHM_SERIES_KEY_MAX]; /* "home/ground/main" */
    char period[16];
    ohm_interval range;
    int64_t step_ms;
} data_query;

typedef struct table {
    const atomic_bool *stop;
    size_t at, column; /* where the next step goes */
    struct {
        bool there[QUANTITIES];
        int64_t value[QUANTITIES];
    } rows[ROWS_MAX];
} table;

static bool add_step(void *ctx, const ohm_slice *s)
{
    table *t = ctx;
    bool is_counter = ohm_quantity_get(quantities[t->column])->kind != OHM_GAUGE;
    assert(t->at < ROWS_MAX);
    t->rows[t->at].there[t->column] = is_counter ? s->count > 0 : s->flags & OHM_SLICE_MEAN;
    t->rows[t->at].value[t->column] = is_counter ? s->last : s->mean;
    t->at++;
    return true;
}

static bool stopped(void *ctx)
{
    const table *t = ctx;
    return atomic_load_explicit(t->stop, memory_order_relaxed);
}

/* Fills the columns; OHM_UNKNOWN: not one of them is kept. */
static ohm_code fill(ohm_reader *reader, const data_query *q, table *t)
{
    bool any = false;
    for (size_t i = 0; i < QUANTITIES; i++) {
        char key[OHM_SERIES_KEY_MAX];
        const char *name = ohm_quantity_get(quantities[i])->name;
        if ((size_t)snprintf(key, sizeof key, "%s/%s", q->device, name) >= sizeof key)
            continue;
        const ohm_steps_query asked = { .series_key = key,
                                        .range = q->range,
                                        .step = { OHM_STEP_MS, q->step_ms },
                                        .rows_max = ROWS_MAX,
                                        .cancelled = stopped,
                                        .cancelled_ctx = t };
        t->at = 0;
        t->column = i;
        ohm_err err = ohm_query_steps(reader, &asked, add_step, t);
        if (ohm_failed(err) && err.code != OHM_UNKNOWN)
            return err.code == OHM_BUSY ? OHM_MORE : err.code;
        any |= !ohm_failed(err);
    }
    return any ? OHM_OK : OHM_UNKNOWN;
}

/* The answers of a row; the units of all rows are gathered in `units`. */
static size_t row_answers(const table *t, size_t at, ohm_answer out[static OHM_ANSWER_MAX])
{
    ohm_frame frame = { .count = 0 };
    for (size_t i = 0; i < QUANTITIES; i++)
        if (t->rows[at].there[i])
            frame.values[frame.count++] =
                (ohm_value){ (uint16_t)quantities[i], OHM_QUALITY_GOOD, t->rows[at].value[i] };
    return ohm_frame_answers(&frame, lacks_total(&frame), out);
}

static void gather(ohm_answer *units, size_t *count, const ohm_answer *more, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < *count && strcmp(units[at].code, more[i].code) != 0)
            at++;
        if (at == *count && at < OHM_ANSWER_MAX)
            units[(*count)++] = more[i];
    }
}

static void add_row(ohm_grow *out, bool first, ohm_ms at_ms, const ohm_answer *answers, size_t n)
{
    char *room = ohm_grow_room(out, ROW_BYTES_MAX);
    ohm_json json;
    size_t len = 0;
    if (!room)
        return;
    if (!first)
        *room++ = ',';
    ohm_json_init(&json, room, ROW_BYTES_MAX - 1);
    ohm_json_object(&json);
    ohm_json_key_time(&json, "timestamp", at_ms);
    write_answers(&json, answers, n);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    out->len += len + (first ? 0 : 1);
}

static void add_head(ohm_grow *out, const data_query *q)
{
    char head[256];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, head, sizeof head);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "period", q->period);
    ohm_json_key_time(&json, "from", q->range.from_ms);
    ohm_json_key_time(&json, "to", q->range.to_ms);
    ohm_json_key_int(&json, "step_s", q->step_ms / OHM_SECOND_MS);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    ohm_grow_add(out, head, len - 1);
}

static void add_units(ohm_grow *out, const ohm_answer *units, size_t count)
{
    char *room = ohm_grow_room(out, ROW_BYTES_MAX);
    ohm_json json;
    size_t len;
    if (!room)
        return;
    ohm_json_init(&json, room, ROW_BYTES_MAX);
    ohm_json_object(&json);
    write_units(&json, units, count);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    room[0] = ','; /* a second object behind the first */
    out->len += len;
}

static void write_table(const table *t, const data_query *q, ohm_grow *out)
{
    ohm_answer answers[OHM_ANSWER_MAX], units[OHM_ANSWER_MAX];
    size_t units_count = 0;
    bool first = true;
    add_head(out, q);
    ohm_grow_add(out, ",\"data\":[", 9);
    for (size_t i = 0; i < ROWS_MAX && q->range.from_ms + (int64_t)i * q->step_ms < q->range.to_ms;
         i++) {
        size_t n = row_answers(t, i, answers);
        if (n == 0)
            continue;
        gather(units, &units_count, answers, n);
        add_row(out, first, q->range.from_ms + (int64_t)i * q->step_ms, answers, n);
        first = false;
    }
    ohm_grow_add(out, "]", 1);
    add_units(out, units, units_count);
}

static ohm_code run_data(ohm_reader *reader, const void *query, const atomic_bool *stop,
                         char **ret_json, size_t *ret_len)
{
    ohm_grow out = { .max = BYTES_MAX };
    table *t = calloc(1, sizeof *t);
    if (!t || ohm_failed(ohm_reader_begin(reader))) {
        ohm_code why = t ? OHM_IO : OHM_NO_MEMORY;
        free(t);
        return why;
    }
    t->stop = stop;
    ohm_code code = fill(reader, query, t);
    ohm_reader_end(reader);
    if (code == OHM_OK)
        write_table(t, query, &out);
    free(t);
    return ohm_grow_give(&out, code, ret_json, ret_len);
}

static void data_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_PRIVATE);
}

/* The shortest round step with which a period has no more than the rows that are answered. */
static int64_t step_of(int64_t length_ms)
{
    static const int64_t steps_s[] = { 60, 300, 900, 3600, 6 * 3600, 24 * 3600 };
    size_t i = 0;
    while (i + 1 < sizeof steps_s / sizeof *steps_s &&
           length_ms > steps_s[i] * OHM_SECOND_MS * ROWS_MAX)
        i++;
    return steps_s[i] * OHM_SECOND_MS;
}

void ohm_api_data(ohm_exchange *x)
{
    const char *period = ohm_target_query(&x->target, "period");
    const ohm_view *view = ohm_web_view(x->web);
    data_query q = { .step_ms = 0 };
    int64_t length_ms;
    for (int i = 0; i < x->target.pairs_count; i++)
        if (strcmp(x->target.keys[i], "period") != 0) {
            ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[i]);
            return;
        }
    if (!view || view->meters_count == 0) {
        ohm_reply_fault(x, view ? OHM_FAULT_METER : OHM_FAULT_STARTING, NULL);
        return;
    }
    if (!period) {
        ohm_reply_json(x, MHD_HTTP_OK, write_now, view);
        return;
    }
    if (!ohm_period_read(period, &length_ms) || strlen(period) >= sizeof q.period) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "period");
        return;
    }
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    (void)snprintf(q.device, sizeof q.device, "%s/%s/%s", view->site_id, meter->zone,
                   meter->device);
    (void)snprintf(q.period, sizeof q.period, "%s", period);
    q.step_ms = step_of(length_ms);
    q.range = (ohm_interval){ view->time_ms - length_ms, view->time_ms };
    ohm_history_send(x, run_data, &q, sizeof q, data_done);
}
