/* Worlds on all cores for `ohmstead simulate --world`, and what came of all of them. */
#ifndef OHM_CMD_WORLD_SWEEP_H
#define OHM_CMD_WORLD_SWEEP_H

#include "sim/world.h"

enum { OHM_WORLD_FILES_MAX = 16 };

typedef struct ohm_world_sweep {
    const char *const *files; /* the worlds take turns: the i-th is of files[i % files_count] */
    int files_count;
    const ohm_world_config *configs; /* of each file */
    int64_t seed, days, worlds;      /* the i-th has seed + i */
    bool json;   /* an object a world, in the order in which they end, and one of all */
    bool each;   /* a text for each world, too */
    bool counts; /* what happened how often */
    /* Of each new world before it runs, in its process, and when it ended; false: what is wrong was
     * said. NULL: nothing. */
    bool (*begin)(void *ctx, ohm_world *world);
    bool (*end)(void *ctx);
    void *ctx;
} ohm_world_sweep;

/* The exit status: 1 when an invariant broke, whose name is then the last line on stderr; 130 after
 * SIGINT or SIGTERM. */
int ohm_world_sweep_run(const ohm_world_sweep *sweep);

#endif
