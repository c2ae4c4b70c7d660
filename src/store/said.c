#include "store/said.h"

#include <string.h>

#include "store/reader_own.h"
#include "store/said_own.h"

enum { DATE_MAX = 16 };

static void write_date(char out[static DATE_MAX], ohm_date date)
{
    (void)sqlite3_snprintf(DATE_MAX, out, "%04d-%02d-%02d", date.year, date.month, date.day);
}

static void text(sqlite3_stmt *stmt, int place, const char *value)
{
    int result = sqlite3_bind_text(stmt, place, value, -1, SQLITE_STATIC);
    assert(result == SQLITE_OK);
    (void)result;
}

/* --- writing -------------------------------------------------------------------------------- */

static ohm_err run_once(sqlite3 *db, sqlite3_stmt *stmt)
{
    ohm_err err = ohm_db_run(db, stmt);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* The days that were cut without this code, or with another one. */
static ohm_err touch_energy(sqlite3 *db, ohm_interval when)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db,
                           "INSERT INTO energy_changed(series,from_ms,to_ms,readings,at_ms)"
                           " SELECT series,?1,?2,0,0 FROM energy_through WHERE utc_ms>?1",
                           &stmt));
    (void)sqlite3_bind_int64(stmt, 1, when.from_ms);
    (void)sqlite3_bind_int64(stmt, 2, when.to_ms);
    return run_once(db, stmt);
}

ohm_err ohm_said_put_day(sqlite3 *db, const ohm_day_said *said)
{
    sqlite3_stmt *stmt;
    char date[DATE_MAX];
    OHM_TRY(ohm_db_prepare(db,
                           "INSERT INTO day_code(calendar,date,source,rank,code,said_ms)"
                           " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET"
                           " rank=excluded.rank, code=excluded.code, said_ms=excluded.said_ms"
                           " WHERE code<>excluded.code OR rank<>excluded.rank",
                           &stmt));
    write_date(date, said->date);
    text(stmt, 1, said->calendar);
    text(stmt, 2, date);
    text(stmt, 3, said->source);
    (void)sqlite3_bind_int(stmt, 4, said->rank);
    text(stmt, 5, said->code);
    (void)sqlite3_bind_int64(stmt, 6, said->said_ms);
    OHM_TRY(run_once(db, stmt));
    return sqlite3_changes(db) > 0 ? touch_energy(db, said->when) : ohm_ok();
}

ohm_err ohm_said_put_spot(sqlite3 *db, const ohm_spot_said *said)
{
    sqlite3_stmt *stmt;
    /* What it said in other steps: an hour that became four quarters, or the other way round. */
    OHM_TRY(ohm_db_prepare(db,
                           "DELETE FROM spot_price WHERE source=?1 AND utc_ms>?2-86400000"
                           " AND utc_ms<?3 AND to_ms>?2 AND NOT (utc_ms=?2 AND to_ms=?3)",
                           &stmt));
    text(stmt, 1, said->source);
    (void)sqlite3_bind_int64(stmt, 2, said->when.from_ms);
    (void)sqlite3_bind_int64(stmt, 3, said->when.to_ms);
    OHM_TRY(run_once(db, stmt));
    OHM_TRY(ohm_db_prepare(db,
                           "INSERT INTO spot_price(source,utc_ms,to_ms,rank,neur_per_kwh,said_ms)"
                           " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET"
                           " rank=excluded.rank, neur_per_kwh=excluded.neur_per_kwh,"
                           " said_ms=excluded.said_ms WHERE neur_per_kwh<>excluded.neur_per_kwh"
                           " OR rank<>excluded.rank",
                           &stmt));
    text(stmt, 1, said->source);
    (void)sqlite3_bind_int64(stmt, 2, said->when.from_ms);
    (void)sqlite3_bind_int64(stmt, 3, said->when.to_ms);
    (void)sqlite3_bind_int(stmt, 4, said->rank);
    (void)sqlite3_bind_int64(stmt, 5, said->neur_per_kwh);
    (void)sqlite3_bind_int64(stmt, 6, said->said_ms);
    return run_once(db, stmt);
}

/* --- reading -------------------------------------------------------------------------------- */

/* OHM_END: a file from before there was such a table. */
static ohm_err prepare(ohm_reader *reader, const char *sql, sqlite3_stmt **ret_stmt)
{
    int64_t version;
    OHM_TRY(ohm_db_number(reader->db, "PRAGMA user_version", &version));
    if (version < OHM_DB_VERSION_SAID)
        return ohm_fail(OHM_END, 0, "a file without it");
    return ohm_db_prepare(reader->db, sql, ret_stmt);
}

static void copy_text(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
    ohm_span value = ohm_db_blob(stmt, column);
    size_t len = value.len < size ? value.len : size - 1;
    if (len)
        memcpy(out, value.ptr, len);
    out[len] = '\0';
}

/* "2026-11-22"; false: somebody wrote something else there. */
static bool read_date(const char *text, ohm_date *out)
{
    int number[3] = { 0, 0, 0 }, part = 0;
    for (const char *c = text; *c && part < 3; c++) {
        if (*c == '-')
            part++;
        else if (*c < '0' || *c > '9' || number[part] > 9999)
            return false;
        else
            number[part] = number[part] * 10 + (*c - '0');
    }
    if (part != 2 || !ohm_date_valid(number[0], number[1], number[2]))
        return false;
    *out = (ohm_date){ (int16_t)number[0], (uint8_t)number[1], (uint8_t)number[2] };
    return true;
}

static bool read_day(sqlite3_stmt *stmt, ohm_day_said *out)
{
    char date[DATE_MAX];
    *out = (ohm_day_said){ .rank = sqlite3_column_int(stmt, 4),
                           .said_ms = sqlite3_column_int64(stmt, 5) };
    copy_text(stmt, 0, out->calendar, sizeof out->calendar);
    copy_text(stmt, 1, date, sizeof date);
    copy_text(stmt, 2, out->source, sizeof out->source);
    copy_text(stmt, 3, out->code, sizeof out->code);
    return read_date(date, &out->date);
}

ohm_err ohm_said_days(ohm_reader *reader, const char *calendar, ohm_date from, ohm_date to,
                      bool (*row)(void *ctx, const ohm_day_said *said), void *ctx)
{
    sqlite3_stmt *stmt;
    char dates[2][DATE_MAX], last[DATE_MAX] = "";
    ohm_err err = prepare(reader,
                          "SELECT calendar,date,source,code,rank,said_ms FROM day_code"
                          " WHERE calendar=?1 AND date BETWEEN ?2 AND ?3"
                          " ORDER BY date,rank,said_ms DESC",
                          &stmt);
    if (ohm_failed(err))
        return err.code == OHM_END ? ohm_ok() : err;
    write_date(dates[0], from);
    write_date(dates[1], to);
    text(stmt, 1, calendar);
    text(stmt, 2, dates[0]);
    text(stmt, 3, dates[1]);
    int result;
    bool more = true;
    while (more && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_day_said said;
        char date[DATE_MAX];
        copy_text(stmt, 1, date, sizeof date);
        bool first = strcmp(date, last) != 0; /* of its date: the best */
        memcpy(last, date, sizeof last);
        if (first && read_day(stmt, &said))
            more = row(ctx, &said);
    }
    (void)sqlite3_finalize(stmt);
    return !more || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(reader->db, result);
}

ohm_err ohm_said_spots(ohm_reader *reader, ohm_interval range,
                       bool (*row)(void *ctx, const ohm_spot_said *said), void *ctx)
{
    sqlite3_stmt *stmt;
    ohm_err err = prepare(reader,
                          "SELECT source,utc_ms,to_ms,rank,neur_per_kwh,said_ms FROM spot_price"
                          " JOIN (SELECT source AS who,min(rank) AS best,count(*) AS told"
                          " FROM spot_price WHERE utc_ms<?2 AND to_ms>?1 GROUP BY source)"
                          " ON who=source WHERE utc_ms>?1-86400000 AND utc_ms<?2 AND to_ms>?1"
                          " ORDER BY best,told DESC,source,utc_ms",
                          &stmt);
    if (ohm_failed(err))
        return err.code == OHM_END ? ohm_ok() : err;
    (void)sqlite3_bind_int64(stmt, 1, range.from_ms);
    (void)sqlite3_bind_int64(stmt, 2, range.to_ms);
    int result;
    bool more = true;
    while (more && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_spot_said said = {
            .when = { sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2) },
            .rank = sqlite3_column_int(stmt, 3),
            .neur_per_kwh = sqlite3_column_int64(stmt, 4),
            .said_ms = sqlite3_column_int64(stmt, 5),
        };
        copy_text(stmt, 0, said.source, sizeof said.source);
        more = row(ctx, &said);
    }
    (void)sqlite3_finalize(stmt);
    return !more || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(reader->db, result);
}
