#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/degree_days.h"
#include "analysis/rank.h"
#include "report/mains.h"
#include "report/stats.h"

enum { PERIODS_MAX = 40000, MONTHS_MAX = 1200 };

static const double whole_share = 0.9;   /* of a period, for comparing it with another */
static const double month_days_min = 20; /* measured, for a month of a baseline */

typedef struct period {
    ohm_date from;
    ohm_ms from_ms, to_ms;
    double hours, wh, eur, peak_w, base_w, pieces;
    ohm_ms peak_ms;
} period;

static ohm_ms midnight(const ohm_tz *tz, ohm_date date)
{
    return ohm_date_interval(tz, date).from_ms;
}

/* The first day of the period that holds a day, and of the one behind it. */
static void borders(ohm_stats_by by, ohm_date date, ohm_date *ret_from, ohm_date *ret_to)
{
    int64_t day = ohm_days_from_date(date);
    ohm_date next = date;
    switch (by) {
    case OHM_STATS_DAY:
        *ret_from = date;
        *ret_to = ohm_date_from_days(day + 1);
        return;
    case OHM_STATS_WEEK:
        day -= ohm_date_weekday(date) - 1;
        *ret_from = ohm_date_from_days(day);
        *ret_to = ohm_date_from_days(day + 7);
        return;
    case OHM_STATS_MONTH:
        next.month = (uint8_t)(date.month % 12 + 1);
        next.year = (int16_t)(date.year + (date.month == 12));
        break;
    case OHM_STATS_YEAR:
        date.month = next.month = 1;
        next.year = (int16_t)(date.year + 1);
        break;
    }
    date.day = next.day = 1;
    *ret_from = date;
    *ret_to = next;
}

static void begin(period *p, const ohm_stats *s, ohm_stats_by by, size_t row)
{
    ohm_date to;
    *p = (period){ .peak_w = -INFINITY, .base_w = NAN, .pieces = NAN, .peak_ms = OHM_NO_MS };
    borders(by, ohm_civil_from_utc(s->tz, s->columns->time_ms[row]).date, &p->from, &to);
    p->from_ms = midnight(s->tz, p->from);
    p->to_ms = midnight(s->tz, to);
}

/* What a counter went up by from its reading before, which it becomes; one that was set back begins
 * anew. NAN: there is no reading, or none before. */
static double counted(const ohm_column *counter, size_t row, double *before)
{
    double now = counter ? counter->values[row] : NAN, then = *before;
    if (!isfinite(now))
        return NAN;
    *before = now;
    return now >= then || isnan(then) ? now - then : now;
}

static void add(period *p, const ohm_stats *s, size_t row, double *counter)
{
    double w = ohm_stats_w(s, &s->load, row), hours = ohm_stats_hours(s, row);
    double pieces = counted(s->pieces, row, counter);
    if (isfinite(pieces))
        p->pieces = (isfinite(p->pieces) ? p->pieces : 0) + pieces;
    if (!isfinite(w))
        return;
    p->hours += hours;
    p->wh += w * hours;
    p->eur += ohm_stats_eur(s, &s->load, row);
    if (w > p->peak_w) {
        p->peak_w = w;
        p->peak_ms = s->columns->time_ms[row];
    }
}

/* Fills at most `max` periods, of rows in their order; returns how many. */
static size_t gather(const ohm_stats *s, ohm_stats_by by, period *of, size_t max)
{
    size_t count = 0, values = 0;
    double counter = NAN;
    for (size_t row = 0; row < s->columns->rows; row++) {
        if (count == 0 || s->columns->time_ms[row] >= of[count - 1].to_ms) {
            if (count > 0)
                of[count - 1].base_w =
                    ohm_rank_quantile(s->room, ohm_rank_sort(s->room, values), 0.05);
            if (count == max)
                return count;
            begin(&of[count++], s, by, row);
            values = 0;
        }
        s->room[values++] = ohm_stats_w(s, &s->load, row);
        add(&of[count - 1], s, row, &counter);
    }
    if (count > 0)
        of[count - 1].base_w = ohm_rank_quantile(s->room, ohm_rank_sort(s->room, values), 0.05);
    return count;
}

static double covered(const period *p)
{
    return fmin(1, p->hours * 3600e3 / (double)(p->to_ms - p->from_ms));
}

/* By how much the mean power differs from another period's, %; NAN unless both were measured. */
static double change_pct(const period *now, const period *then)
{
    if (!then || covered(now) < whole_share || covered(then) < whole_share)
        return NAN;
    double before_w = then->wh / then->hours;
    return before_w > 0 ? 100 * (now->wh / now->hours - before_w) / before_w : NAN;
}

/* The same period a year earlier: same month; for days and weeks the same weekday, 364 days. */
static const period *year_before(const period *of, size_t at, ohm_stats_by by)
{
    int64_t day = ohm_days_from_date(of[at].from);
    for (size_t i = at; i-- > 0;) {
        int64_t other = ohm_days_from_date(of[i].from);
        bool calendar = by == OHM_STATS_MONTH || by == OHM_STATS_YEAR;
        if (calendar
                ? of[i].from.year + 1 == of[at].from.year && of[i].from.month == of[at].from.month
                : other == day - 364)
            return &of[i];
        if (other < day - 400)
            break;
    }
    return NULL;
}

static void write_period(ohm_json *json, const ohm_stats *s, const period *of, size_t at)
{
    const period *p = &of[at];
    const period *before = at > 0 && of[at - 1].to_ms == p->from_ms ? &of[at - 1] : NULL;
    char date[16];
    (void)snprintf(date, sizeof date, "%04d-%02d-%02d", p->from.year, p->from.month, p->from.day);
    ohm_json_object(json);
    ohm_json_key_str(json, "from", date);
    ohm_report_json_number(json, "covered", covered(p), 4);
    bool any = p->hours > 0;
    double kwh = any ? p->wh / 1000 : NAN;
    ohm_report_json_number(json, "energy_kwh", kwh, 3);
    ohm_report_json_number(json, "cost_eur", any ? p->eur : NAN, 2);
    ohm_report_json_number(json, "co2_kg", kwh / 1000 * s->g_co2_per_kwh, 3);
    ohm_report_json_number(json, "mean_kw", any ? kwh / p->hours : NAN, 6);
    ohm_report_json_number(json, "peak_kw", any ? p->peak_w / 1000 : NAN, 6);
    ohm_json_key_time(json, "peak_at", p->peak_ms);
    ohm_report_json_number(json, "base_kw", p->base_w / 1000, 6);
    ohm_report_json_number(json, "load_factor",
                           any && p->peak_w > 0 ? p->wh / p->hours / p->peak_w : NAN, 6);
    ohm_report_json_number(json, "against_period_before_pct", change_pct(p, before), 2);
    ohm_report_json_number(json, "against_year_before_pct",
                           change_pct(p, year_before(of, at, s->by)), 2);
    if (s->pieces) {
        ohm_report_json_number(json, "pieces", p->pieces, 3);
        ohm_report_json_number(json, "kwh_per_piece", p->pieces > 0 ? kwh / p->pieces : NAN, 6);
    }
    ohm_json_end(json);
}

void ohm_stats_periods(ohm_json *json, const ohm_stats *s)
{
    period *of = calloc(PERIODS_MAX, sizeof *of);
    size_t count = of ? gather(s, s->by, of, PERIODS_MAX) : 0;
    ohm_json_key(json, "periods");
    ohm_json_array(json);
    for (size_t i = 0; i < count; i++)
        write_period(json, s, of, i);
    ohm_json_end(json);
    free(of);
}

/* --- weather ---------------------------------------------------------------------------------- */

typedef struct weather_month {
    ohm_date month;
    double wh, hours;                             /* of the days measured nearly whole */
    double degree_days[2];                        /* of all days: of Météo-France, of COSTIC */
    double days, energy_days, energy_degree_days; /* of those days alone */
} weather_month;

typedef struct weather_day {
    double least_c, most_c, wh, hours;
} weather_day;

static void end_day(weather_month *m, const weather_day *day, double base_c)
{
    double meteo = ohm_degree_days_meteo(day->least_c, day->most_c, base_c);
    if (!isfinite(meteo))
        return;
    m->degree_days[0] += meteo;
    m->degree_days[1] += ohm_degree_days_costic(day->least_c, day->most_c, base_c);
    m->days++;
    if (day->hours >= whole_share * 24) {
        m->wh += day->wh;
        m->hours += day->hours;
        m->energy_days++;
        m->energy_degree_days += meteo;
    }
}

static size_t gather_weather(const ohm_stats *s, weather_month *of)
{
    const weather_day none = { INFINITY, -INFINITY, 0, 0 };
    weather_day day = none;
    ohm_date today = { 0 };
    size_t count = 0;
    for (size_t row = 0; row <= s->columns->rows; row++) {
        bool end = row == s->columns->rows;
        ohm_date date =
            end ? (ohm_date){ 0 } : ohm_civil_from_utc(s->tz, s->columns->time_ms[row]).date;
        if (end || date.day != today.day || date.month != today.month || date.year != today.year) {
            if (count > 0)
                end_day(&of[count - 1], &day, s->base_c);
            if (end)
                break;
            if (count == 0 || date.month != today.month || date.year != today.year) {
                if (count == MONTHS_MAX)
                    break;
                of[count++] = (weather_month){ .month = { date.year, date.month, 1 } };
            }
            day = none;
            today = date;
        }
        double c = s->temperature->values[row], w = ohm_stats_w(s, &s->load, row);
        if (isfinite(c)) {
            day.least_c = fmin(day.least_c, c);
            day.most_c = fmax(day.most_c, c);
        }
        if (isfinite(w)) {
            day.wh += w * ohm_stats_hours(s, row);
            day.hours += ohm_stats_hours(s, row);
        }
    }
    return count;
}

static double per_day(double of, double days)
{
    return days > 0 ? of / days : NAN;
}

static void write_months(ohm_json *json, const weather_month *of, size_t count,
                         const ohm_baseline *baseline)
{
    double drift = 0;
    ohm_json_key(json, "months");
    ohm_json_array(json);
    for (size_t i = 0; i < count; i++) {
        char name[16];
        double kwh = 24 * per_day(of[i].wh / 1000, of[i].hours);
        double expected =
            ohm_baseline_expected(baseline, per_day(of[i].energy_degree_days, of[i].energy_days));
        double off = (kwh - expected) * of[i].energy_days;
        drift += isfinite(off) ? off : 0;
        (void)snprintf(name, sizeof name, "%04d-%02d", of[i].month.year, of[i].month.month);
        ohm_json_object(json);
        ohm_json_key_str(json, "month", name);
        ohm_report_json_number(json, "days", of[i].days, 0);
        ohm_report_json_number(json, "degree_days_meteo", of[i].degree_days[0], 3);
        ohm_report_json_number(json, "degree_days_costic", of[i].degree_days[1], 3);
        ohm_report_json_number(json, "kwh_per_day", kwh, 4);
        ohm_report_json_number(json, "expected_kwh_per_day", expected, 4);
        ohm_report_json_number(json, "cusum_kwh", isfinite(expected) ? drift : NAN, 2);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

void ohm_stats_baseline(ohm_json *json, const ohm_stats *s)
{
    static const char *const verdicts[] = { "good", "fewer than twelve months",
                                            "no spread of degree days",
                                            "weather explains too little (R2 below 0.75)" };
    weather_month *of = calloc(MONTHS_MAX, sizeof *of);
    ohm_baseline_month *months = calloc(MONTHS_MAX, sizeof *months);
    ohm_json_key(json, "baseline");
    if (!s->temperature || !of || !months) {
        ohm_json_null(json);
        free(of);
        free(months);
        return;
    }
    size_t count = gather_weather(s, of), good = 0;
    for (size_t i = 0; i < count; i++)
        if (of[i].energy_days >= month_days_min)
            months[good++] = (ohm_baseline_month){
                .kwh_per_day = 24 * per_day(of[i].wh / 1000, of[i].hours),
                .degree_days_per_day = per_day(of[i].energy_degree_days, of[i].energy_days),
            };
    ohm_baseline fit;
    ohm_baseline_fit(months, good, &fit);
    ohm_json_object(json);
    ohm_json_key_int(json, "months_fitted", (int64_t)fit.months);
    ohm_report_json_number(json, "kwh_per_day", fit.kwh_per_day, 6);
    ohm_report_json_number(json, "kwh_per_degree_day", fit.kwh_per_degree_day, 6);
    ohm_report_json_number(json, "r2", fit.r2, 6);
    ohm_report_json_number(json, "cv_rmse_pct", fit.cv_rmse_pct, 4);
    ohm_json_key_str(json, "verdict", verdicts[fit.verdict]);
    write_months(json, of, count, &fit);
    ohm_json_end(json);
    free(of);
    free(months);
}
