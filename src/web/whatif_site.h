/* What a question about the site's own years takes along beside its main meter: the zones as they
 * are known, and what its own panels made. */
#ifndef OHM_WEB_WHATIF_SITE_H
#define OHM_WEB_WHATIF_SITE_H

#include "base/json.h"
#include "web/analysis_sun.h"
#include "web/replay.h"

typedef struct ohm_whatif_site {
    ohm_analysis_beside beside; /* meters that may be of panels */
    int zones_count;
    ohm_replay_zone zones[OHM_HEAT_ZONES_MAX];
} ohm_whatif_site;

void ohm_whatif_know(const ohm_view *view, ohm_whatif_site *out);

/* What the panels made in the range, by steps, from the first that made anything on: export_mwh.
 * malloc'ed, NULL where there are none. OHM_MORE: `stop` became true. */
OHM_MUST_CHECK ohm_code ohm_whatif_sun(ohm_reader *reader, const ohm_analysis_beside *beside,
                                       ohm_interval range, const atomic_bool *stop, ohm_use **ret,
                                       size_t *ret_count);

/* "heating": the zones, and of how many days the weather is theirs; null without zones. */
void ohm_whatif_write_heating(ohm_json *json, const ohm_whatif_site *site,
                              const ohm_replayed *told);

#endif
