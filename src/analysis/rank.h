/* Order statistics of numbers that the caller keeps. */
#ifndef OHM_ANALYSIS_RANK_H
#define OHM_ANALYSIS_RANK_H

#include <stddef.h>

/* Leaves out what is NAN and sorts the rest to the front, ascending (no memory, no bad case: quick
 * sort that falls back to a heap). Returns how many there are. */
size_t ohm_rank_sort(double *of, size_t count);

/* The quantile `share` (0..1) of sorted numbers, between neighbours by straight line (type 7 of
 * Hyndman and Fan 1996, the default of R and NumPy). NAN if there are none. */
double ohm_rank_quantile(const double *sorted, size_t count, double share);

#endif
