/* One planning, on a worker: the problem, its plan, and what the web tells of it. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/daemon_plan.h"
#include "cmd/plan.h"
#include "host/pages.h"

enum {
    JSON_BYTES = 64 * 1024,
    PARTINGS = 5, /* a load that waits may come upon another one of its interlock */
};

static const char *kind_of(int load)
{
    return load == OHM_HOME_TANK ? "water" : load == OHM_HOME_CAR ? "car" : "heating";
}

/* --- what is told ----------------------------------------------------------------------------- */

static void put_series(ohm_json *json, const char *key, const double *values, int count,
                       int exponent)
{
    static const double scales[] = { 1, 10, 100, 1000, 1e4, 1e5 };
    ohm_json_key(json, key);
    ohm_json_array(json);
    for (int k = 0; k < count; k++)
        ohm_json_decimal(json, llround(values[k] * scales[-exponent]), exponent);
    ohm_json_end(json);
}

static void put_reason(ohm_json *json, const ohm_plan_reason *reason)
{
    ohm_json_key_str(json, "why", ohm_plan_why_name(reason->why));
    ohm_json_key_decimal(json, "price_eur_per_kwh", reason->ueur_per_kwh, -6);
    ohm_json_key_decimal(json, "instead_eur_per_kwh", reason->instead_ueur_per_kwh, -6);
}

static void put_actions(ohm_json *json, const ohm_day_job *job)
{
    ohm_json_key(json, "actions");
    ohm_json_array(json);
    for (int i = 0; i < job->actions_count; i++) {
        const ohm_day_action *a = &job->actions[i];
        ohm_json_object(json);
        ohm_json_key_str(json, "load", job->facts.loads[a->load].id);
        ohm_json_key_str(json, "state", a->runs ? "fed" : "shed");
        ohm_json_key_time(json, "from", a->from_ms);
        ohm_json_key_time(json, "to", a->to_ms);
        if (a->watts > 0)
            ohm_json_key_int(json, "setpoint_w", a->watts);
        put_reason(json, &a->reason);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* The band that a level should stay in. */
static void put_band(ohm_json *json, const ohm_day_job *job, int load, double *room)
{
    const ohm_day *day = &job->day;
    int steps = job->facts.steps;
    bool tank = load == OHM_HOME_TANK, zone = load >= OHM_DAY_ZONE;
    const ohm_day_zone *of = &job->facts.zones[zone ? load - OHM_DAY_ZONE : 0];
    for (int k = 0; k < steps; k++)
        room[k] = zone ? (double)of->set_c[k] - of->below_k : tank ? day->home.tank.least_kwh : 0;
    put_series(json, "low", room, steps, -2);
    for (int k = 0; k < steps; k++)
        room[k] = zone   ? (double)of->set_c[k] + of->above_k
                  : tank ? day->water_most_kwh
                         : day->stay_need_kwh;
    put_series(json, "high", room, steps, -2);
}

static void put_load(ohm_json *json, const ohm_day_job *job, int i)
{
    double room[OHM_DAY_STEPS_MAX] = { 0 };
    const ohm_day_load *load = &job->facts.loads[i];
    int steps = job->facts.steps;
    ohm_json_object(json);
    ohm_json_key_str(json, "load", load->id);
    ohm_json_key_str(json, "zone", load->zone[0] ? load->zone : NULL);
    ohm_json_key_str(json, "kind", kind_of(i));
    ohm_json_key_str(json, "unit", i >= OHM_DAY_ZONE ? "C" : "kWh");
    ohm_json_key_bool(json, "estimated", i == OHM_HOME_TANK && !job->facts.water_seen);
    for (int k = 0; k < steps; k++)
        room[k] = !job->runs[i][k]                         ? 0
                  : i == OHM_HOME_CAR && job->car_w[k] > 0 ? job->car_w[k]
                                                           : load->power_kw * 1000;
    put_series(json, "power_w", room, steps, 0);
    for (int k = 0; k < steps; k++)
        room[k] = (double)job->levels[i][k];
    put_series(json, "level", room, steps, -2);
    put_band(json, job, i, room);
    ohm_json_end(json);
}

static void put_loads(ohm_json *json, const ohm_day_job *job)
{
    ohm_json_key(json, "loads");
    ohm_json_array(json);
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (job->facts.loads[i].there)
            put_load(json, job, i);
    ohm_json_end(json);
}

static void put_gave(ohm_json *json, ohm_home_limit limit, const char *load,
                     const ohm_home_gave *gave)
{
    if (gave->steps == 0 || gave->cost_eur < 0.005)
        return;
    ohm_json_object(json);
    ohm_json_key_str(json, "limit", ohm_plan_home_limit(limit));
    ohm_json_key_str(json, "load", load);
    ohm_json_key_int(json, "steps", gave->steps);
    ohm_json_key_decimal(json, "most", llround(gave->most * 1000), -3);
    ohm_json_key_decimal(json, "cost_eur", llround(gave->cost_eur * 1000), -3);
    ohm_json_end(json);
}

/* What gave way, each with the load that lacks it; of the rooms one by one where `zones` says. */
static void put_relaxed(ohm_json *json, const ohm_day_facts *facts, const ohm_home_gave *gave,
                        const ohm_home_gave (*zones)[OHM_HOME_LIMITS])
{
    static const struct {
        bool room;
        int load; /* -1: none */
    } of[OHM_HOME_LIMITS] = {
        [OHM_HOME_TANK_END] = { false, OHM_HOME_TANK },
        [OHM_HOME_TEMP_END] = { true, -1 },
        [OHM_HOME_TEMP_HIGH] = { true, -1 },
        [OHM_HOME_TEMP_LOW] = { true, -1 },
        [OHM_HOME_TANK_LEAST] = { false, OHM_HOME_TANK },
        [OHM_HOME_BATTERY] = { false, -1 },
        [OHM_HOME_CAR_NEED] = { false, OHM_HOME_CAR },
        [OHM_HOME_WATER] = { false, OHM_HOME_TANK },
        [OHM_HOME_POWER] = { false, -1 },
        [OHM_HOME_FEED_IN] = { false, -1 },
    };
    ohm_json_key(json, "relaxed");
    ohm_json_array(json);
    for (int i = 0; i < OHM_HOME_LIMITS; i++) {
        if (!of[i].room || !zones)
            put_gave(json, (ohm_home_limit)i, of[i].load < 0 ? NULL : facts->loads[of[i].load].id,
                     &gave[i]);
        for (int z = 0; z < OHM_DAY_ZONES_MAX && of[i].room && zones; z++)
            put_gave(json, (ohm_home_limit)i, facts->loads[OHM_DAY_ZONE + z].id, &zones[z][i]);
    }
    ohm_json_end(json);
}

/* What is paid, what comfort that gives way is counted at, and what is paid to nobody: wear, what
 * weights count, what a battery holds more. */
static void put_cost(ohm_json *json, const char *key, const ohm_day_facts *facts,
                     const ohm_day_cost *cost, const ohm_home_gave *gave,
                     const ohm_home_gave (*zones)[OHM_HOME_LIMITS])
{
    double given = ohm_day_given_eur(gave);
    ohm_json_key(json, key);
    ohm_json_object(json);
    double paid_eur = cost->all_eur - given - cost->wear_eur + cost->stored_eur - cost->weight_eur;
    ohm_json_key_decimal(json, "paid_eur", llround(paid_eur * 1000), -3);
    ohm_json_key_decimal(json, "weights_eur", llround(cost->weight_eur * 1000), -3);
    ohm_json_key_decimal(json, "comfort_eur", llround(given * 1000), -3);
    ohm_json_key_decimal(json, "wear_eur", llround(cost->wear_eur * 1000), -3);
    ohm_json_key_decimal(json, "stored_eur", llround(cost->stored_eur * 1000), -3);
    put_relaxed(json, facts, gave, zones);
    ohm_json_end(json);
}

/* The limit that is in force in a step, or Ecowatt where it holds something off. */
static const char *limit_at(const ohm_day_facts *facts, int k)
{
    for (int i = 0; i < OHM_DAY_LOADS; i++)
        if (facts->loads[i].there && facts->by[i][k] == OHM_DAY_BY_ECOWATT)
            return facts->level[k] >= 3 ? "ecowatt_red" : "ecowatt_orange";
    return facts->limit[k] > 0 ? facts->limit_ids[facts->limit[k] - 1] : NULL;
}

/* Where less than what is subscribed may be drawn, or Ecowatt holds loads off. */
static void put_limits(ohm_json *json, const ohm_day_facts *facts)
{
    ohm_json_key(json, "limits");
    ohm_json_array(json);
    for (int k = 0, to; k < facts->steps; k = to) {
        const char *id = limit_at(facts, k);
        for (to = k + 1; to < facts->steps && limit_at(facts, to) == id &&
                         facts->import_kw[to] == facts->import_kw[k];)
            to++;
        if (!id)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "limit", id);
        ohm_json_key_time(json, "from", facts->from_ms + k * facts->step_ms);
        ohm_json_key_time(json, "to", facts->from_ms + to * facts->step_ms);
        ohm_json_key_int(json, "import_w", llround(facts->import_kw[k] * 1000));
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* What the forecasts of the day are made of. */
static void put_forecast(ohm_json *json, const ohm_day_facts *facts)
{
    static const char *const suns[] = { "none", "learnt", "service" };
    ohm_json_key(json, "forecast");
    ohm_json_object(json);
    ohm_json_key_str(json, "base",
                     facts->has_demo ? "demo" : ohm_base_origin_name(facts->base_origin));
    ohm_json_key_int(json, "base_days", facts->base_days);
    ohm_json_key_str(json, "sun", suns[facts->sun_origin]);
    ohm_json_end(json);
}

/* What the car is asked for: by somebody, or by the configuration. */
static void put_car(ohm_json *json, const ohm_day_facts *facts)
{
    ohm_json_key(json, "car");
    if (!facts->loads[OHM_HOME_CAR].there) {
        ohm_json_null(json);
        return;
    }
    bool once = facts->wish_ready_ms != OHM_NO_MS;
    ohm_json_object(json);
    ohm_json_key_bool(json, "asked", facts->wished);
    ohm_json_key_bool(json, "daily", !once);
    ohm_json_key_decimal(json, "need_kwh", facts->plan.need_wh, -3);
    ohm_json_key_int(json, "ready_minute", facts->plan.ready_minute);
    ohm_json_key_time(json, "ready", facts->wish_ready_ms);
    ohm_json_end(json);
}

static void put_day(ohm_json *json, const ohm_day_job *job, const ohm_home_controls *controls)
{
    const ohm_day_facts *facts = &job->facts;
    double watts[OHM_DAY_STEPS_MAX];
    ohm_json_key_time(json, "made", facts->made_ms);
    ohm_json_key_time(json, "from", facts->from_ms);
    ohm_json_key_int(json, "step_s", facts->step_ms / OHM_SECOND_MS);
    ohm_json_key_int(json, "priced", facts->priced);
    put_series(json, "price_eur_per_kwh", facts->price_eur, facts->steps, -5);
    if (!controls)
        return;
    put_series(json, "weight_eur_per_kwh", facts->weight_eur, facts->steps, -5);
    put_forecast(json, facts);
    put_limits(json, facts);
    put_car(json, facts);
    const ohm_battery_day *battery = job->battery.planned ? &job->battery : NULL;
    const double *const kw[] = { job->day.base_kw, facts->sun_kw,
                                 battery ? battery->import_kw : controls->import_kw,
                                 battery ? battery->export_kw : controls->export_kw };
    const char *const keys[] = { "base_w", "sun_w", "import_w", "export_w" };
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < facts->steps; k++)
            watts[k] = kw[i][k] * 1000;
        put_series(json, keys[i], watts, facts->steps, 0);
    }
    for (int k = 0; k < facts->steps; k++)
        watts[k] = (facts->import_kw[k] - job->day.series[OHM_DAY_IMPORT][k]) * 1000;
    put_series(json, "margin_w", watts, facts->steps, 0);
}

/* All of it into `json`. */
static void put_all(ohm_json *json, const ohm_day_job *job, const ohm_day_sum *sum)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "state", sum ? "planned" : "none");
    ohm_json_key_str(json, "error", job->why);
    put_day(json, job, sum ? &sum->controls : NULL);
    if (sum) {
        double gap = sum->plan.all_eur - sum->bound_eur;
        put_loads(json, job);
        ohm_day_battery_tell(json, job);
        put_actions(json, job);
        put_cost(json, "plan", &job->facts, &sum->plan, sum->gave, sum->zone_gave);
        put_cost(json, "thermostat", &job->facts, &sum->rules, sum->rules_gave, NULL);
        if (isfinite(gap))
            ohm_json_key_decimal(json, "gap_eur", gap > 0 ? llround(gap * 1000) : 0, -3);
        else
            ohm_json_key_null(json, "gap_eur");
    }
    ohm_json_end(json);
}

/* As long as it takes. */
static void write_json(ohm_day_job *job, const ohm_day_sum *sum)
{
    ohm_code code = OHM_TOO_BIG;
    job->json_len = JSON_BYTES;
    while (code == OHM_TOO_BIG) {
        ohm_json json;
        size_t cap = job->json_len;
        free(job->json);
        job->json = malloc(cap);
        if (!job->json)
            return;
        ohm_json_init(&json, job->json, cap);
        put_all(&json, job, sum);
        code = ohm_json_finish(&json, &job->json_len);
    }
}

void ohm_day_tell_none(ohm_day_job *job)
{
    write_json(job, NULL);
}

/* --- what is planned -------------------------------------------------------------------------- */

/* To the next of its steps: what a step lacks the next plan makes good. 0: it has none. */
static int32_t setpoint_w(const ohm_day_load *load, const ohm_home_controls *controls, int k)
{
    if (load->step_w <= 0)
        return 0;
    int64_t most_w = llround(load->power_kw * 1000), least_w = llround(load->least_kw * 1000);
    int64_t over = llround(controls->car_kw[k] * 1000) - least_w;
    int64_t watts =
        least_w + (over > 0 ? (over + load->step_w - 1) / load->step_w : 0) * load->step_w;
    return (int32_t)(watts < most_w ? watts : most_w);
}

/* What a load does and why, of the solve whose controls these are. */
static void collect(ohm_day_job *job, int i, const ohm_home_controls *controls)
{
    const ohm_day_facts *facts = &job->facts;
    bool zone = i >= OHM_DAY_ZONE;
    ohm_home_device device = zone ? OHM_HOME_PUMP : (ohm_home_device)i;
    double levels[OHM_DAY_STEPS_MAX];
    ohm_home_levels(&job->day.home, controls, device, levels);
    for (int k = 0; k < facts->steps; k++) {
        /* A zone's level is told from its set point. */
        double set_c = zone ? (double)facts->zones[i - OHM_DAY_ZONE].set_c[k] : 0;
        job->levels[i][k] = (float)(levels[k] + set_c);
        /* A zone's least time on may reach into steps in which it is held off: it heats none. */
        bool runs = ohm_day_is_taken(facts, i, k) ? ohm_day_is_fed(facts, i, k)
                                                  : ohm_home_runs(controls, device, k);
        job->runs[i][k] = runs;
        int32_t watts = runs && i == OHM_HOME_CAR ? setpoint_w(&facts->loads[i], controls, k) : 0;
        if (i == OHM_HOME_CAR)
            job->car_w[k] = watts;
        bool same = k > 0 && runs == job->runs[i][k - 1] &&
                    (i != OHM_HOME_CAR || watts == job->car_w[k - 1]) &&
                    facts->by[i][k] == facts->by[i][k - 1];
        if (same) {
            job->actions[job->actions_count - 1].to_ms += facts->step_ms;
            continue;
        }
        assert(job->actions_count < OHM_DAY_ACTIONS_MAX);
        ohm_ms from_ms = facts->from_ms + k * facts->step_ms;
        job->actions[job->actions_count++] = (ohm_day_action){
            .load = i,
            .from_ms = from_ms,
            .to_ms = from_ms + facts->step_ms,
            .runs = runs,
            .watts = watts,
            .reason = ohm_day_why(job, i, controls, device, k),
        };
    }
}

static ohm_err solve(ohm_day_job *job, void **ret_memory, ohm_day_sum *ret_sum)
{
    *ret_memory = NULL;
    ohm_day_make(&job->facts, &job->day);
    ohm_err err = ohm_day_plan_zones(job, NULL, NULL, ret_memory, ret_sum, collect);
    if (!ohm_failed(err))
        err = ohm_day_join_battery(job, ret_memory, ret_sum, collect);
    if (!ohm_failed(err) && !job->battery.planned) /* it takes up what comes by itself */
        err = ohm_day_margin_plan(job, ret_memory, ret_sum, collect);
    return err;
}

void ohm_day_solve(ohm_day_job *job)
{
    ohm_day_sum sum = { .bound_eur = NAN };
    void *memory;
    job->last_us = 0;
    ohm_err err = ohm_day_in_order(job, solve, &memory, &sum);
    double bound_eur = sum.bound_eur + sum.forgiven_eur; /* who may run together costs no more */
    for (int i = 1;
         i <= PARTINGS && !ohm_failed(err) && !job->cancelled && ohm_day_part(job, i == PARTINGS);
         i++) {
        free(memory);
        err = ohm_day_in_order(job, solve, &memory, &sum);
    }
    if (ohm_failed(err)) {
        job->why = err.what;
        free(memory);
        write_json(job, NULL);
        return;
    }
    job->planned = true;
    sum.bound_eur = bound_eur - sum.forgiven_eur;
    write_json(job, &sum);
    free(memory);
    ohm_pages_give_back_freed();
}
