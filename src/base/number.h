/* Reading numbers from text, whatever the locale: no strtol, no strtod.
 *
 * The whole span must be the number: no spaces, no trailing junk, nothing left unread. What is
 * read is exact; a number that does not fit is OHM_RANGE, never rounded or clamped. Outputs are
 * written on success only. */
#ifndef OHM_BASE_NUMBER_H
#define OHM_BASE_NUMBER_H

#include "base/err.h"
#include "base/span.h"

/* [+-] digits. */
OHM_MUST_CHECK ohm_code ohm_number_int(ohm_span text, int64_t *out);

/* [+-] digits [. digits] [e [+-] digits] → mantissa × 10^exponent, exactly. Zeros at the end of
 * the fraction are dropped ("230.10" → 2301, -1), so that equal numbers read equal. The exponent
 * comes out within -400..400. */
OHM_MUST_CHECK ohm_code ohm_number_decimal(ohm_span text, int64_t *ret_mantissa, int *ret_exponent);

/* A decimal as an integer number of 10^-decimals: "0.2065" at 6 decimals is 206500. OHM_RANGE
 * also when digits would be lost. */
OHM_MUST_CHECK ohm_code ohm_number_scaled(ohm_span text, int decimals, int64_t *out);

#endif
