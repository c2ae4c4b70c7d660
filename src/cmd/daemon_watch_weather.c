/* The weather that forecasts go by: of each local day what was known of it, and of the two days
 * after, when it began. One state value a day (`analysis/weather/…`), so that a register that is
 * learnt anew learns with what was known then, and with nothing that was known later.
 *
 * Weather helps once there is some history of it: before ENOUGH_DAYS registers are forecast
 * without. Days before the first record count as the mean of all records, hour by hour. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"
#include "host/clock.h"
#include "host/log.h"

enum {
    VERSION = 1,
    HEAD_BYTES = 9,
    NUMBERS = OHM_WATCH_DAYS * OHM_WATCH_OTHERS * OHM_WATCH_SLOTS,
    BYTES = HEAD_BYTES + 2 * NUMBERS,
    ENOUGH_DAYS = 28,
    KEPT_DAYS = 731,
    NO_TENTHS = INT16_MIN,
};
#define PREFIX "analysis/weather/"

static void key_of(int64_t day, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, PREFIX "%07lld", (long long)day);
}

/* --- as bytes --------------------------------------------------------------------------------- */

static void write_record(const ohm_watch_weather *record, uint64_t zone, uint8_t out[static BYTES])
{
    const int16_t *of = &record->tenths[0][0][0];
    out[0] = VERSION;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)(zone >> 8 * (7 - i));
    for (int i = 0; i < NUMBERS; i++) {
        out[HEAD_BYTES + 2 * i] = (uint8_t)((uint16_t)of[i] >> 8);
        out[HEAD_BYTES + 2 * i + 1] = (uint8_t)of[i];
    }
}

/* The hours are a time zone's. */
static bool read_record(ohm_span bytes, uint64_t zone, ohm_watch_weather *out)
{
    int16_t *of = &out->tenths[0][0][0];
    if (bytes.len != BYTES || bytes.ptr[0] != VERSION || ohm_be64(bytes.ptr + 1) != zone)
        return false;
    for (int i = 0; i < NUMBERS; i++) {
        const uint8_t *at = bytes.ptr + HEAD_BYTES + 2 * i;
        of[i] = (int16_t)(uint16_t)(at[0] << 8 | at[1]);
    }
    return true;
}

static bool recall(ohm_reader *reader, int64_t day, uint64_t zone, ohm_watch_weather *out)
{
    char key[OHM_STORE_KEY_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    key_of(day, key);
    if (ohm_failed(ohm_reader_get(reader, key, &bytes, &len)))
        return false;
    bool good = read_record(ohm_span_of(bytes, len), zone, out);
    out->day = good ? day : OHM_WATCH_NO_DAY;
    free(bytes);
    return good;
}

/* --- on the loop ------------------------------------------------------------------------------ */

static int16_t tenths_of(const ohm_segment *segment)
{
    double value =
        segment ? (double)segment->mantissa * pow(10, segment->exponent) * 10 : (double)NAN;
    return isfinite(value) && fabs(value) < INT16_MAX ? (int16_t)lround(value) : NO_TENTHS;
}

/* What is said now of three days; of hours that are over nothing was said when the day began. */
static bool collect(const ohm_daemon *d, int64_t day, ohm_ms now_ms, ohm_watch_weather *out)
{
    const ohm_tz *tz = &d->config->tz;
    bool any = false;
    int16_t *of = &out->tenths[0][0][0];
    for (int i = 0; i < NUMBERS; i++)
        of[i] = NO_TENTHS;
    ohm_ms to_ms = ohm_date_interval(tz, ohm_date_from_days(day + OHM_WATCH_DAYS - 1)).to_ms;
    for (ohm_ms at_ms = ohm_date_interval(tz, ohm_date_from_days(day)).from_ms; at_ms < to_ms;
         at_ms += OHM_HOUR_MS) {
        ohm_civil at = ohm_civil_from_utc(tz, at_ms);
        int64_t ahead = ohm_days_from_date(at.date) - day;
        ohm_ms middle_ms = at_ms + OHM_HOUR_MS / 2;
        if (ahead < 0 || ahead >= OHM_WATCH_DAYS || at_ms + OHM_HOUR_MS <= now_ms)
            continue;
        int16_t warmth = tenths_of(ohm_daemon_outdoor_at(d, middle_ms));
        out->tenths[ahead][0][at.hour] = warmth;
        out->tenths[ahead][1][at.hour] = tenths_of(ohm_daemon_radiation_at(d, middle_ms));
        any = any || warmth != NO_TENTHS;
    }
    out->day = day;
    return any;
}

typedef struct listing {
    ohm_daemon_watch *watch;
    bool sure; /* of what day it is */
    int64_t today, newest;
} listing;

static bool take_key(void *ctx, const char *key)
{
    listing *l = ctx;
    int64_t day = strtoll(key + strlen(PREFIX), NULL, 10);
    if (l->sure && day < l->today - KEPT_DAYS) {
        if (ohm_store_put(l->watch->daemon->store, key, (ohm_span){ NULL, 0 }) != OHM_OK)
            return false; /* at the next start */
    } else if (!l->sure || day <= l->today) {
        l->watch->weather_days++;
        l->newest = day;
    }
    return true;
}

ohm_err ohm_watch_weather_start(ohm_daemon_watch *w, ohm_reader *reader, ohm_ms now_ms)
{
    const ohm_daemon *d = w->daemon;
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(&d->config->tz, now_ms).date);
    listing l = { w, ohm_clock_plausible(now_ms), today, OHM_WATCH_NO_DAY };
    w->weather.day = OHM_WATCH_NO_DAY;
    OHM_TRY(ohm_reader_keys(reader, PREFIX, take_key, &l));
    if (l.newest != OHM_WATCH_NO_DAY)
        (void)recall(reader, l.newest, ohm_watch_hash(d->site->timezone), &w->weather);
    return ohm_ok();
}

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    (void)result; /* a disk that refuses is told by on_health */
}

void ohm_watch_weather_tick(ohm_daemon_watch *w, ohm_ms now_ms)
{
    const ohm_daemon *d = w->daemon;
    ohm_watch_weather record;
    uint8_t bytes[BYTES];
    char key[OHM_STORE_KEY_MAX];
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(&d->config->tz, now_ms).date);
    if (w->weather.day == today || !ohm_daemon_has_weather(d) ||
        !collect(d, today, now_ms, &record))
        return;
    write_record(&record, ohm_watch_hash(d->site->timezone), bytes);
    key_of(today, key);
    if (ohm_store_put(d->store, key, ohm_span_of(bytes, sizeof bytes)) != OHM_OK)
        return; /* in a second */
    if (ohm_store_commit(d->store, committed, NULL) != OHM_OK)
        ohm_log(OHM_LOG_DEBUG, "the weather goes with the next commit");
    w->weather = record;
    w->weather_days++;
    key_of(today - KEPT_DAYS - 1, key);
    if (ohm_store_put(d->store, key, (ohm_span){ NULL, 0 }) != OHM_OK)
        ohm_log(OHM_LOG_DEBUG, "weather of two years ago stays");
    bool late = now_ms - ohm_date_interval(&d->config->tz, ohm_date_from_days(today)).from_ms >
                OHM_HOUR_MS; /* registers have looked ahead already */
    for (int i = 0; late && i < w->count; i++)
        if (w->series[i]->due_ms > now_ms)
            w->series[i]->due_ms = now_ms;
}

bool ohm_watch_weather_helps(const ohm_daemon_watch *w)
{
    return ohm_daemon_has_weather(w->daemon) && w->weather_days >= ENOUGH_DAYS;
}

/* --- on a worker ------------------------------------------------------------------------------ */

typedef struct summing {
    ohm_watch_job *job;
    double sum[OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
    int count[OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
} summing;

static bool sum_record(void *ctx, const char *key)
{
    summing *s = ctx;
    ohm_watch_weather record;
    int64_t day = strtoll(key + strlen(PREFIX), NULL, 10);
    if (!recall(s->job->reader, day, s->job->zone, &record))
        return !s->job->cancelled;
    if (s->job->climate.first_day == OHM_WATCH_NO_DAY)
        s->job->climate.first_day = day;
    for (int k = 0; k < OHM_WATCH_OTHERS; k++)
        for (int h = 0; h < OHM_WATCH_SLOTS; h++) {
            int16_t tenths = record.tenths[0][k][h];
            s->sum[k][h] += tenths == NO_TENTHS ? 0 : tenths / 10.0;
            s->count[k][h] += tenths != NO_TENTHS;
        }
    return !s->job->cancelled;
}

static void know_climate(ohm_watch_job *job)
{
    summing s = { .job = job };
    job->climate.known = true;
    job->climate.first_day = OHM_WATCH_NO_DAY;
    if (ohm_failed(ohm_reader_keys(job->reader, PREFIX, sum_record, &s)))
        job->climate.first_day = OHM_WATCH_NO_DAY;
    for (int k = 0; k < OHM_WATCH_OTHERS; k++)
        for (int h = 0; h < OHM_WATCH_SLOTS; h++)
            job->climate.mean[k][h] = s.count[k][h] ? s.sum[k][h] / s.count[k][h] : (double)NAN;
}

static void fill(const ohm_watch_weather *record, const ohm_watch_climate *climate,
                 ohm_watch_others *out)
{
    for (int i = 0; i < OHM_WATCH_DAYS; i++)
        for (int k = 0; k < OHM_WATCH_OTHERS; k++)
            for (int h = 0; h < OHM_WATCH_SLOTS; h++) {
                int16_t tenths = record ? record->tenths[i][k][h] : NO_TENTHS;
                double said = tenths == NO_TENTHS ? (double)NAN : tenths / 10.0;
                out->of[i][k][h] = record ? said : climate->mean[k][h];
            }
}

bool ohm_watch_weather_of(ohm_watch_job *job, int64_t day, ohm_watch_others *out)
{
    ohm_watch_weather record;
    if (job->weather.day == day || recall(job->reader, day, job->zone, &record)) {
        fill(job->weather.day == day ? &job->weather : &record, NULL, out);
        return true;
    }
    if (!job->climate.known)
        know_climate(job);
    if (job->climate.first_day == OHM_WATCH_NO_DAY || day >= job->climate.first_day)
        return false;
    fill(NULL, &job->climate, out);
    return true;
}

/* --- on any thread ---------------------------------------------------------------------------- */

bool ohm_watch_weather_kept(ohm_reader *reader, uint64_t zone, int64_t day,
                            double outdoor_c[static OHM_WATCH_SLOTS])
{
    ohm_watch_weather record;
    if (!recall(reader, day, zone, &record))
        return false;
    for (int h = 0; h < OHM_WATCH_SLOTS; h++) {
        int16_t tenths = record.tenths[0][0][h];
        outdoor_c[h] = tenths == NO_TENTHS ? (double)NAN : tenths / 10.0;
    }
    return true;
}

/* --- the light on panels ---------------------------------------------------------------------- */

void ohm_watch_plane_of(const ohm_site *site, ohm_site_plane *out)
{
    ohm_plane plane = { .azimuth_deg = 180, .tilt_deg = 30, .height_m = 1, .width_m = 1 };
    bool panels = false;
    *out = (ohm_site_plane){ .known = false };
    for (uint16_t i = 0; i < site->signals_count; i++) {
        const ohm_site_signal *s = &site->signals[i];
        if (s->latitude_e4 == OHM_SITE_NOWHERE || s->longitude_e4 == OHM_SITE_NOWHERE || panels)
            continue;
        panels = s->power_w > 0;
        out->known = true;
        out->place = (ohm_place){ (double)s->latitude_e4 / 1e4, (double)s->longitude_e4 / 1e4 };
        plane.azimuth_deg = panels ? 180 + (double)s->azimuth_deg : plane.azimuth_deg;
        plane.tilt_deg = panels ? (double)s->tilt_deg : plane.tilt_deg;
    }
    out->facing = ohm_facing_of(&plane);
}

ohm_light_kind ohm_watch_light_kind(const ohm_watch_job *job)
{
    return !job->plane.known   ? OHM_LIGHT_NONE
           : job->with_weather ? OHM_LIGHT_FORECAST
                               : OHM_LIGHT_CLEAR;
}

/* Of days of which nothing was kept nothing is known: the mean of the others is no day's. */
static double said_of(ohm_watch_job *job, int64_t day, int which, int hour)
{
    ohm_watch_weather kept;
    if (job->said_day != day) {
        const ohm_watch_weather *record = job->weather.day == day ? &job->weather
                                          : recall(job->reader, day, job->zone, &kept) ? &kept
                                                                                       : NULL;
        job->said_day = day;
        for (int k = 0; k < OHM_WATCH_OTHERS; k++)
            for (int h = 0; h < OHM_WATCH_SLOTS; h++) {
                int16_t tenths = record ? record->tenths[0][k][h] : NO_TENTHS;
                job->said_of[k][h] = tenths == NO_TENTHS ? (double)NAN : tenths / 10.0;
            }
    }
    return job->said_of[which][hour];
}

double ohm_watch_outdoor_of(ohm_watch_job *job, int64_t day, int hour)
{
    return job->with_weather ? said_of(job, day, 0, hour) : NAN;
}

double ohm_watch_light_of(ohm_watch_job *job, const ohm_detect_reading *r)
{
    switch (job->series->yield.kind) {
    case OHM_LIGHT_CLEAR:
        return ohm_site_plane_clear(&job->plane, r->time_ms, OHM_HOUR_MS);
    case OHM_LIGHT_FORECAST:
        return ohm_site_plane_light(&job->plane, r->time_ms, OHM_HOUR_MS,
                                    said_of(job, r->day, 1, r->slot));
    case OHM_LIGHT_MEASURED: /* nobody measures it here */
    case OHM_LIGHT_NONE:
        break;
    }
    return NAN;
}
