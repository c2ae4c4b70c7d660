/* The MQTT end of simulated sensors: publishes a round of their messages on a broker, at once when
 * it is connected and then at an interval. Driven by the loop's thread. */
#ifndef OHM_SIM_SENSORS_END_H
#define OHM_SIM_SENSORS_END_H

#include "link/mqtt.h"
#include "sim/sensors.h"

typedef struct ohm_sim_sensors_end ohm_sim_sensors_end;

typedef struct ohm_sim_sensors_options {
    const ohm_mqtt_config *broker;
    int64_t every_ms;
    uint64_t rounds; /* after so many it says that it is done; 0 = never */
    uint64_t seed;
    const ohm_tz *tz; /* must stay */
    ohm_ms (*utc_now)(void *ctx);
    void (*on_up)(void *ctx);
    void (*on_down)(void *ctx, bool was_up, ohm_err why);
    void (*on_done)(void *ctx); /* once; may be NULL */
    void *ctx;
} ohm_sim_sensors_options;

OHM_MUST_CHECK ohm_err ohm_sim_sensors_open(struct uv_loop_s *loop,
                                            const ohm_sim_sensors_options *options,
                                            ohm_sim_sensors_end **ret_end);
void ohm_sim_sensors_close(ohm_sim_sensors_end *end); /* takes NULL */

/* Messages that were handed to the broker. */
uint64_t ohm_sim_sensors_published(const ohm_sim_sensors_end *end);

#endif
