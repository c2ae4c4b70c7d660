/* What the files use_csv*.c share. For them only. */
#ifndef OHM_TARIFF_USE_CSV_OWN_H
#define OHM_TARIFF_USE_CSV_OWN_H

#include "tariff/csv.h"
#include "tariff/use_csv.h"

enum { OHM_USE_CSV_NAME_MAX = 48 };

/* What a column holds. */
typedef enum role {
    ROLE_NONE,
    ROLE_TIME,
    ROLE_END,
    ROLE_IMPORT,
    ROLE_EXPORT,
    ROLE_REACTIVE,
    ROLE_VA,
} role;

typedef enum form {
    FORM_STEP,
    FORM_POWER,
    FORM_REGISTER,
    FORM_PERHAPS, /* a register unless it goes down */
} form;

typedef struct column {
    role role;
    form form;
    int decimals; /* from its unit to thousandths of a Wh, or of a W */
    bool is_utc;  /* times without an offset */
    bool has_last, went_down, rose, counts;
    uint32_t rises;
    int64_t last;   /* as the meter shows it */
    int64_t rolled; /* what its roll-overs add */
    char name[OHM_USE_CSV_NAME_MAX];
} column;

typedef struct reader {
    ohm_use_csv *io;
    char separator;
    unsigned columns_count;
    column columns[OHM_CSV_COLUMNS_MAX];
    uint32_t line;
    ohm_ms last_ms;
} reader;

/* The first line: what each column holds, and how the file is written. */
OHM_MUST_CHECK ohm_err ohm_use_csv_head(reader *r, ohm_span line);
/* The column of a role; NULL: there is none. */
const column *ohm_use_csv_column(const reader *r, role which);

#endif
