/* Shared by intake.c, intake_write.c and intake_report.c alone. */
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
    OHM_INTAKE_JUMP,
    OHM_INTAKE_FAULTS
} ohm_intake_fault;

const char *ohm_intake_fault_text(ohm_intake_fault fault);

/* A reading that is not written yet, and where in the file it was. */
typedef struct ohm_intake_row {
    ohm_point point;
    uint64_t line, order;
} ohm_intake_row;

typedef struct ohm_intake_series {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    uint32_t source; /* its first one: others must bear the same name */
    uint64_t count;  /* taken */
    ohm_ms first_ms, last_ms;
    int64_t min, max;
    uint64_t faults[OHM_INTAKE_FAULTS];
    uint64_t fault_line[OHM_INTAKE_FAULTS]; /* of the first */
    ohm_history_counts counts;
    ohm_ms astray_ms; /* of the last stored one, that these tell wrong; OHM_NO_MS: it is right */
    ohm_intake_row *rows; /* not written yet */
    size_t rows_count, rows_cap;
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
    ohm_reader *reader;   /* the same store */
    ohm_err err;
    ohm_intake_source *sources;
    ohm_intake_series *series;
    uint32_t sources_count, series_count, last_source;
    uint16_t *slots; /* of a hash: a source's number + 1 */
    size_t rows_count;
    uint64_t arrived, taken, refused, too_many;
};

void ohm_intake_fail(ohm_intake_series *s, ohm_intake_fault fault, uint64_t line);

/* One more; much in memory is written. */
void ohm_intake_append(ohm_intake *in, ohm_intake_series *s, ohm_point point, uint64_t line);

/* Writes what is in memory; of registers those at the ends stay there unless it is the last time,
 * since what is still to come may judge them. */
void ohm_intake_flush(ohm_intake *in, bool last);

#endif
