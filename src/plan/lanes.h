/* Loops over stages in which no pass reads what another writes: told to the compiler, which then
 * takes several stages at a time. Functions that are such loops are OHM_WIDE: where the processor
 * may have registers for four numbers they are compiled for both, and the loader takes what fits.
 * What they compute is the same to the bit (nothing is contracted, no sum is reordered). */
#ifndef OHM_PLAN_LANES_H
#define OHM_PLAN_LANES_H

#if defined(__clang__)
#define OHM_LANES _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define OHM_LANES _Pragma("GCC ivdep")
#else
#define OHM_LANES
#endif

/* Only where the loader can choose (glibc), and where no sanitizer must start before it does. */
#include <limits.h>
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) &&                            \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OHM_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define OHM_WIDE
#endif

#endif
