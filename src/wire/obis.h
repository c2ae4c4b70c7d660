/* OBIS codes (IEC 62056-6-1): six groups A-B:C.D.E*F that name a register, as text and as a
 * quantity of the house's table.
 *
 * A pattern is a code in which some groups are free; meter profiles use it. Group B is the
 * channel of the same meter for electricity (A = 1, B = 0 or 1): 1-1:1.8.0 and 1-0:1.8.0 mean
 * the same quantity, and a pattern says so with "1-*:1.8.0". */
#ifndef OHM_WIRE_OBIS_H
#define OHM_WIRE_OBIS_H

#include "base/err.h"
#include "base/quantity.h"
#include "base/span.h"

enum {
    OHM_OBIS_LEN = 6,
    OHM_OBIS_TEXT_MAX = 24, /* "255-255:255.255.255*255" and its terminator */
};

typedef struct ohm_obis_pattern {
    uint8_t value[OHM_OBIS_LEN];
    uint8_t fixed; /* bit i: group i must be equal; the others are free */
} ohm_obis_pattern;

/* Writes "1-0:1.8.0*255" with its terminator; returns the length without it. */
size_t ohm_obis_write(const uint8_t obis[static OHM_OBIS_LEN], char out[static OHM_OBIS_TEXT_MAX]);

/* Reads "A-B:C.D.E*F" or "A-B:C.D.E" (F is then 255); any group of a pattern may be "*".
 * *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_obis_parse(ohm_span text, uint8_t out[static OHM_OBIS_LEN]);
OHM_MUST_CHECK ohm_code ohm_obis_pattern_parse(ohm_span text, ohm_obis_pattern *out);

static inline bool ohm_obis_matches(const ohm_obis_pattern *pattern,
                                    const uint8_t obis[static OHM_OBIS_LEN])
{
    for (int i = 0; i < OHM_OBIS_LEN; i++)
        if ((pattern->fixed >> i & 1) != 0 && pattern->value[i] != obis[i])
            return false;
    return true;
}

/* The quantity a code names, or OHM_Q_NONE. */
ohm_quantity_id ohm_obis_quantity(const uint8_t obis[static OHM_OBIS_LEN]);

/* The electricity register that holds the quantity (1-0:C.D.E*255), false if none does. */
bool ohm_obis_of(ohm_quantity_id quantity, uint8_t out[static OHM_OBIS_LEN]);

/* The DLMS unit in which such a register counts (wire/dlms_unit.h), OHM_UNIT_UNKNOWN for
 * texts, states and codes that we don't know. */
uint8_t ohm_obis_unit(const uint8_t obis[static OHM_OBIS_LEN]);

#endif
