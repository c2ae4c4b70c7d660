/* Why a load does what the plan says: the price (plan/home_told.h), or what stands beside it. */
#include <math.h>

#include "cmd/daemon_plan.h"

/* Prices that differ by less are the same: EUR/kWh, as plan/home_told.c has it. */
#define SAME_EUR 0.0005

enum { AHEAD_MS = 8 * OHM_HOUR_MS }; /* so long before does nobody heat for an hour */

/* A limit, and what the house will draw, leave no room for it. */
static bool is_full(const ohm_day_job *job, int load, int k)
{
    const ohm_day_facts *facts = &job->facts;
    double net = job->day.base_kw[k] - facts->sun_kw[k] + facts->loads[load].power_kw;
    return net > facts->import_kw[k] + 1e-9;
}

/* It would fit beside what is expected; what is left free for more than that keeps it off. */
static bool is_margin(const ohm_day_job *job, const ohm_home_controls *controls, int load, int k)
{
    const ohm_day_load *of = &job->facts.loads[load];
    double least_kw = of->step_w > 0 ? of->least_kw : of->power_kw;
    double limit_kw = job->facts.import_kw[k], left_kw = job->day.series[OHM_DAY_IMPORT][k];
    double with_kw = controls->import_kw[k] + least_kw;
    return with_kw <= limit_kw + 1e-9 && with_kw > left_kw + 1e-9;
}

/* The next step, not far, in which it can't run; -1. */
static int next_stop(const ohm_day_job *job, int load, int k)
{
    const ohm_day_facts *facts = &job->facts;
    int last = k + (int)(AHEAD_MS / facts->step_ms);
    for (int b = k + 1; b < facts->steps && b <= last; b++)
        if (facts->by[load][b] == OHM_DAY_BY_ECOWATT || is_full(job, load, b))
            return b;
    return -1;
}

static int32_t ueur(double eur)
{
    return (int32_t)llround(eur * 1e6);
}

/* By the price alone another step were better: it runs where the price is higher than in a later
 * step in which it rests, or rests where it is not. */
static bool weighs(const ohm_day_job *job, const ohm_home_controls *controls,
                   ohm_home_device device, int k, bool runs)
{
    const ohm_day_facts *facts = &job->facts;
    double now = facts->price_eur[k], other = INFINITY;
    for (int n = k + 1; n < facts->steps; n++)
        if (ohm_home_runs(controls, device, n) != runs && facts->price_eur[n] < other)
            other = facts->price_eur[n];
    return runs ? other < now - SAME_EUR : isfinite(other) && other >= now - SAME_EUR;
}

/* The price itself says why now. */
static bool gets_dearer(const ohm_day_facts *facts, int k)
{
    for (int n = k + 1; n < facts->steps; n++)
        if (facts->price_eur[n] > facts->price_eur[k] + SAME_EUR)
            return true;
    return false;
}

ohm_plan_reason ohm_day_why(const ohm_day_job *job, int load, const ohm_home_controls *controls,
                            ohm_home_device device, int k)
{
    const ohm_day_facts *facts = &job->facts;
    static const ohm_plan_why whys[] = {
        [OHM_DAY_BY_ECOWATT] = OHM_PLAN_WHY_HELD, [OHM_DAY_BY_HAND] = OHM_PLAN_WHY_HAND,
        [OHM_DAY_BY_RULE] = OHM_PLAN_WHY_RULE,    [OHM_DAY_BY_INTERLOCK] = OHM_PLAN_WHY_INTERLOCK,
        [OHM_DAY_BY_ROOM] = OHM_PLAN_WHY_ROOM,
    };
    ohm_plan_reason out = ohm_home_why(&job->day.home, controls, device, k);
    if (ohm_day_is_taken(facts, load, k)) {
        out.why = whys[facts->by[load][k]];
        return out;
    }
    if (!ohm_home_runs(controls, device, k)) {
        if (out.why == OHM_PLAN_WHY_ROOM && is_margin(job, controls, load, k))
            out.why = OHM_PLAN_WHY_MARGIN;
        else if (out.why == OHM_PLAN_WHY_LATER && weighs(job, controls, device, k, false))
            out.why = OHM_PLAN_WHY_WEIGHT;
        return out;
    }
    if (load == OHM_HOME_TANK && k >= job->day.hygiene_from && k < job->day.hygiene_to &&
        out.why != OHM_PLAN_WHY_SUN) {
        out.why = OHM_PLAN_WHY_HYGIENE;
        return out;
    }
    bool unpriced =
        out.why == OHM_PLAN_WHY_NEED || (out.why == OHM_PLAN_WHY_CHEAP && !gets_dearer(facts, k));
    int stop = unpriced ? next_stop(job, load, k) : -1;
    if (stop >= 0) {
        out.why =
            facts->by[load][stop] == OHM_DAY_BY_ECOWATT ? OHM_PLAN_WHY_RED : OHM_PLAN_WHY_AHEAD;
        out.instead_ueur_per_kwh = ueur(facts->price_eur[stop]);
    } else if (out.why == OHM_PLAN_WHY_CHEAP && weighs(job, controls, device, k, true)) {
        out.why = OHM_PLAN_WHY_WEIGHT;
    }
    return out;
}
