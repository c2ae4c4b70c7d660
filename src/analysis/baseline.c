#include "analysis/baseline.h"

#include <math.h>

void ohm_baseline_fit(const ohm_baseline_month *months, size_t count, ohm_baseline *out)
{
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0, n = (double)count;
    *out = (ohm_baseline){ .months = count,
                           .kwh_per_day = NAN,
                           .kwh_per_degree_day = NAN,
                           .r2 = NAN,
                           .cv_rmse_pct = NAN,
                           .verdict = OHM_BASELINE_TOO_SHORT };
    if (count < 3)
        return;
    for (size_t i = 0; i < count; i++) {
        x += months[i].degree_days_per_day / n;
        y += months[i].kwh_per_day / n;
    }
    for (size_t i = 0; i < count; i++) {
        double dx = months[i].degree_days_per_day - x, dy = months[i].kwh_per_day - y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    if (!(xx > 1e-12 * n * (1 + x * x)) || !(yy > 1e-12 * n * (1 + y * y))) {
        out->verdict = OHM_BASELINE_NO_SPREAD;
        return;
    }
    double rest = fmax(0, yy - xy * xy / xx);
    out->kwh_per_degree_day = xy / xx;
    out->kwh_per_day = y - out->kwh_per_degree_day * x;
    out->r2 = 1 - rest / yy;
    out->cv_rmse_pct = y > 0 ? 100 * sqrt(rest / (n - 2)) / y : NAN;
    if (count >= OHM_BASELINE_MONTHS_MIN)
        out->verdict = out->r2 < OHM_BASELINE_R2_MIN ? OHM_BASELINE_LOOSE : OHM_BASELINE_GOOD;
}

double ohm_baseline_expected(const ohm_baseline *baseline, double degree_days_per_day)
{
    if (baseline->verdict != OHM_BASELINE_GOOD)
        return NAN;
    return baseline->kwh_per_day + baseline->kwh_per_degree_day * degree_days_per_day;
}
