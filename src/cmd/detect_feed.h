/* What `ohmstead detect` looks at step by step: the column, and what was named beside it. */
#ifndef OHM_CMD_DETECT_FEED_H
#define OHM_CMD_DETECT_FEED_H

#include "analysis/detect_more.h"
#include "cmd/columns.h"
#include "cmd/day_table.h"
#include "cmd/plane.h"

enum { OHM_FEED_PARTS_MAX = 16, OHM_FEED_NAMES_BYTES = 1024 };

typedef enum ohm_feed_kind {
    OHM_FEED_LOAD,
    OHM_FEED_PV,
    OHM_FEED_MACHINE,
    OHM_FEED_WATER,
    OHM_FEED_GAS,
    OHM_FEED_KINDS
} ohm_feed_kind;

typedef struct ohm_feed_words {
    const char *column, *kind, *phases, *sub, *irradiance, *temperature;
} ohm_feed_words;

typedef struct ohm_feed {
    const ohm_feed_words *words;
    const ohm_tz *tz;
    ohm_feed_kind kind;
    ohm_site_plane plane;
    ohm_day_table table; /* slots of a day */
    ohm_ms step_ms, next_ms;
    int64_t steps, measured; /* so far, and those with a value */
    /* Columns of the file in hand; NULL: not named. */
    const ohm_column *of, *phases[3], *parts[OHM_FEED_PARTS_MAX], *light, *outdoor;
    int parts_count;
    double parts_unit[OHM_FEED_PARTS_MAX]; /* in the column's own */
    ohm_detect *detect;                    /* owned */
    ohm_swap swap;
    ohm_leftover residue;
    ohm_yield yield;
    ohm_leak leak;
    ohm_cycles cycles;
    void (*tell)(void *to, const ohm_detect_alarm *alarm); /* once it has cleared */
    void *to;
} ohm_feed;

/* Kinds by name; OHM_FEED_KINDS: none. */
ohm_feed_kind ohm_feed_kind_of(const char *name);

/* All steps of a file before `end_ms`; a later file goes on where it ended. Exit status. */
int ohm_feed_file(ohm_feed *f, const char *path, const ohm_columns *columns, ohm_ms end_ms);

/* Clears what is open. */
void ohm_feed_end(ohm_feed *f);

/* The energy that a unit of the column is, for an hour: kWh, or of water and gas what a step
 * counts. */
double ohm_feed_unit(const ohm_feed *f);

#endif
