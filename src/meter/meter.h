/* One source of readings: a line (serial, TCP, file), a protocol, and what is known of both. It
 * listens to a meter that speaks by itself, or asks one on a line that it shares with others
 * (meter/port.h); to its owner both are the same.
 *
 * Driven by the loop thread through libuv; reconnects by itself with a back-off; a device that
 * is silent or babbles holds up no other. Good frames come out through on_frame, one call a
 * message, quantised; a bad one publishes nothing and only counts.
 *
 * A frame holds what its message said and nothing else: of a meter with several push lists each
 * quantity keeps the time of its own last frame. Its time is the meter's where that can be
 * resolved and agrees with our clock to within ten minutes, else the time of reception; a frame
 * without either is not published. Impossible values are marked OHM_QUALITY_SUSPECT, and what no
 * tag proves OHM_QUALITY_UNAUTHENTICATED. */
#ifndef OHM_METER_METER_H
#define OHM_METER_METER_H

#include "base/civil.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/time.h"
#include "meter/meter_deeds.h"
#include "meter/status.h"

struct uv_loop_s;
struct ohm_payload_config;  /* meter/payload.h */
struct ohm_ports;           /* meter/port.h */
struct ohm_modbus_profiles; /* meter/modbus_profiles.h */
struct ohm_profiles;        /* meter/profiles.h */
struct ohm_recent;          /* meter/recent.h */
struct ohm_protocol;        /* meter/protocol.h */
struct ohm_protocol_reject; /* meter/protocol.h */

enum {
    OHM_METER_ADDRESS_MAX = 256,
    OHM_METER_KEY_BYTES_MAX = 32,
    OHM_METER_STALE_MS = 30000,
    OHM_METER_SETTINGS_MAX = 512,
};

typedef struct ohm_meter_config {
    uint16_t device;                     /* index: goes into each frame */
    char address[OHM_METER_ADDRESS_MAX]; /* "serial:/dev/serial/by-id/…", "tcp:host:port",
                                            "file:PATH"; "mqtt://host/topic", "http://…" */
    uint32_t baud;                       /* serial; 0 = the protocol's usual one */
    char framing[4];                     /* serial: "8E1"; "" = the protocol's usual one */
    char protocol[16];                   /* of meter/protocol.h, or "auto" */
    const struct ohm_protocol *row;      /* one that is not in the table; NULL: by its name */
    char profile[64];                    /* "" = chosen by the meter itself */
    uint8_t key[OHM_METER_KEY_BYTES_MAX], auth_key[OHM_METER_KEY_BYTES_MAX];
    uint8_t key_len, auth_key_len; /* 0 = none */
    uint8_t system_title[8];
    bool has_system_title; /* and no other is believed */
    bool pin_first_title;  /* none is configured: the first that proves the key, and no other */
    char password[OHM_METER_TEXT_MAX]; /* "" = none */
    /* What else its protocol wants to know, in its own words (docs/dlms-client.md); "" = nothing */
    char settings[OHM_METER_SETTINGS_MAX];
    ohm_meter_deeds deeds; /* what is done to it, once, and allowed */
    /* Of the device on its line, as its protocol writes it ("5", a secondary address…); "" = none
     */
    char device_address[OHM_METER_TEXT_MAX];
    /* Asked this often; 0 = listened to, where its protocol knows of meters that speak by
     * themselves (or the line is a file), else asked at its protocol's pace. */
    int64_t every_ms;
    bool drop_echo; /* the line gives back what is sent */
    /* The state folder that keeps the invocation counters of our own messages from run to run
     * (meter/counter_folder.h); copied. NULL: nobody keeps them. */
    const char *state_dir;
    const char *timezone; /* of the meter's clock: the site's, or its own; NULL = not known */
    const ohm_tz *tz;     /* the same, loaded already; it must stay. NULL: as `timezone` says */
    /* "mqtt" and "http": what the payloads hold; copied. NULL: they are only shown. */
    const struct ohm_payload_config *payload;
    struct ohm_ports *ports; /* so that meters share a line; NULL: a line of its own */
    int64_t stale_after_ms;  /* 0 = OHM_METER_STALE_MS; of a meter that is asked, and three times
                                its pace */
    const struct ohm_profiles *profiles;               /* must stay; NULL = the shipped ones */
    const struct ohm_modbus_profiles *modbus_profiles; /* likewise */
    int64_t retry_ms_min; /* first pause before a line is tried again; 0 = 1 s */
    int64_t hunt_ms;      /* noise for so long, and another speed is tried; 0 = seconds */
} ohm_meter_config;

typedef struct ohm_meter ohm_meter;

typedef struct ohm_meter_hooks {
    void (*on_frame)(void *ctx, const ohm_frame *frame);
    /* A row that the meter recorded some time ago: to be kept, not to be acted upon. May be NULL.
     */
    void (*on_history)(void *ctx, const ohm_frame *frame);
    void (*on_status)(void *ctx, uint16_t device, const ohm_meter_status *status); /* on change */
    /* Replay and invocation counters, to be kept under a key of the caller's choice and given back
     * to ohm_meter_start. They are written ahead, and seldom: after a crash the meter's next few
     * messages may be refused, but never an old one accepted. Forgetting them is the operator's
     * reset after a change of meter or key. */
    void (*save)(void *ctx, uint16_t device, const uint8_t *bytes, size_t len);
    /* Of a meter that is asked: a conversation did not give all, and why (static). May be NULL. */
    void (*on_lack)(void *ctx, uint16_t device, const char *why);
    /* A sender proved the key for the first time. May be NULL. */
    void (*on_trusted)(void *ctx, uint16_t device, const uint8_t title[static 8]);
    ohm_ms (*utc_now)(void *ctx); /* the wall clock, and whether it is set: OHM_NO_MS if not */
    void *ctx;
} ohm_meter_hooks;

/* Starts reading. `saved` are bytes an earlier run saved (NULL if none). Errors: an address, a
 * framing, a key, a profile or a zone that does not exist; a line that can't be opened is not
 * one, but a state. */
OHM_MUST_CHECK ohm_err ohm_meter_start(struct uv_loop_s *loop, const ohm_meter_config *config,
                                       const ohm_meter_hooks *hooks, const uint8_t *saved,
                                       size_t saved_len, ohm_meter **ret_meter);
/* Silence after which the data of such a meter counts as old. */
int64_t ohm_meter_stale_after_ms(const ohm_meter_config *config);

/* Is it asked, rather than listened to? */
bool ohm_meter_is_asked(const ohm_meter_config *config);

/* Is there anything in it that ohm_meter_start would refuse, secrets and lines aside? */
OHM_MUST_CHECK ohm_err ohm_meter_config_check(const ohm_meter_config *config);

/* Closes the link; the memory goes when libuv has let go of the handles. NULL allowed. */
void ohm_meter_stop(ohm_meter *meter);
const ohm_meter_status *ohm_meter_status_of(const ohm_meter *meter);
/* Its last message, as it came and what it said. */
const struct ohm_recent *ohm_meter_recent_of(const ohm_meter *meter);

/* For those who look closer: each message as the codec gives it, with its time (OHM_NO_MS: not
 * known), each refusal, and what the line says of itself. Any may be NULL. */
typedef struct ohm_meter_watch {
    void (*on_message)(void *ctx, const struct ohm_protocol *protocol, const void *message,
                       ohm_ms time_ms);
    void (*on_reject)(void *ctx, const struct ohm_protocol_reject *reject);
    void (*on_down)(void *ctx, ohm_err why); /* OHM_END: the file is read */
    /* Of a meter that is asked: a conversation is over; `why` is NULL if it gave all. */
    void (*on_end)(void *ctx, const char *why);
    void *ctx;
} ohm_meter_watch;
void ohm_meter_set_watch(ohm_meter *meter, const ohm_meter_watch *watch);

#endif
