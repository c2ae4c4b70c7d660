/* Limits of quantities: far beyond what is usual, yet far below what a wrong unit, a lost sign or
 * a garbled digit gives. */
#ifndef OHM_BASE_PLAUSIBLE_H
#define OHM_BASE_PLAUSIBLE_H

#include "base/quantity.h"

/* Can a house, a factory or its meters have that value? By the unit. */
bool ohm_quantity_plausible(ohm_quantity_id id, int64_t quantised);

#endif
