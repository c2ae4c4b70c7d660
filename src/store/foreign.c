#include "store/foreign.h"

#include <stdlib.h>

#include "store/db.h"

enum { BUSY_MS = 5000 };

struct ohm_foreign {
    sqlite3 *db;
};

static ohm_err fail(const ohm_foreign *f)
{
    return ohm_db_error(f->db, sqlite3_extended_errcode(f->db));
}

ohm_err ohm_foreign_open(const char *path, ohm_foreign **ret_foreign)
{
    ohm_foreign *f = calloc(1, sizeof *f);
    if (!f)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    int result = sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    ohm_err err = result == SQLITE_OK ? ohm_ok() : ohm_db_error(f->db, result);
    if (!ohm_failed(err)) {
        (void)sqlite3_busy_timeout(f->db, BUSY_MS);
        (void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        err = ohm_db_exec(f->db, "PRAGMA query_only=ON;PRAGMA cell_size_check=ON;"
                                 "SELECT count(*) FROM sqlite_schema");
    }
    if (ohm_failed(err)) {
        ohm_foreign_close(f);
        return err;
    }
    *ret_foreign = f;
    return ohm_ok();
}

void ohm_foreign_close(ohm_foreign *f)
{
    if (!f)
        return;
    (void)sqlite3_close(f->db);
    free(f);
}

/* Is there a row, with these texts bound? */
static ohm_err exists(ohm_foreign *f, const char *sql, const char *first, const char *second,
                      bool *ret_there)
{
    sqlite3_stmt *stmt = NULL;
    OHM_TRY(ohm_db_prepare(f->db, sql, &stmt));
    (void)sqlite3_bind_text(stmt, 1, first, -1, SQLITE_STATIC);
    if (second)
        (void)sqlite3_bind_text(stmt, 2, second, -1, SQLITE_STATIC);
    int result = sqlite3_step(stmt);
    ohm_err err = result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok() : fail(f);
    (void)sqlite3_finalize(stmt);
    if (!ohm_failed(err))
        *ret_there = result == SQLITE_ROW;
    return err;
}

ohm_err ohm_foreign_has_table(ohm_foreign *foreign, const char *table, bool *ret_there)
{
    return exists(foreign, "SELECT 1 FROM sqlite_schema WHERE type IN ('table','view') AND name=?1",
                  table, NULL, ret_there);
}

ohm_err ohm_foreign_has_column(ohm_foreign *foreign, const char *table, const char *column,
                               bool *ret_there)
{
    return exists(foreign, "SELECT 1 FROM pragma_table_info(?1) WHERE name=?2", table, column,
                  ret_there);
}

ohm_err ohm_foreign_tables(ohm_foreign *f, bool (*row)(void *ctx, const char *table), void *ctx)
{
    sqlite3_stmt *stmt = NULL;
    OHM_TRY(ohm_db_prepare(f->db,
                           "SELECT name FROM sqlite_schema WHERE type='table'"
                           " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                           &stmt));
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        if (name && !row(ctx, name))
            break;
    }
    ohm_err err = result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok() : fail(f);
    (void)sqlite3_finalize(stmt);
    return err;
}

static ohm_err step_rows(ohm_foreign *f, sqlite3_stmt *stmt,
                         bool (*row)(void *ctx, const ohm_span *fields, uint16_t count), void *ctx)
{
    ohm_span fields[OHM_FOREIGN_COLUMNS_MAX];
    int count = sqlite3_column_count(stmt);
    if (count > OHM_FOREIGN_COLUMNS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "a table with too many columns");
    for (int i = 0; i < count; i++)
        fields[i] = ohm_span_text(sqlite3_column_name(stmt, i));
    if (!row(ctx, fields, (uint16_t)count))
        return ohm_ok();
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < count; i++) {
            const unsigned char *text = sqlite3_column_text(stmt, i);
            fields[i] = ohm_span_of(text, (size_t)sqlite3_column_bytes(stmt, i));
        }
        if (!row(ctx, fields, (uint16_t)count))
            return ohm_ok();
    }
    return result == SQLITE_DONE ? ohm_ok() : fail(f);
}

ohm_err ohm_foreign_rows(ohm_foreign *f, const char *sql,
                         bool (*row)(void *ctx, const ohm_span *fields, uint16_t count), void *ctx)
{
    sqlite3_stmt *stmt = NULL;
    OHM_TRY(ohm_db_prepare(f->db, sql, &stmt));
    ohm_err err = step_rows(f, stmt, row, ctx);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* Is there a row for this question, whose %w are the column of times and the table? */
static ohm_err asks(ohm_foreign *f, const char *form, const char *table, const char *by,
                    bool *ret_there)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = sqlite3_mprintf(form, by, by, by, table);
    ohm_err err =
        sql ? ohm_db_prepare(f->db, sql, &stmt) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    int result = ohm_failed(err) ? SQLITE_DONE : sqlite3_step(stmt);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        err = fail(f);
    (void)sqlite3_finalize(stmt);
    sqlite3_free(sql);
    *ret_there = result == SQLITE_ROW;
    return err;
}

/* Times of text that name no zone are those of a clock, which shows an hour twice in October: in
 * the order of the text its two halves are interleaved, in the order they were written they are
 * not. Rows that were not written in the order of time (a step back of more than that hour), and
 * tables that do not keep their order (views, WITHOUT ROWID), are read by the text. */
static ohm_err is_as_written(ohm_foreign *f, const char *table, const char *by, bool *ret_written)
{
    bool local, back;
    *ret_written = false;
    OHM_TRY(asks(f,
                 "SELECT 1 FROM (SELECT \"%w\" AS t, typeof(\"%w\") AS y, \"%w\" FROM \"%w\")"
                 " WHERE y='text' AND t LIKE '%%:%%' AND t NOT LIKE '%%Z'"
                 " AND t NOT GLOB '*:*[+-][0-9][0-9]*' LIMIT 1",
                 table, by, &local));
    if (!local)
        return ohm_ok();
    ohm_err err = asks(f,
                       "SELECT 1 FROM (SELECT julianday(\"%w\") AS t, lag(julianday(\"%w\"))"
                       " OVER (ORDER BY _rowid_) AS before, \"%w\" FROM \"%w\")"
                       " WHERE before-t>61/1440.0 LIMIT 1",
                       table, by, &back);
    *ret_written = !ohm_failed(err) && !back;
    return ohm_ok(); /* on failure: no _rowid_ */
}

ohm_err ohm_foreign_table_rows(ohm_foreign *f, const char *table, const char *by,
                               bool (*row)(void *ctx, const ohm_span *fields, uint16_t count),
                               void *ctx)
{
    bool written = false;
    if (by)
        OHM_TRY(is_as_written(f, table, by, &written));
    char *sql = written ? sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY _rowid_", table)
                : by    ? sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY \"%w\"", table, by)
                        : sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    if (!sql)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_foreign_rows(f, sql, row, ctx);
    sqlite3_free(sql);
    return err;
}
