/* The plan of a day: a home with one zone or none is solved as such, more zones together, the meter
 * and its subscribed power between them (plan/joint.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon_plan.h"
#include "cmd/plan.h"
#include "plan/joint.h"

enum { ALIGNED = 64 };
static const double ROUNDING_K = 1e-6;

/* The zones that are there, and what is known of them by steps. */
typedef struct zones {
    ohm_joint problem;
    int count, of_day[OHM_DAY_ZONES_MAX];
    ohm_joint_zone zone[OHM_DAY_ZONES_MAX];
    double series[OHM_DAY_ZONES_MAX][3][OHM_DAY_STEPS_MAX]; /* cop, drift, offset */
    double kw[OHM_DAY_ZONES_MAX][OHM_DAY_STEPS_MAX];        /* of those of the day */
} zones;

static bool is_over(void *ctx)
{
    ohm_day_job *job = ctx;
    return job->cancelled || ohm_plan_now_us() >= job->until_us;
}

static void *memory_of(size_t bytes)
{
    return aligned_alloc(ALIGNED, (bytes + ALIGNED - 1) / ALIGNED * ALIGNED);
}

static void sum_up(const ohm_home_result *result, const ohm_home_controls *controls,
                   ohm_day_sum *ret_sum)
{
    *ret_sum = (ohm_day_sum){
        .plan = { result->objective_eur, result->wear_eur, result->stored_eur, result->weight_eur },
        .rules = { result->rules_eur, result->rules_wear_eur, result->rules_stored_eur,
                   result->rules_weight_eur },
        .bound_eur = result->bound_eur,
        .controls = *controls,
    };
    ret_sum->rules_kw = result->rules_kw;
    memcpy(ret_sum->gave, result->gave, sizeof ret_sum->gave);
    memcpy(ret_sum->rules_gave, result->rules_gave, sizeof ret_sum->rules_gave);
}

/* One zone, or none. */
static ohm_err plan_home(ohm_day_job *job, const ohm_home_clock *clock, void **ret_memory,
                         ohm_day_sum *ret_sum)
{
    const ohm_home *home = &job->day.home;
    ohm_home_controls controls;
    ohm_home_result result;
    OHM_TRY(ohm_home_check(home));
    void *memory = memory_of(ohm_home_size(home));
    if (!memory)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_home_solve(ohm_home_init(home, memory), home, clock, &controls, &result);
    sum_up(&result, &controls, ret_sum);
    *ret_memory = memory;
    return ohm_ok();
}

static void gather(ohm_day_job *job, zones *to)
{
    ohm_day *day = &job->day;
    size_t bytes = (size_t)job->facts.steps * sizeof(double);
    for (int i = 0; i < to->count; i++) {
        ohm_day_zone_in(&job->facts, day, to->of_day[i], NULL);
        const double *const from[3] = { day->home.cop, day->home.drift, day->home.offset };
        for (int s = 0; s < 3; s++)
            memcpy(to->series[i][s], from[s], bytes);
        to->zone[i] = (ohm_joint_zone){ .pump = day->home.pump,
                                        .cop = to->series[i][0],
                                        .drift = to->series[i][1],
                                        .offset = to->series[i][2] };
    }
    ohm_day_zones_in(&job->facts, day);
    to->problem = (ohm_joint){ .home = day->home, .zones = to->count, .zone = to->zone };
}

/* The home as one of the zones sees it: what the others draw is its load. */
static void tell_zone(ohm_day_job *job, const zones *of, int i, ohm_day_sum *sum,
                      ohm_day_each *each)
{
    double others_kw[OHM_DAY_STEPS_MAX] = { 0 };
    for (int j = 0; j < of->count; j++)
        for (int k = 0; j != i && k < job->facts.steps; k++)
            others_kw[k] += job->zone_kw[of->of_day[j]][k];
    ohm_day_zone_in(&job->facts, &job->day, of->of_day[i], others_kw);
    sum->controls.pump_kw = sum->controls.pump_on = job->zone_kw[of->of_day[i]];
    each(job, OHM_DAY_ZONE + of->of_day[i], &sum->controls);
}

static ohm_err plan_zones(ohm_day_job *job, zones *of, const ohm_home_clock *clock,
                          void **ret_memory, ohm_day_sum *ret_sum)
{
    ohm_home_controls controls;
    ohm_joint_result result;
    gather(job, of);
    OHM_TRY(ohm_joint_check(&of->problem));
    void *memory = memory_of(ohm_joint_size(&of->problem));
    if (!memory)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_joint_plan *plan = ohm_joint_init(&of->problem, memory);
    ohm_joint_solve(plan, clock, &controls, &result);
    for (int i = 0; i < of->count; i++)
        for (int k = 0; k < job->facts.steps; k++)
            of->kw[of->of_day[i]][k] = ohm_joint_on(plan, i)[k] * of->zone[i].pump.most_kw;
    sum_up(&result.home, &controls, ret_sum);
    *ret_memory = memory;
    return ohm_ok();
}

/* A room, and the power that it is heated with. */
typedef struct room {
    const ohm_home_pump *pump;
    const double *cop, *drift, *offset, *kw;
    int steps;
} room;

static void give(ohm_home_gave *gave, double amount, double price)
{
    if (amount <= 0)
        return;
    gave->cost_eur += amount * price;
    gave->steps += amount > ROUNDING_K;
    gave->most = fmax(gave->most, amount > ROUNDING_K ? amount : 0);
}

/* A room that is kept at its band's low edge is above the band where the set point falls, or on a
 * warm day: nothing gave way for that. What is above the band, and above such a room, is told. */
static void forgive(const room *r, ohm_home_gave own[OHM_HOME_LIMITS], ohm_day_sum *sum)
{
    const ohm_home_pump *pump = r->pump;
    ohm_home_gave *gave = &sum->gave[OHM_HOME_TEMP_HIGH];
    double x = pump->start_c, least_x = x, eur = 0, rules_eur = 0;
    for (int k = 0; k < r->steps; k++) {
        double heat = r->cop[k] * r->kw[k], low_x = (pump->low_c - r->offset[k]) / pump->c;
        least_x = k > 0 ? fmax(least_x, low_x) : least_x;
        double least = fmax(pump->c * least_x + r->offset[k] - pump->high_c, 0);
        double y = pump->c * x + pump->d * heat + r->offset[k];
        double above = fmax(y - pump->high_c, 0);
        eur += fmin(above, least) * pump->high_eur;
        rules_eur += least * pump->high_eur;
        give(&own[OHM_HOME_TEMP_HIGH], above - least, pump->high_eur);
        give(&own[OHM_HOME_TEMP_LOW], pump->low_c - y, pump->low_eur);
        x = pump->a * x + pump->b * heat + r->drift[k];
        least_x = pump->a * least_x + r->drift[k];
    }
    give(&own[OHM_HOME_TEMP_END], pump->end_c - x, pump->end_eur);
    gave->steps += own[OHM_HOME_TEMP_HIGH].steps;
    gave->most = fmax(own[OHM_HOME_TEMP_HIGH].most, gave->most);
    ohm_home_gave *rules = &sum->rules_gave[OHM_HOME_TEMP_HIGH];
    rules_eur = fmin(rules_eur, rules->cost_eur);
    gave->cost_eur -= eur;
    sum->forgiven_eur += eur;
    sum->plan.all_eur -= eur;
    sum->bound_eur -= eur; /* how far the plan is from the best stays the same */
    rules->cost_eur -= rules_eur;
    sum->rules.all_eur -= rules_eur;
}

static void forgive_all(const ohm_day_job *job, const zones *of, bool joint, ohm_day_sum *sum)
{
    const ohm_home *home = &job->day.home;
    sum->gave[OHM_HOME_TEMP_HIGH].steps = 0;
    sum->gave[OHM_HOME_TEMP_HIGH].most = 0;
    memset(sum->zone_gave, 0, sizeof sum->zone_gave);
    for (int i = 0; i < of->count; i++) {
        const ohm_joint_zone *zone = &of->zone[i];
        room r = { &home->pump,           home->cop,  home->drift, home->offset,
                   sum->controls.pump_kw, home->steps };
        if (joint)
            r = (room){ &zone->pump,           zone->cop,  zone->drift, zone->offset,
                        of->kw[of->of_day[i]], home->steps };
        forgive(&r, sum->zone_gave[of->of_day[i]], sum);
    }
}

/* Each load with what the day looks like to it. */
static void tell(ohm_day_job *job, zones *of, bool joint, ohm_day_sum *sum, ohm_day_each *each)
{
    if (!joint && of->count == 1)
        memcpy(of->kw[of->of_day[0]], sum->controls.pump_kw,
               (size_t)job->facts.steps * sizeof *sum->controls.pump_kw);
    memcpy(job->zone_kw, of->kw, sizeof job->zone_kw);
    job->actions_count = 0;
    for (int i = 0; i < of->count; i++)
        if (joint)
            tell_zone(job, of, i, sum, each);
        else
            each(job, OHM_DAY_ZONE + of->of_day[i], &sum->controls);
    for (int i = 0; i < OHM_DAY_ZONE; i++)
        if (job->facts.loads[i].there)
            each(job, i, &sum->controls);
}

ohm_err ohm_day_plan_zones(ohm_day_job *job, ohm_day_takes *takes, void *ctx, void **ret_memory,
                           ohm_day_sum *ret_sum, ohm_day_each *each)
{
    const ohm_home_clock clock = { is_over, job };
    zones *of = calloc(1, sizeof *of);
    if (!of)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++)
        if (job->facts.loads[OHM_DAY_ZONE + z].there)
            of->of_day[of->count++] = z;
    double now_us = ohm_plan_now_us(), budget_us = (double)job->budget_ms * 1000;
    job->last_us = job->last_us > 0 ? job->last_us : now_us + 2 * budget_us;
    job->until_us = now_us + fmax(0, job->last_us - now_us) / 2;
    bool joint = of->count > 1 || (of->count == 1 && job->facts.in_order);
    if (!joint && of->count == 1)
        ohm_day_zone_in(&job->facts, &job->day, of->of_day[0], NULL);
    ohm_err err = joint ? plan_zones(job, of, &clock, ret_memory, ret_sum)
                        : plan_home(job, &clock, ret_memory, ret_sum);
    if (!ohm_failed(err))
        forgive_all(job, of, joint, ret_sum);
    if (!ohm_failed(err) && takes && !takes(job, ret_sum, ctx)) {
        free(*ret_memory);
        *ret_memory = NULL;
    } else if (!ohm_failed(err)) {
        tell(job, of, joint, ret_sum, each);
    }
    free(of);
    return err;
}
