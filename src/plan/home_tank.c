/* The tank's heater, on or off: a dynamic program over the energy in the tank. */
#include "plan/home_own.h"

#include <math.h>
#include <string.h>

typedef struct grid {
    double low, step, water_eur; /* of a kWh that is bought */
    int count;
} grid;

static grid grid_of(const ohm_home *problem)
{
    double high = home_max(problem->tank.most_kwh, problem->tank.start_kwh);
    return (grid){ 0, high > 1e-6 ? high / (TANK_LEVELS - 1) : 1, home_water_eur(&problem->tank),
                   TANK_LEVELS };
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
    double water = level_kwh < 0 ? -level_kwh * of->water_eur : 0;
    return water + look_up(values, of, level_kwh < 0 ? 0 : level_kwh);
}

/* Being short in step k, and buying out of it: values become those of its end. */
static void close_step(const ohm_home *problem, const grid *of, int k, double *values)
{
    const ohm_home_tank *tank = &problem->tank;
    for (int i = 0; i < of->count; i++) {
        double lacks = ohm_home_tank_least_kwh(problem, k) - of->low - of->step * i;
        values[i] += lacks > 0 ? lacks * tank->short_eur_per_kwh * problem->dt_h : 0;
    }
    for (int i = of->count - 2; i >= 0; i--)
        values[i] = home_min(values[i], values[i + 1] + of->water_eur * of->step);
}

static double next_level(const ohm_home *problem, int k, double level_kwh, bool on)
{
    const ohm_home_tank *tank = &problem->tank;
    double in = on ? tank->power_kw : 0;
    return (1 - tank->loss_ratio) * level_kwh + problem->dt_h * (in - problem->draw_kw[k]);
}

/* A step: what off and on cost (INFINITY where it is held off), and where they lead. */
typedef struct tank_step {
    double off_eur, on_eur, keep, off_kwh, on_kwh, most_kwh;
} tank_step;

static tank_step step_of(const ohm_home_plan *plan, int k)
{
    const ohm_home *problem = plan->problem;
    const ohm_home_tank *tank = &problem->tank;
    bool may = ohm_home_tank_may(problem, k);
    return (tank_step){
        .off_eur = home_around_at(plan, k, 0),
        .on_eur = may ? home_around_at(plan, k, tank->power_kw) : INFINITY,
        .keep = 1 - tank->loss_ratio,
        .off_kwh = next_level(problem, k, 0, false),
        .on_kwh = next_level(problem, k, 0, true),
        .most_kwh = home_max(tank->most_kwh, tank->start_kwh) + 1e-9,
    };
}

/* The heater may not be on where that would boil the tank over, nor where it is held off. */
static double choose(const tank_step *step, const grid *of, const double *values, double level_kwh,
                     bool *ret_on)
{
    double kept = step->keep * level_kwh, on_at = kept + step->on_kwh;
    double off = step->off_eur + after(values, of, kept + step->off_kwh);
    double on = on_at <= step->most_kwh ? step->on_eur + after(values, of, on_at) : INFINITY;
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
    close_step(problem, &of, problem->steps - 1, end);
    for (int k = problem->steps - 1; k >= 0; k--) {
        if (home_is_over(plan))
            return false;
        double *now = values + (size_t)k * TANK_LEVELS;
        const tank_step step = step_of(plan, k);
        for (int i = 0; i < of.count; i++)
            now[i] = choose(&step, &of, now + TANK_LEVELS, of.low + of.step * i, &choice);
        if (k > 0)
            close_step(problem, &of, k - 1, now);
    }
    double level = problem->tank.start_kwh;
    for (int k = 0; k < problem->steps; k++) {
        const tank_step step = step_of(plan, k);
        (void)choose(&step, &of, values + (size_t)(k + 1) * TANK_LEVELS, level, &choice);
        on[k] = choice;
        plan->now.sell[k] = home_around_sells(plan, k, choice ? problem->tank.power_kw : 0);
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

/* --- hot water that is bought ------------------------------------------------------------------
 */

/* What the rest of the horizon costs more per kWh, by the level at the end of a step: from each x
 * on `slope`; slopes never fall. */
typedef struct chain {
    int count;
    double water_eur; /* of a kWh that is bought */
    double x[2 * OHM_HOME_STEPS_MAX + 4], slope[2 * OHM_HOME_STEPS_MAX + 4];
} chain;

/* Short of the least costs `hold` per kWh. */
static void add_hold(chain *of, double least_kwh, double hold)
{
    int at = of->count;
    while (at > 0 && of->x[at - 1] > least_kwh) {
        of->x[at] = of->x[at - 1];
        of->slope[at] = of->slope[at - 1];
        at--;
    }
    of->x[at] = least_kwh;
    of->slope[at] = at > 0 ? of->slope[at - 1] : 0;
    of->count++;
    for (int i = 0; i < at; i++)
        of->slope[i] -= hold;
}

/* From where on water costs more than it saves. */
static double floor_of(const chain *of)
{
    for (int i = 0; i < of->count; i++)
        if (of->slope[i] >= -of->water_eur)
            return of->x[i] > 0 ? of->x[i] : 0;
    return 0;
}

/* From the end of a step to the end of the one before: z = keep·x + net, and below `floor` water is
 * bought. */
static void step_back(chain *of, double keep, double net, double floor)
{
    int from = 0, count = of->count;
    while (from < count && of->x[from] <= floor)
        from++;
    const double slope = keep * of->slope[from > 0 ? from - 1 : 0];
    size_t rest = (size_t)(count - from) * sizeof(double);
    memmove(of->x + 2, of->x + from, rest);
    memmove(of->slope + 2, of->slope + from, rest);
    of->count = count - from + 2;
    for (int i = 2; i < of->count; i++) {
        of->x[i] = (of->x[i] - net) / keep;
        of->slope[i] *= keep;
    }
    of->x[0] = -INFINITY;
    of->slope[0] = -of->water_eur * keep;
    of->x[1] = (floor - net) / keep;
    of->slope[1] = slope;
}

/* Up to which level each step's end is filled with bought water: exactly, by the derivative of what
 * follows, from the end on; not so far that a heater that is on later would boil the tank over. */
static void fill_floors(const ohm_home *problem, const unsigned char *on, double *floors)
{
    const ohm_home_tank *tank = &problem->tank;
    double keep = 1 - tank->loss_ratio, hold = tank->short_eur_per_kwh * problem->dt_h;
    double high = home_max(tank->most_kwh, tank->start_kwh), top = high;
    chain of;
    of.count = 2; /* the rest is much, and unused */
    of.water_eur = home_water_eur(tank);
    of.x[0] = -INFINITY;
    of.x[1] = tank->start_kwh;
    of.slope[0] = -TANK_END_EUR_PER_KWH;
    of.slope[1] = 0;
    for (int k = problem->steps - 1; k >= 0; k--) {
        add_hold(&of, ohm_home_tank_least_kwh(problem, k), hold);
        floors[k] = home_max(0, home_min(floor_of(&of), top));
        double net = problem->dt_h * ((on[k] ? tank->power_kw : 0) - problem->draw_kw[k]);
        if (keep < 1e-6) { /* nothing is left of it */
            of.count = 1;
            of.x[0] = -INFINITY;
            of.slope[0] = 0;
        } else {
            step_back(&of, keep, net, floors[k]);
        }
        top = keep < 1e-6 ? high : home_min(high, (top - net) / keep);
    }
}

tank_walk home_tank_start(const ohm_home *problem)
{
    double kwh = problem->tank.start_kwh;
    return (tank_walk){ .kwh = kwh, .filled_kwh = kwh, .lowest_kwh = kwh };
}

void home_tank_walk(const ohm_home *problem, const unsigned char *on, int from, int to,
                    tank_walk *walk)
{
    double most = home_max(problem->tank.most_kwh, problem->tank.start_kwh) + 1e-9;
    tank_walk at = *walk;
    for (int k = from; k < to; k++) {
        at.kwh = next_level(problem, k, at.kwh, on[k]);
        at.filled_kwh = home_max(next_level(problem, k, at.filled_kwh, on[k]), 0);
        double lacks = ohm_home_tank_least_kwh(problem, k) - at.kwh;
        at.short_steps += lacks > 0;
        at.short_kwh += home_max(lacks, 0);
        at.deepest_kwh = home_max(at.deepest_kwh, lacks);
        at.lowest_kwh = home_min(at.lowest_kwh, at.kwh);
        at.wrong = at.wrong || (on[k] && (at.filled_kwh > most || !ohm_home_tank_may(problem, k)));
    }
    *walk = at;
}

/* A kWh bought saves no more than it costs. */
static bool buys_nothing(const ohm_home *problem, const tank_walk *of)
{
    double hold = problem->tank.short_eur_per_kwh * problem->dt_h;
    return of->lowest_kwh >= 0 &&
           hold * of->short_steps + TANK_END_EUR_PER_KWH <= home_water_eur(&problem->tank);
}

double home_tank_least_eur(const ohm_home *problem, const tank_walk *of, bool *ret_exact)
{
    double hold = problem->tank.short_eur_per_kwh * problem->dt_h;
    double water_eur = home_water_eur(&problem->tank), bought = home_max(-of->lowest_kwh, 0);
    double unbought = hold * of->short_kwh +
                      TANK_END_EUR_PER_KWH * home_max(problem->tank.start_kwh - of->kwh, 0);
    *ret_exact = buys_nothing(problem, of);
    if (*ret_exact)
        return unbought;
    double deepest = home_max(of->deepest_kwh - bought, 0);
    /* By duality: at prices so low that no kWh bought pays, all that lacks is paid for. */
    double share = home_min(1, water_eur / (hold * of->short_steps + TANK_END_EUR_PER_KWH));
    return home_max(unbought * share, bought * water_eur + deepest * home_min(hold, water_eur));
}

double home_tank_cost(const ohm_home *problem, const unsigned char *on, ohm_home_gave *gave)
{
    const ohm_home_tank *tank = &problem->tank;
    double level = tank->start_kwh, floors[OHM_HOME_STEPS_MAX];
    double hold = tank->short_eur_per_kwh * problem->dt_h, water_eur = home_water_eur(tank);
    tank_walk of = home_tank_start(problem);
    home_tank_walk(problem, on, 0, problem->steps, &of);
    if (buys_nothing(problem, &of))
        memset(floors, 0, (size_t)problem->steps * sizeof *floors);
    else
        fill_floors(problem, on, floors);
    for (int k = 0; k < problem->steps; k++) {
        level = next_level(problem, k, level, on[k]);
        give(&gave[OHM_HOME_WATER], floors[k] - level, water_eur);
        level = home_max(level, floors[k]);
        give(&gave[OHM_HOME_TANK_LEAST], ohm_home_tank_least_kwh(problem, k) - level, hold);
    }
    give(&gave[OHM_HOME_TANK_END], tank->start_kwh - level, TANK_END_EUR_PER_KWH);
    return gave[OHM_HOME_WATER].cost_eur + gave[OHM_HOME_TANK_LEAST].cost_eur +
           gave[OHM_HOME_TANK_END].cost_eur;
}
