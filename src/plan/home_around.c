/* What a device's power costs when the others answer to it: their marginal worth of energy is
 * kept, what they draw follows. The sum of convex functions at their best split is their pieces in
 * the order of slopes, so that this stays exact and cheap. */
#include "plan/home_own.h"

/* The worth of a stored kWh in the battery and in the car, and of a kW in the pump, from the
 * certificate of a linear program. */
static void read_worth(ohm_home_plan *plan, const home_lp *lp)
{
    const ohm_home *problem = plan->problem;
    const ohm_stage *stage = &lp->stage;
    for (int k = 0; k < problem->steps; k++) {
        plan->worth[0][k] = lp->battery >= 0 ? -stage->price[lp->battery][k + 1] : 0;
        plan->worth[1][k] = lp->car >= 0 ? -stage->price[lp->car][k + 1] : 0;
        plan->worth[2][k] = 0;
        if (lp->pump < 0)
            continue;
        const ohm_home_pump *pump = &problem->pump;
        double comfort = stage->row[lp->row_comfort].slope[k];
        plan->worth[2][k] =
            -problem->cop[k] * (pump->b * stage->price[lp->pump][k + 1] + pump->d * comfort);
    }
}

static void add_battery(const ohm_home_plan *plan, int k, pieces *to)
{
    const ohm_home_battery *of = &plan->problem->battery;
    double dt = plan->problem->dt_h, worth = plan->worth[0][k], wear = of->wear_eur_per_kwh * dt;
    pieces_add(to, -of->charge_kw, 0, worth * of->charge_ratio * dt - wear);
    pieces_add(to, 0, of->discharge_kw, worth / of->discharge_ratio * dt + wear);
}

static void add_car(const ohm_home_plan *plan, bool relaxed, const pattern *at, int k, pieces *to)
{
    const ohm_home_car *of = &plan->problem->car;
    bool here = plan->problem->car_here[k] > 0.5;
    if (!here || (!relaxed && !at->car[k]))
        return;
    pieces_add(to, -of->most_kw, relaxed ? 0 : -of->least_kw,
               plan->worth[1][k] * of->ratio * plan->problem->dt_h);
}

static void add_pump(const ohm_home_plan *plan, bool relaxed, const pattern *at, int k, pieces *to)
{
    const ohm_home_pump *of = &plan->problem->pump;
    if (relaxed || at->pump[k])
        pieces_add(to, -of->most_kw, relaxed ? 0 : -of->least_kw, plan->worth[2][k]);
}

static void add_tank(const ohm_home_plan *plan, const home_lp *lp, const pattern *at, int k,
                     pieces *to)
{
    double power = plan->problem->tank.power_kw;
    if (!lp->relaxed)
        pieces_add(to, at->tank[k] ? -power : 0, at->tank[k] ? -power : 0, 0);
    else
        pieces_add(to, -power, 0, -lp->stage.price[lp->tank][k + 1] * plan->problem->dt_h);
}

void home_around(ohm_home_plan *plan, const home_lp *lp, const pattern *at, device of)
{
    const ohm_home *problem = plan->problem;
    read_worth(plan, lp);
    for (int k = 0; k < problem->steps; k++) {
        pieces *to = &plan->around[k];
        home_grid(problem, k, to);
        to->from -= problem->load_kw[k] - problem->pv_kw[k];
        if (problem->has_battery)
            add_battery(plan, k, to);
        if (problem->has_car && of != DEVICE_CAR)
            add_car(plan, lp->relaxed, at, k, to);
        if (problem->has_pump && of != DEVICE_PUMP)
            add_pump(plan, lp->relaxed, at, k, to);
        if (problem->has_tank && of != DEVICE_TANK)
            add_tank(plan, lp, at, k, to);
    }
}
