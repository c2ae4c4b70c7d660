/* What if a zone lost less, or were kept warmer or colder. Each zone whose twin was found from its
 * own days is lived again by the laboratory's house, held at its schedule by exactly the heat that
 * this needs: once as it is, once as it is asked. The difference goes into what was measured, so
 * that all else that the house drew stays as it was.
 *
 * The zone is the planner's: one store behind one loss, which 5R1C (building/zone.h) is where
 * everything but the outside is joined well. */
#include <math.h>

#include "cmd/daemon_whatif.h"

static const double JOINED_W_PER_K = 1e6, AREA_M2 = 100, ALMOST_K = 1e-6;
enum { DAY_STEPS = 24 * OHM_HOUR_MS / OHM_REPLAY_STEP_MS };

/* How a zone is in one case. */
typedef struct way {
    double loss_ratio, set_more_k;
    double *heated_w; /* electricity is added there */
    double *cold_kh;
} way;

/* Its twin is from its own days, and what its panels, the twin's measure of the sun, made is known;
 * without panels the sun is in what is always gained. */
static bool is_known(const ohm_whatif *w, const ohm_replay_zone *zone, const ohm_replayed *told)
{
    bool sun = told->own_sun || told->sun_peak_w > 0 || !w->ask->sun_count;
    return zone->twin.state == OHM_VIEW_TWIN_LEARNT && sun;
}

static void know_zone(ohm_whatif *w, const ohm_replay_zone *zone)
{
    for (int k = 0; k < w->ask->steps; k++) {
        ohm_civil at =
            ohm_civil_from_utc(w->ask->tz, w->ask->when.from_ms + (ohm_ms)k * OHM_REPLAY_STEP_MS);
        int32_t cc = ohm_heat_set_at(&zone->zone, (uint8_t)(ohm_date_weekday(at.date) - 1),
                                     (uint16_t)(at.hour * 60 + at.minute));
        w->at[OHM_WHATIF_SET][k] = cc / 100.0;
        w->at[OHM_WHATIF_SOLAR][k] = zone->twin.solar_ratio * w->at[OHM_WHATIF_SUN][k];
        w->at[OHM_WHATIF_GAIN][k] = zone->twin.gain_w;
    }
}

static ohm_lab_house house_of(const ohm_replay_zone *zone, double loss_ratio, double cop)
{
    return (ohm_lab_house){
        .has_zone = true,
        .zone = { .h_tr_em_w_per_k = zone->twin.loss_w_per_k * loss_ratio,
                  .h_tr_ms_w_per_k = JOINED_W_PER_K,
                  .h_tr_is_w_per_k = JOINED_W_PER_K,
                  .c_m_j_per_k = zone->twin.store_wh_per_k * 3600,
                  .mass_area_m2 = AREA_M2,
                  .total_area_m2 = AREA_M2,
                  .heating_w_max = INFINITY,
                  .cooling_w_max = 0 },
        .heater = ohm_heater_of(OHM_HEATER_ELECTRIC, zone->power_w * cop),
        .mass_start_c = NAN,
        .battery_ratio = 1,
    };
}

/* The set points of the zone are there; they are moved, and moved back. */
static ohm_code live(ohm_whatif *w, const ohm_replay_zone *zone, double cop, const way *in)
{
    double *set_c = w->at[OHM_WHATIF_SET], *none = w->at[OHM_WHATIF_NONE];
    const ohm_lab_house house = house_of(zone, in->loss_ratio, cop);
    const ohm_lab_series series = {
        .steps = w->ask->steps,
        .step_h = (double)OHM_REPLAY_STEP_MS / OHM_HOUR_MS,
        .outdoor_c = w->at[OHM_WHATIF_OUTDOOR],
        .solar_w = w->at[OHM_WHATIF_SOLAR],
        .internal_w = w->at[OHM_WHATIF_GAIN],
        .load_w = none,
        .pv_w = none,
        .price = none,
        .export_price = none,
        .low_c = set_c,
        .period = w->period,
    };
    const ohm_lab_control control = { .mode = OHM_LAB_IDEAL, .horizon = 1 };
    ohm_lab_sums sums;
    for (int k = 0; k < w->ask->steps; k++)
        set_c[k] += in->set_more_k;
    ohm_code code = ohm_lab_run(&house, &series, &control, w->step, &sums).code;
    for (int k = 0; k < w->ask->steps; k++)
        set_c[k] -= in->set_more_k;
    for (int k = 0; code == OHM_OK && k < w->ask->steps; k++) {
        double below_k = set_c[k] - w->step[k].operative_c;
        in->heated_w[k] += w->step[k].heat_w / cop;
        *in->cold_kh += below_k > ALMOST_K ? below_k * series.step_h : 0;
    }
    return code;
}

static double drawn_w(const ohm_whatif *w, int k, bool own_sun)
{
    double w_drawn = w->at[OHM_WHATIF_LOAD][k] + (own_sun ? w->at[OHM_WHATIF_SUN][k] : 0);
    return fmax(w_drawn, 0);
}

/* Of what the zones need today, what the house did not draw on that day. */
static double unseen_kwh(const ohm_whatif *w, bool own_sun)
{
    double kwh = 0;
    for (int day = 0; day < w->ask->steps; day += DAY_STEPS) {
        double over_w = 0;
        for (int k = day; k < day + DAY_STEPS && k < w->ask->steps; k++)
            over_w += w->at[OHM_WHATIF_TODAY][k] - drawn_w(w, k, own_sun);
        kwh += fmax(over_w, 0) * OHM_REPLAY_STEP_MS / 3.6e9;
    }
    return kwh;
}

/* What is heated less is spared of what the house drew, at that time or later on that day: more
 * than it drew can't be. Returns the kWh drawn more. */
static double move_load(ohm_whatif *w, bool own_sun)
{
    const double *today = w->at[OHM_WHATIF_TODAY], *heated = w->at[OHM_WHATIF_HEATED];
    double *load = w->at[OHM_WHATIF_LOAD], owed_w = 0, more_kwh = 0;
    for (int k = 0; k < w->ask->steps; k++) {
        owed_w = k % DAY_STEPS ? owed_w : 0;
        double wish_w = heated[k] - today[k] - owed_w;
        double more_w = fmax(wish_w, -drawn_w(w, k, own_sun));
        owed_w = more_w - wish_w;
        load[k] += more_w;
        more_kwh += more_w * OHM_REPLAY_STEP_MS / 3.6e9;
    }
    return more_kwh;
}

ohm_code ohm_whatif_heat(ohm_whatif *w, ohm_replayed *told)
{
    const ohm_replay *ask = w->ask;
    double today_kh = 0, kwh = 0;
    const way today = { 1, 0, w->at[OHM_WHATIF_TODAY], &today_kh };
    const way other = { ask->loss_ratio, ask->set_more_k, w->at[OHM_WHATIF_HEATED],
                        &told->cold_kh };
    ohm_code code = OHM_OK;
    for (int z = 0; code == OHM_OK && z < ask->zones_count; z++) {
        const ohm_replay_zone *zone = &ask->zones[z];
        double cop = (double)w->site->zones[z].cop_percent / 100;
        if (!is_known(w, zone, told))
            continue;
        told->zones_lived |= 1u << z;
        know_zone(w, zone);
        code = live(w, zone, cop, &today);
        if (code == OHM_OK)
            code = live(w, zone, cop, &other);
    }
    for (int k = 0; k < ask->steps; k++)
        kwh += w->at[OHM_WHATIF_TODAY][k] * OHM_REPLAY_STEP_MS / 3.6e9;
    if (code == OHM_OK && told->zones_lived)
        told->unseen_kwh = unseen_kwh(w, told->own_sun);
    if (code == OHM_OK && told->zones_lived)
        told->heating_kwh = kwh + move_load(w, told->own_sun);
    return code;
}
