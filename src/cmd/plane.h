/* Where panels are and how they lie, from the words of a verb; and the light on them. */
#ifndef OHM_CMD_PLANE_H
#define OHM_CMD_PLANE_H

#include "building/clear_sky.h"

#include <stdbool.h>

typedef struct ohm_plane_words {
    const char *latitude, *longitude, *tilt, *azimuth;
} ohm_plane_words;

#define OHM_PLANE_OPTIONS(words)                                                                   \
    { "--latitude", "DEG", &(words).latitude, NULL, "of the panels, north; with --longitude" },    \
        { "--longitude", "DEG", &(words).longitude, NULL, "east" },                                \
        { "--tilt", "DEG", &(words).tilt, NULL, "of the panels, 0 lies; 30" },                     \
    {                                                                                              \
        "--azimuth", "DEG", &(words).azimuth, NULL, "from north over east; 180, to the south"      \
    }

typedef struct ohm_site_plane {
    bool known; /* a place was given */
    ohm_place place;
    ohm_facing facing;
} ohm_site_plane;

/* Returns the exit status; what is wrong was said on stderr. */
int ohm_site_plane_read(const char *verb, const ohm_plane_words *words, ohm_site_plane *out);

/* W/m², the mean over a step: under a clear sky; and of a global irradiance on the ground. */
double ohm_site_plane_clear(const ohm_site_plane *plane, ohm_ms from_ms, ohm_ms step_ms);
double ohm_site_plane_light(const ohm_site_plane *plane, ohm_ms from_ms, ohm_ms step_ms,
                            double global_wm2);

#endif
