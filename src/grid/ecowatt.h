/* Ecowatt: RTE's signal of how tense the French grid is, in levels by local hour.
 *
 * A body publishes days; a day has up to 24 steps ("pas") that are hours on the wall clock, also
 * on the two days of the year that have 23 or 25 of them: in spring the step 2 does not exist,
 * in autumn it lasts two hours. fetch/ecowatt_body.h reads bodies into days; this is what the
 * days mean. Levels (hvalue): 0 abundant (v5), 1 normal, 2 tense, 3 very tense. */
#ifndef OHM_GRID_ECOWATT_H
#define OHM_GRID_ECOWATT_H

#include "base/segment.h"
#include "grid/signal.h"

enum {
    OHM_ECOWATT_DAYS_MAX = 8, /* RTE publishes three or four */
    OHM_ECOWATT_STEPS = 24,
};

/* One day as published. Start from ohm_ecowatt_day_init. */
typedef struct ohm_ecowatt_day {
    ohm_date date;
    ohm_ms made_ms; /* GenerationFichier; OHM_NO_MS if it is not said */
    bool has_level[OHM_ECOWATT_STEPS];
    int32_t level[OHM_ECOWATT_STEPS];
} ohm_ecowatt_day;

void ohm_ecowatt_day_init(ohm_ecowatt_day *day, ohm_date date, ohm_ms made_ms);

/* Adds a step (0..23); of a step given twice the worst level stays. */
void ohm_ecowatt_day_add(ohm_ecowatt_day *day, unsigned step, int32_t level);

/* Days in any order as a set of hours. Of one date the newest made wins; of equals the worst
 * level of each step. OHM_TOO_BIG: more hours than a set holds. */
OHM_MUST_CHECK ohm_code ohm_ecowatt_set(const ohm_ecowatt_day *days, size_t count, const ohm_tz *tz,
                                        ohm_ms fetched_ms, ohm_signal_set *out);

/* Levels as segments (grid/segments.h), as the set that the engine takes. OHM_TOO_BIG: more than a
 * set holds. */
OHM_MUST_CHECK ohm_code ohm_ecowatt_from_segments(ohm_segments levels, ohm_ms made_ms,
                                                  ohm_ms fetched_ms, ohm_signal_set *out);

/* The level that counts: 0..3 as they are; one that is not known is taken as 2 (tense). */
int32_t ohm_ecowatt_level(int32_t published);

/* Is `a` worse than `b`? Of two that count the same the higher number, so that the answer does
 * not depend on the order. */
bool ohm_ecowatt_worse(int32_t a, int32_t b);

/* The level that counts at an instant; -1 where the set says nothing. */
int ohm_ecowatt_level_at(const ohm_signal_set *set, ohm_ms at_ms);

/* The intervals that end after `now_ms` and whose level counts `threshold` or more, into *out
 * (with the set's own times of making and fetching). */
void ohm_ecowatt_critical(const ohm_signal_set *set, int32_t threshold, ohm_ms now_ms,
                          ohm_signal_set *out);

/* From `now_ms` on: the first instant whose level does not count `threshold` or more. `now_ms`
 * itself if it is already so. */
ohm_ms ohm_ecowatt_until(const ohm_signal_set *set, int32_t threshold, ohm_ms now_ms);

#endif
