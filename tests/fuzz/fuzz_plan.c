/* Any bytes as a planning problem: read, checked and solved, or refused; a plan's cost is a number
 * and no less than its bound. */
#include "plan_problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = NULL;
    if (!ohm_failed(ohm_json_body_load(ohm_span_of(data, size), 1 << 16, &root))) {
        plan_problem_heating(root);
        plan_problem_home(root);
        json_decref(root);
    }
    return 0;
}
