/* What is asked of a series with `agg` or `fields`, and its answer.
 *
 *     ohm_series_query_read   on the web's thread: the request's parameters, or a fault
 *     ohm_series_answer       on the store's thread: JSON, CSV or NDJSON
 *
 * A step's row has the chosen fields; raw rows are the readings as they are. A second period may
 * be asked for beside the first, to be compared with it. */
#ifndef OHM_WEB_SERIES_QUERY_H
#define OHM_WEB_SERIES_QUERY_H

#include "inout/rows.h"
#include "store/query.h"
#include "web/exchange.h"
#include "web/history.h"

typedef enum ohm_series_field {
    OHM_FIELD_ENERGY,
    OHM_FIELD_MEAN,
    OHM_FIELD_MIN,
    OHM_FIELD_MAX,
    OHM_FIELD_FIRST,
    OHM_FIELD_LAST,
    OHM_FIELD_READINGS,
    OHM_SERIES_FIELDS_COUNT
} ohm_series_field;

extern const char *const ohm_series_fields[OHM_SERIES_FIELDS_COUNT];

typedef enum ohm_series_form {
    OHM_FORM_JSON,
    OHM_FORM_CSV,
    OHM_FORM_CSV_FR,
    OHM_FORM_NDJSON
} ohm_series_form;

enum {
    OHM_SERIES_ROWS_MAX = 100000,    /* of CSV and NDJSON; JSON has OHM_BUCKETS_MAX */
    OHM_SERIES_BYTES_MAX = 16 << 20, /* of an answer */
};

typedef struct ohm_series_query {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_interval range;
    ohm_interval other; /* to be compared with; empty: none */
    bool is_expr;       /* of several series: one field in JSON, the mean unless said */
    bool raw, one;      /* readings; `agg` with one field */
    uint8_t fields[OHM_SERIES_FIELDS_COUNT];
    uint8_t fields_count;
    ohm_series_form form;
    ohm_step step;
    char step_name[16];
    const ohm_tz *tz; /* the web's: stays */
} ohm_series_query;

/* `key` and `quantity` are there already. False: a fault was answered. */
bool ohm_series_query_read(ohm_exchange *x, ohm_series_query *q);

/* An ohm_history_answer of an ohm_series_query. OHM_GAP: answered, and what comes later may still
 * change the end of it. */
ohm_code ohm_series_answer(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_bytes, size_t *ret_len);

/* The form that `format` or Accept asks for; JSON without. False: a fault was answered. */
bool ohm_series_form_read(ohm_exchange *x, ohm_series_form *out);
/* The rows of a form that is not JSON. */
ohm_rows_form ohm_series_rows(ohm_series_form form);

/* The type of a form, and the name of the file it is saved as (NULL: it is not). */
const char *ohm_series_type(ohm_series_form form);
const char *ohm_series_extension(ohm_series_form form);

#endif
