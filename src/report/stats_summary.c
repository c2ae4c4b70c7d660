#include <math.h>

#include "analysis/balance.h"
#include "analysis/rank.h"
#include "report/mains.h"
#include "report/stats.h"

enum { HOURS = 24, KINDS_OF_DAY = 2 };

/* Months differ by up to a tenth, days by an hour of 24: longer is a gap. */
static const double gap_steps = 1.25;
static const double base_share = 0.05; /* the base load: what is drawn 95 % of the time at least */

double ohm_stats_w(const ohm_stats *s, const ohm_stats_power *of, size_t row)
{
    if (!of->column)
        return NAN;
    return of->column->values[row] * of->scale / (of->is_energy ? ohm_stats_hours(s, row) : 1);
}

double ohm_stats_hours(const ohm_stats *s, size_t row)
{
    ohm_ms next_ms = OHM_NO_MS;
    if (row + 1 < s->columns->rows)
        next_ms = s->columns->time_ms[row + 1] - s->columns->time_ms[row];
    bool gap = next_ms == OHM_NO_MS || (double)next_ms > gap_steps * (double)s->step_ms;
    return (double)(gap ? s->step_ms : next_ms) / 3600e3;
}

double ohm_stats_eur(const ohm_stats *s, const ohm_stats_power *of, size_t row)
{
    double eur_per_kwh = s->eur_of_rows ? s->eur_of_rows[row] : s->eur_per_kwh;
    double load_w = ohm_stats_w(s, &s->load, row), sun_w = ohm_stats_w(s, &s->solar, row);
    double kwh = ohm_stats_w(s, of, row) / 1000 * ohm_stats_hours(s, row);
    if (isfinite(sun_w) && load_w > 0) /* own production costs nothing at the meter */
        eur_per_kwh *= fmax(0, load_w - fmax(0, sun_w)) / load_w;
    return kwh * eur_per_kwh;
}

static int64_t local_day(const ohm_stats *s, size_t row)
{
    return ohm_days_from_date(ohm_civil_from_utc(s->tz, s->columns->time_ms[row]).date);
}

/* The median of the days' least values, W. */
static double least_of_days(const ohm_stats *s)
{
    size_t days = 0;
    int64_t day = 0;
    for (size_t row = 0; row < s->columns->rows; row++) {
        double w = ohm_stats_w(s, &s->load, row);
        if (!isfinite(w))
            continue;
        int64_t of = local_day(s, row);
        if (days == 0 || of != day)
            s->room[days++] = w;
        day = of;
        s->room[days - 1] = fmin(s->room[days - 1], w);
    }
    days = ohm_rank_sort(s->room, days);
    return ohm_rank_quantile(s->room, days, 0.5);
}

static void write_duration(ohm_json *json, const double *sorted, size_t count)
{
    static const double shares[] = { 0,   0.01, 0.05, 0.1, 0.2, 0.3,  0.4,
                                     0.5, 0.6,  0.7,  0.8, 0.9, 0.95, 1 };
    ohm_json_key(json, "duration");
    ohm_json_array(json);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        ohm_json_object(json);
        ohm_report_json_number(json, "share_of_time", shares[i], 2);
        ohm_report_json_number(json, "at_least_kw",
                               ohm_rank_quantile(sorted, count, 1 - shares[i]) / 1000, 6);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_stats_summary(ohm_json *json, const ohm_stats *s)
{
    double wh = 0, hours = 0, eur = 0, days = least_of_days(s);
    size_t count = 0, peak = 0;
    for (size_t row = 0; row < s->columns->rows; row++) {
        double w = ohm_stats_w(s, &s->load, row);
        if (!isfinite(w))
            continue;
        if (count == 0 || w > ohm_stats_w(s, &s->load, peak))
            peak = row;
        wh += w * ohm_stats_hours(s, row);
        eur += ohm_stats_eur(s, &s->load, row);
        hours += ohm_stats_hours(s, row);
        s->room[count++] = w;
    }
    ohm_json_key(json, "summary");
    if (count == 0) {
        ohm_json_null(json);
        return;
    }
    double peak_w = ohm_stats_w(s, &s->load, peak);
    double mean_w = hours > 0 ? wh / hours : peak_w; /* of one row alone: itself */
    const ohm_columns *columns = s->columns;
    double span_h =
        (double)(columns->time_ms[columns->rows - 1] - columns->time_ms[0] + s->step_ms) / 3600e3;
    (void)ohm_rank_sort(s->room, count);
    ohm_json_object(json);
    ohm_json_key_int(json, "samples", (int64_t)count);
    ohm_report_json_number(json, "covered", span_h > 0 ? fmin(1, hours / span_h) : NAN, 6);
    ohm_report_json_number(json, "energy_kwh", hours > 0 ? wh / 1000 : NAN, 3);
    ohm_report_json_number(json, "cost_eur", hours > 0 ? eur : NAN, 2);
    ohm_report_json_number(json, "co2_kg", hours > 0 ? wh / 1e6 * s->g_co2_per_kwh : NAN, 3);
    ohm_report_json_number(json, "mean_kw", mean_w / 1000, 6);
    ohm_report_json_number(json, "peak_kw", peak_w / 1000, 6);
    ohm_json_key_time(json, "peak_at", columns->time_ms[peak]);
    ohm_report_json_number(json, "load_factor", peak_w > 0 ? mean_w / peak_w : NAN, 6);
    ohm_report_json_number(json, "base_kw", ohm_rank_quantile(s->room, count, base_share) / 1000,
                           6);
    ohm_report_json_number(json, "daily_min_median_kw", days / 1000, 6);
    write_duration(json, s->room, count);
    ohm_json_end(json);
}

/* The load curve of a mean day, local hours, working days and week-ends apart. */
void ohm_stats_profile(ohm_json *json, const ohm_stats *s)
{
    static const char *const kinds[KINDS_OF_DAY] = { "monday_to_friday", "week_end" };
    double sum[KINDS_OF_DAY][HOURS] = { { 0 } };
    size_t count[KINDS_OF_DAY][HOURS] = { { 0 } };
    for (size_t row = 0; row < s->columns->rows; row++) {
        double w = ohm_stats_w(s, &s->load, row);
        if (!isfinite(w))
            continue;
        ohm_civil local = ohm_civil_from_utc(s->tz, s->columns->time_ms[row]);
        int kind = ohm_date_weekday(local.date) >= 6, hour = local.hour;
        sum[kind][hour] += w;
        count[kind][hour]++;
    }
    ohm_json_key(json, "mean_day_kw");
    ohm_json_object(json);
    for (int kind = 0; kind < KINDS_OF_DAY; kind++) {
        ohm_json_key(json, kinds[kind]);
        ohm_json_array(json);
        for (int hour = 0; hour < HOURS; hour++) {
            double n = (double)count[kind][hour];
            ohm_report_json_number(json, NULL, n > 0 ? sum[kind][hour] / n / 1000 : NAN, 6);
        }
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_stats_solar(ohm_json *json, const ohm_stats *s)
{
    ohm_solar_balance sum = { 0 };
    ohm_json_key(json, "solar");
    if (!s->solar.column) {
        ohm_json_null(json);
        return;
    }
    double hours = 0;
    for (size_t row = 0; row < s->columns->rows; row++) {
        double h = ohm_stats_hours(s, row), steps = (double)sum.steps;
        ohm_solar_add(&sum, ohm_stats_w(s, &s->load, row) * h, ohm_stats_w(s, &s->solar, row) * h);
        hours += (double)sum.steps > steps ? h : 0;
    }
    ohm_json_object(json);
    ohm_report_json_number(json, "hours", hours, 3);
    ohm_report_json_number(json, "produced_kwh", sum.solar / 1000, 3);
    ohm_report_json_number(json, "used_at_once_kwh", sum.both / 1000, 3);
    ohm_report_json_number(json, "self_consumption", ohm_solar_self_consumption(&sum), 6);
    ohm_report_json_number(json, "self_sufficiency", ohm_solar_self_sufficiency(&sum), 6);
    ohm_json_end(json);
}
