#include "cmd/lab_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "tariff/use_csv.h"

enum { HOLDS_MAX_MS = 2 * OHM_HOUR_MS };

typedef struct column {
    const char *path;
    const ohm_lab_frame *frame;
    int steps;
    double *sum, *covered_ms;
} column;

static int refuse(const column *c, const char *why, ohm_ms at_ms)
{
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(at_ms, at);
    return ohm_cmd_fail(c->path, why, at);
}

/* A row holds from its time up to the next one's, two hours at most. */
static void spread(column *c, double value, ohm_ms from_ms, ohm_ms to_ms)
{
    ohm_ms step_ms = (ohm_ms)(c->frame->step_s * 1000), begin_ms = c->frame->when.from_ms;
    if (to_ms > from_ms + HOLDS_MAX_MS)
        to_ms = from_ms + HOLDS_MAX_MS;
    from_ms = from_ms > begin_ms ? from_ms : begin_ms;
    while (from_ms < to_ms) {
        int64_t k = (from_ms - begin_ms) / step_ms;
        if (k >= c->steps)
            return;
        ohm_ms next_ms = begin_ms + (k + 1) * step_ms;
        next_ms = next_ms < to_ms ? next_ms : to_ms;
        c->sum[k] += value * (double)(next_ms - from_ms);
        c->covered_ms[k] += (double)(next_ms - from_ms);
        from_ms = next_ms;
    }
}

static int take_rows(column *c, const ohm_columns *file, const double *values)
{
    for (size_t row = 0; row < file->rows; row++) {
        ohm_ms from_ms = file->time_ms[row];
        bool last = row + 1 == file->rows;
        if (isnan(values[row]))
            return refuse(c, "holds no number at", from_ms);
        spread(c, values[row], from_ms, last ? from_ms + HOLDS_MAX_MS : file->time_ms[row + 1]);
    }
    for (int k = 0; k < c->steps; k++) {
        if (c->covered_ms[k] <= 0)
            return refuse(c, "has a gap at",
                          c->frame->when.from_ms + (ohm_ms)(k * c->frame->step_s * 1000));
        c->sum[k] /= c->covered_ms[k];
    }
    return OHM_EXIT_OK;
}

int ohm_lab_column_read(const char *path, const char *name, const ohm_lab_frame *frame, int steps,
                        double **ret)
{
    ohm_columns file;
    int status = ohm_columns_read(path, NULL, &frame->tz, &file);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(path, &file);
    const ohm_column *of = ohm_columns_find(&file, name);
    column c = { .path = path, .frame = frame, .steps = steps };
    c.sum = calloc((size_t)steps, sizeof *c.sum);
    c.covered_ms = calloc((size_t)steps, sizeof *c.covered_ms);
    if (!of)
        status = ohm_cmd_fail(path, "has no such column", name);
    else if (!c.sum || !c.covered_ms)
        status = ohm_cmd_fail(path, "out of memory", NULL);
    else
        status = take_rows(&c, &file, of->values);
    ohm_columns_release(&file);
    free(c.covered_ms);
    if (status == OHM_EXIT_OK)
        *ret = c.sum;
    else
        free(c.sum);
    return status;
}

int ohm_lab_column_has(const char *path, const char *name, bool *ret_has)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_span cells[OHM_CSV_COLUMNS_MAX];
    int status = ohm_bill_read_file(path, &bytes, &len);
    *ret_has = false;
    if (status != OHM_EXIT_OK)
        return status;
    unsigned count = ohm_use_csv_header(ohm_span_of(bytes, len), cells);
    for (unsigned i = 0; i < count; i++)
        *ret_has = *ret_has || ohm_span_is(cells[i], name);
    free(bytes);
    return OHM_EXIT_OK;
}
