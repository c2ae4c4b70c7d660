/* Jobs on all cores, each worker a process: one that aborts costs its own job, and its last words
 * are heard. And what sweeps by threads share with that: how many workers, and how far they are.
 *
 * Everything is copied into the workers as it was when they began; back come results of a fixed
 * size, as bytes. Pointers to static data in them hold. */
#ifndef OHM_CMD_POOL_H
#define OHM_CMD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OHM_POOL_WORKERS_MAX = 64,
    OHM_POOL_RESULT_MAX = 3072, /* bytes: a pipe takes as much at once */
    OHM_POOL_SAID_MAX = 1024,
};

typedef struct ohm_pool {
    int64_t jobs;
    size_t result_size; /* OHM_POOL_RESULT_MAX at the most */
    const char *noun;   /* of the progress: "world" */
    void *ctx;
    /* In a worker. False: no result, what is wrong was said on stderr. */
    bool (*run)(void *ctx, int64_t job, void *ret_result);
    /* In the caller, in the order in which they end. `result` is NULL when the worker ended without
     * one; `said` is what it wrote on stderr, the end of it. */
    void (*done)(void *ctx, int64_t job, const void *result, const char *said);
} ohm_pool;

typedef enum ohm_pool_end {
    OHM_POOL_DONE,
    OHM_POOL_INTERRUPTED, /* by SIGINT or SIGTERM: workers were ended, what is done was told */
    OHM_POOL_FAILED,      /* no process or memory; errno says why */
} ohm_pool_end;

/* Workers for so many jobs: one a core, never more than jobs. */
int ohm_pool_workers(int64_t jobs);
/* On a terminal a line that is written over; else, for long ones, a line each tenth. */
void ohm_pool_progress(const char *noun, int64_t done, int64_t jobs);
/* Ends that line. */
void ohm_pool_progress_end(void);

ohm_pool_end ohm_pool_run(const ohm_pool *pool);

#endif
