/* A better bound for a home with a tank, or one whose meter may not import and export at once: what
 * is on or off there is decided whole, the others answer as the relaxation prices their stores.
 *
 * The Lagrangian of the relaxation with the others' dynamics priced, and the meter's cost and the
 * tank kept as they are: its least value is one of a dynamic program over the tank alone. That runs
 * on whole quanta of energy, each rounded to the tank's good (what heats up, what is drawn down),
 * and limits are as much wider as rounding can have brought: whatever a real plan does, the
 * program may do for no more. */
#include "plan/home_own.h"

#include <math.h>

/* Of the sums, relative. */
#define ROUNDING 1e-9

enum { QUANTA_MAX = 3000, QUANTA_LEAST = 200 };

typedef struct quanta {
    const ohm_home *of;
    double keep, size; /* of a step; energy of one, as if nothing were lost since the start */
    int count;         /* from one below nothing on */
    double *now, *then;
} quanta;

/* --- the others ------------------------------------------------------------------------------- */

static double clipped(const ohm_stage_limit *limit, int k)
{
    double l = home_max(limit->slack_price[k], 0);
    return limit->shape.hard ? l : home_min(l, limit->weight[k]);
}

/* What the prices of the others' stores and limits come to by themselves. */
static double others_eur(const ohm_home_plan *plan)
{
    const home_lp *lp = &plan->relaxed;
    const ohm_stage *stage = &lp->stage;
    double sum = 0;
    for (int i = 0; i < stage->shape.limits; i++) {
        const ohm_stage_limit *limit = &stage->limit[i];
        int r = limit->shape.row;
        if (r < stage->shape.inputs || r == lp->row_grid || r == lp->row_tank)
            continue;
        for (int k = 0; k < stage->len; k++)
            sum += limit->sign * clipped(limit, k) * (stage->row[r].offset[k] - limit->bound[k]);
    }
    for (int s = 0; s < stage->shape.states; s++) {
        if (s == lp->tank)
            continue;
        sum += stage->price[s][0] * stage->x0[s];
        for (int k = 0; k + 1 < stage->len; k++)
            sum += stage->price[s][k + 1] * stage->d[s][k];
    }
    const ohm_home_battery *battery = &plan->problem->battery;
    if (lp->battery >= 0 && lp->limit_range >= 0)
        sum -= battery->end_eur_per_kwh * (battery->most_kwh - battery->start_kwh);
    return sum;
}

/* What the first piece of plan->around begins with, where all that can be given is given. */
static double begin_eur(const ohm_home_plan *plan, int k)
{
    const ohm_home *of = plan->problem;
    double sum = 0, dt = of->dt_h;
    if (of->has_battery)
        sum -= of->battery.charge_kw * (plan->worth[0][k] * of->battery.charge_ratio * dt -
                                        of->battery.wear_eur_per_kwh * dt);
    if (of->has_car && ohm_home_car_may(of, k))
        sum -= of->car.most_kw * plan->worth[1][k] * of->car.ratio * dt;
    if (of->has_pump)
        sum -= of->pump.most_kw * plan->worth[3][k];
    return sum;
}

/* As pieces_at; below the first piece a plan pays for what must not be, here nothing. */
static double around_at(const pieces *of, double power)
{
    double left = power - of->from, cost = 0;
    for (int i = 0; i < of->count && left > 0; i++) {
        double part = home_min(left, of->width[i]);
        cost += part * of->slope[i];
        left -= part;
    }
    return cost;
}

/* What step k costs at least where the tank draws that; without what all begins with. */
static double step_eur(const ohm_home_plan *plan, int k, double power_kw)
{
    const pieces *buys = &plan->around[k], *sells = &plan->around_sell[k];
    double eur = buys->start_eur + around_at(buys, power_kw);
    return plan->may_sell[k] ? home_min(eur, sells->start_eur + around_at(sells, power_kw)) : eur;
}

/* --- the tank --------------------------------------------------------------------------------- */

/* How many quanta can be there at the end of step k - 1. */
static int most_at(const quanta *q, int k, double decay)
{
    double high = home_max(q->of->tank.most_kwh, q->of->tank.start_kwh);
    return (int)(high / decay / q->size) + 2 * k + 1;
}

/* Being short at the end of step k - 1, and buying out of it: quanta n are at n + 1, of what was
 * asked up to one may not be bought yet. */
static void close_step(const quanta *q, int k, double decay, double *values)
{
    const ohm_home_tank *tank = &q->of->tank;
    double hold = tank->short_eur_per_kwh * q->of->dt_h,
           buy = home_water_eur(tank) * q->size * decay;
    int most = most_at(q, k, decay);
    for (int i = 0; i < q->count; i++) { /* i quanta are i - 1, and that is i at best */
        double lacks = ohm_home_tank_least_kwh(q->of, k - 1) - i * q->size * decay;
        values[i] = i - 1 > most ? INFINITY : values[i] + (lacks > 0 ? lacks * hold : 0);
    }
    for (int i = q->count - 2; i >= 0; i--)
        values[i] = home_min(values[i], values[i + 1] + buy);
}

static double value_at(const quanta *q, const double *values, int i, double buy)
{
    if (i >= q->count)
        return INFINITY;
    return i >= 0 ? values[i] : values[0] - i * buy;
}

static double least_eur(quanta *q, const ohm_home_plan *plan)
{
    const ohm_home *of = q->of;
    const ohm_home_tank *tank = &of->tank;
    double decay = 1;
    for (int k = 0; k < of->steps; k++)
        decay *= q->keep;
    for (int i = 0; i < q->count; i++) {
        double lacks = tank->start_kwh - i * q->size * decay;
        q->then[i] = lacks > 0 ? lacks * TANK_END_EUR_PER_KWH : 0;
    }
    for (int k = of->steps - 1; k >= 0; k--) {
        close_step(q, k + 1, decay, q->then);
        double buy = home_water_eur(tank) * q->size * decay;
        int up = (int)ceil(of->dt_h * tank->power_kw / decay / q->size);
        int down = (int)(of->dt_h * of->draw_kw[k] / decay / q->size);
        double off = step_eur(plan, k, 0);
        double on = ohm_home_tank_may(of, k) ? step_eur(plan, k, tank->power_kw) : INFINITY;
        double begin = begin_eur(plan, k);
        for (int i = 0; i < q->count; i++)
            q->now[i] = begin + home_min(off + value_at(q, q->then, i - down, buy),
                                         on + value_at(q, q->then, i + up - down, buy));
        double *swap = q->now;
        q->now = q->then;
        q->then = swap;
        decay /= q->keep;
    }
    int start = (int)ceil(tank->start_kwh / q->size) + 1;
    return start < q->count ? q->then[start] : -INFINITY;
}

static double tank_eur(ohm_home_plan *plan, size_t room)
{
    const ohm_home *of = plan->problem;
    quanta q = { .of = of, .keep = 1 - of->tank.loss_ratio };
    double high = home_max(of->tank.most_kwh, of->tank.start_kwh), decay = 1;
    for (int k = 0; k < of->steps && q.keep > 0.5; k++)
        decay *= q.keep;
    q.count = room / 2 < QUANTA_MAX ? (int)(room / 2) : QUANTA_MAX;
    int usable = q.count - 2 * of->steps - 4;
    if (q.keep <= 0.5 || decay < 0.05 || usable < QUANTA_LEAST || high < 1e-3)
        return -INFINITY;
    q.size = high / decay / usable;
    q.now = plan->values;
    q.then = plan->values + q.count;
    return least_eur(&q, plan);
}

double home_whole_bound(ohm_home_plan *plan, size_t room)
{
    const ohm_home *of = plan->problem;
    double bound = others_eur(plan);
    home_around_grids(plan, ALL_DEVICES, &plan->now, DEVICE_TANK, ANSWERS_ALL, true);
    for (int k = 0; k < of->steps && !of->has_tank; k++)
        bound += begin_eur(plan, k) + step_eur(plan, k, 0);
    bound += of->has_tank ? tank_eur(plan, room) : 0;
    return bound - ROUNDING * (1 + fabs(bound));
}
