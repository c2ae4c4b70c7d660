/* What gives way where not everything can be had. A plan is made at prices that tell what people
 * mind, and these are not of one measure: a room's are per hour, a car's per kWh. Where such a plan
 * draws more than may be drawn, or leaves a load without what it needs for one that shedding would
 * cut before it, it is made again at prices of which each outweighs those below it, and told at the
 * first ones. From what gives way first: what is stored at the end; the loads by their shedding
 * tiers, in one tier the car, the tank, the rooms; and last what may be drawn, beyond which is only
 * what nobody plans. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon_plan.h"

#define COLD_EUR_PER_K_H   1.5
#define TANK_EUR_PER_KWH_H 1.0
#define CAR_EUR_PER_KWH    1.5
/* In order: of what gives way first, and how much more of what gives way next. A load that is on or
 * off may take several times what another one lacks. */
#define FIRST_EUR_PER_KWH 12.0
#define NEXT_RATIO        20.0
#define OVER_EUR_PER_KWH  1e6 /* a breaker */
#define NOTHING_KW        1e-6
#define NOTHING_EUR       0.005
#define NOTHING_K         0.1

int ohm_day_key(const ohm_day_facts *facts, int load)
{
    int rank = load == OHM_HOME_CAR ? 0 : load == OHM_HOME_TANK ? 1 : 2;
    return 3 * facts->loads[load].tier + rank;
}

/* How many levels there are of which all give way before `key`. */
static int levels_below(const ohm_day_facts *facts, int key)
{
    int count = 0;
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        bool first = facts->loads[i].there && ohm_day_key(facts, i) < key;
        for (int j = 0; j < i && first; j++)
            first = !facts->loads[j].there || ohm_day_key(facts, j) != ohm_day_key(facts, i);
        count += first;
    }
    return count;
}

static double level_eur(const ohm_day_facts *facts, int key)
{
    int levels = levels_below(facts, INT_MAX);
    double ratio = fmin(NEXT_RATIO, pow(OVER_EUR_PER_KWH / FIRST_EUR_PER_KWH, 1.0 / levels));
    return FIRST_EUR_PER_KWH * pow(ratio, levels_below(facts, key));
}

double ohm_day_over_eur(const ohm_day_facts *facts)
{
    return facts->in_order ? OVER_EUR_PER_KWH : OHM_HOME_OVER_EUR_PER_KWH;
}

/* Of a room in the end: so many kelvin hours is a kWh less. */
static double counted_eur(const ohm_day_facts *facts, int load)
{
    if (load < OHM_DAY_ZONE)
        return load == OHM_HOME_CAR ? CAR_EUR_PER_KWH : OHM_HOME_WATER_EUR_PER_KWH;
    const ohm_day_zone *zone = &facts->zones[load - OHM_DAY_ZONE];
    return COLD_EUR_PER_K_H * 1000 * zone->cop / zone->loss_w_per_k;
}

double ohm_day_lack_eur(const ohm_day_facts *facts, int load)
{
    return facts->in_order ? level_eur(facts, ohm_day_key(facts, load)) : counted_eur(facts, load);
}

double ohm_day_cold_eur(const ohm_day_facts *facts, int z)
{
    const ohm_day_zone *zone = &facts->zones[z];
    return ohm_day_lack_eur(facts, OHM_DAY_ZONE + z) * zone->loss_w_per_k / (1000 * zone->cop);
}

double ohm_day_short_water_eur(const ohm_day_facts *facts)
{
    double horizon_h = facts->steps * (double)facts->step_ms / 3.6e6;
    return facts->in_order ? ohm_day_lack_eur(facts, OHM_HOME_TANK) / horizon_h
                           : TANK_EUR_PER_KWH_H;
}

/* What passes the meter at the end of all planning, drawn above 0. */
static double net_kw(const ohm_day_job *job, const ohm_home_controls *c, int k)
{
    return job->battery.planned ? job->battery.import_kw[k] : c->import_kw[k] + c->shed_kw[k];
}

static double over_kw(const ohm_day_job *job, const ohm_home_controls *c, int k)
{
    return fmax(0, net_kw(job, c, k) - job->facts.import_kw[k]);
}

static double power_kw(const ohm_day_job *job, const ohm_home_controls *c, int load, int k)
{
    return load == OHM_HOME_CAR    ? c->car_kw[k]
           : load == OHM_HOME_TANK ? job->facts.loads[load].power_kw * c->tank_on[k]
                                   : job->zone_kw[load - OHM_DAY_ZONE][k];
}

static bool lacks(const ohm_day_sum *sum, int load)
{
    return load == OHM_HOME_CAR ? sum->gave[OHM_HOME_CAR_NEED].cost_eur > NOTHING_EUR
           : load == OHM_HOME_TANK
               ? sum->gave[OHM_HOME_WATER].cost_eur > NOTHING_EUR
               : sum->zone_gave[load - OHM_DAY_ZONE][OHM_HOME_TEMP_LOW].most > NOTHING_K;
}

/* The load might have had the power of one that gives way before it. A room may be cold whatever is
 * done: then the plan in order is the same. Its price does not tell: half a kWh for the car may be
 * worth more than what a room loses of it in an hour. */
static bool is_robbed(const ohm_day_job *job, const ohm_home_controls *c, int load)
{
    const ohm_day_facts *facts = &job->facts;
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        if (!facts->loads[i].there || ohm_day_key(facts, i) >= ohm_day_key(facts, load))
            continue;
        for (int k = 0; k < facts->steps; k++)
            if (power_kw(job, c, i, k) > NOTHING_KW && !ohm_day_is_taken(facts, load, k) &&
                (load != OHM_HOME_CAR || ohm_home_car_may(&job->day.home, k)) &&
                power_kw(job, c, load, k) < facts->loads[load].power_kw - NOTHING_KW)
                return true;
    }
    return false;
}

static bool breaks_order(const ohm_day_job *job, const ohm_day_sum *sum)
{
    const ohm_home_controls *c = &sum->controls;
    const ohm_day_facts *facts = &job->facts;
    for (int k = 0; k < facts->steps; k++) {
        double own_kw = job->day.base_kw[k] - facts->sun_kw[k] - facts->import_kw[k];
        if (over_kw(job, c, k) > fmax(0, own_kw) + NOTHING_KW)
            return true;
    }
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there && lacks(sum, i) && is_robbed(job, c, i))
            return true;
    return false;
}

static void rescale(ohm_day_sum *sum, ohm_home_limit limit, double ratio)
{
    sum->plan.all_eur -= sum->gave[limit].cost_eur * (1 - ratio);
    sum->gave[limit].cost_eur *= ratio;
}

/* What is beyond the limits is not bought where there is no battery, as a home counts it. */
static void count_over(const ohm_day_job *job, ohm_day_sum *sum, double over_eur)
{
    const ohm_home *home = &job->day.home;
    const ohm_home_controls *c = &sum->controls;
    ohm_home_gave over = { 0 };
    for (int k = 0; k < home->steps; k++) {
        double kw = over_kw(job, c, k);
        over.steps += kw > NOTHING_KW;
        over.most = fmax(over.most, kw);
        over.cost_eur += kw * over_eur * home->dt_h;
        if (job->battery.planned)
            continue;
        double more_kwh = (net_kw(job, c, k) - kw - c->import_kw[k]) * home->dt_h;
        sum->plan.all_eur += more_kwh * home->import_eur[k];
        sum->plan.weight_eur += more_kwh * home->weight_eur[k];
    }
    sum->plan.all_eur += over.cost_eur - sum->gave[OHM_HOME_POWER].cost_eur;
    sum->gave[OHM_HOME_POWER] = over;
}

static void count_cold(ohm_day_sum *sum, int z, double ratio)
{
    ohm_home_gave *cold = &sum->zone_gave[z][OHM_HOME_TEMP_LOW];
    double more_eur = cold->cost_eur * (ratio - 1);
    cold->cost_eur += more_eur;
    sum->gave[OHM_HOME_TEMP_LOW].cost_eur += more_eur;
    sum->plan.all_eur += more_eur;
}

/* At the prices that things are told at. */
static void count(ohm_day_job *job, ohm_day_sum *sum)
{
    static const ohm_home_limit of[] = {
        [OHM_HOME_TANK] = OHM_HOME_WATER, [OHM_HOME_CAR] = OHM_HOME_CAR_NEED
    };
    const ohm_day_facts *facts = &job->facts;
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        double ratio =
            facts->loads[i].there ? counted_eur(facts, i) / ohm_day_lack_eur(facts, i) : 0;
        if (facts->loads[i].there && i >= OHM_DAY_ZONE)
            count_cold(sum, i - OHM_DAY_ZONE, ratio);
        else if (facts->loads[i].there)
            rescale(sum, of[i], ratio);
    }
    if (facts->loads[OHM_HOME_TANK].there)
        rescale(sum, OHM_HOME_TANK_LEAST,
                TANK_EUR_PER_KWH_H / job->day.home.tank.short_eur_per_kwh);
    count_over(job, sum, OHM_HOME_OVER_EUR_PER_KWH);
    job->facts.in_order = false;
}

ohm_err ohm_day_in_order(ohm_day_job *job, ohm_day_solver *solve, void **ret_memory,
                         ohm_day_sum *ret_sum)
{
    job->facts.in_order = false;
    OHM_TRY(solve(job, ret_memory, ret_sum));
    if (job->cancelled || !breaks_order(job, ret_sum))
        return ohm_ok();
    const ohm_day_sum first = *ret_sum;
    free(*ret_memory);
    job->facts.in_order = true;
    OHM_TRY(solve(job, ret_memory, ret_sum));
    count(job, ret_sum);
    ret_sum->rules = first.rules;
    memcpy(ret_sum->rules_gave, first.rules_gave, sizeof first.rules_gave);
    ret_sum->bound_eur = first.bound_eur + first.forgiven_eur - ret_sum->forgiven_eur;
    return ohm_ok();
}
