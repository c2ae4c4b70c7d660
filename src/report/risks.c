#include "report/risks.h"

#include <math.h>

#include "analysis/phases.h"

const char *const ohm_risk_names[OHM_RISK_KINDS] = {
    "overload", "power_factor", "voltage_low",       "voltage_high",
    "thd",      "unbalance",    "current_unbalance",
};
const char *const ohm_risk_units[OHM_RISK_KINDS] = { "VA", "1", "V", "V", "%", "%", "%" };
const char *const ohm_risk_actions[OHM_RISK_KINDS] = {
    "shed_or_spread",   "compensate",    "check_supply", "tell_operator",
    "filter_harmonics", "spread_phases", "move_loads",
};
const char *const ohm_risk_levels[OHM_RISK_LEVELS] = { "normal", "minor", "major", "critical" };

static const double near_full = 0.9;      /* of the subscribed power */
static const double factor_billed = 0.93; /* tan phi 0.4 */
static const double factor_bad = 0.85;
static const double often = 0.05; /* EN 50160: for 95 % of the time */
static const double low = 0.90, high = 1.10, far_low = 0.85, far_high = 1.15;
static const double thd_pct = 8, vuf_pct = 2, current_pct = 15, least_mean_a = 5;
static const double least_load = 0.05; /* of the peak: below, no factor matters */

/* One value of a kind: how bad it is (greater is worse), NAN where it was not measured. */
static void take(ohm_risk *risk, ohm_ms at_ms, double value, bool beyond, bool worse)
{
    risk->rows++;
    risk->over += beyond;
    if (beyond)
        risk->last_ms = at_ms;
    if (risk->rows == 1 || worse) {
        risk->worst = value;
        risk->worst_ms = at_ms;
    }
}

static void take_high(ohm_risk *risk, ohm_ms at_ms, double value)
{
    if (isfinite(value))
        take(risk, at_ms, value, value > risk->limit, value > risk->worst);
}

static void take_low(ohm_risk *risk, ohm_ms at_ms, double value)
{
    if (isfinite(value))
        take(risk, at_ms, value, value < risk->limit, value < risk->worst);
}

/* What is drawn, VA: the subscribed power does not limit what is fed in. */
static double apparent(const ohm_mains *q, size_t row)
{
    double va = ohm_mains_at(q, OHM_MAINS_S, row);
    double w = ohm_mains_at(q, OHM_MAINS_P, row), var = ohm_mains_reactive_at(q, row);
    if (w < 0)
        return 0;
    if (isfinite(va) || !isfinite(w))
        return va;
    return isfinite(var) ? hypot(w, var) : w;
}

static double peak_w(const ohm_mains *q)
{
    double peak = 0;
    for (size_t row = 0; row < q->columns->rows; row++)
        peak = fmax(peak, ohm_mains_at(q, OHM_MAINS_P, row)); /* fmax leaves NAN out */
    return peak;
}

static void take_voltages(const ohm_mains *q, size_t row, ohm_ms at_ms, ohm_risk *out)
{
    double three[OHM_PHASES], pct, least = NAN, most = NAN; /* of the phases */
    for (int p = 0; p < OHM_PHASES; p++) {
        double v = ohm_mains_at(q, (ohm_mains_role)(OHM_MAINS_U1 + p), row);
        least = fmin(least, v); /* fmin leaves NAN out */
        most = fmax(most, v);
    }
    take_low(&out[OHM_RISK_VOLTAGE_LOW], at_ms, least);
    take_high(&out[OHM_RISK_VOLTAGE_HIGH], at_ms, most);
    if (ohm_mains_three(q, OHM_MAINS_U12, row, three) && ohm_unbalance_lines(three, &pct))
        take_high(&out[OHM_RISK_UNBALANCE], at_ms, pct);
    if (ohm_mains_three(q, OHM_MAINS_I1, row, three) && ohm_deviation(three, least_mean_a, &pct))
        take_high(&out[OHM_RISK_CURRENT_UNBALANCE], at_ms, pct);
}

static double share(const ohm_risk *risk)
{
    return risk->rows > 0 ? (double)risk->over / (double)risk->rows : 0;
}

static ohm_risk_level frequent(const ohm_risk *risk)
{
    if (risk->over == 0)
        return OHM_RISK_NONE;
    return share(risk) > often ? OHM_RISK_MAJOR : OHM_RISK_MINOR;
}

static void judge(const ohm_mains *q, double subscribed_va, ohm_risk out[OHM_RISK_KINDS])
{
    double nominal = q->set.nominal_v;
    for (int kind = 0; kind < OHM_RISK_KINDS; kind++)
        out[kind].level = frequent(&out[kind]);
    ohm_risk *overload = &out[OHM_RISK_OVERLOAD];
    overload->limit = subscribed_va > 0 ? subscribed_va : NAN;
    if (overload->over > 0)
        overload->level = overload->worst > subscribed_va ? OHM_RISK_CRITICAL : OHM_RISK_MAJOR;
    ohm_risk *factor = &out[OHM_RISK_POWER_FACTOR];
    bool bad = (double)factor->far > often * (double)factor->rows;
    factor->level = share(factor) <= often ? OHM_RISK_NONE : bad ? OHM_RISK_MAJOR : OHM_RISK_MINOR;
    if (out[OHM_RISK_VOLTAGE_LOW].worst < far_low * nominal)
        out[OHM_RISK_VOLTAGE_LOW].level = OHM_RISK_CRITICAL;
    if (out[OHM_RISK_VOLTAGE_HIGH].worst > far_high * nominal)
        out[OHM_RISK_VOLTAGE_HIGH].level = OHM_RISK_CRITICAL;
    /* Currents are never alike: only what is so most of the time is worth a word. */
    ohm_risk *currents = &out[OHM_RISK_CURRENT_UNBALANCE];
    currents->level = share(currents) > 0.5 ? OHM_RISK_MINOR : OHM_RISK_NONE;
}

void ohm_risks_of(const ohm_mains *q, double subscribed_va, ohm_risk out[OHM_RISK_KINDS])
{
    const double limits[OHM_RISK_KINDS] = {
        near_full * subscribed_va,
        factor_billed,
        low * q->set.nominal_v,
        high * q->set.nominal_v,
        thd_pct,
        vuf_pct,
        current_pct,
    };
    double least_w = least_load * peak_w(q);
    for (int kind = 0; kind < OHM_RISK_KINDS; kind++)
        out[kind] = (ohm_risk){
            .worst = NAN, .limit = limits[kind], .worst_ms = OHM_NO_MS, .last_ms = OHM_NO_MS
        };
    for (size_t row = 0; row < q->columns->rows; row++) {
        ohm_ms at_ms = q->columns->time_ms[row];
        double w = ohm_mains_at(q, OHM_MAINS_P, row);
        if (subscribed_va > 0)
            take_high(&out[OHM_RISK_OVERLOAD], at_ms, apparent(q, row));
        ohm_power_factor f = ohm_power_factor_of(w, ohm_mains_reactive_at(q, row),
                                                 ohm_mains_at(q, OHM_MAINS_S, row), 10);
        if (f.defined && w > least_w) {
            take_low(&out[OHM_RISK_POWER_FACTOR], at_ms, f.factor);
            out[OHM_RISK_POWER_FACTOR].far += f.factor < factor_bad;
        }
        take_high(&out[OHM_RISK_THD], at_ms, ohm_mains_at(q, OHM_MAINS_THD_U, row));
        if (ohm_mains_whole(q, row))
            take_voltages(q, row, at_ms, out);
    }
    judge(q, subscribed_va, out);
}

static void write_risk(ohm_json *json, const ohm_risk *risk, int kind)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "kind", ohm_risk_names[kind]);
    ohm_json_key_str(json, "level", ohm_risk_levels[risk->level]);
    ohm_json_key_str(json, "unit", ohm_risk_units[kind]);
    ohm_report_json_number(json, "worst", risk->worst, 3);
    ohm_report_json_number(json, "limit", risk->limit, 3);
    ohm_report_json_number(json, "share_beyond", share(risk), 6);
    ohm_json_key_time(json, "worst_at", risk->worst_ms);
    ohm_json_key_time(json, "last_beyond", risk->last_ms);
    ohm_json_key_str(json, "action", ohm_risk_actions[kind]);
    ohm_json_end(json);
}

void ohm_risks_write(ohm_json *json, const ohm_risk risks[OHM_RISK_KINDS])
{
    int gravest = OHM_RISK_NONE;
    for (int kind = 0; kind < OHM_RISK_KINDS; kind++)
        if ((int)risks[kind].level > gravest)
            gravest = (int)risks[kind].level;
    ohm_json_object(json);
    ohm_json_key_str(json, "level", ohm_risk_levels[gravest]);
    ohm_json_key(json, "found");
    ohm_json_array(json);
    for (int level = OHM_RISK_CRITICAL; level > OHM_RISK_NONE; level--)
        for (int kind = 0; kind < OHM_RISK_KINDS; kind++)
            if ((int)risks[kind].level == level)
                write_risk(json, &risks[kind], kind);
    ohm_json_end(json);
    ohm_json_key(json, "lacks");
    ohm_json_array(json);
    for (int kind = 0; kind < OHM_RISK_KINDS; kind++)
        if (risks[kind].rows == 0)
            ohm_json_str(json, ohm_risk_names[kind]);
    ohm_json_end(json);
    ohm_json_end(json);
}
