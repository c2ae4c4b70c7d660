/* What the grid asks of the coming day, by steps: limits of power that will be in force, hours in
 * which Ecowatt holds loads off, and what a kWh weighs beside its price. */
#include <math.h>
#include <string.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "grid/ecowatt.h"

/* Less of what the meter may draw is planned with. */
#define ROOM_SHARE 0.95
/* Of a contract that does not say. */
#define ROOM_KW 12.0

enum {
    DAYS_MAX = 5,    /* that two days of steps touch, the one before included */
    PEAK_FROM_H = 6, /* Tempo's full hours: decree of 22 December 2024, as its contracts */
    PEAK_TO_H = 22,
    DAY_MS = 24 * OHM_HOUR_MS,
};

static ohm_civil civil_at(const ohm_day_facts *facts, int k)
{
    return ohm_civil_from_utc(facts->tz, facts->from_ms + k * facts->step_ms);
}

static double kw_of(int32_t va)
{
    return va / 1000.0 * ROOM_SHARE;
}

/* What is subscribed, and what fuses hold: at any time. */
static double subscribed_kw(const ohm_daemon *d)
{
    ohm_bounds bounds;
    double va = d->config->has_contract ? d->config->contract.subscribed_va : 0;
    ohm_engine_bounds(d->engine, &bounds);
    const ohm_bound *b = &bounds.at[OHM_FORCE_SAFETY][0];
    if (b->given && (va <= 0 || b->va < va))
        va = b->va;
    return va > 0 ? va / 1000 * ROOM_SHARE : ROOM_KW;
}

/* What is subscribed and what fuses hold on phases and branches, at any time. */
static void know_scopes(const ohm_daemon *d, ohm_day_facts *facts)
{
    ohm_bounds bounds;
    ohm_engine_bounds(d->engine, &bounds);
    for (uint8_t s = 1; s < OHM_SCOPES_ALL; s++)
        for (int k = 0; k < facts->steps && bounds.at[OHM_FORCE_SAFETY][s].given; k++)
            ohm_day_scope_limit(facts, s, k, kw_of(bounds.at[OHM_FORCE_SAFETY][s].va));
}

/* The code of a step's day, as limits that hold on some days see it (the day of the contract). */
static ohm_day_code code_at(const ohm_daemon *d, const ohm_day_facts *facts, int k,
                            const uint8_t *codes, int64_t first_day)
{
    ohm_civil local = civil_at(facts, k);
    int64_t day = ohm_days_from_date(local.date);
    if (d->config->has_contract &&
        local.hour * 60 + local.minute < d->config->contract.day_start_minute)
        day--;
    int64_t at = day - first_day;
    return at >= 0 && at < DAYS_MAX ? (ohm_day_code)codes[at] : OHM_DAY_UNKNOWN;
}

static void know_limits(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_engine_config *config = d->config;
    const ohm_control *control = ohm_engine_control_of(d->engine);
    uint8_t codes[DAYS_MAX];
    int64_t first = ohm_days_from_date(civil_at(facts, 0).date) - 1;
    ohm_daemon_codes_read(d, ohm_calendar_of(&config->contract), first, codes, DAYS_MAX);
    facts->subscribed_kw = subscribed_kw(d);
    for (uint16_t i = 0; i < config->limits_count; i++)
        memcpy(facts->limit_ids[i], config->limits[i].id, sizeof facts->limit_ids[i]);
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        ohm_day_code code = code_at(d, facts, k, codes, first);
        facts->import_kw[k] = facts->subscribed_kw;
        facts->limit[k] = 0;
        for (uint16_t i = 0; i < config->limits_count; i++) {
            ohm_limit_state then = control->limits[i];
            then.set = then.set && at_ms < then.end_ms;
            int32_t va = ohm_limit_now(&config->limits[i], &then, facts->level[k], code);
            uint8_t scope = ohm_limit_scope(&config->limits[i]);
            if (va >= 0 && scope != 0)
                ohm_day_scope_limit(facts, scope, k, kw_of(va));
            if (va < 0 || scope != 0 || kw_of(va) >= facts->import_kw[k])
                continue;
            facts->import_kw[k] = kw_of(va);
            facts->limit[k] = (uint8_t)(i + 1);
        }
    }
}

static void know_ecowatt(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_signal_set *set = ohm_engine_ecowatt_of(d->engine);
    for (int k = 0; k < facts->steps; k++)
        facts->level[k] = (int8_t)ohm_ecowatt_level_at(set, facts->from_ms + k * facts->step_ms);
    ohm_day_asked_know(d, facts);
}

/* What is told of a time, or else of the same time a day before; NAN. */
static double co2_at(const ohm_daemon *d, ohm_ms at_ms)
{
    const ohm_segment *said = ohm_daemon_co2_at(d, at_ms);
    for (int days = 1; !said && days <= 2; days++)
        said = ohm_daemon_co2_at(d, at_ms - days * DAY_MS);
    return said ? ohm_day_number(said) : (double)NAN;
}

static double tempo_eur(const ohm_site_plan *plan, ohm_day_code code, int hour)
{
    if (hour < PEAK_FROM_H || hour >= PEAK_TO_H)
        return 0;
    return code == OHM_DAY_RED     ? (double)plan->weight_tempo_red * 1e-4
           : code == OHM_DAY_WHITE ? (double)plan->weight_tempo_white * 1e-4
                                   : 0;
}

static void know_weights(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_site_plan *plan = &facts->plan;
    uint8_t codes[DAYS_MAX];
    int64_t first = ohm_days_from_date(civil_at(facts, 0).date) - 1;
    ohm_daemon_codes_read(d, OHM_CALENDAR_TEMPO, first, codes, DAYS_MAX);
    for (int k = 0; k < facts->steps; k++) {
        ohm_civil local = civil_at(facts, k);
        int64_t day = ohm_days_from_date(local.date) - (local.hour < PEAK_FROM_H);
        facts->co2_g[k] = (float)co2_at(d, facts->from_ms + k * facts->step_ms);
        double eur = tempo_eur(plan, (ohm_day_code)codes[day - first], local.hour);
        eur += facts->level[k] >= 3   ? (double)plan->weight_red * 1e-4
               : facts->level[k] == 2 ? (double)plan->weight_orange * 1e-4
                                      : 0;
        if (!isnan(facts->co2_g[k])) /* g/kWh by EUR/t: a million grams a tonne */
            eur += (double)facts->co2_g[k] * (double)plan->weight_co2_eur_per_t * 1e-6;
        facts->weight_eur[k] = eur;
    }
}

void ohm_day_grid_know(const ohm_daemon *d, ohm_day_facts *facts)
{
    know_ecowatt(d, facts);
    know_scopes(d, facts);
    know_limits(d, facts);
    ohm_day_scopes_know(d, facts);
    know_weights(d, facts);
}
