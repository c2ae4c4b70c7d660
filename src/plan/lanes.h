/* Loops over stages in which no pass reads what another writes: told to the compiler, which then
 * takes several stages at a time. */
#ifndef OHM_PLAN_LANES_H
#define OHM_PLAN_LANES_H

#if defined(__clang__)
#define OHM_LANES _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define OHM_LANES _Pragma("GCC ivdep")
#else
#define OHM_LANES
#endif

#endif
