/* Zones of the site, as the engine has them. */
#include <string.h>

#include "cmd/site_build.h"

static uint16_t find_load(const ohm_site *site, const char *id)
{
    uint16_t i = 0;
    while (i < site->loads_count && strcmp(site->loads[i].id, id) != 0)
        i++;
    return i;
}

void ohm_build_zones(const ohm_site *site, ohm_engine_config *ret_config)
{
    ret_config->zones_count = site->zones_count;
    for (int i = 0; i < site->zones_count; i++) {
        const ohm_site_zone *from = &site->zones[i];
        ohm_heat_zone *to = &ret_config->zones[i];
        *to = (ohm_heat_zone){
            .device = (uint16_t)ohm_build_find_meter(site, from->sensor),
            .stale_ms = from->stale_s * OHM_SECOND_MS,
            .stale_fed = from->stale == 0,
            .hysteresis_cc = (int32_t)from->hysteresis_dk * 10,
            .frost_cc = (int32_t)from->frost_dc * 10,
            .below_cc = (int32_t)from->below_dk * 10,
            .above_cc = (int32_t)from->above_dk * 10,
            .loads_count = from->loads_count,
            .times_count = from->times_count,
        };
        memcpy(to->id, from->id, sizeof to->id);
        memcpy(to->name, from->name, sizeof to->name);
        for (int k = 0; k < from->loads_count; k++)
            to->loads[k] = find_load(site, from->loads[k].id);
        for (int k = 0; k < from->times_count; k++)
            to->times[k] = (ohm_heat_time){ from->times[k].minute, from->times[k].weekdays,
                                            (int32_t)from->times[k].set_dc * 10 };
    }
}
