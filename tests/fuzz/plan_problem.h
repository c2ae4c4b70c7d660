/* For fuzz_plan: a problem of either kind from JSON, solved where it is small. */
#ifndef OHM_TESTS_PLAN_PROBLEM_H
#define OHM_TESTS_PLAN_PROBLEM_H

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "cmd/plan.h"
#include "fetch/json_body.h"

enum { PLAN_PROBLEM_STEPS = 16 };

static inline void plan_problem_result(double objective, double bound)
{
    assert(isfinite(objective) && isfinite(bound));
    assert(bound <= objective + 1e-6 * (1 + fabs(objective)));
}

static inline void plan_problem_heating(json_t *root)
{
    ohm_heating_input input;
    ohm_heating_plan plan;
    ohm_heating_result result;
    ohm_plan_fault fault;
    bool good = ohm_heating_input_read(root, &input, &fault);
    const ohm_heating *problem = &input.problem;
    if (good && problem->steps <= PLAN_PROBLEM_STEPS && !ohm_failed(ohm_heating_check(problem))) {
        void *memory = malloc(ohm_heating_size(problem->steps, problem->states));
        assert(memory);
        ohm_heating_init(&plan, problem->steps, problem->states, memory);
        ohm_heating_solve(&plan, problem, &(ohm_heating_options){ 0 }, &result);
        plan_problem_result(result.objective_eur, result.bound_eur);
        free(memory);
    }
    ohm_heating_input_release(&input);
}

static inline void plan_problem_home(json_t *root)
{
    ohm_home_input input;
    ohm_home_controls controls;
    ohm_home_result result;
    ohm_plan_fault fault;
    bool good = ohm_home_input_read(root, &input, &fault);
    const ohm_home *problem = &input.problem;
    if (good && problem->steps <= PLAN_PROBLEM_STEPS && !ohm_failed(ohm_home_check(problem))) {
        void *memory = malloc(ohm_home_size(problem));
        assert(memory);
        ohm_home_solve(ohm_home_init(problem, memory), problem, NULL, &controls, &result);
        plan_problem_result(result.objective_eur, result.bound_eur);
        free(memory);
    }
    ohm_home_input_release(&input);
}

#endif
