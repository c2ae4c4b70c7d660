/* MQTT brokers, each with one connection for all the sources that listen to it.
 *
 * The member is memory of the source, and must stay until ohm_broker_leave returns. Everything
 * happens on the loop's thread; hooks may call ohm_broker_leave. */
#ifndef OHM_METER_BROKER_H
#define OHM_METER_BROKER_H

#include "link/mqtt.h"

struct uv_loop_s;

enum { OHM_BROKER_FILTERS_MAX = 8 };

typedef struct ohm_broker ohm_broker;

/* All brokers of a process. Zeroed memory is an empty list. */
typedef struct ohm_brokers {
    ohm_broker *first;
} ohm_brokers;

typedef struct ohm_broker_member {
    /* Set by the owner before joining. */
    const char *filters[OHM_BROKER_FILTERS_MAX]; /* NULL at the end unless full */
    void (*on_message)(void *ctx, const ohm_mqtt_message *message);
    void (*on_up)(void *ctx);
    void (*on_down)(void *ctx, bool was_up, ohm_err why);
    void *ctx;
    /* The broker's own. */
    ohm_broker *broker;
    struct ohm_broker_member *next;
} ohm_broker_member;

/* Joins the connection to that broker as that user, or opens one. `brokers` NULL: one of its own.
 * OHM_BAD_FORMAT: a filter that is none. */
OHM_MUST_CHECK ohm_err ohm_broker_join(struct uv_loop_s *loop, ohm_brokers *brokers,
                                       const ohm_mqtt_config *config, ohm_broker_member *member);
/* No hook comes any more; the last one closes the connection. Not a member: nothing happens. */
void ohm_broker_leave(ohm_broker_member *member);

/* Is the broker connected? For one that joins later than it came up. */
bool ohm_broker_is_up(const ohm_broker_member *member);

#endif
