/* A result that one thread waits for and another one has. Shared by both: the last one frees it,
 * since either may be the first to lose interest. */
#ifndef OHM_STORE_PENDING_H
#define OHM_STORE_PENDING_H

#include <stdbool.h>

#include "base/err.h"

typedef struct ohm_pending ohm_pending;

ohm_pending *ohm_pending_new(void); /* NULL: out of memory */
/* Of so many owners: 2 if nobody will have a result. */
void ohm_pending_drop(ohm_pending *pending, int owners);
/* The result is there; the other's part of it ends. */
void ohm_pending_done(void *pending, ohm_err result);
/* Waits for it, 10 s at most, then OHM_BUSY; ours ends. */
OHM_MUST_CHECK ohm_err ohm_pending_wait(ohm_pending *pending);

#endif
