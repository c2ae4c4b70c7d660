/* A client of one MQTT broker (3.1.1, OASIS standard of 2014), on a thread of its own, because
 * names and peers may block for as long as they like.
 *
 *     ohm_mqtt_open          starts the thread; it connects, and reconnects after a pause that
 *                            doubles from 1 s to 60 s
 *     ohm_mqtt_subscribe     filters are kept, and asked for again at each connection
 *     ohm_mqtt_close         no callback comes any more
 *
 * Callbacks come on the loop's thread. What the thread has for the loop waits in a bounded queue:
 * messages that find it full are dropped and counted. A TLS certificate is always verified. */
#ifndef OHM_LINK_MQTT_H
#define OHM_LINK_MQTT_H

#include "base/err.h"
#include "base/span.h"

struct uv_loop_s;

enum {
    OHM_MQTT_TOPIC_MAX = 256,         /* of a topic or filter, with its end */
    OHM_MQTT_PAYLOAD_MAX = 64 * 1024, /* a longer one is dropped and counted */
    OHM_MQTT_FILTERS_MAX = 1024,
    OHM_MQTT_UNSENT_MAX = 1024,
    OHM_MQTT_KEEPALIVE_S = 30,
};

/* "mqtt://host[:1883]" or "mqtts://host[:8883]", taken apart. */
typedef struct ohm_mqtt_address {
    char host[254];
    uint16_t port;
    bool tls;
} ohm_mqtt_address;

/* Takes the address at the front of `text`; *ret_rest is what follows the host ("" or "/topic").
 * `at` of an error is a byte position. */
OHM_MUST_CHECK ohm_err ohm_mqtt_address_parse(const char *text, ohm_mqtt_address *out,
                                              const char **ret_rest);

typedef struct ohm_mqtt_config {
    ohm_mqtt_address address;
    const char *user, *password; /* NULL: none */
    const char *ca_file;         /* certificates to trust instead of the machine's; NULL: those */
    const char *client_id;       /* NULL: a random one */
} ohm_mqtt_config;

/* What is borrowed lives until the callback returns. */
typedef struct ohm_mqtt_message {
    const char *topic;
    ohm_span payload;
    bool retained; /* kept by the broker: nobody knows how old it is */
} ohm_mqtt_message;

typedef struct ohm_mqtt_hooks {
    void (*on_message)(void *ctx, const ohm_mqtt_message *message);
    void (*on_up)(void *ctx);
    /* Could not connect, or lost the connection; `was_up` tells which. `why.what` is static. */
    void (*on_down)(void *ctx, bool was_up, ohm_err why);
    void *ctx;
} ohm_mqtt_hooks;

typedef struct ohm_mqtt ohm_mqtt;

OHM_MUST_CHECK ohm_err ohm_mqtt_open(struct uv_loop_s *loop, const ohm_mqtt_config *config,
                                     const ohm_mqtt_hooks *hooks, ohm_mqtt **ret_mqtt);
/* Waits for the thread: at most for one name lookup. NULL is allowed. */
void ohm_mqtt_close(ohm_mqtt *mqtt);

/* `filter` may hold + and #. OHM_BAD_FORMAT: not a filter. Asking twice for one is harmless. */
OHM_MUST_CHECK ohm_code ohm_mqtt_subscribe(ohm_mqtt *mqtt, const char *filter);

/* At most once (QoS 0). OHM_BUSY: not connected, or too much is unsent. */
OHM_MUST_CHECK ohm_code ohm_mqtt_publish(ohm_mqtt *mqtt, const char *topic, ohm_span payload,
                                         bool retain);

uint64_t ohm_mqtt_dropped(ohm_mqtt *mqtt); /* messages that found no room, or were too long */

/* Does the filter cover the topic (clause 4.7)? Both must be well formed. */
bool ohm_mqtt_covers(const char *filter, const char *topic);

#endif
