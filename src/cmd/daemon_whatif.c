/* What if, of the site's own years: the laboratory's house (sim/lab.h) with the measured use, for
 * the web's thread of long questions. */
#include "cmd/daemon_whatif.h"

#include <math.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/daemon_demo.h"
#include "cmd/lab_load.h"

/* As those of the verb's house (lab_world.c) that nothing else is said of. */
static const double BATTERY_KW_MAX = 5, BATTERY_RATIO = 0.95, BATTERY_WEAR = 0.015;
enum { HORIZON_H = 24 };

static double export_price(const ohm_contract *c, const ohm_tz *tz, ohm_ms at_ms)
{
    int row = ohm_contract_row(c, ohm_civil_from_utc(tz, at_ms).date);
    int64_t ueur = row < 0 ? OHM_NO_PRICE : c->rows[row].export_ueur_per_kwh;
    return ueur == OHM_NO_PRICE ? 0 : (double)ueur / 1e6;
}

static ohm_code make_prices(ohm_whatif *r)
{
    const ohm_replay *ask = r->ask;
    ohm_price now = { .until_ms = ask->when.from_ms };
    double eur_per_kwh = 0;
    for (int k = 0; k < ask->steps; k++) {
        ohm_ms at_ms = ask->when.from_ms + (ohm_ms)k * OHM_REPLAY_STEP_MS;
        if (now.until_ms != OHM_NO_MS && at_ms >= now.until_ms) {
            ohm_code code =
                ohm_lab_price_at(&r->frame, ask->contract, ask->codes, at_ms, &now, &eur_per_kwh);
            if (code != OHM_OK)
                return code;
        }
        r->at[OHM_WHATIF_PRICE][k] = eur_per_kwh;
        r->at[OHM_WHATIF_EXPORT_PRICE][k] = export_price(ask->contract, ask->tz, at_ms);
        r->period[k] = now.period;
        r->known[k] = ohm_lab_known_until(&r->frame, ask->contract, ask->steps, at_ms);
    }
    return OHM_OK;
}

static ohm_code simulate(const ohm_whatif *r, ohm_lab_sums *sums)
{
    const ohm_replay *ask = r->ask;
    double kwh = (double)ask->battery_wh / 1000;
    const ohm_lab_house house = {
        .heater = ohm_heater_of(OHM_HEATER_ELECTRIC, 0),
        .mass_start_c = NAN,
        .battery_kwh = kwh,
        .battery_kw = fmin(kwh, BATTERY_KW_MAX),
        .battery_ratio = BATTERY_RATIO,
        .battery_wear_eur_per_kwh = BATTERY_WEAR,
        .subscribed_kw = (double)ask->contract->subscribed_va / 1000,
    };
    const ohm_lab_series series = {
        .steps = ask->steps,
        .step_h = (double)OHM_REPLAY_STEP_MS / OHM_HOUR_MS,
        .outdoor_c = r->at[OHM_WHATIF_NONE],
        .solar_w = r->at[OHM_WHATIF_NONE],
        .internal_w = r->at[OHM_WHATIF_NONE],
        .load_w = r->at[OHM_WHATIF_LOAD],
        .pv_w = r->at[OHM_WHATIF_PV],
        .price = r->at[OHM_WHATIF_PRICE],
        .export_price = r->at[OHM_WHATIF_EXPORT_PRICE],
        .low_c = r->at[OHM_WHATIF_NONE],
        .period = r->period,
        .known = r->known,
    };
    const ohm_lab_control control = { .mode = OHM_LAB_MPC,
                                      .horizon = HORIZON_H * OHM_HOUR_MS / OHM_REPLAY_STEP_MS,
                                      .low_price = 1,
                                      .high_price = 1 };
    return ohm_lab_run(&house, &series, &control, r->step, sums).code;
}

static bool get(ohm_whatif *r)
{
    size_t steps = (size_t)r->ask->steps;
    double *numbers = calloc(OHM_WHATIF_SERIES * steps, sizeof *numbers);
    for (int i = 0; numbers && i < OHM_WHATIF_SERIES; i++)
        r->at[i] = numbers + (size_t)i * steps;
    r->period = calloc(steps, sizeof *r->period);
    r->known = calloc(steps, sizeof *r->known);
    r->step = calloc(steps, sizeof *r->step);
    return numbers && r->period && r->known && r->step;
}

static ohm_code run(ohm_whatif *r, double *grid_w, ohm_replayed *told)
{
    const ohm_replay *ask = r->ask;
    int bad = 0;
    ohm_code code = ohm_lab_load_make(ask->uses, ask->uses_count, &r->frame, ask->steps,
                                      r->at[OHM_WHATIF_LOAD], &told->missing, &bad);
    bool as_it_was = !ask->pv_w && !ask->battery_wh;
    if (code == OHM_OK)
        code = ohm_whatif_sky(r, told);
    if (code == OHM_OK && ask->zones_count)
        code = ohm_whatif_heat(r, told);
    for (int k = 0; code == OHM_OK && as_it_was && k < ask->steps; k++)
        grid_w[k] = r->at[OHM_WHATIF_LOAD][k];
    if (code != OHM_OK || as_it_was)
        return code;
    ohm_lab_sums sums;
    code = make_prices(r);
    if (code == OHM_OK)
        code = simulate(r, &sums);
    if (code != OHM_OK)
        return code;
    told->pv_kwh = sums.pv_kwh;
    for (int k = 0; k < ask->steps; k++)
        grid_w[k] = r->step[k].grid_w;
    return OHM_OK;
}

ohm_code ohm_daemon_replay(void *daemon, const ohm_replay *ask, double *grid_w,
                           ohm_replayed *ret_told)
{
    const ohm_daemon *d = daemon;
    ohm_whatif *r =
        calloc(1, sizeof *r); /* a frame holds a zone's clock changes: not for a stack */
    if (!r)
        return OHM_NO_MEMORY;
    ohm_replayed told = { .weather = "typical" };
    r->ask = ask;
    r->site = d->site;
    r->peak_w = d->demo ? llround(ohm_demo_house(d)->solar_wp) : 0;
    r->frame.when = ask->when;
    r->frame.step_s = (double)OHM_REPLAY_STEP_MS / OHM_SECOND_MS;
    r->frame.tz = *ask->tz;
    r->frame.spots = ask->spots;
    r->frame.spots_count = ask->spots_count;
    ohm_whatif_place(r, &told);
    ohm_code code = get(r) ? run(r, grid_w, &told) : OHM_NO_MEMORY;
    free(r->at[0]);
    free(r->period);
    free(r->known);
    free(r->step);
    free(r);
    if (code == OHM_OK)
        *ret_told = told;
    return code;
}
