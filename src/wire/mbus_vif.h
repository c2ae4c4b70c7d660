/* What the value information of M-Bus means (EN 13757-3 §6.4): the primary table, the tables
 * behind FBh, FDh and FDh FDh, the combinable VIFEs, and the units of the fixed data structure.
 * Tables, and walkers of them; no state. */
#ifndef OHM_WIRE_MBUS_VIF_H
#define OHM_WIRE_MBUS_VIF_H

#include "base/span.h"

/* What is measured: for the mapping to our quantities. */
typedef enum ohm_mbus_measure {
    OHM_MBUS_OTHER, /* nothing that one of our quantities says */
    OHM_MBUS_ENERGY_WH,
    OHM_MBUS_ENERGY_J,
    OHM_MBUS_REACTIVE_ENERGY,
    OHM_MBUS_APPARENT_ENERGY,
    OHM_MBUS_POWER,
    OHM_MBUS_REACTIVE_POWER,
    OHM_MBUS_APPARENT_POWER,
    OHM_MBUS_VOLTAGE,
    OHM_MBUS_CURRENT,
    OHM_MBUS_FREQUENCY,
    OHM_MBUS_FACTOR, /* dimensionless: a power factor for an electricity meter */
    OHM_MBUS_VOLUME,
    OHM_MBUS_VOLUME_FLOW,
    OHM_MBUS_FLOW_TEMPERATURE,
    OHM_MBUS_RETURN_TEMPERATURE,
    OHM_MBUS_TEMPERATURE_DIFFERENCE,
    OHM_MBUS_EXTERNAL_TEMPERATURE,
    OHM_MBUS_HUMIDITY,
    OHM_MBUS_PRESSURE,
    OHM_MBUS_HCA,
    OHM_MBUS_FABRICATION,
    OHM_MBUS_MAKER, /* the manufacturer's own: VIF 7Fh, FFh */
    OHM_MBUS_MEASURES_COUNT
} ohm_mbus_measure;

/* How an integer in the data field is read (EN 13757-3 annex A). */
typedef enum ohm_mbus_coding {
    OHM_MBUS_SIGNED,   /* type B */
    OHM_MBUS_UNSIGNED, /* type C */
    OHM_MBUS_BITS,     /* type D */
    OHM_MBUS_DATE,     /* types F, G, I, J by their length */
    OHM_MBUS_BYTES,    /* data that is no number: types K and L, keys, containers */
} ohm_mbus_coding;

typedef struct ohm_mbus_vif {
    const char *unit; /* base unit, "" where there is none */
    const char *text; /* "Volume flow" */
    uint32_t factor;  /* 60, 3600, 86400 for spans of time, else 1 */
    int8_t exponent;  /* of ten */
    uint8_t measure;  /* ohm_mbus_measure */
    uint8_t coding;   /* ohm_mbus_coding */
} ohm_mbus_vif;

/* The tables. */
typedef enum ohm_mbus_table {
    OHM_MBUS_PRIMARY,
    OHM_MBUS_FB,
    OHM_MBUS_FD,
    OHM_MBUS_FD_FD,
} ohm_mbus_table;

/* The row of a code without its extension bit; a reserved code has a row that says so. */
const ohm_mbus_vif *ohm_mbus_vif_of(ohm_mbus_table table, uint8_t code);

/* The row of a unit code of the fixed data structure (EN 1434-3), 0 to 63. */
const ohm_mbus_vif *ohm_mbus_fixed_unit(uint8_t code);

/* Rows for what has no code in the tables. */
extern const ohm_mbus_vif ohm_mbus_plain_unit; /* VIF 7Ch, FCh */
extern const ohm_mbus_vif ohm_mbus_no_meaning; /* manufacturer's block, "more follows" */
extern const ohm_mbus_vif ohm_mbus_reserved;   /* VIF EFh and what the tables leave out */

/* What a combinable VIFE says (EN 13757-3 table 15). */
typedef enum ohm_mbus_vife_kind {
    OHM_MBUS_VIFE_NOTE,     /* of when, how, per what: `text` says it */
    OHM_MBUS_VIFE_FINE,     /* "no error": changes nothing */
    OHM_MBUS_VIFE_ERROR,    /* the record holds no value */
    OHM_MBUS_VIFE_SCALE,    /* × 10^exponent */
    OHM_MBUS_VIFE_ADD,      /* + 10^exponent */
    OHM_MBUS_VIFE_POSITIVE, /* accumulates positive contributions only */
    OHM_MBUS_VIFE_NEGATIVE, /* the absolute value of negative contributions only */
    OHM_MBUS_VIFE_FUTURE,   /* a value of the future */
    OHM_MBUS_VIFE_DATE,     /* the data is the date (and time) of what `text` says */
    OHM_MBUS_VIFE_MORE,     /* FCh: the next one is of the second table */
    OHM_MBUS_VIFE_MAKER,    /* what follows is the manufacturer's own */
    OHM_MBUS_VIFE_PHASE,    /* at phase `exponent` */
    OHM_MBUS_VIFE_UNSIGNED, /* the data is of type C */
    OHM_MBUS_VIFE_BITS,     /* the data is of type D */
} ohm_mbus_vife_kind;

typedef struct ohm_mbus_vife {
    uint8_t kind; /* ohm_mbus_vife_kind */
    int8_t exponent;
    const char *text; /* "" where the kind says it all */
} ohm_mbus_vife;

/* By the code without its extension bit; `second`: the byte before was FCh. */
ohm_mbus_vife ohm_mbus_vife_of(uint8_t code, bool second);

#endif
