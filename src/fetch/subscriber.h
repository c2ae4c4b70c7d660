/* A source of the user's own that publishes on a broker: each message of one MQTT topic is a body,
 * read as one that was fetched (fetch/answer.h, generic). "mqtt://host[:1883]/topic", or mqtts.
 *
 * Everything here runs on the loop thread. At most one message a second is read; a body that is
 * refused never replaces a good one. A number holds from when it came for twice what the source
 * usually takes; one that the broker kept (retained) is of unknown age and says nothing, while a
 * list tells its own times. The last good message is kept in the state, once a minute at most. */
#ifndef OHM_FETCH_SUBSCRIBER_H
#define OHM_FETCH_SUBSCRIBER_H

#include "fetch/answer.h"
#include "fetch/ask.h"
#include "fetch/fetch.h"
#include "link/mqtt.h"

typedef struct ohm_subscriber ohm_subscriber;

typedef struct ohm_subscriber_options {
    struct uv_loop_s *loop;
    ohm_fetch_state state;
    const char *name;   /* of what is kept, unique */
    const ohm_ask *ask; /* copied, and wiped at the end; the client is the user's name there */
    const ohm_tz *tz;
    int64_t every_ms;
    ohm_ms now_ms; /* what is kept and is of now is known again */
} ohm_subscriber_options;

/* OHM_BAD_FORMAT: no address, or no topic that is one. */
OHM_MUST_CHECK ohm_err ohm_subscriber_new(const ohm_subscriber_options *options,
                                          ohm_subscriber **ret_subscriber);
void ohm_subscriber_free(ohm_subscriber *topic); /* NULL is allowed */

/* Call about once a second. `clock_set`: the wall clock can be trusted; until then nothing is
 * read. */
void ohm_subscriber_tick(ohm_subscriber *topic, ohm_ms now_ms, ohm_mono_ms now, bool clock_set);

const ohm_fetch_status *ohm_subscriber_status_of(const ohm_subscriber *topic);
/* As ohm_fetcher_hand. */
const ohm_answer *ohm_subscriber_hand(const ohm_subscriber *topic, ohm_ms *ret_fetched_ms);

#endif
