/* What is counted on the way to a plan: what the house draws beside what is planned, and what
 * tanks and cars hold that no sensor tells of. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cmd/daemon.h"
#include "cmd/daemon_demo.h"
#include "cmd/daemon_plan.h"
#include "host/clock.h"
#include "host/log.h"

#define BASE_KEY    "plan/base"
#define HYGIENE_KEY "plan/legionella"

static int minute_of_day(const ohm_daemon *d, ohm_ms utc_ms)
{
    ohm_civil local = ohm_civil_from_utc(&d->config->tz, utc_ms);
    return local.hour * 60 + local.minute;
}

/* What the main meter feeds back, W. */
static double export_w(const ohm_daemon *d)
{
    const ohm_daemon_latest *latest = &d->latest[d->config->main_device];
    for (int k = 0; k < latest->values_count; k++)
        if (latest->values[k].quantity == OHM_Q_POWER_EXPORT)
            return ohm_quantity_value(OHM_Q_POWER_EXPORT, latest->values[k].value);
    return 0;
}

bool ohm_daemon_plan_net_w(const ohm_daemon *d, double *ret_w)
{
    const ohm_supply *supply = &ohm_engine_control_of(d->engine)->supply;
    double back_w = export_w(d);
    bool feeds = supply->import_w < 0 && supply->seen && supply->va[0] == 0 && back_w > 0;
    if (!ohm_engine_meter_fresh_of(d->engine) || (supply->import_w < 0 && !feeds))
        return false;
    *ret_w = (feeds ? 0 : supply->import_w) - back_w;
    return true;
}

/* Of a load that is fed: what it is told, or all that it can. */
static double drawn_kw(const ohm_day_load *load, const ohm_load_state *states, int k)
{
    return load->step_w > 0 ? states[load->loads[k]].setting / 1000.0 : load->each_kw[k];
}

/* What the site draws beside the planned loads. */
static void count_base(ohm_daemon_plan *p, ohm_ms utc_ms, int64_t ms)
{
    const ohm_daemon *d = p->daemon;
    const ohm_load_state *states = ohm_engine_loads_of(d->engine);
    /* What panels make is told apart from what is drawn. */
    double net_w, battery_w, sun_w = ohm_daemon_sun_now_w(d, utc_ms);
    if (!ohm_daemon_plan_net_w(d, &net_w) || !ohm_daemon_battery_w(p, &battery_w) || isnan(sun_w))
        return;
    double fed_kw[OHM_DAY_LOADS * OHM_HEAT_LOADS_MAX];
    int fed = 0;
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        for (int k = 0; k < p->facts.loads[i].count; k++)
            if (states[p->facts.loads[i].loads[k]].fed)
                fed_kw[fed++] = drawn_kw(&p->facts.loads[i], states, k);
    double kw = ohm_day_base_kw((net_w - battery_w) / 1000, sun_w / 1000, fed_kw, fed);
    if (ohm_base_count(&p->base, &d->config->tz, ohm_daemon_holidays(d), utc_ms, kw, ms))
        ohm_daemon_plan_save(p);
}

/* Tanks and cars without a sensor: as if their loads drew whenever they are fed. */
static void count_loads(ohm_daemon_plan *p, int minute, int64_t ms)
{
    const ohm_load_state *states = ohm_engine_loads_of(p->daemon->engine);
    const ohm_site_plan *plan = &p->facts.plan;
    const ohm_day_load *tank = &p->facts.loads[OHM_HOME_TANK], *car = &p->facts.loads[OHM_HOME_CAR];
    double hours = (double)ms / (double)OHM_HOUR_MS, room = ohm_day_water_room_kwh(plan);
    double used = (double)plan->day_litres * 0.033 / 24; /* kWh an hour, on the mean */
    if (tank->there) {
        p->water_kwh += hours * ((states[tank->loads[0]].fed ? tank->power_kw : 0) - used);
        p->water_kwh = p->water_kwh < 0 ? 0 : p->water_kwh > room ? room : p->water_kwh;
    }
    bool once = p->facts.wish_ready_ms != OHM_NO_MS;
    bool home = once || ohm_day_car_home(plan, minute);
    if (car->there && home != p->car_was_home)
        p->car_got_kwh = 0;
    if (car->there && home && states[car->loads[0]].fed)
        p->car_got_kwh += hours * drawn_kw(car, states, 0);
    p->car_was_home = home;
}

/* By the tank's sensor, or by what it was fed where there is none. */
static void count_hygiene(ohm_daemon_plan *p, ohm_ms utc_ms, int64_t ms)
{
    const ohm_site_plan *plan = &p->facts.plan;
    const ohm_daemon *d = p->daemon;
    if (!p->facts.loads[OHM_HOME_TANK].there || plan->hygiene_days == 0)
        return;
    double water_c =
        d->demo ? ohm_demo_house(d)->tank_c : ohm_daemon_plan_sensor_c(d, plan->water_sensor);
    bool through = false;
    if (!ohm_day_hygiene_count(&p->hygiene, plan, water_c, p->water_kwh, utc_ms, ms, &through))
        return;
    if (through)
        ohm_log(OHM_LOG_NOTICE, "tank heated through load=%s%s", plan->water_load,
                isnan(water_c) ? " (estimated)" : "");
    ohm_daemon_plan_save(p);
}

ohm_ms ohm_daemon_plan_hygiene_due(const ohm_daemon_plan *p)
{
    const int64_t day_ms = 24 * OHM_HOUR_MS;
    const ohm_site_plan *plan = &p->facts.plan;
    if (plan->hygiene_days == 0 || p->hygiene.through_ms == OHM_NO_MS)
        return OHM_NO_MS;
    return p->hygiene.through_ms + plan->hygiene_days * day_ms;
}

void ohm_daemon_plan_count(ohm_daemon_plan *p)
{
    ohm_mono_ms now = ohm_clock_mono();
    ohm_ms utc_ms = ohm_clock_utc();
    int64_t ms = ohm_mono_since(now, p->counted);
    p->counted = now;
    if (!p->daemon->clock_set || ms <= 0 || ms > OHM_MINUTE_MS)
        return;
    count_base(p, utc_ms, ms);
    count_loads(p, minute_of_day(p->daemon, utc_ms), ms);
    ohm_daemon_car_keep(p, utc_ms);
    count_hygiene(p, utc_ms, ms);
}

/* --- kept over a restart ---------------------------------------------------------------------- */

void ohm_daemon_plan_save(ohm_daemon_plan *p)
{
    size_t len = 0;
    uint8_t *bytes = ohm_base_save(&p->base, &len);
    ohm_code code =
        bytes ? ohm_store_put(p->daemon->store, BASE_KEY, ohm_span_of(bytes, len)) : OHM_NO_MEMORY;
    if (code != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "what the house draws was not kept (it is tried again)");
    free(bytes);
    char text[24];
    int written = snprintf(text, sizeof text, "%lld", (long long)p->hygiene.through_ms);
    if (p->hygiene.through_ms != OHM_NO_MS &&
        ohm_store_put(p->daemon->store, HYGIENE_KEY, ohm_span_of(text, (size_t)written)) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "when the tank was heated through was not kept");
}

static void recall_hygiene(ohm_daemon_plan *p, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int64_t ms = 0;
    p->hygiene.through_ms = OHM_NO_MS;
    if (!ohm_failed(ohm_reader_get(reader, HYGIENE_KEY, &bytes, &len)) &&
        ohm_number_int(ohm_span_of(bytes, len), &ms) == OHM_OK && ms > 0)
        p->hygiene.through_ms = ms;
    free(bytes);
}

ohm_err ohm_daemon_plan_recall(ohm_daemon_plan *p, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    p->counted = ohm_clock_mono();
    p->water_kwh = ohm_day_water_room_kwh(&p->facts.plan) / 2;
    if (!ohm_base_init(&p->base))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (!ohm_failed(ohm_reader_get(reader, BASE_KEY, &bytes, &len)) &&
        !ohm_base_load(&p->base, ohm_span_of(bytes, len)))
        ohm_log(OHM_LOG_WARNING, "what was learnt of the house can't be read: learnt anew");
    free(bytes);
    recall_hygiene(p, reader);
    ohm_daemon_car_recall(p, reader);
    return ohm_ok();
}
