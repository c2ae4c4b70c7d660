/* What meter_mqtt.c and meter_http.c share: topics with their rules, and payloads that came.
 * Private to the room. */
#ifndef OHM_METER_METER_PAYLOAD_H
#define OHM_METER_METER_PAYLOAD_H

#include "meter/meter_internal.h"
#include "meter/payload.h"

/* One topic, and the rules that are for it. */
typedef struct ohm_payload_part {
    char *topic;
    ohm_shared_picker *picker; /* NULL: no rules */
} ohm_payload_part;

struct ohm_meter_payload {
    const ohm_protocol *protocol;
    uint64_t bytes, payloads, messages, empty, dropped, requests, timeouts, refused;

    ohm_broker_member member; /* mqtt */
    char *source;             /* the topic of rules that name none, or the URL */

    ohm_caller **caller, *own_caller; /* http */
    char *authorization;              /* a header; NULL: none */
    int64_t every_ms, due_ms;
    uint64_t request; /* under way; 0: none */

    int parts_count;
    ohm_payload_part *parts;
};

/* m->payload with its parts; `base` is the topic of rules that name none. */
ohm_err ohm_meter_payload_new(ohm_meter *m, const ohm_meter_config *config,
                              const ohm_protocol *protocol, const char *base);
void ohm_meter_payload_free(ohm_meter *m);

/* What ohm_meter_config_check asks of a source of payloads; without it nothing starts. */
ohm_err ohm_meter_payload_check(const ohm_meter_config *config);

/* One that came: to the rules of its part, and on as a message. */
void ohm_meter_payload_take(ohm_meter *m, const ohm_payload_part *part, const char *topic,
                            ohm_span bytes, bool retained);
void ohm_meter_payload_count(const ohm_meter *m, ohm_meter_counters *out);
void ohm_meter_payload_refuse(ohm_meter *m, ohm_code code, ohm_meter_state state, const char *why);

#endif
