#include "store/blocks.h"

#include <stdlib.h>

#include "base/wide.h"

typedef enum statement {
    AT_OR_BEFORE,
    AFTER,
    INSERT,
    DELETE,
    ASIDE,
    FOUND, /* it was known to be damaged (look.h), and is put aside now */
    STATEMENTS_COUNT
} statement;

static const char *const sql[] = {
    [AT_OR_BEFORE] = "SELECT " OHM_CHUNK_COLUMNS " FROM chunk WHERE k BETWEEN ?1 AND ?2"
                     " ORDER BY k DESC LIMIT 1",
    [AFTER] = "SELECT " OHM_CHUNK_COLUMNS " FROM chunk WHERE k>?1 AND k<=?2 ORDER BY k LIMIT 1",
    [INSERT] = "INSERT INTO chunk(" OHM_CHUNK_COLUMNS ")"
               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
    [DELETE] = "DELETE FROM chunk WHERE k=?1",
    [ASIDE] = "INSERT INTO damaged(place,k,data) VALUES(?1,?2,?3)",
    [FOUND] = "DELETE FROM damaged WHERE place='found' AND k=?1",
};

struct ohm_blocks {
    sqlite3 *db;
    sqlite3_stmt *stmts[STATEMENTS_COUNT];
    ohm_energy_note *note;
    bool far; /* chunks are committed elsewhere, before the file is */
    uint64_t damaged;
    ohm_points old;
    /* Two chunks' worth: what was there and what comes. */
    struct {
        uint32_t count;
        int64_t time_ms[2 * OHM_CHUNK_POINTS_MAX];
        int64_t value[2 * OHM_CHUNK_POINTS_MAX];
        uint8_t quality[2 * OHM_CHUNK_POINTS_MAX];
    } merged;
    ohm_points piece;
    ohm_chunk_work work;
};

ohm_err ohm_blocks_new(sqlite3 *db, ohm_blocks **ret_blocks)
{
    ohm_blocks *b = malloc(sizeof *b); /* big, and written before it is read: not cleared */
    if (!b)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    b->db = db;
    b->damaged = 0;
    b->note = NULL;
    int64_t far = 0;
    memset(b->stmts, 0, sizeof b->stmts);
    ohm_err err = ohm_energy_note_new(db, &b->note);
    if (!ohm_failed(err))
        err = ohm_db_number(db, "SELECT count(*) FROM temp.sqlite_schema WHERE name='chunk'", &far);
    b->far = far > 0;
    for (int i = 0; i < STATEMENTS_COUNT && !ohm_failed(err); i++)
        err = ohm_db_prepare(db, sql[i], &b->stmts[i]);
    if (ohm_failed(err)) {
        ohm_blocks_free(b);
        return err;
    }
    *ret_blocks = b;
    return ohm_ok();
}

void ohm_blocks_free(ohm_blocks *b)
{
    if (!b)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(b->stmts[i]);
    ohm_energy_note_free(b->note);
    free(b);
}

ohm_energy_note *ohm_blocks_note(ohm_blocks *b)
{
    return b->note;
}

uint64_t ohm_blocks_damaged_of(const ohm_blocks *b)
{
    return b->damaged;
}

ohm_err ohm_blocks_put_aside(ohm_blocks *b, const char *place, int64_t key, ohm_span data)
{
    sqlite3_stmt *stmt = b->stmts[ASIDE];
    int bound = sqlite3_bind_text(stmt, 1, place, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 2, key);
    bound |= sqlite3_bind_blob64(stmt, 3, data.len ? (const void *)data.ptr : "", data.len,
                                 SQLITE_STATIC);
    assert(bound == SQLITE_OK);
    b->damaged++;
    OHM_TRY(ohm_db_run(b->db, stmt));
    (void)sqlite3_bind_int64(b->stmts[FOUND], 1, key);
    return ohm_db_run(b->db, b->stmts[FOUND]);
}

static ohm_err delete_row(ohm_blocks *b, int64_t key)
{
    (void)sqlite3_bind_int64(b->stmts[DELETE], 1, key);
    return ohm_db_run(b->db, b->stmts[DELETE]);
}

/* --- finding ------------------------------------------------------------------------------ */

static int64_t first_key(uint32_t series)
{
    return ohm_chunk_key(series, OHM_STORE_TIME_MIN);
}

static int64_t last_key(uint32_t series)
{
    return ohm_chunk_key(series + 1, OHM_STORE_TIME_MIN) - 1;
}

/* The first row of a statement between two keys, or OHM_END. On OHM_OK the statement stays at
 * its row, for whoever wants the data; he resets it. */
static ohm_err find(ohm_blocks *b, statement which, int64_t from, int64_t to, ohm_chunk_row *out)
{
    sqlite3_stmt *stmt = b->stmts[which];
    (void)sqlite3_bind_int64(stmt, 1, from);
    (void)sqlite3_bind_int64(stmt, 2, to);
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW) {
        *out = ohm_chunk_row_read(stmt);
        return ohm_ok();
    }
    (void)sqlite3_reset(stmt);
    return result == SQLITE_DONE ? ohm_fail(OHM_END, 0, "no more chunks")
                                 : ohm_db_error(b->db, result);
}

static ohm_err find_at_or_before(ohm_blocks *b, uint32_t series, ohm_ms time_ms, ohm_chunk_row *out)
{
    return find(b, AT_OR_BEFORE, first_key(series), ohm_chunk_key(series, time_ms), out);
}

/* Decodes the row that a statement stands at, and resets it. OHM_GAP: it is damaged, and was
 * put aside and removed. */
static ohm_err decode(ohm_blocks *b, statement which, const ohm_chunk_row *row, ohm_points *out)
{
    ohm_err err = ohm_ok();
    if (ohm_chunk_row_decode(row, out) != OHM_OK) {
        err = ohm_blocks_put_aside(b, "chunk", row->key, row->data);
        (void)sqlite3_reset(b->stmts[which]);
        OHM_TRY(err);
        OHM_TRY(delete_row(b, row->key));
        return ohm_fail(OHM_GAP, 0, "a chunk of readings is damaged");
    }
    (void)sqlite3_reset(b->stmts[which]);
    return err;
}

/* --- writing ------------------------------------------------------------------------------ */

static void copy_piece(ohm_blocks *b, uint32_t from, uint32_t count)
{
    b->piece.count = count;
    memcpy(b->piece.time_ms, b->merged.time_ms + from, count * sizeof *b->piece.time_ms);
    memcpy(b->piece.value, b->merged.value + from, count * sizeof *b->piece.value);
    memcpy(b->piece.quality, b->merged.quality + from, count);
}

/* One chunk of the merged readings from `from` on, as many as fit its size; *ret_count. */
static ohm_err write_piece(ohm_blocks *b, uint32_t series, uint32_t from, uint32_t *ret_count,
                           int64_t thin_ms)
{
    uint32_t left = b->merged.count - from;
    uint32_t count = left < OHM_CHUNK_POINTS_MAX ? left : OHM_CHUNK_POINTS_MAX;
    copy_piece(b, from, count);
    size_t len = ohm_chunk_encode(series, &b->piece, 0, count, &b->work);
    while (len > OHM_CHUNK_BYTES && count > 1) {
        count = (uint32_t)((uint64_t)count * (OHM_CHUNK_BYTES - 50) / len);
        count = count > 0 ? count : 1;
        len = ohm_chunk_encode(series, &b->piece, 0, count, &b->work);
    }
    ohm_chunk_row row = {
        .key = ohm_chunk_key(series, b->piece.time_ms[0]),
        .summary = ohm_chunk_summarise(&b->piece, 0, count),
        .thin_ms = thin_ms,
        .data = ohm_span_of(b->work.bytes, len),
    };
    ohm_chunk_row_bind(b->stmts[INSERT], &row);
    *ret_count = count;
    return ohm_db_run(b->db, b->stmts[INSERT]);
}

static ohm_err write_merged(ohm_blocks *b, uint32_t series, int64_t thin_ms)
{
    uint32_t count;
    for (uint32_t at = 0; at < b->merged.count; at += count)
        OHM_TRY(write_piece(b, series, at, &count, thin_ms));
    return ohm_ok();
}

/* --- merging ------------------------------------------------------------------------------ */

static void append(ohm_blocks *b, ohm_ms time_ms, int64_t value, uint8_t quality)
{
    uint32_t n = b->merged.count++;
    b->merged.time_ms[n] = time_ms;
    b->merged.value[n] = value;
    b->merged.quality[n] = quality;
}

static void append_old(ohm_blocks *b, uint32_t i)
{
    append(b, b->old.time_ms[i], b->old.value[i], b->old.quality[i]);
}

/* b->old and the new ones into b->merged. True if that differs from what was there. */
static bool merge(ohm_blocks *b, const ohm_point *points, size_t n, bool keep,
                  ohm_history_counts *counts)
{
    uint32_t i = 0;
    bool changed = false;
    b->merged.count = 0;
    ohm_ms last_ms = b->old.count ? b->old.time_ms[b->old.count - 1] : OHM_NO_MS;
    for (size_t j = 0; j < n; j++) {
        const ohm_point *p = &points[j];
        while (i < b->old.count && b->old.time_ms[i] < p->time_ms)
            append_old(b, i++);
        if (i == b->old.count || b->old.time_ms[i] > p->time_ms) {
            append(b, p->time_ms, p->value, p->quality);
            counts->added++;
            counts->overlaps += p->time_ms < last_ms;
            changed = true;
            continue;
        }
        bool same = b->old.value[i] == p->value && b->old.quality[i] == p->quality;
        counts->same += same;
        counts->conflicts += !same;
        if (same || keep)
            append_old(b, i);
        else
            append(b, p->time_ms, p->value, p->quality);
        changed = changed || (!same && !keep);
        i++;
    }
    while (i < b->old.count)
        append_old(b, i++);
    return changed;
}

/* Is the chunk before to be opened again for `n` readings from time_ms on? */
static bool takes_more(const ohm_chunk_row *row, ohm_ms time_ms, size_t n)
{
    if (!row->sound || time_ms <= row->summary.last_ms)
        return true;
    return row->thin_ms == 0 && row->data.len < OHM_CHUNK_BYTES - OHM_CHUNK_BYTES / 16 &&
           n <= OHM_CHUNK_POINTS_MAX - row->summary.count;
}

/* The readings of points[0..n) that lie before the next chunk, at most a chunk's worth. */
static ohm_err count_before_next(ohm_blocks *b, uint32_t series, const ohm_point *points, size_t n,
                                 size_t *ret_n)
{
    ohm_chunk_row next;
    ohm_ms end_ms = OHM_STORE_TIME_MAX;
    ohm_err err = find(b, AFTER, ohm_chunk_key(series, points[0].time_ms), last_key(series), &next);
    if (!ohm_failed(err)) {
        end_ms = ohm_chunk_first_ms(next.key);
        (void)sqlite3_reset(b->stmts[AFTER]);
    } else if (err.code != OHM_END) {
        return err;
    }
    size_t most = n < OHM_CHUNK_POINTS_MAX ? n : OHM_CHUNK_POINTS_MAX, i = 1;
    while (i < most && points[i].time_ms < end_ms)
        i++;
    *ret_n = i;
    return ohm_ok();
}

/* Merges the first of points[0..n), and says how many those were. */
static ohm_err merge_some(ohm_blocks *b, uint32_t series, const ohm_point *points, size_t n,
                          bool keep, ohm_history_counts *counts, size_t *ret_n)
{
    ohm_chunk_row row;
    OHM_TRY(count_before_next(b, series, points, n, ret_n));
    b->old.count = 0;
    ohm_err err = find_at_or_before(b, series, points[0].time_ms, &row);
    if (ohm_failed(err) && err.code != OHM_END)
        return err;
    bool open = !ohm_failed(err) && takes_more(&row, points[0].time_ms, *ret_n);
    if (open) {
        err = decode(b, AT_OR_BEFORE, &row, &b->old);
        open = !ohm_failed(err);
        if (!open && err.code != OHM_GAP)
            return err;
    } else if (!ohm_failed(err)) {
        (void)sqlite3_reset(b->stmts[AT_OR_BEFORE]);
    }
    bool changed = merge(b, points, *ret_n, keep, counts);
    /* What was cut between the two commits is the same over there already when it comes again: the
     * ledger has not heard of it. */
    ohm_interval range = { points[0].time_ms, points[*ret_n - 1].time_ms + 1 };
    if (changed || b->far)
        OHM_TRY(ohm_energy_touch(b->note, series, range));
    if (!changed)
        return ohm_ok();
    if (open)
        OHM_TRY(delete_row(b, row.key));
    return write_merged(b, series, open ? row.thin_ms : 0);
}

ohm_err ohm_blocks_merge(ohm_blocks *b, uint32_t series, const ohm_point *points, size_t n,
                         bool keep, ohm_history_counts *counts)
{
    if (series == 0 || series > OHM_CHUNK_SERIES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many series for one file");
    for (size_t done; n > 0; points += done, n -= done)
        OHM_TRY(merge_some(b, series, points, n, keep, counts, &done));
    return ohm_ok();
}

/* --- loading and erasing ------------------------------------------------------------------ */

ohm_err ohm_blocks_load(ohm_blocks *b, uint32_t series, ohm_ms from_ms, ohm_points *out,
                        ohm_chunk_row *ret_row)
{
    statement which = AT_OR_BEFORE;
    for (;; which = AFTER) {
        ohm_err err = which == AFTER ? find(b, AFTER, ohm_chunk_key(series, from_ms),
                                            last_key(series), ret_row)
                                     : find_at_or_before(b, series, from_ms, ret_row);
        if (err.code == OHM_END && which == AT_OR_BEFORE)
            continue;
        OHM_TRY(err);
        if (ret_row->sound && ret_row->summary.last_ms < from_ms) {
            (void)sqlite3_reset(b->stmts[which]);
            continue;
        }
        err = decode(b, which, ret_row, out);
        if (ohm_failed(err) && err.code != OHM_GAP)
            return err;
        ret_row->data = ohm_span_of(NULL, 0); /* the statement's, and reset with it */
        if (!ohm_failed(err) && out->time_ms[out->count - 1] >= from_ms)
            return err;
    }
}

/* Those of b->old outside of the range into b->merged; how many are inside. */
static uint32_t keep_outside(ohm_blocks *b, ohm_interval range)
{
    b->merged.count = 0;
    for (uint32_t i = 0; i < b->old.count; i++)
        if (b->old.time_ms[i] < range.from_ms || b->old.time_ms[i] >= range.to_ms)
            append_old(b, i);
    return b->old.count - b->merged.count;
}

ohm_err ohm_blocks_erase(ohm_blocks *b, uint32_t series, ohm_interval range, uint32_t chunks_max,
                         uint64_t *erased, bool *ret_more)
{
    *ret_more = false;
    ohm_ms from_ms = range.from_ms > OHM_STORE_TIME_MIN ? range.from_ms : OHM_STORE_TIME_MIN;
    for (uint32_t i = 0; from_ms < range.to_ms && from_ms < OHM_STORE_TIME_MAX; i++) {
        ohm_chunk_row row;
        ohm_err err = ohm_blocks_load(b, series, from_ms, &b->old, &row);
        if (err.code == OHM_END)
            return ohm_ok();
        OHM_TRY(err);
        if (b->old.time_ms[0] >= range.to_ms)
            return ohm_ok();
        *ret_more = i == chunks_max;
        if (*ret_more)
            return ohm_ok();
        uint32_t gone = keep_outside(b, range);
        *erased += gone;
        from_ms = b->old.time_ms[b->old.count - 1] + 1;
        if (gone == 0)
            continue;
        OHM_TRY(delete_row(b, row.key));
        OHM_TRY(write_merged(b, series, row.thin_ms));
    }
    return ohm_ok();
}

/* --- thinning out ------------------------------------------------------------------------- */

typedef struct bucket {
    uint32_t count;
    ohm_ms first_ms;
    ohm_wide sum;
    uint8_t quality;
} bucket;

static void finish_bucket(ohm_blocks *b, const bucket *one)
{
    if (one->count > 0)
        append(b, one->first_ms, ohm_wide_mean(one->sum, one->count), one->quality);
}

/* b->old into b->merged: the mean of each bucket. */
static void thin_gauge(ohm_blocks *b, int64_t every_ms)
{
    bucket one = { .count = 0 };
    for (uint32_t i = 0; i < b->old.count; i++) {
        ohm_ms at = b->old.time_ms[i];
        if (b->old.quality[i] == OHM_QUALITY_SUSPECT)
            continue;
        if (one.count > 0 && at / every_ms != one.first_ms / every_ms) {
            finish_bucket(b, &one);
            one.count = 0;
        }
        if (one.count == 0)
            one = (bucket){ .first_ms = at };
        one.count++;
        one.sum = ohm_wide_add(one.sum, ohm_wide_of(b->old.value[i]));
        if (b->old.quality[i] > one.quality)
            one.quality = b->old.quality[i];
    }
    finish_bucket(b, &one);
}

/* The first of each bucket. Of a register also the two on the sides of a fall, where another
 * meter began, and the last: what was counted up to the next chunk stays what it was. */
static void thin_steps(ohm_blocks *b, int64_t every_ms, bool is_register)
{
    const ohm_points *old = &b->old;
    uint32_t last = UINT32_MAX, kept = UINT32_MAX;
    for (uint32_t i = 0; i < old->count; i++) {
        if (old->quality[i] == OHM_QUALITY_SUSPECT)
            continue;
        bool any = last != UINT32_MAX;
        bool first = !any || old->time_ms[i] / every_ms != old->time_ms[last] / every_ms;
        bool fell = is_register && any && old->value[i] < old->value[last];
        if (fell && kept != last)
            append_old(b, last);
        if (first || fell) {
            append_old(b, i);
            kept = i;
        }
        last = i;
    }
    if (is_register && last != kept)
        append_old(b, last);
}

ohm_err ohm_blocks_thin(ohm_blocks *b, uint32_t series, ohm_ms first_ms, int64_t every_ms,
                        ohm_kind kind)
{
    ohm_chunk_row row;
    ohm_err err = ohm_blocks_load(b, series, first_ms, &b->old, &row);
    if (err.code == OHM_END || (!ohm_failed(err) && b->old.time_ms[0] != first_ms))
        return ohm_ok(); /* it was damaged, and is put aside */
    OHM_TRY(err);
    b->merged.count = 0;
    if (kind == OHM_GAUGE)
        thin_gauge(b, every_ms);
    else
        thin_steps(b, every_ms, kind == OHM_COUNTER);
    OHM_TRY(delete_row(b, row.key));
    return write_merged(b, series, every_ms);
}
