/* What the parts of the history in PostgreSQL share. */
#ifndef OHM_STORE_POSTGRES_OWN_H
#define OHM_STORE_POSTGRES_OWN_H

#include <libpq-fe.h>

#include "store/postgres.h"

enum {
    OHM_POSTGRES_PARAMS_MAX = 14, /* the columns of a chunk */
};

/* What we call of libpq, found when it is loaded. */
#define OHM_PQ_FUNCTIONS(X)                                                                        \
    X(PQconnectStartParams)                                                                        \
    X(PQconnectPoll)                                                                               \
    X(PQstatus)                                                                                    \
    X(PQerrorMessage)                                                                              \
    X(PQfinish)                                                                                    \
    X(PQsocket)                                                                                    \
    X(PQsendQueryParams)                                                                           \
    X(PQsendQuery)                                                                                 \
    X(PQconsumeInput)                                                                              \
    X(PQisBusy)                                                                                    \
    X(PQgetResult)                                                                                 \
    X(PQresultStatus)                                                                              \
    X(PQresultErrorField)                                                                          \
    X(PQclear)                                                                                     \
    X(PQntuples)                                                                                   \
    X(PQnfields)                                                                                   \
    X(PQgetvalue)                                                                                  \
    X(PQgetlength)                                                                                 \
    X(PQescapeIdentifier)                                                                          \
    X(PQfreemem)

typedef struct ohm_pq {
#define OHM_PQ_FIELD(name) __typeof__(&name) name;
    OHM_PQ_FUNCTIONS(OHM_PQ_FIELD)
#undef OHM_PQ_FIELD
} ohm_pq;

enum { OHM_POSTGRES_PASSWORD_MAX = 512 };
/* False: it can't be had. "" if none is said. The caller wipes it. */
bool ohm_postgres_password(const ohm_postgres_config *config,
                           char out[static OHM_POSTGRES_PASSWORD_MAX]);

/* A connection that is being made, by a thread of its own. */
typedef struct ohm_postgres_attempt ohm_postgres_attempt;

struct ohm_postgres {
    sqlite3 *db;
    const ohm_pq *pq;
    ohm_postgres_config config;
    char id[OHM_POSTGRES_ID_MAX]; /* ours; "" while it is not claimed */
    PGconn *conn;                 /* NULL: away */
    ohm_postgres_attempt *attempt;
    bool waits;
    bool patient;         /* what is asked may take long */
    bool claims;          /* the server's owner is not asked for: it is being settled */
    bool writing;         /* in SQLite's transaction; `began` over there */
    bool began, one_view; /* a reader's view of one state */
    ohm_mono_ms retry;    /* no attempt before that */
    int64_t pause_ms;     /* between two attempts */
    uint8_t *named;       /* a bit a series whose name is there, */
    int64_t version;      /* as long as nobody else changed the file since */
    char why[OHM_POSTGRES_WHY_MAX];
};

/* A number or bytes. */
typedef struct ohm_postgres_param {
    bool is_bytes;
    int64_t number;
    ohm_span bytes; /* text has a NUL after it, not counted */
} ohm_postgres_param;

/* Runs one statement with binary answers; *ret_result NULL-able: then there is none to look at. On
 * any failure the connection is given up unless the server only refused; `why` says. */
OHM_MUST_CHECK ohm_err ohm_postgres_run(ohm_postgres *pg, const char *sql, int count,
                                        const ohm_postgres_param *params, PGresult **ret_result);
/* Several statements without parameters. */
OHM_MUST_CHECK ohm_err ohm_postgres_exec(ohm_postgres *pg, const char *sql);
/* A bigint of an answer. */
int64_t ohm_postgres_number(const ohm_postgres *pg, const PGresult *result, int row, int column);
ohm_span ohm_postgres_bytes(const ohm_postgres *pg, const PGresult *result, int row, int column);
/* Connects if this one waits, and if it may be tried again. */
OHM_MUST_CHECK ohm_err ohm_postgres_need(ohm_postgres *pg);
/* Lets go of the connection. */
void ohm_postgres_drop(ohm_postgres *pg);
/* The transaction over there. */
OHM_MUST_CHECK ohm_err ohm_postgres_begin(ohm_postgres *pg);
OHM_MUST_CHECK ohm_err ohm_postgres_commit(ohm_postgres *pg);
void ohm_postgres_rollback(ohm_postgres *pg);

/* postgres_table.c */
extern const sqlite3_module ohm_postgres_module;

#endif
