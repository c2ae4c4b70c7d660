/* The series of a scenario: the house's zone, the sun on it and its panels, use and prices. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/lab.h"

/* The places of a scenario's numbers. */
enum { OUTDOOR, SOLAR, INTERNAL, LOAD, PV, PRICE, EXPORT_PRICE, LOW, CO2, DRAW, HEAT, SERIES };

/* When hot water is drawn: of a day's, in per cent, by local hour. A household's morning, noon,
 * dishes and evening. */
static const double draw_percent[OHM_DAY_HOURS] = {
    [6] = 10, [7] = 20, [8] = 10, [12] = 5, [13] = 5, [18] = 10, [19] = 15, [20] = 15, [21] = 10
};

void ohm_lab_series_release(ohm_lab_made *made)
{
    free(made->numbers);
    free(made->period);
    free(made->hour);
    free(made->car_here);
    free(made->known);
    made->numbers = NULL;
    made->period = NULL;
    made->hour = NULL;
    made->car_here = NULL;
    made->known = NULL;
}

/* Better or worse insulation: the same factor on all that conducts. */
static int take_zone(const ohm_lab_world *w, ohm_envelope *e, ohm_lab_made *made)
{
    *e = w->building.envelope;
    made->house.has_zone = w->has_building;
    if (!w->has_building)
        return OHM_EXIT_OK;
    const double *ventilation = w->building.ventilation_per_h;
    for (int i = 0; i < e->parts; i++)
        e->part[i].u_w_per_m2k *= w->insulation;
    ohm_err err = ohm_envelope_check(e);
    made->house.airs_by_hour = false;
    for (int h = OHM_DAY_HOURS - 1; h >= 0 && !ohm_failed(err); h--) { /* the first is the zone's */
        err = ohm_envelope_zone(e, ventilation[h], &made->house.zone);
        made->house.h_ve_w_per_k[h] = made->house.zone.h_ve_w_per_k;
        made->house.airs_by_hour = made->house.airs_by_hour || ventilation[h] != ventilation[0];
    }
    return ohm_failed(err) ? ohm_cmd_fail(w->file ? w->file : "the built-in house", err.what, NULL)
                           : OHM_EXIT_OK;
}

typedef struct maker {
    const ohm_lab_frame *frame;
    const ohm_lab_world *world;
    ohm_envelope envelope;
    ohm_facing panels;
    double *at[SERIES];
    uint8_t *hour, *car_here;
} maker;

/* From when it comes home until it must be ready; the same hour twice: always. */
static bool is_here(const ohm_lab_world *w, double hour)
{
    if (w->car_home_h < w->car_ready_h)
        return hour >= w->car_home_h && hour < w->car_ready_h;
    return hour >= w->car_home_h || hour < w->car_ready_h;
}

static void take_step(maker *m, int k)
{
    const ohm_lab_frame *f = m->frame;
    const ohm_lab_world *w = m->world;
    ohm_ms at_ms = f->when.from_ms + (ohm_ms)(k * f->step_s * 1000);
    int hour = (int)((at_ms - f->weather.from_ms) / OHM_HOUR_MS);
    ohm_civil now = ohm_civil_from_utc(&f->tz, at_ms);
    int of_day = now.hour;
    double direct = f->weather.direct_wm2[hour], diffuse = f->weather.diffuse_wm2[hour];
    ohm_sun sun = ohm_sun_at(f->weather.place, at_ms + (ohm_ms)(f->step_s * 500));
    m->at[OUTDOOR][k] = f->weather.outdoor_c[hour];
    m->at[SOLAR][k] = w->has_building ? ohm_envelope_gains(&m->envelope, &sun, direct, diffuse) : 0;
    m->at[INTERNAL][k] = w->has_building ? w->building.internal_w[of_day] : 0;
    m->at[LOAD][k] = f->load_w ? f->load_w[k] : w->load_w[of_day];
    m->at[LOW][k] = w->low_c[of_day];
    m->at[EXPORT_PRICE][k] = w->export_eur_per_kwh;
    m->at[CO2][k] = f->co2_g_per_kwh ? f->co2_g_per_kwh[k] : w->co2_g_per_kwh;
    if (f->valve_percent)
        m->at[HEAT][k] = ohm_heater_valve_w(&w->house.heater, f->valve_percent[k]);
    else if (f->heat_w)
        m->at[HEAT][k] = f->heat_w[k];
    m->hour[k] = (uint8_t)of_day;
    m->car_here[k] = is_here(w, now.hour + now.minute / 60.0);
    m->at[DRAW][k] = w->tank_day_kwh * draw_percent[of_day] / 100;
    m->at[PV][k] = 0;
    if (w->pv_kwp > 0 && (direct > 0 || diffuse > 0)) {
        ohm_light on = ohm_light_on(&m->panels, &sun, direct, diffuse, 0.2);
        m->at[PV][k] = w->pv_kwp * w->pv_ratio * (on.direct_wm2 + on.diffuse_wm2);
    }
}

static int fill(const ohm_lab_frame *frame, const ohm_lab_world *world, ohm_lab_made *made)
{
    const ohm_plane panels = { .azimuth_deg = world->pv_azimuth_deg,
                               .tilt_deg = world->pv_tilt_deg };
    maker *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    m->frame = frame;
    m->world = world;
    m->panels = ohm_facing_of(&panels);
    m->hour = made->hour;
    m->car_here = made->car_here;
    for (int i = 0; i < SERIES; i++)
        m->at[i] = made->numbers + (size_t)i * (size_t)made->series.steps;
    int status = take_zone(world, &m->envelope, made);
    for (int k = 0; k < made->series.steps && status == OHM_EXIT_OK; k++)
        take_step(m, k);
    if (status == OHM_EXIT_OK)
        status = ohm_lab_prices(frame, world, made, m->at[PRICE]);
    ohm_lab_series *s = &made->series;
    s->outdoor_c = m->at[OUTDOOR];
    s->solar_w = m->at[SOLAR];
    s->internal_w = m->at[INTERNAL];
    s->load_w = m->at[LOAD];
    s->pv_w = m->at[PV];
    s->price = m->at[PRICE];
    s->export_price = m->at[EXPORT_PRICE];
    s->low_c = m->at[LOW];
    s->draw_kw = m->at[DRAW];
    s->heat_w = frame->heat_w || frame->valve_percent ? m->at[HEAT] : NULL;
    bool co2 = frame->co2_g_per_kwh || !isnan(world->co2_g_per_kwh);
    s->co2_g_per_kwh = co2 ? m->at[CO2] : NULL;
    free(m);
    return status;
}

int ohm_lab_series_try(const ohm_lab_frame *frame, const ohm_lab_world *world, bool *ret_by_market)
{
    ohm_envelope envelope;
    ohm_lab_made made = { .house = world->house };
    size_t steps = (size_t)ohm_lab_steps(frame);
    made.series.steps = (int)steps;
    made.numbers = calloc(steps, sizeof *made.numbers);
    made.period = calloc(steps, sizeof *made.period);
    made.known = calloc(steps, sizeof *made.known);
    int status = made.numbers && made.period && made.known
                     ? take_zone(world, &envelope, &made)
                     : ohm_cmd_fail("simulate", "out of memory", NULL);
    if (status == OHM_EXIT_OK)
        status = ohm_lab_prices(frame, world, &made, made.numbers);
    *ret_by_market = made.by_market;
    ohm_lab_series_release(&made);
    return status;
}

int ohm_lab_steps(const ohm_lab_frame *frame)
{
    return (int)((frame->when.to_ms - frame->when.from_ms) / (ohm_ms)(frame->step_s * 1000));
}

int ohm_lab_series_make(const ohm_lab_frame *frame, const ohm_lab_world *world, ohm_lab_made *out)
{
    ohm_lab_made made = { .house = world->house };
    double stay_h = world->car_ready_h - world->car_home_h;
    made.house.car_stay_h = stay_h > 0 ? stay_h : stay_h + 24;
    made.house.car_least_kw = fmin(made.house.car_least_kw, made.house.car_kw);
    int steps = ohm_lab_steps(frame);
    made.series = (ohm_lab_series){ .steps = steps, .step_h = frame->step_s / 3600 };
    made.numbers = calloc((size_t)SERIES * (size_t)steps, sizeof *made.numbers);
    made.period = calloc((size_t)steps, sizeof *made.period);
    made.hour = calloc((size_t)steps, sizeof *made.hour);
    made.car_here = calloc((size_t)steps, sizeof *made.car_here);
    made.known = calloc((size_t)steps, sizeof *made.known);
    int status = made.numbers && made.period && made.hour && made.car_here && made.known
                     ? fill(frame, world, &made)
                     : ohm_cmd_fail("simulate", "out of memory", NULL);
    made.series.period = made.period;
    made.series.hour = made.hour;
    made.series.car_here = made.car_here;
    made.series.known = made.known;
    if (status == OHM_EXIT_OK)
        *out = made;
    else
        ohm_lab_series_release(&made);
    return status;
}
