/* Bodies of RTE's services: bytes to days of Ecowatt, bytes to a token.
 *
 * A body is taken whole or refused whole, with its reason; a refused one changes nothing. Levels
 * of v4 (1..3) and v5 (0..3) bodies, and ones that nobody knows yet, are kept as published. The
 * order of days and steps, the texts and the colour of the day (dvalue) mean nothing. A missing
 * or null level is an hour that is not known. */
#ifndef OHM_FETCH_ECOWATT_BODY_H
#define OHM_FETCH_ECOWATT_BODY_H

#include "base/span.h"
#include "grid/ecowatt.h"

enum {
    OHM_ECOWATT_BODY_MAX = 256 << 10, /* real ones have 2 to 11 kB */
    OHM_ECOWATT_VALUES_MAX = 32,      /* entries in one day's list; RTE sends 24 */
};

/* Reads a body of the signals' service. `tz` says on which date a day that is not written from
 * midnight lies. `at` is a byte position, 0 where the fault has none. */
OHM_MUST_CHECK ohm_err ohm_ecowatt_body_parse(ohm_span body, const ohm_tz *tz,
                                              ohm_ecowatt_day days[static OHM_ECOWATT_DAYS_MAX],
                                              size_t *ret_count);

/* The same, on to the set of hours. */
OHM_MUST_CHECK ohm_err ohm_ecowatt_body_to_set(ohm_span body, const ohm_tz *tz, ohm_ms fetched_ms,
                                               ohm_signal_set *out);

#endif
