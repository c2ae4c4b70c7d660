/* M-Bus long frames (EN 13757-2 §5.4) as DLMS pushes use them (EN 13757-1): 68 L L 68, control,
 * address, CI, transport addresses, data, checksum, 16. In CI the low nibble counts the frames
 * of one push from 0, and bit 4 marks the last one.
 *
 * Some meters send frames of 256 to 261 bytes and count them modulo 256: a length that is too
 * short for a frame, or whose checksum only fits 256 bytes later, is read so. */
#ifndef OHM_WIRE_MBUS_FRAME_H
#define OHM_WIRE_MBUS_FRAME_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_MBUS_START = 0x68,
    OHM_MBUS_STOP = 0x16,
    OHM_MBUS_FINAL = 0x10, /* of CI */
    OHM_MBUS_FRAME_MAX = 255 + 256 + 6,
    OHM_MBUS_ACK = 0xe5,
    OHM_MBUS_SHORT_START = 0x10,
    OHM_MBUS_SHORT_LEN = 5,
    OHM_MBUS_LONG_MAX = 261, /* 68 L L 68, 255 bytes, checksum, stop */
    OHM_MBUS_DATA_MAX = 252, /* behind CI */
};

typedef struct ohm_mbus_frame {
    uint8_t control, address, ci;
    ohm_span data; /* behind CI: two transport addresses, then the data */
    size_t size;   /* of the whole frame */
} ohm_mbus_frame;

typedef enum ohm_mbus_link_kind {
    OHM_MBUS_LINK_ACK,   /* E5 */
    OHM_MBUS_LINK_SHORT, /* 10 C A CS 16 */
    OHM_MBUS_LINK_LONG,  /* 68 L L 68 C A CI … CS 16; "control frame" without data */
} ohm_mbus_link_kind;

/* A unit of the link layer as EN 13757-2 §5.3 has it. */
typedef struct ohm_mbus_link {
    uint8_t kind; /* ohm_mbus_link_kind */
    uint8_t control, address, ci;
    ohm_span data; /* behind CI */
    size_t size;   /* of the whole unit */
} ohm_mbus_link;

/* Reads the unit that `window` begins with, strictly: nothing is longer than its length byte
 * says. Codes and *claimed as of ohm_hdlc_parse. */
OHM_MUST_CHECK ohm_code ohm_mbus_link_parse(ohm_span window, ohm_mbus_link *out, size_t *claimed);

/* Writes C, A, CI and data as a long frame; returns its size. `data` has at most
 * OHM_MBUS_DATA_MAX bytes. */
size_t ohm_mbus_put_long(uint8_t control, uint8_t address, uint8_t ci, ohm_span data,
                         uint8_t out[static OHM_MBUS_LONG_MAX]);
/* Writes a short frame. */
void ohm_mbus_put_short(uint8_t control, uint8_t address, uint8_t out[static OHM_MBUS_SHORT_LEN]);

/* Reads the DLMS push frame that `window` begins with. Codes and *claimed as of ohm_hdlc_parse. */
OHM_MUST_CHECK ohm_code ohm_mbus_frame_parse(ohm_span window, ohm_mbus_frame *out, size_t *claimed);

#endif
