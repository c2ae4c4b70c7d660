/* Orders that come by MQTT: one topic, on a connection of its own, read on the loop. What the
 * broker had kept (retained) is no order: nobody knows how old it is. Nonsense is told of, but
 * seldom.
 *
 *     ohm_order_listen       connects, and goes on connecting
 *     ohm_order_stop         nothing comes any more */
#ifndef OHM_CMD_ORDER_LISTENER_H
#define OHM_CMD_ORDER_LISTENER_H

#include "config/site.h"
#include "link/mqtt.h"

typedef struct ohm_order_from {
    const char *mqtt;           /* "mqtt://host[:port]/topic" */
    const char *user, *ca_file; /* "": none */
    const ohm_site_secret *password;
} ohm_order_from;

typedef struct ohm_order_listener {
    const char *kind; /* "limit": of what they are, in the log; static */
    char id[OHM_LOAD_ID_MAX];
    /* A payload, borrowed: taken, or refused with a static reason. */
    ohm_err (*take)(void *ctx, ohm_span payload);
    void *ctx;
    ohm_mqtt *mqtt;
    bool bad; /* what came was no order, and that was said */
    ohm_mono_ms bad_mono;
    char topic[OHM_MQTT_TOPIC_MAX];
} ohm_order_listener;

/* `listener` has its first four members, and stays where it is until it is stopped; `from` is read
 * only now. */
OHM_MUST_CHECK ohm_err ohm_order_listen(struct uv_loop_s *loop, const ohm_order_from *from,
                                        ohm_order_listener *listener);
void ohm_order_stop(ohm_order_listener *listener);

#endif
