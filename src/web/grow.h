/* Text that grows up to a limit, for answers whose length nobody knows before. */
#ifndef OHM_WEB_GROW_H
#define OHM_WEB_GROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct ohm_grow {
    char *bytes; /* malloc'ed: whoever takes it frees it */
    size_t len, cap;
    size_t max;           /* 0: none */
    bool failed, too_big; /* nothing is added any more */
} ohm_grow;

/* Room for `len` more bytes behind the present end, or NULL. */
char *ohm_grow_room(ohm_grow *text, size_t len);
void ohm_grow_add(ohm_grow *text, const void *bytes, size_t len);

/* The end of an answer: with OHM_OK the text is the caller's, unless it found no room
 * (OHM_NO_MEMORY) or is too long (OHM_TOO_BIG). With any other code it is freed, and that returned.
 */
OHM_MUST_CHECK ohm_code ohm_grow_give(ohm_grow *text, ohm_code code, char **ret_bytes,
                                      size_t *ret_len);

#endif
