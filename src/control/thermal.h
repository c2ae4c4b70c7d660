/* How long something that warms up with the current holds: the breaker inside a meter, a fuse.
 *
 * A first-order filter of the square of the load, x = drawn / rated: each second
 * y := a y + (1 - a) x^2, and it gives way when sqrt(y) passes a ratio. A Linky computes
 * Y = 0.992 Y + 0.008 X^2 and opens above about 1.3 times its breaking power (capfile.com's
 * description of the meter's cut-off; 1.5 times the power for 132 s from 0.8, twice for 47 s). For
 * a gG fuse (IEC 60269-1: holds 1.25 times its rating for an hour, melts at 1.6; 5 times for 2 to
 * 5 s) the same form with a = 0.968 and 1.25 is never later than the fuse.
 *
 * Integers only: x in thousandths rounded up, y in thousandths squared times
 * 1024, the powers of `a` as parts of 2^20. */
#ifndef OHM_CONTROL_THERMAL_H
#define OHM_CONTROL_THERMAL_H

#include <stdint.h>

typedef enum ohm_thermal_kind {
    OHM_THERMAL_LINKY,
    OHM_THERMAL_FUSE,
    OHM_THERMAL_KINDS_COUNT
} ohm_thermal_kind;

enum {
    OHM_THERMAL_NEVER = -1,
    OHM_THERMAL_S_MAX = 4095, /* it holds for longer than this: it holds */
    OHM_THERMAL_X_MAX = 20000,
};

#define OHM_THERMAL_HEAT_MAX (INT64_C(1024) * OHM_THERMAL_X_MAX * OHM_THERMAL_X_MAX)

/* The drawn power in thousandths of the rated one, rounded up, at most OHM_THERMAL_X_MAX. */
int32_t ohm_thermal_ratio(int64_t drawn_va, int64_t rated_va);

/* The heat after `seconds` of `x`. */
int64_t ohm_thermal_step(ohm_thermal_kind kind, int64_t heat, int32_t x, int64_t seconds);

/* Seconds until it gives way at `x`; 0 if it should have; OHM_THERMAL_NEVER if it holds. */
int32_t ohm_thermal_left_s(ohm_thermal_kind kind, int64_t heat, int32_t x);

#endif
