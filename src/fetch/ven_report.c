/* Reports that events ask for (reportDescriptors): what is due when, and how it is written.
 *
 * Of one event's intervals a report is made at the end of interval `startInterval` (-1: the last)
 * on the `numIntervals` up to that one (-1: all of them), again each `frequency` intervals (-1: as
 * many as it covers), `repeat` times (-1: until the last). Forecasts (`historical: false`) are not
 * made. USAGE is energy in kWh, DEMAND the mean power in kW of an interval. An interval that was
 * not measured is told as MISSING (DATA_QUALITY), never as zero; a reading behind its end is waited
 * for, an hour at most. */
#include <stdio.h>
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"
#include "fetch/openadr_time.h"
#include "fetch/ven_own.h"

enum {
    INTERVALS_MAX = 2000, /* of an event */
    OLD_MS = 7 * 24 * OHM_HOUR_MS,
    DESCRIPTORS_MAX = 16,
};

/* --- what is asked -------------------------------------------------------------------------- */

static bool is_one_of(const json_t *object, const char *key, const char *a, const char *b)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) || ohm_answer_says(object, key, a) ||
           ohm_answer_says(object, key, b);
}

/* Why a report of this kind is not made; NULL: it is. */
static const char *unable(const json_t *d)
{
    bool usage = ohm_answer_says(d, "payloadType", "USAGE");
    bool demand = ohm_answer_says(d, "payloadType", "DEMAND");
    if (json_is_false(json_object_get(d, "historical")))
        return "a forecast is asked for: reports are of what was measured";
    if (!usage && !demand)
        return "a report is asked for that is neither USAGE nor DEMAND";
    if (!is_one_of(d, "units", usage ? "KWH" : "KW", usage ? "KWH" : "KW"))
        return "a report is asked for in units other than KWH and KW";
    return is_one_of(d, "readingType", "DIRECT_READ", demand ? "MEAN" : "DIRECT_READ")
               ? NULL
               : "a report is asked for of readings other than direct or mean ones";
}

/* Names that a descriptor gives for what shall report: {type: RESOURCE_NAME, values} (3.0) or
 * strings (3.1), which may be anything. None means everybody. */
static bool is_meant(const json_t *descriptor, const char *resource)
{
    const json_t *targets = ohm_answer_array(descriptor, "targets");
    bool named = false;
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *one = json_array_get(targets, i);
        const json_t *values = ohm_answer_array(one, "values");
        if (!ohm_answer_says(one, "type", "RESOURCE_NAME"))
            continue;
        named = true;
        for (size_t k = 0; k < json_array_size(values); k++) {
            const json_t *name = json_array_get(values, k);
            if (json_is_string(name) && !strcmp(json_string_value(name), resource))
                return true;
        }
    }
    return !named;
}

static int64_t number_of(const json_t *descriptor, const char *key, int64_t usual)
{
    int64_t number;
    ohm_code code = ohm_json_body_int(descriptor, key, -1, INT32_MAX, &number);
    return code == OHM_OK ? number : usual;
}

typedef struct plan {
    int64_t start, cover, step, times; /* cover -1: all up to that one */
} plan;

static plan plan_of(const json_t *descriptor, int64_t intervals)
{
    plan p = { number_of(descriptor, "startInterval", -1),
               number_of(descriptor, "numIntervals", -1), number_of(descriptor, "frequency", -1),
               number_of(descriptor, "repeat", 1) };
    if (p.start < 0)
        p.start = intervals - 1;
    if (p.step < 0)
        p.step = p.cover;
    if (p.step <= 0)
        p.step = intervals; /* one report, then */
    if (p.times < 0)
        p.times = intervals;
    return p;
}

/* --- what is due ---------------------------------------------------------------------------- */

/* Reports of one descriptor are made in order: what was sent is known by its last one. */
static bool is_in(const json_t *sent, const ohm_ven_due *due)
{
    const json_t *last = json_object_get(sent, due->of);
    return json_is_integer(last) && json_integer_value(last) >= (json_int_t)due->last;
}

static bool is_of(const char *key, const json_t *events)
{
    for (size_t i = 0; i < json_array_size(events); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(events, i), "id"));
        size_t len = id ? strlen(id) : 0;
        if (len > 0 && !strncmp(key, id, len) && key[len] == '#')
            return true;
    }
    return false;
}

bool ohm_ven_forget(json_t *sent, const json_t *events)
{
    const char *key;
    json_t *value;
    void *next;
    bool any = false;
    json_object_foreach_safe(sent, next, key, value)
    {
        if (is_of(key, events))
            continue;
        (void)json_object_del(sent, key);
        any = true;
    }
    return any;
}

/* When each interval ends; false: the times can't be read, or there are too many. */
static bool ends_of(const json_t *event, ohm_ms *ends, size_t *ret_count)
{
    ohm_adr_clock clock;
    size_t count = json_array_size(ohm_answer_array(event, "intervals"));
    if (count == 0 || count > INTERVALS_MAX || ohm_failed(ohm_adr_clock_start(&clock, event)))
        return false;
    for (size_t i = 0; i < count; i++) {
        ohm_interval when;
        if (ohm_failed(ohm_adr_clock_next(&clock, i, &when)))
            return false;
        ends[i] = when.to_ms;
    }
    *ret_count = count;
    return true;
}

/* The first of a descriptor's reports that is due, if one is. */
static bool due_of(ohm_ven_due *due, size_t at, const ohm_ms *ends, size_t count,
                   const json_t *sent, const json_t *later, ohm_ms now_ms)
{
    const plan p = plan_of(due->descriptor, (int64_t)count);
    const char *id = json_string_value(json_object_get(due->event, "id"));
    for (int64_t k = 0; k < p.times; k++) {
        int64_t last = p.start + k * p.step;
        if (last >= (int64_t)count || ends[last] > now_ms)
            return false;
        due->last = (size_t)last;
        due->first = p.cover < 1 || p.cover > last ? 0 : (size_t)(last - p.cover + 1);
        (void)snprintf(due->of, sizeof due->of, "%s#%zu", id, at);
        int len = snprintf(due->key, sizeof due->key, "%s#%zu#%lld", id, at, (long long)last);
        bool fits = len > 0 && len < OHM_VEN_KEY_MAX;
        bool old = ends[last] < now_ms - OLD_MS;
        if (fits && !old && due->last - due->first < OHM_VEN_READINGS_MAX && !is_in(sent, due))
            return !is_in(later, due); /* those behind it wait with it */
    }
    return false;
}

ohm_code ohm_ven_due_next(const json_t *events, const json_t *sent, const json_t *later,
                          const char *resource, ohm_ms now_ms, ohm_ven_due *out,
                          const char **ret_refused)
{
    ohm_ms ends[INTERVALS_MAX];
    *ret_refused = NULL;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const json_t *list = ohm_answer_array(event, "reportDescriptors");
        size_t count = 0, wanted = json_array_size(list);
        if (wanted == 0 || !json_is_string(json_object_get(event, "id")) ||
            !ends_of(event, ends, &count))
            continue;
        for (size_t k = 0; k < wanted && k < DESCRIPTORS_MAX; k++) {
            ohm_ven_due due = { .event = event, .descriptor = json_array_get(list, k) };
            const char *why = unable(due.descriptor);
            if (why)
                *ret_refused = why;
            if (why || !is_meant(due.descriptor, resource) ||
                !due_of(&due, k, ends, count, sent, later, now_ms))
                continue;
            *out = due;
            return OHM_OK;
        }
    }
    return OHM_UNKNOWN;
}

/* --- the report ----------------------------------------------------------------------------- */

ohm_code ohm_ven_due_times(const ohm_ven_due *due, ohm_ven_reading *out)
{
    ohm_adr_clock clock;
    if (ohm_failed(ohm_adr_clock_start(&clock, due->event)))
        return OHM_BAD_FORMAT;
    for (size_t i = 0; i <= due->last; i++) {
        ohm_interval when;
        if (ohm_failed(ohm_adr_clock_next(&clock, i, &when)))
            return OHM_BAD_FORMAT;
        if (i >= due->first)
            out[i - due->first] = (ohm_ven_reading){ .when = when };
    }
    return OHM_OK;
}

/* A decimal of thousandths: what a double prints of it with 15 digits is exact. */
static json_t *thousandths(int64_t number)
{
    return json_real((double)number / 1000);
}

/* Energy in kWh, or the power that it means in kW. */
static json_t *value_of(const ohm_ven_reading *r, bool demand)
{
    int64_t length_ms = r->when.to_ms - r->when.from_ms;
    if (!demand)
        return thousandths(r->wh);
    return thousandths((r->wh * OHM_HOUR_MS + length_ms / 2) / length_ms);
}

/* "PT900S": the length as every VTN reads it. */
static json_t *period_of(ohm_interval when)
{
    char start[OHM_RFC3339_MAX], length[32];
    (void)ohm_rfc3339_write(when.from_ms, start);
    (void)snprintf(length, sizeof length, "PT%lldS",
                   (long long)((when.to_ms - when.from_ms) / OHM_SECOND_MS));
    return json_pack("{s:s,s:s}", "start", start, "duration", length);
}

static json_t *interval_of(const ohm_ven_due *due, size_t at, const ohm_ven_reading *r)
{
    const json_t *list = ohm_answer_array(due->event, "intervals");
    const char *type = json_string_value(json_object_get(due->descriptor, "payloadType"));
    bool demand = !strcmp(type, "DEMAND");
    int64_t id;
    if (ohm_json_body_int(json_array_get(list, at), "id", INT32_MIN, INT32_MAX, &id) != OHM_OK)
        id = (int64_t)at;
    json_t *payloads = json_array();
    if (r->known)
        (void)json_array_append_new(
            payloads, json_pack("{s:s,s:[o]}", "type", type, "values", value_of(r, demand)));
    const char *quality = !r->known ? "MISSING" : r->estimated ? "ESTIMATED" : "OK";
    (void)json_array_append_new(
        payloads, json_pack("{s:s,s:[s]}", "type", "DATA_QUALITY", "values", quality));
    return json_pack("{s:I,s:o,s:o}", "id", (json_int_t)id, "intervalPeriod", period_of(r->when),
                     "payloads", payloads);
}

json_t *ohm_ven_due_write(const ohm_ven_due *due, const ohm_ven_reading *readings,
                          const char *ven_name, const char *resource, bool with_program)
{
    const json_t *program = json_object_get(due->event, "programID");
    const char *type = json_string_value(json_object_get(due->descriptor, "payloadType"));
    bool demand = !strcmp(type, "DEMAND");
    json_t *intervals = json_array();
    for (size_t i = due->first; i <= due->last; i++)
        (void)json_array_append_new(intervals, interval_of(due, i, &readings[i - due->first]));
    json_t *report =
        json_pack("{s:s,s:s,s:s,s:[{s:s,s:s,s:s}],s:[{s:s,s:o}]}", "eventID",
                  json_string_value(json_object_get(due->event, "id")), "clientName", ven_name,
                  "reportName", due->key, "payloadDescriptors", "payloadType", type, "units",
                  demand ? "KW" : "KWH", "readingType", demand ? "MEAN" : "DIRECT_READ",
                  "resources", "resourceName", resource, "intervals", intervals);
    if (report && with_program && json_is_string(program))
        (void)json_object_set_new(report, "programID", json_string(json_string_value(program)));
    return report;
}
