/* The handlers of the routes (routes.c), by the file that holds them. */
#ifndef OHM_WEB_API_H
#define OHM_WEB_API_H

#include "web/exchange.h"

/* api_page.c: the page's files, and what is not data. */
bool ohm_page_has(const ohm_exchange *x);
void ohm_page_file(ohm_exchange *x);
void ohm_api_home(ohm_exchange *x);
void ohm_api_docs(ohm_exchange *x);
void ohm_api_openapi(ohm_exchange *x);
void ohm_api_health(ohm_exchange *x);

/* api_state.c: what the view shows. */
void ohm_api_state(ohm_exchange *x);
void ohm_api_ecowatt(ohm_exchange *x);
void ohm_api_critical(ohm_exchange *x);
void ohm_api_relays(ohm_exchange *x);

/* api_command.c: what changes the house. */
void ohm_api_override_put(ohm_exchange *x);
void ohm_api_override_delete(ohm_exchange *x);
void ohm_api_level_put(ohm_exchange *x);
void ohm_api_level_delete(ohm_exchange *x);
void ohm_api_hvalue(ohm_exchange *x);

/* api_history.c: what the store remembers. */
void ohm_api_journal(ohm_exchange *x);
void ohm_api_series_list(ohm_exchange *x);
void ohm_api_series(ohm_exchange *x);

#endif
