#include "building/identify.h"

#include <math.h>
#include <string.h>

/* What is fitted: logarithms of five figures, then plain ones. */
enum {
    AIR_OUT,
    MASS_OUT,
    AIR_MASS,
    AIR_J,
    MASS_J,
    SOLAR,
    GAIN,
    TO_AIR,
    SUN_TO_AIR,
    MASS_C,
    PARAMS
};
enum {
    ITERATIONS = 40,
    HOURS = 24,
    BLOCK_HOURS = 12,
    WINDOW_HOURS = 36,
    EVERY_HOURS = 6,
    DAYS_MIN = 2
};

/* Steps of the finite differences, in each parameter's own unit. */
static const double nudge[PARAMS] = { 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-3, 1e-1, 1e-4, 1e-4, 1e-3 };
/* What a house is like, and how far from it: a factor of 4.5 for the logarithms (60, 80 and
 * 1000 W/K; 1.5 and 20 MJ/K). */
static const double expected[PARAMS] = { 4.1, 4.4, 6.9, 14.2, 16.8, 1, 200, 0.7, 0.3, 0 };
static const double spread[PARAMS] = { 1.5, 1.5, 1.5, 1.5, 1.5, 10, 400, 0.3, 0.3, 3 };
/* Of a measured temperature, about: only how much the expectation counts. */
#define NOISE_K 0.1
/* Beyond these the series tells too little: of the logarithm of the loss and the time constant. */
#define LOSS_SURE     0.25
#define CONSTANT_SURE 0.5

const char *const ohm_identify_names[OHM_IDENTIFY_FIGURES] = {
    "loss",  "time_constant", "h_air_out", "h_mass_out", "h_air_mass",
    "c_air", "c_mass",        "solar",     "gain",       "heat_to_air"
};
const char *const ohm_identify_units[OHM_IDENTIFY_FIGURES] = { "W/K", "h",   "W/K", "W/K", "W/K",
                                                               "J/K", "J/K", "W",   "W",   "1" };

/* --- the model -------------------------------------------------------------------------------- */

/* e^(A·t) of two joined nodes: its eigenvalues are real and apart. */
static void exponential(const double a[2][2], double t, double out[2][2])
{
    double half = (a[0][0] + a[1][1]) / 2, apart = (a[0][0] - a[1][1]) / 2;
    double root = sqrt(apart * apart + a[0][1] * a[1][0]);
    double fast = exp((half - root) * t), slow = exp((half + root) * t);
    double even = (slow + fast) / 2, odd = (slow - fast) / (2 * root);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            out[i][j] = odd * (a[i][j] - (i == j ? half : 0)) + (i == j ? even : 0);
}

/* The steady part of an input: A⁻¹(e^(A·t) - 1)·b. */
static void held(const double a[2][2], const double e[2][2], const double b[2], double out[2])
{
    double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    double y[2];
    for (int i = 0; i < 2; i++)
        y[i] = e[i][0] * b[0] + e[i][1] * b[1] - b[i];
    out[0] = (a[1][1] * y[0] - a[0][1] * y[1]) / det;
    out[1] = (a[0][0] * y[1] - a[1][0] * y[0]) / det;
}

static ohm_identify_model model_of(const double p[PARAMS], double step_s)
{
    double air_out = exp(p[AIR_OUT]), mass_out = exp(p[MASS_OUT]), joined = exp(p[AIR_MASS]);
    double air = exp(p[AIR_J]), mass = exp(p[MASS_J]), share = p[TO_AIR];
    const double a[2][2] = { { -(joined + air_out) / air, joined / air },
                             { joined / mass, -(joined + mass_out) / mass } };
    const double heat[2] = { share / air, (1 - share) / mass };
    const double outdoor[2] = { air_out / air, mass_out / mass };
    const double solar[2] = { p[SUN_TO_AIR] * p[SOLAR] / air,
                              (1 - p[SUN_TO_AIR]) * p[SOLAR] / mass };
    const double gain[2] = { 0.5 / air, 0.5 / mass };
    ohm_identify_model m;
    exponential(a, step_s, m.a);
    held(a, (const double(*)[2])m.a, heat, m.heat);
    held(a, (const double(*)[2])m.a, outdoor, m.outdoor);
    held(a, (const double(*)[2])m.a, solar, m.solar);
    held(a, (const double(*)[2])m.a, gain, m.gain);
    for (int i = 0; i < 2; i++)
        m.constant[i] = p[GAIN] * m.gain[i];
    return m;
}

static void advance(const ohm_identify_model *m, const ohm_identify_series *s, int k, double x[2])
{
    double then[2];
    for (int i = 0; i < 2; i++) /* gains of people go where the sun does */
        then[i] = m->a[i][0] * x[0] + m->a[i][1] * x[1] + m->heat[i] * s->heat_w[k] +
                  m->outdoor[i] * s->outdoor_c[k] + m->solar[i] * s->solar[k] +
                  m->gain[i] * s->gain_w[k] + m->constant[i];
    memcpy(x, then, sizeof then);
}

/* --- the fit ---------------------------------------------------------------------------------- */

typedef struct normal {
    double bend[PARAMS][PARAMS], slope[PARAMS], cost; /* of half the sum of squares */
    double squares, blocks; /* of residuals; of their sums over some hours */
    int count;
} normal;

/* A series, and whether its indoor temperatures are of the end of their rows, or of the beginning:
 * both are usual, and where heat reaches the air at once it matters. */
typedef struct look {
    const ohm_identify_series *series;
    int late;
} look;

static double seen(const look *at, int k)
{
    k -= at->late;
    return k >= 0 && k < at->series->steps ? at->series->indoor_c[k] : NAN;
}

static double first_indoor(const ohm_identify_series *s)
{
    for (int k = 0; k < s->steps; k++)
        if (!isnan(s->indoor_c[k]))
            return s->indoor_c[k];
    return 20;
}

static void expect(const double p[PARAMS], const double about[PARAMS], normal *n)
{
    for (int i = 0; i < PARAMS; i++) {
        double weight = 1 / (spread[i] * spread[i]), off = p[i] - about[i];
        n->bend[i][i] += weight;
        n->slope[i] += weight * off;
        n->cost += 0.5 * weight * off * off;
    }
}

/* All trajectories side by side: of `p`, and of each parameter nudged. */
static void gather(const look *at, int steps, const double p[PARAMS], const double about[PARAMS],
                   normal *n)
{
    const ohm_identify_series *s = at->series;
    ohm_identify_model models[PARAMS + 1];
    double x[PARAMS + 1][2], block = 0;
    int length = (int)(BLOCK_HOURS * 3600 / s->step_s);
    memset(n, 0, sizeof *n);
    for (int i = 0; i <= PARAMS; i++) {
        double q[PARAMS];
        memcpy(q, p, sizeof q);
        if (i < PARAMS)
            q[i] += nudge[i];
        models[i] = model_of(q, s->step_s);
        x[i][0] = first_indoor(s);
        x[i][1] = q[MASS_C];
    }
    const double weight = 1 / (NOISE_K * NOISE_K);
    for (int k = 0; k < steps; k++) {
        double off = x[PARAMS][0] - seen(at, k), by[PARAMS];
        if (!isnan(off)) {
            for (int i = 0; i < PARAMS; i++) {
                by[i] = (x[i][0] - x[PARAMS][0]) / nudge[i];
                n->slope[i] += weight * by[i] * off;
                for (int j = 0; j <= i; j++)
                    n->bend[i][j] += weight * by[i] * by[j];
            }
            n->squares += off * off;
            block += off;
            n->count++;
        }
        if (length <= 1 || k % length == length - 1) {
            n->blocks += block * block;
            block = 0;
        }
        for (int i = 0; i <= PARAMS; i++)
            advance(&models[i], s, k, x[i]);
    }
    n->cost = 0.5 * weight * n->squares;
    expect(p, about, n);
}

/* Solves (bend + damp·diagonal)·x = b by Cholesky; the lower half of `bend` counts. */
static void solve(const double bend[PARAMS][PARAMS], double damp, const double b[PARAMS],
                  double x[PARAMS])
{
    double l[PARAMS][PARAMS];
    for (int i = 0; i < PARAMS; i++)
        for (int j = 0; j <= i; j++) {
            double v = bend[i][j] + (i == j ? damp * bend[i][i] : 0);
            for (int k = 0; k < j; k++)
                v -= l[i][k] * l[j][k];
            l[i][j] = i == j ? sqrt(v > 1e-12 ? v : 1e-12) : v / l[j][j];
        }
    for (int i = 0; i < PARAMS; i++) {
        x[i] = b[i];
        for (int k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (int i = PARAMS - 1; i >= 0; i--) {
        for (int k = i + 1; k < PARAMS; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
}

/* No step may leave what houses are by far: exponentials grow fast. */
static void bounded(double p[PARAMS], const double about[PARAMS])
{
    for (int i = 0; i < PARAMS; i++) {
        double most = 4 * spread[i];
        p[i] = p[i] < about[i] - most ? about[i] - most : p[i];
        p[i] = p[i] > about[i] + most ? about[i] + most : p[i];
    }
    for (int i = TO_AIR; i <= SUN_TO_AIR; i++) /* shares */
        p[i] = p[i] < 0 ? 0 : p[i] > 1 ? 1 : p[i];
}

static void fit(const look *at, int steps, double p[PARAMS], normal *n)
{
    double about[PARAMS], damp = 1e-2;
    memcpy(about, expected, sizeof about);
    about[MASS_C] = first_indoor(at->series);
    memcpy(p, about, sizeof about);
    gather(at, steps, p, about, n);
    for (int i = 0; i < ITERATIONS && damp < 1e6; i++) {
        double move[PARAMS], q[PARAMS];
        normal then;
        solve((const double(*)[PARAMS])n->bend, damp, n->slope, move);
        for (int j = 0; j < PARAMS; j++)
            q[j] = p[j] - move[j];
        bounded(q, about);
        gather(at, steps, q, about, &then);
        bool better = then.cost < n->cost;
        bool settled = better && n->cost - then.cost < 1e-9 * n->cost;
        damp *= better ? 0.2 : 10;
        if (better) {
            memcpy(p, q, sizeof q);
            *n = then;
        }
        if (settled)
            break;
    }
}

/* --- what it tells ---------------------------------------------------------------------------- */

static double figure_of(const double p[PARAMS], ohm_identify_figure which)
{
    double air_out = exp(p[AIR_OUT]), mass_out = exp(p[MASS_OUT]), joined = exp(p[AIR_MASS]);
    if (which == OHM_IDENTIFY_LOSS)
        return air_out + joined * mass_out / (joined + mass_out);
    if (which == OHM_IDENTIFY_CONSTANT) {
        double air = exp(p[AIR_J]), mass = exp(p[MASS_J]);
        double a = (joined + air_out) / air, d = (joined + mass_out) / mass;
        double half = (a + d) / 2, apart = (a - d) / 2;
        return 1 / (half - sqrt(apart * apart + joined * joined / air / mass)) / 3600;
    }
    int i = AIR_OUT + (int)which - OHM_IDENTIFY_AIR_OUT;
    return i <= MASS_J ? exp(p[i]) : p[i];
}

/* By how much a figure may be off: its slope on the parameters through their covariance, widened
 * where residuals are alike for hours: their sums then are larger than those of as much noise. */
static double unsure(const double p[PARAMS], const normal *n, ohm_identify_figure which)
{
    double slope[PARAMS], through[PARAMS], q[PARAMS], sum = 0;
    for (int i = 0; i < PARAMS; i++) {
        memcpy(q, p, sizeof q);
        q[i] += nudge[i];
        slope[i] = (figure_of(q, which) - figure_of(p, which)) / nudge[i];
    }
    double noise = n->squares / (n->count > PARAMS ? n->count - PARAMS : 1);
    double alike = n->squares > 0 && n->blocks > n->squares ? n->blocks / n->squares : 1;
    double widen = noise / (NOISE_K * NOISE_K) * alike;
    double bend[PARAMS][PARAMS];
    for (int i = 0; i < PARAMS; i++)
        for (int j = 0; j <= i; j++) {
            double of = i == j ? 1 / (spread[i] * spread[i]) : 0;
            bend[i][j] = (n->bend[i][j] - of) / (widen > 1e-9 ? widen : 1e-9) + of;
        }
    solve((const double(*)[PARAMS])bend, 0, slope, through);
    for (int i = 0; i < PARAMS; i++)
        sum += slope[i] * through[i];
    return sqrt(sum > 0 ? sum : 0);
}

/* The mass' temperature at step `at`, from the air's over the hours before: the one that fits. */
static void state_at(const ohm_identify_model *m, const look *look_at, int at, double x[2])
{
    const ohm_identify_series *s = look_at->series;
    int from = at - (int)(WINDOW_HOURS * 3600 / s->step_s);
    from = from > 0 ? from : 0;
    while (from < at && isnan(seen(look_at, from)))
        from++;
    double low[2] = { seen(look_at, from), 0 }, high[2] = { seen(look_at, from), 1 };
    double above = 0, below = 0;
    for (int k = from; k < at; k++) {
        double by = high[0] - low[0], off = seen(look_at, k) - low[0];
        if (!isnan(off)) {
            above += by * off;
            below += by * by;
        }
        advance(m, s, k, low);
        advance(m, s, k, high);
    }
    double mass = below > 0 ? above / below : low[0];
    for (int i = 0; i < 2; i++)
        x[i] = low[i] + mass * (high[i] - low[i]);
    if (!isnan(seen(look_at, at)))
        x[0] = seen(look_at, at);
}

/* 24 hours from many starts in [from, steps). */
static void predict(const double p[PARAMS], const look *look_at, int from,
                    ohm_identify_result *result)
{
    const ohm_identify_series *s = look_at->series;
    ohm_identify_model m = model_of(p, s->step_s);
    int ahead = (int)(HOURS * 3600 / s->step_s), every = (int)(EVERY_HOURS * 3600 / s->step_s);
    double squares = 0;
    long count = 0;
    result->predictions = 0;
    for (int at = from; at + ahead<s->steps; at += every> 0 ? every : 1) {
        double x[2];
        state_at(&m, look_at, at, x);
        result->predictions++;
        for (int k = at; k < at + ahead; k++) {
            advance(&m, s, k, x);
            double off = x[0] - seen(look_at, k + 1);
            squares += isnan(off) ? 0 : off * off;
            count += !isnan(off);
        }
    }
    result->predict_k = count ? sqrt(squares / (double)count) : NAN;
}

static double variation(const double *values, int count)
{
    double sum = 0, squares = 0;
    int known = 0;
    for (int k = 0; k < count; k++)
        if (!isnan(values[k])) {
            sum += values[k];
            squares += values[k] * values[k];
            known++;
        }
    double mean = known ? sum / known : 0, spread_of = known ? squares / known - mean * mean : 0;
    return sqrt(spread_of > 0 ? spread_of : 0);
}

static const double PREDICTED_MOST_K = 1;

static const char *lacks(const ohm_identify_series *s, const ohm_identify_result *r, double loss,
                         double constant)
{
    if (s->steps * s->step_s < DAYS_MIN * 86400.0)
        return "the series is shorter than two days";
    if (variation(s->heat_w, s->steps) < 10)
        return "the heating never changes";
    if (variation(s->indoor_c, s->steps) < 0.05)
        return "the indoor temperature never changes";
    if (loss > LOSS_SURE * r->figure[OHM_IDENTIFY_LOSS].value)
        return "the series doesn't tell what the zone loses";
    if (constant > CONSTANT_SURE * r->figure[OHM_IDENTIFY_CONSTANT].value)
        return "the series doesn't tell how slow the zone is";
    if (r->predictions > 0 && !(r->predict_k <= PREDICTED_MOST_K))
        return "what it predicts of a day is off by more than a kelvin";
    return NULL;
}

static ohm_err check_value(double value, double most, int k, const char *what)
{
    return fabs(value) <= most ? ohm_ok() : ohm_fail(OHM_RANGE, (uint32_t)k, what);
}

ohm_err ohm_identify_check(const ohm_identify_series *s)
{
    if (s->steps < 4 || s->steps > OHM_IDENTIFY_STEPS_MAX)
        return ohm_fail(OHM_RANGE, 0, "the series is too short or too long");
    if (!(s->step_s >= 1 && s->step_s <= 7200))
        return ohm_fail(OHM_RANGE, 0, "a step is no length between a second and two hours");
    for (int k = 0; k < s->steps; k++) {
        double indoor = isnan(s->indoor_c[k]) ? 0 : s->indoor_c[k];
        OHM_TRY(check_value(indoor, 100, k, "t_in is no indoor temperature"));
        OHM_TRY(check_value(s->outdoor_c[k], 100, k, "t_out is no temperature"));
        OHM_TRY(check_value(s->heat_w[k], 1e7, k, "heating is no power"));
        OHM_TRY(check_value(s->solar[k], 1e7, k, "solar is no power"));
        OHM_TRY(check_value(s->gain_w[k], 1e7, k, "int_gain is no power"));
    }
    return ohm_ok();
}

void ohm_identify(const ohm_identify_series *s, ohm_identify_result *result)
{
    double p[PARAMS], late[PARAMS], off[OHM_IDENTIFY_FIGURES];
    normal n, of_late;
    look at = { s, 0 };
    const look at_late = { s, 1 };
    int part = (int)((long)s->steps * 2 / 3);
    fit(&at, part, p, &n);
    fit(&at_late, part, late, &of_late);
    if (of_late.cost < n.cost) {
        at = at_late;
        memcpy(p, late, sizeof p);
    }
    predict(p, &at, part, result);
    fit(&at, s->steps, p, &n);
    result->model = model_of(p, s->step_s);
    result->fit_k = n.count ? sqrt(n.squares / n.count) : NAN;
    for (int i = 0; i < OHM_IDENTIFY_FIGURES; i++) {
        double value = figure_of(p, (ohm_identify_figure)i);
        off[i] = unsure(p, &n, (ohm_identify_figure)i);
        result->figure[i] =
            (ohm_identify_value){ value, value - 1.96 * off[i], value + 1.96 * off[i] };
    }
    result->lacks = lacks(s, result, off[OHM_IDENTIFY_LOSS], off[OHM_IDENTIFY_CONSTANT]);
}
