/* A zone from its areas, U-values and windows: what ISO 13790:2008 makes of them.
 *
 * Conductances: opaque parts and windows (8.3.1, with the factor b_tr of 8.3.2.2 for what does not
 * face outdoors), split at the mass by 12.2.2 (C.2: 1/H_em = 1/H_op - 1/H_ms); ventilation and
 * infiltration (9.3.1, a heat recovery by b_ve of 9.3.3.2); masses and areas by the classes of
 * table 12, A_t = 4.5 A_f (7.2.2.2) where nothing better is known. Gains: windows by 11.4.2 (the
 * frame, F_w = 0.9 or the glass' own dependence on the angle, movable shades as one factor), opaque
 * parts by 11.4.3 (R_se = 0.04), and what both radiate to the sky by 11.3.4 (h_r = 5 ε, 11 K below
 * the air, seen by half from a wall): taken off the gains.
 *
 * ohm_envelope_check, then ohm_envelope_zone for each airflow and ohm_envelope_gains for each
 * step. Values only. */
#ifndef OHM_BUILDING_ENVELOPE_H
#define OHM_BUILDING_ENVELOPE_H

#include "base/err.h"
#include "building/sun.h"
#include "building/zone.h"

enum { OHM_ENVELOPE_PARTS_MAX = 48, OHM_ANGLE_TERMS = 3 };

/* A wall, roof, floor, door or window. */
typedef struct ohm_part {
    double area_m2, u_w_per_m2k;
    ohm_plane plane;
    double b_ratio; /* b_tr: 1 outdoors; of a part towards ground or unheated rooms less */
    bool hidden;    /* sees neither sun nor sky */
    bool glazed;
    double absorbed_ratio, emissivity_ratio; /* α, ε of its outside */
    /* Of the glazed ones. */
    double g_ratio, frame_ratio, shade_ratio; /* shade: what movable or other shades let through */
    /* g at the angle θ (rad) is g (1 + Σ terms[i] θ^(i+1)); all 0: F_w = 0.9 at any angle. */
    double angle_terms[OHM_ANGLE_TERMS];
    double diffuse_ratio; /* of g for diffuse light; NAN: as at 60°, or F_w */
} ohm_part;

typedef enum ohm_mass_class {
    OHM_MASS_VERY_LIGHT,
    OHM_MASS_LIGHT,
    OHM_MASS_MEDIUM,
    OHM_MASS_HEAVY,
    OHM_MASS_VERY_HEAVY,
    OHM_MASS_CLASSES
} ohm_mass_class;

extern const char *const ohm_mass_class_names[OHM_MASS_CLASSES];

typedef struct ohm_envelope {
    double floor_m2, volume_m3;
    double total_area_m2;             /* A_t */
    double c_m_j_per_k, mass_area_m2; /* C_m, A_m */
    double surface_film_w_per_m2k;    /* h_is: 3.45 */
    double infiltration_per_h;        /* air changes */
    double recovery_ratio;            /* of the heat of the air that ventilation takes out */
    double ground_ratio;              /* light that the ground reflects */
    ohm_zone_node heat_node, cool_node;
    double heating_w_max, cooling_w_max;
    int parts;
    ohm_part part[OHM_ENVELOPE_PARTS_MAX];
    ohm_facing facing[OHM_ENVELOPE_PARTS_MAX]; /* made by the check */
} ohm_envelope;

/* One that holds the standard's default of each figure; area and volume are the floor's (2.5 m
 * high), the mass of the class. */
void ohm_envelope_init(ohm_envelope *envelope, double floor_m2, ohm_mass_class mass);
/* A part with the defaults of one outdoors. */
ohm_part ohm_part_of(double area_m2, double u_w_per_m2k);

/* OHM_RANGE: what is impossible; `at` is the part, from 1 on, or 0: the whole. Prepares the planes.
 */
OHM_MUST_CHECK ohm_err ohm_envelope_check(ohm_envelope *envelope);

/* The zone with so many air changes by ventilation; the check of zone.h is made, too. */
OHM_MUST_CHECK ohm_err ohm_envelope_zone(const ohm_envelope *envelope, double ventilation_per_h,
                                         ohm_zone *out);

/* The sun's gains less the sky's losses, W. */
double ohm_envelope_gains(const ohm_envelope *envelope, const ohm_sun *sun, double direct_wm2,
                          double diffuse_wm2);

#endif
