/* The rules that are the middle of days: of the last weeks, of the last fortnight, of the days of
 * that season, and of those that were most alike. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum {
    MEDIAN_BACK = 42,
    SOLAR_MEDIAN_BACK = 14,
    SHORT_BACK = 14,
    ALIKE_DAYS = 16,
    ALIKE_MIN_DAYS = 28,
    ALIKE_CHOICE_MIN = 10,
    SEASON_DAYS = 40,         /* of the season, and of that kind */
    CHOICE_MAX = SEASON_DAYS, /* ORDERED_MAX at most */
    HOLIDAY_KIND = 8,
    UNKNOWN_KIND = -1, /* of a day that was not measured */
};

static const double season_weight = 0.5, age_weight = 0.1;
static const double move_share = 0.7;
static const float middle_part = 0.2F; /* nearly the median, but less jumpy */
static const double two_pi = 6.283185307179586;
static const double year_days = 365.2425;
/* How a day of the last fortnight fades, and counts if it is of the day's kind or weekday. */
static const double short_fade = 0.93, short_other_kind = 0.5, short_same_weekday = 1.5;
/* How far a day is from the season of another, and from its weekday. */
static const double long_season = 1.5, long_age = 0.5, long_other_weekday = 0.5;

/* --- the middle of the last weeks ---------------------------------------------------------------
 */

static double middle_of(double *v, int n)
{
    for (int i = 1; i < n; i++) {
        double x = v[i];
        int j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
    return n ? 0.5 * (v[n / 2] + v[(n - 1) / 2]) : NAN;
}

void own_median(const ohm_forecast *f, outlook *o)
{
    bool solar = f->options.solar, rest = own_is_rest_day(o->day, o->holiday);
    const float *days[MEDIAN_BACK];
    int count = 0;
    for (int back = 1; back <= (solar ? SOLAR_MEDIAN_BACK : MEDIAN_BACK); back++) {
        int64_t day = o->origin - back;
        const float *values = own_values(f, day);
        if (values && (solar || own_is_rest_day(day, own_holiday(f, day)) == rest))
            days[count++] = values;
    }
    for (int s = 0; s < f->options.slots; s++) {
        double v[MEDIAN_BACK];
        int n = 0;
        for (int i = 0; i < count; i++)
            if (!isnan(days[i][s]))
                v[n++] = (double)days[i][s];
        o->median[s] = n ? middle_of(v, n) : o->base[s];
    }
    for (int s = 0; s < f->options.slots; s++) { /* an hour is like those beside it */
        int before = s >= f->per_hour ? s - f->per_hour : s;
        int after = s + f->per_hour < f->options.slots ? s + f->per_hour : s;
        o->smooth[s] = 0.25 * (o->median[before] + 2 * o->median[s] + o->median[after]);
    }
}

void own_put(ordered *o, float value, float weight)
{
    int i = o->count++;
    for (; i > 0 && o->of[i - 1].value > value; i--)
        o->of[i] = o->of[i - 1];
    o->of[i].value = value;
    o->of[i].weight = weight;
    o->weights += weight;
}

double own_middle(const ordered *o, float part)
{
    float low = (0.5F - part / 2) * o->weights, high = (0.5F + part / 2) * o->weights;
    float at = 0, sum = 0, weights = 0;
    for (int i = 0; i < o->count && at < high; i++) {
        float next = at + o->of[i].weight;
        float share = (next < high ? next : high) - (at > low ? at : low);
        sum += share > 0 ? share * o->of[i].value : 0;
        weights += share > 0 ? share : 0;
        at = next;
    }
    return (double)(sum / weights);
}

/* The middle of what days were at a slot; `otherwise` where none was measured. */
static double middle_of_days(const float *const *days, const float *counts, int count, int slot,
                             double otherwise)
{
    ordered list;
    list.count = 0;
    list.weights = 0;
    for (int i = 0; i < count; i++)
        if (!isnan(days[i][slot]))
            own_put(&list, days[i][slot], counts[i]);
    return list.count ? own_middle(&list, middle_part) : otherwise;
}

/* The middle of the last fortnight; the nearer a day, the more it counts. */
void own_short(const ohm_forecast *f, outlook *o)
{
    bool solar = f->options.solar, rest = own_is_rest_day(o->day, o->holiday);
    const float *days[SHORT_BACK];
    float counts[SHORT_BACK];
    double fade = 1;
    int count = 0;
    for (int back = 1; back <= SHORT_BACK; back++) {
        int64_t day = o->origin - back;
        const float *values = own_values(f, day);
        double weight = fade *= short_fade;
        if (!solar && own_is_rest_day(day, own_holiday(f, day)) != rest)
            weight *= short_other_kind;
        if (!solar && own_weekday(day) == own_weekday(o->day))
            weight *= short_same_weekday;
        if (values) {
            counts[count] = (float)weight;
            days[count++] = values;
        }
    }
    for (int s = 0; s < f->options.slots; s++)
        o->recent[s] = middle_of_days(days, counts, count, s, o->base[s]);
}

/* --- the days that were most alike
 * ---------------------------------------------------------------- */

static int past_place(const ohm_forecast *f, int64_t day)
{
    return own_turn(day, f->past_days);
}

static float *past_values(const ohm_forecast *f, int64_t day)
{
    return own_array(f, f->past) + (size_t)past_place(f, day) * (size_t)f->options.slots;
}

static float *past_blocks(const ohm_forecast *f, int64_t day)
{
    return own_array(f, f->past_blocks) + (size_t)past_place(f, day) * BLOCKS;
}

/* What was not measured is not what was there before. */
void own_forget(ohm_forecast *f, int64_t until)
{
    int64_t from =
        f->days && until - f->last_day < f->past_days ? f->last_day + 1 : until - f->past_days;
    for (int64_t gap = from; gap < until; gap++) {
        for (int s = 0; s < f->options.slots; s++)
            past_values(f, gap)[s] = NAN;
        for (int b = 0; b < BLOCKS; b++)
            past_blocks(f, gap)[b] = NAN;
        own_array(f, f->past_kind)[past_place(f, gap)] = UNKNOWN_KIND;
    }
}

void own_forget_slot(ohm_forecast *f, int64_t day, int slot)
{
    past_values(f, day)[slot] = NAN;
    past_blocks(f, day)[slot / (f->options.slots / BLOCKS)] = NAN;
}

void own_remember(ohm_forecast *f, int64_t day, bool holiday, const float *values)
{
    own_forget(f, day);
    memcpy(past_values(f, day), values, (size_t)f->options.slots * sizeof *values);
    int per_block = f->options.slots / BLOCKS;
    for (int b = 0; b < BLOCKS; b++) {
        double sum = 0;
        for (int s = b * per_block; s < (b + 1) * per_block; s++)
            sum += (double)values[s];
        past_blocks(f, day)[b] = (float)(sum / per_block);
    }
    own_array(f, f->past_kind)[past_place(f, day)] =
        (float)((holiday ? HOLIDAY_KIND : 0) + own_weekday(day));
}

/* Days are compared by their kind, as Mondays, days in the week, Saturdays, Sundays. */
static bool same_kind(const ohm_forecast *f, int64_t past, const outlook *o)
{
    int kind = (int)own_array(f, f->past_kind)[past_place(f, past)];
    int weekday = kind % HOLIDAY_KIND, wanted = own_weekday(o->day);
    bool rest = kind >= HOLIDAY_KIND || weekday >= 5;
    if (kind == UNKNOWN_KIND)
        return false;
    if (f->options.solar)
        return true;
    if (rest != own_is_rest_day(o->day, o->holiday))
        return false;
    if (o->holiday || weekday == wanted)
        return true;
    return !rest && (weekday == 0) == (wanted == 0);
}

/* How unlike the days before were: the last one by its blocks, the evening twice, and a bit the
 * one before it. NAN: one of them was not measured. */
static double unlike(const ohm_forecast *f, int64_t a, int64_t b)
{
    const float *a1 = past_blocks(f, a), *b1 = past_blocks(f, b);
    const float *a2 = past_blocks(f, a - 1), *b2 = past_blocks(f, b - 1);
    double sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
        double last = (double)a1[i] - (double)b1[i], before = (double)a2[i] - (double)b2[i];
        sum += (i >= BLOCKS - 2 ? 2 : 1) * last * last;
        sum += isnan(before) ? 0 : 0.3 * before * before;
    }
    return sum / BLOCKS;
}

typedef struct choice {
    int count;
    int64_t day[CHOICE_MAX];
    double distance[CHOICE_MAX];
} choice;

static void keep_nearest(choice *c, int most, int64_t day, double distance)
{
    if (c->count == most && distance >= c->distance[c->count - 1])
        return;
    int i = c->count < most ? c->count++ : most - 1;
    for (; i > 0 && c->distance[i - 1] > distance; i--) {
        c->distance[i] = c->distance[i - 1];
        c->day[i] = c->day[i - 1];
    }
    c->distance[i] = distance;
    c->day[i] = day;
}

/* The first day that has so many before it. */
static int64_t oldest(const ohm_forecast *f, const outlook *o, int before)
{
    int64_t kept = o->origin - f->past_days + 1 + before, first = f->first_day + before;
    return first > kept ? first : kept;
}

static int choose(const ohm_forecast *f, int model, const outlook *o, choice *c)
{
    double distance[OWN_PAST_DAYS_MAX], total = 0;
    int64_t from = oldest(f, o, 2 + model);
    int count = 0;
    for (int64_t day = from; day < o->origin; day++) {
        double d = same_kind(f, day, o) ? unlike(f, day - 1 - model, o->origin - 1) : NAN;
        distance[day - from] = d;
        total += isnan(d) ? 0 : d;
        count += !isnan(d);
    }
    double mean = count ? total / count + 1e-12 : 1;
    for (int64_t day = from; count >= ALIKE_CHOICE_MIN && day < o->origin; day++) {
        double d = distance[day - from], years = (double)(o->origin - day) / year_days;
        if (!isnan(d))
            keep_nearest(c, ALIKE_DAYS, day,
                         d / mean + season_weight * (1 - cos(two_pi * years)) + age_weight * years);
    }
    return count;
}

/* By how much each of them is to be moved: the last day against the day before it, on average. */
static void find_moves(const ohm_forecast *f, int model, const outlook *o, const choice *c,
                       double *move)
{
    const float *last = past_blocks(f, o->origin - 1);
    for (int i = 0; i < c->count; i++) {
        const float *before = past_blocks(f, c->day[i] - 1 - model);
        double sum = 0;
        for (int b = 0; b < BLOCKS; b++)
            sum += (double)last[b] - (double)before[b];
        move[i] = isnan(sum) ? 0 : move_share * sum / BLOCKS;
    }
}

void own_alike(const ohm_forecast *f, int model, outlook *o)
{
    choice c = { .count = 0 };
    double move[ALIKE_DAYS];
    const float *of[ALIKE_DAYS];
    float counts[ALIKE_DAYS];
    int slots = f->options.slots;
    memcpy(o->alike, o->base, (size_t)slots * sizeof *o->alike);
    memcpy(o->alike_level, o->base, (size_t)slots * sizeof *o->alike_level);
    if (f->days < ALIKE_MIN_DAYS || choose(f, model, o, &c) < ALIKE_CHOICE_MIN)
        return;
    find_moves(f, model, o, &c, move);
    for (int i = 0; i < c.count; i++) {
        of[i] = past_values(f, c.day[i]);
        counts[i] = (float)(1 - 0.7 * c.distance[i] / (c.distance[c.count - 1] + 1e-12));
    }
    for (int s = 0; s < slots; s++) {
        ordered as_was, moved;
        as_was.count = moved.count = 0;
        as_was.weights = moved.weights = 0;
        for (int i = 0; i < c.count; i++)
            if (!isnan(of[i][s])) {
                own_put(&as_was, of[i][s], counts[i]);
                own_put(&moved, of[i][s] + (float)move[i], counts[i]);
            }
        o->alike[s] = as_was.count ? own_middle(&as_was, middle_part) : o->base[s];
        o->alike_level[s] = moved.count ? own_middle(&moved, middle_part) : o->base[s];
    }
}

/* --- the days of that season --------------------------------------------------------------------
 */

/* The middle of days of the same kind, near in the year and not long ago. */
void own_season(const ohm_forecast *f, outlook *o)
{
    choice c = { .count = 0 };
    const float *days[SEASON_DAYS];
    float counts[SEASON_DAYS];
    for (int64_t day = oldest(f, o, 0); day < o->origin; day++) {
        double years = (double)(o->origin - day) / year_days;
        bool other = !f->options.solar && own_weekday(day) != own_weekday(o->day);
        if (same_kind(f, day, o))
            keep_nearest(&c, SEASON_DAYS, day,
                         long_season * (1 - cos(two_pi * years)) + long_age * years +
                             (other ? long_other_weekday : 0));
    }
    for (int i = 0; i < c.count; i++) {
        days[i] = past_values(f, c.day[i]);
        counts[i] = (float)exp(-c.distance[i]);
    }
    for (int s = 0; s < f->options.slots; s++)
        o->season[s] = middle_of_days(days, counts, c.count, s, o->base[s]);
}
