/* The arrays of a stage problem: one walk gives the size (with no memory) and the pointers. */
#include "plan/stage.h"

#include <assert.h>
#include <string.h>

enum { LANES = 4 }; /* arrays end on whole vectors */

typedef struct arena {
    double *base; /* NULL: only count */
    size_t used, len;
} arena;

static double *take(arena *in)
{
    double *at = in->base ? in->base + in->used : NULL;
    in->used += in->len;
    return at;
}

static void take_limit(ohm_stage_limit *limit, const ohm_stage_limit_shape *shape, arena *in)
{
    limit->shape = *shape;
    limit->sign = shape->upper ? 1 : -1;
    double **both[] = { &limit->bound, &limit->slack, &limit->slack_price, &limit->it,
                        &limit->a,     &limit->pt,    &limit->dt,          &limit->dl };
    double **soft[] = {
        &limit->weight, &limit->curve, &limit->over, &limit->over_price, &limit->is,
        &limit->id,     &limit->c,     &limit->ps,   &limit->ds,         &limit->dv
    };
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        *both[i] = take(in);
    for (size_t i = 0; i < sizeof soft / sizeof *soft; i++)
        *soft[i] = shape->hard ? NULL : take(in);
}

static void take_rows(ohm_stage *stage, arena *in)
{
    const ohm_stage_shape *shape = &stage->shape;
    for (int j = 0; j < shape->inputs + shape->rows; j++) {
        ohm_stage_row *row = &stage->row[j];
        uint32_t uses = j < shape->inputs ? 0 : shape->row_uses[j - shape->inputs];
        for (int v = 0; v < shape->states + shape->inputs; v++)
            row->coef[v] = uses >> v & 1 ? take(in) : NULL;
        row->offset = j < shape->inputs ? NULL : take(in);
        row->value = j < shape->inputs ? stage->u[j] : take(in);
        row->change = j < shape->inputs ? stage->du[j] : take(in);
        row->bend = take(in);
        row->slope = take(in);
    }
}

static void take_algebra(ohm_stage *stage, arena *in)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            stage->closed[i][j] = take(in);
        stage->p[i] = take(in);
        stage->price[i] = take(in);
    }
    for (int i = 0; i < n + m; i++) {
        for (int j = 0; j <= i; j++)
            stage->h[i][j] = take(in);
        stage->g[i] = take(in);
    }
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++)
            stage->gain[i][j] = take(in);
        for (int j = 0; j <= i; j++)
            stage->pivot[i][j] = take(in);
        stage->feed[i] = take(in);
    }
    for (int i = 0; i < 4; i++)
        stage->sum[i] = take(in);
    stage->ratio_p = take(in);
    stage->ratio_d = take(in);
}

static void take_all(ohm_stage *stage, arena *in)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            stage->a[i][j] = take(in);
        for (int j = 0; j < m; j++)
            stage->b[i][j] = take(in);
        stage->d[i] = take(in);
        stage->x[i] = take(in);
        stage->dx[i] = take(in);
    }
    for (int j = 0; j < m; j++) {
        stage->cost[j] = take(in);
        stage->u[j] = take(in);
        stage->du[j] = take(in);
    }
    take_rows(stage, in);
    for (int i = 0; i < stage->shape.limits; i++)
        take_limit(&stage->limit[i], &stage->shape.limit[i], in);
    take_algebra(stage, in);
}

/* Each input between a hard lower and a hard upper limit; no limit of a row that is not there. */
static bool limits_make_sense(const ohm_stage_shape *shape)
{
    uint32_t lower = 0, upper = 0;
    for (int i = 0; i < shape->limits; i++) {
        const ohm_stage_limit_shape *limit = &shape->limit[i];
        if (limit->row < 0 || limit->row >= shape->inputs + shape->rows)
            return false;
        if (limit->row >= shape->inputs)
            continue;
        uint32_t bit = UINT32_C(1) << limit->row;
        uint32_t *side = limit->upper ? &upper : &lower;
        if (!limit->hard || *side & bit)
            return false;
        *side |= bit;
    }
    uint32_t all = (UINT32_C(1) << shape->inputs) - 1;
    return lower == all && upper == all;
}

static bool shape_fits(const ohm_stage_shape *shape)
{
    return shape->stages >= 1 && shape->stages <= OHM_STAGE_STAGES_MAX && shape->states >= 1 &&
           shape->states <= OHM_STAGE_STATES_MAX && shape->inputs >= 1 &&
           shape->inputs <= OHM_STAGE_INPUTS_MAX && shape->rows >= 0 &&
           shape->rows <= OHM_STAGE_ROWS_MAX && shape->limits >= 0 &&
           shape->limits <= OHM_STAGE_LIMITS_MAX && limits_make_sense(shape);
}

static size_t padded(int stages)
{
    return ((size_t)stages + LANES - 1) / LANES * LANES;
}

size_t ohm_stage_size(const ohm_stage_shape *shape)
{
    ohm_stage stage = { .shape = *shape };
    arena in = { NULL, 0, 0 };
    if (!shape_fits(shape))
        return 0;
    in.len = padded(shape->stages);
    take_all(&stage, &in);
    return in.used * sizeof(double);
}

static void set(double *array, size_t len, double value)
{
    for (size_t k = 0; k < len; k++)
        array[k] = value;
}

void ohm_stage_init(ohm_stage *stage, const ohm_stage_shape *shape, void *memory)
{
    assert(shape_fits(shape));
    arena in = { memory, 0, padded(shape->stages) };
    memset(stage, 0, sizeof *stage);
    stage->shape = *shape;
    stage->len = (int)in.len;
    take_all(stage, &in);
    memset(memory, 0, in.used * sizeof(double));
    for (int i = 0; i < shape->limits; i++) {
        ohm_stage_limit *limit = &stage->limit[i];
        bool input = limit->shape.row < shape->inputs;
        set(limit->bound, in.len, limit->sign * (input ? 1 : OHM_STAGE_FAR));
        if (!limit->shape.hard)
            set(limit->weight, in.len, 1);
    }
}
