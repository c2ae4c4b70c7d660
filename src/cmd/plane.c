#include "cmd/plane.h"

#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "cmd/cmd.h"
#include "inout/amount.h"

enum { PARTS = 4 }; /* a step is looked at in so many */

static int read_degrees(const char *verb, const char *text, double most, double otherwise,
                        double *out)
{
    int64_t mantissa;
    int exponent;
    *out = otherwise;
    if (!text)
        return OHM_EXIT_OK;
    if (ohm_amount_parse(ohm_span_text(text), '.', &mantissa, &exponent) != OHM_OK)
        return ohm_cmd_usage(verb, "these are no degrees:", text);
    *out = (double)mantissa * pow(10, exponent);
    return fabs(*out) <= most ? OHM_EXIT_OK
                              : ohm_cmd_usage(verb, "these degrees are too many:", text);
}

int ohm_site_plane_read(const char *verb, const ohm_plane_words *words, ohm_site_plane *out)
{
    ohm_plane plane = { .height_m = 1, .width_m = 1 };
    *out = (ohm_site_plane){ .known = words->latitude && words->longitude };
    if (!out->known && (words->latitude || words->longitude || words->tilt || words->azimuth))
        return ohm_cmd_usage(verb, "the panels' place takes both:", "--latitude, --longitude");
    int status = read_degrees(verb, words->latitude, 90, 0, &out->place.latitude_deg);
    if (status == OHM_EXIT_OK)
        status = read_degrees(verb, words->longitude, 180, 0, &out->place.longitude_deg);
    if (status == OHM_EXIT_OK)
        status = read_degrees(verb, words->tilt, 90, 30, &plane.tilt_deg);
    if (status == OHM_EXIT_OK)
        status = read_degrees(verb, words->azimuth, 360, 180, &plane.azimuth_deg);
    out->facing = ohm_facing_of(&plane);
    return status;
}

double ohm_site_plane_clear(const ohm_site_plane *plane, ohm_ms from_ms, ohm_ms step_ms)
{
    double sum = 0;
    for (int i = 0; i < PARTS; i++) {
        ohm_sun sun = ohm_sun_at(plane->place, from_ms + step_ms * (2 * i + 1) / (2 * PARTS));
        sum += ohm_clear_sky_on(&plane->facing, &sun);
    }
    return sum / PARTS;
}

double ohm_site_plane_light(const ohm_site_plane *plane, ohm_ms from_ms, ohm_ms step_ms,
                            double global_wm2)
{
    ohm_sun sun = ohm_sun_at(plane->place, from_ms + step_ms / 2);
    return ohm_global_on(&plane->facing, &sun, global_wm2);
}
