/* The experts side by side: what each says, how each did lately, and the mixture of them.
 *
 * Weights are those, not negative and of sum one, under which the mixture's own error would have
 * been least over the last weeks: found from the decayed products of the experts' errors by
 * multiplicative steps. They are kept for blocks of three hours, with the whole day's behind. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum {
    MEDIAN_BACK = 42,
    SOLAR_MEDIAN_BACK = 14,
    ALIKE_DAYS = 16,
    ALIKE_MIN_DAYS = 28,
    ALIKE_CHOICE_MIN = 10,
    WEIGHT_STEPS = 12,
    JUDGED_MIN = 3,
    HOLIDAY_KIND = 8,
    UNKNOWN_KIND = -1, /* of a day that was not measured */
};

static const double error_decay = 0.97;
static const double error_floor = 0.5;  /* as the regression's: errors weigh by their size */
static const double equal_share = 0.01; /* draws the weights together */
static const double step_size = 0.7, step_floor = 0.1, fresh_share = 0.004;
static const double usual_decay = 0.03;
static const double season_weight = 0.5, age_weight = 0.1;
static const double move_share = 0.7;
static const float middle_part = 0.2F;
static const double two_pi = 6.283185307179586;

/* --- the middle of the last weeks ---------------------------------------------------------------
 */

static bool is_rest_day(int64_t day, bool holiday)
{
    return holiday || own_weekday(day) >= 5;
}

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
    bool solar = f->options.solar, rest = is_rest_day(o->day, o->holiday);
    const float *days[MEDIAN_BACK];
    int count = 0;
    for (int back = 1; back <= (solar ? SOLAR_MEDIAN_BACK : MEDIAN_BACK); back++) {
        int64_t day = o->origin - back;
        const float *values = own_values(f, day);
        if (values && (solar || is_rest_day(day, own_holiday(f, day)) == rest))
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
}

/* --- the days that were most alike
 * ---------------------------------------------------------------- */

static int past_place(const ohm_forecast *f, int64_t day)
{
    return (int)(((day % f->past_days) + f->past_days) % f->past_days);
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
    if (rest != is_rest_day(o->day, o->holiday))
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
    int64_t day[ALIKE_DAYS];
    double distance[ALIKE_DAYS];
} choice;

static void keep_nearest(choice *c, int64_t day, double distance)
{
    if (c->count == ALIKE_DAYS && distance >= c->distance[c->count - 1])
        return;
    int i = c->count < ALIKE_DAYS ? c->count++ : ALIKE_DAYS - 1;
    for (; i > 0 && c->distance[i - 1] > distance; i--) {
        c->distance[i] = c->distance[i - 1];
        c->day[i] = c->day[i - 1];
    }
    c->distance[i] = distance;
    c->day[i] = day;
}

static int choose(const ohm_forecast *f, int model, const outlook *o, choice *c)
{
    double distance[OWN_PAST_DAYS_MAX], total = 0;
    int64_t oldest = o->origin - f->past_days + 3 + model;
    int64_t from = f->first_day + 2 + model > oldest ? f->first_day + 2 + model : oldest;
    int count = 0;
    for (int64_t day = from; day < o->origin; day++) {
        double d = same_kind(f, day, o) ? unlike(f, day - 1 - model, o->origin - 1) : NAN;
        distance[day - from] = d;
        total += isnan(d) ? 0 : d;
        count += !isnan(d);
    }
    double mean = count ? total / count + 1e-12 : 1;
    for (int64_t day = from; count >= ALIKE_CHOICE_MIN && day < o->origin; day++) {
        double d = distance[day - from], years = (double)(o->origin - day) / 365.2425;
        if (!isnan(d))
            keep_nearest(c, day,
                         d / mean + season_weight * (1 - cos(two_pi * years)) + age_weight * years);
    }
    return count;
}

/* The chosen days' values of a slot, ascending, each with how much it counts. */
typedef struct ordered {
    int count;
    float weights;
    struct {
        float value, weight;
    } of[ALIKE_DAYS];
} ordered;

static void put(ordered *o, float value, float weight)
{
    int i = o->count++;
    for (; i > 0 && o->of[i - 1].value > value; i--)
        o->of[i] = o->of[i - 1];
    o->of[i].value = value;
    o->of[i].weight = weight;
    o->weights += weight;
}

/* The mean of what lies in the middle fifth: nearly the median, which is what is asked for (a
 * machine runs or it does not), but less jumpy. */
static double middle_fifth(const ordered *o)
{
    float low = (0.5F - middle_part / 2) * o->weights, high = (0.5F + middle_part / 2) * o->weights;
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
                put(&as_was, of[i][s], counts[i]);
                put(&moved, of[i][s] + (float)move[i], counts[i]);
            }
        o->alike[s] = as_was.count ? middle_fifth(&as_was) : o->base[s];
        o->alike_level[s] = moved.count ? middle_fifth(&moved) : o->base[s];
    }
}

/* --- the mixture
 * ---------------------------------------------------------------------------------- */

static double by_regression(const ohm_forecast *f, const float *coef, const double *x, double base)
{
    double sum = base;
    for (int i = 0; i < f->features; i++)
        sum += (double)coef[i] * x[i];
    return sum;
}

void own_mix(ohm_forecast *f, int model, const outlook *o, said *out)
{
    double x[FEATURES_MAX], zero = -f->middle / f->scale;
    out->day = o->day;
    out->made = true;
    for (int s = 0; s < f->options.slots; s++) {
        float *e = out->expert[s];
        int hour = s / f->per_hour;
        double base = o->base[s], sum = 0;
        bool known = own_features(f, o, s, x);
        double says[EXPERTS] = {
            [OWN_HOUR] = known ? by_regression(f, own_coef(f, model, hour), x, base) : base,
            [ALL_HOURS] = known ? by_regression(f, own_coef(f, model, HOURS), x, base) : base,
            [FOUR_WEEKS] = base,
            [LAST_WEEK] = o->week1[s],
            [YESTERDAY] = o->last[s],
            [WEEK_MEAN] = o->mean7[s],
            [WEEKS_LEVEL] = base + o->off_mean,
            [LAST_WEEK_LEVEL] = o->week1[s] + o->gain_mean,
            [MEDIAN] = o->median[s],
            [WEEKS_SHAPE] = base + o->off1[s],
            [ALIKE] = o->alike[s],
            [PROFILE] = base + o->profile[hour],
            [ALIKE_LEVEL] = o->alike_level[s],
        };
        for (int i = 0; i < SEASONS; i++)
            says[SEASONS_FIRST + i] = base + o->seasons[i][hour];
        if (!o->has_profile)
            says[PROFILE] = says[OWN_HOUR];
        for (int k = 0; k < EXPERTS; k++) {
            double v = isnan(says[k]) ? base : says[k];
            if (!f->signs)
                v = fmax(v, zero);
            e[k] = (float)(isnan(base) ? NAN : v); /* fmax makes a number of NAN */
            sum += f->weight[model][hour / BLOCK_HOURS][k] * (double)e[k];
        }
        out->mixed[s] = (float)sum;
    }
}

static void add_errors(ohm_forecast *f, int model, const said *b, const float *values, int slot)
{
    double error[EXPERTS], y = (double)values[slot];
    double miss = fabs(y - (double)b->mixed[slot]);
    int hour = slot / f->per_hour;
    double *usual = &f->usual_error[model][hour];
    double *spread = f->spread[model][hour / BLOCK_HOURS];
    double share = 1.0 / f->per_hour;
    double weight = share / fmax(miss, error_floor * *usual + 1e-9);
    for (int k = 0; k < EXPERTS; k++)
        error[k] = y - (double)b->expert[slot][k];
    for (int k = 0; k < EXPERTS; k++)
        for (int j = 0; j <= k; j++)
            *spread++ += weight * error[k] * error[j];
    *usual += *usual > 0 ? usual_decay * share * (miss - *usual) : miss + 1e-9;
}

void own_judge(ohm_forecast *f, int model, const said *before, const float *values)
{
    double *spread = &f->spread[model][0][0];
    for (int i = 0; i < BLOCKS * PAIRS; i++)
        spread[i] *= error_decay;
    double decay = model == 0 ? error_decay : 1;
    f->error_sum *= decay;
    f->error_count *= decay;
    f->simple_sum[0] *= decay;
    f->simple_sum[1] *= decay;
    for (int s = 0; s < f->options.slots; s++) {
        if (isnan(values[s]) || isnan(before->mixed[s]))
            continue;
        add_errors(f, model, before, values, s);
        if (model == 0) {
            double y = (double)values[s];
            f->error_sum += fabs(y - (double)before->mixed[s]);
            f->simple_sum[0] += fabs(y - (double)before->expert[s][FOUR_WEEKS]);
            f->simple_sum[1] += fabs(y - (double)before->expert[s][LAST_WEEK]);
            f->error_count += 1;
        }
    }
    f->judged[model]++;
}

static void day_spread(const ohm_forecast *f, int model, double out[PAIRS])
{
    for (int i = 0; i < PAIRS; i++) {
        out[i] = 0;
        for (int b = 0; b < BLOCKS; b++)
            out[i] += f->spread[model][b][i] / BLOCKS;
    }
}

/* The block's errors, a third of its neighbours', and the whole day's behind them. */
static void block_spread(const ohm_forecast *f, int model, int block, const double day[PAIRS],
                         double out[EXPERTS][EXPERTS])
{
    const double *own = f->spread[model][block];
    const double *next = f->spread[model][(block + 1) % BLOCKS];
    const double *last = f->spread[model][(block + BLOCKS - 1) % BLOCKS];
    int i = 0;
    for (int k = 0; k < EXPERTS; k++)
        for (int j = 0; j <= k; j++, i++) {
            double near = own[i] + 0.33 * (next[i] + last[i]);
            out[k][j] = out[j][k] = day[i] + near / 1.66;
        }
    for (int k = 0; k < EXPERTS; k++)
        out[k][k] *= 1 + equal_share;
}

static void step_weights(double spread[EXPERTS][EXPERTS], double *w)
{
    double slope[EXPERTS], mean = 0, sum = 0, all = 0;
    for (int k = 0; k < EXPERTS; k++)
        all += w[k];
    for (int k = 0; k < EXPERTS; k++)
        w[k] /= all;
    for (int k = 0; k < EXPERTS; k++) {
        slope[k] = own_dot(spread[k], w, EXPERTS);
        mean += w[k] * slope[k];
    }
    if (mean <= 0)
        return;
    for (int k = 0; k < EXPERTS; k++) {
        w[k] *= fmax(1 + step_size * (1 - slope[k] / mean), step_floor);
        sum += w[k];
    }
    for (int k = 0; k < EXPERTS; k++)
        w[k] /= sum;
}

void own_weigh(ohm_forecast *f, int model)
{
    double spread[EXPERTS][EXPERTS], day[PAIRS];
    bool fitted = f->days >= 2 * WEEK_DAYS;
    day_spread(f, model, day);
    for (int b = 0; b < BLOCKS; b++) {
        double *w = f->weight[model][b];
        bool judged = f->judged[model] >= JUDGED_MIN;
        for (int k = 0; k < EXPERTS && !judged; k++)
            w[k] = k == FOUR_WEEKS;
        if (!judged)
            continue;
        for (int k = 0; k < EXPERTS; k++) /* from yesterday's, each with a chance to come back */
            w[k] = k <= ALL_HOURS && !fitted ? 0 : w[k] + fresh_share;
        block_spread(f, model, b, day, spread);
        for (int i = 0; i < WEIGHT_STEPS; i++)
            step_weights(spread, w);
    }
}
