/* From M-Bus records to the house's quantities: what a record of a telegram means by its VIF,
 * function, storage, tariff, subunit and the medium of its meter. A record with a meaning of its
 * own (a manufacturer's VIFE, a limit, a date of something) means none of ours, save where a
 * profile of the device says so by its bytes. */
#ifndef OHM_WIRE_MBUS_QUANTITY_H
#define OHM_WIRE_MBUS_QUANTITY_H

#include "base/quantity.h"
#include "wire/mbus.h"

/* One line of a profile: a record with these bytes, which are compared where they are given. */
typedef struct ohm_mbus_mapping {
    ohm_span dib, vib; /* as on the wire; an empty dib means any */
    int32_t subunit;   /* -1: any */
    uint16_t quantity; /* ohm_quantity_id; OHM_Q_NONE: not one of ours, whatever it looks like */
} ohm_mbus_mapping;

/* What is known of a kind of meter. */
typedef struct ohm_mbus_profile {
    const char *name, *label;
    char manufacturer[4]; /* "" = any */
    int16_t version;      /* -1 = any */
    int16_t medium;       /* -1 = any */
    const ohm_mbus_mapping *mappings;
    size_t mappings_count;
} ohm_mbus_profile;

/* Is it a meter of that profile? */
bool ohm_mbus_profile_fits(const ohm_mbus_profile *profile, const ohm_mbus_message *message);

/* OHM_Q_NONE where it is none. `profile` may be NULL. */
ohm_quantity_id ohm_mbus_quantity(const ohm_mbus_message *message, const ohm_mbus_record *record,
                                  const ohm_mbus_profile *profile);

/* The value as the quantised integer of its quantity; energy in J becomes Wh. OHM_UNKNOWN: no
 * number. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_mbus_quantise(const ohm_mbus_record *record, ohm_quantity_id quantity,
                                          int64_t *out);

#endif
