#include "fetch/openadr_time.h"

#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"

#define END_OF_TIME_MS OHM_ADR_END_OF_TIME_MS

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

/* None, and the default PT0S, last until something ends them (3.0.1, intervalPeriod). */
static ohm_err read_length(ohm_adr_clock *c, const json_t *period, int64_t *ret_ms)
{
    const json_t *duration = json_object_get(period, "duration");
    int64_t length_ms = 0;
    bool ever = false;
    if (duration && !json_is_null(duration) &&
        (!json_is_string(duration) ||
         !read_duration(ohm_answer_text(duration), &length_ms, &ever))) {
        c->fault = duration;
        return ohm_fail(OHM_BAD_FORMAT, 0, "a duration is not one we know");
    }
    *ret_ms = ever || length_ms == 0 ? END_OF_TIME_MS : length_ms;
    return ohm_ok();
}

bool ohm_adr_changed(const json_t *event, ohm_ms *out)
{
    const json_t *changed = json_object_get(event, "modificationDateTime");
    if (!json_is_string(changed))
        changed = json_object_get(event, "createdDateTime");
    return json_is_string(changed) &&
           ohm_answer_time(ohm_answer_text(changed), NULL, out) == OHM_OK;
}

/* A start of the year 1 (or 0) means now: the moment that the event was changed last. */
static ohm_err read_start(ohm_adr_clock *c, const json_t *period, ohm_ms *out)
{
    const json_t *start = json_object_get(period, "start");
    ohm_span text = json_is_string(start) ? ohm_answer_text(start) : ohm_span_of(NULL, 0);
    bool now =
        text.len >= 4 && (memcmp(text.ptr, "0001", 4) == 0 || memcmp(text.ptr, "0000", 4) == 0);
    if (now && !ohm_adr_changed(c->event, out))
        return ohm_fail(OHM_UNSUPPORTED, 0, "an event starts now and does not say when that was");
    if (now)
        return ohm_ok();
    ohm_tz utc;
    ohm_tz_utc(&utc); /* a time without a zone is UTC there */
    if (ohm_answer_time(text, &utc, out) == OHM_OK)
        return ohm_ok();
    c->fault = start;
    return ohm_fail(OHM_BAD_FORMAT, 0, "a start is not a time");
}

ohm_err ohm_adr_clock_start(ohm_adr_clock *c, const json_t *event)
{
    const json_t *period = ohm_answer_object(event, "intervalPeriod");
    *c = (ohm_adr_clock){ .event = event, .from_ms = OHM_NO_MS, .usual_ms = END_OF_TIME_MS };
    if (!period)
        return ohm_ok();
    OHM_TRY(read_start(c, period, &c->from_ms));
    return read_length(c, period, &c->usual_ms);
}

/* Where the interval after this one says itself when it starts: nothing lasts beyond that. */
static bool next_start(ohm_adr_clock *c, const json_t *list, size_t at, ohm_ms *out)
{
    const json_t *next = ohm_answer_object(json_array_get(list, at + 1), "intervalPeriod");
    return next && !ohm_failed(read_start(c, next, out)) && *out > c->from_ms;
}

ohm_err ohm_adr_clock_next(ohm_adr_clock *c, size_t at, ohm_interval *out)
{
    const json_t *list = ohm_answer_array(c->event, "intervals");
    const json_t *own = ohm_answer_object(json_array_get(list, at), "intervalPeriod");
    int64_t length_ms = c->usual_ms;
    if (own) {
        OHM_TRY(read_start(c, own, &c->from_ms));
        OHM_TRY(read_length(c, own, &length_ms));
    }
    if (c->from_ms == OHM_NO_MS)
        return ohm_fail(OHM_BAD_FORMAT, 0, "an interval does not say when it starts");
    ohm_ms end_ms = END_OF_TIME_MS;
    if (length_ms < END_OF_TIME_MS - c->from_ms)
        end_ms = c->from_ms + length_ms;
    else if (!next_start(c, list, at, &end_ms))
        end_ms = END_OF_TIME_MS;
    *out = (ohm_interval){ c->from_ms, end_ms };
    c->from_ms = end_ms;
    return ohm_ok();
}
