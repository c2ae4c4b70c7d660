/* What the files of the driver share: a meter, of which one way of reading is in use. Private to
 * the room.
 *
 *   meter.c        starts and stops; messages and states, whatever they come from
 *   meter_push.c   a link and a decoder: the meter speaks by itself
 *   meter_poll.c   a member of a port: the meter is asked
 *   meter_payload.c, meter_mqtt.c, meter_http.c   payloads of a broker, or of a URL */
#ifndef OHM_METER_METER_INTERNAL_H
#define OHM_METER_METER_INTERNAL_H

#include <uv.h>

#include "host/crypto_aead.h"
#include "host/sleeper.h"
#include "link/link.h"
#include "meter/decoder.h"
#include "meter/health.h"
#include "meter/line_hunt.h"
#include "meter/meter.h"
#include "meter/modbus_profiles.h"
#include "meter/port.h"
#include "meter/profiles.h"
#include "meter/recent.h"
#include "meter/replay_saved.h"

typedef struct ohm_meter_payload ohm_meter_payload; /* meter_payload.h */

typedef struct ohm_meter_way {
    /* Begins to read; `protocol` is only borrowed, what it points to is the meter's. */
    /* `link` is NULL where the address is none of a line. */
    ohm_err (*start)(ohm_meter *m, const ohm_meter_config *config, const ohm_link_config *link,
                     const ohm_protocol_config *protocol);
    void (*stop)(ohm_meter *m);
    void (*release)(ohm_meter *m); /* of what start allocated, after the loop let go */
    void (*count)(const ohm_meter *m, ohm_meter_counters *out); /* all but reconnects */
    void (*look)(ohm_meter *m);                                 /* once a second */
} ohm_meter_way;

extern const ohm_meter_way ohm_meter_push, ohm_meter_poll, ohm_meter_mqtt, ohm_meter_http;

struct ohm_meter {
    uv_loop_t *loop;
    ohm_meter_hooks hooks;
    ohm_meter_watch watch;
    const ohm_meter_way *way;
    uv_timer_t timer;
    bool stopped;
    uint16_t device;

    ohm_meter_clock clock;
    int64_t clock_off_ms;            /* as meter_clock.h notes it */
    ohm_tz *own_tz;                  /* loaded here; else NULL */
    ohm_profiles *own_profiles;      /* likewise */
    ohm_modbus_profiles *own_modbus; /* likewise */
    ohm_crypto_aead *cipher;
    struct {
        ohm_replay_guard now, written;
    } * replay;                          /* of one that speaks by itself, with a key; else NULL */
    char *password, *address, *settings; /* NULL: none */
    ohm_counter_folder counters;         /* of nobody, where no folder is given */

    ohm_meter_health health;
    ohm_meter_status status;

    union { /* of the way in use */
        struct {
            ohm_link *link;
            ohm_decoder *decoder;
            int64_t reopened_ms;
            uint64_t frames_seen;
            ohm_line_hunt hunt; /* a serial line's */
        } push;
        struct {
            const ohm_protocol *protocol;
            ohm_sleeper state; /* awake during a conversation */
            ohm_port_member member;
            bool answered; /* in the present conversation */
        } poll;
        ohm_meter_payload *payload;
    };
    ohm_recent recent;
};

/* The row of its protocol; NULL: to be found out. */
const ohm_protocol *ohm_meter_row(const ohm_meter_config *config);

ohm_mono_ms ohm_meter_now(const ohm_meter *m);

/* Takes the present state; tells it if anything but a counter changed since `before`. */
void ohm_meter_update(ohm_meter *m, const ohm_meter_status *before);

/* A message that was accepted. */
void ohm_meter_take(ohm_meter *m, const ohm_protocol *protocol, const void *message);

/* The line came up or went down. */
void ohm_meter_line_up(ohm_meter *m);
void ohm_meter_line_down(ohm_meter *m, bool was_up, ohm_err why);

#endif
