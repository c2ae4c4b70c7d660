/* What the store's benchmark measures, and against whom: a table of contenders (bench_store.c),
 * each with the same few calls, so that an engine is one file and one row more. */
#ifndef OHM_BENCH_STORE_BENCH_H
#define OHM_BENCH_STORE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/quantity.h"
#include "base/reading.h"
#include "base/time.h"
#include "store/history.h"

#define BENCH_T0 INT64_C(1735689600000) /* 2025-01-01T00:00:00Z: a Wednesday */
#define DAY_MS   INT64_C(86400000)

enum { BENCH_SERIES = 30 };

typedef struct server server; /* store_server.h */

/* The workload W1: thirty series of a three-phase meter, of which `fine` days every 10 s and
 * `coarse` days every 60 s, for `series` of them. */
typedef struct workload {
    int series, fine_days, coarse_days;
} workload;

typedef struct contender {
    const char *name;
    /* Where it runs, if it is not in this process: its CPU, memory and writes are counted there,
     * and questions by the clock. False: it can't be had here, and *why says why. */
    bool (*server)(server *out, const char **why);
    void *(*open)(const char *folder, const char **why);
    /* One message of a meter, BENCH_SERIES readings, as it comes; and their end on the disk. */
    void (*say)(void *engine, const ohm_frame *frame);
    /* A message of each of many meters, for the same minute. */
    void (*minute)(void *engine, const ohm_frame *frames, size_t count);
    void (*commit)(void *engine);
    /* Readings of one series of the past. */
    void (*import)(void *engine, int series, const ohm_point *points, size_t count);
    /* All is said: compact. Then what it weighs. */
    void (*settle)(void *engine);
    double (*bytes)(void *engine);
    /* Rows that the question gave. step_ms 0: raw; `energy`: sums of a register's gains. */
    size_t (*ask)(void *engine, int series, ohm_interval range, int64_t step_ms, bool energy);
    /* The newest reading of every series; how many. */
    size_t (*newest)(void *engine, ohm_ms time_ms);
    void (*close)(void *engine);
    bool ours; /* its figures have marks */
} contender;

extern const contender bench_ohmstead, bench_plain_rows, bench_influxdb, bench_victoriametrics,
    bench_postgresql;

/* The time of the workload: that of the last message. */
ohm_ms bench_now(void);

extern const ohm_quantity_id bench_quantities[BENCH_SERIES];
const char *bench_key(int series, char key[static 160]);

/* Ends the benchmark with what went wrong. */
_Noreturn void bench_stop(const char *what, const char *why);

#endif
