/* When a service may and should be asked again. RTE allows one call in 15 minutes, others a
 * number a day or an hour, and keys are shared by nobody, so most refusals that users see come
 * from restarts. Pure: clocks and random numbers are passed in.
 *
 * Durations run on the monotonic clock; across a restart they are carried by a small record
 * (ohm_schedule_save and _restore) in wall-clock times, which a wall clock that jumped can only
 * make longer, and never longer than a day. Call order:
 *
 *     init [restore]   next ─► (wait) ─► started ─► the call ─► ended   next ─► ...
 *
 * Save after started and after ended, before the process does anything else. */
#ifndef OHM_GRID_SCHEDULE_H
#define OHM_GRID_SCHEDULE_H

#include "base/civil.h"
#include "base/err.h"
#include "grid/source.h"

enum {
    OHM_SCHEDULE_STOP_MS = 60 * OHM_MINUTE_MS, /* refused: nothing we do will help */
    OHM_SCHEDULE_BACKOFF_MAX_MS = 120 * OHM_MINUTE_MS,
    OHM_SCHEDULE_OFFLINE_MS = OHM_MINUTE_MS, /* no connection: nobody was asked */
    OHM_SCHEDULE_HOLD_MAX_MS = 24 * 60 * OHM_MINUTE_MS,
    OHM_SCHEDULE_RECORD_MAX = 160,
};

enum { OHM_PACE_DUES_MAX = 4 };

/* How a source may be asked, and when it has something new. Times of day are local minutes. */
typedef struct ohm_pace {
    int64_t gap_ms;   /* never two calls closer than this, so that any day has few enough */
    int64_t usual_ms; /* from one call to the next when all is well */
    int16_t due_min[OHM_PACE_DUES_MAX]; /* something new is there: one call soon; 0 ends the list */
    /* Between these times, as long as what is in hand does not reach beyond `reach_min` of the
     * day `reach_days` ahead: a call each `again_ms`. */
    int16_t watch_from_min, watch_to_min;
    int16_t reach_days, reach_min;
    int64_t again_ms;
} ohm_pace;

const ohm_pace *ohm_pace_of(ohm_source source);

/* What came longer ago than this is stale: six times the usual, an hour to 36 of them. */
int64_t ohm_pace_stale_ms(ohm_source source);

/* How a call ended. */
typedef enum ohm_call_outcome {
    OHM_CALL_DONE,         /* a body that was understood */
    OHM_CALL_OFFLINE,      /* no name, no route, no connection: the service saw nothing */
    OHM_CALL_UNAUTHORISED, /* 401 */
    OHM_CALL_FORBIDDEN,    /* 403, or credentials refused */
    OHM_CALL_TOO_MANY,     /* 429, or any answer with Retry-After */
    OHM_CALL_FAILED,       /* 5xx, time-outs, bodies that are not what they should be */
    OHM_CALL_OUTCOMES_COUNT
} ohm_call_outcome;

typedef struct ohm_schedule {
    const ohm_pace *pace;
    bool called;        /* last is a time */
    ohm_mono_ms last;   /* the last call that may have reached the service */
    bool called_before; /* the same before the call under way */
    ohm_mono_ms last_before;
    ohm_mono_ms not_before; /* what the last outcome asks for */
    uint16_t failures;      /* in a row, of any kind but OFFLINE */
    uint16_t offline;       /* in a row */
    uint16_t unauthorised;  /* in a row */
    int64_t usual_ms;       /* from one call to the next when all is well */
    uint32_t spread;        /* this installation's random offset, 0..UINT32_MAX */
} ohm_schedule;

/* `usual_ms`: what the user wants, 0 for the pace's own; below the gap it is the gap.
 * `random` spreads the installations over minutes, so that they don't all ask at 17:05:00. */
void ohm_schedule_init(ohm_schedule *schedule, const ohm_pace *pace, int64_t usual_ms,
                       uint32_t random, ohm_mono_ms now);

void ohm_schedule_started(ohm_schedule *schedule, ohm_mono_ms now);

/* `retry_after_s`: what the service asked for, -1 if nothing. `random`: fresh, for the jitter. */
void ohm_schedule_ended(ohm_schedule *schedule, ohm_call_outcome outcome, int64_t retry_after_s,
                        uint32_t random, ohm_mono_ms now);

/* When to ask next, never earlier than allowed. `known_ms`: until when something is known
 * (OHM_NO_MS: nothing is). */
ohm_mono_ms ohm_schedule_next(const ohm_schedule *schedule, ohm_ms known_ms, const ohm_tz *tz,
                              ohm_ms now_ms, ohm_mono_ms now);

/* A line of text for the store. Returns its length. */
size_t ohm_schedule_save(const ohm_schedule *schedule, ohm_ms now_ms, ohm_mono_ms now,
                         char out[static OHM_SCHEDULE_RECORD_MAX]);

/* Takes up where another run stopped; to be called with a wall clock that is set. A record that
 * does not read is OHM_BAD_FORMAT; it may hide a call of a moment ago, so the gap is waited. */
OHM_MUST_CHECK ohm_code ohm_schedule_restore(ohm_schedule *schedule, ohm_span record, ohm_ms now_ms,
                                             ohm_mono_ms now);

#endif
