/* The client's end of the TCP wrapper (IEC 62056-47, §6): each APDU behind version, source,
 * destination and length, 16 bits each. The verbs and events are those of the HDLC link, so that
 * an association (wire/cosem.h) runs over either. TCP repeats by itself: what is not answered in
 * time is not sent again, but fails. */
#ifndef OHM_WIRE_WRAPPER_LINK_H
#define OHM_WIRE_WRAPPER_LINK_H

#include "wire/hdlc_link.h"

enum {
    OHM_WRAPPER_HEAD = 8,
    OHM_WRAPPER_ANSWER_MS = 10000,
};

typedef struct ohm_wrapper_link_config {
    uint16_t client, server;
    int64_t answer_ms; /* 0: OHM_WRAPPER_ANSWER_MS */
    uint8_t *apdu;
    size_t apdu_max;
} ohm_wrapper_link_config;

typedef struct ohm_wrapper_link {
    ohm_wrapper_link_config config;
    const char *what;
    ohm_span apdu;
    ohm_mono_ms wake;
    uint64_t frames, foreign;
    uint8_t head[OHM_WRAPPER_HEAD];
    size_t got;  /* of the present unit, head included */
    bool failed; /* or never opened */
    uint8_t out_head[OHM_WRAPPER_HEAD];
    uint8_t pending; /* 0: nothing, 1: head, 2: APDU */
    ohm_span sending;
} ohm_wrapper_link;

void ohm_wrapper_link_init(ohm_wrapper_link *l, const ohm_wrapper_link_config *config);

/* `apdu` is borrowed until it is taken. */
void ohm_wrapper_link_send(ohm_wrapper_link *l, ohm_span apdu, ohm_mono_ms now);
bool ohm_wrapper_link_take(ohm_wrapper_link *l, ohm_span *out);

/* Takes bytes from the front of *in, up to the first event. An APDU does not end the waiting:
 * it may be a notification. Its reader says when it was the answer (ohm_wrapper_link_rest). */
ohm_line_event ohm_wrapper_link_input(ohm_wrapper_link *l, ohm_span *in);

static inline void ohm_wrapper_link_rest(ohm_wrapper_link *l)
{
    l->wake.v = OHM_LINE_NEVER;
}

ohm_line_event ohm_wrapper_link_tick(ohm_wrapper_link *l, ohm_mono_ms now);

#endif
