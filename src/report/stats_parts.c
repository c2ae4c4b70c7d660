/* What sub-meters and other meters say beside the load. */
#include <math.h>

#include "analysis/balance.h"
#include "report/mains.h"
#include "report/stats.h"

/* --- parts ------------------------------------------------------------------------------------ */

typedef struct part_sum {
    double wh, eur, peak_w;
} part_sum;

/* Each with its share of what no part counts (common parts), which is shared as the parts are. */
static void write_part(ohm_json *json, const ohm_stats *s, const part_sum *part,
                       const ohm_remainder *all)
{
    double parts = all->whole - all->rest;
    double with_common = parts > 0 ? part->wh * all->whole / parts : NAN;
    ohm_json_object(json);
    ohm_report_json_number(json, "kwh", part->wh / 1000, 3);
    ohm_report_json_number(json, "share", all->whole > 0 ? part->wh / all->whole : NAN, 6);
    ohm_report_json_number(json, "cost_eur", part->eur, 2);
    ohm_report_json_number(json, "co2_kg", part->wh / 1e6 * s->g_co2_per_kwh, 3);
    ohm_report_json_number(json, "peak_kw", part->peak_w / 1000, 6);
    ohm_report_json_number(json, "with_common_kwh", with_common / 1000, 3);
    ohm_json_end(json);
}

void ohm_stats_parts(ohm_json *json, const ohm_stats *s)
{
    part_sum of[OHM_STATS_PARTS_MAX] = { { 0 } };
    ohm_remainder all = { 0 };
    double whole_eur = 0, parts_eur = 0;
    ohm_json_key(json, "parts");
    if (s->parts_count == 0) {
        ohm_json_null(json);
        return;
    }
    for (size_t row = 0; row < s->columns->rows; row++) {
        double h = ohm_stats_hours(s, row), parts = 0, whole = ohm_stats_w(s, &s->load, row) * h;
        for (int p = 0; p < s->parts_count; p++)
            parts += ohm_stats_w(s, &s->parts[p], row) * h;
        ohm_remainder_add(&all, whole, parts);
        if (!isfinite(whole) || !isfinite(parts))
            continue;
        whole_eur += ohm_stats_eur(s, &s->load, row);
        for (int p = 0; p < s->parts_count; p++) {
            double w = ohm_stats_w(s, &s->parts[p], row), eur = ohm_stats_eur(s, &s->parts[p], row);
            of[p].wh += w * h;
            of[p].eur += eur;
            parts_eur += eur;
            of[p].peak_w = fmax(of[p].peak_w, w);
        }
    }
    ohm_json_object(json);
    for (int p = 0; p < s->parts_count; p++) {
        ohm_json_key(json, s->parts[p].column->name);
        write_part(json, s, &of[p], &all);
    }
    ohm_json_key(json, "remainder");
    ohm_json_object(json);
    ohm_report_json_number(json, "kwh", all.rest / 1000, 3);
    ohm_report_json_number(json, "share", all.whole > 0 ? all.rest / all.whole : NAN, 6);
    ohm_report_json_number(json, "cost_eur", whole_eur - parts_eur, 2);
    ohm_json_key_int(json, "steps_parts_exceed_whole", (int64_t)all.negative);
    ohm_json_end(json);
    ohm_json_key_int(json, "steps", (int64_t)all.steps);
    ohm_json_end(json);
}

/* --- other sources of the same ---------------------------------------------------------------- */

static void write_source(ohm_json *json, const ohm_stats *s, const ohm_stats_power *other)
{
    double load_wh = 0, other_wh = 0, off_w = 0, worst_w = 0;
    size_t both = 0, known = 0;
    ohm_ms worst_ms = OHM_NO_MS;
    for (size_t row = 0; row < s->columns->rows; row++) {
        double w = ohm_stats_w(s, &s->load, row), v = ohm_stats_w(s, other, row);
        known += isfinite(v) ? 1 : 0;
        if (!isfinite(w) || !isfinite(v))
            continue;
        both++;
        load_wh += w * ohm_stats_hours(s, row);
        other_wh += v * ohm_stats_hours(s, row);
        off_w += fabs(v - w);
        if (fabs(v - w) > fabs(worst_w)) {
            worst_w = v - w;
            worst_ms = s->columns->time_ms[row];
        }
    }
    double steps = (double)s->columns->rows, n = (double)both;
    ohm_json_object(json);
    ohm_report_json_number(json, "covered", steps > 0 ? (double)known / steps : NAN, 6);
    ohm_json_key_int(json, "steps_of_both", (int64_t)both);
    ohm_report_json_number(json, "kwh", both > 0 ? other_wh / 1000 : NAN, 3);
    ohm_report_json_number(json, "load_kwh", both > 0 ? load_wh / 1000 : NAN, 3);
    ohm_report_json_number(json, "off_pct",
                           load_wh > 0 ? 100 * (other_wh - load_wh) / load_wh : NAN, 3);
    ohm_report_json_number(json, "mean_abs_kw", both > 0 ? off_w / n / 1000 : NAN, 6);
    ohm_report_json_number(json, "worst_kw", both > 0 ? worst_w / 1000 : NAN, 6);
    ohm_json_key_time(json, "worst_at", worst_ms);
    ohm_json_end(json);
}

void ohm_stats_sources(ohm_json *json, const ohm_stats *s)
{
    ohm_json_key(json, "sources");
    if (s->others_count == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    for (int i = 0; i < s->others_count; i++) {
        ohm_json_key(json, s->others[i].column->name);
        write_source(json, s, &s->others[i]);
    }
    ohm_json_end(json);
}

/* --- the whole answer ------------------------------------------------------------------------- */

/* What a member that is null would take. */
static void write_lacks(ohm_json *json, const ohm_stats *s)
{
    const struct {
        const char *member, *needs;
        bool there;
    } all[] = {
        { "summary.cost_eur", "a price of each kWh (a contract)",
          s->eur_of_rows || isfinite(s->eur_per_kwh) },
        { "summary.co2_kg", "CO2 in g/kWh", isfinite(s->g_co2_per_kwh) },
        { "peaks.causes", "sub-meters", s->parts_count > 0 },
        { "solar", "own production", s->solar.column },
        { "parts", "sub-meters", s->parts_count > 0 },
        { "baseline", "outdoor temperature", s->temperature },
        { "periods.pieces", "a counter of pieces", s->pieces },
    };
    ohm_json_key(json, "lacks");
    ohm_json_array(json);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].there)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "member", all[i].member);
        ohm_json_key_str(json, "needs", all[i].needs);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_stats_write(ohm_json *json, const ohm_stats *s)
{
    const ohm_columns *columns = s->columns;
    ohm_json_object(json);
    ohm_json_key_str(json, "column", s->load.column->name);
    ohm_json_key_str(json, "unit", s->load.unit ? s->load.unit : "W");
    ohm_json_key_bool(json, "unit_assumed", !s->load.unit);
    ohm_json_key_int(json, "rows", (int64_t)columns->rows);
    ohm_json_key_int(json, "rows_left_out", (int64_t)columns->repeated);
    ohm_report_json_number(json, "step_s", s->step_ms > 0 ? (double)s->step_ms / 1000 : NAN, 3);
    ohm_json_key_time(json, "from", columns->rows > 0 ? columns->time_ms[0] : OHM_NO_MS);
    ohm_json_key_time(json, "to",
                      columns->rows > 0 ? columns->time_ms[columns->rows - 1] : OHM_NO_MS);
    ohm_stats_summary(json, s);
    ohm_stats_peaks(json, s);
    ohm_stats_profile(json, s);
    ohm_stats_solar(json, s);
    ohm_stats_parts(json, s);
    ohm_stats_sources(json, s);
    ohm_stats_baseline(json, s);
    ohm_stats_periods(json, s);
    write_lacks(json, s);
    ohm_json_end(json);
}
