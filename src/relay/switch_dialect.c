#include "relay/switch_dialect.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { TASMOTA_PULSE_BASE = 100, TASMOTA_PULSE_MAX_S = 64800, ONLINE_TEXT_MAX = 64 };

static const ohm_switch_said nothing = { OHM_SWITCH_NOTHING, false };

ohm_code ohm_switch_name_parse(const char *text, ohm_switch_name *out)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    memset(out, 0, sizeof *out);
    if (len == 0 || len >= sizeof out->device || (colon && strlen(colon + 1) == 0) ||
        (colon && strlen(colon + 1) >= sizeof out->part) || strpbrk(text, "+#\"\\"))
        return OHM_BAD_FORMAT;
    memcpy(out->device, text, len);
    if (colon)
        (void)snprintf(out->part, sizeof out->part, "%s", colon + 1);
    return OHM_OK;
}

static bool is_text(ohm_span payload, const char *text)
{
    return payload.len == strlen(text) && memcmp(payload.ptr, text, payload.len) == 0;
}

static json_t *parse(ohm_span payload)
{
    json_error_t error;
    return json_loadb((const char *)payload.ptr, payload.len, JSON_REJECT_DUPLICATES, &error);
}

/* What follows `prefix` in a topic; NULL if it does not begin so. */
static const char *after(const char *topic, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(topic, prefix, len) == 0 ? topic + len : NULL;
}

static ohm_switch_said state_of(const json_t *on)
{
    return json_is_boolean(on) ? (ohm_switch_said){ OHM_SWITCH_STATE, json_is_true(on) } : nothing;
}

/* --- Shelly ---------------------------------------------------------------------------------- */

static const char *shelly_part(const ohm_switch_call *call)
{
    return call->name->part[0] ? call->name->part : "0";
}

static bool shelly_filter(const ohm_switch_call *call, int n, char out[static OHM_SWITCH_TOPIC_MAX])
{
    const char *device = call->name->device;
    int len = n == 0   ? snprintf(out, OHM_SWITCH_TOPIC_MAX, "%s/rpc", call->base)
              : n == 1 ? snprintf(out, OHM_SWITCH_TOPIC_MAX, "%s/events/rpc", device)
                       : snprintf(out, OHM_SWITCH_TOPIC_MAX, "%s/online", device);
    return n < 3 && len < OHM_SWITCH_TOPIC_MAX;
}

static void shelly_call(const ohm_switch_call *call, const char *method, const char *more,
                        ohm_switch_message *out)
{
    (void)snprintf(out->topic, sizeof out->topic, "%s/rpc", call->name->device);
    (void)snprintf(out->payload, sizeof out->payload,
                   "{\"id\":%" PRIu32 ",\"src\":\"%s\",\"method\":\"%s\",\"params\":{\"id\":%s%s}}",
                   call->id, call->base, method, shelly_part(call), more);
}

static void shelly_set(const ohm_switch_call *call, bool on, ohm_switch_message *out)
{
    char more[64];
    if (on && call->deadman_s > 0)
        (void)snprintf(more, sizeof more, ",\"on\":true,\"toggle_after\":%" PRId64,
                       call->deadman_s);
    else
        (void)snprintf(more, sizeof more, ",\"on\":%s", on ? "true" : "false");
    shelly_call(call, "Switch.Set", more, out);
}

static void shelly_ask(const ohm_switch_call *call, ohm_switch_message *out)
{
    shelly_call(call, "Switch.GetStatus", "", out);
}

/* An answer to a call of this channel. */
static ohm_switch_said shelly_answer(const ohm_switch_call *call, const json_t *root)
{
    const json_t *id = json_object_get(root, "id");
    if (!json_is_integer(id) || json_integer_value(id) != (json_int_t)call->id)
        return nothing;
    if (json_object_get(root, "error"))
        return (ohm_switch_said){ OHM_SWITCH_REFUSED, false };
    const json_t *result = json_object_get(root, "result");
    const json_t *output = json_object_get(result, "output");
    if (output)
        return state_of(output);
    return json_object_get(result, "was_on") ? (ohm_switch_said){ OHM_SWITCH_DONE, false }
                                             : nothing;
}

static ohm_switch_said shelly_read(const ohm_switch_call *call, const char *topic, ohm_span payload)
{
    const char *ours = after(topic, call->base), *its = after(topic, call->name->device);
    if (its && strcmp(its, "/online") == 0)
        return (ohm_switch_said){ is_text(payload, "true") ? OHM_SWITCH_HERE : OHM_SWITCH_AWAY,
                                  false };
    bool answer = ours && strcmp(ours, "/rpc") == 0;
    if (!answer && !(its && strcmp(its, "/events/rpc") == 0))
        return nothing;
    json_t *root = parse(payload);
    ohm_switch_said said = nothing;
    if (answer) {
        said = shelly_answer(call, root);
    } else {
        char key[32];
        (void)snprintf(key, sizeof key, "switch:%s", shelly_part(call));
        const json_t *one = json_object_get(json_object_get(root, "params"), key);
        said = state_of(json_object_get(one, "output"));
    }
    json_decref(root);
    return said;
}

const ohm_switch_dialect ohm_switch_shelly = {
    .name = "shelly",
    .filter = shelly_filter,
    .set = shelly_set,
    .ask = shelly_ask,
    .read = shelly_read,
};

/* --- Tasmota --------------------------------------------------------------------------------- */

static bool tasmota_filter(const ohm_switch_call *call, int n,
                           char out[static OHM_SWITCH_TOPIC_MAX])
{
    const char *device = call->name->device;
    int len = n == 0 ? snprintf(out, OHM_SWITCH_TOPIC_MAX, "stat/%s/+", device)
                     : snprintf(out, OHM_SWITCH_TOPIC_MAX, "tele/%s/LWT", device);
    return n < 2 && len < OHM_SWITCH_TOPIC_MAX;
}

static void tasmota_command(const ohm_switch_call *call, const char *command, const char *payload,
                            ohm_switch_message *out)
{
    (void)snprintf(out->topic, sizeof out->topic, "cmnd/%s/%s%s", call->name->device, command,
                   call->name->part);
    (void)snprintf(out->payload, sizeof out->payload, "%s", payload);
}

static void tasmota_set(const ohm_switch_call *call, bool on, ohm_switch_message *out)
{
    tasmota_command(call, "POWER", on ? "ON" : "OFF", out);
}

static void tasmota_ask(const ohm_switch_call *call, ohm_switch_message *out)
{
    tasmota_command(call, "POWER", "", out);
}

/* PulseTime: how long an ON lasts, 100 + seconds; each ON begins it anew. 0 turns it off. */
static void tasmota_prepare(const ohm_switch_call *call, ohm_switch_message *out)
{
    char text[24];
    int64_t s = call->deadman_s < TASMOTA_PULSE_MAX_S ? call->deadman_s : TASMOTA_PULSE_MAX_S;
    (void)snprintf(text, sizeof text, "%" PRId64, s > 0 ? s + TASMOTA_PULSE_BASE : 0);
    tasmota_command(call, "PulseTime", text, out);
    if (!call->name->part[0])
        (void)snprintf(out->topic, sizeof out->topic, "cmnd/%s/PulseTime1", call->name->device);
}

static ohm_switch_said tasmota_state(ohm_span text)
{
    if (is_text(text, "ON"))
        return (ohm_switch_said){ OHM_SWITCH_STATE, true };
    return is_text(text, "OFF") ? (ohm_switch_said){ OHM_SWITCH_STATE, false } : nothing;
}

static ohm_switch_said tasmota_read(const ohm_switch_call *call, const char *topic,
                                    ohm_span payload)
{
    char key[2][OHM_SWITCH_TOPIC_MAX];
    (void)snprintf(key[0], sizeof key[0], "tele/%s/LWT", call->name->device);
    if (strcmp(topic, key[0]) == 0)
        return (ohm_switch_said){ is_text(payload, "Online") ? OHM_SWITCH_HERE : OHM_SWITCH_AWAY,
                                  false };
    (void)snprintf(key[0], sizeof key[0], "stat/%s/", call->name->device);
    const char *what = after(topic, key[0]);
    if (!what)
        return nothing;
    (void)snprintf(key[0], sizeof key[0], "POWER%s", call->name->part);
    /* With one relay it leaves the number out, unless it is told not to. */
    (void)snprintf(key[1], sizeof key[1], "POWER%s", call->name->part[0] ? "" : "1");
    bool second = !call->name->part[0] || strcmp(call->name->part, "1") == 0;
    if (strcmp(what, key[0]) == 0 || (second && strcmp(what, key[1]) == 0))
        return tasmota_state(payload);
    return nothing; /* RESULT says the same in JSON */
}

const ohm_switch_dialect ohm_switch_tasmota = {
    .name = "tasmota",
    .filter = tasmota_filter,
    .set = tasmota_set,
    .ask = tasmota_ask,
    .prepare = tasmota_prepare,
    .read = tasmota_read,
};

/* --- Zigbee2MQTT ------------------------------------------------------------------------------ */

static void zigbee_key(const ohm_switch_call *call, char out[static 32])
{
    const char *part = call->name->part;
    (void)snprintf(out, 32, "state%s%s", part[0] ? "_" : "", part);
}

static bool zigbee_filter(const ohm_switch_call *call, int n, char out[static OHM_SWITCH_TOPIC_MAX])
{
    int len = snprintf(out, OHM_SWITCH_TOPIC_MAX, "%s/%s%s", call->base, call->name->device,
                       n == 0 ? "" : "/availability");
    return n < 2 && len < OHM_SWITCH_TOPIC_MAX;
}

static void zigbee_message(const ohm_switch_call *call, const char *end, ohm_switch_message *out)
{
    (void)snprintf(out->topic, sizeof out->topic, "%s/%s/%s", call->base, call->name->device, end);
}

static void zigbee_set(const ohm_switch_call *call, bool on, ohm_switch_message *out)
{
    char key[32];
    zigbee_key(call, key);
    zigbee_message(call, "set", out);
    if (on && call->deadman_s > 0)
        (void)snprintf(out->payload, sizeof out->payload,
                       "{\"%s\":\"ON\",\"on_time\":%" PRId64 ",\"off_wait_time\":0}", key,
                       call->deadman_s);
    else
        (void)snprintf(out->payload, sizeof out->payload, "{\"%s\":\"%s\"}", key,
                       on ? "ON" : "OFF");
}

static void zigbee_ask(const ohm_switch_call *call, ohm_switch_message *out)
{
    char key[32];
    zigbee_key(call, key);
    zigbee_message(call, "get", out);
    (void)snprintf(out->payload, sizeof out->payload, "{\"%s\":\"\"}", key);
}

static ohm_switch_said zigbee_read(const ohm_switch_call *call, const char *topic, ohm_span payload)
{
    char expected[OHM_SWITCH_TOPIC_MAX], key[32];
    (void)snprintf(expected, sizeof expected, "%s/%s", call->base, call->name->device);
    const char *more = after(topic, expected);
    bool presence = more && strcmp(more, "/availability") == 0;
    if (!more || (more[0] != '\0' && !presence))
        return nothing;
    json_t *root = payload.len > 0 && payload.ptr[0] == '{' ? parse(payload) : NULL;
    zigbee_key(call, key);
    const char *text = json_string_value(json_object_get(root, presence ? "state" : key));
    ohm_switch_said said = nothing;
    if (presence) { /* "online", or {"state":"online"} */
        bool here = text ? strcmp(text, "online") == 0 : is_text(payload, "online");
        said.kind = here ? OHM_SWITCH_HERE : OHM_SWITCH_AWAY;
    } else if (text) {
        said = tasmota_state(ohm_span_text(text));
    }
    json_decref(root);
    return said;
}

const ohm_switch_dialect ohm_switch_zigbee2mqtt = {
    .name = "zigbee2mqtt",
    .filter = zigbee_filter,
    .set = zigbee_set,
    .ask = zigbee_ask,
    .read = zigbee_read,
};
