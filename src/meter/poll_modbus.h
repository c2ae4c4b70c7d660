/* How a Modbus device is asked: the reads of its profile one after the other, each repeated when
 * nobody answers; the answers together are one message. Two rows of functions: RTU on a serial
 * line and Modbus TCP on a network, or RTU on either (gateways that carry it inside TCP).
 *
 * A device that describes itself (SunSpec) is walked through first, and again when the line was
 * lost; what was found is its profile from then on.
 *
 * A conversation gives all values or none: what a device did not answer is not guessed from what
 * it did. Values that can't be are a failure too: the profile is then probably another device's. */
#ifndef OHM_METER_POLL_MODBUS_H
#define OHM_METER_POLL_MODBUS_H

#include "meter/modbus_report.h"
#include "meter/poller.h"
#include "wire/modbus_ask.h"
#include "wire/sunspec.h"

/* What only a conversation needs. */
typedef struct ohm_modbus_work {
    uint16_t transaction; /* the last one on this line */
    /* From here on of a conversation. */
    ohm_modbus_ask ask;
    ohm_modbus_plan plan;
    ohm_sunspec_walk walk;
} ohm_modbus_work;

typedef struct ohm_modbus_poll {
    ohm_modbus_report report;
    const ohm_modbus_profile *given, *profile; /* the present one: given, or own */
    ohm_modbus_profile *own;                   /* what a SunSpec device said of itself; else NULL */
    uint8_t *refusals;                         /* of the plan's parts; NULL: none */
    bool walking;
    char id[2 * OHM_MODBUS_STRING_WORDS_MAX + 1]; /* its serial number, once it was read */
    ohm_modbus_framing framing;
    uint8_t unit;
    uint32_t baud;
    uint16_t silence_ms; /* between a frame and the next request */
    size_t at;           /* of the plan's reads */
    unsigned tries;
    bool probe;
    /* Requests that nobody answered in time: on a serial line their answers may still come, and
     * look like those to any later request. */
    unsigned open;
    int64_t open_since_ms;     /* the first of them */
    int64_t asked_ms, sent_ms; /* the last request: not before, not after */
    bool spoke;                /* the device has answered once */
    uint64_t frames, messages, refused;
    ohm_modbus_ask_counters counters;
    ohm_modbus_work *work, *own_work; /* lent by the port, or its own */
} ohm_modbus_poll;

extern const ohm_poller ohm_poller_modbus, ohm_poller_modbus_rtu;

#endif
