/* The tank's heater, on or off: a dynamic program over the energy in the tank. */
#include "plan/home_own.h"

#include <math.h>

typedef struct grid {
    double low, step;
    int count;
} grid;

static grid grid_of(const ohm_home *problem)
{
    double high = home_max(problem->tank.most_kwh, problem->tank.start_kwh);
    return (grid){ 0, high > 1e-6 ? high / (TANK_LEVELS - 1) : 1, TANK_LEVELS };
}

static double look_up(const double *values, const grid *of, double at)
{
    double place = (at - of->low) / of->step;
    int i = place > 0 ? (int)place : 0;
    i = i < of->count - 2 ? i : of->count - 2;
    double part = place - i;
    return values[i] + part * (values[i + 1] - values[i]);
}

/* What a step's end at `level_kwh` costs: short of the least, and empty. */
static double after(const double *values, const grid *of, double level_kwh)
{
    double water = level_kwh < 0 ? -level_kwh * WATER_EUR_PER_KWH : 0;
    return water + look_up(values, of, level_kwh < 0 ? 0 : level_kwh);
}

/* Being short in the step that ends, and buying out of it: values become those of its end. */
static void close_step(const ohm_home *problem, const grid *of, double *values)
{
    const ohm_home_tank *tank = &problem->tank;
    for (int i = 0; i < of->count; i++) {
        double lacks = tank->least_kwh - of->low - of->step * i;
        values[i] += lacks > 0 ? lacks * tank->short_eur_per_kwh * problem->dt_h : 0;
    }
    for (int i = of->count - 2; i >= 0; i--)
        values[i] = home_min(values[i], values[i + 1] + WATER_EUR_PER_KWH * of->step);
}

static double next_level(const ohm_home *problem, int k, double level_kwh, bool on)
{
    const ohm_home_tank *tank = &problem->tank;
    double in = on ? tank->power_kw : 0;
    return (1 - tank->loss_ratio) * level_kwh + problem->dt_h * (in - problem->draw_kw[k]);
}

/* The heater may not be on where that would boil the tank over. */
static double choose(const ohm_home_plan *plan, const grid *of, const double *values, int k,
                     double level_kwh, bool *ret_on)
{
    const ohm_home *problem = plan->problem;
    double most = home_max(problem->tank.most_kwh, problem->tank.start_kwh) + 1e-9;
    double off_at = next_level(problem, k, level_kwh, false);
    double on_at = next_level(problem, k, level_kwh, true);
    double off = pieces_at(&plan->around[k], 0) + after(values, of, off_at);
    double on = INFINITY;
    if (on_at <= most)
        on = pieces_at(&plan->around[k], problem->tank.power_kw) + after(values, of, on_at);
    *ret_on = on < off;
    return *ret_on ? on : off;
}

bool home_tank_dp(ohm_home_plan *plan, unsigned char *on)
{
    const ohm_home *problem = plan->problem;
    grid of = grid_of(problem);
    double *values = plan->values;
    bool choice;
    double *end = values + (size_t)problem->steps * TANK_LEVELS;
    for (int i = 0; i < of.count; i++) {
        double lacks = problem->tank.start_kwh - of.low - of.step * i;
        end[i] = lacks > 0 ? lacks * TANK_END_EUR_PER_KWH : 0;
    }
    close_step(problem, &of, end);
    for (int k = problem->steps - 1; k >= 0; k--) {
        if (home_is_over(plan))
            return false;
        double *now = values + (size_t)k * TANK_LEVELS;
        for (int i = 0; i < of.count; i++)
            now[i] = choose(plan, &of, now + TANK_LEVELS, k, of.low + of.step * i, &choice);
        if (k > 0)
            close_step(problem, &of, now);
    }
    double level = problem->tank.start_kwh;
    for (int k = 0; k < problem->steps; k++) {
        (void)choose(plan, &of, values + (size_t)(k + 1) * TANK_LEVELS, k, level, &choice);
        on[k] = choice;
        level = next_level(problem, k, level, choice);
        level = level > 0 ? level : 0;
    }
    return true;
}

static void give(ohm_home_gave *gave, double amount, double price)
{
    if (amount <= 1e-9)
        return;
    gave->steps++;
    gave->most = amount > gave->most ? amount : gave->most;
    gave->cost_eur += amount * price;
}

/* Hot water is bought as late as can be: not below nothing. Earlier would pay where being short
 * lasts longer than water costs: then the level is held at the least instead. */
double home_tank_cost(const ohm_home *problem, const unsigned char *on, ohm_home_gave *gave)
{
    const ohm_home_tank *tank = &problem->tank;
    double level = tank->start_kwh;
    double hold = tank->short_eur_per_kwh * problem->dt_h;
    for (int k = 0; k < problem->steps; k++) {
        level = next_level(problem, k, level, on[k]);
        /* How long the shortage would last without it. */
        double ahead = level, paid = 0;
        for (int i = k; i < problem->steps && ahead < tank->least_kwh && paid < WATER_EUR_PER_KWH;
             i++) {
            paid += hold;
            ahead = i + 1 < problem->steps ? next_level(problem, i + 1, ahead, on[i + 1]) : ahead;
        }
        double floor = paid >= WATER_EUR_PER_KWH ? home_min(tank->least_kwh, tank->most_kwh) : 0;
        give(&gave[OHM_HOME_WATER], level < floor ? floor - level : 0, WATER_EUR_PER_KWH);
        level = level < floor ? floor : level;
        give(&gave[OHM_HOME_TANK_LEAST], tank->least_kwh - level, hold);
    }
    give(&gave[OHM_HOME_TANK_END], tank->start_kwh - level, TANK_END_EUR_PER_KWH);
    return gave[OHM_HOME_WATER].cost_eur + gave[OHM_HOME_TANK_LEAST].cost_eur +
           gave[OHM_HOME_TANK_END].cost_eur;
}
