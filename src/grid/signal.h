/* Signal sets: keeping base/signal.h's promise (oldest first, never overlapping), and asking
 * them questions.
 *
 * A set is changed by these functions only. Levels are kept as they were published; the worse of
 * two is decided by ohm_ecowatt_level (grid/ecowatt.h). An answer is about the set alone: what
 * the level makes the loads do is for control/ to decide. */
#ifndef OHM_GRID_SIGNAL_H
#define OHM_GRID_SIGNAL_H

#include "base/civil.h"
#include "base/err.h"
#include "base/signal.h"

enum {
    OHM_SIGNAL_STALE_MS = 36 * OHM_HOUR_MS, /* made longer ago: flagged, though still in force */
    OHM_SIGNAL_DAYS_MAX = 10,
};

/* Nothing known. */
void ohm_signal_init(ohm_signal_set *set, ohm_signal_kind kind);

/* Any list of intervals, in any order, overlapping or not, as a set: where several cover an
 * instant the worst wins. Empty intervals are left out. OHM_TOO_BIG: more than a set holds.
 * Only the intervals of *out are written, and on success only. */
OHM_MUST_CHECK ohm_code ohm_signal_normalise(const ohm_signal_interval *items, size_t count,
                                             ohm_signal_set *out);

/* Writes one interval over what the set says: what a person sets by hand wins, for better or
 * worse. OHM_RANGE: the interval is empty. OHM_TOO_BIG: no room; the set is as before. */
OHM_MUST_CHECK ohm_code ohm_signal_put(ohm_signal_set *set, ohm_signal_interval item);

/* `published` with `by_hand` over it. Times of making and fetching are those of `published`. */
OHM_MUST_CHECK ohm_code ohm_signal_layer(const ohm_signal_set *published,
                                         const ohm_signal_set *by_hand, ohm_signal_set *out);

/* Drops the intervals that ended at or before `now_ms`. */
void ohm_signal_forget(ohm_signal_set *set, ohm_ms now_ms);

/* The interval that holds an instant; NULL: the set says nothing about it. */
const ohm_signal_interval *ohm_signal_at(const ohm_signal_set *set, ohm_ms at_ms);

/* The end of the last interval; OHM_NO_MS for an empty set. */
ohm_ms ohm_signal_end(const ohm_signal_set *set);

typedef enum ohm_signal_state {
    OHM_SIGNAL_NONE,  /* no interval holds now, nor comes later */
    OHM_SIGNAL_FRESH, /* made (or, if it does not say, fetched) within the last 36 hours */
    OHM_SIGNAL_STALE, /* older, or made in the future; its hours count until the last one ends */
} ohm_signal_state;
ohm_signal_state ohm_signal_state_of(const ohm_signal_set *set, ohm_ms now_ms);

/* The set by local days, for showing. A day is a run of intervals that start on its date. */
typedef struct ohm_signal_day {
    ohm_date date;
    int32_t level;         /* the worst of its intervals, as published */
    uint16_t first, count; /* into set->intervals; count is 1 or more */
} ohm_signal_day;

/* Writes at most OHM_SIGNAL_DAYS_MAX days, oldest first; returns how many. */
uint16_t ohm_signal_days(const ohm_signal_set *set, const ohm_tz *tz,
                         ohm_signal_day out[static OHM_SIGNAL_DAYS_MAX]);

#endif
