/* What if: the sun and the air outdoors. What the site's own panels made is the sun of new ones, as
 * long as it was measured nearly all the time and their peak power is known; else that of a made
 * year. The air is as it was said each morning of the day (daemon_watch_weather.c), and on other
 * days that of a made year. */
#include <math.h>

#include "building/sun.h"
#include "cmd/cmd.h"
#include "cmd/daemon_watch.h"
#include "cmd/daemon_whatif.h"
#include "cmd/lab_load.h"

/* As those of the verb's house (lab_world.c). */
static const double PANELS_AZIMUTH = 180, PANELS_TILT = 30, PANELS_RATIO = 0.85;
static const ohm_place PARIS = { 48.85, 2.35 };

void ohm_whatif_place(ohm_whatif *w, ohm_replayed *told)
{
    w->frame.weather.place = PARIS;
    /* Of panels that nobody measures the twins know what is configured. */
    bool said = w->ask->sun_count && w->ask->sun_peak_w != OHM_REPLAY_AS_CONFIGURED;
    told->sun_peak_w = said ? w->ask->sun_peak_w : w->peak_w;
    for (uint16_t i = 0; i < w->site->signals_count; i++) {
        const ohm_site_signal *s = &w->site->signals[i];
        if (!said && s->power_w > told->sun_peak_w) /* several may speak of the same panels */
            told->sun_peak_w = s->power_w;
        if (told->place_known || s->latitude_e4 == OHM_SITE_NOWHERE ||
            s->longitude_e4 == OHM_SITE_NOWHERE)
            continue;
        told->place_known = true;
        w->frame.weather.place =
            (ohm_place){ (double)s->latitude_e4 / 1e4, (double)s->longitude_e4 / 1e4 };
    }
}

static ohm_ms middle_of(const ohm_whatif *w, int k)
{
    return w->ask->when.from_ms + (ohm_ms)k * OHM_REPLAY_STEP_MS + OHM_REPLAY_STEP_MS / 2;
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
static ohm_code scale_of(const ohm_whatif *w, const ohm_facing *panels, double *ret_scale)
{
    const ohm_replay *ask = w->ask;
    ohm_interval year = { ask->when.to_ms - 365 * INT64_C(24) * OHM_HOUR_MS, ask->when.to_ms };
    const ohm_lab_weather_wish wish = { "synthetic", 1, year, ask->tz, w->frame.weather.place };
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

/* What was measured of the site's own panels, gaps as those of the load. */
static ohm_code own_sun(ohm_whatif *w, ohm_replayed *told)
{
    const ohm_replay *ask = w->ask;
    double *sun = w->at[OHM_WHATIF_SUN];
    int missing, bad;
    ohm_code code = ask->sun_count ? ohm_lab_load_make(ask->sun, ask->sun_count, &w->frame,
                                                       ask->steps, sun, &missing, &bad)
                                   : OHM_END;
    told->own_sun = code == OHM_OK;
    for (int k = 0; k < ask->steps; k++)
        sun[k] = told->own_sun && sun[k] < 0 ? -sun[k] : 0; /* to a load, it is fed in */
    return code == OHM_END ? OHM_OK : code;
}

/* The panels of the question, and the site's own where nobody measured them. */
static ohm_code made_sun(ohm_whatif *w, const ohm_replayed *told)
{
    const ohm_plane plane = { .azimuth_deg = PANELS_AZIMUTH, .tilt_deg = PANELS_TILT };
    const ohm_facing panels = ohm_facing_of(&plane);
    double scale, peak_kw = (double)told->sun_peak_w / 1000, new_kw = (double)w->ask->pv_w / 1000;
    ohm_code code = scale_of(w, &panels, &scale);
    for (int k = 0; code == OHM_OK && k < w->ask->steps; k++) {
        double w_per_kwp = scale * panel_w(&w->frame.weather, &panels, middle_of(w, k));
        if (!told->own_sun)
            w->at[OHM_WHATIF_SUN][k] = peak_kw * w_per_kwp;
        if (told->own_sun && peak_kw > 0)
            w_per_kwp = w->at[OHM_WHATIF_SUN][k] / peak_kw;
        w->at[OHM_WHATIF_PV][k] = new_kw * w_per_kwp;
    }
    return code;
}

static void outdoors(ohm_whatif *w, ohm_replayed *told)
{
    const ohm_replay *ask = w->ask;
    const ohm_lab_weather *made = &w->frame.weather;
    uint64_t zone = ohm_watch_hash(w->site->timezone);
    double said_c[OHM_WATCH_SLOTS];
    int64_t last = OHM_WATCH_NO_DAY;
    bool kept = false;
    for (int k = 0; k < ask->steps; k++) {
        ohm_civil at = ohm_civil_from_utc(ask->tz, middle_of(w, k));
        int64_t day = ohm_days_from_date(at.date);
        if (day != last) {
            kept = ohm_watch_weather_kept(ask->reader, zone, day, said_c);
            told->weather_days += kept;
        }
        last = day;
        int64_t hour = (middle_of(w, k) - made->from_ms) / OHM_HOUR_MS;
        w->at[OHM_WHATIF_OUTDOOR][k] =
            kept && isfinite(said_c[at.hour]) ? said_c[at.hour] : made->outdoor_c[hour];
    }
}

ohm_code ohm_whatif_sky(ohm_whatif *w, ohm_replayed *told)
{
    const ohm_replay *ask = w->ask;
    const ohm_lab_weather_wish wish = { "synthetic", 1, ask->when, ask->tz,
                                        w->frame.weather.place };
    ohm_code code = own_sun(w, told);
    if (code != OHM_OK || (!ask->pv_w && !ask->zones_count))
        return code;
    if (ohm_lab_weather_make(&wish, &w->frame.weather) != OHM_EXIT_OK)
        return OHM_NO_MEMORY;
    code = made_sun(w, told);
    if (ask->zones_count)
        outdoors(w, told);
    ohm_lab_weather_release(&w->frame.weather);
    return code;
}
