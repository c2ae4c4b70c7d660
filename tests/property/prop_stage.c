/* The stage solver on random problems: what it returns is feasible, its bound lies below every
 * plan that is tried, and the two meet; also where prices are degenerate, scales differ by
 * millions, and a hard limit can't be kept. */
#include "plan/stage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 400, ROUNDS_SANITIZED = 60, TRIES = 8, BYTES = 1 << 20 };

static uint64_t seed;

static double draw(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static int pick(int low, int high)
{
    return low + (int)draw(0, (double)(high - low + 1) * 0.999999);
}

/* Some states, some inputs, a row of all of them with soft limits, and a row of the first state
 * with hard ones. */
static ohm_stage_shape shape_of(void)
{
    ohm_stage_shape shape = { .stages = pick(1, 24), .states = pick(1, 3), .inputs = pick(1, 4) };
    int m = shape.inputs;
    shape.rows = 2;
    shape.row_uses[0] = (UINT32_C(1) << (shape.states + m)) - 1;
    shape.row_uses[1] = 1;
    for (int j = 0; j < m; j++) {
        shape.limit[shape.limits++] = (ohm_stage_limit_shape){ j, false, true };
        shape.limit[shape.limits++] = (ohm_stage_limit_shape){ j, true, true };
    }
    shape.limit[shape.limits++] = (ohm_stage_limit_shape){ m, false, false };
    shape.limit[shape.limits++] = (ohm_stage_limit_shape){ m, true, false };
    shape.limit[shape.limits++] = (ohm_stage_limit_shape){ m + 1, true, true };
    return shape;
}

typedef struct flavour {
    const char *why;
    double scale;    /* of costs */
    bool flat;       /* all costs equal: many optima */
    bool curved;     /* a quadratic program */
    double hard_low; /* where the hard limit may lie at least */
} flavour;

static void fill(ohm_stage *stage, const flavour *kind)
{
    int n = stage->shape.states, m = stage->shape.inputs;
    for (int i = 0; i < n; i++)
        stage->x0[i] = draw(-1, 1);
    for (int k = 0; k < stage->shape.stages; k++) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                stage->a[i][j][k] = (i == j ? 0.9 : 0) + draw(-0.05, 0.05);
            for (int j = 0; j < m; j++)
                stage->b[i][j][k] = draw(-0.5, 0.5);
            stage->d[i][k] = draw(-0.1, 0.1);
        }
        for (int v = 0; v < n + m; v++)
            stage->row[m].coef[v][k] = draw(-1, 1);
        stage->row[m].offset[k] = draw(-1, 1);
        stage->row[m + 1].coef[0][k] = 1;
        for (int j = 0; j < m; j++) {
            stage->cost[j][k] = kind->scale * (kind->flat ? 0.5 : draw(-1, 1));
            stage->limit[2 * j].bound[k] = draw(-2, -0.1);
            stage->limit[2 * j + 1].bound[k] = draw(0.1, 2);
        }
        for (int i = 2 * m; i < 2 * m + 2; i++) {
            ohm_stage_limit *limit = &stage->limit[i];
            limit->bound[k] = limit->sign * (kind->flat ? 0.5 : draw(0, 1));
            limit->weight[k] = kind->scale * (kind->flat ? 1 : draw(0.1, 3));
            limit->curve[k] = kind->curved ? kind->scale * draw(0, 2) : 0;
        }
        /* x_0 is given: where it passes its limit there is nothing to plan. */
        stage->limit[2 * m + 2].bound[k] = k == 0 ? 2 : draw(kind->hard_low, kind->hard_low + 2);
    }
}

/* The cost of any inputs; INFINITY where a hard limit is passed. */
static double cost_of(ohm_stage *stage)
{
    ohm_stage_result other = { 0 };
    ohm_stage_certify(stage, &other);
    return other.violation > 1e-9 ? INFINITY : other.objective;
}

static void try_others(ohm_stage *stage, const ohm_stage_result *result, double tolerance)
{
    double *best = malloc(sizeof(double) * (size_t)(stage->shape.inputs * stage->len));
    assert_non_null(best);
    for (int j = 0; j < stage->shape.inputs; j++)
        memcpy(best + j * stage->len, stage->u[j], sizeof(double) * (size_t)stage->len);
    for (int t = 0; t < TRIES; t++) {
        double size = t < TRIES / 2 ? 0.01 : 1;
        for (int j = 0; j < stage->shape.inputs; j++)
            for (int k = 0; k < stage->len; k++)
                stage->u[j][k] = best[j * stage->len + k] + draw(-size, size);
        assert_true(cost_of(stage) >= result->bound - tolerance);
        assert_true(cost_of(stage) >= result->objective - tolerance);
    }
    free(best);
}

static void run(const flavour *kind)
{
    static double memory[BYTES / sizeof(double)];
    static ohm_stage stage;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        seed = (uint64_t)round * 977 + 5;
        ohm_stage_shape shape = shape_of();
        assert_true(ohm_stage_size(&shape) > 0 && ohm_stage_size(&shape) <= sizeof memory);
        ohm_stage_init(&stage, &shape, memory);
        fill(&stage, kind);
        ohm_stage_options options = { .tolerance = 1e-6 };
        ohm_stage_result result = ohm_stage_solve(&stage, &options);
        double tolerance = 1e-6 * (1 + fabs(result.objective)) + 1e-9;
        if (!result.converged)
            print_error("%s, round %d: gap %g, violation %g\n", kind->why, round,
                        result.objective - result.bound, result.violation);
        assert_true(result.converged);
        assert_true(result.objective - result.bound <= tolerance);
        try_others(&stage, &result, tolerance);
    }
}

static void check_random(void **state)
{
    (void)state;
    static const flavour kinds[] = {
        { "a linear program", 1, false, false, 1 },
        { "a quadratic program", 1, false, true, 1 },
        { "degenerate: many optima", 1, true, false, 1 },
        { "costs in millions", 1e6, false, false, 1 },
        { "costs in millionths", 1e-6, false, true, 1 },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        run(&kinds[i]);
}

/* A hard limit that nothing can keep: an answer all the same, and how far it misses. */
static void check_infeasible(void **state)
{
    (void)state;
    static double memory[BYTES / sizeof(double)];
    static ohm_stage stage;
    ohm_stage_shape shape = { .stages = 6,
                              .states = 1,
                              .inputs = 1,
                              .rows = 1,
                              .limits = 3,
                              .row_uses = { 1 },
                              .limit = {
                                  { 0, false, true }, { 0, true, true }, { 1, true, true } } };
    ohm_stage_init(&stage, &shape, memory);
    for (int k = 0; k < 6; k++) {
        stage.a[0][0][k] = 1;
        stage.b[0][0][k] = 0.1;
        stage.row[1].coef[0][k] = 1;
        stage.limit[2].bound[k] = k == 5 ? -3 : 10;
    }
    ohm_stage_options options = { .tolerance = 1e-6 };
    ohm_stage_result result = ohm_stage_solve(&stage, &options);
    assert_false(result.converged);
    assert_true(result.violation >= 2.5 - 1e-9); /* five steps of -0.1 lead to -0.5 at best */
    for (int k = 0; k < 6; k++)
        assert_true(stage.u[0][k] >= -1 && stage.u[0][k] <= 1);
}

/* Shapes that are none. */
static void check_shapes(void **state)
{
    (void)state;
    ohm_stage_shape good = { .stages = 4,
                             .states = 1,
                             .inputs = 1,
                             .limits = 2,
                             .limit = { { 0, false, true }, { 0, true, true } } };
    assert_true(ohm_stage_size(&good) > 0);
    ohm_stage_shape bad = good;
    bad.limits = 1; /* the input has no upper limit */
    assert_int_equal(ohm_stage_size(&bad), 0);
    bad = good;
    bad.limit[1].row = 1; /* there is no row */
    assert_int_equal(ohm_stage_size(&bad), 0);
    bad = good;
    bad.stages = OHM_STAGE_STAGES_MAX + 1;
    assert_int_equal(ohm_stage_size(&bad), 0);
    bad = good;
    bad.states = 0;
    assert_int_equal(ohm_stage_size(&bad), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_shapes),
        cmocka_unit_test(check_random),
        cmocka_unit_test(check_infeasible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
