#include "plan/home_own.h"

#include <math.h>
#include <stddef.h>

/* Adds a device that may draw from `low` to `high` at a cost of `slope`: the sum of two convex
 * functions' best split is their pieces in the order of their slopes. */
void pieces_add(pieces *to, double low, double high, double slope)
{
    to->from += low;
    if (high - low < 1e-12)
        return;
    int at = to->count;
    while (at > 0 && to->slope[at - 1] > slope) {
        to->slope[at] = to->slope[at - 1];
        to->width[at] = to->width[at - 1];
        at--;
    }
    to->slope[at] = slope;
    to->width[at] = high - low;
    to->count++;
}

double pieces_at(const pieces *of, double power)
{
    double left = power - of->from, cost = 0;
    if (left < 0)
        return -left * FORBIDDEN_EUR_PER_KWH;
    for (int i = 0; i < of->count; i++) {
        if (left <= of->width[i])
            return cost + left * of->slope[i];
        cost += of->width[i] * of->slope[i];
        left -= of->width[i];
    }
    return cost + left * FORBIDDEN_EUR_PER_KWH;
}

/* With negative prices import and export exclude each other. */
bool home_excludes(const ohm_home *problem)
{
    for (int k = 0; k < problem->steps; k++)
        if (problem->import_eur[k] < 0)
            return true;
    return false;
}

static void grid_of(const ohm_home *problem, int k, bool import, bool export, pieces *out)
{
    double dt = problem->dt_h, most = problem->subscribed_kw;
    double import_most = ohm_home_import_kw_max(problem, k);
    out->count = 0;
    out->from = 0;
    out->start_eur = export ? -problem->export_eur[k] * dt * most : 0;
    pieces_add(out, 0, SHED_KW_MAX, home_over_eur(problem) * dt);
    pieces_add(out, -problem->pv_kw[k], 0, 0);
    if (import)
        pieces_add(out, 0, import_most, problem->import_eur[k] * dt);
    if (export)
        pieces_add(out, -most, 0, problem->export_eur[k] * dt);
}

bool home_chooses(const ohm_home *problem, int k)
{
    return problem->import_eur[k] < 0 ||
           (problem->export_eur[k] > problem->import_eur[k] && home_excludes(problem));
}

void home_grid(const ohm_home *problem, int k, bool sell, pieces *out)
{
    bool one = home_chooses(problem, k);
    grid_of(problem, k, !one || !sell, !one || sell, out);
}

/* --- the bound of both valleys -----------------------------------------------------------------
 */

typedef struct point {
    double at, eur;
} point;

static int points_of(const pieces *of, point *out)
{
    out[0] = (point){ of->from, of->start_eur };
    for (int i = 0; i < of->count; i++)
        out[i + 1] = (point){ out[i].at + of->width[i], out[i].eur + of->width[i] * of->slope[i] };
    return of->count + 1;
}

static void sort_points(point *points, int count)
{
    for (int i = 1; i < count; i++) {
        point moved = points[i];
        int at = i;
        while (at > 0 && (points[at - 1].at > moved.at ||
                          (points[at - 1].at == moved.at && points[at - 1].eur > moved.eur))) {
            points[at] = points[at - 1];
            at--;
        }
        points[at] = moved;
    }
}

static double slope_of(point a, point b)
{
    return (b.eur - a.eur) / (b.at - a.at);
}

/* The greatest convex function below both valleys: the lower hull of their corners. */
void home_grid_bound(const ohm_home *problem, int k, pieces *out)
{
    pieces buy, sell;
    point points[2 * (PIECES_MAX + 1)], hull[2 * (PIECES_MAX + 1)] = { { 0 } };
    if (!home_chooses(problem, k)) {
        home_grid(problem, k, false, out);
        return;
    }
    grid_of(problem, k, true, false, &buy);
    grid_of(problem, k, false, true, &sell);
    int count = points_of(&buy, points), size = 0;
    count += points_of(&sell, points + count);
    sort_points(points, count);
    for (int i = 0; i < count; i++) {
        if (size > 0 && points[i].at - hull[size - 1].at < 1e-9)
            continue; /* the lower of both came first */
        while (size > 1 &&
               slope_of(hull[size - 2], hull[size - 1]) >= slope_of(hull[size - 1], points[i]))
            size--;
        hull[size++] = points[i];
    }
    *out = (pieces){ .from = hull[0].at, .start_eur = hull[0].eur };
    for (int i = 0; i + 1 < size; i++) {
        out->width[i] = hull[i + 1].at - hull[i].at;
        out->slope[i] = slope_of(hull[i], hull[i + 1]);
    }
    out->count = size - 1;
}

/* Fills one of the four by the order of slopes, as pieces_at walks. */
split home_split(const ohm_home *problem, int k, bool sell, double net_kw)
{
    pieces of;
    home_grid(problem, k, sell, &of);
    double dt = problem->dt_h, most = problem->subscribed_kw;
    double buy = problem->import_eur[k] * dt, gain = problem->export_eur[k] * dt;
    bool one = home_chooses(problem, k), import = !one || !sell, export = !one || sell;
    split out = { .export_kw = export ? most : 0, .curtail_kw = problem->pv_kw[k] };
    double left = net_kw - of.from;
    out.over_kw = left < 0 ? -left : 0;
    left = left < 0 ? 0 : left;
    bool used[4] = { false };
    for (int round = 0; round < 4; round++) {
        const double slopes[4] = { 0, gain, buy, home_over_eur(problem) * dt };
        const double widths[4] = { problem->pv_kw[k], export ? most : 0,
                                   import ? ohm_home_import_kw_max(problem, k) : 0, SHED_KW_MAX };
        int next = -1;
        for (int i = 0; i < 4; i++)
            if (!used[i] && (next < 0 || slopes[i] < slopes[next]))
                next = i;
        used[next] = true;
        double part = left < widths[next] ? left : widths[next];
        left -= part;
        out.curtail_kw -= next == 0 ? part : 0;
        out.export_kw -= next == 1 ? part : 0;
        out.import_kw += next == 2 ? part : 0;
        out.shed_kw += next == 3 ? part : 0;
    }
    out.cost_eur =
        buy * out.import_kw - gain * out.export_kw + home_over_eur(problem) * dt * out.shed_kw;
    return out;
}
