/* A master's side of one request: what to send, and whether what comes is its answer. Pure: no
 * clock; the caller sends, measures silence and gives up in time.
 *
 *     len = ohm_modbus_ask_begin(&ask, framing, &request, out);   send out[0..len)
 *     bytes came:           code = ohm_modbus_ask_take(&ask, bytes, &reply);
 *     3.5 characters quiet: ohm_modbus_ask_silence(&ask);          RTU only
 *     too late:             what = ohm_modbus_ask_timeout(&ask);   ask again, or give up
 *
 * What is not the answer never becomes one: the echo of an adapter, noise, frames of another
 * unit or function, answers to an earlier transaction. They are counted and skipped, and the
 * wait goes on. An ohm_modbus_ask keeps counting from one request to the next; its memory is
 * the caller's. */
#ifndef OHM_WIRE_MODBUS_ASK_H
#define OHM_WIRE_MODBUS_ASK_H

#include "wire/modbus.h"

enum { OHM_MODBUS_ASK_WINDOW = 2 * OHM_MODBUS_ADU_MAX };

typedef struct ohm_modbus_ask_counters {
    uint64_t requests, replies, exceptions, timeouts;
    uint64_t bytes, noise_bytes; /* received; of them in no frame */
    uint64_t bad_frames;         /* with a wrong checksum or form */
    uint64_t foreign;            /* good frames of another unit, function, or length */
    uint64_t late;               /* answers to an earlier transaction */
    uint64_t echoes;
} ohm_modbus_ask_counters;

typedef struct ohm_modbus_ask {
    ohm_modbus_framing framing;
    ohm_modbus_frame request; /* its data points into `sent` */
    bool waiting;
    bool broken;      /* TCP: what comes has no Modbus TCP header */
    bool echo_gone;   /* RTU: the echo of this request was taken, or can't come any more */
    const char *what; /* why the last frame was not the answer; static */
    uint16_t transaction;
    size_t sent_len, len;
    ohm_modbus_ask_counters counters;
    uint8_t sent[OHM_MODBUS_ADU_MAX];
    uint8_t window[OHM_MODBUS_ASK_WINDOW];
} ohm_modbus_ask;

void ohm_modbus_ask_init(ohm_modbus_ask *ask);

/* Begins a request; the bytes to send are ask->sent[0..result). What was received before is
 * forgotten. Its transaction is chosen here; request->data is copied. */
size_t ohm_modbus_ask_begin(ohm_modbus_ask *ask, ohm_modbus_framing framing,
                            const ohm_modbus_frame *request);

/* OHM_OK: *reply is the answer (or its exception), with address and count, borrowed until the
 * next call. OHM_MORE: not yet. OHM_BAD_FORMAT (TCP): the line speaks something else, and must
 * be opened anew. */
OHM_MUST_CHECK ohm_code ohm_modbus_ask_take(ohm_modbus_ask *ask, ohm_span bytes,
                                            ohm_modbus_frame *reply);

/* The line was quiet for 3.5 characters: what is in the window is no beginning of a frame. Also
 * the right call when half a frame came and nothing follows for the byte time-out. */
void ohm_modbus_ask_silence(ohm_modbus_ask *ask);

/* Nobody answered in time. Why, as far as it can be told; static. */
const char *ohm_modbus_ask_timeout(ohm_modbus_ask *ask);

#endif
