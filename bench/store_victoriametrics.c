/* VictoriaMetrics by HTTP: line protocol in, MetricsQL out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_server.h"

enum { BATCH = 5000 };

typedef struct engine {
    server server;
    char table[16];
    double empty_bytes;
    text request, answer;
} engine;

static bool find(server *out, const char **why)
{
    return server_find("OHM_BENCH_VICTORIAMETRICS", out, why);
}

static void *open_engine(const char *folder, const char **why)
{
    engine *e = calloc(1, sizeof *e);
    if (!e || !find(&e->server, why)) {
        free(e);
        return NULL;
    }
    (void)folder;
    static int tables;
    (void)snprintf(e->table, sizeof e->table, "w%d", ++tables);
    e->empty_bytes = server_bytes(&e->server);
    return e;
}

static void post(engine *e)
{
    server_ask(&e->server, "/write?precision=ms", &e->request, &e->answer);
    e->request.len = 0;
}

static void say(void *engine_, const ohm_frame *frame)
{
    engine *e = engine_;
    line_frame(&e->request, e->table, frame->device, frame);
    post(e);
}

static void minute(void *engine_, const ohm_frame *frames, size_t count)
{
    engine *e = engine_;
    for (size_t i = 0; i < count; i++)
        line_frame(&e->request, e->table, frames[i].device, &frames[i]);
    post(e);
}

static void commit(void *engine_)
{
    (void)engine_; /* it has no such thing: what it took is on the disk within a second */
}

static void import(void *engine_, int series, const ohm_point *points, size_t count)
{
    engine *e = engine_;
    for (size_t at = 0; at < count; at += BATCH) {
        line_points(&e->request, e->table, series, points + at,
                    count - at < BATCH ? count - at : BATCH);
        post(e);
    }
}

static void settle(void *engine_)
{
    engine *e = engine_;
    server_ask(&e->server, "/internal/force_flush", NULL, &e->answer);
    server_ask(&e->server, "/internal/force_merge", NULL, &e->answer);
}

static double bytes(void *engine_)
{
    engine *e = engine_;
    return server_bytes(&e->server) - e->empty_bytes;
}

static size_t count_of(const text *answer, const char *what)
{
    size_t n = 0;
    for (const char *at = answer->len ? answer->bytes : NULL; at && (at = strstr(at, what)); at++)
        n++;
    return n;
}

static size_t ask(void *engine_, int series, ohm_interval range, int64_t step_ms, bool energy)
{
    engine *e = engine_;
    char path[500];
    long long step_s = step_ms / 1000, from_s = range.from_ms / 1000, to_s = range.to_ms / 1000;
    if (step_ms == 0) {
        (void)snprintf(path, sizeof path,
                       "/api/v1/export/csv?format=__timestamp__:unix_ms,__value__&start=%lld"
                       "&end=%lld&match%%5B%%5D=%s_s%d%%7Bdevice%%3D%%22m0%%22%%7D",
                       from_s, to_s - 1, e->table, series);
        server_ask(&e->server, path, NULL, &e->answer);
        return count_of(&e->answer, "\n");
    }
    /* increase; or mean, min and max at once. */
    (void)snprintf(path, sizeof path,
                   "/api/v1/query_range?nocache=1&start=%lld&end=%lld&step=%lld&query=%s"
                   "%s_s%d%%7Bdevice%%3D%%22m0%%22%%7D%%5B%llds%%5D)",
                   from_s + step_s, to_s, step_s,
                   energy ? "increase("
                          : "aggr_over_time((%22avg_over_time%22,%22min_over_time%22,"
                            "%22max_over_time%22),",
                   e->table, series, step_s);
    server_ask(&e->server, path, NULL, &e->answer);
    return count_of(&e->answer, "\"]") / (energy ? 1 : 3);
}

static size_t newest(void *engine_, ohm_ms time_ms)
{
    engine *e = engine_;
    char path[200];
    (void)snprintf(path, sizeof path,
                   "/api/v1/query?nocache=1&time=%lld&query=last_over_time(%%7B__name__=~%%22%s_.*"
                   "%%22%%7D%%5B1h%%5D)",
                   (long long)time_ms / 1000, e->table);
    server_ask(&e->server, path, NULL, &e->answer);
    return count_of(&e->answer, "\"value\"");
}

static void close_engine(void *engine_)
{
    engine *e = engine_;
    free(e->request.bytes);
    free(e->answer.bytes);
    free(e);
}

const contender bench_victoriametrics = {
    .name = "victoria",
    .server = find,
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
};
