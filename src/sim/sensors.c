#include "sim/sensors.h"

#include "base/json.h"
#include "sim/registers.h"

/* Slow waves instead of noise: what a room does is the same whatever the steps. */
static double wave(ohm_ms now_ms, int64_t period_s, int64_t phase_s)
{
    int64_t at_s = (now_ms / OHM_SECOND_MS + phase_s) % period_s;
    double x = (double)(at_s < 0 ? at_s + period_s : at_s) / (double)period_s;
    double up = x < 0.5 ? x : 1 - x; /* 0 .. 0.5 .. 0 */
    return 4 * up - 1;
}

static double between(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static void live_in(ohm_sim_sensors *s, const ohm_tz *tz, int index)
{
    ohm_sim_room *room = &s->rooms[index];
    ohm_ms now_ms = s->house.time_ms;
    int hour = ohm_civil_from_utc(tz, now_ms).hour;
    bool day = hour >= 6 && hour < 22;
    room->setpoint_c = day ? 20.5 - index : 17.5;
    room->temp_c = s->house.indoor_c - 0.6 * index + 0.3 * wave(now_ms, 5400, 700 * index);
    room->valve_percent = between(50 * (room->setpoint_c - room->temp_c + 0.3), 0, 100);
    room->somebody = day && wave(now_ms, 7200, 1500 * index) > -0.2;
    room->window_open = index == 1 && hour == 9;
    room->humidity_percent = 48 + 6 * wave(now_ms, 86400, 3600 * index);
    room->co2_ppm = (room->somebody ? 900 : 520) + 80 * wave(now_ms, 1800, 60 * index);
}

void ohm_sim_sensors_init(ohm_sim_sensors *s, uint64_t seed, ohm_ms start_ms)
{
    memset(s, 0, sizeof *s);
    ohm_house_init(&s->house, seed, start_ms);
}

void ohm_sim_sensors_step(ohm_sim_sensors *s, const ohm_tz *tz, ohm_ms to_ms)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    ohm_house_step(&s->house, tz, to_ms, fed);
    for (int i = 0; i < OHM_SIM_SENSOR_ROOMS; i++)
        live_in(s, tz, i);
    s->cellar_c = 11.5 + 0.4 * wave(to_ms, 86400, 0);
}

/* --- payloads ----------------------------------------------------------------------------------
 */

/* A number with so many decimals, rounded half away from zero. */
static void number(ohm_json *json, const char *key, double value, int decimals)
{
    double scaled = value;
    for (int i = 0; i < decimals; i++)
        scaled *= 10;
    ohm_json_key_decimal(json, key, (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)), -decimals);
}

static void whole(ohm_json *json, const char *key, double value)
{
    number(json, key, value, 0);
}

static void open_group(ohm_json *json, const char *key)
{
    ohm_json_key(json, key);
    ohm_json_object(json);
}

static void zigbee_valve(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    const ohm_sim_room *r = &s->rooms[room];
    number(json, "local_temperature", r->temp_c, 2);
    number(json, "current_heating_setpoint", r->setpoint_c, 1);
    whole(json, "pi_heating_demand", r->valve_percent);
    ohm_json_key_str(json, "running_state", r->valve_percent > 0 ? "heat" : "idle");
    ohm_json_key_int(json, "battery", 87 - room);
    ohm_json_key_time(json, "last_seen", s->house.time_ms);
    ohm_json_key_int(json, "linkquality", 120);
}

static void zigbee_window(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    ohm_json_key_bool(json, "contact", !s->rooms[room].window_open);
    ohm_json_key_int(json, "battery", 100);
    ohm_json_key_int(json, "voltage", 3045);
    ohm_json_key_int(json, "linkquality", 99);
}

static void zigbee_air(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    const ohm_sim_room *r = &s->rooms[room];
    number(json, "temperature", r->temp_c, 2);
    number(json, "humidity", r->humidity_percent, 2);
    number(json, "pressure", 1013 + 6 * wave(s->house.time_ms, 172800, 0), 1);
    whole(json, "co2", r->co2_ppm);
    ohm_json_key_bool(json, "occupancy", r->somebody);
}

static void tasmota_sensor(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    double power_w = s->house.load_w[OHM_HOUSE_LAUNDRY];
    double volts = s->house.phase_v[2];
    (void)room;
    ohm_json_key_str(json, "Time", "2019-01-01T00:00:00"); /* its clock was never set */
    open_group(json, "ENERGY");
    number(json, "Total", 412 + (double)(s->house.time_ms / OHM_HOUR_MS % 100000) / 1000, 3);
    whole(json, "Power", power_w);
    whole(json, "Voltage", volts);
    number(json, "Current", volts > 0 ? power_w / volts : 0, 3);
    ohm_json_end(json);
}

static void tasmota_state(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    (void)room;
    ohm_json_key_str(json, "POWER", s->house.load_w[OHM_HOUSE_LAUNDRY] > 0 ? "ON" : "OFF");
}

static void shelly_switch(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    double power_w = s->house.load_w[OHM_HOUSE_WATER_HEATER];
    (void)room;
    ohm_json_key_int(json, "id", 0);
    ohm_json_key_bool(json, "output", power_w > 0);
    number(json, "apower", power_w, 1);
    number(json, "voltage", s->house.phase_v[0], 1);
    number(json, "current", power_w / 230, 3);
    open_group(json, "aenergy");
    number(json, "total", (double)ohm_house_wh(s->house.import_t2_mj) / 2, 3);
    ohm_json_end(json);
}

static void shelly_em(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    static const char *const watts[] = { "a_act_power", "b_act_power", "c_act_power" };
    static const char *const volts[] = { "a_voltage", "b_voltage", "c_voltage" };
    static const char *const amperes[] = { "a_current", "b_current", "c_current" };
    const ohm_sim_registers r = ohm_sim_registers_of(&s->house);
    (void)room;
    ohm_json_key_int(json, "id", 0);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        ohm_json_key_decimal(json, watts[i], r.phase_w[i], 0);
        ohm_json_key_decimal(json, volts[i], r.phase_dv[i], -1);
        ohm_json_key_decimal(json, amperes[i], r.phase_ca[i], -2);
    }
    ohm_json_key_decimal(json, "total_act_power", r.power_w, 0);
}

static void shelly_em_data(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    const ohm_sim_registers r = ohm_sim_registers_of(&s->house);
    (void)room;
    ohm_json_key_int(json, "id", 0);
    ohm_json_key_decimal(json, "total_act", r.import_wh, 0);
    ohm_json_key_decimal(json, "total_act_ret", r.export_wh, 0);
}

static void trv_status(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    const ohm_sim_room *r = &s->rooms[room];
    open_group(json, "target_t");
    ohm_json_key_bool(json, "enabled", true);
    number(json, "value", r->setpoint_c, 1);
    ohm_json_key_str(json, "units", "C");
    ohm_json_end(json);
    open_group(json, "tmp");
    number(json, "value", r->temp_c, 1);
    ohm_json_key_bool(json, "is_valid", true);
    ohm_json_end(json);
    ohm_json_key_int(json, "bat", 71);
}

static void trv_info(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    ohm_json_key(json, "thermostats");
    ohm_json_array(json);
    ohm_json_object(json);
    number(json, "pos", s->rooms[room].valve_percent, 1);
    ohm_json_end(json);
    ohm_json_end(json);
}

static void outside(const ohm_sim_sensors *s, ohm_json *json, const char *key)
{
    open_group(json, key);
    number(json, "temperature", s->house.outdoor_c, 1);
    number(json, "humidity", 75 + 10 * wave(s->house.time_ms, 86400, 0), 1);
    ohm_json_key_int(json, "battery", 92);
    ohm_json_end(json);
}

static void chirpstack(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    (void)room;
    ohm_json_key_time(json, "time", s->house.time_ms);
    open_group(json, "deviceInfo");
    ohm_json_key_str(json, "deviceName", "exterieur");
    ohm_json_end(json);
    ohm_json_key_int(json, "fPort", 2);
    outside(s, json, "object");
}

/* Version 3 has the codec's object as text. */
static void chirpstack3(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    char text[128];
    ohm_json inner;
    size_t len = 0;
    (void)room;
    ohm_json_init(&inner, text, sizeof text);
    ohm_json_object(&inner);
    open_group(&inner, "temperatureSensor");
    number(&inner, "1", s->cellar_c, 1);
    ohm_json_end(&inner);
    ohm_json_end(&inner);
    ohm_code code = ohm_json_finish(&inner, &len);
    assert(code == OHM_OK);
    (void)code;
    ohm_json_key_str(json, "deviceName", "cave");
    ohm_json_key_span(json, "objectJSON", ohm_span_of(text, len));
}

static void ttn(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    (void)room;
    ohm_json_key_time(json, "received_at", s->house.time_ms);
    open_group(json, "uplink_message");
    open_group(json, "decoded_payload");
    number(json, "temperature_1", s->cellar_c + 4, 1);
    number(json, "relative_humidity_1", 66, 0);
    ohm_json_end(json);
    ohm_json_end(json);
}

/* Consumption and production of the house, as one's own programs would say them. */
static void own_json(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    const ohm_sim_registers r = ohm_sim_registers_of(&s->house);
    (void)room;
    ohm_json_key_time(json, "time", s->house.time_ms);
    ohm_json_key_decimal(json, "power_import_w", r.power_w > 0 ? r.power_w : 0, 0);
    ohm_json_key_decimal(json, "power_export_w", r.power_w < 0 ? -r.power_w : 0, 0);
    ohm_json_key_decimal(json, "energy_import_wh", r.import_wh, 0);
    ohm_json_key_decimal(json, "energy_export_wh", r.export_wh, 0);
}

static void own_solar(const ohm_sim_sensors *s, int room, ohm_json *json)
{
    (void)room;
    ohm_json_key_time(json, "time", s->house.time_ms);
    whole(json, "power_w", s->house.solar_w);
}

/* --- the devices -------------------------------------------------------------------------------
 */

static const ohm_sim_sensor devices[] = {
    { "maison", "main", "json", "{topic: maison/energie}" },
    { "solaire", "toit", "json", "{topic: maison/solaire}" },
    { "triphase", "main", "shelly-3em", "{device: shellypro3em-sim}" },
    { "ballon", "main", "shelly", "{device: shellyplus1pm-sim}" },
    { "machine", "cellier", "tasmota", "{device: machine}" },
    { "prise", "salon", "shelly1", "{device: shellyplug-s-sim}" },
    { "vanne-salon", "salon", "zigbee2mqtt", "{device: vanne-salon}" },
    { "air-salon", "salon", "zigbee2mqtt", "{device: air-salon}" },
    { "fenetre", "chambre", "zigbee2mqtt", "{device: fenetre-chambre}" },
    { "vanne-chambre", "chambre", "shelly1-trv", "{device: shellytrv-sim}" },
    { "thermo-bureau", "bureau", "shelly-ht", "{device: shellyplusht-sim}" },
    { "exterieur", "dehors", "chirpstack", "{application: maison, device: a84041ffff000001}" },
    { "cave", "cave", "chirpstack3", "{application: \"1\", device: a84041ffff000002}" },
    { "garage", "garage", "ttn", "{application: maison, device: garage}" },
};

/* What they say: a topic, and either members of an object or (without a writer) a plain number. */
static const struct row {
    const char *topic;
    void (*members)(const ohm_sim_sensors *s, int room, ohm_json *json);
    int room;
    enum { OBJECT, PLUG_W, PLUG_WMIN, PLUG_ON, OFFICE_C, OFFICE_RH, OFFICE_BATTERY } what;
} rows[] = {
    { "maison/energie", own_json, 0, OBJECT },
    { "maison/solaire", own_solar, 0, OBJECT },
    { "shellypro3em-sim/status/em:0", shelly_em, 0, OBJECT },
    { "shellypro3em-sim/status/emdata:0", shelly_em_data, 0, OBJECT },
    { "shellyplus1pm-sim/status/switch:0", shelly_switch, 0, OBJECT },
    { "tele/machine/SENSOR", tasmota_sensor, 0, OBJECT },
    { "tele/machine/STATE", tasmota_state, 0, OBJECT },
    { "shellies/shellyplug-s-sim/relay/0/power", NULL, 0, PLUG_W },
    { "shellies/shellyplug-s-sim/relay/0/energy", NULL, 0, PLUG_WMIN },
    { "shellies/shellyplug-s-sim/relay/0", NULL, 0, PLUG_ON },
    { "zigbee2mqtt/vanne-salon", zigbee_valve, 0, OBJECT },
    { "zigbee2mqtt/air-salon", zigbee_air, 0, OBJECT },
    { "zigbee2mqtt/fenetre-chambre", zigbee_window, 1, OBJECT },
    { "shellies/shellytrv-sim/status", trv_status, 1, OBJECT },
    { "shellies/shellytrv-sim/info", trv_info, 1, OBJECT },
    { "shellyplusht-sim/status/temperature:0", NULL, 2, OFFICE_C },
    { "shellyplusht-sim/status/humidity:0", NULL, 2, OFFICE_RH },
    { "shellyplusht-sim/status/devicepower:0", NULL, 2, OFFICE_BATTERY },
    { "application/maison/device/a84041ffff000001/event/up", chirpstack, 0, OBJECT },
    { "application/1/device/a84041ffff000002/event/up", chirpstack3, 0, OBJECT },
    { "v3/maison@ttn/devices/garage/up", ttn, 0, OBJECT },
};

/* Payloads of one value: numbers and words of the first Shelly generation, and the small objects
 * of a Shelly thermometer. */
static void write_single(const ohm_sim_sensors *s, const struct row *row, ohm_json *json)
{
    double tv_w = s->rooms[0].somebody ? 96 : 2;
    switch (row->what) {
    case PLUG_W:
        ohm_json_decimal(json, (int64_t)(tv_w * 100), -2);
        break;
    case PLUG_WMIN:
        ohm_json_int(json, s->house.time_ms / OHM_MINUTE_MS % 1000000 * 3);
        break;
    case PLUG_ON:
        ohm_json_raw(json, ohm_span_text("on"));
        break;
    case OFFICE_C:
        ohm_json_object(json);
        number(json, "tC", s->rooms[row->room].temp_c, 1);
        ohm_json_end(json);
        break;
    case OFFICE_RH:
        ohm_json_object(json);
        number(json, "rh", s->rooms[row->room].humidity_percent, 1);
        ohm_json_end(json);
        break;
    case OFFICE_BATTERY:
        ohm_json_object(json);
        open_group(json, "battery");
        ohm_json_key_int(json, "percent", 64);
        ohm_json_end(json);
        ohm_json_end(json);
        break;
    case OBJECT:
        assert(!"an object has its own writer");
    }
}

bool ohm_sim_sensors_say(const ohm_sim_sensors *s, size_t index, ohm_sim_message *out)
{
    if (index >= sizeof rows / sizeof *rows)
        return false;
    const struct row *row = &rows[index];
    size_t len = strlen(row->topic);
    ohm_json json;
    assert(len < sizeof out->topic);
    memcpy(out->topic, row->topic, len + 1);
    ohm_json_init(&json, out->payload, sizeof out->payload);
    if (row->members) {
        ohm_json_object(&json);
        row->members(s, row->room, &json);
        ohm_json_end(&json);
    } else {
        write_single(s, row, &json);
    }
    ohm_code code = ohm_json_finish(&json, &out->len);
    assert(code == OHM_OK);
    (void)code;
    return true;
}

const ohm_sim_sensor *ohm_sim_sensors_device(size_t index)
{
    return index < sizeof devices / sizeof *devices ? &devices[index] : NULL;
}
