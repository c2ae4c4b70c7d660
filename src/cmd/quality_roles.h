/* Which column of a file is what. */
#ifndef OHM_CMD_QUALITY_ROLES_H
#define OHM_CMD_QUALITY_ROLES_H

#include "report/quality.h"

/* Finds the columns by their names and units; `chosen` are "role=column". Returns the exit
 * status. */
int ohm_quality_roles(ohm_quality *q, const char *path, const char *const *chosen, int count);

#endif
