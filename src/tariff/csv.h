/* Cells of CSV files: lines, columns, numbers and times as people and exports write them. */
#ifndef OHM_TARIFF_CSV_H
#define OHM_TARIFF_CSV_H

#include "base/civil.h"

enum { OHM_CSV_COLUMNS_MAX = 32 };

/* The next line of *rest without its end; false at the end of the text. */
bool ohm_csv_line(ohm_span *rest, ohm_span *line);
/* Without blanks, quotes and a carriage return around it. */
ohm_span ohm_csv_trim(ohm_span s);
/* The cells of a line, trimmed; the last one holds the rest of a line that has too many. */
unsigned ohm_csv_split(ohm_span line, char separator, ohm_span cells[static OHM_CSV_COLUMNS_MAX]);

/* A number in units of 10^-decimals, rounded half away from zero where it says more. With another
 * separator than a comma, a decimal comma is read too. OHM_BAD_FORMAT, OHM_RANGE. */
OHM_MUST_CHECK ohm_code ohm_csv_number(ohm_span cell, char separator, int decimals, int64_t *out);

/* RFC 3339 (a blank for the T is read too), "2025-08-01[ 00:30[:00]]", "01/08/2025 00:30", or
 * seconds or milliseconds since 1970. Without an offset it is the zone's local time; of one that
 * the clock shows twice it is the first instant that lies after `after_ms`. OHM_BAD_FORMAT: not
 * understood; OHM_GAP: the clock never shows it; OHM_RANGE: not from 1970 to 2199. */
OHM_MUST_CHECK ohm_code ohm_csv_time(ohm_span cell, const ohm_tz *tz, ohm_ms after_ms, ohm_ms *out);

#endif
