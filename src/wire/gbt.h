/* A block of general-block-transfer (IEC 62056-5-3, "General-Block-Transfer"): E0, control,
 * number, acknowledged number, length, data. */
#ifndef OHM_WIRE_GBT_H
#define OHM_WIRE_GBT_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_GBT_TAG = 0xe0,
    OHM_GBT_LAST = 0x80,
    OHM_GBT_STREAMING = 0x40,
    OHM_GBT_WINDOW = 0x3f,
};

typedef struct ohm_gbt_block {
    uint8_t control;
    uint16_t number, acknowledged;
    ohm_span data;
    size_t size; /* of the whole block */
} ohm_gbt_block;

/* Reads the block that `apdu` begins with: OHM_OK, OHM_MORE if it is cut, OHM_BAD_FORMAT,
 * OHM_TOO_BIG. *out is written on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_gbt_parse(ohm_span apdu, ohm_gbt_block *out);

/* Blocks as they come together. Plain data; the bytes lie in a buffer of the caller. */
typedef struct ohm_gbt_transfer {
    bool open;
    bool orphaned;   /* blocks without their first one are passing */
    uint16_t number; /* of the last block taken; also of the last one of a complete transfer */
    size_t from;     /* where that block's data begin */
    size_t last_len; /* and how many they were */
    uint16_t check;  /* of the last block of a complete transfer: its CRC-16 */
    size_t len;      /* of all */
} ohm_gbt_transfer;

typedef enum ohm_gbt_step {
    OHM_GBT_TAKEN,
    OHM_GBT_COMPLETE,  /* the buffer holds transfer->len bytes of APDU */
    OHM_GBT_REPEATED,  /* the current block once more: nothing changes */
    OHM_GBT_RESTARTED, /* taken as the first block; a transfer under way was given up */
    OHM_GBT_MISSING,   /* not the block that must follow: the transfer is given up */
    OHM_GBT_ORPHAN,    /* its first block was never seen */
    OHM_GBT_PASSING,   /* one more such block, or the rest of a transfer that was given up */
    OHM_GBT_OVERFLOW,  /* more than the buffer holds: the transfer is given up */
} ohm_gbt_step;

/* Puts a block where it belongs. A first block always begins anew; a gap ends a transfer. */
ohm_gbt_step ohm_gbt_take(ohm_gbt_transfer *transfer, const ohm_gbt_block *block, uint8_t *buffer,
                          size_t cap);

#endif
