/* Quarter-hours of the main meter's registers and of panels, where `forecast_step: 15m` asks for
 * them: read beside the hours, and learnt by the finer forecast of the same state
 * (analysis/watch.h). */
#include <math.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"

enum {
    STEP_MINUTES = 15,
    AN_HOUR = 60 / STEP_MINUTES,
    GAP_MINUTES = 20, /* of readings further apart the quarters are not known */
    BITE_DAYS = 30,   /* of so many steps an answer may be (store/query.h) */
    ENOUGH_DAYS = 28, /* before it is said: the hours know more until then */
};
static const ohm_ms step_ms = STEP_MINUTES * OHM_MINUTE_MS;

bool ohm_watch_has_quarters(const ohm_watch_job *job, bool solar)
{
    const ohm_watched *s = job->series;
    return job->with_quarters && !ohm_watch_is_water(s->kind) && (s->is_main || solar);
}

static bool take_step(void *ctx, const ohm_slice *slice)
{
    ohm_watch_job *job = ctx;
    int64_t at = (slice->from_ms - job->quarters_range.from_ms) / step_ms;
    int64_t count = (job->quarters_range.to_ms - job->quarters_range.from_ms) / step_ms;
    if (at >= 0 && at < count)
        job->quarters_w[at] = ohm_watch_power_of(job->series->quantity, slice);
    return !job->cancelled;
}

ohm_err ohm_watch_quarters_read(ohm_watch_job *job, ohm_reader *reader, ohm_interval range)
{
    free(job->quarters_w);
    job->quarters_w = NULL;
    if (!job->series->quarters || range.to_ms <= range.from_ms)
        return ohm_ok();
    range.from_ms -= OHM_HOUR_MS; /* a local hour may have begun in the UTC one before */
    job->quarters_range = range;
    size_t count = (size_t)((range.to_ms - range.from_ms) / step_ms);
    job->quarters_w = malloc(count * sizeof *job->quarters_w);
    if (!job->quarters_w)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (size_t i = 0; i < count; i++)
        job->quarters_w[i] = NAN;
    ohm_watch_steps steps = { range, step_ms, GAP_MINUTES * OHM_MINUTE_MS };
    for (ohm_ms at = range.from_ms; at < range.to_ms; at = steps.range.to_ms) {
        ohm_ms most = at + BITE_DAYS * INT64_C(24) * OHM_HOUR_MS;
        steps.range = (ohm_interval){ at, most < range.to_ms ? most : range.to_ms };
        OHM_TRY(ohm_watch_read_steps(job, reader, job->series->key, &steps, take_step, job));
    }
    return ohm_ok();
}

/* Those of the local hour: where clocks are half an hour off, they are not those of the UTC one. */
void ohm_watch_quarters_step(ohm_watch_job *job, const ohm_detect_reading *r)
{
    int minute = ohm_civil_from_utc(job->tz, r->time_ms).minute;
    ohm_ms from_ms = r->time_ms - minute * OHM_MINUTE_MS;
    int64_t at = (from_ms - job->quarters_range.from_ms) / step_ms;
    if (job->quarters_w && from_ms >= job->quarters_range.from_ms &&
        from_ms + OHM_HOUR_MS <= job->quarters_range.to_ms)
        ohm_watch_fine(job->series->state, r, job->quarters_w + at);
}

bool ohm_watch_quarters_say(ohm_watch_job *job)
{
    const ohm_watched *s = job->series;
    const ohm_forecast *f = ohm_watch_fine_forecast(s->state);
    if (!f || ohm_forecast_days(f) < ENOUGH_DAYS)
        return true;
    ohm_watch_said_quarters *out = malloc(sizeof *out);
    for (int i = 0; out && i < OHM_WATCH_DAYS * OHM_WATCH_QUARTERS; i++) {
        const ohm_forecast_value *said = ohm_watch_said_fine(
            s->state, job->said.first_day + i / OHM_WATCH_QUARTERS, i % OHM_WATCH_QUARTERS);
        out->mean[i] = said ? (float)said->mean : NAN;
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            out->decile[i][k] = said ? (float)said->decile[k] : NAN;
    }
    job->said_quarters = out;
    return out != NULL;
}
