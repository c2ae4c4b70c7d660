/* The history of a file gets its place in PostgreSQL: the tables are made, what is there is claimed
 * or adopted, and what the file had is moved. */
#include "store/postgres_own.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/log.h"
#include "host/random.h"
#include "store/blocks.h"

enum { MOVE_CHUNKS = 64, ID_BYTES = 16 };

/* Everything there is of type bigint: an answer is then eight bytes, whatever the column. Chunks
 * fill half a page: they stay in it (PostgreSQL 15 manual, 73.2 TOAST). Plain views for who reads
 * with SQL; the readings themselves are in `data`. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS store(format bigint NOT NULL, owner text NOT NULL);"
    "CREATE TABLE IF NOT EXISTS device(id bigint PRIMARY KEY, key text NOT NULL);"
    "CREATE TABLE IF NOT EXISTS series(id bigint PRIMARY KEY, device bigint NOT NULL,"
    " quantity text NOT NULL, unit text NOT NULL, kind text NOT NULL, decimals bigint NOT NULL);"
    "CREATE TABLE IF NOT EXISTS chunk(k bigint PRIMARY KEY, n bigint NOT NULL,"
    " suspect bigint NOT NULL, t1 bigint NOT NULL, step bigint NOT NULL, flags bigint NOT NULL,"
    " vmin bigint NOT NULL, vmax bigint NOT NULL, vsum bigint NOT NULL, vfirst bigint NOT NULL,"
    " vlast bigint NOT NULL, thin bigint NOT NULL, crc bigint NOT NULL, data bytea NOT NULL)"
    " WITH (toast_tuple_target=8128);"
    "ALTER TABLE chunk ALTER data SET STORAGE MAIN;"
    "CREATE OR REPLACE VIEW series_keys AS SELECT s.id, d.key||'/'||s.quantity AS key, s.unit,"
    " s.kind, s.decimals FROM series s JOIN device d ON d.id=s.device;"
    "CREATE OR REPLACE VIEW chunk_values AS SELECT s.key, s.unit,"
    " to_timestamp(((c.k & 4398046511103)+946684800000)/1000.0) AS since,"
    " to_timestamp(((c.k & 4398046511103)+c.t1+946684800000)/1000.0) AS until, c.n AS readings,"
    " c.vmin/10.0^s.decimals AS min, c.vmax/10.0^s.decimals AS max,"
    " CASE WHEN c.flags & 2 <> 0 AND c.n > c.suspect"
    " THEN c.vsum/10.0^s.decimals/(c.n-c.suspect) END AS mean,"
    " c.vfirst/10.0^s.decimals AS first, c.vlast/10.0^s.decimals AS last"
    " FROM chunk c JOIN series_keys s ON s.id=c.k>>42;";

enum { FORMAT = 1 };

static ohm_err put_state(sqlite3 *db, const char *key, const char *text, size_t len)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db,
                           "INSERT INTO state(key,value) VALUES(?1,?2)"
                           " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                           &stmt));
    (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(stmt, 2, text, (int)len, SQLITE_STATIC);
    ohm_err err = ohm_db_run(db, stmt);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* --- who is who ----------------------------------------------------------------------------------
 */

static ohm_err make_tables(ohm_postgres *pg)
{
    char sql[512];
    char *schema =
        pg->pq->PQescapeIdentifier(pg->conn, pg->config.schema, strlen(pg->config.schema));
    if (!schema)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the schema has no name that PostgreSQL takes");
    /* Who may not make schemas may have been given one. */
    (void)snprintf(
        sql, sizeof sql,
        "DO $$ BEGIN IF to_regnamespace(%s) IS NULL THEN CREATE SCHEMA %s; END IF; END $$",
        "current_setting('ohmstead.schema')", schema);
    pg->pq->PQfreemem(schema);
    const ohm_postgres_param name = { .is_bytes = true, .bytes = ohm_span_text(pg->config.schema) };
    OHM_TRY(ohm_postgres_run(pg, "SELECT set_config('ohmstead.schema',quote_ident($1::text),false)",
                             1, &name, NULL));
    OHM_TRY(ohm_postgres_exec(pg, sql));
    return ohm_postgres_exec(pg, tables);
}

/* Copies the names that the server has into a file that has none of its own. */
static ohm_err adopt_rows(ohm_postgres *pg, const char *query, const char *insert, int texts_from,
                          int columns)
{
    PGresult *result;
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_postgres_run(pg, query, 0, NULL, &result));
    ohm_err err = ohm_db_prepare(pg->db, insert, &stmt);
    for (int row = 0; !ohm_failed(err) && row < pg->pq->PQntuples(result); row++) {
        for (int i = 0; i < columns; i++) {
            ohm_span bytes = ohm_postgres_bytes(pg, result, row, i);
            bool is_text = i >= texts_from && i < texts_from + (columns > 2 ? 3 : 1);
            if (is_text)
                (void)sqlite3_bind_text(stmt, i + 1, (const char *)bytes.ptr, (int)bytes.len,
                                        SQLITE_STATIC);
            else
                (void)sqlite3_bind_int64(stmt, i + 1, ohm_postgres_number(pg, result, row, i));
        }
        err = ohm_db_run(pg->db, stmt);
    }
    (void)sqlite3_finalize(stmt);
    pg->pq->PQclear(result);
    return err;
}

/* A card that died was replaced: the site is the same one. */
static ohm_err check_site(ohm_postgres *pg)
{
    PGresult *result;
    const ohm_postgres_param site = { .is_bytes = true, .bytes = ohm_span_text(pg->config.site) };
    if (!pg->config.site[0])
        return ohm_ok();
    OHM_TRY(ohm_postgres_run(pg,
                             "SELECT count(*) FROM device WHERE split_part(key,'/',1)<>$1::text", 1,
                             &site, &result));
    int64_t others = ohm_postgres_number(pg, result, 0, 0);
    pg->pq->PQclear(result);
    return others == 0
               ? ohm_ok()
               : ohm_fail(OHM_CONFLICT, 0, "PostgreSQL has another site's readings in this schema");
}

static ohm_err adopt(ohm_postgres *pg, ohm_span owner)
{
    int64_t series;
    OHM_TRY(check_site(pg));
    OHM_TRY(ohm_db_number(pg->db, "SELECT count(*) FROM main.series", &series));
    if (series > 0 || owner.len >= sizeof pg->id)
        return ohm_fail(OHM_CONFLICT, 0, "PostgreSQL has another store's readings in this schema");
    (void)snprintf(pg->id, sizeof pg->id, "%.*s", (int)owner.len, (const char *)owner.ptr);
    OHM_TRY(
        adopt_rows(pg, "SELECT id,key FROM device", "INSERT INTO main.device VALUES(?1,?2)", 1, 2));
    return adopt_rows(pg, "SELECT id,device,quantity,unit,kind,decimals FROM series",
                      "INSERT INTO main.series(id,device,quantity,unit,kind,decimals)"
                      " VALUES(?1,?2,?3,?4,?5,?6)",
                      2, 6);
}

static void new_id(ohm_postgres *pg)
{
    uint8_t bytes[ID_BYTES];
    ohm_random(bytes, sizeof bytes);
    for (int i = 0; i < ID_BYTES; i++)
        (void)snprintf(pg->id + 2 * i, 3, "%02x", bytes[i]);
}

/* The server's owner is this file, or becomes it. */
static ohm_err claim(ohm_postgres *pg)
{
    PGresult *result;
    OHM_TRY(make_tables(pg));
    OHM_TRY(ohm_postgres_run(pg, "SELECT owner, format FROM store", 0, NULL, &result));
    bool any = pg->pq->PQntuples(result) > 0;
    ohm_span owner = any ? ohm_postgres_bytes(pg, result, 0, 0) : ohm_span_of(NULL, 0);
    bool newer = any && ohm_postgres_number(pg, result, 0, 1) > FORMAT;
    ohm_err err = ohm_ok();
    if (newer)
        err = ohm_fail(OHM_UNSUPPORTED, 0, "a newer ohmstead wrote what PostgreSQL has");
    else if (any && !ohm_span_is(owner, pg->id))
        err = adopt(pg, owner);
    pg->pq->PQclear(result);
    OHM_TRY(err);
    if (!pg->id[0])
        new_id(pg);
    const ohm_postgres_param params[] = { { .number = FORMAT },
                                          { .is_bytes = true, .bytes = ohm_span_text(pg->id) } };
    return any ? ohm_ok()
               : ohm_postgres_run(pg, "INSERT INTO store VALUES($1::bigint,$2::text)", 2, params,
                                  NULL);
}

/* --- moving --------------------------------------------------------------------------------------
 */

static ohm_err move_one(sqlite3 *db, ohm_blocks *blocks, ohm_points *columns, ohm_point *points,
                        const ohm_chunk_row *row)
{
    ohm_history_counts counts = { 0 };
    if (ohm_chunk_row_decode(row, columns) != OHM_OK)
        return ohm_blocks_put_aside(blocks, "chunk", row->key, row->data);
    for (uint32_t i = 0; i < columns->count; i++)
        points[i] = (ohm_point){ columns->time_ms[i], columns->value[i], columns->quality[i] };
    (void)db;
    return ohm_blocks_merge(blocks, (uint32_t)(row->key >> OHM_CHUNK_TIME_BITS), points,
                            columns->count, true, &counts);
}

static ohm_err move_some(sqlite3 *db, ohm_blocks *blocks, ohm_points *columns, ohm_point *points,
                         uint64_t *moved)
{
    sqlite3_stmt *rows, *gone = NULL;
    int result = SQLITE_DONE;
    OHM_TRY(ohm_db_prepare(db, "SELECT " OHM_CHUNK_COLUMNS " FROM main.chunk ORDER BY k LIMIT 1",
                           &rows));
    ohm_err err = ohm_db_prepare(db, "DELETE FROM main.chunk WHERE k=?1", &gone);
    for (int i = 0; i < MOVE_CHUNKS && !ohm_failed(err); i++) {
        result = sqlite3_step(rows);
        if (result != SQLITE_ROW)
            break;
        ohm_chunk_row row = ohm_chunk_row_read(rows);
        err = move_one(db, blocks, columns, points, &row);
        (void)sqlite3_reset(rows);
        (void)sqlite3_bind_int64(gone, 1, row.key);
        if (!ohm_failed(err))
            err = ohm_db_run(db, gone);
        ++*moved;
    }
    (void)sqlite3_finalize(rows);
    (void)sqlite3_finalize(gone);
    if (!ohm_failed(err) && result != SQLITE_ROW && result != SQLITE_DONE)
        err = ohm_db_error(db, result);
    return err;
}

static ohm_err move_bite(sqlite3 *db, ohm_points *columns, ohm_point *points, uint64_t *moved)
{
    ohm_blocks *blocks;
    OHM_TRY(ohm_blocks_new(db, &blocks));
    ohm_err err = ohm_db_exec(db, "BEGIN IMMEDIATE");
    if (!ohm_failed(err))
        err = move_some(db, blocks, columns, points, moved);
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "COMMIT");
    if (!sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    ohm_blocks_free(blocks);
    return err;
}

/* What the file has itself, into the table over there: from before, or of a backup. A move that is
 * cut goes on with the next start; what is there already stays as it is. */
static ohm_err move_all(sqlite3 *db)
{
    int64_t left;
    uint64_t moved = 0, before;
    OHM_TRY(ohm_db_number(db, "SELECT count(*) FROM main.chunk", &left));
    if (left == 0)
        return ohm_ok();
    ohm_log(OHM_LOG_NOTICE, "history moves to=postgresql chunks=%lld", (long long)left);
    ohm_points *columns = malloc(sizeof *columns);
    ohm_point *points = malloc(OHM_CHUNK_POINTS_MAX * sizeof *points);
    ohm_err err = columns && points ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    do {
        before = moved;
        if (!ohm_failed(err))
            err = move_bite(db, columns, points, &moved);
    } while (!ohm_failed(err) && moved > before);
    free(columns);
    free(points);
    if (!ohm_failed(err))
        ohm_log(OHM_LOG_NOTICE, "history moved chunks=%llu", (unsigned long long)moved);
    return err;
}

/* --- settling ------------------------------------------------------------------------------------
 */

/* The first time: in one transaction, so that a file either has a place over there or does not. */
static ohm_err claim_and_say(ohm_postgres *pg)
{
    OHM_TRY(claim(pg));
    return put_state(pg->db, OHM_POSTGRES_ID, pg->id, strlen(pg->id));
}

static ohm_err explain(const ohm_postgres *pg, ohm_err err)
{
    if (ohm_err_is_away(err))
        ohm_log(OHM_LOG_ERROR, "postgresql away why=\"%s\"", ohm_postgres_why(pg));
    return err;
}

static ohm_err first_time(sqlite3 *db, ohm_postgres *pg)
{
    pg->claims = true;
    ohm_err err = ohm_postgres_connect(pg);
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "BEGIN IMMEDIATE");
    if (!ohm_failed(err))
        err = claim_and_say(pg);
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "COMMIT");
    if (!sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    pg->claims = false;
    return explain(pg, err);
}

static ohm_err forget(sqlite3 *db)
{
    return ohm_db_exec(db, "DELETE FROM main.state WHERE key='" OHM_POSTGRES_KEY "'");
}

ohm_err ohm_postgres_settle(sqlite3 *db, const ohm_postgres_config *config, ohm_postgres **ret)
{
    char text[OHM_POSTGRES_CONFIG_TEXT_MAX];
    int64_t had;
    ohm_postgres *pg = NULL;
    *ret = NULL;
    ohm_err known =
        ohm_db_number(db, "SELECT count(*) FROM main.state WHERE key='" OHM_POSTGRES_KEY "'", &had);
    if (known.code == OHM_BAD_FORMAT && !config)
        return ohm_ok(); /* damaged: whoever writes to it will be told */
    OHM_TRY(known);
    if (config) {
        size_t len = ohm_postgres_config_write(config, text);
        OHM_TRY(put_state(db, OHM_POSTGRES_KEY, text, len));
    }
    ohm_err err = ohm_postgres_attach(db, true, &pg);
    if (!ohm_failed(err) && pg && config) { /* it has asked nothing yet */
        pg->config.exclusive = config->exclusive;
        memcpy(pg->config.site, config->site, sizeof pg->config.site);
    }
    if (!ohm_failed(err) && pg && !pg->id[0]) /* never yet, or not to its end */
        err = first_time(db, pg);
    else if (!ohm_failed(err) && pg && had == 0)
        err = first_time(db, pg); /* a backup of a store that had its history there */
    if (!ohm_failed(err) && pg) {
        int64_t left;
        err = ohm_db_number(db, "SELECT count(*) FROM main.chunk", &left);
        if (!ohm_failed(err) && left > 0)
            err = explain(pg, move_all(db));
    }
    if (ohm_failed(err)) {
        if (had == 0 && config)
            (void)forget(db).code; /* as it was */
        return err;
    }
    if (pg)
        pg->waits = false;
    *ret = pg;
    return ohm_ok();
}
