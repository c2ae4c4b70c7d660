/* Machines that cycle: a fridge, a heat pump (`machine:` of a meter). Their register is read once
 * more in steps fine enough for a compressor's cycles, beside its hours. What is told of the three
 * figures (analysis/detect_more.h) is one alarm, `cycles`, as long as any of them is off. */
#include <math.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"

enum {
    STEP_MINUTES = 10,
    SLOTS = 24 * 60 / STEP_MINUTES,
    GAP_MINUTES = 20, /* of readings further apart no cycle can be seen */
    BITE_DAYS = 30,   /* of so many steps an answer may be (store/query.h) */
};
static const ohm_ms step_ms = STEP_MINUTES * OHM_MINUTE_MS;

bool ohm_watch_cycles_begin(ohm_watch_job *job)
{
    ohm_watched *s = job->series;
    s->open &= ~(1u << OHM_DETECT_CYCLES);
    free(s->cycles);
    s->cycles = s->machine != OHM_MACHINE_NONE ? calloc(1, sizeof *s->cycles) : NULL;
    return s->cycles || s->machine == OHM_MACHINE_NONE;
}

static bool is_off(const ohm_cycles *c)
{
    bool off = false;
    for (int i = 0; i < OHM_CYCLE_FIGURES; i++)
        off = off || c->told[i].open;
    return off;
}

/* The begin or the end of the one alarm; starts are no watts, and leave it without figures. */
static void tell(ohm_watch_job *job, bool off, ohm_ms now_ms)
{
    const ohm_cycles *c = job->series->cycles;
    const ohm_told *of = &c->told[OHM_CYCLE_STARTS];
    for (int i = OHM_CYCLE_STARTS - 1; i >= 0; i--)
        of = c->told[i].open ? &c->told[i] : of;
    ohm_detect_news news = { .count = 1, .alarm = { of->alarm } };
    news.alarm[0].type = OHM_DETECT_CYCLES;
    news.alarm[0].end_ms = off ? OHM_NO_MS : now_ms;
    if (of == &c->told[OHM_CYCLE_STARTS])
        news.alarm[0].expected = news.alarm[0].actual = NAN;
    ohm_watch_news_take(job, &news, now_ms);
}

/* A fridge stands indoors; of a heat pump nothing can be said where the cold is not known. */
static bool take_step(void *ctx, const ohm_slice *slice)
{
    ohm_watch_job *job = ctx;
    ohm_watched *s = job->series;
    ohm_civil at = ohm_civil_from_utc(job->tz, slice->from_ms);
    ohm_detect_reading r = { .time_ms = slice->from_ms,
                             .day = ohm_days_from_date(at.date),
                             .slot = (at.hour * 60 + at.minute) / STEP_MINUTES,
                             .value = ohm_watch_power_of(s->quantity, slice) };
    double outdoor_c = NAN;
    ohm_detect_news figures;
    bool was_off = is_off(s->cycles);
    if (s->machine == OHM_MACHINE_HEAT_PUMP) {
        outdoor_c = ohm_watch_outdoor_of(job, r.day, at.hour);
        r.value = isfinite(outdoor_c) ? r.value : NAN;
    }
    ohm_cycles_step(s->cycles, &r, outdoor_c, SLOTS, &figures);
    bool off = is_off(s->cycles);
    if (off != was_off)
        tell(job, off, slice->from_ms);
    return !job->cancelled;
}

ohm_err ohm_watch_cycles_read(ohm_watch_job *job, ohm_reader *reader, ohm_interval range)
{
    if (!job->series->cycles || range.to_ms <= range.from_ms)
        return ohm_ok();
    ohm_watch_steps steps = { range, step_ms, GAP_MINUTES * OHM_MINUTE_MS };
    for (ohm_ms at = range.from_ms; at < range.to_ms; at = steps.range.to_ms) {
        ohm_ms most = at + BITE_DAYS * INT64_C(24) * OHM_HOUR_MS;
        steps.range = (ohm_interval){ at, most < range.to_ms ? most : range.to_ms };
        OHM_TRY(ohm_watch_read_steps(job, reader, job->series->key, &steps, take_step, job));
    }
    return ohm_ok();
}
