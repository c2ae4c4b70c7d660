/* Days that are like Sundays: public holidays and closures, as people list them.
 *
 * A list is any text with dates (2026-05-01, or 01/05/2026) in it: one a line with a name beside
 * it, a column of a CSV, the JSON of a calendar. A line of two dates, and nothing between them but
 * a separator (, ; / .. or blanks), is a closure from the first to the last. What is no date is
 * not read, nor what follows a # at the front of a line or after a blank. The French public
 * holidays are known (Code du travail, L3133-1). */
#ifndef OHM_ANALYSIS_HOLIDAYS_H
#define OHM_ANALYSIS_HOLIDAYS_H

#include "base/civil.h"

enum { OHM_HOLIDAYS_MAX = 4096, OHM_CLOSURE_DAYS_MAX = 366, OHM_HOLIDAYS_FRENCH = 11 };

typedef struct ohm_closed_days {
    int count;
    int64_t days[OHM_HOLIDAYS_MAX]; /* since 1970-01-01, ascending, each once */
} ohm_closed_days;

/* `at` is the byte of the fault. OHM_TOO_BIG: too many days. OHM_RANGE: a closure that ends before
 * it begins or lasts more than a year. OHM_END: no date at all. *out is written in any case. */
OHM_MUST_CHECK ohm_err ohm_holidays_parse(ohm_span text, ohm_closed_days *out);

/* Adds a year's eleven. OHM_TOO_BIG. */
OHM_MUST_CHECK ohm_err ohm_holidays_french(int year, ohm_closed_days *io);

bool ohm_holidays_has(const ohm_closed_days *of, int64_t day);

#endif
