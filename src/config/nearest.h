/* "Did you mean …?": the accepted word nearest to what was written. */
#ifndef OHM_CONFIG_NEAREST_H
#define OHM_CONFIG_NEAREST_H

#include "base/span.h"

/* Of `candidate` and the best so far (NULL at first), the one nearer to `word`; NULL while none
 * is near enough to be meant (at most a third of its letters differ). */
const char *ohm_nearest_pick(ohm_span word, const char *candidate, const char *best);

/* "a, b, c" from a NULL-terminated list, cut to the buffer. */
void ohm_nearest_list(const char *const *words, char *out, size_t cap);

#endif
