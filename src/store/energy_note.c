#include <stdlib.h>

#include "store/energy_own.h"

#define DAY_MS (INT64_C(24) * OHM_HOUR_MS)

typedef enum statement {
    THROUGH,
    LAST,
    NEAR,
    NEAR_SET,
    NEW,
    OVERLAP,
    KEEP,
    KEEP_DAYS,
    FORGET_HOURS,
    FORGET_DAYS,
    DROP_HOURS,
    DROP_DAYS,
    DROP_THROUGH,
    DROP_CHANGED,
    STATEMENTS_COUNT
} statement;

/* A time as the first ten letters of what SQLite makes of it: its date in UTC. */
#define DATE(ms) "date((" ms ")/1000,'unixepoch')"

static const char *const sql[] = {
    [THROUGH] = "SELECT utc_ms FROM energy_through WHERE series=?1",
    [LAST] = "SELECT last_ms FROM energy_through WHERE series=?1",
    /* One row takes in what lies within a day of it. */
    [NEAR] = "SELECT id FROM energy_changed WHERE series=?1 AND readings=1"
             " AND from_ms<=?3+86400000 AND to_ms>=?2-86400000 ORDER BY id LIMIT 1",
    [NEAR_SET] = "UPDATE energy_changed SET from_ms=min(from_ms,?2), to_ms=max(to_ms,?3), at_ms=0"
                 " WHERE id=?1",
    [NEW] = "INSERT INTO energy_changed(series,from_ms,to_ms,readings,at_ms) VALUES(?1,?2,?3,?4,0)",
    [OVERLAP] = "SELECT 1 FROM energy_changed WHERE series=?1 AND from_ms<?3 AND to_ms>?2 LIMIT 1",
    [KEEP] = "UPDATE energy_hour SET flags=flags|16 WHERE series=?1 AND utc_ms>?2-3600000"
             " AND utc_ms<?3 AND flags&16=0",
    [KEEP_DAYS] = "UPDATE energy_day SET flags=flags|16 WHERE series=?1 AND flags&16=0"
                  " AND date BETWEEN " DATE("?2-50400000") " AND " DATE("?3+50400000"),
    [FORGET_HOURS] = "DELETE FROM energy_hour WHERE series=?1 AND utc_ms>?2-3600000 AND utc_ms<?3",
    [FORGET_DAYS] = "DELETE FROM energy_day WHERE series=?1 AND date BETWEEN " DATE(
        "?2-50400000") " AND " DATE("?3+50400000"),
    [DROP_HOURS] = "DELETE FROM energy_hour WHERE series=?1",
    [DROP_DAYS] = "DELETE FROM energy_day WHERE series=?1",
    [DROP_THROUGH] = "DELETE FROM energy_through WHERE series=?1",
    [DROP_CHANGED] = "DELETE FROM energy_changed WHERE series=?1",
};

struct ohm_energy_note {
    sqlite3 *db;
    sqlite3_stmt *stmts[STATEMENTS_COUNT]; /* NULL: the file has no such tables */
};

ohm_err ohm_energy_note_new(sqlite3 *db, ohm_energy_note **ret_note)
{
    int64_t version;
    ohm_energy_note *note = calloc(1, sizeof *note);
    if (!note)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    note->db = db;
    ohm_err err = ohm_db_number(db, "PRAGMA user_version", &version);
    bool tables = !ohm_failed(err) && version >= OHM_DB_VERSION_ENERGY;
    for (int i = 0; i < STATEMENTS_COUNT && tables && !ohm_failed(err); i++)
        err = ohm_db_prepare(db, sql[i], &note->stmts[i]);
    if (ohm_failed(err)) {
        ohm_energy_note_free(note);
        return err;
    }
    *ret_note = note;
    return ohm_ok();
}

void ohm_energy_note_free(ohm_energy_note *note)
{
    if (!note)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(note->stmts[i]);
    free(note);
}

static void bind(ohm_energy_note *note, statement which, int64_t series, ohm_interval range)
{
    (void)sqlite3_bind_int64(note->stmts[which], 1, series);
    if (sqlite3_bind_parameter_count(note->stmts[which]) < 3)
        return;
    (void)sqlite3_bind_int64(note->stmts[which], 2, range.from_ms);
    (void)sqlite3_bind_int64(note->stmts[which], 3, range.to_ms);
}

static ohm_err run(ohm_energy_note *note, statement which, int64_t series, ohm_interval range)
{
    bind(note, which, series, range);
    return ohm_db_run(note->db, note->stmts[which]);
}

/* The number of the first row; OHM_END: none. */
static ohm_err get(ohm_energy_note *note, statement which, int64_t series, ohm_interval range,
                   int64_t *ret_number)
{
    bind(note, which, series, range);
    int result = sqlite3_step(note->stmts[which]);
    if (result == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(note->stmts[which], 0);
    (void)sqlite3_reset(note->stmts[which]);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_END, 0, "no row");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(note->db, result);
}

static ohm_err add_change(ohm_energy_note *note, uint32_t series, ohm_interval range, bool readings)
{
    (void)sqlite3_bind_int64(note->stmts[NEW], 4, readings);
    return run(note, NEW, series, range);
}

ohm_err ohm_energy_touch(ohm_energy_note *note, uint32_t series, ohm_interval range)
{
    int64_t last, row;
    if (!note->stmts[LAST])
        return ohm_ok();
    ohm_err err = get(note, LAST, series, range, &last);
    if (err.code == OHM_END || (!ohm_failed(err) && range.from_ms > last))
        return ohm_ok(); /* nothing was made of it yet */
    OHM_TRY(err);
    err = get(note, NEAR, series, range, &row);
    if (err.code == OHM_END)
        return add_change(note, series, range, true);
    OHM_TRY(err);
    return run(note, NEAR_SET, row, range);
}

ohm_err ohm_energy_keep(ohm_energy_note *note, uint32_t series, ohm_interval range, bool hours,
                        bool *ret_wait)
{
    /* What is not full yet at the newest reading has no row. */
    const int64_t open_ms = hours ? OHM_HOUR_MS : 25 * OHM_HOUR_MS;
    int64_t through, one;
    *ret_wait = false;
    if (!note->stmts[THROUGH])
        return ohm_ok();
    ohm_err err = get(note, THROUGH, series, range, &through);
    *ret_wait = err.code == OHM_END || (!ohm_failed(err) && through < range.to_ms - open_ms);
    if (*ret_wait)
        return ohm_ok();
    OHM_TRY(err);
    err = get(note, OVERLAP, series, range, &one);
    *ret_wait = !ohm_failed(err);
    if (err.code != OHM_END)
        return err;
    return run(note, hours ? KEEP : KEEP_DAYS, series, range);
}

ohm_err ohm_energy_forget(ohm_energy_note *note, uint32_t series, ohm_interval range)
{
    int64_t through;
    if (!note->stmts[THROUGH])
        return ohm_ok();
    ohm_err err = get(note, THROUGH, series, range, &through);
    if (err.code == OHM_END)
        return ohm_ok(); /* there are no rows */
    OHM_TRY(err);
    OHM_TRY(run(note, FORGET_HOURS, series, range));
    OHM_TRY(run(note, FORGET_DAYS, series, range));
    /* The days around it, of which some rows went along. */
    ohm_interval days = { range.from_ms - 2 * DAY_MS, range.to_ms + 2 * DAY_MS };
    return add_change(note, series, days, false);
}

ohm_err ohm_energy_drop(ohm_energy_note *note, uint32_t series)
{
    ohm_interval none = { 0, 0 };
    if (!note->stmts[THROUGH])
        return ohm_ok();
    OHM_TRY(run(note, DROP_HOURS, series, none));
    OHM_TRY(run(note, DROP_DAYS, series, none));
    OHM_TRY(run(note, DROP_THROUGH, series, none));
    return run(note, DROP_CHANGED, series, none);
}
