/* The names of a file: devices and series by their keys, made where they are missing. For the
 * writer of frames and that of history, inside a transaction. */
#ifndef OHM_STORE_NAMES_H
#define OHM_STORE_NAMES_H

#include "base/quantity.h"
#include "store/db.h"

typedef struct ohm_names ohm_names;

OHM_MUST_CHECK ohm_err ohm_names_new(sqlite3 *db, ohm_names **ret_names);
void ohm_names_free(ohm_names *names); /* NULL is allowed */

/* OHM_UNKNOWN: there is none, and it is not to be made. OHM_TOO_BIG: the file's table is full. */
OHM_MUST_CHECK ohm_err ohm_names_device(ohm_names *names, ohm_span key, bool make,
                                        uint32_t *ret_device);
OHM_MUST_CHECK ohm_err ohm_names_series(ohm_names *names, uint32_t device, ohm_quantity_id quantity,
                                        bool make, uint32_t *ret_series);

/* "site/zone/device/quantity" in its two parts. OHM_BAD_FORMAT: not such a name; OHM_UNKNOWN:
 * no such quantity, or one that has no series. */
OHM_MUST_CHECK ohm_err ohm_names_split(const char *series_key, ohm_span *ret_device,
                                       ohm_quantity_id *ret_quantity);

/* "site/zone/device", as long as a store takes. */
bool ohm_names_is_device(ohm_span key);

#endif
