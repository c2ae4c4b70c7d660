#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/pages.h"
#include "host/syserr.h"

enum {
    BUSY_MS = 5000,
    HEAP_SOFT_MAX = 4 << 20, /* of all connections: caches give back above it */
};

/* docs/store.md explains each table. WITHOUT ROWID is not used: blobs stay in the leaf. */
static const char version_1[] =
    "CREATE TABLE device("
    " id INTEGER PRIMARY KEY CHECK(id BETWEEN 1 AND 4095),"
    " key TEXT NOT NULL UNIQUE);"
    "CREATE TABLE series("
    " id INTEGER PRIMARY KEY,"
    " device INTEGER NOT NULL REFERENCES device(id),"
    " quantity TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL,"
    " decimals INTEGER NOT NULL,"
    " UNIQUE(device, quantity));"
    "CREATE TABLE layout(id INTEGER PRIMARY KEY, columns BLOB NOT NULL UNIQUE);"
    "CREATE TABLE frame(k INTEGER PRIMARY KEY, v BLOB NOT NULL);"
    "CREATE TABLE event("
    " seq INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, age_ms INTEGER NOT NULL,"
    " last_seq INTEGER NOT NULL, v BLOB NOT NULL);"
    "CREATE TABLE journal("
    " seq INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    " encoded BLOB NOT NULL, json TEXT NOT NULL);"
    "CREATE TABLE state(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL);";

/* What all events up to the end of a row weigh, so that their room has a bound. */
static const char version_2[] = "ALTER TABLE event ADD COLUMN total_bytes INTEGER NOT NULL"
                                " DEFAULT 0;";

/* What is folded out of frames, and what could not be read any more. */
static const char version_3[] =
    "CREATE TABLE chunk("
    " k INTEGER PRIMARY KEY, n INTEGER NOT NULL, suspect INTEGER NOT NULL,"
    " t1 INTEGER NOT NULL, step INTEGER NOT NULL, flags INTEGER NOT NULL,"
    " vmin INTEGER NOT NULL, vmax INTEGER NOT NULL, vsum INTEGER NOT NULL,"
    " vfirst INTEGER NOT NULL, vlast INTEGER NOT NULL, thin INTEGER NOT NULL,"
    " crc INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE damaged("
    " id INTEGER PRIMARY KEY, place TEXT NOT NULL, k INTEGER NOT NULL, data BLOB NOT NULL);";

#define HOW                                                                                        \
    "CASE WHEN flags&4 THEN 'meter change' WHEN flags&2 THEN 'gap'"                                \
    " WHEN flags&1 THEN 'estimated' WHEN flags&8 THEN 'partial' ELSE 'measured' END AS how"

/* The ledger of energy: plain rows, for everybody. energy_through says up to where rows are made,
 * and of which readings; energy_changed what is to be made anew. */
static const char version_4[] =
    "CREATE TABLE energy_hour("
    " series INTEGER NOT NULL, utc_ms INTEGER NOT NULL, local TEXT NOT NULL,"
    " wh INTEGER NOT NULL, flags INTEGER NOT NULL, PRIMARY KEY(series, utc_ms)) WITHOUT ROWID;"
    "CREATE TABLE energy_day("
    " series INTEGER NOT NULL, date TEXT NOT NULL, period TEXT NOT NULL,"
    " wh INTEGER NOT NULL, flags INTEGER NOT NULL,"
    " PRIMARY KEY(series, date, period)) WITHOUT ROWID;"
    "CREATE TABLE energy_through("
    " series INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);"
    "CREATE TABLE energy_changed("
    " id INTEGER PRIMARY KEY, series INTEGER NOT NULL, from_ms INTEGER NOT NULL,"
    " to_ms INTEGER NOT NULL, readings INTEGER NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE VIEW energy_by_hour AS SELECT device.key AS device, quantity, local, wh, " HOW
    " FROM energy_hour JOIN series ON series.id=series JOIN device ON device.id=device;"
    "CREATE VIEW energy_by_day AS SELECT device.key AS device, quantity, date, period, wh, " HOW
    " FROM energy_day JOIN series ON series.id=series JOIN device ON device.id=device;";

/* What was said of days and prices, each source for itself. */
static const char version_5[] =
    "CREATE TABLE day_code("
    " calendar TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL, rank INTEGER NOT NULL,"
    " code TEXT NOT NULL, said_ms INTEGER NOT NULL,"
    " PRIMARY KEY(calendar, date, source)) WITHOUT ROWID;"
    "CREATE TABLE spot_price("
    " source TEXT NOT NULL, utc_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,"
    " rank INTEGER NOT NULL, neur_per_kwh INTEGER NOT NULL, said_ms INTEGER NOT NULL,"
    " PRIMARY KEY(source, utc_ms)) WITHOUT ROWID;";

const ohm_db_migration ohm_db_migrations[OHM_DB_VERSION] = {
    { 1, version_1 }, { 2, version_2 }, { 3, version_3 }, { 4, version_4 }, { 5, version_5 },
};

const char ohm_db_away_words[] = "PostgreSQL, which has the readings, does not answer";

ohm_err ohm_db_error(sqlite3 *db, int result)
{
    assert(result != SQLITE_OK);
    const char *text = sqlite3_errstr(result); /* static */
    int system = db ? sqlite3_system_errno(db) : 0;
    switch (result & 0xff) {
    case SQLITE_FULL:
        return ohm_err_errno(ENOSPC);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return system > 0 ? ohm_err_errno(system) : ohm_fail(OHM_IO, 0, text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ohm_fail(OHM_BAD_FORMAT, 0, text);
    case SQLITE_NOMEM:
        return ohm_fail(OHM_NO_MEMORY, 0, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ohm_fail(OHM_BUSY, 0, text);
    case OHM_DB_AWAY:
        return ohm_fail(OHM_IO, ENOTCONN, ohm_db_away_words);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ohm_fail(OHM_DENIED, 0, text);
    default:
        return ohm_fail(OHM_IO, 0, text);
    }
}

ohm_err ohm_db_exec(sqlite3 *db, const char *sql)
{
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? ohm_ok() : ohm_db_error(db, result);
}

ohm_err ohm_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt)
{
    int result = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL);
    return result == SQLITE_OK ? ohm_ok() : ohm_db_error(db, result);
}

ohm_err ohm_db_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db, sql, &stmt));
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt); /* repeats the step's error */
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_END, 0, "no row");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(db, result);
}

ohm_err ohm_db_run(sqlite3 *db, sqlite3_stmt *stmt)
{
    int result = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt); /* repeats the step's error */
    assert(result != SQLITE_ROW);
    return result == SQLITE_DONE ? ohm_ok() : ohm_db_error(db, result);
}

ohm_span ohm_db_blob(sqlite3_stmt *stmt, int column)
{
    const void *bytes = sqlite3_column_blob(stmt, column);
    return ohm_span_of(bytes, (size_t)sqlite3_column_bytes(stmt, column));
}

static ohm_err not_ours(void)
{
    return ohm_fail(OHM_BAD_FORMAT, 0, "this file is not an ohmstead database");
}

static ohm_err too_new(void)
{
    return ohm_fail(OHM_UNSUPPORTED, 0, "a newer ohmstead wrote this database");
}

/* A file that is not there yet is made empty and private. */
static ohm_err ensure_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)close(fd);
        return ohm_file_sync_dir(path);
    }
    if (errno != EEXIST || stat(path, &st) < 0)
        return ohm_err_errno(errno);
    /* SQLite takes a file of one byte for an empty one. */
    return S_ISREG(st.st_mode) && st.st_size != 1 ? ohm_ok() : not_ours();
}

/* It holds the secrets of users and the habits of a house. By path, not by descriptor: closing
 * one of our own would drop the locks that SQLite holds on this file (fcntl(2)). */
static ohm_err close_to_others(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return ohm_err_errno(errno);
    if ((st.st_mode & 077) && chmod(path, 0600) < 0)
        return ohm_err_errno(errno);
    return ohm_ok();
}

static ohm_err connect(const char *path, int flags, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int result =
        sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (result != SQLITE_OK) {
        ohm_err err = ohm_db_error(db, result);
        (void)sqlite3_close(db);
        return err;
    }
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    (void)sqlite3_soft_heap_limit64(HEAP_SOFT_MAX);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *ret_db = db;
    return ohm_ok();
}

ohm_err ohm_db_migrate(sqlite3 *db, const ohm_db_migration *steps, size_t count)
{
    int64_t version;
    OHM_TRY(ohm_db_number(db, "PRAGMA user_version", &version));
    if (version > (int64_t)count)
        return too_new();
    for (size_t i = (size_t)version; i < count; i++) {
        char end[64];
        assert(steps[i].version == (int)i + 1);
        (void)sqlite3_snprintf(sizeof end, end, "PRAGMA user_version=%d;COMMIT", steps[i].version);
        OHM_TRY(ohm_db_exec(db, "BEGIN IMMEDIATE"));
        ohm_err err = ohm_db_exec(db, steps[i].sql);
        if (!ohm_failed(err))
            err = ohm_db_exec(db, end);
        if (ohm_failed(err)) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return err;
        }
    }
    return ohm_ok();
}

/* A new file gets its tables and its name in one transaction of the classic journal, so that
 * its header tells from the first moment on what it is; only then comes the write-ahead log. */
static ohm_err create(sqlite3 *db)
{
    OHM_TRY(ohm_db_exec(db, "PRAGMA auto_vacuum=INCREMENTAL"));
    char sql[sizeof version_1 + 160];
    (void)sqlite3_snprintf(sizeof sql, sql,
                           "BEGIN EXCLUSIVE;PRAGMA application_id=%d;%s"
                           "PRAGMA user_version=1;COMMIT",
                           OHM_DB_APPLICATION_ID, version_1);
    ohm_err err = ohm_db_exec(db, sql);
    if (ohm_failed(err))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

/* Ours, and not from the future? *ret_empty: one with nothing in it, of nobody: it is still to
 * be made, or its making was interrupted at its very beginning. */
static ohm_err check_identity(sqlite3 *db, bool *ret_empty)
{
    int64_t pages, id, version, tables;
    OHM_TRY(ohm_db_number(db, "PRAGMA page_count", &pages));
    OHM_TRY(ohm_db_number(db, "PRAGMA application_id", &id));
    OHM_TRY(ohm_db_number(db, "PRAGMA user_version", &version));
    OHM_TRY(ohm_db_number(db, "SELECT count(*) FROM sqlite_schema", &tables));
    *ret_empty = pages == 0 || (id == 0 && version == 0 && tables == 0);
    if (*ret_empty)
        return ohm_ok();
    if (id != OHM_DB_APPLICATION_ID)
        return not_ours();
    return version > OHM_DB_VERSION ? too_new() : ohm_ok();
}

/* A first look through a connection that cannot write. One interrupted in its creation can't be
 * read so (SQLITE_READONLY_ROLLBACK): the writer's connection finishes that, and looks again. */
static ohm_err check_before_writing(const char *path)
{
    sqlite3 *db;
    bool empty;
    OHM_TRY(connect(path, SQLITE_OPEN_READONLY, &db));
    ohm_err err = check_identity(db, &empty);
    if (sqlite3_extended_errcode(db) == SQLITE_READONLY_ROLLBACK)
        err = ohm_ok();
    (void)sqlite3_close(db);
    return err;
}

static ohm_err set_up_writer(sqlite3 *db)
{
    bool empty;
    OHM_TRY(check_identity(db, &empty));
    if (empty)
        OHM_TRY(create(db));
    OHM_TRY(ohm_db_exec(db, "PRAGMA journal_mode=WAL"));
    OHM_TRY(ohm_db_exec(db, "PRAGMA synchronous=FULL;"
                            "PRAGMA cache_size=-1024;"
                            "PRAGMA wal_autocheckpoint=64;" /* small: an SD card's wear */
                            "PRAGMA journal_size_limit=1048576;"
                            "PRAGMA temp_store=MEMORY;"
                            "PRAGMA secure_delete=FAST;"
                            "PRAGMA cell_size_check=ON"));
    return ohm_db_migrate(db, ohm_db_migrations, OHM_DB_VERSION);
}

ohm_err ohm_db_open_writer(const char *path, sqlite3 **ret_db)
{
    sqlite3 *db;
    OHM_TRY(ensure_file(path));
    OHM_TRY(check_before_writing(path));
    OHM_TRY(close_to_others(path));
    OHM_TRY(connect(path, SQLITE_OPEN_READWRITE, &db));
    ohm_err err = set_up_writer(db);
    if (ohm_failed(err)) {
        /* Whatever is wrong with it, closing must not write to it. */
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_close(db);
        return err;
    }
    *ret_db = db;
    return ohm_ok();
}

ohm_err ohm_db_open_reader(const char *path, sqlite3 **ret_db)
{
    sqlite3 *db;
    bool empty;
    struct stat st;
    if (stat(path, &st) < 0)
        return ohm_err_errno(errno);
    OHM_TRY(connect(path, SQLITE_OPEN_READONLY, &db));
    ohm_err err = check_identity(db, &empty);
    if (!ohm_failed(err) && empty)
        err = ohm_fail(OHM_UNKNOWN, 0, "this database is still empty");
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "PRAGMA query_only=ON;PRAGMA cache_size=-512;"
                              "PRAGMA temp_store=MEMORY;PRAGMA cell_size_check=ON");
    if (ohm_failed(err)) {
        (void)sqlite3_close(db);
        return err;
    }
    *ret_db = db;
    return ohm_ok();
}

void ohm_db_rest(sqlite3 *db)
{
    (void)sqlite3_db_release_memory(db);
    ohm_pages_give_back_freed();
}
