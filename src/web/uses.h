/* What a meter counted, from the store: steps of ten minutes as the bills want them.
 *
 * Hours whose readings were thinned out since come from the energy ledger (store/energy.h): what
 * is left of the readings is the shape of the hour, the ledger's row its total. */
#ifndef OHM_WEB_USES_H
#define OHM_WEB_USES_H

#include <stdatomic.h>

#include "store/reader.h"
#include "tariff/bill.h"

enum { OHM_USE_STEP_MS = 10 * OHM_MINUTE_MS }; /* the power of a step is what a contract limits */

typedef struct ohm_uses_query {
    const char *device; /* "home/ground/main" */
    ohm_interval range;
    /* Where its periods begin, steps end too; NULL: they don't. */
    const ohm_contract *contract;
    const ohm_tz *tz;           /* of that, and of days; NULL: UTC */
    const ohm_day_codes *codes; /* NULL: none */
    const atomic_bool *stop;    /* NULL: never */
} ohm_uses_query;

typedef struct ohm_uses {
    ohm_use *items; /* malloc'ed */
    size_t count;
    ohm_bill_basis basis; /* what they were made of */
} ohm_uses;

/* The steps in which the register of imported energy is known; their energies add up to its
 * difference. Injected energy and apparent power are there where they are stored. Of the time
 * that no register tells, before its first reading as after its last, the load curve
 * (power_import_mean) will do, or else the days (energy_import_day), as Enedis gives them out.
 * OHM_UNKNOWN: none of them is there; OHM_MORE: `stop` became true. */
OHM_MUST_CHECK ohm_code ohm_uses_read(ohm_reader *reader, const ohm_uses_query *query,
                                      ohm_uses *out);
/* Where the meter keeps a register for each period of the contract, and these add up to the one of
 * all energy: what it counted in each on each day, instead of the steps. Else they stay. */
OHM_MUST_CHECK ohm_code ohm_uses_by_period(ohm_reader *reader, const ohm_uses_query *query,
                                           ohm_uses *io);
void ohm_uses_free(ohm_uses *uses);

#endif
