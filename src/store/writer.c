#include "store/writer.h"

#include <stdlib.h>

#include "store/layout.h"
#include "store/revision.h"
#include "store/series_ids.h"

enum {
    LAYOUTS_KEPT = 32, /* layouts remembered; a device uses one or two */
    TRIM_ROWS = 8,     /* more than a commit adds: it catches up, and stalls none */
    AGE_STEP_MAX_MS = 24 * OHM_HOUR_MS,
};

typedef enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    VERSION,
    DEVICE_ID,
    DEVICE_NEW,
    SERIES_ID,
    SERIES_NEW,
    LAYOUT_ID,
    LAYOUT_NEW,
    LAYOUT_GET,
    FRAME_NEW,
    FRAME_GET,
    FRAME_SET,
    EVENT_NEW,
    EVENT_OLDEST,
    EVENT_DELETE,
    JOURNAL_NEW,
    JOURNAL_GET,
    STATE_SET,
    STATE_DELETE,
    LATE,
    STATEMENTS_COUNT
} statement;

static const char *const sql[] = {
    /* Prepared like the others: a rollback must not want memory when there is none. */
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    /* Changes when somebody else commits: an import in another process, a series renamed. */
    [VERSION] = "PRAGMA data_version",
    [DEVICE_ID] = "SELECT id FROM device WHERE key=?1",
    [DEVICE_NEW] = "INSERT INTO device(key) VALUES(?1)",
    [SERIES_ID] = "SELECT id FROM series WHERE device=?1 AND quantity=?2",
    [SERIES_NEW] = "INSERT INTO series(device,quantity,unit,kind,decimals)"
                   " VALUES(?1,?2,?3,?4,?5)",
    [LAYOUT_ID] = "SELECT id FROM layout WHERE columns=?1",
    /* No row when the table is full: then the caller writes the columns into the row. */
    [LAYOUT_NEW] = "INSERT INTO layout(columns)"
                   " SELECT ?1 WHERE (SELECT coalesce(max(id),0) FROM layout)<?2",
    [LAYOUT_GET] = OHM_LAYOUT_SQL,
    [FRAME_NEW] = "INSERT OR IGNORE INTO frame(k,v) VALUES(?1,?2)",
    [FRAME_GET] = "SELECT v FROM frame WHERE k=?1",
    [FRAME_SET] = "UPDATE frame SET v=?2 WHERE k=?1",
    [EVENT_NEW] = "INSERT INTO event(seq,utc_ms,age_ms,last_seq,v,total_bytes)"
                  " VALUES(?1,?2,?3,?4,?5,?6)",
    [EVENT_OLDEST] = "SELECT seq, age_ms, total_bytes FROM event ORDER BY seq LIMIT 1",
    [EVENT_DELETE] = "DELETE FROM event WHERE seq=?1",
    [JOURNAL_NEW] = "INSERT OR IGNORE INTO journal(seq,utc_ms,kind,encoded,json)"
                    " VALUES(?1,?2,?3,?4,?5)",
    [JOURNAL_GET] = "SELECT 1 FROM journal WHERE seq=?1 AND utc_ms=?2 AND kind=?3"
                    " AND encoded=?4 AND json=?5",
    [STATE_SET] = "INSERT INTO state(key,value) VALUES(?1,?2)"
                  " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
    [STATE_DELETE] = "DELETE FROM state WHERE key=?1",
    [LATE] = OHM_LATE_SQL,
};

typedef struct kept_layout {
    uint32_t id; /* 0 = empty */
    ohm_columns columns;
} kept_layout;

/* Where the stream of events stands. Its age counts on over jumps of the wall clock, so that
 * neither a start in 1970 nor a leap to 2038 decides what is old. */
typedef struct event_place {
    uint64_t last_seq;
    ohm_ms utc_ms;
    int64_t age_ms;
    int64_t total_bytes;
} event_place;

struct ohm_writer {
    sqlite3 *db;
    ohm_events_limits limits;
    sqlite3_stmt *stmts[STATEMENTS_COUNT];
    ohm_series_ids devices[OHM_DEVICES_MAX];
    ohm_series_pool names; /* of all of them */
    kept_layout layouts[LAYOUTS_KEPT];
    uint32_t layouts_next;
    event_place events, events_committed;
    int64_t version; /* of the file, when the names were last known to be right */
    ohm_pack pack;
    int rows_added;          /* of events, in this batch */
    ohm_ms now_ms;           /* when it began */
    bool late, series_added; /* it has readings from well before, and of new series */
    ohm_store_counters batch, committed;
};

/* Binding copies nothing and can't fail for want of memory: every text and blob is the caller's
 * and lives until the statement has run. A too big one is refused by the store before. */
static sqlite3_stmt *text(ohm_writer *w, statement which, int place, const char *value)
{
    int result = sqlite3_bind_text(w->stmts[which], place, value, -1, SQLITE_STATIC);
    assert(result == SQLITE_OK);
    return w->stmts[which];
}

static void blob(ohm_writer *w, statement which, int place, ohm_span value)
{
    /* NULL would bind an SQL NULL: an empty value is still a value. */
    const void *bytes = value.len > 0 ? (const void *)value.ptr : "";
    int result = sqlite3_bind_blob64(w->stmts[which], place, bytes, value.len, SQLITE_STATIC);
    assert(result == SQLITE_OK);
}

static void number(ohm_writer *w, statement which, int place, int64_t value)
{
    (void)sqlite3_bind_int64(w->stmts[which], place, value);
}

static ohm_err run(ohm_writer *w, statement which)
{
    return ohm_db_run(w->db, w->stmts[which]);
}

/* The number in the first column, or OHM_END when there is no row. */
static ohm_err get_number(ohm_writer *w, statement which, int64_t *ret_number)
{
    int result = sqlite3_step(w->stmts[which]);
    if (result == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(w->stmts[which], 0);
    (void)sqlite3_reset(w->stmts[which]);
    if (result == SQLITE_ROW)
        return ohm_ok();
    return result == SQLITE_DONE ? ohm_fail(OHM_END, 0, "no row") : ohm_db_error(w->db, result);
}

/* --- opening ------------------------------------------------------------------------------ */

/* A quantity's decimals are part of what is kept: other ones need a migration, not a guess. */
static ohm_err check_decimals(ohm_writer *w)
{
    sqlite3_stmt *stmt;
    ohm_err err = ohm_ok();
    OHM_TRY(ohm_db_prepare(w->db, "SELECT quantity, decimals FROM series", &stmt));
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW && !ohm_failed(err)) {
        ohm_quantity_id id = ohm_quantity_find(ohm_db_blob(stmt, 0));
        if (id != OHM_Q_NONE && ohm_quantity_get(id)->decimals != sqlite3_column_int(stmt, 1))
            err = ohm_fail(OHM_UNSUPPORTED, 0, "a series is kept with other decimals");
    }
    (void)sqlite3_finalize(stmt);
    if (!ohm_failed(err) && result != SQLITE_DONE)
        err = ohm_db_error(w->db, result);
    return err;
}

static ohm_err load_event_place(ohm_writer *w)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(w->db,
                           "SELECT last_seq, utc_ms, age_ms, total_bytes FROM event"
                           " ORDER BY seq DESC LIMIT 1",
                           &stmt));
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW) {
        w->events.last_seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        w->events.utc_ms = sqlite3_column_int64(stmt, 1);
        w->events.age_ms = sqlite3_column_int64(stmt, 2);
        w->events.total_bytes = sqlite3_column_int64(stmt, 3);
    }
    (void)sqlite3_finalize(stmt);
    w->events_committed = w->events;
    return result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(w->db, result);
}

static ohm_err set_up(ohm_writer *w)
{
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        OHM_TRY(ohm_db_prepare(w->db, sql[i], &w->stmts[i]));
    OHM_TRY(check_decimals(w));
    return load_event_place(w);
}

ohm_err ohm_writer_open(const char *path, ohm_events_limits limits,
                        const ohm_postgres_config *place, ohm_postgres **ret_pg, ohm_writer **ret)
{
    sqlite3 *db;
    OHM_TRY(ohm_db_open_writer(path, &db));
    ohm_writer *w = calloc(1, sizeof *w);
    if (!w) {
        (void)sqlite3_close(db);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    w->db = db;
    w->limits = limits;
    ohm_err err = ohm_postgres_settle(db, place, ret_pg);
    err = ohm_failed(err) ? err : set_up(w);
    if (ohm_failed(err)) {
        ohm_writer_close(w);
        return err;
    }
    *ret = w;
    return ohm_ok();
}

void ohm_writer_close(ohm_writer *w)
{
    if (!w)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(w->stmts[i]);
    ohm_series_pool_release(&w->names);
    (void)sqlite3_close(w->db);
    free(w);
}

/* --- frames ------------------------------------------------------------------------------- */

static ohm_err device_of(ohm_writer *w, uint16_t device, const char *key, ohm_series_ids **ret)
{
    ohm_series_ids *ids = &w->devices[device];
    if (ids->device == 0) {
        int64_t id;
        text(w, DEVICE_ID, 1, key);
        ohm_err err = get_number(w, DEVICE_ID, &id);
        if (err.code == OHM_END) {
            text(w, DEVICE_NEW, 1, key);
            err = run(w, DEVICE_NEW);
            id = sqlite3_last_insert_rowid(w->db);
        }
        OHM_TRY(err);
        ids->device = (uint32_t)id;
    }
    *ret = ids;
    return ohm_ok();
}

static const char *kind_name(ohm_kind kind)
{
    static const char *const names[] = {
        [OHM_GAUGE] = "gauge", [OHM_COUNTER] = "counter", [OHM_STATE] = "state", [OHM_TEXT] = "text"
    };
    return names[kind];
}

static ohm_err series_of(ohm_writer *w, ohm_series_ids *ids, uint16_t quantity, uint32_t *ret)
{
    *ret = ohm_series_ids_get(ids, quantity);
    if (*ret != 0)
        return ohm_ok();
    const ohm_quantity *q = ohm_quantity_get((ohm_quantity_id)quantity);
    int64_t id;
    number(w, SERIES_ID, 1, ids->device);
    text(w, SERIES_ID, 2, q->name);
    ohm_err err = get_number(w, SERIES_ID, &id);
    if (err.code == OHM_END) {
        number(w, SERIES_NEW, 1, ids->device);
        text(w, SERIES_NEW, 2, q->name);
        text(w, SERIES_NEW, 3, q->unit);
        text(w, SERIES_NEW, 4, kind_name(q->kind));
        number(w, SERIES_NEW, 5, q->decimals);
        err = run(w, SERIES_NEW);
        id = sqlite3_last_insert_rowid(w->db);
        w->series_added = true;
    }
    OHM_TRY(err);
    OHM_TRY(ohm_series_ids_put(&w->names, ids, quantity, (uint32_t)id));
    *ret = (uint32_t)id;
    return ohm_ok();
}

/* Puts one value where its series belongs; of two of the same series the later one stays. */
static void insert(ohm_row *row, uint32_t series, const ohm_value *value)
{
    uint16_t n = row->columns.count, at = n;
    while (at > 0 && row->columns.series[at - 1] >= series)
        at--;
    bool replace = at < n && row->columns.series[at] == series;
    if (!replace) {
        for (uint16_t i = n; i > at; i--) {
            row->columns.series[i] = row->columns.series[i - 1];
            row->quality[i] = row->quality[i - 1];
            row->value[i] = row->value[i - 1];
        }
        row->columns.count++;
    }
    row->columns.series[at] = series;
    row->quality[at] = value->quality;
    row->value[at] = value->value;
}

static ohm_err row_of(ohm_writer *w, ohm_series_ids *ids, const ohm_frame *frame, ohm_row *row)
{
    row->columns.count = 0;
    ohm_series_ids_expect(&w->names, ids, frame->count);
    for (uint16_t i = 0; i < frame->count; i++) {
        uint32_t series;
        OHM_TRY(series_of(w, ids, frame->values[i].quantity, &series));
        insert(row, series, &frame->values[i]);
    }
    return ohm_ok();
}

static bool same_columns(const ohm_columns *a, const ohm_columns *b)
{
    return a->count == b->count && memcmp(a->series, b->series, a->count * sizeof *a->series) == 0;
}

/* The number of these columns; 0 when the file's table of layouts is full. */
static ohm_err layout_of(ohm_writer *w, const ohm_columns *columns, uint32_t *ret)
{
    for (uint32_t i = 0; i < LAYOUTS_KEPT; i++) {
        if (w->layouts[i].id != 0 && same_columns(&w->layouts[i].columns, columns)) {
            *ret = w->layouts[i].id;
            return ohm_ok();
        }
    }
    uint8_t bytes[OHM_COLUMNS_BYTES_MAX];
    ohm_span encoded = ohm_span_of(bytes, ohm_columns_encode(columns, bytes));
    int64_t id = 0;
    blob(w, LAYOUT_ID, 1, encoded);
    ohm_err err = get_number(w, LAYOUT_ID, &id);
    if (err.code == OHM_END) {
        blob(w, LAYOUT_NEW, 1, encoded);
        number(w, LAYOUT_NEW, 2, OHM_LAYOUTS_MAX);
        err = run(w, LAYOUT_NEW);
        id = sqlite3_changes(w->db) > 0 ? sqlite3_last_insert_rowid(w->db) : 0;
    }
    OHM_TRY(err);
    if (id > 0) {
        kept_layout *kept = &w->layouts[w->layouts_next++ % LAYOUTS_KEPT];
        kept->id = (uint32_t)id;
        kept->columns = *columns;
    }
    *ret = (uint32_t)id;
    return ohm_ok();
}

static ohm_err write_row(ohm_writer *w, statement which, int64_t k, const ohm_row *row)
{
    uint8_t bytes[OHM_ROW_BYTES_MAX];
    uint32_t layout;
    OHM_TRY(layout_of(w, &row->columns, &layout));
    number(w, which, 1, k);
    blob(w, which, 2, ohm_span_of(bytes, ohm_row_encode(layout, row, bytes)));
    return run(w, which);
}

static ohm_err read_row(ohm_writer *w, int64_t k, ohm_row *row)
{
    sqlite3_stmt *get = w->stmts[FRAME_GET];
    number(w, FRAME_GET, 1, k);
    int result = sqlite3_step(get);
    ohm_err err = ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
    if (result == SQLITE_ROW) {
        ohm_span in = ohm_db_blob(get, 0);
        ohm_err layout = ohm_layout_of_row(w->db, w->stmts[LAYOUT_GET], &in, &row->columns);
        if (ohm_failed(layout))
            err = layout;
        else if (ohm_row_values(in, row) == OHM_OK)
            err = ohm_ok();
    } else {
        assert(result != SQLITE_DONE); /* it was there a moment ago, in this transaction */
        err = ohm_db_error(w->db, result);
    }
    (void)sqlite3_reset(get);
    return err;
}

/* Two messages of one device for one instant: the meter says its list in parts, or says it
 * again. A row that can't be read any more gives way to the new one. */
static ohm_err merge_row(ohm_writer *w, int64_t k, const ohm_row *newer)
{
    ohm_row row;
    ohm_err err = read_row(w, k, &row);
    if (ohm_failed(err) && err.code != OHM_BAD_FORMAT)
        return err;
    w->batch.merged_frames++;
    if (ohm_failed(err) || !ohm_row_merge(&row, newer))
        return write_row(w, FRAME_SET, k, newer);
    return write_row(w, FRAME_SET, k, &row);
}

ohm_err ohm_writer_frame(ohm_writer *w, const char *device_key, const ohm_frame *frame)
{
    ohm_row row;
    ohm_series_ids *ids;
    OHM_TRY(device_of(w, frame->device, device_key, &ids));
    OHM_TRY(row_of(w, ids, frame, &row));
    int64_t k = frame->time_ms * (OHM_STORE_DEVICES_MAX + 1) + ids->device;
    OHM_TRY(write_row(w, FRAME_NEW, k, &row));
    if (sqlite3_changes(w->db) == 0)
        OHM_TRY(merge_row(w, k, &row));
    w->late |= frame->time_ms < w->now_ms - OHM_LATE_MS;
    w->batch.frames++;
    return ohm_ok();
}

/* --- events ------------------------------------------------------------------------------- */

static ohm_err flush_events(ohm_writer *w)
{
    ohm_pack *pack = &w->pack;
    if (pack->len == 0)
        return ohm_ok();
    int64_t step = 0; /* of the wall clock since the row before, as far as it can be believed */
    if (w->events.last_seq > 0 && __builtin_sub_overflow(pack->first_ms, w->events.utc_ms, &step))
        step = 0;
    step = step < 0 ? 0 : step > AGE_STEP_MAX_MS ? AGE_STEP_MAX_MS : step;

    number(w, EVENT_NEW, 1, (int64_t)pack->first_seq);
    number(w, EVENT_NEW, 2, pack->first_ms);
    number(w, EVENT_NEW, 3, w->events.age_ms + step);
    number(w, EVENT_NEW, 4, (int64_t)pack->last_seq);
    blob(w, EVENT_NEW, 5, ohm_span_of(pack->bytes, pack->len));
    number(w, EVENT_NEW, 6, w->events.total_bytes + (int64_t)pack->len);
    OHM_TRY(run(w, EVENT_NEW));
    w->events.utc_ms = pack->first_ms;
    w->events.age_ms += step;
    w->events.total_bytes += (int64_t)pack->len;
    w->rows_added++;
    w->events.last_seq = pack->last_seq;
    pack->len = 0;
    return ohm_ok();
}

ohm_err ohm_writer_event(ohm_writer *w, uint64_t seq, ohm_ms utc_ms, ohm_span encoded)
{
    uint64_t last = w->pack.len > 0 ? w->pack.last_seq : w->events.last_seq;
    if (seq <= last) {
        w->batch.conflicts++;
        return ohm_ok();
    }
    if (!ohm_pack_add(&w->pack, seq, utc_ms, encoded)) {
        OHM_TRY(flush_events(w));
        bool added = ohm_pack_add(&w->pack, seq, utc_ms, encoded);
        assert(added); /* an empty pack takes every event */
    }
    w->batch.events++;
    return ohm_ok();
}

static bool too_much(const ohm_writer *w, int64_t age_ms, int64_t total_bytes)
{
    return w->events.age_ms - age_ms > w->limits.keep_ms ||
           w->events.total_bytes - total_bytes > w->limits.max_bytes;
}

static ohm_err trim_events(ohm_writer *w)
{
    sqlite3_stmt *oldest = w->stmts[EVENT_OLDEST];
    for (int i = 0; i < w->rows_added + TRIM_ROWS; i++) {
        int result = sqlite3_step(oldest);
        bool any = result == SQLITE_ROW;
        int64_t seq = any ? sqlite3_column_int64(oldest, 0) : 0;
        bool go =
            any && too_much(w, sqlite3_column_int64(oldest, 1), sqlite3_column_int64(oldest, 2));
        (void)sqlite3_reset(oldest);
        if (!any && result != SQLITE_DONE)
            return ohm_db_error(w->db, result);
        if (!go)
            return ohm_ok();
        number(w, EVENT_DELETE, 1, seq);
        OHM_TRY(run(w, EVENT_DELETE));
    }
    return ohm_ok();
}

/* --- journal, state, batches -------------------------------------------------------------- */

static void bind_record(ohm_writer *w, statement which, uint64_t seq, ohm_ms utc_ms,
                        const char *kind, ohm_span encoded, ohm_span json)
{
    number(w, which, 1, (int64_t)seq);
    number(w, which, 2, utc_ms);
    text(w, which, 3, kind);
    blob(w, which, 4, encoded);
    int result = sqlite3_bind_text64(w->stmts[which], 5, json.len ? (const char *)json.ptr : "",
                                     json.len, SQLITE_STATIC, SQLITE_UTF8);
    assert(result == SQLITE_OK);
}

ohm_err ohm_writer_journal(ohm_writer *w, uint64_t seq, ohm_ms utc_ms, char kind, ohm_span encoded,
                           ohm_span json)
{
    char kind_text[2] = { kind, '\0' };
    bind_record(w, JOURNAL_NEW, seq, utc_ms, kind_text, encoded, json);
    OHM_TRY(run(w, JOURNAL_NEW));
    if (sqlite3_changes(w->db) > 0) {
        w->batch.journal++;
        return ohm_ok();
    }
    /* Taken: by the same record, which is then kept already, or by another one. */
    int64_t one;
    bind_record(w, JOURNAL_GET, seq, utc_ms, kind_text, encoded, json);
    ohm_err err = get_number(w, JOURNAL_GET, &one);
    if (err.code != OHM_END)
        return err;
    w->batch.conflicts++;
    return ohm_ok();
}

ohm_err ohm_writer_put(ohm_writer *w, const char *key, ohm_span value)
{
    text(w, STATE_SET, 1, key);
    blob(w, STATE_SET, 2, value);
    w->batch.states++;
    return run(w, STATE_SET);
}

ohm_err ohm_writer_remove(ohm_writer *w, const char *key)
{
    text(w, STATE_DELETE, 1, key);
    w->batch.states++;
    return run(w, STATE_DELETE);
}

sqlite3 *ohm_writer_db(ohm_writer *w)
{
    return w->db;
}

ohm_err ohm_writer_touch(ohm_writer *w)
{
    char text[40];
    (void)sqlite3_snprintf(sizeof text, text, "PRAGMA user_version=%d", OHM_DB_VERSION);
    return ohm_db_exec(w->db, text); /* writes the first page, also when it is the same */
}

static void forget_names(ohm_writer *w)
{
    memset(w->devices, 0, sizeof w->devices);
    ohm_series_pool_release(&w->names);
    memset(w->layouts, 0, sizeof w->layouts);
}

ohm_err ohm_writer_begin(ohm_writer *w, ohm_ms now_ms)
{
    int64_t version;
    w->batch = (ohm_store_counters){ 0 };
    w->pack.len = 0;
    w->rows_added = 0;
    w->now_ms = now_ms;
    w->late = false;
    OHM_TRY(run(w, BEGIN));
    OHM_TRY(get_number(w, VERSION, &version));
    if (version != w->version)
        forget_names(w);
    w->version = version;
    return ohm_ok();
}

ohm_err ohm_writer_commit(ohm_writer *w)
{
    OHM_TRY(flush_events(w));
    OHM_TRY(trim_events(w));
    if (w->late)
        OHM_TRY(run(w, LATE));
    OHM_TRY(run(w, COMMIT));
    w->events_committed = w->events;
    w->committed.frames += w->batch.frames;
    w->committed.events += w->batch.events;
    w->committed.journal += w->batch.journal;
    w->committed.states += w->batch.states;
    w->committed.merged_frames += w->batch.merged_frames;
    w->committed.conflicts += w->batch.conflicts;
    w->committed.commits++;
    if (w->series_added) /* pages with the names of a large site are not wanted again */
        ohm_db_rest(w->db);
    w->series_added = false;
    return ohm_ok();
}

void ohm_writer_rollback(ohm_writer *w)
{
    /* Some failures have rolled back already: then there is nothing to do. */
    if (!sqlite3_get_autocommit(w->db))
        (void)run(w, ROLLBACK); /* if it fails, the next begin says so */
    forget_names(w);
    w->events = w->events_committed;
    w->pack.len = 0;
}

const ohm_store_counters *ohm_writer_counters_of(const ohm_writer *w)
{
    return &w->committed;
}

ohm_err ohm_writer_tidy(ohm_writer *w, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    return ohm_tidy_bite(w->db, tidy, now_ms, ret_more);
}
