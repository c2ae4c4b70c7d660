/* What there is of every series, and its newest reading: one pass over the frames that are not
 * folded, then a look at the chunks. */
#include <stdio.h>
#include <stdlib.h>

#include "store/cursor.h"
#include "store/pack.h"
#include "store/query.h"

enum { DEVICES = OHM_STORE_DEVICES_MAX + 1 };

typedef struct totals {
    uint64_t count;
    ohm_ms first_ms;
    ohm_point newest;
} totals;

typedef struct list {
    ohm_reader *reader;
    uint32_t size; /* of all[]: the highest series, and one */
    totals *all;   /* by series */
    ohm_columns columns;
    uint32_t layout; /* of `columns`; 0 = none is loaded */
    ohm_row row;
} list;

static ohm_err make_room(ohm_reader *reader, list **ret_list)
{
    int64_t most;
    OHM_TRY(ohm_db_number(reader->db, "SELECT coalesce(max(id),0) FROM series", &most));
    if (most > OHM_CHUNK_SERIES_MAX)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the table of names is damaged");
    list *l = calloc(1, sizeof *l);
    if (l)
        l->all = calloc((size_t)most + 1, sizeof *l->all);
    if (!l || !l->all) {
        free(l);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    l->reader = reader;
    l->size = (uint32_t)most + 1;
    *ret_list = l;
    return ohm_ok();
}

static void add(list *l, uint32_t series, uint64_t count, ohm_ms first_ms, const ohm_point *newest)
{
    if (series >= l->size)
        return; /* of a series that was removed */
    totals *t = &l->all[series];
    if (t->count == 0 || first_ms < t->first_ms)
        t->first_ms = first_ms;
    if (t->count == 0 || newest->time_ms >= t->newest.time_ms)
        t->newest = *newest;
    t->count += count;
}

/* --- frames ------------------------------------------------------------------------------- */

/* The row at hand, decoded; its layout is often that of the row before. */
static ohm_err read_row(list *l, ohm_span in)
{
    uint32_t layout;
    ohm_span whole = in;
    if (ohm_row_layout(&in, &layout) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    if (layout == 0 || layout != l->layout) {
        in = whole;
        l->layout = 0;
        sqlite3_stmt *stmt = l->reader->stmts[OHM_QUERY_LAYOUT];
        OHM_TRY(ohm_layout_of_row(l->reader->db, stmt, &in, &l->columns));
        l->layout = layout;
    }
    l->row.columns = l->columns;
    return ohm_row_values(in, &l->row) == OHM_OK
               ? ohm_ok()
               : ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
}

static ohm_err add_frames(list *l)
{
    sqlite3_stmt *stmt = l->reader->stmts[OHM_QUERY_FRAMES];
    ohm_err err = ohm_ok();
    int result = SQLITE_DONE;
    (void)sqlite3_bind_int64(stmt, 1, OHM_STORE_TIME_MIN * DEVICES);
    (void)sqlite3_bind_int64(stmt, 2, OHM_STORE_TIME_MAX * DEVICES);
    while (!ohm_failed(err) && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_ms time_ms = sqlite3_column_int64(stmt, 0) / DEVICES;
        err = read_row(l, ohm_db_blob(stmt, 1));
        if (err.code == OHM_BAD_FORMAT) {
            l->reader->damaged++;
            err = ohm_ok();
            continue;
        }
        for (uint16_t i = 0; !ohm_failed(err) && i < l->row.columns.count; i++) {
            ohm_point point = { time_ms, l->row.value[i], l->row.quality[i] };
            add(l, l->row.columns.series[i], 1, time_ms, &point);
        }
    }
    (void)sqlite3_reset(stmt);
    OHM_TRY(err);
    return ohm_reader_step_error(l->reader, result);
}

/* --- chunks ------------------------------------------------------------------------------- */

static ohm_err add_chunk_totals(list *l)
{
    sqlite3_stmt *stmt = l->reader->stmts[OHM_QUERY_CHUNK_TOTALS];
    int result = SQLITE_DONE;
    while (stmt && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t key = sqlite3_column_int64(stmt, 0), n = sqlite3_column_int64(stmt, 1);
        ohm_ms first_ms = ohm_chunk_first_ms(key);
        ohm_point last = { .time_ms = first_ms + sqlite3_column_int64(stmt, 2) };
        if (n > 0)
            add(l, (uint32_t)(key >> OHM_CHUNK_TIME_BITS), (uint64_t)n, first_ms, &last);
    }
    if (stmt)
        (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(l->reader, result);
}

static ohm_err add_newest_chunked(list *l, uint32_t series, ohm_cursor *c)
{
    ohm_point newest;
    ohm_cursor_of(l->reader, series, 0, OHM_GAUGE, c);
    ohm_err err = ohm_cursor_newest_chunked(c, OHM_STORE_TIME_MAX, &newest);
    if (err.code == OHM_END)
        return ohm_ok();
    OHM_TRY(err);
    if (l->all[series].count == 0 || newest.time_ms > l->all[series].newest.time_ms)
        add(l, series, 1, newest.time_ms, &newest);
    return ohm_ok();
}

/* --- handing out -------------------------------------------------------------------------- */

typedef bool series_row(void *ctx, const ohm_series_info *info, const totals *t);

static ohm_err each(list *l, const char *prefix, series_row *row, void *ctx)
{
    sqlite3_stmt *stmt = l->reader->stmts[OHM_QUERY_SERIES];
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_series_info info;
        int64_t id = sqlite3_column_int64(stmt, 2);
        if (!ohm_reader_series_info(l->reader, stmt, &info) || id < 1 || id >= l->size ||
            strncmp(info.key, prefix, strlen(prefix)) != 0)
            continue;
        if (!row(ctx, &info, &l->all[id]))
            break;
    }
    (void)sqlite3_reset(stmt);
    return ohm_reader_step_error(l->reader, result);
}

typedef struct extent_row {
    bool (*row)(void *ctx, const ohm_extent *extent);
    void *ctx;
} extent_row;

static bool tell_extent(void *ctx, const ohm_series_info *info, const totals *t)
{
    const extent_row *r = ctx;
    ohm_extent extent = {
        .info = *info,
        .count = t->count,
        .first_ms = t->count ? t->first_ms : OHM_NO_MS,
        .last_ms = t->count ? t->newest.time_ms : OHM_NO_MS,
    };
    return r->row(r->ctx, &extent);
}

static ohm_err extents(ohm_reader *reader, const char *prefix, extent_row *r)
{
    list *l;
    OHM_TRY(make_room(reader, &l));
    ohm_err err = add_frames(l);
    if (!ohm_failed(err))
        err = add_chunk_totals(l);
    if (!ohm_failed(err))
        err = each(l, prefix, tell_extent, r);
    free(l->all);
    free(l);
    return err;
}

ohm_err ohm_query_extents(ohm_reader *reader, const char *prefix,
                          bool (*row)(void *ctx, const ohm_extent *extent), void *ctx)
{
    extent_row r = { row, ctx };
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = extents(reader, prefix, &r);
    ohm_reader_end(reader);
    return err;
}

typedef struct first {
    const char *key;
    ohm_ms ms;
} first;

static bool take_first(void *ctx, const ohm_extent *extent)
{
    first *f = ctx;
    if (strcmp(extent->info.key, f->key) != 0)
        return true; /* its key begins alike */
    f->ms = extent->first_ms;
    return false;
}

ohm_err ohm_query_first(ohm_reader *reader, const char *series_key, ohm_ms *ret_ms)
{
    first f = { series_key, OHM_NO_MS };
    ohm_err err = ohm_query_extents(reader, series_key, take_first, &f);
    *ret_ms = f.ms;
    return err;
}

typedef struct latest_row {
    bool (*row)(void *ctx, const ohm_latest *latest);
    void *ctx;
} latest_row;

static bool tell_latest(void *ctx, const ohm_series_info *info, const totals *t)
{
    const latest_row *r = ctx;
    if (t->count == 0)
        return true;
    ohm_latest latest = { .info = *info, .point = t->newest };
    return r->row(r->ctx, &latest);
}

static ohm_err all_newest_chunked(list *l)
{
    ohm_cursor *c = malloc(sizeof *c);
    if (!c)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_ok();
    for (uint32_t series = 1; series < l->size && !ohm_failed(err); series++)
        err = add_newest_chunked(l, series, c);
    free(c);
    return err;
}

static ohm_err latest(ohm_reader *reader, latest_row *r)
{
    list *l;
    OHM_TRY(make_room(reader, &l));
    ohm_err err = add_frames(l);
    if (!ohm_failed(err))
        err = all_newest_chunked(l);
    if (!ohm_failed(err))
        err = each(l, "", tell_latest, r);
    free(l->all);
    free(l);
    return err;
}

ohm_err ohm_query_latest(ohm_reader *reader, bool (*row)(void *ctx, const ohm_latest *latest),
                         void *ctx)
{
    latest_row r = { row, ctx };
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = latest(reader, &r);
    ohm_reader_end(reader);
    return err;
}
