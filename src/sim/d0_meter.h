/* A simulated meter with an optical head after IEC 62056-21: it pushes its readout (mode D), or
 * answers who calls it in modes A to C. A house in, bytes out. Pure. */
#ifndef OHM_SIM_D0_METER_H
#define OHM_SIM_D0_METER_H

#include "base/civil.h"
#include "sim/house.h"
#include "wire/dlms_encode.h"

enum {
    OHM_D0_METER_BYTES_MAX = 2048,
    OHM_D0_METER_LINE_MAX = 48,
    OHM_D0_METER_TEXT_MAX = 17,
};

/* What may be wrong with it or with its head; bits. */
enum {
    OHM_D0_METER_ECHOES = 1,       /* the head sends back what it hears */
    OHM_D0_METER_BAD_CHECK = 2,    /* every readout comes damaged */
    OHM_D0_METER_BAD_FIRST = 4,    /* the first readout does */
    OHM_D0_METER_NO_CHECK = 8,     /* it ends without ETX and block check */
    OHM_D0_METER_STOPS_SHORT = 16, /* it falls silent in the middle */
    OHM_D0_METER_PARITY = 32,      /* the port leaves the parity bit in */
};

typedef struct ohm_d0_meter {
    char z;                              /* of the identification: '5', mode C with 9600 baud */
    char serial[OHM_D0_METER_TEXT_MAX];  /* C.1.0 */
    char address[OHM_D0_METER_TEXT_MAX]; /* "": whoever calls */
    unsigned ways;
    bool called; /* an acknowledgement may come */
    int readouts;
    size_t len;
    uint8_t line[OHM_D0_METER_LINE_MAX];
} ohm_d0_meter;

void ohm_d0_meter_init(ohm_d0_meter *meter);

/* Appends a push of mode D: no block check. OHM_TOO_BIG if `out` is too small. */
OHM_MUST_CHECK ohm_code ohm_d0_meter_push(ohm_d0_meter *meter, const ohm_house *house,
                                          const ohm_tz *tz, ohm_writer *out);

/* Hears what a caller says, and appends what the meter answers to it. */
OHM_MUST_CHECK ohm_code ohm_d0_meter_hear(ohm_d0_meter *meter, const ohm_house *house,
                                          const ohm_tz *tz, ohm_span bytes, ohm_writer *out);

#endif
