/* The signals of a view as JSON. */
#ifndef OHM_WEB_VIEW_SIGNALS_H
#define OHM_WEB_VIEW_SIGNALS_H

#include "base/json.h"
#include "web/view.h"

/* GET /api/v1/signals. */
void ohm_view_write_signals(ohm_json *json, const ohm_view *view);

/* The best-ranked signal of a topic that says something about an instant, not stale before stale;
 * -1: none does. */
int ohm_view_best_signal(const ohm_view *view, ohm_topic topic, ohm_ms at_ms);

#endif
