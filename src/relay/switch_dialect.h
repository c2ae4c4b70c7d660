/* What switches on MQTT understand and say, one row a maker. Text in, text out; no broker here.
 *
 *   shelly       Gen2 and later: calls on <name>/rpc with the answers on a topic of ours, and what
 *                it tells by itself on <name>/events/rpc, <name>/status/switch:N, <name>/online
 *   tasmota      cmnd/<name>/POWER, stat/<name>/POWER and /RESULT, tele/<name>/LWT
 *   zigbee2mqtt  <base>/<name>/set and /get, <base>/<name>, <base>/<name>/availability
 *
 * A channel's name is the device's, with ":2" behind it for one of several relays
 * ("shellypro4pm:2", "plug:2", "wall:left"). Every order says which state, none "the other one". */
#ifndef OHM_RELAY_SWITCH_DIALECT_H
#define OHM_RELAY_SWITCH_DIALECT_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_SWITCH_TOPIC_MAX = 256,
    OHM_SWITCH_PAYLOAD_MAX = 320,
    OHM_SWITCH_FILTERS = 3,
};

typedef struct ohm_switch_name {
    char device[96];
    char part[16]; /* "" = the only one */
} ohm_switch_name;

typedef struct ohm_switch_message {
    char topic[OHM_SWITCH_TOPIC_MAX];
    char payload[OHM_SWITCH_PAYLOAD_MAX];
} ohm_switch_message;

/* Who asks, and what of. */
typedef struct ohm_switch_call {
    const ohm_switch_name *name;
    const char *base;  /* zigbee2mqtt: its base topic; shelly: the topic of our answers */
    uint32_t id;       /* of a call, shelly */
    int64_t deadman_s; /* 0: none */
} ohm_switch_call;

typedef enum ohm_switch_said_kind {
    OHM_SWITCH_NOTHING,
    OHM_SWITCH_STATE,   /* `on` */
    OHM_SWITCH_DONE,    /* took the order; where it is now has to be asked */
    OHM_SWITCH_REFUSED, /* did not take it */
    OHM_SWITCH_AWAY,
    OHM_SWITCH_HERE,
} ohm_switch_said_kind;

typedef struct ohm_switch_said {
    ohm_switch_said_kind kind;
    bool on;
} ohm_switch_said;

typedef struct ohm_switch_dialect {
    const char *name;
    /* The n-th filter, n below OHM_SWITCH_FILTERS; false: there are no more. */
    bool (*filter)(const ohm_switch_call *call, int n, char out[static OHM_SWITCH_TOPIC_MAX]);
    void (*set)(const ohm_switch_call *call, bool on, ohm_switch_message *out);
    void (*ask)(const ohm_switch_call *call, ohm_switch_message *out);
    /* Before the first order, where the dead-man is a setting of the device; NULL: it goes with the
     * orders. */
    void (*prepare)(const ohm_switch_call *call, ohm_switch_message *out);
    /* What a message says of this channel. Hostile bytes: anything is NOTHING. */
    ohm_switch_said (*read)(const ohm_switch_call *call, const char *topic, ohm_span payload);
} ohm_switch_dialect;

extern const ohm_switch_dialect ohm_switch_shelly, ohm_switch_tasmota, ohm_switch_zigbee2mqtt;

/* "device" or "device:part". OHM_BAD_FORMAT: empty, or with characters of filters in it. */
OHM_MUST_CHECK ohm_code ohm_switch_name_parse(const char *text, ohm_switch_name *out);

#endif
