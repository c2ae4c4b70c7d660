/* The simple hourly model of one zone: ISO 13790:2008, clause 12.2.2 and Annex C ("5R1C").
 *
 * Five conductances join outdoor air, supply air, indoor air, surfaces and one mass node that
 * alone stores heat. Air and surfaces follow at once, the mass by Crank–Nicolson over a step of
 * any length; where a step is so long that its explicit half would change sign (light
 * zones), by the exact exponential of the same node. Temperatures of air and
 * surfaces are those of the mass' mean over the step, as the standard takes them (C.9 to C.11).
 *
 * ohm_zone_check once, ohm_zone_prepare once for a length of step, ohm_zone_step for each. Values
 * only; nothing is owned. Results are the same on every machine unless steps are that long. */
#ifndef OHM_BUILDING_ZONE_H
#define OHM_BUILDING_ZONE_H

#include "base/err.h"

/* Where a heater or a cooler gives its heat: convectors to the air, floors to the surfaces,
 * activated slabs to the mass. */
typedef enum ohm_zone_node {
    OHM_ZONE_AIR,
    OHM_ZONE_SURFACE,
    OHM_ZONE_MASS,
    OHM_ZONE_NODES_COUNT
} ohm_zone_node;

typedef struct ohm_zone {
    double h_tr_em_w_per_k; /* outdoors to mass: opaque parts, without the film at the mass */
    double h_tr_w_w_per_k;  /* outdoors to surfaces: windows and doors */
    double h_tr_ms_w_per_k; /* mass to surfaces */
    double h_tr_is_w_per_k; /* surfaces to air */
    double h_ve_w_per_k;    /* supply air to air */
    double c_m_j_per_k;     /* of the mass */
    double mass_area_m2;    /* A_m: effective mass area (12.2.2) */
    double total_area_m2;   /* A_t: of all surfaces facing the room (7.2.2.2) */
    ohm_zone_node heat_node, cool_node;
    double heating_w_max; /* INFINITY: any */
    double cooling_w_max; /* of heat taken out, positive */
} ohm_zone;

/* What acts on the zone during a step: means over it. */
typedef struct ohm_zone_input {
    double outdoor_c, supply_c; /* of outdoor air; of the air that ventilation brings in */
    double solar_w, internal_w; /* gains */
} ohm_zone_input;

typedef struct ohm_zone_output {
    double mass_end_c;         /* at the end of the step: the state to go on with */
    double mass_c, surface_c;  /* means over the step */
    double air_c, operative_c; /* operative: 0.3 of the air, 0.7 of the surfaces (C.12) */
    double hvac_w;             /* > 0 heats */
} ohm_zone_output;

/* The temperatures that a controller keeps, °C. NAN: that side is never asked for. */
typedef struct ohm_zone_setpoints {
    double heating_c, cooling_c;
} ohm_zone_setpoints;

/* A zone and a length of step, prepared: the linear coefficients of the model. */
typedef struct ohm_zone_model {
    ohm_zone zone;
    double air_share, surface_share, mass_share; /* of the gains, to each node (C.1 to C.3) */
    double h1_w_per_k, surface_to_mass, air_to_surface; /* H1; H3/H2; H1/H_ve */
    double keep, per_w;           /* mass_end = keep × mass + per_w × Φ_m,tot */
    double mean_keep, mean_per_w; /* the mean over the step, in the same form */
    double surface_keep, surface_per_w, air_keep, air_per_w; /* C.10, C.11, in the same form */
    double air_of_mass; /* the air's mean per kelvin of the mass at the start */
    /* Of a watt at a node: Φ_m,tot, the brackets of C.10 and C.11; and the watts that move the
     * air's mean by a kelvin. */
    double node_mass_w[OHM_ZONE_NODES_COUNT], node_surface_w[OHM_ZONE_NODES_COUNT];
    double node_air_w[OHM_ZONE_NODES_COUNT], node_w_per_k[OHM_ZONE_NODES_COUNT];
} ohm_zone_model;

/* OHM_OK, or OHM_RANGE with the first figure that no building has ("c_m_j_per_k: …"). */
OHM_MUST_CHECK ohm_err ohm_zone_check(const ohm_zone *zone);

/* `zone` was checked; step_s > 0. */
ohm_zone_model ohm_zone_prepare(const ohm_zone *zone, double step_s);

/* One step with a given power, positive at the heating node, negative at the cooling node. The
 * zone's own limits are not applied. */
ohm_zone_output ohm_zone_step(const ohm_zone_model *m, double mass_c, const ohm_zone_input *in,
                              double hvac_w);

/* One step with the power that holds the air at its set points, within the zone's limits; 0
 * between them (C.4.2 finds it by a probe: the model is linear, so this is exact). */
ohm_zone_output ohm_zone_ideal(const ohm_zone_model *m, double mass_c, const ohm_zone_input *in,
                               ohm_zone_setpoints set);

#endif
