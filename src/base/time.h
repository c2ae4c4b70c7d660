/* The two clocks. They are different types so that the compiler refuses to mix them.
 *
 * ohm_ms        milliseconds since 1970-01-01T00:00:00Z. For calendars only: it may jump.
 * ohm_mono_ms   milliseconds of a clock that never jumps (CLOCK_BOOTTIME in the daemon, the
 *               simulated clock in simulations). For every duration and every timer.
 *
 * Intervals are half-open, [from, to). Local time exists only through base/civil.h. */
#ifndef OHM_BASE_TIME_H
#define OHM_BASE_TIME_H

#include <stdint.h>

typedef int64_t ohm_ms;

typedef struct ohm_mono_ms {
    int64_t v;
} ohm_mono_ms;

/* "There is no such time": never a valid instant. */
#define OHM_NO_MS INT64_MIN

enum {
    OHM_SECOND_MS = 1000,
    OHM_MINUTE_MS = 60 * OHM_SECOND_MS,
    OHM_HOUR_MS = 60 * OHM_MINUTE_MS,
};

typedef struct ohm_interval {
    ohm_ms from_ms, to_ms;
} ohm_interval;

/* The time from `earlier` to `later`; negative if they are the other way round. */
static inline int64_t ohm_mono_since(ohm_mono_ms later, ohm_mono_ms earlier)
{
    return later.v - earlier.v;
}

static inline ohm_mono_ms ohm_mono_after(ohm_mono_ms start, int64_t duration_ms)
{
    return (ohm_mono_ms){ start.v + duration_ms };
}

#endif
