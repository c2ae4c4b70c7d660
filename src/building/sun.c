#include "building/sun.h"

#include <math.h>
#include <stdbool.h>

static const double PI = 3.14159265358979323846;
static const double SOLAR_CONSTANT_WM2 = 1361;            /* Kopp and Lean (2011) */
static const double ZENITH_COS_MIN = 0.08715574274765817; /* of 85°, in the model of the sky */
static const double DAY_MS = 86400e3;
static const double EPOCH_2000_DAYS = 10957.5; /* 2000-01-01 12:00, from 1970 */

static double rad(double deg)
{
    return deg * (PI / 180);
}

ohm_sun ohm_sun_at(ohm_place place, ohm_ms utc_ms)
{
    double days = (double)utc_ms / DAY_MS - EPOCH_2000_DAYS;
    double mean = rad(280.460 + 0.9856474 * days), anomaly = rad(357.528 + 0.9856003 * days);
    double ecliptic = mean + rad(1.915) * sin(anomaly) + rad(0.020) * sin(2 * anomaly);
    double tilt = rad(23.439 - 0.0000004 * days);
    /* Towards the equinox, a quarter of the sky east of it, and the pole. */
    double x = cos(ecliptic), y = cos(tilt) * sin(ecliptic), pole = sin(tilt) * sin(ecliptic);
    double turn = rad(280.46062 + 360.98564737 * days + place.longitude_deg); /* sidereal time */
    double south = x * cos(turn) + y * sin(turn), west = x * sin(turn) - y * cos(turn);
    double latitude = rad(place.latitude_deg);
    double distance = 1.00014 - 0.01671 * cos(anomaly) - 0.00014 * cos(2 * anomaly);
    return (ohm_sun){
        .towards = { .east = -west,
                     .north = pole * cos(latitude) - south * sin(latitude),
                     .up = pole * sin(latitude) + south * cos(latitude) },
        .extraterrestrial_wm2 = SOLAR_CONSTANT_WM2 / (distance * distance),
    };
}

static double dot(const ohm_direction *a, const ohm_direction *b)
{
    return a->east * b->east + a->north * b->north + a->up * b->up;
}

/* Of the isotropic sky a window's middle sees less below an infinite screen: the cosine of the
 * angle at which it sees the screen's edge. */
static double seen_past(double depth_m, double distance_m)
{
    return depth_m > 0 ? distance_m / sqrt(depth_m * depth_m + distance_m * distance_m) : 1;
}

ohm_facing ohm_facing_of(const ohm_plane *plane)
{
    double azimuth = rad(plane->azimuth_deg), tilt = rad(plane->tilt_deg);
    double seen = seen_past(plane->overhang_m, plane->overhang_gap_m + plane->height_m / 2) *
                  seen_past(plane->fin_m, plane->fin_gap_m + plane->width_m / 2);
    return (ohm_facing){
        .plane = *plane,
        .normal = { sin(tilt) * sin(azimuth), sin(tilt) * cos(azimuth), cos(tilt) },
        .upward = { -cos(tilt) * sin(azimuth), -cos(tilt) * cos(azimuth), sin(tilt) },
        .sideward = { cos(azimuth), -sin(azimuth), 0 },
        .sky_share = seen * (1 + cos(tilt)) / 2,
        .ground_share = (1 - cos(tilt)) / 2,
        .horizon_share = sin(tilt),
    };
}

/* The share of a window's length that a screen's shadow leaves, `gap` of it falling beside. */
static double left_by(double shadow_m, double gap_m, double length_m)
{
    double covered_m = shadow_m - gap_m;
    if (covered_m <= 0 || length_m <= 0)
        return 1;
    return covered_m < length_m ? 1 - covered_m / length_m : 0;
}

static double sunlit_share(const ohm_facing *f, const ohm_sun *sun, double incidence_cos)
{
    const ohm_plane *p = &f->plane;
    double share = 1;
    if (p->overhang_m > 0)
        share = left_by(p->overhang_m * dot(&sun->towards, &f->upward) / incidence_cos,
                        p->overhang_gap_m, p->height_m);
    if (p->fin_m > 0)
        share *= left_by(p->fin_m * fabs(dot(&sun->towards, &f->sideward)) / incidence_cos,
                         p->fin_gap_m, p->width_m);
    return share;
}

/* Perez et al. (1990), table 1: by the sky's clearness, from overcast to clear. F1 is how much
 * of the diffuse light is around the sun, F2 along the horizon. */
enum { SKIES = 8 };
static const double clearness_below[SKIES - 1] = {
    1.065, 1.230, 1.500, 1.950, 2.800, 4.500, 6.200
};
static const double sky_table[SKIES][6] = {
    { -0.008, 0.588, -0.062, -0.060, 0.072, -0.022 },
    { 0.130, 0.683, -0.151, -0.019, 0.066, -0.029 },
    { 0.330, 0.487, -0.221, 0.055, -0.064, -0.026 },
    { 0.568, 0.187, -0.295, 0.109, -0.152, -0.014 },
    { 0.873, -0.392, -0.362, 0.226, -0.462, 0.001 },
    { 1.132, -1.237, -0.412, 0.288, -0.823, 0.056 },
    { 1.060, -1.600, -0.359, 0.264, -1.127, 0.131 },
    { 0.678, -0.327, -0.250, 0.156, -1.377, 0.251 },
};

typedef struct sky {
    double around_sun, horizon; /* F1, F2 */
} sky;

static sky sky_of(const ohm_sun *sun, double direct_wm2, double diffuse_wm2)
{
    double zenith = acos(sun->towards.up < 1 ? sun->towards.up : 1);
    double bent = 1.041 * zenith * zenith * zenith;
    double clearness = ((diffuse_wm2 + direct_wm2) / diffuse_wm2 + bent) / (1 + bent);
    double above_deg = 96.07995 - zenith * (180 / PI); /* air mass: Kasten and Young (1989) */
    double air = 1 / (sun->towards.up + 0.50572 * exp(-1.6364 * log(above_deg)));
    double bright = diffuse_wm2 * air / sun->extraterrestrial_wm2;
    int row = 0;
    while (row < SKIES - 1 && clearness >= clearness_below[row])
        row++;
    const double *t = sky_table[row];
    double around = t[0] + t[1] * bright + t[2] * zenith;
    return (sky){ around > 0 ? around : 0, t[3] + t[4] * bright + t[5] * zenith };
}

ohm_light ohm_light_on(const ohm_facing *f, const ohm_sun *sun, double direct_wm2,
                       double diffuse_wm2, double ground_ratio)
{
    ohm_light light = { 0, 0, 0 };
    bool up = sun->towards.up > 0;
    sky s = { 0, 0 };
    double cosine = up ? dot(&sun->towards, &f->normal) : 0;
    if (!up)
        direct_wm2 = 0;
    if (up && diffuse_wm2 > 0)
        s = sky_of(sun, direct_wm2, diffuse_wm2);
    if (cosine > 0) {
        double high = sun->towards.up > ZENITH_COS_MIN ? sun->towards.up : ZENITH_COS_MIN;
        light.incidence_cos = cosine < 1 ? cosine : 1;
        light.direct_wm2 = sunlit_share(f, sun, cosine) *
                           (direct_wm2 * cosine + diffuse_wm2 * s.around_sun * cosine / high);
    }
    double ground_wm2 = ground_ratio * (direct_wm2 * (up ? sun->towards.up : 0) + diffuse_wm2);
    light.diffuse_wm2 =
        diffuse_wm2 * ((1 - s.around_sun) * f->sky_share + s.horizon * f->horizon_share) +
        ground_wm2 * f->ground_share;
    light.diffuse_wm2 = light.diffuse_wm2 > 0 ? light.diffuse_wm2 : 0;
    return light;
}
