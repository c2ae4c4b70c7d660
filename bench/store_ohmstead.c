/* Our store, as the daemon and an importer use it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/query.h"
#include "store/reader.h"
#include "store/store.h"
#include "store_bench.h"

typedef struct engine {
    char path[300];
    ohm_store *store;
    ohm_history *history;
    ohm_reader *reader;
    unsigned devices;
} engine;

static void must(ohm_err err, const char *what)
{
    if (ohm_failed(err))
        bench_stop(what, err.what);
}

static void *open_engine(const char *folder, const char **why)
{
    (void)why;
    engine *e = calloc(1, sizeof *e);
    if (!e)
        bench_stop("memory", "none is left");
    (void)snprintf(e->path, sizeof e->path, "%s/ohmstead.db", folder);
    const ohm_store_options options = { .path = e->path, .now = bench_now };
    must(ohm_store_open(&options, &e->store), "open");
    must(ohm_store_set_device(e->store, 0, "home/ground/main"), "device");
    must(ohm_history_open(&(ohm_history_options){ .path = e->path }, &e->history), "history");
    return e;
}

static void say(void *engine_, const ohm_frame *frame)
{
    engine *e = engine_;
    while (ohm_store_frame(e->store, frame) == OHM_BUSY)
        usleep(200); /* the bench outruns the disk; a meter does not */
}

static void minute(void *engine_, const ohm_frame *frames, size_t count)
{
    engine *e = engine_;
    for (; e->devices < count; e->devices++) {
        char key[64];
        (void)snprintf(key, sizeof key, "home/ground/m%u", e->devices);
        must(ohm_store_set_device(e->store, (uint16_t)e->devices,
                                  e->devices ? key : "home/ground/main"),
             "device");
    }
    for (size_t i = 0; i < count; i++)
        say(engine_, &frames[i]);
}

static void commit(void *engine_)
{
    engine *e = engine_;
    must(ohm_store_commit_wait(e->store), "commit");
}

static void import(void *engine_, int series, const ohm_point *points, size_t count)
{
    engine *e = engine_;
    char key[160];
    for (size_t at = 0; at < count;) {
        size_t n = count - at;
        n = n < OHM_HISTORY_POINTS_MAX ? n : OHM_HISTORY_POINTS_MAX;
        ohm_history_run run = { bench_key(series, key), points + at, n };
        ohm_history_counts counts = { 0 };
        must(ohm_history_add(e->history, &run, 1, NULL, NULL, &counts), "import");
        at += n;
    }
}

static void settle(void *engine_)
{
    engine *e = engine_;
    must(ohm_store_commit_wait(e->store), "commit");
    must(ohm_history_fold(e->history, OHM_STORE_TIME_MAX), "fold");
}

static double bytes(void *engine_)
{
    engine *e = engine_;
    ohm_store_size size;
    ohm_reader *reader;
    must(ohm_reader_open(e->path, &reader), "read");
    must(ohm_reader_size(reader, &size), "size");
    ohm_reader_close(reader);
    return (double)(size.db_bytes - size.free_bytes);
}

static bool count_point(void *ctx, const ohm_point *point)
{
    (void)point;
    ++*(size_t *)ctx;
    return true;
}

static bool count_slice(void *ctx, const ohm_slice *slice)
{
    *(size_t *)ctx += slice->count > 0;
    return true;
}

static size_t ask(void *engine_, int series, ohm_interval range, int64_t step_ms, bool energy)
{
    engine *e = engine_;
    char key[160];
    size_t rows = 0;
    (void)energy; /* a step has it in any case */
    if (!e->reader)
        must(ohm_reader_open(e->path, &e->reader), "read");
    if (step_ms == 0) {
        must(ohm_query_points(e->reader, bench_key(series, key), range, count_point, &rows), "raw");
        return rows;
    }
    ohm_steps_query q = { .series_key = bench_key(series, key),
                          .range = range,
                          .step = { OHM_STEP_MS, step_ms } };
    must(ohm_query_steps(e->reader, &q, count_slice, &rows), "steps");
    return rows;
}

static bool count_latest(void *ctx, const ohm_latest *latest)
{
    (void)latest;
    ++*(size_t *)ctx;
    return true;
}

static size_t newest(void *engine_, ohm_ms time_ms)
{
    engine *e = engine_;
    size_t count = 0;
    (void)time_ms;
    if (!e->reader)
        must(ohm_reader_open(e->path, &e->reader), "read");
    must(ohm_query_latest(e->reader, count_latest, &count), "latest");
    return count;
}

static void close_engine(void *engine_)
{
    engine *e = engine_;
    ohm_reader_close(e->reader);
    ohm_history_close(e->history);
    ohm_store_close(e->store);
    free(e);
}

const contender bench_ohmstead = {
    .name = "ohmstead",
    .open = open_engine,
    .say = say,
    .minute = minute,
    .commit = commit,
    .import = import,
    .settle = settle,
    .bytes = bytes,
    .ask = ask,
    .newest = newest,
    .close = close_engine,
    .ours = true,
};
