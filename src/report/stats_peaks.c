/* The greatest peaks of a load and what they were made of. */
#include <math.h>

#include "report/mains.h"
#include "report/stats.h"

enum {
    PEAKS_MAX = 5, /* of as many days */
    HOURS = 24,
    PARTS_MAX = OHM_STATS_PARTS_MAX + 1 /* the last one: what no part counts */
};

static const double cause_share = 0.1; /* of what a peak is above the usual, to be named */

/* A step, and what is usual for its hour and kind of day (working days, week-ends). */
typedef struct peak {
    size_t row;
    double w, usual_w, temperature, usual_temperature;
    double part_w[PARTS_MAX], usual_part_w[PARTS_MAX];
    int64_t day;
    int hour;
    bool week_end;
} peak;

typedef struct mean {
    double sum;
    size_t count;
} mean;

static void add(mean *m, double value)
{
    if (!isfinite(value))
        return;
    m->sum += value;
    m->count++;
}

static double of(const mean *m)
{
    return m->count > 0 ? m->sum / (double)m->count : NAN;
}

/* The parts of a row and what they leave over, W. */
static void parts_at(const ohm_stats *s, size_t row, double out[PARTS_MAX])
{
    double rest = ohm_stats_w(s, &s->load, row);
    for (int p = 0; p < s->parts_count; p++) {
        out[p] = ohm_stats_w(s, &s->parts[p], row);
        rest -= out[p];
    }
    out[s->parts_count] = rest;
}

static double temperature_at(const ohm_stats *s, size_t row)
{
    return s->temperature ? s->temperature->values[row] : NAN;
}

/* Takes a day's greatest step among the peaks, the greatest first. */
static void offer(peak *peaks, int *io_count, const peak *day)
{
    int at = *io_count;
    while (at > 0 && peaks[at - 1].w < day->w)
        at--;
    if (at == PEAKS_MAX)
        return;
    *io_count += *io_count < PEAKS_MAX;
    for (int i = *io_count - 1; i > at; i--)
        peaks[i] = peaks[i - 1];
    peaks[at] = *day;
}

static int find(const ohm_stats *s, peak peaks[PEAKS_MAX])
{
    int count = 0;
    peak day = { .w = NAN };
    for (size_t row = 0; row < s->columns->rows; row++) {
        double w = ohm_stats_w(s, &s->load, row);
        if (!isfinite(w))
            continue;
        ohm_civil local = ohm_civil_from_utc(s->tz, s->columns->time_ms[row]);
        int64_t of_day = ohm_days_from_date(local.date);
        if (isfinite(day.w) && of_day != day.day)
            offer(peaks, &count, &day);
        if (!isfinite(day.w) || of_day != day.day || w > day.w)
            day = (peak){ .row = row,
                          .w = w,
                          .day = of_day,
                          .hour = local.hour,
                          .week_end = ohm_date_weekday(local.date) >= 6 };
    }
    if (isfinite(day.w))
        offer(peaks, &count, &day);
    return count;
}

/* What is usual: the mean of the same hour of other days of that kind. */
static void compare(const ohm_stats *s, peak *p)
{
    mean load = { 0 }, temperature = { 0 }, parts[PARTS_MAX] = { { 0 } };
    double w[PARTS_MAX];
    for (size_t row = 0; row < s->columns->rows; row++) {
        ohm_civil local = ohm_civil_from_utc(s->tz, s->columns->time_ms[row]);
        bool week_end = ohm_date_weekday(local.date) >= 6;
        if (local.hour != p->hour || week_end != p->week_end ||
            ohm_days_from_date(local.date) == p->day)
            continue;
        parts_at(s, row, w);
        add(&load, ohm_stats_w(s, &s->load, row));
        add(&temperature, temperature_at(s, row));
        for (int i = 0; i <= s->parts_count; i++)
            add(&parts[i], w[i]);
    }
    parts_at(s, p->row, p->part_w);
    p->usual_w = of(&load);
    p->temperature = temperature_at(s, p->row);
    p->usual_temperature = of(&temperature);
    for (int i = 0; i <= s->parts_count; i++)
        p->usual_part_w[i] = of(&parts[i]);
}

/* --- as JSON ---------------------------------------------------------------------------------- */

/* The part that is farthest above its usual and was not told; -1: none that counts. */
static int next_cause(const ohm_stats *s, const peak *p, uint64_t told)
{
    double most = cause_share * (p->w - p->usual_w);
    int next = -1;
    for (int i = 0; i <= s->parts_count; i++) {
        double above = p->part_w[i] - p->usual_part_w[i];
        if (told >> i & 1 || !(above > 0) || !(above >= most))
            continue;
        most = above;
        next = i;
    }
    return next;
}

static void write_causes(ohm_json *json, const ohm_stats *s, const peak *p)
{
    _Static_assert(PARTS_MAX <= 64, "told parts are bits");
    uint64_t told = 0;
    ohm_json_key(json, "causes");
    if (s->parts_count == 0 || isnan(p->usual_w)) {
        ohm_json_null(json);
        return;
    }
    ohm_json_array(json);
    for (int i; p->w > p->usual_w && (i = next_cause(s, p, told)) >= 0;) {
        told |= UINT64_C(1) << i;
        ohm_json_object(json);
        ohm_json_key_str(json, "part", i < s->parts_count ? s->parts[i].column->name : "remainder");
        ohm_report_json_number(json, "kw", p->part_w[i] / 1000, 6);
        ohm_report_json_number(json, "usual_kw", p->usual_part_w[i] / 1000, 6);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_stats_peaks(ohm_json *json, const ohm_stats *s)
{
    peak peaks[PEAKS_MAX];
    int count = find(s, peaks);
    ohm_json_key(json, "peaks");
    ohm_json_array(json);
    for (int i = 0; i < count; i++) {
        peak *p = &peaks[i];
        compare(s, p);
        ohm_json_object(json);
        ohm_json_key_time(json, "at", s->columns->time_ms[p->row]);
        ohm_report_json_number(json, "kw", p->w / 1000, 6);
        ohm_report_json_number(json, "usual_kw", p->usual_w / 1000, 6);
        ohm_report_json_number(json, "temperature_c", p->temperature, 2);
        ohm_report_json_number(json, "usual_temperature_c", p->usual_temperature, 2);
        write_causes(json, s, p);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}
