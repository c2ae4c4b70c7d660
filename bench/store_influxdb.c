/* InfluxDB 1 by HTTP: line protocol in, InfluxQL out; a database for each engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "store_server.h"

enum { BATCH = 5000 };

typedef struct engine {
    server server;
    char database[16];
    double empty_bytes;
    text request, answer;
} engine;

static bool find(server *out, const char **why)
{
    return server_find("OHM_BENCH_INFLUXDB", out, why);
}

static void query(engine *e, bool changes, const char *words)
{
    char path[700];
    const text nothing = { 0 };
    char *quoted = curl_easy_escape(NULL, words, 0);
    if (!quoted)
        bench_stop("memory", "none is left");
    (void)snprintf(path, sizeof path, "/query?epoch=ms&db=%s&q=%s", e->database, quoted);
    curl_free(quoted);
    server_ask(&e->server, path, changes ? &nothing : NULL, &e->answer);
}

static void *open_engine(const char *folder, const char **why)
{
    static int databases;
    char words[64];
    engine *e = calloc(1, sizeof *e);
    if (!e || !find(&e->server, why)) {
        free(e);
        return NULL;
    }
    (void)folder;
    (void)snprintf(e->database, sizeof e->database, "w%d", ++databases);
    e->empty_bytes = server_bytes(&e->server);
    (void)snprintf(words, sizeof words, "CREATE DATABASE %s", e->database);
    query(e, true, words);
    return e;
}

static void post(engine *e)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/write?precision=ms&db=%s", e->database);
    server_ask(&e->server, path, &e->request, &e->answer);
    e->request.len = 0;
}

static void say(void *engine_, const ohm_frame *frame)
{
    engine *e = engine_;
    line_frame(&e->request, "r", frame->device, frame);
    post(e);
}

static void minute(void *engine_, const ohm_frame *frames, size_t count)
{
    engine *e = engine_;
    for (size_t i = 0; i < count; i++)
        line_frame(&e->request, "r", frames[i].device, &frames[i]);
    post(e);
}

static void commit(void *engine_)
{
    (void)engine_; /* each request is on the disk when it is answered */
}

static void import(void *engine_, int series, const ohm_point *points, size_t count)
{
    engine *e = engine_;
    for (size_t at = 0; at < count; at += BATCH) {
        line_points(&e->request, "r", series, points + at, count - at < BATCH ? count - at : BATCH);
        post(e);
    }
}

static void settle(void *engine_)
{
    (void)engine_; /* it compacts by itself, a second after the last write (its configuration) */
}

static double bytes(void *engine_)
{
    engine *e = engine_;
    return server_bytes(&e->server) - e->empty_bytes;
}

static size_t rows_of(const engine *e)
{
    size_t n = 0;
    const char *at = e->answer.len ? strstr(e->answer.bytes, "\"values\":[[") : NULL;
    for (; at; at = strstr(at + 1, "],["))
        n++;
    return n;
}

static size_t ask(void *engine_, int series, ohm_interval range, int64_t step_ms, bool energy)
{
    engine *e = engine_;
    char words[400], fields[100], group[64] = "";
    if (step_ms == 0)
        (void)snprintf(fields, sizeof fields, "s%d", series);
    else if (energy)
        (void)snprintf(fields, sizeof fields, "last(s%d)", series);
    else
        (void)snprintf(fields, sizeof fields, "mean(s%d),min(s%d),max(s%d)", series, series,
                       series);
    if (step_ms)
        (void)snprintf(group, sizeof group, " GROUP BY time(%llds)", (long long)step_ms / 1000);
    (void)snprintf(words, sizeof words,
                   "SELECT %s FROM r WHERE device='m0' AND time>=%lldms AND time<%lldms%s", fields,
                   (long long)range.from_ms, (long long)range.to_ms, group);
    query(e, false, words);
    return rows_of(e);
}

static size_t newest(void *engine_, ohm_ms time_ms)
{
    engine *e = engine_;
    (void)time_ms;
    query(e, false, "SELECT last(*) FROM r GROUP BY device");
    size_t devices = 0;
    for (const char *at = e->answer.bytes; (at = strstr(at, "\"values\"")); at++)
        devices++;
    return devices * BENCH_SERIES;
}

static void close_engine(void *engine_)
{
    engine *e = engine_;
    free(e->request.bytes);
    free(e->answer.bytes);
    free(e);
}

const contender bench_influxdb = {
    .name = "influxdb",
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
