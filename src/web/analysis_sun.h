/* The site's own production, of the store: which meters make it, and what they gave. */
#ifndef OHM_WEB_ANALYSIS_SUN_H
#define OHM_WEB_ANALYSIS_SUN_H

#include "web/analysis_columns.h"
#include "web/view.h"

/* The meters beside the main one that no other counts, as the configuration names them: hashes of
 * "home/roof/panels", so that a question stays small. */
typedef struct ohm_analysis_beside {
    uint16_t count;
    uint64_t device[OHM_VIEW_METERS_MAX];
} ohm_analysis_beside;

/* Those of a view's main meter. */
void ohm_analysis_beside_of(const ohm_view *view, ohm_analysis_beside *out);

/* What those of them gave that feed in and draw at most a tenth of that (an inverter by night; a
 * battery is none), by what the store has of their last 400 days, whoever speaks now: W, together
 * in one column, NAN where one of them is not known, 0 before its first reading. NULL: there are
 * none; else the table's last column. */
OHM_MUST_CHECK ohm_code ohm_analysis_sun(ohm_history_table *t, const ohm_analysis_beside *beside,
                                         ohm_column **ret);

#endif
