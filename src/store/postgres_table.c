/* The table `chunk` over there as a table of a connection to the file: SQLite asks, PostgreSQL
 * answers. Rows are read in pages by their key, so that nothing is open between two of them. */
#include "store/postgres_own.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/chunk_row.h"

enum { PAGE_FIRST = 4, PAGE_MAX = 256, NUMBERS = OHM_CHUNK_COLUMN_DATA };

/* What a plan says (idxNum). Its arguments come in the order of the first five. */
enum {
    PLAN_LOW = 1,
    PLAN_HIGH = 2,
    PLAN_LIMIT = 4,
    PLAN_LOW_OUT = 8,   /* the low end itself is not in it */
    PLAN_HIGH_OUT = 16, /* nor is the high one */
    PLAN_BACK = 32,
    PLAN_DATA = 64, /* the bytes are wanted */
};

typedef struct table {
    sqlite3_vtab base; /* first */
    ohm_postgres *pg;
} table;

typedef struct cursor {
    sqlite3_vtab_cursor base; /* first */
    int plan;
    int64_t low, high; /* of what is not read yet, both in it */
    int64_t left;      /* rows that are wanted at most */
    int page;          /* rows of the next question */
    PGresult *result;
    int row, rows;
} cursor;

static ohm_postgres *pg_of(sqlite3_vtab *base)
{
    return ((table *)base)->pg;
}

/* Whatever is wrong over there: ohm_postgres_why says it. */
static int code_of(ohm_err err)
{
    return err.code == OHM_OK ? SQLITE_OK
                              : (err.code == OHM_NO_MEMORY ? SQLITE_NOMEM : OHM_DB_AWAY);
}

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **error)
{
    (void)argc;
    (void)argv;
    (void)error;
    int result = sqlite3_declare_vtab(
        db, "CREATE TABLE x(k INTEGER, n INTEGER, suspect INTEGER, t1 INTEGER, step INTEGER,"
            " flags INTEGER, vmin INTEGER, vmax INTEGER, vsum INTEGER, vfirst INTEGER,"
            " vlast INTEGER, thin INTEGER, crc INTEGER, data BLOB)");
    table *t = result == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
    if (!t)
        return result == SQLITE_OK ? SQLITE_NOMEM : result;
    *t = (table){ .pg = aux };
    *out = &t->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* --- plans --------------------------------------------------------------------------------------
 */

static int end_of(unsigned char op)
{
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return PLAN_LOW | PLAN_HIGH;
    case SQLITE_INDEX_CONSTRAINT_GT:
        return PLAN_LOW | PLAN_LOW_OUT;
    case SQLITE_INDEX_CONSTRAINT_GE:
        return PLAN_LOW;
    case SQLITE_INDEX_CONSTRAINT_LT:
        return PLAN_HIGH | PLAN_HIGH_OUT;
    case SQLITE_INDEX_CONSTRAINT_LE:
        return PLAN_HIGH;
    default:
        return 0;
    }
}

static bool is_by_key(const sqlite3_index_info *info)
{
    return info->nOrderBy == 1 && info->aOrderBy[0].iColumn == 0;
}

/* The place of a limit, or -1: rows that SQLite still drops or puts in order don't count. */
static int limit_of(const sqlite3_index_info *info, const int *ends)
{
    int place = -1;
    for (int i = 0; i < info->nConstraint; i++) {
        const unsigned char op = info->aConstraint[i].op;
        if (op == SQLITE_INDEX_CONSTRAINT_LIMIT && info->aConstraint[i].usable)
            place = i;
        else if (i != ends[0] && i != ends[1])
            return -1; /* an offset, too: as many rows more are wanted */
    }
    return info->nOrderBy == 0 || is_by_key(info) ? place : -1;
}

/* The low end, the high end and the limit, each once; what else is asked SQLite sees to itself. */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    int places[3] = { -1, -1, -1 }, argument = 0;
    (void)base;
    info->idxNum = info->colUsed & (UINT64_C(1) << OHM_CHUNK_COLUMN_DATA) ? PLAN_DATA : 0;
    for (int i = 0; i < info->nConstraint; i++) {
        const unsigned char op = info->aConstraint[i].op;
        if (!info->aConstraint[i].usable || info->aConstraint[i].iColumn != 0)
            continue;
        int end = end_of(op);
        bool free_ends = !(info->idxNum & end & (PLAN_LOW | PLAN_HIGH));
        if (end == 0 || !free_ends || end == (PLAN_LOW | PLAN_HIGH))
            continue; /* = is not asked: SQLite filters */
        info->idxNum |= end;
        places[end & PLAN_LOW ? 0 : 1] = i;
    }
    for (int i = 0; i < info->nConstraint; i++) { /* k=?: one row, whatever else there is */
        if (info->aConstraint[i].usable && info->aConstraint[i].iColumn == 0 &&
            info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ) {
            info->idxNum = (info->idxNum & PLAN_DATA) | PLAN_LOW | PLAN_HIGH;
            places[0] = i;
            places[1] = -1;
            info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
        }
    }
    places[2] = limit_of(info, places);
    if (places[2] >= 0)
        info->idxNum |= PLAN_LIMIT;
    for (int i = 0; i < 3; i++) {
        if (places[i] < 0)
            continue;
        info->aConstraintUsage[places[i]].argvIndex = ++argument;
        info->aConstraintUsage[places[i]].omit = i < 2;
    }
    info->orderByConsumed = is_by_key(info);
    info->idxNum |= info->orderByConsumed && info->aOrderBy[0].desc ? PLAN_BACK : 0;
    info->estimatedCost = places[0] >= 0 || places[1] >= 0 ? 10 : 1e6;
    info->estimatedRows = places[0] >= 0 || places[1] >= 0 ? 10 : 1000000;
    return SQLITE_OK;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    (void)base;
    cursor *c = sqlite3_malloc(sizeof *c);
    if (!c)
        return SQLITE_NOMEM;
    *c = (cursor){ .plan = 0 };
    *out = &c->base;
    return SQLITE_OK;
}

static void forget_page(cursor *c)
{
    pg_of(c->base.pVtab)->pq->PQclear(c->result);
    c->result = NULL;
    c->row = c->rows = 0;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    forget_page((cursor *)base);
    sqlite3_free(base);
    return SQLITE_OK;
}

/* The next rows between low and high. */
static int read_page(cursor *c)
{
    char sql[320];
    ohm_postgres *pg = pg_of(c->base.pVtab);
    forget_page(c);
    if (c->left <= 0 || c->low > c->high)
        return SQLITE_OK;
    int64_t want = c->left < c->page ? c->left : c->page;
    (void)snprintf(sql, sizeof sql,
                   "SELECT k,n,suspect,t1,step,flags,vmin,vmax,vsum,vfirst,vlast,thin,crc,%s"
                   " FROM chunk WHERE k BETWEEN $1::bigint AND $2::bigint"
                   " ORDER BY k%s LIMIT $3::bigint",
                   c->plan & PLAN_DATA ? "data" : "''::bytea", c->plan & PLAN_BACK ? " DESC" : "");
    const ohm_postgres_param params[] = { { .number = c->low },
                                          { .number = c->high },
                                          { .number = want } };
    ohm_err err = ohm_postgres_need(pg);
    if (!ohm_failed(err) && (pg->one_view || pg->writing))
        err = ohm_postgres_begin(pg);
    if (!ohm_failed(err))
        err = ohm_postgres_run(pg, sql, 3, params, &c->result);
    if (ohm_failed(err))
        return code_of(err);
    c->rows = pg->pq->PQntuples(c->result);
    c->left = c->rows < want ? 0 : c->left - c->rows;
    if (c->rows > 0) {
        int64_t last = ohm_postgres_number(pg, c->result, c->rows - 1, 0);
        if (c->plan & PLAN_BACK)
            c->high = last - 1;
        else
            c->low = last + 1;
    }
    c->page = c->page * 8 < PAGE_MAX ? c->page * 8 : PAGE_MAX;
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int plan, const char *name, int argc,
                  sqlite3_value **argv)
{
    cursor *c = (cursor *)base;
    int at = 0;
    (void)name;
    (void)argc;
    c->plan = plan;
    c->low = 0; /* keys are not negative */
    c->high = INT64_MAX - 1;
    c->left = INT64_MAX;
    c->page = PAGE_FIRST;
    if (plan & PLAN_LOW)
        c->low = sqlite3_value_int64(argv[at++]);
    bool one = (plan & PLAN_LOW) && (plan & PLAN_HIGH) && argc == at + !!(plan & PLAN_LIMIT);
    if (one)
        c->high = c->low;
    else if (plan & PLAN_HIGH)
        c->high = sqlite3_value_int64(argv[at++]);
    if (plan & PLAN_LIMIT)
        c->left = sqlite3_value_int64(argv[at++]);
    if (!one) {
        c->low += plan & PLAN_LOW_OUT ? 1 : 0;
        c->high -= plan & PLAN_HIGH_OUT ? 1 : 0;
    }
    return read_page(c);
}

static int next(sqlite3_vtab_cursor *base)
{
    cursor *c = (cursor *)base;
    return ++c->row < c->rows ? SQLITE_OK : read_page(c);
}

static int eof(sqlite3_vtab_cursor *base)
{
    const cursor *c = (const cursor *)base;
    return c->row >= c->rows;
}

/* Bytes live as long as the page: a chunk's row is used before its statement's next step. In a
 * transaction that writes they are copied: an UPDATE of one row closes its cursor, and the page
 * with it, before it hands the row's values to xUpdate. */
static int column(sqlite3_vtab_cursor *base, sqlite3_context *out, int which)
{
    const cursor *c = (const cursor *)base;
    const ohm_postgres *pg = pg_of(base->pVtab);
    if (which < NUMBERS) {
        sqlite3_result_int64(out, ohm_postgres_number(pg, c->result, c->row, which));
        return SQLITE_OK;
    }
    ohm_span data = ohm_postgres_bytes(pg, c->result, c->row, NUMBERS);
    sqlite3_result_blob64(out, data.ptr, data.len, pg->writing ? SQLITE_TRANSIENT : SQLITE_STATIC);
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    const cursor *c = (const cursor *)base;
    *out = ohm_postgres_number(pg_of(base->pVtab), c->result, c->row, 0);
    return SQLITE_OK;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static ohm_postgres_param text_of(sqlite3_stmt *stmt, int column)
{
    return (ohm_postgres_param){ .is_bytes = true, .bytes = ohm_db_blob(stmt, column) };
}

static ohm_err name_over_there(ohm_postgres *pg, sqlite3_stmt *stmt)
{
    const ohm_postgres_param device[] = { { .number = sqlite3_column_int64(stmt, 0) },
                                          text_of(stmt, 1) };
    const ohm_postgres_param series[] = { { .number = sqlite3_column_int64(stmt, 2) },
                                          { .number = sqlite3_column_int64(stmt, 0) },
                                          text_of(stmt, 3),
                                          text_of(stmt, 4),
                                          text_of(stmt, 5),
                                          { .number = sqlite3_column_int64(stmt, 6) } };
    OHM_TRY(ohm_postgres_run(pg,
                             "INSERT INTO device(id,key) VALUES($1::bigint,$2::text)"
                             " ON CONFLICT(id) DO UPDATE SET key=excluded.key",
                             2, device, NULL));
    return ohm_postgres_run(pg,
                            "INSERT INTO series(id,device,quantity,unit,kind,decimals) VALUES("
                            "$1::bigint,$2::bigint,$3::text,$4::text,$5::text,$6::bigint)"
                            " ON CONFLICT(id) DO UPDATE SET device=excluded.device,"
                            " quantity=excluded.quantity, unit=excluded.unit, kind=excluded.kind,"
                            " decimals=excluded.decimals",
                            6, series, NULL);
}

/* What the file calls it; what it does not know is forgotten. */
static ohm_err tell_name(ohm_postgres *pg, uint32_t series)
{
    sqlite3_stmt *stmt;
    const ohm_postgres_param id = { .number = series };
    OHM_TRY(ohm_db_prepare(pg->db,
                           "SELECT d.id,d.key,s.id,s.quantity,s.unit,s.kind,s.decimals"
                           " FROM main.series s JOIN main.device d ON d.id=s.device WHERE s.id=?1",
                           &stmt));
    (void)sqlite3_bind_int64(stmt, 1, series);
    int result = sqlite3_step(stmt);
    ohm_err err = ohm_ok();
    if (result == SQLITE_ROW)
        err = name_over_there(pg, stmt);
    else if (result == SQLITE_DONE)
        err = ohm_postgres_run(pg, "DELETE FROM series WHERE id=$1::bigint", 1, &id, NULL);
    else
        err = ohm_db_error(pg->db, result);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* A series has its name over there before its first reading. */
static ohm_err name_series(ohm_postgres *pg, uint32_t series)
{
    if (!pg->named)
        pg->named = calloc(1, OHM_CHUNK_SERIES_MAX / 8 + 1);
    if (!pg->named)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (series > OHM_CHUNK_SERIES_MAX || pg->named[series / 8] & (1u << series % 8))
        return ohm_ok();
    OHM_TRY(tell_name(pg, series));
    pg->named[series / 8] |= (uint8_t)(1u << series % 8);
    return ohm_ok();
}

ohm_err ohm_postgres_name(ohm_postgres *pg, uint32_t series)
{
    /* No row has that key: only so that SQLite commits over there before it commits the file. */
    OHM_TRY(ohm_db_exec(pg->db, "DELETE FROM temp.chunk WHERE k=-1"));
    OHM_TRY(ohm_postgres_begin(pg));
    return tell_name(pg, series);
}

static ohm_err insert(ohm_postgres *pg, sqlite3_value **columns)
{
    ohm_postgres_param params[NUMBERS + 1];
    for (int i = 0; i < NUMBERS; i++)
        params[i] = (ohm_postgres_param){ .number = sqlite3_value_int64(columns[i]) };
    const void *bytes = sqlite3_value_blob(columns[NUMBERS]);
    params[NUMBERS] = (ohm_postgres_param){
        .is_bytes = true,
        .bytes = ohm_span_of(bytes, (size_t)sqlite3_value_bytes(columns[NUMBERS])),
    };
    OHM_TRY(name_series(pg, (uint32_t)(params[0].number >> OHM_CHUNK_TIME_BITS)));
    return ohm_postgres_run(pg,
                            "INSERT INTO chunk(k,n,suspect,t1,step,flags,vmin,vmax,vsum,vfirst,"
                            "vlast,thin,crc,data) VALUES($1::bigint,$2::bigint,$3::bigint,"
                            "$4::bigint,$5::bigint,$6::bigint,$7::bigint,$8::bigint,$9::bigint,"
                            "$10::bigint,$11::bigint,$12::bigint,$13::bigint,$14::bytea)",
                            NUMBERS + 1, params, NULL);
}

static int update(sqlite3_vtab *base, int argc, sqlite3_value **argv, sqlite3_int64 *ret_rowid)
{
    ohm_postgres *pg = pg_of(base);
    ohm_err err = ohm_postgres_begin(pg);
    if (!ohm_failed(err) && argc == 1) {
        const ohm_postgres_param key = { .number = sqlite3_value_int64(argv[0]) };
        err = ohm_postgres_run(pg, "DELETE FROM chunk WHERE k=$1::bigint", 1, &key, NULL);
    } else if (!ohm_failed(err) && sqlite3_value_type(argv[0]) == SQLITE_NULL) {
        err = insert(pg, argv + 2);
        *ret_rowid = sqlite3_value_int64(argv[2]);
    } else if (!ohm_failed(err)) {
        const ohm_postgres_param key = { .number = sqlite3_value_int64(argv[0]) };
        err = ohm_postgres_run(pg, "DELETE FROM chunk WHERE k=$1::bigint", 1, &key, NULL);
        if (!ohm_failed(err))
            err = insert(pg, argv + 2);
    }
    return code_of(err);
}

/* --- transactions: SQLite's own, which calls sync before it commits the file
 * ----------------------- */

/* Another process may have renamed a series, or deleted one whose number is used again. */
static ohm_err look_at_names(ohm_postgres *pg)
{
    int64_t version;
    OHM_TRY(ohm_db_number(pg->db, "PRAGMA main.data_version", &version));
    if (version != pg->version && pg->named)
        memset(pg->named, 0, OHM_CHUNK_SERIES_MAX / 8 + 1);
    pg->version = version;
    return ohm_ok();
}

static int begin(sqlite3_vtab *base)
{
    ohm_postgres *pg = pg_of(base);
    ohm_err err = ohm_postgres_need(pg);
    if (!ohm_failed(err))
        err = look_at_names(pg);
    pg->writing = !ohm_failed(err);
    return code_of(err);
}

static int sync_over_there(sqlite3_vtab *base)
{
    return code_of(ohm_postgres_commit(pg_of(base)));
}

static int commit(sqlite3_vtab *base)
{
    pg_of(base)->writing = false;
    return SQLITE_OK;
}

static int rollback(sqlite3_vtab *base)
{
    ohm_postgres *pg = pg_of(base);
    ohm_postgres_rollback(pg);
    pg->writing = false;
    return SQLITE_OK;
}

const sqlite3_module ohm_postgres_module = {
    .iVersion = 1,
    .xCreate = connect,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xDestroy = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = eof,
    .xColumn = column,
    .xRowid = rowid,
    .xUpdate = update,
    .xBegin = begin,
    .xSync = sync_over_there,
    .xCommit = commit,
    .xRollback = rollback,
};
