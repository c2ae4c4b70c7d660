/* Loads of an interlock never run together (control/interlock.h): where a plan wants two of them in
 * one step, the one of the lower tier is kept off then, and the day is planned again. */
#include "cmd/daemon_plan.h"

static bool excludes(const ohm_day_load *a, const ohm_day_load *b)
{
    for (int i = 0; i < a->count; i++)
        for (int j = 0; j < b->count; j++)
            if (a->interlock[i] && a->interlock[i] == b->interlock[j])
                return true;
    return false;
}

/* Of two that exclude each other; of one tier the room goes before the tank, that before the car.
 */
static int who_waits(const ohm_day_facts *facts, int a, int b)
{
    static const int rank[] = { [OHM_HOME_TANK] = 1, [OHM_HOME_CAR] = 0 };
    int tier_a = facts->loads[a].tier, tier_b = facts->loads[b].tier;
    int rank_a = a >= OHM_DAY_ZONE ? 2 : rank[a], rank_b = b >= OHM_DAY_ZONE ? 2 : rank[b];
    if (tier_a != tier_b)
        return tier_a < tier_b ? a : b;
    return rank_a < rank_b ? a : b;
}

static bool run_together(const ohm_day_job *job, int a, int b)
{
    for (int k = 0; k < job->facts.steps; k++)
        if (job->runs[a][k] && job->runs[b][k] &&
            !(ohm_day_is_fed(&job->facts, a, k) && ohm_day_is_fed(&job->facts, b, k)))
            return true; /* else the engine parts them */
    return false;
}

/* Who waits is kept off where both run. `last`: each step is one's alone, those in which neither
 * runs are for who waits, so that the next plan breaks nothing. */
static void part(ohm_day_job *job, int stays, int waits, bool last)
{
    ohm_day_facts *facts = &job->facts;
    for (int k = 0; k < facts->steps; k++) {
        bool fed = ohm_day_is_fed(facts, waits, k); /* without the plan: the other one waits */
        if (job->runs[stays][k] && !fed && (last || job->runs[waits][k]))
            ohm_day_hold(facts, waits, k, OHM_DAY_BY_INTERLOCK);
        else if (last || (fed && job->runs[stays][k]))
            ohm_day_hold(facts, stays, k, OHM_DAY_BY_INTERLOCK);
    }
}

bool ohm_day_part(ohm_day_job *job, bool last)
{
    const ohm_day_facts *facts = &job->facts;
    bool any = false;
    for (int turn = 0; turn < 2 && (turn == 0 || any); turn++) /* nothing is marked for nothing */
        for (int a = 0; a < OHM_DAY_LOADS; a++)
            for (int b = 0; b < a; b++) {
                if (!facts->loads[a].there || !facts->loads[b].there ||
                    !excludes(&facts->loads[a], &facts->loads[b]))
                    continue;
                int waits = who_waits(facts, a, b);
                if (turn == 0)
                    any = any || run_together(job, a, b);
                else
                    part(job, waits == a ? b : a, waits, last);
            }
    return ohm_day_crowds(job, last) || any;
}
