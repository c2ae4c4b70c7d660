/* Columns of a file by local days of equal slots: what forecasts are made of.
 *
 * A slot is the mean of the steps in it, NAN where fewer than half of them were measured. Of an
 * hour that clocks show twice it is the mean of both; the one that they skip is NAN. */
#ifndef OHM_CMD_DAY_TABLE_H
#define OHM_CMD_DAY_TABLE_H

#include "base/civil.h"
#include "cmd/columns.h"

enum { OHM_DAY_TABLE_DAYS_MAX = 40000 };

typedef struct ohm_day_table {
    const ohm_tz *tz;
    int64_t first_day; /* since 1970-01-01, local */
    size_t days;
    int slots;
} ohm_day_table;

/* Of all times of the columns and `ahead` days more. Returns the exit status. */
int ohm_day_table_init(ohm_day_table *t, const char *path, const ohm_columns *columns,
                       const ohm_tz *tz, int slots, int ahead);
/* days × slots values; to be freed. NULL: out of memory. */
double *ohm_day_table_fill(const ohm_day_table *t, const ohm_columns *columns,
                           const ohm_column *of);

/* The local day and its slot that hold an instant. */
int64_t ohm_day_table_place(const ohm_day_table *t, ohm_ms utc_ms, int *ret_slot);

#endif
