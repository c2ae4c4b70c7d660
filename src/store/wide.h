/* Sums of many values of 64 bits. */
#ifndef OHM_STORE_WIDE_H
#define OHM_STORE_WIDE_H

#include <stdint.h>

__extension__ typedef __int128 ohm_wide;

/* The quotient, rounded half away from zero; `by` > 0. */
static inline int64_t ohm_wide_mean(ohm_wide sum, int64_t by)
{
    ohm_wide quotient = sum / by, rest = sum % by;
    if (2 * rest >= by)
        quotient++;
    else if (2 * rest <= -(ohm_wide)by)
        quotient--;
    return (int64_t)quotient;
}

#endif
