/* What is to be made next, a bite at a time: first what changed, then what came since. */
#include "store/energy.h"

#include <stdlib.h>

#include "store/cursor.h"
#include "store/energy_own.h"
#include "store/stray.h"

enum {
    BITE_DAYS = 32,
    LOOKED_AT = 64,     /* series of a bite */
    SUSPECTS_MAX = 256, /* at the end of a series: further back nobody looks */
    ROUND_MS = 5 * OHM_MINUTE_MS,
};

/* Registers of energy; the totals have rows of hours, too. */
#define SERIES                                                                                     \
    "SELECT series.id, device.id, device.key||'/'||quantity,"                                      \
    " quantity IN ('energy_import','energy_export'), coalesce(utc_ms,-1),"                         \
    " coalesce(last_ms,-1)"                                                                        \
    " FROM series JOIN device ON device.id=series.device"                                          \
    " LEFT JOIN energy_through ON energy_through.series=series.id"                                 \
    " WHERE kind='counter' AND unit='Wh'"

typedef enum statement {
    NEXT,
    ONE,
    CHANGED,
    CHANGED_ADD,
    CHANGED_SET,
    CHANGED_DROP,
    THROUGH_SET,
    THROUGH_DROP,
    FIRST_HOUR,
    CUT_HOURS,
    CUT_DAYS,
    COUNT
} statement;

static const char *const sql[COUNT] = {
    [NEXT] = SERIES " AND series.id>?1 ORDER BY series.id LIMIT 1",
    [ONE] = SERIES " AND series.id=?1",
    [CHANGED] = "SELECT id,series,from_ms,to_ms,readings,at_ms FROM energy_changed"
                " ORDER BY id LIMIT 1",
    [CHANGED_ADD] = "INSERT INTO energy_changed(series,from_ms,to_ms,readings,at_ms)"
                    " VALUES(?1,?2,?3,0,0)",
    [CHANGED_SET] = "UPDATE energy_changed SET at_ms=?2 WHERE id=?1",
    [CHANGED_DROP] = "DELETE FROM energy_changed WHERE id=?1",
    [THROUGH_SET] = "INSERT INTO energy_through(series,utc_ms,last_ms) VALUES(?1,?2,?3)"
                    " ON CONFLICT DO UPDATE SET utc_ms=excluded.utc_ms, last_ms=excluded.last_ms",
    [THROUGH_DROP] = "DELETE FROM energy_through WHERE series=?1",
    [FIRST_HOUR] = "SELECT coalesce(min(utc_ms),-1) FROM energy_hour WHERE series=?1",
    [CUT_HOURS] = "DELETE FROM energy_hour WHERE series=?1 AND utc_ms>=?2",
    [CUT_DAYS] = "DELETE FROM energy_day WHERE series=?1"
                 " AND date>=date(?2/1000-86400,'unixepoch')", /* and those around, made anew */
};

typedef struct biting {
    sqlite3 *db;
    const ohm_energy_plan *plan;
    ohm_reader *reader;
    ohm_cursor *cursor;
    sqlite3_stmt *stmts[COUNT];
} biting;

/* A series and what there is of it. */
typedef struct subject {
    uint32_t series, device;
    char key[OHM_SERIES_KEY_MAX];
    bool hours;
    ohm_ms through_ms;        /* rows are made up to here; OHM_NO_MS: none */
    ohm_ms made_ms;           /* the last reading when they were made */
    ohm_ms first_ms, last_ms; /* readings in chunks; OHM_NO_MS: none */
} subject;

static sqlite3_stmt *bound(biting *b, statement which, int64_t first, int64_t second)
{
    (void)sqlite3_bind_int64(b->stmts[which], 1, first);
    if (sqlite3_bind_parameter_count(b->stmts[which]) > 1)
        (void)sqlite3_bind_int64(b->stmts[which], 2, second);
    return b->stmts[which];
}

static ohm_err run(biting *b, statement which, int64_t first, int64_t second)
{
    return ohm_db_run(b->db, bound(b, which, first, second));
}

/* --- readings ------------------------------------------------------------------------------- */

/* The n-th reading before an instant that is not suspect, or the first one where there are
 * fewer. OHM_END: none. */
static ohm_err newest_before(biting *b, const subject *s, ohm_ms to_ms, unsigned n, ohm_ms *ret_ms)
{
    ohm_point point = { .time_ms = to_ms };
    ohm_err err = ohm_ok();
    unsigned left = n;
    ohm_cursor_of(b->reader, s->series, s->device, OHM_COUNTER, b->cursor);
    for (int i = 0; i < SUSPECTS_MAX && left > 0; i++) {
        err = ohm_cursor_newest_chunked(b->cursor, point.time_ms, &point);
        if (ohm_failed(err))
            break;
        if (point.quality != OHM_QUALITY_SUSPECT) {
            *ret_ms = point.time_ms;
            left--;
        }
    }
    if (ohm_failed(err) && err.code != OHM_END)
        return err;
    return left < n ? ohm_ok() : ohm_fail(OHM_END, 0, "nothing but suspect readings");
}

/* Of some readings those that count, at or after an instant, up to *io_left of them. */
static void pass_good(const ohm_readings *some, ohm_ms from_ms, unsigned *io_left, ohm_ms *ret_ms)
{
    for (uint32_t i = 0; i<some->count && * io_left> 0; i++) {
        if (some->time_ms[i] < from_ms || some->quality[i] == OHM_QUALITY_SUSPECT)
            continue;
        *ret_ms = some->time_ms[i];
        --*io_left;
    }
}

/* The n-th reading at or after an instant that is not suspect, or the last one where there are
 * fewer. OHM_END: none. */
static ohm_err oldest_from(biting *b, const subject *s, ohm_ms from_ms, unsigned n, ohm_ms *ret_ms)
{
    ohm_readings some;
    unsigned left = n;
    ohm_cursor_of(b->reader, s->series, s->device, OHM_COUNTER, b->cursor);
    ohm_interval no_frames = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MIN };
    OHM_TRY(ohm_cursor_seek(b->cursor, from_ms, false, no_frames));
    ohm_err err = ohm_ok();
    while (left > 0 && !ohm_failed(err)) {
        err = ohm_cursor_next(b->cursor, OHM_STORE_TIME_MAX, NULL, NULL, &some);
        if (!ohm_failed(err))
            pass_good(&some, from_ms, &left, ret_ms);
    }
    ohm_cursor_end(b->cursor);
    if (ohm_failed(err) && err.code != OHM_MORE && err.code != OHM_END)
        return err;
    return left < n ? ohm_ok() : ohm_fail(OHM_END, 0, "no reading after that");
}

/* The series of a statement's row. OHM_END: there is none. */
static ohm_err read_subject(biting *b, statement which, int64_t series, subject *out)
{
    sqlite3_stmt *stmt = bound(b, which, series, 0);
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW) {
        ohm_span key = ohm_db_blob(stmt, 2);
        size_t len = key.len < sizeof out->key ? key.len : 0; /* our names are shorter */
        *out = (subject){ .series = (uint32_t)sqlite3_column_int64(stmt, 0),
                          .device = (uint32_t)sqlite3_column_int64(stmt, 1),
                          .hours = sqlite3_column_int(stmt, 3),
                          .through_ms = sqlite3_column_int64(stmt, 4),
                          .made_ms = sqlite3_column_int64(stmt, 5),
                          .first_ms = OHM_NO_MS,
                          .last_ms = OHM_NO_MS };
        memcpy(out->key, key.ptr, len);
        if (out->through_ms < 0)
            out->through_ms = OHM_NO_MS;
    }
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_END, 0, "no such series");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(b->db, result);
}

/* Its first and its last reading. */
static ohm_err look_at(biting *b, subject *s)
{
    ohm_err err = newest_before(b, s, OHM_STORE_TIME_MAX, 1, &s->last_ms);
    if (err.code == OHM_END)
        return ohm_ok();
    OHM_TRY(err);
    err = oldest_from(b, s, OHM_STORE_TIME_MIN, 1, &s->first_ms);
    return err.code == OHM_END ? ohm_ok() : err;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* Up to where rows can be made: the last full hour, or day, before the last reading. */
static ohm_ms horizon_of(const biting *b, const subject *s)
{
    ohm_interval day = ohm_civil_day(b->plan->tz, s->last_ms);
    return s->hours ? s->last_ms - (s->last_ms - day.from_ms) % OHM_HOUR_MS : day.from_ms;
}

static ohm_ms day_before(const biting *b, ohm_ms at_ms)
{
    return ohm_civil_day(b->plan->tz, at_ms).from_ms;
}

/* The end of a bite that begins at a midnight. */
static ohm_ms bite_end(const biting *b, ohm_ms from_ms, ohm_ms to_ms)
{
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(b->plan->tz, from_ms).date);
    ohm_ms end_ms = ohm_date_interval(b->plan->tz, ohm_date_from_days(day + BITE_DAYS)).from_ms;
    return end_ms < to_ms ? end_ms : to_ms;
}

static ohm_err make(biting *b, const subject *s, ohm_interval range, ohm_interval changed)
{
    ohm_energy_job job = {
        .db = b->db,
        .reader = b->reader,
        .plan = b->plan,
        .series = s->series,
        .hours = s->hours,
        .range = range,
        .changed = changed,
    };
    memcpy(job.key, s->key, sizeof job.key);
    return range.from_ms < range.to_ms ? ohm_energy_make(&job) : ohm_ok();
}

/* Which of the last readings are strays is said by those that came after them: the rows before
 * from_ms that they are in are made anew. */
static ohm_err look_back(biting *b, const subject *s, ohm_ms from_ms)
{
    ohm_ms first_ms;
    if (s->through_ms == OHM_NO_MS || s->made_ms == s->last_ms)
        return ohm_ok();
    ohm_err err = newest_before(b, s, s->made_ms + 1, OHM_STRAY_REACH, &first_ms);
    if (err.code == OHM_END || (!ohm_failed(err) && first_ms >= from_ms))
        return ohm_ok();
    OHM_TRY(err);
    (void)sqlite3_bind_int64(b->stmts[CHANGED_ADD], 3, from_ms);
    return run(b, CHANGED_ADD, s->series, first_ms);
}

/* What came since the last time. *ret_more: not all of it was taken. */
static ohm_err extend(biting *b, subject *s, bool *ret_more, bool *ret_made)
{
    *ret_more = *ret_made = false;
    OHM_TRY(look_at(b, s));
    if (s->last_ms == OHM_NO_MS || s->first_ms == OHM_NO_MS)
        return ohm_ok();
    ohm_ms horizon_ms = horizon_of(b, s);
    ohm_ms from_ms = day_before(b, s->through_ms == OHM_NO_MS ? s->first_ms : s->through_ms);
    if (horizon_ms <= from_ms || (s->through_ms != OHM_NO_MS && horizon_ms <= s->through_ms))
        return ohm_ok();
    ohm_interval range = { from_ms, bite_end(b, from_ms, horizon_ms) };
    OHM_TRY(look_back(b, s, from_ms));
    OHM_TRY(make(b, s, range, (ohm_interval){ 0, 0 }));
    (void)sqlite3_bind_int64(b->stmts[THROUGH_SET], 3, s->last_ms);
    *ret_made = true;
    *ret_more = range.to_ms < horizon_ms;
    return run(b, THROUGH_SET, s->series, range.to_ms);
}

/* --- what changed --------------------------------------------------------------------------- */

typedef struct change {
    int64_t id, series;
    ohm_interval range;
    bool readings;
    ohm_ms at_ms; /* made up to here */
} change;

static ohm_err read_change(biting *b, change *out)
{
    sqlite3_stmt *stmt = b->stmts[CHANGED];
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        *out = (change){ .id = sqlite3_column_int64(stmt, 0),
                         .series = sqlite3_column_int64(stmt, 1),
                         .range = { sqlite3_column_int64(stmt, 2), sqlite3_column_int64(stmt, 3) },
                         .readings = sqlite3_column_int(stmt, 4),
                         .at_ms = sqlite3_column_int64(stmt, 5) };
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_END, 0, "nothing changed");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(b->db, result);
}

/* Rows reach from reading to reading, and a reading is or is not a stray by those around it. */
static ohm_err widen(biting *b, const subject *s, ohm_interval *io)
{
    ohm_ms before_ms, after_ms;
    ohm_err err = newest_before(b, s, io->from_ms, OHM_STRAY_REACH, &before_ms);
    if (ohm_failed(err) && err.code != OHM_END)
        return err;
    if (!ohm_failed(err))
        io->from_ms = before_ms;
    err = oldest_from(b, s, io->to_ms, OHM_STRAY_REACH, &after_ms);
    if (ohm_failed(err) && err.code != OHM_END)
        return err;
    if (!ohm_failed(err))
        io->to_ms = after_ms + 1;
    return ohm_ok();
}

/* The newest readings are gone: so are the rows that were made of them. */
static ohm_err cut(biting *b, subject *s, ohm_ms horizon_ms)
{
    OHM_TRY(run(b, CUT_HOURS, s->series, horizon_ms));
    OHM_TRY(run(b, CUT_DAYS, s->series, horizon_ms));
    ohm_ms from_ms = day_before(b, horizon_ms - 2 * 24 * OHM_HOUR_MS);
    OHM_TRY(make(b, s, (ohm_interval){ from_ms, horizon_ms }, (ohm_interval){ 0, 0 }));
    (void)sqlite3_bind_int64(b->stmts[THROUGH_SET], 3, s->last_ms);
    s->through_ms = horizon_ms;
    return run(b, THROUGH_SET, s->series, horizon_ms);
}

/* Where the series begins, in readings or in rows that were kept. */
static ohm_err beginning_of(biting *b, const subject *s, ohm_ms *ret_ms)
{
    sqlite3_stmt *stmt = bound(b, FIRST_HOUR, s->series, 0);
    int result = sqlite3_step(stmt);
    ohm_ms row_ms = result == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    (void)sqlite3_reset(stmt);
    *ret_ms = s->first_ms == OHM_NO_MS ? s->through_ms : s->first_ms;
    if (row_ms >= 0 && row_ms < *ret_ms)
        *ret_ms = row_ms;
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(b->db, result);
}

static ohm_err make_change(biting *b, subject *s, const change *c)
{
    ohm_interval range = c->range;
    ohm_ms first_ms;
    OHM_TRY(look_at(b, s));
    bool none = s->last_ms == OHM_NO_MS || s->first_ms == OHM_NO_MS;
    if (!none && horizon_of(b, s) < s->through_ms)
        OHM_TRY(cut(b, s, horizon_of(b, s)));
    OHM_TRY(widen(b, s, &range));
    OHM_TRY(beginning_of(b, s, &first_ms));
    if (range.from_ms < first_ms)
        range.from_ms = first_ms;
    if (range.from_ms < c->at_ms)
        range.from_ms = c->at_ms;
    range.from_ms = day_before(b, range.from_ms);
    range.to_ms = ohm_civil_day(b->plan->tz, range.to_ms - 1).to_ms;
    if (range.to_ms > s->through_ms)
        range.to_ms = s->through_ms;
    if (range.from_ms >= range.to_ms)
        return run(b, CHANGED_DROP, c->id, 0);
    ohm_interval changed = c->readings ? c->range : (ohm_interval){ 0, 0 };
    ohm_ms end_ms = bite_end(b, range.from_ms, range.to_ms);
    OHM_TRY(make(b, s, (ohm_interval){ range.from_ms, end_ms }, changed));
    if (end_ms < range.to_ms)
        return run(b, CHANGED_SET, c->id, end_ms);
    if (none)
        OHM_TRY(run(b, THROUGH_DROP, s->series, 0));
    return run(b, CHANGED_DROP, c->id, 0);
}

/* Of the first change a bite. OHM_END: nothing changed. */
static ohm_err bite_change(biting *b)
{
    change c = { .id = 0 };
    subject s = { .series = 0 };
    OHM_TRY(read_change(b, &c));
    ohm_err err = read_subject(b, ONE, c.series, &s);
    if (err.code == OHM_END)
        return run(b, CHANGED_DROP, c.id, 0);
    OHM_TRY(err);
    return s.through_ms == OHM_NO_MS ? run(b, CHANGED_DROP, c.id, 0) : make_change(b, &s, &c);
}

/* --- bites ---------------------------------------------------------------------------------- */

#define MARK_KEY "'energy/plan'"

/* Days are cut in another way than those that were made: all of them anew. */
static ohm_err check_mark(biting *b, ohm_energy_place *place)
{
    sqlite3_stmt *stmt;
    if (place->marked)
        return ohm_ok();
    OHM_TRY(ohm_db_prepare(b->db, "SELECT value FROM state WHERE key=" MARK_KEY, &stmt));
    int result = sqlite3_step(stmt);
    bool same = result == SQLITE_ROW && ohm_span_is(ohm_db_blob(stmt, 0), b->plan->mark);
    (void)sqlite3_finalize(stmt);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return ohm_db_error(b->db, result);
    place->marked = true;
    if (same)
        return ohm_ok();
    OHM_TRY(ohm_db_exec(b->db, "INSERT INTO energy_changed(series,from_ms,to_ms,readings,at_ms)"
                               " SELECT series,0,utc_ms,0,0 FROM energy_through"));
    OHM_TRY(ohm_db_prepare(b->db,
                           "INSERT INTO state(key,value) VALUES(" MARK_KEY ",CAST(?1 AS BLOB))"
                           " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                           &stmt));
    int bind = sqlite3_bind_text(stmt, 1, b->plan->mark, -1, SQLITE_STATIC);
    assert(bind == SQLITE_OK);
    (void)bind;
    ohm_err err = ohm_db_run(b->db, stmt);
    (void)sqlite3_finalize(stmt);
    return err;
}

static ohm_err bite_series(biting *b, ohm_energy_place *place, bool *ret_more)
{
    *ret_more = true;
    for (int i = 0; i < LOOKED_AT; i++) {
        subject s = { .series = 0 };
        bool more, made;
        ohm_err err = read_subject(b, NEXT, place->series, &s);
        if (err.code == OHM_END) {
            place->through = true;
            *ret_more = false;
            return ohm_ok();
        }
        OHM_TRY(err);
        OHM_TRY(extend(b, &s, &more, &made));
        if (!more)
            place->series = s.series;
        if (made)
            return ohm_ok();
    }
    return ohm_ok();
}

static ohm_err bite(biting *b, ohm_energy_place *place, ohm_ms now_ms, bool *ret_more)
{
    for (int i = 0; i < COUNT; i++)
        OHM_TRY(ohm_db_prepare(b->db, sql[i], &b->stmts[i]));
    OHM_TRY(ohm_reader_of(b->db, &b->reader));
    OHM_TRY(check_mark(b, place));
    ohm_err err = bite_change(b);
    if (err.code != OHM_END)
        return err;
    if (place->through || place->series == 0) {
        place->series = 0;
        place->through = false;
        place->round_ms = now_ms;
    }
    return bite_series(b, place, ret_more);
}

ohm_err ohm_energy_bite(sqlite3 *db, const ohm_energy_plan *plan, ohm_energy_place *place,
                        ohm_ms now_ms, bool *ret_more)
{
    const ohm_energy_place before = *place;
    biting *b = calloc(1, sizeof *b);
    ohm_cursor *cursor = malloc(sizeof *cursor);
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    *ret_more = true;
    if (b && cursor) {
        b->db = db;
        b->plan = plan;
        b->cursor = cursor;
        err = bite(b, place, now_ms, ret_more);
        ohm_reader_close(b->reader);
        for (int i = 0; i < COUNT; i++)
            (void)sqlite3_finalize(b->stmts[i]);
    }
    if (ohm_failed(err))
        *place = before; /* it is rolled back */
    free(cursor);
    free(b);
    return err;
}

ohm_err ohm_energy_is_due(sqlite3 *db, const ohm_energy_plan *plan, const ohm_energy_place *place,
                          ohm_ms now_ms, bool *ret_due)
{
    int64_t one;
    *ret_due = plan->tz && (!place->through || now_ms - place->round_ms >= ROUND_MS ||
                            now_ms < place->round_ms);
    if (!plan->tz || *ret_due)
        return ohm_ok();
    ohm_err err = ohm_db_number(db, "SELECT 1 FROM energy_changed LIMIT 1", &one);
    *ret_due = !ohm_failed(err);
    return err.code == OHM_END ? ohm_ok() : err;
}
