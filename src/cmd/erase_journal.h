/* What the journal says of devices whose readings are erased. */
#ifndef OHM_CMD_ERASE_JOURNAL_H
#define OHM_CMD_ERASE_JOURNAL_H

#include "cmd/series_pick.h"

/* Notices about one of these series, or with `devices` about the device of one, keep their number,
 * time and kind: name, quantity and values go. *ret_lines: how many. */
OHM_MUST_CHECK ohm_err ohm_erase_journal(const char *store, const ohm_series_list *list,
                                         bool devices, ohm_interval range, uint64_t *ret_lines);

#endif
