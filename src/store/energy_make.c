/* Readings into rows, in one pass of steps that end at each full hour and wherever the tariff's
 * period changes. */
#include <stdlib.h>

#include "base/wide.h"
#include "store/energy_own.h"
#include "store/steps.h"

enum {
    PARTS_MAX = OHM_ENERGY_PIECES_MAX + 2, /* of an hour, or of a day */
    SUMS_MAX = OHM_ENERGY_PIECES_MAX,
    DATE_MAX = 11,
};

typedef enum statement {
    HOUR_GET,
    HOUR_SET,
    HOUR_DROP,
    DAY_GET,
    DAY_SET,
    DAY_DROP,
    COUNT
} statement;

static const char *const sql[COUNT] = {
    [HOUR_GET] = "SELECT wh,flags FROM energy_hour WHERE series=?1 AND utc_ms=?2",
    [HOUR_SET] = "INSERT INTO energy_hour(series,utc_ms,local,wh,flags) VALUES(?1,?2,?3,?4,?5)"
                 " ON CONFLICT DO UPDATE SET local=excluded.local, wh=excluded.wh,"
                 " flags=excluded.flags WHERE local<>excluded.local OR wh<>excluded.wh"
                 " OR flags<>excluded.flags", /* a page that stays the same is not written */
    [HOUR_DROP] = "DELETE FROM energy_hour WHERE series=?1 AND utc_ms=?2",
    [DAY_GET] = "SELECT period,wh,flags FROM energy_day WHERE series=?1 AND date=?2",
    [DAY_SET] = "INSERT INTO energy_day(series,date,period,wh,flags) VALUES(?1,?2,?3,?4,?5)",
    [DAY_DROP] = "DELETE FROM energy_day WHERE series=?1 AND date=?2",
};

typedef struct sum {
    char period[OHM_ENERGY_PERIOD_MAX];
    int64_t wh;
    uint8_t flags;
} sum;

typedef struct making {
    const ohm_energy_job *job;
    sqlite3_stmt *stmts[COUNT];
    ohm_err err;
    /* The day at hand. */
    ohm_interval day;
    ohm_date date;
    uint16_t pieces_count;
    ohm_energy_piece pieces[OHM_ENERGY_PIECES_MAX];
    uint16_t sums_count;
    sum sums[SUMS_MAX];
    /* The hour at hand, or the day where there are no hours: what lies between two ends. */
    ohm_interval cell;
    uint16_t parts_count, known;
    uint32_t readings;
    uint8_t flags;
    ohm_ms part_ms[PARTS_MAX];
    int64_t part_wh[PARTS_MAX], part_length[PARTS_MAX];
} making;

void ohm_energy_share(int64_t *parts, const int64_t *lengths, size_t n, int64_t total)
{
    int64_t all = 0, upto = 0, given = 0;
    for (size_t i = 0; i < n; i++)
        all += parts[i];
    const int64_t *by = all > 0 ? parts : lengths;
    for (size_t i = 0; i < n && all <= 0; i++)
        upto += lengths[i];
    int64_t whole = all > 0 ? all : upto;
    upto = 0;
    for (size_t i = 0; i < n; i++) {
        upto += by[i];
        int64_t due = ohm_wide_clamp(ohm_wide_divide(ohm_wide_product(total, upto), whole, NULL));
        parts[i] = due - given;
        given = due;
    }
}

/* --- where steps end ------------------------------------------------------------------------ */

static void open_day(making *m, ohm_ms at_ms)
{
    const ohm_energy_plan *plan = m->job->plan;
    if (at_ms >= m->day.from_ms && at_ms < m->day.to_ms)
        return;
    m->day = ohm_civil_day(plan->tz, at_ms);
    m->date = ohm_civil_from_utc(plan->tz, at_ms).date;
    m->sums_count = 0;
    m->pieces_count = 1;
    m->pieces[0] = (ohm_energy_piece){ m->day.from_ms, "" };
    if (plan->day && m->job->hours)
        m->pieces_count = plan->day(plan->ctx, m->date, m->pieces);
    assert(m->pieces_count > 0 && m->pieces_count <= OHM_ENERGY_PIECES_MAX);
}

static ohm_interval cell_of(const making *m, ohm_ms at_ms)
{
    if (!m->job->hours)
        return m->day;
    ohm_ms from_ms = at_ms - (at_ms - m->day.from_ms) % OHM_HOUR_MS;
    ohm_ms to_ms = from_ms + OHM_HOUR_MS;
    return (ohm_interval){ from_ms, to_ms < m->day.to_ms ? to_ms : m->day.to_ms };
}

/* The piece of the day that holds an instant. */
static uint16_t piece_at(const making *m, ohm_ms at_ms)
{
    uint16_t i = 0;
    while (i + 1 < m->pieces_count && m->pieces[i + 1].from_ms <= at_ms)
        i++;
    return i;
}

static ohm_ms ends(void *ctx, ohm_ms from_ms)
{
    making *m = ctx;
    open_day(m, from_ms);
    ohm_ms end_ms = cell_of(m, from_ms).to_ms;
    uint16_t next = (uint16_t)(piece_at(m, from_ms) + 1);
    if (next < m->pieces_count && m->pieces[next].from_ms < end_ms)
        end_ms = m->pieces[next].from_ms;
    return end_ms;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* Two digits. */
static void two(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

static void write_date(char out[static DATE_MAX], ohm_date date)
{
    two(out, (unsigned)date.year / 100);
    two(out + 2, (unsigned)date.year % 100);
    two(out + 5, date.month);
    two(out + 8, date.day);
    out[4] = out[7] = '-';
    out[10] = '\0';
}

static void write_local(const ohm_tz *tz, ohm_ms utc_ms, char out[static OHM_RFC3339_MAX])
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    int32_t offset_s = ohm_tz_offset_s(tz, utc_ms);
    unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    write_date(out, local.date);
    two(out + 11, local.hour);
    two(out + 14, local.minute);
    two(out + 17, local.second);
    two(out + 20, minutes / 60);
    two(out + 23, minutes % 60);
    out[10] = 'T';
    out[13] = out[16] = out[22] = ':';
    out[19] = offset_s < 0 ? '-' : '+';
    out[25] = '\0';
}

static sqlite3_stmt *bound(making *m, statement which, int64_t second)
{
    (void)sqlite3_bind_int64(m->stmts[which], 1, m->job->series);
    (void)sqlite3_bind_int64(m->stmts[which], 2, second);
    return m->stmts[which];
}

static void bind_text(sqlite3_stmt *stmt, int place, const char *text)
{
    int result = sqlite3_bind_text(stmt, place, text, -1, SQLITE_STATIC);
    assert(result == SQLITE_OK);
    (void)result;
}

static bool is_changed(const making *m, ohm_interval when)
{
    const ohm_interval *changed = &m->job->changed;
    return changed->from_ms < when.to_ms && changed->to_ms > when.from_ms;
}

/* The row of the hour at hand, if it was kept and is to stay. */
static ohm_err kept_hour(making *m, bool *ret_kept)
{
    sqlite3_stmt *stmt = bound(m, HOUR_GET, m->cell.from_ms);
    int result = sqlite3_step(stmt);
    *ret_kept = false;
    if (result == SQLITE_ROW && !is_changed(m, m->cell) &&
        sqlite3_column_int(stmt, 1) & OHM_ENERGY_KEPT) {
        *ret_kept = true;
        ohm_energy_share(m->part_wh, m->part_length, m->parts_count, sqlite3_column_int64(stmt, 0));
        m->known = m->parts_count;
        m->flags = (uint8_t)sqlite3_column_int(stmt, 1);
    }
    (void)sqlite3_reset(stmt);
    return result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok()
                                                         : ohm_db_error(m->job->db, result);
}

static ohm_err write_hour(making *m)
{
    char local[OHM_RFC3339_MAX];
    bool kept;
    OHM_TRY(kept_hour(m, &kept));
    if (kept)
        return ohm_ok();
    if (!m->known)
        return ohm_db_run(m->job->db, bound(m, HOUR_DROP, m->cell.from_ms));
    int64_t wh = 0;
    for (uint16_t i = 0; i < m->parts_count; i++)
        wh += m->part_wh[i];
    write_local(m->job->plan->tz, m->cell.from_ms, local);
    sqlite3_stmt *stmt = bound(m, HOUR_SET, m->cell.from_ms);
    bind_text(stmt, 3, local);
    (void)sqlite3_bind_int64(stmt, 4, wh);
    (void)sqlite3_bind_int64(stmt, 5, m->flags);
    return ohm_db_run(m->job->db, stmt);
}

static void add_to_day(making *m, uint16_t part)
{
    const char *period = m->pieces[piece_at(m, m->part_ms[part])].period;
    uint16_t i = 0;
    while (i < m->sums_count && strcmp(m->sums[i].period, period) != 0)
        i++;
    if (i == m->sums_count) {
        m->sums[m->sums_count++] = (sum){ .wh = 0, .flags = OHM_ENERGY_GAP };
        memcpy(m->sums[i].period, period, sizeof m->sums[i].period);
    }
    /* A gap is a period without any reading: an hour without is an estimate in it. */
    uint8_t gap = m->sums[i].flags & m->flags & OHM_ENERGY_GAP;
    m->sums[i].wh += m->part_wh[part];
    m->sums[i].flags = (uint8_t)(((m->sums[i].flags | m->flags) & ~OHM_ENERGY_GAP) | gap);
}

static ohm_err finish_cell(making *m)
{
    if (m->readings == 0 && m->flags & OHM_ENERGY_ESTIMATED)
        m->flags |= OHM_ENERGY_GAP;
    if (m->known && m->known < m->parts_count)
        m->flags |= OHM_ENERGY_PARTIAL;
    if (m->job->hours)
        OHM_TRY(write_hour(m));
    for (uint16_t i = 0; i < m->parts_count && m->known; i++)
        add_to_day(m, i);
    return ohm_ok();
}

/* Whether the rows of the day are those that were made. */
static ohm_err same_day(making *m, const char *date, bool *ret_same)
{
    uint16_t rows = 0, same = 0;
    int result;
    sqlite3_stmt *stmt = bound(m, DAY_GET, 0);
    bind_text(stmt, 2, date);
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        rows++;
        for (uint16_t i = 0; i < m->sums_count; i++)
            if (ohm_span_is(ohm_db_blob(stmt, 0), m->sums[i].period) &&
                sqlite3_column_int64(stmt, 1) == m->sums[i].wh &&
                sqlite3_column_int(stmt, 2) == m->sums[i].flags)
                same++;
    }
    (void)sqlite3_reset(stmt);
    *ret_same = rows == m->sums_count && same == rows;
    return result == SQLITE_DONE ? ohm_ok() : ohm_db_error(m->job->db, result);
}

/* Whether the row of a day without hours was kept and is to stay. */
static ohm_err kept_day(making *m, const char *date, bool *ret_kept)
{
    sqlite3_stmt *stmt = bound(m, DAY_GET, 0);
    bind_text(stmt, 2, date);
    int result = sqlite3_step(stmt);
    *ret_kept = result == SQLITE_ROW && !m->job->hours && !is_changed(m, m->day) &&
                sqlite3_column_int(stmt, 2) & OHM_ENERGY_KEPT;
    (void)sqlite3_reset(stmt);
    return result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok()
                                                         : ohm_db_error(m->job->db, result);
}

static ohm_err finish_day(making *m, ohm_ms to_ms)
{
    char date[DATE_MAX];
    bool same, kept;
    write_date(date, m->date);
    OHM_TRY(kept_day(m, date, &kept));
    if (kept)
        return ohm_ok();
    for (uint16_t i = 0; i < m->sums_count && to_ms < m->day.to_ms; i++)
        m->sums[i].flags |= OHM_ENERGY_PARTIAL; /* so far */
    OHM_TRY(same_day(m, date, &same));
    if (same)
        return ohm_ok();
    bind_text(bound(m, DAY_DROP, 0), 2, date);
    OHM_TRY(ohm_db_run(m->job->db, m->stmts[DAY_DROP]));
    for (uint16_t i = 0; i < m->sums_count; i++) {
        sqlite3_stmt *stmt = bound(m, DAY_SET, 0);
        bind_text(stmt, 2, date);
        bind_text(stmt, 3, m->sums[i].period);
        (void)sqlite3_bind_int64(stmt, 4, m->sums[i].wh);
        (void)sqlite3_bind_int64(stmt, 5, m->sums[i].flags);
        OHM_TRY(ohm_db_run(m->job->db, stmt));
    }
    return ohm_ok();
}

/* --- the pass ------------------------------------------------------------------------------- */

static uint8_t flags_of(const ohm_slice *slice)
{
    uint8_t flags = 0;
    if (slice->flags & OHM_SLICE_UNSURE)
        flags |= OHM_ENERGY_ESTIMATED;
    if (slice->flags & OHM_SLICE_RESET)
        flags |= OHM_ENERGY_CHANGED;
    if (slice->flags & OHM_SLICE_PARTIAL)
        flags |= OHM_ENERGY_PARTIAL;
    return flags;
}

static bool add_slice(void *ctx, const ohm_slice *slice, ohm_wide all)
{
    making *m = ctx;
    (void)all;
    open_day(m, slice->from_ms);
    ohm_interval cell = cell_of(m, slice->from_ms);
    if (slice->from_ms == cell.from_ms) {
        m->cell = cell;
        m->parts_count = m->known = 0;
        m->readings = 0;
        m->flags = 0;
    }
    uint16_t i = m->parts_count++;
    assert(i < PARTS_MAX);
    bool known = slice->flags & OHM_SLICE_ENERGY;
    m->part_ms[i] = slice->from_ms;
    m->part_length[i] = slice->to_ms - slice->from_ms;
    m->part_wh[i] = known ? slice->energy : 0;
    m->known = (uint16_t)(m->known + known);
    m->readings += slice->count;
    m->flags |= flags_of(slice);
    ohm_ms end_ms = m->job->range.to_ms;
    if (slice->to_ms == cell.to_ms || slice->to_ms == end_ms)
        m->err = finish_cell(m);
    if (!ohm_failed(m->err) && (slice->to_ms == m->day.to_ms || slice->to_ms == end_ms))
        m->err = finish_day(m, slice->to_ms);
    return !ohm_failed(m->err);
}

ohm_err ohm_energy_make(const ohm_energy_job *job)
{
    making *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->job = job;
    m->err = ohm_ok();
    m->day = (ohm_interval){ 0, 0 };
    ohm_err err = ohm_ok();
    for (int i = 0; i < COUNT && !ohm_failed(err); i++)
        err = ohm_db_prepare(job->db, sql[i], &m->stmts[i]);
    const ohm_steps_query query = {
        .series_key = job->key,
        .range = job->range,
        .step = { .unit = OHM_STEP_ENDS },
        .ends = ends,
        .ends_ctx = m,
        .rows_max = UINT32_MAX,
    };
    if (!ohm_failed(err))
        err = ohm_steps_run(job->reader, &query, add_slice, m);
    if (!ohm_failed(err))
        err = m->err;
    for (int i = 0; i < COUNT; i++)
        (void)sqlite3_finalize(m->stmts[i]);
    free(m);
    return err;
}
