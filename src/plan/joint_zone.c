/* One zone of the joint planner, on or off for a while at least: a dynamic program over its whole
 * state. What follows a step is a function of the state by pieces; where both on and off are free
 * it is the lesser of two. So that its pieces stay few it is lowered a little in each step, never
 * raised: what comes out at the start is a bound, within TOLERANCE of the best. */
#include "plan/joint_own.h"

#include <math.h>
#include <string.h>

#define TOLERANCE_EUR 1e-3
/* Of the rounding in all steps. */
#define ROUNDING_EUR 1e-6
/* The stretch of states is that much wider, so that it is one. */
#define WIDER_C 1e-3

static int hold_of(int steps)
{
    return steps < 1 ? 1 : steps > PUMP_HOLD_MAX ? PUMP_HOLD_MAX : steps;
}

static double heat_of(const ohm_joint_zone *zone, int k, bool on)
{
    return on ? zone->cop[k] * zone->pump.most_kw : 0;
}

static double next_of(const ohm_joint_zone *zone, int k, double x, bool on)
{
    return zone->pump.a * x + zone->pump.b * heat_of(zone, k, on) + zone->drift[k];
}

static void reach(const ohm_joint *problem, const ohm_joint_zone *zone, zone_work *work)
{
    work->low[0] = zone->pump.start_c - WIDER_C;
    work->high[0] = zone->pump.start_c + WIDER_C;
    for (int k = 0; k < problem->home.steps; k++) {
        double low = work->low[k], high = work->high[k];
        work->low[k + 1] = home_min(next_of(zone, k, low, false), next_of(zone, k, low, true));
        work->low[k + 1] -= WIDER_C;
        work->high[k + 1] = home_max(next_of(zone, k, high, false), next_of(zone, k, high, true));
        work->high[k + 1] += WIDER_C;
    }
}

static void at_end(const ohm_home_pump *pump, double low, double high, line *to)
{
    const double at[3] = { low, pump->end_c, high };
    to->count = 0;
    for (int i = 0; i < 3; i++) {
        if (i == 1 && !(at[1] > low + WIDER_C / 2 && at[1] < high - WIDER_C / 2))
            continue;
        to->x[to->count] = at[i];
        to->y[to->count++] = pump->end_eur * home_max(0, pump->end_c - at[i]);
    }
}

static line_step step_of(const ohm_joint_zone *zone, int k, bool on, double eur)
{
    const ohm_home_pump *pump = &zone->pump;
    double heat = heat_of(zone, k, on);
    return (line_step){ .gain = pump->a,
                        .shift = pump->b * heat + zone->drift[k],
                        .base = on ? eur : 0,
                        .scale = pump->c,
                        .offset = pump->d * heat + zone->offset[k],
                        .low = pump->low_c,
                        .high = pump->high_c,
                        .low_price = pump->low_eur,
                        .high_price = pump->high_eur };
}

/* The ages of on are first, then those of off; the last of each is free. */
typedef struct ages {
    int on, off, all;
} ages;

static ages ages_of(const ohm_home_pump *pump)
{
    int on = hold_of(pump->hold_on), off = hold_of(pump->hold_off);
    return (ages){ on, off, on + off };
}

static void step_back(const ohm_joint_zone *zone, int k, double eur, double by, zone_work *work)
{
    const ages of = ages_of(&zone->pump);
    const line_step steps[2] = { step_of(zone, k, false, eur), step_of(zone, k, true, eur) };
    double low = work->low[k], high = work->high[k];
    for (int a = 0; a < of.all; a++) {
        bool was = a < of.on;
        int last = was ? of.on - 1 : of.all - 1;
        line_lead(&work->then[a < last ? a + 1 : last], &steps[was], low, high, &work->led[0]);
        if (a < last) {
            line_lower(&work->led[0], by, &work->now[a]);
            continue;
        }
        line_lead(&work->then[was ? of.on : 0], &steps[!was], low, high, &work->led[1]);
        line_least(&work->led[0], &work->led[1], was ? 0 : zone->pump.start_eur, &work->least,
                   &work->turns[2 * k + was]);
        line_lower(&work->least, by, &work->now[a]);
    }
    for (int a = 0; a < of.all; a++) {
        line now = work->now[a];
        work->now[a] = work->then[a];
        work->then[a] = now;
    }
}

static bool is_second(const line_turns *turns, double x)
{
    bool second = turns->second;
    for (int i = 0; i < turns->count && (double)turns->at[i] < x; i++)
        second = !second;
    return second;
}

static void forwards(const ohm_joint *problem, const ohm_joint_zone *zone, const zone_work *work,
                     unsigned char *on)
{
    const ages of = ages_of(&zone->pump);
    double x = zone->pump.start_c;
    bool was = zone->pump.running;
    int age = was ? of.on - 1 : of.all - 1;
    for (int k = 0; k < problem->home.steps; k++) {
        int last = was ? of.on - 1 : of.all - 1;
        bool turns = age == last && is_second(&work->turns[2 * k + was], x);
        age = turns ? (was ? of.on : 0) : age < last ? age + 1 : last;
        was = turns ? !was : was;
        on[k] = was;
        x = next_of(zone, k, x, was);
    }
}

double joint_zone_solve(const ohm_joint *problem, int z, const double *eur, zone_work *work,
                        unsigned char *on)
{
    const ohm_joint_zone *zone = &problem->zone[z];
    const ages of = ages_of(&zone->pump);
    int steps = problem->home.steps;
    reach(problem, zone, work);
    for (int a = 0; a < of.all; a++)
        at_end(&zone->pump, work->low[steps], work->high[steps], &work->then[a]);
    for (int k = steps - 1; k >= 0; k--)
        step_back(zone, k, eur[k], TOLERANCE_EUR / steps, work);
    forwards(problem, zone, work, on);
    home_prolong(&zone->pump, steps, on);
    int age = zone->pump.running ? of.on - 1 : of.all - 1;
    return line_at(&work->then[age], zone->pump.start_c) - ROUNDING_EUR;
}

double joint_zone_eur(const ohm_joint *problem, int z, const unsigned char *on, ohm_home_gave *gave,
                      double *ret_starts_eur)
{
    const ohm_joint_zone *zone = &problem->zone[z];
    const ohm_home_pump *pump = &zone->pump;
    ohm_home_gave own[OHM_HOME_LIMITS] = { { 0 } };
    double x = pump->start_c, starts = 0;
    bool was = pump->running;
    for (int k = 0; k < problem->home.steps; k++) {
        double y = pump->c * x + pump->d * heat_of(zone, k, on[k]) + zone->offset[k];
        home_gave_way(&own[OHM_HOME_TEMP_LOW], pump->low_c - y, pump->low_eur);
        home_gave_way(&own[OHM_HOME_TEMP_HIGH], y - pump->high_c, pump->high_eur);
        starts += on[k] && !was ? pump->start_eur : 0;
        was = on[k];
        x = next_of(zone, k, x, on[k]);
    }
    home_gave_way(&own[OHM_HOME_TEMP_END], pump->end_c - x, pump->end_eur);
    double eur = starts;
    for (int i = 0; i < OHM_HOME_LIMITS; i++) {
        eur += own[i].cost_eur;
        if (!gave || own[i].cost_eur <= 0)
            continue;
        gave[i].steps += own[i].steps;
        gave[i].most = home_max(gave[i].most, own[i].most);
        gave[i].cost_eur += own[i].cost_eur;
    }
    *ret_starts_eur = starts;
    return eur;
}

void joint_zone_rules(const ohm_joint *problem, int z, unsigned char *on)
{
    const ohm_joint_zone *zone = &problem->zone[z];
    const ohm_home_pump *pump = &zone->pump;
    double x = pump->start_c;
    for (int k = 0; k < problem->home.steps; k++) {
        double off = next_of(zone, k, x, false);
        on[k] = pump->c * off + zone->offset[k] < pump->low_c;
        x = next_of(zone, k, x, on[k]);
    }
    home_prolong(pump, problem->home.steps, on);
}
