/* What detectors told in a turn of the worker, for the book of alarms: the newest, and of old ones
 * those that go on. */
#include <math.h>

#include "analysis/detect_words.h"
#include "cmd/daemon_watch.h"

enum { OLD_DAYS = 60 };
#define OLD_MS (OLD_DAYS * INT64_C(24) * OHM_HOUR_MS)

/* W; of water tenths of l/h: a drip is less than one. */
static int32_t whole(const ohm_watched *s, double value)
{
    double w = ohm_watch_is_water(s->kind) ? 10 * value : value;
    return isfinite(w) && fabs(w) < 2e9 ? (int32_t)lround(w) : OHM_ALARM_NO_W;
}

void ohm_watch_alarm_of(const ohm_watched *s, const ohm_detect_alarm *from, ohm_ms told_ms,
                        ohm_alarm *out)
{
    *out = (ohm_alarm){ .type = from->type,
                        .start_ms = from->onset_ms,
                        .told_ms = told_ms,
                        .end_ms = OHM_NO_MS,
                        .expected_w = whole(s, from->expected),
                        .actual_w = whole(s, from->actual),
                        .severity = (uint8_t)ohm_detect_severity_of(from),
                        .cost_ueur_per_day = OHM_ALARM_NO_COST };
    memcpy(out->series, s->key, sizeof out->series);
}

/* A silent meter and a register that goes down are told by those who read it (daemon_registers.c,
 * meter/register_watch.h). */
static bool is_told_elsewhere(ohm_detect_type type)
{
    return type == OHM_DETECT_GAP || type == OHM_DETECT_ROLLBACK;
}

unsigned ohm_watch_judged_otherwise(const ohm_watch_job *job)
{
    const ohm_watched *s = job->series;
    bool cycles = s->machine == OHM_MACHINE_FRIDGE ||
                  (s->machine == OHM_MACHINE_HEAT_PUMP && job->with_weather);
    return s->solar || cycles ? OHM_DETECT_OF_LOADS : 0;
}

/* What was forecast of the day in which it began. */
static void note_band(const ohm_watch_job *job, ohm_watch_news *news)
{
    static const int at[3] = { 0, OHM_FORECAST_DECILES / 2, OHM_FORECAST_DECILES - 1 };
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(job->tz, news->alarm.start_ms).date);
    for (int h = 0; h < OHM_ALARM_HOURS; h++) {
        const ohm_watched *s = job->series;
        const ohm_forecast_value *said = s->state ? ohm_watch_said(s->state, day, h) : NULL;
        for (int b = 0; b < 3; b++)
            news->band_w[b][h] = said ? whole(s, said->decile[at[b]]) : OHM_ALARM_NO_W;
    }
}

static bool has_begun(const ohm_watch_news *news)
{
    return news->alarm.end_ms == OHM_NO_MS;
}

/* It began in this turn and has not ended in it. */
static bool goes_on(const ohm_watch_job *job, int at)
{
    for (int i = at + 1; i < job->news_count; i++)
        if (job->news[i].alarm.type == job->news[at].alarm.type)
            return false;
    return has_begun(&job->news[at]);
}

static void remove_at(ohm_watch_job *job, int at)
{
    job->news_count--;
    memmove(&job->news[at], &job->news[at + 1], (size_t)(job->news_count - at) * sizeof *job->news);
}

/* The oldest that is over goes; what goes on, one of each type at most, stays. */
static void make_room(ohm_watch_job *job)
{
    int at = 0;
    while (at < job->news_count - 1 && goes_on(job, at))
        at++;
    if (job->news_count == OHM_WATCH_NEWS_MAX)
        remove_at(job, at);
}

/* The end of one that is old: where it began in this turn, nobody has to know of it. */
static bool forget_old(ohm_watch_job *job, const ohm_detect_alarm *over, ohm_ms told_ms)
{
    if (job->now_ms - told_ms <= OLD_MS)
        return false;
    for (int i = job->news_count - 1; i >= 0; i--)
        if (job->news[i].alarm.type == over->type) {
            bool began = has_begun(&job->news[i]);
            if (began)
                remove_at(job, i);
            return began;
        }
    return false;
}

static void take(ohm_watch_job *job, const ohm_detect_alarm *alarm, ohm_ms told_ms)
{
    bool began = alarm->end_ms == OHM_NO_MS;
    if (began)
        job->series->open |= 1u << alarm->type;
    else
        job->series->open &= ~(1u << alarm->type);
    if (is_told_elsewhere(alarm->type) || ohm_watch_judged_otherwise(job) >> alarm->type & 1 ||
        (!began && forget_old(job, alarm, told_ms)))
        return;
    make_room(job);
    ohm_watch_news *news = &job->news[job->news_count++];
    *news = (ohm_watch_news){ .alarm = *alarm, .told_ms = told_ms };
    if (began)
        note_band(job, news);
}

void ohm_watch_news_take(ohm_watch_job *job, const ohm_detect_news *told, ohm_ms told_ms)
{
    for (int i = 0; i < told->count; i++)
        take(job, &told->alarm[i], told_ms);
}

void ohm_watch_news_again(ohm_watch_job *job)
{
    for (int i = 0; i < job->news_count;) { /* forward: an end is there while its begin is judged */
        job->news[i].again = true;
        if (goes_on(job, i))
            i++;
        else
            remove_at(job, i);
    }
}
