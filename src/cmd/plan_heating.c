#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/plan.h"

static const char *const limits[] = {
    [OHM_HEATING_END] = "temp_end",
    [OHM_HEATING_HIGH] = "temp_max",
    [OHM_HEATING_LOW] = "temp_min",
};

static void json_gave(ohm_json *json, const ohm_heating_result *result)
{
    ohm_json_key(json, "relaxed");
    ohm_json_array(json);
    for (int i = 0; i < OHM_HEATING_LIMITS; i++) {
        const ohm_heating_gave *gave = &result->gave[i];
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

typedef struct heating_run {
    const ohm_plan_request *request;
    ohm_heating_input input;
    ohm_heating_plan plan;
    ohm_plan_memory memory;
} heating_run;

/* The mark of the answer's objective, against the best there is. */
#define GAP_MAX 1e-5

static bool converged(const ohm_heating_result *result)
{
    return ohm_plan_gap(result->objective_eur, result->bound_eur) <= GAP_MAX;
}

static int print(heating_run *run, const ohm_heating_result *result, double time_us)
{
    ohm_json json;
    ohm_json_init(&json, run->memory.line, run->memory.line_cap);
    ohm_json_object(&json);
    ohm_plan_json_number(&json, "objective", result->objective_eur);
    ohm_plan_json_number(&json, "bound", result->bound_eur);
    ohm_plan_json_number(&json, "gap", ohm_plan_gap(result->objective_eur, result->bound_eur));
    ohm_json_key_bool(&json, "converged", converged(result));
    ohm_json_key_int(&json, "iterations", result->iterations);
    ohm_json_key_decimal(&json, "time_us", llround(time_us * 10), -1);
    ohm_json_key(&json, "u");
    ohm_json_array(&json);
    for (int k = 0; k < run->input.problem.steps; k++)
        ohm_plan_json_number(&json, NULL, run->plan.u[k]);
    ohm_json_end(&json);
    json_gave(&json, result);
    return ohm_plan_print(&json, &run->memory);
}

static int solve(heating_run *run, const ohm_heating *problem, bool warm)
{
    ohm_heating_result result;
    ohm_err err = ohm_heating_check(problem);
    if (ohm_failed(err))
        return ohm_plan_refuse_step(run->request->file, err);
    double start_us = ohm_plan_now_us();
    double until_us = start_us + (double)run->request->limit_ms * 1000;
    ohm_stage_clock clock = { run->request->limit_ms ? ohm_plan_is_over : NULL, &until_us };
    const ohm_heating_options options = { warm, &clock };
    ohm_heating_solve(&run->plan, problem, &options, &result);
    if (!converged(&result))
        ohm_plan_note(
            run->request->file, "plan",
            "is not known to be the best (see \"gap\"): limits hold, but it may cost more");
    return print(run, &result, ohm_plan_now_us() - start_us);
}

static int solve_all(heating_run *run)
{
    const ohm_plan_request *request = run->request;
    ohm_heating problem = run->input.problem;
    int status = OHM_EXIT_OK;
    if (!request->replay)
        return solve(run, &problem, false);
    if (run->input.replays == 0)
        return ohm_cmd_fail(request->file, "has no replays", "leave out --replay");
    for (int t = 0; t < run->input.replays && status == OHM_EXIT_OK; t++) {
        ohm_heating_input_at(&run->input, t, &problem);
        status = solve(run, &problem, t > 0 && !request->cold);
    }
    return status;
}

int ohm_plan_heating(json_t *root, const ohm_plan_request *request)
{
    ohm_plan_fault fault;
    heating_run run = { .request = request };
    int status;
    if (!ohm_heating_input_read(root, &run.input, &fault)) {
        ohm_heating_input_release(&run.input);
        return ohm_plan_refuse(request->file, &fault);
    }
    ohm_heating_input_notes(root, &run.input, request->file);
    ohm_heating *problem = &run.input.problem;
    if (request->variant && strcmp(request->variant, "lp") == 0)
        problem->high_curve = 0;
    if (!ohm_plan_memory_get(&run.memory, ohm_heating_size(problem->steps, problem->states),
                             (size_t)problem->steps)) {
        status = ohm_cmd_fail(request->file, "out of memory", NULL);
    } else {
        ohm_heating_init(&run.plan, problem->steps, problem->states, run.memory.solver);
        status = solve_all(&run);
    }
    ohm_plan_memory_free(&run.memory);
    ohm_heating_input_release(&run.input);
    return status;
}
