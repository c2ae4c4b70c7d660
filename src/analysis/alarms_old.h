/* A book of alarms as version 1 wrote it. Private to the room: alarms_bytes.c. */
#ifndef OHM_ANALYSIS_ALARMS_OLD_H
#define OHM_ANALYSIS_ALARMS_OLD_H

#include "analysis/alarms.h"

/* Whether bytes begin as that version's did. */
bool ohm_alarms_old_is(ohm_span bytes);
/* *out is written on success only. OHM_BAD_FORMAT: they are no whole book. Any bytes are safe. */
OHM_MUST_CHECK ohm_code ohm_alarms_old_decode(ohm_span bytes, ohm_alarms *out);

#endif
