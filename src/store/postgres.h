/* PostgreSQL as the place of the history: what is folded out of frames lies there, chunk by chunk,
 * the same bytes as in the file (docs/store.md, "PostgreSQL"). The file keeps what is hot: frames,
 * journal, events, state. While the server is away nothing is folded: the frames are the outbox.
 *
 * A store whose history is elsewhere says so in a state value. Whoever opens the file attaches:
 * then the name `chunk` of his connection means the table over there, in temp.chunk, and every
 * statement goes on as it is. Its part of a transaction is committed before the file's, and what is
 * then repeated changes nothing: a fold, an import and an erasure may be cut anywhere.
 *
 * One thread owns an ohm_postgres: the connection's. libpq is loaded when it is first needed. */
#ifndef OHM_STORE_POSTGRES_H
#define OHM_STORE_POSTGRES_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"
#include "store/db.h"

#define OHM_POSTGRES_KEY "store/postgresql" /* the state value: where it is */
#define OHM_POSTGRES_ID  "store/id"         /* and who we are, as the server knows us */

enum {
    OHM_POSTGRES_TEXT_MAX = 256,
    OHM_POSTGRES_WHY_MAX = 160,
    OHM_POSTGRES_ID_MAX = 40,
};

typedef struct ohm_postgres_config {
    char host[OHM_POSTGRES_TEXT_MAX]; /* a name, an address, or the folder of a socket */
    char port[8];
    char database[64], user[64], schema[64];
    char tls[16]; /* libpq's sslmode */
    char ca_file[OHM_POSTGRES_TEXT_MAX];
    /* Where the password is, never itself: "file PATH", "env NAME" or "credential NAME"; "". */
    char password[OHM_POSTGRES_TEXT_MAX + 16];
    /* Not part of the state value: the site whose readings may be adopted ("": any); and whether
     * nobody else may write there meanwhile: the daemon. */
    char site[64];
    bool exclusive;
} ohm_postgres_config;

/* The config as the text of its state value, and back. OHM_BAD_FORMAT: it is none. */
enum { OHM_POSTGRES_CONFIG_TEXT_MAX = 1280 };
size_t ohm_postgres_config_write(const ohm_postgres_config *config,
                                 char out[static OHM_POSTGRES_CONFIG_TEXT_MAX]);
OHM_MUST_CHECK ohm_err ohm_postgres_config_read(ohm_span text, ohm_postgres_config *out);

typedef struct ohm_postgres ohm_postgres;

/* *ret NULL: the history is in the file. `waits`: this thread connects when there is something to
 * ask; else ohm_postgres_ready does, on a thread beside, and what is asked before fails. Freed with
 * the connection. Asks nothing yet. */
OHM_MUST_CHECK ohm_err ohm_postgres_attach(sqlite3 *db, bool waits, ohm_postgres **ret);

/* There is a connection now; else one is being made. Never waits unless `waits`. */
bool ohm_postgres_ready(ohm_postgres *pg);
/* The same, for who can't go on without. */
OHM_MUST_CHECK ohm_err ohm_postgres_connect(ohm_postgres *pg);
/* Whether it answers: one short question. */
OHM_MUST_CHECK ohm_err ohm_postgres_ping(ohm_postgres *pg);
/* Why not, as people read it; "": nothing went wrong yet. */
const char *ohm_postgres_why(const ohm_postgres *pg);

/* Between these all reading sees one state of things; both may be called with NULL. */
void ohm_postgres_read_begin(ohm_postgres *pg);
void ohm_postgres_read_end(ohm_postgres *pg);

/* Within a writer's transaction: over there the series is called what the file calls it now, or is
 * not known any more, from the moment that its readings are. */
OHM_MUST_CHECK ohm_err ohm_postgres_name(ohm_postgres *pg, uint32_t series);

/* Gives back what was erased. */
OHM_MUST_CHECK ohm_err ohm_postgres_vacuum(ohm_postgres *pg);

OHM_MUST_CHECK ohm_err ohm_postgres_total_bytes(ohm_postgres *pg, int64_t *ret_bytes);

/* For doctor: counts them all. */
typedef struct ohm_postgres_size {
    char version[64];
    int64_t bytes, chunks;
} ohm_postgres_size;
OHM_MUST_CHECK ohm_err ohm_postgres_size_of(ohm_postgres *pg, ohm_postgres_size *out);

/* postgres_settle.c: a writer's file gets its history there, or goes on with it. `config` NULL: as
 * it is. The first time waits for the server, claims or adopts what is there, and moves what the
 * file has. OHM_CONFLICT: what is there is another store's or another site's. Where another daemon
 * writes to the schema it is as if the server were away. */
OHM_MUST_CHECK ohm_err ohm_postgres_settle(sqlite3 *db, const ohm_postgres_config *config,
                                           ohm_postgres **ret);

/* Is this the error of a server that is away? By its words: callers use `at` for their own. */
static inline bool ohm_err_is_away(ohm_err err)
{
    return err.code == OHM_IO && err.what == ohm_db_away_words;
}

#endif
