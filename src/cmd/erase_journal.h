/* What the journal says of devices whose readings are erased. */
#ifndef OHM_CMD_ERASE_JOURNAL_H
#define OHM_CMD_ERASE_JOURNAL_H

#include "cmd/series_pick.h"
#include "config/site.h"

/* The journal knows a meter by its id alone: whether that is one of these, where it stands. */
typedef struct ohm_erase_lines {
    const ohm_series_list *list;  /* what is erased */
    const ohm_series_list *stays; /* all that is stored: others of the same id may be among them */
    const ohm_site *site;         /* says where its meters are; NULL: nobody does */
    bool devices;                 /* of the devices of the list, not of its series alone */
    ohm_interval range;
} ohm_erase_lines;

/* Notices about one of the list keep their number, time and kind: name, quantity and values go.
 * *ret_lines: how many. OHM_CONFLICT, before anything is told anew: a line may be of another meter
 * that stays, and no site says which. */
OHM_MUST_CHECK ohm_err ohm_erase_journal(const char *store, const ohm_erase_lines *lines,
                                         uint64_t *ret_lines);

#endif
