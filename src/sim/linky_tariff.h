/* The tariff of a simulated Linky at an instant. Private to sim/linky*.c. */
#ifndef OHM_SIM_LINKY_TARIFF_H
#define OHM_SIM_LINKY_TARIFF_H

#include "sim/linky.h"

typedef struct ohm_linky_tariff {
    uint8_t index;              /* 1 and up */
    uint8_t tomorrow_index[2];  /* of its off-peak and of its peak hours */
    uint8_t distributor;        /* 1 and up */
    ohm_tempo today, tomorrow;  /* Tempo only */
    bool peak, notice;          /* EJP only */
    bool contact_closed;        /* feeds a water heater in off-peak hours */
    const char *ptec, *optarif; /* historic mode */
    const char *ngtf, *ltarf;   /* standard mode, 16 characters */
} ohm_linky_tariff;

ohm_linky_tariff ohm_linky_tariff_at(ohm_linky_contract contract, const ohm_tz *tz, ohm_ms utc_ms);

#endif
