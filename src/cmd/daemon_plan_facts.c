/* What is known of the coming day: prices, weather, sun, what the house draws, loads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/daemon_demo.h"
#include "cmd/daemon_plan.h"
#include "host/clock.h"

enum {
    SENSOR_MS = 30 * OHM_MINUTE_MS, /* an older temperature is none */
    MADE_MS = 10 * OHM_MINUTE_MS,   /* nor power */
    DAY_MS = 24 * OHM_HOUR_MS,
};

/* The temperature that a meter says, NAN if none lately. */
double ohm_daemon_plan_sensor_c(const ohm_daemon *d, const char *id)
{
    for (int i = 0; id[0] && i < d->site->meters_count; i++) {
        const ohm_daemon_latest *latest = &d->latest[i];
        if (strcmp(d->devices[i].id, id) != 0)
            continue;
        for (int k = 0; k < latest->values_count; k++) {
            const ohm_daemon_value *v = &latest->values[k];
            if (v->quantity == OHM_Q_TEMPERATURE && v->time_ms != OHM_NO_MS &&
                ohm_daemon_value_age(latest, v, ohm_clock_mono()) <= SENSOR_MS)
                return (double)v->value / 100;
        }
    }
    return NAN;
}

/* The price of each step; past the last that is known, that of the same time a day before. */
static void know_prices(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_contract *contract = &d->config->contract;
    int day = (int)(DAY_MS / facts->step_ms);
    ohm_price price = { .until_ms = OHM_NO_MS };
    ohm_code code = OHM_GAP;
    facts->priced = 0;
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        code = ohm_daemon_price(d, at_ms, &price);
        int before = k >= day ? k - day : k - 1;
        bool known = code == OHM_OK;
        facts->price_eur[k] = known         ? (double)price.ueur_per_kwh * 1e-6
                              : before >= 0 ? facts->price_eur[before]
                                            : 0;
        if (known && facts->priced == k)
            facts->priced = k + 1;
        int row = ohm_contract_row(contract, ohm_civil_from_utc(&d->config->tz, at_ms).date);
        int64_t sold = row >= 0 ? contract->rows[row].export_ueur_per_kwh : 0;
        facts->export_eur[k] = sold > 0 ? (double)sold * 1e-6 : 0;
    }
}

double ohm_day_number(const ohm_segment *segment)
{
    double value = (double)segment->mantissa;
    for (int e = segment->exponent; e > 0; e--)
        value *= 10;
    for (int e = segment->exponent; e < 0; e++)
        value /= 10;
    return value;
}

/* A service of forecasts goes first: it knows the weather. Else what the site's own panels did. */
double ohm_daemon_plan_sun_kw(const ohm_daemon *d, ohm_ms at_ms, ohm_sun_origin *ret_origin)
{
    ohm_forecast_value said;
    double watts = ohm_daemon_panels_w(d, at_ms);
    ohm_sun_origin origin = isnan(watts) ? OHM_SUN_NONE : OHM_SUN_SERVICE;
    if (isnan(watts) && ohm_daemon_solar_at(d, at_ms, OHM_BASE_ENOUGH, &said)) {
        origin = OHM_SUN_LEARNT;
        watts = said.mean;
    }
    if (ret_origin)
        *ret_origin = origin;
    return watts > 0 ? watts / 1000 : 0;
}

double ohm_day_sun_w(int meters, int silent, double made_w, double forecast_w)
{
    if (meters == 0)
        return forecast_w;
    return silent == 0 || forecast_w <= 0 ? made_w : (double)NAN;
}

/* What its meters feed in beside the main one, once. */
double ohm_daemon_sun_now_w(const ohm_daemon *d, ohm_ms utc_ms)
{
    ohm_sun_origin origin;
    double forecast_w = ohm_daemon_plan_sun_kw(d, utc_ms, &origin) * 1000, made_w = 0;
    int meters = 0, silent = 0;
    if (d->demo)
        return ohm_demo_house(d)->solar_w;
    if (origin == OHM_SUN_NONE && ohm_daemon_has_panels(d))
        forecast_w = NAN;
    for (int i = 0; i < d->site->meters_count; i++) {
        const ohm_daemon_latest *latest = &d->latest[i];
        if (i == d->config->main_device || d->devices[i].place.part_of >= 0 ||
            d->devices[i].place.source_of >= 0)
            continue;
        for (int k = 0; k < latest->values_count; k++) {
            const ohm_daemon_value *v = &latest->values[k];
            if (v->quantity != OHM_Q_POWER_EXPORT)
                continue;
            bool fresh = ohm_daemon_value_age(latest, v, ohm_clock_mono()) <= MADE_MS;
            meters++;
            silent += !fresh;
            made_w += fresh ? ohm_quantity_value(OHM_Q_POWER_EXPORT, v->value) : 0;
        }
    }
    return ohm_day_sun_w(meters, silent, made_w, forecast_w);
}

/* False: nobody says how warm it will be. What the forecast does not reach is as its last hour. */
static bool know_weather(const ohm_daemon *d, ohm_day_facts *facts)
{
    bool warm = facts->has_demo;
    for (int k = 0; k < facts->steps && !facts->has_demo; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms + facts->step_ms / 2;
        const ohm_segment *outdoor = ohm_daemon_outdoor_at(d, at_ms);
        ohm_sun_origin sun;
        warm = warm || outdoor;
        facts->outdoor_c[k] = outdoor ? ohm_day_number(outdoor)
                              : k > 0 ? facts->outdoor_c[k - 1]
                                      : 0;
        facts->sun_kw[k] = ohm_daemon_plan_sun_kw(d, at_ms, &sun);
        facts->sun_origin = sun > facts->sun_origin ? sun : facts->sun_origin;
    }
    return warm;
}

/* Whichever is known for fewer days is what the plan is said to be made of. */
static void know_base(const ohm_daemon_plan *p, ohm_day_facts *facts)
{
    double else_kw = (double)facts->plan.base_w / 1000;
    facts->base_origin = OHM_BASE_LEARNT;
    facts->base_days = ohm_base_days(&p->base);
    for (int k = 0; k < facts->steps; k++) {
        ohm_ms at_ms = facts->from_ms + k * facts->step_ms;
        ohm_base_value v = ohm_base_at(&p->base, facts->tz, at_ms, else_kw);
        facts->base_kw[k] = v.kw;
        ohm_forecast_value sun;
        bool learnt = facts->sun_origin == OHM_SUN_LEARNT &&
                      ohm_daemon_solar_at(p->daemon, at_ms, OHM_BASE_ENOUGH, &sun);
        facts->margin_kw[k] = ohm_day_margin_kw(&v, learnt ? &sun : NULL);
        if (v.origin < facts->base_origin)
            facts->base_origin = v.origin;
    }
}

static void know_loads(ohm_daemon_plan *p, ohm_day_facts *facts)
{
    const ohm_daemon *d = p->daemon;
    const ohm_house *house = facts->has_demo ? ohm_demo_house(d) : NULL;
    const ohm_site_plan *plan = &facts->plan;
    if (house)
        facts->demo = *house;
    double water_c = house ? house->tank_c : ohm_daemon_plan_sensor_c(d, plan->water_sensor);
    facts->water_seen = !isnan(water_c);
    facts->water_kwh = facts->water_seen ? ohm_day_water_kwh(plan, water_c) : p->water_kwh;
    facts->hygiene_due_ms = ohm_daemon_plan_hygiene_due(p);
    double left = (double)plan->need_wh / 1000 - p->car_got_kwh;
    facts->car_left_kwh = house && !facts->wished
                              ? (house->car_wh_left > 0 ? house->car_wh_left / 1000 : NAN)
                          : p->car_was_home ? (left > 0 ? left : 0)
                                            : NAN;
}

const char *ohm_daemon_plan_know(ohm_daemon_plan *p, ohm_day_facts *facts)
{
    ohm_daemon *d = p->daemon;
    *facts = p->facts;
    facts->made_ms = ohm_clock_utc();
    facts->from_ms = facts->made_ms - facts->made_ms % facts->step_ms;
    if (!d->clock_set)
        return "the clock is not set";
    if (!d->config->has_contract)
        return "there is no contract: prices are not known";
    know_prices(d, facts);
    if (facts->priced == 0)
        return "no price is known";
    know_loads(p, facts);
    bool weather = know_weather(d, facts);
    double own_c = ohm_daemon_plan_sensor_c(d, facts->plan.heating_sensor);
    ohm_day_zones_know(d, facts, weather, own_c);
    know_base(p, facts);
    ohm_day_grid_know(d, facts);
    ohm_daemon_battery_know(d, facts);
    bool battery = facts->battery.there && !isnan(facts->battery.charged_ratio);
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there || battery)
            return NULL;
    if (facts->battery.there)
        return "how full the battery is nobody says";
    return "neither the weather nor the room's temperature is known";
}

/* --- what another plan follows from ----------------------------------------------------------- */

static uint64_t mixed(uint64_t mark, int64_t value)
{
    return (mark ^ (uint64_t)value) * 1099511628211u;
}

uint64_t ohm_day_mark(const ohm_day_facts *facts)
{
    uint64_t mark = 14695981039346656037u;
    const int64_t single[] = { facts->wished,
                               facts->wish_ready_ms / OHM_MINUTE_MS,
                               facts->plan.ready_minute,
                               facts->plan.need_wh,
                               facts->hygiene_due_ms / OHM_HOUR_MS,
                               facts->from_ms,
                               facts->priced,
                               llround(facts->subscribed_kw * 10),
                               llround(facts->water_kwh * 2),
                               isnan(facts->car_left_kwh) ? -1 : llround(facts->car_left_kwh),
                               isnan(facts->battery.charged_ratio)
                                   ? -1
                                   : llround(facts->battery.charged_ratio * 100) };
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        mark = mixed(mark, single[i]);
    for (int z = 0; z < OHM_DAY_ZONES_MAX; z++) {
        const ohm_day_zone *zone = &facts->zones[z];
        if (!facts->loads[OHM_DAY_ZONE + z].there)
            continue;
        mark = mixed(mark, llround(zone->indoor_c * 2)) + (uint64_t)z;
        mark = mixed(mark, llround(zone->loss_w_per_k));
        for (int k = 0; k < facts->steps; k++)
            mark = mixed(mark, lround((double)zone->set_c[k] * 10));
    }
    for (int k = 0; k < facts->steps; k++) {
        const int64_t of_step[] = {
            llround(facts->price_eur[k] * 1e5), llround(facts->weight_eur[k] * 500),
            llround(facts->sun_kw[k] * 4),      llround(facts->base_kw[k] * 4),
            llround(facts->import_kw[k] * 10),  llround(facts->outdoor_c[k]),
            llround(facts->margin_kw[k] * 4)
        };
        for (size_t i = 0; i < sizeof of_step / sizeof *of_step; i++)
            mark = mixed(mark, of_step[i]);
        for (int i = 0; i < OHM_DAY_LOADS; i++)
            mark = mixed(mark, facts->by[i][k] + 8 * lround((double)facts->fed_share[i][k] * 8) +
                                   64 * lround((double)facts->off_share[i][k] * 8));
    }
    return mark;
}
