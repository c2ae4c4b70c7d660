#include "sim/lab_own.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/battery.h"

const char *const ohm_lab_mode_names[OHM_LAB_MODES] = { "manual", "ideal", "mpc", "plan-file" };

static bool within(double value, double low, double high)
{
    return value >= low && value <= high; /* false for NaN */
}

static ohm_err check_devices(const ohm_lab_house *h, const ohm_lab_series *s)
{
    if (h->car_need_kwh != 0 &&
        (!within(h->car_need_kwh, 0, 1000) || !within(h->car_kw, 0.1, 1000) ||
         !within(h->car_least_kw, 0, h->car_kw) || !within(h->car_ratio, 0.3, 1) ||
         !within(h->car_stay_h, 0, 1000) || !s->car_here))
        return ohm_fail(OHM_RANGE, 0, "a car of no such need, power or stay");
    if (h->tank_kw != 0 && (!within(h->tank_kw, 0, 1000) || !within(h->tank_kwh, 0.1, 1000) ||
                            !within(h->tank_loss_per_h, 0, 0.5) || !s->draw_kw))
        return ohm_fail(OHM_RANGE, 0, "a tank of no such size, power or loss");
    for (int k = 0; k < s->steps && lab_has_devices(h); k++) {
        /* What the planner takes. */
        if (!within(fabs(s->price[k]), 0, 1000) || !within(fabs(s->export_price[k]), 0, 1000) ||
            !within(fabs(s->load_w[k]), 0, 5e6) || !within(s->pv_w[k], 0, 5e6))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a price or a power is out of range");
        if (h->tank_kw > 0 && !within(s->draw_kw[k], 0, 1000))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a draw of hot water is out of range");
    }
    return ohm_ok();
}

ohm_err ohm_lab_check(const ohm_lab_house *h, const ohm_lab_series *s, const ohm_lab_control *c)
{
    if (s->steps < 1 || s->steps > OHM_LAB_STEPS_MAX || !(s->step_h > 0 && s->step_h <= 1))
        return ohm_fail(OHM_RANGE, 0, "too many steps, or steps longer than an hour");
    if (c->horizon < 1 || c->horizon > OHM_LAB_HORIZON_MAX)
        return ohm_fail(OHM_RANGE, 0, "the horizon has too many steps");
    if (c->mode == OHM_LAB_PLAN && !s->heat_w)
        return ohm_fail(OHM_RANGE, 0, "a plan is to be followed, and there is none");
    if (!(h->battery_kwh >= 0 && h->battery_kwh <= 1e4 && h->battery_kw >= 0) ||
        !(h->battery_ratio > 0 && h->battery_ratio <= 1))
        return ohm_fail(OHM_RANGE, 0, "a battery of no such size, power or efficiency");
    OHM_TRY(check_devices(h, s));
    if (h->has_zone)
        OHM_TRY(ohm_heater_check(&h->heater));
    if (h->has_zone)
        OHM_TRY(ohm_zone_check(&h->zone));
    for (int hour = 0; hour < OHM_LAB_HOURS && h->has_zone && h->airs_by_hour; hour++)
        if (!(h->h_ve_w_per_k[hour] >= 0 && h->h_ve_w_per_k[hour] <= 1e6))
            return ohm_fail(OHM_RANGE, 0, "air that is changed no such way");
    for (int k = 0; k < s->steps; k++)
        if (h->airs_by_hour && s->hour[k] >= OHM_LAB_HOURS)
            return ohm_fail(OHM_RANGE, (uint32_t)k, "no hour of a day");
    for (int k = 0; k < s->steps; k++)
        if (!isfinite(s->outdoor_c[k] + s->solar_w[k] + s->internal_w[k] + s->load_w[k] +
                      s->pv_w[k] + s->price[k] + s->export_price[k] + s->low_c[k]) ||
            s->period[k] >= OHM_LAB_PERIODS_MAX)
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a number of the series is missing");
    return ohm_ok();
}

/* --- the zone as lines ------------------------------------------------------------------------ */

static int hour_at(const lab *l, int k)
{
    return l->house->airs_by_hour ? l->series->hour[k] : 0;
}

static ohm_zone_output at(const lab *l, double mass_c, int k, double heat_w)
{
    const ohm_lab_series *s = l->series;
    const ohm_zone_input in = { s->outdoor_c[k], s->outdoor_c[k], s->solar_w[k], s->internal_w[k] };
    return ohm_zone_step(&l->model[hour_at(l, k)], mass_c, &in, heat_w);
}

static void add_lines(lines *to, const lines *of, double share)
{
    to->mass_of_mass += share * of->mass_of_mass;
    to->mass_of_kw += share * of->mass_of_kw;
    to->op_of_mass += share * of->op_of_mass;
    to->op_of_kw += share * of->op_of_kw;
}

static void draw_lines(lab *l)
{
    const ohm_zone_input none = { 0, 0, 0, 0 };
    int hours = l->house->airs_by_hour ? OHM_LAB_HOURS : 1;
    l->mean = (lines){ 0, 0, 0, 0 };
    for (int h = 0; h < hours; h++) {
        ohm_zone zone = l->house->zone;
        if (l->house->airs_by_hour)
            zone.h_ve_w_per_k = l->house->h_ve_w_per_k[h];
        l->model[h] = ohm_zone_prepare(&zone, 3600 * l->series->step_h);
        ohm_zone_output kelvin = ohm_zone_step(&l->model[h], 1, &none, 0);
        ohm_zone_output kw = ohm_zone_step(&l->model[h], 0, &none, 1000);
        l->lines[h] =
            (lines){ kelvin.mass_end_c, kw.mass_end_c, kelvin.operative_c, kw.operative_c };
        add_lines(&l->mean, &l->lines[h], 1.0 / hours);
    }
    for (int k = 0; k < l->series->steps; k++) {
        ohm_zone_output rest = at(l, 0, k, 0);
        l->drift[k] = rest.mass_end_c;
        l->offset[k] = rest.operative_c;
    }
}

/* --- what a kilowatt-hour costs now -------------------------------------------------------------
 */

/* A watt for heat costs what it would be sold for while there is surplus: by the sun and the use
 * of step w, at the prices of step p. */
static double marginal_price(const lab *l, int w, int p)
{
    const ohm_lab_series *s = l->series;
    return s->pv_w[w] > s->load_w[w] ? s->export_price[p] : s->price[p];
}

/* What lies beyond the last day is as in it, hour by hour: not the last step for ever. */
int lab_within(const lab *l, int j)
{
    int last = l->series->steps - 1;
    while (j > last && j >= l->day_steps)
        j -= l->day_steps;
    return j < last ? j : last;
}

/* The step whose weather stands for step j when k is now: itself, or the same hour the day before
 * k's. The first day is its own forecast: there is nothing older. */
int lab_weather_like(const lab *l, int k, int j)
{
    if (l->control->perfect || j == k)
        return lab_within(l, j);
    int like = k - l->day_steps + (j - k) % l->day_steps;
    return lab_within(l, like < 0 ? j : like);
}

int lab_price_like(const lab *l, int k, int j)
{
    bool knows = l->control->perfect || !l->series->known;
    while (!knows && j >= l->series->known[k] && j >= l->day_steps) /* as a day before */
        j -= l->day_steps;
    return lab_within(l, j);
}

/* --- the planner ------------------------------------------------------------------------------ */

static void view(lab *l, int k, double base_c)
{
    const ohm_lab_series *s = l->series;
    for (int i = 0; i < l->control->horizon; i++) {
        int w = lab_weather_like(l, k, k + i), p = lab_price_like(l, k, k + i);
        int own = lab_within(l, k + i);
        double cop = ohm_heater_cop(&l->house->heater, s->outdoor_c[w]);
        l->cost_view[i] = marginal_price(l, w, p) * s->step_h / cop;
        /* The plan's zone is that of the mean hour; what this hour's air does more is taken at
         * the warmth of now. */
        const lines *hour = &l->lines[hour_at(l, own)];
        double mass = hour->mass_of_mass - l->mean.mass_of_mass;
        double op = hour->op_of_mass - l->mean.op_of_mass;
        l->drift_view[i] = l->drift[w] + mass * l->mass_c;
        l->offset_view[i] = l->offset[w] + op * l->mass_c - (s->low_c[own] - base_c);
    }
}

static double mean_of(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

/* Heat that fits below the subscribed power beside so many kW of the rest, at most what the heater
 * gives, kW. */
static double line_heat_kw(const lab *l, int k, double rest_kw)
{
    double most_kw = l->house->heater.heat_w_max / 1000, line_kw = l->house->subscribed_kw;
    if (line_kw <= 0)
        return most_kw;
    double left_kw = line_kw > rest_kw ? line_kw - rest_kw : 0;
    double heat_kw = left_kw * ohm_heater_cop(&l->house->heater, l->series->outdoor_c[k]);
    return heat_kw < most_kw ? heat_kw : most_kw;
}

/* What the house draws besides, less what its panels make, on the average of the horizon. */
static double mean_rest_kw(const lab *l, int k)
{
    const ohm_lab_series *s = l->series;
    double sum = 0;
    for (int i = 0; i < l->control->horizon; i++) {
        int w = lab_weather_like(l, k, k + i);
        double rest_w = s->load_w[w] - s->pv_w[w];
        sum += rest_w > 0 ? rest_w / 1000 : 0;
    }
    return sum / l->control->horizon;
}

/* The heat of this step by a plan made of what is known now, W. The planner has one limit of power
 * for all steps, the mean rest's; in its own step the heat gives way to what is drawn then. */
static double planned_w(lab *l, int k)
{
    const ohm_lab_control *c = l->control;
    double base_c = l->series->low_c[k], step_h = l->series->step_h;
    view(l, k, base_c);
    ohm_heating problem = {
        .steps = c->horizon,
        .states = 1,
        .a = { { l->mean.mass_of_mass } },
        .b = { l->mean.mass_of_kw },
        .c = { l->mean.op_of_mass },
        .d = l->mean.op_of_kw,
        .x0 = { l->mass_c },
        .u_max = line_heat_kw(l, k, mean_rest_kw(l, k)),
        .y_min = base_c,
        .y_max = base_c + l->house->comfort_width_k,
        .low_price = c->low_price * step_h,
        .high_price = c->high_price * step_h,
        .cost = l->cost_view,
        .drift = { l->drift_view },
        .offset = l->offset_view,
    };
    /* Heat that is there at the end is worth what it would cost on the average of these hours. */
    double per_kwh = mean_of(l->cost_view, c->horizon) / step_h;
    problem.end_price[0] = per_kwh * l->house->zone.c_m_j_per_k / 3.6e6;
    problem.end[0] = base_c;
    ohm_heating_options options = { .warm = l->planned };
    ohm_heating_result result;
    ohm_heating_solve(&l->plan, &problem, &options, &result);
    l->planned = true;
    l->sums->plans++;
    l->sums->plans_late_eur += result.objective_eur - result.bound_eur;
    /* As warm as planned with the air of this hour, not of the mean one. */
    double heat_w = 1000 * l->plan.u[0] * l->mean.op_of_kw / l->lines[hour_at(l, k)].op_of_kw;
    double now_w = 1000 * line_heat_kw(l, k, (l->series->load_w[k] - l->series->pv_w[k]) / 1000);
    return heat_w < now_w ? heat_w : now_w;
}

/* --- the controllers -------------------------------------------------------------------------- */

static double ideal_w(const lab *l, int k)
{
    const lines *of = &l->lines[hour_at(l, k)];
    double free_c = of->op_of_mass * l->mass_c + l->offset[k];
    double lacks_c = l->series->low_c[k] - free_c, most_w = l->house->heater.heat_w_max;
    if (lacks_c <= 0)
        return 0;
    double heat_w = 1000 * lacks_c / of->op_of_kw;
    return heat_w < most_w ? heat_w : most_w;
}

static double thermostat_w(lab *l, int k)
{
    double low_c = l->series->low_c[k];
    bool heats = l->heats ? l->operative_c <= low_c + l->house->band_k : l->operative_c < low_c;
    l->sums->switchings += heats != l->heats;
    l->heats = heats;
    return heats ? l->house->heater.heat_w_max : 0;
}

static double heat_of(lab *l, int k)
{
    if (!l->house->has_zone)
        return 0;
    switch (l->control->mode) {
    case OHM_LAB_MANUAL:
        return thermostat_w(l, k);
    case OHM_LAB_IDEAL:
        return ideal_w(l, k);
    case OHM_LAB_MPC:
        return planned_w(l, k);
    case OHM_LAB_PLAN:
    case OHM_LAB_MODES:
        break;
    }
    double heat_w = l->series->heat_w[k], most_w = l->house->heater.heat_w_max;
    return heat_w < 0 ? 0 : heat_w < most_w ? heat_w : most_w;
}

/* --- a step ------------------------------------------------------------------------------------
 */

static void add_energy(lab *l, int k, const ohm_lab_step *o)
{
    const ohm_lab_series *s = l->series;
    ohm_lab_sums *sums = l->sums;
    double kwh = s->step_h / 1000, in_kwh = o->grid_w > 0 ? o->grid_w * kwh : 0;
    double out_kwh = o->grid_w < 0 ? -o->grid_w * kwh : 0;
    sums->import_kwh += in_kwh;
    sums->export_kwh += out_kwh;
    sums->energy_eur += in_kwh * s->price[k];
    sums->feed_in_eur += out_kwh * s->export_price[k];
    sums->period_kwh[s->period[k]] += in_kwh;
    sums->period_eur[s->period[k]] += in_kwh * s->price[k];
    sums->wear_eur += fabs(o->battery_w) * kwh * l->house->battery_wear_eur_per_kwh;
    sums->battery_in_kwh += o->battery_w > 0 ? o->battery_w * kwh : 0;
    sums->load_kwh += s->load_w[k] * kwh;
    sums->pv_kwh += s->pv_w[k] * kwh;
    sums->heat_kwh += o->heat_w * kwh;
    sums->heating_kwh += o->heating_w * kwh;
    if (o->grid_w / 1000 > sums->import_peak_kw)
        sums->import_peak_kw = o->grid_w / 1000;
    if (l->house->subscribed_kw > 0 && o->grid_w / 1000 > l->house->subscribed_kw + 1e-9)
        sums->over_h += s->step_h;
    sums->co2_kg += s->co2_g_per_kwh ? in_kwh * s->co2_g_per_kwh[k] / 1000 : NAN;
}

static void add_comfort(lab *l, int k, double operative_c)
{
    ohm_lab_sums *sums = l->sums;
    double low_c = l->series->low_c[k], high_c = low_c + l->house->comfort_width_k;
    double step_h = l->series->step_h;
    sums->cold_kh += operative_c < low_c ? (low_c - operative_c) * step_h : 0;
    sums->hot_kh += operative_c > high_c ? (operative_c - high_c) * step_h : 0;
    sums->operative_mean_c += operative_c / l->series->steps;
    if (k == 0 || operative_c < sums->operative_least_c)
        sums->operative_least_c = operative_c;
    if (k == 0 || operative_c > sums->operative_most_c)
        sums->operative_most_c = operative_c;
}

static void live(lab *l, int k, ohm_lab_step *o)
{
    const ohm_lab_series *s = l->series;
    *o = (ohm_lab_step){ .heat_w = heat_of(l, k) };
    o->heating_w = o->heat_w / ohm_heater_cop(&l->house->heater, s->outdoor_c[k]);
    if (l->house->has_zone) {
        ohm_zone_output now = at(l, l->mass_c, k, o->heat_w);
        o->mass_c = l->mass_c = now.mass_end_c;
        o->air_c = now.air_c;
        o->operative_c = l->operative_c = now.operative_c;
        add_comfort(l, k, now.operative_c);
    }
    double devices_w = 1000 * lab_devices_kw(l, k, o->heating_w / 1000, o);
    double net_w = s->load_w[k] + o->heating_w + devices_w - s->pv_w[k];
    double kw = lab_battery_kw(l, k, net_w / 1000), ratio = l->house->battery_ratio;
    l->stored_kwh += s->step_h * (kw > 0 ? kw * ratio : kw / ratio);
    o->battery_w = 1000 * kw;
    o->stored_kwh = l->stored_kwh;
    o->grid_w = net_w + o->battery_w;
    add_energy(l, k, o);
}

/* As large as a home with all that this house has. */
static bool get_home_memory(lab *l)
{
    if (!lab_has_devices(l->house))
        return true;
    ohm_home home = l->home;
    home.steps = l->control->horizon;
    home.dt_h = l->series->step_h;
    home.has_battery = l->house->battery_kwh > 0;
    /* What is worth something at the end takes rows of its own. */
    home.battery = (ohm_home_battery){ .most_kwh = l->house->battery_kwh, .end_eur_per_kwh = 1 };
    l->home_memory = malloc(ohm_home_size(&home));
    return l->home_memory != NULL;
}

static bool get_memory(lab *l)
{
    size_t steps = (size_t)l->series->steps, horizon = (size_t)l->control->horizon;
    l->drift = calloc(2 * steps + 10 * horizon + ohm_battery_room((int)horizon), sizeof *l->drift);
    if (!l->drift)
        return false;
    l->offset = l->drift + steps;
    l->cost_view = l->offset + steps;
    l->drift_view = l->cost_view + horizon;
    l->offset_view = l->drift_view + horizon;
    l->need_view = l->offset_view + horizon;
    l->import_view = l->need_view + horizon;
    l->export_view = l->import_view + horizon;
    l->load_view = l->export_view + horizon;
    l->pv_view = l->load_view + horizon;
    l->draw_view = l->pv_view + horizon;
    l->here_view = l->draw_view + horizon;
    l->room = l->here_view + horizon;
    if (l->control->mode != OHM_LAB_MPC)
        return true;
    l->memory = malloc(ohm_heating_size(l->control->horizon, 1));
    if (l->memory)
        ohm_heating_init(&l->plan, l->control->horizon, 1, l->memory);
    return l->memory != NULL && get_home_memory(l);
}

static void run(lab *l, ohm_lab_step *out)
{
    const ohm_lab_house *h = l->house;
    double start_c = isnan(h->mass_start_c) ? l->series->low_c[0] : h->mass_start_c;
    l->mass_c = l->operative_c = start_c;
    l->day_steps = (int)(24 / l->series->step_h + 0.5);
    if (h->has_zone)
        draw_lines(l);
    for (int k = 0; k < l->series->steps; k++) {
        ohm_lab_step one;
        live(l, k, &one);
        if (out)
            out[k] = one;
    }
    if (h->has_zone)
        l->sums->mass_gain_kwh = (l->mass_c - start_c) * h->zone.c_m_j_per_k / 3.6e6;
    l->sums->stored_gain_kwh = l->stored_kwh;
    l->sums->water_gain_kwh = h->tank_kw > 0 ? l->water_kwh - h->tank_kwh : 0;
}

ohm_err ohm_lab_run(const ohm_lab_house *house, const ohm_lab_series *series,
                    const ohm_lab_control *control, ohm_lab_step *out, ohm_lab_sums *ret_sums)
{
    OHM_TRY(ohm_lab_check(house, series, control));
    ohm_lab_sums sums = { .switchings = 0 };
    lab l = { .house = house, .series = series, .control = control, .sums = &sums };
    lab_start_devices(&l);
    bool has_memory = get_memory(&l);
    if (has_memory)
        run(&l, out);
    free(l.home_memory);
    free(l.memory);
    free(l.drift);
    if (!has_memory)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    *ret_sums = sums;
    return ohm_ok();
}
