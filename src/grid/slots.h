/* Lists of slots (base/slot.h): the order they promise, and questions to them. */
#ifndef OHM_GRID_SLOTS_H
#define OHM_GRID_SLOTS_H

#include "base/civil.h"
#include "base/err.h"
#include "base/slot.h"
#include "base/span.h"

enum { OHM_SLOT_VALUE_MAX = 48 };

/* The slot that holds an instant; NULL: the list says nothing about it. The list is in order. */
const ohm_slot *ohm_slots_at(ohm_slots slots, ohm_ms at_ms);

/* The end of the last one; OHM_NO_MS for an empty list. */
ohm_ms ohm_slots_end(ohm_slots slots);

/* Is the list oldest first, without an empty interval and without an overlap? If not, and
 * `ret_at` is no NULL, it gets the index of the first slot out of order. */
bool ohm_slots_in_order(ohm_slots slots, size_t *ret_at);

/* Do two slots say the same? 5 and 5.0 do. */
bool ohm_slot_same_value(const ohm_slot *a, const ohm_slot *b);

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
size_t ohm_slot_write(const ohm_slot *slot, ohm_slot_unit unit,
                      char out[static OHM_SLOT_VALUE_MAX]);

/* "level", "colour", "EUR/MWh", "g/kWh", "°C", "W/m²", "W", "Wh", "". */
const char *ohm_slot_unit_name(ohm_slot_unit unit);

#endif
