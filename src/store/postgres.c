#include "store/postgres_own.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/file.h"
#include "host/random.h"
#include "store/chunk.h"
#include "store/db.h"

enum {
    PAUSE_MS = 5 * OHM_SECOND_MS, /* doubled with each failure */
    PAUSE_MAX_MS = OHM_MINUTE_MS,
    ANSWER_MS = 30 * OHM_SECOND_MS,     /* for who may wait */
    ANSWER_LONG_MS = 12 * OHM_HOUR_MS,  /* for a vacuum */
    ANSWER_SOON_MS = 2 * OHM_SECOND_MS, /* for the thread that commits the journal */
    CONNECT_MS = 10 * OHM_SECOND_MS,
    SLICE_MS = 100,
};

/* --- libpq ---------------------------------------------------------------------------------- */

static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static ohm_pq loaded;
static bool is_loaded;

/* It brings two dozen libraries (Kerberos, LDAP): those who have no PostgreSQL don't pay for them.
 */
static void load(void)
{
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    is_loaded = true;
#define FIND(name)                                                                                 \
    {                                                                                              \
        void *found = dlsym(library, #name);                                                       \
        is_loaded = is_loaded && found;                                                            \
        memcpy(&loaded.name, &found, sizeof found);                                                \
    }
    OHM_PQ_FUNCTIONS(FIND)
#undef FIND
}

static const ohm_pq *library(void)
{
    (void)pthread_once(&load_once, load);
    return is_loaded ? &loaded : NULL;
}

/* --- connecting ----------------------------------------------------------------------------- */

/* Waits for it, in slices. A connection that is not good says why. */
static void wait_connection(const ohm_pq *pq, PGconn *conn, const atomic_bool *stop)
{
    const ohm_mono_ms start = ohm_clock_mono();
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        struct pollfd at = { .fd = pq->PQsocket(conn),
                             .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT };
        bool late = ohm_mono_since(ohm_clock_mono(), start) > CONNECT_MS;
        if (late || (stop && atomic_load(stop)))
            return;
        if (poll(&at, 1, SLICE_MS) > 0)
            next = pq->PQconnectPoll(conn);
    }
}

/* NULL: out of memory, or the password can't be had. */
static PGconn *make_connection(const ohm_pq *pq, const ohm_postgres_config *config,
                               const atomic_bool *stop)
{
    static const char *const names[] = { "host",
                                         "port",
                                         "dbname",
                                         "user",
                                         "password",
                                         "sslmode",
                                         "sslrootcert",
                                         "tcp_user_timeout",
                                         "application_name",
                                         "client_encoding",
                                         "options",
                                         NULL };
    char password[OHM_POSTGRES_PASSWORD_MAX];
    if (!ohm_postgres_password(config, password))
        return NULL;
    const char *const values[] = { config->host,
                                   config->port,
                                   config->database,
                                   config->user[0] ? config->user : NULL,
                                   password[0] ? password : NULL,
                                   config->tls,
                                   !strncmp(config->tls, "verify", 6) ? config->ca_file : NULL,
                                   "10000",
                                   "ohmstead",
                                   "UTF8",
                                   "-c bytea_output=hex -c statement_timeout=60000"
                                   " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10"
                                   " -c tcp_keepalives_count=3",
                                   NULL };
    PGconn *conn = pq->PQconnectStartParams(names, values, 0);
    ohm_wipe(password, sizeof password);
    if (conn && pq->PQstatus(conn) != CONNECTION_BAD)
        wait_connection(pq, conn, stop);
    return conn;
}

static ohm_err away(void)
{
    return ohm_fail(OHM_IO, ENOTCONN, ohm_db_away_words);
}

static void say(ohm_postgres *pg, const char *words)
{
    (void)snprintf(pg->why, sizeof pg->why, "%.*s", (int)strcspn(words, "\n"), words);
}

void ohm_postgres_drop(ohm_postgres *pg)
{
    if (pg->conn)
        pg->pq->PQfinish(pg->conn);
    pg->conn = NULL;
    pg->began = false;
    if (pg->named)
        memset(pg->named, 0, OHM_CHUNK_SERIES_MAX / 8 + 1);
}

static ohm_err give_up(ohm_postgres *pg, const char *words)
{
    say(pg, words);
    ohm_postgres_drop(pg);
    pg->pause_ms = pg->pause_ms ? 2 * pg->pause_ms : PAUSE_MS;
    if (pg->pause_ms > PAUSE_MAX_MS)
        pg->pause_ms = PAUSE_MAX_MS;
    pg->retry = ohm_mono_after(ohm_clock_mono(), pg->pause_ms);
    return away();
}

/* Is what is there ours? Another store's readings are not touched, and not shown. */
static ohm_err check_owner(ohm_postgres *pg)
{
    PGresult *result;
    if (pg->claims)
        return ohm_ok();
    OHM_TRY(ohm_postgres_run(pg, "SELECT owner FROM store", 0, NULL, &result));
    bool ours =
        pg->pq->PQntuples(result) == 1 && ohm_span_is(ohm_postgres_bytes(pg, result, 0, 0), pg->id);
    pg->pq->PQclear(result);
    return ours ? ohm_ok() : give_up(pg, "its readings are of another store");
}

/* Two daemons on one schema would give their series the same numbers. The lock is the session's: a
 * connection that is lost gives it back, at the latest when the server notices (keepalives). */
static ohm_err take_lock(ohm_postgres *pg)
{
    PGresult *result;
    const ohm_postgres_param name = { .is_bytes = true, .bytes = ohm_span_text(pg->config.schema) };
    if (!pg->config.exclusive)
        return ohm_ok();
    OHM_TRY(
        ohm_postgres_run(pg,
                         "SELECT pg_try_advisory_lock(hashtextextended('ohmstead '||$1::text,0))"
                         "::int::bigint",
                         1, &name, &result));
    bool taken = ohm_postgres_number(pg, result, 0, 0) == 1;
    pg->pq->PQclear(result);
    return taken ? ohm_ok() : give_up(pg, "another ohmstead writes to this schema at this moment");
}

/* A new connection, good or not, becomes ours. */
static ohm_err take_connection(ohm_postgres *pg, PGconn *conn)
{
    char sql[2 * OHM_POSTGRES_TEXT_MAX];
    if (!conn)
        return give_up(pg, "its password can't be read");
    pg->conn = conn;
    if (pg->pq->PQstatus(conn) != CONNECTION_OK) {
        const char *words = pg->pq->PQerrorMessage(conn);
        return give_up(pg, words[0] ? words : "no connection in time");
    }
    char *schema = pg->pq->PQescapeIdentifier(conn, pg->config.schema, strlen(pg->config.schema));
    if (!schema)
        return give_up(pg, "the schema has no name that it takes");
    (void)snprintf(sql, sizeof sql, "SET search_path TO %s; SET synchronous_commit TO on", schema);
    pg->pq->PQfreemem(schema);
    OHM_TRY(ohm_postgres_exec(pg, sql));
    OHM_TRY(take_lock(pg));
    OHM_TRY(check_owner(pg));
    pg->pause_ms = 0;
    pg->why[0] = '\0';
    return ohm_ok();
}

ohm_err ohm_postgres_connect(ohm_postgres *pg)
{
    if (pg->conn)
        return ohm_ok();
    return take_connection(pg, make_connection(pg->pq, &pg->config, NULL));
}

ohm_err ohm_postgres_need(ohm_postgres *pg)
{
    if (pg->conn)
        return ohm_ok();
    if (!pg->waits || pg->writing || ohm_mono_since(pg->retry, ohm_clock_mono()) > 0)
        return away();
    return ohm_postgres_connect(pg);
}

/* --- connecting on a thread beside ------------------------------------------------------------ */

/* Names and servers may block for as long as they like; the thread that commits must not. */
struct ohm_postgres_attempt {
    pthread_t thread;
    atomic_bool stop, over;
    const ohm_pq *pq;
    ohm_postgres_config config;
    PGconn *conn; /* once it is over */
};

static void *attempt_run(void *arg)
{
    ohm_postgres_attempt *a = arg;
    ohm_fault_stack();
    a->conn = make_connection(a->pq, &a->config, &a->stop);
    atomic_store(&a->over, true);
    return NULL;
}

static void attempt_start(ohm_postgres *pg)
{
    sigset_t all, had;
    ohm_postgres_attempt *a = calloc(1, sizeof *a);
    if (!a)
        return;
    a->pq = pg->pq;
    a->config = pg->config;
    (void)sigfillset(&all); /* signals are the loop's */
    (void)pthread_sigmask(SIG_SETMASK, &all, &had);
    int error = pthread_create(&a->thread, NULL, attempt_run, a);
    (void)pthread_sigmask(SIG_SETMASK, &had, NULL);
    if (error)
        free(a);
    else
        pg->attempt = a;
}

/* Ends it, at most after one name lookup; what came of it is the caller's. */
static PGconn *attempt_end(ohm_postgres *pg)
{
    ohm_postgres_attempt *a = pg->attempt;
    atomic_store(&a->stop, true);
    (void)pthread_join(a->thread, NULL);
    PGconn *conn = a->conn;
    pg->attempt = NULL;
    free(a);
    return conn;
}

bool ohm_postgres_ready(ohm_postgres *pg)
{
    if (pg->waits)
        return !ohm_failed(ohm_postgres_need(pg));
    if (pg->conn)
        return true;
    if (pg->attempt && atomic_load(&pg->attempt->over))
        return !ohm_failed(take_connection(pg, attempt_end(pg)));
    if (!pg->attempt && ohm_mono_since(pg->retry, ohm_clock_mono()) <= 0)
        attempt_start(pg);
    return false;
}

const char *ohm_postgres_why(const ohm_postgres *pg)
{
    return pg->why;
}

/* --- statements --------------------------------------------------------------------------------
 */

/* Waits until the answer can be taken without waiting. */
static bool wait_answer(ohm_postgres *pg)
{
    const ohm_mono_ms start = ohm_clock_mono();
    const int64_t patience_ms = pg->patient ? ANSWER_LONG_MS
                                : pg->waits ? ANSWER_MS
                                            : ANSWER_SOON_MS;
    struct pollfd at = { .fd = pg->pq->PQsocket(pg->conn), .events = POLLIN };
    while (pg->pq->PQisBusy(pg->conn)) {
        int64_t left_ms = patience_ms - ohm_mono_since(ohm_clock_mono(), start);
        if (left_ms <= 0 || (poll(&at, 1, (int)left_ms) < 0 && errno != EINTR))
            return false;
        if (!pg->pq->PQconsumeInput(pg->conn))
            return false;
    }
    return true;
}

/* A refusal: a full disk over there, a right that is missing. The connection goes on, but what was
 * begun is over. */
static ohm_err refused(ohm_postgres *pg, const PGresult *result)
{
    const char *words = pg->pq->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    say(pg, words ? words : "it refuses a statement");
    return away();
}

/* All answers of what was sent; the last one that holds rows is kept. */
static ohm_err take_answers(ohm_postgres *pg, PGresult **ret_result)
{
    PGresult *kept = NULL;
    ohm_err err = ohm_ok();
    for (;;) {
        if (!wait_answer(pg)) {
            pg->pq->PQclear(kept);
            return give_up(pg, "it does not answer in time");
        }
        PGresult *result = pg->pq->PQgetResult(pg->conn);
        if (!result)
            break;
        ExecStatusType status = pg->pq->PQresultStatus(result);
        bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!good && !ohm_failed(err))
            err = refused(pg, result);
        PGresult *out = good ? kept : result;
        if (good)
            kept = result;
        pg->pq->PQclear(out);
    }
    if (pg->pq->PQstatus(pg->conn) != CONNECTION_OK)
        err = give_up(pg, pg->pq->PQerrorMessage(pg->conn));
    if (ohm_failed(err) || !ret_result) {
        pg->pq->PQclear(kept);
        return err;
    }
    *ret_result = kept;
    return kept ? ohm_ok() : give_up(pg, "it does not answer");
}

ohm_err ohm_postgres_run(ohm_postgres *pg, const char *sql, int count,
                         const ohm_postgres_param *params, PGresult **ret_result)
{
    uint8_t numbers[OHM_POSTGRES_PARAMS_MAX][8];
    const char *values[OHM_POSTGRES_PARAMS_MAX];
    int lengths[OHM_POSTGRES_PARAMS_MAX], formats[OHM_POSTGRES_PARAMS_MAX];
    assert(count <= OHM_POSTGRES_PARAMS_MAX);
    if (!pg->conn)
        return away();
    for (int i = 0; i < count; i++) {
        const ohm_postgres_param *p = &params[i];
        ohm_put_be64(numbers[i], (uint64_t)p->number);
        values[i] = p->is_bytes ? (p->bytes.len ? (const char *)p->bytes.ptr : "")
                                : (const char *)numbers[i];
        lengths[i] = p->is_bytes ? (int)p->bytes.len : 8;
        formats[i] = 1;
    }
    if (!pg->pq->PQsendQueryParams(pg->conn, sql, count, NULL, values, lengths, formats, 1))
        return give_up(pg, pg->pq->PQerrorMessage(pg->conn));
    return take_answers(pg, ret_result);
}

ohm_err ohm_postgres_exec(ohm_postgres *pg, const char *sql)
{
    if (!pg->conn)
        return away();
    if (!pg->pq->PQsendQuery(pg->conn, sql))
        return give_up(pg, pg->pq->PQerrorMessage(pg->conn));
    return take_answers(pg, NULL);
}

ohm_span ohm_postgres_bytes(const ohm_postgres *pg, const PGresult *result, int row, int column)
{
    int len = pg->pq->PQgetlength(result, row, column);
    return ohm_span_of(pg->pq->PQgetvalue(result, row, column), len > 0 ? (size_t)len : 0);
}

int64_t ohm_postgres_number(const ohm_postgres *pg, const PGresult *result, int row, int column)
{
    ohm_span bytes = ohm_postgres_bytes(pg, result, row, column);
    return bytes.len == 8 ? (int64_t)ohm_be64(bytes.ptr) : 0;
}

/* --- transactions ------------------------------------------------------------------------------
 */

ohm_err ohm_postgres_begin(ohm_postgres *pg)
{
    if (pg->began)
        return ohm_ok();
    OHM_TRY(ohm_postgres_exec(pg, pg->writing ? "BEGIN"
                                              : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    pg->began = true;
    return ohm_ok();
}

ohm_err ohm_postgres_commit(ohm_postgres *pg)
{
    if (!pg->began)
        return ohm_ok();
    ohm_err err = ohm_postgres_exec(pg, "COMMIT");
    pg->began = false;
    return err;
}

void ohm_postgres_rollback(ohm_postgres *pg)
{
    if (pg->began && pg->conn)
        (void)ohm_postgres_exec(pg, "ROLLBACK").code; /* if it fails, the connection is gone */
    pg->began = false;
    if (pg->named)
        memset(pg->named, 0, OHM_CHUNK_SERIES_MAX / 8 + 1);
}

void ohm_postgres_read_begin(ohm_postgres *pg)
{
    if (pg)
        pg->one_view = true;
}

void ohm_postgres_read_end(ohm_postgres *pg)
{
    if (!pg || !pg->one_view)
        return;
    pg->one_view = false;
    if (!pg->writing)
        ohm_postgres_rollback(pg); /* nothing was written */
}

ohm_err ohm_postgres_ping(ohm_postgres *pg)
{
    OHM_TRY(ohm_postgres_need(pg));
    return ohm_postgres_exec(pg, "SELECT 1");
}

ohm_err ohm_postgres_vacuum(ohm_postgres *pg)
{
    OHM_TRY(ohm_postgres_need(pg));
    OHM_TRY(ohm_postgres_exec(pg, "SET statement_timeout=0"));
    pg->patient = true; /* of years: it takes its time */
    ohm_err err = ohm_postgres_exec(pg, "VACUUM chunk");
    pg->patient = false;
    OHM_TRY(err);
    return ohm_postgres_exec(pg, "RESET statement_timeout");
}

ohm_err ohm_postgres_total_bytes(ohm_postgres *pg, int64_t *ret_bytes)
{
    PGresult *result;
    OHM_TRY(ohm_postgres_need(pg));
    OHM_TRY(
        ohm_postgres_run(pg, "SELECT pg_total_relation_size('chunk')::bigint", 0, NULL, &result));
    *ret_bytes = ohm_postgres_number(pg, result, 0, 0);
    pg->pq->PQclear(result);
    return ohm_ok();
}

ohm_err ohm_postgres_size_of(ohm_postgres *pg, ohm_postgres_size *out)
{
    PGresult *result;
    OHM_TRY(ohm_postgres_need(pg));
    OHM_TRY(ohm_postgres_run(pg,
                             "SELECT current_setting('server_version')::text,"
                             " pg_total_relation_size('chunk')::bigint,"
                             " (SELECT count(*) FROM chunk)::bigint",
                             0, NULL, &result));
    ohm_span version = ohm_postgres_bytes(pg, result, 0, 0);
    (void)snprintf(out->version, sizeof out->version, "%.*s", (int)version.len,
                   (const char *)version.ptr);
    out->bytes = ohm_postgres_number(pg, result, 0, 1);
    out->chunks = ohm_postgres_number(pg, result, 0, 2);
    pg->pq->PQclear(result);
    return ohm_ok();
}

/* --- attaching ---------------------------------------------------------------------------------
 */

/* Of the module, and with it of the connection. */
static void release(void *arg)
{
    ohm_postgres *pg = arg;
    PGconn *unwanted = pg->attempt ? attempt_end(pg) : NULL;
    if (unwanted)
        pg->pq->PQfinish(unwanted);
    ohm_postgres_drop(pg);
    free(pg->named);
    free(pg);
}

/* The text of a state value into `out`, with a NUL after it. OHM_END: there is none. */
static ohm_err read_state(sqlite3 *db, const char *key, char *out, size_t cap)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db, "SELECT value FROM main.state WHERE key=?1", &stmt));
    (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    int result = sqlite3_step(stmt);
    ohm_err err = result == SQLITE_ROW    ? ohm_ok()
                  : result == SQLITE_DONE ? ohm_fail(OHM_END, 0, "no such value")
                                          : ohm_db_error(db, result);
    ohm_span value = ohm_failed(err) ? ohm_span_of(NULL, 0) : ohm_db_blob(stmt, 0);
    if (value.len >= cap)
        err = ohm_fail(OHM_BAD_FORMAT, 0, "it is not said where PostgreSQL is");
    else if (!ohm_failed(err))
        (void)snprintf(out, cap, "%.*s", (int)value.len, value.len ? (const char *)value.ptr : "");
    (void)sqlite3_finalize(stmt);
    return err;
}

static ohm_err make(sqlite3 *db, bool waits, ohm_postgres **ret)
{
    char text[OHM_POSTGRES_CONFIG_TEXT_MAX];
    const ohm_pq *pq = library();
    ohm_postgres *pg = calloc(1, sizeof *pg);
    if (!pg)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    *pg = (ohm_postgres){ .db = db, .pq = pq, .waits = waits, .retry = ohm_clock_mono() };
    ohm_err err = read_state(db, OHM_POSTGRES_KEY, text, sizeof text);
    if (!ohm_failed(err))
        err = ohm_postgres_config_read(ohm_span_text(text), &pg->config);
    if (!ohm_failed(err)) {
        err = read_state(db, OHM_POSTGRES_ID, pg->id, sizeof pg->id);
        err = err.code == OHM_END ? ohm_ok() : err; /* it is being settled */
    }
    if (!ohm_failed(err) && !pq)
        err = ohm_fail(OHM_UNSUPPORTED, 0, "libpq is missing: install the package libpq5");
    if (ohm_failed(err)) {
        free(pg);
        return err;
    }
    *ret = pg;
    return ohm_ok();
}

ohm_err ohm_postgres_attach(sqlite3 *db, bool waits, ohm_postgres **ret)
{
    ohm_postgres *pg;
    *ret = NULL;
    ohm_err err = make(db, waits, &pg);
    /* A file too damaged to say it opens for who looks at it, and is not written to. */
    if (err.code == OHM_END || err.code == OHM_BAD_FORMAT)
        return ohm_ok();
    OHM_TRY(err);
    int result = sqlite3_create_module_v2(db, "ohm_postgres", &ohm_postgres_module, pg, release);
    if (result != SQLITE_OK)
        return ohm_db_error(db, result); /* pg is released already */
    int64_t read_only;
    OHM_TRY(ohm_db_number(db, "PRAGMA query_only", &read_only));
    OHM_TRY(ohm_db_exec(db, "PRAGMA query_only=OFF;"
                            "CREATE VIRTUAL TABLE temp.chunk USING ohm_postgres"));
    if (read_only)
        OHM_TRY(ohm_db_exec(db, "PRAGMA query_only=ON"));
    *ret = pg;
    return ohm_ok();
}
