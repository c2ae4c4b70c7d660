/* ohmstead plan: what to run when, from a problem in a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/plan.h"
#include "cmd/verbs.h"
#include "fetch/json_body.h"
#include "host/file.h"

enum {
    LIMIT_MS_MIN = 10,
    LIMIT_MS_MAX = 3600000,
    LINE_BYTES = 256, /* of an answer, besides its numbers */
    NUMBER_BYTES = 32,
    ALIGNED = 64,
};

typedef struct request {
    const char *variant, *limit, *file;
    bool replay, cold;
    int64_t limit_ms; /* 0: none */
} request;

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* --- printing --------------------------------------------------------------------------------- */

void ohm_plan_json_number(ohm_json *json, const char *key, double value)
{
    if (key)
        ohm_json_key(json, key);
    if (!isfinite(value) || fabs(value) >= 9e11)
        ohm_json_null(json);
    else if (fabs(value) >= 9e5)
        ohm_json_decimal(json, llround(value * 1e6), -6);
    else
        ohm_json_decimal(json, llround(value * 1e12), -12);
}

static double gap_of(double objective, double bound)
{
    double gap = objective - bound;
    return gap > 0 ? gap / (1 + fabs(objective)) : 0;
}

static const char *const heating_limits[] = {
    [OHM_HEATING_END] = "end",
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
        ohm_json_key_str(json, "limit", heating_limits[i]);
        ohm_json_key_int(json, "steps", gave->steps);
        ohm_plan_json_number(json, "most_k", gave->most);
        ohm_plan_json_number(json, "cost_eur", gave->cost_eur);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

typedef struct heating_run {
    ohm_heating_input input;
    ohm_heating_plan plan;
    void *memory;
    char *line;
    size_t line_cap;
} heating_run;

static int print_heating(heating_run *run, const ohm_heating_result *result, double time_us)
{
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, run->line, run->line_cap);
    ohm_json_object(&json);
    ohm_plan_json_number(&json, "objective", result->objective_eur);
    ohm_plan_json_number(&json, "bound", result->bound_eur);
    ohm_plan_json_number(&json, "gap", gap_of(result->objective_eur, result->bound_eur));
    ohm_json_key_int(&json, "iterations", result->iterations);
    ohm_json_key_decimal(&json, "time_us", llround(time_us * 10), -1);
    ohm_json_key(&json, "u");
    ohm_json_array(&json);
    for (int k = 0; k < run->input.problem.steps; k++)
        ohm_plan_json_number(&json, NULL, run->plan.u[k]);
    ohm_json_end(&json);
    json_gave(&json, result);
    ohm_json_end(&json);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    run->line[len] = '\n';
    (void)fwrite(run->line, 1, len + 1, stdout);
    return OHM_EXIT_OK;
}

/* --- heating ---------------------------------------------------------------------------------- */

static int solve_heating(heating_run *run, const ohm_heating *problem, bool warm)
{
    ohm_heating_result result;
    double start_us = now_us();
    ohm_heating_solve(&run->plan, problem, warm, &result);
    return print_heating(run, &result, now_us() - start_us);
}

static int check_heating(const char *file, const ohm_heating *problem)
{
    char where[48];
    ohm_err err = ohm_heating_check(problem);
    if (!ohm_failed(err))
        return OHM_EXIT_OK;
    (void)snprintf(where, sizeof where, "at %u", err.at);
    return ohm_cmd_fail(file, err.what, where);
}

static int run_heating(heating_run *run, const request *r)
{
    ohm_heating problem = run->input.problem;
    if (!r->replay) {
        int status = check_heating(r->file, &problem);
        return status == OHM_EXIT_OK ? solve_heating(run, &problem, false) : status;
    }
    if (run->input.replays == 0)
        return ohm_cmd_fail(r->file, "has no replays", "leave out --replay");
    for (int t = 0; t < run->input.replays; t++) {
        ohm_heating_input_at(&run->input, t, &problem);
        int status = check_heating(r->file, &problem);
        if (status == OHM_EXIT_OK)
            status = solve_heating(run, &problem, t > 0 && !r->cold);
        if (status != OHM_EXIT_OK)
            return status;
    }
    return OHM_EXIT_OK;
}

static int with_heating(heating_run *run, json_t *root, const request *r)
{
    ohm_plan_fault fault;
    if (!ohm_heating_input_read(root, &run->input, &fault)) {
        ohm_heating_input_release(&run->input);
        char what[OHM_PLAN_WHAT_MAX + 300];
        (void)snprintf(what, sizeof what, "%s: %s", r->file, fault.what);
        return ohm_cmd_fail(what, fault.why, NULL);
    }
    ohm_heating *problem = &run->input.problem;
    if (r->variant && strcmp(r->variant, "lp") == 0)
        problem->high_curve = 0;
    size_t size = ohm_heating_size(problem->steps, problem->states);
    run->line_cap = LINE_BYTES * 4 + (size_t)problem->steps * NUMBER_BYTES;
    run->memory = aligned_alloc(ALIGNED, (size + ALIGNED - 1) / ALIGNED * ALIGNED);
    run->line = malloc(run->line_cap + 1);
    int status = OHM_EXIT_FAILED;
    if (!run->memory || !run->line) {
        (void)ohm_cmd_fail(r->file, "out of memory", NULL);
    } else {
        ohm_heating_init(&run->plan, problem->steps, problem->states, run->memory);
        status = run_heating(run, r);
    }
    free(run->line);
    free(run->memory);
    ohm_heating_input_release(&run->input);
    return status;
}

/* --- the command line ------------------------------------------------------------------------- */

static int run_root(json_t *root, const request *r)
{
    static heating_run heating;
    return with_heating(&heating, root, r);
}

static int run_file(const request *r)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    json_t *root = NULL;
    ohm_err err = strcmp(r->file, "-") == 0
                      ? ohm_file_read_fd(STDIN_FILENO, OHM_PLAN_BYTES_MAX, &bytes, &len)
                      : ohm_file_read(r->file, OHM_PLAN_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(r->file, err.what, NULL);
    err = ohm_json_body_load(ohm_span_of(bytes, len), OHM_PLAN_BYTES_MAX, &root);
    free(bytes);
    if (ohm_failed(err)) {
        char where[48];
        (void)snprintf(where, sizeof where, "at byte %u", err.at);
        return ohm_cmd_fail(r->file, err.what, where);
    }
    int status = run_root(root, r);
    json_decref(root);
    if (status == OHM_EXIT_OK && fflush(stdout) != 0)
        return ohm_cmd_fail("standard output", "can't be written", NULL);
    return status;
}

int ohm_cmd_plan(int argc, char **argv)
{
    request r = { 0 };
    const ohm_option options[] = {
        { "--variant", "lp|qp", &r.variant, NULL,
          "heating: overheating costs as the line (lp) or the curve (qp, the default)" },
        { "--replay", NULL, NULL, &r.replay,
          "heating: solve the file's replays in their order, an answer a line" },
        { "--cold", NULL, NULL, &r.cold, "with --replay: nothing is kept from one to the next" },
        { "--time-limit", "MS", &r.limit, NULL, "answer with the best plan found until then" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "plan",
        .arguments = "PROBLEM.json|-",
        .about = "Solves a planning problem: the heating of a zone, or a home with battery, car,\n"
                 "tank and heat pump. Prints the plan, what it costs, and a bound: no plan costs\n"
                 "less. docs/plan.md describes the file.",
        .options = options,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, &r.file, &status) < 0)
        return status;
    if (r.variant && strcmp(r.variant, "lp") != 0 && strcmp(r.variant, "qp") != 0)
        return ohm_cmd_usage("plan", "--variant is lp or qp, not", r.variant);
    if (r.limit && (ohm_number_int(ohm_span_text(r.limit), &r.limit_ms) != OHM_OK ||
                    r.limit_ms < LIMIT_MS_MIN || r.limit_ms > LIMIT_MS_MAX))
        return ohm_cmd_usage("plan", "--time-limit takes 10 ms or more, not", r.limit);
    if (r.cold && !r.replay)
        return ohm_cmd_usage("plan", "--cold goes with --replay", NULL);
    return run_file(&r);
}
