/* Forecasts that may miss: the room that a plan leaves free beside what the house is expected to
 * draw. bench/bench_margin.c has what was compared, docs/plan.md what came of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"

enum { HIGH = 7, LOW = 1 }; /* the eighth decile, and the second */
static const double given_eur = 0.01;

/* How far the house may draw more than what is expected, kW: eight times of ten it is less. */
double ohm_day_margin_kw(const ohm_base_value *base, const ohm_forecast_value *sun)
{
    double more = base->origin == OHM_BASE_LEARNT ? fmax(0, base->decile_kw[HIGH] - base->kw) : 0;
    double darker = 0;
    if (sun && isfinite(sun->mean) && isfinite(sun->decile[LOW]))
        darker = fmax(0, fmax(0, sun->mean) - fmax(0, sun->decile[LOW])) / 1000;
    return hypot(more, darker); /* neither follows from the other */
}

/* The step under way is measured; of what comes as much as there is room beside what is expected.
 */
void ohm_day_margin_leave(const ohm_day_facts *facts, ohm_day *day, bool leave)
{
    double *import_kw = day->series[OHM_DAY_IMPORT];
    for (int k = 0; k < facts->steps; k++) {
        double own_kw = day->base_kw[k] - facts->sun_kw[k];
        /* What nobody plans is drawn whatever the plan does. */
        double most_kw = facts->in_order ? fmax(facts->import_kw[k], own_kw) : facts->import_kw[k];
        double room = most_kw - own_kw;
        double margin = leave && k > 0 && !facts->has_demo ? facts->margin_kw[k] : 0;
        import_kw[k] = fmax(0, most_kw - fmax(0, fmin(margin, room)));
    }
}

bool ohm_day_margin_lacks(const ohm_day_facts *facts, const ohm_home_controls *controls)
{
    for (int k = 1; k < facts->steps && !facts->has_demo; k++)
        if (controls->import_kw[k] > 1e-6 &&
            controls->import_kw[k] + facts->margin_kw[k] > facts->import_kw[k] + 1e-6)
            return true;
    return false;
}

double ohm_day_given_eur(const ohm_home_gave gave[OHM_HOME_LIMITS])
{
    double eur = 0;
    for (int i = 0; i < OHM_HOME_LIMITS; i++)
        eur += gave[i].cost_eur;
    return eur;
}

/* No more gives way than in the other plan. */
static bool keeps(ohm_day_job *job, const ohm_day_sum *sum, void *ctx)
{
    const ohm_day_sum *than = ctx;
    (void)job;
    return ohm_day_given_eur(sum->gave) <= ohm_day_given_eur(than->gave) + given_eur;
}

/* What the thermostat would do, and the bound, know of no margin. */
ohm_err ohm_day_margin_plan(ohm_day_job *job, void **io_memory, ohm_day_sum *io_sum,
                            ohm_day_each *each)
{
    ohm_day_sum with;
    void *memory = NULL;
    if (!ohm_day_margin_lacks(&job->facts, &io_sum->controls))
        return ohm_ok();
    ohm_day_margin_leave(&job->facts, &job->day, true);
    OHM_TRY(ohm_day_plan_zones(job, keeps, io_sum, &memory, &with, each));
    if (!memory) {
        ohm_day_margin_leave(&job->facts, &job->day, false);
        return ohm_ok();
    }
    free(*io_memory);
    *io_memory = memory;
    with.rules = io_sum->rules;
    memcpy(with.rules_gave, io_sum->rules_gave, sizeof with.rules_gave);
    with.bound_eur = io_sum->bound_eur + io_sum->forgiven_eur - with.forgiven_eur;
    *io_sum = with;
    return ohm_ok();
}
