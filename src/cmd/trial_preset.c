#include "cmd/trial_preset.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/site_build.h"

/* The trial's `with`, as the configuration would have it. */
static ohm_preset_given given_of(const ohm_trial *trial, ohm_schema_pair pairs[OHM_TRIAL_WITH_MAX])
{
    size_t count = 0;
    _Static_assert(sizeof trial->with[0].key <= sizeof pairs[0].key, "a key fits");
    _Static_assert(sizeof trial->with[0].value <= sizeof pairs[0].value, "a value fits");
    for (; count < OHM_TRIAL_WITH_MAX && trial->with[count].key[0]; count++) {
        pairs[count] = (ohm_schema_pair){ .line = 0 };
        memcpy(pairs[count].key, trial->with[count].key, sizeof trial->with[0].key);
        memcpy(pairs[count].value, trial->with[count].value, sizeof trial->with[0].value);
    }
    return (ohm_preset_given){ pairs, count };
}

static const char *take(const ohm_preset *preset, const ohm_trial *trial, ohm_meter_config *config,
                        ohm_trial_payload *out)
{
    ohm_schema_pair pairs[OHM_TRIAL_WITH_MAX];
    ohm_site_value values[OHM_PRESET_VALUES_MAX];
    char port[OHM_SITE_PATH_MAX], fault[OHM_PRESET_FAULT_MAX] = "the address is too long";
    char detail[OHM_SITE_PATH_MAX] = "";
    uint16_t count = 0;
    const ohm_preset_given given = given_of(trial, pairs);
    const char *protocol = ohm_site_protocols[preset->protocol];
    if (strcmp(trial->protocol, "auto") != 0 && trial->protocol[0] &&
        strcmp(trial->protocol, protocol) != 0)
        return "the preset is of another protocol";
    if (ohm_preset_port(preset, &given, trial->port, port, fault) != OHM_OK ||
        ohm_preset_values(preset, &given, NULL, 0, values, &count, fault) != OHM_OK) {
        (void)snprintf(out->fault, sizeof out->fault, "%s", fault);
        return out->fault;
    }
    ohm_err err = ohm_build_rules(values, count, preset->name, out->rules, detail, sizeof detail);
    if (ohm_failed(err)) {
        (void)snprintf(out->fault, sizeof out->fault, "%s: %s", detail, err.what);
        return out->fault;
    }
    _Static_assert(sizeof port <= sizeof config->address, "an address fits");
    memcpy(config->address, port, sizeof port);
    (void)snprintf(config->protocol, sizeof config->protocol, "%s", protocol);
    config->every_ms = preset->every_ms;
    memcpy(out->time, preset->time, sizeof out->time);
    out->config.rules = out->rules;
    out->config.count = count;
    out->config.time = out->time;
    return NULL;
}

const char *ohm_trial_preset(const ohm_trial *trial, const char *folder, ohm_meter_config *config,
                             ohm_trial_payload *out)
{
    *out = (ohm_trial_payload){ .config = { .rules = NULL } };
    (void)snprintf(out->user, sizeof out->user, "%s", trial->user);
    out->config.user = out->user[0] ? out->user : NULL;
    config->payload = &out->config;
    if (!trial->preset[0])
        return trial->with[0].key[0] ? "parameters are of a preset, and none is named" : NULL;
    ohm_preset *preset = malloc(sizeof *preset);
    if (!preset)
        return "out of memory";
    const char *fault = ohm_preset_load(trial->preset, folder, preset, out->fault) == OHM_OK
                            ? take(preset, trial, config, out)
                            : out->fault;
    free(preset);
    return fault;
}

static void write_words(ohm_json *json, const char *key, const char *fr, const char *en)
{
    ohm_json_key(json, key);
    ohm_json_object(json);
    ohm_json_key_str(json, "fr", fr);
    ohm_json_key_str(json, "en", en);
    ohm_json_end(json);
}

static void write_preset(void *ctx, const ohm_preset *preset)
{
    ohm_json *json = ctx;
    ohm_json_object(json);
    ohm_json_key_str(json, "name", preset->name);
    write_words(json, "label", preset->fr, preset->en);
    ohm_json_key_str(json, "protocol", ohm_site_protocols[preset->protocol]);
    ohm_json_key(json, "parameters");
    ohm_json_array(json);
    for (int i = 0; i < preset->parameters_count; i++) {
        const ohm_preset_parameter *p = &preset->parameters[i];
        ohm_json_object(json);
        ohm_json_key_str(json, "key", p->key);
        write_words(json, "label", p->fr, p->en);
        ohm_json_key_str(json, "default", p->fallback[0] ? p->fallback : NULL);
        ohm_json_key_str(json, "example", p->example[0] ? p->example : NULL);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_presets_write(ohm_json *json, const char *folder)
{
    ohm_json_key(json, "presets");
    ohm_json_array(json);
    ohm_presets_each(folder, write_preset, json);
    ohm_json_end(json);
}
