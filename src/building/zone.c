#include "building/zone.h"

#include <assert.h>
#include <math.h>

static const double MASS_FILM_W_PER_M2K = 9.1; /* h_ms, 12.2.2 */

typedef struct limit {
    const double *value;
    double least, most;
    bool may_equal; /* the least itself */
    const char *what;
} limit;

ohm_err ohm_zone_check(const ohm_zone *z)
{
    const limit limits[] = {
        { &z->h_tr_em_w_per_k, 0, 1e9, true, "h_tr_em is no conductance in W/K" },
        { &z->h_tr_w_w_per_k, 0, 1e9, true, "h_tr_w is no conductance in W/K" },
        { &z->h_tr_ms_w_per_k, 0, 1e9, false, "h_tr_ms is no conductance in W/K above 0" },
        { &z->h_tr_is_w_per_k, 0, 1e9, false, "h_tr_is is no conductance in W/K above 0" },
        { &z->h_ve_w_per_k, 0, 1e9, true, "h_ve is no conductance in W/K" },
        { &z->c_m_j_per_k, 0, 1e15, false, "c_m is no heat capacity in J/K above 0" },
        { &z->total_area_m2, 0, 1e9, false, "A_t is no area in m2 above 0" },
        { &z->mass_area_m2, 0, z->total_area_m2, true,
          "mass_area is no area in m2, or larger than all surfaces, A_t" },
        { &z->heating_w_max, 0, INFINITY, true, "max_heating_w is no power" },
        { &z->cooling_w_max, 0, INFINITY, true, "max_cooling_w is no power" },
    };
    for (uint32_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const limit *l = &limits[i];
        if (isnan(*l->value) || *l->value < l->least || *l->value > l->most ||
            (*l->value == l->least && !l->may_equal))
            return ohm_fail(OHM_RANGE, i, l->what);
    }
    double window_share = z->h_tr_w_w_per_k / (MASS_FILM_W_PER_M2K * z->total_area_m2);
    if (z->mass_area_m2 / z->total_area_m2 + window_share > 1)
        return ohm_fail(OHM_RANGE, 0, "the windows (h_tr_w) lose more than all surfaces (A_t) can");
    return ohm_ok();
}

/* Crank–Nicolson (C.4), or the exact solution where its explicit half would change sign. */
static void prepare_mass(ohm_zone_model *m, double loss_w_per_k, double step_s)
{
    double store = m->zone.c_m_j_per_k / step_s;
    if (store >= loss_w_per_k / 2) {
        m->keep = (store - loss_w_per_k / 2) / (store + loss_w_per_k / 2);
        m->per_w = 1 / (store + loss_w_per_k / 2);
        m->mean_keep = (1 + m->keep) / 2;
        m->mean_per_w = m->per_w / 2;
        return;
    }
    m->keep = exp(-loss_w_per_k / store);
    m->per_w = (1 - m->keep) / loss_w_per_k;
    m->mean_keep = (1 - m->keep) * store / loss_w_per_k;
    m->mean_per_w = (1 - m->mean_keep) / loss_w_per_k;
}

/* What acts on each node besides the mass itself: gains, and the air outside and let in. */
typedef struct forces {
    double mass_w;    /* Φ_m,tot (C.5) */
    double surface_w; /* the bracket of C.10 without the mass */
    double air_w;     /* the bracket of C.11 without the surfaces */
} forces;

/* The air's mean over the step, but for what the mass at its start adds. */
static double air_of(const ohm_zone_model *m, const forces *f)
{
    double surface_c =
        m->surface_keep * m->mean_per_w * f->mass_w + m->surface_per_w * f->surface_w;
    return m->air_keep * surface_c + m->air_per_w * f->air_w;
}

/* What a watt at a node makes of the mass, and of the air within the step. */
static void prepare_nodes(ohm_zone_model *m)
{
    m->air_of_mass = m->air_keep * m->surface_keep * m->mean_keep;
    for (int n = 0; n < OHM_ZONE_NODES_COUNT; n++) {
        m->node_air_w[n] = n == OHM_ZONE_AIR;
        m->node_surface_w[n] = (n == OHM_ZONE_SURFACE) + m->air_to_surface * m->node_air_w[n];
        m->node_mass_w[n] = (n == OHM_ZONE_MASS) + m->surface_to_mass * m->node_surface_w[n];
        const forces watt = { m->node_mass_w[n], m->node_surface_w[n], m->node_air_w[n] };
        m->node_w_per_k[n] = 1 / air_of(m, &watt);
    }
}

ohm_zone_model ohm_zone_prepare(const ohm_zone *z, double step_s)
{
    assert(step_s > 0);
    double is = z->h_tr_is_w_per_k, ms = z->h_tr_ms_w_per_k;
    double mass_part = z->mass_area_m2 / z->total_area_m2;
    double window_part = z->h_tr_w_w_per_k / (MASS_FILM_W_PER_M2K * z->total_area_m2);
    ohm_zone_model m = { .zone = *z,
                         .air_share = 0.5, /* of the internal gains */
                         .mass_share = mass_part,
                         .surface_share = 1 - mass_part - window_part };
    m.air_to_surface = is / (is + z->h_ve_w_per_k);
    m.h1_w_per_k = m.air_to_surface * z->h_ve_w_per_k; /* C.6, also without ventilation */
    double h2 = m.h1_w_per_k + z->h_tr_w_w_per_k;      /* C.7 */
    m.surface_to_mass = ms / (ms + h2);                /* C.8: H3 = H2 × this */
    m.surface_keep = ms / (ms + h2);
    m.surface_per_w = 1 / (ms + h2);
    m.air_keep = m.air_to_surface;
    m.air_per_w = 1 / (is + z->h_ve_w_per_k);
    prepare_mass(&m, m.surface_to_mass * h2 + z->h_tr_em_w_per_k, step_s);
    prepare_nodes(&m);
    return m;
}

static forces forces_of(const ohm_zone_model *m, const ohm_zone_input *in)
{
    const ohm_zone *z = &m->zone;
    double phi_ia = m->air_share * in->internal_w, rest_w = phi_ia + in->solar_w;
    forces f = { .air_w = phi_ia + z->h_ve_w_per_k * in->supply_c };
    f.surface_w = m->surface_share * rest_w + z->h_tr_w_w_per_k * in->outdoor_c +
                  m->h1_w_per_k * in->supply_c + m->air_to_surface * phi_ia;
    f.mass_w = m->mass_share * rest_w + z->h_tr_em_w_per_k * in->outdoor_c +
               m->surface_to_mass * f.surface_w;
    return f;
}

static ohm_zone_output answer(const ohm_zone_model *m, double mass_c, const forces *f,
                              double hvac_w)
{
    ohm_zone_node node = hvac_w >= 0 ? m->zone.heat_node : m->zone.cool_node;
    double mass_w = f->mass_w + m->node_mass_w[node] * hvac_w;
    double surface_w = f->surface_w + m->node_surface_w[node] * hvac_w;
    double air_w = f->air_w + m->node_air_w[node] * hvac_w;
    ohm_zone_output out = { .hvac_w = hvac_w };
    out.mass_end_c = m->keep * mass_c + m->per_w * mass_w;
    out.mass_c = m->mean_keep * mass_c + m->mean_per_w * mass_w;
    out.surface_c = m->surface_keep * out.mass_c + m->surface_per_w * surface_w;
    out.air_c = m->air_keep * out.surface_c + m->air_per_w * air_w;
    out.operative_c = 0.3 * out.air_c + 0.7 * out.surface_c;
    return out;
}

ohm_zone_output ohm_zone_step(const ohm_zone_model *m, double mass_c, const ohm_zone_input *in,
                              double hvac_w)
{
    forces f = forces_of(m, in);
    return answer(m, mass_c, &f, hvac_w);
}

ohm_zone_output ohm_zone_ideal(const ohm_zone_model *m, double mass_c, const ohm_zone_input *in,
                               ohm_zone_setpoints set)
{
    const ohm_zone *z = &m->zone;
    forces f = forces_of(m, in);
    double air_c = air_of(m, &f) + m->air_of_mass * mass_c, hvac_w = 0;
    if (air_c < set.heating_c) { /* never so of NAN */
        hvac_w = (set.heating_c - air_c) * m->node_w_per_k[z->heat_node];
        hvac_w = hvac_w < z->heating_w_max ? hvac_w : z->heating_w_max;
    } else if (air_c > set.cooling_c) {
        hvac_w = (set.cooling_c - air_c) * m->node_w_per_k[z->cool_node];
        hvac_w = hvac_w > -z->cooling_w_max ? hvac_w : -z->cooling_w_max;
    }
    return answer(m, mass_c, &f, hvac_w);
}
