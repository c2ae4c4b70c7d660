/* What the regressions look at: a typical day, how the last days were off theirs, the calendar. */
#include <assert.h>
#include <math.h>

#include "analysis/forecast_own.h"

enum { SAME_DAYS = 4, SAME_WEEKS_BACK = 6, EVENING_PARTS = 4, LATE_PARTS = 8 };

static const double two_pi = 6.283185307179586;
static const double year_days = 365.2425;

/* A day's row of an array of so many days; NULL: that day is not known. */
static const float *row(const ohm_forecast *f, size_t offset, int days, int64_t day)
{
    const ring_day *r = &f->ring[own_place(day)];
    return r->known && r->day == day
               ? own_array(f, offset) + (size_t)own_turn(day, days) * (size_t)f->options.slots
               : NULL;
}

const float *own_values(const ohm_forecast *f, int64_t day)
{
    return row(f, f->values, RING_DAYS, day);
}

const float *own_typical(const ohm_forecast *f, int64_t day)
{
    return row(f, f->typical, NEAR_DAYS, day);
}

bool own_holiday(const ohm_forecast *f, int64_t day)
{
    const ring_day *r = &f->ring[own_place(day)];
    return r->known && r->day == day && r->holiday;
}

static double or_else(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* The mean of a slot over the week before; NAN: none of them was measured. */
static double slot_mean(const ohm_forecast *f, size_t offset, int kept, int64_t origin, int slot)
{
    double sum = 0;
    int count = 0;
    for (int back = 1; back <= WEEK_DAYS; back++) {
        const float *of = row(f, offset, kept, origin - back);
        if (of && !isnan(of[slot])) {
            sum += (double)of[slot];
            count++;
        }
    }
    return count ? sum / count : NAN;
}

typedef struct same {
    double *base, *week1, *week2;
    int count[OHM_FORECAST_SLOTS_MAX];
} same;

static void add_same(const ohm_forecast *f, same *t, const float *values)
{
    for (int s = 0; s < f->options.slots; s++) {
        if (isnan(values[s]) || t->count[s] >= (f->options.solar ? WEEK_DAYS : SAME_DAYS))
            continue;
        double v = (double)values[s];
        if (t->count[s] < 2)
            *(t->count[s] == 0 ? &t->week1[s] : &t->week2[s]) = v;
        t->base[s] += v;
        t->count[s]++;
    }
}

/* The day that the k-th day of the same kind was, a holiday's are the Sundays before. */
static int64_t same_day(const ohm_forecast *f, int64_t origin, int64_t day, bool holiday, int k)
{
    if (f->options.solar)
        return origin - k;
    int64_t of = holiday ? day + 6 - own_weekday(day) : day;
    return of - (int64_t)WEEK_DAYS * k;
}

void own_base(const ohm_forecast *f, int64_t origin, int64_t day, bool holiday, double *base,
              double *week1, double *week2)
{
    int slots = f->options.slots;
    same t = { .base = base, .week1 = week1, .week2 = week2 };
    for (int s = 0; s < slots; s++) {
        base[s] = 0;
        week1[s] = week2[s] = NAN;
    }
    bool sunday = holiday || own_weekday(day) == 6;
    for (int k = 1; k <= (f->options.solar ? WEEK_DAYS : SAME_WEEKS_BACK); k++) {
        int64_t of = same_day(f, origin, day, holiday, k);
        const float *values = of < origin ? own_values(f, of) : NULL;
        if (values && (f->options.solar || sunday || !own_holiday(f, of)))
            add_same(f, &t, values);
    }
    for (int s = 0; s < slots; s++) {
        base[s] = t.count[s] ? base[s] / t.count[s] : slot_mean(f, f->values, RING_DAYS, origin, s);
        week1[s] = or_else(week1[s], base[s]);
        week2[s] = or_else(week2[s], base[s]);
    }
}

/* How a day was off what was typical for it; 0 where one of them is not known. */
static double off_at(const float *values, const float *typical, int slot)
{
    return values ? or_else((double)values[slot] - (double)typical[slot], 0) : 0;
}

static double off_mean(const ohm_forecast *f, int64_t origin, int days, int from)
{
    double sum = 0;
    int count = 0;
    for (int back = 1; back <= days; back++) {
        const float *values = own_values(f, origin - back), *usual = own_typical(f, origin - back);
        for (int s = from; values && s < f->options.slots; s++) {
            double off = (double)values[s] - (double)usual[s];
            sum += isnan(off) ? 0 : off;
            count += !isnan(off);
        }
    }
    return count ? sum / count : 0;
}

static double mean_of(const float *values, const double *base, int slots)
{
    double sum = 0;
    int count = 0;
    for (int s = 0; s < slots; s++) {
        double v = values ? (double)values[s] - base[s] : NAN;
        sum += isnan(v) ? 0 : v;
        count += !isnan(v);
    }
    return count ? sum / count : 0;
}

static void slots_of(const ohm_forecast *f, outlook *o)
{
    const float *y1 = own_values(f, o->origin - 1), *u1 = own_typical(f, o->origin - 1);
    const float *y2 = own_values(f, o->origin - 2), *u2 = own_typical(f, o->origin - 2);
    int slots = f->options.slots;
    bool other_kind = own_holiday(f, o->origin - 1) != o->holiday;
    for (int s = 0; s < slots; s++) {
        o->off1[s] = off_at(y1, u1, s);
        o->off2[s] = off_at(y2, u2, s);
        o->last[s] = y1 && !other_kind ? or_else((double)y1[s], o->base[s]) : o->base[s];
        o->mean7[s] = or_else(slot_mean(f, f->values, RING_DAYS, o->origin, s), o->base[s]);
    }
    for (int s = 0; s < slots; s++) {
        double sum = 0;
        int count = 0;
        for (int near = s - 2 * f->per_hour; near <= s + 2 * f->per_hour; near++)
            if (near >= 0 && near < slots) {
                sum += o->off1[near];
                count++;
            }
        o->off_near[s] = sum / count;
    }
}

static void calendar_of(const ohm_forecast *f, outlook *o)
{
    int k = o->shared_count;
    double turn = two_pi * (double)o->day / year_days;
    o->shared[k++] = sin(turn);
    o->shared[k++] = cos(turn);
    int weekday = o->holiday ? 6 : own_weekday(o->day);
    for (int day = 0; day < 6 && !f->options.solar; day++)
        o->shared[k++] = weekday == day;
    if (!f->options.solar)
        o->shared[k++] = o->holiday;
    o->shared[k++] = sin(2 * turn);
    o->shared[k++] = cos(2 * turn);
    o->shared_count = k;
}

static void others_of(const ohm_forecast *f, outlook *o, const ohm_forecast_day *day)
{
    for (int i = 0; i < f->options.others; i++) {
        double sum = 0;
        int count = 0;
        o->others[i] = day->others[i];
        for (int s = 0; s < f->options.slots; s++) {
            double x = o->others[i] ? o->others[i][s] : NAN;
            sum += isnan(x) ? 0 : x;
            count += !isnan(x);
            o->others_usual[i][s] = slot_mean(f, f->others[i], NEAR_DAYS, o->origin, s);
        }
        o->others_mean[i] = count ? sum / count : 0;
    }
}

void own_outlook(const ohm_forecast *f, int64_t origin, const ohm_forecast_day *day, outlook *o)
{
    int slots = f->options.slots;
    o->origin = origin;
    o->day = day->day;
    o->holiday = day->holiday;
    own_base(f, origin, day->day, day->holiday, o->base, o->week1, o->week2);
    slots_of(f, o);
    const float *last = own_values(f, origin - 1), *usual = own_typical(f, origin - 1);
    int k = 0;
    o->shared[k++] = off_mean(f, origin, 1, 0);
    o->shared[k++] = off_mean(f, origin, WEEK_DAYS, 0);
    o->shared[k++] = off_mean(f, origin, 1, slots - slots / LATE_PARTS);
    o->shared[k++] = off_at(last, usual, slots - 1);
    o->shared[k++] = off_mean(f, origin, 1, slots - slots / EVENING_PARTS);
    o->shared[k++] = mean_of(last, o->base, slots);
    o->shared_count = k;
    calendar_of(f, o);
    others_of(f, o, day);
}

static int other_features(const ohm_forecast *f, const outlook *o, int slot, double *out)
{
    int k = 0;
    for (int i = 0; i < f->options.others; i++) {
        double usual = o->others_usual[i][slot];
        double x = or_else(o->others[i] ? o->others[i][slot] : NAN, or_else(usual, 0));
        bool warmth = (f->options.warmth >> i & 1) != 0;
        out[k++] = x;
        out[k++] = o->others_mean[i];
        out[k++] = x - or_else(usual, x);
        if (warmth) {
            out[k++] = fmax(0, 18 - x);
            out[k++] = fmax(0, x - 22);
        }
    }
    return k;
}

bool own_features(const ohm_forecast *f, const outlook *o, int slot, double *out)
{
    double base = o->base[slot];
    int k = 0;
    if (isnan(base))
        return false;
    out[k++] = 1;
    out[k++] = base;
    out[k++] = o->off1[slot];
    out[k++] = o->off2[slot];
    out[k++] = o->week1[slot] - base;
    out[k++] = o->week2[slot] - base;
    out[k++] = o->mean7[slot] - base;
    out[k++] = o->last[slot] - base;
    out[k++] = o->off_near[slot];
    for (int i = 0; i < o->shared_count - PROFILE_ONLY; i++)
        out[k++] = o->shared[i];
    k += other_features(f, o, slot, out + k);
    assert(k == f->features);
    return true;
}
