/* What a linear program says of the patterns that it did not solve. Its prices of what is stored
 * are kept; then each step is by itself, and the least that it can cost is a number for each choice
 * of what is on in it. The sum of those numbers is what no plan of a pattern can beat: what
 * Benders' decomposition calls a cut (Numerische Mathematik 4, 1962). With the cuts of some
 * programs thousands of changes are ruled out in the time of one more program. */
#include "plan/home_own.h"

#include <math.h>

/* A choice that is none. */
#define NEVER_EUR 1e9

unsigned home_choice(const pattern *at, int k)
{
    return (at->pump[k] ? 1u << DEVICE_PUMP : 0) | (at->tank[k] ? 1u << DEVICE_TANK : 0) |
           (at->car[k] ? 1u << DEVICE_CAR : 0) | (at->sell[k] ? 1u << DEVICE_BATTERY : 0);
}

static bool can(const ohm_home *of, unsigned choice, int k)
{
    bool pump = choice >> DEVICE_PUMP & 1, tank = choice >> DEVICE_TANK & 1;
    bool car = choice >> DEVICE_CAR & 1, sell = choice >> DEVICE_BATTERY & 1;
    return (!pump || of->has_pump) && (!tank || (of->has_tank && ohm_home_tank_may(of, k))) &&
           (!car || (of->has_car && ohm_home_car_may(of, k))) && (!sell || home_chooses(of, k));
}

/* What step k costs at least where that is on; `grid` is the meter's and the battery's. */
static double least_eur(const ohm_home *of, double *const worth[4], const pieces *grid,
                        unsigned choice, int k)
{
    pieces sum = *grid;
    double begin = grid->start_eur;
    if (choice >> DEVICE_TANK & 1)
        sum.from -= of->tank.power_kw;
    if (choice >> DEVICE_CAR & 1) {
        double slope = worth[1][k] * of->car.ratio * of->dt_h;
        pieces_add(&sum, -of->car.most_kw, -of->car.least_kw, slope);
        begin -= of->car.most_kw * slope;
    }
    if (choice >> DEVICE_PUMP & 1) {
        pieces_add(&sum, -of->pump.most_kw, -of->pump.least_kw, worth[3][k]);
        begin -= of->pump.most_kw * worth[3][k];
    }
    return begin + pieces_at(&sum, 0);
}

void home_cuts_set(home_cuts *cuts, int at_place, const ohm_home *of, double *const worth[4],
                   const pattern *at, double eur)
{
    int c = at_place;
    double sum = 0;
    for (int k = 0; k < of->steps; k++) {
        pieces grid[2];
        double *to = cuts->eur + (size_t)k * CHOICES * CUTS + c;
        for (int sell = 0; sell < 2; sell++) {
            home_grid(of, k, sell, &grid[sell]);
            grid[sell].from -= of->load_kw[k] - of->pv_kw[k];
            if (of->has_battery)
                home_add_battery(of, worth[0][k], &grid[sell]);
        }
        for (unsigned i = 0; i < CHOICES; i++)
            to[i * CUTS] =
                can(of, i, k) ? least_eur(of, worth, &grid[i >> DEVICE_BATTERY], i, k) : NEVER_EUR;
        sum += to[home_choice(at, k) * CUTS];
    }
    cuts->base[c] = eur - sum;
}

void home_cuts_at(const home_cuts *cuts, int steps, const unsigned char *choices,
                  double ret_eur[CUTS])
{
    for (int c = 0; c < CUTS; c++)
        ret_eur[c] = c < cuts->count ? cuts->base[c] : -INFINITY;
    for (int k = 0; k < steps; k++) {
        const double *eur = cuts->eur + ((size_t)k * CHOICES + choices[k]) * CUTS;
        for (int c = 0; c < cuts->count; c++)
            ret_eur[c] += eur[c];
    }
}
