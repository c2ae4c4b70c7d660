#include "store/history.h"

#include <stdlib.h>

#include "store/blocks.h"
#include "store/changes.h"
#include "store/fold.h"
#include "store/names.h"
#include "store/postgres.h"
#include "store/store.h"

enum {
    ERASE_CHUNKS = 64, /* of a transaction */
    MOVE_POINTS = OHM_CHUNK_POINTS_MAX,
};

typedef enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    STATE_SET,
    STATE_GET,
    SERIES_DELETE,
    SERIES_MOVE,
    ASIDE_DELETE,
    STATEMENTS_COUNT
} statement;

static const char *const sql[] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [STATE_SET] = ("INSERT INTO state(key,value) VALUES(?1,?2)"
                   " ON CONFLICT(key) DO UPDATE SET value=excluded.value"),
    [STATE_GET] = "SELECT value FROM state WHERE key=?1",
    [SERIES_DELETE] = "DELETE FROM series WHERE id=?1",
    [SERIES_MOVE] = "UPDATE series SET device=?2 WHERE id=?1",
    [ASIDE_DELETE] = ("DELETE FROM damaged WHERE place IN ('chunk','found')"
                      " AND k BETWEEN ?1 AND ?2"),
};

struct ohm_history {
    sqlite3 *db;
    ohm_postgres *pg; /* NULL: the history is in the file */
    ohm_conflict conflict;
    bool dry_run;
    sqlite3_stmt *stmts[STATEMENTS_COUNT];
    ohm_blocks *blocks;
    ohm_fold *fold;
    ohm_names *names;
    ohm_points loaded;
};

static ohm_err set_up(ohm_history *h, const char *path)
{
    OHM_TRY(ohm_db_open_writer(path, &h->db));
    OHM_TRY(ohm_postgres_attach(h->db, true, &h->pg));
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        OHM_TRY(ohm_db_prepare(h->db, sql[i], &h->stmts[i]));
    OHM_TRY(ohm_names_new(h->db, &h->names));
    OHM_TRY(ohm_blocks_new(h->db, &h->blocks));
    return ohm_fold_new(h->db, h->blocks, &h->fold);
}

ohm_err ohm_history_open(const ohm_history_options *options, ohm_history **ret_history)
{
    ohm_history *h = calloc(1, sizeof *h);
    if (!h)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    h->conflict = options->conflict;
    h->dry_run = options->dry_run;
    ohm_err err = set_up(h, options->path);
    if (ohm_failed(err)) {
        ohm_history_close(h);
        return err;
    }
    *ret_history = h;
    return ohm_ok();
}

void ohm_history_close(ohm_history *h)
{
    if (!h)
        return;
    ohm_fold_free(h->fold);
    ohm_blocks_free(h->blocks);
    ohm_names_free(h->names);
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(h->stmts[i]);
    (void)sqlite3_close(h->db);
    free(h);
}

static ohm_err run(ohm_history *h, statement which)
{
    return ohm_db_run(h->db, h->stmts[which]);
}

/* Ends what began with BEGIN: the one way or the other. */
static ohm_err finish(ohm_history *h, ohm_err err)
{
    if (!ohm_failed(err) && !h->dry_run)
        err = run(h, COMMIT);
    if (!sqlite3_get_autocommit(h->db)) {
        ohm_err back = run(h, ROLLBACK);
        if (!ohm_failed(err))
            err = back;
    }
    return err;
}

static ohm_err fold_all(ohm_history *h, uint32_t device, ohm_interval range)
{
    bool more = true;
    while (more)
        OHM_TRY(ohm_fold_bite(h->fold, range, device, &more));
    return ohm_ok();
}

/* --- adding ------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const ohm_point *x = a, *y = b;
    return x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;
}

static bool is_sorted(const ohm_point *points, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (points[i].time_ms < points[i - 1].time_ms)
            return false;
    return true;
}

/* Qsort is not stable: equal times are put in order of their places by merging by hand. */
static void sort(ohm_point *points, ohm_point *spare, size_t n)
{
    for (size_t width = 1; width < n && !is_sorted(points, n); width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t middle = from + width < n ? from + width : n;
            size_t end = middle + width < n ? middle + width : n;
            for (size_t i = from, j = middle, k = from; k < end; k++) {
                bool left = i < middle && (j == end || by_time(&points[i], &points[j]) <= 0);
                spare[k] = left ? points[i++] : points[j++];
            }
        }
        memcpy(points, spare, n * sizeof *points);
    }
}

static bool is_point(const ohm_point *p)
{
    return p->time_ms >= OHM_STORE_TIME_MIN && p->time_ms < OHM_STORE_TIME_MAX &&
           p->quality <= OHM_QUALITY_ESTIMATED;
}

/* The good ones, sorted, each instant once, in `out`; how many. Of two values for one instant the
 * first stays, or the last, as it would if the other had been there before. */
static size_t clean(const ohm_history *h, const ohm_history_run *run, ohm_point *out,
                    ohm_point *spare, ohm_history_counts *counts)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < run->count; i++)
        if (is_point(&run->points[i]))
            out[n++] = run->points[i];
    counts->refused += run->count - n;
    sort(out, spare, n);
    for (size_t i = 0; i < n; i++) {
        bool again = kept > 0 && out[kept - 1].time_ms == out[i].time_ms;
        if (again) {
            const ohm_point *before = &out[kept - 1];
            bool same = before->value == out[i].value && before->quality == out[i].quality;
            counts->same += same;
            counts->conflicts += !same;
            if (same || h->conflict == OHM_CONFLICT_KEEP)
                continue;
            kept--;
        }
        out[kept++] = out[i];
    }
    return kept;
}

static ohm_err put_state(ohm_history *h, const char *key, ohm_span value)
{
    int bound = sqlite3_bind_text(h->stmts[STATE_SET], 1, key, -1, SQLITE_STATIC);
    bound |= sqlite3_bind_blob64(h->stmts[STATE_SET], 2, value.ptr, value.len, SQLITE_STATIC);
    assert(bound == SQLITE_OK);
    return run(h, STATE_SET);
}

/* For those that hold copies: this past is no longer what it was. */
static ohm_err note_change(ohm_history *h, ohm_span device_key, ohm_interval range)
{
    sqlite3_stmt *get = h->stmts[STATE_GET];
    int bound = sqlite3_bind_text(get, 1, OHM_CHANGES_KEY, -1, SQLITE_STATIC);
    assert(bound == SQLITE_OK);
    (void)bound;
    int result = sqlite3_step(get);
    ohm_span had = result == SQLITE_ROW ? ohm_db_blob(get, 0) : (ohm_span){ 0 };
    char *text = malloc(had.len + OHM_CHANGE_LINE_MAX);
    size_t len = text ? ohm_changes_add(had, device_key, range, text) : 0;
    (void)sqlite3_reset(get);
    if (!text)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = result == SQLITE_ROW || result == SQLITE_DONE
                      ? put_state(h, OHM_CHANGES_KEY, ohm_span_of(text, len))
                      : ohm_db_error(h->db, result);
    free(text);
    return err;
}

static ohm_err note_series(ohm_history *h, const char *series_key, ohm_interval range)
{
    ohm_span device_key;
    ohm_quantity_id quantity;
    OHM_TRY(ohm_names_split(series_key, &device_key, &quantity));
    return note_change(h, device_key, range);
}

static ohm_err add_run(ohm_history *h, const ohm_history_run *run, ohm_point *clean_points,
                       ohm_point *spare, ohm_history_counts *counts)
{
    ohm_span device_key;
    ohm_quantity_id quantity;
    uint32_t device, series;
    OHM_TRY(ohm_names_split(run->series_key, &device_key, &quantity));
    size_t n = clean(h, run, clean_points, spare, counts);
    if (n == 0)
        return ohm_ok();
    OHM_TRY(ohm_names_device(h->names, device_key, true, &device));
    OHM_TRY(ohm_names_series(h->names, device, quantity, true, &series));
    ohm_interval range = { clean_points[0].time_ms, clean_points[n - 1].time_ms + 1 };
    OHM_TRY(fold_all(h, device, range));
    OHM_TRY(ohm_blocks_merge(h->blocks, series, clean_points, n, h->conflict == OHM_CONFLICT_KEEP,
                             counts));
    return note_change(h, device_key, range);
}

static ohm_err set_mark(ohm_history *h, const char *key, const char *mark)
{
    return put_state(h, key, ohm_span_of(*mark ? mark : "", strlen(mark)));
}

static ohm_err name_run(ohm_history *h, const ohm_history_run *run)
{
    ohm_span device_key;
    ohm_quantity_id quantity;
    uint32_t device, series;
    OHM_TRY(ohm_names_split(run->series_key, &device_key, &quantity));
    OHM_TRY(ohm_names_device(h->names, device_key, true, &device));
    return ohm_names_series(h->names, device, quantity, true, &series);
}

static ohm_err name_all(ohm_history *h, const ohm_history_run *runs, size_t count)
{
    ohm_err err = ohm_ok();
    for (size_t i = 0; i < count && !ohm_failed(err); i++) {
        err = name_run(h, &runs[i]);
        err.at = (uint32_t)i;
    }
    return err;
}

/* Elsewhere is committed before the file is: a series has its number in the file before anything of
 * it is there, or what is cut in between would be the readings of the next new series. */
static ohm_err name_first(ohm_history *h, const ohm_history_run *runs, size_t count)
{
    if (!h->pg || h->dry_run)
        return ohm_ok();
    OHM_TRY(run(h, BEGIN));
    return finish(h, name_all(h, runs, count));
}

static ohm_err add_all(ohm_history *h, const ohm_history_run *runs, size_t count, size_t points_max,
                       ohm_history_counts *counts)
{
    ohm_point *points = malloc(2 * (points_max + 1) * sizeof *points);
    if (!points)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_ok();
    for (size_t i = 0; i < count && !ohm_failed(err); i++) {
        err = add_run(h, &runs[i], points, points + points_max + 1, counts);
        err.at = (uint32_t)i;
    }
    free(points);
    return err;
}

ohm_err ohm_history_add(ohm_history *h, const ohm_history_run *runs, size_t count,
                        const char *mark_key, const char *mark, ohm_history_counts *counts)
{
    size_t points = 0, most = 0;
    ohm_history_counts sum = *counts;
    if (count > OHM_HISTORY_RUNS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many series at once");
    for (size_t i = 0; i < count; i++) {
        if (runs[i].count > OHM_HISTORY_POINTS_MAX - points)
            return ohm_fail(OHM_TOO_BIG, (uint32_t)i, "too many readings at once");
        points += runs[i].count;
        most = runs[i].count > most ? runs[i].count : most;
    }
    OHM_TRY(name_first(h, runs, count));
    OHM_TRY(run(h, BEGIN));
    ohm_err err = add_all(h, runs, count, most, &sum);
    if (!ohm_failed(err) && mark_key)
        err = set_mark(h, mark_key, mark);
    err = finish(h, err);
    if (!ohm_failed(err))
        *counts = sum;
    return err;
}

/* --- erasing ------------------------------------------------------------------------------ */

static ohm_err find(ohm_history *h, const char *key, uint32_t *ret_device, uint32_t *ret_series)
{
    ohm_span device_key;
    ohm_quantity_id quantity;
    OHM_TRY(ohm_names_split(key, &device_key, &quantity));
    OHM_TRY(ohm_names_device(h->names, device_key, false, ret_device));
    return ohm_names_series(h->names, *ret_device, quantity, false, ret_series);
}

static ohm_err erase_some(ohm_history *h, const char *key, ohm_interval range, uint64_t *erased,
                          bool *ret_more)
{
    uint32_t device, series;
    ohm_energy_note *note = ohm_blocks_note(h->blocks);
    OHM_TRY(find(h, key, &device, &series));
    OHM_TRY(fold_all(h, device, range));
    OHM_TRY(note_series(h, key, range));
    OHM_TRY(ohm_energy_touch(note, series, range));
    OHM_TRY(ohm_energy_forget(note, series, range));
    return ohm_blocks_erase(h->blocks, series, range, ERASE_CHUNKS, erased, ret_more);
}

ohm_err ohm_history_erase(ohm_history *h, const char *key, ohm_interval range, uint64_t *ret_erased)
{
    uint64_t erased = 0;
    for (bool more = true; more;) {
        OHM_TRY(run(h, BEGIN));
        OHM_TRY(finish(h, erase_some(h, key, range, &erased, &more)));
        more = more && !h->dry_run;
    }
    *ret_erased = erased;
    return ohm_ok();
}

static ohm_err forget_series(ohm_history *h, uint32_t series)
{
    (void)sqlite3_bind_int64(h->stmts[ASIDE_DELETE], 1, ohm_chunk_key(series, OHM_STORE_TIME_MIN));
    (void)sqlite3_bind_int64(h->stmts[ASIDE_DELETE], 2,
                             ohm_chunk_key(series + 1, OHM_STORE_TIME_MIN) - 1);
    OHM_TRY(run(h, ASIDE_DELETE));
    OHM_TRY(ohm_energy_drop(ohm_blocks_note(h->blocks), series));
    (void)sqlite3_bind_int64(h->stmts[SERIES_DELETE], 1, series);
    OHM_TRY(run(h, SERIES_DELETE));
    return h->pg ? ohm_postgres_name(h->pg, series) : ohm_ok();
}

/* The rest of a series, and its name, in one transaction: what came in between goes too. */
static ohm_err delete_rest(ohm_history *h, const char *key, uint64_t *erased)
{
    uint32_t device, series;
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    OHM_TRY(find(h, key, &device, &series));
    OHM_TRY(fold_all(h, device, all));
    for (bool more = true; more;)
        OHM_TRY(ohm_blocks_erase(h->blocks, series, all, ERASE_CHUNKS, erased, &more));
    return forget_series(h, series);
}

ohm_err ohm_history_delete(ohm_history *h, const char *key, uint64_t *ret_erased)
{
    uint64_t erased = 0;
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    OHM_TRY(ohm_history_erase(h, key, all, &erased));
    OHM_TRY(run(h, BEGIN));
    OHM_TRY(finish(h, delete_rest(h, key, &erased)));
    *ret_erased = erased;
    return ohm_ok();
}

/* --- renaming and merging ----------------------------------------------------------------- */

static ohm_err check_pair(const char *from, const char *to)
{
    ohm_span device;
    ohm_quantity_id a, b;
    OHM_TRY(ohm_names_split(from, &device, &a));
    OHM_TRY(ohm_names_split(to, &device, &b));
    return a == b ? ohm_ok() : ohm_fail(OHM_CONFLICT, 0, "the two are different quantities");
}

static ohm_err rename_series(ohm_history *h, const char *from, const char *to)
{
    uint32_t device, series, to_device, to_series;
    ohm_span device_key;
    ohm_quantity_id quantity;
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    OHM_TRY(find(h, from, &device, &series));
    OHM_TRY(ohm_names_split(to, &device_key, &quantity));
    OHM_TRY(ohm_names_device(h->names, device_key, true, &to_device));
    ohm_err err = ohm_names_series(h->names, to_device, quantity, false, &to_series);
    if (!ohm_failed(err))
        return ohm_fail(OHM_CONFLICT, 0, "there is a series of that name");
    if (err.code != OHM_UNKNOWN)
        return err;
    OHM_TRY(note_change(h, device_key, all));
    OHM_TRY(note_series(h, from, all));
    OHM_TRY(fold_all(h, device, all)); /* frames know their device: none may stay behind */
    (void)sqlite3_bind_int64(h->stmts[SERIES_MOVE], 1, series);
    (void)sqlite3_bind_int64(h->stmts[SERIES_MOVE], 2, to_device);
    OHM_TRY(run(h, SERIES_MOVE));
    return h->pg ? ohm_postgres_name(h->pg, series) : ohm_ok();
}

ohm_err ohm_history_rename(ohm_history *h, const char *from, const char *to)
{
    OHM_TRY(check_pair(from, to));
    OHM_TRY(run(h, BEGIN));
    return finish(h, rename_series(h, from, to));
}

/* All chunks of one series into the other. */
static ohm_err move_points(ohm_history *h, uint32_t from, uint32_t to, ohm_point *points,
                           ohm_history_counts *counts)
{
    ohm_chunk_row row;
    for (ohm_ms at = OHM_STORE_TIME_MIN;;) {
        ohm_err err = ohm_blocks_load(h->blocks, from, at, &h->loaded, &row);
        if (err.code == OHM_END)
            return ohm_ok();
        OHM_TRY(err);
        const ohm_points *p = &h->loaded;
        for (uint32_t i = 0; i < p->count; i++)
            points[i] = (ohm_point){ p->time_ms[i], p->value[i], p->quality[i] };
        at = p->time_ms[p->count - 1] + 1;
        OHM_TRY(ohm_blocks_merge(h->blocks, to, points, p->count, h->conflict == OHM_CONFLICT_KEEP,
                                 counts));
    }
}

static ohm_err merge_series(ohm_history *h, const char *from, const char *to,
                            ohm_history_counts *counts)
{
    uint32_t device, series, to_device, to_series;
    uint64_t erased = 0;
    ohm_interval all = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    OHM_TRY(find(h, from, &device, &series));
    OHM_TRY(find(h, to, &to_device, &to_series));
    if (series == to_series)
        return ohm_fail(OHM_CONFLICT, 0, "the two are the same series");
    OHM_TRY(note_series(h, from, all));
    OHM_TRY(note_series(h, to, all));
    OHM_TRY(fold_all(h, device, all));
    OHM_TRY(fold_all(h, to_device, all));
    ohm_point *points = malloc(MOVE_POINTS * sizeof *points);
    if (!points)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = move_points(h, series, to_series, points, counts);
    free(points);
    OHM_TRY(err);
    for (bool more = true; more;)
        OHM_TRY(ohm_blocks_erase(h->blocks, series, all, ERASE_CHUNKS, &erased, &more));
    return forget_series(h, series);
}

ohm_err ohm_history_merge(ohm_history *h, const char *from, const char *to,
                          ohm_history_counts *counts)
{
    ohm_history_counts sum = *counts;
    OHM_TRY(check_pair(from, to));
    OHM_TRY(run(h, BEGIN));
    OHM_TRY(finish(h, merge_series(h, from, to, &sum)));
    *counts = sum;
    return ohm_ok();
}

ohm_err ohm_history_fold(ohm_history *h, ohm_ms before_ms)
{
    ohm_interval range = { OHM_STORE_TIME_MIN, before_ms };
    for (bool more = true; more;) {
        OHM_TRY(run(h, BEGIN));
        OHM_TRY(finish(h, ohm_fold_bite(h->fold, range, 0, &more)));
        more = more && !h->dry_run;
    }
    return ohm_ok();
}

/* --- the ledger of energy ------------------------------------------------------------------ */

static ohm_err energy_anew(ohm_history *h)
{
    return ohm_db_exec(h->db, "INSERT INTO energy_changed(series,from_ms,to_ms,readings,at_ms)"
                              " SELECT series,0,utc_ms,0,0 FROM energy_through");
}

ohm_err ohm_history_energy(ohm_history *h, const ohm_energy_plan *plan, bool anew)
{
    ohm_energy_place place = { 0 };
    if (anew) {
        OHM_TRY(run(h, BEGIN));
        OHM_TRY(finish(h, energy_anew(h)));
    }
    for (bool more = true; more;) {
        OHM_TRY(run(h, BEGIN));
        OHM_TRY(finish(h, ohm_energy_bite(h->db, plan, &place, 0, &more)));
        more = more && !h->dry_run;
    }
    return ohm_ok();
}

/* --- forgetting --------------------------------------------------------------------------- */

/* By their order, not by their times: a clock may have been wrong in between. */
static ohm_err forget_events(ohm_history *h, ohm_ms to_ms)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(h->db,
                           "DELETE FROM event WHERE seq<="
                           "(SELECT coalesce(max(seq),-1) FROM event WHERE utc_ms<?1)",
                           &stmt));
    (void)sqlite3_bind_int64(stmt, 1, to_ms);
    ohm_err err = ohm_db_run(h->db, stmt);
    (void)sqlite3_finalize(stmt);
    return err;
}

ohm_err ohm_history_forget_events(ohm_history *h, ohm_ms to_ms, uint64_t *ret_rows)
{
    OHM_TRY(run(h, BEGIN));
    ohm_err err = forget_events(h, to_ms);
    uint64_t rows = (uint64_t)sqlite3_changes(h->db);
    OHM_TRY(finish(h, err));
    *ret_rows = rows;
    return ohm_ok();
}

ohm_err ohm_history_scrub(ohm_history *h)
{
    if (h->dry_run)
        return ohm_ok();
    if (h->pg)
        OHM_TRY(ohm_postgres_vacuum(h->pg));
    OHM_TRY(ohm_db_exec(h->db, "VACUUM"));
    return ohm_db_exec(h->db, "PRAGMA wal_checkpoint(TRUNCATE)");
}
