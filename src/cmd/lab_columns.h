/* A column of a CSV on the steps of the laboratory: a load curve, a plan. */
#ifndef OHM_CMD_LAB_COLUMNS_H
#define OHM_CMD_LAB_COLUMNS_H

#include "cmd/lab.h"

/* The mean of the column `name` over each of `steps` steps; a row holds until the next one, two
 * hours at most. A step that no row covers is refused with its time. Free *ret. */
int ohm_lab_column_read(const char *path, const char *name, const ohm_lab_frame *frame, int steps,
                        double **ret);

/* Whether a file's head has a column of that name. */
int ohm_lab_column_has(const char *path, const char *name, bool *ret_has);

#endif
