#include "cmd/daemon_plan_battery.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon_plan.h"
#include "control/setting.h"
#include "plan/battery.h"

/* What differs by less is the same: kW, and EUR/kWh. */
#define SAME_KW  0.05
#define SAME_EUR 0.0005

/* --- the problem ------------------------------------------------------------------------------ */

/* What the rest of the home draws and gives, and what a kWh costs. */
typedef struct outlook {
    double need_kw[OHM_DAY_BATTERY_STEPS_MAX], import_eur[OHM_DAY_BATTERY_STEPS_MAX];
    double cheapest_eur, dt_h;
} outlook;

/* The prices; NULL: the need is filled in by the caller. */
static void look_out(const ohm_day_facts *facts, const ohm_home_controls *c, outlook *out)
{
    out->cheapest_eur = INFINITY;
    out->dt_h = (double)facts->step_ms / 3.6e6;
    for (int k = 0; k < facts->steps; k++) {
        if (c)
            out->need_kw[k] = c->import_kw[k] - c->export_kw[k] - c->curtail_kw[k] + c->shed_kw[k];
        if (c && c->charge_kw)
            out->need_kw[k] += c->discharge_kw[k] - c->charge_kw[k];
        out->import_eur[k] = facts->price_eur[k] + facts->weight_eur[k];
        out->cheapest_eur = fmin(out->cheapest_eur, out->import_eur[k]);
    }
}

/* What is left at the end need not be bought anew. */
static double end_eur(const ohm_day_battery *b, double cheapest_eur)
{
    return cheapest_eur > 0 ? cheapest_eur * b->discharge_ratio : 0;
}

/* Above the reserve. */
static double room_kwh(const ohm_day_battery *b)
{
    return b->capacity_kwh * (1 - b->reserve_ratio);
}

static double stored_kwh(const ohm_day_battery *b)
{
    double kwh = b->capacity_kwh * (b->charged_ratio - b->reserve_ratio);
    return kwh < 0 ? 0 : kwh > room_kwh(b) ? room_kwh(b) : kwh;
}

static ohm_battery problem_of(const ohm_day_facts *facts, const outlook *o, int from, double stored)
{
    const ohm_day_battery *b = &facts->battery;
    return (ohm_battery){ .steps = facts->steps - from,
                          .step_h = o->dt_h,
                          .most_kwh = room_kwh(b),
                          .stored_kwh = stored,
                          .charge_kw = b->charge_kw,
                          .discharge_kw = b->discharge_kw,
                          .charge_ratio = b->charge_ratio,
                          .discharge_ratio = b->discharge_ratio,
                          .wear_eur_per_kwh = b->wear_eur_per_kwh,
                          .end_eur_per_kwh = end_eur(b, o->cheapest_eur),
                          .lines_kw = facts->import_kw + from,
                          .need_kw = o->need_kw + from,
                          .import_eur_per_kwh = o->import_eur + from,
                          .export_eur_per_kwh = facts->export_eur + from };
}

/* What a step at the meter costs; above the limit as the problem counts it. */
static void add_step(const ohm_day_facts *facts, const outlook *o, int k, double kw,
                     ohm_battery_bill *bill)
{
    double grid_kw = o->need_kw[k] + kw, over_kw = fmax(0, grid_kw - facts->import_kw[k]);
    double wear = fabs(kw) * facts->battery.wear_eur_per_kwh * o->dt_h;
    double over = over_kw * ohm_day_over_eur(facts) * o->dt_h;
    bill->all_eur +=
        o->dt_h * grid_kw * (grid_kw < 0 ? facts->export_eur[k] : o->import_eur[k]) + wear + over;
    bill->wear_eur += wear;
    bill->weight_eur += o->dt_h * fmax(0, grid_kw) * facts->weight_eur[k];
    bill->over.cost_eur += over;
    bill->over.steps += over_kw > 1e-6;
    bill->over.most = fmax(bill->over.most, over_kw);
}

static void add_end(const ohm_day_battery *b, const outlook *o, double stored,
                    ohm_battery_bill *bill)
{
    bill->stored_eur = stored * end_eur(b, o->cheapest_eur);
    bill->all_eur -= bill->stored_eur;
}

/* --- a step ----------------------------------------------------------------------------------- */

/* What the inverter does by itself: it takes what the panels leave, gives what the house needs. */
static double own_kw(const ohm_day_battery *b, const outlook *o, int k, double stored)
{
    double need_kw = o->need_kw[k];
    if (need_kw > 0)
        return -fmin(fmin(need_kw, b->discharge_kw), stored * b->discharge_ratio / o->dt_h);
    return fmin(fmin(-need_kw, b->charge_kw), (room_kwh(b) - stored) / (b->charge_ratio * o->dt_h));
}

static double after_kwh(const ohm_day_battery *b, double stored, double kw, double dt_h)
{
    double kwh = stored + dt_h * kw * (kw > 0 ? b->charge_ratio : 1 / b->discharge_ratio);
    return kwh < 0 ? 0 : kwh > room_kwh(b) ? room_kwh(b) : kwh;
}

/* What it is told for that power to come of it, and what then does. The own mode wherever that does
 * the same, since it follows the house by the second; not where it would go on below the reserve.
 */
static int32_t setting_for(const ohm_day_battery *b, double kw, double own, bool at_reserve,
                           double *ret_kw)
{
    int32_t least_w = (int32_t)lround(b->least_kw * 1000), step_w = b->step_w;
    int32_t watts = (int32_t)lround(fabs(kw) * 1000);
    *ret_kw = own;
    if (fabs(kw - own) <= SAME_KW && !at_reserve)
        return OHM_SETTING_OWN;
    if (kw > 0 && watts >= least_w / 2) {
        watts = watts > least_w ? watts - (watts - least_w) % step_w : least_w;
        *ret_kw = watts / 1000.0;
        return watts;
    }
    watts -= watts % step_w;
    if (kw < 0 && watts > 0) {
        *ret_kw = -watts / 1000.0;
        return -watts;
    }
    *ret_kw = 0;
    return OHM_SETTING_REST;
}

/* --- why -------------------------------------------------------------------------------------- */

static int32_t ueur(double eur)
{
    return (int32_t)lround(eur * 1e6);
}

/* The dearest hour after step k in which it gives; the price now where there is none. */
static double dearest_after(const ohm_day_facts *facts, const ohm_battery_day *day, int k)
{
    double eur = facts->price_eur[k];
    for (int n = k + 1; n < facts->steps; n++)
        if (day->kw[n] < -SAME_KW && facts->price_eur[n] > eur)
            eur = facts->price_eur[n];
    return eur;
}

static double cheapest_of(const ohm_day_facts *facts)
{
    double eur = INFINITY;
    for (int n = 0; n < facts->steps; n++)
        eur = fmin(eur, facts->price_eur[n]);
    return eur;
}

static ohm_plan_why why_of(const ohm_day_facts *facts, const outlook *o, const ohm_battery_day *day,
                           int k, double stored)
{
    double need_kw = o->need_kw[k], kw = day->kw[k];
    bool dearer = dearest_after(facts, day, k) > facts->price_eur[k] + SAME_EUR;
    if (kw > SAME_KW)
        return need_kw + kw <= SAME_KW ? OHM_PLAN_WHY_SUN
               : dearer                ? OHM_PLAN_WHY_CHEAP
                                       : OHM_PLAN_WHY_WEIGHT;
    if (kw < -SAME_KW)
        return need_kw > facts->import_kw[k] ? OHM_PLAN_WHY_UNDER : OHM_PLAN_WHY_DEAR;
    if (need_kw <= SAME_KW)
        return need_kw < -SAME_KW && stored < room_kwh(&facts->battery) - 0.01
                   ? OHM_PLAN_WHY_LATER
                   : OHM_PLAN_WHY_ENOUGH;
    if (stored < 0.01)
        return facts->battery.reserve_ratio > 0 ? OHM_PLAN_WHY_RESERVE : OHM_PLAN_WHY_ENOUGH;
    return dearer ? OHM_PLAN_WHY_SAVE : OHM_PLAN_WHY_ENOUGH;
}

static ohm_plan_reason reason_of(const ohm_day_facts *facts, const outlook *o,
                                 const ohm_battery_day *day, int k, double stored)
{
    ohm_plan_why why = why_of(facts, o, day, k, stored);
    double instead = why == OHM_PLAN_WHY_DEAR || why == OHM_PLAN_WHY_LATER
                         ? cheapest_of(facts)
                         : dearest_after(facts, day, k);
    return (ohm_plan_reason){ why, ueur(facts->price_eur[k]), ueur(instead) };
}

/* --- the day ---------------------------------------------------------------------------------- */

/* Step by step, each by an exact plan of all that follows it, from what is stored then. What it
 * holds is never sold: it gives what the house needs at the most. */
static void live_plan(const ohm_day_facts *facts, const outlook *o, double *room, int32_t *settings,
                      const _Atomic bool *cancelled, ohm_battery_day *out)
{
    const ohm_day_battery *b = &facts->battery;
    double stored = stored_kwh(b);
    for (int k = 0; k < facts->steps && !(cancelled && *cancelled); k++) {
        const ohm_battery problem = problem_of(facts, o, k, stored);
        ohm_battery_result result;
        double kw = ohm_battery_plan(&problem, room, &result);
        double need_kw = o->need_kw[k] > 0 ? o->need_kw[k] : 0;
        if (k == 0)
            out->bound_eur = result.bound_eur;
        kw = kw < -need_kw ? -need_kw : kw;
        bool at_reserve = need_kw > 0 && stored < 1e-6 && b->reserve_ratio > 0;
        settings[k] = setting_for(b, kw, own_kw(b, o, k, stored), at_reserve, &out->kw[k]);
        stored = after_kwh(b, stored, out->kw[k], o->dt_h);
        out->charged_ratio[k] = b->reserve_ratio + stored / b->capacity_kwh;
        add_step(facts, o, k, out->kw[k], &out->plan);
        double grid_kw = o->need_kw[k] + out->kw[k];
        out->import_kw[k] = grid_kw > 0 ? grid_kw : 0;
        out->export_kw[k] = grid_kw < 0 ? -grid_kw : 0;
    }
    add_end(b, o, stored, &out->plan);
}

static void live_own(const ohm_day_facts *facts, const outlook *o, ohm_battery_bill *out)
{
    const ohm_day_battery *b = &facts->battery;
    double stored = stored_kwh(b);
    for (int k = 0; k < facts->steps; k++) {
        double kw = own_kw(b, o, k, stored);
        add_step(facts, o, k, kw, out);
        stored = after_kwh(b, stored, kw, o->dt_h);
    }
    add_end(b, o, stored, out);
}

static void collect(const ohm_day_facts *facts, const outlook *o, const int32_t *settings,
                    ohm_battery_day *out)
{
    double stored = stored_kwh(&facts->battery);
    for (int k = 0; k < facts->steps; k++) {
        const ohm_plan_reason reason = reason_of(facts, o, out, k, stored);
        ohm_battery_action *last = &out->actions[out->actions_count - (out->actions_count > 0)];
        stored =
            (out->charged_ratio[k] - facts->battery.reserve_ratio) * facts->battery.capacity_kwh;
        if (k > 0 && last->setting == settings[k] && last->reason.why == reason.why) {
            last->to_ms += facts->step_ms;
            continue;
        }
        ohm_ms from_ms = facts->from_ms + k * facts->step_ms;
        out->actions[out->actions_count++] =
            (ohm_battery_action){ from_ms, from_ms + facts->step_ms, settings[k], reason };
    }
}

bool ohm_day_battery_rest(const ohm_day_facts *facts, const double *need_kw, ohm_battery_bill *out)
{
    outlook *o = malloc(sizeof *o);
    *out = (ohm_battery_bill){ 0 };
    if (!o)
        return false;
    memcpy(o->need_kw, need_kw, (size_t)facts->steps * sizeof *need_kw);
    look_out(facts, NULL, o);
    live_own(facts, o, out);
    free(o);
    return true;
}

ohm_home_battery ohm_day_battery_of(const ohm_day_facts *facts)
{
    const ohm_day_battery *b = &facts->battery;
    double cheapest_eur = INFINITY;
    for (int k = 0; k < facts->steps; k++)
        cheapest_eur = fmin(cheapest_eur, facts->price_eur[k] + facts->weight_eur[k]);
    return (ohm_home_battery){ .most_kwh = room_kwh(b),
                               .start_kwh = stored_kwh(b),
                               .charge_kw = b->charge_kw,
                               .discharge_kw = b->discharge_kw,
                               .charge_ratio = b->charge_ratio,
                               .discharge_ratio = b->discharge_ratio,
                               .wear_eur_per_kwh = b->wear_eur_per_kwh,
                               .end_eur_per_kwh = end_eur(b, cheapest_eur),
                               .free_end = true };
}

void ohm_day_battery_plan(const ohm_day_facts *facts, const ohm_home_controls *controls,
                          const _Atomic bool *cancelled, ohm_battery_day *out)
{
    int32_t settings[OHM_DAY_BATTERY_STEPS_MAX];
    assert(facts->steps <= OHM_DAY_BATTERY_STEPS_MAX);
    memset(out, 0, sizeof *out);
    outlook *o = malloc(sizeof *o);
    double *room = malloc(ohm_battery_room(facts->steps) * sizeof(double));
    if (o && room && facts->battery.there && !isnan(facts->battery.charged_ratio)) {
        look_out(facts, controls, o);
        const ohm_battery problem = problem_of(facts, o, 0, stored_kwh(&facts->battery));
        out->planned = !ohm_failed(ohm_battery_check(&problem));
    }
    if (out->planned) {
        live_plan(facts, o, room, settings, cancelled, out);
        out->planned = !(cancelled && *cancelled);
    }
    if (out->planned) {
        live_own(facts, o, &out->own);
        collect(facts, o, settings, out);
    }
    free(room);
    free(o);
}

/* --- what is told ----------------------------------------------------------------------------- */

static void tell_series(ohm_json *json, const char *key, const double *values, int count,
                        double scale, int exponent)
{
    ohm_json_key(json, key);
    ohm_json_array(json);
    for (int k = 0; k < count; k++)
        ohm_json_decimal(json, llround(values[k] * scale), exponent);
    ohm_json_end(json);
}

static void tell_actions(ohm_json *json, const ohm_battery_day *day)
{
    ohm_json_key(json, "actions");
    ohm_json_array(json);
    for (int i = 0; i < day->actions_count; i++) {
        const ohm_battery_action *a = &day->actions[i];
        ohm_json_object(json);
        ohm_json_key_str(json, "does", ohm_setting_battery_name(a->setting));
        ohm_json_key_time(json, "from", a->from_ms);
        ohm_json_key_time(json, "to", a->to_ms);
        if (a->setting != OHM_SETTING_OWN)
            ohm_json_key_int(json, "power_w", ohm_setting_battery_w(a->setting));
        ohm_json_key_str(json, "why", ohm_plan_why_name(a->reason.why));
        ohm_json_key_decimal(json, "price_eur_per_kwh", a->reason.ueur_per_kwh, -6);
        ohm_json_key_decimal(json, "instead_eur_per_kwh", a->reason.instead_ueur_per_kwh, -6);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_day_battery_tell(ohm_json *json, const ohm_day_job *job)
{
    const ohm_day_battery *b = &job->facts.battery;
    const ohm_battery_day *day = &job->battery;
    ohm_json_key(json, "battery");
    if (!b->there) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "load", b->id);
    ohm_json_key_str(json, "state", day->planned ? "planned" : "own");
    ohm_json_key_str(json, "error",
                     isnan(b->charged_ratio) ? "how full the battery is nobody says" : NULL);
    ohm_json_key_decimal(json, "capacity_kwh", llround(b->capacity_kwh * 1000), -3);
    ohm_json_key_decimal(json, "reserve_percent", llround(b->reserve_ratio * 100), 0);
    if (isnan(b->charged_ratio))
        ohm_json_key_null(json, "charge_percent");
    else
        ohm_json_key_decimal(json, "charge_percent", llround(b->charged_ratio * 1000), -1);
    if (day->planned) {
        tell_series(json, "power_w", day->kw, job->facts.steps, 1000, 0);
        tell_series(json, "level_percent", day->charged_ratio, job->facts.steps, 1000, -1);
        tell_actions(json, day);
        ohm_json_key_decimal(json, "plan_eur", llround(day->plan.all_eur * 1000), -3);
        ohm_json_key_decimal(json, "own_eur", llround(day->own.all_eur * 1000), -3);
        ohm_json_key_decimal(json, "bound_eur", llround(day->bound_eur * 1000), -3);
    }
    ohm_json_end(json);
}
