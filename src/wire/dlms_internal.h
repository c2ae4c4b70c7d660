/* Private to dlms*.c: the three steps of the decoder, from bytes to messages. */
#ifndef OHM_WIRE_DLMS_INTERNAL_H
#define OHM_WIRE_DLMS_INTERNAL_H

#include "wire/dlms.h"

/* A frame, or an APDU that came bare. */
typedef struct ohm_dlms_unit {
    uint8_t framing;
    uint8_t control; /* HDLC: control byte; M-Bus: CI */
    bool segment;    /* HDLC: more follows */
    ohm_span destination, source;
    uint8_t *info; /* in the window, may be changed */
    size_t info_len;
} ohm_dlms_unit;

/* Fills in *reject for the present unit and returns `code`. */
ohm_code ohm_dlms_refuse(ohm_dlms *d, ohm_dlms_reject *reject, ohm_dlms_stage stage, ohm_code code,
                         const char *what);

/* Bytes → units: OHM_OK, OHM_MORE, OHM_END, or a refusal. */
ohm_code ohm_dlms_take_unit(ohm_dlms *d, ohm_span *in, ohm_dlms_unit *unit,
                            ohm_dlms_reject *reject);

/* Unit → d->rest: OHM_OK if it holds APDUs now, OHM_MORE if other units must come first. */
ohm_code ohm_dlms_accept(ohm_dlms *d, const ohm_dlms_unit *unit, ohm_dlms_reject *reject);

/* The next APDU of d->rest: OHM_OK if it was a message, OHM_MORE if it was a part of one. */
ohm_code ohm_dlms_take_apdu(ohm_dlms *d, ohm_dlms_reject *reject);

/* One APDU at `apdu`, whose bytes may be changed; *used are its own. */
ohm_code ohm_dlms_read_apdu(ohm_dlms *d, uint8_t *apdu, size_t len, size_t *used,
                            ohm_dlms_reject *reject);

/* What an APDU with that tag is, if it is one of a service that is no push; else NULL. */
const char *ohm_dlms_service(uint8_t tag);

/* Length of the LLC header that `info` begins with, or 0. */
size_t ohm_dlms_llc(ohm_span info);

enum {
    OHM_NOTIFICATION_TAG = 0x0f,
    OHM_NOTIFICATION_FIXED = 5, /* tag and invoke-id */
};

/* The head of a data-notification up to its body: OHM_OK, OHM_MORE, OHM_BAD_FORMAT. *time is
 * the place of the 12 bytes of its date-time, 0 if there are none. */
OHM_MUST_CHECK ohm_code ohm_dlms_notification_head(ohm_span apdu, size_t *time, size_t *body);

#endif
