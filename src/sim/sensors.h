/* A house full of sensors on MQTT: thermostats, thermometers, contacts, plugs and clamps of several
 * makes, each with the topic and the payload that its maker's devices publish, so that every preset
 * of data/sensors has somebody to read. What they measure is the demo house (sim/house.h). Pure and
 * deterministic: the same seed and times give the same messages. */
#ifndef OHM_SIM_SENSORS_H
#define OHM_SIM_SENSORS_H

#include "sim/house.h"

enum {
    OHM_SIM_SENSOR_TOPIC_MAX = 128,
    OHM_SIM_SENSOR_PAYLOAD_MAX = 768,
    OHM_SIM_SENSOR_ROOMS = 3,
};

typedef struct ohm_sim_room {
    double temp_c, setpoint_c, valve_percent, humidity_percent, co2_ppm;
    bool somebody, window_open;
} ohm_sim_room;

typedef struct ohm_sim_sensors {
    ohm_house house;
    ohm_sim_room rooms[OHM_SIM_SENSOR_ROOMS];
    double cellar_c;
} ohm_sim_sensors;

/* A device of the house, and how a site is told of it. */
typedef struct ohm_sim_sensor {
    const char *id, *zone;
    const char *preset, *with; /* as in a configuration: "{device: salon}" */
} ohm_sim_sensor;

typedef struct ohm_sim_message {
    char topic[OHM_SIM_SENSOR_TOPIC_MAX];
    char payload[OHM_SIM_SENSOR_PAYLOAD_MAX];
    size_t len; /* of the payload */
} ohm_sim_message;

void ohm_sim_sensors_init(ohm_sim_sensors *s, uint64_t seed, ohm_ms start_ms);
/* The house lives on to `to_ms` (not before the last time). */
void ohm_sim_sensors_step(ohm_sim_sensors *s, const ohm_tz *tz, ohm_ms to_ms);

/* One round: all that every device says now, message by message; false past the last. */
bool ohm_sim_sensors_say(const ohm_sim_sensors *s, size_t index, ohm_sim_message *out);

/* The devices, for who configures a site to read them; NULL past the last. */
const ohm_sim_sensor *ohm_sim_sensors_device(size_t index);

#endif
