/* How the energy ledger cuts days: by the periods of the site's contract. */
#ifndef OHM_CMD_ENERGY_PLAN_H
#define OHM_CMD_ENERGY_PLAN_H

#include "store/energy.h"
#include "tariff/contract.h"

/* What the plan is made of; stays as long as the plan is used. */
typedef struct ohm_energy_source {
    const ohm_tz *tz;
    const ohm_contract *contract; /* NULL: days are not cut */
    /* Codes of `count` days from first_day on, on the thread of whoever asks for days. NULL: none
     * are known. */
    void (*codes)(void *ctx, int64_t first_day, uint8_t *out, size_t count);
    void *ctx;
} ohm_energy_source;

ohm_energy_plan ohm_energy_plan_of(const ohm_energy_source *source);

#endif
