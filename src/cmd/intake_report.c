#include <inttypes.h>

#include "base/civil.h"
#include "base/json.h"
#include "cmd/intake_own.h"
#include "inout/rows.h"

enum { LINE_MAX = 2048 };

const char *ohm_intake_fault_text(ohm_intake_fault fault)
{
    static const char *const texts[] = {
        [OHM_INTAKE_OLD] = "before 2000: a clock that was not set, or times of another precision",
        [OHM_INTAKE_FUTURE] = "in the future",
        [OHM_INTAKE_RANGE] = "out of range: no value of that quantity",
        [OHM_INTAKE_NEGATIVE] = "a register below zero",
        [OHM_INTAKE_FALL] = "a register that falls, below a reading before it here or in the store:"
                            " --meter-change takes them",
        [OHM_INTAKE_JUMP] = "a register that jumps, above readings after it here or in the store or"
                            " by more than can be: --meter-change takes them",
    };
    return texts[fault];
}

static uint64_t faults_of(const ohm_intake_series *s)
{
    uint64_t sum = 0;
    for (int i = 0; i < OHM_INTAKE_FAULTS; i++)
        sum += s->faults[i];
    return sum;
}

static uint64_t left_out_of(const ohm_intake *in)
{
    uint64_t sum = in->too_many;
    for (uint32_t i = 0; i < in->sources_count; i++)
        sum += in->sources[i].left_out;
    return sum;
}

/* --- for programs ---------------------------------------------------------------------------- */

static void print_json(ohm_json *j, const char *line, FILE *out)
{
    size_t len;
    ohm_json_end(j);
    if (ohm_json_finish(j, &len) == OHM_OK)
        (void)fprintf(out, "%.*s\n", (int)len, line);
}

static void series_json(const ohm_intake_series *s, FILE *out)
{
    const ohm_quantity *q = ohm_quantity_get(s->quantity);
    char line[LINE_MAX];
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "series", s->key);
    ohm_json_key_str(&j, "unit", q->unit);
    ohm_json_key_int(&j, "readings", (int64_t)s->count);
    ohm_json_key_time(&j, "first", s->count ? s->first_ms : OHM_NO_MS);
    ohm_json_key_time(&j, "last", s->count ? s->last_ms : OHM_NO_MS);
    if (s->count) {
        ohm_json_key_decimal(&j, "min", s->min, -q->decimals);
        ohm_json_key_decimal(&j, "max", s->max, -q->decimals);
    }
    ohm_json_key_int(&j, "new", (int64_t)s->counts.added);
    ohm_json_key_int(&j, "already_there", (int64_t)s->counts.same);
    ohm_json_key_int(&j, "other_value_there", (int64_t)s->counts.conflicts);
    ohm_json_key_int(&j, "inside_what_was_there", (int64_t)s->counts.overlaps);
    ohm_json_key_int(&j, "refused", (int64_t)(faults_of(s) + s->counts.refused));
    ohm_json_key_time(&j, "stored_astray", s->astray_ms);
    print_json(&j, line, out);
}

static void source_json(const ohm_intake_source *s, FILE *out)
{
    char line[LINE_MAX];
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "left_out", s->name);
    ohm_json_key_str(&j, "unit", s->unit);
    ohm_json_key_int(&j, "values", (int64_t)s->left_out);
    ohm_json_key_str(&j, "why", s->why);
    print_json(&j, line, out);
}

/* --- for people ------------------------------------------------------------------------------ */

static void print_counts(const ohm_intake *in, const ohm_intake_series *s, FILE *out)
{
    const ohm_history_counts *c = &s->counts;
    (void)fprintf(out, "    %" PRIu64 " new", c->added);
    if (c->overlaps)
        (void)fprintf(out, " (%" PRIu64 " of them inside what was there)", c->overlaps);
    if (c->same)
        (void)fprintf(out, ", %" PRIu64 " there already", c->same);
    if (c->conflicts)
        (void)fprintf(out, ", %" PRIu64 " with another value there (%s)", c->conflicts,
                      in->options->replace ? "replaced" : "kept: --replace takes the new ones");
    (void)fputc('\n', out);
    if (s->astray_ms != OHM_NO_MS) {
        char time[OHM_RFC3339_MAX];
        (void)ohm_rfc3339_write(s->astray_ms, time);
        (void)fprintf(out,
                      "    what is stored of %s is wrong: these go on from the one before it, and"
                      " it counts no more\n",
                      time);
    }
    for (int i = 0; i < OHM_INTAKE_FAULTS; i++)
        if (s->faults[i])
            (void)fprintf(out, "    %" PRIu64 " refused, from line %" PRIu64 " on: %s\n",
                          s->faults[i], s->fault_line[i],
                          ohm_intake_fault_text((ohm_intake_fault)i));
}

static void print_series(const ohm_intake *in, const ohm_intake_series *s, FILE *out)
{
    const ohm_quantity *q = ohm_quantity_get(s->quantity);
    char first[OHM_RFC3339_MAX], last[OHM_RFC3339_MAX];
    char min[OHM_ROWS_DECIMAL_MAX], max[OHM_ROWS_DECIMAL_MAX];
    (void)fprintf(out, "%s", s->key);
    if (s->count) {
        (void)ohm_rfc3339_write(s->first_ms, first);
        (void)ohm_rfc3339_write(s->last_ms, last);
        (void)ohm_decimal_write(s->min, q->decimals, '.', min);
        (void)ohm_decimal_write(s->max, q->decimals, '.', max);
        (void)fprintf(out, "\n    %" PRIu64 " reading%s, %s to %s, %s to %s %s", s->count,
                      s->count == 1 ? "" : "s", first, last, min, max, q->unit);
    }
    (void)fputc('\n', out);
    print_counts(in, s, out);
}

static void print_left_out(const ohm_intake *in, FILE *out)
{
    for (uint32_t i = 0; i < in->sources_count; i++) {
        const ohm_intake_source *s = &in->sources[i];
        if (s->series >= 0)
            continue;
        (void)fprintf(out, "left out: '%s'", s->name);
        if (s->unit[0])
            (void)fprintf(out, " in %s", s->unit);
        (void)fprintf(out, ": %s", s->why);
        if (!in->options->only && !s->asked)
            (void)fprintf(out, " (say what it is: --column '%s=SERIES')", s->name);
        (void)fputc('\n', out);
    }
    if (in->too_many)
        (void)fprintf(out, "left out: more than %d sources\n", OHM_INTAKE_SOURCES_MAX);
}

uint64_t ohm_intake_report(const ohm_intake *in, bool json, FILE *out)
{
    uint64_t there = 0, refused = in->refused, left_out = left_out_of(in);
    for (uint32_t i = 0; i < in->series_count; i++) {
        const ohm_intake_series *s = &in->series[i];
        there += s->counts.added + s->counts.same + s->counts.conflicts;
        refused += faults_of(s) + s->counts.refused;
        if (json)
            series_json(s, out);
        else
            print_series(in, s, out);
    }
    for (uint32_t i = 0; json && i < in->sources_count; i++)
        if (in->sources[i].series < 0)
            source_json(&in->sources[i], out);
    if (json)
        return there;
    print_left_out(in, out);
    (void)fprintf(out,
                  "%s%" PRIu64 " readings in %" PRIu32 " series, %" PRIu64 " refused, %" PRIu64
                  " left out\n",
                  in->options->dry_run ? "dry run, nothing was written: " : "", in->taken,
                  in->series_count, refused, left_out);
    return there;
}
