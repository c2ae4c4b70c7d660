/* What most programs do: a row a reading, (series, time) → REAL, in SQLite. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "store_bench.h"

typedef struct engine {
    char path[300];
    sqlite3 *db;
    sqlite3_stmt *insert, *raw, *before;
    int series;
} engine;

static void must(const engine *e, int result, const char *what)
{
    if (result != SQLITE_OK)
        bench_stop(what, sqlite3_errmsg(e->db));
}

static void *open_engine(const char *folder, const char **why)
{
    (void)why;
    engine *e = calloc(1, sizeof *e);
    if (!e)
        bench_stop("memory", "none is left");
    (void)snprintf(e->path, sizeof e->path, "%s/rows.db", folder);
    must(e, sqlite3_open(e->path, &e->db), "open");
    must(e,
         sqlite3_exec(e->db,
                      "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                      "CREATE TABLE reading(series INTEGER, ts INTEGER, value REAL,"
                      " PRIMARY KEY(series, ts)) WITHOUT ROWID",
                      NULL, NULL, NULL),
         "table");
    must(e,
         sqlite3_prepare_v2(e->db, "INSERT OR REPLACE INTO reading VALUES(?1,?2,?3)", -1,
                            &e->insert, NULL),
         "insert");
    must(e,
         sqlite3_prepare_v2(e->db,
                            "SELECT ts, value FROM reading"
                            " WHERE series=?1 AND ts>=?2 AND ts<?3 ORDER BY ts",
                            -1, &e->raw, NULL),
         "raw");
    must(e,
         sqlite3_prepare_v2(e->db,
                            "SELECT value FROM reading WHERE series=?1 AND ts<=?2"
                            " ORDER BY ts DESC LIMIT 1",
                            -1, &e->before, NULL),
         "before");
    return e;
}

static void insert(engine *e, int series, ohm_ms time_ms, double value)
{
    (void)sqlite3_bind_int(e->insert, 1, series);
    (void)sqlite3_bind_int64(e->insert, 2, time_ms);
    (void)sqlite3_bind_double(e->insert, 3, value);
    (void)sqlite3_step(e->insert);
    must(e, sqlite3_reset(e->insert), "insert");
}

static void begin(engine *e)
{
    must(e, sqlite3_exec(e->db, "BEGIN", NULL, NULL, NULL), "begin");
}

static void end(engine *e)
{
    must(e, sqlite3_exec(e->db, "COMMIT", NULL, NULL, NULL), "commit");
}

static void say(void *engine_, const ohm_frame *frame)
{
    engine *e = engine_;
    begin(e);
    for (uint16_t i = 0; i < frame->count; i++) {
        ohm_quantity_id q = (ohm_quantity_id)frame->values[i].quantity;
        insert(e, i, frame->time_ms, ohm_quantity_value(q, frame->values[i].value));
    }
    end(e);
}

static void minute(void *engine_, const ohm_frame *frames, size_t count)
{
    engine *e = engine_;
    begin(e);
    for (size_t d = 0; d < count; d++)
        for (uint16_t i = 0; i < frames[d].count; i++) {
            ohm_quantity_id q = (ohm_quantity_id)frames[d].values[i].quantity;
            insert(e, (int)d * BENCH_SERIES + i, frames[d].time_ms,
                   ohm_quantity_value(q, frames[d].values[i].value));
        }
    end(e);
    e->series = (int)count * BENCH_SERIES;
}

static void commit(void *engine_)
{
    (void)engine_; /* each message was one */
}

static void import(void *engine_, int series, const ohm_point *points, size_t count)
{
    engine *e = engine_;
    begin(e);
    for (size_t i = 0; i < count; i++) {
        insert(e, series, points[i].time_ms,
               ohm_quantity_value(bench_quantities[series], points[i].value));
        if (i % 10000 == 9999) {
            end(e);
            begin(e);
        }
    }
    end(e);
}

static void settle(void *engine_)
{
    engine *e = engine_;
    must(e, sqlite3_exec(e->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), "checkpoint");
}

static double bytes(void *engine_)
{
    engine *e = engine_;
    struct stat st;
    return stat(e->path, &st) == 0 ? (double)st.st_size : 0;
}

/* The energy of steps: the register at each boundary, by a seek. */
static size_t ask_energy(engine *e, int series, ohm_interval range, int64_t step_ms)
{
    size_t rows = 0;
    double sum = 0, last = 0;
    for (ohm_ms at = range.from_ms; at < range.to_ms; at += step_ms, rows++) {
        (void)sqlite3_bind_int(e->before, 1, series);
        (void)sqlite3_bind_int64(e->before, 2, at);
        if (sqlite3_step(e->before) == SQLITE_ROW) {
            double value = sqlite3_column_double(e->before, 0);
            sum += value - last;
            last = value;
        }
        (void)sqlite3_reset(e->before);
    }
    return sum >= 0 ? rows : 0;
}

static size_t ask(void *engine_, int series, ohm_interval range, int64_t step_ms, bool energy)
{
    engine *e = engine_;
    size_t rows = 0;
    double low = 0, high = 0, sum = 0;
    ohm_ms step_from = OHM_NO_MS;
    if (energy)
        return ask_energy(e, series, range, step_ms);
    (void)sqlite3_bind_int(e->raw, 1, series);
    (void)sqlite3_bind_int64(e->raw, 2, range.from_ms);
    (void)sqlite3_bind_int64(e->raw, 3, range.to_ms);
    while (sqlite3_step(e->raw) == SQLITE_ROW) {
        ohm_ms at = sqlite3_column_int64(e->raw, 0);
        double value = sqlite3_column_double(e->raw, 1);
        if (step_ms == 0 || step_from == OHM_NO_MS || at - step_from >= step_ms) {
            rows++;
            step_from = step_ms ? at - (at - range.from_ms) % step_ms : at;
            low = high = value;
            sum = 0;
        }
        low = value < low ? value : low;
        high = value > high ? value : high;
        sum += value;
    }
    must(e, sqlite3_reset(e->raw), "raw");
    return low <= high && sum <= sum ? rows : 0;
}

static size_t newest(void *engine_, ohm_ms time_ms)
{
    engine *e = engine_;
    size_t count = 0;
    for (int series = 0; series < e->series; series++) {
        (void)sqlite3_bind_int(e->before, 1, series);
        (void)sqlite3_bind_int64(e->before, 2, time_ms);
        count += sqlite3_step(e->before) == SQLITE_ROW;
        (void)sqlite3_reset(e->before);
    }
    return count;
}

static void close_engine(void *engine_)
{
    engine *e = engine_;
    (void)sqlite3_finalize(e->insert);
    (void)sqlite3_finalize(e->raw);
    (void)sqlite3_finalize(e->before);
    (void)sqlite3_close(e->db);
    free(e);
}

const contender bench_plain_rows = {
    .name = "plain rows",
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
