/* One source of readings: a link (serial, TCP, file), a codec, and what is known of both.
 *
 * Driven by the loop thread through libuv; reconnects by itself with a back-off; a device that
 * is silent or babbles holds up no other. Good frames come out through on_frame, one call a
 * message, quantised; a bad one publishes nothing and only counts. */
#ifndef OHM_METER_METER_H
#define OHM_METER_METER_H

#include "base/err.h"
#include "base/reading.h"
#include "base/time.h"
#include "meter/status.h"

struct uv_loop_s;

enum { OHM_METER_ADDRESS_MAX = 256, OHM_METER_KEY_BYTES_MAX = 32 };

typedef struct ohm_meter_config {
    uint16_t device;                     /* index: goes into each frame */
    char address[OHM_METER_ADDRESS_MAX]; /* "serial:/dev/serial/by-id/…", "tcp:host:port",
                                            "file:PATH" */
    uint32_t baud;                       /* serial: 2400 */
    char framing[4];                     /* serial: "8E1" */
    char protocol[16];                   /* "dlms" or "auto" */
    char profile[64];                    /* "" = chosen by the meter itself */
    uint8_t key[OHM_METER_KEY_BYTES_MAX], auth_key[OHM_METER_KEY_BYTES_MAX];
    uint8_t key_len, auth_key_len; /* 0 = none */
    uint8_t system_title[8];
    bool has_system_title;
    const char *timezone; /* of the meter's clock; NULL = the site's */
    int64_t stale_after_ms;
} ohm_meter_config;

typedef struct ohm_meter ohm_meter;

typedef struct ohm_meter_hooks {
    void (*on_frame)(void *ctx, const ohm_frame *frame);
    void (*on_status)(void *ctx, uint16_t device, const ohm_meter_status *status); /* on change */
    /* Replay counters: stored under a key of the caller's choice, rate-limited by the driver. */
    void (*save)(void *ctx, uint16_t device, const uint8_t *bytes, size_t len);
    ohm_ms (*utc_now)(void *ctx); /* the wall clock, and whether it is set: OHM_NO_MS if not */
    void *ctx;
} ohm_meter_hooks;

/* Starts reading. `saved` are bytes an earlier run saved (NULL if none). */
OHM_MUST_CHECK ohm_err ohm_meter_start(struct uv_loop_s *loop, const ohm_meter_config *config,
                                       const ohm_meter_hooks *hooks, const uint8_t *saved,
                                       size_t saved_len, ohm_meter **ret_meter);
/* Closes the link; the memory goes when libuv has let go of the handles. NULL allowed. */
void ohm_meter_stop(ohm_meter *meter);
const ohm_meter_status *ohm_meter_status_of(const ohm_meter *meter);

#endif
