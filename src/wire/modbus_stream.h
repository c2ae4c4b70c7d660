/* Captured Modbus traffic, requests and replies in one stream, to transactions. Bytes in any
 * split; no clock.
 *
 * It finds by itself whether the stream is RTU (checksums) or TCP (MBAP headers); the first good
 * frame decides. A reply belongs to the request before it (RTU) or of its transaction (TCP). A
 * request that nobody answers comes out alone, when the next one or the end shows it; a reply
 * whose request was not captured comes out alone at once, and then nobody knows its address.
 *
 * A stream that does not begin with a frame is believed once a request is followed by its answer.
 *
 * RTU resynchronises at any byte: damage costs the frames it touches. TCP has no checksum: after
 * a header that is none, nothing more is believed until ohm_modbus_reset.
 *
 * Call order as of wire/dlms.h. The caller owns the ohm_modbus; a message and its spans are
 * borrowed until the next call. */
#ifndef OHM_WIRE_MODBUS_STREAM_H
#define OHM_WIRE_MODBUS_STREAM_H

#include "wire/modbus.h"

enum {
    OHM_MODBUS_PENDING_MAX = 8, /* requests that wait for their answer in TCP */
    OHM_MODBUS_WINDOW_MAX = 2 * OHM_MODBUS_ADU_MAX,
};

/* Framings that a decoder may believe; bits. */
enum {
    OHM_MODBUS_BELIEVE_RTU = 1,
    OHM_MODBUS_BELIEVE_TCP = 2,
    OHM_MODBUS_BELIEVE_ANY = 3,
};

typedef struct ohm_modbus_config {
    unsigned framings; /* 0: OHM_MODBUS_BELIEVE_ANY */
} ohm_modbus_config;

/* A transaction. One of the halves may be missing. */
typedef struct ohm_modbus_message {
    uint64_t offset; /* in the stream, of its last frame */
    ohm_modbus_framing framing;
    bool has_request, has_reply;
    ohm_modbus_frame request, reply; /* of a pair, both know address and count */
} ohm_modbus_message;

typedef struct ohm_modbus_reject {
    uint64_t offset;
    ohm_code code;
    const char *what; /* static */
} ohm_modbus_reject;

typedef struct ohm_modbus_counters {
    uint64_t bytes;
    uint64_t frames;   /* requests and replies */
    uint64_t messages; /* given out */
    uint64_t unanswered;
    uint64_t exceptions;
    uint64_t bad_frames; /* runs of damage */
    uint64_t bytes_skipped;
} ohm_modbus_counters;

typedef struct ohm_modbus_pending {
    bool used;
    uint64_t offset;
    size_t size; /* of its frame */
    ohm_modbus_frame frame;
    uint8_t data[OHM_MODBUS_PDU_MAX];
} ohm_modbus_pending;

typedef struct ohm_modbus {
    ohm_modbus_config config;
    ohm_modbus_counters counters;
    unsigned framing; /* decided: one bit, or 0 */
    bool finished;
    bool at_start;   /* no byte was skipped since the start or the last reset */
    bool damaged;    /* the present run of damage was reported */
    bool lost;       /* TCP: no header any more */
    uint64_t offset; /* of window[0] */
    size_t len;
    size_t taken; /* of window: the frame of the last message, dropped by the next call */
    ohm_modbus_message message;
    ohm_modbus_pending pending[OHM_MODBUS_PENDING_MAX];
    uint8_t window[OHM_MODBUS_WINDOW_MAX];
} ohm_modbus;

void ohm_modbus_init(ohm_modbus *m, const ohm_modbus_config *config);

OHM_MUST_CHECK ohm_code ohm_modbus_next(ohm_modbus *m, ohm_span *in,
                                        const ohm_modbus_message **message,
                                        ohm_modbus_reject *reject);
void ohm_modbus_finish(ohm_modbus *m);
void ohm_modbus_reset(ohm_modbus *m);

#endif
