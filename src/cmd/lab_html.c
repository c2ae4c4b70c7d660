/* The laboratory's report as one page that needs nothing else: tables, and plots in SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/lab_out.h"

enum { WIDTH = 960, HEIGHT = 240, LEFT = 62, RIGHT = 12, TOP = 12, BOTTOM = 28, COLOURS = 6 };

/* By the order of a contract's periods; Tempo's are the days' own colours, off-peak lighter. */
static const char *const plain[COLOURS] = { "#4c78a8", "#f58518", "#54a24b",
                                            "#b279a2", "#9d755d", "#72b7b2" };
static const struct {
    const char *id, *colour;
} named[] = { { "blue_hc", "#9ecae9" },  { "blue_hp", "#4c78a8" }, { "white_hc", "#d9d2c4" },
              { "white_hp", "#a89f8f" }, { "red_hc", "#f2a29b" },  { "red_hp", "#d62728" },
              { "hc", "#9ecae9" },       { "hp", "#4c78a8" } };

static const char *colour_of(const ohm_lab_made *made, int period)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (!strcmp(made->periods[period].id, named[i].id))
            return named[i].colour;
    return plain[period % COLOURS];
}

/* --- words --------------------------------------------------------------------------------------
 */

static const char *say(const ohm_lab_report *r, const char *en)
{
    return ohm_lab_say(r->french, en);
}

/* A number as it is read in that language. */
static void put(FILE *out, const ohm_lab_report *r, int decimals, double value)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*f", decimals, value);
    char *point = strchr(text, '.');
    if (point && r->french)
        *point = ',';
    (void)fputs(text, out);
}

static void cell(FILE *out, const ohm_lab_report *r, int decimals, double value)
{
    (void)fputs("<td>", out);
    if (isnan(value))
        (void)fputs("–", out); /* not known */
    else
        put(out, r, decimals, value);
    (void)fputs("</td>", out);
}

/* Text of others (a file's name) inside of the page. */
static void escaped(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        const char *as = *c == '&' ? "&amp;" : *c == '<' ? "&lt;" : *c == '>' ? "&gt;" : NULL;
        if (*c == '"')
            as = "&quot;";
        if (as)
            (void)fputs(as, out);
        else
            (void)fputc(*c, out);
    }
}

/* --- plots --------------------------------------------------------------------------------------
 */

typedef struct plot {
    FILE *out;
    double x_most, y_least, y_most;
} plot;

static double px(const plot *p, double x)
{
    return LEFT + x / p->x_most * (WIDTH - LEFT - RIGHT);
}

static double py(const plot *p, double y)
{
    return TOP + (p->y_most - y) / (p->y_most - p->y_least) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, some five of them over the axis. */
static double tick_of(double span)
{
    double raw = span / 5, power = pow(10, floor(log10(raw))), part = raw / power;
    return power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1);
}

static void begin_plot(plot *p, const char *title, const char *unit)
{
    double tick = tick_of(p->y_most - p->y_least);
    p->y_least = floor(p->y_least / tick) * tick;
    p->y_most = ceil(p->y_most / tick) * tick;
    (void)fprintf(p->out,
                  "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
                  "aria-label=\"%s\">\n<g class=\"grid\">",
                  title, WIDTH, HEIGHT, title);
    for (double y = p->y_least; y <= p->y_most + tick / 2; y += tick)
        (void)fprintf(p->out,
                      "<path d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                      "text-anchor=\"end\">%g%s</text>\n",
                      LEFT, py(p, y), WIDTH - RIGHT, LEFT - 6, py(p, y) + 4, round(y / tick) * tick,
                      y > p->y_most - tick / 2 ? unit : "");
    (void)fputs("</g>\n", p->out);
}

static void end_plot(const plot *p)
{
    (void)fputs("</svg></figure>\n", p->out);
}

static void label(const plot *p, double x, const char *text)
{
    (void)fprintf(p->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", px(p, x),
                  HEIGHT - 8, text);
}

static void line(const plot *p, const double *y, int count, const char *class)
{
    (void)fprintf(p->out, "<path class=\"%s\" d=\"", class);
    for (int i = 0; i < count; i++)
        (void)fprintf(p->out, "%c%.1f %.1f", i ? 'L' : 'M', px(p, i + 0.5), py(p, y[i]));
    (void)fputs("\"/>\n", p->out);
}

static void band(const plot *p, const double *low, const double *high, int count)
{
    (void)fputs("<path class=\"band\" d=\"", p->out);
    for (int i = 0; i < count; i++)
        (void)fprintf(p->out, "%c%.1f %.1f", i ? 'L' : 'M', px(p, i + 0.5), py(p, high[i]));
    for (int i = count - 1; i >= 0; i--)
        (void)fprintf(p->out, "L%.1f %.1f", px(p, i + 0.5), py(p, low[i]));
    (void)fputs("Z\"/>\n", p->out);
}

static void box(const plot *p, double x, double width, double from, double to, const char *colour)
{
    (void)fprintf(
        p->out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n",
        px(p, x), py(p, to), px(p, x + width) - px(p, x), py(p, from) - py(p, to), colour);
}

/* --- days ----------------------------------------------------------------------------------------
 */

typedef struct days {
    int count, period_count;
    double *kwh; /* of each day and period */
    double *least_c, *most_c, *outdoor_c;
    int64_t first;
} days;

static bool gather(const ohm_lab_report *r, days *d)
{
    const ohm_lab_series *s = &r->made->series;
    *d = (days){ .count = r->days, .period_count = r->made->periods_count };
    size_t count = (size_t)d->count, periods = (size_t)d->period_count;
    d->kwh = calloc(count * (periods + 4), sizeof *d->kwh);
    if (!d->kwh)
        return false;
    d->least_c = d->kwh + count * periods;
    d->most_c = d->least_c + count;
    d->outdoor_c = d->most_c + count;
    double *steps = d->outdoor_c + count;
    d->first = ohm_days_from_date(ohm_civil_from_utc(&r->frame->tz, r->frame->when.from_ms).date);
    for (int k = 0; k < s->steps; k++) {
        ohm_ms at_ms = r->frame->when.from_ms + (ohm_ms)(k * r->frame->step_s * 1000);
        int64_t day = ohm_days_from_date(ohm_civil_from_utc(&r->frame->tz, at_ms).date) - d->first;
        if (day < 0 || day >= d->count)
            continue;
        const ohm_lab_step *o = &r->step[k];
        if (o->grid_w > 0)
            d->kwh[day * d->period_count + s->period[k]] += o->grid_w * s->step_h / 1000;
        if (steps[day] == 0 || o->operative_c < d->least_c[day])
            d->least_c[day] = o->operative_c;
        if (steps[day] == 0 || o->operative_c > d->most_c[day])
            d->most_c[day] = o->operative_c;
        steps[day]++;
        d->outdoor_c[day] += (s->outdoor_c[k] - d->outdoor_c[day]) / steps[day];
    }
    return true;
}

static void label_days(const plot *p, const days *d)
{
    for (int i = 0; i < d->count; i++) {
        ohm_date date = ohm_date_from_days(d->first + i);
        char text[16];
        (void)snprintf(text, sizeof text, "%02d/%02d", date.day, date.month);
        if (d->count > 45 ? date.day == 1 : d->count > 10 ? i % 7 == 0 : true)
            label(p, i + 0.5, text);
    }
}

static void plot_energy(FILE *out, const ohm_lab_report *r, const days *d)
{
    plot p = { out, d->count, 0, 1 };
    for (int i = 0; i < d->count; i++) {
        double sum = 0;
        for (int k = 0; k < d->period_count; k++)
            sum += d->kwh[i * d->period_count + k];
        p.y_most = sum > p.y_most ? sum : p.y_most;
    }
    begin_plot(&p, say(r, "Energy drawn, by day and tariff period"), " kWh");
    for (int i = 0; i < d->count; i++) {
        double from = 0;
        for (int k = 0; k < d->period_count; k++) {
            double kwh = d->kwh[i * d->period_count + k];
            if (kwh > 0)
                box(&p, i + 0.08, 0.84, from, from + kwh, colour_of(r->made, k));
            from += kwh;
        }
    }
    label_days(&p, d);
    end_plot(&p);
    (void)fputs("<p class=\"legend\">", out);
    for (int k = 0; k < d->period_count; k++)
        (void)fprintf(out, "<span><i style=\"background:%s\"></i>%s</span> ", colour_of(r->made, k),
                      say(r, r->made->periods[k].id));
    (void)fputs("</p>\n", out);
}

static void plot_climate(FILE *out, const ohm_lab_report *r, const days *d)
{
    plot p = { out, d->count, r->made->house.has_zone ? d->least_c[0] : d->outdoor_c[0],
               d->outdoor_c[0] + 1 };
    for (int i = 0; i < d->count; i++) {
        p.y_least = d->outdoor_c[i] < p.y_least ? d->outdoor_c[i] : p.y_least;
        p.y_most = d->outdoor_c[i] > p.y_most ? d->outdoor_c[i] : p.y_most;
        if (r->made->house.has_zone && d->most_c[i] > p.y_most)
            p.y_most = d->most_c[i];
    }
    begin_plot(&p,
               say(r, "Temperature: inside from least to most of a day (band), outdoors (line)"),
               " °C");
    if (r->made->house.has_zone)
        band(&p, d->least_c, d->most_c, d->count);
    line(&p, d->outdoor_c, d->count, "cold");
    label_days(&p, d);
    end_plot(&p);
}

/* --- the dearest week, step by step
 * ------------------------------------------------------------------ */

static int dearest_week(const ohm_lab_report *r, int week_steps)
{
    const ohm_lab_series *s = &r->made->series;
    double sum = 0, best = -1;
    int at = 0;
    for (int k = 0; k < s->steps; k++) {
        sum += r->step[k].grid_w * s->price[k];
        if (k >= week_steps)
            sum -= r->step[k - week_steps].grid_w * s->price[k - week_steps];
        if (k >= week_steps - 1 && sum > best) {
            best = sum;
            at = k - week_steps + 1;
        }
    }
    return at;
}

/* A date at each midnight of a stretch of steps. */
static void label_midnights(const plot *p, const ohm_lab_report *r, int from, int steps)
{
    for (int i = 0; i < steps; i++) {
        ohm_ms at_ms = r->frame->when.from_ms + (ohm_ms)((from + i) * r->frame->step_s * 1000);
        ohm_civil civil = ohm_civil_from_utc(&r->frame->tz, at_ms);
        char text[16];
        (void)snprintf(text, sizeof text, "%02d/%02d", civil.date.day, civil.date.month);
        if (civil.hour == 0 && civil.minute == 0)
            label(p, i, text);
    }
}

static void plot_week(FILE *out, const ohm_lab_report *r)
{
    const ohm_lab_series *s = &r->made->series;
    int steps = (int)(168 / s->step_h + 0.5);
    steps = steps < s->steps ? steps : s->steps;
    int from = dearest_week(r, steps);
    double *power = calloc((size_t)steps * 2, sizeof *power), *inside = power + steps;
    if (!power)
        return;
    plot p = { out, steps, 0, 1 }, t = { out, steps, 1e9, -1e9 };
    for (int i = 0; i < steps; i++) {
        power[i] = r->step[from + i].heating_w / 1000;
        inside[i] = r->step[from + i].operative_c;
        p.y_most = power[i] > p.y_most ? power[i] : p.y_most;
        t.y_least = inside[i] < t.y_least ? inside[i] : t.y_least;
        t.y_most = inside[i] > t.y_most ? inside[i] : t.y_most;
    }
    t.y_least -= 0.2;
    t.y_most += 0.2;
    begin_plot(&p, say(r, "The dearest week: power for heating, over the tariff's periods"), " kW");
    for (int i = 0, begin = 0; i < steps; i++)
        if (i + 1 == steps || s->period[from + i + 1] != s->period[from + begin]) {
            box(&p, begin, i + 1 - begin, p.y_least, p.y_most,
                colour_of(r->made, s->period[from + begin]));
            begin = i + 1;
        }
    line(&p, power, steps, "power");
    label_midnights(&p, r, from, steps);
    end_plot(&p);
    begin_plot(&t, say(r, "The same week: operative temperature"), " °C");
    line(&t, inside, steps, "warm");
    label_midnights(&t, r, from, steps);
    end_plot(&t);
    free(power);
}

/* --- tables
 * -------------------------------------------------------------------------------------------- */

static void costs_table(FILE *out, const ohm_lab_report *r)
{
    static const char *const columns[] = { "run",
                                           "cost, EUR",
                                           "subscription",
                                           "import, kWh",
                                           "feed-in, kWh",
                                           "heat, kWh",
                                           "cold, K·h",
                                           "hot, K·h",
                                           "mean, °C",
                                           "peak, kW",
                                           "above subscription, h",
                                           "CO₂, kg" };
    (void)fputs("<table><thead><tr>", out);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        (void)fprintf(out, "<th>%s</th>", say(r, columns[i]));
    (void)fputs("</tr></thead><tbody>\n", out);
    for (int i = 0; i < r->outcomes; i++) {
        const ohm_lab_outcome *o = &r->outcome[i];
        const ohm_lab_sums *s = &o->sums;
        if (o->state == OHM_LAB_NOT_RUN)
            continue;
        (void)fputs("<tr><th>", out);
        escaped(out, say(r, o->name));
        (void)fputs("</th>", out);
        bool done = o->state == OHM_LAB_DONE, zone = done && o->has_zone;
        const struct {
            int decimals;
            double value;
        } row[] = { { 2, done ? ohm_lab_total_eur(o) : NAN },
                    { 2, done ? o->subscription_eur : NAN },
                    { 0, done ? s->import_kwh : NAN },
                    { 0, done ? s->export_kwh : NAN },
                    { 0, done ? s->heat_kwh : NAN },
                    { 1, zone ? s->cold_kh : NAN },
                    { 1, zone ? s->hot_kh : NAN },
                    { 2, zone ? s->operative_mean_c : NAN },
                    { 1, done ? s->import_peak_kw : NAN },
                    { 2, done ? s->over_h : NAN },
                    { 0, done ? s->co2_kg : NAN } };
        for (size_t c = 0; c < sizeof row / sizeof *row; c++)
            cell(out, r, row[c].decimals, row[c].value);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table>\n", out);
}

/* -1: the run's contract has no such period. */
static int period_of(const ohm_lab_outcome *o, const char *id)
{
    for (int p = 0; p < o->periods_count; p++)
        if (!strcmp(o->periods[p].id, id))
            return p;
    return -1;
}

/* The first run that has the period. */
static bool is_first(const ohm_lab_report *r, int run, const char *id)
{
    for (int i = 0; i < run; i++)
        if (period_of(&r->outcome[i], id) >= 0)
            return false;
    return true;
}

static void period_cell(FILE *out, const ohm_lab_report *r, const ohm_lab_outcome *o, int period)
{
    if (period < 0) {
        (void)fputs("<td>–</td>", out);
        return;
    }
    (void)fputs("<td>", out);
    put(out, r, 0, o->sums.period_kwh[period]);
    (void)fputs(" · ", out);
    put(out, r, 2, o->sums.period_eur[period]);
    (void)fputs("</td>", out);
}

/* A column for each period that one of the runs' contracts has; `o` NULL: their names. */
static void periods_row(FILE *out, const ohm_lab_report *r, const ohm_lab_outcome *o)
{
    for (int i = 0; i < r->outcomes; i++)
        for (int p = 0; p < r->outcome[i].periods_count; p++) {
            const char *id = r->outcome[i].periods[p].id;
            if (!is_first(r, i, id))
                continue;
            if (o)
                period_cell(out, r, o, period_of(o, id));
            else
                (void)fprintf(out, "<th>%s</th>", say(r, id));
        }
}

static void periods_table(FILE *out, const ohm_lab_report *r)
{
    (void)fprintf(out, "<table><thead><tr><th>%s</th>", say(r, "kWh and EUR by period"));
    periods_row(out, r, NULL);
    (void)fputs("</tr></thead><tbody>\n", out);
    for (int i = 0; i < r->outcomes; i++) {
        if (r->outcome[i].state != OHM_LAB_DONE)
            continue;
        (void)fputs("<tr><th>", out);
        escaped(out, say(r, r->outcome[i].name));
        (void)fputs("</th>", out);
        periods_row(out, r, &r->outcome[i]);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table>\n", out);
}

static const char style[] =
    "<style>:root{color-scheme:light dark;--ink:#222;--soft:#8888;--paper:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#181818}}"
    "body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:70rem;padding:0 1rem;"
    "color:var(--ink);background:var(--paper)}table{border-collapse:collapse;display:block;"
    "overflow-x:auto;margin:1rem 0;font-variant-numeric:tabular-nums}th,td{padding:.25rem .6rem;"
    "text-align:right;border-bottom:1px solid var(--soft);white-space:nowrap}"
    "thead "
    "th{white-space:normal;vertical-align:bottom}th:first-child{text-align:left;font-weight:500}"
    "figure{margin:1.2rem "
    "0;overflow-x:auto}svg{width:100%;min-width:40rem;height:auto}"
    "svg text{font-size:12px;fill:var(--ink)}.grid path{stroke:var(--soft);stroke-width:.5}"
    ".cold,.warm,.power{fill:none;stroke-width:1.4;stroke:#4c78a8}.warm{stroke:#e45756}"
    ".power{stroke:var(--ink)}.band{fill:#e45756;opacity:.45}.legend span{margin-right:1rem;"
    "white-space:nowrap}"
    ".legend i{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem}</style></head>"
    "<body>\n";

static void opening(FILE *out, const ohm_lab_report *r)
{
    (void)fprintf(out,
                  "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>\n",
                  say(r, "en"), say(r, "ohmstead: simulation"));
    (void)fputs(style, out);
    (void)fprintf(out, "<h1>%s</h1>\n<p>", say(r, "Simulation"));
    escaped(out, say(r, r->title));
    (void)fprintf(out, ", %d %s, %s ", r->days, say(r, r->days == 1 ? "day" : "days"),
                  say(r, "weather"));
    escaped(out, say(r, r->weather));
    (void)fprintf(out, ", %s ", say(r, "contract"));
    escaped(out, r->contract);
    if (r->red_days + r->white_days > 0)
        (void)fprintf(out, " (%s %d, %s %d)", say(r, "red days:"), r->red_days,
                      say(r, "white days:"), r->white_days);
    (void)fputs(".</p>\n", out);
    if (isnan(ohm_lab_share(r)))
        return;
    (void)fprintf(out, "<p>%s ",
                  say(r, "Of what a plan that knows everything saves against an ideal controller, "
                         "this one saves"));
    put(out, r, 1, 100 * ohm_lab_share(r));
    (void)fputs("&nbsp;%.</p>\n", out);
}

static void write_page(FILE *out, const ohm_lab_report *r, const days *d)
{
    opening(out, r);
    costs_table(out, r);
    periods_table(out, r);
    (void)fputs("<h2>", out);
    escaped(out, say(r, r->outcome[0].name));
    (void)fputs("</h2>\n", out);
    plot_energy(out, r, d);
    plot_climate(out, r, d);
    if (r->made->house.has_zone)
        plot_week(out, r);
    (void)fputs("</body></html>\n", out);
}

int ohm_lab_write_html(const ohm_lab_report *r, const char *path)
{
    days d;
    ohm_lab_out out;
    if (!gather(r, &d))
        return ohm_cmd_fail(path, "out of memory", NULL);
    bool begun = ohm_lab_out_begin(&out);
    if (begun)
        write_page(out.to, r, &d);
    free(d.kwh);
    return begun ? ohm_lab_out_end(&out, path) : ohm_cmd_fail(path, "out of memory", NULL);
}
