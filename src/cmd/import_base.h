/* SQLite files that an import reads: Home Assistant's database (long-term statistics), and tables
 * of measurements as the prototypes kept them. */
#ifndef OHM_CMD_IMPORT_BASE_H
#define OHM_CMD_IMPORT_BASE_H

#include "cmd/import_input.h"

/* `table` names one; NULL: every table that has a column of times. OHM_UNKNOWN: nothing in it is
 * known to us. */
OHM_MUST_CHECK ohm_err ohm_import_base(const char *path, const char *table,
                                       const ohm_input_options *options,
                                       const ohm_sample_sink *sink);

#endif
