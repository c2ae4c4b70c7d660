/* The rules of plausibility, and what they know of the past. */
#include "analysis/detect.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "analysis/detect_own.h"
#include "analysis/rank.h"

static const double gap_h = 3, stuck_h = 6, zero_h = 0.75, odd_zero_h = 1.5;
static const double odd_share = 0.02, odd_run_share = 0.9; /* zeros at hours that have none */
static const double spike_rise = 1.2, spike_least = 0.7;
static const double negative_least = 0.01, rollback_times = 4, new_highest = 1.5;
static const double feeding_share = 0.01; /* of readings: fewer are a sensor's noise */
enum {
    ODD_DAYS = 56,
    USUAL_DAYS = 28,
    MIDDLE_DAYS = 7,
    WORK_FROM_H = 8,
    WORK_TO_H = 18,
    TAUGHT_MAX = 1 << 24 /* steps */
};

/* --- memory
 * --------------------------------------------------------------------------------------- */

static size_t floats_at(void)
{
    return (sizeof(ohm_detect) + 15) & ~(size_t)15;
}

size_t ohm_detect_size(int slots)
{
    if (slots < 24 || slots > OHM_DETECT_SLOTS_MAX || slots % 24 != 0)
        return 0;
    size_t cells = (size_t)RING_DAYS * (size_t)slots;
    return floats_at() + cells * sizeof(double) + cells * sizeof(float);
}

ohm_detect *ohm_detect_create(int slots, void *memory)
{
    ohm_detect *d = memory;
    size_t bytes = ohm_detect_size(slots);
    assert(bytes > 0);
    memset(d, 0, bytes);
    d->slots = slots;
    d->scratch = floats_at();
    d->values = d->scratch + (size_t)RING_DAYS * (size_t)slots * sizeof(double);
    d->before = d->before_that = d->outdoor_c = NAN;
    d->highest = -INFINITY;
    d->lowest = INFINITY;
    for (int i = 0; i < RING_DAYS; i++)
        d->ring_day[i] = INT64_MIN;
    return d;
}

double *own_scratch(const ohm_detect *d)
{
    return (double *)(uintptr_t)((const char *)d + d->scratch);
}

static int place_of(int64_t day)
{
    return (int)(((day % RING_DAYS) + RING_DAYS) % RING_DAYS);
}

float *own_readings(const ohm_detect *d)
{
    return (float *)(uintptr_t)((const char *)d + d->values);
}

static float *values_of(const ohm_detect *d, int64_t day)
{
    return own_readings(d) + (size_t)place_of(day) * (size_t)d->slots;
}

const float *own_day(const ohm_detect *d, int64_t day)
{
    return d->ring_day[place_of(day)] == day ? values_of(d, day) : NULL;
}

double own_value(const ohm_detect *d, int64_t day, int slot)
{
    const float *values = own_day(d, day);
    return values ? (double)values[slot] : NAN;
}

bool own_is_weekend(int64_t day)
{
    return (((day + 3) % 7) + 7) % 7 >= 5; /* 1970-01-01 was a Thursday */
}

int own_age(const ohm_detect *d)
{
    return (int)(d->day - d->first_day);
}

/* --- alarms
 * --------------------------------------------------------------------------------------- */

static void tell(ohm_detect_news *news, const ohm_detect_alarm *alarm)
{
    if (news->count < OHM_DETECT_NEWS_MAX)
        news->alarm[news->count++] = *alarm;
}

void own_raise(ohm_detect *d, ohm_detect_type type, ohm_ms start_ms, double expected, double actual,
               ohm_detect_news *news)
{
    const ohm_detect_alarm alarm = { type, start_ms, start_ms, OHM_NO_MS, expected, actual };
    own_raise_since(d, &alarm, news);
}

void own_raise_since(ohm_detect *d, const ohm_detect_alarm *alarm, ohm_detect_news *news)
{
    open_alarm *o = &d->open[alarm->type];
    if (o->open)
        return;
    *o = (open_alarm){ true, *alarm };
    tell(news, alarm);
}

void own_clear(ohm_detect *d, ohm_detect_type type, ohm_ms end_ms, ohm_detect_news *news)
{
    open_alarm *o = &d->open[type];
    if (!o->open)
        return;
    o->open = false;
    o->alarm.end_ms = end_ms;
    tell(news, &o->alarm);
}

/* --- what was usual
 * ------------------------------------------------------------------------------- */

/* The middle of this slot on days of the same kind. */
static double usual_at(const ohm_detect *d, int64_t day, int slot)
{
    double of[ODD_DAYS];
    size_t n = 0;
    for (int back = 1; back <= ODD_DAYS; back++)
        if (own_is_weekend(day - back) == own_is_weekend(day))
            of[n++] = own_value(d, day - back, slot);
    n = ohm_rank_sort(of, n);
    return n > 0 ? ohm_rank_quantile(of, n, 0.5) : NAN;
}

/* The share of zeros at this hour of the last weeks. */
static double zero_share(const ohm_detect *d, int64_t day, int slot)
{
    int zeros = 0, count = 0;
    for (int back = 1; back <= ODD_DAYS; back++)
        for (int s = slot > 0 ? slot - 1 : 0; s <= slot + 1 && s < d->slots; s++) {
            double v = own_value(d, day - back, s);
            zeros += v == 0;
            count += !isnan(v);
        }
    return count > 0 ? (double)zeros / count : 1;
}

static void measure(ohm_detect *d)
{
    double *of = own_scratch(d);
    size_t n = 0, work = 0;
    int hour = d->slots / 24;
    for (int back = 1; back <= USUAL_DAYS; back++)
        for (int s = WORK_FROM_H * hour; s < WORK_TO_H * hour; s++)
            if (!own_is_weekend(d->day - back))
                of[work++] = own_value(d, d->day - back, s);
    work = ohm_rank_sort(of, work);
    d->work = work > 0 ? ohm_rank_quantile(of, work, 0.5) : NAN;
    for (int back = 1; back <= ODD_DAYS; back++)
        for (int s = 0; s < d->slots; s++)
            of[n++] = own_value(d, d->day - back, s);
    n = ohm_rank_sort(of, n);
    if (n < (size_t)(MIDDLE_DAYS * d->slots))
        return;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += of[i];
    d->mean = sum / (double)n;
    d->p99 = ohm_rank_quantile(of, n, 0.99);
    d->middle = ohm_rank_quantile(of, n, 0.5);
    d->known = true;
    /* Once a site fed in it may again, after a winter without. */
    double floor = -negative_least * fabs(d->p99);
    d->feeds_in = d->feeds_in || ohm_rank_quantile(of, n, feeding_share) < floor;
}

static void begin_day(ohm_detect *d, int64_t day)
{
    if (!d->began)
        d->first_day = day;
    d->began = true;
    d->day = day;
    d->ring_day[place_of(day)] = day;
    for (int s = 0; s < d->slots; s++)
        values_of(d, day)[s] = NAN;
    if (own_age(d) % FIGURES_DAYS == 0 || !d->known)
        measure(d);
}

/* --- the rules
 * ------------------------------------------------------------------------------------ */

static bool speaks(const ohm_detect *d)
{
    return d->known && own_age(d) >= HARD_DAYS;
}

static double hours(const ohm_detect *d, double h)
{
    return h * d->slots / 24;
}

/* The run that is usual here: the shortest of the last three gaps, if four weeks saw them. */
static int usual_gap(const ohm_detect *d, ohm_ms now_ms)
{
    int shortest = INT_MAX;
    for (int i = 0; i < GAPS; i++) {
        if (d->gap[i] == 0 || now_ms - d->gap_ms[i] > (ohm_ms)USUAL_DAYS * 24 * OHM_HOUR_MS)
            return 0;
        shortest = d->gap[i] < shortest ? d->gap[i] : shortest;
    }
    return shortest;
}

static void keep_gap(ohm_detect *d)
{
    if (d->missing < hours(d, gap_h))
        return;
    memmove(d->gap + 1, d->gap, (GAPS - 1) * sizeof *d->gap);
    memmove(d->gap_ms + 1, d->gap_ms, (GAPS - 1) * sizeof *d->gap_ms);
    d->gap[0] = d->missing;
    d->gap_ms[0] = d->missing_ms;
}

static void missing(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    if (d->missing++ == 0)
        d->missing_ms = r->time_ms;
    d->same = 0;
    const ohm_detect_alarm alarm = { .type = OHM_DETECT_GAP,
                                     .start_ms = r->time_ms,
                                     .onset_ms = d->missing_ms,
                                     .end_ms = OHM_NO_MS,
                                     .expected = usual_at(d, r->day, r->slot),
                                     .actual = NAN };
    if (speaks(d) && d->missing >= hours(d, gap_h) && d->missing > d->gap_taught &&
        d->missing > usual_gap(d, r->time_ms))
        own_raise_since(d, &alarm, news);
}

static bool negative(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    double least =
        d->feeds_in ? d->lowest - 2 * (d->highest - d->lowest) : -negative_least * fabs(d->p99);
    if (!speaks(d) || r->value >= least) {
        if (r->value != 0) /* a reversed 0 is 0 */
            own_clear(d, OHM_DETECT_CT_REVERSED, r->time_ms, news);
        own_clear(d, OHM_DETECT_ROLLBACK, r->time_ms, news);
        return false;
    }
    bool far = r->value < -rollback_times * fabs(d->highest);
    own_raise(d, far ? OHM_DETECT_ROLLBACK : OHM_DETECT_CT_REVERSED, r->time_ms,
              usual_at(d, r->day, r->slot), r->value, news);
    return true;
}

/* A run that began before anything was known is how this series is. */
static bool always_so(const ohm_detect *d, const ohm_detect_reading *r, ohm_ms since_ms)
{
    return own_age(d) - (int)((r->time_ms - since_ms) / (24 * OHM_HOUR_MS)) < WARM_DAYS;
}

static bool stuck(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    bool again = d->same > 0 && r->value == d->same_value;
    d->same = again ? d->same + 1 : 1;
    d->same_value = r->value;
    d->same_ms = again ? d->same_ms : r->time_ms;
    if (r->value != 0 && speaks(d) && d->same > fmax(hours(d, stuck_h), 2.0 * d->same_max)) {
        /* It was odd when it became longer than ever before, but it began before. */
        const ohm_detect_alarm alarm = { .type = OHM_DETECT_STUCK,
                                         .start_ms = d->same_ms + d->same_max * d->step_ms,
                                         .onset_ms = d->same_ms,
                                         .end_ms = OHM_NO_MS,
                                         .expected = usual_at(d, r->day, r->slot),
                                         .actual = r->value };
        own_raise_since(d, &alarm, news);
        return true;
    }
    own_clear(d, OHM_DETECT_STUCK, r->time_ms, news);
    bool learns = always_so(d, r, d->same_ms) || d->same <= hours(d, stuck_h);
    if (r->value != 0 && learns && d->same > d->same_max)
        d->same_max = d->same;
    return false;
}

static bool zero(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    if (r->value != 0) {
        if (!d->open[OHM_DETECT_ZERO].open && d->zeros > d->zero_max)
            d->zero_max = d->zeros;
        d->zeros = 0;
        own_clear(d, OHM_DETECT_ZERO, r->time_ms, news);
        return false;
    }
    if (d->zeros++ == 0) {
        d->zeros_ms = r->time_ms;
        d->zeros_odd = 0;
    }
    d->zeros_odd += zero_share(d, r->day, r->slot) < odd_share;
    bool longer = d->zeros > 2 * d->zero_max && d->zeros >= fmax(1, hours(d, zero_h));
    bool odd = d->zeros >= fmax(2, hours(d, odd_zero_h)) &&
               d->zeros_odd >= odd_run_share * d->zeros && d->zeros > d->zero_taught;
    if (!speaks(d) || (!longer && !odd)) {
        bool learns = always_so(d, r, d->zeros_ms);
        d->zero_max = learns && d->zeros > d->zero_max ? d->zeros : d->zero_max;
        return false;
    }
    own_raise(d, OHM_DETECT_ZERO, d->zeros_ms, usual_at(d, r->day, r->slot), 0, news);
    return true;
}

/* The step before this one, against both of its neighbours. */
static void spike(ohm_detect *d, const ohm_detect_reading *r, bool flagged, ohm_detect_news *news)
{
    double rise = fmin(d->before - d->before_that, d->before - r->value);
    if (isnan(rise) || isnan(d->before) || isnan(d->before_that))
        return;
    double least = fmax(spike_rise * d->jump, spike_least * (d->p99 - d->middle));
    if (speaks(d) && own_age(d) >= CALM_DAYS && rise > least) {
        ohm_ms at_ms = r->time_ms - d->step_ms;
        own_raise(d, OHM_DETECT_SPIKE, at_ms, d->before_that, d->before, news);
        own_clear(d, OHM_DETECT_SPIKE, r->time_ms, news);
        if (r->slot > 0)
            values_of(d, r->day)[r->slot - 1] = NAN;
    } else if (!flagged && rise > d->jump) {
        d->jump = rise;
    }
}

static void learn(ohm_detect *d, const ohm_detect_reading *r)
{
    if (r->value > d->highest && (!speaks(d) || r->value < new_highest * d->highest))
        d->highest = r->value;
    d->lowest = fmin(d->lowest, r->value);
    values_of(d, r->day)[r->slot] = (float)r->value;
}

static void measured(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news)
{
    if (d->missing > 0)
        own_clear(d, OHM_DETECT_GAP, r->time_ms, news);
    keep_gap(d);
    d->missing = 0;
    bool flagged = negative(d, r, news);
    flagged = stuck(d, r, news) || flagged;
    flagged = zero(d, r, news) || flagged;
    spike(d, r, flagged, news);
    d->before_that = d->before;
    d->before = flagged ? NAN : r->value;
    if (!flagged)
        learn(d, r);
}

void ohm_detect_step(ohm_detect *d, const ohm_detect_reading *reading, ohm_detect_news *news)
{
    assert(reading->slot >= 0);
    assert(reading->slot < d->slots);
    news->count = 0;
    if (d->began)
        d->step_ms = reading->time_ms - d->last_ms;
    d->last_ms = reading->time_ms;
    if (!d->began || reading->day != d->day)
        begin_day(d, reading->day);
    if (isfinite(reading->value)) {
        measured(d, reading, news);
    } else {
        missing(d, reading, news);
        d->before_that = d->before;
        d->before = NAN;
    }
    if ((reading->slot + 1) % (d->slots / LOOKS_A_DAY) == 0)
        own_look(d, reading, news);
    own_night(d, reading, news);
}

const ohm_detect_alarm *ohm_detect_open(const ohm_detect *d, ohm_detect_type type)
{
    assert(type < OHM_DETECT_ONE_COLUMN);
    return d->open[type].open ? &d->open[type].alarm : NULL;
}

/* The steps that an alarm lasted, or has lasted so far. */
static int steps_of(const ohm_detect *d, const ohm_detect_alarm *a)
{
    ohm_ms end_ms = a->end_ms == OHM_NO_MS ? d->last_ms + d->step_ms : a->end_ms;
    int64_t steps = d->step_ms > 0 ? (end_ms - a->onset_ms) / d->step_ms : 0;
    return (int)(steps < 0 ? 0 : steps > TAUGHT_MAX ? TAUGHT_MAX : steps);
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

void ohm_detect_teach(ohm_detect *d, ohm_detect_type type, ohm_detect_news *news)
{
    assert(type < OHM_DETECT_ONE_COLUMN);
    const ohm_detect_alarm a = d->open[type].alarm;
    int steps = steps_of(d, &a);
    news->count = 0;
    if (!d->open[type].open && a.end_ms <= a.start_ms)
        return; /* there never was one, or it is taught */
    if (type == OHM_DETECT_GAP)
        d->gap_taught = at_least(d->gap_taught, steps);
    else if (type == OHM_DETECT_STUCK)
        d->same_max = at_least(d->same_max, steps);
    else if (type == OHM_DETECT_ZERO)
        d->zero_max = d->zero_taught = at_least(d->zero_max, steps);
    else if (type == OHM_DETECT_SPIKE)
        d->jump = fmax(d->jump, a.actual - a.expected);
    else if (type == OHM_DETECT_CT_REVERSED || type == OHM_DETECT_ROLLBACK)
        d->feeds_in = true;
    else if (type == OHM_DETECT_LEFT_ON)
        own_teach_night(d, &a);
    else
        own_teach_level(d, &a);
    if (type == OHM_DETECT_CT_REVERSED || type == OHM_DETECT_ROLLBACK)
        d->lowest = fmin(d->lowest, a.actual);
    own_clear(d, type, d->last_ms + d->step_ms, news);
    d->open[type].alarm.end_ms = a.start_ms;
}

void ohm_detect_end(ohm_detect *d, ohm_ms time_ms, ohm_detect_news *news)
{
    news->count = 0;
    for (int type = 0; type < OHM_DETECT_ONE_COLUMN; type++)
        own_clear(d, (ohm_detect_type)type, time_ms, news);
}
