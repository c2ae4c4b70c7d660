/* A simulated German meter with an SML port: a house in, one file of its list out, as a two-way
 * meter sends it every second or two once its PIN was given. Pure; the caller sends the bytes
 * (sim/ends.h). */
#ifndef OHM_SIM_SML_METER_H
#define OHM_SIM_SML_METER_H

#include "sim/house.h"
#include "wire/sml_encode.h"

enum {
    OHM_SML_METER_PUSH_MAX = 1024, /* bytes of one file */
    OHM_SML_METER_SERVER_LEN = 10,
};

typedef struct ohm_sml_meter {
    uint8_t server[OHM_SML_METER_SERVER_LEN]; /* DIN 43863-5 */
    uint32_t transaction;                     /* of the next message */
    ohm_ms started_ms;                        /* when its seconds index began to count */
} ohm_sml_meter;

void ohm_sml_meter_init(ohm_sml_meter *meter, ohm_ms started_ms);

/* Appends the file of house->time_ms. OHM_TOO_BIG if `out` is too small: it is then of no use. */
OHM_MUST_CHECK ohm_code ohm_sml_meter_push(ohm_sml_meter *meter, const ohm_house *house,
                                           ohm_writer *out);

#endif
