/* Times as files write them, into UTC: with a zone ("2026-03-29T02:30:00+02:00") or without, which
 * is then the file's own zone; "29/03/2026 02:30", "29.03.2026 02:30", "2026-03-29 02:30:00.5", a
 * date alone (its midnight), seconds, milliseconds, microseconds or nanoseconds of 1970.
 *
 * An hour that clocks show twice is read by the order of the file: the memory of a series knows
 * where it was and which way it goes. An hour that clocks skip is refused. */
#ifndef OHM_INOUT_WHEN_H
#define OHM_INOUT_WHEN_H

#include "base/civil.h"

typedef enum ohm_when_form {
    OHM_WHEN_AUTO, /* numbers by their size; dates by their shape, 03/04 is the third of April */
    OHM_WHEN_DMY,
    OHM_WHEN_MDY,
    OHM_WHEN_S,
    OHM_WHEN_MS,
    OHM_WHEN_US,
    OHM_WHEN_NS,
} ohm_when_form;

/* What came before in the same series; zeroed at first. */
typedef struct ohm_when_memory {
    bool known, falling; /* a file that goes backwards */
    ohm_ms last_ms;
} ohm_when_memory;

/* A bare time of day ("02:30") has no date: OHM_BAD_FORMAT, as all else that is no time.
 * OHM_RANGE: no such date or time of day, or an hour that the clocks of `tz` skip. `memory` may be
 * NULL: then the first of two instants. It is brought up to date on success. */
OHM_MUST_CHECK ohm_err ohm_when_parse(ohm_span text, ohm_when_form form, const ohm_tz *tz,
                                      ohm_when_memory *memory, ohm_ms *out);

#endif
