#include "plan/battery.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What saves less than this a kWh is not done. */
#define WORTH_IT 1e-9

enum { PIECES = 5 };

/* Convex: pieces from the left, their slopes rise. */
typedef struct chain {
    double *width, *slope;
    int count;
} chain;

size_t ohm_battery_room(int steps)
{
    return 2 * ((size_t)steps * PIECES + 1);
}

ohm_err ohm_battery_check(const ohm_battery *p)
{
    if (p->steps < 1 || p->steps > OHM_BATTERY_STEPS_MAX || !(p->step_h > 0 && p->step_h <= 24))
        return ohm_fail(OHM_RANGE, 0, "the steps are out of range");
    if (!(p->most_kwh >= 0 && p->most_kwh <= 1e6) ||
        !(p->stored_kwh >= 0 && p->stored_kwh <= p->most_kwh))
        return ohm_fail(OHM_RANGE, 0, "more is stored than can be, or less than nothing");
    if (!(p->charge_kw >= 0 && p->charge_kw <= 1e6) ||
        !(p->discharge_kw >= 0 && p->discharge_kw <= 1e6) || !(p->line_kw >= 0))
        return ohm_fail(OHM_RANGE, 0, "a power is out of range");
    if (!(p->charge_ratio > 0 && p->charge_ratio <= 1) ||
        !(p->discharge_ratio > 0 && p->discharge_ratio <= 1) ||
        !(p->wear_eur_per_kwh >= 0 && p->wear_eur_per_kwh <= 1e3) ||
        !(fabs(p->end_eur_per_kwh) <= 1e3))
        return ohm_fail(OHM_RANGE, 0, "an efficiency or a price is out of range");
    for (int k = 0; k < p->steps; k++)
        if (!(fabs(p->need_kw[k]) <= 1e6 && fabs(p->import_eur_per_kwh[k]) <= 1e3 &&
              fabs(p->export_eur_per_kwh[k]) <= 1e3))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a number of the series is out of range");
    return ohm_ok();
}

/* --- a step's own costs ----------------------------------------------------------------------- */

/* What a kWh more or less costs at the meter, where it shows so many kW. */
static double meter_eur(const ohm_battery *p, int k, double grid_kw)
{
    double import = p->import_eur_per_kwh[k], export = p->export_eur_per_kwh[k];
    if (grid_kw < 0)
        return export < import ? export : import;
    return import + (p->line_kw > 0 && grid_kw >= p->line_kw ? OHM_BATTERY_OVER_EUR : 0);
}

/* By the energy stored in the step, from all that can be taken out on: where each piece ends, and
 * what a kWh stored costs in it. Returns how many; *ret_least: where the first begins, < 0. */
static int own_costs(const ohm_battery *p, int k, double end[PIECES], double slope[PIECES],
                     double *ret_least)
{
    const double kinks[] = { 0, -p->need_kw[k],
                             p->line_kw > 0 ? p->line_kw - p->need_kw[k] : INFINITY };
    double from = -p->discharge_kw;
    int count = 0;
    *ret_least = from * p->step_h / p->discharge_ratio;
    while (from < p->charge_kw) {
        double to = p->charge_kw;
        for (int i = 0; i < 3; i++)
            if (kinks[i] > from && kinks[i] < to)
                to = kinks[i];
        bool charges = from >= 0;
        double eur = meter_eur(p, k, p->need_kw[k] + (from + to) / 2);
        double own = charges ? (eur + p->wear_eur_per_kwh) / p->charge_ratio
                             : (eur - p->wear_eur_per_kwh) * p->discharge_ratio;
        /* Where import is paid for, losses would be: charging is taken to bring no more than
         * discharging costs. */
        slope[count] = count > 0 && own < slope[count - 1] ? slope[count - 1] : own;
        end[count++] = to * p->step_h * (to > 0 ? p->charge_ratio : 1 / p->discharge_ratio);
        from = to;
    }
    return count;
}

/* --- backwards -------------------------------------------------------------------------------- */

static void insert(chain *of, double width, double slope)
{
    int low = 0, high = of->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (of->slope[middle] < slope)
            low = middle + 1;
        else
            high = middle;
    }
    size_t after = (size_t)(of->count - low) * sizeof(double);
    memmove(of->width + low + 1, of->width + low, after);
    memmove(of->slope + low + 1, of->slope + low, after);
    of->width[low] = width;
    of->slope[low] = slope;
    of->count++;
}

static void cut_left(chain *of, double width)
{
    int gone = 0;
    while (gone < of->count && of->width[gone] <= width)
        width -= of->width[gone++];
    of->count -= gone;
    memmove(of->width, of->width + gone, (size_t)of->count * sizeof(double));
    memmove(of->slope, of->slope + gone, (size_t)of->count * sizeof(double));
    if (of->count > 0)
        of->width[0] -= width;
}

static void cut_right(chain *of, double width)
{
    while (of->count > 0 && of->width[of->count - 1] <= width)
        width -= of->width[--of->count];
    if (of->count > 0)
        of->width[of->count - 1] -= width;
}

/* What follows a step becomes what follows the step before. */
static void step_back(const ohm_battery *p, int k, chain *rest)
{
    double end[PIECES], slope[PIECES], least;
    int count = own_costs(p, k, end, slope, &least);
    double from = least;
    for (int i = 0; i < count; i++) { /* what is stored here need not be there before */
        if (end[i] > from)
            insert(rest, end[i] - from, -slope[i]);
        from = end[i];
    }
    cut_left(rest, from > 0 ? from : 0);
    cut_right(rest, -least);
}

/* --- the step itself -------------------------------------------------------------------------- */

/* What a kWh more is worth (sense 1), or one less costs (-1), where so much is stored; and how far
 * that goes. */
static double worth_at(const chain *rest, double stored_kwh, int sense, double *ret_far)
{
    double from = 0;
    for (int i = 0; i < rest->count; i++) {
        double to = from + rest->width[i];
        bool last = i + 1 == rest->count;
        if (sense > 0 ? stored_kwh < to - 1e-12 : stored_kwh <= to + 1e-12 || last) {
            *ret_far = sense > 0 ? to - stored_kwh : stored_kwh - from;
            return rest->slope[i];
        }
        from = to;
    }
    *ret_far = 0;
    return 0;
}

/* From nothing on as long as it pays, one way; what is stored then, over now. */
static double walk(const ohm_battery *p, const chain *rest, int sense)
{
    double end[PIECES], slope[PIECES], least, moved = 0;
    int count = own_costs(p, 0, end, slope, &least);
    for (int i = sense > 0 ? 0 : count - 1; i >= 0 && i < count; i += sense) {
        double from = i > 0 ? end[i - 1] : least, to = end[i];
        if (sense > 0 ? to <= 0 : from >= 0)
            continue;
        double left = sense > 0 ? to - moved : moved - from;
        while (left > 1e-12) {
            double far, worth = worth_at(rest, p->stored_kwh + moved, sense, &far);
            if (far <= 0 || sense * (slope[i] + worth) >= -WORTH_IT)
                return moved;
            double by = far < left ? far : left;
            moved += sense * by;
            left -= by;
        }
    }
    return moved;
}

double ohm_battery_plan(const ohm_battery *p, double *room)
{
    chain rest = { room, room + ohm_battery_room(p->steps) / 2, 1 };
    assert(p->steps >= 1 && p->steps <= OHM_BATTERY_STEPS_MAX);
    rest.width[0] = p->most_kwh;
    rest.slope[0] = -p->end_eur_per_kwh;
    for (int k = p->steps - 1; k > 0; k--)
        step_back(p, k, &rest);
    double moved = walk(p, &rest, 1);
    if (moved <= 0)
        moved = walk(p, &rest, -1);
    return moved / p->step_h * (moved > 0 ? 1 / p->charge_ratio : p->discharge_ratio);
}
