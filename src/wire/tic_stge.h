/* STGE: the status register of a Linky in standard mode, 32 bits as 8 hex digits.
 * Source: Enedis-NOI-CPT_54E §6.2.3.14. */
#ifndef OHM_WIRE_TIC_STGE_H
#define OHM_WIRE_TIC_STGE_H

#include "base/err.h"
#include "base/span.h"

typedef struct ohm_tic_stge {
    uint32_t bits;
} ohm_tic_stge;

/* The parts of it, in the order of their bits. */
typedef enum ohm_stge_field {
    OHM_STGE_CONTACT,            /* 1: open */
    OHM_STGE_BREAKER,            /* 0: closed, else why it is open */
    OHM_STGE_COVER,              /* 1: the distributor's cover is off */
    OHM_STGE_OVERVOLTAGE,        /* on a phase */
    OHM_STGE_OVERRUN,            /* above the reference power */
    OHM_STGE_PRODUCER,           /* the contract of the site */
    OHM_STGE_INJECTING,          /* the present direction of active energy */
    OHM_STGE_TARIFF,             /* supplier's index less one */
    OHM_STGE_DISTRIBUTOR_TARIFF, /* distributor's index less one */
    OHM_STGE_CLOCK_DEGRADED,
    OHM_STGE_STANDARD_MODE,
    OHM_STGE_EURIDIS, /* 0: off, 1: on without security, 3: on with it */
    OHM_STGE_PLC,     /* 0: new, unlocked; 1: new, locked; 2: registered */
    OHM_STGE_PLC_SYNCHRONISED,
    OHM_STGE_TEMPO_TODAY,    /* ohm_tempo */
    OHM_STGE_TEMPO_TOMORROW, /* ohm_tempo */
    OHM_STGE_PEAK_NOTICE,    /* 0, or the number of the mobile peak */
    OHM_STGE_PEAK,           /* 0, or the number of the mobile peak */
    OHM_STGE_FIELDS_COUNT
} ohm_stge_field;

/* Eight hex digits. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_tic_stge_parse(ohm_span text, ohm_tic_stge *out);

unsigned ohm_tic_stge_get(const ohm_tic_stge *stge, ohm_stge_field field);

/* The same register with a field set; for the simulator. `value` must fit. */
ohm_tic_stge ohm_tic_stge_with(ohm_tic_stge stge, ohm_stge_field field, unsigned value);

/* "closed", "open_overpower", …: of the fields that are codes; NULL where `value` is none. */
const char *ohm_tic_breaker_name(unsigned value);
const char *ohm_tic_euridis_name(unsigned value);
const char *ohm_tic_plc_name(unsigned value);

#endif
