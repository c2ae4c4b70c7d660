/* A world's file into what the simulator runs (sim/world.h). */
#ifndef OHM_CMD_WORLD_BUILD_H
#define OHM_CMD_WORLD_BUILD_H

#include "sim/world.h"

/* Reads, checks and converts; what is wrong is said on stderr, and OHM_BAD_FORMAT returned. */
OHM_MUST_CHECK ohm_code ohm_world_build(const char *path, ohm_world_config *ret_config);

#endif
