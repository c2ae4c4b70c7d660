/* The laboratory's car and tank: as the home planner says, asked again every few hours, when the
 * car comes or goes and when prices are told; or at once, and as a thermostat does. */
#include "sim/lab_own.h"

#include <math.h>

#include <assert.h>

/* A thermostat of a tank: heats below this part of it, until it is full. */
#define HEATS_BELOW 0.85
/* What the planner takes a kWh for that a car, or a shower, does not get. */
#define CAR_SHORT_EUR   2.0
#define WATER_SHORT_EUR 1.0
/* Of the tank's contents, what should always be there. */
#define WATER_LEAST 0.15
/* A plan takes some 30 ms: it is made anew where something new is known, else so often. */
#define REPLAN_H 4
/* No limit of the meter. */
#define LINE_KW 1e3

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

double lab_heating_kw(const lab *l, int i, int w)
{
    if (!l->house->has_zone)
        return 0;
    return l->plan.u[i] / ohm_heater_cop(&l->house->heater, l->series->outdoor_c[w]);
}

void lab_start_devices(lab *l)
{
    l->planned_at = -1;
    l->water_kwh = l->house->tank_kwh;
    l->home.has_car = l->house->car_need_kwh > 0;
    l->home.has_tank = l->house->tank_kw > 0;
}

/* --- the plan -----------------------------------------------------------------------------------
 */

static void look_out(lab *l, int k, double heating_kw)
{
    const ohm_lab_series *s = l->series;
    for (int i = 0; i < l->control->horizon; i++) {
        int w = lab_weather_like(l, k, k + i), p = lab_price_like(l, k, k + i);
        int own = lab_within(l, k + i); /* habits are known */
        double heat_kw = i > 0 ? lab_heating_kw(l, i, w) : heating_kw;
        l->load_view[i] = s->load_w[w] / 1000 + heat_kw;
        l->pv_view[i] = s->pv_w[w] / 1000;
        l->import_view[i] = s->price[p];
        l->export_view[i] = s->export_price[p];
        l->draw_view[i] = l->home.has_tank ? s->draw_kw[own] : 0;
        l->here_view[i] = l->home.has_car ? s->car_here[own] : 0;
    }
}

static double cheapest(const lab *l)
{
    double eur = l->import_view[0];
    for (int i = 1; i < l->control->horizon; i++)
        eur = smaller(eur, l->import_view[i]);
    return eur > 0 ? eur : 0;
}

static void plan(lab *l, int k, double heating_kw)
{
    const ohm_lab_house *h = l->house;
    ohm_home_result result;
    look_out(l, k, heating_kw);
    l->home.steps = l->control->horizon;
    l->home.dt_h = l->series->step_h;
    l->home.subscribed_kw = h->subscribed_kw > 0 ? h->subscribed_kw : LINE_KW;
    l->home.has_battery = h->battery_kwh > 0;
    /* It ends with what it has (unlike the daemon's, which may end lower at its end's price): over
     * six months of homes with car and tank that was 0.7 EUR of 681 cheaper where the future is
     * known, 1.8 EUR of 684 by the day before. */
    l->home.battery =
        (ohm_home_battery){ 0,
                            h->battery_kwh,
                            smaller(l->stored_kwh > 0 ? l->stored_kwh : 0, h->battery_kwh),
                            h->battery_kw,
                            h->battery_kw,
                            h->battery_ratio,
                            h->battery_ratio,
                            h->battery_wear_eur_per_kwh,
                            cheapest(l) * h->battery_ratio,
                            false };
    l->home.car = (ohm_home_car){ h->car_least_kw, h->car_kw,     h->car_ratio, h->car_need_kwh,
                                  CAR_SHORT_EUR,   h->car_stay_h, l->got_kwh };
    l->home.tank = (ohm_home_tank){ h->tank_kw,
                                    h->tank_loss_per_h * l->series->step_h,
                                    l->water_kwh,
                                    WATER_LEAST * h->tank_kwh,
                                    h->tank_kwh,
                                    WATER_SHORT_EUR,
                                    0 };
    l->home.import_eur = l->import_view;
    l->home.export_eur = l->export_view;
    l->home.load_kw = l->load_view;
    l->home.pv_kw = l->pv_view;
    l->home.draw_kw = l->draw_view;
    l->home.car_here = l->here_view;
    /* There is no pump: what it would read is not looked at, but must be numbers. */
    l->home.cop = l->home.drift = l->home.offset = l->here_view;
    assert(!ohm_failed(ohm_home_check(&l->home)));
    l->home_plan = ohm_home_init(&l->home, l->home_memory);
    ohm_home_solve(l->home_plan, &l->home, NULL, &l->controls, &result);
    l->planned_at = k;
    l->sums->plans++;
}

static void plan_if_due(lab *l, int k, double heating_kw)
{
    const int *known = l->series->known;
    int hours = (int)(REPLAN_H / l->series->step_h + 0.5);
    bool here = l->home.has_car && l->series->car_here[k];
    bool told = k > 0 && known && known[k] != known[k - 1]; /* more prices */
    bool due = l->planned_at < 0 || k - l->planned_at >= hours ||
               k - l->planned_at >= l->control->horizon || here != l->was_here || told;
    if (l->control->mode == OHM_LAB_MPC && due)
        plan(l, k, heating_kw);
}

/* --- a step -------------------------------------------------------------------------------------
 */

static double car_kw(lab *l, int k)
{
    const ohm_lab_house *h = l->house;
    bool here = l->home.has_car && l->series->car_here[k];
    if (l->was_here && !here) {
        double lacks_kwh = h->car_need_kwh - l->got_kwh;
        l->sums->car_short_kwh += lacks_kwh > 1e-6 ? lacks_kwh : 0;
    }
    if (!l->was_here && here)
        l->got_kwh = 0;
    if (!here)
        return 0;
    double lacks_kwh = h->car_need_kwh - l->got_kwh;
    double lacks_kw = lacks_kwh > 0 ? lacks_kwh / (h->car_ratio * l->series->step_h) : 0;
    double wanted_kw = l->planned_at < 0 ? h->car_kw : l->controls.car_kw[k - l->planned_at];
    return smaller(wanted_kw, smaller(lacks_kw, h->car_kw));
}

static double tank_kw(lab *l, int k)
{
    const ohm_lab_house *h = l->house;
    double step_h = l->series->step_h, left = 1 - h->tank_loss_per_h * step_h;
    if (!l->home.has_tank)
        return 0;
    if (l->water_kwh < HEATS_BELOW * h->tank_kwh)
        l->water_heats = true;
    double room_kw = (h->tank_kwh - left * l->water_kwh) / step_h + l->series->draw_kw[k];
    bool on = l->planned_at < 0 ? l->water_heats : l->controls.tank_on[k - l->planned_at] > 0.5;
    double kw = on ? smaller(h->tank_kw, room_kw) : 0;
    l->water_heats = l->water_heats && room_kw > h->tank_kw;
    l->water_kwh = left * l->water_kwh + step_h * (kw - l->series->draw_kw[k]);
    if (l->water_kwh < 0) {
        l->sums->water_short_kwh -= l->water_kwh;
        l->water_kwh = 0;
    }
    return kw;
}

double lab_devices_kw(lab *l, int k, double heating_kw, ohm_lab_step *o)
{
    double step_h = l->series->step_h;
    if (!lab_has_devices(l->house))
        return 0;
    if (l->home.has_car && l->series->car_here[k] && !l->was_here)
        l->got_kwh = 0;
    plan_if_due(l, k, heating_kw);
    double car = car_kw(l, k), tank = tank_kw(l, k);
    l->was_here = l->home.has_car && l->series->car_here[k];
    l->got_kwh += car * step_h * l->house->car_ratio;
    l->sums->car_kwh += car * step_h;
    l->sums->tank_kwh += tank * step_h;
    o->car_w = 1000 * car;
    o->tank_w = 1000 * tank;
    return car + tank;
}
