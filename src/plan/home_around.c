/* What a device's power costs when the others answer to it: their marginal worth of energy is
 * kept, what they draw follows. The sum of convex functions at their best split is their pieces in
 * the order of slopes, so that this stays exact and cheap. */
#include "plan/home_own.h"

#include <math.h>

/* The worth of a stored kWh in the battery and in the car, and of a kW in the pump, from the
 * certificate of a linear program. */
void home_read_worth(const ohm_home *problem, const home_lp *lp, double *const worth[4])
{
    const ohm_stage *stage = &lp->stage;
    const int states[] = { lp->battery, lp->car, lp->tank };
    for (int i = 0; i < 3; i++) /* of the tank the relaxation alone says anything */
        for (int k = 0; k < problem->steps && states[i] >= 0; k++)
            worth[i][k] = -stage->price[states[i]][k + 1];
    for (int k = 0; k < problem->steps && lp->pump >= 0; k++) {
        const ohm_home_pump *pump = &problem->pump;
        double comfort = stage->row[lp->row_comfort].slope[k];
        worth[3][k] =
            -problem->cop[k] * (pump->b * stage->price[lp->pump][k + 1] + pump->d * comfort);
    }
}

void home_add_battery(const ohm_home *problem, double worth, pieces *to)
{
    const ohm_home_battery *of = &problem->battery;
    double dt = problem->dt_h, wear = of->wear_eur_per_kwh * dt;
    pieces_add(to, -of->charge_kw, 0, worth * of->charge_ratio * dt - wear);
    pieces_add(to, 0, of->discharge_kw, worth / of->discharge_ratio * dt + wear);
}

static void add_car(const ohm_home_plan *plan, bool relaxed, const pattern *at, int k, pieces *to)
{
    const ohm_home_car *of = &plan->problem->car;
    if (!ohm_home_car_may(plan->problem, k) || (!relaxed && !at->car[k]))
        return;
    pieces_add(to, -of->most_kw, relaxed ? 0 : -of->least_kw,
               plan->worth[1][k] * of->ratio * plan->problem->dt_h);
}

static void add_pump(const ohm_home_plan *plan, bool relaxed, const pattern *at, int k, pieces *to)
{
    const ohm_home_pump *of = &plan->problem->pump;
    if (relaxed || at->pump[k])
        pieces_add(to, -of->most_kw, relaxed ? 0 : -of->least_kw, plan->worth[3][k]);
}

static void add_tank(const ohm_home_plan *plan, bool relaxed, const pattern *at, int k, pieces *to)
{
    double power = plan->problem->tank.power_kw;
    if (!relaxed)
        pieces_add(to, at->tank[k] ? -power : 0, at->tank[k] ? -power : 0, 0);
    else if (ohm_home_tank_may(plan->problem, k))
        pieces_add(to, -power, 0, plan->worth[2][k] * plan->problem->dt_h);
}

/* What a device does in the best plan, come what may. */
static void add_constant(double kw, pieces *to)
{
    pieces_add(to, -kw, -kw, 0);
}

static void add_others(const ohm_home_plan *plan, unsigned relaxed, const pattern *at, device of,
                       answers how, int k, pieces *to)
{
    const ohm_home *problem = plan->problem;
    to->from -= problem->load_kw[k] - problem->pv_kw[k];
    const bool car = relaxed >> DEVICE_CAR & 1, pump = relaxed >> DEVICE_PUMP & 1;
    if (problem->has_battery && (relaxed >> DEVICE_BATTERY & 1 || how == ANSWERS_ALL))
        home_add_battery(problem, plan->worth[0][k], to);
    else if (problem->has_battery)
        add_constant(plan->u[CHARGE][k] - plan->u[DISCHARGE][k], to);
    if (problem->has_car && of != DEVICE_CAR && !car && how == ANSWERS_NONE)
        add_constant(plan->u[CAR][k], to);
    else if (problem->has_car && of != DEVICE_CAR)
        add_car(plan, car, at, k, to);
    if (problem->has_pump && of != DEVICE_PUMP && !pump && how == ANSWERS_NONE)
        add_constant(plan->u[PUMP][k], to);
    else if (problem->has_pump && of != DEVICE_PUMP)
        add_pump(plan, pump, at, k, to);
    if (problem->has_tank && of != DEVICE_TANK)
        add_tank(plan, relaxed >> DEVICE_TANK & 1, at, k, to);
}

/* With the battery where it is, or none, a step's power may decide between import and export; where
 * the battery answers, its own dynamic program does. */
static bool decides_grid(const ohm_home *problem, unsigned relaxed, answers how)
{
    return !problem->has_battery || (how != ANSWERS_ALL && !(relaxed >> DEVICE_BATTERY & 1));
}

void home_around(ohm_home_plan *plan, unsigned relaxed, const pattern *at, device of, answers how)
{
    home_around_grids(plan, relaxed, at, of, how, decides_grid(plan->problem, relaxed, how));
}

void home_around_grids(ohm_home_plan *plan, unsigned relaxed, const pattern *at, device of,
                       answers how, bool decides)
{
    const ohm_home *problem = plan->problem;
    for (int k = 0; k < problem->steps; k++) {
        bool chooses = home_chooses(problem, k), both = decides && chooses;
        plan->may_buy[k] = both || !chooses || !at->sell[k];
        plan->may_sell[k] = both || (chooses && at->sell[k]);
        for (int sell = 0; sell < 2; sell++) {
            pieces *to = sell ? &plan->around_sell[k] : &plan->around[k];
            if (!(sell ? plan->may_sell : plan->may_buy)[k])
                continue;
            home_grid(problem, k, sell, to);
            add_others(plan, relaxed, at, of, how, k, to);
        }
    }
}

static double at_of(const pieces *of, bool may, double power_kw)
{
    return may ? of->start_eur + pieces_at(of, power_kw) : INFINITY;
}

bool home_around_sells(const ohm_home_plan *plan, int k, double power_kw)
{
    return at_of(&plan->around_sell[k], plan->may_sell[k], power_kw) <
           at_of(&plan->around[k], plan->may_buy[k], power_kw);
}

double home_around_at(const ohm_home_plan *plan, int k, double power_kw)
{
    return home_min(at_of(&plan->around_sell[k], plan->may_sell[k], power_kw),
                    at_of(&plan->around[k], plan->may_buy[k], power_kw));
}
