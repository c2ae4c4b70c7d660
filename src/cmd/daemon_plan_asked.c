/* What of the coming day is asked for already: by a person until an end, by a rule that holds now,
 * by Ecowatt. What is fed by them draws, heats and charges without the plan; what is off by them is
 * not planned. Of a zone with several heaters each has its own. */
#include <math.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"

/* A rule may end at any time; what it asks now it is taken to ask for so long. */
#define RULE_MS OHM_HOUR_MS

/* Ecowatt sheds a load from its level on, for as long as it may be shed in one go. */
static bool is_held(const ohm_daemon *d, const ohm_day_facts *facts, uint16_t load, int k)
{
    const ohm_load *of = &d->config->loads[load];
    int32_t from = of->ecowatt_threshold ? of->ecowatt_threshold : d->config->ecowatt_threshold;
    int begin = k;
    if (of->never_shed || facts->level[k] < from)
        return false;
    while (begin > 0 && facts->level[begin - 1] >= from)
        begin--;
    return of->shed_max_ms <= 0 || (k - begin) * facts->step_ms < of->shed_max_ms;
}

/* In the order of the arbitration (docs/shedding.md). */
static ohm_day_by asker_of(const ohm_daemon *d, const ohm_day_facts *facts, uint16_t load, int k,
                           bool *ret_fed)
{
    const ohm_load_state *state = &ohm_engine_loads_of(d->engine)[load];
    ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
    if (state->overridden && at_ms < state->override_end_ms) {
        *ret_fed = state->override_fed;
        return OHM_DAY_BY_HAND;
    }
    *ret_fed = false;
    if (is_held(d, facts, load, k))
        return OHM_DAY_BY_ECOWATT;
    if (state->cause != OHM_CAUSE_RULE || at_ms >= facts->made_ms + RULE_MS)
        return OHM_DAY_BY_NOBODY;
    *ret_fed = state->rule_fed;
    return OHM_DAY_BY_RULE;
}

void ohm_day_asked_know(const ohm_daemon *d, ohm_day_facts *facts)
{
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_load *load = &facts->loads[i];
        for (int k = 0; k < facts->steps; k++) {
            double fed_kw = 0, off_kw = 0;
            ohm_day_by by = OHM_DAY_BY_NOBODY;
            for (int n = 0; n < load->count; n++) {
                bool fed;
                ohm_day_by asker = asker_of(d, facts, load->loads[n], k, &fed);
                *(fed ? &fed_kw : &off_kw) += asker != OHM_DAY_BY_NOBODY ? load->each_kw[n] : 0;
                by = asker != OHM_DAY_BY_NOBODY ? asker : by;
            }
            double all_kw = load->power_kw > 0 ? load->power_kw : 1;
            facts->by[i][k] = (uint8_t)by;
            facts->fed_share[i][k] = (float)(fed_kw / all_kw);
            facts->off_share[i][k] = (float)(off_kw / all_kw);
        }
    }
}

bool ohm_day_is_taken(const ohm_day_facts *facts, int load, int k)
{
    return facts->off_share[load][k] + facts->fed_share[load][k] > 0.999F;
}

bool ohm_day_is_fed(const ohm_day_facts *facts, int load, int k)
{
    return facts->fed_share[load][k] > 0.5F;
}

void ohm_day_hold(ohm_day_facts *facts, int load, int k, ohm_day_by by)
{
    facts->by[load][k] = (uint8_t)by;
    facts->off_share[load][k] = 1 - facts->fed_share[load][k];
}

double ohm_day_fed_kwh(const ohm_day_facts *facts, int load, double most_kwh, double *base_kw)
{
    double got_kwh = 0, dt_h = (double)facts->step_ms / 3.6e6;
    for (int k = 0; k < facts->steps; k++) {
        double kwh = (double)facts->fed_share[load][k] * facts->loads[load].power_kw * dt_h;
        kwh = fmax(0, fmin(kwh, most_kwh - got_kwh));
        got_kwh += kwh;
        base_kw[k] += kwh / dt_h;
    }
    return got_kwh;
}
