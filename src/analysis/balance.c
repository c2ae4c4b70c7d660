#include "analysis/balance.h"

#include <math.h>

void ohm_solar_add(ohm_solar_balance *sum, double load, double solar)
{
    if (!isfinite(load) || !isfinite(solar))
        return;
    load = fmax(0, load);
    solar = fmax(0, solar);
    sum->steps++;
    sum->load += load;
    sum->solar += solar;
    sum->both += fmin(load, solar);
}

double ohm_solar_self_consumption(const ohm_solar_balance *sum)
{
    return sum->solar > 0 ? sum->both / sum->solar : NAN;
}

double ohm_solar_self_sufficiency(const ohm_solar_balance *sum)
{
    return sum->load > 0 ? sum->both / sum->load : NAN;
}

void ohm_remainder_add(ohm_remainder *sum, double whole, double parts)
{
    if (!isfinite(whole) || !isfinite(parts))
        return;
    sum->steps++;
    sum->negative += whole - parts < -OHM_REMAINDER_SLACK * fabs(whole);
    sum->whole += whole;
    sum->rest += whole - parts;
}
