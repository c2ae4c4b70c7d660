#include "analysis/power_factor.h"

#include <math.h>
#include <stddef.h>

enum { STEPS_MAX = 1000 };

static const int harmonics[] = { 3, 5, 7, 11, 13 }; /* what rectifiers and single phases make */

static int quadrant_of(double p_w, double q_var)
{
    if (p_w == 0 && q_var == 0)
        return 0;
    if (p_w >= 0)
        return q_var >= 0 ? 1 : 4;
    return q_var >= 0 ? 2 : 3;
}

ohm_power_factor ohm_power_factor_of(double p_w, double q_var, double s_va, double least_va)
{
    ohm_power_factor out = { 0, false, false, NAN, NAN };
    if (!isfinite(p_w))
        return out;
    bool reactive = isfinite(q_var);
    double fundamental_va = reactive ? hypot(p_w, q_var) : NAN;
    if (!isfinite(s_va))
        s_va = fundamental_va;
    if (reactive)
        out.quadrant = quadrant_of(p_w, q_var);
    if (!(p_w > 0) || !(s_va > 0) || s_va < least_va)
        return out;
    /* Rounding of the three may bring P above S by a little. */
    out.factor = fmin(1, p_w / s_va);
    out.defined = p_w <= 1.02 * s_va;
    if (reactive) {
        out.displacement = p_w / fundamental_va;
        out.displacement_defined = true;
    }
    return out;
}

bool ohm_reactive_hour(const ohm_civil *local, int weekday)
{
    return weekday < 6 && local->hour >= 6 && local->hour < 22;
}

bool ohm_reactive_month(int month)
{
    return month >= 11 || month <= 3;
}

double ohm_reactive_billed(double kwh, double kvarh, double limit)
{
    return fmax(0, kvarh - limit * kwh);
}

double ohm_capacitor_kvar(double p_kw, double tan_now, double tan_wanted)
{
    return fmax(0, p_kw * (tan_now - tan_wanted));
}

bool ohm_capacitor_of(const ohm_capacitor_ask *ask, ohm_capacitor *out)
{
    if (!(ask->kvar > 0) || !(ask->step_kvar > 0) || ask->kvar > ask->step_kvar * STEPS_MAX)
        return false;
    *out = (ohm_capacitor){ .resonance = NAN, .payback_years = NAN };
    out->steps = (int)ceil(ask->kvar / ask->step_kvar - 1e-9);
    out->kvar = out->steps * ask->step_kvar;
    if (ask->short_circuit_kva > 0)
        out->resonance = sqrt(ask->short_circuit_kva / out->kvar);
    for (size_t i = 0; i < sizeof harmonics / sizeof *harmonics; i++)
        if (fabs(out->resonance - harmonics[i]) <= 0.5)
            out->near_order = harmonics[i];
    out->detuned = out->near_order != 0 || ask->thd_current_pct >= OHM_CAPACITOR_THD_PCT;
    if (ask->saved_eur_per_year > 0 && ask->eur_per_kvar >= 0)
        out->payback_years = out->kvar * ask->eur_per_kvar / ask->saved_eur_per_year;
    return true;
}
