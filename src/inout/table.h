/* CSV whose head names its columns, to samples. Four forms, known by their heads:
 *
 *   wide        a column of times, every other column a source: Date;Puissance (kW);Index (kWh);
 *               one that begins with text is refused as a whole, once
 *   long        a row says of what it is: time,series,value[,unit][,quality]
 *   statistics  of Home Assistant: statistic_id,unit,start,[min,max,]mean | state,sum; what is
 *               taken is the mean, or else the state (the register), or else the sum
 *   influx      annotated CSV of InfluxDB 2: _time,_value,_field,_measurement, tags
 *
 * Options name columns where heads do not, without regard to accents and case. Date and time of
 * day may stand in two columns. Values that are none ("", "unavailable") are left out. */
#ifndef OHM_INOUT_TABLE_H
#define OHM_INOUT_TABLE_H

#include "inout/csv.h"
#include "inout/name.h"
#include "inout/sample.h"
#include "inout/when.h"

enum {
    OHM_TABLE_HEADS_MAX = 16 << 10, /* bytes of all heads */
    OHM_TABLE_MEMORIES = 512,
    OHM_TABLE_SOURCE_MAX = 256,
};

typedef struct ohm_table_options {
    const ohm_tz *tz;   /* of times without a zone */
    ohm_when_form form; /* of times */
    char decimal;       /* '.', ',' or 0: as numbers show it */
    /* Names of columns; NULL: found. `series` and `value` make the form a long one. */
    const char *time, *clock, *series, *value;
    const char *unit; /* of what says none; NULL: the quantity's */
} ohm_table_options;

typedef struct ohm_table {
    ohm_table_options options;
    ohm_sample_sink sink;
    uint8_t form;                        /* private to table.c */
    uint8_t columns[OHM_CSV_FIELDS_MAX]; /* wide: numbers, text, or not known yet */
    int16_t time, clock, series, value, unit, quality, measurement, state, sum;
    uint16_t count;
    ohm_span heads[OHM_CSV_FIELDS_MAX];
    struct { /* times of a series, by a hash of its name: an hour that comes twice needs them */
        uint64_t hash;
        ohm_when_memory memory;
    } memories[OHM_TABLE_MEMORIES];
    char source[OHM_TABLE_SOURCE_MAX], device[OHM_TABLE_SOURCE_MAX];
    uint8_t bytes[OHM_TABLE_HEADS_MAX];
} ohm_table;

void ohm_table_init(ohm_table *t, const ohm_table_options *options, const ohm_sample_sink *sink);

/* The first record is the head; so is the one behind annotations ('#'). OHM_UNKNOWN: the head
 * lacks a column, `what` says which; OHM_TOO_BIG: it is too long. Nothing else fails: what is
 * wrong with a row goes to the sink. */
OHM_MUST_CHECK ohm_err ohm_table_take(ohm_table *t, const ohm_csv_record *record);

#endif
