#include "web/body.h"

#include <math.h>
#include <stdio.h>

#include "base/civil.h"

/* Deeper bodies would take the parser, which recurses, deep into the stack. */
static bool is_too_deep(ohm_span bytes)
{
    unsigned depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (in_text && c == '\\') {
            i++;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            if (++depth > OHM_BODY_DEPTH_MAX)
                return true;
        } else if (!in_text && (c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return false;
}

json_t *ohm_body_parse(ohm_span bytes)
{
    json_error_t error;
    if (!bytes.len || is_too_deep(bytes))
        return NULL;
    json_t *root = json_loadb((const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, &error);
    if (root && !json_is_object(root)) {
        json_decref(root);
        root = NULL;
    }
    return root;
}

void ohm_body_fault(ohm_exchange *x, ohm_fault fault, const char *name)
{
    char pointer[64];
    (void)snprintf(pointer, sizeof pointer, "/%s", name);
    ohm_reply_fault(x, fault, pointer);
}

static bool is_listed(const char *name, const char *const *members)
{
    for (int i = 0; members[i]; i++)
        if (!strcmp(name, members[i]))
            return true;
    return false;
}

json_t *ohm_body_read(ohm_exchange *x, const char *const *members)
{
    json_t *body = ohm_body_parse(ohm_span_of(x->body, x->body_len));
    if (!body) {
        ohm_reply_fault(x, OHM_FAULT_BODY_JSON, NULL);
        return NULL;
    }
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
    {
        if (is_listed(name, members))
            continue;
        ohm_body_fault(x, OHM_FAULT_MEMBER, name);
        json_decref(body);
        return NULL;
    }
    return body;
}

const char *ohm_body_text(ohm_exchange *x, const json_t *body, const char *name, size_t max)
{
    const json_t *value = json_object_get(body, name);
    if (json_is_string(value) && json_string_length(value) > 0 && json_string_length(value) <= max)
        return json_string_value(value);
    ohm_body_fault(x, OHM_FAULT_MEMBER, name);
    return NULL;
}

bool ohm_body_int(ohm_exchange *x, const json_t *body, const char *name, int64_t min, int64_t max,
                  int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, name);
        return false;
    }
    *out = json_integer_value(value);
    return true;
}

bool ohm_body_tenths(ohm_exchange *x, const json_t *body, const char *name, int64_t min,
                     int64_t max, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    double tenths = json_is_number(value) ? json_number_value(value) * 10 : (double)NAN;
    if (!(tenths >= (double)min - 0.01 && tenths <= (double)max + 0.01) ||
        fabs(tenths - round(tenths)) > 1e-6) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, name);
        return false;
    }
    *out = llround(tenths);
    return true;
}

bool ohm_body_time(ohm_exchange *x, const json_t *body, const char *name, ohm_ms *out)
{
    const char *text = ohm_body_text(x, body, name, 64);
    if (!text)
        return false;
    if (!ohm_failed(ohm_rfc3339_parse(ohm_span_text(text), out)))
        return true;
    ohm_body_fault(x, OHM_FAULT_MEMBER, name);
    return false;
}
