/* PostgreSQL as most programs use it: a row a reading, (series, time) → double precision. */
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "store_server.h"

typedef struct engine {
    server server;
    PGconn *conn;
    char table[16];
    double empty_bytes;
    text request;
} engine;

static bool find(server *out, const char **why)
{
    return server_find("OHM_BENCH_POSTGRESQL", out, why);
}

static void must(const engine *e, bool good, const char *what)
{
    if (!good)
        bench_stop(what, PQerrorMessage(e->conn));
}

/* The rows of its answer. */
static size_t run(engine *e, const char *sql)
{
    PGresult *result = PQexec(e->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    must(e, status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN,
         "postgresql");
    size_t rows = (size_t)PQntuples(result);
    PQclear(result);
    return rows;
}

static void *open_engine(const char *folder, const char **why)
{
    static int tables;
    char sql[160];
    engine *e = calloc(1, sizeof *e);
    if (!e || !find(&e->server, why)) {
        free(e);
        return NULL;
    }
    (void)folder;
    e->conn = PQconnectdb(e->server.url);
    must(e, PQstatus(e->conn) == CONNECTION_OK, "postgresql");
    (void)snprintf(e->table, sizeof e->table, "w%d", ++tables);
    (void)snprintf(sql, sizeof sql,
                   "CREATE TABLE %s(series integer, ts bigint, value double precision,"
                   " PRIMARY KEY(series, ts))",
                   e->table);
    (void)run(e, sql);
    e->empty_bytes = server_bytes(&e->server);
    return e;
}

static double value_of(const ohm_value *v)
{
    return ohm_quantity_value((ohm_quantity_id)v->quantity, v->value);
}

static void say(void *engine_, const ohm_frame *frame)
{
    engine *e = engine_;
    e->request.len = 0;
    text_add(&e->request, "INSERT INTO %s VALUES", e->table);
    for (uint16_t i = 0; i < frame->count; i++)
        text_add(&e->request, "%s(%u,%lld,%.15g)", i ? "," : "",
                 frame->device * (unsigned)BENCH_SERIES + i, (long long)frame->time_ms,
                 value_of(&frame->values[i]));
    (void)run(e, e->request.bytes);
}

static void copy_begin(engine *e)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "COPY %s FROM STDIN", e->table);
    (void)run(e, sql);
    e->request.len = 0;
}

static void copy_row(engine *e, unsigned series, ohm_ms time_ms, double value)
{
    text_add(&e->request, "%u\t%lld\t%.15g\n", series, (long long)time_ms, value);
}

static void copy_end(engine *e)
{
    must(e, PQputCopyData(e->conn, e->request.bytes, (int)e->request.len) == 1, "copy");
    must(e, PQputCopyEnd(e->conn, NULL) == 1, "copy");
    PGresult *result;
    while ((result = PQgetResult(e->conn))) {
        must(e, PQresultStatus(result) == PGRES_COMMAND_OK, "copy");
        PQclear(result);
    }
}

static void minute(void *engine_, const ohm_frame *frames, size_t count)
{
    engine *e = engine_;
    copy_begin(e);
    for (size_t d = 0; d < count; d++)
        for (uint16_t i = 0; i < frames[d].count; i++)
            copy_row(e, (unsigned)d * BENCH_SERIES + i, frames[d].time_ms,
                     value_of(&frames[d].values[i]));
    copy_end(e);
}

static void commit(void *engine_)
{
    (void)engine_; /* each statement was one */
}

static void import(void *engine_, int series, const ohm_point *points, size_t count)
{
    engine *e = engine_;
    copy_begin(e);
    for (size_t i = 0; i < count; i++)
        copy_row(e, (unsigned)series, points[i].time_ms,
                 ohm_quantity_value(bench_quantities[series], points[i].value));
    copy_end(e);
}

static void settle(void *engine_)
{
    engine *e = engine_;
    char sql[64];
    (void)snprintf(sql, sizeof sql, "VACUUM ANALYZE %s", e->table);
    (void)run(e, sql);
}

static double bytes(void *engine_)
{
    engine *e = engine_;
    (void)run(e, "CHECKPOINT");
    return server_bytes(&e->server) - e->empty_bytes;
}

static size_t ask(void *engine_, int series, ohm_interval range, int64_t step_ms, bool energy)
{
    engine *e = engine_;
    char sql[300], what[120];
    if (step_ms == 0)
        (void)snprintf(what, sizeof what, "ts, value");
    else
        (void)snprintf(what, sizeof what, "(ts-%lld)/%lld AS step, %s", (long long)range.from_ms,
                       (long long)step_ms,
                       energy ? "max(value)" : "avg(value),min(value),max(value)");
    (void)snprintf(sql, sizeof sql,
                   "SELECT %s FROM %s WHERE series=%d AND ts>=%lld AND ts<%lld %s ORDER BY 1", what,
                   e->table, series, (long long)range.from_ms, (long long)range.to_ms,
                   step_ms ? "GROUP BY 1" : "");
    return run(e, sql);
}

/* By their common time: a seek for each series is slower. */
static size_t newest(void *engine_, ohm_ms time_ms)
{
    engine *e = engine_;
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT DISTINCT ON (series) series, ts, value FROM %s WHERE ts>%lld"
                   " ORDER BY series, ts DESC",
                   e->table, (long long)time_ms - 60000);
    return run(e, sql);
}

static void close_engine(void *engine_)
{
    engine *e = engine_;
    PQfinish(e->conn);
    free(e->request.bytes);
    free(e);
}

const contender bench_postgresql = {
    .name = "postgresql",
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
