/* The linear system of an iteration: stage by stage backwards, then forwards.
 *
 * Half of Δ'HΔ plus g'Δ over all stages, along Δx+ = AΔx + BΔu from Δx = 0: with P the bend of the
 * cost to go, R = Huu + B'PB, S = Hux + B'PA, K = R⁻¹S and P' = Hxx + A'PA - S'K. What is linear
 * follows with the closed loop A - BK alone, in two short recursions. */
#include "plan/stage_own.h"

#include "plan/lanes.h"

#include <math.h>
#include <string.h>

enum { N = OHM_STAGE_STATES_MAX, M = OHM_STAGE_INPUTS_MAX };

/* --- from rows to stages --------------------------------------------------------------------- */

OHM_WIDE static void add_product(double *restrict to, const double *restrict bend,
                                 const double *restrict a, const double *restrict b, int len)
{
    OHM_LANES
    for (int k = 0; k < len; k++)
        to[k] += bend[k] * a[k] * b[k];
}

OHM_WIDE static void add_scaled(double *restrict to, const double *restrict slope,
                                const double *restrict a, int len)
{
    OHM_LANES
    for (int k = 0; k < len; k++)
        to[k] += slope[k] * a[k];
}

static void assemble_row(ohm_stage *stage, const ohm_stage_row *row, bool slopes_only)
{
    int vars = stage->shape.states + stage->shape.inputs;
    for (int i = 0; i < vars; i++) {
        if (!row->coef[i])
            continue;
        add_scaled(stage->g[i], row->slope, row->coef[i], stage->len);
        for (int j = 0; j <= i && !slopes_only; j++)
            if (row->coef[j])
                add_product(stage->h[i][j], row->bend, row->coef[i], row->coef[j], stage->len);
    }
}

void ohm_stage_assemble(ohm_stage *stage, bool slopes_only)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    size_t bytes = (size_t)stage->len * sizeof(double);
    for (int i = 0; i < n + m; i++) {
        if (i < n)
            memset(stage->g[i], 0, bytes);
        for (int j = 0; j <= i && !slopes_only; j++)
            memset(stage->h[i][j], 0, bytes);
    }
    for (int j = 0; j < m; j++) {
        const double *restrict cost = stage->cost[j], *restrict slope = stage->row[j].slope;
        double *restrict g = stage->g[n + j];
        OHM_LANES
        for (int k = 0; k < stage->len; k++)
            g[k] = cost[k] + slope[k];
        if (!slopes_only)
            memcpy(stage->h[n + j][n + j], stage->row[j].bend, bytes);
    }
    for (int r = 0; r < stage->shape.rows; r++)
        assemble_row(stage, &stage->row[m + r], slopes_only);
}

/* --- any number of states and inputs --------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

typedef struct stage_matrices {
    double a[N][N], b[N][M];
    double pb[N][M], pa[N][N];
    double r[M][M], s[M][N];
} stage_matrices;

INLINE void load(const ohm_stage *stage, int n, int m, int k, stage_matrices *o)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            o->a[i][j] = stage->a[i][j][k];
        for (int j = 0; j < m; j++)
            o->b[i][j] = stage->b[i][j][k];
    }
}

/* PB and PA, then R (lower half) and S. */
INLINE void blocks(const ohm_stage *stage, int n, int m, int k, double p[N][N], stage_matrices *o)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            o->pb[i][j] = 0;
            for (int l = 0; l < n; l++)
                o->pb[i][j] += p[i][l] * o->b[l][j];
        }
        for (int j = 0; j < n; j++) {
            o->pa[i][j] = 0;
            for (int l = 0; l < n; l++)
                o->pa[i][j] += p[i][l] * o->a[l][j];
        }
    }
    for (int i = 0; i < m; i++) {
        for (int j = 0; j <= i; j++) {
            o->r[i][j] = stage->h[n + i][n + j][k];
            for (int l = 0; l < n; l++)
                o->r[i][j] += o->b[l][i] * o->pb[l][j];
        }
        for (int j = 0; j < n; j++) {
            o->s[i][j] = stage->h[n + i][j][k];
            for (int l = 0; l < n; l++)
                o->s[i][j] += o->b[l][i] * o->pa[l][j];
        }
    }
}

/* R = L·D·L'; the unit L below the diagonal of `r`, 1/D on it. */
INLINE void decompose(double r[M][M], int m)
{
    for (int j = 0; j < m; j++) {
        double d = r[j][j];
        for (int l = 0; l < j; l++)
            d -= r[j][l] * r[j][l] / r[l][l];
        /* Rounding may eat a pivot that is tiny by nature: such an input stays where it is. */
        r[j][j] = d > 1e-14 * r[j][j] ? 1 / d : 1 / (r[j][j] + 1e-300);
        for (int i = j + 1; i < m; i++) {
            double v = r[i][j];
            for (int l = 0; l < j; l++)
                v -= r[i][l] * r[j][l] / r[l][l];
            r[i][j] = v * r[j][j];
        }
    }
}

INLINE void solve_with(double r[M][M], int m, double v[M])
{
    for (int i = 1; i < m; i++)
        for (int l = 0; l < i; l++)
            v[i] -= r[i][l] * v[l];
    for (int i = 0; i < m; i++)
        v[i] *= r[i][i];
    for (int i = m - 2; i >= 0; i--)
        for (int l = i + 1; l < m; l++)
            v[i] -= r[l][i] * v[l];
}

INLINE void store(ohm_stage *stage, int n, int m, int k, stage_matrices *o, double gain[M][N])
{
    for (int i = 0; i < m; i++) {
        for (int j = 0; j <= i; j++)
            stage->pivot[i][j][k] = o->r[i][j];
        for (int j = 0; j < n; j++)
            stage->gain[i][j][k] = gain[i][j];
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double closed = o->a[i][j];
            for (int l = 0; l < m; l++)
                closed -= o->b[i][l] * gain[l][j];
            stage->closed[i][j][k] = closed;
        }
}

INLINE void factor_stage(ohm_stage *stage, int n, int m, int k, double p[N][N])
{
    stage_matrices o;
    double gain[M][N];
    load(stage, n, m, k, &o);
    blocks(stage, n, m, k, p, &o);
    decompose(o.r, m);
    for (int j = 0; j < n; j++) {
        double column[M];
        for (int i = 0; i < m; i++)
            column[i] = o.s[i][j];
        solve_with(o.r, m, column);
        for (int i = 0; i < m; i++)
            gain[i][j] = column[i];
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double v = stage->h[i][j][k];
            for (int l = 0; l < n; l++)
                v += o.a[l][i] * o.pa[l][j];
            for (int l = 0; l < m; l++)
                v -= o.s[l][i] * gain[l][j];
            p[i][j] = p[j][i] = v;
        }
    store(stage, n, m, k, &o, gain);
}

INLINE void factor_all(ohm_stage *stage, int n, int m)
{
    double p[N][N] = { { 0 } };
    for (int k = stage->len - 1; k >= 0; k--)
        factor_stage(stage, n, m, k, p);
}

/* The shapes that a home with all its devices has, with counts that the compiler knows. */
OHM_WIDE void ohm_stage_factor(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    if (n == 3 && m == 4)
        factor_all(stage, 3, 4);
    else if (n == 2 && m == 3)
        factor_all(stage, 2, 3);
    else if (n == 1 && m == 2)
        factor_all(stage, 1, 2);
    else
        factor_all(stage, n, m);
}

/* p_k = gx - K'gu + (A-BK)'p_{k+1} */
INLINE void back_prices(ohm_stage *stage, int n, int m)
{
    double next[N] = { 0 };
    for (int k = stage->len - 1; k >= 0; k--) {
        double p[N];
        for (int i = 0; i < n; i++) {
            p[i] = stage->g[i][k];
            for (int l = 0; l < m; l++)
                p[i] -= stage->gain[l][i][k] * stage->g[n + l][k];
            for (int l = 0; l < n; l++)
                p[i] += stage->closed[l][i][k] * next[l];
        }
        for (int i = 0; i < n; i++)
            stage->p[i][k] = next[i] = p[i];
    }
}

INLINE void back_solve(ohm_stage *stage, int n, int m)
{
    double dx[N] = { 0 };
    back_prices(stage, n, m);
    for (int k = 0; k < stage->len; k++) {
        double feed[M], r[M][M], then[N];
        bool last = k + 1 == stage->len;
        for (int j = 0; j < m; j++) {
            feed[j] = stage->g[n + j][k];
            for (int i = 0; i < n && !last; i++)
                feed[j] += stage->b[i][j][k] * stage->p[i][k + 1];
            for (int l = 0; l <= j; l++)
                r[j][l] = stage->pivot[j][l][k];
        }
        solve_with(r, m, feed);
        for (int i = 0; i < n; i++)
            stage->dx[i][k] = dx[i];
        for (int j = 0; j < m; j++) {
            double du = -feed[j];
            for (int i = 0; i < n; i++)
                du -= stage->gain[j][i][k] * dx[i];
            stage->du[j][k] = du;
        }
        for (int i = 0; i < n; i++) {
            then[i] = 0;
            for (int l = 0; l < n; l++)
                then[i] += stage->closed[i][l][k] * dx[l];
            for (int j = 0; j < m; j++)
                then[i] -= stage->b[i][j][k] * feed[j];
        }
        memcpy(dx, then, sizeof dx);
    }
}

OHM_WIDE void ohm_stage_back_solve(ohm_stage *stage)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    if (n == 3 && m == 4)
        back_solve(stage, 3, 4);
    else if (n == 2 && m == 3)
        back_solve(stage, 2, 3);
    else if (n == 1 && m == 2)
        back_solve(stage, 1, 2);
    else
        back_solve(stage, n, m);
}
