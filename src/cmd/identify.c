/* ohmstead identify: a zone's figures from its own series, with how sure they are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "building/identify.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/options.h"
#include "cmd/plan.h"
#include "cmd/verbs.h"
#include "host/file.h"
#include "host/language.h"
#include "host/tzdata.h"
#include "tariff/csv.h"

enum { BYTES_MAX = 64 << 20, LINE_BYTES = 8192, STEP_DEFAULT_S = 900, HELD_MAX_S = 7200 };

typedef enum column { INDOOR, OUTDOOR, HEATING, SOLAR, GAIN, COLUMNS } column;
static const struct {
    const char *name;
    bool needed;
} columns[COLUMNS] = { { "t_in", true },
                       { "t_out", true },
                       { "heating", true },
                       { "solar", false },
                       { "int_gain", false } };

typedef struct table {
    const char *path;
    int place[COLUMNS]; /* in a record; -1: not there */
    bool began;
    size_t count, begin; /* of all stretches; where this one begins */
    size_t longest_at, longest;
    int stretches;
    int time_at; /* the column of times; -1: a row a step */
    ohm_tz tz;
    int64_t step_ms;          /* 0: the first two times say */
    ohm_ms first_ms, last_ms; /* of this stretch */
    double *values[COLUMNS];  /* OHM_IDENTIFY_STEPS_MAX of each */
} table;

static int refuse(const table *t, const ohm_csv *csv, const char *name, const char *why)
{
    char text[96], where[40];
    (void)snprintf(text, sizeof text, "%s%s%s", name ? name : "", name ? " " : "",
                   ohm_cmd_say(why));
    (void)snprintf(where, sizeof where, "line %llu", (unsigned long long)csv->record.line);
    return ohm_cmd_fail(t->path, text, where);
}

static int take_head(table *t, const ohm_csv *csv, const ohm_csv_record *head)
{
    t->time_at = ohm_columns_find_time(head);
    if (t->time_at < 0 && !t->step_ms)
        (void)fprintf(stderr,
                      "ohmstead: %s: no column of times (utc, time, date): rows of %d s are "
                      "assumed, --step says otherwise\n",
                      t->path, STEP_DEFAULT_S);
    for (int c = 0; c < COLUMNS; c++) {
        t->place[c] = -1;
        for (int i = 0; i < head->count; i++) {
            ohm_span cell = head->fields[i];
            if (cell.len == strlen(columns[c].name) &&
                memcmp(cell.ptr, columns[c].name, cell.len) == 0)
                t->place[c] = i;
        }
        if (t->place[c] < 0 && columns[c].needed)
            return refuse(t, csv, columns[c].name, "is missing: columns t_in, t_out, heating");
    }
    return OHM_EXIT_OK;
}

/* The stretch that ends here may be the longest without a gap. */
static void end_stretch(table *t)
{
    if (t->count - t->begin > t->longest) {
        t->longest_at = t->begin;
        t->longest = t->count - t->begin;
    }
    t->stretches += t->count > t->begin;
    t->begin = t->count;
}

/* Steps without a row: nobody saw the room, and what acted on it went on. */
static void hold(table *t, int64_t steps)
{
    for (; steps > 0 && t->count < OHM_IDENTIFY_STEPS_MAX; steps--, t->count++)
        for (int c = 0; c < COLUMNS; c++)
            t->values[c][t->count] = c == INDOOR ? NAN : t->values[c][t->count - 1];
}

/* Brings the count to the step that the row's time is in. */
static int take_time(table *t, const ohm_csv *csv, const ohm_csv_record *row)
{
    ohm_ms at_ms;
    if (t->time_at >= row->count ||
        ohm_csv_time(row->fields[t->time_at], &t->tz, t->last_ms, &at_ms) != OHM_OK)
        return refuse(t, csv, NULL, "the time is not understood");
    if (t->last_ms != OHM_NO_MS && at_ms <= t->last_ms)
        return refuse(t, csv, NULL, "the times don't rise: a clock was set, or rows are mixed up");
    if (t->last_ms != OHM_NO_MS && !t->step_ms)
        t->step_ms = at_ms - t->last_ms;
    t->last_ms = at_ms;
    if (t->count == t->begin)
        t->first_ms = at_ms;
    if (!t->step_ms)
        return OHM_EXIT_OK;
    int64_t step = (at_ms - t->first_ms + t->step_ms / 2) / t->step_ms;
    int64_t missing = step - (int64_t)(t->count - t->begin);
    if (missing < 0)
        return refuse(t, csv, NULL, "a second row in one step: --step says how long they are");
    if (missing * t->step_ms > HELD_MAX_S * 1000) {
        end_stretch(t);
        t->first_ms = at_ms;
    } else {
        hold(t, missing);
    }
    return OHM_EXIT_OK;
}

/* An indoor temperature may be missing; the weather and the heating may not. */
static int take_cell(table *t, const ohm_csv *csv, const ohm_csv_record *row, int c)
{
    int64_t mantissa;
    int exponent, place = t->place[c];
    double *to = &t->values[c][t->count];
    bool empty = place >= row->count || row->fields[place < 0 ? 0 : place].len == 0;
    *to = c == INDOOR ? NAN : 0;
    if (place < 0 || (empty && c == INDOOR))
        return OHM_EXIT_OK;
    if (empty)
        return refuse(t, csv, columns[c].name, "has a gap");
    if (ohm_number_decimal(row->fields[place], &mantissa, &exponent) != OHM_OK)
        return refuse(t, csv, columns[c].name, "holds no number");
    double scale = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0 && scale < 1e300; i--)
        scale *= 10;
    *to = exponent < 0 ? (double)mantissa / scale : (double)mantissa * scale;
    return OHM_EXIT_OK;
}

static int take_row(table *t, const ohm_csv *csv, const ohm_csv_record *row)
{
    int status = OHM_EXIT_OK;
    if (!t->began) {
        t->began = true;
        return take_head(t, csv, row);
    }
    if (t->count >= OHM_IDENTIFY_STEPS_MAX)
        return refuse(t, csv, NULL, "has more steps than can be taken");
    if (t->time_at >= 0)
        status = take_time(t, csv, row);
    if (t->count >= OHM_IDENTIFY_STEPS_MAX)
        return refuse(t, csv, NULL, "has more steps than can be taken");
    for (int c = 0; c < COLUMNS && status == OHM_EXIT_OK; c++)
        status = take_cell(t, csv, row, c);
    t->count++;
    return status;
}

static int take_bytes(table *t, ohm_csv *csv, ohm_span bytes)
{
    const ohm_csv_record *record;
    for (;;) {
        ohm_code code = ohm_csv_next(csv, &bytes, &record);
        if (code == OHM_MORE || code == OHM_END)
            return OHM_EXIT_OK;
        int status =
            code == OHM_OK ? take_row(t, csv, record) : refuse(t, csv, NULL, ohm_code_text(code));
        if (status != OHM_EXIT_OK)
            return status;
    }
}

static int read_table(table *t)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = strcmp(t->path, "-") == 0
                      ? ohm_file_read_fd(STDIN_FILENO, BYTES_MAX, &bytes, &len)
                      : ohm_file_read(t->path, BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(t->path, err.what, NULL);
    ohm_csv *csv = malloc(sizeof *csv);
    int status;
    if (csv) {
        ohm_csv_init(csv, 0);
        status = take_bytes(t, csv, ohm_span_of(bytes, len));
        ohm_csv_finish(csv);
        if (status == OHM_EXIT_OK)
            status = take_bytes(t, csv, ohm_span_of(NULL, 0));
    } else {
        status = ohm_cmd_fail(t->path, "out of memory", NULL);
    }
    free(csv);
    free(bytes);
    return status;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void json_pair(ohm_json *json, const char *key, const double pair[2])
{
    ohm_json_key(json, key);
    ohm_json_array(json);
    ohm_plan_json_number(json, NULL, pair[0]);
    ohm_plan_json_number(json, NULL, pair[1]);
    ohm_json_end(json);
}

static void json_figures(ohm_json *json, const ohm_identify_result *result)
{
    ohm_json_key(json, "figures");
    ohm_json_object(json);
    for (int i = 0; i < OHM_IDENTIFY_FIGURES; i++) {
        const ohm_identify_value *of = &result->figure[i];
        ohm_json_key(json, ohm_identify_names[i]);
        ohm_json_object(json);
        ohm_plan_json_number(json, "value", of->value);
        ohm_plan_json_number(json, "low", of->low);
        ohm_plan_json_number(json, "high", of->high);
        ohm_json_key_str(json, "unit", ohm_identify_units[i]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void json_model(ohm_json *json, const ohm_identify_model *m)
{
    ohm_json_key(json, "model");
    ohm_json_object(json);
    ohm_json_key(json, "A");
    ohm_json_array(json);
    for (int i = 0; i < 2; i++) {
        ohm_json_array(json);
        ohm_plan_json_number(json, NULL, m->a[i][0]);
        ohm_plan_json_number(json, NULL, m->a[i][1]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    json_pair(json, "heating", m->heat);
    json_pair(json, "t_out", m->outdoor);
    json_pair(json, "solar", m->solar);
    json_pair(json, "int_gain", m->gain);
    json_pair(json, "constant", m->constant);
    ohm_json_end(json);
}

static int print(const ohm_identify_series *series, const ohm_identify_result *result)
{
    char line[LINE_BYTES];
    size_t len = 0;
    ohm_json json;
    ohm_json_init(&json, line, sizeof line - 1);
    ohm_json_object(&json);
    ohm_json_key_bool(&json, "enough", result->lacks == NULL);
    if (result->lacks)
        ohm_json_key_str(&json, "lacks", result->lacks);
    ohm_json_key_int(&json, "steps", series->steps);
    ohm_plan_json_number(&json, "dt_s", series->step_s);
    ohm_plan_json_number(&json, "fit_rms_k", result->fit_k);
    ohm_plan_json_number(&json, "predict_24h_rms_k", result->predict_k);
    ohm_json_key_int(&json, "predictions", result->predictions);
    json_figures(&json, result);
    json_model(&json, &result->model);
    ohm_json_end(&json);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    line[len] = '\n';
    if (fwrite(line, 1, len + 1, stdout) != len + 1 || fflush(stdout) != 0)
        return ohm_cmd_fail("standard output", "can't be written", NULL);
    return OHM_EXIT_OK;
}

static int identify(table *t, double step_s)
{
    int status = read_table(t);
    if (status != OHM_EXIT_OK)
        return status;
    end_stretch(t);
    if (t->stretches > 1)
        (void)fprintf(stderr,
                      "ohmstead: %s: has %d gaps of more than two hours: the longest stretch "
                      "without one is taken, %zu of %zu steps\n",
                      t->path, t->stretches - 1, t->longest, t->count);
    if (t->step_ms)
        step_s = (double)t->step_ms / 1000;
    size_t at = t->longest_at;
    ohm_identify_result result;
    const ohm_identify_series series = { .steps = (int)t->longest,
                                         .step_s = step_s,
                                         .indoor_c = t->values[INDOOR] + at,
                                         .outdoor_c = t->values[OUTDOOR] + at,
                                         .heat_w = t->values[HEATING] + at,
                                         .solar = t->values[SOLAR] + at,
                                         .gain_w = t->values[GAIN] + at };
    ohm_err err = ohm_identify_check(&series);
    if (ohm_failed(err)) {
        char where[40];
        (void)snprintf(where, sizeof where, "step %u", err.at);
        return ohm_cmd_fail(t->path, err.what, where);
    }
    ohm_identify(&series, &result);
    return print(&series, &result);
}

int ohm_cmd_identify(int argc, char **argv)
{
    const char *step = NULL, *zone = "Europe/Paris";
    table t = { .path = NULL, .time_at = -1, .last_ms = OHM_NO_MS };
    const ohm_option options[] = {
        { "--step", "SECONDS", &step, NULL, "the length of a row (its times say; else 900)" },
        { "--timezone", "ZONE", &zone, NULL, "of times without one (Europe/Paris)" },
        { 0 },
    };
    ohm_cmd_speak(ohm_language_french());
    const ohm_verb verb = {
        .name = "identify",
        .arguments = "SERIES.csv|-",
        .about =
            "Fits the figures of a zone to its own series: a CSV with the columns t_in, t_out\n"
            "(°C) and heating (W), and where there are such solar (W, or W/m2) and int_gain\n"
            "(W), a row a step; with a column of times (utc, time, date), rows may be missing:\n"
            "up to two hours are bridged, and of what longer gaps leave the longest stretch is\n"
            "taken. t_in may be empty where it was not measured. Prints each\n"
            "figure with the range in which it lies 95 times of 100, how well 24 hours are\n"
            "predicted that were not fitted, and whether that is enough (docs/twin.md).",
        .options = options,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    int status = OHM_EXIT_OK;
    int64_t step_s = STEP_DEFAULT_S;
    if (ohm_options_read(&verb, argc, argv, &t.path, &status) < 0)
        return status;
    if (step && (ohm_number_int(ohm_span_text(step), &step_s) != OHM_OK || step_s < 1))
        return ohm_cmd_usage("identify", "--step takes seconds, not", step);
    t.step_ms = step ? step_s * 1000 : 0;
    ohm_err err = ohm_tzdata_load(zone, &t.tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris");
    double *numbers = calloc((size_t)COLUMNS * OHM_IDENTIFY_STEPS_MAX, sizeof(double));
    if (!numbers)
        return ohm_cmd_fail("identify", "out of memory", NULL);
    for (int c = 0; c < COLUMNS; c++)
        t.values[c] = numbers + (size_t)c * OHM_IDENTIFY_STEPS_MAX;
    status = identify(&t, (double)step_s);
    free(numbers);
    return status;
}
