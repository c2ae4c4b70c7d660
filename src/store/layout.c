#include "store/layout.h"

static ohm_err damaged(void)
{
    return ohm_fail(OHM_BAD_FORMAT, 0, "a row of readings is damaged");
}

ohm_err ohm_layout_load(sqlite3 *db, sqlite3_stmt *stmt, uint32_t id, ohm_columns *out)
{
    (void)sqlite3_bind_int64(stmt, 1, id); /* an integer's binding cannot fail */
    int result = sqlite3_step(stmt);
    ohm_err err = ohm_ok();
    if (result == SQLITE_ROW) {
        ohm_span in = ohm_db_blob(stmt, 0);
        if (ohm_columns_decode(&in, out) != OHM_OK || in.len > 0)
            err = damaged();
    } else {
        err = result == SQLITE_DONE ? damaged() : ohm_db_error(db, result);
    }
    (void)sqlite3_reset(stmt);
    return err;
}

ohm_err ohm_layout_of_row(sqlite3 *db, sqlite3_stmt *stmt, ohm_span *in, ohm_columns *out)
{
    uint32_t id;
    if (ohm_row_layout(in, &id) != OHM_OK)
        return damaged();
    if (id != 0)
        return ohm_layout_load(db, stmt, id, out);
    return ohm_columns_decode(in, out) == OHM_OK ? ohm_ok() : damaged();
}
