/* The readings of a store for everything that speaks SQL: a loadable extension of SQLite with a
 * table-valued function,
 *
 *     SELECT time, value FROM readings('home/ground/main/power_import', t0, t1)
 *
 * where t0 and t1 may be left out, and are milliseconds or RFC 3339 text. It reads chunks and the
 * frames that are not folded yet, in the transaction of the statement. docs/store.md, "From
 * elsewhere". */
#include "store/extension_api.h"

#include <stdlib.h>

#include "base/civil.h"
#include "store/cursor.h"
#include "store/names.h"

SQLITE_EXTENSION_INIT1

typedef enum column { TIME_MS, TIME, VALUE, RAW, QUALITY, SERIES, FROM, TO } column;

enum { ARGUMENTS = 3 }; /* the columns from SERIES on */

typedef struct table {
    sqlite3_vtab base;
    sqlite3 *db;
} table;

typedef struct scan {
    sqlite3_vtab_cursor base;
    ohm_reader *reader;
    ohm_cursor cursor;
    ohm_quantity_id quantity;
    ohm_interval range;
    ohm_readings some;
    uint32_t at;
    sqlite3_int64 row;
    bool end;
} scan;

static int say(sqlite3_vtab *base, ohm_err err)
{
    sqlite3_free(base->zErrMsg);
    base->zErrMsg = sqlite3_mprintf("%s", err.what);
    return err.code == OHM_NO_MEMORY ? SQLITE_NOMEM : SQLITE_ERROR;
}

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **error)
{
    (void)aux, (void)argc, (void)argv, (void)error;
    int result = sqlite3_declare_vtab(db, "CREATE TABLE x(time_ms INTEGER, time TEXT, value REAL,"
                                          " raw INTEGER, quality INTEGER,"
                                          " series HIDDEN, t0 HIDDEN, t1 HIDDEN)");
    if (result != SQLITE_OK)
        return result;
    table *t = sqlite3_malloc(sizeof *t);
    if (!t)
        return SQLITE_NOMEM;
    *t = (table){ .db = db };
    *out = &t->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* Arguments arrive as equalities on the hidden columns; the first one must be there. */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    int place[ARGUMENTS] = { -1, -1, -1 }, next = 1;
    for (int i = 0; i < info->nConstraint; i++) {
        int c = info->aConstraint[i].iColumn;
        if (c < SERIES || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!info->aConstraint[i].usable)
            return SQLITE_CONSTRAINT; /* another order of a join will do */
        place[c - SERIES] = i;
    }
    if (place[0] < 0)
        return say(base, ohm_fail(OHM_RANGE, 0, "readings() wants the key of a series"));
    info->idxNum = 0;
    for (int k = 0; k < ARGUMENTS; k++) {
        if (place[k] < 0)
            continue;
        info->aConstraintUsage[place[k]].argvIndex = next++;
        info->aConstraintUsage[place[k]].omit = 1;
        info->idxNum |= 1 << k;
    }
    info->orderByConsumed =
        info->nOrderBy == 1 && info->aOrderBy[0].iColumn == TIME_MS && !info->aOrderBy[0].desc;
    info->estimatedCost = info->idxNum == 7 ? 1e4 : 1e6;
    return SQLITE_OK;
}

static int open_scan(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    table *t = (table *)base;
    scan *s = sqlite3_malloc64(sizeof *s);
    if (!s)
        return SQLITE_NOMEM;
    memset(s, 0, sizeof *s);
    ohm_err err = ohm_reader_of(t->db, &s->reader);
    if (ohm_failed(err)) {
        sqlite3_free(s);
        return say(base, ohm_fail(err.code, 0, "this is not the database of an ohmstead"));
    }
    *out = &s->base;
    return SQLITE_OK;
}

static int close_scan(sqlite3_vtab_cursor *base)
{
    scan *s = (scan *)base;
    ohm_reader_close(s->reader);
    sqlite3_free(s);
    return SQLITE_OK;
}

static ohm_err time_of(sqlite3_value *value, ohm_ms *ret_ms)
{
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
        *ret_ms = sqlite3_value_int64(value);
        return ohm_ok();
    }
    const void *text = sqlite3_value_text(value);
    ohm_span span = ohm_span_of(text, text ? (size_t)sqlite3_value_bytes(value) : 0);
    if (ohm_failed(ohm_rfc3339_parse(span, ret_ms)))
        return ohm_fail(OHM_BAD_FORMAT, 0,
                        "a time is milliseconds since 1970, or 2026-11-22T00:00:00Z");
    return ohm_ok();
}

/* The next piece, or the end. */
static ohm_err advance(scan *s)
{
    for (s->at++; s->at >= s->some.count || s->some.time_ms[s->at] < s->range.from_ms; s->at++) {
        if (s->at < s->some.count)
            continue;
        ohm_err err = ohm_cursor_next(&s->cursor, s->range.to_ms, NULL, NULL, &s->some);
        s->end = err.code == OHM_END || err.code == OHM_MORE;
        if (s->end)
            return ohm_ok();
        OHM_TRY(err);
        s->at = UINT32_MAX; /* and on to 0 */
    }
    s->row++;
    return ohm_ok();
}

static ohm_err begin(scan *s, int which, sqlite3_value **argv)
{
    ohm_span device;
    const char *key = (const char *)sqlite3_value_text(*argv++);
    s->range = (ohm_interval){ OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    if (which & 2)
        OHM_TRY(time_of(*argv++, &s->range.from_ms));
    if (which & 4)
        OHM_TRY(time_of(*argv, &s->range.to_ms));
    OHM_TRY(ohm_names_split(key ? key : "", &device, &s->quantity));
    OHM_TRY(ohm_cursor_find(s->reader, key, &s->cursor));
    OHM_TRY(ohm_cursor_seek(&s->cursor, s->range.from_ms, false, s->range));
    s->some.count = 0;
    s->at = 0;
    s->row = 0;
    return advance(s);
}

static int filter(sqlite3_vtab_cursor *base, int which, const char *name, int argc,
                  sqlite3_value **argv)
{
    (void)name, (void)argc;
    scan *s = (scan *)base;
    if (s->cursor.reader)
        ohm_cursor_end(&s->cursor);
    ohm_err err = begin(s, which, argv);
    s->end = s->end || ohm_failed(err);
    return ohm_failed(err) ? say(base->pVtab, err) : SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    ohm_err err = advance((scan *)base);
    return ohm_failed(err) ? say(base->pVtab, err) : SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *base)
{
    return ((scan *)base)->end;
}

static void put_time(sqlite3_context *context, ohm_ms time_ms)
{
    char text[OHM_RFC3339_MAX];
    size_t len = ohm_rfc3339_write(time_ms, text);
    sqlite3_result_text(context, text, (int)len, SQLITE_TRANSIENT);
}

static int put_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int which)
{
    const scan *s = (const scan *)base;
    int64_t value = s->some.value[s->at];
    switch ((column)which) {
    case TIME_MS:
        sqlite3_result_int64(context, s->some.time_ms[s->at]);
        break;
    case TIME:
        put_time(context, s->some.time_ms[s->at]);
        break;
    case VALUE:
        sqlite3_result_double(context, ohm_quantity_value(s->quantity, value));
        break;
    case RAW:
        sqlite3_result_int64(context, value);
        break;
    case QUALITY:
        sqlite3_result_int(context, s->some.quality[s->at]);
        break;
    case SERIES:
    case FROM:
    case TO:
        break; /* what was asked is known to who asked: NULL */
    }
    return SQLITE_OK;
}

static int put_row(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((const scan *)base)->row;
    return SQLITE_OK;
}

static const sqlite3_module readings = {
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xOpen = open_scan,
    .xClose = close_scan,
    .xFilter = filter,
    .xNext = next,
    .xEof = is_end,
    .xColumn = put_column,
    .xRowid = put_row,
};

/* For this connection only; nothing is written to the file. */
static const char views[] =
    "CREATE TEMP VIEW IF NOT EXISTS series_keys AS"
    " SELECT s.id, d.key||'/'||s.quantity AS key, s.unit, s.kind, s.decimals,"
    " CAST(substr('1000000000',1,1+s.decimals) AS INTEGER) AS scale"
    " FROM main.series s JOIN main.device d ON d.id=s.device;"
    "CREATE TEMP VIEW IF NOT EXISTS chunk_values AS"
    " SELECT s.key, s.unit, (c.k&4398046511103)+946684800000 AS from_ms,"
    " (c.k&4398046511103)+946684800000+c.t1 AS to_ms, c.n AS readings,"
    " c.vmin*1.0/s.scale AS min, c.vmax*1.0/s.scale AS max,"
    " CASE WHEN c.n>c.suspect AND c.flags&2 THEN c.vsum*1.0/s.scale/(c.n-c.suspect) END AS mean,"
    " c.vfirst*1.0/s.scale AS first, c.vlast*1.0/s.scale AS last"
    " FROM chunk c JOIN series_keys s ON s.id=c.k>>42;";

__attribute__((visibility("default"))) int sqlite3_extension_init(sqlite3 *db, char **error,
                                                                  const sqlite3_api_routines *api);

int sqlite3_extension_init(sqlite3 *db, char **error, const sqlite3_api_routines *api)
{
    (void)error;
    SQLITE_EXTENSION_INIT2(api);
    ohm_postgres *pg;
    int result = sqlite3_create_module(db, "readings", &readings, NULL);
    /* No store, or one that can't say: then its tables say so when they are asked. */
    (void)ohm_postgres_attach(db, true, &pg).code;
    return result == SQLITE_OK ? sqlite3_exec(db, views, NULL, NULL, NULL) : result;
}
