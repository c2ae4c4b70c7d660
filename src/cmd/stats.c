/* ohmstead stats: statistics and key figures of a file's load. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/degree_days.h"
#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/tzdata.h"
#include "inout/name.h"
#include "report/stats.h"

enum { ANSWER_BYTES = 32 << 20 };

typedef struct words {
    const char *csv, *time, *zone, *column, *solar, *temperature, *pieces, *by, *price, *co2, *base;
    const char *parts[OHM_STATS_PARTS_MAX], *others[OHM_STATS_OTHERS_MAX];
    int parts_count, others_count;
} words;

/* A unit at the end of a folded name, or that is the name; the others are powers as they come. */
static void take_unit(char *folded, ohm_stats_power *out)
{
    static const struct {
        const char *end, *unit;
        bool is_energy;
        double scale;
    } ends[] = { { "_mwh", "MWh", true, 1e6 }, { "_kwh", "kWh", true, 1e3 },
                 { "_wh", "Wh", true, 1 },     { "_mw", "MW", false, 1e6 },
                 { "_kw", "kW", false, 1e3 },  { "_w", "W", false, 1 } };
    size_t len = strlen(folded);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i].end);
        bool bare = strcmp(folded, ends[i].end + 1) == 0;
        if (!bare && !(len > end && strcmp(folded + len - end, ends[i].end) == 0))
            continue;
        out->unit = ends[i].unit;
        out->is_energy = ends[i].is_energy;
        out->scale = ends[i].scale;
        return;
    }
    out->scale = ohm_columns_cut_unit(folded);
}

static int find(const ohm_stats *s, const words *w, const char *name, const ohm_column **out)
{
    *out = ohm_columns_take(s->columns, w->csv, name);
    if (!*out)
        return OHM_EXIT_FAILED;
    return (*out)->numbers > 0 ? OHM_EXIT_OK
                               : ohm_cmd_fail(w->csv, "this column has no numbers", name);
}

static int find_power(const ohm_stats *s, const words *w, const char *name, ohm_stats_power *out)
{
    char folded[OHM_NAME_MAX];
    int status = find(s, w, name, &out->column);
    if (status != OHM_EXIT_OK)
        return status;
    const char *why = ohm_columns_is_register(s->columns, out->column);
    if (why)
        return ohm_cmd_fail(w->csv, why, name);
    (void)ohm_name_fold(ohm_span_text(out->column->name), folded, sizeof folded);
    take_unit(folded, out);
    if (out->is_energy && s->step_ms == 0)
        return ohm_cmd_fail(w->csv, "energy of a step, and there is one row only", name);
    return OHM_EXIT_OK;
}

/* The column that is meant: the one that is named, else the only one with numbers that is not
 * named for something else. */
static int load_name(const ohm_stats *s, const words *w, const char **ret_name)
{
    const char *const named[] = { w->solar, w->temperature, w->pieces };
    *ret_name = w->column;
    for (int c = 0; c < s->columns->count && !w->column; c++) {
        const ohm_column *column = &s->columns->of[c];
        bool taken = column->numbers == 0;
        for (size_t i = 0; i < sizeof named / sizeof *named && !taken; i++)
            taken = named[i] && ohm_columns_find(s->columns, named[i]) == column;
        for (int p = 0; p < w->parts_count && !taken; p++)
            taken = ohm_columns_find(s->columns, w->parts[p]) == column;
        for (int i = 0; i < w->others_count && !taken; i++)
            taken = ohm_columns_find(s->columns, w->others[i]) == column;
        if (!taken && *ret_name)
            return ohm_cmd_fail(w->csv, "several columns could be the load: name it (--column)",
                                column->name);
        if (!taken)
            *ret_name = column->name;
    }
    return *ret_name ? OHM_EXIT_OK : ohm_cmd_fail(w->csv, "no column has numbers", NULL);
}

static int find_columns(ohm_stats *s, const words *w)
{
    const char *load;
    int status = load_name(s, w, &load);
    if (status == OHM_EXIT_OK)
        status = find_power(s, w, load, &s->load);
    if (status == OHM_EXIT_OK && w->solar)
        status = find_power(s, w, w->solar, &s->solar);
    if (status == OHM_EXIT_OK && w->temperature)
        status = find(s, w, w->temperature, &s->temperature);
    if (status == OHM_EXIT_OK && w->pieces)
        status = find(s, w, w->pieces, &s->pieces);
    for (int p = 0; p < w->parts_count && status == OHM_EXIT_OK; p++)
        status = find_power(s, w, w->parts[p], &s->parts[s->parts_count++]);
    for (int i = 0; i < w->others_count && status == OHM_EXIT_OK; i++)
        status = find_power(s, w, w->others[i], &s->others[s->others_count++]);
    return status;
}

static int print(const ohm_stats *s)
{
    char *text = malloc(ANSWER_BYTES);
    ohm_json json;
    size_t len;
    if (!text)
        return ohm_cmd_fail("stats", "out of memory", NULL);
    ohm_json_init(&json, text, ANSWER_BYTES);
    ohm_stats_write(&json, s);
    int status = OHM_EXIT_OK;
    if (ohm_json_finish(&json, &len) != OHM_OK)
        status = ohm_cmd_fail("stats", "the answer is too long", "take --by month or fewer years");
    else if (fwrite(text, 1, len, stdout) != len || fputc('\n', stdout) == EOF)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    free(text);
    return status;
}

static int read_number(const char *option, const char *text, double *out)
{
    int64_t mantissa;
    int exponent;
    if (!text)
        return OHM_EXIT_OK;
    if (ohm_number_decimal(ohm_span_text(text), &mantissa, &exponent) != OHM_OK || exponent > 12)
        return ohm_cmd_usage("stats", option, text);
    *out = (double)mantissa * pow(10, exponent);
    return OHM_EXIT_OK;
}

static int read_settings(const words *w, ohm_stats *s)
{
    static const char *const names[] = { "day", "week", "month", "year" };
    int by = 0;
    while (by < 4 && strcmp(w->by, names[by]) != 0)
        by++;
    if (by == 4)
        return ohm_cmd_usage("stats", "--by takes day, week, month or year, not", w->by);
    s->by = (ohm_stats_by)by;
    int status = read_number("--price takes EUR/kWh, not", w->price, &s->eur_per_kwh);
    if (status == OHM_EXIT_OK)
        status = read_number("--co2 takes g/kWh, not", w->co2, &s->g_co2_per_kwh);
    if (status == OHM_EXIT_OK)
        status = read_number("--base takes °C, not", w->base, &s->base_c);
    return status;
}

static int read_words(int argc, char **argv, words *w)
{
    const ohm_option options[] = {
        { "--csv", "FILE|-", &w->csv, NULL, "times and values, a row a step" },
        { "--column", "NAME", &w->column, NULL,
          "the load; default: the only one left with numbers" },
        { "--time", "NAME", &w->time, NULL, "the column of times; default: utc, time, date..." },
        { "--timezone", "ZONE", &w->zone, NULL, "of days, weeks and months; UTC" },
        { "--by", "PERIOD", &w->by, NULL, "day, week, month or year; month" },
        { "--solar", "NAME", &w->solar, NULL, "own production" },
        { "--temperature", "NAME", &w->temperature, NULL, "outdoors, for degree days" },
        { "--base", "CELSIUS", &w->base, NULL, "of degree days; 18" },
        { "--pieces", "NAME", &w->pieces, NULL, "a counter of what is made, for kWh a piece" },
        { "--price", "EUR", &w->price, NULL, "per kWh" },
        { "--co2", "GRAMS", &w->co2, NULL, "per kWh" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--part", "NAME", w->parts, OHM_STATS_PARTS_MAX, &w->parts_count,
          "a sub-meter of the load: shares, and what is left over" },
        { "--source", "NAME", w->others, OHM_STATS_OTHERS_MAX, &w->others_count,
          "who else measures the load: how far off it is" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "stats",
        .arguments = "",
        .about =
            "Statistics and key figures of a load: energy, peaks, base load, load factor and\n"
            "duration curve; each day, week, month or year beside the one before and the year\n"
            "before; the mean day; own production used at once; sub-meters and what is left\n"
            "over; degree days and an energy baseline (ISO 50006). Units are the ends of names:\n"
            "load_kW, kitchen_Wh (energy of a step). One JSON object (docs/analysis.md).",
        .options = options,
        .lists = lists,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status == OHM_EXIT_OK ? -1 : status;
    return w->csv ? OHM_EXIT_OK : ohm_cmd_usage("stats", "which file?", "--csv");
}

int ohm_cmd_stats(int argc, char **argv)
{
    words w = { .zone = "UTC", .by = "month" };
    ohm_stats s = { .eur_per_kwh = NAN, .g_co2_per_kwh = NAN, .base_c = OHM_DEGREE_DAYS_BASE_C };
    int status = read_words(argc, argv, &w);
    if (status != OHM_EXIT_OK)
        return status < 0 ? OHM_EXIT_OK : status;
    status = read_settings(&w, &s);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_tz tz;
    ohm_err err = ohm_tzdata_load(w.zone, &tz);
    if (ohm_failed(err))
        return ohm_cmd_usage("stats", err.what, w.zone);
    ohm_columns columns;
    status = ohm_columns_read(w.csv, w.time, &tz, &columns);
    if (status != OHM_EXIT_OK)
        return status;
    s.columns = &columns;
    s.tz = &tz;
    s.step_ms = ohm_columns_step_ms(&columns);
    s.room = malloc((columns.rows + 1) * sizeof *s.room);
    status = s.room ? find_columns(&s, &w) : ohm_cmd_fail(w.csv, "out of memory", NULL);
    if (status == OHM_EXIT_OK)
        status = print(&s);
    free(s.room);
    ohm_columns_release(&columns);
    return status;
}
