/* The layouts of a file: which series the values of a row belong to, kept once and numbered.
 * Loading one by its number, for the writer and the readers. */
#ifndef OHM_STORE_LAYOUT_H
#define OHM_STORE_LAYOUT_H

#include "store/db.h"
#include "store/pack.h"

enum { OHM_LAYOUTS_MAX = 4096 }; /* beyond it, rows carry their columns themselves */

#define OHM_LAYOUT_SQL "SELECT columns FROM layout WHERE id=?1"

/* `stmt` is OHM_LAYOUT_SQL. OHM_BAD_FORMAT: no such layout, or a damaged one. */
OHM_MUST_CHECK ohm_err ohm_layout_load(sqlite3 *db, sqlite3_stmt *stmt, uint32_t id,
                                       ohm_columns *out);

/* Takes a row's layout and, for layout 0, its columns from the front of *in; other layouts are
 * loaded. The rest is for ohm_row_values. */
OHM_MUST_CHECK ohm_err ohm_layout_of_row(sqlite3 *db, sqlite3_stmt *stmt, ohm_span *in,
                                         ohm_columns *out);

#endif
