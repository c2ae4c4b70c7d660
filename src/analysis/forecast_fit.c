/* One ridge regression an hour and day ahead, from a decayed Gram matrix of a day's rows.
 *
 * What is fitted is how far a value is off the typical day's, so nothing known yields the typical
 * day. Each hour borrows half of its neighbours' rows and is drawn to the regression of all hours
 * together: few days are enough. Rows that were far off weigh less, by the size of the error
 * (iteratively reweighted least squares): it is the median that is fitted. */
#include <math.h>
#include <string.h>

#include "analysis/forecast_own.h"

enum { EARLY_DAYS = 60, EARLY_TURNS = 2, TURNS = 4 };

static const double day_decay = 0.997; /* half of it is gone after 230 days */
static const double neighbour_share = 0.5;
static const double own_ridge_days = 1.2; /* the penalty, in rows of usual size */
static const double shared_ridge_days = 1.2;
static const double weight_floor = 0.5; /* errors below half of the usual one weigh alike */

static size_t row_start(int i)
{
    return (size_t)i * (size_t)(i + 1) / 2;
}

static void add_row(const ohm_forecast *f, float *gram, const double *x, double y, double weight)
{
    int n = f->features;
    float row[FEATURES_MAX];
    for (int i = 0; i < n; i++)
        row[i] = (float)x[i];
    for (int i = 0; i < n; i++) {
        float w = (float)(weight * x[i]), *to = gram + row_start(i);
        for (int j = 0; j <= i; j++)
            to[j] += w * row[j];
    }
    float w = (float)(weight * y), *to = gram + row_start(n);
    for (int j = 0; j < n; j++)
        to[j] += w * row[j];
}

void own_accumulate(ohm_forecast *f, int model, const outlook *o, const float *values,
                    const said *before)
{
    double x[FEATURES_MAX];
    for (int hour = 0; hour < HOURS; hour++) {
        float *gram = own_gram(f, model, hour);
        for (int i = 0; i < f->gram_len; i++)
            gram[i] *= (float)day_decay;
        for (int s = hour * f->per_hour; s < (hour + 1) * f->per_hour; s++) {
            if (isnan(values[s]) || !own_features(f, o, s, x))
                continue;
            double weight = 1.0 / f->per_hour, usual = f->usual_error[model][hour];
            if (before && usual > 0 && !isnan(before[s].mixed))
                weight /=
                    fmax(fabs((double)values[s] - (double)before[s].mixed) / usual, weight_floor);
            add_row(f, gram, x, (double)values[s] - o->base[s], weight);
        }
    }
}

typedef struct normal {
    int n;
    double a[FEATURES_MAX][FEATURES_MAX], b[FEATURES_MAX];
} normal;

static void add_gram(const ohm_forecast *f, normal *to, const float *gram, double share)
{
    for (int i = 0; i < f->features; i++) {
        const float *from = gram + row_start(i);
        for (int j = 0; j <= i; j++)
            to->a[i][j] += share * (double)from[j];
    }
    const float *from = gram + row_start(f->features);
    for (int i = 0; i < f->features; i++)
        to->b[i] += share * (double)from[i];
}

/* The penalty of a feature is its own spread: the same whatever its unit. */
static void penalise(normal *m, double days)
{
    double rows = m->a[0][0];
    for (int i = 1; i < m->n; i++) {
        double all = m->a[i][i], mean_part = m->a[i][0] * m->a[i][0] / rows;
        double spread = fmax(all - mean_part, 0);
        bool constant = spread <= 1e-6 * all;
        m->a[i][i] += days * spread / rows + 1e-6 * all + (constant ? all + 1e-9 : 0);
    }
    m->a[0][0] *= 1 + 1e-9;
}

/* Four sums side by side: the processor need not wait for each addition. */
double own_dot(const double *a, const double *b, int n)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int k = 0;
    for (; k + 4 <= n; k += 4) {
        s0 += a[k] * b[k];
        s1 += a[k + 1] * b[k + 1];
        s2 += a[k + 2] * b[k + 2];
        s3 += a[k + 3] * b[k + 3];
    }
    for (; k < n; k++)
        s0 += a[k] * b[k];
    return s0 + s1 + (s2 + s3);
}

/* Cholesky in place, then both triangles. */
static void solve(normal *m, double *x)
{
    int n = m->n;
    for (int i = 0; i < n; i++) {
        double *row = m->a[i];
        for (int j = 0; j < i; j++) {
            const double *other = m->a[j];
            row[j] = (row[j] - own_dot(row, other, j)) / other[j];
        }
        double left = row[i] - own_dot(row, row, i), b = m->b[i] - own_dot(row, m->b, i);
        row[i] = sqrt(fmax(left, 1e-12 * row[i] + 1e-30));
        m->b[i] = b / row[i];
    }
    for (int i = n - 1; i >= 0; i--) {
        double sum = m->b[i];
        for (int k = i + 1; k < n; k++)
            sum -= m->a[k][i] * x[k];
        x[i] = sum / m->a[i][i];
    }
}

static void solve_shared(ohm_forecast *f, int model, normal *m, double *shared)
{
    memset(m, 0, sizeof *m);
    m->n = f->features;
    for (int hour = 0; hour < HOURS; hour++)
        add_gram(f, m, own_gram(f, model, hour), 1);
    memset(shared, 0, FEATURES_MAX * sizeof *shared);
    if (m->a[0][0] > 0) {
        penalise(m, shared_ridge_days);
        solve(m, shared);
    }
    float *out = own_coef(f, model, HOURS);
    for (int i = 0; i < m->n; i++)
        out[i] = (float)shared[i];
}

static void solve_hour(ohm_forecast *f, int model, int hour, normal *m, const double *shared)
{
    double x[FEATURES_MAX] = { 0 };
    memset(m, 0, sizeof *m);
    m->n = f->features;
    add_gram(f, m, own_gram(f, model, hour), 1);
    add_gram(f, m, own_gram(f, model, (hour + 1) % HOURS), neighbour_share);
    add_gram(f, m, own_gram(f, model, (hour + HOURS - 1) % HOURS), neighbour_share);
    for (int i = 0; i < m->n; i++) /* what the shared one leaves */
        for (int j = 0; j < m->n; j++)
            m->b[i] -= (i >= j ? m->a[i][j] : m->a[j][i]) * shared[j];
    if (m->a[0][0] > 0) {
        penalise(m, own_ridge_days);
        solve(m, x);
    }
    float *out = own_coef(f, model, hour);
    for (int i = 0; i < m->n; i++)
        out[i] = (float)(x[i] + shared[i]);
}

void own_solve(ohm_forecast *f, int model, int64_t day)
{
    normal m;
    double shared[FEATURES_MAX];
    solve_shared(f, model, &m, shared);
    int turns = f->days < EARLY_DAYS ? EARLY_TURNS : TURNS; /* coefficients change slowly */
    int turn = (int)(((day % turns) + turns) % turns);
    for (int hour = turn; hour < HOURS; hour += turns)
        solve_hour(f, model, hour, &m, shared);
    for (int hour = 0; hour < HOURS && !f->solved[model]; hour++)
        solve_hour(f, model, hour, &m, shared);
    f->solved[model] = true;
}
