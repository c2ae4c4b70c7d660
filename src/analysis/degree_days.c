#include "analysis/degree_days.h"

#include <math.h>

double ohm_degree_days_meteo(double least_c, double most_c, double base_c)
{
    if (!(least_c <= most_c) || !isfinite(most_c - least_c))
        return NAN;
    return fmax(0, base_c - (least_c + most_c) / 2);
}

double ohm_degree_days_costic(double least_c, double most_c, double base_c)
{
    if (!(least_c <= most_c) || !isfinite(most_c - least_c))
        return NAN;
    if (least_c >= base_c)
        return 0;
    if (most_c <= base_c)
        return base_c - (least_c + most_c) / 2;
    double below = base_c - least_c;
    return below * (0.08 + 0.42 * below / (most_c - least_c));
}
