/* What the labels of the TIC mean: one table for both modes, and the small languages of their
 * values (contracts, Tempo colours, the profile of the next day).
 *
 * Sources: Enedis-NOI-CPT_54E §5 (historic mode of a Linky) and §6 (standard mode). */
#ifndef OHM_WIRE_TIC_LABEL_H
#define OHM_WIRE_TIC_LABEL_H

#include "base/quantity.h"

enum {
    OHM_TIC_LABEL_MAX = 12,
    OHM_TIC_REGISTERS_MAX = 6, /* of a historic contract */
    OHM_TIC_PERIODS_MAX = 11,  /* of a day's profile */
};

/* What a label says of the meter besides its value; bits. */
enum {
    OHM_TIC_IS_ID = 1,
    OHM_TIC_IS_CONTRACT = 2,
    OHM_TIC_IS_DATE = 4,
    OHM_TIC_IS_STGE = 8,
    OHM_TIC_IS_OVERRUN = 16,
    OHM_TIC_SAYS_THREE = 32,     /* only a three-phase meter has it */
    OHM_TIC_SAYS_ONE = 64,       /* with no label of the kind before: a single-phase meter */
    OHM_TIC_SAYS_PRODUCER = 128, /* only who injects has it */
};

typedef struct ohm_tic_label {
    const char *name;
    const char *unit;  /* of the number; "" where the value is a code or a text */
    int8_t exponent;   /* the unit in the quantity's: kVA in VA is 3 */
    uint8_t says;      /* bits above */
    uint16_t quantity; /* ohm_quantity_id */
} ohm_tic_label;

/* The table, in the order of the names. */
extern const ohm_tic_label ohm_tic_labels[];
extern const size_t ohm_tic_labels_count;

/* The row of a label, or NULL. */
const ohm_tic_label *ohm_tic_label_find(ohm_span label);

/* Registers of a historic contract in the order of the supplier's indexes of a Linky: register i
 * is index i + 1, energy_import_t<i + 1>. Their sum is the meter's total. */
typedef struct ohm_tic_contract {
    uint8_t count;
    const char *registers[OHM_TIC_REGISTERS_MAX];
} ohm_tic_contract;

extern const ohm_tic_contract ohm_tic_contracts[];
extern const size_t ohm_tic_contracts_count;

typedef enum ohm_tempo {
    OHM_TEMPO_UNKNOWN,
    OHM_TEMPO_BLUE,
    OHM_TEMPO_WHITE,
    OHM_TEMPO_RED,
} ohm_tempo;

/* The tariff period of historic mode (PTEC): its index in the contract, 1 to 6, its Tempo colour,
 * and whether it is a mobile peak. NULL: not one that we know. */
typedef struct ohm_tic_period {
    const char *ptec;
    uint8_t index;
    uint8_t colour; /* ohm_tempo */
    bool peak;
} ohm_tic_period;
const ohm_tic_period *ohm_tic_period_find(ohm_span ptec);

/* DEMAIN: "BLEU", "BLAN", "ROUG"; anything else, as "----", is unknown. */
ohm_tempo ohm_tic_tomorrow(ohm_span demain);

/* "blue", "white", "red"; NULL for unknown. */
const char *ohm_tempo_name(ohm_tempo colour);

/* PJOURF+1 and PPOINTE: from when which index counts, and what the meter's own contact does. */
typedef enum ohm_tic_contact {
    OHM_TIC_CONTACT_UNCHANGED,
    OHM_TIC_CONTACT_TEMPO, /* as the Tempo contract's own rules have it */
    OHM_TIC_CONTACT_OPEN,
    OHM_TIC_CONTACT_CLOSED,
} ohm_tic_contact;

typedef struct ohm_tic_day {
    uint8_t count;
    struct {
        uint8_t hour, minute; /* local */
        uint8_t index;        /* 0 to 15; 0: none */
        uint8_t contact;      /* ohm_tic_contact */
        uint16_t bits;        /* as sent */
    } periods[OHM_TIC_PERIODS_MAX];
} ohm_tic_day;

/* Blocks of HHMMSSSS or NONUTILE, a space between them. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_tic_day_parse(ohm_span text, ohm_tic_day *out);
const char *ohm_tic_contact_name(ohm_tic_contact contact);

#endif
