/* Signing on at an optical head (IEC 62056-21, §6.4.5 and annex E): the meter is called with 300
 * baud 7E1, names itself and its fastest speed, and goes over to HDLC with 8N1 at that speed.
 *
 *     we     /?address!<CR><LF>
 *     meter  /XXXZ\2identification<CR><LF>     Z: speed; \2: it can do HDLC
 *     we     <ACK>2Z2<CR><LF>
 *     meter  <ACK>2Z2<CR><LF>, and both change over
 *
 * It keeps the standard's reaction times (§6.4.3): nothing is said before the meter was silent for
 * 200 ms, and it is waited for as long as its characters come.
 *
 * Pure, like every conversation. A head that echoes what it sends, and a parity bit that the port
 * left in, are put up with. */
#ifndef OHM_WIRE_MODE_E_H
#define OHM_WIRE_MODE_E_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_MODE_E_BAUD = 300, /* 7E1 */
    OHM_MODE_E_LINE_MAX = 96,
    OHM_MODE_E_ADDRESS_MAX = 32,
    OHM_MODE_E_IDENTITY_MAX = 64,
};

typedef enum ohm_mode_e_event {
    OHM_MODE_E_NOTHING,
    OHM_MODE_E_DONE,   /* now: m->baud, 8N1 */
    OHM_MODE_E_FAILED, /* m->what */
} ohm_mode_e_event;

typedef struct ohm_mode_e {
    char address[OHM_MODE_E_ADDRESS_MAX + 1]; /* of the meter; "": whoever is there */
    uint32_t baud_max;                        /* 0: as fast as the meter can */
    uint32_t baud;
    const char *what;
    char identity[OHM_MODE_E_IDENTITY_MAX]; /* "LGZ5ZMD4054459" */
    uint8_t state, tries;
    bool to_send;
    bool echoes, echoed; /* the head sends back what we say; it did so with our <ACK> */
    uint8_t z;
    ohm_mono_ms wake, limit; /* limit: of an answer, however many bytes come */
    size_t len;
    uint8_t line[OHM_MODE_E_LINE_MAX];
    uint8_t out[OHM_MODE_E_ADDRESS_MAX + 8];
} ohm_mode_e;

/* `address` may be NULL. OHM_TOO_BIG; OHM_BAD_FORMAT: not printable. */
OHM_MUST_CHECK ohm_code ohm_mode_e_init(ohm_mode_e *m, const char *address, uint32_t baud_max);

void ohm_mode_e_open(ohm_mode_e *m, ohm_mono_ms now);
bool ohm_mode_e_take(ohm_mode_e *m, ohm_span *out, ohm_mono_ms now);
ohm_mode_e_event ohm_mode_e_input(ohm_mode_e *m, ohm_span *in, ohm_mono_ms now);
ohm_mode_e_event ohm_mode_e_tick(ohm_mode_e *m, ohm_mono_ms now);

#endif
