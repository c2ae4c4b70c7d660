/* What an import takes in: samples of strangers become series of ours, are checked, counted and
 * written to the store in parts.
 *
 * A source (a column, a statistic, a field) becomes a series by the rules that were given, else by
 * its own name if that is one of ours, else by what its name and unit most likely mean; what fits
 * nothing is left out and said. Two sources never become one series. Readings before 2000, from
 * the future, out of range, or of a register that falls are refused and counted; what the store
 * has already stays, or is replaced, as asked. Everything is idempotent: the same import made
 * again, or made again after it was stopped half-way, changes nothing more. */
#ifndef OHM_CMD_INTAKE_H
#define OHM_CMD_INTAKE_H

#include <stdio.h>

#include "inout/sample.h"
#include "store/history.h"
#include "store/reader.h"

enum {
    OHM_INTAKE_SOURCES_MAX = 4096,
    OHM_INTAKE_RULES_MAX = 512,
    OHM_INTAKE_SOURCE_MAX = 192,
    OHM_INTAKE_UNIT_MAX = 16,
};

/* "SOURCE=SERIES[:UNIT]"; a series of "-" leaves the source out. */
typedef struct ohm_intake_rule {
    char source[OHM_INTAKE_SOURCE_MAX];
    char series[OHM_SERIES_KEY_MAX]; /* its last one to four parts */
    char unit[OHM_INTAKE_UNIT_MAX];  /* "": as the file says */
} ohm_intake_rule;

/* False: not of that form, or too long. */
bool ohm_intake_rule_parse(const char *text, size_t len, ohm_intake_rule *out);

typedef struct ohm_intake_options {
    const char *store; /* its path; NULL: there is none to compare with (dry run) */
    const char *into;  /* "site", "site/zone" or "site/zone/device": where series go */
    const char *main;  /* "site/zone/device": for exports of the distributor; NULL: as the others */
    const char *name;  /* the device of what does not say, if `into` has none */
    const char *file;  /* for messages */
    const ohm_intake_rule *rules;
    size_t rules_count;
    bool only; /* leave out what has no rule */
    bool dry_run, replace, meter_change;
    ohm_ms now_ms;
} ohm_intake_options;

typedef struct ohm_intake ohm_intake;

/* Options must stay until it is closed. */
OHM_MUST_CHECK ohm_err ohm_intake_open(const ohm_intake_options *options, ohm_intake **ret_intake);
void ohm_intake_close(ohm_intake *intake); /* NULL is allowed */

ohm_sample_sink ohm_intake_sink(ohm_intake *intake);
uint64_t ohm_intake_readings(const ohm_intake *intake); /* taken so far */

/* The store refused: nothing more is taken. OHM_OK: all is well. */
ohm_err ohm_intake_error(const ohm_intake *intake);

/* Writes what is still in memory. */
OHM_MUST_CHECK ohm_err ohm_intake_finish(ohm_intake *intake);

/* What came, series by series, and what did not. Returns the readings that are in the store now
 * or would be. */
uint64_t ohm_intake_report(const ohm_intake *intake, bool json, FILE *out);

#endif
