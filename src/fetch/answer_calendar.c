/* Bodies that say something about days: the three services of Tempo, EJP, and RTE's signal of
 * demand response. A day whose colour is not known yet is left out: that is a normal answer. */
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"

enum { SPAN_DAYS_MAX = 366 }; /* RTE gives at most as many at once */

static ohm_err add_colour(ohm_answer_reading *b, ohm_date date, ohm_colour colour)
{
    return ohm_answer_add_int(b, ohm_tempo_day(b->options->tz, date), colour);
}

/* A colour's name. Absent, null, empty and NON_DEFINI mean that it is not known. */
static ohm_err read_colour(ohm_answer_reading *b, const json_t *value, ohm_colour *out)
{
    *out = OHM_COLOUR_UNKNOWN;
    if (!value || json_is_null(value))
        return ohm_ok();
    if (!json_is_string(value))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day's colour is not a word");
    ohm_span text = ohm_answer_text(value);
    if (text.len == 0 || ohm_span_is(text, "NON_DEFINI") || ohm_span_is(text, "UNDEFINED"))
        return ohm_ok();
    *out = ohm_colour_of(text);
    if (*out == OHM_COLOUR_UNKNOWN)
        return ohm_answer_quote(b, text, ohm_fail(OHM_RANGE, 0, "a colour is not known"));
    return ohm_ok();
}

/* The dates [start, end) of an entry; one date where the end is not said. */
static ohm_err read_span(ohm_answer_reading *b, const json_t *entry, int64_t *ret_from,
                         int64_t *ret_to)
{
    const json_t *start = json_object_get(entry, "start_date");
    const json_t *end = json_object_get(entry, "end_date");
    ohm_date date;
    if (!json_is_string(start) ||
        ohm_failed(ohm_answer_day(ohm_answer_text(start), b->options->tz, &date)))
        return ohm_answer_quote_json(b, start,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "a start_date is not a time"));
    *ret_from = ohm_days_from_date(date);
    *ret_to = *ret_from + 1;
    if (!end || json_is_null(end))
        return ohm_ok();
    if (!json_is_string(end) ||
        ohm_failed(ohm_answer_day(ohm_answer_text(end), b->options->tz, &date)))
        return ohm_answer_quote_json(b, end,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "an end_date is not a time"));
    *ret_to = ohm_days_from_date(date);
    if (*ret_to <= *ret_from || *ret_to - *ret_from > SPAN_DAYS_MAX)
        return ohm_answer_quote_json(b, end,
                                     ohm_fail(OHM_RANGE, 0, "an end_date is not after its start"));
    return ohm_ok();
}

static void note_update(ohm_answer_reading *b, const json_t *entry)
{
    const json_t *updated = json_object_get(entry, "updated_date");
    if (json_is_string(updated))
        ohm_answer_made(b, ohm_answer_text(updated));
}

static ohm_err read_calendar_entry(ohm_answer_reading *b, const json_t *entry)
{
    int64_t from = 0, to = 0;
    ohm_colour colour;
    if (!json_is_object(entry))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day is not an object");
    OHM_TRY(read_span(b, entry, &from, &to));
    OHM_TRY(read_colour(b, json_object_get(entry, "value"), &colour));
    note_update(b, entry);
    for (int64_t day = from; colour != OHM_COLOUR_UNKNOWN && day < to; day++)
        OHM_TRY(add_colour(b, ohm_date_from_days(day), colour));
    return ohm_ok();
}

/* RTE, tempo_like_supply_contract v1: midnight to midnight, newest first, though a colour holds
 * from 06:00 to 06:00. F04 means that the end asked for is not published yet. */
ohm_err ohm_answer_tempo(json_t *root, ohm_answer_reading *b)
{
    const json_t *calendars = ohm_answer_object(root, "tempo_like_calendars");
    const json_t *values = ohm_answer_array(calendars, "values");
    if (!calendars && ohm_answer_says(root, "error", "TMPLIKSUPCON_TMPLIKCAL_F04"))
        return ohm_ok();
    if (!calendars)
        return ohm_answer_refuse_error(b, root, "the body has no tempo_like_calendars");
    if (!values)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the calendar has no list of values");
    for (size_t i = 0; i < json_array_size(values); i++)
        OHM_TRY(read_calendar_entry(b, json_array_get(values, i)));
    return ohm_ok();
}

/* services-rte.com: {"values":{"2024-09-01":"BLUE"}}, with other keys among them. */
ohm_err ohm_answer_services_rte(json_t *root, ohm_answer_reading *b)
{
    json_t *values = json_object_get(root, "values");
    if (json_is_array(values) && json_array_size(values) == 0)
        return ohm_ok(); /* what an empty map is in some languages */
    if (!json_is_object(values))
        return ohm_answer_refuse_error(b, root, "the body has no values");
    const char *key;
    json_t *value;
    json_object_foreach(values, key, value)
    {
        ohm_date date;
        ohm_colour colour;
        if (ohm_answer_date(ohm_span_text(key), &date) != OHM_OK)
            continue;
        OHM_TRY(read_colour(b, value, &colour));
        if (colour != OHM_COLOUR_UNKNOWN)
            OHM_TRY(add_colour(b, date, colour));
    }
    return ohm_ok();
}

/* {"dateJour":"2026-01-06","codeJour":3}: 0 not known yet, 1 blue, 2 white, 3 red. */
static ohm_err read_couleur(ohm_answer_reading *b, const json_t *entry)
{
    const json_t *day = json_object_get(entry, "dateJour");
    ohm_date date;
    int64_t code = 0;
    if (!json_is_string(day))
        return ohm_answer_refuse_error(b, entry, "the body has no day (dateJour)");
    if (ohm_answer_date(ohm_answer_text(day), &date) != OHM_OK)
        return ohm_answer_quote_json(b, day, ohm_fail(OHM_BAD_FORMAT, 0, "dateJour is not a date"));
    ohm_code read = ohm_json_body_int(entry, "codeJour", 0, OHM_COLOUR_RED, &code);
    if (read == OHM_RANGE)
        return ohm_answer_quote_json(b, day, ohm_fail(OHM_RANGE, 0, "codeJour is not 0 to 3"));
    if (read == OHM_BAD_FORMAT)
        return ohm_answer_quote_json(b, day, ohm_fail(read, 0, "codeJour is not a number"));
    return code == 0 ? ohm_ok() : add_colour(b, date, (ohm_colour)code);
}

ohm_err ohm_answer_couleur(json_t *root, ohm_answer_reading *b)
{
    if (json_is_object(root))
        return read_couleur(b, root);
    for (size_t i = 0; i < json_array_size(root); i++)
        OHM_TRY(read_couleur(b, json_array_get(root, i)));
    return ohm_ok();
}

/* --- EJP ----------------------------------------------------------------------------------- */

/* The peak of an EJP day runs from 07:00 to 01:00; the rest of the night never is one. */
static ohm_err add_ejp(ohm_answer_reading *b, ohm_date date, bool ejp)
{
    ohm_interval peak, rest;
    ohm_ejp_day(b->options->tz, date, &peak, &rest);
    OHM_TRY(ohm_answer_add_int(b, peak, ejp));
    return ohm_answer_add_int(b, rest, 0);
}

static ohm_err read_ejp_day(ohm_answer_reading *b, const json_t *entry)
{
    const json_t *day = json_object_get(entry, "dateApplication");
    const json_t *state = json_object_get(entry, "statut");
    ohm_date date;
    if (!json_is_string(day) || ohm_answer_text(day).len < 10 ||
        ohm_answer_date(ohm_span_part(ohm_answer_text(day), 0, 10), &date) != OHM_OK)
        return ohm_answer_quote_json(b, day,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "dateApplication is not a date"));
    if (!state || json_is_null(state) || ohm_answer_says(entry, "statut", "NON_DEFINI"))
        return ohm_ok();
    bool ejp = ohm_answer_says(entry, "statut", "EJP");
    if (!ejp && !ohm_answer_says(entry, "statut", "NON_EJP") &&
        !ohm_answer_says(entry, "statut", "HORS_PERIODE_EJP"))
        return ohm_answer_quote_json(b, state,
                                     ohm_fail(OHM_RANGE, 0, "a day's state is not known"));
    return add_ejp(b, date, ejp);
}

/* EDF's calendar of days of demand response; one request may name several options. */
ohm_err ohm_answer_ejp(json_t *root, ohm_answer_reading *b)
{
    const json_t *errors = ohm_answer_array(root, "errors");
    const json_t *options = ohm_answer_array(ohm_answer_object(root, "content"), "options");
    if (json_array_size(errors) > 0) {
        const json_t *first = json_array_get(errors, 0);
        const json_t *words = json_object_get(first, "description");
        return ohm_answer_quote_json(
            b, words ? words : first,
            ohm_fail(OHM_BAD_FORMAT, 0, "the service answered with an error"));
    }
    if (!options)
        return ohm_answer_refuse_error(b, root, "the body has no calendar (content.options)");
    bool found = false;
    for (size_t i = 0; i < json_array_size(options); i++) {
        const json_t *option = json_array_get(options, i);
        if (!ohm_answer_says(option, "option", "EJP"))
            continue;
        found = true;
        const json_t *days = ohm_answer_array(option, "calendrier");
        if (!days)
            return ohm_fail(OHM_BAD_FORMAT, 0, "the option has no list of days (calendrier)");
        for (size_t k = 0; k < json_array_size(days); k++)
            OHM_TRY(read_ejp_day(b, json_array_get(days, k)));
    }
    if (!found && json_array_size(options) > 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body's calendar is of another option than EJP");
    return ohm_ok();
}

/* --- demand response ----------------------------------------------------------------------- */

/* 0 none, 1 explicit, 2 implicit, 3 both, over the times as published. */
static ohm_err read_signaled(ohm_answer_reading *b, const json_t *entry)
{
    const json_t *start = json_object_get(entry, "start_date");
    const json_t *end = json_object_get(entry, "end_date");
    int64_t level;
    ohm_interval when;
    if (!json_is_string(start) || !json_is_string(end) ||
        ohm_answer_time(ohm_answer_text(start), NULL, &when.from_ms) != OHM_OK ||
        ohm_answer_time(ohm_answer_text(end), NULL, &when.to_ms) != OHM_OK)
        return ohm_answer_quote_json(
            b, start, ohm_fail(OHM_BAD_FORMAT, 0, "a start_date or end_date is not a time"));
    note_update(b, entry);
    ohm_code code = ohm_json_body_int(entry, "aoe_signals", 0, 3, &level);
    if (code == OHM_UNKNOWN)
        return ohm_ok();
    if (code != OHM_OK)
        return ohm_answer_at(b, when.from_ms, ohm_fail(code, 0, "aoe_signals is not 0 to 3"));
    return ohm_answer_add_int(b, when, level);
}

ohm_err ohm_answer_demand_response(json_t *root, ohm_answer_reading *b)
{
    const json_t *signals = ohm_answer_array(root, "signals");
    if (!signals)
        return ohm_answer_refuse_error(b, root, "the body has no list of signals");
    for (size_t i = 0; i < json_array_size(signals); i++) {
        const json_t *days = ohm_answer_array(json_array_get(signals, i), "signaled_dates");
        if (!days)
            return ohm_fail(OHM_BAD_FORMAT, 0, "a signal has no list of signaled_dates");
        for (size_t k = 0; k < json_array_size(days); k++)
            OHM_TRY(read_signaled(b, json_array_get(days, k)));
    }
    return ohm_ok();
}
