#include "meter/pick.h"

#include <jansson.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/civil.h"
#include "base/number.h"

enum { ROUND = 256 };

/* A rule with its pattern, where it has one. */
typedef struct own_rule {
    regex_t *regex;
} own_rule;

/* Room for a text and its end, for the patterns: it grows with the longest text. */
typedef struct text_room {
    char *text;
    size_t cap;
} text_room;

struct ohm_picker {
    size_t count;
    bool json; /* some rule has a pointer */
    char time[OHM_PICK_POINTER_MAX];
    text_room *room;
    own_rule *own; /* of each rule */
    ohm_pick_rule rules[];
};

/* --- units -------------------------------------------------------------------------------------
 */

static const char *unit_of_ours(const char *text)
{
    for (int id = 1; id < OHM_QUANTITIES_COUNT; id++) {
        const char *unit = ohm_quantity_get((ohm_quantity_id)id)->unit;
        if (unit[0] && !strcmp(unit, text))
            return unit;
    }
    return NULL;
}

ohm_code ohm_pick_unit(const char *text, const char **ret_base, int *ret_exponent)
{
    static const struct {
        const char *text, *base;
        int exponent;
    } others[] = {
        { "°C", "C", 0 },   { "%", "1", -2 },   { "l", "m^3", -3 },   { "L", "m^3", -3 },
        { "m³", "m^3", 0 }, { "m3", "m^3", 0 }, { "hPa", "bar", -3 }, { "Pa", "bar", -5 },
    };
    static const struct {
        char letter;
        int exponent;
    } prefixes[] = { { 'm', -3 }, { 'k', 3 }, { 'M', 6 }, { 'G', 9 } };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i].text, text) != 0)
            continue;
        *ret_base = others[i].base;
        *ret_exponent = others[i].exponent;
        return OHM_OK;
    }
    *ret_base = unit_of_ours(text);
    *ret_exponent = 0;
    for (size_t i = 0; !*ret_base && i < sizeof prefixes / sizeof *prefixes; i++) {
        if (text[0] != prefixes[i].letter)
            continue;
        *ret_base = unit_of_ours(text + 1);
        *ret_exponent = prefixes[i].exponent;
    }
    return *ret_base ? OHM_OK : OHM_UNKNOWN;
}

/* --- rules -------------------------------------------------------------------------------------
 */

/* RFC 6901, clause 3: each token begins with '/', and '~' only as ~0 or ~1. */
static bool is_pointer(const char *text)
{
    if (text[0] != '\0' && text[0] != '/')
        return false;
    for (const char *p = text; (p = strchr(p, '~')) != NULL; p++)
        if (p[1] != '0' && p[1] != '1')
            return false;
    return true;
}

static bool compile(const char *pattern, own_rule *out)
{
    regex_t *regex = malloc(sizeof *regex);
    if (regex && regcomp(regex, pattern, REG_EXTENDED) == 0) {
        out->regex = regex;
        return true;
    }
    free(regex);
    return false;
}

const ohm_pick_rule *ohm_picker_rules(const ohm_picker *p)
{
    return p->rules;
}

static bool same_rule(const ohm_pick_rule *a, const ohm_pick_rule *b)
{
    return a->quantity == b->quantity && a->factor == b->factor && a->exponent == b->exponent &&
           !strcmp(a->pointer, b->pointer) && !strcmp(a->pattern, b->pattern);
}

bool ohm_picker_is(const ohm_picker *p, const ohm_pick_rule *rules, size_t count, const char *time)
{
    if (p->count != count || strcmp(p->time, time) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!same_rule(&p->rules[i], &rules[i]))
            return false;
    return true;
}

ohm_err ohm_picker_new(const ohm_pick_rule *rules, size_t count, const char *time,
                       ohm_picker **ret_picker)
{
    if (count == 0 || count > OHM_PICK_RULES_MAX)
        return ohm_fail(OHM_RANGE, 0, "a source has 1 to 32 values");
    if (!is_pointer(time) || strlen(time) >= OHM_PICK_POINTER_MAX)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the time's place is not a JSON pointer: /a/b");
    ohm_picker *p = calloc(1, sizeof *p + count * sizeof *p->rules);
    if (p) {
        p->own = calloc(count, sizeof *p->own);
        p->room = calloc(1, sizeof *p->room);
    }
    if (!p || !p->own || !p->room) {
        ohm_picker_free(p);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    (void)snprintf(p->time, sizeof p->time, "%s", time);
    p->json = time[0] != '\0';
    ohm_err err = ohm_ok();
    for (uint32_t i = 0; i < count && !ohm_failed(err); i++) {
        const ohm_pick_rule *rule = &rules[i];
        p->rules[i] = *rule;
        p->json = p->json || rule->pointer[0] != '\0';
        p->count++;
        if (!is_pointer(rule->pointer))
            err = ohm_fail(OHM_BAD_FORMAT, i, "not a JSON pointer: it looks like /a/b/0");
        else if (ohm_quantity_get((ohm_quantity_id)rule->quantity)->kind == OHM_TEXT)
            err = ohm_fail(OHM_UNSUPPORTED, i, "this quantity is text, not a series");
        else if (rule->pattern[0] && !compile(rule->pattern, &p->own[i]))
            err = ohm_fail(OHM_BAD_FORMAT, i, "the pattern is not a regular expression");
    }
    if (ohm_failed(err))
        ohm_picker_free(p);
    else
        *ret_picker = p;
    return err;
}

void ohm_picker_free(ohm_picker *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->own && i < p->count; i++) {
        if (p->own[i].regex)
            regfree(p->own[i].regex);
        free(p->own[i].regex);
    }
    if (p->room)
        free(p->room->text);
    free(p->room);
    free(p->own);
    free(p);
}

/* --- looking -----------------------------------------------------------------------------------
 */

/* One token of a pointer, its escapes undone. */
static const char *take_token(const char *p, char out[static OHM_PICK_POINTER_MAX])
{
    size_t len = 0;
    for (p++; *p && *p != '/'; p++) {
        if (*p == '~')
            out[len++] = *++p == '1' ? '/' : '~';
        else
            out[len++] = *p;
    }
    out[len] = '\0';
    return p;
}

static const json_t *find(const json_t *root, const char *pointer)
{
    char token[OHM_PICK_POINTER_MAX];
    while (root && *pointer) {
        pointer = take_token(pointer, token);
        int64_t index = 0;
        if (json_is_object(root)) {
            root = json_object_get(root, token);
            continue;
        }
        bool counts = json_is_array(root) && token[0] != '+' && token[0] != '-' &&
                      (token[0] != '0' || !token[1]) &&
                      ohm_number_int(ohm_span_text(token), &index) == OHM_OK && index >= 0;
        root = counts ? json_array_get(root, (size_t)index) : NULL;
    }
    return root;
}

/* Text × factor × 10^exponent, exactly. */
static ohm_code quantise_text(const ohm_pick_rule *rule, ohm_span text, int64_t *out)
{
    int64_t mantissa = 0;
    int exponent = 0;
    ohm_code code = ohm_number_decimal(text, &mantissa, &exponent);
    if (code != OHM_OK)
        return code;
    if (__builtin_mul_overflow(mantissa, rule->factor, &mantissa))
        return OHM_RANGE;
    return ohm_quantity_quantise((ohm_quantity_id)rule->quantity, mantissa,
                                 exponent + rule->exponent, out);
}

/* A binary number: exact to the digits that a double has, rounded once, half away from zero. */
static ohm_code quantise_real(const ohm_pick_rule *rule, double value, int64_t *out)
{
    int steps = ohm_quantity_get((ohm_quantity_id)rule->quantity)->decimals + rule->exponent;
    double scaled = value * (double)rule->factor;
    for (; steps > 0; steps--)
        scaled *= 10.0;
    double divisor = 1.0;
    for (; steps < 0; steps++)
        divisor *= 10.0;
    scaled = round(scaled / divisor);
    if (!(fabs(scaled) < 9007199254740992.0)) /* 2^53; also what is no number */
        return OHM_RANGE;
    *out = (int64_t)scaled;
    return OHM_OK;
}

static bool is_word(ohm_span text, const char *word)
{
    return text.len == strlen(word) && !strncasecmp((const char *)text.ptr, word, text.len);
}

/* What devices say of a state, as 1 or 0: a contact is 1 where it is closed. */
static const struct {
    const char *word;
    int64_t state;
} words[] = {
    { "on", 1 },    { "off", 0 },  { "true", 1 },     { "false", 0 },   { "closed", 1 },
    { "close", 1 }, { "open", 0 }, { "heat", 1 },     { "heating", 1 }, { "idle", 0 },
    { "yes", 1 },   { "no", 0 },   { "detected", 1 }, { "clear", 0 },
};

static ohm_code quantise_words(const ohm_pick_rule *rule, ohm_span text, int64_t *out)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = ohm_span_part(text, 1, text.len - 1);
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
        text.len--;
    if (ohm_quantity_get((ohm_quantity_id)rule->quantity)->kind == OHM_STATE)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (!is_word(text, words[i].word))
                continue;
            *out = words[i].state;
            return OHM_OK;
        }
    return quantise_text(rule, text, out);
}

static void keep_text(ohm_picked *out, ohm_span text)
{
    char *to = out->values[out->count].text;
    size_t len = text.len < OHM_PICK_TEXT_MAX ? text.len : OHM_PICK_TEXT_MAX - 1;
    for (size_t i = 0; i < len; i++)
        to[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? (char)text.ptr[i] : '?';
    to[len] = '\0';
}

static bool make_room(text_room *room, size_t wanted)
{
    if (wanted <= room->cap)
        return true;
    char *text = realloc(room->text, wanted + ROUND);
    if (!text)
        return false;
    room->text = text;
    room->cap = wanted + ROUND;
    return true;
}

/* What a pattern finds in text: its first group, else all of the match. A text that ends with a
 * payload has no NUL behind it, so a copy is looked at. */
static bool match(const ohm_picker *p, const regex_t *regex, ohm_span *text)
{
    regmatch_t at[2] = { { .rm_so = 0, .rm_eo = (regoff_t)text->len }, { -1, -1 } };
    assert(text->len <= OHM_PICK_PAYLOAD_MAX);
    if (!make_room(p->room, text->len + 1))
        return false;
    if (text->len > 0)
        memcpy(p->room->text, text->ptr, text->len);
    p->room->text[text->len] = '\0';
    if (regexec(regex, p->room->text, 2, at, REG_STARTEND) != 0)
        return false;
    const regmatch_t *m = at[1].rm_so >= 0 ? &at[1] : &at[0];
    *text = ohm_span_part(*text, (size_t)m->rm_so, (size_t)(m->rm_eo - m->rm_so));
    return true;
}

static void pick_text(const ohm_picker *p, size_t index, ohm_span text, ohm_picked *out)
{
    __typeof__(out->values[0]) *v = &out->values[out->count];
    if (p->own[index].regex && !match(p, p->own[index].regex, &text))
        return;
    v->there = true;
    keep_text(out, text);
    v->code = quantise_words(&p->rules[index], text, &v->value);
}

static void pick_json(const ohm_picker *p, size_t index, const json_t *root, ohm_picked *out)
{
    const ohm_pick_rule *rule = &p->rules[index];
    __typeof__(out->values[0]) *v = &out->values[out->count];
    const json_t *found = find(root, rule->pointer);
    if (!found || json_is_null(found))
        return;
    if (json_is_string(found)) {
        pick_text(p, index, ohm_span_of(json_string_value(found), json_string_length(found)), out);
        return;
    }
    v->there = true;
    v->code = OHM_BAD_FORMAT;
    if (json_is_boolean(found)) {
        bool state = ohm_quantity_get((ohm_quantity_id)rule->quantity)->kind == OHM_STATE;
        (void)snprintf(v->text, sizeof v->text, "%s", json_is_true(found) ? "true" : "false");
        v->value = json_is_true(found);
        v->code = state ? OHM_OK : OHM_BAD_FORMAT;
    } else if (json_is_integer(found)) {
        int len =
            snprintf(v->text, sizeof v->text, "%" JSON_INTEGER_FORMAT, json_integer_value(found));
        v->code = quantise_text(rule, ohm_span_of(v->text, (size_t)len), &v->value);
    } else if (json_is_real(found)) {
        (void)snprintf(v->text, sizeof v->text, "%.15g", json_real_value(found));
        v->code = quantise_real(rule, json_real_value(found), &v->value);
    } else {
        (void)snprintf(v->text, sizeof v->text, json_is_object(found) ? "{…}" : "[…]");
    }
}

/* Seconds or milliseconds of 1970: what is past the year 5138 in seconds is in milliseconds. */
static ohm_ms time_of(const json_t *found)
{
    static const double seconds_max = 1e11;
    ohm_ms at = OHM_NO_MS;
    if (json_is_string(found) &&
        !ohm_failed(ohm_rfc3339_parse(ohm_span_text(json_string_value(found)), &at)))
        return at;
    if (!json_is_number(found))
        return OHM_NO_MS;
    double number = json_number_value(found);
    if (!(number > 0 && number < 1e15))
        return OHM_NO_MS;
    return (ohm_ms)(number < seconds_max ? number * 1000 : number);
}

ohm_code ohm_pick(const ohm_picker *p, ohm_span payload, ohm_picked *out)
{
    *out = (ohm_picked){ .time_ms = OHM_NO_MS };
    if (payload.len > OHM_PICK_PAYLOAD_MAX)
        return OHM_TOO_BIG;
    json_t *root = NULL;
    if (p->json) {
        /* The parser overlooks a NUL behind a number. */
        bool text = payload.len > 0 && !memchr(payload.ptr, 0, payload.len);
        if (text)
            root = json_loadb((const char *)payload.ptr, payload.len,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        if (!root)
            return OHM_BAD_FORMAT;
        if (p->time[0])
            out->time_ms = time_of(find(root, p->time));
    }
    for (size_t i = 0; i < p->count; i++, out->count++) {
        out->values[out->count].rule = (uint16_t)i;
        if (root)
            pick_json(p, i, root, out);
        else
            pick_text(p, i, payload, out);
    }
    json_decref(root);
    return OHM_OK;
}
