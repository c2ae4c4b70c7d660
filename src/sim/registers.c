#include "sim/registers.h"

#include <math.h>

ohm_sim_registers ohm_sim_registers_of(const ohm_house *house)
{
    ohm_sim_registers r = {
        .import_wh = ohm_house_wh(house->import_mj),
        .import_t1_wh = ohm_house_wh(house->import_t1_mj),
        .import_t2_wh = ohm_house_wh(house->import_t2_mj),
        .export_wh = ohm_house_wh(house->export_mj),
    };
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        double w = house->phase_w[i], var = house->phase_var[i];
        r.phase_w[i] = (int64_t)w;
        r.power_w += r.phase_w[i];
        r.phase_dv[i] = (int64_t)(10 * house->phase_v[i] + 0.5);
        r.phase_ca[i] = (int64_t)(100 * sqrt(w * w + var * var) / house->phase_v[i] + 0.5);
    }
    return r;
}
