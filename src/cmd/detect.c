/* ohmstead detect: what is wrong with a column of a file, an alarm a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/detect_words.h"
#include "cmd/cmd.h"
#include "cmd/detect_feed.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/tzdata.h"
#include "inout/amount.h"

typedef struct words {
    const char *csv, *history, *zone, *time, *price, *language;
    ohm_feed_words feed;
    ohm_plane_words plane;
} words;

typedef struct run {
    const words *words;
    ohm_tz tz;
    ohm_ms shown_from_ms; /* alarms before are of the history */
    double price;         /* NAN: none */
    ohm_feed feed;
    bool headed;
} run;

/* --- lines
 * ---------------------------------------------------------------------------------------- */

static void print_time(ohm_ms time_ms, char after)
{
    char text[OHM_RFC3339_MAX];
    printf("%.*s%c", (int)ohm_rfc3339_write(time_ms, text), text, after);
}

static void print_number(double value)
{
    if (isfinite(value))
        printf("%.6g", value);
}

/* Since when, what it takes and costs a day, what it is and what to do about it. */
static void print_words(const run *r, const ohm_detect_alarm *a)
{
    const ohm_detect_words *w = ohm_detect_words_of(a->type);
    bool french = strcmp(r->words->language, "fr") == 0;
    double per_day = ohm_detect_per_day(a) * ohm_feed_unit(&r->feed);
    putchar(',');
    print_time(a->onset_ms, ',');
    print_number(per_day);
    putchar(',');
    if (isfinite(per_day) && isfinite(r->price))
        printf("%.2f", per_day * r->price);
    printf(",\"%s\",\"%s\"", french ? w->fr : w->en, french ? w->do_fr : w->do_en);
}

/* Of a run that fails nothing is printed. */
static void print_head(run *r)
{
    if (!r->headed)
        printf("start,end,type,severity,expected,actual%s\n",
               r->words->language ? ",onset,per_day,cost_per_day,what,do" : "");
    r->headed = true;
}

static void print_alarm(void *to, const ohm_detect_alarm *a)
{
    run *r = to;
    if (a->end_ms <= r->shown_from_ms)
        return;
    print_head(r);
    print_time(a->start_ms, ',');
    print_time(a->end_ms, ',');
    printf("%s,%s,", ohm_detect_type_name(a->type),
           ohm_detect_severity_name(ohm_detect_severity_of(a)));
    print_number(a->expected);
    putchar(',');
    print_number(a->actual);
    if (r->words->language)
        print_words(r, a);
    putchar('\n');
}

/* --- files
 * ---------------------------------------------------------------------------------------- */

static int take_history(run *r, ohm_ms end_ms)
{
    ohm_columns history;
    int status = ohm_columns_read(r->words->history, r->words->time, &r->tz, &history);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(r->words->history, &history);
    if (history.rows > 0 && history.time_ms[0] < end_ms)
        status = ohm_feed_file(&r->feed, r->words->history, &history, end_ms);
    ohm_columns_release(&history);
    return status;
}

/* What can't be told of so short a past: without a line all looks well. */
static void tell_lack(const run *r)
{
    int64_t days = r->feed.steps / r->feed.table.slots;
    if (r->feed.measured == 0)
        (void)fprintf(stderr, "ohmstead: %s: nothing of it was measured: nothing can be told\n",
                      r->words->csv);
    else if (days < OHM_DETECT_RULES_DAYS)
        (void)fprintf(stderr, "ohmstead: %s: is shorter than %d days: nothing is told yet\n",
                      r->words->csv, OHM_DETECT_RULES_DAYS);
    else if (r->feed.kind == OHM_FEED_LOAD && days < OHM_DETECT_LEVELS_DAYS)
        (void)fprintf(stderr,
                      "ohmstead: %s: is shorter than %d days: peaks, levels and nights are not "
                      "told yet\n",
                      r->words->csv, OHM_DETECT_LEVELS_DAYS);
}

static int detect(run *r)
{
    ohm_columns columns;
    int status = ohm_columns_read(r->words->csv, r->words->time, &r->tz, &columns);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(r->words->csv, &columns);
    if (columns.rows == 0)
        status = ohm_cmd_fail(r->words->csv, "has no rows", NULL);
    r->shown_from_ms = columns.rows > 0 ? columns.time_ms[0] : 0;
    if (status == OHM_EXIT_OK && r->words->history)
        status = take_history(r, columns.time_ms[0]);
    if (status == OHM_EXIT_OK)
        status = ohm_feed_file(&r->feed, r->words->csv, &columns, INT64_MAX);
    if (status == OHM_EXIT_OK) {
        ohm_feed_end(&r->feed);
        print_head(r);
        tell_lack(r);
        if (fflush(stdout) != 0)
            status = ohm_cmd_fail("standard output", "can't be written", NULL);
    }
    ohm_columns_release(&columns);
    return status;
}

static int read_words(run *r)
{
    const words *w = r->words;
    int64_t mantissa;
    int exponent;
    r->price = NAN;
    r->feed.kind = ohm_feed_kind_of(w->feed.kind);
    if (r->feed.kind == OHM_FEED_KINDS)
        return ohm_cmd_usage("detect", "--kind takes load, pv, machine, water or gas, not",
                             w->feed.kind);
    if (w->language && strcmp(w->language, "fr") != 0 && strcmp(w->language, "en") != 0)
        return ohm_cmd_usage("detect", "--words takes fr or en, not", w->language);
    if (w->price) {
        if (ohm_amount_parse(ohm_span_text(w->price), '.', &mantissa, &exponent) != OHM_OK)
            return ohm_cmd_usage("detect", "--price takes EUR/kWh, not", w->price);
        r->price = (double)mantissa * pow(10, exponent);
    }
    ohm_err err = ohm_tzdata_load(w->zone, &r->tz);
    if (ohm_failed(err))
        return ohm_cmd_usage("detect", err.what, w->zone);
    return ohm_site_plane_read("detect", &w->plane, &r->feed.plane);
}

static int run_all(const words *w)
{
    run *r = calloc(1, sizeof *r);
    if (!r)
        return ohm_cmd_fail("detect", "out of memory", NULL);
    r->words = w;
    r->feed.words = &w->feed;
    r->feed.tz = r->feed.table.tz = &r->tz;
    r->feed.next_ms = OHM_NO_MS;
    r->feed.tell = print_alarm;
    r->feed.to = r;
    int status = read_words(r);
    if (status == OHM_EXIT_OK)
        status = detect(r);
    free(r->feed.detect);
    free(r);
    return status;
}

int ohm_cmd_detect(int argc, char **argv)
{
    words w = { .zone = "UTC", .feed.kind = "load" };
    const ohm_option options[] = {
        { "--csv", "FILE|-", &w.csv, NULL, "times and values, a row a step" },
        { "--column", "NAME", &w.feed.column, NULL, "what to look at" },
        { "--history", "FILE", &w.history, NULL, "what came before: learnt, not told" },
        { "--kind", "KIND", &w.feed.kind, NULL, "load, pv, machine, water or gas; load" },
        { "--phases", "A,B,C", &w.feed.phases, NULL, "currents or powers: exchanged phases" },
        { "--sub", "NAMES", &w.feed.sub, NULL, "sub-meters of the column: the remainder" },
        { "--irradiance", "NAME", &w.feed.irradiance, NULL, "of pv: the light, W/m2" },
        OHM_PLANE_OPTIONS(w.plane),
        { "--temperature", "NAME", &w.feed.temperature, NULL,
          "outdoor, degrees C: nights and machines as cold" },
        { "--price", "EUR", &w.price, NULL, "of a kWh, or of a unit of water or gas" },
        { "--words", "fr|en", &w.language, NULL, "adds since when, its cost, what to do" },
        { "--timezone", "ZONE", &w.zone, NULL, "of days and of times without an offset; UTC" },
        { "--time", "NAME", &w.time, NULL, "the column of times; default: utc, time, date..." },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "detect",
        .arguments = "",
        .about =
            "Says what is wrong with a column of a file, an alarm a line: start, end, type,\n"
            "severity (high, medium, low), expected, actual. Types: gap, stuck, zero, spike,\n"
            "drift, step, left_on, rollback, ct_reversed, ct_ratio; with --phases phase_swap, "
            "with\n"
            "--sub residue, of pv pv_yield, of water and gas leak. Two weeks are learnt before\n"
            "the first alarm, twelve before slow changes are told (docs/analysis.md).",
        .options = options,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (!w.csv || !w.feed.column)
        return ohm_cmd_usage("detect", "is missing:", w.csv ? "--column" : "--csv");
    return run_all(&w);
}
