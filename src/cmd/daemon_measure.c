/* What the site imported over some intervals, for reports to others (fetch/ven.h): read from the
 * store on a worker, as nothing is read from the disk on the loop. One question at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "store/query.h"

struct ohm_daemon_measure {
    uv_work_t work;
    char path[OHM_PATH_MAX], series[OHM_SERIES_KEY_MAX];
    size_t count;
    ohm_code code;
    bool busy, done, gone; /* gone: nobody waits, it frees itself */
    ohm_ven_reading readings[OHM_VEN_READINGS_MAX];
};

static bool take_slice(void *ctx, const ohm_slice *slice)
{
    ohm_ven_reading *r = ctx;
    enum { NOT_SURE = OHM_SLICE_UNSURE | OHM_SLICE_RESET };
    r->known = (slice->flags & OHM_SLICE_ENERGY) && !(slice->flags & OHM_SLICE_PARTIAL) &&
               slice->energy >= 0;
    r->estimated = (slice->flags & NOT_SURE) != 0;
    r->wh = slice->energy;
    return true;
}

/* Is the last one not known for want of a reading at its end or behind it? */
static ohm_code waits_for_more(ohm_daemon_measure *m, ohm_reader *reader)
{
    ohm_ven_reading *last = &m->readings[m->count - 1];
    ohm_neighbours around = { .after = { .time_ms = OHM_NO_MS } };
    ohm_point earlier[2];
    last->waits = false;
    if (last->known)
        return OHM_OK;
    ohm_err err =
        ohm_query_neighbours(reader, m->series, &last->when.to_ms, 1, false, &around, earlier);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN)
        return err.code;
    last->waits = ohm_failed(err) || (!around.there && around.after.time_ms == OHM_NO_MS);
    return OHM_OK;
}

/* A series that is not there is one that knows nothing. */
static ohm_code read_all(ohm_daemon_measure *m, ohm_reader *reader)
{
    for (size_t i = 0; i < m->count; i++) {
        ohm_ven_reading *r = &m->readings[i];
        const ohm_steps_query query = { .series_key = m->series,
                                        .range = r->when,
                                        .step = { OHM_STEP_MS, r->when.to_ms - r->when.from_ms } };
        ohm_err err = ohm_query_steps(reader, &query, take_slice, r);
        if (ohm_failed(err) && err.code != OHM_UNKNOWN)
            return err.code;
    }
    return waits_for_more(m, reader);
}

static void work(uv_work_t *request)
{
    ohm_daemon_measure *m = request->data;
    ohm_reader *reader = NULL;
    ohm_err err = ohm_reader_open(m->path, &reader);
    ohm_fault_stack();
    m->code = ohm_failed(err) ? err.code : read_all(m, reader);
    ohm_reader_close(reader);
}

static void worked(uv_work_t *request, int status)
{
    ohm_daemon_measure *m = request->data;
    m->busy = false;
    m->done = status == 0;
    if (m->gone)
        free(m);
}

/* Are these the readings that were asked for last? */
static bool is_same(const ohm_daemon_measure *m, const ohm_ven_reading *readings, size_t count)
{
    if (m->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (m->readings[i].when.from_ms != readings[i].when.from_ms ||
            m->readings[i].when.to_ms != readings[i].when.to_ms)
            return false;
    return true;
}

static ohm_code ask(ohm_daemon *d, ohm_daemon_measure *m, const ohm_ven_reading *readings,
                    size_t count)
{
    m->count = count;
    m->done = false;
    memcpy(m->readings, readings, count * sizeof *readings);
    m->work.data = m;
    m->busy = uv_queue_work(&d->loop, &m->work, work, worked) == 0;
    return m->busy ? OHM_MORE : OHM_BUSY;
}

/* Made when it is asked for: few sites report. */
static ohm_daemon_measure *measure_of(ohm_daemon *d)
{
    if (d->measure)
        return d->measure;
    ohm_daemon_measure *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    (void)snprintf(m->path, sizeof m->path, "%s", d->store_path);
    const ohm_daemon_device *main = &d->devices[d->config->main_device];
    (void)snprintf(m->series, sizeof m->series, "%s/%s/%s/%s", d->site->id, main->zone, main->id,
                   ohm_quantity_get(OHM_Q_ENERGY_IMPORT)->name);
    d->measure = m;
    return m;
}

ohm_code ohm_daemon_measure_read(ohm_daemon *d, ohm_ven_reading *readings, size_t count)
{
    ohm_daemon_measure *m = measure_of(d);
    if (!m)
        return OHM_NO_MEMORY;
    if (m->busy)
        return OHM_MORE;
    if (!m->done || !is_same(m, readings, count))
        return ask(d, m, readings, count);
    m->done = false;
    if (m->code == OHM_OK)
        memcpy(readings, m->readings, count * sizeof *readings);
    else
        ohm_log(OHM_LOG_WARNING, "readings of a report not read why=%s", ohm_code_name(m->code));
    return m->code;
}

void ohm_daemon_measure_stop(ohm_daemon *d)
{
    ohm_daemon_measure *m = d->measure;
    d->measure = NULL;
    if (m && m->busy)
        m->gone = true;
    else
        free(m);
}
