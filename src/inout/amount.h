/* Numbers as people and their programs write them: "1 234,5", "1.234,56", "0.30000000000000004".
 * Exact: mantissa × 10^exponent. Digits beyond the eighteenth cannot matter to any quantity of
 * ours; they are dropped so that rounding later comes out as with all of them. */
#ifndef OHM_INOUT_AMOUNT_H
#define OHM_INOUT_AMOUNT_H

#include "base/err.h"
#include "base/span.h"

/* `decimal` is '.' or ','; 0: as the number itself shows it (a lone ',' is a decimal comma; of
 * two different signs the last is the decimal one). The other sign, spaces, no-break spaces and
 * apostrophes may stand between groups of three digits. OHM_END: it says that there is no value
 * ("", "-", "null", "nan", "unknown"…). OHM_BAD_FORMAT: no number. OHM_RANGE: too large. */
OHM_MUST_CHECK ohm_code ohm_amount_parse(ohm_span text, char decimal, int64_t *ret_mantissa,
                                         int *ret_exponent);

#endif
