#include "building/envelope.h"

#include <math.h>
#include <stddef.h>

static const double MASS_FILM_W_PER_M2K = 9.1;     /* h_ms, 12.2.2 */
static const double SURFACE_FILM_W_PER_M2K = 3.45; /* h_is, 7.2.2.2 */
static const double AIR_J_PER_M3K = 1200;          /* ρ c, 9.3.1 */
static const double OUTSIDE_FILM_M2K_PER_W = 0.04; /* R_se, ISO 6946 */
static const double SKY_BELOW_AIR_K = 11;          /* Δθ_er, 11.4.6, intermediate zones */
static const double GLASS_ANGLE_FACTOR = 0.9;      /* F_w, 11.4.2 */
static const double DIFFUSE_ANGLE_RAD = 1.0471975511965976; /* 60°: what diffuse light acts as */
static const double TOTAL_PER_FLOOR = 4.5;                  /* Λ_at, 7.2.2.2 */

const char *const ohm_mass_class_names[OHM_MASS_CLASSES] = { "very light", "light", "medium",
                                                             "heavy", "very heavy" };
/* Table 12. */
static const struct {
    double j_per_m2k, area_per_floor;
} mass_classes[OHM_MASS_CLASSES] = {
    { 80e3, 2.5 }, { 110e3, 2.5 }, { 165e3, 2.5 }, { 260e3, 3.0 }, { 370e3, 3.5 },
};

void ohm_envelope_init(ohm_envelope *e, double floor_m2, ohm_mass_class mass)
{
    *e = (ohm_envelope){
        .floor_m2 = floor_m2,
        .volume_m3 = 2.5 * floor_m2,
        .total_area_m2 = TOTAL_PER_FLOOR * floor_m2,
        .c_m_j_per_k = mass_classes[mass].j_per_m2k * floor_m2,
        .mass_area_m2 = mass_classes[mass].area_per_floor * floor_m2,
        .surface_film_w_per_m2k = SURFACE_FILM_W_PER_M2K,
        .ground_ratio = 0.2,
        .heating_w_max = INFINITY,
        .cooling_w_max = INFINITY,
    };
}

ohm_part ohm_part_of(double area_m2, double u_w_per_m2k)
{
    return (ohm_part){
        .area_m2 = area_m2,
        .u_w_per_m2k = u_w_per_m2k,
        .plane = { .tilt_deg = 90 },
        .b_ratio = 1,
        .absorbed_ratio = 0.6,
        .emissivity_ratio = 0.9,
        .shade_ratio = 1,
        .diffuse_ratio = NAN,
    };
}

typedef struct limit {
    size_t offset;
    double least, most;
    const char *what;
} limit;

#define OF(member) offsetof(ohm_part, member)
static const limit part_limits[] = {
    { OF(area_m2), 0, 1e6, "area is no area in m2" },
    { OF(u_w_per_m2k), 0, 100, "u is no U-value in W/(m2 K)" },
    { OF(plane.azimuth_deg), -360, 360, "azimuth is no direction in degrees (0 north, 90 east)" },
    { OF(plane.tilt_deg), 0, 180, "tilt is none in degrees (0 face up, 90 a wall)" },
    { OF(plane.height_m), 0, 1000, "height is none in m" },
    { OF(plane.width_m), 0, 1000, "width is none in m" },
    { OF(plane.overhang_m), 0, 100, "overhang is no depth in m" },
    { OF(plane.overhang_gap_m), 0, 100, "overhang_gap is none in m" },
    { OF(plane.fin_m), 0, 100, "fin is no depth in m" },
    { OF(plane.fin_gap_m), 0, 100, "fin_gap is none in m" },
    { OF(b_ratio), 0, 1, "b is none (0 to 1)" },
    { OF(absorbed_ratio), 0, 1, "absorptance is none (0 to 1)" },
    { OF(emissivity_ratio), 0, 1, "emissivity is none (0 to 1)" },
    { OF(g_ratio), 0, 1, "g is none (0 to 1)" },
    { OF(frame_ratio), 0, 1, "frame is no share (0 to 1)" },
    { OF(shade_ratio), 0, 1, "shade is no share (0 to 1)" },
    { OF(angle_terms[0]), -10, 10, "g_angle is none" },
    { OF(angle_terms[1]), -10, 10, "g_angle is none" },
    { OF(angle_terms[2]), -10, 10, "g_angle is none" },
};
#undef OF
#define OF(member) offsetof(ohm_envelope, member)
static const limit limits[] = {
    { OF(floor_m2), 0.1, 1e6, "floor_area is no area in m2" },
    { OF(volume_m3), 0.1, 1e7, "volume is none in m3" },
    { OF(total_area_m2), 0.1, 1e7, "A_t is no area in m2" },
    { OF(surface_film_w_per_m2k), 0.01, 100, "h_is is none in W/(m2 K)" },
    { OF(infiltration_per_h), 0, 1000, "infiltration_ach is none" },
    { OF(recovery_ratio), 0, 1, "heat_recovery is no share (0 to 1)" },
    { OF(ground_ratio), 0, 1, "ground_reflects is no share (0 to 1)" },
};
#undef OF

static ohm_err check_limits(const void *object, const limit *rows, size_t count, uint32_t at)
{
    for (size_t i = 0; i < count; i++) {
        double value = *(const double *)((const char *)object + rows[i].offset);
        if (!(value >= rows[i].least && value <= rows[i].most))
            return ohm_fail(OHM_RANGE, at, rows[i].what);
    }
    return ohm_ok();
}

ohm_err ohm_envelope_check(ohm_envelope *e)
{
    OHM_TRY(check_limits(e, limits, sizeof limits / sizeof *limits, 0));
    for (int i = 0; i < e->parts; i++) {
        const ohm_part *p = &e->part[i];
        OHM_TRY(check_limits(p, part_limits, sizeof part_limits / sizeof *part_limits,
                             (uint32_t)i + 1));
        if (p->diffuse_ratio < 0 || p->diffuse_ratio > 1) /* never so of NAN */
            return ohm_fail(OHM_RANGE, (uint32_t)i + 1, "g_diffuse is no share (0 to 1)");
        if ((p->plane.overhang_m > 0 && p->plane.height_m <= 0) ||
            (p->plane.fin_m > 0 && p->plane.width_m <= 0))
            return ohm_fail(OHM_RANGE, (uint32_t)i + 1,
                            "a screen needs the window's height (overhang) or width (fin)");
        e->facing[i] = ohm_facing_of(&p->plane);
    }
    ohm_zone zone;
    return ohm_envelope_zone(e, 0, &zone);
}

ohm_err ohm_envelope_zone(const ohm_envelope *e, double ventilation_per_h, ohm_zone *out)
{
    double opaque = 0, glazed = 0, film = MASS_FILM_W_PER_M2K * e->mass_area_m2;
    for (int i = 0; i < e->parts; i++) {
        const ohm_part *p = &e->part[i];
        *(p->glazed ? &glazed : &opaque) += p->b_ratio * p->u_w_per_m2k * p->area_m2;
    }
    if (!(opaque < film))
        return ohm_fail(OHM_RANGE, 0, "the opaque parts lose more than the mass can pass on");
    double air_per_h = e->infiltration_per_h + (1 - e->recovery_ratio) * ventilation_per_h;
    ohm_zone zone = {
        .h_tr_em_w_per_k = opaque > 0 ? 1 / (1 / opaque - 1 / film) : 0,
        .h_tr_w_w_per_k = glazed,
        .h_tr_ms_w_per_k = film,
        .h_tr_is_w_per_k = e->surface_film_w_per_m2k * e->total_area_m2,
        .h_ve_w_per_k = AIR_J_PER_M3K * e->volume_m3 * air_per_h / 3600,
        .c_m_j_per_k = e->c_m_j_per_k,
        .mass_area_m2 = e->mass_area_m2,
        .total_area_m2 = e->total_area_m2,
        .heat_node = e->heat_node,
        .cool_node = e->cool_node,
        .heating_w_max = e->heating_w_max,
        .cooling_w_max = e->cooling_w_max,
    };
    ohm_err err = ohm_zone_check(&zone);
    if (ohm_failed(err))
        return ohm_fail(err.code, 0, err.what);
    *out = zone;
    return ohm_ok();
}

static double glass_at(const ohm_part *p, double angle)
{
    double factor = 1, power = 1;
    for (int i = 0; i < OHM_ANGLE_TERMS; i++) {
        power *= angle;
        factor += p->angle_terms[i] * power;
    }
    return factor > 0 ? factor : 0;
}

/* What of the light on a window becomes heat inside, W/m². */
static double through_glass(const ohm_part *p, const ohm_light *light)
{
    bool plain = p->angle_terms[0] == 0 && p->angle_terms[1] == 0 && p->angle_terms[2] == 0;
    double direct = plain ? GLASS_ANGLE_FACTOR : glass_at(p, acos(light->incidence_cos));
    double diffuse = plain ? GLASS_ANGLE_FACTOR : glass_at(p, DIFFUSE_ANGLE_RAD);
    diffuse = isnan(p->diffuse_ratio) ? diffuse : p->diffuse_ratio;
    return p->g_ratio * (1 - p->frame_ratio) * p->shade_ratio *
           (direct * light->direct_wm2 + diffuse * light->diffuse_wm2);
}

double ohm_envelope_gains(const ohm_envelope *e, const ohm_sun *sun, double direct_wm2,
                          double diffuse_wm2)
{
    double gains_w = 0;
    for (int i = 0; i < e->parts; i++) {
        const ohm_part *p = &e->part[i];
        if (p->hidden)
            continue;
        double inward = OUTSIDE_FILM_M2K_PER_W * p->u_w_per_m2k; /* of what the outside absorbs */
        double sky_share = (1 + e->facing[i].normal.up) / 2;
        double lost_wm2 = inward * sky_share * 5 * p->emissivity_ratio * SKY_BELOW_AIR_K;
        double gained_wm2 = 0;
        if (direct_wm2 > 0 || diffuse_wm2 > 0) {
            ohm_light light =
                ohm_light_on(&e->facing[i], sun, direct_wm2, diffuse_wm2, e->ground_ratio);
            gained_wm2 = p->glazed
                             ? through_glass(p, &light)
                             : inward * p->absorbed_ratio * (light.direct_wm2 + light.diffuse_wm2);
        }
        gains_w += p->area_m2 * (gained_wm2 - lost_wm2);
    }
    return gains_w;
}
