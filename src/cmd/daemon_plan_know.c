/* What is known of the zones, for the plan: set points to come, figures, temperatures. */
#include <math.h>
#include <stdio.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"

static void start_zone(const ohm_daemon *d, int z, ohm_day_facts *facts)
{
    const ohm_heat_zone *zone = &d->config->zones[z];
    ohm_day_load *load = &facts->loads[OHM_DAY_ZONE + z];
    *load = (ohm_day_load){ .there = true, .count = zone->loads_count };
    for (int k = 0; k < zone->loads_count; k++) {
        load->loads[k] = zone->loads[k];
        const ohm_load *of = &d->config->loads[zone->loads[k]];
        load->each_kw[k] = of->nominal_w / 1000.0;
        load->power_kw += load->each_kw[k];
        load->interlock[k] = of->interlock;
        load->tier = k == 0 || of->tier < load->tier ? of->tier : load->tier;
    }
    (void)snprintf(load->id, sizeof load->id, "%s", d->config->loads[zone->loads[0]].id);
    (void)snprintf(load->zone, sizeof load->zone, "%s", zone->id);
    facts->zones[z] = (ohm_day_zone){ .cop = (double)d->site->zones[z].cop_percent / 100,
                                      .below_k = zone->below_cc / 100.0,
                                      .above_k = zone->above_cc / 100.0 };
}

void ohm_day_zones_start(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_site_plan *plan = &facts->plan;
    for (int z = 0; z < d->config->zones_count; z++)
        start_zone(d, z, facts);
    if (!plan->heating_line)
        return;
    facts->zones[0] = (ohm_day_zone){ .loss_w_per_k = (double)plan->loss_w_per_k,
                                      .store_wh_per_k = (double)plan->store_wh_per_k,
                                      .cop = (double)plan->cop_percent / 100,
                                      .below_k = (double)plan->band_dk / 10 };
}

static ohm_civil civil_at(const ohm_day_facts *facts, int k)
{
    return ohm_civil_from_utc(facts->tz, facts->from_ms + k * facts->step_ms);
}

/* By the schedule; a set point by hand until its end. */
static void know_sets(const ohm_heat_zone *zone, const ohm_heat_state *state,
                      const ohm_day_facts *facts, ohm_day_zone *out)
{
    bool hand = state->overridden && state->override_end_ms != OHM_NO_MS;
    for (int k = 0; k < facts->steps; k++) {
        ohm_civil local = civil_at(facts, k);
        int32_t cc = ohm_heat_set_at(zone, (uint8_t)(ohm_date_weekday(local.date) - 1),
                                     (uint16_t)(local.hour * 60 + local.minute));
        if (hand && facts->from_ms + k * facts->step_ms < state->override_end_ms)
            cc = state->override_cc;
        out->set_c[k] = (float)cc / 100;
    }
}

/* Of plan.heating: by day, and by night. */
static void know_own_sets(ohm_day_facts *facts)
{
    const ohm_site_plan *plan = &facts->plan;
    for (int k = 0; k < facts->steps; k++) {
        ohm_civil local = civil_at(facts, k);
        int minute = local.hour * 60 + local.minute, from = plan->day_minute,
            to = plan->night_minute;
        bool day = from < to ? minute >= from && minute < to : minute >= from || minute < to;
        facts->zones[0].set_c[k] = (float)(day ? plan->day_dc : plan->night_dc) / 10;
    }
}

/* A zone of which too little is known is left to its thermostat. */
void ohm_day_zones_know(const ohm_daemon *d, ohm_day_facts *facts, bool weather, double own_c)
{
    const ohm_load_state *loads = ohm_engine_loads_of(d->engine);
    const ohm_heat_state *states = ohm_engine_zones_of(d->engine);
    if (facts->plan.heating_line) {
        facts->zones[0].indoor_c = own_c;
        know_own_sets(facts);
    }
    for (int z = 0; z < d->config->zones_count; z++) {
        ohm_day_zone *zone = &facts->zones[z];
        zone->indoor_c = states[z].known ? states[z].air_cc / 100.0 : (double)NAN;
        know_sets(&d->config->zones[z], &states[z], facts, zone);
        facts->loads[OHM_DAY_ZONE + z].there =
            ohm_daemon_zone_figures(d, z, &zone->loss_w_per_k, &zone->store_wh_per_k);
    }
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++) {
        ohm_day_load *load = &facts->loads[OHM_DAY_ZONE + z];
        facts->zones[z].runs = load->count > 0 && loads[load->loads[0]].fed;
        load->there = load->there && weather && !isnan(facts->zones[z].indoor_c);
    }
}
