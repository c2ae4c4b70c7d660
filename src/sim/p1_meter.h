/* A simulated Dutch meter with a P1 port, and a gas meter on its bus: a house in, one telegram of
 * DSMR 5 out; with a key as in Luxembourg. Pure; the caller sends the bytes (sim/ends.h). */
#ifndef OHM_SIM_P1_METER_H
#define OHM_SIM_P1_METER_H

#include "base/civil.h"
#include "sim/house.h"
#include "wire/dlms_encode.h"

enum {
    OHM_P1_METER_PUSH_MAX = 2048,
    OHM_P1_METER_ID_MAX = 18,
    OHM_P1_METER_KEY_LEN = 16,
};

typedef struct ohm_p1_meter {
    char id[OHM_P1_METER_ID_MAX]; /* equipment identifier */
    int64_t gas_dm3;              /* what the gas meter counted */
    const ohm_aead *aead;         /* NULL: plain */
    uint8_t auth_key[OHM_P1_METER_KEY_LEN];
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint32_t counter; /* of the last ciphered telegram */
} ohm_p1_meter;

/* A plain meter with Luxembourg's public authentication key. */
void ohm_p1_meter_init(ohm_p1_meter *meter);

/* Appends the telegram of house->time_ms in the time of `tz`. OHM_TOO_BIG if `out` is too small,
 * or what the cipher says; `out` is then of no use. */
OHM_MUST_CHECK ohm_code ohm_p1_meter_push(ohm_p1_meter *meter, const ohm_house *house,
                                          const ohm_tz *tz, ohm_writer *out);

#endif
