/* Where import and export exclude each other: in which steps to export, by a dynamic program over
 * the battery's energy with everything else as in the best plan. */
#include "plan/home_own.h"

#include "plan/lanes.h"

#include <math.h>

enum { POWERS = 33 };

typedef struct battery_dp {
    const ohm_home_battery *of;
    double dt_h, low_kwh, high_kwh, step_kwh;
    int powers; /* without a battery one: idle */
    double kw[POWERS], cost[POWERS];
    bool sell[POWERS];
    bool tank_answers; /* at what hot water is worth; else it does as in the best plan */
} battery_dp;

static double look_up(const double *values, const battery_dp *dp, double kwh)
{
    double place = (kwh - dp->low_kwh) / dp->step_kwh;
    int i = place > 0 ? (int)place : 0;
    i = i < BATTERY_LEVELS - 2 ? i : BATTERY_LEVELS - 2;
    return values[i] + (place - i) * (values[i + 1] - values[i]);
}

static double next_kwh(const battery_dp *dp, double kwh, double kw)
{
    double ratio = kw > 0 ? dp->of->charge_ratio : 1 / dp->of->discharge_ratio;
    return kwh + dp->dt_h * ratio * kw;
}

/* The cheaper of both choices for each power. */
static void set_costs(battery_dp *dp, const ohm_home_plan *plan, int k)
{
    const ohm_home *problem = plan->problem;
    pieces of[2];
    double tank_kw = problem->has_tank ? problem->tank.power_kw : 0;
    double rest = problem->load_kw[k] - problem->pv_kw[k] + plan->u[CAR][k] + plan->u[PUMP][k];
    if (!dp->tank_answers)
        rest += tank_kw * plan->u[TANK_ON][k];
    double answer_kw = dp->tank_answers ? tank_kw : 0;
    double answer_eur = -plan->worth[2][k] * problem->dt_h * answer_kw;
    home_grid(problem, k, false, &of[0]);
    home_grid(problem, k, true, &of[1]);
    for (int l = 0; l < dp->powers; l++) {
        double wear = dp->of->wear_eur_per_kwh * dp->dt_h * fabs(dp->kw[l]), eur[2];
        for (int i = 0; i < 2; i++) {
            double without = pieces_at(&of[i], rest + dp->kw[l]);
            double with = pieces_at(&of[i], rest + dp->kw[l] + answer_kw) + answer_eur;
            eur[i] = of[i].start_eur + home_min(without, with);
        }
        dp->sell[l] = eur[1] < eur[0];
        dp->cost[l] = wear + home_min(eur[0], eur[1]);
    }
}

static double choose(const battery_dp *dp, const double *then, double kwh, int *ret_power)
{
    double best = INFINITY;
    for (int l = 0; l < dp->powers; l++) {
        double next = next_kwh(dp, kwh, dp->kw[l]);
        if (next < dp->low_kwh - 1e-9 || next > dp->high_kwh + 1e-9)
            continue;
        double cost = dp->cost[l] + look_up(then, dp, next);
        if (cost < best) {
            best = cost;
            *ret_power = l;
        }
    }
    return best;
}

/* now = the least of now and cost + what follows at then[i + shift], between whole numbers. */
OHM_WIDE static void lead(double cost, int from, double part, const double *restrict then,
                          int first, int end, double *restrict now)
{
    const double *restrict near = then + from, *restrict far = near + (part > 0);
    OHM_LANES
    for (int i = first; i < end; i++) {
        double value = cost + near[i] + part * (far[i] - near[i]);
        now[i] = value < now[i] ? value : now[i];
    }
}

/* All levels at once: each power leads so many levels up (or down) from all of them. */
static void back_step(const battery_dp *dp, const double *then, double *now)
{
    for (int i = 0; i < BATTERY_LEVELS; i++)
        now[i] = INFINITY;
    for (int l = 0; l < dp->powers; l++) {
        double up = next_kwh(dp, 0, dp->kw[l]) / dp->step_kwh;
        if (fabs(up) >= BATTERY_LEVELS)
            continue;
        int from = (int)floor(up + 1e-9);
        double part = up - from > 1e-9 ? up - from : 0;
        int end = BATTERY_LEVELS - from - (part > 0);
        lead(dp->cost[l], from, part, then, from < 0 ? -from : 0,
             end < BATTERY_LEVELS ? end : BATTERY_LEVELS, now);
    }
}

static battery_dp dp_of(const ohm_home *problem)
{
    /* Without one there is nothing but where to export. */
    static const ohm_home_battery none = { .charge_ratio = 1, .discharge_ratio = 1 };
    const ohm_home_battery *of = problem->has_battery ? &problem->battery : &none;
    battery_dp dp = { .of = of, .dt_h = problem->dt_h };
    dp.low_kwh = home_min(of->least_kwh, of->start_kwh);
    dp.high_kwh = home_max(of->most_kwh, of->start_kwh);
    dp.step_kwh = home_max(dp.high_kwh - dp.low_kwh, 1e-6) / (BATTERY_LEVELS - 1);
    dp.powers = problem->has_battery ? POWERS : 1;
    for (int l = 0; l < dp.powers && problem->has_battery; l++) {
        double part = (double)(l - POWERS / 2) / (POWERS / 2); /* the middle one: idle */
        dp.kw[l] = part * (part > 0 ? of->charge_kw : of->discharge_kw);
    }
    return dp;
}

bool home_battery_dp(ohm_home_plan *plan, bool tank_answers, unsigned char *sell)
{
    const ohm_home *problem = plan->problem;
    battery_dp dp = dp_of(problem);
    dp.tank_answers = tank_answers;
    double *end = plan->values + (size_t)problem->steps * BATTERY_LEVELS;
    int power = POWERS / 2;
    for (int i = 0; i < BATTERY_LEVELS; i++) {
        double lacks = dp.of->start_kwh - dp.low_kwh - dp.step_kwh * i;
        double worth = dp.of->end_eur_per_kwh * home_max(lacks, dp.of->start_kwh - dp.of->most_kwh);
        end[i] = worth + (lacks > 1e-9 && !dp.of->free_end ? lacks * FORBIDDEN_EUR_PER_KWH : 0);
    }
    for (int k = problem->steps - 1; k >= 0; k--) {
        if (home_is_over(plan))
            return false;
        double *now = plan->values + (size_t)k * BATTERY_LEVELS;
        set_costs(&dp, plan, k);
        back_step(&dp, now + BATTERY_LEVELS, now);
    }
    double kwh = dp.of->start_kwh;
    for (int k = 0; k < problem->steps; k++) {
        set_costs(&dp, plan, k);
        (void)choose(&dp, plan->values + (size_t)(k + 1) * BATTERY_LEVELS, kwh, &power);
        kwh = next_kwh(&dp, kwh, dp.kw[power]);
        sell[k] = dp.sell[power] && home_chooses(problem, k);
        plan->now.way[k] = dp.kw[power] > 0 ? WAY_IN : dp.kw[power] < 0 ? WAY_OUT : WAY_ANY;
    }
    return true;
}
