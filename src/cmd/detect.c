/* ohmstead detect: what is wrong with a column of a file, an alarm a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/detect_words.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/day_table.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/tzdata.h"

enum { STEPS_MAX = 20000000, DAY_MS = 86400000 };

typedef struct words {
    const char *csv, *column, *history, *zone, *time;
} words;

typedef struct run {
    const words *words;
    ohm_tz tz;
    ohm_ms step_ms, next_ms, shown_from_ms; /* alarms before are of the history */
    ohm_detect *detect;
    ohm_day_table table;
} run;

/* --- lines
 * ---------------------------------------------------------------------------------------- */

static void print_time(ohm_ms time_ms, char after)
{
    char text[OHM_RFC3339_MAX];
    printf("%.*s%c", (int)ohm_rfc3339_write(time_ms, text), text, after);
}

static void print_news(const run *r, const ohm_detect_news *news)
{
    for (int i = 0; i < news->count; i++) {
        const ohm_detect_alarm *a = &news->alarm[i];
        if (a->end_ms == OHM_NO_MS || a->end_ms <= r->shown_from_ms)
            continue;
        print_time(a->start_ms, ',');
        print_time(a->end_ms, ',');
        printf("%s,%s,", ohm_detect_type_name(a->type),
               ohm_detect_severity_name(ohm_detect_severity_of(a)));
        if (isfinite(a->expected))
            printf("%.6g", a->expected);
        putchar(',');
        if (isfinite(a->actual))
            printf("%.6g", a->actual);
        putchar('\n');
    }
}

/* --- steps
 * ---------------------------------------------------------------------------------------- */

static void step(run *r, ohm_ms time_ms, double value)
{
    ohm_detect_news news;
    ohm_detect_reading reading = { .time_ms = time_ms, .value = value };
    reading.day = ohm_day_table_place(&r->table, time_ms, &reading.slot);
    ohm_detect_step(r->detect, &reading, &news);
    print_news(r, &news);
}

/* Every step between the first row and the last: one without a row was not measured. */
static int all_steps(run *r, const char *path, const ohm_columns *columns, const ohm_column *of,
                     ohm_ms end_ms)
{
    ohm_ms first_ms = r->next_ms == OHM_NO_MS ? columns->time_ms[0] : r->next_ms;
    ohm_ms last_ms = columns->time_ms[columns->rows - 1];
    if ((last_ms - first_ms) / r->step_ms > STEPS_MAX)
        return ohm_cmd_fail(path, "has too long a gap", "is a time wrong?");
    size_t row = 0;
    for (ohm_ms at = first_ms; at <= last_ms && at < end_ms; at += r->step_ms) {
        while (row < columns->rows && columns->time_ms[row] < at)
            row++;
        bool there = row < columns->rows && columns->time_ms[row] < at + r->step_ms;
        step(r, at, there ? of->values[row] : NAN);
        r->next_ms = at + r->step_ms;
    }
    return OHM_EXIT_OK;
}

static int check_step(run *r, const char *path, const ohm_columns *columns)
{
    ohm_ms step_ms = ohm_columns_step_ms(columns);
    if (step_ms <= 0)
        return ohm_cmd_fail(path, "has too few rows to have a step", NULL);
    if (r->step_ms != 0 && step_ms != r->step_ms)
        return ohm_cmd_fail(path, "has another step than the history", NULL);
    r->step_ms = step_ms;
    r->table.slots = (int)(DAY_MS / step_ms);
    if (DAY_MS % step_ms != 0 || ohm_detect_size(r->table.slots) == 0)
        return ohm_cmd_fail(path, "has steps that are none of 5, 10, 15, 20, 30 or 60 minutes",
                            NULL);
    return OHM_EXIT_OK;
}

static int take_columns(run *r, const char *path, const ohm_columns *columns, ohm_ms end_ms)
{
    const ohm_column *of = ohm_columns_find(columns, r->words->column);
    if (!of)
        return ohm_cmd_fail(path, "has no column", r->words->column);
    int status = check_step(r, path, columns);
    if (status == OHM_EXIT_OK && !r->detect) {
        void *memory = malloc(ohm_detect_size(r->table.slots));
        if (!memory)
            return ohm_cmd_fail("detect", "out of memory", NULL);
        r->detect = ohm_detect_create(r->table.slots, memory);
    }
    return status == OHM_EXIT_OK ? all_steps(r, path, columns, of, end_ms) : status;
}

static int take_history(run *r, ohm_ms end_ms)
{
    ohm_columns history;
    int status = ohm_columns_read(r->words->history, r->words->time, &r->tz, &history);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(r->words->history, &history);
    if (history.rows > 0 && history.time_ms[0] < end_ms)
        status = take_columns(r, r->words->history, &history, end_ms);
    ohm_columns_release(&history);
    return status;
}

static int detect(run *r)
{
    ohm_columns columns;
    ohm_detect_news news;
    int status = ohm_columns_read(r->words->csv, r->words->time, &r->tz, &columns);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_columns_tell_left_out(r->words->csv, &columns);
    if (columns.rows == 0)
        status = ohm_cmd_fail(r->words->csv, "has no rows", NULL);
    r->next_ms = OHM_NO_MS;
    r->shown_from_ms = columns.rows > 0 ? columns.time_ms[0] : 0;
    if (status == OHM_EXIT_OK)
        puts("start,end,type,severity,expected,actual");
    if (status == OHM_EXIT_OK && r->words->history)
        status = take_history(r, columns.time_ms[0]);
    if (status == OHM_EXIT_OK)
        status = take_columns(r, r->words->csv, &columns, INT64_MAX);
    if (status == OHM_EXIT_OK) {
        ohm_detect_end(r->detect, r->next_ms, &news);
        print_news(r, &news);
        if (fflush(stdout) != 0)
            status = ohm_cmd_fail("standard output", "can't be written", NULL);
    }
    ohm_columns_release(&columns);
    return status;
}

int ohm_cmd_detect(int argc, char **argv)
{
    words w = { .zone = "UTC" };
    const ohm_option options[] = {
        { "--csv", "FILE|-", &w.csv, NULL, "times and values, a row a step" },
        { "--column", "NAME", &w.column, NULL, "what to look at" },
        { "--history", "FILE", &w.history, NULL, "what came before: learnt, not told" },
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
            "drift, step, left_on, rollback, ct_reversed, ct_ratio. Two weeks are learnt before\n"
            "the first alarm, twelve before slow changes are told (docs/analysis.md).",
        .options = options,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (!w.csv || !w.column)
        return ohm_cmd_usage("detect", "is missing:", w.csv ? "--column" : "--csv");
    run *r = calloc(1, sizeof *r);
    if (!r)
        return ohm_cmd_fail("detect", "out of memory", NULL);
    r->words = &w;
    r->table.tz = &r->tz;
    ohm_err err = ohm_tzdata_load(w.zone, &r->tz);
    status = ohm_failed(err) ? ohm_cmd_usage("detect", err.what, w.zone) : detect(r);
    free(r->detect);
    free(r);
    return status;
}
