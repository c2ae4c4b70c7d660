/* A day of several zones: the home has room for one, so it is solved with one zone after the other,
 * what the others draw being its load, and once more round. Each solve holds all other zones as
 * they are, so a round makes nothing dearer but what stays of the rules' estimate at first. */
#include <math.h>
#include <string.h>

#include "cmd/daemon_plan.h"
#include "cmd/plan.h"

enum { ROUNDS = 2 };

/* One zone by its thermostat alone: heated when it falls to its lower limit. */
static void by_rules(const ohm_day_job *job, int z, double *out_kw, ohm_home_gave *gave)
{
    const ohm_day_facts *facts = &job->facts;
    const ohm_home *home = &job->day.home;
    const ohm_home_pump *pump = &home->pump;
    double x = pump->start_c, power = facts->loads[OHM_DAY_ZONE + z].power_kw;
    for (int k = 0; k < facts->steps; k++) {
        double y = x + home->offset[k], lacks = pump->low_c - y, over = y - pump->high_c;
        if (lacks > 0 || over > 0) {
            ohm_home_gave *of = &gave[lacks > 0 ? OHM_HOME_TEMP_LOW : OHM_HOME_TEMP_HIGH];
            double by = lacks > 0 ? lacks : over;
            of->steps++;
            of->most = by > of->most ? by : of->most;
            of->cost_eur += by * (lacks > 0 ? pump->low_eur : pump->high_eur);
        }
        double off = pump->a * x + home->drift[k];
        bool on = off + home->offset[k] < pump->low_c;
        out_kw[k] = on ? power : 0;
        x = off + (on ? pump->b * home->cop[k] * power : 0);
    }
}

/* What a zone's starts wear. */
static double starts_eur(const ohm_day_job *job, int z)
{
    double eur = 0;
    bool before = job->facts.zones[z].runs;
    for (int k = 0; k < job->facts.steps; k++) {
        bool runs = job->zone_kw[z][k] > 0;
        eur += runs && !before ? job->day.home.pump.start_eur : 0;
        before = runs;
    }
    return eur;
}

static void others_of(const ohm_day_job *job, int zone, double *out_kw)
{
    memset(out_kw, 0, (size_t)job->facts.steps * sizeof *out_kw);
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++)
        for (int k = 0; z != zone && k < job->facts.steps; k++)
            out_kw[k] += job->facts.loads[OHM_DAY_ZONE + z].there ? job->zone_kw[z][k] : 0;
}

static bool is_temperature(int limit)
{
    return limit == OHM_HOME_TEMP_END || limit == OHM_HOME_TEMP_HIGH || limit == OHM_HOME_TEMP_LOW;
}

/* The temperatures' parts of another zone, besides. Returns what they cost. */
static double add_gave(ohm_home_gave *io, const ohm_home_gave *more)
{
    double eur = 0;
    for (int i = 0; i < OHM_HOME_LIMITS; i++) {
        if (!is_temperature(i))
            continue;
        io[i].steps += more[i].steps;
        io[i].most = more[i].most > io[i].most ? more[i].most : io[i].most;
        io[i].cost_eur += more[i].cost_eur;
        eur += more[i].cost_eur;
    }
    return eur;
}

static bool is_over(void *ctx)
{
    ohm_day_job *job = ctx;
    return job->cancelled || ohm_plan_now_us() >= job->until_us;
}

static void solve(ohm_day_job *job, void *memory, double share_us, ohm_home_controls *controls,
                  ohm_home_result *result)
{
    const ohm_home *home = &job->day.home;
    const ohm_home_clock clock = { is_over, job };
    job->until_us = ohm_plan_now_us() + share_us;
    ohm_home_solve(ohm_home_init(home, memory), home, &clock, controls, result);
}

void ohm_day_plan_zones(ohm_day_job *job, void *memory, ohm_day_sum *ret_sum,
                        void (*each)(ohm_day_job *job, int load, const ohm_home_controls *controls))
{
    ohm_home_gave gave[OHM_DAY_ZONES_MAX][OHM_HOME_LIMITS] = { 0 };
    ohm_home_gave rules[OHM_DAY_ZONES_MAX][OHM_HOME_LIMITS] = { 0 };
    double rules_wear_eur[OHM_DAY_ZONES_MAX] = { 0 };
    double others_kw[OHM_DAY_STEPS_MAX];
    int zones[OHM_DAY_ZONES_MAX], count = 0;
    ohm_home_result result;
    ohm_day_sum *sum = ret_sum;
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++) {
        if (!job->facts.loads[OHM_DAY_ZONE + z].there)
            continue;
        zones[count++] = z;
        ohm_day_zone_in(&job->facts, &job->day, z, NULL);
        by_rules(job, z, job->zone_kw[z], rules[z]);
        rules_wear_eur[z] = starts_eur(job, z);
    }
    int solves = count > 1 ? ROUNDS * count : 1;
    double share_us = (double)job->budget_ms * 1000 / solves;
    memset(sum, 0, sizeof *sum);
    for (int s = 0; s < solves; s++) {
        int z = count > 0 ? zones[s % count] : -1;
        if (z >= 0) {
            others_of(job, z, others_kw);
            ohm_day_zone_in(&job->facts, &job->day, z, others_kw);
        }
        solve(job, memory, share_us, &sum->controls, &result);
        if (s == 0) { /* all of them by rules */
            sum->rules =
                (ohm_day_cost){ result.rules_eur - job->day.sure_eur, result.rules_wear_eur,
                                result.rules_stored_eur, result.rules_weight_eur };
            memcpy(sum->rules_gave, result.rules_gave, sizeof sum->rules_gave);
            for (int i = 1; i < count; i++) {
                sum->rules.all_eur += add_gave(sum->rules_gave, rules[zones[i]]);
                sum->rules.all_eur += rules_wear_eur[zones[i]];
                sum->rules.wear_eur += rules_wear_eur[zones[i]];
            }
        }
        if (z < 0)
            continue;
        for (int k = 0; k < job->facts.steps; k++)
            job->zone_kw[z][k] = sum->controls.pump_kw[k];
        memcpy(gave[z], result.gave, sizeof gave[z]);
        if (s >= solves - count)
            each(job, OHM_DAY_ZONE + z, &sum->controls);
    }
    for (int i = 0; i < OHM_DAY_ZONE; i++)
        if (job->facts.loads[i].there)
            each(job, i, &sum->controls);
    sum->plan = (ohm_day_cost){ result.objective_eur - job->day.sure_eur, result.wear_eur,
                                result.stored_eur, result.weight_eur };
    /* Of one zone alone it is none. */
    sum->bound_eur = count > 1 ? (double)NAN : result.bound_eur - job->day.sure_eur;
    memcpy(sum->gave, result.gave, sizeof sum->gave);
    for (int i = 0; i + 1 < count; i++) {
        double wear = starts_eur(job, zones[i]);
        sum->plan.all_eur += add_gave(sum->gave, gave[zones[i]]) + wear;
        sum->plan.wear_eur += wear;
    }
}
