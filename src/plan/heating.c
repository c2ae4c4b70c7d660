#include "plan/heating.h"

#include <assert.h>
#include <math.h>

/* Numbers beyond this are no temperatures, powers or prices. */
#define LARGEST 1e5
/* Of the gap, against 1 + |objective|. */
#define TOLERANCE 2e-6
/* Below this the power has no choice, or a price is none. */
#define NOTHING 1e-9

enum { LOW_U, HIGH_U, LOW_Y, HIGH_Y, LIMITS };

/* --- the check ------------------------------------------------------------------------------- */

static bool sane(double value)
{
    return fabs(value) <= LARGEST; /* false for NaN */
}

static ohm_err check_series(const ohm_heating *problem)
{
    for (int k = 0; k < problem->steps; k++) {
        if (!sane(problem->cost[k]))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a cost is out of range");
        if (!sane(problem->offset[k]))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "an offset is out of range");
        for (int i = 0; i < problem->states; i++)
            if (!sane(problem->drift[i][k]))
                return ohm_fail(OHM_RANGE, (uint32_t)k, "a disturbance is out of range");
    }
    return ohm_ok();
}

/* What a step makes of a temperature at most; over the horizon it may not run away. */
#define GROWTH_MAX 1e6

static bool stays_bounded(double a, int steps)
{
    double growth = 1;
    for (int k = 0; k < steps && growth <= GROWTH_MAX; k++)
        growth *= a;
    return growth <= GROWTH_MAX; /* false for NaN */
}

static ohm_err check_model(const ohm_heating *problem)
{
    int n = problem->states;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += fabs(problem->a[i][j]);
        if (!stays_bounded(sum, problem->steps))
            return ohm_fail(OHM_RANGE, (uint32_t)i, "the model is not stable");
        if (!sane(problem->b[i]) || !sane(problem->c[i]) || !sane(problem->x0[i]))
            return ohm_fail(OHM_RANGE, (uint32_t)i, "the model is out of range");
        if (!sane(problem->end[i]) || !sane(problem->end_price[i]) || problem->end_price[i] < 0)
            return ohm_fail(OHM_RANGE, (uint32_t)i, "the terminal value is out of range");
    }
    return sane(problem->d) ? ohm_ok() : ohm_fail(OHM_RANGE, 0, "the model is out of range");
}

ohm_err ohm_heating_check(const ohm_heating *problem)
{
    if (problem->steps < 1 || problem->steps > OHM_HEATING_STEPS_MAX)
        return ohm_fail(OHM_RANGE, 0, "the number of steps is out of range");
    if (problem->states < 1 || problem->states > OHM_HEATING_STATES_MAX)
        return ohm_fail(OHM_RANGE, 0, "the number of states is out of range");
    if (!sane(problem->u_min) || !sane(problem->u_max) || problem->u_min > problem->u_max)
        return ohm_fail(OHM_RANGE, 0, "the power's limits are out of range");
    if (!sane(problem->y_min) || !sane(problem->y_max))
        return ohm_fail(OHM_RANGE, 0, "the comfort's limits are out of range");
    if (!(problem->low_price >= 0 && problem->high_price >= 0 && problem->high_curve >= 0) ||
        !sane(problem->low_price) || !sane(problem->high_price) || !sane(problem->high_curve))
        return ohm_fail(OHM_RANGE, 0, "a weight is out of range");
    OHM_TRY(check_model(problem));
    return check_series(problem);
}

/* --- memory ---------------------------------------------------------------------------------- */

/* What the last states are worth takes a stage for each of them: x stays, the row is one state. */
static ohm_stage_shape shape_of(int steps, int states)
{
    ohm_stage_shape shape = { .stages = steps + states,
                              .states = states,
                              .inputs = 1,
                              .rows = 1,
                              .limits = LIMITS,
                              .row_uses = { (UINT32_C(1) << (states + 1)) - 1 } };
    shape.limit[LOW_U] = (ohm_stage_limit_shape){ 0, false, true };
    shape.limit[HIGH_U] = (ohm_stage_limit_shape){ 0, true, true };
    shape.limit[LOW_Y] = (ohm_stage_limit_shape){ 1, false, false };
    shape.limit[HIGH_Y] = (ohm_stage_limit_shape){ 1, true, false };
    return shape;
}

size_t ohm_heating_size(int steps, int states)
{
    ohm_stage_shape shape = shape_of(steps, states);
    return ohm_stage_size(&shape);
}

void ohm_heating_init(ohm_heating_plan *plan, int steps, int states, void *memory)
{
    ohm_stage_shape shape = shape_of(steps, states);
    ohm_stage_init(&plan->stage, &shape, memory);
    plan->solved = false;
    plan->u = plan->stage.u[0];
}

/* --- the stages ------------------------------------------------------------------------------ */

static void fill_dynamics(ohm_stage *stage, const ohm_heating *problem, bool fixed)
{
    int n = problem->states;
    const ohm_stage_row *y = &stage->row[1];
    double u = fixed ? problem->u_min : 0;
    for (int k = 0; k < problem->steps; k++) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                stage->a[i][j][k] = problem->a[i][j];
            stage->b[i][0][k] = fixed ? 0 : problem->b[i];
            stage->d[i][k] = problem->drift[i][k] + problem->b[i] * u;
            y->coef[i][k] = problem->c[i];
        }
        y->coef[n][k] = fixed ? 0 : problem->d;
        y->offset[k] = problem->offset[k] + problem->d * u;
        stage->cost[0][k] = fixed ? 0 : problem->cost[k];
    }
}

static void set_soft(ohm_stage_limit *limit, int k, double bound, double weight, double curve)
{
    bool none = weight < NOTHING && curve < NOTHING;
    limit->bound[k] = none ? limit->sign * OHM_STAGE_FAR : bound;
    limit->weight[k] = none ? 1 : weight > NOTHING ? weight : NOTHING;
    limit->curve[k] = none ? 0 : curve;
}

static void fill_limits(ohm_stage *stage, const ohm_heating *problem, bool fixed)
{
    for (int k = 0; k < problem->steps; k++) {
        if (!fixed) {
            stage->limit[LOW_U].bound[k] = problem->u_min;
            stage->limit[HIGH_U].bound[k] = problem->u_max;
        }
        set_soft(&stage->limit[LOW_Y], k, problem->y_min, problem->low_price, 0);
        set_soft(&stage->limit[HIGH_Y], k, problem->y_max, problem->high_price,
                 problem->high_curve);
    }
}

static void fill_end(ohm_stage *stage, const ohm_heating *problem)
{
    int n = problem->states;
    for (int i = 0; i < n; i++) {
        int k = problem->steps + i;
        for (int j = 0; j < n && i + 1 < n; j++)
            stage->a[j][j][k] = 1;
        stage->row[1].coef[i][k] = 1;
        set_soft(&stage->limit[LOW_Y], k, problem->end[i], problem->end_price[i], 0);
    }
}

/* --- the answer ------------------------------------------------------------------------------ */

static void gave_way(ohm_heating_gave *gave, double over, double price, double curve)
{
    if (over <= 1e-6)
        return;
    gave->steps++;
    gave->most = over > gave->most ? over : gave->most;
    gave->cost_eur += (price + curve * over) * over;
}

/* The plan as the plant will see it: costs and limits from the powers alone. */
static void account(const ohm_heating *problem, const double *u, ohm_heating_result *result)
{
    int n = problem->states;
    double x[OHM_HEATING_STATES_MAX] = { 0 }, cost = 0;
    for (int i = 0; i < n; i++)
        x[i] = problem->x0[i];
    for (int k = 0; k < problem->steps; k++) {
        double y = problem->d * u[k] + problem->offset[k], then[OHM_HEATING_STATES_MAX] = { 0 };
        for (int i = 0; i < n; i++) {
            y += problem->c[i] * x[i];
            then[i] = problem->b[i] * u[k] + problem->drift[i][k];
            for (int j = 0; j < n; j++)
                then[i] += problem->a[i][j] * x[j];
        }
        for (int i = 0; i < n; i++)
            x[i] = then[i];
        cost += problem->cost[k] * u[k];
        gave_way(&result->gave[OHM_HEATING_LOW], problem->y_min - y, problem->low_price, 0);
        gave_way(&result->gave[OHM_HEATING_HIGH], y - problem->y_max, problem->high_price,
                 problem->high_curve);
    }
    for (int i = 0; i < n; i++)
        gave_way(&result->gave[OHM_HEATING_END], problem->end[i] - x[i], problem->end_price[i], 0);
    for (int i = 0; i < OHM_HEATING_LIMITS; i++)
        cost += result->gave[i].cost_eur;
    result->objective_eur = cost;
}

void ohm_heating_solve(ohm_heating_plan *plan, const ohm_heating *problem, bool warm,
                       ohm_heating_result *result)
{
    ohm_stage *stage = &plan->stage;
    bool fixed = problem->u_max - problem->u_min < NOTHING;
    assert(problem->states == stage->shape.states);
    assert(problem->steps + problem->states == stage->shape.stages);
    if (warm && plan->solved)
        ohm_stage_shift(stage, problem->steps);
    for (int i = 0; i < problem->states; i++)
        stage->x0[i] = problem->x0[i];
    fill_dynamics(stage, problem, fixed);
    fill_limits(stage, problem, fixed);
    fill_end(stage, problem);
    ohm_stage_options options = { .warm = warm && plan->solved, .tolerance = TOLERANCE };
    ohm_stage_result solved = ohm_stage_solve(stage, &options);
    for (int k = 0; fixed && k < problem->steps; k++)
        plan->u[k] = problem->u_min;
    plan->solved = true;
    *result = (ohm_heating_result){ .iterations = solved.iterations };
    account(problem, plan->u, result);
    double moved = fixed ? result->objective_eur - solved.objective : 0;
    result->bound_eur = solved.bound + moved;
}
