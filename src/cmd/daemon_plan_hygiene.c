/* A tank's cycle against legionella: heated through before it is due, when that is cheapest, and at
 * once where it is overdue. The plan gets it as the least that the tank holds in an hour. */
#include <math.h>

#include "cmd/daemon_plan.h"

/* Short of being hot, once: more than any hour's price, so that a dear day does not put it off, and
 * less than hot water from elsewhere. */
#define HYGIENE_EUR_PER_KWH 3.0

double ohm_day_hygiene_kwh(const ohm_site_plan *plan)
{
    return ohm_day_water_kwh(plan, (double)plan->hygiene_c);
}

/* 60 degrees C for an hour, 65 for four minutes, 70 for two: order of 30 November 2005. */
int64_t ohm_day_hygiene_hold_ms(const ohm_site_plan *plan)
{
    return plan->hygiene_c >= 70   ? 2 * OHM_MINUTE_MS
           : plan->hygiene_c >= 65 ? 4 * OHM_MINUTE_MS
                                   : OHM_HOUR_MS;
}

/* As close to what is declared as a sensor tells; and from where on it is not hot any more. */
#define SENSOR_K 0.5
#define COOLED_K 2.0

bool ohm_day_hygiene_count(ohm_day_hygiene_state *state, const ohm_site_plan *plan, double water_c,
                           double water_kwh, ohm_ms utc_ms, int64_t ms, bool *ret_through)
{
    bool seen = !isnan(water_c);
    double lacks_k = (double)plan->hygiene_c - water_c;
    bool hot = seen ? lacks_k <= SENSOR_K : water_kwh >= ohm_day_hygiene_kwh(plan) - 1e-9;
    if (hot)
        state->hot_ms += ms;
    else if (!seen || lacks_k > COOLED_K)
        state->hot_ms = 0;
    *ret_through = state->hot_ms >= ohm_day_hygiene_hold_ms(plan);
    /* Nobody knows when it was, or a clock was ahead: it is counted from now on. */
    bool anew = state->through_ms == OHM_NO_MS || state->through_ms > utc_ms;
    if (!anew && (!*ret_through || utc_ms - state->through_ms < OHM_HOUR_MS))
        return false;
    state->through_ms = utc_ms;
    return true;
}

/* What a kWh more costs in a step: of the sun what its export would bring. */
static double price_at(const ohm_day_facts *facts, const ohm_day *day, int k, double kw)
{
    double left_kw = facts->sun_kw[k] - day->base_kw[k];
    double own = left_kw <= 0 ? 0 : left_kw >= kw ? 1 : left_kw / kw;
    return own * facts->export_eur[k] + (1 - own) * (facts->price_eur[k] + facts->weight_eur[k]);
}

/* The mean of a stretch of steps; INFINITY where it may not run in one of them. */
static double stretch_eur(const ohm_day_facts *facts, const ohm_day *day, int from, int to)
{
    double kw = facts->loads[OHM_HOME_TANK].power_kw, sum = 0;
    for (int k = from; k < to; k++) {
        if (ohm_day_is_taken(facts, OHM_HOME_TANK, k) ||
            day->base_kw[k] - facts->sun_kw[k] + kw > facts->import_kw[k])
            return INFINITY;
        sum += price_at(facts, day, k, kw);
    }
    return sum / (to - from);
}

typedef struct stretch {
    int from, to;
} stretch;

/* Of those that end before `last` the cheapest, of equals the first; the first that may run where
 * none ends before. `now` steps do if it begins at once: the tank is not empty. */
static stretch cheapest(const ohm_day_facts *facts, const ohm_day *day, int now, int steps,
                        int last)
{
    double best_eur = INFINITY;
    stretch best = { 0, now };
    for (int from = 0; from < facts->steps; from++) {
        int to = from + (from == 0 ? now : steps);
        if (to > facts->steps || (to > last && isfinite(best_eur)))
            break;
        double eur = stretch_eur(facts, day, from, to);
        if (eur < best_eur - 1e-9) {
            best_eur = eur;
            best = (stretch){ from, to };
        }
    }
    return best;
}

static int steps_of(double kwh, double step_kwh)
{
    return kwh > 0 ? (int)ceil(kwh / step_kwh) : 0;
}

void ohm_day_hygiene(const ohm_day_facts *facts, ohm_day *day, double *least_kwh)
{
    ohm_home_tank *tank = &day->home.tank;
    double step_kwh = tank->power_kw * day->home.dt_h;
    double through_kwh = ohm_day_hygiene_kwh(&facts->plan);
    int hold = (int)((ohm_day_hygiene_hold_ms(&facts->plan) + facts->step_ms - 1) / facts->step_ms);
    int64_t left = (facts->hygiene_due_ms - facts->from_ms) / facts->step_ms;
    int last = left < 0 ? 0 : left > facts->steps ? facts->steps : (int)left;
    for (int k = 0; k < facts->steps; k++)
        least_kwh[k] = tank->least_kwh;
    /* Steps of heat are coarser than the tank: it may be asked a step too much, and its own
     * thermostat ends that. */
    if (left > facts->steps || !(step_kwh > 0))
        return; /* not in this horizon */
    int steps = steps_of(through_kwh - tank->least_kwh, step_kwh) + hold;
    int now = steps_of(through_kwh - tank->start_kwh, step_kwh) + hold;
    if (steps > facts->steps || now > facts->steps)
        return; /* too slow for any */
    stretch best = cheapest(facts, day, now, steps, last);
    day->hygiene_from = best.from;
    day->hygiene_to = best.to;
    tank->most_kwh += step_kwh;
    /* Hot from the end of the step that heats it last: a step later it could be put off for ever.
     */
    int hot = day->hygiene_to - hold - 1;
    tank->short_eur_per_kwh =
        fmax(tank->short_eur_per_kwh, HYGIENE_EUR_PER_KWH / ((hold + 1) * day->home.dt_h));
    for (int k = hot > 0 ? hot : 0; k < day->hygiene_to; k++)
        least_kwh[k] = through_kwh;
}
