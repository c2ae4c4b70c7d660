/* Invariants by name: what never happens (docs/architecture.md), asserted where it could. The
 * name is what a failing world prints last, and what the tests hunt. */
#ifndef OHM_CONTROL_INVARIANT_H
#define OHM_CONTROL_INVARIANT_H

#include <assert.h>

#define OHM_INVARIANT(name, holds) assert((holds) && (name))

#endif
