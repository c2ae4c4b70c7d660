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
};

typedef struct ohm_mbus_frame {
    uint8_t control, address, ci;
    ohm_span data; /* behind CI: two transport addresses, then the data */
    size_t size;   /* of the whole frame */
} ohm_mbus_frame;

/* Reads the frame that `window` begins with. Codes and *claimed as of ohm_hdlc_parse. */
OHM_MUST_CHECK ohm_code ohm_mbus_frame_parse(ohm_span window, ohm_mbus_frame *out, size_t *claimed);

#endif
