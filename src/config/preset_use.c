/* A preset with the parameters of one device: its address and its values. */
#include <stdio.h>

#include "config/nearest.h"
#include "config/preset.h"

static const ohm_preset_parameter *parameter_of(const ohm_preset *preset, const char *key)
{
    for (int i = 0; i < preset->parameters_count; i++)
        if (!strcmp(preset->parameters[i].key, key))
            return &preset->parameters[i];
    return NULL;
}

static const char *given_of(const ohm_preset_given *given, const char *key)
{
    for (size_t i = 0; i < given->count; i++)
        if (!strcmp(given->pairs[i].key, key))
            return given->pairs[i].value;
    return NULL;
}

/* What would leave its place in a topic, an address or a line. */
static bool is_usable(const ohm_preset *preset, const char *value)
{
    bool web = !strcmp(ohm_site_protocols[preset->protocol], "http");
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f || strchr(web ? " ?#&%/" : "+#", *p))
            return false;
    return value[0] != '\0';
}

/* Every parameter that is given exists, and may stand where it goes. */
static ohm_code check_given(const ohm_preset *preset, const ohm_preset_given *given, char *fault)
{
    for (size_t i = 0; i < given->count; i++) {
        const ohm_schema_pair *pair = &given->pairs[i];
        const char *keys[OHM_PRESET_PARAMETERS_MAX + 1] = { NULL };
        char words[160];
        for (int k = 0; k < preset->parameters_count; k++)
            keys[k] = preset->parameters[k].key;
        ohm_nearest_list(keys, words, sizeof words);
        if (!parameter_of(preset, pair->key)) {
            (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "'%s' is no parameter of %s (%s)",
                           pair->key, preset->name, keys[0] ? words : "it has none");
            return OHM_UNKNOWN;
        }
        if (!is_usable(preset, pair->value)) {
            (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "%s: '%.90s' can't stand there", pair->key,
                           pair->value);
            return OHM_BAD_FORMAT;
        }
    }
    return OHM_OK;
}

typedef struct writer {
    char *text;
    size_t len, cap; /* len may pass cap: then it did not fit */
} writer;

static void put(writer *w, char c)
{
    if (w->len + 1 < w->cap)
        w->text[w->len] = c;
    w->len++;
}

/* In a pointer '~' and '/' of a name are escaped (RFC 6901, clause 4). */
static void put_value(writer *w, const char *value, bool pointer)
{
    for (const char *p = value; *p; p++) {
        if (pointer && (*p == '~' || *p == '/')) {
            put(w, '~');
            put(w, *p == '~' ? '0' : '1');
        } else {
            put(w, *p);
        }
    }
}

/* A text with its {parameters} replaced. */
static ohm_code expand(const ohm_preset *preset, const ohm_preset_given *given, const char *text,
                       bool pointer, writer *w, char *fault)
{
    for (const char *p = text; *p;) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (!close) {
            put(w, *p++);
            continue;
        }
        char key[32];
        (void)snprintf(key, sizeof key, "%.*s", (int)(close - p - 1), p + 1);
        const ohm_preset_parameter *parameter = parameter_of(preset, key);
        const char *value = given_of(given, key);
        if (!value && parameter && parameter->fallback[0])
            value = parameter->fallback;
        if (!value) {
            (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "'%s' is missing: %s", key,
                           parameter ? parameter->en : "the preset does not declare it");
            return OHM_UNKNOWN;
        }
        put_value(w, value, pointer);
        p = close + 1;
    }
    if (w->len >= w->cap) {
        (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "with these parameters '%.100s' is too long",
                       text);
        return OHM_TOO_BIG;
    }
    w->text[w->len] = '\0';
    return OHM_OK;
}

ohm_code ohm_preset_port(const ohm_preset *preset, const ohm_preset_given *given, const char *port,
                         char ret_port[static OHM_SITE_PATH_MAX],
                         char fault[static OHM_PRESET_FAULT_MAX])
{
    char text[OHM_SITE_PATH_MAX];
    ohm_code code = check_given(preset, given, fault);
    if (code != OHM_OK)
        return code;
    const char *host = strstr(port, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    bool own = path && path[1];
    size_t len = path && !own ? (size_t)(path - port) : strlen(port);
    if (len >= sizeof text)
        return OHM_TOO_BIG;
    memcpy(text, port, len);
    writer w = { text, len, sizeof text };
    if (!own && preset->path[0] != '/')
        put(&w, '/');
    code = expand(preset, given, own ? "" : preset->path, false, &w, fault);
    if (code == OHM_OK)
        memcpy(ret_port, text, w.len + 1);
    return code;
}

static bool is_own(const ohm_site_value *own, size_t count, int quantity)
{
    for (size_t i = 0; i < count; i++)
        if (own[i].quantity == quantity)
            return true;
    return false;
}

static ohm_code expand_value(const ohm_preset *preset, const ohm_preset_given *given,
                             ohm_site_value *value, char *fault)
{
    const ohm_site_value from = *value;
    writer topic = { value->topic, 0, sizeof value->topic };
    writer pointer = { value->pointer, 0, sizeof value->pointer };
    ohm_code code = expand(preset, given, from.topic, false, &topic, fault);
    return code == OHM_OK ? expand(preset, given, from.pointer, true, &pointer, fault) : code;
}

ohm_code ohm_preset_values(const ohm_preset *preset, const ohm_preset_given *given,
                           const ohm_site_value *own, size_t own_count,
                           ohm_site_value ret_values[static OHM_PRESET_VALUES_MAX],
                           uint16_t *ret_count, char fault[static OHM_PRESET_FAULT_MAX])
{
    uint16_t count = 0;
    ohm_code code = check_given(preset, given, fault);
    for (int i = 0; i < preset->values_count && code == OHM_OK; i++) {
        if (is_own(own, own_count, preset->values[i].quantity))
            continue;
        ret_values[count] = preset->values[i];
        code = expand_value(preset, given, &ret_values[count++], fault);
    }
    if (code != OHM_OK)
        return code;
    if (own_count > (size_t)(OHM_PRESET_VALUES_MAX - count)) {
        (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "with the preset's more than %d values",
                       OHM_PRESET_VALUES_MAX);
        return OHM_TOO_BIG;
    }
    for (size_t i = 0; i < own_count; i++)
        ret_values[count++] = own[i];
    *ret_count = count;
    return OHM_OK;
}
