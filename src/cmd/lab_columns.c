#include "cmd/lab_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/file.h"
#include "inout/csv.h"
#include "tariff/csv.h"

enum { FILE_BYTES_MAX = 256 << 20, HOLDS_MAX_MS = 2 * OHM_HOUR_MS };

typedef struct column {
    const char *path, *name;
    const ohm_lab_frame *frame;
    int steps, time_at, value_at;
    bool began;
    ohm_ms last_ms;
    double last;
    double *sum, *covered_ms;
} column;

static int refuse(const column *c, uint64_t line, const char *why)
{
    char where[40];
    (void)snprintf(where, sizeof where, "line %llu", (unsigned long long)line);
    return ohm_cmd_fail(c->path, why, where);
}

static int take_head(column *c, const ohm_csv_record *row)
{
    c->time_at = c->value_at = -1;
    for (int i = 0; i < row->count; i++) {
        c->time_at = ohm_span_is(row->fields[i], "time") ? i : c->time_at;
        c->value_at = ohm_span_is(row->fields[i], c->name) ? i : c->value_at;
    }
    if (c->time_at >= 0 && c->value_at >= 0)
        return OHM_EXIT_OK;
    char why[64];
    (void)snprintf(why, sizeof why, "the columns are time and %s", c->name);
    return refuse(c, row->line, why);
}

/* The last row holds up to here. */
static void spread(column *c, ohm_ms to_ms)
{
    ohm_ms step_ms = (ohm_ms)(c->frame->step_s * 1000), from_ms = c->last_ms;
    ohm_ms begin_ms = c->frame->when.from_ms;
    if (from_ms == OHM_NO_MS)
        return;
    if (to_ms > from_ms + HOLDS_MAX_MS)
        to_ms = from_ms + HOLDS_MAX_MS;
    from_ms = from_ms > begin_ms ? from_ms : begin_ms;
    while (from_ms < to_ms) {
        int64_t k = (from_ms - begin_ms) / step_ms;
        if (k >= c->steps)
            return;
        ohm_ms next_ms = begin_ms + (k + 1) * step_ms;
        next_ms = next_ms < to_ms ? next_ms : to_ms;
        c->sum[k] += c->last * (double)(next_ms - from_ms);
        c->covered_ms[k] += (double)(next_ms - from_ms);
        from_ms = next_ms;
    }
}

static int take_row(column *c, const ohm_csv_record *row)
{
    if (!c->began) {
        c->began = true;
        return take_head(c, row);
    }
    ohm_ms at_ms;
    int64_t micro;
    if (c->time_at >= row->count || c->value_at >= row->count ||
        ohm_csv_time(row->fields[c->time_at], &c->frame->tz, c->last_ms, &at_ms) != OHM_OK)
        return refuse(c, row->line, "the time is not understood");
    if (c->last_ms != OHM_NO_MS && at_ms <= c->last_ms)
        return refuse(c, row->line, "the times don't rise");
    if (ohm_csv_number(row->fields[c->value_at], 0, 6, &micro) != OHM_OK ||
        micro < -(int64_t)1e15 || micro > (int64_t)1e15)
        return refuse(c, row->line, "holds no power in W");
    spread(c, at_ms);
    c->last_ms = at_ms;
    c->last = (double)micro / 1e6;
    return OHM_EXIT_OK;
}

static int take_records(column *c, ohm_csv *csv, ohm_span bytes)
{
    const ohm_csv_record *record;
    for (;;) {
        ohm_code code = ohm_csv_next(csv, &bytes, &record);
        if (code == OHM_MORE || code == OHM_END)
            return OHM_EXIT_OK;
        int status =
            code == OHM_OK ? take_row(c, record) : refuse(c, csv->record.line, ohm_code_text(code));
        if (status != OHM_EXIT_OK)
            return status;
    }
}

static int finish(column *c)
{
    spread(c, INT64_MAX / 2);
    for (int k = 0; k < c->steps; k++) {
        if (c->covered_ms[k] <= 0) {
            char at[OHM_RFC3339_MAX];
            (void)ohm_rfc3339_write(c->frame->when.from_ms + (ohm_ms)(k * c->frame->step_s * 1000),
                                    at);
            return ohm_cmd_fail(c->path, "has a gap at", at);
        }
        c->sum[k] /= c->covered_ms[k];
    }
    return OHM_EXIT_OK;
}

int ohm_lab_column_read(const char *path, const char *name, const ohm_lab_frame *frame, int steps,
                        double **ret)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, FILE_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    column c = { .path = path, .name = name, .frame = frame, .steps = steps };
    c.last_ms = OHM_NO_MS;
    c.sum = calloc((size_t)steps, sizeof *c.sum);
    c.covered_ms = calloc((size_t)steps, sizeof *c.covered_ms);
    ohm_csv *csv = malloc(sizeof *csv);
    int status =
        c.sum && c.covered_ms && csv ? OHM_EXIT_OK : ohm_cmd_fail(path, "out of memory", NULL);
    if (status == OHM_EXIT_OK) {
        ohm_csv_init(csv, 0);
        status = take_records(&c, csv, ohm_span_of(bytes, len));
    }
    if (status == OHM_EXIT_OK) {
        ohm_csv_finish(csv);
        status = take_records(&c, csv, ohm_span_of(NULL, 0));
    }
    if (status == OHM_EXIT_OK)
        status = finish(&c);
    free(csv);
    free(c.covered_ms);
    free(bytes);
    if (status == OHM_EXIT_OK)
        *ret = c.sum;
    else
        free(c.sum);
    return status;
}
