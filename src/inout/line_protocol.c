#include "inout/line_protocol.h"

#include "base/number.h"

/* Where the next byte stands, as far as the end of the line depends on it. */
enum { BEFORE_FIELDS, ESCAPED, IN_FIELDS, IN_STRING, ESCAPED_IN_STRING, COMMENT };

void ohm_line_protocol_init(ohm_line_protocol *p)
{
    p->line = 1;
    p->len = 0;
    p->state = BEFORE_FIELDS;
    p->too_long = p->finished = false;
    p->point.line = 1;
}

void ohm_line_protocol_finish(ohm_line_protocol *p)
{
    p->finished = true;
}

static uint8_t next_state(const ohm_line_protocol *p, uint8_t c)
{
    switch (p->state) {
    case ESCAPED:
        return BEFORE_FIELDS;
    case ESCAPED_IN_STRING:
        return IN_STRING;
    case IN_STRING:
        return c == '"' ? IN_FIELDS : c == '\\' ? ESCAPED_IN_STRING : IN_STRING;
    case IN_FIELDS:
        return c == '"' ? IN_STRING : IN_FIELDS;
    case COMMENT:
        return COMMENT;
    default:
        if (p->len == 0 && c == '#')
            return COMMENT;
        return c == '\\' ? ESCAPED : c == ' ' && p->len > 0 ? IN_FIELDS : BEFORE_FIELDS;
    }
}

/* --- a line in pieces ------------------------------------------------------------------------ */

typedef struct cursor {
    uint8_t *bytes;
    size_t at, len;
} cursor;

static bool at_char(const cursor *c, char want)
{
    return c->at < c->len && c->bytes[c->at] == (uint8_t)want;
}

/* Text up to one of `ends` that is not escaped; a backslash before one of `escapable` is taken
 * away, in place. */
static ohm_span take_text(cursor *c, const char *ends, const char *escapable)
{
    size_t from = c->at, to = c->at;
    for (; c->at < c->len; c->at++) {
        uint8_t b = c->bytes[c->at];
        uint8_t next = c->at + 1 < c->len ? c->bytes[c->at + 1] : 0;
        if (b == '\\' && next && strchr(escapable, next))
            b = c->bytes[++c->at];
        else if (b && strchr(ends, b))
            break;
        c->bytes[to++] = b;
    }
    return ohm_span_of(c->bytes + from, to - from);
}

static const char *take_tags(cursor *c, ohm_lp_point *point)
{
    while (at_char(c, ',')) {
        c->at++;
        if (point->tags_count == OHM_LP_TAGS_MAX)
            return "more tags than are read";
        ohm_span key = take_text(c, "= ,", ", =");
        if (!at_char(c, '=') || key.len == 0)
            return "a tag without a value";
        c->at++;
        ohm_span value = take_text(c, " ,", ", =");
        if (value.len == 0)
            return "a tag without a value";
        point->tags[point->tags_count].key = key;
        point->tags[point->tags_count++].value = value;
    }
    return NULL;
}

static bool is_bool(ohm_span text, bool *value)
{
    static const char *const words[] = { "t", "T", "true",  "True",  "TRUE",
                                         "f", "F", "false", "False", "FALSE" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ohm_span_is(text, words[i])) {
            *value = i < 5;
            return true;
        }
    return false;
}

static bool is_number(ohm_span text)
{
    int64_t mantissa;
    int exponent;
    ohm_code code = ohm_number_decimal(text, &mantissa, &exponent);
    return code == OHM_OK || code == OHM_RANGE; /* many digits are read later, and rounded */
}

static bool is_integer(ohm_span text)
{
    int64_t value;
    ohm_code code = ohm_number_int(text, &value);
    return code == OHM_OK || code == OHM_RANGE;
}

static const char *take_plain(cursor *c, ohm_span *value, uint8_t *type)
{
    bool yes;
    ohm_span text = take_text(c, ", ", "");
    ohm_span head = text.len ? ohm_span_part(text, 0, text.len - 1) : text;
    uint8_t last = text.len ? text.ptr[text.len - 1] : 0;
    *value = text;
    *type = OHM_LP_FLOAT;
    if (is_bool(text, &yes)) {
        *value = ohm_span_text(yes ? "1" : "0");
        *type = OHM_LP_BOOL;
    } else if ((last == 'i' || last == 'u') && is_integer(head)) {
        *value = head;
        *type = last == 'i' ? OHM_LP_INTEGER : OHM_LP_UNSIGNED;
    } else if (!is_number(text)) {
        return "a field that is no value";
    }
    return NULL;
}

static const char *take_fields(cursor *c, ohm_lp_point *point)
{
    do {
        if (point->fields_count == OHM_LP_FIELDS_MAX)
            return "more fields than are read";
        ohm_span key = take_text(c, "= ,", ", =");
        if (!at_char(c, '=') || key.len == 0)
            return "a field without a value";
        c->at++;
        ohm_span value = ohm_span_of(NULL, 0);
        uint8_t type = OHM_LP_STRING;
        const char *fault = NULL;
        if (at_char(c, '"')) {
            c->at++;
            value = take_text(c, "\"", "\"\\");
            fault = at_char(c, '"') ? NULL : "a string that does not end";
            c->at += !fault;
        } else {
            fault = take_plain(c, &value, &type);
        }
        if (fault)
            return fault;
        point->fields[point->fields_count].key = key;
        point->fields[point->fields_count].value = value;
        point->fields[point->fields_count++].type = type;
    } while (at_char(c, ',') && ++c->at);
    return NULL;
}

static void skip_spaces(cursor *c)
{
    while (at_char(c, ' '))
        c->at++;
}

static const char *take_time(cursor *c, ohm_lp_point *point)
{
    skip_spaces(c);
    point->has_time = c->at < c->len;
    if (!point->has_time)
        return NULL;
    ohm_span text = take_text(c, " ", "");
    skip_spaces(c);
    if (c->at < c->len || ohm_number_int(text, &point->time) != OHM_OK)
        return "a timestamp that is no whole number";
    return NULL;
}

/* NULL: *point is whole. */
static const char *parse(ohm_line_protocol *p)
{
    cursor c = { p->bytes, 0, p->len };
    ohm_lp_point *point = &p->point;
    point->tags_count = point->fields_count = 0;
    point->measurement = take_text(&c, ", ", ", ");
    if (point->measurement.len == 0)
        return "no measurement";
    const char *fault = take_tags(&c, point);
    if (fault)
        return fault;
    if (!at_char(&c, ' '))
        return "no fields";
    skip_spaces(&c);
    fault = take_fields(&c, point);
    if (fault)
        return fault;
    return c.at < c.len && !at_char(&c, ' ') ? "something behind a value" : take_time(&c, point);
}

/* Comments, empty lines, and the head of an export. */
static bool is_passed_over(const ohm_line_protocol *p)
{
    static const char create[] = "CREATE DATABASE ";
    return p->len == 0 || p->state == COMMENT ||
           (p->len >= sizeof create - 1 && !memcmp(p->bytes, create, sizeof create - 1));
}

/* The line is whole. OHM_MORE: there is nothing in it. */
static ohm_code complete(ohm_line_protocol *p, const ohm_lp_point **point, const char **what)
{
    const char *fault = NULL;
    if (p->len > 0 && p->bytes[p->len - 1] == '\r' && !p->too_long)
        p->len--;
    bool nothing = is_passed_over(p);
    if (p->too_long)
        fault = "the line is too long";
    else if (!nothing)
        fault = parse(p);
    ohm_code code = p->too_long ? OHM_TOO_BIG : fault ? OHM_BAD_FORMAT : OHM_OK;
    p->len = 0;
    p->state = BEFORE_FIELDS;
    p->too_long = false;
    *point = &p->point;
    *what = fault ? fault : "";
    return nothing && code == OHM_OK ? OHM_MORE : code;
}

ohm_code ohm_line_protocol_next(ohm_line_protocol *p, ohm_span *in, const ohm_lp_point **point,
                                const char **what)
{
    while (in->len > 0) {
        uint8_t b = in->ptr[0];
        bool in_string = p->state == IN_STRING || p->state == ESCAPED_IN_STRING;
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (p->len == 0 && !p->too_long)
            p->point.line = p->line;
        p->line += b == '\n';
        if (b == '\n' && (!in_string || p->too_long)) {
            ohm_code code = complete(p, point, what);
            if (code != OHM_MORE)
                return code;
            continue;
        }
        p->state = next_state(p, b);
        if (p->len == sizeof p->bytes && p->state != COMMENT)
            p->too_long = true;
        else if (p->len < sizeof p->bytes)
            p->bytes[p->len++] = b;
    }
    if (!p->finished)
        return OHM_MORE;
    if (p->len > 0) {
        ohm_code code = complete(p, point, what);
        if (code != OHM_MORE)
            return code;
    }
    return OHM_END;
}

ohm_code ohm_lp_time(const ohm_lp_point *point, int64_t per_second, ohm_ms *out)
{
    int64_t t = point->time;
    if (per_second < 1000)
        return __builtin_mul_overflow(t, 1000 / per_second, out) ? OHM_RANGE : OHM_OK;
    int64_t per_ms = per_second / 1000;
    *out = t / per_ms - (t % per_ms < 0);
    return OHM_OK;
}
