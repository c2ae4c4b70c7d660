#include <math.h>

#include "cmd/cmd.h"
#include "cmd/plan.h"

enum { CONTROLS_MAX = 10, NAMES_BYTES = 2048 };

static const char *const limits[] = {
    [OHM_HOME_TANK_END] = "tank_end",      [OHM_HOME_TEMP_END] = "temp_end",
    [OHM_HOME_TEMP_HIGH] = "temp_max",     [OHM_HOME_TEMP_LOW] = "temp_min",
    [OHM_HOME_TANK_LEAST] = "tank_min",    [OHM_HOME_BATTERY] = "battery_range",
    [OHM_HOME_CAR_NEED] = "car_need",      [OHM_HOME_WATER] = "hot_water",
    [OHM_HOME_POWER] = "subscribed_power", [OHM_HOME_FEED_IN] = "feed_in",
};

const char *ohm_plan_home_limit(ohm_home_limit limit)
{
    return limits[limit];
}

static void json_gave(ohm_json *json, const ohm_home_result *result)
{
    ohm_json_key(json, "relaxed");
    ohm_json_array(json);
    for (int i = 0; i < OHM_HOME_LIMITS; i++) {
        const ohm_home_gave *gave = &result->gave[i];
        if (gave->steps == 0)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "limit", limits[i]);
        ohm_json_key_int(json, "steps", gave->steps);
        ohm_plan_json_number(json, "most", gave->most);
        ohm_plan_json_number(json, "cost_eur", gave->cost_eur);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void json_controls(ohm_json *json, const ohm_home *home, const ohm_home_controls *of)
{
    const struct {
        const char *name;
        const double *values;
        bool there;
    } rows[CONTROLS_MAX] = {
        { "imp", of->import_kw, true },
        { "exp", of->export_kw, true },
        { "curtail", of->curtail_kw, true },
        { "shed", of->shed_kw, true },
        { "ch", of->charge_kw, home->has_battery },
        { "dis", of->discharge_kw, home->has_battery },
        { "ev", of->car_kw, home->has_car },
        { "zw", of->tank_on, home->has_tank },
        { "p", of->pump_kw, home->has_pump },
        { "z", of->pump_on, home->has_pump },
    };
    ohm_json_key(json, "controls");
    ohm_json_object(json);
    for (int i = 0; i < CONTROLS_MAX; i++) {
        if (!rows[i].there)
            continue;
        ohm_json_key(json, rows[i].name);
        ohm_json_array(json);
        for (int k = 0; k < home->steps; k++)
            ohm_plan_json_number(json, NULL, rows[i].values[k]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* The mark of a home's plan, against the best there is. */
#define GAP_MAX 1e-3

static int print(const ohm_home *home, const ohm_home_controls *controls,
                 const ohm_home_result *result, double time_us, ohm_plan_memory *memory)
{
    ohm_json json;
    ohm_json_init(&json, memory->line, memory->line_cap);
    ohm_json_object(&json);
    ohm_plan_json_number(&json, "objective", result->objective_eur);
    ohm_plan_json_number(&json, "bound", result->bound_eur);
    ohm_plan_json_number(&json, "gap", ohm_plan_gap(result->objective_eur, result->bound_eur));
    ohm_json_key_bool(&json, "converged",
                      ohm_plan_gap(result->objective_eur, result->bound_eur) <= GAP_MAX);
    ohm_json_key_bool(&json, "time_over", result->time_over);
    ohm_plan_json_number(&json, "rules", result->rules_eur);
    ohm_json_key_int(&json, "iterations", result->iterations);
    ohm_json_key_decimal(&json, "time_us", llround(time_us * 10), -1);
    json_controls(&json, home, controls);
    json_gave(&json, result);
    return ohm_plan_print(&json, memory);
}

static int solve(const ohm_home *home, const ohm_plan_request *request, ohm_plan_memory *memory)
{
    ohm_home_controls controls;
    ohm_home_result result;
    ohm_home_plan *plan = ohm_home_init(home, memory->solver);
    double start_us = ohm_plan_now_us();
    double until_us = start_us + (double)request->limit_ms * 1000;
    ohm_home_clock clock = { request->limit_ms ? ohm_plan_is_over : NULL, &until_us };
    ohm_home_solve(plan, home, &clock, &controls, &result);
    return print(home, &controls, &result, ohm_plan_now_us() - start_us, memory);
}

int ohm_plan_home(json_t *root, const ohm_plan_request *request)
{
    ohm_plan_fault fault;
    ohm_home_input input;
    ohm_plan_memory memory = { 0 };
    if (!ohm_home_input_read(root, &input, &fault)) {
        ohm_home_input_release(&input);
        return ohm_plan_refuse(request->file, &fault);
    }
    ohm_home_input_notes(root, &input, request->file);
    const ohm_home *home = &input.problem;
    ohm_err err = ohm_home_check(home);
    int status;
    if (ohm_failed(err))
        status = ohm_plan_refuse_step(request->file, err);
    else if (!ohm_plan_memory_get(&memory, ohm_home_size(home),
                                  (size_t)home->steps * CONTROLS_MAX + NAMES_BYTES))
        status = ohm_cmd_fail(request->file, "out of memory", NULL);
    else
        status = solve(home, request, &memory);
    ohm_plan_memory_free(&memory);
    ohm_home_input_release(&input);
    return status;
}
