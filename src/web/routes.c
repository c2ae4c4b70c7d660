#include "web/api.h"
#include "web/stream.h"

enum {
    SMALL = 4 << 10, /* bytes of a body that is one small object */
    TEXT = 64 << 10, /* of one that holds a file as a string */
};

const ohm_route ohm_routes[] = {
    { OHM_GET, "/", 0, 0, 0, ohm_api_home },
    { OHM_GET, "/docs", 0, 0, 0, ohm_api_docs },
    { OHM_GET, "/healthz", 0, 0, 0, ohm_api_health },
    { OHM_GET, "/api/v1/openapi.json", 0, 0, 0, ohm_api_openapi },

    { OHM_GET, "/api/v1/session", 0, 0, 0, ohm_api_session },
    { OHM_POST, "/api/v1/session", 0, OHM_ROUTE_PROVES, SMALL, ohm_api_login },
    { OHM_DELETE, "/api/v1/session", 0, 0, 0, ohm_api_logout },
    { OHM_POST, "/api/v1/claim", 0, OHM_ROUTE_PROVES, SMALL, ohm_api_claim },
    { OHM_GET, "/api/v1/users", OHM_RIGHT_ADMIN, 0, 0, ohm_api_users },
    { OHM_POST, "/api/v1/users", OHM_RIGHT_ADMIN, 0, SMALL, ohm_api_user_add },
    { OHM_GET, "/api/v1/users/{name}", OHM_RIGHT_ADMIN, 0, 0, ohm_api_user },
    { OHM_DELETE, "/api/v1/users/{name}", OHM_RIGHT_ADMIN, 0, 0, ohm_api_user_remove },
    { OHM_PUT, "/api/v1/users/{name}/password", OHM_RIGHT_READ, 0, SMALL, ohm_api_user_password },
    { OHM_GET, "/api/v1/tokens", OHM_RIGHT_ADMIN, 0, 0, ohm_api_tokens },
    { OHM_POST, "/api/v1/tokens", OHM_RIGHT_ADMIN, 0, SMALL, ohm_api_token_add },
    { OHM_GET, "/api/v1/tokens/{id}", OHM_RIGHT_ADMIN, 0, 0, ohm_api_token },
    { OHM_DELETE, "/api/v1/tokens/{id}", OHM_RIGHT_ADMIN, 0, 0, ohm_api_token_remove },

    { OHM_GET, "/api/v1/state", OHM_RIGHT_READ, 0, 0, ohm_api_state },
    { OHM_GET, "/api/v1/meters/{device}", OHM_RIGHT_READ, 0, 0, ohm_api_meter },
    { OHM_GET, "/api/v1/meters/{device}/frame", OHM_RIGHT_READ, 0, 0, ohm_api_meter_frame },
    { OHM_POST, "/api/v1/trials", OHM_RIGHT_ADMIN, 0, SMALL, ohm_api_meter_trial },
    { OHM_GET, "/api/v1/ports", OHM_RIGHT_ADMIN, 0, 0, ohm_api_ports },
    { OHM_GET, "/api/v1/events", OHM_RIGHT_READ, 0, 0, ohm_api_events },
    { OHM_GET, "/api/v1/ws", OHM_RIGHT_READ, 0, 0, ohm_api_ws },
    { OHM_GET, "/api/v1/journal", OHM_RIGHT_READ, 0, 0, ohm_api_journal },
    { OHM_GET, "/api/v1/series", OHM_RIGHT_READ, 0, 0, ohm_api_series_list },
    { OHM_GET, "/api/v1/series/{site}/{zone}/{device}/{quantity}", OHM_RIGHT_READ, 0, 0,
      ohm_api_series },
    { OHM_GET, "/api/v1/energy/{site}/{zone}/{device}/{quantity}", OHM_RIGHT_READ, 0, 0,
      ohm_api_energy },
    { OHM_GET, "/api/v1/query", OHM_RIGHT_READ, 0, 0, ohm_api_query },
    { OHM_GET, "/api/v1/bill", OHM_RIGHT_READ, 0, 0, ohm_api_bill },
    { OHM_GET, "/api/v1/bill/projection", OHM_RIGHT_READ, 0, 0, ohm_api_bill_projection },
    { OHM_GET, "/api/v1/bill/months", OHM_RIGHT_READ, 0, 0, ohm_api_bill_months },
    { OHM_GET, "/api/v1/bill/last", OHM_RIGHT_READ, 0, 0, ohm_api_last_bill },
    { OHM_PUT, "/api/v1/bill/last", OHM_RIGHT_CONTROL, 0, SMALL, ohm_api_last_bill_put },
    { OHM_DELETE, "/api/v1/bill/last", OHM_RIGHT_CONTROL, 0, 0, ohm_api_last_bill_delete },
    { OHM_GET, "/api/v1/contract", OHM_RIGHT_READ, 0, 0, ohm_api_contract },
    { OHM_PUT, "/api/v1/contract", OHM_RIGHT_ADMIN, 0, TEXT, ohm_api_contract_put },
    { OHM_DELETE, "/api/v1/contract", OHM_RIGHT_ADMIN, 0, 0, ohm_api_contract_delete },
    { OHM_POST, "/api/v1/contract/check", OHM_RIGHT_ADMIN, 0, TEXT, ohm_api_contract_check },
    { OHM_GET, "/api/v1/contract/powers", OHM_RIGHT_READ, 0, 0, ohm_api_powers },
    { OHM_GET, "/api/v1/contracts", OHM_RIGHT_READ, 0, 0, ohm_api_contracts },
    { OHM_GET, "/api/v1/system", OHM_RIGHT_READ, 0, 0, ohm_api_system },
    { OHM_GET, "/api/v1/backup", OHM_RIGHT_ADMIN, 0, 0, ohm_api_backup },
    { OHM_POST, "/api/v1/backup", OHM_RIGHT_ADMIN, 0, 0, ohm_api_backup_start },
    { OHM_DELETE, "/api/v1/backup", OHM_RIGHT_ADMIN, 0, 0, ohm_api_backup_remove },
    { OHM_GET, "/api/v1/backup/file", OHM_RIGHT_ADMIN, 0, 0, ohm_api_backup_file },
    { OHM_GET, "/api/v1/doctor", OHM_RIGHT_ADMIN, 0, 0, ohm_api_doctor },
    { OHM_GET, "/api/v1/loads", OHM_RIGHT_READ, 0, 0, ohm_api_loads },
    { OHM_GET, "/api/v1/loads/{id}", OHM_RIGHT_READ, 0, 0, ohm_api_load },
    { OHM_PUT, "/api/v1/loads/{id}/override", OHM_RIGHT_CONTROL, 0, SMALL, ohm_api_override_put },
    { OHM_DELETE, "/api/v1/loads/{id}/override", OHM_RIGHT_CONTROL, 0, 0, ohm_api_override_delete },
    { OHM_PUT, "/api/v1/limits/{id}", OHM_RIGHT_CONTROL, 0, SMALL, ohm_api_limit_put },
    { OHM_DELETE, "/api/v1/limits/{id}", OHM_RIGHT_CONTROL, 0, 0, ohm_api_limit_delete },
    { OHM_GET, "/api/v1/plan", OHM_RIGHT_READ, 0, 0, ohm_api_plan },
    { OHM_GET, "/api/v1/ecowatt", OHM_RIGHT_READ, 0, 0, ohm_api_ecowatt },
    { OHM_PUT, "/api/v1/ecowatt/override", OHM_RIGHT_CONTROL, 0, SMALL, ohm_api_level_put },
    { OHM_DELETE, "/api/v1/ecowatt/override", OHM_RIGHT_CONTROL, 0, 0, ohm_api_level_delete },
    { OHM_GET, "/api/v1/ecowatt/critical", OHM_RIGHT_READ, 0, 0, ohm_api_critical },
    { OHM_GET, "/api/v1/signals", OHM_RIGHT_READ, 0, 0, ohm_api_signals },

    /* As the prototypes had them. */
    { OHM_GET, "/api/data", OHM_RIGHT_READ, 0, 0, ohm_api_data },
    { OHM_GET, "/api/costs", OHM_RIGHT_READ, 0, 0, ohm_api_costs },
    { OHM_GET, "/get_relays_state", OHM_RIGHT_READ, 0, 0, ohm_api_relays },
    { OHM_POST, "/update_hvalue", OHM_RIGHT_CONTROL, OHM_ROUTE_TOKEN, SMALL, ohm_api_hvalue },
};

const size_t ohm_routes_count = sizeof ohm_routes / sizeof *ohm_routes;
