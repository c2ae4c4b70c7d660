/* Units of DLMS/COSEM: the enumeration of the scaler_unit attribute (Blue Book, "unit"). */
#ifndef OHM_WIRE_DLMS_UNIT_H
#define OHM_WIRE_DLMS_UNIT_H

#include "base/span.h"

enum {
    OHM_UNIT_UNKNOWN = 0, /* not a DLMS code: the push says none and no profile does */
    OHM_UNIT_HOUR = 5,
    OHM_UNIT_MINUTE = 6,
    OHM_UNIT_SECOND = 7,
    OHM_UNIT_DEGREE = 8,
    OHM_UNIT_CELSIUS = 9,
    OHM_UNIT_M3 = 13,
    OHM_UNIT_M3_PER_H = 15,
    OHM_UNIT_JOULE = 25,
    OHM_UNIT_W = 27,
    OHM_UNIT_VA = 28,
    OHM_UNIT_VAR = 29,
    OHM_UNIT_WH = 30,
    OHM_UNIT_VAH = 31,
    OHM_UNIT_VARH = 32,
    OHM_UNIT_A = 33,
    OHM_UNIT_V = 35,
    OHM_UNIT_HZ = 44,
    OHM_UNIT_RATIO = 255, /* a number without a unit */
};

/* "W", "Wh"… of a code; "" for a number without a unit, NULL for a code not in the table. */
const char *ohm_dlms_unit_text(uint8_t unit);

/* The code of such a text, or OHM_UNIT_UNKNOWN; "1" is a number without a unit. */
uint8_t ohm_dlms_unit_find(ohm_span text);

#endif
