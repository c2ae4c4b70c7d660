/* Several zones that touch (ISO 13790:2008, Annex B): coupled by the air that passes between them
 * (doors) and through the walls between them (to their masses).
 *
 * Each zone is that of zone.h. The temperatures of a step, means over it, solve one linear system
 * for all zones; masses go by Crank–Nicolson, in parts of the step where it is too long for the
 * lightest zone (its explicit half would change sign). Ideal control finds the powers of all zones
 * together: heat given to one spares the next.
 *
 * ohm_zones_check, ohm_zones_prepare for a length of step, ohm_zones_step for each. Values only:
 * a model is some 12 kB. */
#ifndef OHM_BUILDING_ZONES_H
#define OHM_BUILDING_ZONES_H

#include "building/zone.h"

enum {
    OHM_ZONES_MAX = 12,
    OHM_ZONES_LINKS_MAX = 32,
    OHM_ZONES_PARTS_MAX = 64, /* of a step */
    OHM_ZONES_TEMPERATURES = 3 * OHM_ZONES_MAX,
};

/* What joins two zones, W/K. */
typedef struct ohm_zones_link {
    int a, b;
    double air_w_per_k, mass_w_per_k;
} ohm_zones_link;

typedef struct ohm_zones {
    int count, links;
    ohm_zone zone[OHM_ZONES_MAX];
    ohm_zones_link link[OHM_ZONES_LINKS_MAX];
} ohm_zones;

typedef struct ohm_zones_model {
    ohm_zones zones;
    int parts; /* of a step */
    double part_s;
    /* The inverse of the system: rows and columns 3 i + 0 mass, 1 surfaces, 2 air. */
    double inverse[OHM_ZONES_TEMPERATURES][OHM_ZONES_TEMPERATURES];
} ohm_zones_model;

/* OHM_RANGE: `at` is the zone, or the link where `what` says so. */
OHM_MUST_CHECK ohm_err ohm_zones_check(const ohm_zones *zones);

/* OHM_RANGE: the step is too long for the lightest zone, even in OHM_ZONES_PARTS_MAX parts. */
OHM_MUST_CHECK ohm_err ohm_zones_prepare(const ohm_zones *zones, double step_s,
                                         ohm_zones_model *out);

/* One step of all zones with the powers given. Arrays have a number, an input or an output a zone;
 * mass_c is the state and goes on. */
void ohm_zones_step(const ohm_zones_model *m, double *mass_c, const ohm_zone_input *in,
                    const double *hvac_w, ohm_zone_output *out);

/* The same with the powers that hold the set points, within the zones' limits. */
void ohm_zones_ideal(const ohm_zones_model *m, double *mass_c, const ohm_zone_input *in,
                     const ohm_zone_setpoints *set, ohm_zone_output *out);

#endif
