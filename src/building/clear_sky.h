/* What the sun gives through clear air: an upper bound of what panels can yield, by geometry alone.
 *
 * Direct light by Meinel and Meinel, Applied Solar Energy (1976): extraterrestrial x 0.7^(m^0.678),
 * the air mass m by Kasten and Young (Applied Optics 28 (1989) 4735); diffuse light a tenth of the
 * direct one, as on a clear day. On a plane as any light (building/sun.h).
 *
 * And a measured or forecast global irradiance, taken apart into direct and diffuse light by its
 * clearness (Erbs, Klein and Duffie, Solar Energy 28 (1982) 293). Values only. */
#ifndef OHM_BUILDING_CLEAR_SKY_H
#define OHM_BUILDING_CLEAR_SKY_H

#include "building/sun.h"

/* W/m² on a plane under a clear sky; 0 while the sun is below the horizon. */
double ohm_clear_sky_on(const ohm_facing *facing, const ohm_sun *sun);

/* W/m² on a plane, of the global irradiance on the ground; NAN stays NAN. */
double ohm_global_on(const ohm_facing *facing, const ohm_sun *sun, double global_wm2);

#endif
