#include "cmd/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/plausible.h"
#include "cmd/intake_own.h"
#include "inout/guess.h"
#include "inout/name.h"
#include "inout/unit.h"
#include "store/store.h"

enum {
    SLOTS = 4 * OHM_INTAKE_SOURCES_MAX,
    REFUSALS_SHOWN = 10,
    TAIL_MAX = 2 * OHM_INTAKE_SOURCE_MAX, /* of a key that may prove too long */
    FUTURE_MS = 24 * OHM_HOUR_MS,         /* what a clock may be ahead of ours */
};

/* --- rules ----------------------------------------------------------------------------------- */

static bool copy(char *out, size_t cap, const char *text, size_t len)
{
    if (len == 0 || len >= cap)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

/* The last '=' parts them, since names of columns may hold one. */
bool ohm_intake_rule_parse(const char *text, size_t len, ohm_intake_rule *out)
{
    ohm_intake_rule rule = { .unit = "" };
    size_t equals = len;
    while (equals > 0 && text[equals - 1] != '=')
        equals--;
    if (equals == 0)
        return false;
    ohm_span source = ohm_trim(ohm_span_of(text, equals - 1));
    ohm_span right = ohm_trim(ohm_span_of(text + equals, len - equals));
    const uint8_t *colon = right.len ? memchr(right.ptr, ':', right.len) : NULL;
    size_t series = colon ? (size_t)(colon - right.ptr) : right.len;
    if (!copy(rule.source, sizeof rule.source, (const char *)source.ptr, source.len) ||
        !copy(rule.series, sizeof rule.series, (const char *)right.ptr, series))
        return false;
    if (colon &&
        !copy(rule.unit, sizeof rule.unit, (const char *)colon + 1, right.len - series - 1))
        return false;
    *out = rule;
    return true;
}

static const ohm_intake_rule *find_rule(const ohm_intake *in, const char *name)
{
    char folded[OHM_NAME_MAX];
    const ohm_intake_options *o = in->options;
    for (size_t i = 0; i < o->rules_count; i++)
        if (!strcmp(o->rules[i].source, name))
            return &o->rules[i];
    for (size_t i = 0; i < o->rules_count; i++) {
        (void)ohm_name_fold(ohm_span_text(o->rules[i].source), folded, sizeof folded);
        if (ohm_name_is(ohm_span_text(name), folded))
            return &o->rules[i];
    }
    return NULL;
}

/* --- from a source to a series --------------------------------------------------------------- */

static int slashes(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '/';
    return n;
}

/* The device of a source that says one: "sensor.oven_power" is "oven_power". */
static void device_name(const ohm_intake *in, const ohm_intake_source *s, char *out, size_t cap)
{
    const char *text = s->device[0] ? s->device : in->options->name;
    const char *point = strchr(text, '.');
    if (ohm_name_fold(ohm_span_text(point && point[1] ? point + 1 : text), out, cap) == 0)
        (void)snprintf(out, cap, "imported");
}

/* `tail` has one to four parts; what lacks at its front comes from `into` and the source. */
static bool complete_key(const ohm_intake *in, const ohm_intake_source *s, const char *tail,
                         char key[static OHM_SERIES_KEY_MAX])
{
    char front[OHM_SERIES_KEY_MAX], device[64];
    const char *into = s->main && in->options->main ? in->options->main : in->options->into;
    int lacking = 3 - slashes(tail), n;
    device_name(in, s, device, sizeof device);
    if (slashes(into) == 2)
        n = snprintf(front, sizeof front, "%s", into);
    else
        n = snprintf(front, sizeof front, "%s%s/%s", into, slashes(into) ? "" : "/import", device);
    if (n < 0 || (size_t)n >= sizeof front || lacking < 0)
        return false;
    char *end = front;
    for (int i = 0; i < lacking; i++)
        end += strcspn(end, "/") + (i + 1 < lacking);
    *end = '\0';
    n = snprintf(key, OHM_SERIES_KEY_MAX, "%s%s%s", front, lacking ? "/" : "", tail);
    return n > 0 && n < OHM_SERIES_KEY_MAX;
}

/* The quantity that a key ends with. */
static ohm_quantity_id quantity_of(const char *key)
{
    const char *slash = strrchr(key, '/');
    ohm_quantity_id id = ohm_quantity_find(ohm_span_text(slash ? slash + 1 : key));
    return id != OHM_Q_NONE && ohm_quantity_get(id)->kind == OHM_TEXT ? OHM_Q_NONE : id;
}

/* What of ours a source without a rule is; NULL: `tail` says. */
static const char *guess(const ohm_intake_source *s, const ohm_sample *sample, char *tail,
                         size_t cap)
{
    ohm_quantity_id id = (ohm_quantity_id)sample->quantity;
    const char *name = strrchr(s->name, '.'); /* "twin.temperature" */
    if (slashes(s->name) == 3 && quantity_of(s->name) != OHM_Q_NONE) {
        (void)snprintf(tail, cap, "%s", s->name);
        return NULL;
    }
    if (id == OHM_Q_NONE)
        id = ohm_guess_quantity(ohm_span_text(s->name), sample->unit, sample->counter);
    if (id == OHM_Q_NONE && name)
        id = ohm_guess_quantity(ohm_span_text(name + 1), sample->unit, sample->counter);
    if (id == OHM_Q_NONE)
        return "no quantity of ours fits its name and unit";
    if (slashes(s->device) == 2)
        (void)snprintf(tail, cap, "%s/%s", s->device, ohm_quantity_get(id)->name);
    else
        (void)snprintf(tail, cap, "%s", ohm_quantity_get(id)->name);
    return NULL;
}

static int32_t find_series(const ohm_intake *in, const char *key)
{
    for (uint32_t i = 0; i < in->series_count; i++)
        if (!strcmp(in->series[i].key, key))
            return (int32_t)i;
    return -1;
}

/* The series of that key, for this source; NULL in *why: it is there. */
static int32_t take_series(ohm_intake *in, uint32_t source, const char *key, const char **why)
{
    int32_t found = find_series(in, key);
    if (found >= 0) {
        const ohm_intake_source *first = &in->sources[in->series[found].source];
        bool same = !strcmp(first->name, in->sources[source].name) &&
                    !strcmp(first->device, in->sources[source].device);
        *why = same ? NULL : "another source became the same series already";
        return same ? found : -1;
    }
    ohm_intake_series *s = &in->series[in->series_count];
    *s = (ohm_intake_series){ .source = source,
                              .quantity = quantity_of(key),
                              .astray_ms = OHM_NO_MS };
    (void)snprintf(s->key, sizeof s->key, "%s", key);
    *why = NULL;
    return (int32_t)in->series_count++;
}

/* Finds what a new source becomes; its `why` otherwise. */
static void resolve(ohm_intake *in, uint32_t number, const ohm_sample *sample)
{
    ohm_intake_source *s = &in->sources[number];
    char tail[TAIL_MAX], key[OHM_SERIES_KEY_MAX];
    const ohm_intake_rule *rule = find_rule(in, s->name);
    s->series = -1;
    s->asked = rule != NULL;
    s->main = sample->quantity != OHM_Q_NONE; /* only the reader of Enedis leaves no doubt */
    s->take_unit = rule && rule->unit[0] ? rule->unit : s->unit;
    if (rule && !strcmp(rule->series, "-"))
        s->why = "left out as asked";
    else if (!rule && in->options->only)
        s->why = "no rule for it";
    else
        s->why = rule ? NULL : guess(s, sample, tail, sizeof tail);
    if (rule && !s->why)
        (void)snprintf(tail, sizeof tail, "%s", rule->series);
    if (s->why)
        return;
    if (!complete_key(in, s, tail, key) || quantity_of(key) == OHM_Q_NONE)
        s->why = "not the name of a series of ours";
    else if (!ohm_unit_fits(ohm_span_text(s->take_unit), quantity_of(key)))
        s->why = "its unit is not one of that quantity";
    else
        s->series = take_series(in, number, key, &s->why);
}

static void keep(char *out, size_t cap, ohm_span text)
{
    size_t len = text.len < cap ? text.len : cap - 1;
    if (len)
        memcpy(out, text.ptr, len);
    out[len] = '\0';
}

static bool is_source(const ohm_intake_source *s, const ohm_sample *sample)
{
    return ohm_span_is(sample->source, s->name) && ohm_span_is(sample->device, s->device) &&
           ohm_span_is(sample->unit, s->unit);
}

static uint32_t hash(uint32_t h, ohm_span text)
{
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ text.ptr[i]) * 16777619u; /* FNV-1a */
    return (h ^ 0xff) * 16777619u;
}

/* The sample's source, a new one perhaps; NULL: there are too many. Names are cut to what we keep,
 * which is more than what anybody calls a column. */
static ohm_intake_source *source_of(ohm_intake *in, const ohm_sample *full)
{
    ohm_sample sample = *full;
    if (sample.source.len >= OHM_INTAKE_SOURCE_MAX)
        sample.source.len = OHM_INTAKE_SOURCE_MAX - 1;
    if (sample.device.len >= OHM_INTAKE_SOURCE_MAX)
        sample.device.len = OHM_INTAKE_SOURCE_MAX - 1;
    if (sample.unit.len >= OHM_INTAKE_UNIT_MAX)
        sample.unit.len = OHM_INTAKE_UNIT_MAX - 1;
    if (in->sources_count && is_source(&in->sources[in->last_source], &sample))
        return &in->sources[in->last_source];
    uint32_t slot = hash(hash(hash(2166136261u, sample.source), sample.device), sample.unit);
    for (slot %= SLOTS; in->slots[slot]; slot = (slot + 1) % SLOTS) {
        in->last_source = in->slots[slot] - 1u;
        if (is_source(&in->sources[in->last_source], &sample))
            return &in->sources[in->last_source];
    }
    if (in->sources_count == OHM_INTAKE_SOURCES_MAX)
        return NULL;
    in->last_source = in->sources_count++;
    in->slots[slot] = (uint16_t)in->sources_count;
    ohm_intake_source *s = &in->sources[in->last_source];
    keep(s->name, sizeof s->name, sample.source);
    keep(s->device, sizeof s->device, sample.device);
    keep(s->unit, sizeof s->unit, sample.unit);
    resolve(in, in->last_source, &sample);
    return s;
}

/* --- readings -------------------------------------------------------------------------------- */

/* OHM_INTAKE_FAULTS: nothing is wrong with it. */
static ohm_intake_fault fault_of(const ohm_intake *in, const ohm_intake_series *s, ohm_point p)
{
    if (p.time_ms < OHM_STORE_TIME_MIN)
        return OHM_INTAKE_OLD;
    if (p.time_ms >= in->options->now_ms + FUTURE_MS)
        return OHM_INTAKE_FUTURE;
    if (ohm_quantity_get(s->quantity)->kind == OHM_COUNTER && p.value < 0)
        return OHM_INTAKE_NEGATIVE;
    if (!ohm_quantity_plausible(s->quantity, p.value))
        return OHM_INTAKE_RANGE;
    return OHM_INTAKE_FAULTS;
}

static void take(void *ctx, const ohm_sample *sample)
{
    ohm_intake *in = ctx;
    if (ohm_failed(in->err))
        return;
    ohm_intake_source *source = source_of(in, sample);
    if (!source) {
        in->too_many++;
        return;
    }
    if (source->series < 0) {
        source->left_out++;
        return;
    }
    ohm_intake_series *s = &in->series[source->series];
    ohm_point p = { .time_ms = sample->time_ms, .quality = sample->quality };
    ohm_code code = ohm_unit_quantise(ohm_span_text(source->take_unit), s->quantity,
                                      sample->mantissa, sample->exponent, &p.value);
    ohm_intake_fault fault = code == OHM_OK ? fault_of(in, s, p) : OHM_INTAKE_RANGE;
    if (fault != OHM_INTAKE_FAULTS) {
        ohm_intake_fail(s, fault, sample->line);
        return;
    }
    ohm_intake_append(in, s, p, sample->line);
}

static void refuse(void *ctx, uint64_t line, const char *why, ohm_span text)
{
    ohm_intake *in = ctx;
    int len = (int)(text.len < 60 ? text.len : 60);
    if (in->refused++ < REFUSALS_SHOWN)
        (void)fprintf(stderr, "ohmstead: %s:%llu: %s%s%.*s%s\n", in->options->file,
                      (unsigned long long)line, why, len ? ": '" : "", len,
                      len ? (const char *)text.ptr : "", len ? "'" : "");
}

ohm_sample_sink ohm_intake_sink(ohm_intake *intake)
{
    return (ohm_sample_sink){ intake, take, refuse };
}

uint64_t ohm_intake_readings(const ohm_intake *intake)
{
    return intake->taken;
}

ohm_err ohm_intake_error(const ohm_intake *intake)
{
    return intake->err;
}

ohm_err ohm_intake_finish(ohm_intake *intake)
{
    ohm_intake_flush(intake, true);
    return intake->err;
}

ohm_err ohm_intake_open(const ohm_intake_options *options, ohm_intake **ret_intake)
{
    ohm_intake *in = calloc(1, sizeof *in);
    if (!in)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    in->options = options;
    in->err = ohm_ok();
    in->sources = calloc(OHM_INTAKE_SOURCES_MAX, sizeof *in->sources);
    in->series = calloc(OHM_INTAKE_SOURCES_MAX, sizeof *in->series);
    in->slots = calloc(SLOTS, sizeof *in->slots);
    ohm_err err = in->sources && in->series && in->slots
                      ? ohm_ok()
                      : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    const ohm_history_options history = {
        .path = options->store,
        .conflict = options->replace ? OHM_CONFLICT_REPLACE : OHM_CONFLICT_KEEP,
        .dry_run = options->dry_run,
    };
    if (!ohm_failed(err) && options->store)
        err = ohm_history_open(&history, &in->history);
    if (!ohm_failed(err) && options->store)
        err = ohm_reader_open(options->store, &in->reader);
    if (ohm_failed(err)) {
        ohm_intake_close(in);
        return err;
    }
    *ret_intake = in;
    return ohm_ok();
}

void ohm_intake_close(ohm_intake *in)
{
    if (!in)
        return;
    ohm_history_close(in->history);
    ohm_reader_close(in->reader);
    for (uint32_t i = 0; in->series && i < in->series_count; i++)
        free(in->series[i].rows);
    free(in->sources);
    free(in->series);
    free(in->slots);
    free(in);
}
