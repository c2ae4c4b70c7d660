/* A client's association with a DLMS/COSEM meter (IEC 62056-5-3): link, AARQ, proofs, then one
 * question after the other, and an orderly end.
 *
 * Pure: bytes in, bytes out, the time as an argument; no allocation. The line is HDLC (IEC
 * 62056-46) or the TCP wrapper (-47).
 *
 *     ohm_cosem_init(c, &config);
 *     ohm_cosem_open(c, now);              → OHM_COSEM_READY
 *     ohm_cosem_get(c, &ref, access, now); → OHM_COSEM_ANSWER: c->answer, until the next call
 *     ohm_cosem_close(c, now);             → OHM_COSEM_CLOSED
 * and after each call and each event:
 *     while (ohm_cosem_take(c, &bytes, now)) write(bytes);
 *     wait for bytes (ohm_cosem_input) until ohm_cosem_wake (then ohm_cosem_tick).
 *
 * OHM_COSEM_FAILED ends it: c->what says why. Nothing that the meter sends is believed before its
 * tag was checked, where the association is ciphered, and before its proof, where it gives one.
 *
 * An ohm_cosem takes about 205 KiB, of which a usual meter touches a tenth; one serves a whole
 * line, since devices on it are asked one after the other. Don't copy it. */
#ifndef OHM_WIRE_COSEM_H
#define OHM_WIRE_COSEM_H

#include "wire/cosem_apdu.h"
#include "wire/cosem_cipher.h"
#include "wire/hdlc_link.h"
#include "wire/wrapper_link.h"

enum {
    OHM_COSEM_APDU_MAX = 65535,
    OHM_COSEM_VALUE_MAX = 65536, /* put together from blocks */
    OHM_COSEM_REQUEST_MAX = 512,
    OHM_COSEM_SECRET_MAX = 64,
};

typedef struct ohm_cosem_config {
    bool wrapper;                     /* the TCP wrapper instead of HDLC */
    ohm_hdlc_link_config hdlc;        /* but `apdu` */
    ohm_wrapper_link_config over_tcp; /* likewise */
    bool transfer;                    /* offer general-block-transfer for long answers */
    ohm_cosem_auth auth;
    uint8_t secret[OHM_COSEM_SECRET_MAX]; /* password or HLS secret */
    uint8_t secret_len;
    uint8_t challenge[OHM_COSEM_CHALLENGE_MAX]; /* of HLS: fresh random bytes, 8 at least */
    uint8_t challenge_len;
    ohm_cosem_security security;
} ohm_cosem_config;

typedef enum ohm_cosem_event {
    OHM_COSEM_NOTHING,
    OHM_COSEM_READY,
    OHM_COSEM_ANSWER,
    OHM_COSEM_CLOSED,
    OHM_COSEM_FAILED,
} ohm_cosem_event;

typedef enum ohm_cosem_state {
    OHM_COSEM_IDLE,
    OHM_COSEM_LINKING,
    OHM_COSEM_ASSOCIATING,
    OHM_COSEM_PROVING,
    OHM_COSEM_OPEN,
    OHM_COSEM_ASKING,
    OHM_COSEM_RELEASING,
    OHM_COSEM_SHUTTING,
    OHM_COSEM_ENDED,
    OHM_COSEM_BROKEN,
} ohm_cosem_state;

typedef struct ohm_cosem {
    ohm_cosem_config config;
    ohm_cosem_state state;
    const char *what; /* of OHM_COSEM_FAILED; static */
    ohm_code code;    /* its kind: OHM_DENIED, OHM_BAD_TAG, OHM_NO_KEY, OHM_IO: no answer… */
    ohm_cosem_answer answer; /* RESULT: `error` or `data`; LIST: `data` */
    ohm_initiate agreed;     /* conformance and size of the meter's */
    bool counter_wrong;      /* the meter refused our invocation counter, */
    uint32_t counter_wanted; /* and says that it waits for this one; not proven */
    uint8_t invoke;
    bool dedicated;  /* requests go under the dedicated key */
    uint8_t service; /* the tag that the answer must have */
    bool list;       /* asked for a list */
    bool in_blocks;
    uint32_t block;
    uint8_t repeats;
    size_t value_len;
    uint16_t transfer_next, transfer_own; /* blocks of general-block-transfer: theirs, ours */
    uint8_t transfer_asks;
    size_t transfer_len;
    uint8_t theirs[OHM_COSEM_CHALLENGE_MAX];
    uint8_t theirs_len;
    size_t request_len;
    ohm_hdlc_link hdlc;
    ohm_wrapper_link tcp;
    uint8_t request[OHM_COSEM_REQUEST_MAX];
    uint8_t apdu[OHM_COSEM_APDU_MAX + 8];
    uint8_t value[OHM_COSEM_VALUE_MAX];
    uint8_t transfer[OHM_COSEM_APDU_MAX];
} ohm_cosem;

/* OHM_RANGE: addresses; OHM_NO_KEY: a key, a secret or a challenge that the authentication or the
 * ciphering needs is missing. */
OHM_MUST_CHECK ohm_code ohm_cosem_init(ohm_cosem *c, const ohm_cosem_config *config);

/* NOTHING, or FAILED. */
ohm_cosem_event ohm_cosem_open(ohm_cosem *c, ohm_mono_ms now);

/* One question, on an open association only (OHM_COSEM_OPEN). `access`: see cosem_apdu.h. OHM_OK;
 * OHM_TOO_BIG; OHM_UNSUPPORTED: the meter offers no lists; else what sealing says. */
OHM_MUST_CHECK ohm_code ohm_cosem_get(ohm_cosem *c, const ohm_cosem_ref *ref, ohm_span access,
                                      ohm_mono_ms now);
OHM_MUST_CHECK ohm_code ohm_cosem_get_list(ohm_cosem *c, const ohm_cosem_ref *refs, size_t count,
                                           ohm_mono_ms now);
OHM_MUST_CHECK ohm_code ohm_cosem_set(ohm_cosem *c, const ohm_cosem_ref *ref, ohm_span value,
                                      ohm_mono_ms now);
OHM_MUST_CHECK ohm_code ohm_cosem_act(ohm_cosem *c, const ohm_cosem_ref *method, ohm_span argument,
                                      ohm_mono_ms now);

/* Ends in an orderly way, also after a failure while the line stands. NOTHING, or CLOSED at once
 * where there is nobody to say good-bye to. Without an answer it is closed too. */
ohm_cosem_event ohm_cosem_close(ohm_cosem *c, ohm_mono_ms now);

bool ohm_cosem_take(ohm_cosem *c, ohm_span *out, ohm_mono_ms now);
ohm_cosem_event ohm_cosem_input(ohm_cosem *c, ohm_span *in, ohm_mono_ms now);
ohm_mono_ms ohm_cosem_wake(const ohm_cosem *c);
ohm_cosem_event ohm_cosem_tick(ohm_cosem *c, ohm_mono_ms now);

#endif
