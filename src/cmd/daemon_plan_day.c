/* From what is known of the coming day to the problem of a home (plan/home.h). */
#include <math.h>
#include <string.h>

#include "cmd/daemon_plan.h"

#define WATER_KWH_PER_L_K  0.001163
#define COLD_C             12.0
#define USED_C             40.0 /* hot water is told at */
#define ROOM_C             18.0 /* around the tank */
#define TANK_LOSS_W_PER_K  2.0
#define WARM_EUR_PER_K_H   0.4
#define START_EUR          0.05
#define STORED_EUR_PER_K   0.15 /* of heat at the end, per kWh per K */
#define HOLD_STEPS_MINUTES 30

/* How a day's hot water is drawn: shares of four parts of the day. */
static const struct {
    int from, to; /* minutes */
    double share;
} draws[] = { { 6 * 60, 9 * 60, 0.45 }, { 12 * 60, 14 * 60, 0.10 }, { 18 * 60, 22 * 60, 0.45 } };

double ohm_day_water_room_kwh(const ohm_site_plan *plan)
{
    return (double)plan->litres * WATER_KWH_PER_L_K *
           (double)(plan->water_high_c - plan->water_low_c);
}

double ohm_day_water_kwh(const ohm_site_plan *plan, double temperature_c)
{
    double kwh =
        (double)plan->litres * WATER_KWH_PER_L_K * (temperature_c - (double)plan->water_low_c);
    double room = ohm_day_water_room_kwh(plan);
    return kwh < 0 ? 0 : kwh > room ? room : kwh;
}

double ohm_day_base_kw(double net_kw, double sun_kw, const double *fed_kw, int count)
{
    double kw = net_kw + sun_kw;
    for (int i = 0; i < count; i++)
        if (kw >= fed_kw[i])
            kw -= fed_kw[i];
    return kw > 0 ? kw : 0;
}

static bool between(int minute, int from, int to)
{
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

bool ohm_day_car_home(const ohm_site_plan *plan, int minute)
{
    return between(minute, plan->home_minute, plan->ready_minute);
}

double ohm_day_stay_h(const ohm_site_plan *plan)
{
    int minutes = plan->ready_minute - plan->home_minute;
    return (minutes > 0 ? minutes : minutes + 24 * 60) / 60.0;
}

static int minute_of(const ohm_day_facts *facts, int k)
{
    ohm_civil local = ohm_civil_from_utc(facts->tz, facts->from_ms + k * facts->step_ms);
    return local.hour * 60 + local.minute;
}

static double draw_kw(const ohm_site_plan *plan, int minute)
{
    double day_kwh = (double)plan->day_litres * WATER_KWH_PER_L_K * (USED_C - COLD_C);
    double kw = TANK_LOSS_W_PER_K * ((double)plan->water_low_c - ROOM_C) / 1000;
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        if (between(minute, draws[i].from, draws[i].to))
            kw += day_kwh * draws[i].share * 60 / (draws[i].to - draws[i].from);
    return kw;
}

/* The demo's house lived ahead, its loads at rest: its weather, its sun, what else it draws. */
static void live_ahead(ohm_day_facts *facts, double *rest_kw)
{
    static const bool none[OHM_HOUSE_LOADS] = { false };
    ohm_house house = facts->demo;
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        if (at_ms > house.time_ms)
            ohm_house_step(&house, facts->tz, at_ms, none);
        double drawn_w = house.solar_w;
        for (int p = 0; p < OHM_HOUSE_PHASES; p++)
            drawn_w += house.rest_w[p];
        facts->outdoor_c[k] = house.outdoor_c;
        facts->sun_kw[k] = house.solar_w / 1000;
        rest_kw[k] = (drawn_w > 0 ? drawn_w : 0) / 1000;
    }
    facts->sun_origin = OHM_SUN_SERVICE;
}

static void add_tank(const ohm_day_facts *facts, ohm_day *out)
{
    const ohm_site_plan *plan = &facts->plan;
    double litres = (double)plan->litres, fed_kwh;
    out->home.has_tank = true;
    out->water_most_kwh = ohm_day_water_room_kwh(plan);
    /* As if it were in there from the start: a person's wish is of now. */
    fed_kwh =
        ohm_day_fed_kwh(facts, OHM_HOME_TANK, out->water_most_kwh - facts->water_kwh, out->base_kw);
    out->home.tank = (ohm_home_tank){
        .power_kw = facts->loads[OHM_HOME_TANK].power_kw,
        .loss_ratio = TANK_LOSS_W_PER_K * out->home.dt_h / (litres * WATER_KWH_PER_L_K * 1000),
        .start_kwh = facts->water_kwh + fed_kwh,
        .least_kwh = out->water_most_kwh / 10,
        .most_kwh = out->water_most_kwh,
        .short_eur_per_kwh = ohm_day_short_water_eur(facts),
        .water_eur_per_kwh = ohm_day_lack_eur(facts, OHM_HOME_TANK),
    };
    if (facts->hygiene_due_ms == OHM_NO_MS)
        return;
    ohm_day_hygiene(facts, out, out->series[13]);
    out->home.tank_least_kwh = out->series[13];
}

/* The stay under way, or else the next one: each night has a need of its own. */
static void add_car(const ohm_day_facts *facts, ohm_day *out, double *here)
{
    const ohm_site_plan *plan = &facts->plan;
    const ohm_day_load *load = &facts->loads[OHM_HOME_CAR];
    bool once = facts->wish_ready_ms != OHM_NO_MS;
    bool now = !isnan(facts->car_left_kwh);
    double need = now ? facts->car_left_kwh : (double)plan->need_wh / 1000;
    need = fmax(0, need - ohm_day_fed_kwh(facts, OHM_HOME_CAR, INFINITY, out->base_kw));
    bool begun = false, over = false;
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        bool home = once ? at_ms + facts->step_ms <= facts->wish_ready_ms
                         : ohm_day_car_home(plan, minute_of(facts, k)) || (now && k == 0);
        over = over || (begun && !home);
        begun = begun || home;
        here[k] = home && !over ? 1 : 0;
    }
    out->home.has_car = true;
    out->stay_need_kwh = need;
    out->home.car = (ohm_home_car){
        .least_kw = load->step_w > 0 ? load->least_kw : load->power_kw,
        .most_kw = load->power_kw,
        .ratio = 1,
        .need_kwh = need,
        .short_eur_per_kwh = ohm_day_lack_eur(facts, OHM_HOME_CAR),
        .stay_h = now ? (double)facts->step_ms / 3.6e6 : ohm_day_stay_h(plan),
    };
}

/* Loses heat and stores it, told as above its set point: that may change by the hour, while the
 * limits stay. */
void ohm_day_zone_in(const ohm_day_facts *facts, ohm_day *day, int z, const double *others_kw)
{
    const ohm_day_zone *zone = &facts->zones[z];
    double *cop = day->series[6], *drift = day->series[7], *offset = day->series[8];
    double loss = zone->loss_w_per_k, dt = day->home.dt_h;
    double keep = exp(-loss * dt / zone->store_wh_per_k);
    double power = facts->loads[OHM_DAY_ZONE + z].power_kw, last_c = 0;
    for (int k = 0; k < facts->steps; k++) {
        last_c = (double)zone->set_c[k];
        /* Power that is off heats nothing, and what is fed heats without the plan. */
        double fed = (double)facts->fed_share[OHM_DAY_ZONE + z][k];
        double off = (double)facts->off_share[OHM_DAY_ZONE + z][k];
        cop[k] = ohm_day_is_taken(facts, OHM_DAY_ZONE + z, k) ? 0 : zone->cop * (1 - off - fed);
        drift[k] = (1 - keep) * (facts->outdoor_c[k] + fed * zone->cop * power * 1000 / loss);
        offset[k] = -last_c;
        day->series[2][k] = day->base_kw[k] + (others_kw ? others_kw[k] : 0);
    }
    int hold = (int)(HOLD_STEPS_MINUTES * OHM_MINUTE_MS / facts->step_ms);
    day->home.has_pump = true;
    day->home.pump = (ohm_home_pump){
        .least_kw = power,
        .most_kw = power,
        .start_eur = START_EUR,
        .hold_on = hold,
        .hold_off = hold,
        .running = zone->runs,
        .a = keep,
        .b = (1 - keep) / loss * 1000,
        .c = 1,
        .d = 0,
        .start_c = zone->indoor_c,
        .end_c = last_c + (zone->above_k - zone->below_k) / 2,
        .low_c = -zone->below_k,
        .high_c = zone->above_k,
        .low_eur = ohm_day_cold_eur(facts, z) * dt,
        .high_eur = WARM_EUR_PER_K_H * dt,
        .end_eur = STORED_EUR_PER_K * zone->store_wh_per_k / 1000,
    };
}

void ohm_day_zones_in(const ohm_day_facts *facts, ohm_day *day)
{
    day->home.has_pump = false;
    for (int k = 0; k < facts->steps; k++)
        day->series[2][k] = day->base_kw[k];
}

void ohm_day_make(ohm_day_facts *facts, ohm_day *out)
{
    memset(out, 0, sizeof *out);
    out->hygiene_from = out->hygiene_to = -1;
    double(*series)[OHM_DAY_STEPS_MAX] = out->series;
    ohm_home *home = &out->home;
    home->steps = facts->steps;
    home->dt_h = (double)facts->step_ms / 3.6e6;
    home->subscribed_kw = facts->subscribed_kw;
    home->over_eur_per_kwh = ohm_day_over_eur(facts);
    const double **const to[] = { &home->import_eur, &home->export_eur, &home->load_kw,
                                  &home->pv_kw,      &home->draw_kw,    &home->car_here,
                                  &home->cop,        &home->drift,      &home->offset,
                                  &home->import_kw,  &home->weight_eur, &home->tank_held,
                                  &home->car_held };
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        *to[i] = series[i];
    for (int k = 0; k < facts->steps; k++)
        out->base_kw[k] = facts->base_kw[k];
    if (facts->has_demo)
        live_ahead(facts, out->base_kw);
    for (int k = 0; k < facts->steps; k++) {
        series[0][k] = facts->price_eur[k] + facts->weight_eur[k];
        series[1][k] = facts->export_eur[k];
        series[3][k] = facts->sun_kw[k];
        series[10][k] = facts->weight_eur[k];
        series[11][k] = ohm_day_is_taken(facts, OHM_HOME_TANK, k);
        series[12][k] = ohm_day_is_taken(facts, OHM_HOME_CAR, k);
        series[4][k] = draw_kw(&facts->plan, minute_of(facts, k));
    }
    if (facts->loads[OHM_HOME_TANK].there)
        add_tank(facts, out);
    if (facts->loads[OHM_HOME_CAR].there)
        add_car(facts, out, series[5]);
    for (int z = OHM_DAY_ZONE; z < OHM_DAY_LOADS; z++)
        if (facts->loads[z].there)
            (void)ohm_day_fed_kwh(facts, z, INFINITY, out->base_kw);
    for (int k = 0; k < facts->steps; k++)
        series[2][k] = out->base_kw[k];
    ohm_day_margin_leave(facts, out, false);
}

double ohm_day_over_kw(const ohm_day_job *job, int k)
{
    const ohm_day_facts *facts = &job->facts;
    double kw = job->day.base_kw[k] - facts->sun_kw[k] - facts->import_kw[k];
    kw += job->battery.planned ? job->battery.kw[k] : 0;
    for (int i = 0; i < OHM_DAY_LOADS; i++) {
        const ohm_day_load *load = &facts->loads[i];
        if (!load->there || ohm_day_is_taken(facts, i, k))
            continue; /* what is fed without the plan is in the base */
        if (i >= OHM_DAY_ZONE)
            kw += job->zone_kw[i - OHM_DAY_ZONE][k];
        else if (job->runs[i][k])
            kw += i == OHM_HOME_CAR && job->car_w[k] > 0 ? job->car_w[k] / 1000.0 : load->power_kw;
    }
    return kw;
}
