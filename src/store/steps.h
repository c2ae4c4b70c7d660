/* Readings into steps: what query.h promises, with the sums in their full width. */
#ifndef OHM_STORE_STEPS_H
#define OHM_STORE_STEPS_H

#include "base/wide.h"
#include "store/cursor.h"
#include "store/query.h"

/* As ohm_query_steps; each row also has the sum as it is. Between ohm_reader_begin and _end. */
OHM_MUST_CHECK ohm_err ohm_steps_run(ohm_reader *reader, const ohm_steps_query *query,
                                     bool (*row)(void *ctx, const ohm_slice *slice, ohm_wide sum),
                                     void *ctx);

/* OHM_RANGE or OHM_TOO_BIG before anything is read. */
OHM_MUST_CHECK ohm_err ohm_steps_check(const ohm_steps_query *query);

#endif
