/* What the parts of a question to an engine share: the rows that an answer fills in, and the
 * readers of bodies. Pure but for jansson's memory. */
#ifndef OHM_STORE_REMOTE_OWN_H
#define OHM_STORE_REMOTE_OWN_H

#include "base/quantity.h"
#include "base/span.h"
#include "store/query.h"

/* With a step there is a row for each, made before; without, readings are added as they come. */
typedef struct ohm_remote_rows {
    ohm_slice *rows;
    uint32_t count, max;
    ohm_quantity_id quantity;
    ohm_interval range; /* a whole number of steps, if there are any */
    int64_t step_ms;
} ohm_remote_rows;

OHM_MUST_CHECK ohm_err ohm_remote_rows_init(ohm_remote_rows *rows, const char *series_key,
                                            ohm_interval range, int64_t step_ms, uint32_t max);
void ohm_remote_rows_release(ohm_remote_rows *rows);
/* Puts raw readings in order, each instant once. */
void ohm_remote_rows_finish(ohm_remote_rows *rows);

/* Each takes a whole body. OHM_BAD_FORMAT: not an answer to what was asked; OHM_TOO_BIG: more
 * readings than wanted. */
typedef ohm_err ohm_remote_parse(ohm_span body, ohm_remote_rows *rows);
ohm_remote_parse ohm_remote_matrix;   /* VictoriaMetrics, query_range of aggr_over_time */
ohm_remote_parse ohm_remote_export;   /* VictoriaMetrics, export/csv: time,value */
ohm_remote_parse ohm_remote_influxql; /* InfluxDB 1: columns time, value or mean, min, max, … */
ohm_remote_parse ohm_remote_flux;     /* InfluxDB 2: columns _time, _value and rollup */

/* The same for lists of series. What is no series of ohmstead's is passed over. */
typedef bool ohm_remote_key_row(void *ctx, const ohm_series_info *info);
typedef ohm_err ohm_remote_list(ohm_span body, ohm_remote_key_row *row, void *ctx);
ohm_remote_list ohm_remote_list_matrix;
ohm_remote_list ohm_remote_list_influxql;
ohm_remote_list ohm_remote_list_flux;

#endif
