#include "analysis/watch.h"

#include <assert.h>
#include <math.h>

#include "analysis/keep.h"

enum {
    VERSION = 1,
    TAKEN_OUT_DAYS = 14, /* before an alarm is told at most */
    UP_UNSEEN_H = 21,    /* nine tenths of a day */
    NIGHTS_OUT = 7,      /* that nights left on are not learnt */
};

static const double level_far = 1.5; /* times the usual one, or a part of it */

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
    float fine_values[OHM_FORECAST_SLOTS_MAX]; /* of that day, by finer steps */
    size_t detect, forecast, fine, fine_said;  /* offsets of what lies behind */
};

/* --- memory -------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

static ohm_forecast_options fine_options(const ohm_watch_options *o)
{
    ohm_forecast_options fine = o->forecast;
    fine.slots = o->fine_slots;
    return fine;
}

static bool valid(const ohm_watch_options *o)
{
    const ohm_forecast_options fine = fine_options(o);
    bool fine_ok = o->fine_slots == 0 || (ohm_forecast_size(&fine) > 0 && o->detect_slots > 0 &&
                                          o->fine_slots % o->detect_slots == 0);
    return ohm_forecast_size(&o->forecast) > 0 && ohm_detect_size(o->detect_slots) > 0 &&
           o->detect_slots % o->forecast.slots == 0 && fine_ok;
}

static size_t fine_said_bytes(const ohm_watch_options *o)
{
    return (size_t)(OHM_FORECAST_DAYS_MAX * o->fine_slots) * sizeof(ohm_forecast_value);
}

size_t ohm_watch_size(const ohm_watch_options *o)
{
    if (!valid(o))
        return 0;
    const ohm_forecast_options fine = fine_options(o);
    return aligned(sizeof(ohm_watch)) + aligned(ohm_detect_size(o->detect_slots)) +
           aligned(ohm_forecast_size(&o->forecast)) + aligned(ohm_forecast_size(&fine)) +
           fine_said_bytes(o);
}

static void *part_of(const ohm_watch *w, size_t offset)
{
    return (void *)(uintptr_t)((const char *)w + offset);
}

static void forget_day(ohm_watch *w)
{
    for (int s = 0; s < OHM_DETECT_SLOTS_MAX; s++)
        w->values[s] = NAN;
    for (int s = 0; s < OHM_FORECAST_SLOTS_MAX; s++)
        w->fine_values[s] = NAN;
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
    const ohm_forecast_options fine = fine_options(options);
    w->fine = w->forecast + aligned(ohm_forecast_size(&options->forecast));
    w->fine_said = w->fine + aligned(ohm_forecast_size(&fine));
    if (options->fine_slots > 0)
        (void)ohm_forecast_create(&fine, part_of(w, w->fine));
    memset(part_of(w, w->fine_said), 0, fine_said_bytes(options));
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

static ohm_forecast *fine_of(const ohm_watch *w)
{
    return w->options.fine_slots > 0 ? part_of(w, w->fine) : NULL;
}

const ohm_forecast *ohm_watch_fine_forecast(const ohm_watch *w)
{
    return fine_of(w);
}

/* --- a day ---------------------------------------------------------------------------------- */

/* The mean of each of `slots` by the steps of a day; false: none was measured. */
static bool slots_of(const float *steps, int count, int slots, double *out)
{
    int each = count / slots, measured = 0;
    for (int s = 0; s < slots; s++) {
        double sum = 0;
        int known = 0;
        for (int i = s * each; i < (s + 1) * each; i++) {
            sum += isnan(steps[i]) ? 0 : (double)steps[i];
            known += !isnan(steps[i]);
        }
        out[s] = 2 * known >= each && known > 0 ? sum / known : NAN;
        measured += !isnan(out[s]);
    }
    return measured > 0;
}

/* What is the same for the finer steps of each slot. */
static void refine(const ohm_watch *w, const double *slots, double *out)
{
    int each = w->options.fine_slots / w->options.forecast.slots;
    for (int s = 0; s < w->options.fine_slots; s++)
        out[s] = slots[s / each];
}

static void learn_fine(ohm_watch *w)
{
    int each = w->options.fine_slots / w->options.detect_slots;
    double values[OHM_FORECAST_SLOTS_MAX];
    double others[OHM_FORECAST_OTHERS_MAX][OHM_FORECAST_SLOTS_MAX];
    ohm_forecast_day day = { .day = w->day, .holiday = w->holiday, .values = values };
    for (int s = 0; s < w->options.fine_slots; s++)
        w->fine_values[s] = isnan(w->values[s / each]) ? NAN : w->fine_values[s];
    for (int i = 0; i < w->options.forecast.others; i++) {
        refine(w, w->others[i], others[i]);
        day.others[i] = w->has_others[i] ? others[i] : NULL;
    }
    if (slots_of(w->fine_values, w->options.fine_slots, w->options.fine_slots, values))
        (void)ohm_forecast_learn(fine_of(w), &day);
}

static void learn_day(ohm_watch *w)
{
    double values[OHM_FORECAST_SLOTS_MAX];
    ohm_forecast_day day = { .day = w->day, .holiday = w->holiday, .values = values };
    for (int i = 0; i < w->options.forecast.others; i++)
        day.others[i] = w->has_others[i] ? w->others[i] : NULL;
    if (slots_of(w->values, w->options.detect_slots, w->options.forecast.slots, values))
        (void)ohm_forecast_learn(part_of(w, w->forecast), &day);
    if (fine_of(w))
        learn_fine(w);
}

static void begin_day(ohm_watch *w, int64_t day)
{
    if (w->began)
        learn_day(w);
    forget_day(w);
    w->began = true;
    w->day = day;
}

/* What of a series is not learnt while an alarm is open. A level that drifts is: it is nearly
 * always the season (left out it makes a region's network 17 % worse, a building 1 %; a level that
 * moved at once costs 0.2 % on series without a fault, and saves 20 % of the two weeks after a
 * fault). */
typedef enum part { NOTHING, ALL_DAY, NIGHTS, ONE_STEP } part;

static const part left_out[OHM_DETECT_ONE_COLUMN] = {
    [OHM_DETECT_STUCK] = ALL_DAY,    [OHM_DETECT_ZERO] = ALL_DAY,
    [OHM_DETECT_ROLLBACK] = ALL_DAY, [OHM_DETECT_CT_REVERSED] = ALL_DAY,
    [OHM_DETECT_CT_RATIO] = ALL_DAY, [OHM_DETECT_STEP] = ALL_DAY,
    [OHM_DETECT_LEFT_ON] = NIGHTS,   [OHM_DETECT_SPIKE] = ONE_STEP,
};

/* Levels that moved by less are learnt: a season moves them so, too. */
static bool is_usual(const ohm_detect_alarm *a)
{
    double ratio = a->actual / a->expected;
    return (a->type == OHM_DETECT_LEFT_ON || a->type == OHM_DETECT_STEP) && ratio < level_far &&
           ratio > 1 / level_far;
}

static part part_of_day(const ohm_watch_learner *l, const ohm_detect_reading *r,
                        const ohm_detect_alarm *a)
{
    bool ignored = l->judge && l->judge->ignored >> a->type & 1;
    bool weather = l->weather && (a->type == OHM_DETECT_STEP || a->type == OHM_DETECT_CT_RATIO);
    bool lasts =
        a->type == OHM_DETECT_LEFT_ON && r->time_ms - a->start_ms > NIGHTS_OUT * 24 * OHM_HOUR_MS;
    return ignored || weather || lasts || is_usual(a) ? NOTHING : left_out[a->type];
}

static bool concerns(const ohm_watch_learner *l, part of, int slot)
{
    enum { NIGHT_BEGIN_H = 22, NIGHT_END_H = 6 };
    int hour = slot * 24 / l->slots;
    return of == ALL_DAY || (of == NIGHTS && (hour >= NIGHT_BEGIN_H || hour < NIGHT_END_H));
}

/* So many steps back is wrong: today it is not learnt; of a day before it is taken out again. */
static void leave_out_step(const ohm_watch_learner *l, const ohm_detect_reading *r, int64_t back,
                           part of, float *day_values)
{
    int64_t at = r->slot - back, days = at < 0 ? (-at + l->slots - 1) / l->slots : 0;
    int slot = (int)(at + days * l->slots);
    if (of != ONE_STEP && !concerns(l, of, slot))
        return;
    if (days == 0) {
        day_values[slot] = NAN;
        return;
    }
    if (l->forecast)
        ohm_forecast_unlearn(l->forecast, r->day - days, slot * l->forecast_slots / l->slots);
    for (int i = 0, each = l->fine_slots / l->slots; l->fine && i < each; i++)
        ohm_forecast_unlearn(l->fine, r->day - days, slot * each + i);
}

/* Since when it was wrong. The base load is a day's 10 % quantile: one that went up was up for most
 * of a day before that shows. */
static ohm_ms wrong_since(const ohm_detect_alarm *a)
{
    bool level = a->type == OHM_DETECT_STEP || a->type == OHM_DETECT_CT_RATIO;
    return a->onset_ms - (level && a->actual > a->expected ? UP_UNSEEN_H * OHM_HOUR_MS : 0);
}

static void leave_out(const ohm_watch_learner *l, const ohm_detect_reading *r,
                      const ohm_detect_alarm *a, float *day_values)
{
    const ohm_ms step_ms = 24 * OHM_HOUR_MS / l->slots;
    part of = part_of_day(l, r, a);
    int64_t last = of == ONE_STEP ? 1 : 0, first = last;
    if (of != ONE_STEP && wrong_since(a) < r->time_ms)
        first = (r->time_ms - wrong_since(a)) / step_ms;
    if (first > (int64_t)TAKEN_OUT_DAYS * l->slots)
        first = (int64_t)TAKEN_OUT_DAYS * l->slots;
    for (int64_t back = last; back <= first && of != NOTHING; back++)
        leave_out_step(l, r, back, of, day_values);
}

/* What people call normal is so from its first reading on: it clears, and is learnt. */
static bool is_taught(const ohm_watch_learner *l, const ohm_detect_alarm *a, ohm_detect_news *news)
{
    ohm_detect_news more;
    if (!l->judge || !l->judge->is_normal || !l->judge->is_normal(l->judge->ctx, a))
        return false;
    ohm_detect_teach(l->detect, a->type, &more);
    for (int i = 0; i < more.count && news->count < OHM_DETECT_NEWS_MAX; i++)
        news->alarm[news->count++] = more.alarm[i];
    return true;
}

void ohm_watch_reading(const ohm_watch_learner *l, const ohm_detect_reading *r, float *day_values,
                       ohm_detect_news *news)
{
    day_values[r->slot] = isfinite(r->value) ? (float)r->value : NAN;
    ohm_detect_step(l->detect, r, news);
    for (int i = 0, told = news->count; i < told; i++) {
        const ohm_detect_alarm began = news->alarm[i];
        if (began.end_ms == OHM_NO_MS && !is_taught(l, &began, news))
            leave_out(l, r, &began, day_values);
    }
    for (int type = 0; type < OHM_DETECT_ONE_COLUMN; type++) {
        const ohm_detect_alarm *open = ohm_detect_open(l->detect, (ohm_detect_type)type);
        if (open && concerns(l, part_of_day(l, r, open), r->slot))
            day_values[r->slot] = NAN;
    }
}

bool ohm_watch_step(ohm_watch *w, const ohm_detect_reading *r, const ohm_watch_judge *judge,
                    ohm_detect_news *news)
{
    const ohm_watch_learner learner = { .detect = part_of(w, w->detect),
                                        .forecast = part_of(w, w->forecast),
                                        .fine = fine_of(w),
                                        .slots = w->options.detect_slots,
                                        .forecast_slots = w->options.forecast.slots,
                                        .fine_slots = w->options.fine_slots,
                                        .weather = w->options.forecast.warmth != 0,
                                        .judge = judge };
    bool begins = !w->began || r->day > w->day;
    news->count = 0;
    if (w->began && r->day < w->day)
        return false;
    if (begins)
        begin_day(w, r->day);
    int of = r->slot / (w->options.detect_slots / w->options.forecast.slots);
    bool known = (w->options.forecast.warmth & 1) != 0 && w->has_others[0];
    ohm_detect_outdoor(part_of(w, w->detect), known ? w->others[0][of] : (double)NAN);
    ohm_watch_reading(&learner, r, w->values, news);
    return begins;
}

void ohm_watch_fine(ohm_watch *w, const ohm_detect_reading *r, const double *values)
{
    int each = w->options.fine_slots / w->options.detect_slots;
    for (int i = 0; i < each && w->began && r->day == w->day; i++)
        w->fine_values[r->slot * each + i] = isfinite(values[i]) ? (float)values[i] : NAN;
}

/* --- the days that come --------------------------------------------------------------------- */

static void fine_ahead(ohm_watch *w, const ohm_forecast_day *ahead, int count)
{
    double others[OHM_FORECAST_DAYS_MAX][OHM_FORECAST_OTHERS_MAX][OHM_FORECAST_SLOTS_MAX];
    ohm_forecast_day days[OHM_FORECAST_DAYS_MAX];
    for (int d = 0; d < count; d++) {
        days[d] = ahead[d];
        for (int i = 0; i < w->options.forecast.others && ahead[d].others[i]; i++) {
            refine(w, ahead[d].others[i], others[d][i]);
            days[d].others[i] = others[d][i];
        }
    }
    ohm_forecast_make(fine_of(w), days, count, part_of(w, w->fine_said));
}

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
    if (fine_of(w))
        fine_ahead(w, ahead, count);
    w->said_day = ahead[0].day;
    w->said_days = count;
}

static const ohm_forecast_value *said_at(const ohm_watch *w, const ohm_forecast_value *said,
                                         int slots, int64_t day, int slot)
{
    if (day < w->said_day || day >= w->said_day + w->said_days || slot < 0 || slot >= slots)
        return NULL;
    return &said[(day - w->said_day) * slots + slot];
}

const ohm_forecast_value *ohm_watch_said(const ohm_watch *w, int64_t day, int slot)
{
    return said_at(w, w->said, w->options.forecast.slots, day, slot);
}

const ohm_forecast_value *ohm_watch_said_fine(const ohm_watch *w, int64_t day, int slot)
{
    return said_at(w, part_of(w, w->fine_said), w->options.fine_slots, day, slot);
}

/* --- as bytes ------------------------------------------------------------------------------- */

static void keep_said(ohm_keep *k, ohm_forecast_value *said, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ohm_keep_doubles(k, &said[i].mean, 1);
        ohm_keep_doubles(k, said[i].decile, OHM_FORECAST_DECILES);
    }
}

/* The present day is learnt when it is over, and not before. */
static void keep_order(ohm_keep *k, const ohm_watch *w, const ohm_forecast *f)
{
    if (ohm_forecast_days(f) > 0 && (!w->began || ohm_forecast_last_day(f) >= w->day))
        ohm_keep_fail(k, OHM_RANGE, "the present day is already learnt");
}

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
    keep_order(k, w, part_of(w, w->forecast));
    ohm_keep_day(k, &w->said_day);
    ohm_keep_int(k, &w->said_days, 0, OHM_FORECAST_DAYS_MAX);
    keep_said(k, w->said, (size_t)w->said_days * slots);
    if (!fine_of(w))
        return;
    ohm_keep_same(k, w->options.fine_slots);
    ohm_forecast_keep(k, fine_of(w));
    keep_order(k, w, fine_of(w));
    ohm_keep_floats(k, w->fine_values, (size_t)w->options.fine_slots);
    keep_said(k, part_of(w, w->fine_said), (size_t)(w->said_days * w->options.fine_slots));
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
