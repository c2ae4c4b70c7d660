#include <string.h>

#include "store/energy.h"
#include "store/reader_own.h"

/* A statement of one question; the tables may be missing in an older file. */
static ohm_err prepare(ohm_reader *reader, const char *sql, sqlite3_stmt **ret_stmt)
{
    int64_t version;
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA user_version", &version));
    if (version < OHM_DB_VERSION_ENERGY)
        return ohm_fail(OHM_END, 0, "a file without a ledger");
    return ohm_db_prepare(reader->db, sql, ret_stmt);
}

static ohm_err find(ohm_reader *reader, const char *series_key, int64_t *ret_series)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(reader->db,
                           "SELECT series.id FROM series JOIN device ON device.id=device"
                           " WHERE device.key||'/'||quantity=?1",
                           &stmt));
    int bound = sqlite3_bind_text(stmt, 1, series_key, -1, SQLITE_STATIC);
    assert(bound == SQLITE_OK);
    (void)bound;
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        *ret_series = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_UNKNOWN, 0, "no such series");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(reader->db, result);
}

static void copy_text(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
    ohm_span text = ohm_db_blob(stmt, column);
    size_t len = text.len < size ? text.len : size - 1;
    if (len)
        memcpy(out, text.ptr, len);
    out[len] = '\0';
}

static ohm_err hand_out(ohm_reader *reader, sqlite3_stmt *stmt,
                        bool (*row)(void *ctx, const ohm_energy_row *row), void *ctx)
{
    int result;
    bool more = true;
    while (more && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_energy_row one = { .from_ms = sqlite3_column_int64(stmt, 0),
                               .wh = sqlite3_column_int64(stmt, 3),
                               .flags = (uint8_t)sqlite3_column_int(stmt, 4) };
        copy_text(stmt, 1, one.local, sizeof one.local);
        copy_text(stmt, 2, one.period, sizeof one.period);
        more = row(ctx, &one);
    }
    (void)sqlite3_finalize(stmt);
    return !more || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(reader->db, result);
}

ohm_err ohm_energy_hours(ohm_reader *reader, const char *series_key, ohm_interval range,
                         bool kept_only, bool (*row)(void *ctx, const ohm_energy_row *row),
                         void *ctx)
{
    static const char sql[] =
        "SELECT utc_ms,local,'',wh,flags FROM energy_hour WHERE series=?1"
        " AND utc_ms>=?2 AND utc_ms<?3 AND flags&?4=?4 AND NOT EXISTS (SELECT 1"
        " FROM energy_changed WHERE series=?1 AND readings=1 AND from_ms<utc_ms+3600000"
        " AND to_ms>utc_ms) ORDER BY utc_ms";
    sqlite3_stmt *stmt;
    int64_t series;
    OHM_TRY(find(reader, series_key, &series));
    ohm_err err = prepare(reader, sql, &stmt);
    if (ohm_failed(err))
        return err.code == OHM_END ? ohm_ok() : err;
    (void)sqlite3_bind_int64(stmt, 1, series);
    (void)sqlite3_bind_int64(stmt, 2, range.from_ms);
    (void)sqlite3_bind_int64(stmt, 3, range.to_ms);
    (void)sqlite3_bind_int64(stmt, 4, kept_only ? OHM_ENERGY_KEPT : 0);
    return hand_out(reader, stmt, row, ctx);
}

ohm_err ohm_energy_days(ohm_reader *reader, const char *series_key, ohm_date from, ohm_date to,
                        bool (*row)(void *ctx, const ohm_energy_row *row), void *ctx)
{
    /* Days may begin 14 hours before or behind those of UTC. */
    static const char sql[] =
        "SELECT 0,date,period,wh,flags|32*EXISTS(SELECT 1 FROM energy_changed WHERE series=?1"
        " AND readings=1 AND date BETWEEN date((from_ms-50400000)/1000,'unixepoch')"
        " AND date((to_ms+50400000)/1000,'unixepoch')) FROM energy_day WHERE series=?1"
        " AND date BETWEEN ?2 AND ?3 ORDER BY date,period";
    sqlite3_stmt *stmt;
    int64_t series;
    char dates[2][16];
    OHM_TRY(find(reader, series_key, &series));
    ohm_err err = prepare(reader, sql, &stmt);
    if (ohm_failed(err))
        return err.code == OHM_END ? ohm_ok() : err;
    (void)sqlite3_bind_int64(stmt, 1, series);
    for (int i = 0; i < 2; i++) {
        ohm_date date = i ? to : from;
        (void)sqlite3_snprintf(sizeof dates[i], dates[i], "%04d-%02d-%02d", date.year, date.month,
                               date.day);
        int bound = sqlite3_bind_text(stmt, 2 + i, dates[i], -1, SQLITE_STATIC);
        assert(bound == SQLITE_OK);
        (void)bound;
    }
    return hand_out(reader, stmt, row, ctx);
}
