/* One planning, on a worker: the problem, its plan, and what the web tells of it. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/daemon_plan.h"
#include "cmd/plan.h"
#include "host/pages.h"

enum { JSON_BYTES = 64 * 1024, ALIGNED = 64 };

static const char *const kinds[OHM_HOME_DEVICES] = { "water", "car", "heating" };

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
        ohm_json_key_str(json, "load", job->facts.loads[a->device].id);
        ohm_json_key_str(json, "state", a->runs ? "fed" : "shed");
        ohm_json_key_time(json, "from", a->from_ms);
        ohm_json_key_time(json, "to", a->to_ms);
        put_reason(json, &a->reason);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* The band that a device's level should stay in. */
static void put_band(ohm_json *json, const ohm_day_job *job, int device, double *room)
{
    const ohm_day *day = &job->day;
    int steps = job->facts.steps;
    if (device == OHM_HOME_PUMP) {
        put_series(json, "low", day->low_c, steps, -2);
        put_series(json, "high", day->high_c, steps, -2);
        return;
    }
    bool tank = device == OHM_HOME_TANK;
    for (int k = 0; k < steps; k++)
        room[k] = tank ? day->home.tank.least_kwh : 0;
    put_series(json, "low", room, steps, -2);
    for (int k = 0; k < steps; k++)
        room[k] = tank ? day->water_most_kwh : day->stay_need_kwh;
    put_series(json, "high", room, steps, -2);
}

static void put_loads(ohm_json *json, const ohm_day_job *job)
{
    double room[OHM_DAY_STEPS_MAX];
    int steps = job->facts.steps;
    ohm_json_key(json, "loads");
    ohm_json_array(json);
    for (int i = 0; i < OHM_HOME_DEVICES; i++) {
        const ohm_day_load *load = &job->facts.loads[i];
        if (!load->there)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "load", load->id);
        ohm_json_key_str(json, "kind", kinds[i]);
        ohm_json_key_str(json, "unit", i == OHM_HOME_PUMP ? "C" : "kWh");
        ohm_json_key_bool(json, "estimated", i == OHM_HOME_TANK && !job->facts.water_seen);
        for (int k = 0; k < steps; k++)
            room[k] = job->runs[i][k] ? load->power_kw * 1000 : 0;
        put_series(json, "power_w", room, steps, 0);
        put_series(json, "level", job->levels[i], steps, -2);
        put_band(json, job, i, room);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void put_relaxed(ohm_json *json, const char *key, const ohm_home_gave *gave)
{
    ohm_json_key(json, key);
    ohm_json_array(json);
    for (int i = 0; i < OHM_HOME_LIMITS; i++) {
        if (gave[i].steps == 0 || gave[i].cost_eur < 0.005)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "limit", ohm_plan_home_limit((ohm_home_limit)i));
        ohm_json_key_int(json, "steps", gave[i].steps);
        ohm_json_key_decimal(json, "most", llround(gave[i].most * 1000), -3);
        ohm_json_key_decimal(json, "cost_eur", llround(gave[i].cost_eur * 1000), -3);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* What is paid, and what comfort that gives way is counted at. */
static void put_cost(ohm_json *json, const char *key, double eur, const ohm_home_gave *gave)
{
    double given = 0;
    for (int i = 0; i < OHM_HOME_LIMITS; i++)
        given += gave[i].cost_eur;
    ohm_json_key(json, key);
    ohm_json_object(json);
    ohm_json_key_decimal(json, "paid_eur", llround((eur - given) * 1000), -3);
    ohm_json_key_decimal(json, "comfort_eur", llround(given * 1000), -3);
    put_relaxed(json, "relaxed", gave);
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
    const double *const kw[] = { job->day.home.load_kw, job->day.home.pv_kw, controls->import_kw,
                                 controls->export_kw };
    const char *const keys[] = { "base_w", "sun_w", "import_w", "export_w" };
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < facts->steps; k++)
            watts[k] = kw[i][k] * 1000;
        put_series(json, keys[i], watts, facts->steps, 0);
    }
}

/* All of it into `json`. */
static void put_all(ohm_json *json, const ohm_day_job *job, const ohm_home_controls *controls,
                    const ohm_home_result *result)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "state", result ? "planned" : "none");
    ohm_json_key_str(json, "error", job->why);
    put_day(json, job, controls);
    if (result) {
        double gap = result->objective_eur - result->bound_eur;
        put_loads(json, job);
        put_actions(json, job);
        put_cost(json, "plan", result->objective_eur, result->gave);
        put_cost(json, "thermostat", result->rules_eur, result->rules_gave);
        ohm_json_key_decimal(json, "gap_eur", isfinite(gap) && gap > 0 ? llround(gap * 1000) : 0,
                             -3);
    }
    ohm_json_end(json);
}

/* As long as it takes. */
static void write_json(ohm_day_job *job, const ohm_home_controls *controls,
                       const ohm_home_result *result)
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
        put_all(&json, job, controls, result);
        code = ohm_json_finish(&json, &job->json_len);
    }
}

void ohm_day_tell_none(ohm_day_job *job)
{
    write_json(job, NULL, NULL);
}

/* --- what is planned -------------------------------------------------------------------------- */

static void collect_actions(ohm_day_job *job, const ohm_home_controls *controls)
{
    const ohm_day_facts *facts = &job->facts;
    for (int i = 0; i < OHM_HOME_DEVICES; i++) {
        if (!facts->loads[i].there)
            continue;
        ohm_home_levels(&job->day.home, controls, (ohm_home_device)i, job->levels[i]);
        for (int k = 0; k < facts->steps; k++) {
            bool runs = job->runs[i][k] = ohm_home_runs(controls, (ohm_home_device)i, k);
            bool goes_on = k > 0 && runs == job->runs[i][k - 1];
            if (goes_on) {
                job->actions[job->actions_count - 1].to_ms += facts->step_ms;
                continue;
            }
            assert(job->actions_count < OHM_DAY_ACTIONS_MAX);
            ohm_ms from_ms = facts->from_ms + k * facts->step_ms;
            job->actions[job->actions_count++] = (ohm_day_action){
                .device = (ohm_home_device)i,
                .from_ms = from_ms,
                .to_ms = from_ms + facts->step_ms,
                .runs = runs,
                .reason = ohm_home_why(&job->day.home, controls, (ohm_home_device)i, k),
            };
        }
    }
    /* The zone's levels are told from its setpoint. */
    for (int k = 0; k < facts->steps; k++)
        job->levels[OHM_HOME_PUMP][k] += job->day.high_c[k];
}

static bool is_over(void *ctx)
{
    ohm_day_job *job = ctx;
    return job->cancelled || ohm_plan_now_us() >= job->until_us;
}

void ohm_day_solve(ohm_day_job *job)
{
    ohm_day_make(&job->facts, &job->day);
    const ohm_home *home = &job->day.home;
    ohm_err err = ohm_home_check(home);
    size_t bytes = ohm_failed(err) ? 0 : (ohm_home_size(home) + ALIGNED - 1) / ALIGNED * ALIGNED;
    void *memory = bytes ? aligned_alloc(ALIGNED, bytes) : NULL;
    if (!memory) {
        job->why = ohm_failed(err) ? err.what : "out of memory";
        write_json(job, NULL, NULL);
        return;
    }
    ohm_home_controls controls;
    ohm_home_result result;
    const ohm_home_clock clock = { is_over, job };
    job->until_us = ohm_plan_now_us() + (double)job->budget_ms * 1000;
    ohm_home_solve(ohm_home_init(home, memory), home, &clock, &controls, &result);
    job->planned = true;
    collect_actions(job, &controls);
    write_json(job, &controls, &result);
    free(memory);
    ohm_pages_give_back_freed();
}
