/* The linear system of an iteration where there is one input and one or two states: the same
 * recursion as in stage_riccati.c, written out, with all that need not wait taken out of it. */
#include "plan/stage_own.h"

#include "plan/lanes.h"

typedef struct bend2 {
    double p00, p01, p11;
} bend2;

static void factor_one(ohm_stage *stage)
{
    const double *restrict a = stage->a[0][0], *restrict b = stage->b[0][0];
    const double *restrict hxx = stage->h[0][0], *restrict hux = stage->h[1][0];
    const double *restrict huu = stage->h[1][1];
    double *restrict gain = stage->gain[0][0], *restrict pivot = stage->pivot[0][0];
    double p = 0;
    for (int k = stage->len - 1; k >= 0; k--) {
        double pb = p * b[k];
        double inv = 1 / (huu[k] + b[k] * pb);
        double s = hux[k] + a[k] * pb;
        pivot[k] = inv;
        gain[k] = s * inv;
        p = hxx[k] + a[k] * p * a[k] - s * s * inv;
    }
}

static void factor_two(ohm_stage *stage)
{
    const double *restrict a00 = stage->a[0][0], *restrict a01 = stage->a[0][1];
    const double *restrict a10 = stage->a[1][0], *restrict a11 = stage->a[1][1];
    const double *restrict b0 = stage->b[0][0], *restrict b1 = stage->b[1][0];
    const double *restrict h00 = stage->h[0][0], *restrict h10 = stage->h[1][0];
    const double *restrict h11 = stage->h[1][1], *restrict hu0 = stage->h[2][0];
    const double *restrict hu1 = stage->h[2][1], *restrict huu = stage->h[2][2];
    double *restrict gain0 = stage->gain[0][0], *restrict gain1 = stage->gain[0][1];
    double *restrict pivot = stage->pivot[0][0];
    bend2 p = { 0, 0, 0 };
    for (int k = stage->len - 1; k >= 0; k--) {
        double pb0 = p.p00 * b0[k] + p.p01 * b1[k], pb1 = p.p01 * b0[k] + p.p11 * b1[k];
        double inv = 1 / (huu[k] + b0[k] * pb0 + b1[k] * pb1);
        double s0 = hu0[k] + a00[k] * pb0 + a10[k] * pb1;
        double s1 = hu1[k] + a01[k] * pb0 + a11[k] * pb1;
        double pa00 = p.p00 * a00[k] + p.p01 * a10[k], pa10 = p.p01 * a00[k] + p.p11 * a10[k];
        double pa01 = p.p00 * a01[k] + p.p01 * a11[k], pa11 = p.p01 * a01[k] + p.p11 * a11[k];
        double q00 = h00[k] + a00[k] * pa00 + a10[k] * pa10;
        double q01 = h10[k] + a00[k] * pa01 + a10[k] * pa11;
        double q11 = h11[k] + a01[k] * pa01 + a11[k] * pa11;
        pivot[k] = inv;
        gain0[k] = s0 * inv;
        gain1[k] = s1 * inv;
        p = (bend2){ q00 - s0 * s0 * inv, q01 - s0 * s1 * inv, q11 - s1 * s1 * inv };
    }
}

/* The closed loop A - BK. */
OHM_WIDE static void close_loop(ohm_stage *stage)
{
    int n = stage->shape.states;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double *restrict a = stage->a[i][j], *restrict b = stage->b[i][0];
            const double *restrict gain = stage->gain[0][j];
            double *restrict closed = stage->closed[i][j];
            OHM_LANES
            for (int k = 0; k < stage->len; k++)
                closed[k] = a[k] - b[k] * gain[k];
        }
}

void ohm_stage_factor_small(ohm_stage *stage)
{
    if (stage->shape.states == 1)
        factor_one(stage);
    else
        factor_two(stage);
    close_loop(stage);
}

/* p ← gx - K'gu, before the recursion */
OHM_WIDE static void open_prices(ohm_stage *stage)
{
    int n = stage->shape.states;
    const double *restrict gu = stage->g[n];
    for (int i = 0; i < n; i++) {
        const double *restrict gx = stage->g[i], *restrict gain = stage->gain[0][i];
        double *restrict p = stage->p[i];
        OHM_LANES
        for (int k = 0; k < stage->len; k++)
            p[k] = gx[k] - gain[k] * gu[k];
    }
}

static void back_prices(ohm_stage *stage)
{
    double *restrict p0 = stage->p[0];
    double next0 = 0, next1 = 0;
    if (stage->shape.states == 1) {
        const double *restrict c = stage->closed[0][0];
        for (int k = stage->len - 1; k >= 0; k--)
            next0 = p0[k] += c[k] * next0;
        return;
    }
    double *restrict p1 = stage->p[1];
    const double *restrict c00 = stage->closed[0][0], *restrict c01 = stage->closed[0][1];
    const double *restrict c10 = stage->closed[1][0], *restrict c11 = stage->closed[1][1];
    for (int k = stage->len - 1; k >= 0; k--) {
        double q0 = p0[k] + (c00[k] * next0 + c10[k] * next1);
        double q1 = p1[k] + (c01[k] * next0 + c11[k] * next1);
        p0[k] = next0 = q0;
        p1[k] = next1 = q1;
    }
}

/* feed = R⁻¹(gu + B'p of the next stage) */
OHM_WIDE static void feed_forward(ohm_stage *stage)
{
    int n = stage->shape.states, len = stage->len;
    const double *restrict gu = stage->g[n], *restrict pivot = stage->pivot[0][0];
    double *restrict feed = stage->feed[0];
    OHM_LANES
    for (int k = 0; k < len; k++)
        feed[k] = gu[k];
    for (int i = 0; i < n; i++) {
        const double *restrict b = stage->b[i][0], *restrict p = stage->p[i];
        OHM_LANES
        for (int k = 0; k + 1 < len; k++)
            feed[k] += b[k] * p[k + 1];
    }
    OHM_LANES
    for (int k = 0; k < len; k++)
        feed[k] *= pivot[k];
}

static void forward_states(ohm_stage *stage)
{
    const double *restrict feed = stage->feed[0], *restrict b0 = stage->b[0][0];
    double *restrict dx0 = stage->dx[0];
    double x0 = 0, x1 = 0;
    if (stage->shape.states == 1) {
        const double *restrict c = stage->closed[0][0];
        for (int k = 0; k < stage->len; k++) {
            dx0[k] = x0;
            x0 = c[k] * x0 - b0[k] * feed[k];
        }
        return;
    }
    double *restrict dx1 = stage->dx[1];
    const double *restrict b1 = stage->b[1][0];
    const double *restrict c00 = stage->closed[0][0], *restrict c01 = stage->closed[0][1];
    const double *restrict c10 = stage->closed[1][0], *restrict c11 = stage->closed[1][1];
    for (int k = 0; k < stage->len; k++) {
        dx0[k] = x0;
        dx1[k] = x1;
        double y0 = (c00[k] * x0 + c01[k] * x1) - b0[k] * feed[k];
        double y1 = (c10[k] * x0 + c11[k] * x1) - b1[k] * feed[k];
        x0 = y0;
        x1 = y1;
    }
}

OHM_WIDE void ohm_stage_back_solve_small(ohm_stage *stage)
{
    open_prices(stage);
    back_prices(stage);
    feed_forward(stage);
    forward_states(stage);
    double *restrict du = stage->du[0];
    OHM_LANES
    for (int k = 0; k < stage->len; k++)
        du[k] = -stage->feed[0][k];
    for (int i = 0; i < stage->shape.states; i++) {
        const double *restrict gain = stage->gain[0][i], *restrict dx = stage->dx[i];
        OHM_LANES
        for (int k = 0; k < stage->len; k++)
            du[k] -= gain[k] * dx[k];
    }
}
