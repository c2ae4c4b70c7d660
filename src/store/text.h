/* Reading the small records of text that the store keeps or is given: lines, and words of a line.
 */
#ifndef OHM_STORE_TEXT_H
#define OHM_STORE_TEXT_H

#include "base/span.h"

/* Takes what stands before the next `end` (or before the end of the text) from the front of *rest,
 * and the `end` with it. False: nothing is left. */
static inline bool ohm_text_cut(ohm_span *rest, char end, ohm_span *out)
{
    if (rest->len == 0)
        return false;
    const uint8_t *stop = memchr(rest->ptr, end, rest->len);
    size_t len = stop ? (size_t)(stop - rest->ptr) : rest->len;
    *out = ohm_span_part(*rest, 0, len);
    *rest = ohm_span_part(*rest, stop ? len + 1 : len, stop ? rest->len - len - 1 : 0);
    return true;
}

#endif
