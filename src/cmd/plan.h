/* The parts of `ohmstead plan`: reading a problem, and printing what was made of it. */
#ifndef OHM_CMD_PLAN_H
#define OHM_CMD_PLAN_H

#include <jansson.h>

#include "base/json.h"
#include "base/span.h"
#include "plan/heating.h"
#include "plan/home.h"

enum {
    OHM_PLAN_BYTES_MAX = 64 << 20,
    OHM_PLAN_WHAT_MAX = 96,
    OHM_PLAN_REPLAYS_MAX = 100000,
};

/* Why a problem can't be taken: "series.load: ..." */
typedef struct ohm_plan_fault {
    char what[OHM_PLAN_WHAT_MAX];
    const char *why;
} ohm_plan_fault;

/* What was not used of a problem, said on the error output: keys that nothing reads, entries of
 * series beyond the horizon. */
typedef struct ohm_plan_known {
    const char *const *keys; /* NULL at the end; those that only describe, too */
    const char *where;       /* before a key: "params.bat." */
} ohm_plan_known;

typedef struct ohm_heating_input {
    ohm_heating problem; /* its series point to those of the first replay */
    int replays;         /* 0: the problem alone */
    double *numbers;     /* cost, offset, drift of each state: steps + replays of each; x0 */
    size_t len;          /* of a series */
    const double *replay_x0;
} ohm_heating_input;

/* Reads the JSON of a heating problem (shape: docs/plan.md). false: *fault is written. */
OHM_MUST_CHECK bool ohm_heating_input_read(json_t *root, ohm_heating_input *out,
                                           ohm_plan_fault *fault);
/* Notes what was not used of it. */
void ohm_heating_input_notes(json_t *root, const ohm_heating_input *input, const char *file);
void ohm_heating_input_release(ohm_heating_input *input);
/* The problem of replay t, which starts at its own state and t steps later. */
void ohm_heating_input_at(const ohm_heating_input *input, int t, ohm_heating *out);

typedef struct ohm_home_input {
    ohm_home problem;
    double *numbers; /* its series */
} ohm_home_input;

/* The same of a home's problem. */
OHM_MUST_CHECK bool ohm_home_input_read(json_t *root, ohm_home_input *out, ohm_plan_fault *fault);
void ohm_home_input_notes(json_t *root, const ohm_home_input *input, const char *file);
void ohm_home_input_release(ohm_home_input *input);

/* --- running and printing -------------------------------------------------------------------- */

typedef struct ohm_plan_request {
    const char *variant, *limit, *file;
    bool replay, cold;
    int64_t limit_ms; /* 0: none */
} ohm_plan_request;

/* Solve and print; the exit status. */
int ohm_plan_heating(json_t *root, const ohm_plan_request *request);
int ohm_plan_home(json_t *root, const ohm_plan_request *request);

double ohm_plan_now_us(void);
/* "tank_end"…: what gave way in a home. */
const char *ohm_plan_home_limit(ohm_home_limit limit);
/* For a clock; ctx: the limit's instant, a double on the clock of ohm_plan_now_us. */
bool ohm_plan_is_over(void *ctx);
/* (objective - bound) relative to the objective; never below 0. */
double ohm_plan_gap(double objective, double bound);
/* Says why the file can't be taken. Returns OHM_EXIT_FAILED. */
int ohm_plan_refuse(const char *file, const ohm_plan_fault *fault);
int ohm_plan_refuse_step(const char *file, ohm_err err);
/* Memory for a plan: size bytes for the solver, aligned, and a line of text. */
typedef struct ohm_plan_memory {
    void *solver;
    char *line;
    size_t line_cap;
} ohm_plan_memory;

bool ohm_plan_memory_get(ohm_plan_memory *memory, size_t solver, size_t numbers);
void ohm_plan_memory_free(ohm_plan_memory *memory);
int ohm_plan_print(ohm_json *json, ohm_plan_memory *memory);

/* --- what both kinds of problem are read with ------------------------------------------------ */

/* Says which keys of `object` nothing reads. */
void ohm_plan_note_keys(const char *file, json_t *object, const ohm_plan_known *known);
/* Says it where list `key` of `object` has more than `count` entries. */
void ohm_plan_note_length(const char *file, json_t *object, const char *key, size_t count);
/* What else to know of an answer: one line on the error output. */
void ohm_plan_note(const char *file, const char *what, const char *why);

/* A number of `object`; false, with the fault, when it is absent, no number or out of range. */
bool ohm_plan_number(json_t *object, const char *key, double min, double max, double *out,
                     ohm_plan_fault *fault);
/* The same, where it is there: else *out stays. */
bool ohm_plan_number_if(json_t *object, const char *key, double min, double max, double *out,
                        ohm_plan_fault *fault);
bool ohm_plan_count(json_t *object, const char *key, int min, int max, int *out,
                    ohm_plan_fault *fault);
/* `count` numbers of a list, which may have more; out[i * stride]. */
bool ohm_plan_series(json_t *object, const char *key, size_t count, size_t stride, double *out,
                     ohm_plan_fault *fault);
bool ohm_plan_fault_set(ohm_plan_fault *fault, const char *what, const char *why);

/* A number as JSON, to 12 decimals, fewer of large ones; null when it is not finite. */
void ohm_plan_json_number(ohm_json *json, const char *key, double value);

#endif
