/* Inside of a reader, shared by reader.c and range.c only. */
#ifndef OHM_STORE_READER_OWN_H
#define OHM_STORE_READER_OWN_H

#include "store/chunk.h"
#include "store/db.h"
#include "store/postgres.h"
#include "store/reader.h"

typedef enum ohm_query {
    OHM_QUERY_VERSION,
    OHM_QUERY_STATE_GET,
    OHM_QUERY_STATE_KEYS,
    OHM_QUERY_SERIES,
    OHM_QUERY_SERIES_FIND,
    OHM_QUERY_LAYOUT,
    OHM_QUERY_FRAMES,
    OHM_QUERY_FRAMES_BACK,
    OHM_QUERY_CHUNKS,
    OHM_QUERY_CHUNK_BACK,
    OHM_QUERY_CHUNK_TOTALS,
    OHM_QUERY_JOURNAL,
    OHM_QUERY_JOURNAL_FROM,
    OHM_QUERY_EVENTS,
    OHM_QUERIES_COUNT
} ohm_query;

struct ohm_reader {
    sqlite3 *db;
    ohm_points *points;                     /* one decoded chunk; made when there is one */
    sqlite3_stmt *stmts[OHM_QUERIES_COUNT]; /* those of chunks: NULL in an older file */
    uint64_t damaged;
    unsigned held;    /* how many begins have no end yet */
    bool borrowed;    /* the connection is somebody else's */
    ohm_postgres *pg; /* of our own connection; NULL: the history is in the file */
};

/* A reader on a connection of somebody else's, whose transactions are his own. */
OHM_MUST_CHECK ohm_err ohm_reader_of(sqlite3 *db, ohm_reader **ret_reader);

/* The series of OHM_QUERY_SERIES's row. False: not one that we know, or a damaged one. */
bool ohm_reader_series_info(ohm_reader *reader, sqlite3_stmt *stmt, ohm_series_info *out);

/* The error of a statement's last step; OHM_OK after a row or the end. */
ohm_err ohm_reader_step_error(const ohm_reader *reader, int result);

#endif
