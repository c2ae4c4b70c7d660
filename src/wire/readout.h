/* Data sets of IEC 62056-21 (§6.5 and annex): address(value*unit)(value)…, line by line, as P1
 * telegrams (wire/p1.h) and data readouts (wire/d0.h) carry them. Pure parsing of a block that is
 * whole: every set with all its brackets in their order, and what the usual ones mean.
 *
 * A set's meaning: `raw` × 10^scaler in a base unit (kWh become Wh), where one of its brackets is
 * a number with a unit we know, or its only bracket is a plain number. Lists and logs have none:
 * their brackets say all. Addresses stay as they were sent; beside it stands the OBIS code where
 * they say one, completed as IEC 62056-61 has it: "1.8.0" is 1-0:1.8.0*255, "C.1" 1-0:96.1.0*255,
 * "1.8.0*03" 1-0:1.8.0*3. A block with an address like "6.8" or "9.21" is of a heat meter (EN
 * 1434-3), whose numbers mean other things: none of it is completed.
 *
 * Everything borrows from the block. */
#ifndef OHM_WIRE_READOUT_H
#define OHM_WIRE_READOUT_H

#include "base/civil.h"
#include "wire/dlms_unit.h"
#include "wire/obis.h"

enum {
    OHM_READOUT_SETS_MAX = 400,
    OHM_READOUT_VALUES_MAX = 4000, /* a month of a load profile */
    OHM_READOUT_ADDRESS_MAX = 32,
    OHM_READOUT_TIME_LEN = 12, /* YYMMDDhhmmss */
};

/* What a time says of summer time. */
typedef enum ohm_readout_season {
    OHM_READOUT_UNSAID,
    OHM_READOUT_SUMMER,
    OHM_READOUT_WINTER,
    OHM_READOUT_UTC,
} ohm_readout_season;

typedef struct ohm_readout_time {
    bool present;
    uint8_t season; /* ohm_readout_season */
    ohm_civil local;
} ohm_readout_time;

typedef struct ohm_readout_set {
    ohm_span address;
    uint16_t first, count; /* its brackets, in values[] */
    uint16_t quantity;     /* ohm_quantity_id */
    uint8_t obis[OHM_OBIS_LEN];
    bool has_obis, has_number;
    uint8_t unit; /* DLMS code, OHM_UNIT_UNKNOWN */
    int8_t scaler;
    int64_t raw;
    ohm_readout_time time; /* of the value, where the set says one */
} ohm_readout_set;

typedef struct ohm_readout {
    uint16_t count, values_count;
    ohm_readout_set sets[OHM_READOUT_SETS_MAX];
    ohm_span values[OHM_READOUT_VALUES_MAX];
} ohm_readout;

/* The identification line: /XXXZident (§6.3.2). */
typedef struct ohm_readout_ident {
    ohm_span manufacturer; /* three letters */
    char baud;             /* Z */
    ohm_span id;
} ohm_readout_ident;

/* The line without its end. OHM_BAD_FORMAT: no identification. */
OHM_MUST_CHECK ohm_code ohm_readout_ident_parse(ohm_span line, ohm_readout_ident *out);

/* The sets of a block: OHM_OK, OHM_BAD_FORMAT or OHM_TOO_BIG, with *what as the reason. */
OHM_MUST_CHECK ohm_code ohm_readout_parse(ohm_span block, ohm_readout *out, const char **what);

/* The number in front of a bracket's "*", as sent: raw × 10^scaler. OHM_UNKNOWN: it is none. */
OHM_MUST_CHECK ohm_code ohm_readout_number(ohm_span text, int64_t *raw, int *scaler);

/* Where a bracket's value ends and its unit begins: the first "*". The unit may be empty. */
void ohm_readout_split(ohm_span bracket, ohm_span *value, ohm_span *unit);

/* Whether such a unit is known: its DLMS code, and the power of ten to the base unit. */
bool ohm_readout_unit(ohm_span unit, uint8_t *code, int *scaler);

/* YYMMDDhhmmss, with or without S or W. OHM_UNKNOWN: no time. */
OHM_MUST_CHECK ohm_code ohm_readout_time_parse(ohm_span text, ohm_readout_time *out);

/* The same, and as readouts have it (VDEW): [s]YYMMDDhhmm[ss], s 0 for winter, 1 for summer, 2 for
 * UTC. */
OHM_MUST_CHECK ohm_code ohm_readout_stamp_parse(ohm_span text, ohm_readout_time *out);

/* The set of that code, or NULL. */
const ohm_readout_set *ohm_readout_find(const ohm_readout *readout,
                                        const uint8_t obis[static OHM_OBIS_LEN]);

/* A set as a quantised value of the house; codes as of ohm_dlms_value_quantise. */
OHM_MUST_CHECK ohm_code ohm_readout_quantise(const ohm_readout_set *set, int64_t *out);

#endif
