/* Lists of segments (base/segment.h): the order they promise, and questions to them. */
#ifndef OHM_GRID_SEGMENTS_H
#define OHM_GRID_SEGMENTS_H

#include "base/civil.h"
#include "base/err.h"
#include "base/segment.h"
#include "base/span.h"
#include "grid/signal.h"

enum { OHM_SEGMENT_VALUE_MAX = 48 };

/* The segment that holds an instant; NULL: the list says nothing about it. The list is in order. */
const ohm_segment *ohm_segments_at(ohm_segments segments, ohm_ms at_ms);
/* Is there one within so long of an instant, before or after? */
bool ohm_segments_near(ohm_segments segments, ohm_ms at_ms, int64_t within_ms);

/* The end of the last one; OHM_NO_MS for an empty list. */
ohm_ms ohm_segments_end(ohm_segments segments);

/* Is the list oldest first, without an empty interval and without an overlap? If not, and
 * `ret_at` is no NULL, it gets the index of the first segment out of order. */
bool ohm_segments_in_order(ohm_segments segments, size_t *ret_at);

/* Do two segments say the same? 5 and 5.0 do. */
bool ohm_segment_same_value(const ohm_segment *a, const ohm_segment *b);

/* NONE: nothing holds now, nor comes later. STALE: it came longer than `stale_ms` ago (or from a
 * clock that was ahead), and counts until it ends. */
ohm_signal_state ohm_segments_state(ohm_segments segments, ohm_ms fetched_ms, int64_t stale_ms,
                                    ohm_ms now_ms);

/* The day [06:00, 06:00 of the next) that a date's Tempo colour holds for: 23, 24 or 25 hours. */
ohm_interval ohm_tempo_day(const ohm_tz *tz, ohm_date date);
/* The date whose colour holds at an instant: before 06:00 the one of the day before. */
ohm_date ohm_tempo_date(const ohm_tz *tz, ohm_ms at_ms);

/* An EJP date: the peak [07:00, 01:00 of the next) that is EJP or not, and the rest up to 07:00,
 * which never is. */
void ohm_ejp_day(const ohm_tz *tz, ohm_date date, ohm_interval *ret_peak, ohm_interval *ret_rest);

/* "BLUE", "WHITE", "RED"; NULL for anything else. */
const char *ohm_colour_name(int64_t colour);
/* Of the words that services use, in English and French, in any case, with or without "TEMPO_". */
ohm_colour ohm_colour_of(ohm_span text);

/* "BLUE", "-4.5", "3": the value as text, exactly. Returns its length. */
size_t ohm_segment_write(const ohm_segment *segment, ohm_segment_unit unit,
                         char out[static OHM_SEGMENT_VALUE_MAX]);

/* "level", "colour", "EUR/MWh", "g/kWh", "°C", "W/m²", "W", "Wh", "". */
const char *ohm_segment_unit_name(ohm_segment_unit unit);

#endif
