/* A building as its file says: areas, U-values, windows, and what is asked of it hour by hour.
 * The shape is in docs/twin.md. */
#ifndef OHM_CMD_BUILDING_INPUT_H
#define OHM_CMD_BUILDING_INPUT_H

#include <jansson.h>

#include "building/envelope.h"

enum { OHM_DAY_HOURS = 24 };

typedef struct ohm_building_file {
    ohm_envelope envelope;
    /* By the hour of the day, in local standard time. NAN: not asked for. */
    double heating_c[OHM_DAY_HOURS], cooling_c[OHM_DAY_HOURS];
    double internal_w[OHM_DAY_HOURS], ventilation_per_h[OHM_DAY_HOURS];
    double mass_start_c; /* NAN: the end of the file is lived first */
    double step_s;
} ohm_building_file;

/* Whether a file's object is a building (it has "surfaces"). */
bool ohm_is_building(const json_t *root);

/* Returns the exit status; what is wrong was said on stderr, under `path`. */
int ohm_building_take(const char *path, const json_t *root, ohm_building_file *out);

/* The JSON of a file, or NULL: said on stderr. The caller drops it. */
json_t *ohm_json_file(const char *path);

#endif
