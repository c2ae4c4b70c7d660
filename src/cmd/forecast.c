/* ohmstead forecast: what a column of a file will be in the next two days, with its deciles. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/forecast.h"
#include "analysis/holidays.h"
#include "analysis/watch.h"
#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/day_table.h"
#include "cmd/options.h"
#include "cmd/plane.h"
#include "cmd/verbs.h"
#include "host/file.h"
#include "host/tzdata.h"
#include "inout/when.h"

enum {
    HORIZON_HOURS_MAX = 48,
    HOLIDAYS_BYTES_MAX = 1 << 20,
    FULL_DAYS = 60, /* before a forecast; what is older is rehearsed */
    NAME_BYTES = 128,
    DAY_HOURS = 24,
};

typedef struct words {
    const char *csv, *column, *kind, *exog, *holidays, *zone, *step, *at, *origins, *horizon, *time;
    ohm_plane_words plane;
} words;

typedef struct run {
    const words *words;
    ohm_tz tz;
    ohm_columns columns;
    ohm_day_table table;
    ohm_closed_days holidays;
    ohm_forecast_options options;
    ohm_forecast *forecast;
    ohm_detect *detect; /* what is wrong is not learnt */
    int64_t next_day;   /* to be learnt */
    int64_t last_day;   /* that was learnt */
    int steps;          /* of a forecast */
    double *values, *others[OHM_FORECAST_OTHERS_MAX];
    ohm_site_plane plane;
    double *clear; /* of panels whose place is known: the light of a clear sky on them */
} run;

/* --- words
 * ---------------------------------------------------------------------------------------- */

/* "48h", "15min", "900" (seconds): seconds; -1: none. */
static int64_t read_duration_s(const char *text)
{
    static const struct {
        const char *unit;
        int64_t s;
    } units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 } };
    int64_t n;
    size_t digits = strspn(text, "0123456789");
    if (ohm_number_int(ohm_span_of(text, digits), &n) != OHM_OK || n < 1 || n > 10000000)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(text + digits, units[i].unit) == 0)
            return n * units[i].s;
    return -1;
}

static int read_step(run *r)
{
    int64_t rows_s = ohm_columns_step_ms(&r->columns) / OHM_SECOND_MS;
    int64_t step_s = r->words->step ? read_duration_s(r->words->step) : rows_s;
    if (!r->words->step && step_s != 900 && step_s != 1800)
        step_s = 3600;
    if (step_s != 900 && step_s != 1800 && step_s != 3600)
        return ohm_cmd_usage("forecast", "--step takes 15min, 30min or 1h, not", r->words->step);
    if (step_s < rows_s)
        return ohm_cmd_fail(r->words->csv, "has rows that are farther apart than the step",
                            r->words->step ? r->words->step : "1h");
    r->options.slots = (int)(DAY_HOURS * 3600 / step_s);
    int64_t horizon_s = read_duration_s(r->words->horizon);
    if (horizon_s < step_s || horizon_s > HORIZON_HOURS_MAX * INT64_C(3600))
        return ohm_cmd_usage("forecast", "--horizon takes up to 48h, not", r->words->horizon);
    r->steps = (int)(horizon_s / step_s);
    return OHM_EXIT_OK;
}

static int read_kind(run *r)
{
    r->options.solar = strcmp(r->words->kind, "pv") == 0;
    return r->options.solar || strcmp(r->words->kind, "load") == 0
               ? OHM_EXIT_OK
               : ohm_cmd_usage("forecast", "--kind takes load or pv, not", r->words->kind);
}

static int read_holidays(run *r)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (!r->words->holidays)
        return OHM_EXIT_OK;
    if (strcmp(r->words->holidays, "fr") == 0) {
        for (int year = 1980; year < 2100; year++)
            if (ohm_failed(ohm_holidays_french(year, &r->holidays)))
                break;
        return OHM_EXIT_OK;
    }
    ohm_err err = ohm_file_read(r->words->holidays, HOLIDAYS_BYTES_MAX, &bytes, &len);
    if (!ohm_failed(err))
        err = ohm_holidays_parse(ohm_span_of(bytes, len), &r->holidays);
    free(bytes);
    return ohm_failed(err) ? ohm_cmd_fail(r->words->holidays, err.what,
                                          "dates as 2026-05-01, or two for a closure")
                           : OHM_EXIT_OK;
}

/* --- columns
 * -------------------------------------------------------------------------------------- */

static const ohm_column *find(const run *r, const char *name)
{
    return ohm_columns_take(&r->columns, r->words->csv, name);
}

static bool is_warmth(const char *name)
{
    static const char *const parts[] = { "temp", "Temp", "TEMP", "degC" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i]))
            return true;
    return false;
}

/* Where clouds are not known the clear sky tells how days grow; where light is, it is what falls on
 * the panels that counts. */
static bool is_light(const char *name)
{
    static const char *const parts[] = { "irradiance", "Irradiance", "Wm2", "wm2",
                                         "W/m",        "ghi",        "GHI" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i]))
            return true;
    return false;
}

/* A column by days; light on the ground as light on the panels. */
static double *fill_other(run *r, const ohm_column *of)
{
    if (!r->plane.known || !is_light(of->name))
        return ohm_day_table_fill(&r->table, &r->columns, of);
    ohm_column on_plane = *of;
    ohm_ms step_ms = ohm_columns_step_ms(&r->columns);
    double *filled = NULL;
    on_plane.values = malloc(r->columns.rows * sizeof *on_plane.values);
    for (size_t i = 0; on_plane.values && i < r->columns.rows; i++)
        on_plane.values[i] =
            ohm_site_plane_light(&r->plane, r->columns.time_ms[i], step_ms, of->values[i]);
    if (on_plane.values)
        filled = ohm_day_table_fill(&r->table, &r->columns, &on_plane);
    free(on_plane.values);
    return filled;
}

/* The light of a clear sky by days, those that come too. */
static int fill_clear(run *r)
{
    size_t cells = r->table.days * (size_t)r->options.slots;
    ohm_ms step_ms = (ohm_ms)DAY_HOURS * OHM_HOUR_MS / r->options.slots;
    r->clear = calloc(cells, sizeof *r->clear);
    if (!r->clear)
        return ohm_cmd_fail("forecast", "out of memory", NULL);
    ohm_ms begin_ms = ohm_civil_day(&r->tz, r->columns.time_ms[0]).from_ms;
    ohm_ms end_ms = begin_ms + (ohm_ms)r->table.days * DAY_HOURS * OHM_HOUR_MS;
    for (ohm_ms at = begin_ms; at < end_ms; at += step_ms) {
        int slot;
        int64_t day = ohm_day_table_place(&r->table, at, &slot) - r->table.first_day;
        if (day >= 0 && (size_t)day < r->table.days)
            r->clear[(size_t)day * (size_t)r->options.slots + (size_t)slot] =
                ohm_site_plane_clear(&r->plane, at, step_ms);
    }
    return OHM_EXIT_OK;
}

/* Without light among the columns known ahead, the clear sky's is one. */
static int add_clear(run *r, bool has_light)
{
    if (!r->plane.known)
        return OHM_EXIT_OK;
    int status = fill_clear(r);
    if (status != OHM_EXIT_OK || has_light || r->options.others == OHM_FORECAST_OTHERS_MAX)
        return status;
    size_t bytes = r->table.days * (size_t)r->options.slots * sizeof *r->clear;
    double *copy = malloc(bytes);
    if (!copy)
        return ohm_cmd_fail("forecast", "out of memory", NULL);
    memcpy(copy, r->clear, bytes);
    r->others[r->options.others++] = copy;
    return OHM_EXIT_OK;
}

/* The names of --exog, separated by commas. */
static int read_others(run *r)
{
    const char *at = r->words->exog;
    bool has_light = false;
    while (at && *at) {
        char name[NAME_BYTES];
        size_t len = strcspn(at, ",");
        if (r->options.others == OHM_FORECAST_OTHERS_MAX || len >= sizeof name)
            return ohm_cmd_usage("forecast", "--exog takes up to three columns, not",
                                 r->words->exog);
        memcpy(name, at, len);
        name[len] = '\0';
        const ohm_column *of = find(r, name);
        if (!of)
            return OHM_EXIT_FAILED;
        int i = r->options.others++;
        r->options.warmth |= is_warmth(name) ? 1u << i : 0;
        has_light = has_light || is_light(name);
        r->others[i] = fill_other(r, of);
        if (!r->others[i])
            return ohm_cmd_fail("forecast", "out of memory", NULL);
        at += len + (at[len] == ',');
    }
    return add_clear(r, has_light);
}

static int read_series(run *r)
{
    const words *w = r->words;
    int status = ohm_columns_read(w->csv, w->time, &r->tz, &r->columns);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(w->csv, &r->columns);
    status = read_step(r);
    if (status == OHM_EXIT_OK)
        status = ohm_day_table_init(&r->table, w->csv, &r->columns, &r->tz, r->options.slots,
                                    OHM_FORECAST_DAYS_MAX);
    const ohm_column *of = status == OHM_EXIT_OK ? find(r, w->column) : NULL;
    if (!of)
        return status == OHM_EXIT_OK ? OHM_EXIT_FAILED : status;
    const char *why = ohm_columns_is_register(&r->columns, of);
    if (why)
        return ohm_cmd_fail(w->csv, why, w->column);
    r->values = ohm_day_table_fill(&r->table, &r->columns, of);
    if (!r->values)
        return ohm_cmd_fail("forecast", "out of memory", NULL);
    if (of->numbers == 0)
        return ohm_cmd_fail(w->csv, "has no number in this column", w->column);
    return read_others(r);
}

/* --- forecasts
 * ------------------------------------------------------------------------------------ */

static ohm_forecast_day day_of(const run *r, int64_t day)
{
    ohm_forecast_day of = { .day = day, .holiday = ohm_holidays_has(&r->holidays, day) };
    int64_t at = day - r->table.first_day;
    for (int i = 0; i < r->options.others && at >= 0 && at < (int64_t)r->table.days; i++)
        of.others[i] = r->others[i] + (size_t)at * (size_t)r->options.slots;
    return of;
}

/* A day as it was, without what was wrong by all that was known when it ended. false: nothing was
 * measured, or all was wrong. */
static bool right_values(run *r, int64_t day, const double *was, double *right)
{
    float values[OHM_FORECAST_SLOTS_MAX];
    int slots = r->options.slots, measured = 0;
    ohm_ms step_ms = (ohm_ms)DAY_HOURS * OHM_HOUR_MS / slots;
    const ohm_watch_judge judge = { .ignored = r->options.solar ? OHM_DETECT_OF_LOADS : 0 };
    const ohm_watch_learner learner = { .detect = r->detect,
                                        .forecast = r->forecast,
                                        .slots = slots,
                                        .forecast_slots = slots,
                                        .weather = r->options.warmth != 0,
                                        .judge = &judge };
    for (int s = 0; s < slots; s++) {
        ohm_detect_news news;
        const ohm_detect_reading reading = { day * DAY_HOURS * OHM_HOUR_MS + s * step_ms, day, s,
                                             was[s] };
        ohm_watch_reading(&learner, &reading, values, &news);
    }
    for (int s = 0; s < slots; s++) {
        right[s] = isnan(values[s]) ? NAN : was[s];
        measured += !isnan(right[s]);
    }
    return measured > 0;
}

/* The sun is below the horizon: panels give nothing. */
static void keep_dark(const run *r, int64_t day, int count, ohm_forecast_value *out)
{
    int64_t at = day - r->table.first_day;
    for (int i = 0; i < count && at + i < (int64_t)r->table.days; i++)
        for (int s = 0; s < r->options.slots; s++) {
            ohm_forecast_value *of = &out[i * r->options.slots + s];
            if (r->clear[(at + i) * r->options.slots + s] == 0 && !isnan(of->mean))
                *of = (ohm_forecast_value){ .mean = 0 };
        }
}

static void make(run *r, int64_t day, int count, ohm_forecast_value *out)
{
    ohm_forecast_day ahead[OHM_FORECAST_DAYS_MAX];
    for (int i = 0; i < count; i++)
        ahead[i] = day_of(r, day + i);
    ohm_forecast_make(r->forecast, ahead, count, out);
    if (r->clear && out && day >= r->table.first_day)
        keep_dark(r, day, count, out);
}

/* All days before `origin`; nothing of it or after. */
static void learn_until(run *r, int64_t origin, ohm_forecast_value *room)
{
    int64_t end = r->table.first_day + (int64_t)r->table.days;
    for (; r->next_day < origin && r->next_day < end; r->next_day++) {
        ohm_forecast_day of = day_of(r, r->next_day);
        double right[OHM_FORECAST_SLOTS_MAX];
        size_t at = (size_t)(r->next_day - r->table.first_day) * (size_t)r->options.slots;
        if (!right_values(r, r->next_day, r->values + at, right))
            continue;
        of.values = right;
        make(r, r->next_day, 2, origin - r->next_day <= FULL_DAYS ? room : NULL);
        (void)ohm_forecast_learn(r->forecast, &of);
        r->last_day = r->next_day;
    }
}

static void print_number(double v)
{
    if (isfinite(v))
        printf(",%.7g", v);
    else
        putchar(',');
}

static void print_value(const char *utc, int step, const ohm_forecast_value *of)
{
    printf("%s,%d", utc, step);
    print_number(of->mean);
    for (int k = 0; k < OHM_FORECAST_DECILES; k++)
        print_number(of->decile[k]);
    putchar('\n');
}

static void forecast_from(run *r, ohm_ms origin_ms)
{
    static const ohm_forecast_value unknown = { NAN,
                                                { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN } };
    ohm_forecast_value values[OHM_FORECAST_DAYS_MAX * OHM_FORECAST_SLOTS_MAX];
    char utc[OHM_RFC3339_MAX] = "";
    int slot, slots = r->options.slots;
    ohm_ms step_ms = (ohm_ms)DAY_HOURS * OHM_HOUR_MS / slots;
    int64_t origin = ohm_day_table_place(&r->table, origin_ms, &slot);
    learn_until(r, origin, values);
    make(r, origin, OHM_FORECAST_DAYS_MAX, values);
    utc[ohm_rfc3339_write(origin_ms, utc)] = '\0';
    if (ohm_forecast_days(r->forecast) < 28)
        (void)fprintf(stderr,
                      "ohmstead: forecast: only %d days are known before %s (28 for a good one)\n",
                      ohm_forecast_days(r->forecast), utc);
    else if (r->last_day + 1 < origin)
        (void)fprintf(stderr, "ohmstead: forecast: the %lld days before %s were not measured\n",
                      (long long)(origin - 1 - r->last_day), utc);
    for (int h = 0; h < r->steps; h++) {
        int64_t day = ohm_day_table_place(&r->table, origin_ms + h * step_ms, &slot) - origin;
        print_value(utc, h, day < OHM_FORECAST_DAYS_MAX ? &values[day * slots + slot] : &unknown);
    }
}

static int read_origins(run *r, ohm_columns *origins)
{
    const words *w = r->words;
    ohm_ms at_ms;
    if (w->origins) {
        int status = ohm_columns_read(w->origins, NULL, &r->tz, origins);
        return status == OHM_EXIT_OK && origins->repeated > 0
                   ? ohm_cmd_fail(w->origins, "has origins out of order, or one twice", NULL)
                   : status;
    }
    if (w->at) {
        ohm_err err = ohm_when_parse(ohm_span_text(w->at), OHM_WHEN_AUTO, &r->tz, NULL, &at_ms);
        if (ohm_failed(err))
            return ohm_cmd_usage("forecast", "--at takes a time, not", w->at);
    } else {
        ohm_ms last_ms = r->columns.time_ms[r->columns.rows - 1];
        at_ms = ohm_civil_day(&r->tz, last_ms).to_ms;
    }
    origins->time_ms = malloc(sizeof *origins->time_ms);
    if (!origins->time_ms)
        return ohm_cmd_fail("forecast", "out of memory", NULL);
    origins->time_ms[0] = at_ms;
    origins->rows = 1;
    return OHM_EXIT_OK;
}

static int forecast_all(run *r)
{
    ohm_columns origins = { .rows = 0 };
    void *memory = malloc(ohm_forecast_size(&r->options));
    void *detector = malloc(ohm_detect_size(r->options.slots));
    int status = memory && detector ? read_origins(r, &origins)
                                    : ohm_cmd_fail("forecast", "out of memory", NULL);
    if (status == OHM_EXIT_OK) {
        r->detect = ohm_detect_create(r->options.slots, detector);
        r->forecast = ohm_forecast_create(&r->options, memory);
        r->next_day = r->table.first_day;
        puts("utc,h,mean,q10,q20,q30,q40,q50,q60,q70,q80,q90");
        for (size_t i = 0; i < origins.rows; i++)
            forecast_from(r, origins.time_ms[i]);
        if (fflush(stdout) != 0)
            status = ohm_cmd_fail("standard output", "can't be written", NULL);
    }
    ohm_columns_release(&origins);
    free(detector);
    free(memory);
    return status;
}

static int run_all(run *r)
{
    ohm_err err = ohm_tzdata_load(r->words->zone, &r->tz);
    if (ohm_failed(err))
        return ohm_cmd_usage("forecast", err.what, r->words->zone);
    int status = read_kind(r);
    if (status == OHM_EXIT_OK)
        status = ohm_site_plane_read("forecast", &r->words->plane, &r->plane);
    if (status == OHM_EXIT_OK && r->plane.known && !r->options.solar)
        status = ohm_cmd_usage("forecast", "a place is of --kind pv, not of", r->words->kind);
    if (status == OHM_EXIT_OK)
        status = read_holidays(r);
    if (status == OHM_EXIT_OK)
        status = read_series(r);
    if (status == OHM_EXIT_OK)
        status = forecast_all(r);
    ohm_columns_release(&r->columns);
    free(r->values);
    free(r->clear);
    for (int i = 0; i < r->options.others; i++)
        free(r->others[i]);
    return status;
}

int ohm_cmd_forecast(int argc, char **argv)
{
    words w = { .kind = "load", .zone = "UTC", .horizon = "48h" };
    const ohm_option options[] = {
        { "--csv", "FILE|-", &w.csv, NULL, "times and values, a row a step" },
        { "--column", "NAME", &w.column, NULL, "what to forecast" },
        { "--kind", "load|pv", &w.kind, NULL, "pv: no weekdays, never below 0; load" },
        { "--exog", "NAMES", &w.exog, NULL, "columns known ahead (weather): up to three" },
        OHM_PLANE_OPTIONS(w.plane),
        { "--holidays", "FILE|fr", &w.holidays, NULL, "days like Sundays; fr: the French ones" },
        { "--timezone", "ZONE", &w.zone, NULL, "of days and of times without an offset; UTC" },
        { "--step", "STEP", &w.step, NULL, "15min, 30min or 1h; as the file" },
        { "--at", "TIME", &w.at, NULL, "the first instant to forecast; after the last day" },
        { "--origins", "FILE", &w.origins, NULL, "many of them, in its column utc" },
        { "--horizon", "TIME", &w.horizon, NULL, "how far; 48h" },
        { "--time", "NAME", &w.time, NULL, "the column of times; default: utc, time, date..." },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "forecast",
        .arguments = "",
        .about =
            "Says what a column of a file will be, a line a step: utc (when the forecast\n"
            "begins), h (its steps from 0), the mean and the deciles. It is made of the whole\n"
            "local days before that instant, and of nothing after; columns of --exog are\n"
            "taken as known ahead (docs/analysis.md).",
        .options = options,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (!w.csv || !w.column)
        return ohm_cmd_usage("forecast", "is missing:", w.csv ? "--column" : "--csv");
    run *r = calloc(1, sizeof *r);
    if (!r)
        return ohm_cmd_fail("forecast", "out of memory", NULL);
    r->words = &w;
    status = run_all(r);
    free(r);
    return status;
}
