/* Events of OpenADR 3 (3.0 and 3.1): one event, or the list that GET /events answers with.
 *
 * An event's intervals inherit its intervalPeriod: the first starts at its start, each lasts its
 * duration and the next follows; an interval's own intervalPeriod goes before. A start of the
 * year 1 (or 0) means now: the moment that the event was changed last. A duration of P9999Y, and
 * none, mean without an end. Of events that overlap the one with the lowest priority number wins
 * (0 is highest, none is lowest). randomizeStart is for who acts on an event, not for its time. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"
#include "fetch/json_body.h"

enum {
    EVENTS_MAX = 512,
    PRIORITY_NONE = INT32_MAX,
    KWH_TO_MWH = 3,
    INTERVALS_MAX = 20000, /* of all events */
};

#define END_OF_TIME_MS INT64_C(253402300799000) /* 9999-12-31T23:59:59Z */

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

/* --- times ---------------------------------------------------------------------------------- */

/* A part of a duration: digits and a letter. */
static bool take_part(ohm_span text, size_t *at, int64_t *ret_number, uint8_t *ret_letter)
{
    size_t from = *at;
    while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9')
        ++*at;
    if (*at == from || *at - from > 9 || *at == text.len)
        return false;
    *ret_letter = text.ptr[*at];
    bool good = ohm_number_int(ohm_span_part(text, from, *at - from), ret_number) == OHM_OK;
    ++*at;
    return good;
}

/* A letter's length. Years and months have none: their number must be 0, or the years 9999. */
static bool add_part(int64_t number, uint8_t letter, bool in_time, int64_t *ret_ms, bool *ret_ever)
{
    int64_t unit_ms = 0;
    if (!in_time && letter == 'W')
        unit_ms = 7 * 24 * (int64_t)OHM_HOUR_MS;
    if (!in_time && letter == 'D')
        unit_ms = 24 * (int64_t)OHM_HOUR_MS;
    if (in_time && letter == 'H')
        unit_ms = OHM_HOUR_MS;
    if (in_time && letter == 'M')
        unit_ms = OHM_MINUTE_MS;
    if (in_time && letter == 'S')
        unit_ms = OHM_SECOND_MS;
    if (!in_time && letter == 'Y' && number >= 9999)
        *ret_ever = true;
    bool calendar = !in_time && (letter == 'Y' || letter == 'M') && (number == 0 || *ret_ever);
    *ret_ms += number * unit_ms; /* ten digits of weeks at most: no overflow */
    return unit_ms > 0 || calendar;
}

/* ISO 8601: "PT1H", "P0Y0M0DT1H0M0S", "P1D", "P9999Y". */
static bool read_duration(ohm_span text, int64_t *ret_ms, bool *ret_ever)
{
    bool in_time = false;
    *ret_ms = 0;
    *ret_ever = false;
    if (text.len < 3 || text.len > 40 || text.ptr[0] != 'P')
        return false;
    for (size_t at = 1; at < text.len;) {
        int64_t number;
        uint8_t letter;
        if (text.ptr[at] == 'T' && !in_time) {
            in_time = true;
            at++;
            continue;
        }
        if (!take_part(text, &at, &number, &letter) ||
            !add_part(number, letter, in_time, ret_ms, ret_ever))
            return false;
    }
    return true;
}

static ohm_err read_length(adr_reading *r, const json_t *period, int64_t *ret_ms)
{
    const json_t *duration = json_object_get(period, "duration");
    bool ever = true;
    if (duration && !json_is_null(duration) &&
        (!json_is_string(duration) || !read_duration(ohm_answer_text(duration), ret_ms, &ever)))
        return ohm_answer_quote_json(r->b, duration,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "a duration is not one we know"));
    if (ever)
        *ret_ms = END_OF_TIME_MS;
    return ohm_ok();
}

/* When the event was changed last, else made. */
static bool read_changed(const json_t *event, ohm_ms *out)
{
    const json_t *changed = json_object_get(event, "modificationDateTime");
    if (!json_is_string(changed))
        changed = json_object_get(event, "createdDateTime");
    return json_is_string(changed) &&
           ohm_answer_time(ohm_answer_text(changed), NULL, out) == OHM_OK;
}

static ohm_err read_start(adr_reading *r, const json_t *event, const json_t *period, ohm_ms *out)
{
    const json_t *start = json_object_get(period, "start");
    ohm_span text = json_is_string(start) ? ohm_answer_text(start) : ohm_span_of(NULL, 0);
    bool now =
        text.len >= 4 && (memcmp(text.ptr, "0001", 4) == 0 || memcmp(text.ptr, "0000", 4) == 0);
    if (now && !read_changed(event, out))
        return ohm_fail(OHM_UNSUPPORTED, 0, "an event starts now and does not say when that was");
    if (now)
        return ohm_ok();
    ohm_tz utc;
    ohm_tz_utc(&utc); /* a time without a zone is UTC there */
    if (ohm_answer_time(text, &utc, out) != OHM_OK)
        return ohm_answer_quote(r->b, text, ohm_fail(OHM_BAD_FORMAT, 0, "a start is not a time"));
    return ohm_ok();
}

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
    { "IMPORT_CAPACITY_LIMIT", OHM_UNIT_OTHER, false },
    { "EXPORT_CAPACITY_LIMIT", OHM_UNIT_OTHER, false },
    { "DISPATCH_SETPOINT", OHM_UNIT_OTHER, false },
    { "CHARGE_STATE_SETPOINT", OHM_UNIT_OTHER, false },
};
enum { TYPES_COUNT = sizeof types / sizeof *types };

/* Prices are per kWh in EUR unless an event describes its payloads otherwise. */
static ohm_err read_descriptors(adr_reading *r, const json_t *event)
{
    const json_t *list = ohm_answer_array(event, "payloadDescriptors");
    r->shift = r->b->unit == OHM_UNIT_EUR_PER_MWH ? KWH_TO_MWH : 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *currency = json_object_get(one, "currency");
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
    const json_t *period = ohm_answer_object(event, "intervalPeriod");
    const json_t *intervals = ohm_answer_array(event, "intervals");
    ohm_ms from_ms = OHM_NO_MS;
    int64_t usual_ms = END_OF_TIME_MS;
    if (!intervals)
        return ohm_fail(OHM_BAD_FORMAT, 0, "an event has no intervals");
    OHM_TRY(read_descriptors(r, event));
    if (period) {
        OHM_TRY(read_start(r, event, period, &from_ms));
        OHM_TRY(read_length(r, period, &usual_ms));
    }
    for (size_t i = 0; i < json_array_size(intervals); i++) {
        const json_t *interval = json_array_get(intervals, i);
        const json_t *own = ohm_answer_object(interval, "intervalPeriod");
        int64_t length_ms = usual_ms;
        if (own) {
            OHM_TRY(read_start(r, event, own, &from_ms));
            OHM_TRY(read_length(r, own, &length_ms));
        }
        if (from_ms == OHM_NO_MS)
            return ohm_fail(OHM_BAD_FORMAT, 0, "an interval does not say when it starts");
        bool ever = length_ms >= END_OF_TIME_MS - from_ms;
        ohm_interval when = { from_ms, ever ? END_OF_TIME_MS : from_ms + length_ms };
        const json_t *payload = find_payload(interval, r->type);
        if (payload && when.from_ms < when.to_ms)
            OHM_TRY(add_payload(r, payload, when));
        from_ms = when.to_ms;
    }
    return ohm_ok();
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

static ohm_err list_events(ohm_answer_reading *b, json_t *root, ranked *events, size_t *ret_count)
{
    size_t count = json_is_array(root) ? json_array_size(root) : 1;
    if (count > EVENTS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many events");
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(root) ? json_array_get(root, i) : root;
        if (!ohm_answer_array(one, "intervals"))
            return ohm_answer_refuse_error(b, one, "the body has no event with intervals");
        events[i] = (ranked){ one, PRIORITY_NONE };
        ohm_code code = ohm_json_body_int(one, "priority", 0, PRIORITY_NONE, &events[i].priority);
        if (code != OHM_OK && code != OHM_UNKNOWN)
            return ohm_fail(code, 0, "an event's priority is not a number");
        ohm_ms changed_ms;
        if (read_changed(one, &changed_ms) && changed_ms > b->made_ms)
            b->made_ms = changed_ms;
    }
    qsort(events, count, sizeof *events, by_priority);
    *ret_count = count;
    return ohm_ok();
}

/* The type that is asked for, else the first of ours that an event has. */
static ohm_err pick_type(adr_reading *r, const ranked *events, size_t count)
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
    if (!r->type && count > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "the events have no payload that we know");
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
        err = pick_type(&r, events, count);
    for (size_t i = 0; !ohm_failed(err) && i < count; i++) {
        if (i > 0 && events[i].priority != events[i - 1].priority)
            cover(&r);
        err = read_event(&r, events[i].event);
    }
    free(events);
    return err;
}
