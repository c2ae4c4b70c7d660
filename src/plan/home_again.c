/* Begun anew: some devices decide again in another order, each against what was decided before it
 * while those after it may still do anything. What one device after the other can't reach, since
 * two would have to change at once, is found from there. */
#include "plan/home_own.h"

#include <math.h>
#include <string.h>

#define BETTER_EUR 1e-7
/* A start that leads to no more than this over the best, relative, is searched on. */
#define PROMISING 2e-3

/* Orders; which part of the work each may take at most. */
enum { ORDERS = 12, FOLLOWS = 12 };

/* Two first, which change less; DEVICES is nobody. */
static const device orders[ORDERS][3] = {
    { DEVICE_CAR, DEVICE_PUMP, DEVICES },     { DEVICE_TANK, DEVICE_PUMP, DEVICES },
    { DEVICE_PUMP, DEVICE_CAR, DEVICES },     { DEVICE_PUMP, DEVICE_TANK, DEVICES },
    { DEVICE_TANK, DEVICE_CAR, DEVICES },     { DEVICE_CAR, DEVICE_TANK, DEVICES },
    { DEVICE_CAR, DEVICE_TANK, DEVICE_PUMP }, { DEVICE_TANK, DEVICE_CAR, DEVICE_PUMP },
    { DEVICE_CAR, DEVICE_PUMP, DEVICE_TANK }, { DEVICE_PUMP, DEVICE_CAR, DEVICE_TANK },
    { DEVICE_TANK, DEVICE_PUMP, DEVICE_CAR }, { DEVICE_PUMP, DEVICE_TANK, DEVICE_CAR },
};

static void copy(const ohm_home_plan *plan, double *const *to, double *const *from, int count)
{
    for (int i = 0; i < count; i++)
        memcpy(to[i], from[i], ((size_t)plan->problem->steps + 2) * sizeof(double));
}

static void put_away(ohm_home_plan *plan)
{
    home_copy_pattern(plan->problem, &plan->kept, &plan->best);
    copy(plan, plan->kept_u, plan->u, CONTROLS);
    copy(plan, plan->kept_worth, plan->worth, 4);
}

static void take_back(ohm_home_plan *plan)
{
    home_copy_pattern(plan->problem, &plan->best, &plan->kept);
    copy(plan, plan->u, plan->kept_u, CONTROLS);
    copy(plan, plan->worth, plan->kept_worth, 4);
}

static bool can(const ohm_home *problem, const device order[3])
{
    for (int i = 0; i < 3; i++)
        if (order[i] != DEVICES && !home_has(problem, order[i]))
            return false;
    return true;
}

/* They decide in that order; true if it is another pattern than the best. */
static bool decide(ohm_home_plan *plan, const device order[3])
{
    unsigned undecided = 1u << DEVICE_BATTERY;
    bool changed = false;
    for (int i = 0; i < 3 && order[i] != DEVICES; i++)
        undecided |= 1u << order[i];
    home_copy_pattern(plan->problem, &plan->now, &plan->best);
    for (int i = 0; i < 3 && order[i] != DEVICES && !home_is_over(plan); i++) {
        changed = home_improve(plan, undecided, order[i], ANSWERS_ALL);
        undecided &= ~(1u << order[i]);
    }
    return changed;
}

/* From plan->now, which is put in the best plan's place until it is known; true if it led to a
 * better one. */
static bool follow(ohm_home_plan *plan, int kinds, int tries)
{
    double before = plan->best_eur;
    put_away(plan);
    plan->best_eur = INFINITY;
    (void)home_try(plan, &plan->now);
    if (isfinite(plan->best_eur))
        home_descend(plan, kinds);
    if (plan->best_eur <= before + PROMISING * (1 + fabs(before)))
        home_local_search(plan, tries);
    if (plan->best_eur < before - BETTER_EUR)
        return true;
    take_back(plan);
    plan->best_eur = before;
    return false;
}

/* A dynamic program takes about as long as two linear ones. */
static int work_of(const ohm_home_plan *plan)
{
    return plan->solved + 2 * plan->decided;
}

/* Knuth's MMIX generator: the same numbers every time. */
static int draw(uint64_t *seed, int below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((*seed >> 33) % (uint64_t)below);
}

/* The best plan with some changes that nobody asked for. */
static void kick(ohm_home_plan *plan, uint64_t *seed)
{
    enum { MOVES = 6, DRAWS = 60 };
    int steps = plan->problem->steps, left = 1 + draw(seed, MOVES);
    home_copy_pattern(plan->problem, &plan->now, &plan->best);
    for (int i = 0; i < DRAWS && left > 0; i++) {
        device of = (device)draw(seed, DEVICES);
        int from = draw(seed, steps), length = 1 + draw(seed, 4);
        bool on = draw(seed, 2) == 1;
        if (home_has(plan->problem, of) && from + length <= steps)
            left -= home_change(plan, of, from, from + length, on);
    }
}

void home_search_again(ohm_home_plan *plan, int tries)
{
    int most = work_of(plan) + tries, quiet = 0;
    uint64_t seed = 1;
    for (int i = 0; quiet < ORDERS && work_of(plan) < most && !home_is_done(plan); i++) {
        const device *order = orders[i % ORDERS];
        quiet++;
        if (can(plan->problem, order) && decide(plan, order) && follow(plan, 1, tries / FOLLOWS))
            quiet = 0;
    }
    while (work_of(plan) < most && !home_is_done(plan)) {
        kick(plan, &seed);
        (void)follow(plan, draw(&seed, 3), tries / FOLLOWS);
    }
}
