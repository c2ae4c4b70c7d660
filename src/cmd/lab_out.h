/* Files that the laboratory writes: whole or not at all, and never over what isn't meant. */
#ifndef OHM_CMD_LAB_OUT_H
#define OHM_CMD_LAB_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/span.h"

/* What a file's writer writes to: memory, until it is whole. */
typedef struct ohm_lab_out {
    FILE *to;
    char *text;
    size_t len;
} ohm_lab_out;

/* Whether a file can be made there, before anything is computed for it. One that is there is
 * replaced only if that is asked for (`replace`), and a database only if it has nothing but rows of
 * a run: never a site's own. Devices and pipes are written to as they are, a `database` is not.
 * Returns the exit status; what is wrong was said on stderr. */
int ohm_lab_out_check(const char *path, bool replace, bool database);

/* Takes a file away that was checked to be replaced, if it is there. */
int ohm_lab_out_remove(const char *path);

/* Memory to write to; false: there is none. */
bool ohm_lab_out_begin(ohm_lab_out *out);
/* Puts what was written in the place of the file; frees it in any case. Says what is wrong. */
int ohm_lab_out_end(ohm_lab_out *out, const char *path);
/* The same of bytes that are at hand. */
int ohm_lab_out_put(const char *path, ohm_span bytes);

#endif
