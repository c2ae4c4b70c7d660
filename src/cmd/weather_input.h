/* Weather of a place, hour by hour, from a file. */
#ifndef OHM_CMD_WEATHER_INPUT_H
#define OHM_CMD_WEATHER_INPUT_H

#include "building/epw.h"

typedef struct ohm_weather {
    ohm_place place;
    double zone_h;      /* local standard time less UTC */
    ohm_epw_hour *hour; /* `hours` of them, each an hour long */
    int hours;
} ohm_weather;

/* An EPW file. Returns the exit status; what is wrong was said on stderr. Release it after
 * success. */
int ohm_weather_read_epw(const char *path, ohm_weather *out);
void ohm_weather_release(ohm_weather *weather);

/* The hour of the day in local standard time, 0 to 23. */
int ohm_weather_hour_of_day(const ohm_weather *weather, ohm_ms utc_ms);

#endif
