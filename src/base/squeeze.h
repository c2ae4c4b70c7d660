/* Text made small: what is kept of every device and seldom looked at, such as the JSON of a meter's
 * last message, in which the same words come again and again.
 *
 * A stream of steps, each a byte and what it says: below 80h so many plus one bytes follow as they
 * are; from 80h on a copy of (byte - 80h) + 4 bytes, and two bytes (low first) say how far back
 * they begin, 1 to 65 535; a copy may overlap what it writes. Nothing says how long the whole is:
 * the caller knows. Pure, no allocation. */
#ifndef OHM_BASE_SQUEEZE_H
#define OHM_BASE_SQUEEZE_H

#include "base/err.h"
#include "base/span.h"

/* What can't be made smaller needs so much. */
#define OHM_SQUEEZE_MAX(len) ((len) + ((len) + 127) / 128)

/* Writes into `out`, of at least OHM_SQUEEZE_MAX(text.len) bytes; returns how many. */
size_t ohm_squeeze(ohm_span text, uint8_t *out, size_t cap);

/* The text again. OHM_TOO_BIG: it is longer than `cap`; OHM_BAD_FORMAT: no such stream. */
OHM_MUST_CHECK ohm_code ohm_unsqueeze(ohm_span in, uint8_t *out, size_t cap, size_t *ret_len);

#endif
