/* Names as they are compared: lower case, without accents, everything else than letters and
 * digits as one '_'. "Unité (kW)" in UTF-8, in Latin-1 or in decomposed form is "unite_kw". */
#ifndef OHM_INOUT_NAME_H
#define OHM_INOUT_NAME_H

#include "base/span.h"

enum { OHM_NAME_MAX = 96 };

/* Writes at most cap - 1 bytes and a NUL; returns the bytes written. cap > 0. */
size_t ohm_name_fold(ohm_span text, char *out, size_t cap);

/* Is the text, folded, this name? `folded` is shorter than OHM_NAME_MAX. */
bool ohm_name_is(ohm_span text, const char *folded);

/* Without white space (no-break spaces too) at both ends. */
ohm_span ohm_trim(ohm_span text);

#endif
