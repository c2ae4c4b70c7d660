#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/plan.h"

/* Beyond this no temperature, power, energy or price makes sense; the problems' own checks know
 * more. */
#define NUMBER_MAX 1e9
/* A step: from a second to a day. */
#define DT_H_MIN (1.0 / 3600)
#define DT_H_MAX 24

bool ohm_plan_fault_set(ohm_plan_fault *fault, const char *what, const char *why)
{
    (void)snprintf(fault->what, sizeof fault->what, "%s", what);
    fault->why = why;
    return false;
}

/* Of a list, the place in it is part of what is wrong. */
static bool fault_at(ohm_plan_fault *fault, const char *key, size_t i, const char *why)
{
    char what[OHM_PLAN_WHAT_MAX];
    (void)snprintf(what, sizeof what, "%s[%zu]", key, i);
    return ohm_plan_fault_set(fault, what, why);
}

static bool number_of(const json_t *value, double min, double max, double *out)
{
    if (!json_is_number(value))
        return false;
    double number = json_number_value(value);
    if (!(number >= min && number <= max))
        return false;
    *out = number;
    return true;
}

bool ohm_plan_number(json_t *object, const char *key, double min, double max, double *out,
                     ohm_plan_fault *fault)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return ohm_plan_fault_set(fault, key, "is missing");
    return number_of(value, min, max, out) ||
           ohm_plan_fault_set(fault, key, "is no number within its range");
}

bool ohm_plan_number_if(json_t *object, const char *key, double min, double max, double *out,
                        ohm_plan_fault *fault)
{
    return !json_object_get(object, key) || ohm_plan_number(object, key, min, max, out, fault);
}

bool ohm_plan_count(json_t *object, const char *key, int min, int max, int *out,
                    ohm_plan_fault *fault)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return ohm_plan_fault_set(fault, key, "is missing");
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return ohm_plan_fault_set(fault, key, "is no whole number within its range");
    *out = (int)json_integer_value(value);
    return true;
}

bool ohm_plan_series(json_t *object, const char *key, size_t count, size_t stride, double *out,
                     ohm_plan_fault *fault)
{
    const json_t *list = json_object_get(object, key);
    if (!json_is_array(list))
        return ohm_plan_fault_set(fault, key, list ? "is no list" : "is missing");
    if (json_array_size(list) < count)
        return ohm_plan_fault_set(fault, key, "is shorter than the horizon");
    for (size_t i = 0; i < count; i++)
        if (!number_of(json_array_get(list, i), -NUMBER_MAX, NUMBER_MAX, &out[i * stride]))
            return fault_at(fault, key, i, "is no number within its range");
    return true;
}

/* --- heating ---------------------------------------------------------------------------------- */

/* A list of `states` lists of `states` numbers. */
static bool read_matrix(json_t *root, ohm_heating *problem, ohm_plan_fault *fault)
{
    const json_t *rows = json_object_get(root, "A");
    bool good = json_array_size(rows) == (size_t)problem->states;
    for (int i = 0; i < problem->states && good; i++) {
        const json_t *row = json_array_get(rows, (size_t)i);
        good = json_array_size(row) == (size_t)problem->states;
        for (int j = 0; j < problem->states && good; j++)
            good = number_of(json_array_get(row, (size_t)j), -NUMBER_MAX, NUMBER_MAX,
                             &problem->a[i][j]);
    }
    return good || ohm_plan_fault_set(fault, "A", "is no matrix of n times n numbers");
}

static bool read_scalars(json_t *root, ohm_heating *problem, ohm_plan_fault *fault)
{
    const struct {
        const char *key;
        double *to;
    } rows[] = { { "D", &problem->d },
                 { "umin", &problem->u_min },
                 { "umax", &problem->u_max },
                 { "Tmin", &problem->y_min },
                 { "Tmax", &problem->y_max },
                 { "w_lo", &problem->low_price },
                 { "w_hi", &problem->high_price },
                 { "q_hi", &problem->high_curve } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!ohm_plan_number(root, rows[i].key, -NUMBER_MAX, NUMBER_MAX, rows[i].to, fault))
            return false;
    size_t n = (size_t)problem->states;
    return ohm_plan_series(root, "B", n, 1, problem->b, fault) &&
           ohm_plan_series(root, "C", n, 1, problem->c, fault) &&
           ohm_plan_series(root, "x0", n, 1, problem->x0, fault) &&
           ohm_plan_series(root, "x_ref", n, 1, problem->end, fault) &&
           ohm_plan_series(root, "w_term", n, 1, problem->end_price, fault);
}

/* d: a list of steps of the states' numbers. */
static bool read_drift(json_t *root, const ohm_heating_input *input, double *to,
                       ohm_plan_fault *fault)
{
    const json_t *list = json_object_get(root, "d");
    size_t n = (size_t)input->problem.states;
    if (json_array_size(list) < input->len)
        return ohm_plan_fault_set(fault, "d", "is shorter than the horizon");
    for (size_t k = 0; k < input->len; k++) {
        const json_t *row = json_array_get(list, k);
        bool good = json_is_array(row) ? json_array_size(row) == n : n == 1;
        for (size_t i = 0; i < n && good; i++)
            good = number_of(json_is_array(row) ? json_array_get(row, i) : row, -NUMBER_MAX,
                             NUMBER_MAX, &to[i * input->len + k]);
        if (!good)
            return fault_at(fault, "d", k, "is no list of n numbers");
    }
    return true;
}

static bool read_replays(json_t *root, const ohm_heating_input *input, double *to,
                         ohm_plan_fault *fault)
{
    size_t n = (size_t)input->problem.states;
    json_t *list = json_object_get(json_object_get(root, "replay_ref"), "lp");
    if (json_array_size(list) < (size_t)input->replays)
        return ohm_plan_fault_set(fault, "replay_ref", "has fewer starts than 'replay' says");
    for (int t = 0; t < input->replays; t++)
        if (!ohm_plan_series(json_array_get(list, (size_t)t), "x0", n, 1, &to[(size_t)t * n],
                             fault))
            return false;
    return true;
}

static bool read_numbers(json_t *root, ohm_heating_input *out, ohm_plan_fault *fault)
{
    ohm_heating *problem = &out->problem;
    size_t n = (size_t)problem->states;
    out->len = (size_t)problem->steps + (size_t)out->replays;
    out->numbers = calloc(out->len * (2 + n) + (size_t)out->replays * n, sizeof(double));
    if (!out->numbers)
        return ohm_plan_fault_set(fault, "problem", "out of memory");
    double *drift = out->numbers + 2 * out->len, *starts = drift + n * out->len;
    problem->cost = out->numbers;
    problem->offset = out->numbers + out->len;
    for (size_t i = 0; i < n; i++)
        problem->drift[i] = drift + i * out->len;
    out->replay_x0 = starts;
    return ohm_plan_series(root, "c", out->len, 1, out->numbers, fault) &&
           ohm_plan_series(root, "e", out->len, 1, out->numbers + out->len, fault) &&
           read_drift(root, out, drift, fault) && read_replays(root, out, starts, fault);
}

bool ohm_heating_input_read(json_t *root, ohm_heating_input *out, ohm_plan_fault *fault)
{
    memset(out, 0, sizeof *out);
    ohm_heating *problem = &out->problem;
    if (!ohm_plan_count(root, "n", 1, OHM_HEATING_STATES_MAX, &problem->states, fault) ||
        !ohm_plan_count(root, "N", 1, OHM_HEATING_STEPS_MAX, &problem->steps, fault))
        return false;
    if (json_object_get(root, "replay") &&
        !ohm_plan_count(root, "replay", 0, OHM_PLAN_REPLAYS_MAX, &out->replays, fault))
        return false;
    double dt_h; /* what the weights are made with: only checked */
    return ohm_plan_number_if(root, "dt_h", DT_H_MIN, DT_H_MAX, &dt_h, fault) &&
           read_matrix(root, problem, fault) && read_scalars(root, problem, fault) &&
           read_numbers(root, out, fault);
}

void ohm_heating_input_notes(json_t *root, const ohm_heating_input *input, const char *file)
{
    static const char *const keys[] = {
        "n",       "N",     "replay",       "dt_h", "A",    "B",      "C",     "D",
        "x0",      "umin",  "umax",         "Tmin", "Tmax", "w_lo",   "w_hi",  "q_hi",
        "x_ref",   "c",     "replay_ref",   "d",    "e",    "w_term", "name",  "model",
        "hour",    "t_out", "model_params", "cop",  "doc",  "price",  "sol_W", "int_W",
        "optimum", NULL
    };
    ohm_plan_note_keys(file, root, &(ohm_plan_known){ keys, "" });
    static const char *const steps[] = { "c", "d", "e" };
    static const char *const states[] = { "B", "C", "x0", "x_ref", "w_term" };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        ohm_plan_note_length(file, root, steps[i], input->len);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        ohm_plan_note_length(file, root, states[i], (size_t)input->problem.states);
}

void ohm_heating_input_release(ohm_heating_input *input)
{
    free(input->numbers);
    input->numbers = NULL;
}

void ohm_heating_input_at(const ohm_heating_input *input, int t, ohm_heating *out)
{
    *out = input->problem;
    out->cost += t;
    out->offset += t;
    for (int i = 0; i < out->states; i++) {
        out->drift[i] += t;
        out->x0[i] = input->replay_x0[t * out->states + i];
    }
}
