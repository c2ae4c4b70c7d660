/* What `ohmstead twin` works on: a zone as JSON, and what acts on it as CSV. */
#ifndef OHM_CMD_TWIN_INPUT_H
#define OHM_CMD_TWIN_INPUT_H

#include "building/zone.h"
#include "inout/csv.h"

/* A zone as its file says, checked. */
typedef struct ohm_twin_zone {
    ohm_zone zone;
    ohm_zone_setpoints set; /* NAN: not in the file */
    double mass_start_c;
    double air_start_c; /* what a thermostat saw last */
    double band_k;      /* a thermostat switches so far from its set point */
    double step_s;
} ohm_twin_zone;

/* Returns the exit status; what is wrong was said on stderr. */
int ohm_twin_read_zone(const char *path, ohm_twin_zone *out);

/* The columns of the CSV by their place, found from its first record. */
typedef struct ohm_twin_columns {
    int outdoor, solar, internal, supply, demand; /* -1: not there */
} ohm_twin_columns;

/* `needs_demand`: a run that has no controller. */
int ohm_twin_read_head(const char *path, const ohm_csv_record *head, bool needs_demand,
                       ohm_twin_columns *out);

/* One row. Where there is no column of supply air it is outdoor air. *demand_w as in the row, or
 * NAN. */
int ohm_twin_read_row(const char *path, const ohm_csv_record *row, const ohm_twin_columns *columns,
                      ohm_zone_input *out, double *demand_w);

#endif
