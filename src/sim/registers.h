/* What the demo house's meter would show, as whole numbers: for the simulated meters that are
 * no E450 (which keeps its own table, sim/e450.c). Pure. */
#ifndef OHM_SIM_REGISTERS_H
#define OHM_SIM_REGISTERS_H

#include "sim/house.h"

typedef struct ohm_sim_registers {
    int64_t import_wh, import_t1_wh, import_t2_wh, export_wh;
    int64_t power_w; /* of all phases, positive from the grid */
    int64_t phase_w[OHM_HOUSE_PHASES];
    int64_t phase_dv[OHM_HOUSE_PHASES]; /* tenths of a volt */
    int64_t phase_ca[OHM_HOUSE_PHASES]; /* hundredths of an ampere */
} ohm_sim_registers;

ohm_sim_registers ohm_sim_registers_of(const ohm_house *house);

#endif
