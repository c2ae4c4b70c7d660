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
    double least_eur; /* where it begins: nothing is stored */
    int count;
} chain;

/* How a step's costs are made convex. */
typedef enum bend { NOWHERE_BELOW, NOWHERE_ABOVE } bend;

/* A step's costs, by the energy stored in it: where each piece ends, and what a kWh stored costs in
 * it. The first begins at least_kwh, which is none or less. */
typedef struct own {
    double end[PIECES], slope[PIECES];
    double least_kwh, least_eur;
    int count;
    bool bent; /* they are not the true ones */
} own;

size_t ohm_battery_room(int steps)
{
    return 2 * ((size_t)steps * PIECES + 1);
}

/* The most import of a step; 0: no limit. */
static double line_of(const ohm_battery *p, int k)
{
    return p->lines_kw ? p->lines_kw[k] : p->line_kw;
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
        if (!(fabs(p->need_kw[k]) <= 1e6 && line_of(p, k) >= 0 &&
              fabs(p->import_eur_per_kwh[k]) <= 1e3 && fabs(p->export_eur_per_kwh[k]) <= 1e3))
            return ohm_fail(OHM_RANGE, (uint32_t)k, "a number of the series is out of range");
    return ohm_ok();
}

/* --- a step's own costs ----------------------------------------------------------------------- */

/* Feed-in pays more, and the step can go from it to import. */
static bool turns(const ohm_battery *p, int k)
{
    return p->export_eur_per_kwh[k] > p->import_eur_per_kwh[k] && p->need_kw[k] < p->discharge_kw &&
           p->need_kw[k] > -p->charge_kw;
}

/* What a kWh more or less costs at the meter, where it shows so many kW. */
static double meter_eur(const ohm_battery *p, int k, bend how, double grid_kw)
{
    double import = p->import_eur_per_kwh[k];
    if (grid_kw < 0)
        return how == NOWHERE_BELOW && turns(p, k) ? import : p->export_eur_per_kwh[k];
    double line_kw = line_of(p, k);
    return import + (line_kw > 0 && grid_kw >= line_kw ? OHM_BATTERY_OVER_EUR : 0);
}

/* What an hour of that costs. */
static double hour_eur(const ohm_battery *p, int k, bend how, double grid_kw)
{
    double line_kw = line_of(p, k);
    double over = line_kw > 0 && grid_kw > line_kw ? grid_kw - line_kw : 0;
    double eur = grid_kw < 0 ? meter_eur(p, k, how, grid_kw) : p->import_eur_per_kwh[k];
    return eur * grid_kw + OHM_BATTERY_OVER_EUR * over;
}

/* A piece that is cheaper than the one before: as dear as that, or both as dear as together. */
static void add_piece(own *to, bend how, double end_kwh, double slope)
{
    while (to->count > 0 && slope < to->slope[to->count - 1] - WORTH_IT) {
        to->bent = true;
        if (how == NOWHERE_BELOW) {
            slope = to->slope[to->count - 1];
            break;
        }
        double middle = to->end[--to->count];
        double from = to->count > 0 ? to->end[to->count - 1] : to->least_kwh;
        slope = (to->slope[to->count] * (middle - from) + slope * (end_kwh - middle)) /
                (end_kwh - from);
    }
    to->slope[to->count] = slope;
    to->end[to->count++] = end_kwh;
}

static own own_costs(const ohm_battery *p, int k, bend how)
{
    double line_kw = line_of(p, k);
    const double kinks[] = { 0, -p->need_kw[k], line_kw > 0 ? line_kw - p->need_kw[k] : INFINITY };
    double from = -p->discharge_kw;
    own of = { .least_kwh = from * p->step_h / p->discharge_ratio,
               .bent = how == NOWHERE_BELOW && turns(p, k) };
    of.least_eur =
        p->step_h * (hour_eur(p, k, how, p->need_kw[k] + from) - p->wear_eur_per_kwh * from);
    while (from < p->charge_kw) {
        double to = p->charge_kw;
        for (int i = 0; i < 3; i++)
            if (kinks[i] > from && kinks[i] < to)
                to = kinks[i];
        bool charges = from >= 0;
        double eur = meter_eur(p, k, how, p->need_kw[k] + (from + to) / 2);
        add_piece(&of, how, to * p->step_h * (to > 0 ? p->charge_ratio : 1 / p->discharge_ratio),
                  charges ? (eur + p->wear_eur_per_kwh) / p->charge_ratio
                          : (eur - p->wear_eur_per_kwh) * p->discharge_ratio);
        from = to;
    }
    return of;
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
    for (; gone < of->count && of->width[gone] <= width; gone++) {
        width -= of->width[gone];
        of->least_eur += of->width[gone] * of->slope[gone];
    }
    if (gone < of->count)
        of->least_eur += width * of->slope[gone];
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

/* What follows a step becomes what follows the step before. Returns whether its costs are bent. */
static bool step_back(const ohm_battery *p, int k, bend how, chain *rest)
{
    const own of = own_costs(p, k, how);
    double from = of.least_kwh;
    rest->least_eur += of.least_eur;
    for (int i = 0; i < of.count; i++) { /* what is stored here need not be there before */
        if (of.end[i] > from)
            insert(rest, of.end[i] - from, -of.slope[i]);
        rest->least_eur += (of.end[i] - from) * of.slope[i];
        from = of.end[i];
    }
    cut_left(rest, from > 0 ? from : 0);
    cut_right(rest, -of.least_kwh);
    return of.bent;
}

/* What follows step `first` and all after it, by what is stored; true if the costs are bent. */
static bool look_back(const ohm_battery *p, int first, bend how, double *room, chain *rest)
{
    bool bent = false;
    *rest = (chain){ .width = room, .slope = room + ohm_battery_room(p->steps) / 2, .count = 1 };
    rest->width[0] = p->most_kwh;
    rest->slope[0] = -p->end_eur_per_kwh;
    for (int k = p->steps - 1; k >= first; k--)
        bent = step_back(p, k, how, rest) || bent;
    return bent;
}

/* What it costs where so much is stored. */
static double eur_at(const chain *rest, double stored_kwh)
{
    double eur = rest->least_eur, from = 0;
    for (int i = 0; i < rest->count && stored_kwh > from; i++) {
        double left = stored_kwh - from;
        eur += rest->slope[i] * (left < rest->width[i] ? left : rest->width[i]);
        from += rest->width[i];
    }
    return eur;
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
    const own of = own_costs(p, 0, NOWHERE_BELOW);
    double moved = 0;
    for (int i = sense > 0 ? 0 : of.count - 1; i >= 0 && i < of.count; i += sense) {
        double from = i > 0 ? of.end[i - 1] : of.least_kwh, to = of.end[i];
        if (sense > 0 ? to <= 0 : from >= 0)
            continue;
        double left = sense > 0 ? to - moved : moved - from;
        while (left > 1e-12) {
            double far, worth = worth_at(rest, p->stored_kwh + moved, sense, &far);
            if (far <= 0 || sense * (of.slope[i] + worth) >= -WORTH_IT)
                return moved;
            double by = far < left ? far : left;
            moved += sense * by;
            left -= by;
        }
    }
    return moved;
}

double ohm_battery_plan(const ohm_battery *p, double *room, ohm_battery_result *ret_result)
{
    chain rest;
    assert(p->steps >= 1 && p->steps <= OHM_BATTERY_STEPS_MAX);
    bool bent = look_back(p, 1, NOWHERE_BELOW, room, &rest);
    double moved = walk(p, &rest, 1);
    if (moved <= 0)
        moved = walk(p, &rest, -1);
    bent = step_back(p, 0, NOWHERE_BELOW, &rest) || bent;
    ret_result->objective_eur = ret_result->bound_eur = eur_at(&rest, p->stored_kwh);
    if (bent) {
        (void)look_back(p, 0, NOWHERE_ABOVE, room, &rest);
        ret_result->bound_eur = eur_at(&rest, p->stored_kwh);
    }
    return moved / p->step_h * (moved > 0 ? 1 / p->charge_ratio : p->discharge_ratio);
}
