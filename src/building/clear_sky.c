#include "building/clear_sky.h"

#include <math.h>

static const double ground_ratio = 0.2;
static const double degrees = 57.29577951308232;

static double power(double base, double exponent)
{
    return exp(exponent * log(base));
}

/* How much air the light goes through, 1 with the sun overhead. */
static double air_mass(double up)
{
    double height_deg = 90 - acos(up) * degrees;
    return 1 / (up + 0.50572 * power(height_deg + 6.07995, -1.6364));
}

static double on_plane(const ohm_facing *facing, const ohm_sun *sun, double direct, double diffuse)
{
    ohm_light light = ohm_light_on(facing, sun, direct, diffuse, ground_ratio);
    return light.direct_wm2 + light.diffuse_wm2;
}

double ohm_clear_sky_on(const ohm_facing *facing, const ohm_sun *sun)
{
    double up = sun->towards.up;
    if (!(up > 0))
        return 0;
    double mass = air_mass(up > 1 ? 1 : up);
    double direct = sun->extraterrestrial_wm2 * power(0.7, power(mass, 0.678));
    return on_plane(facing, sun, direct, 0.1 * direct);
}

/* The share of the global light that is diffuse, by how clear the sky is. */
static double diffuse_share(double clear)
{
    if (clear <= 0.22)
        return 1 - 0.09 * clear;
    if (clear > 0.8)
        return 0.165;
    double c2 = clear * clear;
    return 0.9511 - 0.1604 * clear + 4.388 * c2 - 16.638 * c2 * clear + 12.336 * c2 * c2;
}

double ohm_global_on(const ohm_facing *facing, const ohm_sun *sun, double global_wm2)
{
    double up = sun->towards.up;
    if (isnan(global_wm2))
        return NAN;
    if (!(up > 0) || !(global_wm2 > 0))
        return 0;
    /* Near the horizon a little light makes a great ratio: the sun counts as 3 degrees high. */
    double height = up < 0.05 ? 0.05 : up, above = sun->extraterrestrial_wm2;
    double share = diffuse_share(global_wm2 / (above * height));
    double direct = (1 - share) * global_wm2 / height;
    direct = direct < above ? direct : above;
    return on_plane(facing, sun, direct, share * global_wm2);
}
