/* What a meter counted, from the store: steps of ten minutes as the bills want them. */
#ifndef OHM_WEB_USES_H
#define OHM_WEB_USES_H

#include <stdatomic.h>

#include "store/reader.h"
#include "tariff/bill.h"

enum { OHM_USE_STEP_MS = 10 * OHM_MINUTE_MS }; /* the power of a step is what a contract limits */

typedef struct ohm_uses {
    ohm_use *items; /* malloc'ed */
    size_t count;
} ohm_uses;

/* The steps of [from, to) in which the register of `device` ("home/ground/main") is known; its
 * energies add up to the difference of the register. Injected energy and apparent power are there
 * where they are stored. OHM_UNKNOWN: no such register; OHM_MORE: `stop` (may be NULL) became
 * true. */
OHM_MUST_CHECK ohm_code ohm_uses_read(ohm_reader *reader, const char *device, ohm_interval range,
                                      const atomic_bool *stop, ohm_uses *out);
void ohm_uses_free(ohm_uses *uses);

#endif
