/* Numbers by time, in columns: what the reports are made of. A value that is missing is NAN, and
 * the times rise; steps may be of any length. */
#ifndef OHM_REPORT_COLUMNS_H
#define OHM_REPORT_COLUMNS_H

#include "base/civil.h"

enum {
    OHM_COLUMNS_MAX = 64,
    OHM_COLUMNS_ROWS_MAX = 20000000, /* of all columns together */
};

typedef struct ohm_column {
    char *name;         /* as the head says it */
    double *values;     /* `rows` of them */
    uint64_t numbers;   /* how many are none of NAN */
    uint64_t texts;     /* cells that are neither a number nor say that there is none */
    uint64_t text_line; /* the first of them; 0: none */
} ohm_column;

typedef struct ohm_columns {
    size_t rows;
    ohm_ms *time_ms;
    uint16_t count;
    ohm_column of[OHM_COLUMNS_MAX];
    uint64_t repeated; /* rows left out: out of order, or of a time that came already */
} ohm_columns;

/* The step that most rows keep, ms (the shortest of several); 0 of fewer than two rows. */
ohm_ms ohm_columns_step_ms(const ohm_columns *columns);

#endif
