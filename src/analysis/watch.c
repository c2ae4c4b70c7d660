#include "analysis/watch.h"

#include <assert.h>
#include <math.h>

#include "analysis/keep.h"

enum { VERSION = 1 };

struct ohm_watch {
    ohm_watch_options options;
    bool began, holiday;
    int64_t day;                              /* in progress */
    bool has_others[OHM_FORECAST_OTHERS_MAX]; /* of that day */
    double others[OHM_FORECAST_OTHERS_MAX][OHM_FORECAST_SLOTS_MAX];
    float values[OHM_DETECT_SLOTS_MAX]; /* of that day; NAN: not measured, or flagged */
    int64_t said_day;
    int said_days;
    ohm_forecast_value said[OHM_FORECAST_DAYS_MAX * OHM_FORECAST_SLOTS_MAX];
    size_t detect, forecast; /* offsets of what lies behind */
};

/* --- memory -------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

static bool valid(const ohm_watch_options *o)
{
    return ohm_forecast_size(&o->forecast) > 0 && ohm_detect_size(o->detect_slots) > 0 &&
           o->detect_slots % o->forecast.slots == 0;
}

size_t ohm_watch_size(const ohm_watch_options *o)
{
    return valid(o) ? aligned(sizeof(ohm_watch)) + aligned(ohm_detect_size(o->detect_slots)) +
                          ohm_forecast_size(&o->forecast)
                    : 0;
}

static void *part_of(const ohm_watch *w, size_t offset)
{
    return (void *)(uintptr_t)((const char *)w + offset);
}

static void forget_day(ohm_watch *w)
{
    for (int s = 0; s < OHM_DETECT_SLOTS_MAX; s++)
        w->values[s] = NAN;
    memset(w->has_others, 0, sizeof w->has_others);
    w->holiday = false;
}

ohm_watch *ohm_watch_create(const ohm_watch_options *options, void *memory)
{
    ohm_watch *w = memory;
    assert(valid(options));
    memset(w, 0, sizeof *w);
    w->options = *options;
    w->detect = aligned(sizeof *w);
    w->forecast = w->detect + aligned(ohm_detect_size(options->detect_slots));
    (void)ohm_detect_create(options->detect_slots, part_of(w, w->detect));
    (void)ohm_forecast_create(&options->forecast, part_of(w, w->forecast));
    forget_day(w);
    return w;
}

ohm_detect *ohm_watch_detect(ohm_watch *w)
{
    return part_of(w, w->detect);
}

const ohm_forecast *ohm_watch_forecast(const ohm_watch *w)
{
    return part_of(w, w->forecast);
}

/* --- a day ---------------------------------------------------------------------------------- */

static void learn_day(ohm_watch *w)
{
    double values[OHM_FORECAST_SLOTS_MAX];
    int slots = w->options.forecast.slots, steps = w->options.detect_slots / slots, measured = 0;
    for (int s = 0; s < slots; s++) {
        double sum = 0;
        int count = 0;
        for (int i = s * steps; i < (s + 1) * steps; i++) {
            sum += isnan(w->values[i]) ? 0 : (double)w->values[i];
            count += !isnan(w->values[i]);
        }
        values[s] = 2 * count >= steps && count > 0 ? sum / count : NAN;
        measured += !isnan(values[s]);
    }
    ohm_forecast_day day = { .day = w->day, .holiday = w->holiday, .values = values };
    for (int i = 0; i < w->options.forecast.others; i++)
        day.others[i] = w->has_others[i] ? w->others[i] : NULL;
    if (measured > 0)
        (void)ohm_forecast_learn(part_of(w, w->forecast), &day);
}

static void begin_day(ohm_watch *w, int64_t day)
{
    if (w->began)
        learn_day(w);
    forget_day(w);
    w->began = true;
    w->day = day;
}

/* Of today, the steps from an instant to this reading. */
static void leave_out(float *values, const ohm_detect_reading *r, ohm_ms from_ms, ohm_ms step_ms)
{
    int64_t steps = from_ms < r->time_ms ? (r->time_ms - from_ms) / step_ms : 0;
    for (int64_t back = 0; back <= steps && back <= r->slot; back++)
        values[r->slot - back] = NAN;
}

/* What no load did. A level that moved, or a night that was not one, is what the load does now: it
 * is learnt (leaving it out costs half a percent on series without a fault). */
static bool is_no_load(ohm_detect_type type)
{
    return type == OHM_DETECT_STUCK || type == OHM_DETECT_ZERO || type == OHM_DETECT_ROLLBACK ||
           type == OHM_DETECT_CT_REVERSED;
}

void ohm_watch_reading(ohm_detect *d, int slots, const ohm_detect_reading *r, float *day_values,
                       ohm_detect_news *news)
{
    const ohm_ms step_ms = 24 * OHM_HOUR_MS / slots;
    day_values[r->slot] = isfinite(r->value) ? (float)r->value : NAN;
    ohm_detect_step(d, r, news);
    for (int i = 0; i < news->count; i++) {
        const ohm_detect_alarm *a = &news->alarm[i];
        if (a->type == OHM_DETECT_SPIKE && r->slot > 0)
            day_values[r->slot - 1] = NAN;
        else if (is_no_load(a->type) && a->end_ms == OHM_NO_MS)
            leave_out(day_values, r, a->onset_ms, step_ms);
    }
    if (ohm_detect_is_wrong(d))
        day_values[r->slot] = NAN;
}

bool ohm_watch_step(ohm_watch *w, const ohm_detect_reading *r, ohm_detect_news *news)
{
    bool begins = !w->began || r->day > w->day;
    news->count = 0;
    if (w->began && r->day < w->day)
        return false;
    if (begins)
        begin_day(w, r->day);
    int of = r->slot / (w->options.detect_slots / w->options.forecast.slots);
    bool known = (w->options.forecast.warmth & 1) != 0 && w->has_others[0];
    ohm_detect_outdoor(part_of(w, w->detect), known ? w->others[0][of] : (double)NAN);
    ohm_watch_reading(part_of(w, w->detect), w->options.detect_slots, r, w->values, news);
    return begins;
}

/* --- the days that come --------------------------------------------------------------------- */

void ohm_watch_ahead(ohm_watch *w, const ohm_forecast_day *ahead, int count)
{
    int slots = w->options.forecast.slots;
    assert(count >= 1 && count <= OHM_FORECAST_DAYS_MAX);
    assert(!w->began || ahead[0].day >= w->day);
    if (!w->began || ahead[0].day > w->day)
        begin_day(w, ahead[0].day);
    w->holiday = ahead[0].holiday;
    for (int i = 0; i < w->options.forecast.others; i++) {
        w->has_others[i] = ahead[0].others[i] != NULL;
        if (w->has_others[i])
            memcpy(w->others[i], ahead[0].others[i], (size_t)slots * sizeof **w->others);
    }
    ohm_forecast_make(part_of(w, w->forecast), ahead, count, w->said);
    w->said_day = ahead[0].day;
    w->said_days = count;
}

const ohm_forecast_value *ohm_watch_said(const ohm_watch *w, int64_t day, int slot)
{
    int slots = w->options.forecast.slots;
    if (day < w->said_day || day >= w->said_day + w->said_days || slot < 0 || slot >= slots)
        return NULL;
    return &w->said[(day - w->said_day) * slots + slot];
}

/* --- as bytes ------------------------------------------------------------------------------- */

static void keep(ohm_keep *k, ohm_watch *w)
{
    size_t slots = (size_t)w->options.forecast.slots;
    ohm_keep_same(k, VERSION);
    ohm_keep_same(k, w->options.detect_slots);
    ohm_detect_keep(k, part_of(w, w->detect));
    ohm_forecast_keep(k, part_of(w, w->forecast));
    ohm_keep_flag(k, &w->began);
    ohm_keep_flag(k, &w->holiday);
    ohm_keep_day(k, &w->day);
    for (int i = 0; i < w->options.forecast.others; i++) {
        ohm_keep_flag(k, &w->has_others[i]);
        ohm_keep_doubles(k, w->others[i], slots);
    }
    ohm_keep_floats(k, w->values, (size_t)w->options.detect_slots);
    const ohm_forecast *f = part_of(w, w->forecast);
    if (ohm_forecast_days(f) > 0 && (!w->began || ohm_forecast_last_day(f) >= w->day))
        ohm_keep_fail(k, OHM_RANGE, "the present day is already learnt");
    ohm_keep_day(k, &w->said_day);
    ohm_keep_int(k, &w->said_days, 0, OHM_FORECAST_DAYS_MAX);
    for (size_t i = 0; i < (size_t)w->said_days * slots; i++) {
        ohm_keep_doubles(k, &w->said[i].mean, 1);
        ohm_keep_doubles(k, w->said[i].decile, OHM_FORECAST_DECILES);
    }
}

ohm_code ohm_watch_save(const ohm_watch *w, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_keep k;
    ohm_keep_write(&k, out, cap);
    keep(&k, (ohm_watch *)(uintptr_t)w); /* a walk that writes changes nothing */
    *ret_len = k.pos;
    return ohm_keep_end(&k).code;
}

ohm_err ohm_watch_load(const ohm_watch_options *options, void *memory, ohm_span bytes)
{
    ohm_keep k;
    ohm_watch *w = ohm_watch_create(options, memory);
    ohm_keep_read(&k, bytes);
    keep(&k, w);
    ohm_err err = ohm_keep_end(&k);
    if (ohm_failed(err))
        (void)ohm_watch_create(options, memory);
    return err;
}
