/* What was used, from CSV: rows of a time and one or more columns, to an array of ohm_use.
 *
 * The first line names the columns; the separator is a comma, a semicolon or a tab (with a
 * semicolon or a tab a decimal comma is read too). The names say what is in them
 * (docs/tariffs.md has the list):
 *   a time      utc, time, date, horodate, …; utc_start with utc_end
 *   a step      energy_wh, kwh, …: energy since this row's time, until the next one's
 *   a power     power_w, kw, …: the mean over the same step
 *   a register  index_wh, register_kwh, …: what the meter showed at that time
 * "energy_import", our own counter, is a register unless it ever goes down, and refused where too
 * few rows leave it open; "wh" and "value" are steps.
 *
 * Times are RFC 3339, or "2025-08-01 00:30[:00]", "01/08/2025 00:30", or seconds since 1970. One
 * without an offset is UTC in a column called utc…, else local: where the clock shows an hour
 * twice, the rows that come first are the first hour. Rows ascend. A step lasts until the next
 * row, but no longer than half again the usual step: what is missing is a gap, never invented.
 * Days that start (or end) at local midnight are 23, 24 or 25 hours, the last one too.
 *
 * Pure: the caller gives the room (a use a row is enough). */
#ifndef OHM_TARIFF_USE_CSV_H
#define OHM_TARIFF_USE_CSV_H

#include "tariff/bill.h"
#include "tariff/csv.h"

typedef enum ohm_use_form {
    OHM_USE_GUESS, /* by the names of the columns */
    OHM_USE_STEPS, /* what the columns of energy are */
    OHM_USE_REGISTER,
} ohm_use_form;

typedef struct ohm_use_csv {
    const ohm_tz *tz;     /* of local times */
    const char *column;   /* the energy column's name; NULL: the first that is known */
    bool stamps_are_ends; /* a row's time is the end of its step */
    ohm_use_form form;
    uint8_t digits;    /* of a register, before the decimal point, 1 to 9: it rolls over; 0: none */
    bool meter_change; /* a register that goes down is another meter's */
    ohm_use *uses;
    size_t cap;
    /* Out. */
    size_t count;
    int64_t step_ms;  /* the usual one */
    size_t repeated;  /* rows that say again what was said for that time: left out */
    size_t rolled;    /* roll-overs of a register */
    size_t exchanged; /* meters: what was used between their readings is a gap */
    bool is_register; /* of the energy column */
    bool has_power;   /* energy from mean powers */
    char energy_column[48];
} ohm_use_csv;

/* `at` is the line of the fault. */
OHM_MUST_CHECK ohm_err ohm_use_csv_read(ohm_span text, ohm_use_csv *io);
/* Is a column of that name about a period of that name? "index_hc_kwh" is about hc, "bleu HP" about
 * blue_hp: each word of the period is one of the column's, colours in French too. */
bool ohm_use_csv_is_about(ohm_span name, const char *period_id);
/* The columns of the first line that is no comment; their number. */
unsigned ohm_use_csv_header(ohm_span text, ohm_span cells[static OHM_CSV_COLUMNS_MAX]);
/* At most so many uses: the lines of the text. */
size_t ohm_use_csv_rows(ohm_span text);

/* --- other files, of the same form ---------------------------------------------------------- */

#define OHM_SPOT_NEUR_MAX INT64_C(10000000000) /* 10 EUR/kWh */

/* "utc_start,utc_end,value" in EUR/MWh, as 'ohmstead signal' prints prices. */
OHM_MUST_CHECK ohm_err ohm_spot_csv_read(ohm_span text, ohm_spot_price *out, size_t cap,
                                         size_t *ret_count);
/* "date,colour" or "utc_start,utc_end,value" with BLUE, WHITE, RED, EJP, NORMAL: fills codes of
 * days from first_day on; other days are left as they are. */
OHM_MUST_CHECK ohm_err ohm_codes_csv_read(ohm_span text, const ohm_tz *tz, int64_t first_day,
                                          uint8_t *codes, size_t count);

#endif
