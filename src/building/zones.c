#include "building/zones.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MASS, SURFACE, AIR, NODES };
enum { TEMPERATURES = OHM_ZONES_TEMPERATURES, TRIES_MAX = 10 * OHM_ZONES_MAX };
static const double CLOSE_K = 1e-9, CLOSE_W = 1e-9;

/* The nodes of zone.h, in the order of the system. */
static const int node_of[OHM_ZONE_NODES_COUNT] = { AIR, SURFACE, MASS };

ohm_err ohm_zones_check(const ohm_zones *z)
{
    if (z->count < 1 || z->count > OHM_ZONES_MAX || z->links < 0 || z->links > OHM_ZONES_LINKS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many zones or links, or none");
    for (int i = 0; i < z->count; i++) {
        ohm_err err = ohm_zone_check(&z->zone[i]);
        if (ohm_failed(err))
            return ohm_fail(err.code, (uint32_t)i, err.what);
    }
    for (int i = 0; i < z->links; i++) {
        const ohm_zones_link *l = &z->link[i];
        bool joins = l->a >= 0 && l->a < z->count && l->b >= 0 && l->b < z->count && l->a != l->b;
        if (!joins || !(l->air_w_per_k >= 0 && l->air_w_per_k <= 1e9) ||
            !(l->mass_w_per_k >= 0 && l->mass_w_per_k <= 1e9))
            return ohm_fail(OHM_RANGE, (uint32_t)i,
                            "a link joins two zones by conductances in W/K");
    }
    return ohm_ok();
}

/* --- the system ----------------------------------------------------------------------------------
 */

/* How fast a mass loses, W/K, with its neighbours as if they stood still. */
static double loss_of(const ohm_zones *z, int i)
{
    ohm_zone alone = z->zone[i];
    for (int l = 0; l < z->links; l++)
        if (z->link[l].a == i || z->link[l].b == i) {
            alone.h_ve_w_per_k += z->link[l].air_w_per_k;
            alone.h_tr_em_w_per_k += z->link[l].mass_w_per_k;
        }
    double is = alone.h_tr_is_w_per_k, ms = alone.h_tr_ms_w_per_k;
    double h2 = is * alone.h_ve_w_per_k / (is + alone.h_ve_w_per_k) + alone.h_tr_w_w_per_k;
    return alone.h_tr_em_w_per_k + ms * h2 / (ms + h2);
}

static void join(double m[TEMPERATURES][TEMPERATURES], int a, int b, double w_per_k)
{
    m[a][a] += w_per_k;
    m[b][b] += w_per_k;
    m[a][b] -= w_per_k;
    m[b][a] -= w_per_k;
}

static void build(const ohm_zones *z, double part_s, double m[TEMPERATURES][TEMPERATURES])
{
    for (int i = 0; i < z->count; i++) {
        const ohm_zone *zone = &z->zone[i];
        int at = NODES * i;
        join(m, at + MASS, at + SURFACE, zone->h_tr_ms_w_per_k);
        join(m, at + SURFACE, at + AIR, zone->h_tr_is_w_per_k);
        m[at + MASS][at + MASS] += zone->h_tr_em_w_per_k + 2 * zone->c_m_j_per_k / part_s;
        m[at + SURFACE][at + SURFACE] += zone->h_tr_w_w_per_k;
        m[at + AIR][at + AIR] += zone->h_ve_w_per_k;
    }
    for (int l = 0; l < z->links; l++) {
        const ohm_zones_link *link = &z->link[l];
        join(m, NODES * link->a + AIR, NODES * link->b + AIR, link->air_w_per_k);
        join(m, NODES * link->a + MASS, NODES * link->b + MASS, link->mass_w_per_k);
    }
}

/* Gauss and Jordan. The system is symmetric and more on its diagonal than beside it: no pivoting
 * is needed, and nothing grows. */
static void invert(double m[TEMPERATURES][TEMPERATURES], int n,
                   double out[TEMPERATURES][TEMPERATURES])
{
    for (int i = 0; i < n; i++)
        out[i][i] = 1;
    for (int p = 0; p < n; p++) {
        double by = 1 / m[p][p];
        for (int k = 0; k < n; k++) {
            m[p][k] *= by;
            out[p][k] *= by;
        }
        for (int i = 0; i < n; i++) {
            double factor = i == p ? 0 : m[i][p];
            for (int k = 0; k < n && factor != 0; k++) {
                m[i][k] -= factor * m[p][k];
                out[i][k] -= factor * out[p][k];
            }
        }
    }
}

ohm_err ohm_zones_prepare(const ohm_zones *zones, double step_s, ohm_zones_model *out)
{
    assert(step_s > 0);
    double parts = 1;
    for (int i = 0; i < zones->count; i++) {
        double wanted = ceil(step_s * loss_of(zones, i) / (2 * zones->zone[i].c_m_j_per_k));
        parts = wanted > parts ? wanted : parts;
    }
    if (!(parts <= OHM_ZONES_PARTS_MAX))
        return ohm_fail(OHM_RANGE, 0, "the step is too long for the lightest zone");
    double system[TEMPERATURES][TEMPERATURES];
    memset(system, 0, sizeof system);
    memset(out, 0, sizeof *out);
    out->zones = *zones;
    out->parts = (int)parts;
    out->part_s = step_s / parts;
    build(zones, out->part_s, system);
    invert(system, NODES * zones->count, out->inverse);
    return ohm_ok();
}

/* --- a part of a step
 * ------------------------------------------------------------------------------ */

/* What acts on the nodes besides heating, W (C.1 to C.3, and the known temperatures). */
static void forces(const ohm_zones_model *m, const double *mass_c, const ohm_zone_input *in,
                   double *force)
{
    for (int i = 0; i < m->zones.count; i++) {
        const ohm_zone *z = &m->zones.zone[i];
        double air_w = 0.5 * in[i].internal_w, rest_w = air_w + in[i].solar_w;
        double mass_part = z->mass_area_m2 / z->total_area_m2;
        double window_part = z->h_tr_w_w_per_k / (9.1 * z->total_area_m2);
        force[NODES * i + MASS] = mass_part * rest_w + z->h_tr_em_w_per_k * in[i].outdoor_c +
                                  2 * z->c_m_j_per_k / m->part_s * mass_c[i];
        force[NODES * i + SURFACE] =
            (1 - mass_part - window_part) * rest_w + z->h_tr_w_w_per_k * in[i].outdoor_c;
        force[NODES * i + AIR] = air_w + z->h_ve_w_per_k * in[i].supply_c;
    }
}

static int heated_node(const ohm_zones_model *m, int i, double hvac_w)
{
    const ohm_zone *z = &m->zones.zone[i];
    return NODES * i + node_of[hvac_w >= 0 ? z->heat_node : z->cool_node];
}

/* The temperatures of all nodes under all forces. */
static void solve(const ohm_zones_model *m, const double *force, const double *hvac_w, double *t_c)
{
    int count = NODES * m->zones.count;
    double all[TEMPERATURES];
    memcpy(all, force, (size_t)count * sizeof *all);
    for (int i = 0; i < m->zones.count; i++)
        all[heated_node(m, i, hvac_w[i])] += hvac_w[i];
    for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int k = 0; k < count; k++)
            sum += m->inverse[i][k] * all[k];
        t_c[i] = sum;
    }
}

/* The part's temperatures as a share of the step's means; the masses go on. */
static void take(const ohm_zones_model *m, const double *t_c, const double *hvac_w, double *mass_c,
                 ohm_zone_output *out)
{
    for (int i = 0; i < m->zones.count; i++) {
        const double *own = &t_c[NODES * i];
        mass_c[i] = 2 * own[MASS] - mass_c[i];
        out[i].mass_end_c = mass_c[i];
        out[i].mass_c += own[MASS] / m->parts;
        out[i].surface_c += own[SURFACE] / m->parts;
        out[i].air_c += own[AIR] / m->parts;
        out[i].operative_c += (0.3 * own[AIR] + 0.7 * own[SURFACE]) / m->parts;
        out[i].hvac_w += hvac_w[i] / m->parts;
    }
}

void ohm_zones_step(const ohm_zones_model *m, double *mass_c, const ohm_zone_input *in,
                    const double *hvac_w, ohm_zone_output *out)
{
    memset(out, 0, (size_t)m->zones.count * sizeof *out);
    for (int part = 0; part < m->parts; part++) {
        double force[TEMPERATURES], t_c[TEMPERATURES];
        forces(m, mass_c, in, force);
        solve(m, force, hvac_w, t_c);
        take(m, t_c, hvac_w, mass_c, out);
    }
}

/* --- ideal control -------------------------------------------------------------------------------
 */

typedef enum way { OFF, HEATS, COOLS, HEATS_MOST, COOLS_MOST } way;

typedef struct control {
    const ohm_zones_model *m;
    const ohm_zone_setpoints *set;
    const double *force;
    way way[OHM_ZONES_MAX];
    double hvac_w[OHM_ZONES_MAX], t_c[TEMPERATURES];
} control;

static double limit_of(const control *c, int i)
{
    const ohm_zone *z = &c->m->zones.zone[i];
    return c->way[i] == HEATS_MOST ? z->heating_w_max : -z->cooling_w_max;
}

static bool holds(const control *c, int i)
{
    return c->way[i] == HEATS || c->way[i] == COOLS;
}

/* The powers of those that hold their set point, all together: a small system of the same kind. */
static void power_of_holders(control *c)
{
    int who[OHM_ZONES_MAX], count = 0, zones = c->m->zones.count;
    double a[OHM_ZONES_MAX][OHM_ZONES_MAX + 1];
    for (int i = 0; i < zones; i++) {
        c->hvac_w[i] = c->way[i] >= HEATS_MOST ? limit_of(c, i) : 0;
        if (holds(c, i))
            who[count++] = i;
    }
    solve(c->m, c->force, c->hvac_w, c->t_c);
    for (int i = 0; i < count; i++) {
        int air = NODES * who[i] + AIR;
        for (int k = 0; k < count; k++)
            a[i][k] =
                c->m->inverse[air][heated_node(c->m, who[k], c->way[who[k]] == HEATS ? 1 : -1)];
        double set_c =
            c->way[who[i]] == HEATS ? c->set[who[i]].heating_c : c->set[who[i]].cooling_c;
        a[i][count] = set_c - c->t_c[air];
    }
    for (int p = 0; p < count; p++) /* diagonal dominance, again */
        for (int i = 0; i < count; i++) {
            double factor = i == p ? 0 : a[i][p] / a[p][p];
            for (int k = p; k <= count && factor != 0; k++)
                a[i][k] -= factor * a[p][k];
        }
    for (int i = 0; i < count; i++)
        c->hvac_w[who[i]] = a[i][count] / a[i][i];
    solve(c->m, c->force, c->hvac_w, c->t_c);
}

/* What a zone should do, by what came of what it does. NAN never asks. */
static way better_way(const control *c, int i)
{
    const ohm_zone *z = &c->m->zones.zone[i];
    double air_c = c->t_c[NODES * i + AIR], w = c->hvac_w[i];
    switch (c->way[i]) {
    case OFF:
        return air_c < c->set[i].heating_c - CLOSE_K   ? HEATS
               : air_c > c->set[i].cooling_c + CLOSE_K ? COOLS
                                                       : OFF;
    case HEATS:
        return w < -CLOSE_W ? OFF : w > z->heating_w_max + CLOSE_W ? HEATS_MOST : HEATS;
    case COOLS:
        return w > CLOSE_W ? OFF : w < -z->cooling_w_max - CLOSE_W ? COOLS_MOST : COOLS;
    case HEATS_MOST:
        return air_c > c->set[i].heating_c + CLOSE_K ? HEATS : HEATS_MOST;
    case COOLS_MOST:
        return air_c < c->set[i].cooling_c - CLOSE_K ? COOLS : COOLS_MOST;
    }
    return OFF;
}

/* All that should do otherwise do so at first; in the end one at a time, which comes to rest. */
static void find_powers(control *c)
{
    int zones = c->m->zones.count;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        bool changed = false;
        power_of_holders(c);
        for (int i = 0; i < zones; i++) {
            way next = better_way(c, i);
            bool turn = next != c->way[i] && !(changed && tries > zones);
            changed = changed || turn;
            c->way[i] = turn ? next : c->way[i];
        }
        if (!changed)
            break;
    }
    for (int i = 0; i < zones; i++) { /* whatever came: within the limits */
        const ohm_zone *z = &c->m->zones.zone[i];
        if (c->hvac_w[i] > z->heating_w_max)
            c->hvac_w[i] = z->heating_w_max;
        if (c->hvac_w[i] < -z->cooling_w_max)
            c->hvac_w[i] = -z->cooling_w_max;
    }
    solve(c->m, c->force, c->hvac_w, c->t_c);
}

void ohm_zones_ideal(const ohm_zones_model *m, double *mass_c, const ohm_zone_input *in,
                     const ohm_zone_setpoints *set, ohm_zone_output *out)
{
    control c = { .m = m, .set = set };
    memset(out, 0, (size_t)m->zones.count * sizeof *out);
    for (int part = 0; part < m->parts; part++) {
        double force[TEMPERATURES];
        forces(m, mass_c, in, force);
        c.force = force;
        find_powers(&c);
        take(m, c.t_c, c.hvac_w, mass_c, out);
    }
}
