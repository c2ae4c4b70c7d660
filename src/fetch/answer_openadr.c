/* Events of OpenADR 3 (3.0 and 3.1): one event, or the list that GET /events answers with.
 *
 * openadr_time.h tells their times. Of events that overlap the one with the lowest priority number
 * wins (0 is highest, none is lowest). randomizeStart is for who acts on an event, not for its
 * time. A payload with several values in one interval is refused: which holds when is not said. */
#include <stdlib.h>
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"
#include "fetch/openadr_time.h"

enum {
    EVENTS_MAX = 512,
    PRIORITY_NONE = INT32_MAX,
    KWH_TO_MWH = 3,
    KW_TO_W = 3,
    INTERVALS_MAX = 20000, /* of all events */
};

typedef struct ranked {
    const json_t *event;
    int64_t priority;
} ranked;

typedef struct adr_reading {
    ohm_answer_reading *b;
    const char *type; /* of the payloads that are read */
    int shift;        /* of their values */
    size_t covered;   /* drafts of higher priorities: these come first, by time */
    size_t read;      /* intervals so far */
} adr_reading;

/* --- payloads ------------------------------------------------------------------------------- */

static const json_t *find_payload(const json_t *interval, const char *type)
{
    const json_t *payloads = ohm_answer_array(interval, "payloads");
    for (size_t i = 0; i < json_array_size(payloads); i++)
        if (ohm_answer_says(json_array_get(payloads, i), "type", type))
            return json_array_get(payloads, i);
    return NULL;
}

static bool has_type(const ranked *events, size_t count, const char *type)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *intervals = ohm_answer_array(events[i].event, "intervals");
        for (size_t k = 0; k < json_array_size(intervals); k++)
            if (find_payload(json_array_get(intervals, k), type))
                return true;
    }
    return false;
}

typedef struct payload_type {
    const char *name;
    ohm_segment_unit unit;
    bool price;
} payload_type;

/* In the order of our own first choice. */
static const payload_type types[] = {
    { "PRICE", OHM_UNIT_EUR_PER_MWH, true },
    { "SIMPLE", OHM_UNIT_LEVEL, false },
    { "GHG", OHM_UNIT_G_PER_KWH, false },
    { "EXPORT_PRICE", OHM_UNIT_EUR_PER_MWH, true },
    { "IMPORT_CAPACITY_LIMIT", OHM_UNIT_W, false },
    { "EXPORT_CAPACITY_LIMIT", OHM_UNIT_W, false },
    { "DISPATCH_SETPOINT", OHM_UNIT_OTHER, false },
    { "CHARGE_STATE_SETPOINT", OHM_UNIT_OTHER, false },
};
enum { TYPES_COUNT = sizeof types / sizeof *types };

/* What a limit is said in: kW, or kVA, which are no more than as many kW; W besides. */
static ohm_err read_power_unit(adr_reading *r, const json_t *units)
{
    bool none = !units || json_is_null(units);
    if (none || (json_is_string(units) && (ohm_span_is(ohm_answer_text(units), "KW") ||
                                           ohm_span_is(ohm_answer_text(units), "KVA"))))
        return ohm_ok();
    if (!json_is_string(units) || !ohm_span_is(ohm_answer_text(units), "W"))
        return ohm_answer_quote_json(r->b, units,
                                     ohm_fail(OHM_UNSUPPORTED, 0, "the limits are not in kW"));
    r->shift = 0;
    return ohm_ok();
}

/* Prices are per kWh in EUR, and limits in kW, unless an event describes its payloads otherwise. */
static ohm_err read_descriptors(adr_reading *r, const json_t *event)
{
    const json_t *list = ohm_answer_array(event, "payloadDescriptors");
    bool power = r->b->unit == OHM_UNIT_W;
    r->shift = r->b->unit == OHM_UNIT_EUR_PER_MWH ? KWH_TO_MWH : power ? KW_TO_W : 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *currency = json_object_get(one, "currency");
        if (power && ohm_answer_says(one, "payloadType", r->type))
            OHM_TRY(read_power_unit(r, json_object_get(one, "units")));
        if (r->b->unit != OHM_UNIT_EUR_PER_MWH || !ohm_answer_says(one, "payloadType", r->type))
            continue;
        if (json_is_string(currency) && !ohm_span_is(ohm_answer_text(currency), "EUR"))
            return ohm_answer_quote_json(r->b, currency,
                                         ohm_fail(OHM_UNSUPPORTED, 0, "the prices are not in EUR"));
        if (ohm_answer_says(one, "units", "MWH"))
            r->shift = 0;
    }
    return ohm_ok();
}

/* Adds what no event of a higher priority covers already. */
static ohm_err add_uncovered(adr_reading *r, ohm_draft draft)
{
    ohm_answer_reading *b = r->b;
    ohm_ms at_ms = draft.segment.when.from_ms, end_ms = draft.segment.when.to_ms;
    if (r->read++ == INTERVALS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many intervals");
    size_t i = 0;
    while (i < r->covered && b->drafts[i].segment.when.to_ms <= at_ms)
        i++;
    while (at_ms < end_ms) {
        bool more = i < r->covered;
        if (more && b->drafts[i].segment.when.from_ms <= at_ms) {
            ohm_ms covered_ms = b->drafts[i++].segment.when.to_ms;
            at_ms = covered_ms > at_ms ? covered_ms : at_ms;
            continue;
        }
        ohm_draft piece = draft;
        piece.segment.when.from_ms = at_ms;
        if (more && b->drafts[i].segment.when.from_ms < end_ms)
            piece.segment.when.to_ms = b->drafts[i].segment.when.from_ms;
        OHM_TRY(ohm_answer_add(b, piece));
        at_ms = piece.segment.when.to_ms;
    }
    return ohm_ok();
}

static ohm_err add_payload(adr_reading *r, const json_t *payload, ohm_interval when)
{
    const json_t *values = ohm_answer_array(payload, "values");
    ohm_draft draft = { .segment = { .when = when } };
    if (json_array_size(values) > 1)
        return ohm_answer_at(
            r->b, when.from_ms,
            ohm_fail(OHM_UNSUPPORTED, 0, "a payload has several values for one interval"));
    ohm_code code = ohm_answer_decimal(json_array_get(values, 0), r->shift, &draft.segment);
    draft.known = code == OHM_OK;
    if (code != OHM_OK)
        return ohm_answer_at(r->b, when.from_ms,
                             ohm_fail(OHM_BAD_FORMAT, 0, "a payload's value is not a number"));
    return add_uncovered(r, draft);
}

/* --- events --------------------------------------------------------------------------------- */

static ohm_err read_event(adr_reading *r, const json_t *event)
{
    const json_t *intervals = ohm_answer_array(event, "intervals");
    ohm_adr_clock clock;
    if (!intervals)
        return ohm_fail(OHM_BAD_FORMAT, 0, "an event has no intervals");
    OHM_TRY(read_descriptors(r, event));
    ohm_err err = ohm_adr_clock_start(&clock, event);
    for (size_t i = 0; !ohm_failed(err) && i < json_array_size(intervals); i++) {
        ohm_interval when;
        err = ohm_adr_clock_next(&clock, i, &when);
        const json_t *payload = find_payload(json_array_get(intervals, i), r->type);
        if (!ohm_failed(err) && payload && when.from_ms < when.to_ms)
            OHM_TRY(add_payload(r, payload, when));
    }
    return ohm_failed(err) ? ohm_answer_quote_json(r->b, clock.fault, err) : err;
}

static int by_priority(const void *a, const void *b)
{
    int64_t x = ((const ranked *)a)->priority, y = ((const ranked *)b)->priority;
    return x < y ? -1 : x > y;
}

static int by_start(const void *a, const void *b)
{
    ohm_ms x = ((const ohm_draft *)a)->segment.when.from_ms;
    ohm_ms y = ((const ohm_draft *)b)->segment.when.from_ms;
    return x < y ? -1 : x > y;
}

/* What is there so far goes before all that comes. */
static void cover(adr_reading *r)
{
    if (r->b->count > 0)
        qsort(r->b->drafts, r->b->count, sizeof *r->b->drafts, by_start);
    r->covered = r->b->count;
}

/* In a list of everything that a VTN shows an event without intervals says nothing. */
static bool is_silent(const json_t *root, const json_t *one)
{
    const json_t *intervals = json_object_get(one, "intervals");
    return json_is_array(root) && json_is_string(json_object_get(one, "programID")) &&
           (!intervals || json_is_null(intervals));
}

static ohm_err list_events(ohm_answer_reading *b, json_t *root, ranked *events, size_t *ret_count)
{
    size_t count = json_is_array(root) ? json_array_size(root) : 1, found = 0;
    if (count > EVENTS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many events");
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(root) ? json_array_get(root, i) : root;
        if (is_silent(root, one))
            continue;
        if (!ohm_answer_array(one, "intervals"))
            return ohm_answer_refuse_error(b, one, "the body has no event with intervals");
        ranked *event = &events[found++];
        *event = (ranked){ one, PRIORITY_NONE };
        ohm_code code = ohm_json_body_int(one, "priority", 0, PRIORITY_NONE, &event->priority);
        if (code != OHM_OK && code != OHM_UNKNOWN)
            return ohm_fail(code, 0, "an event's priority is not a number");
        ohm_ms changed_ms;
        if (ohm_adr_changed(one, &changed_ms) && changed_ms > b->made_ms)
            b->made_ms = changed_ms;
    }
    qsort(events, found, sizeof *events, by_priority);
    *ret_count = found;
    return ohm_ok();
}

/* The type that is asked for, else the first of ours that an event has. A list may have none: then
 * it says nothing to us. */
static ohm_err pick_type(adr_reading *r, const ranked *events, size_t count, bool list)
{
    r->type = r->b->options->series;
    r->b->unit = OHM_UNIT_OTHER;
    for (size_t i = 0; i < TYPES_COUNT; i++) {
        bool asked = r->type && strcmp(r->type, types[i].name) == 0;
        if (!asked && (r->type || !has_type(events, count, types[i].name)))
            continue;
        r->type = types[i].name;
        r->b->unit = types[i].unit;
        return ohm_ok();
    }
    if (!r->type && count > 0 && !list)
        return ohm_fail(OHM_UNSUPPORTED, 0, "the event has no payload that we know");
    r->type = r->type ? r->type : "";
    return ohm_ok();
}

ohm_err ohm_answer_openadr(json_t *root, ohm_answer_reading *b)
{
    adr_reading r = { .b = b };
    size_t count = 0;
    ranked *events = malloc(EVENTS_MAX * sizeof *events);
    if (!events)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
    ohm_err err = list_events(b, root, events, &count);
    if (!ohm_failed(err))
        err = pick_type(&r, events, count, json_is_array(root));
    for (size_t i = 0; !ohm_failed(err) && i < count; i++) {
        if (i > 0 && events[i].priority != events[i - 1].priority)
            cover(&r);
        err = read_event(&r, events[i].event);
    }
    free(events);
    return err;
}
