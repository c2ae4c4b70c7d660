/* The service manager's notify protocol (sd_notify(3)), without its library: one datagram of
 * "KEY=value" lines to the socket that $NOTIFY_SOCKET names. */
#ifndef OHM_HOST_NOTIFY_H
#define OHM_HOST_NOTIFY_H

#include "base/err.h"

/* Sends `state`: "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1", several with newlines.
 * OHM_UNKNOWN when nobody asked to be told; most callers ignore the result. */
ohm_err ohm_notify(const char *state);

/* How often the service manager wants "WATCHDOG=1" at the latest; 0 = never. Notify at half of
 * it. */
int64_t ohm_notify_watchdog_ms(void);

#endif
