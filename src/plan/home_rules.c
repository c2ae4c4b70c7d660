/* A home by rules alone: the car charges as soon as it is there, the tank heats when it runs out,
 * the heat pump when it gets cold, the battery rests. Nothing is planned, but it is there at once:
 * whatever else takes too long, there is a plan. */
#include "plan/home_own.h"

#include <math.h>
#include <string.h>

/* What the subscribed power leaves in a step. */
static double room_kw(const ohm_home_plan *plan, int k)
{
    const ohm_home *problem = plan->problem;
    return ohm_home_import_kw_max(problem, k) - problem->load_kw[k] + problem->pv_kw[k] -
           plan->u[PUMP][k] - problem->tank.power_kw * plan->u[TANK_ON][k] - plan->u[CAR][k];
}

static void charge_car(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_car *car = &problem->car;
    double rate = problem->dt_h * car->ratio;
    for (int from = 0, to; from < problem->steps && problem->has_car; from = to) {
        for (to = from + 1; to < problem->steps && plan->window_need[to] < 0;)
            to++;
        double need = plan->window_need[to], got = 0;
        for (int k = from; k < to; k++) {
            double room = room_kw(plan, k), most = home_min(car->most_kw, room);
            double kw = home_max(car->least_kw, home_min(most, (need - got) / rate));
            bool on = ohm_home_car_may(problem, k) && got < need - 1e-9 && kw <= room &&
                      got + rate * kw <= need + CAR_OVER_KWH;
            plan->u[CAR][k] = on ? kw : 0;
            plan->best.car[k] = on;
            got += rate * plan->u[CAR][k];
        }
    }
}

static void heat_tank(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_tank *tank = &problem->tank;
    double level = tank->start_kwh, most = home_max(tank->most_kwh, tank->start_kwh);
    for (int k = 0; k < problem->steps && problem->has_tank; k++) {
        double off = (1 - tank->loss_ratio) * level - problem->dt_h * problem->draw_kw[k];
        double heated = off + problem->dt_h * tank->power_kw;
        bool room =
            ohm_home_tank_may(problem, k) && (room_kw(plan, k) >= tank->power_kw || off < 0);
        bool on = off < ohm_home_tank_least_kwh(problem, k) && heated <= most && room;
        level = home_max(0, on ? heated : off);
        plan->u[TANK_ON][k] = plan->best.tank[k] = on;
    }
}

/* The power that brings comfort to its lower limit; less than 0 where it is above. */
static double wanted_kw(const ohm_home *problem, int k, double x)
{
    const ohm_home_pump *pump = &problem->pump;
    double lacks = pump->low_c - pump->c * x - problem->offset[k];
    double per_kw = pump->d * problem->cop[k];
    return per_kw > 1e-9 ? lacks / per_kw : lacks > 0 ? pump->most_kw : -1;
}

static void run_pump(ohm_home_plan *plan)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_pump *pump = &problem->pump;
    double x = pump->start_c;
    bool runs = pump->running;
    int held = OHM_HOME_STEPS_MAX; /* before the first step: free */
    for (int k = 0; k < problem->steps && problem->has_pump; k++) {
        double kw = wanted_kw(problem, k, x);
        if ((kw > 0) != runs && held >= (runs ? pump->hold_on : pump->hold_off)) {
            runs = !runs;
            held = 0;
        }
        held++;
        kw = runs ? home_max(pump->least_kw, home_min(pump->most_kw, kw)) : 0;
        plan->u[PUMP][k] = kw;
        plan->u[PUMP_ON][k] = plan->best.pump[k] = runs;
        x = pump->a * x + pump->b * problem->cop[k] * kw + problem->drift[k];
    }
}

void home_rules(ohm_home_plan *plan)
{
    size_t steps = (size_t)plan->problem->steps;
    for (int i = 0; i < CONTROLS; i++)
        memset(plan->u[i], 0, steps * sizeof(double));
    memset(plan->best.car, 0, steps);
    memset(plan->best.tank, 0, steps);
    memset(plan->best.pump, 0, steps);
    memset(plan->best.sell, 0, steps);
    memset(plan->best.way, WAY_ANY, steps);
    run_pump(plan);
    heat_tank(plan);
    charge_car(plan);
    plan->bound_eur = -INFINITY;
    home_account(plan, &plan->rules);
    plan->best_eur = plan->rules.objective_eur;
    home_copy_pattern(plan->problem, &plan->now, &plan->best);
}
