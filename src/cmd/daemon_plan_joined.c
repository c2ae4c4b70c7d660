/* The battery and all else as one plan. First each in turn: the devices as if there were none, the
 * battery on what they leave at the meter. Then the devices beside a battery that any of them may
 * use (plan/home.h, plan/joint.h), and the battery as it is lived on what these leave. The cheaper
 * of both is taken; what is counted of it is what the battery is told, never what was hoped for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon_plan.h"

static const double better_eur = 0.005;

typedef struct joined {
    ohm_battery_day *battery;
    double than_eur;
} joined;

/* Of a cost without the meter: starts of heating, and comfort that gives way. */
static double starts_eur(const ohm_day_job *job, const ohm_day_sum *sum)
{
    const ohm_home *home = &job->day.home;
    const ohm_home_controls *c = &sum->controls;
    double wear = 0;
    for (int k = 0; k < home->steps && home->has_battery; k++)
        wear += (c->charge_kw[k] + c->discharge_kw[k]) * home->battery.wear_eur_per_kwh;
    return sum->plan.wear_eur - wear * home->dt_h;
}

static double comfort_eur(const ohm_home_gave gave[OHM_HOME_LIMITS])
{
    return ohm_day_given_eur(gave) - gave[OHM_HOME_POWER].cost_eur -
           gave[OHM_HOME_BATTERY].cost_eur;
}

static bool is_better(ohm_day_job *job, const ohm_day_sum *sum, void *ctx)
{
    joined *j = ctx;
    ohm_day_battery_plan(&job->facts, &sum->controls, &job->cancelled, j->battery);
    double eur = starts_eur(job, sum) + comfort_eur(sum->gave) + j->battery->plan.all_eur;
    return j->battery->planned && eur < j->than_eur - better_eur;
}

/* The meter's bill with the battery in place of that without. */
static void put(ohm_day_cost *cost, ohm_home_gave gave[OHM_HOME_LIMITS], double starts,
                const ohm_battery_bill *bill, double start_worth_eur)
{
    gave[OHM_HOME_POWER] = bill->over;
    gave[OHM_HOME_BATTERY] = (ohm_home_gave){ 0 };
    *cost = (ohm_day_cost){
        .all_eur = starts + ohm_day_given_eur(gave) - bill->over.cost_eur + bill->all_eur +
                   start_worth_eur,
        .wear_eur = starts + bill->wear_eur,
        .stored_eur = bill->stored_eur - start_worth_eur,
        .weight_eur = bill->weight_eur,
    };
}

static bool is_alone(const ohm_day_facts *facts)
{
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there)
            return false;
    return true;
}

/* The plan of all; *io_sum is that of the devices, and then the cheaper one of both, its bound. */
static ohm_err again(ohm_day_job *job, joined *j, void **io_memory, ohm_day_sum *io_sum,
                     ohm_day_each *each)
{
    ohm_day_sum with;
    void *memory = NULL;
    job->day.home.has_battery = true;
    OHM_TRY(ohm_day_plan_zones(job, is_better, j, &memory, &with, each));
    if (!memory) {
        job->day.home.has_battery = false;
        io_sum->bound_eur = with.bound_eur + with.forgiven_eur - io_sum->forgiven_eur;
        return ohm_ok();
    }
    with.rules = io_sum->rules;
    memcpy(with.rules_gave, io_sum->rules_gave, sizeof with.rules_gave);
    job->battery = *j->battery;
    free(*io_memory);
    *io_memory = memory;
    *io_sum = with;
    return ohm_ok();
}

static ohm_err join(ohm_day_job *job, joined *j, void **io_memory, ohm_day_sum *io_sum,
                    ohm_day_each *each)
{
    ohm_home_battery *battery = &job->day.home.battery;
    ohm_battery_bill rules;
    j->than_eur = starts_eur(job, io_sum) + comfort_eur(io_sum->gave) + job->battery.plan.all_eur;
    if (!ohm_day_battery_rest(&job->facts, io_sum->rules_kw, &rules))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    *battery = ohm_day_battery_of(&job->facts);
    double start_worth_eur = battery->start_kwh * battery->end_eur_per_kwh;
    if (is_alone(&job->facts))
        io_sum->bound_eur = job->battery.bound_eur + start_worth_eur;
    else
        OHM_TRY(again(job, j, io_memory, io_sum, each));
    put(&io_sum->plan, io_sum->gave, starts_eur(job, io_sum), &job->battery.plan, start_worth_eur);
    put(&io_sum->rules, io_sum->rules_gave, io_sum->rules.wear_eur, &rules, start_worth_eur);
    return ohm_ok();
}

ohm_err ohm_day_join_battery(ohm_day_job *job, void **io_memory, ohm_day_sum *io_sum,
                             ohm_day_each *each)
{
    ohm_day_battery_plan(&job->facts, &io_sum->controls, &job->cancelled, &job->battery);
    if (!job->battery.planned)
        return ohm_ok();
    joined j = { .battery = malloc(sizeof *j.battery) };
    if (!j.battery)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = join(job, &j, io_memory, io_sum, each);
    free(j.battery);
    return err;
}
