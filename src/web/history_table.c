#include "web/history_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query.h"

ohm_ms ohm_history_table_step_ms(ohm_interval range)
{
    static const ohm_ms steps[] = { 10 * OHM_MINUTE_MS, 30 * OHM_MINUTE_MS, OHM_HOUR_MS };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if ((range.to_ms - range.from_ms) / steps[i] <= OHM_HISTORY_TABLE_ROWS_MAX)
            return steps[i];
    return 0;
}

ohm_code ohm_history_table_init(ohm_history_table *t, ohm_reader *reader, ohm_interval range,
                                ohm_ms step_ms, const atomic_bool *stop)
{
    *t = (ohm_history_table){ .reader = reader, .range = range, .step_ms = step_ms, .stop = stop };
    t->room = (size_t)((range.to_ms - range.from_ms) / step_ms);
    t->range.to_ms = range.from_ms + (ohm_ms)t->room * step_ms;
    t->columns.rows = t->room;
    t->columns.time_ms = malloc((t->room + 1) * sizeof *t->columns.time_ms);
    if (!t->columns.time_ms)
        return OHM_NO_MEMORY;
    for (size_t row = 0; row < t->room; row++)
        t->columns.time_ms[row] = range.from_ms + (ohm_ms)row * step_ms;
    return OHM_OK;
}

void ohm_history_table_drop(ohm_history_table *t)
{
    ohm_column *last = &t->columns.of[--t->columns.count];
    free(last->name);
    free(last->values);
    *last = (ohm_column){ 0 };
}

void ohm_history_table_free(ohm_history_table *t)
{
    while (t->columns.count > 0)
        ohm_history_table_drop(t);
    free(t->columns.time_ms);
    t->columns.time_ms = NULL;
}

ohm_column *ohm_history_table_column(ohm_history_table *t, const char *name)
{
    if (t->columns.count == OHM_COLUMNS_MAX)
        return NULL;
    ohm_column *column = &t->columns.of[t->columns.count++];
    *column = (ohm_column){ .name = strdup(name),
                            .values = malloc((t->room + 1) * sizeof *column->values) };
    if (!column->name || !column->values) {
        ohm_history_table_drop(t);
        return NULL;
    }
    for (size_t row = 0; row < t->room; row++)
        column->values[row] = NAN;
    return column;
}

typedef enum made_of { MEAN, COUNTED, LAST } made_of;

typedef struct laying {
    ohm_history_table *t;
    ohm_column *column;
    double scale;
    made_of of;
} laying;

static bool stopped(void *ctx)
{
    const laying *l = ctx;
    return l->t->stop && atomic_load_explicit(l->t->stop, memory_order_relaxed);
}

static bool lay(void *ctx, const ohm_slice *s)
{
    laying *l = ctx;
    ohm_ms span_ms = s->to_ms - s->from_ms;
    size_t row = (size_t)((s->from_ms - l->t->range.from_ms) / l->t->step_ms);
    double value = NAN;
    if (l->of == COUNTED && s->flags & OHM_SLICE_ENERGY && !(s->flags & OHM_SLICE_PARTIAL))
        value = (double)s->energy * OHM_HOUR_MS / (double)span_ms;
    else if (l->of == MEAN && s->flags & OHM_SLICE_MEAN && 2 * s->held_ms >= span_ms)
        value = (double)s->mean;
    else if (l->of == LAST && s->count > 0)
        value = (double)s->last;
    if (row < l->t->room && isnan(l->column->values[row]))
        l->column->values[row] = value * l->scale;
    return true;
}

static ohm_code ask(ohm_history_table *t, ohm_column *column, const char *device,
                    ohm_quantity_id id, double scale, made_of of)
{
    char key[OHM_SERIES_KEY_MAX];
    const ohm_quantity *quantity = ohm_quantity_get(id);
    if (t->room == 0)
        return OHM_UNKNOWN;
    if ((size_t)snprintf(key, sizeof key, "%s/%s", device, quantity->name) >= sizeof key)
        return OHM_UNKNOWN;
    laying l = { t, column, scale * pow(10, -(int)quantity->decimals), of };
    const ohm_steps_query asked = { .series_key = key,
                                    .range = t->range,
                                    .step = { OHM_STEP_MS, t->step_ms },
                                    .rows_max = UINT32_MAX,
                                    .cancelled = stopped,
                                    .cancelled_ctx = &l };
    ohm_err err = ohm_query_steps(t->reader, &asked, lay, &l);
    return err.code == OHM_BUSY ? OHM_MORE : err.code;
}

ohm_code ohm_history_table_mean(ohm_history_table *t, ohm_column *column, const char *device,
                                ohm_quantity_id quantity, double scale)
{
    return ask(t, column, device, quantity, scale, MEAN);
}

ohm_code ohm_history_table_counted(ohm_history_table *t, ohm_column *column, const char *device,
                                   ohm_quantity_id quantity, double scale)
{
    return ask(t, column, device, quantity, scale, COUNTED);
}

ohm_code ohm_history_table_last(ohm_history_table *t, ohm_column *column, const char *device,
                                ohm_quantity_id quantity)
{
    return ask(t, column, device, quantity, 1, LAST);
}

void ohm_history_table_add(ohm_history_table *t, ohm_column *column, const ohm_column *other)
{
    for (size_t row = 0; row < t->room; row++)
        column->values[row] += other->values[row];
}

static bool is_empty(const ohm_history_table *t, size_t row)
{
    for (int c = 0; c < t->columns.count; c++)
        if (!isnan(t->columns.of[c].values[row]))
            return false;
    return true;
}

void ohm_history_table_trim(ohm_history_table *t)
{
    size_t from = 0, to = t->columns.rows;
    while (from < to && is_empty(t, from))
        from++;
    while (to > from && is_empty(t, to - 1))
        to--;
    t->columns.rows = to - from;
    memmove(t->columns.time_ms, t->columns.time_ms + from, (to - from) * sizeof(ohm_ms));
    for (int c = 0; c < t->columns.count; c++) {
        ohm_column *column = &t->columns.of[c];
        memmove(column->values, column->values + from, (to - from) * sizeof *column->values);
        column->numbers = 0;
        for (size_t row = 0; row < to - from; row++)
            column->numbers += isnan(column->values[row]) ? 0 : 1;
    }
}
