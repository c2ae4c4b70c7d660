/* The client's end of an HDLC data link (IEC 62056-46, §6.4: unbalanced, normal response mode):
 * SNRM and UA with negotiated parameters, information frames with N(S) and N(R), windows of 1 to 7,
 * segments both ways, RR, RNR, REJ, FRMR, DM, DISC, and repetition when no answer comes.
 *
 * Pure: bytes in, bytes out, the time as an argument. Only the client has a timer; the meter
 * speaks when it was polled (P/F bit), so at any time it is either our turn or the meter's.
 *
 *     ohm_hdlc_link_init(l, &config);
 *     ohm_hdlc_link_open(l, now);            → OHM_LINE_OPEN sooner or later
 *     ohm_hdlc_link_send(l, apdu, now);      → OHM_LINE_APDU: l->apdu, valid until the next send
 *     ohm_hdlc_link_shut(l, now);            → OHM_LINE_SHUT
 * and after each call, and after each event:
 *     while (ohm_hdlc_link_take(l, &bytes, now)) write(bytes);
 *     wait for bytes (ohm_hdlc_link_input) until l->wake (then ohm_hdlc_link_tick).
 *
 * Frames for others, echoes of our own, damaged ones and junk between frames are passed over and
 * counted. A repeated N(S) is dropped: an answer is given out once. */
#ifndef OHM_WIRE_HDLC_LINK_H
#define OHM_WIRE_HDLC_LINK_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_HDLC_ADDRESS_MAX = 4,
    OHM_HDLC_INFO_DEFAULT = 128, /* without parameters in SNRM or UA (§6.4.4.4.3.2) */
    OHM_HDLC_INFO_MIN = 16,      /* of no use below */
    OHM_HDLC_INFO_MAX = 2030,
    OHM_HDLC_WINDOW_MAX = 7,
    OHM_HDLC_INPUT_MAX = 2 * 2050,
    OHM_HDLC_T1_MS = 3000,
    OHM_HDLC_TRIES = 3,
};

/* What a call made of a line; also the wrapper's (wire/wrapper_link.h). */
typedef enum ohm_line_event {
    OHM_LINE_NOTHING,
    OHM_LINE_OPEN,
    OHM_LINE_APDU,
    OHM_LINE_SHUT,
    OHM_LINE_FAILED, /* `what` says why; nothing more will come */
} ohm_line_event;

typedef struct ohm_hdlc_link_config {
    uint8_t client;      /* service access point: 1 to 127 */
    uint16_t server;     /* upper address: the logical device */
    uint16_t physical;   /* lower address; 0: none */
    uint8_t address_len; /* 1, 2 or 4; 0: the shortest that holds both */
    uint16_t info_max;   /* proposed for both ways; 0: 248 */
    uint8_t window;      /* likewise; 0: 1 */
    int64_t t1_ms;       /* silence after which a frame is repeated; 0: OHM_HDLC_T1_MS */
    uint8_t tries;       /* repetitions without progress; 0: OHM_HDLC_TRIES */
    uint8_t *apdu;       /* where answers come together, */
    size_t apdu_max;     /* of this size */
} ohm_hdlc_link_config;

typedef struct ohm_hdlc_link_counters {
    uint64_t bytes, bytes_skipped;
    uint64_t frames; /* good ones, for us */
    uint64_t bad_fcs;
    uint64_t repeated; /* frames that we sent again, or polls for what was lost */
    uint64_t dropped;  /* repeated N(S), or out of order */
    uint64_t foreign;  /* good frames for others, our own echoes too */
} ohm_hdlc_link_counters;

typedef struct ohm_hdlc_link {
    ohm_hdlc_link_config config;
    ohm_hdlc_link_counters counters;
    uint8_t state, pending; /* private enumerations */
    const char *what;       /* of OHM_LINE_FAILED; static */
    ohm_span apdu;          /* of OHM_LINE_APDU */
    ohm_mono_ms wake;       /* OHM_LINE_NEVER: nothing to wait for */
    ohm_mono_ms limit;      /* of waiting, however much junk comes */
    uint8_t ours[1], theirs[OHM_HDLC_ADDRESS_MAX];
    uint8_t theirs_len;
    /* Negotiated. */
    uint16_t send_max, receive_max;
    uint8_t send_window, receive_window;
    /* What is sent: LLC and APDU as one string, cut into segments. */
    ohm_span sending;
    size_t segments, acked, sent; /* acked ≤ sent ≤ segments */
    uint8_t first_ns;             /* N(S) of segment 0 */
    /* What is received. */
    uint8_t next_nr;
    bool busy;     /* an answer is owed */
    bool open;     /* a segment came, and more of them follow */
    bool complete; /* the last one came */
    bool gap;      /* one is missing */
    bool progress; /* since it was the meter's turn */
    size_t got;
    /* Check sequences of the frames we sent whose echo is to come, once the echo of SNRM showed
     * that the head sends back what it hears: client 1 and meter 1 have the same address. */
    bool echoes;
    uint8_t echoes_due;
    uint16_t echo[OHM_HDLC_WINDOW_MAX + 1];
    uint8_t idle;   /* repetitions without progress */
    uint16_t polls; /* "not ready yet" */
    size_t len;
    uint8_t input[OHM_HDLC_INPUT_MAX];
    uint8_t frame[OHM_HDLC_INFO_MAX + 20];
} ohm_hdlc_link;

/* Waits for nothing. */
#define OHM_LINE_NEVER INT64_MAX

/* OHM_RANGE: an address that does not fit its length, a client of 0 or above 127. */
OHM_MUST_CHECK ohm_code ohm_hdlc_link_init(ohm_hdlc_link *l, const ohm_hdlc_link_config *config);

void ohm_hdlc_link_open(ohm_hdlc_link *l, ohm_mono_ms now);

/* `apdu` is borrowed until the answer. Only on an open link, one at a time. */
void ohm_hdlc_link_send(ohm_hdlc_link *l, ohm_span apdu, ohm_mono_ms now);
/* What came was not the answer, but something that nobody asked for: the meter is asked
 * for it again, or FAILED. Only after OHM_LINE_APDU. */
ohm_line_event ohm_hdlc_link_listen(ohm_hdlc_link *l, ohm_mono_ms now);
bool ohm_hdlc_link_is_open(const ohm_hdlc_link *l);
void ohm_hdlc_link_shut(ohm_hdlc_link *l, ohm_mono_ms now);

/* The next frame to be put on the line; borrowed until the next call. */
bool ohm_hdlc_link_take(ohm_hdlc_link *l, ohm_span *out, ohm_mono_ms now);

/* Takes bytes from the front of *in, up to the first event. */
ohm_line_event ohm_hdlc_link_input(ohm_hdlc_link *l, ohm_span *in, ohm_mono_ms now);

/* Nothing came until `wake`. */
ohm_line_event ohm_hdlc_link_tick(ohm_hdlc_link *l, ohm_mono_ms now);

#endif
