/* The SQLite file: opening it without harming what is not ours, its format's versions, and
 * SQLite's errors as values. Shared by the writer and the readers. */
#ifndef OHM_STORE_DB_H
#define OHM_STORE_DB_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_DB_AWAY = SQLITE_NOLFS, /* of a table that is elsewhere (postgres.h); SQLite's own code
                                   never says that */
    OHM_DB_APPLICATION_ID = 0x4f686d31, /* "Ohm1" */
    OHM_DB_VERSION = 5,                 /* user_version of the format we write */
    OHM_DB_VERSION_CHUNKS = 3,          /* the first with chunks */
    OHM_DB_VERSION_ENERGY = 4,          /* with the ledger of energy */
    OHM_DB_VERSION_SAID = 5,            /* with what was said of days and prices */
};

/* One step of the format: `sql` takes a file from version-1 to version, in one transaction. */
typedef struct ohm_db_migration {
    int version;
    const char *sql;
} ohm_db_migration;
extern const ohm_db_migration ohm_db_migrations[OHM_DB_VERSION];

/* See ohm_store_open and ohm_reader_open. */
OHM_MUST_CHECK ohm_err ohm_db_open_writer(const char *path, sqlite3 **ret_db);
OHM_MUST_CHECK ohm_err ohm_db_open_reader(const char *path, sqlite3 **ret_db);

/* Brings the file from its version to that of the last step. Each step happens whole or not at
 * all. OHM_UNSUPPORTED: the file is newer. */
OHM_MUST_CHECK ohm_err ohm_db_migrate(sqlite3 *db, const ohm_db_migration *steps, size_t count);

extern const char ohm_db_away_words[]; /* of the error behind OHM_DB_AWAY */

/* The error behind a result code, never OHM_OK: a full disk is OHM_IO at ENOSPC, other failures
 * of the system OHM_IO at their errno, a damaged or foreign file OHM_BAD_FORMAT. */
ohm_err ohm_db_error(sqlite3 *db, int result);

OHM_MUST_CHECK ohm_err ohm_db_exec(sqlite3 *db, const char *sql);
OHM_MUST_CHECK ohm_err ohm_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt);
/* The number in the first column of the first row. */
OHM_MUST_CHECK ohm_err ohm_db_number(sqlite3 *db, const char *sql, int64_t *ret_number);

/* Steps a statement that gives no row, and resets it. */
OHM_MUST_CHECK ohm_err ohm_db_run(sqlite3 *db, sqlite3_stmt *stmt);

/* After a time of much: what the connection keeps in memory and can read again goes. */
void ohm_db_rest(sqlite3 *db);

/* A column's bytes; they live until the next step. */
ohm_span ohm_db_blob(sqlite3_stmt *stmt, int column);

#endif
