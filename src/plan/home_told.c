#include "plan/home_told.h"

#include <assert.h>
#include <math.h>

/* Prices that differ by less are the same: EUR/kWh. */
#define SAME_EUR 0.0005
/* A step runs on its own sun, if that leaves the grid no more than this, in kW. */
#define NOTHING_KW 0.05

static void tank_levels(const ohm_home *problem, const ohm_home_controls *controls, double *out)
{
    const ohm_home_tank *tank = &problem->tank;
    double level = tank->start_kwh;
    for (int k = 0; k < problem->steps; k++) {
        double in = controls->tank_on[k] > 0.5 ? tank->power_kw : 0;
        level = (1 - tank->loss_ratio) * level + problem->dt_h * (in - problem->draw_kw[k]);
        level = level > 0 ? level : 0;
        out[k] = level;
    }
}

static void car_levels(const ohm_home *problem, const ohm_home_controls *controls, double *out)
{
    double kwh = 0;
    for (int k = 0; k < problem->steps; k++) {
        bool here = problem->car_here[k] > 0.5;
        kwh = here ? kwh + problem->dt_h * problem->car.ratio * controls->car_kw[k] : 0;
        out[k] = kwh;
    }
}

static void pump_levels(const ohm_home *problem, const ohm_home_controls *controls, double *out)
{
    const ohm_home_pump *pump = &problem->pump;
    double x = pump->start_c;
    for (int k = 0; k < problem->steps; k++) {
        double heat = problem->cop[k] * controls->pump_kw[k];
        out[k] = pump->c * x + pump->d * heat + problem->offset[k];
        x = pump->a * x + pump->b * heat + problem->drift[k];
    }
}

void ohm_home_levels(const ohm_home *problem, const ohm_home_controls *controls,
                     ohm_home_device device, double *out)
{
    if (device == OHM_HOME_TANK)
        tank_levels(problem, controls, out);
    else if (device == OHM_HOME_CAR)
        car_levels(problem, controls, out);
    else
        pump_levels(problem, controls, out);
}

bool ohm_home_runs(const ohm_home_controls *controls, ohm_home_device device, int step)
{
    assert(device < OHM_HOME_DEVICES);
    const double *const of[OHM_HOME_DEVICES] = { controls->tank_on, controls->car_kw,
                                                 controls->pump_on };
    return of[device][step] > 1e-6;
}

double ohm_home_marginal(const ohm_home *problem, const ohm_home_controls *controls, int step)
{
    if (controls->import_kw[step] > NOTHING_KW)
        return problem->import_eur[step];
    if (controls->curtail_kw[step] > NOTHING_KW)
        return 0;
    return controls->export_kw[step] > NOTHING_KW ? problem->export_eur[step]
                                                  : problem->import_eur[step];
}

static double power_of(const ohm_home *problem, ohm_home_device device)
{
    return device == OHM_HOME_TANK  ? problem->tank.power_kw
           : device == OHM_HOME_CAR ? problem->car.least_kw
                                    : problem->pump.least_kw;
}

/* The steps that could do for another: of the car those of its stay, else those that are left. */
static void span_of(const ohm_home *problem, ohm_home_device device, int step, int *ret_to)
{
    int to = step + 1;
    while (to < problem->steps && (device != OHM_HOME_CAR || problem->car_here[to] > 0.5))
        to++;
    *ret_to = to;
}

/* The best marginal price of the steps in [from, to) in which it runs, or does not; INFINITY. */
static double best_of(const ohm_home *problem, const ohm_home_controls *controls,
                      ohm_home_device device, int from, int to, bool runs)
{
    double best = INFINITY;
    for (int k = from; k < to; k++) {
        double price = ohm_home_marginal(problem, controls, k);
        if (ohm_home_runs(controls, device, k) == runs && price < best)
            best = price;
    }
    return best;
}

/* The dearest of them, where it is to be told what was avoided. */
static double worst_of(const ohm_home *problem, const ohm_home_controls *controls,
                       ohm_home_device device, int from, int to)
{
    double worst = -INFINITY;
    for (int k = from; k < to; k++) {
        double price = problem->import_eur[k];
        if (!ohm_home_runs(controls, device, k) && price > worst)
            worst = price;
    }
    return worst;
}

static int32_t ueur(double eur)
{
    return isfinite(eur) ? (int32_t)(eur * 1e6 + (eur < 0 ? -0.5 : 0.5)) : 0;
}

static ohm_plan_reason reason(ohm_plan_why why, double now_eur, double instead_eur)
{
    return (ohm_plan_reason){ why, ueur(now_eur),
                              isfinite(instead_eur) ? ueur(instead_eur) : ueur(now_eur) };
}

static ohm_plan_reason why_runs(const ohm_home *problem, const ohm_home_controls *controls,
                                ohm_home_device device, int step, int to)
{
    double now = ohm_home_marginal(problem, controls, step);
    bool own = controls->import_kw[step] <= NOTHING_KW && problem->pv_kw[step] > NOTHING_KW;
    double later = best_of(problem, controls, device, step + 1, to, false);
    if (own)
        return reason(OHM_PLAN_WHY_SUN, now, problem->import_eur[step]);
    if (later < now - SAME_EUR)
        return reason(OHM_PLAN_WHY_NEED, now, later);
    return reason(OHM_PLAN_WHY_CHEAP, now, worst_of(problem, controls, device, step + 1, to));
}

static ohm_plan_reason why_rests(const ohm_home *problem, const ohm_home_controls *controls,
                                 ohm_home_device device, int step, int to)
{
    double now = ohm_home_marginal(problem, controls, step);
    double later = best_of(problem, controls, device, step + 1, to, true);
    bool room = controls->import_kw[step] + power_of(problem, device) <=
                ohm_home_import_kw_max(problem, step);
    if (later < now - SAME_EUR)
        return reason(OHM_PLAN_WHY_LATER, now, later);
    if (isfinite(later) && !room)
        return reason(OHM_PLAN_WHY_ROOM, now, later);
    return reason(OHM_PLAN_WHY_ENOUGH, now, later);
}

ohm_plan_reason ohm_home_why(const ohm_home *problem, const ohm_home_controls *controls,
                             ohm_home_device device, int step)
{
    int to;
    assert(step >= 0 && step < problem->steps);
    span_of(problem, device, step, &to);
    return ohm_home_runs(controls, device, step) ? why_runs(problem, controls, device, step, to)
                                                 : why_rests(problem, controls, device, step, to);
}
