/* Presets of sensors: each shipped one is whole, reads what its devices send, and a site that uses
 * one gets its address and values, or is told what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cmd/site_build.h"
#include "config/preset.h"
#include "meter/pick.h"

static char said[4096];
static ohm_site *site;

static void collect(void *ctx, const char *line)
{
    (void)ctx;
    size_t n = strlen(said);
    (void)snprintf(said + n, sizeof said - n, "%s\n", line);
}

static ohm_code parse(const char *meter)
{
    char yaml[2048];
    ohm_schema_report report = { collect, NULL, 0 };
    said[0] = '\0';
    (void)snprintf(yaml, sizeof yaml, "meters:\n- {id: m, %s}\n", meter);
    return ohm_site_read(ohm_span_text(yaml), "site.yaml", site, &report);
}

static int make_site(void **state)
{
    (void)state;
    site = calloc(1, sizeof *site);
    return site ? 0 : -1;
}

static int free_site(void **state)
{
    (void)state;
    free(site);
    return 0;
}

/* --- the shipped ones --------------------------------------------------------------------------
 */

typedef struct round {
    int seen;
} round;

/* With its examples and defaults it is a source that may start. */
static void check_shipped(void *ctx, const ohm_preset *preset)
{
    char meter[1024], detail[OHM_SITE_PATH_MAX] = "";
    const char *host =
        strcmp(ohm_site_protocols[preset->protocol], "mqtt") ? "http://10.0.0.9" : "mqtt://h";
    int len = snprintf(meter, sizeof meter, "port: '%s', preset: %s, with: {", host, preset->name);
    for (int i = 0; i < preset->parameters_count; i++) {
        const ohm_preset_parameter *p = &preset->parameters[i];
        assert_true(p->fallback[0] || p->example[0]); /* people need one to start from */
        if (!p->fallback[0])
            len +=
                snprintf(meter + len, sizeof meter - (size_t)len, "%s: '%s', ", p->key, p->example);
    }
    (void)snprintf(meter + len, sizeof meter - (size_t)len, "}");
    if (parse(meter) != OHM_OK)
        fail_msg("%s: %s", preset->name, said);

    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config payload;
    ohm_err err = ohm_build_payload(site, 0, rules, &payload, detail, sizeof detail);
    if (ohm_failed(err))
        fail_msg("%s: %s: %s", preset->name, detail, err.what);
    ohm_meter_config config;
    assert_false(ohm_failed(ohm_build_meter(site, 0, &config, detail, sizeof detail)));
    config.payload = &payload;
    err = ohm_meter_config_check(&config);
    if (ohm_failed(err))
        fail_msg("%s: %s", preset->name, err.what);
    assert_true(strlen(preset->source) > 20);
    assert_int_equal(payload.count, preset->values_count);
    ((round *)ctx)->seen++;
}

static void test_every_shipped_preset_starts(void **state)
{
    (void)state;
    round r = { 0 };
    ohm_presets_each(NULL, check_shipped, &r);
    assert_true(r.seen >= 15);
}

/* --- what devices send -------------------------------------------------------------------------
 */

typedef struct want {
    const char *quantity;
    double value;
} want;

static const struct sent {
    const char *why, *meter, *topic, *payload;
    want wants[6];
} sents[] = {
    { "a Zigbee valve: its own room temperature, not that of a sensor beside it",
      "port: 'mqtt://h', preset: zigbee2mqtt, with: {device: salon}",
      "",
      "{\"local_temperature\":20.25,\"current_heating_setpoint\":21,\"pi_heating_demand\":40,"
      "\"running_state\":\"heat\",\"battery\":87,\"temperature\":99}",
      { { "temperature", 20.25 },
        { "temperature_setpoint", 21 },
        { "valve_position", 40 },
        { "heating", 1 },
        { "battery_level", 87 } } },
    { "a window is shut where its contact is closed",
      "port: 'mqtt://h', preset: zigbee2mqtt, with: {device: fenetre}",
      "",
      "{\"contact\":true,\"battery\":100}",
      { { "contact", 1 }, { "battery_level", 100 } } },
    { "hPa are thousandths of a bar",
      "port: 'mqtt://h', preset: zigbee2mqtt, with: {device: t}",
      "",
      "{\"pressure\":1013.2,\"humidity\":44.72}",
      { { "pressure", 1.013 }, { "humidity", 44.7 } } },
    { "Tasmota's plug",
      "port: 'mqtt://h', preset: tasmota, with: {device: plug}",
      "SENSOR",
      "{\"Time\":\"2019-01-01T00:00:00\",\"ENERGY\":{\"Total\":3.185,\"Power\":19,"
      "\"Voltage\":234,\"Factor\":0.52}}",
      { { "power", 19 },
        { "energy_import", 3185 },
        { "voltage", 234 },
        { "power_factor", 0.52 } } },
    { "Tasmota's state",
      "port: 'mqtt://h', preset: tasmota, with: {device: plug}",
      "STATE",
      "{\"POWER\":\"ON\"}",
      { { "switch", 1 } } },
    { "Shelly Gen2, the second output",
      "port: 'mqtt://h', preset: shelly, with: {device: p, channel: 1}",
      "",
      "{\"id\":1,\"output\":false,\"apower\":12.5,\"voltage\":231.4,\"aenergy\":{\"total\":99.7}}",
      { { "switch", 0 }, { "power", 12.5 }, { "voltage", 231.4 }, { "energy_import", 100 } } },
    { "Shelly Gen2 over HTTP: the three-phase meter before its relay",
      "port: 'http://10.0.0.9/', preset: shelly-http",
      "",
      "{\"em:0\":{\"total_act_power\":-332.2},\"emdata:0\":{\"total_act\":12.0,"
      "\"total_act_ret\":144.6},\"switch:0\":{\"apower\":1}}",
      { { "power", -332.2 }, { "energy_import", 12 }, { "energy_export", 145 } } },
    { "Shelly Gen1 counts watt-minutes",
      "port: 'mqtt://h', preset: shelly1, with: {device: p}",
      "relay/0/energy",
      "60000",
      { { "energy_import", 1000 } } },
    { "Shelly Gen1 door",
      "port: 'mqtt://h', preset: shelly1-sensor, with: {device: d}",
      "state",
      "open",
      { { "contact", 0 } } },
    { "the radiator valve",
      "port: 'http://10.0.0.9', preset: shelly1-http",
      "",
      "{\"thermostats\":[{\"pos\":35.5,\"target_t\":{\"value\":21.0},\"tmp\":{\"value\":19.4}}],"
      "\"bat\":{\"value\":98}}",
      { { "temperature", 19.4 },
        { "temperature_setpoint", 21 },
        { "valve_position", 35.5 },
        { "battery_level", 98 } } },
    { "ChirpStack 4, Cayenne LPP",
      "port: 'mqtt://h', preset: chirpstack, with: {application: a, device: e}",
      "",
      "{\"time\":\"2026-01-01T00:00:00Z\",\"object\":{\"temperatureSensor\":{\"1\":25},"
      "\"humiditySensor\":{\"1\":32}}}",
      { { "temperature", 25 }, { "humidity", 32 } } },
    { "ChirpStack 3, the object as text",
      "port: 'mqtt://h', preset: chirpstack3, with: {application: '1', device: e}",
      "",
      "{\"objectJSON\":\"{\\\"temperatureSensor\\\":{\\\"1\\\":-2.5},\\\"battery\\\":88}\"}",
      { { "temperature", -2.5 }, { "battery_level", 88 } } },
    { "The Things Stack 3",
      "port: 'mqtts://h', preset: ttn, with: {application: a, device: e, channel: 3}",
      "",
      "{\"received_at\":\"2026-01-01T00:00:00Z\",\"uplink_message\":{\"decoded_payload\":"
      "{\"temperature_3\":21.5,\"relative_humidity_3\":50}}}",
      { { "temperature", 21.5 }, { "humidity", 50 } } },
    { "JSON of one's own",
      "port: 'mqtt://h/maison/salon', preset: json",
      "",
      "{\"temperature\":\"21.5\",\"presence\":true,\"energy_import_kwh\":1.5,\"co2\":700}",
      { { "temperature", 21.5 }, { "presence", 1 }, { "energy_import", 1500 }, { "co2", 700 } } },
};

/* The first that is there, as readings are made; NAN: none. */
static double found_of(const ohm_picked *picked, const ohm_pick_rule *rules, const char *name)
{
    ohm_quantity_id id = ohm_quantity_find(ohm_span_text(name));
    for (int i = 0; i < picked->count; i++)
        if (rules[picked->values[i].rule].quantity == id && picked->values[i].there &&
            picked->values[i].code == OHM_OK)
            return ohm_quantity_value(id, picked->values[i].value);
    return -99999;
}

static void check_sent(const struct sent *s)
{
    char detail[OHM_SITE_PATH_MAX] = "";
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_pick_rule picks[OHM_PICK_RULES_MAX];
    ohm_payload_config payload;
    ohm_picker *picker = NULL;
    ohm_picked picked;
    size_t count = 0;
    if (parse(s->meter) != OHM_OK)
        fail_msg("%s: %s", s->why, said);
    assert_false(ohm_failed(ohm_build_payload(site, 0, rules, &payload, detail, sizeof detail)));
    for (size_t i = 0; i < payload.count; i++)
        if (!strcmp(rules[i].topic, s->topic))
            picks[count++] = rules[i].pick;
    assert_false(ohm_failed(ohm_picker_new(picks, count, payload.time, &picker)));
    assert_int_equal(ohm_pick(picker, ohm_span_text(s->payload), &picked), OHM_OK);
    for (const want *w = s->wants; w->quantity; w++) {
        double value = found_of(&picked, picks, w->quantity);
        if (value < w->value - 1e-6 || value > w->value + 1e-6)
            fail_msg("%s: %s is %g, not %g", s->why, w->quantity, value, w->value);
    }
    ohm_picker_free(picker);
}

static void test_presets_read_what_devices_send(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sents / sizeof *sents; i++)
        check_sent(&sents[i]);
}

/* --- a site that uses one ----------------------------------------------------------------------
 */

static const struct {
    const char *why, *meter, *port; /* port NULL: refused, with `words` */
    const char *words;
} uses[] = {
    { "the topic is the preset's",
      "port: 'mqtt://h:1884', preset: zigbee2mqtt, with: {device: a/b}",
      "mqtt://h:1884/zigbee2mqtt/a/b", NULL },
    { "a default may be given otherwise",
      "port: 'mqtts://h', preset: zigbee2mqtt, with: {device: Salon d'été, base: z2m}",
      "mqtts://h/z2m/Salon d'été", NULL },
    { "a topic of one's own stays, and needs no device",
      "port: 'mqtt://h/other/place', preset: zigbee2mqtt", "mqtt://h/other/place", NULL },
    { "the path of a URL", "port: 'http://10.0.0.9/', preset: shelly-http",
      "http://10.0.0.9/rpc/Shelly.GetStatus", NULL },
    { "the protocol may be said too",
      "port: 'mqtt://h', protocol: mqtt, preset: tasmota, with: {device: p}", "mqtt://h/tele/p",
      NULL },
    { "a preset that is not there", "port: 'mqtt://h', preset: zigbee2mqt", NULL,
      "meters.preset: no preset has the name 'zigbee2mqt' (did you mean 'zigbee2mqtt'?)" },
    { "a name that would leave the folder", "port: 'mqtt://h', preset: ../x", NULL,
      "no preset has the name '../x'" },
    { "a parameter that it has not",
      "port: 'mqtt://h', preset: shelly, with: {device: p, chanel: 1}", NULL,
      "meters.with: 'chanel' is no parameter of shelly (device, channel)" },
    { "a parameter that is missing", "port: 'mqtt://h', preset: shelly", NULL,
      "meters.with: 'device' is missing: the device's MQTT prefix" },
    { "a wildcard would mix devices", "port: 'mqtt://h', preset: shelly, with: {device: '+'}", NULL,
      "meters.with: device: '+' can't stand there" },
    { "a channel that is an address",
      "port: 'http://h', preset: shelly-http, with: {channel: '0/x'}", NULL,
      "channel: '0/x' can't stand there" },
    { "given twice", "port: 'mqtt://h', preset: shelly, with: {device: p, device: q}", NULL,
      "'device' is given twice" },
    { "another protocol", "port: 'http://h', protocol: http, preset: shelly, with: {device: p}",
      NULL, "meters.protocol: 'http' is not the preset's, which is mqtt" },
    { "a port that is none of it", "port: 'http://h', preset: shelly, with: {device: p}", NULL,
      "is not mqtt://host/topic" },
    { "parameters without a preset", "port: 'mqtt://h/t', protocol: mqtt, with: {device: p}", NULL,
      "meters.with: is of a preset, and none is named" },
    { "not a group of keys", "port: 'mqtt://h', preset: shelly, with: [device]", NULL,
      "a group of keys is expected" },
    { "a group inside", "port: 'mqtt://h', preset: shelly, with: {device: {a: b}}", NULL,
      "keys with single values are expected" },
    { "too many", "port: 'mqtt://h', preset: shelly, with: {a: 1, b: 2, c: 3, d: 4, e: 5}", NULL,
      "has 5 entries, at most 4 are accepted" },
};

static void test_a_site_uses_a_preset_or_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        ohm_code code = parse(uses[i].meter);
        if (uses[i].port && (code != OHM_OK || strcmp(site->meters[0].port, uses[i].port) != 0))
            fail_msg("%s: '%s' %s", uses[i].why, site->meters[0].port, said);
        if (!uses[i].port && (code == OHM_OK || !strstr(said, uses[i].words)))
            fail_msg("%s: %s", uses[i].why, said);
    }
}

static void test_values_of_ones_own_come_instead(void **state)
{
    (void)state;
    char detail[OHM_SITE_PATH_MAX] = "";
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config payload;
    assert_int_equal(parse("port: 'mqtt://h', preset: shelly-ht, with: {device: p}, time: /ts, "
                           "stale_after_s: 60, values: [{quantity: temperature, topic: own, "
                           "pointer: /t, unit: C}, {quantity: co2, topic: own, pointer: /co2}]"),
                     OHM_OK);
    assert_string_equal(site->meters[0].time, "/ts");
    assert_int_equal(site->meters[0].stale_after_s, 60);
    assert_false(ohm_failed(ohm_build_payload(site, 0, rules, &payload, detail, sizeof detail)));
    assert_int_equal(payload.count, 4); /* humidity and battery of the preset, and the two */
    int temperatures = 0;
    for (size_t i = 0; i < payload.count; i++)
        temperatures += rules[i].pick.quantity == OHM_Q_TEMPERATURE;
    assert_int_equal(temperatures, 1);
    assert_string_equal(rules[2].topic, "own");

    /* What the source does not say is as the preset says it. */
    assert_int_equal(parse("port: 'mqtt://h', preset: shelly-ht, with: {device: p}"), OHM_OK);
    assert_int_equal(site->meters[0].stale_after_s, 10800);
}

/* --- files -------------------------------------------------------------------------------------
 */

#define HEAD "{fr: a, en: b, source: 'where it was read', protocol: mqtt, "
#define GOOD "values: [{quantity: power, pointer: /p}]}"

static void test_files_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *words;
    } rows[] = {
        { "whole", HEAD "path: a/b, " GOOD, NULL },
        { "no source", "{fr: a, en: b, protocol: mqtt, path: a, " GOOD, "'source' is missing" },
        { "an unknown key", HEAD "path: a, topics: 3, " GOOD, "unknown key 'topics'" },
        { "a quantity that is none", HEAD "path: a, values: [{quantity: pwr}]}", "'pwr'" },
        { "no values", HEAD "path: a}", "'values' is missing" },
        { "a parameter that is not declared", HEAD "path: 'a/{device}', " GOOD,
          "{device} is not one of them" },
        { "the same in a pointer", HEAD "path: a, values: [{quantity: power, pointer: '/{n}'}]}",
          "{n} is not one of them" },
        { "a topic with a slash in front", HEAD "path: /a, " GOOD, "of mqtt it does not" },
        { "another protocol", "{fr: a, en: b, source: s, protocol: tic, path: a, " GOOD,
          "mqtt, http" },
        { "no YAML", "{", "not YAML" },
    };
    static ohm_preset preset;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_schema_report report = { collect, NULL, 0 };
        said[0] = '\0';
        ohm_code code =
            ohm_preset_parse(ohm_span_text(rows[i].yaml), "preset.yaml", &preset, &report);
        if ((code == OHM_OK) != !rows[i].words || (rows[i].words && !strstr(said, rows[i].words)))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shipped_preset_starts),
        cmocka_unit_test(test_presets_read_what_devices_send),
        cmocka_unit_test(test_a_site_uses_a_preset_or_is_told),
        cmocka_unit_test(test_values_of_ones_own_come_instead),
        cmocka_unit_test(test_files_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, make_site, free_site);
}
