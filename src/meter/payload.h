/* Sources whose data are payloads: topics of an MQTT broker, answers of a URL. What is in them is
 * for rules to say (meter/pick.h); without rules a payload is shown, and no reading comes of it. */
#ifndef OHM_METER_PAYLOAD_H
#define OHM_METER_PAYLOAD_H

#include "meter/pick.h"
#include "meter/protocol.h"

enum {
    OHM_PAYLOAD_TOPIC_MAX = 128,
    OHM_PAYLOAD_TOPICS_MAX = 8,
    OHM_PAYLOAD_EVERY_MS = 10000,
    /* Sensors on batteries speak when something changes, or once in a while. */
    OHM_PAYLOAD_STALE_MS = 3600000,
};

/* A rule, and the topic it is for: "" = the source's own, else below it ("state"), or one of the
 * broker if it begins with '/' ("/zigbee2mqtt/salon"). */
typedef struct ohm_payload_rule {
    char topic[OHM_PAYLOAD_TOPIC_MAX];
    ohm_pick_rule pick;
} ohm_payload_rule;

typedef struct ohm_payload_config {
    const ohm_payload_rule *rules; /* copied; may be none */
    size_t count;
    const char *time; /* pointer to where payloads say when; NULL or "" = nowhere */
    const char *user; /* with the meter's password; NULL: none */
} ohm_payload_config;

/* The message of the rows "mqtt" and "http". */
typedef struct ohm_payload_message {
    const char *protocol;
    const char *source; /* who it is of: the source's own topic, whichever of its topics this is */
    const char *topic;  /* or the URL */
    ohm_span bytes;
    bool retained;              /* kept by a broker: of any age */
    const ohm_pick_rule *rules; /* as many as values were looked for */
    ohm_picked picked;
} ohm_payload_message;

extern const ohm_protocol ohm_protocol_mqtt, ohm_protocol_http;

/* Is it one of these two rows? They have neither a stream nor a poller. */
bool ohm_payload_is(const ohm_protocol *protocol);

#endif
