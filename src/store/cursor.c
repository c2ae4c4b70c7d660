#include "store/cursor.h"

#include <stdlib.h>

#include "store/names.h"

enum {
    DEVICES = OHM_STORE_DEVICES_MAX + 1, /* a frame's key is time × this + device */
    NOT_LOADED = -2,
    NOT_IN_IT = -1,
};

static ohm_err unknown(void)
{
    return ohm_fail(OHM_UNKNOWN, 0, "there is no such series");
}

void ohm_cursor_of(ohm_reader *reader, uint32_t series, uint32_t device, ohm_kind kind,
                   ohm_cursor *c)
{
    c->reader = reader;
    c->series = series;
    c->device = device;
    c->kind = kind;
    c->chunk_any = c->decoded = c->frame_any = false;
    for (size_t i = 0; i <= OHM_LAYOUTS_MAX; i++)
        c->places.layouts[i].place = NOT_LOADED;
}

ohm_err ohm_cursor_find(ohm_reader *reader, const char *series_key, ohm_cursor *c)
{
    ohm_span device;
    ohm_quantity_id quantity;
    if (ohm_failed(ohm_names_split(series_key, &device, &quantity)))
        return unknown();
    sqlite3_stmt *stmt = reader->stmts[OHM_QUERY_SERIES_FIND];
    const char *name = ohm_quantity_get(quantity)->name;
    int bound = sqlite3_bind_text(stmt, 1, series_key, (int)device.len, SQLITE_STATIC);
    bound |= sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
    assert(bound == SQLITE_OK); /* static text: nothing is copied */
    int result = sqlite3_step(stmt);
    uint32_t series = (uint32_t)sqlite3_column_int64(stmt, 0);
    uint32_t device_id = (uint32_t)sqlite3_column_int64(stmt, 1);
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return unknown();
    OHM_TRY(ohm_reader_step_error(reader, result));
    if (series == 0 || series > OHM_CHUNK_SERIES_MAX)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the table of names is damaged");
    ohm_cursor_of(reader, series, device_id, ohm_quantity_get(quantity)->kind, c);
    return ohm_ok();
}

/* --- frames ------------------------------------------------------------------------------- */

static int place_in(const ohm_columns *columns, uint32_t id)
{
    for (uint16_t i = 0; i < columns->count && columns->series[i] <= id; i++)
        if (columns->series[i] == id)
            return i;
    return NOT_IN_IT;
}

/* Where the value is in this row, whose layout *in loses; a place of NOT_IN_IT is no error. */
static ohm_err locate(ohm_cursor *c, ohm_span *in, int *place, uint16_t *count)
{
    ohm_columns columns;
    ohm_span whole = *in;
    ohm_places *places = &c->places;
    uint32_t layout;
    if (ohm_row_layout(in, &layout) != OHM_OK || layout > OHM_LAYOUTS_MAX)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    if (layout != 0 && places->layouts[layout].place != NOT_LOADED) {
        *place = places->layouts[layout].place;
        *count = places->layouts[layout].count;
        return ohm_ok();
    }
    *in = whole;
    OHM_TRY(ohm_layout_of_row(c->reader->db, c->reader->stmts[OHM_QUERY_LAYOUT], in, &columns));
    *place = place_in(&columns, c->series);
    *count = columns.count;
    if (layout != 0) {
        places->layouts[layout].place = (int16_t)*place;
        places->layouts[layout].count = columns.count;
    }
    return ohm_ok();
}

/* The series' value in the row at hand. OHM_END: it has none; OHM_BAD_FORMAT: damaged. */
static ohm_err point_of(ohm_cursor *c, sqlite3_stmt *stmt, ohm_point *out)
{
    int64_t k = sqlite3_column_int64(stmt, 0);
    if (k % DEVICES != c->device)
        return ohm_fail(OHM_END, 0, "another device");
    ohm_span in = ohm_db_blob(stmt, 1);
    int place;
    uint16_t count;
    OHM_TRY(locate(c, &in, &place, &count));
    if (place == NOT_IN_IT)
        return ohm_fail(OHM_END, 0, "not in this row");
    out->time_ms = k / DEVICES;
    if (ohm_row_pick(in, count, (uint16_t)place, &out->quality, &out->value) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    return ohm_ok();
}

static void bind_times(sqlite3_stmt *stmt, ohm_interval range)
{
    ohm_ms from = range.from_ms < OHM_STORE_TIME_MIN ? OHM_STORE_TIME_MIN : range.from_ms;
    ohm_ms to = range.to_ms > OHM_STORE_TIME_MAX ? OHM_STORE_TIME_MAX : range.to_ms;
    (void)sqlite3_bind_int64(stmt, 1, from > to ? INT64_MAX : from * DEVICES);
    (void)sqlite3_bind_int64(stmt, 2, to < 0 ? 0 : to * DEVICES);
}

/* Goes to the next row that has a value. OHM_END after the last. */
static ohm_err next_frame(ohm_cursor *c, sqlite3_stmt *stmt, ohm_point *out)
{
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        ohm_err err = point_of(c, stmt, out);
        if (err.code == OHM_BAD_FORMAT)
            c->reader->damaged++;
        else if (err.code != OHM_END)
            return err;
    }
    OHM_TRY(ohm_reader_step_error(c->reader, result));
    return ohm_fail(OHM_END, 0, "no more readings");
}

static ohm_err advance_frame(ohm_cursor *c)
{
    ohm_err err = next_frame(c, c->reader->stmts[OHM_QUERY_FRAMES], &c->frame);
    c->frame_any = !ohm_failed(err);
    return err.code == OHM_END ? ohm_ok() : err;
}

ohm_err ohm_cursor_newest_frame(ohm_cursor *c, ohm_interval range, bool suspect_too, ohm_point *out)
{
    sqlite3_stmt *stmt = c->reader->stmts[OHM_QUERY_FRAMES_BACK];
    bind_times(stmt, range);
    ohm_point point;
    ohm_err err;
    do {
        err = next_frame(c, stmt, &point);
    } while (!ohm_failed(err) && !suspect_too && point.quality == OHM_QUALITY_SUSPECT);
    (void)sqlite3_reset(stmt);
    if (!ohm_failed(err))
        *out = point;
    return err;
}

ohm_err ohm_cursor_frames_before(ohm_cursor *c, ohm_ms to_ms, unsigned n, ohm_ms *ret_ms)
{
    sqlite3_stmt *stmt = c->reader->stmts[OHM_QUERY_FRAMES_BACK];
    bind_times(stmt, (ohm_interval){ OHM_STORE_TIME_MIN, to_ms });
    ohm_point point = { .time_ms = OHM_STORE_TIME_MIN };
    ohm_err err = ohm_ok();
    while (n > 0 && !ohm_failed(err = next_frame(c, stmt, &point)))
        n -= point.quality != OHM_QUALITY_SUSPECT;
    (void)sqlite3_reset(stmt);
    *ret_ms = n > 0 ? OHM_STORE_TIME_MIN : point.time_ms;
    return err.code == OHM_END ? ohm_ok() : err;
}

/* --- chunks ------------------------------------------------------------------------------- */

static int64_t last_key(const ohm_cursor *c)
{
    return ohm_chunk_key(c->series + 1, OHM_STORE_TIME_MIN) - 1;
}

static int64_t key_at(const ohm_cursor *c, ohm_ms time_ms)
{
    if (time_ms < OHM_STORE_TIME_MIN)
        return ohm_chunk_key(c->series, OHM_STORE_TIME_MIN) - 1;
    return time_ms < OHM_STORE_TIME_MAX ? ohm_chunk_key(c->series, time_ms) : last_key(c);
}

static ohm_err advance_chunk(ohm_cursor *c)
{
    sqlite3_stmt *stmt = c->reader->stmts[OHM_QUERY_CHUNKS];
    int result = sqlite3_step(stmt);
    c->chunk_any = result == SQLITE_ROW;
    c->decoded = false;
    c->at = 0;
    if (c->chunk_any)
        c->row = ohm_chunk_row_read(stmt);
    return ohm_reader_step_error(c->reader, result);
}

static ohm_err points_of(ohm_reader *reader)
{
    if (!reader->points)
        reader->points = malloc(sizeof *reader->points);
    return reader->points ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

/* False: it is damaged, and was counted. */
static bool decode(ohm_reader *reader, const ohm_chunk_row *row)
{
    bool good = ohm_chunk_row_decode(row, reader->points) == OHM_OK;
    if (!good)
        reader->damaged++;
    return good;
}

static ohm_err seek_chunk(ohm_cursor *c, ohm_ms from_ms, bool before)
{
    int64_t first = ohm_chunk_key(c->series, OHM_STORE_TIME_MIN), start = first;
    sqlite3_stmt *back = c->reader->stmts[OHM_QUERY_CHUNK_BACK];
    if (!back)
        return ohm_ok(); /* a file from before there were chunks */
    OHM_TRY(points_of(c->reader));
    (void)sqlite3_bind_int64(back, 1, first);
    (void)sqlite3_bind_int64(back, 2, key_at(c, from_ms));
    int result = sqlite3_step(back);
    if (result == SQLITE_ROW) {
        ohm_chunk_row row = ohm_chunk_row_read(back);
        bool reaches = before || !row.sound || row.summary.last_ms >= from_ms;
        start = reaches ? row.key : row.key + 1;
    }
    (void)sqlite3_reset(back);
    OHM_TRY(ohm_reader_step_error(c->reader, result));
    (void)sqlite3_bind_int64(c->reader->stmts[OHM_QUERY_CHUNKS], 1, start);
    (void)sqlite3_bind_int64(c->reader->stmts[OHM_QUERY_CHUNKS], 2, last_key(c));
    return advance_chunk(c);
}

ohm_err ohm_cursor_seek(ohm_cursor *c, ohm_ms from_ms, bool before, ohm_interval frames)
{
    OHM_TRY(seek_chunk(c, from_ms, before));
    bind_times(c->reader->stmts[OHM_QUERY_FRAMES], frames);
    return advance_frame(c);
}

void ohm_cursor_end(ohm_cursor *c)
{
    (void)sqlite3_reset(c->reader->stmts[OHM_QUERY_FRAMES]);
    if (c->reader->stmts[OHM_QUERY_CHUNKS])
        (void)sqlite3_reset(c->reader->stmts[OHM_QUERY_CHUNKS]);
}

/* The newest reading of a chunk before to_ms. OHM_END: none. */
static ohm_err newest_in_chunk(ohm_cursor *c, const ohm_chunk_row *row, ohm_ms to_ms,
                               ohm_point *out)
{
    const ohm_chunk_summary *s = &row->summary;
    uint32_t qualities = s->flags / OHM_CHUNK_QUALITY;
    bool one_quality = (qualities & (qualities - 1)) == 0 && s->suspect == 0;
    if (row->sound && s->last_ms < to_ms && qualities != 0 && one_quality) {
        *out = (ohm_point){ s->last_ms, s->last, (uint8_t)__builtin_ctz(qualities) };
        return ohm_ok();
    }
    const ohm_points *p = c->reader->points;
    if (!decode(c->reader, row))
        return ohm_fail(OHM_END, 0, "damaged");
    for (uint32_t i = p->count; i-- > 0;) {
        if (p->time_ms[i] >= to_ms)
            continue;
        *out = (ohm_point){ p->time_ms[i], p->value[i], p->quality[i] };
        return ohm_ok();
    }
    return ohm_fail(OHM_END, 0, "no reading before that");
}

ohm_err ohm_cursor_newest_chunked(ohm_cursor *c, ohm_ms to_ms, ohm_point *out)
{
    sqlite3_stmt *back = c->reader->stmts[OHM_QUERY_CHUNK_BACK];
    int64_t most = key_at(c, to_ms - 1);
    if (!back)
        return ohm_fail(OHM_END, 0, "no chunks");
    OHM_TRY(points_of(c->reader));
    for (;;) {
        (void)sqlite3_bind_int64(back, 1, ohm_chunk_key(c->series, OHM_STORE_TIME_MIN));
        (void)sqlite3_bind_int64(back, 2, most);
        int result = sqlite3_step(back);
        ohm_err err = ohm_fail(OHM_END, 0, "no chunk before that");
        if (result == SQLITE_ROW) {
            ohm_chunk_row row = ohm_chunk_row_read(back);
            err = newest_in_chunk(c, &row, to_ms, out);
            most = row.key - 1;
        }
        (void)sqlite3_reset(back);
        OHM_TRY(ohm_reader_step_error(c->reader, result));
        if (err.code != OHM_END || result == SQLITE_DONE)
            return err;
    }
}

ohm_err ohm_cursor_newest(ohm_cursor *c, ohm_interval range, ohm_point *out)
{
    ohm_point frame = { .time_ms = OHM_NO_MS }, chunked = { .time_ms = OHM_NO_MS };
    ohm_err err = ohm_cursor_newest_frame(c, range, true, &frame);
    if (ohm_failed(err) && err.code != OHM_END)
        return err;
    err = ohm_cursor_newest_chunked(c, range.to_ms, &chunked);
    /* What is folded is older than what is not: the newest one is known without it. */
    bool known = ohm_err_is_away(err) && frame.time_ms != OHM_NO_MS;
    if (ohm_failed(err) && err.code != OHM_END && !known)
        return err;
    const ohm_point *newest = frame.time_ms >= chunked.time_ms ? &frame : &chunked;
    if (newest->time_ms == OHM_NO_MS || newest->time_ms < range.from_ms)
        return ohm_fail(OHM_END, 0, "no reading since then");
    *out = *newest;
    return ohm_ok();
}

/* --- both --------------------------------------------------------------------------------- */

/* A frame comes before what the chunk has; at the same instant it takes its place. */
static ohm_err take_frame(ohm_cursor *c, bool same_instant, ohm_readings *out)
{
    if (same_instant)
        c->at++;
    c->one = c->frame;
    *out = (ohm_readings){
        .count = 1,
        .time_ms = &c->one.time_ms,
        .value = &c->one.value,
        .quality = &c->one.quality,
    };
    return advance_frame(c);
}

static ohm_err take_whole(ohm_cursor *c, ohm_readings *out)
{
    c->whole = c->row.summary;
    *out = (ohm_readings){ .whole = &c->whole, .count = c->whole.count };
    return advance_chunk(c);
}

/* How many readings from `from` on are before the limit: at least one. */
static uint32_t count_before(const ohm_cursor *c, uint32_t from, ohm_ms limit_ms)
{
    const ohm_points *p = c->reader->points;
    if (p->time_ms[p->count - 1] < limit_ms)
        return p->count - from;
    int64_t step_ms = c->row.sound ? c->row.summary.step_ms : 0;
    if (step_ms > 0) {
        uint64_t n =
            ((uint64_t)(limit_ms - p->time_ms[from]) + (uint64_t)step_ms - 1) / (uint64_t)step_ms;
        return n < p->count - from ? (uint32_t)n : p->count - from;
    }
    uint32_t to = from + 1;
    while (to < p->count && p->time_ms[to] < limit_ms)
        to++;
    return to - from;
}

static void take_columns(ohm_cursor *c, ohm_ms limit_ms, ohm_readings *out)
{
    const ohm_points *p = c->reader->points;
    uint32_t from = c->at;
    *out = (ohm_readings){
        .count = count_before(c, from, limit_ms),
        .time_ms = p->time_ms + from,
        .value = p->value + from,
        .quality = p->quality + from,
        .of = c->row.sound ? &c->row.summary : NULL,
    };
    c->at = from + out->count;
}

/* Makes the chunk at hand ready: decoded, or passed over if it is damaged or used up. */
static ohm_err ready_chunk(ohm_cursor *c)
{
    if (c->decoded && c->at == c->reader->points->count)
        return advance_chunk(c);
    return ohm_ok();
}

ohm_err ohm_cursor_next(ohm_cursor *c, ohm_ms limit_ms,
                        bool (*may_be_whole)(void *ctx, const ohm_chunk_summary *s), void *ctx,
                        ohm_readings *out)
{
    for (;;) {
        OHM_TRY(ready_chunk(c));
        ohm_ms frame_ms = c->frame_any ? c->frame.time_ms : INT64_MAX;
        ohm_ms chunk_ms = !c->chunk_any ? INT64_MAX
                          : c->decoded  ? c->reader->points->time_ms[c->at]
                                        : c->row.summary.first_ms;
        c->next_ms = frame_ms < chunk_ms ? frame_ms : chunk_ms;
        if (c->next_ms == INT64_MAX)
            return ohm_fail(OHM_END, 0, "no more readings");
        if (c->next_ms >= limit_ms)
            return ohm_fail(OHM_MORE, 0, "the next reading is later");
        if (frame_ms < chunk_ms || (frame_ms == chunk_ms && c->decoded))
            return take_frame(c, frame_ms == chunk_ms, out);
        ohm_ms before_ms = frame_ms < limit_ms ? frame_ms : limit_ms;
        if (c->decoded) {
            take_columns(c, before_ms, out);
            return ohm_ok();
        }
        if (may_be_whole && c->row.sound && c->row.summary.last_ms < before_ms &&
            may_be_whole(ctx, &c->row.summary))
            return take_whole(c, out);
        c->decoded = decode(c->reader, &c->row);
        if (!c->decoded)
            OHM_TRY(advance_chunk(c));
    }
}
