/* The machine's zone files: a name like "Europe/Paris" to an ohm_tz.
 *
 * Reads one file under $TZDIR, or /usr/share/zoneinfo. The name comes from a configuration or a
 * command line, so it may not leave that folder. Not a logging room: the error says what is
 * wrong, the caller says where the name came from. */
#ifndef OHM_HOST_TZDATA_H
#define OHM_HOST_TZDATA_H

#include "base/civil.h"

/* OHM_UNKNOWN: no such zone; OHM_IO: the file can't be read, or no zones are installed. "UTC"
 * needs no file. *out is written on success only. */
OHM_MUST_CHECK ohm_err ohm_tzdata_load(const char *name, ohm_tz *out);

#endif
