/* Any service that speaks JSON: a pointer (RFC 6901) to a number, which holds from when it came, or
 * to a list of objects, in which further pointers say where start, end and value are. */
#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"

enum { PART_MAX = 128 };

/* A part of a pointer, unescaped: "~1" is "/", "~0" is "~". */
static bool take_part(const char **pointer, char out[static PART_MAX])
{
    const char *p = *pointer + 1;
    size_t len = 0;
    for (; *p && *p != '/'; p++) {
        char c = *p;
        if (c == '~' && (p[1] == '0' || p[1] == '1'))
            c = *++p == '0' ? '~' : '/';
        if (len == PART_MAX - 1)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    *pointer = p;
    return true;
}

/* What a pointer points to; NULL: nothing. "" is the whole. */
static const json_t *point(const json_t *value, const char *pointer)
{
    while (value && *pointer) {
        char part[PART_MAX];
        int64_t index;
        if (*pointer != '/' || !take_part(&pointer, part))
            return NULL;
        if (json_is_object(value))
            value = json_object_get(value, part);
        else if (json_is_array(value) && ohm_number_int(ohm_span_text(part), &index) == OHM_OK &&
                 index >= 0)
            value = json_array_get(value, (size_t)index);
        else
            return NULL;
    }
    return value;
}

typedef struct unit_row {
    const char *name;
    ohm_segment_unit unit;
    int shift; /* of the decimal point */
} unit_row;

static const unit_row units[] = {
    { "EUR/MWh", OHM_UNIT_EUR_PER_MWH, 0 },
    { "EUR/kWh", OHM_UNIT_EUR_PER_MWH, 3 },
    { "ct/kWh", OHM_UNIT_EUR_PER_MWH, 1 },
    { "g/kWh", OHM_UNIT_G_PER_KWH, 0 },
    { "°C", OHM_UNIT_CELSIUS, 0 },
    { "W/m²", OHM_UNIT_W_PER_M2, 0 },
    { "W", OHM_UNIT_W, 0 },
    { "kW", OHM_UNIT_W, 3 },
    { "Wh", OHM_UNIT_WH, 0 },
    { "kWh", OHM_UNIT_WH, 3 },
    { "level", OHM_UNIT_LEVEL, 0 },
};

static const unit_row *find_unit(const char *name)
{
    static const unit_row other = { "", OHM_UNIT_OTHER, 0 };
    for (size_t i = 0; name && i < sizeof units / sizeof *units; i++)
        if (strcmp(name, units[i].name) == 0)
            return &units[i];
    return &other;
}

/* A number, or text that is one. */
static ohm_code read_number(const json_t *value, int shift, ohm_segment *out)
{
    if (json_is_string(value))
        return ohm_answer_decimal_text(ohm_answer_text(value), shift, out);
    return ohm_answer_decimal(value, shift, out);
}

/* RFC 3339, local time, or seconds or milliseconds since 1970. */
static ohm_code read_moment(const json_t *value, const ohm_tz *tz, ohm_ms *out)
{
    enum { SECONDS_MAX = 99999999 }; /* thousands of seconds: the year 5138 */
    if (json_is_string(value))
        return ohm_answer_time(ohm_answer_text(value), tz, out);
    if (!json_is_integer(value))
        return OHM_BAD_FORMAT;
    int64_t number = json_integer_value(value);
    if (number < 0 || number / 1000 > (int64_t)SECONDS_MAX * 1000)
        return OHM_RANGE;
    *out = number / 1000 > SECONDS_MAX ? number : number * OHM_SECOND_MS;
    return OHM_OK;
}

static ohm_err read_item(ohm_answer_reading *b, const json_t *item, int shift)
{
    const ohm_answer_generic *how = b->options->generic;
    ohm_draft draft = { .segment = { .when = { 0, OHM_NO_MS } } };
    const json_t *start = point(item, how->start);
    const json_t *end = how->end[0] ? point(item, how->end) : NULL;
    if (read_moment(start, b->options->tz, &draft.segment.when.from_ms) != OHM_OK)
        return ohm_answer_quote_json(b, start,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "a start is not a time"));
    if (how->end[0] && read_moment(end, b->options->tz, &draft.segment.when.to_ms) != OHM_OK)
        return ohm_answer_quote_json(b, end, ohm_fail(OHM_BAD_FORMAT, 0, "an end is not a time"));
    ohm_code code = read_number(point(item, how->value), shift, &draft.segment);
    draft.known = code == OHM_OK;
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_answer_at(b, draft.segment.when.from_ms,
                             ohm_fail(code, 0, "a value is not a number"));
    return ohm_answer_add(b, draft);
}

static ohm_err read_single(ohm_answer_reading *b, const json_t *value, int shift)
{
    const ohm_answer_generic *how = b->options->generic;
    if (how->at_ms == OHM_NO_MS)
        return ohm_fail(OHM_UNSUPPORTED, 0, "a single value does not say when it holds");
    ohm_draft draft = { .segment = { .when = { how->at_ms, how->at_ms + how->hold_ms } },
                        .known = true };
    if (read_number(value, shift, &draft.segment) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "what the pointer points to is not a number");
    return ohm_answer_add(b, draft);
}

ohm_err ohm_answer_of_generic(json_t *root, ohm_answer_reading *b)
{
    const ohm_answer_generic *how = b->options->generic;
    if (!how)
        return ohm_fail(OHM_UNSUPPORTED, 0, "nobody says where the values are");
    const unit_row *unit = find_unit(how->unit);
    const json_t *found = point(root, how->pointer);
    b->unit = unit->unit;
    if (!found || json_is_null(found))
        return ohm_fail(OHM_UNKNOWN, 0, "the pointer points to nothing");
    if (!json_is_array(found))
        return read_single(b, found, unit->shift);
    for (size_t i = 0; i < json_array_size(found); i++)
        OHM_TRY(read_item(b, json_array_get(found, i), unit->shift));
    return ohm_ok();
}
