/* How the solvers of this room lay out a caller's block of memory: the same walk with no block
 * first tells how much it takes. */
#ifndef OHM_PLAN_ARENA_H
#define OHM_PLAN_ARENA_H

#include <stddef.h>

typedef struct arena {
    unsigned char *base; /* NULL: only count */
    size_t used;         /* bytes */
} arena;

/* The next bytes, on a cache line of their own; NULL while only counting. */
static inline void *take(arena *in, size_t bytes)
{
    void *at = in->base ? in->base + in->used : NULL;
    in->used += (bytes + 63) / 64 * 64;
    return at;
}

#endif
