#include "store/redact.h"

#include "store/db.h"

typedef struct redact {
    sqlite3 *db;
    sqlite3_stmt *read, *write;
    ohm_redact_record *record;
    void *ctx;
    uint64_t lines;
} redact;

static ohm_err write_line(redact *r, uint64_t seq, ohm_span encoded, ohm_span json)
{
    int bound = sqlite3_bind_int64(r->write, 1, (int64_t)seq);
    bound |= sqlite3_bind_blob64(r->write, 2, encoded.len ? (const void *)encoded.ptr : "",
                                 encoded.len, SQLITE_STATIC);
    bound |= sqlite3_bind_text64(r->write, 3, (const char *)json.ptr, json.len, SQLITE_STATIC,
                                 SQLITE_UTF8);
    if (bound != SQLITE_OK)
        return ohm_db_error(r->db, bound);
    r->lines++;
    return ohm_db_run(r->db, r->write);
}

static ohm_err write_lines(redact *r, ohm_interval range)
{
    int result;
    ohm_err err = ohm_ok();
    (void)sqlite3_bind_int64(r->read, 1, range.from_ms);
    (void)sqlite3_bind_int64(r->read, 2, range.to_ms);
    while (!ohm_failed(err) && (result = sqlite3_step(r->read)) != SQLITE_DONE) {
        if (result != SQLITE_ROW)
            return ohm_db_error(r->db, result);
        const ohm_record record = {
            .seq = (uint64_t)sqlite3_column_int64(r->read, 0),
            .utc_ms = sqlite3_column_int64(r->read, 1),
            .kind = 'n',
            .encoded = ohm_db_blob(r->read, 2),
            .json = ohm_db_blob(r->read, 3),
        };
        ohm_span encoded, json;
        if (r->record(r->ctx, &record, &encoded, &json))
            err = write_line(r, record.seq, encoded, json);
    }
    return err;
}

static ohm_err run(redact *r, ohm_interval range)
{
    OHM_TRY(ohm_db_prepare(r->db,
                           "SELECT seq,utc_ms,encoded,json FROM journal"
                           " WHERE kind='n' AND utc_ms>=?1 AND utc_ms<?2 ORDER BY seq",
                           &r->read));
    OHM_TRY(
        ohm_db_prepare(r->db, "UPDATE journal SET encoded=?2, json=?3 WHERE seq=?1", &r->write));
    OHM_TRY(ohm_db_exec(r->db, "BEGIN IMMEDIATE"));
    ohm_err err = write_lines(r, range);
    (void)sqlite3_reset(r->read);
    return ohm_failed(err) ? err : ohm_db_exec(r->db, "COMMIT");
}

ohm_err ohm_redact_journal(const char *path, ohm_interval range, ohm_redact_record *record,
                           void *ctx, uint64_t *ret_lines)
{
    redact r = { .record = record, .ctx = ctx };
    OHM_TRY(ohm_db_open_writer(path, &r.db));
    ohm_err err = run(&r, range);
    (void)sqlite3_finalize(r.read);
    (void)sqlite3_finalize(r.write);
    (void)sqlite3_close(r.db); /* rolls back what is not committed */
    if (!ohm_failed(err))
        *ret_lines = r.lines;
    return err;
}
