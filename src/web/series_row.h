/* A step of a series as a row of CSV, NDJSON or line protocol: of the API and of `export`. */
#ifndef OHM_WEB_SERIES_ROW_H
#define OHM_WEB_SERIES_ROW_H

#include "inout/rows.h"
#include "store/query.h"

static inline ohm_rows_step ohm_series_row(const char *key, ohm_quantity_id quantity,
                                           const ohm_slice *s)
{
    return (ohm_rows_step){ .key = key,
                            .quantity = quantity,
                            .quality = s->quality,
                            .from_ms = s->from_ms,
                            .to_ms = s->to_ms,
                            .count = s->count,
                            .has_mean = (s->flags & OHM_SLICE_MEAN) != 0,
                            .has_energy = (s->flags & OHM_SLICE_ENERGY) != 0,
                            .estimated = (s->flags & OHM_SLICE_UNSURE) != 0,
                            .mean = s->mean,
                            .min = s->min,
                            .max = s->max,
                            .first = s->first,
                            .last = s->last,
                            .energy = s->energy };
}

#endif
