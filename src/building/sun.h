/* Where the sun stands, and what of its light falls on a plane.
 *
 * Position: the Astronomical Almanac's short formulas (Michalsky, Solar Energy 40 (1988) 227),
 * within 0.01° from 1950 to 2050, without refraction. Diffuse light: the anisotropic sky of Perez
 * et al. (Solar Energy 44 (1990) 271): isotropic, around the sun, and along the horizon; ground
 * isotropic. Screens (overhangs, side fins) keep off what is beside the sun by geometry: of the
 * direct light and of that around the sun the shaded share of the window, of the isotropic sky what
 * the window's middle doesn't see; both as if the screen went on beyond the window.
 *
 * Azimuths count from north over east, on both hemispheres. Values only. */
#ifndef OHM_BUILDING_SUN_H
#define OHM_BUILDING_SUN_H

#include "base/time.h"

typedef struct ohm_place {
    double latitude_deg, longitude_deg; /* north and east are positive */
} ohm_place;

/* A direction, of length 1. */
typedef struct ohm_direction {
    double east, north, up;
} ohm_direction;

/* The light of an instant: what falls on a plane is linear in direct and diffuse. */
typedef struct ohm_sun {
    ohm_direction towards;
    double extraterrestrial_wm2; /* on a plane towards it, above the air */
} ohm_sun;

ohm_sun ohm_sun_at(ohm_place place, ohm_ms utc_ms);

/* A plane by its outward normal, and what stands before it. */
typedef struct ohm_plane {
    double azimuth_deg, tilt_deg;      /* 0 lies face up, 90 stands, 180 lies face down */
    double height_m, width_m;          /* of the window; only screens ask for them */
    double overhang_m, overhang_gap_m; /* depth; from the window's top to it. 0 deep: none */
    double fin_m, fin_gap_m;           /* the same of a fin at either side */
} ohm_plane;

/* A plane, prepared. */
typedef struct ohm_facing {
    ohm_plane plane;
    ohm_direction normal, upward, sideward; /* the last two lie in the plane */
    double sky_share, ground_share;         /* of an isotropic half-space that it sees */
    double horizon_share;                   /* sin of its tilt */
} ohm_facing;

/* W/m² on a plane, and the cosine at which the direct light meets it. */
typedef struct ohm_light {
    double direct_wm2; /* with what is around the sun */
    double diffuse_wm2;
    double incidence_cos; /* 0: the sun is behind it, or has set */
} ohm_light;

ohm_facing ohm_facing_of(const ohm_plane *plane);

/* `direct_wm2` on a plane towards the sun, `diffuse_wm2` on a horizontal one; the ground reflects
 * `ground_ratio` of what falls on it. */
ohm_light ohm_light_on(const ohm_facing *facing, const ohm_sun *sun, double direct_wm2,
                       double diffuse_wm2, double ground_ratio);

#endif
