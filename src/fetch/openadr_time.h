/* When the intervals of an OpenADR 3 event are: an event's intervals inherit its intervalPeriod,
 * the first starts at its start, each lasts its duration and the next follows; an interval's own
 * intervalPeriod goes before. A duration of P9999Y, of PT0S, and none, mean without an end: until
 * the next interval that says its own start. */
#ifndef OHM_FETCH_OPENADR_TIME_H
#define OHM_FETCH_OPENADR_TIME_H

#include <jansson.h>

#include "base/civil.h"
#include "base/err.h"

#define OHM_ADR_END_OF_TIME_MS INT64_C(253402300799000) /* 9999-12-31T23:59:59Z */

typedef struct ohm_adr_clock {
    const json_t *event;
    ohm_ms from_ms;      /* of the next interval; OHM_NO_MS: it must say that itself */
    int64_t usual_ms;    /* how long it lasts */
    const json_t *fault; /* of the text that was refused */
} ohm_adr_clock;

OHM_MUST_CHECK ohm_err ohm_adr_clock_start(ohm_adr_clock *clock, const json_t *event);
/* The intervals in order, `at` from 0 on. */
OHM_MUST_CHECK ohm_err ohm_adr_clock_next(ohm_adr_clock *clock, size_t at, ohm_interval *out);
/* When the event was changed last, else made. */
bool ohm_adr_changed(const json_t *event, ohm_ms *out);

#endif
