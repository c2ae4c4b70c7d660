#include "plan/arena.h"
#include "plan/home_own.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A better plan is one by more than this. */
#define BETTER_EUR 1e-7
/* The battery does both when it does more than this of each. */
#define BOTH_KW 1e-5

/* Of hard limits: a plan that passes them by more is none. */
#define VIOLATION_MAX 1e-6

/* As in home_lp.c: below it a device has no choice of power. */
#define NO_CHOICE_KW 1e-9
/* Of the gap: nothing better is looked for. */
#define GOOD_ENOUGH 5e-6

/* Begun anew, in searches by small changes: of a day, and of more, which has more time. */
enum { AGAIN_DAY = 5, AGAIN_MORE = 7, DAY_STEPS = 96 };
enum { ROUNDS_MAX = 12, BOTH_ROUNDS = 3 };

/* --- memory ---------------------------------------------------------------------------------- */

static size_t values_of(const ohm_home *problem)
{
    size_t most = problem->has_tank ? TANK_LEVELS : BATTERY_LEVELS;
    most = problem->has_car && most < CAR_LEVELS ? CAR_LEVELS : most;
    size_t pump = (size_t)PUMP_LEVELS * (size_t)home_pump_ages(problem);
    return problem->has_pump && most < pump ? pump : most;
}

static size_t values_bytes(const ohm_home *problem)
{
    return values_of(problem) * ((size_t)problem->steps + 1) * sizeof(double);
}

static void take_pattern(pattern *to, arena *in, size_t steps)
{
    to->car = take(in, steps);
    to->tank = take(in, steps);
    to->pump = take(in, steps);
    to->sell = take(in, steps);
    to->way = take(in, steps);
}

/* The plan itself, and where its linear programs go. */
static ohm_home_plan *take_all(const ohm_home *problem, arena *in, void *ret_lps[2])
{
    size_t steps = (size_t)problem->steps, numbers = (steps + 2) * sizeof(double);
    ohm_home_plan *plan = take(in, sizeof *plan), scratch;
    ohm_home_plan *to = plan ? plan : &scratch;
    ret_lps[0] = take(in, home_lp_size(problem, true));
    ret_lps[1] = take(in, home_lp_size(problem, false));
    take_pattern(&to->now, in, steps);
    take_pattern(&to->best, in, steps);
    take_pattern(&to->kept, in, steps);
    for (int i = 0; i < CONTROLS; i++) {
        to->u[i] = take(in, numbers);
        to->kept_u[i] = take(in, numbers);
    }
    for (int i = 0; i < 4; i++) {
        to->worth[i] = take(in, numbers);
        to->kept_worth[i] = take(in, numbers);
        to->cuts.worth[i] = take(in, numbers);
    }
    to->rules_kw = take(in, numbers);
    to->window_need = take(in, numbers);
    to->may_buy = take(in, steps);
    to->may_sell = take(in, steps);
    to->no_charge = take(in, steps);
    to->no_discharge = take(in, steps);
    to->around = take(in, steps * sizeof(pieces));
    to->around_sell = take(in, steps * sizeof(pieces));
    to->walks = take(in, (steps + 1) * sizeof(tank_walk));
    to->cuts.eur = take(in, steps * CHOICES * CUTS * sizeof(double));
    to->values = take(in, values_bytes(problem));
    return plan;
}

size_t ohm_home_size(const ohm_home *problem)
{
    void *lps[2];
    arena in = { NULL, 0 };
    (void)take_all(problem, &in, lps);
    return in.used;
}

static double part_of_stay(const ohm_home *problem, int steps)
{
    double stay_h = problem->car.stay_h;
    return stay_h > 0 ? home_min(1, steps * problem->dt_h / stay_h)
                      : (double)steps / OHM_HOME_STAY_STEPS;
}

/* What the car needs at the end of each stay; one that the horizon cuts, its part. */
static void find_windows(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    int from = 0;
    for (int k = 0; k <= problem->steps; k++)
        plan->window_need[k] = NO_WINDOW;
    for (int k = 1; k <= problem->steps && problem->has_car; k++) {
        if (problem->car_here[k - 1] <= 0.5)
            from = k;
        bool leaves = k < problem->steps && problem->car_here[k] <= 0.5;
        if (from == k || (k < problem->steps && !leaves))
            continue;
        double need = problem->car.need_kwh * (leaves ? 1 : part_of_stay(problem, k - from));
        plan->window_need[k] = home_max(0, need - (from == 0 ? problem->car.got_kwh : 0));
    }
}

ohm_home_plan *ohm_home_init(const ohm_home *problem, void *memory)
{
    arena in = { memory, 0 };
    void *lps[2];
    /* What the dynamic programs write is last, and much. */
    memset(memory, 0, ohm_home_size(problem) - values_bytes(problem));
    ohm_home_plan *plan = take_all(problem, &in, lps);
    plan->problem = problem;
    home_lp_init(&plan->relaxed, problem, true, lps[0]);
    home_lp_init(&plan->polish, problem, false, lps[1]);
    return plan;
}

/* --- what a pattern costs -------------------------------------------------------------------- */

double home_starts_eur(const ohm_home *problem, const unsigned char *on)
{
    double cost = 0;
    bool before = problem->pump.running;
    for (int k = 0; k < problem->steps && problem->has_pump; k++) {
        cost += on[k] && !before ? problem->pump.start_eur : 0;
        before = on[k];
    }
    return cost;
}

double home_fixed_eur(const ohm_home *problem, const pattern *at)
{
    ohm_home_gave gave[OHM_HOME_LIMITS] = { 0 };
    double tank = problem->has_tank ? home_tank_cost(problem, at->tank, gave) : 0;
    return tank + home_starts_eur(problem, at->pump);
}

/* Where the battery would do both, the lesser is forbidden; true if there was such a step. At last
 * the lesser is forbidden everywhere. */
static bool part_battery(ohm_home_plan *plan, bool last)
{
    home_lp *lp = &plan->polish;
    bool any = false;
    for (int k = 0; k < plan->problem->steps && lp->battery >= 0; k++) {
        double in = lp->stage.u[lp->charge][k], out = lp->stage.u[lp->discharge][k];
        bool both = in >= BOTH_KW && out >= BOTH_KW;
        if (plan->no_charge[k] || plan->no_discharge[k] || !(both || last))
            continue;
        *(in < out ? &plan->no_charge[k] : &plan->no_discharge[k]) = 1;
        any = any || both;
    }
    return any;
}

static void keep(ohm_home_plan *plan, const pattern *at, double eur);

/* Solves what is left to choose; keeps the plan if it is the best so far. */
double home_try(ohm_home_plan *plan, const pattern *at)
{
    double constant = 0, eur = 0;
    size_t steps = (size_t)plan->problem->steps;
    ohm_stage_result result = { 0 };
    for (size_t k = 0; k < steps; k++) {
        plan->no_charge[k] = at->way[k] == WAY_OUT;
        plan->no_discharge[k] = at->way[k] == WAY_IN;
    }
    for (int i = 0; i <= BOTH_ROUNDS; i++) {
        result = home_lp_solve(&plan->polish, plan, at, &constant);
        plan->solved++;
        eur = result.objective + constant + home_fixed_eur(plan->problem, at);
        if (i == BOTH_ROUNDS || !part_battery(plan, i + 1 == BOTH_ROUNDS))
            break;
    }
    home_read_worth(plan->problem, &plan->polish, plan->cuts.worth);
    if (result.violation <= VIOLATION_MAX && eur < plan->best_eur - BETTER_EUR)
        keep(plan, at, eur);
    return eur;
}

void home_copy_pattern(const ohm_home *problem, pattern *to, const pattern *from)
{
    size_t steps = (size_t)problem->steps;
    memcpy(to->car, from->car, steps);
    memcpy(to->tank, from->tank, steps);
    memcpy(to->pump, from->pump, steps);
    memcpy(to->sell, from->sell, steps);
    memcpy(to->way, from->way, steps);
}

static double input_at(const home_lp *lp, int input, int k, bool there)
{
    return input >= 0 && there ? lp->stage.u[input][k] : 0;
}

/* What a device that is on draws: of one that has no choice its power is no input. */
static double power_at(const home_lp *lp, int input, int k, double least_kw, double most_kw)
{
    return most_kw - least_kw < NO_CHOICE_KW ? most_kw : input_at(lp, input, k, true);
}

/* Both at once are rounding's, of less than BOTH_KW; one of them then stores or gives as much: what
 * is left out of each step of a long day would add up. */
static void set_battery(ohm_home_plan *plan, int k, double charge, double discharge)
{
    const ohm_home_battery *of = &plan->problem->battery;
    double stored_kw = of->charge_ratio * charge - discharge / of->discharge_ratio;
    bool both = charge > 0 && discharge > 0;
    plan->u[CHARGE][k] = !both ? charge : home_max(0, stored_kw / of->charge_ratio);
    plan->u[DISCHARGE][k] = !both ? discharge : home_max(0, -stored_kw * of->discharge_ratio);
}

/* The devices' powers of the polished pattern, and the split at the meter that follows. */
static void keep(ohm_home_plan *plan, const pattern *at, double eur)
{
    const ohm_home *problem = plan->problem;
    const home_lp *lp = &plan->polish;
    plan->best_eur = eur;
    home_read_worth(problem, lp, plan->worth);
    home_copy_pattern(problem, &plan->best, at);
    for (int k = 0; k < problem->steps; k++) {
        if (problem->has_battery)
            set_battery(plan, k, input_at(lp, lp->charge, k, !plan->no_charge[k]),
                        input_at(lp, lp->discharge, k, !plan->no_discharge[k]));
        plan->u[CAR][k] =
            at->car[k] ? power_at(lp, lp->car_kw, k, problem->car.least_kw, problem->car.most_kw)
                       : 0;
        plan->u[PUMP][k] = at->pump[k] ? power_at(lp, lp->pump_kw, k, problem->pump.least_kw,
                                                  problem->pump.most_kw)
                                       : 0;
        plan->u[TANK_ON][k] = at->tank[k];
        plan->u[PUMP_ON][k] = at->pump[k];
    }
}

/* --- the search ------------------------------------------------------------------------------ */

bool home_is_over(const ohm_home_plan *plan)
{
    return plan->clock && plan->clock->is_over && plan->clock->is_over(plan->clock->ctx);
}

bool home_is_done(const ohm_home_plan *plan)
{
    double gap = plan->best_eur - plan->bound_eur;
    return gap <= GOOD_ENOUGH * (1 + fabs(plan->best_eur)) || home_is_over(plan);
}

bool home_has(const ohm_home *problem, device of)
{
    const bool is[DEVICES] = { problem->has_pump, problem->has_tank, problem->has_car,
                               home_excludes(problem) };
    return is[of];
}

/* Where to export; the tank answers, and decides again. */
static bool improve_grid(ohm_home_plan *plan, answers how)
{
    bool both = plan->problem->has_tank && how != ANSWERS_NONE;
    if (!home_battery_dp(plan, both, plan->now.sell) || !both)
        return !both;
    home_around(plan, 0, &plan->now, DEVICE_TANK, how);
    return home_tank_dp(plan, plan->now.tank);
}

static bool same(const ohm_home_plan *plan)
{
    const pattern *a = &plan->now, *b = &plan->best;
    size_t steps = (size_t)plan->problem->steps;
    return memcmp(a->pump, b->pump, steps) == 0 && memcmp(a->tank, b->tank, steps) == 0 &&
           memcmp(a->car, b->car, steps) == 0 && memcmp(a->sell, b->sell, steps) == 0 &&
           memcmp(a->way, b->way, steps) == 0;
}

/* The device's best decisions against all others as they answer; true if they changed. */
bool home_improve(ohm_home_plan *plan, unsigned relaxed, device of, answers how)
{
    bool decided = false;
    plan->decided++;
    if (of != DEVICE_BATTERY)
        home_around(plan, relaxed, &plan->now, of, how);
    switch (of) {
    case DEVICE_PUMP:
        decided = home_pump_dp(plan, plan->now.pump);
        break;
    case DEVICE_TANK:
        decided = home_tank_dp(plan, plan->now.tank);
        break;
    case DEVICE_CAR:
        decided = home_car_dp(plan, plan->now.car);
        break;
    case DEVICE_BATTERY:
        decided = improve_grid(plan, how);
        break;
    case DEVICES:
        break;
    }
    return decided && !same(plan);
}

/* Reads what the relaxation's energy is worth; and what no plan beats at that. */
static void read_relaxed(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    home_read_worth(problem, &plan->relaxed, plan->worth);
    if ((problem->has_tank || home_excludes(problem)) && !home_is_over(plan))
        plan->bound_eur = home_max(plan->bound_eur,
                                   home_whole_bound(plan, values_bytes(problem) / sizeof(double)));
}

/* Each device against the relaxed others: the first whole plan. */
static void first_plan(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    double constant;
    memset(plan->now.sell, 0, (size_t)problem->steps);
    plan->relaxed.bounds = home_excludes(problem);
    ohm_stage_result result = home_lp_solve(&plan->relaxed, plan, &plan->now, &constant);
    plan->bound_eur = result.bound + constant;
    plan->solved++;
    read_relaxed(plan);
    if (plan->relaxed.bounds && !home_is_over(plan)) { /* its prices are of no use to a plan */
        plan->relaxed.bounds = false;
        (void)home_lp_solve(&plan->relaxed, plan, &plan->now, &constant);
        plan->solved++;
        read_relaxed(plan);
    }
    for (int i = 0; i < DEVICE_BATTERY && !home_is_over(plan); i++)
        if (home_has(problem, (device)i))
            (void)home_improve(plan, ALL_DEVICES, (device)i, ANSWERS_ALL);
    if (!home_is_over(plan))
        (void)home_try(plan, &plan->now);
}

/* Each device after those that give way later, the others off or still free to do anything: where
 * there is not enough for all of them, no change of one at a time leads there. */
static void plan_in_order(ohm_home_plan *plan, bool others_free)
{
    const ohm_home *problem = plan->problem;
    bool tank = home_water_eur(&problem->tank) > problem->car.short_eur_per_kwh;
    const device order[] = { tank ? DEVICE_TANK : DEVICE_CAR, tank ? DEVICE_CAR : DEVICE_TANK,
                             DEVICE_PUMP };
    size_t steps = (size_t)plan->problem->steps;
    pattern *now = &plan->now;
    unsigned char *const of[] = { now->tank, now->car, now->pump };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        memset(of[i], 0, steps);
    unsigned free = others_free ? ALL_DEVICES : 0;
    for (size_t i = 0; i < sizeof order / sizeof *order && !home_is_over(plan); i++) {
        if (home_has(plan->problem, order[i]))
            (void)home_improve(plan, free, order[i], ANSWERS_ALL);
        free &= ~(1u << order[i]);
    }
    if (!home_is_over(plan))
        (void)home_try(plan, now);
    home_copy_pattern(plan->problem, now, &plan->best);
}

/* One device after the other against the answers of the rest, as long as that helps; where it no
 * longer does, with other answers. */
void home_descend(ohm_home_plan *plan, int kinds)
{
    int quiet = 0, count = DEVICES * kinds;
    for (int i = 0; i < ROUNDS_MAX * count && quiet < count && !home_is_done(plan); i++) {
        device of = (device)(i % DEVICES);
        answers how = (answers)(i / DEVICES % kinds);
        double before = plan->best_eur;
        quiet++;
        if (!home_has(plan->problem, of) || !home_improve(plan, 0, of, how))
            continue;
        (void)home_try(plan, &plan->now);
        if (plan->best_eur < before - BETTER_EUR)
            quiet = 0;
        else
            home_copy_pattern(plan->problem, &plan->now, &plan->best);
    }
}

static bool needs_search(const ohm_home *problem)
{
    return problem->has_car || problem->has_tank || problem->has_pump || home_excludes(problem);
}

/* One device has nobody to begin anew with: small changes are its share of that work. */
static bool alone(const ohm_home *problem)
{
    return problem->has_car + problem->has_tank + problem->has_pump < 2;
}

/* --- the answer ------------------------------------------------------------------------------ */

void ohm_home_solve(ohm_home_plan *plan, const ohm_home *problem, const ohm_home_clock *clock,
                    ohm_home_controls *controls, ohm_home_result *result)
{
    plan->problem = problem;
    plan->clock = clock;
    plan->relaxed.ready = plan->polish.ready = false;
    plan->solved = plan->decided = 0;
    plan->cuts.count = 0;
    find_windows(plan);
    home_rules(plan);
    for (int k = 0; k < problem->steps; k++)
        plan->rules_kw[k] =
            plan->u[IMPORT][k] - plan->u[EXPORT][k] - plan->u[CURTAIL][k] + plan->u[SHED][k];
    first_plan(plan);
    if (needs_search(problem)) {
        if (home_in_order(problem))
            for (int i = 0; i < 2; i++)
                plan_in_order(plan, i == 1);
        home_descend(plan, ANSWERS_KINDS);
        int tries = home_local_tries(problem->steps);
        home_local_search(plan, alone(problem) && !problem->brief ? 3 * tries : tries);
        if (!problem->brief)
            home_search_again(plan, (problem->steps > DAY_STEPS ? AGAIN_MORE : AGAIN_DAY) * tries);
    }
    home_account(plan, result);
    if (result->objective_eur > plan->rules.objective_eur) { /* never worse than no plan */
        double bound = plan->bound_eur;
        home_rules(plan);
        plan->bound_eur = bound;
        home_account(plan, result);
    }
    result->time_over = home_is_over(plan);
    result->rules_eur = plan->rules.objective_eur;
    result->rules_wear_eur = plan->rules.wear_eur;
    result->rules_stored_eur = plan->rules.stored_eur;
    result->rules_weight_eur = plan->rules.weight_eur;
    result->rules_kw = plan->rules_kw;
    memcpy(result->rules_gave, plan->rules.gave, sizeof result->rules_gave);
    *controls =
        (ohm_home_controls){ plan->u[IMPORT],  plan->u[EXPORT],    plan->u[CURTAIL], plan->u[SHED],
                             plan->u[CHARGE],  plan->u[DISCHARGE], plan->u[CAR],     plan->u[PUMP],
                             plan->u[TANK_ON], plan->u[PUMP_ON] };
}

void home_gave_way(ohm_home_gave *gave, double amount, double price)
{
    if (amount <= 0)
        return;
    gave->cost_eur += amount * price;
    if (amount <= 1e-6) /* rounding: counted, not told */
        return;
    gave->steps++;
    gave->most = amount > gave->most ? amount : gave->most;
}

static void account_pump(const ohm_home_plan *plan, ohm_home_result *result)
{
    ohm_home_gave *gave = result->gave;
    const ohm_home *problem = plan->problem;
    const ohm_home_pump *of = &problem->pump;
    double x = of->start_c;
    for (int k = 0; k < problem->steps && problem->has_pump; k++) {
        double heat = problem->cop[k] * plan->u[PUMP][k];
        double y = of->c * x + of->d * heat + problem->offset[k];
        x = of->a * x + of->b * heat + problem->drift[k];
        home_gave_way(&gave[OHM_HOME_TEMP_LOW], of->low_c - y, of->low_eur);
        home_gave_way(&gave[OHM_HOME_TEMP_HIGH], y - of->high_c, of->high_eur);
    }
    if (problem->has_pump)
        home_gave_way(&gave[OHM_HOME_TEMP_END], of->end_c - x, of->end_eur);
    result->wear_eur += home_starts_eur(problem, plan->best.pump);
}

static void account_battery(const ohm_home_plan *plan, ohm_home_result *result)
{
    ohm_home_gave *gave = result->gave;
    const ohm_home *problem = plan->problem;
    const ohm_home_battery *of = &problem->battery;
    double kwh = of->start_kwh, wear = 0;
    for (int k = 0; k < problem->steps && problem->has_battery; k++) {
        double in = plan->u[CHARGE][k], out = plan->u[DISCHARGE][k];
        kwh += problem->dt_h * (of->charge_ratio * in - out / of->discharge_ratio);
        wear += problem->dt_h * of->wear_eur_per_kwh * (in + out);
        double back = RANGE_EUR_PER_KWH * problem->dt_h;
        home_gave_way(&gave[OHM_HOME_BATTERY], k + 1 < problem->steps ? of->least_kwh - kwh : 0,
                      back);
        home_gave_way(&gave[OHM_HOME_BATTERY], kwh - of->most_kwh, back);
    }
    if (!problem->has_battery)
        return;
    result->wear_eur += wear;
    result->stored_eur = of->end_eur_per_kwh * (home_min(kwh, of->most_kwh) - of->start_kwh);
}

static void account_car(const ohm_home_plan *plan, ohm_home_gave *gave)
{
    const ohm_home *problem = plan->problem;
    double kwh = 0;
    for (int k = 0; k < problem->steps && problem->has_car; k++) {
        bool before = k > 0 && problem->car_here[k - 1] > 0.5;
        kwh = (before ? kwh : 0) + problem->dt_h * problem->car.ratio * plan->u[CAR][k];
        double need = plan->window_need[k + 1];
        if (need >= 0) {
            home_gave_way(&gave[OHM_HOME_CAR_NEED], need - kwh, problem->car.short_eur_per_kwh);
            home_gave_way(&gave[OHM_HOME_CAR_NEED], kwh - need - CAR_OVER_KWH,
                          FORBIDDEN_EUR_PER_KWH);
        }
    }
}

/* The plan as it will be lived: every cost from the controls alone. */
void home_account(ohm_home_plan *plan, ohm_home_result *result)
{
    const ohm_home *problem = plan->problem;
    *result = (ohm_home_result){ .bound_eur = plan->bound_eur, .iterations = plan->solved };
    ohm_home_gave *gave = result->gave;
    double cost = 0, dt = problem->dt_h;
    for (int k = 0; k < problem->steps; k++) {
        double net = problem->load_kw[k] - problem->pv_kw[k] + plan->u[CHARGE][k] -
                     plan->u[DISCHARGE][k] + plan->u[CAR][k] + plan->u[PUMP][k] +
                     problem->tank.power_kw * plan->u[TANK_ON][k];
        split at = home_split(problem, k, plan->best.sell[k], net);
        plan->u[IMPORT][k] = at.import_kw;
        plan->u[EXPORT][k] = at.export_kw;
        plan->u[CURTAIL][k] = at.curtail_kw;
        plan->u[SHED][k] = at.shed_kw;
        result->weight_eur += problem->weight_eur ? problem->weight_eur[k] * dt * at.import_kw : 0;
        cost += at.cost_eur - home_over_eur(problem) * dt * at.shed_kw;
        home_gave_way(&gave[OHM_HOME_POWER], at.shed_kw, home_over_eur(problem) * dt);
        home_gave_way(&gave[OHM_HOME_FEED_IN], at.over_kw, FORBIDDEN_EUR_PER_KWH * dt);
    }
    account_battery(plan, result);
    account_pump(plan, result);
    account_car(plan, gave);
    cost += result->wear_eur - result->stored_eur;
    if (problem->has_tank)
        (void)home_tank_cost(problem, plan->best.tank, gave);
    for (int i = 0; i < OHM_HOME_LIMITS; i++)
        cost += gave[i].cost_eur;
    result->objective_eur = cost;
}
