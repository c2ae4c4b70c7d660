#include "plan/stage_own.h"

#include "plan/lanes.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* How near to a bound a step may come, where it would pass it. */
#define NEAREST 0.995
/* Centring stops at this part of the tolerance: nearer to the faces of a degenerate optimum there
 * is nothing to gain, and much to lose by rounding. */
#define FLOOR   0.1
#define STALLED 1e-7
/* A start from an answer nearby: how far off the bounds, in parts of the range, and how far back
 * on the central path, in parts of where a start from nothing is. */
#define WARM_MARGIN 1e-2
#define WARM_MU     1e-2

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

void ohm_stage_simulate(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    double x[OHM_STAGE_STATES_MAX], then[OHM_STAGE_STATES_MAX];
    memcpy(x, stage->x0, sizeof x);
    for (int k = 0; k < stage->len; k++) {
        for (int i = 0; i < n; i++) {
            stage->x[i][k] = x[i];
            then[i] = stage->d[i][k];
            for (int j = 0; j < n; j++)
                then[i] += stage->a[i][j][k] * x[j];
            for (int j = 0; j < m; j++)
                then[i] += stage->b[i][j][k] * stage->u[j][k];
        }
        memcpy(x, then, sizeof x);
    }
}

OHM_WIDE static void add_scaled(double *restrict to, const double *restrict coef,
                                const double *restrict from, int len)
{
    OHM_LANES
    for (int k = 0; k < len; k++)
        to[k] += coef[k] * from[k];
}

void ohm_stage_rows(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    for (int r = m; r < m + stage->shape.rows; r++) {
        ohm_stage_row *row = &stage->row[r];
        memcpy(row->value, row->offset, (size_t)stage->len * sizeof(double));
        for (int v = 0; v < n + m; v++)
            if (row->coef[v])
                add_scaled(row->value, row->coef[v], v < n ? stage->x[v] : stage->u[v - n],
                           stage->len);
    }
}

static void rows_change(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    for (int r = m; r < m + stage->shape.rows; r++) {
        ohm_stage_row *row = &stage->row[r];
        memset(row->change, 0, (size_t)stage->len * sizeof(double));
        for (int v = 0; v < n + m; v++)
            if (row->coef[v])
                add_scaled(row->change, row->coef[v], v < n ? stage->dx[v] : stage->du[v - n],
                           stage->len);
    }
}

OHM_WIDE static void move(double *restrict to, const double *restrict change, int len,
                          double length)
{
    OHM_LANES
    for (int k = 0; k < len; k++)
        to[k] += length * change[k];
}

/* The inputs' values are stage->u itself: rows from `inputs` on have their own. */
static void move_all(ohm_stage *stage, double primal, double dual)
{
    int m = stage->shape.inputs;
    for (int i = 0; i < stage->shape.states; i++)
        move(stage->x[i], stage->dx[i], stage->len, primal);
    for (int r = 0; r < m + stage->shape.rows; r++)
        move(stage->row[r].value, stage->row[r].change, stage->len, primal);
    ohm_stage_limits_move(stage, primal, dual);
}

/* --- the start ------------------------------------------------------------------------------- */

/* Where each input ends, below and above. */
static void ends(const ohm_stage *stage, const double **low, const double **high)
{
    for (int i = 0; i < stage->shape.limits; i++) {
        const ohm_stage_limit *limit = &stage->limit[i];
        if (limit->shape.row < stage->shape.inputs)
            (limit->shape.upper ? high : low)[limit->shape.row] = limit->bound;
    }
}

/* Input j kept within its limits, by `margin` of their distance. */
static void clip(ohm_stage *stage, double margin)
{
    const double *low[OHM_STAGE_INPUTS_MAX], *high[OHM_STAGE_INPUTS_MAX];
    ends(stage, low, high);
    for (int j = 0; j < stage->shape.inputs; j++)
        for (int k = 0; k < stage->len; k++) {
            double keep = margin * (high[j][k] - low[j][k]);
            double u = stage->u[j][k];
            u = u >= low[j][k] + keep ? u : low[j][k] + keep; /* so NaN becomes a number */
            stage->u[j][k] = u > high[j][k] - keep ? high[j][k] - keep : u;
        }
}

/* What a limit is worth: the mean over the inputs of cost × range, and of the soft limits' weights
 * a part. Only the start depends on it. */
static double worth(const ohm_stage *stage)
{
    double sum = 0;
    for (int j = 0; j < stage->shape.inputs; j++)
        for (int k = 0; k < stage->len; k++)
            sum += fabs(stage->cost[j][k]);
    double mean = sum / (double)stage->len;
    return mean > 1e-6 ? smaller(mean, 1e6) : 1e-6;
}

static void start(ohm_stage *stage, double scale)
{
    for (int j = 0; j < stage->shape.inputs; j++)
        memset(stage->u[j], 0, (size_t)stage->len * sizeof(double));
    clip(stage, 0.5);
    ohm_stage_simulate(stage);
    ohm_stage_rows(stage);
    ohm_stage_limits_start(stage, 3 * scale);
}

static void shift(double *array, int from)
{
    memmove(array, array + 1, (size_t)from * sizeof(double));
}

void ohm_stage_shift(ohm_stage *stage, int count)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    if (count < 2)
        return;
    for (int i = 0; i < n; i++)
        shift(stage->x[i], count - 1);
    for (int j = 0; j < m; j++) {
        shift(stage->u[j], count - 1);
        for (int i = 0; i < n; i++)
            shift(stage->gain[j][i], count - 1);
    }
    for (int i = 0; i < stage->shape.limits; i++)
        shift(stage->limit[i].slack_price, count - 1);
}

/* The inputs of before, led back to the states of before by the gains of before: what was kept at
 * a limit stays there. */
static void follow(ohm_stage *stage, const double *const *low, const double *const *high)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    double x[OHM_STAGE_STATES_MAX], then[OHM_STAGE_STATES_MAX];
    memcpy(x, stage->x0, sizeof x);
    for (int k = 0; k < stage->len; k++) {
        for (int j = 0; j < m; j++) {
            double u = stage->u[j][k], keep = WARM_MARGIN * (high[j][k] - low[j][k]);
            for (int i = 0; i < n; i++)
                u -= stage->gain[j][i][k] * (x[i] - stage->x[i][k]);
            u = u >= low[j][k] + keep ? u : low[j][k] + keep;
            stage->u[j][k] = u > high[j][k] - keep ? high[j][k] - keep : u;
        }
        for (int i = 0; i < n; i++) {
            then[i] = stage->d[i][k];
            for (int l = 0; l < n; l++)
                then[i] += stage->a[i][l][k] * x[l];
            for (int j = 0; j < m; j++)
                then[i] += stage->b[i][j][k] * stage->u[j][k];
            stage->x[i][k] = x[i];
        }
        memcpy(x, then, sizeof x);
    }
}

static void restart(ohm_stage *stage, double scale)
{
    const double *low[OHM_STAGE_INPUTS_MAX], *high[OHM_STAGE_INPUTS_MAX];
    ends(stage, low, high);
    follow(stage, low, high);
    ohm_stage_rows(stage);
    ohm_stage_limits_restart(stage, WARM_MU * scale);
}

/* --- the certificate ------------------------------------------------------------------------- */

OHM_WIDE static double pay(const ohm_stage *stage, double *ret_violation)
{
    double paid = 0, worst = 0;
    for (int j = 0; j < stage->shape.inputs; j++)
        for (int k = 0; k < stage->len; k++)
            paid += stage->cost[j][k] * stage->u[j][k];
    for (int i = 0; i < stage->shape.limits; i++) {
        const ohm_stage_limit *limit = &stage->limit[i];
        const double *value = stage->row[limit->shape.row].value;
        for (int k = 0; k < stage->len; k++) {
            double over = limit->sign * (value[k] - limit->bound[k]);
            over = over > 0 ? over : 0;
            if (limit->shape.hard)
                worst = over > worst ? over : worst;
            else
                paid += (limit->weight[k] + limit->curve[k] * over) * over;
        }
    }
    *ret_violation = worst;
    return paid;
}

/* Multipliers of the rows, made feasible: 0 ≤ λ, and λ ≤ weight where nothing curves. What they
 * are worth against the constants, and their slope on the rows. */
OHM_WIDE static double price_rows(ohm_stage *stage)
{
    double sum = 0;
    int m = stage->shape.inputs;
    for (int r = m; r < m + stage->shape.rows; r++)
        memset(stage->row[r].slope, 0, (size_t)stage->len * sizeof(double));
    for (int i = 0; i < stage->shape.limits; i++) {
        const ohm_stage_limit *limit = &stage->limit[i];
        ohm_stage_row *row = &stage->row[limit->shape.row];
        if (limit->shape.row < m)
            continue;
        for (int k = 0; k < stage->len; k++) {
            double l = limit->slack_price[k];
            l = l > 0 ? l : 0;
            if (!limit->shape.hard && l > limit->weight[k]) {
                double above = l - limit->weight[k], curve = limit->curve[k];
                l = curve > 0 ? l : limit->weight[k];
                sum -= curve > 0 ? above * above / (4 * curve) : 0;
            }
            row->slope[k] += limit->sign * l;
            sum += limit->sign * l * (row->offset[k] - limit->bound[k]);
        }
    }
    return sum;
}

/* The least that the inputs of stage k can cost at their reduced costs. */
static double least_inputs(const ohm_stage *stage, const double reduced[OHM_STAGE_INPUTS_MAX],
                           int k)
{
    double least = 0;
    for (int i = 0; i < stage->shape.limits; i++) {
        const ohm_stage_limit *limit = &stage->limit[i];
        int j = limit->shape.row;
        if (j < stage->shape.inputs && (reduced[j] < 0) == limit->shape.upper)
            least += reduced[j] * limit->bound[k];
    }
    return least;
}

/* The Lagrangian's minimum: prices of the states backwards, reduced costs of the inputs. */
static double bound_below(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    double sum = price_rows(stage);
    double next[OHM_STAGE_STATES_MAX] = { 0 };
    for (int k = stage->len - 1; k >= 0; k--) {
        double reduced[OHM_STAGE_INPUTS_MAX], p[OHM_STAGE_STATES_MAX];
        for (int j = 0; j < m; j++) {
            reduced[j] = stage->cost[j][k];
            for (int i = 0; i < n; i++)
                reduced[j] += stage->b[i][j][k] * next[i];
            for (int r = m; r < m + stage->shape.rows; r++)
                if (stage->row[r].coef[n + j])
                    reduced[j] += stage->row[r].slope[k] * stage->row[r].coef[n + j][k];
        }
        sum += least_inputs(stage, reduced, k);
        for (int i = 0; i < n; i++) {
            sum += next[i] * stage->d[i][k];
            p[i] = 0;
            for (int l = 0; l < n; l++)
                p[i] += stage->a[l][i][k] * next[l];
            for (int r = m; r < m + stage->shape.rows; r++)
                if (stage->row[r].coef[i])
                    p[i] += stage->row[r].slope[k] * stage->row[r].coef[i][k];
        }
        for (int i = 0; i < n; i++)
            stage->price[i][k] = next[i] = p[i];
    }
    for (int i = 0; i < n; i++)
        sum += next[i] * stage->x0[i];
    return sum;
}

void ohm_stage_certify(ohm_stage *stage, ohm_stage_result *result)
{
    clip(stage, 0);
    ohm_stage_simulate(stage);
    ohm_stage_rows(stage);
    result->objective = pay(stage, &result->violation);
    result->bound = bound_below(stage);
}

/* --- the iterations -------------------------------------------------------------------------- */

static int pairs(const ohm_stage *stage)
{
    int count = 0;
    for (int i = 0; i < stage->shape.limits; i++)
        count += stage->limit[i].shape.hard ? 1 : 2;
    return count * stage->len;
}

static void direction(ohm_stage *stage, bool factor)
{
    bool small = stage->shape.inputs == 1 && stage->shape.states <= 2;
    ohm_stage_assemble(stage, !factor);
    if (factor)
        (small ? ohm_stage_factor_small : ohm_stage_factor)(stage);
    (small ? ohm_stage_back_solve_small : ohm_stage_back_solve)(stage);
    rows_change(stage);
}

/* One step; returns false when it leads nowhere. */
static bool iterate(ohm_stage *stage, ohm_stage_sums *sums, double floor)
{
    double count = (double)pairs(stage);
    direction(stage, true);
    ohm_stage_limits_affine(stage, sums);
    double primal = sums->ratio_primal > 1 ? 1 / sums->ratio_primal : 1;
    double dual = sums->ratio_dual > 1 ? 1 / sums->ratio_dual : 1;
    double then = sums->gap + primal * sums->primal + dual * (sums->dual + primal * sums->both);
    double ratio = then / sums->gap;
    if (!isfinite(ratio))
        return false;
    double target = sums->gap / count * ratio * ratio * ratio;
    target = target > floor ? target : floor;
    ohm_stage_limits_correct(stage, target);
    direction(stage, false);
    ohm_stage_limits_step(stage, sums);
    primal = sums->ratio_primal > NEAREST ? NEAREST / sums->ratio_primal : 1;
    dual = sums->ratio_dual > NEAREST ? NEAREST / sums->ratio_dual : 1;
    move_all(stage, primal, dual);
    stage->dual_left *= 1 - dual;
    stage->hard_left *= 1 - primal;
    return primal > STALLED || dual > STALLED;
}

static bool good_enough(const ohm_stage_result *result, double tolerance)
{
    return result->objective - result->bound <= tolerance * (1 + fabs(result->objective)) &&
           result->violation <= 1e-7;
}

static bool is_over(const ohm_stage_clock *clock)
{
    return clock && clock->is_over && clock->is_over(clock->ctx);
}

ohm_stage_result ohm_stage_solve(ohm_stage *stage, const ohm_stage_options *options)
{
    ohm_stage_result result = { 0 };
    ohm_stage_sums sums = { 0 };
    double tolerance = options->tolerance;
    int most = options->iterations_max ? options->iterations_max : OHM_STAGE_ITERATIONS_MAX;
    double unit = options->scale > 0 ? options->scale : worth(stage);
    assert(tolerance > 0);
    if (options->warm)
        restart(stage, unit);
    else if (!options->go_on)
        start(stage, unit);
    stage->dual_left = stage->hard_left = 1;
    double scale = 1;
    double count = (double)pairs(stage);
    while (result.iterations < most && !is_over(options->clock)) {
        ohm_stage_limits_prepare(stage);
        if (!iterate(stage, &sums, FLOOR * tolerance * scale / count))
            break;
        result.iterations++;
        /* The gap was that of before the step; it falls tenfold and more near the end. */
        if (options->rough && sums.gap <= tolerance * unit * stage->len)
            return (ohm_stage_result){ .iterations = result.iterations, .converged = true };
        if (options->rough || sums.gap > 100 * tolerance * scale)
            continue;
        ohm_stage_certify(stage, &result);
        scale = 1 + fabs(result.objective);
        result.converged = good_enough(&result, tolerance);
        if (result.converged)
            return result;
    }
    ohm_stage_certify(stage, &result);
    result.converged = good_enough(&result, tolerance);
    return result;
}
