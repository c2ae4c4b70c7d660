#include "cmd/lab_load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/lab_columns.h"

/* --- uses on steps -----------------------------------------------------------------------------
 */

/* A use is spread evenly over its time. */
static void spread(const ohm_use *use, const ohm_lab_frame *f, int steps, double *mwh,
                   double *covered_ms)
{
    ohm_ms step_ms = (ohm_ms)(f->step_s * 1000), begin_ms = f->when.from_ms;
    double all_ms = (double)(use->to_ms - use->from_ms);
    double net_mwh = use->import_mwh == OHM_NO_USE ? 0 : (double)use->import_mwh;
    net_mwh -= use->export_mwh == OHM_NO_USE ? 0 : (double)use->export_mwh;
    ohm_ms from_ms = use->from_ms > begin_ms ? use->from_ms : begin_ms;
    while (from_ms < use->to_ms) {
        int64_t k = (from_ms - begin_ms) / step_ms;
        if (k >= steps)
            return;
        ohm_ms next_ms = begin_ms + (k + 1) * step_ms;
        next_ms = next_ms < use->to_ms ? next_ms : use->to_ms;
        mwh[k] += net_mwh * (double)(next_ms - from_ms) / all_ms;
        covered_ms[k] += (double)(next_ms - from_ms);
        from_ms = next_ms;
    }
}

/* The nearest week that measured this step; -1: none did. */
static int like(const double *covered_ms, int steps, int week, int k)
{
    for (int weeks = 1; weeks * week < steps; weeks++) {
        if (k - weeks * week >= 0 && covered_ms[k - weeks * week] > 0)
            return k - weeks * week;
        if (k + weeks * week < steps && covered_ms[k + weeks * week] > 0)
            return k + weeks * week;
    }
    return -1;
}

/* Steps that nobody measured take those of another week; OHM_END: too many, *ret_bad is the first
 * of those that are. */
static ohm_code fill(int week, int steps, double *load_w, const double *covered_ms,
                     int *ret_missing, int *ret_bad)
{
    int missing = 0;
    for (int k = 0; k < steps; k++) {
        int other = covered_ms[k] > 0 ? k : like(covered_ms, steps, week, k);
        missing += covered_ms[k] <= 0;
        *ret_bad = k;
        if (other < 0 || missing > steps / 10)
            return OHM_END;
        load_w[k] = covered_ms[k] > 0 ? load_w[k] : load_w[other];
    }
    *ret_missing = missing;
    return OHM_OK;
}

ohm_code ohm_lab_load_make(const ohm_use *uses, size_t count, const ohm_lab_frame *f, int steps,
                           double *load_w, int *ret_missing, int *ret_bad)
{
    double *covered_ms = calloc((size_t)steps, sizeof *covered_ms);
    if (!covered_ms)
        return OHM_NO_MEMORY;
    for (int k = 0; k < steps; k++)
        load_w[k] = 0;
    for (size_t i = 0; i < count; i++)
        if (!uses[i].of_period) /* a period's own register says when only by its contract */
            spread(&uses[i], f, steps, load_w, covered_ms);
    for (int k = 0; k < steps; k++)
        load_w[k] = covered_ms[k] > 0 ? load_w[k] / 1000 / (covered_ms[k] / 3.6e6) : 0;
    ohm_code code =
        fill((int)(7 * 86400 / f->step_s), steps, load_w, covered_ms, ret_missing, ret_bad);
    free(covered_ms);
    return code;
}

static int take_uses(const char *name, const ohm_bill_job *job, const ohm_lab_frame *f, int steps,
                     double **ret)
{
    int missing = 0, bad = 0;
    double *load_w = calloc((size_t)steps, sizeof *load_w);
    ohm_code code =
        load_w ? ohm_lab_load_make(job->uses, job->uses_count, f, steps, load_w, &missing, &bad)
               : OHM_NO_MEMORY;
    if (code == OHM_OK) {
        *ret = load_w;
        if (missing)
            (void)fprintf(stderr,
                          "ohmstead: %s: %.1f hours were not measured: the same hours of another "
                          "week stand for them\n",
                          name, missing * f->step_s / 3600);
        return OHM_EXIT_OK;
    }
    free(load_w);
    if (code == OHM_NO_MEMORY)
        return ohm_cmd_fail(name, "out of memory", NULL);
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(f->when.from_ms + (ohm_ms)(bad * f->step_s * 1000), at);
    return ohm_cmd_fail(name,
                        "more than a tenth of these days was not measured; the first gap "
                        "too many is at",
                        at);
}

/* --- where they are from
 * --------------------------------------------------------------------------- */

static int read_uses(const ohm_lab_load_wish *wish, const ohm_lab_frame *f, int steps, double **ret)
{
    /* As a comparison of contracts asks: the use itself, by no contract. */
    const ohm_bill_options o = { .input = wish->file,
                                 .state = wish->state,
                                 .device = wish->device,
                                 .demo = wish->demo,
                                 .compare = true };
    ohm_bill_job *job = calloc(1, sizeof *job);
    if (!job)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    job->o = &o;
    job->tz = f->tz;
    job->period = f->when;
    int status = ohm_bill_signals(job);
    if (status == OHM_EXIT_OK)
        status = wish->file ? ohm_bill_uses(job) : ohm_bill_from_store(job);
    const char *name = wish->file ? wish->file : job->device;
    if (status == OHM_EXIT_OK)
        status = take_uses(name, job, f, steps, ret);
    free(job->spots);
    free(job->uses);
    free(job);
    return status;
}

int ohm_lab_load_read(const ohm_lab_load_wish *wish, const ohm_lab_frame *frame, int steps,
                      double **ret)
{
    bool column = false;
    int status = wish->file ? ohm_lab_column_has(wish->file, "load_w", &column) : OHM_EXIT_OK;
    if (status != OHM_EXIT_OK)
        return status;
    return column ? ohm_lab_column_read(wish->file, "load_w", frame, steps, ret)
                  : read_uses(wish, frame, steps, ret);
}
