/* What a site used, on the steps of the laboratory: from a file, or its own store. */
#ifndef OHM_CMD_LAB_LOAD_H
#define OHM_CMD_LAB_LOAD_H

#include "cmd/lab.h"

typedef struct ohm_lab_load_wish {
    const char *file;           /* time, load_w; or any file that `bill --csv` takes. NULL: store */
    const char *state, *device; /* of the store */
    bool demo;
} ohm_lab_load_wish;

/* Mean power of each step, W; what was fed in counts below 0. Steps that were not measured take
 * those of the same weekday and hour, which is said on stderr; more than a tenth of them is
 * refused. Free *ret. */
int ohm_lab_load_read(const ohm_lab_load_wish *wish, const ohm_lab_frame *frame, int steps,
                      double **ret);
/* The same of uses that are at hand, without a word. *ret_missing: steps that were not measured.
 * OHM_END: too many of them, *ret_bad is the first too many. OHM_NO_MEMORY. */
OHM_MUST_CHECK ohm_code ohm_lab_load_make(const ohm_use *uses, size_t count,
                                          const ohm_lab_frame *frame, int steps, double *load_w,
                                          int *ret_missing, int *ret_bad);

#endif
