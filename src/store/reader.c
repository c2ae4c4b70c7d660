#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/file.h"
#include "store/chunk_row.h"
#include "store/layout.h"
#include "store/pack.h"
#include "store/reader_own.h"

static const char *const sql[] = {
    /* Tells of the commits of other connections; a reader makes none of its own. */
    [OHM_QUERY_VERSION] = "PRAGMA data_version",
    [OHM_QUERY_STATE_GET] = "SELECT value FROM state WHERE key=?1",
    /* The names from ?1 on, in order: the caller stops at the first without its prefix. */
    [OHM_QUERY_STATE_KEYS] = "SELECT key FROM state WHERE key>=?1 ORDER BY key",
    [OHM_QUERY_SERIES] =
        "SELECT d.key, s.quantity, s.id FROM series s JOIN device d ON d.id=s.device"
        " ORDER BY d.key, s.quantity",
    [OHM_QUERY_SERIES_FIND] = "SELECT s.id, d.id FROM series s JOIN device d ON d.id=s.device"
                              " WHERE d.key=?1 AND s.quantity=?2",
    [OHM_QUERY_LAYOUT] = OHM_LAYOUT_SQL,
    [OHM_QUERY_FRAMES] = "SELECT k, v FROM frame WHERE k>=?1 AND k<?2 ORDER BY k",
    [OHM_QUERY_FRAMES_BACK] = "SELECT k, v FROM frame WHERE k>=?1 AND k<?2 ORDER BY k DESC",
    [OHM_QUERY_CHUNKS] =
        "SELECT " OHM_CHUNK_COLUMNS " FROM chunk WHERE k BETWEEN ?1 AND ?2 ORDER BY k",
    [OHM_QUERY_CHUNK_BACK] = "SELECT " OHM_CHUNK_COLUMNS " FROM chunk WHERE k BETWEEN ?1 AND ?2"
                             " ORDER BY k DESC LIMIT 1",
    [OHM_QUERY_CHUNK_TOTALS] = "SELECT k,n,t1 FROM chunk ORDER BY k",
    [OHM_QUERY_JOURNAL] = "SELECT seq,utc_ms,kind,encoded,json FROM journal WHERE seq<?1"
                          " ORDER BY seq DESC LIMIT ?2",
    [OHM_QUERY_JOURNAL_FROM] = "SELECT seq,utc_ms,kind,encoded,json FROM journal WHERE seq>=?1"
                               " ORDER BY seq LIMIT ?2",
    [OHM_QUERY_EVENTS] = "SELECT seq,utc_ms,v FROM event"
                         " WHERE seq>=coalesce((SELECT max(seq) FROM event WHERE seq<=?1),0)"
                         " ORDER BY seq",
};

static ohm_err prepare(ohm_reader *reader)
{
    int64_t version;
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA user_version", &version));
    for (int i = 0; i < OHM_QUERIES_COUNT; i++) {
        bool chunks = i >= OHM_QUERY_CHUNKS && i <= OHM_QUERY_CHUNK_TOTALS;
        if (!chunks || version >= OHM_DB_VERSION_CHUNKS)
            OHM_TRY(ohm_db_prepare(reader->db, sql[i], &reader->stmts[i]));
    }
    return ohm_ok();
}

ohm_err ohm_reader_of(sqlite3 *db, ohm_reader **ret_reader)
{
    ohm_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    reader->db = db;
    reader->borrowed = true;
    ohm_err err = prepare(reader);
    if (ohm_failed(err)) {
        ohm_reader_close(reader);
        return err;
    }
    *ret_reader = reader;
    return ohm_ok();
}

ohm_err ohm_reader_open(const char *path, ohm_reader **ret_reader)
{
    sqlite3 *db;
    ohm_reader *reader = NULL;
    OHM_TRY(ohm_db_open_reader(path, &db));
    ohm_postgres *pg = NULL;
    ohm_err err = ohm_postgres_attach(db, true, &pg);
    if (!ohm_failed(err))
        err = ohm_reader_of(db, &reader);
    if (ohm_failed(err)) {
        (void)sqlite3_close(db);
        return err;
    }
    reader->borrowed = false;
    reader->pg = pg;
    *ret_reader = reader;
    return ohm_ok();
}

void ohm_reader_close(ohm_reader *reader)
{
    if (!reader)
        return;
    for (int i = 0; i < OHM_QUERIES_COUNT; i++)
        (void)sqlite3_finalize(reader->stmts[i]);
    if (!reader->borrowed)
        (void)sqlite3_close(reader->db);
    free(reader->points);
    free(reader);
}

uint64_t ohm_reader_damaged_of(const ohm_reader *reader)
{
    return reader->damaged;
}

ohm_err ohm_reader_version(ohm_reader *reader, int64_t *ret_version)
{
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_VERSION];
    int result = sqlite3_step(stmt);
    ohm_err err = ohm_reader_step_error(reader, result);
    assert(result != SQLITE_DONE); /* it always has its one row */
    if (result == SQLITE_ROW)
        *ret_version = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_reset(stmt);
    return err;
}

ohm_err ohm_reader_step_error(const ohm_reader *reader, int result)
{
    bool good = result == SQLITE_ROW || result == SQLITE_DONE;
    return good ? ohm_ok() : ohm_db_error(reader->db, result);
}

ohm_err ohm_reader_begin(ohm_reader *reader)
{
    if (reader->held == 0) {
        OHM_TRY(ohm_db_exec(reader->db, "BEGIN"));
        ohm_postgres_read_begin(reader->pg);
    }
    reader->held++;
    return ohm_ok();
}

void ohm_reader_end(ohm_reader *reader)
{
    assert(reader->held > 0);
    if (--reader->held > 0)
        return;
    ohm_postgres_read_end(reader->pg);
    (void)sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
}

/* --- state -------------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *stmt, int place, ohm_span text)
{
    const char *bytes = text.len ? (const char *)text.ptr : "";
    int result = sqlite3_bind_text64(stmt, place, bytes, text.len, SQLITE_STATIC, SQLITE_UTF8);
    assert(result == SQLITE_OK); /* static text: nothing is copied */
}

static ohm_err copy_blob(sqlite3_stmt *stmt, uint8_t **ret_bytes, size_t *ret_len)
{
    ohm_span value = ohm_db_blob(stmt, 0);
    uint8_t *copy = malloc(value.len + 1);
    if (!copy)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (value.len > 0)
        memcpy(copy, value.ptr, value.len);
    copy[value.len] = '\0';
    *ret_bytes = copy;
    *ret_len = value.len;
    return ohm_ok();
}

ohm_err ohm_reader_get(ohm_reader *reader, const char *key, uint8_t **ret_bytes, size_t *ret_len)
{
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_STATE_GET];
    bind_text(stmt, 1, ohm_span_text(key));
    int result = sqlite3_step(stmt);
    ohm_err err = ohm_reader_step_error(reader, result);
    if (result == SQLITE_ROW)
        err = copy_blob(stmt, ret_bytes, ret_len);
    else if (result == SQLITE_DONE)
        err = ohm_fail(OHM_UNKNOWN, 0, "there is no such value");
    (void)sqlite3_reset(stmt);
    return err;
}

ohm_err ohm_reader_keys(ohm_reader *reader, const char *prefix,
                        bool (*row)(void *ctx, const char *key), void *ctx)
{
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_STATE_KEYS];
    bind_text(stmt, 1, ohm_span_text(prefix));
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(stmt, 0);
        if (!key || strncmp(key, prefix, strlen(prefix)) != 0 || !row(ctx, key))
            break;
    }
    (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(reader, result);
}

/* --- series ------------------------------------------------------------------------------- */

bool ohm_reader_series_info(ohm_reader *reader, sqlite3_stmt *stmt, ohm_series_info *out)
{
    const char *device = (const char *)sqlite3_column_text(stmt, 0);
    out->quantity = ohm_quantity_find(ohm_db_blob(stmt, 1));
    if (!device || out->quantity == OHM_Q_NONE)
        return false; /* of a later version's table */
    int n =
        snprintf(out->key, sizeof out->key, "%s/%s", device, ohm_quantity_get(out->quantity)->name);
    bool fits = n >= 0 && (size_t)n < sizeof out->key;
    if (!fits)
        reader->damaged++;
    return fits;
}

ohm_err ohm_reader_series(ohm_reader *reader, bool (*row)(void *ctx, const ohm_series_info *info),
                          void *ctx)
{
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_SERIES];
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_series_info info;
        if (ohm_reader_series_info(reader, stmt, &info) && !row(ctx, &info))
            break;
    }
    (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(reader, result);
}

/* --- journal and events ------------------------------------------------------------------- */

static ohm_err journal(ohm_reader *reader, ohm_query query, int64_t seq, int64_t limit,
                       ohm_record_row *row, void *ctx)
{
    sqlite3_stmt *stmt = reader->stmts[query];
    (void)sqlite3_bind_int64(stmt, 1, seq);
    (void)sqlite3_bind_int64(stmt, 2, limit);
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *kind = (const char *)sqlite3_column_text(stmt, 2);
        ohm_record record = {
            .seq = (uint64_t)sqlite3_column_int64(stmt, 0),
            .utc_ms = sqlite3_column_int64(stmt, 1),
            .kind = kind ? kind[0] : '\0',
            .encoded = ohm_db_blob(stmt, 3),
            .json = ohm_db_blob(stmt, 4),
        };
        if (!row(ctx, &record))
            break;
    }
    (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(reader, result);
}

ohm_err ohm_reader_journal(ohm_reader *reader, uint64_t before, uint32_t limit, ohm_record_row *row,
                           void *ctx)
{
    int64_t seq = before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before;
    return journal(reader, OHM_QUERY_JOURNAL, seq, limit, row, ctx);
}

ohm_err ohm_reader_journal_from(ohm_reader *reader, uint64_t from, ohm_record_row *row, void *ctx)
{
    if (from > INT64_MAX)
        return ohm_ok();
    return journal(reader, OHM_QUERY_JOURNAL_FROM, (int64_t)from, -1, row, ctx);
}

/* The events of one row; false when the caller has enough. */
static bool unpack(ohm_reader *reader, sqlite3_stmt *stmt, uint64_t from, ohm_record_row *row,
                   void *ctx)
{
    ohm_record record = {
        .seq = (uint64_t)sqlite3_column_int64(stmt, 0),
        .utc_ms = sqlite3_column_int64(stmt, 1),
        .kind = 'e',
    };
    ohm_span in = ohm_db_blob(stmt, 2);
    for (bool first = true; in.len > 0; first = false) {
        if (ohm_pack_take(&in, first, &record.seq, &record.utc_ms, &record.encoded) != OHM_OK) {
            reader->damaged++;
            return true;
        }
        if (record.seq >= from && !row(ctx, &record))
            return false;
    }
    return true;
}

ohm_err ohm_reader_events(ohm_reader *reader, uint64_t from, ohm_record_row *row, void *ctx)
{
    if (from > INT64_MAX)
        return ohm_ok();
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_EVENTS];
    (void)sqlite3_bind_int64(stmt, 1, (int64_t)from);
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!unpack(reader, stmt, from, row, ctx))
            break;
    (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(reader, result);
}

static ohm_err seqs(ohm_reader *reader, ohm_store_seqs *out)
{
    int64_t event, record;
    OHM_TRY(ohm_db_number(reader->db,
                          "SELECT coalesce((SELECT last_seq FROM event"
                          " ORDER BY seq DESC LIMIT 1),0)",
                          &event));
    OHM_TRY(ohm_db_number(reader->db, "SELECT coalesce(max(seq),0) FROM journal", &record));
    *out = (ohm_store_seqs){ (uint64_t)event, (uint64_t)record };
    return ohm_ok();
}

ohm_err ohm_reader_seqs(ohm_reader *reader, ohm_store_seqs *out)
{
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = seqs(reader, out);
    ohm_reader_end(reader);
    return err;
}

/* --- for doctor --------------------------------------------------------------------------- */

static uint64_t bytes_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

static ohm_err size_of(ohm_reader *reader, ohm_store_size *out)
{
    int64_t page_bytes, free_pages, frames, records, version, aside = 0;
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA page_size", &page_bytes));
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA freelist_count", &free_pages));
    OHM_TRY(ohm_db_number(reader->db, "SELECT count(*) FROM frame", &frames));
    OHM_TRY(ohm_db_number(reader->db, "SELECT count(*) FROM journal", &records));
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA user_version", &version));
    if (version >= OHM_DB_VERSION_CHUNKS)
        OHM_TRY(ohm_db_number(reader->db, "SELECT count(*) FROM damaged", &aside));

    const char *path = sqlite3_db_filename(reader->db, "main");
    char wal[OHM_PATH_MAX];
    int n = snprintf(wal, sizeof wal, "%s-wal", path);
    *out = (ohm_store_size){
        .db_bytes = bytes_of(path),
        .wal_bytes = n > 0 && (size_t)n < sizeof wal ? bytes_of(wal) : 0,
        .free_bytes = (uint64_t)(page_bytes * free_pages),
        .frames_count = (uint64_t)frames,
        .journal_count = (uint64_t)records,
        .damaged_count = (uint64_t)aside,
    };
    return ohm_ok();
}

ohm_err ohm_reader_size(ohm_reader *reader, ohm_store_size *out)
{
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = size_of(reader, out);
    ohm_reader_end(reader);
    return err;
}

ohm_err ohm_reader_far(ohm_reader *reader, char *out, size_t cap)
{
    ohm_postgres_size size;
    if (!reader->pg)
        return ohm_fail(OHM_END, 0, "the history is in the file");
    ohm_err err = ohm_postgres_size_of(reader->pg, &size);
    if (ohm_failed(err))
        (void)snprintf(out, cap, "PostgreSQL: %s", ohm_postgres_why(reader->pg));
    else
        (void)snprintf(out, cap, "PostgreSQL %s, %.1f MB, %lld chunks", size.version,
                       (double)size.bytes / 1e6, (long long)size.chunks);
    return err;
}

ohm_err ohm_reader_far_bytes(ohm_reader *reader, int64_t *ret_bytes)
{
    return reader->pg ? ohm_postgres_total_bytes(reader->pg, ret_bytes)
                      : ohm_fail(OHM_END, 0, "the history is in the file");
}

ohm_err ohm_reader_check(ohm_reader *reader, char *detail, size_t cap)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(reader->db, "PRAGMA quick_check(1)", &stmt));
    int result = sqlite3_step(stmt);
    const char *text = result == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    ohm_err err = ohm_reader_step_error(reader, result);
    if (!ohm_failed(err) && (!text || strcmp(text, "ok") != 0))
        err = ohm_fail(OHM_BAD_FORMAT, 0, "the database is damaged");
    (void)snprintf(detail, cap, "%s", text ? text : err.what);
    (void)sqlite3_finalize(stmt);
    return err;
}
