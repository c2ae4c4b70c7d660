/* The twin of a building under the weather of a file: what `ohmstead twin --weather` does. */
#ifndef OHM_CMD_TWIN_WEATHER_H
#define OHM_CMD_TWIN_WEATHER_H

#include <jansson.h>
#include <stdbool.h>

typedef struct ohm_twin_weather_request {
    const char *params, *weather;
    bool free_floating; /* neither heats nor cools */
    bool summary;       /* one JSON object instead of a row a step */
} ohm_twin_weather_request;

/* `root`: the building. Returns the exit status. */
int ohm_twin_weather(const ohm_twin_weather_request *request, const json_t *root);

/* The same of several zones that touch: "zones", each with a name, and "links". */
bool ohm_is_zones(const json_t *root);
int ohm_twin_zones(const ohm_twin_weather_request *request, const json_t *root);

#endif
