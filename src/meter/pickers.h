/* Pickers (meter/pick.h) that sources share: a hundred sensors of one preset have the same rules,
 * and their payloads are looked at one after the other, on the loop's thread. */
#ifndef OHM_METER_PICKERS_H
#define OHM_METER_PICKERS_H

#include "meter/pick.h"

typedef struct ohm_shared_picker ohm_shared_picker;

/* All of a process. Zeroed memory is an empty list. */
typedef struct ohm_pickers {
    ohm_shared_picker *first;
} ohm_pickers;

/* The picker of these rules, made if there is none (as ohm_picker_new). `all` NULL: one of its own.
 */
OHM_MUST_CHECK ohm_err ohm_pickers_hold(ohm_pickers *all, const ohm_pick_rule *rules, size_t count,
                                        const char *time, ohm_shared_picker **ret_picker);
void ohm_pickers_release(ohm_shared_picker *picker); /* takes NULL; the last one frees it */

const ohm_picker *ohm_pickers_get(const ohm_shared_picker *picker);

#endif
