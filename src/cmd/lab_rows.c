/* The steps of a run, a row each: CSV, InfluxDB's line protocol, or a table of SQLite. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/lab_influx.h"
#include "cmd/lab_out.h"

enum { NUMBERS = 15 };
static const char *const names[NUMBERS] = { "t_out",     "price",  "low",       "t_op",   "t_air",
                                            "t_mass",    "heat_w", "heating_w", "load_w", "pv_w",
                                            "battery_w", "grid_w", "car_w",     "tank_w", "valve" };

static void row_of(const ohm_lab_report *r, int k, double out[NUMBERS])
{
    const ohm_lab_series *s = &r->made->series;
    const ohm_lab_step *o = &r->step[k];
    double most_w = r->made->house.heater.heat_w_max;
    const double row[NUMBERS] = {
        s->outdoor_c[k], s->price[k],  s->low_c[k],
        o->operative_c,  o->air_c,     o->mass_c,
        o->heat_w,       o->heating_w, s->load_w[k],
        s->pv_w[k],      o->battery_w, o->grid_w,
        o->car_w,        o->tank_w,    most_w > 0 ? 100 * o->heat_w / most_w : 0
    };
    memcpy(out, row, sizeof row);
}

static ohm_ms time_of(const ohm_lab_report *r, int k)
{
    return r->frame->when.from_ms + (ohm_ms)(k * r->frame->step_s * 1000);
}

static const char *period_of(const ohm_lab_report *r, int k)
{
    return r->made->periods[r->made->series.period[k]].id;
}

static void write_csv(const ohm_lab_report *r, FILE *out)
{
    (void)fputs("time,period", out);
    for (int i = 0; i < NUMBERS; i++)
        (void)fprintf(out, ",%s", names[i]);
    for (int k = 0; k < r->made->series.steps; k++) {
        char at[OHM_RFC3339_MAX];
        double row[NUMBERS];
        (void)ohm_rfc3339_write(time_of(r, k), at);
        row_of(r, k, row);
        (void)fprintf(out, "\n%s,%s", at, period_of(r, k));
        for (int i = 0; i < NUMBERS; i++)
            (void)fprintf(out, ",%.8g", row[i]);
    }
    (void)fputc('\n', out);
}

static void write_influx(const ohm_lab_report *r, FILE *out)
{
    for (int k = 0; k < r->made->series.steps; k++) {
        double row[NUMBERS];
        row_of(r, k, row);
        (void)fprintf(out, "simulation,mode=%s,period=%s", ohm_lab_mode_names[r->outcome[0].mode],
                      period_of(r, k));
        for (int i = 0; i < NUMBERS; i++)
            (void)fprintf(out, "%c%s=%.8g", i ? ',' : ' ', names[i], row[i]);
        (void)fprintf(out, " %lld000000\n", (long long)time_of(r, k));
    }
}

static bool insert_steps(const ohm_lab_report *r, sqlite3 *db)
{
    sqlite3_stmt *insert = NULL;
    bool good =
        sqlite3_prepare_v2(db, "INSERT INTO steps VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
                           &insert, NULL) == SQLITE_OK;
    for (int k = 0; good && k < r->made->series.steps; k++) {
        double row[NUMBERS];
        row_of(r, k, row);
        good = sqlite3_bind_int64(insert, 1, time_of(r, k)) == SQLITE_OK &&
               sqlite3_bind_text(insert, 2, period_of(r, k), -1, SQLITE_STATIC) == SQLITE_OK;
        for (int i = 0; good && i < NUMBERS; i++)
            good = sqlite3_bind_double(insert, 3 + i, row[i]) == SQLITE_OK;
        good = good && sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
    }
    (void)sqlite3_finalize(insert);
    return good;
}

/* Made in memory, so that a file is whole or not there. */
static int write_sqlite(const ohm_lab_report *r, const char *path)
{
    sqlite3 *db = NULL;
    char table[512];
    int len = snprintf(table, sizeof table,
                       "BEGIN; CREATE TABLE steps (time_ms INTEGER PRIMARY "
                       "KEY, period TEXT");
    for (int i = 0; i < NUMBERS; i++)
        len += snprintf(table + len, sizeof table - (size_t)len, ", %s REAL", names[i]);
    (void)snprintf(table + len, sizeof table - (size_t)len, ") STRICT");
    bool good = sqlite3_open(":memory:", &db) == SQLITE_OK &&
                sqlite3_exec(db, table, NULL, NULL, NULL) == SQLITE_OK && insert_steps(r, db) &&
                sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_int64 size = 0;
    unsigned char *bytes = good ? sqlite3_serialize(db, "main", &size, 0) : NULL;
    int status = bytes ? ohm_lab_out_put(path, ohm_span_of(bytes, (size_t)size))
                       : ohm_cmd_fail(path, "out of memory", NULL);
    sqlite3_free(bytes);
    (void)sqlite3_close(db);
    return status;
}

static void write_text(const ohm_lab_report *r, const char *form, FILE *out)
{
    if (!strcmp(form, "csv"))
        write_csv(r, out);
    else
        write_influx(r, out);
}

static int write_server(const ohm_lab_report *r, const char *url, bool replace)
{
    ohm_lab_out out;
    int status = replace ? ohm_lab_influx_reset(url) : OHM_EXIT_OK;
    if (status != OHM_EXIT_OK)
        return status;
    if (!ohm_lab_out_begin(&out))
        return ohm_cmd_fail(url, "out of memory", NULL);
    write_influx(r, out.to);
    status = fclose(out.to) == 0 ? ohm_lab_influx_put(url, ohm_span_of(out.text, out.len))
                                 : ohm_cmd_fail(url, "out of memory", NULL);
    free(out.text);
    return status;
}

int ohm_lab_write_rows(const ohm_lab_report *r, const char *form, const char *path, bool replace)
{
    if (path && ohm_lab_influx_is(path))
        return write_server(r, path, replace);
    if (!strcmp(form, "sqlite"))
        return write_sqlite(r, path);
    if (!path) {
        write_text(r, form, stdout);
        return fflush(stdout) == 0 && !ferror(stdout)
                   ? OHM_EXIT_OK
                   : ohm_cmd_fail("standard output", "can't be written", NULL);
    }
    ohm_lab_out out;
    if (!ohm_lab_out_begin(&out))
        return ohm_cmd_fail(path, "out of memory", NULL);
    write_text(r, form, out.to);
    return ohm_lab_out_end(&out, path);
}
