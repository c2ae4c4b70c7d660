#include "report/mains.h"

#include <math.h>
#include <stdio.h>

#include "analysis/phases.h"
#include "analysis/rank.h"

enum { WEEK_S = 7 * 86400, EN50160_STEP_S = 600 };

static const double least_mean_a = 5; /* below, currents are noise: no unbalance of them */
/* Of a week's time: for a verdict on it, and for one that is more than an indication. */
static const double least_share = 0.25, whole_share = 0.9;

void ohm_report_json_number(ohm_json *json, const char *key, double value, int decimals)
{
    double scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    if (key)
        ohm_json_key(json, key);
    if (!isfinite(value) || fabs(value * scale) >= 9e17)
        ohm_json_null(json);
    else
        ohm_json_decimal(json, llround(value * scale), -decimals);
}

void ohm_report_json_spread(ohm_json *json, const char *key, double *of, size_t count)
{
    ohm_json_key(json, key);
    count = ohm_rank_sort(of, count);
    if (count == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "samples", (int64_t)count);
    ohm_report_json_number(json, "median", ohm_rank_quantile(of, count, 0.5), 6);
    ohm_report_json_number(json, "p95", ohm_rank_quantile(of, count, 0.95), 6);
    ohm_report_json_number(json, "max", of[count - 1], 6);
    ohm_json_end(json);
}

/* --- unbalance -------------------------------------------------------------------------------- */

typedef enum figure { VUF, ZERO, VUF_LINES, LVUR, PVUR, CURRENTS, NEUTRAL_OF_RMS } figure;

static bool phasors_at(const ohm_mains *q, size_t row, ohm_phasor v[OHM_PHASES])
{
    double rms[OHM_PHASES], angle[OHM_PHASES];
    if (!ohm_mains_three(q, OHM_MAINS_U1, row, rms) ||
        !ohm_mains_three(q, OHM_MAINS_ANGLE1, row, angle))
        return false;
    for (int p = 0; p < OHM_PHASES; p++)
        v[p] = ohm_phasor_polar(rms[p], angle[p]);
    return true;
}

static bool figure_at(const ohm_mains *q, figure which, size_t row, double *out)
{
    ohm_phasor v[OHM_PHASES];
    double three[OHM_PHASES], other;
    switch (which) {
    case VUF:
        return phasors_at(q, row, v) && ohm_unbalance(v, out, &other);
    case ZERO:
        return phasors_at(q, row, v) && ohm_unbalance(v, &other, out);
    case VUF_LINES:
        return ohm_mains_three(q, OHM_MAINS_U12, row, three) && ohm_unbalance_lines(three, out);
    case LVUR:
        return ohm_mains_three(q, OHM_MAINS_U12, row, three) && ohm_deviation(three, 0, out);
    case PVUR:
        return ohm_mains_three(q, OHM_MAINS_U1, row, three) && ohm_deviation(three, 0, out);
    case CURRENTS:
        return ohm_mains_three(q, OHM_MAINS_I1, row, three) &&
               ohm_deviation(three, least_mean_a, out);
    case NEUTRAL_OF_RMS:
        return ohm_mains_three(q, OHM_MAINS_I1, row, three) && ohm_neutral_of_rms(three, out);
    }
    return false;
}

static void spread_of(ohm_json *json, const char *key, const ohm_mains *q, figure which)
{
    size_t count = 0;
    for (size_t row = 0; row < q->columns->rows; row++)
        if (ohm_mains_whole(q, row) && figure_at(q, which, row, &q->room[count]))
            count++;
    ohm_report_json_spread(json, key, q->room, count);
}

void ohm_mains_unbalance(ohm_json *json, const ohm_mains *q)
{
    bool phasors = q->of[OHM_MAINS_U1] && q->of[OHM_MAINS_ANGLE1];
    ohm_json_key(json, "unbalance");
    ohm_json_object(json);
    ohm_json_key_str(json, "vuf_from",
                     phasors                ? "phasors"
                     : q->of[OHM_MAINS_U12] ? "line voltages (CIGRE)"
                                            : NULL);
    spread_of(json, "vuf_pct", q, phasors ? VUF : VUF_LINES);
    spread_of(json, "vuf0_pct", q, ZERO);
    spread_of(json, "lvur_pct", q, LVUR);
    spread_of(json, "pvur_pct", q, PVUR);
    ohm_json_end(json);
}

static void write_means(ohm_json *json, const ohm_mains *q)
{
    ohm_json_key(json, "mean_a");
    ohm_json_array(json);
    for (int p = 0; p < OHM_PHASES; p++) {
        double sum = 0;
        size_t count = 0;
        for (size_t row = 0; row < q->columns->rows; row++) {
            double amps = ohm_mains_at(q, (ohm_mains_role)(OHM_MAINS_I1 + p), row);
            if (!isfinite(amps) || !ohm_mains_whole(q, row))
                continue;
            sum += amps;
            count++;
        }
        ohm_report_json_number(json, NULL, count > 0 ? sum / (double)count : NAN, 3);
    }
    ohm_json_end(json);
}

/* By the rows in which all three were measured. */
static void write_move(ohm_json *json, const ohm_mains *q)
{
    double sums[OHM_PHASES] = { 0 }, three[OHM_PHASES];
    size_t count = 0;
    ohm_phase_move move;
    for (size_t row = 0; row < q->columns->rows; row++) {
        if (!ohm_mains_whole(q, row) || !ohm_mains_three(q, OHM_MAINS_I1, row, three))
            continue;
        count++;
        for (int p = 0; p < OHM_PHASES; p++)
            sums[p] += three[p];
    }
    for (int p = 0; p < OHM_PHASES; p++)
        sums[p] = count > 0 ? sums[p] / (double)count : NAN;
    ohm_json_key(json, "move");
    if (!ohm_phase_move_of(sums, least_mean_a, &move)) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "from_phase", move.from + 1);
    ohm_json_key_int(json, "to_phase", move.to + 1);
    ohm_report_json_number(json, "amps", move.amps, 3);
    ohm_json_end(json);
}

void ohm_mains_currents(ohm_json *json, const ohm_mains *q)
{
    bool any = q->of[OHM_MAINS_NEUTRAL];
    for (int p = 0; p < OHM_PHASES; p++)
        any = any || q->of[OHM_MAINS_I1 + p];
    ohm_json_key(json, "currents");
    if (!any) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    spread_of(json, "unbalance_pct", q, CURRENTS);
    bool measured = q->of[OHM_MAINS_NEUTRAL] != NULL;
    ohm_json_key_str(json, "neutral_from", measured ? "measured" : "phases of one power factor");
    if (measured) {
        size_t count = 0;
        for (size_t row = 0; row < q->columns->rows; row++)
            if (ohm_mains_whole(q, row))
                q->room[count++] = ohm_mains_at(q, OHM_MAINS_NEUTRAL, row);
        ohm_report_json_spread(json, "neutral_a", q->room, count);
    } else {
        spread_of(json, "neutral_a", q, NEUTRAL_OF_RMS);
    }
    write_means(json, q);
    write_move(json, q);
    ohm_json_end(json);
}

/* --- voltages --------------------------------------------------------------------------------- */

void ohm_mains_voltages(ohm_json *json, const ohm_mains *q)
{
    ohm_en50160 all;
    ohm_en50160_init(&all, q->set.nominal_v);
    size_t interrupted = 0;
    for (size_t row = 0; row < q->columns->rows; row++) {
        bool whole = ohm_mains_whole(q, row);
        interrupted += !whole;
        for (int p = 0; whole && p < OHM_PHASES; p++)
            ohm_en50160_add(&all, OHM_EN50160_U1,
                            ohm_mains_at(q, (ohm_mains_role)(OHM_MAINS_U1 + p), row));
    }
    const ohm_en50160_count *count = &all.of[OHM_EN50160_U1];
    ohm_json_key(json, "voltage");
    if (count->values == 0) {
        ohm_json_null(json);
        return;
    }
    double values = count->values;
    ohm_json_object(json);
    ohm_report_json_number(json, "nominal_v", q->set.nominal_v, 3);
    ohm_json_key_int(json, "samples", count->values);
    ohm_report_json_number(json, "share_outside", 1 - ohm_en50160_share(count), 6);
    ohm_report_json_number(json, "share_above", count->high / values, 6);
    ohm_report_json_number(json, "share_below", count->low / values, 6);
    ohm_report_json_number(json, "min_v", count->least, 3);
    ohm_report_json_number(json, "max_v", count->most, 3);
    ohm_json_key_int(json, "rows_interrupted", (int64_t)interrupted);
    ohm_json_end(json);
}

/* --- EN 50160 --------------------------------------------------------------------------------- */

/* Where a value of the report comes from; the unbalance is worked out. */
static const ohm_mains_role sources[OHM_EN50160_KINDS] = {
    [OHM_EN50160_U1] = OHM_MAINS_U1,           [OHM_EN50160_U2] = OHM_MAINS_U2,
    [OHM_EN50160_U3] = OHM_MAINS_U3,           [OHM_EN50160_FREQUENCY] = OHM_MAINS_FREQUENCY,
    [OHM_EN50160_UNBALANCE] = OHM_MAINS_ROLES, [OHM_EN50160_THD] = OHM_MAINS_THD_U,
    [OHM_EN50160_H3] = OHM_MAINS_H3,           [OHM_EN50160_H5] = OHM_MAINS_H5,
    [OHM_EN50160_H7] = OHM_MAINS_H7,           [OHM_EN50160_H9] = OHM_MAINS_H9,
    [OHM_EN50160_H11] = OHM_MAINS_H11,         [OHM_EN50160_H13] = OHM_MAINS_H13,
    [OHM_EN50160_PLT] = OHM_MAINS_PLT,
};

/* Rows of one interval of the standard, which judges their mean. */
typedef struct slot {
    int64_t at; /* since the week began */
    uint32_t count;
    double sum, last; /* of powers of the values */
} slot;

typedef struct weeks {
    ohm_json *json;
    const ohm_mains *q;
    ohm_en50160 week;
    slot slots[OHM_EN50160_KINDS];
    int64_t monday; /* days since 1970 */
    ohm_ms from_ms;
    bool coarse; /* the step, or unknown */
    size_t rows; /* with something to judge */
    int total, failing, failing_often, thin;
} weeks;

static double kind_at(const ohm_mains *q, ohm_en50160_kind kind, size_t row)
{
    double value = NAN;
    if (kind != OHM_EN50160_UNBALANCE)
        return ohm_mains_at(q, sources[kind], row);
    if (!figure_at(q, VUF, row, &value) && !figure_at(q, VUF_LINES, row, &value))
        return NAN;
    return value;
}

static const char *verdict_text(bool thin, ohm_en50160_verdict verdict)
{
    return thin ? "too little measured" : verdict == OHM_EN50160_BROKEN ? "broken" : "kept";
}

/* `thin`: of a week of which too little was measured for any verdict. */
static void write_kind(ohm_json *json, const ohm_en50160_count *count, ohm_en50160_kind kind,
                       bool thin)
{
    if (count->values == 0)
        return;
    ohm_json_key(json, ohm_en50160_limits[kind].name);
    ohm_json_object(json);
    ohm_json_key_int(json, "samples", count->values);
    ohm_report_json_number(json, "share_within", ohm_en50160_share(count), 6);
    ohm_report_json_number(json, "share_needed", ohm_en50160_limits[kind].share, 3);
    ohm_json_key_int(json, "beyond", count->beyond);
    ohm_report_json_number(json, "min", count->least, 4);
    ohm_report_json_number(json, "max", count->most, 4);
    ohm_json_key_str(json, "verdict", verdict_text(thin, ohm_en50160_judge(count, kind)));
    ohm_json_end(json);
}

/* Whether too few values of the three phases together lie within ±10 %. */
static bool voltage_often_off(const ohm_en50160 *week)
{
    uint64_t values = 0, within = 0;
    for (int k = OHM_EN50160_U1; k <= OHM_EN50160_U3; k++) {
        values += week->of[k].values;
        within += week->of[k].within;
    }
    return (double)within < ohm_en50160_limits[OHM_EN50160_U1].share * (double)values;
}

static int slot_seconds(ohm_en50160_kind kind)
{
    return kind == OHM_EN50160_FREQUENCY ? 10 : kind == OHM_EN50160_PLT ? 7200 : EN50160_STEP_S;
}

/* As intervals are put together: a mean of the frequency, root mean square of voltages and what is
 * made of them (IEC 61000-4-30, 4.4), cubic mean of flicker (IEC 61000-4-15). */
static double powered(ohm_en50160_kind kind, double value)
{
    if (kind == OHM_EN50160_FREQUENCY)
        return value;
    return kind == OHM_EN50160_PLT ? value * value * value : value * value;
}

static double mean_of_slot(ohm_en50160_kind kind, const slot *s)
{
    double mean = s->sum / s->count;
    if (kind == OHM_EN50160_FREQUENCY || s->count == 1)
        return s->count == 1 ? s->last : mean;
    return kind == OHM_EN50160_PLT ? cbrt(mean) : sqrt(mean);
}

/* Judges an interval, of which half has to be measured. */
static void end_slot(weeks *w, ohm_en50160_kind kind)
{
    slot *s = &w->slots[kind];
    bool enough = w->q->step_ms == 0 ||
                  2 * (int64_t)s->count * w->q->step_ms >= INT64_C(1000) * slot_seconds(kind);
    if (s->count > 0 && enough)
        ohm_en50160_add(&w->week, kind, mean_of_slot(kind, s));
    *s = (slot){ 0 };
}

static void add_value(weeks *w, ohm_en50160_kind kind, ohm_ms at_ms, double value)
{
    slot *s = &w->slots[kind];
    int64_t at = (at_ms - w->from_ms) / (INT64_C(1000) * slot_seconds(kind));
    if (s->count > 0 && at != s->at)
        end_slot(w, kind);
    s->at = at;
    s->count++;
    s->sum += powered(kind, value);
    s->last = value;
}

static void end_week(weeks *w)
{
    char date[16];
    if (w->rows == 0)
        return;
    for (int kind = 0; kind < OHM_EN50160_KINDS; kind++)
        end_slot(w, (ohm_en50160_kind)kind);
    double covered = (double)w->rows * (double)w->q->step_ms / 1000 / WEEK_S;
    ohm_en50160_verdict verdict = ohm_en50160_judge_all(&w->week);
    bool thin = covered < least_share || verdict == OHM_EN50160_NOTHING;
    ohm_date day = ohm_date_from_days(w->monday);
    (void)snprintf(date, sizeof date, "%04d-%02d-%02d", day.year, day.month, day.day);
    ohm_json_object(w->json);
    ohm_json_key_str(w->json, "monday", date);
    ohm_report_json_number(w->json, "covered", fmin(1, covered), 4);
    ohm_json_key_str(w->json, "verdict", verdict_text(thin, verdict));
    ohm_json_key_bool(w->json, "indication_only", w->coarse || covered < whole_share);
    for (int kind = 0; kind < OHM_EN50160_KINDS; kind++)
        write_kind(w->json, &w->week.of[kind], (ohm_en50160_kind)kind, thin);
    ohm_json_end(w->json);
    w->total += !thin;
    w->thin += thin;
    w->failing += !thin && verdict == OHM_EN50160_BROKEN;
    w->failing_often += !thin && voltage_often_off(&w->week);
    w->rows = 0;
}

static void add_row(weeks *w, size_t row)
{
    ohm_civil local = ohm_civil_from_utc(w->q->tz, w->q->columns->time_ms[row]);
    int64_t day = ohm_days_from_date(local.date);
    int64_t monday = day - (ohm_date_weekday(local.date) - 1);
    if (w->rows == 0 || monday != w->monday) {
        end_week(w);
        ohm_en50160_init(&w->week, w->q->set.nominal_v);
        w->monday = monday;
        w->from_ms = ohm_date_interval(w->q->tz, ohm_date_from_days(monday)).from_ms;
    }
    bool any = false;
    for (int kind = 0; kind < OHM_EN50160_KINDS && ohm_mains_whole(w->q, row); kind++) {
        double value = kind_at(w->q, (ohm_en50160_kind)kind, row);
        if (!isfinite(value))
            continue;
        any = true;
        add_value(w, (ohm_en50160_kind)kind, w->q->columns->time_ms[row], value);
    }
    w->rows += any;
}

void ohm_mains_weeks(ohm_json *json, const ohm_mains *q)
{
    bool coarse = q->step_ms > EN50160_STEP_S * INT64_C(1000);
    weeks w = { .json = json, .q = q, .coarse = coarse || q->step_ms == 0 };
    ohm_json_key(json, "en50160");
    ohm_json_object(json);
    ohm_json_key_bool(json, "indication_only", w.coarse);
    ohm_json_key_str(json, "why",
                     coarse ? "the values are coarser than means of ten minutes" : NULL);
    ohm_json_key(json, "weeks");
    ohm_json_array(json);
    for (size_t row = 0; row < q->columns->rows; row++)
        add_row(&w, row);
    end_week(&w);
    ohm_json_end(json);
    ohm_json_key_int(json, "weeks_total", w.total);
    ohm_json_key_int(json, "weeks_broken", w.failing);
    ohm_json_key_int(json, "weeks_voltage_too_often_off", w.failing_often);
    ohm_json_key_int(json, "weeks_too_thin", w.thin);
    ohm_json_end(json);
}
