/* A number that grows with every change of what was over: for those that hold answers.
 *
 * It is the sum of the changes that imports, corrections and erasures note (store/changes.h) and
 * of the times that readings came late, or were thinned out. What was read of a time that ended
 * more than OHM_LATE_MS ago is still what is stored, as long as the number is the same; only what
 * lies beyond its end may have come since (a register is interpolated up to its next reading). */
#ifndef OHM_STORE_REVISION_H
#define OHM_STORE_REVISION_H

#include "base/time.h"

#define OHM_LATE_KEY "history/late"
#define OHM_LATE_MS  OHM_HOUR_MS

/* A round of thinning is under way elsewhere (PostgreSQL), which commits before the file does. */
#define OHM_THINNING_KEY "history/thinning"

/* One more: a state value of decimal digits. */
#define OHM_LATE_SQL                                                                               \
    "INSERT INTO state(key,value) VALUES('" OHM_LATE_KEY "',X'31')"                                \
    " ON CONFLICT(key) DO UPDATE SET"                                                              \
    " value=CAST(CAST(CAST(value AS TEXT) AS INTEGER)+1 AS BLOB)"

#endif
