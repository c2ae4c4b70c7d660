/* A password from whoever runs the verb: typed twice without echo on a terminal, or the first line
 * of a pipe. */
#ifndef OHM_CMD_SECRET_INPUT_H
#define OHM_CMD_SECRET_INPUT_H

#include "base/err.h"

#include <stddef.h>

/* A line without its end, in `out`, which the caller wipes. OHM_BAD_FORMAT: empty, or the two
 * typings differ; OHM_TOO_BIG: longer than `cap` takes. */
OHM_MUST_CHECK ohm_err ohm_secret_input(const char *prompt, char *out, size_t cap);

#endif
