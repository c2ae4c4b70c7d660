/* Zones that are heated, as the web sees them. */
#include "cmd/daemon.h"

void ohm_daemon_zones_view(const ohm_daemon *d, ohm_view *v)
{
    v->zones_count = d->config->zones_count;
    memcpy(v->zones, d->config->zones, v->zones_count * sizeof *v->zones);
    memcpy(v->zone_states, ohm_engine_zones_of(d->engine), v->zones_count * sizeof *v->zone_states);
    for (uint16_t i = 0; i < v->zones_count; i++) {
        const ohm_site_zone *zone = &d->site->zones[i];
        ohm_view_twin *twin = &v->zone_twins[i];
        *twin = (ohm_view_twin){ .made_ms = OHM_NO_MS };
        if (ohm_daemon_twin_of(d, i, twin) || !zone->loss_w_per_k)
            continue;
        twin->state = OHM_VIEW_TWIN_CONFIGURED;
        twin->loss_w_per_k = (double)zone->loss_w_per_k;
        twin->store_wh_per_k = (double)zone->store_wh_per_k;
    }
}

bool ohm_daemon_zone_figures(const ohm_daemon *d, int zone, double *ret_loss_w_per_k,
                             double *ret_store_wh_per_k)
{
    const ohm_site_zone *of = &d->site->zones[zone];
    ohm_view_twin twin;
    if (ohm_daemon_twin_of(d, zone, &twin)) {
        *ret_loss_w_per_k = twin.loss_w_per_k;
        *ret_store_wh_per_k = twin.store_wh_per_k;
        return true;
    }
    if (!of->loss_w_per_k)
        return false;
    *ret_loss_w_per_k = (double)of->loss_w_per_k;
    *ret_store_wh_per_k = (double)of->store_wh_per_k;
    return true;
}
