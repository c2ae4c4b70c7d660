/* Limits, one after the other, stage by stage: the part of an iteration that has no recursion.
 *
 * With t the slack, s what a soft limit is passed by, λ and ν their multipliers and z = sign·Δrow,
 * Newton's step on  λt = target, νs = target, λ + ν = weight + 2·curve·s, t = sign(bound-row) + s
 * gives Δλ = γ + H·z with, for a = λ/t and c = ν/s + 2·curve, H = a·c/(a+c): a limit bends the cost
 * of its row by H and slopes it by sign·(λ+γ). Of a hard limit H = a. */
#include "plan/stage_own.h"

#include "plan/lanes.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* As far as a step may go towards a bound, where it would have gone further. */
#define LEAST_SLACK 1e-3

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* t and s on the central path of one soft limit that is passed by v: µ/t + µ/s = weight; where what
 * is passed costs by a curve, as if a unit of it were. */
OHM_WIDE static void start_soft(ohm_stage_limit *limit, const double *value, int len, double mu)
{
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double v = limit->sign * (value[k] - limit->bound[k]);
        double w = limit->weight[k] + 2 * limit->curve[k];
        double wv = w * v;
        double root = sqrt(wv * wv + 4 * mu * mu);
        /* The larger of both by the sum that has no cancellation, the other from it. */
        double sum = 2 * mu + fabs(wv) + root;
        double more = sum / (2 * w), less = mu * sum / (w * (fabs(wv) + root));
        limit->over[k] = v > 0 ? more : less;
        limit->slack[k] = v > 0 ? less : more;
        double small = mu / more, rest = w - small;
        limit->slack_price[k] = v > 0 ? rest : small;
        limit->over_price[k] = v > 0 ? small : rest;
    }
}

OHM_WIDE static void start_hard(ohm_stage_limit *limit, const double *value, int len, double mu)
{
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double t = limit->sign * (limit->bound[k] - value[k]);
        limit->slack[k] = larger(t, LEAST_SLACK * 10);
        limit->slack_price[k] = mu / limit->slack[k];
    }
}

void ohm_stage_limits_start(ohm_stage *stage, double mu)
{
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        const double *value = stage->row[limit->shape.row].value;
        if (limit->shape.hard)
            start_hard(limit, value, stage->len, mu);
        else
            start_soft(limit, value, stage->len, mu);
    }
}

/* --- from an answer nearby ------------------------------------------------------------------ */

/* How much more or less than µ a pair may be at the start. */
#define OFF_CENTRE 10

static double between(double value, double low, double high)
{
    value = value > low ? value : low;
    return value < high ? value : high;
}

/* Where the row is near the bound the multiplier of before tells more than the row; elsewhere the
 * central path does. t - s = -v and λ + ν = weight + 2·curve·s hold either way. */
static void restart_soft(ohm_stage_limit *limit, const double *value, int len, double mu)
{
    for (int k = 0; k < len; k++) {
        double v = limit->sign * (value[k] - limit->bound[k]);
        double w = limit->weight[k], known = limit->dl[k];
        double wide = OFF_CENTRE * mu / w;
        if (!(fabs(v) < wide) || !(known > 0) || limit->curve[k] > 0)
            continue; /* as started */
        double l = between(known, mu / (wide + fabs(v)), w - mu / (wide + fabs(v)));
        l = between(l, 0.01 * w, 0.99 * w);
        double t = mu / l, s = mu / (w - l);
        if (v > s - t)
            s = t + v;
        else
            t = s - v;
        limit->slack[k] = t;
        limit->over[k] = s;
        limit->slack_price[k] = l;
        limit->over_price[k] = w - l;
    }
}

static void restart_hard(ohm_stage_limit *limit, const double *value, int len, double mu)
{
    for (int k = 0; k < len; k++) {
        double t = larger(limit->sign * (limit->bound[k] - value[k]), LEAST_SLACK);
        limit->slack[k] = t;
        limit->slack_price[k] =
            between(limit->slack_price[k], mu / t / OFF_CENTRE, mu / t * OFF_CENTRE);
    }
}

void ohm_stage_limits_restart(ohm_stage *stage, double mu)
{
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        const double *value = stage->row[limit->shape.row].value;
        if (limit->shape.hard) {
            restart_hard(limit, value, stage->len, mu);
            continue;
        }
        /* The multipliers of before are in dl: start_soft overwrites them. */
        double *known = limit->dl;
        memcpy(known, limit->slack_price, (size_t)stage->len * sizeof(double));
        start_soft(limit, value, stage->len, mu);
        restart_soft(limit, value, stage->len, mu);
    }
}

/* --- the predictor's coefficients ----------------------------------------------------------- */

OHM_WIDE static void prepare_soft(ohm_stage_limit *limit, ohm_stage_row *row, int len)
{
    const double *restrict t = limit->slack, *restrict s = limit->over;
    const double *restrict l = limit->slack_price, *restrict v = limit->over_price;
    const double *restrict w = limit->weight, *restrict q = limit->curve;
    double *restrict it = limit->it, *restrict is = limit->is, *restrict id = limit->id;
    double *restrict fa = limit->a, *restrict fc = limit->c;
    double *restrict bend = row->bend, *restrict slope = row->slope;
    double sign = limit->sign;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double inv_t = 1 / t[k], inv_s = 1 / s[k];
        double a = l[k] * inv_t, c = v[k] * inv_s + 2 * q[k];
        double inv = 1 / (a + c);
        double wanted = w[k] + 2 * q[k] * s[k] - l[k]; /* what ν should be */
        it[k] = inv_t;
        is[k] = inv_s;
        id[k] = inv;
        fa[k] = a;
        fc[k] = c;
        bend[k] += a * c * inv;
        slope[k] += sign * (l[k] + (a * wanted - c * l[k]) * inv);
    }
}

OHM_WIDE static void prepare_hard(ohm_stage_limit *limit, ohm_stage_row *row, int len)
{
    const double *restrict t = limit->slack, *restrict l = limit->slack_price;
    const double *restrict value = row->value, *restrict bound = limit->bound;
    double *restrict it = limit->it, *restrict fa = limit->a;
    double *restrict bend = row->bend, *restrict slope = row->slope;
    double sign = limit->sign;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double inv_t = 1 / t[k];
        double a = l[k] * inv_t;
        double rest = sign * (bound[k] - value[k]) - t[k];
        it[k] = inv_t;
        fa[k] = a;
        bend[k] += a;
        slope[k] -= sign * a * rest;
    }
}

void ohm_stage_limits_prepare(ohm_stage *stage)
{
    int rows = stage->shape.inputs + stage->shape.rows;
    for (int j = 0; j < rows; j++)
        for (int k = 0; k < stage->len; k++)
            stage->row[j].bend[k] = stage->row[j].slope[k] = 0;
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        ohm_stage_row *row = &stage->row[limit->shape.row];
        if (limit->shape.hard)
            prepare_hard(limit, row, stage->len);
        else
            prepare_soft(limit, row, stage->len);
    }
}

/* --- the predictor's step ------------------------------------------------------------------- */

typedef struct tally {
    double *restrict gap, *restrict primal, *restrict dual, *restrict both;
    double *restrict ratio_p, *restrict ratio_d;
} tally;

OHM_WIDE static void affine_soft(ohm_stage_limit *limit, const double *restrict change, int len,
                                 tally to)
{
    const double *restrict t = limit->slack, *restrict s = limit->over;
    const double *restrict l = limit->slack_price, *restrict v = limit->over_price;
    const double *restrict w = limit->weight, *restrict q = limit->curve;
    const double *restrict it = limit->it, *restrict is = limit->is, *restrict id = limit->id;
    const double *restrict fa = limit->a;
    double *restrict pt = limit->pt, *restrict ps = limit->ps;
    double sign = limit->sign;
    double *restrict gap = to.gap, *restrict primal = to.primal, *restrict dual = to.dual;
    double *restrict both = to.both, *restrict ratio_p = to.ratio_p, *restrict ratio_d = to.ratio_d;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double z = sign * change[k];
        double ds = (fa[k] * z - w[k] - 2 * q[k] * s[k]) * id[k];
        double dt = ds - z;
        double move_t = dt * it[k], move_s = ds * is[k];
        double dl = -l[k] - l[k] * move_t, dv = -v[k] - v[k] * move_s;
        double high = move_t > move_s ? move_t : move_s;
        double low = move_t > move_s ? move_s : move_t;
        double rp = ratio_p[k], rd = ratio_d[k];
        ratio_p[k] = -low > rp ? -low : rp;
        ratio_d[k] = 1 + high > rd ? 1 + high : rd;
        gap[k] += t[k] * l[k] + s[k] * v[k];
        primal[k] += dt * l[k] + ds * v[k];
        dual[k] += t[k] * dl + s[k] * dv;
        pt[k] = dt * dl;
        ps[k] = ds * dv;
        both[k] += pt[k] + ps[k];
    }
}

OHM_WIDE static void affine_hard(ohm_stage_limit *limit, const ohm_stage_row *row, int len,
                                 tally to)
{
    const double *restrict t = limit->slack, *restrict l = limit->slack_price;
    const double *restrict value = row->value, *restrict bound = limit->bound;
    const double *restrict it = limit->it, *restrict change = row->change;
    double *restrict pt = limit->pt;
    double sign = limit->sign;
    double *restrict gap = to.gap, *restrict primal = to.primal, *restrict dual = to.dual;
    double *restrict both = to.both, *restrict ratio_p = to.ratio_p, *restrict ratio_d = to.ratio_d;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double dt = sign * (bound[k] - value[k] - change[k]) - t[k];
        double move = dt * it[k];
        double dl = -l[k] - l[k] * move;
        double rp = ratio_p[k], rd = ratio_d[k];
        ratio_p[k] = -move > rp ? -move : rp;
        ratio_d[k] = 1 + move > rd ? 1 + move : rd;
        gap[k] += t[k] * l[k];
        primal[k] += dt * l[k];
        dual[k] += t[k] * dl;
        pt[k] = dt * dl;
        both[k] += pt[k];
    }
}

static tally tally_clear(ohm_stage *stage)
{
    tally to = { stage->sum[0], stage->sum[1],  stage->sum[2],
                 stage->sum[3], stage->ratio_p, stage->ratio_d };
    for (int k = 0; k < stage->len; k++)
        to.gap[k] = to.primal[k] = to.dual[k] = to.both[k] = to.ratio_p[k] = to.ratio_d[k] = 0;
    return to;
}

OHM_WIDE static double total(const double *values, int len)
{
    double part[4] = { 0, 0, 0, 0 };
    for (int k = 0; k < len; k += 4)
        for (int i = 0; i < 4; i++)
            part[i] += values[k + i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

OHM_WIDE static double largest(const double *values, int len)
{
    double part[4] = { 0, 0, 0, 0 };
    for (int k = 0; k < len; k += 4)
        for (int i = 0; i < 4; i++)
            part[i] = larger(values[k + i], part[i]);
    return larger(larger(part[0], part[1]), larger(part[2], part[3]));
}

void ohm_stage_limits_affine(ohm_stage *stage, ohm_stage_sums *sums)
{
    int len = stage->len;
    tally to = tally_clear(stage);
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        const ohm_stage_row *row = &stage->row[limit->shape.row];
        if (limit->shape.hard)
            affine_hard(limit, row, len, to);
        else
            affine_soft(limit, row->change, len, to);
    }
    *sums =
        (ohm_stage_sums){ total(to.gap, len),  total(to.primal, len),    total(to.dual, len),
                          total(to.both, len), largest(to.ratio_p, len), largest(to.ratio_d, len) };
}

/* --- the corrector --------------------------------------------------------------------------- */

/* pt and ps become (target - Δt·Δλ)/t - λ and the same of s. */
OHM_WIDE static void correct_soft(ohm_stage_limit *limit, ohm_stage_row *row, int len,
                                  double target)
{
    const double *restrict s = limit->over, *restrict q = limit->curve;
    const double *restrict l = limit->slack_price, *restrict v = limit->over_price;
    const double *restrict w = limit->weight, *restrict fa = limit->a, *restrict fc = limit->c;
    const double *restrict it = limit->it, *restrict is = limit->is, *restrict id = limit->id;
    double *restrict pt = limit->pt, *restrict ps = limit->ps, *restrict slope = row->slope;
    double sign = limit->sign;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double rho = (target - pt[k]) * it[k] - l[k];
        double eta = (target - ps[k]) * is[k] - v[k];
        double rest = w[k] + 2 * q[k] * s[k] - l[k] - v[k];
        pt[k] = rho;
        ps[k] = eta - rest;
        slope[k] += sign * (l[k] + (fc[k] * rho - fa[k] * ps[k]) * id[k]);
    }
}

OHM_WIDE static void correct_hard(ohm_stage_limit *limit, ohm_stage_row *row, int len,
                                  double target)
{
    const double *restrict t = limit->slack, *restrict l = limit->slack_price;
    const double *restrict value = row->value, *restrict bound = limit->bound;
    const double *restrict it = limit->it, *restrict fa = limit->a;
    double *restrict pt = limit->pt, *restrict slope = row->slope;
    double sign = limit->sign;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double rest = sign * (bound[k] - value[k]) - t[k];
        pt[k] = (target - pt[k]) * it[k] - l[k];
        slope[k] += sign * (l[k] + pt[k] - fa[k] * rest);
    }
}

void ohm_stage_limits_correct(ohm_stage *stage, double target)
{
    int rows = stage->shape.inputs + stage->shape.rows;
    for (int j = 0; j < rows; j++)
        for (int k = 0; k < stage->len; k++)
            stage->row[j].slope[k] = 0;
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        ohm_stage_row *row = &stage->row[limit->shape.row];
        if (limit->shape.hard)
            correct_hard(limit, row, stage->len, target);
        else
            correct_soft(limit, row, stage->len, target);
    }
}

/* --- the step -------------------------------------------------------------------------------- */

OHM_WIDE static void step_soft(ohm_stage_limit *limit, const double *restrict change, int len,
                               tally to)
{
    const double *restrict l = limit->slack_price, *restrict v = limit->over_price;
    const double *restrict it = limit->it, *restrict is = limit->is, *restrict id = limit->id;
    const double *restrict fa = limit->a, *restrict pt = limit->pt, *restrict ps = limit->ps;
    const double *restrict s = limit->over, *restrict q = limit->curve, *restrict w = limit->weight;
    double *restrict dt = limit->dt, *restrict ds = limit->ds;
    double *restrict dl = limit->dl, *restrict dv = limit->dv;
    double sign = limit->sign;
    double *restrict ratio_p = to.ratio_p, *restrict ratio_d = to.ratio_d;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        double z = sign * change[k];
        double rest = w[k] + 2 * q[k] * s[k] - l[k] - v[k];
        double over = (pt[k] + ps[k] + fa[k] * z) * id[k];
        ds[k] = over;
        dt[k] = over - z;
        dl[k] = pt[k] - fa[k] * dt[k];
        dv[k] = rest + 2 * q[k] * over - dl[k];
        double move_t = dt[k] * it[k], move_s = over * is[k];
        double low = move_t > move_s ? move_s : move_t;
        double fall_l = dl[k] / l[k], fall_v = dv[k] / v[k];
        double fall = fall_l > fall_v ? fall_v : fall_l;
        double rp = ratio_p[k], rd = ratio_d[k];
        ratio_p[k] = -low > rp ? -low : rp;
        ratio_d[k] = -fall > rd ? -fall : rd;
    }
}

OHM_WIDE static void step_hard(ohm_stage_limit *limit, const ohm_stage_row *row, int len, tally to)
{
    const double *restrict t = limit->slack, *restrict l = limit->slack_price;
    const double *restrict value = row->value, *restrict bound = limit->bound;
    const double *restrict it = limit->it, *restrict fa = limit->a, *restrict pt = limit->pt;
    const double *restrict change = row->change;
    double *restrict dt = limit->dt, *restrict dl = limit->dl;
    double sign = limit->sign;
    double *restrict ratio_p = to.ratio_p, *restrict ratio_d = to.ratio_d;
    OHM_LANES
    for (int k = 0; k < len; k++) {
        dt[k] = sign * (bound[k] - value[k] - change[k]) - t[k];
        dl[k] = pt[k] - fa[k] * dt[k];
        double low = dt[k] * it[k], fall = dl[k] / l[k];
        double rp = ratio_p[k], rd = ratio_d[k];
        ratio_p[k] = -low > rp ? -low : rp;
        ratio_d[k] = -fall > rd ? -fall : rd;
    }
}

void ohm_stage_limits_step(ohm_stage *stage, ohm_stage_sums *sums)
{
    int len = stage->len;
    tally to = { NULL, NULL, NULL, NULL, stage->ratio_p, stage->ratio_d };
    OHM_LANES
    for (int k = 0; k < len; k++)
        to.ratio_p[k] = to.ratio_d[k] = 0;
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        const ohm_stage_row *row = &stage->row[limit->shape.row];
        if (limit->shape.hard)
            step_hard(limit, row, len, to);
        else
            step_soft(limit, row->change, len, to);
    }
    sums->ratio_primal = largest(to.ratio_p, len);
    sums->ratio_dual = largest(to.ratio_d, len);
}

OHM_WIDE static void move(double *restrict to, const double *restrict change, int len,
                          double length)
{
    OHM_LANES
    for (int k = 0; k < len; k++)
        to[k] += length * change[k];
}

void ohm_stage_limits_move(ohm_stage *stage, double primal, double dual)
{
    for (int i = 0; i < stage->shape.limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        move(limit->slack, limit->dt, stage->len, primal);
        move(limit->slack_price, limit->dl, stage->len, dual);
        if (limit->shape.hard)
            continue;
        move(limit->over, limit->ds, stage->len, primal);
        move(limit->over_price, limit->dv, stage->len, dual);
    }
}
