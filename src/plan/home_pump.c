/* The heat pump, off or between its least and its most power, each for a while at least: a dynamic
 * program over the building's state and how long it has been on or off. */
#include "plan/home_own.h"

#include <math.h>
#include <string.h>

/* Off, powers from the least to the most, and those that keep comfort at a limit: a kilowatt may be
 * some kelvins, so that between two powers of a list comfort would be missed or paid for twice. */
enum { OFF, FIRST, FIXED = FIRST + PUMP_POWERS, KEEPS_LOW = FIXED, KEEPS_HIGH, LEVELS };

typedef struct pump_dp {
    const ohm_home *problem;
    int on, off, ages; /* ages: first those of on, then those of off; the last of each is free */
    double low_c, step_c, rate; /* rate: levels that a kelvin more leads to */
    int levels;                 /* OFF and FIRST alone, where there is no choice of power */
    double cost[FIXED], power_kw[FIXED];
    /* Of the step that was set: what the others' answers cost; y - c·x, and where a state of 0
     * leads in levels, at no power and more a kW. */
    const ohm_home_plan *plan;
    int step;
    double offset_c, warms_c, from, leads;
} pump_dp;

static int at_least_one(int steps)
{
    return steps < 1 ? 1 : steps > PUMP_HOLD_MAX ? PUMP_HOLD_MAX : steps;
}

int home_pump_ages(const ohm_home *problem)
{
    return at_least_one(problem->pump.hold_on) + at_least_one(problem->pump.hold_off);
}

static pump_dp dp_of(const ohm_home *problem)
{
    const ohm_home_pump *pump = &problem->pump;
    pump_dp dp = { .problem = problem };
    dp.on = at_least_one(pump->hold_on);
    dp.off = at_least_one(pump->hold_off);
    dp.ages = dp.on + dp.off;
    double low = home_min(home_min(pump->start_c, pump->end_c), pump->low_c) - 2;
    double high = home_max(home_max(pump->start_c, pump->end_c), pump->high_c) + 2;
    dp.low_c = low;
    dp.step_c = (high - low) / (PUMP_LEVELS - 1);
    dp.rate = pump->a / dp.step_c;
    dp.levels = pump->most_kw > pump->least_kw ? LEVELS : FIRST + 1;
    for (int l = FIRST; l < FIXED; l++)
        dp.power_kw[l] =
            pump->least_kw + (pump->most_kw - pump->least_kw) * (l - FIRST) / (PUMP_POWERS - 1);
    return dp;
}

static double discomfort(const ohm_home_pump *pump, double y)
{
    double below = pump->low_c - y, above = y - pump->high_c;
    return pump->low_eur * home_max(below, 0) + pump->high_eur * home_max(above, 0);
}

typedef struct place {
    int at;
    double part, cost, power_kw;
} place;

/* Where level l leads from state x in the step that was set, and what the step costs. */
static place lead(const pump_dp *dp, double x, int l)
{
    const ohm_home_pump *pump = &dp->problem->pump;
    double y = pump->c * x + dp->offset_c, power, cost;
    if (l < FIXED) {
        power = dp->power_kw[l];
        cost = dp->cost[l];
    } else {
        power = ((l == KEEPS_LOW ? pump->low_c : pump->high_c) - y) / dp->warms_c;
        power = power > pump->least_kw ? home_min(power, pump->most_kw) : pump->least_kw;
        cost = home_around_at(dp->plan, dp->step, power);
    }
    double at = x * dp->rate + dp->from + dp->leads * power;
    at = home_max(-PUMP_LEVELS, home_min(2.0 * PUMP_LEVELS, at));
    int i = at > 0 ? (int)at : 0;
    i = i < PUMP_LEVELS - 2 ? i : PUMP_LEVELS - 2;
    cost += discomfort(pump, y + dp->warms_c * power);
    return (place){ i, at - i, cost, power };
}

/* What follows if the step is spent on (at its best power), for the ages of on, and off. */
static void follow(const pump_dp *dp, double x, const double *then, double *restrict on,
                   double *restrict off)
{
    int ages = dp->ages;
    for (int l = 0; l < dp->levels; l++) {
        place to = lead(dp, x, l);
        const double *restrict near = then + (size_t)to.at * (size_t)ages;
        const double *restrict far = near + ages;
        double *restrict out = l != OFF ? on : off;
        double part = to.part, cost = to.cost;
        int first = l != OFF ? 0 : dp->on, last = l != OFF ? dp->on : ages;
        for (int a = first; a < last; a++) {
            double value = cost + near[a] + part * (far[a] - near[a]);
            out[a] = l <= FIRST || value < out[a] ? value : out[a];
        }
    }
}

/* The value of age a, and whether the step is spent on: held, or the better of both. */
static double decide(const pump_dp *dp, int a, const double *on, const double *off, bool *ret_on)
{
    int last_on = dp->on - 1, last_off = dp->ages - 1;
    bool was_on = a <= last_on;
    double stay, change;
    if (was_on) {
        stay = on[a < last_on ? a + 1 : last_on];
        change = a < last_on ? INFINITY : off[dp->on];
    } else {
        stay = off[a < last_off ? a + 1 : last_off];
        change = a < last_off ? INFINITY : on[0] + dp->problem->pump.start_eur;
    }
    *ret_on = change < stay ? !was_on : was_on;
    return home_min(stay, change);
}

static void set_step(pump_dp *dp, const ohm_home_plan *plan, int k)
{
    const ohm_home *problem = dp->problem;
    double cop = problem->cop[k];
    dp->plan = plan;
    dp->step = k;
    for (int l = OFF; l < FIXED; l++)
        dp->cost[l] = home_around_at(plan, k, dp->power_kw[l]);
    dp->offset_c = problem->offset[k];
    dp->warms_c = problem->pump.d * cop;
    dp->from = (problem->drift[k] - dp->low_c) / dp->step_c;
    dp->leads = problem->pump.b * cop / dp->step_c;
}

/* By steps: the first and last level that a plan can come near. */
typedef struct reach {
    short low[OHM_HOME_STEPS_MAX + 1], high[OHM_HOME_STEPS_MAX + 1];
} reach;

static double state_at(const pump_dp *dp, int level)
{
    return dp->low_c + dp->step_c * level;
}

/* The level at or below where x and a power lead, from 0 to the last but one. */
static int level_after(const pump_dp *dp, double x, double power)
{
    double at = x * dp->rate + dp->from + dp->leads * power;
    return at > 0 ? (int)home_min(at, PUMP_LEVELS - 2) : 0;
}

static void find_reach(pump_dp *dp, const ohm_home_plan *plan, reach *to)
{
    const ohm_home_pump *pump = &dp->problem->pump;
    double at = (pump->start_c - dp->low_c) / dp->step_c;
    to->low[0] = (short)home_min(at, PUMP_LEVELS - 2);
    to->high[0] = (short)(to->low[0] + 1);
    for (int k = 0; k < dp->problem->steps; k++) {
        double low = state_at(dp, to->low[k]), high = state_at(dp, to->high[k]);
        set_step(dp, plan, k);
        bool cools = dp->leads < 0;
        int least = level_after(dp, low, cools ? pump->most_kw : 0);
        int most = level_after(dp, high, cools ? 0 : pump->most_kw) + 1;
        /* A plan that left the levels may be anywhere beyond them, and come back at any time. */
        to->low[k + 1] = (short)(to->low[k] == 0 ? 0 : least);
        to->high[k + 1] = (short)(to->high[k] == PUMP_LEVELS - 1 ? PUMP_LEVELS - 1 : most);
    }
}

static bool backwards(pump_dp *dp, ohm_home_plan *plan)
{
    reach within;
    find_reach(dp, plan, &within);
    const ohm_home *problem = dp->problem;
    size_t size = (size_t)PUMP_LEVELS * (size_t)dp->ages;
    double *end = plan->values + (size_t)problem->steps * size;
    double on[PUMP_STATES], off[PUMP_STATES];
    bool choice;
    for (int i = 0; i < PUMP_LEVELS; i++) {
        double lacks = problem->pump.end_c - state_at(dp, i);
        for (int a = 0; a < dp->ages; a++)
            end[i * dp->ages + a] = lacks > 0 ? lacks * problem->pump.end_eur : 0;
    }
    for (int k = problem->steps - 1; k >= 0; k--) {
        if (home_is_over(plan))
            return false;
        double *now = plan->values + (size_t)k * size;
        set_step(dp, plan, k);
        for (int i = within.low[k]; i <= within.high[k]; i++) {
            follow(dp, state_at(dp, i), now + size, on, off);
            for (int a = 0; a < dp->ages; a++)
                now[i * dp->ages + a] = decide(dp, a, on, off, &choice);
        }
    }
    return true;
}

/* The best power from x in a step spent on. */
static double best_power(const pump_dp *dp, double x, const double *then, int age)
{
    double best = INFINITY, power = 0;
    for (int l = FIRST; l < dp->levels; l++) {
        place to = lead(dp, x, l);
        const double *near = then + (size_t)to.at * (size_t)dp->ages + age;
        double value = to.cost + near[0] + to.part * (near[dp->ages] - near[0]);
        if (value < best) {
            best = value;
            power = to.power_kw;
        }
    }
    return power;
}

void home_prolong(const ohm_home_pump *pump, int steps, unsigned char *on)
{
    bool before = pump->running;
    int held = OHM_HOME_STEPS_MAX; /* before the first step: free */
    for (int k = 0; k < steps; k++) {
        if ((on[k] != 0) != before && held < (before ? pump->hold_on : pump->hold_off))
            on[k] = before;
        held = (on[k] != 0) == before ? held + 1 : 1;
        before = on[k] != 0;
    }
}

bool home_pump_dp(ohm_home_plan *plan, unsigned char *choice)
{
    const ohm_home *problem = plan->problem;
    pump_dp dp = dp_of(problem);
    size_t size = (size_t)PUMP_LEVELS * (size_t)dp.ages;
    double on[PUMP_STATES], off[PUMP_STATES], x = problem->pump.start_c;
    if (!backwards(&dp, plan))
        return false;
    int age = problem->pump.running ? dp.on - 1 : dp.ages - 1;
    for (int k = 0; k < problem->steps; k++) {
        const double *then = plan->values + (size_t)(k + 1) * size;
        bool run;
        set_step(&dp, plan, k);
        follow(&dp, x, then, on, off);
        (void)decide(&dp, age, on, off, &run);
        bool was_on = age < dp.on;
        int last = run ? dp.on - 1 : dp.ages - 1, first = run ? 0 : dp.on;
        age = run != was_on ? first : age < last ? age + 1 : last;
        double power = run ? best_power(&dp, x, then, age) : 0;
        x = problem->pump.a * x + problem->pump.b * problem->cop[k] * power + problem->drift[k];
        choice[k] = run;
        plan->now.sell[k] = home_around_sells(plan, k, power);
    }
    home_prolong(&problem->pump, problem->steps, choice);
    return true;
}
