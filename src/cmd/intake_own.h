/* Shared by intake.c and intake_report.c alone. */
#ifndef OHM_CMD_INTAKE_OWN_H
#define OHM_CMD_INTAKE_OWN_H

#include "cmd/intake.h"

/* Why a reading was refused. */
typedef enum ohm_intake_fault {
    OHM_INTAKE_OLD,
    OHM_INTAKE_FUTURE,
    OHM_INTAKE_RANGE,
    OHM_INTAKE_NEGATIVE,
    OHM_INTAKE_FALL,
    OHM_INTAKE_FAULTS
} ohm_intake_fault;

const char *ohm_intake_fault_text(ohm_intake_fault fault);

typedef struct ohm_intake_series {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    uint32_t source; /* its first one: others must bear the same name */
    uint64_t count;  /* taken */
    ohm_ms first_ms, last_ms;
    int64_t min, max;
    ohm_ms at_ms; /* the last one in the file, for registers */
    int64_t at_value;
    uint64_t faults[OHM_INTAKE_FAULTS];
    uint64_t fault_line[OHM_INTAKE_FAULTS]; /* of the first */
    ohm_history_counts counts;
    ohm_point *points; /* not written yet */
    size_t points_count, points_cap;
} ohm_intake_series;

typedef struct ohm_intake_source {
    char name[OHM_INTAKE_SOURCE_MAX], device[OHM_INTAKE_SOURCE_MAX], unit[OHM_INTAKE_UNIT_MAX];
    const char *take_unit; /* the rule's, or its own */
    int32_t series;        /* -1: left out */
    bool asked;            /* by a rule */
    bool main;             /* of the distributor's meter */
    const char *why;
    uint64_t left_out;
} ohm_intake_source;

struct ohm_intake {
    const ohm_intake_options *options;
    ohm_history *history; /* NULL: nothing to compare with */
    ohm_err err;
    ohm_intake_source *sources;
    ohm_intake_series *series;
    uint32_t sources_count, series_count, last_source;
    uint16_t *slots; /* of a hash: a source's number + 1 */
    size_t points_count;
    uint64_t taken, refused, too_many;
};

#endif
