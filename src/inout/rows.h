/* Our own rows on their way out: readings, steps and journal lines as CSV (RFC 4180), as a French
 * spreadsheet wants it (';', decimal comma, a mark of UTF-8), as NDJSON, or as line protocol.
 *
 * Every writer puts one whole line, its end included, into the caller's room, or returns 0: it
 * does not fit. Numbers are exact. inout/table.h and inout/line_protocol.h read them back. */
#ifndef OHM_INOUT_ROWS_H
#define OHM_INOUT_ROWS_H

#include "base/civil.h"
#include "base/quantity.h"

typedef enum ohm_rows_form {
    OHM_ROWS_CSV,
    OHM_ROWS_CSV_FR,
    OHM_ROWS_NDJSON,
    OHM_ROWS_INFLUX,
} ohm_rows_form;

enum { OHM_ROWS_DECIMAL_MAX = 24, OHM_ROW_TEXT_MAX = 1024 };

/* value × 10^-decimals, without zeros at the end: 23010 at 2 is "230.1". Terminated. */
size_t ohm_decimal_write(int64_t value, int decimals, char sign,
                         char out[static OHM_ROWS_DECIMAL_MAX]);

typedef struct ohm_rows_reading {
    const char *key; /* "site/zone/device/quantity" */
    ohm_quantity_id quantity;
    uint8_t quality;
    ohm_ms time_ms;
    int64_t value;
} ohm_rows_reading;

/* What of a step a row says, or'ed; 0 is all of it. */
typedef enum ohm_rows_column {
    OHM_ROWS_READINGS = 1,
    OHM_ROWS_MEAN = 2,
    OHM_ROWS_MIN = 4,
    OHM_ROWS_MAX = 8,
    OHM_ROWS_FIRST = 16,
    OHM_ROWS_LAST = 32,
    OHM_ROWS_ENERGY = 64,
} ohm_rows_column;

typedef struct ohm_rows_step {
    const char *key;
    const char *unit; /* NULL: the quantity's */
    unsigned columns; /* not of line protocol */
    ohm_quantity_id quantity;
    uint8_t quality;
    ohm_ms from_ms, to_ms;
    uint32_t count; /* 0: a gap, written with empty places; not to be written as line protocol */
    bool has_mean, has_energy, estimated;
    int64_t mean, min, max, first, last, energy;
} ohm_rows_step;

/* `tz` is of the local times in the French form. The head may be nothing: then 1 byte is not
 * written, and the length is 0. */
size_t ohm_rows_readings_head(ohm_rows_form form, char *out, size_t cap);
size_t ohm_rows_reading_write(ohm_rows_form form, const ohm_tz *tz, const ohm_rows_reading *r,
                              char *out, size_t cap);
size_t ohm_rows_steps_head(ohm_rows_form form, unsigned columns, char *out, size_t cap);
size_t ohm_rows_step_write(ohm_rows_form form, const ohm_tz *tz, const ohm_rows_step *s, char *out,
                           size_t cap);

/* What a register gained in an hour, on a day, in a month or year, in a period of the tariff. */
typedef struct ohm_rows_energy {
    const char *key;
    const char *local;  /* when it began: RFC 3339 with the offset, or the date */
    const char *period; /* "" where there is no tariff */
    const char *how;
    bool kept; /* its readings were thinned out since */
    int64_t wh;
} ohm_rows_energy;

/* CSV and NDJSON; in the French form the time is as people write it, with its offset beside it. */
size_t ohm_rows_energy_head(ohm_rows_form form, char *out, size_t cap);
size_t ohm_rows_energy_write(ohm_rows_form form, const ohm_rows_energy *r, char *out, size_t cap);

/* A line of the journal: `json` is the record as it is kept; in CSV it is one field. Line protocol
 * has none: 0. */
size_t ohm_rows_journal_head(ohm_rows_form form, char *out, size_t cap);
size_t ohm_rows_journal_write(ohm_rows_form form, const ohm_tz *tz, uint64_t seq, ohm_ms time_ms,
                              ohm_span json, char *out, size_t cap);

/* "good", "unauthenticated", "suspect", "estimated". */
const char *ohm_quality_text(uint8_t quality);

#endif
