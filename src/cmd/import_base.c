#include "cmd/import_base.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/foreign.h"

enum { TABLES_MAX = 64, SQL_MAX = 1024, PROGRESS_ROWS = 4096 };

typedef struct rows {
    const ohm_input_options *options;
    const ohm_sample_sink *sink;
    ohm_table *table;
    ohm_csv_record record;
    ohm_err err; /* of the head */
    uint64_t count;
} rows;

static bool take_row(void *ctx, const ohm_span *fields, uint16_t count)
{
    rows *r = ctx;
    r->record.line = r->count; /* the head is row 0 */
    r->record.count = count;
    for (int i = 0; i < count; i++)
        r->record.fields[i] = fields[i];
    if (r->count++ % PROGRESS_ROWS == 0)
        r->options->progress(r->options->progress_ctx, 0);
    r->err = ohm_table_take(r->table, &r->record);
    return !ohm_failed(r->err);
}

static ohm_err begin(rows *r)
{
    ohm_table_options options = r->options->table;
    ohm_table_init(r->table, &options, r->sink);
    r->count = 0;
    r->err = ohm_ok();
    return ohm_ok();
}

/* --- Home Assistant -------------------------------------------------------------------------- */

/* The recorder's tables: hourly rows of `statistics`, whose series are rows of `statistics_meta`.
 * Where the state of one ever falls (a counter that begins anew each day), its sum goes on.
 * Since schema 32 times are seconds in `start_ts`; before, text in UTC in `start`. */
static ohm_err read_statistics(ohm_foreign *base, rows *r)
{
    char sql[SQL_MAX];
    bool seconds, unit;
    const char *start;
    OHM_TRY(ohm_foreign_has_column(base, "statistics", "start_ts", &seconds));
    OHM_TRY(ohm_foreign_has_column(base, "statistics_meta", "unit_of_measurement", &unit));
    start = seconds ? "start_ts" : "start";
    (void)snprintf(sql, sizeof sql,
                   "SELECT m.statistic_id AS statistic_id, %s AS unit, %s AS start,"
                   " s.mean AS mean, iif(f.id IS NULL OR s.sum IS NULL, s.state, NULL) AS state,"
                   " s.sum AS sum"
                   " FROM statistics s JOIN statistics_meta m ON m.id=s.metadata_id"
                   " LEFT JOIN (SELECT DISTINCT id FROM (SELECT metadata_id AS id,"
                   " state<lag(state) OVER (PARTITION BY metadata_id ORDER BY %s) AS falls"
                   " FROM statistics) WHERE falls) f ON f.id=s.metadata_id"
                   " ORDER BY s.metadata_id, s.%s",
                   unit ? "m.unit_of_measurement" : "NULL",
                   seconds ? "CAST(s.start_ts AS INTEGER)" : "s.start||'Z'", start, start);
    OHM_TRY(begin(r));
    OHM_TRY(ohm_foreign_rows(base, sql, take_row, r));
    return r->err;
}

/* --- tables of measurements ------------------------------------------------------------------ */

typedef struct tables {
    char names[TABLES_MAX][OHM_FOREIGN_NAME_MAX];
    int count;
} tables;

static bool note_table(void *ctx, const char *table)
{
    tables *t = ctx;
    if (t->count < TABLES_MAX && strlen(table) < OHM_FOREIGN_NAME_MAX)
        (void)snprintf(t->names[t->count++], OHM_FOREIGN_NAME_MAX, "%s", table);
    return true;
}

/* The column of times that a table has, as the reader of tables will find it; NULL: none. */
static ohm_err find_times(ohm_foreign *base, const rows *r, const char *table, const char **ret_by)
{
    static const char *const usual[] = { "timestamp",  "time", "horodatage", "datetime",
                                         "created_at", "date", "ts" };
    bool there = false;
    *ret_by = NULL;
    if (r->options->table.time) {
        *ret_by = r->options->table.time;
        return ohm_foreign_has_column(base, table, *ret_by, &there);
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !there; i++) {
        OHM_TRY(ohm_foreign_has_column(base, table, usual[i], &there));
        *ret_by = there ? usual[i] : NULL;
    }
    return ohm_ok();
}

/* Keys and numbers of rows are no measurements. */
static ohm_err read_table(ohm_foreign *base, rows *r, const char *table, bool *any)
{
    const char *by;
    OHM_TRY(find_times(base, r, table, &by));
    if (!by)
        return ohm_ok();
    OHM_TRY(begin(r));
    OHM_TRY(ohm_foreign_table_rows(base, table, by, take_row, r));
    *any = true;
    return r->err;
}

static ohm_err read_tables(ohm_foreign *base, rows *r, const char *table)
{
    tables *t = calloc(1, sizeof *t);
    bool any = false;
    if (!t)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_ok();
    if (table)
        (void)note_table(t, table);
    else
        err = ohm_foreign_tables(base, note_table, t);
    for (int i = 0; i < t->count && !ohm_failed(err); i++)
        err = read_table(base, r, t->names[i], &any);
    free(t);
    if (!ohm_failed(err) && !any)
        return ohm_fail(OHM_UNKNOWN, 0, "no table of it has a column of times");
    return err;
}

static ohm_err read_base(ohm_foreign *base, rows *r, const char *table)
{
    bool statistics, meta, ours;
    OHM_TRY(ohm_foreign_has_table(base, "statistics", &statistics));
    OHM_TRY(ohm_foreign_has_table(base, "statistics_meta", &meta));
    OHM_TRY(ohm_foreign_has_table(base, "chunk", &ours));
    if (ours && !table)
        return ohm_fail(OHM_UNSUPPORTED, 0,
                        "a store of ohmstead: 'ohmstead export' reads it, 'restore' puts it back");
    if (!table && statistics && meta)
        return read_statistics(base, r);
    return read_tables(base, r, table);
}

ohm_err ohm_import_base(const char *path, const char *table, const ohm_input_options *options,
                        const ohm_sample_sink *sink)
{
    ohm_foreign *base = NULL;
    rows *r = calloc(1, sizeof *r);
    ohm_table *t = malloc(sizeof *t);
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (r && t) {
        r->options = options;
        r->sink = sink;
        r->table = t;
        err = ohm_foreign_open(path, &base);
    }
    if (r && t && !ohm_failed(err))
        err = read_base(base, r, table);
    ohm_foreign_close(base);
    free(t);
    free(r);
    return err;
}
