/* Sources of payloads: what MQTT and HTTP have in common. */
#include "meter/meter_payload.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/random.h"

/* The whole topic of a rule. */
static bool join(char out[static OHM_MQTT_TOPIC_MAX], const char *base, const char *topic)
{
    int len = topic[0] == '/' ? snprintf(out, OHM_MQTT_TOPIC_MAX, "%s", topic + 1)
              : topic[0]      ? snprintf(out, OHM_MQTT_TOPIC_MAX, "%s/%s", base, topic)
                              : snprintf(out, OHM_MQTT_TOPIC_MAX, "%s", base);
    return len < OHM_MQTT_TOPIC_MAX;
}

static ohm_payload_part *part_of(ohm_meter_payload *p, const char *topic)
{
    for (int i = 0; i < p->parts_count; i++)
        if (!strcmp(p->parts[i].topic, topic))
            return &p->parts[i];
    if (p->parts_count == OHM_PAYLOAD_TOPICS_MAX)
        return NULL;
    ohm_payload_part *bigger = realloc(p->parts, (size_t)(p->parts_count + 1) * sizeof *p->parts);
    if (!bigger)
        return NULL;
    p->parts = bigger;
    ohm_payload_part *part = &p->parts[p->parts_count];
    *part = (ohm_payload_part){ .topic = strdup(topic) };
    p->parts_count += part->topic != NULL;
    return part->topic ? part : NULL;
}

/* The rules of one topic, in their order, into its picker. */
static ohm_err make_picker(ohm_payload_part *part, const ohm_payload_config *config,
                           const char *base, ohm_pickers *pickers)
{
    char topic[OHM_MQTT_TOPIC_MAX];
    ohm_pick_rule rules[OHM_PICK_RULES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < config->count; i++)
        if (join(topic, base, config->rules[i].topic) && !strcmp(topic, part->topic))
            rules[count++] = config->rules[i].pick;
    return ohm_pickers_hold(pickers, rules, count, config->time ? config->time : "", &part->picker);
}

static ohm_err sort_rules(ohm_meter_payload *p, const ohm_payload_config *config, const char *base,
                          ohm_pickers *pickers)
{
    char topic[OHM_MQTT_TOPIC_MAX];
    for (uint32_t i = 0; i < config->count; i++) {
        if (!join(topic, base, config->rules[i].topic))
            return ohm_fail(OHM_TOO_BIG, i, "the topic is too long");
        if (!part_of(p, topic))
            return ohm_fail(OHM_TOO_BIG, i, "the values come from more than 8 topics");
    }
    for (int i = 0; i < p->parts_count; i++)
        OHM_TRY(make_picker(&p->parts[i], config, base, pickers));
    return ohm_ok();
}

ohm_err ohm_meter_payload_new(ohm_meter *m, const ohm_meter_config *config,
                              const ohm_protocol *protocol, const char *base)
{
    OHM_TRY(ohm_meter_payload_check(config));
    ohm_meter_payload *p = calloc(1, sizeof *p);
    if (!p)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->payload = p;
    p->protocol = protocol;
    p->source = strdup(protocol == &ohm_protocol_http ? config->address : base);
    if (!p->source)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    (void)snprintf(m->status.protocol, sizeof m->status.protocol, "%s", protocol->name);
    if (config->payload && config->payload->count > 0)
        return sort_rules(p, config->payload, base, ohm_ports_pickers(config->ports));
    if (strlen(base) >= OHM_MQTT_TOPIC_MAX || !part_of(p, base))
        return ohm_fail(OHM_TOO_BIG, 0, "the topic is too long");
    return ohm_ok();
}

static ohm_err check_address(const ohm_meter_config *config)
{
    ohm_mqtt_address broker;
    const char *topic = "";
    bool web = !strncmp(config->address, "http://", 7) || !strncmp(config->address, "https://", 8);
    if (ohm_meter_row(config) == &ohm_protocol_http)
        return web ? ohm_ok()
                   : ohm_fail(OHM_BAD_FORMAT, 0, "not an address of HTTP: http://host/path");
    OHM_TRY(ohm_mqtt_address_parse(config->address, &broker, &topic));
    if (config->every_ms > 0)
        return ohm_fail(OHM_CONFLICT, 0, "every_s: a source on MQTT speaks by itself");
    return topic[0] == '/' && topic[1]
               ? ohm_ok()
               : ohm_fail(OHM_BAD_FORMAT, 0, "the topic is missing: mqtt://host/topic");
}

ohm_err ohm_meter_payload_check(const ohm_meter_config *config)
{
    ohm_pick_rule rules[OHM_PICK_RULES_MAX];
    ohm_picker *picker = NULL;
    size_t count = config->payload ? config->payload->count : 0;
    OHM_TRY(check_address(config));
    if (count == 0)
        return ohm_ok();
    if (count > OHM_PICK_RULES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "a source has at most 32 values");
    for (size_t i = 0; i < count; i++) {
        rules[i] = config->payload->rules[i].pick;
        if (config->payload->rules[i].topic[0] && ohm_meter_row(config) == &ohm_protocol_http)
            return ohm_fail(OHM_UNSUPPORTED, (uint32_t)i, "the values of a URL have no topics");
    }
    OHM_TRY(
        ohm_picker_new(rules, count, config->payload->time ? config->payload->time : "", &picker));
    ohm_picker_free(picker);
    return ohm_ok();
}

void ohm_meter_payload_free(ohm_meter *m)
{
    ohm_meter_payload *p = m->payload;
    if (!p)
        return;
    for (int i = 0; i < p->parts_count; i++) {
        ohm_pickers_release(p->parts[i].picker);
        free(p->parts[i].topic);
    }
    free(p->parts);
    if (p->authorization)
        ohm_wipe(p->authorization, strlen(p->authorization)); /* a password is in it */
    free(p->authorization);
    free(p->source);
    free(p);
    m->payload = NULL;
}

void ohm_meter_payload_refuse(ohm_meter *m, ohm_code code, ohm_meter_state state, const char *why)
{
    ohm_meter_health_trouble(&m->health, state, ohm_meter_now(m));
    const ohm_protocol_reject reject = {
        .code = code,
        .stage = "payload",
        .what = why,
        .trouble = state,
    };
    if (m->watch.on_reject)
        m->watch.on_reject(m->watch.ctx, &reject);
}

void ohm_meter_payload_take(ohm_meter *m, const ohm_payload_part *part, const char *topic,
                            ohm_span bytes, bool retained)
{
    ohm_meter_payload *p = m->payload;
    ohm_meter_status before = m->status;
    const ohm_picker *picker = part->picker ? ohm_pickers_get(part->picker) : NULL;
    ohm_payload_message message = {
        .protocol = p->protocol->name,
        .source = p->source,
        .topic = topic,
        .bytes = bytes,
        .retained = retained,
        .rules = picker ? ohm_picker_rules(picker) : NULL,
        .picked.time_ms = OHM_NO_MS,
    };
    p->bytes += bytes.len;
    p->payloads++;
    ohm_meter_health_bytes(&m->health, bytes.len, ohm_meter_now(m));
    ohm_recent_bytes(&m->recent, bytes);
    ohm_code code = picker ? ohm_pick(picker, bytes, &message.picked) : OHM_OK;
    if (code != OHM_OK) {
        p->dropped++;
        ohm_meter_payload_refuse(m, code, OHM_METER_UNKNOWN_LAYOUT,
                                 code == OHM_TOO_BIG ? "the payload is longer than 64 KiB"
                                                     : "the payload is not JSON");
    } else {
        bool found = false;
        for (int i = 0; i < message.picked.count; i++)
            found = found ||
                    (message.picked.values[i].there && message.picked.values[i].code == OHM_OK);
        p->messages += found;
        p->empty += picker && !found;
        ohm_meter_health_frame(&m->health, ohm_meter_now(m));
        ohm_meter_take(m, p->protocol, &message);
    }
    ohm_meter_update(m, &before);
}

void ohm_meter_payload_count(const ohm_meter *m, ohm_meter_counters *out)
{
    const ohm_meter_payload *p = m->payload;
    *out = (ohm_meter_counters){
        .bytes = p->bytes,
        .frames = p->payloads,
        .messages = p->messages,
        .unknown_layout = p->empty,
        .bad_fcs = p->dropped,
        .requests = p->requests,
        .timeouts = p->timeouts,
        .refused = p->refused,
    };
}
