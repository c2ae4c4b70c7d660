/* A CSV of times and numbers, by columns: what the verbs that analyse a file read.
 *
 * One column holds the times (`utc`, `time`, `date`… in this order, or the one that is named); what
 * is a number in the others becomes one, everything else is NAN: a value that is missing is not 0,
 * nor is one beyond 1e15 a value. As many rows as can be in order of time stay, the others are left
 * out and counted: an hour that comes twice, a clock that was put back, a date that is wrong. Steps
 * may be of any length. */
#ifndef OHM_CMD_COLUMNS_H
#define OHM_CMD_COLUMNS_H

#include "inout/csv.h"
#include "report/columns.h"

enum { OHM_COLUMNS_BYTES_MAX = 512 << 20 };

/* `path` "-" is standard input; `time` NULL: found. Returns the exit status; what is wrong was
 * said on stderr, and *out holds nothing to release then. */
int ohm_columns_read(const char *path, const char *time, const ohm_tz *tz, ohm_columns *out);
void ohm_columns_release(ohm_columns *columns);

/* Says on stderr how many rows were left out, if any were. */
void ohm_columns_tell_left_out(const char *path, const ohm_columns *columns);

/* The place of the column of times in a head; -1: none. */
int ohm_columns_find_time(const ohm_csv_record *head);

/* By its name, case and accents apart; NULL: there is none. */
const ohm_column *ohm_columns_find(const ohm_columns *columns, const char *name);

/* As ohm_columns_find; says on stderr that there is none, or how many of its cells are no numbers
 * where some are (an empty cell, NaN, NA, null or - says that there is no value). */
const ohm_column *ohm_columns_take(const ohm_columns *columns, const char *path, const char *name);

/* Why the values of a column are not what was drawn in each row, but a register that counts up;
 * NULL: they may be. */
const char *ohm_columns_is_register(const ohm_columns *columns, const ohm_column *column);

/* Takes the unit off the end of a folded name ("load_kw") and returns what its values are worth in
 * W, var, VA, V, A, Hz or %; 1 where there is none. */
double ohm_columns_cut_unit(char *folded);

#endif
