/* One ridge regression for a whole day: every hour from all hours of the day before at once. What
 * the hours' own regressions see of it is their own hour and means. Their features are the same, so
 * one Gram matrix serves all hours. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

static const double day_decay = 0.998; /* half of it is gone after a year: it has more to learn */
static const double ridge_days = 4;

enum { LEAST_DAYS = 7, MISSING_HOURS_MAX = HOURS / 4 };

static size_t row_start(int i)
{
    return (size_t)i * (size_t)(i + 1) / 2;
}

static double hour_mean(const ohm_forecast *f, const double *of, int from, int hours)
{
    double sum = 0;
    int count = hours * f->per_hour;
    for (int s = from * f->per_hour; s < from * f->per_hour + count; s++)
        sum += isnan(of[s]) ? 0 : of[s];
    return sum / count;
}

/* What a warm or cold day does depends on the season, and on how far off it was. */
static int by_season(const outlook *o, double base, double *z)
{
    double sine = o->shared[SHARED_SINE], cosine = o->shared[SHARED_SINE + 1];
    const double of[] = { o->shared[SHARED_DAY], o->shared[SHARED_WEEK], o->shared[SHARED_EVENING],
                          base };
    int k = 0;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        z[k++] = of[i] * sine;
        z[k++] = of[i] * cosine;
    }
    z[k++] = fabs(of[0]);
    z[k++] = of[0] * fabs(of[0]);
    z[k++] = of[2] * fabs(of[2]);
    return k;
}

static void features(const ohm_forecast *f, const outlook *o, double *z)
{
    int k = 0;
    double base = hour_mean(f, o->base, 0, HOURS);
    z[k++] = 1;
    for (int h = 0; h < HOURS; h++)
        z[k++] = hour_mean(f, o->off1, h, 1);
    for (int b = 0; b < BLOCKS; b++)
        z[k++] = hour_mean(f, o->off2, b * BLOCK_HOURS, BLOCK_HOURS);
    z[k++] = base;
    z[k++] = hour_mean(f, o->mean7, 0, HOURS) - base;
    z[k++] = hour_mean(f, o->week1, 0, HOURS) - base;
    for (int i = 0; i < o->shared_count; i++)
        z[k++] = o->shared[i];
    if (!f->options.solar)
        k += by_season(o, base, z + k);
    while (k < PROFILE_FEATURES)
        z[k++] = 0;
}

static float *gram_of(const ohm_forecast *f, int model)
{
    return own_array(f, f->profile) + (size_t)model * PROFILE_FLOATS;
}

void own_profile_learn(ohm_forecast *f, int model, const outlook *o, const float *values)
{
    double z[PROFILE_FEATURES], y[HOURS];
    float *gram = gram_of(f, model), *right = gram + row_start(PROFILE_FEATURES);
    int missing = 0;
    for (int i = 0; i < PROFILE_FLOATS; i++)
        gram[i] *= (float)day_decay;
    for (int h = 0; h < HOURS; h++) {
        double sum = 0;
        for (int s = h * f->per_hour; s < (h + 1) * f->per_hour; s++)
            sum += (double)values[s] - o->base[s];
        missing += isnan(sum);
        y[h] = isnan(sum) ? 0 : sum / f->per_hour;
    }
    if (missing > MISSING_HOURS_MAX)
        return;
    features(f, o, z);
    for (int i = 0; i < PROFILE_FEATURES; i++) {
        for (int j = 0; j <= i; j++)
            gram[row_start(i) + (size_t)j] += (float)(z[i] * z[j]);
        for (int h = 0; h < HOURS; h++)
            right[i * HOURS + h] += (float)(z[i] * y[h]);
    }
}

typedef struct normal {
    double a[PROFILE_FEATURES][PROFILE_FEATURES];
} normal;

static void penalise(normal *m)
{
    double rows = m->a[0][0];
    for (int i = 1; i < PROFILE_FEATURES; i++) {
        double all = m->a[i][i], spread = fmax(all - m->a[i][0] * m->a[i][0] / rows, 0);
        bool constant = spread <= 1e-6 * all;
        m->a[i][i] += ridge_days * spread / rows + 1e-6 * all + (constant ? all + 1e-9 : 0);
    }
    m->a[0][0] *= 1 + 1e-9;
}

/* Cholesky in place, then both triangles: z becomes what each feature counts. What an hour will be
 * is its right side times that, so one system serves all hours. */
static void solve(normal *m, double *z)
{
    for (int i = 0; i < PROFILE_FEATURES; i++) {
        double *row = m->a[i];
        for (int j = 0; j < i; j++)
            row[j] = (row[j] - own_dot(row, m->a[j], j)) / m->a[j][j];
        double left = row[i] - own_dot(row, row, i);
        row[i] = sqrt(fmax(left, 1e-12 * row[i] + 1e-30));
        z[i] = (z[i] - own_dot(row, z, i)) / row[i];
    }
    for (int i = PROFILE_FEATURES - 1; i >= 0; i--) {
        double sum = z[i];
        for (int k = i + 1; k < PROFILE_FEATURES; k++)
            sum -= m->a[k][i] * z[k];
        z[i] = sum / m->a[i][i];
    }
}

void own_profile_say(const ohm_forecast *f, int model, outlook *o)
{
    normal m;
    double z[PROFILE_FEATURES];
    const float *gram = gram_of(f, model), *right = gram + row_start(PROFILE_FEATURES);
    memset(o->profile, 0, sizeof o->profile);
    o->has_profile = gram[0] > LEAST_DAYS;
    if (!o->has_profile)
        return;
    for (int i = 0; i < PROFILE_FEATURES; i++)
        for (int j = 0; j <= i; j++)
            m.a[i][j] = (double)gram[row_start(i) + (size_t)j];
    penalise(&m);
    features(f, o, z);
    solve(&m, z);
    for (int i = 0; i < PROFILE_FEATURES; i++)
        for (int h = 0; h < HOURS; h++)
            o->profile[h] += z[i] * (double)right[i * HOURS + h];
}
