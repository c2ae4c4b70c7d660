#include "analysis/en50160.h"

#include <math.h>

#define VOLTAGE(name)                                                                              \
    {                                                                                              \
        name, "V", 0.9, 1.1, 0.95, 0.85, 1.1                                                       \
    }
#define AT_MOST(name, limit)                                                                       \
    {                                                                                              \
        name, "%", -INFINITY, limit, 0.95, -INFINITY, INFINITY                                     \
    }

const ohm_en50160_limit ohm_en50160_limits[OHM_EN50160_KINDS] = {
    [OHM_EN50160_U1] = VOLTAGE("u1"),
    [OHM_EN50160_U2] = VOLTAGE("u2"),
    [OHM_EN50160_U3] = VOLTAGE("u3"),
    [OHM_EN50160_FREQUENCY] = { "frequency", "Hz", 49.5, 50.5, 0.995, 47, 52 },
    [OHM_EN50160_UNBALANCE] = AT_MOST("unbalance", 2),
    [OHM_EN50160_THD] = AT_MOST("thd", 8),
    [OHM_EN50160_H3] = AT_MOST("h3", 5),
    [OHM_EN50160_H5] = AT_MOST("h5", 6),
    [OHM_EN50160_H7] = AT_MOST("h7", 5),
    [OHM_EN50160_H9] = AT_MOST("h9", 1.5),
    [OHM_EN50160_H11] = AT_MOST("h11", 3.5),
    [OHM_EN50160_H13] = AT_MOST("h13", 3),
    [OHM_EN50160_PLT] = { "plt", "1", -INFINITY, 1, 0.95, -INFINITY, INFINITY },
};

void ohm_en50160_init(ohm_en50160 *week, double nominal_v)
{
    *week = (ohm_en50160){ .nominal_v = nominal_v };
}

void ohm_en50160_add(ohm_en50160 *week, ohm_en50160_kind kind, double value)
{
    const ohm_en50160_limit *limit = &ohm_en50160_limits[kind];
    ohm_en50160_count *count = &week->of[kind];
    if (!isfinite(value))
        return;
    double scale = kind <= OHM_EN50160_U3 ? week->nominal_v : 1;
    bool low = value<limit->low * scale, high = value> limit->high * scale;
    count->least = count->values == 0 ? value : fmin(count->least, value);
    count->most = count->values == 0 ? value : fmax(count->most, value);
    count->values++;
    count->within += !low && !high;
    count->low += low;
    count->high += high;
    count->beyond += value < limit->low_ever * scale || value > limit->high_ever * scale;
}

double ohm_en50160_share(const ohm_en50160_count *count)
{
    return count->values == 0 ? NAN : (double)count->within / count->values;
}

ohm_en50160_verdict ohm_en50160_judge(const ohm_en50160_count *count, ohm_en50160_kind kind)
{
    if (count->values == 0)
        return OHM_EN50160_NOTHING;
    bool often = ohm_en50160_share(count) >= ohm_en50160_limits[kind].share;
    return often && count->beyond == 0 ? OHM_EN50160_KEPT : OHM_EN50160_BROKEN;
}

ohm_en50160_verdict ohm_en50160_judge_all(const ohm_en50160 *week)
{
    ohm_en50160_verdict all = OHM_EN50160_NOTHING;
    for (int kind = 0; kind < OHM_EN50160_KINDS; kind++) {
        ohm_en50160_verdict one = ohm_en50160_judge(&week->of[kind], (ohm_en50160_kind)kind);
        all = one > all ? one : all;
    }
    return all;
}
