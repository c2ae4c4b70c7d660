#include "store/redact.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/store.h"

enum {
    LINES_MAX = 512,
    BYTES_MAX = 16 * OHM_STORE_JOURNAL_MAX,
};

typedef struct line {
    uint64_t seq;
    ohm_span encoded, json; /* in `bytes` */
} line;

/* A bite: what is to be told anew is found while others may write, and then written at once. */
typedef struct redact {
    sqlite3 *db;
    sqlite3_stmt *read, *write;
    ohm_redact_record *record;
    void *ctx;
    uint64_t lines;
    int64_t last_seq; /* looked at */
    size_t found_count, used;
    line found[LINES_MAX];
    uint8_t bytes[BYTES_MAX];
} redact;

static ohm_span keep(redact *r, ohm_span from)
{
    uint8_t *to = r->bytes + r->used;
    if (from.len > 0)
        memcpy(to, from.ptr, from.len);
    r->used += from.len;
    return (ohm_span){ to, from.len };
}

static bool is_full(const redact *r)
{
    return r->found_count == LINES_MAX || BYTES_MAX - r->used < OHM_STORE_JOURNAL_MAX;
}

static ohm_err look_at(redact *r)
{
    ohm_span encoded, json;
    const ohm_record record = {
        .seq = (uint64_t)sqlite3_column_int64(r->read, 0),
        .utc_ms = sqlite3_column_int64(r->read, 1),
        .kind = 'n',
        .encoded = ohm_db_blob(r->read, 2),
        .json = ohm_db_blob(r->read, 3),
    };
    r->last_seq = (int64_t)record.seq;
    if (!r->record(r->ctx, &record, &encoded, &json))
        return ohm_ok();
    if (encoded.len + json.len > OHM_STORE_JOURNAL_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "a line of the journal is too long");
    r->found[r->found_count].seq = record.seq;
    r->found[r->found_count].encoded = keep(r, encoded);
    r->found[r->found_count++].json = keep(r, json);
    return ohm_ok();
}

static ohm_err find_some(redact *r, ohm_interval range, bool *ret_more)
{
    int result = SQLITE_ROW;
    ohm_err err = ohm_ok();
    r->found_count = r->used = 0;
    (void)sqlite3_bind_int64(r->read, 1, range.from_ms);
    (void)sqlite3_bind_int64(r->read, 2, range.to_ms);
    (void)sqlite3_bind_int64(r->read, 3, r->last_seq);
    while (!ohm_failed(err) && !is_full(r) && (result = sqlite3_step(r->read)) == SQLITE_ROW)
        err = look_at(r);
    if (!ohm_failed(err) && result != SQLITE_ROW && result != SQLITE_DONE)
        err = ohm_db_error(r->db, result);
    (void)sqlite3_reset(r->read);
    *ret_more = result == SQLITE_ROW;
    return err;
}

static ohm_err write_line(redact *r, const line *l)
{
    int bound = sqlite3_bind_int64(r->write, 1, (int64_t)l->seq);
    bound |= sqlite3_bind_blob64(r->write, 2, l->encoded.ptr, l->encoded.len, SQLITE_STATIC);
    bound |= sqlite3_bind_text64(r->write, 3, (const char *)l->json.ptr, l->json.len, SQLITE_STATIC,
                                 SQLITE_UTF8);
    return bound == SQLITE_OK ? ohm_db_run(r->db, r->write) : ohm_db_error(r->db, bound);
}

static ohm_err write_found(redact *r)
{
    if (r->found_count == 0)
        return ohm_ok();
    OHM_TRY(ohm_db_exec(r->db, "BEGIN IMMEDIATE"));
    for (size_t i = 0; i < r->found_count; i++)
        OHM_TRY(write_line(r, &r->found[i]));
    OHM_TRY(ohm_db_exec(r->db, "COMMIT"));
    r->lines += r->found_count;
    return ohm_ok();
}

static ohm_err run(redact *r, ohm_interval range)
{
    OHM_TRY(ohm_db_prepare(r->db,
                           "SELECT seq,utc_ms,encoded,json FROM journal"
                           " WHERE seq>?3 AND kind='n' AND utc_ms>=?1 AND utc_ms<?2 ORDER BY seq",
                           &r->read));
    OHM_TRY(
        ohm_db_prepare(r->db, "UPDATE journal SET encoded=?2, json=?3 WHERE seq=?1", &r->write));
    for (bool more = true; more;) {
        OHM_TRY(find_some(r, range, &more));
        OHM_TRY(write_found(r));
    }
    return ohm_ok();
}

ohm_err ohm_redact_journal(const char *path, ohm_interval range, ohm_redact_record *record,
                           void *ctx, uint64_t *ret_lines)
{
    redact *r = malloc(sizeof *r);
    if (!r)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    r->db = NULL;
    r->read = r->write = NULL;
    r->record = record;
    r->ctx = ctx;
    r->lines = 0;
    r->last_seq = -1;
    ohm_err err = ohm_db_open_writer(path, &r->db);
    if (!ohm_failed(err))
        err = run(r, range);
    (void)sqlite3_finalize(r->read);
    (void)sqlite3_finalize(r->write);
    (void)sqlite3_close(r->db); /* rolls back what is not committed */
    if (!ohm_failed(err))
        *ret_lines = r->lines;
    free(r);
    return err;
}
