#include <math.h>
#include <stdio.h>

#include "analysis/rank.h"
#include "report/mains.h"

enum { QUADRANTS = 5 };

static const double least_va = 10; /* below, no factor is worth a name */
/* Of a year, when reactive energy is billed: Monday to Saturday, 6 to 22 h, November to March. */
static const double billed_hours_a_year = 151.25 * 6 / 7 * 16;

double ohm_mains_reactive_at(const ohm_mains *q, size_t row)
{
    double var = ohm_mains_at(q, OHM_MAINS_Q, row);
    double lead = ohm_mains_at(q, OHM_MAINS_Q_LEAD, row);
    return isfinite(lead) ? var - fabs(lead) : var;
}

/* --- the factor ------------------------------------------------------------------------------- */

static void write_spread_low(ohm_json *json, const char *key, double *of, size_t count)
{
    ohm_json_key(json, key);
    count = ohm_rank_sort(of, count);
    if (count == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "samples", (int64_t)count);
    ohm_report_json_number(json, "min", of[0], 6);
    ohm_report_json_number(json, "p05", ohm_rank_quantile(of, count, 0.05), 6);
    ohm_report_json_number(json, "median", ohm_rank_quantile(of, count, 0.5), 6);
    ohm_json_end(json);
}

static ohm_power_factor factor_at(const ohm_mains *q, size_t row)
{
    return ohm_power_factor_of(ohm_mains_at(q, OHM_MAINS_P, row), ohm_mains_reactive_at(q, row),
                               ohm_mains_at(q, OHM_MAINS_S, row), least_va);
}

void ohm_mains_factor(ohm_json *json, const ohm_mains *q)
{
    size_t quadrants[QUADRANTS] = { 0 }, undefined = 0, count = 0;
    ohm_json_key(json, "power_factor");
    if (!q->of[OHM_MAINS_P] || (!q->of[OHM_MAINS_Q] && !q->of[OHM_MAINS_S])) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    for (size_t row = 0; row < q->columns->rows; row++) {
        ohm_power_factor f = factor_at(q, row);
        quadrants[f.quadrant]++;
        if (!isfinite(ohm_mains_at(q, OHM_MAINS_P, row)))
            continue;
        undefined += !f.defined;
        if (f.defined)
            q->room[count++] = f.factor;
    }
    write_spread_low(json, "factor", q->room, count);
    count = 0;
    for (size_t row = 0; row < q->columns->rows; row++) {
        ohm_power_factor f = factor_at(q, row);
        if (f.displacement_defined)
            q->room[count++] = f.displacement;
    }
    write_spread_low(json, "displacement", q->room, count);
    ohm_json_key_int(json, "undefined", (int64_t)undefined);
    ohm_json_key(json, "quadrants");
    ohm_json_array(json);
    for (int i = 1; i < QUADRANTS; i++)
        ohm_json_int(json, (int64_t)quadrants[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

/* --- reactive energy, month by month ---------------------------------------------------------- */

typedef struct months {
    ohm_json *json;
    const ohm_mains *q;
    int year, month;
    double kwh, kvarh, hours;
    double billed, worst_kvar; /* of all months: kvarh; kvar that the worst would have taken */
    double winter_hours;       /* measured, of those that are billed */
} months;

static void end_month(months *m)
{
    char name[16];
    if (m->month == 0)
        return;
    bool winter = ohm_reactive_month(m->month);
    double over = winter ? ohm_reactive_billed(m->kwh, m->kvarh, m->q->set.tan_limit) : 0;
    (void)snprintf(name, sizeof name, "%04d-%02d", m->year, m->month);
    ohm_json_object(m->json);
    ohm_json_key_str(m->json, "month", name);
    ohm_report_json_number(m->json, "kwh", m->kwh, 3);
    ohm_report_json_number(m->json, "kvarh", m->kvarh, 3);
    ohm_report_json_number(m->json, "tan_phi", m->kwh > 0 ? m->kvarh / m->kwh : NAN, 6);
    ohm_json_key_bool(m->json, "counts", winter);
    ohm_report_json_number(m->json, "billed_kvarh", over, 3);
    ohm_report_json_number(m->json, "cost_eur", over * m->q->set.eur_per_kvarh, 2);
    ohm_json_end(m->json);
    m->billed += over;
    m->winter_hours += winter ? m->hours : 0;
    if (m->hours > 0)
        m->worst_kvar = fmax(m->worst_kvar, over / m->hours);
}

static void add_row(months *m, size_t row)
{
    const ohm_columns *columns = m->q->columns;
    double w = ohm_mains_at(m->q, OHM_MAINS_P, row);
    double var = ohm_mains_at(m->q, OHM_MAINS_Q, row); /* lagging alone counts */
    ohm_civil local = ohm_civil_from_utc(m->q->tz, columns->time_ms[row]);
    int weekday = ohm_date_weekday(local.date) - 1; /* 0: Monday */
    if (local.date.month != m->month || local.date.year != m->year) {
        end_month(m);
        m->year = local.date.year;
        m->month = local.date.month;
        m->kwh = m->kvarh = m->hours = 0;
    }
    if (!isfinite(w) || !isfinite(var) || !ohm_reactive_hour(&local, weekday))
        return;
    ohm_ms span_ms = m->q->step_ms; /* a gap stays one: a value holds for its own step */
    if (row + 1 < columns->rows && columns->time_ms[row + 1] - columns->time_ms[row] < span_ms)
        span_ms = columns->time_ms[row + 1] - columns->time_ms[row];
    double hours = (double)span_ms / 3600e3;
    m->hours += hours;
    m->kwh += fmax(0, w) / 1000 * hours;
    m->kvarh += fmax(0, var) / 1000 * hours;
}

/* --- the bank that would compensate it -------------------------------------------------------- */

static double running_w(const ohm_mains *q)
{
    double peak = 0;
    for (size_t row = 0; row < q->columns->rows; row++)
        peak = fmax(peak, ohm_mains_at(q, OHM_MAINS_P, row)); /* fmax leaves NAN out */
    return isfinite(q->set.running_w) ? q->set.running_w : peak / 20;
}

static double highest(const ohm_mains *q, ohm_mains_role role)
{
    double most = NAN;
    for (size_t row = 0; row < q->columns->rows; row++)
        most = fmax(most, ohm_mains_at(q, role, row));
    return most;
}

static void write_bank(ohm_json *json, const ohm_mains *q, double kvar, double saved_eur)
{
    const ohm_capacitor_ask ask = {
        .kvar = kvar,
        .step_kvar = q->set.bank_step_kvar,
        .short_circuit_kva = q->set.short_circuit_kva,
        .thd_current_pct = highest(q, OHM_MAINS_THD_I),
        .eur_per_kvar = q->set.eur_per_kvar,
        .saved_eur_per_year = saved_eur,
    };
    ohm_capacitor bank;
    ohm_json_key(json, "bank");
    if (!ohm_capacitor_of(&ask, &bank)) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_report_json_number(json, "kvar", bank.kvar, 3);
    ohm_json_key_int(json, "steps", bank.steps);
    ohm_report_json_number(json, "resonance_order", bank.resonance, 2);
    if (bank.near_order > 0)
        ohm_json_key_int(json, "strengthens_harmonic", bank.near_order);
    else
        ohm_json_key_null(json, "strengthens_harmonic");
    ohm_json_key_bool(json, "detuned", bank.detuned);
    ohm_report_json_number(json, "payback_years", bank.payback_years, 1);
    ohm_json_end(json);
}

static void write_capacitor(ohm_json *json, const ohm_mains *q, const months *m)
{
    const ohm_columns *columns = q->columns;
    double from_w = running_w(q), p_kw = 0, q_kvar = 0, limit = q->set.tan_limit;
    size_t count = 0;
    for (size_t row = 0; row < columns->rows; row++) {
        double w = ohm_mains_at(q, OHM_MAINS_P, row);
        double var = ohm_mains_at(q, OHM_MAINS_Q, row);
        if (!(w > from_w) || !isfinite(var))
            continue;
        p_kw += w / 1000;
        q_kvar += var / 1000;
        q->room[count++] = ohm_capacitor_kvar(w / 1000, var / w, limit);
    }
    ohm_json_key(json, "capacitor");
    if (count == 0) {
        ohm_json_null(json);
        return;
    }
    double rows = (double)count, tan_phi = q_kvar / p_kw;
    double saved = NAN; /* what was measured may be any part of a year */
    if (m->winter_hours > 0)
        saved = m->billed * q->set.eur_per_kvarh * billed_hours_a_year / m->winter_hours;
    count = ohm_rank_sort(q->room, count);
    double p95 = ohm_rank_quantile(q->room, count, 0.95);
    ohm_json_object(json);
    ohm_report_json_number(json, "running_above_kw", from_w / 1000, 3);
    ohm_report_json_number(json, "mean_kw", p_kw / rows, 6);
    ohm_report_json_number(json, "tan_phi", tan_phi, 6);
    ohm_report_json_number(json, "kvar_mean", ohm_capacitor_kvar(p_kw / rows, tan_phi, limit), 6);
    ohm_report_json_number(json, "kvar_p95", p95, 6);
    ohm_report_json_number(json, "kvar_of_bills", m->worst_kvar, 3);
    write_bank(json, q, p95, saved);
    ohm_json_end(json);
}

void ohm_mains_reactive(ohm_json *json, const ohm_mains *q)
{
    months m = { .json = json, .q = q };
    ohm_json_key(json, "reactive");
    if (!q->of[OHM_MAINS_P] || !q->of[OHM_MAINS_Q]) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_report_json_number(json, "tan_phi_limit", q->set.tan_limit, 3);
    ohm_json_key(json, "months");
    ohm_json_array(json);
    for (size_t row = 0; row < q->columns->rows; row++)
        add_row(&m, row);
    end_month(&m);
    ohm_json_end(json);
    ohm_report_json_number(json, "billed_kvarh", m.billed, 3);
    write_capacitor(json, q, &m);
    ohm_json_end(json);
}
