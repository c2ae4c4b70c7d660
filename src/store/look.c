#include "store/look.h"

#include <stdlib.h>

#include "store/chunk_row.h"

enum { CHUNKS = 16 }; /* of a bite: some 64 KB to read */
#define ROUND_MS (INT64_C(7) * 24 * OHM_HOUR_MS)

bool ohm_look_is_due(const ohm_look *look, ohm_ms now_ms)
{
    return !look->through || now_ms - look->round_ms >= ROUND_MS || now_ms < look->round_ms;
}

typedef struct found {
    int64_t keys[CHUNKS];
    int count, read;
    int64_t last; /* the last one looked at */
} found;

static ohm_err read_some(sqlite3_stmt *stmt, sqlite3 *db, ohm_points *points, found *f)
{
    int result;
    (void)sqlite3_bind_int64(stmt, 1, f->last);
    (void)sqlite3_bind_int(stmt, 2, CHUNKS);
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW && f->read < CHUNKS) {
        ohm_chunk_row row = ohm_chunk_row_read(stmt);
        if (ohm_chunk_row_decode(&row, points) != OHM_OK)
            f->keys[f->count++] = row.key;
        f->last = row.key;
        f->read++;
    }
    return result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(db, result);
}

static ohm_err run_for(sqlite3 *db, const char *sql, int64_t from, int64_t to)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db, sql, &stmt));
    (void)sqlite3_bind_int64(stmt, 1, from);
    (void)sqlite3_bind_int64(stmt, 2, to);
    ohm_err err = ohm_db_run(db, stmt);
    (void)sqlite3_finalize(stmt);
    return err;
}

static ohm_err count_known(sqlite3 *db, int64_t from, int64_t to, int64_t *ret_known)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(
        db, "SELECT count(*) FROM main.damaged WHERE place='found' AND k>?1 AND k<=?2", &stmt));
    (void)sqlite3_bind_int64(stmt, 1, from);
    (void)sqlite3_bind_int64(stmt, 2, to);
    int result = sqlite3_step(stmt);
    *ret_known = result == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt);
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(db, result);
}

static ohm_err write_rows(sqlite3 *db, int64_t from, int64_t to, const found *f)
{
    OHM_TRY(
        run_for(db, "DELETE FROM main.damaged WHERE place='found' AND k>?1 AND k<=?2", from, to));
    for (int i = 0; i < f->count; i++)
        OHM_TRY(run_for(db, "INSERT INTO main.damaged(place,k,data) VALUES('found',?1,X'')",
                        f->keys[i], 0));
    return ohm_ok();
}

/* What is known of that stretch is what was found in it. */
static ohm_err remember(sqlite3 *db, int64_t from, int64_t to, const found *f)
{
    int64_t known;
    OHM_TRY(count_known(db, from, to, &known));
    if (known == 0 && f->count == 0)
        return ohm_ok();
    OHM_TRY(ohm_db_exec(db, "BEGIN IMMEDIATE"));
    ohm_err err = write_rows(db, from, to, f);
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "COMMIT");
    if (!sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

ohm_err ohm_look_bite(sqlite3 *db, ohm_look *look, ohm_ms now_ms, bool *ret_more)
{
    sqlite3_stmt *stmt;
    if (look->through)
        *look = (ohm_look){ .key = -1 };
    found f = { .last = look->key };
    ohm_points *points = malloc(sizeof *points);
    if (!points)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_db_prepare(
        db, "SELECT " OHM_CHUNK_COLUMNS " FROM chunk WHERE k>?1 ORDER BY k LIMIT ?2", &stmt);
    if (!ohm_failed(err)) {
        err = read_some(stmt, db, points, &f);
        (void)sqlite3_finalize(stmt);
    }
    free(points);
    /* Pages that are no table any more: what lies behind them is not reached, and new readings
     * need not stop for that. */
    if (err.code == OHM_BAD_FORMAT && f.count < CHUNKS)
        f.keys[f.count++] = f.last + 1;
    else
        OHM_TRY(err);
    *ret_more = !ohm_failed(err) && f.read == CHUNKS;
    OHM_TRY(remember(db, look->key, *ret_more ? f.last : INT64_MAX, &f));
    look->key = f.last;
    look->through = !*ret_more;
    look->round_ms = now_ms;
    return ohm_ok();
}
