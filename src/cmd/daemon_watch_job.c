/* One turn of the worker over a register: its state from the store or from its readings, then hour
 * by hour up to now. */
#include <math.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"
#include "host/pages.h"
#include "store/changes.h"
#include "store/query.h"

enum {
    HISTORY_DAYS = 730, /* half of what a day says has faded after 115 */
    WAIT_HOURS = 3,     /* for readings of an hour, before it counts as not measured */
    STALE_DAYS = 60,
    GAP_MINUTES = 90,
    PRIME_DAYS = 70, /* twice what a yield, or the rest of water, is compared with */
    LITRES = 1000,   /* of a m³ */
    NIGHT_DAYS = 28, /* looked at to tell panels from a load */
    NIGHT_END_H = 3,
    NOON_FROM_H = 11,
    NOON_TO_H = 14,
};
#define DAY_MS  (INT64_C(24) * OHM_HOUR_MS)
#define BITE_MS (200 * DAY_MS)

/* --- hours ------------------------------------------------------------------------------------ */

/* The mean power of an hour, W, or flow, l/h; NAN: not known. */
double ohm_watch_power_of(ohm_quantity_id quantity, const ohm_slice *slice)
{
    enum { WRONG = OHM_SLICE_PARTIAL | OHM_SLICE_ESTIMATED | OHM_SLICE_RESET | OHM_SLICE_STRAY };
    if (ohm_quantity_get(quantity)->kind == OHM_GAUGE) {
        bool half =
            slice->flags & OHM_SLICE_MEAN && 2 * slice->held_ms >= slice->to_ms - slice->from_ms;
        return half ? ohm_quantity_value(quantity, slice->mean) : NAN;
    }
    if (!(slice->flags & OHM_SLICE_ENERGY) || slice->flags & WRONG)
        return NAN;
    double hours = (double)(slice->to_ms - slice->from_ms) / OHM_HOUR_MS;
    double per_hour = ohm_quantity_value(quantity, slice->energy) / hours;
    return ohm_watch_is_water(ohm_watch_kind_of(quantity)) ? LITRES * per_hour : per_hour;
}

static bool is_cancelled(void *ctx)
{
    const ohm_watch_job *job = ctx;
    return job->cancelled;
}

ohm_err ohm_watch_read_steps(ohm_watch_job *job, ohm_reader *reader, const char *key,
                             const ohm_watch_steps *steps,
                             bool (*row)(void *ctx, const ohm_slice *slice), void *ctx)
{
    const ohm_steps_query query = { .series_key = key,
                                    .range = steps->range,
                                    .step = { OHM_STEP_MS, steps->step_ms },
                                    .gap_ms = steps->gap_ms,
                                    .cancelled = is_cancelled,
                                    .cancelled_ctx = job };
    return ohm_query_steps(reader, &query, row, ctx);
}

ohm_err ohm_watch_read_hours(ohm_watch_job *job, ohm_reader *reader, const char *key,
                             ohm_interval range, bool (*row)(void *ctx, const ohm_slice *slice),
                             void *ctx)
{
    const ohm_watch_steps hours = { range, OHM_HOUR_MS, GAP_MINUTES * OHM_MINUTE_MS };
    return ohm_watch_read_steps(job, reader, key, &hours, row, ctx);
}

static ohm_err read_hours(ohm_watch_job *job, ohm_reader *reader, ohm_interval range,
                          bool (*row)(void *ctx, const ohm_slice *slice), void *ctx)
{
    return ohm_watch_read_hours(job, reader, job->series->key, range, row, ctx);
}

/* --- stepping --------------------------------------------------------------------------------- */

static void look_ahead(ohm_watch_job *job, int64_t day)
{
    ohm_watched *s = job->series;
    ohm_watch_others weather;
    bool known = s->weather && ohm_watch_weather_of(job, day, &weather);
    ohm_forecast_day ahead[OHM_WATCH_DAYS];
    for (int i = 0; i < OHM_WATCH_DAYS; i++) {
        ahead[i] = (ohm_forecast_day){ .day = day + i,
                                       .holiday = ohm_holidays_has(job->holidays, day + i) };
        for (int k = 0; known && k < OHM_WATCH_OTHERS; k++)
            ahead[i].others[k] = weather.of[i][k];
    }
    ohm_watch_ahead(s->state, ahead, OHM_WATCH_DAYS);
    if (known)
        s->weather_day = day;
}

/* What the site's own meter feeds in is what is left of the sun: no yield. */
static bool are_panels(const ohm_watched *s)
{
    return s->solar && !s->is_main;
}

static ohm_detect_reading reading_of(const ohm_watch_job *job, ohm_ms hour_ms, double value)
{
    ohm_civil at = ohm_civil_from_utc(job->tz, hour_ms);
    return (ohm_detect_reading){
        .time_ms = hour_ms, .day = ohm_days_from_date(at.date), .slot = at.hour, .value = value
    };
}

typedef struct told_hour {
    const ohm_watch_job *job;
    ohm_ms told_ms;
} told_hour;

static bool is_normal(const void *ctx, const ohm_detect_alarm *began)
{
    const told_hour *h = ctx;
    ohm_alarm alarm;
    ohm_watch_alarm_of(h->job->series, began, h->told_ms, &alarm);
    return ohm_alarm_is_normal(h->job->taught, h->job->taught_count, h->job->tz, &alarm);
}

/* What is not kept in the store, but primed from it. */
static void step_primed(ohm_watch_job *job, const ohm_detect_reading *r, ohm_ms told_ms)
{
    ohm_watched *s = job->series;
    ohm_detect_news told = { .count = 0 };
    if (are_panels(s))
        ohm_yield_step(&s->yield, r, ohm_watch_light_of(job, r), OHM_WATCH_SLOTS, &told);
    if (ohm_watch_is_water(s->kind))
        ohm_leak_step(&s->leak, r, OHM_WATCH_SLOTS, &told);
    ohm_watch_news_take(job, &told, told_ms);
    ohm_watch_beside_step(job, r, told_ms);
}

static void step(ohm_watch_job *job, ohm_ms hour_ms, double value)
{
    ohm_watched *s = job->series;
    const ohm_detect_reading reading = reading_of(job, hour_ms, value);
    const told_hour of = { job, hour_ms + OHM_HOUR_MS };
    const ohm_watch_judge judge = { ohm_watch_judged_otherwise(job), is_normal, &of };
    ohm_detect_news told = { .count = 0 };
    if (s->state && ohm_watch_step(s->state, &reading, &judge, &told))
        look_ahead(job, reading.day);
    if (s->state)
        ohm_watch_quarters_step(job, &reading);
    ohm_watch_news_take(job, &told, of.told_ms);
    step_primed(job, &reading, of.told_ms);
    s->through_ms = hour_ms + OHM_HOUR_MS;
}

static bool step_slice(void *ctx, const ohm_slice *slice)
{
    ohm_watch_job *job = ctx;
    double value = ohm_watch_power_of(job->series->quantity, slice);
    if (isnan(value) && job->now_ms - slice->to_ms < WAIT_HOURS * OHM_HOUR_MS) {
        job->waits = true;
        return false;
    }
    step(job, slice->from_ms, value);
    return true;
}

static bool prime_slice(void *ctx, const ohm_slice *slice)
{
    ohm_watch_job *job = ctx;
    const ohm_detect_reading reading =
        reading_of(job, slice->from_ms, ohm_watch_power_of(job->series->quantity, slice));
    step_primed(job, &reading, slice->to_ms);
    return true;
}

/* False: out of memory. */
static bool forget_primed(ohm_watch_job *job)
{
    ohm_watched *s = job->series;
    memset(&s->yield, 0, sizeof s->yield);
    memset(&s->leak, 0, sizeof s->leak);
    s->yield.kind = ohm_watch_light_kind(job);
    s->open &= ~(1u << OHM_DETECT_PV_YIELD | 1u << OHM_DETECT_LEAK);
    return ohm_watch_cycles_begin(job) && ohm_watch_beside_begin(job);
}

/* The state of a register that was recalled has no yield, no leak, and nothing of what stands
 * beside it: its last weeks are told again. What they say counts, for the alarm too: the book
 * (analysis/alarms.h) knows what it was told before. */
static ohm_err prime(ohm_watch_job *job, ohm_reader *reader)
{
    ohm_watched *s = job->series;
    const ohm_interval range = {
        ohm_civil_day(job->tz, s->through_ms - PRIME_DAYS * DAY_MS).from_ms, s->through_ms
    };
    if (!forget_primed(job))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    OHM_TRY(ohm_watch_beside_read(job, reader, range));
    if (are_panels(s) || ohm_watch_is_water(s->kind) || s->beside)
        OHM_TRY(read_hours(job, reader, range, prime_slice, job));
    OHM_TRY(ohm_watch_cycles_read(job, reader, range));
    ohm_watch_news_again(job);
    return ohm_ok();
}

/* --- beginning -------------------------------------------------------------------------------- */

typedef struct nights {
    const ohm_watch_job *job;
    int night, night_zero, noon, noon_more;
} nights;

static bool count_night(void *ctx, const ohm_slice *slice)
{
    nights *n = ctx;
    double value = ohm_watch_power_of(n->job->series->quantity, slice);
    int hour = ohm_civil_from_utc(n->job->tz, slice->from_ms).hour;
    if (isnan(value))
        return true;
    if (hour < NIGHT_END_H) {
        n->night++;
        n->night_zero += value <= 0;
    } else if (hour >= NOON_FROM_H && hour < NOON_TO_H) {
        n->noon++;
        n->noon_more += value > 0;
    }
    return true;
}

/* What feeds in is the sun's; so is what is nothing by night and something at nearly every noon,
 * on Sundays too. */
static bool is_solar(ohm_watch_job *job, ohm_reader *reader, ohm_ms end_ms)
{
    ohm_quantity_id q = job->series->quantity;
    nights n = { .job = job };
    if (q == OHM_Q_ENERGY_EXPORT || q == OHM_Q_POWER_EXPORT)
        return true;
    const ohm_interval range = { end_ms - NIGHT_DAYS * DAY_MS, end_ms };
    if (ohm_failed(read_hours(job, reader, range, count_night, &n)))
        return false;
    return n.night >= NIGHT_DAYS && n.noon >= NIGHT_DAYS && n.night_zero * 100 >= n.night * 98 &&
           n.noon_more * 10 >= n.noon * 9;
}

/* Nothing is known of it: from its first reading on, at a midnight. */
static ohm_err begin(ohm_watch_job *job, ohm_reader *reader, int64_t changes)
{
    ohm_watched *s = job->series;
    ohm_ms first_ms;
    OHM_TRY(ohm_query_first(reader, s->key, &first_ms));
    if (first_ms == OHM_NO_MS)
        return ohm_fail(OHM_UNKNOWN, 0, "has no readings");
    ohm_ms least_ms = job->now_ms - HISTORY_DAYS * DAY_MS;
    s->through_ms = ohm_civil_day(job->tz, first_ms > least_ms ? first_ms : least_ms).from_ms;
    s->solar = !ohm_watch_is_water(s->kind) &&
               is_solar(job, reader, job->now_ms / OHM_HOUR_MS * OHM_HOUR_MS);
    s->open = 0;
    s->changes = changes;
    s->taught = ohm_watch_taught_sum(job);
    s->weather = job->with_weather;
    s->weather_day = OHM_WATCH_NO_DAY;
    s->quarters = ohm_watch_has_quarters(job, s->solar);
    ohm_watch_options options;
    if (!ohm_watch_make_room(s, &options))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (s->state)
        (void)ohm_watch_create(&options, s->state);
    s->anew = true;
    return forget_primed(job) ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

/* How often the past of its device was changed. */
static int64_t changes_of(const ohm_watch_job *job, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int64_t number = 0;
    ohm_change change;
    const char *key = job->series->key;
    size_t device_len = (size_t)(strrchr(key, '/') - key);
    if (ohm_failed(ohm_reader_get(reader, OHM_CHANGES_KEY, &bytes, &len)))
        return 0;
    ohm_span text = ohm_span_of(bytes, len);
    while (ohm_changes_next(&text, &change))
        if (ohm_span_equal(change.device_key, ohm_span_of(key, device_len)))
            number = change.number;
    free(bytes);
    return number;
}

static ohm_err open_state(ohm_watch_job *job, ohm_reader *reader)
{
    ohm_watched *s = job->series;
    int64_t changes = changes_of(job, reader);
    bool ahead = s->through_ms > job->now_ms; /* of a clock that was wrong */
    bool has_quarters = ohm_watch_has_quarters(job, s->solar);
    bool there = ohm_watch_is_water(s->kind) ? s->through_ms != OHM_NO_MS : s->state != NULL;
    if (there && s->changes == changes && s->taught == ohm_watch_taught_sum(job) &&
        s->weather == job->with_weather && s->quarters == has_quarters && !ahead)
        return s->beside_sum == job->beside_sum ? ohm_ok() : prime(job, reader);
    bool other = s->weather != job->with_weather || s->quarters != has_quarters;
    if (!there || other) {
        if (ohm_watch_recall(job, reader, changes) &&
            job->now_ms - s->through_ms < STALE_DAYS * DAY_MS)
            return prime(job, reader);
    }
    return begin(job, reader, changes);
}

/* --- what is said ----------------------------------------------------------------------------- */

static void say(ohm_watch_job *job)
{
    const ohm_watched *s = job->series;
    ohm_watch_said_days *out = &job->said;
    const ohm_forecast *f = ohm_watch_forecast(s->state);
    double simple;
    out->first_day =
        ohm_days_from_date(ohm_civil_from_utc(job->tz, s->through_ms - OHM_HOUR_MS).date);
    out->made_ms = job->now_ms;
    out->solar = s->solar;
    out->weather = s->weather && s->weather_day == out->first_day;
    out->light = are_panels(s) ? s->yield.kind : OHM_LIGHT_NONE;
    out->days = ohm_forecast_days(f);
    out->error_w = (float)ohm_forecast_error(f, &simple);
    out->simple_w = (float)simple;
    for (int i = 0; i < OHM_WATCH_SAID; i++) {
        const ohm_forecast_value *said =
            ohm_watch_said(s->state, out->first_day + i / OHM_WATCH_SLOTS, i % OHM_WATCH_SLOTS);
        out->mean[i] = said ? (float)said->mean : NAN;
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            out->decile[i][k] = said ? (float)said->decile[k] : NAN;
    }
    out->there = true;
}

/* The weather of today came after its first hour: what is said of it is said anew. */
static void look_again(ohm_watch_job *job)
{
    const ohm_watched *s = job->series;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(job->tz, s->through_ms - OHM_HOUR_MS).date);
    bool stepped = ohm_watch_said(s->state, day, 0) != NULL;
    if (s->weather && stepped && s->weather_day != day && job->weather.day == day)
        look_ahead(job, day);
}

static ohm_err work_series(ohm_watch_job *job, ohm_reader *reader)
{
    ohm_watched *s = job->series;
    OHM_TRY(ohm_watch_beside_find(job, reader));
    ohm_err opened = open_state(job, reader);
    if (ohm_failed(opened)) { /* half of it is not all: from the store again */
        ohm_watch_forget(s);
        s->through_ms = OHM_NO_MS;
        return opened;
    }
    ohm_interval range = { s->through_ms, job->now_ms };
    range.to_ms -= (range.to_ms - range.from_ms) % OHM_HOUR_MS;
    job->more = range.to_ms - range.from_ms > BITE_MS;
    if (job->more)
        range.to_ms = range.from_ms + BITE_MS;
    OHM_TRY(ohm_watch_beside_read(job, reader, range));
    OHM_TRY(ohm_watch_quarters_read(job, reader, range));
    if (range.to_ms > range.from_ms)
        OHM_TRY(read_hours(job, reader, range, step_slice, job));
    range.to_ms = s->through_ms; /* hours that are not whole are waited for */
    OHM_TRY(ohm_watch_cycles_read(job, reader, range));
    if (job->more)
        return ohm_ok();
    ohm_ms day_ms = ohm_civil_day(job->tz, s->through_ms).from_ms;
    if (s->state) {
        look_again(job);
        say(job);
        if (!ohm_watch_quarters_say(job))
            return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    if ((day_ms != s->saved_ms || !job->keep) && ohm_watch_keep(job))
        s->saved_ms = day_ms;
    if (!job->keep && job->saved)
        ohm_watch_forget(s);
    return ohm_ok();
}

void ohm_watch_work(ohm_watch_job *job)
{
    ohm_reader *reader = NULL;
    ohm_err err = ohm_reader_open(job->store_path, &reader);
    job->reader = reader;
    if (!ohm_failed(err) && job->task == OHM_WATCH_LIST)
        ohm_watch_list(job, reader);
    else if (!ohm_failed(err))
        err = work_series(job, reader);
    if (ohm_failed(err) && job->series && !job->keep)
        ohm_watch_forget(job->series); /* a disk that fails must not fill the memory */
    if (job->task != OHM_WATCH_LIST || ohm_failed(err))
        job->code = err.code;
    ohm_reader_close(reader);
    ohm_pages_give_back_freed();
}
