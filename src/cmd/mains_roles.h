/* Which column of a file is what. */
#ifndef OHM_CMD_MAINS_ROLES_H
#define OHM_CMD_MAINS_ROLES_H

#include "report/mains.h"

/* Finds the columns by their names and units; `chosen` are "role=column". Returns the exit
 * status. */
int ohm_mains_roles(ohm_mains *q, const char *path, const char *const *chosen, int count);

#endif
