/* The experts side by side: what each says, how each did lately, and the mixture of them.
 *
 * Weights are those, not negative and of sum one, under which the mixture's own error would have
 * been least lately: found from the decayed products of the experts' errors by multiplicative
 * steps. They are kept for blocks of three hours, with half of the whole day's behind, and thrice:
 * by the last months, by the last week or two, and by the days of that kind (of work or of rest).
 * The mean of the three is what counts. What is said lies between the mean of the experts by those
 * weights and their middle: the mean of a few that are far off is nobody's median. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum { WEIGHT_STEPS = 12, JUDGED_MIN = 3 };

/* What is left of an error a day later; of days of a kind, when one of them is judged. */
static const double mixer_decay[MIXERS] = { 0.98, 0.88, 0.92, 0.92 };
static const double slow_share = 0.25, fast_share = 0.25, kind_share = 0.5;
static const double hurry_days = 3;     /* first errors are of experts that knew little */
static const double error_floor = 0.5;  /* as the regression's: errors weigh by their size */
static const double equal_share = 0.01; /* draws the weights together */
static const double step_size = 0.7, step_floor = 0.1, fresh_share = 0.004;
static const double usual_decay = 0.03, day_share = 0.25;
static const double beyond_share = 0.5;
static const double middle_share = 0.7;
static const float middle_part = 0.8F; /* a tenth at each end does not count */

static double by_regression(const ohm_forecast *f, const float *coef, const double *x, double base)
{
    double sum = base;
    for (int i = 0; i < f->features; i++)
        sum += (double)coef[i] * x[i];
    return sum;
}

/* No expert says what is half of their range beyond all values of the last weeks: a regression of
 * days that were all the same says anything of one that is not. */
static void usual_range(const ohm_forecast *f, double *low, double *high)
{
    double least = INFINITY, most = -INFINITY;
    for (int64_t day = f->last_day; day > f->last_day - RING_DAYS; day--) {
        const float *of = own_values(f, day);
        for (int s = 0; of && s < f->options.slots; s++)
            if (!isnan(of[s])) {
                least = fmin(least, (double)of[s]);
                most = fmax(most, (double)of[s]);
            }
    }
    double beyond = beyond_share * (most - least);
    *low = least - beyond;
    *high = most + beyond;
    if (!f->signs)
        *low = fmax(*low, -f->middle / f->scale);
}

/* What counts of each expert, for the blocks of a day: the mean of the mixers' weights. */
static void mean_weights(const ohm_forecast *f, int model, bool rest, double out[BLOCKS][EXPERTS])
{
    mixer kind = rest ? MIX_REST : MIX_WORK;
    for (int b = 0; b < BLOCKS; b++)
        for (int k = 0; k < EXPERTS; k++)
            out[b][k] = slow_share * (double)f->weight[MIX_SLOW][model][b][k] +
                        fast_share * (double)f->weight[MIX_FAST][model][b][k] +
                        kind_share * (double)f->weight[kind][model][b][k];
}

void own_mix(const ohm_forecast *f, int model, const outlook *o, said *out)
{
    double x[FEATURES_MAX], low, high, weight[BLOCKS][EXPERTS];
    usual_range(f, &low, &high);
    mean_weights(f, model, !f->options.solar && own_is_rest_day(o->day, o->holiday), weight);
    for (int s = 0; s < f->options.slots; s++) {
        float *e = out[s].expert;
        int hour = s / f->per_hour;
        double base = o->base[s], sum = 0;
        ordered list;
        list.count = 0;
        list.weights = 0;
        bool known = own_features(f, o, s, x);
        double says[EXPERTS] = {
            [OWN_HOUR] = known ? by_regression(f, own_coef(f, model, hour), x, base) : base,
            [ALL_HOURS] = known ? by_regression(f, own_coef(f, model, HOURS), x, base) : base,
            [FOUR_WEEKS] = base,
            [LAST_WEEK] = o->week1[s],
            [YESTERDAY] = o->last[s],
            [WEEK_MEAN] = o->mean7[s],
            [MEDIAN] = o->median[s],
            [SMOOTH] = o->smooth[s],
            [RECENT] = o->recent[s],
            [SEASON] = o->season[s],
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
            double v = fmin(fmax(isnan(says[k]) ? base : says[k], low), high);
            e[k] = (float)(isnan(base) ? NAN : v); /* fmax makes a number of NAN */
            sum += weight[hour / BLOCK_HOURS][k] * (double)e[k];
            own_put(&list, e[k], (float)weight[hour / BLOCK_HOURS][k]);
        }
        out[s].mixed = (float)(sum + middle_share * (own_middle(&list, middle_part) - sum));
    }
}

static void add_errors(ohm_forecast *f, int model, mixer kind, const said *b, double y, int hour)
{
    double miss = fabs(y - (double)b->mixed), share = 1.0 / f->per_hour;
    double *usual = &f->usual_error[model][hour];
    double weight = share / fmax(miss, error_floor * *usual + 1e-9);
    int block = hour / BLOCK_HOURS, i = 0;
    float error[EXPERTS];
    for (int k = 0; k < EXPERTS; k++)
        error[k] = (float)y - b->expert[k];
    for (int k = 0; k < EXPERTS; k++) {
        float of = (float)weight * error[k];
        for (int j = 0; j <= k; j++, i++) {
            float product = of * error[j];
            f->spread[MIX_SLOW][model][block][i] += product;
            f->spread[MIX_FAST][model][block][i] += product;
            f->spread[kind][model][block][i] += product;
        }
    }
    *usual += *usual > 0 ? usual_decay * share * (miss - *usual) : miss + 1e-9;
}

static void fade(ohm_forecast *f, int model, mixer which)
{
    double hurry = model == 0 ? fmax(0, 1 - hurry_days / (f->judged[model] + 1)) : 1;
    float left = (float)fmin(mixer_decay[which], hurry);
    float *spread = f->spread[which][model][0];
    for (int i = 0; i < BLOCKS * PAIRS; i++)
        spread[i] *= left;
}

void own_judge(ohm_forecast *f, int model, bool rest, const said *before, const float *values)
{
    mixer kind = rest && !f->options.solar ? MIX_REST : MIX_WORK;
    fade(f, model, MIX_SLOW);
    fade(f, model, MIX_FAST);
    fade(f, model, kind);
    for (int s = 0; s < f->options.slots; s++) {
        double y = (double)values[s];
        const said *of = &before[s];
        if (isnan(y) || isnan(of->mixed))
            continue;
        add_errors(f, model, kind, of, y, s / f->per_hour);
    }
    f->judged[model]++;
}

static void day_spread(const float (*spread)[PAIRS], double out[PAIRS])
{
    for (int i = 0; i < PAIRS; i++) {
        out[i] = 0;
        for (int b = 0; b < BLOCKS; b++)
            out[i] += (double)spread[b][i] / BLOCKS;
    }
}

/* The block's errors, a third of its neighbours', and a part of the whole day's behind them. */
static void block_spread(const float (*spread)[PAIRS], int block, const double day[PAIRS],
                         double out[EXPERTS][EXPERTS])
{
    const float *own = spread[block], *next = spread[(block + 1) % BLOCKS];
    const float *last = spread[(block + BLOCKS - 1) % BLOCKS];
    int i = 0;
    for (int k = 0; k < EXPERTS; k++)
        for (int j = 0; j <= k; j++, i++) {
            double near = (double)own[i] + 0.33 * ((double)next[i] + (double)last[i]);
            out[k][j] = out[j][k] = day_share * day[i] + near / 1.66;
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

static void weigh(ohm_forecast *f, int model, mixer which)
{
    const float(*of)[PAIRS] = (const float(*)[PAIRS])f->spread[which][model];
    double spread[EXPERTS][EXPERTS], day[PAIRS], w[EXPERTS];
    bool fitted = f->days >= 2 * WEEK_DAYS, judged = f->judged[model] >= JUDGED_MIN;
    day_spread(of, day);
    for (int b = 0; b < BLOCKS; b++) {
        float *to = f->weight[which][model][b];
        for (int k = 0; k < EXPERTS; k++) /* from yesterday's, each with a chance to come back */
            w[k] = k <= ALL_HOURS && !fitted ? 0 : (double)to[k] + fresh_share;
        if (judged)
            block_spread(of, b, day, spread);
        for (int i = 0; judged && i < WEIGHT_STEPS; i++)
            step_weights(spread, w);
        for (int k = 0; k < EXPERTS; k++)
            to[k] = judged ? (float)w[k] : (float)(k == FOUR_WEEKS);
    }
}

void own_weigh(ohm_forecast *f, int model, bool rest)
{
    weigh(f, model, MIX_SLOW);
    weigh(f, model, MIX_FAST);
    weigh(f, model, rest && !f->options.solar ? MIX_REST : MIX_WORK);
}
