#include "store/fold.h"

#include <stdlib.h>

enum {
    DEVICES = OHM_STORE_DEVICES_MAX + 1,
    VALUES_MAX = 32 << 10, /* of a bite */
    FRAMES_MAX = 8 << 10,
    LAYOUTS_KEPT = 16,
    DIGIT_BITS = 11, /* of the sort by series: two digits hold one */
    DIGITS = 1 << DIGIT_BITS,
};

_Static_assert(OHM_CHUNK_SERIES_MAX < 1 << 2 * DIGIT_BITS, "two digits");

/* Values in order of time, then of series. */
typedef struct entry {
    uint32_t series;
    uint8_t quality;
    ohm_ms time_ms;
    int64_t value;
} entry;

typedef struct bite {
    uint32_t values, frames;
    int64_t key[FRAMES_MAX];
    uint16_t size[FRAMES_MAX]; /* values of each frame */
    entry entries[VALUES_MAX];
    union {
        entry sorted[VALUES_MAX];
        ohm_point points[VALUES_MAX]; /* of one series, once the sort is done */
    } u;
} bite;

typedef enum statement { FRAMES, DELETE, LAYOUT, STATEMENTS_COUNT } statement;

static const char *const sql[] = {
    [FRAMES] = "SELECT k, v FROM frame WHERE k>=?1 AND k<?2 ORDER BY k",
    [DELETE] = "DELETE FROM frame WHERE k=?1",
    [LAYOUT] = OHM_LAYOUT_SQL,
};

struct ohm_fold {
    sqlite3 *db;
    ohm_blocks *blocks;
    sqlite3_stmt *stmts[STATEMENTS_COUNT];
    struct {
        uint32_t id; /* 0 = empty */
        ohm_columns columns;
    } layouts[LAYOUTS_KEPT];
    uint32_t layouts_next;
    uint32_t device; /* of this bite; 0 = all */
    uint32_t over;   /* devices from this one on are left to a later bite */
    bite *bite;      /* only while one is taken */
    ohm_row row;
};

ohm_err ohm_fold_new(sqlite3 *db, ohm_blocks *blocks, ohm_fold **ret_fold)
{
    ohm_fold *fold = calloc(1, sizeof *fold);
    if (!fold)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    fold->db = db;
    fold->blocks = blocks;
    for (int i = 0; i < STATEMENTS_COUNT; i++) {
        ohm_err err = ohm_db_prepare(db, sql[i], &fold->stmts[i]);
        if (ohm_failed(err)) {
            ohm_fold_free(fold);
            return err;
        }
    }
    *ret_fold = fold;
    return ohm_ok();
}

void ohm_fold_free(ohm_fold *fold)
{
    if (!fold)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(fold->stmts[i]);
    free(fold);
}

/* --- taking frames ------------------------------------------------------------------------ */

static ohm_err columns_of(ohm_fold *fold, ohm_span *in, ohm_columns *out)
{
    uint32_t id;
    ohm_span whole = *in;
    if (ohm_row_layout(in, &id) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    for (int i = 0; id != 0 && i < LAYOUTS_KEPT; i++) {
        if (fold->layouts[i].id == id) {
            *out = fold->layouts[i].columns;
            return ohm_ok();
        }
    }
    *in = whole;
    OHM_TRY(ohm_layout_of_row(fold->db, fold->stmts[LAYOUT], in, out));
    if (id != 0) {
        uint32_t place = fold->layouts_next++ % LAYOUTS_KEPT;
        fold->layouts[place].id = id;
        fold->layouts[place].columns = *out;
    }
    return ohm_ok();
}

static ohm_err read_row(ohm_fold *fold, ohm_span in)
{
    OHM_TRY(columns_of(fold, &in, &fold->row.columns));
    const ohm_columns *c = &fold->row.columns;
    bool good = ohm_row_values(in, &fold->row) == OHM_OK &&
                (c->count == 0 || c->series[c->count - 1] <= OHM_CHUNK_SERIES_MAX);
    return good ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
}

static void add_frame(ohm_fold *fold, int64_t key)
{
    bite *b = fold->bite;
    const ohm_row *row = &fold->row;
    for (uint16_t i = 0; i < row->columns.count; i++)
        b->entries[b->values++] = (entry){
            .series = row->columns.series[i],
            .quality = row->quality[i],
            .time_ms = key / DEVICES,
            .value = row->value[i],
        };
    b->size[b->frames] = row->columns.count;
    b->key[b->frames++] = key;
}

static uint32_t device_of(int64_t key)
{
    return (uint32_t)(key % DEVICES);
}

/* Makes room by leaving the upper half of the devices to a later bite, so that each series has a
 * good length of time in one. False: there is one device only, or time enough. */
static bool make_room(ohm_fold *fold)
{
    bite *b = fold->bite;
    uint32_t low = UINT32_MAX, high = 0, frames = 0, values = 0, from = 0;
    for (uint32_t i = 0; i < b->frames; i++) {
        uint32_t device = device_of(b->key[i]);
        low = device < low ? device : low;
        high = device > high ? device : high;
    }
    int64_t span_ms = (b->key[b->frames - 1] - b->key[0]) / DEVICES;
    if (low >= high || span_ms >= OHM_HOUR_MS)
        return false;
    fold->over = low + (high - low) / 2 + 1;
    for (uint32_t i = 0; i < b->frames; i++) {
        uint16_t size = b->size[i];
        if (device_of(b->key[i]) < fold->over) {
            memmove(b->entries + values, b->entries + from, size * sizeof(entry));
            values += size;
            b->key[frames] = b->key[i];
            b->size[frames++] = size;
        }
        from += size;
    }
    b->values = values;
    b->frames = frames;
    return true;
}

static bool is_full(const bite *b)
{
    return b->frames == FRAMES_MAX || b->values > VALUES_MAX - OHM_ROW_VALUES_MAX;
}

static bool is_wanted(const ohm_fold *fold, int64_t key)
{
    uint32_t device = device_of(key);
    return fold->device ? device == fold->device : device < fold->over;
}

/* One row of the scan. OHM_END: the bite is full. */
static ohm_err take_row(ohm_fold *fold, sqlite3_stmt *stmt)
{
    int64_t key = sqlite3_column_int64(stmt, 0);
    if (!is_wanted(fold, key))
        return ohm_ok();
    if (is_full(fold->bite)) {
        if (!make_room(fold))
            return ohm_fail(OHM_END, 0, "the bite is full");
        if (!is_wanted(fold, key))
            return ohm_ok();
    }
    ohm_span in = ohm_db_blob(stmt, 1);
    ohm_err err = read_row(fold, in);
    if (err.code == OHM_BAD_FORMAT) { /* kept aside; deleted with the others */
        fold->row.columns.count = 0;
        err = ohm_blocks_put_aside(fold->blocks, "frame", key, in);
    }
    if (!ohm_failed(err))
        add_frame(fold, key);
    return err;
}

static ohm_err scan(ohm_fold *fold, ohm_interval range, bool *ret_more)
{
    sqlite3_stmt *stmt = fold->stmts[FRAMES];
    ohm_err err = ohm_ok();
    int result = SQLITE_DONE;
    (void)sqlite3_bind_int64(stmt, 1, range.from_ms * DEVICES);
    (void)sqlite3_bind_int64(stmt, 2, range.to_ms * DEVICES);
    while (!ohm_failed(err) && (result = sqlite3_step(stmt)) == SQLITE_ROW)
        err = take_row(fold, stmt);
    (void)sqlite3_reset(stmt);
    *ret_more = err.code == OHM_END || (!fold->device && fold->over < DEVICES);
    if (err.code == OHM_END)
        return ohm_ok();
    OHM_TRY(err);
    return result == SQLITE_DONE ? ohm_ok() : ohm_db_error(fold->db, result);
}

/* --- making chunks of them ---------------------------------------------------------------- */

/* A stable sort by one digit of the series. */
static void sort_by(const entry *from, entry *to, uint32_t n, int shift)
{
    uint32_t count[DIGITS + 1] = { 0 };
    for (uint32_t i = 0; i < n; i++)
        count[(from[i].series >> shift & (DIGITS - 1)) + 1]++;
    for (int i = 0; i < DIGITS; i++)
        count[i + 1] += count[i];
    for (uint32_t i = 0; i < n; i++)
        to[count[from[i].series >> shift & (DIGITS - 1)]++] = from[i];
}

static ohm_err write_series(ohm_fold *fold, const entry *entries, uint32_t n)
{
    ohm_point *points = fold->bite->u.points;
    size_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        /* Twice at one instant only if a layout is damaged: the later one stays. */
        if (count > 0 && points[count - 1].time_ms >= entries[i].time_ms)
            count--;
        points[count++] = (ohm_point){ entries[i].time_ms, entries[i].value, entries[i].quality };
    }
    ohm_history_counts counts = { 0 };
    return ohm_blocks_merge(fold->blocks, entries[0].series, points, count, false, &counts);
}

static ohm_err write_all(ohm_fold *fold)
{
    bite *b = fold->bite;
    const entry *e = b->entries;
    sort_by(b->entries, b->u.sorted, b->values, 0);
    sort_by(b->u.sorted, b->entries, b->values, DIGIT_BITS);
    for (uint32_t from = 0, i = 1; from < b->values; i++) {
        if (i < b->values && e[i].series == e[from].series)
            continue;
        OHM_TRY(write_series(fold, e + from, i - from));
        from = i;
    }
    return ohm_ok();
}

static ohm_err delete_all(ohm_fold *fold)
{
    for (uint32_t i = 0; i < fold->bite->frames; i++) {
        (void)sqlite3_bind_int64(fold->stmts[DELETE], 1, fold->bite->key[i]);
        OHM_TRY(ohm_db_run(fold->db, fold->stmts[DELETE]));
    }
    return ohm_ok();
}

static ohm_interval within_times(ohm_interval range)
{
    if (range.from_ms < OHM_STORE_TIME_MIN)
        range.from_ms = OHM_STORE_TIME_MIN;
    if (range.to_ms > OHM_STORE_TIME_MAX)
        range.to_ms = OHM_STORE_TIME_MAX;
    return range;
}

ohm_err ohm_fold_bite(ohm_fold *fold, ohm_interval range, uint32_t device, bool *ret_more)
{
    range = within_times(range);
    *ret_more = false;
    if (range.to_ms <= range.from_ms)
        return ohm_ok();
    fold->bite = malloc(sizeof *fold->bite);
    if (!fold->bite)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    fold->bite->values = fold->bite->frames = 0;
    fold->device = device;
    fold->over = DEVICES;
    ohm_err err = scan(fold, range, ret_more);
    if (!ohm_failed(err))
        err = write_all(fold);
    if (!ohm_failed(err))
        err = delete_all(fold);
    free(fold->bite);
    fold->bite = NULL;
    return err;
}
