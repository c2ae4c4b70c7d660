/* Columns of what the store knows, in equal steps: what report/ makes its answers of. For the
 * thread of long questions.
 *
 *     ohm_history_table_init(&t, reader, range, step_ms, stop);
 *     ohm_column *p = ohm_history_table_column(&t, "main");
 *     ohm_history_table_mean(&t, p, "home/ground/main", OHM_Q_POWER_IMPORT, 1);
 *     ohm_history_table_trim(&t);   rows before the first value and behind the last one go
 *     ohm_history_table_free(&t); */
#ifndef OHM_WEB_HISTORY_TABLE_H
#define OHM_WEB_HISTORY_TABLE_H

#include <stdatomic.h>

#include "base/quantity.h"
#include "report/columns.h"
#include "store/reader.h"

enum { OHM_HISTORY_TABLE_ROWS_MAX = 60000, OHM_HISTORY_TABLE_NAME_MAX = 96 };

typedef struct ohm_history_table {
    ohm_reader *reader;
    ohm_interval range;
    ohm_ms step_ms;
    const atomic_bool *stop;
    ohm_columns columns;
    size_t room; /* rows that each column has room for */
} ohm_history_table;

/* The shortest of 10 min, 30 min and 1 h that has few enough rows of the range; 0: none has. */
ohm_ms ohm_history_table_step_ms(ohm_interval range);

/* No rows of a range that is shorter than a step. Free it whatever comes of it. */
OHM_MUST_CHECK ohm_code ohm_history_table_init(ohm_history_table *t, ohm_reader *reader,
                                               ohm_interval range, ohm_ms step_ms,
                                               const atomic_bool *stop);
void ohm_history_table_free(ohm_history_table *t);

/* One more column, of NAN; the name is copied. NULL: no memory, or too many. */
ohm_column *ohm_history_table_column(ohm_history_table *t, const char *name);

/* Lays `scale` × the step's mean over the rows where there is nothing yet. A step of which less
 * than half was measured has none. OHM_UNKNOWN: there is no such series; OHM_MORE: stopped. */
OHM_MUST_CHECK ohm_code ohm_history_table_mean(ohm_history_table *t, ohm_column *column,
                                               const char *device, ohm_quantity_id quantity,
                                               double scale);
/* The same of a register: the mean power, W or var, that its difference makes. */
OHM_MUST_CHECK ohm_code ohm_history_table_counted(ohm_history_table *t, ohm_column *column,
                                                  const char *device, ohm_quantity_id quantity,
                                                  double scale);
/* The same of a counter as it stands at the end of each step. */
OHM_MUST_CHECK ohm_code ohm_history_table_last(ohm_history_table *t, ohm_column *column,
                                               const char *device, ohm_quantity_id quantity);
/* Adds another column: where one of the two is not known the sum is not. */
void ohm_history_table_add(ohm_history_table *t, ohm_column *column, const ohm_column *other);
/* Takes the last column away again. */
void ohm_history_table_drop(ohm_history_table *t);

/* Counts the numbers of each column; rows at the ends without any go. */
void ohm_history_table_trim(ohm_history_table *t);

#endif
