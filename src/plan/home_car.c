/* The car's charging, at its least power or more, or not at all: a dynamic program over what it
 * got, window by window. */
#include "plan/home_own.h"

#include "plan/lanes.h"

#include <math.h>

typedef struct window {
    int from, to; /* steps, half open */
    double need_kwh, step_kwh;
} window;

static double power_of(const ohm_home_car *car, int level)
{
    return car->least_kw + (car->most_kw - car->least_kw) * level / (POWER_LEVELS - 1);
}

static double look_up(const double *values, const window *of, double kwh)
{
    double place = kwh / of->step_kwh;
    int i = (int)place;
    i = i < CAR_LEVELS - 2 ? i : CAR_LEVELS - 2;
    double part = place - i;
    return values[i] + part * (values[i + 1] - values[i]);
}

/* The best power at step k with `kwh` charged so far; 0: off. */
static double choose(const ohm_home *problem, const window *of, const double *costs,
                     const double *values, double kwh, double *ret_power_kw)
{
    const ohm_home_car *car = &problem->car;
    double best = costs[0] + look_up(values, of, kwh);
    *ret_power_kw = 0;
    for (int l = 0; l < POWER_LEVELS; l++) {
        double power = power_of(car, l), then = kwh + problem->dt_h * car->ratio * power;
        if (then > of->need_kwh + CAR_OVER_KWH)
            break;
        double cost = costs[l + 1] + look_up(values, of, then);
        if (cost < best) {
            best = cost;
            *ret_power_kw = power;
        }
    }
    return best;
}

static void costs_of(const ohm_home_plan *plan, int k, double costs[POWER_LEVELS + 1])
{
    costs[0] = home_around_at(plan, k, 0);
    for (int l = 0; l < POWER_LEVELS; l++)
        costs[l + 1] = ohm_home_car_may(plan->problem, k)
                           ? home_around_at(plan, k, power_of(&plan->problem->car, l))
                           : INFINITY;
}

/* All levels at once: each power leads so many levels up from all of them. */
OHM_WIDE static void back_step(const ohm_home *problem, const window *of,
                               const double costs[POWER_LEVELS + 1], const double *restrict then,
                               double *restrict now)
{
    for (int i = 0; i < CAR_LEVELS; i++)
        now[i] = costs[0] + then[i];
    for (int l = 0; l < POWER_LEVELS; l++) {
        double up = problem->dt_h * problem->car.ratio * power_of(&problem->car, l) / of->step_kwh;
        if (up >= CAR_LEVELS)
            break;
        int from = (int)up;
        double part = up - from, cost = costs[l + 1];
        const double *restrict near = then + from;
        OHM_LANES
        for (int i = 0; i < CAR_LEVELS - 1 - from; i++) {
            double value = cost + near[i] + part * (near[i + 1] - near[i]);
            now[i] = value < now[i] ? value : now[i];
        }
    }
}

static bool window_dp(ohm_home_plan *plan, const window *of, unsigned char *on)
{
    const ohm_home *problem = plan->problem;
    double costs[POWER_LEVELS + 1], power, kwh = 0;
    double *end = plan->values + (size_t)(of->to - of->from) * CAR_LEVELS;
    for (int i = 0; i < CAR_LEVELS; i++)
        end[i] = home_max(0, of->need_kwh - of->step_kwh * i) * problem->car.short_eur_per_kwh;
    for (int k = of->to - 1; k >= of->from; k--) {
        if (home_is_over(plan))
            return false;
        double *now = plan->values + (size_t)(k - of->from) * CAR_LEVELS;
        costs_of(plan, k, costs);
        back_step(problem, of, costs, now + CAR_LEVELS, now);
    }
    for (int k = of->from; k < of->to; k++) {
        const double *then = plan->values + (size_t)(k + 1 - of->from) * CAR_LEVELS;
        costs_of(plan, k, costs);
        (void)choose(problem, of, costs, then, kwh, &power);
        kwh += problem->dt_h * problem->car.ratio * power;
        on[k] = power > 0;
        plan->now.sell[k] = home_around_sells(plan, k, power);
    }
    return true;
}

bool home_car_dp(ohm_home_plan *plan, unsigned char *on)
{
    const ohm_home *problem = plan->problem;
    for (int k = 0; k < problem->steps; k++)
        on[k] = 0;
    for (int from = 0, k = 1; k <= problem->steps; k++) {
        if (problem->car_here[k - 1] <= 0.5)
            from = k;
        double need = plan->window_need[k];
        if (need < 0)
            continue;
        window of = { from, k, need, (need + CAR_OVER_KWH) / (CAR_LEVELS - 1) };
        if (from < k && !window_dp(plan, &of, on))
            return false;
        from = k;
    }
    return true;
}
