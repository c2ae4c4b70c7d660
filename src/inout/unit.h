/* Units of others into the base units of our quantities, exactly: as a fraction, never through a
 * double, rounded once (half away from zero) to the decimals of the quantity. */
#ifndef OHM_INOUT_UNIT_H
#define OHM_INOUT_UNIT_H

#include "base/quantity.h"

/* mantissa × 10^exponent in `unit` → the quantised integer of the quantity. An empty unit is the
 * quantity's own. OHM_UNKNOWN: the unit is not known, or of something else. OHM_RANGE: it does
 * not fit. */
OHM_MUST_CHECK ohm_code ohm_unit_quantise(ohm_span unit, ohm_quantity_id id, int64_t mantissa,
                                          int exponent, int64_t *out);

/* Can values in this unit become values of the quantity? */
bool ohm_unit_fits(ohm_span unit, ohm_quantity_id id);

/* The base unit ("Wh" of "kWh" and "MJ"), NULL: not known. */
const char *ohm_unit_base(ohm_span unit);

#endif
