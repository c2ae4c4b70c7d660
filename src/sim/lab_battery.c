/* The laboratory's battery: by a plan where the house has one, else by a rule. */
#include "sim/lab_own.h"

#include <math.h>

#include "plan/battery.h"

/* --- the rule -----------------------------------------------------------------------------------
 */

typedef struct outlook {
    double cheapest, dearest;
    bool surplus; /* the panels will fill it */
} outlook;

static outlook look_ahead(const lab *l, int k)
{
    const ohm_lab_series *s = l->series;
    outlook o = { INFINITY, -INFINITY, false };
    for (int i = 1; i <= l->day_steps; i++) {
        int w = lab_weather_like(l, k, k + i), p = lab_price_like(l, k, k + i);
        o.cheapest = s->price[p] < o.cheapest ? s->price[p] : o.cheapest;
        o.dearest = s->price[p] > o.dearest ? s->price[p] : o.dearest;
        o.surplus = o.surplus || s->pv_w[w] > s->load_w[w];
    }
    return o;
}

static double by_rule_kw(const lab *l, int k, double net_kw)
{
    const ohm_lab_house *h = l->house;
    double ratio = h->battery_ratio, step_h = l->series->step_h, price = l->series->price[k];
    double room_kw = (h->battery_kwh - l->stored_kwh) / (ratio * step_h);
    double charge_max = room_kw < h->battery_kw ? room_kw : h->battery_kw;
    if (net_kw < 0)
        return -net_kw < charge_max ? -net_kw : charge_max;
    outlook o = look_ahead(l, k);
    double wear = 2 * h->battery_wear_eur_per_kwh;
    double refill = o.surplus ? l->series->export_price[k] / ratio : o.cheapest / (ratio * ratio);
    bool dear_now = price >= o.dearest - 1e-9 && price > l->series->export_price[k];
    if (dear_now || price > refill + wear) {
        double left_kw = l->stored_kwh * ratio / step_h;
        double discharge = left_kw < h->battery_kw ? left_kw : h->battery_kw;
        return -(net_kw < discharge ? net_kw : discharge);
    }
    bool pays = price <= o.cheapest + 1e-9 && price / (ratio * ratio) + wear < o.dearest;
    if (!pays || o.surplus)
        return 0;
    double line_kw = h->subscribed_kw > 0 ? h->subscribed_kw - net_kw : charge_max;
    line_kw = line_kw > 0 ? line_kw : 0;
    return charge_max < line_kw ? charge_max : line_kw;
}

/* --- the plan -----------------------------------------------------------------------------------
 */

/* What car and tank will draw by their plan, in the step after i. */
static double devices_kw(const lab *l, int k, int i)
{
    int at = k - l->planned_at + i;
    if (l->planned_at < 0 || at >= l->control->horizon)
        return 0;
    return (l->home.has_car ? l->controls.car_kw[at] : 0) +
           (l->home.has_tank ? l->house->tank_kw * l->controls.tank_on[at] : 0);
}

/* What the house will need, by what is known now and the plans of the others. */
static void look_out(lab *l, int k, double net_kw)
{
    const ohm_lab_series *s = l->series;
    for (int i = 0; i < l->control->horizon; i++) {
        int w = lab_weather_like(l, k, k + i), p = lab_price_like(l, k, k + i);
        l->need_view[i] =
            (s->load_w[w] - s->pv_w[w]) / 1000 + lab_heating_kw(l, i, w) + devices_kw(l, k, i);
        l->import_view[i] = s->price[p];
        l->export_view[i] = s->export_price[p];
    }
    l->need_view[0] = net_kw;
}

static double by_plan_kw(lab *l, int k, double net_kw)
{
    const ohm_lab_house *h = l->house;
    look_out(l, k, net_kw);
    double cheapest = l->import_view[0];
    for (int i = 1; i < l->control->horizon; i++)
        cheapest = l->import_view[i] < cheapest ? l->import_view[i] : cheapest;
    double stored = l->stored_kwh < h->battery_kwh ? l->stored_kwh : h->battery_kwh;
    const ohm_battery problem = {
        .steps = l->control->horizon,
        .step_h = l->series->step_h,
        .most_kwh = h->battery_kwh,
        .stored_kwh = stored > 0 ? stored : 0,
        .charge_kw = h->battery_kw,
        .discharge_kw = h->battery_kw,
        .charge_ratio = h->battery_ratio,
        .discharge_ratio = h->battery_ratio,
        .wear_eur_per_kwh = h->battery_wear_eur_per_kwh,
        /* What is left then need not be bought anew. */
        .end_eur_per_kwh = cheapest > 0 ? cheapest * h->battery_ratio : 0,
        .line_kw = h->subscribed_kw,
        .need_kw = l->need_view,
        .import_eur_per_kwh = l->import_view,
        .export_eur_per_kwh = l->export_view,
    };
    ohm_battery_result result;
    double kw = ohm_battery_plan(&problem, l->room, &result);
    double gap = result.objective_eur - result.bound_eur;
    if (gap > l->sums->battery_gap_eur)
        l->sums->battery_gap_eur = gap;
    return kw;
}

double lab_battery_kw(lab *l, int k, double net_kw)
{
    if (l->house->battery_kwh <= 0)
        return 0;
    return l->control->mode == OHM_LAB_MPC ? by_plan_kw(l, k, net_kw) : by_rule_kw(l, k, net_kw);
}
