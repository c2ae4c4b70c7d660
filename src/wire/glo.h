/* general-glo-ciphering (IEC 62056-5-3, "general ciphering"): DB, system title, length,
 * security control, invocation counter, text, and where authenticated a tag of 12 bytes. */
#ifndef OHM_WIRE_GLO_H
#define OHM_WIRE_GLO_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_GLO_TAG = 0xdb,
    /* Security control. */
    OHM_GLO_SUITE = 0x0f,
    OHM_GLO_AUTHENTICATED = 0x10,
    OHM_GLO_ENCRYPTED = 0x20,
    OHM_GLO_BROADCAST = 0x40,
    OHM_GLO_COMPRESSED = 0x80,
};

typedef struct ohm_glo {
    ohm_span title; /* 8 bytes, or none */
    uint8_t control;
    uint32_t counter;
    ohm_span text; /* ciphered if OHM_GLO_ENCRYPTED */
    ohm_span tag;  /* 12 bytes if OHM_GLO_AUTHENTICATED, else none */
    size_t size;   /* of the whole APDU */
} ohm_glo;

/* Reads the APDU that `apdu` begins with: OHM_OK, OHM_MORE if it is cut, OHM_BAD_FORMAT,
 * OHM_TOO_BIG. *out is written on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_glo_parse(ohm_span apdu, ohm_glo *out);

/* The size of the whole APDU as soon as its head has come; codes as above. */
OHM_MUST_CHECK ohm_code ohm_glo_size(ohm_span apdu, size_t *size);

#endif
