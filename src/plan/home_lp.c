/* The linear programs of a home: its devices as stages. A step's state is that before the step;
 * two stages follow the last step: the states at the end, and what the tank's end is worth. */
#include "plan/home_own.h"

#include <assert.h>
#include <math.h>

#define TOLERANCE 2e-6
/* Where the iterations begin: shedding and what is forbidden cost far more than import does. */
#define START 500
/* A battery that is full must be so at the end: no interior is left to a point, and its prices run
 * away. The relaxation may end so much lower; it is a bound, too. */
#define INTERIOR_KWH 1e-3
/* Prices below this are none. */
#define NOTHING 1e-9

enum { GRID_KINKS = 4, STAGES_AFTER = 2 };

/* --- the shape ------------------------------------------------------------------------------- */

static int add_input(ohm_stage_shape *shape, bool there)
{
    if (!there)
        return -1;
    shape->limit[shape->limits++] = (ohm_stage_limit_shape){ shape->inputs, false, true };
    shape->limit[shape->limits++] = (ohm_stage_limit_shape){ shape->inputs, true, true };
    return shape->inputs++;
}

/* A row of one state, and what else it uses. */
static int add_row(ohm_stage_shape *shape, uint32_t uses)
{
    shape->row_uses[shape->rows] = uses;
    return shape->inputs + shape->rows++;
}

static int add_limit(ohm_stage_shape *shape, int row, bool upper, bool hard)
{
    shape->limit[shape->limits] = (ohm_stage_limit_shape){ row, upper, hard };
    return shape->limits++;
}

static uint32_t bit(int variable)
{
    return UINT32_C(1) << variable;
}

static void shape_rows(home_lp *lp, ohm_stage_shape *shape, bool soft_battery)
{
    lp->limit_range = -1;
    uint32_t inputs = ((UINT32_C(1) << shape->inputs) - 1) << shape->states;
    if (lp->battery >= 0) {
        lp->row_battery = add_row(shape, bit(lp->battery));
        lp->limit_battery = add_limit(shape, lp->row_battery, false, true);
        (void)add_limit(shape, lp->row_battery, true, true);
        if (soft_battery) {
            lp->limit_range = add_limit(shape, lp->row_battery, false, false);
            (void)add_limit(shape, lp->row_battery, true, false);
        }
    }
    if (lp->car >= 0) {
        lp->row_car = add_row(shape, bit(lp->car));
        lp->limit_car = add_limit(shape, lp->row_car, false, false);
        (void)add_limit(shape, lp->row_car, true, false);
    }
    if (lp->tank >= 0) {
        lp->row_tank = add_row(shape, bit(lp->tank));
        lp->limit_tank = add_limit(shape, lp->row_tank, false, true);
        (void)add_limit(shape, lp->row_tank, true, true);
        (void)add_limit(shape, lp->row_tank, false, false);
    }
    if (lp->pump >= 0) {
        lp->row_comfort = add_row(shape, bit(lp->pump) | bit(shape->states + lp->pump_kw));
        lp->limit_comfort = add_limit(shape, lp->row_comfort, false, false);
        (void)add_limit(shape, lp->row_comfort, true, false);
    }
    lp->row_grid = add_row(shape, inputs);
    lp->limit_grid = add_limit(shape, lp->row_grid, false, false);
    for (int i = 0; i < GRID_KINKS; i++)
        (void)add_limit(shape, lp->row_grid, true, false);
}

static ohm_stage_shape shape_of(home_lp *lp, const ohm_home *problem, bool relaxed)
{
    ohm_stage_shape shape = { .stages = problem->steps + STAGES_AFTER };
    bool tank = relaxed && problem->has_tank;
    lp->relaxed = relaxed;
    lp->battery = problem->has_battery ? shape.states++ : -1;
    lp->car = problem->has_car ? shape.states++ : -1;
    lp->tank = tank ? shape.states++ : -1;
    lp->pump = problem->has_pump ? shape.states++ : -1;
    lp->charge = add_input(&shape, problem->has_battery);
    lp->discharge = add_input(&shape, problem->has_battery);
    lp->car_kw = add_input(&shape, problem->has_car);
    lp->tank_kw = add_input(&shape, tank);
    lp->water_kw = add_input(&shape, tank);
    lp->pump_kw = add_input(&shape, problem->has_pump);
    /* A home without devices has still its import. */
    shape.states = shape.states ? shape.states : 1;
    if (shape.inputs == 0)
        (void)add_input(&shape, true);
    const ohm_home_battery *of = &problem->battery;
    bool outside = of->start_kwh < of->least_kwh || of->start_kwh > of->most_kwh;
    shape_rows(lp, &shape, outside || of->end_eur_per_kwh > 0);
    return shape;
}

size_t home_lp_size(const ohm_home *problem, bool relaxed)
{
    home_lp lp;
    ohm_stage_shape shape = shape_of(&lp, problem, relaxed);
    return ohm_stage_size(&shape);
}

void home_lp_init(home_lp *lp, const ohm_home *problem, bool relaxed, void *memory)
{
    ohm_stage_shape shape = shape_of(lp, problem, relaxed);
    ohm_stage_init(&lp->stage, &shape, memory);
    lp->bounds = lp->ready = false;
}

/* --- the devices ------------------------------------------------------------------------------ */

/* Input j of step k: what it draws from the grid's side per kW, and what it does to state i.
 * One that has no choice is taken out of everything. */
static void set_input(ohm_stage *stage, const home_lp *lp, int j, int k, double low, double high,
                      double draws, double cost)
{
    bool fixed = high - low < NOTHING;
    stage->cost[j][k] = fixed ? 0 : cost;
    stage->limit[2 * j].bound[k] = fixed ? -1 : low;
    stage->limit[2 * j + 1].bound[k] = fixed ? 1 : high;
    stage->row[lp->row_grid].coef[stage->shape.states + j][k] = fixed ? 0 : draws;
}

static void set_soft(ohm_stage_limit *limit, int k, double bound, double weight)
{
    bool none = weight < NOTHING;
    limit->bound[k] = none ? limit->sign * OHM_STAGE_FAR : bound;
    limit->weight[k] = none ? 1 : weight;
}

static void set_battery(home_lp *lp, const ohm_home_plan *plan, int k)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_battery *of = &problem->battery;
    ohm_stage *stage = &lp->stage;
    double dt = problem->dt_h, wear = of->wear_eur_per_kwh * dt;
    bool in = !(!lp->relaxed && plan->no_charge[k]), out = !(!lp->relaxed && plan->no_discharge[k]);
    set_input(stage, lp, lp->charge, k, 0, in ? of->charge_kw : 0, 1, wear);
    set_input(stage, lp, lp->discharge, k, 0, out ? of->discharge_kw : 0, -1, wear);
    stage->a[lp->battery][lp->battery][k] = 1;
    stage->b[lp->battery][lp->charge][k] =
        in && of->charge_kw > NOTHING ? dt * of->charge_ratio : 0;
    stage->b[lp->battery][lp->discharge][k] =
        out && of->discharge_kw > NOTHING ? -dt / of->discharge_ratio : 0;
}

static void set_battery_range(home_lp *lp, const ohm_home *problem)
{
    const ohm_home_battery *of = &problem->battery;
    ohm_stage *stage = &lp->stage;
    double low = home_min(of->least_kwh, of->start_kwh),
           high = home_max(of->most_kwh, of->start_kwh);
    double last = of->free_end ? low : home_min(of->start_kwh, of->most_kwh);
    if (lp->relaxed && last > high - INTERIOR_KWH)
        last = home_max(high - INTERIOR_KWH, low);
    for (int k = 0; k <= problem->steps; k++) {
        stage->row[lp->row_battery].coef[lp->battery][k] = 1;
        bool end = k == problem->steps;
        stage->limit[lp->limit_battery].bound[k] = k == 0 ? -OHM_STAGE_FAR : (end ? last : low);
        stage->limit[lp->limit_battery + 1].bound[k] = k == 0 ? OHM_STAGE_FAR : high;
    }
    stage->x0[lp->battery] = of->start_kwh;
}

/* Back to its range in time, and what is in it at the end. Returns what no input changes. */
static double set_battery_worth(home_lp *lp, const ohm_home *problem)
{
    const ohm_home_battery *of = &problem->battery;
    double back = RANGE_EUR_PER_KWH * problem->dt_h;
    if (lp->limit_range < 0)
        return 0;
    for (int k = 1; k <= problem->steps; k++) {
        bool end = k == problem->steps;
        set_soft(&lp->stage.limit[lp->limit_range], k, end ? of->most_kwh : of->least_kwh,
                 end ? of->end_eur_per_kwh : back);
        set_soft(&lp->stage.limit[lp->limit_range + 1], k, of->most_kwh, back);
    }
    return -of->end_eur_per_kwh * (of->most_kwh - of->start_kwh);
}

static void set_car(home_lp *lp, const ohm_home_plan *plan, int k, bool on)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_car *of = &problem->car;
    ohm_stage *stage = &lp->stage;
    bool here = problem->car_here[k] > 0.5, before = k > 0 && problem->car_here[k - 1] > 0.5;
    bool may = on && ohm_home_car_may(problem, k);
    double low = lp->relaxed ? 0 : of->least_kw, high = may ? of->most_kw : 0;
    bool choice = high - low >= NOTHING && may;
    set_input(stage, lp, lp->car_kw, k, choice ? low : 0, choice ? high : 0, 1, 0);
    stage->a[lp->car][lp->car][k] = here && before ? 1 : 0;
    stage->b[lp->car][lp->car_kw][k] = choice ? problem->dt_h * of->ratio : 0;
    /* One power only: a constant. */
    bool fixed = may && !choice;
    stage->d[lp->car][k] = fixed ? problem->dt_h * of->ratio * of->most_kw : 0;
    stage->row[lp->row_grid].offset[k] += fixed ? of->most_kw : 0;
}

static void set_car_needs(home_lp *lp, const ohm_home_plan *plan)
{
    const ohm_home_car *of = &plan->problem->car;
    ohm_stage *stage = &lp->stage;
    for (int k = 1; k <= plan->problem->steps; k++) {
        double need = plan->window_need[k];
        bool ends = need >= 0;
        stage->row[lp->row_car].coef[lp->car][k] = ends ? 1 : 0;
        set_soft(&stage->limit[lp->limit_car], k, need, ends ? of->short_eur_per_kwh : 0);
        set_soft(&stage->limit[lp->limit_car + 1], k, need + CAR_OVER_KWH,
                 ends ? FORBIDDEN_EUR_PER_KWH : 0);
    }
}

static void set_tank(home_lp *lp, const ohm_home *problem, int k)
{
    const ohm_home_tank *of = &problem->tank;
    ohm_stage *stage = &lp->stage;
    double dt = problem->dt_h, draw = problem->draw_kw[k] * dt;
    double power_kw = ohm_home_tank_may(problem, k) ? of->power_kw : 0;
    set_input(stage, lp, lp->tank_kw, k, 0, power_kw, 1, 0);
    set_input(stage, lp, lp->water_kw, k, 0, draw + of->most_kwh, 0, home_water_eur(of));
    stage->a[lp->tank][lp->tank][k] = 1 - of->loss_ratio;
    stage->b[lp->tank][lp->tank_kw][k] = power_kw > NOTHING ? dt : 0;
    stage->b[lp->tank][lp->water_kw][k] = draw + of->most_kwh > NOTHING ? 1 : 0;
    stage->d[lp->tank][k] = -draw;
}

static void set_tank_range(home_lp *lp, const ohm_home *problem)
{
    const ohm_home_tank *of = &problem->tank;
    ohm_stage *stage = &lp->stage;
    ohm_stage_limit *limit = &stage->limit[lp->limit_tank];
    double high = home_max(of->most_kwh, of->start_kwh);
    for (int k = 1; k <= problem->steps + 1; k++) {
        bool after = k > problem->steps;
        stage->row[lp->row_tank].coef[lp->tank][k] = 1;
        limit[0].bound[k] = after ? -OHM_STAGE_FAR : home_min(0, of->start_kwh);
        limit[1].bound[k] = after ? OHM_STAGE_FAR : high;
        set_soft(&limit[2], k, after ? of->start_kwh : ohm_home_tank_least_kwh(problem, k - 1),
                 after ? TANK_END_EUR_PER_KWH : of->short_eur_per_kwh * problem->dt_h);
    }
    stage->a[lp->tank][lp->tank][problem->steps] = 1;
    stage->x0[lp->tank] = of->start_kwh;
}

static void set_pump(home_lp *lp, const ohm_home *problem, int k, bool on)
{
    const ohm_home_pump *of = &problem->pump;
    ohm_stage *stage = &lp->stage;
    double low = lp->relaxed ? 0 : of->least_kw, cop = problem->cop[k];
    bool choice = on && of->most_kw - low >= NOTHING;
    double constant = on && !choice ? of->most_kw : 0;
    int n = stage->shape.states;
    ohm_stage_row *comfort = &stage->row[lp->row_comfort];
    set_input(stage, lp, lp->pump_kw, k, choice ? low : 0, choice ? of->most_kw : 0, 1, 0);
    stage->a[lp->pump][lp->pump][k] = of->a;
    stage->b[lp->pump][lp->pump_kw][k] = choice ? of->b * cop : 0;
    stage->d[lp->pump][k] = problem->drift[k] + of->b * cop * constant;
    comfort->coef[lp->pump][k] = of->c;
    comfort->coef[n + lp->pump_kw][k] = choice ? of->d * cop : 0;
    comfort->offset[k] = problem->offset[k] + of->d * cop * constant;
    stage->row[lp->row_grid].offset[k] += constant;
    set_soft(&stage->limit[lp->limit_comfort], k, of->low_c, of->low_eur);
    set_soft(&stage->limit[lp->limit_comfort + 1], k, of->high_c, of->high_eur);
}

static void set_pump_end(home_lp *lp, const ohm_home *problem)
{
    ohm_stage *stage = &lp->stage;
    int k = problem->steps;
    stage->row[lp->row_comfort].coef[lp->pump][k] = 1;
    set_soft(&stage->limit[lp->limit_comfort], k, problem->pump.end_c, problem->pump.end_eur);
    stage->x0[lp->pump] = problem->pump.start_c;
}

/* --- the grid --------------------------------------------------------------------------------- */

/* The first slope is linear in what is drawn; each next piece is one more soft limit. Returns what
 * no input changes. */
static double set_grid(home_lp *lp, const ohm_home *problem, int k, bool sell)
{
    ohm_stage *stage = &lp->stage;
    pieces of;
    if (lp->bounds)
        home_grid_bound(problem, k, &of);
    else
        home_grid(problem, k, sell, &of);
    double first = of.slope[0], at = of.from;
    const double *offset = stage->row[lp->row_grid].offset;
    set_soft(&stage->limit[lp->limit_grid], k, of.from, FORBIDDEN_EUR_PER_KWH * problem->dt_h);
    for (int i = 0; i < GRID_KINKS; i++) {
        bool there = i + 1 < of.count;
        at += there ? of.width[i] : 0;
        set_soft(&stage->limit[lp->limit_grid + 1 + i], k, at,
                 there ? of.slope[i + 1] - of.slope[i] : 0);
    }
    for (int j = 0; j < stage->shape.inputs; j++)
        stage->cost[j][k] += first * stage->row[lp->row_grid].coef[stage->shape.states + j][k];
    return of.start_eur + first * (offset[k] - of.from);
}

static double fill(home_lp *lp, const ohm_home_plan *plan, const pattern *at)
{
    const ohm_home *problem = plan->problem;
    ohm_stage *stage = &lp->stage;
    double constant = 0;
    for (int k = 0; k < problem->steps; k++) {
        double *offset = &stage->row[lp->row_grid].offset[k];
        *offset = problem->load_kw[k] - problem->pv_kw[k];
        if (!lp->relaxed && problem->has_tank && at->tank[k])
            *offset += problem->tank.power_kw;
        if (lp->battery >= 0)
            set_battery(lp, plan, k);
        if (lp->car >= 0)
            set_car(lp, plan, k, lp->relaxed || at->car[k]);
        if (lp->tank >= 0)
            set_tank(lp, problem, k);
        if (lp->pump >= 0)
            set_pump(lp, problem, k, lp->relaxed || at->pump[k]);
        constant += set_grid(lp, problem, k, at->sell[k]);
    }
    return constant;
}

ohm_stage_result home_lp_solve(home_lp *lp, const ohm_home_plan *plan, const pattern *at,
                               double *ret_constant)
{
    const ohm_home *problem = plan->problem;
    *ret_constant = fill(lp, plan, at);
    if (lp->battery >= 0) {
        set_battery_range(lp, problem);
        *ret_constant += set_battery_worth(lp, problem);
    }
    if (lp->car >= 0)
        set_car_needs(lp, plan);
    if (lp->tank >= 0)
        set_tank_range(lp, problem);
    if (lp->pump >= 0)
        set_pump_end(lp, problem);
    double price = 0;
    for (int k = 0; k < problem->steps; k++)
        price += fabs(problem->import_eur[k]);
    double scale = START * home_max(price / problem->steps * problem->dt_h, 1e-4);
    ohm_stage_options options = {
        .tolerance = TOLERANCE, .scale = scale, .warm = lp->ready, .clock = plan->clock
    };
    ohm_stage_result result = ohm_stage_solve(&lp->stage, &options);
    if (!result.converged && options.warm &&
        !home_is_over(plan)) { /* too far from the one before */
        options.warm = false;
        result = ohm_stage_solve(&lp->stage, &options);
    }
    lp->ready = !lp->relaxed;
    return result;
}
