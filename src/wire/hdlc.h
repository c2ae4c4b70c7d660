/* HDLC frames of IEC 62056-46 (format type 3): 7E, format A0 | S | length, addresses, control,
 * HCS, information, FCS, 7E. There is no byte stuffing: the length says where a frame ends, and
 * 7E may occur anywhere inside. A closing flag may be the next frame's opening flag. */
#ifndef OHM_WIRE_HDLC_H
#define OHM_WIRE_HDLC_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_HDLC_FLAG = 0x7e,
    OHM_HDLC_LENGTH_MAX = 2047, /* without the flags */
    OHM_HDLC_UI = 0x03,         /* control of unnumbered information, poll bit aside */
    OHM_HDLC_POLL = 0x10,
};

typedef struct ohm_hdlc_frame {
    ohm_span destination, source; /* address bytes as on the wire: 1, 2 or 4 */
    uint8_t control;
    bool segment;  /* more segments of the same information follow */
    ohm_span info; /* may be empty */
    size_t size;   /* from the opening flag to before the closing flag */
} ohm_hdlc_frame;

/* Reads the frame that `window` begins with, at its opening flag. OHM_OK; OHM_MORE;
 * OHM_BAD_FORMAT: this flag opens no frame; OHM_BAD_CHECKSUM: it may open one, but HCS, FCS or
 * the closing flag is wrong. *claimed: the bytes such a frame says it has with both flags, 0 if
 * not known. A wrong header is found before the rest has come. *out borrows from `window` and is
 * written on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_hdlc_parse(ohm_span window, ohm_hdlc_frame *out, size_t *claimed);

#endif
