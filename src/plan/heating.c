#include "plan/arena.h"
#include "plan/heating_corner.h"
#include "plan/heating_exact.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Numbers beyond these are no temperatures and powers, no prices. */
#define LARGEST       1e5
#define LARGEST_PRICE 1e9
/* Of the gap, against 1 + |objective|. */
#define TOLERANCE 2e-6
/* Below this the power has no choice, or a price is none. */
#define NOTHING 1e-9

enum { LOW_U, HIGH_U, LOW_Y, HIGH_Y, LIMITS };

/* So many edges take as long as the interior point would take to go on. */
static const ohm_corner_patience cold_patience = { 8, 8 }, warm_patience = { 20, 1000 };

/* --- the check ------------------------------------------------------------------------------- */

static bool sane(double value)
{
    return fabs(value) <= LARGEST; /* false for NaN */
}

static bool sane_price(double value)
{
    return fabs(value) <= LARGEST_PRICE;
}

static ohm_err check_series(const ohm_heating *problem)
{
    for (int k = 0; k < problem->steps; k++) {
        if (!sane_price(problem->cost[k]))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a cost is out of range");
        if (!sane(problem->offset[k]))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "an offset is out of range");
        for (int i = 0; i < problem->states; i++)
            if (!sane(problem->drift[i][k]))
                return ohm_fail(OHM_RANGE, (uint32_t)k, "a disturbance is out of range");
    }
    return ohm_ok();
}

/* What the steps make of a temperature at most: over the horizon it may not run away. */
#define GROWTH_MAX 1e6

static double size_of(const double m[2][2])
{
    double first = fabs(m[0][0]) + fabs(m[0][1]), second = fabs(m[1][0]) + fabs(m[1][1]);
    return first > second ? first : second;
}

/* A, A², A⁴… up to the horizon; false for NaN. */
static bool stays_bounded(const ohm_heating *problem)
{
    double m[2][2] = { { 0 } }, square[2][2];
    for (int i = 0; i < problem->states; i++)
        for (int j = 0; j < problem->states; j++)
            m[i][j] = problem->a[i][j];
    for (int steps = 1; size_of((const double(*)[2])m) <= GROWTH_MAX; steps *= 2) {
        if (steps >= problem->steps)
            return true;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                square[i][j] = m[i][0] * m[0][j] + m[i][1] * m[1][j];
        memcpy(m, square, sizeof m);
    }
    return false;
}

static ohm_err check_model(const ohm_heating *problem)
{
    int n = problem->states;
    if (!stays_bounded(problem))
        return ohm_fail(OHM_RANGE, 0, "the model is not stable");
    for (int i = 0; i < n; i++) {
        if (!sane(problem->b[i]) || !sane(problem->c[i]) || !sane(problem->x0[i]))
            return ohm_fail(OHM_RANGE, (uint32_t)i, "the model is out of range");
        if (!sane(problem->end[i]) || !sane_price(problem->end_price[i]) ||
            problem->end_price[i] < 0)
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
        !sane_price(problem->low_price) || !sane_price(problem->high_price) ||
        !sane_price(problem->high_curve))
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

/* The exact program is for one state, and gives up where its pieces would be too many. */
static void take_all(ohm_heating_plan *plan, int steps, int states, arena *in, void **ret_stage)
{
    ohm_stage_shape shape = shape_of(steps, states);
    size_t numbers = (size_t)steps * sizeof(double);
    *ret_stage = take(in, ohm_stage_size(&shape));
    plan->u = take(in, numbers);
    plan->tried = take(in, numbers);
    plan->near = take(in, numbers);
    size_t exact = states == 1 ? ohm_heating_exact_size(steps) : 0;
    plan->exact = take(in, exact ? sizeof *plan->exact : 0);
    void *memory = take(in, exact);
    if (in->base && exact)
        ohm_heating_exact_init(plan->exact, steps, memory);
    else
        plan->exact = NULL;
    size_t corner = states == 2 ? ohm_heating_corner_size(steps) : 0;
    plan->corner = take(in, corner ? sizeof *plan->corner : 0);
    memory = take(in, corner);
    if (in->base && corner)
        ohm_heating_corner_init(plan->corner, steps, memory);
    else
        plan->corner = NULL;
}

size_t ohm_heating_size(int steps, int states)
{
    ohm_heating_plan plan;
    arena in = { NULL, 0 };
    void *stage;
    take_all(&plan, steps, states, &in, &stage);
    return in.used;
}

void ohm_heating_init(ohm_heating_plan *plan, int steps, int states, void *memory)
{
    ohm_stage_shape shape = shape_of(steps, states);
    arena in = { memory, 0 };
    void *stage;
    take_all(plan, steps, states, &in, &stage);
    ohm_stage_init(&plan->stage, &shape, stage);
    plan->solved = plan->exact_known = false;
}

/* --- the scale ---------------------------------------------------------------------------------
 */

/* What a kelvin does, where the power costs nothing. */
static double weight_of(const ohm_heating *problem)
{
    double sum = problem->low_price + problem->high_price + problem->high_curve;
    for (int i = 0; i < problem->states; i++)
        sum += problem->end_price[i];
    return sum > NOTHING ? sum : 1;
}

/* The interior point works in a currency in which a step costs about 1: of its tolerance a part is
 * absolute. A power of two, so that nothing is rounded; 1 for euros and kilowatts as usual. */
static double currency_of(const ohm_heating *problem)
{
    double sum = 0, least = 1, range = problem->u_max - problem->u_min;
    for (int k = 0; k < problem->steps; k++)
        sum += fabs(problem->cost[k]);
    double step = sum / problem->steps * (range > NOTHING ? range : 1);
    step = step > 0 ? step : weight_of(problem);
    for (; step * least < 0.01 && least < 0x1p60; least *= 4)
        ;
    for (; step * least > 100 && least > 0x1p-60; least /= 4)
        ;
    return least;
}

/* --- the stages ------------------------------------------------------------------------------ */

static void fill_dynamics(ohm_stage *stage, const ohm_heating *problem, bool fixed, double unit)
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
        stage->cost[0][k] = fixed ? 0 : problem->cost[k] * unit;
    }
}

static void set_soft(ohm_stage_limit *limit, int k, double bound, double weight, double curve)
{
    bool none = weight < NOTHING && curve < NOTHING;
    limit->bound[k] = none ? limit->sign * OHM_STAGE_FAR : bound;
    limit->weight[k] = none ? 1 : weight > NOTHING ? weight : NOTHING;
    limit->curve[k] = none ? 0 : curve;
}

static void fill_limits(ohm_stage *stage, const ohm_heating *problem, bool fixed, double unit)
{
    for (int k = 0; k < problem->steps; k++) {
        if (!fixed) {
            stage->limit[LOW_U].bound[k] = problem->u_min;
            stage->limit[HIGH_U].bound[k] = problem->u_max;
        }
        set_soft(&stage->limit[LOW_Y], k, problem->y_min, problem->low_price * unit, 0);
        set_soft(&stage->limit[HIGH_Y], k, problem->y_max, problem->high_price * unit,
                 problem->high_curve * unit);
    }
}

static void fill_end(ohm_stage *stage, const ohm_heating *problem, double unit)
{
    int n = problem->states;
    for (int i = 0; i < n; i++) {
        int k = problem->steps + i;
        for (int j = 0; j < n && i + 1 < n; j++)
            stage->a[j][j][k] = 1;
        stage->row[1].coef[i][k] = 1;
        set_soft(&stage->limit[LOW_Y], k, problem->end[i], problem->end_price[i] * unit, 0);
    }
}

/* --- the answer ------------------------------------------------------------------------------ */

/* A hair's breadth is not told as given way, but counted: at a price of a thousand million euros it
 * is a thousand. */
static void gave_way(ohm_heating_gave *gave, double over, double price, double curve)
{
    if (over <= 0)
        return;
    gave->cost_eur += (price + curve * over) * over;
    if (over <= 1e-6)
        return;
    gave->steps++;
    gave->most = over > gave->most ? over : gave->most;
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

/* Keeps what was tried if it is the best; true when it is good enough. */
static bool keep(ohm_heating_plan *plan, const ohm_heating *problem, const double *u, double bound,
                 ohm_heating_result *result)
{
    ohm_heating_result tried = { .bound_eur = bound, .iterations = result->iterations };
    account(problem, u, &tried);
    if (result->bound_eur > tried.bound_eur) /* either holds */
        tried.bound_eur = result->bound_eur;
    if (tried.objective_eur < result->objective_eur) {
        if (u != plan->u)
            memcpy(plan->u, u, (size_t)problem->steps * sizeof *u);
        *result = tried;
    }
    result->bound_eur = tried.bound_eur;
    double gap = result->objective_eur - result->bound_eur;
    /* A bound above the objective is none: what it certifies is not this problem's. */
    return fabs(gap) <= TOLERANCE * (1 + fabs(result->objective_eur));
}

static void fill(ohm_stage *stage, const ohm_heating *problem, bool fixed, double unit)
{
    for (int i = 0; i < problem->states; i++)
        stage->x0[i] = problem->x0[i];
    fill_dynamics(stage, problem, fixed, unit);
    fill_limits(stage, problem, fixed, unit);
    fill_end(stage, problem, unit);
}

/* One run of the interior point, and the power that has no choice. */
static bool iterate(ohm_heating_plan *plan, const ohm_heating *problem, double unit,
                    const ohm_stage_options *options, ohm_heating_result *result)
{
    bool fixed = problem->u_max - problem->u_min < NOTHING;
    ohm_stage_result solved = ohm_stage_solve(&plan->stage, options);
    result->iterations += solved.iterations;
    double paid = 0;
    for (int k = 0; k < problem->steps; k++) {
        plan->tried[k] = fixed ? problem->u_min : plan->stage.u[0][k];
        paid += fixed ? problem->cost[k] * problem->u_min : 0;
    }
    return keep(plan, problem, plan->tried, solved.bound / unit + paid, result);
}

/* From the corner that is known to the best one. */
static bool by_corners(ohm_heating_plan *plan, const ohm_heating *problem,
                       const ohm_corner_patience *patience, ohm_heating_result *result)
{
    double bound;
    ohm_heating_corner *corner = plan->corner;
    corner->known = ohm_heating_corner_solve(corner, problem, patience, plan->tried, &bound) &&
                    keep(plan, problem, plan->tried, bound, result);
    result->iterations += corner->edges;
    return corner->known;
}

/* The interior point only until a corner lies near. */
static bool from_inside(ohm_heating_plan *plan, const ohm_heating *problem,
                        ohm_stage_options options, ohm_heating_result *result)
{
    const double tolerances[] = { 1e-2, 1e-3, 1e-4 };
    options.rough = true;
    for (size_t i = 0; i < sizeof tolerances / sizeof *tolerances; i++) {
        options.tolerance = tolerances[i];
        options.go_on = i > 0;
        ohm_stage_result solved = ohm_stage_solve(&plan->stage, &options);
        result->iterations += solved.iterations;
        if (!solved.converged)
            return false;
        ohm_heating_corner_from(plan->corner, problem, &plan->stage);
        if (by_corners(plan, problem, &cold_patience, result))
            return true;
    }
    return false;
}

/* From the answer of before, then from nothing, then from other heights of the central path. */
static void approach(ohm_heating_plan *plan, const ohm_heating *problem,
                     const ohm_heating_options *how, ohm_heating_result *result)
{
    double unit = currency_of(problem), weight = weight_of(problem) * unit;
    const double scales[] = { 0, weight, 100 * weight, 0.01 * weight };
    bool corners = plan->corner && ohm_heating_corner_fits(problem);
    ohm_stage_options options = { .tolerance = TOLERANCE,
                                  .clock = how->clock,
                                  .warm = how->warm && plan->solved && plan->unit == unit };
    if (options.warm)
        ohm_stage_shift(&plan->stage, problem->steps);
    fill(&plan->stage, problem, problem->u_max - problem->u_min < NOTHING, unit);
    plan->solved = true;
    plan->unit = unit;
    if (options.warm && iterate(plan, problem, unit, &options, result))
        return;
    options.warm = false;
    if (corners && from_inside(plan, problem, options, result))
        return;
    options.go_on = corners;
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        options.scale = scales[i];
        if (iterate(plan, problem, unit, &options, result))
            return;
        options.go_on = false;
    }
}

/* Near the powers of before, a step on, then anywhere. */
static bool exactly(ohm_heating_plan *plan, const ohm_heating *problem, bool warm,
                    ohm_heating_result *result)
{
    double bound, *near = plan->near;
    if (!plan->exact)
        return false;
    if (warm && plan->exact_known) {
        int last = problem->steps - 1;
        for (int k = 0; k < problem->steps; k++) {
            double u = plan->u[k < last ? k + 1 : last];
            near[k] =
                u > problem->u_min ? (u < problem->u_max ? u : problem->u_max) : problem->u_min;
        }
        if (ohm_heating_exact_solve(plan->exact, problem, near, plan->tried, &bound) &&
            keep(plan, problem, plan->tried, bound, result))
            return true;
    }
    plan->exact_known = ohm_heating_exact_solve(plan->exact, problem, NULL, plan->tried, &bound) &&
                        keep(plan, problem, plan->tried, bound, result);
    return plan->exact_known;
}

/* From the corner of before, a step on. */
static bool step_on(ohm_heating_plan *plan, const ohm_heating *problem, bool warm,
                    ohm_heating_result *result)
{
    ohm_heating_corner *corner = plan->corner;
    if (!corner || !warm || !corner->known || !ohm_heating_corner_fits(problem))
        return false;
    ohm_heating_corner_shift(corner, problem->steps);
    return by_corners(plan, problem, &warm_patience, result);
}

void ohm_heating_solve(ohm_heating_plan *plan, const ohm_heating *problem,
                       const ohm_heating_options *options, ohm_heating_result *result)
{
    assert(problem->states == plan->stage.shape.states);
    assert(problem->steps + problem->states == plan->stage.shape.stages);
    *result = (ohm_heating_result){ .objective_eur = INFINITY, .bound_eur = -INFINITY };
    if (exactly(plan, problem, options->warm, result) ||
        step_on(plan, problem, options->warm, result))
        plan->solved = false; /* too old to go on from */
    else
        approach(plan, problem, options, result);
}
