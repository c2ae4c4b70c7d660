/* What is used of the vendor's library libphidget22, as its documentation describes it; loaded when
 * a board wants it (it is in no distribution). Calls may block: they are for a thread of their
 * own. Handlers are called from a thread of the library's. */
#ifndef OHM_RELAY_PHIDGET22_H
#define OHM_RELAY_PHIDGET22_H

#include <stdint.h>

#include "base/err.h"

/* Return codes; 0 is good. */
enum {
    OHM_PHIDGET_UNSUPPORTED = 20,
    OHM_PHIDGET_NOT_ATTACHED = 52,
    OHM_PHIDGET_FAILSAFE = 59, /* it let go; the channel is to be closed and opened again */
};

/* Of the error handler: the failsafe timer ran out. */
enum { OHM_PHIDGET_EVENT_FAILSAFE = 4108 };

typedef void ohm_phidget_handler(void *channel, void *ctx);
typedef void ohm_phidget_error_handler(void *channel, void *ctx, int code, const char *what);

typedef struct ohm_phidget22 {
    int (*create)(void **ret_channel);
    int (*delete_)(void **channel);
    int (*set_serial)(void *channel, int32_t serial);
    int (*set_channel)(void *channel, int number);
    int (*set_local)(void *channel, int local);
    int (*set_remote)(void *channel, int remote);
    int (*set_server)(void *channel, const char *name);
    int (*on_attach)(void *channel, ohm_phidget_handler *handler, void *ctx);
    int (*on_detach)(void *channel, ohm_phidget_handler *handler, void *ctx);
    int (*on_error)(void *channel, ohm_phidget_error_handler *handler, void *ctx);
    int (*open)(void *channel);
    int (*close)(void *channel);
    int (*set_state)(void *channel, int state);
    int (*enable_failsafe)(void *channel, uint32_t ms);
    int (*reset_failsafe)(void *channel);
    int (*add_server)(const char *name, const char *host, int port, const char *password,
                      int flags);
    int (*remove_server)(const char *name);
} ohm_phidget22;

/* OHM_UNKNOWN: it is not installed, or not what it says it is. It stays loaded: its threads may. */
OHM_MUST_CHECK ohm_err ohm_phidget22_load(ohm_phidget22 *out);

#endif
