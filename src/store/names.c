#include "store/names.h"

#include <stdlib.h>

#include "store/chunk.h"
#include "store/reader.h"

enum {
    KEY_QUANTITY_MAX = 32, /* what a quantity's name adds to a device's key */
    DEVICE_KEY_MAX = OHM_SERIES_KEY_MAX - KEY_QUANTITY_MAX,
};

typedef enum statement { DEVICE_ID, DEVICE_NEW, SERIES_ID, SERIES_NEW, STATEMENTS_COUNT } statement;

static const char *const sql[] = {
    [DEVICE_ID] = "SELECT id FROM device WHERE key=?1",
    [DEVICE_NEW] = "INSERT INTO device(key) VALUES(?1)",
    [SERIES_ID] = "SELECT id FROM series WHERE device=?1 AND quantity=?2",
    [SERIES_NEW] = ("INSERT INTO series(device,quantity,unit,kind,decimals)"
                    " VALUES(?1,?2,?3,?4,?5)"),
};

struct ohm_names {
    sqlite3 *db;
    sqlite3_stmt *stmts[STATEMENTS_COUNT];
};

ohm_err ohm_names_new(sqlite3 *db, ohm_names **ret_names)
{
    ohm_names *names = calloc(1, sizeof *names);
    if (!names)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    names->db = db;
    for (int i = 0; i < STATEMENTS_COUNT; i++) {
        ohm_err err = ohm_db_prepare(db, sql[i], &names->stmts[i]);
        if (ohm_failed(err)) {
            ohm_names_free(names);
            return err;
        }
    }
    *ret_names = names;
    return ohm_ok();
}

void ohm_names_free(ohm_names *names)
{
    if (!names)
        return;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        (void)sqlite3_finalize(names->stmts[i]);
    free(names);
}

/* Text that lives until the statement has run: nothing is copied, and nothing can fail. */
static void text(ohm_names *names, statement which, int place, ohm_span value)
{
    int result = sqlite3_bind_text64(names->stmts[which], place, (const char *)value.ptr, value.len,
                                     SQLITE_STATIC, SQLITE_UTF8);
    assert(result == SQLITE_OK);
}

static void number(ohm_names *names, statement which, int place, int64_t value)
{
    (void)sqlite3_bind_int64(names->stmts[which], place, value);
}

/* OHM_UNKNOWN when there is no row. */
static ohm_err get(ohm_names *names, statement which, int64_t most, uint32_t *ret_id)
{
    sqlite3_stmt *stmt = names->stmts[which];
    int result = sqlite3_step(stmt);
    int64_t id = result == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such series");
    if (result != SQLITE_ROW)
        return ohm_db_error(names->db, result);
    if (id < 1 || id > most)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the table of names is damaged");
    *ret_id = (uint32_t)id;
    return ohm_ok();
}

static ohm_err made(ohm_names *names, statement which, int64_t most, uint32_t *ret_id)
{
    OHM_TRY(ohm_db_run(names->db, names->stmts[which]));
    int64_t id = sqlite3_last_insert_rowid(names->db);
    if (id > most)
        return ohm_fail(OHM_TOO_BIG, 0, "this file has no room for more names");
    *ret_id = (uint32_t)id;
    return ohm_ok();
}

ohm_err ohm_names_device(ohm_names *names, ohm_span key, bool make, uint32_t *ret_device)
{
    text(names, DEVICE_ID, 1, key);
    ohm_err err = get(names, DEVICE_ID, OHM_STORE_DEVICES_MAX, ret_device);
    if (err.code != OHM_UNKNOWN || !make)
        return err;
    text(names, DEVICE_NEW, 1, key);
    return made(names, DEVICE_NEW, OHM_STORE_DEVICES_MAX, ret_device);
}

static const char *kind_name(ohm_kind kind)
{
    static const char *const names[] = {
        [OHM_GAUGE] = "gauge", [OHM_COUNTER] = "counter", [OHM_STATE] = "state", [OHM_TEXT] = "text"
    };
    return names[kind];
}

ohm_err ohm_names_series(ohm_names *names, uint32_t device, ohm_quantity_id quantity, bool make,
                         uint32_t *ret_series)
{
    const ohm_quantity *q = ohm_quantity_get(quantity);
    number(names, SERIES_ID, 1, device);
    text(names, SERIES_ID, 2, ohm_span_text(q->name));
    ohm_err err = get(names, SERIES_ID, OHM_CHUNK_SERIES_MAX, ret_series);
    if (err.code != OHM_UNKNOWN || !make)
        return err;
    number(names, SERIES_NEW, 1, device);
    text(names, SERIES_NEW, 2, ohm_span_text(q->name));
    text(names, SERIES_NEW, 3, ohm_span_text(q->unit));
    text(names, SERIES_NEW, 4, ohm_span_text(kind_name(q->kind)));
    number(names, SERIES_NEW, 5, q->decimals);
    return made(names, SERIES_NEW, OHM_CHUNK_SERIES_MAX, ret_series);
}

bool ohm_names_is_device(ohm_span key)
{
    int parts = 1;
    bool empty = true;
    for (size_t i = 0; i < key.len; i++) {
        bool slash = key.ptr[i] == '/';
        if (key.ptr[i] == '\0' || (slash && empty))
            return false;
        parts += slash;
        empty = slash;
    }
    return parts == 3 && !empty && key.len < DEVICE_KEY_MAX;
}

ohm_err ohm_names_split(const char *series_key, ohm_span *ret_device, ohm_quantity_id *ret_quantity)
{
    const char *slash = strrchr(series_key, '/');
    ohm_span device = ohm_span_of(series_key, slash ? (size_t)(slash - series_key) : 0);
    if (!slash || !ohm_names_is_device(device))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a series is named site/zone/device/quantity");
    ohm_quantity_id q = ohm_quantity_find(ohm_span_text(slash + 1));
    if (q == OHM_Q_NONE || ohm_quantity_get(q)->kind == OHM_TEXT)
        return ohm_fail(OHM_UNKNOWN, 0, "there is no such quantity");
    *ret_device = device;
    *ret_quantity = q;
    return ohm_ok();
}
