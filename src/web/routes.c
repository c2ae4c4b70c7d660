#include "web/api.h"
#include "web/stream.h"

enum { SMALL = 4 << 10 }; /* bytes of a body that is one small object */

const ohm_route ohm_routes[] = {
    { OHM_GET, "/", 0, false, 0, ohm_api_home },
    { OHM_GET, "/docs", 0, false, 0, ohm_api_docs },
    { OHM_GET, "/healthz", 0, false, 0, ohm_api_health },
    { OHM_GET, "/api/v1/openapi.json", 0, false, 0, ohm_api_openapi },

    { OHM_GET, "/api/v1/state", OHM_RIGHT_READ, false, 0, ohm_api_state },
    { OHM_GET, "/api/v1/events", OHM_RIGHT_READ, false, 0, ohm_api_events },
    { OHM_GET, "/api/v1/ws", OHM_RIGHT_READ, false, 0, ohm_api_ws },
    { OHM_GET, "/api/v1/journal", OHM_RIGHT_READ, false, 0, ohm_api_journal },
    { OHM_GET, "/api/v1/series", OHM_RIGHT_READ, false, 0, ohm_api_series_list },
    { OHM_GET, "/api/v1/series/{site}/{zone}/{device}/{quantity}", OHM_RIGHT_READ, false, 0,
      ohm_api_series },
    { OHM_PUT, "/api/v1/loads/{id}/override", OHM_RIGHT_CONTROL, false, SMALL,
      ohm_api_override_put },
    { OHM_DELETE, "/api/v1/loads/{id}/override", OHM_RIGHT_CONTROL, false, 0,
      ohm_api_override_delete },
    { OHM_GET, "/api/v1/ecowatt", OHM_RIGHT_READ, false, 0, ohm_api_ecowatt },
    { OHM_PUT, "/api/v1/ecowatt/override", OHM_RIGHT_CONTROL, false, SMALL, ohm_api_level_put },
    { OHM_DELETE, "/api/v1/ecowatt/override", OHM_RIGHT_CONTROL, false, 0, ohm_api_level_delete },
    { OHM_GET, "/api/v1/ecowatt/critical", OHM_RIGHT_READ, false, 0, ohm_api_critical },

    /* As the prototype had them. */
    { OHM_GET, "/get_relays_state", OHM_RIGHT_READ, false, 0, ohm_api_relays },
    { OHM_POST, "/update_hvalue", OHM_RIGHT_CONTROL, true, SMALL, ohm_api_hvalue },
};

const size_t ohm_routes_count = sizeof ohm_routes / sizeof *ohm_routes;
