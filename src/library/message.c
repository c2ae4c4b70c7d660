/* What a meter said, taken out of the JSON that the rest of the house shows of it: whatever a
 * protocol says of a value, it says it once. */
#include <stdlib.h>

#include "library/own.h"

enum {
    /* All of a message, its values one by one, and their members, each with an end. */
    COPIES = 3,
    SLACK = 64,
};

struct ohmstead_value {
    const char *obis, *label, *quantity, *unit, *text, *raw, *time, *json;
    double number;
    int scaler;
    bool has_number, has_scaler;
};

typedef struct answer {
    char code[OHM_ANSWER_CODE_MAX];
    const char *unit; /* static */
    double value;
} answer;

struct ohmstead_message {
    const char *json, *protocol, *meter_id, *profile, *security;
    ohm_ms time_ms;
    bool authenticated;
    size_t count, answers_count;
    ohmstead_value *values;
    answer answers[OHM_ANSWER_MAX];
    ohmstead_message *next;
    char *pool;
    size_t pool_len, pool_cap;
};

/* --- our own JSON -------------------------------------------------------------------------------
 */

/* Behind the string that begins at `at`. */
static size_t skip_string(ohm_span json, size_t at)
{
    for (at++; json.ptr[at] != '"'; at++)
        at += json.ptr[at] == '\\';
    return at + 1;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(ohm_span json, size_t at)
{
    int depth = 0;
    do {
        uint8_t c = json.ptr[at];
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth < 0 || (depth == 0 && c == ','))
            return at;
        at++;
    } while (at < json.len && (depth > 0 || !memchr(",]}", json.ptr[at], 3)));
    return at;
}

bool ohm_library_member(ohm_span json, size_t *at, ohm_span *key, ohm_span *value)
{
    size_t from = *at + 1; /* behind the opening bracket, or a comma */
    if (json.len == 0 || from >= json.len - 1)
        return false;
    *key = ohm_span_of(NULL, 0);
    if (json.ptr[0] == '{') {
        size_t end = skip_string(json, from);
        *key = ohm_span_part(json, from + 1, end - from - 2);
        from = end + 1;
    }
    *at = skip_value(json, from);
    *value = ohm_span_part(json, from, *at - from);
    return true;
}

static ohm_span find(ohm_span json, const char *name)
{
    size_t at = 0;
    ohm_span key, value;
    if (json.len == 0 || json.ptr[0] != '{')
        return ohm_span_of(NULL, 0);
    while (ohm_library_member(json, &at, &key, &value))
        if (ohm_span_is(key, name))
            return value;
    return ohm_span_of(NULL, 0);
}

/* --- copies -------------------------------------------------------------------------------------
 */

static char *put(ohmstead_message *m, ohm_span text)
{
    assert(text.len < m->pool_cap - m->pool_len);
    char *out = m->pool + m->pool_len;
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[text.len] = 0;
    m->pool_len += text.len + 1;
    return out;
}

/* \u00XX is all that the writer makes of control characters; the end of a C string is a blank. */
static char control(const uint8_t *four)
{
    unsigned code = 0;
    for (int i = 2; i < 4; i++)
        code = code * 16 + (unsigned)(four[i] <= '9' ? four[i] - '0' : (four[i] | 0x20) - 'a' + 10);
    return code ? (char)code : ' ';
}

static bool is_said(ohm_span value)
{
    return value.len > 0 && !ohm_span_is(value, "null");
}

/* A text without quotes and escapes; anything else as it stands; NULL for null and nothing. */
static const char *put_text(ohmstead_message *m, ohm_span value)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (!is_said(value))
        return NULL;
    if (value.ptr[0] != '"')
        return put(m, value);
    char *text = put(m, ohm_span_part(value, 1, value.len - 2)), *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 'u') {
            *to++ = control((const uint8_t *)from + 1);
            from += 4;
            continue;
        }
        for (size_t i = 0; escapes[i]; i += 2)
            if (escapes[i] == *from)
                *to++ = escapes[i + 1];
    }
    *to = 0;
    return text;
}

static bool is_number(ohm_span value)
{
    return value.len > 0 && (value.ptr[0] == '-' || (value.ptr[0] >= '0' && value.ptr[0] <= '9'));
}

/* --- a message ----------------------------------------------------------------------------------
 */

static void set_value(ohmstead_message *m, ohm_span json, ohmstead_value *out)
{
    static const char *const labels[] = { "label", "name", "address", "description" };
    ohm_span value = find(json, "value"), number = find(json, "number");
    ohm_span scaler = find(json, "scaler"), label = find(json, labels[0]);
    for (size_t i = 1; i < sizeof labels / sizeof *labels && label.len == 0; i++)
        label = find(json, labels[i]);
    if (!is_number(number))
        number = value;
    *out = (ohmstead_value){
        .json = put(m, json),
        .obis = put_text(m, find(json, "obis")),
        .label = label.len > 0 && label.ptr[0] == '"' ? put_text(m, label) : NULL,
        .quantity = put_text(m, find(json, "quantity")),
        .unit = put_text(m, find(json, "unit")),
        .text = put_text(m, is_said(value) ? value : find(json, "text")),
        .raw = put_text(m, find(json, "raw")),
        .time = put_text(m, find(json, "time")),
        .has_number = is_number(number),
        .has_scaler = is_number(scaler),
    };
    if (out->has_number) /* a comma or a bracket ends it: there is always one behind */
        out->number = strtod((const char *)number.ptr, NULL);
    if (out->has_scaler)
        out->scaler = (int)strtol((const char *)scaler.ptr, NULL, 10);
}

static bool set_values(ohmstead_message *m, ohm_span json)
{
    ohm_span values = find(json, "values"), key, value;
    size_t at = 0, count = 0;
    while (values.len > 0 && ohm_library_member(values, &at, &key, &value))
        count++;
    m->values = calloc(count + 1, sizeof *m->values);
    if (!m->values)
        return false;
    for (at = 0; m->count < count && ohm_library_member(values, &at, &key, &value); m->count++)
        set_value(m, value, &m->values[m->count]);
    return true;
}

static void set_answers(ohmstead_message *m, const ohm_reading_text *reading)
{
    static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
    m->answers_count = reading->count;
    for (size_t i = 0; i < m->answers_count; i++) {
        const ohm_answer *a = &reading->answers[i];
        assert(a->exponent <= 0 && -a->exponent < (int)(sizeof powers / sizeof *powers));
        m->answers[i] =
            (answer){ .unit = a->unit, .value = (double)a->mantissa / powers[-a->exponent] };
        memcpy(m->answers[i].code, a->code, sizeof a->code);
    }
}

static bool set(ohmstead_message *m, ohm_span json)
{
    m->pool_cap = COPIES * (json.len + SLACK);
    m->pool = malloc(m->pool_cap);
    if (!m->pool)
        return false;
    m->json = put(m, json);
    ohm_span own = ohm_span_of(m->json, json.len), meter = find(own, "meter");
    m->protocol = put_text(m, find(own, "protocol"));
    m->security = put_text(m, find(own, "security"));
    m->meter_id = put_text(m, find(meter, "id"));
    m->profile = put_text(m, find(meter, "profile"));
    return set_values(m, own);
}

ohmstead_message *ohm_library_message_new(ohm_reading_text *reading, bool whole, bool authenticated,
                                          ohm_ms time_ms)
{
    ohmstead_message *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->time_ms = time_ms;
    m->authenticated = authenticated;
    set_answers(m, reading);
    size_t len = ohm_reading_finish(reading, whole);
    if (set(m, ohm_span_of(reading->text, len)))
        return m;
    ohmstead_message_free(m);
    return NULL;
}

ohmstead_message *ohm_library_message_of(const ohm_protocol *protocol, const void *message,
                                         const ohm_meter_clock *clock, ohm_ms time_ms)
{
    ohmstead_message *m = NULL;
    ohm_protocol_sender sender;
    ohm_reading_text *reading = malloc(sizeof *reading);
    if (!reading)
        return NULL;
    reading->len = reading->count = 0;
    protocol->sender(message, &sender);
    if (ohm_reading_add(reading, protocol, message, clock))
        m = ohm_library_message_new(reading, false, sender.authenticated, time_ms);
    free(reading);
    return m;
}

ohmstead_message *ohm_library_message_append(ohmstead_message *first, ohmstead_message *message)
{
    ohmstead_message *last = first;
    if (!first)
        return message;
    while (last->next)
        last = last->next;
    last->next = message;
    return first;
}

void ohmstead_message_free(ohmstead_message *message)
{
    while (message) {
        ohmstead_message *next = message->next;
        free(message->values);
        free(message->pool);
        free(message);
        message = next;
    }
}

/* --- what callers ask ---------------------------------------------------------------------------
 */

const ohmstead_message *ohmstead_message_following(const ohmstead_message *message)
{
    return message->next;
}

const char *ohmstead_message_json(const ohmstead_message *message)
{
    return message->json;
}

const char *ohmstead_message_protocol(const ohmstead_message *message)
{
    return message->protocol;
}

const char *ohmstead_message_meter_id(const ohmstead_message *message)
{
    return message->meter_id;
}

const char *ohmstead_message_profile(const ohmstead_message *message)
{
    return message->profile;
}

int ohmstead_message_time(const ohmstead_message *message, int64_t *ret_utc_ms)
{
    if (message->time_ms == OHM_NO_MS)
        return 0;
    *ret_utc_ms = message->time_ms;
    return 1;
}

const char *ohmstead_message_security(const ohmstead_message *message)
{
    return message->security;
}

int ohmstead_message_authenticated(const ohmstead_message *message)
{
    return message->authenticated;
}

int ohmstead_message_answer(const ohmstead_message *message, const char *code, double *ret_value,
                            const char **ret_unit)
{
    for (size_t i = 0; i < message->answers_count; i++) {
        const answer *a = &message->answers[i];
        if (strcmp(a->code, code) != 0)
            continue;
        if (ret_value)
            *ret_value = a->value;
        if (ret_unit)
            *ret_unit = a->unit;
        return 1;
    }
    return 0;
}

size_t ohmstead_message_count(const ohmstead_message *message)
{
    return message->count;
}

const ohmstead_value *ohmstead_message_value(const ohmstead_message *message, size_t index)
{
    return index < message->count ? &message->values[index] : NULL;
}

const char *ohmstead_value_obis(const ohmstead_value *value)
{
    return value->obis;
}

const char *ohmstead_value_label(const ohmstead_value *value)
{
    return value->label;
}

const char *ohmstead_value_quantity(const ohmstead_value *value)
{
    return value->quantity;
}

const char *ohmstead_value_unit(const ohmstead_value *value)
{
    return value->unit;
}

const char *ohmstead_value_text(const ohmstead_value *value)
{
    return value->text;
}

int ohmstead_value_number(const ohmstead_value *value, double *ret_number)
{
    if (value->has_number)
        *ret_number = value->number;
    return value->has_number;
}

const char *ohmstead_value_raw(const ohmstead_value *value)
{
    return value->raw;
}

int ohmstead_value_scaler(const ohmstead_value *value, int *ret_scaler)
{
    if (value->has_scaler)
        *ret_scaler = value->scaler;
    return value->has_scaler;
}

const char *ohmstead_value_time(const ohmstead_value *value)
{
    return value->time;
}

const char *ohmstead_value_json(const ohmstead_value *value)
{
    return value->json;
}
