/* The battery on the loop: what its meter says of it, and what the engine is asked for. Where the
 * plan ends, or how full it is is not known, nothing is asked and its inverter goes by its own
 * mode. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "control/setting.h"
#include "host/clock.h"

enum {
    SAID_MS = 15 * OHM_MINUTE_MS, /* an older charge is none */
    SETTLE_MS = 5 * OHM_SECOND_MS,
};

void ohm_daemon_battery_start(const ohm_daemon *d, ohm_day_facts *facts)
{
    const ohm_site_plan *plan = &d->site->plan;
    for (uint16_t i = 0; plan->battery_line && i < d->config->loads_count; i++) {
        const ohm_load *load = &d->config->loads[i];
        if (strcmp(load->id, plan->battery_load) != 0)
            continue;
        facts->battery =
            (ohm_day_battery){ .there = true,
                               .load = i,
                               .capacity_kwh = (double)plan->battery_wh / 1000,
                               .charge_kw = load->nominal_w / 1000.0,
                               .least_kw = load->min_w / 1000.0,
                               .discharge_kw = load->gives_w / 1000.0,
                               .charge_ratio = (double)plan->charge_percent / 100,
                               .discharge_ratio = (double)plan->discharge_percent / 100,
                               .reserve_ratio = (double)plan->reserve_percent / 100,
                               .wear_eur_per_kwh = (double)plan->cycle_eur * 1e-4,
                               .step_w = load->step_w,
                               .charged_ratio = (double)NAN };
        (void)snprintf(facts->battery.id, sizeof facts->battery.id, "%s", load->id);
    }
}

/* What its meter said of that lately; NAN. */
static double said(const ohm_daemon *d, ohm_quantity_id quantity)
{
    for (int i = 0; i < d->site->meters_count; i++) {
        const ohm_daemon_latest *latest = &d->latest[i];
        if (strcmp(d->devices[i].id, d->site->plan.battery_sensor) != 0)
            continue;
        for (int k = 0; k < latest->values_count; k++) {
            const ohm_daemon_value *v = &latest->values[k];
            if (v->quantity == quantity && v->time_ms != OHM_NO_MS &&
                ohm_daemon_value_age(latest, v, ohm_clock_mono()) <= SAID_MS)
                return ohm_quantity_value(quantity, v->value);
        }
    }
    return (double)NAN;
}

void ohm_daemon_battery_know(const ohm_daemon *d, ohm_day_facts *facts)
{
    double percent = facts->battery.there ? said(d, OHM_Q_BATTERY_CHARGE) : (double)NAN;
    bool good = percent >= 0 && percent <= 100; /* false for NaN */
    facts->battery.charged_ratio = good ? percent / 100 : (double)NAN;
}

/* As its load is told; false: it goes by its own mode. */
static bool told_w(const ohm_daemon_plan *p, double *ret_w)
{
    const ohm_load_state *state = &ohm_engine_loads_of(p->daemon->engine)[p->facts.battery.load];
    if (state->setting == OHM_SETTING_OWN)
        return false;
    *ret_w = state->setting == OHM_SETTING_REST ? 0 : state->setting;
    return true;
}

bool ohm_daemon_battery_w(const ohm_daemon_plan *p, double *ret_w)
{
    *ret_w = 0;
    if (!p->facts.battery.there)
        return true;
    double w = said(p->daemon, OHM_Q_BATTERY_POWER);
    if (isnan(w))
        return told_w(p, ret_w);
    *ret_w = w;
    return true;
}

/* It gives no more than the house draws: what it was to give goes down, and stays there until the
 * plan has something else. Its inverter's own mode where the main meter is silent. */
static int32_t no_more_than_needed(const ohm_daemon_plan *p, const ohm_battery_action *a)
{
    const ohm_battery_action *before = &p->battery_asked;
    const ohm_load_state *state = &ohm_engine_loads_of(p->daemon->engine)[p->facts.battery.load];
    double net_w, given_w;
    if (a->setting >= OHM_SETTING_REST)
        return a->setting;
    if (!ohm_daemon_plan_net_w(p->daemon, &net_w))
        return OHM_SETTING_OWN;
    bool same = p->battery_asks && before->from_ms == a->from_ms && before->setting < 0;
    int32_t asked = same ? before->setting : a->setting;
    bool settled = ohm_mono_since(ohm_clock_mono(), state->moved_mono) >= SETTLE_MS;
    if (asked == OHM_SETTING_REST || state->setting != asked || !settled ||
        !ohm_daemon_battery_w(p, &given_w))
        return asked;                /* the meter does not show yet what comes of it */
    double need_w = net_w - given_w; /* of the house, without it */
    int32_t fits_w = need_w >= -asked ? -asked : need_w > 0 ? (int32_t)need_w : 0;
    if (fits_w < -asked)
        fits_w -= fits_w % p->facts.battery.step_w;
    return fits_w > 0 ? -fits_w : OHM_SETTING_REST;
}

static const ohm_battery_action *action_now(const ohm_daemon_plan *p)
{
    ohm_ms now_ms = ohm_clock_utc();
    for (int i = 0; p->last && i < p->last->battery.actions_count; i++) {
        const ohm_battery_action *a = &p->last->battery.actions[i];
        if (now_ms >= a->from_ms && now_ms < a->to_ms)
            return a;
    }
    return NULL;
}

void ohm_daemon_battery_ask(ohm_daemon_plan *p)
{
    const ohm_day_battery *b = &p->facts.battery;
    ohm_day_facts known = { .battery = { .there = b->there } };
    if (!b->there)
        return;
    const ohm_battery_action *a = action_now(p);
    ohm_daemon_battery_know(p->daemon, &known);
    if (isnan(known.battery.charged_ratio))
        a = NULL;
    if (!a) {
        const ohm_command back = { .kind = OHM_COMMAND_PLAN_CLEAR,
                                   .load = b->load,
                                   .actor = "plan" };
        if (p->battery_asks)
            (void)ohm_daemon_plan_feed(p, &back);
        p->battery_asks = false;
        return;
    }
    const ohm_battery_action now = { a->from_ms, a->to_ms, no_more_than_needed(p, a), a->reason };
    const ohm_battery_action *before = &p->battery_asked;
    if (p->battery_asks && before->setting == now.setting && before->to_ms == now.to_ms &&
        before->reason.why == now.reason.why)
        return;
    p->battery_asked = now;
    const ohm_command command = { .kind = OHM_COMMAND_PLAN,
                                  .load = b->load,
                                  .fed = now.setting > 0,
                                  .until_ms = now.to_ms,
                                  .plan = now.reason,
                                  .exact = true,
                                  .setting = now.setting,
                                  .actor = "plan" };
    p->battery_asks = ohm_daemon_plan_feed(p, &command); /* else with the next tick */
}
