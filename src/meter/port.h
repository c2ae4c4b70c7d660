/* One link shared by all the devices that are asked over it.
 *
 * A port opens its link, lets one device at a time have its conversation (meter/poller.h) in the
 * order of meter/poll_queue.h, and opens the link anew when it breaks or when nobody answers any
 * more. It knows nothing of what is said.
 *
 * The member is memory of the device's owner, and must stay until one turn of the loop after
 * ohm_port_leave. Everything happens on the loop's thread; hooks may call ohm_port_leave. */
#ifndef OHM_METER_PORT_H
#define OHM_METER_PORT_H

#include "link/link.h"
#include "meter/broker.h"
#include "meter/caller.h"
#include "meter/pickers.h"
#include "meter/poll_queue.h"
#include "meter/poller.h"

struct uv_loop_s;

/* All ports of a process, by address. Free it when every member has left. */
typedef struct ohm_ports ohm_ports;
OHM_MUST_CHECK ohm_err ohm_ports_new(ohm_ports **ret_ports);
void ohm_ports_free(ohm_ports *ports); /* takes NULL */

/* What sources of payloads share instead of a port. NULL for NULL. */
ohm_brokers *ohm_ports_brokers(ohm_ports *ports);
ohm_caller **ohm_ports_caller(ohm_ports *ports);
ohm_pickers *ohm_ports_pickers(ohm_ports *ports);

typedef struct ohm_port ohm_port;

typedef struct ohm_port_member {
    /* Set by the owner before joining. */
    const ohm_poller *poller;
    void *state; /* initialised */
    int64_t every_ms;
    bool drop_echo;
    struct {
        void (*on_up)(void *ctx);
        void (*on_down)(void *ctx, bool was_up, ohm_err why);
        void (*on_begin)(void *ctx); /* a conversation, before the poller is called; NULL: none */
        void (*on_bytes)(void *ctx, ohm_span bytes); /* of an answer, as they come */
        void (*on_message)(void *ctx, const void *message);
        /* A conversation is over; `step` is its last one. */
        void (*on_end)(void *ctx, const ohm_poll_step *step);
        void (*before_send)(void *ctx); /* what must be on disk first */
        ohm_ms (*utc_now)(void *ctx);
        void *ctx;
    } hooks;

    /* Read by the owner. */
    ohm_poll_slot slot;
    uint64_t bytes, requests, timeouts, late;

    /* The port's own. */
    ohm_port *port;
    uint32_t baud;
    char framing[4];
} ohm_port_member;

/* Joins the port of that address, or opens one. Devices of one serial port may have different
 * speeds: the line is set for each. `ports` NULL: a port of its own. */
OHM_MUST_CHECK ohm_err ohm_port_join(struct uv_loop_s *loop, ohm_ports *ports,
                                     const ohm_link_config *link, ohm_port_member *member);
/* No hook comes any more; the last one closes the link. */
void ohm_port_leave(ohm_port_member *member);

#endif
