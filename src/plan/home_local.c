/* Small changes of the best plan: each place where a device goes on or off is moved, and a step of
 * the tank or the car taken for another. What the dynamic programs can't see, because the others'
 * worth of energy changes with the answer, is found here. */
#include "plan/home_own.h"

#include <string.h>

#define BETTER_EUR 1e-7

/* Patterns that are solved at most, from one day to two at a quarter of an hour; of more steps
 * fewer, since each takes longer, of fewer steps more. */
enum {
    TRIES = 48,
    TRIES_STEPS = 192,
    TRIES_FEW_STEPS = 96,
    TRIES_MAX = 400,
    TRIES_MIN = 8,
    MOVES = 7,
    KINDS = DEVICES
};

static const int moves[MOVES] = { 1, -1, 0, 2, -2, 4, -4 };

/* Runs of the heat pump that begin within the horizon last, save the last one. */
static bool pump_holds(const ohm_home *problem, const unsigned char *on)
{
    const ohm_home_pump *pump = &problem->pump;
    bool before = pump->running;
    int start = -1;
    for (int k = 0; k < problem->steps; k++) {
        if ((on[k] != 0) == before)
            continue;
        if (start >= 0 && k - start < (before ? pump->hold_on : pump->hold_off))
            return false;
        start = k;
        before = on[k] != 0;
    }
    return true;
}

static bool tank_holds(const ohm_home *problem, const unsigned char *on)
{
    const ohm_home_tank *tank = &problem->tank;
    double level = tank->start_kwh, most = home_max(tank->most_kwh, tank->start_kwh) + 1e-9;
    for (int k = 0; k < problem->steps; k++) {
        double in = on[k] ? tank->power_kw : 0;
        if (on[k] && !ohm_home_tank_may(problem, k))
            return false;
        level = (1 - tank->loss_ratio) * level + problem->dt_h * (in - problem->draw_kw[k]);
        level = level > 0 ? level : 0;
        if (level > most && on[k])
            return false;
    }
    return true;
}

/* The least powers alone may not overfill the car, and it may charge. */
static bool car_holds(const ohm_home_plan *plan, const unsigned char *on)
{
    const ohm_home *problem = plan->problem;
    double least = 0;
    for (int k = 0; k < problem->steps; k++) {
        if (on[k] && !ohm_home_car_may(problem, k))
            return false;
        least += on[k] ? problem->dt_h * problem->car.ratio * problem->car.least_kw : 0;
        double need = plan->window_need[k + 1];
        if (need >= 0 && least > need + CAR_OVER_KWH)
            return false;
        least = need >= 0 ? 0 : least;
    }
    return true;
}

static bool sell_holds(const ohm_home *problem, const unsigned char *sell)
{
    for (int k = 0; k < problem->steps; k++)
        if (sell[k] && !home_chooses(problem, k))
            return false;
    return true;
}

static bool holds(const ohm_home_plan *plan, device of, const unsigned char *on)
{
    return of == DEVICE_PUMP   ? pump_holds(plan->problem, on)
           : of == DEVICE_TANK ? tank_holds(plan->problem, on)
           : of == DEVICE_CAR  ? car_holds(plan, on)
                               : sell_holds(plan->problem, on);
}

/* One step for itself. */
static bool toggle(unsigned char *on, int k)
{
    on[k] = !on[k];
    return true;
}

/* The edge before step k goes `by` steps later (or earlier); false where it is no edge or meets
 * the next one. */
static bool move_edge(const ohm_home *problem, unsigned char *on, int k, int by)
{
    unsigned char left = k > 0 ? on[k - 1] : (unsigned char)!on[k];
    if (left == on[k])
        return false;
    int from = by > 0 ? k : k + by, to = by > 0 ? k + by : k;
    if (from < 0 || to > problem->steps)
        return false;
    unsigned char now = by > 0 ? left : on[k];
    for (int i = from; i < to; i++) {
        if (on[i] == now)
            return false;
        on[i] = now;
    }
    return true;
}

static unsigned char *of_device(pattern *at, device of)
{
    unsigned char *const all[DEVICES] = { at->pump, at->tank, at->car, at->sell };
    return all[of];
}

/* One change of one device; true if it made a better plan. */
static bool try_move(ohm_home_plan *plan, device of, int k, int by)
{
    unsigned char *on = of_device(&plan->now, of);
    double before = plan->best_eur;
    home_copy_pattern(plan->problem, &plan->now, &plan->best);
    bool moved = by ? move_edge(plan->problem, on, k, by) : toggle(on, k);
    if (!moved || !holds(plan, of, on))
        return false;
    (void)home_try(plan, &plan->now);
    return plan->best_eur < before - BETTER_EUR;
}

int home_local_tries(int steps)
{
    int few = TRIES * TRIES_FEW_STEPS / steps, many = TRIES * TRIES_STEPS / steps;
    if (few > TRIES)
        return few < TRIES_MAX ? few : TRIES_MAX;
    return many > TRIES ? TRIES : many > TRIES_MIN ? many : TRIES_MIN;
}

void home_local_search(ohm_home_plan *plan, int tries)
{
    const ohm_home *problem = plan->problem;
    const bool has[KINDS] = { problem->has_pump, problem->has_tank, problem->has_car,
                              home_excludes(problem) };
    int count = MOVES * KINDS * problem->steps, quiet = 0;
    int most = plan->solved + tries;
    /* By moves first, then devices: all edges by one step, then by more. */
    for (int i = 0; quiet < count && plan->solved < most && !home_is_done(plan); i++) {
        int place = i % count;
        device of = (device)(place / problem->steps % KINDS);
        quiet++;
        if (!has[of])
            continue;
        int by = moves[place / (KINDS * problem->steps)], k = place % problem->steps;
        if (try_move(plan, of, k, by))
            quiet = 0;
    }
}
