/* The view as JSON: the shapes of the API, written in one place.
 *
 * Each function writes one value. They read the view and nothing else, so that the same view
 * gives the same bytes. */
#ifndef OHM_WEB_VIEW_JSON_H
#define OHM_WEB_VIEW_JSON_H

#include "base/json.h"
#include "web/rule_desk.h"
#include "web/view.h"

enum {
    /* Of more meters than that the state tells all of the main one only, of the others at most
     * OHM_VIEW_BRIEF_VALUES values and no counters: it goes out every second. */
    OHM_VIEW_WHOLE_METERS = 32,
    OHM_VIEW_BRIEF_VALUES = 4,
};

/* GET /api/v1/state, and the live event "state". */
void ohm_view_write_state(ohm_json *json, const ohm_view *view);
/* GET /api/v1/meters/{device}: one of "meters", whole. */
void ohm_view_write_meter(ohm_json *json, const ohm_view *view, uint16_t index, bool whole);
/* The counters of a meter, alone. */
void ohm_view_write_counters(ohm_json *json, const ohm_meter_counters *counters);
/* GET /api/v1/ecowatt. */
void ohm_view_write_ecowatt(ohm_json *json, const ohm_view *view);
/* "health" of the state. */
void ohm_view_write_health(ohm_json *json, const ohm_view *view);
/* The household's rules, with what the engine makes of them. */
void ohm_view_write_rules(ohm_json *json, const ohm_view *view, const ohm_rules_shelf *shelf);
/* The limits of power, the main one first, one object a phase of it. */
/* GET /api/v1/zones, and one of them (view_zones.c). */
void ohm_view_write_zones(ohm_json *json, const ohm_view *view);
void ohm_view_write_zone(ohm_json *json, const ohm_view *view, uint16_t index);
void ohm_view_write_limits(ohm_json *json, const ohm_view *view);
int ohm_view_find_limit(const ohm_view *view, const char *id); /* -1; of the configuration */
/* By its index in the configuration, or OHM_LIMIT_MAIN; NULL: none. */
const char *ohm_view_limit_id(const ohm_view *view, uint16_t limit);
/* GET /api/v1/loads/{id}: one of "loads". */
void ohm_view_write_load(ohm_json *json, const ohm_view *view, uint16_t load);
/* "loads" of the state, an array. */
void ohm_view_write_loads(ohm_json *json, const ohm_view *view);
/* GET /api/v1/ecowatt/critical: the hours at this level or above that are not over. */
void ohm_view_write_critical(ohm_json *json, const ohm_view *view, int32_t threshold);
/* The index of the meter of that id, or -1; likewise of the load. */
int ohm_view_find_meter(const ohm_view *view, const char *device);
int ohm_view_find_load(const ohm_view *view, const char *id);

/* The word of the first, second… of the problems there are; NULL behind the last one. */
const char *ohm_view_problem(const ohm_view *view, size_t at);

#endif
