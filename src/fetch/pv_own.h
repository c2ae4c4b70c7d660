/* What panels will make, worked out from the weather's radiation and their geometry: a forecast of
 * one's own, beside those of services.
 *
 * The sun's place is that of the Astronomical Almanac's low precision formulas (0.01 degrees); the
 * beam on a tilted plane is Duffie and Beckman's (Solar Engineering of Thermal Processes, 1.6.2),
 * the sky is alike in all directions, the ground gives back a fifth. Cells are warmer than the air
 * by 0.03 K for each W/m² (Ross, 1976) and lose 0.4 % a kelvin above 25 °C; cables, inverter and
 * dirt cost 14 % (the default of PVGIS). Shade is not known. */
#ifndef OHM_FETCH_PV_OWN_H
#define OHM_FETCH_PV_OWN_H

#include "fetch/answer.h"

typedef struct ohm_pv_plant {
    double latitude_deg, longitude_deg; /* north, east */
    double tilt_deg, azimuth_deg;       /* 0 lies flat; 0 is south, -90 east */
    double peak_w;
} ohm_pv_plant;

/* The mean power of each interval of `direct` (normal irradiance, W/m²) for which `diffuse` is
 * known too; `temperature` (°C) there or within three hours, else the interval is left out; without
 * any at all the cells are at 25 °C. OHM_UNKNOWN: there is none. *out is to be released. */
OHM_MUST_CHECK ohm_code ohm_pv_forecast(const ohm_pv_plant *plant, ohm_segments direct,
                                        ohm_segments diffuse, ohm_segments temperature,
                                        ohm_answer *out);

/* The same from a body of Open-Meteo. */
OHM_MUST_CHECK ohm_code ohm_pv_from_body(const ohm_pv_plant *plant, ohm_span body, const ohm_tz *tz,
                                         ohm_answer *out, ohm_refusal *ret_why);

#endif
