/* ohmstead quality: three phases, power factor and the supply's voltage, from a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "cmd/mains_roles.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/tzdata.h"

enum { ANSWER_BYTES = 8 << 20 };

static int print(const ohm_mains *q)
{
    char *text = malloc(ANSWER_BYTES);
    ohm_json json;
    size_t len;
    if (!text)
        return ohm_cmd_fail("quality", "out of memory", NULL);
    ohm_json_init(&json, text, ANSWER_BYTES);
    ohm_mains_write(&json, q);
    int status = OHM_EXIT_OK;
    if (ohm_json_finish(&json, &len) != OHM_OK)
        status = ohm_cmd_fail("quality", "the answer is too long: take fewer years", NULL);
    else if (fwrite(text, 1, len, stdout) != len || fputc('\n', stdout) == EOF)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    free(text);
    return status;
}

static int measure(ohm_mains *q, const char *path, const char *const *chosen, int count)
{
    int status = ohm_mains_roles(q, path, chosen, count);
    if (status != OHM_EXIT_OK)
        return status;
    q->step_ms = ohm_columns_step_ms(q->columns);
    q->room = malloc((q->columns->rows + 1) * sizeof *q->room);
    if (!q->room)
        return ohm_cmd_fail(path, "out of memory", NULL);
    status = print(q);
    free(q->room);
    return status;
}

typedef struct number_option {
    const char *name, *text;
    double *to, scale;
} number_option;

static int read_numbers(const number_option *of, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t mantissa;
        int exponent;
        if (!of[i].text)
            continue;
        ohm_code code = ohm_number_decimal(ohm_span_text(of[i].text), &mantissa, &exponent);
        if (code != OHM_OK || mantissa < 0 || exponent > 12)
            return ohm_cmd_usage("quality", of[i].name, of[i].text);
        *of[i].to = (double)mantissa * pow(10, exponent) * of[i].scale;
    }
    return OHM_EXIT_OK;
}

enum { CHOSEN_MAX = 2 * OHM_MAINS_ROLES };

typedef struct words {
    const char *csv, *time, *zone, *nominal, *subscribed, *limit, *running, *step, *circuit,
        *per_kvar, *per_kvarh;
    const char *chosen[CHOSEN_MAX];
    int count;
} words;

static int read_words(int argc, char **argv, words *w)
{
    const ohm_option options[] = {
        { "--csv", "FILE|-", &w->csv, NULL, "times and values, a row a step" },
        { "--time", "NAME", &w->time, NULL, "the column of times; default: utc, time, date..." },
        { "--timezone", "ZONE", &w->zone, NULL, "of months, weeks and hours; UTC" },
        { "--nominal", "VOLT", &w->nominal, NULL, "phase to neutral; 230" },
        { "--subscribed", "KVA", &w->subscribed, NULL, "the contract's power, for overloads" },
        { "--tan-limit", "T", &w->limit, NULL, "what is free of reactive energy; 0.4" },
        { "--running", "KW", &w->running, NULL, "power above which the site works; peak / 20" },
        { "--bank-step", "KVAR", &w->step, NULL, "of a capacitor bank; 12.5" },
        { "--short-circuit", "KVA", &w->circuit, NULL, "of the network at the bank" },
        { "--eur-per-kvar", "EUR", &w->per_kvar, NULL, "what a bank costs" },
        { "--eur-per-kvarh", "EUR", &w->per_kvarh, NULL, "what reactive energy costs" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--column", "ROLE=NAME", w->chosen, CHOSEN_MAX, &w->count,
          "which column is what, if its name doesn't tell: u1=V_a" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "quality",
        .arguments = "",
        .about = "Says what a file of measurements tells of the electricity: unbalance of three\n"
                 "phases, neutral current and what to move where, voltage against EN 50160 week\n"
                 "by week, power factor, reactive energy as it is billed and the capacitors that\n"
                 "would compensate it. One JSON object; what the columns lack is null, and\n"
                 "\"lacks\" says which columns would tell it (docs/analysis.md).",
        .options = options,
        .lists = lists,
    };
    int status = OHM_EXIT_OK;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status == OHM_EXIT_OK ? -1 : status;
    return w->csv ? OHM_EXIT_OK : ohm_cmd_usage("quality", "which file?", "--csv");
}

int ohm_cmd_quality(int argc, char **argv)
{
    words w = { .zone = "UTC" };
    ohm_mains q = { .set = { .nominal_v = 230,
                             .tan_limit = 0.4,
                             .running_w = NAN,
                             .bank_step_kvar = 12.5,
                             .short_circuit_kva = NAN,
                             .eur_per_kvar = NAN,
                             .eur_per_kvarh = NAN } };
    int status = read_words(argc, argv, &w);
    if (status != OHM_EXIT_OK)
        return status < 0 ? OHM_EXIT_OK : status;
    const number_option numbers[] = {
        { "--nominal takes volts, not", w.nominal, &q.set.nominal_v, 1 },
        { "--subscribed takes kVA, not", w.subscribed, &q.set.subscribed_va, 1000 },
        { "--tan-limit takes a number, not", w.limit, &q.set.tan_limit, 1 },
        { "--running takes kW, not", w.running, &q.set.running_w, 1000 },
        { "--bank-step takes kvar, not", w.step, &q.set.bank_step_kvar, 1 },
        { "--short-circuit takes kVA, not", w.circuit, &q.set.short_circuit_kva, 1 },
        { "--eur-per-kvar takes euros, not", w.per_kvar, &q.set.eur_per_kvar, 1 },
        { "--eur-per-kvarh takes euros, not", w.per_kvarh, &q.set.eur_per_kvarh, 1 },
    };
    status = read_numbers(numbers, sizeof numbers / sizeof *numbers);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_tz tz;
    ohm_err err = ohm_tzdata_load(w.zone, &tz);
    if (ohm_failed(err))
        return ohm_cmd_usage("quality", err.what, w.zone);
    ohm_columns columns;
    status = ohm_columns_read(w.csv, w.time, &tz, &columns);
    if (status != OHM_EXIT_OK)
        return status;
    q.columns = &columns;
    q.tz = &tz;
    status = measure(&q, w.csv, w.chosen, w.count);
    ohm_columns_release(&columns);
    return status;
}
