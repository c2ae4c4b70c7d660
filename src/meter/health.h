/* From what came and when to the state of a meter (meter/status.h). Pure: times are given. */
#ifndef OHM_METER_HEALTH_H
#define OHM_METER_HEALTH_H

#include <stddef.h>

#include "base/time.h"
#include "meter/status.h"

/* Times are of the monotonic clock; `never` where it did not happen. */
typedef struct ohm_meter_health {
    int64_t stale_after_ms;
    bool asked;      /* the device says nothing by itself: only answers tell how it is */
    bool up, failed; /* the line is open; the last attempt to open it failed */
    bool was_ok;     /* a message came since the start */
    int64_t up_ms;   /* since when the line is open */
    int64_t bytes_ms, frame_ms, message_ms, trouble_ms; /* when last */
    uint64_t noise_bytes;                               /* since the last frame */
    ohm_meter_state trouble; /* what the last refused messages lack; OHM_METER_OK: nothing */
    unsigned tag_failures;   /* in a row */
    ohm_meter_state read;    /* how much of it came the last time: ohm_meter_state_read() */
} ohm_meter_health;

void ohm_meter_health_init(ohm_meter_health *h, int64_t stale_after_ms, ohm_mono_ms now);

void ohm_meter_health_up(ohm_meter_health *h, ohm_mono_ms now);
void ohm_meter_health_down(ohm_meter_health *h, bool was_up);
void ohm_meter_health_bytes(ohm_meter_health *h, size_t count, ohm_mono_ms now);
void ohm_meter_health_frame(ohm_meter_health *h, ohm_mono_ms now);
void ohm_meter_health_message(ohm_meter_health *h, ohm_mono_ms now);
/* A message or an answer that could not be used, or none: a state of ohm_meter_state_trouble(). */
void ohm_meter_health_trouble(ohm_meter_health *h, ohm_meter_state trouble, ohm_mono_ms now);

/* A conversation with a device that gave something is over: OHM_METER_OK, _PARTLY, _NO_PROFILE. */
void ohm_meter_health_read(ohm_meter_health *h, ohm_meter_state read);

ohm_meter_state ohm_meter_health_state(const ohm_meter_health *h, ohm_mono_ms now);

#endif
