/* The columns of a meter that the reports ask for, from the store. */
#ifndef OHM_WEB_ANALYSIS_COLUMNS_H
#define OHM_WEB_ANALYSIS_COLUMNS_H

#include "report/mains.h"
#include "report/stats.h"
#include "web/history_table.h"

enum { OHM_ANALYSIS_METERS_MAX = OHM_STATS_PARTS_MAX, OHM_ANALYSIS_NAME_MAX = 48 };

/* A meter, by the beginning of its series' keys, and its name for the answer. */
typedef struct ohm_analysis_meter {
    char device[OHM_SERIES_KEY_MAX]; /* "home/ground/main" */
    char name[OHM_ANALYSIS_NAME_MAX];
} ohm_analysis_meter;

/* All that the meter measures of the supply: fills `of`, `name` and `scale` of *q by role. */
OHM_MUST_CHECK ohm_code ohm_analysis_mains(ohm_history_table *t, const char *device, ohm_mains *q);

/* The power of a meter, W, in a column of its name: by its registers where it has any, else its
 * power. `net`: less what goes back; else what is drawn alone, as registers count it. NULL in *ret:
 * nothing of it is stored; else it is the table's last column. */
OHM_MUST_CHECK ohm_code ohm_analysis_power(ohm_history_table *t, const ohm_analysis_meter *meter,
                                           bool net, ohm_column **ret);

#endif
