/* Inside of the store: writing what was said (store/said.h), in a transaction of the writer's. */
#ifndef OHM_STORE_SAID_OWN_H
#define OHM_STORE_SAID_OWN_H

#include "store/db.h"
#include "store/said.h"

/* One that says again what it said changes nothing. Another code of a day that the ledger of
 * energy has cut already makes that day's rows anew. */
OHM_MUST_CHECK ohm_err ohm_said_put_day(sqlite3 *db, const ohm_day_said *said);
/* Takes the place of what the source said of that time before. */
OHM_MUST_CHECK ohm_err ohm_said_put_spot(sqlite3 *db, const ohm_spot_said *said);

#endif
