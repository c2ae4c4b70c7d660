/* The machine's two clocks, read at the edge and passed on as values. */
#ifndef OHM_HOST_CLOCK_H
#define OHM_HOST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/* The wall clock: milliseconds since 1970 UTC. It may be wrong and it may jump. */
ohm_ms ohm_clock_utc(void);

/* CLOCK_BOOTTIME: never jumps, goes on during suspend. */
ohm_mono_ms ohm_clock_mono(void);

/* What tells this boot of the machine from others; 0 where the kernel doesn't say (a sandbox). */
uint64_t ohm_clock_boot_id(void);

/* How far the wall clock can be trusted. */
typedef enum ohm_clock_trust {
    OHM_CLOCK_UNSET,     /* before 2024: a machine without a battery clock just started */
    OHM_CLOCK_PLAUSIBLE, /* a sensible date, but the kernel knows no synchronisation */
    OHM_CLOCK_SYNCED,    /* disciplined by NTP, PTP or a receiver */
} ohm_clock_trust;

ohm_clock_trust ohm_clock_trust_of(void);

/* The date part of the question alone: is this a time that a set clock could show? */
static inline bool ohm_clock_plausible(ohm_ms utc_ms)
{
    return utc_ms >= INT64_C(1704067200000); /* 2024-01-01T00:00:00Z */
}

#endif
