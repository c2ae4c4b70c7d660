/* SQLite files of other programs, read-only, as rows of text: what an importer needs of them.
 * The file is opened so that nothing in it can change, also while its owner uses it. */
#ifndef OHM_STORE_FOREIGN_H
#define OHM_STORE_FOREIGN_H

#include "base/err.h"
#include "base/span.h"

enum { OHM_FOREIGN_COLUMNS_MAX = 256, OHM_FOREIGN_NAME_MAX = 128 };

typedef struct ohm_foreign ohm_foreign;

/* OHM_BAD_FORMAT: no SQLite file, or a damaged one. */
OHM_MUST_CHECK ohm_err ohm_foreign_open(const char *path, ohm_foreign **ret_foreign);
void ohm_foreign_close(ohm_foreign *foreign); /* NULL is allowed */

/* Does it have this table? */
OHM_MUST_CHECK ohm_err ohm_foreign_has_table(ohm_foreign *foreign, const char *table,
                                             bool *ret_there);
/* Does this table have this column? */
OHM_MUST_CHECK ohm_err ohm_foreign_has_column(ohm_foreign *foreign, const char *table,
                                              const char *column, bool *ret_there);

/* Each table that is the program's own, by name. */
OHM_MUST_CHECK ohm_err ohm_foreign_tables(ohm_foreign *foreign,
                                          bool (*row)(void *ctx, const char *table), void *ctx);

/* The rows of a query, first one of the columns' names; false stops, which is a success. Numbers
 * come with the fewest digits that SQLite gives them, NULL as empty text. Spans live until the
 * callback returns. */
OHM_MUST_CHECK ohm_err ohm_foreign_rows(ohm_foreign *foreign, const char *sql,
                                        bool (*row)(void *ctx, const ohm_span *fields,
                                                    uint16_t count),
                                        void *ctx);

/* The rows of a whole table, in the order of the column `by` (NULL: as they lie). */
OHM_MUST_CHECK ohm_err
ohm_foreign_table_rows(ohm_foreign *foreign, const char *table, const char *by,
                       bool (*row)(void *ctx, const ohm_span *fields, uint16_t count), void *ctx);

#endif
