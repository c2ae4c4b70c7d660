/* What if, of the site's own years: the laboratory's house (sim/lab.h) with the measured use, for
 * the web's thread of long questions. */
#include <math.h>
#include <stdlib.h>

#include "building/sun.h"
#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/lab.h"
#include "cmd/lab_load.h"

/* As those of the verb's house (lab_world.c) that nothing else is said of. */
static const double BATTERY_KW_MAX = 5, BATTERY_RATIO = 0.95, BATTERY_WEAR = 0.015;
static const double PANELS_AZIMUTH = 180, PANELS_TILT = 30, PANELS_RATIO = 0.85;
static const ohm_place PARIS = { 48.85, 2.35 };
enum { HORIZON_H = 24 };

/* The numbers of a step, one series after the other. */
enum { LOAD, PV, PRICE, EXPORT_PRICE, NONE, SERIES };

typedef struct replay {
    const ohm_replay *ask;
    ohm_lab_frame frame;
    double *at[SERIES];
    uint8_t *period;
    int *known;
    ohm_lab_step *step;
} replay;

static ohm_place place_of(const ohm_site *site, bool *ret_known)
{
    for (uint16_t i = 0; i < site->signals_count; i++) {
        const ohm_site_signal *s = &site->signals[i];
        *ret_known = s->latitude_e4 != OHM_SITE_NOWHERE && s->longitude_e4 != OHM_SITE_NOWHERE;
        if (*ret_known)
            return (ohm_place){ (double)s->latitude_e4 / 1e4, (double)s->longitude_e4 / 1e4 };
    }
    return PARIS;
}

/* What a kWp gives in the hour of made weather that an instant lies in, W. */
static double panel_w(const ohm_lab_weather *weather, const ohm_facing *panels, ohm_ms middle_ms)
{
    int64_t hour = (middle_ms - weather->from_ms) / OHM_HOUR_MS;
    ohm_sun sun = ohm_sun_at(weather->place, middle_ms);
    ohm_light on =
        ohm_light_on(panels, &sun, weather->direct_wm2[hour], weather->diffuse_wm2[hour], 0.2);
    return PANELS_RATIO * (on.direct_wm2 + on.diffuse_wm2);
}

/* The year that ends with the question makes as much as it is said to make. */
static ohm_code scale_of(const replay *r, const ohm_facing *panels, double *ret_scale)
{
    const ohm_replay *ask = r->ask;
    ohm_interval year = { ask->when.to_ms - 365 * INT64_C(24) * OHM_HOUR_MS, ask->when.to_ms };
    const ohm_lab_weather_wish wish = { "synthetic", 1, year, ask->tz, r->frame.weather.place };
    ohm_lab_weather weather;
    *ret_scale = 1;
    if (!ask->pv_yield)
        return OHM_OK;
    if (ohm_lab_weather_make(&wish, &weather) != OHM_EXIT_OK)
        return OHM_NO_MEMORY;
    double kwh = 0;
    for (int h = 0; h < weather.hours; h++)
        kwh += panel_w(&weather, panels, weather.from_ms + h * INT64_C(3600000) + OHM_HOUR_MS / 2) /
               1000;
    ohm_lab_weather_release(&weather);
    if (kwh > 0) /* at a pole's night of a year nothing can be scaled */
        *ret_scale = (double)ask->pv_yield / kwh;
    return OHM_OK;
}

static ohm_code make_pv(replay *r)
{
    const ohm_replay *ask = r->ask;
    ohm_lab_weather *weather = &r->frame.weather;
    const ohm_lab_weather_wish wish = { "synthetic", 1, ask->when, ask->tz, weather->place };
    const ohm_plane plane = { .azimuth_deg = PANELS_AZIMUTH, .tilt_deg = PANELS_TILT };
    ohm_facing panels = ohm_facing_of(&plane);
    double scale;
    if (!ask->pv_w)
        return OHM_OK;
    ohm_code code = scale_of(r, &panels, &scale);
    if (code == OHM_OK && ohm_lab_weather_make(&wish, weather) != OHM_EXIT_OK)
        code = OHM_NO_MEMORY;
    if (code != OHM_OK)
        return code;
    for (int k = 0; k < ask->steps; k++) {
        ohm_ms at_ms = ask->when.from_ms + (ohm_ms)k * OHM_REPLAY_STEP_MS;
        r->at[PV][k] = scale * (double)ask->pv_w / 1000 *
                       panel_w(weather, &panels, at_ms + OHM_REPLAY_STEP_MS / 2);
    }
    ohm_lab_weather_release(weather);
    return OHM_OK;
}

static double export_price(const ohm_contract *c, const ohm_tz *tz, ohm_ms at_ms)
{
    int row = ohm_contract_row(c, ohm_civil_from_utc(tz, at_ms).date);
    int64_t ueur = row < 0 ? OHM_NO_PRICE : c->rows[row].export_ueur_per_kwh;
    return ueur == OHM_NO_PRICE ? 0 : (double)ueur / 1e6;
}

static ohm_code make_prices(replay *r)
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
        r->at[PRICE][k] = eur_per_kwh;
        r->at[EXPORT_PRICE][k] = export_price(ask->contract, ask->tz, at_ms);
        r->period[k] = now.period;
        r->known[k] = ohm_lab_known_until(&r->frame, ask->contract, ask->steps, at_ms);
    }
    return OHM_OK;
}

static ohm_code simulate(const replay *r, ohm_lab_sums *sums)
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
        .outdoor_c = r->at[NONE],
        .solar_w = r->at[NONE],
        .internal_w = r->at[NONE],
        .load_w = r->at[LOAD],
        .pv_w = r->at[PV],
        .price = r->at[PRICE],
        .export_price = r->at[EXPORT_PRICE],
        .low_c = r->at[NONE],
        .period = r->period,
        .known = r->known,
    };
    const ohm_lab_control control = { .mode = OHM_LAB_MPC,
                                      .horizon = HORIZON_H * OHM_HOUR_MS / OHM_REPLAY_STEP_MS,
                                      .low_price = 1,
                                      .high_price = 1 };
    return ohm_lab_run(&house, &series, &control, r->step, sums).code;
}

static bool get(replay *r)
{
    size_t steps = (size_t)r->ask->steps;
    double *numbers = calloc(SERIES * steps, sizeof *numbers);
    for (int i = 0; numbers && i < SERIES; i++)
        r->at[i] = numbers + (size_t)i * steps;
    r->period = calloc(steps, sizeof *r->period);
    r->known = calloc(steps, sizeof *r->known);
    r->step = calloc(steps, sizeof *r->step);
    return numbers && r->period && r->known && r->step;
}

static ohm_code run(replay *r, double *grid_w, ohm_replayed *told)
{
    const ohm_replay *ask = r->ask;
    int bad = 0;
    ohm_code code = ohm_lab_load_make(ask->uses, ask->uses_count, &r->frame, ask->steps,
                                      r->at[LOAD], &told->missing, &bad);
    bool as_it_was = !ask->pv_w && !ask->battery_wh;
    for (int k = 0; code == OHM_OK && as_it_was && k < ask->steps; k++)
        grid_w[k] = r->at[LOAD][k];
    if (code != OHM_OK || as_it_was)
        return code;
    ohm_lab_sums sums;
    code = make_prices(r);
    if (code == OHM_OK)
        code = make_pv(r);
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
    replay *r = calloc(1, sizeof *r); /* a frame holds a zone's clock changes: not for a stack */
    if (!r)
        return OHM_NO_MEMORY;
    ohm_replayed told = { .weather = "typical" };
    r->ask = ask;
    r->frame.when = ask->when;
    r->frame.step_s = (double)OHM_REPLAY_STEP_MS / OHM_SECOND_MS;
    r->frame.tz = *ask->tz;
    r->frame.spots = ask->spots;
    r->frame.spots_count = ask->spots_count;
    r->frame.weather.place = place_of(d->site, &told.place_known);
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
