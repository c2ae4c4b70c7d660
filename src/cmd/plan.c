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
#include "host/language.h"

enum {
    LIMIT_MS_MIN = 10,
    LIMIT_MS_MAX = 3600000,
    LINE_BYTES = 2048, /* of an answer, besides its numbers */
    NUMBER_BYTES = 32,
    ALIGNED = 64,
};

/* --- what both kinds of problem share --------------------------------------------------------- */

double ohm_plan_now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

bool ohm_plan_is_over(void *ctx)
{
    const double *until_us = ctx;
    return ohm_plan_now_us() >= *until_us;
}

void ohm_plan_json_number(ohm_json *json, const char *key, double value)
{
    if (key)
        ohm_json_key(json, key);
    if (!isfinite(value) || fabs(value) >= 9e18)
        ohm_json_null(json);
    else if (fabs(value) >= 9e11)
        ohm_json_decimal(json, llround(value), 0);
    else if (fabs(value) >= 9e5)
        ohm_json_decimal(json, llround(value * 1e6), -6);
    else
        ohm_json_decimal(json, llround(value * 1e12), -12);
}

double ohm_plan_gap(double objective, double bound)
{
    /* A bound above the objective would be as wrong as one below is far. */
    return fabs(objective - bound) / (1 + fabs(objective));
}

int ohm_plan_refuse(const char *file, const ohm_plan_fault *fault)
{
    (void)fprintf(stderr, "ohmstead: %s: %s: %s\n", file, fault->what, ohm_cmd_say(fault->why));
    return OHM_EXIT_FAILED;
}

void ohm_plan_note(const char *file, const char *what, const char *why)
{
    (void)fprintf(stderr, "ohmstead: %s: %s: %s\n", file, what, ohm_cmd_say(why));
}

void ohm_plan_note_keys(const char *file, json_t *object, const ohm_plan_known *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char what[OHM_PLAN_WHAT_MAX];
        size_t i = 0;
        while (known->keys[i] && strcmp(known->keys[i], key) != 0)
            i++;
        if (known->keys[i])
            continue;
        (void)snprintf(what, sizeof what, "%s%s", known->where, key);
        ohm_plan_note(file, what, "is no key of a problem and was not used");
    }
}

void ohm_plan_note_length(const char *file, json_t *object, const char *key, size_t count)
{
    char why[OHM_PLAN_WHAT_MAX];
    size_t size = json_array_size(json_object_get(object, key));
    if (size <= count)
        return;
    (void)snprintf(why, sizeof why, "%s %zu %s %zu %s", ohm_cmd_say("has"), size,
                   ohm_cmd_say("entries, of which"), count, ohm_cmd_say("are used"));
    ohm_plan_note(file, key, why);
}

int ohm_plan_refuse_step(const char *file, ohm_err err)
{
    char where[32];
    (void)snprintf(where, sizeof where, "step %u", err.at);
    return ohm_cmd_fail(file, err.what, err.at > 0 ? where : NULL);
}

bool ohm_plan_memory_get(ohm_plan_memory *memory, size_t solver, size_t numbers)
{
    memory->line_cap = LINE_BYTES + numbers * NUMBER_BYTES;
    memory->solver = aligned_alloc(ALIGNED, (solver + ALIGNED - 1) / ALIGNED * ALIGNED);
    memory->line = malloc(memory->line_cap + 1);
    return memory->solver && memory->line;
}

void ohm_plan_memory_free(ohm_plan_memory *memory)
{
    free(memory->solver);
    free(memory->line);
}

int ohm_plan_print(ohm_json *json, ohm_plan_memory *memory)
{
    size_t len = 0;
    ohm_json_end(json);
    if (ohm_json_finish(json, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    memory->line[len] = '\n';
    (void)fwrite(memory->line, 1, len + 1, stdout);
    return OHM_EXIT_OK;
}

/* --- the command line ------------------------------------------------------------------------- */

/* A home's problem says which devices there are. */
static int run_root(json_t *root, const ohm_plan_request *r)
{
    if (!json_object_get(root, "case"))
        return ohm_plan_heating(root, r);
    if (r->replay)
        return ohm_cmd_usage("plan", "--replay is for heating problems, not", r->file);
    if (r->variant)
        ohm_plan_note(r->file, "--variant", "is for heating problems and was not used");
    return ohm_plan_home(root, r);
}

static int run_file(const ohm_plan_request *r)
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
    ohm_plan_request r = { 0 };
    const ohm_option options[] = {
        { "--variant", "lp|qp", &r.variant, NULL,
          "heating: overheating costs as the line (lp) or the curve (qp, the default)" },
        { "--replay", NULL, NULL, &r.replay,
          "heating: solve the file's replays in their order, an answer a line" },
        { "--cold", NULL, NULL, &r.cold, "with --replay: nothing is kept from one to the next" },
        { "--time-limit", "MS", &r.limit, NULL, "answer with the best plan found until then" },
        { 0 },
    };
    ohm_cmd_speak(ohm_language_french());
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
